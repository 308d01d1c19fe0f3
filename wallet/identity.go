package wallet

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
)

// Identity is one of the learner's did:keys, without its signing key, which
// never leaves the wallet but in a backup.
type Identity struct {
	DID     string
	Label   string // the learner's own word for it: "work", "school"
	Created time.Time
}

// keyed is an Identity with its key.
type keyed struct {
	Identity
	key crypto.Signer
}

// NewIdentity makes a did:key with an Ed25519 key and keeps it.
func (w *Wallet) NewIdentity(ctx context.Context, label string) (Identity, error) {
	pub, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return Identity{}, err
	}
	id, err := did.FormatKey(pub)
	if err != nil {
		return Identity{}, err
	}
	k := keyed{Identity{DID: id, Label: short(strings.TrimSpace(label)), Created: w.now().Truncate(time.Second)}, key}
	return k.Identity, w.update(ctx, func(tx Txn) error { return w.putIdentity(tx, k) })
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
