// Package web puts a verifier on the net: a page where an employer drops a file
// and reads the report, and the same answer as JSON for programs.
//
// # A verifier on a port
//
//	handler, err := web.New(web.Config{Verify: v.Verify, Log: log})
//	if err != nil {
//		return err
//	}
//	return serve.Run(ctx, listener, handler, serve.Options{Log: log})
//
// and then
//
//	curl --data-binary @badge.json -H 'Content-Type: application/vc' http://127.0.0.1:8080/verify
//
// # The contract
//
// POST /verify answers 200 with a report for every body that it could read,
// whether or not that is JSON, a credential or a good one: a bad document is a
// result, not an error. A request is refused only for what happens before the
// reading: 413 for too many bytes, 415 for a media type or an encoding, 429 and
// 503 for too many requests, of one client or of all. POST /inspect takes the
// same and answers with every value behind the verdict. Programs get
// application/json and application/problem+json, people who ask for text/html
// get pages. Nothing that is sent is kept.
//
// The pages work without JavaScript and contain none.
package web

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/verifier"
	"laurel/verifier/doctor"
)

//go:embed templates/*
var embedded embed.FS

// Verify is the function that judges, (*verifier.Verifier).Verify.
type Verify func(ctx context.Context, data []byte, expect verifier.Expectation) (*verifier.Report, error)

// Inspect is the function that explains, doctor.Practice.Inspect.
type Inspect func(ctx context.Context, data []byte, expect verifier.Expectation) (*doctor.Inspection, error)

// Config is what a verifier's server is made of.
type Config struct {
	Verify  Verify       // must not be nil
	Inspect Inspect      // explains; nil leaves that out
	Samples []Sample     // documents to try on the front page; none by default
	Limits  serve.Limits // what clients may ask for; the zero value is a good one
	Log     *slog.Logger // nil discards; no document and no address is ever logged
}

// Sample is a document that the front page offers for trying out.
type Sample struct {
	Name      string // in the form: "revoked"
	Label     string // on the button; "" means the name
	Document  []byte
	Challenge string // of a presentation, what it is expected to answer
	Domain    string
	Edit      bool // offered in the box "change one letter and see it fail"
}

// ErrNotConfigured says that a server would have nothing to judge with.
var ErrNotConfigured = errors.New("a verifier's pages need a verify function")

// server holds what the handlers share.
type server struct {
	verify   glance[verifier.Report]
	inspect  glance[doctor.Inspection] // nil: not offered
	samples  []Sample
	clients  *serve.Clients
	pages    *ui.Pages
	fail     serve.Fail
	log      *slog.Logger
	verdicts func(string) // counts
	metrics  *serve.Metrics
	patience time.Duration // tests have less
}

// New returns the handler of a verifier. All its routes are listed here:
//
//	GET  /                 the page to drop a file on
//	POST /verify           a report, as JSON or as a page
//	POST /inspect          every value behind it, and what is wrong where
//	GET  /healthz          is the process up
//	GET  /metrics          how many requests and verdicts, for Prometheus
//	GET  /static/…         style sheets
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	r := mux.NewRouter()
	r.HandleFunc("/", s.home).Methods(http.MethodGet, http.MethodHead)
	r.HandleFunc("/verify", s.check).Methods(http.MethodPost)
	if s.inspect != nil {
		r.HandleFunc("/inspect", s.explain).Methods(http.MethodPost)
	}
	r.Handle("/healthz", serve.Health()).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/metrics", s.metrics.Handler()).Methods(http.MethodGet, http.MethodHead)
	r.PathPrefix("/static/").Handler(ui.Static()).Methods(http.MethodGet, http.MethodHead)
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = http.HandlerFunc(s.notAllowed)
	r.Use(nameRoute)
	return serve.Headers(serve.PagePolicy, s.metrics.Watch(s.log, s.fail, r)), nil
}

func newServer(c Config) (*server, error) {
	if c.Verify == nil {
		return nil, ErrNotConfigured
	}
	pages, err := loadPages()
	if err != nil {
		return nil, err
	}
	s := &server{
		verify:   glance[verifier.Report](c.Verify),
		inspect:  glance[doctor.Inspection](c.Inspect),
		samples:  c.Samples,
		clients:  serve.NewClients(c.Limits),
		pages:    pages,
		fail:     pages.Fail(frame("", nil)),
		log:      c.Log,
		metrics:  serve.NewMetrics(),
		patience: patience,
	}
	s.verdicts = s.metrics.Count("laurel_verdicts_total", "Reports made, by verdict.", "verdict",
		string(verifier.Accepted), string(verifier.Rejected), string(verifier.Undetermined))
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	return s, nil
}

func loadPages() (*ui.Pages, error) {
	templates, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	return ui.NewPages(templates)
}

// frame is what surrounds each of the verifier's pages.
func frame(title string, data any) ui.Page {
	return ui.Page{
		Title: title,
		Actor: "Verifier",
		Home:  "/",
		Note:  "What you check here is read, judged and forgotten. Nothing is stored.",
		Data:  data,
	}
}

// nameRoute tells the metrics which route took the request.
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

func (s *server) notFound(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, serve.NewProblem(http.StatusNotFound, "There is no such page."))
}

func (s *server) notAllowed(w http.ResponseWriter, r *http.Request) {
	allow := "GET, HEAD"
	if r.URL.Path == "/verify" || r.URL.Path == "/inspect" {
		allow = "POST"
	}
	w.Header().Set("Allow", allow)
	s.fail(w, r, serve.NewProblem(http.StatusMethodNotAllowed, "Documents are sent to /verify with POST; every other address is only read."))
}

// home shows the page to drop a file on.
func (s *server) home(w http.ResponseWriter, _ *http.Request) { s.showHome(w, "") }

func (s *server) showHome(w http.ResponseWriter, notice string) {
	view := struct {
		Notice  string
		Samples []Sample
		Edit    *Sample
		Inspect bool
	}{Notice: notice, Samples: s.samples, Inspect: s.inspect != nil}
	for i := range s.samples {
		if s.samples[i].Edit {
			view.Edit = &s.samples[i]
			break
		}
	}
	s.pages.Answer(w, http.StatusOK, "home.html", frame("Check a badge", view))
}
