// Package web answers for what learners share by links: it takes shares from their
// wallets, opens them for whoever has the link, and lets the wallets look after
// them and take them back.
//
// It is a part of a verifier's server, which lends it how to judge and how to show
// a report:
//
//	shares := &web.Desk{Book: book, URL: "https://verifier.example", Clients: clients, Fail: fail, Judge: judge, Show: show}
//	shares.Mount(router)
//
// # The contract
//
//	POST   /shares          a deposit (package internal/sharelink): 201 {"id":"…","expires":"…"}
//	GET    /shares/ID       with the secret as a bearer token: state and views
//	DELETE /shares/ID       with the same: withdrawn, for good
//	GET    /s/TOKEN         the report, made now, as a page or as JSON
//	GET    /s/TOKEN/picture the picture of the first badge, for previews
//
// A share that is over answers 410, with SHARE_EXPIRED or SHARE_WITHDRAWN; one that
// never was, or is forgotten, 404, and so does every request with a wrong secret.
// The link is a secret: pages send no referrer, ask not to be indexed and are kept
// by nobody, and neither logs nor metrics have more than the pattern of the route.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/internal/sharelink"
	"laurel/internal/strictjson"
	"laurel/verifier"
	"laurel/verifier/share"
)

// Judge makes a report of each document, or says why it cannot.
type Judge func(ctx context.Context, visit *serve.Visit, documents [][]byte, expect verifier.Expectation) ([]*verifier.Report, *serve.Problem)

// Show answers with the reports of a share, as a page or as JSON.
type Show func(w http.ResponseWriter, r *http.Request, view View)

// Desk takes and shows shares. Every field but Log must be set.
type Desk struct {
	Book    *share.Book
	URL     string // the verifier's address, as wallets name it
	Clients *serve.Clients
	Fail    serve.Fail
	Judge   Judge
	Show    Show
	Log     *slog.Logger // nil discards
}

// View is what there is to see at a link.
type View struct {
	Reports []*verifier.Report
	Names   []string  // of what each is about, if there are several
	Shared  time.Time // when the learner made the link
	Expires time.Time
	By      string // who judges: the host of this verifier

	// For previews of the link elsewhere, which are kept for days: they say what it
	// is about, and no verdict.
	Title   string
	Address string // the link itself
	Picture string // address of a picture; "" if there is none to show
}

// Mount adds the routes.
func (d *Desk) Mount(r *mux.Router) {
	r.Handle("/shares", d.open(d.take)).Methods(http.MethodPost)
	r.Handle("/shares/{id}", d.open(d.state)).Methods(http.MethodGet)
	r.Handle("/shares/{id}", d.open(d.withdraw)).Methods(http.MethodDelete)
	r.Handle("/s/{token}", d.open(d.look)).Methods(http.MethodGet, http.MethodHead)
	r.Handle("/s/{token}/picture", d.open(d.picture)).Methods(http.MethodGet, http.MethodHead)
}

// open keeps what is shared out of indexes, caches and the addresses that other sites
// are told.
func (d *Desk) open(h serve.Action) http.Handler {
	inside := d.Clients.Admit(h, d.Fail)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Robots-Tag", "noindex, nofollow, noarchive")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		inside.ServeHTTP(w, r)
	})
}

// take keeps what a wallet posts.
func (d *Desk) take(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") { // which no form of a stranger's page can send
		return problem(http.StatusUnsupportedMediaType, "MEDIA_TYPE_UNSUPPORTED", "A share is posted as application/json.")
	}
	body, refused := visit.Body(w, r, sharelink.MaxDeposit)
	if refused != nil {
		return refused
	}
	deposit, err := sharelink.ParseDeposit(body)
	if err != nil {
		return d.problemOf(err)
	}
	if deposit.Verifier != d.URL {
		return problem(http.StatusUnprocessableEntity, "SHARE_ELSEWHERE", "This share was made for another address. This verifier is "+d.URL+".")
	}
	if err := d.Book.Put(r.Context(), deposit, visit.Name()); err != nil {
		return d.problemOf(err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	_, _ = w.Write(strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(deposit.ID)},
		strictjson.Member{Name: "expires", Value: strictjson.String(deposit.Expires.UTC().Format(time.RFC3339))},
	).JSON())
	return nil
}

