package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/internal/serve"
	"laurel/verifier"
)

// How long an answer may take. The verifier itself ends every verdict within
// ten seconds, and all documents of a request are judged side by side; these
// bounds hold even if it does not.
const (
	patience = 11 * time.Second // then the verifier is told to stop
	grace    = time.Second      // and then it is no longer waited for
)

// reportsType is the "type" member of an answer with several reports.
const reportsType = "laurel/reports/v1"

// answer is a report with the name of the document that it is about.
type answer struct {
	Name   string           `json:"name"`
	Report *verifier.Report `json:"report"`

	why *why // for the button that shows why; nil if there is none
}

// check answers POST /verify.
func (s *server) check(w http.ResponseWriter, r *http.Request) {
	in := s.takeIn(w, r)
	if in == nil {
		return
	}
	reports, refused := look(r.Context(), s, in, s.verify)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	answers := make([]answer, len(reports))
	for i, report := range reports {
		s.verdicts(string(report.Verdict))
		answers[i] = answer{Name: in.documents[i].name, Report: report, why: s.why(in.documents[i])}
	}
	if in.page {
		s.pages.Answer(w, http.StatusOK, reportPage, frame(pageTitle(answers), present(answers)))
		return
	}
	writeJSON(w, answers)
}

// takeIn reads the documents of a request and waits for a turn to work on them,
// which in.leave ends. If that is nil, the request has been answered.
func (s *server) takeIn(w http.ResponseWriter, r *http.Request) *received {
	w.Header().Set("Vary", "Accept")
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		s.fail(w, r, refused)
		return nil
	}
	leave := sync.OnceFunc(visit.Leave)
	in, refused := s.receive(w, r, visit)
	if refused != nil {
		leave()
		s.fail(w, r, refused)
		return nil
	}
	in.leave = leave
	in.page = serve.Prefers(r, "application/json", "text/html") == "text/html"
	if len(in.documents) == 0 {
		if in.page {
			leave()
			s.showHome(w, r, "Choose a file or paste a text first.")
			return nil
		}
		in.documents = []document{{expect: in.expect}} // nothing is a document too, and a bad one
	}
	if refused := visit.Work(r.Context()); refused != nil {
		leave()
		s.fail(w, r, refused)
		return nil
	}
	return in
}

// errFault says that a verdict ended in a fault of ours; what it was is logged.
var errFault = errors.New("the verifier failed")

// glance is how one document is looked at: verifier.Verify, doctor.Practice.Inspect.
type glance[T any] func(ctx context.Context, data []byte, expect verifier.Expectation) (*T, error)

// look gives a result for every document, or none at all. It calls leave when
// the work is over, which may be later than its return: a verdict that does not
// end in time keeps its turn, so that slow ones cannot pile up.
func look[T any](ctx context.Context, s *server, in *received, at glance[T]) ([]*T, *serve.Problem) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	results := make([]*T, len(in.documents))
	done := make(chan error, 1)
	go func() {
		defer in.leave()
		defer cancel()
		var group errgroup.Group
		for i, d := range in.documents {
			group.Go(func() (err error) {
				results[i], err = lookOnce(ctx, s, d, at)
				return err
			})
		}
		done <- group.Wait()
	}()
	tooLate := time.NewTimer(s.patience + grace)
	defer tooLate.Stop()
	select {
	case err := <-done:
		if err != nil {
			return nil, s.noVerdict(ctx, err)
		}
	case <-tooLate.C:
		return nil, tooSlow()
	}
	return results, nil
}

// lookOnce calls the verifier and turns a panic into an error: no document may
// end the process, and no half verdict may leave it.
func lookOnce[T any](ctx context.Context, s *server, d document, at glance[T]) (result *T, err error) {
	defer func() {
		if value := recover(); value != nil {
			s.log.Error("panic while judging", "what", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			result, err = nil, errFault
		}
	}()
	if result, err = at(ctx, d.data, d.expect); err == nil && result == nil {
		err = errFault
	}
	return result, err
}

func (s *server) noVerdict(ctx context.Context, err error) *serve.Problem {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return tooSlow()
	}
	s.log.Error("no report", "cause", err)
	return serve.NewProblem(http.StatusInternalServerError, "Something went wrong on our side; nothing was judged.")
}

func tooSlow() *serve.Problem {
	p := serve.NewProblem(http.StatusServiceUnavailable, "The check took too long. Please try again shortly.")
	p.RetryAfter = 2 * time.Second
	return p
}

// writeJSON answers with the report, or with all of them under their names when
// the request brought several documents.
func writeJSON(w http.ResponseWriter, answers []answer) {
	var value any = answers[0].Report
	if len(answers) > 1 {
		value = struct {
			Type    string   `json:"type"`
			Reports []answer `json:"reports"`
		}{reportsType, answers}
	}
	sendJSON(w, value)
}

func sendJSON(w http.ResponseWriter, value any) {
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err) // a fault of ours: 500, and no half report
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}
