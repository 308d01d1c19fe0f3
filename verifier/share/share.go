// Package share keeps what learners share by links, for a verifier that lets them.
//
// # A share
//
// A wallet seals presentations under a link that it made itself, and leaves them
// here with an ID and an end (package internal/sharelink says how). The verifier
// cannot read them, until somebody comes with the link:
//
//	book, err := share.Open(ctx, share.Options{Store: store})
//	err = book.Put(ctx, deposit, client) // ErrBounds, ErrTaken, ErrTooMany
//	…
//	link, err := sharelink.Of("https://verifier.example", token)
//	s, err := book.Get(ctx, link.ID()) // ErrUnknown, ErrExpired, ErrWithdrawn
//	presentations, err := link.Open(s.Sealed)
//	err = book.Viewed(ctx, link.ID())
//
// Whoever has the second secret, of which the book has only a digest, asks with
// State how often that happened, and takes the share back with Withdraw.
//
// # Forgetting
//
// When a share expires or is withdrawn, what was sealed is deleted; that there was
// a share is remembered for thirty days more, so that its link says what became of
// it. Then nothing is left. Sweep deletes what is due, and nothing that is due is
// ever returned, swept or not.
package share

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"laurel/internal/sharelink"
	"laurel/verifier/session"
)

// Bounds on what one verifier keeps of strangers.
const (
	maxShares    = 10_000              // until they end, also those that were withdrawn
	maxOver      = 50_000              // that have ended and are remembered: 15 MB
	maxBytes     = 1 << 30             // of what is sealed: a disk has room for that
	maxPerClient = 50                  // a day, by one address: a class behind one router
	minLife      = time.Minute         // for less, showing a code is quicker
	leeway       = 5 * time.Minute     // between the clocks of a wallet and a verifier
	remembered   = 30 * 24 * time.Hour // so long a link says that its share is over
)

var (
	// ErrUnknown says that there is no such share, or no longer; to whoever has not
	// its secret, too.
	ErrUnknown = errors.New("there is no such share")
	// ErrExpired says that the time of the share is over.
	ErrExpired = errors.New("this share has expired")
	// ErrWithdrawn says that the learner took it back.
	ErrWithdrawn = errors.New("this share was withdrawn")
	// ErrTaken says that there is a share with this ID already.
	ErrTaken = errors.New("there is a share with this id already")
	// ErrBounds says that a share would be open too long, or is over already.
	ErrBounds = errors.New("a share is open for a minute to 90 days")
	// ErrCrowded says that the verifier has room for shorter shares only.
	ErrCrowded = errors.New("there is much here already, so that shares are taken for a shorter time only")
	// ErrTooMany says that the verifier has no room for one more.
	ErrTooMany = errors.New("there is no room for another share")
)

// Options are what a Book is made of.
type Options struct {
	Store session.Store    // must not be nil; the Book does not close it
	Now   func() time.Time // nil: time.Now
}

// Book is all shares that a verifier keeps. It is safe for concurrent use.
type Book struct {
	store session.Store
	now   func() time.Time

	mu     sync.Mutex
	shares int            // that have not ended
	over   int            // that have, and are remembered
	bytes  int            // of what is sealed
	posted map[string]int // by strangers, since day began
	day    time.Time
}

// Share is one share.
type Share struct {
	ID        string    `json:"id"`
	Withdraw  []byte    `json:"withdraw"` // SHA-256 of the secret
	Created   time.Time `json:"created"`
	Expires   time.Time `json:"expires"`
	Withdrawn time.Time `json:"withdrawn,omitzero"`
	Views     int       `json:"views,omitempty"`
	Viewed    time.Time `json:"viewed,omitzero"` // the last time, to the minute
	Size      int       `json:"size"`            // of what is sealed

	Sealed []byte `json:"-"` // see Link.Open; only Get sets it
}

// The names of the records. They do not mix with those of sessions, which the same
// store holds.
const (
	sharePrefix  = "share/"        // + ID: Share
	sealedPrefix = "share-sealed/" // + ID: what was sealed
)

// dues says of which ID there is something to delete, and when.
const dues session.Calendar = "share-due/"

// Open counts what is kept, and deletes what is due.
func Open(ctx context.Context, o Options) (*Book, error) {
	b := &Book{store: o.Store, now: o.Now, posted: map[string]int{}}
	if b.now == nil {
		b.now = time.Now
	}
	if err := b.recount(ctx); err != nil {
		return nil, err
	}
	_, err := b.Sweep(ctx)
	return b, err
}

