package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrExists says that there is a vault already where one should be made.
var ErrExists = errors.New("there is a vault already")

// ErrPermissions says that others on this machine can read a file of secrets.
var ErrPermissions = errors.New("others can read it")

// Create makes a vault and writes its header to path, with mode 0600 whatever
// the umask, in a folder that is made with mode 0700 if it is missing. When it
// returns, the header is on the disk. It fails with ErrWeakPassphrase, or with
// ErrExists rather than replace a header, which would lose its key for good.
func Create(path string, passphrase []byte, opt Options) (*Vault, error) {
	v, header, err := New(passphrase, opt)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	if err := writeOnce(path, header); err != nil {
		return nil, err
	}
	return v, nil
}

// writeOnce writes a new file whole or not at all. A link never replaces, so of
// two writers one gets ErrExists.
func writeOnce(path string, data []byte) error {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".vault-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("%s: %w", path, ErrExists)
		}
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// OpenFile opens the vault whose header is the file at path. Beyond the errors
// of Open it fails with fs.ErrNotExist when there is none, and with
// ErrPermissions when the file is open to the group or to others: a secret that
// was readable may be known. It writes nothing.
func OpenFile(path string, passphrase []byte) (*Vault, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxHeader {
		return nil, fmt.Errorf("%s: %w: not a vault's header", path, ErrCorrupt)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("%s has mode %04o: %w", path, info.Mode().Perm(), ErrPermissions)
	}
	header, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Open(header, passphrase)
}
