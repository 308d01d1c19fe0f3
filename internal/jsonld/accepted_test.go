package jsonld_test

import (
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"

	"github.com/rogpeppe/go-internal/txtar"
)

// What documents say, one line of JSON each, and what another implementation
// reads from them.
func TestAccepted(t *testing.T) {
	for _, archive := range []struct {
		path string
		opt  jsonld.Options
		want int
	}{
		{"testdata/accepted.txtar", jsonld.Options{Contexts: jsonld.Embedded()}, 36},
		{"testdata/generated.txtar", jsonld.Options{UnsafeInlineContexts: true}, 250},
	} {
		read, err := txtar.ParseFile(archive.path)
		if err != nil {
			t.Fatal(err)
		}
		if len(read.Files) != archive.want {
			t.Errorf("%s: %d documents, want %d", archive.path, len(read.Files), archive.want)
		}
		for _, file := range read.Files {
			t.Run(file.Name, func(t *testing.T) {
				text, want, _ := strings.Cut(string(file.Data), "\n")
				doc, err := strictjson.Parse([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				quads, err := jsonld.ToRDF(doc, archive.opt)
				if err != nil {
					t.Fatal(err)
				}
				if got := canonical(t, quads); got != want {
					t.Errorf("%s\ngot\n%swant\n%s", text, got, want)
				}
			})
		}
	}
}

func TestNumbers(t *testing.T) {
	const integer, double = "integer", "double"
	for _, tt := range []struct{ literal, text, datatype string }{
		{"0", "0", integer},
		{"-0", "0", integer},
		{"-0.0", "0", integer},
		{"0e5", "0", integer},
		{"1", "1", integer},
		{"-1", "-1", integer},
		{"1.0", "1", integer},
		{"1.00e2", "100", integer},
		{"5e0", "5", integer},
		{"123456789012345", "123456789012345", integer},
		{"9007199254740992", "9007199254740992", integer},
		{"-9007199254740992", "-9007199254740992", integer},
		{"100000000000000000000", "100000000000000000000", integer},
		{"1e20", "100000000000000000000", integer},
		{"999999999999999868928", "999999999999999868928", integer},
		{"1e21", "1.0E21", double},
		{"-1e21", "-1.0E21", double},
		{"1000000000000000000000", "1.0E21", double},
		{"1.5", "1.5E0", double},
		{"-1.5", "-1.5E0", double},
		{"5.30", "5.3E0", double},
		{"0.1", "1.0E-1", double},
		{"1e-7", "1.0E-7", double},
		{"12345.678", "1.2345678E4", double},
		{"0.30000000000000004", "3.0E-1", double}, // 16 digits, as the canonical form has it
		{"1.7976931348623157e308", "1.797693134862316E308", double},
		{"5e-324", "4.940656458412465E-324", double},
	} {
		t.Run(tt.literal, func(t *testing.T) {
			doc, err := strictjson.Parse([]byte(`{"http://example.org/n": ` + tt.literal + `}`))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{})
			if err != nil {
				t.Fatal(err)
			}
			o := quads[0].Object
			if want := "http://www.w3.org/2001/XMLSchema#" + tt.datatype; o.Value != tt.text || o.Datatype != want {
				t.Errorf("%q of %s, want %q of %s", o.Value, o.Datatype, tt.text, want)
			}
		})
	}
}

// A number takes the datatype that its term gives it, but not always the form.
func TestTypedNumbers(t *testing.T) {
	const xsd = "http://www.w3.org/2001/XMLSchema#"
	for _, tt := range []struct{ datatype, literal, text string }{
		{xsd + "double", "5", "5.0E0"},
		{xsd + "double", "0", "0.0E0"},
		{xsd + "double", "100", "1.0E2"},
		{xsd + "float", "5", "5"},
		{xsd + "float", "5.5", "5.5E0"},
		{xsd + "integer", "5.5", "5.5E0"},
		{xsd + "string", "5", "5"},
		{xsd + "boolean", "true", "true"},
		{xsd + "string", "false", "false"},
		{"http://example.org/t", "7.0", "7"},
	} {
		doc, err := strictjson.Parse([]byte(`{"http://example.org/n": {"@value": ` + tt.literal + `, "@type": "` + tt.datatype + `"}}`))
		if err != nil {
			t.Fatal(err)
		}
		quads, err := jsonld.ToRDF(doc, jsonld.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want := tt.datatype
		if want == xsd+"string" {
			want = "" // how a Term writes it
		}
		if o := quads[0].Object; o.Value != tt.text || o.Datatype != want {
			t.Errorf("%s of %s: %q of %s, want %q", tt.literal, tt.datatype, o.Value, o.Datatype, tt.text)
		}
	}
}
