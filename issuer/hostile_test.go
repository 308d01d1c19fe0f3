package issuer_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/storetest"
	"laurel/proof"
	"laurel/status"
)

// TestHostileAwards: what no verifier would accept, or what would be signed
// otherwise than it was meant, is refused before it is signed and takes no
// place in a list. Each comes with a twin that is just good enough.
func TestHostileAwards(t *testing.T) {
	s := newSchool(t, issuer.Web)
	to := func(id string) issuer.Award { return issuer.Award{Recipient: id} }
	evidence := func(url string) issuer.Award { return issuer.Award{Evidence: []issuer.Evidence{{URL: url}}} }
	until := func(at time.Time) issuer.Award { return issuer.Award{ValidUntil: at} }
	result := func(value string) issuer.Award {
		return issuer.Award{Results: []issuer.Result{{Of: "Exam", Value: value}}}
	}
	tests := []struct {
		name      string
		bad, good issuer.Award
	}{
		{"a name that is too long", issuer.Award{Name: strings.Repeat("a", 256<<10+1)}, issuer.Award{Name: strings.Repeat("a", 256<<10)}},
		{"a name in Latin-1", issuer.Award{Name: "Zo\xeb"}, issuer.Award{Name: "Zoë"}},
		{"a story in Latin-1", issuer.Award{Narrative: "caf\xe9"}, issuer.Award{Narrative: "café"}},
		{"a result in Latin-1", result("pass\xe9"), result("passé")},
		{"a result that is empty", result(""), result("0")},
		{"evidence named in Latin-1", issuer.Award{Evidence: []issuer.Evidence{{URL: "https://a.example", Name: "\xe9"}}}, evidence("https://a.example")},
		{"half a character", issuer.Award{Name: "\xe6\x9d"}, issuer.Award{Name: "李"}},
		{"a surrogate", issuer.Award{Name: "\xed\xa0\x80"}, issuer.Award{Name: "\uffff"}},
		{"an address without a host", issuer.Award{Email: "zoe"}, issuer.Award{Email: "zoe@example.org"}},
		{"two addresses", issuer.Award{Email: "a@example.org, b@example.org"}, issuer.Award{Email: " a@example.org "}},
		{"a learner with a fragment", to(learner.ID + "#key"), to(learner.ID)},
		{"a learner with a query", to(learner.ID + "?versionId=1"), to(learner.ID)},
		{"a learner with a path", to("did:web:a.example/b"), to("did:web:a.example:b")},
		{"a learner without a method", to("did:"), to("did:web:a.example")},
		{"a learner with a space", to("did:web:a example"), to("did:web:a.example")},
		{"a learner with a line break", to("did:web:a.example\n"), to("did:web:a.example")},
		{"a learner in another script", to("did:web:ä.example"), to("did:web:xn--4ca.example")},
		{"an endless learner", to("did:web:" + strings.Repeat("a", 4000)), to("did:web:" + strings.Repeat("a", 60) + ".example")},
		{"an endless key", to("did:key:z" + strings.Repeat("1", 4000)), to(learner.ID)},
		{"evidence without an address", evidence(""), evidence("https://a.example/film")},
		{"evidence at a relative address", evidence("film"), evidence("urn:uuid:8e1b2f5c-0f0e-4a52-9b2f-6d1c0c6f3a10")},
		{"evidence with a space", evidence("https://a.example/my film"), evidence("https://a.example/my%20film")},
		{"an end after all calendars", until(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)), until(time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC))},
		{"an end at the beginning", issuer.Award{ValidFrom: s.now, ValidUntil: s.now}, issuer.Award{ValidFrom: s.now, ValidUntil: s.now.Add(time.Second)}},
		{"a beginning before all calendars", issuer.Award{ValidFrom: time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC)}, issuer.Award{ValidFrom: time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)}},
	}
	complete := func(a issuer.Award) issuer.Award {
		a.Template = "barista"
		if a.Recipient == "" {
			a.Recipient = learner.ID
		}
		return a
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if out, err := s.Issue(t.Context(), complete(tt.bad)); !errors.Is(err, issuer.ErrAward) || out != nil {
				t.Errorf("Issue = %v, %v, want ErrAward", out != nil, err)
			}
		})
	}
	if all, err := s.Find(t.Context(), issuer.Query{}); err != nil || all != nil {
		t.Fatalf("refused awards left records: %v, %v", all, err)
	}
	for _, tt := range tests {
		t.Run("not "+tt.name, func(t *testing.T) {
			out, err := s.Issue(t.Context(), complete(tt.good))
			if err != nil {
				t.Fatal(err)
			}
			keys := did.Methods{"web": did.Web{Fetch: s}}
			if _, err := proof.Open(t.Context(), out.Credential, proof.Options{Keys: keys, Suites: testissuer.Suites(), At: s.now}); err != nil {
				t.Errorf("it was signed, and does not open: %v", err)
			}
		})
	}
}

