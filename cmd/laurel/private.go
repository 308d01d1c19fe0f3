package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// writePrivate writes a file that only its owner can read, whole or not at all,
// and waits for the disk. A file that is there already is left alone unless
// replace says otherwise; a link is never followed, it is replaced like a file.
func writePrivate(path string, replace bool, write func(w io.Writer) error) (err error) {
	if !replace {
		if _, err := os.Lstat(path); err == nil {
			return exists(path)
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
		return exists(path)
	}
	return err
}

func exists(path string) error {
	return hint(fmt.Errorf("%s is there already", path), "choose another name, or --force to replace it.")
}

// fileName makes a name for a file from the title of a badge: small letters,
// digits and hyphens of ASCII, so that no title can leave the folder, hide the
// file or surprise a shell.
func fileName(title, id string) string {
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
