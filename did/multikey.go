package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/binary"
	"fmt"

	"github.com/multiformats/go-multibase"
)

// maxMultikey bounds a multikey before it is decoded: a did:key without its
// prefix.
const maxMultikey = maxKeyDID - len("did:key:")

// The multicodec codes of Ed25519 keys (github.com/multiformats/multicodec);
// those of the other keys are in the table of curves.
const (
	codeEd25519       = 0xed
	codeEd25519Secret = 0x1300
)

// codecName names the key types that are known and refused.
func codecName(code uint64) string {
	switch code {
	case 0xea, 0xee:
		return "BLS12-381 (not G2 alone)"
	case 0xec:
		return "X25519"
	case 0x1202:
		return "P-521"
	case 0x1203:
		return "Ed448"
	case 0x1205:
		return "RSA"
	case 0x1206:
		return "SM2"
	case 0x1302, 0x1303, 0x1305, 0x1308:
		return "secret"
	default:
		return fmt.Sprintf("multicodec 0x%x", code)
	}
}

// FormatMultikey writes a public key as a Multikey (Controlled Identifiers 1.0,
// section 2.2.2): "z", and the base58btc of the multicodec prefix and the key,
// 32 bytes for Ed25519, a compressed point of 33 bytes for P-256 and secp256k1,
// of 49 for P-384, and of 96 for BLS12-381 in G2. Other keys, and keys that ParseMultikey would refuse, give
// ErrKeyUnsupported and ErrKeyInvalid.
func FormatMultikey(pub crypto.PublicKey) (string, error) {
	if pub, ok := pub.(ed25519.PublicKey); ok {
		if err := checkEd25519(pub); err != nil {
			return "", err
		}
		return encodeMultikey(codeEd25519, pub), nil
	}
	if pub, ok := pub.(BLSKey); ok {
		if _, err := readBLS(pub[:]); err != nil {
			return "", err
		}
		return encodeMultikey(codeBLS, pub[:]), nil
	}
	c, point, err := compress(pub)
	if err != nil {
		return "", err
	}
	return encodeMultikey(c.public, point), nil
}

// ParseMultikey reads what FormatMultikey writes: an ed25519.PublicKey, an
// *ecdsa.PublicKey (P-256, P-384), a *secp256k1.PublicKey or a BLSKey. Only the one
// canonical text of a key is accepted. It wraps ErrKeyInvalid, ErrKeyUnsupported
// or ErrLimit.
func ParseMultikey(s string) (crypto.PublicKey, error) {
	code, raw, err := decodeMultikey(s)
	if err != nil {
		return nil, err
	}
	if code == codeEd25519 {
		if err := checkEd25519(raw); err != nil {
			return nil, err
		}
		return ed25519.PublicKey(raw), nil
	}
	if code == codeBLS {
		return readBLS(raw)
	}
	if c := findCurve(func(c *curve) bool { return c.public == code }); c != nil {
		return c.decompress(raw)
	}
	if code == codeEd25519Secret || findCurve(func(c *curve) bool { return c.secret == code }) != nil {
		return nil, fmt.Errorf("%w: this is a secret key; it must never be published", ErrKeyInvalid)
	}
	return nil, fmt.Errorf("%w: %s", ErrKeyUnsupported, codecName(code))
}

