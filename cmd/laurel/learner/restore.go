package learner

import (
	"errors"
	"os"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/vault"
	"laurel/wallet"
)

type restoreCmd struct {
	File string `arg:"" help:"A backup."`
}

// Help is what laurel wallet restore --help says beyond the flags.
func (restoreCmd) Help() string {
	return "All of it is restored or nothing is. The new wallet has the passphrase of the backup."
}

// Run makes a wallet from a backup.
func (c restoreCmd) Run(e *terminal.Env, top *Command) (err error) {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.Vacant(); err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return terminal.Unusable(err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	secret, err := top.Passphrase.Read(e, "Passphrase of the backup: ")
	if err != nil {
		return err
	}
	defer clear(secret)
	var cards []wallet.Card
	err = top.make(e, h, secret, func(w *wallet.Wallet) error {
		if err := w.Restore(e.Context, f, secret); err != nil {
			return err
		}
		cards, err = w.List(e.Context, wallet.Query{})
		return err
	})
	if err != nil {
		return explainRestore(err)
	}
	e.Printf("Restored %s.\nThe wallet is in %s.\n", terminal.Plural(len(cards), "credential", "credentials"), h.Path)
	return nil
}

func explainRestore(err error) error {
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		return terminal.Hint(err, "nothing was restored. It is the passphrase that the wallet had when the backup was made.")
	case errors.Is(err, wallet.ErrBackup):
		return terminal.Hint(err, "nothing was restored. Try an older backup.")
	default:
		return err
	}
}
