package web

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/gorilla/mux"

	"laurel/internal/qr"
	"laurel/internal/serve"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// maxOffered bounds the badges to choose from for one thing that is asked for; those
// that stand best come first, and a search would not fit a form that answers.
const maxOffered = 50

// talk is a verifier's request that was opened and lies on the desk until the
// learner has decided.
type talk struct {
	mu       sync.Mutex
	asked    *answer.Inquiry
	reply    *answer.Reply // nil if the wallet cannot answer
	notice   string        // about the last choice
	sent     *answer.Sent
	failed   string // why it is not known to have arrived
	declined bool
	onward   string // where the verifier would like her to go on after a no
}

// over reports whether there is nothing left to decide.
func (t *talk) over() bool { return t.sent != nil || t.failed != "" || t.declined }

// consentID stands for exactly what a page showed: who agrees to it agrees to these
// bytes, and not to others that were made meanwhile in another window.
func (t *talk) consentID() string {
	if t.reply == nil {
		return ""
	}
	h := sha256.New()
	for _, p := range t.reply.Parts {
		sum := sha256.Sum256(p.Bytes)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// showAnswer answers GET /answer: where a link or a QR code is handed in.
func (s *Server) showAnswer(w http.ResponseWriter, r *http.Request, as *session) error {
	s.askForLink(w, as, "", "", r.URL.Query().Get("link"))
	return nil
}

func (s *Server) askForLink(w http.ResponseWriter, as *session, notice, code, link string) {
	s.show(w, "link.html", frame(atAnswer, "Answer a request", struct{ Notice, Code, Link, Token string }{notice, code, link, as.token}))
}

// openLink answers POST /answer: it opens the request, and sends nothing.
func (s *Server) openLink(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	link := f.text("link")
	if link == "" && len(f.files) > 0 {
		var err error
		if link, err = qr.Decode(f.files[0].data); err != nil {
			s.askForLink(w, as, "The picture does not help: "+err.Error()+".", "", "")
			return nil
		}
	}
	if link == "" {
		s.askForLink(w, as, "Paste a link or choose a picture first.", "", "")
		return nil
	}
	if !answer.IsLink(link) {
		s.askForLink(w, as, "This is not the link of a request. Such links begin with openid4vp:// or https://, and short codes look like cafe.example/c/K7MPW-Q2RTA.", "", "")
		return nil
	}
	asked, err := s.answers.Open(r.Context(), link)
	if err != nil {
		code, sentence := answer.Explain(err)
		if sentence == "" {
			return err
		}
		s.askForLink(w, as, sentence, strings.TrimPrefix(code+": "+err.Error(), ": "), "")
		return nil
	}
	t := &talk{asked: asked}
	switch {
	case asked.Missing != nil:
	case len(asked.Preferred()) == 0:
		t.notice = "They insist on nothing of it: choose what you would like to show, or do not answer."
	default:
		if t.reply, err = s.answers.Prepare(r.Context(), asked, asked.Preferred()); err != nil {
			t.notice = "The answer could not be made: " + err.Error() + "."
		}
	}
	return see(w, r, "/answer/"+as.desk.lay(t, s.now()))
}

// consentView is the page of a request: who asks for what, and exactly what would
// be sent.
type consentView struct {
	Who      answer.Who
	Wishes   []wishView
	Sets     []setView
	Choosing bool // there is something to choose
	Unmet    []string
	Notice   string
	Warnings []string
	Parts    []*part
	Sent     *answer.Sent
	Failed   string
	Declined bool
	Onward   string
	Here     string
	Token    string
	Consent  string
}

// Over reports whether there is nothing left to decide.
func (v *consentView) Over() bool { return v.Sent != nil || v.Failed != "" || v.Declined }

// wishView is one thing that is asked for, and what can be chosen for it: one of Ways,
// or, where several are welcome or a setView says which needs are served, badges for
// each of Needs.
type wishView struct {
	answer.Wish
	Field  string // of Ways, in the form
	Ways   []way
	None   bool // none of Ways was chosen
	Needs  []needView
	Misses []answer.Miss // if there is nothing that would do
	Lacks  bool
	More   int // badges that would do as well and are not offered
}

// way is one choice: a badge, or a combination of needs.
type way struct {
	Value string
	Title string
	Card  *tile // nil for a combination
	On    bool
}

// needView is a need for which badges are chosen by themselves.
type needView struct {
	*answer.Need
	Field string // of the form
	Kind  string // "radio", or "checkbox" where several are welcome
	Cards []cardChoice
	More  int // badges that would do as well and are not offered
}

type cardChoice struct {
	*tile
	Called string // its title, with the results by it
	On     bool
}

// setView is one choice between combinations.
type setView struct {
	answer.Set
	Field string
	Ways  []way
	None  bool // nothing of an optional set was chosen
}

// consent answers GET /answer/{id}.
func (s *Server) consent(w http.ResponseWriter, r *http.Request, as *session) error {
	id := mux.Vars(r)["id"]
	t, err := on[*talk](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	view := &consentView{
		Who: t.asked.Who, Unmet: t.asked.Unmet(), Notice: t.notice, Sent: t.sent, Failed: t.failed, Declined: t.declined, Onward: t.onward,
		Here: "/answer/" + id, Token: as.token, Consent: t.consentID(),
	}
	s.offer(view, t)
	if t.reply != nil {
		view.Warnings = t.reply.Warnings
		if view.Parts, err = s.partsOf(r.Context(), t.reply); err != nil {
			return err
		}
	}
	title := "Somebody asks"
	if t.over() {
		title = "Answered"
	}
	s.show(w, "consent.html", frame(atAnswer, title, view))
	return nil
}

// offer fills in what is asked for, and what can be chosen.
func (s *Server) offer(view *consentView, t *talk) {
	chosen := answer.Chosen{}
	if t.reply != nil {
		chosen = t.reply.Chosen
	}
	choices := func(n int, optional bool) {
		view.Choosing = view.Choosing || t.asked.Missing == nil && (n > 1 || n > 0 && optional)
	}
	offered := map[int]bool{}
	for _, w := range t.asked.Wishes() {
		v := wishView{Wish: w, Lacks: true}
		for _, n := range w.Needs() {
			v.Lacks = v.Lacks && len(n.Options) == 0
		}
		if v.Lacks {
			v.Misses = misses(w)
		}
		if offered[w.Set] = w.Set >= 0 && !slices.ContainsFunc(w.Needs(), several); offered[w.Set] {
			s.ways(&v, t, chosen)
			choices(len(v.Ways), w.Optional)
		} else {
			for _, n := range w.Needs() {
				v.Needs = append(v.Needs, s.need(n, chosen))
				choices(len(n.Options), false)
			}
		}
		view.Wishes = append(view.Wishes, v)
	}
	for i, set := range t.asked.Sets {
		if !offered[i] {
			v := t.combinations(i, set, chosen)
			choices(len(v.Ways), set.Optional)
			view.Sets = append(view.Sets, v)
		}
	}
}

// several reports whether more than one badge is welcome.
func several(n *answer.Need) bool { return n.Query.Multiple }

// ways fills in the badges of which one fulfils a wish, in whatever form.
func (s *Server) ways(v *wishView, t *talk, chosen answer.Chosen) {
	v.Field, v.None = setField(v.Set), v.Optional
	presented := map[string]bool{}
	for j, option := range t.asked.Sets[v.Set].Options {
		n := t.asked.Need(option.Needs[0])
		if n == nil {
			continue
		}
		for _, o := range n.Options {
			if n.Query.Unbound && presented[o.Card.ID] {
				continue // who takes it bare as well is better served with a presentation
			}
			presented[o.Card.ID] = true
			if len(v.Ways) == maxOffered {
				v.More++
				continue
			}
			one := way{Value: fmt.Sprintf("%d.%s", j, o.Card.ID), Title: o.Title(), Card: newTile(o.Card, s.now()), On: slices.Contains(chosen[n.Query.ID], o.Card.ID)}
			if one.On {
				v.None = false
			}
			v.Ways = append(v.Ways, one)
		}
	}
}

// need lays out the badges that answer one need.
func (s *Server) need(n *answer.Need, chosen answer.Chosen) needView {
	v := needView{Need: n, Field: "pick." + n.Query.ID, Kind: "radio"}
	if n.Query.Multiple {
		v.Kind = "checkbox"
	}
	for _, o := range n.Options[:min(len(n.Options), maxOffered)] {
		v.Cards = append(v.Cards, cardChoice{newTile(o.Card, s.now()), o.Title(), slices.Contains(chosen[n.Query.ID], o.Card.ID)})
	}
	v.More = len(n.Options) - len(v.Cards)
	return v
}

// combinations lays out a set whose options are more than one badge each.
func (t *talk) combinations(i int, set answer.Set, chosen answer.Chosen) setView {
	v := setView{Set: set, Field: setField(i), None: set.Optional}
	for j, o := range set.Options {
		if !o.Possible {
			continue
		}
		one := way{Value: strconv.Itoa(j), On: v.None || !set.Optional}
		var titles []string
		for _, id := range o.Needs {
			one.On = one.On && len(chosen[id]) > 0
			if n := t.asked.Need(id); n != nil {
				titles = append(titles, n.Title())
			}
		}
		one.Title = strings.Join(titles, " and ")
		if one.On {
			v.None = false
		}
		v.Ways = append(v.Ways, one)
	}
	return v
}

// setField is the field of a form that says how a set is served: by which of its
// options and, behind a dot, by which card.
func setField(i int) string { return fmt.Sprintf("set.%d", i) }

// maxMisses bounds the badges of which it is said why they do not fulfil a wish.
const maxMisses = 5

// misses are the badges that come nearest to a wish, each once.
func misses(w answer.Wish) []answer.Miss {
	var all []answer.Miss
	for _, n := range w.Needs() {
		for _, m := range n.Misses {
			known := slices.ContainsFunc(all, func(have answer.Miss) bool { return have.Card.ID == m.Card.ID })
			if !known && len(all) < maxMisses {
				all = append(all, m)
			}
		}
	}
	return all
}

// partsOf prepares the presentations of a reply for a page.
func (s *Server) partsOf(ctx context.Context, reply *answer.Reply) ([]*part, error) {
	all := make([]wallet.Presentation, len(reply.Parts))
	for i, p := range reply.Parts {
		all[i] = p.Presentation
	}
	return s.newParts(ctx, "Exactly what would be sent", reply.Inquiry.Who.Need(), all)
}

// decide answers POST /answer/{id}: another choice, consent, or a no.
func (s *Server) decide(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	id := mux.Vars(r)["id"]
	t, err := on[*talk](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over() {
		if err := s.take(r.Context(), t, f); err != nil {
			return err
		}
	}
	return see(w, r, "/answer/"+id)
}

func (s *Server) take(ctx context.Context, t *talk, f *form) error {
	t.notice = ""
	switch f.Get("step") {
	case "choose":
		return s.choosing(ctx, t, f)
	case "agree":
		return s.sending(ctx, t, f)
	case "decline":
		sent, err := s.answers.Decline(ctx, t.asked)
		if err != nil {
			_, t.notice = answer.Explain(err)
			return nil
		}
		t.declined, t.onward = true, sent.Continue
		return nil
	default:
		return serve.NewProblem(http.StatusUnprocessableEntity, "Choose what to do with the request.")
	}
}

// choosing makes the answer again, with what the form chose.
func (s *Server) choosing(ctx context.Context, t *talk, f *form) error {
	if t.asked.Missing != nil {
		return nil
	}
	reply, err := s.answers.Prepare(ctx, t.asked, t.chosen(f))
	switch {
	case errors.Is(err, answer.ErrChosen), errors.Is(err, wallet.ErrNotPresentable), errors.Is(err, wallet.ErrClaim):
		t.notice = "This does not answer what is asked for, so the choice before it stands: " + err.Error() + "."
	case err != nil:
		return err
	default:
		t.reply = reply
	}
	return nil
}

// chosen reads a choice from the form: which combinations, and which cards for what
// is in them.
func (t *talk) chosen(f *form) answer.Chosen {
	wanted := map[string]bool{}
	for i := range t.asked.Needs {
		wanted[t.asked.Needs[i].Query.ID] = t.asked.Sets == nil
	}
	chosen := answer.Chosen{}
	for i, set := range t.asked.Sets {
		option, card, _ := strings.Cut(f.Get(setField(i)), ".")
		n, err := strconv.Atoi(option)
		if err != nil || n < 0 || n >= len(set.Options) {
			continue
		}
		for _, need := range set.Options[n].Needs {
			wanted[need] = true
			if card != "" {
				chosen[need] = []string{card}
			}
		}
	}
	for i := range t.asked.Needs {
		n := &t.asked.Needs[i]
		id := n.Query.ID
		if !wanted[id] {
			continue
		}
		if picked := f.Values["pick."+id]; len(picked) > 0 {
			chosen[id] = picked
		}
		if len(chosen[id]) == 0 && len(n.Options) > 0 {
			chosen[id] = []string{n.Options[0].Card.ID}
		}
	}
	return chosen
}

// sending posts the answer, if it is the one that was agreed to.
func (s *Server) sending(ctx context.Context, t *talk, f *form) error {
	if t.reply == nil {
		return serve.NewProblem(http.StatusUnprocessableEntity, "There is nothing to send.")
	}
	if f.Get("consent") != t.consentID() {
		t.notice = "What would be sent was changed in another window meanwhile. Look it over once more."
		return nil
	}
	sent, err := s.answers.Send(ctx, t.reply)
	if err == nil {
		t.sent = sent
		return nil
	}
	_, sentence := answer.Explain(err)
	if sentence == "" {
		return err
	}
	t.failed = sentence
	return nil
}
