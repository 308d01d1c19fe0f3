package web

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/openid4vc"
	"laurel/verifier/request"
	"laurel/verifier/session"
)

// counterRoutes are the routes of asking. Those with an id are for whoever was
// asked, those with a secret for whoever asks, the others for the operator.
func (s *server) counterRoutes(r *mux.Router) {
	get := func(path string, h action) { r.Handle(path, s.open(h)).Methods(http.MethodGet, http.MethodHead) }
	post := func(path string, h action) { r.Handle(path, s.open(h)).Methods(http.MethodPost) }

	if s.anybody {
		get("/ask", s.showAsk)
	} else {
		get("/ask", s.operator(s.showAsk))
	}
	post("/requests", s.asking(s.ask))
	post("/templates/{name}/delete", s.operator(s.own(s.deleteTemplate)))
	get("/trusted", s.operator(s.showTrusted))
	post("/trusted/delete", s.operator(s.own(s.distrust)))
	get("/login", s.showLogin)
	post("/login", s.own(s.login))
	post("/logout", s.own(s.logout))

	get("/requests/{id}", s.interaction)
	get("/requests/{id}/object", s.object)
	post("/requests/{id}/object", s.object)
	post("/requests/{id}/response", s.respond)
	post("/requests/{id}/upload", s.own(s.upload))
	r.HandleFunc("/requests/{id}/events", s.events(s.sessionByID)).Methods(http.MethodGet)
	get("/c/{code}", s.typed)
	get("/open/{id}", s.poster)
	post("/open/{id}", s.own(s.visit))
	get("/open/{id}/print", s.printPoster)

	get("/results/{secret}", s.result)
	get("/results/{secret}/answers.csv", s.table)
	get("/results/{secret}/report.html", s.file)
	r.HandleFunc("/results/{secret}/events", s.events(s.sessionBySecret)).Methods(http.MethodGet)
	post("/results/{secret}/again", s.own(s.again))
	post("/results/{secret}/delete", s.own(s.forget))
	post("/results/{secret}/trust", s.operator(s.own(s.trust)))
	if s.didDocument != nil {
		get("/.well-known/did.json", s.did)
	}
}

// action answers a request, or says why not.
type action func(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem

// open lets a client in, as often as its share allows.
func (s *server) open(h action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit, refused := s.clients.Arrive(r)
		if refused == nil {
			defer visit.Leave()
			refused = h(w, r, visit)
		}
		if refused != nil {
			s.fail(w, r, refused)
		}
	})
}

// problemOf says what an error of the desk is to whoever sent the request.
func (s *server) problemOf(err error) *serve.Problem {
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
		return tooSlow()
	default:
		s.log.Error("a question could not be dealt with", "error", err)
		p := named(http.StatusServiceUnavailable, "STORE_UNAVAILABLE", "Something went wrong on our side; nothing was taken. Please try again shortly.")
		p.RetryAfter = 5 * time.Second
		return p
	}
}

// sessionByID finds the session of whoever was asked.
func (s *server) sessionByID(r *http.Request) (*session.Session, error) {
	return s.desk.Book.Get(r.Context(), mux.Vars(r)["id"])
}

// sessionBySecret finds the session of whoever asks.
func (s *server) sessionBySecret(r *http.Request) (*session.Session, error) {
	found, err := s.desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err == nil && found.Session == nil {
		err = session.ErrUnknown
	}
	return found.Session, err
}

// did publishes the verifier's key, for wallets that check who asks.
func (s *server) did(w http.ResponseWriter, _ *http.Request, _ *serve.Visit) *serve.Problem {
	w.Header().Set("Content-Type", "application/did+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
	_, _ = w.Write(s.didDocument)
	return nil
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
