package verifier

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// attack is one hostile or broken document, with the code that must name it.
// None of them may be accepted.
type attack struct {
	name string
	data []byte
	want Code
}

func hasCode(r *Report, want Code) bool {
	for _, c := range r.Checks {
		if c.Code == want {
			return true
		}
	}
	for _, p := range r.Parts {
		if hasCode(p, want) {
			return true
		}
	}
	return false
}

func codes(r *Report) string {
	var b strings.Builder
	for _, c := range r.Checks {
		if c.Code != "" && c.Code != NotReached {
			fmt.Fprintf(&b, "%s=%s(%s) ", c.Row, c.Code, c.Cause)
		}
	}
	for i, p := range r.Parts {
		fmt.Fprintf(&b, "part %d: %s", i, codes(p))
	}
	return b.String()
}

// spoiled is the school's signed badge with one thing changed afterwards.
func spoiled(t *testing.T, path string, to strictjson.Value) []byte {
	t.Helper()
	return testissuer.Set(school.Sign(t, school.Badge(learner)), path, to).JSON()
}

func str(s string) strictjson.Value { return strictjson.String(s) }

var absent strictjson.Value

func attackProof(t *testing.T, n census) {
	badge := school.Badge(learner)
	good := school.Sign(t, badge)
	byStranger := stranger.Sign(t, badge)
	value := good.Get("proof").Get("proofValue").Str()
	set := func(proofs ...strictjson.Value) []byte {
		return good.With("proof", strictjson.Array(proofs...)).JSON()
	}
	p := good.Get("proof")
	with := func(id string, previous ...string) strictjson.Value {
		return p.With("id", str(id)).With("previousProof", strictjson.Strings(previous...))
	}
	many := make([]strictjson.Value, 9)
	for i := range many {
		many[i] = p
	}
	upper := []byte(value)
	upper[5] ^= 1
	n.run(t, employer, asked, []attack{
		{"a claim changed", spoiled(t, "credentialSubject/achievement/name", str("Professor")), SignatureInvalid},
		{"a claim added", spoiled(t, "description", str("with honours")), SignatureInvalid},
		{"a claim removed", spoiled(t, "validUntil", absent), SignatureInvalid},
		{"the earner changed", spoiled(t, "credentialSubject/id", str(stranger.ID)), SignatureInvalid},
		{"the date of the proof changed", spoiled(t, "proof/created", str("2025-12-02T00:00:00Z")), SignatureInvalid},
		{"one character of the signature", spoiled(t, "proof/proofValue", str(string(upper))), SignatureInvalid},
		{"a signature that is cut", spoiled(t, "proof/proofValue", str(value[:40])), SignatureInvalid},
		{"a signature with a byte more", spoiled(t, "proof/proofValue", str(value+"1")), SignatureInvalid},
		{"a signature in base64url", spoiled(t, "proof/proofValue", str("u"+value[1:])), SignatureInvalid},
		{"a signature with a newline", spoiled(t, "proof/proofValue", str(value+"\n")), SignatureInvalid},
		{"a megabyte of base58", spoiled(t, "proof/proofValue", str("z"+strings.Repeat("2", 200_000))), SignatureInvalid},
		{"no signature value", spoiled(t, "proof/proofValue", absent), StructureInvalid},
		{"no proof", spoiled(t, "proof", absent), ProofMissing},
		{"an empty proof set", spoiled(t, "proof", strictjson.Array()), ProofMissing},
		{"a proof that is a text", spoiled(t, "proof", str("trust me")), StructureInvalid},
		{"a proof that is null", []byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + school.ID + `","credentialSubject":{"id":"` + learner.ID + `"},"proof":null}`), StructureInvalid},
		{"a stranger's key under the school's name", byStranger.JSON(), IssuerMismatch},
		{"a valid proof beside a stranger's", set(p, byStranger.Get("proof").With("proofValue", str(value))), SignatureInvalid},
		{"a valid proof beside one of an unknown suite", set(p, p.With("cryptosuite", str("future-2040"))), CryptosuiteUnsupported},
		{"a suite that does not exist", spoiled(t, "proof/cryptosuite", str("none")), CryptosuiteUnsupported},
		{"the suite's old name", spoiled(t, "proof/cryptosuite", str("eddsa-2022")), CryptosuiteUnsupported},
		{"another type of proof", spoiled(t, "proof/type", str("MerkleProof2019")), ProofTypeUnsupported},
		{"a proof to log in", spoiled(t, "proof/proofPurpose", str("authentication")), ProofPurposeMismatch},
		{"a key of nobody", spoiled(t, "proof/verificationMethod", str("urn:uuid:1234")), VerificationMethodUnresolvable},
		{"a fragment of another key", spoiled(t, "proof/verificationMethod", str(school.ID+"#"+strings.TrimPrefix(stranger.ID, "did:key:"))), VerificationMethodUnresolvable},
		{"an unknown DID method", spoiled(t, "proof/verificationMethod", str("did:example:123#key-1")), DIDResolutionFailed},
		{"nine proofs", set(many...), LimitExceeded},
		{"a chain to nowhere", set(with("urn:a", "urn:b")), ProofChainInvalid},
		{"a chain to itself", set(with("urn:a", "urn:a")), ProofChainInvalid},
		{"a chain in a circle", set(with("urn:a", "urn:b"), with("urn:b", "urn:a")), ProofChainInvalid},
		{"an undefined member of the proof", spoiled(t, "proof/surprise", str("x")), UndefinedTerm},
		{"a context inside the proof", spoiled(t, "proof/@context", str("https://www.w3.org/ns/credentials/v2")), ContextNotAllowed},
		{"an expired proof", school.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.Add(-time.Hour)}).JSON(), ProofExpired},
	})
}

