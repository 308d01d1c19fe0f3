package serve

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
)

// maxConnections bounds the connections of one address (IPv6: of a /64) that are open at
// the same time: each takes about 20 kB and one of the process's files, of which there
// are some ten thousand. An office behind one address has six for each open browser.
const maxConnections = 1000

// callers counts connections by where they come from. This machine is not counted, nor
// are the proxies that are believed: behind these are many clients.
type callers struct {
	proxies []netip.Prefix
	most    int

	mu   sync.Mutex
	open map[netip.Prefix]int
	held map[net.Conn]netip.Prefix
}

func newCallers(proxies []netip.Prefix, most int) *callers {
	return &callers{proxies: proxies, most: most, open: map[netip.Prefix]int{}, held: map[net.Conn]netip.Prefix{}}
}

// watch is the ConnState of a server: it closes a connection that is one too many before
// anything is read of it.
func (c *callers) watch(conn net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		if !c.enter(conn) {
			_ = conn.Close() // the server notices, and says that it is closed
		}
	case http.StateClosed, http.StateHijacked:
		c.leave(conn)
	}
}

// enter counts a connection, and reports whether there was room for it.
func (c *callers) enter(conn net.Conn) bool {
	addr := peer(conn.RemoteAddr().String())
	if addr.IsLoopback() || slices.ContainsFunc(c.proxies, func(p netip.Prefix) bool { return p.Contains(addr) }) {
		return true
	}
	name := network(addr)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open[name] >= c.most {
		return false
	}
	c.open[name]++
	c.held[conn] = name
	return true
}

func (c *callers) leave(conn net.Conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	name, ok := c.held[conn]
	if !ok {
		return
	}
	delete(c.held, conn)
	if c.open[name]--; c.open[name] <= 0 {
		delete(c.open, name)
	}
}
