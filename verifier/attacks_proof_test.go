package verifier

import (
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// attackProofKinds fills up the classes of embedded proofs that the other tables
// touch only once or twice.
func attackProofKinds(t *testing.T, n census) {
	badge := school.Badge(learner)
	good := school.Sign(t, badge)
	p := good.Get("proof")
	other := stranger.Sign(t, badge).Get("proof")
	set := func(proofs ...strictjson.Value) []byte { return good.With("proof", strictjson.Array(proofs...)).JSON() }
	in := func(name string, to strictjson.Value) []byte { return spoiled(t, "proof/"+name, to) }
	ending := func(at time.Time) []byte {
		return school.SignWith(t, badge, proof.SignOptions{Expires: at}).JSON()
	}
	ended := school.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.Add(-time.Second)})
	purpose := func(s string) []byte { return school.SignWith(t, badge, proof.SignOptions{Purpose: s}).JSON() }
	chain := func(id string, previous strictjson.Value) strictjson.Value {
		return p.With("id", str(id)).With("previousProof", previous)
	}
	many := func(of strictjson.Value, times int) []byte {
		all := make([]strictjson.Value, times)
		for i := range all {
			all[i] = of
		}
		return set(all...)
	}
	n.run(t, reading, Expectation{}, []attack{
		{"for authentication", purpose("authentication"), ProofPurposeMismatch},
		{"for invocation", in("proofPurpose", str("capabilityInvocation")), ProofPurposeMismatch},
		{"for delegation", in("proofPurpose", str("capabilityDelegation")), ProofPurposeMismatch},
		{"for agreeing on keys", in("proofPurpose", str("keyAgreement")), ProofPurposeMismatch},
		{"for the full name of its purpose", in("proofPurpose", str("https://w3id.org/security#assertionMethod")), ProofPurposeMismatch},
		{"for assertion in capitals", in("proofPurpose", str("AssertionMethod")), ProofPurposeMismatch},

		{"ended a second ago", ended.JSON(), ProofExpired},
		{"ended a year ago", ending(testissuer.Now.AddDate(-1, 0, 0)), ProofExpired},
		{"ended before it was made", ending(testissuer.Now.AddDate(-9, 0, 0)), ProofExpired},
		{"one of two ended", set(p, ended.Get("proof")), ProofExpired},
		{"ended in another time zone", school.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.Add(-time.Hour).In(time.FixedZone("", 5*3600))}).JSON(), ProofExpired},

		{"a stranger's key", stranger.Sign(t, badge).JSON(), IssuerMismatch},
		{"the learner's own key", learner.Sign(t, badge).JSON(), IssuerMismatch},
		{"a stranger's key, twice", good.With("proof", strictjson.Array(other, other)).JSON(), IssuerMismatch},
		{"an issuer with a fragment", school.Sign(t, testissuer.Set(badge, "issuer/id", str(school.Method))).JSON(), IssuerMismatch},
		{"an issuer with a slash", school.Sign(t, testissuer.Set(badge, "issuer/id", str(school.ID+"/"))).JSON(), IssuerMismatch},
		{"an issuer of another method", school.Sign(t, testissuer.Set(badge, "issuer/id", str("did:web:school.example"))).JSON(), IssuerMismatch},

		{"no proof", good.Without("proof").JSON(), ProofMissing},
		{"an empty set", set(), ProofMissing},
		{"a proof elsewhere", good.Without("proof").With("evidence", strictjson.Array(testissuer.Parse(`{"type":["Evidence"]}`).With("proof", p))).JSON(), ProofMissing},
		{"the subject's proof", testissuer.Set(good.Without("proof"), "credentialSubject/proof", p).JSON(), ProofMissing},
		{"a proof in capitals", good.Without("proof").With("Proof", p).JSON(), ProofMissing},

		{"a proof that is a text", spoiled(t, "proof", str("x")), StructureInvalid},
		{"a set of texts", set(str("x")), StructureInvalid},
		{"a set in a set", set(strictjson.Array(p)), StructureInvalid},
		{"no value", in("proofValue", absent), StructureInvalid},
		{"no purpose", in("proofPurpose", absent), StructureInvalid},
		{"no method", in("verificationMethod", absent), StructureInvalid},
		{"a method that is an object", in("verificationMethod", testissuer.Parse(`{"id":"`+school.Method+`"}`)), StructureInvalid},

		{"a suite of tomorrow", in("cryptosuite", str("mldsa44-rdfc-2024")), CryptosuiteUnsupported},
		{"a suite in capitals", in("cryptosuite", str("EDDSA-RDFC-2022")), CryptosuiteUnsupported},
		{"the suite of drafts", in("cryptosuite", str("eddsa-2022")), CryptosuiteUnsupported},
		{"a suite with a space", in("cryptosuite", str("eddsa-rdfc-2022 ")), CryptosuiteUnsupported},
		{"none", in("cryptosuite", str("none")), CryptosuiteUnsupported},

		{"a type of blockchains", in("type", str("MerkleProof2019")), ProofTypeUnsupported},
		{"a type of tokens", in("type", str("JwtProof2020")), ProofTypeUnsupported},
		{"a type in capitals", in("type", str("DATAINTEGRITYPROOF")), ProofTypeUnsupported},
		{"the suite as its type", in("type", str("eddsa-rdfc-2022")), ProofTypeUnsupported},
		{"one of a known type, one of another", set(p, p.With("type", str("MerkleProof2019"))), ProofTypeUnsupported},

		{"a method without a fragment", in("verificationMethod", str(school.ID)), VerificationMethodUnresolvable},
		{"a method of nobody", in("verificationMethod", str("urn:uuid:1")), VerificationMethodUnresolvable},
		{"a relative method", in("verificationMethod", str("#key-1")), VerificationMethodUnresolvable},
		{"a method of another key", in("verificationMethod", str(school.ID+"#"+strings.TrimPrefix(stranger.ID, "did:key:"))), VerificationMethodUnresolvable},
		{"a method by query", in("verificationMethod", str(school.ID+"?x=1#"+strings.TrimPrefix(school.ID, "did:key:"))), VerificationMethodUnresolvable},

		{"a proof before it that is nowhere", set(chain("urn:a", str("urn:b"))), ProofChainInvalid},
		{"a proof before itself", set(chain("urn:a", str("urn:a"))), ProofChainInvalid},
		{"two before one another", set(chain("urn:a", str("urn:b")), chain("urn:b", str("urn:a"))), ProofChainInvalid},
		{"three in a circle", set(chain("urn:a", str("urn:b")), chain("urn:b", str("urn:c")), chain("urn:c", str("urn:a"))), ProofChainInvalid},
		{"several before it that are nowhere", set(chain("urn:a", strictjson.Strings("urn:b", "urn:c"))), ProofChainInvalid},

		{"nine", many(p, 9), LimitExceeded},
		{"two hundred", many(p, 200), LimitExceeded},
		{"a thousand", many(p, 1000), LimitExceeded},
		{"nine of an unknown suite", many(p.With("cryptosuite", str("x")), 9), LimitExceeded},
		{"a DID of a hundred kilobytes", in("verificationMethod", str("did:key:z6Mk"+strings.Repeat("1", 100_000)+"#x")), LimitExceeded},

		{"a context in the proof", in("@context", str("https://www.w3.org/ns/credentials/v2")), ContextNotAllowed},
		{"an inline context in the proof", in("@context", testissuer.Parse(`{"created":"https://evil.example/x"}`)), ContextNotAllowed},
		{"an unknown context", spoiled(t, "@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2", "https://evil.example/c")), ContextNotAllowed},
		{"an inline context", spoiled(t, "@context", strictjson.Array(str("https://www.w3.org/ns/credentials/v2"), testissuer.Parse(`{"@vocab":"https://evil.example/"}`))), ContextNotAllowed},
		{"a context in the subject", spoiled(t, "credentialSubject/@context", testissuer.Parse(`{"name":"https://evil.example/x"}`)), ContextNotAllowed},

		{"no point", in("verificationMethod", str("did:key:zDnaezzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz#zDnaezzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz")), KeyInvalid},
		{"a key of small order", in("verificationMethod", str("did:key:z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP#z6MkeTG3bFFSLYVU7VqhgZxqr6YzpaGrQtFMh1uvqGy1vDnP")), KeyInvalid},
		{"a key for agreeing", in("verificationMethod", str("did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc#z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc")), KeyInvalid},
		{"a key in base64", in("verificationMethod", str("did:key:u7QGCPqEmqu#u7QGCPqEmqu")), KeyInvalid},
		{"a key that is cut", in("verificationMethod", str("did:key:z6MkfaQn#z6MkfaQn")), KeyInvalid},
	})
}

