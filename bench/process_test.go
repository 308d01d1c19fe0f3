package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/testissuer"
)

// spawnVariable makes the test binary run the command in it, print what that
// cost as JSON, and end. A fresh process is in between since a child inherits
// its parent's peak of memory, and a benchmark's own is large.
const spawnVariable = "LAUREL_BENCH_SPAWN"

// cost is what a process used.
type cost struct {
	CPU    time.Duration
	Wall   time.Duration
	Memory int64 // KiB at its peak
}

// spawned runs a command, one argument a line, and prints its cost.
func spawned(command string) int {
	args := strings.Split(command, "\n")
	cmd := exec.Command(args[0], args[1:]...)
	started := time.Now()
	output, err := cmd.CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v: %s\n", err, output)
		return 1
	}
	used := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	c := cost{CPU: spent(used), Wall: time.Since(started), Memory: int64(used.Maxrss)}
	if err := json.NewEncoder(os.Stdout).Encode(c); err != nil {
		return 1
	}
	return 0
}

// run runs a command in a process of its own and says what it cost.
func run(b *testing.B, args ...string) cost {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), spawnVariable+"="+strings.Join(args, "\n"))
	cmd.Stderr = os.Stderr
	output, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	var c cost
	if err := json.Unmarshal(output, &c); err != nil {
		b.Fatal(err)
	}
	return c
}

// binary builds laurel as `make build` does.
func binary(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "laurel")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "laurel/cmd/laurel")
	if output, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%v: %s", err, output)
	}
	return path
}

// BenchmarkProcess runs `laurel verify` as a script would: a new process for
// one badge, with its status list in a bundle. The middle of all runs counts.
func BenchmarkProcess(b *testing.B) {
	laurel := binary(b)
	folder := b.TempDir()
	file, bundle := filepath.Join(folder, "badge.json"), filepath.Join(folder, "bundle")
	if err := os.WriteFile(file, signed(b, 1).AppendJSON(nil), 0o600); err != nil {
		b.Fatal(err)
	}
	saved := &fetch.Resource{URL: listURL, Body: list(b), ContentType: "application/vc", Fetched: testissuer.Now}
	if err := fetch.WriteBundle(bundle, testissuer.Now, []*fetch.Resource{saved}); err != nil {
		b.Fatal(err)
	}
	var all []cost
	for b.Loop() {
		all = append(all, run(b, laurel, "verify", "--offline", "--bundle", bundle,
			"--at", testissuer.Now.Format(time.RFC3339), file))
	}
	addCost("laurel verify FILE", all, limits{cpu: 60, cpuGoal: 25, memory: 60, memoryGoal: 30})
	b.ReportMetric(middle(all, cost.cpuMillis), "cpu-ms/op")
	b.ReportMetric(middle(all, cost.megabytes), "MB-peak")

	info, err := os.Stat(laurel)
	if err != nil {
		b.Fatal(err)
	}
	measured = append(measured, figure{
		operation: operation{name: "binary, stripped", bar: 45, goal: 35},
		unit:      "MB", got: float64(info.Size()) / 1e6, pace: 1,
	})
}

// limits are the bars for a process, in ms and MB.
type limits struct{ cpu, cpuGoal, memory, memoryGoal float64 }

func addCost(name string, all []cost, l limits) {
	measured = append(measured,
		figure{operation: operation{name: name, bar: l.cpu, goal: l.cpuGoal}, unit: "ms", got: middle(all, cost.cpuMillis), pace: pace()},
		figure{operation: operation{name: name, bar: l.memory, goal: l.memoryGoal}, unit: "MB", got: middle(all, cost.megabytes), pace: 1},
	)
}

func (c cost) cpuMillis() float64 { return micros(c.CPU) / 1e3 }

func (c cost) wallMillis() float64 { return micros(c.Wall) / 1e3 }

func (c cost) megabytes() float64 { return float64(c.Memory) * 1024 / 1e6 }

// middle is the median of one figure.
func middle(all []cost, of func(cost) float64) float64 {
	values := make([]float64, len(all))
	for i, c := range all {
		values[i] = of(c)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
