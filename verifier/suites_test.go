package verifier

import (
	"crypto/ed25519"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// trustingAll is trusting, with the parties on the list too.
func trustingAll(parties []*testissuer.Party) *Verifier {
	v := trusting()
	for _, p := range parties {
		v.Trust.Issuers = append(v.Trust.Issuers, TrustedIssuer{ID: p.ID, Name: p.Name})
	}
	return v
}

func isLegacy(p *testissuer.Party) bool { return strings.HasPrefix(p.Suite.Name(), "Ed25519Signature") }

// badges are what a party issues: under both versions of the data model.
func badges(p *testissuer.Party) map[string]strictjson.Value {
	return map[string]strictjson.Value{"2.0": p.Badge(learner), "1.1": p.BadgeV1(learner)}
}

// TestEverySuite: a badge under each suite, kind of key and version of the data
// model is accepted, alone and presented, and the report names what it saw.
func TestEverySuite(t *testing.T) {
	parties := testissuer.Several(t, "issuer")
	if len(parties) != 7 {
		t.Fatalf("%d parties, want 7", len(parties))
	}
	v := trustingAll(parties)
	for _, p := range parties {
		for version, badge := range badges(p) {
			t.Run(p.Name+", "+version, func(t *testing.T) {
				signed := p.Sign(t, badge)
				r := verify(t, v, signed.JSON(), Expectation{})
				if r.Verdict != Accepted || r.Tone() != Good {
					t.Fatalf("%s: %s", r.Verdict, codes(r))
				}
				hasEvidence(t, r.Check(RowFormat), "data model", "Verifiable Credentials "+version)
				what, code := "cryptosuite", Code("")
				if isLegacy(p) {
					what, code = "legacy proof", ProofLegacy
				}
				hasEvidence(t, r.Check(RowProof), what, p.Suite.Name())
				if got := r.Check(RowProof).Code; got != code {
					t.Errorf("the proof row has the code %q, want %q", got, code)
				}
				answer := learner.Answer(t, learner.Present(signed), challenge, domain)
				if r := verify(t, v, answer.JSON(), Expectation{Challenge: challenge, Domain: domain}); r.Verdict != Accepted {
					t.Errorf("presented: %s: %s", r.Verdict, codes(r))
				}
			})
		}
	}
}

func hasEvidence(t *testing.T, c *Check, what, value string) {
	t.Helper()
	if !slices.ContainsFunc(c.Evidence, func(e Evidence) bool { return e.What == what && e.Value == value }) {
		t.Errorf("row %s has no evidence %s: %s, but %v", c.Row, what, value, c.Evidence)
	}
}

// TestPresentersOfEverySuite: whoever holds the badge may answer under any suite.
func TestPresentersOfEverySuite(t *testing.T) {
	for _, p := range testissuer.Several(t, "learner") {
		badge := school.Sign(t, school.Badge(p))
		answer := p.Answer(t, p.Present(badge), challenge, domain)
		r := verify(t, trusting(), answer.JSON(), Expectation{Challenge: challenge, Domain: domain})
		if r.Verdict != Accepted || r.Holder != p.ID {
			t.Errorf("%s: %s: %s", p.Name, r.Verdict, codes(r))
		}
		r = verify(t, trusting(), answer.JSON(), Expectation{Challenge: "another", Domain: domain})
		if r.Verdict != Rejected || r.Check(RowChallenge).Code != ChallengeMismatch {
			t.Errorf("%s, replayed: %s: %s", p.Name, r.Verdict, codes(r))
		}
	}
}

// attackEverySuite spoils a badge of each suite and version in each way that
// has a code of its own.
func attackEverySuite(t *testing.T, n census) {
	for _, p := range testissuer.Several(t, "school") {
		for version, badge := range badges(p) {
			t.Run(p.Name+", "+version, func(t *testing.T) {
				n.run(t, employer, asked, suiteAttacks(t, p, badge))
			})
		}
	}
}

func suiteAttacks(t *testing.T, p *testissuer.Party, badge strictjson.Value) []attack {
	good := p.Sign(t, badge)
	value := good.Get("proof").Get("proofValue").Str()
	spoil := func(path string, to strictjson.Value) []byte { return testissuer.Set(good, path, to).JSON() }
	flipped := []byte(value)
	flipped[8] ^= 1
	zeros := "z" + strings.Repeat("1", 64)
	if p.Key.Public() != nil && strings.HasSuffix(p.Name, "P-384") {
		zeros = "z" + strings.Repeat("1", 96)
	}
	context := ContextNotAllowed // a context inside the proof
	if strings.Contains(p.Suite.Name(), "-jcs-") {
		context = SignatureInvalid // it is where the suite wants one, but not this one
	}
	attacks := []attack{
		{"a claim changed", spoil("credentialSubject/achievement/name", str("Professor")), SignatureInvalid},
		{"a claim added", spoil("credentialSubject/role", str("teacher")), SignatureInvalid},
		{"the earner changed", spoil("credentialSubject/id", str(stranger.ID)), SignatureInvalid},
		{"the end removed", good.Without("validUntil", "expirationDate").JSON(), SignatureInvalid},
		{"one character of the signature", spoil("proof/proofValue", str(string(flipped))), SignatureInvalid},
		{"a signature of zeros", spoil("proof/proofValue", str(zeros)), SignatureInvalid},
		{"a signature that is cut", spoil("proof/proofValue", str(value[:60])), SignatureInvalid},
		{"a signature with a byte more", spoil("proof/proofValue", str(value+"1")), SignatureInvalid},
		{"a signature in base64url", spoil("proof/proofValue", str("u"+value[1:])), SignatureInvalid},
		{"a signature with a newline", spoil("proof/proofValue", str(value+"\n")), SignatureInvalid},
		{"no signature value", spoil("proof/proofValue", absent), StructureInvalid},
		{"the date of the proof changed", spoil("proof/created", str("2025-12-02T00:00:00Z")), SignatureInvalid},
		{"a date without a zone", spoil("proof/created", str("2025-12-01T00:00:00")), StructureInvalid},
		{"something undefined", spoil("passed", strictjson.Bool(true)), UndefinedTerm},
		{"something undefined in the proof", spoil("proof/approved", strictjson.Bool(true)), UndefinedTerm},
		{"another context inside the proof", spoil("proof/@context", strictjson.Strings("https://w3id.org/security/v2")), context},
		{"an unknown suite", spoil("proof/cryptosuite", str("none")), unknownSuite(p)},
		{"for another purpose", p.SignWith(t, badge, proof.SignOptions{Purpose: proof.Authentication}).JSON(), ProofPurposeMismatch},
		{"a purpose changed", spoil("proof/proofPurpose", str("authentication")), ProofPurposeMismatch},
		{"a proof that has ended", p.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.AddDate(0, 0, -1)}).JSON(), ProofExpired},
		{"an end put off", testissuer.Set(p.SignWith(t, badge, proof.SignOptions{Expires: testissuer.Now.AddDate(0, 0, -1)}), "proof/expires", str("2099-01-01T00:00:00Z")).JSON(), SignatureInvalid},
		{"made tomorrow", p.SignWith(t, badge, proof.SignOptions{Created: testissuer.Now.AddDate(0, 0, 1)}).JSON(), ProofNotYetValid},
		{"a proof before it that is not there", spoil("proof/previousProof", str("urn:uuid:1")), ProofChainInvalid},
		{"under somebody else's name", p.Sign(t, testissuer.Set(badge, "issuer/id", str(stranger.ID))).JSON(), IssuerMismatch},
		{"with somebody else's key", spoil("proof/verificationMethod", str(stranger.Method)), otherKey(p)},
		{"another fragment", spoil("proof/verificationMethod", str(p.ID+"#key-1")), VerificationMethodUnresolvable},
		{"twice, and one is broken", good.With("proof", strictjson.Array(good.Get("proof"), good.Get("proof").With("proofValue", str(string(flipped))))).JSON(), SignatureInvalid},
		{"expired", p.Sign(t, ending(badge, "2026-01-01T00:00:00Z")).JSON(), CredentialExpired},
		{"not yet valid", p.Sign(t, beginning(badge, "2026-12-01T00:00:00Z")).JSON(), CredentialNotYetValid},
	}
	return attacks
}

