package answer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

// maxListed is how many values of a claim stand in one line.
const maxListed = 12

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

// Preferred is the least that answers the request, as the verifier prefers it.
func (q *Inquiry) Preferred() Chosen { return q.preferred }

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
			n.Misses = append(n.Misses, Miss{cards[m.Candidate], m.Why})
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
	o := Option{Card: c, Partial: held.Partial()}
	for _, p := range m.Claims {
		o.Pointers = append(o.Pointers, p.String())
	}
	return o, nil
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
		if i := slices.IndexFunc(own, func(me wallet.Identity) bool { return me.DID == c.Subject }); i >= 0 {
			holder = &own[i]
		}
		x.Bound, x.Unfit = holder != nil, unfit(m, x.Format, d, holder)
		cards, have = append(cards, c), append(have, x)
	}
	return cards, have, nil
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

// Unmet lists what the wallet lacks, in words; nil if it can answer.
func (q *Inquiry) Unmet() []string {
	var u *dcql.Unsatisfied
	if !errors.As(q.Missing, &u) {
		return nil
	}
	var out []string
	for _, m := range u.Missing {
		text := m.Why
		if m.Query != "" {
			text = m.Query + ": " + m.Why
		}
		out = append(out, text)
	}
	return out
}

// badgeTypes are the two names of what people call a badge.
var badgeTypes = []string{"OpenBadgeCredential", "AchievementCredential"}

// Title says in words what kind of credential is asked for: "a badge", "one or more
// credentials of the kind EmployeeCredential".
func (n *Need) Title() string {
	var types []string
	for _, set := range n.Query.Types {
		if len(set) > 0 {
			types = append(types, shortType(set[len(set)-1]))
		}
	}
	types = append(types, n.Query.VCT...)
	badge := len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return !slices.Contains(badgeTypes, t) })
	switch {
	case badge && n.Query.Multiple:
		return "one or more badges"
	case badge:
		return "a badge"
	}
	title := "a credential"
	if n.Query.Multiple {
		title = "one or more credentials"
	}
	if len(types) > 0 {
		title += " of the kind " + strings.Join(slices.Compact(types), " or ")
	}
	return credential.Plain(title)
}

// shortType is the last part of a type's IRI, which is its name.
func shortType(iri string) string {
	if i := strings.LastIndexAny(iri, "#/"); i >= 0 && i+1 < len(iri) {
		return iri[i+1:]
	}
	return iri
}

// String says the choice in words.
func (s Set) String() string {
	var ways []string
	for _, o := range s.Options {
		ways = append(ways, strings.Join(o.Needs, " and "))
	}
	text := "needed: " + strings.Join(ways, ", or ")
	if s.Optional {
		text = "only if you like: " + strings.Join(ways, ", or ")
	}
	return credential.Plain(text)
}

// Asks are the claims that a need is about, in words, with the values that are
// wanted.
func (n *Need) Asks() []Ask {
	out := make([]Ask, len(n.Query.Claims))
	for i, c := range n.Query.Claims {
		out[i].Label, out[i].Path = label(c.Path), credential.Plain(c.Path.String())
		for _, v := range c.Values {
			out[i].Values = append(out[i].Values, credential.Plain(plainValue(v)))
		}
	}
	return out
}

// Ask is one claim that is asked for.
type Ask struct {
	Label  string   // for people: "result 2, value"
	Path   string   // credentialSubject.result[].value
	Values []string // of which it must have one; nil takes any
}

// label puts a path into words: the steps that a person counts from 1, without
// those that every badge begins with.
func label(p dcql.Path) string {
	var words []string
	for _, step := range p.Value().Elems() {
		place, numbered := step.Literal()
		n, err := strconv.Atoi(place)
		switch name, named := step.Text(); {
		case named && (name == "credentialSubject" || name == "achievement" && len(p) > 2):
		case named:
			words = append(words, name)
		case len(words) == 0:
		case numbered && err == nil:
			words[len(words)-1] += " " + strconv.Itoa(n+1)
		default:
			words[len(words)-1] = "every " + words[len(words)-1]
		}
	}
	if len(words) == 0 {
		return "everything in it"
	}
	return credential.Plain(strings.Join(words, ", "))
}

// String is the claim in a line: "credentialSubject.result[].value, one of B2, C1".
func (a Ask) String() string {
	switch len(a.Values) {
	case 0:
		return a.Path
	case 1:
		return a.Path + ", which must be " + a.Values[0]
	}
	text := a.Path + ", one of " + strings.Join(a.Values[:min(len(a.Values), maxListed)], ", ")
	if more := len(a.Values) - maxListed; more > 0 {
		text += fmt.Sprintf(" and %d others", more)
	}
	return text
}

func plainValue(v strictjson.Value) string {
	if text, ok := v.Text(); ok {
		return text
	}
	return string(v.JSON())
}
