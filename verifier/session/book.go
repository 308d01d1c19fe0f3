package session

import (
	"cmp"
	"context"
	"errors"
	"hash/maphash"
	"io/fs"
	"strings"
	"sync"
	"time"
)

// Options are what a Book is made of.
type Options struct {
	Store Store            // must not be nil; the Book does not close it
	Now   func() time.Time // nil: time.Now
	Look  time.Duration    // between two looks at what other processes wrote; 0: two seconds
}

// Book is all sessions of a verifier. It is safe for concurrent use.
type Book struct {
	store   Store
	now     func() time.Time
	records packer

	mu      sync.Mutex
	waiting map[string]place // unanswered sessions by id
	clients map[string]int   // how many of them each stranger made
	hung    map[string]int   // how many open requests each stranger made
	flights map[string]*flight

	look     time.Duration     // between two looks for news
	seed     maphash.Seed      // of the fingerprints that are compared
	watched  map[string]*watch // by id
	watchers map[string]int    // how many listeners each client has
	lookout  *lookout          // nil while nobody watches
}

// place is one unanswered session among those that are counted.
type place struct {
	expires time.Time
	client  string
}

// flight makes answers to one session wait for each other.
type flight struct {
	sync.Mutex
	waiting int // guarded by Book.mu
}

// Open reads which sessions are still waiting, and deletes what is due.
func Open(ctx context.Context, o Options) (*Book, error) {
	b := &Book{
		store: o.Store, now: o.Now,
		waiting: map[string]place{}, clients: map[string]int{}, hung: map[string]int{}, flights: map[string]*flight{},
		watched: map[string]*watch{}, watchers: map[string]int{}, seed: maphash.MakeSeed(), look: cmp.Or(o.Look, lookEvery),
	}
	if b.now == nil {
		b.now = time.Now
	}
	if _, err := b.Sweep(ctx); err != nil {
		return nil, err
	}
	now := b.now()
	err := b.store.View(ctx, func(tx Tx) error {
		return tx.Names(sessionPrefix, func(name string) error {
			s, err := b.records.get(tx, name)
			if err != nil {
				return err
			}
			if s.open(now) == nil {
				b.waiting[s.ID] = place{expires: s.Expires}
			}
			return nil
		})
	})
	return b, err
}

// Create puts a question. It fails with ErrQuestion, or with ErrTooMany when
// there is no place for one more, of this client or at all.
func (b *Book) Create(ctx context.Context, q Question) (*Session, error) {
	q, err := q.filled()
	if err != nil {
		return nil, err
	}
	s := newSession(q, b.now())
	if err := b.reserve(s, q.Client); err != nil {
		return nil, err
	}
	err = b.store.Update(ctx, func(tx Tx) error {
		name := sessionPrefix + s.ID
		return errors.Join(
			b.records.put(tx, s),
			tx.Put(hidden(secretPrefix, s.Secret), []byte(name)),
			tx.Put(hidden(codePrefix, s.Code), []byte(name)),
		)
	})
	if err != nil {
		b.release(s.ID)
		return nil, err
	}
	return s, nil
}

// reserve counts one more waiting session.
func (b *Book) reserve(s *Session, client string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.waiting) >= maxWaiting || client != "" && b.clients[client] >= maxPerClient {
		b.prune()
	}
	if len(b.waiting) >= maxWaiting || client != "" && b.clients[client] >= maxPerClient {
		return ErrTooMany
	}
	b.waiting[s.ID] = place{expires: s.Expires, client: client}
	if client != "" {
		b.clients[client]++
	}
	return nil
}

// prune forgets the places of sessions that have expired. The caller holds mu.
func (b *Book) prune() {
	now := b.now()
	for id, p := range b.waiting {
		if !now.Before(p.expires) {
			b.vacate(id)
		}
	}
}

func (b *Book) release(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.vacate(id)
}

// vacate gives a place back. The caller holds mu.
func (b *Book) vacate(id string) {
	p, ok := b.waiting[id]
	if !ok {
		return
	}
	delete(b.waiting, id)
	if p.client == "" {
		return
	}
	if b.clients[p.client]--; b.clients[p.client] <= 0 {
		delete(b.clients, p.client)
	}
}

// Waiting is how many sessions are unanswered.
func (b *Book) Waiting() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.prune()
	return len(b.waiting)
}

// Now is the time by the book's clock.
func (b *Book) Now() time.Time { return b.now() }

