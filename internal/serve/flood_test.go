package serve

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"laurel/internal/serve/servetest"
)

// TestSlowFlood holds 500 connections open with a byte of a head now and then.
// All of them are closed by the header timeout, bytes or not, and of the honest
// clients in between 99 of 100 wait less than a second.
func TestSlowFlood(t *testing.T) {
	const header = 800 * time.Millisecond
	address, _ := start(t, Health(), Options{Header: header})
	var wg sync.WaitGroup
	closed := make(chan time.Duration, 500)
	for range cap(closed) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		wg.Go(func() {
			begin := time.Now()
			_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ")
			for err == nil && time.Since(begin) < 20*header {
				time.Sleep(header / 8)
				_, err = io.WriteString(conn, "x")
			}
			closed <- time.Since(begin)
		})
	}
	var waits []time.Duration
	for range 100 {
		begin := time.Now()
		resp, err := http.Get("http://" + address)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		waits = append(waits, time.Since(begin))
	}
	wg.Wait()
	close(closed)
	for after := range closed {
		if after > 10*header {
			t.Errorf("a slow head was listened to for %v", after)
		}
	}
	slices.Sort(waits)
	if p99 := waits[98]; p99 > time.Second {
		t.Errorf("an honest client waited %v", p99)
	}
}

// TestRapidReset opens and cancels streams of HTTP/2 as fast as it can
// (CVE-2023-44487). Only so many handlers run at a time, and an honest client is
// served.
func TestRapidReset(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	a.pair(t, "verify.example", cert, key)
	pair, err := LoadKeyPair(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	running, most := 0, 0
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/honest" {
			_, _ = io.WriteString(w, "served")
			return
		}
		mu.Lock()
		running++
		most = max(most, running)
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		running--
		mu.Unlock()
	})
	address := startTLS(t, pair.TLS(), h, Options{})
	client := &tls.Config{RootCAs: a.roots(), ServerName: "verify.example"}
	attacked := client.Clone()
	attacked.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", address, attacked)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	streams := reset(conn, 20_000)
	if streams < 100 {
		t.Errorf("only %d streams were opened: is this still an attack?", streams)
	}
	honest := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{TLSClientConfig: client, ForceAttemptHTTP2: true}}
	defer honest.CloseIdleConnections()
	begin := time.Now()
	resp, err := honest.Get("https://" + address + "/honest")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, _ := io.ReadAll(resp.Body); string(body) != "served" || time.Since(begin) > 2*time.Second {
		t.Errorf("an honest client got %q after %v", body, time.Since(begin))
	}
	mu.Lock()
	defer mu.Unlock()
	if most > 250 { // what a connection may have open at once in net/http
		t.Errorf("%d handlers ran at the same time", most)
	}
}

// reset opens up to n streams, each cancelled at once, until the server hangs up.
func reset(conn net.Conn, n int) (opened int) {
	_ = conn.SetDeadline(time.Now().Add(5 * time.Second))
	go func() { _, _ = io.Copy(io.Discard, conn) }() // until the connection ends
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return 0
	}
	framer := http2.NewFramer(conn, nil)
	if err := framer.WriteSettings(); err != nil {
		return 0
	}
	var head strings.Builder
	encoder := hpack.NewEncoder(&head)
	for _, f := range []hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "verify.example"}, {Name: ":path", Value: "/"}} {
		if err := encoder.WriteField(f); err != nil {
			return 0
		}
	}
	block := []byte(head.String())
	for i := range n {
		id := uint32(2*i + 1)
		param := http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndStream: true, EndHeaders: true}
		if framer.WriteHeaders(param) != nil || framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			return i
		}
	}
	return n
}

// TestHandshakeFloods: who connects by TLS and says nothing is let go of, and a
// log of a level that people run with has no address in it.
func TestHandshakeFloods(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	a.pair(t, "verify.example", cert, key)
	pair, err := LoadKeyPair(cert, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	var said servetest.Log
	address := startTLS(t, pair.TLS(), Health(), Options{Header: 300 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&said, nil))})
	conns := map[string]net.Conn{}
	for name, first := range map[string]string{"nothing": "", "half a hello": "\x16\x03\x01", "no TLS": "GET / HTTP/1.1\r\nHost: a\r\n\r\n"} {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, first); err != nil {
			t.Fatal(err)
		}
		conns[name] = conn
	}
	for name, conn := range conns {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
			t.Errorf("%s: was not let go of: %v", name, err)
		}
		if local := conn.LocalAddr().String(); strings.Contains(said.String(), local) {
			t.Errorf("%s: the log has the address %s", name, local)
		}
	}
}
