package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
)

// TestNobodyElsesServerIsObeyed: a server that was killed leaves its address and
// token behind. Whoever has that port now, on a machine with several users, gets
// no token, no learner's name, and no say.
func TestNobodyElsesServerIsObeyed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "issuer")
	t.Setenv("LAUREL_ISSUER", dir)
	passphrase := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(passphrase, []byte(testPassphrase+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LAUREL_PASSPHRASE_FILE", passphrase)
	if code, _, stderr := inside("issuer", "init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"); code != terminal.OK {
		t.Fatal(stderr)
	}
	asked := 0
	impostor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"did":"did:web:evil.example","name":"Evil","url":"https://evil.example"}`))
	}))
	defer impostor.Close()
	if err := os.WriteFile(filepath.Join(dir, "serve.json"), fmt.Appendf(nil, `{"url":%q,"token":"%064d"}`, impostor.URL, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := inside("issuer", "key", "list"); code != terminal.OK || !strings.Contains(stdout, "did:web:x.example#key-1") || asked != 0 {
		t.Errorf("exit code %d, the other server was asked %d times\n%s%s", code, asked, stdout, stderr)
	}

	h, err := home.Of("issuer", dir)
	if err != nil {
		t.Fatal(err)
	}
	if badger.InUse(h.Store()) {
		t.Error("a store that was closed is in use")
	}
	v, err := h.Unlock(func() ([]byte, error) { return []byte(testPassphrase), nil })
	if err != nil {
		t.Fatal(err)
	}
	s, err := badger.OpenIssuer(h.Store(), v, badger.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !badger.InUse(h.Store()) {
		t.Error("an open store is not in use")
	}
	if code, _, _ := inside("issuer", "key", "list"); code != terminal.OK && code != terminal.Failed || asked == 0 {
		t.Errorf("exit code %d: while the store is open, its server is asked (%d times)", code, asked)
	}
	if badger.InUse(filepath.Join(dir, "nothing")) {
		t.Error("a folder that is not there is in use")
	}
}
