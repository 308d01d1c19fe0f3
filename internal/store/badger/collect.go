package badger

import (
	"cmp"
	"time"
)

// Large values live in logs of their own, and those that were replaced or deleted lie
// there until the log is written anew without them. Badger learns how many these are
// when it joins tables, and writes a log anew only when it is told to: when a store is
// closed, and in between, for processes that run for months.
const (
	collectEvery = time.Hour
	garbage      = 0.5 // of a log that is worth it
)

// collecting collects now and then, until the function that it returns is called.
func (d *DB) collecting() (stop func()) {
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticks := time.NewTicker(cmp.Or(d.opt.collect, collectEvery))
		defer ticks.Stop()
		for {
			select {
			case <-quit:
				return
			case <-ticks.C:
				d.collect()
			}
		}
	}()
	return func() {
		close(quit)
		<-done
	}
}

// collect gives the space of replaced and deleted large values back, while there is room
// to write what remains of a log.
func (d *DB) collect() {
	var err error
	defer func() {
		if err != nil {
			d.opt.Log.Error("value logs could not be collected", "store", d.dir, "error", err)
		}
	}()
	defer guard(&err)()
	for d.room(valueLogFile) == nil && d.db.RunValueLogGC(garbage) == nil {
		d.opt.Log.Debug("collected a value log file", "store", d.dir)
	}
}
