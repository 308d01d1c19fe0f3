package did

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"fmt"
	"math"
	"math/big"
	"strings"

	"laurel/internal/strictjson"
)

// materials are the members that can hold a key. A method has one of them:
// with two, readers could disagree about the key.
var materials = []string{
	"publicKeyMultibase", "publicKeyJwk", "publicKeyBase58", "publicKeyHex", "publicKeyPem", "publicKeyGpg",
}

// secrets are the members that hold a secret key. One that stands in a
// published document is no secret.
var secrets = []string{"secretKeyMultibase", "secretKeyJwk", "privateKeyMultibase", "privateKeyJwk", "privateKeyBase58"}

// readKey reads the key of a verification method of the given type. Errors wrap
// ErrKeyInvalid, ErrKeyUnsupported or ErrLimit.
func readKey(kind string, v strictjson.Value) (crypto.PublicKey, error) {
	for _, name := range secrets {
		if v.Get(name).Exists() {
			return nil, fmt.Errorf("%w: %s publishes the secret key", ErrKeyInvalid, name)
		}
	}
	var want string
	switch kind {
	case "Multikey", "Ed25519VerificationKey2020":
		want = "publicKeyMultibase"
	case "JsonWebKey", "JsonWebKey2020":
		want = "publicKeyJwk"
	case "Ed25519VerificationKey2018", "Bls12381G2Key2020": // of the legacy suites of their names
		want = "publicKeyBase58"
	default:
		return nil, fmt.Errorf("%w: %s", ErrKeyUnsupported, strictjson.Clip(kind))
	}
	for _, name := range materials {
		if v.Get(name).Exists() != (name == want) {
			return nil, fmt.Errorf("%w: a %s has one %s and nothing like it beside", ErrKeyInvalid, kind, want)
		}
	}
	if want == "publicKeyJwk" {
		return ParseJWK(v.Get(want))
	}
	text, ok := v.Get(want).Text()
	if !ok {
		return nil, fmt.Errorf("%w: %s is %s, not a string", ErrKeyInvalid, want, article(v.Get(want)))
	}
	if want == "publicKeyBase58" {
		return readBase58(kind, text)
	}
	key, err := ParseMultikey(text)
	if err != nil {
		return nil, err
	}
	if _, ok := key.(ed25519.PublicKey); !ok && kind == "Ed25519VerificationKey2020" {
		return nil, fmt.Errorf("%w: an Ed25519VerificationKey2020 with another type of key", ErrKeyInvalid)
	}
	return key, nil
}

// readBase58 reads the key of a type that says by itself what the bytes are, in
// base58 without a prefix of any kind.
func readBase58(kind, text string) (crypto.PublicKey, error) {
	raw, err := decodeBase58("z" + text)
	switch {
	case err != nil:
		return nil, err
	case kind == "Bls12381G2Key2020":
		return readBLS(raw)
	}
	if err := checkEd25519(raw); err != nil {
		return nil, err
	}
	return ed25519.PublicKey(raw), nil
}

// ParseJWK reads a public JSON Web Key (RFC 7517) for signatures: Ed25519 (RFC
// 8037), P-256, P-384, P-521 or RSA (RFC 7518), or secp256k1 (RFC 8812).
// Private members, encryption keys and an alg for another type of key are
// refused. It wraps ErrKeyInvalid or ErrKeyUnsupported.
func ParseJWK(v strictjson.Value) (crypto.PublicKey, error) {
	if v.Kind() != strictjson.Dict {
		return nil, fmt.Errorf("%w: the JSON Web Key is %s, not an object", ErrKeyInvalid, article(v))
	}
	// "publicKeyJwk […] MUST NOT include any members of the private information
	// class, such as d": Controlled Identifiers 1.0, section 2.2.3.
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if v.Get(name).Exists() {
			return nil, fmt.Errorf("%w: the JSON Web Key has the private member %s", ErrKeyInvalid, name)
		}
	}
	kty, crv := v.Get("kty").Str(), v.Get("crv").Str()
	if kty == "" || crv == "" && kty != "RSA" {
		return nil, fmt.Errorf("%w: the JSON Web Key has no kty and crv", ErrKeyInvalid)
	}
	var read func(strictjson.Value) (crypto.PublicKey, error)
	switch c := findCurve(func(c *curve) bool { return c.name == crv }); {
	case kty == "OKP" && crv == "Ed25519":
		read = readOKP
	case kty == "EC" && c != nil:
		read = c.readEC
	case kty == "EC" && crv == p521.name:
		read = p521.readEC
	case kty == "RSA":
		read = readRSA
	default:
		return nil, fmt.Errorf("%w: %s %s", ErrKeyUnsupported, strictjson.Clip(kty), strictjson.Clip(crv))
	}
	if err := checkUse(v); err != nil {
		return nil, err
	}
	return read(v)
}

