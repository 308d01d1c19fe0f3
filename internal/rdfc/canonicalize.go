// Package rdfc gives an RDF dataset the one spelling that can be hashed: the
// canonical form of RDFC-1.0 (https://www.w3.org/TR/rdf-canon/).
//
// # What for
//
// A Data Integrity proof signs what a credential states, not how its JSON is
// written. The JSON-LD processor turns the document into statements, quads of
// subject, predicate, object and graph name. A set of quads has no order, and
// the nodes that nobody gave a name, its blank nodes, carry labels that mean
// nothing: _:b0 of the issuer may be _:b7 of the verifier. Canonicalize orders
// the quads and labels the blank nodes by what is said about them, so that
// issuer and verifier hash the same bytes.
//
// # Example
//
//	quads, err := rdfc.Parse([]byte(`
//		_:who  <https://schema.org/name>  "Ada" .
//		<urn:badge:1>  <https://schema.org/recipient>  _:who .
//	`))
//	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
//
// gives in c.NQuads, with a line feed after each line,
//
//	<urn:badge:1> <https://schema.org/recipient> _:c14n0 .
//	_:c14n0 <https://schema.org/name> "Ada" .
//
// in c.Labels the way back, {"who": "c14n0"}, and from c.Sum() the SHA-256 that
// a proof signs.
//
// # How nodes get their labels
//
// First, every blank node is hashed together with the quads that mention it,
// where it is called _:a and every other blank node _:z. A hash that only one
// node has settles that node; the nodes of a badge are nearly always settled so,
// and are labelled c14n0, c14n1, … in the order of their hashes.
//
// Nodes that share a hash are told apart by their neighbours, and the
// neighbours of these: from each of them all paths through the graph are
// written down, the smallest text is kept, and the texts decide the order. This
// is Hash N-Degree Quads in ndegree.go. It tries all orders of neighbours that
// look alike, so a small graph can be built for which it takes years; a budget
// of work ends that, see ErrBudget.
//
// # Where what is
//
// canonicalize.go has the algorithm and hashes of the first degree, ndegree.go
// the rest of them, budget.go the bounds; dataset.go keeps the quads as the
// lines of text that are hashed and sorted; serialize.go writes N-Quads in
// canonical form, parse.go reads any. Comments quote the sentence of the
// specification that the code below them carries out.
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
	m := memories.Get().(*memory)
	defer memories.Put(m)
	s, err := canonicalized(quads, opt, m)
	if err != nil {
		return nil, err
	}
	// Step 6: "Add the issued identifiers map from the canonical issuer to the
	// canonicalized dataset."
	// Step 7: "Return the serialized canonical form of the canonicalized
	// dataset. Upon request, alternatively (or additionally) return the
	// canonicalized dataset itself".
	return &Canonical{NQuads: s.serialized(nil), Labels: s.labels(), hash: s.hasher}, nil
}

// Hash is the Sum of what Canonicalize gives, for those who need no more: the
// canonical form, which is three times as long as the document, is made in memory
// that is used again. Its errors are those of Canonicalize.
func Hash(quads []Quad, opt Options) ([]byte, error) {
	m := memories.Get().(*memory)
	defer memories.Put(m)
	s, err := canonicalized(quads, opt, m)
	if err != nil {
		return nil, err
	}
	m.scratch = s.serialized(m.scratch[:0])
	sum := s.sum(m.scratch)
	return sum[:s.size], nil
}

// canonicalized labels the blank nodes of the quads.
func canonicalized(quads []Quad, opt Options, m *memory) (*state, error) {
	h, err := newHasher(opt.Hash)
	if err != nil {
		return nil, err
	}
	// Step 1: "Create the canonicalization state." Step 2: "For every quad Q in
	// input dataset: For each blank node that is a component of Q, add a
	// reference to Q from the map entry for the blank node identifier".
	d, err := newDataset(quads, m)
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
	s.budget = s.newBudget(opt.Budget, ambiguous)
	if err := s.labelAmbiguous(ambiguous); err != nil { // step 5
		return nil, err
	}
	return s, nil
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
	budget    budget
	frames    []*frame
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

// firstDegreeHash is Hash First Degree Quads (section 4.6.3). On the way it
// drops the quads that the input repeats from the mention set, since a dataset
// is a set.
func (s *state) firstDegreeHash(n int) digest {
	// "If the blank node's existing blank node identifier matches the reference
	// blank node identifier then use the blank node identifier a, otherwise, use
	// the blank node identifier z." Everywhere else z stands already.
	s.mark(n, 'a')
	// "Sort nquads in Unicode code point order."
	s.sortMentions(n)
	mentions := s.nodes[n].mentions
	nquads := s.scratch[:0]
	for k, i := range mentions {
		if k == 0 || !s.repeats(mentions[k-1], i) {
			nquads = append(nquads, s.at(s.lines[i].span)...)
		}
	}
	s.scratch = nquads
	s.mark(n, 'z')
	s.nodes[n].mentions = slices.CompactFunc(mentions, s.repeats)
	// "Return the hash that results from passing the sorted and concatenated
	// nquads through the hash algorithm."
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
// concatenating them" (section 5). It writes into nquads, as far as there is room.
func (s *state) serialized(nquads []byte) []byte {
	size := 0
	s.sorted = s.sorted[:0]
	for i := range s.lines {
		l := s.relabelled(&s.lines[i])
		s.sorted = append(s.sorted, l)
		size += l.end - l.start
	}
	slices.SortFunc(s.sorted, func(a, b span) int { return bytes.Compare(s.at(a), s.at(b)) })
	nquads = slices.Grow(nquads, size)
	var last []byte
	for _, l := range s.sorted {
		if text := s.at(l); !bytes.Equal(text, last) {
			nquads = append(nquads, text...)
			last = text
		}
	}
	return nquads
}

// relabelled writes the line anew with the canonical labels in it: "components
// which are blank nodes MUST be serialized using the canonical label associated
// with each blank node". A line without blank nodes is final as it stands.
func (s *state) relabelled(l *line) span {
	if l.node == [components]int{none, none, none} {
		return l.span
	}
	start, copied := len(s.text), l.start
	for position, n := range l.node {
		if n != none {
			s.text = append(s.text, s.text[copied:l.labelAt[position]]...)
			s.text = s.canonical.append(s.text, n)
			copied = l.labelAt[position] + len("z")
		}
	}
	s.text = append(s.text, s.text[copied:l.end]...)
	return span{start, len(s.text)}
}

// labels gives the issued identifiers map. The canonical labels share one
// string.
func (s *state) labels() map[string]string {
	labels := make(map[string]string, len(s.nodes))
	var text []byte
	ends := make([]int, 0, len(s.nodes))
	for n := range s.nodes {
		text = s.canonical.append(text, n)
		ends = append(ends, len(text))
	}
	all, start := string(text), 0
	for n, end := range ends {
		labels[s.nodes[n].label] = all[start:end]
		start = end
	}
	return labels
}
