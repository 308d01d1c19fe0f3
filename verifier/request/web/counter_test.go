package web

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/site"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/request/requesttest"
	"laurel/verifier/session"
	"laurel/verifier/upload"
)

const (
	operatorToken = "0123456789abcdef0123456789abcdef"
	dataBadge     = requesttest.DataBadge
	browser       = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	formType      = upload.FormType
)

var issuing, ada, eve = requesttest.School, requesttest.Ada, requesttest.Eve

// counter is a verifier that asks, on a port.
type counter struct {
	*requesttest.Scene
	t      testing.TB
	server *httptest.Server
}

// opened is a counter with an operator, whose clock stands at testissuer.Now. The
// change, if there is one, is made before it opens.
func opened(t testing.TB, change func(*Config)) *counter {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	c := &counter{t: t, server: server, Scene: requesttest.New(t, "http://"+server.Listener.Addr().String())}
	c.opens(change)
	server.Start()
	t.Cleanup(server.Close)
	return c
}

// restart is a new process over the same store.
func (c *counter) restart() {
	c.t.Helper()
	c.Restart(c.t)
	c.opens(nil)
}

func (c *counter) opens(change func(*Config)) {
	c.t.Helper()
	pages, err := display.Pages()
	if err != nil {
		c.t.Fatal(err)
	}
	around := site.New(pages.Fail(display.Frame("", nil)), nil)
	config := Config{
		Desk: c.Desk, Token: operatorToken, Clients: serve.NewClients(serve.Limits{Rate: 1e6, Burst: 1e6}),
		Metrics: around.Metrics, Fail: around.Fail, Log: around.Log,
	}
	if change != nil {
		change(&config)
	}
	around.Log = config.Log
	made, err := New(config)
	if err != nil {
		c.t.Fatal(err)
	}
	made.Mount(around.Router)
	c.server.Config.Handler = around.Handler()
}

// do sends a request without following redirects. Headers are names and values in
// turn.
func (c *counter) do(method, path, body string, headers ...string) requesttest.Reply {
	c.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = c.server.URL + path
	}
	return requesttest.Do(c.t, method, path, body, headers...)
}

// asksFor puts a question as the operator.
func (c *counter) asksFor(body string) Asked {
	c.t.Helper()
	got := c.do("POST", "/requests", body, "Authorization", "Bearer "+operatorToken, "Content-Type", "application/json")
	if got.Status != http.StatusCreated {
		c.t.Fatalf("asked: %d %s", got.Status, got.Body)
	}
	var a Asked
	if err := json.Unmarshal([]byte(got.Body), &a); err != nil {
		c.t.Fatal(err)
	}
	return a
}

// simple asks for the data badge.
const simple = `{"proofOf":{"label":"Data analysis","achievement":["` + dataBadge + `"]},"purpose":"To see what you can do."}`

// fetch reads a request as a wallet does, over HTTP.
func (c *counter) fetch(uri string) *openid4vc.Request {
	c.t.Helper()
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: c.Now(), UnsafeLoopback: true}
	r, err := openid4vc.ParseURI(uri, opt)
	if err != nil {
		c.t.Fatal(err)
	}
	if !r.ByReference() {
		return r
	}
	opt.ClientID = r.ClientID
	var got requesttest.Reply
	if r.RequestMethod == "post" {
		opt.WalletNonce = "the-wallets-own-nonce"
		got = c.do("POST", r.RequestURI, "wallet_nonce="+opt.WalletNonce, "Content-Type", formType)
	} else {
		got = c.do("GET", r.RequestURI, "")
	}
	if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/oauth-authz-req+jwt" {
		c.t.Fatalf("request object: %d %s", got.Status, got.Body)
	}
	if r, err = openid4vc.OpenRequestObject(c.t.Context(), []byte(got.Body), opt); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// answer posts presentations for the first query.
func (c *counter) answer(r *openid4vc.Request, presentations ...strictjson.Value) requesttest.Reply {
	c.t.Helper()
	form, err := r.Answer(map[string][]strictjson.Value{r.Query.Credentials[0].ID: presentations})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.do("POST", r.ResponseURI, string(form), "Content-Type", formType)
}

