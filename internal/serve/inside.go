package serve

import (
	"net/http"
	"net/netip"
	"slices"
)

// Inside answers a path, such as /metrics, only to clients of this machine and of
// the given networks, and to nobody who came through a proxy: behind one every
// stranger has an address from inside. To all others there is no such path.
func Inside(path string, networks []netip.Prefix, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == path && !inside(r, networks) {
			NewProblem(http.StatusNotFound, "There is nothing at this address.").Write(w)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func inside(r *http.Request, networks []netip.Prefix) bool {
	for _, header := range []string{"X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via"} {
		if len(r.Header.Values(header)) > 0 {
			return false
		}
	}
	addr := peer(r.RemoteAddr)
	return addr.IsLoopback() || slices.ContainsFunc(networks, func(p netip.Prefix) bool { return p.Contains(addr) })
}
