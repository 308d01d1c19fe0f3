package jsonld_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// generator makes documents that use a handful of terms, types and prefixes in
// every way that JSON-LD has, many of them wrong.
type generator struct{ *rand.Rand }

// object makes an object of members given as name, value, name, value …
func object(members ...any) strictjson.Value {
	v := strictjson.Object()
	for i := 0; i < len(members); i += 2 {
		v = v.With(members[i].(string), members[i+1].(strictjson.Value))
	}
	return v
}

func texts(s ...string) strictjson.Value {
	if len(s) == 1 {
		return strictjson.String(s[0])
	}
	return strictjson.Strings(s...)
}

func (g generator) one(from ...string) string { return from[g.IntN(len(from))] }
func (g generator) rarely(n int) bool         { return g.IntN(n) == 0 }
func (g generator) term() string              { return "t" + strconv.Itoa(g.IntN(6)) }
func (g generator) typeName() string          { return "T" + strconv.Itoa(g.IntN(3)) }

func (g generator) iri() string {
	return g.one("http://e/a", "http://e/b", "p:x", "q:y", "_:b", "http://e/c#", "urn:z")
}

// document makes a node and the context for it.
func (g generator) document() (doc, context strictjson.Value) {
	return g.node(0), g.context(0)
}

func (g generator) context(depth int) strictjson.Value {
	c := object()
	terms := 1 + g.IntN(3)
	if depth == 0 {
		terms = 7
		c = object("p", texts("http://p/"), "q", object("@id", texts("http://q/n"), "@prefix", strictjson.Bool(true)))
	}
	if g.rarely(5) {
		c = c.With("@vocab", texts(g.one("http://v/", "urn:v:")))
	}
	if g.rarely(10) {
		c = c.With("@language", texts("FR"))
	}
	if g.rarely(10) {
		c = c.With("@protected", strictjson.Bool(true))
	}
	if depth > 0 && g.rarely(10) {
		c = c.With("@propagate", strictjson.Bool(g.rarely(2)))
	}
	for range terms {
		c = c.With(g.term(), g.definition(depth))
	}
	for range 2 {
		t := object("@id", texts("http://t/"+strconv.Itoa(g.IntN(9))))
		if depth < 2 && g.rarely(2) {
			t = t.With("@context", g.context(depth+1))
		}
		c = c.With(g.typeName(), t)
	}
	return c
}

func (g generator) definition(depth int) strictjson.Value {
	switch g.IntN(8) {
	case 0:
		return texts(g.iri())
	case 1:
		return texts(g.one("@id", "@type", "@value", "@list", "@set", "@graph", "@included", "@nest", "@reverse", "@index", "@none", g.term()))
	}
	d := object("@id", texts(g.iri()))
	if g.rarely(3) {
		d = d.With("@type", texts(g.one("@id", "@vocab", "@json", "@none", "http://e/dt", "p:dt")))
	}
	if g.rarely(3) {
		d = d.With("@container", [...]strictjson.Value{
			texts("@list"), texts("@set"), texts("@graph"), texts("@id"), texts("@type"), texts("@language"),
			texts("@index"), texts("@graph", "@set"), texts("@graph", "@id"), texts("@set", "@type"),
		}[g.IntN(10)])
		if g.rarely(3) {
			d = d.With("@index", texts(g.one("t0", "http://e/idx")))
		}
	}
	if g.rarely(8) {
		d = d.With("@language", texts(g.one("de", "EN")))
	}
	if g.rarely(8) {
		d = d.With("@protected", strictjson.Bool(true))
	}
	if g.rarely(15) {
		d = d.Without("@id").With("@reverse", texts(g.iri()))
	}
	if depth < 2 && g.rarely(4) {
		d = d.With("@context", g.context(depth+1))
	}
	return d
}

func (g generator) node(depth int) strictjson.Value {
	n := object()
	if g.rarely(3) {
		n = n.With("@id", texts(g.one("http://e/1", "http://e/2", "_:n", "p:3")))
	}
	if g.rarely(2) {
		n = n.With("@type", texts(slices.Repeat([]string{g.typeName()}, 1+g.IntN(2))...))
	}
	for range 1 + g.IntN(2) {
		switch g.IntN(30) {
		case 0:
			n = n.With("@reverse", object(g.term(), g.node(depth+1)))
		case 1:
			n = n.With("@nest", object(g.term(), g.value(depth+1)))
		case 2:
			n = n.With("@included", g.node(depth+1))
		case 3:
			n = n.With("@graph", g.node(depth+1))
		case 4:
			n = n.With("p:z", g.value(depth+1))
		case 5:
			n = n.With("http://e/z", g.value(depth+1))
		default:
			n = n.With(g.term(), g.value(depth+1))
		}
	}
	return n
}

