// Package learner has the verbs of laurel wallet: what a learner types to keep
// badges and to show a choice of them.
//
// A wallet is a folder with the header of a vault and a store in it. Each verb
// has a file with a struct of flags and a method Run, which opens the wallet with
// [Command.use], lets package wallet do the work, and prints what came of it:
//
//	func (c keyNewCmd) Run(e *terminal.Env, top *Command) error {
//		return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
//			id, err := w.NewIdentity(e.Context, c.Label)
//			if err == nil {
//				e.Printf("%s\n", id.DID)
//			}
//			return err
//		})
//	}
//
// A verb that only reads opens the store with ReadOnly and changes nothing on the
// disk. One that checks or shows credentials embeds judging.Flags and passes
// AsEmployer to use, so that a learner sees what an employer would see. A person
// is asked before anything leaves, is removed, or is kept although it failed.
//
// Another verb is another file here, a field of [Command], and a script in
// cmd/laurel/testdata.
package learner

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/store/remote"
	"laurel/internal/vault"
	"laurel/wallet"
)

// Command is the learner's part of the command line. A wallet is a folder
// with two things in it: the vault's header, and the store.
type Command struct {
	Store               string `env:"LAUREL_WALLET" type:"path" placeholder:"DIR" help:"Folder of the wallet (default: laurel/wallet in your configuration folder)."`
	terminal.Passphrase `embed:""`

	Init    initCmd    `cmd:"" help:"Make a wallet with a first identity."`
	Key     keyCmd     `cmd:"" help:"Make and list identities."`
	Add     addCmd     `cmd:"" help:"Check credentials and keep them."`
	List    listCmd    `cmd:"" help:"List and search what you have."`
	Show    showCmd    `cmd:"" help:"Show one credential, and what an employer would see of it."`
	Remove  removeCmd  `cmd:"" help:"Remove credentials for good."`
	Export  exportCmd  `cmd:"" help:"Write a credential to a file, as its issuer signed it."`
	Claims  claimsCmd  `cmd:"" help:"List what a credential says, and what of it is always shown."`
	Present presentCmd `cmd:"" help:"Show a choice of credentials to a verifier."`
	Share   shareCmd   `cmd:"" help:"Share credentials by a link that others open on a verifier's page."`
	Shares  sharesCmd  `cmd:"" help:"List what you share, and how often somebody looked."`
	Unshare unshareCmd `cmd:"" help:"Take a share back."`
	Serve   serveCmd   `cmd:"" help:"Show the wallet as pages in a browser on this machine."`
	Backup  backupCmd  `cmd:"" help:"Write everything to an encrypted file."`
	Restore restoreCmd `cmd:"" help:"Make a wallet from a backup."`
}

// home is the wallet's folder.
func (c *Command) home() (home.Folder, error) { return home.Of("wallet", c.Store) }

// use opens the wallet, lets do work with it, and closes it.
func (c *Command) use(e *terminal.Env, opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	ask := func() ([]byte, error) { return c.Passphrase.Read(e, "Passphrase of the wallet: ") }
	return c.unlocked(e, ask, opt, check, do)
}

// unlocked is use with another way to the passphrase.
func (c *Command) unlocked(e *terminal.Env, ask func() ([]byte, error), opt badger.Options, check wallet.Check, do func(w *wallet.Wallet) error) error {
	h, err := c.home()
	if err != nil {
		return err
	}
	v, err := h.Unlock(ask)
	if err == nil {
		err = c.at(e, h, opt, func(s wallet.Store) error { return do(newWallet(e, s, v, check)) })
	}
	return h.Explain(err, walletAdvice)
}

// at lets do work with the store of a folder: through the process that shows the
// wallet's pages, if there is one, or with the store itself.
func (c *Command) at(e *terminal.Env, h home.Folder, opt badger.Options, do func(s wallet.Store) error) error {
	desk, err := h.Desk()
	if err != nil {
		return err
	}
	if desk != nil {
		s := remote.New(desk.URL, desk.Token)
		defer s.Close()
		if s.Ping(e.Context) == nil { // else nobody is there, or somebody else; the store's lock tells
			return do(s)
		}
	}
	opt.Existing = true
	return useStore(e, h.Store(), opt, do)
}

func newWallet(e *terminal.Env, s wallet.Store, v *vault.Vault, check wallet.Check) *wallet.Wallet {
	return &wallet.Wallet{Store: s, Vault: v, Check: check, Suite: judging.Suites()[0], Suites: judging.Suites(), Now: e.Now}
}

// useStore opens a wallet's store, lets do work with it, and closes it.
func useStore(e *terminal.Env, dir string, opt badger.Options, do func(s wallet.Store) error) error {
	opt.Log = e.Log(slog.LevelError)
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
var walletAdvice = []home.Advice{
	{Err: badger.ErrLocked, Do: "another laurel has this wallet open; wait for it or close it. If it is laurel wallet serve, let it finish starting."},
	{Err: remote.ErrServer, Do: "laurel wallet serve has this wallet open, and may have just ended. Try again."},
	{Err: badger.ErrDamaged, Do: "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{Err: wallet.ErrCorrupt, Do: "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{Err: vault.ErrCorrupt, Do: "keep the folder as it is, and make a new wallet from your last backup: laurel wallet restore --store NEW FILE."},
	{Err: wallet.ErrNotFound, Do: "laurel wallet list shows the ids; their first four characters are enough if no other begins so."},
	{Err: wallet.ErrNotShared, Do: "laurel wallet shares lists what you share."},
	{Err: wallet.ErrClaim, Do: "laurel wallet claims ID lists what can be chosen."},
	{Err: wallet.ErrAmbiguous, Do: "give more characters of the id."},
	{Err: wallet.ErrNoIdentity, Do: "laurel wallet key list shows yours, laurel wallet key new makes one."},
}
