package web

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"laurel/internal/fetch"
	"laurel/internal/sharelink"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/wallet"
	"laurel/wallet/share"
)

const keeperURL = "https://verifier.example"

// keeper is a verifier that takes shares, as far as a wallet can tell.
type keeper struct {
	held  map[string]*sharelink.Deposit
	state sharelink.State // what it says of each; the zero value: open, and never looked at
	err   error           // what it answers instead
	posts int
}

func (k *keeper) send(e fetch.Exchange) (*fetch.Resource, error) {
	if e.JSON != nil {
		k.posts++
	}
	if k.err != nil {
		return nil, k.err
	}
	if e.JSON != nil {
		d, err := sharelink.ParseDeposit(e.JSON)
		if err != nil {
			return nil, err
		}
		if k.held == nil {
			k.held = map[string]*sharelink.Deposit{}
		}
		k.held[d.ID] = d
		return &fetch.Resource{Body: []byte("{}")}, nil
	}
	id := e.URL[strings.LastIndex(e.URL, "/")+1:]
	d := k.held[id]
	if d == nil || !sharelink.Opens(e.Bearer, d.Withdraw[:]) {
		return nil, &fetch.StatusError{Code: http.StatusNotFound, Body: []byte(`{"code":"SHARE_UNKNOWN"}`)}
	}
	state := k.state
	if state.State == "" {
		state.State = sharelink.Open
	}
	if e.Delete {
		state.State = sharelink.Withdrawn
	}
	state.Expires = d.Expires
	return &fetch.Resource{Body: state.JSON()}, nil
}

// shares keeps the record of a link, as laurel wallet share does.
func (s *site) shares(title string) *wallet.Shared {
	s.t.Helper()
	link := sharelink.New(keeperURL)
	r := &wallet.Shared{
		ID: link.ID(), Verifier: link.Verifier(), Link: link.String(), Secret: sharelink.NewSecret(),
		Created: s.clock(), Expires: s.clock().Add(30 * 24 * time.Hour),
		Credentials: []wallet.Shown{{Title: title, Issuer: "School", Fields: 6, Of: 31}},
		Awards:      []wallet.Award{{Name: title, Organization: "School & Co."}},
	}
	if err := s.wallet.PutShared(s.t.Context(), r); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// takes puts a link's share where its verifier has it.
func (s *site) takes(r *wallet.Shared) *wallet.Shared {
	if s.net.keeps.held == nil {
		s.net.keeps.held = map[string]*sharelink.Deposit{}
	}
	s.net.keeps.held[r.ID] = &sharelink.Deposit{ID: r.ID, Withdraw: sharelink.Digest(r.Secret), Expires: r.Expires}
	return r
}

// TestShareByLink: from the card to the link, with a part of the badge; nothing
// leaves before the learner agreed, and what leaves is what was shown.
func TestShareByLink(t *testing.T) {
	s := opened(t, "urn:sample:partial")
	c := s.card("urn:sample:partial")
	s.get("/cards/"+c.ID).has(t, `href="/share?card=`+c.ID+`"`)
	page := s.get("/share?card=" + c.ID)
	page.has(t, "Share by a link", `name="verifier" value=""`, `<option value="30" selected>`, `value="`+c.ID+` /credentialSubject/result/1/value"`)

	level := c.ID + " /credentialSubject/result/1/value"
	counted := s.post("/share", "card", c.ID, "show", level, "verifier", keeperURL, "days", "7", "audience", "Acme", "step", "count")
	counted.has(t, `value="`+level+`" checked`, `value="`+keeperURL+`"`, `<option value="7" selected>`, "the rest stays home")
	offer := s.post("/share", "card", c.ID, "show", level, "verifier", keeperURL+"/", "days", "7", "audience", "Acme")
	offer.has(t, "This is what the link will show", "Anybody with the link", keeperURL, "8 June 2026", "Acme", "B2", "Stays home", "SHA-256 of the file", "It does not prove that whoever gives the link is you")
	offer.lacks(t, "ada@mail.example")
	if s.net.keeps.posts != 0 || len(s.receiptsKept()) != 0 {
		t.Fatalf("%d posts and %d receipts before anybody agreed", s.net.keeps.posts, len(s.receiptsKept()))
	}

	made := s.post(offer.path)
	if !strings.HasPrefix(made.path, "/shares/") || s.net.keeps.posts != 1 {
		t.Fatalf("agreeing led to %s, with %d posts", made.path, s.net.keeps.posts)
	}
	record := s.onlyShare()
	link, err := sharelink.Parse(record.Link)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := link.Open(s.net.keeps.held[record.ID].Sealed)
	if err != nil || len(sealed) != 1 || strings.Contains(string(sealed[0]), "ada@mail.example") || !strings.Contains(string(sealed[0]), `"B2"`) {
		t.Errorf("what was shared is %s, %v", sealed, err)
	}
	shown := regexp.MustCompile(`SHA-256 of the file: <span class="code hash">([0-9a-f]{64})<`).FindStringSubmatch(offer.body)
	if shown == nil || shown[1] != record.SHA256[0] || shown[1] != s.receiptsKept()[0].SHA256 {
		t.Errorf("shown %v, shared %s", shown, record.SHA256)
	}
	made.has(t, `href="`+record.Link+`"`, `value="`+record.Link+`" readonly`, "<svg", "Nobody has opened it yet", "https://www.linkedin.com/profile/add?", "Take it back")
	made.lacks(t, record.Secret)
	if again := s.post(offer.path); again.path != made.path || s.net.keeps.posts != 1 {
		t.Errorf("agreeing twice led to %s, with %d posts", again.path, s.net.keeps.posts)
	}
	s.get("/share?card="+c.ID).has(t, `name="verifier" value="`+keeperURL+`"`, `<option value="`+keeperURL+`"></option>`)
}

func (s *site) onlyShare() *wallet.Shared {
	s.t.Helper()
	all, err := s.wallet.AllShared(s.t.Context())
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%d shares, %v", len(all), err)
	}
	return &all[0]
}

