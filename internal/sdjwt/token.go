package sdjwt

import (
	"bytes"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

const (
	// maxDisclosures bounds the work that one token makes: each is decoded, hashed
	// and parsed. The largest badge seen has 400 values.
	maxDisclosures = 512
	// maxToken bounds the whole: a badge with its picture, several times over.
	maxToken = 8 << 20
)

// bindingType is the typ of a key binding JWT (RFC 9901, section 4.3).
const bindingType = "kb+jwt"

var (
	// ErrDisclosure says that disclosures and digests break a rule of RFC 9901: one
	// that no digest refers to, a digest that occurs twice, a name that is taken or
	// reserved, the wrong form.
	ErrDisclosure = errors.New("the disclosures do not fit the token")
	// ErrBinding says that the key binding does not hold: it is missing, signed
	// with another key, or made for other disclosures.
	ErrBinding = errors.New("the key binding does not hold")
)

// Token is an SD-JWT, or SD-JWT+KB, taken apart. Nothing in it is to be believed
// before JWT has been verified and Claims has returned no error. It is not for
// concurrent use.
type Token struct {
	JWT         *jose.Message // signed by the issuer
	Disclosures []string      // in base64url, as they came
	Binding     *jose.Message // signed by the holder; nil if there is none

	payload strictjson.Value // of JWT, once it has been read
}

// read gives the payload of the issuer's JWT.
func (t *Token) read() (strictjson.Value, error) {
	if t.payload.Exists() {
		return t.payload, nil
	}
	payload, err := t.JWT.Claims()
	t.payload = payload
	return payload, err
}

// Parse reads the compact form, or the flattened JSON form (RFC 9901, section 8).
// It wraps jose.ErrMalformed, ErrDisclosure for a disclosure that is empty, or an
// error of strictjson. Disclosures are decoded by Claims.
func Parse(text []byte) (*Token, error) {
	if len(text) > maxToken {
		return nil, fmt.Errorf("%w: a token of %d characters, at most %d are read", strictjson.ErrLimit, len(text), maxToken)
	}
	if len(text) > 0 && text[0] == '{' {
		var err error
		if text, err = fromJSON(text); err != nil {
			return nil, err
		}
	}
	parts := bytes.SplitN(text, []byte{'~'}, min(bytes.Count(text, []byte{'~'})+1, maxDisclosures+3))
	switch {
	case len(parts) == 1:
		return nil, fmt.Errorf("%w: a token with disclosures has a tilde behind each part", jose.ErrMalformed)
	case len(parts) > maxDisclosures+2:
		return nil, fmt.Errorf("%w: more than %d disclosures", strictjson.ErrLimit, maxDisclosures)
	}
	t := &Token{}
	var err error
	if t.JWT, err = jose.Parse(parts[0]); err != nil {
		return nil, err
	}
	last := len(parts) - 1
	for i, part := range parts[1:last] {
		if len(part) == 0 {
			return nil, fmt.Errorf("%w: disclosure %d is empty", ErrDisclosure, i+1)
		}
		t.Disclosures = append(t.Disclosures, string(part))
	}
	if len(parts[last]) > 0 {
		if t.Binding, err = jose.Parse(parts[last]); err != nil {
			return nil, fmt.Errorf("key binding: %w", err)
		}
	}
	return t, nil
}

// fromJSON turns the flattened JSON form into the compact one: a JWS with the
// disclosures, and the key binding, in its unprotected header.
func fromJSON(text []byte) ([]byte, error) {
	v, err := strictjson.ParseWithin(text, strictjson.Limits{Nodes: 2 * maxDisclosures})
	if errors.Is(err, strictjson.ErrMalformed) {
		return nil, fmt.Errorf("%w: %v", jose.ErrMalformed, err)
	} else if err != nil {
		return nil, err
	}
	// Of the general form only one signature could be shown as the issuer's, and
	// which one would be a matter of taste.
	if v.Get("signatures").Exists() {
		return nil, fmt.Errorf("%w: the general JSON form, which can have several signatures, is not read", jose.ErrMalformed)
	}
	var out []byte
	for i, name := range []string{"protected", "payload", "signature"} {
		part, ok := v.Get(name).Text()
		if !ok {
			return nil, fmt.Errorf("%w: %s is not a text", jose.ErrMalformed, name)
		}
		if i > 0 {
			out = append(out, '.')
		}
		if strings.ContainsAny(part, ".~") { // each stands for one part, and for no more
			return nil, fmt.Errorf("%w: %s is not base64url", jose.ErrMalformed, name)
		}
		out = append(out, part...)
	}
	out = append(out, '~')
	for _, d := range v.Get("header").Get("disclosures").List() {
		text, ok := d.Text()
		if !ok || strings.Contains(text, "~") {
			return nil, fmt.Errorf("%w: one is not a text in base64url", ErrDisclosure)
		}
		out = append(append(out, text...), '~')
	}
	binding := v.Get("header").Get("kb_jwt")
	if text, ok := binding.Text(); ok && text != "" && !strings.Contains(text, "~") {
		out = append(out, text...)
	} else if binding.Exists() {
		return nil, fmt.Errorf("%w: kb_jwt is not a token", jose.ErrMalformed)
	}
	return out, nil
}

// Compact is the token in its compact form.
func (t *Token) Compact() string {
	text := t.bound()
	if t.Binding != nil {
		text = append(text, t.Binding.Compact()...)
	}
	return string(text)
}

// bound is the part that a key binding signs along: everything up to the last
// tilde.
func (t *Token) bound() []byte {
	size := len(t.JWT.Compact()) + 1
	for _, d := range t.Disclosures {
		size += len(d) + 1
	}
	text := append(slices.Grow([]byte(nil), size), t.JWT.Compact()...)
	for _, d := range t.Disclosures {
		text = append(append(text, '~'), d...)
	}
	return append(text, '~')
}

// Binding is what a key binding JWT says (RFC 9901, section 4.3).
type Binding struct {
	Audience string    // whom the token is shown to; one text, never a list
	Nonce    string    // what that party asked with
	IssuedAt time.Time // when the holder made it

	// From and Until are nbf and exp, by which a holder may narrow it further; zero
	// is no such end. Bind does not write them.
	From, Until time.Time
}

// VerifyBinding checks the key binding under the holder's key: its type, its
// signature, and that it was made for exactly this token and these disclosures
// (RFC 9901, section 7.3). Members that are missing or of the wrong kind come out
// empty, and then equal nothing that was asked for. It wraps ErrBinding (if there
// is no key binding, too), jose.ErrType, jose.ErrAlgorithm, jose.ErrCritical,
// jose.ErrKey, jose.ErrMalformed or an error of strictjson.
func (t *Token) VerifyBinding(key crypto.PublicKey) (Binding, error) {
	if t.Binding == nil {
		return Binding{}, fmt.Errorf("%w: there is none", ErrBinding)
	}
	err := t.Binding.Verify(key, jose.Rules{Types: []string{bindingType}})
	if errors.Is(err, jose.ErrSignature) {
		return Binding{}, fmt.Errorf("%w: it was not signed with the key that the issuer named", ErrBinding)
	} else if err != nil {
		return Binding{}, fmt.Errorf("key binding: %w", err)
	}
	claims, err := t.Binding.Claims()
	if err != nil {
		return Binding{}, fmt.Errorf("key binding: %w", err)
	}
	payload, err := t.read()
	if err != nil {
		return Binding{}, err
	}
	hash, err := hashOf(payload)
	if err != nil {
		return Binding{}, err
	}
	if got, ok := claims.Get("sd_hash").Text(); !ok || got != digest(hash, t.bound()) {
		return Binding{}, fmt.Errorf("%w: it was made for another token, or other disclosures", ErrBinding)
	}
	b := Binding{Audience: claims.Get("aud").Str(), Nonce: claims.Get("nonce").Str()}
	for i, to := range []*time.Time{&b.IssuedAt, &b.From, &b.Until} {
		if *to, err = jose.Date(claims, [...]string{"iat", "nbf", "exp"}[i]); err != nil {
			return Binding{}, fmt.Errorf("key binding: %w", err)
		}
	}
	return b, nil
}

// Bind adds a key binding, in place of one that is there. All three members of
// the Binding are required.
func (t *Token) Bind(key crypto.Signer, b Binding) (*Token, error) {
	if b.Audience == "" || b.Nonce == "" || b.IssuedAt.IsZero() {
		return nil, fmt.Errorf("%w: it needs an audience, a nonce and a time", ErrBinding)
	}
	payload, err := t.read()
	if err != nil {
		return nil, err
	}
	hash, err := hashOf(payload)
	if err != nil {
		return nil, err
	}
	claims := strictjson.Object(
		strictjson.Member{Name: "iat", Value: jose.NumericDate(b.IssuedAt)},
		strictjson.Member{Name: "aud", Value: strictjson.String(b.Audience)},
		strictjson.Member{Name: "nonce", Value: strictjson.String(b.Nonce)},
		strictjson.Member{Name: "sd_hash", Value: strictjson.String(digest(hash, t.bound()))},
	)
	header := strictjson.Object(strictjson.Member{Name: "typ", Value: strictjson.String(bindingType)})
	compact, err := jose.Sign(header, claims.JSON(), key)
	if err != nil {
		return nil, err
	}
	made, err := jose.Parse([]byte(compact))
	if err != nil {
		return nil, err
	}
	return &Token{JWT: t.JWT, Disclosures: t.Disclosures, Binding: made}, nil
}
