package issuer_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/keyring"
	"laurel/issuer/storetest"
	"laurel/proof"
	"laurel/status"
)

var learner = testissuer.New("learner")

// school is an issuer with a clock that the test moves and with a web site on
// which everything it publishes can be fetched.
type school struct {
	*issuer.Issuer
	store issuer.Store
	now   time.Time
}

const barista = `{
	"type": "laurel/template/v1", "id": "barista", "validFor": "P2Y", "colour": "#5b3a8c",
	"achievement": {
		"name": "Barista", "description": "Makes good coffee.", "achievementType": "Certificate",
		"criteria": {"narrative": "Pull ten good shots."},
		"tag": ["coffee", "service"],
		"alignment": {"targetName": "Hospitality", "targetUrl": "https://skills.example/1"},
		"resultDescription": [{"name": "Exam", "resultType": "LetterGrade"}]
	}}`

const onHold = `{"type": "laurel/template/v1", "id": "licence", "statusPurpose": "suspension",
	"achievement": {"name": "Licence", "description": "May serve.", "criteria": {"narrative": "Pass."}}}`

func (s *school) options() issuer.Options {
	return issuer.Options{
		Store: s.store, Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded(),
		Now: func() time.Time { return s.now },
	}
}

func newSchool(t testing.TB, m issuer.Method) *school {
	t.Helper()
	s := &school{store: new(storetest.Memory), now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	var err error
	s.Issuer, err = issuer.Create(t.Context(), s.options(), issuer.Profile{Name: "School", URL: "https://badges.school.example/"}, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, template := range []string{barista, onHold} {
		if _, err := s.PutTemplate(t.Context(), []byte(template)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// reopen is the school after its program was started again.
func (s *school) reopen(t testing.TB) {
	t.Helper()
	var err error
	if s.Issuer, err = issuer.Open(t.Context(), s.options()); err != nil {
		t.Fatal(err)
	}
}

// Get is the school's web site, for whoever checks what it publishes.
func (s *school) Get(ctx context.Context, r fetch.Request) (*fetch.Resource, error) {
	address, timestamp, _ := strings.Cut(r.URL, "?timestamp=")
	var at time.Time
	if timestamp != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, strings.ReplaceAll(timestamp, "%3A", ":")); err != nil {
			return nil, err
		}
	}
	if address == "https://badges.school.example/.well-known/did.json" {
		body, err := s.DIDDocument()
		return &fetch.Resource{URL: r.URL, Body: body, Fetched: s.now, Source: fetch.Network, ContentType: "application/json"}, err
	}
	id := strings.TrimSuffix(strings.TrimPrefix(address, "https://badges.school.example/status/"), ".json")
	p, err := s.StatusList(ctx, id, at)
	if err != nil {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	return &fetch.Resource{URL: r.URL, Body: p.Body, Fetched: s.now, Source: fetch.Network, ContentType: "application/json"}, nil
}

// check opens a badge as a verifier would and asks for its status.
func (s *school) check(t testing.TB, badge []byte, at time.Time) status.Result {
	t.Helper()
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: s}}
	opened, err := proof.Open(t.Context(), badge, proof.Options{Keys: keys, Suites: testissuer.Suites(), At: at})
	if err != nil {
		t.Fatalf("the badge does not open: %v", err)
	}
	src := &status.Source{Fetch: s, Keys: keys, Suites: testissuer.Suites(), Now: func() time.Time { return s.now }}
	return src.Check(t.Context(), status.Query{
		Entry: opened.Document.Get("credentialStatus"), Issuer: opened.Controller, At: at,
	})
}

func (s *school) issue(t testing.TB, a issuer.Award) *issuer.Issued {
	t.Helper()
	if a.Recipient == "" {
		a.Recipient = learner.ID
	}
	if a.Template == "" {
		a.Template = "barista"
	}
	out, err := s.Issue(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *school) apply(t testing.TB, action issuer.Action, ids ...string) *issuer.Changed {
	t.Helper()
	out, err := s.Apply(t.Context(), issuer.Change{Action: action, IDs: ids, Reason: "because", Actor: "registrar"})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (s *school) keys(t testing.TB) []keyring.Public {
	t.Helper()
	keys, err := s.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestIssuedBadgesAreAccepted(t *testing.T) {
	for _, m := range []issuer.Method{issuer.Web, issuer.Key} {
		t.Run(string(m), func(t *testing.T) {
			s := newSchool(t, m)
			out := s.issue(t, issuer.Award{
				Name: "Ada", Email: "Ada@example.org", Narrative: "In *one* morning.",
				Results:  []issuer.Result{{Of: "Exam", Value: "A"}},
				Evidence: []issuer.Evidence{{URL: "https://school.example/film", Name: "A film"}},
			})
			if got := s.check(t, out.Credential, s.now); got.Outcome != status.Clear {
				t.Errorf("status = %v, %v", got.Outcome, got.Err)
			}
			doc := testissuer.Parse(string(out.Credential))
			if got := doc.Get("validUntil").Str(); got != "2028-06-01T12:00:00Z" {
				t.Errorf("validUntil = %s, want two years later", got)
			}
			if strings.Contains(strings.ToLower(string(out.Credential)), "ada@example.org") {
				t.Error("the badge holds the e-mail address in the open")
			}
			if !strings.HasPrefix(doc.Get("credentialSubject").Get("achievement").Get("image").Get("id").Str(), "data:image/svg+xml;base64,") {
				t.Error("no image was drawn")
			}
			s.reopen(t)
			again, err := s.Show(t.Context(), strings.TrimPrefix(out.ID, "urn:uuid:")[:8])
			if err != nil || string(again.Credential) != string(out.Credential) || again.Record.Index != out.Index {
				t.Errorf("Show after opening again = %+v, %v", again, err)
			}
		})
	}
}

func TestIssueRefuses(t *testing.T) {
	s := newSchool(t, issuer.Web)
	tests := []struct {
		name  string
		award issuer.Award
		want  error
	}{
		{"no template", issuer.Award{Recipient: learner.ID}, issuer.ErrNotFound},
		{"unknown template", issuer.Award{Template: "cook", Recipient: learner.ID}, issuer.ErrNotFound},
		{"no recipient", issuer.Award{Template: "barista"}, issuer.ErrAward},
		{"recipient is an address", issuer.Award{Template: "barista", Recipient: "ada@example.org"}, issuer.ErrAward},
		{"recipient is a broken key", issuer.Award{Template: "barista", Recipient: learner.ID + "x"}, issuer.ErrAward},
		{"unknown result", issuer.Award{Template: "barista", Recipient: learner.ID, Results: []issuer.Result{{Of: "Oral", Value: "A"}}}, issuer.ErrAward},
		{"result without a description", issuer.Award{Template: "licence", Recipient: learner.ID, Results: []issuer.Result{{Of: "Exam", Value: "A"}}}, issuer.ErrAward},
		{"evidence is no URL", issuer.Award{Template: "barista", Recipient: learner.ID, Evidence: []issuer.Evidence{{URL: "my film"}}}, issuer.ErrAward},
		{"ends before it begins", issuer.Award{Template: "barista", Recipient: learner.ID, ValidUntil: s.now.AddDate(-1, 0, 0)}, issuer.ErrAward},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := s.Issue(t.Context(), tt.award)
			if !errors.Is(err, tt.want) || out != nil {
				t.Errorf("Issue = %v, %v, want %v", out, err, tt.want)
			}
		})
	}
	if all, err := s.Find(t.Context(), issuer.Query{}); err != nil || all != nil {
		t.Errorf("refused awards left records: %v, %v", all, err)
	}
}

func TestCreateRefuses(t *testing.T) {
	for name, p := range map[string]issuer.Profile{
		"no name":        {URL: "https://x.example"},
		"no address":     {Name: "School"},
		"http":           {Name: "School", URL: "http://x.example"},
		"loopback":       {Name: "School", URL: "http://127.0.0.1:8080"},
		"user name":      {Name: "School", URL: "https://me@x.example"},
		"query":          {Name: "School", URL: "https://x.example/?a"},
		"escaped path":   {Name: "School", URL: "https://x.example/a%2fb"},
		"path with dots": {Name: "School", URL: "https://x.example/../b"},
		"empty segment":  {Name: "School", URL: "https://x.example//b"},
		"ttl too long":   {Name: "School", URL: "https://x.example", ListTTL: time.Hour, ListValidity: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			s := &school{store: new(storetest.Memory), now: time.Now()}
			if i, err := issuer.Create(t.Context(), s.options(), p, issuer.Web); !errors.Is(err, issuer.ErrProfile) || i != nil {
				t.Errorf("Create = %v, %v, want ErrProfile", i, err)
			}
			if _, err := issuer.Open(t.Context(), s.options()); !errors.Is(err, issuer.ErrNone) {
				t.Errorf("Open of what was not made: %v", err)
			}
		})
	}
}

func TestThereIsOneIssuer(t *testing.T) {
	s := newSchool(t, issuer.Web)
	_, err := issuer.Create(t.Context(), s.options(), issuer.Profile{Name: "Other", URL: "https://other.example"}, issuer.Key)
	if !errors.Is(err, issuer.ErrExists) {
		t.Errorf("a second Create: %v, want ErrExists", err)
	}
	s.reopen(t)
	if got, err := s.Profile(t.Context()); err != nil || got.DID != "did:web:badges.school.example" || got.URL != "https://badges.school.example" {
		t.Errorf("the profile is %+v", got)
	}
}

func TestIdentityByAddress(t *testing.T) {
	for address, want := range map[string]string{
		"https://x.example":            "did:web:x.example",
		"https://x.example:8443":       "did:web:x.example%3A8443",
		"https://x.example/a/issuer-1": "did:web:x.example:a:issuer-1",
	} {
		s := &school{store: new(storetest.Memory), now: time.Now()}
		i, err := issuer.Create(t.Context(), s.options(), issuer.Profile{Name: "X", URL: address}, issuer.Web)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		} else if p, _ := i.Profile(t.Context()); p.DID != want {
			t.Errorf("%s: %s, want %s", address, p.DID, want)
		}
	}
}

func TestRevoke(t *testing.T) {
	s := newSchool(t, issuer.Web)
	before := s.now
	a, b := s.issue(t, issuer.Award{}), s.issue(t, issuer.Award{})
	s.now = s.now.Add(time.Hour)
	changed := s.apply(t, issuer.Revoke, a.ID)
	if len(changed.Records) != 1 || changed.Unchanged != nil || len(changed.Lists) != 1 || changed.Lists[0] != a.List {
		t.Errorf("Apply = %+v", changed)
	}
	want := issuer.Event{At: s.now, Action: issuer.Revoke, Reason: "because", Actor: "registrar"}
	if h := changed.Records[0].History; len(h) != 1 || h[0] != want {
		t.Errorf("history = %+v, want %+v", h, want)
	}
	for range 2 {
		if got := s.check(t, a.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
			t.Errorf("revoked badge: %v, %v", got.Outcome, got.Err)
		}
		if got := s.check(t, b.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("the other badge: %v, %v", got.Outcome, got.Err)
		}
		if got := s.check(t, a.Credential, before.Add(time.Minute)); got.Outcome != status.Clear || !got.List.Archived {
			t.Errorf("the badge before it was revoked: %v, %v", got.Outcome, got.Err)
		}
		s.reopen(t)
	}
	versions := len(s.Versions("revocation-1"))
	again := s.apply(t, issuer.Revoke, a.ID)
	if len(again.Unchanged) != 1 || again.Lists != nil || len(s.Versions("revocation-1")) != versions {
		t.Errorf("revoking again did something: %+v", again)
	}
}

func TestSuspendAndReinstate(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a := s.issue(t, issuer.Award{Template: "licence"})
	s.apply(t, issuer.Suspend, a.ID)
	if got := s.check(t, a.Credential, s.now); !errors.Is(got.Err, status.ErrSuspended) {
		t.Errorf("suspended badge: %v, %v", got.Outcome, got.Err)
	}
	s.apply(t, issuer.Reinstate, a.ID)
	if got := s.check(t, a.Credential, s.now); got.Outcome != status.Clear {
		t.Errorf("reinstated badge: %v, %v", got.Outcome, got.Err)
	}
	shown, err := s.Show(t.Context(), a.ID)
	if err != nil || shown.State != issuer.Active || len(shown.History) != 2 {
		t.Errorf("record = %+v, %v", shown, err)
	}
}

func TestApplyRefuses(t *testing.T) {
	s := newSchool(t, issuer.Web)
	ok, revoked, held := s.issue(t, issuer.Award{}), s.issue(t, issuer.Award{}), s.issue(t, issuer.Award{Template: "licence"})
	s.apply(t, issuer.Revoke, revoked.ID)
	versions := len(s.Versions("revocation-1"))
	tests := []struct {
		name   string
		action issuer.Action
		id     string
		want   error
	}{
		{"unknown id", issuer.Revoke, "urn:uuid:nobody", issuer.ErrNotFound},
		{"shortened id", issuer.Revoke, ok.ID[:20], issuer.ErrNotFound},
		{"revoking what can be suspended", issuer.Revoke, held.ID, issuer.ErrPurpose},
		{"suspending what can be revoked", issuer.Suspend, ok.ID, issuer.ErrPurpose},
		{"reinstating what was revoked", issuer.Reinstate, revoked.ID, issuer.ErrFinal},
		{"unknown action", "delete", ok.ID, issuer.ErrAction},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ids := []string{tt.id}
			if tt.action == issuer.Revoke { // one that could be done comes first
				ids = []string{ok.ID, tt.id}
			}
			_, err := s.Apply(t.Context(), issuer.Change{Action: tt.action, IDs: ids})
			if !errors.Is(err, tt.want) {
				t.Errorf("Apply = %v, want %v", err, tt.want)
			}
		})
	}
	if got := s.check(t, ok.Credential, s.now); got.Outcome != status.Clear || len(s.Versions("revocation-1")) != versions {
		t.Errorf("a refused change did a part of its work: %v, %v", got.Outcome, got.Err)
	}
}

