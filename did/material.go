package did

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"

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
	default:
		return nil, fmt.Errorf("%w: %s", ErrKeyUnsupported, clip(kind))
	}
	for _, name := range materials {
		if v.Get(name).Exists() != (name == want) {
			return nil, fmt.Errorf("%w: a %s has one %s and nothing like it beside", ErrKeyInvalid, kind, want)
		}
	}
	if want == "publicKeyJwk" {
		return readJWK(v.Get(want))
	}
	text, ok := v.Get(want).Text()
	if !ok {
		return nil, fmt.Errorf("%w: publicKeyMultibase is %s, not a string", ErrKeyInvalid, article(v.Get(want)))
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

// readJWK reads a public JSON Web Key (RFC 7517) on Ed25519 (RFC 8037) or P-256
// (RFC 7518). Private members, encryption keys and an alg for another curve are
// refused.
func readJWK(v strictjson.Value) (crypto.PublicKey, error) {
	if v.Kind() != strictjson.Dict {
		return nil, fmt.Errorf("%w: publicKeyJwk is %s, not an object", ErrKeyInvalid, article(v))
	}
	// "publicKeyJwk […] MUST NOT include any members of the private information
	// class, such as d": Controlled Identifiers 1.0, section 2.2.3.
	for _, name := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
		if v.Get(name).Exists() {
			return nil, fmt.Errorf("%w: publicKeyJwk has the private member %s", ErrKeyInvalid, name)
		}
	}
	if use := v.Get("use"); use.Exists() && use.Str() != "sig" {
		return nil, fmt.Errorf("%w: its use is not sig", ErrKeyInvalid)
	}
	switch kty, crv := v.Get("kty").Str(), v.Get("crv").Str(); {
	case kty == "OKP" && crv == "Ed25519":
		return readOKP(v)
	case kty == "EC" && crv == "P-256":
		return readEC(v)
	case kty == "" || crv == "" && kty != "RSA":
		return nil, fmt.Errorf("%w: publicKeyJwk has no kty and crv", ErrKeyInvalid)
	default:
		return nil, fmt.Errorf("%w: %s %s", ErrKeyUnsupported, clip(kty), clip(crv))
	}
}

func readOKP(v strictjson.Value) (crypto.PublicKey, error) {
	if err := checkAlg(v, "EdDSA", "Ed25519"); err != nil {
		return nil, err
	}
	x, err := coordinate(v, "x")
	if err != nil {
		return nil, err
	}
	if err := checkEd25519(x); err != nil {
		return nil, err
	}
	return ed25519.PublicKey(x), nil
}

func readEC(v strictjson.Value) (crypto.PublicKey, error) {
	if err := checkAlg(v, "ES256"); err != nil {
		return nil, err
	}
	x, err := coordinate(v, "x")
	if err != nil {
		return nil, err
	}
	y, err := coordinate(v, "y")
	if err != nil {
		return nil, err
	}
	pub, err := uncompressedP256(append(append([]byte{4}, x...), y...))
	if err != nil {
		return nil, err
	}
	return pub, nil
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
	return fmt.Errorf("%w: alg %q does not belong to this curve", ErrKeyInvalid, clip(alg.Str()))
}

// coordinate reads 32 bytes in base64url without padding, in the one canonical
// way: the decoder of the standard library skips line ends and ignores loose
// bits.
func coordinate(v strictjson.Value, name string) ([]byte, error) {
	text := v.Get(name).Str()
	if len(text) != base64.RawURLEncoding.EncodedLen(32) {
		return nil, fmt.Errorf("%w: %s is not 32 bytes in base64url", ErrKeyInvalid, name)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != 32 {
		return nil, fmt.Errorf("%w: %s is not 32 bytes in base64url", ErrKeyInvalid, name)
	}
	return b, nil
}
