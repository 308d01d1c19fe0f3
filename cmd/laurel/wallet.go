package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/wallet"
)

// walletCmd is the learner's part of the command line. A wallet is a folder
// with two things in it: the vault's header, and the store.
type walletCmd struct {
	Store      string `env:"LAUREL_WALLET" type:"path" placeholder:"DIR" help:"Folder of the wallet (default: laurel/wallet in your configuration folder)."`
	passphrase `embed:""`

	Init    walletInitCmd    `cmd:"" help:"Make a wallet with a first identity."`
	Key     walletKeyCmd     `cmd:"" help:"Make and list identities."`
	Add     walletAddCmd     `cmd:"" help:"Check credentials and keep them."`
	List    walletListCmd    `cmd:"" help:"List and search what you have."`
	Show    walletShowCmd    `cmd:"" help:"Show one credential, and what an employer would see of it."`
	Remove  walletRemoveCmd  `cmd:"" help:"Remove credentials for good."`
	Export  walletExportCmd  `cmd:"" help:"Write a credential to a file, as its issuer signed it."`
	Claims  walletClaimsCmd  `cmd:"" help:"List what a credential says, and what of it is always shown."`
	Present walletPresentCmd `cmd:"" help:"Show a choice of credentials to a verifier."`
	Serve   walletServeCmd   `cmd:"" help:"Show the wallet as pages in a browser on this machine."`
	Backup  walletBackupCmd  `cmd:"" help:"Write everything to an encrypted file."`
	Restore walletRestoreCmd `cmd:"" help:"Make a wallet from a backup."`
}

const (
	vaultFile   = "vault"
	storeFolder = "db"
)

// dir is the wallet's folder.
func (c *walletCmd) dir() (string, error) {
	if c.Store != "" {
		return c.Store, nil
	}
	config, err := os.UserConfigDir()
	if err != nil {
		return "", hint(err, "name the wallet's folder with --store.")
	}
	return filepath.Join(config, "laurel", "wallet"), nil
}

// use opens the wallet, lets do work with it, and closes it. The passphrase is
// tried before the store is opened: a wrong one changes nothing on the disk.
func (c *walletCmd) use(e *env, opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, vaultFile)); err != nil {
		return noWallet(err, dir)
	}
	secret, err := c.read(e, "Passphrase of the wallet: ")
	if err != nil {
		return err
	}
	defer clear(secret)
	return c.unlocked(e, secret, opt, check, do)
}

// unlocked is use with a passphrase that was read already.
func (c *walletCmd) unlocked(e *env, secret []byte, opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	v, err := vault.OpenFile(filepath.Join(dir, vaultFile), secret)
	if err != nil {
		return noWallet(err, dir)
	}
	opt.Existing = true
	err = useStore(e, filepath.Join(dir, storeFolder), opt, func(s wallet.Store) error {
		return do(newWallet(e, s, v, check))
	})
	return explainWallet(err, dir)
}

func newWallet(e *env, s wallet.Store, v *vault.Vault, check wallet.Check) *wallet.Wallet {
	return &wallet.Wallet{Store: s, Vault: v, Check: check, Suite: suites()[0], Suites: suites(), Now: e.Now}
}

