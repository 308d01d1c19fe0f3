// Package dcql is the Digital Credentials Query Language of OpenID for Verifiable
// Presentations 1.0 (section 6): how a verifier says which credentials it wants to see,
// and what of them.
//
// # A query
//
//	{"credentials": [{
//	  "id": "lang", "format": "ldp_vc",
//	  "meta": {"type_values": [["https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"]]},
//	  "claims": [{"path": ["credentialSubject", "achievement", "tag", null], "values": ["spanish"]}]
//	}]}
//
// asks for one credential, a badge in JSON-LD, whose achievement has a tag "spanish". It
// can ask for several credentials, say which combinations will do ("credential_sets"),
// which of several claims ("claim_sets", the favourite first), and who must stand behind
// the issuer ("trusted_authorities"). Types are IRIs, as contexts expand them.
//
// # Two evaluations, one set of rules
//
// A Candidate is a credential as a query sees it. The wallet makes one of each that it
// keeps and lets the query choose:
//
//	query, err := dcql.ParseQuery(value)
//	choice, err := query.Choose(candidates)
//	if err != nil {
//		return err // an *Unsatisfied: "lang: there is one of this kind, but it will not do: …"
//	}
//	for id, matches := range choice.Preferred() { … } // matches[0].Claims is what to show
//
// The verifier makes them of what was presented and verified, and asks again for
// everything, since a wallet may send what it likes:
//
//	err := query.Check(map[string][]dcql.Candidate{"lang": {candidate}})
//
// What a wallet chooses is what a verifier takes, whether it is shown whole or in part;
// a property test says so.
//
// # Questions
//
// Few people write queries by hand. A Question is "show proof of X" in the words of
// badges, and knows what the language lacks: values are compared for equality, so a
// least result is a list (AtLeast); there is no authority that is a DID, so an issuer is
// a claim; and a document may write one thing in several ways, so there are claim sets.
//
// Section numbers are those of OpenID4VP 1.0 Final.
package dcql
