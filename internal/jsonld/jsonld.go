package jsonld

import (
	"hash/maphash"
	"slices"
	"strconv"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// maxDepth bounds recursion; strictjson reads no deeper, but a Value may be
// built by hand.
const maxDepth = 128

// Contexts is a set of contexts that documents may name (package contexts).
type Contexts = contexts.Set

// Selection says which revisions of contexts stand for their URLs.
type Selection = contexts.Selection

// Revision is one text that a context's URL has stood for.
type Revision = contexts.Revision

// Embedded returns the contexts that are compiled in, always the same set.
func Embedded() *Contexts { return contexts.Embedded() }

// Options says which contexts a document may name. Its zero value allows none.
type Options struct {
	// Contexts are the contexts a document may name; nil stands for none.
	Contexts *Contexts
	// Selection takes older revisions for some URLs; zero is the newest.
	Selection Selection
	// UnsafeInlineContexts accepts contexts that the document itself brings:
	// its author then decides what its words mean. For conformance suites.
	UnsafeInlineContexts bool
	// TermsAtRoot takes at the top of the document only words that a context
	// defines one by one: a catch-all vocabulary is for what stands below, where
	// it cannot make up members of the data model.
	TermsAtRoot bool

	// Parts, if set, is where Hash keeps the statements of documents within the
	// document.
	Parts *Parts

	// resolve makes a relative IRI absolute; tests of the specification need
	// a base. Credentials have none: what they say must not depend on where
	// they lie.
	resolve func(string) string
}

// ToRDF converts a document to RDF as JSON-LD 1.1 API section 8.1 has it,
// without duplicate quads and in no particular order. Blank nodes are named b0,
// b1 … whatever the document called them. On error, which is an *Error, there
// are no quads.
func ToRDF(doc strictjson.Value, opt Options) ([]rdfc.Quad, error) {
	return convert(doc, opt, nil)
}

// convert is ToRDF, with a look at the form of the document if f is given.
func convert(doc strictjson.Value, opt Options, f *form) ([]rdfc.Quad, error) {
	c := newConverter(opt)
	c.form = f
	if err := c.document(doc); err != nil {
		return nil, err
	}
	return c.quads, nil
}

func newConverter(opt Options) *converter {
	if opt.Contexts == nil {
		opt.Contexts = &Contexts{}
	}
	return &converter{opt: opt, seed: maphash.MakeSeed(), quads: make([]rdfc.Quad, 0, 128), slots: make([]uint32, 512)}
}

// converter is one conversion.
type converter struct {
	opt     Options
	form    *form // nil: the form does not matter
	quads   []rdfc.Quad
	choice  *choice  // what pointers select of the document; nil: nobody asks
	groups  []Groups // of each quad, if somebody asks
	slots   []uint32 // an open hash table of 1 + index into quads; nil: a quad may stand there twice
	seed    maphash.Seed
	items   []item // a stack of the values collected so far
	initial *contexts.Active
	labels  map[string]string // of blank nodes that the document names
	fresh   int
	found   []part   // documents within the document, if somebody asks
	urls    []string // the different context URLs named so far
	inline  int      // contexts that the document brought so far
	depth   int
}

const (
	rdfNS      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	rdfType    = rdfNS + "type"
	rdfFirst   = rdfNS + "first"
	rdfRest    = rdfNS + "rest"
	rdfNil     = rdfNS + "nil"
	rdfJSON    = rdfNS + "JSON"
	xsdNS      = "http://www.w3.org/2001/XMLSchema#"
	xsdString  = xsdNS + "string"
	xsdBoolean = xsdNS + "boolean"
	xsdInteger = xsdNS + "integer"
	xsdDouble  = xsdNS + "double"
	i18nNS     = "https://www.w3.org/ns/i18n#"
)

// item is a value of a property, and the groups that select it.
type item struct {
	rdfc.Term
	groups Groups
}

// push adds a value to the stack.
func (c *converter) push(t rdfc.Term, selected *choice) {
	c.items = append(c.items, item{t, selected.groups()})
}

// emit adds a quad, unless it is there already: RDF is a set. What a document
// says in several places is selected with each of them.
func (c *converter) emit(q *rdfc.Quad, g Groups) {
	if c.slots == nil {
		c.quads = append(c.quads, *q)
		return
	}
	if 2*len(c.quads) >= len(c.slots) {
		c.slots = make([]uint32, 4*len(c.slots))
		for n := range c.quads {
			*c.slot(&c.quads[n]) = uint32(n + 1)
		}
	}
	slot := c.slot(q)
	if *slot == 0 {
		c.quads = append(c.quads, *q)
		*slot = uint32(len(c.quads))
		if c.choice != nil {
			c.groups = append(c.groups, 0)
		}
	}
	if c.choice != nil {
		c.groups[*slot-1] |= g
	}
}

// slot finds the place of a quad in the table: its own, or a free one.
func (c *converter) slot(q *rdfc.Quad) *uint32 {
	mask := uint64(len(c.slots) - 1)
	i := c.hash(q) & mask
	for c.slots[i] != 0 && c.quads[c.slots[i]-1] != *q {
		i = (i + 1) & mask
	}
	return &c.slots[i]
}

// hash covers every part of a quad: one left out could be the only one in which
// thousands of quads differ.
func (c *converter) hash(q *rdfc.Quad) (h uint64) {
	for _, part := range [...]string{
		q.Subject.Value, q.Predicate, q.Object.Value, q.Object.Datatype, q.Object.Lang, q.Graph.Value,
	} {
		h = h*31 + maphash.String(c.seed, part)
	}
	return h
}

// blank makes a new blank node.
func (c *converter) blank() rdfc.Term {
	c.fresh++
	return rdfc.Term{Kind: rdfc.Blank, Value: "b" + strconv.Itoa(c.fresh-1)}
}

// named returns the term of an absolute IRI or of a blank node that the
// document names. Its names are replaced, so that none collides with ours.
func (c *converter) named(iri string) (rdfc.Term, error) {
	if !contexts.IsBlank(iri) {
		iri, err := contexts.Absolute(iri)
		return rdfc.Term{Kind: rdfc.IRI, Value: iri}, err
	}
	label, ok := c.labels[iri]
	if !ok {
		if c.labels == nil {
			c.labels = make(map[string]string)
		}
		label = c.blank().Value
		c.labels[iri] = label
	}
	return rdfc.Term{Kind: rdfc.Blank, Value: label}, nil
}

// document converts the outermost value: one node, a list of nodes, or an
// object of nothing but @graph, which is the default graph.
func (c *converter) document(doc strictjson.Value) error {
	if doc.Kind() != strictjson.Dict && doc.Kind() != strictjson.List {
		return dropped("", "a document that is no object")
	}
	c.initial = c.opt.Contexts.Initial()
	return c.nodes(place{ctx: c.initial, choice: c.choice, root: true, sole: true, unlinked: true}, doc)
}

// localContext applies the @context of an object.
func (c *converter) localContext(active *contexts.Active, local strictjson.Value) (*contexts.Active, error) {
	list := local.List()
	if len(list) > contexts.MaxNamed {
		return nil, contexts.Fail(ErrLimit, "@context", strconv.Itoa(len(list))+" contexts in one place; at most "+strconv.Itoa(contexts.MaxNamed)+" are read")
	}
	for i, one := range list {
		var err error
		if active, err = c.oneContext(active, one, local.Kind() == strictjson.List); err != nil {
			return nil, errorIn(err, local, i)
		}
	}
	return active, nil
}

// oneContext applies a context that stands alone or among others.
func (c *converter) oneContext(active *contexts.Active, one strictjson.Value, among bool) (*contexts.Active, error) {
	url, isURL := one.Text()
	if !isURL {
		if !c.opt.UnsafeInlineContexts {
			return nil, contexts.Fail(ErrContextNotAllowed, "", "the "+ErrContextNotAllowed.Error()+": a context must be named by its URL")
		}
		if c.inline++; c.inline > contexts.MaxNamed {
			return nil, contexts.Fail(ErrLimit, "", "the document brings more than "+strconv.Itoa(contexts.MaxNamed)+" contexts")
		}
		return c.opt.Contexts.Inline(active, one, among)
	}
	next, err := c.opt.Contexts.ByURL(active, url, c.opt.Selection)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(c.urls, url) {
		if len(c.urls) == contexts.MaxNamed {
			return nil, contexts.Fail(ErrLimit, url, "the document names more than "+strconv.Itoa(contexts.MaxNamed)+" contexts")
		}
		c.urls = append(c.urls, url)
	}
	return next, nil
}
