package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/wallet"
)

// inert is what no page may have, whatever a badge says.
var inert = []string{"<script", "<img src=x", `href="javascript`, `src="https:`, `src="http:`, "onload=", " style="}

// TestNews: what was found in the background is on the first page until the learner
// has looked at the badge, which is then checked again.
func TestNews(t *testing.T) {
	s := opened(t, "urn:sample:genuine", "urn:sample:ending")
	s.get("/").lacks(t, "New since")
	cards := s.cards()
	for _, c := range cards {
		s.get("/cards/"+c.ID).lacks(t, "The issuer has revoked it") // and is remembered for a while
	}
	s.wallet.Check = func(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
		return samples["urn:sample:revoked"].checked, nil
	}
	s.later(time.Minute)
	if changed, err := (&wallet.Watch{Wallet: s.wallet, Every: time.Second}).Round(t.Context()); err != nil || len(changed) != 2 {
		t.Fatalf("%+v, %v", changed, err)
	}
	home := s.get("/")
	home.has(t, "New since 1 June 2026", `<a href="/cards/`+cards[0].ID+`">`+cards[0].Title+`</a>. Revoked by its issuer.`)
	home.lacks(t, inert...)
	s.get("/cards/"+cards[0].ID).has(t, "The issuer has revoked it.")
	s.get("/").lacks(t, cards[0].ID+`">`+cards[0].Title+`</a>. Revoked`)
	s.get("/cards/" + cards[1].ID)
	s.get("/").lacks(t, "New since")
}

func TestHome(t *testing.T) {
	s := opened(t, all()...)
	ids := map[string]string{}
	for _, c := range s.cards() {
		ids[c.Title] = c.ID
	}
	p := s.get("/")
	p.has(t, "12 badges", "MIG/MAG Welding, Level 2", "Valid until 1 June 2030", "Ends soon, on 1 July 2026", "Expired on 1 March 2026",
		"Revoked by its issuer.", "Old format", "calls itself “Red Helpers”", "helpers.example", `<option value="MIG welding">`)
	p.lacks(t, inert...)
	tests := []struct {
		query string
		wants []string
	}{
		{"q=welding", []string{"MIG/MAG Welding, Level 2"}},
		{"q=no+such", nil},
		{"skill=pandas", []string{"Data Analysis"}},
		{"issuer=old.example", []string{"Typewriting"}},
		{"q=red+helpers", []string{"First Aid"}},
		{"state=ending", []string{"First Aid"}},
		{"state=expired", []string{"Forklift Driving Licence"}},
		{"state=rejected", []string{"Doctor of Everything", "Project Management"}},
		{"state=old", []string{"Typewriting"}},
		{"state=valid&q=school", []string{"Data Analysis", "Library Card", "Somebody Else&#39;s", "Spanish, Level B2"}},
		{"state=nonsense", nil},
		{"page=99&q=welding", []string{"MIG/MAG Welding, Level 2"}},
		{"page=-1&q=welding", []string{"MIG/MAG Welding, Level 2"}},
		{"page=x&q=welding", []string{"MIG/MAG Welding, Level 2"}},
		{"card=nonsense&q=welding", []string{"MIG/MAG Welding, Level 2"}},
	}
	for _, test := range tests {
		t.Run(test.query, func(t *testing.T) {
			p := s.get("/?" + test.query)
			if got := titlesOn(p); !slices.Equal(got, test.wants) {
				t.Errorf("got %q, want %q", got, test.wants)
			}
		})
	}

	// A choice survives another search, and comes along when it is undone.
	p = s.get("/?q=welding&card=" + ids["First Aid"] + "&card=" + ids["MIG/MAG Welding, Level 2"])
	p.has(t, `value="`+ids["First Aid"]+`" checked> First Aid`, `value="`+ids["MIG/MAG Welding, Level 2"]+`" checked>`,
		`href="/?card=`+ids["First Aid"]+`&amp;card=`+ids["MIG/MAG Welding, Level 2"]+`">show all`)
	// What cannot be shown cannot be chosen.
	s.get("/?q=typewriting").lacks(t, `name="card"`)
}

