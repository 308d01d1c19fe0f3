package answer_test

import (
	"fmt"
	"testing"
)

// A request is held against every badge of the wallet, so the time to open one
// grows with the wallet: linearly, and a learner of a thousand badges does not
// notice.
func BenchmarkOpen(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newScene(b)
			for i := range n {
				s.whole(fmt.Sprintf("Badge %d", i))
			}
			link := s.link(s.request(levels))
			for b.Loop() {
				s.opened(link)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "us/badge")
		})
	}
}
