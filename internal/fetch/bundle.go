package fetch

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

const (
	bundleType = "laurel/bundle/v1"
	indexName  = "index.json"
	// maxIndex and maxResources bound the table of contents: a thousand
	// resources need 250 kB.
	maxIndex     = 1 << 20
	maxResources = 4096
	// maxResource bounds one document, maxBundle all of them together: they are
	// held in memory, verified, as long as the Client lives.
	maxResource = 8 << 20
	maxBundle   = 64 << 20
	// maxNameParts is the depth of folders in a bundle; WriteBundle makes two.
	maxNameParts = 4
)

// ErrBundle says that a bundle cannot be used: no index, a file that is missing,
// changed, too large or elsewhere. Nothing of such a bundle is used.
var ErrBundle = errors.New("the bundle cannot be used")

// Bundle is a set of documents that were fetched earlier, read and verified
// against the digests of its index.
type Bundle struct {
	path      string
	holder    bool
	created   time.Time
	resources map[string]*Resource
}

// OpenBundle reads a bundle: a folder, or a zip file, with an index.json of
//
//	{"type":"laurel/bundle/v1","created":"2026-06-01T00:00:00Z","resources":[
//	  {"url":"https://…","file":"r/001","contentType":"application/vc",
//	   "fetched":"2026-06-01T00:00:00Z","sha256":"…"}]}
//
// All files are read and their SHA-256 compared. holder says that the holder of
// a credential brought the bundle: then it answers only for status lists, whose
// signatures speak for themselves, and only where the network does not. The
// digests protect against damage; against malice only the question who made the
// bundle does. Errors wrap ErrBundle, or the error of opening path.
func OpenBundle(path string, holder bool) (*Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	b := &Bundle{path: path, holder: holder, resources: make(map[string]*Resource)}
	if info.IsDir() {
		err = b.readFolder(path)
	} else {
		err = b.readZip(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrBundle, path, err)
	}
	return b, nil
}

// Created is when the bundle was made, as its index says.
func (b *Bundle) Created() time.Time { return b.created }

// Len is the number of documents in the bundle.
func (b *Bundle) Len() int { return len(b.resources) }

// readFolder reads through an os.Root, which no name leaves, and follows no
// symbolic link even inside it.
func (b *Bundle) readFolder(path string) error {
	root, err := os.OpenRoot(path)
	if err != nil {
		return err
	}
	defer root.Close()
	return b.read(func(name string, limit int64) ([]byte, error) {
		for i, c := range name + "/" { // every folder on the way, and the file
			if c != '/' {
				continue
			}
			info, err := root.Lstat(name[:i])
			if err != nil {
				return nil, err
			}
			if i < len(name) && !info.IsDir() || i == len(name) && !info.Mode().IsRegular() {
				return nil, fmt.Errorf("%q is no regular file", name[:i])
			}
		}
		f, err := root.Open(name)
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		return readAll(f, limit)
	})
}

func (b *Bundle) readZip(path string) error {
	packed, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = packed.Close() }() // it was only read
	raw, err := readAll(packed, maxBundle+maxIndex)
	if err != nil {
		return err
	}
	return b.readZipBytes(raw)
}

func (b *Bundle) readZipBytes(raw []byte) error {
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return err
	}
	if len(archive.File) > 2*maxResources {
		return fmt.Errorf("%d files, at most %d are read", len(archive.File), 2*maxResources)
	}
	files := make(map[string]*zip.File, len(archive.File))
	for _, f := range archive.File {
		if files[f.Name] != nil {
			return fmt.Errorf("two files are called %q", strictjson.Clip(f.Name))
		}
		files[f.Name] = f
	}
	return b.read(func(name string, limit int64) ([]byte, error) {
		f := files[name]
		switch {
		case f == nil:
			return nil, fs.ErrNotExist
		case !f.Mode().IsRegular():
			return nil, errors.New("no regular file")
		}
		r, err := f.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return readAll(r, limit)
	})
}

