package web

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/wallet"
)

const (
	pageSize   = 24  // badges on a page: two columns of twelve
	maxNews    = 5   // pieces of news; the others come when these have been read
	maxChoices = 200 // entries of a list to choose from; the search finds the rest
)

// picturePolicy is for a picture that is asked for by itself: an SVG can be a
// document with a script.
const picturePolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

// homeView is the page with the badges.
type homeView struct {
	Query   wallet.Query
	Kept    int     // badges in the wallet
	Found   int     // badges that the query chooses
	Tiles   []*tile // those of this page
	Chosen  []*tile // those that were chosen before and are not on this page
	Choices choices
	Page    int
	Before  int // numbers of pages; 0 for none
	After   int
	Damaged string
	News    []wallet.Card // that stand otherwise than the learner last saw them, as far as there is room
	Token   string
	Me      []wallet.Identity // when there is nothing else to show

	Unfiltered string // address of the page with all badges and the same choice
}

// Filtered reports whether the query leaves anything out.
func (v *homeView) Filtered() bool { return v.Query != wallet.Query{} }

// home answers GET /.
func (s *Server) home(w http.ResponseWriter, r *http.Request, as *session) error {
	asked := r.URL.Query()
	all := url.URL{Path: "/", RawQuery: url.Values{"card": asked["card"]}.Encode()}
	view := &homeView{Token: as.token, Unfiltered: all.String(), Query: wallet.Query{
		Text: strings.TrimSpace(asked.Get("q")), Skill: strings.TrimSpace(asked.Get("skill")),
		Issuer: asked.Get("issuer"), State: wallet.State(asked.Get("state")),
	}}
	cards, err := s.wallet.List(r.Context(), wallet.Query{})
	if errors.Is(err, wallet.ErrCorrupt) {
		view.Damaged = damaged
	} else if err != nil {
		return err
	}
	view.Kept, view.Choices, view.News = len(cards), newChoices(cards), latest(cards)
	if len(cards) == 0 {
		if view.Me, err = s.wallet.Identities(r.Context()); err != nil {
			return err
		}
	}
	s.fill(r, view, cards)
	s.show(w, "home.html", frame(atCards, "Your badges", view))
	return nil
}

// latest are the cards of which there is news, the latest first.
func latest(cards []wallet.Card) []wallet.Card {
	var news []wallet.Card
	for _, c := range cards {
		if c.News.Exists() {
			news = append(news, c)
		}
	}
	slices.SortStableFunc(news, func(a, b wallet.Card) int { return b.News.Since.Compare(a.News.Since) })
	return news[:min(len(news), maxNews)]
}

// fill puts the cards that the query chooses onto the page, and beside them
// those that were ticked on another: a choice survives a new search.
func (s *Server) fill(r *http.Request, view *homeView, cards []wallet.Card) {
	now := s.now()
	var found []wallet.Card
	for _, c := range cards {
		if view.Query.Matches(&c, now) {
			found = append(found, c)
		}
	}
	view.Found = len(found)
	last := max(1, (len(found)+pageSize-1)/pageSize)
	view.Page, _ = strconv.Atoi(r.URL.Query().Get("page"))
	view.Page = min(max(view.Page, 1), last)
	view.Before = view.Page - 1
	if view.Page < last {
		view.After = view.Page + 1
	}
	chosen := r.URL.Query()["card"]
	here := map[string]bool{}
	for _, c := range found[(view.Page-1)*pageSize : min(view.Page*pageSize, len(found))] {
		t := s.withPicture(r.Context(), newTile(c, now))
		t.Chosen, here[c.ID] = slices.Contains(chosen, c.ID), true
		view.Tiles = append(view.Tiles, t)
	}
	for _, c := range cards {
		if !here[c.ID] && slices.Contains(chosen, c.ID) {
			view.Chosen = append(view.Chosen, newTile(c, now))
		}
	}
}

// choices are what the filters offer.
type choices struct {
	Issuers []issuerChoice
	Skills  []string
	States  any
}

type issuerChoice struct{ ID, Label string }

