package wallet

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// maxPresented bounds one presentation: a verifier takes no more.
const maxPresented = 64

// Request is what the learner wants to show to whom.
type Request struct {
	// Credentials are the ids of cards, or their beginnings, in the order in
	// which they are to be shown.
	Credentials []string
	// Show chooses what to show of the credentials that can be shown in part.
	// Without a choice such a credential shows what its issuer wants shown, and
	// no more.
	Show []Choice
	// Challenge is the nonce that the verifier gave. Without one the answer
	// could be shown again by whoever gets hold of it.
	Challenge string
	// Domain says whom the answer is for, in the verifier's words.
	Domain string
	// Audience is the learner's own word for whom it is for, for the receipt.
	Audience string
	// Holder is the DID that presents credentials that name no earner. If
	// empty, it is that of the other credentials, or the oldest identity.
	Holder string
	// Shared says that it is left under a link, which is the challenge.
	Shared bool
	// Apart makes a presentation of each credential, as verifiers of OpenID4VP
	// want it.
	Apart bool
	// Bare hands over each credential as it is, and proves nothing of who shows it, for
	// verifiers who ask for that.
	Bare bool
	// Token signs presentations as tokens, for verifiers that read no embedded
	// proofs: vp+jwt, or in the form of VC Data Model 1.1 if all that is presented
	// are tokens of that.
	Token bool
}

// Answer is what would be handed over: nothing has left the wallet yet.
type Answer struct {
	Presentations []Presentation
	Warnings      []string // sentences that the learner should read first
	request       Request
}

// The forms of presentations. A token that is shown by itself has its own type:
// "vc+sd-jwt" or "dc+sd-jwt" with a key binding, any without.
const (
	FormJSON  = "vp"     // JSON with an embedded proof
	FormBare  = "vc"     // the same of a credential that nobody presents
	FormToken = "vp+jwt" // a signed token
	FormPlain = "jwt_vp" // a signed token as VC Data Model 1.1 has it, with a claim vp
)

// Presentation is one signed presentation of one identity.
type Presentation struct {
	Holder  string       // the identity that presents; "" if nobody does
	Form    string       // how it is written
	Cards   []Card       // what is in it
	Shown   []Disclosure // what is shown of each
	Bytes   []byte       // exactly what is handed over
	Checked Checked      // what the verifier will see
}

// Prepare makes the presentations that a request needs and checks each as the
// verifier will. A credential that is revoked, expired or somebody else's is
// warned of and presented all the same: the learner decides. It fails with
// ErrNotFound, ErrAmbiguous, ErrNotPresentable, ErrClaim or ErrNoIdentity.
func (w *Wallet) Prepare(ctx context.Context, r Request) (*Answer, error) {
	chosen, err := w.choose(ctx, r.Credentials)
	if err != nil {
		return nil, err
	}
	if r.Show, err = resolve(r.Show, chosen); err != nil {
		return nil, err
	}
	own, err := w.keys(ctx)
	if err != nil {
		return nil, err
	}
	groups, err := group(chosen, own, r.Holder)
	if err != nil {
		return nil, err
	}
	a := &Answer{request: r, Warnings: w.warnings(chosen, own, groups, r)}
	if err := w.discloseAll(ctx, groups, r.Show); err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, share := range g.shares(r) {
			p, err := w.present(ctx, share, r)
			if err != nil {
				return nil, err
			}
			a.Presentations = append(a.Presentations, p)
			if p.Checked.Verdict == Rejected {
				a.Warnings = append(a.Warnings, "They will see: "+p.Checked.Headline)
			}
		}
	}
	return a, nil
}

// choose finds the cards of a request, each once.
func (w *Wallet) choose(ctx context.Context, ids []string) ([]Card, error) {
	if len(ids) == 0 {
		return nil, fmt.Errorf("nothing was chosen: %w", ErrNotPresentable)
	}
	all, err := w.List(ctx, Query{})
	if err != nil {
		return nil, err
	}
	var chosen []Card
	seen := map[string]bool{}
	for _, id := range ids {
		c, err := find(all, id)
		if err != nil {
			return nil, err
		}
		if c.Verdict == Old {
			return nil, fmt.Errorf("%s is an Open Badges 2.0 badge and has no proof to show: %w", c.Title, ErrNotPresentable)
		}
		if !seen[c.ID] {
			chosen = append(chosen, c)
		}
		seen[c.ID] = true
	}
	if len(chosen) > maxPresented {
		return nil, fmt.Errorf("%d credentials, at most %d fit into a presentation: %w", len(chosen), maxPresented, ErrNotPresentable)
	}
	return chosen, nil
}

