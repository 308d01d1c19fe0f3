package web

import (
	"context"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/verifier"
	shareweb "laurel/verifier/share/web"
)

// shareRoutes are the routes of what learners share; package verifier/share/web has
// them.
func (s *server) shareRoutes(r *mux.Router) {
	desk := &shareweb.Desk{
		Book: s.shares, URL: s.desk.URL, Clients: s.clients, Fail: s.fail, Judge: s.judgeShare, Show: s.showShare, Log: s.log,
	}
	desk.Mount(r)
}

// judgeShare judges what is at a link, as /verify judges what is sent.
func (s *server) judgeShare(ctx context.Context, visit *serve.Visit, documents [][]byte, expect verifier.Expectation) ([]*verifier.Report, *serve.Problem) {
	if refused := visit.Work(ctx); refused != nil {
		return nil, refused
	}
	in := &received{leave: func() {}}
	for _, data := range documents {
		in.documents = append(in.documents, document{data: data, expect: expect})
	}
	out, refused := look(ctx, s, in, s.verify)
	for _, report := range out {
		s.verdicts(string(report.Verdict))
	}
	return out, refused
}

// shareView is the page behind a link.
type shareView struct {
	reports
	Shared, Expires time.Time
}

func (s *server) showShare(w http.ResponseWriter, r *http.Request, v shareweb.View) {
	answers := make([]answer, len(v.Reports))
	for i, report := range v.Reports {
		answers[i] = answer{Report: report}
	}
	w.Header().Set("Vary", "Accept")
	if serve.Prefers(r, "text/html", "application/json") != "text/html" {
		writeJSON(w, answers)
		return
	}
	view := shareView{present(answers), v.Shared, v.Expires}
	for _, sh := range view.Sheets {
		for i := range sh.Rows {
			if sh.Rows[i].Row == verifier.RowChallenge { // nobody who looks has put a question
				sh.Rows[i].Title = "Made for this link"
			}
		}
	}
	page := frame(pageTitle(answers), view)
	page.Note = "What is shared is kept sealed until " + ui.Date(v.Expires) + ", and opens with this address alone. Its owner can take it back, and sees how often it was looked at, not by whom."
	page.Preview = &ui.Preview{Title: v.Title, Text: "Shared by its holder. Open it to have it checked at that moment.", Address: v.Address, Picture: v.Picture}
	s.pages.Answer(w, http.StatusOK, "shared.html", page)
}
