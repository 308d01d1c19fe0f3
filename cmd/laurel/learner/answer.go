package learner

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/qr"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// maxRead bounds what is read of a picture or of standard input; qr looks closer.
const maxRead = 8<<20 + 1

// answering has the flags of laurel wallet present for a verifier's link.
type answering struct {
	Pick    []string `sep:"none" placeholder:"QUERY=ID" group:"Answering a link" help:"Answer this part of the request with this credential. May be given more than once."`
	Decline bool     `group:"Answering a link" help:"Tell the verifier that there will be no answer. (Saying nothing is as good.)"`
}

// shortCode is a code to type without its address.
var shortCode = regexp.MustCompile(`^[2-9A-Za-z]{5}-[2-9A-Za-z]{5}$`)

// link is the verifier's link that was given instead of ids, or that a picture of a
// QR code has; "" if ids were given.
func (c presentCmd) link(e *terminal.Env) (string, error) {
	if len(c.IDs) != 1 {
		return "", nil
	}
	given := c.IDs[0]
	if answer.IsLink(given) {
		return given, nil
	}
	if shortCode.MatchString(given) {
		return "", terminal.Hint(terminal.Usage("the code %s alone does not say where it leads", given), "type what stands before it, too: cafe.example/c/"+given)
	}
	var data []byte
	var err error
	switch ext := strings.ToLower(filepath.Ext(given)); {
	case given == "-":
		data, err = io.ReadAll(io.LimitReader(e.Stdin, maxRead))
	case slices.Contains([]string{".png", ".jpg", ".jpeg"}, ext):
		data, err = readPicture(given)
	default:
		return "", nil
	}
	if err != nil {
		return "", terminal.Unusable(err)
	}
	text := strings.TrimSpace(string(data))
	if given != "-" || !answer.IsLink(text) {
		if text, err = qr.Decode(data); err != nil {
			return "", terminal.Unusable(fmt.Errorf("%s: %w", given, err))
		}
	}
	if !answer.IsLink(text) {
		return "", terminal.Unusable(fmt.Errorf("%s holds a QR code, but no verifier's link", given))
	}
	return text, nil
}

func readPicture(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxRead))
	return data, errors.Join(err, f.Close())
}

// responder answers for a wallet, over a client.
func responder(flags judging.Flags, w *wallet.Wallet, client *fetch.Client) (*answer.Responder, error) {
	roots, err := flags.Roots()
	if err != nil {
		return nil, err
	}
	return &answer.Responder{
		Wallet: w, Keys: flags.Resolver(client), Line: client, Contexts: jsonld.Embedded(), Roots: roots, UnsafeLoopback: flags.UnsafeLoopback,
	}, nil
}

// answerLink opens a verifier's request, shows who asks and exactly what would be
// sent, asks, and sends it.
func (c presentCmd) answerLink(e *terminal.Env, w *wallet.Wallet, link string) error {
	if c.Challenge != "" || c.Domain != "" || len(c.Show) > 0 || c.All || c.As != "" {
		return terminal.Usage("the request says what to show, to whom and for which challenge: no such flags go with a link")
	}
	client, err := c.Client(e.Now)
	if err != nil {
		return err
	}
	defer client.Close()
	r, err := responder(c.Flags, w, client)
	if err != nil {
		return err
	}
	asked, err := r.Open(e.Context, link)
	if err != nil {
		return refused(err)
	}
	tellAsked(e, asked)
	if c.Decline {
		return c.decline(e, r, asked)
	}
	if why := asked.Unmet(); why != nil {
		return refused(fmt.Errorf("%w: %s", dcql.ErrNotSatisfied, strings.Join(why, "; ")))
	}
	chosen, err := c.picked(e, w, asked)
	if err != nil {
		return err
	}
	reply, err := r.Prepare(e.Context, asked, chosen)
	if err != nil {
		return refused(err)
	}
	tellReply(e, reply)
	var all []wallet.Presentation
	for _, p := range reply.Parts {
		all = append(all, p.Presentation)
	}
	if err := c.agree(e, fmt.Sprintf("Send it to %s?", asked.Who.AnswerTo), all); err != nil {
		return err
	}
	sent, err := r.Send(e.Context, reply)
	if sent != nil && err != nil {
		e.Notef("It may have arrived all the same, so the receipts are kept.\n")
	}
	if err != nil {
		return refused(err)
	}
	return c.tellSent(e, asked, sent)
}

// refused names what was wrong with a request, and what to do about it.
func refused(err error) error {
	switch code := openid4vc.Code(err); {
	case errors.Is(err, answer.ErrChosen):
		return terminal.Hint(err, "nothing was sent. --pick takes what stands behind what you have, above.")
	case errors.Is(err, dcql.ErrNotSatisfied):
		return terminal.Hint(err, "nothing was sent. laurel wallet list shows what you have.")
	case code != "":
		return terminal.Hint(fmt.Errorf("%s: %w", code, err), "nothing was sent. Show this to whoever asked; the mistake is on their side, or somebody pretends to be them.")
	case errors.Is(err, fetch.ErrRefused):
		return terminal.Hint(err, judging.PublicOnly)
	case errors.Is(err, answer.ErrNotTaken):
		return terminal.Hint(err, "ask them for a new request; an answer counts only once.")
	}
	if _, sentence := answer.Explain(err); sentence != "" {
		return terminal.Hint(err, sentence)
	}
	return err
}

