package serve

import (
	"context"
	"math"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A rush leaves memory behind that the runtime keeps for the next one: its collector
// runs when the heap has grown, so that a server that has gone quiet holds the last
// garbage for two minutes, and parts of it for longer. On the small machines that
// servers like these run on it is others' memory.
//
// A limit does not help there: it says how much may be used, and below it nothing is
// given back. So Run looks now and then, and gives back what is free once the server is
// quiet, which it is when so little was allocated that the collector did not run since
// the last look. That is two collections of a small heap, some milliseconds, after a
// rush; then none until enough was allocated for others to be worth it. A busy server
// never pays for it.
const (
	quietAfter = 10 * time.Second
	worthwhile = 4 << 20 // bytes allocated since memory was last given back
)

// The runtime's counters that say whether a server is quiet.
const (
	collections = "/gc/cycles/total:gc-cycles"
	allocated   = "/gc/heap/allocs:bytes"
)

// memoryLimit is what the runtime may take before it collects more often than the heap
// doubles: a crowd of a thousand open pages and a hundred answers a second needs half
// of it at once. With the program and what is mapped of a store it stays under 256 MiB.
// It is no wall: what is needed is had. GOMEMLIMIT sets another.
const memoryLimit = 128 << 20

func limitMemory() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // nobody has set one
		debug.SetMemoryLimit(memoryLimit)
	}
}

// giveBack gives memory back whenever the process is quiet, until ctx is done. It
// looks every quietAfter.
func giveBack(ctx context.Context, every time.Duration) {
	looks := time.NewTicker(every)
	defer looks.Stop()
	var q quiet
	for {
		select {
		case <-ctx.Done():
			return
		case <-looks.C:
		}
		samples := []metrics.Sample{{Name: collections}, {Name: allocated}}
		metrics.Read(samples)
		if q.now(samples[0].Value.Uint64(), samples[1].Value.Uint64()) {
			runtime.GC() // what lies in pools for the next request is free only after a second one
			debug.FreeOSMemory()
		}
	}
}

// quiet tells from the runtime's counters when memory should be given back.
type quiet struct {
	collections uint64 // at the last look
	allocated   uint64 // when memory was last given back
}

// now takes a look, and reports whether to give memory back.
func (q *quiet) now(collections, allocated uint64) bool {
	still := collections == q.collections
	q.collections = collections
	if !still || allocated-q.allocated < worthwhile {
		return false
	}
	q.allocated = allocated
	return true
}
