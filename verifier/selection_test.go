package verifier

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// college issues badges of which their learners can show a part.
var college = testissuer.Selective("college", "/credentialSubject/achievement/name")

// transcript is the badge of the benchmarks, with lists, images and blank nodes.
func transcript(tb testing.TB) strictjson.Value {
	tb.Helper()
	text, err := os.ReadFile("../bench/badge.json")
	if err != nil {
		tb.Fatal(err)
	}
	doc := testissuer.Parse(string(text))
	doc = testissuer.Set(doc, "credentialStatus", strictjson.Value{})
	doc = testissuer.Set(doc, "credentialSubject/achievement/creator/id", strictjson.String(college.ID))
	doc = testissuer.Set(doc, "issuer/id", strictjson.String(college.ID))
	return testissuer.Set(doc, "credentialSubject/id", strictjson.String(learner.ID))
}

func trustingCollege() *Verifier {
	v := strict()
	v.Trust = &TrustList{Issuers: []TrustedIssuer{{ID: college.ID, Name: "College of Examples"}}}
	return v
}

var graded = []string{"/credentialSubject/result/0", "/credentialSubject/achievement/resultDescription/0", "/evidence/0/name"}

// TestSelection: a part of a badge is judged as such, alone and presented.
func TestSelection(t *testing.T) {
	base := college.Sign(t, transcript(t))
	shown := testissuer.Derive(t, base, graded...)
	r := verify(t, trustingCollege(), shown.JSON(), Expectation{})
	if r.Verdict != Accepted || !r.Selection || r.Tone() != Good {
		t.Fatalf("%s, %s: %s", r.Verdict, r.Headline, codes(r))
	}
	hasEvidence(t, r.Check(RowProof), "extent", cryptosuite.Part.String())
	if c := r.Check(RowSchema); c.Outcome != Passed || c.Code != SchemaOfSelection || !strings.Contains(c.Text, "selection") {
		t.Errorf("schema: %s %s: %s", c.Outcome, c.Code, c.Text)
	}
	if c := r.Check(RowStatus); c.Code != StatusNone || c.Text != hiddenStatusText {
		t.Errorf("status: %s: %s", c.Code, c.Text)
	}
	if slices.ContainsFunc(r.NotProven, func(s string) bool { return strings.Contains(s, "names nobody") }) {
		t.Errorf("nobody knows what is not shown: %q", r.NotProven)
	}
	if !slices.Contains(r.NotProven, selectionText) {
		t.Errorf("not proven: %q", r.NotProven)
	}
	b := r.Badge
	if b.Achievement().Name != "Applied Data Analysis" || len(b.Results) != 1 || b.Results[0].Value != "A" || b.Achievement().Description != "" {
		t.Errorf("claims: %+v", b)
	}
	if text := string(shown.Without("proof").JSON()); strings.Contains(text, "identityHash") || strings.Contains(text, `"91"`) || !strings.Contains(text, `"allowedValue":["A","B","C","D","F"]`) {
		t.Errorf("shown: %s", text)
	}

	answer := learner.Answer(t, learner.Present(shown), challenge, domain)
	if r := verify(t, trustingCollege(), answer.JSON(), Expectation{Challenge: challenge, Domain: domain}); r.Verdict != Accepted || !r.Parts[0].Selection {
		t.Errorf("presented: %s: %s", r.Verdict, codes(r))
	}
}

// TestSelectionOfNothing: what is mandatory stands by itself, with a data: image.
func TestSelectionOfNothing(t *testing.T) {
	base := college.Sign(t, transcript(t))
	r := verify(t, trustingCollege(), testissuer.Derive(t, base).JSON(), Expectation{})
	if r.Verdict != Accepted || r.Badge.Earner.ID != learner.ID || r.Badge.ValidUntil.IsZero() {
		t.Errorf("%s: %s", r.Verdict, codes(r))
	}
	picture := testissuer.Derive(t, base, "/credentialSubject/achievement/image")
	if r := verify(t, trustingCollege(), picture.JSON(), Expectation{}); r.Verdict != Accepted || !strings.HasPrefix(r.Badge.Achievement().Image.Source, "data:image/png") {
		t.Errorf("with its picture: %s: %s", r.Verdict, codes(r))
	}
	everything := testissuer.Derive(t, base, "")
	if !everything.Without("proof").Equal(base.Without("proof")) {
		t.Error("everything is not everything")
	}
	if r := verify(t, trustingCollege(), everything.JSON(), Expectation{}); r.Verdict != Accepted {
		t.Errorf("everything: %s: %s", r.Verdict, codes(r))
	}
}

