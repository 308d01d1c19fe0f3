package jsonld

import (
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// coercion is what a term's @type makes of a plain value.
type coercion uint8

const (
	plain        coercion = iota
	toID                  // strings are identifiers
	toVocab               // strings are terms or identifiers
	toJSON                // any value is a JSON literal
	toDatatype            // scalars are literals of term.datatype
	toNoDatatype          // @none
)

// container is a set of the @container keywords.
type container uint8

const (
	inGraph container = 1 << iota
	inID
	inIndex
	inLanguage
	inList
	inSet
	inType
)

// term is a compiled term definition (JSON-LD 1.1 API section 4.2), immutable
// once it is in a context.
type term struct {
	iri       string  // what the term means; "" if it was mapped to null
	kw        keyword // the keyword that the term stands for, instead of an IRI
	prefix    bool
	protected bool
	reverse   bool
	container container
	coerce    coercion
	hasLang   bool // lang overrides the default language, also with none
	hasDir    bool
	datatype  string
	lang, dir string
	index     string           // the property that holds the key of an index map
	nest      string           // checked, but it matters only to compaction
	scoped    strictjson.Value // the context inside values of the term, not yet compiled
}

// same reports whether two definitions differ at most in being protected.
func (t *term) same(o *term) bool {
	a, b := *t, *o
	a.protected, b.protected = false, false
	if !a.scoped.Equal(b.scoped) {
		return false
	}
	a.scoped, b.scoped = strictjson.Value{}, strictjson.Value{}
	return a == b
}

// definer adds the terms of one context definition to a context.
type definer struct {
	processing
	to        *context
	local     map[string]strictjson.Value
	done      map[string]bool // false while a term is being defined
	protected bool
}

func badTerm(name, why string) error {
	return invalid(ErrContextInvalid, name, "the term "+strconv.Quote(name)+" "+why)
}

// define compiles one term (Create Term Definition), and first those that it is
// built on.
func (d *definer) define(name string) error {
	if finished, begun := d.done[name]; begun {
		if !finished {
			return badTerm(name, "is defined by itself")
		}
		return nil
	}
	if name == "" {
		return badTerm(name, "is empty")
	}
	if reserved(name) && name != "@type" {
		return badTerm(name, "has the form of a keyword")
	}
	d.done[name] = false
	previous := d.to.terms[name]
	delete(d.to.terms, name) // a definition is not built on the one it replaces
	t, err := d.compile(name, d.local[name])
	if err != nil {
		return err
	}
	if previous != nil && previous.protected && !d.override {
		if !previous.same(t) {
			return fail(ErrProtectedTerm, name, ErrProtectedTerm.Error()+": "+strconv.Quote(name))
		}
		t = previous
	}
	d.to.set(name, t)
	d.done[name] = true
	return nil
}

func (d *definer) compile(name string, value strictjson.Value) (*term, error) {
	t := &term{protected: d.protected}
	switch value.Kind() {
	case strictjson.Null:
		return t, nil
	case strictjson.Text:
		if name == "@type" {
			return nil, badTerm(name, "is a keyword")
		}
		value = strictjson.Object(strictjson.Member{Name: "@id", Value: value})
		return t, d.expanded(t, name, value, true)
	case strictjson.Dict:
		return t, d.expanded(t, name, value, false)
	default:
		return nil, badTerm(name, "must be a string, an object or null")
	}
}

// expanded compiles an expanded term definition. The order of the steps is the
// specification's.
func (d *definer) expanded(t *term, name string, value strictjson.Value, simple bool) error {
	members := make(map[string]strictjson.Value, len(value.Members()))
	for _, m := range value.Members() {
		if !definitionKeyword[keywordOf(m.Name)] {
			return badTerm(name, "has the unknown member "+strconv.Quote(m.Name))
		}
		members[m.Name] = m.Value
	}
	if _, ok := members["@protected"]; ok {
		var err error
		if t.protected, err = flag(members, "@protected"); err != nil {
			return err
		}
	}
	if name == "@type" {
		return t.redefineType(members)
	}
	if v, ok := members["@type"]; ok {
		if err := d.coercion(t, name, v); err != nil {
			return err
		}
	}
	if v, ok := members["@reverse"]; ok {
		return d.reverse(t, name, v, members)
	}
	if err := d.identify(t, name, members["@id"], simple); err != nil {
		return err
	}
	if t.iri == "" && t.kw == none {
		return nil // "@id": null: the term is taken out of use
	}
	return d.details(t, name, members)
}

var definitionKeyword = [keywords]bool{
	kwID: true, kwReverse: true, kwContainer: true, kwContext: true, kwDirection: true, kwIndex: true,
	kwLanguage: true, kwNest: true, kwPrefix: true, kwProtected: true, kwType: true,
}

// redefineType allows the one redefinition of a keyword that JSON-LD 1.1 has:
// @type as a set, protected or not. Neither changes what RDF comes of it.
func (t *term) redefineType(members map[string]strictjson.Value) error {
	for member, v := range members {
		if member != "@protected" && (member != "@container" || v.Str() != "@set") {
			return badTerm("@type", "is a keyword")
		}
	}
	if len(members) == 0 {
		return badTerm("@type", "is a keyword")
	}
	t.kw = kwType
	if members["@container"].Exists() {
		t.container = inSet
	}
	return nil
}

func (d *definer) coercion(t *term, name string, v strictjson.Value) error {
	text, ok := v.Text()
	if !ok {
		return badTerm(name, "has a @type that is no string")
	}
	switch keywordOf(text) {
	case kwID:
		t.coerce = toID
	case kwVocab:
		t.coerce = toVocab
	case kwJSON:
		t.coerce = toJSON
	case kwNone:
		t.coerce = toNoDatatype
	default:
		iri, err := d.expand(text)
		if err != nil {
			return err
		}
		if t.datatype, err = absolute(iri); err != nil {
			return badTerm(name, "has a @type that is no IRI")
		}
		t.coerce = toDatatype
	}
	return nil
}

func (d *definer) reverse(t *term, name string, v strictjson.Value, members map[string]strictjson.Value) error {
	text, ok := v.Text()
	if !ok || reserved(text) {
		return badTerm(name, "has an invalid @reverse")
	}
	for member := range members {
		switch member {
		case "@reverse", "@container", "@protected", "@type":
		default: // an error with @id and @nest; ignored, but by some, otherwise
			return badTerm(name, "has the member "+strconv.Quote(member)+" beside @reverse")
		}
	}
	iri, err := d.expand(text)
	if err != nil {
		return err
	}
	if t.iri, err = property(iri); err != nil {
		return badTerm(name, "has a @reverse that is no IRI")
	}
	t.reverse = true
	if c, ok := members["@container"]; ok && c.Kind() != strictjson.Null {
		if s, _ := c.Text(); s != "@set" && s != "@index" {
			return badTerm(name, "has a @container that a reverse property cannot have")
		}
		return d.container(t, name, c)
	}
	return nil
}

// identify finds what the term means: its @id, or the term itself as a compact
// IRI, or the vocabulary.
func (d *definer) identify(t *term, name string, id strictjson.Value, simple bool) error {
	text, ok := id.Text()
	switch {
	case id.Kind() == strictjson.Null:
		return nil
	case id.Exists() && !ok:
		return badTerm(name, "has an @id that is no string")
	case ok && text != name:
		return d.identifyBy(t, name, text, simple)
	}
	var iri string
	if prefix, suffix, ok := compact(name); ok {
		if err := d.need(prefix); err != nil {
			return err
		}
		if p := d.to.terms[prefix]; p != nil && p.iri != "" {
			iri = p.iri + suffix
		} else {
			iri = name
		}
	} else if hasColon(name) || strings.Contains(name, "/") {
		iri = name
	} else if d.to.vocab != "" {
		iri = d.to.vocab + name
	} else {
		return badTerm(name, "has no @id, and there is no @vocab")
	}
	var err error
	if t.iri, err = absoluteOrBlank(iri); err != nil {
		return badTerm(name, "has an @id that is no IRI")
	}
	return nil
}

func (d *definer) identifyBy(t *term, name, id string, simple bool) error {
	if reserved(id) && keywordOf(id) == none {
		return badTerm(name, "has an @id that has the form of a keyword")
	}
	iri, err := d.expand(id)
	if err != nil {
		return err
	}
	if t.kw = keywordOf(iri); t.kw == kwContext {
		return badTerm(name, "stands for @context")
	}
	if t.kw == none {
		if t.iri, err = absoluteOrBlank(iri); err != nil {
			return badTerm(name, "has an @id that is no IRI")
		}
	}
	if hasColon(strings.TrimSuffix(name, ":")) || strings.Contains(name, "/") {
		d.done[name] = true // so that expanding the name does not ask for it again
		if same, err := d.expandUndefined(name); err != nil || same != iri {
			return badTerm(name, "looks like another IRI than its @id")
		}
		return nil
	}
	if t.kw != none {
		return nil
	}
	last := t.iri[len(t.iri)-1]
	if !strings.Contains(name, ":") && simple && (strings.IndexByte(":/?#[]@", last) >= 0 || isBlank(t.iri)) {
		t.prefix = true
	}
	return nil
}

// details reads the members that follow the identity of a term.
func (d *definer) details(t *term, name string, members map[string]strictjson.Value) error {
	if v, ok := members["@container"]; ok {
		if err := d.container(t, name, v); err != nil {
			return err
		}
	}
	if v, ok := members["@index"]; ok {
		text, isText := v.Text()
		if !isText || t.container&inIndex == 0 || keywordOf(text) != none {
			return badTerm(name, "has an invalid @index")
		}
		if iri, err := d.expand(text); err != nil || !hasScheme(iri) {
			return badTerm(name, "has an @index that is no IRI")
		}
		t.index = text
	}
	t.scoped = members["@context"]
	if err := t.readLanguage(name, members); err != nil {
		return err
	}
	if v, ok := members["@nest"]; ok {
		text, isText := v.Text()
		if !isText || (keywordOf(text) != none && text != "@nest") {
			return badTerm(name, "has an invalid @nest")
		}
		t.nest = text
	}
	if _, ok := members["@prefix"]; ok {
		prefix, err := flag(members, "@prefix")
		if err != nil || strings.ContainsAny(name, ":/") || (prefix && t.kw != none) {
			return badTerm(name, "has an invalid @prefix")
		}
		t.prefix = prefix
	}
	return nil
}

func (t *term) readLanguage(name string, members map[string]strictjson.Value) error {
	if _, typed := members["@type"]; typed {
		return nil
	}
	if v, ok := members["@language"]; ok {
		lang, err := optionalLanguage(v)
		if err != nil {
			return badTerm(name, "has an invalid @language")
		}
		t.hasLang, t.lang = true, lang
	}
	if v, ok := members["@direction"]; ok {
		dir, err := direction(v)
		if err != nil {
			return badTerm(name, "has an invalid @direction")
		}
		t.hasDir, t.dir = true, dir
	}
	return nil
}

// check compiles the scoped context of a term, if it has one, to see that it can
// be, where nobody did so before: contexts that come with a document or from
// the operator. Those that are compiled in were checked by a test.
func (d *definer) check(name string) error {
	t := d.to.terms[name]
	if t == nil || !t.scoped.Exists() {
		return nil
	}
	p := d.processing
	p.override, p.previous = true, nil
	_, err := p.apply(d.to, t.scoped, true)
	return errorAt(errorAt(err, "@context"), name)
}

// container reads "@set" or ["@graph", "@id"] and refuses what cannot go
// together (API section 4.2.2 step 19).
func (d *definer) container(t *term, name string, v strictjson.Value) error {
	if v.Kind() == strictjson.Null {
		return nil
	}
	for _, e := range v.List() {
		text, _ := e.Text()
		bit, ok := containers[keywordOf(text)]
		if !ok {
			return badTerm(name, "has an invalid @container")
		}
		t.container |= bit
	}
	keyed := t.container &^ (inSet | inGraph)
	alone := keyed&(keyed-1) == 0 // at most one of the others
	switch {
	case t.container == 0, !alone,
		t.container&inList != 0 && t.container != inList,
		t.container&inGraph != 0 && keyed&^(inID|inIndex) != 0:
		return badTerm(name, "has an invalid @container")
	}
	if t.container&inType != 0 {
		switch t.coerce {
		case plain:
			t.coerce = toID
		case toID, toVocab:
		default:
			return badTerm(name, "has a @type that a @type map cannot have")
		}
	}
	return nil
}

var containers = map[keyword]container{
	kwGraph: inGraph, kwID: inID, kwIndex: inIndex, kwLanguage: inLanguage, kwList: inList, kwSet: inSet, kwType: inType,
}

// need defines a term of the same context definition that another is built on.
func (d *definer) need(name string) error {
	if _, ok := d.local[name]; ok && keywordOf(name) == none && !d.done[name] {
		return d.define(name)
	}
	return nil
}

// expand is IRI Expansion (API section 5.2) of a name inside a context: against
// the vocabulary, with the terms of the same definition compiled as needed.
func (d *definer) expand(value string) (string, error) {
	if keywordOf(value) != none {
		return value, nil
	}
	if err := d.need(value); err != nil {
		return "", err
	}
	if t := d.to.terms[value]; t != nil {
		return t.meaning(), nil
	}
	return d.expandUndefined(value)
}

// expandUndefined expands a name that is no term.
func (d *definer) expandUndefined(value string) (string, error) {
	if prefix, suffix, ok := compact(value); ok {
		if err := d.need(prefix); err != nil {
			return "", err
		}
		if p := d.to.terms[prefix]; p != nil && p.prefix && p.iri != "" {
			return p.iri + suffix, nil
		}
	}
	if isBlank(value) || hasScheme(value) {
		return value, nil
	}
	if d.to.vocab != "" {
		return d.to.vocab + value, nil
	}
	return value, nil
}

// meaning is the IRI or the keyword of a term, "" for neither.
func (t *term) meaning() string {
	if t.kw != none {
		return keywordNames[t.kw]
	}
	return t.iri
}

func absoluteOrBlank(iri string) (string, error) {
	if isBlank(iri) {
		return iri, nil
	}
	return absolute(iri)
}

// property is absolute for IRIs that become predicates. A blank node cannot be
// one in RDF.
func property(iri string) (string, error) {
	if isBlank(iri) {
		return "", unsupported("a blank node as a property")
	}
	return absolute(iri)
}
