package rdfc_test

import (
	"testing"

	"laurel/internal/rdfc"
)

func BenchmarkBadge(b *testing.B) {
	quads := parse(b, string(readFile(b, "testdata/badge.nq")))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdfc.Canonicalize(quads, rdfc.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