// party is one identity and what it presents.
type party struct {
	holder keyed
	cards  []Card
	shown  []Disclosure // of each card
}

// group gives every card to the identity that it names. Cards that name none of
// the learner's go to the holder asked for, else to the first that presents
// anything, else to the oldest identity.
func group(chosen []Card, own []keyed, holder string) ([]party, error) {
	byDID := map[string]keyed{}
	for _, k := range own {
		byDID[k.DID] = k
	}
	rest, found := byDID[holder]
	if holder != "" && !found {
		return nil, fmt.Errorf("%s: %w", holder, ErrNoIdentity)
	}
	if len(own) == 0 {
		return nil, ErrNoIdentity
	}
	if !found {
		rest = own[0]
		for i := len(chosen) - 1; i >= 0; i-- {
			if k, ok := byDID[chosen[i].Subject]; ok {
				rest = k
			}
		}
	}
	var groups []party
	at := map[string]int{}
	for _, c := range chosen {
		k, ok := byDID[c.Subject]
		if !ok {
			k = rest
		}
		i, ok := at[k.DID]
		if !ok {
			i = len(groups)
			at[k.DID] = i
			groups = append(groups, party{holder: k})
		}
		groups[i].cards = append(groups[i].cards, c)
	}
	return groups, nil
}

// warnings says what the learner should know before sending.
func (w *Wallet) warnings(chosen []Card, own []keyed, groups []party, r Request) []string {
	var out []string
	if len(groups) > 1 {
		out = append(out, fmt.Sprintf("These credentials belong to %d of your identities. Sent together, they show that all of them are you.", len(groups)))
	}
	if r.Bare {
		out = append(out, "They ask for it without a proof that it is yours: whoever gets this answer could show it to others.")
	}
	if r.Challenge == "" {
		out = append(out, "There is no challenge: whoever gets this answer could show it as if they were you.")
	}
	mine := map[string]bool{}
	for _, k := range own {
		mine[k.DID] = true
	}
	now := w.now()
	for _, c := range chosen {
		switch c.State(now) {
		case StateExpired:
			out = append(out, fmt.Sprintf("%q expired on %s.", c.Title, c.Until.Format(time.DateOnly)))
		case StateEarly:
			out = append(out, fmt.Sprintf("%q is valid only from %s.", c.Title, c.From.Format(time.DateOnly)))
		case StateRejected:
			out = append(out, fmt.Sprintf("%q did not pass when it was last checked: %s", c.Title, c.Headline))
		}
		switch {
		case r.Bare:
		case c.Subject == "":
			out = append(out, fmt.Sprintf("%q names nobody: it does not show that it is yours.", c.Title))
		case !mine[c.Subject]:
			out = append(out, fmt.Sprintf("%q was issued to somebody else: %s", c.Title, c.Subject))
		}
	}
	return out
}

// discloseAll works out what is shown of every credential of the parties.
func (w *Wallet) discloseAll(ctx context.Context, groups []party, choices []Choice) error {
	used := make([]bool, len(choices))
	for i := range groups {
		g := &groups[i]
		for _, c := range g.cards {
			held, err := w.open(ctx, c)
			if err != nil {
				return err
			}
			pointers, err := chosenFor(c, held, choices, used)
			if err != nil {
				return err
			}
			d, err := disclose(c, held, pointers)
			if err != nil {
				return err
			}
			g.shown = append(g.shown, *d)
		}
	}
	return unused(choices, used)
}

// shares divides what one identity presents into presentations. A token with
// disclosures answers by itself, with a key binding, which names a challenge and an
// audience; where one of these is missing, it goes into a presentation in an
// envelope, as all that has no key binding does.
func (g party) shares(r Request) []party {
	var out []party
	together := -1
	for i := range g.cards {
		alone := r.Apart || r.Bare || r.bound(&g.shown[i], g.holder)
		if alone || together < 0 {
			out = append(out, party{holder: g.holder})
		}
		at := len(out) - 1
		switch {
		case !alone && together < 0:
			together = at
		case !alone:
			at = together
		}
		out[at].cards, out[at].shown = append(out[at].cards, g.cards[i]), append(out[at].shown, g.shown[i])
	}
	return out
}

