package web

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gorilla/mux"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/verifier"
	"laurel/verifier/request"
	"laurel/verifier/session"
)

// tableView is all answers to an open request: a row for each applicant, a column
// for each thing that was asked for.
type tableView struct {
	Inquiry  *request.Inquiry
	ID       string
	Who      who
	Page     string // for the poster: in the QR code
	Code     string
	CodeAt   string
	Secret   string
	Closes   time.Time
	Closed   bool
	KeptDays int
	Rows     []tableRow
}

// tableRow is one answer.
type tableRow struct {
	ID       string
	Result   string
	At       time.Time
	Name     string
	Mark     string
	Word     string
	Headline string
	Slots    []slot
	Verdict  verifier.Verdict
}

func (s *server) tableView(r *http.Request, p *session.Poster) (tableView, error) {
	inquiry, err := request.ReadInquiry(p.Ask)
	if err != nil {
		return tableView{}, err
	}
	links := s.desk.PosterLinks(p)
	view := tableView{
		Inquiry: inquiry, ID: p.ID, Who: s.who(), Page: links.Page, Code: session.SpellCode(p.Code), CodeAt: withoutScheme(links.Code),
		Secret: p.Secret, Closes: p.Expires, Closed: p.Closed(s.now()), KeptDays: days(p.Retention),
	}
	err = s.desk.Book.Visits(r.Context(), p.ID, func(v *session.Session) error {
		row, err := newTableRow(inquiry, v)
		view.Rows = append(view.Rows, row)
		return err
	})
	return view, err
}

func newTableRow(inquiry *request.Inquiry, v *session.Session) (tableRow, error) {
	report, err := reportOf(v)
	if err != nil {
		return tableRow{}, err
	}
	row := tableRow{ID: v.ID, Result: "/results/" + v.Secret, At: v.Answer.At, Name: shownName(v, report), Mark: "skipped", Word: "Declined"}
	if report == nil {
		return row, nil
	}
	sh := newSheet(report, "", "r", 1)
	row.Mark, row.Word, row.Headline, row.Verdict = sh.Mark, sh.Word, report.Headline, report.Verdict
	row.Slots = slots(inquiry, sh)
	return row, nil
}

// showTable shows the poster and all answers to it.
func (s *server) showTable(w http.ResponseWriter, r *http.Request, p *session.Poster) *serve.Problem {
	view, err := s.tableView(r, p)
	if err != nil {
		return s.problemOf(err)
	}
	if wantsPage(r) {
		page := s.frame(r, view.Inquiry.Title, view)
		page.Note = "Whoever has this address can read and delete these answers."
		s.pages.Answer(w, http.StatusOK, "table.html", page)
		return nil
	}
	type line struct {
		At       time.Time        `json:"at"`
		Name     string           `json:"name,omitempty"`
		Verdict  verifier.Verdict `json:"verdict,omitempty"`
		Headline string           `json:"headline,omitempty"`
		Result   string           `json:"result"`
	}
	out := struct {
		State   string    `json:"state"`
		Expires time.Time `json:"expires"`
		Answers []line    `json:"answers"`
	}{State: "open", Expires: p.Expires, Answers: []line{}}
	if view.Closed {
		out.State = string(session.Expired)
	}
	for _, row := range view.Rows {
		out.Answers = append(out.Answers, line{row.At, row.Name, row.Verdict, row.Headline, s.desk.URL + row.Result})
	}
	sendJSON(w, out)
	return nil
}

// table gives all answers to an open request as comma-separated values.
func (s *server) table(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	found, err := s.desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err == nil && found.Poster == nil {
		err = session.ErrUnknown
	}
	if err != nil {
		return s.problemOf(err)
	}
	view, err := s.tableView(r, found.Poster)
	if err != nil {
		return s.problemOf(err)
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="answers.csv"`)
	out := csv.NewWriter(w)
	head := []string{"answered", "applicant", "verdict", "in words"}
	for _, want := range view.Inquiry.Wants {
		head = append(head, want.Label, want.Label+": in words")
	}
	_ = out.Write(cells(append(head, "report")))
	for _, row := range view.Rows {
		line := []string{row.At.UTC().Format(time.RFC3339), row.Name, row.Word, row.Headline}
		for i := range view.Inquiry.Wants {
			line = append(line, slotCells(row.Slots, i)...)
		}
		_ = out.Write(cells(append(line, s.desk.URL+row.Result)))
	}
	out.Flush() // a client that left is its own affair
	return nil
}

// slotCells are the two cells of one slot: the badges, and what is to be said.
func slotCells(all []slot, i int) []string {
	if i >= len(all) {
		return []string{"", ""}
	}
	var names, lines []string
	for _, b := range all[i].Badges {
		names, lines = append(names, b.Name), append(lines, b.Headline)
	}
	return []string{strings.Join(names, "; "), strings.Join(lines, " ")}
}

// cells makes texts harmless in a spreadsheet: one line each, and none that a
// program would take for a formula and run.
func cells(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		text = credential.Plain(text)
		if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("=+-@|%＝＋－＠", first) {
			text = "'" + text
		}
		out[i] = text
	}
	return out
}
