package rdfc_test

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"math/rand"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"laurel/internal/rdfc"
)

func badge(t testing.TB) string { return string(readFile(t, "testdata/badge.nq")) }

func TestCanonicalForm(t *testing.T) {
	tests := []struct {
		name, in, want string
	}{
		{"nothing", "", ""},
		{"lines in code point order", "<urn:b> <urn:p> <urn:o> .\n<urn:a> <urn:p> <urn:o> .\n", "<urn:a> <urn:p> <urn:o> .\n<urn:b> <urn:p> <urn:o> .\n"},
		{"repeated quad", "<urn:a> <urn:p> \"x\" .\n<urn:a> <urn:p> \"x\" .\n", "<urn:a> <urn:p> \"x\" .\n"},
		{"repeated quad with blank node", "_:a <urn:p> _:a .\n_:a <urn:p> _:a .\n_:a <urn:q> \"1\" .\n", "_:c14n0 <urn:p> _:c14n0 .\n_:c14n0 <urn:q> \"1\" .\n"},
		{"xsd:string is not written", "<urn:a> <urn:p> \"x\"^^<http://www.w3.org/2001/XMLSchema#string> .\n<urn:a> <urn:p> \"x\" .\n", "<urn:a> <urn:p> \"x\" .\n"},
		{"lexical forms stay apart", "<urn:a> <urn:p> \"1\"^^<urn:int> .\n<urn:a> <urn:p> \"01\"^^<urn:int> .\n", "<urn:a> <urn:p> \"01\"^^<urn:int> .\n<urn:a> <urn:p> \"1\"^^<urn:int> .\n"},
		{"language tags keep their case", "<urn:a> <urn:p> \"x\"@de-CH .\n", "<urn:a> <urn:p> \"x\"@de-CH .\n"},
		{"labels of the input do not clash", "_:c14n1 <urn:p> \"1\" .\n_:c14n0 <urn:q> _:c14n1 .\n", "_:c14n0 <urn:p> \"1\" .\n_:c14n1 <urn:q> _:c14n0 .\n"},
		{"quads in a graph named by a blank node", "<urn:a> <urn:p> <urn:o> _:g .\n<urn:a> <urn:q> <urn:o> _:g .\n", "<urn:a> <urn:p> <urn:o> _:c14n0 .\n<urn:a> <urn:q> <urn:o> _:c14n0 .\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := canonicalize(t, parse(t, tt.in), rdfc.Options{})
			if diff := cmp.Diff(tt.want, string(got.NQuads)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestBadge compares with what json-gold 0.9.1 makes of the benchmark badge,
// whose text has none of the characters that it escapes wrongly.
func TestBadge(t *testing.T) {
	got := canonicalize(t, parse(t, badge(t)), rdfc.Options{})
	const want = "d137cb29f43a7a6b17a189d656b8e283290fbe347fbcffd8805b19e754a1e470"
	if sum := hex.EncodeToString(got.Sum()); sum != want {
		t.Errorf("hash of the canonical form: got %s, want %s", sum, want)
	}
	if len(got.NQuads) != 34_810 || len(got.Labels) != 11 {
		t.Errorf("got %d bytes and %d blank nodes, want 34,810 and 11", len(got.NQuads), len(got.Labels))
	}
}

// TestRandomGraphs compares with the reference implementation: the hash is that
// of the canonical forms which rdf-canonize 5.0.0 makes of the same graphs.
func TestRandomGraphs(t *testing.T) {
	tests := []struct {
		name string
		hash crypto.Hash
		want string
	}{
		{"SHA-256", crypto.SHA256, "34058b6308fc99401fc078f8d073a6053faec003e43ea9333324b491199a54c1"},
		{"SHA-384", crypto.SHA384, "2abe39bf92ff665b063af5989ef6eb68864a95cb926b372870a5984732983524"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := rand.New(rand.NewSource(1))
			all := sha256.New()
			for range 3000 {
				quads := parse(t, randomGraph(r))
				all.Write(canonicalize(t, quads, rdfc.Options{Hash: tt.hash, Budget: 1 << 20}).NQuads)
			}
			if got := hex.EncodeToString(all.Sum(nil)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestInvariance is what canonical means: order, repetitions and labels of the
// input do not matter, and the canonical form is the input under Labels.
func TestInvariance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewSource(rapid.Int64().Draw(t, "graph")))
		quads, err := rdfc.Parse([]byte(randomGraph(r)))
		if err != nil {
			t.Fatal(err)
		}
		opt := rdfc.Options{Budget: 1 << 20}
		first, err := rdfc.Canonicalize(quads, opt)
		if err != nil {
			t.Fatal(err)
		}
		other, err := rdfc.Canonicalize(shuffled(quads, r), opt)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(first.NQuads, other.NQuads) {
			t.Fatalf("canonical forms differ:\n%s\n%s", first.NQuads, other.NQuads)
		}
	})
}

func TestLabels(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	for range 500 {
		quads := parse(t, randomGraph(r))
		c := canonicalize(t, quads, rdfc.Options{Budget: 1 << 20})
		lines := slices.SortedFunc(strings.Lines(string(c.NQuads)), strings.Compare)
		want := relabelled(t, quads, c)
		if len(lines) != len(want) || strings.Join(lines, "") != string(c.NQuads) {
			t.Fatalf("%d lines, want %d in order:\n%s", len(lines), len(want), c.NQuads)
		}
		for _, line := range lines {
			if !want[line] {
				t.Fatalf("line %q is not in the input under %v", line, c.Labels)
			}
		}
	}
}

func TestHashes(t *testing.T) {
	quads := parse(t, badge(t))
	c256 := canonicalize(t, quads, rdfc.Options{Hash: crypto.SHA256})
	if sum := sha256.Sum256(c256.NQuads); !bytes.Equal(c256.Sum(), sum[:]) {
		t.Error("Sum is not SHA-256 of NQuads")
	}
	if zero := canonicalize(t, quads, rdfc.Options{}); !bytes.Equal(zero.NQuads, c256.NQuads) {
		t.Error("the zero hash is not SHA-256")
	}
	c384 := canonicalize(t, quads, rdfc.Options{Hash: crypto.SHA384})
	if sum := sha512.Sum384(c384.NQuads); !bytes.Equal(c384.Sum(), sum[:]) {
		t.Error("Sum is not SHA-384 of NQuads")
	}
	if cmp.Equal(c256.Labels, c384.Labels) {
		t.Error("SHA-256 and SHA-384 give the same labels")
	}
	if got, err := rdfc.Canonicalize(quads, rdfc.Options{Hash: crypto.SHA1}); got != nil || !errors.Is(err, rdfc.ErrHash) {
		t.Errorf("SHA-1: got %v, %v; want nil, ErrHash", got, err)
	}
}

// TestResultIsOwn makes sure that the memory which calls share shows in no result.
func TestResultIsOwn(t *testing.T) {
	quads := parse(t, badge(t))
	kept := slices.Clone(quads)
	first := canonicalize(t, quads, rdfc.Options{})
	want := string(first.NQuads)
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			other, err := rdfc.Canonicalize(parse(t, presentation(badge(t), 2+i%2)), rdfc.Options{})
			if err != nil || len(other.Labels) != 12*(2+i%2) {
				t.Errorf("got %v", err)
			}
			again, err := rdfc.Canonicalize(quads, rdfc.Options{})
			if err != nil || string(again.NQuads) != want {
				t.Errorf("another result at the same time: %v", err)
			}
		})
	}
	group.Wait()
	if string(first.NQuads) != want {
		t.Error("a later call changed an earlier result")
	}
	if !slices.Equal(quads, kept) {
		t.Error("the quads were changed")
	}
}

// FuzzCanonicalize checks invariance on whatever parses.
func FuzzCanonicalize(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(readFile(f, vectors+"/"+v.Action), int64(1))
	}
	f.Add([]byte(cycle(40)), int64(2))
	f.Add([]byte(bipartite(3)), int64(3))
	f.Fuzz(func(t *testing.T, nquads []byte, seed int64) {
		quads, err := rdfc.Parse(nquads)
		if err != nil {
			return
		}
		first, err := rdfc.Canonicalize(quads, rdfc.Options{})
		if err != nil {
			if first != nil || !errors.Is(err, rdfc.ErrBudget) {
				t.Fatalf("got a result: %t, %v", first != nil, err)
			}
			return
		}
		// The order of the input decides which permutation comes first, and so
		// how soon the others are given up: grant the other order more.
		other := canonicalize(t, shuffled(quads, rand.New(rand.NewSource(seed))), rdfc.Options{Budget: 1 << 20})
		if !bytes.Equal(first.NQuads, other.NQuads) {
			t.Fatalf("canonical forms differ:\n%s\n%s", first.NQuads, other.NQuads)
		}
		again := canonicalize(t, parse(t, string(first.NQuads)), rdfc.Options{Budget: 1 << 20})
		if !bytes.Equal(first.NQuads, again.NQuads) {
			t.Fatalf("the canonical form of the canonical form differs:\n%s\n%s", first.NQuads, again.NQuads)
		}
	})
}
