package sdjwt

import (
	"crypto"
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"
	"strconv"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

const (
	// saltBytes is what "it is RECOMMENDED" to use (RFC 9901, section 4.2.1): 128
	// bits, so that nobody can guess a value from its digest.
	saltBytes = 16
	// maxDecoys bounds the digests that stand for nothing.
	maxDecoys = 64
)

// Concealment says which claims become disclosures.
type Concealment struct {
	// Pointers (RFC 6901) name members and elements that the holder may withhold.
	// One inside another makes a disclosure inside a disclosure.
	Pointers []string
	// Decoys is how many digests of nothing are added beside the real ones in each
	// object and array that has some, so that nobody can count what is withheld.
	Decoys int
	// Hash is sha-256 if empty, or sha-384 or sha-512.
	Hash string

	// Tests reproduce published tokens, which have salts, spacing and decoys of
	// their own.
	write  func(parts strictjson.Value) string
	decoys func(pointer string) []string
}

// Issue conceals claims and signs what is left. The header's alg follows from the
// key; "_sd_alg" is written where it is needed. It wraps ErrDisclosure for a
// pointer to nothing and for claims that use the mechanism's own names, and what
// jose.Sign does.
func Issue(header, claims strictjson.Value, c Concealment, key crypto.Signer) (*Token, error) {
	payload, disclosures, err := c.conceal(claims)
	if err != nil {
		return nil, err
	}
	compact, err := jose.Sign(header, payload.JSON(), key)
	if err != nil {
		return nil, err
	}
	message, err := jose.Parse([]byte(compact))
	if err != nil {
		return nil, err
	}
	return &Token{JWT: message, Disclosures: disclosures}, nil
}

// conceal gives the payload with its digests, and the disclosures.
func (c Concealment) conceal(claims strictjson.Value) (strictjson.Value, []string, error) {
	name := c.Hash
	if name == "" {
		name = "sha-256"
	}
	hash, ok := hashes[name]
	switch {
	case !ok:
		return strictjson.Value{}, nil, fmt.Errorf("%w: %s", jose.ErrAlgorithm, strictjson.Clip(name))
	case claims.Kind() != strictjson.Dict:
		return strictjson.Value{}, nil, fmt.Errorf("%w: claims are an object", jose.ErrMalformed)
	case c.Decoys < 0 || c.Decoys > maxDecoys || len(c.Pointers) > maxDisclosures:
		return strictjson.Value{}, nil, fmt.Errorf("%w: more than %d decoys, or %d disclosures", strictjson.ErrLimit, maxDecoys, maxDisclosures)
	}
	w := concealer{Concealment: c, hash: hash, found: make(map[string]bool)}
	payload, err := w.value(claims, "")
	if err != nil {
		return strictjson.Value{}, nil, err
	}
	for _, p := range c.Pointers {
		if !w.found[p] {
			return strictjson.Value{}, nil, fmt.Errorf("%w: there is nothing at %s", ErrDisclosure, strictjson.Clip(p))
		}
	}
	if len(c.Pointers) > 0 {
		payload = payload.With(hashMember, strictjson.String(name))
	}
	return payload, w.disclosures, nil
}

// concealer walks over claims and takes some out.
type concealer struct {
	Concealment
	hash        crypto.Hash
	disclosures []string
	found       map[string]bool // pointers that were there
}

func (w *concealer) value(v strictjson.Value, pointer string) (strictjson.Value, error) {
	switch v.Kind() {
	case strictjson.Dict:
		return w.object(v, pointer)
	case strictjson.List:
		return w.array(v, pointer)
	default:
		return v, nil
	}
}

func (w *concealer) object(v strictjson.Value, pointer string) (strictjson.Value, error) {
	var members []strictjson.Member
	var digests []string
	for _, m := range v.Members() {
		if m.Name == digestsMember || m.Name == elementMember || m.Name == hashMember {
			return strictjson.Value{}, fmt.Errorf("%w: a claim must not be called %q", ErrDisclosure, m.Name)
		}
		at := join(pointer, m.Name)
		inner, err := w.value(m.Value, at)
		if err != nil {
			return strictjson.Value{}, err
		}
		if w.conceals(at) {
			digests = append(digests, w.disclose(strictjson.String(m.Name), inner))
		} else {
			members = append(members, strictjson.Member{Name: m.Name, Value: inner})
		}
	}
	if len(digests) > 0 {
		digests = append(digests, w.decoyDigests(pointer)...)
		// "It is RECOMMENDED to hide the original order of the claims": sorted
		// digests are in an order that says nothing.
		slices.Sort(digests)
		members = slices.Insert(members, 0, strictjson.Member{Name: digestsMember, Value: strictjson.Strings(digests...)})
	}
	return strictjson.Object(members...), nil
}

func (w *concealer) array(v strictjson.Value, pointer string) (strictjson.Value, error) {
	var elems []strictjson.Value
	concealed := false
	for i, e := range v.Elems() {
		at := join(pointer, strconv.Itoa(i))
		inner, err := w.value(e, at)
		if err != nil {
			return strictjson.Value{}, err
		}
		if w.conceals(at) {
			inner, concealed = element(w.disclose(inner)), true
		}
		elems = append(elems, inner)
	}
	if concealed {
		for _, d := range w.decoyDigests(pointer) {
			elems = slices.Insert(elems, random(len(elems)+1), element(d))
		}
	}
	return strictjson.Array(elems...), nil
}

// element is what stands in an array for a concealed element.
func element(digest string) strictjson.Value {
	return strictjson.Object(strictjson.Member{Name: elementMember, Value: strictjson.String(digest)})
}

func (w *concealer) conceals(pointer string) bool {
	if !slices.Contains(w.Pointers, pointer) {
		return false
	}
	w.found[pointer] = true
	return true
}

// disclose makes a disclosure of the parts, behind a salt, and returns its digest.
func (w *concealer) disclose(parts ...strictjson.Value) string {
	var text string
	if w.write != nil {
		text = w.write(strictjson.Array(parts...))
	} else {
		text = jose.Encode(strictjson.Array(append([]strictjson.Value{strictjson.String(salt())}, parts...)...).JSON())
	}
	w.disclosures = append(w.disclosures, text)
	return digest(w.hash, []byte(text))
}

// decoyDigests are "created by hashing over a cryptographically secure random
// number" (RFC 9901, section 4.2.5).
func (w *concealer) decoyDigests(pointer string) []string {
	if w.decoys != nil {
		return w.decoys(pointer)
	}
	out := make([]string, w.Decoys)
	for i := range out {
		out[i] = digest(w.hash, []byte(salt()))
	}
	return out
}

func salt() string {
	b := make([]byte, saltBytes)
	rand.Read(b) // never fails
	return jose.Encode(b)
}

// random is a number below n.
func random(n int) int {
	i, err := rand.Int(rand.Reader, big.NewInt(int64(n)))
	if err != nil { // crypto/rand's reader never fails
		panic("sdjwt: " + err.Error())
	}
	return int(i.Int64())
}

// exists reports whether a pointer leads anywhere.
func exists(v strictjson.Value, pointer string) bool {
	p, err := strictjson.ParsePointer(pointer)
	return err == nil && v.At(p).Exists()
}