// useStore opens a wallet's store, lets do work with it, and closes it.
func useStore(e *env, dir string, opt badger.Options, do func(s wallet.Store) error) error {
	opt.Log = slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s, err := badger.OpenWallet(dir, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its folder %s is missing", badger.ErrDamaged, dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// explainWallet adds what to do to the errors of a wallet.
func explainWallet(err error, dir string) error {
	for _, known := range []struct {
		sentinel error
		advice   string
	}{
		{vault.ErrPassphrase, "nothing was changed. Try again; there is no other way in."},
		{vault.ErrWeakPassphrase, "four random words are easy to keep and hard to guess."},
		{vault.ErrPermissions, fmt.Sprintf("whoever read it could try passphrases. chmod 600 %s closes it.", filepath.Join(dir, vaultFile))},
		{badger.ErrLocked, "another laurel has this wallet open; wait for it or close it."},
		{badger.ErrPermissions, fmt.Sprintf("chmod -R go= %s closes it.", dir)},
		{badger.ErrDiskFull, "nothing was lost. Make room on this disk and try again; reading works meanwhile."},
		{badger.ErrNewer, "use the newer version of Laurel that wrote it."},
		{badger.ErrDamaged, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
		{wallet.ErrCorrupt, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
		{vault.ErrCorrupt, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
		{wallet.ErrNotFound, "laurel wallet list shows the ids; their first four characters are enough if no other begins so."},
		{wallet.ErrClaim, "laurel wallet claims ID lists what can be chosen."},
		{wallet.ErrAmbiguous, "give more characters of the id."},
		{wallet.ErrNoIdentity, "laurel wallet key list shows yours, laurel wallet key new makes one."},
	} {
		if errors.Is(err, known.sentinel) {
			return hint(err, known.advice)
		}
	}
	return err
}

// noWallet is explainWallet for the vault's header, without which there is no
// wallet.
func noWallet(err error, dir string) error {
	if errors.Is(err, fs.ErrNotExist) {
		return hint(fmt.Errorf("there is no wallet in %s", dir), "laurel wallet init makes one; --store names another folder.")
	}
	return explainWallet(err, dir)
}

type walletInitCmd struct {
	Label string `default:"first" help:"Your own word for the first identity."`
}

// Run makes the folder, the vault, the store and an identity.
func (c walletInitCmd) Run(e *env, top *walletCmd) error {
	dir, err := top.vacant()
	if err != nil {
		return err
	}
	secret, err := top.choose(e, "A passphrase for the wallet: ")
	if err != nil {
		return err
	}
	defer clear(secret)
	var id wallet.Identity
	err = top.make(e, dir, secret, func(w *wallet.Wallet) error {
		id, err = w.NewIdentity(e.Context, c.Label)
		return err
	})
	if err != nil {
		return explainWallet(err, dir)
	}
	e.printf("The wallet is in %s.\nYour first identity: %s\n", dir, id.DID)
	return nil
}

// vacant is the wallet's folder, which must be empty or not there yet.
func (c *walletCmd) vacant() (string, error) {
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return "", hint(fmt.Errorf("%s is not empty", dir), "there may be a wallet in it already; choose another folder with --store.")
	}
	return dir, nil
}

// make makes a wallet in a folder beside its place and moves it there when it is
// whole: what fails or is killed on the way leaves no half wallet.
func (c *walletCmd) make(e *env, dir string, secret []byte, fill func(w *wallet.Wallet) error) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".making-wallet-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // after the move there is nothing to remove
	v, err := vault.Create(filepath.Join(temporary, vaultFile), secret, vault.Options{UnsafeFast: c.UnsafeFast})
	if err != nil {
		return err
	}
	err = useStore(e, filepath.Join(temporary, storeFolder), badger.Options{}, func(s wallet.Store) error {
		return fill(newWallet(e, s, v, nil))
	})
	if err != nil {
		return err
	}
	return os.Rename(temporary, dir)
}

type walletKeyCmd struct {
	New  walletKeyNewCmd  `cmd:"" help:"Make an identity, a did:key with an Ed25519 key."`
	List walletKeyListCmd `cmd:"" default:"withargs" help:"List your identities."`
}

type walletKeyNewCmd struct {
	Label string `arg:"" optional:"" help:"Your own word for it, such as work."`
}

// Run makes an identity.
func (c walletKeyNewCmd) Run(e *env, top *walletCmd) error {
	return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
		id, err := w.NewIdentity(e.Context, c.Label)
		if err == nil {
			e.printf("%s\n", id.DID)
		}
		return err
	})
}

type walletKeyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the identities.
func (c walletKeyListCmd) Run(e *env, top *walletCmd) error {
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		ids, err := w.Identities(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return printValues(e, ids, wallet.Identity.JSON)
		}
		for _, id := range ids {
			e.printf("%s  %s\n", id.DID, id.Label)
		}
		return nil
	})
}