// TestReceiving: a holder's wallet verifies all that a verifier is never shown.
func TestReceiving(t *testing.T) {
	base := college.Sign(t, transcript(t))
	r := verify(t, trustingCollege(), base.JSON(), Expectation{Receiving: true})
	if r.Verdict != Accepted || r.Selection {
		t.Fatalf("%s: %s", r.Verdict, codes(r))
	}
	hasEvidence(t, r.Check(RowProof), "extent", cryptosuite.Base.String())
	r = verify(t, trustingCollege(), base.JSON(), Expectation{})
	if r.Verdict != Rejected || r.Check(RowProof).Code != ProofTypeUnsupported || r.Headline != baseProofLine || r.Tone() == Bad {
		t.Errorf("shown: %s: %s", r.Verdict, r.Headline)
	}
	answer := learner.Answer(t, learner.Present(base), challenge, domain)
	if r := verify(t, trustingCollege(), answer.JSON(), Expectation{Challenge: challenge, Domain: domain, Receiving: true}); r.Verdict != Rejected {
		t.Error("a base proof in a presentation was accepted, since the caller receives")
	}
	for path, to := range map[string]strictjson.Value{
		"credentialSubject/achievement/description": str("x"), "credentialSubject/role": absent, "name": str("x"), "validUntil": absent,
		"proof/created": str("2025-12-02T00:00:00Z"),
	} {
		if r := verify(t, trustingCollege(), testissuer.Set(base, path, to).JSON(), Expectation{Receiving: true}); r.Check(RowProof).Code != SignatureInvalid {
			t.Errorf("%s changed: %s", path, codes(r))
		}
	}
}

// runSelectionAttacks is runAttacks for the college.
func runSelectionAttacks(t *testing.T, n census, want Code, attacks map[string]strictjson.Value) {
	t.Helper()
	for name, doc := range attacks {
		n.count(name, want)
		t.Run(name, func(t *testing.T) {
			for form, data := range map[string][]byte{
				"alone": doc.JSON(), "presented": learner.Answer(t, learner.Present(doc), challenge, domain).JSON(),
			} {
				started := time.Now()
				r := verify(t, trustingCollege(), data, Expectation{Challenge: challenge, Domain: domain})
				if r.Verdict != Rejected || !hasCode(r, want) {
					t.Errorf("%s: %s, no %s in the report: %s", form, r.Verdict, want, codes(r))
				}
				if took := time.Since(started); took > 2*time.Second {
					t.Errorf("took %v", took)
				}
			}
		})
	}
}

func attackBaseProofShown(t *testing.T, n census) {
	base := college.Sign(t, transcript(t))
	shown := testissuer.Derive(t, base, graded...)
	p := base.Get("proof")
	runSelectionAttacks(t, n, ProofTypeUnsupported, map[string]strictjson.Value{
		"the base proof itself":                 base,
		"in an array":                           base.With("proof", strictjson.Array(p)),
		"beside a derived one":                  shown.With("proof", strictjson.Array(shown.Get("proof"), p)),
		"of a part of the document":             shown.With("proof", p),
		"with components missing":               testissuer.Reencode(t, base, func(b []byte) []byte { return b[:40] }),
		"a derived one under its header":        testissuer.Reencode(t, shown, func(b []byte) []byte { b[2] = 0; return b }),
		"with a claim changed":                  testissuer.Set(base, "name", str("x")),
		"a stranger's":                          testissuer.Selective("stranger").Sign(t, transcript(t)),
		"that has expired":                      college.SignWith(t, transcript(t), proof.SignOptions{Expires: testissuer.Now.Add(-time.Hour)}),
		"with all mandatory":                    testissuer.Selective("college", "").Sign(t, transcript(t)),
		"on a document of the older data model": college.Sign(t, badges(college)["1.1"]),
	})
}

