package issuer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/issuer/keyring"
	"laurel/issuer/mechanism"
	"laurel/proof"
)

// ErrKeyIsIdentity says that a did:key issuer cannot change its key: the key is
// what it is called.
var ErrKeyIsIdentity = errors.New("this issuer is its key and cannot have another")

// ErrKeyState says that a key cannot go where it was sent: the only one that
// signs cannot retire, and what was revoked stays so.
var ErrKeyState = keyring.ErrState

// identify gives an issuer its DID and its first key the matching ID.
func identify(p *Profile, k *keyring.Key, m Method) error {
	switch m {
	case Key:
		id, err := did.FormatKey(k.Signer.Public())
		if err != nil {
			return err
		}
		p.DID = id
		k.ID, err = did.KeyMethod(id)
		return err
	case Web:
		id, err := did.Web{UnsafeLoopback: true}.Identifier(p.URL)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrProfile, err)
		}
		p.DID, k.ID = id, id+"#key-1"
		return nil
	default:
		return fmt.Errorf("%w: there is no method did:%s", ErrProfile, m)
	}
}

func putKey(tx Tx, position int, k keyring.Key) error {
	return putJSON(tx, fmt.Sprintf("%s%06d", keyPrefix, position), k)
}

func readKeys(tx Tx) (keyring.Ring, error) {
	var keys keyring.Ring
	err := tx.Names(keyPrefix, func(name string) error {
		var k keyring.Key
		if err := getJSON(tx, name, &k); err != nil {
			return err
		}
		if err := k.Restore(); err != nil {
			return fmt.Errorf("%w: %s: %w", errDamaged, name, err)
		}
		keys = append(keys, k)
		return nil
	})
	return keys, err
}

// Keys returns the issuer's keys, oldest first. They are in memory, so that the
// error is always nil; it is there for whoever asks a server for them.
func (i *Issuer) Keys(context.Context) ([]keyring.Public, error) { return i.ring().Public(), nil }

// active are the keys that sign lists now.
func (i *Issuer) active() (listKeys, error) { return i.listKeysOf(i.ring()) }

// kit is what this issuer secures badges with.
func (i *Issuer) kit() mechanism.Kit {
	kit := mechanism.Kit{Suite: i.opt.Suite, Contexts: i.opt.Contexts}
	if i.isKey() {
		kit.Only = mechanism.KindFor(i.opt.Suite)
	}
	return kit
}

// equip makes a key of the kind that a template chose, if the issuer has none, and
// the lists that its badges name. Badges can be checked once both are published.
func (i *Issuer) equip(ctx context.Context, c *mechanism.Choice) error {
	i.turn.Lock()
	defer i.turn.Unlock()
	keys := i.ring()
	_, err := keys.Signing(c.Kind())
	if err != nil && i.isKey() {
		return fmt.Errorf("%w: its proof %q takes a key on %s: %w", ErrTemplate, c.Name, c.Kind(), ErrKeyIsIdentity)
	}
	if c.Claims() {
		i.publishTokens()
	}
	if err != nil {
		if keys, err = keys.Next(i.profile.DID, c.Kind(), i.opt.Now().UTC()); err != nil {
			return err
		}
		if err := i.replaceKeys(ctx, keys); err != nil {
			return err
		}
	}
	if !c.Claims() {
		return nil
	}
	return i.ensureTokens(ctx)
}

// signOptions are what a document of this issuer is signed with.
func signOptions(s proof.Suite, k keyring.Key, at time.Time) proof.SignOptions {
	return proof.SignOptions{Suite: s, Key: k.Signer, Method: k.ID, Created: at}
}

// isKey reports whether the issuer is its key, a did:key.
func (i *Issuer) isKey() bool { return strings.HasPrefix(i.profile.DID, "did:key:") }

// ring is the keys as they are. A ring does not change.
func (i *Issuer) ring() keyring.Ring {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.keys
}

