package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"laurel/internal/fetch"
	"laurel/issuer"
	"laurel/issuer/web"
	"laurel/status"
)

type issuerPublishCmd struct {
	Dir string `arg:"" help:"Folder to write to: the root of what the server shows at the issuer's address."`
}

// Run writes what the issuer publishes as files.
func (c issuerPublishCmd) Run(e *env, top *issuerCmd) error {
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
		e.printf("Wrote %s to %s.\n", plural(len(files), "file", "files"), c.Dir)
		look := "laurel issuer doctor " + p.URL
		if strings.HasPrefix(p.URL, "http:") {
			look += " --unsafe-loopback" // no other address is without https
		}
		e.notef("Put the folder at %s and look: %s\n", p.URL, look)
		return nil
	})
}

// history lists the earlier versions that are in the folder: they never change.
func (c issuerPublishCmd) history() ([]string, error) {
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

type issuerDoctorCmd struct {
	reach `embed:""`
	URL   string `arg:"" name:"url" help:"The issuer's address."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Help is what laurel issuer doctor --help says beyond the flags.
func (issuerDoctorCmd) Help() string {
	return "It needs no passphrase: it looks at what everybody can see. Exit code 1 if verifiers cannot use something."
}

// Run examines what is published.
func (c issuerDoctorCmd) Run(e *env) error {
	client, err := c.client(e.Now)
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := fetch.ParseURL(c.URL, c.UnsafeLoopback); err != nil {
		return exitCode{exitUsage, err}
	}
	keys := c.resolver(client)
	d := &issuer.Doctor{
		Fetch: client, Keys: keys, Now: e.Now,
		Status: &status.Source{Fetch: client, Keys: keys, Suites: c.reading(client), Now: e.Now},
	}
	remarks := d.Examine(e.Context, c.URL)
	if c.JSON {
		err = printAny(e, remarks)
	} else {
		printRemarks(e, remarks)
	}
	for _, r := range remarks {
		if r.Severity == issuer.Problem && err == nil {
			err = exitCode{code: 1}
		}
	}
	return err
}

func printRemarks(e *env, remarks []issuer.Remark) {
	for _, r := range remarks {
		e.printf("%-7s  %s\n         %s\n", r.Severity, r.About, r.Text)
	}
	worst := map[issuer.Severity]int{}
	for _, r := range remarks {
		worst[r.Severity]++
	}
	e.printf("%s, %s.\n", plural(worst[issuer.Problem], "problem", "problems"), plural(worst[issuer.Warning], "warning", "warnings"))
}
