package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/internal/strictjson"
	"laurel/internal/ui"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

const (
	maxAsked    = 512      // bytes of a challenge, a domain or a name: they are random numbers and addresses
	maxText     = 64 << 10 // bytes of an answer shown as it is; the file has the rest
	maxWithheld = 60       // labels of what stays home; most badges have fewer
	maxValue    = 200      // characters of one value in a list; a picture has 10 to 200 kB of digits
)

// pending is an answer that was made and lies on the desk until the learner
// agrees to it.
type pending struct {
	mu       sync.Mutex
	request  wallet.Request
	answer   *wallet.Answer
	receipts []wallet.Receipt // once agreed
}

// chooseView is the page that asks for whom a choice of badges is.
type chooseView struct {
	Notice  string
	Tiles   []*tile
	Trees   []*tree
	Asked   wallet.Request
	Holders []wallet.Identity // to choose from, if some badge names nobody
	Token   string
}

// Choosing reports whether there is something to choose of the badges.
func (v *chooseView) Choosing() bool {
	return slices.ContainsFunc(v.Trees, func(t *tree) bool { return t.Partial })
}

// choose answers GET /present.
func (s *Server) choose(w http.ResponseWriter, r *http.Request, as *session) error {
	asked := r.URL.Query()
	return s.askForWhom(w, r, &chooseView{Token: as.token, Asked: wallet.Request{
		Credentials: asked["card"], Challenge: asked.Get("challenge"), Domain: asked.Get("domain"),
	}}, "")
}

// askForWhom shows the page of a choice, after toggling a field of it.
func (s *Server) askForWhom(w http.ResponseWriter, r *http.Request, view *chooseView, toggle string) error {
	if err := s.layOut(r, view, toggle); err != nil {
		return err
	}
	s.show(w, "choose.html", frame(atCards, "Show badges", view))
	return nil
}

// layOut fills in the badges of a choice and what they say, after toggling a field.
func (s *Server) layOut(r *http.Request, view *chooseView, toggle string) error {
	cards, err := s.wallet.List(r.Context(), wallet.Query{})
	if err != nil {
		return err
	}
	bearer := false
	for _, c := range cards {
		if slices.Contains(view.Asked.Credentials, c.ID) {
			view.Tiles = append(view.Tiles, newTile(c, s.now()))
			bearer = bearer || c.Subject == ""
		}
	}
	if bearer {
		if view.Holders, err = s.wallet.Identities(r.Context()); err != nil {
			return err
		}
	}
	return s.plant(r.Context(), view, toggle)
}

// request is what a form chose: the badges, what to show of each, and for whom.
func (f *form) request() wallet.Request {
	return wallet.Request{
		Credentials: f.Values["card"], Challenge: f.text("challenge"), Domain: f.text("domain"),
		Audience: f.text("audience"), Holder: f.text("holder"), Show: f.choices(),
	}
}

// prepare answers POST /present: it makes the answer, which stays here.
func (s *Server) prepare(w http.ResponseWriter, r *http.Request, as *session, f *form) error {
	asked := f.request()
	if len(asked.Challenge) > maxAsked || len(asked.Domain) > maxAsked || len(asked.Audience) > maxAsked {
		return serve.NewProblem(http.StatusRequestEntityTooLarge, "The challenge, the domain or the name is longer than any honest one.")
	}
	view := &chooseView{Asked: asked, Token: as.token}
	if f.Has("step") || f.Has("toggle") {
		return s.askForWhom(w, r, view, f.Get("toggle"))
	}
	answer, err := s.wallet.Prepare(r.Context(), asked)
	switch {
	case errors.Is(err, wallet.ErrNotPresentable), errors.Is(err, wallet.ErrClaim):
		view.Notice = err.Error()
		return s.askForWhom(w, r, view, "")
	case errors.Is(err, wallet.ErrNoIdentity):
		view.Notice = "You have no such identity to answer with."
		return s.askForWhom(w, r, view, "")
	case err != nil:
		return err
	}
	return see(w, r, "/present/"+as.desk.lay(&pending{request: asked, answer: answer}, s.now()))
}

