package web

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"laurel/internal/serve"
	"laurel/internal/ui"
	"laurel/verifier"
	"laurel/verifier/display"
	shareweb "laurel/verifier/share/web"
	"laurel/verifier/upload"
)

// shares is what answers for what learners share.
func (s *server) shares(c Config) *shareweb.Desk {
	return &shareweb.Desk{
		Book: c.Shares, URL: c.Desk.URL, Clients: s.clients, Fail: s.Fail, Judge: s.judgeShare, Show: s.showShare, Log: s.Log,
	}
}

// judgeShare judges what is at a link, as /verify judges what is sent.
func (s *server) judgeShare(ctx context.Context, visit *serve.Visit, documents [][]byte, expect verifier.Expectation) ([]*verifier.Report, *serve.Problem) {
	if refused := visit.Work(ctx); refused != nil {
		return nil, refused
	}
	in := &received{Brought: &upload.Brought{}, leave: func() {}}
	for _, data := range documents {
		in.Documents = append(in.Documents, upload.Document{Data: data, Expect: expect})
	}
	out, refused := look(ctx, s, in, s.verify)
	for _, report := range out {
		s.verdicts(string(report.Verdict))
	}
	return out, refused
}

// shareView is the page behind a link.
type shareView struct {
	display.Reports
	Checked, Shared, Expires time.Time

	By      string // who judges
	Address string // the link itself
}

func (s *server) showShare(w http.ResponseWriter, r *http.Request, v shareweb.View) {
	judged := make([]display.Judged, len(v.Reports))
	for i, report := range v.Reports {
		judged[i] = display.Judged{Name: v.Names[i], Report: report}
	}
	w.Header().Set("Vary", "Accept")
	if serve.Prefers(r, "text/html", "application/json") != "text/html" {
		writeJSON(w, judged)
		return
	}
	view := shareView{
		Reports: display.Lay(judged), Checked: v.Reports[0].Made, Shared: v.Shared, Expires: v.Expires, By: v.By, Address: v.Address,
	}
	for _, sh := range view.Sheets { // nobody who looks has put a question
		sh.Rows = slices.DeleteFunc(sh.Rows, func(row display.Row) bool { return row.Row == verifier.RowRequest })
	}
	page := display.Frame(display.Title(judged), view)
	page.Note = "What is shared is kept sealed until " + ui.Date(v.Expires) + ", and opens with this address alone. Its owner can take it back, and sees how often it was looked at, not by whom."
	page.Preview = &ui.Preview{Title: v.Title, Text: "Shared by its holder. Open it to have it checked at that moment.", Address: v.Address, Picture: v.Picture}
	if v.Picture == "" {
		origin, _, _ := strings.Cut(v.Address, "/s/")
		page.Preview.Picture = origin + ui.Seal()
	}
	s.pages.Answer(w, http.StatusOK, "shared.html", page)
}
