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
}

// check answers POST /verify.
func (s *server) check(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	leave := sync.OnceFunc(visit.Leave)
	in, refused := s.receive(w, r, visit)
	if refused != nil {
		leave()
		s.fail(w, r, refused)
		return
	}
	page := serve.Prefers(r, "application/json", "text/html") == "text/html"
	if len(in.documents) == 0 {
		if page {
			leave()
			s.showHome(w, "Choose a file or paste a text first.")
			return
		}
		in.documents = []document{{expect: in.expect}} // nothing is a document too, and a bad one
	}
	if refused := visit.Work(r.Context()); refused != nil {
		leave()
		s.fail(w, r, refused)
		return
	}
	answers, refused := s.judge(r.Context(), in.documents, leave)
	if refused != nil {
		s.fail(w, r, refused)
		return
	}
	if page {
		s.pages.Answer(w, http.StatusOK, reportPage, frame(pageTitle(answers), present(answers)))
		return
	}
	writeJSON(w, answers)
}

// errFault says that a verdict ended in a fault of ours; what it was is logged.
var errFault = errors.New("the verifier failed")

// judge gives a report for every document, or none at all. It calls leave when
// the work is over, which may be later than its return: a verdict that does not
// end in time keeps its turn, so that slow ones cannot pile up.
func (s *server) judge(ctx context.Context, documents []document, leave func()) ([]answer, *serve.Problem) {
	ctx, cancel := context.WithTimeout(ctx, s.patience)
	answers := make([]answer, len(documents))
	done := make(chan error, 1)
	go func() {
		defer leave()
		defer cancel()
		var group errgroup.Group
		for i, d := range documents {
			group.Go(func() error {
				report, err := s.judgeOne(ctx, d)
				answers[i] = answer{Name: d.name, Report: report}
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
	for _, a := range answers {
		s.verdicts(string(a.Report.Verdict))
	}
	return answers, nil
}

// judgeOne calls the verifier and turns a panic into an error: no document may
// end the process, and no half verdict may leave it.
func (s *server) judgeOne(ctx context.Context, d document) (report *verifier.Report, err error) {
	defer func() {
		if value := recover(); value != nil {
			s.log.Error("panic while judging", "what", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			report, err = nil, errFault
		}
	}()
	if report, err = s.verify(ctx, d.data, d.expect); err == nil && report == nil {
		err = errFault
	}
	return report, err
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
	body, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		panic(err) // a fault of ours: 500, and no half report
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}
