package credential

import (
	"laurel/internal/strictjson"
)

// Result is one grade, score, level or status that the earner reached, joined
// with what the achievement says about that kind of result. Numbers are texts, as
// they were written: "4.0" stays "4.0".
type Result struct {
	Label    string   `json:"label,omitzero"`  // name of the result description: "Final Project Grade"
	Type     string   `json:"type,omitzero"`   // LetterGrade, Percent, RubricCriterionLevel, Status …
	Value    string   `json:"value,omitzero"`  // what was reached: "A", "87"
	Level    string   `json:"level,omitzero"`  // the rubric level that was reached
	Status   string   `json:"status,omitzero"` // Completed, Enrolled …
	Min      string   `json:"min,omitzero"`    // valueMin, valueMax
	Max      string   `json:"max,omitzero"`
	Required string   `json:"required,omitzero"` // what was needed to pass, as a value or the name of a level
	Allowed  []string `json:"allowed,omitzero"`
	// Alignments are the skills that this result speaks to.
	Alignments []Alignment `json:"alignments,omitzero"`
}

// rubric is what the achievements of a badge say about its possible results.
type rubric struct {
	descriptions map[string]strictjson.Value // by id
	levels       map[string]strictjson.Value // rubric levels of all descriptions, by id
}

// results reads the results of a subject; each names its description by id in one
// of the achievements.
func (r *reader) results(results, achievements strictjson.Value) []Result {
	known := rubric{make(map[string]strictjson.Value), make(map[string]strictjson.Value)}
	for _, a := range achievements.List() {
		for _, d := range a.Get("resultDescription").List() {
			known.descriptions[d.Get("id").Str()] = d
			for _, l := range d.Get("rubricCriterionLevel").List() {
				known.levels[l.Get("id").Str()] = l
			}
		}
	}
	return each(r, results, func(v strictjson.Value) Result { return r.result(v, known) })
}

func (r *reader) result(v strictjson.Value, known rubric) Result {
	description := known.descriptions[v.Get("resultDescription").Str()]
	required := r.scalar(description.Get("requiredValue"))
	if required == "" {
		required = r.level(description.Get("requiredLevel").Str(), known)
	}
	return Result{
		Label:      r.text(description.Get("name")),
		Type:       r.text(description.Get("resultType")),
		Value:      r.scalar(v.Get("value")),
		Level:      r.level(v.Get("achievedLevel").Str(), known),
		Status:     r.text(v.Get("status")),
		Min:        r.scalar(description.Get("valueMin")),
		Max:        r.scalar(description.Get("valueMax")),
		Required:   required,
		Allowed:    each(r, description.Get("allowedValue"), r.scalar),
		Alignments: each(r, v.Get("alignment"), r.alignment),
	}
}

// level is the name of the rubric level with that id, or the id itself when no
// achievement describes it.
func (r *reader) level(id string, known rubric) string {
	if name := r.text(known.levels[id].Get("name")); name != "" {
		return name
	}
	return Plain(id)
}
