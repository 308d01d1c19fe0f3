package did

import (
	"context"
	"crypto"
	"fmt"
)

// Key resolves did:key (W3C CCG, The did:key Method v0.9): the identifier is the
// multikey, and the document is made from it. There is one verification method,
// whose fragment is the multikey again, for everything but key agreement: no
// encryption key is derived from a signing key. No network, no state.
type Key struct{}

// Resolve makes the document of a did:key. It wraps ErrKeyInvalid,
// ErrKeyUnsupported or ErrLimit.
func (Key) Resolve(_ context.Context, id string) (*Document, error) {
	if len(id) > maxKeyDID {
		return nil, fmt.Errorf("%w: a did:key of %d characters, at most %d are read", ErrLimit, len(id), maxKeyDID)
	}
	multikey, err := checkDID(id, "key")
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKeyInvalid, err)
	}
	pub, err := ParseMultikey(multikey)
	if err != nil {
		return nil, err
	}
	return keyDocument(id, multikey, pub), nil
}

func keyDocument(id, multikey string, pub crypto.PublicKey) *Document {
	method := id + "#" + multikey
	only := []string{method}
	return &Document{
		ID:      id,
		Methods: []Method{{ID: method, Type: "Multikey", Controller: id, Key: pub}},
		Relationships: map[Relationship][]string{
			Authentication: only, AssertionMethod: only, CapabilityInvocation: only, CapabilityDelegation: only,
		},
	}
}

// FormatKey writes a public key as a did:key. See FormatMultikey for the keys.
func FormatKey(pub crypto.PublicKey) (string, error) {
	multikey, err := FormatMultikey(pub)
	if err != nil {
		return "", err
	}
	return "did:key:" + multikey, nil
}

// KeyMethod returns the verification method URL of a did:key,
// "did:key:z6Mk…#z6Mk…". It wraps the errors of Key.Resolve.
func KeyMethod(id string) (string, error) {
	doc, err := Key{}.Resolve(context.Background(), id)
	if err != nil {
		return "", err
	}
	return doc.Methods[0].ID, nil
}
