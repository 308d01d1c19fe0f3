package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"laurel/wallet"
	"laurel/wallet/answer"
)

func TestNewRefuses(t *testing.T) {
	w := &wallet.Wallet{Check: check}
	r := &answer.Responder{Wallet: w}
	tests := []struct {
		name   string
		config Config
		want   error
	}{
		{"no wallet", Config{Address: "127.0.0.1:1"}, ErrNotConfigured},
		{"no check", Config{Wallet: &wallet.Wallet{}, Address: "127.0.0.1:1"}, ErrNotConfigured},
		{"nobody who answers", Config{Wallet: w, Address: "127.0.0.1:1"}, ErrNotConfigured},
		{"somebody who answers for another wallet", Config{Wallet: w, Answers: &answer.Responder{Wallet: &wallet.Wallet{}}, Address: "127.0.0.1:1"}, ErrNotConfigured},
		{"no address", Config{Wallet: w, Answers: r}, ErrNotLoopback},
		{"all addresses", Config{Wallet: w, Answers: r, Address: "0.0.0.0:1"}, ErrNotLoopback},
		{"another address", Config{Wallet: w, Answers: r, Address: "192.168.1.2:1"}, ErrNotLoopback},
		{"a name", Config{Wallet: w, Answers: r, Address: "localhost:1"}, ErrNotLoopback},
		{"no port", Config{Wallet: w, Answers: r, Address: "127.0.0.1"}, ErrNotLoopback},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if s, err := New(test.config); !errors.Is(err, test.want) || s != nil {
				t.Errorf("got %v, %v, want %v", s, err, test.want)
			}
		})
	}
}

// A name that was pointed at 127.0.0.1 afterwards reaches the server, and gets
// nothing from it: not a page, not a style sheet, and not the use of a link.
func TestHost(t *testing.T) {
	s := opened(t)
	link, err := url.Parse(s.Link())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		host string
		want int
	}{
		{"evil.example:" + s.port, http.StatusMisdirectedRequest},
		{"evil.example", http.StatusMisdirectedRequest},
		{"127.0.0.1", http.StatusMisdirectedRequest},
		{"127.0.0.1:1", http.StatusMisdirectedRequest},
		{"127.0.0.1.evil.example:" + s.port, http.StatusMisdirectedRequest},
		{"localhost.evil.example:" + s.port, http.StatusMisdirectedRequest},
		{"localhost.:" + s.port, http.StatusMisdirectedRequest},
		{"wallet.localhost:" + s.port, http.StatusMisdirectedRequest},
		{"[::1]:" + s.port, http.StatusMisdirectedRequest},
		{"0.0.0.0:" + s.port, http.StatusMisdirectedRequest},
		{"127.1:" + s.port, http.StatusMisdirectedRequest},
		{"127.0.0.2:" + s.port, http.StatusMisdirectedRequest},
		{"localhost:" + s.port, http.StatusOK},
		{"127.0.0.1:" + s.port, http.StatusOK},
	}
	for _, test := range tests {
		t.Run(test.host, func(t *testing.T) {
			for _, path := range []string{"/", "/healthz", link.RequestURI()} {
				r := s.request(http.MethodGet, path, nil)
				r.Host = test.host
				r.AddCookie(s.jarCookie())
				if got := s.bare(r); got.Code != test.want && (test.want != http.StatusOK || got.Code != http.StatusSeeOther) {
					t.Errorf("%s: got %d, want %d", path, got.Code, test.want)
				}
			}
		})
	}
}

// jarCookie is the session's cookie.
func (s *site) jarCookie() *http.Cookie {
	s.t.Helper()
	home, err := url.Parse(s.url)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range s.client.Jar.Cookies(home) {
		if c.Name == s.cookieName() {
			return c
		}
	}
	s.t.Fatal("the browser has no cookie of the wallet")
	return nil
}

// bare answers a request without a browser: no cookies, no redirects.
func (s *site) bare(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r.RequestURI = r.URL.RequestURI()
	s.ServeHTTP(w, r)
	return w
}

