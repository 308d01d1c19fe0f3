package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

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
	if code, _, stderr := inside("issuer", "init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"); code != exitOK {
		t.Fatal(stderr)
	}
	asked := 0
	impostor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"did":"did:web:evil.example","name":"Evil","url":"https://evil.example"}`))
	}))
	defer impostor.Close()
	if err := writeDesk(filepath.Join(dir, deskFile), desk{URL: impostor.URL, Token: strings.Repeat("0", 64)}); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := inside("issuer", "key", "list"); code != exitOK || !strings.Contains(stdout, "did:web:x.example#key-1") || asked != 0 {
		t.Errorf("exit code %d, the other server was asked %d times\n%s%s", code, asked, stdout, stderr)
	}

	h := home{dir, "issuer"}
	if badger.InUse(h.store()) {
		t.Error("a store that was closed is in use")
	}
	v, err := h.unlock(func() ([]byte, error) { return []byte(testPassphrase), nil })
	if err != nil {
		t.Fatal(err)
	}
	s, err := badger.OpenIssuer(h.store(), v, badger.Options{Existing: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}()
	if !badger.InUse(h.store()) {
		t.Error("an open store is not in use")
	}
	if code, _, _ := inside("issuer", "key", "list"); code != exitOK && code != exitNoReport || asked == 0 {
		t.Errorf("exit code %d: while the store is open, its server is asked (%d times)", code, asked)
	}
	if badger.InUse(filepath.Join(dir, "nothing")) {
		t.Error("a folder that is not there is in use")
	}
}

// TestDeskFiles: what is not a private, whole file gives no server.
func TestDeskFiles(t *testing.T) {
	dir := t.TempDir()
	h := home{dir, "issuer"}
	e := &env{Context: t.Context(), Stderr: os.Stderr}
	for _, tt := range []struct {
		name, text string
		mode       os.FileMode
		fails      bool
	}{
		{"half of it", `{"url":"http://127`, 0o600, false},
		{"nothing in it", ``, 0o600, false},
		{"read by others", `{"url":"http://127.0.0.1:1","token":"x"}`, 0o644, true},
		{"read by the group", `{"url":"http://127.0.0.1:1","token":"x"}`, 0o640, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(h.desk(), []byte(tt.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(h.desk(), tt.mode); err != nil {
				t.Fatal(err)
			}
			client, err := serving(e, h)
			if client != nil || (err != nil) != tt.fails {
				t.Errorf("serving = %v, %v", client, err)
			}
		})
	}
}

// TestTokensAreFresh: 256 bits each time, and no two alike.
func TestTokensAreFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := newToken()
		if len(token) != 64 || seen[token] || strings.Trim(token, "0123456789abcdef") != "" {
			t.Fatalf("token %q", token)
		}
		seen[token] = true
	}
}