func TestFind(t *testing.T) {
	s := newSchool(t, issuer.Web)
	ada := s.issue(t, issuer.Award{Name: "Ada Lovelace", Email: "ada@example.org"})
	s.now = s.now.Add(time.Second)
	bob := s.issue(t, issuer.Award{Name: "Bob", ValidUntil: s.now.Add(time.Hour)})
	s.now = s.now.Add(time.Second)
	eve := s.issue(t, issuer.Award{Template: "licence", Recipient: testissuer.New("eve").ID})
	s.apply(t, issuer.Revoke, ada.ID)
	s.now = s.now.Add(2 * time.Hour)
	tests := []struct {
		name  string
		query issuer.Query
		want  []*issuer.Issued
	}{
		{"all", issuer.Query{}, []*issuer.Issued{ada, bob, eve}},
		{"template", issuer.Query{Template: "licence"}, []*issuer.Issued{eve}},
		{"recipient's DID", issuer.Query{Recipient: learner.ID}, []*issuer.Issued{ada, bob}},
		{"a part of a name", issuer.Query{Recipient: "LOVE"}, []*issuer.Issued{ada}},
		{"a part of an address", issuer.Query{Recipient: "example.org"}, []*issuer.Issued{ada}},
		{"revoked", issuer.Query{State: issuer.Revoked}, []*issuer.Issued{ada}},
		{"expired", issuer.Query{State: issuer.Expired}, []*issuer.Issued{bob}},
		{"active", issuer.Query{State: issuer.Active}, []*issuer.Issued{eve}},
		{"both", issuer.Query{State: issuer.Revoked, Template: "licence"}, nil},
		{"ids", issuer.Query{IDs: []string{eve.ID, bob.ID[:17]}}, []*issuer.Issued{bob, eve}},
		{"key", issuer.Query{Key: "did:web:badges.school.example#key-1"}, []*issuer.Issued{ada, bob, eve}},
		{"another key", issuer.Query{Key: "did:web:badges.school.example#key-2"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := s.Find(t.Context(), tt.query)
			if err != nil || len(got) != len(tt.want) {
				t.Fatalf("Find = %v, %v, want %d records", got, err, len(tt.want))
			}
			for n := range got {
				if got[n].ID != tt.want[n].ID {
					t.Errorf("record %d is %s, want %s", n, got[n].Title, tt.want[n].Title)
				}
			}
		})
	}
	for _, id := range []string{"", "abc", "urn:uuid:", "zzzzzzzz"} {
		if got, err := s.Show(t.Context(), id); !errors.Is(err, issuer.ErrNotFound) || got != nil {
			t.Errorf("Show(%q) = %v, %v, want ErrNotFound", id, got, err)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	s := newSchool(t, issuer.Web)
	first := s.issue(t, issuer.Award{Request: "row 17"})
	s.reopen(t)
	again, other := s.issue(t, issuer.Award{Request: "row 17"}), s.issue(t, issuer.Award{Request: "row 18"})
	if again.ID != first.ID || string(again.Credential) != string(first.Credential) || other.ID == first.ID {
		t.Errorf("ids %s, %s, %s", first.ID, again.ID, other.ID)
	}
}

func TestKeyRotation(t *testing.T) {
	s := newSchool(t, issuer.Web)
	old := s.issue(t, issuer.Award{})
	s.now = s.now.Add(time.Hour)
	next, err := s.RotateKey(t.Context())
	if err != nil || next.ID != "did:web:badges.school.example#key-2" || next.State() != "active" {
		t.Fatalf("RotateKey = %+v, %v", next, err)
	}
	s.reopen(t)
	fresh := s.issue(t, issuer.Award{})
	if fresh.Key != next.ID || old.Key == next.ID {
		t.Errorf("signed by %s, then %s", old.Key, fresh.Key)
	}
	for _, badge := range [][]byte{old.Credential, fresh.Credential} {
		if got := s.check(t, badge, s.now.AddDate(0, 0, 1)); got.Outcome != status.Clear {
			t.Errorf("after rotation: %v, %v", got.Outcome, got.Err)
		}
	}
	keys := s.keys(t)
	if len(keys) != 2 || keys[0].State() != "retired" || !keys[0].Until.Equal(s.now) {
		t.Errorf("keys = %+v", keys)
	}
	if _, err := s.RetireKey(t.Context(), "key-2"); !errors.Is(err, issuer.ErrKeyState) {
		t.Errorf("retiring the only key that signs: %v", err)
	}
	if _, err := s.RetireKey(t.Context(), "key-9"); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("retiring no key: %v", err)
	}
}

func TestCompromisedKey(t *testing.T) {
	s := newSchool(t, issuer.Web)
	old := s.issue(t, issuer.Award{})
	s.now = s.now.Add(time.Hour)
	got, err := s.CompromiseKey(t.Context(), "key-1")
	if err != nil || got.Next == nil || len(got.Affected) != 1 || got.Affected[0].ID != old.ID {
		t.Fatalf("CompromiseKey = %+v, %v", got, err)
	}
	s.reopen(t)
	if k := s.keys(t)[0]; k.State() != "compromised" || !k.Revoked.Equal(s.now) {
		t.Errorf("the key is %+v", k)
	}
	keys := did.Methods{"web": did.Web{Fetch: s}}
	open := func(badge []byte, at time.Time) error {
		_, err := proof.Open(t.Context(), badge, proof.Options{Keys: keys, Suites: testissuer.Suites(), At: at})
		return err
	}
	if err := open(old.Credential, s.now.Add(time.Minute)); !errors.Is(err, did.ErrKeyRevoked) {
		t.Errorf("a badge of the compromised key: %v, want ErrKeyRevoked", err)
	}
	if err := open(old.Credential, s.now.Add(-time.Minute)); err != nil {
		t.Errorf("the same badge, judged for before: %v", err)
	}
	fresh := s.issue(t, issuer.Award{})
	if got := s.check(t, fresh.Credential, s.now.Add(time.Minute)); got.Outcome != status.Clear {
		t.Errorf("a badge of the new key: %v, %v", got.Outcome, got.Err)
	}
}

func TestDIDKeyIssuersKeepTheirKey(t *testing.T) {
	s := newSchool(t, issuer.Key)
	_, rotate := s.RotateKey(t.Context())
	_, compromise := s.CompromiseKey(t.Context(), s.keys(t)[0].ID)
	_, document := s.DIDDocument()
	for name, err := range map[string]error{"rotate": rotate, "compromise": compromise, "document": document} {
		if !errors.Is(err, issuer.ErrKeyIsIdentity) {
			t.Errorf("%s: %v, want ErrKeyIsIdentity", name, err)
		}
	}
}

func TestTemplateRefuses(t *testing.T) {
	s := newSchool(t, issuer.Web)
	achievement := `"achievement":{"name":"A","description":"B","criteria":{"narrative":"C"}}`
	for name, source := range map[string]string{
		"not JSON":            `{`,
		"a member twice":      `{"type":"laurel/template/v1","id":"a","id":"b",` + achievement + `}`,
		"no type":             `{"id":"a",` + achievement + `}`,
		"no id":               `{"type":"laurel/template/v1",` + achievement + `}`,
		"id with a slash":     `{"type":"laurel/template/v1","id":"../a",` + achievement + `}`,
		"unknown member":      `{"type":"laurel/template/v1","id":"a","validity":"P1Y",` + achievement + `}`,
		"unknown purpose":     `{"type":"laurel/template/v1","id":"a","statusPurpose":"message",` + achievement + `}`,
		"two purposes":        `{"type":"laurel/template/v1","id":"a","statusPurpose":["revocation","suspension"],` + achievement + `}`,
		"validity in words":   `{"type":"laurel/template/v1","id":"a","validFor":"two years",` + achievement + `}`,
		"validity of nothing": `{"type":"laurel/template/v1","id":"a","validFor":"P",` + achievement + `}`,
		"no achievement":      `{"type":"laurel/template/v1","id":"a"}`,
		"no criteria":         `{"type":"laurel/template/v1","id":"a","achievement":{"name":"A","description":"B"}}`,
		"no description":      `{"type":"laurel/template/v1","id":"a","achievement":{"name":"A","criteria":{"narrative":"C"}}}`,
		"undefined term":      `{"type":"laurel/template/v1","id":"a","achievement":{"name":"A","description":"B","criteria":{"narrative":"C"},"hours":40}}`,
		"colour by name":      `{"type":"laurel/template/v1","id":"a","colour":"red",` + achievement + `}`,
		"long monogram":       `{"type":"laurel/template/v1","id":"a","monogram":"LAUREL",` + achievement + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := s.PutTemplate(t.Context(), []byte(source)); !errors.Is(err, issuer.ErrTemplate) || got.ID != "" {
				t.Errorf("PutTemplate = %v, %v, want ErrTemplate", got, err)
			}
		})
	}
	all, err := s.Templates(t.Context())
	if err != nil || len(all) != 2 || all[0].ID != "barista" || all[1].Purpose != status.Suspension || all[0].ValidFor != "P2Y" {
		t.Errorf("Templates = %v, %v", all, err)
	}
}

