package fetch

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a clock that tests move.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.now.Load()).UTC() }
func (c *clock) advance(d time.Duration) { c.now.Add(int64(d)) }

// serve runs a TLS server that stands for https://example.com, and returns
// options that reach it past the address checks.
func serve(t *testing.T, h http.HandlerFunc) Options {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = true
	srv.Config.ErrorLog = nil
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return Options{
		roots: roots,
		dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, srv.Listener.Addr().String())
		},
		Now: newClock().Now,
	}
}

func newClient(t *testing.T, opt Options) *Client {
	t.Helper()
	c := New(opt)
	t.Cleanup(c.Close)
	return c
}

const where = "https://example.com/list"

func TestGet(t *testing.T) {
	opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for name, want := range map[string]string{"Accept": "application/vc", "Cookie": "", "Authorization": "", "User-Agent": "laurel", "Accept-Encoding": "identity"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q, want %q", name, got, want)
			}
		}
		w.Header().Set("Set-Cookie", "track=1")
		w.Header().Set("Content-Type", "application/vc")
		w.Header().Set("Cache-Control", "max-age=300")
		fmt.Fprint(w, `{"list":1}`)
	})
	now := opt.Now()
	c := newClient(t, opt)
	for _, source := range []string{Network, Cache} {
		res, err := c.Get(context.Background(), Request{URL: where, Accept: "application/vc"})
		if err != nil {
			t.Fatal(err)
		}
		if string(res.Body) != `{"list":1}` || res.URL != where || res.ContentType != "application/vc" || res.Source != source {
			t.Errorf("got %+v", res)
		}
		if res.SHA256 != "208d79ca9987d01f635bc7f2df4401ace646cc02529f5e21a03dc54e04b29eea" {
			t.Errorf("SHA256 = %s", res.SHA256)
		}
		if !res.Fetched.Equal(now) || !res.Expires.Equal(now.Add(5*time.Minute)) || res.Age(now.Add(time.Minute)) != time.Minute {
			t.Errorf("Fetched %v, Expires %v", res.Fetched, res.Expires)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, code := range []int{201, 203, 204, 206, 304, 400, 401, 404, 410, 500, 503} {
		opt := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) })
		res, err := newClient(t, opt).Get(context.Background(), Request{URL: where})
		var status *StatusError
		if !errors.Is(err, ErrStatus) || !errors.As(err, &status) || status.Code != code || res != nil {
			t.Errorf("%d: %v, %v", code, res, err)
		}
	}
}

func TestRedirects(t *testing.T) {
	tests := []struct {
		name string
		to   []string // Location of /0, /1 …; after them the document
		ok   bool
	}{
		{"none", nil, true},
		{"one, relative", []string{"/1"}, true},
		{"one, same origin", []string{"https://example.com:443/1"}, true},
		{"two", []string{"/1", "/2"}, false},
		{"a loop", []string{"/0"}, false},
		{"another host", []string{"https://other.example/1"}, false},
		{"a subdomain", []string{"https://www.example.com/1"}, false},
		{"another port", []string{"https://example.com:8443/1"}, false},
		{"to http", []string{"http://example.com/1"}, false},
		{"to loopback", []string{"https://127.0.0.1/1"}, false},
		{"to the metadata service", []string{"http://169.254.169.254/latest/meta-data/"}, false},
		{"to a file", []string{"file:///etc/passwd"}, false},
		{"with a user name", []string{"https://a:b@example.com/1"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := serve(t, func(w http.ResponseWriter, r *http.Request) {
				at := int(r.URL.Path[1] - '0')
				if at < len(tt.to) {
					w.Header().Set("Location", tt.to[at])
					w.WriteHeader(http.StatusFound)
					return
				}
				fmt.Fprint(w, "here")
			})
			res, err := newClient(t, opt).Get(context.Background(), Request{URL: "https://example.com/0"})
			if tt.ok && (err != nil || string(res.Body) != "here") {
				t.Errorf("%v", err)
			}
			if !tt.ok && !errors.Is(err, ErrRefused) {
				t.Errorf("%v, want %v", err, ErrRefused)
			}
		})
	}
}