// answerView is the page that shows an answer: what is in it before the learner
// agrees, and where the files are after that.
type answerView struct {
	Asked    wallet.Request
	Warnings []string
	Parts    []*part
	Agreed   bool
	Here     string // address of the page
	Token    string
}

// part is one presentation of an answer.
type part struct {
	Title    string
	Number   int
	Of       int // how many there are
	Holder   string
	Label    string // the learner's word for the holder
	Contents []*content
	Seen     *seen
	Size     int
	SHA256   string
	Text     string // the document laid out for reading, or its beginning
}

// content is one credential as it stands in the bytes of a presentation.
type content struct {
	*tile
	Badge    *ui.Badge
	Claims   []credential.Claim
	Cut      bool
	Summary  string   // "6 of 31 fields, the rest stays home"
	Withheld []string // labels of what stays home
	More     int      // of those that are not listed
	Beyond   []disclosure.Excess
	Links    []string
	SHA256   string // of the document that is inside
}

// preview answers GET /present/{id}.
func (s *Server) preview(w http.ResponseWriter, r *http.Request, as *session) error {
	id := mux.Vars(r)["id"]
	p, err := on[*pending](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	view := &answerView{
		Asked: p.request, Warnings: p.answer.Warnings, Agreed: p.receipts != nil,
		Here: "/present/" + id, Token: as.token,
	}
	if view.Parts, err = s.newParts(r.Context(), "Everything that is in it", "", p.answer.Presentations); err != nil {
		return err
	}
	title := "What they will see"
	if view.Agreed {
		title = "Ready to hand over"
	}
	s.show(w, "answer.html", frame(atCards, title, view))
	return nil
}

// newParts prepares presentations for a page, with the learner's words for who
// presents them, and held against the purpose that they serve.
func (s *Server) newParts(ctx context.Context, title, purpose string, all []wallet.Presentation) ([]*part, error) {
	own, err := s.wallet.Identities(ctx)
	if err != nil {
		return nil, err
	}
	parts := make([]*part, len(all))
	for i, one := range all {
		if parts[i], err = s.newPart(one, purpose); err != nil {
			return nil, err
		}
		parts[i].Title, parts[i].Number, parts[i].Of = title, i+1, len(all)
		for _, me := range own {
			if me.DID == one.Holder {
				parts[i].Label = me.Label
			}
		}
	}
	return parts, nil
}

// newPart reads a presentation from the bytes that would be sent, not from what
// went into them.
func (s *Server) newPart(p wallet.Presentation, purpose string) (*part, error) {
	sum := sha256.Sum256(p.Bytes)
	out := &part{Holder: p.Holder, Size: len(p.Bytes), SHA256: hex.EncodeToString(sum[:])}
	text := p.Bytes
	if p.Form == wallet.FormJSON || p.Form == wallet.FormBare {
		doc, err := strictjson.Parse(p.Bytes)
		if err != nil {
			return nil, fmt.Errorf("our own presentation: %w", err)
		}
		text = doc.Indented()
	}
	out.Text = credential.Markdown(string(text[:min(len(text), maxText)])) // visible characters only
	var names []string
	for i := range p.Shown {
		made, err := s.newContent(p, i, purpose)
		if err != nil {
			return nil, err
		}
		out.Contents, names = append(out.Contents, made), append(names, made.Title)
	}
	out.Seen = newSeen(p.Checked, 4, names...)
	return out, nil
}

// containers are the forms of presentations that hold credentials; a token with
// disclosures is the credential itself.
var containers = []string{wallet.FormJSON, wallet.FormToken, wallet.FormPlain}

// holds reports whether a presentation has these very bytes in it, under its
// signature.
func holds(p wallet.Presentation, credential []byte) bool {
	if p.Form == wallet.FormToken || p.Form == wallet.FormPlain {
		return bytes.Contains(proof.Read(p.Bytes).Unverified().JSON(), credential)
	}
	return bytes.Contains(p.Bytes, credential)
}

// newContent reads one credential of a presentation.
func (s *Server) newContent(p wallet.Presentation, i int, purpose string) (*content, error) {
	shown := &p.Shown[i]
	if !holds(p, shown.Bytes) {
		return nil, errors.New("our own presentation does not have what was chosen")
	}
	held, err := disclosure.Read(shown.Bytes, nil)
	if err != nil {
		return nil, fmt.Errorf("our own presentation: %w", err)
	}
	known := p.Checked
	if slices.Contains(containers, p.Form) {
		known = wallet.Checked{}
		if i < len(p.Checked.Parts) {
			known = p.Checked.Parts[i]
		}
	}
	badge := credential.ReadBadge(held.Document)
	c := &content{tile: newTile(shown.Card, s.now()), Badge: ui.NewBadge(&badge, signer(&badge, known))}
	c.Claims, c.Cut = credential.Claims(held.Document)
	for i := range c.Claims {
		c.Claims[i].Text = shortened(c.Claims[i].Text)
	}
	c.disclosed(shown, purpose)
	return c, nil
}

// disclosed says what of a credential is shown, and what is not.
func (c *content) disclosed(d *wallet.Disclosure, purpose string) {
	c.Summary, c.Beyond, c.Links, c.SHA256 = d.Summary(), d.Beyond(purpose), d.Links, d.SHA256()
	c.withhold(d.Fields, "")
}

// withhold lists what stays home, the largest parts of it first to last.
func (c *content) withhold(fields []disclosure.Field, within string) {
	for i := range fields {
		f := &fields[i]
		label := credential.Plain(f.Label)
		switch shown, of := f.Count(); {
		case shown == of:
		case shown > 0:
			c.withhold(f.Inner, label+": ")
		case len(c.Withheld) == maxWithheld:
			c.More++
		default:
			c.Withheld = append(c.Withheld, within+label)
		}
	}
}

// shortened cuts a value for a list; the text of the whole answer has the rest.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > maxValue {
		return string(runes[:maxValue]) + "…"
	}
	return text
}

