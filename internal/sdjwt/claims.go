package sdjwt

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

const (
	// maxDepth bounds what disclosures inside disclosures can nest to: what
	// strictjson reads of any document.
	maxDepth = 64
	// maxValues bounds the claims with everything that is disclosed.
	maxValues = 20_000
)

// Claims are the claims of a token with its disclosures put back in place.
type Claims struct {
	// Document is the payload as the issuer meant it, as far as it is disclosed:
	// without any trace of the mechanism.
	Document strictjson.Value
	// Disclosed are the claims that came out of disclosures, outer ones first.
	Disclosed []Claim
	// Hidden is how many digests had no disclosure: withheld claims and decoys,
	// which nobody can tell apart.
	Hidden int
}

// Claim is one claim that came out of a disclosure.
type Claim struct {
	Pointer string // JSON pointer (RFC 6901) into Claims.Document
	Value   strictjson.Value

	disclosure int // its place in Token.Disclosures
}

// Claims verifies the disclosures against the digests and puts them in place
// (RFC 9901, section 7.1, steps 3 to 5). Every disclosure must be referred to
// exactly once and every digest occur once. It wraps ErrDisclosure,
// jose.ErrAlgorithm, jose.ErrMalformed or an error of strictjson.
//
// The signature of the token is not looked at.
func (t *Token) Claims() (*Claims, error) {
	payload, err := t.read()
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(payload)
	if err != nil {
		return nil, err
	}
	r := revealer{token: t, byDigest: make(map[string]int, len(t.Disclosures)), seen: make(map[string]bool), valuesLeft: maxValues}
	for i, d := range t.Disclosures {
		key := digest(hash, []byte(d))
		if _, twice := r.byDigest[key]; twice {
			return nil, fmt.Errorf("%w: disclosure %d is there twice", ErrDisclosure, i+1)
		}
		r.byDigest[key] = i
	}
	document, err := r.value(payload.Without(hashMember), nil, 0)
	if err != nil {
		return nil, err
	}
	// "If any Disclosure was not referenced by digest value in the Issuer-signed
	// JWT (directly or recursively via other Disclosures), the SD-JWT MUST be
	// rejected."
	if len(r.claims.Disclosed) < len(t.Disclosures) {
		return nil, fmt.Errorf("%w: %d of them belong to no digest", ErrDisclosure, len(t.Disclosures)-len(r.claims.Disclosed))
	}
	slices.SortStableFunc(r.claims.Disclosed, func(a, b Claim) int {
		return strings.Count(a.Pointer, "/") - strings.Count(b.Pointer, "/")
	})
	r.claims.Document = document
	return &r.claims, nil
}

// revealer walks over a payload and puts disclosures in place.
type revealer struct {
	token      *Token
	byDigest   map[string]int  // which disclosure a digest belongs to
	seen       map[string]bool // digests that occurred
	claims     Claims
	valuesLeft int
}

// path is where a claim stands: in what, and as what. Nil is the payload. It is
// written out only for claims that came out of disclosures.
type path struct {
	in   *path
	name string
	i    int // of an element of an array, which has no name
	list bool
}

func (p *path) pointer() string {
	switch {
	case p == nil:
		return ""
	case p.list:
		return join(p.in.pointer(), strconv.Itoa(p.i))
	}
	return join(p.in.pointer(), p.name)
}

func (r *revealer) value(v strictjson.Value, at *path, depth int) (strictjson.Value, error) {
	if r.valuesLeft--; r.valuesLeft < 0 || depth > maxDepth {
		return strictjson.Value{}, fmt.Errorf("%w: the disclosures unfold to more than is read", strictjson.ErrLimit)
	}
	switch v.Kind() {
	case strictjson.Dict:
		return r.object(v, at, depth)
	case strictjson.List:
		return r.array(v, at, depth)
	default:
		return v, nil
	}
}

// object puts the disclosed members of an object in place.
func (r *revealer) object(v strictjson.Value, at *path, depth int) (strictjson.Value, error) {
	members := make([]strictjson.Member, 0, len(v.Members()))
	for _, m := range v.Members() {
		switch m.Name {
		case digestsMember:
			continue
		case elementMember, hashMember:
			return strictjson.Value{}, fmt.Errorf("%w: a claim is called %q", ErrDisclosure, m.Name)
		}
		inner, err := r.value(m.Value, &path{in: at, name: m.Name}, depth+1)
		if err != nil {
			return strictjson.Value{}, err
		}
		members = append(members, strictjson.Member{Name: m.Name, Value: inner})
	}
	found, err := r.digests(v.Get(digestsMember))
	if err != nil {
		return strictjson.Value{}, err
	}
	for _, i := range found {
		name, value, err := r.member(i)
		if err != nil {
			return strictjson.Value{}, err
		}
		// "If the claim name already exists at the level of the _sd key, the
		// SD-JWT MUST be rejected."
		if slices.ContainsFunc(members, func(m strictjson.Member) bool { return m.Name == name }) {
			return strictjson.Value{}, fmt.Errorf("%w: a second claim is called %q", ErrDisclosure, strictjson.Clip(name))
		}
		inner, err := r.disclosed(i, value, &path{in: at, name: name}, depth+1)
		if err != nil {
			return strictjson.Value{}, err
		}
		members = append(members, strictjson.Member{Name: name, Value: inner})
	}
	return strictjson.Object(members...), nil
}

