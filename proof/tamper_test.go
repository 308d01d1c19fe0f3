package proof_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/credential"
	"laurel/cryptosuite"
	"laurel/internal/aries"
	"laurel/internal/aries/ariestest"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// The targets below change a document that was signed, under each suite and in each
// family of tokens, and want one of two outcomes: it is refused, or what was opened
// is what was signed, in its canonical form and to those who read its claims.

// full is a badge that has something of everything.
func full(p *testissuer.Party) strictjson.Value {
	badge := p.Badge(learner)
	for _, more := range [][2]string{ // in this order, for what is found to be found again
		{"credentialStatus", `{"id": "https://school.example/status#7", "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
			"statusListIndex": "7", "statusListCredential": "https://school.example/status"}`},
		{"evidence", `[{"type": ["Evidence"], "name": "Notebook"}, {"id": "https://school.example/e", "type": ["Evidence"], "name": "Talk"}]`},
		{"credentialSubject/activityEndDate", `"2025-11-01T00:00:00Z"`},
		{"credentialSubject/creditsEarned", `3.5`},
		{"credentialSubject/achievement/tag", `["data", "statistics"]`},
		{"credentialSubject/achievement/resultDescription", `[{"id": "urn:uuid:1a5b0e0b-6d4c-4b8a-9d52-3b8b1a6c7e02", "type": ["ResultDescription"], "name": "Grade",
			"resultType": "LetterGrade", "allowedValue": ["C", "B", "A"]}]`},
	} {
		badge = testissuer.Set(badge, more[0], testissuer.Parse(more[1]))
	}
	return badge
}

// meaning is what a document says, to compare: its canonical form, and what those
// read who do not look at more.
type meaning struct {
	Canonical          string
	Issuer             string
	From, Until        string
	Subjects, Statuses []string
	Schemas            []string
	Types              []string
	Badge              credential.Badge
}

func meaningOf(t *testing.T, doc strictjson.Value) meaning {
	t.Helper()
	sum, err := jsonld.Hash(doc, jsonld.Options{Contexts: jsonld.Embedded()}, crypto.SHA256)
	if err != nil {
		t.Fatalf("what was opened has no canonical form: %v", err)
	}
	m := meaning{Canonical: string(sum), Badge: ordered(credential.ReadBadge(doc))}
	m.Issuer, _ = credential.Issuer(doc)
	from, until, err := credential.Validity(doc)
	if err != nil {
		t.Fatal(err)
	}
	m.From, m.Until = from.String(), until.String()
	for _, s := range credential.Subjects(doc) {
		m.Subjects = append(m.Subjects, s.ID)
	}
	for to, list := range map[*[]string]strictjson.Value{
		&m.Statuses: doc.Get("credentialStatus"), &m.Schemas: doc.Get("credentialSchema"), &m.Types: doc.Get("type"),
	} {
		for _, v := range credential.Settled(list).List() {
			text, err := v.Canonical()
			if err != nil {
				t.Fatal(err)
			}
			*to = append(*to, string(text))
		}
	}
	for _, list := range []*[]string{&m.Subjects, &m.Statuses, &m.Schemas, &m.Types} {
		slices.Sort(*list)
		*list = slices.Compact(*list) // RDF has no order, and says nothing twice
	}
	return m
}

// ordered brings the lists of a badge into one order.
func ordered(b credential.Badge) credential.Badge {
	slices.Sort(b.Types)
	b.Types = slices.Compact(b.Types)
	slices.SortFunc(b.Evidence, func(a, c credential.Evidence) int { return cmp.Compare(a.Name, c.Name) })
	for i := range b.Achievements {
		slices.Sort(b.Achievements[i].Tags)
		b.Achievements[i].Tags = slices.Compact(b.Achievements[i].Tags)
	}
	return b
}

// seeds are bytes to begin with: enough for a run without fuzzing to mean something.
func seeds(f *testing.F, n int) {
	f.Helper()
	r := rand.New(rand.NewPCG(11, 589))
	for range n {
		ops := make([]byte, 5+r.IntN(20))
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		f.Add(ops)
	}
}

