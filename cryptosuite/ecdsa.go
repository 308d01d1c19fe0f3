package cryptosuite

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	_ "crypto/sha256" // the hashes of the curves
	_ "crypto/sha512"
	"encoding/asn1"
	"fmt"
	"io"
	"math/big"

	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

// ecdsaCurve is a curve with what belongs to it: "One must use the hash
// algorithm appropriate in security level to the curve used, i.e., for curve
// P-256 one uses SHA-256 and for curve P-384 one uses SHA-384."
type ecdsaCurve struct {
	curve elliptic.Curve
	hash  crypto.Hash
	size  int // bytes of each of the two numbers of a signature
}

var ecdsaCurves = [...]ecdsaCurve{
	{elliptic.P256(), crypto.SHA256, 32},
	{elliptic.P384(), crypto.SHA384, 48},
}

// curveOf finds the curve of a key. It wraps ErrKeyType.
func curveOf(key crypto.PublicKey) (*ecdsaCurve, *ecdsa.PublicKey, error) {
	if public, ok := key.(*ecdsa.PublicKey); ok && public != nil {
		for i := range ecdsaCurves {
			if ecdsaCurves[i].curve == public.Curve {
				return &ecdsaCurves[i], public, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%w: %T, not ECDSA on P-256 or P-384", ErrKeyType, key)
}

// createECDSA is proof serialisation of the ECDSA suites.
//
// "Let proofBytes be the result of applying the Elliptic Curve Digital Signature
// Algorithm (ECDSA), with hashData as the data to be signed […] proofBytes will
// be exactly 64 bytes in size for a P-256 key, and 96 bytes in size for a P-384
// key."
func createECDSA(m *Message, key crypto.Signer, hashData hasher) (strictjson.Value, error) {
	c, _, err := curveOf(key.Public())
	if err != nil {
		return strictjson.Value{}, err
	}
	data, err := hashData(m, c.hash)
	if err != nil {
		return strictjson.Value{}, err
	}
	signature, err := c.sign(key, data)
	if err != nil {
		return strictjson.Value{}, err
	}
	return m.complete(multibase.Encode(multibase.Base58BTC, signature))
}

// verifyECDSA is proof verification of the ECDSA suites.
func verifyECDSA(m *Message, key crypto.PublicKey, proofValue string, hashData hasher) error {
	c, public, err := curveOf(key)
	if err != nil {
		return err
	}
	data, err := hashData(m, c.hash)
	if err != nil {
		return err
	}
	signature, err := decodeBase58(proofValue, 2*c.size)
	if err != nil {
		return err
	}
	m.noteBytes(signedBytes, data)
	m.noteBytes(signatureBytes, signature)
	if !c.verify(public, data, signature) {
		return ErrSignature
	}
	return nil
}

// sign signs data. "The signature value MUST be expressed according to section 7
// of [RFC4754] (sometimes referred to as the IEEE P1363 format) […] All ECDSA
// signatures SHOULD use the deterministic variant of the algorithm": without a
// source of randomness, crypto/ecdsa follows RFC 6979. Keys that live elsewhere
// get one, since they choose for themselves.
func (c *ecdsaCurve) sign(key crypto.Signer, data []byte) ([]byte, error) {
	var random io.Reader
	if _, ours := key.(*ecdsa.PrivateKey); !ours {
		random = rand.Reader
	}
	der, err := key.Sign(random, c.sum(data), c.hash)
	if err != nil {
		return nil, err
	}
	var pair struct{ R, S *big.Int }
	rest, err := asn1.Unmarshal(der, &pair)
	if err != nil || len(rest) > 0 || !c.inRange(pair.R) || !c.inRange(pair.S) {
		return nil, fmt.Errorf("the key made something that is no ECDSA signature: %x", der)
	}
	signature := make([]byte, 2*c.size)
	pair.R.FillBytes(signature[:c.size])
	pair.S.FillBytes(signature[c.size:])
	return signature, nil
}

// verify checks a signature in P1363 format. Of the two values of s that fit,
// neither is preferred: FIPS 186-5 and the specification accept both.
func (c *ecdsaCurve) verify(public *ecdsa.PublicKey, data, signature []byte) bool {
	if len(signature) != 2*c.size {
		return false
	}
	r := new(big.Int).SetBytes(signature[:c.size])
	s := new(big.Int).SetBytes(signature[c.size:])
	return c.inRange(r) && c.inRange(s) && ecdsa.Verify(public, c.sum(data), r, s)
}

// inRange reports 0 < n < the order of the curve. A signature of zeros fits
// every message where nobody looks.
func (c *ecdsaCurve) inRange(n *big.Int) bool {
	return n.Sign() > 0 && n.Cmp(c.curve.Params().N) < 0
}

func (c *ecdsaCurve) sum(data []byte) []byte {
	h := c.hash.New()
	h.Write(data)
	return h.Sum(nil)
}
