package badger

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

func TestVerifierStore(t *testing.T) {
	for name, opt := range map[string]Options{"on disk": {}, "in memory": {InMemory: true}} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) session.Store {
				s, err := OpenVerifier(folder(t), fastVault(t), opt)
				if err != nil {
					t.Fatal(err)
				}
				return s
			})
		})
	}
}

// A question, its keys and its answer survive a restart, and nobody reads them
// off the disk.
func TestVerifierStoreIsSealed(t *testing.T) {
	dir, v := folder(t), fastVault(t)
	store, err := OpenVerifier(dir, v, Options{})
	if err != nil {
		t.Fatal(err)
	}
	book, err := session.Open(t.Context(), session.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Repeat("welding level two ", 10)
	s, err := book.Create(t.Context(), session.Question{Ask: []byte(words), Key: []byte("the session's decryption key")})
	if err = errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"welding", "decryption key", s.Nonce, s.State, s.Secret, s.Code} {
			if strings.Contains(string(data), secret) {
				t.Errorf("%s contains %q", filepath.Base(file), secret)
			}
		}
	}

	if store, err = OpenVerifier(dir, v, Options{}); err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	if book, err = session.Open(t.Context(), session.Options{Store: store}); err != nil {
		t.Fatal(err)
	}
	got, err := book.Get(t.Context(), s.ID)
	if err != nil || string(got.Ask) != words || got.Nonce != s.Nonce || book.Waiting() != 1 {
		t.Errorf("after a restart: %+v, %v, %d waiting", got, err, book.Waiting())
	}
}

// What is due is deleted, in steps that the store takes, and space comes back.
func TestVerifierStoreForgets(t *testing.T) {
	store, err := OpenVerifier(folder(t), fastVault(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	book, err := session.Open(t.Context(), session.Options{Store: store, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	report := []byte(strings.Repeat("a report with a picture ", 5000))
	for i := range 450 {
		s, err := book.Create(t.Context(), session.Question{})
		if err != nil {
			t.Fatal(err)
		}
		if i%10 != 0 {
			continue
		}
		if _, err := book.Take(t.Context(), s.ID, func(session.Session) (*session.Answer, error) { return &session.Answer{Report: report}, nil }); err != nil {
			t.Fatal(err)
		}
	}
	now = now.AddDate(0, 2, 0)
	if n, err := book.Sweep(t.Context()); err != nil || n < 450 {
		t.Fatalf("swept %d, %v", n, err)
	}
	err = store.View(t.Context(), func(tx session.Tx) error {
		return tx.Names("", func(name string) error {
			t.Errorf("left: %s", name)
			return nil
		})
	})
	if err != nil || book.Waiting() != 0 {
		t.Errorf("%v, %d waiting", err, book.Waiting())
	}
}
