// Package web is a learner's wallet as pages on their own machine: the badges,
// what an employer would see of each, and the way to show a choice of them.
//
// # Who may come in
//
// The server listens on 127.0.0.1 alone, but that keeps nobody out who is on
// this machine already: other people's programs, and every web page that the
// learner's browser has open. So there are four locks, and a request passes
// them in this order:
//
//	Host     is 127.0.0.1:PORT or localhost:PORT                     else 421
//	Origin   of everything but GET and HEAD is that very address      else 403
//	Cookie   belongs to a session that somebody opened with a link    else 401
//	token    of each form is the session's                            else 403
//
// Host stops a name that was pointed at 127.0.0.1 afterwards (DNS rebinding),
// Origin stops a form on somebody else's page, the cookie (HttpOnly,
// SameSite=Strict, gone with the browser) stops who merely knows the port, and
// the token is the second line should a browser forget the first. A session is
// opened with a link that works once; its token is gone from the address before
// a page is shown. Nothing secret is in an address after that, nothing about
// the learner is in the log, and the browser is told to store no page.
//
// # A server
//
//	server, err := web.New(web.Config{Wallet: w, Answers: responder, Address: listener.Addr().String(), Log: log})
//	if err != nil {
//		return err
//	}
//	fmt.Println("Your wallet:", server.Link())
//	return serve.Run(ctx, listener, server, serve.Options{Log: log})
//
// The wallet is unlocked by whoever starts the server; no page ever asks for a
// passphrase.
//
// # The pages
//
// They work without JavaScript and contain none. What takes two steps, such as
// looking at a badge before keeping it, lies on the session's desk between the
// two: in memory, for this session alone, and for half an hour at most.
package web

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/wallet"
	"laurel/wallet/answer"
)

//go:embed templates/*
var embedded embed.FS

// Config is what a wallet's server is made of.
type Config struct {
	Wallet *wallet.Wallet // unlocked, with a Check
	// Answers opens and answers what verifiers ask for, for the same wallet.
	Answers *answer.Responder
	// Address is where the listener is: 127.0.0.1 and its port.
	Address string
	// Opened is called when somebody came in by a link, which is used up then;
	// nil does nothing.
	Opened func()
	Log    *slog.Logger // nil discards; what is logged names no badge and no person
}

var (
	// ErrNotConfigured says that there is no wallet to show, no check for it, or
	// nobody who answers for it.
	ErrNotConfigured = errors.New("a wallet's pages need a wallet with a check, and a responder for it")
	// ErrNotLoopback says that the address is not this machine's own alone.
	ErrNotLoopback = errors.New("a wallet listens on 127.0.0.1 only")
)

// Server answers for one wallet. Make it with New.
type Server struct {
	wallet  *wallet.Wallet
	answers *answer.Responder
	opened  func()
	log     *slog.Logger
	now     func() time.Time
	port    string
	handler http.Handler
	pages   *ui.Pages
	fail    serve.Fail
	door    door
	checks  memory
}

