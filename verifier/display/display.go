// Package display lays a verifier's report out for people: as a page, or as a part
// of one.
//
//	err := display.Write(file, report) // one file, to be kept or printed
//
// Pages that show a report among other things take the same sheet and place it
// with the piece "sheet", which Pages has ready for their templates:
//
//	pages, err := display.Pages(templates)
//	…
//	{{template "sheet" .Sheet}}
//
// Every choice of tone, word and heading is made here, once, so that a report reads
// alike wherever it is shown. Only what was proven is shown as a badge.
package display

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"time"

	"laurel/internal/ui"
	"laurel/verifier"
)

//go:embed templates/*
var embedded embed.FS

// ReportPage is the name of the page that shows Reports.
const ReportPage = "report.html"

// Pages parses the templates of a verifier's pages, which may use the pieces of
// this package. ReportPage is among them.
func Pages(templates ...fs.FS) (*ui.Pages, error) {
	own, err := fs.Sub(embedded, "templates")
	if err != nil {
		return nil, err
	}
	return ui.NewPages(append([]fs.FS{own}, templates...)...)
}

// Frame is what surrounds each of the verifier's pages.
func Frame(title string, data any) ui.Page {
	return ui.Page{
		Title: title,
		Actor: "Verifier",
		Home:  "/",
		Note:  "What you check here is read, judged and forgotten. Nothing is stored.",
		Data:  data,
	}
}

// Write writes a report as a page that is one file: styles and pictures
// inside, nothing fetched, no script. It is what "laurel verify --html" writes,
// to be filed or printed.
func Write(w io.Writer, r *verifier.Report) error {
	pages, err := Pages()
	if err != nil {
		return err
	}
	judged := []Judged{{Report: r}}
	view := Lay(judged)
	view.Alone = true
	page := Frame(Title(judged), view)
	page.Note = "Made by Laurel on " + ui.Moment(r.Made) + ". A badge can be revoked later: check it again before you rely on this page."
	return pages.WriteAlone(w, ReportPage, page)
}

// Judged is a report with the name of the document that it is about.
type Judged struct {
	Name   string           `json:"name"` // as the sender calls it; "" if it has none
	Report *verifier.Report `json:"report"`
	Why    *Why             `json:"-"` // for the button that shows why; nil leaves it out
}

// Why is what the button "Show me why" sends.
type Why struct {
	Document, Challenge, Domain string
}

// Title is the title of a window that shows these reports.
func Title(judged []Judged) string {
	if len(judged) == 1 {
		return judged[0].Report.Headline
	}
	return strconv.Itoa(len(judged)) + " documents checked"
}

// Reports is what ReportPage shows: one report, or several under one heading.
type Reports struct {
	Several bool
	Alone   bool // a file, from which no link leads to a server
	Sheets  []*Sheet
}

// Sheet is a report as the templates want it: every choice of tone, word and
// heading made, so that they only place things.
type Sheet struct {
	*verifier.Report
	Name   string    // of the document, as the sender calls it
	Anchor string    // id on the page
	Level  int       // of its own heading: 1 on a page of its own
	Word   string    // the verdict in a word or two
	Mark   string    // its icon, the tone's name
	Card   *ui.Badge // nil when nothing was proven to be said
	Rows   []Row
	Sheets []*Sheet // the credentials of a presentation
	Slots  []Slot   // what was asked for, if anything was
	Why    *Why     // nil: no button that shows why
}

// Slot is one thing that was asked for, and what fills it.
type Slot struct {
	Label    string // in the words of whoever asked
	Optional bool
	Mark     string // the icon of the badge to worry about most, or of there being none
	Badges   []Filling
}

// Filling is a credential that fills a slot.
type Filling struct {
	Name     string
	Headline string
	Anchor   string // of its own sheet, on the same page
	Mark     string
}

// Sub is the level of headings inside the sheet.
func (s *Sheet) Sub() int { return s.Level + 1 }

// Checked is the heading over the checks of a presentation, lest they be taken for
// those of the credentials in it; "" is the usual one.
func (s *Sheet) Checked() string {
	if s.Subject == verifier.Presentation && len(s.Sheets) > 0 {
		return "What was checked of how it was shown"
	}
	return ""
}

