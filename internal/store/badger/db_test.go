package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

var opts = Options{Kind: "wallet"}

// folder gives a test a folder that only its owner can enter.
func folder(t testing.TB) string { return filepath.Join(t.TempDir(), "db") }

func mustOpen(t testing.TB, dir string, opt Options) *DB {
	t.Helper()
	db, err := Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func mustClose(t testing.TB, db *DB) {
	t.Helper()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustPut(t testing.TB, db *DB, name string, value []byte) {
	t.Helper()
	if err := db.Put(t.Context(), name, value); err != nil {
		t.Fatal(err)
	}
}

// names lists the records under a prefix.
func names(t testing.TB, db *DB, prefix string) []string {
	t.Helper()
	var out []string
	err := db.Scan(t.Context(), prefix, func(name string, _ []byte) error {
		out = append(out, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRecords(t *testing.T) {
	dir := folder(t)
	for _, opt := range []Options{{Kind: "wallet", InMemory: true}, opts} {
		db := mustOpen(t, dir, opt)
		ctx := t.Context()
		if _, err := db.Get(ctx, "doc/1"); !errors.Is(err, ErrNotFound) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Get of nothing: %v", err)
		}
		big := bytes.Repeat([]byte{7}, 3*valueThreshold)
		mustPut(t, db, "doc/2", []byte("two"))
		mustPut(t, db, "doc/1", big)
		mustPut(t, db, "sum/1", nil)
		got, err := db.Get(ctx, "doc/1")
		if err != nil || !bytes.Equal(got, big) {
			t.Errorf("Get of a large record: %d bytes, %v", len(got), err)
		}
		if got := names(t, db, "doc/"); !slices.Equal(got, []string{"doc/1", "doc/2"}) {
			t.Errorf("Scan = %q", got)
		}
		if got := names(t, db, ""); len(got) != 3 {
			t.Errorf("Scan of everything = %q", got)
		}
		stop := errors.New("stop")
		if err := db.Scan(ctx, "doc/", func(string, []byte) error { return stop }); err != stop {
			t.Errorf("Scan returned %v, want the visitor's error", err)
		}
		if err := errors.Join(db.Delete(ctx, "doc/2"), db.Delete(ctx, "doc/2")); err != nil {
			t.Error(err)
		}
		if _, err := db.Get(ctx, "doc/2"); !errors.Is(err, ErrNotFound) {
			t.Errorf("Get of a deleted record: %v", err)
		}
	}
}

func TestRefuses(t *testing.T) {
	db := mustOpen(t, folder(t), opts)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name string
		do   func() error
		want error
	}{
		{"an empty name", func() error { return db.Put(t.Context(), "", nil) }, ErrTooLarge},
		{"a long name", func() error { return db.Put(t.Context(), string(make([]byte, maxName+1)), nil) }, ErrTooLarge},
		{"a long value", func() error { return db.Put(t.Context(), "a", make([]byte, maxValue+1)) }, ErrTooLarge},
		{"an Update of too much", func() error {
			return db.Update(t.Context(), func(tx *Txn) error {
				for i := range 100 {
					if err := tx.Put(fmt.Sprint(i), make([]byte, valueThreshold-100)); err != nil {
						return err
					}
				}
				return nil
			})
		}, ErrTooLarge},
		{"a write after the end", func() error { return db.Put(canceled, "a", nil) }, context.Canceled},
		{"a read after the end", func() error { _, err := db.Get(canceled, identityName); return err }, context.Canceled},
		{"a scan after the end", func() error {
			return db.Scan(canceled, "", func(string, []byte) error { return nil })
		}, context.Canceled},
	}
	mustPut(t, db, "x", nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.do(); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	if got := names(t, db, ""); !slices.Equal(got, []string{"x"}) {
		t.Errorf("refused writes left %q", got)
	}
}

func TestUpdateIsWholeOrNothing(t *testing.T) {
	db := mustOpen(t, folder(t), opts)
	stop := errors.New("stop")
	err := db.Update(t.Context(), func(tx *Txn) error {
		if err := errors.Join(tx.Put("a", []byte("1")), tx.Put("b", []byte("2"))); err != nil {
			return err
		}
		if got, err := tx.Get("a"); err != nil || string(got) != "1" {
			t.Errorf("an Update does not see its own write: %q, %v", got, err)
		}
		return stop
	})
	if err != stop || names(t, db, "") != nil {
		t.Errorf("Update = %v and left %q", err, names(t, db, ""))
	}
}

func TestConcurrentUpdatesLoseNothing(t *testing.T) {
	db := mustOpen(t, folder(t), opts)
	const workers, rounds = 8, 20
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range rounds {
				err := db.Update(t.Context(), func(tx *Txn) error {
					n, err := tx.Get("count")
					if err != nil && !errors.Is(err, ErrNotFound) {
						return err
					}
					return tx.Put("count", append(n, 1))
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if n, err := db.Get(t.Context(), "count"); err != nil || len(n) != workers*rounds {
		t.Errorf("%d of %d updates are there: %v", len(n), workers*rounds, err)
	}
}

func TestReopen(t *testing.T) {
	dir := folder(t)
	want := map[string][]byte{}
	for round := range 4 {
		db := mustOpen(t, dir, opts)
		for i := range 50 {
			name, value := fmt.Sprintf("r/%d/%d", round, i), make([]byte, rand.IntN(2*valueThreshold))
			fill(value)
			want[name] = value
			mustPut(t, db, name, value)
		}
		mustClose(t, db)
	}
	for _, readOnly := range []bool{true, false} {
		db := mustOpen(t, dir, Options{Kind: "wallet", ReadOnly: readOnly})
		for name, value := range want {
			if got, err := db.Get(t.Context(), name); err != nil || !bytes.Equal(got, value) {
				t.Fatalf("%s: %d bytes, %v", name, len(got), err)
			}
		}
		if got := names(t, db, "r/"); len(got) != len(want) {
			t.Errorf("Scan found %d of %d", len(got), len(want))
		}
		mustClose(t, db)
	}
}

func fill(b []byte) {
	r := rand.NewChaCha8([32]byte{})
	_, _ = r.Read(b)
}

// contents reads every file of a folder.
func contents(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = fmt.Sprint(info.ModTime(), info.Mode(), string(data))
	}
	return out
}

func TestReadOnlyChangesNothing(t *testing.T) {
	dir := folder(t)
	for _, opt := range []Options{{Kind: "wallet", ReadOnly: true}, {Kind: "wallet", Existing: true}} {
		if _, err := Open(dir, opt); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("opening a store that must be there and is not: %v", err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it was made: %v", err)
		}
	}
	db := mustOpen(t, dir, opts)
	mustPut(t, db, "a", []byte("1"))
	mustClose(t, db)
	before := contents(t, dir)
	db = mustOpen(t, dir, Options{Kind: "wallet", ReadOnly: true})
	if got := names(t, db, ""); !slices.Equal(got, []string{"a"}) {
		t.Errorf("Scan = %q", got)
	}
	if err := db.Put(t.Context(), "b", nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a write: %v, want ErrReadOnly", err)
	}
	mustClose(t, db)
	for name, was := range contents(t, dir) {
		if was != before[name] {
			t.Errorf("%s was changed by reading", name)
		}
		delete(before, name)
	}
	if len(before) > 0 {
		t.Errorf("reading removed %d files", len(before))
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := folder(t)
	db := mustOpen(t, dir, opts)
	for _, readOnly := range []bool{false, true} {
		if _, err := Open(dir, Options{Kind: "wallet", ReadOnly: readOnly}); !errors.Is(err, ErrLocked) {
			t.Errorf("a second Open (reading: %v): %v, want ErrLocked", readOnly, err)
		}
	}
	mustPut(t, db, "a", nil) // the first is not disturbed
	mustClose(t, db)
	mustOpen(t, dir, opts)
}

func TestPermissions(t *testing.T) {
	dir := folder(t)
	mustClose(t, mustOpen(t, dir, opts))
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	for _, mode := range []fs.FileMode{0o755, 0o750, 0o701} {
		if err := os.Chmod(dir, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(dir, opts); !errors.Is(err, ErrPermissions) {
			t.Errorf("a folder of mode %o: %v, want ErrPermissions", mode, err)
		}
	}
}

func TestIdentity(t *testing.T) {
	dir := folder(t)
	if _, err := Open(dir, Options{}); err == nil {
		t.Error("a store without a kind was opened")
	}
	db := mustOpen(t, dir, opts)
	mustPut(t, db, "a", []byte("old"))
	mustClose(t, db)
	if _, err := Open(dir, Options{Kind: "issuer"}); !errors.Is(err, ErrKind) {
		t.Errorf("an issuer on a wallet: %v, want ErrKind", err)
	}

	runs, fail := 0, errors.New("power cut")
	newer := Options{Kind: "wallet", Migrations: []func(*Txn) error{
		func(tx *Txn) error { runs++; return tx.Put("a", []byte("new")) },
		func(tx *Txn) error { return errors.Join(tx.Put("a", []byte("half")), fail) },
	}}
	if _, err := Open(dir, newer); !errors.Is(err, fail) {
		t.Errorf("a migration that fails: %v", err)
	}
	newer.Migrations[1] = func(tx *Txn) error { return tx.Put("b", nil) }
	db = mustOpen(t, dir, newer)
	if got, err := db.Get(t.Context(), "a"); err != nil || string(got) != "new" || runs != 1 {
		t.Errorf("after migrations a = %q, %v; the first ran %d times", got, err, runs)
	}
	mustClose(t, db)
	if _, err := Open(dir, opts); !errors.Is(err, ErrNewer) {
		t.Errorf("an older version on a newer store: %v, want ErrNewer", err)
	}
	mustClose(t, mustOpen(t, dir, newer))
}

func TestDiskFull(t *testing.T) {
	dir := folder(t)
	free := uint64(1 << 40)
	full := Options{Kind: "wallet", freeSpace: func(string) (uint64, error) { return free, nil }}
	db := mustOpen(t, dir, full)
	mustPut(t, db, "a", []byte("1"))
	free = reserve
	if err := db.Put(t.Context(), "b", nil); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a write: %v, want ErrDiskFull", err)
	}
	if got := names(t, db, ""); !slices.Equal(got, []string{"a"}) {
		t.Errorf("while the disk is full: %q", got)
	}
	mustClose(t, db)

	free = 0
	db = mustOpen(t, dir, full)
	if got := names(t, db, ""); !slices.Equal(got, []string{"a"}) {
		t.Errorf("opened on a full disk: %q", got)
	}
	if err := db.Put(t.Context(), "b", nil); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a write: %v, want ErrDiskFull", err)
	}
	mustClose(t, db)
	if _, err := Open(folder(t), full); !errors.Is(err, ErrDiskFull) {
		t.Errorf("a new store on a full disk: %v, want ErrDiskFull", err)
	}
	free = 1 << 40
	db = mustOpen(t, dir, full)
	mustPut(t, db, "b", nil)
}