// attackSelection: whoever holds a badge knows everything but the issuer's
// keys, and must not be able to show what was not issued.
func attackSelection(t *testing.T, n census) {
	base := college.Sign(t, transcript(t))
	shown := testissuer.Derive(t, base, graded...)
	both := testissuer.Derive(t, base, "/credentialSubject/result")
	other := testissuer.Derive(t, college.Sign(t, testissuer.Set(transcript(t), "credentialSubject/id", str(stranger.ID))), graded...)
	forge := func(edit func(*testissuer.Derived)) strictjson.Value { return testissuer.Forge(t, shown, edit) }
	bytesOf := func(edit func([]byte) []byte) strictjson.Value { return testissuer.Reencode(t, shown, edit) }
	value := shown.Get("proof").Get("proofValue").Str()
	valued := func(s string) strictjson.Value { return testissuer.Set(shown, "proof/proofValue", str(s)) }
	result := both.Get("credentialSubject").Get("result").Elems()
	swapped := strictjson.Array(result[0].With("value", result[1].Get("value")), result[1].With("value", result[0].Get("value")))
	attacks := map[string]strictjson.Value{
		// what is shown
		"a mandatory date hidden":           shown.Without("validUntil"),
		"the subject hidden":                testissuer.Set(shown, "credentialSubject/id", absent),
		"a mandatory name hidden":           testissuer.Set(shown, "credentialSubject/achievement/name", absent),
		"a mandatory date hidden, and told": withoutUntil(t, shown),
		"a chosen claim hidden":             testissuer.Set(shown, "evidence", absent),
		"a claim changed":                   testissuer.Set(shown, "credentialSubject/achievement/name", str("Dr.")),
		"a chosen claim changed":            shown.With("evidence", testissuer.Parse(`[{"id":"https://issuer.example/evidence/9f1c","type":["Evidence"],"name":"Thesis"}]`)),
		"an extra statement":                shown.With("name", str("With honours")),
		"the earner changed":                testissuer.Set(shown, "credentialSubject/id", str(stranger.ID)),
		"the values of two results swapped": testissuer.Set(both, "credentialSubject/result", swapped),
		"two results made one":              testissuer.Set(both, "credentialSubject/result", strictjson.Array(result[0].With("resultDescription", result[1].Get("resultDescription")))),
		"a list in another order":           strictReplace(t, shown, `["A","B","C","D","F"]`, `["B","A","C","D","F"]`),
		"a list cut":                        strictReplace(t, shown, `["A","B","C","D","F"]`, `["A","B","C","D"]`),
		"the statements of another badge":   shown.With("proof", other.Get("proof")),
		"the proof's date changed":          testissuer.Set(shown, "proof/created", str("2025-12-02T00:00:00Z")),

		"a status that was not issued":   shown.With("credentialStatus", testissuer.Parse(`{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"1","statusListCredential":"https://school.example/s"}`)),
		"the badge's id hidden":          shown.Without("id"),
		"the proof of another selection": shown.With("proof", both.Get("proof")),
		"the proofs of two selections":   shown.With("proof", strictjson.Array(shown.Get("proof"), both.Get("proof"))),
		"an end put into the proof":      testissuer.Set(shown, "proof/expires", str("2099-01-01T00:00:00Z")),
		"the proof's date hidden":        testissuer.Set(shown, "proof/created", absent),
		"a name put into the proof":      testissuer.Set(shown, "proof/id", str("urn:uuid:1")),
		"a nonce put into the proof":     testissuer.Set(shown, "proof/nonce", str("x")),
		"a challenge put into the proof": testissuer.Set(shown, "proof/challenge", str(challenge)),
		"a domain put into the proof":    testissuer.Set(shown, "proof/domain", str(domain)),

		// which statements are mandatory
		"swapped indexes":                   forge(func(d *testissuer.Derived) { d.Mandatory[0], d.Mandatory[1] = d.Mandatory[1], d.Mandatory[0] }),
		"duplicated indexes":                forge(func(d *testissuer.Derived) { d.Mandatory = append(d.Mandatory, d.Mandatory[len(d.Mandatory)-1]) }),
		"an index out of range":             forge(func(d *testissuer.Derived) { d.Mandatory[len(d.Mandatory)-1] = 1 << 40 }),
		"an index changed":                  forge(otherIndex),
		"an index left out":                 forge(func(d *testissuer.Derived) { d.Mandatory = d.Mandatory[1:] }),
		"no index":                          forge(func(d *testissuer.Derived) { d.Mandatory = []uint64{} }),
		"a chosen statement made mandatory": forge(func(d *testissuer.Derived) { otherIndexAdded(d); d.Signatures = d.Signatures[1:] }),
		"a mandatory statement made a choice": forge(func(d *testissuer.Derived) {
			d.Mandatory = d.Mandatory[1:]
			d.Signatures = append([][]byte{d.Signatures[0]}, d.Signatures...)
		}),

		// labels
		"labels swapped":           forge(func(d *testissuer.Derived) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] }),
		"a label twice":            forge(func(d *testissuer.Derived) { d.Labels[0] = d.Labels[1] }),
		"a label changed":          forge(func(d *testissuer.Derived) { d.Labels[0] = bytes.Clone(d.Labels[0]); d.Labels[0][0] ^= 1 }),
		"a label cut":              forge(func(d *testissuer.Derived) { d.Labels[0] = d.Labels[0][:31] }),
		"a label left out":         forge(func(d *testissuer.Derived) { delete(d.Labels, 0) }),
		"a label of another node":  forge(func(d *testissuer.Derived) { d.Labels[99] = d.Labels[0]; delete(d.Labels, 0) }),
		"a label too many":         forge(func(d *testissuer.Derived) { d.Labels[99] = make([]byte, 32) }),
		"no labels":                forge(func(d *testissuer.Derived) { d.Labels = map[uint64][]byte{} }),
		"no labels where some are": forge(func(d *testissuer.Derived) { d.Labels = nil }),

		// signatures and keys
		"signatures swapped":               forge(func(d *testissuer.Derived) { slices.Reverse(d.Signatures) }),
		"a signature too many":             forge(func(d *testissuer.Derived) { d.Signatures = append(d.Signatures, d.Signatures[0]) }),
		"a signature too few":              forge(func(d *testissuer.Derived) { d.Signatures = d.Signatures[1:] }),
		"a signature of zeros":             forge(func(d *testissuer.Derived) { d.Signatures[0] = make([]byte, 64) }),
		"a signature cut":                  forge(func(d *testissuer.Derived) { d.Signatures[0] = d.Signatures[0][:63] }),
		"a base signature of zeros":        forge(func(d *testissuer.Derived) { d.BaseSignature = make([]byte, 64) }),
		"the base signature of another":    forge(func(d *testissuer.Derived) { d.BaseSignature = forgedParts(t, other).BaseSignature }),
		"the forger's own key":             forgedKey(t, shown),
		"a key that is no point":           forge(func(d *testissuer.Derived) { d.PublicKey = append([]byte{0x80, 0x24, 5}, d.PublicKey[3:]...) }),
		"a key of another kind":            forge(func(d *testissuer.Derived) { d.PublicKey = append([]byte{0xed, 0x01}, d.PublicKey[2:]...) }),
		"a key with a byte more":           forge(func(d *testissuer.Derived) { d.PublicKey = append(bytes.Clone(d.PublicKey), 0) }),
		"the issuer's key for the proof's": forge(func(d *testissuer.Derived) { d.PublicKey = compressed(college.Key.Public().(*ecdsa.PublicKey)) }),

		// the value
		"CBOR cut":                     bytesOf(func(b []byte) []byte { return b[:len(b)-20] }),
		"CBOR cut to its header":       bytesOf(func(b []byte) []byte { return b[:3] }),
		"CBOR with a byte more":        bytesOf(func(b []byte) []byte { return append(b, 0) }),
		"CBOR with a tag":              bytesOf(func(b []byte) []byte { return append(append(b[:3:3], 0xc1), b[3:]...) }),
		"CBOR without an end":          bytesOf(func(b []byte) []byte { return append(append(b[:3:3], 0x9f), append(b[4:], 0xff)...) }),
		"CBOR in a longer form":        bytesOf(func(b []byte) []byte { return append(append(b[:3:3], 0x98, 5), b[4:]...) }),
		"CBOR with four parts":         bytesOf(func(b []byte) []byte { return append(append(b[:3:3], 0x84), b[4:]...) }),
		"CBOR that promises much":      bytesOf(func(b []byte) []byte { return append(b[:3:3], 0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff) }),
		"another header":               bytesOf(func(b []byte) []byte { b[2] = 2; return b }),
		"the header of another suite":  bytesOf(func(b []byte) []byte { b[1], b[2] = 0x5d, 0x03; return b }),
		"no value at all":              valued("u"),
		"a value in base58":            valued("z" + strings.Repeat("2", 200)),
		"a value with padding":         valued(value + "="),
		"a value with a newline":       valued(value[:50] + "\n" + value[50:]),
		"a value in another alphabet":  valued("u" + base64.RawStdEncoding.EncodeToString(bytes.Repeat([]byte{0xd9, 0x5d, 0xff}, 99))),
		"a value that is too long":     valued("u2V0B" + strings.Repeat("A", 262_000)),
		"a value with loose tail bits": valued(looseTail(value)),
	}
	runSelectionAttacks(t, n, SignatureInvalid, attacks)
	t.Logf("%d attacks", len(attacks))
}

