// The JavaScript library for OpenID4VP, as a verifier that asks and as a wallet that
// answers. It brings no cryptography; that is jose's.
import {createHash, randomBytes, X509Certificate} from 'node:crypto';
import {
  createOpenid4vpAuthorizationRequest, createOpenid4vpAuthorizationResponse, parseOpenid4vpAuthorizationRequest,
  parseOpenid4vpAuthorizationResponse, resolveOpenid4vpAuthorizationRequest
} from '@openid4vc/openid4vp';
import {compactDecrypt, CompactEncrypt, CompactSign, compactVerify, decodeProtectedHeader, importJWK} from 'jose';
import {serve} from './serve.js';

const bytes = text => new TextEncoder().encode(text);
const text = data => new TextDecoder().decode(data);

// What the library asks of its host: a key for every purpose, given with the job.
function host({secretJwk, publicJwk, encryptionJwk, object}, log = {}) {
  return {
    hash: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    generateRandom: length => randomBytes(length),
    getX509CertificateMetadata(certificate) {
      const names = new X509Certificate(Buffer.from(certificate, 'base64')).subjectAltName ?? '';
      return {sanDnsNames: names.split(', ').filter(n => n.startsWith('DNS:')).map(n => n.slice(4)), sanUriNames: []};
    },
    async signJwt(signer, {header, payload}) {
      const key = await importJWK(secretJwk, header.alg);
      return {jwt: await new CompactSign(bytes(JSON.stringify(payload))).setProtectedHeader(header).sign(key), signerJwk: publicJwk};
    },
    async verifyJwt(signer, {header, compact}) {
      try {
        await compactVerify(compact, await importJWK(publicJwk, header.alg), {algorithms: [header.alg]});
        return {verified: true, signerJwk: publicJwk};
      } catch{
        return {verified: false};
      }
    },
    async encryptJwe({publicJwk: jwk, alg, enc, apu, apv}, data) {
      const key = await importJWK(jwk, alg);
      const jwe = new CompactEncrypt(bytes(data)).setProtectedHeader({alg, enc, kid: jwk.kid})
        .setKeyManagementParameters({apu: apu && Buffer.from(apu, 'base64url'), apv: apv && Buffer.from(apv, 'base64url')});
      return {jwe: await jwe.encrypt(key), encryptionJwk: jwk};
    },
    async decryptJwe(jwe) {
      const key = await importJWK(encryptionJwk, 'ECDH-ES');
      const {plaintext} = await compactDecrypt(jwe, key);
      return {decrypted: true, decryptionJwk: encryptionJwk, payload: text(plaintext)};
    },
    async fetch(url, {method, body}) {
      Object.assign(log, {url: String(url), method: method.toLowerCase(), body: body?.toString() ?? ''});
      return new Response(object, {headers: {'content-type': 'application/oauth-authz-req+jwt'}});
    }
  };
}

const answered = result => ({document: JSON.stringify(result)});

await serve({
  // A verifier asks: by value, or signed and by reference.
  async ask({document}) {
    const job = JSON.parse(document);
    const made = await createOpenid4vpAuthorizationRequest({
      authorizationRequestPayload: job.payload,
      jar: job.signer && {jwtSigner: job.signer, requestUri: job.requestUri, expiresInSeconds: 600, additionalJwtPayload: job.claims},
      wallet: job.walletNonce ? {expectedNonce: job.walletNonce} : undefined,
      callbacks: host(job)
    });
    return answered({uri: made.authorizationRequest, object: made.jar?.authorizationRequestJwt ?? ''});
  },

  // A wallet reads a link, fetches what it leads to, and checks it.
  async read({document}) {
    const job = JSON.parse(document);
    const log = {};
    const {params} = parseOpenid4vpAuthorizationRequest({authorizationRequest: job.uri});
    const resolved = await resolveOpenid4vpAuthorizationRequest({
      authorizationRequestPayload: params, wallet: job.wallet ?? {}, callbacks: host(job, log)
    });
    return answered({
      prefix: resolved.client.prefix, client: resolved.client.effective, method: resolved.client.didUrl ?? '',
      payload: resolved.authorizationRequestPayload, query: resolved.dcql?.query, fetched: log
    });
  },

  // A wallet answers.
  async answer({document}) {
    const job = JSON.parse(document);
    const made = await createOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: job.payload, authorizationResponsePayload: {vp_token: job.presentations},
      jarm: job.enc && {
        encryption: {nonce: 'nonce-of-the-wallet'},
        serverMetadata: {
          authorization_encryption_alg_values_supported: ['ECDH-ES'], authorization_encryption_enc_values_supported: [job.enc]
        }
      },
      callbacks: host(job)
    });
    if(made.jarm) {
      const {apu, apv} = decodeProtectedHeader(made.jarm.responseJwt);
      return answered({form: new URLSearchParams({response: made.jarm.responseJwt}).toString(), apu, apv});
    }
    const {vp_token: token, ...rest} = made.authorizationResponsePayload;
    return answered({form: new URLSearchParams({...rest, vp_token: JSON.stringify(token)}).toString()});
  },

  // A verifier takes an answer.
  async take({document}) {
    const job = JSON.parse(document);
    const taken = await parseOpenid4vpAuthorizationResponse({
      authorizationRequestPayload: job.payload, callbacks: host(job),
      authorizationResponse: Object.fromEntries(new URLSearchParams(job.form))
    });
    return answered({presentations: taken.dcql.presentations, nonce: taken.expectedNonce});
  }
});