// tamper is one target: a signed document under a suite that signs what a document
// states.
func tamper(f *testing.F, signed strictjson.Value, opt proof.Options, n int) {
	f.Helper()
	seeds(f, n)
	opened, err := proof.Open(context.Background(), signed.JSON(), opt)
	if err != nil {
		f.Fatal(err)
	}
	var want *meaning
	f.Fuzz(func(t *testing.T, ops []byte) {
		if want == nil {
			m := meaningOf(t, opened.Document)
			want = &m
		}
		bad := mutated(signed, ops)
		opened, err := proof.Open(context.Background(), bad.JSON(), opt)
		if (err == nil) != (opened != nil) {
			t.Fatalf("%v beside %v", opened, err)
		}
		if err != nil {
			return
		}
		if got := meaningOf(t, opened.Document); !reflect.DeepEqual(got, *want) {
			t.Fatalf("opened, and says something else:\n%+v\n%+v\n%s", got, *want, bad.JSON())
		}
	})
}

// party has the suite of that name.
func party(f *testing.F, suite string) *testissuer.Party {
	f.Helper()
	for _, p := range testissuer.Several(f, "issuer") {
		if p.Suite.Name() == suite {
			return p
		}
	}
	f.Fatal("no suite is called " + suite)
	return nil
}

func tamperWith(f *testing.F, suite string) {
	f.Helper()
	p := party(f, suite)
	tamper(f, p.Sign(f, full(p)), strict(), 300)
}

func FuzzTamperEdDSARDFC2022(f *testing.F)        { tamperWith(f, "eddsa-rdfc-2022") }
func FuzzTamperECDSARDFC2019(f *testing.F)        { tamperWith(f, "ecdsa-rdfc-2019") }
func FuzzTamperEd25519Signature2020(f *testing.F) { tamperWith(f, "Ed25519Signature2020") }
func FuzzTamperEdDSAJCS2022(f *testing.F)         { tamperWithText(f, "eddsa-jcs-2022") }
func FuzzTamperECDSAJCS2019(f *testing.F)         { tamperWithText(f, "ecdsa-jcs-2019") }

// tamperWithText is tamperWith for the suites that sign how a document is written:
// then every word of it is what was signed.
func tamperWithText(f *testing.F, suite string) {
	f.Helper()
	p := party(f, suite)
	unsecured := full(p)
	signed := p.Sign(f, unsecured)
	seeds(f, 300)
	f.Fuzz(func(t *testing.T, ops []byte) {
		bad := mutated(signed, ops)
		opened, err := proof.Open(context.Background(), bad.JSON(), strict())
		if (err == nil) != (opened != nil) {
			t.Fatalf("%v beside %v", opened, err)
		}
		if err == nil && !opened.Document.Equal(unsecured) {
			t.Fatalf("opened, and is another: %s", bad.JSON())
		}
	})
}

// FuzzTamperECDSASD2023 changes a selection, and the holder's own document.
func FuzzTamperECDSASD2023(f *testing.F) {
	college := testissuer.Selective("college")
	shown := testissuer.Derive(f, college.Sign(f, full(college)), "/name", "/evidence", "/credentialSubject/achievement", "/credentialSubject/activityEndDate")
	tamper(f, shown, strict(), 100)
}

// FuzzTamperECDSASD2023Base changes what an issuer gave.
func FuzzTamperECDSASD2023Base(f *testing.F) {
	college := testissuer.Selective("college")
	opt := strict()
	opt.Receiving = true
	tamper(f, college.Sign(f, full(college)), opt, 40)
}

