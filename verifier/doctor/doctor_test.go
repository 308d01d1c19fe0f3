package doctor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/cryptosuite"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

var (
	school   = testissuer.New("school")
	learner  = testissuer.New("learner")
	stranger = testissuer.New("stranger")
)

const (
	challenge = "u7c1e0a5b2d"
	domain    = "https://employer.example"
)

// practice knows did:key and the school, and reads tokens.
func practice() Practice {
	web := &testissuer.Web{Pages: map[string][]byte{}}
	return Practice{Verifier: &verifier.Verifier{
		Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), Clock: func() time.Time { return testissuer.Now },
		Trust: &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: school.ID, Name: "School of Examples"}}},
	}}
}

func picture(t *testing.T, name string, badge []byte) []byte {
	t.Helper()
	image, err := os.ReadFile("../../testdata/badges/baked/" + name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := baking.Write(image, badge, baking.Options{Replace: true})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func inspect(t *testing.T, data []byte) *Inspection {
	t.Helper()
	n, err := practice().Inspect(t.Context(), data, verifier.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	if n.Type != InspectionType || n.Notice == "" || n.Form == "" || n.About == "" || n.Report == nil {
		t.Errorf("not a whole inspection: %+v", n)
	}
	if _, err := json.Marshal(n); err != nil {
		t.Errorf("as JSON: %v", err)
	}
	return n
}

// told is the inspection as a terminal shows it.
func told(t *testing.T, n *Inspection) string {
	t.Helper()
	var out strings.Builder
	if err := n.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	if i := strings.IndexFunc(out.String(), func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7F || r == '\u202e' }); i >= 0 {
		t.Errorf("%q could repaint a terminal", out.String()[i])
	}
	return out.String()
}

func wants(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func TestInspectAGenuineBadge(t *testing.T) {
	doc := school.Sign(t, school.Badge(learner))
	n := inspect(t, doc.JSON())
	if len(n.Faults) > 0 || len(n.Garbled) > 0 || len(n.Proofs) != 1 || !n.Proofs[0].Holds || n.Report.Verdict != verifier.Accepted {
		t.Errorf("inspected as %+v", n)
	}
	p := n.Proofs[0]
	if p.Controller != school.ID || !strings.HasSuffix(school.Method, "#"+p.Key) || len(p.Contexts) != 2 || len(p.Steps) != 6 {
		t.Errorf("traced as %+v", p)
	}
	wants(t, told(t, n), "This is an Open Badge (3.0).", "VERDICT  ACCEPTED", "(unverified)", "issuer.id: "+school.ID,
		"document, canonical form", "bytes that are signed", "It holds.")
}

func TestInspectNamesWhatIsWrong(t *testing.T) {
	good := school.Sign(t, school.Badge(learner))
	text := strictjson.String
	tests := []struct {
		name             string
		data             []byte
		code             verifier.Code
		path, term, more string
	}{
		{"an undefined term", testissuer.Set(good, "credentialSubject/grade", text("A")).JSON(), verifier.UndefinedTerm, "/credentialSubject/grade", "grade", "Correct the spelling"},
		{"an unknown context", testissuer.Set(good, "@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2", "https://x.example/v1")).JSON(), verifier.ContextNotAllowed, "", "https://x.example/v1", "published contexts"},
		{"contexts in another order", testissuer.Set(good, "@context", strictjson.Strings("https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json", "https://www.w3.org/ns/credentials/v2")).JSON(), verifier.ContextOrder, "/@context", "", "first in @context"},
		{"an issuer that is no URL", testissuer.Set(good, "issuer/id", text("School")).JSON(), verifier.StructureInvalid, "/issuer/id", "", "Correct the member"},
		{"a letter changed", testissuer.Set(good, "name", text("Dr.")).JSON(), verifier.SignatureInvalid, "", "", "Compare the values"},
		{"no proof", good.Without("proof").JSON(), verifier.ProofMissing, "", "", "Sign the badge"},
		{"another cryptosuite", testissuer.Set(good, "proof/cryptosuite", text("x-2030")).JSON(), verifier.CryptosuiteUnsupported, "", "", "eddsa-rdfc-2022"},
		{"a name twice", []byte(`{"id":1,"id":2}`), verifier.DuplicateKey, "", "", "Write each name once"},
		{"cut off", good.JSON()[:500], verifier.MalformedJSON, "", "", "as it was downloaded"},
		{"a byte order mark", append([]byte("\xef\xbb\xbf"), good.JSON()...), verifier.MalformedJSON, "", "", "byte order mark"},
		{"UTF-16", []byte("\xff\xfe{\x00}\x00"), verifier.MalformedJSON, "", "", "UTF-16"},
		{"Latin-1", []byte("{\"name\":\"Z\xfcrich\"}"), verifier.MalformedJSON, "", "", `Byte 10 (0xFC) is not UTF-8. In Latin-1 the text there is “{"name":"Zürich"}”`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := inspect(t, tt.data)
			var found *Fault
			for i := range n.Faults {
				if f := &n.Faults[i]; found == nil && f.Code == tt.code {
					found = f
				}
			}
			if found == nil {
				t.Fatalf("no %s in %+v", tt.code, n.Faults)
			}
			if !strings.HasPrefix(found.Path, tt.path) || found.Term != tt.term || !strings.Contains(found.Remedy, tt.more) {
				t.Errorf("found %+v", found)
			}
			wants(t, told(t, n), "WHAT IS WRONG", string(tt.code), found.Remedy)
		})
	}
}

// A badge that a program read in a wrong encoding is told from a forged one.
func TestInspectNamesGarbledTexts(t *testing.T) {
	zurich := testissuer.Set(school.Badge(learner), "name", strictjson.String("Zürich’s badge"))
	broken := testissuer.Set(school.Sign(t, zurich), "name", strictjson.String("ZÃ¼richâ€™s badge"))
	n := inspect(t, broken.JSON())
	if len(n.Garbled) != 1 || n.Garbled[0].Meant != "Zürich’s badge" || n.Faults[0].Code != verifier.SignatureInvalid ||
		!strings.Contains(n.Faults[0].Remedy, "fits once the garbled texts below are repaired") {
		t.Errorf("inspected as %+v, %+v", n.Garbled, n.Faults)
	}
	wants(t, told(t, n), "/name: “ZÃ¼richâ€™s badge”, meant “Zürich’s badge”")

	forged := testissuer.Set(broken, "id", strictjson.String("urn:x:another"))
	if n := inspect(t, forged.JSON()); !strings.Contains(n.Faults[0].Remedy, "may be the reason") {
		t.Errorf("a forged badge: %+v", n.Faults)
	}
	early := testissuer.Set(school.Badge(learner), "name", strictjson.String("ZÃ¼rich"))
	if n := inspect(t, school.Sign(t, early).JSON()); len(n.Garbled) != 1 || len(n.Faults) != 0 {
		t.Errorf("garbled before signing: %+v", n)
	}
	lost := testissuer.Set(school.Badge(learner), "name", strictjson.String("Z\ufffdrich"))
	wants(t, told(t, inspect(t, school.Sign(t, lost).JSON())), "what stood there is lost")
}

func TestInspectAdvises(t *testing.T) {
	doc := testissuer.Set(school.Badge(learner), "credentialSubject/achievement/alignment", testissuer.Parse(`[{"type":["Alignment"]}]`))
	n := inspect(t, school.Sign(t, doc).JSON())
	if len(n.Advice) < 2 || !strings.HasPrefix(n.Advice[0].Path, "/") {
		t.Errorf("advice %+v", n.Advice)
	}
	wants(t, told(t, n), "WHAT THE ISSUER SHOULD CHANGE", "/credentialSubject/achievement/alignment/0/targetName: is missing")
}

func TestInspectAPresentation(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	vp := learner.Answer(t, learner.Present(badge, testissuer.Set(badge, "name", strictjson.String("Dr."))), challenge, domain)
	n := inspect(t, vp.JSON())
	if len(n.Parts) != 2 || len(n.Proofs) != 1 || len(n.Parts[0].Faults) != 0 || n.Parts[1].Faults[0].Code != verifier.SignatureInvalid {
		t.Errorf("inspected as %+v", n)
	}
	wants(t, told(t, n), "This is a presentation.", "CREDENTIAL 2 OF 2")
}

// The holder's copy of a badge that can be shown in parts is explained as one.
func TestInspectABaseProof(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	suite := cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded()}
	issuer := testissuer.With("sd school", key, suite)
	n, err := practice().Inspect(t.Context(), issuer.Sign(t, issuer.Badge(learner)).JSON(), verifier.Expectation{})
	if err != nil {
		t.Fatal(err)
	}
	if len(n.Faults) == 0 || n.Faults[0].Code != verifier.ProofTypeUnsupported || !strings.Contains(n.Faults[0].Remedy, "the holder's own copy") {
		t.Errorf("faults %+v", n.Faults)
	}
	if len(n.Proofs) != 1 || len(n.Proofs[0].Steps) < 6 {
		t.Errorf("traced as %+v", n.Proofs)
	}
}