// state tells the wallet how its share stands.
func (d *Desk) state(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	return d.tell(w, r, d.Book.State)
}

// withdraw takes a share back.
func (d *Desk) withdraw(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	return d.tell(w, r, d.Book.Withdraw)
}

func (d *Desk) tell(w http.ResponseWriter, r *http.Request, of func(ctx context.Context, id, secret string) (sharelink.State, error)) *serve.Problem {
	secret, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !given {
		w.Header().Set("WWW-Authenticate", "Bearer")
		return problem(http.StatusUnauthorized, "UNAUTHORIZED", "This is for the wallet that made the share.")
	}
	state, err := of(r.Context(), mux.Vars(r)["id"], secret)
	if err != nil {
		return d.problemOf(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(state.JSON())
	return nil
}

// look shows what is at a link, judged now.
func (d *Desk) look(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	if r.Method == http.MethodHead { // a program asks whether the link lives
		if _, _, err := d.find(r); err != nil {
			return d.problemOf(err)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		return nil
	}
	view, id, refused := d.judge(r, visit)
	if refused != nil {
		return refused
	}
	if !isPreview(r) {
		if err := d.Book.Viewed(r.Context(), id); err != nil {
			d.log().Error("a view could not be counted", "error", err)
		}
	}
	d.Show(w, r, *view)
	return nil
}

// find finds the share of a link.
func (d *Desk) find(r *http.Request) (sharelink.Link, *share.Share, error) {
	link, err := sharelink.Of(d.URL, mux.Vars(r)["token"])
	if err != nil {
		return link, nil, share.ErrUnknown
	}
	s, err := d.Book.Get(r.Context(), link.ID())
	return link, s, err
}

// hesitation is how long before it arrived here what is shared may have been signed:
// a learner looks it over first.
const hesitation = time.Hour

// operator is who judges, to whoever looks: the host of the verifier's address.
func (d *Desk) operator() string {
	_, host, _ := strings.Cut(d.URL, "://")
	return host
}

// judge opens a share and makes its reports.
func (d *Desk) judge(r *http.Request, visit *serve.Visit) (*View, string, *serve.Problem) {
	link, s, err := d.find(r)
	if err != nil {
		return nil, "", d.problemOf(err)
	}
	documents, err := link.Open(s.Sealed)
	if err != nil {
		return nil, "", d.problemOf(err)
	}
	reports, refused := d.Judge(r.Context(), visit, documents, verifier.Expectation{
		Challenge: link.ID(), Domain: d.URL, BindingAge: d.Book.Now().Sub(s.Created) + hesitation, Operator: d.operator(), Shared: true,
	})
	if refused != nil {
		return nil, "", refused
	}
	view := &View{Reports: reports, Shared: s.Created, Expires: s.Expires, By: d.operator(), Title: titleOf(reports), Address: link.String()}
	view.Names = make([]string, len(reports))
	if len(reports) > 1 {
		for i := range reports {
			view.Names[i] = titleOf(reports[i : i+1])
		}
	}
	if _, _, ok := pictureOf(reports); ok {
		view.Picture = view.Address + "/picture"
	}
	return view, s.ID, nil
}

// badges are the badges in reports whose signatures hold, in order.
func badges(reports []*verifier.Report) []*credential.Badge {
	var out []*credential.Badge
	for _, r := range reports {
		if signed := r.Check(verifier.RowIssuer); r.Badge != nil && signed != nil && signed.Outcome == verifier.Passed {
			out = append(out, r.Badge)
		}
		out = append(out, badges(r.Parts)...)
	}
	return out
}

// titleOf is what the link is about, for a preview.
func titleOf(reports []*verifier.Report) string {
	all := badges(reports)
	if len(all) == 0 || all[0].Title() == "" {
		return "A shared badge"
	}
	title := all[0].Title()
	if len(all) > 1 {
		title += " and more"
	}
	return title
}

// previewers are in the names of programs that fetch a link to show what it leads
// to, or to look for harm in it.
var previewers = []string{
	"bot", "crawl", "spider", "preview", "facebookexternalhit", "whatsapp", "slurp", "embed", "scan", "fetch", "curl/", "monitor",
}

// isPreview reports whether a program fetches the page to show what it is about, or
// in case a person opens it, which is no view. Programs can say anything: the count
// of views is what people should know, and nothing rests on it.
func isPreview(r *http.Request) bool {
	if strings.Contains(r.Header.Get("Sec-Purpose")+r.Header.Get("Purpose")+r.Header.Get("X-Moz"), "prefetch") {
		return true
	}
	agent := strings.ToLower(r.UserAgent())
	for _, name := range previewers {
		if strings.Contains(agent, name) {
			return true
		}
	}
	return agent == ""
}

// picture shows the picture of the first badge to those who preview the link.
func (d *Desk) picture(w http.ResponseWriter, r *http.Request, visit *serve.Visit) *serve.Problem {
	view, _, refused := d.judge(r, visit)
	if refused != nil {
		return refused
	}
	data, contentType, ok := pictureOf(view.Reports)
	if !ok {
		return problem(http.StatusNotFound, "PICTURE_UNKNOWN", "There is no picture to preview.")
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox; frame-ancestors 'none'")
	_, _ = w.Write(data)
	return nil
}

func (d *Desk) log() *slog.Logger {
	if d.Log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return d.Log
}

func problem(status int, code, detail string) *serve.Problem {
	return serve.NewProblem(status, detail).Named(code)
}

// problemOf says what an error is to whoever sent the request.
func (d *Desk) problemOf(err error) *serve.Problem {
	switch {
	case errors.Is(err, share.ErrWithdrawn):
		p := problem(http.StatusGone, "SHARE_WITHDRAWN", "Its owner has taken it back. Nothing is wrong with your link; ask them for a new one if you still need to see it.")
		p.Title = "No longer shared"
		return p
	case errors.Is(err, share.ErrExpired):
		p := problem(http.StatusGone, "SHARE_EXPIRED", "It was shared for a time that is over. Nothing is wrong with your link; ask its owner for a new one.")
		p.Title = "No longer shared"
		return p
	case errors.Is(err, share.ErrUnknown), errors.Is(err, sharelink.ErrLink):
		return problem(http.StatusNotFound, "SHARE_UNKNOWN", "Nothing is shared here. Look whether the link is whole, to its last letter.")
	case errors.Is(err, sharelink.ErrSealed), errors.Is(err, sharelink.ErrContents):
		return problem(http.StatusNotFound, "SHARE_UNREADABLE", "What is kept here does not open with this link. Nothing of it can be shown.")
	case errors.Is(err, share.ErrTaken):
		return problem(http.StatusConflict, "SHARE_TAKEN", "There is a share with this id already.")
	case errors.Is(err, sharelink.ErrLimit):
		return problem(http.StatusRequestEntityTooLarge, "LIMIT_EXCEEDED", err.Error())
	case errors.Is(err, sharelink.ErrDeposit), errors.Is(err, share.ErrBounds):
		return problem(http.StatusBadRequest, "SHARE_INVALID", err.Error())
	case errors.Is(err, share.ErrCrowded):
		return problem(http.StatusUnprocessableEntity, "SHARE_TOO_LONG", err.Error())
	case errors.Is(err, share.ErrTooMany):
		p := problem(http.StatusTooManyRequests, "TOO_MANY_SHARES", "There is no room for another share just now.")
		p.RetryAfter = time.Hour
		return p
	default:
		d.log().Error("a share could not be dealt with", "error", err)
		p := problem(http.StatusServiceUnavailable, "STORE_UNAVAILABLE", "Something went wrong on our side. Please try again shortly.")
		p.RetryAfter = 5 * time.Second
		return p
	}
}
