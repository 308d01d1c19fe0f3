package jsonld_test

import (
	"errors"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Term definitions that break the rules of API section 4.2.2, each under the
// number of the step that it breaks.
func TestBrokenDefinitions(t *testing.T) {
	tests := []struct {
		name, definition string
		want             error
	}{
		{"2 a circle", `"a": "b", "b": "a"`, jsonld.ErrContextInvalid},
		{"2 a circle through a prefix", `"a:x": {"@type": "@id"}, "a": "a:x"`, jsonld.ErrContextInvalid},
		{"2 a circle of one", `"a": "a:x"`, jsonld.ErrContextInvalid},
		{"4 the empty term", `"": "urn:a"`, jsonld.ErrContextInvalid},
		{"5 @type as a string", `"@type": "urn:a"`, jsonld.ErrContextInvalid},
		{"5 @type as an empty object", `"@type": {}`, jsonld.ErrContextInvalid},
		{"5 @type as a list", `"@type": {"@container": "@list"}`, jsonld.ErrContextInvalid},
		{"5 @type with an identifier", `"@type": {"@id": "urn:a"}`, jsonld.ErrContextInvalid},
		{"5 @type protected by a word", `"@type": {"@protected": "yes"}`, jsonld.ErrContextInvalid},
		{"5 @value", `"@value": "urn:a"`, jsonld.ErrContextInvalid},
		{"5 a reserved word", `"@later": "urn:a"`, jsonld.ErrContextInvalid},
		{"9 a number", `"a": 1`, jsonld.ErrContextInvalid},
		{"9 an array", `"a": ["urn:a"]`, jsonld.ErrContextInvalid},
		{"9 true", `"a": true`, jsonld.ErrContextInvalid},
		{"11 protected by a number", `"a": {"@id": "urn:a", "@protected": 1}`, jsonld.ErrContextInvalid},
		{"12 a type that is a number", `"a": {"@id": "urn:a", "@type": 1}`, jsonld.ErrContextInvalid},
		{"12 a type that is no IRI", `"a": {"@id": "urn:a", "@type": "b"}`, jsonld.ErrContextInvalid},
		{"12 a type that is a blank node", `"a": {"@id": "urn:a", "@type": "_:b"}`, jsonld.ErrContextInvalid},
		{"12 a type in a circle", `"a": {"@id": "urn:a", "@type": "a"}`, jsonld.ErrContextInvalid},
		{"12 a type that is another keyword", `"a": {"@id": "urn:a", "@type": "@set"}`, jsonld.ErrContextInvalid},
		{"13 reverse and an identifier", `"a": {"@id": "urn:a", "@reverse": "urn:b"}`, jsonld.ErrContextInvalid},
		{"13 reverse and nest", `"a": {"@reverse": "urn:b", "@nest": "@nest"}`, jsonld.ErrContextInvalid},
		{"13 reverse and a context", `"a": {"@reverse": "urn:b", "@context": {}}`, jsonld.ErrContextInvalid},
		{"13 reverse of a number", `"a": {"@reverse": 1}`, jsonld.ErrContextInvalid},
		{"13 reverse of a keyword", `"a": {"@reverse": "@type"}`, jsonld.ErrContextInvalid},
		{"13 reverse of no IRI", `"a": {"@reverse": "b"}`, jsonld.ErrContextInvalid},
		{"13 reverse of a circle", `"a": {"@reverse": "a"}`, jsonld.ErrContextInvalid},
		{"13 reverse in a list", `"a": {"@reverse": "urn:b", "@container": "@list"}`, jsonld.ErrContextInvalid},
		{"14 an identifier that is a number", `"a": {"@id": 1}`, jsonld.ErrContextInvalid},
		{"14 an identifier that is no IRI", `"a": {"@id": "b"}`, jsonld.ErrContextInvalid},
		{"14 an identifier that is a reserved word", `"a": {"@id": "@later"}`, jsonld.ErrContextInvalid},
		{"14 an alias of @context", `"a": "@context"`, jsonld.ErrContextInvalid},
		{"14 a term of no meaning", `"a": "b", "b": null`, jsonld.ErrContextInvalid},
		{"14 a term that looks like another IRI", `"urn:a": "urn:b"`, jsonld.ErrContextInvalid},
		{"14 a term that looks like a compact IRI", `"p": "urn:p:", "p:a": "urn:b"`, jsonld.ErrContextInvalid},
		{"14 a path that is another IRI", `"a/b": "urn:b"`, jsonld.ErrContextInvalid},
		{"14 an IRI that is a keyword", `"urn:a": {"@id": "@type"}`, jsonld.ErrContextInvalid},
		{"16 a compact IRI that is none", `"p q:a": {}`, jsonld.ErrContextInvalid},
		{"17 a path", `"a/b": {}`, jsonld.ErrContextInvalid},
		{"18 no vocabulary", `"a": {}`, jsonld.ErrContextInvalid},
		{"19 a container that is none", `"a": {"@id": "urn:a", "@container": "@bag"}`, jsonld.ErrContextInvalid},
		{"19 a container that is a number", `"a": {"@id": "urn:a", "@container": 1}`, jsonld.ErrContextInvalid},
		{"19 no container in the array", `"a": {"@id": "urn:a", "@container": []}`, jsonld.ErrContextInvalid},
		{"19 a list and a set", `"a": {"@id": "urn:a", "@container": ["@list", "@set"]}`, jsonld.ErrContextInvalid},
		{"19 a graph and a list", `"a": {"@id": "urn:a", "@container": ["@graph", "@list"]}`, jsonld.ErrContextInvalid},
		{"19 a graph and a language", `"a": {"@id": "urn:a", "@container": ["@graph", "@language"]}`, jsonld.ErrContextInvalid},
		{"19 an id and an index", `"a": {"@id": "urn:a", "@container": ["@id", "@index"]}`, jsonld.ErrContextInvalid},
		{"19 a type map of literals", `"a": {"@id": "urn:a", "@container": "@type", "@type": "@json"}`, jsonld.ErrContextInvalid},
		{"20 an index without its container", `"a": {"@id": "urn:a", "@index": "urn:i"}`, jsonld.ErrContextInvalid},
		{"20 an index that is a number", `"a": {"@id": "urn:a", "@container": "@index", "@index": 1}`, jsonld.ErrContextInvalid},
		{"20 an index that is a keyword", `"a": {"@id": "urn:a", "@container": "@index", "@index": "@type"}`, jsonld.ErrContextInvalid},
		{"20 an index that is no IRI", `"a": {"@id": "urn:a", "@container": "@index", "@index": "i"}`, jsonld.ErrContextInvalid},
		{"21 a context that is a number", `"a": {"@id": "urn:a", "@context": 1}`, jsonld.ErrContextInvalid},
		{"21 a context that is wrong", `"a": {"@id": "urn:a", "@context": {"b": "c"}}`, jsonld.ErrContextInvalid},
		{"21 a context of contexts", `"a": {"@id": "urn:a", "@context": [[{}]]}`, jsonld.ErrContextInvalid},
		{"22 a language that is a number", `"a": {"@id": "urn:a", "@language": 1}`, jsonld.ErrContextInvalid},
		{"22 a language that is no tag", `"a": {"@id": "urn:a", "@language": "a b"}`, jsonld.ErrContextInvalid},
		{"23 a direction that is none", `"a": {"@id": "urn:a", "@direction": "up"}`, jsonld.ErrContextInvalid},
		{"24 a nest that is a number", `"a": {"@id": "urn:a", "@nest": 1}`, jsonld.ErrContextInvalid},
		{"24 a nest that is a keyword", `"a": {"@id": "urn:a", "@nest": "@id"}`, jsonld.ErrContextInvalid},
		{"25 a prefix that is a word", `"a": {"@id": "urn:a", "@prefix": "yes"}`, jsonld.ErrContextInvalid},
		{"25 a compact IRI as a prefix", `"p": "urn:p:", "p:a": {"@id": "urn:p:a", "@prefix": true}`, jsonld.ErrContextInvalid},
		{"25 a keyword as a prefix", `"a": {"@id": "@type", "@prefix": true}`, jsonld.ErrContextInvalid},
		{"26 another member", `"a": {"@id": "urn:a", "label": "A"}`, jsonld.ErrContextInvalid},

		{"the context is protected by a word", `"@protected": "yes"`, jsonld.ErrContextInvalid},
		{"the context propagates by a word", `"@propagate": "yes"`, jsonld.ErrContextInvalid},
		{"the version is a string", `"@version": "1.1"`, jsonld.ErrContextInvalid},
		{"the version is 1.10", `"@version": 1.10`, jsonld.ErrContextInvalid},
		{"the vocabulary is a number", `"@vocab": 1`, jsonld.ErrContextInvalid},
		{"the vocabulary holds a space", `"@vocab": "urn:a b"`, jsonld.ErrRelativeIRI},
		{"the import is a number", `"@import": 1`, jsonld.ErrContextInvalid},
		{"the language is a number", `"@language": 1`, jsonld.ErrStructure},
		{"the direction is a number", `"@direction": 1`, jsonld.ErrStructure},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {`+tt.definition+`}}`))
			if !errors.Is(err, tt.want) || set != nil {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "context https://example.org/v1: ") {
				t.Errorf("the error does not name the context: %v", err)
			}
		})
	}
}

// Term definitions that are allowed, and what comes of a document that uses the
// term a.
func TestDefinitions(t *testing.T) {
	tests := []struct{ name, definition, value, quad string }{
		{"a string", `"a": "urn:a"`, `"x"`, `<urn:a> "x"`},
		{"an object", `"a": {"@id": "urn:a"}`, `"x"`, `<urn:a> "x"`},
		{"of the vocabulary", `"@vocab": "urn:v:", "a": {}`, `"x"`, `<urn:v:a> "x"`},
		{"by itself, of the vocabulary", `"@vocab": "urn:v:", "a": {"@id": "a"}`, `"x"`, `<urn:v:a> "x"`},
		{"through a prefix", `"p": "urn:p:", "a": "p:a"`, `"x"`, `<urn:p:a> "x"`},
		{"through a prefix that follows", `"a": "p:a", "p": "urn:p:"`, `"x"`, `<urn:p:a> "x"`},
		{"through a prefix that is said to be one", `"p": {"@id": "urn:p", "@prefix": true}, "a": "p:a"`, `"x"`, `<urn:pa> "x"`},
		{"a prefix needs its last character", `"p": "urn:p", "a": "p:a"`, `"x"`, `<p:a> "x"`},
		{"an object is a prefix only by name", `"p": {"@id": "urn:p:"}, "a": "p:a"`, `"x"`, `<p:a> "x"`},
		{"through another term", `"b": "urn:b", "a": "b"`, `"x"`, `<urn:b> "x"`},
		{"defined twice, the last counts", `"@version": 1.1, "a": {"@id": "urn:a", "@protected": false}`, `"x"`, `<urn:a> "x"`},
		{"typed", `"a": {"@id": "urn:a", "@type": "urn:t"}`, `"x"`, `<urn:a> "x"^^<urn:t>`},
		{"typed through a prefix", `"p": "urn:p:", "a": {"@id": "urn:a", "@type": "p:t"}`, `"x"`, `<urn:a> "x"^^<urn:p:t>`},
		{"typed as a string", `"a": {"@id": "urn:a", "@type": "http://www.w3.org/2001/XMLSchema#string"}`, `"x"`, `<urn:a> "x" .`},
		{"not typed", `"a": {"@id": "urn:a", "@type": "@none"}`, `"x"`, `<urn:a> "x" .`},
		{"an identifier", `"a": {"@id": "urn:a", "@type": "@id"}`, `"urn:x"`, `<urn:a> <urn:x>`},
		{"a number is no identifier", `"a": {"@id": "urn:a", "@type": "@id"}`, `1`, `<urn:a> "1"^^<http://www.w3.org/2001/XMLSchema#integer>`},
		{"a word", `"w": "urn:w", "a": {"@id": "urn:a", "@type": "@vocab"}`, `"w"`, `<urn:a> <urn:w>`},
		{"a word that is an IRI", `"a": {"@id": "urn:a", "@type": "@vocab"}`, `"urn:x"`, `<urn:a> <urn:x>`},
		{"a word of the vocabulary", `"@vocab": "urn:v:", "a": {"@id": "urn:a", "@type": "@vocab"}`, `"x"`, `<urn:a> <urn:v:x>`},
		{"a list", `"a": {"@id": "urn:a", "@container": "@list"}`, `["x"]`, `<http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "x"`},
		{"a list of one", `"a": {"@id": "urn:a", "@container": "@list"}`, `"x"`, `<http://www.w3.org/1999/02/22-rdf-syntax-ns#first> "x"`},
		{"a list that is one already", `"a": {"@id": "urn:a", "@container": "@list"}`, `{"@list": []}`, `<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>`},
		{"a list by an alias", `"l": "@list", "a": {"@id": "urn:a", "@container": "@list"}`, `{"l": []}`, `<urn:a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#nil>`},
		{"no container", `"a": {"@id": "urn:a", "@container": null}`, `["x"]`, `<urn:a> "x"`},
		{"a set", `"a": {"@id": "urn:a", "@container": ["@set"]}`, `"x"`, `<urn:a> "x"`},
		{"a graph", `"a": {"@id": "urn:a", "@container": "@graph"}, "b": "urn:b"`, `{"@id": "urn:s", "b": "x"}`, `<urn:s> <urn:b> "x" _:c14n`},
		{"a graph in an id map, as it is", `"a": {"@id": "urn:a", "@container": ["@graph", "@id"]}, "b": "urn:b"`, `{"urn:g": {"@graph": {"@id": "urn:s", "b": "x"}}}`, `<urn:s> <urn:b> "x" <urn:g>`},
		{"a graph in an index map", `"i": "urn:i", "a": {"@id": "urn:a", "@container": ["@graph", "@index"], "@index": "i"}, "b": "urn:b"`, `{"k": {"b": "x"}}`, `<urn:i> "k"`},
		{"a word in a type map", `"T": "urn:T", "a": {"@id": "urn:a", "@container": "@type"}`, `{"T": "urn:s"}`, `<urn:s> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:T>`},
		{"a context in a type map", `"T": {"@id": "urn:T", "@context": {"b": "urn:b"}}, "a": {"@id": "urn:a", "@container": "@type"}`, `{"T": {"b": "x"}}`, `<urn:b> "x"`},
		{"nothing by @none", `"a": {"@id": "urn:a", "@container": "@id"}, "b": "urn:b"`, `{"@none": {"@id": "urn:s", "b": "x"}}`, `<urn:s> <urn:b> "x"`},
		{"a language", `"a": {"@id": "urn:a", "@language": "EN-us"}`, `"x"`, `<urn:a> "x"@en-us`},
		{"no language", `"@language": "de", "a": {"@id": "urn:a", "@language": null}`, `"x"`, `<urn:a> "x" .`},
		{"a direction", `"@language": "ar", "a": {"@id": "urn:a", "@direction": "rtl"}`, `"x"`, `<urn:a> "x"^^<https://www.w3.org/ns/i18n#ar_rtl>`},
		{"no direction", `"@direction": "rtl", "a": {"@id": "urn:a", "@direction": null}`, `"x"`, `<urn:a> "x" .`},
		{"a language map with a direction", `"a": {"@id": "urn:a", "@container": "@language", "@direction": "ltr"}`, `{"en": "x"}`, `<urn:a> "x"^^<https://www.w3.org/ns/i18n#en_ltr>`},
		{"a language map that is a string", `"a": {"@id": "urn:a", "@container": "@language"}`, `"x"`, `<urn:a> "x" .`},
		{"a nested term", `"n": "@nest", "a": {"@id": "urn:a", "@nest": "n"}`, `"x"`, `<urn:a> "x"`},
		{"a context for scalars", `"a": {"@id": "urn:a", "@context": {"@language": "de"}}`, `"x"`, `<urn:a> "x"@de`},
		{"a context for nodes", `"a": {"@id": "urn:a", "@context": {"b": "urn:b"}}`, `{"b": "x"}`, `<urn:b> "x"`},
		{"a context that changes the term", `"a": {"@id": "urn:a", "@context": {"a": {"@id": "urn:a2", "@type": "@id"}}}`, `"urn:x"`, `<urn:a> <urn:x>`},
		{"@type as a set", `"@type": {"@container": "@set"}, "a": "urn:a"`, `{"@type": "urn:T"}`, `<urn:T>`},
		{"a term like a keyword, but none", `"@a1": "urn:b", "a": "urn:a"`, `{"@a1": "x"}`, `<urn:b> "x"`},
		{"an imported context", `"@import": "https://www.w3.org/ns/credentials/undefined-terms/v2", "a": "urn:a"`, `{"b": "x"}`, `<https://www.w3.org/ns/credentials/undefined-term#b> "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {`+tt.definition+`}}`))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := strictjson.Parse([]byte(`{"@context": ["https://example.org/v1"], "a": ` + tt.value + `}`))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: set})
			if err != nil {
				t.Fatal(err)
			}
			if got := canonical(t, quads); !strings.Contains(got, tt.quad) {
				t.Errorf("%s is missing in\n%s", tt.quad, got)
			}
		})
	}
}

