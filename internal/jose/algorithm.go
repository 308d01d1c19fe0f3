package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"

	"laurel/internal/strictjson"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	koblitz "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

const (
	// minRSA is the shortest modulus that RS256 may be used with (RFC 7518,
	// section 3.3), maxRSA what a signature check may cost.
	minRSA = 2048
	maxRSA = 8192
)

// ErrKey says that a key is of a type, or of a length, that no accepted algorithm
// takes.
var ErrKey = errors.New("the key fits no algorithm that is accepted")

// Rules say which messages a use accepts. The zero value accepts none.
type Rules struct {
	// Types are the accepted values of "typ", in lower case and without
	// "application/"; "" stands for a header without one.
	Types []string
	// RSA accepts RS256 as well. Only the badges that 1EdTech's own form of JWT
	// secures need it.
	RSA bool
}

// names are the header values that belong to a type of key. RFC 9864 gives EdDSA
// with Ed25519 its second name.
func names(key crypto.PublicKey) []string {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return []string{"EdDSA", "Ed25519"}
	case *ecdsa.PublicKey:
		if c, ok := curves[key.Curve]; ok {
			return []string{c.name}
		}
	case *secp256k1.PublicKey:
		return []string{"ES256K"}
	case *rsa.PublicKey:
		return []string{"RS256"}
	}
	return nil
}

// signatures are all algorithms that some Rules accept.
var signatures = []string{"EdDSA", "Ed25519", "ES256", "ES384", "ES512", "ES256K", "RS256"}

// curve is ECDSA on one curve of NIST.
type curve struct {
	name string
	hash func([]byte) []byte
	size int // bytes of each of the two numbers of a signature
}

var curves = map[elliptic.Curve]curve{
	elliptic.P256(): {"ES256", sum256, 32},
	elliptic.P384(): {"ES384", sum384, 48},
	elliptic.P521(): {"ES512", sum512, 66},
}

func sum256(b []byte) []byte { s := sha256.Sum256(b); return s[:] }
func sum384(b []byte) []byte { s := sha512.Sum384(b); return s[:] }
func sum512(b []byte) []byte { s := sha512.Sum512(b); return s[:] }

// Check judges what the header says, before any key is looked for. It wraps
// ErrType, ErrCritical or ErrAlgorithm.
func (m *Message) Check(rules Rules) error {
	if typ := m.Type(); !slices.Contains(rules.Types, typ) {
		return fmt.Errorf("%w: typ %s", ErrType, shown(m.Header.Get("typ")))
	}
	// "If any of the listed extension Header Parameters are not understood and
	// supported by the recipient, then the JWS is invalid" (RFC 7515, section
	// 4.1.11). b64 (RFC 7797) is one that only works with crit.
	for _, name := range []string{"crit", "b64"} {
		if v := m.Header.Get(name); v.Exists() {
			return fmt.Errorf("%w: %s is %s", ErrCritical, name, shown(v))
		}
	}
	alg := m.Header.Get("alg")
	if !slices.Contains(signatures, alg.Str()) || alg.Str() == "RS256" && !rules.RSA {
		return fmt.Errorf("%w: alg is %s", ErrAlgorithm, shown(alg))
	}
	return nil
}

// Verify checks the header again and then the signature, by the algorithm that
// belongs to the key: an ed25519.PublicKey, an *ecdsa.PublicKey on P-256, P-384 or
// P-521, a *secp256k1.PublicKey, or, if the rules say so, an *rsa.PublicKey. It
// wraps what Check does, ErrKey or ErrSignature.
func (m *Message) Verify(key crypto.PublicKey, rules Rules) error {
	if err := m.Check(rules); err != nil {
		return err
	}
	fits := names(key)
	switch {
	case fits == nil:
		return fmt.Errorf("%w: %T", ErrKey, key)
	case !slices.Contains(fits, m.Algorithm()):
		return fmt.Errorf("%w: alg is %s, and the key is for %s", ErrAlgorithm, shown(m.Header.Get("alg")), fits[0])
	}
	switch key := key.(type) {
	case ed25519.PublicKey:
		return fit(len(key) == ed25519.PublicKeySize && ed25519.Verify(key, m.signed, m.signature))
	case *ecdsa.PublicKey:
		return fit(curves[key.Curve].verify(key, m.signed, m.signature))
	case *secp256k1.PublicKey:
		return fit(verifyKoblitz(key, m.signed, m.signature))
	default:
		return verifyRSA(key.(*rsa.PublicKey), m.signed, m.signature)
	}
}

func fit(ok bool) error {
	if !ok {
		return ErrSignature
	}
	return nil
}

