package wallet_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"
	"testing"

	"laurel/wallet"
)

// errDisk is what a faulty store answers.
var errDisk = errors.New("the disk is gone")

// faulty is a store whose n-th operation and all after it fail.
type faulty struct {
	*raw
	n int
}

func (s *faulty) fails() bool {
	s.n--
	return s.n < 0
}

func (s *faulty) Get(ctx context.Context, name string) ([]byte, error) {
	if s.fails() {
		return nil, errDisk
	}
	return s.raw.Get(ctx, name)
}

func (s *faulty) Scan(ctx context.Context, prefix string, visit func(string, []byte) error) error {
	if s.fails() {
		return errDisk
	}
	return s.raw.Scan(ctx, prefix, visit)
}

func (s *faulty) Update(ctx context.Context, change func(tx wallet.Txn) error) error {
	return s.raw.Update(ctx, func(tx wallet.Txn) error {
		if err := change(faultyTxn{s, tx}); err != nil {
			return err
		}
		if s.fails() {
			return errDisk
		}
		return nil
	})
}

type faultyTxn struct {
	s *faulty
	wallet.Txn
}

func (tx faultyTxn) Get(name string) ([]byte, error) {
	if tx.s.fails() {
		return nil, errDisk
	}
	return tx.Txn.Get(name)
}

func (tx faultyTxn) Put(name string, record []byte) error {
	if tx.s.fails() {
		return errDisk
	}
	return tx.Txn.Put(name, record)
}

func (tx faultyTxn) Delete(name string) error {
	if tx.s.fails() {
		return errDisk
	}
	return tx.Txn.Delete(name)
}

// Whatever operation of the store fails, the wallet says so, and nothing that it
// was about to change has changed.
func TestAFaultyStore(t *testing.T) {
	w, whole := tampered(t)
	before := maps.Clone(whole.records)
	cards, err := w.List(t.Context(), wallet.Query{})
	if err != nil {
		t.Fatal(err)
	}
	me, other := cards[0].Subject, badge(t, learner(t, fresh(t), ""), "Other")
	answer := prepare(t, w, wallet.Request{Credentials: []string{cards[0].ID}, Challenge: "3"})
	tests := []struct {
		name string
		do   func(w *wallet.Wallet) error
	}{
		{"new identity", func(w *wallet.Wallet) error { _, err := w.NewIdentity(t.Context(), ""); return err }},
		{"identities", func(w *wallet.Wallet) error { _, err := w.Identities(t.Context()); return err }},
		{"add", func(w *wallet.Wallet) error {
			found, err := w.Examine(t.Context(), other)
			if err != nil {
				return err
			}
			_, err = w.Add(t.Context(), found)
			return err
		}},
		{"list", func(w *wallet.Wallet) error { _, err := w.List(t.Context(), wallet.Query{}); return err }},
		{"find", func(w *wallet.Wallet) error { _, err := w.Find(t.Context(), cards[0].ID); return err }},
		{"document", func(w *wallet.Wallet) error { _, err := w.Document(t.Context(), cards[0].ID); return err }},
		{"recheck", func(w *wallet.Wallet) error { _, _, err := w.Recheck(t.Context(), cards[0].ID); return err }},
		{"remove", func(w *wallet.Wallet) error { return w.Remove(t.Context(), cards[0].ID) }},
		{"prepare", func(w *wallet.Wallet) error {
			_, err := w.Prepare(t.Context(), wallet.Request{Credentials: []string{cards[0].ID}, Challenge: "4", Holder: me})
			return err
		}},
		{"record", func(w *wallet.Wallet) error { _, err := w.Record(t.Context(), answer); return err }},
		{"receipts", func(w *wallet.Wallet) error { _, err := w.Receipts(t.Context()); return err }},
		{"backup", func(w *wallet.Wallet) error {
			return w.Backup(t.Context(), io.Discard, passphrase, wallet.BackupOptions{UnsafeFast: true})
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for n := 0; ; n++ {
				s := &faulty{&raw{maps.Clone(before)}, n}
				broken := &wallet.Wallet{Store: s, Vault: w.Vault, Check: check, Suite: w.Suite, Suites: w.Suites, Now: w.Now}
				err := tt.do(broken)
				if s.n >= 0 { // nothing failed any more
					if err != nil {
						t.Errorf("without a fault: %v", err)
					}
					return
				}
				if !errors.Is(err, errDisk) && !errors.Is(err, wallet.ErrCorrupt) {
					t.Fatalf("operation %d failed: %v, want %v", n, err, errDisk)
				}
				if !maps.EqualFunc(s.records, before, func(a, b []byte) bool { return string(a) == string(b) }) {
					t.Fatalf("operation %d failed and the store has changed", n)
				}
			}
		})
	}
}

