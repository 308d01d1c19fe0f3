package web_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/internal/sharelink"
	"laurel/verifier"
	"laurel/verifier/session/storetest"
	"laurel/verifier/share"
	"laurel/verifier/share/web"
)

const (
	address = "https://verifier.example"
	firefox = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/142.0"
)

// scene is a desk behind its routes, with a judge who finds what the test says, and
// a wallet's knowledge of one share.
type scene struct {
	t      *testing.T
	h      http.Handler
	store  *storetest.Memory
	at     time.Time
	log    bytes.Buffer
	link   sharelink.Link
	secret string
	badge  credential.Badge
	signed verifier.Outcome
	judged verifier.Expectation // what the judge was last asked for
	last   []*verifier.Report   // and what the judge found
	book   *share.Book
	opens  func(documents [][]byte, expect verifier.Expectation) []*verifier.Report // in place of what the test says
}

func newScene(t *testing.T) *scene {
	s := &scene{t: t, store: &storetest.Memory{}, at: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), signed: verifier.Passed}
	s.link, s.secret = sharelink.New(address), sharelink.NewSecret()
	s.badge.Name = "Welding"
	book, err := share.Open(t.Context(), share.Options{Store: s.store, Now: func() time.Time { return s.at }})
	if err != nil {
		t.Fatal(err)
	}
	s.book = book
	s.mount(serve.NewClients(serve.Limits{}))
	return s
}

// mount puts the routes up, for clients with these limits.
func (s *scene) mount(clients *serve.Clients) {
	desk := &web.Desk{
		Book: s.book, URL: address, Clients: clients, Fail: serve.WriteProblem,
		Judge: s.judge, Show: s.show, Log: slog.New(slog.NewTextHandler(&s.log, nil)),
	}
	r := mux.NewRouter()
	desk.Mount(r)
	s.h = serve.Headers(serve.PagePolicy, r)
}

func (s *scene) judge(_ context.Context, _ *serve.Visit, documents [][]byte, expect verifier.Expectation) ([]*verifier.Report, *serve.Problem) {
	s.judged = expect
	if s.opens != nil {
		s.last = s.opens(documents, expect)
		return s.last, nil
	}
	var out []*verifier.Report
	for range documents {
		out = append(out, &verifier.Report{
			Headline: "Valid.", NotProven: []string{"Something else."},
			Checks: []verifier.Check{{Row: verifier.RowChallenge, Outcome: verifier.Passed, Finding: verifier.Finding{Text: "It answers your question."}}},
			Parts: []*verifier.Report{{
				Badge: &s.badge, Checks: []verifier.Check{{Row: verifier.RowIssuer, Outcome: s.signed}},
			}},
		})
	}
	return out, nil
}

func (s *scene) show(w http.ResponseWriter, _ *http.Request, v web.View) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		s.t.Error(err)
	}
}

// answer is what the desk answered.
type answer struct {
	code int
	body string
	http.Header
}

// ask sends a request; headers are names and values in turn.
func (s *scene) ask(method, path, body string, headers ...string) answer {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("User-Agent", firefox)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, r)
	return answer{w.Code, w.Body.String(), w.Header()}
}

func (s *scene) wantCode(a answer, status int, code string) {
	s.t.Helper()
	if a.code != status || !strings.Contains(a.body, code) {
		s.t.Errorf("got %d %s, want %d %s", a.code, a.body, status, code)
	}
}

func (s *scene) deposit() sharelink.Deposit {
	s.t.Helper()
	sealed, err := s.link.Seal([][]byte{[]byte(`{"type":"VerifiablePresentation"}`)})
	if err != nil {
		s.t.Fatal(err)
	}
	return sharelink.Deposit{ID: s.link.ID(), Verifier: address, Sealed: sealed, Withdraw: sharelink.Digest(s.secret), Expires: s.at.Add(24 * time.Hour)}
}

func (s *scene) post(d sharelink.Deposit) answer {
	s.t.Helper()
	return s.ask(http.MethodPost, "/shares", string(d.JSON()), "Content-Type", "application/json")
}

func (s *scene) shared() {
	s.t.Helper()
	s.wantCode(s.post(s.deposit()), http.StatusCreated, s.link.ID())
}

func (s *scene) path() string { return "/s/" + s.link.Token() }

