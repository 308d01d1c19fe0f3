package wallet_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/wallet"
)

var passphrase = []byte("correct horse battery")

// check judges by the proof alone, as far as a wallet's tests need a verifier.
func check(ctx context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
	_, err := proof.Open(ctx, document, proof.Options{
		Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now,
		Challenge: expect.Challenge, Domain: expect.Domain, Receiving: expect.Receiving, UnsafeNoChallenge: expect.Challenge == "",
	})
	if err != nil {
		return wallet.Checked{Verdict: wallet.Rejected, Headline: "Not valid.", Text: err.Error()}, nil
	}
	return wallet.Checked{Verdict: wallet.Accepted, Headline: "Valid.", Text: "all good", Signed: true, Issuer: wallet.Issuer{Domain: "school.example"}}, nil
}

// fresh makes an empty wallet in memory. The time is testissuer.Now.
func fresh(t testing.TB) *wallet.Wallet {
	t.Helper()
	return on(t, "", badger.Options{InMemory: true})
}

// on makes an empty wallet over a store.
func on(t testing.TB, dir string, opt badger.Options) *wallet.Wallet {
	t.Helper()
	s, err := badger.OpenWallet(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	v, _, err := vault.New(passphrase, vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	return &wallet.Wallet{
		Store: s, Vault: v, Check: check, Suite: testissuer.Suites()[0], Suites: testissuer.Suites(),
		Now: func() time.Time { return testissuer.Now },
	}
}

// learner makes an identity and gives it as a party that badges can be issued to.
func learner(t testing.TB, w *wallet.Wallet, label string) *testissuer.Party {
	t.Helper()
	id, err := w.NewIdentity(t.Context(), label)
	if err != nil {
		t.Fatal(err)
	}
	return &testissuer.Party{ID: id.DID}
}

// badge issues a badge with a name of its own.
func badge(t testing.TB, to *testissuer.Party, name string) []byte {
	t.Helper()
	school := testissuer.New("school")
	doc := testissuer.Set(school.Badge(to), "name", strictjson.String(name))
	doc = testissuer.Set(doc, "id", strictjson.String("urn:example:"+strings.ReplaceAll(name, " ", "-")))
	return school.Sign(t, doc).JSON()
}

func add(t testing.TB, w *wallet.Wallet, raw []byte) wallet.Card {
	t.Helper()
	found, err := w.Examine(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Add(t.Context(), found)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func titles(cards []wallet.Card) []string {
	var out []string
	for _, c := range cards {
		out = append(out, c.Title)
	}
	slices.Sort(out)
	return out
}

func TestAdd(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "school")
	raw := badge(t, me, "Data Analysis")
	found, err := w.Examine(t.Context(), append([]byte("\n "), raw...))
	if err != nil {
		t.Fatal(err)
	}
	if !found.Yours || found.Checked.Verdict != wallet.Accepted || found.Badge.Issuer.Name != "School school" {
		t.Errorf("Examine = %+v", found)
	}
	if list, err := w.List(t.Context(), wallet.Query{}); err != nil || len(list) != 0 {
		t.Errorf("Examine alone kept %d credentials, %v", len(list), err)
	}
	c, err := w.Add(t.Context(), found)
	if err != nil {
		t.Fatal(err)
	}
	want := wallet.Card{
		ID: c.ID, Title: "Data Analysis", Issuer: testissuer.New("school").ID, IssuerName: "School school",
		Subject: me.ID, Credential: "urn:example:Data-Analysis", Types: []string{"OpenBadgeCredential"},
		Added: testissuer.Now, From: time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC),
		Verdict: wallet.Accepted, Headline: "Valid.", Proven: wallet.Issuer{Domain: "school.example"}, Checked: testissuer.Now, Size: len(raw),
	}
	list, err := w.List(t.Context(), wallet.Query{})
	if err != nil || len(list) != 1 || fmt.Sprintf("%+v", list[0]) != fmt.Sprintf("%+v", want) || len(c.ID) != 16 {
		t.Errorf("List = %+v, %v\nwant %+v", list, err, want)
	}
	if got, err := w.Document(t.Context(), c.ID); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("Document = %s, %v", got, err)
	}
}

func TestAddAgain(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	raw := badge(t, me, "Data Analysis")
	doc := testissuer.Parse(string(raw))
	first, err := w.Examine(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	second, err := w.Examine(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	c, err := w.Add(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Add(t.Context(), second); !errors.Is(err, wallet.ErrDuplicate) {
		t.Errorf("a second Add: %v, want ErrDuplicate", err)
	}
	// Written otherwise it is still the same credential.
	if found, err := w.Examine(t.Context(), doc.Indented()); !errors.Is(err, wallet.ErrDuplicate) || found == nil {
		t.Errorf("the same, indented: %v, %v", found, err)
	}
	// The same id with other content is another version.
	newer := testissuer.New("school").Sign(t, testissuer.Set(doc.Without("proof"), "validUntil", strictjson.String("2031-06-01T00:00:00Z")))
	found, err := w.Examine(t.Context(), newer.JSON())
	if err != nil || !slices.Equal(found.SameCredential, []string{c.ID}) {
		t.Errorf("a newer version: %+v, %v", found, err)
	}
	n, err := w.Add(t.Context(), found)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if found, err = w.Examine(t.Context(), raw); err != nil || !slices.Equal(found.SameCredential, []string{n.ID}) {
		t.Errorf("the removed version again: %+v, %v", found, err)
	}
}

func TestExamineRefuses(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	school := testissuer.New("school")
	tests := []struct {
		name string
		raw  string
		want error
	}{
		{"nothing", "", strictjson.ErrMalformed},
		{"no JSON", "a badge", strictjson.ErrMalformed},
		{"a duplicate member", `{"type":"VerifiableCredential","type":"x"}`, strictjson.ErrDuplicateName},
		{"too deep", strings.Repeat("[", 100), strictjson.ErrLimit},
		{"a list", `[]`, wallet.ErrNotACredential},
		{"any object", `{"hello":"world"}`, wallet.ErrNotACredential},
		{"a presentation", string(school.Present().JSON()), wallet.ErrNotACredential},
		{"a badge class", `{"@context":"https://w3id.org/openbadges/v2","type":"BadgeClass","name":"x"}`, wallet.ErrNotACredential},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			found, err := w.Examine(t.Context(), []byte(tt.raw))
			if !errors.Is(err, tt.want) {
				t.Errorf("Examine error = %v, want %v", err, tt.want)
			}
			if found != nil {
				t.Error("a candidate beside the error")
			}
		})
	}
	w.Check = func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return wallet.Checked{}, errors.New("no report")
	}
	if found, err := w.Examine(t.Context(), badge(t, me, "x")); err == nil || found != nil {
		t.Error("a document that could not be checked was taken for checked")
	}
}

func TestWhatIsNotValidIsKept(t *testing.T) {
	w := fresh(t)
	stranger := testissuer.New("stranger")
	forged := testissuer.Set(testissuer.Parse(string(badge(t, stranger, "Forged"))), "name", strictjson.String("Dr."))
	found, err := w.Examine(t.Context(), forged.JSON())
	if err != nil || found.Yours || found.Checked.Verdict != wallet.Rejected {
		t.Fatalf("Examine = %+v, %v", found, err)
	}
	c, err := w.Add(t.Context(), found)
	if err != nil || c.State(testissuer.Now) != wallet.StateRejected {
		t.Errorf("Add = %+v, %v", c, err)
	}
}

const assertion = `{
	"@context": "https://w3id.org/openbadges/v2", "type": "Assertion", "id": "https://old.example/a/1",
	"recipient": {"type": "email", "hashed": true, "identity": "sha256$abc"},
	"badge": {"type": "BadgeClass", "id": "https://old.example/b/1", "name": "Welding", "tags": ["metal"],
		"alignment": [{"targetName": "Joining"}], "issuer": {"id": "https://old.example", "name": "Old School"}},
	"issuedOn": "2019-05-01T00:00:00Z", "verification": {"type": "hosted"}}`

func TestOpenBadges2AreKept(t *testing.T) {
	w := fresh(t)
	learner(t, w, "")
	c := add(t, w, []byte(assertion))
	if c.Verdict != wallet.Old || c.Title != "Welding" || c.IssuerName != "Old School" || c.State(testissuer.Now) != wallet.StateOld ||
		!slices.Equal(c.Skills, []string{"metal", "Joining"}) {
		t.Errorf("Add = %+v", c)
	}
	if _, err := w.Prepare(t.Context(), wallet.Request{Credentials: []string{c.ID}}); !errors.Is(err, wallet.ErrNotPresentable) {
		t.Errorf("Prepare: %v, want ErrNotPresentable", err)
	}
	remote := `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://old.example/a/2",
		"recipient":{"type":"email","identity":"x"},"badge":"https://old.example/b/2","verification":{"type":"hosted"}}`
	if c = add(t, w, []byte(remote)); c.Title != "https://old.example/b/2" && c.Title != "https://old.example/a/2" {
		t.Errorf("a badge whose class is elsewhere is called %q", c.Title)
	}
}

func TestListAndSearch(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	school := testissuer.New("school")
	with := func(name, path string, to strictjson.Value) []byte {
		doc := testissuer.Parse(string(badge(t, me, name))).Without("proof")
		return school.Sign(t, testissuer.Set(doc, path, to)).JSON()
	}
	add(t, w, with("Python", "credentialSubject/achievement/tag", strictjson.Strings("Programming", "pandas")))
	add(t, w, with("Statistics", "credentialSubject/achievement/alignment", testissuer.Parse(
		`[{"type":["Alignment"],"targetName":"Data literacy","targetUrl":"https://esco.example/1"}]`)))
	add(t, w, with("First aid", "validUntil", strictjson.String("2026-01-01T00:00:00Z")))
	add(t, w, with("Forklift", "validUntil", strictjson.String("2026-06-20T00:00:00Z")))
	add(t, w, with("Course", "credentialSubject/achievement/achievementType", strictjson.String("Course")))
	add(t, w, []byte(assertion))
	tests := []struct {
		query wallet.Query
		want  []string
	}{
		{wallet.Query{}, []string{"Course", "First aid", "Forklift", "Python", "Statistics", "Welding"}},
		{wallet.Query{Skill: "PANDAS"}, []string{"Python"}},
		{wallet.Query{Skill: "data lit"}, []string{"Statistics"}},
		{wallet.Query{Skill: "metal"}, []string{"Welding"}},
		{wallet.Query{Issuer: "old sch"}, []string{"Welding"}},
		{wallet.Query{Issuer: "did:key"}, []string{"Course", "First aid", "Forklift", "Python", "Statistics"}},
		{wallet.Query{Type: "course"}, []string{"Course"}},
		{wallet.Query{Text: "fork"}, []string{"Forklift"}},
		{wallet.Query{Text: "programming"}, []string{"Python"}},
		{wallet.Query{State: wallet.StateExpired}, []string{"First aid"}},
		{wallet.Query{State: wallet.StateEnding}, []string{"Forklift"}},
		{wallet.Query{State: wallet.StateOld}, []string{"Welding"}},
		{wallet.Query{State: wallet.StateValid, Text: "s"}, []string{"Course", "Python", "Statistics"}},
		{wallet.Query{Text: "nothing has this"}, nil},
	}
	for _, tt := range tests {
		got, err := w.List(t.Context(), tt.query)
		if err != nil || !slices.Equal(titles(got), tt.want) {
			t.Errorf("List(%+v) = %q, %v, want %q", tt.query, titles(got), err, tt.want)
		}
	}
}

func TestFindAndRemove(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	c := add(t, w, badge(t, me, "One"))
	for _, id := range []string{c.ID, c.ID[:4], strings.ToUpper(c.ID[:8])} {
		if got, err := w.Find(t.Context(), id); err != nil || got.ID != c.ID {
			t.Errorf("Find(%q) = %v, %v", id, got.ID, err)
		}
	}
	for _, id := range []string{"", c.ID[:3], "zzzzzzzz", c.ID + "0"} {
		if _, err := w.Find(t.Context(), id); !errors.Is(err, wallet.ErrNotFound) {
			t.Errorf("Find(%q): %v, want ErrNotFound", id, err)
		}
	}
	if err := w.Remove(t.Context(), "0000000000000000"); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("Remove of nothing: %v", err)
	}
	if err := w.Remove(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Document(t.Context(), c.ID); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("the document after Remove: %v", err)
	}
	if got, err := w.List(t.Context(), wallet.Query{}); err != nil || len(got) != 0 {
		t.Errorf("List after Remove = %v, %v", titles(got), err)
	}
	add(t, w, badge(t, me, "One"))
}

