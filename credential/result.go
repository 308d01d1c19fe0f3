package credential

import (
	"laurel/internal/strictjson"
)

// Result is one grade, score, level or status that the earner reached, joined
// with what the achievement says about that kind of result. Numbers are texts, as
// they were written: "4.0" stays "4.0".
type Result struct {
	Label    string // name of the result description: "Final Project Grade"
	Type     string // LetterGrade, Percent, RubricCriterionLevel, Status …
	Value    string // what was reached: "A", "87"
	Level    string // the rubric level that was reached
	Status   string // Completed, Enrolled …
	Min, Max string // valueMin, valueMax
	Required string // what was needed to pass, as a value or the name of a level
	Allowed  []string
	// Alignments are the skills that this result speaks to.
	Alignments []Alignment
}

// results reads the results of a subject; each names its description by id in one
// of the achievements.
func (r *reader) results(results, achievements strictjson.Value) []Result {
	descriptions := make(map[string]strictjson.Value)
	for _, a := range achievements.List() {
		for _, d := range a.Get("resultDescription").List() {
			descriptions[d.Get("id").Str()] = d
		}
	}
	return each(r, results, func(v strictjson.Value) Result {
		return r.result(v, descriptions[v.Get("resultDescription").Str()])
	})
}

func (r *reader) result(v, description strictjson.Value) Result {
	levels := description.Get("rubricCriterionLevel")
	required := r.scalar(description.Get("requiredValue"))
	if required == "" {
		required = r.level(levels, description.Get("requiredLevel"))
	}
	return Result{
		Label:      r.text(description.Get("name")),
		Type:       r.text(description.Get("resultType")),
		Value:      r.scalar(v.Get("value")),
		Level:      r.level(levels, v.Get("achievedLevel")),
		Status:     r.text(v.Get("status")),
		Min:        r.scalar(description.Get("valueMin")),
		Max:        r.scalar(description.Get("valueMax")),
		Required:   required,
		Allowed:    each(r, description.Get("allowedValue"), r.scalar),
		Alignments: each(r, v.Get("alignment"), r.alignment),
	}
}

// level is the name of the rubric level with that id, or the id itself when the
// achievement does not describe it.
func (r *reader) level(levels, id strictjson.Value) string {
	wanted := id.Str()
	if wanted == "" {
		return ""
	}
	for _, l := range levels.List() {
		if l.Get("id").Str() == wanted {
			return r.text(l.Get("name"))
		}
	}
	return Plain(wanted)
}
