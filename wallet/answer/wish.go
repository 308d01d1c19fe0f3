package answer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/credential"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

// maxListed is how many values of a claim stand in one line.
const maxListed = 12

// Wish is one thing that is asked for, as a person thinks of it. A verifier has to
// name the same badge once for each form that it may have, so several Needs of the
// request may be one wish, and whatever answers one of them fulfils it.
type Wish struct {
	Set      int // which of Sets it is; -1 if it is none
	Optional bool
	Kinds    []Kind
}

// Kind is what is said in the same words of several Needs: they differ in their form.
type Kind struct {
	Title string
	Asks  []Ask
	Needs []*Need
}

// Needs are those of all kinds.
func (w Wish) Needs() []*Need {
	var all []*Need
	for _, k := range w.Kinds {
		all = append(all, k.Needs...)
	}
	return all
}

// Wishes are what is asked for, in the request's order. Needs that are wanted in
// combinations, so that one of Sets has to say which, are a wish each.
func (q *Inquiry) Wishes() []Wish {
	var all []Wish
	grouped := map[string]bool{}
	for i, set := range q.Sets {
		if !set.Simple() {
			continue
		}
		w := Wish{Set: i, Optional: set.Optional}
		for _, option := range set.Options {
			grouped[option.Needs[0]] = true
			w.add(q.Need(option.Needs[0]))
		}
		all = append(all, w)
	}
	for i := range q.Needs {
		if n := &q.Needs[i]; !grouped[n.Query.ID] {
			w := Wish{Set: -1}
			w.add(n)
			all = append(all, w)
		}
	}
	return all
}

func (w *Wish) add(n *Need) {
	if n == nil {
		return
	}
	k := Kind{Title: n.Title(), Asks: n.Asks(), Needs: []*Need{n}}
	for i := range w.Kinds {
		if w.Kinds[i].Title == k.Title && slices.EqualFunc(w.Kinds[i].Asks, k.Asks, Ask.same) {
			w.Kinds[i].Needs = append(w.Kinds[i].Needs, n)
			return
		}
	}
	w.Kinds = append(w.Kinds, k)
}

// Simple reports whether each way to serve the set is a single need.
func (s Set) Simple() bool {
	return !slices.ContainsFunc(s.Options, func(c Combination) bool { return len(c.Needs) != 1 })
}

// Unmet lists what the wallet lacks, in words; nil if it can answer.
func (q *Inquiry) Unmet() []string {
	var u *dcql.Unsatisfied
	if !errors.As(q.Missing, &u) {
		return nil
	}
	var out []string
	for _, w := range q.Wishes() {
		out = append(out, w.lacks(u.Missing)...)
	}
	return out
}

// lacks says why nothing fulfils a wish. What nearly does tells more than that there
// is nothing in another form, and once tells enough.
func (w Wish) lacks(missing []dcql.Missing) []string {
	var near, none []string
	for _, n := range w.Needs() {
		for _, m := range missing {
			text := n.Title() + ": " + n.plain(m.Why)
			switch {
			case m.Query != n.Query.ID || slices.Contains(near, text) || slices.Contains(none, text):
			case m.Why == "there is none of this kind":
				none = append(none, text)
			default:
				near = append(near, text)
			}
		}
	}
	if near == nil {
		return none
	}
	return near[:1]
}

// plain says why something does not answer the need with the words of Asks in place
// of paths. That no other combination of the same claims is there either tells a
// person nothing new.
func (n *Need) plain(why string) string {
	why, _, _ = strings.Cut(why, ", and none of the ")
	for _, c := range n.Query.Claims {
		if path := c.Path.String(); strings.Contains(why, " "+path+" ") || strings.HasSuffix(why, " "+path) {
			return credential.Plain(strings.Replace(why, path, label(c.Path), 1))
		}
	}
	return credential.Plain(why)
}

// badgeTypes are the two names of what people call a badge.
var badgeTypes = []string{"OpenBadgeCredential", "AchievementCredential"}

