package rdfc_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"laurel/internal/rdfc"
)

func iri(s string) rdfc.Term     { return rdfc.Term{Kind: rdfc.IRI, Value: s} }
func blank(s string) rdfc.Term   { return rdfc.Term{Kind: rdfc.Blank, Value: s} }
func literal(s string) rdfc.Term { return rdfc.Term{Kind: rdfc.Literal, Value: s} }

func quad(object rdfc.Term) rdfc.Quad {
	return rdfc.Quad{Subject: iri("urn:s"), Predicate: "urn:p", Object: object}
}

// escapes are the characters that RDFC-1.0, appendix A, wants escaped: all
// others stand for themselves.
func escapes() map[rune]string {
	want := map[rune]string{
		'\b': `\b`, '\t': `\t`, '\n': `\n`, '\f': `\f`, '\r': `\r`, '"': `\"`, '\\': `\\`,
		0x0B: `\u000B`, 0x7F: `\u007F`, 0xFFFE: `\uFFFE`, 0xFFFF: `\uFFFF`,
	}
	for r := rune(0); r < 0x20; r++ {
		if want[r] == "" {
			want[r] = fmt.Sprintf(`\u%04X`, r)
		}
	}
	return want
}

// TestEscapes writes every character there is, alone and inside a text, and
// reads it back.
func TestEscapes(t *testing.T) {
	want := escapes()
	if len(want) != 0x20+5 {
		t.Fatalf("%d escapes in the table", len(want))
	}
	for r := rune(0); r <= utf8.MaxRune; r++ {
		if !utf8.ValidRune(r) {
			continue
		}
		written, escaped := want[r]
		if !escaped {
			written = string(r)
		}
		q := quad(literal("eight by" + string(r) + "tes" + string(r)))
		line, err := rdfc.AppendQuad(nil, q)
		if err != nil {
			t.Fatal(err)
		}
		if text := `<urn:s> <urn:p> "eight by` + written + `tes` + written + "\" .\n"; string(line) != text {
			t.Fatalf("U+%04X: got %s, want %s", r, line, text)
		}
		if back := parse(t, string(line)); len(back) != 1 || back[0] != q {
			t.Fatalf("U+%04X: read back as %q", r, back)
		}
	}
}

// TestPlainPrefix compares the eight bytes at a time with one at a time, for
// every byte at every place among others.
func TestPlainPrefix(t *testing.T) {
	for _, filler := range []string{"a", "\x80", "\xFF", "\x21", "\x7E", "\xEE", " "} {
		for c := range 256 {
			for at := range 20 {
				s := strings.Repeat(filler, at) + string([]byte{byte(c)}) + strings.Repeat(filler, 19-at)
				want := 20
				if rdfc.MayNeedEscape(byte(c)) {
					want = at
				}
				if got := rdfc.PlainPrefix(s); got != want {
					t.Fatalf("%q: got %d, want %d", s, got, want)
				}
			}
		}
	}
}

func TestAppendQuad(t *testing.T) {
	tests := []struct {
		name string
		quad rdfc.Quad
		want string
	}{
		{"IRIs", quad(iri("urn:o")), "<urn:s> <urn:p> <urn:o> .\n"},
		{"graph", rdfc.Quad{Subject: blank("a"), Predicate: "urn:p", Object: blank("b.c"), Graph: blank("é")}, "_:a <urn:p> _:b.c _:é .\n"},
		{"IRI is never escaped", quad(iri("urn:ö\U0001F303")), "<urn:s> <urn:p> <urn:ö\U0001F303> .\n"},
		{"empty literal", quad(literal("")), "<urn:s> <urn:p> \"\" .\n"},
		{"language", quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Lang: "de-CH-1996"}), "<urn:s> <urn:p> \"x\"@de-CH-1996 .\n"},
		{"language with its datatype", quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Lang: "de", Datatype: "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}), "<urn:s> <urn:p> \"x\"@de .\n"},
		{"datatype", quad(rdfc.Term{Kind: rdfc.Literal, Value: "1", Datatype: "urn:d"}), "<urn:s> <urn:p> \"1\"^^<urn:d> .\n"},
		{"xsd:string", quad(rdfc.Term{Kind: rdfc.Literal, Value: "1", Datatype: "http://www.w3.org/2001/XMLSchema#string"}), "<urn:s> <urn:p> \"1\" .\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rdfc.AppendQuad([]byte("before "), tt.quad)
			if err != nil || string(got) != "before "+tt.want {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			c, err := rdfc.Canonicalize([]rdfc.Quad{tt.quad}, rdfc.Options{})
			if err != nil || len(c.Labels) == 0 && string(c.NQuads) != tt.want {
				t.Errorf("canonical form %q, %v; want %q", c.NQuads, err, tt.want)
			}
		})
	}
}