// A form on somebody else's page changes nothing, even if the browser sends the
// cookie with it.
func TestOrigin(t *testing.T) {
	s := opened(t)
	body := url.Values{"token": {s.token()}, "label": {"forged"}}.Encode()
	count := func() int {
		t.Helper()
		own, err := s.wallet.Identities(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(own)
	}
	before := count()
	for _, origin := range []string{"", "null", "http://evil.example", "https://127.0.0.1:" + s.port, "http://127.0.0.1", "http://127.0.0.1:1",
		"http://localhost:" + s.port, s.url + ".evil.example", s.url + "/", "http://evil.example, " + s.url, "file://"} {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions} {
			r := s.request(method, "/identities", strings.NewReader(body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			r.AddCookie(s.jarCookie())
			if got := s.bare(r); got.Code != http.StatusForbidden {
				t.Errorf("%s from %q: %d, want 403", method, origin, got.Code)
			}
		}
	}
	if after := count(); after != before {
		t.Errorf("%d identities were made", after-before)
	}
	r := s.request(http.MethodPost, "/identities", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "http://localhost:"+s.port)
	r.Host = "localhost:" + s.port
	r.AddCookie(s.jarCookie())
	if got := s.bare(r); got.Code != http.StatusSeeOther {
		t.Errorf("by the other name of this machine: %d %s", got.Code, got.Body)
	}
	if got := s.post("/identities", "label", "mine"); got.code != http.StatusOK || count() != before+2 {
		t.Errorf("from a page of the wallet: %d, %d identities", got.code, count())
	}
}

// Whoever merely knows the port gets into no page, of whatever route.
func TestEveryRouteNeedsTheCookie(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	open := map[string]bool{"/open": true, "/healthz": true, "/static/": true}
	routes := 0
	walk := func(route *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		path, err := route.GetPathTemplate()
		if err != nil || open[path] {
			return err
		}
		methods, err := route.GetMethods()
		if err != nil {
			return err
		}
		for _, method := range methods {
			routes++
			s.refusesStrangers(method, strings.NewReplacer("{id}", "0123456789abcdef", "{n:[0-9]+}", "1").Replace(path))
		}
		return nil
	}
	if err := s.routes().Walk(walk); err != nil || routes < 25 {
		t.Errorf("%d routes, %v", routes, err)
	}
}

func (s *site) refusesStrangers(method, path string) {
	s.t.Helper()
	cookie := s.jarCookie()
	for name, value := range map[string]string{"": "", s.cookieName(): "guess", "laurel-wallet": cookie.Value, "laurel-wallet-1": cookie.Value} {
		r := s.request(method, path, strings.NewReader("token="+s.token()))
		r.Header.Set("Origin", s.url)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if name != "" {
			r.AddCookie(&http.Cookie{Name: name, Value: value})
		}
		got := s.bare(r)
		if got.Code != http.StatusUnauthorized || strings.Contains(got.Body.String(), "Welding") || got.Header().Get("WWW-Authenticate") == "" {
			s.t.Errorf("%s %s with the cookie %q: %d, want 401", method, path, name, got.Code)
		}
	}
}

// Each form carries the token of its session.
func TestFormsNeedTheirToken(t *testing.T) {
	s := opened(t)
	first := s.client
	mine := s.token()
	s.client = newClient(t)
	s.get(strings.TrimPrefix(s.Link(), s.url))
	other := s.token()
	s.client = first
	if mine == other {
		t.Fatal("two sessions have one token")
	}
	for _, token := range []string{"", "guess", other, mine + " ", strings.ToLower(mine)} {
		r := s.request(http.MethodPost, "/identities", strings.NewReader(url.Values{"token": {token}, "label": {"x"}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", s.url)
		if got := s.do(r); got.code != http.StatusForbidden {
			t.Errorf("token %q: %d, want 403", token, got.code)
		}
	}
}

func TestLinksWorkOnce(t *testing.T) {
	s := newSite(t)
	try := func(name, link string, want int) answered {
		t.Helper()
		s.client = newClient(t)
		got := s.get(strings.TrimPrefix(link, s.url))
		if got.code != want {
			t.Errorf("%s: %d, want %d", name, got.code, want)
		}
		return got
	}
	try("before there is a link", s.url+"/open?token=", http.StatusUnauthorized)
	try("no token", s.url+"/open", http.StatusUnauthorized)
	old := s.Link()
	link := s.Link()
	try("a link that was replaced", old, http.StatusUnauthorized)
	try("half a token", link[:len(link)-1], http.StatusUnauthorized)

	r := s.request(http.MethodGet, strings.TrimPrefix(link, s.url), nil)
	r.Header.Set("Sec-Purpose", "prefetch;prerender")
	if got := s.bare(r); got.Code != http.StatusUnauthorized {
		t.Errorf("a browser that guesses: %d", got.Code)
	}
	if got := s.bare(s.request(http.MethodHead, strings.TrimPrefix(link, s.url), nil)); got.Code == http.StatusSeeOther {
		t.Error("HEAD used the link up")
	}
	if s.entries != 0 {
		t.Errorf("%d entries before there was one", s.entries)
	}

	got := s.bare(s.request(http.MethodGet, strings.TrimPrefix(link, s.url), nil))
	cookie := got.Header().Get("Set-Cookie")
	if got.Code != http.StatusSeeOther || got.Header().Get("Location") != "/" || got.Header().Get("Referrer-Policy") != "no-referrer" ||
		!strings.HasPrefix(cookie, s.cookieName()+"=") || !strings.HasSuffix(cookie, "; Path=/; HttpOnly; SameSite=Strict") {
		t.Errorf("the link gave %d, %v", got.Code, got.Header())
	}
	if s.entries != 1 {
		t.Errorf("Opened was called %d times", s.entries)
	}
	try("the same link again", link, http.StatusUnauthorized)
	try("no token again", s.url+"/open?token=", http.StatusUnauthorized)

	again := try("a new link", s.Link(), http.StatusOK)
	if again.path != "/" {
		t.Errorf("the link ended at %s", again.path)
	}
	if got := s.get("/open?token=used-up"); got.code != http.StatusOK || got.path != "/" {
		t.Errorf("a used link of one who is in: %d at %s", got.code, got.path)
	}
	if log := s.logged.String(); strings.Contains(log, "token") || strings.Contains(log, link[len(link)-20:]) {
		t.Errorf("the log tells the link:\n%s", log)
	}
}

func TestSessionsEnd(t *testing.T) {
	s := opened(t)
	s.later(sessionIdle - time.Minute)
	if got := s.get("/"); got.code != http.StatusOK {
		t.Errorf("before the time: %d", got.code)
	}
	s.later(sessionIdle - time.Minute)
	if got := s.get("/"); got.code != http.StatusOK {
		t.Errorf("a session that is in use: %d", got.code)
	}
	s.later(sessionIdle)
	if got := s.get("/"); got.code != http.StatusUnauthorized {
		t.Errorf("after the time: %d", got.code)
	}

	var clients []*http.Client
	for range maxSessions + 1 {
		s.client = newClient(t)
		s.get(strings.TrimPrefix(s.Link(), s.url))
		clients = append(clients, s.client)
	}
	for i, want := range map[int]int{0: http.StatusUnauthorized, 1: http.StatusOK, maxSessions: http.StatusOK} {
		s.client = clients[i]
		if got := s.get("/"); got.code != want {
			t.Errorf("session %d of %d: %d, want %d", i, maxSessions+1, got.code, want)
		}
	}
	s.client = clients[2]
	if got := s.post("/lock"); got.code != http.StatusOK || !strings.Contains(got.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("locking: %d %v", got.code, got.header)
	}
	if got := s.get("/"); got.code != http.StatusUnauthorized {
		t.Errorf("after locking: %d", got.code)
	}
	s.client = clients[3]
	if got := s.get("/"); got.code != http.StatusOK {
		t.Errorf("another browser after one was locked: %d", got.code)
	}
}

func TestHeaders(t *testing.T) {
	s := opened(t, "urn:sample:valid")
	for _, path := range []string{"/", "/add", "/receipts", "/identities", "/present", "/nothing", "/cards/none"} {
		h := s.get(path).header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		for _, want := range []string{"default-src 'none'", "form-action 'self'", "frame-ancestors 'none'"} {
			if !strings.Contains(h.Get("Content-Security-Policy"), want) {
				t.Errorf("%s: its policy lacks %s", path, want)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "script") {
			t.Errorf("%s allows scripts", path)
		}
	}
	if got := s.get("/healthz"); got.code != http.StatusOK {
		t.Errorf("healthz: %d", got.code)
	}
	if got := s.get("/nothing"); got.code != http.StatusNotFound {
		t.Errorf("no such page: %d", got.code)
	}
}
