package web_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/internal/jsonld"
	"laurel/internal/serve"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/storetest"
	"laurel/issuer/web"
)

const token = "0123456789abcdef0123456789abcdef"

// desk is an issuer with a server around it, and a clock that the test moves.
type desk struct {
	*issuer.Issuer
	options issuer.Options
	limits  serve.Limits
	handler http.Handler
	now     time.Time
}

func newDesk(t testing.TB, address string, limits serve.Limits) *desk {
	t.Helper()
	return newDeskOf(t, issuer.Profile{Name: "School <b>", URL: address}, limits)
}

func newDeskOf(t testing.TB, p issuer.Profile, limits serve.Limits) *desk {
	t.Helper()
	d := &desk{now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC), limits: limits}
	d.options = issuer.Options{
		Store: &failing{Store: new(storetest.Memory)}, Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded(),
		Now: func() time.Time { return d.now },
	}
	var err error
	d.Issuer, err = issuer.Create(t.Context(), d.options, p, issuer.Web)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.PutTemplate(t.Context(), []byte(`{"type":"laurel/template/v1","id":"barista","achievement":{"name":"Barista <i>",
		"description":"Makes <b>coffee</b>.","criteria":{"narrative":"Pull *ten* shots. <script>alert(1)</script>"},"tag":["coffee"]}}`))
	if err != nil {
		t.Fatal(err)
	}
	d.open(t)
	return d
}

// open puts a server around the issuer.
func (d *desk) open(t testing.TB) {
	t.Helper()
	var err error
	if d.handler, err = web.New(web.Config{Issuer: d.Issuer, Token: token, Limits: d.limits, Now: d.options.Now}); err != nil {
		t.Fatal(err)
	}
}

// restart is the desk after its program was started again.
func (d *desk) restart(t testing.TB) {
	t.Helper()
	var err error
	if d.Issuer, err = issuer.Open(t.Context(), d.options); err != nil {
		t.Fatal(err)
	}
	d.open(t)
}

// failing is a store that fails while it is on.
type failing struct {
	issuer.Store
	on bool
}

var errDisk = errors.New("the disk of /srv/school is broken")

func (f *failing) View(ctx context.Context, read func(issuer.Tx) error) error {
	if f.on {
		return errDisk
	}
	return f.Store.View(ctx, read)
}

func (f *failing) Update(ctx context.Context, write func(issuer.Tx) error) error {
	if f.on {
		return errDisk
	}
	return f.Store.Update(ctx, write)
}

// fail makes every later use of the store fail.
func (d *desk) fail() { d.options.Store.(*failing).on = true }

