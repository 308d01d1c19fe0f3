package rdfc

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// ErrSyntax is reported by Parse for text that is not an N-Quads document. The
// error's text names the line.
var ErrSyntax = errors.New("rdfc: not N-Quads")

// Parse reads an N-Quads 1.1 document strictly: UTF-8, absolute IRIs, only the
// escapes of the grammar, no escape that smuggles a character into an IRI which
// may not stand there. Quads come in the order of the document and may repeat;
// the datatype xsd:string is left out of the terms, as Term wants it. On error
// the quads are nil and the error is ErrSyntax.
func Parse(nquads []byte) ([]Quad, error) {
	if !utf8.Valid(nquads) {
		return nil, fmt.Errorf("%w: invalid UTF-8", ErrSyntax)
	}
	p := parser{rest: string(nquads), line: 1}
	var quads []Quad
	for {
		p.skipToStatement()
		if p.rest == "" {
			return quads, nil
		}
		q, err := p.statement()
		if err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrSyntax, p.line, err)
		}
		quads = append(quads, q)
	}
}

// parser holds the text that is still to be read. Each of its methods takes one
// production of the grammar from the front of rest.
type parser struct {
	rest string
	line int
}

// statement ::= subject predicate object graphLabel? '.'
func (p *parser) statement() (q Quad, err error) {
	if q.Subject, err = p.resource(); err != nil {
		return Quad{}, fmt.Errorf("subject: %w", err)
	}
	p.skipSpace()
	if q.Predicate, err = p.iri(); err != nil {
		return Quad{}, fmt.Errorf("predicate: %w", err)
	}
	p.skipSpace()
	if q.Object, err = p.object(); err != nil {
		return Quad{}, fmt.Errorf("object: %w", err)
	}
	p.skipSpace()
	if p.peek() != '.' {
		if q.Graph, err = p.resource(); err != nil {
			return Quad{}, fmt.Errorf("graph name: %w", err)
		}
		p.skipSpace()
	}
	return q, p.endOfStatement()
}

// endOfStatement takes the full stop and makes sure that nothing but a comment
// follows on the line.
func (p *parser) endOfStatement() error {
	if !p.take(".") {
		return errors.New(`no "." at the end`)
	}
	p.skipSpace()
	if p.rest != "" && strings.IndexByte("\n\r#", p.rest[0]) < 0 {
		return errors.New("more than one statement on a line")
	}
	return nil
}

// peek gives the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.rest == "" {
		return 0
	}
	return p.rest[0]
}

// take removes token from the front if it is there.
func (p *parser) take(token string) bool {
	rest, found := strings.CutPrefix(p.rest, token)
	p.rest = rest
	return found
}

// takeN removes and gives the first n bytes.
func (p *parser) takeN(n int) string {
	token := p.rest[:n]
	p.rest = p.rest[n:]
	return token
}

func (p *parser) skipSpace() {
	p.rest = strings.TrimLeft(p.rest, " \t")
}

// skipToStatement passes over empty lines and comments.
func (p *parser) skipToStatement() {
	for {
		p.skipSpace()
		switch p.peek() {
		case '#':
			end := strings.IndexAny(p.rest, "\r\n")
			if end < 0 {
				end = len(p.rest)
			}
			p.takeN(end)
		case '\n':
			p.line++
			p.takeN(1)
		case '\r':
			p.takeN(1)
		default:
			return
		}
	}
}

// resource ::= IRIREF | BLANK_NODE_LABEL
func (p *parser) resource() (Term, error) {
	if p.take("_:") {
		n := blankLabel(p.rest)
		if n == 0 {
			return Term{}, errors.New("blank node without a label")
		}
		return Term{Kind: Blank, Value: p.takeN(n)}, nil
	}
	iri, err := p.iri()
	if err != nil {
		return Term{}, err
	}
	return Term{Kind: IRI, Value: iri}, nil
}

// object ::= IRIREF | BLANK_NODE_LABEL | literal
func (p *parser) object() (Term, error) {
	if p.peek() == '"' {
		return p.literal()
	}
	return p.resource()
}

// literal ::= STRING_LITERAL_QUOTE ('^^' IRIREF | LANGTAG)?
func (p *parser) literal() (Term, error) {
	p.takeN(1)
	text, err := p.until('"', "\n\r")
	if err != nil {
		return Term{}, err
	}
	t := Term{Kind: Literal}
	if t.Value, err = unescape(text, `tbnrf"'\`); err != nil {
		return Term{}, err
	}
	switch {
	case p.take("^^"):
		t.Datatype, err = p.iri()
		if t.Datatype == xsdString {
			t.Datatype = ""
		}
	case p.take("@"):
		n := languageTag(p.rest)
		if n == 0 {
			return Term{}, errors.New("malformed language tag")
		}
		t.Lang = p.takeN(n)
	}
	return t, err
}

// iri reads an IRIREF: '<' ([^#x00-#x20<>"{}|^`\] | UCHAR)* '>'. The characters
// that may not stand there may not be written by an escape either, and
// section 2.2 wants "only absolute IRIs".
func (p *parser) iri() (string, error) {
	if !p.take("<") {
		return "", errors.New("IRI expected")
	}
	text, err := p.until('>', "<\"{}|^` \t\n\r")
	if err != nil {
		return "", err
	}
	iri, err := unescape(text, "")
	if err != nil {
		return "", err
	}
	for i := 0; i < len(iri); i++ {
		if c := iri[i]; c <= ' ' || strings.IndexByte("<>\"{}|^`\\", c) >= 0 {
			return "", fmt.Errorf("character %q in an IRI", c)
		}
	}
	if !absolute(iri) {
		return "", fmt.Errorf("relative IRI %q", iri)
	}
	return iri, nil
}

// until takes the text up to the first unescaped end, and end itself. None of
// the forbidden bytes may stand in it.
func (p *parser) until(end byte, forbidden string) (string, error) {
	for i := 0; i < len(p.rest); i++ {
		switch c := p.rest[i]; {
		case c == end:
			text := p.takeN(i)
			p.takeN(1)
			return text, nil
		case c == '\\':
			i++
		case strings.IndexByte(forbidden, c) >= 0:
			return "", fmt.Errorf("%q before the closing %q", c, end)
		}
	}
	return "", fmt.Errorf("no closing %q", end)
}

// absolute tells whether iri begins with a scheme (RFC 3986, section 3.1).
func absolute(iri string) bool {
	for i := 0; i < len(iri); i++ {
		c := iri[i]
		switch {
		case isLetter(c):
		case c == ':':
			return i > 0
		case i > 0 && (isDigit(c) || c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}
