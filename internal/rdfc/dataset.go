package rdfc

import (
	"bytes"
	"slices"
	"sync"
)

// none stands in a line where there is no blank node.
const none = -1

// The components of a quad that may be a blank node, as indices.
const (
	subject = iota
	object
	graph
	components
)

// dataset is the input dataset, serialized once. Each quad became one line of
// text in which every blank node is written _:z, as Hash First Degree Quads
// wants it for a node that is not the reference node. For the reference node
// single bytes of the line change, so nothing is written twice for hashing.
type dataset struct {
	*memory
	quads []Quad
	nodes []node
}

// memory is what a canonicalization only writes to read it again. A badge needs
// some 60 kB of it, so it is kept for the next one.
type memory struct {
	text    []byte // the lines, see dataset
	lines   []line // one per quad, same order
	sorted  []span // the lines of the canonical form
	scratch []byte // what is hashed next
}

var memories = sync.Pool{New: func() any { return new(memory) }}

// span is the part text[start:end] of the text.
type span struct{ start, end int }

// line is one serialized quad.
type line struct {
	span                    // with its line feed
	labelAt [components]int // where in text the label of a blank node stands
	node    [components]int // index of that blank node in nodes, or none
}

// node is one blank node of the input.
type node struct {
	label    string
	mentions []int  // the mention set: the lines in which the node stands
	first    digest // the hash of Hash First Degree Quads
}

// usualNodes is how many blank nodes a badge has at most as a rule.
const usualNodes = 16

// newDataset serializes the quads into m and fills the blank node to quads map
// (step 2 of the canonicalization algorithm).
func newDataset(quads []Quad, m *memory) (*dataset, error) {
	m.text = slices.Grow(m.text[:0], textSize(quads))
	m.lines = slices.Grow(m.lines[:0], len(quads))[:len(quads)]
	d := &dataset{
		memory: m,
		quads:  quads,
		nodes:  make([]node, 0, usualNodes),
	}
	index := make(map[string]int, usualNodes)
	for i := range quads {
		if err := quads[i].check(); err != nil {
			return nil, err
		}
		d.serialize(i, index)
	}
	d.collectMentions()
	return d, nil
}

// textSize is what the quads take when no character needs an escape: each one
// once, and a quad with blank nodes a second time with its canonical labels.
func textSize(quads []Quad) int {
	const punctuation = len(`<> <> ""@^^<> <> .`) + 1
	const labels = components * len("_:c14n0000")
	size := 0
	for i := range quads {
		q := &quads[i]
		n := len(q.Subject.Value) + len(q.Predicate) + len(q.Object.Value) +
			len(q.Object.Datatype) + len(q.Object.Lang) + len(q.Graph.Value) + punctuation
		if q.Subject.Kind == Blank || q.Object.Kind == Blank || q.Graph.Kind == Blank {
			n += n + labels
		}
		size += n
	}
	return size
}

// serialize appends the line of quad i and notes where its blank nodes are.
func (d *dataset) serialize(i int, index map[string]int) {
	q, l := &d.quads[i], &d.lines[i]
	l.start = len(d.text)
	text := d.component(d.text, l, subject, &q.Subject, index)
	text = append(appendIRI(text, q.Predicate), ' ')
	text = d.component(text, l, object, &q.Object, index)
	text = d.component(text, l, graph, &q.Graph, index)
	d.text = append(text, '.', '\n')
	l.end = len(d.text)
}

func (d *dataset) component(text []byte, l *line, position int, t *Term, index map[string]int) []byte {
	l.node[position] = none
	switch t.Kind {
	case None: // the default graph
		return text
	case Blank:
		l.node[position], l.labelAt[position] = d.nodeOf(t.Value, index), len(text)+len("_:")
		return append(text, "_:z "...)
	default:
		return append(appendTerm(text, t), ' ')
	}
}

// nodeOf gives the index of the blank node with this label.
func (d *dataset) nodeOf(label string, index map[string]int) int {
	n, known := index[label]
	if !known {
		n = len(d.nodes)
		index[label] = n
		d.nodes = append(d.nodes, node{label: label})
	}
	return n
}

// collectMentions fills the mention sets: "For each blank node that is a
// component of Q, add a reference to Q from the map entry for the blank node
// identifier in the blank node to quads map". All sets share one array.
func (d *dataset) collectMentions() {
	counts := make([]int, len(d.nodes)+1)
	total := 0
	for i := range d.lines {
		for _, n := range d.lines[i].node {
			if n != none {
				counts[n]++
				total++
			}
		}
	}
	all := make([]int, total)
	for n := range d.nodes {
		d.nodes[n].mentions, all = all[:0:counts[n]], all[counts[n]:]
	}
	for i := range d.lines {
		for position, n := range d.lines[i].node {
			if n != none && !slices.Contains(d.lines[i].node[:position], n) {
				d.nodes[n].mentions = append(d.nodes[n].mentions, i)
			}
		}
	}
}

// at gives the text of s.
func (d *dataset) at(s span) []byte { return d.text[s.start:s.end] }

// mark writes label over every place where node n stands in its mention set.
func (d *dataset) mark(n int, label byte) {
	for _, i := range d.nodes[n].mentions {
		l := &d.lines[i]
		for position, other := range l.node {
			if other == n {
				d.text[l.labelAt[position]] = label
			}
		}
	}
}

// sortMentions puts the mention set of n in code point order of its lines as
// they stand. Different quads may have equal lines here, because all nodes but n
// are called z; those are put in the order of their nodes, so that quads which
// the input repeats are neighbours.
func (d *dataset) sortMentions(n int) {
	slices.SortFunc(d.nodes[n].mentions, func(i, j int) int {
		a, b := &d.lines[i], &d.lines[j]
		if c := bytes.Compare(d.at(a.span), d.at(b.span)); c != 0 {
			return c
		}
		return slices.Compare(a.node[:], b.node[:])
	})
}

// repeats tells whether lines i and j are the same quad.
func (d *dataset) repeats(i, j int) bool {
	a, b := &d.lines[i], &d.lines[j]
	return a.node == b.node && bytes.Equal(d.at(a.span), d.at(b.span))
}
