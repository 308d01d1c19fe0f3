// The JavaScript library for OpenID4VP, asking as a verifier. It brings no
// cryptography: signing and decrypting are Node's own and jose's.
import {createHash, createPrivateKey, randomBytes, sign} from 'node:crypto';
import {compactDecrypt, importJWK, decodeProtectedHeader} from 'jose';
import {Openid4vpVerifier, parseOpenid4vpAuthorizationResponse} from '@openid4vc/openid4vp';
import {serve} from './serve.js';

const base64 = value => Buffer.from(value).toString('base64url');

// What the library leaves to its callers. The header and payload may be spoiled
// before they are signed, to make what a faulty verifier would send.
function callbacks({secretJwk, spoil = {}, decryptJwk}) {
  return {
    hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    generateRandom: length => randomBytes(length),
    async signJwt(signer, {header, payload}) {
      const text = [{...header, ...spoil.header}, {...payload, ...spoil.payload}].map(
        part => base64(JSON.stringify(part))).join('.');
      const key = createPrivateKey({key: secretJwk, format: 'jwk'});
      const how = secretJwk.kty === 'OKP' ? [null, key] : ['sha256', {key, dsaEncoding: 'ieee-p1363'}];
      return {jwt: text + '.' + sign(how[0], Buffer.from(text), how[1]).toString('base64url'), signerJwk: secretJwk};
    },
    async decryptJwe(jwe) {
      if(decodeProtectedHeader(jwe).kid !== decryptJwk.kid) {
        return {decrypted: false};
      }
      const {plaintext} = await compactDecrypt(jwe, await importJWK(decryptJwk, 'ECDH-ES'));
      return {decrypted: true, decryptionJwk: decryptJwk, payload: Buffer.from(plaintext).toString()};
    }
  };
}

await serve({
  // A request, as a link and as the object that the link leads to.
  async ask({document}) {
    const {payload, signer, requestUri, ...rest} = JSON.parse(document);
    const made = await new Openid4vpVerifier({callbacks: callbacks(rest)}).createOpenId4vpAuthorizationRequest({
      authorizationRequestPayload: payload,
      ...signer && {jar: {
        jwtSigner: signer, requestUri, expiresInSeconds: rest.expiresIn ?? 600,
        ...!rest.ownAud && {additionalJwtPayload: {aud: rest.aud ?? 'https://self-issued.me/v2'}}
      }}
    });
    return {document: JSON.stringify({link: made.authorizationRequest, object: made.jar?.authorizationRequestJwt ?? ''})};
  },

  // What a wallet posted, as the library reads it.
  async read({document}) {
    const {payload, form, ...rest} = JSON.parse(document);
    const read = await parseOpenid4vpAuthorizationResponse({
      callbacks: callbacks(rest),
      authorizationRequestPayload: payload,
      authorizationResponse: Object.fromEntries(new URLSearchParams(form))
    });
    return {verified: true, document: JSON.stringify(read.dcql.presentations)};
  }
});
