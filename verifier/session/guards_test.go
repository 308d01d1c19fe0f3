package session_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

// A note that came too early, of a session whose time was prolonged since, deletes
// nothing but itself.
func TestEarlyNote(t *testing.T) {
	store, c := &storetest.Memory{}, newClock()
	b := open(t, store, c)
	s := create(t, b, session.Question{})
	early := session.Calendar("due/").Note(c.now().Add(-time.Hour), "session/"+s.ID)
	if err := store.Update(t.Context(), func(tx session.Tx) error { return tx.Put(early, nil) }); err != nil {
		t.Fatal(err)
	}
	if n, err := b.Sweep(t.Context()); err != nil || n != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if got := stage(t, b, s.ID); got != session.Waiting {
		t.Errorf("the session: %s", got)
	}
	if n, err := b.Sweep(t.Context()); err != nil || n != 0 {
		t.Errorf("swept again: %d, %v", n, err)
	}
}

// failing is a store that can be told to write nothing.
type failing struct {
	storetest.Memory
	err error
}

func (f *failing) Update(ctx context.Context, write func(session.Tx) error) error {
	if f.err != nil {
		return f.err
	}
	return f.Memory.Update(ctx, write)
}

// A question that could not be kept takes nobody's place.
func TestNotKept(t *testing.T) {
	store := &failing{}
	b := open(t, store, newClock())
	store.err = errors.New("the disk is full")
	for range 150 { // one stranger may hold 100
		if _, err := b.Create(t.Context(), session.Question{Client: "192.0.2.1"}); !errors.Is(err, store.err) {
			t.Fatal(err)
		}
	}
	store.err = nil
	if b.Waiting() != 0 {
		t.Errorf("%d places are taken", b.Waiting())
	}
	create(t, b, session.Question{Client: "192.0.2.1"})
}

// Of a flood of answers to one question one is judged, and the time of an answer is
// when it came, not when it had been judged.
func TestJudgedOnce(t *testing.T) {
	c := newClock()
	b := open(t, &storetest.Memory{}, c)
	s := create(t, b, session.Question{})
	came := c.now()
	var judged atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := b.Take(context.Background(), s.ID, func(session.Session) (*session.Answer, error) {
				judged.Add(1)
				c.pass(time.Second)
				time.Sleep(10 * time.Millisecond) // long enough for the others to come
				return &session.Answer{Report: []byte("good")}, nil
			})
			if err != nil && !errors.Is(err, session.ErrConsumed) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if judged.Load() != 1 {
		t.Errorf("%d answers were judged", judged.Load())
	}
	if s, err := b.Get(t.Context(), s.ID); err != nil || !s.Answer.At.Equal(came) {
		t.Errorf("it came at %v, not %v", s.Answer.At, came)
	}
}

// Ten thousand answers of an open request are shown, and not one more.
func TestManyVisits(t *testing.T) {
	store := &storetest.Memory{}
	b := open(t, store, newClock())
	poster, err := b.Hang(t.Context(), session.Question{Ask: []byte("first aid")}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	s := create(t, b, session.Question{})
	err = store.Update(t.Context(), func(tx session.Tx) error {
		for i := range 10_001 {
			if err := tx.Put(fmt.Sprintf("visit/%s/%05d", poster.ID, i), []byte(s.ID)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	err = b.Visits(t.Context(), poster.ID, func(*session.Session) error { n++; return nil })
	if err != nil || n != 10_000 {
		t.Errorf("%d visits, %v", n, err)
	}
}

// Whoever stops watching makes room for another watcher.
func TestWatchersLeave(t *testing.T) {
	b := open(t, &storetest.Memory{}, newClock())
	s := create(t, b, session.Question{})
	for i := range 600 { // more than twice what one client may have
		_, stop, err := b.Watch(s.ID, "192.0.2.1")
		if err != nil {
			t.Fatalf("the %dth, after all others left: %v", i+1, err)
		}
		stop()
	}
}
