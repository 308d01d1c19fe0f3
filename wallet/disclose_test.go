package wallet_test

import (
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/wallet"
)

// college issues badges of which learners can show a part.
var college = testissuer.Selective("college", "/credentialSubject/achievement/name")

// selectable is the badge of the benchmarks, issued so that a part can be shown.
func selectable(t testing.TB, to *testissuer.Party) []byte {
	t.Helper()
	text, err := os.ReadFile("../bench/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := testissuer.Parse(string(text))
	doc = testissuer.Set(doc, "issuer/id", strictjson.String(college.ID))
	doc = testissuer.Set(doc, "credentialSubject/id", strictjson.String(to.ID))
	return college.Sign(t, doc).JSON()
}

func TestDisclose(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	c := add(t, w, selectable(t, me))
	const description = "/credentialSubject/achievement/description"
	d, err := w.Disclose(t.Context(), c.ID[:6], []string{description})
	if err != nil {
		t.Fatal(err)
	}
	shown, of := d.Count()
	if !d.Partial || of != 84 || shown < 20 || shown > 30 || !strings.HasSuffix(d.Summary(), " of 84 fields, the rest stays home") {
		t.Errorf("%d of %d: %s", shown, of, d.Summary())
	}
	want := map[string]struct {
		shown bool
		fixed string
	}{
		"/id":                                  {true, "names the badge"},
		"/issuer/name":                         {true, "says who vouches for it"},
		"/validUntil":                          {true, "says when it is in force"},
		"/credentialStatus/statusListIndex":    {true, "shows whether it was revoked"},
		"/credentialSchema/0/id":               {true, "says what form it has"},
		"/credentialSubject/id":                {true, "says whose it is"},
		"/credentialSubject/achievement/name":  {true, "its issuer wants it shown"},
		description:                            {true, ""},
		"/credentialSubject/result/0/value":    {false, ""},
		"/evidence/0/name":                     {false, ""},
		"/credentialSubject/achievement/tag/2": {false, ""},
		"/credentialSubject/achievement/resultDescription/0/allowedValue": {false, ""},
	}
	for _, claim := range d.Claims {
		if w, ok := want[claim.Pointer]; ok && (claim.Shown != w.shown || claim.Fixed != w.fixed || !claim.Value.Exists()) {
			t.Errorf("%+v, want %+v", claim, w)
		}
		delete(want, claim.Pointer)
	}
	if len(want) > 0 {
		t.Errorf("there are no claims %v", want)
	}
	if !reflect.DeepEqual(d.Links, []string{"its signatures", "the id of the badge", "your identity", "its place in the revocation list"}) {
		t.Errorf("links: %q", d.Links)
	}
	opened, err := proof.Open(t.Context(), d.Bytes, proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now})
	if err != nil || !opened.Selection() || !strings.Contains(string(d.Bytes), "non-technical") || strings.Contains(string(d.Bytes), "identityHash") {
		t.Errorf("a verifier gets %s, %v", d.Bytes, err)
	}
}

