package wallet_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/wallet"
)

// stocked makes a wallet of n badges of 10.9 kB on disk, closed, and returns
// its folder and its vault.
func stocked(t testing.TB, n int) (string, *vault.Vault) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "db")
	w := on(t, dir, badger.Options{})
	entries := make([]entry, 0, 2*n+1)
	doc := testissuer.Parse(string(badge(t, testissuer.New("learner"), "Data Analysis")))
	doc = testissuer.Set(doc, "credentialSubject/achievement/tag", strictjson.Strings("Programming", "pandas", "Visualisation"))
	doc = testissuer.Set(doc, "credentialSubject/achievement/image", strictjson.String("data:image/png;base64,"+strings.Repeat("A", 9000)))
	for i := range n {
		one := doc.With("id", strictjson.String(fmt.Sprintf("urn:example:%d", i))).With("name", strictjson.String(fmt.Sprintf("Data Analysis %d", i)))
		id, err := wallet.ContentID(one)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, entry{"credentials/" + id + ".json", string(one.JSON())}, entry{"cards/" + id + ".json",
			`{"added":"2026-01-01T00:00:00Z","checked":"2026-01-01T00:00:00Z","verdict":"accepted","headline":"Valid. Issued by School school, not revoked as of 09:14."}`})
	}
	backup := seal(t, 1, append(entries, entry{"END", fmt.Sprint(2 * n)})...)
	if err := w.Restore(t.Context(), bytes.NewReader(backup), passphrase); err != nil {
		t.Fatal(err)
	}
	if err := w.Store.(badger.Wallet).Close(); err != nil {
		t.Fatal(err)
	}
	return dir, w.Vault
}

// BenchmarkList is what "laurel wallet list" does after unlocking: open the
// store, read all cards, close it.
func BenchmarkList(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			dir, v := stocked(b, n)
			b.ReportAllocs()
			for b.Loop() {
				s, err := badger.OpenWallet(dir, badger.Options{ReadOnly: true})
				if err != nil {
					b.Fatal(err)
				}
				w := &wallet.Wallet{Store: s, Vault: v}
				cards, err := w.List(b.Context(), wallet.Query{})
				if err != nil || len(cards) != n {
					b.Fatal(len(cards), err)
				}
				if err := s.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
