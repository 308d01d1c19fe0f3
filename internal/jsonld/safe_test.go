package jsonld_test

import (
	"errors"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

const (
	vc2 = `"@context": ["https://www.w3.org/ns/credentials/v2"]`
	vc1 = `"@context": ["https://www.w3.org/2018/credentials/v1"]`
	ob3 = `"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]`
	vc  = `"type": "VerifiableCredential", "issuer": "did:example:i"`
)

// What a signature would not cover is an error that names the place.
func TestRefused(t *testing.T) {
	tests := []struct {
		name, doc  string
		want       error
		path, term string
	}{
		// Terms and types.
		{"an undefined property at the top", `{` + vc2 + `, ` + vc + `, "foo": "bar"}`,
			jsonld.ErrUndefinedTerm, "/foo", "foo"},
		{"an undefined property far down", `{` + ob3 + `, ` + vc + `, "credentialSubject": {"type": "AchievementSubject", "achievement": {"type": "Achievement", "foo": 1}}}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/achievement/foo", "foo"},
		{"an undefined property in an array", `{` + vc2 + `, ` + vc + `, "credentialSubject": [{"id": "urn:a"}, {"foo": 1}]}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/1/foo", "foo"},
		{"an undefined property that is null", `{` + vc2 + `, ` + vc + `, "foo": null}`,
			jsonld.ErrUndefinedTerm, "/foo", "foo"},
		{"an undefined property that is empty", `{` + vc2 + `, ` + vc + `, "foo": []}`,
			jsonld.ErrUndefinedTerm, "/foo", "foo"},
		{"a property in another case", `{` + vc2 + `, ` + vc + `, "validuntil": "2030-01-01T00:00:00Z"}`,
			jsonld.ErrUndefinedTerm, "/validuntil", "validuntil"},
		{"a property with a trailing space", `{` + vc2 + `, ` + vc + `, "name ": "x"}`,
			jsonld.ErrUndefinedTerm, "/name ", "name "},
		{"the empty name", `{` + vc2 + `, ` + vc + `, "": "x"}`,
			jsonld.ErrUndefinedTerm, "/", ""},
		{"a term of another type's context", `{` + ob3 + `, ` + vc + `, "credentialSubject": {"achievement": {"id": "urn:a"}}}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/achievement", "achievement"},
		{"a term that reached only the node above", `{` + ob3 + `, ` + vc + `, "credentialSubject": {"type": "AchievementSubject", "achievement": {"type": "Achievement", "criteria": {"creditsAvailable": 3}}}}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/achievement/criteria/creditsAvailable", "creditsAvailable"},
		{"an undefined type", `{` + vc2 + `, "type": ["VerifiableCredential", "Diploma"]}`,
			jsonld.ErrUndefinedTerm, "/type/1", "Diploma"},
		{"an undefined type alone", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"type": "Person"}}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/type", "Person"},
		{"a type in another case", `{` + vc2 + `, "type": "verifiableCredential"}`,
			jsonld.ErrUndefinedTerm, "/type", "verifiableCredential"},
		{"the empty type", `{` + vc2 + `, "type": ""}`, jsonld.ErrUndefinedTerm, "/type", ""},
		{"a type with a path", `{` + vc2 + `, "type": "a/b"}`, jsonld.ErrUndefinedTerm, "/type", "a/b"},
		{"an undefined word where the vocabulary is asked", `{"@context": ["https://w3id.org/security/data-integrity/v2"], "type": "DataIntegrityProof", "proofPurpose": "anything"}`,
			jsonld.ErrUndefinedTerm, "/proofPurpose", "anything"},
		{"no context at all", `{"type": "VerifiableCredential"}`, jsonld.ErrUndefinedTerm, "/type", "type"},
		{"an empty list of contexts", `{"@context": [], "name": "x"}`, jsonld.ErrUndefinedTerm, "/name", "name"},
		{"null as the context", `{"@context": null, "name": "x"}`, jsonld.ErrContextNotAllowed, "/@context", ""},
		{"a reserved word as a property", `{` + vc2 + `, ` + vc + `, "@foo": "x"}`,
			jsonld.ErrUndefinedTerm, "/@foo", "@foo"},
		{"a reserved word as a type", `{` + vc2 + `, "type": "@foo"}`, jsonld.ErrUndefinedTerm, "/type", "@foo"},
		{"a keyword as a type", `{` + vc2 + `, "type": "@id"}`, jsonld.ErrUndefinedTerm, "/type", "@id"},
		{"an alias of a keyword as a type", `{` + vc2 + `, "type": "id"}`, jsonld.ErrUndefinedTerm, "/type", "id"},
		{"an escaped path", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"a/b~c": 1}}`,
			jsonld.ErrUndefinedTerm, "/credentialSubject/a~1b~0c", "a/b~c"},

		// Data without a place in RDF.
		{"@index", `{` + vc2 + `, ` + vc + `, "@index": "x"}`, jsonld.ErrDropped, "/@index", "@index"},
		{"@index in a node", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"id": "urn:a", "@index": "x"}}`,
			jsonld.ErrDropped, "/credentialSubject/@index", "@index"},
		{"@index beside @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@index": "y"}}`,
			jsonld.ErrDropped, "/name", "@index"},
		{"@index beside @set", `{` + vc2 + `, ` + vc + `, "name": {"@set": ["x"], "@index": "y"}}`,
			jsonld.ErrDropped, "/name", "@index"},
		{"null in an array", `{` + vc2 + `, ` + vc + `, "name": ["x", null]}`, jsonld.ErrDropped, "/name/1", ""},
		{"null in a list", `{` + ob3 + `, "type": "ResultDescription", "allowedValue": ["A", null, "B"]}`,
			jsonld.ErrDropped, "/allowedValue/1", ""},
		{"null as @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": null}}`, jsonld.ErrDropped, "/name", "@value"},
		{"a document that is a string", `"x"`, jsonld.ErrDropped, "", ""},
		{"a document that is null", `null`, jsonld.ErrDropped, "", ""},
		{"a document that is a number", `[1]`, jsonld.ErrDropped, "/0", ""},
		{"an empty document", `{}`, jsonld.ErrDropped, "", ""},
		{"nothing but a context", `{` + vc2 + `}`, jsonld.ErrDropped, "", ""},
		{"nothing but an identifier", `{` + vc2 + `, "id": "urn:a"}`, jsonld.ErrDropped, "", ""},
		{"an identifier beside others' statements", `{` + vc2 + `, "id": "urn:a", "@included": [{"id": "urn:b", "name": "x"}]}`,
			jsonld.ErrDropped, "", ""},
		{"an identifier and null", `{` + vc2 + `, "id": "urn:a", "name": null}`, jsonld.ErrDropped, "", ""},
		{"a value in a graph", `{` + vc2 + `, "@graph": ["x"]}`, jsonld.ErrDropped, "/@graph/0", ""},
		{"a value object in a graph", `{` + vc2 + `, "@graph": [{"@value": "x"}]}`, jsonld.ErrDropped, "/@graph/0", "@value"},
		{"a list in a graph", `{` + vc2 + `, "@graph": [{"@list": ["x"]}]}`, jsonld.ErrDropped, "/@graph/0", "@list"},
		{"a lone identifier in a graph", `{` + vc2 + `, "@graph": [{"id": "urn:a"}]}`, jsonld.ErrDropped, "/@graph/0", ""},
		{"a lone identifier in a set in a graph", `{` + vc2 + `, "@graph": [{"@set": [{"id": "urn:a"}]}]}`,
			jsonld.ErrDropped, "/@graph/0/@set/0", ""},
		{"a credential by reference, whose graph would be empty", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": ["urn:a"]}`,
			jsonld.ErrDropped, "/verifiableCredential/0", "verifiableCredential"},
		{"a credential of nothing but an identifier", `{` + vc2 + `, "type": "VerifiablePresentation", "verifiableCredential": {"@id": "urn:a"}}`,
			jsonld.ErrDropped, "/verifiableCredential", ""},
		{"a proof that is a string", `{` + vc2 + `, ` + vc + `, "proof": "z3…"}`, jsonld.ErrDropped, "/proof", "proof"},
		{"a number that loses digits", `{` + vc2 + `, ` + vc + `, "http://example.org/n": 9007199254740993}`,
			jsonld.ErrDropped, "/http:~1~1example.org~1n", "9007199254740993"},

		// Identifiers.
		{"a relative identifier", `{` + vc2 + `, ` + vc + `, "id": "badge/1"}`, jsonld.ErrRelativeIRI, "/id", "badge/1"},
		{"an absolute path", `{` + vc2 + `, ` + vc + `, "id": "/badge/1"}`, jsonld.ErrRelativeIRI, "/id", "/badge/1"},
		{"a fragment", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"id": "#me"}}`,
			jsonld.ErrRelativeIRI, "/credentialSubject/id", "#me"},
		{"the empty identifier", `{` + vc2 + `, ` + vc + `, "id": ""}`, jsonld.ErrRelativeIRI, "/id", ""},
		{"an empty reference", `{` + vc2 + `, "type": "VerifiableCredential", "issuer": ""}`, jsonld.ErrRelativeIRI, "/issuer", ""},
		{"a space in an identifier", `{` + vc2 + `, ` + vc + `, "id": "https://example.org/a b"}`,
			jsonld.ErrRelativeIRI, "/id", "https://example.org/a b"},
		{"a line break that would write a quad", `{` + vc2 + `, ` + vc + `, "id": "urn:a> <urn:b> <urn:c> .\n<urn:d"}`,
			jsonld.ErrRelativeIRI, "/id", "urn:a> <urn:b> <urn:c> .\n<urn:d"},
		{"an angle bracket", `{` + vc2 + `, ` + vc + `, "id": "urn:a<b"}`, jsonld.ErrRelativeIRI, "/id", "urn:a<b"},
		{"a brace", `{` + vc2 + `, ` + vc + `, "id": "https://example.org/{id}"}`,
			jsonld.ErrRelativeIRI, "/id", "https://example.org/{id}"},
		{"a backslash", `{` + vc2 + `, ` + vc + `, "id": "urn:a\\b"}`, jsonld.ErrRelativeIRI, "/id", `urn:a\b`},
		{"a scheme that is none", `{` + vc2 + `, ` + vc + `, "id": "1a:b"}`, jsonld.ErrRelativeIRI, "/id", "1a:b"},
		{"no scheme before the colon", `{` + vc2 + `, ` + vc + `, "id": ":b"}`, jsonld.ErrRelativeIRI, "/id", ":b"},
		{"a type that is no IRI", `{` + vc2 + `, "type": "2026-01-01T00:00:00Z"}`,
			jsonld.ErrRelativeIRI, "/type", "2026-01-01T00:00:00Z"},
		{"a property that is no IRI", `{` + vc2 + `, ` + vc + `, "x y:z": 1}`, jsonld.ErrRelativeIRI, "/x y:z", "x y:z"},
		{"a keyword as an identifier", `{` + vc2 + `, ` + vc + `, "id": "@type"}`, jsonld.ErrRelativeIRI, "/id", "@type"},
		{"a reserved word as an identifier", `{` + vc2 + `, ` + vc + `, "id": "@foo"}`, jsonld.ErrRelativeIRI, "/id", "@foo"},
		{"a datatype that is no IRI", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@type": "a b:c"}}`,
			jsonld.ErrRelativeIRI, "/name", "a b:c"},

		// Structure.
		{"null as the identifier", `{` + vc2 + `, ` + vc + `, "id": null}`, jsonld.ErrStructure, "/id", "id"},
		{"two identifiers in an array", `{` + vc2 + `, ` + vc + `, "id": ["urn:a", "urn:b"]}`, jsonld.ErrStructure, "/id", "id"},
		{"an identifier and its alias", `{` + vc2 + `, ` + vc + `, "id": "urn:a", "@id": "urn:b"}`,
			jsonld.ErrStructure, "", "@id"},
		{"a number as a type", `{` + vc2 + `, "type": 1}`, jsonld.ErrStructure, "/type", "@type"},
		{"an object as a type", `{` + vc2 + `, "type": ["VerifiableCredential", {"id": "urn:a"}]}`,
			jsonld.ErrStructure, "/type/1", "@type"},
		{"a property beside @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "url": "https://example.org"}}`,
			jsonld.ErrStructure, "/name/url", "url"},
		{"an identifier beside @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "id": "urn:a"}}`,
			jsonld.ErrStructure, "/name/id", "id"},
		{"an object as @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": {"a": 1}}}`, jsonld.ErrStructure, "/name", "@value"},
		{"an array as @value", `{` + vc2 + `, ` + vc + `, "name": {"@value": ["x"]}}`, jsonld.ErrStructure, "/name", "@value"},
		{"a type and a language", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@type": "http://example.org/t", "@language": "en"}}`,
			jsonld.ErrStructure, "/name", "@type"},
		{"two types of a value", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@type": ["http://example.org/t"]}}`,
			jsonld.ErrStructure, "/name", "@type"},
		{"a blank node as a datatype", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@type": "_:t"}}`,
			jsonld.ErrStructure, "/name", "_:t"},
		{"a language-tagged string without its tag", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@type": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"}}`,
			jsonld.ErrStructure, "/name", "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"},
		{"a number with a language", `{` + vc2 + `, ` + vc + `, "name": {"@value": 1, "@language": "en"}}`,
			jsonld.ErrStructure, "/name", "@language"},
		{"a language that is no tag", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@language": "e n"}}`,
			jsonld.ErrStructure, "/name", "e n"},
		{"the empty language", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@language": ""}}`,
			jsonld.ErrStructure, "/name", ""},
		{"a language with digits first", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@language": "1en"}}`,
			jsonld.ErrStructure, "/name", "1en"},
		{"a language of nine letters", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@language": "abcdefghi"}}`,
			jsonld.ErrStructure, "/name", "abcdefghi"},
		{"a direction that is none", `{` + vc2 + `, ` + vc + `, "name": {"@value": "x", "@direction": "up"}}`,
			jsonld.ErrStructure, "/name", "@direction"},
		{"a language without a value", `{` + vc2 + `, ` + vc + `, "credentialSubject": {"@language": "en"}}`,
			jsonld.ErrStructure, "/credentialSubject/@language", "@language"},
		{"a keyword that only contexts have", `{` + vc2 + `, ` + vc + `, "@vocab": "https://example.org/"}`,
			jsonld.ErrStructure, "/@vocab", "@vocab"},
		{"a property beside @list", `{` + vc2 + `, ` + vc + `, "name": {"@list": ["x"], "id": "urn:a"}}`,
			jsonld.ErrStructure, "/name/id", "id"},
		{"a string as @graph", `{` + vc2 + `, ` + vc + `, "@graph": "x"}`, jsonld.ErrStructure, "/@graph", "@graph"},
		{"a string as @reverse", `{` + vc2 + `, ` + vc + `, "@reverse": "x"}`, jsonld.ErrStructure, "/@reverse", "@reverse"},
		{"a string as @nest", `{` + vc2 + `, ` + vc + `, "@nest": "x"}`, jsonld.ErrStructure, "/@nest", "@nest"},
		{"a value in @nest", `{` + vc2 + `, ` + vc + `, "@nest": {"@value": "x"}}`, jsonld.ErrStructure, "/@nest/@value", "@value"},
		{"a literal as a subject", `{` + vc2 + `, ` + vc + `, "@reverse": {"http://example.org/p": "x"}}`,
			jsonld.ErrStructure, "/@reverse/http:~1~1example.org~1p", "http://example.org/p"},
		{"a list as a subject", `{` + vc2 + `, ` + vc + `, "@reverse": {"http://example.org/p": {"@list": ["x"]}}}`,
			jsonld.ErrStructure, "/@reverse/http:~1~1example.org~1p", "http://example.org/p"},
		{"an infinite number", `{` + vc2 + `, ` + vc + `, "http://example.org/n": 1e999}`,
			jsonld.ErrStructure, "/http:~1~1example.org~1n", "1e999"},

		// What this package leaves out.
		{"a blank node as a property", `{` + vc2 + `, ` + vc + `, "_:p": "x"}`, jsonld.ErrUnsupported, "/_:p", "a blank node as a property"},
		{"an identifier in @nest", `{` + vc2 + `, ` + vc + `, "@nest": {"id": "urn:a"}}`,
			jsonld.ErrUnsupported, "/@nest/id", "a keyword inside @nest"},
		{"an array in a @list", `{` + vc2 + `, ` + vc + `, "name": {"@list": [["x"]]}}`,
			jsonld.ErrUnsupported, "/name/@list/0", "an array in a @list"},
		{"a set in a @list", `{` + vc2 + `, ` + vc + `, "name": {"@list": [{"@set": ["x"]}]}}`,
			jsonld.ErrUnsupported, "/name/@list/0", "@set in a list"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := strictjson.Parse([]byte(tt.doc))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
			checkError(t, err, tt.want, tt.path, tt.term)
			if quads != nil {
				t.Error("quads beside an error")
			}
		})
	}
}