// tellAsked says who asks, and for what.
func tellAsked(e *terminal.Env, q *answer.Inquiry) {
	e.Notef("%s\n", q.Who.Headline())
	if q.Who.Name != "" {
		e.Notef("  They call themselves: %s\n", q.Who.Name)
	}
	if q.Who.Purpose != "" {
		e.Notef("  They say why: %s\n", q.Who.Purpose)
	}
	if q.Who.Retention > 0 {
		e.Notef("  They say how long they keep it: %s\n", terminal.Plural(q.Who.Retention, "day", "days"))
	}
	e.Notef("They ask for:\n")
	for _, w := range q.Wishes() {
		tellWish(e, w)
	}
	for _, s := range q.Sets {
		if !s.Simple() {
			e.Notef("  %s\n", s)
		}
	}
}

// tellWish says one thing that is asked for, and what of the wallet would do, with
// the flag that chooses it.
func tellWish(e *terminal.Env, w answer.Wish) {
	for i, k := range w.Kinds {
		var ids []string
		for _, n := range k.Needs {
			ids = append(ids, n.Query.ID)
		}
		lead := ""
		switch {
		case i > 0:
			lead = "or "
		case w.Optional:
			lead = "only if you like: "
		}
		e.Notef("  %s%s (%s)\n", lead, k.Title, strings.Join(ids, ", "))
		for _, ask := range k.Asks {
			e.Notef("    %s\n", ask)
		}
	}
	found, presented := false, map[string]bool{}
	for _, n := range w.Needs() {
		for _, o := range n.Options {
			if n.Query.Unbound && presented[o.Card.ID] {
				continue // who takes it bare as well is better served with a presentation
			}
			presented[o.Card.ID] = true
			e.Notef("    you have %s  %s  (--pick %s=%s)\n", o.Card.ID[:8], o.Title(), n.Query.ID, o.Card.ID[:8])
			found = true
		}
	}
	if !found {
		e.Notef("    you have nothing that answers this\n")
	}
}

// tellReply shows exactly what would be sent.
func tellReply(e *terminal.Env, reply *answer.Reply) {
	for _, p := range reply.Parts {
		e.Notef("For %s you show, as %s:\n", p.Need, cmp.Or(p.Holder, "nobody in particular"))
		for i := range p.Shown {
			tellShown(e, &p.Shown[i], reply.Inquiry.Who.Purpose)
		}
		e.Notef("This is what they will see (%d bytes, SHA-256 %x):\n%s", len(p.Bytes), sha256.Sum256(p.Bytes), indented(p.Checked.Text))
	}
	for _, warning := range reply.Warnings {
		e.Notef("Warning: %s\n", warning)
	}
}

// picked are the credentials for each part of the request: those that were named,
// and for the rest the ones that fit best.
func (c presentCmd) picked(e *terminal.Env, w *wallet.Wallet, q *answer.Inquiry) (answer.Chosen, error) {
	chosen := answer.Chosen{}
	for _, pick := range c.Pick {
		query, id, ok := strings.Cut(pick, "=")
		if !ok {
			return nil, terminal.Usage("%q is not QUERY=ID", pick)
		}
		card, err := w.Find(e.Context, id)
		if err != nil {
			return nil, err
		}
		chosen[query] = append(chosen[query], card.ID)
	}
	return q.Complete(chosen), nil
}

func (c presentCmd) decline(e *terminal.Env, r *answer.Responder, q *answer.Inquiry) error {
	if err := e.Confirm(fmt.Sprintf("Tell %s that there will be no answer?", q.Who.AnswerTo), c.Yes); err != nil {
		return err
	}
	sent, err := r.Decline(e.Context, q)
	if err != nil {
		return refused(err)
	}
	e.Printf("Declined. Nothing of yours was sent.\n")
	tellOnward(e, sent)
	return nil
}

// tellSent says what became of it.
func (c presentCmd) tellSent(e *terminal.Env, q *answer.Inquiry, sent *answer.Sent) error {
	if c.JSON {
		return printValues(e, sent.Receipts, func(r wallet.Receipt) strictjson.Value { return r.JSON() })
	}
	for _, receipt := range sent.Receipts {
		e.Printf("Sent to %s. Receipt %s, SHA-256 %s.\n", q.Who.AnswerTo, receipt.ID, receipt.SHA256)
	}
	tellOnward(e, sent)
	return nil
}

// tellOnward says where they would like the person to go on.
func tellOnward(e *terminal.Env, sent *answer.Sent) {
	if sent.Continue != "" {
		e.Printf("They would like you to go on here: %s\n", sent.Continue)
	}
	if sent.Elsewhere != "" {
		e.Notef("They would like to send you on to %s, which is not where your answer went; the address is not shown.\n", sent.Elsewhere)
	}
}
