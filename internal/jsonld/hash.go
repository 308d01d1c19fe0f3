package jsonld

import (
	"crypto"
	"sync"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// converters are kept for the next document: what a badge needs of memory is more
// than ten times what it takes as text.
var converters = sync.Pool{New: func() any { return new(converter) }}

// maxKept is how many quads' room is kept; a document that says more is rare.
const maxKept = 1 << 12

// Hash converts a document, puts its statements into their canonical form (RDFC-1.0
// with this hash algorithm inside) and hashes that: what a Data Integrity proof
// signs of a document. It is Sum of rdfc.Canonicalize of ToRDF, without making
// either to keep, and has the errors of both.
func Hash(doc strictjson.Value, opt Options, h crypto.Hash) ([]byte, error) {
	c := converters.Get().(*converter)
	c.begin(opt)
	if err := c.document(doc); err != nil {
		c.release()
		return nil, err
	}
	sum, err := rdfc.Hash(c.quads, rdfc.Options{Hash: h})
	if opt.Parts != nil {
		opt.Parts.hold(c)
	} else {
		c.release()
	}
	return sum, err
}

// begin makes a converter ready. It may emit a quad twice: RDFC-1.0 takes sets and
// makes one of them where it has to sort them anyway.
func (c *converter) begin(opt Options) {
	if opt.Contexts == nil {
		opt.Contexts = &Contexts{}
	}
	*c = converter{opt: opt, quads: c.quads[:0], items: c.items[:0], found: c.found[:0]}
}

func (c *converter) release() {
	clear(c.quads) // lest a document lives on in its texts
	clear(c.found)
	clear(c.items[:cap(c.items)]) // a stack: more was there
	if cap(c.quads) > maxKept || cap(c.items) > maxKept {
		c.quads, c.items = nil, nil
	}
	*c = converter{quads: c.quads[:0], items: c.items[:0], found: c.found[:0]}
	converters.Put(c)
}

// Parts are the statements of documents that stand within another one, each in a
// graph of its own, such as the credentials of a presentation. A document says the
// same there as by itself, because its contexts begin anew: so it need not be
// converted a second time when its own proof is checked.
//
// A Parts is filled by one Hash, and can then be read from several goroutines until
// it is released.
type Parts struct {
	opt   Options
	quads []rdfc.Quad
	found []part
	of    *converter // whose memory the quads are in
}

// part is where a document's statements are among all.
type part struct {
	document           strictjson.Value
	graph              rdfc.Term
	from, to           int
	proofFrom, proofTo int // those of its proof
}

// hold takes over a conversion.
func (p *Parts) hold(c *converter) {
	p.Release()
	p.opt, p.quads, p.found, p.of = c.opt, c.quads, c.found, c
}

// Release gives the memory back, when no part is going to be asked for any more. It
// need not be called. Afterwards no document is known.
func (p *Parts) Release() {
	if p == nil || p.of == nil {
		return
	}
	c := p.of
	*p = Parts{}
	c.release()
}

// Hash is the Hash of one of the documents, without its member "proof". It knows
// a document by being the very value that was converted; ok is false for another
// one, and where it was converted under other options than these.
func (p *Parts) Hash(doc strictjson.Value, opt Options, h crypto.Hash) (sum []byte, ok bool, err error) {
	if p == nil || p.opt.Contexts != opt.Contexts || p.opt.UnsafeInlineContexts != opt.UnsafeInlineContexts ||
		!p.opt.Selection.Newest() || !opt.Selection.Newest() || opt.TermsAtRoot {
		return nil, false, nil
	}
	for i := range p.found {
		if p.found[i].document.Is(doc) {
			sum, err = p.hash(&p.found[i], h)
			return sum, true, err
		}
	}
	return nil, false, nil
}

func (p *Parts) hash(found *part, h crypto.Hash) ([]byte, error) {
	c := converters.Get().(*converter)
	defer c.release()
	for i := found.from; i < found.to; i++ {
		if i >= found.proofFrom && i < found.proofTo {
			continue
		}
		c.quads = append(c.quads, p.quads[i])
		if q := &c.quads[len(c.quads)-1]; q.Graph == found.graph {
			q.Graph = rdfc.Term{}
		}
	}
	return rdfc.Hash(c.quads, rdfc.Options{Hash: h})
}

// isPart reports whether a node that was converted is a document within the
// document, and would say the same by itself and without its proof.
func (n *node) isPart() bool {
	return n.anew && n.alone && n.said && n.extra == nil && !n.shape.has(contexts.AtGraph)
}
