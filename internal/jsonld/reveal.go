package jsonld

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// maxPointers bounds the pointers of one call to as many as a document may have
// values: they come from strangers, in proofs and requests.
const maxPointers = 20_000

// ErrPointer says that a JSON pointer is malformed, leads nowhere, or leads into
// something that is shown whole or not at all: a list (RDF chains its elements,
// so that none can be left out), a JSON literal, a value with its language, a
// document within the document.
var ErrPointer = errors.New("nothing that can be shown by itself")

// Groups is a set of groups of pointers: bit i stands for the i-th.
type Groups uint8

// Has reports whether the i-th group is in the set.
func (g Groups) Has(i int) bool { return g&(1<<i) != 0 }

// ToRDFGroups is ToRDF that tells of each quad which groups of JSON pointers
// (RFC 6901) select it.
//
// A pointer selects the value that it leads to with all that is in it, the types
// of every node on the way there, and the links that lead from one of these
// nodes to the next. A group without pointers selects nothing, the pointer ""
// everything. It fails like ToRDF, and wraps ErrPointer.
//
// This is what canonicalizeAndGroup asks for (Data Integrity ECDSA Cryptosuites
// 1.0, section 3.4.16). There the document is expanded, every blank node in it is
// given an URN, the result is compacted, and what the pointers of a group select
// of that is converted to RDF once more, to be compared by its text. That fails on
// lists, which can have no such name, and whose cells lose theirs between two
// conversions. Here the one conversion keeps book of where each quad comes from;
// a test holds it against the algorithm of the specification.
func ToRDFGroups(doc strictjson.Value, opt Options, groups ...[]string) ([]rdfc.Quad, []Groups, error) {
	c := newConverter(opt)
	var err error
	if c.choice, err = choose(doc, groups); err != nil {
		return nil, nil, err
	}
	if err := c.document(doc); err != nil {
		return nil, nil, err
	}
	return c.quads, c.groups, nil
}

// Reveal is the part of a document that the pointers select, for a reader who
// shall see no more (selectJsonLd, section 3.4.13). It has the values that the
// pointers lead to, the contexts of the document, and of every object on the way
// the type and the id: "All non-blank node identifiers in the path of any JSON
// Pointer MUST be included in the selection, this includes any root document
// identifier" and "The selection MUST include all types in the path of any JSON
// Pointer, including any root document type". Members keep their order; arrays
// lose the elements that are not selected. Without pointers there is nothing:
// Absent. It wraps ErrPointer.
func Reveal(doc strictjson.Value, pointers []string) (strictjson.Value, error) {
	c, err := choose(doc, [][]string{pointers})
	if err != nil || len(pointers) == 0 {
		return strictjson.Value{}, err
	}
	return c.reveal(doc, true), nil
}

// Claim is something in a document that can be shown by itself.
type Claim struct {
	Pointer string
	Groups  Groups // the groups of pointers with which it is shown
}

// Claims lists what can be shown by itself, in the order of the document: texts,
// numbers, true and false one by one, and what is undivided as a whole. Types
// and contexts are left out, since they are shown with whatever is beside them.
// So is an id, but it is also a claim of its own. A node that has nothing else
// stands for itself. The document comes without its proof, and must convert.
func Claims(doc strictjson.Value, opt Options, groups ...[]string) ([]Claim, error) {
	c := newConverter(opt)
	c.choice = observe(doc)
	if err := c.document(doc); err != nil {
		return nil, err
	}
	chosen, err := choose(doc, groups)
	if err != nil {
		return nil, err
	}
	return c.choice.claims(nil, "", doc, chosen), nil
}

// choice is what pointers select of one value. A nil choice selects nothing.
type choice struct {
	whole   Groups // they select all of it
	touched Groups // they select all of it, or something in it
	parts   map[string]*choice
	other   *choice // of the parts that no pointer names

	observed bool // to find out what is undivided, not to select
	atomic   bool // it is
}

// choose builds the tree of what the groups of pointers select.
func choose(doc strictjson.Value, groups [][]string) (*choice, error) {
	root, n := &choice{}, 0
	for i, pointers := range groups {
		if n += len(pointers); n > maxPointers {
			return nil, contexts.Fail(ErrLimit, "", strconv.Itoa(n)+" pointers; at most "+strconv.Itoa(maxPointers)+" are read")
		}
		for _, text := range pointers {
			p, err := strictjson.ParsePointer(text)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrPointer, err)
			}
			if !doc.At(p).Exists() {
				return nil, fmt.Errorf("%w: the document has no %s", ErrPointer, strconv.Quote(strictjson.Clip(text)))
			}
			root.add(p, 1<<i)
		}
	}
	root.finish(0)
	return root, nil
}

