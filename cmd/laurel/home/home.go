// Package home keeps the folders of wallets and issuers: where they are, how they
// are made whole or not at all, how they are unlocked, and what to do when that
// fails.
//
// A folder has the header of a vault, which a passphrase opens, and the store in
// a folder inside:
//
//	h, err := home.Of("wallet", c.Store) // the folder of --store, or the usual one
//	v, err := h.Unlock(func() ([]byte, error) { return c.Passphrase.Read(e, "Passphrase: ") })
//	s, err := badger.OpenWallet(h.Store(), badger.Options{Existing: true})
//	…
//	return h.Explain(err, walletAdvice)
package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/vault"
)

const (
	vaultFile   = "vault"
	storeFolder = "db"
)

// Folder is where an actor keeps its things: a folder with the vault's header,
// and the store in a folder inside.
type Folder struct {
	Path  string
	actor string // "wallet" or "issuer"
}

// Of is the folder that a flag names, or the usual one.
func Of(actor, given string) (Folder, error) {
	if given != "" {
		return Folder{given, actor}, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return Folder{}, terminal.Hint(err, fmt.Sprintf("name the %s's folder with --store.", actor))
	}
	return Folder{filepath.Join(config, "laurel", actor), actor}, nil
}

// Vault is the file with the header of the vault.
func (h Folder) Vault() string { return filepath.Join(h.Path, vaultFile) }

// Store is the folder of the store.
func (h Folder) Store() string { return filepath.Join(h.Path, storeFolder) }

// Vacant refuses a folder with something in it.
func (h Folder) Vacant() error {
	if entries, err := os.ReadDir(h.Path); err == nil && len(entries) > 0 {
		return terminal.Hint(fmt.Errorf("%s is not empty", h.Path),
			fmt.Sprintf("this %s was made already, or something else is there; --store names another folder.", h.actor))
	}
	return nil
}

// Make fills a folder beside its place and moves it there when it is whole: what
// fails or is killed on the way leaves no half.
func (h Folder) Make(p terminal.Passphrase, secret []byte, fill func(beside Folder, v *vault.Vault) error) error {
	if err := os.MkdirAll(filepath.Dir(h.Path), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(h.Path), ".making-"+h.actor+"-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // after the move there is nothing to remove
	beside := Folder{temporary, h.actor}
	v, err := vault.Create(beside.Vault(), secret, vault.Options{UnsafeFast: p.UnsafeFast})
	if err != nil {
		return err
	}
	if err := fill(beside, v); err != nil {
		return err
	}
	return os.Rename(temporary, h.Path)
}

// Unlock opens the vault with a passphrase that is asked for only if there is
// one. It is tried before the store is opened: a wrong one changes nothing on
// the disk.
func (h Folder) Unlock(ask func() ([]byte, error)) (*vault.Vault, error) {
	if _, err := os.Stat(h.Vault()); errors.Is(err, fs.ErrNotExist) {
		return nil, terminal.Hint(fmt.Errorf("there is no %s in %s", h.actor, h.Path),
			fmt.Sprintf("laurel %s init makes one; --store names another folder.", h.actor))
	}
	secret, err := ask()
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return vault.OpenFile(h.Vault(), secret)
}

// Advice is what to do about an error.
type Advice struct {
	Err error  // what has gone wrong, found with errors.Is
	Do  string // a whole sentence
}

// Explain adds what to do to the errors of the actor itself, and then to those
// of a vault and a store.
func (h Folder) Explain(err error, own []Advice) error {
	for _, known := range slices.Concat(own, []Advice{
		{vault.ErrPassphrase, "nothing was changed. Try again; there is no other way in."},
		{vault.ErrWeakPassphrase, "four random words are easy to keep and hard to guess."},
		{vault.ErrPermissions, fmt.Sprintf("whoever read it could try passphrases. chmod 600 %s closes it.", h.Vault())},
		{badger.ErrPermissions, fmt.Sprintf("chmod -R go= %s closes it.", h.Path)},
		{badger.ErrDiskFull, "nothing was lost. Make room on this disk and try again; reading works meanwhile."},
		{badger.ErrNewer, "use the newer version of Laurel that wrote it."},
	}) {
		if errors.Is(err, known.Err) {
			return terminal.Hint(err, known.Do)
		}
	}
	return err
}
