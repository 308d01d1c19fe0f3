package request_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/verifier"
	"laurel/verifier/request"
	"laurel/verifier/session"
)

func TestParseAsk(t *testing.T) {
	for _, good := range []string{
		`{"proofOf":{"achievement":["https://a.example/b"]}}`,
		`{"proofOf":[{"tag":"welding"},{"alignment":"https://esco.example/1","issuers":["did:web:a.example"],"optional":true}],"purpose":"p","retention":3,"open":true,"expires_in":60}`,
		`{"dcql_query":{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]},"policy":{"require_trusted":true}}`,
		`{"template":"welders"}`,
	} {
		if _, err := request.ParseAsk([]byte(good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		``, `[]`, `null1`, `{"proofof":{}}`, `{"proofOf":{"achievements":[]}}`, `{"template":"a","template":"b"}`,
		`{"proofOf":"welding"}`, `{"retention":"forever"}`, `{"proofOf":[{"tag":"a"}],"proofOf":[]}`, `{"title":"a"} {}`,
	} {
		if a, err := request.ParseAsk([]byte(bad)); !errors.Is(err, request.ErrAsk) || a.ProofOf != nil || a.Template != "" {
			t.Errorf("%s: %+v, %v", bad, a, err)
		}
	}
}

// Whoever wrote the body reads what is wrong with it in the words of JSON.
func TestParseAskSays(t *testing.T) {
	for body, want := range map[string]string{
		`{"retention": "P3D"}`:                "/retention must be a whole number",
		`{"retention": 1.5}`:                  "/retention must be a whole number",
		`{"open": 1}`:                         "/open must be true or false",
		`{"proofOf": {"achievement": "x"}}`:   "/proofOf/achievement must be a list",
		`{"proofOf": [{"alignment": ["x"]}]}`: "/proofOf/0/alignment must be a text",
		`{"proofOf": 3}`:                      "/proofOf must be an object",
		`{"policy": {"lax": true}}`:           "/policy/lax is not known",
		`[]`:                                  "the body must be an object",
	} {
		if _, err := request.ParseAsk([]byte(body)); !errors.Is(err, request.ErrAsk) || !strings.HasSuffix(err.Error(), ": "+want) {
			t.Errorf("%s: %v, not %q", body, err, want)
		}
	}
}

func FuzzParseAsk(f *testing.F) {
	f.Add([]byte(`{"proofOf":{"achievement":["https://a.example/b"],"grades":["A"],"minimum":"A"}}`))
	f.Add([]byte(`{"dcql_query":{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]}}`))
	d, _ := counter(f)
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := request.ParseAsk(body)
		if err != nil {
			return
		}
		asked, err := d.Ask(t.Context(), a, "")
		if err != nil {
			return
		}
		if asked.Session != nil {
			fetch(t, d, asked.Session)
		}
	})
}