func TestInspectOtherForms(t *testing.T) {
	header := testissuer.Parse(`{"typ":"vc+jwt"}`)
	token, err := jose.Sign(header, school.Badge(learner).JSON(), school.Key)
	if err != nil {
		t.Fatal(err)
	}
	old, err := jose.Sign(header, []byte(`{"vc":{"type":["VerifiableCredential"],"hint":"inner"}}`), school.Key)
	if err != nil {
		t.Fatal(err)
	}
	words, err := jose.Sign(header, []byte("just words"), school.Key)
	if err != nil {
		t.Fatal(err)
	}
	disclosure := jose.Encode([]byte(`["salt","name","Ada"]`))
	tests := []struct {
		name, data string
		want       []string
	}{
		{"JWT", token, []string{"a JWT, with an Open Badge (3.0)", `"alg": "EdDSA"`, "only decoded"}},
		{"JWT of data model 1.1", old, []string{"a JWT, with", "hint: inner"}},
		{"JWT without JSON", words, []string{"a JWT, with", "(not JSON)"}},
		{"SD-JWT", token + "~" + disclosure + "~", []string{"an SD-JWT", `1  ✗ the disclosures do not fit the token: no digest refers to it`, `["salt","name","Ada"]`, "TYP_MISMATCH"}},
		{"assertion", `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","badge":"https://x.example"}`, []string{"an Open Badges 2.0 assertion", "keeps it", "badge: https://x.example"}},
		{"badge class", `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass"}`, []string{"an Open Badges 2.0 definition"}},
		{"nothing", " \n", []string{"an empty file"}},
		{"an address", "https://old.example/1", []string{"This is an address"}},
		{"a page", "<html><body>", []string{"a web page"}},
		{"a PDF", "%PDF-1.7", []string{"a document of another kind"}},
		{"words", "Dear Sir", []string{"This is something else"}},
		{"other JSON", `{"a":"\u202e\u001b[2J"}`, []string{"an unknown kind of document"}},
		{"a picture", "<svg/>", []string{"a picture (SVG)", "MALFORMED_JSON"}},
		{"a status list", `{"type":["VerifiableCredential","BitstringStatusListCredential"]}`, []string{"a status list"}},
		{"an envelope", `{"type":"EnvelopedVerifiableCredential"}`, []string{"an enveloped credential"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := inspect(t, []byte(tt.data))
			if n.Report.Verdict == verifier.Accepted {
				t.Error("accepted")
			}
			wants(t, told(t, n), tt.want...)
		})
	}
}

