package main

import (
	"errors"
	"fmt"
	"io/fs"

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

// home is the wallet's folder.
func (c *walletCmd) home() (home, error) { return homeOf("wallet", c.Store) }

// use opens the wallet, lets do work with it, and closes it.
func (c *walletCmd) use(e *env, opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	ask := func() ([]byte, error) { return c.read(e, "Passphrase of the wallet: ") }
	return c.unlocked(e, ask, opt, check, do)
}

// unlocked is use with another way to the passphrase.
func (c *walletCmd) unlocked(e *env, ask func() ([]byte, error), opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	v, err := h.unlock(ask)
	if err == nil {
		opt.Existing = true
		err = useStore(e, h.store(), opt, func(s wallet.Store) error { return do(newWallet(e, s, v, check)) })
	}
	return h.explain(err, walletAdvice)
}

func newWallet(e *env, s wallet.Store, v *vault.Vault, check wallet.Check) *wallet.Wallet {
	return &wallet.Wallet{Store: s, Vault: v, Check: check, Suite: suites()[0], Suites: suites(), Now: e.Now}
}

// useStore opens a wallet's store, lets do work with it, and closes it.
func useStore(e *env, dir string, opt badger.Options, do func(s wallet.Store) error) error {
	opt.Log = storeLog(e)
	s, err := badger.OpenWallet(dir, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: its folder %s is missing", badger.ErrDamaged, dir)
	}
	if err != nil {
		return err
	}
	return errors.Join(do(s), s.Close())
}

// walletAdvice is what to do about the errors of a wallet.
var walletAdvice = []advice{
	{badger.ErrLocked, "another laurel has this wallet open; wait for it or close it."},
	{badger.ErrDamaged, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{wallet.ErrCorrupt, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{vault.ErrCorrupt, "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{wallet.ErrNotFound, "laurel wallet list shows the ids; their first four characters are enough if no other begins so."},
	{wallet.ErrClaim, "laurel wallet claims ID lists what can be chosen."},
	{wallet.ErrAmbiguous, "give more characters of the id."},
	{wallet.ErrNoIdentity, "laurel wallet key list shows yours, laurel wallet key new makes one."},
}

type walletInitCmd struct {
	Label string `default:"first" help:"Your own word for the first identity."`
}

// Run makes the folder, the vault, the store and an identity.
func (c walletInitCmd) Run(e *env, top *walletCmd) error {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.vacant(); err != nil {
		return err
	}
	secret, err := top.choose(e, "A passphrase for the wallet: ")
	if err != nil {
		return err
	}
	defer clear(secret)
	var id wallet.Identity
	err = top.make(e, h, secret, func(w *wallet.Wallet) error {
		id, err = w.NewIdentity(e.Context, c.Label)
		return err
	})
	if err != nil {
		return err
	}
	e.printf("The wallet is in %s.\nYour first identity: %s\n", h.path, id.DID)
	e.notef("Next: send it to whoever issues you a badge; laurel wallet add keeps what comes back.\n")
	return nil
}

// make makes a wallet and fills it.
func (c *walletCmd) make(e *env, h home, secret []byte, fill func(w *wallet.Wallet) error) error {
	err := h.make(c.passphrase, secret, func(beside home, v *vault.Vault) error {
		return useStore(e, beside.store(), badger.Options{}, func(s wallet.Store) error {
			return fill(newWallet(e, s, v, nil))
		})
	})
	return h.explain(err, walletAdvice)
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
