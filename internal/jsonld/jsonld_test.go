package jsonld_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

func ExampleToRDF() {
	doc, err := strictjson.Parse([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2"],
		"id": "urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01",
		"type": "VerifiableCredential",
		"validFrom": "2026-06-01T00:00:00Z"
	}`))
	if err != nil {
		panic(err)
	}
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		panic(err)
	}
	for _, q := range quads {
		fmt.Println(q.Predicate, q.Object.Value)
	}
	_, err = jsonld.ToRDF(doc.With("validTill", strictjson.String("2036-06-01T00:00:00Z")), jsonld.Options{Contexts: jsonld.Embedded()})
	fmt.Println(err)
	// Output:
	// http://www.w3.org/1999/02/22-rdf-syntax-ns#type https://www.w3.org/2018/credentials#VerifiableCredential
	// https://www.w3.org/2018/credentials#validFrom 2026-06-01T00:00:00Z
	// "/validTill": the term "validTill" is defined by none of the contexts
}

func TestBenchBadge(t *testing.T) {
	doc := benchBadge(t)
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	blanks := make(map[string]bool)
	for _, q := range quads {
		for _, term := range []rdfc.Term{q.Subject, q.Object} {
			if term.Kind == rdfc.Blank {
				blanks[term.Value] = true
			}
		}
	}
	if len(quads) != 117 || len(blanks) != 11 {
		t.Errorf("%d quads and %d blank nodes, want 117 and 11", len(quads), len(blanks))
	}
	if got, want := canonical(t, quads), gold(t, doc); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// The zero Options allow no context, not even the embedded ones.
func TestZeroOptions(t *testing.T) {
	_, err := jsonld.ToRDF(benchBadge(t), jsonld.Options{})
	checkError(t, err, jsonld.ErrContextNotAllowed, "/@context/0", "https://www.w3.org/ns/credentials/v2")
}

// A conversion is a pure function: the same quads each time, the document as
// it was.
func TestDeterminism(t *testing.T) {
	doc := benchBadge(t)
	before := string(doc.JSON())
	first, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	second, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil || !slices.Equal(first, second) {
		t.Errorf("the second run differs, %v", err)
	}
	if string(doc.JSON()) != before {
		t.Error("the document has changed")
	}
}

// Whatever is changed in a badge changes what is signed, or is refused.
func TestNothingEscapes(t *testing.T) {
	doc := benchBadge(t)
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	quads, err := jsonld.ToRDF(doc, opt)
	if err != nil {
		t.Fatal(err)
	}
	original := canonical(t, quads)
	changed := 0
	var unsigned []string
	for path, v := range variants(doc) {
		quads, err := jsonld.ToRDF(v, opt)
		if err != nil {
			changed++
			continue
		}
		if canonical(t, quads) == original {
			unsigned = append(unsigned, path)
		}
		changed++
	}
	// RDF joins what is said of one identifier in two places: the creator of
	// the achievement is its issuer, so either place alone says it.
	slices.Sort(unsigned)
	if want := []string{
		"/credentialSubject/achievement/creator/-name", "/credentialSubject/achievement/creator/-type",
		"/credentialSubject/achievement/creator/type/-0", "/issuer/-name",
	}; !slices.Equal(unsigned, want) {
		t.Errorf("not signed: %q, want %q", unsigned, want)
	}
	if changed < 400 {
		t.Errorf("%d changes tried", changed)
	}
}

// variants gives copies of the value, each with one member removed, one added,
// or one text changed, by what was done where.
func variants(v strictjson.Value) map[string]strictjson.Value {
	out := make(map[string]strictjson.Value)
	switch v.Kind() {
	case strictjson.Text:
		out[""] = strictjson.String(v.Str() + "x")
		out[" in capitals"] = strictjson.String("X" + v.Str())
	case strictjson.Number:
		out[""] = strictjson.Int(77)
	case strictjson.True:
		out[""] = strictjson.Bool(false)
	case strictjson.List:
		for i, e := range v.Elems() {
			elems := slices.Clone(v.Elems())
			out[fmt.Sprintf("/-%d", i)] = strictjson.Array(slices.Delete(elems, i, i+1)...)
			for path, changed := range variants(e) {
				elems := slices.Clone(v.Elems())
				elems[i] = changed
				out[fmt.Sprintf("/%d%s", i, path)] = strictjson.Array(elems...)
			}
		}
	case strictjson.Dict:
		out["/+"] = v.With("unheardOf", strictjson.String("x"))
		out["/+@index"] = v.With("@index", strictjson.String("x"))
		out["/+@type"] = v.With("@type", strictjson.String("https://example.org/T"))
		for _, m := range v.Members() {
			out["/-"+m.Name] = v.Without(m.Name)
			for path, changed := range variants(m.Value) {
				out["/"+m.Name+path] = v.With(m.Name, changed)
			}
		}
	}
	// These change nothing: a context fewer whose terms the badge does not use.
	for path := range out {
		if strings.HasPrefix(path, "/@context/-") || strings.HasPrefix(path, "/-@context") {
			delete(out, path)
		}
	}
	return out
}

// Nesting without end is refused; a Value made by hand may have it.
func TestDeepNesting(t *testing.T) {
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	objects, arrays, graphs := strictjson.String("x"), strictjson.String("x"), strictjson.String("x")
	for range 100_000 {
		objects = strictjson.Object(strictjson.Member{Name: "http://example.org/p", Value: objects})
		arrays = strictjson.Array(arrays)
		graphs = strictjson.Array(graphs)
	}
	for name, doc := range map[string]strictjson.Value{
		"objects": objects,
		"arrays":  strictjson.Object(strictjson.Member{Name: "http://example.org/p", Value: arrays}),
		"graphs":  strictjson.Object(strictjson.Member{Name: "@graph", Value: graphs}),
		"lists":   strictjson.Object(strictjson.Member{Name: "http://example.org/p", Value: strictjson.Object(strictjson.Member{Name: "@set", Value: arrays})}),
	} {
		if quads, err := jsonld.ToRDF(doc, opt); !errors.Is(err, jsonld.ErrLimit) || quads != nil {
			t.Errorf("%s: error = %.200v, want %v", name, err, jsonld.ErrLimit)
		}
	}
}

// BenchmarkToRDF is a badge whose contexts are compiled.
func BenchmarkToRDF(b *testing.B) {
	doc := benchBadge(b)
	opt := jsonld.Options{Contexts: jsonld.Embedded()}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := jsonld.ToRDF(doc, opt); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkTextToHash is the whole way from JSON text to the hash that is
// signed, and the parts of it.
func BenchmarkTextToHash(b *testing.B) {
	text, err := os.ReadFile("../../bench/badge.json")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		doc, err := strictjson.Parse(text)
		if err != nil {
			b.Fatal(err)
		}
		quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
		if err != nil {
			b.Fatal(err)
		}
		c, err := rdfc.Canonicalize(quads, rdfc.Options{})
		if err != nil {
			b.Fatal(err)
		}
		sha256.Sum256(c.NQuads)
	}
}

// BenchmarkSubjects shows that cost grows with the document: the time for each
// quad stays the same.
func BenchmarkSubjects(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			doc := benchBadge(b)
			subjects := make([]strictjson.Value, n)
			for i := range subjects {
				subjects[i] = doc.Get("credentialSubject").With("id", strictjson.String(fmt.Sprintf("did:example:%d", i)))
			}
			doc = doc.With("credentialSubject", strictjson.Array(subjects...))
			quads := 0
			for b.Loop() {
				out, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
				if err != nil {
					b.Fatal(err)
				}
				quads = len(out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(quads), "ns/quad")
		})
	}
}

func benchBadge(t testing.TB) strictjson.Value { return readJSON(t, "../../bench/badge.json") }

func TestTermsAtRoot(t *testing.T) {
	doc := mustParse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
		"type":"VerifiableCredential","issuer":"did:example:1","credentialSubject":{"degree":"BSc"}}`)
	strict := jsonld.Options{Contexts: jsonld.Embedded(), TermsAtRoot: true}
	if _, err := jsonld.ToRDF(doc, strict); err != nil {
		t.Errorf("words of a vocabulary below: %v", err)
	}
	more := doc.With("surprise", strictjson.String("x"))
	if _, err := jsonld.ToRDF(more, strict); !errors.Is(err, jsonld.ErrUndefinedTerm) {
		t.Errorf("a word of a vocabulary at the top: %v", err)
	}
	if _, err := jsonld.ToRDF(more, jsonld.Options{Contexts: jsonld.Embedded()}); err != nil {
		t.Errorf("the same without the rule: %v", err)
	}
}