// verify checks a signature that is "the concatenation of the two values R and S,
// as octet sequences of full length" (RFC 7518, section 3.4). ecdsa.Verify refuses
// zero and whatever is not below the order.
func (c curve) verify(key *ecdsa.PublicKey, signed, signature []byte) bool {
	if len(signature) != 2*c.size {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:c.size]), new(big.Int).SetBytes(signature[c.size:])
	return ecdsa.Verify(key, c.hash(signed), r, s)
}

// verifyKoblitz is ES256K (RFC 8812, section 3.2).
func verifyKoblitz(key *secp256k1.PublicKey, signed, signature []byte) bool {
	if len(signature) != 64 {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || r.IsZero() || s.IsZero() {
		return false
	}
	return koblitz.NewSignature(&r, &s).Verify(sum256(signed), key)
}

// verifyRSA is RS256: RSASSA-PKCS1-v1_5 (RFC 7518, section 3.3).
func verifyRSA(key *rsa.PublicKey, signed, signature []byte) error {
	if bits := key.N.BitLen(); bits < minRSA || bits > maxRSA {
		return fmt.Errorf("%w: RSA with %d bits, not %d to %d", ErrKey, bits, minRSA, maxRSA)
	}
	return fit(rsa.VerifyPKCS1v15(key, crypto.SHA256, sum256(signed), signature) == nil)
}

// Sign makes a compact JWS. The header's "alg" is the one that belongs to the key
// and must not be given; nil payloads and keys that this package does not sign
// with (RSA: it is only read) are errors that wrap ErrKey or ErrMalformed.
// ECDSA signatures are deterministic (RFC 6979) where the key's Signer is the
// standard library's.
func Sign(header strictjson.Value, payload []byte, key crypto.Signer) (string, error) {
	fits := names(key.Public())
	if fits == nil || fits[0] == "RS256" {
		return "", fmt.Errorf("%w: cannot sign with %T", ErrKey, key.Public())
	}
	if header.Get("alg").Exists() || payload == nil {
		return "", fmt.Errorf("%w: alg follows from the key, and there must be a payload", ErrMalformed)
	}
	full := append([]strictjson.Member{{Name: "alg", Value: strictjson.String(fits[0])}}, header.Members()...)
	signed := Encode(strictjson.Object(full...).JSON()) + "." + Encode(payload)
	signature, err := signWith(key, []byte(signed))
	if err != nil {
		return "", err
	}
	return signed + "." + Encode(signature), nil
}

func signWith(key crypto.Signer, signed []byte) ([]byte, error) {
	hash, opts, size := sum256, crypto.SHA256, 32
	switch public := key.Public().(type) {
	case ed25519.PublicKey:
		return key.Sign(nil, signed, crypto.Hash(0))
	case *ecdsa.PublicKey:
		c := curves[public.Curve]
		hash, size = c.hash, c.size
		opts = map[int]crypto.Hash{32: crypto.SHA256, 48: crypto.SHA384, 66: crypto.SHA512}[size]
	}
	der, err := key.Sign(nil, hash(signed), opts)
	if err != nil {
		return nil, err
	}
	return fixed(der, size)
}

// fixed turns the ASN.1 form that a crypto.Signer gives into the two numbers of
// full length.
func fixed(der []byte, size int) ([]byte, error) {
	var r, s big.Int
	var inner cryptobyte.String
	outer := cryptobyte.String(der)
	if !outer.ReadASN1(&inner, asn1.SEQUENCE) || !outer.Empty() ||
		!inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) || !inner.Empty() ||
		r.Sign() <= 0 || s.Sign() <= 0 || r.BitLen() > 8*size || s.BitLen() > 8*size {
		return nil, fmt.Errorf("%w: the signer gave no ECDSA signature", ErrKey)
	}
	return append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), nil
}

// Koblitz is a signing key on secp256k1, for ES256K, as a crypto.Signer: neither
// the standard library nor the library of the curve makes one of it.
type Koblitz struct{ Secret *secp256k1.PrivateKey }

// Public is the *secp256k1.PublicKey.
func (k Koblitz) Public() crypto.PublicKey { return k.Secret.PubKey() }

// Sign signs a SHA-256 digest, deterministically, and gives the signature in
// ASN.1, as ecdsa.PrivateKey does.
func (k Koblitz) Sign(_ io.Reader, digest []byte, _ crypto.SignerOpts) ([]byte, error) {
	if len(digest) != sha256.Size {
		return nil, fmt.Errorf("%w: a digest of %d bytes", ErrKey, len(digest))
	}
	return koblitz.Sign(k.Secret, digest).Serialize(), nil
}

// shown is a value of a header as it may stand in an error: a stranger wrote it.
func shown(v strictjson.Value) string {
	const most = 40
	if !v.Exists() {
		return "missing"
	}
	text := string(v.JSON())
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