func TestRefusedAsks(t *testing.T) {
	d, _ := counter(t)
	unsigned, _ := counter(t)
	unsigned.Identity = nil
	good := proofOf()
	change := func(do func(*request.Ask)) request.Ask {
		a := good
		do(&a)
		return a
	}
	tests := []struct {
		name string
		desk *request.Desk
		ask  request.Ask
	}{
		{"nothing", d, request.Ask{}},
		{"an empty proof", d, request.Ask{ProofOf: request.Proofs{{Label: "Something"}}}},
		{"too many", d, request.Ask{ProofOf: slices.Repeat(good.ProofOf, 17)}},
		{"a query and a proof", d, change(func(a *request.Ask) { a.Query = []byte(`{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}]}`) })},
		{"a query that is none", d, request.Ask{Query: []byte(`{"credentials":[]}`)}},
		{"a query with a name twice", d, request.Ask{Query: []byte(`{"credentials":[{"id":"a","id":"b","format":"ldp_vc","meta":{}}]}`)}},
		{"an unknown template", d, request.Ask{Template: "none"}},
		{"a template and a proof", d, change(func(a *request.Ask) { a.Template = "none" })},
		{"an unknown prefix", d, change(func(a *request.Ask) { a.Prefix = "x509_hash" })},
		{"an unknown mode", d, change(func(a *request.Ask) { a.ResponseMode = "fragment" })},
		{"a signature without a key", unsigned, change(func(a *request.Ask) { a.Prefix = "decentralized_identifier" })},
		{"a minimum that is no grade", d, request.Ask{ProofOf: request.Proofs{{Tag: "t", Grades: []string{"A"}, Minimum: "B"}}}},
		{"a minimum that is no number", d, request.Ask{ProofOf: request.Proofs{{Tag: "t", Minimum: "much"}}}},
		{"an issuer by its domain", d, request.Ask{ProofOf: request.Proofs{{Tag: "t", Issuers: []string{"school.example"}}}}},
		{"an achievement by its name", d, request.Ask{ProofOf: request.Proofs{{Achievement: []string{"Welding"}}}}},
		{"a long purpose", d, change(func(a *request.Ask) { a.Purpose = strings.Repeat("p", 501) })},
		{"a negative time", d, change(func(a *request.Ask) { a.ExpiresIn = -1 })},
		{"a claim twice", d, request.Ask{Query: []byte(`{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":["x",0],"values":["1"]},{"path":["x",0],"values":["2"]}]}]}`)}},
		{"a retention without end", d, change(func(a *request.Ask) { a.Retention = 10_001 })},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if asked, err := test.desk.Ask(t.Context(), test.ask, ""); !errors.Is(err, request.ErrAsk) || asked != nil {
				t.Errorf("got %+v, %v", asked, err)
			}
		})
	}
	for _, a := range []request.Ask{
		change(func(a *request.Ask) { a.ExpiresIn = 90_000 }), change(func(a *request.Ask) { a.Retention = 1000 }),
		change(func(a *request.Ask) { a.Open, a.OpenDays = true, 1000 }),
	} {
		if asked, err := d.Ask(t.Context(), a, ""); !errors.Is(err, session.ErrQuestion) || asked != nil {
			t.Errorf("out of bounds: %+v, %v", asked, err)
		}
	}
}

// What the verifier says that it reads is what it reads.
func TestFormatsAreThoseOfTheVerifier(t *testing.T) {
	d, _ := counter(t)
	contexts := jsonld.Embedded()
	d.Verifier.Suites = append(testissuer.TokenSuites(&testissuer.Web{}), cryptosuite.Ed25519Signature2018{Contexts: contexts}, cryptosuite.JSONWebSignature2020{Contexts: contexts})
	for _, prefix := range []string{"", "redirect_uri"} {
		a := proofOf()
		a.Prefix = prefix
		m := fetch(t, d, ask(t, d, a)).Metadata
		for _, s := range d.Verifier.Suites[:5] {
			if !m.Takes(dcql.LDP, "cryptosuite_values", s.Name()) || !m.Takes(dcql.LDP, "proof_type_values", "DataIntegrityProof") {
				t.Errorf("it does not say that it reads %s: %s", s.Name(), m.Formats.JSON())
			}
		}
		for _, name := range []string{"Ed25519Signature2020", "Ed25519Signature2018", "JsonWebSignature2020"} {
			if !m.Takes(dcql.LDP, "proof_type_values", name) {
				t.Errorf("it does not say that it reads %s: %s", name, m.Formats.JSON())
			}
		}
		for _, name := range []string{"vc-jose", "sd-jwt", "vc-jwt", "bbs-2023"} {
			if m.Takes(dcql.LDP, "cryptosuite_values", name) || m.Takes(dcql.LDP, "proof_type_values", name) {
				t.Errorf("it says that it reads %s: %s", name, m.Formats.JSON())
			}
		}
		if !m.Takes(dcql.JWT, "alg_values", "EdDSA") || !m.Takes(dcql.SDJWT, "kb-jwt_alg_values", "ES256") || m.Takes("mso_mdoc", "", "") {
			t.Errorf("of tokens: %s", m.Formats.JSON())
		}
	}
}