func (g generator) value(depth int) strictjson.Value {
	kind := g.IntN(16)
	if depth > 4 {
		kind = 15
	}
	switch kind {
	case 0, 1, 2, 3, 4:
		return g.node(depth + 1)
	case 5:
		return strictjson.Array(g.value(depth+1), g.value(depth+1))
	case 6:
		return object("@value", strictjson.Int(g.IntN(9)))
	case 7:
		return object("@value", texts("v"), "@type", texts(g.one("http://e/dt", "p:dt", "T0", "@json", "t1")))
	case 8:
		return object("@value", texts("v"), "@language", texts(g.one("en", "DE-de")))
	case 9:
		return object("@list", strictjson.Array(g.value(depth+1), g.value(depth+1)))
	case 10:
		return object("@set", strictjson.Array(g.value(depth+1)))
	case 11:
		return object(g.one("en", "http://e/k", "T1", "p:k", "@none"), g.value(depth+1))
	case 12:
		return object("@graph", strictjson.Array(g.node(depth+1)))
	}
	return texts(g.one("s", "p:x", "http://e/o", "t1", "T0"))
}

// A context means the same wherever it stands: in the document, behind a URL,
// or behind a URL whose compiled form is remembered from before. And the order
// of members means nothing.
func TestContextsMeanTheSame(t *testing.T) {
	const url = "https://example.org/v1"
	g := generator{rand.New(rand.NewPCG(11, 7))}
	accepted := 0
	for i := range 8_000 {
		doc, context := g.document()
		set, err := (&jsonld.Contexts{}).With(url, object("@context", context).JSON())
		if _, err2 := (&jsonld.Contexts{}).With(url, backwards(object("@context", context)).JSON()); (err == nil) != (err2 == nil) {
			t.Fatalf("%d: forwards %v, backwards %v\n%s", i, err, err2, context.JSON())
		}
		inline, inlineErr := jsonld.ToRDF(doc.With("@context", context), jsonld.Options{UnsafeInlineContexts: true})
		if err != nil {
			if inlineErr == nil {
				t.Fatalf("%d: a context that cannot be pinned is accepted inline: %v\n%s", i, err, context.JSON())
			}
			continue
		}
		byURL := doc.With("@context", texts(url))
		cold, coldErr := jsonld.ToRDF(byURL, jsonld.Options{Contexts: set})
		warm, warmErr := jsonld.ToRDF(byURL, jsonld.Options{Contexts: set})
		turned, turnedErr := jsonld.ToRDF(backwards(byURL), jsonld.Options{Contexts: set})
		if (inlineErr == nil) != (coldErr == nil) || (warmErr == nil) != (coldErr == nil) || (turnedErr == nil) != (coldErr == nil) {
			t.Fatalf("%d: inline %v, behind a URL %v, again %v, backwards %v\n%s", i, inlineErr, coldErr, warmErr, turnedErr, byURL.With("@context", context).JSON())
		}
		if coldErr != nil {
			continue
		}
		accepted++
		if !slices.Equal(inline, cold) || !slices.Equal(warm, cold) {
			t.Fatalf("%d: inline\n%vbehind a URL\n%vagain\n%v\n%s", i, inline, cold, warm, byURL.With("@context", context).JSON())
		}
		if one, other := forms(cold), forms(turned); one != other {
			t.Fatalf("%d: forwards\n%sbackwards\n%s\n%s", i, one, other, byURL.With("@context", context).JSON())
		}
	}
	if accepted < 400 {
		t.Errorf("%d documents accepted; the generator makes too much nonsense", accepted)
	}
}

// forms is the canonical form, or how many quads there are if they are too
// symmetric for one.
func forms(quads []rdfc.Quad) string {
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return fmt.Sprint(len(quads))
	}
	return string(c.NQuads)
}
