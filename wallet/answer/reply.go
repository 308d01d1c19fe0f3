package answer

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/wallet"
)

// Reply is an answer that was made and has not left.
type Reply struct {
	Inquiry  *Inquiry
	Chosen   Chosen
	Parts    []Part
	Warnings []string // sentences that the learner should read first

	form    []byte
	answers []*wallet.Answer
	mu      sync.Mutex
	sent    bool
}

// Part is one presentation of a reply, of one credential.
type Part struct {
	Need string // the id of the query that it answers
	wallet.Presentation
}

// Prepare makes the answer with the cards that were chosen: what is asked of each,
// bound to this request. It wraps ErrChosen if the choice does not answer the
// request, dcql.ErrNotSatisfied if nothing does, and what wallet.Prepare does.
func (r *Responder) Prepare(ctx context.Context, q *Inquiry, chosen Chosen) (*Reply, error) {
	if q.Missing != nil {
		return nil, q.Missing
	}
	reply := &Reply{Inquiry: q, Chosen: chosen}
	if err := q.check(chosen); err != nil {
		return nil, err
	}
	presentations := map[string][]strictjson.Value{}
	for i := range q.Needs {
		n := &q.Needs[i]
		if len(chosen[n.Query.ID]) == 0 {
			continue
		}
		a, err := r.Wallet.Prepare(ctx, q.request(n, chosen[n.Query.ID]))
		if err != nil {
			return nil, err
		}
		reply.answers = append(reply.answers, a)
		for _, warning := range a.Warnings {
			reply.caution(warning)
		}
		for _, p := range a.Presentations {
			v, err := travels(p)
			if err != nil {
				return nil, err
			}
			presentations[n.Query.ID] = append(presentations[n.Query.ID], v)
			reply.Parts = append(reply.Parts, Part{n.Query.ID, p})
		}
	}
	if len(presentations) == 0 { // where everything is optional, nothing is a no
		return nil, fmt.Errorf("%w: nothing was chosen", ErrChosen)
	}
	if err := r.satisfies(reply); err != nil {
		return nil, err
	}
	reply.warn()
	var err error
	reply.form, err = q.Request.Answer(presentations)
	return reply, err
}

// check holds a choice against what the request leaves to choose.
func (q *Inquiry) check(chosen Chosen) error {
	for id, cards := range chosen {
		n := q.Need(id)
		switch {
		case n == nil:
			return fmt.Errorf("%w: nobody asks for %q", ErrChosen, id)
		case len(cards) > 1 && !n.Query.Multiple:
			return fmt.Errorf("%w: of %s one is asked for", ErrChosen, id)
		}
		for i, card := range cards {
			if slices.Contains(cards[:i], card) || !slices.ContainsFunc(n.Options, func(o Option) bool { return o.Card.ID == card }) {
				return fmt.Errorf("%w: %s is not among those that answer %s, or is there twice", ErrChosen, card, id)
			}
		}
	}
	return nil
}

// request is what the wallet shall make for a need.
func (q *Inquiry) request(n *Need, cards []string) wallet.Request {
	bound := q.Request.Binding()
	out := wallet.Request{
		Credentials: cards, Challenge: bound.Nonce, Domain: bound.Audience, Audience: q.Who.Label(),
		Apart: true, Bare: n.Query.Unbound, Token: n.Query.Format == dcql.JWT,
	}
	for _, o := range n.Options {
		if !o.Partial || !slices.Contains(cards, o.Card.ID) {
			continue
		}
		for _, pointer := range o.Pointers {
			out.Show = append(out.Show, wallet.Choice{Credential: o.Card.ID, Pointer: pointer})
		}
	}
	return out
}

// travels is a presentation as it stands in a vp_token.
func travels(p wallet.Presentation) (strictjson.Value, error) {
	if p.Form != wallet.FormJSON && p.Form != wallet.FormBare {
		return strictjson.String(string(p.Bytes)), nil
	}
	return strictjson.Parse(p.Bytes)
}

// satisfies holds what was made against the query, as the verifier will.
func (r *Responder) satisfies(reply *Reply) error {
	made := map[string][]dcql.Candidate{}
	for _, p := range reply.Parts {
		for i := range p.Shown {
			x, ok := r.candidate(proof.Read(p.Shown[i].Bytes))
			if !ok {
				return fmt.Errorf("%w: our own presentation cannot be read", ErrChosen)
			}
			x.Bound, x.Part = r.bound(reply.Inquiry, p, i), p.Shown[i].Partial
			made[p.Need] = append(made[p.Need], x)
		}
	}
	if err := reply.Inquiry.Request.Query.Check(made); err != nil {
		return fmt.Errorf("%w: %w", ErrChosen, err)
	}
	return nil
}