func TestUndefinedTermsAreNamed(t *testing.T) {
	s := newSchool(t, issuer.Web)
	_, err := s.PutTemplate(t.Context(), []byte(`{"type":"laurel/template/v1","id":"a",
		"achievement":{"name":"A","description":"B","criteria":{"narrative":"C","hours":40}}}`))
	var undefined *jsonld.Error
	if !errors.As(err, &undefined) || undefined.Path != "/credentialSubject/achievement/criteria/hours" {
		t.Errorf("PutTemplate = %v, want the path of the term", err)
	}
}

func TestEveryListIsKept(t *testing.T) {
	s := newSchool(t, issuer.Web)
	start := s.now
	var badges []*issuer.Issued
	for range 5 {
		badges = append(badges, s.issue(t, issuer.Award{}))
	}
	for _, b := range badges {
		s.now = s.now.Add(time.Hour)
		s.apply(t, issuer.Revoke, b.ID)
	}
	for range 2 {
		for n := range 6 {
			p, err := s.StatusList(t.Context(), "revocation-1", start.Add(time.Duration(n)*time.Hour+time.Minute))
			if err != nil || p.Last != (n == 5) {
				t.Fatalf("version %d: %+v, %v", n, p, err)
			}
			list, err := status.Decode(testissuer.Parse(string(p.Body)).Get("credentialSubject").Get("encodedList").Str())
			if err != nil || list.Count() != n {
				t.Errorf("version %d has %d set, %v", n, list.Count(), err)
			}
		}
		s.reopen(t)
	}
	if _, err := s.StatusList(t.Context(), "revocation-1", start.Add(-time.Second)); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("before the first version: %v", err)
	}
	if _, err := s.StatusList(t.Context(), "nothing", time.Time{}); !errors.Is(err, issuer.ErrNotFound) {
		t.Errorf("no such list: %v", err)
	}
}

