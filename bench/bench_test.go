// Package bench measures what Laurel costs, next to what it cannot cost less
// than.
//
//	make bench
//
// Every benchmark works on badge.json, an Open Badge as large and as varied as
// real ones (README.md in this folder). It reports processor time, not time on
// the clock, so that a busy machine changes little, and it measures its raw
// floor in the same run: the signature check, the hash, the scan over the JSON
// text or the unpacking that no program can leave out. What is left over the
// floor is ours. A table at the end sets the figures beside the bars that the
// project has set itself. Those were written down on a machine that checks an
// Ed25519 signature in 43 µs; on another, or on a busy one, they move with the
// time that the same check takes there, which is measured beside each figure.
//
// A figure is a measurement, never a test: nothing here fails for being slow.
//
//	func BenchmarkSomething(b *testing.B) {
//		measure(b, operation{
//			name: "something", bar: 350, goal: 200,
//			floor: func() { sha256.Sum256(text) },
//			work:  func() error { return something(text) },
//		})
//	}
package bench

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"
)

// operation is one line of the table.
type operation struct {
	name  string
	floor func() // what it cannot cost less than; nil: nothing to compare with
	work  func() error
	bar   float64 // µs of processor time that it may cost now; 0: none set
	goal  float64 // µs that it shall cost one day
}

// figure is one line of the table after it was measured.
type figure struct {
	operation
	unit string
	got  float64
	raw  float64 // the floor; 0 if there is none
	pace float64 // how much slower than where the bars were set this machine was

	stands int // how often floor and pace were measured
}

// figures collects what the benchmarks of this run measured.
type figures []figure

var measured figures

const (
	// floorTime is how long a floor is measured: long enough for 1,000 signatures.
	floorTime = 100 * time.Millisecond
	// signatureTime is what an Ed25519 check took, in µs, where the bars were set.
	signatureTime = 43
)

// measure runs an operation for the benchmark, and its floor.
func measure(b *testing.B, o operation) {
	b.Helper()
	if err := o.work(); err != nil { // what is built on first use is built now
		b.Fatal(err)
	}
	f := figure{operation: o, unit: "µs"}
	f.stand()
	b.ReportAllocs()
	before := processorTime()
	for b.Loop() {
		if err := o.work(); err != nil {
			b.Fatal(err)
		}
	}
	f.got = micros(processorTime()-before) / float64(b.N)
	f.stand()
	b.ReportMetric(f.got, "cpu-µs/op")
	if f.raw > 0 {
		b.ReportMetric(f.got/f.raw, "x-floor")
	}
	measured = append(measured, f)
}

// stand measures the floor and the pace, before the operation and again after it:
// a busy machine may be another one by then, and the mean is compared with.
func (f *figure) stand() {
	f.stands++
	n := float64(f.stands)
	f.pace += (pace() - f.pace) / n
	if f.floor != nil {
		f.raw += (floorOf(f.floor) - f.raw) / n
	}
}

// pace is how slow this machine is just now.
func pace() float64 { return floorOf(signatureFloor()) / signatureTime }

// floorOf is the processor time of one run of what.
func floorOf(what func()) float64 {
	n, started, before := 0, time.Now(), processorTime()
	for time.Since(started) < floorTime {
		what()
		n++
	}
	return micros(processorTime()-before) / float64(n)
}

// processorTime is what this process has used so far, in all its threads.
func processorTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return spent(&r)
}

func spent(r *syscall.Rusage) time.Duration {
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }

func TestMain(m *testing.M) {
	if spawn := os.Getenv(spawnVariable); spawn != "" {
		os.Exit(spawned(spawn))
	}
	code := m.Run()
	measured.print()
	os.Exit(code)
}

// print writes the table, in the order of the run.
func (all figures) print() {
	if len(all) == 0 {
		return
	}
	fmt.Printf("\n%-46s %9s %9s %8s %10s %8s %6s\n", "processor time, or as the unit says", "measured", "raw floor", "x floor", "first bar", "goal", "pace")
	for _, f := range all {
		fmt.Printf("%-46s %9s %9s %8s %10s %8s %6.2f  %s\n",
			f.name+", "+f.unit, number(f.got), number(f.raw), f.times(), number(f.bar), number(f.goal), f.pace, f.verdict())
	}
	fmt.Println("pace: how much longer an Ed25519 check took than where the bars were set; bars and goals are stretched by it.")
}

func (f figure) times() string {
	if f.raw == 0 {
		return "-"
	}
	return fmt.Sprintf("%.1f", f.got/f.raw)
}

func (f figure) verdict() string {
	switch {
	case f.bar == 0:
		return ""
	case f.got > f.bar*f.pace:
		return "over the bar"
	case f.got > f.goal*f.pace:
		return "inside the bar"
	default:
		return "at the goal"
	}
}

// number writes a figure as briefly as it deserves.
func number(x float64) string {
	switch {
	case x == 0:
		return "-"
	case x < 10:
		return fmt.Sprintf("%.2f", x)
	default:
		return fmt.Sprintf("%.0f", x)
	}
}