// bound reports whether a presentation proves to be by the one that its credential
// was issued to.
func (r *Responder) bound(q *Inquiry, p Part, i int) bool {
	return p.Cards[i].Subject != "" && p.Cards[i].Subject == p.Holder && q.Request.Nonce != ""
}

// warn adds what the learner should know of the answer as a whole.
func (reply *Reply) warn() {
	var holders []string
	for _, p := range reply.Parts {
		if p.Holder != "" && !slices.Contains(holders, p.Holder) {
			holders = append(holders, p.Holder)
		}
	}
	who := reply.Inquiry.Who
	if len(holders) > 1 {
		reply.caution(fmt.Sprintf("These credentials belong to %d of your identities. Sent together, they show that all of them are you.", len(holders)))
	}
	if who.Elsewhere() {
		reply.caution(fmt.Sprintf("%s asks, and wants the answer at %s.", who.Proven, who.AnswerTo))
	}
	for _, p := range reply.Parts {
		for i := range p.Shown {
			if d := &p.Shown[i]; !d.Partial && reply.Inquiry.asksForPart(p.Need) {
				reply.caution(fmt.Sprintf("Of %q only a part is asked for, and all of it would be sent: its issuer signed it as a whole.", d.Card.Title))
			}
		}
	}
}

// caution adds a warning, once.
func (reply *Reply) caution(warning string) {
	if !slices.Contains(reply.Warnings, warning) {
		reply.Warnings = append(reply.Warnings, warning)
	}
}

// asksForPart reports whether a query names claims.
func (q *Inquiry) asksForPart(id string) bool {
	n := q.Need(id)
	return n != nil && len(n.Query.Claims) > 0
}

// Sent is what became of an answer.
type Sent struct {
	Receipts []wallet.Receipt
	// Continue is where the verifier would like the person to go on, on this
	// device. It is never followed by itself, and is "" if it leads to another
	// host than the one that the answer went to, or to the one that asks.
	Continue string
	// Elsewhere is the host that such an address would have led to.
	Elsewhere string
}

// Send keeps the receipts of an answer and posts it, once. It wraps ErrSent,
// openid4vc.ErrRequestExpired, or ErrNotTaken with what package fetch says: then the
// receipts are kept, since it may have arrived, and Sent has them.
func (r *Responder) Send(ctx context.Context, reply *Reply) (*Sent, error) {
	reply.mu.Lock()
	defer reply.mu.Unlock()
	req := reply.Inquiry.Request
	switch {
	case reply.sent:
		return nil, ErrSent
	case !req.Expires.IsZero() && r.now().After(req.Expires.Add(leeway)):
		return nil, fmt.Errorf("%w while you were looking at it", openid4vc.ErrRequestExpired)
	}
	out := &Sent{}
	for _, a := range reply.answers {
		kept, err := r.Wallet.Record(ctx, a)
		if err != nil {
			return nil, err
		}
		out.Receipts = append(out.Receipts, kept...)
	}
	reply.sent = true
	res, err := r.Line.Send(ctx, fetch.Exchange{URL: req.ResponseURI, Accept: "application/json", Form: reply.form})
	if err != nil {
		return out, fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	out.goOn(reply.Inquiry, res.Body, openid4vc.Options{UnsafeLoopback: r.UnsafeLoopback})
	return out, nil
}

// goOn reads what the verifier said to an answer that it took. What cannot be read
// is no harm: the answer is there.
func (s *Sent) goOn(q *Inquiry, said []byte, opt openid4vc.Options) {
	to, err := openid4vc.ParseAcknowledgement(said, opt)
	if err != nil || to == "" {
		return
	}
	u, err := url.Parse(to)
	if err != nil {
		return
	}
	if u.Host == q.Who.AnswerTo || u.Host == q.Who.Proven {
		s.Continue = to
		return
	}
	s.Elsewhere = u.Host
}

// Decline tells the verifier that there will be no answer, in the word of the
// protocol (access_denied) and without a reason. There are no receipts, since nothing of
// the learner's was sent. It wraps ErrNotTaken.
func (r *Responder) Decline(ctx context.Context, q *Inquiry) (*Sent, error) {
	form := q.Request.Refusal("access_denied", "")
	res, err := r.Line.Send(ctx, fetch.Exchange{URL: q.Request.ResponseURI, Accept: "application/json", Form: form})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotTaken, err)
	}
	out := &Sent{}
	out.goOn(q, res.Body, openid4vc.Options{UnsafeLoopback: r.UnsafeLoopback})
	return out, nil
}
