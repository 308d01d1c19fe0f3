// Package serve holds the manners of every server in Laurel: how long a
// client may take, how much it may send, how often it may come, and how it is
// told that something went wrong. What a server says is the business of the
// web package of each actor; how it behaves towards strangers is decided once,
// here.
//
// # A server
//
//	metrics := serve.NewMetrics()
//	clients := serve.NewClients(serve.Limits{})
//
//	routes := http.NewServeMux()
//	routes.Handle("GET /healthz", serve.Health())
//	routes.Handle("GET /metrics", metrics.Handler())
//	routes.HandleFunc("POST /verify", func(w http.ResponseWriter, r *http.Request) {
//		visit, refused := clients.Arrive(r) // 429: this client comes too often
//		if refused != nil {
//			refused.Write(w)
//			return
//		}
//		defer visit.Leave()
//		body, refused := visit.Body(w, r, 1<<20) // 413, 415, 429, 503
//		if refused != nil {
//			refused.Write(w)
//			return
//		}
//		if refused := visit.Work(r.Context()); refused != nil { // 429, 503
//			refused.Write(w)
//			return
//		}
//		… // the work, of which only so much happens at the same time
//	})
//
//	h := serve.Headers(serve.PagePolicy, metrics.Watch(log, serve.WriteProblem, routes))
//	err := serve.Run(ctx, listener, h, serve.Options{Log: log}) // until ctx is done
//
// # Refusals
//
// A request that is not answered gets a Problem (RFC 9457). The functions here
// return one instead of writing it, so that a page can show it as a page.
// Refusals are about the transport alone: 413 for too many bytes, 415 for a
// media type or an encoding, 429 for one client asking too much, 503 for all
// clients together asking too much, 500 for a fault of ours. What is wrong with
// a document is never a refusal; it is an answer.
package serve

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// How long one connection may take. A badge is 10 kB and a verdict at most ten
// seconds; whoever needs longer than this is not in trouble but making it.
const (
	headerTimeout  = 5 * time.Second  // a request head fits one packet
	readTimeout    = 20 * time.Second // 8 MiB on a 4 Mbit/s line
	writeTimeout   = 45 * time.Second // reading, waiting for a turn, judging and answering
	idleTimeout    = 60 * time.Second // a person reads a page for about a minute
	drainTimeout   = 15 * time.Second // the longest verdict and then some
	maxHeaderBytes = 16 << 10         // browsers send under 2 kB; nothing here sets cookies that grow
)

// Options set how long a server waits. The zero value is what Laurel runs with;
// tests shorten the times.
type Options struct {
	Log *slog.Logger // nil discards

	// Proxies are the reverse proxies that may have more connections open than one
	// client may. This machine may as well.
	Proxies []netip.Prefix

	Header time.Duration // for the head of a request; 0 means 5 s
	Read   time.Duration // for head and body; 0 means 20 s
	Write  time.Duration // from the head to the end of the answer; 0 means 45 s
	Idle   time.Duration // between two requests of a connection; 0 means 60 s
	Drain  time.Duration // for requests under way when the server stops; 0 means 15 s
}

// Run answers the connections of ln with h until ctx is done, then takes no new
// ones, lets requests under way finish for opt.Drain, and returns. It closes ln.
// The error is nil after an orderly stop, context.DeadlineExceeded when
// requests had to be cut off, and otherwise what made the server stop early.
func Run(ctx context.Context, ln net.Listener, h http.Handler, opt Options) error {
	log := opt.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	srv := &http.Server{
		Handler:           lastIfChunked(h),
		ReadHeaderTimeout: orElse(opt.Header, headerTimeout),
		ReadTimeout:       orElse(opt.Read, readTimeout),
		WriteTimeout:      orElse(opt.Write, writeTimeout),
		IdleTimeout:       orElse(opt.Idle, idleTimeout),
		MaxHeaderBytes:    maxHeaderBytes,
		ConnState:         newCallers(opt.Proxies, maxConnections).watch,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	go func() { stopped <- srv.Serve(ln) }()
	log.Info("serving", "address", ln.Addr().String())
	running, stop := context.WithCancel(ctx)
	defer stop()
	limitMemory()
	go giveBack(running, quietAfter)

	select {
	case err := <-stopped:
		return err
	case <-ctx.Done():
	}
	log.Info("stopping")
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), orElse(opt.Drain, drainTimeout))
	defer cancel()
	err := srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	if served := <-stopped; !errors.Is(served, http.ErrServerClosed) { // which we asked for
		err = errors.Join(err, served)
	}
	return err
}

// lastIfChunked ends a connection of HTTP/1.1 after a body that came in chunks. If a
// length stood beside them, net/http does not tell, and a proxy on the way may have
// gone by it: what follows would be a request that somebody hid in a body (RFC 9112,
// section 6.1, wants the connection closed).
func lastIfChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}

func orElse(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

// Health answers that the process is up and can answer. It looks at nothing
// else: a status list that cannot be reached is no reason to restart a server.
func Health() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(`{"status":"ok"}` + "\n"))
	})
}
