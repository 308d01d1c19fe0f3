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
// All are the same to the signature, so they must be the same to people. A null is
// nothing, and equal elements of a list are one. Texts with a language stay as they
// are.
func Settled(v strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.List:
		elems := v.Elems()
		out := make([]strictjson.Value, 0, len(elems))
		for _, e := range elems {
			e = Settled(e)
			if e.Kind() != strictjson.Null && (len(elems) > maxCompared || !slices.ContainsFunc(out, e.Equal)) {
				out = append(out, e)
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
