// Package web is the counter of a verifier that asks: the pages on which an employer
// says what is wanted and reads the answers, those on which whoever is asked finds
// a way to answer, and what wallets see of both (OpenID4VP 1.0, sections 5 and 8).
//
// It is a part of a verifier's server, which lends it how to refuse:
//
//	counter, err := web.New(web.Config{Desk: desk, Token: token, Clients: clients, Metrics: metrics, Fail: fail, Log: log})
//	if err != nil {
//		return err
//	}
//	counter.Mount(router)
//
// # The contract
//
// POST /requests puts a question; only whoever has the Token may, unless AskOpen.
// Whoever has the id in its QR code can read it and answer once; whoever has the
// secret in its result address can read the answer. Problems of a session have a
// code: SESSION_UNKNOWN 404, SESSION_CONSUMED 409, SESSION_EXPIRED 410,
// STATE_MISMATCH and others 400. A bad credential is no problem but a report.
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
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/openid4vc"
	"laurel/verifier/display"
	"laurel/verifier/request"
	"laurel/verifier/session"
)

//go:embed templates/*
var embedded embed.FS

// Config is what a counter is made of. What has no other word must be set.
type Config struct {
	Desk    *request.Desk   // asks, and judges the answers
	Token   string          // of the operator, at least 32 characters; "": there is none
	AskOpen bool            // anybody may ask, not only the operator
	Nearby  string          // a wallet's page on this machine that takes a question as ?link=, for the demo; "": none
	Stop    <-chan struct{} // ends streams when the server is to stop; nil never does

	Clients *serve.Clients
	Metrics *serve.Metrics
	Fail    serve.Fail
	Log     *slog.Logger
}

// ErrNotConfigured says that a counter would have nothing to ask with, a token that
// could be guessed, or nobody who may ask.
var ErrNotConfigured = errors.New("a counter needs a desk, and a token of at least 32 characters or to be open to all")

// Counter is where a verifier asks.
type Counter struct {
	Config
	pages       *ui.Pages
	didDocument []byte       // nil if the verifier is no did:web
	answered    func(string) // counts
}

// New returns a counter whose pages are ready.
func New(config Config) (*Counter, error) {
	if config.Desk == nil || config.Token != "" && len(config.Token) < minToken || config.Token == "" && !config.AskOpen {
		return nil, ErrNotConfigured
	}
	templates, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	c := &Counter{Config: config}
	if c.pages, err = display.Pages(templates); err != nil {
		return nil, err
	}
	if c.didDocument, err = didDocument(c.Desk); err != nil {
		return nil, err
	}
	c.answered = c.Metrics.Count("laurel_answers_total", "Answers taken, by where from.", "from", "wallet", "upload")
	return c, nil
}

// didDocument is the did.json, if the verifier is a did:web.
func didDocument(desk *request.Desk) ([]byte, error) {
	if desk.Identity == nil {
		return nil, nil
	}
	doc, err := desk.Identity.Document()
	if err != nil || !doc.Exists() {
		return nil, err
	}
	return doc.Indented(), nil
}

// Nav is the pages of a verifier that asks, for whoever may see them.
func (c *Counter) Nav(r *http.Request) []ui.Entry {
	operator := c.isOperator(r)
	if !c.AskOpen && !operator {
		return nil
	}
	nav := []ui.Entry{
		{Title: "Ask for proof", URL: "/ask", Here: r.URL.Path == "/ask"},
		{Title: "Check a file", URL: "/", Here: r.URL.Path == "/"},
	}
	if operator {
		nav = append(nav, ui.Entry{Title: "Our list", URL: "/trusted", Here: r.URL.Path == "/trusted"})
	}
	return nav
}

// frame is what surrounds each page of the counter.
func (c *Counter) frame(r *http.Request, title string, data any) ui.Page {
	page := display.Frame(title, data)
	page.Note = "An answer is kept as long as its question says, and then deleted."
	page.Nav = c.Nav(r)
	return page
}

func (c *Counter) now() time.Time { return c.Desk.Book.Now() }

