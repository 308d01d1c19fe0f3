// Package keyring keeps the keys of an issuer: one that signs for each kind, and
// those that did before, each with the window in which it signed.
//
//	ring, err := keyring.Ring{}.Next("did:web:school.example", keyring.Edwards, now)
//	…
//	ring, err = ring.Next("did:web:school.example", keyring.Edwards, later) // the first one is retired then
//	key, err := ring.Signing(keyring.Edwards)                               // the second
//
// What a retired key signed stays good. What a compromised key signed does not: the
// documents that are made of the ring say from when on nothing of it counts. A ring
// is never changed: what changes it returns another.
package keyring

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
)

// ErrState says that a key cannot go where it was sent: the only one that signs
// cannot retire, and what was revoked stays so.
var ErrState = errors.New("this key cannot be changed in that way")

// Kind is a kind of key that issuers sign with.
type Kind string

// The kinds.
const (
	Edwards Kind = "Ed25519" // eddsa-…, and EdDSA in tokens
	NIST    Kind = "P-256"   // ecdsa-…, and ES256 in tokens
)

// KindOf is the kind of a key.
func KindOf(public crypto.PublicKey) Kind {
	if _, ok := public.(ed25519.PublicKey); ok {
		return Edwards
	}
	return NIST
}

// Generate makes a key.
func (k Kind) Generate() (crypto.Signer, error) {
	if k == NIST {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	_, private, err := ed25519.GenerateKey(rand.Reader)
	return private, err
}

// Public is what everybody may know of a key, and its window: the time from
// From to Until in which it signs.
type Public struct {
	ID      string    `json:"id"`               // the verification method's URL
	Type    Kind      `json:"type"`             // "Ed25519" or "P-256"
	Public  string    `json:"publicKey"`        // Multikey
	From    time.Time `json:"from"`             // signs from then
	Until   time.Time `json:"until,omitzero"`   // retired then; zero: still signs
	Revoked time.Time `json:"revoked,omitzero"` // nothing it signed counts from then on; zero: never
}

// State is "active", "retired" or "compromised".
func (k Public) State() string {
	switch {
	case !k.Revoked.IsZero():
		return "compromised"
	case !k.Until.IsZero():
		return "retired"
	default:
		return "active"
	}
}

// Is reports whether the key goes by that name: its ID, or the part of it
// behind the number sign.
func (k Public) Is(name string) bool {
	return name == k.ID || name == k.Fragment()
}

// Fragment is the part of its ID behind the number sign.
func (k Public) Fragment() string {
	_, fragment, _ := strings.Cut(k.ID, "#")
	return fragment
}

// Key is a key as it is kept, with its secret.
type Key struct {
	Public
	Secret string `json:"secretKey"` // Multikey

	Signer crypto.Signer `json:"-"`
}

// New makes a key. It has no ID yet.
func New(kind Kind, from time.Time) (Key, error) {
	private, err := kind.Generate()
	if err != nil {
		return Key{}, err
	}
	k := Key{Public: Public{Type: kind, From: from}, Signer: private}
	if k.Public.Public, err = did.FormatMultikey(private.Public()); err != nil {
		return Key{}, err
	}
	k.Secret, err = did.FormatSecretMultikey(private)
	return k, err
}

// Restore makes a key that was kept able to sign.
func (k *Key) Restore() (err error) {
	if k.Signer, err = did.ParseSecretMultikey(k.Secret); err != nil {
		return err
	}
	k.Type = KindOf(k.Signer.Public())
	return nil
}

// Ring is an issuer's keys, oldest first.
type Ring []Key

// Public is what everybody may know of them.
func (r Ring) Public() []Public {
	out := make([]Public, len(r))
	for n, k := range r {
		out[n] = k.Public
	}
	return out
}

// Signing is the key that signs: the newest of its kind that is not retired. It
// fails with ErrState if there is none.
func (r Ring) Signing(kind Kind) (Key, error) {
	for _, k := range slices.Backward(r) {
		if k.State() == "active" && k.Type == kind {
			return k, nil
		}
	}
	return Key{}, fmt.Errorf("%w: it is the only one that signs", ErrState)
}

// Next is the ring with a new key at the end, in the DID document of issuer, and
// the others of its kind retired.
func (r Ring) Next(issuer string, kind Kind, now time.Time) (Ring, error) {
	next, err := New(kind, now)
	if err != nil {
		return nil, err
	}
	next.ID = fmt.Sprintf("%s#key-%d", issuer, len(r)+1)
	r = slices.Clone(r)
	for n := range r {
		if r[n].Until.IsZero() && r[n].Type == kind {
			r[n].Until = now
		}
	}
	return append(r, next), nil
}

// Retire is the ring with the window of a key ended. The last that signs of a kind
// cannot retire: that is ErrState.
func (r Ring) Retire(n int, now time.Time) (Ring, error) {
	r = slices.Clone(r)
	if r[n].Until.IsZero() {
		r[n].Until = now
	}
	_, err := r.Signing(r[n].Type)
	return r, err
}

// Compromise is the ring with a key that somebody else may have. If it was one that
// signs, a new one has taken its place, which is the last then.
func (r Ring) Compromise(n int, issuer string, now time.Time) (ring Ring, replaced bool, err error) {
	if replaced = r[n].State() == "active"; replaced {
		r, err = r.Next(issuer, r[n].Type, now)
	} else {
		r = slices.Clone(r)
	}
	if err != nil {
		return nil, false, err
	}
	if r[n].Revoked.IsZero() {
		r[n].Revoked = now
	}
	return r, replaced, nil
}

// Document is the did.json of an issuer with these keys: every one it ever had, the
// retired ones without an end, the compromised ones with the time from which
// nothing they signed counts.
func (r Ring) Document(issuer string) (strictjson.Value, error) {
	var keys []did.WebKey
	for _, k := range r {
		keys = append(keys, did.WebKey{Fragment: k.Fragment(), Public: k.Signer.Public(), Revoked: k.Revoked})
	}
	return did.WebDocument(issuer, keys)
}

// Metadata is the "JWT VC Issuer Metadata" (SD-JWT VC, section 5) of an issuer with
// this address: its keys but for those that somebody else may have, which nobody
// shall believe any more.
func (r Ring) Metadata(address string) (strictjson.Value, error) {
	var keys []strictjson.Value
	for _, k := range r {
		if k.State() == "compromised" {
			continue
		}
		jwk, err := did.FormatJWK(k.Signer.Public())
		if err != nil {
			return strictjson.Value{}, err
		}
		keys = append(keys, jwk.With("kid", strictjson.String(k.Fragment())).With("use", strictjson.String("sig")))
	}
	return strictjson.Object(
		strictjson.Member{Name: "issuer", Value: strictjson.String(address)},
		strictjson.Member{Name: "jwks", Value: strictjson.Object(strictjson.Member{Name: "keys", Value: strictjson.Array(keys...)})},
	), nil
}
