package main

import (
	"errors"
	"io"
	"os"
	"slices"

	"laurel/internal/store/badger"
	"laurel/internal/vault"
	"laurel/wallet"
)

type walletBackupCmd struct {
	File  string `arg:"" help:"File to write, such as wallet.age."`
	Force bool   `help:"Replace a file that is there already."`
}

// Help is what laurel wallet backup --help says beyond the flags.
func (walletBackupCmd) Help() string {
	return "The file has your signing keys, your credentials and your receipts, encrypted by age (age-encryption.org) " +
		"under the wallet's passphrase: age -d FILE | tar x opens it without Laurel."
}

// Run writes the backup.
func (c walletBackupCmd) Run(e *env, top *walletCmd) error {
	var secret []byte // needed twice: to open the wallet, and to seal the file
	defer func() { clear(secret) }()
	ask := func() (_ []byte, err error) {
		secret, err = top.read(e, "Passphrase of the wallet: ")
		return slices.Clone(secret), err
	}
	return top.unlocked(e, ask, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		err := writePrivate(c.File, c.Force, func(f io.Writer) error {
			return w.Backup(e.Context, f, secret, wallet.BackupOptions{UnsafeFast: top.UnsafeFast})
		})
		if err == nil {
			e.printf("Wrote %s. It opens with the passphrase of this wallet.\n", c.File)
		}
		return err
	})
}

type walletRestoreCmd struct {
	File string `arg:"" help:"A backup."`
}

// Help is what laurel wallet restore --help says beyond the flags.
func (walletRestoreCmd) Help() string {
	return "All of it is restored or nothing is. The new wallet has the passphrase of the backup."
}

// Run makes a wallet from a backup.
func (c walletRestoreCmd) Run(e *env, top *walletCmd) (err error) {
	h, err := top.home()
	if err != nil {
		return err
	}
	if err := h.vacant(); err != nil {
		return err
	}
	f, err := os.Open(c.File)
	if err != nil {
		return exitCode{exitUsage, err}
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	secret, err := top.read(e, "Passphrase of the backup: ")
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
	e.printf("Restored %s.\nThe wallet is in %s.\n", plural(len(cards), "credential", "credentials"), h.path)
	return nil
}

func explainRestore(err error) error {
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		return hint(err, "nothing was restored. It is the passphrase that the wallet had when the backup was made.")
	case errors.Is(err, wallet.ErrBackup):
		return hint(err, "nothing was restored. Try an older backup.")
	default:
		return err
	}
}
