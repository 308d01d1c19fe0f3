package serve

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestProblem(t *testing.T) {
	tests := []struct {
		name       string
		problem    *Problem
		body       string
		retryAfter string
	}{
		{"plain", NewProblem(415, "No."),
			`{"title":"Unsupported Media Type","status":415,"detail":"No."}`, ""},
		{"with a type", &Problem{Type: "https://a.example/p", Title: "T", Status: 400},
			`{"type":"https://a.example/p","title":"T","status":400}`, ""},
		{"with a wait", tooMany("Slowly.", 1200*time.Millisecond),
			`{"title":"Too Many Requests","status":429,"detail":"Slowly. Please wait a moment and try again."}`, "2"},
		{"text that is no text", &Problem{Title: "\xff", Status: 500},
			`{"title":"Internal Server Error"}`, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := httptest.NewRecorder()
			WriteProblem(rec, nil, test.problem)
			if got := rec.Body.String(); got != test.body+"\n" {
				t.Errorf("body: got %s want %s", got, test.body)
			}
			if rec.Code != test.problem.Status {
				t.Errorf("status: got %d want %d", rec.Code, test.problem.Status)
			}
			if got := rec.Header().Get("Content-Type"); got != "application/problem+json" {
				t.Errorf("content type: got %q", got)
			}
			if got := rec.Header().Get("Retry-After"); got != test.retryAfter {
				t.Errorf("Retry-After: got %q want %q", got, test.retryAfter)
			}
		})
	}
	if got, want := NewProblem(404, "Not here.").Error(), "404 Not Found: Not here."; got != want {
		t.Errorf("Error: got %q want %q", got, want)
	}
}

func TestPrefers(t *testing.T) {
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	tests := []struct {
		name   string
		accept []string
		want   string
	}{
		{"nothing", nil, "application/json"},
		{"empty", []string{""}, "application/json"},
		{"anything", []string{"*/*"}, "application/json"},
		{"a browser", []string{browser}, "text/html"},
		{"a program", []string{"application/json"}, "application/json"},
		{"a group", []string{"text/*"}, "text/html"},
		{"weights", []string{"application/json;q=0.5, text/html;q=0.6"}, "text/html"},
		{"a specific range beats a general one", []string{"text/html;q=0.1, */*"}, "application/json"},
		{"unwanted", []string{"application/json;q=0, */*;q=0.1"}, "text/html"},
		{"two headers", []string{"image/png", "text/html"}, "text/html"},
		{"neither", []string{"image/png"}, "application/json"},
		{"letter case", []string{"TEXT/HTML"}, "text/html"},
		{"weights that are none", []string{"text/html;q=2, application/json;q=0.1"}, "application/json"},
		{"not a number", []string{"text/html;q=NaN"}, "application/json"},
		{"rubbish", []string{";;;,,,=/q"}, "application/json"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header["Accept"] = test.accept
			if got := Prefers(r, "application/json", "text/html"); got != test.want {
				t.Errorf("got %s want %s", got, test.want)
			}
		})
	}
}

func TestHeaders(t *testing.T) {
	h := Headers(PagePolicy, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	}))
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	want := map[string]string{
		"Content-Security-Policy":      PagePolicy,
		"X-Content-Type-Options":       "nosniff",
		"X-Frame-Options":              "DENY",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "cross-origin", // loosened by the handler
		"Permissions-Policy":           "camera=(), geolocation=(), microphone=()",
		"Cache-Control":                "no-store",
	}
	for name, value := range want {
		if got := rec.Header().Get(name); got != value {
			t.Errorf("%s: got %q want %q", name, got, value)
		}
	}
}
