package jsonld_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Under UnsafeInlineContexts a document may bring its own contexts. What they
// cannot do is loosen the rest.
func TestInlineContexts(t *testing.T) {
	const p = `"p": "https://example.org/p"`
	seventeen := strings.TrimSuffix(strings.Repeat(`{"p": "https://example.org/p"},`, 16), ",")
	tests := []struct {
		name, doc string
		want      error  // nil: accepted, and then
		quad      string // one of the quads
	}{
		{"a term", `{"@context": {` + p + `}, "p": "x"}`, nil, `<https://example.org/p> "x" .`},
		{"a vocabulary", `{"@context": {"@vocab": "https://example.org/"}, "q": "x"}`, nil, `<https://example.org/q> "x" .`},
		{"a vocabulary after the credentials context", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"@vocab": "https://example.org/"}], ` + vc + `, "q": "x"}`,
			nil, `<https://example.org/q> "x" .`},
		{"the vocabulary does not see its own prefixes", `{"@context": {"@vocab": "ex:", "ex": "https://example.org/"}, "q": "x"}`,
			nil, `<ex:q> "x" .`},
		{"a default language", `{"@context": {"@language": "DE", ` + p + `}, "p": "x"}`, nil, `"x"@de .`},
		{"a default direction", `{"@context": {"@direction": "rtl", ` + p + `}, "p": "x"}`, nil, `"x"^^<https://www.w3.org/ns/i18n#_rtl> .`},
		{"a language map", `{"@context": {"p": {"@id": "https://example.org/p", "@container": "@language"}}, "p": {"en": "x", "@none": "y", "de": null}}`,
			nil, `"x"@en .`},
		{"an id map", `{"@context": {"p": {"@id": "https://example.org/p", "@container": "@id"}, "q": "https://example.org/q"}, "p": {"urn:a": {"q": "x"}}}`,
			nil, `<urn:a> <https://example.org/q> "x" .`},
		{"a type map", `{"@context": {"p": {"@id": "https://example.org/p", "@container": "@type"}, "T": "https://example.org/T"}, "p": {"T": {"@id": "urn:a"}}}`,
			nil, `<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://example.org/T> .`},
		{"an index map whose keys are a property", `{"@context": {"p": {"@id": "https://example.org/p", "@container": "@index", "@index": "q"}, "q": "https://example.org/q"}, "p": {"k": {"@id": "urn:a"}}}`,
			nil, `<urn:a> <https://example.org/q> "k" .`},
		{"an index map that would be dropped", `{"@context": {"p": {"@id": "https://example.org/p", "@container": "@index"}}, "p": {"k": "x"}}`,
			jsonld.ErrDropped, ""},
		{"an alias of @index", `{"@context": {"i": "@index", ` + p + `}, "p": {"@id": "urn:a", "i": "x"}}`, jsonld.ErrDropped, ""},
		{"a graph map", `{"@context": {"p": {"@id": "https://example.org/p", "@container": ["@graph", "@id"]}, "q": "https://example.org/q"}, "p": {"urn:g": {"@id": "urn:a", "q": "x"}}}`,
			nil, `<urn:a> <https://example.org/q> "x" <urn:g> .`},
		{"a reverse term", `{"@context": {"p": {"@reverse": "https://example.org/p"}}, "@id": "urn:a", "p": {"@id": "urn:b"}}`,
			nil, `<urn:b> <https://example.org/p> <urn:a> .`},
		{"a JSON literal", `{"@context": {"p": {"@id": "https://example.org/p", "@type": "@json"}}, "p": {"b": 1.0, "a": null}}`,
			nil, `"{\"a\":null,\"b\":1}"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .`},
		{"null as a JSON literal", `{"@context": {"p": {"@id": "https://example.org/p", "@type": "@json"}}, "p": null}`,
			nil, `"null"^^<http://www.w3.org/1999/02/22-rdf-syntax-ns#JSON> .`},
		{"nested properties", `{"@context": {"n": "@nest", ` + p + `}, "@id": "urn:a", "n": {"p": "x"}}`, nil, `<urn:a> <https://example.org/p> "x" .`},
		{"a term taken out of use", `{"@context": [{"@vocab": "https://example.org/"}, {"q": null}], "q": "x"}`, jsonld.ErrUndefinedTerm, ""},
		{"an undefined term", `{"@context": {` + p + `}, "q": "x"}`, jsonld.ErrUndefinedTerm, ""},
		{"a base", `{"@context": {"@base": "https://example.org/", ` + p + `}, "@id": "a", "p": "x"}`, jsonld.ErrUnsupported, ""},
		{"a context that is not compiled in", `{"@context": ["https://example.org/other", {` + p + `}], "p": "x"}`, jsonld.ErrContextNotAllowed, ""},
		{"a scoped context that is not compiled in", `{"@context": {"p": {"@id": "https://example.org/p", "@context": "https://example.org/other"}}, "p": "x"}`,
			jsonld.ErrContextNotAllowed, ""},
		{"a protected term of the credentials context", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"name": "https://example.org/n"}], ` + vc + `}`,
			jsonld.ErrProtectedTerm, ""},
		{"the same definition again", `{"@context": ["https://www.w3.org/ns/credentials/v2", {"id": "@id"}], ` + vc + `}`,
			nil, `<did:example:i> .`},
		{"null after the credentials context", `{"@context": ["https://www.w3.org/ns/credentials/v2", null], ` + vc + `}`,
			jsonld.ErrProtectedTerm, ""},
		{"a nested context that adds", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"@context": {"nick": "https://example.org/n"}, "nick": "x"}}`,
			nil, `<https://example.org/n> "x" .`},
		{"sixteen contexts", `{"@context": [` + seventeen + `], "p": "x"}`, nil, `<https://example.org/p> "x" .`},
		{"seventeen contexts", `{"@context": [` + seventeen + `], "p": {"@context": {` + p + `}, "p": "x"}}`, jsonld.ErrLimit, ""},
		{"contexts in contexts", deepContext(70), jsonld.ErrContextInvalid, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := strictjson.ParseWithin([]byte(tt.doc), strictjson.Limits{Depth: 1000})
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded(), UnsafeInlineContexts: true})
			if !errors.Is(err, tt.want) || (err == nil) == (quads == nil) {
				t.Fatalf("%d quads, error = %v, want %v", len(quads), err, tt.want)
			}
			if err == nil && !strings.Contains(canonical(t, quads), tt.quad) {
				t.Errorf("%s is missing in\n%s", tt.quad, canonical(t, quads))
			}
		})
	}
}

