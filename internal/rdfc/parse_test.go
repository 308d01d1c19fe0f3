package rdfc_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"laurel/internal/rdfc"
)

func TestParse(t *testing.T) {
	o := []rdfc.Quad{quad(iri("urn:o"))}
	tests := []struct {
		name, in string
		want     []rdfc.Quad
	}{
		{"nothing", "", nil},
		{"only space and comments", " \t\n# <urn:s>\r\n#", nil},
		{"no line feed at the end", "<urn:s> <urn:p> <urn:o> .", o},
		{"carriage returns", "\r\n<urn:s> <urn:p> <urn:o> .\r\n\r\r", o},
		{"no space at all", "<urn:s><urn:p><urn:o>.", o},
		{"much space and a comment", "\t <urn:s>\t<urn:p>  <urn:o>\t.\t# and so on . <x>", o},
		{"empty literal", `<urn:s> <urn:p> "" .`, []rdfc.Quad{quad(literal(""))}},
		{"language", `<urn:s> <urn:p> "x"@en-GB-1 .`, []rdfc.Quad{quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Lang: "en-GB-1"})}},
		{"xsd:string is left out", `<urn:s> <urn:p> "x"^^<http://www.w3.org/2001/XMLSchema#string> .`, []rdfc.Quad{quad(literal("x"))}},
		{"datatype by escapes", `<urn:s> <urn:p> "x"^^<urn:\u0064> .`, []rdfc.Quad{quad(rdfc.Term{Kind: rdfc.Literal, Value: "x", Datatype: "urn:d"})}},
		{"all escapes", `<urn:s> <urn:p> "\t\b\n\r\f\"\'\\\u00e9\U0001F303" .`, []rdfc.Quad{quad(literal("\t\b\n\r\f\"'\\é\U0001F303"))}},
		{"control characters as they are", "<urn:s> <urn:p> \"\x00\x08\x7F\" .", []rdfc.Quad{quad(literal("\x00\x08\x7F"))}},
		{"quotation mark before the end", `<urn:s> <urn:p> "\\\"" .`, []rdfc.Quad{quad(literal(`\"`))}},
		{"full stop behind a label", "<urn:s> <urn:p> _:a.b.", []rdfc.Quad{quad(blank("a.b"))}},
		{"labels of all sorts", "_:0 <urn:p> _:é·-:_ _:a..b .", []rdfc.Quad{{Subject: blank("0"), Predicate: "urn:p", Object: blank("é·-:_"), Graph: blank("a..b")}}},
		{"repetition is kept", "<urn:s> <urn:p> <urn:o> .\n<urn:s> <urn:p> <urn:o> .\n", []rdfc.Quad{o[0], o[0]}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rdfc.Parse([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, in string }{
		{"no full stop", "<urn:s> <urn:p> <urn:o>"},
		{"no object", "<urn:s> <urn:p> ."},
		{"no predicate", "<urn:s> <urn:o> ."},
		{"five terms", "<urn:s> <urn:p> <urn:o> <urn:g> <urn:h> ."},
		{"two statements on a line", "<urn:s> <urn:p> <urn:o> . <urn:s> <urn:p> <urn:o> ."},
		{"U+0000 behind the statement", "<urn:s> <urn:p> <urn:o> .\x00"},
		{"statement over two lines", "<urn:s>\n<urn:p> <urn:o> ."},
		{"another kind of space", "<urn:s>\u00A0<urn:p> <urn:o> ."},
		{"byte order mark", "\uFEFF<urn:s> <urn:p> <urn:o> ."},
		{"invalid UTF-8", "<urn:s> <urn:p> \"\xFF\" ."},
		{"surrogate in UTF-8", "<urn:s> <urn:p> \"\xED\xA0\x80\" ."},
		{"literal subject", `"s" <urn:p> <urn:o> .`},
		{"blank predicate", "<urn:s> _:p <urn:o> ."},
		{"literal graph", `<urn:s> <urn:p> <urn:o> "g" .`},
		{"relative IRI", "<s> <urn:p> <urn:o> ."},
		{"empty IRI", "<> <urn:p> <urn:o> ."},
		{"scheme that begins with a digit", "<1rn:s> <urn:p> <urn:o> ."},
		{"no scheme before the colon", "<:s> <urn:p> <urn:o> ."},
		{"colon only in the path", "<a/b:c> <urn:p> <urn:o> ."},
		{"space in an IRI", "<urn:s x> <urn:p> <urn:o> ."},
		{"escaped space in an IRI", `<urn:s\u0020x> <urn:p> <urn:o> .`},
		{"escaped bracket in an IRI", `<urn:s\u003E> <urn:p> <urn:o> .`},
		{"escaped line feed in an IRI", `<urn:s\u000A> <urn:p> <urn:o> .`},
		{"control character in an IRI", "<urn:s\x01> <urn:p> <urn:o> ."},
		{"brace in an IRI", "<urn:{s}> <urn:p> <urn:o> ."},
		{"short escape in an IRI", `<urn:s\n> <urn:p> <urn:o> .`},
		{"unfinished IRI", "<urn:s"},
		{"unfinished IRI, escaped end", `<urn:s\>`},
		{"prefixed name", "a:s <urn:p> <urn:o> ."},
		{"unfinished literal", `<urn:s> <urn:p> "o .`},
		{"unfinished literal, escaped end", `<urn:s> <urn:p> "o\`},
		{"line feed in a literal", "<urn:s> <urn:p> \"o\n\" ."},
		{"carriage return in a literal", "<urn:s> <urn:p> \"o\r\" ."},
		{"single quotation marks", "<urn:s> <urn:p> 'o' ."},
		{"three quotation marks", `<urn:s> <urn:p> """o""" .`},
		{"unknown escape", `<urn:s> <urn:p> "\a" .`},
		{"hexadecimal escape too short", `<urn:s> <urn:p> "\u12" .`},
		{"hexadecimal escape with a sign", `<urn:s> <urn:p> "\u+123" .`},
		{"hexadecimal escape of no digits", `<urn:s> <urn:p> "\u00ZZ" .`},
		{"escaped surrogates", `<urn:s> <urn:p> "\uD83C\uDF03" .`},
		{"escape beyond Unicode", `<urn:s> <urn:p> "\U00110000" .`},
		{"escape far beyond Unicode", `<urn:s> <urn:p> "\UFFFFFFFF" .`},
		{"empty language", `<urn:s> <urn:p> "x"@ .`},
		{"language with a digit first", `<urn:s> <urn:p> "x"@1 .`},
		{"language that ends in a hyphen", `<urn:s> <urn:p> "x"@en- .`},
		{"language and datatype", `<urn:s> <urn:p> "x"@en^^<urn:d> .`},
		{"literal as datatype", `<urn:s> <urn:p> "x"^^"y" .`},
		{"blank node as datatype", `<urn:s> <urn:p> "x"^^_:d .`},
		{"number", "<urn:s> <urn:p> 1 ."},
		{"label missing", "_: <urn:p> <urn:o> ."},
		{"label that begins with a hyphen", "_:-a <urn:p> <urn:o> ."},
		{"label that begins with a full stop", "_:.a <urn:p> <urn:o> ."},
		{"directive", "@prefix a: <urn:a> ."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := rdfc.Parse([]byte("<urn:good> <urn:p> <urn:o> .\n" + tt.in))
			if got != nil || !errors.Is(err, rdfc.ErrSyntax) {
				t.Errorf("got %v, %v; want nil, ErrSyntax", got, err)
			}
		})
	}
}

func TestParseNamesTheLine(t *testing.T) {
	_, err := rdfc.Parse([]byte("# one\r\n<urn:s> <urn:p> <urn:o> .\r\n\n<urn:s> <urn:p> <o> .\n"))
	if err == nil || !strings.Contains(err.Error(), `line 4: object: relative IRI "o"`) {
		t.Errorf("got %v", err)
	}
}

// FuzzParse: an error gives no quads, and what is read can be written and read
// again as the same.
func FuzzParse(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(readFile(f, vectors+"/"+v.Action))
	}
	f.Fuzz(func(t *testing.T, nquads []byte) {
		quads, err := rdfc.Parse(nquads)
		if err != nil {
			if quads != nil || !errors.Is(err, rdfc.ErrSyntax) {
				t.Fatalf("got %v, %v", quads, err)
			}
			return
		}
		var text []byte
		for _, q := range quads {
			if text, err = rdfc.AppendQuad(text, q); err != nil {
				t.Fatal(err)
			}
		}
		if diff := cmp.Diff(quads, parse(t, string(text))); diff != "" {
			t.Fatalf("read, written and read again (-first +second):\n%s", diff)
		}
	})
}
