package sdjwt

import (
	"fmt"
	"strconv"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// Trace is one disclosure as it came in and what becomes of it, for those who look
// for the reason of a refusal.
type Trace struct {
	Text    string // decoded; "" if it is no base64url
	Digest  string // under the token's hash, as a payload would have it
	Pointer string // JSON pointer to where it belongs; "" if nothing refers to it
	Err     error  // why it does not fit; nil if it does
}

// Trace goes through all disclosures, sound or not, and says how many digests have
// none. Unlike Claims it does not stop at the first fault, and it is no verdict: of
// a token that Claims takes, no Trace has an Err. The error wraps what reading the
// payload does, or jose.ErrAlgorithm.
func (t *Token) Trace() (all []Trace, hidden int, err error) {
	payload, err := t.read()
	if err != nil {
		return nil, 0, err
	}
	hash, err := hashOf(payload)
	if err != nil {
		return nil, 0, err
	}
	tr := tracer{revealer: revealer{token: t, byDigest: make(map[string]int)}, all: make([]Trace, len(t.Disclosures)), left: maxValues}
	for i, d := range t.Disclosures {
		one := &tr.all[i]
		one.Digest = digest(hash, []byte(d))
		if text, err := jose.Decode([]byte(d)); err == nil {
			one.Text = string(text)
		}
		if _, twice := tr.byDigest[one.Digest]; twice {
			one.Err = fmt.Errorf("%w: it is there twice", ErrDisclosure)
			continue
		}
		tr.byDigest[one.Digest] = i
	}
	tr.value(payload, "", 0)
	for i := range tr.all {
		if one := &tr.all[i]; one.Pointer == "" && one.Err == nil {
			one.Err = fmt.Errorf("%w: no digest refers to it", ErrDisclosure)
		}
	}
	return tr.all, tr.hidden, nil
}

// tracer walks over a payload, and over what is disclosed, without ever stopping.
type tracer struct {
	revealer
	all    []Trace
	hidden int
	left   int // values that may still be looked at
}

func (tr *tracer) value(v strictjson.Value, pointer string, depth int) {
	if tr.left--; tr.left < 0 || depth > maxDepth {
		return
	}
	switch v.Kind() {
	case strictjson.Dict:
		tr.object(v, pointer, depth)
	case strictjson.List:
		for i, e := range v.Elems() {
			at := join(pointer, strconv.Itoa(i))
			if d := e.Get(elementMember); d.Exists() {
				tr.place(d, at, depth, false)
				continue
			}
			tr.value(e, at, depth+1)
		}
	}
}

func (tr *tracer) object(v strictjson.Value, pointer string, depth int) {
	for _, m := range v.Members() {
		if m.Name != digestsMember {
			tr.value(m.Value, join(pointer, m.Name), depth+1)
			continue
		}
		for _, d := range m.Value.List() {
			tr.place(d, pointer, depth, true)
		}
	}
}

// place finds the disclosure of a digest in an object, where the disclosure has the
// name, or at an element of an array.
func (tr *tracer) place(d strictjson.Value, pointer string, depth int, named bool) {
	if tr.left--; tr.left < 0 {
		return
	}
	i, ok := tr.byDigest[d.Str()]
	if !ok {
		tr.hidden++
		return
	}
	one := &tr.all[i]
	if one.Pointer != "" {
		one.Err = fmt.Errorf("%w: its digest stands in a second place, in %s", ErrDisclosure, strictjson.Clip(pointer))
		return
	}
	var value strictjson.Value
	if named {
		var name string
		if name, value, one.Err = tr.member(i); one.Err == nil {
			pointer = join(pointer, name)
		}
	} else if parts, err := tr.parts(i, 2); err != nil {
		one.Err = err
	} else {
		value = parts[1]
	}
	if one.Pointer = pointer; one.Pointer == "" {
		one.Pointer = "/"
	}
	tr.value(value, pointer, depth+1)
}

// Bound is the sd_hash that a key binding of exactly this token and these
// disclosures has. It wraps what reading the payload does, or jose.ErrAlgorithm.
func (t *Token) Bound() (string, error) {
	payload, err := t.read()
	if err != nil {
		return "", err
	}
	hash, err := hashOf(payload)
	if err != nil {
		return "", err
	}
	return digest(hash, t.bound()), nil
}
