package site

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/internal/serve"
)

func TestSite(t *testing.T) {
	s := New(serve.WriteProblem, nil)
	Read(s.Router, "/badges/{id}", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("badge")) }))
	below := s.PathPrefix("/school").Subrouter()
	below.HandleFunc("/orders", func(http.ResponseWriter, *http.Request) { panic("a fault") }).Methods(http.MethodPost)
	below.HandleFunc("/orders", func(http.ResponseWriter, *http.Request) {}).Methods(http.MethodDelete)
	h := s.Handler()
	for _, test := range []struct {
		method, path string
		status       int
		allow, code  string
	}{
		{"GET", "/badges/7", 200, "", ""},
		{"HEAD", "/badges/7", 200, "", ""},
		{"POST", "/badges/7", 405, "GET, HEAD", "METHOD_NOT_ALLOWED"},
		{"OPTIONS", "/school/orders", 405, "POST, DELETE", "METHOD_NOT_ALLOWED"},
		{"DELETE", "/school/orders", 200, "", ""},
		{"POST", "/school/orders", 500, "", ""},
		{"GET", "/healthz", 200, "", ""},
		{"POST", "/healthz", 405, "GET, HEAD", "METHOD_NOT_ALLOWED"},
		{"GET", "/nothing", 404, "", ""},
		{"GET", "/school", 404, "", ""},
		{"GET", "/static/nothing.css", 404, "", ""},
		{"GET", "/metrics", 200, "", ""},
	} {
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, httptest.NewRequest(test.method, test.path, nil))
		if rec.Code != test.status || rec.Header().Get("Allow") != test.allow || !strings.Contains(rec.Body.String(), test.code) {
			t.Errorf("%s %s: %d, Allow %q, %s", test.method, test.path, rec.Code, rec.Header().Get("Allow"), rec.Body)
		}
		if rec.Header().Get("Content-Security-Policy") != serve.PagePolicy {
			t.Errorf("%s %s has no policy", test.method, test.path)
		}
		if test.path == "/metrics" && (!strings.Contains(rec.Body.String(), `route="/badges/{id}"`) || strings.Contains(rec.Body.String(), "/badges/7")) {
			t.Errorf("the metrics name addresses, or no routes: %s", rec.Body)
		}
	}
}
