package bench

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/wallet"
)

// BenchmarkWalletList lists wallets that are open and unlocked. The clock
// counts here, since a person waits.
func BenchmarkWalletList(b *testing.B) {
	for _, n := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			w := filled(b, n)
			f := figure{
				operation: operation{name: fmt.Sprintf("wallet, list of %d badges, clock", n)},
				unit:      "ms", pace: pace(),
			}
			if n == 10_000 {
				f.bar, f.goal = 500, 100
			}
			b.ReportAllocs()
			for b.Loop() {
				cards, err := w.List(b.Context(), wallet.Query{})
				if err != nil || len(cards) != n {
					b.Fatalf("%d cards and %v, want %d", len(cards), err, n)
				}
			}
			f.got = micros(b.Elapsed()) / 1e3 / float64(b.N)
			b.ReportMetric(f.got*1e6/float64(n), "ns/badge")
			measured = append(measured, f)
		})
	}
}

// BenchmarkWalletProcess runs `laurel wallet list` as a person would, to see how
// much memory it takes. The passphrase is a fast one: how long a slow one takes
// is a choice and no cost.
func BenchmarkWalletProcess(b *testing.B) {
	laurel, folder := binary(b), b.TempDir()
	home := filepath.Join(folder, "wallet")
	newWallet(b, home, 10_000)
	secret := filepath.Join(folder, "passphrase")
	if err := os.WriteFile(secret, passphrase, 0o600); err != nil {
		b.Fatal(err)
	}
	var all []cost
	for b.Loop() {
		all = append(all, run(b, laurel, "wallet", "list", "--store", home, "--passphrase-file", secret))
	}
	measured = append(measured,
		figure{operation: operation{name: "laurel wallet list, 10000 badges, clock", bar: 500, goal: 100}, unit: "ms", got: middle(all, cost.wallMillis), pace: pace()},
		figure{operation: operation{name: "laurel wallet list, 10000 badges", bar: 300, goal: 150}, unit: "MB", got: middle(all, cost.megabytes), pace: 1},
	)
	b.ReportMetric(middle(all, cost.wallMillis), "clock-ms/op")
	b.ReportMetric(middle(all, cost.megabytes), "MB-peak")
}

var passphrase = []byte("correct horse battery")

// newWallet makes a wallet's folder with n badges in it, closed.
func newWallet(b *testing.B, home string, n int) *wallet.Wallet {
	b.Helper()
	if err := os.MkdirAll(home, 0o700); err != nil {
		b.Fatal(err)
	}
	key, err := vault.Create(filepath.Join(home, "vault"), passphrase, vault.Options{UnsafeFast: true})
	if err != nil {
		b.Fatal(err)
	}
	w := &wallet.Wallet{Vault: key, Check: agree, Suite: testissuer.Suites()[0], Now: func() time.Time { return testissuer.Now }}
	db := open(b, filepath.Join(home, "db"))
	fill(b, w, db, n)
	if err := db.Close(); err != nil {
		b.Fatal(err)
	}
	return w
}

// filled is an open wallet of n badges.
func filled(b *testing.B, n int) *wallet.Wallet {
	b.Helper()
	home := filepath.Join(b.TempDir(), "wallet")
	w := newWallet(b, home, n)
	db := open(b, filepath.Join(home, "db"))
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	w.Store = db
	return w
}

func open(b *testing.B, dir string) badger.Wallet {
	b.Helper()
	db, err := badger.OpenWallet(dir, badger.Options{})
	if err != nil {
		b.Fatal(err)
	}
	return db
}

// fill adds badges, many in one change of the store: each alone would wait for
// the disk.
func fill(b *testing.B, w *wallet.Wallet, db wallet.Store, n int) {
	b.Helper()
	const atOnce = 50
	// The picture is most of the text, and of no matter to a list.
	doc := testissuer.Set(badge(b, 0), "credentialSubject/achievement/image", strictjson.Value{})
	ahead := &batch{Store: db}
	w.Store = ahead
	for i := range n {
		doc = testissuer.Set(doc, "id", strictjson.String(fmt.Sprint("urn:example:badge:", i)))
		found, err := w.Examine(b.Context(), doc.AppendJSON(nil))
		if err == nil {
			_, err = w.Add(b.Context(), found)
		}
		if err == nil && (i%atOnce == atOnce-1 || i == n-1) {
			err = ahead.flush(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

// agree stands for the verifier.
func agree(context.Context, []byte, wallet.Expectation) (wallet.Checked, error) {
	return wallet.Checked{Verdict: wallet.Accepted, Headline: "Valid. Issued by Example University, not revoked as of 09:14."}, nil
}

// batch keeps the changes to a store in memory until flush.
type batch struct {
	wallet.Store
	ahead map[string][]byte // nil: deleted
}

// Get sees what was not written yet.
func (s *batch) Get(ctx context.Context, name string) ([]byte, error) {
	if record, changed := s.ahead[name]; changed {
		return record, present(record)
	}
	return s.Store.Get(ctx, name)
}

// Update changes the memory.
func (s *batch) Update(ctx context.Context, change func(wallet.Txn) error) error {
	tx := batchTxn{ctx, s, map[string][]byte{}}
	if err := change(tx); err != nil {
		return err
	}
	if s.ahead == nil {
		s.ahead = map[string][]byte{}
	}
	maps.Copy(s.ahead, tx.changes)
	return nil
}

func (s *batch) flush(ctx context.Context) error {
	err := s.Store.Update(ctx, func(tx wallet.Txn) error {
		for _, name := range slices.Sorted(maps.Keys(s.ahead)) {
			if s.ahead[name] == nil {
				continue // nothing is removed while a wallet is filled
			}
			if err := tx.Put(name, s.ahead[name]); err != nil {
				return err
			}
		}
		return nil
	})
	s.ahead = nil
	return err
}

type batchTxn struct {
	ctx     context.Context
	store   *batch
	changes map[string][]byte
}

func (t batchTxn) Get(name string) ([]byte, error) {
	if record, changed := t.changes[name]; changed {
		return record, present(record)
	}
	return t.store.Get(t.ctx, name)
}

func (t batchTxn) Put(name string, record []byte) error {
	t.changes[strings.Clone(name)] = slices.Clone(record)
	return nil
}

func (t batchTxn) Delete(name string) error {
	t.changes[name] = nil
	return errors.ErrUnsupported
}

func present(record []byte) error {
	if record == nil {
		return fs.ErrNotExist
	}
	return nil
}
