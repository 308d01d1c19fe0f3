package credential

import (
	"slices"

	"laurel/internal/strictjson"
)

// Settled is what a document says, in the one way of several that readers look
// for. Suites that sign what is stated, and not how it is written, let a holder
// write a value as a list of one, or twice, or with its type beside it:
//
//	"creditsEarned": 3.5
//	"creditsEarned": [3.5, {"@value": 3.5}]
//
// or take an object with an id apart into several under that id. All are the same to
// the signature, so they must be the same to people. A null is nothing, equal texts and
// numbers of a list are one, and so are objects of one id, with the members of each.
// Texts with a language stay as they are.
func Settled(v strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.List:
		elems := v.Elems()
		out := make([]strictjson.Value, 0, len(elems))
		for _, e := range elems {
			for _, e := range Settled(e).List() { // a list in a list is no more than its elements
				if e.Kind() != strictjson.Null {
					out = join(out, e)
				}
			}
		}
		if len(out) == 1 {
			return out[0]
		}
		return strictjson.Array(out...)
	case strictjson.Dict:
		if value := v.Get("@value"); value.Exists() && !v.Get("@language").Exists() && !v.Get("@direction").Exists() {
			return value
		}
		members := slices.Clone(v.Members())
		for i := range members {
			if members[i].Value = Settled(members[i].Value); members[i].Value.Kind() == strictjson.Null {
				members[i].Value = strictjson.Value{}
			}
		}
		return strictjson.Object(members...)
	}
	return v
}

// maxCompared bounds the lists whose elements are compared with one another; longer
// ones are cut before they are shown.
const maxCompared = 256

// join adds a value to those of a list, or to the one that is the same thing.
func join(list []strictjson.Value, v strictjson.Value) []strictjson.Value {
	id := v.Get("id").Str()
	if len(list) > maxCompared || v.Kind() == strictjson.Dict && id == "" { // nameless things are different ones
		return append(list, v)
	}
	for i, other := range list {
		switch {
		case other.Equal(v):
			return list
		case id != "" && other.Get("id").Str() == id:
			for _, m := range v.Members() {
				all := append(slices.Clone(other.Get(m.Name).List()), m.Value.List()...)
				other = other.With(m.Name, Settled(strictjson.Array(all...)))
			}
			list[i] = other
			return list
		}
	}
	return append(list, v)
}
