package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/testreport"
	"laurel/internal/ui/uitest"
	"laurel/verifier"
	"laurel/verifier/request/requesttest"
)

// call is one call of the verifier as the handler made it.
type call struct {
	data   string
	expect verifier.Expectation
}

// recording is a verifier that remembers what it was asked.
type recording struct {
	mu    sync.Mutex
	calls []call
}

func (r *recording) verify(ctx context.Context, data []byte, expect verifier.Expectation) (*verifier.Report, error) {
	r.mu.Lock()
	r.calls = append(r.calls, call{string(data), expect})
	r.mu.Unlock()
	return testreport.Judge(ctx, data, expect)
}

func handler(t testing.TB, c Config) http.Handler {
	t.Helper()
	h, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// post sends a body to /verify and returns the answer.
func post(h http.Handler, contentType, accept, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(body))
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec
}

const html5 = "text/html"

const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

func TestNewNeedsAVerifier(t *testing.T) {
	if h, err := New(Config{}); !errors.Is(err, ErrNotConfigured) || h != nil {
		t.Errorf("got %v, %v", h, err)
	}
}

func TestRoutes(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge})
	tests := []struct {
		method, path string
		status       int
		contentType  string
		allow        string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", ""},
		{"HEAD", "/", 200, "text/html; charset=utf-8", ""},
		{"GET", "/healthz", 200, "application/json", ""},
		{"GET", "/metrics", 200, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores", ""},
		{"GET", "/nothing", 404, "application/problem+json", ""},
		{"GET", "/static/laurel.css", 404, "text/plain; charset=utf-8", ""},
		{"GET", "/verify", 405, "application/problem+json", "POST"},
		{"PUT", "/verify", 405, "application/problem+json", "POST"},
		{"POST", "/", 405, "application/problem+json", "GET, HEAD"},
		{"DELETE", "/healthz", 405, "application/problem+json", "GET, HEAD"},
		{"OPTIONS", "/verify", 405, "application/problem+json", "POST"},
		{"GET", "/../verifier.go", 301, "", ""},
	}
	for _, test := range tests {
		t.Run(test.method+" "+test.path, func(t *testing.T) {
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(test.method, test.path, nil))
			if rec.Code != test.status || rec.Header().Get("Content-Type") != test.contentType {
				t.Errorf("got %d %q", rec.Code, rec.Header().Get("Content-Type"))
			}
			if got := rec.Header().Get("Allow"); got != test.allow {
				t.Errorf("Allow: got %q want %q", got, test.allow)
			}
			if got := rec.Header().Get("Content-Security-Policy"); got != serve.PagePolicy {
				t.Errorf("policy: got %q", got)
			}
			if rec.Header().Get("X-Content-Type-Options") != "nosniff" {
				t.Error("sniffing is allowed")
			}
		})
	}
}

// A verifier with a desk has its counter on the same server, and leads there whoever
// may ask.
func TestAsking(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef"
	scene := requesttest.New(t, "https://cafe.example")
	h := handler(t, Config{Verify: scene.Desk.Verify, Desk: scene.Desk, Token: token})
	ask := func(method, path, authorization string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(`{"proofOf":{"tag":"welding"}}`))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Accept", html5)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		return rec
	}
	if rec := ask("POST", "/requests", "Bearer "+token); rec.Code != http.StatusCreated {
		t.Errorf("asked: %d %s", rec.Code, rec.Body)
	}
	if rec := ask("POST", "/requests", ""); rec.Code != http.StatusUnauthorized || !strings.Contains(rec.Body.String(), "<h1") {
		t.Errorf("asked by anybody: %d %s", rec.Code, rec.Body)
	}
	for authorization, want := range map[string]bool{"Bearer " + token: true, "": false} {
		if page := ask("GET", "/", authorization).Body.String(); strings.Contains(page, `href="/trusted"`) != want {
			t.Errorf("with %q: %s", authorization, page)
		}
	}
	if h, err := New(Config{Verify: scene.Desk.Verify, Desk: scene.Desk, Token: token[1:]}); err == nil || h != nil {
		t.Error("opened with a token that is too short")
	}
}