// attackInside has proofs inside of signed tokens, and presentations inside of
// presentations.
func attackInside(t *testing.T, n census) {
	badge := school.Badge(learner)
	good := school.Sign(t, badge)
	token := func(doc strictjson.Value) []byte {
		return signedText(`{"alg":"EdDSA","typ":"vc+jwt","kid":"`+school.Method+`"}`, string(doc.JSON()))
	}
	old := func(doc strictjson.Value) []byte {
		return []byte(school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"vc":`+string(doc.JSON())+`}`))
	}
	if r := verify(t, reading(t), token(good), Expectation{}); r.Verdict != Accepted {
		t.Errorf("a proof that holds, inside a token: %s", codes(r))
	}
	spoil := func(path string, to strictjson.Value) strictjson.Value { return testissuer.Set(good, path, to) }
	n.run(t, reading, Expectation{}, []attack{
		{"a proof that does not hold", token(spoil("name", str("Professor"))), SignatureInvalid},
		{"a proof that does not hold, in an old token", old(spoil("name", str("Professor"))), SignatureInvalid},
		{"a proof of two that does not hold", token(good.With("proof", strictjson.Array(good.Get("proof"), stranger.Sign(t, badge.With("id", str("urn:x"))).Get("proof")))), SignatureInvalid},
		{"a proof that is a text", token(spoil("proof", str("x"))), StructureInvalid},
		{"a proof of an unknown suite", token(spoil("proof/cryptosuite", str("none"))), CryptosuiteUnsupported},
		{"a proof that has ended", token(school.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.Add(-time.Hour)})), ProofExpired},
		{"a base proof", token(college.Sign(t, badge)), ProofTypeUnsupported},
	})
	plain := school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"vc":`+string(school.BadgeV1(learner).JSON())+`}`)
	vp := func(by *testissuer.Party, parts ...string) string {
		return by.Token(t, `{"typ":"JWT","kid":"`+by.Method+`"}`, `{"iss":"`+by.ID+`","aud":"`+domain+`","nonce":"`+challenge+`","vp":{"@context":["https://www.w3.org/2018/credentials/v1"],
			"type":["VerifiablePresentation"],"verifiableCredential":["`+strings.Join(parts, `","`)+`"]}}`)
	}
	lax := func(t testing.TB) *Verifier {
		v := reading(t)
		v.Policy.UnsafeNoChallenge = true
		return v
	}
	if r := verify(t, reading(t), []byte(vp(learner, plain)), asked); r.Verdict != Accepted {
		t.Errorf("an old presentation of an old token: %s", codes(r))
	}
	jwt := envelop(t, string(badgeToken("", absent)))
	answer := learner.SignJWT(t, learner.Present(jwt), proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now})
	n.run(t, lax, asked, []attack{
		{"an old presentation in an old presentation", []byte(vp(stranger, vp(learner, plain))), StructureInvalid},
		{"an old presentation among old tokens", []byte(vp(learner, plain, vp(learner, plain))), StructureInvalid},
		{"a presentation in an old presentation", []byte(vp(stranger, answer)), StructureInvalid},
		{"an old presentation in an old one in an old one", []byte(vp(stranger, vp(stranger, vp(learner, plain)))), StructureInvalid},
		{"a key binding among old tokens", []byte(vp(learner, plain, strings.TrimPrefix(learner.ShowSD(t, issuePID(t, confirmation(t, learner)), challenge, domain), issuePID(t, confirmation(t, learner))))), TypeMismatch},
		{"another's old token in an old presentation", []byte(vp(stranger, plain)), HolderBindingFailed},
		{"two of whom one is another's", []byte(vp(learner, plain, school.Token(t, `{"kid":"`+school.Method+`"}`, `{"vc":`+string(school.BadgeV1(stranger).JSON())+`}`))), HolderBindingFailed},
	})
}
