package badger

import (
	"path/filepath"
	"testing"
	"time"
)

// Large values that were deleted leave the disk while the store is open.
func TestCollecting(t *testing.T) {
	dir := folder(t)
	db := mustOpen(t, dir, Options{Kind: "verifier", table: counterTable, collect: 50 * time.Millisecond})
	const large = 1 << 20
	full := valueLogFile/large + 2 // of which the first log is full
	for i := range full {
		mustPut(t, db, name(i), make([]byte, large))
	}
	first := filepath.Join(dir, "000001.vlog")
	there := func() bool {
		t.Helper()
		found, err := filepath.Glob(first)
		if err != nil {
			t.Fatal(err)
		}
		return len(found) > 0
	}
	if !there() {
		t.Fatal("there is no log")
	}
	for i := range full - 1 {
		if err := db.Delete(t.Context(), name(i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := 0; there(); i++ { // until tables are joined
		if i == 5000 {
			t.Fatal("the log of deleted values is still there")
		}
		mustPut(t, db, name(full+i), make([]byte, 8000))
	}
	if got, err := db.Get(t.Context(), name(full-1)); err != nil || len(got) != large {
		t.Errorf("the value that was left: %d bytes, %v", len(got), err)
	}
}
