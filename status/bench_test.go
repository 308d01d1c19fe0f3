package status

import (
	"math/rand/v2"
	"testing"
)

// sparse makes a list of n entries of which every hundredth, on average, is set.
func sparse(tb testing.TB, n int) *List {
	tb.Helper()
	l, err := NewList(n)
	if err != nil {
		tb.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range n / 100 {
		if err := l.Set(r.IntN(n), true); err != nil {
			tb.Fatal(err)
		}
	}
	return l
}

func BenchmarkDecode(b *testing.B) {
	text := sparse(b, MinLength).Encode()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(text); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	l := sparse(b, MinLength)
	b.ReportAllocs()
	for b.Loop() {
		l.Encode()
	}
}
