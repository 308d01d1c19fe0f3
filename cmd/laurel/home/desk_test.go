package home_test

import (
	"net"
	"os"
	"strings"
	"testing"

	"laurel/cmd/laurel/home"
)

// TestTokensAreFresh: 256 bits each time, and no two alike.
func TestTokensAreFresh(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token := home.NewToken()
		if len(token) != 64 || seen[token] || strings.Trim(token, "0123456789abcdef") != "" {
			t.Fatalf("token %q", token)
		}
		seen[token] = true
	}
}

// What is announced is private, and is gone when it is taken back. Without a store
// that is open nobody is there.
func TestDesk(t *testing.T) {
	h := folder(t, t.TempDir())
	forget, err := h.Announce(home.Desk{URL: "http://127.0.0.1:1", Token: "x"})
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(h.DeskFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if desk, err := h.Desk(); desk != nil || err != nil {
		t.Errorf("a desk without a store: %+v, %v", desk, err)
	}
	if err := forget(); err != nil {
		t.Error(err)
	}
	if desk, err := h.Desk(); desk != nil || err != nil {
		t.Errorf("taken back: %+v, %v", desk, err)
	}
}

func TestLocalURL(t *testing.T) {
	for text, want := range map[string]string{
		"127.0.0.1:80": "http://127.0.0.1:80", "0.0.0.0:80": "http://127.0.0.1:80", "[::]:80": "http://127.0.0.1:80", "[::1]:80": "http://[::1]:80",
	} {
		addr, err := net.ResolveTCPAddr("tcp", text)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := home.LocalURL(addr); err != nil || got != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}
