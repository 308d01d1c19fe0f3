package answer

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

// Inquiry is a request that was checked, and what of the wallet answers it.
type Inquiry struct {
	Request *openid4vc.Request
	Who     Who
	Opened  time.Time
	// Needs are the credentials that are asked for, in the request's order.
	Needs []Need
	// Sets say which combinations of Needs will do; nil asks for all of them.
	Sets []Set
	// Missing says why the wallet cannot answer: an *dcql.Unsatisfied. Nil if
	// it can.
	Missing error

	preferred Chosen
}

// Need is one credential query, and what answers it.
type Need struct {
	Query   *dcql.CredentialQuery
	Options []Option // what answers it, the best first
	Misses  []Miss   // what is of that kind and does not
}

// Option is a credential that answers a need.
type Option struct {
	Card wallet.Card
	// Pointers are what was asked for of it. If it can be shown in part, these are
	// shown, and what its issuer always shows.
	Pointers []string
	Partial  bool // it can be shown in part
	// Reached are the results that its owner has by it, which tell two badges of one
	// name apart: "B2, 81".
	Reached string
}

// Title is what a learner calls it.
func (o Option) Title() string {
	if o.Reached == "" {
		return o.Card.Title
	}
	return o.Card.Title + " (" + o.Reached + ")"
}

// Miss is a credential that nearly answers a need.
type Miss struct {
	Card wallet.Card
	Why  string
}

// Set is a choice between combinations of needs.
type Set struct {
	Optional bool
	Options  []Combination
}

// Combination is one way to serve a Set.
type Combination struct {
	Needs    []string // the ids of their queries
	Possible bool     // the wallet has what it takes
}

// Chosen are the ids of the cards that answer each need, by the id of its query.
type Chosen map[string][]string

// Preferred is the least that answers the request, as the verifier prefers it; empty if
// all that it asks for is optional.
func (q *Inquiry) Preferred() Chosen { return q.preferred }

// Complete adds to what was chosen what the request needs besides, as the verifier
// prefers it: of combinations, one that has the choice in it goes before those that do
// not, and one that was chosen whole is enough.
func (q *Inquiry) Complete(chosen Chosen) Chosen {
	out := maps.Clone(chosen)
	if out == nil {
		out = Chosen{}
	}
	needed := slices.Sorted(maps.Keys(q.preferred))
	if q.Sets != nil {
		needed = nil
		for _, s := range q.Sets {
			needed = append(needed, s.completes(chosen)...)
		}
	}
	for _, id := range needed {
		if n := q.Need(id); len(out[id]) == 0 && n != nil && len(n.Options) > 0 {
			out[id] = []string{n.Options[0].Card.ID}
		}
	}
	return out
}

// completes are the needs of the combination that a set is answered with.
func (s Set) completes(chosen Chosen) []string {
	best, most := []string(nil), 0
	for _, o := range s.Options {
		count := 0
		for _, need := range o.Needs {
			if len(chosen[need]) > 0 {
				count++
			}
		}
		switch {
		case !o.Possible:
		case count == len(o.Needs):
			return o.Needs
		case count > most || best == nil && !s.Optional:
			best, most = o.Needs, count
		}
	}
	return best
}

// Need finds a need by the id of its query; nil if there is none.
func (q *Inquiry) Need(id string) *Need {
	for i := range q.Needs {
		if q.Needs[i].Query.ID == id {
			return &q.Needs[i]
		}
	}
	return nil
}

// match looks for what answers the request.
func (r *Responder) match(ctx context.Context, q *Inquiry) error {
	cards, have, err := r.candidates(ctx, &q.Request.Metadata)
	if err != nil {
		return err
	}
	query := q.Request.Query
	for _, s := range query.Sets {
		set := Set{Optional: s.Optional}
		for _, option := range s.Options {
			set.Options = append(set.Options, Combination{Needs: option})
		}
		q.Sets = append(q.Sets, set)
	}
	choice, err := query.Choose(have)
	if err != nil {
		q.Missing = err
		return r.nearly(ctx, q, cards, have)
	}
	for _, a := range choice.Queries {
		n := Need{Query: a.Query}
		for _, m := range a.Matches {
			o, err := r.option(ctx, cards[m.Candidate], m)
			if err != nil {
				return err
			}
			n.Options = append(n.Options, o)
		}
		for _, m := range a.Misses {
			n.Misses = append(n.Misses, Miss{cards[m.Candidate], n.plain(m.Why)})
		}
		q.Needs = append(q.Needs, n)
	}
	for i, s := range choice.Sets {
		for _, possible := range s.Options {
			q.Sets[i].Options[possible].Possible = true
		}
	}
	q.preferred = Chosen{}
	for id, matches := range choice.Preferred() {
		for _, m := range matches {
			q.preferred[id] = append(q.preferred[id], cards[m.Candidate].ID)
		}
	}
	return nil
}

