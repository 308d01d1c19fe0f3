package rdfc

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrHash is reported for a hash function other than SHA-256 and SHA-384.
var ErrHash = errors.New("rdfc: hash function not supported")

// digest is a hash. That of SHA-256 fills the front and leaves the rest zero.
// The specification speaks of the lower-case hexadecimal text of a hash; its
// order is the order of the bytes, so the text is made only where it is hashed.
type digest [sha512.Size384]byte

func (d *digest) compare(other *digest) int { return bytes.Compare(d[:], other[:]) }

// hasher is the hash algorithm in use.
type hasher struct {
	size int
	sum  func(data []byte) digest
}

func newHasher(h crypto.Hash) (hasher, error) {
	switch h {
	case 0, crypto.SHA256:
		return hasher{sha256.Size, sum256}, nil
	case crypto.SHA384:
		return hasher{sha512.Size384, sum384}, nil
	}
	return hasher{}, fmt.Errorf("%w: %v", ErrHash, h)
}

func sum256(data []byte) (d digest) {
	sum := sha256.Sum256(data)
	copy(d[:], sum[:])
	return d
}

func sum384(data []byte) digest { return sha512.Sum384(data) }

// appendHex writes "the lower-case, hexadecimal representation" of d.
func (h *hasher) appendHex(dst []byte, d *digest) []byte {
	return hex.AppendEncode(dst, d[:h.size])
}