func pack(parts ...string) []byte {
	var buf bytes.Buffer
	for _, p := range parts {
		w := gzip.NewWriter(&buf)
		_, _ = io.WriteString(w, p)
		_ = w.Close()
	}
	return buf.Bytes()
}

func TestBodies(t *testing.T) {
	const limit = 1000
	tests := []struct {
		name, encoding string
		body           []byte
		chunked        bool
		want           error // nil: the body is "hello" or limit bytes
	}{
		{"plain", "", []byte("hello"), false, nil},
		{"identity", "identity", []byte("hello"), false, nil},
		{"at the limit", "", bytes.Repeat([]byte("x"), limit), false, nil},
		{"over the limit", "", bytes.Repeat([]byte("x"), limit+1), false, ErrTooLarge},
		{"over the limit, length unknown", "", bytes.Repeat([]byte("x"), limit+1), true, ErrTooLarge},
		{"gzip", "gzip", pack("hello"), false, nil},
		{"GZIP", "GZIP", pack("hello"), false, nil},
		{"gzip at the limit", "gzip", pack(strings.Repeat("x", limit)), false, nil},
		{"gzip bomb", "gzip", pack(strings.Repeat("x", 1<<20)), true, ErrTooLarge},
		{"two members", "gzip", pack("hel", "lo"), false, ErrUnreachable},
		{"data behind", "gzip", append(pack("hello"), '!'), false, ErrUnreachable},
		{"cut off", "gzip", pack("hello")[:20], false, ErrUnreachable},
		{"wrong checksum", "gzip", func() []byte { b := pack("hello"); b[len(b)-8] ^= 1; return b }(), false, ErrUnreachable},
		{"not gzip", "gzip", []byte("hello"), false, ErrUnreachable},
		{"deflate", "deflate", []byte("hello"), false, ErrUnreachable},
		{"twice", "gzip, gzip", pack(string(pack("hello"))), false, ErrUnreachable},
		{"br", "br", []byte("hello"), false, ErrUnreachable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				if tt.encoding != "" {
					w.Header().Set("Content-Encoding", tt.encoding)
				}
				if tt.chunked {
					w.(http.Flusher).Flush()
				}
				_, _ = w.Write(tt.body)
			})
			res, err := newClient(t, opt).Get(context.Background(), Request{URL: where, MaxBytes: limit})
			if !errors.Is(err, tt.want) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if tt.want != nil && res != nil {
				t.Error("a resource beside an error")
			}
			if tt.want == nil && string(res.Body) != "hello" && len(res.Body) != limit {
				t.Errorf("body %q", res.Body)
			}
		})
	}
}

func TestSlowServers(t *testing.T) {
	handlers := map[string]http.HandlerFunc{
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"drip": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				fmt.Fprint(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		},
	}
	for name, h := range handlers {
		opt := serve(t, h)
		opt.timeout = 200 * time.Millisecond
		began := time.Now()
		_, err := newClient(t, opt).Get(context.Background(), Request{URL: where})
		if !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "longer than") {
			t.Errorf("%s: %v, want %v", name, err, ErrUnreachable)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

func TestForeignCertificateIsRefused(t *testing.T) {
	opt := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the request was sent") })
	for name, tt := range map[string]struct {
		url   string
		roots *x509.CertPool
	}{
		"unknown authority": {where, x509.NewCertPool()},
		"another name":      {"https://other.test/", opt.roots},
	} {
		opt := opt
		opt.roots = tt.roots
		if _, err := newClient(t, opt).Get(context.Background(), Request{URL: tt.url}); !errors.Is(err, ErrUnreachable) {
			t.Errorf("%s: %v, want %v", name, err, ErrUnreachable)
		}
	}
}

func TestOneFlightForAThousand(t *testing.T) {
	var asked atomic.Int32
	opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		time.Sleep(50 * time.Millisecond)
		w.Header().Set("Cache-Control", "max-age=60")
		fmt.Fprint(w, "x")
	})
	c := newClient(t, opt)
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if _, err := c.Get(context.Background(), Request{URL: where}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestFirstCallerGivesUp(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		close(started)
		<-release
		fmt.Fprint(w, "x")
	})
	c := newClient(t, opt)
	first, cancel := context.WithCancel(context.Background())
	gaveUp := make(chan error)
	go func() {
		_, err := c.Get(first, Request{URL: where})
		gaveUp <- err
	}()
	<-started
	second := make(chan error)
	go func() {
		_, err := c.Get(context.Background(), Request{URL: where})
		second <- err
	}()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) || !errors.Is(err, ErrUnreachable) {
		t.Errorf("the first: %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the second: %v", err)
	}
}

