package proof

import (
	"fmt"
	"slices"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// message is what one proof of a set or chain signs. m has the document alone.
//
// "Let inputDocument be a copy of securedDocument with the proof value removed
// and then set inputDocument.proof to matchingProofs" (Data Integrity 1.0,
// section 4.5): a later proof covers the earlier ones that it names. A proof
// that names none signs the document without any.
func (p *embedded) message(m cryptosuite.Message, all []*embedded) (*cryptosuite.Message, error) {
	m.Config = p.config()
	if len(p.previous) == 0 {
		return &m, nil
	}
	links := make([]link, len(all))
	var self int
	for i, q := range all {
		links[i] = link{q.object, q.id, q.previous}
		if p == q {
			self = i
		}
	}
	covered, err := precursors(links, self)
	if err != nil {
		return nil, err
	}
	m.Document = m.Document.With("proof", strictjson.Array(covered...))
	m.Hashes, m.Parts, m.Within = nil, nil, nil
	return &m, nil
}

// link is a proof as far as its place in a chain goes.
type link struct {
	object   strictjson.Value
	id       string
	previous []string // the ids of those it builds on
}

// precursors are the proofs that one proof of a chain names, in the order of the
// document. "If any element of previousProof list has an id attribute value that
// does not match the id attribute value of any element of allProofs, an error
// MUST be raised." Each must be there once, and none may lead back here.
func precursors(all []link, self int) ([]strictjson.Value, error) {
	p := all[self]
	if len(p.previous) > maxProofs {
		return nil, fmt.Errorf("%w: it names %d proofs", ErrChain, len(p.previous))
	}
	for _, id := range p.previous {
		named := 0
		for i, q := range all {
			if q.id != id {
				continue
			}
			named++
			if leadsTo(all, i, self, make([]bool, len(all))) {
				return nil, fmt.Errorf("%w: %q leads back to itself", ErrChain, id)
			}
		}
		if named != 1 {
			return nil, fmt.Errorf("%w: %d proofs have the id %q", ErrChain, named, id)
		}
	}
	var covered []strictjson.Value
	for _, q := range all {
		if q.id != "" && slices.Contains(p.previous, q.id) {
			covered = append(covered, q.object)
		}
	}
	return covered, nil
}

// leadsTo reports whether one proof is another or builds, directly or not, on it.
func leadsTo(all []link, from, to int, seen []bool) bool {
	if from == to {
		return true
	}
	seen[from] = true
	for i, q := range all {
		if !seen[i] && q.id != "" && slices.Contains(all[from].previous, q.id) && leadsTo(all, i, to, seen) {
			return true
		}
	}
	return false
}

// earlierLinks reads of proofs that are there already what a new one needs to
// build on them. They are not believed, only named.
func earlierLinks(proofs []strictjson.Value) []link {
	links := make([]link, len(proofs))
	for i, object := range proofs {
		links[i] = link{object: object, id: object.Get("id").Str()}
	}
	return links
}

// revisions are the choices of context revisions that are worth trying for the
// proofs of a document, newest first.
func revisions(proofs []*embedded, doc strictjson.Value) []jsonld.Selection {
	var newest jsonld.Selection
	for _, p := range proofs {
		if c := p.suite.Reading(newest).Contexts; c != nil {
			all := c.Selections(doc)
			return all[:min(len(all), maxRevisionsTried)]
		}
	}
	return []jsonld.Selection{newest}
}
