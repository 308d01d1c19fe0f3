package rdfc_test

import (
	"bytes"
	"crypto"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"laurel/internal/rdfc"
)

const vectors = "../../testdata/rdf-canon"

// vector is one entry of the manifest of the W3C test suite.
type vector struct {
	ID, Type, Name, Action, Result, HashAlgorithm string
}

func (v vector) options() rdfc.Options {
	if v.HashAlgorithm == "SHA384" {
		return rdfc.Options{Hash: crypto.SHA384}
	}
	return rdfc.Options{}
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	var manifest struct{ Entries []vector }
	if err := json.Unmarshal(readFile(t, filepath.Join(vectors, "manifest.jsonld")), &manifest); err != nil {
		t.Fatal(err)
	}
	return manifest.Entries
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func parse(t testing.TB, nquads string) []rdfc.Quad {
	t.Helper()
	quads, err := rdfc.Parse([]byte(nquads))
	if err != nil {
		t.Fatal(err)
	}
	return quads
}

func canonicalize(t testing.TB, quads []rdfc.Quad, opt rdfc.Options) *rdfc.Canonical {
	t.Helper()
	c, err := rdfc.Canonicalize(quads, opt)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestVectors runs the whole W3C test suite of RDFC-1.0.
func TestVectors(t *testing.T) {
	runners := map[string]func(*testing.T, vector, []rdfc.Quad){
		"rdfc:RDFC10EvalTest":         testEval,
		"rdfc:RDFC10MapTest":          testMap,
		"rdfc:RDFC10NegativeEvalTest": testNegative,
	}
	ran := map[string]int{}
	for _, v := range readVectors(t) {
		t.Run(v.ID, func(t *testing.T) {
			run, known := runners[v.Type]
			if !known {
				t.Fatalf("unknown type %q", v.Type)
			}
			run(t, v, parse(t, string(readFile(t, filepath.Join(vectors, v.Action)))))
			ran[v.Type]++
		})
	}
	want := map[string]int{"rdfc:RDFC10EvalTest": 64, "rdfc:RDFC10MapTest": 21, "rdfc:RDFC10NegativeEvalTest": 1}
	if diff := cmp.Diff(want, ran); diff != "" {
		t.Errorf("tests passed (-want +got):\n%s", diff)
	}
}

func testEval(t *testing.T, v vector, quads []rdfc.Quad) {
	got := canonicalize(t, quads, v.options())
	want := readFile(t, filepath.Join(vectors, v.Result))
	if diff := cmp.Diff(string(want), string(got.NQuads)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", v.Name, diff)
	}
	if sum, err := rdfc.Hash(quads, v.options()); err != nil || !bytes.Equal(sum, got.Sum()) {
		t.Errorf("%s: hash %x, %v, want %x", v.Name, sum, err, got.Sum())
	}
}

func testMap(t *testing.T, v vector, quads []rdfc.Quad) {
	got := canonicalize(t, quads, v.options())
	var want map[string]string
	if err := json.Unmarshal(readFile(t, filepath.Join(vectors, v.Result)), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Labels); diff != "" {
		t.Errorf("%s (-want +got):\n%s", v.Name, diff)
	}
}

func testNegative(t *testing.T, v vector, quads []rdfc.Quad) {
	got, err := rdfc.Canonicalize(quads, v.options())
	if !errors.Is(err, rdfc.ErrBudget) || got != nil {
		t.Errorf("%s: got %v, %v; want nil, ErrBudget", v.Name, got, err)
	}
	if sum, err := rdfc.Hash(quads, v.options()); !errors.Is(err, rdfc.ErrBudget) || sum != nil {
		t.Errorf("%s: got hash %x, %v; want nil, ErrBudget", v.Name, sum, err)
	}
}