// unknownSuite: a legacy proof has no cryptosuite, and its context no word for one.
func unknownSuite(p *testissuer.Party) Code {
	if isLegacy(p) {
		return UndefinedTerm
	}
	return CryptosuiteUnsupported
}

// otherKey: an Ed25519 key does not fit, and an ECDSA suite takes none.
func otherKey(p *testissuer.Party) Code {
	if _, edwards := p.Key.(ed25519.PrivateKey); edwards {
		return SignatureInvalid
	}
	return KeyInvalid
}

func ending(badge strictjson.Value, at string) strictjson.Value {
	if badge.Get("expirationDate").Exists() {
		return badge.With("expirationDate", str(at))
	}
	return badge.With("validUntil", str(at))
}

func beginning(badge strictjson.Value, at string) strictjson.Value {
	if badge.Get("issuanceDate").Exists() {
		return badge.With("issuanceDate", str(at))
	}
	return badge.With("validFrom", str(at))
}

// attackV1 are the ways to be wrong that VCDM 1.1 adds.
func attackV1(t *testing.T, n census) {
	badge := school.BadgeV1(learner)
	contexts := badge.Get("@context").Elems()
	with := func(name string, to strictjson.Value) []byte { return school.Sign(t, badge.With(name, to)).JSON() }
	bare := school.Sign(t, badge).With("@context", badge.Get("@context"))
	both := badge.With("@context", strictjson.Array(contexts[0], str("https://www.w3.org/ns/credentials/v2")))
	n.run(t, employer, asked, []attack{
		{"no date of issuance", school.Sign(t, badge.Without("issuanceDate")).JSON(), StructureInvalid},
		{"a day of issuance", with("issuanceDate", str("2025-12-01")), StructureInvalid},
		{"expired by one of two ends", with("validUntil", str("2026-01-01T00:00:00Z")), CredentialExpired},
		{"early by one of two beginnings", with("validFrom", str("2026-12-01T00:00:00Z")), CredentialNotYetValid},
		{"an end before its beginning", with("expirationDate", str("2025-01-01T00:00:00Z")), StructureInvalid},
		{"both base contexts", unsafeSign(t, both), ContextOrder},
		{"the base context second", unsafeSign(t, badge.With("@context", strictjson.Array(contexts[1], contexts[0]))), ContextOrder},
		{"a proof whose words nobody defines", bare.JSON(), UndefinedTerm},
		{"read as the other version", testissuer.Set(school.Sign(t, badge), "@context", school.Badge(learner).Get("@context")).JSON(), UndefinedTerm},
		{"no proof", badge.JSON(), ProofMissing},
		{"no achievement", unsafeSign(t, testissuer.Set(badge, "credentialSubject/achievement", absent)), OpenBadgeInvalid},
	})
}