// Whatever the body is, if it can be read the answer is 200 and a report.
func TestEveryReadableBodyGetsAReport(t *testing.T) {
	contentType, multi := uitest.Form(t, [3]string{"file", "badge.json", "revoked"})
	tests := []struct {
		name, contentType, body string
		verdict                 verifier.Verdict
	}{
		{"application/json", "application/json", "valid", verifier.Accepted},
		{"application/ld+json", "application/ld+json", "valid", verifier.Accepted},
		{"application/vc", "application/vc", "valid", verifier.Accepted},
		{"application/vp", "application/vp", "presentation", verifier.Rejected},
		{"application/vc+ld+json", "application/vc+ld+json; profile=x", "valid", verifier.Accepted},
		{"application/vc+jwt", "application/vc+jwt", "valid", verifier.Accepted},
		{"application/dc+sd-jwt", "application/dc+sd-jwt", "valid", verifier.Accepted},
		{"text/plain", "text/plain; charset=utf-8", "valid", verifier.Accepted},
		{"letter case", "Application/VC", "valid", verifier.Accepted},
		{"no type", "", "valid", verifier.Accepted},
		{"form", "application/x-www-form-urlencoded", "document=revoked", verifier.Rejected},
		{"files", contentType, multi, verifier.Rejected},
		{"not JSON", "application/json", "PK\x03\x04", verifier.Rejected},
		{"empty", "application/json", "", verifier.Rejected},
		{"empty form", "application/x-www-form-urlencoded", "", verifier.Rejected},
		{"no UTF-8", "application/json", "\xff\xfe\x00", verifier.Rejected},
		{"unreachable", "application/json", "unreachable", verifier.Undetermined},
		{"1 MiB", "application/json", strings.Repeat("x", 1<<20), verifier.Rejected},
	}
	h := handler(t, Config{Verify: testreport.Judge})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := post(h, test.contentType, "", test.body)
			if rec.Code != 200 || rec.Header().Get("Content-Type") != "application/json" {
				t.Fatalf("got %d %s: %s", rec.Code, rec.Header().Get("Content-Type"), rec.Body)
			}
			var report verifier.Report
			if err := json.Unmarshal(rec.Body.Bytes(), &report); err != nil {
				t.Fatal(err)
			}
			if report.Type != verifier.ReportType || report.Verdict != test.verdict {
				t.Errorf("got %s %s want %s", report.Type, report.Verdict, test.verdict)
			}
		})
	}
}

