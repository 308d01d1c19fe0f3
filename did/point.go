package did

import (
	"crypto/ed25519"
	"fmt"

	"filippo.io/edwards25519"
)

// smallOrder holds the y coordinates, little-endian, of the eight points of
// edwards25519 whose order divides 8. Under such a "key" crypto/ed25519 accepts
// a constant signature: for every message under the identity, for every eighth
// under the points of order 8.
var smallOrder = [...][32]byte{
	{0: 1}, // the identity
	{0: 0xec, 1: 0xff, 2: 0xff, 3: 0xff, 4: 0xff, 5: 0xff, 6: 0xff, 7: 0xff, 8: 0xff, 9: 0xff, 10: 0xff,
		11: 0xff, 12: 0xff, 13: 0xff, 14: 0xff, 15: 0xff, 16: 0xff, 17: 0xff, 18: 0xff, 19: 0xff, 20: 0xff,
		21: 0xff, 22: 0xff, 23: 0xff, 24: 0xff, 25: 0xff, 26: 0xff, 27: 0xff, 28: 0xff, 29: 0xff, 30: 0xff,
		31: 0x7f}, // order 2: y = p-1
	{}, // order 4: y = 0
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05}, // order 8
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a}, // order 8
}

// checkEd25519 accepts exactly the canonical encodings of points that are not
// of small order (RFC 8032, section 5.1.3, and more: crypto/ed25519 takes
// y >= p, a negative zero and small orders).
func checkEd25519(key []byte) error {
	if len(key) != ed25519.PublicKeySize {
		return fmt.Errorf("%w: an Ed25519 key of %d bytes, not 32", ErrKeyInvalid, len(key))
	}
	y := [32]byte(key)
	y[31] &= 0x7f // the top bit is the sign of x
	if !belowP(&y) {
		return fmt.Errorf("%w: an Ed25519 point that is not written canonically", ErrKeyInvalid)
	}
	for i := range smallOrder { // also covers x = 0 with a sign
		if y == smallOrder[i] {
			return fmt.Errorf("%w: an Ed25519 point of small order, for which anybody can sign", ErrKeyInvalid)
		}
	}
	if _, err := new(edwards25519.Point).SetBytes(key); err != nil {
		return fmt.Errorf("%w: not a point of the Ed25519 curve", ErrKeyInvalid)
	}
	return nil
}

// belowP reports y < 2^255-19, y little-endian with its top bit clear.
func belowP(y *[32]byte) bool {
	if y[31] != 0x7f {
		return true
	}
	for _, b := range y[1:31] {
		if b != 0xff {
			return true
		}
	}
	return y[0] < 0xed
}