// Title says in words what kind of credential is asked for: "a badge", "one or more
// credentials of the kind EmployeeCredential".
func (n *Need) Title() string {
	var types []string
	for _, set := range n.Query.Types {
		if len(set) > 0 {
			types = append(types, shortType(set[len(set)-1]))
		}
	}
	types = append(types, n.Query.VCT...)
	badge := len(types) > 0 && !slices.ContainsFunc(types, func(t string) bool { return !slices.Contains(badgeTypes, t) })
	switch {
	case badge && n.Query.Multiple:
		return "one or more badges"
	case badge:
		return "a badge"
	}
	title := "a credential"
	if n.Query.Multiple {
		title = "one or more credentials"
	}
	if len(types) > 0 {
		title += " of the kind " + strings.Join(slices.Compact(types), " or ")
	}
	return credential.Plain(title)
}

// shortType is the last part of a type's IRI, which is its name.
func shortType(iri string) string {
	if i := strings.LastIndexAny(iri, "#/"); i >= 0 && i+1 < len(iri) {
		return iri[i+1:]
	}
	return iri
}

// String says the choice in words.
func (s Set) String() string {
	var ways []string
	for _, o := range s.Options {
		ways = append(ways, strings.Join(o.Needs, " and "))
	}
	text := "needed: " + strings.Join(ways, ", or ")
	if s.Optional {
		text = "only if you like: " + strings.Join(ways, ", or ")
	}
	return credential.Plain(text)
}

// Ask is one claim that is asked for.
type Ask struct {
	Label  string   // for people: "result", "result 2, value"
	Path   string   // credentialSubject.result[].value; several where badges write the same in several ways
	Values []string // of which it must have one; nil takes any
}

// same reports whether two say the same to a person.
func (a Ask) same(b Ask) bool { return a.Label == b.Label && slices.Equal(a.Values, b.Values) }

// Asks are the claims that a need is about, in words, with the values that are
// wanted.
func (n *Need) Asks() []Ask {
	var out []Ask
	for _, c := range n.Query.Claims {
		a := Ask{Label: label(c.Path), Path: credential.Plain(c.Path.String())}
		for _, v := range c.Values {
			a.Values = append(a.Values, credential.Plain(plainValue(v)))
		}
		if i := slices.IndexFunc(out, a.same); i >= 0 {
			out[i].Path += ", " + a.Path
			continue
		}
		out = append(out, a)
	}
	return out
}

// known are the words for what employers ask for most, by the names on the way there.
var known = map[string]string{
	"credentialSubject achievement tag":                 "skill",
	"credentialSubject achievement alignment targetUrl": "skill, by its address",
	"credentialSubject achievement id":                  "achievement",
	"credentialSubject achievement name":                "name of the achievement",
	"credentialSubject result value":                    "result",
	"issuer":                                            "issuer",
	"issuer id":                                         "issuer",
	"iss":                                               "issuer",
}

// label puts a path into words: those of known, or the steps that a person counts
// from 1, without those that every badge begins with. In claims of a dc+sd-jwt, which
// have no credentialSubject, the same is called the same.
func label(p dcql.Path) string {
	var names, words []string
	counted := false
	for _, step := range p.Value().Elems() {
		place, numbered := step.Literal()
		n, err := strconv.Atoi(place)
		name, named := step.Text()
		if named {
			names = append(names, name)
		}
		switch {
		case named && (name == "credentialSubject" || name == "achievement" && len(p) > 2):
		case named:
			words = append(words, name)
		case len(words) == 0:
		case numbered && err == nil:
			counted = true
			words[len(words)-1] += " " + strconv.Itoa(n+1)
		default:
			words[len(words)-1] = "every " + words[len(words)-1]
		}
	}
	if text := cmp.Or(known[strings.Join(names, " ")], known["credentialSubject "+strings.Join(names, " ")]); text != "" && !counted {
		return text
	}
	if len(words) == 0 {
		return "everything in it"
	}
	return credential.Plain(strings.Join(words, ", "))
}

// String is the claim in a line: "result: C1 or B2".
func (a Ask) String() string {
	if len(a.Values) == 0 {
		return a.Label
	}
	text := strings.Join(a.Values[:min(len(a.Values), maxListed)], " or ")
	if more := len(a.Values) - maxListed; more > 0 {
		text += fmt.Sprintf(" or %d others", more)
	}
	return a.Label + ": " + text
}

func plainValue(v strictjson.Value) string {
	if text, ok := v.Text(); ok {
		return text
	}
	return string(v.JSON())
}
