package schema

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"laurel/credential"
	"laurel/internal/strictjson"
)

const (
	// maxSteps bounds the work on one document: alternatives are tried in turn. The
	// largest real badge takes 4,000 steps.
	maxSteps = 500_000
	// maxNotes bounds what a Result lists.
	maxNotes = 8
)

// errSteps: the schema was not consulted to the end.
var errSteps = errors.New("the document has more alternatives than are tried")

// examination holds one document to a rule.
type examination struct {
	steps   int // taken
	explain bool
	path    []string // where it looks
	fault   *fault   // if it explains
	narrow  []string // where one stood for a list, or a list for one
}

// fault is the reason that goes deepest into the document: of alternatives that all
// fail, the one that was meant.
type fault struct {
	at   string
	rank int
	text string
}

// pointer is a JSON pointer to a place.
func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteString("/" + strictjson.EscapeStep(name))
	}
	return credential.Plain(b.String())
}

// What a fault tells, the least first: that no alternative fits, that a name does not
// fit, that a kind does not, and everything else.
const (
	noForm = iota
	otherName
	otherKind
	broken
	weights
)

// fail keeps the fault that goes deepest, and of several in one place that which
// tells most, if somebody asked for it.
func (x *examination) fail(weight int, parts ...string) bool {
	if rank := len(x.path)*weights + weight; x.explain && (x.fault == nil || rank > x.fault.rank) {
		x.fault = &fault{pointer(x.path), rank, strings.Join(parts, "")}
	}
	return false
}

// keeps reports whether a value keeps a rule. If so, no fault of an alternative that
// was not meant is left.
func (x *examination) keeps(v strictjson.Value, r *rule) bool {
	before := x.fault
	if x.steps++; x.steps > maxSteps || !x.holds(v, r) {
		return false
	}
	x.fault = before
	return true
}

func (x *examination) holds(v strictjson.Value, r *rule) bool {
	for r.ref != nil {
		r = r.ref
	}
	v = single(v)
	switch {
	case r.never:
		return x.fail(broken, "must not be there")
	case r.kinds != nil && !slices.Contains(r.kinds, v.Kind()):
		return x.fail(otherKind, "is ", article(v.Kind()), ", not ", article(r.kinds[0]))
	case r.enum != nil && !slices.ContainsFunc(r.enum, v.Equal):
		return x.fail(broken, "is none of the values that the schema lists")
	}
	if text, ok := v.Text(); ok && r.pattern != nil && !r.pattern.MatchString(text) {
		return x.fail(broken, "is not of the form ", r.pattern.String())
	}
	switch v.Kind() {
	case strictjson.Dict:
		if !x.members(v, r) {
			return false
		}
	case strictjson.List:
		if !x.elements(v, r) {
			return false
		}
	}
	return x.alternatives(v, r)
}

func (x *examination) alternatives(v strictjson.Value, r *rule) bool {
	for _, each := range r.all {
		if !x.keeps(v, each) {
			return false
		}
	}
	if r.any != nil && !slices.ContainsFunc(r.any, func(each *rule) bool { return x.keeps(v, each) }) {
		return x.fail(noForm, "is of none of the forms that the schema has for it")
	}
	if r.one == nil {
		return true
	}
	fitting := 0
	for _, each := range r.one {
		if x.keeps(v, each) {
			fitting++
		}
	}
	switch fitting {
	case 0:
		return x.fail(noForm, "is of none of the forms that the schema has for it")
	case 1:
		return true
	}
	return x.fail(broken, "could be read in several of the forms that the schema has for it")
}

func (x *examination) members(v strictjson.Value, r *rule) bool {
	for _, name := range r.required {
		if !v.Get(name).Exists() {
			return x.fail(broken, "lacks ", name)
		}
	}
	for _, m := range v.Members() {
		if m.Name == "proof" { // of an endorsement: the schemas know one form of many
			continue
		}
		if r.names != nil && !x.named(m.Name, r.names) {
			return false
		}
		each, named := r.properties[m.Name]
		if !named {
			each = r.additional
		}
		value := m.Value
		if m.Name == "credentialStatus" && len(value.Elems()) > 0 {
			value = value.Elems()[0]
		}
		if each != nil && !x.inside(m.Name, value, each) {
			return false
		}
	}
	return true
}