// AsOf is the time judged for, if that is not when the report was made.
func (s *Sheet) AsOf() time.Time {
	if d := s.Made.Sub(s.At); d > -time.Minute && d < time.Minute {
		return time.Time{}
	}
	return s.At
}

// Took is how long the verdict took, in the unit that suits.
func (s *Sheet) Took() string {
	if s.Duration < time.Millisecond {
		return fmt.Sprintf("%d µs", s.Duration.Microseconds())
	}
	return fmt.Sprintf("%d ms", s.Duration.Milliseconds())
}

// Lay prepares the reports for ReportPage.
func Lay(judged []Judged) Reports {
	several := len(judged) > 1
	level := 1
	if several {
		level = 2
	}
	page := Reports{Several: several}
	for i, j := range judged {
		s := newSheet(j.Report, j.Name, fmt.Sprintf("r%d", i+1), level)
		s.Why = j.Why
		page.Sheets = append(page.Sheets, s)
	}
	return page
}

// NewSheet prepares a report that has a page of its own.
func NewSheet(r *verifier.Report) *Sheet { return newSheet(r, "", "r1", 1) }

func newSheet(r *verifier.Report, name, anchor string, level int) *Sheet {
	s := &Sheet{Report: r, Name: name, Anchor: anchor, Level: level, Mark: string(r.Tone()), Word: Word(r)}
	s.Card = newCard(r)
	s.Rows = newRows(r)
	for i, p := range r.Parts {
		s.Sheets = append(s.Sheets, newSheet(p, "", fmt.Sprintf("%s-%d", anchor, i+1), level+1))
	}
	return s
}

// Word is the verdict in short, beside the icon; the headline says it in full.
func Word(r *verifier.Report) string {
	switch {
	case r.Verdict == verifier.Accepted && r.Tone() == verifier.Good:
		return "Confirmed"
	case r.Verdict == verifier.Accepted:
		return "Confirmed, with a caution"
	case r.Verdict == verifier.Undetermined:
		return "Not confirmed"
	case r.Tone() == verifier.Bad:
		return "Rejected"
	default:
		return "Not accepted"
	}
}

// Row is one check.
type Row struct {
	verifier.Check
	Title string    // what was checked
	Mark  string    // the icon of the outcome
	Word  string    // the outcome
	Made  time.Time // when the report was made, for how old evidence was then
}

// Unfolds reports whether there is more than the sentence.
func (r Row) Unfolds() bool {
	return r.Code != "" || r.Cause != "" || r.Problem != "" || len(r.Evidence) > 0
}

// newRows prepares the checks. Those that an earlier failure left nothing to
// look at say all the same, so they share a line.
func newRows(r *verifier.Report) []Row {
	var rows []Row
	var unreached []string
	for _, c := range r.Checks {
		if c.Code == verifier.NotReached {
			unreached = append(unreached, r.Title(c.Row))
			continue
		}
		rows = append(rows, newRow(r, c))
	}
	if len(unreached) > 0 {
		rest := newRow(r, verifier.Check{Outcome: verifier.Skipped})
		rest.Title = "The other checks"
		rest.Text = "Not looked at, since what failed above left nothing to look at: " + strings.Join(unreached, ", ") + "."
		rows = append(rows, rest)
	}
	return rows
}

func newRow(of *verifier.Report, c verifier.Check) Row {
	r := Row{Check: c, Title: of.Title(c.Row), Made: of.Made}
	switch c.Outcome {
	case verifier.Passed:
		r.Mark, r.Word = "good", "Passed"
	case verifier.Failed:
		r.Mark, r.Word = "bad", "Failed"
	case verifier.Unknown:
		r.Mark, r.Word = "caution", "Could not be checked"
		if c.Row == verifier.RowTrust { // the list was looked at, and the issuer is not on it
			r.Word = "Not vouched for"
		}
	default:
		r.Mark, r.Word = "skipped", "Left out"
	}
	return r
}

// newCard is what a badge says; nil when nothing was proven to be said.
func newCard(r *verifier.Report) *ui.Badge {
	if r.Badge == nil {
		return nil
	}
	var signer *ui.Signer
	if i := r.Issuer; i != nil {
		signer = &ui.Signer{ID: i.ID, Domain: i.Domain, Listed: i.Listed, List: r.TrustList(), Claims: i.Claims}
	}
	return ui.NewBadge(r.Badge, signer)
}