func (d *desk) issue(t testing.TB) *issuer.Issued {
	t.Helper()
	out, err := d.Issue(t.Context(), issuer.Award{Template: "barista", Recipient: testissuer.New("learner").ID})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// do sends a request and returns the answer. Headers are "Name: value".
func (d *desk) do(t testing.TB, method, path, body string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w.Result()
}

func text(t testing.TB, res *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestPublicRoutes(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	d.issue(t)
	tests := []struct {
		name, method, path, accept string
		status                     int
		contentType, has           string
	}{
		{"list", "GET", "/status/revocation-1.json", "", 200, "application/json", `"BitstringStatusListCredential"`},
		{"list without ending", "GET", "/status/revocation-1", "", 200, "application/json", `"encodedList":"u`},
		{"list as a credential", "GET", "/status/revocation-1.json", "application/vc", 200, "application/vc", `"proof"`},
		{"list, credential liked better", "GET", "/status/revocation-1.json", "application/vc, application/json;q=0.9", 200, "application/vc", ""},
		{"list, JSON liked better", "GET", "/status/revocation-1.json", "application/ld+json, application/json", 200, "application/json", ""},
		{"list for a browser", "GET", "/status/revocation-1.json", "text/html,*/*;q=0.8", 200, "application/json", ""},
		{"head of a list", "HEAD", "/status/revocation-1.json", "", 200, "application/json", ""},
		{"list as it was", "GET", "/status/revocation-1.json?timestamp=2026-06-01T12:00:00Z", "", 200, "application/json", `"encodedList"`},
		{"list before it was", "GET", "/status/revocation-1.json?timestamp=2026-05-01T00:00:00Z", "", 404, "application/problem+json", "first published"},
		{"no time", "GET", "/status/revocation-1.json?timestamp=", "", 400, "application/problem+json", "timestamp is one date"},
		{"no zone", "GET", "/status/revocation-1.json?timestamp=2026-05-01T00:00:00", "", 400, "application/problem+json", ""},
		{"two times", "GET", "/status/revocation-1.json?timestamp=2026-06-01T12:00:00Z&timestamp=2026-06-02T12:00:00Z", "", 400, "application/problem+json", ""},
		{"another query", "GET", "/status/revocation-1.json?x=1", "", 200, "application/json", ""},
		{"no list", "GET", "/status/revocation-2.json", "", 404, "application/problem+json", ""},
		{"a path upwards", "GET", "/status/..%2fprofile", "", 301, "", ""},
		{"writing a list", "PUT", "/status/revocation-1.json", "", 405, "application/problem+json", ""},
		{"index", "GET", "/status/index.json", "", 200, "application/json", `"url":"https://school.example/status/revocation-1.json"`},
		{"version", "GET", "/status/history/revocation-1/20260601T120000.000000000Z.json", "", 200, "application/json", `"encodedList"`},
		{"no version", "GET", "/status/history/revocation-1/20260602T120000.000000000Z.json", "", 404, "application/problem+json", ""},
		{"version of no list", "GET", "/status/history/revocation-9/20260601T120000.000000000Z.json", "", 404, "application/problem+json", ""},
		{"keys", "GET", "/.well-known/did.json", "", 200, "application/json", `"did:web:school.example#key-1"`},
		{"keys as a DID document", "GET", "/.well-known/did.json", "application/did", 200, "application/did", ""},
		{"health", "GET", "/healthz", "", 200, "application/json", `"ok"`},
		{"front page", "GET", "/", "text/html", 200, "text/html; charset=utf-8", "<h1>School &lt;b&gt;</h1>"},
		{"achievement, page", "GET", "/achievements/barista", "text/html", 200, "text/html; charset=utf-8", "<h1>Barista &lt;i&gt;</h1>"},
		{"achievement, JSON", "GET", "/achievements/barista", "", 200, "application/json", `"id":"https://school.example/achievements/barista"`},
		{"no achievement", "GET", "/achievements/cook", "text/html", 404, "text/html; charset=utf-8", "no template is called"},
		{"nothing", "GET", "/admin", "", 404, "application/problem+json", ""},
		{"reading an order", "GET", "/admin/keys", "", 405, "application/problem+json", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var headers []string
			if tt.accept != "" {
				headers = append(headers, "Accept: "+tt.accept)
			}
			res := d.do(t, tt.method, tt.path, "", headers...)
			body := text(t, res)
			if res.StatusCode != tt.status || res.Header.Get("Content-Type") != tt.contentType || !strings.Contains(body, tt.has) {
				t.Errorf("%d %s, want %d %s with %s\n%.300s", res.StatusCode, res.Header.Get("Content-Type"), tt.status, tt.contentType, tt.has, body)
			}
			if strings.HasPrefix(tt.contentType, "text/html") && (strings.Contains(body, "<script") || strings.Contains(body, "<b>coffee")) {
				t.Errorf("markup of a template came through:\n%s", body)
			}
			if !strings.Contains(res.Header.Get("Content-Security-Policy"), "default-src 'none'") || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers = %v", res.Header)
			}
		})
	}
}

