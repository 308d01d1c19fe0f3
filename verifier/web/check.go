package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/upload"
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

// received is what a request asks to be judged, and how to answer it.
type received struct {
	*upload.Brought
	page  bool   // a page is wanted, not JSON
	leave func() // when the work is done
}

// check answers POST /verify.
func (s *server) check(w http.ResponseWriter, r *http.Request) {
	in := s.takeIn(w, r)
	if in == nil {
		return
	}
	reports, refused := look(r.Context(), s, in, s.verify)
	if refused != nil {
		s.Fail(w, r, refused)
		return
	}
	judged := make([]display.Judged, len(reports))
	for i, report := range reports {
		s.verdicts(string(report.Verdict))
		judged[i] = display.Judged{Name: in.Documents[i].Name, Report: report, Why: s.why(in.Documents[i])}
	}
	if in.page {
		s.pages.Answer(w, http.StatusOK, display.ReportPage, display.Frame(display.Title(judged), display.Lay(judged)))
		return
	}
	writeJSON(w, judged)
}

// takeIn reads the documents of a request and waits for a turn to work on them,
// which in.leave ends. If that is nil, the request has been answered.
func (s *server) takeIn(w http.ResponseWriter, r *http.Request) *received {
	w.Header().Set("Vary", "Accept")
	visit, refused := s.clients.Arrive(r)
	if refused != nil {
		s.Fail(w, r, refused)
		return nil
	}
	leave := sync.OnceFunc(visit.Leave)
	brought, refused := upload.Read(w, r, visit)
	if refused != nil {
		leave()
		s.Fail(w, r, refused)
		return nil
	}
	in := &received{brought, serve.Prefers(r, "application/json", "text/html") == "text/html", leave}
	s.complete(in)
	if len(in.Documents) == 0 {
		if in.page {
			leave()
			s.showHome(w, r, "Choose a file or paste a text first.")
			return nil
		}
		in.Documents = []upload.Document{{Expect: in.Expect}} // nothing is a document too, and a bad one
	}
	if refused := visit.Work(r.Context()); refused != nil {
		leave()
		s.Fail(w, r, refused)
		return nil
	}
	return in
}

// complete puts the documents in place of the names of samples, and says of each
// document what it is expected to answer. An unknown name stays an empty document.
func (s *server) complete(in *received) {
	for i := range in.Documents {
		d := &in.Documents[i]
		if d.Data == nil && in.Form {
			at := slices.IndexFunc(s.samples, func(sample Sample) bool { return sample.Name == d.Name })
			if at < 0 {
				d.Name = credential.Plain(d.Name)
			} else {
				*d = s.samples[at].document()
			}
		}
		if d.Expect == (verifier.Expectation{}) {
			d.Expect = in.Expect
		}
	}
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
	results := make([]*T, len(in.Documents))
	done := make(chan error, 1)
	go func() {
		defer in.leave()
		defer cancel()
		var group errgroup.Group
		for i, d := range in.Documents {
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
		return nil, serve.TooSlow()
	}
	return results, nil
}

// lookOnce calls the verifier and turns a panic into an error: no document may
// end the process, and no half verdict may leave it.
func lookOnce[T any](ctx context.Context, s *server, d upload.Document, at glance[T]) (result *T, err error) {
	defer func() {
		if value := recover(); value != nil {
			s.Log.Error("panic while judging", "what", fmt.Sprintf("%T", value), "stack", string(debug.Stack()))
			result, err = nil, errFault
		}
	}()
	if result, err = at(ctx, d.Data, d.Expect); err == nil && result == nil {
		err = errFault
	}
	return result, err
}

func (s *server) noVerdict(ctx context.Context, err error) *serve.Problem {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return serve.TooSlow()
	}
	s.Log.Error("no report", "cause", err)
	return serve.NewProblem(http.StatusInternalServerError, "Something went wrong on our side; nothing was judged.")
}

// writeJSON answers with the report, or with all of them under their names when
// the request brought several documents.
func writeJSON(w http.ResponseWriter, judged []display.Judged) {
	var value any = judged[0].Report
	if len(judged) > 1 {
		value = struct {
			Type    string           `json:"type"`
			Reports []display.Judged `json:"reports"`
		}{reportsType, judged}
	}
	serve.WriteJSON(w, value)
}