func attackJSONLD(t *testing.T, n census) {
	context := func(urls ...string) strictjson.Value { return strictjson.Strings(urls...) }
	const base, badges = "https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	inline := strictjson.Array(str(base), str(badges), testissuer.Parse(`{"name":"https://evil.example/#x"}`))
	n.run(t, employer, asked, []attack{
		{"an undefined claim added", spoiled(t, "bonus", str("x")), UndefinedTerm},
		{"an undefined claim deep inside", spoiled(t, "credentialSubject/achievement/bonus", str("x")), UndefinedTerm},
		{"an undefined type", spoiled(t, "type", strictjson.Strings("VerifiableCredential", "OpenBadgeCredential", "GoldCredential")), UndefinedTerm},
		{"an undefined claim that is null", []byte(strings.Replace(string(spoiled(t, "x", absent)), `{"@context"`, `{"bonus":null,"@context"`, 1)), UndefinedTerm},
		{"an index that no signature covers", spoiled(t, "credentialSubject/@index", str("x")), UndefinedTerm},
		{"an unknown context", spoiled(t, "@context", context(base, badges, "https://evil.example/context")), ContextNotAllowed},
		{"a context by http", spoiled(t, "@context", context(base, strings.Replace(badges, "https", "http", 1))), ContextNotAllowed},
		{"an inline context that renames", spoiled(t, "@context", inline), ContextNotAllowed},
		{"a nested inline context", spoiled(t, "credentialSubject/@context", testissuer.Parse(`{"name":"https://evil.example/#x"}`)), ContextNotAllowed},
		{"a nested context by URL", spoiled(t, "credentialSubject/@context", context(badges)), ContextNotAllowed},
		{"the base context last", spoiled(t, "@context", context(badges, base)), ContextOrder},
		{"no base context", spoiled(t, "@context", context(badges)), ContextOrder},
		{"a dropped context", spoiled(t, "@context", context(base)), UndefinedTerm},
		{"a relative identifier", spoiled(t, "credentialSubject/achievement/id", str("achievements/data")), UndefinedTerm},
		{"a thousand contexts", spoiled(t, "@context", context(append([]string{base}, slicesOf(badges, 1000)...)...)), LimitExceeded},
	})
}

