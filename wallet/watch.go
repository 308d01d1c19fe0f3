package wallet

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"time"
)

const (
	// defaultEvery is how old a verdict may get: an issuer publishes its lists about
	// once a day, and a learner wants to know before the next morning.
	defaultEvery = 12 * time.Hour
	// retryAfter is how soon a check is tried again that could not be made: a laptop
	// on a train is online again within the hour.
	retryAfter = 30 * time.Minute
	// pause is between two looks at what is due, at most: a laptop that slept does
	// not know it.
	pause = 10 * time.Minute
	// maxRound bounds the checks of one look, so that a wallet of thousands of
	// badges does not keep a machine busy.
	maxRound = 100
)

// Watch checks the badges of a wallet again in the background, each once in a while,
// so that the learner learns of a revoked badge before somebody else does.
//
//	watch := &wallet.Watch{Wallet: w}
//	go watch.Run(ctx)
//	…
//	for _, c := range cards {
//		if c.News.Exists() {
//			fmt.Println(c.Title, c.Headline) // "Revoked by its issuer."
//		}
//	}
//	err := w.Seen(ctx, c.ID) // the learner has read it
//
// Each badge has its own time of the day, which follows from its id: an issuer that
// sees lists fetched cannot tell from the hour whose wallet it is, and a server is
// not asked by all at once. Only whole lists are fetched, and not again while they
// are fresh.
type Watch struct {
	Wallet *Wallet
	Every  time.Duration        // how often each is checked; 12 hours if zero
	Tell   func(change []Card)  // hears of the cards that have news; may be nil
	Trip   func(error)          // hears why a round was not made; may be nil
	tried  map[string]time.Time // when a check could not be made
}

// Run watches until the context ends, and returns its error.
func (t *Watch) Run(ctx context.Context) error {
	for {
		changed, err := t.Round(ctx)
		if err != nil && ctx.Err() == nil && t.Trip != nil {
			t.Trip(err)
		}
		if len(changed) > 0 && t.Tell != nil {
			t.Tell(changed)
		}
		timer := time.NewTimer(min(pause, t.every()/4))
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// Round checks what is due now, and returns the cards that have news by it. A check
// that could not be made leaves the card as it was: that the network is down says
// nothing of a badge.
func (t *Watch) Round(ctx context.Context) ([]Card, error) {
	due, err := t.due(ctx)
	if err != nil {
		return nil, err
	}
	var changed []Card
	for i := range due[:min(len(due), maxRound)] {
		c, isNews, err := t.look(ctx, due[i])
		switch {
		case errors.Is(err, ErrNotFound): // removed in the meantime
		case err != nil:
			return changed, err
		case isNews:
			changed = append(changed, c)
		}
	}
	return changed, nil
}

func (t *Watch) every() time.Duration {
	if t.Every <= 0 {
		return defaultEvery
	}
	return t.Every
}

// due are the cards to check now, the longest unchecked first.
func (t *Watch) due(ctx context.Context) ([]Card, error) {
	all, err := t.Wallet.List(ctx, Query{})
	if err != nil {
		return nil, err
	}
	now := t.Wallet.now()
	all = slices.DeleteFunc(all, func(c Card) bool {
		return c.Verdict == Old || c.State(now) == StateExpired || now.Before(t.next(&c)) || now.Before(t.tried[c.ID].Add(retryAfter))
	})
	slices.SortFunc(all, func(a, b Card) int { return a.Checked.Compare(b.Checked) })
	return all, nil
}

// next is when a card is due: at its own time within the last fifth of the interval.
func (t *Watch) next(c *Card) time.Time {
	every := t.every()
	if c.Verdict == Undetermined {
		every = min(every, retryAfter)
	}
	var seed [8]byte
	if _, err := hex.Decode(seed[:], []byte(c.ID)); err != nil {
		return c.Checked.Add(every)
	}
	share := time.Duration(binary.BigEndian.Uint64(seed[:]) % 1000)
	return c.Checked.Add(every - every/5 + every/5*share/1000)
}

// look checks one card again.
func (t *Watch) look(ctx context.Context, c Card) (Card, bool, error) {
	raw, err := t.Wallet.Document(ctx, c.ID)
	if err != nil {
		return Card{}, false, err
	}
	found := c
	var checked Checked
	if err := t.Wallet.check(ctx, &found, &checked, raw); err != nil {
		return Card{}, false, err
	}
	if found.Verdict == Undetermined && c.Verdict != Undetermined {
		if t.tried == nil {
			t.tried = make(map[string]time.Time)
		}
		t.tried[c.ID] = t.Wallet.now()
		return c, false, nil
	}
	delete(t.tried, c.ID)
	isNews := false
	err = t.Wallet.rewrite(ctx, c.ID, func(kept *Card) {
		isNews = kept.newlyJudgedAs(&found)
		found = *kept
	})
	return found, isNews, err
}

// judgedAs takes over what a check found.
func (c *Card) judgedAs(found *Card) {
	c.Verdict, c.Headline, c.Proven, c.Checked = found.Verdict, found.Headline, found.Proven, found.Checked
}

// newlyJudgedAs takes over what a check found, and notes whether that is news. A
// badge that stands again as the learner last saw it is none.
func (c *Card) newlyJudgedAs(found *Card) bool {
	differs := c.Verdict != found.Verdict || found.Verdict == Rejected && c.Headline != found.Headline
	if c.Verdict == Undetermined && found.Verdict == Accepted { // what everybody expected
		differs = false
	}
	before := c.Verdict
	c.judgedAs(found)
	switch {
	case !differs:
		return false
	case c.News.Exists() && c.News.Was == found.Verdict && found.Verdict != Rejected:
		c.News = News{}
		return false
	case !c.News.Exists():
		c.News = News{Was: before}
	}
	c.News.Since = found.Checked
	return true
}

// News lists the cards that stand otherwise than the learner last saw them, the
// latest first.
func (w *Wallet) News(ctx context.Context) ([]Card, error) {
	all, err := w.List(ctx, Query{})
	all = slices.DeleteFunc(all, func(c Card) bool { return !c.News.Exists() })
	slices.SortStableFunc(all, func(a, b Card) int { return b.News.Since.Compare(a.News.Since) })
	return all, err
}

// Seen notes that the learner has read the news of a card. The id is a whole one,
// from a Card. It wraps ErrNotFound.
func (w *Wallet) Seen(ctx context.Context, id string) error {
	return w.rewrite(ctx, id, func(c *Card) { c.News = News{} })
}
