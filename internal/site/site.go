// Package site is what every server of Laurel has besides its own pages: style
// sheets, health and metrics, names of routes for the log, and answers to wrong
// addresses and wrong methods.
//
//	s := site.New(pages.Fail(frame), log)
//	s.HandleFunc("/verify", verify).Methods(http.MethodPost)
//	handler := s.Handler()
//
// A server counts what it does with s.Metrics, and refuses with s.Fail.
package site

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
)

// Site is a server to which an actor adds its routes:
//
//	GET /healthz    is the process up
//	GET /metrics    how many requests, for Prometheus
//	GET /static/…   style sheets
type Site struct {
	*mux.Router
	Metrics *serve.Metrics
	Fail    serve.Fail
	Log     *slog.Logger // never nil
}

// New returns a site that answers what it refuses with fail. A nil log discards.
func New(fail serve.Fail, log *slog.Logger) *Site {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s := &Site{Router: mux.NewRouter(), Metrics: serve.NewMetrics(), Fail: fail, Log: log}
	Read(s.Router, "/healthz", serve.Health())
	Read(s.Router, "/metrics", s.Metrics.Handler())
	s.PathPrefix("/static/").Handler(ui.Static()).Methods(http.MethodGet, http.MethodHead)
	s.NotFoundHandler = http.HandlerFunc(s.NotFound)
	s.MethodNotAllowedHandler = http.HandlerFunc(s.notAllowed)
	s.Use(nameRoute)
	return s
}

// Read adds a route that is only read: GET and HEAD.
func Read(r *mux.Router, path string, h http.Handler) {
	r.Handle(path, h).Methods(http.MethodGet, http.MethodHead)
}

// Handler is the whole server: with safe headers, and watched by log and metrics.
func (s *Site) Handler() http.Handler {
	return serve.Headers(serve.PagePolicy, s.Metrics.Watch(s.Log, s.Fail, s.Router))
}

// nameRoute tells log and metrics which route took the request: its pattern, never
// the address, which may be a secret.
func nameRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if route := mux.CurrentRoute(r); route != nil {
			if pattern, err := route.GetPathTemplate(); err == nil {
				serve.SetRoute(r.Context(), pattern)
			}
		}
		next.ServeHTTP(w, r)
	})
}

// NotFound says that there is no such page.
func (s *Site) NotFound(w http.ResponseWriter, r *http.Request) {
	s.Fail(w, r, serve.NewProblem(http.StatusNotFound, "There is nothing at this address."))
}

// notAllowed names the methods that an address does take.
func (s *Site) notAllowed(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if match := (mux.RouteMatch{}); s.Match(other, &match) && match.MatchErr == nil {
			allow = append(allow, method)
		}
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	s.Fail(w, r, serve.NewProblem(http.StatusMethodNotAllowed,
		"This address takes other methods: those that Allow names.").Named("METHOD_NOT_ALLOWED"))
}
