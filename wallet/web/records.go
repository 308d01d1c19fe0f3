package web

import (
	"cmp"
	"net/http"

	"laurel/internal/serve"
	"laurel/wallet"
)

// maxReceipts bounds the page with the receipts; laurel wallet list --receipts
// has all of them.
const maxReceipts = 200

// receiptView is one line of the page with the receipts.
type receiptView struct {
	wallet.Receipt
	Label string // the learner's word for the identity
}

// To is whom it was for, in the best words that there are.
func (r receiptView) To() string { return cmp.Or(r.Audience, r.Domain, "Somebody") }

// receipts answers GET /receipts.
func (s *Server) receipts(w http.ResponseWriter, r *http.Request, _ *session) error {
	all, err := s.wallet.Receipts(r.Context())
	if err != nil {
		return err
	}
	own, err := s.wallet.Identities(r.Context())
	if err != nil {
		return err
	}
	labels := map[string]string{}
	for _, me := range own {
		labels[me.DID] = me.Label
	}
	var view struct {
		Receipts []receiptView
		More     int
	}
	for i, one := range all {
		if i == maxReceipts {
			view.More = len(all) - i
			break
		}
		view.Receipts = append(view.Receipts, receiptView{one, labels[one.Holder]})
	}
	s.show(w, "receipts.html", frame(atReceipts, "Receipts", view))
	return nil
}

// identities answers GET /identities.
func (s *Server) identities(w http.ResponseWriter, r *http.Request, as *session) error {
	own, err := s.wallet.Identities(r.Context())
	if err != nil {
		return err
	}
	s.show(w, "identities.html", frame(atIdentities, "Identities", struct {
		Me    []wallet.Identity
		Token string
	}{own, as.token}))
	return nil
}

// newIdentity answers POST /identities.
func (s *Server) newIdentity(w http.ResponseWriter, r *http.Request, _ *session, f *form) error {
	label := f.text("label")
	if label == "" || len(label) > maxAsked {
		return serve.NewProblem(http.StatusUnprocessableEntity, "Give the identity a short word of your own, such as work.")
	}
	if _, err := s.wallet.NewIdentity(r.Context(), label); err != nil {
		return err
	}
	return see(w, r, atIdentities)
}
