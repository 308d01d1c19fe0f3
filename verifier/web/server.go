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
// With a Desk it also asks: a page to say what is wanted, a QR code, and the report
// of what a wallet answered. Who may ask has the Token.
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
// # Asking
//
// POST /requests puts a question. Whoever has the id in its QR code can read it and
// answer once; whoever has the secret in its result address can read the answer.
// Problems of a session have a code: SESSION_UNKNOWN 404, SESSION_CONSUMED 409,
// SESSION_EXPIRED 410, STATE_MISMATCH and others 400. A bad credential is a report.
//
// The pages work without JavaScript. Those that wait for an answer have a script
// that notices it sooner.
package web

import (
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/verifier"
	"laurel/verifier/doctor"
	"laurel/verifier/request"
	"laurel/verifier/share"
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

	Desk    *request.Desk   // asks for proof; nil leaves that out
	Token   string          // of the operator, at least 32 characters; "": there is none
	AskOpen bool            // anybody may ask, not only the operator
	Shares  *share.Book     // keeps what learners share by links, and needs a Desk; nil leaves that out
	Stop    <-chan struct{} // ends streams when the server is to stop; nil never does
	Nearby  string          // a wallet's page on this machine that takes a question as ?link=, for the demo; "": none
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

// ErrNotConfigured says that a server would have nothing to judge with, a token
// that could be guessed, or a desk at which nobody may ask.
var ErrNotConfigured = errors.New("a verifier's pages need a verify function, a desk a token of at least 32 characters or to be open to all, and shares a desk")

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

	desk        *request.Desk
	didDocument []byte // nil if the verifier is no did:web
	token       string
	anybody     bool
	nearby      string
	shares      *share.Book
	stop        <-chan struct{}
	answered    func(string) // counts
}

// New returns the handler of a verifier. All its routes are listed here:
//
//	GET  /                 the page to drop a file on
//	POST /verify           a report, as JSON or as a page
//	POST /inspect          every value behind it, and what is wrong where
//	…                      asking: see counterRoutes
//	…                      sharing: see shareRoutes
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
	if s.desk != nil {
		s.counterRoutes(r)
	}
	if s.shares != nil {
		s.shareRoutes(r)
	}
	r.Handle("/healthz", serve.Health()).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/metrics", s.metrics.Handler()).Methods(http.MethodGet, http.MethodHead)
	r.PathPrefix("/static/").Handler(ui.Static()).Methods(http.MethodGet, http.MethodHead)
	r.NotFoundHandler = http.HandlerFunc(s.notFound)
	r.MethodNotAllowedHandler = s.notAllowed(r)
	r.Use(nameRoute)
	return serve.Headers(serve.PagePolicy, s.metrics.Watch(s.log, s.fail, r)), nil
}

func newServer(c Config) (*server, error) {
	if c.Verify == nil || c.Token != "" && len(c.Token) < minToken || c.Desk != nil && c.Token == "" && !c.AskOpen || c.Shares != nil && c.Desk == nil {
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
		desk:     c.Desk, token: c.Token, anybody: c.AskOpen, stop: c.Stop, nearby: c.Nearby, shares: c.Shares,
	}
	s.verdicts = s.metrics.Count("laurel_verdicts_total", "Reports made, by verdict.", "verdict",
		string(verifier.Accepted), string(verifier.Rejected), string(verifier.Undetermined))
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.desk != nil {
		s.answered = s.metrics.Count("laurel_answers_total", "Answers taken, by where from.", "from", "wallet", "upload")
		err = s.loadDID()
	}
	return s, err
}

// loadDID makes the did.json, if the verifier is a did:web.
func (s *server) loadDID() error {
	if s.desk.Identity == nil {
		return nil
	}
	doc, err := s.desk.Identity.Document()
	if err != nil || !doc.Exists() {
		return err
	}
	s.didDocument = doc.Indented()
	return nil
}

func (s *server) now() time.Time { return s.desk.Book.Now() }

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

// frame is frame with the other pages of a verifier that asks.
func (s *server) frame(r *http.Request, title string, data any) ui.Page {
	page := frame(title, data)
	if r.URL.Path != "/" {
		page.Note = "An answer is kept as long as its question says, and then deleted."
	}
	if s.desk == nil || !s.anybody && !s.isOperator(r) {
		return page
	}
	page.Nav = []ui.Entry{
		{Title: "Ask for proof", URL: "/ask", Here: r.URL.Path == "/ask"},
		{Title: "Check a file", URL: "/", Here: r.URL.Path == "/"},
	}
	if s.isOperator(r) {
		page.Nav = append(page.Nav, ui.Entry{Title: "Our list", URL: "/trusted", Here: r.URL.Path == "/trusted"})
	}
	return page
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

// notAllowed names the methods that an address does take.
func (s *server) notAllowed(routes *mux.Router) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var allow []string
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete} {
			other := r.Clone(r.Context())
			other.Method = method
			if match := (mux.RouteMatch{}); routes.Match(other, &match) && match.MatchErr == nil {
				allow = append(allow, method)
			}
		}
		w.Header().Set("Allow", strings.Join(allow, ", "))
		s.fail(w, r, serve.NewProblem(http.StatusMethodNotAllowed,
			"Documents are sent to /verify with POST; other addresses take the methods that Allow names.").Named("METHOD_NOT_ALLOWED"))
	}
}

// home shows the page to drop a file on.
func (s *server) home(w http.ResponseWriter, r *http.Request) { s.showHome(w, r, "") }

func (s *server) showHome(w http.ResponseWriter, r *http.Request, notice string) {
	view := struct {
		Notice  string
		Samples []Sample
		Edit    *Sample
		Inspect bool
		Asks    bool
	}{Notice: notice, Samples: s.samples, Inspect: s.inspect != nil, Asks: s.desk != nil}
	for i := range s.samples {
		if s.samples[i].Edit {
			view.Edit = &s.samples[i]
			break
		}
	}
	s.pages.Answer(w, http.StatusOK, "home.html", s.frame(r, "Check a badge", view))
}
