package web

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/sharelink"
	"laurel/wallet"
	"laurel/wallet/share"
)

// lives are how long a link can work, as the page offers it.
var lives = []struct {
	Days  int
	Label string
}{{1, "a day"}, {7, "a week"}, {30, "30 days"}, {90, "90 days"}}

// usualDays is the one that is chosen unless the learner chooses another.
const usualDays = int(share.Life / (24 * time.Hour))

// sharer shares for this wallet, by the line that it answers with.
func (s *Server) sharer() *share.Sharer {
	return &share.Sharer{Wallet: s.wallet, Line: s.answers.Line, UnsafeLoopback: s.answers.UnsafeLoopback}
}

// shareView is the page that asks what to share, where, and for how long.
type shareView struct {
	*chooseView
	Verifier string
	Known    []string // verifiers that were shared with
	Days     int
	Lives    any
}

// offerShare answers GET /share.
func (s *Server) offerShare(w http.ResponseWriter, r *http.Request, as *session) error {
	known, err := s.sharer().Verifiers(r.Context())
	if err != nil {
		return err
	}
	view := &shareView{chooseView: &chooseView{Token: as.token, Asked: wallet.Request{Credentials: r.URL.Query()["card"]}}, Days: usualDays}
	if len(known) > 0 {
		view.Verifier = known[0]
	}
	return s.askToShare(w, r, view, "")
}

// askToShare shows the page, after toggling a field of a badge.
func (s *Server) askToShare(w http.ResponseWriter, r *http.Request, view *shareView, toggle string) (err error) {
	if view.Known, err = s.sharer().Verifiers(r.Context()); err != nil {
		return err
	}
	if err := s.layOut(r, view.chooseView, toggle); err != nil {
		return err
	}
	view.Lives = lives
	s.show(w, "share.html", frame(atCards, "Share by a link", view))
	return nil
}

// offered is what would be shared; it lies on the desk until the learner agrees.
type offered struct {
	mu     sync.Mutex
	offer  *share.Offer
	asked  wallet.Request
	notice string // why the verifier did not take it
	shared string // id of the link, once there is one
}

// prepareShare answers POST /share: it makes what would be shared, which stays here.
func (s *Server) prepareShare(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	view := &shareView{chooseView: &chooseView{Token: as.token, Asked: f.request()}, Verifier: f.text("verifier")}
	view.Days, _ = strconv.Atoi(f.Get("days"))
	if len(view.Verifier) > maxAsked || len(view.Asked.Audience) > maxAsked {
		return serve.NewProblem(http.StatusRequestEntityTooLarge, "The address or the name is longer than any honest one.")
	}
	if f.Has("step") || f.Has("toggle") {
		return s.askToShare(w, r, view, f.Get("toggle"))
	}
	asked := view.Asked
	offer, err := s.sharer().Prepare(r.Context(), share.Plan{
		Verifier: view.Verifier, Life: time.Duration(view.Days) * 24 * time.Hour,
		Credentials: asked.Credentials, Show: asked.Show, Audience: asked.Audience, Holder: asked.Holder,
	})
	switch {
	case errors.Is(err, share.ErrPlan), errors.Is(err, wallet.ErrNotPresentable), errors.Is(err, wallet.ErrClaim):
		view.Notice = sentence(err.Error())
		return s.askToShare(w, r, view, "")
	case errors.Is(err, wallet.ErrNoIdentity):
		view.Notice = "You have no such identity to share with."
		return s.askToShare(w, r, view, "")
	case err != nil:
		return err
	}
	return see(w, r, "/share/"+as.desk.lay(&offered{offer: offer, asked: asked}, s.now()))
}

