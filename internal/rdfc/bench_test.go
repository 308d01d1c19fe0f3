package rdfc_test

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"laurel/internal/rdfc"
)

// BenchmarkBadge canonicalizes the benchmark badge: 117 quads, 11 blank nodes,
// 34.8 kB. BenchmarkSum is the hash of the outcome alone, for comparison.
func BenchmarkBadge(b *testing.B) {
	quads := parse(b, badge(b))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdfc.Canonicalize(quads, rdfc.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSum(b *testing.B) {
	c := canonicalize(b, parse(b, badge(b)), rdfc.Options{})
	for b.Loop() {
		sha256.Sum256(c.NQuads)
	}
}

// BenchmarkGrowth shows that the cost of a quad does not grow with their number.
func BenchmarkGrowth(b *testing.B) {
	for _, n := range []int{10, 100, 1_000, 10_000} {
		quads := parse(b, growing(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := rdfc.Canonicalize(quads, rdfc.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/quad")
		})
	}
}

// BenchmarkPresentation has blank nodes that only their neighbours tell apart.
func BenchmarkPresentation(b *testing.B) {
	for _, n := range []int{1, 10, 64} {
		quads := parse(b, presentation(badge(b), n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := rdfc.Canonicalize(quads, rdfc.Options{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/badge")
		})
	}
}

// BenchmarkPoison is how long it takes to refuse.
func BenchmarkPoison(b *testing.B) {
	graphs := map[string]string{
		"cycle40":     cycle(40),
		"clique10":    clique(10),
		"clique60":    clique(60),
		"bipartite6":  bipartite(6),
		"bipartite30": bipartite(30),
	}
	for name, nquads := range graphs {
		quads := parse(b, nquads)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := rdfc.Canonicalize(quads, rdfc.Options{}); !errors.Is(err, rdfc.ErrBudget) {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	nquads := []byte(badge(b))
	b.SetBytes(int64(len(nquads)))
	for b.Loop() {
		if _, err := rdfc.Parse(nquads); err != nil {
			b.Fatal(err)
		}
	}
}
