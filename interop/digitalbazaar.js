// The JavaScript reference stack for Data Integrity: Digital Bazaar's vc,
// data-integrity, their cryptosuites, status lists and did:key.
import * as EcdsaMultikey from '@digitalbazaar/ecdsa-multikey';
import * as Ed25519Multikey from '@digitalbazaar/ed25519-multikey';
import * as ecdsaSd from '@digitalbazaar/ecdsa-sd-2023-cryptosuite';
import * as statusList from '@digitalbazaar/vc-bitstring-status-list';
import * as vc from '@digitalbazaar/vc';
import {CachedResolver, findVerificationMethod} from '@digitalbazaar/did-io';
import {context} from './contexts.js';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {driver} from '@digitalbazaar/did-method-key';
import {cryptosuite as ecdsaRdfc2019} from '@digitalbazaar/ecdsa-rdfc-2019-cryptosuite';
import {cryptosuite as eddsaRdfc2022} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {explain, serve} from './serve.js';
import jsigs from 'jsonld-signatures';

const didKey = driver();
didKey.use({multibaseMultikeyHeader: 'z6Mk', fromMultibase: Ed25519Multikey.from});
didKey.use({multibaseMultikeyHeader: 'zDna', fromMultibase: EcdsaMultikey.from});
didKey.use({multibaseMultikeyHeader: 'z82L', fromMultibase: EcdsaMultikey.from});
const resolver = new CachedResolver();
resolver.use(didKey);

/** A document loader over the contexts, did:key, and the pages of a job, which
 * are status lists by their URL and DID documents by their DID. */
function loader(pages = {}) {
  return async url => {
    let document = context(url);
    if(!document && Object.hasOwn(pages, url)) {
      document = JSON.parse(pages[url]);
    }
    if(!document && url.startsWith('did:key:')) {
      document = await resolver.get({url});
    }
    const [did] = url.split('#');
    if(!document && Object.hasOwn(pages, did)) { // a key in the document of a did:web
      document = findVerificationMethod({doc: JSON.parse(pages[did]), methodId: url});
    }
    if(!document) {
      throw new Error(`nothing is known of ${url}`);
    }
    return {contextUrl: null, documentUrl: url, document};
  };
}

const LEGACY = 'https://w3id.org/security/data-integrity/v1';

/** What the stack is told to accept. It adds a context to proofs by itself, and
 * has to be told when the document has an older one already. */
function accepted(document = {}) {
  const legacyContext = [document['@context']].flat().includes(LEGACY);
  return [eddsaRdfc2022, ecdsaRdfc2019, ecdsaSd.createVerifyCryptosuite()]
    .map(cryptosuite => new DataIntegrityProof({cryptosuite, legacyContext}));
}

const withKey = {
  'eddsa-rdfc-2022': () => eddsaRdfc2022,
  'ecdsa-rdfc-2019': () => ecdsaRdfc2019,
  'ecdsa-sd-2023': job => ecdsaSd.createSignCryptosuite({mandatoryPointers: job.mandatory ?? []})
};

/** The suite of a job, with its key. */
async function signing(job) {
  const {key, suite} = job;
  const kind = suite === 'eddsa-rdfc-2022' ? Ed25519Multikey : EcdsaMultikey;
  const pair = await kind.from({
    type: 'Multikey', id: key.method, controller: key.id,
    publicKeyMultibase: key.publicKeyMultibase, secretKeyMultibase: key.secretKeyMultibase
  });
  const made = new DataIntegrityProof({
    signer: pair.signer(), date: job.created, cryptosuite: withKey[suite](job),
    legacyContext: [JSON.parse(job.document)['@context']].flat().includes(LEGACY)
  });
  if(job.expires) {
    made.proof = {expires: job.expires};
  }
  return made;
}

/** The purpose of a proof when it is not the usual one of the document. */
function purpose(job) {
  if(job.purpose === 'authentication') {
    return new jsigs.purposes.AuthenticationProofPurpose({challenge: job.challenge, domain: job.domain});
  }
  if(job.purpose === 'assertionMethod') {
    return new jsigs.purposes.AssertionProofPurpose();
  }
}

