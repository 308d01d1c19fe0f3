package contexts

import "strings"

// noIRI marks the bytes that cannot stand in an IRI, as the N-Quads grammar has
// IRIREF: control characters, the space and <>"{}|^`\. Letting one through would
// let a document write quads of its own.
var noIRI = func() (bad [256]byte) {
	for c := range 256 {
		if c <= ' ' || strings.IndexByte("<>\"{}|^`\\", byte(c)) >= 0 {
			bad[c] = 1
		}
	}
	return bad
}()

// Absolute returns the IRI if it has a scheme (RFC 3987) and only characters
// that an IRI may have.
func Absolute(iri string) (string, error) {
	if !HasScheme(iri) {
		return "", Relative(iri)
	}
	bad := byte(0)
	for i := range len(iri) {
		bad |= noIRI[iri[i]] // without a branch: images are long data: IRIs
	}
	if bad != 0 {
		return "", Fail(ErrRelativeIRI, iri, "the identifier holds a character that no IRI may have")
	}
	return iri, nil
}

// HasScheme reports whether the text begins as an absolute IRI does (RFC 3987).
func HasScheme(iri string) bool {
	for i := range len(iri) {
		switch c := iri[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case c == ':':
			return i > 0
		case '0' <= c && c <= '9', c == '+', c == '-', c == '.':
			if i == 0 {
				return false
			}
		default:
			return false
		}
	}
	return false
}

// IsBlank reports whether the identifier is that of a blank node, "_:name".
func IsBlank(iri string) bool { return strings.HasPrefix(iri, "_:") }

// HasColon reports whether a name has a colon after its first character, so
// that it may be a compact IRI or an IRI; others are looked up in @vocab.
func HasColon(s string) bool { return strings.LastIndexByte(s, ':') > 0 }

// Compact splits "prefix:suffix". It is no compact IRI if there is no prefix,
// if the prefix is "_" (a blank node) or if the suffix begins with "//".
func Compact(s string) (prefix, suffix string, ok bool) {
	i := strings.IndexByte(s, ':')
	if i <= 0 || strings.HasPrefix(s[i+1:], "//") || s[:i] == "_" {
		return "", "", false
	}
	return s[:i], s[i+1:], true
}

// LanguageTag checks a tag (BCP 47, well-formed as the JSON-LD grammar has it) and
// returns it in lower case: tags are compared without regard to case, and
// signers that the ecosystem grew up with write them this way into RDF.
func LanguageTag(tag string) (string, error) {
	parts := strings.Split(tag, "-")
	for i, part := range parts {
		if len(part) < 1 || len(part) > 8 || !alphanumeric(part, i > 0) {
			return "", Invalid(ErrStructure, tag, "a language tag is not well-formed")
		}
	}
	return strings.ToLower(tag), nil
}

func alphanumeric(s string, digits bool) bool {
	for _, c := range []byte(s) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if !letter && (!digits || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
