// Package sharelink is what a wallet and a verifier must agree on so that a
// learner can share badges by a link: how the link is written, what it opens, and
// what the wallet leaves with the verifier. It makes no connections and keeps
// nothing.
//
// # A link
//
// A link is an address of the verifier and 256 random bits, the token:
//
//	https://verifier.example/s/Jx9f…
//
// Two things are derived from the token by HKDF (RFC 5869) with SHA-256: the ID,
// under which the verifier keeps the share, and the key that it is sealed with.
// Whoever has the link has both. Whoever has what the verifier keeps has the ID,
// and can neither find the link nor read the share.
//
//	link := sharelink.New("https://verifier.example")
//	sealed, err := link.Seal([][]byte{presentation}) // made for link.ID() as its challenge
//	…                                                // post it, see Deposit
//	link, err = sharelink.Parse("https://verifier.example/s/Jx9f…")
//	presentations, err := link.Open(sealed) // ErrSealed: another share's, or altered
//
// The seal is AES-256-GCM with a random nonce, and the ID as the associated data:
// what was sealed for one link opens under no other.
//
// # A deposit
//
// A Deposit is what the wallet posts, as JSON:
//
//	{"type":"laurel/share/v1","id":"…","verifier":"https://verifier.example",
//	 "sealed":"…","withdraw":"…","expires":"2026-07-01T00:00:00Z"}
//
// The ID has 128 bits, so nobody guesses one either. Withdraw is the SHA-256 of a
// second secret, with which the wallet asks how often the link was opened, and
// takes it back.
package sharelink

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"laurel/internal/strictjson"
)

const (
	tokenBytes = 32 // 256 bits: the link is the only key there is
	idBytes    = 16 // 128 bits: it is looked up, and opens nothing
	keyBytes   = 32 // AES-256

	// maxPresentations bounds one share: each identity of the learner makes one,
	// and each token with a key binding is one.
	maxPresentations = 16
)

var (
	// ErrLink says that a text is no link to a share.
	ErrLink = errors.New("not a link to a share")
	// ErrSealed says that something does not open under a link: it was sealed for
	// another, or altered.
	ErrSealed = errors.New("this link does not open what is kept under it")
	// ErrContents says that presentations are too many or not readable.
	ErrContents = errors.New("a share holds 1 to 16 presentations, each a text")
)

var encoding = base64.RawURLEncoding.Strict()

// Link is the address of a share. Make it with New, Parse or Of.
type Link struct {
	verifier string
	token    [tokenBytes]byte
}

// New makes a link that nobody has seen, at a verifier's address (a scheme and a
// host, and nothing behind them).
func New(verifier string) Link {
	l := Link{verifier: verifier}
	_, _ = rand.Read(l.token[:]) // it cannot fail: without randomness Go ends the program
	return l
}

// Of is the link with that token at a verifier's address. It wraps ErrLink.
func Of(verifier, token string) (Link, error) {
	l := Link{verifier: verifier}
	bits, err := encoding.DecodeString(token)
	if err != nil || len(bits) != tokenBytes || len(token) != encoding.EncodedLen(tokenBytes) { // line breaks are skipped
		return Link{}, ErrLink
	}
	copy(l.token[:], bits)
	return l, nil
}

// Parse reads a whole link. It wraps ErrLink.
func Parse(text string) (Link, error) {
	verifier, token, found := strings.Cut(text, "/s/")
	if !found || verifier == "" {
		return Link{}, ErrLink
	}
	return Of(verifier, token)
}

// Verifier is the address of the verifier, as it was given.
func (l Link) Verifier() string { return l.verifier }

// Token is what stands behind /s/ in the link: 43 letters, digits, "-" and "_".
func (l Link) Token() string { return encoding.EncodeToString(l.token[:]) }

// String is the link itself, which is the secret.
func (l Link) String() string { return l.verifier + "/s/" + l.Token() }

// ID is what the verifier finds the share by: 32 hexadecimal digits.
// The presentations of a share are made with it as their challenge.
func (l Link) ID() string { return hex.EncodeToString(l.derive("id", idBytes)) }

// derive makes one of the two values that follow from the token.
func (l Link) derive(what string, length int) []byte {
	out, err := hkdf.Key(sha256.New, l.token[:], nil, "laurel/share/v1 "+what, length)
	if err != nil {
		panic(err) // only for more than 255 digests
	}
	return out
}

func (l Link) aead() cipher.AEAD {
	block, err := aes.NewCipher(l.derive("key", keyBytes))
	if err == nil {
		var aead cipher.AEAD
		if aead, err = cipher.NewGCMWithRandomNonce(block); err == nil {
			return aead
		}
	}
	panic(err) // only for another length of the key
}

// contentsType is the "type" of what is sealed.
const contentsType = "laurel/share-contents/v1"

// Seal seals presentations for this link: JSON documents or tokens, which are
// texts both. It wraps ErrContents.
func (l Link) Seal(presentations [][]byte) ([]byte, error) {
	if len(presentations) == 0 || len(presentations) > maxPresentations {
		return nil, ErrContents
	}
	texts := make([]string, len(presentations))
	for i, p := range presentations {
		texts[i] = string(p)
	}
	plain := strictjson.Object(
		strictjson.Member{Name: "type", Value: strictjson.String(contentsType)},
		strictjson.Member{Name: "presentations", Value: strictjson.Strings(texts...)},
	).JSON()
	if len(plain) > MaxSealed {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are kept", ErrLimit, len(plain), MaxSealed)
	}
	return l.aead().Seal(nil, nil, plain, []byte(l.ID())), nil
}

// Open returns the presentations that were sealed for this link. It wraps
// ErrSealed, or ErrContents for what somebody sealed who does not keep the rules.
func (l Link) Open(sealed []byte) ([][]byte, error) {
	plain, err := l.aead().Open(nil, nil, sealed, []byte(l.ID()))
	if err != nil {
		return nil, ErrSealed
	}
	return contents(plain)
}

// contents reads what was sealed. It wraps ErrContents.
func contents(plain []byte) ([][]byte, error) {
	doc, err := strictjson.ParseWithin(plain, strictjson.Limits{Bytes: MaxSealed, String: MaxSealed, Nodes: maxPresentations + 8})
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrContents, err)
	}
	elems := doc.Get("presentations").Elems()
	if doc.Get("type").Str() != contentsType || len(elems) == 0 || len(elems) > maxPresentations {
		return nil, ErrContents
	}
	out := make([][]byte, len(elems))
	for i, e := range elems {
		text, ok := e.Text()
		if !ok {
			return nil, ErrContents
		}
		out[i] = []byte(text)
	}
	return out, nil
}