// read takes the index and every file that it lists through open, which returns
// the bytes of a file of at most limit bytes.
func (b *Bundle) read(open func(name string, limit int64) ([]byte, error)) error {
	text, err := open(indexName, maxIndex)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("it has no %s: %w", indexName, fs.ErrNotExist)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	created, entries, err := parseIndex(text)
	if err != nil {
		return fmt.Errorf("%s: %w", indexName, err)
	}
	b.created = created
	left := int64(maxBundle)
	for _, e := range entries {
		body, err := open(e.file, min(maxResource, left))
		if err != nil {
			return fmt.Errorf("%s: %w", e.file, err)
		}
		if digest(body) != e.SHA256 {
			return fmt.Errorf("%s: its SHA-256 is not the one in the index", e.file)
		}
		left -= int64(len(body))
		e.Body = body
		if b.holder {
			e.Source = HolderBundled
		}
		b.resources[e.URL] = &e.Resource
	}
	return nil
}

type indexEntry struct {
	Resource
	file string
}

// parseIndex reads the table of contents; the bodies are still missing. On
// error it returns no entries.
func parseIndex(text []byte) (created time.Time, entries []indexEntry, err error) {
	doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: maxIndex, Depth: 8, Nodes: 8 * maxResources})
	if err != nil {
		return time.Time{}, nil, err
	}
	if got := doc.Get("type").Str(); got != bundleType {
		return time.Time{}, nil, fmt.Errorf("its type is %q, not %q", strictjson.Clip(got), bundleType)
	}
	if created, err = indexTime(doc.Get("created")); err != nil {
		return time.Time{}, nil, fmt.Errorf("created: %w", err)
	}
	list := doc.Get("resources")
	if list.Kind() != strictjson.List || len(list.Elems()) > maxResources {
		return time.Time{}, nil, fmt.Errorf("resources is no array of at most %d entries", maxResources)
	}
	seen := make(map[string]bool, len(list.Elems()))
	for i, v := range list.Elems() {
		e, err := parseIndexEntry(v)
		if err != nil {
			return time.Time{}, nil, fmt.Errorf("resources[%d]: %w", i, err)
		}
		if seen[e.URL] {
			return time.Time{}, nil, fmt.Errorf("resources[%d]: %s is listed twice", i, strictjson.Clip(e.URL))
		}
		seen[e.URL] = true
		entries = append(entries, e)
	}
	return created, entries, nil
}

func parseIndexEntry(v strictjson.Value) (indexEntry, error) {
	e := indexEntry{file: v.Get("file").Str(), Resource: Resource{
		URL: v.Get("url").Str(), ContentType: v.Get("contentType").Str(),
		SHA256: v.Get("sha256").Str(), Source: Bundled,
	}}
	if _, err := ParseURL(e.URL, true); err != nil {
		return indexEntry{}, err
	}
	if !isBundleName(e.file) {
		return indexEntry{}, fmt.Errorf("%q is no name of a file in a bundle", strictjson.Clip(e.file))
	}
	if len(e.SHA256) != 64 || strings.Trim(e.SHA256, "0123456789abcdef") != "" {
		return indexEntry{}, errors.New("sha256 is not 64 lower-case hexadecimal digits")
	}
	var err error
	if e.Fetched, err = indexTime(v.Get("fetched")); err != nil {
		return indexEntry{}, fmt.Errorf("fetched: %w", err)
	}
	return e, nil
}

func indexTime(v strictjson.Value) (time.Time, error) {
	text, _ := v.Text()
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || len(text) > 40 {
		return time.Time{}, fmt.Errorf("%q is no date with time and time zone", strictjson.Clip(text))
	}
	return t, nil
}

// isBundleName accepts relative slash-separated names in letters, digits and
// "._-", none of whose parts starts with a full stop: no "..", no drive letters,
// no hidden files.
func isBundleName(name string) bool {
	parts := strings.Split(name, "/")
	if len(parts) > maxNameParts || len(name) > 200 || name == indexName || path.Clean(name) != name {
		return false
	}
	for _, p := range parts {
		if p == "" || p[0] == '.' || strings.Trim(p, nameChars) != "" {
			return false
		}
	}
	return true
}

const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"
