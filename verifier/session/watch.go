package session

import (
	"context"
	"errors"
	"hash/maphash"
	"io/fs"
	"maps"
	"slices"
	"time"
)

// maxWatchers bounds those who wait for news at the same time, and
// maxWatchersPerClient those of one address: each holds a connection open. A thousand
// sessions have two watchers each, and the hundred of one stranger as well.
const (
	maxWatchers          = 4096
	maxWatchersPerClient = 256
)

// While somebody watches, the store is looked at now and then, for what other processes
// over the same store wrote. All records that are watched are read and compared, a
// transaction's worth after the other. A thousand cost 24 ms of processor time on a busy
// machine with the store on its disk: a hundredth of a processor.
const (
	lookEvery = 2 * time.Second // a person looks at the page meanwhile
	lookStep  = 200
)

// watch is a session that somebody watches.
type watch struct {
	listeners map[chan struct{}]bool
	record    uint64 // a fingerprint of it at the last look; 0 before
}

// lookout looks at the store while somebody watches.
type lookout struct {
	stop context.CancelFunc
	done chan struct{}
}

// Watch gives a channel that gets a value whenever the session changes, until
// stop is called, and sometimes when it does not. A change that another process makes is
// news two seconds later. It fails with ErrTooMany, when all or this client have so
// many. A client without a name is not counted by itself.
func (b *Book) Watch(id, client string) (news <-chan struct{}, stop func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := 0
	for _, w := range b.watched {
		total += len(w.listeners)
	}
	if total >= maxWatchers || client != "" && b.watchers[client] >= maxWatchersPerClient {
		return nil, nil, ErrTooMany
	}
	b.watchers[client]++
	if b.watched[id] == nil {
		b.watched[id] = &watch{listeners: map[chan struct{}]bool{}}
	}
	ch := make(chan struct{}, 1) // one piece of news stands for several
	b.watched[id].listeners[ch] = true
	if b.lookout == nil {
		b.lookout = b.lookOut()
	}
	return ch, func() {
		if last := b.unwatch(id, client, ch); last != nil {
			last.stop()
			<-last.done // nobody reads a store that the caller closes next
		}
	}, nil
}

// unwatch ends one watch. After the last it returns the lookout, for the caller to stop.
func (b *Book) unwatch(id, client string, ch chan struct{}) (last *lookout) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.watched[id].listeners, ch)
	if b.watchers[client]--; b.watchers[client] <= 0 {
		delete(b.watchers, client)
	}
	if len(b.watched[id].listeners) == 0 {
		delete(b.watched, id)
	}
	if len(b.watched) == 0 {
		last, b.lookout = b.lookout, nil
	}
	return last
}

func (b *Book) lookOut() *lookout {
	ctx, stop := context.WithCancel(context.Background())
	l := &lookout{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		ticks := time.NewTicker(b.look)
		defer ticks.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticks.C:
				b.lookAround(ctx)
			}
		}
	}()
	return l
}

// lookAround wakes those whose session is not as it was at the last look. What cannot be
// read now is looked at again the next time.
func (b *Book) lookAround(ctx context.Context) {
	b.mu.Lock()
	ids := slices.Collect(maps.Keys(b.watched))
	b.mu.Unlock()
	for some := range slices.Chunk(ids, lookStep) {
		records, err := b.fingerprints(ctx, some)
		if err != nil {
			return
		}
		b.mu.Lock()
		for i, id := range some {
			if w := b.watched[id]; w != nil && w.record != records[i] {
				w.record = records[i]
				w.wake()
			}
		}
		b.mu.Unlock()
	}
}

func (b *Book) fingerprints(ctx context.Context, ids []string) ([]uint64, error) {
	all := make([]uint64, len(ids))
	return all, b.store.View(ctx, func(tx Tx) error {
		for i, id := range ids {
			record, err := tx.Get(sessionPrefix + id)
			if err != nil && !errors.Is(err, fs.ErrNotExist) { // what is deleted is news, too
				return err
			}
			all[i] = max(1, maphash.Bytes(b.seed, record))
		}
		return nil
	})
}

// wake tells those who watch a session.
func (b *Book) wake(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if w := b.watched[id]; w != nil {
		w.wake()
	}
}

func (w *watch) wake() {
	for ch := range w.listeners {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// Setting returns a value that the caller keeps beside the sessions, or
// ErrUnknown.
func (b *Book) Setting(ctx context.Context, name string) (value []byte, err error) {
	err = b.store.View(ctx, func(tx Tx) error {
		value, err = tx.Get(settingPrefix + name)
		return unknown(err)
	})
	return value, err
}

// Settings calls visit for the caller's values whose names begin with prefix.
func (b *Book) Settings(ctx context.Context, prefix string, visit func(name string, value []byte) error) error {
	return b.store.View(ctx, func(tx Tx) error {
		return tx.Scan(settingPrefix+prefix, func(name string, value []byte) error {
			return visit(name[len(settingPrefix):], value)
		})
	})
}

// Set keeps a value of the caller's; nil deletes it.
func (b *Book) Set(ctx context.Context, name string, value []byte) error {
	return b.store.Update(ctx, func(tx Tx) error {
		if value == nil {
			return tx.Delete(settingPrefix + name)
		}
		return tx.Put(settingPrefix+name, value)
	})
}