func TestCaching(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	badge := d.issue(t)
	first := d.do(t, "GET", "/status/revocation-1.json", "")
	tag := first.Header.Get("ETag")
	if got := first.Header.Get("Cache-Control"); got != "public, max-age=300" || len(tag) < 10 || first.Header.Get("Vary") != "Accept" {
		t.Errorf("Cache-Control %q, ETag %q, Vary %q", got, tag, first.Header.Get("Vary"))
	}
	if first.Header.Get("Access-Control-Allow-Origin") != "*" || first.Header.Get("Cross-Origin-Resource-Policy") != "cross-origin" {
		t.Error("other sites' scripts cannot read the list")
	}
	if res := d.do(t, "GET", "/status/revocation-1.json", "", "If-None-Match: "+tag); res.StatusCode != http.StatusNotModified || text(t, res) != "" {
		t.Errorf("an unchanged list: %d", res.StatusCode)
	}
	d.now = d.now.Add(time.Hour)
	if _, err := d.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{badge.ID}}); err != nil {
		t.Fatal(err)
	}
	res := d.do(t, "GET", "/status/revocation-1.json", "", "If-None-Match: "+tag)
	if res.StatusCode != http.StatusOK || res.Header.Get("ETag") == tag {
		t.Errorf("after a revocation: %d, ETag %s", res.StatusCode, res.Header.Get("ETag"))
	}
	earlier := d.do(t, "GET", "/status/revocation-1.json?timestamp=2026-06-01T12:30:00Z", "")
	if earlier.Header.Get("ETag") != tag || !strings.Contains(earlier.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("the list as it was: ETag %s, %s", earlier.Header.Get("ETag"), earlier.Header.Get("Cache-Control"))
	}
	current := d.do(t, "GET", "/status/revocation-1.json?timestamp=2026-06-01T13:00:00Z", "")
	if current.Header.Get("ETag") == tag || strings.Contains(current.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("the list of this moment: ETag %s, %s", current.Header.Get("ETag"), current.Header.Get("Cache-Control"))
	}
}

func TestBelowAPath(t *testing.T) {
	d := newDesk(t, "https://school.example/issuers/1", serve.Limits{})
	for path, want := range map[string]int{
		"/issuers/1/":                           200,
		"/issuers/1":                            301,
		"/issuers/1/did.json":                   200,
		"/issuers/1/status/revocation-1.json":   200,
		"/issuers/1/achievements/barista":       200,
		"/healthz":                              200,
		"/metrics":                              200,
		"/status/revocation-1.json":             404,
		"/.well-known/did.json":                 404,
		"/issuers/1/.well-known/did.json":       404,
		"/issuers/1/issuers/1/status/list.json": 404,
	} {
		if res := d.do(t, "GET", path, ""); res.StatusCode != want {
			t.Errorf("GET %s = %d, want %d", path, res.StatusCode, want)
		}
	}
}

func TestOrdersNeedTheToken(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	json, bearer := "Content-Type: application/json", "Authorization: Bearer "+token
	tests := []struct {
		name, path, body string
		headers          []string
		status           int
	}{
		{"with the token", "/admin/keys", "null", []string{json, bearer}, 200},
		{"without", "/admin/keys", "null", []string{json}, 401},
		{"another token", "/admin/keys", "null", []string{json, "Authorization: Bearer " + strings.Repeat("0", 32)}, 401},
		{"a part of it", "/admin/keys", "null", []string{json, bearer[:len(bearer)-1]}, 401},
		{"more than it", "/admin/keys", "null", []string{json, bearer + "0"}, 401},
		{"an empty token", "/admin/keys", "null", []string{json, "Authorization: Bearer "}, 401},
		{"another scheme", "/admin/keys", "null", []string{json, "Authorization: Basic " + token}, 401},
		{"the bare token", "/admin/keys", "null", []string{json, "Authorization: " + token}, 401},
		{"in the query", "/admin/keys?token=" + token + "&access_token=" + token, "null", []string{json}, 401},
		{"as a cookie", "/admin/keys", "null", []string{json, "Cookie: token=" + token}, 401},
		{"no such order, no token", "/admin/rm", "null", []string{json}, 401},
		{"no such order", "/admin/rm", "null", []string{json, bearer}, 404},
		{"a form", "/admin/issue", "template=barista", []string{"Content-Type: application/x-www-form-urlencoded", bearer}, 415},
		{"no type", "/admin/issue", "{}", []string{bearer}, 415},
		{"packed", "/admin/issue", "{}", []string{json, bearer, "Content-Encoding: gzip"}, 415},
		{"too large", "/admin/issue", strings.Repeat(" ", 3<<20), []string{json, bearer}, 413},
		{"not JSON", "/admin/issue", "{", []string{json, bearer}, 400},
		{"unknown member", "/admin/issue", `{"template":"barista","recipients":[]}`, []string{json, bearer}, 400},
		{"a member twice", "/admin/issue", `{"template":"barista","template":"barista"}`, []string{json, bearer}, 400},
		{"another case", "/admin/issue", `{"Template":"barista"}`, []string{json, bearer}, 400},
		{"no such template", "/admin/issue", `{"template":"cook"}`, []string{json, bearer}, 404},
		{"hostile input", "/admin/issue", `{"template":"barista","recipient":"did:key:zzz"}`, []string{json, bearer}, 422},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := d.do(t, "POST", tt.path, tt.body, tt.headers...)
			if res.StatusCode != tt.status {
				t.Errorf("%d, want %d: %s", res.StatusCode, tt.status, text(t, res))
			}
			if want := "application/problem+json"; tt.status != 200 && res.Header.Get("Content-Type") != want {
				t.Errorf("Content-Type %q, want %q", res.Header.Get("Content-Type"), want)
			}
			if res.Header.Get("Access-Control-Allow-Origin") != "" || res.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers = %v", res.Header)
			}
		})
	}
	if found, err := d.Find(t.Context(), issuer.Query{}); err != nil || found != nil {
		t.Errorf("refused orders issued %v, %v", found, err)
	}
}

