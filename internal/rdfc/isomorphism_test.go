package rdfc_test

import (
	"fmt"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"laurel/internal/rdfc"
)

// TestIsomorphism holds the canonicalization against what it stands for: two
// datasets have one canonical form exactly if some renaming of the blank nodes
// of one makes the other. Here all renamings are tried.
func TestIsomorphism(t *testing.T) {
	const nodes = 4 // 24 renamings
	r := rand.New(rand.NewSource(3))
	same, different := 0, 0
	for range 2000 {
		quads := 1 + r.Intn(4)
		a, b := denseGraph(r, nodes, quads), denseGraph(r, nodes, quads)
		formA := canonicalize(t, parse(t, a), rdfc.Options{Budget: 1 << 20})
		formB := canonicalize(t, parse(t, b), rdfc.Options{Budget: 1 << 20})
		equal := string(formA.NQuads) == string(formB.NQuads)
		if want := isomorphic(a, b, nodes); equal != want {
			t.Fatalf("equal canonical forms: %t, isomorphic: %t\n%s\n%s", equal, want, a, b)
		}
		if equal {
			same++
		} else {
			different++
		}
	}
	if same < 100 || different < 100 {
		t.Errorf("%d pairs were isomorphic and %d not: the graphs show too little", same, different)
	}
}

// denseGraph is so small that two of them are often isomorphic.
func denseGraph(r *rand.Rand, nodes, quads int) string {
	lines := map[string]bool{}
	for len(lines) < quads {
		graph := ""
		if r.Intn(12) == 0 {
			graph = fmt.Sprintf("_:n%d ", r.Intn(nodes))
		}
		lines[fmt.Sprintf("_:n%d <urn:p> _:n%d %s.\n", r.Intn(nodes), r.Intn(nodes), graph)] = true
	}
	var b strings.Builder
	for line := range lines {
		b.WriteString(line)
	}
	return b.String()
}

func isomorphic(a, b string, nodes int) bool {
	want := sortedLines(b)
	names := make([]int, nodes)
	for i := range names {
		names[i] = i
	}
	for more := true; more; more = rdfc.NextPermutation(names) {
		var pairs []string
		for i, name := range names {
			pairs = append(pairs, fmt.Sprintf("_:n%d ", i), fmt.Sprintf("_:n%d ", name))
		}
		if slices.Equal(sortedLines(strings.NewReplacer(pairs...).Replace(a)), want) {
			return true
		}
	}
	return false
}

func sortedLines(s string) []string {
	return slices.Sorted(strings.Lines(s))
}

// TestEveryQuadCounts are the negative twins of the vectors: without any one of
// its quads, or with one more, a dataset has another canonical form.
func TestEveryQuadCounts(t *testing.T) {
	counted := 0
	for _, v := range readVectors(t) {
		if v.Type != "rdfc:RDFC10EvalTest" {
			continue
		}
		quads := parse(t, string(readFile(t, vectors+"/"+v.Result)))
		whole := canonicalize(t, quads, v.options())
		for i := range quads {
			less := canonicalize(t, slices.Delete(slices.Clone(quads), i, i+1), v.options())
			more := canonicalize(t, append(slices.Clone(quads), twin(quads[i])), v.options())
			if string(less.NQuads) == string(whole.NQuads) || string(more.NQuads) == string(whole.NQuads) {
				t.Errorf("%s: quad %d does not count", v.ID, i)
			}
			counted++
		}
	}
	if counted < 300 {
		t.Errorf("only %d quads in the vectors", counted)
	}
}

// twin is a quad that differs from q a little.
func twin(q rdfc.Quad) rdfc.Quad {
	switch {
	case q.Object.Kind == rdfc.Literal:
		q.Object.Value += " "
	case q.Graph.Kind == rdfc.None:
		q.Graph = iri("urn:another")
	default:
		q.Predicate += "x"
	}
	return q
}

// TestFixedPoints reads the canonical forms of the vectors, which are sorted and
// escaped already: written again they are the same bytes.
func TestFixedPoints(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.Type != "rdfc:RDFC10EvalTest" {
			continue
		}
		want := readFile(t, vectors+"/"+v.Result)
		quads := parse(t, string(want))
		var got []byte
		for _, q := range quads {
			var err error
			if got, err = rdfc.AppendQuad(got, q); err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != string(want) {
			t.Errorf("%s: written again as\n%s", v.ID, got)
		}
		if again := canonicalize(t, quads, v.options()); string(again.NQuads) != string(want) {
			t.Errorf("%s: canonicalized again as\n%s", v.ID, again.NQuads)
		}
	}
}