// nearly fills in the needs of a request that cannot be answered, so that a person
// sees what is there and what is not.
func (r *Responder) nearly(ctx context.Context, q *Inquiry, cards []wallet.Card, have []dcql.Candidate) error {
	for i := range q.Request.Query.Credentials {
		n := Need{Query: &q.Request.Query.Credentials[i]}
		for j, x := range have {
			m, err := n.Query.Match(x)
			if err != nil {
				continue
			}
			o, err := r.option(ctx, cards[j], m)
			if err != nil {
				return err
			}
			n.Options = append(n.Options, o)
		}
		q.Needs = append(q.Needs, n)
	}
	return nil
}

func (r *Responder) option(ctx context.Context, c wallet.Card, m dcql.Match) (Option, error) {
	raw, err := r.Wallet.Document(ctx, c.ID)
	if err != nil {
		return Option{}, err
	}
	held, err := disclosure.Read(raw, r.Wallet.Suites)
	if err != nil {
		return Option{}, err
	}
	badge, err := wallet.ReadBadge(raw)
	if err != nil {
		return Option{}, err
	}
	o := Option{Card: c, Partial: held.Partial(), Reached: reached(badge)}
	for _, p := range m.Claims {
		o.Pointers = append(o.Pointers, p.String())
	}
	return o, nil
}

// maxReached bounds the results beside a title.
const maxReached = 3

func reached(b credential.Badge) string {
	var all []string
	for _, result := range b.Results {
		if text := credential.Plain(cmp.Or(result.Value, result.Level)); text != "" && len(text) <= 40 && len(all) < maxReached {
			all = append(all, text)
		}
	}
	return strings.Join(all, ", ")
}

// candidates are the credentials of the wallet as a query sees them, those that a
// verifier is most likely to accept first.
func (r *Responder) candidates(ctx context.Context, m *openid4vc.Metadata) ([]wallet.Card, []dcql.Candidate, error) {
	all, err := r.Wallet.List(ctx, wallet.Query{})
	if err != nil {
		return nil, nil, err
	}
	own, err := r.Wallet.Identities(ctx)
	if err != nil {
		return nil, nil, err
	}
	now := r.now()
	slices.SortStableFunc(all, func(a, b wallet.Card) int { return cmp.Compare(rank(&a, now), rank(&b, now)) })
	var cards []wallet.Card
	var have []dcql.Candidate
	for _, c := range all {
		if c.Verdict == wallet.Old {
			continue
		}
		raw, err := r.Wallet.Document(ctx, c.ID)
		if err != nil {
			return nil, nil, err
		}
		d := proof.Read(raw)
		x, ok := r.candidate(d)
		if !ok {
			continue
		}
		var holder *wallet.Identity
		subject, err := r.boundTo(&c, x.Format, raw)
		if err != nil {
			return nil, nil, err
		}
		if i := slices.IndexFunc(own, func(me wallet.Identity) bool { return me.DID == subject }); i >= 0 {
			holder = &own[i]
		}
		x.Bound, x.Unfit = holder != nil, unfit(m, x.Format, d, holder)
		cards, have = append(cards, c), append(have, x)
	}
	return cards, have, nil
}

// boundTo is whose key it takes to present a credential. Claims need one that their
// issuer named: "SD-JWTs that do not support Holder Binding (i.e., do not have a cnf
// Claim) cannot be returned in this case" (appendix B.3), whomever they speak of.
func (r *Responder) boundTo(c *wallet.Card, format dcql.Format, raw []byte) (string, error) {
	if format != dcql.SDJWT {
		return c.Subject, nil
	}
	held, err := disclosure.Read(raw, r.Wallet.Suites)
	if err != nil {
		return "", err
	}
	return held.Holder, nil
}

// rank puts what is in force before what is not.
func rank(c *wallet.Card, now time.Time) int {
	order := []wallet.State{wallet.StateValid, wallet.StateEnding, wallet.StateUnclear, wallet.StateEarly, wallet.StateExpired}
	if i := slices.Index(order, c.State(now)); i >= 0 {
		return i
	}
	return len(order)
}

// candidate reads a credential, in the wallet or about to be sent, as a query sees
// it; ok is false for forms that no query can ask for.
func (r *Responder) candidate(d *proof.Document) (x dcql.Candidate, ok bool) {
	if d.Err() != nil {
		return x, false
	}
	switch d.TokenType() {
	case "":
		x = dcql.FromDocument(dcql.LDP, d.Unverified(), r.Contexts)
	case "vc+jwt", "jwt_vc":
		x = dcql.FromDocument(dcql.JWT, d.Unverified(), r.Contexts)
	case "dc+sd-jwt":
		x = dcql.FromClaims(d.Unverified())
	default:
		return x, false
	}
	x.Authorities = dcql.TokenAuthorities([]byte(d.Compact()))
	return x, true
}