// inside is keeps for what is inside under that name.
func (x *examination) inside(name string, v strictjson.Value, r *rule) bool {
	x.path = append(x.path, name)
	ok := x.keeps(x.fit(v, r), r)
	x.path = x.path[:len(x.path)-1]
	return ok
}

// fit is one value in place of a list of one, and the other way round, if the rule
// takes no other: the data model knows no difference between them.
func (x *examination) fit(v strictjson.Value, r *rule) strictjson.Value {
	v = single(v)
	if r.takes(v.Kind()) {
		return v
	}
	other := strictjson.Array(v)
	if v.Kind() == strictjson.List {
		if len(v.Elems()) != 1 {
			return v
		}
		other = v.Elems()[0]
	}
	if !r.takes(other.Kind()) {
		return v
	}
	if at := pointer(x.path); len(x.narrow) < maxNotes && !slices.Contains(x.narrow, at) {
		x.narrow = append(x.narrow, at)
	}
	return other
}

// takes reports whether a rule has room for a kind of value at all.
func (r *rule) takes(k strictjson.Kind) bool {
	for r.ref != nil {
		r = r.ref
	}
	taking := func(each *rule) bool { return each.takes(k) }
	switch {
	case r.never || r.kinds != nil && !slices.Contains(r.kinds, k):
		return false
	case r.enum != nil && !slices.ContainsFunc(r.enum, func(v strictjson.Value) bool { return v.Kind() == k }):
		return false
	case r.one != nil && !slices.ContainsFunc(r.one, taking), r.any != nil && !slices.ContainsFunc(r.any, taking):
		return false
	}
	return !slices.ContainsFunc(r.all, func(each *rule) bool { return !each.takes(k) })
}

// named reports whether the name of a member keeps a rule.
func (x *examination) named(name string, r *rule) bool {
	before := x.fault
	if x.keeps(strictjson.String(name), r) {
		return true
	}
	x.fault = before
	return x.fail(otherName, "has a name that the schema does not have for it: ", credential.Plain(name))
}

func (x *examination) elements(v strictjson.Value, r *rule) bool {
	all := v.Elems()
	if len(all) < r.minItems {
		return x.fail(broken, "has ", strconv.Itoa(len(all)), " elements, at least ", strconv.Itoa(r.minItems), " are needed")
	}
	for i, e := range all {
		each := r.items
		if i < len(r.tuple) {
			each = r.tuple[i]
		}
		if each != nil && !x.inside(strconv.Itoa(i), e, each) {
			return false
		}
	}
	if r.contains == nil {
		return true
	}
	before := x.fault // that an element is not the one asked for is no fault
	found := slices.ContainsFunc(all, func(e strictjson.Value) bool { return x.keeps(e, r.contains) })
	if x.fault = before; !found {
		return x.fail(broken, "lacks a value that the schema asks for")
	}
	return true
}

// article is a kind with its article.
func article(k strictjson.Kind) string {
	switch k {
	case strictjson.List, strictjson.Dict:
		return "an " + k.String()
	case strictjson.Null, strictjson.True, strictjson.False:
		return k.String()
	}
	return "a " + k.String()
}

// single is one of several where the data model allows several: of texts with a
// language the first, as a text (VCDM 2.0, section 11.1).
func single(v strictjson.Value) strictjson.Value {
	one := v
	if all := v.Elems(); len(all) > 0 {
		for _, e := range all {
			if _, ok := e.Get("@value").Text(); !ok {
				return v
			}
		}
		one = all[0]
	}
	if text := one.Get("@value"); text.Kind() == strictjson.Text {
		return text
	}
	return v
}

// narrow lists the places where the data model allows what the schemas do not.
func narrow(v strictjson.Value, path []string, to *[]string) {
	if len(*to) >= maxNotes {
		return
	}
	if single(v).Kind() != v.Kind() {
		*to = append(*to, pointer(path))
		return
	}
	for _, m := range v.Members() {
		if m.Name == "proof" {
			continue
		}
		if m.Name == "credentialStatus" && m.Value.Kind() == strictjson.List {
			*to = append(*to, pointer(append(path, m.Name)))
		}
		if k := m.Value.Kind(); k == strictjson.Dict || k == strictjson.List {
			narrow(m.Value, append(path, m.Name), to)
		}
	}
	for i, e := range v.Elems() {
		if k := e.Kind(); k == strictjson.Dict || k == strictjson.List {
			narrow(e, append(path, strconv.Itoa(i)), to)
		}
	}
}