// Mount adds the routes. Those with an id are for whoever was asked, those with a
// secret for whoever asks, the others for the operator.
func (c *Counter) Mount(r *mux.Router) {
	get := func(path string, h serve.Action) {
		r.Handle(path, c.Clients.Admit(h, c.Fail)).Methods(http.MethodGet, http.MethodHead)
	}
	post := func(path string, h serve.Action) { r.Handle(path, c.Clients.Admit(h, c.Fail)).Methods(http.MethodPost) }

	if c.AskOpen {
		get("/ask", c.showAsk)
	} else {
		get("/ask", c.operator(c.showAsk))
	}
	post("/requests", c.asking(c.ask))
	post("/templates/{name}/delete", c.operator(c.own(c.deleteTemplate)))
	get("/trusted", c.operator(c.showTrusted))
	post("/trusted/delete", c.operator(c.own(c.distrust)))
	get("/identity", c.operator(c.identity))
	get("/login", c.showLogin)
	post("/login", c.own(c.login))
	post("/logout", c.own(c.logout))

	get("/requests/{id}", c.interaction)
	get("/requests/{id}/object", c.object)
	post("/requests/{id}/object", c.object)
	post("/requests/{id}/response", c.respond)
	post("/requests/{id}/upload", c.own(c.upload))
	r.HandleFunc("/requests/{id}/events", c.events(c.sessionByID)).Methods(http.MethodGet)
	get("/c/{code}", c.typed)
	get("/open/{id}", c.poster)
	post("/open/{id}", c.own(c.visit))
	get("/open/{id}/print", c.printPoster)

	get("/results/{secret}", c.result)
	get("/results/{secret}/answers.csv", c.table)
	get("/results/{secret}/report.html", c.file)
	r.HandleFunc("/results/{secret}/events", c.events(c.sessionBySecret)).Methods(http.MethodGet)
	post("/results/{secret}/again", c.own(c.again))
	post("/results/{secret}/check", c.own(c.check))
	post("/results/{secret}/delete", c.own(c.forget))
	post("/results/{secret}/trust", c.operator(c.own(c.trust)))
	if c.didDocument != nil {
		get("/.well-known/did.json", c.did)
	}
}

// What the records of a question and of an answer count for, beside what was sent: an
// answer is also a line that somebody reads.
const (
	questionSize = 4 << 10
	answerSize   = 32 << 10
)

// keeps counts what will stay of a request against what its client may leave behind.
// The operator knows how much room there is.
func (c *Counter) keeps(r *http.Request, visit *serve.Visit, n int) *serve.Problem {
	if c.isOperator(r) {
		return nil
	}
	return visit.Keep(n)
}

// problemOf says what an error of the desk is to whoever sent the request.
func (c *Counter) problemOf(err error) *serve.Problem {
	named := func(status int, code, detail string) *serve.Problem {
		return serve.NewProblem(status, detail).Named(code)
	}
	code := openid4vc.Code(err)
	switch {
	case errors.Is(err, session.ErrUnknown):
		return named(http.StatusNotFound, "SESSION_UNKNOWN", "There is no such question, or it was deleted.")
	case errors.Is(err, session.ErrConsumed):
		return named(http.StatusConflict, "SESSION_CONSUMED", "This question has its answer already. Ask for a new one.")
	case errors.Is(err, session.ErrExpired):
		return named(http.StatusGone, "SESSION_EXPIRED", "The time to answer is over. Ask for a new question.")
	case errors.Is(err, session.ErrTooMany):
		p := named(http.StatusTooManyRequests, "TOO_MANY_SESSIONS", "Too many questions are waiting for an answer. Please try again in a minute.")
		p.RetryAfter = time.Minute
		return p
	case errors.Is(err, request.ErrUnsigned):
		return named(http.StatusNotFound, "REQUEST_UNSIGNED", "This request is not signed: it travels inside its link.")
	case errors.Is(err, request.ErrAsk), errors.Is(err, session.ErrQuestion):
		return named(http.StatusBadRequest, "REQUEST_INVALID", err.Error())
	case errors.Is(err, request.ErrTrusted):
		return named(http.StatusUnprocessableEntity, "TRUST_INCOMPLETE", err.Error())
	case code == "LIMIT_EXCEEDED":
		return named(http.StatusRequestEntityTooLarge, code, err.Error())
	case code != "":
		return named(http.StatusBadRequest, code, err.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return serve.TooSlow()
	default:
		c.Log.Error("a question could not be dealt with", "error", err)
		p := named(http.StatusServiceUnavailable, "STORE_UNAVAILABLE", "Something went wrong on our side; nothing was taken. Please try again shortly.")
		p.RetryAfter = 5 * time.Second
		return p
	}
}

// sessionByID finds the session of whoever was asked.
func (c *Counter) sessionByID(r *http.Request) (*session.Session, error) {
	return c.Desk.Book.Get(r.Context(), mux.Vars(r)["id"])
}

// sessionBySecret finds the session of whoever asks.
func (c *Counter) sessionBySecret(r *http.Request) (*session.Session, error) {
	found, err := c.Desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err == nil && found.Session == nil {
		err = session.ErrUnknown
	}
	return found.Session, err
}

// did publishes the verifier's key, for wallets that check who asks.
func (c *Counter) did(w http.ResponseWriter, _ *http.Request, _ *serve.Visit) *serve.Problem {
	w.Header().Set("Content-Type", "application/did+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(c.didDocument)
	return nil
}
