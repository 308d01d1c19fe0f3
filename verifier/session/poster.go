package session

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// maxPosterLife bounds how long an open request can hang on a wall.
const maxPosterLife = 366 * 24 * time.Hour

// maxPosters bounds the open requests that hang at the same time, and
// maxPostersPerClient those that one stranger hangs while the process runs.
const (
	maxPosters          = 1000
	maxPostersPerClient = 20
)

// maxVisits bounds the answers that one open request collects: a table that
// people still read.
const maxVisits = 10_000

// Poster is an open request: one link for many people, each of whom gets a
// session of their own. What it asks is fixed when it is made.
type Poster struct {
	ID        string        `json:"id"`     // in the link
	Secret    string        `json:"secret"` // leads to the table of answers
	Code      string        `json:"code"`
	Ask       []byte        `json:"ask"`
	Created   time.Time     `json:"created"`
	Expires   time.Time     `json:"expires"`   // nobody can begin later
	Lifetime  time.Duration `json:"lifetime"`  // of each visitor's session
	Retention time.Duration `json:"retention"` // of each answer
}

// Closed reports whether nobody can begin any more.
func (p *Poster) Closed(now time.Time) bool { return !now.Before(p.Expires) }

// Forget is when the poster itself is deleted: after the last answer to it.
func (p *Poster) Forget() time.Time { return p.Expires.Add(p.Lifetime + p.Retention) }

// Hang makes an open request that people can begin to answer for the given time.
// It fails with ErrQuestion, or with ErrTooMany when there is no room for one more,
// of this client or at all.
func (b *Book) Hang(ctx context.Context, q Question, life time.Duration) (*Poster, error) {
	q, err := q.filled()
	if err != nil {
		return nil, err
	}
	if life < time.Minute || life > maxPosterLife {
		return nil, errors.Join(ErrQuestion, errors.New("it can stay open from a minute to a year"))
	}
	if q.Client != "" && !b.hangs(q.Client) {
		return nil, ErrTooMany
	}
	now := b.now().UTC()
	p := &Poster{
		ID: Token(), Secret: Token(), Code: newCode(), Ask: q.Ask,
		Created: now, Expires: now.Add(life), Lifetime: q.Lifetime, Retention: q.Retention,
	}
	name := posterPrefix + p.ID
	text, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	err = b.store.Update(ctx, func(tx Tx) error {
		hanging := 0
		err := tx.Names(posterPrefix, func(string) error {
			if hanging++; hanging >= maxPosters {
				return ErrTooMany
			}
			return nil
		})
		if err != nil {
			return err
		}
		return errors.Join(
			tx.Put(name, text), tx.Put(dues.Note(p.Forget(), name), nil),
			tx.Put(hidden(secretPrefix, p.Secret), []byte(name)),
			tx.Put(hidden(codePrefix, p.Code), []byte(name)),
		)
	})
	if err != nil {
		return nil, err
	}
	return p, nil
}

// hangs counts one more open request of a stranger, if there is room for it.
func (b *Book) hangs(client string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hung[client] >= maxPostersPerClient || len(b.hung) >= maxWaiting {
		return false
	}
	b.hung[client]++
	return true
}

// Poster returns an open request, or ErrUnknown.
func (b *Book) Poster(ctx context.Context, id string) (p *Poster, err error) {
	if len(id) != tokenLength {
		return nil, ErrUnknown
	}
	err = b.store.View(ctx, func(tx Tx) error {
		p, err = b.readPoster(tx, id)
		return err
	})
	return p, err
}

func (b *Book) readPoster(tx Tx, id string) (*Poster, error) {
	p := &Poster{}
	if err := getJSON(tx, posterPrefix+id, p); err != nil {
		return nil, unknown(err)
	}
	if !b.now().Before(p.Forget()) {
		return nil, ErrUnknown
	}
	return p, nil
}

// Posters lists the open requests.
func (b *Book) Posters(ctx context.Context) (all []*Poster, err error) {
	err = b.store.View(ctx, func(tx Tx) error {
		return tx.Scan(posterPrefix, func(_ string, value []byte) error {
			p := &Poster{}
			if err := json.Unmarshal(value, p); err != nil {
				return errors.Join(errDamaged, err)
			}
			if b.now().Before(p.Forget()) {
				all = append(all, p)
			}
			return nil
		})
	})
	return all, err
}

// Visit makes a session for one more visitor of an open request. Beyond the
// errors of Create it fails with ErrExpired when the poster is closed. Of the
// Question only Label, Client and Key count; the rest is the poster's.
func (b *Book) Visit(ctx context.Context, p *Poster, q Question) (*Session, error) {
	if p.Closed(b.now()) {
		return nil, ErrExpired
	}
	q.Ask, q.Lifetime, q.Retention, q.Poster = p.Ask, p.Lifetime, p.Retention, p.ID
	return b.Create(ctx, q)
}

// putVisit notes an answered session with its poster. Names sort by time.
func putVisit(tx Tx, s *Session) error {
	if s.Poster == "" {
		return nil
	}
	return tx.Put(visitName(s), []byte(s.ID))
}

func visitName(s *Session) string {
	at := s.Created
	return fmt.Sprintf(visitFmt, s.Poster, fmt.Sprintf("%012d-%s", at.Unix(), s.ID))
}

// Visits calls visit for the answered sessions of an open request, oldest first, and
// returns its first error. It never holds more than one in memory.
func (b *Book) Visits(ctx context.Context, poster string, visit func(*Session) error) error {
	left := maxVisits
	err := b.store.View(ctx, func(tx Tx) error {
		return tx.Scan(fmt.Sprintf(visitFmt, poster, ""), func(_ string, id []byte) error {
			s, err := b.read(tx, string(id))
			if errors.Is(err, ErrUnknown) {
				return nil // due, and not swept yet
			}
			if err != nil {
				return err
			}
			if left--; left < 0 {
				return errEnough
			}
			return visit(s)
		})
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// TakeDown deletes an open request with all answers to it.
func (b *Book) TakeDown(ctx context.Context, id string) error {
	var visits []string
	err := b.Visits(ctx, id, func(s *Session) error {
		visits = append(visits, s.ID)
		return nil
	})
	if err != nil {
		return err
	}
	for _, visit := range visits {
		if err := b.Delete(ctx, visit); err != nil && !errors.Is(err, ErrUnknown) {
			return err
		}
	}
	return b.store.Update(ctx, func(tx Tx) error { return b.forgetPoster(tx, posterPrefix+id) })
}

func (b *Book) forgetPoster(tx Tx, name string) error {
	p := &Poster{}
	err := getJSON(tx, name, p)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return errors.Join(tx.Delete(name), tx.Delete(hidden(secretPrefix, p.Secret)),
		tx.Delete(hidden(codePrefix, p.Code)), tx.Delete(dues.Note(p.Forget(), name)))
}
