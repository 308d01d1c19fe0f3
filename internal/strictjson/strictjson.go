// Package strictjson is the one front door for untrusted JSON.
//
// # Why another JSON package
//
// A signature over a credential protects what the signer meant only if
// everybody reads the same thing out of the same bytes. encoding/json does not
// promise that: it keeps the last of two members with the same name, matches
// struct fields without regard to case ("ISSUER" overwrites "issuer"), turns
// invalid UTF-8 and lone surrogates into U+FFFD, and a Decoder stops before
// trailing data. Each of these lets an attacker show one document to the
// signature check and another to the person.
//
// Parse therefore accepts only I-JSON (RFC 7493): valid UTF-8, no duplicate
// names, no lone surrogates, one value and nothing after it, and all of it
// inside Limits. What comes out is an immutable Value that keeps members in
// their order and numbers as they were written. Every later step
// (canonicalisation, the proof, the checks, the page that a person reads) reads
// that same Value by exact names, so what is shown is what was verified.
//
// # Reading
//
//	v, err := strictjson.Parse([]byte(`{"issuer":"did:key:z6Mk…","type":["VerifiableCredential"]}`))
//	if err != nil {
//		return err // ErrMalformed, ErrDuplicateName or ErrLimit
//	}
//	issuer, ok := v.Get("issuer").Text() // "did:key:z6Mk…", true
//	for _, t := range v.Get("type").List() { … }
//
// A member that is absent is the zero Value: its Kind is Absent and every
// accessor answers "not here", so lookups chain without checks in between.
//
// # Writing
//
// Values are built with Object, Array, String and friends, or from a Value with
// With and Without, and written with AppendJSON (members in order) or
// Canonical (JCS, RFC 8785).
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"
)

// The limits bound the work that a stranger's document can cause. A badge of
// the real world has some 400 nodes; the largest transcript seen has 9,000.
const (
	maxBytes  = 8 << 20   // a file upload; pages and APIs set their own, smaller bound
	maxDepth  = 64        // real credentials nest 12 deep; recursion stays shallow
	maxNodes  = 20_000    // values of every kind, so cost is bounded before JSON-LD
	maxString = 256 << 10 // the longest honest text seen is a 128 kB transcript
	maxImage  = 2 << 20   // data:image/… strings, one of the two kinds that are honestly long
	maxPacked = 3 << 19   // gzip in base64url, the other: a status list is 1 MiB packed at most
	maxToken  = 3 << 20   // data:application/v… strings: a signed token with a picture in it
)

var (
	// ErrMalformed says that the text is not JSON as RFC 8259 and I-JSON have
	// it: a syntax error, invalid UTF-8, a lone surrogate, trailing data or no
	// value at all.
	ErrMalformed = errors.New("not well-formed JSON")
	// ErrDuplicateName says that an object has two members with one name, so
	// that two readers could disagree about its value.
	ErrDuplicateName = errors.New("an object has two members with the same name")
	// ErrLimit says that the document is larger, deeper or has more parts or
	// longer strings than Limits allows.
	ErrLimit = errors.New("the document is too large")
)

// Limits bounds a document. A zero field means the default of this package:
// 8 MiB, 64 levels, 20,000 values, strings of 256 KiB (2 MiB for data:image/…, 1.5 MiB
// for packed status lists, 3 MiB for enveloped tokens).
type Limits struct {
	Bytes int // length of the text
	Depth int // nesting of arrays and objects
	Nodes int // values of every kind, members counted once

	// String is the length of one string, for documents that are known to hold a
	// long one. Those that are long by their nature (pictures, packed lists,
	// signed tokens) have bounds of their own.
	String int
}

// Parse reads exactly one JSON value under the default Limits. On error, which
// wraps ErrMalformed, ErrDuplicateName or ErrLimit, the Value is Absent.
func Parse(data []byte) (Value, error) { return ParseWithin(data, Limits{}) }

// ParseWithin is Parse under the given limits.
func ParseWithin(data []byte, lim Limits) (Value, error) {
	lim = lim.orDefault()
	if len(data) > lim.Bytes {
		return Value{}, fmt.Errorf("%w: %d bytes, at most %d are read", ErrLimit, len(data), lim.Bytes)
	}
	children := stacks.Get().(*stack)
	defer children.release()
	p := parser{
		dec: jsontext.NewDecoder(bytes.NewBuffer(data)), stack: children, piece: min(maxPiece, len(data)),
		depthLeft: lim.Depth, nodesLeft: lim.Nodes, stringMax: lim.String,
	}
	v, err := p.value()
	if err != nil {
		return Value{}, describe(err)
	}
	switch _, err := p.dec.ReadToken(); {
	case err == nil:
		return Value{}, fmt.Errorf("%w: more data after the end of the value", ErrMalformed)
	case !errors.Is(err, io.EOF):
		return Value{}, fmt.Errorf("%w: more data after the end of the value: %v", ErrMalformed, err)
	}
	return v, nil
}

