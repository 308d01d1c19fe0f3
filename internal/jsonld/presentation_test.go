package jsonld_test

import (
	"errors"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// A credential says the same inside a presentation as by itself: in a graph of
// its own, whatever the presentation's contexts are.
func TestCredentialInPresentation(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	tried := 0
	for _, path := range badgeFiles(t) {
		doc := readJSON(t, path)
		if inner := doc.Get("credential"); inner.Exists() {
			doc = inner
		}
		alone, err := jsonld.ToRDF(doc, opt)
		if err != nil || !strings.Contains(string(doc.Get("@context").JSON()), "credentials/v2") || hasNamedGraphs(alone) {
			continue
		}
		tried++
		t.Run(strings.TrimPrefix(path, badges), func(t *testing.T) {
			presentation := object(
				"@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2"),
				"type", strictjson.Strings("VerifiablePresentation"),
				"holder", texts("did:example:holder"),
				"verifiableCredential", strictjson.Array(doc))
			quads, err := jsonld.ToRDF(presentation, opt)
			if err != nil {
				t.Fatal(err)
			}
			var inside []rdfc.Quad
			for _, q := range quads {
				if q.Graph != (rdfc.Term{}) {
					q.Graph = rdfc.Term{}
					inside = append(inside, q)
				}
			}
			if len(quads) != len(inside)+3 {
				t.Errorf("%d statements about the presentation, want 3", len(quads)-len(inside))
			}
			if got, want := canonical(t, inside), canonical(t, alone); got != want {
				t.Errorf("inside\n%salone\n%s", got, want)
			}
		})
	}
	if tried < 38 {
		t.Errorf("%d credentials tried", tried)
	}
}

func hasNamedGraphs(quads []rdfc.Quad) bool {
	for _, q := range quads {
		if q.Graph != (rdfc.Term{}) {
			return true // a proof, or a credential inside
		}
	}
	return false
}

// A proof that signs JSON repeats the contexts of its document; no other may
// have any, and not even this one its own.
func TestContextsInProofs(t *testing.T) {
	for _, tt := range []struct {
		name, proof string
		want        error
	}{
		{"eddsa-jcs-2022", `{` + vc2 + `, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}`, nil},
		{"ecdsa-jcs-2019", `{` + vc2 + `, "type": "DataIntegrityProof", "cryptosuite": "ecdsa-jcs-2019"}`, nil},
		{"eddsa-rdfc-2022", `{` + vc2 + `, "type": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"}`, jsonld.ErrContextNotAllowed},
		{"no suite", `{` + vc2 + `, "type": "DataIntegrityProof"}`, jsonld.ErrContextNotAllowed},
		{"two suites", `{` + vc2 + `, "type": "DataIntegrityProof", "cryptosuite": ["eddsa-jcs-2022"]}`, jsonld.ErrContextNotAllowed},
		{"another type", `{` + vc2 + `, "type": "https://example.org/Proof", "cryptosuite": "eddsa-jcs-2022"}`, jsonld.ErrUndefinedTerm},
		{"an inline context", `{"@context": {"cryptosuite": "https://example.org/s"}, "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}`, jsonld.ErrContextNotAllowed},
		{"an unknown context", `{"@context": ["https://example.org/"], "type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}`, jsonld.ErrContextNotAllowed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc, err := strictjson.Parse([]byte(`{` + vc2 + `, ` + vc + `, "proof": ` + tt.proof + `}`))
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
			if !errors.Is(err, tt.want) || (err == nil) == (quads == nil) {
				t.Errorf("%d quads, error = %v, want %v", len(quads), err, tt.want)
			}
		})
	}
}

