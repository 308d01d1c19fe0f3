// Package storetest checks a store of records, each a name and some bytes, whose
// reading and writing are transactions; and has one that lives in memory for tests.
// The store of every actor is such a one:
//
//	type Store interface {
//		View(ctx context.Context, read func(Tx) error) error
//		Update(ctx context.Context, write func(Tx) error) error
//		Close() error
//	}
//
// where each actor says for itself what its Tx can do. The packages issuer/storetest
// and verifier/session/storetest have this for theirs.
//
// Whoever writes a new store runs this before anything else: the actors rely on
// every line of it, above all on "of two updates of the same record, one sees the
// other", without which a status index would be given away twice, and two answers to
// one question would both be taken.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Tx is what every transaction can do. One that can Delete is checked for that too.
type Tx interface {
	Get(name string) ([]byte, error)
	Put(name string, value []byte) error
	Scan(prefix string, visit func(name string, value []byte) error) error
	Names(prefix string, visit func(name string) error) error
}

// deleter is a transaction that can take records away.
type deleter interface{ Delete(name string) error }

// Store is a store whose transactions are T.
type Store[T Tx] interface {
	View(ctx context.Context, read func(T) error) error
	Update(ctx context.Context, write func(T) error) error
	Close() error
}

// Run runs every check against fresh stores made by open. A store that open
// returns is closed by Run.
func Run[T Tx](t *testing.T, open func(t *testing.T) Store[T]) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Store[T])
	}{
		{"records come back", testRecords[T]},
		{"what was deleted is gone", testDelete[T]},
		{"scan is ordered and bounded by its prefix", testScan[T]},
		{"an update that fails leaves nothing", testAtomic[T]},
		{"a view sees one moment", testView[T]},
		{"updates are serialisable", testSerialisable[T]},
		{"a cancelled context ends the work", testCancelled[T]},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			c.test(t, s)
		})
	}
}

func put[T Tx](t *testing.T, s Store[T], pairs ...string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx T) error {
		for i := 0; i < len(pairs); i += 2 {
			if err := tx.Put(pairs[i], []byte(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// all reads every record under a prefix as "name=value".
func all[T Tx](t *testing.T, s Store[T], prefix string) []string {
	t.Helper()
	var out []string
	err := s.View(t.Context(), func(tx T) error {
		return tx.Scan(prefix, func(name string, value []byte) error {
			out = append(out, name+"="+string(value))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func testRecords[T Tx](t *testing.T, s Store[T]) {
	big := strings.Repeat("x", 200<<10)
	put(t, s, "a", "1", "b", "", "c", big)
	put(t, s, "a", "2")
	err := s.View(t.Context(), func(tx T) error {
		for name, want := range map[string]string{"a": "2", "b": "", "c": big} {
			if got, err := tx.Get(name); err != nil || string(got) != want {
				t.Errorf("Get(%q) = %.20q, %v, want %.20q", name, got, err, want)
			}
		}
		if got, err := tx.Get("d"); !errors.Is(err, fs.ErrNotExist) || got != nil {
			t.Errorf("Get of nothing = %q, %v, want fs.ErrNotExist", got, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func testDelete[T Tx](t *testing.T, s Store[T]) {
	put(t, s, "a", "1", "b", "2")
	deletes := false
	err := s.Update(t.Context(), func(tx T) error {
		var records deleter
		if records, deletes = any(tx).(deleter); !deletes {
			return nil
		}
		if err := errors.Join(records.Delete("a"), records.Delete("never there")); err != nil {
			return err
		}
		if _, err := tx.Get("a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an update sees what it deleted: %v", err)
		}
		return nil
	})
	want := []string{"b=2"}
	if !deletes {
		want = []string{"a=1", "b=2"}
	}
	if got := all(t, s, ""); err != nil || !slices.Equal(got, want) {
		t.Errorf("after deleting: %v, %q", err, got)
	}
	put(t, s, "a", "3")
	if got := all(t, s, ""); !slices.Equal(got, []string{"a=3", "b=2"}) {
		t.Errorf("put again: %q", got)
	}
}

func testScan[T Tx](t *testing.T, s Store[T]) {
	put(t, s, "list/2", "b", "list/10", "a", "list", "x", "listing", "y", "list/", "z")
	if got, want := all(t, s, "list/"), []string{"list/=z", "list/10=a", "list/2=b"}; !slices.Equal(got, want) {
		t.Errorf("Scan = %q, want %q", got, want)
	}
	if got := all(t, s, "nothing"); got != nil {
		t.Errorf("Scan of nothing = %q", got)
	}
	stop := errors.New("stop")
	err := s.View(t.Context(), func(tx T) error {
		var names []string
		err := tx.Names("list/", func(name string) error {
			names = append(names, name)
			return nil
		})
		if want := []string{"list/", "list/10", "list/2"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("Names = %q, %v, want %q", names, err, want)
		}
		return tx.Scan("", func(string, []byte) error { return stop })
	})
	if !errors.Is(err, stop) {
		t.Errorf("Scan ended with %v, want the visitor's error", err)
	}
}

func testAtomic[T Tx](t *testing.T, s Store[T]) {
	put(t, s, "a", "old")
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx T) error {
		if err := errors.Join(tx.Put("a", []byte("new")), tx.Put("b", []byte("new"))); err != nil {
			return err
		}
		if got, err := tx.Get("a"); err != nil || string(got) != "new" {
			t.Errorf("an update does not see its own write: %q, %v", got, err)
		}
		return stop
	})
	if got := all(t, s, ""); !errors.Is(err, stop) || !slices.Equal(got, []string{"a=old"}) {
		t.Errorf("Update = %v and left %q", err, got)
	}
}

func testView[T Tx](t *testing.T, s Store[T]) {
	put(t, s, "a", "1", "b", "1")
	err := s.View(t.Context(), func(tx T) error {
		if _, err := tx.Get("a"); err != nil {
			return err
		}
		put(t, s, "a", "2", "b", "2")
		got, err := tx.Get("b")
		if !bytes.Equal(got, []byte("1")) {
			t.Errorf("a view saw %q, written after it began", got)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func testSerialisable[T Tx](t *testing.T, s Store[T]) {
	const workers, rounds = 8, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for r := range rounds {
				err := s.Update(t.Context(), func(tx T) error { return claim(tx, w, r) })
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if got := all(t, s, "slot/"); len(got) != workers*rounds {
		t.Errorf("%d updates claimed %d slots", workers*rounds, len(got))
	}
}

// claim takes the first slot that is free, as an issuer takes a status index, and the
// first of two answers a session.
func claim(tx Tx, worker, round int) error {
	for i := range 1000 {
		name := fmt.Sprintf("slot/%03d", i)
		_, err := tx.Get(name)
		if err == nil {
			continue
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return tx.Put(name, fmt.Appendf(nil, "%d/%d", worker, round))
	}
	return errors.New("no slot is free")
}

func testCancelled[T Tx](t *testing.T, s Store[T]) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Update(ctx, func(tx T) error { return tx.Put("a", []byte("1")) })
	if !errors.Is(err, context.Canceled) || all(t, s, "") != nil {
		t.Errorf("a cancelled update ended with %v and left %q", err, all(t, s, ""))
	}
}