// deepContext is a document whose context holds scoped contexts in each other,
// the innermost of which is wrong.
func deepContext(depth int) string {
	inner := `{"a": 1}`
	for i := range depth {
		inner = fmt.Sprintf(`{"t%d": {"@id": "urn:t", "@context": %s}}`, i, inner)
	}
	return `{"@context": ` + inner + `, "urn:p": "x"}`
}

// @propagate and nesting: what a type brings ends at the next node, unless the
// context says otherwise.
func TestPropagation(t *testing.T) {
	const doc = `{"@context": {"T": {"@id": "urn:T", "@context": {%s "q": "urn:inner"}}, "q": "urn:outer", "p": "urn:p"}, "@type": "T", "q": "x", "p": {"q": "y"}}`
	for _, tt := range []struct{ propagate, want string }{
		{``, `<urn:outer> "y" .`},
		{`"@propagate": false,`, `<urn:outer> "y" .`},
		{`"@propagate": true,`, `<urn:inner> "y" .`},
	} {
		v, err := strictjson.Parse([]byte(fmt.Sprintf(doc, tt.propagate)))
		if err != nil {
			t.Fatal(err)
		}
		quads, err := jsonld.ToRDF(v, jsonld.Options{UnsafeInlineContexts: true})
		if err != nil {
			t.Fatal(err)
		}
		got := canonical(t, quads)
		if !strings.Contains(got, tt.want) || !strings.Contains(got, `<urn:inner> "x" .`) {
			t.Errorf("%s got\n%s", tt.propagate, got)
		}
	}
}
