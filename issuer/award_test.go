package issuer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/status"
)

func TestWhatABadgeSays(t *testing.T) {
	s := newSchool(t, issuer.Web)
	out := s.issue(t, issuer.Award{
		Name: "Ada Lovelace", Email: " Ada@Example.org ", Narrative: "In *one* morning.",
		Results:  []issuer.Result{{Of: "Exam", Value: "A"}},
		Evidence: []issuer.Evidence{{URL: "https://school.example/film", Name: "A film"}, {URL: "https://school.example/text"}},
	})
	doc := testissuer.Parse(string(out.Credential))
	if err := errors.Join(credential.Check(doc), credential.CheckBadge(doc)); err != nil {
		t.Errorf("the badge is not complete: %v", err)
	}
	b := credential.ReadBadge(doc)
	if b.Title() != "Barista" || b.Issuer.Name != "School" || b.Issuer.ID != "did:web:badges.school.example" {
		t.Errorf("title %q by %+v", b.Title(), b.Issuer)
	}
	if b.Earner.Name != "Ada Lovelace" || b.Earner.ID != learner.ID {
		t.Errorf("earner = %+v", b.Earner)
	}
	if len(b.Results) != 1 || b.Results[0].Label != "Exam" || b.Results[0].Value != "A" {
		t.Errorf("results = %+v", b.Results)
	}
	if len(b.Evidence) != 2 || b.Evidence[0].Name != "A film" || b.Evidence[1].URL.Web() != "https://school.example/text" {
		t.Errorf("evidence = %+v", b.Evidence)
	}
	a := b.Achievement()
	if !slices.Equal(a.Tags, []string{"coffee", "service"}) || len(a.Alignments) != 1 || a.Criteria.Narrative != "Pull ten good shots." {
		t.Errorf("achievement = %+v", a)
	}
	if !b.Picture().SVG() {
		t.Errorf("picture = %+v", b.Picture())
	}
	entries := credential.StatusEntries(doc)
	if len(entries) != 1 || entries[0].Purpose != "revocation" || entries[0].ListCredential != out.List {
		t.Errorf("status = %+v", entries)
	}
}

func TestEmailIsHashed(t *testing.T) {
	s := newSchool(t, issuer.Web)
	identity := func() (match func(string) bool, salt string) {
		out := s.issue(t, issuer.Award{Email: "Ada@Example.org"})
		object := testissuer.Parse(string(out.Credential)).Get("credentialSubject").Get("identifier").List()[0]
		return func(email string) bool { return credential.MatchIdentity(object, email) }, object.Get("salt").Str()
	}
	match, salt := identity()
	for email, want := range map[string]bool{"ada@example.org": true, "ADA@example.ORG": true, "bob@example.org": false, "": false} {
		if match(email) != want {
			t.Errorf("the badge matches %q: %v, want %v", email, !want, want)
		}
	}
	if _, other := identity(); other == salt || len(salt) < 20 {
		t.Errorf("two badges have the salts %q and %q", salt, other)
	}
}

func TestWithoutNameAndEmail(t *testing.T) {
	s := newSchool(t, issuer.Web)
	doc := testissuer.Parse(string(s.issue(t, issuer.Award{}).Credential))
	for _, member := range []string{"identifier", "narrative", "result"} {
		if doc.Get("credentialSubject").Get(member).Exists() {
			t.Errorf("the badge has a %s that nobody gave", member)
		}
	}
	if doc.Get("evidence").Exists() {
		t.Error("the badge has evidence that nobody gave")
	}
}

// Whatever a registrar types is text, and comes back as it was typed.
func TestHostileTexts(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for _, text := range []string{
		`Robert"); DROP TABLE students;--`, "<script>alert(1)</script>", "a\nb\tc", `back\slash "quote"`, "O’Neil — Zoë ✓ 李小龍 𝔘",
		"\u202egnp.exe", "x\u0000y", strings.Repeat("long ", 2000), "{{.Secret}} ${HOME} %s", "@id", "_:b0", "https://evil.example",
	} {
		out := s.issue(t, issuer.Award{Name: text, Narrative: text})
		if got := s.check(t, out.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("%.20q: %v, %v", text, got.Outcome, got.Err)
		}
		subject := testissuer.Parse(string(out.Credential)).Get("credentialSubject")
		if got := subject.Get("narrative").Str(); got != text {
			t.Errorf("%.20q came back as %.20q", text, got)
		}
		if found, err := s.Find(t.Context(), issuer.Query{IDs: []string{out.ID}}); err != nil || found[0].Name != text {
			t.Errorf("%.20q is %.20q in the books, %v", text, found[0].Name, err)
		}
	}
}

func TestRecipientsByOtherMethods(t *testing.T) {
	s := newSchool(t, issuer.Web)
	out := s.issue(t, issuer.Award{Recipient: "did:web:ada.example"})
	if out.Recipient != "did:web:ada.example" {
		t.Errorf("issued to %s", out.Recipient)
	}
}

