package serve

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"
)

// farAway is a listener on this machine whose callers seem to come from elsewhere.
type farAway struct {
	net.Listener
	from func(n int64) string
	n    atomic.Int64
}

type farConn struct {
	net.Conn
	addr net.Addr
}

func (c farConn) RemoteAddr() net.Addr { return c.addr }

func (l *farAway) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	addr, err := net.ResolveTCPAddr("tcp", l.from(l.n.Add(1)))
	return &farConn{conn, addr}, err
}

// One address has only so many connections open. When some are closed there is room
// again, and neither other addresses nor this machine nor a proxy are counted with it.
func TestConnectionsOfOneAddress(t *testing.T) {
	const most = maxConnections
	for name, test := range map[string]struct {
		from string
		want int
	}{
		"one address":  {"192.0.2.1:%d", most},
		"one network":  {"[2001:db8:0:1::%d]:443", most},
		"many":         {"192.0.2.%d:443", most + 50},
		"this machine": {"127.0.0.1:%d", most + 50},
		"a proxy":      {"10.0.0.1:%d", most + 50},
	} {
		t.Run(name, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			far := &farAway{Listener: ln, from: func(n int64) string { return fmt.Sprintf(test.from, n%250+1) }}
			startOn(t, far, Health(), Options{Proxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
			var conns []net.Conn
			served := func() bool {
				conn, err := net.Dial("tcp", ln.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = conn.Close() })
				_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
				_, _ = conn.Write([]byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
				resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					return false
				}
				_ = resp.Body.Close()
				conns = append(conns, conn)
				return true
			}
			for range most + 50 {
				served()
			}
			if len(conns) != test.want {
				t.Errorf("%d connections are open, want %d", len(conns), test.want)
			}
			for _, conn := range conns[:10] {
				_ = conn.Close()
			}
			for deadline := time.Now().Add(5 * time.Second); !served(); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatal("there is no room although ten were closed")
				}
			}
		})
	}
}
