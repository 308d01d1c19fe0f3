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
// With a Desk it also asks (package verifier/request/web), and with Shares learners
// can leave there what they share by links (package verifier/share/web). Both add
// their routes to this server.
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
package web

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"time"

	"laurel/internal/serve"
	"laurel/internal/site"
	"laurel/internal/ui"
	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/doctor"
	"laurel/verifier/request"
	requestweb "laurel/verifier/request/web"
	"laurel/verifier/share"
	"laurel/verifier/upload"
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
	Shared  string          // a link to what somebody shares there, for the front page of the demo; "": none
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

func (s Sample) document() upload.Document {
	return upload.Document{
		Name: cmp.Or(s.Label, s.Name), Data: s.Document,
		Expect: verifier.Expectation{Challenge: s.Challenge, Domain: s.Domain},
	}
}

// ErrNotConfigured says that a server would have nothing to judge with, or shares
// without a desk.
var ErrNotConfigured = errors.New("a verifier's pages need a verify function, and shares a desk")

// server holds what the handlers share.
type server struct {
	*site.Site
	verify   glance[verifier.Report]
	inspect  glance[doctor.Inspection] // nil: not offered
	samples  []Sample
	clients  *serve.Clients
	pages    *ui.Pages
	verdicts func(string)        // counts
	patience time.Duration       // tests have less
	counter  *requestweb.Counter // nil: asks nobody
	shared   string              // a link to try; "" if there is none
}

// New returns the handler of a verifier. All its routes are listed here:
//
//	GET  /                 the page to drop a file on
//	POST /verify           a report, as JSON or as a page
//	POST /inspect          every value behind it, and what is wrong where
//	…                      asking: see verifier/request/web
//	…                      sharing: see verifier/share/web
//	…                      health, metrics, style sheets: see internal/site
func New(c Config) (http.Handler, error) {
	s, err := newServer(c)
	if err != nil {
		return nil, err
	}
	s.mount(c)
	return s.Handler(), nil
}

func (s *server) mount(c Config) {
	site.Read(s.Router, "/", http.HandlerFunc(s.home))
	s.HandleFunc("/verify", s.check).Methods(http.MethodPost)
	if s.inspect != nil {
		s.HandleFunc("/inspect", s.explain).Methods(http.MethodPost)
	}
	if s.counter != nil {
		s.counter.Mount(s.Router)
	}
	if c.Shares != nil {
		s.shares(c).Mount(s.Router)
	}
}

func newServer(c Config) (*server, error) {
	if c.Verify == nil || c.Shares != nil && c.Desk == nil {
		return nil, ErrNotConfigured
	}
	templates, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := display.Pages(templates)
	if err != nil {
		return nil, err
	}
	s := &server{
		Site:     site.New(pages.Fail(display.Frame("", nil)), c.Log),
		verify:   glance[verifier.Report](c.Verify),
		inspect:  glance[doctor.Inspection](c.Inspect),
		samples:  c.Samples,
		clients:  serve.NewClients(c.Limits),
		pages:    pages,
		patience: patience,
		shared:   c.Shared,
	}
	s.verdicts = s.Metrics.Count("laurel_verdicts_total", "Reports made, by verdict.", "verdict",
		string(verifier.Accepted), string(verifier.Rejected), string(verifier.Undetermined))
	if c.Desk == nil {
		return s, nil
	}
	s.counter, err = requestweb.New(requestweb.Config{
		Desk: c.Desk, Token: c.Token, AskOpen: c.AskOpen, Nearby: c.Nearby, Stop: c.Stop,
		Clients: s.clients, Metrics: s.Metrics, Fail: s.Fail, Log: s.Log,
	})
	return s, err
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
		Shared  string
	}{Notice: notice, Samples: s.samples, Inspect: s.inspect != nil, Asks: s.counter != nil, Shared: s.shared}
	for i := range s.samples {
		if s.samples[i].Edit {
			view.Edit = &s.samples[i]
			break
		}
	}
	page := display.Frame("Check a badge", view)
	if s.counter != nil {
		page.Nav = s.counter.Nav(r)
	}
	s.pages.Answer(w, http.StatusOK, "home.html", page)
}

// sweepEvery is how often what is due is deleted.
const sweepEvery = time.Minute

// Forgetful is what keeps things for a time: the book of questions, that of shares.
type Forgetful interface {
	// Sweep deletes what is due, and returns how much that was.
	Sweep(ctx context.Context) (int, error)
}

// Sweep deletes what is due, at once and every minute, until ctx is done. A server
// that asks runs it beside its handler.
func Sweep(ctx context.Context, book Forgetful, failed func(error)) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if _, err := book.Sweep(ctx); err != nil && ctx.Err() == nil {
			failed(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
