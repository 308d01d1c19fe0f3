package serve

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// A rush leaves memory behind that the runtime keeps for the next one: its collector
// runs when the heap has grown, so that a server that has gone quiet holds the last
// garbage for two minutes, and parts of it for longer. On the small machines that
// servers like these run on it is others' memory.
//
// A limit (GOMEMLIMIT) does not help: it says how much may be used, and below it
// nothing is given back. So Run looks now and then, and gives back what is free once
// the server is quiet, which it is when so little was allocated that the collector did
// not run since the last look. That is one collection of a small heap, a few
// milliseconds, after a rush; then none until enough was allocated for another to be
// worth it. A busy server never pays for it.
const (
	quietAfter = 10 * time.Second
	worthwhile = 4 << 20 // bytes allocated since memory was last given back
)

// The runtime's counters that say whether a server is quiet.
const (
	collections = "/gc/cycles/total:gc-cycles"
	allocated   = "/gc/heap/allocs:bytes"
)

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
