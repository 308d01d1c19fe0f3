package contexts

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"laurel/internal/strictjson"
)

//go:embed 1edtech.github.io ctx.learncard.com identity.foundation purl.imsglobal.org variants w3c-ccg.github.io w3id.org www.w3.org
var files embed.FS

// index has one line for each embedded revision: its SHA-256, URL and file, the
// newest revision of a URL first. A test holds each file to its hash, so that a
// context cannot change without the index saying so.
//
//go:embed index
var index string

// maxSelections bounds how often a proof is tried again with older revisions:
// each try costs a conversion, a canonicalisation and a signature check.
const maxSelections = 3

// MaxNamed bounds the contexts of one document: the length of each @context, and
// how many different URLs all of them name. Real badges name at most 5.
const MaxNamed = 16

// maxCached bounds the active contexts kept for later documents. A badge needs
// some 30; every order of contexts and every combination of types makes others,
// and a stranger chooses those, so beyond the bound the cache starts afresh.
const maxCached = 1024

// MaxStored is how many active contexts a set remembers at the most: one document
// may be under way when the bound is reached, and gets no more than as many again.
const MaxStored = 2 * maxCached

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
	return files.ReadFile(r.file)
}

// Set is a set of contexts that documents may name. It is immutable and
// safe for concurrent use. The zero value allows no context at all.
type Set struct {
	byURL map[string][]*revision // newest first
	cache atomic.Pointer[cache]

	extended bool // an operator added some
}

// cache holds the active contexts that were compiled so far, as a tree that
// hangs off the initial context (see context.derived).
type cache struct {
	root   *Active
	stored atomic.Int64
}

// Embedded returns the contexts that are compiled into this package, always the
// same set. Calling it is cheap, and so is everything that is not used: a
// context is read and compiled when a document first names it.
func Embedded() *Set { return embeddedOnce() }

var embeddedOnce = sync.OnceValue(readIndex)

func readIndex() *Set {
	c := &Set{byURL: make(map[string][]*revision, 80)}
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
func (c *Set) With(url string, text []byte) (*Set, error) {
	sum := sha256.Sum256(text)
	added := &revision{url: url, sha256: hex.EncodeToString(sum[:]), text: bytes.Clone(text)}
	if _, err := Absolute(url); err != nil {
		return nil, fmt.Errorf("%w: its URL: %w", ErrContextInvalid, err)
	}
	out := &Set{byURL: make(map[string][]*revision, len(c.byURL)+1), extended: true}
	for u, revisions := range c.byURL {
		out.byURL[u] = revisions
	}
	older := slices.DeleteFunc(slices.Clone(c.byURL[url]), func(r *revision) bool { return r.sha256 == added.sha256 })
	out.byURL[url] = append([]*revision{added}, older...)
	p := processing{set: out, eager: true}
	if _, err := p.byURL(&Active{}, added); err != nil {
		return nil, fmt.Errorf("context %s: %w", url, err)
	}
	return out, nil
}

// Initial returns the context in which every document starts, with what was
// compiled under it so far.
func (c *Set) Initial() *Active {
	for {
		now := c.cache.Load()
		if now != nil && now.stored.Load() < maxCached {
			return now.root
		}
		fresh := &cache{root: &Active{}}
		fresh.root.cache = fresh
		if c.cache.CompareAndSwap(now, fresh) {
			return fresh.root
		}
	}
}

// ByURL is the context that comes of an active one when a document names the URL.
func (c *Set) ByURL(active *Active, url string, s Selection) (*Active, error) {
	r, err := c.find(url, s)
	if err != nil {
		return nil, err
	}
	return active.derived(&active.byURL, r, func() (*Active, error) {
		p := processing{set: c}
		return p.byURL(active, r)
	})
}

// Inline is the context that comes of an active one when a document brings a
// context of its own, alone or among others.
func (c *Set) Inline(active *Active, local strictjson.Value, among bool) (*Active, error) {
	p := processing{set: c, eager: true}
	if among { // then @propagate has no effect (API section 4.1.2 step 2)
		return p.one(active, local)
	}
	return p.apply(active, local, true)
}

// Text is the document behind a URL, in its newest revision, as it was published;
// nil if the set does not have it.
func (c *Set) Text(url string) []byte {
	r, err := c.find(url, Selection{})
	if err != nil {
		return nil
	}
	text, err := r.read()
	if err != nil {
		return nil
	}
	return text
}

// Revisions lists what is in the set, by URL and the newest first.
func (c *Set) Revisions() []Revision {
	var all []Revision
	for _, url := range slices.Sorted(maps.Keys(c.byURL)) {
		for _, r := range c.byURL[url] {
			all = append(all, Revision{URL: r.url, SHA256: r.sha256})
		}
	}
	return all
}

// Stored is how many active contexts the set remembers just now.
func (c *Set) Stored() int64 {
	if now := c.cache.Load(); now != nil {
		return now.stored.Load()
	}
	return 0
}

// UnsafePin is With for the tests of the specification, which name contexts by
// relative URLs and have some that are wrong: it does not look at the text.
func (c *Set) UnsafePin(url string, text []byte) *Set {
	out := &Set{byURL: maps.Clone(c.byURL)}
	if out.byURL == nil {
		out.byURL = make(map[string][]*revision)
	}
	out.byURL[url] = []*revision{{url: url, text: text}}
	return out
}

// Extended reports whether an operator added to the set.
func (c *Set) Extended() bool { return c.extended }

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

// Newest reports whether it is the zero Selection.
func (s Selection) Newest() bool { return len(s.pinned) == 0 }

// find returns the revision that stands for the URL under the selection.
func (c *Set) find(url string, s Selection) (*revision, error) {
	for _, r := range s.pinned {
		if r.url == url {
			return r, nil
		}
	}
	if revisions := c.byURL[url]; len(revisions) > 0 {
		return revisions[0], nil
	}
	return nil, Fail(ErrContextNotAllowed, url,
		"the "+ErrContextNotAllowed.Error()+": "+strictjson.Clip(url)+" is not one of those compiled in")
}

// Selections returns the ways to read a document whose contexts have several
// revisions, at most 3, the newest first. Some publishers change a context in
// place, so a signature that does not fit the newest revision may have been
// made with an older one; a document that uses no such URL has the zero
// Selection alone.
func (c *Set) Selections(doc strictjson.Value) []Selection {
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
