package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"testing"
	"time"
)

// from returns a request from the given address.
func from(address string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", nil)
	r.RemoteAddr = address
	return r
}

func status(p *Problem) int {
	if p == nil {
		return 200
	}
	return p.Status
}

func TestRate(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := NewClients(Limits{Rate: 2, Burst: 3, Now: func() time.Time { return now }})
	for i, want := range []int{200, 200, 200, 429, 429} {
		visit, refused := c.Arrive(from("192.0.2.1:1000"))
		if got := status(refused); got != want {
			t.Errorf("request %d: got %d want %d", i, got, want)
		}
		if visit != nil {
			visit.Leave()
		}
		if refused != nil && refused.RetryAfter < time.Second {
			t.Errorf("request %d: Retry-After %v, want at least 1 s", i, refused.RetryAfter)
		}
	}
	if _, refused := c.Arrive(from("192.0.2.2:1000")); refused != nil {
		t.Errorf("another client: %v", refused)
	}
	now = now.Add(500 * time.Millisecond)
	if _, refused := c.Arrive(from("192.0.2.1:2000")); refused != nil {
		t.Errorf("after half a second: %v", refused)
	}
}

func TestAddress(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	tests := []struct {
		name      string
		remote    string
		forwarded []string
		want      string
	}{
		{"plain", "192.0.2.1:1", nil, "192.0.2.1/32"},
		{"v6 by customer", "[2001:db8:1:2:3::4]:1", nil, "2001:db8:1:2::/64"},
		{"v4 inside v6", "[::ffff:192.0.2.1]:1", nil, "192.0.2.1/32"},
		{"a zone", "[fe80::1%eth0]:1", nil, "fe80::/64"},
		{"no address", "@", nil, "invalid Prefix"},
		{"a stranger's header", "192.0.2.1:1", []string{"198.51.100.7"}, "192.0.2.1/32"},
		{"a proxy's header", "10.0.0.1:1", []string{"198.51.100.7"}, "198.51.100.7/32"},
		{"only the last is the proxy's word", "10.0.0.1:1", []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7/32"},
		{"proxies in a row", "10.0.0.1:1", []string{"198.51.100.7, 10.0.0.2"}, "198.51.100.7/32"},
		{"two headers", "10.0.0.1:1", []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7/32"},
		{"rubbish", "10.0.0.1:1", []string{"\"><script>"}, "10.0.0.1/32"},
		{"proxy without header", "10.0.0.1:1", nil, "10.0.0.1/32"},
	}
	c := NewClients(Limits{Proxies: proxies})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := from(test.remote)
			r.Header["X-Forwarded-For"] = test.forwarded
			if got := c.address(r).String(); got != test.want {
				t.Errorf("got %s want %s", got, test.want)
			}
		})
	}
}

// A flood from ever new addresses fills the table and no more; the client that
// was there before is not affected, and later the table is free again.
func TestTableIsBounded(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	c := NewClients(Limits{Rate: 1, Burst: 2, Now: func() time.Time { return now }})
	arrive := func(address string) int {
		visit, refused := c.Arrive(from(address))
		if visit != nil {
			visit.Leave()
		}
		return status(refused)
	}
	arrive("192.0.2.1:1")
	crowded := 0
	for i := range 2 * maxClients {
		if arrive(fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)) == 429 {
			crowded++
		}
	}
	if len(c.table) != maxClients {
		t.Errorf("table: %d entries, want %d", len(c.table), maxClients)
	}
	if crowded == 0 {
		t.Error("the crowd beyond the table was never refused")
	}
	if got := arrive("192.0.2.1:1"); got != 200 {
		t.Errorf("the client known before: got %d", got)
	}
	now = now.Add(time.Minute)
	if got := arrive("203.0.113.1:1"); got != 200 || len(c.table) > 10 {
		t.Errorf("a minute later: got %d with %d entries", got, len(c.table))
	}
}

func TestBody(t *testing.T) {
	const limit = 1 << 20
	unsaid := func(n int) io.Reader { return io.MultiReader(bytes.NewReader(make([]byte, n))) }
	tests := []struct {
		name     string
		body     io.Reader
		encoding []string
		want     int
	}{
		{"empty", bytes.NewReader(nil), nil, 200},
		{"at the limit", bytes.NewReader(make([]byte, limit)), nil, 200},
		{"over the limit", bytes.NewReader(make([]byte, limit+1)), nil, 413},
		{"at the limit, length unsaid", unsaid(limit), nil, 200},
		{"over the limit, length unsaid", unsaid(limit + 1), nil, 413},
		{"gzip", bytes.NewReader([]byte("x")), []string{"gzip"}, 415},
		{"identity is no coding to name", bytes.NewReader([]byte("x")), []string{"identity"}, 415},
		{"empty coding", bytes.NewReader([]byte("x")), []string{""}, 415},
		{"broken off", io.MultiReader(bytes.NewReader([]byte("x")), brokenReader{}), nil, 400},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := NewClients(Limits{})
			r := httptest.NewRequest(http.MethodPost, "/", test.body)
			r.Header["Content-Encoding"] = test.encoding
			visit, _ := c.Arrive(r)
			data, refused := visit.Body(httptest.NewRecorder(), r, limit)
			if got := status(refused); got != test.want {
				t.Errorf("got %d (%v) want %d", got, refused, test.want)
			}
			if refused != nil && data != nil {
				t.Errorf("a refusal came with %d bytes", len(data))
			}
			visit.Leave()
			if c.bytes != defaultBytes {
				t.Errorf("after leaving %d bytes are free, want %d", c.bytes, defaultBytes)
			}
		})
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, errors.New("broken off") }

