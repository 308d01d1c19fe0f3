package wallet_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/wallet"
)

func prepare(t testing.TB, w *wallet.Wallet, r wallet.Request) *wallet.Answer {
	t.Helper()
	a, err := w.Prepare(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestPresent(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	one, two := add(t, w, badge(t, me, "One")), add(t, w, badge(t, me, "Two"))
	add(t, w, badge(t, me, "Three"))
	a := prepare(t, w, wallet.Request{
		Credentials: []string{two.ID, one.ID[:8], two.ID}, Challenge: "n-1", Domain: "jobs.example", Audience: "Jobs Ltd",
	})
	if len(a.Presentations) != 1 || len(a.Warnings) != 0 {
		t.Fatalf("%d presentations, warnings %q", len(a.Presentations), a.Warnings)
	}
	p := a.Presentations[0]
	if p.Holder != me.ID || p.Checked.Verdict != wallet.Accepted || !slices.Equal([]string{p.Cards[0].Title, p.Cards[1].Title}, []string{"Two", "One"}) {
		t.Errorf("presentation by %s, %+v: %v", p.Holder, p.Checked, titles(p.Cards))
	}
	opened, err := proof.Open(t.Context(), p.Bytes, proof.Options{
		Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now, Challenge: "n-1", Domain: "jobs.example",
	})
	if err != nil {
		t.Fatalf("a verifier refuses: %v", err)
	}
	doc := opened.Document
	if opened.Controller != me.ID || opened.Proofs[0].Purpose != proof.Authentication || doc.Get("id").Exists() {
		t.Errorf("the presentation is %#v by %+v", doc.Without("verifiableCredential"), opened)
	}
	parts := doc.Get("verifiableCredential").Elems()
	if len(parts) != 2 || parts[0].Get("name").Str() != "Two" {
		t.Fatalf("%d credentials", len(parts))
	}
	if raw, err := w.Document(t.Context(), two.ID); err != nil || string(parts[0].JSON()) != string(raw) {
		t.Errorf("a credential was changed on its way: %v", err)
	}
	for _, other := range []proof.Options{{Challenge: "n-2", Domain: "jobs.example"}, {Challenge: "n-1", Domain: "other.example"}} {
		other.Keys, other.Suites, other.At = testissuer.Keys(), testissuer.Suites(), testissuer.Now
		if _, err := proof.Open(t.Context(), p.Bytes, other); err == nil {
			t.Errorf("the answer is good for %q at %q too", other.Challenge, other.Domain)
		}
	}
}

// TestPresentEverySuite: what a wallet signs covers credentials of both versions
// of the data model, whatever they are signed with.
func TestPresentEverySuite(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	var ids []string
	for _, school := range testissuer.Several(t, "school") {
		for i, doc := range []strictjson.Value{school.Badge(me), school.BadgeV1(me)} {
			doc = testissuer.Set(doc, "id", strictjson.String(fmt.Sprintf("urn:example:%d:%x", i, sha256.Sum256([]byte(school.Name)))))
			ids = append(ids, add(t, w, school.Sign(t, doc).JSON()).ID)
		}
	}
	a := prepare(t, w, wallet.Request{Credentials: ids, Challenge: "n-1", Domain: "jobs.example"})
	if got := a.Presentations[0].Checked; got.Verdict != wallet.Accepted || len(a.Presentations[0].Cards) != 14 {
		t.Errorf("%d credentials: %+v", len(a.Presentations[0].Cards), got)
	}
}

func TestPresentRefuses(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	c := add(t, w, badge(t, me, "One"))
	odd := add(t, w, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://school.example/v1"],"type":["VerifiableCredential"],"issuer":"did:key:z","credentialSubject":{"id":"`+me.ID+`"}}`))
	tests := []struct {
		name string
		r    wallet.Request
		want error
	}{
		{"nothing", wallet.Request{}, wallet.ErrNotPresentable},
		{"what is not there", wallet.Request{Credentials: []string{"ffffffff"}}, wallet.ErrNotFound},
		{"one that is and one that is not there", wallet.Request{Credentials: []string{c.ID, "ffffffff"}}, wallet.ErrNotFound},
		{"a credential in words that we do not know", wallet.Request{Credentials: []string{odd.ID}}, wallet.ErrNotPresentable},
		{"as somebody else", wallet.Request{Credentials: []string{c.ID}, Holder: testissuer.New("x").ID}, wallet.ErrNoIdentity},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, err := w.Prepare(t.Context(), tt.r)
			if !errors.Is(err, tt.want) || a != nil {
				t.Errorf("Prepare = %v, %v, want %v", a, err, tt.want)
			}
		})
	}
	if got, err := w.Receipts(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("refused presentations left receipts: %v, %v", got, err)
	}
}

func TestSeveralIdentities(t *testing.T) {
	w := fresh(t)
	a, b := learner(t, w, "school"), learner(t, w, "work")
	school := testissuer.New("school")
	bearer := school.Sign(t, testissuer.Set(school.Badge(a), "credentialSubject/id", strictjson.Value{})).JSON()
	one, two, nobody := add(t, w, badge(t, a, "One")), add(t, w, badge(t, b, "Two")), add(t, w, bearer)

	both := prepare(t, w, wallet.Request{Credentials: []string{two.ID, nobody.ID, one.ID}, Challenge: "n"})
	if len(both.Presentations) != 2 || both.Presentations[0].Holder != b.ID || both.Presentations[1].Holder != a.ID {
		t.Fatalf("presentations %+v", both.Presentations)
	}
	if got := titles(both.Presentations[0].Cards); !slices.Equal(got, []string{"Data Analysis", "Two"}) {
		t.Errorf("the first identity presents %q", got)
	}
	if !strings.Contains(both.Warnings[0], "2 of your identities") {
		t.Errorf("warnings %q", both.Warnings)
	}
	for _, holder := range []string{a.ID, b.ID} {
		got := prepare(t, w, wallet.Request{Credentials: []string{nobody.ID}, Challenge: "n", Holder: holder})
		if len(got.Presentations) != 1 || got.Presentations[0].Holder != holder || !strings.Contains(got.Warnings[0], "names nobody") {
			t.Errorf("a bearer badge as %s: %+v", holder, got)
		}
	}
	receipts, err := w.Record(t.Context(), both)
	if err != nil || len(receipts) != 2 {
		t.Errorf("Record = %v, %v", receipts, err)
	}
}

func TestWarnings(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	school := testissuer.New("school")
	dated := func(name, member, when string) wallet.Card {
		doc := testissuer.Parse(string(badge(t, me, name))).Without("proof")
		return add(t, w, school.Sign(t, testissuer.Set(doc, member, strictjson.String(when))).JSON())
	}
	forged := testissuer.Set(testissuer.Parse(string(badge(t, me, "Forged"))), "description", strictjson.String("x"))
	tests := []struct {
		card wallet.Card
		want string
	}{
		{dated("First aid", "validUntil", "2026-01-01T00:00:00Z"), `"First aid" expired on 2026-01-01.`},
		{dated("Next year", "validFrom", "2027-01-01T00:00:00Z"), `"Next year" is valid only from 2027-01-01.`},
		{add(t, w, forged.JSON()), `"Forged" did not pass when it was last checked: Not valid.`},
		{add(t, w, badge(t, testissuer.New("friend"), "Friend")), `"Friend" was issued to somebody else: did:key:`},
	}
	for _, tt := range tests {
		a := prepare(t, w, wallet.Request{Credentials: []string{tt.card.ID}, Challenge: "n"})
		if len(a.Warnings) != 1 || !strings.HasPrefix(a.Warnings[0], tt.want) {
			t.Errorf("%s: warnings %q, want %q", tt.card.Title, a.Warnings, tt.want)
		}
		if len(a.Presentations) != 1 {
			t.Errorf("%s cannot be presented", tt.card.Title)
		}
	}
	a := prepare(t, w, wallet.Request{Credentials: []string{tests[0].card.ID}})
	if len(a.Warnings) != 2 || !strings.Contains(a.Warnings[0], "no challenge") {
		t.Errorf("without a challenge: %q", a.Warnings)
	}
}

func TestReceipts(t *testing.T) {
	w := fresh(t)
	c := add(t, w, badge(t, learner(t, w, ""), "One"))
	a := prepare(t, w, wallet.Request{Credentials: []string{c.ID}, Challenge: "n", Domain: "jobs.example", Audience: "Jobs Ltd"})
	if got, err := w.Receipts(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("a receipt before anything was handed over: %v, %v", got, err)
	}
	if _, err := w.Record(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	if err := w.Remove(t.Context(), c.ID); err != nil {
		t.Fatal(err)
	}
	got, err := w.Receipts(t.Context())
	if err != nil || len(got) != 1 {
		t.Fatalf("Receipts = %v, %v", got, err)
	}
	sum := sha256.Sum256(a.Presentations[0].Bytes)
	r := got[0]
	if r.SHA256 != hex.EncodeToString(sum[:]) || r.Domain != "jobs.example" || r.Audience != "Jobs Ltd" || r.Challenge != "n" ||
		!r.When.Equal(testissuer.Now) || r.Holder != c.Subject || r.Verdict != wallet.Accepted ||
		len(r.Credentials) != 1 || !reflect.DeepEqual(r.Credentials[0], wallet.Shown{ID: c.ID, Title: "One", Issuer: "School school", Fields: 11, Of: 11}) {
		t.Errorf("receipt %+v", r)
	}
}

func TestARejectedAnswerIsWarnedOf(t *testing.T) {
	w := fresh(t)
	c := add(t, w, badge(t, learner(t, w, ""), "One"))
	w.Check = func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return wallet.Checked{Verdict: wallet.Rejected, Headline: "Revoked by its issuer on 2026-05-01."}, nil
	}
	a := prepare(t, w, wallet.Request{Credentials: []string{c.ID}, Challenge: "n"})
	if want := []string{"They will see: Revoked by its issuer on 2026-05-01."}; !slices.Equal(a.Warnings, want) {
		t.Errorf("warnings %q, want %q", a.Warnings, want)
	}
	stop := errors.New("no report")
	w.Check = func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return wallet.Checked{}, stop
	}
	if a, err := w.Prepare(t.Context(), wallet.Request{Credentials: []string{c.ID}}); !errors.Is(err, stop) || a != nil {
		t.Errorf("an answer that could not be checked: %v, %v", a, err)
	}
}