// TestDiscloseWhole: a badge that was signed as a whole is all or nothing.
func TestDiscloseWhole(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	c := add(t, w, badge(t, me, "One"))
	d, err := w.Disclose(t.Context(), c.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := w.Document(t.Context(), c.ID)
	if err != nil || string(raw) != string(d.Bytes) || d.Partial || d.Summary() != "all 11 fields; its issuer signed it as a whole" || d.Claims[0].Fixed == "" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := w.Disclose(t.Context(), c.ID, []string{"/name"}); !errors.Is(err, wallet.ErrClaim) {
		t.Errorf("a part of it: %v", err)
	}
	odd := add(t, w, []byte(`{"@context":["https://www.w3.org/ns/credentials/v2","https://school.example/v1"],"type":["VerifiableCredential"],"issuer":"did:key:z","credentialSubject":{"id":"`+me.ID+`"}}`))
	if d, err := w.Disclose(t.Context(), odd.ID, nil); err != nil || len(d.Claims) != 2 || d.Summary() != "all 2 fields; its issuer signed it as a whole" {
		t.Errorf("in words that nobody knows: %+v, %v", d.Claims, err)
	}
	if _, err := w.Disclose(t.Context(), "ffffffff", nil); !errors.Is(err, wallet.ErrNotFound) {
		t.Errorf("what is not there: %v", err)
	}
}

func TestDiscloseRefuses(t *testing.T) {
	w := fresh(t)
	c := add(t, w, selectable(t, learner(t, w, "")))
	for _, pointer := range []string{
		"name", "/nothing", "/credentialSubject/result/7", "/proof", "/credentialSubject/achievement/resultDescription/0/allowedValue/1", "/~9",
	} {
		if d, err := w.Disclose(t.Context(), c.ID, []string{pointer}); !errors.Is(err, wallet.ErrClaim) || d != nil {
			t.Errorf("%s: %v", pointer, err)
		}
	}
	all, err := w.Disclose(t.Context(), c.ID, []string{""})
	if err != nil || all.Summary() != "all 84 fields" {
		t.Errorf("%v, %v", all, err)
	}
}

// TestPresentPart: what leaves is a selection; the whole badge stays.
func TestPresentPart(t *testing.T) {
	w := fresh(t)
	me := learner(t, w, "")
	one, two := add(t, w, selectable(t, me)), add(t, w, badge(t, me, "Two"))
	const result = "/credentialSubject/result/0"
	request := wallet.Request{
		Credentials: []string{one.ID, two.ID}, Challenge: "n-1", Domain: "jobs.example",
		Show: []wallet.Choice{{Credential: one.ID[:5], Pointer: result}, {Pointer: "/name"}},
	}
	a := prepare(t, w, request)
	p := a.Presentations[0]
	if p.Checked.Verdict != wallet.Accepted || len(p.Shown) != 2 || !p.Shown[0].Partial || p.Shown[1].Partial {
		t.Fatalf("%+v", p.Checked)
	}
	if !slices.Equal(p.Shown[0].Chosen, []string{result, "/name"}) || p.Shown[1].Chosen != nil {
		t.Errorf("chosen: %q and %q", p.Shown[0].Chosen, p.Shown[1].Chosen)
	}
	for i, d := range p.Shown {
		if !strings.Contains(string(p.Bytes), string(d.Bytes)) {
			t.Errorf("credential %d is not presented as disclosed", i)
		}
	}
	text := string(p.Bytes)
	if !strings.Contains(text, "Applied Data Analysis Micro-credential") || strings.Contains(text, "Capstone notebook") || strings.Contains(text, "u2V0A") {
		t.Errorf("presented: %s", text)
	}
	receipts, err := w.Record(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := w.Receipts(t.Context())
	if err != nil || !reflect.DeepEqual(kept, receipts) {
		t.Fatalf("%+v, %v", kept, err)
	}
	if first := kept[0].Credentials[0]; !slices.Equal(first.Chosen, []string{result, "/name"}) || first.Of != 84 || first.Fields >= 84 || !strings.HasSuffix(first.Summary(), "of 84 fields") {
		t.Errorf("receipt: %+v", first)
	}
	if kept[0].Credentials[1].Summary() != "all of it" {
		t.Errorf("receipt: %+v", kept[0].Credentials[1])
	}

	least := prepare(t, w, wallet.Request{Credentials: []string{one.ID}, Challenge: "n-2"}).Presentations[0]
	if shown, of := least.Shown[0].Count(); shown >= of || strings.Contains(string(least.Bytes), "Micro-credential\"") {
		t.Errorf("without a choice %d of %d are shown", shown, of)
	}
	for name, choice := range map[string]wallet.Choice{
		"of what is not presented":  {Credential: "ffffffff", Pointer: "/name"},
		"of what cannot be in part": {Credential: two.ID, Pointer: "/name"},
		"of what none of them has":  {Pointer: "/credentialSubject/score"},
		"that is no pointer":        {Pointer: "name"},
		"that leads into nothing":   {Credential: one.ID, Pointer: "/score"},
	} {
		request.Show = []wallet.Choice{choice}
		if a, err := w.Prepare(t.Context(), request); !errors.Is(err, wallet.ErrClaim) && !errors.Is(err, wallet.ErrNotFound) || a != nil {
			t.Errorf("a choice %s: %v", name, err)
		}
	}
}

// TestReceivesBaseProofs: what an issuer hands over is checked with all that is
// in it.
func TestReceivesBaseProofs(t *testing.T) {
	w := fresh(t)
	raw := selectable(t, learner(t, w, ""))
	found, err := w.Examine(t.Context(), raw)
	if err != nil || found.Checked.Verdict != wallet.Accepted {
		t.Fatalf("%+v, %v", found, err)
	}
	forged := strings.Replace(string(raw), `"value":"91"`, `"value":"99"`, 1)
	if found, err := w.Examine(t.Context(), []byte(forged)); err != nil || found.Checked.Verdict != wallet.Rejected {
		t.Errorf("with another result: %+v, %v", found, err)
	}
	_, checked, err := w.Recheck(t.Context(), add(t, w, raw).ID)
	if err != nil || checked.Verdict != wallet.Accepted {
		t.Errorf("checked again: %+v, %v", checked, err)
	}
}
