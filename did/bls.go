package did

import (
	"crypto"
	"fmt"
)

// BLSKey is a public key on BLS12-381 for BBS signatures: a point of G2, 96 bytes
// in the compressed form of the curve's draft (draft-irtf-cfrg-pairing-friendly-curves,
// appendix C). It has been checked to be written canonically and not to be the
// point at infinity, under which anybody can sign. That it is a point of the right
// group is checked where it is used, since that takes the arithmetic of the curve.
type BLSKey [96]byte

// codeBLS is the multicodec of a BLS12-381 key in G2.
const codeBLS = 0xeb

// Equal reports whether both are the same key.
func (k BLSKey) Equal(other crypto.PublicKey) bool {
	o, ok := other.(BLSKey)
	return ok && o == k
}

// fieldBLS is the prime of the field of BLS12-381, big-endian.
const fieldBLS = "\x1a\x01\x11\xea\x39\x7f\xe6\x9a\x4b\x1b\xa7\xb6\x43\x4b\xac\xd7" +
	"\x64\x77\x4b\x84\xf3\x85\x12\xbf\x67\x30\xd2\xa0\xf6\xb0\xf6\x24" +
	"\x1e\xab\xff\xfe\xb1\x53\xff\xff\xb9\xfe\xff\xff\xff\xff\xaa\xab"

// readBLS reads a compressed point of G2: three flags, of which the first says
// compressed, the second infinity and the third which of two y is meant, and the
// two halves of x, each below the prime.
func readBLS(raw []byte) (crypto.PublicKey, error) {
	if len(raw) != len(BLSKey{}) {
		return nil, fmt.Errorf("%w: a BLS12-381 key of %d bytes, not 96", ErrKeyInvalid, len(raw))
	}
	key := BLSKey(raw)
	switch flags := key[0] >> 5; {
	case flags&4 == 0:
		return nil, fmt.Errorf("%w: a BLS12-381 key that is not compressed", ErrKeyInvalid)
	case flags&2 != 0:
		return nil, fmt.Errorf("%w: the BLS12-381 point at infinity, for which anybody can sign", ErrKeyInvalid)
	}
	x := key
	x[0] &= 0x1f
	if string(x[:48]) >= fieldBLS || string(x[48:]) >= fieldBLS {
		return nil, fmt.Errorf("%w: a BLS12-381 point that is not written canonically", ErrKeyInvalid)
	}
	return key, nil
}
