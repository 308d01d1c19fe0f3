package rdfc

import (
	"bytes"
	"slices"
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
// wants it for a node that is not the reference node. The line of the reference
// node differs from it by single bytes, so nothing is ever written twice for
// hashing.
type dataset struct {
	quads []Quad
	text  []byte
	lines []line // one per quad, same order
	nodes []node
}

// line is one serialized quad.
type line struct {
	start, end int             // the line is text[start:end], with its line feed
	at         [components]int // where in text the label of a blank node stands
	node       [components]int // index of that blank node in nodes, or none
}

// node is one blank node of the input.
type node struct {
	label    string
	mentions []int  // the mention set: the lines in which the node stands
	first    digest // the hash of Hash First Degree Quads
}

// newDataset serializes the quads and fills the blank node to quads map
// (step 2 of the canonicalization algorithm).
func newDataset(quads []Quad) (*dataset, error) {
	d := &dataset{
		quads: quads,
		text:  make([]byte, 0, textSize(quads)),
		lines: make([]line, len(quads)),
	}
	index := make(map[string]int)
	for i := range quads {
		if err := quads[i].check(); err != nil {
			return nil, err
		}
		d.lines[i] = d.serialize(&quads[i], index)
	}
	d.collectMentions()
	return d, nil
}

// textSize is what the quads take when no character needs an escape.
func textSize(quads []Quad) int {
	const punctuation = len(`<> <> ""^^<> <> .`) + 1
	size := 0
	for i := range quads {
		q := &quads[i]
		size += len(q.Subject.Value) + len(q.Predicate) + len(q.Object.Value) +
			len(q.Object.Datatype) + len(q.Object.Lang) + len(q.Graph.Value) + punctuation
	}
	return size
}

// serialize appends one line and tells where its blank nodes are.
func (d *dataset) serialize(q *Quad, index map[string]int) line {
	l := line{start: len(d.text), node: [components]int{none, none, none}}
	d.component(&l, subject, &q.Subject, index)
	d.text = append(appendIRI(d.text, q.Predicate), ' ')
	d.component(&l, object, &q.Object, index)
	if q.Graph.Kind != None {
		d.component(&l, graph, &q.Graph, index)
	}
	d.text = append(d.text, '.', '\n')
	l.end = len(d.text)
	return l
}

func (d *dataset) component(l *line, position int, t *Term, index map[string]int) {
	if t.Kind != Blank {
		d.text = append(appendTerm(d.text, t), ' ')
		return
	}
	n, known := index[t.Value]
	if !known {
		n = len(d.nodes)
		index[t.Value] = n
		d.nodes = append(d.nodes, node{label: t.Value})
	}
	l.node[position], l.at[position] = n, len(d.text)+len("_:")
	d.text = append(d.text, "_:z "...)
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

// mark writes label over every place where node n stands in its mention set.
func (d *dataset) mark(n int, label byte) {
	for _, i := range d.nodes[n].mentions {
		l := &d.lines[i]
		for position, other := range l.node {
			if other == n {
				d.text[l.at[position]] = label
			}
		}
	}
}

// sortMentions puts the mention set of n in code point order of its lines as
// they stand, and drops the quads that the input repeats: a dataset is a set.
// Two different quads may have equal lines here, because all other nodes are
// called z; so lines that are equal are put in the order of their nodes.
func (d *dataset) sortMentions(n int) {
	compare := func(i, j int) int {
		a, b := &d.lines[i], &d.lines[j]
		if c := bytes.Compare(d.text[a.start:a.end], d.text[b.start:b.end]); c != 0 {
			return c
		}
		return slices.Compare(a.node[:], b.node[:])
	}
	mentions := d.nodes[n].mentions
	slices.SortFunc(mentions, compare)
	d.nodes[n].mentions = slices.CompactFunc(mentions, func(i, j int) bool { return compare(i, j) == 0 })
}