// recount counts the shares of the store.
func (b *Book) recount(ctx context.Context) error {
	shares, over, size := 0, 0, 0
	now := b.now()
	err := b.store.View(ctx, func(tx session.Tx) error {
		return tx.Scan(sharePrefix, func(name string, value []byte) error {
			var s Share
			if err := json.Unmarshal(value, &s); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			if now.Before(s.Expires) {
				shares++
			} else {
				over++
			}
			if s.Withdrawn.IsZero() {
				size += s.Size
			}
			return nil
		})
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shares, b.over, b.bytes = shares, over, size
	return err
}

// Now is the time by which shares are kept.
func (b *Book) Now() time.Time { return b.now() }

// Put keeps a share for whoever has its link. The client is counted, and never
// written down. It wraps ErrBounds, ErrTaken, ErrCrowded or ErrTooMany.
func (b *Book) Put(ctx context.Context, d *sharelink.Deposit, client string) error {
	now := b.now().UTC()
	if life := d.Expires.Sub(now); life < minLife || life > sharelink.MaxLife+leeway || len(d.Sealed) > sharelink.MaxDeposit {
		return ErrBounds
	}
	if err := b.reserve(now, client, d); err != nil {
		return err
	}
	s := &Share{ID: d.ID, Withdraw: d.Withdraw[:], Created: now, Expires: d.Expires.UTC(), Size: len(d.Sealed)}
	err := b.store.Update(ctx, func(tx session.Tx) error {
		_, err := tx.Get(sharePrefix + d.ID)
		if err == nil {
			return ErrTaken
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return errors.Join(putShare(tx, s), tx.Put(sealedPrefix+d.ID, d.Sealed), tx.Put(dues.Note(s.Expires, d.ID), nil))
	})
	if err != nil {
		b.release(1, len(d.Sealed))
		b.uncount(client)
	}
	return err
}

func putShare(tx session.Tx, s *Share) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return tx.Put(sharePrefix+s.ID, text)
}

// reserve makes room for one more share, or says that there is none.
func (b *Book) reserve(now time.Time, client string, d *sharelink.Deposit) error {
	size := len(d.Sealed)
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.day) >= 24*time.Hour {
		b.day = now
		clear(b.posted)
	}
	if b.shares >= maxShares || b.bytes+size > maxBytes || b.posted[client] >= maxPerClient {
		return ErrTooMany
	}
	if longest := b.longest(); d.Expires.Sub(now) > longest+leeway {
		return fmt.Errorf("%w: %d days at most, just now", ErrCrowded, longest/(24*time.Hour))
	}
	b.shares, b.bytes = b.shares+1, b.bytes+size
	b.posted[client]++
	return nil
}

// longest is how long a share may be open: the shorter the fuller the book is, so that
// a flood from many addresses ebbs away in a day and not in a season.
func (b *Book) longest() time.Duration {
	switch full := max(100*b.shares/maxShares, 100*b.bytes/maxBytes); {
	case full < 50:
		return sharelink.MaxLife
	case full < 90:
		return 7 * 24 * time.Hour
	default:
		return 24 * time.Hour
	}
}

// uncount takes back that a client posted: who is refused leaves nothing behind, not
// even a name.
func (b *Book) uncount(client string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.posted[client]--; b.posted[client] <= 0 {
		delete(b.posted, client)
	}
}

func (b *Book) release(shares, size int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shares, b.bytes = b.shares-shares, b.bytes-size
}

// Get returns a share that is open. It wraps ErrUnknown, ErrExpired or
// ErrWithdrawn.
func (b *Book) Get(ctx context.Context, id string) (*Share, error) {
	var s *Share
	err := b.store.View(ctx, func(tx session.Tx) (err error) {
		if s, err = b.read(tx, id); err != nil {
			return err
		}
		if err = s.over(b.now()); err == nil {
			s.Sealed, err = tx.Get(sealedPrefix + id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// over says why a share is not open; nil if it is.
func (s *Share) over(now time.Time) error {
	switch {
	case !s.Withdrawn.IsZero():
		return ErrWithdrawn
	case !now.Before(s.Expires):
		return ErrExpired
	default:
		return nil
	}
}

// read reads a share that is remembered.
func (b *Book) read(tx session.Tx, id string) (*Share, error) {
	if !sharelink.IsID(id) {
		return nil, ErrUnknown
	}
	text, err := tx.Get(sharePrefix + id)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrUnknown
	}
	if err != nil {
		return nil, err
	}
	s := &Share{}
	if err := json.Unmarshal(text, s); err != nil {
		return nil, fmt.Errorf("the record of a share is damaged: %w", err)
	}
	if !b.now().Before(s.Expires.Add(remembered)) {
		return nil, ErrUnknown
	}
	return s, nil
}

// Viewed counts that somebody looked at a share that is open.
func (b *Book) Viewed(ctx context.Context, id string) error {
	return b.store.Update(ctx, func(tx session.Tx) error {
		s, err := b.read(tx, id)
		if err == nil {
			err = s.over(b.now())
		}
		if err != nil {
			return err
		}
		s.Views, s.Viewed = s.Views+1, b.now().UTC().Truncate(time.Minute)
		return putShare(tx, s)
	})
}

// State tells how a share stands, to whoever has its secret. It wraps ErrUnknown.
func (b *Book) State(ctx context.Context, id, secret string) (sharelink.State, error) {
	var s *Share
	err := b.store.View(ctx, func(tx session.Tx) (err error) {
		s, err = b.own(tx, id, secret)
		return err
	})
	if err != nil {
		return sharelink.State{}, err
	}
	return b.stateOf(s), nil
}

func (b *Book) stateOf(s *Share) sharelink.State {
	out := sharelink.State{State: sharelink.Open, Views: s.Views, Viewed: s.Viewed, Expires: s.Expires}
	switch err := s.over(b.now()); {
	case errors.Is(err, ErrWithdrawn):
		out.State = sharelink.Withdrawn
	case err != nil:
		out.State = sharelink.Expired
	}
	return out
}

// own reads a share for whoever has its secret. A wrong secret and an unknown share
// are the same answer.
func (b *Book) own(tx session.Tx, id, secret string) (*Share, error) {
	s, err := b.read(tx, id)
	if err != nil {
		return nil, err
	}
	if !sharelink.Opens(secret, s.Withdraw) {
		return nil, ErrUnknown
	}
	return s, nil
}

// Withdraw closes a share for good and deletes what was sealed, for whoever has its
// secret; doing it again changes nothing. It wraps ErrUnknown.
func (b *Book) Withdraw(ctx context.Context, id, secret string) (sharelink.State, error) {
	var s *Share
	freed := 0
	err := b.store.Update(ctx, func(tx session.Tx) (err error) {
		freed = 0
		if s, err = b.own(tx, id, secret); err != nil || !s.Withdrawn.IsZero() {
			return err
		}
		if s.over(b.now()) == nil {
			freed = s.Size
			s.Withdrawn = b.now().UTC()
		}
		return errors.Join(putShare(tx, s), tx.Delete(sealedPrefix+id))
	})
	if err != nil {
		return sharelink.State{}, err
	}
	b.release(0, freed)
	return b.stateOf(s), nil
}

// Sweep deletes what is due, and returns how many shares that was about.
func (b *Book) Sweep(ctx context.Context) (int, error) {
	now := b.now()
	b.mu.Lock()
	room := maxOver - b.over
	b.mu.Unlock()
	n, err := dues.Sweep(ctx, b.store, now, func(tx session.Tx, note, id string) error {
		room--
		return forget(tx, note, id, now, room >= 0)
	})
	if err == nil && n > 0 {
		err = b.recount(ctx)
	}
	return n, err
}

// forget deletes what a note says is due: first what was sealed, and thirty days
// later the rest, or at once if there is no room to remember it.
func forget(tx session.Tx, note, id string, now time.Time, room bool) error {
	text, err := tx.Get(sharePrefix + id)
	if errors.Is(err, fs.ErrNotExist) {
		return tx.Delete(note)
	}
	var s Share
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return err
	}
	if err := errors.Join(tx.Delete(note), tx.Delete(sealedPrefix+id)); err != nil {
		return err
	}
	if last := s.Expires.Add(remembered); room && now.Before(last) {
		s.Size = 0
		return errors.Join(putShare(tx, &s), tx.Put(dues.Note(last, id), nil))
	}
	return tx.Delete(sharePrefix + id)
}