// card finds a sample in the wallet.
func (s *site) card(id string) wallet.Card {
	s.t.Helper()
	cards, err := s.wallet.List(s.t.Context(), wallet.Query{})
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range cards {
		if c.Credential == id {
			return c
		}
	}
	s.t.Fatalf("the wallet has no %s", id)
	return wallet.Card{}
}

// What cannot be shared is said on the page where it was chosen.
func TestShareRefuses(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	id := s.card("urn:sample:valid").ID
	for name, c := range map[string]struct {
		fields []string
		code   int
		want   string
	}{
		"no address":         {[]string{"card", id, "days", "7"}, http.StatusOK, "That cannot be shared so"},
		"http":               {[]string{"card", id, "days", "7", "verifier", "http://verifier.example"}, http.StatusOK, "That cannot be shared so"},
		"this machine":       {[]string{"card", id, "days", "7", "verifier", "http://127.0.0.1:8080"}, http.StatusOK, "That cannot be shared so"},
		"a script":           {[]string{"card", id, "days", "7", "verifier", "javascript:alert(1)"}, http.StatusOK, "That cannot be shared so"},
		"for years":          {[]string{"card", id, "days", "900", "verifier", keeperURL}, http.StatusOK, "a minute to 90 days"},
		"since yesterday":    {[]string{"card", id, "days", "-1", "verifier", keeperURL}, http.StatusOK, "a minute to 90 days"},
		"nothing":            {[]string{"days", "7", "verifier", keeperURL}, http.StatusOK, "Tick the badges first"},
		"an endless name":    {[]string{"card", id, "audience", strings.Repeat("x", 600), "verifier", keeperURL}, http.StatusRequestEntityTooLarge, "longer than any honest one"},
		"an endless address": {[]string{"card", id, "verifier", "https://" + strings.Repeat("x", 600)}, http.StatusRequestEntityTooLarge, "longer than any honest one"},
	} {
		if got := s.post("/share", c.fields...); got.code != c.code || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %d, not %q", name, got.code, c.want)
		}
	}
	if s.net.keeps.posts != 0 {
		t.Errorf("%d posts", s.net.keeps.posts)
	}
}

// What the verifier did not take leaves no link; of what may have arrived there is
// one, which can be taken back.
func TestPublishFails(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	id := s.card("urn:sample:valid").ID
	offer := s.post("/share", "card", id, "days", "7", "verifier", keeperURL)
	s.net.keeps.err = &fetch.StatusError{Code: http.StatusTooManyRequests, Body: []byte(`{"detail":"There is <b>no room</b>."}`)}
	refused := s.post(offer.path)
	refused.has(t, "Nothing was shared.", "There is &lt;b&gt;no room", "This is what the link will show", "Share it")
	if all, err := s.wallet.AllShared(t.Context()); err != nil || len(all) != 0 || len(s.receiptsKept()) != 0 {
		t.Errorf("%d shares after a refusal, %v", len(all), err)
	}
	s.net.keeps.err = fmt.Errorf("%w: it broke", fetch.ErrUnreachable)
	broken := s.post(offer.path)
	broken.has(t, "could not be reached", "Take it back")
	s.post(offer.path)
	if s.net.keeps.posts != 2 {
		t.Errorf("%d posts: what may have arrived was sent again", s.net.keeps.posts)
	}
	s.net.keeps.err = nil // it never came
	s.get(broken.path).has(t, "verifier.example knows nothing of this link")
	if got := s.post("/shares/" + s.onlyShare().ID); got.code != http.StatusOK {
		t.Errorf("taken back: %d", got.code)
	}
}