func slicesOf(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

func attackJSON(t *testing.T, n census) {
	good := string(school.Sign(t, school.Badge(learner)).JSON())
	swap := func(old, new string) []byte {
		if !strings.Contains(good, old) {
			t.Fatalf("no %s to replace", old)
		}
		return []byte(strings.Replace(good, old, new, 1))
	}
	n.run(t, employer, asked, []attack{
		{"the issuer twice", swap(`"issuer":`, `"issuer":"`+stranger.ID+`","issuer":`), DuplicateKey},
		{"a name twice, by escape", swap(`"name":`, `"n\u0061me":"Professor","name":`), DuplicateKey},
		{"a name twice, nested", swap(`"achievement":{`, `"achievement":{"name":"Professor",`), DuplicateKey},
		{"another case of a name", swap(`"issuer":`, `"Issuer":"`+stranger.ID+`","issuer":`), UndefinedTerm},
		{"a name that folds to another", swap(`"issuer":`, `"iſſuer":"`+stranger.ID+`","issuer":`), UndefinedTerm},
		{"a lone surrogate", swap(`Data Analysis`, `Data\ud800Analysis`), MalformedJSON},
		{"invalid UTF-8", swap(`Data Analysis`, "Data\xffAnalysis"), MalformedJSON},
		{"a byte order mark", []byte("\ufeff" + good), MalformedJSON},
		{"two documents", []byte(good + good), MalformedJSON},
		{"text after the end", []byte(good + "<script>"), MalformedJSON},
		{"cut off", []byte(good[:len(good)/2]), MalformedJSON},
		{"a comment", swap(`{`, `{/* */`), MalformedJSON},
		{"empty", nil, MalformedJSON},
		{"not JSON at all", []byte("%PDF-1.7"), MalformedJSON},
		{"a number", []byte("42"), StructureInvalid},
		{"an array", []byte("[" + good + "]"), StructureInvalid},
		{"null", []byte("null"), StructureInvalid},
	})
}

func attackStructure(t *testing.T, n census) {
	type edit struct {
		name, path string
		to         strictjson.Value
		want       Code
	}
	var attacks []attack
	for _, e := range []edit{
		{"expired", "validUntil", str("2026-05-31T23:59:59Z"), CredentialExpired},
		{"not yet valid", "validFrom", str("2026-06-02T00:00:00Z"), CredentialNotYetValid},
		{"30 February", "validUntil", str("2030-02-30T00:00:00Z"), StructureInvalid},
		{"a date without a time zone", "validUntil", str("2030-06-01T00:00:00"), StructureInvalid},
		{"a date with one digit", "validUntil", str("2030-06-01T0:00:00Z"), StructureInvalid},
		{"a date with a comma", "validUntil", str("2030-06-01T00:00:00,5Z"), StructureInvalid},
		{"until before from", "validUntil", str("2020-01-01T00:00:00Z"), StructureInvalid},
		{"no subject", "credentialSubject", absent, StructureInvalid},
		{"no issuer", "issuer", absent, StructureInvalid},
		{"an issuer that is no URL", "issuer", str("school"), StructureInvalid},
		{"a list of issuers", "issuer", strictjson.Strings(school.ID), StructureInvalid},
		{"an id that is a list", "id", strictjson.Strings("urn:uuid:1", "urn:uuid:2"), StructureInvalid},
		{"no type", "type", absent, StructureInvalid},
		{"not a credential by type", "type", strictjson.Strings("OpenBadgeCredential"), StructureInvalid},
		{"a status without a type", "credentialStatus", testissuer.Parse(`{"id":"https://school.example/s#1"}`), StructureInvalid},
	} {
		attacks = append(attacks, attack{e.name, unsafeSign(t, testissuer.Set(school.Badge(learner), e.path, e.to)), e.want})
	}
	// Without its type the achievement's members are not even defined.
	typeless := testissuer.Set(school.Badge(learner), "credentialSubject/achievement/type", absent)
	attacks = append(attacks, attack{"an achievement without type", unsafeSign(t, typeless), UndefinedTerm})
	for _, member := range []string{"id", "name", "description", "criteria"} {
		doc := testissuer.Set(school.Badge(learner), "credentialSubject/achievement/"+member, absent)
		attacks = append(attacks, attack{"an achievement without " + member, unsafeSign(t, doc), OpenBadgeInvalid})
	}
	attacks = append(attacks,
		attack{"a badge without an achievement", unsafeSign(t, testissuer.Set(school.Badge(learner), "credentialSubject/achievement", absent)), OpenBadgeInvalid},
		attack{"an issuer that is not listed", stranger.Sign(t, stranger.Badge(learner)).JSON(), IssuerUntrusted},
		attack{"an impostor with the school's name", stranger.Sign(t, testissuer.Set(stranger.Badge(learner), "issuer/name", str("School school"))).JSON(), IssuerUntrusted},
		attack{"an impostor with the school's id", stranger.Sign(t, school.Badge(learner)).JSON(), IssuerMismatch},
	)
	n.run(t, employer, asked, attacks)
}

// unsafeSign signs what an honest issuer would refuse to sign. Where JSON-LD
// itself refuses, the proof is borrowed from a good badge.
func unsafeSign(t *testing.T, doc strictjson.Value) []byte {
	t.Helper()
	signed, err := proof.Sign(doc, proof.SignOptions{
		Suite: testissuer.Suites()[0], Key: school.Key, Method: school.Method, Created: testissuer.Now.AddDate(0, -6, 0),
	})
	if err != nil {
		return doc.With("proof", school.Sign(t, school.Badge(learner)).Get("proof")).JSON()
	}
	return signed.JSON()
}

func attackDIDKey(t *testing.T, n census) {
	method := func(id string) []byte {
		return spoiled(t, "proof/verificationMethod", str(id+"#"+strings.TrimPrefix(id, "did:key:")))
	}
	n.run(t, employer, asked, []attack{
		{"no multibase", method("did:key:6MkfaQn38jzN5eZ5e2nQLQEi72Yd3QwL7TjNShNiu3HsKp8"), KeyInvalid},
		{"base64url instead of base58", method("did:key:u7QGCPqEmqu-PM8DX0FRqjyRJvSX8ROtPHwNWhjvSnL6r7w"), KeyInvalid},
		{"a letter that base58 does not have", method("did:key:z6MkfaQn38jzN5eZ5e2nQLQEi72Yd3QwL7TjNShNiu3HsKp0"), KeyInvalid},
		{"a key that is cut", method("did:key:z6MkfaQn38jzN5eZ5e2nQLQEi72Yd3QwL7"), KeyInvalid},
		{"an X25519 key", method("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"), KeyInvalid},
		{"no fragment", spoiled(t, "proof/verificationMethod", str(school.ID)), VerificationMethodUnresolvable},
		{"an empty fragment", spoiled(t, "proof/verificationMethod", str(school.ID+"#")), VerificationMethodUnresolvable},
		{"a fragment of our own", spoiled(t, "proof/verificationMethod", str(school.ID+"#key-1")), VerificationMethodUnresolvable},
		{"a path", spoiled(t, "proof/verificationMethod", str(school.ID+"/x#y")), VerificationMethodUnresolvable},
		{"a hundred kilobytes of key", method("did:key:z6Mk" + strings.Repeat("2", 120_000)), LimitExceeded},
	})
}

func attackPresentation(t *testing.T, n census) {
	badge := school.Sign(t, school.Badge(learner))
	answer := func(p strictjson.Value) []byte { return learner.Answer(t, p, challenge, domain).JSON() }
	good := learner.Answer(t, learner.Present(badge), challenge, domain)
	change := func(path string, to strictjson.Value) []byte { return testissuer.Set(good, path, to).JSON() }
	forged := testissuer.Set(badge, "credentialSubject/achievement/name", str("Professor"))
	many := make([]strictjson.Value, 65)
	for i := range many {
		many[i] = strictjson.Object(strictjson.Member{Name: "id", Value: str("urn:x")})
	}
	plain := school.Badge(learner).With("type", strictjson.Strings("VerifiableCredential"))
	mine := strictjson.Object(strictjson.Member{Name: "id", Value: str(learner.ID)}, strictjson.Member{Name: "type", Value: str("AchievementSubject")})
	couple := plain.With("credentialSubject", strictjson.Array(mine, mine.With("id", str(stranger.ID))))
	bearer := plain.With("credentialSubject", strictjson.Array(mine, mine.Without("id").With("name", str("x"))))
	n.run(t, employer, asked, []attack{
		{"an old answer", learner.Answer(t, learner.Present(badge), "yesterday", domain).JSON(), ChallengeMismatch},
		{"an answer without a challenge", learner.Answer(t, learner.Present(badge), "", domain).JSON(), ChallengeMismatch},
		{"a challenge put in afterwards", testissuer.Set(learner.Answer(t, learner.Present(badge), "yesterday", domain), "proof/challenge", str(challenge)).JSON(), SignatureInvalid},
		{"made for another employer", learner.Answer(t, learner.Present(badge), challenge, "https://other.example").JSON(), DomainMismatch},
		{"made for nobody", learner.Answer(t, learner.Present(badge), challenge, "").JSON(), DomainMismatch},
		{"made for a look-alike", learner.Answer(t, learner.Present(badge), challenge, domain+".evil.example").JSON(), DomainMismatch},
		{"presented by a stranger", stranger.Answer(t, stranger.Present(badge), challenge, domain).JSON(), HolderBindingFailed},
		{"a stranger who claims to be the holder", stranger.Answer(t, learner.Present(badge), challenge, domain).JSON(), HolderBindingFailed},
		{"the holder changed afterwards", change("holder", str(stranger.ID)), SignatureInvalid},
		{"a badge slipped in", change("verifiableCredential", strictjson.Array(badge, badge)), SignatureInvalid},
		{"a badge exchanged", change("verifiableCredential", strictjson.Array(forged)), SignatureInvalid},
		{"a forged badge inside", answer(learner.Present(forged)), SignatureInvalid},
		{"somebody else's badge among mine", answer(learner.Present(badge, school.Sign(t, school.Badge(stranger)))), HolderBindingFailed},
		{"an unsigned badge inside", answer(learner.Present(badge.Without("proof"))), ProofMissing},
		{"not signed", change("proof", absent), PresentationProofAbsent},
		{"signed to assert", learner.SignWith(t, learner.Present(badge), proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now}).JSON(), ProofPurposeMismatch},
		{"nothing in it", answer(learner.Present()), NoCredential},
		{"a text in it", change("verifiableCredential", strictjson.Strings("badge")), StructureInvalid},
		{"an expired badge in it", answer(learner.Present(school.Sign(t, testissuer.Set(school.Badge(learner), "validUntil", str("2026-01-01T00:00:00Z"))))), CredentialExpired},
		{"a badge by nobody we know", answer(learner.Present(stranger.Sign(t, stranger.Badge(learner)))), IssuerUntrusted},
		{"65 credentials", change("verifiableCredential", strictjson.Array(many...)), LimitExceeded},
		{"a certificate of two, presented by one", answer(learner.Present(school.Sign(t, couple))), HolderBindingFailed},
		{"a certificate of mine and of nobody", answer(learner.Present(school.Sign(t, bearer))), HolderUnbound},
		{"a badge that anybody may present", answer(learner.Present(school.Sign(t, testissuer.Set(school.Badge(learner), "credentialSubject/id", absent)))), HolderUnbound},
	})
}

