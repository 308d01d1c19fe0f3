package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"

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
	secret, err := top.read(e, "Passphrase of the wallet: ")
	if err != nil {
		return err
	}
	return top.unlocked(e, secret, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
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

// Run makes a wallet from a backup, in a folder beside its place, and moves it
// there when it is whole.
func (c walletRestoreCmd) Run(e *env, top *walletCmd) (err error) {
	dir, err := top.dir()
	if err != nil {
		return err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return explainWallet(vault.ErrExists, dir)
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
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return err
	}
	temporary, err := os.MkdirTemp(filepath.Dir(dir), ".restoring-*") // mode 0700
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(temporary) }() // after the move there is nothing to remove
	if err := c.fill(e, top, temporary, f, secret); err != nil {
		return explainRestore(err, dir)
	}
	if err := os.Rename(temporary, dir); err != nil {
		return err
	}
	e.printf("The wallet is in %s.\n", dir)
	return nil
}

// fill makes a wallet in a new folder.
func (c walletRestoreCmd) fill(e *env, top *walletCmd, dir string, backup io.Reader, secret []byte) error {
	v, err := vault.Create(filepath.Join(dir, vaultFile), secret, vault.Options{UnsafeFast: top.UnsafeFast})
	if err != nil {
		return err
	}
	return useStore(e, filepath.Join(dir, storeFolder), badger.Options{}, func(s wallet.Store) error {
		w := newWallet(e, s, v, nil)
		if err := w.Restore(e.Context, backup, secret); err != nil {
			return err
		}
		cards, err := w.List(e.Context, wallet.Query{})
		if err != nil {
			return err
		}
		e.printf("Restored %s.\n", plural(len(cards), "credential", "credentials"))
		return nil
	})
}

func explainRestore(err error, dir string) error {
	switch {
	case errors.Is(err, vault.ErrPassphrase):
		return hint(err, "nothing was restored. It is the passphrase that the wallet had when the backup was made.")
	case errors.Is(err, wallet.ErrBackup):
		return hint(err, "nothing was restored. Try an older backup.")
	default:
		return explainWallet(err, dir)
	}
}