// present is ada's presentation of her badge.
func (c *counter) present(r *openid4vc.Request) strictjson.Value {
	c.t.Helper()
	return ada.Answer(c.t, ada.Present(issuing.Sign(c.t, issuing.Badge(ada))), r.Nonce, r.ClientID)
}

// result reads a result address as a program does.
func (c *counter) result(address string) Result {
	c.t.Helper()
	got := c.do("GET", address, "")
	var out Result
	if err := json.Unmarshal([]byte(got.Body), &out); err != nil || got.Status != http.StatusOK {
		c.t.Fatalf("result: %d %s, %v", got.Status, got.Body, err)
	}
	return out
}

// From the question to the report, in every way that a request can travel.
func TestCounter(t *testing.T) {
	c := opened(t, nil)
	for _, test := range []struct{ name, with string }{
		{"signed, encrypted", ``},
		{"signed, plain", `,"response_mode":"direct_post"`},
		{"unsigned", `,"client_id_prefix":"redirect_uri"`},
		{"unsigned, encrypted", `,"client_id_prefix":"redirect_uri","response_mode":"direct_post.jwt"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := c.asksFor(strings.TrimSuffix(simple, "}") + test.with + "}")
			if got := c.result(a.Result); got.State != session.Waiting || got.Report != nil {
				t.Errorf("at first: %+v", got)
			}
			r := c.fetch(a.URI)
			if state := c.result(a.Result).State; a.RequestURI != "" && state != session.Opened {
				t.Errorf("after the request was fetched: %s", state)
			}
			again := c.fetch(a.URI)
			if again.Nonce != r.Nonce || again.State != r.State {
				t.Error("fetched twice, the request is another")
			}
			if got := c.answer(r, c.present(r)); got.Status != http.StatusOK || got.Body != "{}" {
				t.Fatalf("answered: %d %s", got.Status, got.Body)
			}
			got := c.result(a.Result)
			if got.State != session.Answered || got.Report == nil || got.Report.Verdict != verifier.Accepted {
				t.Errorf("result: %+v", got)
			}
			if got := c.answer(r, c.present(r)); got.Status != http.StatusConflict || got.Code() != "SESSION_CONSUMED" {
				t.Errorf("answered twice: %d %s", got.Status, got.Body)
			}
			if a.RequestURI != "" {
				if got := c.do("GET", a.RequestURI, ""); got.Status != http.StatusConflict {
					t.Errorf("fetched after the answer: %d", got.Status)
				}
			}
		})
	}
}

// Everybody finds what is theirs at the interaction URL.
func TestInteractionURL(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	wallet := c.do("GET", a.Page, "", "Accept", "application/json")
	var p protocols
	if err := json.Unmarshal([]byte(wallet.Body), &p); err != nil || p.Protocols["OID4VP"] != a.URI {
		t.Errorf("a wallet: %d %s", wallet.Status, wallet.Body)
	}
	object := c.do("GET", a.Page, "", "Accept", "application/oauth-authz-req+jwt")
	if object.Status != 200 || strings.Count(object.Body, ".") != 2 {
		t.Errorf("a wallet that wants the object: %d %.80s", object.Status, object.Body)
	}
	page := c.do("GET", a.Page, "", "Accept", browser)
	for _, part := range []string{"Data analysis", "To see what you can do.", "Café Nord", "Open my wallet", "<svg", "Send", "I have none of this yet", `href="openid4vp://?client_id=`} {
		if !strings.Contains(page.Body, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	if strings.Contains(page.Body, "ZgotmplZ") || page.Header.Get("Vary") != "Accept" {
		t.Error("a link was taken for an attack, or Vary is missing")
	}
	for name, secret := range map[string]string{"result": a.Result[strings.LastIndex(a.Result, "/")+1:], "token": operatorToken} {
		if strings.Contains(page.Body, secret) || strings.Contains(wallet.Body, secret) {
			t.Errorf("the %s secret is on the page of those who are asked", name)
		}
	}
	typed := strings.ToLower(strings.TrimPrefix(a.Code, c.server.URL))
	if got := c.do("GET", typed, "", "Accept", browser); got.Status != http.StatusSeeOther || c.server.URL+got.Header.Get("Location") != a.Page {
		t.Errorf("typed by a person: %d %s", got.Status, got.Header.Get("Location"))
	}
	if got := c.do("GET", typed, ""); got.Status != 200 || got.Body != wallet.Body { // a wallet follows no redirects
		t.Errorf("typed into a wallet: %d %s", got.Status, got.Body)
	}
	hung := c.asksFor(strings.TrimSuffix(simple, "}") + `,"open":true}`)
	first, second := c.do("GET", hung.Code, ""), c.do("GET", hung.Code, "")
	if !strings.Contains(first.Body, `"OID4VP"`) || first.Body == second.Body {
		t.Errorf("the code of an open request, typed into two wallets: %s, %s", first.Body, second.Body)
	}
}

// In the demo, a wallet on the same machine is beside the code; nowhere else.
func TestNearbyWallet(t *testing.T) {
	const button = "Answer with the demo wallet"
	for _, nearby := range []string{"", "http://127.0.0.1:41000/answer"} {
		c := opened(t, func(config *Config) { config.Nearby = nearby })
		a := c.asksFor(simple)
		for _, address := range []string{a.Page, a.Result} {
			page := c.do("GET", address, "", "Accept", browser)
			if page.Status != 200 || strings.Contains(page.Body, button) != (nearby != "") {
				t.Errorf("%q at %s: %d", nearby, address, page.Status)
			}
			if nearby != "" && !strings.Contains(page.Body, `href="`+nearby+"?link=openid4vp%3A%2F%2F%3Fclient_id%3D") {
				t.Errorf("%s does not lead there", address)
			}
		}
	}
}

// L5: of answers at the same time exactly one is accepted.
func TestConcurrentAnswers(t *testing.T) {
	c := opened(t, nil)
	for range 5 {
		a := c.asksFor(simple)
		r := c.fetch(a.URI)
		vp := c.present(r)
		statuses := make(chan int, 8)
		var wg sync.WaitGroup
		for range cap(statuses) {
			wg.Go(func() { statuses <- c.answer(r, vp).Status })
		}
		wg.Wait()
		close(statuses)
		count := map[int]int{}
		for s := range statuses {
			count[s]++
		}
		if count[200] != 1 || count[409] != 7 {
			t.Errorf("statuses: %v", count)
		}
	}
}

// R7: the process ends between the question and the answer, and once more after it.
func TestRestart(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	r := c.fetch(a.URI)
	vp := c.present(r)
	c.restart()
	if got := c.answer(r, vp); got.Status != http.StatusOK {
		t.Fatalf("after a restart: %d %s", got.Status, got.Body)
	}
	c.restart()
	if got := c.answer(r, vp); got.Status != http.StatusConflict {
		t.Errorf("a replay after a restart: %d %s", got.Status, got.Body)
	}
	if got := c.result(a.Result); got.Report == nil || got.Report.Verdict != verifier.Accepted {
		t.Errorf("the report after a restart: %+v", got)
	}
}

// The problems of a session, each by its code.
func TestSessionProblems(t *testing.T) {
	c := opened(t, nil)
	plain := c.asksFor(strings.TrimSuffix(simple, "}") + `,"response_mode":"direct_post"}`)
	sealed, late := c.asksFor(simple), c.asksFor(strings.TrimSuffix(simple, "}")+`,"expires_in":30}`)
	r, s := c.fetch(plain.URI), c.fetch(sealed.URI)
	form, err := r.Answer(map[string][]strictjson.Value{"proof1": {c.present(r)}})
	if err != nil {
		t.Fatal(err)
	}
	encrypted, err := s.Answer(map[string][]strictjson.Value{"proof1": {c.present(s)}})
	if err != nil {
		t.Fatal(err)
	}
	good := string(form)
	lateForm := c.fetch(late.URI)
	c.Pass(time.Minute)
	const anywhere = "AAAAAAAAAAAAAAAAAAAAAA"
	tests := []struct {
		name, path, contentType, body string
		status                        int
		code                          string
	}{
		{"unknown session", "/requests/" + anywhere + "/response", formType, good, 404, "SESSION_UNKNOWN"},
		{"an id that is none", "/requests/x/response", formType, good, 404, "SESSION_UNKNOWN"},
		{"expired", lateForm.ResponseURI, formType, good, 410, "SESSION_EXPIRED"},
		{"wrong state", r.ResponseURI, formType, strings.Replace(good, r.State, s.State, 1), 400, "STATE_MISMATCH"},
		{"no state", r.ResponseURI, formType, strings.Replace(good, "&state="+r.State, "", 1), 400, "STATE_MISMATCH"},
		{"as JSON", r.ResponseURI, "application/json", good, 415, "MEDIA_TYPE_UNSUPPORTED"},
		{"without a type", r.ResponseURI, "", good, 415, "MEDIA_TYPE_UNSUPPORTED"},
		{"no vp_token", r.ResponseURI, formType, "state=" + r.State, 400, "MALFORMED_RESPONSE"},
		{"not a form", r.ResponseURI, formType, "%zz", 400, "MALFORMED_RESPONSE"},
		{"too large", r.ResponseURI, formType, good + "&x=" + strings.Repeat("x", 1<<20), 413, "LIMIT_EXCEEDED"},
		{"encrypted", r.ResponseURI, formType, string(encrypted), 400, "RESPONSE_MODE_MISMATCH"},
		{"not encrypted", s.ResponseURI, formType, good, 400, "RESPONSE_MODE_MISMATCH"},
		{"encrypted, spoiled", s.ResponseURI, formType, string(encrypted[:len(encrypted)-2]) + "AA", 400, "DECRYPTION_FAILED"},
		{"right at last", r.ResponseURI, formType, good, 200, ""},
		{"consumed", r.ResponseURI, formType, good, 409, "SESSION_CONSUMED"},
		{"consumed, with another state", r.ResponseURI, formType, strings.Replace(good, r.State, s.State, 1), 409, "SESSION_CONSUMED"},
		{"the other one too", s.ResponseURI, formType, string(encrypted), 200, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := c.do("POST", test.path, test.body, "Content-Type", test.contentType)
			if got.Status != test.status || got.Code() != test.code {
				t.Errorf("got %d %s, want %d %s", got.Status, got.Body, test.status, test.code)
			}
			if got.Header.Get("Cache-Control") != "no-store" {
				t.Error("the answer may be kept")
			}
		})
	}
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		got := c.do(method, r.ResponseURI, "")
		if got.Status != 405 || got.Code() != "METHOD_NOT_ALLOWED" || got.Header.Get("Allow") != "POST" {
			t.Errorf("%s: %d %s, Allow %q", method, got.Status, got.Body, got.Header.Get("Allow"))
		}
	}
	if got := c.do("GET", late.RequestURI, ""); got.Status != 410 || got.Code() != "SESSION_EXPIRED" {
		t.Errorf("fetched late: %d %s", got.Status, got.Body)
	}
}

// L6: what is not known leads nowhere, and every guess looks the same.
func TestGuesses(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	id, secret := a.ID, a.Result[strings.LastIndex(a.Result, "/")+1:]
	if len(id) != 22 || len(secret) != 22 || id == secret {
		t.Errorf("id %q, secret %q", id, secret)
	}
	var first string
	for _, path := range []string{
		"/results/" + id, "/results/AAAAAAAAAAAAAAAAAAAAAA", "/results/x", "/results/" + secret[:21] + "x", "/requests/" + secret,
		"/requests/AAAAAAAAAAAAAAAAAAAAAA", "/requests/AAAAAAAAAAAAAAAAAAAAAA/object", "/results/" + id + "/events",
		"/requests/" + secret + "/events", "/c/AAAAA-AAAAA", "/c/x", "/open/" + id, "/results/" + secret + "/answers.csv",
		"/results/" + id + "/report.html",
	} {
		got := c.do("GET", path, "")
		if first == "" {
			first = got.Body
		}
		if got.Status != 404 || got.Body != first {
			t.Errorf("%s: %d %s", path, got.Status, got.Body)
		}
	}
}

// L27, and its twins for asking: who may ask, and where the token may stand.
func TestOperator(t *testing.T) {
	c := opened(t, nil)
	login := c.do("POST", "/login", "token="+operatorToken, "Content-Type", formType)
	cookie := strings.Split(login.Header.Get("Set-Cookie"), ";")[0]
	if login.Status != http.StatusSeeOther || !strings.Contains(login.Header.Get("Set-Cookie"), "HttpOnly; SameSite=Strict") || strings.Contains(cookie, operatorToken) {
		t.Errorf("login: %d %q", login.Status, login.Header.Get("Set-Cookie"))
	}
	forged := "laurel_operator=9999999999." + strings.Repeat("0", 64)
	tests := []struct {
		name    string
		path    string
		headers []string
		status  int
	}{
		{"nothing", "/requests", nil, 401},
		{"the token", "/requests", []string{"Authorization", "Bearer " + operatorToken}, 201},
		{"the cookie", "/requests", []string{"Cookie", cookie}, 201},
		{"a wrong token", "/requests", []string{"Authorization", "Bearer " + strings.Repeat("0", 32)}, 401},
		{"a longer token", "/requests", []string{"Authorization", "Bearer " + operatorToken + "0"}, 401},
		{"the token as Basic", "/requests", []string{"Authorization", "Basic " + operatorToken}, 401},
		{"an empty token", "/requests", []string{"Authorization", "Bearer "}, 401},
		{"the token in the address", "/requests?token=" + operatorToken, nil, 401},
		{"the token in another header", "/requests", []string{"X-Token", operatorToken}, 401},
		{"the token as a cookie", "/requests", []string{"Cookie", "laurel_operator=" + operatorToken}, 401},
		{"a forged cookie", "/requests", []string{"Cookie", forged}, 401},
		{"a cookie that was prolonged", "/requests", []string{"Cookie", "laurel_operator=9" + strings.TrimPrefix(cookie, "laurel_operator=")}, 401},
		{"the cookie, from another site", "/requests", []string{"Cookie", cookie, "Sec-Fetch-Site", "cross-site"}, 403},
		{"the cookie, from a neighbour", "/requests", []string{"Cookie", cookie, "Sec-Fetch-Site", "same-site"}, 403},
		{"the cookie, with another origin", "/requests", []string{"Cookie", cookie, "Origin", "https://evil.example"}, 403},
		{"the cookie, with no origin at all", "/requests", []string{"Cookie", cookie, "Origin", "null"}, 403},
		{"the cookie, from here", "/requests", []string{"Cookie", cookie, "Origin", c.server.URL}, 201},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := c.do("POST", test.path, simple, append([]string{"Content-Type", "application/json"}, test.headers...)...)
			if got.Status != test.status {
				t.Errorf("got %d %s", got.Status, got.Body)
			}
		})
	}
	if got := c.do("GET", "/identity", "", "Authorization", "Bearer "+operatorToken); got.Status != 200 || !strings.Contains(got.Body, c.Desk.Identity.Method) || strings.Contains(got.Body, "secret") {
		t.Errorf("who it is: %d %s", got.Status, got.Body)
	}
	if got := c.do("GET", "/identity", ""); got.Status != 401 {
		t.Errorf("who it is, to anybody: %d", got.Status)
	}
	c.Pass(13 * time.Hour)
	if got := c.do("POST", "/requests", simple, "Cookie", cookie); got.Status != 401 {
		t.Errorf("a cookie of yesterday: %d", got.Status)
	}
	if got := c.do("POST", "/login", "token=guess", "Content-Type", formType); got.Status != 401 || got.Header.Get("Set-Cookie") != "" {
		t.Errorf("a guessed token: %d", got.Status)
	}
	if got := c.do("GET", "/ask", "", "Accept", browser); got.Status != 303 || got.Header.Get("Location") != "/login" {
		t.Errorf("the asking page: %d", got.Status)
	}
	for _, config := range []Config{{Desk: c.Desk, Token: "short"}, {Desk: c.Desk}, {Token: operatorToken}} {
		if made, err := New(config); !errors.Is(err, ErrNotConfigured) || made != nil {
			t.Errorf("opened with %q", config.Token)
		}
	}
}