func TestNoChallengeIsUndetermined(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	answer := learner.Answer(t, learner.Present(badge), challenge, domain)
	r := verify(t, trusting(), answer.JSON(), Expectation{})
	if r.Verdict != Undetermined || r.Check(RowChallenge).Code != ChallengeNotChecked {
		t.Errorf("%s: %s", r.Verdict, codes(r))
	}
	v := trusting()
	v.Policy.UnsafeNoChallenge = true
	if r := verify(t, v, answer.JSON(), Expectation{}); r.Verdict != Accepted {
		t.Errorf("%s: %s", r.Verdict, codes(r))
	}
}

func attackDenialOfService(t *testing.T, n census) {
	nest := func(open, close string, n int) []byte {
		return []byte(strings.Repeat(open, n) + "1" + strings.Repeat(close, n))
	}
	list := func(n int) []byte { return append(bytes.Repeat([]byte("[],"), n), "[]"...) }
	wide := append(append([]byte{'['}, list(30_000)...), ']')
	languages := make([]strictjson.Value, 5000)
	for i := range languages {
		languages[i] = testissuer.Parse(fmt.Sprintf(`{"@value":"x%d","@language":"en"}`, i))
	}
	n.run(t, employer, asked, []attack{
		{"a tower of arrays", nest("[", "]", 100_000), LimitExceeded},
		{"a tower of objects", nest(`{"a":`, "}", 5_000), LimitExceeded},
		{"thirty thousand values", wide, LimitExceeded},
		{"nine megabytes", bytes.Repeat([]byte(" "), 9<<20), LimitExceeded},
		{"a string of a megabyte", spoiled(t, "name", str(strings.Repeat("x", 1<<20))), LimitExceeded},
		{"a graph made to confuse", poison(t, 10), CanonicalizationLimit},
		{"five thousand names", spoiled(t, "name", strictjson.Array(languages...)), SignatureInvalid},
	})
}