func TestTimesOnlyGoForward(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a, b := s.issue(t, issuer.Award{}), s.issue(t, issuer.Award{})
	s.apply(t, issuer.Revoke, a.ID)
	s.now = s.now.Add(-time.Hour) // somebody sets the clock back
	s.apply(t, issuer.Revoke, b.ID)
	versions := s.Versions("revocation-1")
	for n := 1; n < len(versions); n++ {
		if !versions[n].After(versions[n-1]) {
			t.Errorf("version %d is of %v, the one before of %v", n, versions[n], versions[n-1])
		}
	}
	p, err := s.StatusList(t.Context(), "revocation-1", time.Time{})
	if err != nil || !p.Last {
		t.Fatal(err)
	}
	list, err := status.Decode(testissuer.Parse(string(p.Body)).Get("credentialSubject").Get("encodedList").Str())
	if err != nil || list.Count() != 2 {
		t.Errorf("the last version has %d set, %v", list.Count(), err)
	}
}

func TestRefresh(t *testing.T) {
	s := newSchool(t, issuer.Web)
	start := s.now
	for _, step := range []struct{ days, signed int }{{0, 0}, {9, 0}, {10, 1}, {11, 0}, {19, 0}, {20, 1}} {
		s.now = start.AddDate(0, 0, step.days)
		if n, err := s.Refresh(t.Context()); n != step.signed || err != nil {
			t.Errorf("after %d days %d lists were signed, %v, want %d", step.days, n, err, step.signed)
		}
	}
	p, err := s.StatusList(t.Context(), "revocation-1", time.Time{})
	if err != nil || testissuer.Parse(string(p.Body)).Get("validUntil").Str() != "2026-07-21T12:00:00Z" {
		t.Errorf("the list is %s, %v", p.Body, err)
	}
}
