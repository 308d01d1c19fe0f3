package web

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/sharelink"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/verifier/request/requesttest"
	"laurel/verifier/share"
)

const firefox = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/142.0"

// host is a verifier's server that learners share with.
type host struct {
	*requesttest.Scene
	t      testing.TB
	server *httptest.Server
}

// takesShares opens a server that keeps shares, unless it is told not to.
func takesShares(t testing.TB, change ...func(*Config)) *host {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	c := &host{t: t, server: server, Scene: requesttest.New(t, "http://"+server.Listener.Addr().String())}
	book, err := share.Open(t.Context(), share.Options{Store: c.Store, Now: c.Now})
	if err != nil {
		t.Fatal(err)
	}
	config := Config{Verify: c.Desk.Verify, Desk: c.Desk, AskOpen: true, Shares: book, Limits: serve.Limits{Rate: 1e6, Burst: 1e6}}
	for _, f := range change {
		f(&config)
	}
	server.Config.Handler = handler(t, config)
	server.Start()
	t.Cleanup(server.Close)
	return c
}

func (c *host) do(method, path, body string, headers ...string) requesttest.Reply {
	c.t.Helper()
	return requesttest.Do(c.t, method, c.server.URL+strings.TrimPrefix(path, c.server.URL), body, headers...)
}

// shares leaves presentations with the counter, and returns the link and the secret.
func (c *host) shares(presentations ...func(challenge string) strictjson.Value) (link sharelink.Link, secret string) {
	c.t.Helper()
	link, secret = sharelink.New(c.server.URL), sharelink.NewSecret()
	var contents [][]byte
	for _, p := range presentations {
		contents = append(contents, p(link.ID()).JSON())
	}
	sealed, err := link.Seal(contents)
	if err != nil {
		c.t.Fatal(err)
	}
	d := sharelink.Deposit{ID: link.ID(), Verifier: c.server.URL, Sealed: sealed, Withdraw: sharelink.Digest(secret), Expires: c.Now().Add(24 * time.Hour)}
	if got := c.do(http.MethodPost, "/shares", string(d.JSON()), "Content-Type", "application/json"); got.Status != http.StatusCreated {
		c.t.Fatalf("%d %s", got.Status, got.Body)
	}
	return link, secret
}

// adas is a presentation of ada's for this counter, of a badge with changes.
func (c *host) adas(changes ...string) func(challenge string) strictjson.Value {
	badge := requesttest.School.Badge(requesttest.Ada)
	for i := 0; i < len(changes); i += 2 {
		badge = testissuer.Set(badge, changes[i], strictjson.String(changes[i+1]))
	}
	signed := requesttest.School.Sign(c.t, badge)
	return func(challenge string) strictjson.Value {
		return requesttest.Ada.Answer(c.t, requesttest.Ada.Present(signed), challenge, c.server.URL)
	}
}

func (c *host) looks(link sharelink.Link, accept string) requesttest.Reply {
	c.t.Helper()
	return c.do(http.MethodGet, link.String(), "", "Accept", accept, "User-Agent", firefox)
}

