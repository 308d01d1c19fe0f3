package share_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"laurel/internal/sharelink"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
	"laurel/verifier/share"
)

const day = 24 * time.Hour

// scene is a book, its store and its clock, and what a wallet knows of one share.
type scene struct {
	*share.Book
	t      *testing.T
	store  session.Store
	at     time.Time
	link   sharelink.Link
	secret string
}

func newScene(t *testing.T, store session.Store) *scene {
	s := &scene{t: t, store: store, at: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)}
	s.open()
	s.link, s.secret = sharelink.New("https://verifier.example"), sharelink.NewSecret()
	return s
}

// open opens the book, or opens it again as after a restart.
func (s *scene) open() {
	s.t.Helper()
	b, err := share.Open(s.t.Context(), share.Options{Store: s.store, Now: func() time.Time { return s.at }})
	if err != nil {
		s.t.Fatal(err)
	}
	s.Book = b
}

func (s *scene) deposit() *sharelink.Deposit {
	return &sharelink.Deposit{ID: s.link.ID(), Sealed: []byte("sealed"), Withdraw: sharelink.Digest(s.secret), Expires: s.at.Add(7 * day)}
}

func (s *scene) put() {
	s.t.Helper()
	if err := s.Put(s.t.Context(), s.deposit(), "client"); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scene) want(err error) {
	s.t.Helper()
	if got, e := s.Get(s.t.Context(), s.link.ID()); !errors.Is(e, err) || (e == nil) != (got != nil) {
		s.t.Errorf("got %+v, %v, want %v", got, e, err)
	}
}

