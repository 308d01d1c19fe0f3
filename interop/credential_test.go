package interop

import (
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

var (
	text = strictjson.String
	gone strictjson.Value
)

// forgedEnd is the last of a proof value exchanged for another letter.
func forgedEnd(_ *testing.T, _ *cast, doc strictjson.Value) strictjson.Value {
	value := doc.Get("proof").Get("proofValue").Str()
	end := byte('2')
	if value[len(value)-1] == end {
		end = '3'
	}
	return testissuer.Set(doc, "proof/proofValue", text(value[:len(value)-1]+string(end)))
}

const (
	untimed  = "data-integrity looks whether created and expires are dates, not which"
	notOurs  = "Open Badges are no business of a library for credentials in general"
	jsonText = "it gets the object that JSON.parse makes of the text: the last of two members wins"
	sameRDF  = "the rewritten text makes the same statements, and it reads dates only under their usual name"
)

// credentialTwins are badges that must not pass, whoever signs them.
var credentialTwins = []twin{
	{name: "another achievement", after: set("credentialSubject/achievement/name", text("Doctor")), want: verifier.SignatureInvalid},
	{name: "another learner", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "credentialSubject/id", text(c.stranger.id))
	}, want: verifier.SignatureInvalid},
	{name: "a result removed", after: set("credentialSubject/result", gone), want: verifier.SignatureInvalid},
	{name: "an image exchanged", after: set("credentialSubject/achievement/image/id", text("data:image/png;base64,AAAA")), want: verifier.SignatureInvalid},
	{name: "a language exchanged", after: set("description", testissuer.Parse(`{"@value":"Angewandte Datenanalyse","@language":"nl"}`)), want: verifier.SignatureInvalid},
	{name: "a longer validity", after: set("validUntil", text("2099-01-01T00:00:00Z")), want: verifier.SignatureInvalid},
	{name: "a term that nobody defined", after: set("honours", text("summa cum laude")), want: verifier.UndefinedTerm},
	{name: "a type that nobody defined", after: set("type", strictjson.Strings("VerifiableCredential", "OpenBadgeCredential", "Knighthood")), want: verifier.UndefinedTerm},
	{name: "a relative identifier", after: set("id", text("badge-7")), want: verifier.StructureInvalid},
	{name: "a context that nobody knows", after: set("@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2",
		"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json",
		"https://nobody.example/context")), want: verifier.ContextNotAllowed},
	{name: "the contexts in another order", after: set("@context", strictjson.Strings("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
		"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")), want: verifier.ContextOrder},
	{name: "no proof", after: set("proof", gone), want: verifier.ProofMissing},
	{name: "an altered signature", after: forgedEnd, want: verifier.SignatureInvalid},
	{name: "half a signature", after: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "proof/proofValue", text(d.Get("proof").Get("proofValue").Str()[:40]))
	}, want: verifier.SignatureInvalid},
	{name: "another day of signing", after: set("proof/created", text("2025-01-01T00:00:00Z")), want: verifier.SignatureInvalid},
	{name: "another purpose", after: set("proof/proofPurpose", text(proof.Authentication)), want: verifier.ProofPurposeMismatch},
	{name: "a suite that nobody knows", after: set("proof/cryptosuite", text("rot13-2026")), want: verifier.CryptosuiteUnsupported},
	{name: "a kind of proof that nobody knows", after: set("proof/type", text("Seal")), want: verifier.ProofTypeUnsupported},
	{name: "the key of a stranger", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "proof/verificationMethod", text(c.stranger.method))
	}, want: verifier.SignatureInvalid},
	{name: "an issuer put in afterwards", after: func(_ *testing.T, c *cast, d strictjson.Value) strictjson.Value {
		return testissuer.Set(d, "issuer/id", text(c.stranger.id))
	}, want: verifier.SignatureInvalid},
	{name: "signed by somebody else", before: set("issuer/id", text("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")), want: verifier.IssuerMismatch},
	{name: "signed to log in", manner: func(m *manner) { m.purpose, m.challenge = proof.Authentication, challenge }, want: verifier.ProofPurposeMismatch},
	{name: "expired", before: set("validUntil", text("2026-05-01T00:00:00Z")), want: verifier.CredentialExpired},
	{name: "not valid yet", before: set("validFrom", text("2026-07-01T00:00:00Z")), want: verifier.CredentialNotYetValid},
	{name: "a member twice", text: func(s string) string { return `{"name":"Doctor",` + s[1:] }, want: verifier.DuplicateKey, accepted: jsonText},

	{name: "signed tomorrow", manner: func(m *manner) { m.created = testissuer.Now.Add(24 * time.Hour) },
		want: verifier.ProofNotYetValid, accepted: untimed},
	{name: "a proof that has expired", manner: func(m *manner) { m.expires = testissuer.Now.Add(-24 * time.Hour) },
		want: verifier.ProofExpired, accepted: untimed},
	{name: "no criteria", before: set("credentialSubject/achievement/criteria", gone), want: verifier.OpenBadgeInvalid, accepted: notOurs},
	{name: "the end written so that no reader finds it", before: set("validUntil", text("2026-05-01T00:00:00Z")),
		after: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
			return d.Without("validUntil").With("https://www.w3.org/2018/credentials#validUntil",
				testissuer.Parse(`{"@type":"http://www.w3.org/2001/XMLSchema#dateTime","@value":"2026-05-01T00:00:00Z"}`))
		}, want: verifier.StructureInvalid, accepted: sameRDF},
	{name: "a good proof beside a bad one", after: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		bad := forgedEnd(nil, nil, d).Get("proof")
		return d.With("proof", strictjson.Array(d.Get("proof"), bad))
	}, want: verifier.SignatureInvalid, accepted: "one good proof of a set is enough for jsonld-signatures"},
	{name: "words that the document defines itself", before: func(_ *testing.T, _ *cast, d strictjson.Value) strictjson.Value {
		own := testissuer.Parse(`{"honours":"https://nobody.example/honours"}`)
		return d.With("@context", strictjson.Array(append(d.Get("@context").List(), own)...)).With("honours", text("summa"))
	}, want: verifier.ContextNotAllowed, accepted: "JSON-LD allows it; who checks meanings has to look at the contexts", peerOnly: true},
}

// TestCredentials has each side issue the whole badge with every suite, and both
// sides judge it and its twins.
func TestCredentials(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	bothWays(t, p, verifier.Expectation{}, func(t *testing.T, c *cast) {
		badge := fullBadge(t, c.school.id, c.learner.id)
		c.accept(t, p, "", string(c.school.sign(t, badge, manner{}).JSON()))
		c.refuseAll(t, p, credentialTwins, badge, manner{}, c.school)
	})
}