// poison is a signed-looking badge whose related achievements form a complete
// graph of nameless nodes, which canonicalisation cannot tell apart.
func poison(t *testing.T, n int) []byte {
	t.Helper()
	var nodes []strictjson.Value
	for i := range n {
		var related []strictjson.Value
		for j := range n {
			if i != j {
				related = append(related, testissuer.Parse(fmt.Sprintf(`{"id":"_:b%d","type":["Related"]}`, j)))
			}
		}
		nodes = append(nodes, testissuer.Parse(fmt.Sprintf(`{"id":"_:b%d","type":["Achievement"]}`, i)).With("related", strictjson.Array(related...)))
	}
	return spoiled(t, "credentialSubject/achievement", strictjson.Array(nodes...))
}

// TestHostileContentStaysInert: validly signed hostile text verifies, and comes
// out of the text report without control characters or line breaks of its own.
func TestHostileContentStaysInert(t *testing.T) {
	for name, text := range map[string]string{
		"a script":            `<script>alert(1)</script>`,
		"an image":            `<img src=x onerror=alert(1)>`,
		"terminal escapes":    "\x1b[2J\x1b[1;31mACCEPTED\x07",
		"a right-to-left":     "gnp.\u202Eexe",
		"a template":          `{{.Verdict}} ${7*7} %s%n`,
		"a second headline":   "x\nACCEPTED: Valid. Issued by the Ministry",
		"a zero-width joiner": "Scho\u200bol",
		"a long name":         strings.Repeat("very ", 2000) + "long",
	} {
		t.Run(name, func(t *testing.T) {
			doc := testissuer.Set(school.Badge(learner), "issuer/name", str(text))
			doc = testissuer.Set(doc, "credentialSubject/achievement/name", str(text))
			r := verify(t, strict(), school.Sign(t, doc).JSON(), Expectation{})
			if r.Verdict != Accepted {
				t.Fatalf("%s: %s", r.Verdict, codes(r))
			}
			var b strings.Builder
			if err := r.WriteText(&b); err != nil {
				t.Fatal(err)
			}
			for _, c := range b.String() {
				if c < ' ' && c != '\n' || c == 0x7f || c == '\u202e' || c == '\u200b' {
					t.Fatalf("%U reaches the terminal", c)
				}
			}
			if strings.Count(b.String(), "\nACCEPTED") > 0 {
				t.Error("a claim looks like a headline")
			}
		})
	}
}