func (s *scene) views() int {
	s.t.Helper()
	a := s.ask(http.MethodGet, "/shares/"+s.link.ID(), "", "Authorization", "Bearer "+s.secret)
	state, err := sharelink.ParseState([]byte(a.body))
	if err != nil {
		s.t.Fatalf("%d %s: %v", a.code, a.body, err)
	}
	return state.Views
}

func TestLook(t *testing.T) {
	s := newScene(t)
	s.shared()
	a := s.ask(http.MethodGet, s.path(), "")
	if a.code != http.StatusOK {
		t.Fatalf("got %d %s", a.code, a.body)
	}
	if s.judged.Challenge != s.link.ID() || s.judged.Domain != address || !s.judged.Shared || s.judged.Operator != "verifier.example" {
		t.Errorf("judged for %+v", s.judged)
	}
	for _, want := range []string{"Something else.", `"Title":"Welding"`, s.link.String()} {
		if !strings.Contains(a.body, want) {
			t.Errorf("%q is not in %s", want, a.body)
		}
	}
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow, noarchive", "Cache-Control": "no-store",
	} {
		if got := a.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if s.views() != 1 {
		t.Errorf("%d views", s.views())
	}
}

// Only a person who looks is counted.
func TestViews(t *testing.T) {
	s := newScene(t)
	s.shared()
	if a := s.ask(http.MethodHead, s.path(), ""); a.code != http.StatusOK || a.body != "" || s.judged.Challenge != "" {
		t.Errorf("HEAD: %d %q, judged %+v", a.code, a.body, s.judged)
	}
	for _, agent := range []string{
		"LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)", "Mozilla/5.0 (compatible; Slackbot-LinkExpanding 1.0)",
		"facebookexternalhit/1.1", "WhatsApp/2.23", "TelegramBot (like TwitterBot)", "curl/8.5.0", "",
	} {
		s.ask(http.MethodGet, s.path(), "", "User-Agent", agent)
	}
	s.ask(http.MethodGet, s.path(), "", "Sec-Purpose", "prefetch;prerender")
	s.ask(http.MethodGet, s.path()+"/picture", "")
	if n := s.views(); n != 0 {
		t.Errorf("%d views by programs", n)
	}
	s.ask(http.MethodGet, s.path(), "")
	if n := s.views(); n != 1 {
		t.Errorf("%d views, want 1", n)
	}
}

func TestOver(t *testing.T) {
	s := newScene(t)
	s.shared()
	s.at = s.at.Add(24 * time.Hour)
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		s.wantCode(s.ask(method, s.path(), ""), http.StatusGone, "SHARE_EXPIRED")
	}
	s.wantCode(s.ask(http.MethodGet, s.path()+"/picture", ""), http.StatusGone, "SHARE_EXPIRED")

	s = newScene(t)
	s.shared()
	s.wantCode(s.ask(http.MethodDelete, "/shares/"+s.link.ID(), "", "Authorization", "Bearer "+s.secret), http.StatusOK, "withdrawn")
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusGone, "SHARE_WITHDRAWN")
	s.wantCode(s.post(s.deposit()), http.StatusConflict, "SHARE_TAKEN")
	if s.judged.Challenge != "" {
		t.Error("something was judged")
	}
}

// Guessing: what the verifier keeps is found only by the link.
func TestGuessing(t *testing.T) {
	s := newScene(t)
	s.shared()
	for _, token := range []string{sharelink.New("").Token(), s.link.ID(), s.link.Token()[:42], s.link.Token() + "A", strings.Repeat("A", 43), "x"} {
		s.wantCode(s.ask(http.MethodGet, "/s/"+token, ""), http.StatusNotFound, "")
	}
	for _, secret := range []string{sharelink.NewSecret(), s.link.Token(), ""} {
		for _, method := range []string{http.MethodGet, http.MethodDelete} {
			s.wantCode(s.ask(method, "/shares/"+s.link.ID(), "", "Authorization", "Bearer "+secret), http.StatusNotFound, "SHARE_UNKNOWN")
		}
	}
	s.wantCode(s.ask(http.MethodDelete, "/shares/"+s.link.ID(), ""), http.StatusUnauthorized, "UNAUTHORIZED")
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusOK, "")
}

