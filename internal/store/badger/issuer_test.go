package badger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/testissuer"
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

// onDisk is an issuer whose books are on a disk.
func onDisk(t testing.TB, dir string, v *vault.Vault) (*Issuer, *issuer.Issuer) {
	t.Helper()
	s := openIssuer(t, dir, v, Options{})
	i, err := issuer.Open(t.Context(), issuerOptions(s))
	if errors.Is(err, issuer.ErrNone) {
		i, err = issuer.Create(t.Context(), issuerOptions(s), issuer.Profile{Name: "School", URL: "https://school.example"}, issuer.Web)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := i.PutTemplate(t.Context(), []byte(plainTemplate)); err != nil {
		t.Fatal(err)
	}
	return s, i
}

const plainTemplate = `{"type":"laurel/template/v1","id":"t","achievement":{"name":"A","description":"B","criteria":{"narrative":"C"}}}`

// Two hundred issue at once, then a hundred revoke at once, and after a restart
// it is all there: the same as with the store in memory, on a disk.
func TestIssuerUnderLoad(t *testing.T) {
	dir, v := folder(t), fastVault(t)
	s, i := onDisk(t, dir, v)
	learner := testissuer.New("learner").ID
	badges := make([]*issuer.Issued, 200)
	started := time.Now()
	atOnce(t, len(badges), func(n int) (err error) {
		badges[n], err = i.Issue(context.Background(), issuer.Award{Template: "t", Recipient: learner})
		return err
	})
	issued := time.Since(started)
	started = time.Now()
	atOnce(t, 100, func(n int) error {
		_, err := i.Apply(context.Background(), issuer.Change{Action: issuer.Revoke, IDs: []string{badges[n].ID}})
		return err
	})
	t.Logf("200 badges in %v, 100 revocations in %v, %d versions of the list",
		issued, time.Since(started), len(i.Versions("revocation-1")))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var acked []string
	for n, b := range badges {
		if n < 100 {
			acked = append(acked, b.ID+" revoked")
		} else {
			acked = append(acked, fmt.Sprintf("%s %d", b.ID, b.Index))
		}
	}
	s, i = onDisk(t, dir, v)
	if err := checkAcked(i, acked); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func atOnce(t *testing.T, n int, do func(int) error) {
	t.Helper()
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			if err := do(k); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func BenchmarkIssuerIssue(b *testing.B) {
	s, i := onDisk(b, folder(b), fastVault(b))
	defer s.Close()
	learner := testissuer.New("learner").ID
	for b.Loop() {
		if _, err := i.Issue(b.Context(), issuer.Award{Template: "t", Recipient: learner}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkIssuerFind lists ten thousand records, after the store was opened.
func BenchmarkIssuerFind(b *testing.B) {
	s, i := onDisk(b, folder(b), fastVault(b))
	defer s.Close()
	const n = 10_000
	fill := make(chan int, n)
	for k := range n {
		fill <- k
	}
	close(fill)
	learner := testissuer.New("learner").ID
	var wg sync.WaitGroup
	for range 32 {
		wg.Go(func() {
			for range fill {
				if _, err := i.Issue(b.Context(), issuer.Award{Template: "t", Recipient: learner, Name: "Ada"}); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	for b.Loop() {
		if found, err := i.Find(b.Context(), issuer.Query{}); err != nil || len(found) != n {
			b.Fatal(len(found), err)
		}
	}
}
