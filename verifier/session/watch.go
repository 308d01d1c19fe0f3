package session

import "context"

// maxWatchers bounds those who wait for news at the same time, and
// maxWatchersPerClient those of one address: each holds a connection open. A thousand
// sessions have two watchers each, and the hundred of one stranger as well.
const (
	maxWatchers          = 4096
	maxWatchersPerClient = 256
)

// Watch gives a channel that gets a value whenever the session changes, until
// stop is called. It fails with ErrTooMany, when all or this client have so many. A
// client without a name is not counted by itself.
func (b *Book) Watch(id, client string) (news <-chan struct{}, stop func(), err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	total := 0
	for _, w := range b.watched {
		total += len(w)
	}
	if total >= maxWatchers || client != "" && b.watchers[client] >= maxWatchersPerClient {
		return nil, nil, ErrTooMany
	}
	b.watchers[client]++
	if b.watched[id] == nil {
		b.watched[id] = map[chan struct{}]bool{}
	}
	ch := make(chan struct{}, 1) // one piece of news stands for several
	b.watched[id][ch] = true
	return ch, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watched[id], ch)
		if b.watchers[client]--; b.watchers[client] <= 0 {
			delete(b.watchers, client)
		}
		if len(b.watched[id]) == 0 {
			delete(b.watched, id)
		}
	}, nil
}

// wake tells those who watch a session.
func (b *Book) wake(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for ch := range b.watched[id] {
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
