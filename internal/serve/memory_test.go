package serve

import (
	"context"
	"runtime"
	"testing"
	"time"
)

func TestQuiet(t *testing.T) {
	const lot = worthwhile
	var q quiet
	for _, look := range []struct {
		what                   string
		collections, allocated uint64
		want                   bool
	}{
		{"the first look knows nothing", 5, 3 * lot, false},
		{"quiet after what it took to begin", 5, 3*lot + 1, true},
		{"that was a collection itself", 6, 3*lot + 2, false},
		{"quiet, and nothing new to give", 6, 3*lot + 3, false},
		{"a rush", 9, 50 * lot, false},
		{"the rush goes on", 12, 90 * lot, false},
		{"and is over", 12, 90 * lot, true},
		{"quiet again", 13, 90 * lot, false},
		{"a visitor now and then", 13, 91*lot - 1, false},
		{"many of them", 13, 91 * lot, true},
	} {
		if q.now(look.collections, look.allocated) != look.want {
			t.Errorf("%s: %v", look.what, !look.want)
		}
	}
}

// A server that has had a rush gives the memory back by itself.
func TestGiveBack(t *testing.T) {
	held := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapSys - m.HeapReleased
	}
	const rush = 64 << 20
	before := held()
	garbage := make([]byte, rush)
	for i := range garbage {
		garbage[i] = 1
	}
	during := held()
	runtime.KeepAlive(garbage)
	if during < before+rush/2 {
		t.Fatalf("%d bytes before, %d during the rush", before, during)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go giveBack(ctx, 20*time.Millisecond)
	for range 500 {
		if held() < during-rush/2 {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Errorf("%d bytes before, %d during, %d after", before, during, held())
}