func TestRecheck(t *testing.T) {
	w := fresh(t)
	c := add(t, w, badge(t, learner(t, w, ""), "One"))
	w.Check = func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return wallet.Checked{Verdict: wallet.Rejected, Headline: "Revoked."}, nil
	}
	got, checked, err := w.Recheck(t.Context(), c.ID[:6])
	if err != nil || checked.Headline != "Revoked." || got.Verdict != wallet.Rejected {
		t.Errorf("Recheck = %+v, %+v, %v", got, checked, err)
	}
	if c, err = w.Find(t.Context(), c.ID); err != nil || c.State(testissuer.Now) != wallet.StateRejected {
		t.Errorf("the card after Recheck = %+v, %v", c, err)
	}
}

func TestIdentities(t *testing.T) {
	w := fresh(t)
	if _, err := w.Prepare(t.Context(), wallet.Request{Credentials: []string{add(t, w, badge(t, testissuer.New("x"), "One")).ID}}); !errors.Is(err, wallet.ErrNoIdentity) {
		t.Errorf("presenting without an identity: %v", err)
	}
	a, b := learner(t, w, "school"), learner(t, w, "work")
	got, err := w.Identities(t.Context())
	if err != nil || len(got) != 2 {
		t.Fatalf("Identities = %v, %v", got, err)
	}
	for _, id := range got {
		if id.DID != a.ID && id.DID != b.ID || id.Label == "" || !id.Created.Equal(testissuer.Now) {
			t.Errorf("identity %+v", id)
		}
	}
}

func TestDocumentsAreNotReadForAList(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "db")
	w := on(t, dir, badger.Options{})
	me := learner(t, w, "")
	for i := range 5 {
		add(t, w, badge(t, me, fmt.Sprint("Badge ", i)))
	}
	counting := &counted{Store: w.Store}
	w.Store = counting
	if _, err := w.List(t.Context(), wallet.Query{Text: "3"}); err != nil {
		t.Fatal(err)
	}
	if counting.documents > 0 {
		t.Errorf("a list read %d documents", counting.documents)
	}
}

// counted counts how many documents are read.
type counted struct {
	wallet.Store
	documents int
}

func (s *counted) Get(ctx context.Context, name string) ([]byte, error) {
	s.count(name)
	return s.Store.Get(ctx, name)
}

func (s *counted) Scan(ctx context.Context, prefix string, visit func(string, []byte) error) error {
	return s.Store.Scan(ctx, prefix, func(name string, record []byte) error {
		s.count(name)
		return visit(name, record)
	})
}

func (s *counted) count(name string) {
	if strings.HasPrefix(name, "doc/") {
		s.documents++
	}
}
