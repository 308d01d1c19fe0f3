package dcql

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Choice is what a wallet can answer to a query.
type Choice struct {
	// Queries has, for each of the query's Credentials in their order, what
	// answers it and what nearly does.
	Queries []Answers
	// Sets has, for each of the query's Sets in their order, which of its options
	// can be answered. Nil if the query has no sets: then all Credentials are asked
	// for.
	Sets []SetChoice

	query *Query
}

// Answers are the credentials that answer one credential query, in the order in
// which Choose was given them.
type Answers struct {
	Query   *CredentialQuery
	Matches []Match
	// Misses are those of the right format and type that do not answer it.
	Misses []Miss
}

// Miss is a credential that is of the kind asked for and does not do.
type Miss struct {
	Candidate int    // its place in what Choose was given
	Why       string // in words: "it has no credentialSubject.result"
}

// SetChoice is what can be answered of a credential set.
type SetChoice struct {
	Optional bool
	Options  []int // places in the set's Options that can be answered, in their order
}

// Unsatisfied says why a query is not satisfied. It wraps ErrNotSatisfied.
type Unsatisfied struct {
	Missing []Missing
}

// Missing is one thing that a query asks for and does not get.
type Missing struct {
	Query string // the id of the credential query; "" if it is about the whole answer
	Why   string // in words
}

// Error lists what is missing.
func (u *Unsatisfied) Error() string {
	parts := make([]string, len(u.Missing))
	for i, m := range u.Missing {
		parts[i] = m.Why
		if m.Query != "" {
			parts[i] = m.Query + ": " + m.Why
		}
	}
	return ErrNotSatisfied.Error() + ": " + strings.Join(parts, "; ")
}

// Unwrap returns ErrNotSatisfied.
func (u *Unsatisfied) Unwrap() error { return ErrNotSatisfied }

// Choose finds out what of a wallet's credentials answers the query (section 6.4).
// If something is needed and not there, the error is an *Unsatisfied, which wraps
// ErrNotSatisfied, and there is no Choice: "If the Wallet cannot deliver all
// non-optional Credentials requested by the Verifier according to these rules, it
// MUST NOT return any Credential(s)."
func (q *Query) Choose(have []Candidate) (*Choice, error) {
	c := &Choice{query: q, Queries: make([]Answers, len(q.Credentials))}
	answered := map[string]bool{}
	for i := range q.Credentials {
		a := &c.Queries[i]
		a.Query = &q.Credentials[i]
		a.try(have)
		answered[a.Query.ID] = len(a.Matches) > 0
	}
	for _, s := range q.Sets {
		choice := SetChoice{Optional: s.Optional}
		for i, option := range s.Options {
			if covered(option, answered) {
				choice.Options = append(choice.Options, i)
			}
		}
		c.Sets = append(c.Sets, choice)
	}
	if missing := c.missing(); len(missing) > 0 {
		return nil, &Unsatisfied{missing}
	}
	return c, nil
}

func (a *Answers) try(have []Candidate) {
	p := a.Query.plan()
	for i, x := range have {
		if !a.Query.ofKind(x) {
			continue
		}
		m, err := a.Query.match(x, p)
		if err != nil {
			a.Misses = append(a.Misses, Miss{i, words(err)})
			continue
		}
		m.Candidate = i
		a.Matches = append(a.Matches, m)
	}
}

// words is an error of Match without its sentinel.
func words(err error) string {
	return strings.TrimPrefix(err.Error(), ErrNotSatisfied.Error()+": ")
}

func covered(option []string, answered map[string]bool) bool {
	return !slices.ContainsFunc(option, func(id string) bool { return !answered[id] })
}

// missing lists what is needed and has no answer.
func (c *Choice) missing() []Missing {
	var out []Missing
	add := func(id string) {
		for _, a := range c.Queries {
			if a.Query.ID == id && len(a.Matches) == 0 && !slices.ContainsFunc(out, func(m Missing) bool { return m.Query == id }) {
				out = append(out, Missing{id, a.lack()})
			}
		}
	}
	if c.Sets == nil {
		for _, a := range c.Queries {
			add(a.Query.ID)
		}
	}
	for i, s := range c.Sets {
		if s.Optional || len(s.Options) > 0 {
			continue
		}
		for _, option := range c.query.Sets[i].Options {
			for _, id := range option {
				add(id)
			}
		}
	}
	return out
}

