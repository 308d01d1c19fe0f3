package web

import (
	"fmt"
	"net/http"
	"unicode/utf8"

	"laurel/credential/baking"
	"laurel/internal/serve"
	"laurel/verifier/display"
	"laurel/verifier/doctor"
	"laurel/verifier/upload"
)

// inspectPage is the template of a page that explains.
const inspectPage = "inspect.html"

// inspectionsType is the "type" member of an answer with several inspections.
const inspectionsType = "laurel/inspections/v1"

// maxWhy bounds the document that a report's page carries along for the button
// that shows why: larger ones are sent again from the front page.
const maxWhy = 200 << 10

// why is nil for what does not travel in a field of a form. Of a picture only
// the badge does.
func (s *server) why(d upload.Document) *display.Why {
	if s.inspect == nil {
		return nil
	}
	badge, err := baking.Read(d.Data)
	if err != nil || len(badge.Payload) > maxWhy || len(badge.Payload) == 0 || !utf8.Valid(badge.Payload) {
		return nil
	}
	return &display.Why{Document: string(badge.Payload), Challenge: d.Expect.Challenge, Domain: d.Expect.Domain}
}

// explained is an inspection with the name of the document that it is about.
type explained struct {
	Name       string             `json:"name"`
	Inspection *doctor.Inspection `json:"inspection"`
}

// explain answers POST /inspect.
func (s *server) explain(w http.ResponseWriter, r *http.Request) {
	in := s.takeIn(w, r)
	if in == nil {
		return
	}
	found, refused := look(r.Context(), s, in, s.inspect)
	if refused != nil {
		s.Fail(w, r, refused)
		return
	}
	if in.page {
		var view exams
		level := 1
		if view.Several = len(found) > 1; view.Several {
			level = 2
		}
		for i, n := range found {
			view.Exams = append(view.Exams, newExam(n, in.Documents[i].Name, fmt.Sprintf("i%d", i+1), level))
		}
		s.pages.Answer(w, http.StatusOK, inspectPage, display.Frame("Show me why", view))
		return
	}
	if len(found) == 1 {
		serve.WriteJSON(w, found[0])
		return
	}
	all := make([]explained, len(found))
	for i, n := range found {
		all[i] = explained{in.Documents[i].Name, n}
	}
	serve.WriteJSON(w, struct {
		Type        string      `json:"type"`
		Inspections []explained `json:"inspections"`
	}{inspectionsType, all})
}

// exams is what the page shows: one inspection, or several under one heading.
type exams struct {
	Several bool
	Exams   []*exam
}

// exam is an inspection as the templates want it.
type exam struct {
	*doctor.Inspection
	Name   string // of the document, as the sender calls it
	Anchor string // id on the page
	Level  int    // of its heading
	Mark   string // the icon of the verdict
	Word   string
	Exams  []*exam // the credentials of a presentation
}

// Sub is the level of headings inside.
func (e *exam) Sub() int { return e.Level + 1 }

// Counted says how much the document says.
func (e *exam) Counted() string {
	switch {
	case e.More:
		return fmt.Sprintf("the first %d values", len(e.Says))
	case len(e.Says) == 1:
		return "1 value"
	}
	return fmt.Sprintf("%d values", len(e.Says))
}

func newExam(n *doctor.Inspection, name, anchor string, level int) *exam {
	e := &exam{Inspection: n, Name: name, Anchor: anchor, Level: level, Mark: "skipped"}
	if n.Report != nil {
		e.Mark, e.Word = string(n.Report.Tone()), display.Word(n.Report)
	}
	for i, part := range n.Parts {
		e.Exams = append(e.Exams, newExam(part, "", fmt.Sprintf("%s-%d", anchor, i+1), level+1))
	}
	return e
}
