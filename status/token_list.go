package status

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/klauspost/compress/zlib"

	"laurel/internal/strictjson"
)

// Value is what a Token Status List says of one token (Token Status List, section
// 7.1): one number of 1, 2, 4 or 8 bits.
type Value uint8

// The values that have a meaning for everybody. The others are for an application
// to define, and are not known here.
const (
	Valid     Value = 0
	Revoked   Value = 1 // "INVALID": for good
	Suspended Value = 2 // may become valid again
)

// TokenList is a Token Status List: a number for each token, all Valid at first.
// Numbers are counted from the right: entry 0 is in the lowest bits of the first
// byte. A TokenList is safe for concurrent reading; Set needs a lock.
//
// There is no smallest length, but a list that has few entries tells its issuer, or
// whoever serves it, who is looked up.
type TokenList struct {
	bits   int
	octets []byte
}

// bitSizes are how many bits a number may have.
var bitSizes = []int{1, 2, 4, 8}

// NewTokenList makes a list of n entries of 1, 2, 4 or 8 bits, n rounded up to whole
// bytes. With 1 bit nothing can be suspended. It fails with ErrType for another
// number of bits, and with ErrLimit above 8 MiB.
func NewTokenList(bits, n int) (*TokenList, error) {
	if !slices.Contains(bitSizes, bits) {
		return nil, fmt.Errorf("%w: %d bits, not 1, 2, 4 or 8", ErrType, bits)
	}
	perByte := 8 / bits
	if n < 1 || n > maxLength/8*perByte {
		return nil, fmt.Errorf("%w: %d entries, at most %d", ErrLimit, n, maxLength/8*perByte)
	}
	return &TokenList{bits: bits, octets: make([]byte, (n+perByte-1)/perByte)}, nil
}

// NewTokenListOf makes the list of tokens that says what a list of credentials says
// for that purpose: as many entries, and of those that are set Revoked, in one bit,
// or Suspended, in two. It fails with ErrType for another purpose, and with ErrLimit
// if two bits for each are too many.
func NewTokenListOf(l *List, p Purpose) (*TokenList, error) {
	bits, to := 1, Revoked
	switch p {
	case Revocation:
	case Suspension:
		bits, to = 2, Suspended
	default:
		return nil, fmt.Errorf("%w: purpose %q", ErrType, strictjson.Clip(string(p)))
	}
	out, err := NewTokenList(bits, l.Len())
	if err != nil {
		return nil, err
	}
	for at, octet := range l.octets {
		for n := range 8 { // of a list of credentials the first entry is the highest bit
			if octet&(0x80>>n) == 0 {
				continue
			}
			if err := out.Set(8*at+n, to); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Bits returns how many bits an entry has.
func (l *TokenList) Bits() int { return l.bits }

// Len returns the number of entries.
func (l *TokenList) Len() int { return len(l.octets) * 8 / l.bits }

// Get returns entry i; ErrRange if there is none.
func (l *TokenList) Get(i int) (Value, error) {
	if i < 0 || i >= l.Len() {
		return 0, fmt.Errorf("%w: %d, the list has %d entries", ErrRange, i, l.Len())
	}
	at := i * l.bits
	return Value(l.octets[at/8]>>(at%8)) & l.mask(), nil
}

// Set changes entry i. It fails with ErrRange if there is none, or if the value
// does not fit into the bits.
func (l *TokenList) Set(i int, to Value) error {
	if i < 0 || i >= l.Len() || to > l.mask() {
		return fmt.Errorf("%w: entry %d to %d, the list has %d of %d bits", ErrRange, i, to, l.Len(), l.bits)
	}
	at := i * l.bits
	l.octets[at/8] = l.octets[at/8]&^(byte(l.mask())<<(at%8)) | byte(to)<<(at%8)
	return nil
}

// Count returns how many entries are not Valid.
func (l *TokenList) Count() int {
	n := 0
	for _, octet := range l.octets {
		for ; octet != 0; octet >>= l.bits {
			if Value(octet)&l.mask() != Valid {
				n++
			}
		}
	}
	return n
}

// mask is the largest value.
func (l *TokenList) mask() Value { return Value(1<<l.bits - 1) }

// Clone returns a copy that shares nothing with l.
func (l *TokenList) Clone() *TokenList {
	return &TokenList{bits: l.bits, octets: bytes.Clone(l.octets)}
}

// Encode returns the text of "lst": the base64url, without padding, of the bytes
// packed with zlib. The same list always gives the same text.
func (l *TokenList) Encode() string {
	var packed bytes.Buffer
	w, err := zlib.NewWriterLevel(&packed, zlib.BestCompression)
	if err == nil {
		_, err = w.Write(l.octets)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		panic("status: writing to memory failed: " + err.Error())
	}
	return base64.RawURLEncoding.EncodeToString(packed.Bytes())
}

// DecodeToken reads the text of "lst" for entries of that many bits. It fails with
// ErrType, ErrEncoding or ErrLimit, and never reads more than 1 MiB packed or 8 MiB
// unpacked.
func DecodeToken(bits int, lst string) (*TokenList, error) {
	if !slices.Contains(bitSizes, bits) {
		return nil, fmt.Errorf("%w: %d bits, not 1, 2, 4 or 8", ErrType, bits)
	}
	if base64.RawURLEncoding.DecodedLen(len(lst)) > maxPacked {
		return nil, fmt.Errorf("%w: more than %d bytes packed", ErrLimit, maxPacked)
	}
	if strings.ContainsAny(lst, "\r\n") {
		return nil, fmt.Errorf("%w: a line break", ErrEncoding)
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(lst)
	if err != nil {
		return nil, fmt.Errorf("%w: base64url without padding was expected: %v", ErrEncoding, err)
	}
	octets, err := inflate(packed)
	if err != nil {
		return nil, err
	}
	return &TokenList{bits: bits, octets: octets}, nil
}

// inflate reads exactly one zlib stream and nothing after it.
func inflate(packed []byte) ([]byte, error) {
	src := bytes.NewReader(packed)
	r, err := zlib.NewReader(src)
	if err != nil {
		return nil, fmt.Errorf("%w: zlib: %v", ErrEncoding, err)
	}
	var out bytes.Buffer
	n, err := out.ReadFrom(io.LimitReader(r, maxLength/8+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: zlib: %v", ErrEncoding, err)
	case n > maxLength/8:
		return nil, fmt.Errorf("%w: more than %d bytes unpacked", ErrLimit, maxLength/8)
	case src.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes after the list", ErrEncoding, src.Len())
	case n == 0:
		return nil, fmt.Errorf("%w: it has no entry", ErrEncoding)
	}
	return out.Bytes(), nil
}
