package aries

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"strings"

	"laurel/did"
	"laurel/internal/strictjson"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/hyperledger/aries-framework-go/pkg/doc/jose/jwk"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/verifier"
)

// algorithm is how one type of key signs a JWS.
type algorithm struct {
	name, kty, crv string
	size           int // bytes of a signature
}

// algorithmOf is the one algorithm of a key. JsonWebSignature2020 takes all of
// these (its specification's table "Supported JWS algs").
func algorithmOf(key crypto.PublicKey) (algorithm, bool) {
	switch key := key.(type) {
	case ed25519.PublicKey:
		return algorithm{"EdDSA", "OKP", "Ed25519", ed25519.SignatureSize}, true
	case *secp256k1.PublicKey:
		return algorithm{"ES256K", "EC", "secp256k1", 64}, true
	case *rsa.PublicKey:
		return algorithm{"PS256", "RSA", "", key.Size()}, true
	case *ecdsa.PublicKey:
		a, ok := map[string]algorithm{
			"P-256": {"ES256", "EC", "P-256", 64},
			"P-384": {"ES384", "EC", "P-384", 96},
			"P-521": {"ES512", "EC", "P-521", 132},
		}[key.Params().Name]
		return a, ok
	default:
		return algorithm{}, false
	}
}

// key is the key in the form that aries takes for this kind of signature.
func (s Signature) key() (*verifier.PublicKey, error) {
	wrong := fmt.Errorf("%w: a %s with %T", ErrKey, s.Kind, s.Key)
	if key, ok := s.Key.(did.BLSKey); ok && s.Kind.valueMember() == "proofValue" {
		return &verifier.PublicKey{Type: "Bls12381G2Key2020", Value: key[:]}, nil
	}
	a, ok := algorithmOf(s.Key)
	if !ok || s.Kind.valueMember() != "jws" || s.Kind == Ed25519Signature2018 && a.name != "EdDSA" {
		return nil, wrong
	}
	out := &verifier.PublicKey{Type: "JsonWebKey2020", JWK: &jwk.JWK{Kty: a.kty, Crv: a.crv}}
	switch key := s.Key.(type) {
	case *secp256k1.PublicKey:
		out.JWK.Key = key.ToECDSA()
	case *rsa.PublicKey:
		out.Value = x509.MarshalPKCS1PublicKey(key)
	default:
		out.JWK.Key = key
	}
	return out, nil
}

// checkJWS holds a detached JWS to the one form that it has here:
//
//	BASE64URL({"alg":"EdDSA","b64":false,"crit":["b64"]}) ".." BASE64URL(signature)
//
// Aries takes the header into what was signed and reads nothing in it, so an alg
// of another key, or "none", would be as good; and it takes an ECDSA signature in
// DER as well, so that there would be two for one document.
func (s Signature) checkJWS(value string) error {
	header, signature, ok := strings.Cut(value, "..")
	if !ok || len(value) > maxValue {
		return fmt.Errorf("%w: it is not a JWS with a detached payload", ErrValue)
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(header)
	if err != nil || base64.RawURLEncoding.EncodeToString(text) != header {
		return fmt.Errorf("%w: the header of the JWS is not base64url", ErrValue)
	}
	if err := s.checkHeader(text); err != nil {
		return err
	}
	a, _ := algorithmOf(s.Key)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(signature)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != signature || len(raw) != a.size {
		return fmt.Errorf("%w: the JWS does not end in %d bytes of base64url", ErrValue, a.size)
	}
	return nil
}

func (s Signature) checkHeader(text []byte) error {
	header, err := strictjson.Parse(text)
	if err != nil {
		return fmt.Errorf("%w: the header of the JWS: %v", ErrValue, err)
	}
	want := strictjson.Object( // a kid may be there, and it is the method then
		strictjson.Member{Name: "alg", Value: header.Get("alg")},
		strictjson.Member{Name: "b64", Value: strictjson.Bool(false)},
		strictjson.Member{Name: "crit", Value: strictjson.Strings("b64")},
	)
	if header.Get("kid").Equal(s.Proof.Get("verificationMethod")) {
		header = header.Without("kid")
	}
	if !header.Equal(want) {
		return fmt.Errorf("%w: the header of the JWS must have alg, b64 (false) and crit ([\"b64\"]), and nothing else", ErrValue)
	}
	a, _ := algorithmOf(s.Key)
	if alg := header.Get("alg").Str(); alg != a.name {
		return fmt.Errorf("%w: the JWS says %q, its key signs %s", ErrValue, alg, a.name)
	}
	return nil
}