func TestSharedPage(t *testing.T) {
	c := takesShares(t)
	link, secret := c.shares(c.adas())
	page := c.looks(link, "text/html")
	for _, want := range []string{
		"Checked just now, for you.", "It does not prove that whoever gave you this link is the holder",
		"Made for this link", "It was made for this link, when it was shared", "That whoever gave you this link is the one it was issued to.",
		"on the list of trusted issuers of " + strings.TrimPrefix(c.server.URL, "http://"), "The one who made this link is the one it was issued to.",
		"<strong>" + strings.TrimPrefix(c.server.URL, "http://") + "</strong>. Which issuers are trusted here is its decision.",
		`<meta property="og:title" content="Data Analysis">`, `<meta property="og:description" content="Shared by its holder. Open it to have it checked at that moment.">`,
		`<meta name="robots" content="noindex, nofollow, noarchive">`,
		`<meta property="og:url" content="` + link.String() + `">`, `<meta name="referrer" content="no-referrer">`,
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	picture := regexp.MustCompile(`<meta property="og:image" content="([^"]+)">`).FindStringSubmatch(page.Body)
	if picture == nil || !strings.HasPrefix(picture[1], c.server.URL+"/") || strings.Contains(picture[1], link.Token()) {
		t.Fatalf("the preview of a badge without a picture has %q", picture)
	}
	if got := c.do(http.MethodGet, picture[1], ""); got.Status != http.StatusOK || got.Header.Get("Content-Type") != "image/png" || !strings.HasPrefix(got.Body, "\x89PNG") {
		t.Errorf("%s: %d %s", picture[1], got.Status, got.Header.Get("Content-Type"))
	}
	if page.Status != http.StatusOK || strings.Contains(page.Body, "your question</span>") || strings.Contains(page.Body, "your list") || strings.Contains(page.Body, "What you asked for") || strings.Contains(page.Body, "<script") {
		t.Errorf("%d %s", page.Status, page.Body)
	}
	if got := c.looks(link, "application/json"); !strings.Contains(got.Body, `"verdict": "accepted"`) {
		t.Errorf("as JSON: %s", got.Body)
	}
	if got := c.looks(link, "*/*"); !strings.HasPrefix(got.Header.Get("Content-Type"), "text/html") {
		t.Errorf("programs that preview get %s", got.Header.Get("Content-Type"))
	}
	if got := c.do(http.MethodDelete, "/shares/"+link.ID(), "", "Authorization", "Bearer "+secret); got.Status != http.StatusOK {
		t.Errorf("withdrawn: %d %s", got.Status, got.Body)
	}
	gone := c.looks(link, "text/html")
	if gone.Status != http.StatusGone || !strings.Contains(gone.Body, "No longer shared") || !strings.Contains(gone.Body, "Its owner has taken it back") {
		t.Errorf("%d %s", gone.Status, gone.Body)
	}
}

// The report is that of today, and not of when the badge was shared.
func TestSharedIsJudgedNow(t *testing.T) {
	c := takesShares(t)
	link, _ := c.shares(c.adas("validUntil", testissuer.Now.Add(time.Hour).Format(time.RFC3339)))
	if got := c.looks(link, "application/json"); !strings.Contains(got.Body, `"verdict": "accepted"`) {
		t.Errorf("today: %s", got.Body)
	}
	c.Pass(2 * time.Hour)
	if got := c.looks(link, "application/json"); !strings.Contains(got.Body, `"verdict": "rejected"`) || !strings.Contains(got.Body, "CREDENTIAL_EXPIRED") {
		t.Errorf("later: %s", got.Body)
	}
}

// What was presented to somebody else, or shared by another link, is no answer here.
func TestSharedForElsewhere(t *testing.T) {
	c := takesShares(t)
	for name, made := range map[string]func(string) strictjson.Value{
		"another link": func(string) strictjson.Value { return c.adas()(sharelink.New(c.server.URL).ID()) },
		"another verifier": func(challenge string) strictjson.Value {
			return requesttest.Ada.Answer(t, requesttest.Ada.Present(requesttest.School.Sign(t, requesttest.School.Badge(requesttest.Ada))), challenge, "https://other.example")
		},
		"somebody else's badge": func(challenge string) strictjson.Value {
			return requesttest.Eve.Answer(t, requesttest.Eve.Present(requesttest.School.Sign(t, requesttest.School.Badge(requesttest.Ada))), challenge, c.server.URL)
		},
	} {
		link, _ := c.shares(made)
		if got := c.looks(link, "application/json"); !strings.Contains(got.Body, `"verdict": "rejected"`) {
			t.Errorf("%s: %s", name, got.Body)
		}
	}
}

// A badge that says script says it as text, in the tags for previews too.
func TestHostileShare(t *testing.T) {
	const attack = `"><script>alert(1)</script><meta http-equiv="refresh" content="0;url=https://evil.example">`
	c := takesShares(t)
	link, _ := c.shares(c.adas("name", attack, "credentialSubject/achievement/name", attack))
	page := c.looks(link, "text/html")
	if strings.Contains(page.Body, "<script") || strings.Contains(page.Body, `http-equiv="refresh"`) || !strings.Contains(page.Body, `og:title`) {
		t.Errorf("%s", page.Body)
	}
}

func TestSeveralShared(t *testing.T) {
	c := takesShares(t)
	link, _ := c.shares(c.adas(), func(challenge string) strictjson.Value {
		return requesttest.Eve.Answer(t, requesttest.Eve.Present(requesttest.School.Sign(t, requesttest.School.Badge(requesttest.Eve))), challenge, c.server.URL)
	})
	if page := c.looks(link, "text/html"); !strings.Contains(page.Body, "2 things were shared") || !strings.Contains(page.Body, " and more") {
		t.Errorf("%s", page.Body)
	}
	if got := c.looks(link, "application/json"); !strings.Contains(got.Body, reportsType) {
		t.Errorf("%s", got.Body)
	}
}

// TestLinksLeaveNoTrace: neither the log nor the metrics have a link, whatever becomes
// of a request with it.
func TestLinksLeaveNoTrace(t *testing.T) {
	var log bytes.Buffer
	c := takesShares(t, func(config *Config) {
		config.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	link, secret := c.shares(c.adas())
	for _, path := range []string{"", "/picture", "/elsewhere", "?utm_source=mail", "/", "%00"} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
			got := c.do(method, link.String()+path, "", "Referer", link.String(), "User-Agent", firefox, "X-Forwarded-For", link.String())
			if got.Header.Get("Referrer-Policy") != "no-referrer" && got.Status != http.StatusBadRequest {
				t.Errorf("%s %s: Referrer-Policy %q", method, path, got.Header.Get("Referrer-Policy"))
			}
		}
	}
	c.do(http.MethodDelete, "/shares/"+link.ID(), "", "Authorization", "Bearer "+secret)
	c.looks(link, "text/html")
	metrics := c.do(http.MethodGet, "/metrics", "").Body
	c.server.Close()
	for what, text := range map[string]string{"the log": log.String(), "the metrics": metrics} {
		for _, private := range []string{link.Token(), link.ID(), secret} {
			if strings.Contains(text, private) {
				t.Errorf("%s has %s: %s", what, private, text)
			}
		}
		if !strings.Contains(text, "/s/{token}") {
			t.Errorf("%s does not know the route", what)
		}
	}
}

// A verifier that takes no shares has no place for them.
func TestNoShares(t *testing.T) {
	c := takesShares(t, func(config *Config) { config.Shares = nil })
	for _, path := range []string{"/shares", "/s/" + sharelink.New("").Token()} {
		if got := c.do(http.MethodPost, path, "{}", "Content-Type", "application/json"); got.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if _, err := New(Config{Verify: c.Desk.Verify, Shares: &share.Book{}}); err == nil {
		t.Error("shares without a desk are served")
	}
}

func TestSharedInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	c := takesShares(t)
	link, _ := c.shares(c.adas())
	several, _ := c.shares(c.adas(), c.adas("name", "First aid"))
	gone, secret := c.shares(c.adas())
	c.do(http.MethodDelete, "/shares/"+gone.ID(), "", "Authorization", "Bearer "+secret)
	for _, view := range uitest.Views() {
		t.Run(view.Name, func(t *testing.T) {
			tab := browser.Visit(t, link.String(), view)
			tab.Check(t, "shared")
			tab.Unfold(t)
			tab.Check(t, "shared-unfolded")
			browser.Visit(t, several.String(), view).Check(t, "shared-several")
			browser.Visit(t, gone.String(), view).Check(t, "shared-gone")
		})
	}
}
