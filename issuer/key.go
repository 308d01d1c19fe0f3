package issuer

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/issuer/mechanism"
	"laurel/proof"
)

// ErrKeyIsIdentity says that a did:key issuer cannot change its key: the key is
// what it is called.
var ErrKeyIsIdentity = errors.New("this issuer is its key and cannot have another")

// ErrKeyState says that a key cannot go where it was sent: the only one that
// signs cannot retire, and what was revoked stays so.
var ErrKeyState = errors.New("this key cannot be changed in that way")

// KeyInfo is what everybody may know of a key, and its window: the time from
// From to Until in which it signs.
type KeyInfo struct {
	ID      string    `json:"id"`               // the verification method's URL
	Type    string    `json:"type"`             // "Ed25519" or "P-256"
	Public  string    `json:"publicKey"`        // Multikey
	From    time.Time `json:"from"`             // signs from then
	Until   time.Time `json:"until,omitzero"`   // retired then; zero: still signs
	Revoked time.Time `json:"revoked,omitzero"` // nothing it signed counts from then on; zero: never
}

// State is "active", "retired" or "compromised".
func (k KeyInfo) State() string {
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
func (k KeyInfo) Is(name string) bool {
	return name == k.ID || name == k.fragment()
}

// fragment is the part of its ID behind the number sign.
func (k KeyInfo) fragment() string {
	_, fragment, _ := strings.Cut(k.ID, "#")
	return fragment
}

// signingKey is a key as it is kept, with its secret.
type signingKey struct {
	KeyInfo
	Secret string `json:"secretKey"` // Multikey

	signer crypto.Signer
}

// newKey makes a key. It has no ID yet.
func newKey(from time.Time, kind mechanism.KeyKind) (signingKey, error) {
	private, err := kind.Generate()
	if err != nil {
		return signingKey{}, err
	}
	k := signingKey{KeyInfo: KeyInfo{Type: string(kind), From: from}, signer: private}
	if k.Public, err = did.FormatMultikey(private.Public()); err != nil {
		return signingKey{}, err
	}
	k.Secret, err = did.FormatSecretMultikey(private)
	return k, err
}

// identify gives an issuer its DID and its first key the matching ID.
func identify(p *Profile, k *signingKey, m Method) error {
	switch m {
	case Key:
		id, err := did.FormatKey(k.signer.Public())
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

func putKey(tx Tx, position int, k signingKey) error {
	return putJSON(tx, fmt.Sprintf("%s%06d", keyPrefix, position), k)
}

func readKeys(tx Tx) ([]signingKey, error) {
	var keys []signingKey
	err := tx.Names(keyPrefix, func(name string) error {
		var k signingKey
		if err := getJSON(tx, name, &k); err != nil {
			return err
		}
		signer, err := did.ParseSecretMultikey(k.Secret)
		if err != nil {
			return fmt.Errorf("%w: %s: %w", errDamaged, name, err)
		}
		k.signer, k.Type = signer, string(mechanism.KindOf(signer.Public()))
		keys = append(keys, k)
		return nil
	})
	return keys, err
}

// Keys returns the issuer's keys, oldest first. They are in memory, so that the
// error is always nil; it is there for whoever asks a server for them.
func (i *Issuer) Keys(context.Context) ([]KeyInfo, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	out := make([]KeyInfo, len(i.keys))
	for n, k := range i.keys {
		out[n] = k.KeyInfo
	}
	return out, nil
}

// active are the keys that sign lists now.
func (i *Issuer) active() (listKeys, error) { return i.listKeysOf(i.copyKeys()) }

// activeOf is the key of a kind that signs now.
func (i *Issuer) activeOf(kind mechanism.KeyKind) (signingKey, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return newestActive(i.keys, kind)
}

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
	keys := i.copyKeys()
	_, err := newestActive(keys, c.Kind())
	if err != nil && i.isKey() {
		return fmt.Errorf("%w: its proof %q takes a key on %s: %w", ErrTemplate, c.Name, c.Kind(), ErrKeyIsIdentity)
	}
	if c.Claims() {
		i.publishTokens()
	}
	if err != nil {
		if keys, err = i.withNext(keys, c.Kind()); err != nil {
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
func signOptions(s proof.Suite, k signingKey, at time.Time) proof.SignOptions {
	return proof.SignOptions{Suite: s, Key: k.signer, Method: k.ID, Created: at}
}

// isKey reports whether the issuer is its key, a did:key.
func (i *Issuer) isKey() bool { return strings.HasPrefix(i.profile.DID, "did:key:") }

func (i *Issuer) copyKeys() []signingKey {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.keys)
}

// RotateKey makes a new key that signs from now on, retires the one that did,
// and signs every list anew. What the old key signed stays good. An issuer that
// signs with keys of two kinds gets a new one of each; the one that signs lists
// is returned.
func (i *Issuer) RotateKey(ctx context.Context) (KeyInfo, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	if i.isKey() {
		return KeyInfo{}, ErrKeyIsIdentity
	}
	keys := i.copyKeys()
	for _, kind := range []mechanism.KeyKind{mechanism.Edwards, mechanism.NIST} {
		if _, err := newestActive(keys, kind); err != nil {
			continue
		}
		var err error
		if keys, err = i.withNext(keys, kind); err != nil {
			return KeyInfo{}, err
		}
	}
	next, err := newestActive(keys, mechanism.KindFor(i.opt.Suite))
	if err != nil {
		return KeyInfo{}, err
	}
	return next.KeyInfo, i.replaceKeys(ctx, keys)
}

// withNext is the keys with a new one at the end, and the others of its kind
// retired.
func (i *Issuer) withNext(keys []signingKey, kind mechanism.KeyKind) ([]signingKey, error) {
	now := i.opt.Now().UTC()
	next, err := newKey(now, kind)
	if err != nil {
		return nil, err
	}
	next.ID = fmt.Sprintf("%s#key-%d", i.profile.DID, len(keys)+1)
	for n := range keys {
		if keys[n].Until.IsZero() && keys[n].Type == string(kind) {
			keys[n].Until = now
		}
	}
	return append(keys, next), nil
}

// RetireKey ends the window of a key. The last active key of a kind cannot retire.
func (i *Issuer) RetireKey(ctx context.Context, id string) (KeyInfo, error) {
	i.turn.Lock()
	defer i.turn.Unlock()
	keys := i.copyKeys()
	n, err := position(keys, id)
	if err != nil {
		return KeyInfo{}, err
	}
	if keys[n].Until.IsZero() {
		keys[n].Until = i.opt.Now().UTC()
	}
	if _, err := newestActive(keys, mechanism.KeyKind(keys[n].Type)); err != nil {
		return keys[n].KeyInfo, err
	}
	return keys[n].KeyInfo, i.replaceKeys(ctx, keys)
}

// Compromised is what a compromised key leaves behind.
type Compromised struct {
	Key      KeyInfo  `json:"key"`      // revoked
	Next     *KeyInfo `json:"next"`     // the new key; nil if the compromised one did not sign any more
	Affected []Record `json:"affected"` // the credentials to issue again
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
	keys := i.copyKeys()
	n, err := position(keys, id)
	if err != nil {
		return nil, err
	}
	wasActive := keys[n].State() == "active"
	if wasActive {
		if keys, err = i.withNext(keys, mechanism.KeyKind(keys[n].Type)); err != nil {
			return nil, err
		}
	}
	if keys[n].Revoked.IsZero() {
		keys[n].Revoked = i.opt.Now().UTC()
	}
	if err := i.replaceKeys(ctx, keys); err != nil {
		return nil, err
	}
	out := &Compromised{Key: keys[n].KeyInfo}
	if wasActive {
		out.Next = &keys[len(keys)-1].KeyInfo
	}
	out.Affected, err = i.Find(ctx, Query{Key: keys[n].ID})
	return out, err
}

// replaceKeys writes the keys, with lists signed by the one that signs now, and
// takes them into use. The caller holds the turn.
func (i *Issuer) replaceKeys(ctx context.Context, keys []signingKey) error {
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

// newestActive is the key that signs: the newest of its kind that is not retired.
func newestActive(keys []signingKey, kind mechanism.KeyKind) (signingKey, error) {
	for _, k := range slices.Backward(keys) {
		if k.State() == "active" && k.Type == string(kind) {
			return k, nil
		}
	}
	return signingKey{}, fmt.Errorf("%w: it is the only one that signs", ErrKeyState)
}

// position finds a key by its ID or by the part behind the number sign.
func position(keys []signingKey, id string) (int, error) {
	for n, k := range keys {
		if k.Is(id) {
			return n, nil
		}
	}
	return 0, fmt.Errorf("%w: no key is called %q", ErrNotFound, id)
}

// DIDDocument returns the issuer's did.json: every key it ever had, the retired
// ones without an end, the compromised ones with the time from which nothing
// they signed counts. A did:key has no such file; it fails with ErrKeyIsIdentity.
func (i *Issuer) DIDDocument() ([]byte, error) {
	if i.isKey() {
		return nil, ErrKeyIsIdentity
	}
	var keys []did.WebKey
	for _, k := range i.copyKeys() {
		keys = append(keys, did.WebKey{Fragment: k.fragment(), Public: k.signer.Public(), Revoked: k.Revoked})
	}
	doc, err := did.WebDocument(i.profile.DID, keys)
	if err != nil {
		return nil, err
	}
	return doc.Indented(), nil
}
