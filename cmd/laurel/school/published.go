package school

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"laurel/cmd/laurel/home"
	"laurel/cmd/laurel/terminal"
	"laurel/issuer/keyring"
	"laurel/issuer/web"
)

// publishedFile, in the issuer's folder, remembers which keys were written for the
// public last: what signs meanwhile cannot be checked by anybody yet.
const publishedFile = "published.json"

// published is what publishedFile says.
type published struct {
	Keys []string `json:"keys"`
}

// readPublished says what was published last, or nil if nothing is known of that:
// nothing was yet, or a server shows everything at once.
func readPublished(h home.Folder, d web.Desk) (*published, error) {
	if _, served := d.(*web.Client); served {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(h.Path, publishedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var p published
	if err := json.Unmarshal(text, &p); err != nil {
		return nil, nil // it is only a reminder
	}
	return &p, nil
}

// remember writes down that these keys were published.
func remember(h home.Folder, keys []keyring.Public) error {
	var p published
	for _, k := range keys {
		p.Keys = append(p.Keys, k.ID)
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return terminal.WritePrivate(filepath.Join(h.Path, publishedFile), true, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
}

// lacks are those of the keys that were not published.
func (p *published) lacks(keys []keyring.Public) (names []string) {
	if p == nil {
		return nil
	}
	for _, k := range keys {
		if !slices.Contains(p.Keys, k.ID) {
			names = append(names, k.ID)
		}
	}
	return names
}

// warnUnpublished tells of a badge whose key nobody can see yet.
func warnUnpublished(e *terminal.Env, h home.Folder, d web.Desk, key string) error {
	p, err := readPublished(h, d)
	if err == nil && len(p.lacks([]keyring.Public{{ID: key}})) > 0 {
		e.Notef("Warning: nobody can check it yet. It was signed with %s, which you have not published: laurel issuer publish DIR.\n", key)
	}
	return err
}

// tellPublished tells which keys are new to the public, and remembers them.
func tellPublished(e *terminal.Env, h home.Folder, d web.Desk) error {
	keys, err := d.Keys(e.Context)
	if err != nil {
		return err
	}
	before, err := readPublished(h, d)
	if err != nil {
		return err
	}
	if fresh := before.lacks(keys); len(fresh) > 0 {
		e.Notef("New in it: %s. What they signed can be checked once the folder is in its place.\n", strings.Join(fresh, ", "))
	}
	return remember(h, keys)
}
