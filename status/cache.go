package status

import (
	"container/list"
	"sync"
	"time"
)

const (
	// maxKeptBytes bounds what kept lists take: some 4,000 of the usual size,
	// or eight of the largest.
	maxKeptBytes = 64 << 20
	// entryOverhead is what a kept list takes beside its bits: names, times
	// and the cache's own books, rounded up.
	entryOverhead = 1 << 10
)

// cache keeps verified lists, decoded, by the URL they came from. The one that
// was not used for longest goes first. The zero value is empty and ready.
type cache struct {
	mu    sync.Mutex
	byURL map[string]*list.Element
	order list.List // of *cached, most recently used first
	bytes int
}

type cached struct {
	url   string
	value *verified
}

// get returns the list kept for the URL, or nil if there is none that is still
// fresh at now and was judged for a time near enough to at.
func (c *cache) get(url string, now, at time.Time) *verified {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.byURL[url]
	if !ok {
		return nil
	}
	v := e.Value.(*cached).value
	if !now.Before(v.expires) {
		c.drop(e)
		return nil
	}
	if !v.holdsFor(at) {
		return nil
	}
	c.order.MoveToFront(e)
	return v
}

// put keeps a list unless it has already expired.
func (c *cache) put(url string, v *verified, now time.Time) {
	if !now.Before(v.expires) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old, ok := c.byURL[url]; ok {
		c.drop(old)
	}
	if c.byURL == nil {
		c.byURL = make(map[string]*list.Element)
	}
	c.byURL[url] = c.order.PushFront(&cached{url: url, value: v})
	c.bytes += v.size()
	for c.bytes > maxKeptBytes {
		c.drop(c.order.Back())
	}
}

func (c *cache) drop(e *list.Element) {
	gone := c.order.Remove(e).(*cached)
	delete(c.byURL, gone.url)
	c.bytes -= gone.value.size()
}

// size is about what the list takes in memory.
func (v *verified) size() int {
	if v.token != nil {
		return len(v.token.octets) + len(v.URL) + entryOverhead
	}
	return len(v.list.octets) + len(v.URL) + entryOverhead
}