func TestInspectPictures(t *testing.T) {
	n := inspect(t, picture(t, "simple-json.png", school.Sign(t, school.Badge(learner)).JSON()))
	if n.Picture != "PNG" || n.Report.Verdict != verifier.Accepted {
		t.Errorf("inspected as %+v", n)
	}
	wants(t, told(t, n), "inside a picture (PNG)")
	old, err := os.ReadFile("../../testdata/badges/baked/ob2/simple-badge.png")
	if err != nil {
		t.Fatal(err)
	}
	if n := inspect(t, old); n.Picture != "PNG" || n.Form != credential.OpenBadges2.String() || len(n.Faults) > 0 {
		t.Errorf("inspected as %+v", n)
	}
}

func TestInspectNeedsAVerifier(t *testing.T) {
	if n, err := (Practice{Verifier: &verifier.Verifier{}}).Inspect(t.Context(), nil, verifier.Expectation{}); !errors.Is(err, verifier.ErrNotConfigured) || n != nil {
		t.Errorf("Inspect = %v, %v", n, err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if n, err := practice().Inspect(gone, []byte("{}"), verifier.Expectation{}); err == nil || n != nil {
		t.Errorf("Inspect = %v, %v", n, err)
	}
}

func TestRemediesAreSentences(t *testing.T) {
	for code, remedy := range remedies {
		if !strings.HasSuffix(remedy, ".") {
			t.Errorf("%s: %q", code, remedy)
		}
	}
}

// FuzzInspect: every input gets an inspection that can be shown.
func FuzzInspect(f *testing.F) {
	f.Add(school.Badge(learner).JSON())
	f.Add([]byte("eyJhbGciOiJFZERTQSJ9.e30.c2ln~W10~"))
	f.Add([]byte(learner.ShowSD(f, school.IssueSD(f, school.Badge(learner), learner, proof.SDJWTOptions{Disclosable: []string{"/name"}}), challenge, domain, "/name")))
	f.Add([]byte(`<svg xmlns:o="https://purl.imsglobal.org/ob/v3p0"><o:credential>{}</o:credential></svg>`))
	f.Add([]byte(`{"type":"VerifiablePresentation","verifiableCredential":[{},"x",1]}`))
	f.Fuzz(func(t *testing.T, data []byte) { told(t, inspect(t, data)) })
}