// Values that the term a cannot have.
func TestBrokenValues(t *testing.T) {
	tests := []struct {
		name, definition, value string
		want                    error
		path                    string
	}{
		{"a JSON literal in a list", `"a": {"@id": "urn:a", "@type": "@json", "@container": "@list"}`, `1`, jsonld.ErrUnsupported, "/a"},
		{"a JSON literal that is no number", `"a": {"@id": "urn:a", "@type": "@json"}`, `[1e999]`, jsonld.ErrStructure, "/a"},
		{"a list as a subject", `"b": {"@id": "urn:b", "@container": "@list"}, "a": "urn:a"`, `{"@reverse": {"b": {"@id": "urn:s"}}}`, jsonld.ErrStructure, "/a/@reverse/b"},
		{"a keyword in a reverse map", `"a": "urn:a"`, `{"@reverse": {"@type": "urn:T"}}`, jsonld.ErrStructure, "/a/@reverse/@type"},
		{"an undefined term in a reverse map", `"a": "urn:a"`, `{"@reverse": {"b": {"@id": "urn:s"}}}`, jsonld.ErrUndefinedTerm, "/a/@reverse/b"},
		{"a literal under a reverse term", `"a": {"@reverse": "urn:a"}`, `"x"`, jsonld.ErrStructure, "/a"},
		{"a blank node as a property", `"a": "_:a"`, `"x"`, jsonld.ErrUnsupported, "/a"},
		{"a number in a language map", `"a": {"@id": "urn:a", "@container": "@language"}`, `{"en": 1}`, jsonld.ErrStructure, "/a/en"},
		{"null in a language map", `"a": {"@id": "urn:a", "@container": "@language"}`, `{"en": ["x", null]}`, jsonld.ErrStructure, "/a/en"},
		{"no language in a language map", `"a": {"@id": "urn:a", "@container": "@language"}`, `{"e n": "x"}`, jsonld.ErrStructure, "/a/e n"},
		{"null in an id map", `"a": {"@id": "urn:a", "@container": "@id"}`, `{"urn:s": null}`, jsonld.ErrDropped, "/a/urn:s"},
		{"a literal in an id map", `"a": {"@id": "urn:a", "@container": "@id"}`, `{"urn:s": "x"}`, jsonld.ErrStructure, "/a/urn:s"},
		{"a value object in an id map", `"a": {"@id": "urn:a", "@container": "@id"}`, `{"urn:s": {"@value": "x"}}`, jsonld.ErrStructure, "/a/urn:s"},
		{"a relative key in an id map", `"a": {"@id": "urn:a", "@container": "@id"}`, `{"s": {"@type": "urn:T"}}`, jsonld.ErrRelativeIRI, "/a/s"},
		{"two identifiers in an id map", `"a": {"@id": "urn:a", "@container": "@id"}`, `{"urn:s": {"@id": "urn:t", "@type": "urn:T"}}`, jsonld.ErrDropped, "/a/urn:s"},
		{"an undefined type in a type map", `"a": {"@id": "urn:a", "@container": "@type"}`, `{"T": {"@id": "urn:s"}}`, jsonld.ErrUndefinedTerm, "/a/T"},
		{"a literal in an index map", `"i": "urn:i", "a": {"@id": "urn:a", "@container": "@index", "@index": "i"}`, `{"k": "x"}`, jsonld.ErrStructure, "/a/k"},
		{"a blank node as an index property", `"i": "_:i", "a": {"@id": "urn:a", "@container": "@index", "@index": "urn:j"}`, `{"k": {"i": "x"}}`, jsonld.ErrUnsupported, "/a/k/i"},
		{"an index property beside a context", `"i": "urn:i", "a": {"@id": "urn:a", "@container": "@index", "@index": "i", "@context": {}}`, `{"k": {"@id": "urn:s"}}`, jsonld.ErrUnsupported, "/a/k"},
		{"an array of arrays of graphs", `"a": {"@id": "urn:a", "@container": "@graph"}`, `[[{"@type": "urn:T"}]]`, jsonld.ErrDropped, "/a/0"},
		{"a set of graphs by keyword", `"a": {"@id": "urn:a", "@container": "@graph"}`, `{"@set": [{"@type": "urn:T"}]}`, jsonld.ErrUnsupported, "/a"},
		{"an empty graph", `"a": {"@id": "urn:a", "@container": "@graph"}`, `{}`, jsonld.ErrDropped, "/a"},
		{"a keyword that became a term's alias twice", `"i": "@id", "j": "@id", "a": "urn:a"`, `{"i": "urn:x", "j": "urn:y"}`, jsonld.ErrStructure, "/a"},
		{"@included where the context is uncertain", `"a": {"@id": "urn:a", "@context": {}}`, `{"@included": [{"@type": "urn:T"}]}`, jsonld.ErrUnsupported, "/a/@included"},
		{"an undefined term in @nest", `"a": "urn:a"`, `{"@nest": {"b": "x"}}`, jsonld.ErrUndefinedTerm, "/a/@nest/b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			set, err := jsonld.Embedded().With("https://example.org/v1", []byte(`{"@context": {`+tt.definition+`}}`))
			if err != nil {
				t.Fatal(err)
			}
			doc, err := strictjson.Parse([]byte(`{"@context": ["https://example.org/v1"], "@id": "urn:d", "a": ` + tt.value + `}`))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: set})
			var e *jsonld.Error
			if !errors.Is(err, tt.want) || !errors.As(err, &e) || quads != nil {
				t.Fatalf("error = %v, want %v", err, tt.want)
			}
			if e.Path != tt.path {
				t.Errorf("path = %q, want %q (%v)", e.Path, tt.path, err)
			}
		})
	}
}
