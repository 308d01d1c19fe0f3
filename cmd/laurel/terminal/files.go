package terminal

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxFile bounds what is read of one file: the front door's own limit, and one
// byte more so that it can see that there was more.
const maxFile = 8<<20 + 1

// WritePrivate writes a file that only its owner can read, whole or not at all,
// and waits for the disk. A file that is there already is left alone unless
// replace says otherwise; a link is never followed, it is replaced like a file.
func WritePrivate(path string, replace bool, write func(w io.Writer) error) (err error) {
	if !replace {
		if _, err := os.Lstat(path); err == nil {
			return Exists(path)
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".laurel-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // after a rename there is nothing to remove
	err = write(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if replace {
		return os.Rename(f.Name(), path)
	}
	err = os.Link(f.Name(), path) // unlike a rename this never replaces
	if errors.Is(err, fs.ErrExist) {
		return Exists(path)
	}
	return err
}

// Exists is the error that a file is there already and nobody said --force.
func Exists(path string) error {
	return Hint(fmt.Errorf("%s is there already", path), "choose another name, or --force to replace it.")
}

// FileName makes a name for a file from the title of a badge: small letters,
// digits and hyphens of ASCII, so that no title can leave the folder, hide the
// file or surprise a shell.
func FileName(title, id string) string {
	const maxTitle = 60
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		if b.Len() >= maxTitle {
			break
		}
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.TrimPrefix(strings.TrimSuffix(b.String(), "-")+"-"+id+".json", "-")
}

// Read reads a file, or standard input for "-", up to maxFile.
func (e *Env) Read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(e.Stdin, maxFile))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	return data, errors.Join(err, f.Close())
}

// Write writes a file that is nobody else's, or to standard output for "-".
func (e *Env) Write(name string, data []byte) error {
	if name == "-" {
		_, err := e.Stdout.Write(data)
		return err
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		return Unusable(err)
	}
	return nil
}