// endless gives zeros and counts them.
type endless struct{ given int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.given += int64(len(p))
	return len(p), nil
}

// A body of 100 MB in chunks, with no length said, is refused after the limit
// and costs no memory to speak of.
func TestHugeChunkedBody(t *testing.T) {
	c := NewClients(Limits{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit, _ := c.Arrive(r)
		defer visit.Leave()
		if _, refused := visit.Body(w, r, 1<<20); refused != nil {
			refused.Write(w)
		}
	})
	address, _ := start(t, h, Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	source := &endless{}
	resp, err := http.Post("http://"+address, "application/json", io.LimitReader(source, 100<<20))
	if err == nil { // the server may also have closed before all was sent
		if resp.StatusCode != 413 {
			t.Errorf("got %d want 413", resp.StatusCode)
		}
		resp.Body.Close()
	}
	runtime.ReadMemStats(&after)
	if source.given > 50<<20 {
		t.Errorf("the server let %d MB come", source.given>>20)
	}
	if grown := int64(after.TotalAlloc - before.TotalAlloc); grown > 20<<20 {
		t.Errorf("%d MB were allocated", grown>>20)
	}
}

func TestMemoryShares(t *testing.T) {
	c := NewClients(Limits{Bytes: 400})
	enter := func(address string) *Visit {
		visit, refused := c.Arrive(from(address))
		if refused != nil {
			t.Fatal(refused)
		}
		return visit
	}
	first := enter("192.0.2.1:1")
	if got := status(first.Hold(101)); got != 429 {
		t.Errorf("more than a quarter for one client: got %d want 429", got)
	}
	for i := range 4 {
		if refused := enter(fmt.Sprintf("192.0.2.%d:1", i+1)).Hold(100); refused != nil {
			t.Fatalf("client %d: %v", i, refused)
		}
	}
	last := enter("192.0.2.9:1")
	if got := status(last.Hold(1)); got != 503 {
		t.Errorf("all memory held: got %d want 503", got)
	}
}

// What stays behind counts for an hour, against each client by itself, and also when
// the client was gone for a while.
func TestWhatIsKept(t *testing.T) {
	now := time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)
	c := NewClients(Limits{Kept: 3600, Now: func() time.Time { return now }})
	keep := func(address string, n int) int {
		visit, refused := c.Arrive(from(address))
		if refused != nil {
			t.Fatal(refused)
		}
		defer visit.Leave()
		refused = visit.Keep(n)
		if refused != nil && refused.RetryAfter < time.Second {
			t.Errorf("try again after %v", refused.RetryAfter)
		}
		return status(refused)
	}
	for i, test := range []struct {
		address string
		bytes   int
		after   time.Duration
		want    int
	}{
		{"192.0.2.1:1", 3601, 0, 429}, {"192.0.2.1:1", 3000, 0, 200}, {"192.0.2.1:1", 601, 0, 429}, {"192.0.2.1:1", 600, 0, 200},
		{"192.0.2.2:1", 3600, 0, 200}, {"192.0.2.1:1", 101, 100 * time.Second, 429}, {"192.0.2.1:1", 100, 0, 200}, {"192.0.2.1:1", 3600, time.Hour, 200},
	} {
		now = now.Add(test.after)
		for n := 0; test.after > 0 && n < maxClients; n++ { // all the others in between
			c.lookUp(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(n >> 8), byte(n)}), 32), now)
		}
		if got := keep(test.address, test.bytes); got != test.want {
			t.Errorf("%d: %d bytes of %s: got %d want %d", i, test.bytes, test.address, got, test.want)
		}
	}
}

func TestTurns(t *testing.T) {
	c := NewClients(Limits{Slots: 8, Wait: 20 * time.Millisecond})
	var visits []*Visit
	work := func(address string) int {
		visit, refused := c.Arrive(from(address))
		if refused != nil {
			t.Fatal(refused)
		}
		visits = append(visits, visit)
		return status(visit.Work(t.Context()))
	}
	for i, want := range []int{200, 200, 429} {
		if got := work("192.0.2.1:1"); got != want {
			t.Errorf("client 1, turn %d: got %d want %d", i, got, want)
		}
	}
	for n := 2; n <= 4; n++ {
		for range 2 {
			if got := work(fmt.Sprintf("192.0.2.%d:1", n)); got != 200 {
				t.Errorf("client %d: got %d want 200", n, got)
			}
		}
	}
	if got := work("192.0.2.9:1"); got != 503 {
		t.Errorf("no turn left: got %d want 503", got)
	}
	for _, v := range visits {
		v.Leave()
	}
	visits = nil
	if got := work("192.0.2.9:1"); got != 200 {
		t.Errorf("after all have left: got %d want 200", got)
	}
}

func TestWorkEndsWithItsRequest(t *testing.T) {
	c := NewClients(Limits{Slots: 1, Wait: time.Minute})
	first, _ := c.Arrive(from("192.0.2.1:1"))
	if refused := first.Work(t.Context()); refused != nil {
		t.Fatal(refused)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, address := range []string{"192.0.2.1:2", "192.0.2.2:1"} {
		visit, _ := c.Arrive(from(address))
		if got := status(visit.Work(gone)); got != 503 {
			t.Errorf("%s: got %d want 503", address, got)
		}
		visit.Leave()
	}
	first.Leave()
	if len(c.slots) != 0 {
		t.Errorf("%d turns are still taken", len(c.slots))
	}
}
