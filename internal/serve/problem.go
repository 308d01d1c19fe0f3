package serve

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
)

// Problem says why a request was not answered, in the members of RFC 9457,
// section 3.1. It is an error, so that it can travel as one to the place that
// writes it.
type Problem struct {
	Type   string `json:"type,omitempty"`   // a URI; "" means about:blank, the status says all
	Title  string `json:"title"`            // the kind of problem, the same each time
	Status int    `json:"status"`           // the HTTP status code
	Detail string `json:"detail,omitempty"` // what to do about it, a sentence for people
	Code   string `json:"code,omitempty"`   // stable name for programs, "SESSION_EXPIRED"; most need none

	// RetryAfter is sent as a header, in whole seconds rounded up; 0 sends none.
	RetryAfter time.Duration `json:"-"`
}

// NewProblem returns a problem whose title is the standard name of the status.
func NewProblem(status int, detail string) *Problem {
	return &Problem{Title: http.StatusText(status), Status: status, Detail: detail}
}

// Named returns the problem with a code.
func (p *Problem) Named(code string) *Problem {
	p.Code = code
	return p
}

// Error returns status, title and detail in one line.
func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s", p.Status, p.Title, p.Detail)
}

// Head writes the headers that every form of the problem shares, and the
// status line: after it, only the body is missing.
func (p *Problem) Head(w http.ResponseWriter, contentType string) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Cache-Control", "no-store")
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(p.RetryAfter.Seconds()))))
	}
	w.WriteHeader(p.Status)
}

// Write answers with the problem as application/problem+json.
func (p *Problem) Write(w http.ResponseWriter) {
	body, err := json.Marshal(p)
	if err != nil { // strings and an int: only invalid UTF-8 could do it
		body = []byte(`{"title":"` + http.StatusText(p.Status) + `"}`)
	}
	p.Head(w, "application/problem+json")
	_, _ = w.Write(append(body, '\n'))
}

// Fail writes a problem in the form that suits the client: WriteProblem for
// programs, a page for people.
type Fail func(http.ResponseWriter, *http.Request, *Problem)

// WriteProblem is the Fail of servers that speak only to programs.
func WriteProblem(w http.ResponseWriter, _ *http.Request, p *Problem) { p.Write(w) }