func (l Limits) orDefault() Limits {
	if l.Bytes == 0 {
		l.Bytes = maxBytes
	}
	if l.Depth == 0 {
		l.Depth = maxDepth
	}
	if l.Nodes == 0 {
		l.Nodes = maxNodes
	}
	if l.String == 0 {
		l.String = maxString
	}
	return l
}

// describe turns an error of the tokenizer into one of the sentinels.
func describe(err error) error {
	switch {
	case errors.Is(err, ErrLimit):
		return err
	case errors.Is(err, jsontext.ErrDuplicateName):
		return fmt.Errorf("%w: %v", ErrDuplicateName, trim(err))
	case errors.Is(err, io.EOF):
		return fmt.Errorf("%w: the text is empty", ErrMalformed)
	default:
		return fmt.Errorf("%w: %v", ErrMalformed, trim(err))
	}
}

// trim drops the tokenizer's package prefix: people read these sentences.
func trim(err error) string {
	return strings.TrimPrefix(err.Error(), "jsontext: ")
}

type parser struct {
	dec       *jsontext.Decoder
	room      strings.Builder // where short strings stand side by side
	piece     int             // how much room to make at once
	depthLeft int
	nodesLeft int
	stringMax int
	*stack
}

// stack is where children are collected, to be copied once, at their exact size.
// It is used again for the next document.
type stack struct {
	elems   []Value
	members []Member
}

var stacks = sync.Pool{New: func() any { return new(stack) }}

// maxPiece is how much memory short strings share, and so what one of them that is
// kept for long keeps.
const maxPiece = 1 << 10

// maxKept bounds the room that is kept; a document with more in one place is rare.
const maxKept = 1 << 10

func (s *stack) release() {
	clear(s.elems[:cap(s.elems)]) // lest a document lives on
	clear(s.members[:cap(s.members)])
	if cap(s.elems) <= maxKept && cap(s.members) <= maxKept {
		s.elems, s.members = s.elems[:0], s.members[:0]
		stacks.Put(s)
	}
}

func (p *parser) value() (Value, error) {
	if p.nodesLeft--; p.nodesLeft < 0 {
		return Value{}, fmt.Errorf("%w: more values than are read", ErrLimit)
	}
	switch p.dec.PeekKind() {
	case '0':
		literal, err := p.dec.ReadValue()
		if err != nil {
			return Value{}, err
		}
		return Value{kind: Number, text: p.keep(literal)}, nil
	case '"':
		s, err := p.text()
		if err != nil {
			return Value{}, err
		}
		return Value{kind: Text, text: s}, nil
	}
	tok, err := p.dec.ReadToken()
	if err != nil {
		return Value{}, err
	}
	switch tok.Kind() {
	case 'n':
		return Value{kind: Null}, nil
	case 't', 'f':
		return Bool(tok.Bool()), nil
	case '[':
		return p.nested(p.array)
	case '{':
		return p.nested(p.object)
	default:
		return Value{}, fmt.Errorf("%w: unexpected %v", ErrMalformed, tok.Kind())
	}
}

// text reads a string. The tokenizer has checked that it is UTF-8.
func (p *parser) text() (string, error) {
	quoted, err := p.dec.ReadValue()
	if err != nil {
		return "", err
	}
	if quoted.Kind() != '"' {
		return "", fmt.Errorf("%w: unexpected %v", ErrMalformed, quoted.Kind())
	}
	var s string
	if bytes.IndexByte(quoted, '\\') < 0 {
		s = p.keep(quoted[1 : len(quoted)-1])
	} else {
		unquoted, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			return "", err
		}
		s = string(unquoted)
	}
	if len(s) > p.stringMax && len(s) > p.longest(s) {
		return "", fmt.Errorf("%w: a string of %d bytes", ErrLimit, len(s))
	}
	return s, nil
}

// keep makes a string. Short ones share a small piece of memory: a badge has 200 of
// them. The piece lives as long as any of its strings, so that a name which is kept
// for long keeps no more than that of the document it came from.
func (p *parser) keep(text []byte) string {
	const short = 1 << 7
	if len(text) > short {
		return string(text)
	}
	if p.room.Cap()-p.room.Len() < len(text) {
		p.room.Reset() // lets go of the piece, and does not write into it again
		p.room.Grow(max(p.piece, len(text)))
	}
	start := p.room.Len()
	p.room.Write(text)
	return p.room.String()[start:]
}

