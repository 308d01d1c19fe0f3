package wallet

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/proof"
)

// Identity is one of the learner's did:keys, without its signing key, which
// never leaves the wallet but in a backup.
type Identity struct {
	DID     string
	Label   string // the learner's own word for it: "work", "school"
	Created time.Time
}

// Kind is the kind of its key; "" of one that no wallet made.
func (i Identity) Kind() KeyKind {
	key, err := did.ParseMultikey(strings.TrimPrefix(i.DID, "did:key:"))
	if err != nil {
		return ""
	}
	switch key.(type) {
	case ed25519.PublicKey:
		return Ed25519
	case *ecdsa.PublicKey:
		return P256
	}
	return ""
}

// keyed is an Identity with its key.
type keyed struct {
	Identity
	key crypto.Signer
}

// KeyKind is the kind of key that an identity has.
type KeyKind string

// The kinds. Ed25519 is the usual one; P256 is for verifiers and issuers that know
// ES256 alone, as many do that exchange SD-JWT credentials.
const (
	Ed25519 KeyKind = "Ed25519"
	P256    KeyKind = "P-256"
)

// NewIdentity makes a did:key with an Ed25519 key and keeps it.
func (w *Wallet) NewIdentity(ctx context.Context, label string) (Identity, error) {
	return w.NewIdentityOf(ctx, Ed25519, label)
}

// NewIdentityOf is NewIdentity with a kind of key.
func (w *Wallet) NewIdentityOf(ctx context.Context, kind KeyKind, label string) (Identity, error) {
	key, err := generate(kind)
	if err != nil {
		return Identity{}, err
	}
	id, err := did.FormatKey(key.Public())
	if err != nil {
		return Identity{}, err
	}
	k := keyed{Identity{DID: id, Label: short(strings.TrimSpace(label)), Created: w.now().Truncate(time.Second)}, key}
	return k.Identity, w.update(ctx, func(tx Txn) error { return w.putIdentity(tx, k) })
}

func generate(kind KeyKind) (crypto.Signer, error) {
	switch kind {
	case Ed25519:
		_, key, err := ed25519.GenerateKey(rand.Reader)
		return key, err
	case P256:
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, fmt.Errorf("%q is no kind of key that identities have", kind)
	}
}

// suite is what the identity signs JSON with; nil if the wallet has none for its key.
func (w *Wallet) suite(k keyed) proof.Suite {
	if _, curve := k.key.(*ecdsa.PrivateKey); !curve {
		return w.Suite
	}
	for _, s := range w.Suites {
		if s.Name() == "ecdsa-rdfc-2019" {
			return s
		}
	}
	return nil
}

func (w *Wallet) putIdentity(tx Txn, k keyed) error {
	plain, err := k.encode()
	if err != nil {
		return err
	}
	return w.put(tx, identities, k.DID, plain)
}

// Identities lists the learner's identities, oldest first.
func (w *Wallet) Identities(ctx context.Context) ([]Identity, error) {
	keys, err := w.keys(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Identity, len(keys))
	for i, k := range keys {
		out[i] = k.Identity
	}
	return out, nil
}

// keys opens the identities with their keys, oldest first.
func (w *Wallet) keys(ctx context.Context) ([]keyed, error) {
	out, err := all(ctx, w, identities, decodeKeyed)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(out, func(a, b keyed) int {
		if c := a.Created.Compare(b.Created); c != 0 {
			return c
		}
		return strings.Compare(a.DID, b.DID)
	})
	return out, nil
}

func (k keyed) encode() ([]byte, error) {
	secret, err := did.FormatSecretMultikey(k.key)
	if err != nil {
		return nil, err
	}
	e := encoder{codecVersion}
	e.text(k.DID)
	e.text(k.Label)
	e.time(k.Created)
	e.text(secret)
	return e, nil
}

func decodeKeyed(plain []byte) (keyed, error) {
	d := decoder{rest: string(plain)}
	d.version()
	k := keyed{Identity: Identity{DID: d.text(), Label: d.text(), Created: d.time()}}
	secret := d.text()
	if err := d.end(); err != nil {
		return keyed{}, err
	}
	key, err := did.ParseSecretMultikey(secret)
	if err != nil {
		return keyed{}, fmt.Errorf("%w: the key of %s: %w", ErrCorrupt, k.DID, err)
	}
	if own, err := did.FormatKey(key.Public()); err != nil || own != k.DID {
		return keyed{}, fmt.Errorf("%w: %s has the key of another", ErrCorrupt, k.DID)
	}
	k.key = key
	return k, nil
}
