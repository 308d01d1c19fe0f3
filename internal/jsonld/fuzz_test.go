package jsonld_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzToRDF: an error leaves no quads; quads are RDF that reads back from its
// text; and the order of members means nothing.
func FuzzToRDF(f *testing.F) {
	for _, seed := range seeds(f) {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	f.Fuzz(func(t *testing.T, text []byte, inline bool) {
		doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: 64 << 10, Nodes: 2000})
		if err != nil {
			return
		}
		opt := jsonld.Options{Contexts: jsonld.Embedded(), UnsafeInlineContexts: inline}
		quads, err := jsonld.ToRDF(doc, opt)
		reversed, reversedErr := jsonld.ToRDF(backwards(doc), opt)
		if err != nil {
			var e *jsonld.Error
			if quads != nil || !errors.As(err, &e) {
				t.Fatalf("%d quads beside %v (%T)", len(quads), err, err)
			}
			if reversedErr == nil {
				t.Fatalf("accepted with its members backwards, refused forwards: %v", err)
			}
			return
		}
		if reversedErr != nil {
			t.Fatalf("refused with its members backwards: %v", reversedErr)
		}
		one, err := rdfc.Canonicalize(quads, rdfc.Options{})
		if err != nil {
			return // too symmetric to canonicalise
		}
		back, err := rdfc.Parse(one.NQuads)
		if err != nil || len(back) != len(quads) {
			t.Fatalf("%d of %d quads read back, %v:\n%s", len(back), len(quads), err, one.NQuads)
		}
		if other, err := rdfc.Canonicalize(reversed, rdfc.Options{}); err != nil || string(other.NQuads) != string(one.NQuads) {
			t.Fatalf("the order of members matters, %v:\n%s\n%s", err, one.NQuads, other.NQuads)
		}
	})
}

// backwards turns the order of all members around, and of nothing else.
func backwards(v strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.List:
		elems := slices.Clone(v.Elems())
		for i := range elems {
			elems[i] = backwards(elems[i])
		}
		return strictjson.Array(elems...)
	case strictjson.Dict:
		members := slices.Clone(v.Members())
		slices.Reverse(members)
		for i := range members {
			members[i].Value = backwards(members[i].Value)
		}
		return strictjson.Object(members...)
	}
	return v
}

func seeds(t testing.TB) (out [][]byte) {
	for _, path := range []string{"testdata/accepted.txtar", "testdata/generated.txtar"} {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			line, _, _ := strings.Cut(string(file.Data), "\n")
			out = append(out, []byte(line))
		}
	}
	inputs, err := filepath.Glob(suite + "toRdf/*-in.jsonld")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range inputs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, text)
	}
	return append(out, benchBadge(t).JSON())
}