// What was altered, or was sealed for another link, is judged for nobody.
func TestForeignSeals(t *testing.T) {
	s := newScene(t)
	d := s.deposit()
	d.Sealed[20] ^= 1
	s.wantCode(s.post(d), http.StatusCreated, "")
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusNotFound, "SHARE_UNREADABLE")

	theirs := s.deposit()
	s.link = sharelink.New(address)
	d = s.deposit()
	d.Sealed = theirs.Sealed
	s.wantCode(s.post(d), http.StatusCreated, "")
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusNotFound, "SHARE_UNREADABLE")
	if s.judged.Challenge != "" {
		t.Error("something was judged")
	}
}

func TestTakeRefuses(t *testing.T) {
	s := newScene(t)
	d := s.deposit()
	good := string(d.JSON())
	d.Expires = s.at.AddDate(0, 0, 91)
	s.wantCode(s.post(d), http.StatusBadRequest, "SHARE_INVALID")
	d = s.deposit()
	d.Verifier = "https://other.example"
	s.wantCode(s.post(d), http.StatusUnprocessableEntity, "SHARE_ELSEWHERE")
	s.wantCode(s.ask(http.MethodPost, "/shares", good, "Content-Type", "text/plain"), http.StatusUnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED")
	s.wantCode(s.ask(http.MethodPost, "/shares", "{}", "Content-Type", "application/json"), http.StatusBadRequest, "SHARE_INVALID")
	s.wantCode(s.ask(http.MethodPost, "/shares", good+strings.Repeat(" ", sharelink.MaxDeposit), "Content-Type", "application/json"), http.StatusRequestEntityTooLarge, "")
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusNotFound, "SHARE_UNKNOWN")
}

func pngPicture(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, 1))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPicture(t *testing.T) {
	good := pngPicture(t, 8)
	for name, c := range map[string]struct {
		source string
		signed verifier.Outcome
		code   int
	}{
		"a picture":          {"data:image/png;base64," + base64.StdEncoding.EncodeToString(good), verifier.Passed, http.StatusOK},
		"of a forged badge":  {"data:image/png;base64," + base64.StdEncoding.EncodeToString(good), verifier.Failed, http.StatusNotFound},
		"not looked at":      {"data:image/png;base64," + base64.StdEncoding.EncodeToString(good), verifier.Skipped, http.StatusNotFound},
		"too large a one":    {"data:image/png;base64," + base64.StdEncoding.EncodeToString(pngPicture(t, 4000)), verifier.Passed, http.StatusNotFound},
		"a page in disguise": {"data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte("<script>alert(1)</script>")), verifier.Passed, http.StatusNotFound},
		"a drawing":          {"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/%3E", verifier.Passed, http.StatusNotFound},
		"elsewhere":          {"https://tracker.example/p.png", verifier.Passed, http.StatusNotFound},
		"none":               {"", verifier.Passed, http.StatusNotFound},
	} {
		s := newScene(t)
		s.badge.Image, s.signed = credential.Image{Source: c.source}, c.signed
		s.shared()
		a := s.ask(http.MethodGet, s.path()+"/picture", "")
		if a.code != c.code {
			t.Errorf("%s: %d %s", name, a.code, a.body)
		}
		if page := s.ask(http.MethodGet, s.path(), ""); strings.Contains(page.body, "/picture") != (c.code == http.StatusOK) {
			t.Errorf("%s: %s", name, page.body)
		}
		if c.code != http.StatusOK {
			continue
		}
		if a.body != string(good) || a.Get("Content-Type") != "image/png" || a.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(a.Get("Content-Security-Policy"), "sandbox") {
			t.Errorf("%s: %v", name, a.Header)
		}
	}
}

// A preview says nothing that was not signed.
func TestTitle(t *testing.T) {
	s := newScene(t)
	s.signed = verifier.Failed
	s.shared()
	if a := s.ask(http.MethodGet, s.path(), ""); !strings.Contains(a.body, `"Title":"A shared badge"`) {
		t.Errorf("got %s", a.body)
	}
}

// Neither the log nor the names of the records have the link.
func TestNoTrace(t *testing.T) {
	s := newScene(t)
	s.shared()
	s.ask(http.MethodGet, s.path(), "")
	s.ask(http.MethodGet, s.path()+"/picture", "")
	out, err := io.ReadAll(&s.log)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(out), s.link.Token()) {
		t.Errorf("the log has the link: %s", out)
	}
}
