package jsonld

import (
	"maps"
	"slices"
	"sync"

	"laurel/internal/strictjson"
)

// maxRemote bounds how deeply contexts may refer to one another; the embedded
// ones do so twice.
const maxRemote = 8

// context is an active context (JSON-LD 1.1 API section 4.1): the meaning of
// every name at one place of a document. It is immutable once compiled, except
// for the contexts derived from it, which it remembers.
type context struct {
	terms    map[string]*term
	aliases  []alias // the terms that stand for a keyword; a handful
	vocab    string  // "" is none
	lang     string  // default language in lower case, "" is none
	dir      string  // default direction, "" is none
	previous *context

	byURL, byType, byProperty sync.Map // what comes of this context: see derived
	cache                     *cache   // nil where the context belongs to one document
}

// alias is a name that stands for a keyword, such as "id" for @id.
type alias struct {
	name string
	kw   keyword
}

// keyword tells which keyword the member's name stands for here, if any.
func (c *context) keyword(name string) keyword {
	if kw := keywordOf(name); kw != none {
		return kw
	}
	for i := range c.aliases {
		if c.aliases[i].name == name {
			return c.aliases[i].kw
		}
	}
	return none
}

// clone returns a context to be changed.
func (c *context) clone() *context {
	return &context{
		terms: maps.Clone(c.terms), aliases: slices.Clone(c.aliases),
		vocab: c.vocab, lang: c.lang, dir: c.dir, previous: c.previous,
	}
}

// set stores a definition and keeps aliases in step.
func (c *context) set(name string, t *term) {
	if c.terms == nil {
		c.terms = make(map[string]*term)
	}
	c.terms[name] = t
	c.aliases = slices.DeleteFunc(c.aliases, func(a alias) bool { return a.name == name })
	if t.kw != none {
		c.aliases = append(c.aliases, alias{name, t.kw})
	}
}

// derived answers from one of the three memories of a context, or compiles and
// remembers. Two goroutines may compile the same context; either result is
// good. A context that hangs off a document's own inline context is remembered
// there, and goes with it.
func (c *context) derived(memory *sync.Map, key any, compile func() (*context, error)) (*context, error) {
	if hit, ok := memory.Load(key); ok {
		return hit.(*context), nil
	}
	made, err := compile()
	if err != nil || made == c {
		return made, err
	}
	if c.cache != nil {
		if c.cache.stored.Add(1) > 2*maxCached {
			return made, nil // a single document must not fill the memory either
		}
		if made.cache == nil {
			made.cache = c.cache
		}
	}
	memory.Store(key, made)
	return made, nil
}

// scopedByType is the context inside a node of the type that t defines; a nil t
// stands for no term.
func (c *context) scopedByType(set *Contexts, t *term) (*context, error) {
	if t == nil || !t.scoped.Exists() {
		return c, nil
	}
	return c.derived(&c.byType, t, func() (*context, error) {
		p := processing{set: set}
		return p.apply(c, t.scoped, false)
	})
}

// scopedByProperty is the context inside a value of the property that t
// defines. Such a context may redefine protected terms: whoever defined the
// property meant it. A nil t stands for no term.
func (c *context) scopedByProperty(set *Contexts, t *term) (*context, error) {
	if t == nil || !t.scoped.Exists() {
		return c, nil
	}
	return c.derived(&c.byProperty, t, func() (*context, error) {
		p := processing{set: set, override: true}
		return p.apply(c, t.scoped, true)
	})
}

// processing is one run of the Context Processing Algorithm.
type processing struct {
	set      *Contexts
	override bool     // a property-scoped context: protection does not bind
	eager    bool     // check scoped contexts now instead of on first use
	previous *context // what nested nodes fall back to, if this one does not propagate
	remote   []string // the URLs being processed, outermost first
}

// byURL applies what stands behind a URL.
func (p processing) byURL(active *context, r *revision) (*context, error) {
	if slices.Contains(p.remote, r.url) {
		return active, nil // a scoped context that names its own document
	}
	if len(p.remote) == maxRemote {
		return nil, fail(ErrLimit, r.url, "contexts refer to one another too deeply")
	}
	body, err := r.load()
	if err != nil {
		return nil, &Error{Term: r.url, Err: err}
	}
	p.remote = append(slices.Clip(p.remote), r.url)
	return p.apply(active, body, true)
}

// apply adds a local context, of any form, to the active one.
func (p processing) apply(active *context, local strictjson.Value, propagate bool) (*context, error) {
	if v := local.Get("@propagate"); v.Exists() {
		propagate = v.IsTrue()
	}
	if !propagate && p.previous == nil {
		if p.previous = active.previous; p.previous == nil {
			p.previous = active
		}
	}
	for _, one := range local.List() {
		var err error
		if active, err = p.one(active, one); err != nil {
			return nil, err
		}
	}
	return active, nil
}

// one adds a single local context.
func (p processing) one(active *context, local strictjson.Value) (*context, error) {
	switch local.Kind() {
	case strictjson.Null:
		if !p.override && active.protects() {
			return nil, fail(ErrProtectedTerm, "", "null would take away protected terms")
		}
		if active.cache != nil && p.previous == nil {
			return active.cache.root, nil // a fresh start, as every document's
		}
		return &context{previous: p.previous}, nil
	case strictjson.Text:
		r, err := p.set.find(local.Str(), Selection{})
		if err != nil {
			return nil, err
		}
		return p.byURL(active, r)
	case strictjson.Dict:
		return p.object(active, local)
	default:
		return nil, invalid(ErrContextInvalid, "@context", "it must be a URL, an object or null")
	}
}