// withoutUntil hides a mandatory date and tells the proof so.
func withoutUntil(t *testing.T, shown strictjson.Value) strictjson.Value {
	return testissuer.Forge(t, shown.Without("validUntil"), func(d *testissuer.Derived) {
		// The statement is one of the credential's last.
		last := len(d.Mandatory) - 1
		d.Mandatory = d.Mandatory[:last]
	})
}

// otherIndex calls another statement mandatory in the place of one that is.
func otherIndex(d *testissuer.Derived) {
	otherIndexAdded(d)
	d.Mandatory = d.Mandatory[1:]
}

// otherIndexAdded calls the first statement mandatory that is not.
func otherIndexAdded(d *testissuer.Derived) {
	for i := range uint64(1 << 10) {
		if !slices.Contains(d.Mandatory, i) {
			d.Mandatory = append(d.Mandatory, i)
			slices.Sort(d.Mandatory)
			return
		}
	}
}

func forgedParts(t *testing.T, doc strictjson.Value) (out testissuer.Derived) {
	t.Helper()
	testissuer.Forge(t, doc, func(d *testissuer.Derived) { out = *d })
	return out
}

// forgedKey signs the chosen statements anew, with a key of the forger's.
func forgedKey(t *testing.T, shown strictjson.Value) strictjson.Value {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return testissuer.Forge(t, shown, func(d *testissuer.Derived) {
		d.PublicKey = compressed(&key.PublicKey)
		sum := sha256.Sum256([]byte("whatever"))
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			t.Fatal(err)
		}
		for i := range d.Signatures {
			d.Signatures[i] = append(fixed(r), fixed(s)...)
		}
	})
}

