package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts requests by route and status code. Both come from short lists
// of our own, never from what a client sent, so that nobody can fill the memory
// with labels. Each server has its own registry.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

// NewMetrics returns metrics of a server that has seen no request.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "laurel_http_requests_total", Help: "Requests answered, by route and status code.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "laurel_http_request_seconds", Help: "Time to answer, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
	}
	m.registry.MustRegister(m.requests, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Count adds a counter of the server's own with one label, of which only the
// given values exist: any other is counted as "other".
func (m *Metrics) Count(name, help, label string, values ...string) func(value string) {
	vec := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, []string{label})
	m.registry.MustRegister(vec)
	known := map[string]prometheus.Counter{}
	for _, v := range values {
		known[v] = vec.WithLabelValues(v)
	}
	other := vec.WithLabelValues("other")
	return func(value string) {
		if counter, ok := known[value]; ok {
			counter.Inc()
			return
		}
		other.Inc()
	}
}

// Handler answers with all metrics in the Prometheus text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

type routeKey struct{}

// SetRoute names the route of a request that Watch is watching. The name is the
// pattern, "/requests/{id}", never the path. Without it a request counts as
// "other", as those do that no route takes.
func SetRoute(ctx context.Context, pattern string) {
	if route, ok := ctx.Value(routeKey{}).(*string); ok {
		*route = pattern
	}
}

// Watch counts, times and logs every request, and turns a panic of next into a
// 500 by way of fail. The log names method, route, status and time: no address,
// no path, no header and no body, because those are about people, and because
// a stranger could write into the log with them.
func (m *Metrics) Watch(log *slog.Logger, fail Fail, next http.Handler) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start, route := time.Now(), "other"
		r = r.WithContext(context.WithValue(r.Context(), routeKey{}, &route))
		rec := &recorder{ResponseWriter: w}
		defer func() {
			m.recovered(log, fail, rec, r, recover())
			took := time.Since(start)
			code := strconv.Itoa(rec.code())
			m.requests.WithLabelValues(route, code).Inc()
			m.seconds.WithLabelValues(route).Observe(took.Seconds())
			log.Info("request", "method", method(r), "route", route, "code", rec.code(),
				"bytes", rec.bytes, "ms", took.Milliseconds())
			if rec.broken {
				panic(http.ErrAbortHandler) // cut the connection: half an answer must not look whole
			}
		}()
		next.ServeHTTP(rec, r)
	})
}

// recovered answers for a handler that panicked.
func (m *Metrics) recovered(log *slog.Logger, fail Fail, rec *recorder, r *http.Request, value any) {
	if value == nil {
		return
	}
	// The value may hold a piece of somebody's document; its type and the
	// runtime's own messages do not.
	what := fmt.Sprintf("%T", value)
	if err, ok := value.(runtime.Error); ok {
		what = err.Error()
	}
	log.Error("panic", "what", what, "stack", string(debug.Stack()))
	if rec.status != 0 {
		rec.broken = true
		return
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Disposition", "ETag"} {
		rec.Header().Del(name)
	}
	fail(rec, r, NewProblem(http.StatusInternalServerError, "Something went wrong on our side; nothing was judged."))
}

// method keeps what a client calls its method out of the log.
func method(r *http.Request) string {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return r.Method
	default:
		return "other"
	}
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	broken bool
}

func (rec *recorder) code() int {
	if rec.status == 0 {
		return http.StatusOK
	}
	return rec.status
}

// WriteHeader remembers the status and passes it on.
func (rec *recorder) WriteHeader(status int) {
	if rec.status == 0 {
		rec.status = status
	}
	rec.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes and passes them on.
func (rec *recorder) Write(p []byte) (int, error) {
	if rec.status == 0 {
		rec.status = http.StatusOK
	}
	n, err := rec.ResponseWriter.Write(p)
	rec.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the writer underneath.
func (rec *recorder) Unwrap() http.ResponseWriter { return rec.ResponseWriter }
