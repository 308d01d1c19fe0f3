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
	out, _ := settle(v)
	return out
}

// settle also tells whether it changed anything: most badges say most things in the
// one way, and nothing of them is copied. Types are read as a list in any case.
func settle(v strictjson.Value) (out strictjson.Value, changed bool) {
	switch v.Kind() {
	case strictjson.List:
		return settleList(v)
	case strictjson.Dict:
		if value := v.Get("@value"); value.Exists() && !v.Get("@language").Exists() && !v.Get("@direction").Exists() {
			return value, true
		}
		members := v.Members()
		for i := range members {
			if members[i].Name == "type" {
				continue
			}
			one, other := settle(members[i].Value)
			if one.Kind() == strictjson.Null {
				one, other = strictjson.Value{}, true
			}
			if other && !changed {
				members, changed = slices.Clone(members), true
			}
			if other {
				members[i].Value = one
			}
		}
		if changed {
			return strictjson.Object(members...), true
		}
	}
	return v, false
}

func settleList(v strictjson.Value) (out strictjson.Value, changed bool) {
	elems := v.Elems()
	list := make([]strictjson.Value, 0, len(elems))
	for _, e := range elems {
		one, other := settle(e)
		changed = changed || other || one.Kind() == strictjson.List
		for _, e := range one.List() { // a list in a list is no more than its elements
			if e.Kind() != strictjson.Null {
				list = join(list, e)
			}
		}
	}
	switch {
	case len(list) == 1:
		return list[0], true
	case !changed && len(list) == len(elems):
		return v, false
	}
	return strictjson.Array(list...), true
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