// New returns the server of a wallet. All its routes are listed here; those
// marked with a dot need a session.
//
//	GET  /open?token=…         come in by a link
//	GET  /                   · the badges, searched; a choice of them
//	GET  /cards/{id}         · one badge, and what an employer would see
//	GET  /cards/{id}/picture · its picture
//	GET  /cards/{id}/file    · the file, as its issuer signed it
//	POST /cards/{id}/check   · check it again
//	POST /cards/{id}/remove  · remove it for good
//	GET  /add                · hand in files
//	POST /add                · look at them
//	GET  /add/{id}           · what was found
//	POST /add/{id}           · keep them
//	GET  /present            · say for whom a choice of badges is
//	POST /present            · make the answer
//	GET  /present/{id}       · what they will see
//	POST /present/{id}       · agree
//	GET  /present/{id}/{n}   · the file to hand over
//	GET  /answer             · hand in a verifier's link or QR code
//	POST /answer             · open the request
//	GET  /answer/{id}        · who asks, for what, and what would be sent
//	POST /answer/{id}        · choose, agree, or decline
//	GET  /receipts           · what was shown to whom
//	GET  /share              · say what of a choice of badges to share by a link
//	POST /share              · make it
//	GET  /share/{id}         · what the link would show
//	POST /share/{id}         · agree
//	GET  /shares             · what is shared by links
//	GET  /shares/{id}        · one link, and what leads to it
//	POST /shares/{id}        · take it back
//	GET  /identities         · the learner's did:keys
//	POST /identities         · make one
//	POST /lock               · end the session
//	GET  /healthz              is the process up
//	GET  /static/…             style sheets
func New(c Config) (*Server, error) {
	if c.Wallet == nil || c.Wallet.Check == nil || c.Answers == nil || c.Answers.Wallet != c.Wallet {
		return nil, ErrNotConfigured
	}
	host, port, err := net.SplitHostPort(c.Address)
	if err != nil || host != "127.0.0.1" {
		return nil, fmt.Errorf("%q: %w", c.Address, ErrNotLoopback)
	}
	templates, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	pages, err := ui.NewPages(templates)
	if err != nil {
		return nil, err
	}
	s := &Server{
		wallet: c.Wallet, answers: c.Answers, opened: c.Opened, log: c.Log, now: c.Wallet.Now, port: port,
		pages: pages, fail: pages.Fail(frame("", "", nil)),
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	watched := serve.NewMetrics().Watch(s.log, s.fail, s.guard(s.routes()))
	s.handler = serve.Headers(serve.PagePolicy, watched)
	return s, nil
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

func (s *Server) routes() *mux.Router {
	r := mux.NewRouter()
	get := func(path string, h handler) {
		r.Handle(path, s.inside(h)).Methods(http.MethodGet, http.MethodHead)
	}
	post := func(path string, h func(http.ResponseWriter, *http.Request, *session, *form) error) {
		r.Handle(path, s.inside(s.withForm(h))).Methods(http.MethodPost)
	}
	r.HandleFunc("/open", s.open).Methods(http.MethodGet)
	get("/", s.home)
	get("/cards/{id}", s.card)
	get("/cards/{id}/picture", s.picture)
	get("/cards/{id}/file", s.file)
	post("/cards/{id}/check", s.recheck)
	post("/cards/{id}/remove", s.remove)
	get("/add", s.showAdd)
	post("/add", s.examine)
	get("/add/{id}", s.showFound)
	post("/add/{id}", s.keep)
	get("/present", s.choose)
	post("/present", s.prepare)
	get("/present/{id}", s.preview)
	post("/present/{id}", s.agree)
	get("/present/{id}/{n:[0-9]+}", s.handOver)
	get("/answer", s.showAnswer)
	post("/answer", s.openLink)
	get("/answer/{id}", s.consent)
	post("/answer/{id}", s.decide)
	get("/receipts", s.receipts)
	get("/share", s.offerShare)
	post("/share", s.prepareShare)
	get("/share/{id}", s.showOffer)
	post("/share/{id}", s.publish)
	get("/shares", s.shares)
	get("/shares/{id}", s.shared)
	post("/shares/{id}", s.unshare)
	get("/identities", s.identities)
	post("/identities", s.newIdentity)
	post("/lock", s.lock)
	r.Handle("/healthz", serve.Health()).Methods(http.MethodGet, http.MethodHead)
	r.PathPrefix("/static/").Handler(ui.Static()).Methods(http.MethodGet, http.MethodHead)
	r.NotFoundHandler = s.refusing(http.StatusNotFound, "There is no such page.")
	r.MethodNotAllowedHandler = s.refusing(http.StatusMethodNotAllowed, "This address does not take what was sent.")
	r.Use(nameRoute)
	return r
}

// nameRoute tells the log which route took the request.
func nameRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pattern, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			serve.SetRoute(r.Context(), pattern)
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) refusing(status int, detail string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, serve.NewProblem(status, detail))
	})
}

// handler answers a request of a session. An error is told by explain.
type handler func(w http.ResponseWriter, r *http.Request, as *session) error

// explain turns an error into what the learner is told. The page may say what
// it was, since it is theirs; the log may not, since it names badges.
func (s *Server) explain(err error) *serve.Problem {
	var problem *serve.Problem
	switch {
	case errors.As(err, &problem):
		return problem
	case errors.Is(err, wallet.ErrNotFound), errors.Is(err, wallet.ErrAmbiguous):
		return serve.NewProblem(http.StatusNotFound, "This wallet has no such badge.")
	case errors.Is(err, wallet.ErrCorrupt):
		s.log.Error("the store is damaged")
		return serve.NewProblem(http.StatusInternalServerError, damaged)
	default:
		s.log.Error("request failed", "error", fmt.Sprintf("%T", err))
		return serve.NewProblem(http.StatusInternalServerError, "It did not work: "+err.Error())
	}
}

// damaged is what to do when the store does not have what the wallet wrote.
const damaged = "A part of this wallet's store is damaged or missing. Keep its folder as it is, and make a new wallet from your last backup."

// The pages of the navigation.
const (
	atCards      = "/"
	atAdd        = "/add"
	atAnswer     = "/answer"
	atReceipts   = "/receipts"
	atIdentities = "/identities"
)

// frame is what surrounds each page; it belongs to a page of the navigation, or
// stands outside if that is "".
func frame(at, title string, data any) ui.Page {
	p := ui.Page{
		Title: title, Actor: "Wallet", Home: "/", Data: data,
		Note: "This wallet lives on this machine. Nothing leaves it before you have seen it and agreed.",
	}
	if at == "" {
		return p
	}
	for _, e := range []ui.Entry{{Title: "Badges", URL: atCards}, {Title: "Add", URL: atAdd}, {Title: "Answer", URL: atAnswer}, {Title: "Receipts", URL: atReceipts}, {Title: "Identities", URL: atIdentities}} {
		e.Here = e.URL == at
		p.Nav = append(p.Nav, e)
	}
	return p
}

// show answers with a page.
func (s *Server) show(w http.ResponseWriter, name string, page ui.Page) {
	s.pages.Answer(w, http.StatusOK, name, page)
}

// see sends the browser on to another page, to be asked for with GET.
func see(w http.ResponseWriter, r *http.Request, address string) error {
	http.Redirect(w, r, address, http.StatusSeeOther)
	return nil
}
