package learner

import (
	"io"
	"slices"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type backupCmd struct {
	File  string `arg:"" help:"File to write, such as wallet.age."`
	Force bool   `help:"Replace a file that is there already."`
}

// Help is what laurel wallet backup --help says beyond the flags.
func (backupCmd) Help() string {
	return "The file has your signing keys, your credentials and your receipts, encrypted by age (age-encryption.org) " +
		"under the wallet's passphrase: age -d FILE | tar x opens it without Laurel."
}

// Run writes the backup.
func (c backupCmd) Run(e *terminal.Env, top *Command) error {
	var secret []byte // needed twice: to open the wallet, and to seal the file
	defer func() { clear(secret) }()
	ask := func() (_ []byte, err error) {
		secret, err = top.Passphrase.Read(e, "Passphrase of the wallet: ")
		return slices.Clone(secret), err
	}
	return top.unlocked(e, ask, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		err := terminal.WritePrivate(c.File, c.Force, func(f io.Writer) error {
			return w.Backup(e.Context, f, secret, wallet.BackupOptions{UnsafeFast: top.UnsafeFast})
		})
		if err == nil {
			e.Printf("Wrote %s. It opens with the passphrase of this wallet.\n", c.File)
		}
		return err
	})
}
