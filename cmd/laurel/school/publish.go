package school

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/issuer"
	"laurel/issuer/web"
)

type publishCmd struct {
	Dir string `arg:"" help:"Folder to write to: the root of what the server shows at the issuer's address."`
}

// Run writes what the issuer publishes as files.
func (c publishCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, func(d web.Desk) error {
		if _, err := d.Refresh(e.Context); err != nil {
			return err
		}
		p, err := d.Profile(e.Context)
		if err != nil {
			return err
		}
		have, err := c.history()
		if err != nil {
			return err
		}
		files, err := d.Site(e.Context, have)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := writePublic(c.Dir, f); err != nil {
				return err
			}
		}
		e.Printf("Wrote %s to %s.\n", terminal.Plural(len(files), "file", "files"), c.Dir)
		look := "laurel issuer doctor " + p.URL
		if strings.HasPrefix(p.URL, "http:") {
			look += " --unsafe-loopback" // no other address is without https
		}
		tellMetadata(e, p, files)
		h, err := top.home()
		if err == nil {
			err = tellPublished(e, h, d)
		}
		if err != nil {
			return err
		}
		e.Notef("Put the folder at %s and look: %s\n", p.URL, look)
		return tellAchievements(e, d)
	})
}

// tellMetadata tells of the one file whose place is not below the issuer's address.
func tellMetadata(e *terminal.Env, p issuer.Profile, files []issuer.File) {
	if slices.ContainsFunc(files, func(f issuer.File) bool { return f.Path == issuer.MetadataFile }) {
		e.Notef("Let the server show %s at %s\n", issuer.MetadataFile, p.MetadataURL())
	}
}

// tellAchievements tells of the pages that badges name and that no file is: what a
// badge is for is open to people where the issuer serves, or where it has a page.
func tellAchievements(e *terminal.Env, d web.Desk) error {
	all, err := d.Templates(e.Context)
	if err != nil || len(all) == 0 {
		return err
	}
	e.Notef("Badges send people who want one to %s and the like. Put a page there, if laurel issuer serve is not to show one.\n", all[0].Achievement)
	return nil
}

// history lists the earlier versions that are in the folder: they never change.
func (c publishCmd) history() ([]string, error) {
	var have []string
	root := filepath.Join(c.Dir, "status", "history")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(c.Dir, path)
		have = append(have, filepath.ToSlash(name))
		return err
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return have, err
}

// writePublic writes a file that everybody may read, whole or not at all: a
// visitor gets the old list or the new one, never a half.
func writePublic(root string, f issuer.File) error {
	path := filepath.Join(root, filepath.FromSlash(f.Path))
	dir := filepath.Dir(path)
	if err := makePublic(dir); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(dir, ".laurel-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(temporary.Name()) }() // after the rename there is nothing to remove
	_, err = temporary.Write(f.Body)
	if err = errors.Join(err, temporary.Chmod(0o644), temporary.Sync(), temporary.Close()); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}

// makePublic makes a folder, and those above it that are missing, for everybody
// to read: the umask of this program keeps others out of what it makes.
func makePublic(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := makePublic(filepath.Dir(dir)); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	return os.Chmod(dir, 0o755)
}