func (c *choice) add(p strictjson.Pointer, group Groups) {
	c.touched |= group
	for _, step := range p {
		next := c.parts[step]
		if next == nil {
			if c.parts == nil {
				c.parts = make(map[string]*choice)
			}
			next = &choice{}
			c.parts[step] = next
		}
		c = next
		c.touched |= group
	}
	c.whole |= group
}

// finish tells the parts of what is selected whole that they are.
func (c *choice) finish(outer Groups) {
	c.whole |= outer
	c.touched |= outer
	if c.whole != 0 {
		c.other = &choice{whole: c.whole, touched: c.whole}
		c.other.other = c.other
	}
	for _, part := range c.parts {
		part.finish(c.whole)
	}
}

// observe builds a tree that has a place for everything in the value.
func observe(v strictjson.Value) *choice {
	c := &choice{observed: true, parts: make(map[string]*choice)}
	for i, e := range v.Elems() {
		c.parts[strconv.Itoa(i)] = observe(e)
	}
	for _, m := range v.Members() {
		c.parts[m.Name] = observe(m.Value)
	}
	return c
}

// groups are those that select the value, or something in it.
func (c *choice) groups() Groups {
	if c == nil {
		return 0
	}
	return c.touched
}

// member is what is selected of a member of the object.
func (c *choice) member(name string) *choice {
	if c == nil {
		return nil
	}
	if part, ok := c.parts[name]; ok {
		return part
	}
	return c.other
}

// element is what is selected of v.List()[i], which is v itself if it is no array.
func (c *choice) element(v strictjson.Value, i int) *choice {
	if c == nil || v.Kind() != strictjson.List {
		return c
	}
	if len(c.parts) == 0 {
		return c.other
	}
	return c.member(strconv.Itoa(i))
}

// undivided refuses pointers into a value that is shown whole or not at all.
func (c *choice) undivided(what string) error {
	switch {
	case c == nil:
		return nil
	case c.observed:
		c.atomic = true
		return nil
	case len(c.parts) == 0:
		return nil
	}
	return contexts.Invalid(ErrPointer, "", what+" is shown whole or not at all")
}

// reveal is the part of v that is selected.
func (c *choice) reveal(v strictjson.Value, root bool) strictjson.Value {
	if c.whole != 0 {
		return v
	}
	if v.Kind() == strictjson.List {
		var kept []strictjson.Value
		for i, e := range v.Elems() {
			if part := c.element(v, i); part != nil {
				kept = append(kept, part.reveal(e, false))
			}
		}
		return strictjson.Array(kept...)
	}
	var kept []strictjson.Member
	for _, m := range v.Members() {
		part := c.member(m.Name)
		switch {
		case part != nil:
			kept = append(kept, strictjson.Member{Name: m.Name, Value: part.reveal(m.Value, false)})
		case isType(m.Name), isIdentifier(m), root && m.Name == "@context":
			kept = append(kept, m)
		}
	}
	return strictjson.Object(kept...)
}

// isType and isIdentifier tell the members that come along with what is selected
// of their object (createInitialSelection, section 3.4.11). "The document is
// assumed to use a JSON-LD context that aliases @id and @type to id and type".
func isType(name string) bool { return name == "type" || name == "@type" }

func isIdentifier(m strictjson.Member) bool {
	return (m.Name == "id" || m.Name == "@id") && !strings.HasPrefix(m.Value.Str(), "_:")
}

// claims appends the claims of v, which was observed by c and of which that is
// chosen.
func (c *choice) claims(all []Claim, path string, v strictjson.Value, chosen *choice) []Claim {
	before := len(all)
	step := func(part *choice, name string, v strictjson.Value, chosen *choice) {
		all = part.claims(all, path+"/"+strictjson.EscapeStep(name), v, chosen)
	}
	switch {
	case v.Kind() == strictjson.Null:
		return all
	case c.atomic:
	case v.Kind() == strictjson.List:
		for i, e := range v.Elems() {
			step(c.element(v, i), strconv.Itoa(i), e, chosen.element(v, i))
		}
		return all
	default:
		for _, m := range v.Members() {
			part := chosen.member(m.Name)
			switch {
			case isType(m.Name) || m.Name == "@context":
				continue
			case isIdentifier(m):
				part = chosen // comes along with whatever of the object is selected
			}
			step(c.member(m.Name), m.Name, m.Value, part)
		}
	}
	if len(all) == before && path != "" {
		all = append(all, Claim{Pointer: path, Groups: chosen.groups()})
	}
	return all
}