func TestAccept(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge})
	tests := []struct{ name, accept, want string }{
		{"browser", browser, "text/html; charset=utf-8"},
		{"program", "application/json", "application/json"},
		{"nothing", "", "application/json"},
		{"anything", "*/*", "application/json"},
		{"something else", "image/png", "application/json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := post(h, "application/json", test.accept, "valid")
			if got := rec.Header().Get("Content-Type"); rec.Code != 200 || got != test.want {
				t.Errorf("got %d %s want %s", rec.Code, got, test.want)
			}
			if rec.Header().Get("Vary") != "Accept" || rec.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("headers: %v", rec.Header())
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	multi, body := uitest.Form(t, [3]string{"file", "a.json", "valid"})
	_, big := uitest.Form(t, [3]string{"file", "a.json", strings.Repeat("x", 8<<20)})
	boundary := strings.TrimPrefix(multi, "multipart/form-data; boundary=")
	big = strings.ReplaceAll(big, big[2:2+len(boundary)], boundary)
	var many [][3]string
	for i := range 21 {
		many = append(many, [3]string{"file", fmt.Sprint(i), "valid"})
	}
	manyType, manyBody := uitest.Form(t, many...)
	var fields [][3]string
	for i := range 65 {
		fields = append(fields, [3]string{fmt.Sprint(i), "", "x"})
	}
	fieldsType, fieldsBody := uitest.Form(t, fields...)
	longType, longBody := uitest.Form(t, [3]string{"challenge", "", strings.Repeat("x", 5000)})
	encodedType, encodedBody := "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=file; filename=x\r\nContent-Transfer-Encoding: base64\r\n\r\ndmFsaWQ=\r\n--b--\r\n"
	tests := []struct {
		name, contentType, body string
		status                  int
	}{
		{"body over 1 MiB", "application/json", strings.Repeat("x", 1<<20+1), 413},
		{"form over 1 MiB", "application/x-www-form-urlencoded", "document=" + strings.Repeat("x", 1<<20), 413},
		{"files over 8 MiB", multi, big, 413},
		{"too many files", manyType, manyBody, 413},
		{"too many fields", fieldsType, fieldsBody, 413},
		{"too long a field", longType, longBody, 413},
		{"picture of another kind", "image/gif", "x", 415},
		{"page", "text/html", "x", 415},
		{"XML", "application/xml", "x", 415},
		{"a type that is none", "junk; =", "x", 415},
		{"no boundary", "multipart/form-data", body, 415},
		{"another boundary", "multipart/form-data; boundary=other", body, 415},
		{"too long a boundary", "multipart/form-data; boundary=" + strings.Repeat("b", 71), body, 415},
		{"cut-off form", multi, body[:len(body)-20], 415},
		{"encoded part", encodedType, encodedBody, 415},
		{"broken escapes", "application/x-www-form-urlencoded", "document=%zz", 415},
	}
	seen := &recording{}
	h := handler(t, Config{Verify: seen.verify})
	for _, test := range tests {
		for accept, want := range map[string]string{"": "application/problem+json", browser: "text/html; charset=utf-8"} {
			t.Run(test.name+" "+want, func(t *testing.T) {
				rec := post(h, test.contentType, accept, test.body)
				if rec.Code != test.status || rec.Header().Get("Content-Type") != want {
					t.Errorf("got %d %s want %d %s", rec.Code, rec.Header().Get("Content-Type"), test.status, want)
				}
				if strings.Contains(rec.Body.String(), "verdict\"") {
					t.Errorf("a refusal holds a verdict: %s", rec.Body)
				}
			})
		}
	}
	if len(seen.calls) != 0 {
		t.Errorf("refused requests were judged: %+v", seen.calls)
	}
}

func TestContentEncodingIsRefused(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge})
	multi, body := uitest.Form(t, [3]string{"file", "a.json", "valid"})
	for _, contentType := range []string{"application/json", "application/x-www-form-urlencoded", multi} {
		for _, coding := range []string{"gzip", "deflate", "br", "identity", "x"} {
			r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(body))
			r.Header.Set("Content-Type", contentType)
			r.Header.Set("Content-Encoding", coding)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if rec.Code != 415 {
				t.Errorf("%s as %s: got %d want 415", coding, contentType, rec.Code)
			}
		}
	}
}