// RotateKey makes a new key that signs from now on, retires the one that did,
// and signs every list anew. What the old key signed stays good. An issuer that
// signs with keys of two kinds gets a new one of each; the one that signs lists
// is returned.
func (i *Issuer) RotateKey(ctx context.Context) (keyring.Public, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	if i.isKey() {
		return keyring.Public{}, ErrKeyIsIdentity
	}
	keys := i.ring()
	for _, kind := range []keyring.Kind{keyring.Edwards, keyring.NIST} {
		if _, err := keys.Signing(kind); err != nil {
			continue
		}
		var err error
		if keys, err = keys.Next(i.profile.DID, kind, i.opt.Now().UTC()); err != nil {
			return keyring.Public{}, err
		}
	}
	next, err := keys.Signing(mechanism.KindFor(i.opt.Suite))
	if err != nil {
		return keyring.Public{}, err
	}
	return next.Public, i.replaceKeys(ctx, keys)
}

// RetireKey ends the window of a key. The last active key of a kind cannot retire.
func (i *Issuer) RetireKey(ctx context.Context, id string) (keyring.Public, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	n, err := i.position(id)
	if err != nil {
		return keyring.Public{}, err
	}
	keys, err := i.ring().Retire(n, i.opt.Now().UTC())
	if err != nil {
		return keys[n].Public, err
	}
	return keys[n].Public, i.replaceKeys(ctx, keys)
}

// Compromised is what a compromised key leaves behind.
type Compromised struct {
	Key      keyring.Public  `json:"key"`      // revoked
	Next     *keyring.Public `json:"next"`     // the new key; nil if the compromised one did not sign any more
	Affected []Record        `json:"affected"` // the credentials to issue again
}

// CompromiseKey marks a key as known to somebody else: verifiers that see the
// new DID document believe nothing it signed any more. If it was the one that
// signs, a new key takes its place and signs every list anew. It returns the
// credentials that need to be issued again.
func (i *Issuer) CompromiseKey(ctx context.Context, id string) (*Compromised, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	if i.isKey() {
		return nil, ErrKeyIsIdentity
	}
	n, err := i.position(id)
	if err != nil {
		return nil, err
	}
	keys, replaced, err := i.ring().Compromise(n, i.profile.DID, i.opt.Now().UTC())
	if err != nil {
		return nil, err
	}
	if err := i.replaceKeys(ctx, keys); err != nil {
		return nil, err
	}
	out := &Compromised{Key: keys[n].Public}
	if replaced {
		out.Next = &keys[len(keys)-1].Public
	}
	out.Affected, err = i.Find(ctx, Query{Key: keys[n].ID})
	return out, err
}

// replaceKeys writes the keys, with lists signed by the one that signs now, and
// takes them into use. The caller holds the turn.
func (i *Issuer) replaceKeys(ctx context.Context, keys keyring.Ring) error {
	signers, err := i.listKeysOf(keys)
	if err != nil {
		return err
	}
	i.signing.Lock()
	defer i.signing.Unlock()
	err = i.publish(ctx, signers, i.unchanged(), func(tx Tx) error {
		for n, k := range keys {
			if err := putKey(tx, n, k); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.keys = keys
	return nil
}

// position finds a key by its ID or by the part behind the number sign.
func (i *Issuer) position(id string) (int, error) {
	n := slices.IndexFunc(i.ring(), func(k keyring.Key) bool { return k.Is(id) })
	if n < 0 {
		return 0, fmt.Errorf("%w: no key is called %q", ErrNotFound, id)
	}
	return n, nil
}

// DIDDocument returns the issuer's did.json: every key it ever had, the retired
// ones without an end, the compromised ones with the time from which nothing
// they signed counts. A did:key has no such file; it fails with ErrKeyIsIdentity.
func (i *Issuer) DIDDocument() ([]byte, error) {
	if i.isKey() {
		return nil, ErrKeyIsIdentity
	}
	doc, err := i.ring().Document(i.profile.DID)
	if err != nil {
		return nil, err
	}
	return doc.Indented(), nil
}
