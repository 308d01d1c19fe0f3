package bench

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What a process may keep of a rush, beyond what it used before: memory as a share or
// in MB, whichever is more, and goroutines and open files.
const (
	keptShare  = 1.25
	keptMemory = 15.0
	keptThings = 5
	comesBack  = 60 * time.Second
	comesDown  = 25 * time.Second // after the first answers: what is quiet gives memory back
	mostMemory = 256 * 1.048576   // MB, at any time
)

// usage is what the verifier's process uses, in MB. What is resident of the store's
// files is counted apart: these are pages of the system's cache that the process has
// looked at. They grow with what is kept, and the system takes them when it needs
// memory.
type usage struct {
	resident   float64 // without the store's files
	store      float64
	peak       float64
	cpu        time.Duration
	goroutines int
	files      int           // open ones and connections, without the store's
	took       time.Duration // until it was so
}

// settled waits until the process is back at what it used before, at most as long as
// that may take, and fails if it is not.
func (c *counter) settled(b *testing.B, before usage) usage {
	b.Helper()
	for began := time.Now(); ; time.Sleep(time.Second) {
		u := c.use(b)
		u.took = time.Since(began)
		over := u.over(before)
		if over == "" {
			return u
		}
		if u.took > comesBack {
			b.Errorf("after %.0f s: %s", u.took.Seconds(), over)
			return u
		}
	}
}

// over says what is more than it was before, and more than it may be; "" if nothing is.
func (u usage) over(before usage) string {
	for _, x := range []struct {
		what     string
		was, may float64
		is       float64
	}{
		{"MB", before.resident, max(keptShare*before.resident, before.resident+keptMemory), u.resident},
		{"goroutines", float64(before.goroutines), float64(before.goroutines + keptThings), float64(u.goroutines)},
		{"open files", float64(before.files), float64(before.files + keptThings), float64(u.files)},
	} {
		if x.is > x.may {
			return fmt.Sprintf("%.0f %s, where %.0f were before", x.is, x.what, x.was)
		}
	}
	return ""
}

// use looks at the process from outside.
func (c *counter) use(b *testing.B) usage {
	b.Helper()
	own := fmt.Sprintf("/proc/%d/", c.cmd.Process.Pid)
	u := usage{peak: megabytes(b, own+"status", "VmHWM"), cpu: ticks(b, own+"stat")}
	maps, err := os.ReadFile(own + "smaps")
	if err != nil {
		b.Skipf("this system does not say what a process uses: %v", err)
	}
	ofStore := false
	for line := range strings.Lines(string(maps)) {
		if name, kib, ok := strings.Cut(line, ":"); ok && name == "Rss" {
			if n := readKiB(b, kib); ofStore {
				u.store += n
			} else {
				u.resident += n
			}
		} else if len(line) > 0 && line[0] <= 'f' && strings.Contains(line, "-") {
			ofStore = strings.Contains(line, c.folder)
		}
	}
	files, err := os.ReadDir(own + "fd")
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		if to, err := os.Readlink(own + "fd/" + f.Name()); err == nil && !strings.HasPrefix(to, c.folder) {
			u.files++
		}
	}
	_, metrics, err := c.call(0, http.MethodGet, c.address+"/metrics", "", nil)
	if err != nil {
		b.Fatal(err)
	}
	found := regexp.MustCompile(`(?m)^go_goroutines (\d+)$`).FindSubmatch(metrics)
	if found == nil {
		b.Fatalf("no goroutines in %.300s", metrics)
	}
	if u.goroutines, err = strconv.Atoi(string(found[1])); err != nil {
		b.Fatal(err)
	}
	c.clients[0].CloseIdleConnections()
	return u
}

// megabytes reads one figure of a file under /proc.
func megabytes(b *testing.B, file, name string) float64 {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Skipf("this system does not say what a process uses: %v", err)
	}
	_, rest, ok := strings.Cut(string(text), name+":")
	if !ok {
		b.Fatalf("no %s in %s", name, file)
	}
	line, _, _ := strings.Cut(rest, "\n")
	return readKiB(b, line)
}

// readKiB reads "  123 kB", which are KiB, as MB.
func readKiB(b *testing.B, text string) float64 {
	b.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(text), "kB")))
	if err != nil {
		b.Fatal(err)
	}
	return float64(n) * 1024 / 1e6
}

// ticks reads the processor time of a process. Linux counts it in hundredths of a
// second for those who ask this way, on all its machines.
func ticks(b *testing.B, file string) time.Duration {
	b.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		b.Fatalf("%s says %q", file, text)
	}
	user, err1 := strconv.Atoi(fields[11])
	system, err2 := strconv.Atoi(fields[12])
	if err := errors.Join(err1, err2); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