// digests reads an _sd member and returns the disclosures that belong to it, in
// the order in which the holder gave them.
func (r *revealer) digests(v strictjson.Value) ([]int, error) {
	if !v.Exists() {
		return nil, nil
	}
	if v.Kind() != strictjson.List {
		return nil, fmt.Errorf("%w: %s is no array", ErrDisclosure, digestsMember)
	}
	var found []int
	for _, e := range v.Elems() {
		i, err := r.lookUp(e)
		if err != nil {
			return nil, err
		}
		if i >= 0 {
			found = append(found, i)
		}
	}
	slices.Sort(found)
	return found, nil
}

// lookUp finds the disclosure of a digest, -1 if it is not there.
//
// "If any digest value is encountered more than once in the Issuer-signed JWT
// payload (directly or recursively via other Disclosures), the SD-JWT MUST be
// rejected."
func (r *revealer) lookUp(v strictjson.Value) (int, error) {
	text, ok := v.Text()
	switch {
	case !ok:
		return 0, fmt.Errorf("%w: a digest is not a text", ErrDisclosure)
	case r.seen[text]:
		return 0, fmt.Errorf("%w: a digest occurs twice", ErrDisclosure)
	}
	if r.valuesLeft--; r.valuesLeft < 0 {
		return 0, fmt.Errorf("%w: more digests than are read", strictjson.ErrLimit)
	}
	r.seen[text] = true
	i, ok := r.byDigest[text]
	if !ok {
		r.claims.Hidden++
		return -1, nil
	}
	return i, nil
}

// array puts the disclosed elements of an array in place and removes the others:
// "Remove all array elements for which the digest was not found".
func (r *revealer) array(v strictjson.Value, in *path, depth int) (strictjson.Value, error) {
	elems := make([]strictjson.Value, 0, len(v.Elems()))
	for _, e := range v.Elems() {
		at := &path{in: in, i: len(elems), list: true}
		if !e.Get(elementMember).Exists() {
			inner, err := r.value(e, at, depth+1)
			if err != nil {
				return strictjson.Value{}, err
			}
			elems = append(elems, inner)
			continue
		}
		if len(e.Members()) != 1 {
			return strictjson.Value{}, fmt.Errorf("%w: a digest in an array has other members beside it", ErrDisclosure)
		}
		i, err := r.lookUp(e.Get(elementMember))
		if err != nil {
			return strictjson.Value{}, err
		}
		if i < 0 {
			continue
		}
		parts, err := r.parts(i, 2)
		if err != nil {
			return strictjson.Value{}, err
		}
		inner, err := r.disclosed(i, parts[1], at, depth+1)
		if err != nil {
			return strictjson.Value{}, err
		}
		elems = append(elems, inner)
	}
	return strictjson.Array(elems...), nil
}

// disclosed is the value of a disclosure, with those that belong inside it.
func (r *revealer) disclosed(i int, v strictjson.Value, at *path, depth int) (strictjson.Value, error) {
	n := len(r.claims.Disclosed)
	r.claims.Disclosed = append(r.claims.Disclosed, Claim{Pointer: at.pointer(), disclosure: i})
	inner, err := r.value(v, at, depth)
	r.claims.Disclosed[n].Value = inner
	return inner, err
}

// member reads the disclosure of an object's member.
func (r *revealer) member(i int) (name string, value strictjson.Value, err error) {
	parts, err := r.parts(i, 3)
	if err != nil {
		return "", strictjson.Value{}, err
	}
	name, ok := parts[1].Text()
	if !ok {
		return "", strictjson.Value{}, fmt.Errorf("%w: the name in disclosure %d is not a text", ErrDisclosure, i+1)
	}
	// "If the claim name is _sd or ..., the SD-JWT MUST be rejected." _sd_alg would
	// speak about the token as well.
	if name == digestsMember || name == elementMember || name == hashMember {
		return "", strictjson.Value{}, fmt.Errorf("%w: disclosure %d is called %q", ErrDisclosure, i+1, name)
	}
	return name, parts[2], nil
}

// parts reads a disclosure: a JSON array of that many elements, of which the first
// is the salt.
func (r *revealer) parts(i, want int) ([]strictjson.Value, error) {
	text, err := jose.Decode([]byte(r.token.Disclosures[i]))
	if err != nil {
		return nil, fmt.Errorf("%w: disclosure %d: %v", ErrDisclosure, i+1, err)
	}
	v, err := strictjson.Parse(text)
	switch {
	case errors.Is(err, strictjson.ErrLimit):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: disclosure %d: %v", ErrDisclosure, i+1, err)
	case v.Kind() != strictjson.List || len(v.Elems()) != want:
		return nil, fmt.Errorf("%w: disclosure %d is not an array of %d elements", ErrDisclosure, i+1, want)
	}
	if _, ok := v.Elems()[0].Text(); !ok {
		return nil, fmt.Errorf("%w: the salt of disclosure %d is not a text", ErrDisclosure, i+1)
	}
	return v.Elems(), nil
}

func join(pointer, name string) string { return pointer + "/" + strictjson.EscapeStep(name) }