// FuzzTamperPresentation changes what a learner answers: the presentation and the
// credential in it.
func FuzzTamperPresentation(f *testing.F) {
	opt := strict()
	opt.Challenge, opt.Domain = "c", "d"
	signed := learner.Answer(f, learner.Present(school.Sign(f, full(school))), "c", "d")
	want, err := proof.Open(context.Background(), signed.JSON(), opt)
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, 300)
	f.Fuzz(func(t *testing.T, ops []byte) {
		bad := mutated(signed, ops)
		parts := &jsonld.Parts{}
		whole := opt
		whole.Parts = parts
		opened, err := proof.Open(context.Background(), bad.JSON(), whole)
		if (err == nil) != (opened != nil) {
			t.Fatalf("%v beside %v", opened, err)
		}
		if err != nil {
			return
		}
		if !opened.Presentation { // the credential was taken out
			if got := meaningOf(t, opened.Document); !reflect.DeepEqual(got, meaningOf(t, full(school))) {
				t.Fatalf("opened, and says something else: %s", bad.JSON())
			}
			return
		}
		if holder, _ := credential.Holder(opened.Document); opened.Controller != want.Controller || holder != learner.ID {
			t.Fatalf("opened as an answer of %s: %s", holder, bad.JSON())
		}
		inside := credential.Credentials(opened.Document)
		if len(inside) != 1 {
			t.Fatalf("opened with %d credentials: %s", len(inside), bad.JSON())
		}
		one := strict()
		one.Within = parts
		part, err := proof.OpenValue(context.Background(), inside[0], one)
		alone, aloneErr := proof.OpenValue(context.Background(), inside[0], strict())
		if (err == nil) != (aloneErr == nil) {
			t.Fatalf("within: %v, alone: %v: %s", err, aloneErr, bad.JSON())
		}
		if err != nil {
			return // what is in it is refused by itself
		}
		want := meaningOf(t, full(school))
		if got := meaningOf(t, part.Document); !reflect.DeepEqual(got, want) || !part.Document.Equal(alone.Document) {
			t.Fatalf("opened, and says something else: %s", bad.JSON())
		}
	})
}

// legacyFull is full under VCDM 1.1 and the contexts of legacy proofs.
func legacyFull(issuer string) strictjson.Value {
	badge := full(&testissuer.Party{Name: "legacy", ID: issuer}).Without("validFrom", "validUntil", "credentialStatus").
		With("issuanceDate", str("2023-01-01T00:00:00Z")).With("expirationDate", str("2030-01-01T00:00:00Z"))
	return badge.With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
		"https://w3id.org/security/suites/jws-2020/v1", "https://w3id.org/security/bbs/v1"))
}

func tamperWithLegacy(f *testing.F, p ariestest.Party, kind aries.Kind, n int) {
	f.Helper()
	c := jsonld.Embedded()
	opt := strict()
	opt.Suites = proof.Suites{
		cryptosuite.Ed25519Signature2018{Contexts: c}, cryptosuite.JSONWebSignature2020{Contexts: c},
		cryptosuite.BBSBLSSignature2020{Contexts: c}, cryptosuite.BBSBLSSignatureProof2020{Contexts: c},
	}
	doc := legacyFull(p.ID)
	if kind != aries.BBSBLSSignatureProof2020 {
		tamper(f, p.Sign(f, doc, ariestest.Options{Kind: kind}), opt, n)
		return
	}
	small := doc.Without("evidence") // so that no node of what is shown lacks a name
	small = testissuer.Set(small, "credentialSubject/achievement/resultDescription", strictjson.Value{})
	small = testissuer.Set(small, "credentialSubject/achievement/criteria", strictjson.Value{})
	signed := p.Sign(f, small, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	tamper(f, p.Derive(f, signed, small.Without("name")), opt, n)
}

func FuzzTamperEd25519Signature2018(f *testing.F) {
	tamperWithLegacy(f, ariestest.Ed25519(f, "school"), aries.Ed25519Signature2018, 100)
}

func FuzzTamperJSONWebSignature2020(f *testing.F) {
	tamperWithLegacy(f, ariestest.Ed25519(f, "school"), aries.JSONWebSignature2020, 100)
}

func FuzzTamperBBSBLSSignature2020(f *testing.F) {
	tamperWithLegacy(f, ariestest.BBS(f, "school"), aries.BBSBLSSignature2020, 20)
}

func FuzzTamperBBSBLSSignatureProof2020(f *testing.F) {
	tamperWithLegacy(f, ariestest.BBS(f, "school"), aries.BBSBLSSignatureProof2020, 20)
}

// tamperWithToken changes the parts of a token as JSON, and then its text. The first
// byte tells which part.
func tamperWithToken(f *testing.F, compact string, opt proof.Options) {
	f.Helper()
	want, err := proof.Open(context.Background(), []byte(compact), opt)
	if err != nil {
		f.Fatal(err)
	}
	seeds(f, 300)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, ops []byte) {
		bad := tamperedToken(compact, ops)
		opened, err := proof.Open(context.Background(), []byte(bad), opt)
		if (err == nil) != (opened != nil) {
			t.Fatalf("%v beside %v", opened, err)
		}
		if err == nil && (!opened.Document.Equal(want.Document) || opened.Controller != want.Controller || !reflect.DeepEqual(opened.Token, want.Token)) {
			t.Fatalf("opened, and says something else: %s", bad)
		}
	})
}