func TestWithoutATokenThereIsNoDesk(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	var err error
	if d.handler, err = web.New(web.Config{Issuer: d.Issuer}); err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Authorization: Bearer ", "Authorization: Bearer " + token, "X: y"} {
		if res := d.do(t, "POST", "/admin/keys", "null", "Content-Type: application/json", header); res.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %d", header, res.StatusCode)
		}
	}
	for _, c := range []web.Config{{}, {Issuer: d.Issuer, Token: "short"}} {
		if h, err := web.New(c); !errors.Is(err, web.ErrNotConfigured) || h != nil {
			t.Errorf("New = %v, %v, want ErrNotConfigured", h, err)
		}
	}
}

func TestGuessingIsSlow(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{Rate: 1, Burst: 3})
	codes := map[int]int{}
	for range 10 {
		codes[d.do(t, "POST", "/admin/keys", "null").StatusCode]++
	}
	if codes[401] != 3 || codes[429] != 7 {
		t.Errorf("answers by status: %v", codes)
	}
	if res := d.do(t, "GET", "/status/revocation-1.json", ""); res.StatusCode != http.StatusOK {
		t.Errorf("the list, meanwhile: %d", res.StatusCode)
	}
}

func TestMetricsAreBounded(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	for _, path := range []string{"/a", "/b", "/status/x", "/status/y", "/achievements/did:key:z6Mk"} {
		d.do(t, "GET", path, "")
	}
	d.do(t, "POST", "/admin/keys", "null", "Content-Type: application/json", "Authorization: Bearer "+token)
	page := text(t, d.do(t, "GET", "/metrics", ""))
	for _, want := range []string{`route="/status/{list}"`, `route="other"`, `laurel_issuer_orders_total{order="keys"} 1`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	for _, never := range []string{"z6Mk", `"/a"`, "/status/x"} {
		if strings.Contains(page, never) {
			t.Errorf("%s, which a client chose, is in the metrics", never)
		}
	}
}

// TestClientIsADesk does everything once through a server and compares with
// what the issuer itself says.
func TestClientIsADesk(t *testing.T) {
	d := newDesk(t, "https://school.example/base", serve.Limits{})
	server := httptest.NewServer(d.handler)
	defer server.Close()
	client := web.NewClient(server.URL+"/base", token)
	defer client.Close()
	var _ web.Desk = d.Issuer
	ctx := t.Context()

	same := func(name string, here func(web.Desk) (any, error)) {
		t.Helper()
		want, err1 := here(d.Issuer)
		got, err2 := here(client)
		a, _ := json.Marshal(want)
		b, _ := json.Marshal(got)
		if err1 != nil || err2 != nil || string(a) != string(b) {
			t.Errorf("%s: %s, %v\nthrough the server %s, %v", name, a, err1, b, err2)
		}
	}
	issued, err := client.Issue(ctx, issuer.Award{Template: "barista", Recipient: testissuer.New("learner").ID, Name: "Ada <3 & co"})
	if err != nil {
		t.Fatal(err)
	}
	same("show", func(d web.Desk) (any, error) { return d.Show(ctx, issued.ID) })
	if here, err := d.Show(ctx, issued.ID); err != nil || string(here.Credential) != string(issued.Credential) {
		t.Errorf("the badge changed on its way: %v", err)
	}
	changed, err := client.Apply(ctx, issuer.Change{Action: issuer.Revoke, IDs: []string{issued.ID}, Reason: "test", Actor: "me"})
	if err != nil || len(changed.Records) != 1 || changed.Records[0].State != issuer.Revoked {
		t.Errorf("Apply = %+v, %v", changed, err)
	}
	if key, err := client.RotateKey(ctx); err != nil || !strings.HasSuffix(key.ID, "#key-2") {
		t.Errorf("RotateKey = %+v, %v", key, err)
	}
	if key, err := client.RetireKey(ctx, "key-1"); err != nil || key.State() != "retired" {
		t.Errorf("RetireKey = %+v, %v", key, err)
	}
	if c, err := client.CompromiseKey(ctx, "key-2"); err != nil || c.Next == nil {
		t.Errorf("CompromiseKey = %+v, %v", c, err)
	}
	if added, err := client.PutTemplate(ctx, []byte(`{"type":"laurel/template/v1","id":"cook","achievement":{"name":"Cook","description":"B","criteria":{"narrative":"C"}}}`)); err != nil || added.ID != "cook" {
		t.Errorf("PutTemplate = %+v, %v", added, err)
	}
	if n, err := client.Refresh(ctx); err != nil || n != 0 {
		t.Errorf("Refresh = %d, %v", n, err)
	}
	same("profile", func(d web.Desk) (any, error) { return d.Profile(ctx) })
	same("keys", func(d web.Desk) (any, error) { return d.Keys(ctx) })
	same("templates", func(d web.Desk) (any, error) { return d.Templates(ctx) })
	same("find", func(d web.Desk) (any, error) { return d.Find(ctx, issuer.Query{State: issuer.Revoked}) })
	same("site", func(d web.Desk) (any, error) { return d.Site(ctx, nil) })
}

func TestClientTellsErrorsApart(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	server := httptest.NewServer(d.handler)
	client := web.NewClient(server.URL, token)
	defer client.Close()
	badge := d.issue(t)
	ctx := t.Context()
	apply := func(a issuer.Action, id string) error {
		_, err := client.Apply(ctx, issuer.Change{Action: a, IDs: []string{id}})
		return err
	}
	_, template := client.PutTemplate(ctx, []byte(`{}`))
	_, award := client.Issue(ctx, issuer.Award{Template: "barista", Recipient: "me"})
	_, key := client.RetireKey(ctx, "key-1")
	_, token := web.NewClient(server.URL, strings.Repeat("x", 32)).Keys(ctx)
	tests := map[string]struct{ got, want error }{
		"not found":   {apply(issuer.Revoke, "urn:uuid:none"), issuer.ErrNotFound},
		"purpose":     {apply(issuer.Suspend, badge.ID), issuer.ErrPurpose},
		"action":      {apply("delete", badge.ID), issuer.ErrAction},
		"template":    {template, issuer.ErrTemplate},
		"award":       {award, issuer.ErrAward},
		"key":         {key, issuer.ErrKeyState},
		"wrong token": {token, web.ErrServer},
	}
	for name, tt := range tests {
		if !errors.Is(tt.got, tt.want) {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
	server.Close()
	if _, err := client.Keys(context.Background()); !errors.Is(err, web.ErrServer) {
		t.Errorf("a server that is gone: %v", err)
	}
}
