// A reader of signed badges as somebody builds one from the two libraries for
// tokens: it takes the key from where the token says that it is, and the status
// list from its address.
import {createHash} from 'node:crypto';
import * as jose from 'jose';
import {SDJwtInstance} from '@sd-jwt/core';
import {SDJwtVcInstance} from '@sd-jwt/sd-jwt-vc';
import {serve} from './serve.js';

const MEDIA_TYPE = 'statuslist+jwt';

/** The keys of an issuer: those of its metadata, or of the page with its DID. */
function keysOf(issuer, {pages}) {
  if(!issuer.startsWith('https://')) {
    return jose.createLocalJWKSet(JSON.parse(pages[issuer]));
  }
  const {origin, pathname} = new URL(issuer);
  const metadata = JSON.parse(pages[`${origin}/.well-known/jwt-vc-issuer${pathname.replace(/\/$/, '')}`]);
  if(metadata.issuer !== issuer) {
    throw new Error(`these are the keys of ${metadata.issuer}`);
  }
  return jose.createLocalJWKSet(metadata.jwks);
}

/** What a token says, its signature checked with the issuer's keys. */
async function open(compact, keys, typ) {
  return (await jose.jwtVerify(compact, keys, {typ})).payload;
}

/** An instance of the library that finds keys and lists in the pages of the job. */
function instance(job, keys, parts = {}) {
  const Kind = job.typ === 'dc+sd-jwt' ? SDJwtVcInstance : SDJwtInstance;
  return new Kind({
    hasher: (data, alg) => createHash(alg.replace('-', '')).update(data).digest(),
    hashAlg: 'sha-256',
    verifier: (data, signature) => open(`${data}.${signature}`, keys).then(() => true),
    kbVerifier: async (data, signature, {cnf}) => {
      const compact = `${data}.${signature}`;
      const {alg} = jose.decodeProtectedHeader(compact);
      return Boolean(await jose.compactVerify(compact, await jose.importJWK(cnf.jwk, alg)));
    },
    statusListFetcher: async uri => {
      const list = job.pages[uri];
      const {sub} = await open(list, keys, MEDIA_TYPE);
      if(sub !== uri) {
        throw new Error(`this is the list of ${sub}`);
      }
      return list;
    },
    ...parts
  });
}

/** Who a token names as its issuer, before anything is known about it. */
function issuerOf(compact) {
  const claims = jose.decodeJwt(compact.split('~')[0]);
  return claims.iss ?? claims.issuer?.id ?? claims.issuer;
}

await serve({
  async verify(job) {
    const keys = keysOf(issuerOf(job.document), job);
    if(!job.document.includes('~')) {
      return {verified: true, document: JSON.stringify(await open(job.document, keys, job.typ))};
    }
    const answer = await instance(job, keys).verify(job.document, job.challenge ? {keyBindingNonce: job.challenge} : {});
    return {verified: true, document: JSON.stringify(answer.payload), audience: answer.kb?.payload.aud ?? ''};
  },

  // The same with status lists and type metadata from the network, fetched as the
  // library does it.
  async verifyOnline(job) {
    const keys = keysOf(issuerOf(job.document), job);
    const online = {statusListFetcher: undefined, loadTypeMetadataFormat: true};
    const answer = await instance(job, keys, online).verify(job.document);
    return {verified: true, document: JSON.stringify(answer.typeMetadata.mergedTypeMetadata)};
  },

  async present(job) {
    const key = await jose.importJWK(job.secretJwk, job.alg);
    const made = instance(job, undefined, {
      kbSignAlg: job.alg,
      kbSigner: async data => {
        const [header, payload] = data.split('.');
        return (await new jose.CompactSign(Buffer.from(payload, 'base64url'))
          .setProtectedHeader(JSON.parse(Buffer.from(header, 'base64url'))).sign(key)).split('.')[2];
      }
    });
    return {document: await made.present(job.document, job.frame, {
      kb: {payload: {aud: job.domain, nonce: job.challenge, iat: Math.floor(Date.now() / 1000)}}
    })};
  }
});
