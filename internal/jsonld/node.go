package jsonld

import (
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// The types of node that may carry an @context of their own inside a document:
// each is a document in its own right that somebody embedded.
var documentTypes = []string{"VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation"}

// place is where a value stands.
type place struct {
	ctx   *contexts.Active
	graph rdfc.Term // the graph that statements go to; zero is the default graph
	prop  member    // the property whose value it is; zero for nodes of a graph

	choice *choice // what pointers select of it

	root     bool   // the document itself, or an element of it if it is an array
	sole     bool   // the document itself
	unlinked bool   // no statement leads to it: a node of a graph
	reversed bool   // it is the subject of the statement
	inList   bool   // an element of a @list
	madeList *bool  // where a @list tells that it is one
	inMap    bool   // an entry of an index, id or type map
	extra    *entry // what the key of that map says about it
	anew     bool   // its contexts begin where those of a document do
	alone    bool   // nothing else can be in its graph
}

// member is a property as it is written in one place.
type member struct {
	name string // the term, or the IRI itself
	iri  string
	term *contexts.Term // nil if the name is no term
}

// shape finds the keywords among the members of an object: at[kw] is 1 + the
// position of the first member that stands for kw.
type shape struct {
	at       [contexts.Keywords]int32
	collides string // a member that stands for the same keyword as another
}

func shapeOf(ctx *contexts.Active, members []strictjson.Member) (s shape) {
	for i := range members {
		kw := ctx.Keyword(members[i].Name)
		if kw == contexts.NoKeyword {
			continue
		}
		if s.at[kw] != 0 && kw != contexts.AtType && kw != contexts.AtIncluded && kw != contexts.AtNest {
			s.collides = members[i].Name
		}
		if s.at[kw] == 0 {
			s.at[kw] = int32(i + 1)
		}
	}
	return s
}

func (s *shape) has(kw contexts.Keyword) bool { return s.at[kw] != 0 }

// get returns the member that stands for the keyword, with a zero Member if
// there is none.
func (s *shape) get(kw contexts.Keyword, members []strictjson.Member) strictjson.Member {
	if i := s.at[kw]; i != 0 {
		return members[i-1]
	}
	return strictjson.Member{}
}

// nodes converts the nodes of a graph: the document, or the value of @graph or
// @included. Whatever is no node would be dropped there.
func (c *converter) nodes(at place, v strictjson.Value) error {
	switch v.Kind() {
	case strictjson.List:
		if err := c.deeper(); err != nil {
			return err
		}
		at.sole = false
		all := at.choice
		for i, e := range v.Elems() {
			at.choice = all.element(v, i)
			if err := c.nodes(at, e); err != nil {
				return errorIn(err, v, i)
			}
		}
		c.depth--
		return nil
	case strictjson.Dict:
		base := len(c.items)
		err := c.object(at, v)
		c.items = c.items[:base]
		return err
	default:
		return dropped("", "a value outside of every property")
	}
}

// object converts a JSON object, and pushes the terms that stand for it.
func (c *converter) object(at place, v strictjson.Value) error {
	if err := c.deeper(); err != nil {
		return err
	}
	members := v.Members()
	ctx, s, err := c.enter(&at, members)
	if err != nil {
		return err
	}
	typed := ctx // types are expanded without the contexts that they bring
	if s.has(contexts.AtType) {
		if ctx, err = c.typeScoped(ctx, members); err != nil {
			return err
		}
		if ctx != typed {
			s = shapeOf(ctx, members)
		}
	}
	if s.collides != "" {
		return contexts.Invalid(ErrStructure, s.collides, strconv.Quote(s.collides)+" says a second time what another member says")
	}
	if at.ctx != ctx {
		at.ctx = ctx
		if at.prop.term != nil && !s.has(contexts.AtValue) {
			at.prop.term = ctx.Term(at.prop.name) // @list and @set use the definition inside
		}
	}
	n := node{place: at, value: v, typed: typed, members: members, shape: s}
	if c.form != nil {
		if err := c.form.object(&n); err != nil {
			return err
		}
	}
	if s.has(contexts.AtValue) || s.has(contexts.AtList) || s.has(contexts.AtSet) || s.has(contexts.AtContext) && !n.root {
		if err := n.choice.undivided("a value with its type or language, or a document within the document,"); err != nil {
			return err
		}
	}
	switch {
	case s.has(contexts.AtValue):
		err = c.valueObject(&n)
	case s.has(contexts.AtList):
		err = c.listObject(&n)
	case s.has(contexts.AtSet):
		err = c.setObject(&n)
	default:
		err = c.node(&n)
	}
	if err != nil {
		return err
	}
	c.depth--
	return c.mayBringContext(&n)
}

// deeper counts a level of nesting; who calls it takes it back on success.
func (c *converter) deeper() error {
	if c.depth++; c.depth > maxDepth {
		return contexts.Fail(ErrLimit, "", "nested more deeply than is read")
	}
	return nil
}

// mayBringContext refuses an @context inside the document except on a
// credential or a presentation. A proof has none, since it could change what the
// proof's own words mean, unless its suite defines one there.
func (c *converter) mayBringContext(n *node) error {
	if !n.shape.has(contexts.AtContext) || n.root || c.opt.UnsafeInlineContexts || slices.ContainsFunc(n.types, n.bringsContext) {
		return nil
	}
	return contexts.At(contexts.Fail(ErrContextNotAllowed, "@context",
		"the "+ErrContextNotAllowed.Error()+" here: only a credential or a presentation may bring its own"), "@context")
}

// bringsContext reports whether a node of that type may have an @context: a
// document, or a proof of the suites that sign JSON, which repeat the contexts of
// their document ("set proof.@context to unsecuredDocument.@context").
func (n *node) bringsContext(class string) bool {
	name, ok := strings.CutPrefix(class, "https://www.w3.org/2018/credentials#")
	return ok && slices.Contains(documentTypes, name) || class == "https://w3id.org/security#DataIntegrityProof" &&
		slices.ContainsFunc(n.members, func(m strictjson.Member) bool {
			return m.Name == "cryptosuite" && (m.Value.Str() == "eddsa-jcs-2022" || m.Value.Str() == "ecdsa-jcs-2019")
		})
}

// enter finds the context inside an object before its types are looked at
// (API section 5.1.2 steps 7 to 9).
func (c *converter) enter(at *place, members []strictjson.Member) (*contexts.Active, shape, error) {
	ctx := at.ctx
	s := shapeOf(ctx, members)
	before := ctx
	if ctx.Previous != nil && !at.inMap && !s.has(contexts.AtValue) && (len(members) != 1 || !s.has(contexts.AtID)) {
		ctx = ctx.Previous // a type-scoped context ends where the next node begins
	}
	ctx, err := ctx.ScopedByProperty(c.opt.Contexts, at.prop.term)
	if err != nil {
		return nil, s, err
	}
	at.anew = false
	if s.has(contexts.AtContext) {
		at.anew = ctx == c.initial
		if ctx, err = c.localContext(ctx, s.get(contexts.AtContext, members).Value); err != nil {
			return nil, s, contexts.At(err, "@context")
		}
	}
	if ctx != before {
		s = shapeOf(ctx, members)
	}
	return ctx, s, nil
}

// typeScoped applies the contexts that the types of an object bring, in the
// order of the types' names.
func (c *converter) typeScoped(ctx *contexts.Active, members []strictjson.Member) (*contexts.Active, error) {
	var few [4]string
	names := few[:0]
	for i := range members {
		if ctx.Keyword(members[i].Name) != contexts.AtType {
			continue
		}
		for _, e := range members[i].Value.List() {
			names = append(names, e.Str())
		}
	}
	slices.Sort(names)
	inner := ctx
	for _, name := range names {
		var err error
		if inner, err = inner.ScopedByType(c.opt.Contexts, ctx.Term(name)); err != nil {
			return nil, err
		}
	}
	return inner, nil
}

// node is an object that is being converted: a node object, mostly.
type node struct {
	place
	value   strictjson.Value
	typed   *contexts.Active // the context for its types
	members []strictjson.Member
	shape   shape
	subject rdfc.Term
	types   []string // IRIs
	said    bool     // a statement was made about it, or it names a graph
}

// node converts a node object and pushes its term.
func (c *converter) node(n *node) error {
	if err := c.identify(n); err != nil {
		return err
	}
	if n.root && c.form != nil {
		c.form.subject = n.subject
	}
	p := part{document: n.value, graph: n.graph, from: len(c.quads)}
	proven := false // it says something by its proof
	for i := range n.members {
		before, said := len(c.quads), n.said
		if err := c.member(n, &n.members[i]); err != nil {
			return contexts.At(err, n.members[i].Name)
		}
		if n.members[i].Name == "proof" {
			p.proofFrom, p.proofTo = before, len(c.quads)
			n.said, proven = said, n.said
		}
	}
	if p.to = len(c.quads); n.isPart() && c.opt.Parts != nil {
		c.found = append(c.found, p)
	}
	n.said = n.said || proven
	if err := c.addEntry(n); err != nil {
		return err
	}
	if n.unlinked && !n.said && (n.shape.has(contexts.AtID) || !n.shape.has(contexts.AtIncluded)) {
		return dropped("", "a node that says nothing and to which nothing refers")
	}
	c.push(n.subject, n.choice)
	return nil
}

// isDefaultGraph reports whether the node is the document and has nothing but
// an @graph, whose nodes then belong to the default graph.
func (n *node) isDefaultGraph() bool {
	alone := 1
	if n.shape.has(contexts.AtContext) {
		alone++
	}
	return n.sole && n.shape.has(contexts.AtGraph) && len(n.members) == alone
}

// identify finds the subject of a node.
func (c *converter) identify(n *node) error {
	m := n.shape.get(contexts.AtID, n.members)
	text, ok := m.Value.Text()
	switch {
	case n.shape.has(contexts.AtID) && !ok:
		return contexts.At(contexts.Invalid(ErrStructure, m.Name, "an identifier must be a string"), m.Name)
	case !ok && n.extra != nil && n.extra.id.Kind != rdfc.None:
		n.subject = n.extra.id
		return nil
	case !ok:
		n.subject = c.blank()
		return nil
	}
	var err error
	if n.subject, err = c.id(n.ctx, text); err != nil {
		return contexts.At(err, m.Name)
	}
	if n.extra != nil && n.extra.id.Kind != rdfc.None && n.extra.id != n.subject {
		return dropped(text, "the key of the map")
	}
	return nil
}

// member converts one member of a node.
func (c *converter) member(n *node, m *strictjson.Member) error {
	switch kw := n.ctx.Keyword(m.Name); kw {
	case contexts.NoKeyword:
		return c.property(n, m)
	case contexts.AtID, contexts.AtContext:
		return nil
	case contexts.AtType:
		return c.types(n, m.Value)
	case contexts.AtGraph, contexts.AtIncluded, contexts.AtReverse, contexts.AtNest:
		return c.indirect(n, kw, m)
	case contexts.AtIndex:
		return dropped(m.Name, "@index data")
	default:
		return contexts.Invalid(ErrStructure, m.Name, strconv.Quote(m.Name)+" has no meaning here")
	}
}

// indirect converts a member that holds nodes or properties without being a
// property itself.
func (c *converter) indirect(n *node, kw contexts.Keyword, m *strictjson.Member) error {
	outer := n.choice
	defer func() { n.choice = outer }()
	n.choice = outer.member(m.Name)
	if err := n.choice.undivided("what stands under " + m.Name); err != nil {
		return err
	}
	switch {
	case kw == contexts.AtGraph:
		return c.graph(n, m.Value)
	case kw == contexts.AtReverse:
		return c.reverse(n, m.Value)
	case kw == contexts.AtNest:
		return c.nest(n, m)
	case n.prop.term != nil && n.prop.term.Scoped.Exists():
		// Does the property's context apply again? Processors disagree.
		return contexts.Unsupported("@included in a property that brings a context")
	}
	return c.nodes(place{ctx: n.ctx, graph: n.graph, unlinked: true, choice: n.choice}, m.Value)
}

func (c *converter) types(n *node, v strictjson.Value) error {
	for i, e := range v.List() {
		if err := c.oneType(n, e); err != nil {
			return errorIn(err, v, i)
		}
	}
	return nil
}

func (c *converter) oneType(n *node, v strictjson.Value) error {
	name, ok := v.Text()
	if !ok {
		return contexts.Invalid(ErrStructure, "@type", "a type must be a string")
	}
	t, err := c.vocabulary(n.typed, name, "type")
	if err != nil {
		return err
	}
	if t.Kind == rdfc.IRI {
		n.types = append(n.types, t.Value)
	}
	n.said = true
	c.emit(&rdfc.Quad{Subject: n.subject, Predicate: rdfType, Object: t, Graph: n.graph}, n.choice.groups())
	return nil
}

// addEntry adds what the key of a map says about the node.
func (c *converter) addEntry(n *node) error {
	if n.extra == nil {
		return nil
	}
	if n.extra.typ != "" {
		if err := c.oneType(n, strictjson.String(n.extra.typ)); err != nil {
			return err
		}
	}
	if n.extra.prop != "" {
		c.emit(&rdfc.Quad{Subject: n.subject, Predicate: n.extra.prop, Object: n.extra.value, Graph: n.graph}, n.choice.groups())
	}
	return nil
}

// graph converts the nodes of a named graph, or of the default graph.
func (c *converter) graph(n *node, v strictjson.Value) error {
	if v.Kind() != strictjson.Dict && v.Kind() != strictjson.List {
		return contexts.Invalid(ErrStructure, "@graph", "@graph must hold nodes")
	}
	in := place{ctx: n.ctx, graph: n.subject, unlinked: true, choice: n.choice}
	if n.isDefaultGraph() {
		in.graph = rdfc.Term{}
	}
	n.said = n.said || n.isDefaultGraph() || v.Kind() == strictjson.Dict || len(v.Elems()) > 0
	return c.nodes(in, v)
}

// reverse converts the statements that others make about the node. The map is
// expanded like an object of its own, so a type-scoped context ends here.
func (c *converter) reverse(n *node, v strictjson.Value) error {
	if v.Kind() != strictjson.Dict {
		return contexts.Invalid(ErrStructure, "@reverse", "@reverse must be an object")
	}
	outer := n.ctx
	defer func() { n.ctx = outer }()
	if outer.Previous != nil {
		n.ctx = outer.Previous
	}
	for _, m := range v.Members() {
		if n.ctx.Keyword(m.Name) != contexts.NoKeyword {
			return contexts.At(contexts.Invalid(ErrStructure, m.Name, "a keyword is no reverse property"), m.Name)
		}
		p, err := c.resolve(n.ctx, m.Name)
		if err == nil {
			err = c.statements(n, place{prop: p, choice: n.choice, reversed: p.term == nil || !p.term.Reverse}, m.Value)
		}
		if err != nil {
			return contexts.At(err, m.Name)
		}
	}
	return nil
}

// nest converts properties that are written one level deeper for tidiness. The
// term that holds them may bring a context for them.
func (c *converter) nest(n *node, m *strictjson.Member) error {
	outer := n.ctx
	defer func() { n.ctx = outer }()
	inner, err := outer.ScopedByProperty(c.opt.Contexts, outer.Term(m.Name))
	if err != nil {
		return err
	}
	n.ctx = inner
	for _, group := range m.Value.List() {
		if group.Kind() != strictjson.Dict {
			return contexts.Invalid(ErrStructure, m.Name, "@nest must hold objects")
		}
		for _, inner := range group.Members() {
			var err error
			switch n.ctx.Keyword(inner.Name) {
			case contexts.NoKeyword, contexts.AtNest, contexts.AtType:
				err = c.member(n, &inner)
			case contexts.AtValue:
				err = contexts.Invalid(ErrStructure, inner.Name, "@nest must not hold a value")
			default:
				err = contexts.Unsupported("a keyword inside @nest")
			}
			if err != nil {
				return contexts.At(err, inner.Name)
			}
		}
	}
	return nil
}

// property converts one property of a node.
func (c *converter) property(n *node, m *strictjson.Member) error {
	p, err := c.resolve(n.ctx, m.Name)
	if err != nil {
		return err
	}
	if p.term == nil && n.root && c.opt.TermsAtRoot {
		return undefined("term", m.Name)
	}
	return c.statements(n, place{prop: p, choice: n.choice.member(m.Name), reversed: p.term != nil && p.term.Reverse}, m.Value)
}

// resolve finds what a property means.
func (c *converter) resolve(ctx *contexts.Active, name string) (member, error) {
	if t := ctx.Term(name); t != nil {
		switch {
		case t.IRI == "":
			return member{}, undefined("term", name)
		case contexts.IsBlank(t.IRI):
			return member{}, contexts.Unsupported("a blank node as a property")
		}
		return member{name, t.IRI, t}, nil
	}
	if contexts.Reserved(name) {
		return member{}, undefined("keyword", name)
	}
	iri := name
	if prefix, suffix, ok := contexts.Compact(name); ok {
		if t := ctx.Term(prefix); t != nil && t.Prefix {
			iri = t.IRI + suffix
		}
	}
	if !contexts.HasColon(iri) {
		if ctx.Vocab == "" {
			return member{}, undefined("term", name)
		}
		iri = ctx.Vocab + name
	}
	iri, err := contexts.Property(iri)
	return member{name, iri, nil}, err
}

// statements converts the values of a property and states them.
func (c *converter) statements(n *node, at place, v strictjson.Value) error {
	if c.form != nil {
		if err := c.form.statement(n, at.prop, at.reversed); err != nil {
			return err
		}
	}
	base := len(c.items)
	defer func() { c.items = c.items[:base] }()
	at.ctx, at.graph = n.ctx, n.graph
	if err := c.values(at, v); err != nil {
		return err
	}
	for _, item := range c.items[base:] {
		n.said = true
		q := rdfc.Quad{Subject: n.subject, Predicate: at.prop.iri, Object: item.Term, Graph: n.graph}
		if at.reversed {
			if item.Kind == rdfc.Literal {
				return contexts.Invalid(ErrStructure, at.prop.name, "a literal cannot be the subject of a reverse property")
			}
			q.Subject, q.Object = item.Term, n.subject
		}
		c.emit(&q, item.groups)
	}
	return nil
}
