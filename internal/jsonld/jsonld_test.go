package jsonld_test

import (
	"os"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

func TestBenchBadge(t *testing.T) {
	quads, err := jsonld.ToRDF(benchBadge(t), jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	if len(quads) != 117 {
		t.Errorf("%d quads, want 117", len(quads))
	}
}

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

func benchBadge(t testing.TB) strictjson.Value {
	raw, err := os.ReadFile("../../bench/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}
