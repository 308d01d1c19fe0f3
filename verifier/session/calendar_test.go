package session_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

const dues session.Calendar = "test-due/"

func note(t *testing.T, store session.Store, names ...string) {
	t.Helper()
	err := store.Update(t.Context(), func(tx session.Tx) (err error) {
		for _, name := range names {
			err = errors.Join(err, tx.Put(name, nil))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCalendar(t *testing.T) {
	store, now := &storetest.Memory{}, time.Unix(1_800_000_000, 0)
	var want []string
	for i := range 500 { // more than one transaction's worth
		want = append(want, dues.Note(now.Add(time.Duration(i-499)*time.Second), "record/a/b"))
	}
	note(t, store, want...)
	note(t, store, dues.Note(now.Add(time.Second), "record/tomorrow"))
	var got []string
	take := func(tx session.Tx, name, record string) error {
		if record != "record/a/b" {
			t.Errorf("the note %q is about %q", name, record)
		}
		got = append(got, name)
		return tx.Delete(name)
	}
	for _, left := range []int{500, 0} {
		if n, err := dues.Sweep(t.Context(), store, now, take); n != left || err != nil {
			t.Fatalf("%d swept, %v; want %d", n, err, left)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%d notes, not in the order of time", len(got))
	}
}

// TestCalendarDamaged: a note that cannot be read is told, not passed over.
func TestCalendarDamaged(t *testing.T) {
	store := &storetest.Memory{}
	note(t, store, string(dues)+"soon/record")
	n, err := dues.Sweep(t.Context(), store, time.Now(), func(session.Tx, string, string) error { return nil })
	if n != 0 || err == nil {
		t.Errorf("%d swept, %v; want an error", n, err)
	}
}

// TestCalendarRefuses: what forget could not do is not counted as done.
func TestCalendarRefuses(t *testing.T) {
	store, broken := &storetest.Memory{}, errors.New("broken")
	note(t, store, dues.Note(time.Unix(1, 0), "record"))
	for range 2 {
		n, err := dues.Sweep(t.Context(), store, time.Now(), func(tx session.Tx, name, _ string) error {
			return errors.Join(tx.Delete(name), broken)
		})
		if n != 0 || !errors.Is(err, broken) {
			t.Fatalf("%d swept, %v", n, err)
		}
	}
}