// What a request says it expects reaches the verifier, from the address, the
// form or the sample.
func TestExpectations(t *testing.T) {
	multi, body := uitest.Form(t, [3]string{"challenge", "", " c1 "}, [3]string{"file", "a.json", "valid"}, [3]string{"domain", "", "d1"})
	tests := []struct {
		name, query, contentType, body string
		want                           []call
	}{
		{"query", "?challenge=c&domain=d", "application/vp", "x", []call{{"x", verifier.Expectation{Challenge: "c", Domain: "d"}}}},
		{"nothing", "", "application/vp", "x", []call{{"x", verifier.Expectation{}}}},
		{"form", "", "application/x-www-form-urlencoded", "document=x&challenge=c&domain=d", []call{{"x", verifier.Expectation{Challenge: "c", Domain: "d"}}}},
		{"form beats query", "?challenge=q", "application/x-www-form-urlencoded", "document=x&challenge=c", []call{{"x", verifier.Expectation{Challenge: "c"}}}},
		{"files, in any order", "", multi, body, []call{{"valid", verifier.Expectation{Challenge: "c1", Domain: "d1"}}}},
		{"sample", "", "application/x-www-form-urlencoded", "sample=shown", []call{{"presentation", verifier.Expectation{Challenge: "asked", Domain: "us"}}}},
		{"unknown sample", "", "application/x-www-form-urlencoded", "sample=nope", []call{{"", verifier.Expectation{}}}},
		{"curl's own type", "?challenge=c", "application/x-www-form-urlencoded", " \n{\"a\":\"%zz&b=c\"}", []call{{" \n{\"a\":\"%zz&b=c\"}", verifier.Expectation{Challenge: "c"}}}},
		{"a body is not a sample", "", "application/json", "", []call{{"", verifier.Expectation{}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			seen := &recording{}
			h := handler(t, Config{Verify: seen.verify, Samples: []Sample{{Name: "shown", Document: []byte("presentation"), Challenge: "asked", Domain: "us"}}})
			r := httptest.NewRequest(http.MethodPost, "/verify"+test.query, strings.NewReader(test.body))
			r.Header.Set("Content-Type", test.contentType)
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if rec.Code != 200 || fmt.Sprint(seen.calls) != fmt.Sprint(test.want) {
				t.Errorf("got %d %v want %v", rec.Code, seen.calls, test.want)
			}
		})
	}
}

func TestSeveralDocuments(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge})
	contentType, body := uitest.Form(t, [3]string{"file", `badges\a.json`, "valid"}, [3]string{"file", "../../b.json", "revoked"},
		[3]string{"document", "", "forged"}, [3]string{"document", "", " \r\n"})
	rec := post(h, contentType, "", body)
	var got struct {
		Type    string
		Reports []struct {
			Name   string
			Report verifier.Report
		}
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		name    string
		verdict verifier.Verdict
	}{{"a.json", verifier.Accepted}, {"b.json", verifier.Rejected}, {"Pasted text", verifier.Rejected}}
	if got.Type != reportsType || len(got.Reports) != len(want) {
		t.Fatalf("got %s with %d reports", got.Type, len(got.Reports))
	}
	for i, w := range want {
		if got.Reports[i].Name != w.name || got.Reports[i].Report.Verdict != w.verdict {
			t.Errorf("report %d: got %s %s want %v", i, got.Reports[i].Name, got.Reports[i].Report.Verdict, w)
		}
	}
	page := post(h, contentType, browser, body).Body.String()
	for _, want := range []string{"3 documents checked", `<a href="#r2">b.json</a>`, `<h2 id="r3">Changed after signing`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// The flow of a person without JavaScript: the page, the form, the report.
func TestFormsOfTheFrontPage(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge, Samples: samples})
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	page := rec.Body.String()
	for _, want := range []string{
		`<form class="sheet" action="/verify" method="post" enctype="multipart/form-data">`,
		`type="file" id="file" name="file" multiple`, `<textarea id="document" name="document"`,
		`name="challenge"`, `name="domain"`,
		`<input type="hidden" name="sample" value="impostor"><button class="sample" type="submit">Impostor</button>`,
		`Change one letter and see it fail`, `>valid</textarea>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the front page lacks %s", want)
		}
	}
	if strings.Contains(page, "<script") {
		t.Error("the front page has a script")
	}
	report := post(h, "application/x-www-form-urlencoded", browser, url.Values{"sample": {"expired"}}.Encode()).Body.String()
	if !strings.Contains(report, "Was genuine; expired on 1 September 2026.") || !strings.Contains(report, "Not accepted") {
		t.Error("the button Expired does not lead to its report")
	}
	edited := post(h, "application/x-www-form-urlencoded", browser, url.Values{"document": {"forged"}}.Encode()).Body.String()
	if !strings.Contains(edited, "Changed after signing, or not signed by this issuer.") {
		t.Error("the box does not lead to a report")
	}
	contentType, nothing := uitest.Form(t, [3]string{"document", "", ""}, [3]string{"challenge", "", ""})
	empty := post(h, contentType, browser, nothing)
	if empty.Code != 200 || !strings.Contains(empty.Body.String(), "Choose a file or paste a text first.") {
		t.Errorf("an empty form: got %d without a hint", empty.Code)
	}
}

// Without samples the page does not speak of them.
func TestFrontPageWithoutSamples(t *testing.T) {
	rec := httptest.NewRecorder()
	handler(t, Config{Verify: testreport.Judge}).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	for _, never := range []string{"Nothing at hand?", "Change one letter", `name="sample"`} {
		if strings.Contains(rec.Body.String(), never) {
			t.Errorf("the page has %s", never)
		}
	}
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name   string
		verify Verify
		status int
	}{
		{"panic", func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) { panic("fault") }, 500},
		{"error", func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) {
			return nil, verifier.ErrNotConfigured
		}, 500},
		{"no report", func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) { return nil, nil }, 500},
		{"stopped by time", func(ctx context.Context, _ []byte, _ verifier.Expectation) (*verifier.Report, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, 503},
		{"time ignored", func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) {
			time.Sleep(grace + time.Second)
			return testreport.Valid(), nil
		}, 503},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, err := newServer(Config{Verify: func(ctx context.Context, data []byte, e verifier.Expectation) (*verifier.Report, error) {
				if string(data) == "valid" {
					return testreport.Valid(), nil
				}
				return test.verify(ctx, data, e)
			}})
			if err != nil {
				t.Fatal(err)
			}
			s.patience = 50 * time.Millisecond
			h := http.HandlerFunc(s.check)
			contentType, body := uitest.Form(t, [3]string{"file", "a", "valid"}, [3]string{"file", "b", "bad"})
			rec := post(h, contentType, "", body)
			if rec.Code != test.status || strings.Contains(rec.Body.String(), "accepted") {
				t.Errorf("got %d %s", rec.Code, rec.Body)
			}
			if rec.Code == 503 && rec.Header().Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if rec := post(h, "application/json", "", "valid"); rec.Code != 200 {
				t.Errorf("the next request: got %d", rec.Code)
			}
		})
	}
}

func TestTooOften(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge, Limits: serve.Limits{Rate: 0.001, Burst: 2}})
	for i, want := range []int{200, 200, 429} {
		if rec := post(h, "application/json", "", "valid"); rec.Code != want {
			t.Errorf("request %d: got %d want %d", i, rec.Code, want)
		}
	}
	rec := post(h, "application/json", browser, "valid")
	if rec.Code != 429 || rec.Header().Get("Retry-After") == "" || !strings.Contains(rec.Body.String(), "One moment, please") {
		t.Errorf("the page: got %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	for _, path := range []string{"/", "/healthz"} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
		if rec.Code != 200 {
			t.Errorf("%s is limited as well: %d", path, rec.Code)
		}
	}
}

func TestTooBusy(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	h := handler(t, Config{
		Limits: serve.Limits{Slots: 1, Wait: 20 * time.Millisecond},
		Verify: func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) {
			close(started)
			<-release
			return testreport.Valid(), nil
		},
	})
	first := make(chan int)
	go func() { first <- post(h, "application/json", "", "valid").Code }()
	<-started
	r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader("valid"))
	r.RemoteAddr = "198.51.100.1:1"
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	if rec.Code != 503 || rec.Header().Get("Retry-After") == "" {
		t.Errorf("got %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
	}
	if rec := post(h, "application/json", "", "valid"); rec.Code != 429 {
		t.Errorf("the same client again: got %d want 429", rec.Code)
	}
	close(release)
	if got := <-first; got != 200 {
		t.Errorf("the request at work: got %d", got)
	}
}

// Metrics and log know routes and verdicts, and nothing about anybody.
func TestMetricsAndLogArePrivate(t *testing.T) {
	var logged bytes.Buffer
	h := handler(t, Config{Verify: testreport.Judge, Log: slog.New(slog.NewTextHandler(&logged, nil))})
	for i := range 50 {
		r := httptest.NewRequest(http.MethodPost, fmt.Sprintf("/verify?challenge=did:key:z%d", i), strings.NewReader("valid"))
		r.Header.Set("X-Forwarded-For", "203.0.113.7\nlevel=ERROR")
		r.Header.Set("User-Agent", "agent")
		h.ServeHTTP(httptest.NewRecorder(), r)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, fmt.Sprintf("/did:key:z%d", i), nil))
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	text := rec.Body.String()
	for _, want := range []string{
		`laurel_verdicts_total{verdict="accepted"} 50`, `laurel_verdicts_total{verdict="rejected"} 0`,
		`laurel_http_requests_total{code="200",route="/verify"} 50`, `laurel_http_requests_total{code="404",route="other"} 50`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	for _, private := range []string{"did:key", "203.0.113", "agent", "192.0.2.1", "Mira", "level=ERROR"} {
		if strings.Contains(text, private) || strings.Contains(logged.String(), private) {
			t.Errorf("metrics or log hold %q", private)
		}
	}
}

// Two hundred requests at once from one client are all answered, each with its
// own verdict.
func TestNoCrossTalk(t *testing.T) {
	h := handler(t, Config{Verify: testreport.Judge, Limits: serve.Limits{Burst: 1000}})
	server := httptest.NewServer(h)
	defer server.Close()
	names := []string{"valid", "revoked", "expired", "forged", "impostor", "unreachable", "genuine", "presentation"}
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			name := names[i%len(names)]
			resp, err := http.Post(server.URL+"/verify", "application/json", strings.NewReader(name))
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			var report verifier.Report
			if err := json.NewDecoder(resp.Body).Decode(&report); err != nil || report.Headline != testreport.All()[name].Headline {
				t.Errorf("%s: got %d %q %v", name, resp.StatusCode, report.Headline, err)
			}
		})
	}
	group.Wait()
}

// endless gives bytes for ever and counts them.
type endless struct{ given atomic.Int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.given.Add(int64(len(p)))
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}

// A hundred megabytes without a length are refused soon, whatever they come as.
func TestHugeBodies(t *testing.T) {
	server := httptest.NewServer(handler(t, Config{Verify: testreport.Judge}))
	defer server.Close()
	const start = "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n"
	for contentType, begin := range map[string]string{
		"application/json": "", "multipart/form-data; boundary=b": start, "application/x-www-form-urlencoded": "document=",
	} {
		t.Run(contentType, func(t *testing.T) {
			source := &endless{}
			resp, err := http.Post(server.URL+"/verify", contentType, io.MultiReader(strings.NewReader(begin), io.LimitReader(source, 100<<20)))
			if err == nil { // or the connection was closed before all was sent
				defer resp.Body.Close()
				if resp.StatusCode != 413 {
					t.Errorf("got %d want 413", resp.StatusCode)
				}
			}
			if given := source.given.Load(); given > 50<<20 {
				t.Errorf("%d MB were taken", given>>20)
			}
		})
	}
	source := &endless{}
	r := httptest.NewRequest(http.MethodPost, "/verify", source)
	r.ContentLength = 100 << 20
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	handler(t, Config{Verify: testreport.Judge}).ServeHTTP(rec, r)
	if given := source.given.Load(); rec.Code != 413 || given > 0 {
		t.Errorf("a body that says its size: got %d after %d bytes", rec.Code, given)
	}
}

func BenchmarkPage(b *testing.B) {
	h, err := New(Config{Verify: testreport.Judge, Limits: serve.Limits{Rate: 1e9, Burst: 1e9}})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if rec := post(h, "application/json", browser, "valid"); rec.Code != 200 {
			b.Fatal(rec.Code)
		}
	}
}
