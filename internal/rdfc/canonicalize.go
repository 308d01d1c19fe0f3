// Package rdfc canonicalizes RDF datasets as RDFC-1.0 defines it.
package rdfc

import (
	"bytes"
	"crypto"
	"slices"
)

// Options choose how Canonicalize works. The zero value is what nearly every
// caller wants.
type Options struct {
	// Hash is the hash algorithm inside RDFC-1.0. Zero is SHA-256; the other
	// choice is crypto.SHA384, which ecdsa-rdfc-2019 uses with P-384 keys. The
	// hash changes the labels, and so the canonical form.
	Hash crypto.Hash

	// Budget bounds the work on blank nodes that look alike, in the units of
	// ErrBudget. Zero grants an amount that grows with the dataset; less than
	// zero grants none.
	Budget int
}

// Canonical is the outcome of the canonicalization: the serialized canonical
// form of the dataset, and how its blank nodes were renamed.
type Canonical struct {
	// NQuads is the canonical N-Quads document: UTF-8, lines in code point order
	// without repetition, each ended by a line feed. It is empty for no quads.
	NQuads []byte

	// Labels is the issued identifiers map: from the label of each blank node in
	// the input to its canonical label, both without "_:" ("b0" to "c14n3").
	Labels map[string]string

	hash hasher
}

// Sum hashes NQuads with the hash algorithm of the canonicalization: 32 bytes
// of SHA-256 or 48 of SHA-384, as a Data Integrity proof signs them.
func (c *Canonical) Sum() []byte {
	d := c.hash.sum(c.NQuads)
	return d[:c.hash.size]
}

// Canonicalize runs the canonicalization algorithm of RDFC-1.0 (section 4.4.3)
// on the quads, which it neither keeps nor changes. Their order, repetitions
// and blank node labels do not matter: only the labels that come back in
// Canonical.Labels depend on them.
//
// The errors are ErrBudget for a dataset built to be slow, ErrTerm for a quad
// that cannot be written, and ErrHash. With an error the result is nil.
func Canonicalize(quads []Quad, opt Options) (*Canonical, error) {
	h, err := newHasher(opt.Hash)
	if err != nil {
		return nil, err
	}
	// Step 1: "Create the canonicalization state."
	// Step 2: "For every quad Q in input dataset: …"
	d, err := newDataset(quads)
	if err != nil {
		return nil, err
	}
	s := &state{
		dataset:   d,
		hasher:    h,
		canonical: newIssuer("c14n", len(d.nodes)),
	}
	s.hashFirstDegree()          // step 3
	ambiguous := s.labelUnique() // step 4
	s.budget = opt.Budget
	if s.budget == 0 {
		s.budget = s.defaultBudget(ambiguous)
	}
	if err := s.labelAmbiguous(ambiguous); err != nil { // step 5
		return nil, err
	}
	// Step 6: "Add the issued identifiers map from the canonical issuer to the
	// canonicalized dataset."
	// Step 7: "Return the serialized canonical form of the canonicalized
	// dataset. Upon request, alternatively (or additionally) return the
	// canonicalized dataset itself".
	return &Canonical{NQuads: s.serialized(), Labels: s.labels(), hash: h}, nil
}

// state is the canonicalization state (section 4.2). The blank node to quads
// map is in dataset.nodes; the hash to blank nodes map is the list byHash of
// nodes in the order of their hashes, where the nodes of one hash are neighbours.
type state struct {
	*dataset
	hasher
	byHash    []int
	canonical issuer
	temporary issuer // for the node that step 5.2 looks at
	budget    int    // units of work left, see ErrBudget
	frames    []*frame
	scratch   []byte
}

// hashFirstDegree is step 3: "For each key n in the blank node to quads map:
// Create a hash, hf(n), for n according to the Hash First Degree Quads
// algorithm. Append n to the value associated to hf(n) in hash to blank nodes
// map".
func (s *state) hashFirstDegree() {
	s.byHash = make([]int, len(s.nodes))
	for n := range s.nodes {
		s.nodes[n].first = s.firstDegreeHash(n)
		s.byHash[n] = n
	}
	// Steps 4 and 5 go through the map "code point ordered by hash".
	slices.SortFunc(s.byHash, func(a, b int) int {
		return s.nodes[a].first.compare(&s.nodes[b].first)
	})
}

// firstDegreeHash is Hash First Degree Quads (section 4.6.3).
func (s *state) firstDegreeHash(n int) digest {
	// "If the blank node's existing blank node identifier matches the reference
	// blank node identifier then use the blank node identifier a, otherwise, use
	// the blank node identifier z." Everywhere else z stands already.
	s.mark(n, 'a')
	// "Sort nquads in Unicode code point order."
	s.sortMentions(n)
	// "Return the hash that results from passing the sorted and concatenated
	// nquads through the hash algorithm."
	nquads := s.scratch[:0]
	for _, i := range s.nodes[n].mentions {
		nquads = append(nquads, s.text[s.lines[i].start:s.lines[i].end]...)
	}
	s.scratch = nquads
	s.mark(n, 'z')
	return s.sum(nquads)
}

// labelUnique is step 4: "For each hash to identifier list map entry in hash to
// blank nodes map, code point ordered by hash: If identifier list has more than
// one entry, continue to the next mapping. Use the Issue Identifier algorithm …
// Remove the map entry for hash from the hash to blank nodes map." It returns
// the identifier lists that remain.
func (s *state) labelUnique() (ambiguous [][]int) {
	for rest := s.byHash; len(rest) > 0; {
		first := &s.nodes[rest[0]].first
		size := 1
		for size < len(rest) && s.nodes[rest[size]].first == *first {
			size++
		}
		if size == 1 {
			s.canonical.issue(rest[0])
		} else {
			ambiguous = append(ambiguous, rest[:size])
		}
		rest = rest[size:]
	}
	return ambiguous
}

// serialized is step 7: "representing each quad from the canonicalized dataset
// in canonical n-quads form, sorting them into code point order, and
// concatenating them" (section 5).
func (s *state) serialized() []byte {
	texts := make([][]byte, len(s.lines))
	for i := range s.lines {
		texts[i] = s.relabelled(&s.lines[i])
	}
	slices.SortFunc(texts, bytes.Compare)
	texts = slices.CompactFunc(texts, bytes.Equal)
	return bytes.Join(texts, nil)
}

// relabelled gives the line with the canonical labels in it: "components which
// are blank nodes MUST be serialized using the canonical label associated with
// each blank node". A line without blank nodes is final as it stands.
func (s *state) relabelled(l *line) []byte {
	if l.node == [components]int{none, none, none} {
		return s.text[l.start:l.end]
	}
	start, copied := len(s.text), l.start
	for position, n := range l.node {
		if n != none {
			s.text = append(s.text, s.text[copied:l.at[position]]...)
			s.text = s.canonical.append(s.text, n)
			copied = l.at[position] + len("z")
		}
	}
	s.text = append(s.text, s.text[copied:l.end]...)
	return s.text[start:]
}

func (s *state) labels() map[string]string {
	labels := make(map[string]string, len(s.nodes))
	for n := range s.nodes {
		labels[s.nodes[n].label] = string(s.canonical.append(nil, n))
	}
	return labels
}
