package status

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"strings"
	"sync"

	"github.com/klauspost/compress/gzip"
)

const (
	// MinLength is the smallest number of entries of a list (Bitstring Status
	// List 1.0, section 6.1): the crowd in which one credential hides.
	MinLength = 131_072

	// maxLength bounds a list to 8 MiB, 67 million entries: 512 MiB of zeros
	// pack into half a megabyte, so what is unpacked has to be bounded apart
	// from what is packed.
	maxLength = 8 << 20 * 8
	// maxPacked bounds the gzip member: 8 million entries of which every tenth
	// is set need half of it.
	maxPacked = 1 << 20
	// minCapacity is the smallest buffer to unpack into when the trailer of
	// the gzip member promises less than the shortest list has.
	minCapacity = MinLength / 8
)

var (
	// ErrEncoding says that an encodedList is not "u" followed by the
	// base64url text (no padding, no white space, no left-over bits) of
	// exactly one gzip member.
	ErrEncoding = errors.New("the encoded list is malformed")
	// ErrLimit says that a list is longer than is read, packed or unpacked.
	ErrLimit = errors.New("the list is too large")
	// ErrLength says that a list has fewer entries than MinLength.
	ErrLength = errors.New("the list is too short")
	// ErrRange says that an index is not a position of the list, or not a
	// number in the one way of writing it that is accepted.
	ErrRange = errors.New("the index is outside the list")
)

// List is a bitstring: one bit for each credential, all clear at first. Bits
// are counted from the left, so entry 0 is the most significant bit of the
// first byte. A List is safe for concurrent reading; Set needs a lock.
type List struct {
	octets []byte
}

// NewList makes a list of n clear entries, n rounded up to whole bytes. It
// fails with ErrLength below MinLength and with ErrLimit above 67,108,864.
func NewList(n int) (*List, error) {
	switch {
	case n < MinLength:
		return nil, fmt.Errorf("%w: %d entries, at least %d hide the one that is looked up", ErrLength, n, MinLength)
	case n > maxLength:
		return nil, fmt.Errorf("%w: %d entries, at most %d", ErrLimit, n, maxLength)
	}
	return &List{octets: make([]byte, (n+7)/8)}, nil
}

// Len returns the number of entries.
func (l *List) Len() int { return len(l.octets) * 8 }

// Count returns how many entries are set.
func (l *List) Count() int {
	n := 0
	for _, b := range l.octets {
		n += bits.OnesCount8(b)
	}
	return n
}

// Get reports whether entry i is set; ErrRange if there is none.
func (l *List) Get(i int) (bool, error) {
	if i < 0 || i >= l.Len() {
		return false, fmt.Errorf("%w: %d, the list has %d entries", ErrRange, i, l.Len())
	}
	return l.octets[i/8]&(0x80>>(i%8)) != 0, nil
}

// Set sets or clears entry i; ErrRange if there is none.
func (l *List) Set(i int, to bool) error {
	if i < 0 || i >= l.Len() {
		return fmt.Errorf("%w: %d, the list has %d entries", ErrRange, i, l.Len())
	}
	if to {
		l.octets[i/8] |= 0x80 >> (i % 8)
	} else {
		l.octets[i/8] &^= 0x80 >> (i % 8)
	}
	return nil
}

// Clone returns a copy that shares nothing with l, to encode while l goes on
// changing.
func (l *List) Clone() *List { return &List{octets: bytes.Clone(l.octets)} }

// writers and readers keep the state of the compressor, half a megabyte and
// forty kilobytes, from one list to the next.
var (
	writers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
	readers = sync.Pool{New: func() any { return new(gzip.Reader) }}
)

// Encode returns the list as the text of an encodedList: the multibase letter
// u, then the base64url text without padding of one gzip member. The same list
// always gives the same text.
func (l *List) Encode() string {
	var packed bytes.Buffer
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&packed)
	_, err := w.Write(l.octets)
	if err := errors.Join(err, w.Close()); err != nil {
		panic("status: writing to memory failed: " + err.Error())
	}
	text := make([]byte, 1+base64.RawURLEncoding.EncodedLen(packed.Len()))
	text[0] = 'u'
	base64.RawURLEncoding.Encode(text[1:], packed.Bytes())
	return string(text)
}

// Decode reads the text of an encodedList. It fails with ErrEncoding or
// ErrLimit, and never reads more than 1 MiB packed or 8 MiB unpacked. A list
// shorter than MinLength is returned: whether it counts is for the reader of
// the credential to say.
func Decode(text string) (*List, error) {
	digits, ok := strings.CutPrefix(text, "u")
	if !ok {
		return nil, fmt.Errorf("%w: it does not start with the multibase letter u", ErrEncoding)
	}
	if base64.RawURLEncoding.DecodedLen(len(digits)) > maxPacked {
		return nil, fmt.Errorf("%w: more than %d bytes packed", ErrLimit, maxPacked)
	}
	// The decoder skips line breaks, also when it is strict: two texts would
	// then stand for one list.
	if strings.ContainsAny(digits, "\r\n") {
		return nil, fmt.Errorf("%w: a line break", ErrEncoding)
	}
	packed, err := base64.RawURLEncoding.Strict().DecodeString(digits)
	if err != nil {
		return nil, fmt.Errorf("%w: base64url without padding was expected: %v", ErrEncoding, err)
	}
	octets, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	return &List{octets: octets}, nil
}

// unpack reads exactly one gzip member and nothing after it. A gzip.Reader
// joins members by itself, and a second one would be a second way to write the
// same list.
func unpack(packed []byte) ([]byte, error) {
	src := bytes.NewReader(packed)
	r := readers.Get().(*gzip.Reader)
	defer readers.Put(r)
	if err := r.Reset(src); err != nil {
		return nil, fmt.Errorf("%w: gzip: %v", ErrEncoding, err)
	}
	r.Multistream(false)
	out := bytes.NewBuffer(make([]byte, 0, sizeHint(packed)))
	n, err := out.ReadFrom(io.LimitReader(r, maxLength/8+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: gzip: %v", ErrEncoding, err)
	case n > maxLength/8:
		return nil, fmt.Errorf("%w: more than %d bytes unpacked", ErrLimit, maxLength/8)
	case src.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes after the gzip member", ErrEncoding, src.Len())
	}
	return out.Bytes(), nil
}

// sizeHint reads the size that the gzip trailer promises. It is only a hint:
// bounded by what 1 in 1,032 (the best that deflate can do) allows, and what
// is read decides. The spare bytes let ReadFrom see the end without growing.
func sizeHint(packed []byte) int {
	promised := 0
	if len(packed) >= 4 {
		promised = int(binary.LittleEndian.Uint32(packed[len(packed)-4:]))
	}
	return max(min(promised, maxLength/8, len(packed)*1032), minCapacity) + bytes.MinRead
}