// tamperedToken changes one part of the token.
func tamperedToken(compact string, ops []byte) string {
	if len(ops) < 2 {
		return compact
	}
	parts := strings.FieldsFunc(compact, func(r rune) bool { return r == '.' || r == '~' })
	which := int(ops[0]) % (len(parts) + 2)
	switch which {
	case len(parts): // a byte of the text
		at := (int(ops[1])<<8 | len(ops)) % len(compact)
		return compact[:at] + string(rune(compact[at]^(1+ops[1]&7))) + compact[at+1:]
	case len(parts) + 1: // disclosures in another order, or without one
		pieces := strings.Split(compact, "~")
		if len(pieces) > 3 {
			i := 1 + int(ops[1])%(len(pieces)-2)
			pieces[i], pieces[1] = pieces[1], pieces[i]
			if ops[1]&64 != 0 {
				pieces = slices.Delete(pieces, i, i+1)
			}
		}
		return strings.Join(pieces, "~")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[which])
	if err != nil {
		return compact
	}
	v, err := strictjson.Parse(text)
	if err != nil { // a signature
		text = bytes.Clone(text)
		text[int(ops[1])%len(text)] ^= 1 << (len(ops) % 8)
	} else {
		text = mutated(v, ops[1:]).JSON()
	}
	return strings.Replace(compact, parts[which], base64.RawURLEncoding.EncodeToString(text), 1)
}

func FuzzTamperVCJOSE(f *testing.F) {
	tamperWithToken(f, school.SignJWT(f, full(school), proof.SignOptions{}), tokenOptions())
}

func FuzzTamperVCJWT(f *testing.F) {
	badge := full(school).Without("validFrom", "validUntil", "credentialStatus").With("issuanceDate", str("2023-01-01T00:00:00Z")).
		With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"))
	tamperWithToken(f, school.Token(f, `{"typ":"JWT","kid":"`+school.Method+`"}`,
		`{"iss":"`+school.ID+`","nbf":1672531200,"exp":1900000000,"vc":`+string(badge.JSON())+`}`), tokenOptions())
}

// FuzzTamperSDJWT changes a badge with disclosures, which its holder bound to a
// question.
func FuzzTamperSDJWT(f *testing.F) {
	issued := school.IssueSD(f, full(school), learner, proof.SDJWTOptions{Disclosable: []string{
		"/name", "/evidence/0", "/credentialSubject/achievement", "/credentialSubject/achievement/tag/1", "/credentialSubject/creditsEarned",
	}})
	shown := learner.ShowSD(f, issued, "c", "d", "/name", "/credentialSubject/achievement", "/credentialSubject/achievement/tag/1")
	opt := tokenOptions()
	opt.Challenge, opt.Domain = "c", "d"
	tamperWithToken(f, shown, opt)
}

// FuzzTamperSDJWTVC is FuzzTamperSDJWT for claims without the data model.
func FuzzTamperSDJWTVC(f *testing.F) {
	issued := issuePID(f, pid(), learner.Key.Public())
	tamperWithToken(f, learner.ShowSD(f, issued, "c", "d", "/given_name", "/nationalities/0", "/address"), sdOptions(f))
}

// TestMutationsReach: the mutations make what the form check was written for, and
// documents that are opened all the same.
func TestMutationsReach(t *testing.T) {
	signed := school.Sign(t, full(school))
	r := rand.New(rand.NewPCG(3, 5))
	forms, opened, signatures := 0, 0, 0
	for range 4000 {
		ops := make([]byte, 5+r.IntN(8))
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		bad := mutated(signed, ops)
		_, err := proof.OpenValue(context.Background(), bad, strict())
		switch {
		case errors.Is(err, jsonld.ErrForm):
			forms++
		case errors.Is(err, proof.ErrSignature):
			signatures++
		case err == nil && !bad.Equal(signed):
			opened++
		}
	}
	t.Logf("of 4000, %d in another form, %d with another signature, %d opened", forms, signatures, opened)
	if forms < 5 || opened < 20 || signatures < 100 {
		t.Errorf("too few: %d in another form, %d with another signature, %d opened", forms, signatures, opened)
	}
}
