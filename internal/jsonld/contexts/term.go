package contexts

import (
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// Coercion is what a term's @type makes of a plain value.
type Coercion uint8

// The coercions. Plain, the zero value, leaves texts to their language.
const (
	Plain        Coercion = iota
	ToID                  // strings are identifiers
	ToVocab               // strings are terms or identifiers
	ToJSON                // any value is a JSON literal
	ToDatatype            // scalars are literals of term.datatype
	ToNoDatatype          // @none
)

// Container is a set of the @container keywords.
type Container uint8

// The containers, each a bit; those that go together are checked when a term is
// compiled.
const (
	InGraph Container = 1 << iota
	InID
	InIndex
	InLanguage
	InList
	InSet
	InType
)

// Term is a compiled term definition (JSON-LD 1.1 API section 4.2), immutable
// once it is in a context.
type Term struct {
	IRI       string    // what the term means; "" if it was mapped to null
	Keyword   Keyword   // the keyword that the term stands for, instead of an IRI
	Prefix    bool      // compact IRIs may begin with it
	Protected bool      // no other context may redefine it
	Reverse   bool      // its values are the subjects
	Container Container // how its values stand
	Coerce    Coercion  // what becomes of plain values
	HasLang   bool      // Lang overrides the default language, also with none
	HasDir    bool      // as Dir does the direction
	Datatype  string    // an IRI, for ToDatatype
	Lang, Dir string
	Index     string           // the property that holds the key of an index map
	Nest      string           // checked, but it matters only to compaction
	Scoped    strictjson.Value // the context inside values of the term, not yet compiled
}

// same reports whether two definitions differ at most in being protected.
func (t *Term) same(o *Term) bool {
	a, b := *t, *o
	a.Protected, b.Protected = false, false
	if !a.Scoped.Equal(b.Scoped) {
		return false
	}
	a.Scoped, b.Scoped = strictjson.Value{}, strictjson.Value{}
	return a == b
}

// definer adds the terms of one context definition to a context.
type definer struct {
	processing
	to        *Active
	local     map[string]strictjson.Value
	done      map[string]bool // false while a term is being defined
	protected bool
}

func badTerm(name, why string) error {
	return Invalid(ErrContextInvalid, name, "the term "+strconv.Quote(name)+" "+why)
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
	if Reserved(name) && name != "@type" {
		return badTerm(name, "has the form of a keyword")
	}
	d.done[name] = false
	previous := d.to.terms[name]
	delete(d.to.terms, name) // a definition is not built on the one it replaces
	t, err := d.compile(name, d.local[name])
	if err != nil {
		return err
	}
	if previous != nil && previous.Protected && !d.override {
		if !previous.same(t) {
			return Fail(ErrProtectedTerm, name, ErrProtectedTerm.Error()+": "+strconv.Quote(name))
		}
		t = previous
	}
	d.to.set(name, t)
	d.done[name] = true
	return nil
}

func (d *definer) compile(name string, value strictjson.Value) (*Term, error) {
	t := &Term{Protected: d.protected}
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
func (d *definer) expanded(t *Term, name string, value strictjson.Value, simple bool) error {
	members := make(map[string]strictjson.Value, len(value.Members()))
	for _, m := range value.Members() {
		if !definitionKeyword[KeywordOf(m.Name)] {
			return badTerm(name, "has the unknown member "+strconv.Quote(m.Name))
		}
		members[m.Name] = m.Value
	}
	if _, ok := members["@protected"]; ok {
		var err error
		if t.Protected, err = flag(members, "@protected"); err != nil {
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
	if t.IRI == "" && t.Keyword == NoKeyword {
		return nil // "@id": null: the term is taken out of use
	}
	return d.details(t, name, members)
}

var definitionKeyword = [Keywords]bool{
	AtID: true, AtReverse: true, AtContainer: true, AtContext: true, AtDirection: true, AtIndex: true,
	AtLanguage: true, AtNest: true, AtPrefix: true, AtProtected: true, AtType: true,
}

// redefineType allows the one redefinition of a keyword that JSON-LD 1.1 has:
// @type as a set, protected or not. Neither changes what RDF comes of it.
func (t *Term) redefineType(members map[string]strictjson.Value) error {
	for member, v := range members {
		if member != "@protected" && (member != "@container" || v.Str() != "@set") {
			return badTerm("@type", "is a keyword")
		}
	}
	if len(members) == 0 {
		return badTerm("@type", "is a keyword")
	}
	t.Keyword = AtType
	if members["@container"].Exists() {
		t.Container = InSet
	}
	return nil
}

func (d *definer) coercion(t *Term, name string, v strictjson.Value) error {
	text, ok := v.Text()
	if !ok {
		return badTerm(name, "has a @type that is no string")
	}
	switch KeywordOf(text) {
	case AtID:
		t.Coerce = ToID
	case AtVocab:
		t.Coerce = ToVocab
	case AtJSON:
		t.Coerce = ToJSON
	case AtNone:
		t.Coerce = ToNoDatatype
	default:
		iri, err := d.expand(text)
		if err != nil {
			return err
		}
		if t.Datatype, err = Absolute(iri); err != nil {
			return badTerm(name, "has a @type that is no IRI")
		}
		t.Coerce = ToDatatype
	}
	return nil
}

func (d *definer) reverse(t *Term, name string, v strictjson.Value, members map[string]strictjson.Value) error {
	text, ok := v.Text()
	if !ok || Reserved(text) {
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
	if t.IRI, err = Property(iri); err != nil {
		return badTerm(name, "has a @reverse that is no IRI")
	}
	t.Reverse = true
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
func (d *definer) identify(t *Term, name string, id strictjson.Value, simple bool) error {
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
	if prefix, suffix, ok := Compact(name); ok {
		if err := d.need(prefix); err != nil {
			return err
		}
		if p := d.to.terms[prefix]; p != nil && p.IRI != "" {
			iri = p.IRI + suffix
		} else {
			iri = name
		}
	} else if HasColon(name) || strings.Contains(name, "/") {
		iri = name
	} else if d.to.Vocab != "" {
		iri = d.to.Vocab + name
	} else {
		return badTerm(name, "has no @id, and there is no @vocab")
	}
	var err error
	if t.IRI, err = absoluteOrBlank(iri); err != nil {
		return badTerm(name, "has an @id that is no IRI")
	}
	return nil
}

func (d *definer) identifyBy(t *Term, name, id string, simple bool) error {
	if Reserved(id) && KeywordOf(id) == NoKeyword {
		return badTerm(name, "has an @id that has the form of a keyword")
	}
	iri, err := d.expand(id)
	if err != nil {
		return err
	}
	if t.Keyword = KeywordOf(iri); t.Keyword == AtContext {
		return badTerm(name, "stands for @context")
	}
	if t.Keyword == NoKeyword {
		if t.IRI, err = absoluteOrBlank(iri); err != nil {
			return badTerm(name, "has an @id that is no IRI")
		}
	}
	if HasColon(strings.TrimSuffix(name, ":")) || strings.Contains(name, "/") {
		d.done[name] = true // so that expanding the name does not ask for it again
		if same, err := d.expandUndefined(name); err != nil || same != iri {
			return badTerm(name, "looks like another IRI than its @id")
		}
		return nil
	}
	if t.Keyword != NoKeyword {
		return nil
	}
	last := t.IRI[len(t.IRI)-1]
	if !strings.Contains(name, ":") && simple && (strings.IndexByte(":/?#[]@", last) >= 0 || IsBlank(t.IRI)) {
		t.Prefix = true
	}
	return nil
}

// details reads the members that follow the identity of a term.
func (d *definer) details(t *Term, name string, members map[string]strictjson.Value) error {
	if v, ok := members["@container"]; ok {
		if err := d.container(t, name, v); err != nil {
			return err
		}
	}
	if v, ok := members["@index"]; ok {
		text, isText := v.Text()
		if !isText || t.Container&InIndex == 0 || KeywordOf(text) != NoKeyword {
			return badTerm(name, "has an invalid @index")
		}
		if iri, err := d.expand(text); err != nil || !HasScheme(iri) {
			return badTerm(name, "has an @index that is no IRI")
		}
		t.Index = text
	}
	t.Scoped = members["@context"]
	if err := t.readLanguage(name, members); err != nil {
		return err
	}
	if v, ok := members["@nest"]; ok {
		text, isText := v.Text()
		if !isText || (KeywordOf(text) != NoKeyword && text != "@nest") {
			return badTerm(name, "has an invalid @nest")
		}
		t.Nest = text
	}
	if _, ok := members["@prefix"]; ok {
		prefix, err := flag(members, "@prefix")
		if err != nil || strings.ContainsAny(name, ":/") || (prefix && t.Keyword != NoKeyword) {
			return badTerm(name, "has an invalid @prefix")
		}
		t.Prefix = prefix
	}
	return nil
}

func (t *Term) readLanguage(name string, members map[string]strictjson.Value) error {
	if _, typed := members["@type"]; typed {
		return nil
	}
	if v, ok := members["@language"]; ok {
		lang, err := OptionalLanguage(v)
		if err != nil {
			return badTerm(name, "has an invalid @language")
		}
		t.HasLang, t.Lang = true, lang
	}
	if v, ok := members["@direction"]; ok {
		dir, err := ReadDirection(v)
		if err != nil {
			return badTerm(name, "has an invalid @direction")
		}
		t.HasDir, t.Dir = true, dir
	}
	return nil
}

// check compiles the scoped context of a term, if it has one, to see that it can
// be, where nobody did so before: contexts that come with a document or from
// the operator. Those that are compiled in were checked by a test.
func (d *definer) check(name string) error {
	t := d.to.terms[name]
	if t == nil || !t.Scoped.Exists() {
		return nil
	}
	p := d.processing
	p.override, p.previous = true, nil
	_, err := p.apply(d.to, t.Scoped, true)
	return At(At(err, "@context"), name)
}

// container reads "@set" or ["@graph", "@id"] and refuses what cannot go
// together (API section 4.2.2 step 19).
func (d *definer) container(t *Term, name string, v strictjson.Value) error {
	if v.Kind() == strictjson.Null {
		return nil
	}
	for _, e := range v.List() {
		text, _ := e.Text()
		bit, ok := containers[KeywordOf(text)]
		if !ok {
			return badTerm(name, "has an invalid @container")
		}
		t.Container |= bit
	}
	keyed := t.Container &^ (InSet | InGraph)
	alone := keyed&(keyed-1) == 0 // at most one of the others
	switch {
	case t.Container == 0, !alone,
		t.Container&InList != 0 && t.Container != InList,
		t.Container&InGraph != 0 && keyed&^(InID|InIndex) != 0:
		return badTerm(name, "has an invalid @container")
	}
	if t.Container&InType != 0 {
		switch t.Coerce {
		case Plain:
			t.Coerce = ToID
		case ToID, ToVocab:
		default:
			return badTerm(name, "has a @type that a @type map cannot have")
		}
	}
	return nil
}

var containers = map[Keyword]Container{
	AtGraph: InGraph, AtID: InID, AtIndex: InIndex, AtLanguage: InLanguage, AtList: InList, AtSet: InSet, AtType: InType,
}

// need defines a term of the same context definition that another is built on.
func (d *definer) need(name string) error {
	if _, ok := d.local[name]; ok && KeywordOf(name) == NoKeyword && !d.done[name] {
		return d.define(name)
	}
	return nil
}

// expand is IRI Expansion (API section 5.2) of a name inside a context: against
// the vocabulary, with the terms of the same definition compiled as needed.
func (d *definer) expand(value string) (string, error) {
	if KeywordOf(value) != NoKeyword {
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
	if prefix, suffix, ok := Compact(value); ok {
		if err := d.need(prefix); err != nil {
			return "", err
		}
		if p := d.to.terms[prefix]; p != nil && p.Prefix && p.IRI != "" {
			return p.IRI + suffix, nil
		}
	}
	if IsBlank(value) || HasScheme(value) {
		return value, nil
	}
	if d.to.Vocab != "" {
		return d.to.Vocab + value, nil
	}
	return value, nil
}

// meaning is the IRI or the keyword of a term, "" for neither.
func (t *Term) meaning() string {
	if t.Keyword != NoKeyword {
		return keywordNames[t.Keyword]
	}
	return t.IRI
}

func absoluteOrBlank(iri string) (string, error) {
	if IsBlank(iri) {
		return iri, nil
	}
	return Absolute(iri)
}

// Property is Absolute for IRIs that become predicates. A blank node cannot be
// one in RDF.
func Property(iri string) (string, error) {
	if IsBlank(iri) {
		return "", Unsupported("a blank node as a property")
	}
	return Absolute(iri)
}
