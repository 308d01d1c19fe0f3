// Package achievement completes what a person writes of an Achievement of Open
// Badges 3.0 (section B.1.1), so that nobody has to write what follows from the
// rest: its id, the types of its parts, the ids of its results, and an image.
//
//	a, err := achievement.Complete(written, achievement.Options{ID: "https://school.example/achievements/barista"})
//
// makes of
//
//	{"name": "Barista", "description": "Makes good coffee.", "criteria": {"narrative": "Pull ten good shots."},
//	 "resultDescription": [{"name": "Exam", "resultType": "LetterGrade"}]}
//
// an Achievement with the id, the types "Achievement" and "ResultDescription", the id
// "https://school.example/achievements/barista#result-1" for the exam, and a seal
// with a B on it. What is written already stays as it is.
package achievement

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
	"laurel/issuer/emblem"
)

var (
	// ErrIncomplete says that there is no achievement, or nothing that it is called.
	ErrIncomplete = errors.New("there is too little of an achievement")
	// ErrResult says that an achievement describes no result of that name.
	ErrResult = errors.New("there is no such result")
	// ErrValue says that a result cannot have that value.
	ErrValue = errors.New("this is no value of that result")
)

// Options are what an achievement is completed with where it says nothing itself.
type Options struct {
	ID       string // required
	Colour   string // of the image that is drawn, "#1f4e79"; "" is chosen by the name
	Monogram string // in its middle, at most four characters; "" is the name's initials
}

// Complete adds what a person need not write. It wraps ErrIncomplete, or
// emblem.ErrDesign for an image that cannot be drawn.
func Complete(a strictjson.Value, opt Options) (strictjson.Value, error) {
	if a.Kind() != strictjson.Dict {
		return strictjson.Value{}, fmt.Errorf("%w: it is no object", ErrIncomplete)
	}
	if a.Get("name").Str() == "" {
		return strictjson.Value{}, fmt.Errorf("%w: it has no name", ErrIncomplete)
	}
	if !a.Get("id").Exists() {
		a = first("id", strictjson.String(opt.ID), a)
	}
	a = typed(a, "Achievement")
	a = eachTyped(a, "alignment", "Alignment")
	a = eachTyped(a, "resultDescription", "ResultDescription")
	a = eachTyped(a, "related", "Related")
	for n, d := range a.Get("resultDescription").List() {
		if d.Kind() == strictjson.Dict && !d.Get("id").Exists() {
			d = first("id", strictjson.String(fmt.Sprintf("%s#result-%d", a.Get("id").Str(), n+1)), d)
			a = replaced(a, "resultDescription", n, d)
		}
	}
	switch image := a.Get("image"); image.Kind() {
	case strictjson.Absent:
	case strictjson.Text:
		return a.With("image", Image(image.Str(), "")), nil
	default:
		return a.With("image", typed(image, "Image")), nil
	}
	svg, err := emblem.Draw(a.Get("name").Str(), opt.Colour, opt.Monogram)
	if err != nil {
		return strictjson.Value{}, err
	}
	return a.With("image", Image(emblem.DataURL(svg), a.Get("name").Str())), nil
}

// Result returns the id of a result that an achievement describes, given its name or
// id, if a value is one that it allows: of allowedValue, and from valueMin to valueMax
// (Open Badges 3.0, ResultDescription). It wraps ErrResult, and says which there are,
// or ErrValue.
func Result(a strictjson.Value, name, value string) (id string, err error) {
	var known []string
	for _, d := range a.Get("resultDescription").List() {
		if d.Get("name").Str() == name || d.Get("id").Str() == name {
			if err := allowed(d, value); err != nil {
				return "", err
			}
			return d.Get("id").Str(), nil
		}
		known = append(known, fmt.Sprintf("%q", d.Get("name").Str()))
	}
	if known == nil {
		return "", fmt.Errorf("describes no results, so %q would mean nothing: %w", name, ErrResult)
	}
	return "", fmt.Errorf("describes the results %s, not %q: %w", strings.Join(known, ", "), name, ErrResult)
}

// allowed compares a value with what its description says of values. A least or
// greatest value that is no number orders nothing.
func allowed(description strictjson.Value, value string) error {
	var all []string
	for _, v := range description.Get("allowedValue").List() {
		all = append(all, v.Str())
	}
	if len(all) > 0 && !slices.Contains(all, value) {
		return fmt.Errorf("allows %q for %q, not %q: %w", all, description.Get("name").Str(), value, ErrValue)
	}
	number, bad := strconv.ParseFloat(value, 64)
	for _, bound := range []struct {
		member, says string
		side         int
	}{{"valueMin", "at least", -1}, {"valueMax", "at most", 1}} {
		limit, err := strconv.ParseFloat(description.Get(bound.member).Str(), 64)
		if err == nil && (bad != nil || cmp.Compare(number, limit) == bound.side) {
			return fmt.Errorf("wants %s %v for %q, not %q: %w", bound.says, limit, description.Get("name").Str(), value, ErrValue)
		}
	}
	return nil
}

// Image is an Image of Open Badges 3.0. An empty caption is left out.
func Image(url, caption string) strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(url)},
		strictjson.Member{Name: "type", Value: strictjson.String("Image")},
		strictjson.Member{Name: "caption", Value: strictjson.Optional(caption)},
	)
}

// first puts a member before all others, where people look for an id.
func first(name string, value, object strictjson.Value) strictjson.Value {
	members := append([]strictjson.Member{{Name: name, Value: value}}, object.Without(name).Members()...)
	return strictjson.Object(members...)
}

// typed gives an object a type if it has none.
func typed(object strictjson.Value, name string) strictjson.Value {
	if object.Kind() != strictjson.Dict || object.Get("type").Exists() {
		return object
	}
	return object.With("type", strictjson.Strings(name))
}

// eachTyped gives every object of a member a type if it has none. One value
// stays one, several stay several.
func eachTyped(object strictjson.Value, member, name string) strictjson.Value {
	for n, e := range object.Get(member).List() {
		object = replaced(object, member, n, typed(e, name))
	}
	return object
}

// replaced exchanges the n-th value of a "one or many" member.
func replaced(object strictjson.Value, member string, n int, value strictjson.Value) strictjson.Value {
	if object.Get(member).Kind() != strictjson.List {
		return object.With(member, value)
	}
	elems := append([]strictjson.Value(nil), object.Get(member).Elems()...)
	elems[n] = value
	return object.With(member, strictjson.Array(elems...))
}
