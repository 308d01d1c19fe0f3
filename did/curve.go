package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"fmt"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

// curve is an elliptic curve whose keys are written as points with two
// coordinates: what it is called, and how long its numbers are.
type curve struct {
	name   string // also the crv of a JSON Web Key
	alg    string // the one alg that a JSON Web Key on it may name
	public uint64 // multicodec of its public keys
	secret uint64 // multicodec of its secret keys
	size   int    // bytes of a coordinate
	nist   elliptic.Curve
}

// curves are those that are verified with. crypto/elliptic does not have
// secp256k1, so its keys have a type of their own, *secp256k1.PublicKey.
var curves = [...]curve{
	{"P-256", "ES256", 0x1200, 0x1306, 32, elliptic.P256()},
	{"P-384", "ES384", 0x1201, 0x1307, 48, elliptic.P384()},
	{"secp256k1", "ES256K", 0xe7, 0x1301, 32, nil},
}

// p521 is read as a JSON Web Key only: nobody has a did:key of it, but signed
// tokens come with ES512.
var p521 = curve{name: "P-521", alg: "ES512", size: 66, nist: elliptic.P521()}

// findCurve returns the first curve that fits, or nil.
func findCurve(fits func(*curve) bool) *curve {
	for i := range curves {
		if fits(&curves[i]) {
			return &curves[i]
		}
	}
	return nil
}

// offCurve is the error for bytes that are no point of the curve.
func (c *curve) offCurve() error {
	return fmt.Errorf("%w: not a point of the %s curve", ErrKeyInvalid, c.name)
}

// decompress reads a compressed point: 2 or 3, then x < p, such that the point
// is on the curve.
func (c *curve) decompress(short []byte) (crypto.PublicKey, error) {
	if len(short) != 1+c.size {
		return nil, fmt.Errorf("%w: a %s key of %d bytes, not %d", ErrKeyInvalid, c.name, len(short), 1+c.size)
	}
	if short[0] != 2 && short[0] != 3 {
		return nil, c.offCurve()
	}
	if c.nist == nil {
		return c.parseKoblitz(short)
	}
	x, y := elliptic.UnmarshalCompressed(c.nist, short)
	if x == nil {
		return nil, c.offCurve()
	}
	return c.point(x.FillBytes(make([]byte, c.size)), y.FillBytes(make([]byte, c.size)))
}

// point makes a key of two coordinates of full length, and checks it.
func (c *curve) point(x, y []byte) (crypto.PublicKey, error) {
	long := append(append([]byte{4}, x...), y...)
	if c.nist == nil {
		return c.parseKoblitz(long)
	}
	pub, err := ecdsa.ParseUncompressedPublicKey(c.nist, long)
	if err != nil {
		return nil, c.offCurve()
	}
	return pub, nil
}

// parseKoblitz reads a point of secp256k1. The callers have settled its form,
// since the parser takes the hybrid one as well.
func (c *curve) parseKoblitz(encoded []byte) (crypto.PublicKey, error) {
	pub, err := secp256k1.ParsePubKey(encoded)
	if err != nil {
		return nil, c.offCurve()
	}
	return pub, nil
}

// compress gives the curve of a key and its point in compressed form. A key that
// is no point, or of a curve without multikeys, is refused.
func compress(pub crypto.PublicKey) (*curve, []byte, error) {
	c, long, err := uncompressed(pub)
	switch {
	case err != nil:
		return nil, nil, err
	case c.public == 0:
		return nil, nil, fmt.Errorf("%w: %s as a multikey", ErrKeyUnsupported, c.name)
	}
	short := append(make([]byte, 0, 1+c.size), 2|long[2*c.size]&1)
	return c, append(short, long[1:1+c.size]...), nil
}
