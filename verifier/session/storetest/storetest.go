// Package storetest checks an implementation of session.Store, and has one that
// lives in memory for tests.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) session.Store { return open(t) })
//	}
//
// Whoever writes a new store runs this before anything else: a verifier
// relies on every line of it, above all on "of two updates of the same record,
// one sees the other", without which two answers to one question would both be
// taken.
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

	"laurel/verifier/session"
)

// Run runs every check against fresh stores made by open. A store that open
// returns is closed by Run.
func Run(t *testing.T, open func(t *testing.T) session.Store) {
	for _, c := range []struct {
		name string
		test func(*testing.T, session.Store)
	}{
		{"records come back", testRecords},
		{"what was deleted is gone", testDelete},
		{"scan is ordered and bounded by its prefix", testScan},
		{"an update that fails leaves nothing", testAtomic},
		{"a view sees one moment", testView},
		{"updates are serialisable", testSerialisable},
		{"a cancelled context ends the work", testCancelled},
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

func put(t *testing.T, s session.Store, pairs ...string) {
	t.Helper()
	err := s.Update(t.Context(), func(tx session.Tx) error {
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
func all(t *testing.T, s session.Store, prefix string) []string {
	t.Helper()
	var out []string
	err := s.View(t.Context(), func(tx session.Tx) error {
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

func testRecords(t *testing.T, s session.Store) {
	big := strings.Repeat("x", 200<<10)
	put(t, s, "a", "1", "b", "", "c", big)
	put(t, s, "a", "2")
	err := s.View(t.Context(), func(tx session.Tx) error {
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

func testDelete(t *testing.T, s session.Store) {
	put(t, s, "a", "1", "b", "2")
	err := s.Update(t.Context(), func(tx session.Tx) error {
		if err := errors.Join(tx.Delete("a"), tx.Delete("never there")); err != nil {
			return err
		}
		if _, err := tx.Get("a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("an update sees what it deleted: %v", err)
		}
		return nil
	})
	if got := all(t, s, ""); err != nil || !slices.Equal(got, []string{"b=2"}) {
		t.Errorf("after deleting: %v, %q", err, got)
	}
	put(t, s, "a", "3")
	if got := all(t, s, ""); !slices.Equal(got, []string{"a=3", "b=2"}) {
		t.Errorf("put again: %q", got)
	}
}

func testScan(t *testing.T, s session.Store) {
	put(t, s, "list/2", "b", "list/10", "a", "list", "x", "listing", "y", "list/", "z")
	if got, want := all(t, s, "list/"), []string{"list/=z", "list/10=a", "list/2=b"}; !slices.Equal(got, want) {
		t.Errorf("Scan = %q, want %q", got, want)
	}
	if got := all(t, s, "nothing"); got != nil {
		t.Errorf("Scan of nothing = %q", got)
	}
	stop := errors.New("stop")
	err := s.View(t.Context(), func(tx session.Tx) error {
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

func testAtomic(t *testing.T, s session.Store) {
	put(t, s, "a", "old")
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx session.Tx) error {
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

func testView(t *testing.T, s session.Store) {
	put(t, s, "a", "1", "b", "1")
	err := s.View(t.Context(), func(tx session.Tx) error {
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

func testSerialisable(t *testing.T, s session.Store) {
	const workers, rounds = 8, 10
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for r := range rounds {
				err := s.Update(t.Context(), func(tx session.Tx) error { return claim(tx, w, r) })
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

// claim takes the first slot that is free, as the first of two answers takes a
// session.
func claim(tx session.Tx, worker, round int) error {
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

func testCancelled(t *testing.T, s session.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := s.Update(ctx, func(tx session.Tx) error { return tx.Put("a", []byte("1")) })
	if !errors.Is(err, context.Canceled) || all(t, s, "") != nil {
		t.Errorf("a cancelled update ended with %v and left %q", err, all(t, s, ""))
	}
}
