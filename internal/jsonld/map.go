package jsonld

import (
	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// languageMap converts {"en": "…", "de": ["…", "…"]}.
func (c *converter) languageMap(at place, v strictjson.Value) error {
	dir := at.ctx.Dir
	if at.prop.term.HasDir {
		dir = at.prop.term.Dir
	}
	for _, m := range v.Members() {
		lang := ""
		if at.ctx.Keyword(m.Name) != contexts.AtNone {
			var err error
			if lang, err = contexts.LanguageTag(m.Name); err != nil {
				return contexts.At(err, m.Name)
			}
		}
		if m.Value.Kind() == strictjson.Null {
			continue
		}
		for _, e := range m.Value.List() {
			text, ok := e.Text()
			if !ok {
				return contexts.At(contexts.Invalid(ErrStructure, m.Name, "the value of a language must be a string"), m.Name)
			}
			c.push(worded(text, lang, dir), at.choice)
		}
	}
	return nil
}

// entry is what the key of an id map, a type map or an index map says about
// each value under it.
type entry struct {
	id    rdfc.Term // id map; zero is none
	typ   string    // type map
	prop  string    // index map: the IRI of the property that holds the key
	value rdfc.Term // its value
}

// keyedMap converts the value of a property whose container is @id, @type or
// @index (API section 5.1.2 step 13.8).
func (c *converter) keyedMap(at place, v strictjson.Value) error {
	at.inMap = true
	for _, m := range v.Members() {
		if err := c.keyed(at, m); err != nil {
			return contexts.At(err, m.Name)
		}
	}
	return nil
}

func (c *converter) keyed(at place, m strictjson.Member) error {
	t := at.prop.term
	e, err := c.entry(at, m.Name)
	if err != nil {
		return err
	}
	if t.Container&(contexts.InID|contexts.InType) != 0 && at.ctx.Previous != nil {
		at.ctx = at.ctx.Previous
	}
	if t.Container&contexts.InType != 0 {
		if at.ctx, err = at.ctx.ScopedByType(c.opt.Contexts, at.ctx.Term(m.Name)); err != nil {
			return err
		}
	}
	if e != (entry{}) {
		at.extra = &e
	}
	for _, item := range m.Value.List() {
		switch {
		case item.Kind() == strictjson.Null:
			err = dropped("", "null in a map")
		case t.Container&contexts.InGraph != 0:
			err = c.keyedGraph(at, e, item)
		default:
			err = c.each(at, item)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// keyedGraph converts a graph that the key names or describes.
func (c *converter) keyedGraph(at place, e entry, v strictjson.Value) error {
	if isGraphObject(at.ctx, v) {
		return c.object(at, v)
	}
	name := e.id
	if name.Kind == rdfc.None {
		name = c.blank()
	}
	if e.prop != "" {
		c.emit(&rdfc.Quad{Subject: name, Predicate: e.prop, Object: e.value, Graph: at.graph}, at.choice.groups())
	}
	return c.oneGraph(at, name, v)
}

// isGraphObject reports whether the object is a graph already, with a name or
// without, so that it must not become a graph of a graph.
func isGraphObject(ctx *contexts.Active, v strictjson.Value) bool {
	graph := false
	for _, m := range v.Members() {
		switch ctx.Keyword(m.Name) {
		case contexts.AtGraph:
			graph = true
		case contexts.AtID, contexts.AtContext, contexts.AtIndex:
		default:
			return false
		}
	}
	return graph
}

// entry reads a key.
func (c *converter) entry(at place, key string) (e entry, err error) {
	t := at.prop.term
	switch {
	case at.ctx.Keyword(key) == contexts.AtNone:
		return e, nil
	case t.Container&contexts.InID != 0:
		e.id, err = c.id(at.ctx, key)
		return e, err
	case t.Container&contexts.InType != 0:
		e.typ = key
		return e, nil
	case t.Index == "":
		return e, dropped(key, "the key of an @index map")
	}
	if t.Scoped.Exists() {
		return e, contexts.Unsupported("an index property beside a context of its own")
	}
	p, err := c.resolve(at.ctx, t.Index)
	if err != nil {
		return e, err
	}
	e.prop = p.iri
	e.value, err = c.coerced(at.ctx, p.term, strictjson.String(key))
	return e, err
}