// TestMalformedTerms: were one of these written, its line would read as another
// statement than the quad.
func TestMalformedTerms(t *testing.T) {
	lang := func(tag string) rdfc.Term { return rdfc.Term{Kind: rdfc.Literal, Value: "x", Lang: tag} }
	tests := []struct {
		name string
		quad rdfc.Quad
	}{
		{"no subject", rdfc.Quad{Predicate: "urn:p", Object: iri("urn:o")}},
		{"literal subject", rdfc.Quad{Subject: literal("s"), Predicate: "urn:p", Object: iri("urn:o")}},
		{"empty IRI", rdfc.Quad{Subject: iri(""), Predicate: "urn:p", Object: iri("urn:o")}},
		{"no predicate", rdfc.Quad{Subject: iri("urn:s"), Object: iri("urn:o")}},
		{"predicate that goes on", rdfc.Quad{Subject: iri("urn:s"), Predicate: "urn:p> <urn:q", Object: iri("urn:o")}},
		{"no object", quad(rdfc.Term{})},
		{"object that goes on", quad(iri("urn:o> <urn:g"))},
		{"line feed in an IRI", quad(iri("urn:o\nurn:x"))},
		{"unknown kind", quad(rdfc.Term{Kind: 9, Value: "x"})},
		{"literal as graph", rdfc.Quad{Subject: iri("urn:s"), Predicate: "urn:p", Object: iri("urn:o"), Graph: literal("g")}},
		{"graph that goes on", rdfc.Quad{Subject: iri("urn:s"), Predicate: "urn:p", Object: iri("urn:o"), Graph: iri("urn:g> .\n<urn:x")}},
		{"datatype that goes on", quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Datatype: "urn:d> <urn:g"})},
		{"language and datatype", quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Lang: "de", Datatype: "urn:d"})},
		{"language with a graph in it", quad(lang("en <urn:g>"))},
		{"language with an empty part", quad(lang("en--us"))},
		{"language that ends in a hyphen", quad(lang("en-"))},
		{"language that begins with a digit", quad(lang("1en"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, err := rdfc.AppendQuad(nil, tt.quad); got != nil || !errors.Is(err, rdfc.ErrTerm) {
				t.Errorf("AppendQuad: got %q, %v; want nothing, ErrTerm", got, err)
			}
			got, err := rdfc.Canonicalize([]rdfc.Quad{quad(iri("urn:good")), tt.quad}, rdfc.Options{})
			if got != nil || !errors.Is(err, rdfc.ErrTerm) {
				t.Errorf("Canonicalize: got %v, %v; want nil, ErrTerm", got, err)
			}
		})
	}
}

func TestMalformedLabels(t *testing.T) {
	for _, label := range []string{"", ".", "a.", "-a", "a b", "a\n", "a>", "\xFF", "a\xFFbc", "×"} {
		if got, err := rdfc.AppendQuad(nil, quad(blank(label))); got != nil || !errors.Is(err, rdfc.ErrTerm) {
			t.Errorf("%q: got %q, %v; want nothing, ErrTerm", label, got, err)
		}
	}
}
