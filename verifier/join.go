package verifier

// Answer is one presentation, or one bare credential, of those that answer a
// request, judged by itself.
type Answer struct {
	Query  string // the id of the question that it answers
	Report *Report
}

// Join makes one report of all that was answered to one request, and of the row
// that compares it with what was asked. A row about the envelopes is that of the
// worst among them, with the evidence of all; every credential becomes a part, and
// keeps its own table. Without any answer only the row about the request is there.
func Join(answers []Answer, request Check) *Report {
	joined := &Report{Type: ReportType, Subject: Presentation}
	request.Row = RowRequest
	for _, c := range presentationChecks {
		if row, ok := joinRow(c.row, answers); ok && c.row != RowRequest {
			joined.Checks = append(joined.Checks, row)
		}
	}
	joined.Checks = append(joined.Checks, request)
	joined.digests(answers)
	for i, a := range answers {
		r := a.Report
		if i == 0 {
			joined.At, joined.Made, joined.Holder = r.At, r.Made, r.Holder
		}
		if r.Holder != joined.Holder {
			joined.Holder = "" // several, each in the evidence
		}
		joined.Duration += r.Duration
		parts := []*Report{r}
		if r.Subject == Presentation {
			parts = r.Parts
		}
		for _, part := range parts {
			part.Answers = a.Query
			joined.Parts = append(joined.Parts, part)
		}
	}
	joined.conclude()
	return joined
}

// digests keeps by which digest the wallet's receipt names what it sent: that of the
// whole report, or, of several, one each.
func (r *Report) digests(answers []Answer) {
	if len(answers) == 1 {
		r.SHA256 = answers[0].Report.SHA256
		return
	}
	if row := r.Check(RowFormat); row != nil {
		for _, a := range answers {
			row.Evidence = append(row.Evidence, Evidence{What: "what was sent", SHA256: a.Report.SHA256})
		}
	}
}

// joinRow is the worst of the rows that the envelopes have; false if none has it.
func joinRow(row Row, answers []Answer) (worst Check, found bool) {
	var seen []Evidence
	for _, a := range answers {
		c := a.Report.Check(row)
		if a.Report.Subject != Presentation || c == nil {
			continue
		}
		seen = append(seen, c.Evidence...)
		if !found || severity(c.Outcome) > severity(worst.Outcome) {
			worst, found = *c, true
		}
	}
	worst.Evidence = seen
	return worst, found
}