// bound reports whether a credential is shown by itself, with a key binding.
func (r Request) bound(d *Disclosure, holder keyed) bool {
	return d.Bindable(holder.DID) && r.Challenge != "" && r.Domain != ""
}

// present makes, signs and checks one presentation.
func (w *Wallet) present(ctx context.Context, g party, r Request) (p Presentation, err error) {
	p = Presentation{Holder: g.holder.DID, Cards: g.cards, Shown: g.shown}
	if r.Bare {
		p.Holder, p.Form, p.Bytes = "", cmp.Or(g.shown[0].Type, FormBare), g.shown[0].Bytes
		p.Checked, err = w.Check(ctx, p.Bytes, Expectation{})
		return p, err
	}
	if r.bound(&g.shown[0], g.holder) {
		p.Form = g.shown[0].Type
		p.Bytes, err = g.shown[0].Bind(g.holder.key, r.Challenge, r.Domain, w.now())
	} else {
		p.Form, p.Bytes, err = w.sign(g, r)
	}
	if err != nil {
		return Presentation{}, fmt.Errorf("%w: %w", ErrNotPresentable, err)
	}
	p.Checked, err = w.Check(ctx, p.Bytes, Expectation{Challenge: r.Challenge, Domain: r.Domain, Shared: r.Shared})
	return p, err
}

// sign makes the presentation of what a party shows, and signs it.
func (w *Wallet) sign(g party, r Request) (form string, signed []byte, err error) {
	docs := make([]strictjson.Value, len(g.shown))
	for i := range g.shown {
		if docs[i], err = g.shown[i].Part(); err != nil {
			return "", nil, err
		}
	}
	opt := proof.SignOptions{
		Suite: w.suite(g.holder), Key: g.holder.key, Purpose: proof.Authentication, Created: w.now(),
		Challenge: r.Challenge, Domain: r.Domain,
	}
	if opt.Method, err = did.KeyMethod(g.holder.DID); err != nil {
		return "", nil, err
	}
	if r.Token && !slices.ContainsFunc(g.shown, func(d Disclosure) bool { return d.Type != "jwt_vc" }) {
		compact, err := proof.SignClaims("JWT", plainPresentation(g), opt)
		return FormPlain, []byte(compact), err
	}
	if r.Token {
		opt.Suite = proof.VCJOSE{}
		compact, err := proof.SignJWT(presentationOf(g.holder.DID, docs), opt)
		return FormToken, []byte(compact), err
	}
	doc, err := proof.Sign(presentationOf(g.holder.DID, docs), opt)
	return FormJSON, doc.JSON(), err
}

// presentationOf is an unsigned VerifiablePresentation (VCDM 2.0, section
// 4.13). It has no id: that would only link two showings.
func presentationOf(holder string, docs []strictjson.Value) strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "@context", Value: strictjson.Strings("https://www.w3.org/ns/credentials/v2")},
		strictjson.Member{Name: "type", Value: strictjson.Strings("VerifiablePresentation")},
		strictjson.Member{Name: "holder", Value: strictjson.String(holder)},
		strictjson.Member{Name: "verifiableCredential", Value: strictjson.Array(docs...)},
	)
}

// plainPresentation are the claims of a presentation as a token of VC Data Model 1.1
// (section 6.3.1): iss is the holder, and the tokens stand in the claim vp.
func plainPresentation(g party) strictjson.Value {
	tokens := make([]string, len(g.shown))
	for i := range g.shown {
		tokens[i] = string(g.shown[i].Bytes)
	}
	return strictjson.Object(
		strictjson.Member{Name: "iss", Value: strictjson.String(g.holder.DID)},
		strictjson.Member{Name: "vp", Value: strictjson.Object(
			strictjson.Member{Name: "@context", Value: strictjson.Strings("https://www.w3.org/2018/credentials/v1")},
			strictjson.Member{Name: "type", Value: strictjson.Strings("VerifiablePresentation")},
			strictjson.Member{Name: "verifiableCredential", Value: strictjson.Strings(tokens...)},
		)},
	)
}
