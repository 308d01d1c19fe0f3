package serve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// What one client and all of them together may ask for. A verdict on a usual
// badge costs well under a millisecond, so that a hundred a second from one
// address are a twentieth of a core: an office behind one address never meets
// the limit, a loop without a pause does.
const (
	defaultRate  = 100             // requests a second from one client, sustained
	defaultBurst = 200             // and at once
	defaultWait  = 3 * time.Second // for a turn; after that a person thinks that it hangs
	defaultBytes = 256 << 20       // bodies in memory at the same time
	slotsPerCPU  = 8               // a verdict mostly waits for the network
	share        = 4               // one client gets at most a quarter of what there is
	defaultKept  = 64 << 20        // what one client may leave on the disk, at once and in each hour after
	maxClients   = 10_000          // remembered at once, about 4 MB
	sweepEvery   = time.Second     // the table is searched for idle clients no more often
)

// Limits say what clients may ask for. The zero value holds the defaults.
type Limits struct {
	Rate  float64       // requests a second from one client; 0 means 100
	Burst int           // requests at once from one client; 0 means 200
	Slots int           // requests at work at the same time; 0 means 8 for each CPU
	Wait  time.Duration // for a slot; 0 means 3 s
	Bytes int64         // bodies in memory at the same time; 0 means 256 MiB
	Kept  int64         // bytes that one client leaves behind in an hour; 0 means 64 MiB

	// Proxies are the reverse proxies whose X-Forwarded-For is believed. From
	// anybody else the header is ignored: it is a line that a stranger typed.
	Proxies []netip.Prefix

	Now func() time.Time // nil means time.Now
}

func (l Limits) filled() Limits {
	if l.Rate <= 0 {
		l.Rate = defaultRate
	}
	if l.Burst <= 0 {
		l.Burst = defaultBurst
	}
	if l.Slots <= 0 {
		l.Slots = slotsPerCPU * runtime.GOMAXPROCS(0)
	}
	l.Wait = orElse(l.Wait, defaultWait)
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Kept <= 0 {
		l.Kept = defaultKept
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	return l
}

// Clients tells clients apart by address and keeps each inside its share. Make
// it with NewClients.
type Clients struct {
	limits Limits
	slots  chan struct{}

	mu      sync.Mutex
	bytes   int64 // free
	table   map[netip.Prefix]*client
	crowd   *client // all who find the table full
	sweepAt time.Time
}

type client struct {
	bucket *rate.Limiter
	kept   *rate.Limiter // bytes
	slots  chan struct{}
	seen   time.Time
	visits int   // under way, guarded by Clients.mu
	bytes  int64 // free, guarded by Clients.mu
}

// NewClients returns an empty table with the given limits.
func NewClients(l Limits) *Clients {
	l = l.filled()
	c := &Clients{
		limits: l,
		slots:  make(chan struct{}, l.Slots),
		bytes:  l.Bytes,
		table:  map[netip.Prefix]*client{},
	}
	c.crowd = c.newClient()
	return c
}

func (c *Clients) newClient() *client {
	return &client{
		bucket: rate.NewLimiter(rate.Limit(c.limits.Rate), c.limits.Burst),
		kept:   rate.NewLimiter(rate.Limit(float64(c.limits.Kept)/3600), int(c.limits.Kept)),
		slots:  make(chan struct{}, max(1, c.limits.Slots/share)),
		bytes:  c.limits.Bytes / share,
	}
}

// Visit is one request of one client: what it holds is given back by Leave.
type Visit struct {
	all     *Clients
	client  *client
	name    netip.Prefix
	held    int64
	working bool
}

// Arrive counts the request against its client's rate. The problem is a 429.
func (c *Clients) Arrive(r *http.Request) (*Visit, *Problem) {
	now := c.limits.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	name := c.address(r)
	cl := c.lookUp(name, now)
	cl.seen = now
	if reservation := cl.bucket.ReserveN(now, 1); reservation.DelayFrom(now) > 0 {
		wait := reservation.DelayFrom(now)
		reservation.CancelAt(now)
		return nil, tooMany("Too many requests from your address.", wait)
	}
	cl.visits++
	return &Visit{all: c, client: cl, name: name}, nil
}

// Action answers a request of a client who was let in, or says why not.
type Action func(w http.ResponseWriter, r *http.Request, visit *Visit) *Problem

// Admit is a handler that lets clients in, as often as their share allows, and gives
// back what they hold when they leave. Problems are sent by fail.
func (c *Clients) Admit(h Action, fail func(http.ResponseWriter, *http.Request, *Problem)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit, refused := c.Arrive(r)
		if refused == nil {
			defer visit.Leave()
			refused = h(w, r, visit)
		}
		if refused != nil {
			fail(w, r, refused)
		}
	})
}

