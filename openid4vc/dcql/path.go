package dcql

import (
	"math"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// maxPath bounds the steps of a claims path: no document that is read here nests
// deeper.
const maxPath = 64

// Path is a claims path pointer (section 7): from the top of a credential, member
// by member and element by element, to one claim or several.
//
//	["credentialSubject", "achievement", "name"]
//	["credentialSubject", "result", null, "value"]    every result's value
//	["nationalities", 1]                              the second one
type Path []Step

// Step is one step of a Path: into the member of an object, to one element of an
// array, or to all of them. Make it with Member, Element or Every.
type Step struct {
	kind  stepKind
	name  string
	index int
}

type stepKind uint8

const (
	toMember stepKind = iota
	toElement
	toEvery
)

// Every is the step to all elements of an array, null in JSON.
var Every = Step{kind: toEvery}

// Member is the step into the member of that name.
func Member(name string) Step { return Step{kind: toMember, name: name} }

// Element is the step to the element at that place, counted from 0.
func Element(i int) Step { return Step{kind: toElement, index: i} }

// Members is a path of members alone.
func Members(names ...string) Path {
	p := make(Path, len(names))
	for i, name := range names {
		p[i] = Member(name)
	}
	return p
}

// String shows the path for people: credentialSubject.result[].value, nationalities[1].
func (p Path) String() string {
	var out strings.Builder
	for i, s := range p {
		switch s.kind {
		case toEvery:
			out.WriteString("[]")
		case toElement:
			out.WriteString("[" + strconv.Itoa(s.index) + "]")
		default:
			if i > 0 {
				out.WriteByte('.')
			}
			out.WriteString(s.name)
		}
	}
	return out.String()
}

// Value is the path as it stands in a query.
func (p Path) Value() strictjson.Value {
	out := make([]strictjson.Value, len(p))
	for i, s := range p {
		switch s.kind {
		case toEvery:
			out[i] = strictjson.Nil()
		case toElement:
			out[i] = strictjson.Int(s.index)
		default:
			out[i] = strictjson.String(s.name)
		}
	}
	return strictjson.Array(out...)
}

// parsePath reads "a non-empty array of strings, nulls and non-negative integers".
func parsePath(v strictjson.Value) (Path, error) {
	elems := v.Elems()
	switch {
	case v.Kind() != strictjson.List || len(elems) == 0:
		return nil, invalid(ErrQuery, "path must be an array with something in it")
	case len(elems) > maxPath:
		return nil, invalid(ErrLimit, "a path of %d steps, at most %d", len(elems), maxPath)
	}
	p := make(Path, len(elems))
	for i, e := range elems {
		switch e.Kind() {
		case strictjson.Text:
			p[i] = Member(e.Str())
		case strictjson.Null:
			p[i] = Every
		case strictjson.Number:
			n, ok := integer(e)
			if !ok || n < 0 || n > math.MaxInt32 {
				return nil, invalid(ErrQuery, "a path has %s, not a place in an array", e.JSON())
			}
			p[i] = Element(int(n))
		default:
			return nil, invalid(ErrQuery, "a path has %s in it, not a string, null or a number", e.Kind())
		}
	}
	return p, nil
}

// integer is a whole number that JSON readers everywhere read alike, however it is
// spelled: 2, 2.0 and 2e0 are one number.
func integer(v strictjson.Value) (int64, bool) {
	const exact = 1<<53 - 1 // I-JSON (RFC 7493), section 2.2
	literal, ok := v.Literal()
	f, err := strconv.ParseFloat(literal, 64)
	if !ok || err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
		return 0, false
	}
	return int64(f), true
}

// selected is one element that a path leads to, by way of others.
type selected struct {
	from  *selected // nil for the whole credential
	name  string    // of the member, or the place in the array
	value strictjson.Value
}

// at is where the element is.
func (s *selected) at() strictjson.Pointer {
	depth := 0
	for e := s; e.from != nil; e = e.from {
		depth++
	}
	out := make(strictjson.Pointer, depth)
	for ; s.from != nil; s = s.from {
		depth--
		out[depth] = s.name
	}
	return out
}

// sel applies the path to a credential (section 7.1.1). Nothing is selected where
// the specification says to abort, and where nothing is there. Each element on the way
// is taken from left; when that is less than nothing, it has given up.
//
// In a part of a credential, elements may have been left out of an array, and
// those behind them have moved up. There the step to an element selects what
// stands at its place or before: one of them is it, and which cannot be known, so
// that the others do not abort anything.
func (p Path) sel(doc strictjson.Value, part bool, left *int) []selected {
	now, guessed := []selected{{value: doc}}, false
	for _, s := range p {
		var next []selected
		for i := range now {
			e := &now[i]
			fits := s.kind == toMember && e.value.Kind() == strictjson.Dict || s.kind != toMember && e.value.Kind() == strictjson.List
			switch {
			case fits:
				next = s.step(next, e, part)
			case !guessed:
				return nil // "If any of the currently selected element(s) is not an object, abort"
			}
		}
		if *left -= len(next); *left < 0 {
			return nil
		}
		now, guessed = next, guessed || part && s.kind == toElement
	}
	return now
}

func (s Step) step(out []selected, e *selected, part bool) []selected {
	if s.kind == toMember {
		if v := e.value.Get(s.name); v.Exists() {
			out = append(out, selected{e, s.name, v})
		}
		return out
	}
	elems := e.value.Elems()
	from, to := 0, len(elems)
	if s.kind == toElement {
		from, to = s.index, min(s.index+1, len(elems))
		if part {
			from = 0
		}
	}
	for i := from; i < to; i++ {
		out = append(out, selected{e, strconv.Itoa(i), elems[i]})
	}
	return out
}