// checkError holds an error to its sentinel, place and subject.
func checkError(t *testing.T, err, want error, path, term string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error = %v, want %v", err, want)
	}
	var e *jsonld.Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error", err)
	}
	if e.Path != path || e.Term != term {
		t.Errorf("path %q, term %q; want %q and %q", e.Path, e.Term, path, term)
	}
}

// Errors read like sentences, with the place first.
func TestErrorText(t *testing.T) {
	long := strings.Repeat("x", 500)
	for _, tt := range []struct{ doc, want string }{
		{`{` + vc2 + `, ` + vc + `, "credentialSubject": {"foo": 1}}`,
			`"/credentialSubject/foo": the term "foo" is defined by none of the contexts`},
		{`{` + vc2 + `, "type": ["VerifiableCredential", "Diploma"]}`,
			`"/type/1": the type "Diploma" is defined by none of the contexts`},
		{`{` + vc2 + `, ` + vc + `, "id": "1"}`, `"/id": "1" is not an absolute IRI`},
		{`{` + vc2 + `, ` + vc + `, "id": "` + long + `"}`, `"/id": "` + long[:120] + `…" is not an absolute IRI`},
		{`{"@context": ["https://example.org/v1"]}`,
			`"/@context/0": the context is not allowed: https://example.org/v1 is not one of those compiled in`},
		{`{` + vc2 + `}`, `a node that says nothing and to which nothing refers would not be covered by the signature`},
	} {
		doc, err := strictjson.Parse([]byte(tt.doc))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()}); err == nil || err.Error() != tt.want {
			t.Errorf("got  %v\nwant %s", err, tt.want)
		}
	}
}