// TestRealLegacyBadge judges a badge that was issued in 2022: VCDM 1.1 and
// Ed25519Signature2020.
func TestRealLegacyBadge(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "badges", "jff-plugfest", "plugfest-2-2022", "signed_badge_example-p2.json"))
	if err != nil {
		t.Fatal(err)
	}
	r := verify(t, strict(), text, Expectation{})
	if r.Verdict != Accepted || r.Tone() != Caution {
		t.Fatalf("%s, %s: %s", r.Verdict, r.Tone(), codes(r))
	}
	if got := r.Check(RowProof); got.Code != ProofLegacy || !strings.Contains(got.Text, "older kind") {
		t.Errorf("the proof row says %s: %s", got.Code, got.Text)
	}
	if want := time.Date(2022, 11, 4, 22, 20, 25, 682_000_000, time.UTC); !r.Badge.ValidFrom.Equal(want) {
		t.Errorf("valid from %v, want %v", r.Badge.ValidFrom, want)
	}
	var b strings.Builder
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"PROOF_LEGACY", "legacy proof: Ed25519Signature2020", "data model: Verifiable Credentials 1.1"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the text does not say %q:\n%s", want, b.String())
		}
	}
	changed := strings.Replace(string(text), "Interoperability", "interoperability", 1)
	if r := verify(t, strict(), []byte(changed), Expectation{}); r.Verdict != Rejected || r.Check(RowProof).Code != SignatureInvalid {
		t.Errorf("changed: %s: %s", r.Verdict, codes(r))
	}
}
