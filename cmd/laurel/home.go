package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"laurel/internal/store/badger"
	"laurel/internal/vault"
)

const (
	vaultFile   = "vault"
	storeFolder = "db"
)

// home is where an actor keeps its things: a folder with the vault's header,
// and the store in a folder inside.
type home struct {
	path  string
	actor string // "wallet" or "issuer"
}

// homeOf is the folder that a flag names, or the usual one.
func homeOf(actor, given string) (home, error) {
	if given != "" {
		return home{given, actor}, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return home{}, hint(err, fmt.Sprintf("name the %s's folder with --store.", actor))
	}
	return home{filepath.Join(config, "laurel", actor), actor}, nil
}

func (h home) vault() string { return filepath.Join(h.path, vaultFile) }
func (h home) store() string { return filepath.Join(h.path, storeFolder) }

// vacant refuses a folder with something in it.
func (h home) vacant() error {
	if entries, err := os.ReadDir(h.path); err == nil && len(entries) > 0 {
		return hint(fmt.Errorf("%s is not empty", h.path),
			fmt.Sprintf("this %s was made already, or something else is there; --store names another folder.", h.actor))
	}
	return nil
}

// make fills a folder beside its place and moves it there when it is whole: what
// fails or is killed on the way leaves no half.
func (h home) make(p passphrase, secret []byte, fill func(h home, v *vault.Vault) error) error {
	if err := os.MkdirAll(filepath.Dir(h.path), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(h.path), ".making-"+h.actor+"-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // after the move there is nothing to remove
	beside := home{temporary, h.actor}
	v, err := vault.Create(beside.vault(), secret, vault.Options{UnsafeFast: p.UnsafeFast})
	if err != nil {
		return err
	}
	if err := fill(beside, v); err != nil {
		return err
	}
	return os.Rename(temporary, h.path)
}

// unlock opens the vault with a passphrase that is asked for only if there is
// one. It is tried before the store is opened: a wrong one changes nothing on
// the disk.
func (h home) unlock(ask func() ([]byte, error)) (*vault.Vault, error) {
	if _, err := os.Stat(h.vault()); errors.Is(err, fs.ErrNotExist) {
		return nil, hint(fmt.Errorf("there is no %s in %s", h.actor, h.path),
			fmt.Sprintf("laurel %s init makes one; --store names another folder.", h.actor))
	}
	secret, err := ask()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return vault.OpenFile(h.vault(), secret)
}

// advice is what to do about an error.
type advice struct {
	sentinel error
	text     string
}

// explain adds what to do to the errors of the actor itself, and then to those
// of a vault and a store.
func (h home) explain(err error, own []advice) error {
	for _, known := range slices.Concat(own, []advice{
		{vault.ErrPassphrase, "nothing was changed. Try again; there is no other way in."},
		{vault.ErrWeakPassphrase, "four random words are easy to keep and hard to guess."},
		{vault.ErrPermissions, fmt.Sprintf("whoever read it could try passphrases. chmod 600 %s closes it.", h.vault())},
		{badger.ErrPermissions, fmt.Sprintf("chmod -R go= %s closes it.", h.path)},
		{badger.ErrDiskFull, "nothing was lost. Make room on this disk and try again; reading works meanwhile."},
		{badger.ErrNewer, "use the newer version of Laurel that wrote it."},
	}) {
		if errors.Is(err, known.sentinel) {
			return hint(err, known.text)
		}
	}
	return err
}

// storeLog lets a store complain, and say nothing else.
func storeLog(e *env) *slog.Logger {
	return slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
}