// brokenPipe fails after n bytes.
type brokenPipe struct{ n int }

func (p *brokenPipe) Write(b []byte) (int, error) {
	if p.n -= len(b); p.n < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestABackupThatCannotBeWritten(t *testing.T) {
	w, whole := backed(t, 40)
	for n := 0; n < len(whole); n += len(whole)/20 + 1 {
		err := w.Backup(t.Context(), &brokenPipe{n}, passphrase, wallet.BackupOptions{UnsafeFast: true})
		if !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("a pipe that broke after %d bytes: %v", n, err)
		}
	}
	if err := w.Backup(t.Context(), io.Discard, nil, wallet.BackupOptions{}); err == nil {
		t.Error("a backup without a passphrase was made")
	}
}

func TestJSON(t *testing.T) {
	w, _ := tampered(t)
	ids, err := w.Identities(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := ids[0].JSON(); got.Get("id").Str() != ids[0].DID || got.Get("created").Str() != "2026-06-01T12:00:00Z" || len(got.Members()) != 3 {
		t.Errorf("an identity is %#v", got)
	}
	cards, err := w.List(t.Context(), wallet.Query{Text: "one"})
	if err != nil || len(cards) != 1 {
		t.Fatal(cards, err)
	}
	got := cards[0].JSON(cards[0].Until.AddDate(1, 0, 0))
	for name, want := range map[string]string{
		"id": cards[0].ID, "title": "One", "issuerName": "School school", "subject": cards[0].Subject, "state": "expired",
		"verdict": "accepted", "validUntil": "2030-06-01T00:00:00Z", "added": "2026-06-01T12:00:00Z", "credential": "urn:example:One",
	} {
		if got.Get(name).Str() != want {
			t.Errorf("the card's %s is %q, want %q", name, got.Get(name).Str(), want)
		}
	}
	receipts, err := w.Receipts(t.Context())
	if err != nil || len(receipts) != 2 {
		t.Fatal(receipts, err)
	}
	r := receipts[0].JSON()
	if r.Get("sha256").Str() != receipts[0].SHA256 || r.Get("credentials").Elems()[0].Get("title").Str() != "One" || r.Get("domain").Exists() {
		t.Errorf("a receipt is %#v", r)
	}
	for _, secret := range []string{"secretKey", "z3u2"} {
		if text := fmt.Sprintf("%#v%#v%#v%+v", ids[0].JSON(), got, r, ids); strings.Contains(text, secret) {
			t.Errorf("JSON shows %q", secret)
		}
	}
}

func TestReadBadge(t *testing.T) {
	b, err := wallet.ReadBadge([]byte(assertion))
	if err != nil || b.Title() != "Welding" || b.Achievement().Tags[0] != "metal" {
		t.Errorf("ReadBadge = %+v, %v", b, err)
	}
	if _, err := wallet.ReadBadge([]byte(`{}`)); !errors.Is(err, wallet.ErrNotACredential) {
		t.Errorf("ReadBadge of anything: %v", err)
	}
	if _, err := wallet.ReadBadge([]byte(`{`)); err == nil {
		t.Error("half a document was read")
	}
}
