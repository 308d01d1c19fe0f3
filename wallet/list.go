package wallet

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// List returns the cards that a query chooses, newest first. When records are
// missing it returns what there is and an error that wraps ErrCorrupt.
func (w *Wallet) List(ctx context.Context, q Query) ([]Card, error) {
	out, err := all(ctx, w, cards, decodeCard)
	now := w.now()
	out = slices.DeleteFunc(out, func(c Card) bool { return !q.Matches(&c, now) })
	return newestFirst(out), err
}

// newestFirst sorts cards by when they were added, and then by id. Cards are
// large, so it is numbers that are moved about.
func newestFirst(cards []Card) []Card {
	order := make([]int, len(cards))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		if c := cards[j].Added.Compare(cards[i].Added); c != 0 {
			return c
		}
		return strings.Compare(cards[i].ID, cards[j].ID)
	})
	out := make([]Card, len(cards))
	for at, i := range order {
		out[at] = cards[i]
	}
	return out
}

// minPrefix is the shortest beginning of an id that is taken for one: shorter
// ones are more often a slip than a choice.
const minPrefix = 4

// Find returns the card whose id is, or begins with, the given one. It wraps
// ErrNotFound or ErrAmbiguous.
func (w *Wallet) Find(ctx context.Context, id string) (Card, error) {
	all, err := w.List(ctx, Query{})
	if err != nil {
		return Card{}, err
	}
	return find(all, id)
}

func find(all []Card, id string) (Card, error) {
	var fits []Card
	for _, c := range all {
		if c.ID == id {
			return c, nil
		}
		if len(id) >= minPrefix && strings.HasPrefix(c.ID, strings.ToLower(id)) {
			fits = append(fits, c)
		}
	}
	switch len(fits) {
	case 0:
		return Card{}, fmt.Errorf("credential %q: %w", id, ErrNotFound)
	case 1:
		return fits[0], nil
	default:
		return Card{}, fmt.Errorf("credential %q: %w: %s and %s", id, ErrAmbiguous, fits[0].ID, fits[1].ID)
	}
}

// Document returns the exact bytes of a credential as they were added. The id
// is a whole one, from a Card.
func (w *Wallet) Document(ctx context.Context, id string) ([]byte, error) {
	raw, err := w.get(ctx, documents, id)
	if !errors.Is(err, ErrNotFound) {
		return raw, err
	}
	if _, inList := w.get(ctx, cards, id); inList == nil {
		return nil, fmt.Errorf("%w: the document of %s is missing", ErrCorrupt, id)
	}
	return nil, err
}

// Recheck checks a credential of the wallet again, keeps the verdict on its
// card and returns both: the learner looks at it, so there is no news of it any
// more. If the verdict cannot be kept (a full disk), it returns both with the error.
func (w *Wallet) Recheck(ctx context.Context, id string) (Card, Checked, error) {
	c, err := w.Find(ctx, id)
	if err != nil {
		return Card{}, Checked{}, err
	}
	raw, err := w.Document(ctx, c.ID)
	if err != nil {
		return Card{}, Checked{}, err
	}
	var checked Checked
	if err := w.check(ctx, &c, &checked, raw); err != nil {
		return Card{}, Checked{}, err
	}
	c.News = News{}
	return c, checked, w.rewrite(ctx, c.ID, func(kept *Card) {
		kept.judgedAs(&c)
		kept.News = News{}
	})
}

// rewrite changes a card of the wallet. It wraps ErrNotFound if it has been removed.
func (w *Wallet) rewrite(ctx context.Context, id string, change func(c *Card)) error {
	name := w.name(cards, id)
	return w.update(ctx, func(tx Txn) error {
		sealed, err := tx.Get(name)
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%s: %w", id, ErrNotFound)
		}
		if err != nil {
			return err
		}
		plain, err := w.unseal(name, sealed)
		if err != nil {
			return err
		}
		c, err := decodeCard(plain)
		if err != nil {
			return err
		}
		change(&c)
		return w.put(tx, cards, id, c.encode())
	})
}

// Remove takes a credential out of the wallet for good. The id is a whole one,
// from a Card. It wraps ErrNotFound.
func (w *Wallet) Remove(ctx context.Context, id string) error {
	plain, err := w.get(ctx, cards, id)
	if err != nil {
		return err
	}
	c, err := decodeCard(plain)
	if err != nil {
		return err
	}
	return w.update(ctx, func(tx Txn) error {
		if err := w.drop(tx, cards, id); err != nil {
			return err
		}
		err := w.changeVersions(tx, c, func(ids []string) []string {
			return slices.DeleteFunc(ids, func(s string) bool { return s == id })
		})
		if err != nil {
			return err
		}
		return w.drop(tx, documents, id)
	})
}