// longest is how long a string that begins like s may be.
func (p *parser) longest(s string) int {
	switch {
	case strings.HasPrefix(s, "data:image/"):
		return maxImage
	case strings.HasPrefix(s, "uH4sI"): // multibase base64url, gzip's first bytes
		return maxPacked
	case strings.HasPrefix(s, "data:application/v"): // vc+jwt, vp+jwt, vc+sd-jwt …
		return maxToken
	default:
		return p.stringMax
	}
}

func (p *parser) nested(read func() (Value, error)) (Value, error) {
	if p.depthLeft--; p.depthLeft < 0 {
		return Value{}, fmt.Errorf("%w: nested more deeply than is read", ErrLimit)
	}
	v, err := read()
	p.depthLeft++
	return v, err
}

func (p *parser) array() (Value, error) {
	base := len(p.elems)
	for p.dec.PeekKind() != ']' {
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.elems = append(p.elems, v)
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return Value{}, err
	}
	elems := append([]Value(nil), p.elems[base:]...)
	p.elems = p.elems[:base]
	return Array(elems...), nil
}

func (p *parser) object() (Value, error) {
	base := len(p.members)
	for p.dec.PeekKind() != '}' {
		name, err := p.text()
		if err != nil {
			return Value{}, err
		}
		v, err := p.value()
		if err != nil {
			return Value{}, err
		}
		p.members = append(p.members, Member{Name: name, Value: v})
	}
	if _, err := p.dec.ReadToken(); err != nil {
		return Value{}, err
	}
	members := append([]Member(nil), p.members[base:]...)
	p.members = p.members[:base]
	return Value{kind: Dict, node: &node{members: members}}, nil
}

// AppendJSON appends the value as JSON text: no white space, members in their
// order, numbers as they were written. An Absent value appends null.
func (v Value) AppendJSON(dst []byte) []byte {
	switch v.kind {
	case True:
		return append(dst, "true"...)
	case False:
		return append(dst, "false"...)
	case Number:
		return append(dst, v.text...)
	case Text:
		return appendString(dst, v.text)
	case List:
		dst = append(dst, '[')
		for i, e := range v.node.elems {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = e.AppendJSON(dst)
		}
		return append(dst, ']')
	case Dict:
		dst = append(dst, '{')
		for i, m := range v.node.members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendString(dst, m.Name), ':')
			dst = m.Value.AppendJSON(dst)
		}
		return append(dst, '}')
	default:
		return append(dst, "null"...)
	}
}

// appendString quotes s. Every string of a Value is valid UTF-8 (Parse refuses
// the rest, String repairs), so quoting cannot fail.
func appendString(dst []byte, s string) []byte {
	dst, err := jsontext.AppendQuote(dst, s)
	if err != nil {
		panic("strictjson: a Value holds invalid UTF-8: " + strconv.Quote(s))
	}
	return dst
}

// JSON returns the value as compact JSON text; see AppendJSON.
func (v Value) JSON() []byte { return v.AppendJSON(nil) }

// Indented returns the value as JSON text for people: two spaces a level and a
// newline at the end.
func (v Value) Indented() []byte {
	text := jsontext.Value(v.JSON())
	// Only invalid JSON can fail here, and AppendJSON writes none.
	if err := text.Indent(jsontext.WithIndent("  ")); err != nil {
		panic("strictjson: " + err.Error())
	}
	return append(text, '\n')
}

// Canonical returns the value in the JSON Canonicalization Scheme (RFC 8785):
// members sorted by UTF-16 code units, numbers as ECMAScript prints them. It
// fails, wrapping ErrMalformed, for a number that no IEEE 754 double holds.
func (v Value) Canonical() ([]byte, error) {
	if lit, ok := v.overflow(); ok {
		return nil, fmt.Errorf("%w: no double holds the number %s", ErrMalformed, lit)
	}
	text := jsontext.Value(v.JSON())
	if err := text.Canonicalize(); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrMalformed, trim(err))
	}
	return text, nil
}

// overflow finds a number that no double holds. Canonicalize would write the
// largest double for each of them, so that two documents had one form.
func (v Value) overflow() (literal string, found bool) {
	switch v.kind {
	case Number:
		_, err := strconv.ParseFloat(v.text, 64)
		return v.text, err != nil
	case List:
		for _, e := range v.node.elems {
			if literal, found = e.overflow(); found {
				return literal, found
			}
		}
	case Dict:
		for _, m := range v.node.members {
			if literal, found = m.Value.overflow(); found {
				return literal, found
			}
		}
	}
	return "", false
}
