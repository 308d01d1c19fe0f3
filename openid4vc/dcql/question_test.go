package dcql_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc/dcql"
)

// language is a badge as a school writes it, with what a question can be about.
func language(t testing.TB) strictjson.Value {
	t.Helper()
	badge := school.Badge(learner)
	badge = testissuer.Set(badge, "credentialSubject/achievement/id", strictjson.String("https://school.example/b2"))
	badge = testissuer.Set(badge, "credentialSubject/achievement/tag", strictjson.Strings("language", "spanish"))
	badge = testissuer.Set(badge, "credentialSubject/achievement/alignment", parse(t,
		`[{"type":"Alignment","targetName":"x","targetUrl":"https://esco.example/1"},{"type":"Alignment","targetName":"y","targetUrl":"https://esco.example/2"}]`))
	return testissuer.Set(badge, "credentialSubject/result", parse(t, `[{"type":"Result","value":"C1"}]`))
}

func bound(format dcql.Format, doc strictjson.Value) dcql.Candidate {
	c := dcql.FromDocument(format, doc, jsonld.Embedded())
	c.Bound = true
	return c
}

// TestBadgeTypes: the types that questions ask for are those that the contexts of Open
// Badges give, whichever of the two names a badge uses.
func TestBadgeTypes(t *testing.T) {
	q, err := dcql.Question{Achievements: []string{"https://school.example/b2"}}.Query()
	if err != nil {
		t.Fatal(err)
	}
	for _, context := range []string{"context-3.0.1.json", "context-3.0.2.json", "context-3.0.3.json"} {
		for _, name := range []string{"OpenBadgeCredential", "AchievementCredential"} {
			base := "https://www.w3.org/ns/credentials/v2"
			if context == "context-3.0.1.json" {
				base = "https://www.w3.org/2018/credentials/v1" // which it was written for
			}
			doc := language(t).With("@context", strictjson.Strings(base, "https://purl.imsglobal.org/spec/ob/v3p0/"+context)).
				With("type", strictjson.Strings("VerifiableCredential", name))
			c := bound(dcql.LDP, doc)
			if _, err := q.Credentials[0].Match(c); err != nil {
				t.Errorf("%s of %s: %v, %q", name, context, err, c.Types)
			}
		}
	}
}

func TestQuestion(t *testing.T) {
	text := strictjson.String
	grades := []string{"A1", "A2", "B1", "B2", "C1", "C2"}
	full := dcql.Question{
		Achievements: []string{"https://school.example/b2", "https://school.example/c1"}, Alignments: []string{"https://esco.example/2"},
		Tags: []string{"spanish"}, Results: dcql.AtLeast(grades, "B2"), Issuers: []string{school.ID, "did:web:other.example"},
	}
	if !slices.Equal(full.Results, []string{"B2", "C1", "C2"}) || dcql.AtLeast(grades, "D") != nil {
		t.Errorf("at least B2 is %q", full.Results)
	}
	q, err := full.Query()
	if err != nil {
		t.Fatal(err)
	}
	good := language(t)
	one := func(path string) strictjson.Value {
		return good.Get("credentialSubject").Get("achievement").Get(path).Elems()[0]
	}
	under := "credentialSubject/achievement/"
	tests := []struct {
		name string
		doc  strictjson.Value
		want bool
	}{
		{"all of it", good, true},
		{"the issuer as an object", good.With("issuer", strictjson.Object(strictjson.Member{Name: "id", Value: text(school.ID)}, strictjson.Member{Name: "type", Value: strictjson.Strings("Profile")})), true},
		{"the issuer as a text", good.With("issuer", text(school.ID)), true},
		{"one alignment", testissuer.Set(good, under+"alignment", parse(t, `{"type":"Alignment","targetUrl":"https://esco.example/2"}`)), true},
		{"one tag", testissuer.Set(good, under+"tag", text("spanish")), true},
		{"one result", testissuer.Set(good, "credentialSubject/result", parse(t, `{"value":"B2"}`)), true},
		{"another issuer", good.With("issuer", text("did:web:evil.example")), false},
		{"another achievement", testissuer.Set(good, under+"id", text("https://school.example/a1")), false},
		{"another alignment", testissuer.Set(good, under+"alignment", one("alignment")), false},
		{"another tag", testissuer.Set(good, under+"tag", text("Spanish")), false},
		{"a lower result", testissuer.Set(good, "credentialSubject/result", parse(t, `[{"value":"B1"}]`)), false},
		{"no result", testissuer.Set(good, "credentialSubject/result", strictjson.Value{}), false},
		{"no badge", good.With("type", strictjson.Strings("VerifiableCredential")), false},
	}
	for _, format := range []dcql.Format{dcql.LDP, dcql.JWT} {
		for _, tt := range tests {
			c := bound(format, tt.doc)
			choice, err := q.Choose([]dcql.Candidate{c})
			if (err == nil) != tt.want {
				t.Errorf("%s, %s: %v", format, tt.name, err)
			}
			if err == nil && q.Check(picked(choice, []dcql.Candidate{c})) != nil {
				t.Errorf("%s, %s: chosen and not taken", format, tt.name)
			}
		}
	}
	if len(q.Credentials) != 2 || q.Credentials[0].Format != dcql.LDP || q.Credentials[0].ID != "badge" || len(q.Sets) != 1 || len(q.Sets[0].Options) != 2 {
		t.Errorf("got %s", q.Value().JSON())
	}
}