func TestListsFillUp(t *testing.T) {
	s := newSchool(t, issuer.Web)
	first := s.issue(t, issuer.Award{})
	s.FillList("revocation-1")
	second, held := s.issue(t, issuer.Award{}), s.issue(t, issuer.Award{Template: "licence"})
	if !strings.HasSuffix(second.List, "/revocation-2.json") || !strings.HasSuffix(held.List, "/suspension-1.json") {
		t.Errorf("lists %s and %s", second.List, held.List)
	}
	s.apply(t, issuer.Revoke, first.ID, second.ID)
	for range 2 {
		for _, badge := range []*issuer.Issued{first, second} {
			if got := s.check(t, badge.Credential, s.now); !errors.Is(got.Err, status.ErrRevoked) {
				t.Errorf("%s: %v, %v", badge.List, got.Outcome, got.Err)
			}
		}
		if got := s.check(t, held.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("the badge in another list: %v, %v", got.Outcome, got.Err)
		}
		if got := s.ListIDs(); !slices.Equal(slices.Sorted(slices.Values(got)), []string{"revocation-1", "revocation-2", "suspension-1"}) {
			t.Errorf("lists = %q", got)
		}
		s.reopen(t)
	}
}

// A list for each credential would tell an issuer who is looked up.
func TestListsAreShared(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for range 50 {
		s.issue(t, issuer.Award{})
	}
	p, err := s.StatusList(t.Context(), "revocation-1", time.Time{})
	if err != nil || len(s.ListIDs()) != 1 {
		t.Fatal(err)
	}
	list, err := status.Decode(testissuer.Parse(string(p.Body)).Get("credentialSubject").Get("encodedList").Str())
	if err != nil || list.Len() < status.MinLength {
		t.Errorf("the list has %d entries, %v", list.Len(), err)
	}
}

func TestNothingIsSignedByAWithdrawnKeyUnseen(t *testing.T) {
	s := newSchool(t, issuer.Web)
	var withdrawn *issuer.Compromised
	together(t, 40, func(n int) (any, error) {
		if n == 20 {
			var err error
			withdrawn, err = s.CompromiseKey(context.Background(), "key-1")
			return nil, err
		}
		return s.Issue(context.Background(), issuer.Award{Template: "barista", Recipient: learner.ID})
	})
	signed, err := s.Find(t.Context(), issuer.Query{Key: withdrawn.Key.ID})
	if err != nil || len(signed) != len(withdrawn.Affected) {
		t.Errorf("the withdrawn key signed %d badges, and %d were told, %v", len(signed), len(withdrawn.Affected), err)
	}
}

func TestCancelledWork(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a := s.issue(t, issuer.Award{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, issue := s.Issue(ctx, issuer.Award{Template: "barista", Recipient: learner.ID})
	_, apply := s.Apply(ctx, issuer.Change{Action: issuer.Revoke, IDs: []string{a.ID}})
	_, find := s.Find(ctx, issuer.Query{})
	for name, err := range map[string]error{"issue": issue, "apply": apply, "find": find} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := s.check(t, a.Credential, s.now); got.Outcome != status.Clear {
		t.Errorf("a cancelled revocation happened: %v", got.Err)
	}
}

func TestDamagedBooks(t *testing.T) {
	tests := map[string]struct{ name, value string }{
		"a key that is none":      {"key/000000", `{"id":"did:web:badges.school.example#key-1","secretKey":"z"}`},
		"a key that is no JSON":   {"key/000000", `{`},
		"a profile of nothing":    {"profile", `[]`},
		"a list of nothing":       {"list/revocation-1", `"`},
		"a list without versions": {"list/revocation-1", `{"id":"revocation-1","statusPurpose":"revocation","version":9,"at":"2020-01-01T00:00:00Z"}`},
		"a place that is none":    {"index/revocation-1/x", ``},
		"a place outside":         {"index/revocation-1/99999999", ``},
		"a version of no time":    {"version/revocation-1/x", ``},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSchool(t, issuer.Web)
			err := s.store.Update(t.Context(), func(tx issuer.Tx) error { return tx.Put(tt.name, []byte(tt.value)) })
			if err != nil {
				t.Fatal(err)
			}
			if i, err := issuer.Open(t.Context(), s.options()); err == nil || i != nil {
				t.Errorf("Open = %v, %v, want an error", i, err)
			}
		})
	}
	s := newSchool(t, issuer.Web)
	a := s.issue(t, issuer.Award{})
	err := s.store.Update(t.Context(), func(tx issuer.Tx) error { return tx.Put("record/"+a.ID, []byte("{")) })
	if err != nil {
		t.Fatal(err)
	}
	if found, err := s.Find(t.Context(), issuer.Query{}); err == nil || found != nil {
		t.Errorf("Find over a damaged record = %v, %v", found, err)
	}
}