func (c *context) protects() bool {
	for _, t := range c.terms {
		if t.protected {
			return true
		}
	}
	return false
}

// object adds a context definition: its keywords first, then its terms.
func (p processing) object(active *context, local strictjson.Value) (*context, error) {
	local, err := p.imported(local)
	if err != nil {
		return nil, err
	}
	d := definer{
		processing: p, to: active.clone(), local: make(map[string]strictjson.Value, len(local.Members())),
		done: make(map[string]bool, len(local.Members())),
	}
	if p.previous != nil {
		d.to.previous = p.previous
	}
	for _, m := range local.Members() {
		d.local[m.Name] = m.Value
	}
	if err := d.keywords(); err != nil {
		return nil, err
	}
	for _, m := range local.Members() {
		switch keywordOf(m.Name) {
		case kwBase, kwDirection, kwImport, kwLanguage, kwPropagate, kwProtected, kwVersion, kwVocab:
			continue
		}
		if err := d.define(m.Name); err != nil {
			return nil, errorAt(err, m.Name)
		}
	}
	for i := 0; p.eager && i < len(local.Members()); i++ { // when all terms are there
		if err := d.check(local.Members()[i].Name); err != nil {
			return nil, err
		}
	}
	return d.to, nil
}

// imported merges the context that @import names under the local one (API
// section 4.1.2 step 5.6).
func (p processing) imported(local strictjson.Value) (strictjson.Value, error) {
	from := local.Get("@import")
	if !from.Exists() {
		return local, nil
	}
	url, ok := from.Text()
	if !ok {
		return local, invalid(ErrContextInvalid, "@import", "@import must be a URL")
	}
	r, err := p.set.find(url, Selection{})
	if err != nil {
		return local, err
	}
	body, err := r.load()
	if err != nil {
		return local, &Error{Term: url, Err: err}
	}
	if body.Kind() != strictjson.Dict || body.Get("@import").Exists() {
		return local, invalid(ErrContextInvalid, url, "@import must name a single context that imports no other")
	}
	for _, m := range local.Members() {
		if m.Name != "@import" {
			body = body.With(m.Name, m.Value)
		}
	}
	return body, nil
}

// keywords reads the members of a context definition that are not terms.
func (d *definer) keywords() error {
	if v, ok := d.local["@version"]; ok {
		if lit, _ := v.Literal(); lit != "1.1" {
			return invalid(ErrContextInvalid, "@version", "@version must be the number 1.1")
		}
	}
	if _, ok := d.local["@base"]; ok && len(d.remote) == 0 {
		// A base would make the meaning of an identifier depend on where the
		// document lies. No embedded context sets one.
		return unsupported("@base")
	}
	if v, ok := d.local["@vocab"]; ok {
		if err := d.vocabulary(v); err != nil {
			return err
		}
	}
	if v, ok := d.local["@language"]; ok {
		lang, err := optionalLanguage(v)
		if err != nil {
			return err
		}
		d.to.lang = lang
	}
	if v, ok := d.local["@direction"]; ok {
		dir, err := direction(v)
		if err != nil {
			return err
		}
		d.to.dir = dir
	}
	var err error
	if d.protected, err = flag(d.local, "@protected"); err != nil {
		return err
	}
	_, err = flag(d.local, "@propagate")
	return err
}

func (d *definer) vocabulary(v strictjson.Value) error {
	text, ok := v.Text()
	switch {
	case v.Kind() == strictjson.Null:
		d.to.vocab = ""
		return nil
	case !ok:
		return invalid(ErrContextInvalid, "@vocab", "@vocab must be a string or null")
	case isBlank(text):
		return unsupported("a blank node as @vocab")
	}
	// The terms of this same definition do not exist yet (step 5.8).
	iri := text
	if t := d.to.terms[text]; t != nil {
		iri = t.iri
	} else if prefix, suffix, ok := compact(text); ok {
		if t := d.to.terms[prefix]; t != nil && t.prefix {
			iri = t.iri + suffix
		}
	}
	if !hasScheme(iri) {
		return unsupported("a relative @vocab")
	}
	var err error
	d.to.vocab, err = absolute(iri)
	return err
}

// optionalLanguage reads a language tag or null, which is "".
func optionalLanguage(v strictjson.Value) (string, error) {
	tag, isText := v.Text()
	switch {
	case isText:
		return language(tag)
	case v.Kind() == strictjson.Null:
		return "", nil
	}
	return "", invalid(ErrStructure, "@language", "@language must be a string or null")
}

// direction reads "ltr", "rtl" or null, which is "".
func direction(v strictjson.Value) (string, error) {
	switch s, _ := v.Text(); {
	case s == "ltr", s == "rtl", v.Kind() == strictjson.Null:
		return s, nil
	}
	return "", invalid(ErrStructure, "@direction", `@direction must be "ltr", "rtl" or null`)
}

// flag reads a member that is true or false, false if absent.
func flag(members map[string]strictjson.Value, name string) (bool, error) {
	switch v := members[name]; v.Kind() {
	case strictjson.Absent, strictjson.False:
		return false, nil
	case strictjson.True:
		return true, nil
	default:
		return false, invalid(ErrContextInvalid, name, name+" must be true or false")
	}
}
