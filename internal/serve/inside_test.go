package serve

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

// TestInside: metrics are for this machine and for whom the operator names, and
// for nobody who came through a proxy.
func TestInside(t *testing.T) {
	h := Inside("/metrics", []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	for _, tt := range []struct {
		name, from, path string
		header           http.Header
		want             int
	}{
		{"this machine", "127.0.0.1:5", "/metrics", nil, 200},
		{"this machine by IPv6", "[::1]:5", "/metrics", nil, 200},
		{"a scraper that was named", "10.9.1.1:5", "/metrics", nil, 200},
		{"a neighbour", "10.8.1.1:5", "/metrics", nil, 404},
		{"a stranger", "203.0.113.9:5", "/metrics", nil, 404},
		{"a stranger who says that he is inside", "203.0.113.9:5", "/metrics", http.Header{"X-Forwarded-For": {"127.0.0.1"}}, 404},
		{"through the proxy of this machine", "127.0.0.1:5", "/metrics", http.Header{"X-Forwarded-For": {"203.0.113.9"}}, 404},
		{"through a proxy with another header", "127.0.0.1:5", "/metrics", http.Header{"Forwarded": {"for=203.0.113.9"}}, 404},
		{"through a proxy that is named", "10.9.1.1:5", "/metrics", http.Header{"X-Real-Ip": {"203.0.113.9"}}, 404},
		{"no address", "@", "/metrics", nil, 404},
		{"a stranger, elsewhere", "203.0.113.9:5", "/", nil, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, tt.path, nil)
			r.RemoteAddr = tt.from
			for name, values := range tt.header {
				r.Header[name] = values
			}
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if rec.Code != tt.want {
				t.Errorf("got %d, want %d", rec.Code, tt.want)
			}
		})
	}
}
