package web

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"laurel/internal/sharelink"
	"laurel/internal/ui/uitest"
	"laurel/wallet"
)

// shares keeps the record of a link, as laurel wallet share does.
func (s *site) shares(title string) *wallet.Shared {
	s.t.Helper()
	link := sharelink.New("https://verifier.example")
	r := &wallet.Shared{
		ID: link.ID(), Verifier: link.Verifier(), Link: link.String(), Secret: sharelink.NewSecret(),
		Created: s.clock(), Expires: s.clock().Add(30 * 24 * time.Hour),
		Credentials: []wallet.Shown{{Title: title, Issuer: "School", Fields: 6, Of: 31}},
		Awards:      []wallet.Award{{Name: title, Organization: "School"}},
	}
	if err := s.wallet.PutShared(s.t.Context(), r); err != nil {
		s.t.Fatal(err)
	}
	return r
}

func TestShares(t *testing.T) {
	s := opened(t)
	s.get("/receipts").has(t, `href="/shares"`)
	s.get("/shares").has(t, "You share nothing by a link yet.")
	hostile := s.shares(`<script>alert(1)</script>`)
	page := s.get("/shares")
	page.has(t, hostile.Link, "https://www.linkedin.com/profile/add?", "6 of 31 fields", "Take it back")
	page.lacks(t, "<script", hostile.Secret)
}

func TestUnshare(t *testing.T) {
	s := opened(t)
	r := s.shares("Welding")
	got := s.post("/shares/" + r.ID)
	if got.code != http.StatusBadGateway || !strings.Contains(got.body, "The link still works") {
		t.Errorf("nobody there: %d %s", got.code, got.body)
	}
	s.net.pages["https://verifier.example/shares/"+r.ID] = string(sharelink.State{State: sharelink.Withdrawn, Expires: r.Expires}.JSON())
	if got := s.post("/shares/" + r.ID); got.code != http.StatusOK {
		t.Errorf("%d %s", got.code, got.body)
	}
	page := s.get("/shares")
	page.has(t, "Taken back on")
	page.lacks(t, r.Link, "Take it back")
	if got := s.post("/shares/" + sharelink.New("").ID()); got.code != http.StatusNotFound {
		t.Errorf("an unknown one: %d", got.code)
	}
	other := s.shares("First aid")
	s.later(31 * 24 * time.Hour)
	if works(other, s.clock()) || works(r, s.clock()) {
		t.Error("a link that is over works")
	}
}

func TestSharesInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	empty, full := newSite(t), newSite(t)
	full.shares("MIG/MAG Welding, Level 2")
	taken := full.shares("First aid")
	taken.Withdrawn = full.clock()
	if err := full.wallet.PutShared(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*site{empty, full} {
		come(t, browser, s)
	}
	for _, view := range uitest.Views() {
		t.Run(view.Name, func(t *testing.T) {
			look(t, browser, empty.url+"/shares", view, "no-shares")
			look(t, browser, full.url+"/shares", view, "shares")
		})
	}
}