// FormatSecretMultikey writes a signing key as a secretKeyMultibase: the 32-byte
// seed of an ed25519.PrivateKey, or the scalar of an *ecdsa.PrivateKey on P-256
// (32 bytes) or P-384 (48). For exports that the owner asks for, and for test
// vectors.
func FormatSecretMultikey(k crypto.Signer) (string, error) {
	switch k := k.(type) {
	case ed25519.PrivateKey:
		if len(k) != ed25519.PrivateKeySize {
			return "", fmt.Errorf("%w: an Ed25519 signing key of %d bytes", ErrKeyInvalid, len(k))
		}
		return encodeMultikey(codeEd25519Secret, k.Seed()), nil
	case *ecdsa.PrivateKey:
		c := findCurve(func(c *curve) bool { return k != nil && c.nist != nil && k.Curve == c.nist })
		if c == nil {
			return "", fmt.Errorf("%w: ECDSA on another curve than P-256 and P-384", ErrKeyUnsupported)
		}
		scalar, err := k.Bytes()
		if err != nil {
			return "", fmt.Errorf("%w: %v", ErrKeyInvalid, err)
		}
		return encodeMultikey(c.secret, scalar), nil
	default:
		return "", fmt.Errorf("%w: %T", ErrKeyUnsupported, k)
	}
}

// ParseSecretMultikey reads what FormatSecretMultikey writes. Errors do not
// repeat the text.
func ParseSecretMultikey(s string) (crypto.Signer, error) {
	code, raw, err := decodeMultikey(s)
	if err != nil {
		return nil, err
	}
	if code == codeEd25519Secret {
		if len(raw) != ed25519.SeedSize {
			return nil, fmt.Errorf("%w: an Ed25519 seed of %d bytes, not 32", ErrKeyInvalid, len(raw))
		}
		return ed25519.NewKeyFromSeed(raw), nil
	}
	if code == codeEd25519 || findCurve(func(c *curve) bool { return c.public == code }) != nil {
		return nil, fmt.Errorf("%w: this is a public key, not a signing key", ErrKeyInvalid)
	}
	c := findCurve(func(c *curve) bool { return c.secret == code })
	switch {
	case c == nil:
		return nil, fmt.Errorf("%w: %s", ErrKeyUnsupported, codecName(code))
	case c.nist == nil: // nothing here signs with it
		return nil, fmt.Errorf("%w: a %s signing key", ErrKeyUnsupported, c.name)
	}
	k, err := ecdsa.ParseRawPrivateKey(c.nist, raw)
	if err != nil {
		return nil, fmt.Errorf("%w: no %s signing key", ErrKeyInvalid, c.name)
	}
	return k, nil
}

func encodeMultikey(code uint64, key []byte) string {
	buf := binary.AppendUvarint(make([]byte, 0, 2+len(key)), code)
	s, err := multibase.Encode(multibase.Base58BTC, append(buf, key...))
	if err != nil { // only an encoding that go-multibase does not know can fail
		panic("did: " + err.Error())
	}
	return s
}

// decodeMultikey splits a multikey into its multicodec code and the bytes that
// follow it.
func decodeMultikey(s string) (code uint64, key []byte, err error) {
	raw, err := decodeBase58(s)
	if err != nil {
		return 0, nil, err
	}
	code, n := binary.Uvarint(raw)
	if n <= 0 || n > 1 && raw[n-1] == 0 { // a last group of zero bits is padding
		return 0, nil, fmt.Errorf("%w: no multicodec prefix in its shortest form", ErrKeyInvalid)
	}
	return code, raw[n:], nil
}

// decodeBase58 reads a multibase text in base58btc, the one encoding of keys.
// The bound comes first: base58 takes quadratic time.
func decodeBase58(s string) ([]byte, error) {
	if len(s) > maxMultikey {
		return nil, fmt.Errorf("%w: a key of %d characters, at most %d are read", ErrLimit, len(s), maxMultikey)
	}
	if len(s) < 2 || s[0] != multibase.Base58BTC {
		return nil, fmt.Errorf("%w: a key starts with z and is written in base58btc", ErrKeyInvalid)
	}
	_, raw, err := multibase.Decode(s)
	if err != nil {
		return nil, fmt.Errorf("%w: not base58btc", ErrKeyInvalid)
	}
	if again, err := multibase.Encode(multibase.Base58BTC, raw); err != nil || again != s {
		return nil, fmt.Errorf("%w: written in another way than the canonical one", ErrKeyInvalid)
	}
	return raw, nil
}