// lookUp finds or makes the entry of a client. A table that is full of busy
// clients hands out the crowd's entry: a flood from ever new addresses costs
// no memory, and the clients already known are not affected by it.
func (c *Clients) lookUp(key netip.Prefix, now time.Time) *client {
	if cl, ok := c.table[key]; ok {
		return cl
	}
	if len(c.table) >= maxClients {
		c.sweep(now)
	}
	if len(c.table) >= maxClients {
		return c.crowd
	}
	cl := c.newClient()
	c.table[key] = cl
	return cl
}

// sweep forgets the clients whose buckets have filled up again, or half of the large
// one that takes an hour: forgetting them changes little for them.
func (c *Clients) sweep(now time.Time) {
	if now.Before(c.sweepAt) {
		return
	}
	c.sweepAt = now.Add(sweepEvery)
	refill := time.Duration(float64(c.limits.Burst) / c.limits.Rate * float64(time.Second))
	for key, cl := range c.table {
		if cl.visits == 0 && now.Sub(cl.seen) > refill && cl.kept.TokensAt(now) >= float64(c.limits.Kept)/2 {
			delete(c.table, key)
		}
	}
}

// address tells clients apart: an IPv4 address, or the /64 that one IPv6
// customer owns. Behind proxies that are believed it is the last address of
// X-Forwarded-For that is not such a proxy.
func (c *Clients) address(r *http.Request) netip.Prefix {
	addr := peer(r.RemoteAddr)
	if c.proxy(addr) {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(hops) - 1; i >= 0 && c.proxy(addr); i-- {
			hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
			if err != nil {
				break
			}
			addr = hop.Unmap().WithZone("")
		}
	}
	return network(addr)
}

// network is what one client is known by: an address, or the /64 that it can choose from.
func network(addr netip.Addr) netip.Prefix {
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	prefix, _ := addr.Prefix(bits) // the zero prefix for no address: one more client
	return prefix
}

func peer(remote string) netip.Addr {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap().WithZone("")
}

