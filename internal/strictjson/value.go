package strictjson

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Kind is what sort of JSON value a Value is.
type Kind uint8

// The kinds. Absent, the zero Kind, is what a lookup of a missing member gives;
// it never occurs inside a parsed document.
const (
	Absent Kind = iota
	Null
	True
	False
	Number
	Text
	List
	Dict
)

// String names the kind as people know it from JSON ("object", "string" …).
func (k Kind) String() string {
	return [...]string{"nothing", "null", "true", "false", "number", "string", "array", "object"}[k]
}

// Value is one JSON value, immutable: With and Without return new values that
// share the unchanged parts. The zero Value is Absent.
type Value struct {
	kind Kind
	text string // Text: the string; Number: its literal
	node *node  // List and Dict
}

type node struct {
	elems   []Value
	members []Member
}

// Member is one name with its value, in an object.
type Member struct {
	Name  string
	Value Value
}

// String makes a string value. Bytes that are not UTF-8 become U+FFFD.
func String(s string) Value { return Value{kind: Text, text: strings.ToValidUTF8(s, "\uFFFD")} }

// Int makes a number value.
func Int(n int) Value { return Value{kind: Number, text: strconv.Itoa(n)} }

// Bool makes true or false.
func Bool(b bool) Value {
	if b {
		return Value{kind: True}
	}
	return Value{kind: False}
}

// Nil makes null.
func Nil() Value { return Value{kind: Null} }

// Array makes an array of the elements; the slice is kept.
func Array(elems ...Value) Value { return Value{kind: List, node: &node{elems: elems}} }

// Strings makes an array of strings.
func Strings(texts ...string) Value {
	elems := make([]Value, len(texts))
	for i, s := range texts {
		elems[i] = String(s)
	}
	return Array(elems...)
}

// Object makes an object of the members in their order; the slice is kept.
// Members whose value is Absent are left out. Names must differ.
func Object(members ...Member) Value {
	members = slices.DeleteFunc(members, func(m Member) bool { return m.Value.kind == Absent })
	return Value{kind: Dict, node: &node{members: members}}
}

// Kind tells what sort of value this is; Absent for the zero Value.
func (v Value) Kind() Kind { return v.kind }

// Exists reports whether the value is there at all (null is).
func (v Value) Exists() bool { return v.kind != Absent }

// Text returns the string, or false if the value is not one.
func (v Value) Text() (string, bool) {
	if v.kind != Text {
		return "", false
	}
	return v.text, true
}

// Str returns the string, or "" if the value is not one: for display, where an
// absent text and an empty one are the same.
func (v Value) Str() string {
	s, _ := v.Text()
	return s
}

// Literal returns a number as it was written ("1.50e3"), or false.
func (v Value) Literal() (string, bool) {
	if v.kind != Number {
		return "", false
	}
	return v.text, true
}

// IsTrue reports whether the value is the literal true.
func (v Value) IsTrue() bool { return v.kind == True }

// Is reports whether two arrays or two objects are one and the same, and not
// merely equal: then one was taken out of a document that has the other. It says
// false of texts and numbers.
func (v Value) Is(o Value) bool { return v.node != nil && v.node == o.node }

// Elems returns the elements of an array, nil for anything else. The caller
// must not change them.
func (v Value) Elems() []Value {
	if v.kind != List {
		return nil
	}
	return v.node.elems
}

// List returns the elements of an array, a single value as a list of one, and
// nothing for Absent: JSON-LD writes "one or many" this way.
func (v Value) List() []Value {
	switch v.kind {
	case Absent:
		return nil
	case List:
		return v.node.elems
	default:
		return []Value{v}
	}
}

// Members returns the members of an object in their order, nil for anything
// else. The caller must not change them.
func (v Value) Members() []Member {
	if v.kind != Dict {
		return nil
	}
	return v.node.members
}

// Get returns the member of that exact name; Absent if there is none or the
// value is no object.
func (v Value) Get(name string) Value {
	for _, m := range v.Members() {
		if m.Name == name {
			return m.Value
		}
	}
	return Value{}
}

// Without returns the object without the named members. A value that is no
// object comes back unchanged.
func (v Value) Without(names ...string) Value {
	if v.kind != Dict {
		return v
	}
	kept := make([]Member, 0, len(v.node.members))
	for _, m := range v.node.members {
		if !slices.Contains(names, m.Name) {
			kept = append(kept, m)
		}
	}
	return Object(kept...)
}

// With returns the object with the member set: replaced where it stands, or
// added at the end. A value that is no object becomes one with that member.
func (v Value) With(name string, to Value) Value {
	old := v.Members()
	members := make([]Member, 0, len(old)+1)
	found := false
	for _, m := range old {
		if m.Name == name {
			m.Value, found = to, true
		}
		members = append(members, m)
	}
	if !found {
		members = append(members, Member{name, to})
	}
	return Object(members...)
}

// Any converts to the types of encoding/json (map[string]any, []any, string,
// json.Number, bool, nil), for libraries that want them: a schema validator, a
// test oracle. Nothing that is shown or decided is read from it.
func (v Value) Any() any {
	switch v.kind {
	case True, False:
		return v.kind == True
	case Number:
		return json.Number(v.text)
	case Text:
		return v.text
	case List:
		out := make([]any, len(v.node.elems))
		for i, e := range v.node.elems {
			out[i] = e.Any()
		}
		return out
	case Dict:
		out := make(map[string]any, len(v.node.members))
		for _, m := range v.node.members {
			out[m.Name] = m.Value.Any()
		}
		return out
	default:
		return nil
	}
}

// Equal reports whether two values are the same JSON: kinds, texts, number
// literals and the order of elements; the order of members does not matter.
func (v Value) Equal(w Value) bool {
	if v.kind != w.kind || v.text != w.text {
		return false
	}
	switch v.kind {
	case List:
		return slices.EqualFunc(v.node.elems, w.node.elems, Value.Equal)
	case Dict:
		if len(v.node.members) != len(w.node.members) {
			return false
		}
		for _, m := range v.node.members {
			if !m.Value.Equal(w.Get(m.Name)) {
				return false
			}
		}
	}
	return true
}

// GoString shows the value as JSON in test failures.
func (v Value) GoString() string { return fmt.Sprintf("strictjson(%s)", v.JSON()) }
