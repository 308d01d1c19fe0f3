package wallet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// ErrClaim says that something was chosen to be shown that a credential does not
// have, or that cannot be shown without what is around it.
var ErrClaim = errors.New("cannot be chosen")

// Choice is one thing that the learner wants to show, of a credential that can
// be shown in part.
type Choice struct {
	// Credential is the id of a card of the request, or its beginning. If empty,
	// the choice is for every credential of the request that has the claim and
	// can be shown in part.
	Credential string
	// Pointer is a JSON pointer to what is shown, with all that is in it:
	// "/credentialSubject/achievement/name". "" is everything.
	Pointer string
}

// Claim is one thing that a credential says.
type Claim struct {
	Pointer string           // JSON pointer to it
	Value   strictjson.Value // what it says
	Shown   bool
	// Fixed says why it is shown whatever the learner chooses; "" if it need
	// not be.
	Fixed string
}

// Disclosure is what would be shown of one credential: nothing has left the
// wallet yet.
type Disclosure struct {
	Card    Card
	Partial bool     // it can be shown in part; if not, all of it or nothing
	Chosen  []string // the pointers that the learner chose
	// Claims are all that the credential says, in its order. There are none for
	// a credential whose words this program does not know.
	Claims []Claim
	// Bytes are exactly what a verifier gets to read of this credential.
	Bytes []byte
	// Links are what two verifiers can tell it by if they compare what they were
	// shown, in words.
	Links []string

	document strictjson.Value
}

// Count tells how many claims are shown, of how many.
func (d *Disclosure) Count() (shown, of int) {
	for _, c := range d.Claims {
		if c.Shown {
			shown++
		}
	}
	return shown, len(d.Claims)
}

// Summary is one line for people: "6 of 31 fields, the rest stays home".
func (d *Disclosure) Summary() string {
	shown, of := d.Count()
	switch {
	case of == 0:
		return "all of it"
	case shown == of && d.Partial:
		return fmt.Sprintf("all %d fields", of)
	case shown == of:
		return fmt.Sprintf("all %d fields; its issuer signed it as a whole", of)
	default:
		return fmt.Sprintf("%d of %d fields, the rest stays home", shown, of)
	}
}

// Disclose works out what would be shown of a credential if the learner chose
// these pointers, besides what its issuer always shows. The id is that of a card,
// or its beginning. It fails with ErrNotFound, ErrAmbiguous, or ErrClaim.
func (w *Wallet) Disclose(ctx context.Context, id string, pointers []string) (*Disclosure, error) {
	card, err := w.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	doc, err := w.parsed(ctx, card)
	if err != nil {
		return nil, err
	}
	return w.disclose(card, doc, pointers)
}

// parsed reads a document of the wallet.
func (w *Wallet) parsed(ctx context.Context, c Card) (strictjson.Value, error) {
	raw, err := w.Document(ctx, c.ID)
	if err != nil {
		return strictjson.Value{}, err
	}
	doc, err := strictjson.Parse(raw)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return doc, nil
}

// disclose is Disclose for a document at hand.
func (w *Wallet) disclose(card Card, doc strictjson.Value, pointers []string) (*Disclosure, error) {
	d := &Disclosure{Card: card, Chosen: pointers, document: doc, Partial: w.partial(doc)}
	opt := proof.DeriveOptions{Suites: w.Suites, Pointers: pointers}
	switch {
	case d.Partial:
		shown, err := proof.Derive(doc, opt)
		if errors.Is(err, jsonld.ErrPointer) {
			return nil, fmt.Errorf("%s: %w: %w", card.Title, ErrClaim, err)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w: %w", card.Title, ErrNotPresentable, err)
		}
		d.document = shown
	case len(pointers) > 0:
		return nil, fmt.Errorf("%s: %w: its issuer signed it as a whole, so that it is shown whole or not at all", card.Title, ErrClaim)
	}
	d.Bytes = d.document.JSON()
	d.Links = links(d.document, d.Partial)
	claims, err := proof.Claims(doc, opt)
	if err != nil {
		return d, nil // in words that we do not know: nothing to list
	}
	for _, c := range claims {
		p, err := strictjson.ParsePointer(c.Pointer)
		if err != nil {
			return nil, err
		}
		claim := Claim{Pointer: c.Pointer, Value: doc.At(p), Shown: c.Shown}
		switch {
		case c.Mandatory && d.Partial:
			claim.Fixed = reason(p)
		case c.Mandatory:
			claim.Fixed = "the badge is shown whole or not at all"
		}
		d.Claims = append(d.Claims, claim)
	}
	return d, nil
}

