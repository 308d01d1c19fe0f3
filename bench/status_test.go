package bench

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"testing"
	"time"

	"laurel/internal/testissuer"
	"laurel/status"
)

// BenchmarkStatusWarm asks a list that was verified before.
func BenchmarkStatusWarm(b *testing.B) {
	src := &status.Source{
		Fetch: shelf(list(b)), Keys: testissuer.Keys(), Suites: testissuer.Suites(),
		Now: func() time.Time { return testissuer.Now },
	}
	query := status.Query{Entry: badge(b, 1).Get("credentialStatus"), Issuer: school.ID}
	measure(b, operation{
		name: "status, list at hand", bar: 1, goal: 0.2,
		work: func() error {
			if r := src.Check(b.Context(), query); r.Outcome != status.Clear {
				return fmt.Errorf("%w: %w", errNotClear, r.Err)
			}
			return nil
		},
	})
}

// BenchmarkStatusDecode unpacks a list of the usual size.
func BenchmarkStatusDecode(b *testing.B) {
	text := sparse(b, status.MinLength).Encode()
	packed, err := base64.RawURLEncoding.DecodeString(text[1:])
	if err != nil {
		b.Fatal(err)
	}
	measure(b, operation{
		name: "status, unpacking 131,072 entries", bar: 60, goal: 40,
		floor: func() {
			z, err := gzip.NewReader(bytes.NewReader(packed))
			if err != nil {
				panic(err)
			}
			if _, err := io.Copy(io.Discard, z); err != nil {
				panic(err)
			}
		},
		work: func() error {
			_, err := status.Decode(text)
			return err
		},
	})
}

// BenchmarkStatusEntries looks for growth: a long list must cost no more for
// each entry than a short one.
func BenchmarkStatusEntries(b *testing.B) {
	for _, n := range []int{1_000_000, 10_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			text := sparse(b, n).Encode()
			before := processorTime()
			for b.Loop() {
				if _, err := status.Decode(text); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(micros(processorTime()-before)/float64(b.N)/float64(n)*1e6, "cpu-ns/1000-entries")
		})
	}
}
