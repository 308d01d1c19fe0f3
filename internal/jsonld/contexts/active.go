package contexts

import (
	"maps"
	"slices"
	"sync"

	"laurel/internal/strictjson"
)

// maxRemote bounds how deeply contexts may refer to one another; the embedded
// ones do so twice.
const maxRemote = 8

// Active is an active context (JSON-LD 1.1 API section 4.1): the meaning of
// every name at one place of a document. It is immutable once compiled, except
// for the contexts derived from it, which it remembers.
type Active struct {
	Vocab    string  // what the names begin with that are no terms; "" is none
	Lang     string  // default language in lower case, "" is none
	Dir      string  // default direction, "" is none
	Previous *Active // what nested nodes fall back to; nil: this one goes on

	terms   map[string]*Term
	aliases []alias // the terms that stand for a keyword; a handful

	byURL, byType, byProperty sync.Map // what comes of this context: see derived
	cache                     *cache   // nil where the context belongs to one document
}

// alias is a name that stands for a keyword, such as "id" for @id.
type alias struct {
	name string
	kw   Keyword
}

// Keyword tells which keyword the member's name stands for here, if any.
func (c *Active) Keyword(name string) Keyword {
	if kw := KeywordOf(name); kw != NoKeyword {
		return kw
	}
	for i := range c.aliases {
		if c.aliases[i].name == name {
			return c.aliases[i].kw
		}
	}
	return NoKeyword
}

// Term is what a name means here; nil if it is no term.
func (c *Active) Term(name string) *Term { return c.terms[name] }

// Names reports whether a term of the context stands for the IRI.
func (c *Active) Names(iri string) bool {
	for _, t := range c.terms {
		if t.IRI == iri {
			return true
		}
	}
	return false
}

// clone returns a context to be changed.
func (c *Active) clone() *Active {
	return &Active{
		terms: maps.Clone(c.terms), aliases: slices.Clone(c.aliases),
		Vocab: c.Vocab, Lang: c.Lang, Dir: c.Dir, Previous: c.Previous,
	}
}

// set stores a definition and keeps aliases in step.
func (c *Active) set(name string, t *Term) {
	if c.terms == nil {
		c.terms = make(map[string]*Term)
	}
	c.terms[name] = t
	c.aliases = slices.DeleteFunc(c.aliases, func(a alias) bool { return a.name == name })
	if t.Keyword != NoKeyword {
		c.aliases = append(c.aliases, alias{name, t.Keyword})
	}
}

// derived answers from one of the three memories of a context, or compiles and
// remembers. Two goroutines may compile the same context; either result is
// good. A context that hangs off a document's own inline context is remembered
// there, and goes with it.
func (c *Active) derived(memory *sync.Map, key any, compile func() (*Active, error)) (*Active, error) {
	if hit, ok := memory.Load(key); ok {
		return hit.(*Active), nil
	}
	made, err := compile()
	if err != nil || made == c {
		return made, err
	}
	if c.cache != nil {
		if c.cache.stored.Add(1) > MaxStored {
			return made, nil // a single document must not fill the memory either
		}
		if made.cache == nil {
			made.cache = c.cache
		}
	}
	memory.Store(key, made)
	return made, nil
}

// ScopedByType is the context inside a node of the type that t defines; a nil t
// stands for no term.
func (c *Active) ScopedByType(set *Set, t *Term) (*Active, error) {
	if t == nil || !t.Scoped.Exists() {
		return c, nil
	}
	return c.derived(&c.byType, t, func() (*Active, error) {
		p := processing{set: set}
		return p.apply(c, t.Scoped, false)
	})
}

// ScopedByProperty is the context inside a value of the property that t
// defines. Such a context may redefine protected terms: whoever defined the
// property meant it. A nil t stands for no term.
func (c *Active) ScopedByProperty(set *Set, t *Term) (*Active, error) {
	if t == nil || !t.Scoped.Exists() {
		return c, nil
	}
	return c.derived(&c.byProperty, t, func() (*Active, error) {
		p := processing{set: set, override: true}
		return p.apply(c, t.Scoped, true)
	})
}

// processing is one run of the Context Processing Algorithm.
type processing struct {
	set      *Set
	override bool     // a property-scoped context: protection does not bind
	eager    bool     // check scoped contexts now instead of on first use
	previous *Active  // what nested nodes fall back to, if this one does not propagate
	remote   []string // the URLs being processed, outermost first
}

// byURL applies what stands behind a URL.
func (p processing) byURL(active *Active, r *revision) (*Active, error) {
	if slices.Contains(p.remote, r.url) {
		return active, nil // a scoped context that names its own document
	}
	if len(p.remote) == maxRemote {
		return nil, Fail(ErrLimit, r.url, "contexts refer to one another too deeply")
	}
	body, err := r.load()
	if err != nil {
		return nil, &Error{Term: r.url, Err: err}
	}
	p.remote = append(slices.Clip(p.remote), r.url)
	return p.apply(active, body, true)
}

