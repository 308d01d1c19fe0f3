package rdfc_test

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"

	"laurel/internal/rdfc"
)

// The graphs below are named in the table of the default budget.

// edge is one statement between two blank nodes.
func edge(from, to string) string { return "_:" + from + " <urn:p> _:" + to + " .\n" }

func nth(prefix string, i int) string { return fmt.Sprint(prefix, i) }

func cycle(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(edge(nth("b", i), nth("b", (i+1)%n)))
	}
	return b.String()
}

func clique(n int) string {
	var b strings.Builder
	for i := range n {
		for j := range n {
			if i != j {
				b.WriteString(edge(nth("b", i), nth("b", j)))
			}
		}
	}
	return b.String()
}

func bipartite(n int) string {
	var b strings.Builder
	for i := range n {
		for j := range n {
			b.WriteString(edge(nth("a", i), nth("b", j)))
		}
	}
	return b.String()
}

// list is a linked list of n entries, whose values value gives.
func list(name string, n int, value func(int) string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "_:%s%d <urn:first> %q .\n", name, i, value(i))
		if i+1 < n {
			b.WriteString(edge(nth(name, i), nth(name, i+1)))
		} else {
			fmt.Fprintf(&b, "_:%s%d <urn:p> <urn:nil> .\n", name, i)
		}
	}
	return b.String()
}

func twinLists(n int) string {
	value := func(i int) string { return nth("value ", i) }
	return list("a", n, value) + list("b", n, value)
}

func equalList(n int) string {
	return list("a", n, func(int) string { return "the same" })
}

// presentation holds the benchmark badge n times, each with its own id in a
// graph of its own, as a presentation holds credentials.
func presentation(badge string, n int) string {
	var b strings.Builder
	for i := range n {
		own := strings.NewReplacer(
			"_:b", fmt.Sprintf("_:c%dx", i),
			"urn:uuid:5c3f6a0e", fmt.Sprintf("urn:uuid:%08d", i),
			" .\n", fmt.Sprintf(" _:graph%d .\n", i),
		)
		b.WriteString(own.Replace(badge))
	}
	return b.String()
}

// growing has n quads and a blank node for each ten of them, all different.
func growing(n int) string {
	var b strings.Builder
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&b, "<urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01> <https://schema.org/result> _:b%d .\n", i/10)
			continue
		}
		fmt.Fprintf(&b, "_:b%d <https://purl.imsglobal.org/spec/vc/ob/vocab.html#p%d> \"value %d\" .\n", i/10, i%10, i)
	}
	return b.String()
}

// randomGraph is a small, often symmetric graph without repeated quads.
func randomGraph(r *rand.Rand) string {
	nodes := 2 + r.Intn(6)
	quads := 1 + r.Intn(3*nodes)
	predicates := 1 + r.Intn(2)
	pick := func(others ...string) string {
		if i := r.Intn(8); i < len(others) {
			return others[i]
		}
		return fmt.Sprintf("_:n%d", r.Intn(nodes))
	}
	var b strings.Builder
	for range quads {
		graph := pick("<urn:g> ", "", "", "", "", "")
		line := fmt.Sprintf("%s <urn:p%d> %s %s .\n", pick("<urn:s>"), r.Intn(predicates), pick(`"x"`, "<urn:o>"), graph)
		if !strings.Contains("\n"+b.String(), "\n"+line) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// shuffled gives the quads in another order, some of them twice, with other
// labels.
func shuffled(quads []rdfc.Quad, r *rand.Rand) []rdfc.Quad {
	names := map[string]string{}
	rename := func(t *rdfc.Term) {
		if t.Kind != rdfc.Blank {
			return
		}
		if _, known := names[t.Value]; !known {
			names[t.Value] = fmt.Sprintf("x%d-%d", r.Intn(1000), len(names))
		}
		t.Value = names[t.Value]
	}
	out := make([]rdfc.Quad, 0, len(quads))
	for _, i := range r.Perm(len(quads)) {
		q := quads[i]
		rename(&q.Subject)
		rename(&q.Object)
		rename(&q.Graph)
		out = append(out, q)
		if r.Intn(4) == 0 {
			out = append(out, q)
		}
	}
	return out
}

// relabelled writes the quads with the labels of c, line by line.
func relabelled(t testing.TB, quads []rdfc.Quad, c *rdfc.Canonical) map[string]bool {
	t.Helper()
	lines := map[string]bool{}
	for _, q := range quads {
		for _, term := range []*rdfc.Term{&q.Subject, &q.Object, &q.Graph} {
			if term.Kind == rdfc.Blank {
				term.Value = c.Labels[term.Value]
			}
		}
		line, err := rdfc.AppendQuad(nil, q)
		if err != nil {
			t.Fatal(err)
		}
		lines[string(line)] = true
	}
	return lines
}
