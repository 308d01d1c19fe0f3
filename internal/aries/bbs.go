package aries

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Sizes of what a BBS+ value is made of, in bytes.
const (
	scalarSize    = 32
	pointSize     = 48 // a compressed point of G1
	signatureSize = pointSize + 2*scalarSize
)

// maxStatements bounds the statements under one BBS+ signature: for each of them
// aries hashes to the curve and multiplies a point, a quarter of a millisecond. A
// badge with everything that Open Badges offers makes some 360.
const maxStatements = 512

// checkBBS holds a value to the one form that it can have for so many statements.
// A signature is a point and two scalars.
//
// A proof of knowledge (BBS+ Signatures, as implemented in 2020) says of itself
// how long its parts are, and aries goes by that: with one response too many, the
// challenge is no longer multiplied with the commitment, and a proof holds that
// was made without any signature; with a bit set for a statement that is not
// there, or with fewer bits than statements, some of those shown are not compared
// with what was signed. Nothing of this is possible if every length is the one
// that follows from the number of statements. Its parts are
//
//	count of statements (2) | bit for each, from the last byte on (count/8 + 1) |
//	A' (48) | Abar (48) | d (48) | length of the first proof (4) |
//	T1 (48) | count (4) | 2 responses | T2 (48) | count (4) | 2 + hidden responses
func (k Kind) checkBBS(value []byte, statements int) error {
	if statements > maxStatements {
		return fmt.Errorf("%w: %d, at most %d are checked", ErrLimit, statements, maxStatements)
	}
	if k == BBSBLSSignature2020 {
		if len(value) != signatureSize || !isPoint(value) || !areScalars(value[pointSize:]) {
			return fmt.Errorf("%w: a signature is a point and two numbers, %d bytes", ErrValue, signatureSize)
		}
		return nil
	}
	total, shown, rest, err := readBits(value)
	switch {
	case err != nil:
		return err
	case total > maxStatements:
		return fmt.Errorf("%w: %d, at most %d are checked", ErrLimit, total, maxStatements)
	case shown != statements:
		return fmt.Errorf("%w: it is about %d of %d statements, and %d are shown", ErrSignature, shown, total, statements)
	}
	if hidden := total - shown; !isProof(rest, hidden) {
		return fmt.Errorf("%w: it is not a proof that hides %d statements", ErrValue, hidden)
	}
	return nil
}

// readBits reads how many statements were signed, and how many of them are shown.
func readBits(value []byte) (total, shown int, rest []byte, err error) {
	if len(value) < 2 {
		return 0, 0, nil, fmt.Errorf("%w: it is too short", ErrValue)
	}
	total = int(binary.BigEndian.Uint16(value))
	size := total/8 + 1
	if value = value[2:]; len(value) < size {
		return 0, 0, nil, fmt.Errorf("%w: it is too short", ErrValue)
	}
	for i, b := range value[:size] { // the first byte has the highest bits
		shown += bits.OnesCount8(b)
		if i == 0 && b>>(total%8) != 0 {
			return 0, 0, nil, fmt.Errorf("%w: it shows statements beyond the %d that were signed", ErrValue, total)
		}
	}
	return total, shown, value[size:], nil
}

// isProof reports whether the parts behind the bits have the lengths that they
// must have, and no point is the point at infinity, of which everything holds.
func isProof(rest []byte, hidden int) bool {
	const first = pointSize + 4 + 2*scalarSize
	at := [...]int{3 * pointSize, 3*pointSize + 4, 3*pointSize + 4 + first} // the length, T1, T2
	if len(rest) != at[2]+pointSize+4+(2+hidden)*scalarSize {
		return false
	}
	for _, i := range [...]int{0, pointSize, 2 * pointSize, at[1], at[2]} {
		if !isPoint(rest[i:]) {
			return false
		}
	}
	if !areScalars(rest[at[1]+pointSize+4:at[2]]) || !areScalars(rest[at[2]+pointSize+4:]) {
		return false
	}
	number := func(i int) int { return int(binary.BigEndian.Uint32(rest[i:])) }
	return number(at[0]) == first && number(at[1]+pointSize) == 2 && number(at[2]+pointSize) == 2+hidden
}

// isPoint reports whether a compressed point begins here that is not the point at
// infinity. Whether it is on the curve, and in the right subgroup, aries looks.
func isPoint(b []byte) bool { return len(b) >= pointSize && b[0]&0xc0 == 0x80 }

// order is the order of the groups of BLS12-381, big-endian.
const order = "\x73\xed\xa7\x53\x29\x9d\x7d\x48\x33\x39\xd8\x08\x09\xa1\xd8\x05" +
	"\x53\xbd\xa4\x02\xff\xfe\x5b\xfe\xff\xff\xff\xff\x00\x00\x00\x01"

// areScalars reports whether all numbers are below the order. Aries takes the
// remainder, so that a value had a second spelling.
func areScalars(b []byte) bool {
	for ; len(b) >= scalarSize; b = b[scalarSize:] {
		if string(b[:scalarSize]) >= order {
			return false
		}
	}
	return true
}