// L39: no address that a stranger gives is ever led to.
func TestNoOpenRedirect(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(strings.TrimSuffix(simple, "}") + `,"same_device":true}`)
	for _, body := range []string{
		strings.TrimSuffix(simple, "}") + `,"redirect_uri":"https://evil.example"}`,
		strings.TrimSuffix(simple, "}") + `,"return_to":"https://evil.example"}`,
	} {
		if got := c.do("POST", "/requests", body, "Authorization", "Bearer "+operatorToken); got.Status != 400 {
			t.Errorf("%s: %d", body, got.Status)
		}
	}
	for _, path := range []string{"/login?return_to=https://evil.example", "/login?next=//evil.example"} {
		got := c.do("POST", path, "token="+operatorToken+"&return_to=https://evil.example", "Content-Type", formType)
		if got.Header.Get("Location") != "/ask" {
			t.Errorf("%s leads to %s", path, got.Header.Get("Location"))
		}
	}
	r := c.fetch(a.URI)
	got := c.answer(r, c.present(r))
	var ack struct {
		RedirectURI string `json:"redirect_uri"`
	}
	if err := json.Unmarshal([]byte(got.Body), &ack); err != nil || !strings.HasPrefix(ack.RedirectURI, a.Page+"?response_code=") {
		t.Fatalf("acknowledged: %s", got.Body)
	}
	code := ack.RedirectURI[strings.Index(ack.RedirectURI, "=")+1:]
	if got := c.result(a.Result); got.Report != nil || !got.NeedsCode {
		t.Errorf("the report without its code: %+v", got)
	}
	if got := c.do("GET", a.Result+"?response_code=AAAAAAAAAAAAAAAAAAAAAA", ""); got.Status != 400 || got.Code() != "SESSION_MISMATCH" {
		t.Errorf("with another code: %d %s", got.Status, got.Body)
	}
	if got := c.result(a.Result + "?response_code=" + url.QueryEscape(code)); got.Report == nil || got.Report.Verdict != verifier.Accepted {
		t.Errorf("with its code: %+v", got)
	}
	if got := c.do("GET", ack.RedirectURI, "", "Accept", browser); got.Status != 200 || !strings.Contains(got.Body, "Welcome back") {
		t.Errorf("back from the wallet: %d", got.Status)
	}
	if got := c.do("GET", a.Page+"?response_code=x", "", "Accept", browser); got.Status != 400 {
		t.Errorf("back with another code: %d", got.Status)
	}
}