func (c *Clients) proxy(addr netip.Addr) bool {
	for _, p := range c.limits.Proxies {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

// Name is what the visit's client is counted by: an address, or a network of them.
// It is about a person, and not to be written down.
func (v *Visit) Name() string { return v.name.String() }

// Hold reserves memory for n bytes of a body. The problem is a 429 when the
// client's share is used up and a 503 when the memory of all is.
func (v *Visit) Hold(n int64) *Problem {
	c := v.all
	c.mu.Lock()
	defer c.mu.Unlock()
	if n > v.client.bytes {
		return tooMany("Too many documents from your address at the same time.", time.Second)
	}
	if n > c.bytes {
		return busy()
	}
	v.client.bytes -= n
	c.bytes -= n
	v.held += n
	return nil
}

// Keep counts n bytes that will stay after the visit, on the disk, against what its
// client may leave behind. The problem is a 429: else whoever is let in to answer once
// could come again and again until the disk is full.
func (v *Visit) Keep(n int) *Problem {
	now := v.all.limits.Now()
	reservation := v.client.kept.ReserveN(now, n)
	if wait := reservation.DelayFrom(now); wait > 0 {
		reservation.CancelAt(now)
		return tooMany("Your address has left as much here as it may for now.", min(wait, time.Hour))
	}
	return nil
}

// Body reads a whole request body of at most limit bytes. The problem is a 415
// for any Content-Encoding (a small body that unpacks to a large one is never
// unpacked), a 413 before anything is kept of a body that says that it is too
// large, and as soon as the limit is passed of one that does not say; a 429 or
// 503 as of Hold.
func (v *Visit) Body(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, *Problem) {
	stream, refused := v.Stream(w, r, limit)
	if refused != nil {
		return nil, refused
	}
	data, err := ReadAll(stream)
	if err != nil {
		return nil, ReadProblem(err, limit)
	}
	return data, nil
}

// ReadAll is io.ReadAll for what strangers send: it holds what has come and little
// more. A slice that grows would hold twice that whenever it moves, also for a body
// that is then too large.
func ReadAll(r io.Reader) ([]byte, error) {
	var pieces [][]byte
	for size := 4 << 10; ; size = min(2*size, 1<<20) {
		piece := make([]byte, 0, size)
		for len(piece) < cap(piece) {
			n, err := r.Read(piece[len(piece):cap(piece)])
			piece = piece[:len(piece)+n]
			if err == io.EOF {
				return bytes.Join(append(pieces, piece), nil), nil
			}
			if err != nil {
				return nil, err
			}
		}
		pieces = append(pieces, piece)
	}
}

// Stream is Body for those who read piece by piece; ReadProblem turns an error
// of the stream into a problem.
func (v *Visit) Stream(w http.ResponseWriter, r *http.Request, limit int64) (io.Reader, *Problem) {
	if len(r.Header.Values("Content-Encoding")) > 0 {
		return nil, NewProblem(http.StatusUnsupportedMediaType, "Send the body as it is, without Content-Encoding.")
	}
	size := r.ContentLength
	if size > limit {
		w.Header().Set("Connection", "close") // do not wait for the rest of it
		return nil, tooLarge(limit)
	}
	if size < 0 {
		size = limit
	}
	if refused := v.Hold(size); refused != nil {
		return nil, refused
	}
	return http.MaxBytesReader(w, r.Body, limit), nil
}

// ReadProblem turns an error met while reading a body of at most limit bytes
// into a 413, or a 400 for a body that broke off.
func ReadProblem(err error, limit int64) *Problem {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return tooLarge(limit)
	}
	return NewProblem(http.StatusBadRequest, "The body broke off before its end.")
}

// Work waits for a turn: only so many requests are at work at the same time,
// and one client has at most a quarter of the turns. The problem is a 429 when
// the client waits for itself and a 503 when it waits for others.
func (v *Visit) Work(ctx context.Context) *Problem {
	timeout := time.NewTimer(v.all.limits.Wait)
	defer timeout.Stop()
	select {
	case v.client.slots <- struct{}{}:
	case <-timeout.C:
		return tooMany("Too many requests from your address at the same time.", time.Second)
	case <-ctx.Done():
		return busy()
	}
	select {
	case v.all.slots <- struct{}{}:
		v.working = true
		return nil
	case <-timeout.C:
	case <-ctx.Done():
	}
	<-v.client.slots
	return busy()
}

// Leave gives back what the visit holds. It must be called once, after the
// last use of what was held.
func (v *Visit) Leave() {
	if v.working {
		<-v.all.slots
		<-v.client.slots
	}
	v.all.mu.Lock()
	defer v.all.mu.Unlock()
	v.client.visits--
	v.client.bytes += v.held
	v.all.bytes += v.held
}

func tooMany(detail string, wait time.Duration) *Problem {
	p := NewProblem(http.StatusTooManyRequests, detail+" Please wait a moment and try again.")
	p.RetryAfter = max(wait, time.Second)
	return p
}

func tooLarge(limit int64) *Problem {
	return NewProblem(http.StatusRequestEntityTooLarge, fmt.Sprintf("At most %d MiB can be checked at once.", limit>>20))
}

func busy() *Problem {
	p := NewProblem(http.StatusServiceUnavailable, "Everybody is checking at the moment. Please try again shortly.")
	p.RetryAfter = 2 * time.Second
	return p
}

// TooSlow says that a verdict did not come in time.
func TooSlow() *Problem {
	p := NewProblem(http.StatusServiceUnavailable, "The check took too long. Please try again shortly.")
	p.RetryAfter = 2 * time.Second
	return p
}