/** What status lists say, in the order of the entries: true is a bit that is set. */
async function statuses(credential, documentLoader) {
  const answer = await statusList.checkStatus({credential, documentLoader, suite: accepted()});
  return {
    verified: answer.verified, error: explain(answer.error),
    status: answer.results?.map(result => result.status) ?? []
  };
}

await serve({
  // A did:key with a key that the peer has made.
  async identity({curve}) {
    const pair = curve === 'Ed25519' ? await Ed25519Multikey.generate() : await EcdsaMultikey.generate({curve});
    const {didDocument} = await didKey.fromKeyPair({verificationKeyPair: pair});
    const {publicKeyMultibase, secretKeyMultibase} =
      await pair.export({publicKey: true, secretKey: true, canonicalize: true});
    return {key: {
      id: didDocument.id, method: didDocument.assertionMethod[0], publicKeyMultibase, secretKeyMultibase
    }};
  },

  // A credential or presentation is verified; its status lists are looked at
  // only when the job says so, since checkStatus is a function of its own.
  async verify({document, challenge, domain, pages}) {
    const value = JSON.parse(document);
    const options = {suite: accepted(value), documentLoader: loader(pages)};
    const listed = [];
    options.checkStatus = async ({credential}) => {
      const answer = await statuses(credential, options.documentLoader);
      listed.push(...answer.status);
      return answer;
    };
    const answer = [value.type].flat().includes('VerifiablePresentation') ?
      await vc.verify({...options, presentation: value, challenge, domain}) :
      await vc.verifyCredential({...options, credential: value});
    const errors = [answer.error, answer.statusResult?.error && {message: answer.statusResult.error}];
    for(const part of answer.credentialResults ?? []) {
      errors.push(part.error, part.statusResult?.error && {message: part.statusResult.error});
    }
    return {verified: answer.verified, status: listed, error: errors.filter(Boolean).map(explain).join('; ')};
  },

  async issue(job) {
    const options = {suite: await signing(job), documentLoader: loader(job.pages)};
    const credential = JSON.parse(job.document);
    const wanted = purpose(job);
    return {document: JSON.stringify(await (credential.proof || wanted ?
      jsigs.sign(credential, {...options, purpose: wanted ?? new vc.CredentialIssuancePurpose()}) :
      vc.issue({...options, credential})))};
  },

  async derive(job) {
    const suite = new DataIntegrityProof({
      cryptosuite: ecdsaSd.createDiscloseCryptosuite({selectivePointers: job.pointers})
    });
    return {document: JSON.stringify(await vc.derive({
      verifiableCredential: JSON.parse(job.document), suite, documentLoader: loader(job.pages)
    }))};
  },

  async present(job) {
    return {document: JSON.stringify(await vc.signPresentation({
      presentation: JSON.parse(job.document), suite: await signing(job), documentLoader: loader(job.pages),
      challenge: job.challenge, domain: job.domain, purpose: purpose(job)
    }))};
  },

  // A base proof, verified by the one who is to hold it.
  async confirm({document, pages}) {
    const suite = new DataIntegrityProof({cryptosuite: ecdsaSd.createConfirmCryptosuite()});
    const answer = await vc.verifyCredential({credential: JSON.parse(document), suite, documentLoader: loader(pages)});
    return {verified: answer.verified, error: explain(answer.error)};
  },

  // The canonical form of a document.
  async canonize({document}) {
    return {document: await eddsaRdfc2022.canonize(JSON.parse(document), {documentLoader: loader()})};
  },

  // An unsigned status list credential, with these places set.
  async list({url, statusPurpose, length, set}) {
    const list = await statusList.createList({length});
    for(const place of set) {
      list.setStatus(place, true);
    }
    return {document: JSON.stringify(await statusList.createCredential({id: url, list, statusPurpose}))};
  }
});
