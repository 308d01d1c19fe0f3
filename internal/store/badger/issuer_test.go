package badger

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/vault"
	"laurel/issuer"
	"laurel/issuer/storetest"
)

// fastVault seals without the cost of a real passphrase.
func fastVault(t testing.TB) *vault.Vault {
	t.Helper()
	v, _, err := vault.New([]byte("a test's passphrase"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func openIssuer(t testing.TB, dir string, v *vault.Vault, opt Options) *Issuer {
	t.Helper()
	s, err := OpenIssuer(dir, v, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestIssuerStore(t *testing.T) {
	for name, opt := range map[string]Options{"on disk": {}, "in memory": {InMemory: true}} {
		t.Run(name, func(t *testing.T) {
			storetest.Run(t, func(t *testing.T) issuer.Store { return openIssuer(t, folder(t), fastVault(t), opt) })
		})
	}
}

func TestIssuerStoreIsSealed(t *testing.T) {
	dir, v := folder(t), fastVault(t)
	s := openIssuer(t, dir, v, Options{})
	secret := strings.Repeat("Ada Lovelace ", 10)
	err := s.Update(t.Context(), func(tx issuer.Tx) error {
		return errors.Join(tx.Put("record/1", []byte(secret)), tx.Put("record/2", []byte("another")))
	})
	if err = errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if data, err := os.ReadFile(f); err != nil || bytes.Contains(data, []byte("Lovelace")) {
			t.Errorf("%s holds a name in the open (%v)", f, err)
		}
	}

	other := openIssuer(t, dir, fastVault(t), Options{})
	err = other.View(t.Context(), func(tx issuer.Tx) error {
		_, err := tx.Get("record/1")
		return err
	})
	if !errors.Is(err, vault.ErrCorrupt) {
		t.Errorf("with another vault: %v, want ErrCorrupt", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIssuerRecordsCannotBeSwapped(t *testing.T) {
	v := fastVault(t)
	s := openIssuer(t, folder(t), v, Options{InMemory: true})
	defer s.Close()
	err := s.Update(t.Context(), func(tx issuer.Tx) error { return tx.Put("record/1", []byte("revoked")) })
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(t.Context(), func(tx *Txn) error {
		sealed, err := tx.Get("record/1")
		if err != nil {
			return err
		}
		return tx.Put("record/2", sealed)
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.View(t.Context(), func(tx issuer.Tx) error {
		return tx.Scan("record/2", func(string, []byte) error { return nil })
	})
	if !errors.Is(err, vault.ErrCorrupt) {
		t.Errorf("a record under another's name: %v, want ErrCorrupt", err)
	}
}