func TestShares(t *testing.T) {
	s := opened(t)
	s.get("/receipts").has(t, `href="/shares"`)
	s.get("/shares").has(t, "You share nothing by a link yet.")
	open, unknown := s.takes(s.shares(`<script>alert(1)</script>`)), s.shares("First aid")
	s.net.keeps.state = sharelink.State{Views: 3, Viewed: s.clock()}
	page := s.get("/shares")
	page.has(t, "/shares/"+open.ID, "6 of 31 fields", "Take it back", "Opened 3 times, the last time on", "verifier.example knows nothing of this link")
	page.lacks(t, "<script", open.Secret, unknown.Secret, "/shares/"+unknown.ID)
	s.net.keeps.err = fmt.Errorf("%w: no route to host", fetch.ErrUnreachable)
	s.get("/shares").has(t, "verifier.example could not be reached", "no route to host", "Take it back")
	s.net.keeps.err = nil
	for _, r := range []*wallet.Shared{open, unknown} {
		r.Expires = s.clock()
		if err := s.wallet.PutShared(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	over := s.get("/shares")
	over.has(t, "Over since")
	over.lacks(t, "Take it back")
}

// TestSharedElsewhere: what is pasted elsewhere says what was shown, and the
// signature as people see it is that which is copied.
func TestSharedElsewhere(t *testing.T) {
	s := opened(t)
	r := s.takes(s.shares(`Welding & "Brazing"`))
	r.Awards[0].OrganizationID, r.Awards[0].ID = "1337", "urn:uuid:1"
	r.Awards[0].Issued, r.Awards[0].Expires = testissuer.Now, testissuer.Now.AddDate(2, 1, 0)
	if err := s.wallet.PutShared(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	page := s.get("/shares/" + r.ID)
	markup, text := share.Signature(r.Link, r.Awards[0])
	page.has(t, markup, html.EscapeString(text), "the issuer's page")
	if !strings.Contains(html.UnescapeString(page.body), `value="`+markup+`"`) {
		t.Error("the signature cannot be copied as HTML")
	}
	found := regexp.MustCompile(`href="(https://www\.linkedin\.com/[^"]+)"`).FindStringSubmatch(page.body)
	if found == nil {
		t.Fatal("no way to LinkedIn")
	}
	u, err := url.Parse(html.UnescapeString(found[1]))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"name": `Welding & "Brazing"`, "organizationId": "1337", "organizationName": "", "issueYear": "2026", "issueMonth": "6",
		"expirationYear": "2028", "expirationMonth": "7", "certUrl": r.Link, "certId": "urn:uuid:1", "startTask": "CERTIFICATION_NAME",
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestUnshare(t *testing.T) {
	s := opened(t)
	r := s.takes(s.shares("Welding"))
	s.net.keeps.err = fmt.Errorf("%w: nobody there", fetch.ErrUnreachable)
	got := s.post("/shares/" + r.ID)
	if got.code != http.StatusBadGateway || !strings.Contains(got.body, "It was not taken back") {
		t.Errorf("nobody there: %d %s", got.code, got.body)
	}
	s.net.keeps.err = nil
	if got := s.post("/shares/" + r.ID); got.code != http.StatusOK {
		t.Errorf("%d %s", got.code, got.body)
	}
	page := s.get("/shares")
	page.has(t, "Taken back on")
	page.lacks(t, r.Link, "Take it back")
	s.get("/shares/"+r.ID).lacks(t, r.Link, "linkedin")
	for _, unknown := range []string{sharelink.New("").ID(), "x"} {
		if got := s.get("/shares/" + url.PathEscape(unknown)); got.code != http.StatusNotFound {
			t.Errorf("%s: %d", unknown, got.code)
		}
	}
	if got := s.post("/shares/" + sharelink.New("").ID()); got.code != http.StatusNotFound {
		t.Errorf("an unknown one: %d", got.code)
	}
}

// Only the learner's own browser gets to the links.
func TestSharesAreGuarded(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	r := s.takes(s.shares("Welding"))
	offer := s.post("/share", "card", s.card("urn:sample:valid").ID, "days", "7", "verifier", keeperURL)
	for _, path := range []string{"/share?card=x", offer.path, "/shares", "/shares/" + r.ID} {
		stranger := s.request(http.MethodGet, path, nil)
		answer, err := http.DefaultClient.Do(stranger)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusUnauthorized {
			t.Errorf("GET %s without a session: %d", path, answer.StatusCode)
		}
	}
	for _, path := range []string{"/share", offer.path, "/shares/" + r.ID} {
		forged := s.request(http.MethodPost, path, strings.NewReader(url.Values{"token": {s.token()}}.Encode()))
		forged.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		forged.Header.Set("Origin", "https://evil.example")
		if got := s.do(forged); got.code != http.StatusForbidden {
			t.Errorf("POST %s from elsewhere: %d", path, got.code)
		}
		forged = s.request(http.MethodPost, path, strings.NewReader("token=guessed"))
		forged.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		forged.Header.Set("Origin", s.url)
		if got := s.do(forged); got.code != http.StatusForbidden {
			t.Errorf("POST %s without the token: %d", path, got.code)
		}
	}
	if s.net.keeps.posts != 0 || len(s.net.keeps.held) != 1 {
		t.Errorf("%d posts", s.net.keeps.posts)
	}
}

// Every page of sharing, looked at; and the way from the card to the link and back,
// with nothing but keys and without JavaScript.
func TestSharesInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	empty, full := newSite(t), newSite(t)
	c := full.hold("urn:sample:partial")
	full.hold("urn:sample:valid")
	open := full.takes(full.shares("MIG/MAG Welding, Level 2"))
	open.Awards[0].OrganizationID = "1337"
	full.shares("Introduction to Beekeeping for Schools and Allotment Associations")
	taken := full.shares("First aid")
	taken.Withdrawn = full.clock()
	for _, r := range []*wallet.Shared{open, taken} {
		if err := full.wallet.PutShared(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	come(t, browser, empty)
	tab := come(t, browser, full)
	at := func() string { return uitest.Get(t, tab, chromedp.Location()) }
	both := func(address, name string) {
		t.Helper()
		for _, view := range uitest.Views() {
			look(t, browser, address, view, name)
		}
	}
	both(empty.url+"/shares", "no-shares")
	both(full.url+"/shares", "shares")
	both(full.url+"/shares/"+open.ID, "shared-open")
	both(full.url+"/shares/"+taken.ID, "shared-taken")
	both(full.url+"/share", "share-nothing")
	both(full.url+"/share?card="+c.ID+"&card="+full.card("urn:sample:valid").ID, "share")

	tab.Scripts(t, false)
	tab.Do(t, chromedp.Navigate(full.url+"/cards/"+c.ID))
	tab.TabTo(t, `a[href="/share?card=`+c.ID+`"]`)
	tab.PressOn(t, kb.Enter)
	value := c.ID + " /credentialSubject/result/1/value"
	for range 2 {
		tab.TabTo(t, `.branch:not([open]):has(input[value="`+value+`"]) > summary`)
		tab.Press(t, kb.Enter)
	}
	tab.TabTo(t, `input[value="`+value+`"]`)
	tab.Press(t, " ")
	tab.TabTo(t, `#audience`)
	tab.Press(t, "Acme")
	tab.TabTo(t, `#days ~ button`)
	tab.PressOn(t, kb.Enter)
	both(at(), "offer")
	tab.TabTo(t, `form.actions button`)
	tab.PressOn(t, kb.Enter)
	made := at()
	both(made, "shared-new")
	tab.TabTo(t, `#copy-link`)
	tab.Scripts(t, true)
	if got := uitest.Eval[string](t, tab, `document.activeElement.value.substring(document.activeElement.selectionStart, document.activeElement.selectionEnd)`); !strings.HasPrefix(got, keeperURL+"/s/") {
		t.Errorf("Tab selects %q of the link", got)
	}
	tab.Scripts(t, false)
	tab.TabTo(t, `form[action^="/shares/"] button`)
	tab.PressOn(t, kb.Enter)
	if at() != full.url+"/shares" {
		t.Errorf("taking it back led to %s", at())
	}
	tab.Do(t, chromedp.Navigate(made))
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("main"))); !strings.Contains(got, "Taken back on") {
		t.Errorf("its page says %q", got)
	}
}