// lack says what there is instead of an answer.
func (a *Answers) lack() string {
	switch len(a.Misses) {
	case 0:
	case 1:
		return "there is one of this kind, but it will not do: " + a.Misses[0].Why
	default:
		return fmt.Sprintf("there are %d of this kind, but none will do; of the first, %s", len(a.Misses), a.Misses[0].Why)
	}
	if !a.Query.Format.known() {
		return fmt.Sprintf("the format %s is not known here", shown(string(a.Query.Format)))
	}
	if short := a.Query.shortType(); short != "" {
		return fmt.Sprintf("there is none of this kind; %s is asked for by its short name, where DCQL wants the IRI that its context gives it", shown(short))
	}
	return "there is none of this kind"
}

// shortType is a type that is asked for by a name which no credential has once its
// types are expanded, the commonest mistake of those who write queries.
func (c *CredentialQuery) shortType() string {
	for _, set := range c.Types {
		for _, name := range set {
			if !strings.Contains(name, ":") {
				return name
			}
		}
	}
	return ""
}

// Preferred is the least that satisfies the query, as the verifier prefers it: for
// each needed set its first option that can be answered, or without sets
// everything, each with the first credential that answers. A person may choose
// otherwise: other options, other matches, more of them where a query accepts
// several, optional sets as well; Query.Check says whether it still does.
func (c *Choice) Preferred() map[string][]Match {
	needed := map[string]bool{}
	for _, a := range c.Queries {
		needed[a.Query.ID] = c.Sets == nil
	}
	for i, s := range c.Sets {
		if s.Optional || len(s.Options) == 0 {
			continue
		}
		for _, id := range c.query.Sets[i].Options[s.Options[0]] {
			needed[id] = true
		}
	}
	out := map[string][]Match{}
	for _, a := range c.Queries {
		if needed[a.Query.ID] {
			out[a.Query.ID] = a.Matches[:1:1]
		}
	}
	return out
}

// Check judges an answer: candidates by the id of the credential query that they
// answer. It is for the verifier, who "MUST NOT rely on the Wallet to enforce these
// constraints" (section 14.9), and asks again for everything: that every credential
// is what its query wants, that there is one, or several only where that was
// allowed, and that all that is needed is there. The error is an *Unsatisfied,
// which wraps ErrNotSatisfied.
//
// A candidate of which only a Part is shown may have lost elements of arrays, so
// that those which are left have moved up: there a path to the element 3 is
// satisfied by any of the first four.
func (q *Query) Check(answer map[string][]Candidate) error {
	u := &Unsatisfied{}
	for id := range answer {
		if !slices.ContainsFunc(q.Credentials, func(c CredentialQuery) bool { return c.ID == id }) {
			u.Missing = append(u.Missing, Missing{"", "the answer has " + shown(id) + ", which nobody asked for"})
		}
	}
	slices.SortFunc(u.Missing, func(a, b Missing) int { return strings.Compare(a.Why, b.Why) })
	answered := map[string]bool{}
	for i := range q.Credentials {
		c := &q.Credentials[i]
		if got, ok := answer[c.ID]; ok {
			answered[c.ID] = u.check(c, got)
		}
	}
	if len(q.Sets) == 0 {
		for _, c := range q.Credentials {
			if _, there := answer[c.ID]; !there {
				u.Missing = append(u.Missing, Missing{c.ID, "it was not answered"})
			}
		}
	}
	for _, s := range q.Sets {
		if !s.Optional && !slices.ContainsFunc(s.Options, func(option []string) bool { return covered(option, answered) }) {
			u.Missing = append(u.Missing, Missing{"", fmt.Sprintf("none of the combinations %q was answered", s.Options)})
		}
	}
	if len(u.Missing) > 0 {
		return u
	}
	return nil
}

// check judges what came for one credential query.
func (u *Unsatisfied) check(c *CredentialQuery, got []Candidate) bool {
	before := len(u.Missing)
	switch {
	case len(got) == 0:
		u.Missing = append(u.Missing, Missing{c.ID, "its answer is empty"})
	case len(got) > 1 && !c.Multiple:
		u.Missing = append(u.Missing, Missing{c.ID, fmt.Sprintf("one credential was asked for, and %d came", len(got))})
	}
	for _, x := range got {
		if _, err := c.Match(x); errors.Is(err, ErrNotSatisfied) {
			u.Missing = append(u.Missing, Missing{c.ID, words(err)})
		}
	}
	return len(u.Missing) == before
}
