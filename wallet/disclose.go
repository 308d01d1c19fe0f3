package wallet

import (
	"context"
	"fmt"
	"strings"

	"laurel/internal/strictjson"
	"laurel/wallet/disclosure"
)

// ErrClaim says that something was chosen to be shown that a credential does not
// have, or that cannot be shown without what is around it.
var ErrClaim = disclosure.ErrClaim

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

// Disclosure is what would be shown of one credential: nothing has left the
// wallet yet.
type Disclosure struct {
	Card Card
	disclosure.Disclosure
}

// Disclose works out what would be shown of a credential if the learner chose
// these pointers, besides what its issuer always shows. The id is that of a card,
// or its beginning. It fails with ErrNotFound, ErrAmbiguous, ErrClaim or
// ErrNotPresentable.
func (w *Wallet) Disclose(ctx context.Context, id string, pointers []string) (*Disclosure, error) {
	card, err := w.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	c, err := w.open(ctx, card)
	if err != nil {
		return nil, err
	}
	return disclose(card, c, pointers)
}

// open reads a credential of the wallet.
func (w *Wallet) open(ctx context.Context, c Card) (*disclosure.Credential, error) {
	raw, err := w.Document(ctx, c.ID)
	if err != nil {
		return nil, err
	}
	held, err := disclosure.Read(raw, w.Suites)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	return held, nil
}

// disclose is Disclose for a credential at hand.
func disclose(card Card, c *disclosure.Credential, pointers []string) (*Disclosure, error) {
	d, err := c.Choose(pointers)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", card.Title, err)
	}
	return &Disclosure{card, *d}, nil
}

// chosenFor are the pointers that a request chooses of one credential, and
// whether each choice that named no credential was for it.
func chosenFor(card Card, held *disclosure.Credential, choices []Choice, used []bool) ([]string, error) {
	partial := held.Partial()
	var pointers []string
	for i, c := range choices {
		switch {
		case c.Credential == card.ID:
			used[i] = true
		case c.Credential != "" || !partial:
			continue
		default:
			if _, err := strictjson.ParsePointer(c.Pointer); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrClaim, err)
			}
			if !held.Has(c.Pointer) {
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