// sentence makes a sentence of an error's text.
func sentence(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// offerView is the page that shows what would be shared.
type offerView struct {
	Notice   string
	Asked    wallet.Request
	Verifier string
	Expires  time.Time
	Warnings []string
	Parts    []*part
	Here     string
	Token    string
}

// showOffer answers GET /share/{id}.
func (s *Server) showOffer(w http.ResponseWriter, r *http.Request, as *session) error {
	id := mux.Vars(r)["id"]
	o, err := on[*offered](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shared != "" {
		return see(w, r, "/shares/"+o.shared)
	}
	view := &offerView{
		Notice: o.notice, Asked: o.asked, Verifier: o.offer.Verifier(), Expires: o.offer.Expires,
		Warnings: o.offer.Answer.Warnings, Here: "/share/" + id, Token: as.token,
	}
	if view.Parts, err = s.newParts(r.Context(), "Everything that is behind the link", "", o.offer.Answer.Presentations); err != nil {
		return err
	}
	s.show(w, "offer.html", frame(atCards, "What the link shows", view))
	return nil
}

// publish answers POST /share/{id}: the learner agrees, and what is on the desk goes
// to the verifier, once.
func (s *Server) publish(w http.ResponseWriter, r *http.Request, as *session, _ *form) error {
	id := mux.Vars(r)["id"]
	o, err := on[*offered](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.shared == "" {
		record, err := s.sharer().Publish(r.Context(), o.offer)
		switch {
		case record != nil: // also if nobody knows whether it arrived: its page asks
			o.shared = record.ID
		case errors.Is(err, share.ErrNotTaken), errors.Is(err, share.ErrPlan):
			o.notice = "Nothing was shared. " + sentence(err.Error())
		default:
			return err
		}
	}
	return see(w, r, "/share/"+id)
}

// sharedView is one link that the learner gave.
type sharedView struct {
	wallet.Shared
	Now   share.Standing
	Paste []paste
	Token string
}

// Works reports whether the link opens something, as far as anybody knows.
func (v sharedView) Works() bool {
	return v.Now.Err == nil && v.Now.State.State == sharelink.Open || v.Unsure()
}

// Unsure reports whether its verifier could not be asked.
func (v sharedView) Unsure() bool { return v.Now.Err != nil && !errors.Is(v.Now.Err, share.ErrGone) }

// Gone reports whether its verifier knows nothing of it.
func (v sharedView) Gone() bool { return errors.Is(v.Now.Err, share.ErrGone) }

// Why says why the verifier could not be asked.
func (v sharedView) Why() string { return v.Now.Err.Error() }

// Host is the verifier, as people call it.
func (v sharedView) Host() string { return v.Verifier[strings.LastIndex(v.Verifier, "/")+1:] }

// paste is what a learner puts elsewhere so that it leads to a badge.
type paste struct {
	wallet.Award
	Link, LinkedIn, Text, HTML string
	Number                     int
}

// newShared prepares links for a page, and asks their verifiers how they stand.
func (s *Server) newShared(r *http.Request, as *session, all ...wallet.Shared) []sharedView {
	views := make([]sharedView, len(all))
	for i, now := range s.sharer().Standings(r.Context(), all) {
		views[i] = sharedView{Shared: all[i], Now: now, Token: as.token}
	}
	return views
}

// shares answers GET /shares.
func (s *Server) shares(w http.ResponseWriter, r *http.Request, as *session) error {
	all, err := s.wallet.AllShared(r.Context())
	if err != nil {
		return err
	}
	more := max(0, len(all)-maxReceipts)
	s.show(w, "shares.html", frame(atReceipts, "Links", struct {
		Shares []sharedView
		More   int
	}{s.newShared(r, as, all[:len(all)-more]...), more}))
	return nil
}

// shared answers GET /shares/{id}: the link, as a code too, and what leads to it.
func (s *Server) shared(w http.ResponseWriter, r *http.Request, as *session) error {
	one, err := s.findShared(r)
	if err != nil {
		return err
	}
	view := s.newShared(r, as, *one)[0]
	for i, a := range one.Awards {
		p := paste{Award: a, Link: one.Link, LinkedIn: share.LinkedIn(one.Link, a), Number: i + 1}
		p.HTML, p.Text = share.Signature(one.Link, a)
		view.Paste = append(view.Paste, p)
	}
	s.show(w, "shared.html", frame(atReceipts, "Your link", view))
	return nil
}

func (s *Server) findShared(r *http.Request) (*wallet.Shared, error) {
	one, err := s.wallet.FindShared(r.Context(), mux.Vars(r)["id"])
	if errors.Is(err, wallet.ErrNotShared) || errors.Is(err, wallet.ErrAmbiguous) {
		return nil, serve.NewProblem(http.StatusNotFound, "This wallet has no such link.")
	}
	return one, err
}

// unshare answers POST /shares/{id}.
func (s *Server) unshare(w http.ResponseWriter, r *http.Request, _ *session, _ *form) error {
	one, err := s.findShared(r)
	if err != nil {
		return err
	}
	if _, err := s.sharer().Withdraw(r.Context(), one); err != nil {
		return serve.NewProblem(http.StatusBadGateway, "It was not taken back: "+err.Error()+". The link may still work; try again when the verifier can be reached.")
	}
	return see(w, r, "/shares")
}