func (s *site) cards() []wallet.Card {
	s.t.Helper()
	cards, err := s.wallet.List(s.t.Context(), wallet.Query{})
	if err != nil {
		s.t.Fatal(err)
	}
	return cards
}

// titlesOn are the badges of a page, in the order of the alphabet.
func titlesOn(p answered) []string {
	var out []string
	for _, m := range regexp.MustCompile(`<h2><a href="/cards/[0-9a-f]+">(.*?)</a>`).FindAllStringSubmatch(p.body, -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return out
}

func TestHomeTurnsPages(t *testing.T) {
	s := opened(t)
	for i := range pageSize + 1 {
		id := fmt.Sprintf("urn:sample:%d", i)
		samples[id] = sample{change: map[string]string{"name": fmt.Sprintf("Badge %02d", i)}, checked: samples["urn:sample:genuine"].checked}
		defer delete(samples, id)
		s.hold(id)
	}
	first, second := s.get("/"), s.get("/?page=2")
	if len(titlesOn(first)) != pageSize || len(titlesOn(second)) != 1 {
		t.Errorf("%d and %d badges on two pages", len(titlesOn(first)), len(titlesOn(second)))
	}
	first.has(t, `name="page" value="2">Older`)
	first.lacks(t, "Newer")
	second.has(t, `name="page" value="1">Newer`, "Badge 00")
	second.lacks(t, "Older")
}

func TestAnEmptyWallet(t *testing.T) {
	s := opened(t)
	s.get("/").has(t, "There is nothing here yet", s.me.DID, `href="/add"`)
	s.get("/receipts").has(t, "nothing to anybody yet")
	s.get("/identities").has(t, s.me.DID, "first")
	s.post("/identities", "label", attack).lacks(t, inert...)
	for _, label := range []string{"", "  ", strings.Repeat("x", maxAsked+1)} {
		if got := s.post("/identities", "label", label); got.code != http.StatusUnprocessableEntity {
			t.Errorf("an identity called %.9q: %d", label, got.code)
		}
	}
}

// A store that lost a record says so, and shows the rest.
func TestADamagedStore(t *testing.T) {
	s := opened(t, "urn:sample:valid", "urn:sample:genuine")
	err := s.wallet.Store.Update(t.Context(), func(tx wallet.Txn) error {
		return s.wallet.Store.Scan(t.Context(), "card/", func(name string, _ []byte) error { return tx.Delete(name) })
	})
	if err != nil {
		t.Fatal(err)
	}
	s.get("/").has(t, "damaged or missing", "last backup")
	if got := s.get("/cards/0123"); got.code != http.StatusInternalServerError || !strings.Contains(got.body, "last backup") {
		t.Errorf("a badge of a damaged wallet: %d", got.code)
	}
	if strings.Contains(s.logged.String(), "Welding") {
		t.Error("the log names a badge")
	}
}

func TestCard(t *testing.T) {
	s := opened(t)
	tests := []struct {
		id    string
		wants []string
		bans  []string
	}{
		{"urn:sample:valid", []string{"<h1>MIG/MAG Welding, Level 2</h1>", "on your list of trusted issuers", "its own web address", "calls itself “Springfield Tech”", "Confirmed", "What an employer would see", "Pass the final project."}, []string{"with a caution"}},
		{"urn:sample:genuine", []string{"Confirmed, with a caution", "Somebody with this key", "calls itself “School school”", "ISSUER_NOT_JUDGED"}, []string{"on your list of trusted issuers</span>"}},
		{"urn:sample:revoked", []string{"Rejected", "Revoked by its issuer.", "STATUS_REVOKED", "entry 48213"}, nil},
		{"urn:sample:expired", []string{"Not accepted", "Was genuine; expired"}, nil},
		{"urn:sample:unclear", []string{"Not confirmed", "Could not be checked"}, nil},
		{"urn:sample:forged", []string{"nothing of it is proven", "Changed after signing", "not known"}, []string{"calls itself"}},
		{"urn:sample:bearer", []string{"The badge names nobody."}, nil},
		{"old", []string{"Old format", "Typewriting"}, []string{"Show it to somebody"}},
		{"urn:sample:hostile", []string{"&lt;script&gt;alert(1)"}, nil},
	}
	for _, test := range tests {
		t.Run(test.id, func(t *testing.T) {
			p := s.get("/cards/" + s.hold(test.id).ID)
			if p.code != http.StatusOK {
				t.Fatalf("%d", p.code)
			}
			p.has(t, test.wants...)
			p.lacks(t, append(test.bans, inert...)...)
		})
	}
	for _, id := range []string{"0123456789abcdef", "x", strings.Repeat("a", 5000)} {
		if got := s.get("/cards/" + id); got.code != http.StatusNotFound {
			t.Errorf("/cards/%.20s: %d", id, got.code)
		}
	}
}

// A page that is looked at again asks no issuer again, until the learner says so
// or some minutes have passed.
func TestChecksAreRemembered(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	asked := 0
	answer := error(nil)
	s.wallet.Check = func(ctx context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
		asked++
		if answer != nil {
			return wallet.Checked{}, answer
		}
		return check(ctx, document, expect)
	}
	path := "/cards/" + s.cards()[0].ID
	want := func(n int, why string) {
		t.Helper()
		if asked != n {
			t.Errorf("%s: %d checks, want %d", why, asked, n)
		}
	}
	s.get(path)
	want(1, "the first look")
	s.get(path)
	want(1, "the second look")
	if got := s.post(path + "/check"); got.path != path {
		t.Errorf("checking again led to %s", got.path)
	}
	want(2, "asked to")
	s.later(memoryTime)
	answer = errors.New("the clock stands still")
	s.get(path).has(t, "could not be checked just now: ", "the clock stands still", "MIG/MAG Welding")
	want(3, "after some minutes")
	answer = nil
	s.get(path).has(t, "Confirmed")
	want(4, "after a failure")
}

func TestFilesAndPictures(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:valid")
	plain := s.hold("urn:sample:genuine")
	hostile := s.hold("urn:sample:hostile")
	raw, err := s.wallet.Document(t.Context(), c.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := s.get("/cards/" + c.ID + "/file")
	if p.body != string(raw) || p.header.Get("Content-Type") != "application/vc" || p.header.Get("Content-Disposition") != `attachment; filename="badge-`+c.ID[:8]+`.json"` {
		t.Errorf("the file: %d bytes, %v", len(p.body), p.header)
	}
	for _, id := range []string{c.ID, hostile.ID} {
		p := s.get("/cards/" + id + "/picture")
		if p.code != http.StatusOK || p.header.Get("Content-Type") != "image/svg+xml" || p.header.Get("Content-Security-Policy") != picturePolicy {
			t.Errorf("a picture: %d, %v", p.code, p.header)
		}
	}
	for _, path := range []string{"/cards/" + plain.ID + "/picture", "/cards/0123456789abcdef/picture", "/cards/0123456789abcdef/file"} {
		if got := s.get(path); got.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.code)
		}
	}
}

func TestRemove(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:valid")
	s.get("/cards/"+c.ID).has(t, "Remove for good")
	if got := s.post("/cards/" + c.ID + "/remove"); got.path != "/" || len(s.cards()) != 0 {
		t.Errorf("removing led to %s and left %d badges", got.path, len(s.cards()))
	}
	for _, path := range []string{"/remove", "/check"} {
		if got := s.post("/cards/" + c.ID + path); got.code != http.StatusNotFound {
			t.Errorf("%s of what is gone: %d", path, got.code)
		}
	}
}

func TestMemoryIsBounded(t *testing.T) {
	var m memory
	now := time.Now()
	for i := range 3 * maxMemory {
		m.keep(fmt.Sprint(i), wallet.Checked{}, now)
		if len(m.checks) > maxMemory {
			t.Fatalf("%d checks are remembered", len(m.checks))
		}
	}
	var d desk
	for i := range 3 * maxDesk {
		d.lay(bytes.Repeat([]byte("x"), i), now)
	}
	if len(d.things) != maxDesk {
		t.Errorf("%d things are on the desk", len(d.things))
	}
	if d.lay("last", now.Add(deskTime)); len(d.things) != 1 {
		t.Errorf("%d things are on the desk after half an hour", len(d.things))
	}
}