// What breaks down in a flight breaks down for those who wait for it, who can catch it.
// In a goroutine of its own it would end the process.
func TestPanicsReachWhoWaits(t *testing.T) {
	looks, now := 0, newClock().Now
	c := newClient(t, Options{Now: func() time.Time {
		if looks++; looks == 2 { // the first look is the caller's own
			panic("broken")
		}
		return now()
	}})
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("caught %v", got)
		}
	}()
	_, err := c.Get(context.Background(), Request{URL: where})
	t.Errorf("nothing was to be caught: %v", err)
}

func TestTTL(t *testing.T) {
	for _, tt := range []struct {
		control, age string
		want         time.Duration
	}{
		{"", "", defaultTTL},
		{"max-age=300", "", 5 * time.Minute},
		{"public, Max-Age=300", "100", 200 * time.Second},
		{`max-age="300"`, "", 5 * time.Minute},
		{"max-age=300", "400", 0},
		{"max-age=99999999", "", maxTTL},
		{"max-age=99999999999999999999", "", 0},
		{"max-age=-1", "", 0},
		{"max-age=x", "", 0},
		{"no-store", "", 0},
		{"max-age=300, no-cache", "", 0},
	} {
		h := http.Header{}
		h.Set("Cache-Control", tt.control)
		h.Set("Age", tt.age)
		if got := ttl(h); got != tt.want {
			t.Errorf("Cache-Control %q, Age %q: %v, want %v", tt.control, tt.age, got, tt.want)
		}
	}
}

