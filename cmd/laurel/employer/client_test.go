package employer

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"laurel/verifier/request"
)

// What a server answers is told apart: a result, its reasons for none, nonsense.
func TestClient(t *testing.T) {
	for _, test := range []struct {
		name, answer string
		status       int
		want         string
	}{
		{"a question", `{"id":"x","page":"https://cafe.example/requests/x"}`, 201, ""},
		{"a reason", `{"title":"Bad Request","status":400,"detail":"say what is asked for"}`, 400, "say what is asked for"},
		{"no reason", `oops`, 500, "it answered 500"},
		{"nonsense", `<html>`, 200, "cannot be read"},
		{"a redirect", ``, 302, "cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer secret" || strings.Contains(r.URL.String(), "secret") {
					t.Errorf("%s with %q", r.URL, r.Header.Get("Authorization"))
				}
				if test.status == 302 {
					w.Header().Set("Location", "https://elsewhere.example/")
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.answer))
			}))
			defer server.Close()
			c := newClient(server.URL, "secret")
			defer c.close()
			_, err := c.ask(t.Context(), request.Ask{Template: "x"})
			if (err == nil) != (test.want == "") || err != nil && (!errors.Is(err, errServer) || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
