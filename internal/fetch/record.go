package fetch

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"laurel/internal/strictjson"
)

// Getter is what a Recorder records: a *Client, or another Recorder.
type Getter interface {
	Get(ctx context.Context, r Request) (*Resource, error)
}

// Recorder passes requests on and keeps what came back, for a report's evidence
// or for a bundle. It is safe for concurrent use.
//
//	rec := &fetch.Recorder{Next: client}
//	… verify with rec in the place of client …
//	err := fetch.WriteBundle("saved", time.Now(), rec.Resources())
type Recorder struct {
	Next Getter

	mu  sync.Mutex
	got map[string]*Resource
}

// Get asks Next.
func (r *Recorder) Get(ctx context.Context, req Request) (*Resource, error) {
	res, err := r.Next.Get(ctx, req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.got == nil {
		r.got = make(map[string]*Resource)
	}
	r.got[res.URL] = res
	return res, nil
}

// Resources returns what was got so far, the last answer for each URL, sorted by
// URL.
func (r *Recorder) Resources() []*Resource {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make([]*Resource, 0, len(r.got))
	for _, res := range r.got {
		out = append(out, res)
	}
	slices.SortFunc(out, func(a, b *Resource) int { return cmp.Compare(a.URL, b.URL) })
	return out
}

// WriteBundle writes the resources as a bundle that OpenBundle reads: a zip file
// if path ends with .zip, a folder else. The path must not exist yet, or be an
// empty folder. Only URL, Body, ContentType and Fetched of a Resource are used.
// The index is written last, so that a bundle that was cut short does not open.
func WriteBundle(path string, created time.Time, resources []*Resource) error {
	if strings.HasSuffix(path, ".zip") {
		return writeZip(path, created, resources)
	}
	if entries, err := os.ReadDir(path); err == nil && len(entries) > 0 {
		return fmt.Errorf("%w: %s is not empty", ErrBundle, path)
	}
	return write(created, resources, func(name string, body []byte) error {
		file := filepath.Join(path, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return err
		}
		_, err = f.Write(body)
		return errors.Join(err, f.Close())
	})
}

func writeZip(path string, created time.Time, resources []*Resource) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = zipTo(f, created, resources)
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

func zipTo(w io.Writer, created time.Time, resources []*Resource) error {
	archive := zip.NewWriter(w)
	err := write(created, resources, func(name string, body []byte) error {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: created})
		if err != nil {
			return err
		}
		_, err = entry.Write(body)
		return err
	})
	return errors.Join(err, archive.Close())
}

// write hands every file of a bundle to put, the index last. It refuses what
// OpenBundle would not read.
func write(created time.Time, resources []*Resource, put func(name string, body []byte) error) error {
	var entries []strictjson.Value
	left := maxBundle
	for i, r := range resources {
		if left -= len(r.Body); left < 0 || len(r.Body) > maxResource {
			return fmt.Errorf("%w: %s makes it too large", ErrBundle, strictjson.Clip(r.URL))
		}
		name := fmt.Sprintf("r/%03d", i+1)
		entries = append(entries, strictjson.Object(
			strictjson.Member{Name: "url", Value: strictjson.String(r.URL)},
			strictjson.Member{Name: "file", Value: strictjson.String(name)},
			strictjson.Member{Name: "contentType", Value: strictjson.String(r.ContentType)},
			strictjson.Member{Name: "fetched", Value: strictjson.String(r.Fetched.UTC().Format(time.RFC3339))},
			strictjson.Member{Name: "sha256", Value: strictjson.String(digest(r.Body))},
		))
	}
	index := strictjson.Object(
		strictjson.Member{Name: "type", Value: strictjson.String(bundleType)},
		strictjson.Member{Name: "created", Value: strictjson.String(created.UTC().Format(time.RFC3339))},
		strictjson.Member{Name: "resources", Value: strictjson.Array(entries...)},
	).Indented()
	if _, _, err := parseIndex(index); err != nil {
		return fmt.Errorf("%w: %w", ErrBundle, err)
	}
	for i, r := range resources {
		if err := put(fmt.Sprintf("r/%03d", i+1), r.Body); err != nil {
			return err
		}
	}
	return put(indexName, index)
}
