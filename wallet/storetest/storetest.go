// Package storetest is what an implementation of wallet.Store must pass.
//
//	func TestWalletStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) wallet.Store { return openNewStore(t) })
//	}
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"testing"

	"laurel/wallet"
)

// Run tests a store. The function open returns a new, empty one each time and
// closes it at the end of the test.
func Run(t *testing.T, open func(t *testing.T) wallet.Store) {
	for _, tt := range []struct {
		name string
		test func(t *testing.T, s wallet.Store)
	}{
		{"what is put is there", puts},
		{"a scan goes by prefix and in order", scans},
		{"an update is whole or nothing", updates},
		{"an update sees itself", sees},
		{"concurrent updates lose nothing", concurrent},
		{"the context ends work", ends},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, open(t)) })
	}
}

func put(t *testing.T, s wallet.Store, name string, record []byte) {
	t.Helper()
	if err := s.Update(t.Context(), func(tx wallet.Txn) error { return tx.Put(name, record) }); err != nil {
		t.Fatal(err)
	}
}

func puts(t *testing.T, s wallet.Store) {
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get of nothing: %v, want fs.ErrNotExist", err)
	}
	for _, size := range []int{0, 1, 5000, 300_000} {
		record := bytes.Repeat([]byte{byte(size)}, size)
		put(t, s, "a", record)
		got, err := s.Get(t.Context(), "a")
		if err != nil || !bytes.Equal(got, record) {
			t.Errorf("Get after Put of %d bytes: %d bytes, %v", size, len(got), err)
		}
		if len(got) > 0 {
			got[0]++ // the caller's own copy
		}
		if again, err := s.Get(t.Context(), "a"); err != nil || !bytes.Equal(again, record) {
			t.Errorf("the record changed with the caller's copy: %v", err)
		}
	}
	remove := func(tx wallet.Txn) error { return errors.Join(tx.Delete("a"), tx.Delete("never was")) }
	if err := s.Update(t.Context(), remove); err != nil {
		t.Error(err)
	}
	if _, err := s.Get(t.Context(), "a"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Get after Delete: %v", err)
	}
}

func scans(t *testing.T, s wallet.Store) {
	for _, name := range []string{"b/2", "a/1", "b/1", "b/10", "c/1", "b"} {
		put(t, s, name, []byte(name))
	}
	for prefix, want := range map[string][]string{
		"b/": {"b/1", "b/10", "b/2"},
		"":   {"a/1", "b", "b/1", "b/10", "b/2", "c/1"},
		"d":  nil,
	} {
		var got []string
		err := s.Scan(t.Context(), prefix, func(name string, record []byte) error {
			if string(record) != name {
				t.Errorf("%s has the record %q", name, record)
			}
			got = append(got, name)
			return nil
		})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("Scan(%q) = %q, %v, want %q", prefix, got, err, want)
		}
	}
	stop, n := errors.New("stop"), 0
	err := s.Scan(t.Context(), "", func(string, []byte) error { n++; return stop })
	if !errors.Is(err, stop) || n != 1 {
		t.Errorf("Scan went on for %d records after an error, and returned %v", n, err)
	}
}

func updates(t *testing.T, s wallet.Store) {
	put(t, s, "old", []byte("1"))
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx wallet.Txn) error {
		return errors.Join(tx.Put("new", nil), tx.Put("old", []byte("2")), tx.Delete("old"), stop)
	})
	if !errors.Is(err, stop) {
		t.Errorf("Update = %v, want the error of the change", err)
	}
	if got, err := s.Get(t.Context(), "old"); err != nil || string(got) != "1" {
		t.Errorf("an update that failed left %q, %v", got, err)
	}
	if _, err := s.Get(t.Context(), "new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an update that failed left a record: %v", err)
	}
}

func sees(t *testing.T, s wallet.Store) {
	put(t, s, "a", []byte("1"))
	err := s.Update(t.Context(), func(tx wallet.Txn) error {
		if err := tx.Put("a", []byte("2")); err != nil {
			return err
		}
		if got, err := tx.Get("a"); err != nil || string(got) != "2" {
			t.Errorf("its own write is %q, %v", got, err)
		}
		if err := tx.Delete("a"); err != nil {
			return err
		}
		if _, err := tx.Get("a"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("its own removal: %v", err)
		}
		return tx.Put("b", []byte("3"))
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "b"); err != nil || string(got) != "3" {
		t.Errorf("after the update: %q, %v", got, err)
	}
}

func concurrent(t *testing.T, s wallet.Store) {
	const writers, rounds = 6, 10
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			for j := range rounds {
				err := s.Update(t.Context(), func(tx wallet.Txn) error {
					n, err := tx.Get("count")
					if err != nil && !errors.Is(err, fs.ErrNotExist) {
						return err
					}
					return errors.Join(tx.Put("count", append(n, 1)), tx.Put(fmt.Sprintf("r/%d/%d", i, j), nil))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := s.Get(t.Context(), "count"); err != nil || len(n) != writers*rounds {
		t.Errorf("counted %d of %d updates, %v", len(n), writers*rounds, err)
	}
}

func ends(t *testing.T, s wallet.Store) {
	put(t, s, "a", nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Get(ctx, "a")
	for what, err := range map[string]error{
		"Get":    err,
		"Scan":   s.Scan(ctx, "", func(string, []byte) error { return nil }),
		"Update": s.Update(ctx, func(tx wallet.Txn) error { return tx.Put("b", nil) }),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
	if _, err := s.Get(t.Context(), "b"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a write after the end: %v", err)
	}
}