// checkUse refuses a key that says itself that it is not for checking signatures
// (RFC 7517, sections 4.2 and 4.3).
func checkUse(v strictjson.Value) error {
	if use := v.Get("use"); use.Exists() && use.Str() != "sig" {
		return fmt.Errorf("%w: its use is not sig", ErrKeyInvalid)
	}
	ops := v.Get("key_ops")
	if !ops.Exists() {
		return nil
	}
	for _, op := range ops.Elems() {
		if op.Str() == "verify" {
			return nil
		}
	}
	return fmt.Errorf("%w: its key_ops do not name verify", ErrKeyInvalid)
}

const (
	// minRSA is the shortest modulus that RFC 7518, section 3.3, allows; maxRSA
	// bounds what a signature check costs.
	minRSA = 2048
	maxRSA = 8192
)

// readRSA reads an RSA key. Each number is "the minimum number of octets needed"
// (RFC 7518, section 6.3.1), so that one key has one spelling.
func readRSA(v strictjson.Value) (crypto.PublicKey, error) {
	if err := checkAlg(v, "RS256"); err != nil {
		return nil, err
	}
	n, err := number(v, "n", maxRSA/8)
	if err != nil {
		return nil, err
	}
	e, err := number(v, "e", 4)
	if err != nil {
		return nil, err
	}
	key := &rsa.PublicKey{N: n, E: int(e.Int64())}
	switch {
	case n.BitLen() < minRSA || n.Bit(0) == 0:
		return nil, fmt.Errorf("%w: an RSA modulus of %d bits, at least %d are needed", ErrKeyInvalid, n.BitLen(), minRSA)
	case key.E < 3 || key.E%2 == 0 || key.E > math.MaxInt32:
		return nil, fmt.Errorf("%w: no RSA exponent", ErrKeyInvalid)
	}
	return key, nil
}

// number reads a positive number of at most that many bytes.
func number(v strictjson.Value, name string, most int) (*big.Int, error) {
	text := v.Get(name).Str()
	if text == "" || len(text) > base64.RawURLEncoding.EncodedLen(most) || strings.ContainsAny(text, "\r\n") {
		return nil, fmt.Errorf("%w: %s is not a number of 1 to %d bytes in base64url", ErrKeyInvalid, name, most)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) == 0 || b[0] == 0 {
		return nil, fmt.Errorf("%w: %s is not a number in base64url", ErrKeyInvalid, name)
	}
	return new(big.Int).SetBytes(b), nil
}

func readOKP(v strictjson.Value) (crypto.PublicKey, error) {
	if err := checkAlg(v, "EdDSA", "Ed25519"); err != nil {
		return nil, err
	}
	x, err := coordinate(v, "x", ed25519.PublicKeySize)
	if err != nil {
		return nil, err
	}
	if err := checkEd25519(x); err != nil {
		return nil, err
	}
	return ed25519.PublicKey(x), nil
}

// readEC reads a point. "The length of this octet string MUST be the full size
// of a coordinate for the curve" (RFC 7518, section 6.2.1.2).
func (c *curve) readEC(v strictjson.Value) (crypto.PublicKey, error) {
	if err := checkAlg(v, c.alg); err != nil {
		return nil, err
	}
	x, err := coordinate(v, "x", c.size)
	if err != nil {
		return nil, err
	}
	y, err := coordinate(v, "y", c.size)
	if err != nil {
		return nil, err
	}
	return c.point(x, y)
}

// checkAlg accepts an absent alg or one of those given.
func checkAlg(v strictjson.Value, allowed ...string) error {
	alg := v.Get("alg")
	if !alg.Exists() {
		return nil
	}
	for _, a := range allowed {
		if alg.Str() == a {
			return nil
		}
	}
	return fmt.Errorf("%w: alg %q does not belong to this curve", ErrKeyInvalid, strictjson.Clip(alg.Str()))
}

// coordinate reads a number of that many bytes in base64url without padding, in
// the one canonical way: the decoder of the standard library skips line ends and
// ignores loose bits.
func coordinate(v strictjson.Value, name string, size int) ([]byte, error) {
	text := v.Get(name).Str()
	if len(text) == base64.RawURLEncoding.EncodedLen(size) {
		if b, err := base64.RawURLEncoding.Strict().DecodeString(text); err == nil && len(b) == size {
			return b, nil
		}
	}
	return nil, fmt.Errorf("%w: %s is not %d bytes in base64url", ErrKeyInvalid, name, size)
}
