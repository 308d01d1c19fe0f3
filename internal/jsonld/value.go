package jsonld

import (
	"math"
	"strconv"
	"strings"

	"laurel/internal/jsonld/contexts"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// values converts the value of a property and pushes a term for each item
// (API section 5.1.2 steps 13.5 to 13.12).
func (c *converter) values(at place, v strictjson.Value) error {
	t := at.prop.term
	if t == nil {
		return c.each(at, v)
	}
	if t.Coerce == contexts.ToJSON || t.Container&^contexts.InSet != 0 {
		if err := at.choice.undivided("a list, a map or a JSON literal"); err != nil {
			return err
		}
	}
	switch {
	case t.Coerce == contexts.ToJSON && t.Container&^contexts.InSet != 0:
		return contexts.Unsupported("a JSON literal in a container")
	case t.Coerce == contexts.ToJSON:
		return c.jsonLiteral(at, v)
	case v.Kind() == strictjson.Null:
		return nil // null is how JSON-LD writes that there is no value
	case t.Container&contexts.InList != 0 && at.reversed:
		return contexts.Invalid(ErrStructure, at.prop.name, "a list cannot be the subject of a reverse property")
	case t.Container&contexts.InList != 0:
		return c.listOf(at, v)
	case t.Container&contexts.InLanguage != 0 && v.Kind() == strictjson.Dict:
		return c.languageMap(at, v)
	case t.Container&(contexts.InIndex|contexts.InID|contexts.InType) != 0 && v.Kind() == strictjson.Dict:
		return c.keyedMap(at, v)
	case t.Container&(contexts.InGraph|contexts.InIndex|contexts.InID) == contexts.InGraph:
		return c.graphs(at, v)
	}
	return c.each(at, v)
}

// each converts a value, or the elements of an array.
func (c *converter) each(at place, v strictjson.Value) error {
	switch v.Kind() {
	case strictjson.Dict:
		return c.object(at, v)
	case strictjson.Null, strictjson.Absent:
		return nil
	case strictjson.List:
		if err := c.deeper(); err != nil {
			return err
		}
		all := at.choice
		for i, e := range v.Elems() {
			at.choice = all.element(v, i)
			if err := c.element(at, e); err != nil {
				return errorIn(err, v, i)
			}
		}
		c.depth--
		return nil
	default:
		return c.scalar(at, v)
	}
}

func (c *converter) element(at place, e strictjson.Value) error {
	switch {
	case e.Kind() == strictjson.Null:
		return dropped("", "null in an array")
	case e.Kind() != strictjson.List:
	case at.prop.term != nil && at.prop.term.Container&contexts.InList != 0:
		return c.listOf(at, e)
	case at.inList:
		// The specification joins it to the list, processors make it a list
		// of its own.
		return contexts.Unsupported("an array in a @list")
	}
	return c.each(at, e)
}

// listOf makes one list of the value of a property whose container is @list,
// or of one array inside of it. A value that is a @list already stays one.
func (c *converter) listOf(at place, v strictjson.Value) error {
	base := len(c.items)
	at.inList = v.Kind() == strictjson.List
	made := false
	if !at.inList {
		at.madeList = &made
	}
	if err := c.each(at, v); err != nil {
		return err
	}
	if !made {
		c.chain(at, base)
	}
	return nil
}

// chain replaces the items from base on by the list of them.
func (c *converter) chain(at place, base int) {
	g := at.choice.groups()
	head := rdfc.Term{Kind: rdfc.IRI, Value: rdfNil}
	for i := len(c.items) - 1; i >= base; i-- {
		cell := c.blank()
		c.emit(&rdfc.Quad{Subject: cell, Predicate: rdfFirst, Object: c.items[i].Term, Graph: at.graph}, g)
		c.emit(&rdfc.Quad{Subject: cell, Predicate: rdfRest, Object: head, Graph: at.graph}, g)
		head = cell
	}
	c.items = append(c.items[:base], item{head, g})
}

// listObject converts {"@list": …}.
func (c *converter) listObject(n *node) error {
	switch {
	case n.unlinked:
		return dropped("@list", "a list outside of every property")
	case n.reversed:
		return contexts.Invalid(ErrStructure, n.prop.name, "a list cannot be the subject of a reverse property")
	}
	m, err := n.only(contexts.AtList)
	if err != nil {
		return err
	}
	base := len(c.items)
	inner := n.place
	inner.inList, inner.madeList = true, nil
	if err := c.each(inner, m.Value); err != nil {
		return contexts.At(err, m.Name)
	}
	c.chain(n.place, base)
	if n.madeList != nil {
		*n.madeList = true
	}
	return nil
}

// setObject converts {"@set": …}, which stands for its elements.
func (c *converter) setObject(n *node) error {
	m, err := n.only(contexts.AtSet)
	if err != nil {
		return err
	}
	inner := n.place
	inner.sole, inner.madeList = false, nil
	inner.inList = n.prop.term != nil && n.prop.term.Container&contexts.InList != 0
	convert := c.each
	switch {
	case n.inList:
		// Processors disagree whether it is joined to the list.
		return contexts.Unsupported("@set in a list")
	case n.unlinked && n.prop.name != "":
		return contexts.Unsupported("@set in a graph container")
	case n.unlinked:
		convert = c.nodes
	}
	if err := convert(inner, m.Value); err != nil {
		return contexts.At(err, m.Name)
	}
	return nil
}

// only returns the member for @list or @set, which nothing else may accompany.
func (n *node) only(kw contexts.Keyword) (strictjson.Member, error) {
	for _, m := range n.members {
		switch n.ctx.Keyword(m.Name) {
		case kw, contexts.AtContext:
		case contexts.AtIndex:
			return m, dropped(m.Name, "@index data")
		default:
			return m, contexts.At(contexts.Invalid(ErrStructure, m.Name, "it cannot stand beside @list or @set"), m.Name)
		}
	}
	return n.shape.get(kw, n.members), nil
}

// graphs converts the value of a property whose container is @graph: each item
// becomes a graph of its own, named by a new blank node.
func (c *converter) graphs(at place, v strictjson.Value) error {
	at.alone = true
	for i, e := range v.List() {
		if err := c.oneGraph(at, c.blank(), e); err != nil {
			return errorIn(err, v, i)
		}
	}
	return nil
}

// oneGraph converts a node into the graph of that name and pushes the name.
func (c *converter) oneGraph(at place, name rdfc.Term, v strictjson.Value) error {
	if v.Kind() != strictjson.Dict {
		return dropped(at.prop.name, "a graph that is no object")
	}
	inner := at
	inner.graph, inner.unlinked, inner.reversed, inner.extra = name, true, false, nil
	base := len(c.items)
	if err := c.object(inner, v); err != nil {
		return err
	}
	c.items = append(c.items[:base], item{name, at.choice.groups()})
	return nil
}

// scalar converts a string, a number, true or false as the property's term
// says (Value Expansion, API section 5.3).
func (c *converter) scalar(at place, v strictjson.Value) error {
	t := at.prop.term
	ctx, err := at.ctx.ScopedByProperty(c.opt.Contexts, t)
	if err != nil {
		return err
	}
	if ctx != at.ctx {
		t = ctx.Term(at.prop.name)
	}
	item, err := c.coerced(ctx, t, v)
	if err != nil {
		return err
	}
	if at.extra != nil {
		if item.Kind == rdfc.Literal {
			return literalInMap(at)
		}
		if err := c.addEntry(&node{place: at, typed: ctx, subject: item}); err != nil {
			return err
		}
	}
	c.push(item, at.choice)
	return nil
}

func (c *converter) coerced(ctx *contexts.Active, t *contexts.Term, v strictjson.Value) (rdfc.Term, error) {
	text, isText := v.Text()
	if t == nil {
		t = &contexts.Term{}
	}
	switch {
	case !isText:
		return native(v, t.Datatype)
	case t.Coerce == contexts.ToID:
		return c.id(ctx, text)
	case t.Coerce == contexts.ToVocab:
		return c.vocabulary(ctx, text, "value")
	case t.Coerce == contexts.ToDatatype:
		return typed(text, t.Datatype)
	}
	lang, dir := ctx.Lang, ctx.Dir
	if t.HasLang {
		lang = t.Lang
	}
	if t.HasDir {
		dir = t.Dir
	}
	return worded(text, lang, dir), nil
}

// worded makes the literal of a text with its language and direction. RDF 1.1
// has no direction: JSON-LD 1.1 offers to write it into the datatype
// ("i18n-datatype"), and so do those who sign Verifiable Credentials; leaving
// it out instead would leave it unsigned.
func worded(text, lang, dir string) rdfc.Term {
	if dir != "" {
		return rdfc.Term{Kind: rdfc.Literal, Value: text, Datatype: i18nNS + lang + "_" + dir}
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: text, Lang: lang}
}

func typed(text, datatype string) (rdfc.Term, error) {
	switch datatype {
	case xsdString:
		datatype = ""
	case rdfNS + "langString":
		return rdfc.Term{}, contexts.Invalid(ErrStructure, datatype, "a language-tagged string needs @language")
	}
	return rdfc.Term{Kind: rdfc.Literal, Value: text, Datatype: datatype}, nil
}

func (c *converter) jsonLiteral(at place, v strictjson.Value) error {
	text, err := v.Canonical()
	if err != nil {
		return contexts.Fail(ErrStructure, "", err.Error())
	}
	c.push(rdfc.Term{Kind: rdfc.Literal, Value: string(text), Datatype: rdfJSON}, at.choice)
	return nil
}

// native makes the literal of a number, true or false; datatype "" is the
// native one (API section 8.6 steps 7 to 11).
func native(v strictjson.Value, datatype string) (rdfc.Term, error) {
	lit, isNumber := v.Literal()
	if !isNumber {
		if datatype == "" {
			datatype = xsdBoolean
		}
		return typed(strconv.FormatBool(v.IsTrue()), datatype)
	}
	text, own, err := number(lit, datatype == xsdDouble)
	if err != nil {
		return rdfc.Term{}, err
	}
	if datatype == "" {
		datatype = own
	}
	return typed(text, datatype)
}

// number gives the canonical lexical form of a JSON number, and the datatype
// that it has by itself: an xsd:integer if it is whole and less than 1e21, an
// xsd:double ("1.5E0") otherwise or if that was asked for.
func number(lit string, double bool) (text, datatype string, err error) {
	const exact = 15 // digits that every double holds
	if !double && len(lit) <= exact && !strings.ContainsAny(lit, ".eE") && lit != "-0" {
		return lit, xsdInteger, nil
	}
	f, parseErr := strconv.ParseFloat(lit, 64)
	if parseErr != nil {
		return "", "", contexts.Invalid(ErrStructure, lit, "a number is too large")
	}
	if !double && f == math.Trunc(f) && math.Abs(f) < 1e21 {
		if text = strconv.FormatFloat(f, 'f', 0, 64); text == "-0" {
			text = "0"
		}
		if !strings.ContainsAny(lit, ".eE") && lit != text && lit != "-0" {
			return "", "", dropped(lit, "the last digits of the number "+lit)
		}
		return text, xsdInteger, nil
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'E', 15, 64), "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	e, err := strconv.Atoi(exponent) // without its plus sign and zeros
	return mantissa + "E" + strconv.Itoa(e), xsdDouble, err
}

// valueObject converts {"@value": …}.
func (c *converter) valueObject(n *node) error {
	if n.unlinked {
		return dropped("@value", "a value outside of every property")
	}
	for _, m := range n.members {
		switch n.ctx.Keyword(m.Name) {
		case contexts.AtValue, contexts.AtType, contexts.AtLanguage, contexts.AtDirection, contexts.AtContext:
		case contexts.AtIndex:
			return dropped(m.Name, "@index data")
		default:
			return contexts.At(contexts.Invalid(ErrStructure, m.Name, "it cannot stand beside @value"), m.Name)
		}
	}
	if n.extra != nil {
		return literalInMap(n.place)
	}
	value := n.shape.get(contexts.AtValue, n.members).Value
	tagged := n.shape.has(contexts.AtLanguage) || n.shape.has(contexts.AtDirection)
	var item rdfc.Term
	var err error
	switch typeOf := n.shape.get(contexts.AtType, n.members).Value; {
	case typeOf.Exists() && tagged:
		return contexts.Invalid(ErrStructure, "@type", "a value has either a type or a language")
	case tagged:
		item, err = taggedValue(value, n.shape.get(contexts.AtLanguage, n.members).Value, n.shape.get(contexts.AtDirection, n.members).Value)
	case typeOf.Exists() && n.typed.Keyword(typeOf.Str()) == contexts.AtJSON:
		return c.jsonLiteral(n.place, value)
	default:
		item, err = c.typedValue(n.typed, typeOf, value)
	}
	if err != nil {
		return err
	}
	c.push(item, n.choice)
	return nil
}

func literalInMap(at place) error {
	return contexts.Invalid(ErrStructure, at.prop.name, "the key of a map says something about a literal")
}

func (c *converter) typedValue(ctx *contexts.Active, typeOf, value strictjson.Value) (rdfc.Term, error) {
	datatype := ""
	if typeOf.Exists() {
		typeName, ok := typeOf.Text()
		if !ok {
			return rdfc.Term{}, contexts.Invalid(ErrStructure, "@type", "the type of a value must be a string")
		}
		t, err := c.vocabulary(ctx, typeName, "type")
		if err != nil {
			return t, err
		}
		if t.Kind != rdfc.IRI {
			return t, contexts.Invalid(ErrStructure, typeName, "a blank node is no datatype")
		}
		datatype = t.Value
	}
	switch text, isText := value.Text(); {
	case isText:
		return typed(text, datatype)
	case value.Kind() == strictjson.Null:
		return rdfc.Term{}, dropped("@value", "a value of null")
	case value.Kind() == strictjson.Dict, value.Kind() == strictjson.List:
		return rdfc.Term{}, contexts.Invalid(ErrStructure, "@value", "a value must be a string, a number, true or false")
	}
	return native(value, datatype)
}

func taggedValue(value, tag, dir strictjson.Value) (rdfc.Term, error) {
	text, ok := value.Text()
	if !ok {
		return rdfc.Term{}, contexts.Invalid(ErrStructure, "@language", "only a string has a language or a direction")
	}
	lang, way := "", ""
	var err error
	if tag.Exists() {
		if lang, err = contexts.OptionalLanguage(tag); err != nil {
			return rdfc.Term{}, err
		}
	}
	if dir.Exists() {
		if way, err = contexts.ReadDirection(dir); err != nil {
			return rdfc.Term{}, err
		}
	}
	return worded(text, lang, way), nil
}

// id is the term of an identifier: a compact IRI, a blank node or an IRI.
func (c *converter) id(ctx *contexts.Active, s string) (rdfc.Term, error) {
	if contexts.Reserved(s) {
		return rdfc.Term{}, contexts.Relative(s)
	}
	if prefix, suffix, ok := contexts.Compact(s); ok {
		if t := ctx.Term(prefix); t != nil && t.Prefix {
			return c.named(t.IRI + suffix)
		}
	}
	if c.opt.resolve != nil && !contexts.IsBlank(s) && !contexts.HasScheme(s) {
		s = c.opt.resolve(s)
	}
	return c.named(s)
}

// vocabulary is the term of a type, or of a value that is written as a term.
func (c *converter) vocabulary(ctx *contexts.Active, s, what string) (rdfc.Term, error) {
	if t := ctx.Term(s); t != nil {
		if t.IRI == "" {
			return rdfc.Term{}, undefined(what, s)
		}
		return c.named(t.IRI)
	}
	switch {
	case contexts.Reserved(s):
		return rdfc.Term{}, undefined(what, s)
	case contexts.HasColon(s):
		return c.id(ctx, s)
	case ctx.Vocab != "":
		return c.named(ctx.Vocab + s)
	case c.opt.resolve != nil:
		return c.id(ctx, s)
	}
	return rdfc.Term{}, undefined(what, s)
}
