package home_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/vault"
)

// fast spends no time on passphrases.
var fast = terminal.Passphrase{PassphraseFD: -1, UnsafeFast: true}

func folder(t *testing.T, path string) home.Folder {
	t.Helper()
	h, err := home.Of("wallet", path)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// TestMadeWholeOrNotAtAll: what fails on the way leaves nothing, neither in its
// place nor beside it.
func TestMadeWholeOrNotAtAll(t *testing.T) {
	base := t.TempDir()
	h := folder(t, filepath.Join(base, "deep", "wallet"))
	secret := []byte("correct horse battery")
	broken := errors.New("power cut")
	err := h.Make(fast, secret, func(beside home.Folder, _ *vault.Vault) error {
		if beside.Path == h.Path {
			t.Error("it is filled in its place")
		}
		return errors.Join(os.WriteFile(beside.Store(), []byte("half"), 0o600), broken)
	})
	if left, _ := os.ReadDir(filepath.Dir(h.Path)); !errors.Is(err, broken) || len(left) != 0 {
		t.Errorf("%v, and %d things are left", err, len(left))
	}
	if err := h.Make(fast, secret, func(home.Folder, *vault.Vault) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := h.Vacant(); err == nil {
		t.Error("a folder with a wallet in it is vacant")
	}
	for _, tt := range []struct {
		name, secret string
		want         error
	}{
		{"the right one", "correct horse battery", nil},
		{"a wrong one", "correct horse battery staple", vault.ErrPassphrase},
	} {
		if _, err := h.Unlock(func() ([]byte, error) { return []byte(tt.secret), nil }); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// TestNobodyIsAskedForNothing: without a folder there is no question, but a hint.
func TestNobodyIsAskedForNothing(t *testing.T) {
	h := folder(t, filepath.Join(t.TempDir(), "none"))
	_, err := h.Unlock(func() ([]byte, error) {
		t.Error("a passphrase was asked for")
		return nil, nil
	})
	var said strings.Builder
	e := terminal.Env{Stderr: &said}
	if code := e.Finish(err); code != terminal.Failed || !strings.Contains(said.String(), "hint: laurel wallet init makes one") {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
	if err := h.Vacant(); err != nil {
		t.Errorf("a place with nothing in it is taken: %v", err)
	}
}

// TestExplain: the actor's own advice goes before that of vault and store, and an
// error that nobody knows stays as it is.
func TestExplain(t *testing.T) {
	h := folder(t, "wallet")
	own, unknown := errors.New("own"), errors.New("unknown")
	for _, tt := range []struct {
		err  error
		want string
	}{
		{own, "hint: do this"},
		{vault.ErrPassphrase, "hint: do that"},
		{vault.ErrWeakPassphrase, "hint: four random words"},
		{vault.ErrPermissions, "hint: whoever read it could try passphrases. chmod 600 " + h.Vault()},
	} {
		var said strings.Builder
		e := terminal.Env{Stderr: &said}
		e.Finish(h.Explain(tt.err, []home.Advice{{Err: own, Do: "do this."}, {Err: vault.ErrPassphrase, Do: "do that."}}))
		if !strings.Contains(said.String(), tt.want) {
			t.Errorf("%v: no %q in %q", tt.err, tt.want, said.String())
		}
	}
	if got := h.Explain(unknown, nil); got != unknown {
		t.Errorf("an unknown error became %v", got)
	}
	if h.Explain(nil, nil) != nil {
		t.Error("nothing became an error")
	}
}