func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

func compressed(key *ecdsa.PublicKey) []byte {
	long, err := key.Bytes() // 4, X and Y
	if err != nil {
		panic(err)
	}
	return append([]byte{0x80, 0x24, 2 + long[64]&1}, long[1:33]...)
}

// looseTail changes bits of the last character that stand for nothing, or adds
// one that does.
func looseTail(value string) string {
	last := value[len(value)-1]
	if len(value[1:])%4 == 0 {
		return value + "B"
	}
	return value[:len(value)-1] + string(last+1)
}

// strictReplace changes the text of a document.
func strictReplace(t *testing.T, doc strictjson.Value, from, to string) strictjson.Value {
	t.Helper()
	text := string(doc.JSON())
	if strings.Count(text, from) != 1 {
		t.Fatalf("%d times %s", strings.Count(text, from), from)
	}
	return testissuer.Parse(strings.Replace(text, from, to, 1))
}

// attackSelectionKeys: the suite takes keys on P-256 alone.
func attackSelectionKeys(t *testing.T, n census) {
	shown := testissuer.Derive(t, college.Sign(t, transcript(t)), graded...)
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wide := testissuer.With("wide", other, nil)
	attacks := map[string]strictjson.Value{}
	for name, p := range map[string]*testissuer.Party{"Ed25519": stranger, "Ed25519 of the learner": learner, "P-384": wide} {
		attacks["a key of "+name] = testissuer.Set(shown, "proof/verificationMethod", str(p.Method))
	}
	for name, key := range map[string]string{"no point": "zDnaezzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", "no base58": "zDnae0OIl"} {
		attacks[name] = testissuer.Set(shown, "proof/verificationMethod", str("did:key:"+key+"#"+key))
	}
	runSelectionAttacks(t, n, KeyInvalid, attacks)
	id, err := did.FormatKey(testissuer.Selective("stranger").Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	byStranger := testissuer.Set(shown, "proof/verificationMethod", str(id+"#"+strings.TrimPrefix(id, "did:key:")))
	if r := verify(t, trustingCollege(), byStranger.JSON(), Expectation{}); r.Check(RowProof).Code != SignatureInvalid {
		t.Errorf("another's key on P-256: %s", codes(r))
	}
}

// TestSelectionHidesNothingThatDecides: what verifiers decide by is shown
// whatever a holder chooses, and whatever the issuer forgot to make mandatory.
func TestSelectionHidesNothingThatDecides(t *testing.T) {
	careless := testissuer.Selective("college")
	shown := testissuer.Derive(t, careless.Sign(t, transcript(t)), "/credentialSubject/role")
	for _, name := range []string{"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSchema"} {
		if !shown.Get(name).Exists() {
			t.Errorf("%s is hidden", name)
		}
	}
	if shown.Get("credentialSubject").Get("id").Str() != learner.ID {
		t.Error("the subject's id is hidden")
	}
	expired := careless.Sign(t, transcript(t).With("validUntil", str("2026-05-31T00:00:00Z")).With("validFrom", str("2025-12-01T00:00:00Z")))
	if r := verify(t, trustingCollege(), testissuer.Derive(t, expired).JSON(), Expectation{}); r.Check(RowValidity).Code != CredentialExpired {
		t.Errorf("expired: %s", codes(r))
	}

	// Another issuer may be as careless as the suite allows; then the report says
	// that something may be missing.
	lax := testissuer.With("college", college.Key, cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: []string{"/issuer"}, UnsafeMandatory: true})
	r := verify(t, trustingCollege(), testissuer.Derive(t, lax.Sign(t, transcript(t)), "/credentialSubject/id").JSON(), Expectation{})
	if r.Verdict != Accepted || r.Check(RowValidity).Text != hiddenEndText || r.Check(RowStatus).Text != hiddenStatusText {
		t.Errorf("%s: %s", r.Verdict, codes(r))
	}
}

func TestSelectionOfBrokenForm(t *testing.T) {
	doc := testissuer.Set(transcript(t), "credentialSubject/achievement", testissuer.Parse(
		`[{"id":"urn:a:1","type":"Achievement","name":"One"},{"id":"urn:a:2","type":"Achievement","name":"Two"}]`))
	two := testissuer.Derive(t, testissuer.Selective("college").Sign(t, doc), "/credentialSubject/achievement")
	if r := verify(t, trustingCollege(), two.JSON(), Expectation{}); r.Check(RowSchema).Code != OpenBadgeInvalid {
		t.Errorf("two achievements: %s", codes(r))
	}
}