// attackRewritten: RDF does not know where a statement stood and how its
// name was spelled, so that a holder can rewrite a badge and leave its signature
// whole. What verifiers read must not get lost that way.
func attackRewritten(t *testing.T, n census) {
	entry := testissuer.Parse(`{"id":"https://school.example/s#1","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://school.example/s"}`)
	badge := testissuer.Set(school.Badge(learner), "validUntil", str("2026-01-01T00:00:00Z")).With("credentialStatus", entry)
	over := school.Sign(t, badge)
	rest := over.Without("validUntil", "credentialStatus")
	member := func(name string, v strictjson.Value) strictjson.Member {
		return strictjson.Member{Name: name, Value: v}
	}
	until := testissuer.Parse(`{"@value":"2026-01-01T00:00:00Z","@type":"http://www.w3.org/2001/XMLSchema#dateTime"}`)
	hidden := strictjson.Object(member("id", over.Get("id")), member("type", over.Get("type")),
		member("validUntil", over.Get("validUntil")), member("credentialStatus", entry))
	const cred = "https://www.w3.org/2018/credentials#"
	stale := school.SignWith(t, school.Badge(learner), proof.SignOptions{Expires: testissuer.Now.AddDate(0, -1, 0)})
	expires := strictjson.Object(member("@value", stale.Get("proof").Get("expires")), member("@type", str("http://www.w3.org/2001/XMLSchema#dateTime")))
	bearer := testissuer.Set(school.Sign(t, school.Badge(learner)), "credentialSubject/id", absent)
	endorsed := school.Sign(t, badge.With("endorsement", testissuer.Parse(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:e","type":["VerifiableCredential","EndorsementCredential"],"issuer":"`+stranger.ID+`","validFrom":"2025-12-01T00:00:00Z",
		"credentialSubject":{"id":"urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01","type":["EndorsementSubject","VerifiableCredential"],"endorsementComment":"well done"}}`)))
	moved := testissuer.Set(endorsed.Without("validUntil", "credentialStatus"), "endorsement/credentialSubject/validUntil", over.Get("validUntil"))
	moved = testissuer.Set(moved, "endorsement/credentialSubject/credentialStatus", entry)
	n.run(t, employer, asked, []attack{
		{"an end by its IRI", rest.With("credentialStatus", entry).With(cred+"validUntil", until).JSON(), StructureInvalid},
		{"a status by its IRI", rest.With("validUntil", over.Get("validUntil")).With(cred+"credentialStatus", entry).JSON(), StructureInvalid},
		{"both by their IRIs", rest.With(cred+"validUntil", until).With(cred+"credentialStatus", entry).JSON(), StructureInvalid},
		{"both in an included node", rest.With("@included", hidden).JSON(), StructureInvalid},
		{"both nested", rest.With("@nest", hidden.Without("id", "type")).JSON(), StructureInvalid},
		{"both in what an endorsement says of the badge", moved.JSON(), StructureInvalid},
		{"the end of the proof by its IRI", testissuer.Set(stale, "proof", stale.Get("proof").Without("expires").With("https://w3id.org/security#expiration", expires)).JSON(), StructureInvalid},
		{"the end of the proof by another name", testissuer.Set(stale, "proof", stale.Get("proof").Without("expires").With("expiration", stale.Get("proof").Get("expires"))).
			With("@context", strictjson.Array(append(stale.Get("@context").Elems(), str("https://w3id.org/security/v1"))...)).JSON(), StructureInvalid},
		{"the earner by @id", testissuer.Set(bearer, "credentialSubject/@id", str(learner.ID)).JSON(), StructureInvalid},
		{"the earner in a @set", testissuer.Set(bearer, "credentialSubject", strictjson.Object(member("@set", strictjson.Array(over.Get("credentialSubject"))))).JSON(), StructureInvalid},
		{"a claim added by its IRI", school.Sign(t, school.Badge(learner)).With("https://schema.org/award", str("x")).JSON(), SignatureInvalid},
	})
}