// Raw DCQL with alternatives: "a language badge, and one of two first-aid courses".
func TestRawQuery(t *testing.T) {
	query := `{"credentials":[
		{"id":"language","format":"ldp_vc","meta":{"type_values":[["https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"]]},
		 "claims":[{"path":["credentialSubject","achievement","id"],"values":["` + achievement + `"]}]},
		{"id":"aid_1","format":"ldp_vc","meta":{},"claims":[{"path":["credentialSubject","achievement","id"],"values":["https://aid.example/1"]}]},
		{"id":"aid_2","format":"ldp_vc","meta":{},"claims":[{"path":["credentialSubject","achievement","id"],"values":["https://aid.example/2"]}]}],
		"credential_sets":[{"options":[["language"]]},{"options":[["aid_1"],["aid_2"]]}]}`
	d, _ := counter(t)
	aid := school.Sign(t, testissuer.Set(school.Badge(ada), "credentialSubject/achievement/id", testissuer.Parse(`"https://aid.example/2"`)))
	s := ask(t, d, request.Ask{Query: []byte(query)})
	r := fetch(t, d, s)
	one := map[string][]strictjson.Value{
		"language": {ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)},
		"aid_2":    {ada.Answer(t, ada.Present(aid), r.Nonce, r.ClientID)},
	}
	if _, err := d.Answer(t.Context(), s.ID, formOf(t, r, one)); err != nil {
		t.Fatal(err)
	}
	got := report(t, d, s.ID)
	if got.Verdict != verifier.Accepted || len(got.Parts) != 2 || got.Parts[0].Answers != "aid_2" {
		t.Errorf("%s: %s", got.Verdict, got.Headline)
	}

	s = ask(t, d, request.Ask{Query: []byte(query)})
	r = fetch(t, d, s)
	half := map[string][]strictjson.Value{"language": {ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)}}
	if _, err := d.Answer(t.Context(), s.ID, formOf(t, r, half)); err != nil {
		t.Fatal(err)
	}
	if got := report(t, d, s.ID); got.Verdict != verifier.Rejected || got.Deciding().Code != verifier.RequestNotSatisfied {
		t.Errorf("half of it: %s: %s", got.Verdict, got.Headline)
	}
}

func TestTemplates(t *testing.T) {
	d, _ := counter(t)
	saved := proofOf()
	saved.Purpose, saved.Retention, saved.ExpiresIn = "To see what you can do.", 7, 300
	for _, name := range []string{"", "Welders", "../x", strings.Repeat("a", 64), "-a"} {
		if err := d.SaveTemplate(t.Context(), name, saved); !errors.Is(err, request.ErrAsk) {
			t.Errorf("%q: %v", name, err)
		}
	}
	if err := d.SaveTemplate(t.Context(), "analysts", request.Ask{Template: "analysts"}); !errors.Is(err, request.ErrAsk) {
		t.Errorf("of itself: %v", err)
	}
	if err := d.SaveTemplate(t.Context(), "analysts", saved); err != nil {
		t.Fatal(err)
	}
	s := ask(t, d, request.Ask{Template: "analysts"})
	inquiry, err := request.ReadInquiry(s.Ask)
	if err != nil || inquiry.Title != "Data analysis" || inquiry.Purpose != saved.Purpose || inquiry.Wants[0].Label != "Data analysis" {
		t.Errorf("asked with it: %+v, %v", inquiry, err)
	}
	if !s.Expires.Equal(s.Created.Add(5*time.Minute)) || s.Retention != 7*24*time.Hour {
		t.Errorf("asked with it: until %v, kept for %v", s.Expires, s.Retention)
	}
	if s = ask(t, d, request.Ask{Template: "analysts", Retention: 2}); s.Retention != 48*time.Hour {
		t.Errorf("what is asked now counts for more: kept for %v", s.Retention)
	}
	saved.Open = true
	if err := d.SaveTemplate(t.Context(), "poster", saved); err != nil {
		t.Fatal(err)
	}
	if asked, err := d.Ask(t.Context(), request.Ask{Template: "poster"}, ""); err != nil || asked.Poster == nil {
		t.Errorf("a saved poster: %+v, %v", asked, err)
	}
	if err := d.RemoveTemplate(t.Context(), "poster"); err != nil {
		t.Fatal(err)
	}
	if all, err := d.Templates(t.Context()); err != nil || len(all) != 1 || all[0].Name != "analysts" {
		t.Errorf("listed: %+v, %v", all, err)
	}
	if err := d.RemoveTemplate(t.Context(), "analysts"); err != nil {
		t.Fatal(err)
	}
	if all, err := d.Templates(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("removed: %+v, %v", all, err)
	}
}

