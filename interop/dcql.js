// The JavaScript library for DCQL, on which several wallets stand.
import {DcqlPresentationResult, DcqlQuery} from 'dcql';
import {serve} from './serve.js';

function parse(text) {
  const query = DcqlQuery.parse(text);
  DcqlQuery.validate(query);
  return query;
}

// What of an evaluation is compared: whether the query is satisfied, and for each
// credential query which credentials answer it, with which claim set.
function shortened(result) {
  const matches = {};
  for(const [id, found] of Object.entries(result.credential_matches)) {
    matches[id] = Object.fromEntries((found.valid_credentials ?? []).map(
      c => [c.input_credential_index, c.claims.valid_claim_sets[0].claim_set_index ?? -1]));
  }
  return {satisfied: Boolean(result.can_be_satisfied), matches};
}

function attempt(work) {
  try {
    return work();
  } catch(error) {
    return {error: String(error.message ?? error)};
  }
}

await serve({
  // The wallet's side: cases of a query and the credentials that there are.
  async choose({document}) {
    return {document: JSON.stringify(JSON.parse(document).map(
      ({query, credentials}) => attempt(() => shortened(DcqlQuery.query(parse(query), credentials)))))};
  },

  // The verifier's side: cases of a query and an answer, credentials by query.
  async check({document}) {
    return {document: JSON.stringify(JSON.parse(document).map(({query, answer}) => attempt(
      () => shortened(DcqlPresentationResult.fromDcqlPresentation(answer, {dcqlQuery: parse(query)})))))};
  },

  async parse({document}) {
    return {document: JSON.stringify(JSON.parse(document).map(query => attempt(() => Boolean(parse(query)) && {})))};
  }
});
