package web

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/serve"
	"laurel/verifier/request"
)

const (
	maxDays    = 365     // that the page offers to keep an answer
	maxMinutes = 24 * 60 // that it offers to wait for one
)

// mistake is what is wrong with the asking form, in words, and in which field; ""
// is the form as a whole.
type mistake struct{ Field, Text string }

// mistakeIn finds what the desk refused in the form, so that it can be said beside
// the field that it is in. What the desk found is the last word.
func mistakeIn(form url.Values, a request.Ask, refused *serve.Problem) mistake {
	within := func(name string, most int) bool {
		n, err := strconv.Atoi(form.Get(name))
		return form.Get(name) == "" || err == nil && 1 <= n && n <= most
	}
	save := strings.TrimSpace(form.Get("save"))
	switch {
	case save != "" && !request.IsTemplateName(save):
		return mistake{"save", "Small letters, digits and dashes, please."}
	case !within("retention", maxDays):
		return mistake{"retention", "Between 1 and 365 days."}
	case !within("minutes", maxMinutes):
		return mistake{"minutes", "Between 1 and 1440 minutes, which is a day."}
	case len(a.Query) > 0 && len(a.ProofOf) > 0:
		return mistake{"dcql_query", "Either the fields above or a query of your own, not both."}
	case len(a.Query) > 0:
		return mistake{"dcql_query", upper(strings.TrimPrefix(strings.TrimPrefix(refused.Detail, request.ErrAsk.Error()+": "), "dcql_query: "))}
	case len(a.ProofOf) == 0 && a.Template == "":
		return mistake{"achievement", "Say what you want to see: the address of a badge here, or a skill below."}
	}
	for _, t := range things(form, mistake{}) {
		minimum, grades := strings.TrimSpace(t.Value("minimum")), lines(t.Value("grades"))
		_, notNumber := strconv.ParseFloat(minimum, 64)
		switch {
		case t.Filled("label", "grades", "minimum") && !t.Filled("achievement", "tag", "alignment", "issuers", "issuer"):
			return mistake{t.Field("achievement"), "Say what you want to see: the address of a badge here, or a skill below."}
		case minimum != "" && len(grades) > 0 && !slices.Contains(grades, minimum):
			return mistake{t.Field("minimum"), "This is none of the grades."}
		case minimum != "" && len(grades) == 0 && notNumber != nil:
			return mistake{t.Field("minimum"), "Without grades this is a number."}
		}
	}
	return mistake{"", refused.Detail}
}

// upper begins a sentence.
func upper(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// Described ties a field to its hint, and to what is wrong with it if anything is;
// then the field has the focus, so that people come to it first.
func (m mistake) Described(field string) described { return described{field, m.Field == field} }

// described is what the template of that name makes attributes of.
type described struct {
	Field string
	Wrong bool
}

// In is the mistake if it is in that field; nil if it is not.
func (m mistake) In(field string) *mistake {
	if m.Field != field {
		return nil
	}
	return &m
}
