package web

import (
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/wallet"
	"laurel/wallet/share"
)

// sharedView is one link that the learner gave.
type sharedView struct {
	wallet.Shared
	Open  bool // the link works, as far as the wallet knows
	Paste []paste
}

// paste is what a learner puts elsewhere so that it leads to a badge.
type paste struct {
	wallet.Award
	LinkedIn, Text, HTML string
}

// shares answers GET /shares. Nobody is asked for it: how often somebody looked is
// for laurel wallet shares.
func (s *Server) shares(w http.ResponseWriter, r *http.Request, as *session) error {
	all, err := s.wallet.AllShared(r.Context())
	if err != nil {
		return err
	}
	views := make([]sharedView, len(all))
	for i, one := range all {
		views[i] = sharedView{Shared: one, Open: works(&one, s.now())}
		for _, a := range one.Awards {
			p := paste{Award: a, LinkedIn: share.LinkedIn(one.Link, a)}
			p.HTML, p.Text = share.Signature(one.Link, a)
			views[i].Paste = append(views[i].Paste, p)
		}
	}
	s.show(w, "shares.html", frame(atReceipts, "Links", struct {
		Shares []sharedView
		Token  string
	}{views, as.token}))
	return nil
}

// works reports whether a link works, as far as the wallet knows.
func works(s *wallet.Shared, now time.Time) bool {
	return s.Withdrawn.IsZero() && now.Before(s.Expires)
}

// unshare answers POST /shares/{id}.
func (s *Server) unshare(w http.ResponseWriter, r *http.Request, _ *session, _ *form) error {
	one, err := s.wallet.FindShared(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return serve.NewProblem(http.StatusNotFound, "This wallet has no such link.")
	}
	sharer := &share.Sharer{Wallet: s.wallet, Line: s.answers.Line, UnsafeLoopback: s.answers.UnsafeLoopback}
	if _, err := sharer.Withdraw(r.Context(), one); err != nil {
		return serve.NewProblem(http.StatusBadGateway, "The link still works: "+err.Error()+". Try again when the verifier can be reached.")
	}
	return see(w, r, "/shares")
}