// Wherever in a badge an unheard-of member is put, the error names the place.
func TestErrorsNameThePlace(t *testing.T) {
	doc := benchBadge(t)
	places := 0
	var walk func(v strictjson.Value, path string, whole func(strictjson.Value) strictjson.Value)
	walk = func(v strictjson.Value, path string, whole func(strictjson.Value) strictjson.Value) {
		for i, e := range v.Elems() {
			walk(e, path+"/"+string(strictjson.Int(i).JSON()), func(changed strictjson.Value) strictjson.Value {
				elems := append([]strictjson.Value(nil), v.Elems()...)
				elems[i] = changed
				return whole(strictjson.Array(elems...))
			})
		}
		for _, m := range v.Members() {
			walk(m.Value, path+"/"+m.Name, func(changed strictjson.Value) strictjson.Value { return whole(v.With(m.Name, changed)) })
		}
		if v.Kind() != strictjson.Dict {
			return
		}
		places++
		quads, err := jsonld.ToRDF(whole(v.With("a~b/c", texts("x"))), jsonld.Options{Contexts: jsonld.Embedded()})
		checkError(t, err, jsonld.ErrUndefinedTerm, path+"/a~0b~1c", "a~b/c")
		if quads != nil {
			t.Error("quads beside an error")
		}
	}
	walk(doc, "", func(v strictjson.Value) strictjson.Value { return v })
	if places < 20 {
		t.Errorf("%d places tried", places)
	}
}

// Identifiers that real documents have.
func TestIdentifiers(t *testing.T) {
	for _, iri := range []string{
		"https://example.org", "https://example.org/", "https://example.org:8443/a?b=c&d=e#f", "https://example.org/a%20b",
		"https://[2001:db8::1]/", "https://user@example.org/~a;b=(c)!*'", "https://例え.jp/バッジ", "HTTPS://EXAMPLE.ORG/",
		"did:key:z6MkfaQn38jzN5eZ5e2nQLQEi72Yd3QwL7TjNShNiu3HsKp8", "did:web:example.org%3A8443:issuers:1#key-1", "did:example:a?service=b",
		"urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01", "urn:a", "mailto:a@example.org", "tel:+1-201-555-0123", "data:,x",
		"data:image/png;base64,iVBORw0KGgo=", "data:application/vc+jwt,eyJ.eyJ.sig", "x:", "a+b-c.d:e", "https://example.org/#/a#b",
	} {
		quads, err := jsonld.ToRDF(object("@id", texts(iri), "http://example.org/p", object("@id", texts(iri))), jsonld.Options{})
		if err != nil {
			t.Errorf("%s: %v", iri, err)
			continue
		}
		if q := quads[0]; q.Subject.Value != iri || q.Object.Value != iri || q.Subject.Kind != rdfc.IRI {
			t.Errorf("%s became %v", iri, q)
		}
		if back, err := rdfc.Parse([]byte(canonical(t, quads))); err != nil || back[0] != quads[0] {
			t.Errorf("%s reads back as %v, %v", iri, back, err)
		}
	}
}

// The names that a document gives to blank nodes are its own affair.
func TestBlankNodes(t *testing.T) {
	doc, err := strictjson.Parse([]byte(`{"@id": "_:b1", "urn:p": [{"@id": "_:b0"}, {"urn:q": "x"}, {"@id": "_:b1"}, {"@id": "_:a b>\n"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	quads, err := jsonld.ToRDF(doc, jsonld.Options{})
	if err != nil {
		t.Fatal(err)
	}
	nodes := make(map[string]bool)
	loops := 0
	for _, q := range quads {
		nodes[q.Subject.Value] = true
		if q.Object.Kind == rdfc.Blank {
			nodes[q.Object.Value] = true
		}
		if q.Subject == q.Object {
			loops++
		}
	}
	if len(quads) != 5 || len(nodes) != 4 || loops != 1 {
		t.Errorf("%d quads, %d nodes, %d of them linked to themselves; want 5, 4 and 1: %v", len(quads), len(nodes), loops, quads)
	}
	if _, err := rdfc.Parse([]byte(canonical(t, quads))); err != nil {
		t.Error(err)
	}
}
