package web

import (
	"fmt"
	"net/http"
	"time"

	"laurel/verifier/session"
)

const (
	// streamLife bounds one stream; browsers come back by themselves.
	streamLife = 10 * time.Minute
	// heartbeat keeps proxies from closing a stream on which nothing happens, and
	// finds out that nobody listens any more.
	heartbeat = 15 * time.Second
)

// events streams the state of a session as server-sent events: at once, and
// whenever it changes. A stream counts as one visit while it begins, and as a
// watcher while it lasts.
func (c *Counter) events(find func(*http.Request) (*session.Session, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visit, refused := c.Clients.Arrive(r)
		if refused != nil {
			c.Fail(w, r, refused)
			return
		}
		visit.Leave()
		v, err := find(r)
		if err != nil {
			c.Fail(w, r, c.problemOf(err))
			return
		}
		news, stop, err := c.Desk.Book.Watch(v.ID, visit.Name())
		if err != nil {
			c.Fail(w, r, c.problemOf(err))
			return
		}
		defer stop()
		stream := &stream{w: w, control: http.NewResponseController(w)}
		if stream.begin() != nil {
			return
		}
		c.follow(r, v.ID, news, stream)
	}
}

// follow sends states until the session is at its end, or the stream is: one that is
// new at once, and the same again when it has been quiet for a while.
func (c *Counter) follow(r *http.Request, id string, news <-chan struct{}, stream *stream) {
	end := time.NewTimer(streamLife)
	defer end.Stop()
	quiet, sent := true, session.State("")
	for {
		v, err := c.Desk.Book.Get(r.Context(), id)
		if err != nil {
			_ = stream.send("gone")
			return
		}
		state := v.Stage(c.now())
		if (quiet || state != sent) && stream.send(string(state)) != nil || ended(state) != nil {
			return
		}
		quiet, sent = false, state
		pause := time.NewTimer(min(heartbeat, max(v.Expires.Sub(c.now()), time.Second/10)))
		select {
		case <-news:
		case <-pause.C:
			quiet = true
		case <-end.C:
			pause.Stop()
			return
		case <-c.Stop:
			pause.Stop()
			return
		case <-r.Context().Done():
			pause.Stop()
			return
		}
		pause.Stop()
	}
}

// stream is an answer without an end.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

// begin lifts the limits of usual answers, and sends the head.
func (st *stream) begin() error {
	if err := st.control.SetReadDeadline(time.Time{}); err != nil {
		return err
	}
	h := st.w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy that collects would deliver too late
	st.w.WriteHeader(http.StatusOK)
	return nil
}

// send sends one event. A listener who does not take it in time is gone.
func (st *stream) send(state string) error {
	if err := st.control.SetWriteDeadline(time.Now().Add(heartbeat)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(st.w, "data: %s\n\n", state); err != nil {
		return err
	}
	return st.control.Flush()
}
