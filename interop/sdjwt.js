// The JavaScript library for SD-JWT and SD-JWT VC. It brings no cryptography;
// that is Node's own.
import {createHash, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify} from 'node:crypto';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {serve} from './serve.js';

const curves = {ES256: ['P-256', 'sha256'], ES384: ['P-384', 'sha384'], ES512: ['P-521', 'sha512'], EdDSA: ['', null]};

function signer(jwk, alg) {
  const key = createPrivateKey({key: jwk, format: 'jwk'});
  return data => sign(curves[alg][1], Buffer.from(data), {key, dsaEncoding: 'ieee-p1363'}).toString('base64url');
}

function verifier(jwk, alg) {
  const key = createPublicKey({key: jwk, format: 'jwk'});
  return (data, signature) => verify(curves[alg][1], Buffer.from(data),
    {key, dsaEncoding: 'ieee-p1363'}, Buffer.from(signature, 'base64url'));
}

function instance(job, parts = {}) {
  const Kind = job.typ === 'dc+sd-jwt' ? SDJwtVcInstance : SDJwtInstance;
  return new Kind({
    hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    hashAlg: 'sha-256',
    saltGenerator: length => randomBytes(length).toString('base64url'),
    signAlg: job.alg, kbSignAlg: job.alg, ...parts
  });
}

await serve({
  async identity({alg}) {
    const pair = alg === 'EdDSA' ? generateKeyPairSync('ed25519') :
      generateKeyPairSync('ec', {namedCurve: curves[alg][0]});
    return {jwk: pair.publicKey.export({format: 'jwk'}), secretJwk: pair.privateKey.export({format: 'jwk'})};
  },

  async issue(job) {
    const made = instance(job, {signer: signer(job.secretJwk, job.alg)});
    return {document: await made.issue(JSON.parse(job.document), job.frame, {header: job.header ?? {}})};
  },

  async present(job) {
    const made = instance(job, job.secretJwk ? {kbSigner: signer(job.secretJwk, job.alg)} : {});
    return {document: await made.present(job.document, job.frame, job.secretJwk && {
      kb: {payload: {aud: job.domain, nonce: job.challenge, iat: Math.floor(Date.now() / 1000)}}
    })};
  },

  // The audience of the key binding is not compared by the library, so it is
  // part of the result.
  async verify(job) {
    const made = instance(job, {
      verifier: verifier(job.jwk, job.alg),
      kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk, job.alg)(data, signature)
    });
    const answer = await made.verify(job.document, job.challenge ? {keyBindingNonce: job.challenge} : {});
    return {verified: true, document: JSON.stringify(answer.payload), audience: answer.kb?.payload.aud ?? ''};
  }
});
