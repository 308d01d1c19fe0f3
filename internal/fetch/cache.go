package fetch

import (
	"sync"
	"time"
)

const (
	// negativeTTL is how long a failure is remembered: long enough that a
	// thousand credentials of one issuer do not each wait for a dead server,
	// short enough that a repaired one is noticed.
	negativeTTL = 10 * time.Second
	// maxEntries and maxCached bound the memory that strangers' addresses can
	// take up.
	maxEntries = 512
	maxCached  = 32 << 20
)

// cache remembers answers until they expire, and failures for negativeTTL. When
// it is full the entry that expires first goes. The zero value is ready.
type cache struct {
	mu      sync.Mutex
	entries map[string]entry
	bytes   int
}

type entry struct {
	res   *Resource
	err   error
	until time.Time
}

func (e entry) size() int {
	if e.res == nil {
		return 0
	}
	return len(e.res.Body)
}

// get returns what is remembered under key at now.
func (c *cache) get(key string, now time.Time) (res *Resource, err error, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	switch {
	case !ok:
		return nil, nil, false
	case !now.Before(e.until):
		c.drop(key)
		return nil, nil, false
	case e.err != nil:
		return nil, e.err, true
	}
	return e.res.from(Cache), nil, true
}

// put remembers an answer until it expires, or a failure.
func (c *cache) put(key string, res *Resource, err error, now time.Time) {
	e := entry{res: res, err: err, until: now.Add(negativeTTL)}
	if err == nil {
		e.until = res.Expires
	}
	if !now.Before(e.until) || e.size() > maxCached/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.entries == nil {
		c.entries = make(map[string]entry)
	}
	c.drop(key)
	for len(c.entries) >= maxEntries || c.bytes+e.size() > maxCached {
		c.drop(c.soonest())
	}
	c.entries[key] = e
	c.bytes += e.size()
}

func (c *cache) drop(key string) {
	c.bytes -= c.entries[key].size()
	delete(c.entries, key)
}

// soonest is the key of the entry that expires first; the cache is not empty.
func (c *cache) soonest() string {
	var key string
	var until time.Time
	for k, e := range c.entries {
		if key == "" || e.until.Before(until) {
			key, until = k, e.until
		}
	}
	return key
}