// agree answers POST /present/{id}: the receipts are kept before anything can
// be handed over.
func (s *Server) agree(w http.ResponseWriter, r *http.Request, as *session, _ *form) error {
	id := mux.Vars(r)["id"]
	p, err := on[*pending](&as.desk, id, s.now())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.receipts == nil {
		if p.receipts, err = s.wallet.Record(r.Context(), p.answer); err != nil {
			return err
		}
	}
	return see(w, r, "/present/"+id)
}

// handOver answers GET /present/{id}/{n}: the n-th file of an answer that the
// learner agreed to.
func (s *Server) handOver(w http.ResponseWriter, r *http.Request, as *session) error {
	p, err := on[*pending](&as.desk, mux.Vars(r)["id"], s.now())
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.receipts == nil {
		return serve.NewProblem(http.StatusForbidden, "You have not agreed to hand this over.")
	}
	n, err := strconv.Atoi(mux.Vars(r)["n"])
	if err != nil || n < 1 || n > len(p.answer.Presentations) {
		return serve.NewProblem(http.StatusNotFound, "The answer has no such part.")
	}
	made := p.answer.Presentations[n-1]
	name, ending := "presentation", ".json"
	if n > 1 {
		name = fmt.Sprintf("presentation-%d", n)
	}
	mediaType := "application/" + made.Form
	switch made.Form {
	case wallet.FormJSON:
	case wallet.FormPlain:
		mediaType, ending = "application/jwt", ".jwt"
	default:
		ending = ".jwt"
	}
	download(w, mediaType, name+ending, made.Bytes)
	return nil
}