// partial reports whether a credential can be shown in part.
func (w *Wallet) partial(doc strictjson.Value) bool {
	_, err := proof.Mandatory(doc, w.Suites)
	return err == nil
}

// reason says why a claim is always shown.
func reason(p strictjson.Pointer) string {
	switch last := p[len(p)-1]; {
	case p[0] == "issuer":
		return "says who vouches for it"
	case p[0] == "validFrom", p[0] == "validUntil", p[0] == "issuanceDate", p[0] == "expirationDate":
		return "says when it is in force"
	case p[0] == "credentialStatus":
		return "shows whether it was revoked"
	case p[0] == "credentialSchema":
		return "says what form it has"
	case len(p) == 1 && last == "id":
		return "names the badge"
	case p[0] == "credentialSubject" && last == "id" && len(names(p)) == 2:
		return "says whose it is"
	case last == "id":
		return "comes with what is beside it"
	default:
		return "its issuer wants it shown"
	}
}

// names are the steps of a pointer without the places in arrays.
func names(p strictjson.Pointer) []string {
	return slices.DeleteFunc(slices.Clone(p), func(step string) bool { return strings.Trim(step, "0123456789") == "" })
}

// links are what is the same in every showing of a document. Signatures always
// are: the suites that this wallet knows hand on those that the issuer made.
func links(doc strictjson.Value, partial bool) []string {
	out := []string{"its signature"}
	if partial {
		out[0] = "its signatures"
	}
	if doc.Get("id").Exists() {
		out = append(out, "the id of the badge")
	}
	for _, s := range doc.Get("credentialSubject").List() {
		if s.Get("id").Exists() {
			out = append(out, "your identity")
			break
		}
	}
	if doc.Get("credentialStatus").Exists() {
		out = append(out, "its place in the revocation list")
	}
	return out
}

// chosenFor are the pointers that a request chooses of one credential, and
// whether each choice that named no credential was for it.
func chosenFor(card Card, doc strictjson.Value, partial bool, choices []Choice, used []bool) ([]string, error) {
	var pointers []string
	for i, c := range choices {
		switch {
		case c.Credential == card.ID:
			used[i] = true
		case c.Credential != "" || !partial:
			continue
		default:
			p, err := strictjson.ParsePointer(c.Pointer)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrClaim, err)
			}
			if !doc.At(p).Exists() {
				continue
			}
			used[i] = true
		}
		pointers = append(pointers, c.Pointer)
	}
	return pointers, nil
}

// resolve puts whole ids into choices.
func resolve(choices []Choice, chosen []Card) ([]Choice, error) {
	out := make([]Choice, len(choices))
	for i, c := range choices {
		out[i] = c
		if c.Credential == "" {
			continue
		}
		card, err := find(chosen, c.Credential)
		if err != nil {
			return nil, fmt.Errorf("a choice of what to show: %w", err)
		}
		out[i].Credential = card.ID
	}
	return out, nil
}

// unused names the choices that no credential had a use for.
func unused(choices []Choice, used []bool) error {
	var names []string
	for i, c := range choices {
		if !used[i] {
			names = append(names, c.Pointer)
		}
	}
	if names == nil {
		return nil
	}
	return fmt.Errorf("%w: none of these credentials can show %s by itself", ErrClaim, strings.Join(names, ", "))
}
