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
	"laurel/verifier/display"
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
	Slots    []display.Slot
	Verdict  verifier.Verdict
}

func (c *Counter) tableView(r *http.Request, p *session.Poster) (tableView, error) {
	inquiry, err := request.ReadInquiry(p.Ask)
	if err != nil {
		return tableView{}, err
	}
	links := c.Desk.PosterLinks(p)
	view := tableView{
		Inquiry: inquiry, ID: p.ID, Who: c.who(), Page: links.Page, Code: session.SpellCode(p.Code), CodeAt: withoutScheme(links.Code),
		Secret: p.Secret, Closes: p.Expires, Closed: p.Closed(c.now()), KeptDays: days(p.Retention),
	}
	err = c.Desk.Book.Visits(r.Context(), p.ID, func(v *session.Session) error {
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
	row := tableRow{ID: v.ID, Result: "/results/" + v.Secret, At: v.Answer.At, Name: shownName(v, report), Mark: "skipped", Word: "No answer"}
	if report == nil {
		row.Headline = noAnswer(v.Answer.Declined)
		return row, nil
	}
	sh := display.NewSheet(report)
	row.Mark, row.Word, row.Headline, row.Verdict = sh.Mark, sh.Word, report.Headline, report.Verdict
	row.Slots = slots(inquiry, sh)
	return row, nil
}

// showTable shows the poster and all answers to it.
func (c *Counter) showTable(w http.ResponseWriter, r *http.Request, p *session.Poster) *serve.Problem {
	view, err := c.tableView(r, p)
	if err != nil {
		return c.problemOf(err)
	}
	if wantsPage(r) {
		page := c.frame(r, view.Inquiry.Title, view)
		page.Note = "Whoever has this address can read and delete these answers."
		c.pages.Answer(w, http.StatusOK, "table.html", page)
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
		out.Answers = append(out.Answers, line{row.At, row.Name, row.Verdict, row.Headline, c.Desk.URL + row.Result})
	}
	serve.WriteJSON(w, out)
	return nil
}

// table gives all answers to an open request as comma-separated values.
func (c *Counter) table(w http.ResponseWriter, r *http.Request, _ *serve.Visit) *serve.Problem {
	found, err := c.Desk.Book.BySecret(r.Context(), mux.Vars(r)["secret"])
	if err == nil && found.Poster == nil {
		err = session.ErrUnknown
	}
	if err != nil {
		return c.problemOf(err)
	}
	view, err := c.tableView(r, found.Poster)
	if err != nil {
		return c.problemOf(err)
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
		_ = out.Write(cells(append(line, c.Desk.URL+row.Result)))
	}
	out.Flush() // a client that left is its own affair
	return nil
}

// slotCells are the two cells of one slot: the badges, and what is to be said.
func slotCells(all []display.Slot, i int) []string {
	if i >= len(all) {
		return []string{"", ""}
	}
	var names, lines []string
	for _, b := range all[i].Badges {
		names, lines = append(names, b.Name), append(lines, b.Headline)
	}
	return []string{strings.Join(names, ", "), strings.Join(lines, " ")}
}

// cells makes texts harmless in a spreadsheet: one line each, none that a program would
// take for a formula and run, and none that begins a new cell in programs for countries
// where these are parted by semicolons.
func cells(texts []string) []string {
	out := make([]string, len(texts))
	for i, text := range texts {
		text = strings.ReplaceAll(credential.Plain(text), ";", ",")
		if first, _ := utf8.DecodeRuneInString(text); strings.ContainsRune("=+-@|%＝＋－＠", first) {
			text = "'" + text
		}
		out[i] = text
	}
	return out
}