func TestOpenRequest(t *testing.T) {
	d, c := counter(t)
	a := proofOf()
	a.Open, a.OpenDays, a.Retention = true, 2, 1
	asked, err := d.Ask(t.Context(), a, "")
	if err != nil || asked.Session != nil {
		t.Fatalf("%+v, %v", asked, err)
	}
	for _, who := range []*testissuer.Party{ada, eve} {
		s, err := d.Visit(t.Context(), asked.Poster, who.Name, "192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		r := fetch(t, d, s)
		vp := who.Answer(t, who.Present(school.Sign(t, school.Badge(who))), r.Nonce, r.ClientID)
		if _, err := d.Answer(t.Context(), s.ID, form(t, r, vp)); err != nil {
			t.Fatal(err)
		}
		c.Pass(time.Second)
	}
	visits, err := visitsOf(t, d.Book, asked.Poster.ID)
	if err != nil || len(visits) != 2 || visits[0].Label != "ada" || visits[0].Nonce == visits[1].Nonce {
		t.Errorf("visits: %d, %v", len(visits), err)
	}
	c.Pass(48 * time.Hour)
	if _, err := d.Visit(t.Context(), asked.Poster, "", ""); !errors.Is(err, session.ErrExpired) {
		t.Errorf("after it was closed: %v", err)
	}
}

func TestIdentity(t *testing.T) {
	for _, bad := range []string{"", "cafe.example", "http://cafe.example", "https://cafe.example/x", "https://user@cafe.example", "https://cafe.example?x", "ftp://cafe.example", "https://"} {
		if i, err := request.NewIdentity("Café", bad, true); !errors.Is(err, request.ErrAddress) || i != nil {
			t.Errorf("%q: %v", bad, err)
		}
	}
	d, _ := counter(t)
	for _, web := range []bool{true, false} {
		made, err := request.NewIdentity("Café", "https://cafe.example:8443/", web)
		if err != nil {
			t.Fatal(err)
		}
		if err := made.Save(t.Context(), d.Book); err != nil {
			t.Fatal(err)
		}
		got, err := request.LoadIdentity(t.Context(), d.Book)
		if err != nil || got.DID != made.DID || got.Method != made.Method || got.URL != "https://cafe.example:8443" {
			t.Errorf("loaded: %+v, %v", got, err)
		}
		doc, err := got.Document()
		if err != nil || doc.Exists() != web || web && doc.Get("id").Str() != "did:web:cafe.example%3A8443" {
			t.Errorf("document: %s, %v", doc.JSON(), err)
		}
		d.Identity = got
		if !web {
			fetch(t, d, ask(t, d, proofOf()))
		}
	}
}

// The link of every signed request is short enough for a code that a phone reads at
// once, whatever is asked.
func TestLinksAreShort(t *testing.T) {
	d, _ := counter(t)
	many := make(request.Proofs, 16)
	for i := range many {
		many[i] = request.ProofOf{Achievement: []string{"https://school.example/" + strings.Repeat("x", 100)}, Issuers: []string{ada.ID, eve.ID}}
	}
	links, err := d.Links(ask(t, d, request.Ask{ProofOf: many}))
	if err != nil || len(links.Page) > 80 || len(links.URI) > 400 || len(links.Code) > 60 {
		t.Errorf("%+v, %v", links, err)
	}
	if _, err := openid4vc.ParseURI(links.URI, openid4vc.Options{}); err != nil {
		t.Error(err)
	}
}

// visitsOf collects the answered sessions of an open request.
func visitsOf(t *testing.T, b *session.Book, poster string) (all []*session.Session, err error) {
	t.Helper()
	err = b.Visits(t.Context(), poster, func(s *session.Session) error {
		all = append(all, s)
		return nil
	})
	return all, err
}
