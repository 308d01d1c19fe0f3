package serve

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	rec := httptest.NewRecorder()
	m.Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	return rec.Body.String()
}

func TestWatchCountsAndLogs(t *testing.T) {
	var logged bytes.Buffer
	m := NewMetrics()
	h := m.Watch(slog.New(slog.NewJSONHandler(&logged, nil)), WriteProblem,
		http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/requests/") {
				SetRoute(r.Context(), "/requests/{id}")
			}
			_, _ = io.WriteString(w, "hello")
		}))
	for i := range 500 {
		r := httptest.NewRequest(http.MethodGet, fmt.Sprintf("/requests/%d", i), nil)
		h.ServeHTTP(httptest.NewRecorder(), r)
		r = httptest.NewRequest("X"+fmt.Sprint(i), fmt.Sprintf("/did:key:z%d?secret=%d", i, i), nil)
		r.Header.Set("User-Agent", "agent\nlevel=ERROR")
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	text := scrape(t, m)
	for _, want := range []string{
		`laurel_http_requests_total{code="200",route="/requests/{id}"} 500`,
		`laurel_http_requests_total{code="200",route="other"} 500`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if n := strings.Count(text, "laurel_http_requests_total{"); n != 2 {
		t.Errorf("%d series for requests, want 2", n)
	}
	log := logged.String()
	for _, private := range []string{"did:key", "secret", "agent", "192.0.2", "/requests/7"} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q", private)
		}
	}
	if n := strings.Count(log, "\n"); n != 1000 {
		t.Errorf("%d lines for 1000 requests", n)
	}
	if !strings.Contains(log, `"method":"GET","route":"/requests/{id}","code":200,"bytes":5`) {
		t.Errorf("first line: %s", log[:strings.Index(log, "\n")])
	}
}

func TestCountKnowsItsValues(t *testing.T) {
	m := NewMetrics()
	count := m.Count("laurel_verdicts_total", "Verdicts.", "verdict", "accepted", "rejected")
	count("accepted")
	for i := range 100 {
		count(fmt.Sprintf("did:key:z%d", i))
	}
	text := scrape(t, m)
	for _, want := range []string{
		`laurel_verdicts_total{verdict="accepted"} 1`,
		`laurel_verdicts_total{verdict="rejected"} 0`,
		`laurel_verdicts_total{verdict="other"} 100`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestPanics(t *testing.T) {
	var nobody *http.Request
	tests := []struct {
		name    string
		handler http.HandlerFunc
		logged  string
	}{
		{"a runtime error", func(http.ResponseWriter, *http.Request) { _ = nobody.URL }, "nil pointer"},
		{"a value of ours", func(http.ResponseWriter, *http.Request) { panic("subject did:key:z6Mk") }, `"what":"string"`},
		{"an error", func(http.ResponseWriter, *http.Request) { panic(errors.New("did:key:z6Mk")) }, `"what":"*errors.errorString"`},
		{"after headers were set", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "7")
			panic(1)
		}, `"what":"int"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var logged bytes.Buffer
			m := NewMetrics()
			h := Headers(PagePolicy, m.Watch(slog.New(slog.NewJSONHandler(&logged, nil)), WriteProblem, test.handler))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, httptest.NewRequest(http.MethodPost, "/", nil))
			if rec.Code != 500 || rec.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("got %d %s", rec.Code, rec.Header().Get("Content-Type"))
			}
			if rec.Header().Get("Content-Length") != "" || rec.Header().Get("Content-Security-Policy") == "" {
				t.Errorf("headers: %v", rec.Header())
			}
			if !strings.Contains(logged.String(), test.logged) || strings.Contains(logged.String(), "z6Mk") {
				t.Errorf("log: %s", logged.String())
			}
			if !strings.Contains(scrape(t, m), `laurel_http_requests_total{code="500",route="other"} 1`) {
				t.Error("the fault was not counted")
			}
		})
	}
}

// A panic in the middle of an answer cuts the connection: half a verdict must
// not look like a whole one.
func TestPanicInTheMiddle(t *testing.T) {
	m := NewMetrics()
	address, _ := start(t, m.Watch(nil, WriteProblem, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"verdict":"accepted",`)
		_ = http.NewResponseController(w).Flush()
		panic("fault")
	})), Options{})
	resp, err := http.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err == nil {
		t.Errorf("got the answer %q and no error, want a broken connection", body)
	}
	if resp, err := http.Get("http://" + address); err != nil {
		t.Errorf("the process does not live on: %v", err)
	} else {
		resp.Body.Close()
	}
}
