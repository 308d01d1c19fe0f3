package serve

import "net/http"

// PagePolicy is the Content-Security-Policy of every page: its own style
// sheets, images of its own or inside the page, forms to itself, and nothing
// else. No script runs, nothing is fetched from elsewhere, nobody frames it. A
// claim with hostile text or a remote image therefore stays text and a blank.
const PagePolicy = "default-src 'none'; style-src 'self'; img-src 'self' data:; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// LivePolicy is PagePolicy for the pages that follow what happens: one script of
// their own, which listens to their own server.
const LivePolicy = PagePolicy + "; script-src 'self'; connect-src 'self'"

// Headers sets the security headers of every answer before next runs; a handler
// that must loosen one (a status list is read from other origins) sets its own
// value. Answers are not stored by anybody unless a handler says otherwise,
// because most of them are about a person.
func Headers(policy string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}