// TestQuestionFormats: a question is put once for each format, and tokens with types of
// their own are asked for by these.
func TestQuestionFormats(t *testing.T) {
	x := dcql.Question{Tags: []string{"x"}, VCT: []string{"https://school.example/badge"}, Bearer: true, Multiple: true}
	q, err := x.Query()
	if err != nil || len(q.Credentials) != 6 || q.Credentials[2].Format != dcql.SDJWT || !q.Credentials[5].Multiple {
		t.Fatalf("got %+v, %v", q, err)
	}
	for i, c := range q.Credentials { // bound ones first: a wallet prefers them
		if c.Unbound != (i >= 3) || q.Sets[0].Options[i][0] != c.ID {
			t.Errorf("query %s at %d: %+v", c.ID, i, c)
		}
	}
	c := dcql.FromClaims(parse(t, `{"vct":"https://school.example/badge","iss":"did:web:school.example","achievement":{"tag":["x"]},"result":[{"value":"B2"}]}`))
	if _, err := q.Choose([]dcql.Candidate{c}); err != nil {
		t.Error(err)
	}
	x.Results, x.Issuers, x.Achievements = []string{"B2"}, []string{"did:web:school.example"}, []string{"https://school.example/badge"}
	if q, err = x.Query(); err != nil {
		t.Fatal(err)
	}
	if _, err := q.Choose([]dcql.Candidate{c}); err != nil {
		t.Errorf("with a result, an issuer and an achievement that its type names: %v", err)
	}
	x.Formats, x.Bearer = []dcql.Format{dcql.JWT}, false
	if q, err = x.Query(); err != nil || len(q.Credentials) != 1 || q.Credentials[0].Format != dcql.JWT {
		t.Errorf("got %+v, %v", q, err)
	}
	q, err = dcql.Ask(dcql.Question{Tags: []string{"x"}}, dcql.Question{Tags: []string{"y"}, Optional: true}, dcql.Question{ID: "third", Tags: []string{"z"}})
	if err != nil || len(q.Sets) != 3 || !q.Sets[1].Optional || q.Credentials[2].ID != "badge2" || q.Credentials[5].ID != "third_b" {
		t.Errorf("got %+v, %v", q, err)
	}
	for name, bad := range map[string][]dcql.Question{
		"nothing at all":    nil,
		"no condition":      {{}},
		"an issuer's tags":  {{Tags: []string{"x"}}, {Tags: []string{"x"}, ID: "badge"}},
		"an id with dots":   {{Tags: []string{"x"}, ID: "a.b"}},
		"tokens of no type": {{Tags: []string{"x"}, Formats: []dcql.Format{dcql.SDJWT}}},
	} {
		if q, err := dcql.Ask(bad...); !errors.Is(err, dcql.ErrQuery) || q != nil {
			t.Errorf("%s: got %v, %v", name, q, err)
		}
	}
}

func TestParseQuestion(t *testing.T) {
	x, err := dcql.ParseQuestion(parse(t, `{"achievement":["https://school.example/b2"],"alignment":"https://esco.example/1","tag":"x",
		"results":["B2"],"issuers":["did:web:a.example"],"formats":["ldp_vc"],"vct":"v","id":"q","optional":true,"multiple":true,"bearer":true}`))
	if err != nil || x.ID != "q" || !x.Optional || !x.Multiple || !x.Bearer || x.Alignments[0] != "https://esco.example/1" ||
		x.Formats[0] != dcql.LDP || x.VCT[0] != "v" || x.Results[0] != "B2" || x.Issuers[0] != "did:web:a.example" {
		t.Errorf("got %+v, %v", x, err)
	}
	for _, in := range []string{`[]`, `{"achievements":["x"]}`, `{"tag":5}`, `{"tag":[]}`, `{"optional":"yes"}`, `{"id":""}`, `{"issuers":[""]}`, `{"tag":null}`} {
		if x, err := dcql.ParseQuestion(parse(t, in)); !errors.Is(err, dcql.ErrQuery) || x.Tags != nil {
			t.Errorf("%s: got %+v, %v", in, x, err)
		}
	}
	if _, err := dcql.ParseQuestion(parse(t, `{"tag":`+repeated(1025, `"x"`)+`}`)); !errors.Is(err, dcql.ErrLimit) {
		t.Errorf("many tags: %v", err)
	}
	many := dcql.Question{Tags: strings.Split(strings.Repeat("x,", 1100), ",")}
	if _, err := many.Query(); !errors.Is(err, dcql.ErrLimit) {
		t.Errorf("a query that nobody would read: %v", err)
	}
}