// Get returns a session by its ID, or ErrUnknown. It may have expired.
func (b *Book) Get(ctx context.Context, id string) (*Session, error) {
	if len(id) != tokenLength {
		return nil, ErrUnknown
	}
	var s *Session
	err := b.store.View(ctx, func(tx Tx) (err error) {
		s, err = b.read(tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// read reads a session that is not due to be forgotten.
func (b *Book) read(tx Tx, id string) (*Session, error) {
	s, err := b.records.get(tx, sessionPrefix+id)
	if err != nil {
		return nil, unknown(err)
	}
	if !b.now().Before(s.Forget()) {
		return nil, ErrUnknown
	}
	return s, nil
}

// Found is what a secret or a code leads to: one of the two is nil.
type Found struct {
	Session *Session
	Poster  *Poster
}

// BySecret returns what a result secret leads to, or ErrUnknown.
func (b *Book) BySecret(ctx context.Context, secret string) (Found, error) {
	if len(secret) != tokenLength {
		return Found{}, ErrUnknown
	}
	return b.find(ctx, hidden(secretPrefix, secret))
}

// ByCode returns what a typed code leads to, or ErrUnknown. Small letters,
// blanks and dashes do not matter.
func (b *Book) ByCode(ctx context.Context, typed string) (Found, error) {
	code := readCode(typed)
	if code == "" {
		return Found{}, ErrUnknown
	}
	return b.find(ctx, hidden(codePrefix, code))
}

func (b *Book) find(ctx context.Context, name string) (f Found, err error) {
	err = b.store.View(ctx, func(tx Tx) error {
		target, err := tx.Get(name)
		if err != nil {
			return unknown(err)
		}
		if id, ok := strings.CutPrefix(string(target), posterPrefix); ok {
			f.Poster, err = b.readPoster(tx, id)
			return err
		}
		f.Session, err = b.read(tx, strings.TrimPrefix(string(target), sessionPrefix))
		return err
	})
	if err != nil {
		return Found{}, err
	}
	return f, nil
}

// Opened notes that a wallet has fetched the request. It fails with ErrUnknown,
// ErrConsumed or ErrExpired; doing it again changes nothing.
func (b *Book) Opened(ctx context.Context, id string) error {
	s, err := b.Get(ctx, id)
	if err != nil {
		return err
	}
	if err := s.open(b.now()); err != nil || !s.OpenedAt.IsZero() {
		return err
	}
	err = b.store.Update(ctx, func(tx Tx) error {
		s, err := b.read(tx, id)
		if err != nil {
			return err
		}
		if err := s.open(b.now()); err != nil || !s.OpenedAt.IsZero() {
			return err
		}
		s.OpenedAt = b.now().UTC()
		return b.records.put(tx, s)
	})
	if err == nil {
		b.wake(id)
	}
	return err
}

// Take takes the one answer to a session. It fails with ErrUnknown, ErrConsumed
// or ErrExpired before judge is called, and with judge's error, which leaves the
// session unanswered. Answers to one session wait for each other.
func (b *Book) Take(ctx context.Context, id string, judge func(Session) (*Answer, error)) (*Session, error) {
	defer b.enter(id)()
	s, err := b.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	arrived := b.now()
	if err := s.open(arrived); err != nil {
		return nil, err
	}
	answer, err := judge(*s)
	if err != nil {
		return nil, err
	}
	answer.At = arrived.UTC()
	err = b.store.Update(ctx, func(tx Tx) error {
		if s, err = b.read(tx, id); err != nil {
			return err
		}
		if s.Answer != nil { // by another process over the same store
			return ErrConsumed
		}
		old := dues.Note(s.Forget(), sessionPrefix+id)
		s.Answer, s.Key = answer, nil
		return errors.Join(tx.Delete(old), tx.Delete(hidden(codePrefix, s.Code)), b.records.put(tx, s), putVisit(tx, s))
	})
	if err != nil {
		return nil, err
	}
	b.release(id)
	b.wake(id)
	return s, nil
}

// enter waits until no other answer to the session is being judged.
func (b *Book) enter(id string) (leave func()) {
	b.mu.Lock()
	f := b.flights[id]
	if f == nil {
		f = &flight{}
		b.flights[id] = f
	}
	f.waiting++
	b.mu.Unlock()
	f.Lock()
	return func() {
		f.Unlock()
		b.mu.Lock()
		defer b.mu.Unlock()
		if f.waiting--; f.waiting == 0 {
			delete(b.flights, id)
		}
	}
}

// Rejudge replaces the report of an answer by one that was made later.
func (b *Book) Rejudge(ctx context.Context, id string, report []byte) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		s, err := b.read(tx, id)
		if err != nil {
			return err
		}
		if s.Answer == nil {
			return ErrUnknown
		}
		s.Answer.Report = report
		return b.records.put(tx, s)
	})
	if err == nil {
		b.wake(id)
	}
	return err
}

// Delete forgets a session at once, with its answer.
func (b *Book) Delete(ctx context.Context, id string) error {
	err := b.store.Update(ctx, func(tx Tx) error {
		s, err := b.read(tx, id)
		if err != nil {
			return err
		}
		return deleteSession(tx, s)
	})
	b.release(id)
	b.wake(id)
	return err
}

func deleteSession(tx Tx, s *Session) error {
	name := sessionPrefix + s.ID
	return errors.Join(
		tx.Delete(name), tx.Delete(hidden(secretPrefix, s.Secret)), tx.Delete(hidden(codePrefix, s.Code)),
		tx.Delete(dues.Note(s.Forget(), name)), tx.Delete(visitName(s)),
	)
}

// Sweep deletes what is due, and returns how many sessions and posters that was.
func (b *Book) Sweep(ctx context.Context) (int, error) {
	n, err := dues.Sweep(ctx, b.store, b.now(), b.forget)
	b.mu.Lock()
	b.prune()
	b.mu.Unlock()
	return n, err
}

// forget deletes the record that a note is about, and the note.
func (b *Book) forget(tx Tx, note, record string) error {
	if strings.HasPrefix(record, posterPrefix) {
		return errors.Join(b.forgetPoster(tx, record), tx.Delete(note))
	}
	s, err := b.records.get(tx, record)
	if errors.Is(err, fs.ErrNotExist) {
		return tx.Delete(note)
	}
	if err != nil {
		return err
	}
	if b.now().Before(s.Forget()) { // the note is an old one
		return tx.Delete(note)
	}
	return errors.Join(deleteSession(tx, s), tx.Delete(note))
}