func TestCachedUntilExpired(t *testing.T) {
	var asked atomic.Int32
	status := http.StatusOK
	opt := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.Header().Set("Cache-Control", "max-age=60")
		w.WriteHeader(status)
	})
	clock := newClock()
	opt.Now = clock.Now
	c := newClient(t, opt)
	steps := []struct {
		after  time.Duration
		status int
		want   int32 // requests so far
		err    error
	}{
		{0, 200, 1, nil},
		{59 * time.Second, 200, 1, nil},
		{time.Second, 500, 2, ErrStatus},
		{9 * time.Second, 200, 2, ErrStatus}, // failures are remembered for a while
		{time.Second, 200, 3, nil},
	}
	for i, s := range steps {
		clock.advance(s.after)
		status = s.status
		_, err := c.Get(context.Background(), Request{URL: where})
		if !errors.Is(err, s.err) || asked.Load() != s.want {
			t.Errorf("step %d: %v after %d requests, want %v after %d", i, err, asked.Load(), s.err, s.want)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	var c cache
	now := newClock().Now()
	for i := range 3 * maxEntries {
		var err error
		res := &Resource{Body: make([]byte, 256<<10), Expires: now.Add(time.Duration(i+1) * time.Second)}
		if i%3 == 0 {
			res, err = nil, ErrUnreachable
		}
		c.put(fmt.Sprint(i), res, err, now)
		if len(c.entries) > maxEntries || c.bytes > maxCached {
			t.Fatalf("%d entries, %d bytes", len(c.entries), c.bytes)
		}
	}
	c.put("huge", &Resource{Body: make([]byte, maxCached), Expires: now.Add(time.Hour)}, nil, now)
	if _, _, ok := c.get("huge", now); ok {
		t.Error("one document takes the whole cache")
	}
	for k := range c.entries {
		c.drop(k)
	}
	if c.bytes != 0 {
		t.Errorf("%d bytes in an empty cache", c.bytes)
	}
}

func TestUnsafeLoopback(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") }))
	defer srv.Close()
	local := strings.Replace(srv.URL, "127.0.0.1", "localhost", 1)
	for _, u := range []string{srv.URL, local} {
		if _, err := newClient(t, Options{UnsafeLoopback: true}).Get(context.Background(), Request{URL: u}); err != nil {
			t.Errorf("%s: %v", u, err)
		}
		if _, err := newClient(t, Options{}).Get(context.Background(), Request{URL: u}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s without the switch: %v, want %v", u, err, ErrRefused)
		}
	}
}

// tunnel is an HTTP proxy that sends every CONNECT to one server and notes what
// was asked for.
func tunnel(t *testing.T, dial func(ctx context.Context, network, addr string) (net.Conn, error)) (*url.URL, *sync.Map) {
	t.Helper()
	var seen sync.Map
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Store(r.Method+" "+r.Host, true)
		to, err := dial(r.Context(), "tcp", r.Host)
		if err != nil {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		defer to.Close()
		from, buffered, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer from.Close()
		_, _ = io.WriteString(from, "HTTP/1.1 200 Connected\r\n\r\n")
		go func() { _, _ = io.Copy(to, buffered) }()
		_, _ = io.Copy(from, to)
	}))
	t.Cleanup(srv.Close)
	u, err := ParseProxy(srv.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u, &seen
}

func TestProxy(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1") // never used
	opt := serve(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "through") })
	proxy, seen := tunnel(t, opt.dial)
	// The proxy stands on loopback: its address is exempt, and only it.
	c := newClient(t, Options{Proxy: proxy, roots: opt.roots})
	res, err := c.Get(context.Background(), Request{URL: where})
	if err != nil || string(res.Body) != "through" {
		t.Fatalf("%v", err)
	}
	if _, ok := seen.Load("CONNECT example.com:443"); !ok {
		t.Error("the proxy was not asked")
	}
	for _, u := range []string{
		"https://127.0.0.1/", "https://10.0.0.1/", "https://169.254.169.254/", "https://[::1]/", "https://93.184.216.34/",
		"https://localhost/", "https://metadata.google.internal/", "https://intranet/", proxy.String(),
	} {
		if _, err := c.Get(context.Background(), Request{URL: u}); !errors.Is(err, ErrRefused) {
			t.Errorf("%s through the proxy: %v, want %v", u, err, ErrRefused)
		}
	}
}

func TestLoopbackPassesTheProxyBy(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "x") }))
	defer srv.Close()
	proxy, seen := tunnel(t, nil)
	if _, err := newClient(t, Options{Proxy: proxy, UnsafeLoopback: true}).Get(context.Background(), Request{URL: srv.URL}); err != nil {
		t.Error(err)
	}
	seen.Range(func(k, _ any) bool { t.Errorf("the proxy saw %v", k); return true })
}

func TestConcurrentClientsShareNothing(t *testing.T) {
	opt := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.URL.Path) })
	c := newClient(t, opt)
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			u := fmt.Sprintf("https://example.com/%d", i)
			res, err := c.Get(context.Background(), Request{URL: u})
			if err != nil || "https://example.com"+string(res.Body) != u || res.URL != u {
				t.Errorf("%s: %v", u, err)
			}
		})
	}
	wg.Wait()
}