// L4: a flood of questions is bounded for each client, and for all.
func TestFloodOfQuestions(t *testing.T) {
	c := opened(t, func(config *Config) { config.Token, config.AskOpen = "", true })
	refused := 0
	for range 130 {
		got := c.do("POST", "/requests", simple, "Content-Type", "application/json")
		switch {
		case got.Status == 429 && got.Code() == "TOO_MANY_SESSIONS" && got.Header.Get("Retry-After") != "":
			refused++
		case got.Status != 201:
			t.Fatalf("%d %s", got.Status, got.Body)
		}
	}
	if refused != 30 || c.Desk.Book.Waiting() != 100 {
		t.Errorf("%d refused, %d waiting", refused, c.Desk.Book.Waiting())
	}
	c.Pass(time.Hour)
	if got := c.do("POST", "/requests", simple, "Content-Type", "application/json"); got.Status != 201 {
		t.Errorf("after they expired: %d", got.Status)
	}
}

// L40, L8: what every page of the counter allows a browser.
func TestPolicies(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	for path, want := range map[string]string{
		a.Page: serve.LivePolicy, a.Result: serve.LivePolicy, "/login": serve.PagePolicy, "/ask": serve.PagePolicy,
	} {
		got := c.do("GET", path, "", "Accept", browser, "Authorization", "Bearer "+operatorToken)
		if policy := got.Header.Get("Content-Security-Policy"); policy != want || !strings.Contains(policy, "frame-ancestors 'none'") || !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: %q", path, policy)
		}
		if got.Header.Get("X-Content-Type-Options") != "nosniff" || got.Header.Get("X-Frame-Options") != "DENY" || got.Header.Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %v", path, got.Header)
		}
		if strings.Contains(strings.ReplaceAll(got.Body, `<script src="/static/`, ""), "<script") {
			t.Errorf("%s has an inline script", path)
		}
	}
}