// records are the names in the store with a share of theirs.
func (s *scene) records() int {
	n := 0
	err := s.store.View(s.t.Context(), func(tx session.Tx) error {
		return tx.Names("share", func(string) error { n++; return nil })
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func TestLife(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	s.want(share.ErrUnknown)
	s.put()
	got, err := s.Get(t.Context(), s.link.ID())
	if err != nil || string(got.Sealed) != "sealed" || !got.Created.Equal(s.at) {
		t.Fatalf("got %+v, %v", got, err)
	}
	for range 3 {
		if err := s.Viewed(t.Context(), s.link.ID()); err != nil {
			t.Fatal(err)
		}
	}
	s.open()
	state, err := s.State(t.Context(), s.link.ID(), s.secret)
	if err != nil || state.State != sharelink.Open || state.Views != 3 || !state.Viewed.Equal(s.at) {
		t.Errorf("state %+v, %v", state, err)
	}
	s.at = s.at.Add(7 * day)
	s.want(share.ErrExpired)
	if err := s.Viewed(t.Context(), s.link.ID()); !errors.Is(err, share.ErrExpired) {
		t.Errorf("a view of what has expired: %v", err)
	}
	s.sweep(2, 1) // the record and a note; what was sealed is gone
	s.want(share.ErrExpired)
	if state, err := s.State(t.Context(), s.link.ID(), s.secret); err != nil || state.State != sharelink.Expired || state.Views != 3 {
		t.Errorf("state %+v, %v", state, err)
	}
	s.at = s.at.Add(30 * day)
	s.want(share.ErrUnknown)
	s.sweep(0, 1)
}

// sweep sweeps, and makes sure of how many records stay.
func (s *scene) sweep(left, swept int) {
	s.t.Helper()
	if n, err := s.Sweep(s.t.Context()); err != nil || n != swept {
		s.t.Errorf("swept %d, %v, want %d", n, err, swept)
	}
	if n := s.records(); n != left {
		s.t.Errorf("%d records are left, want %d", n, left)
	}
}

func TestWithdraw(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	s.put()
	for _, wrong := range []string{"", s.secret[:42], sharelink.NewSecret()} {
		if _, err := s.Withdraw(t.Context(), s.link.ID(), wrong); !errors.Is(err, share.ErrUnknown) {
			t.Errorf("the secret %q: %v", wrong, err)
		}
		if _, err := s.State(t.Context(), s.link.ID(), wrong); !errors.Is(err, share.ErrUnknown) {
			t.Errorf("the state for %q: %v", wrong, err)
		}
	}
	s.want(nil)
	for range 2 { // the second changes nothing
		state, err := s.Withdraw(t.Context(), s.link.ID(), s.secret)
		if err != nil || state.State != sharelink.Withdrawn {
			t.Errorf("withdrawn: %+v, %v", state, err)
		}
		s.want(share.ErrWithdrawn)
	}
	if n := s.records(); n != 2 {
		t.Errorf("%d records after it was withdrawn, want that of the share and its note", n)
	}
	if err := s.Put(t.Context(), s.deposit(), "client"); !errors.Is(err, share.ErrTaken) {
		t.Errorf("the same share once more: %v", err)
	}
	s.at = s.at.Add(8 * day)
	s.sweep(2, 1)
	s.want(share.ErrWithdrawn)
	s.at = s.at.Add(30 * day)
	s.sweep(0, 1)
}

func TestPutRefuses(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	for name, change := range map[string]func(*sharelink.Deposit){
		"over already":       func(d *sharelink.Deposit) { d.Expires = s.at },
		"for seconds":        func(d *sharelink.Deposit) { d.Expires = s.at.Add(time.Second) },
		"for 91 days":        func(d *sharelink.Deposit) { d.Expires = s.at.Add(91 * day) },
		"for ever":           func(d *sharelink.Deposit) { d.Expires = s.at.AddDate(9000, 0, 0) },
		"more than it bears": func(d *sharelink.Deposit) { d.Sealed = make([]byte, sharelink.MaxDeposit+1) },
	} {
		d := s.deposit()
		change(d)
		if err := s.Put(t.Context(), d, "client"); !errors.Is(err, share.ErrBounds) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := s.records(); n != 0 {
		t.Errorf("%d records of what was refused", n)
	}
}

func TestTaken(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	s.put()
	other := s.deposit()
	other.Sealed = []byte("something else")
	if err := s.Put(t.Context(), other, "thief"); !errors.Is(err, share.ErrTaken) {
		t.Errorf("put over another: %v", err)
	}
	if got, err := s.Get(t.Context(), s.link.ID()); err != nil || string(got.Sealed) != "sealed" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestPerClient(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	put := func(client string) error {
		s.link = sharelink.New("https://verifier.example")
		return s.Put(t.Context(), s.deposit(), client)
	}
	if err := put("b"); err != nil { // whose id a takes up again and again, which does not count
		t.Fatal(err)
	}
	for range 60 {
		if err := s.Put(t.Context(), s.deposit(), "a"); !errors.Is(err, share.ErrTaken) {
			t.Fatal(err)
		}
	}
	for range 50 {
		if err := put("a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := put("a"); !errors.Is(err, share.ErrTooMany) {
		t.Errorf("the 51st of a day: %v", err)
	}
	if err := put("b"); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	s.at = s.at.Add(day)
	if err := put("a"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// TestCrowd: the fuller the book, the shorter what it takes; what floods it has gone
// in days, and the rest has not been touched.
func TestCrowd(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	n := 0
	put := func(life time.Duration) error {
		s.link = sharelink.New("https://verifier.example")
		d := s.deposit()
		d.Expires, n = s.at.Add(life), n+1
		return s.Put(t.Context(), d, fmt.Sprint(n/40))
	}
	fill := func(to int, life, tooLong time.Duration) {
		t.Helper()
		for n < to {
			if err := put(life); err != nil {
				t.Fatalf("share %d for %v: %v", n, life, err)
			}
		}
		if err := put(tooLong); !errors.Is(err, share.ErrCrowded) {
			t.Errorf("with %d shares, one for %v: %v", to, tooLong, err)
		}
		n--
	}
	if err := put(90 * day); err != nil {
		t.Fatal(err)
	}
	mine := s.link
	fill(5_000, 90*day, 8*day)
	fill(9_000, 7*day, 2*day)
	fill(9_999, day, 7*day)
	if err := put(day); err != nil {
		t.Error(err)
	}
	if err := put(day); !errors.Is(err, share.ErrTooMany) {
		t.Errorf("one more than there is room for: %v", err)
	}
	s.at = s.at.Add(day)
	s.sweep(3*9_000+2*1_000, 1_000)
	if err := put(7 * day); !errors.Is(err, share.ErrCrowded) {
		t.Errorf("a day later: %v", err)
	}
	s.open() // counts anew
	s.at = s.at.Add(6 * day)
	if _, err := s.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := put(7 * day); err != nil {
		t.Errorf("a week later: %v", err)
	}
	s.link = mine
	s.want(nil)
}

// TestNoRoomToRemember: what has ended is forgotten at once.
func TestNoRoomToRemember(t *testing.T) {
	for _, room := range []bool{true, false} {
		s := newScene(t, &storetest.Memory{})
		s.put()
		s.at = s.at.Add(7 * day)
		note := session.Calendar("share-due/").Note(s.at, s.link.ID())
		err := s.store.Update(t.Context(), func(tx session.Tx) error { return share.Forget(tx, note, s.link.ID(), s.at, room) })
		if err != nil {
			t.Fatal(err)
		}
		if want := map[bool]int{true: 2, false: 0}[room]; s.records() != want {
			t.Errorf("room %v: %d records, want %d", room, s.records(), want)
		}
	}
}

func TestUnknownIDs(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	s.put()
	for _, id := range []string{"", "x", "../" + s.link.ID(), s.link.ID() + "0", sharelink.New("").ID()} {
		if _, err := s.Get(t.Context(), id); !errors.Is(err, share.ErrUnknown) {
			t.Errorf("%q: %v", id, err)
		}
	}
}

// On a disk there is room for the largest share, and every view counts whoever looks
// at the same time.
func TestOnDisk(t *testing.T) {
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	store, err := badger.OpenVerifier(t.TempDir()+"/db", v, badger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	}()
	s := newScene(t, store)
	d := s.deposit()
	d.Sealed = bytes.Repeat([]byte("s"), sharelink.MaxSealed)
	if err := s.Put(t.Context(), d, "client"); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	failed := make(chan error, 20)
	for range cap(failed) {
		group.Go(func() { failed <- s.Viewed(t.Context(), d.ID) })
	}
	group.Wait()
	close(failed)
	for err := range failed {
		if err != nil {
			t.Error(err)
		}
	}
	if state, err := s.State(t.Context(), d.ID, s.secret); err != nil || state.Views != 20 {
		t.Errorf("state %+v, %v", state, err)
	}
	if got, err := s.Get(t.Context(), d.ID); err != nil || len(got.Sealed) != sharelink.MaxSealed {
		t.Errorf("%v", err)
	}
	for i := range 120 { // more than one transaction deletes
		s.link = sharelink.New("https://verifier.example")
		if err := s.Put(t.Context(), s.deposit(), fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	s.at = s.at.Add(7 * day)
	s.sweep(2*121, 121)
	s.at = s.at.Add(30 * day)
	s.sweep(0, 121)
}

// A session book over the same store does not mind shares, nor they it.
func TestBesideSessions(t *testing.T) {
	s := newScene(t, &storetest.Memory{})
	s.put()
	book, err := session.Open(t.Context(), session.Options{Store: s.store, Now: func() time.Time { return s.at }})
	if err != nil {
		t.Fatal(err)
	}
	s.at = s.at.AddDate(1, 0, 0)
	if n, err := book.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	if n := s.records(); n != 3 {
		t.Errorf("%d records of the share, want 3", n)
	}
}

func ExampleBook() {
	ctx := context.Background()
	book, err := share.Open(ctx, share.Options{Store: &storetest.Memory{}})
	if err != nil {
		fmt.Println(err)
		return
	}
	link, secret := sharelink.New("https://verifier.example"), sharelink.NewSecret()
	sealed, err := link.Seal([][]byte{[]byte(`{}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	err = book.Put(ctx, &sharelink.Deposit{
		ID: link.ID(), Sealed: sealed, Withdraw: sharelink.Digest(secret), Expires: time.Now().Add(time.Hour),
	}, "198.51.100.7")
	fmt.Println(err)
	state, err := book.Withdraw(ctx, link.ID(), secret)
	fmt.Println(state.State, err)
	_, err = book.Get(ctx, link.ID())
	fmt.Println(err)
	// Output:
	// <nil>
	// withdrawn <nil>
	// this share was withdrawn
}
