// The JavaScript library for JOSE. It knows signatures and the registered
// claims; what a credential is, is not its business.
import * as jose from 'jose';
import {serve} from './serve.js';

await serve({
  async identity({alg}) {
    const {publicKey, privateKey} = await jose.generateKeyPair(alg, {extractable: true});
    return {jwk: await jose.exportJWK(publicKey), secretJwk: await jose.exportJWK(privateKey)};
  },

  async sign({header, document, secretJwk}) {
    const {alg} = header;
    const payload = new TextEncoder().encode(document);
    return {document: await new jose.CompactSign(payload)
      .setProtectedHeader(header)
      .sign(await jose.importJWK(secretJwk, alg), {crit: {'https://nobody.example/ext': true}})};
  },

  // The audience is compared if there is one; a nonce is not known to the library.
  async verify({document, alg, typ, jwk, domain}) {
    const {payload} = await jose.jwtVerify(document, await jose.importJWK(jwk, alg),
      {algorithms: [alg], typ, ...(domain ? {audience: domain} : {})});
    return {verified: true, document: JSON.stringify(payload)};
  }
});