// TestHostileProfiles: an issuer that could never issue is not made.
func TestHostileProfiles(t *testing.T) {
	for name, change := range map[string]func(*issuer.Profile){
		"a name in Latin-1":      func(p *issuer.Profile) { p.Name = "\xc9cole" },
		"an endless name":        func(p *issuer.Profile) { p.Name = strings.Repeat("a", 300<<10) },
		"a picture at no place":  func(p *issuer.Profile) { p.Image = "logo.png" },
		"a picture with a space": func(p *issuer.Profile) { p.Image = "https://x.example/my logo.png" },
		"an address in Latin-1":  func(p *issuer.Profile) { p.Email = "\xe9@example.org" },
	} {
		t.Run(name, func(t *testing.T) {
			s := &school{store: new(storetest.Memory), now: time.Now()}
			p := issuer.Profile{Name: "École", URL: "https://x.example", Image: "https://x.example/logo.png", Email: "a@example.org"}
			bad := p
			change(&bad)
			if i, err := issuer.Create(t.Context(), s.options(), bad, issuer.Web); !errors.Is(err, issuer.ErrProfile) || i != nil {
				t.Errorf("Create = %v, %v, want ErrProfile", i != nil, err)
			}
			if _, err := issuer.Create(t.Context(), s.options(), p, issuer.Web); err != nil {
				t.Errorf("nothing may be left of the first try: %v", err)
			}
		})
	}
}

// TestKeyWindows: what a key signed is judged by the key's window, as it was at
// the time that is asked for.
func TestKeyWindows(t *testing.T) {
	s := newSchool(t, issuer.Web)
	start := s.now
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	first := s.issue(t, issuer.Award{})
	s.now = day(10)
	if _, err := s.RotateKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	second := s.issue(t, issuer.Award{})
	s.now = day(20)
	if _, err := s.CompromiseKey(t.Context(), "key-2"); err != nil {
		t.Fatal(err)
	}
	third := s.issue(t, issuer.Award{})

	for range 2 {
		for _, tt := range []struct {
			name  string
			badge *issuer.Issued
			at    time.Time
			want  error
		}{
			{"a retired key, in its window", first, day(5), nil},
			{"a retired key, later", first, day(30), nil},
			{"a withdrawn key, before that", second, day(15), nil},
			{"a withdrawn key, from then on", second, day(20), did.ErrKeyRevoked},
			{"a withdrawn key, later", second, day(30), did.ErrKeyRevoked},
			{"the new key", third, day(30), nil},
		} {
			keys := did.Methods{"web": did.Web{Fetch: s}}
			_, err := proof.Open(t.Context(), tt.badge.Credential, proof.Options{Keys: keys, Suites: testissuer.Suites(), At: tt.at})
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		s.reopen(t)
	}
	s.now = day(31)
	for _, tt := range []struct {
		name  string
		badge *issuer.Issued
	}{{"retired", first}, {"new", third}} {
		s.apply(t, issuer.Revoke, tt.badge.ID)
		if got := s.check(t, tt.badge.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
			t.Errorf("a badge of the %s key, revoked under the new one: %v, %v", tt.name, got.Outcome, got.Err)
		}
	}
}

// TestTamperedBadges: after issuing, nothing of a badge can be exchanged.
func TestTamperedBadges(t *testing.T) {
	s := newSchool(t, issuer.Web)
	out := s.issue(t, issuer.Award{Name: "Ada", Narrative: "Well.", Evidence: []issuer.Evidence{{URL: "https://a.example"}}, Results: []issuer.Result{{Of: "Exam", Value: "C"}}})
	other := s.issue(t, issuer.Award{Name: "Bob"})
	doc := testissuer.Parse(string(out.Credential))
	text := strictjson.String
	for name, changed := range map[string]strictjson.Value{
		"the learner":    testissuer.Set(doc, "credentialSubject/id", text(testissuer.New("eve").ID)),
		"the name":       testissuer.Set(doc, "credentialSubject/identifier", testissuer.Parse(string(other.Credential)).Get("credentialSubject").Get("identifier")),
		"the result":     doc.With("credentialSubject", doc.Get("credentialSubject").Without("result")),
		"the story":      testissuer.Set(doc, "credentialSubject/narrative", text("Very well.")),
		"the evidence":   doc.Without("evidence"),
		"the end":        testissuer.Set(doc, "validUntil", text("2099-01-01T00:00:00Z")),
		"no end":         doc.Without("validUntil"),
		"the place":      testissuer.Set(doc, "credentialStatus/statusListIndex", text("1")),
		"no place":       doc.Without("credentialStatus"),
		"another list":   testissuer.Set(doc, "credentialStatus/statusListCredential", text("https://evil.example/list")),
		"the title":      doc.With("name", text("Astronaut")),
		"another's seal": doc.With("proof", testissuer.Parse(string(other.Credential)).Get("proof")),
	} {
		keys := did.Methods{"web": did.Web{Fetch: s}}
		opened, err := proof.Open(t.Context(), changed.JSON(), proof.Options{Keys: keys, Suites: testissuer.Suites(), At: s.now})
		if err == nil || opened != nil {
			t.Errorf("%s was exchanged, and it opens", name)
		}
	}
}
