package jsonld

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"laurel/internal/strictjson"
)

//go:embed contexts
var files embed.FS

// index has one line for each embedded revision: its SHA-256, URL and file, the
// newest revision of a URL first. A test holds each file to its hash, so that a
// context cannot change without the index saying so.
//
//go:embed contexts/index
var index string

// maxSelections bounds how often a proof is tried again with older revisions:
// each try costs a conversion, a canonicalisation and a signature check.
const maxSelections = 3

// maxCached bounds the active contexts kept for later documents. A badge needs
// some 30; every order of contexts and every combination of types makes others,
// and a stranger chooses those, so beyond the bound the cache starts afresh.
const maxCached = 1024

// revision is one state of the document behind a context URL.
type revision struct {
	url, file, sha256 string

	text []byte // of an operator's context; the embedded ones are read from file
	once sync.Once
	body strictjson.Value // the value of "@context"
	err  error
}

// load reads the revision on first use. The text is trusted as far as its hash
// goes; its rules are checked when its terms are compiled.
func (r *revision) load() (strictjson.Value, error) {
	r.once.Do(func() {
		text, err := r.read()
		if err != nil {
			r.err = err
			return
		}
		doc, err := strictjson.Parse(text)
		if err != nil {
			r.err = fmt.Errorf("%w: %s: %v", ErrContextInvalid, r.url, err)
			return
		}
		if r.body = doc.Get("@context"); !r.body.Exists() {
			r.err = fmt.Errorf("%w: %s has no @context", ErrContextInvalid, r.url)
		}
	})
	return r.body, r.err
}

func (r *revision) read() ([]byte, error) {
	if r.file == "" {
		return r.text, nil
	}
	return files.ReadFile("contexts/" + r.file)
}

// Contexts is a set of contexts that documents may name. It is immutable and
// safe for concurrent use. The zero value allows no context at all.
type Contexts struct {
	byURL map[string][]*revision // newest first
	cache atomic.Pointer[cache]

	extended bool // an operator added some
}

// cache holds the active contexts that were compiled so far, as a tree that
// hangs off the initial context (see context.derived).
type cache struct {
	root   *context
	stored atomic.Int64
}

// Embedded returns the contexts that are compiled into this package, always the
// same set. Calling it is cheap, and so is everything that is not used: a
// context is read and compiled when a document first names it.
func Embedded() *Contexts { return embeddedOnce() }

var embeddedOnce = sync.OnceValue(readIndex)

func readIndex() *Contexts {
	c := &Contexts{byURL: make(map[string][]*revision, 80)}
	for line := range strings.Lines(index) {
		row := strings.Fields(line)
		r := &revision{sha256: row[0], url: row[1], file: row[2]}
		c.byURL[r.url] = append(c.byURL[r.url], r)
	}
	return c
}

// With returns a copy of the set in which the URL stands for the given text,
// which is the whole document as it is served: an object with an "@context".
// Older revisions of the same URL stay available to Selections. It fails,
// wrapping ErrContextInvalid or ErrContextNotAllowed, if the text is no context
// that this package could apply; c itself never changes.
func (c *Contexts) With(url string, text []byte) (*Contexts, error) {
	sum := sha256.Sum256(text)
	added := &revision{url: url, sha256: hex.EncodeToString(sum[:]), text: bytes.Clone(text)}
	if _, err := absolute(url); err != nil {
		return nil, fmt.Errorf("%w: its URL: %w", ErrContextInvalid, err)
	}
	out := &Contexts{byURL: make(map[string][]*revision, len(c.byURL)+1), extended: true}
	for u, revisions := range c.byURL {
		out.byURL[u] = revisions
	}
	older := slices.DeleteFunc(slices.Clone(c.byURL[url]), func(r *revision) bool { return r.sha256 == added.sha256 })
	out.byURL[url] = append([]*revision{added}, older...)
	p := processing{set: out, eager: true}
	if _, err := p.byURL(&context{}, added); err != nil {
		return nil, fmt.Errorf("context %s: %w", url, err)
	}
	return out, nil
}

// initial returns the context in which every document starts, with what was
// compiled under it so far.
func (c *Contexts) initial() *context {
	for {
		now := c.cache.Load()
		if now != nil && now.stored.Load() < maxCached {
			return now.root
		}
		fresh := &cache{root: &context{}}
		fresh.root.cache = fresh
		if c.cache.CompareAndSwap(now, fresh) {
			return fresh.root
		}
	}
}

// Selection says which revision stands for which context URL. The zero
// Selection is the newest revision of each.
type Selection struct {
	pinned []*revision
}

// Revision is one state of the document behind a context URL.
type Revision struct {
	URL    string
	SHA256 string // of the document's text, in lower-case hex
}

// Pinned lists the URLs for which the selection takes an older revision; it is
// empty for the zero Selection.
func (s Selection) Pinned() []Revision {
	out := make([]Revision, 0, len(s.pinned))
	for _, r := range s.pinned {
		out = append(out, Revision{URL: r.url, SHA256: r.sha256})
	}
	return out
}

// find returns the revision that stands for the URL under the selection.
func (c *Contexts) find(url string, s Selection) (*revision, error) {
	for _, r := range s.pinned {
		if r.url == url {
			return r, nil
		}
	}
	if revisions := c.byURL[url]; len(revisions) > 0 {
		return revisions[0], nil
	}
	return nil, fail(ErrContextNotAllowed, url,
		"the "+ErrContextNotAllowed.Error()+": "+clip(url)+" is not one of those compiled in")
}

// Selections returns the ways to read a document whose contexts have several
// revisions, at most 3, the newest first. Some publishers change a context in
// place, so a signature that does not fit the newest revision may have been
// made with an older one; a document that uses no such URL has the zero
// Selection alone.
func (c *Contexts) Selections(doc strictjson.Value) []Selection {
	out := []Selection{{}}
	var urls []string
	contextURLs(doc, func(url string) {
		if len(c.byURL[url]) > 1 && !slices.Contains(urls, url) {
			urls = append(urls, url)
		}
	})
	for _, url := range urls {
		for _, older := range c.byURL[url][1:] {
			if len(out) == maxSelections {
				return out
			}
			out = append(out, Selection{pinned: []*revision{older}})
		}
	}
	return out
}

// contextURLs calls found with each context URL that the document names, at
// any depth.
func contextURLs(v strictjson.Value, found func(string)) {
	for _, e := range v.Elems() {
		contextURLs(e, found)
	}
	for _, m := range v.Members() {
		if m.Name != "@context" {
			contextURLs(m.Value, found)
			continue
		}
		for _, e := range m.Value.List() {
			if url, ok := e.Text(); ok {
				found(url)
			}
		}
	}
}