func newChoices(cards []wallet.Card) choices {
	out := choices{States: states}
	seen := map[string]bool{}
	for _, c := range cards {
		if !seen["i"+c.Issuer] && c.Issuer != "" {
			seen["i"+c.Issuer] = true
			out.Issuers = append(out.Issuers, issuerChoice{c.Issuer, issuerLabel(&c)})
		}
		for _, skill := range c.Skills {
			if !seen["s"+skill] && skill != "" {
				seen["s"+skill] = true
				out.Skills = append(out.Skills, skill)
			}
		}
	}
	slices.SortFunc(out.Issuers, func(a, b issuerChoice) int { return strings.Compare(a.Label, b.Label) })
	slices.Sort(out.Skills)
	out.Issuers = out.Issuers[:min(len(out.Issuers), maxChoices)]
	out.Skills = out.Skills[:min(len(out.Skills), maxChoices)]
	return out
}

// issuerLabel names an issuer in a line: what is proven first.
func issuerLabel(c *wallet.Card) string {
	switch {
	case c.Proven.Listed != "":
		return c.Proven.Listed
	case c.Proven.Domain != "":
		return c.Proven.Domain
	case c.IssuerName != "":
		return "“" + c.IssuerName + "”"
	default:
		return c.Issuer
	}
}

// cardView is the page of one badge.
type cardView struct {
	*tile
	Badge   *ui.Badge
	Seen    *seen
	Failed  string // why there was no check
	Damaged string
	Token   string
}

// card answers GET /cards/{id}: the badge, and what an employer would see of it
// today.
func (s *Server) card(w http.ResponseWriter, r *http.Request, as *session) error {
	c, raw, err := s.kept(r)
	if err != nil {
		return err
	}
	badge, err := wallet.ReadBadge(raw)
	if err != nil {
		return err
	}
	view := &cardView{Token: as.token}
	checked, known := s.checks.recall(c.ID, s.now())
	if !known || c.News.Exists() { // what was found in the background came later
		var now wallet.Card
		if now, checked, err = s.wallet.Recheck(r.Context(), c.ID); err == nil {
			c = now
			s.checks.keep(c.ID, checked, s.now())
		} else {
			view.Failed = err.Error()
		}
	}
	if view.Failed == "" {
		view.Seen = newSeen(checked, 2)
	}
	view.tile = newTile(c, s.now())
	view.Badge = ui.NewBadge(&badge, signer(&badge, checked))
	s.show(w, "card.html", frame(atCards, c.Title, view))
	return nil
}

// kept finds the badge that an address names. The error wraps ErrNotFound.
func (s *Server) kept(r *http.Request) (wallet.Card, []byte, error) {
	c, err := s.wallet.Find(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return c, nil, err
	}
	raw, err := s.wallet.Document(r.Context(), c.ID)
	return c, raw, err
}

// picture answers GET /cards/{id}/picture.
func (s *Server) picture(w http.ResponseWriter, r *http.Request, _ *session) error {
	raw, err := s.wallet.Document(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	badge, err := wallet.ReadBadge(raw)
	if err != nil {
		return err
	}
	img := badge.Picture()
	data, err := img.Decode()
	if err != nil || ui.Image(img) == "" {
		return serve.NewProblem(http.StatusNotFound, "This badge has no picture that can be shown.")
	}
	w.Header().Set("Content-Security-Policy", picturePolicy)
	w.Header().Set("Content-Type", img.MediaType())
	_, _ = w.Write(data)
	return nil
}

// file answers GET /cards/{id}/file.
func (s *Server) file(w http.ResponseWriter, r *http.Request, _ *session) error {
	c, raw, err := s.kept(r)
	if err != nil {
		return err
	}
	download(w, "application/vc", "badge-"+c.ID[:8]+".json", raw)
	return nil
}

// download answers with a file to be saved. The name is ours: a title of a
// stranger's has no place in a header or on a disk.
func download(w http.ResponseWriter, mediaType, name string, data []byte) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = bytes.NewReader(data).WriteTo(w)
}

// recheck answers POST /cards/{id}/check: the page that follows asks anew.
func (s *Server) recheck(w http.ResponseWriter, r *http.Request, _ *session, _ *form) error {
	c, err := s.wallet.Find(r.Context(), mux.Vars(r)["id"])
	if err != nil {
		return err
	}
	s.checks.forget(c.ID)
	return see(w, r, "/cards/"+url.PathEscape(c.ID))
}

// remove answers POST /cards/{id}/remove.
func (s *Server) remove(w http.ResponseWriter, r *http.Request, _ *session, _ *form) error {
	id := mux.Vars(r)["id"]
	if err := s.wallet.Remove(r.Context(), id); err != nil {
		return err
	}
	s.checks.forget(id)
	return see(w, r, "/")
}