// apply adds a local context, of any form, to the active one.
func (p processing) apply(active *Active, local strictjson.Value, propagate bool) (*Active, error) {
	if v := local.Get("@propagate"); v.Exists() {
		propagate = v.IsTrue()
	}
	if !propagate && p.previous == nil {
		if p.previous = active.Previous; p.previous == nil {
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
func (p processing) one(active *Active, local strictjson.Value) (*Active, error) {
	switch local.Kind() {
	case strictjson.Null:
		if !p.override && active.protects() {
			return nil, Fail(ErrProtectedTerm, "", "null would take away protected terms")
		}
		if active.cache != nil && p.previous == nil {
			return active.cache.root, nil // a fresh start, as every document's
		}
		return &Active{Previous: p.previous}, nil
	case strictjson.Text:
		r, err := p.set.find(local.Str(), Selection{})
		if err != nil {
			return nil, err
		}
		return p.byURL(active, r)
	case strictjson.Dict:
		return p.object(active, local)
	default:
		return nil, Invalid(ErrContextInvalid, "@context", "it must be a URL, an object or null")
	}
}

func (c *Active) protects() bool {
	for _, t := range c.terms {
		if t.Protected {
			return true
		}
	}
	return false
}

// object adds a context definition: its keywords first, then its terms.
func (p processing) object(active *Active, local strictjson.Value) (*Active, error) {
	local, err := p.imported(local)
	if err != nil {
		return nil, err
	}
	d := definer{
		processing: p, to: active.clone(), local: make(map[string]strictjson.Value, len(local.Members())),
		done: make(map[string]bool, len(local.Members())),
	}
	if p.previous != nil {
		d.to.Previous = p.previous
	}
	for _, m := range local.Members() {
		d.local[m.Name] = m.Value
	}
	if err := d.keywords(); err != nil {
		return nil, err
	}
	for _, m := range local.Members() {
		switch KeywordOf(m.Name) {
		case AtBase, AtDirection, AtImport, AtLanguage, AtPropagate, AtProtected, AtVersion, AtVocab:
			continue
		}
		if err := d.define(m.Name); err != nil {
			return nil, At(err, m.Name)
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
		return local, Invalid(ErrContextInvalid, "@import", "@import must be a URL")
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
		return local, Invalid(ErrContextInvalid, url, "@import must name a single context that imports no other")
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
			return Invalid(ErrContextInvalid, "@version", "@version must be the number 1.1")
		}
	}
	if _, ok := d.local["@base"]; ok && len(d.remote) == 0 {
		// A base would make the meaning of an identifier depend on where the
		// document lies. No embedded context sets one.
		return Unsupported("@base")
	}
	if v, ok := d.local["@vocab"]; ok {
		if err := d.vocabulary(v); err != nil {
			return err
		}
	}
	if v, ok := d.local["@language"]; ok {
		lang, err := OptionalLanguage(v)
		if err != nil {
			return err
		}
		d.to.Lang = lang
	}
	if v, ok := d.local["@direction"]; ok {
		dir, err := ReadDirection(v)
		if err != nil {
			return err
		}
		d.to.Dir = dir
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
		d.to.Vocab = ""
		return nil
	case !ok:
		return Invalid(ErrContextInvalid, "@vocab", "@vocab must be a string or null")
	case IsBlank(text):
		return Unsupported("a blank node as @vocab")
	}
	// The terms of this same definition do not exist yet (step 5.8).
	iri := text
	if t := d.to.terms[text]; t != nil {
		iri = t.IRI
	} else if prefix, suffix, ok := Compact(text); ok {
		if t := d.to.terms[prefix]; t != nil && t.Prefix {
			iri = t.IRI + suffix
		}
	}
	if !HasScheme(iri) {
		return Unsupported("a relative @vocab")
	}
	var err error
	d.to.Vocab, err = Absolute(iri)
	return err
}

// OptionalLanguage reads a language tag or null, which is "".
func OptionalLanguage(v strictjson.Value) (string, error) {
	tag, isText := v.Text()
	switch {
	case isText:
		return LanguageTag(tag)
	case v.Kind() == strictjson.Null:
		return "", nil
	}
	return "", Invalid(ErrStructure, "@language", "@language must be a string or null")
}

// ReadDirection reads "ltr", "rtl" or null, which is "".
func ReadDirection(v strictjson.Value) (string, error) {
	switch s, _ := v.Text(); {
	case s == "ltr", s == "rtl", v.Kind() == strictjson.Null:
		return s, nil
	}
	return "", Invalid(ErrStructure, "@direction", `@direction must be "ltr", "rtl" or null`)
}

// flag reads a member that is true or false, false if absent.
func flag(members map[string]strictjson.Value, name string) (bool, error) {
	switch v := members[name]; v.Kind() {
	case strictjson.Absent, strictjson.False:
		return false, nil
	case strictjson.True:
		return true, nil
	default:
		return false, Invalid(ErrContextInvalid, name, name+" must be true or false")
	}
}
