package rdfc

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrTerm is reported for a quad that is no RDF statement or that N-Quads
// cannot write: a literal as subject, an IRI with ">" or a line feed in it, a
// malformed language tag. Such a quad is refused because two different
// datasets could otherwise have the same canonical form, and so one signature.
var ErrTerm = errors.New("rdfc: malformed term")

// AppendQuad appends q in canonical N-Quads form (RDFC-1.0, appendix A), with
// the blank node labels that it carries, and a line feed at the end. It returns
// dst unchanged and ErrTerm if q cannot be written.
//
//	line, err := rdfc.AppendQuad(nil, q) // <urn:a> <urn:b> "say \"hi\""@en .⏎
func AppendQuad(dst []byte, q Quad) ([]byte, error) {
	if err := q.check(); err != nil {
		return dst, err
	}
	for _, t := range []Term{q.Subject, q.Object, q.Graph} {
		if t.Kind == Blank && (t.Value == "" || blankLabel(t.Value) != len(t.Value)) {
			return dst, fmt.Errorf("%w: blank node label %q", ErrTerm, t.Value)
		}
	}
	dst = appendTerm(dst, &q.Subject)
	dst = append(appendIRI(append(dst, ' '), q.Predicate), ' ')
	dst = append(appendTerm(dst, &q.Object), ' ')
	if q.Graph.Kind != None {
		dst = append(appendTerm(dst, &q.Graph), ' ')
	}
	return append(dst, '.', '\n'), nil
}

// check tells whether q is an RDF statement whose serialization can be read
// back only as q itself.
func (q *Quad) check() error {
	if !q.Subject.isResource() {
		return fmt.Errorf("%w: the subject is neither IRI nor blank node", ErrTerm)
	}
	if !writableIRI(q.Predicate) {
		return fmt.Errorf("%w: predicate %q", ErrTerm, q.Predicate)
	}
	if !q.Object.isResource() && !q.Object.isLiteral() {
		return fmt.Errorf("%w: object %q", ErrTerm, q.Object.Value)
	}
	if q.Graph.Kind != None && !q.Graph.isResource() {
		return fmt.Errorf("%w: the graph name is neither IRI nor blank node", ErrTerm)
	}
	return nil
}

func (t *Term) isResource() bool {
	return t.Kind == Blank || t.Kind == IRI && writableIRI(t.Value)
}

func (t *Term) isLiteral() bool {
	if t.Kind != Literal {
		return false
	}
	if t.Lang != "" {
		return languageTag(t.Lang) == len(t.Lang) && (t.Datatype == "" || t.Datatype == rdfLangString)
	}
	return t.Datatype == "" || writableIRI(t.Datatype)
}

// writableIRI looks only for the bytes that would end the IRI or the line
// early. That an IRI is a good IRI is for the reader of the document to judge;
// a full check would cost more than all the rest of the canonicalization.
func writableIRI(iri string) bool {
	return iri != "" && strings.IndexByte(iri, '>') < 0 && strings.IndexByte(iri, '\n') < 0
}

func appendIRI(dst []byte, iri string) []byte {
	dst = append(dst, '<')
	dst = append(dst, iri...)
	return append(dst, '>')
}

func appendTerm(dst []byte, t *Term) []byte {
	switch t.Kind {
	case IRI:
		return appendIRI(dst, t.Value)
	case Blank:
		return append(append(dst, "_:"...), t.Value...)
	default:
		return appendLiteral(dst, t)
	}
}

// appendLiteral follows "Literals with the datatype
// http://www.w3.org/2001/XMLSchema#string MUST NOT use the datatype IRI part of
// the literal, and are represented using only STRING_LITERAL_QUOTE."
func appendLiteral(dst []byte, t *Term) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, t.Value)
	dst = append(dst, '"')
	switch {
	case t.Lang != "":
		dst = append(append(dst, '@'), t.Lang...)
	case t.Datatype != "" && t.Datatype != xsdString:
		dst = appendIRI(append(dst, "^^"...), t.Datatype)
	}
	return dst
}

// appendEscaped writes the characters between the quotation marks. Long runs
// that need no escape, such as a badge's image, are copied at once.
func appendEscaped(dst []byte, s string) []byte {
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if n == len(s) {
			return dst
		}
		r, size := utf8.DecodeRuneInString(s[n:])
		dst = appendCharacter(dst, s[n:n+size], r)
		s = s[n+size:]
	}
}

// appendCharacter writes one character, r, whose own bytes are raw.
func appendCharacter(dst []byte, raw string, r rune) []byte {
	// "Characters BS, HT, LF, FF, CR, " (quotation mark) and \ (backslash)
	// MUST be encoded using ECHAR."
	switch r {
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	case '"':
		return append(dst, `\"`...)
	case '\\':
		return append(dst, `\\`...)
	}
	// "Characters in the range from U+0000 to U+0007, VT, characters in the
	// range from U+000E to U+001F, DEL, and characters not matching the Char
	// production from [XML11] MUST be represented by UCHAR using a lowercase \u
	// with 4 HEXes." Char leaves out U+0000, the surrogates, U+FFFE and U+FFFF.
	if r < 0x20 || r == 0x7F || r == 0xFFFE || r == 0xFFFF {
		return fmt.Appendf(dst, `\u%04X`, r)
	}
	// "All characters not required to be represented by ECHAR or UCHAR MUST be
	// represented by their native UNICODE representation."
	return append(dst, raw...)
}

// mayNeedEscape tells whether a character that begins with byte c can need an
// escape. 0xEF begins U+FFFE and U+FFFF (and some that need none).
func mayNeedEscape(c byte) bool {
	return c < 0x20 || c == '"' || c == '\\' || c == 0x7F || c == 0xEF
}

// plainPrefix counts the leading bytes of s that can be copied as they are. It
// looks at eight bytes at a time.
func plainPrefix(s string) int {
	i := 0
	for i+8 <= len(s) && !anyMayNeedEscape(load64(s[i:i+8])) {
		i += 8
	}
	for i < len(s) && !mayNeedEscape(s[i]) {
		i++
	}
	return i
}

// anyMayNeedEscape is mayNeedEscape for the eight bytes of x at once. A byte b
// of v is zero exactly if b-1 borrows, which sets the high bit of a byte that
// had it clear; x^(k*each) is zero where x has the byte k.
func anyMayNeedEscape(x uint64) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	found := (x - 0x20*each) &^ x // below 0x20
	for _, k := range [...]uint64{'"', '\\', 0x7F, 0xEF} {
		v := x ^ k*each
		found |= (v - each) &^ v
	}
	return found&high != 0
}

func load64(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}
