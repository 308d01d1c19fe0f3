package web

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"laurel/internal/ui"
	"laurel/verifier"
)

// reportPage is the template of a page with reports.
const reportPage = "report.html"

// WriteReport writes a report as a page that is one file: styles and pictures
// inside, nothing fetched, no script. It is what "laurel verify --html" writes,
// to be filed or printed.
func WriteReport(w io.Writer, r *verifier.Report) error {
	pages, err := loadPages()
	if err != nil {
		return err
	}
	answers := []answer{{Report: r}}
	view := present(answers)
	view.Alone = true
	page := frame(pageTitle(answers), view)
	page.Note = "Made by Laurel on " + ui.Moment(r.Made) + ". A badge can be revoked later: check it again before you rely on this page."
	return pages.WriteAlone(w, reportPage, page)
}

// pageTitle is the title of the window.
func pageTitle(answers []answer) string {
	if len(answers) == 1 {
		return answers[0].Report.Headline
	}
	return strconv.Itoa(len(answers)) + " documents checked"
}

// reports is what the page shows: one report, or several under one heading.
type reports struct {
	Several bool
	Alone   bool // a file, from which no link leads to a server
	Sheets  []*sheet
}

// sheet is a report as the templates want it: every choice of tone, word and
// heading made, so that they only place things.
type sheet struct {
	*verifier.Report
	Name   string    // of the document, as the sender calls it
	Anchor string    // id on the page
	Level  int       // of its own heading: 1 on a page of its own
	Word   string    // the verdict in a word or two
	Mark   string    // its icon, the tone's name
	Card   *ui.Badge // nil when nothing was proven to be said
	Rows   []row
	Sheets []*sheet // the credentials of a presentation
	Slots  []slot   // what was asked for, if anything was
	Why    *why     // nil: no button that shows why
}

// Sub is the level of headings inside the sheet.
func (s *sheet) Sub() int { return s.Level + 1 }

// Checked is the heading over the checks of a presentation, lest they be taken for
// those of the credentials in it; "" is the usual one.
func (s *sheet) Checked() string {
	if s.Subject == verifier.Presentation && len(s.Sheets) > 0 {
		return "What was checked of how it was shown"
	}
	return ""
}

// AsOf is the time judged for, if that is not when the report was made.
func (s *sheet) AsOf() time.Time {
	if d := s.Made.Sub(s.At); d > -time.Minute && d < time.Minute {
		return time.Time{}
	}
	return s.At
}

// Took is how long the verdict took, in the unit that suits.
func (s *sheet) Took() string {
	if s.Duration < time.Millisecond {
		return fmt.Sprintf("%d µs", s.Duration.Microseconds())
	}
	return fmt.Sprintf("%d ms", s.Duration.Milliseconds())
}

// present prepares the reports for the page.
func present(answers []answer) reports {
	several := len(answers) > 1
	level := 1
	if several {
		level = 2
	}
	page := reports{Several: several}
	for i, a := range answers {
		s := newSheet(a.Report, a.Name, fmt.Sprintf("r%d", i+1), level)
		s.Why = a.why
		page.Sheets = append(page.Sheets, s)
	}
	return page
}

func newSheet(r *verifier.Report, name, anchor string, level int) *sheet {
	s := &sheet{Report: r, Name: name, Anchor: anchor, Level: level, Mark: string(r.Tone()), Word: word(r)}
	s.Card = newCard(r)
	s.Rows = newRows(r)
	for i, p := range r.Parts {
		s.Sheets = append(s.Sheets, newSheet(p, "", fmt.Sprintf("%s-%d", anchor, i+1), level+1))
	}
	return s
}

// word is the verdict in short, beside the icon; the headline says it in full.
func word(r *verifier.Report) string {
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

// row is one check.
type row struct {
	verifier.Check
	Title string
	Mark  string
	Word  string
	Made  time.Time
}

// Unfolds reports whether there is more than the sentence.
func (r row) Unfolds() bool {
	return r.Code != "" || r.Cause != "" || r.Problem != "" || len(r.Evidence) > 0
}

// newRows prepares the checks. Those that an earlier failure left nothing to
// look at say all the same, so they share a line.
func newRows(r *verifier.Report) []row {
	var rows []row
	var unreached []string
	for _, c := range r.Checks {
		if c.Code == verifier.NotReached {
			unreached = append(unreached, newRow(c, r.Made).Title)
			continue
		}
		rows = append(rows, newRow(c, r.Made))
	}
	if len(unreached) > 0 {
		rest := newRow(verifier.Check{Outcome: verifier.Skipped}, r.Made)
		rest.Title = "The other checks"
		rest.Text = "Not looked at, since what failed above left nothing to look at: " + strings.Join(unreached, ", ") + "."
		rows = append(rows, rest)
	}
	return rows
}

func newRow(c verifier.Check, made time.Time) row {
	r := row{Check: c, Title: c.Row.Title(), Made: made}
	switch c.Outcome {
	case verifier.Passed:
		r.Mark, r.Word = "good", "Passed"
	case verifier.Failed:
		r.Mark, r.Word = "bad", "Failed"
	case verifier.Unknown:
		r.Mark, r.Word = "caution", "Could not be checked"
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
		signer = &ui.Signer{ID: i.ID, Domain: i.Domain, Listed: i.Listed, Claims: i.Claims}
	}
	return ui.NewBadge(r.Badge, signer)
}
