package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestL01HugeBodies sends 100 MB in chunks, with no length said, to every address
// that takes a body. Each is refused as soon as its limit is passed, and none of it
// is kept in memory; what is packed is never unpacked.
func TestL01HugeBodies(t *testing.T) {
	p := serveVerifier(t)
	a := p.asks(plainAsk)
	operator := "Authorization: Bearer " + p.token() + "\r\n"
	before := p.memory("VmHWM")
	for path, head := range map[string]string{
		"/verify":                         "Content-Type: application/json\r\n",
		"/verify?challenge=1":             "Content-Type: multipart/form-data; boundary=x\r\n",
		"/inspect":                        "Content-Type: image/png\r\n",
		"/requests":                       "Content-Type: application/json\r\n" + operator,
		"/login":                          "Content-Type: " + formType + "\r\n",
		"/requests/" + a.ID + "/object":   "Content-Type: " + formType + "\r\n",
		"/requests/" + a.ID + "/response": "Content-Type: " + formType + "\r\n",
		"/requests/" + a.ID + "/upload":   "Content-Type: application/json\r\n",
	} {
		var sent atomic.Int64
		status := p.wire(func(w io.Writer) error {
			_, err := fmt.Fprintf(w, "POST %s HTTP/1.1\r\nHost: localhost\r\n%sTransfer-Encoding: chunked\r\n\r\n", path, head)
			chunk := fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
			for err == nil && sent.Load() < 100*megabyte {
				_, err = io.WriteString(w, chunk)
				sent.Add(64 << 10)
			}
			return err
		})
		want := "HTTP/1.1 413 "
		if path == "/verify?challenge=1" {
			want = "HTTP/1.1 415 " // no form begins so, which is seen before it is too large
		}
		if !strings.HasPrefix(status, want) || sent.Load() > 30*megabyte {
			t.Errorf("%s: %q after %d MB", path, status, sent.Load()/megabyte)
		}
		if got := p.do("POST", path, "{}", "Content-Encoding", "gzip", "Content-Type", jsonType, headerAsks, "Bearer "+p.token()); got.status != http.StatusUnsupportedMediaType {
			t.Errorf("%s, packed: %d %s", path, got.status, got.body)
		}
	}
	grown := p.memory("VmHWM") - before
	t.Logf("at its peak the process grew by %d kB", grown>>10)
	if grown > 20*megabyte {
		t.Errorf("the process grew by %d MB", grown/megabyte)
	}
}

// TestL02SlowFlood holds 500 connections open with a byte of a head now and then.
// The header timeout closes all, and honest clients do not notice.
func TestL02SlowFlood(t *testing.T) {
	p := serveVerifier(t)
	begin := time.Now()
	address := strings.TrimPrefix(p.url, "http://")
	closed := make(chan time.Duration, 500)
	for range cap(closed) {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			defer func() { _ = conn.Close() }()
			_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
			for err == nil && time.Since(begin) < 20*time.Second {
				time.Sleep(time.Second)
				_, err = io.WriteString(conn, "x")
			}
			closed <- time.Since(begin)
		}()
	}
	var waits []time.Duration
	for time.Since(begin) < 5*time.Second {
		start := time.Now()
		if got := p.do("GET", "/", "", "Accept", browsing); got.status != http.StatusOK {
			t.Fatalf("an honest client got %d", got.status)
		}
		waits = append(waits, time.Since(start))
		time.Sleep(20 * time.Millisecond)
	}
	var last time.Duration
	for range cap(closed) {
		last = max(last, <-closed)
	}
	slices.Sort(waits)
	p99 := waits[len(waits)*99/100]
	t.Logf("the last of 500 was closed after %v; 99 of 100 honest clients waited less than %v", last, p99)
	if last > 10*time.Second || p99 > time.Second {
		t.Errorf("the last was closed after %v; honest clients waited %v", last, p99)
	}
}

// TestL04SessionsNobodyAnswers: on a verifier that anybody may ask, each client has a
// hundred questions open at the same time and no more, and they cost little memory.
// The bound for all clients together, ten thousand, is held by package session.
func TestL04SessionsNobodyAnswers(t *testing.T) {
	const clients = 10
	p := serveVerifier(t, "--open", "--trusted-proxy", "127.0.0.1/32")
	before := p.memory("VmRSS")
	var all tally
	atOnce(clients, func(i int) {
		for range 130 {
			got, err := p.try("POST", "/requests", simpleAsk, "Content-Type", jsonType, "X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i))
			all.add(got.status, got.code(), got.header.Get("Retry-After"), err)
		}
	})
	all.is(t, map[string]int{"201   <nil>": 100 * clients, "429 TOO_MANY_SESSIONS 60 <nil>": 30 * clients})
	grown := p.memory("VmRSS") - before
	t.Logf("%d open questions: %d kB more", 100*clients, grown>>10)
	if grown > 64*megabyte {
		t.Errorf("%d open questions cost %d MB", 100*clients, grown/megabyte)
	}
}

// TestPosterFlood: who stands before a poster can answer once more and once more, each
// time with a file of four megabytes, but not until the disk is full; somebody else at
// another address answers meanwhile.
func TestPosterFlood(t *testing.T) {
	p := serveVerifier(t, "--trusted-proxy", "127.0.0.1/32")
	poster := p.asks(strings.TrimSuffix(plainAsk, "}") + `,"open":true}`)
	picture := "\x89PNG\r\n\x1a\n" + strings.Repeat("x", 4*megabyte-4096)
	answer := func(client, body string) string {
		begun := p.do("POST", "/open/"+poster.ID, "label=x", "Content-Type", formType, "X-Forwarded-For", client)
		if begun.status != http.StatusSeeOther {
			return fmt.Sprint("begun: ", begun.status)
		}
		got := p.do("POST", begun.header.Get("Location")+"/upload", body, "Content-Type", "image/png", "X-Forwarded-For", client)
		if got.status == http.StatusTooManyRequests && got.header.Get("Retry-After") == "" {
			return "no Retry-After"
		}
		return fmt.Sprint(got.status)
	}
	var flood tally
	for range 24 {
		flood.add(answer("192.0.2.1", picture))
	}
	flood.is(t, map[string]int{"303": 15, "429": 9})
	if got := answer("192.0.2.2", picture); got != "303" {
		t.Errorf("somebody else: %s", got)
	}
}

// TestStreamsPerClient: one client has only so many streams open, whatever the session.
func TestStreamsPerClient(t *testing.T) {
	p := serveVerifier(t, "--trusted-proxy", "127.0.0.1/32")
	a := p.asks(plainAsk)
	open := func(client string) int {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.Page+"/events", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", client)
		res, err := http.DefaultClient.Do(r) // which is closed with the test
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = res.Body.Close() })
		return res.StatusCode
	}
	var all tally
	for i := range 270 {
		if all.add(open("192.0.2.1")); i%90 == 89 {
			time.Sleep(time.Second) // this is not about the rate
		}
	}
	all.is(t, map[string]int{"200": 256, "429": 14})
	if got := open("192.0.2.2"); got != http.StatusOK {
		t.Errorf("somebody else: %d", got)
	}
}
