package schema

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// rule is a compiled schema: what a value must keep to. The zero rule is kept by
// everything.
type rule struct {
	ref        *rule
	never      bool // the schema false
	kinds      []strictjson.Kind
	enum       []strictjson.Value
	pattern    *regexp.Regexp
	properties map[string]*rule
	required   []string
	additional *rule // of members that properties does not name
	names      *rule // of the names of members
	tuple      []*rule
	items      *rule // of the elements behind the tuple
	contains   *rule
	minItems   int
	one        []*rule // exactly one of them
	any        []*rule
	all        []*rule
}

// kinds are the types of JSON Schema. An integer is a number here: no schema that is
// compiled in tells them apart.
var kinds = map[string][]strictjson.Kind{
	"string": {strictjson.Text}, "object": {strictjson.Dict}, "array": {strictjson.List}, "null": {strictjson.Null},
	"number": {strictjson.Number}, "integer": {strictjson.Number}, "boolean": {strictjson.True, strictjson.False},
}

// errKeyword: a schema that is half understood would be half kept.
var errKeyword = errors.New("the schema has a keyword that is not known here")

// compiler turns the text of a schema into rules.
type compiler struct {
	extent   Extent
	defs     strictjson.Value
	compiled map[string]*rule          // by reference
	patterns map[string]*regexp.Regexp // most are there a hundred times
}

// compileText compiles a schema, or the definition in it that place names.
func compileText(text []byte, place string, extent Extent) (*rule, error) {
	root, err := strictjson.Parse(text)
	if err != nil {
		return nil, err
	}
	c := compiler{extent, root.Get("$defs"), make(map[string]*rule), make(map[string]*regexp.Regexp)}
	if place != "" {
		return c.reference(place)
	}
	return c.rule(root.Without("$id", "$defs"))
}

// reference compiles a definition once, so that rules can be in themselves.
func (c *compiler) reference(to string) (*rule, error) {
	if r, ok := c.compiled[to]; ok {
		return r, nil
	}
	name, ok := strings.CutPrefix(to, "#/$defs/")
	def := c.defs.Get(name)
	if !ok || !def.Exists() {
		return nil, fmt.Errorf("%w: $ref %s", errKeyword, to)
	}
	r := &rule{}
	c.compiled[to] = r
	made, err := c.rule(def)
	if err != nil {
		return nil, err
	}
	*r = *made
	return r, nil
}

func (c *compiler) rule(v strictjson.Value) (*rule, error) {
	r := &rule{never: v.Kind() == strictjson.False}
	for _, m := range v.Members() {
		if err := c.keyword(r, m.Name, m.Value); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return c.relaxed(r), nil
}

// keyword adds one keyword to a rule.
func (c *compiler) keyword(r *rule, name string, v strictjson.Value) (err error) {
	switch name {
	case "format": // an annotation; dates are checked by package credential
	case "$ref":
		r.ref, err = c.reference(v.Str())
	case "type":
		for _, t := range v.List() {
			r.kinds = append(r.kinds, kinds[t.Str()]...)
		}
	case "enum":
		r.enum = v.Elems()
	case "pattern":
		r.pattern, err = c.regexp(v.Str())
	case "properties":
		r.properties, err = c.members(v)
	case "required":
		for _, e := range v.Elems() {
			r.required = append(r.required, e.Str())
		}
	case "additionalProperties":
		r.additional, err = c.rule(v)
	case "propertyNames":
		r.names, err = c.rule(v)
	case "items":
		if v.Kind() == strictjson.List {
			r.tuple, err = c.several(v)
		} else {
			r.items, err = c.rule(v)
		}
	case "additionalItems":
		r.items, err = c.rule(v)
	case "contains":
		r.contains, err = c.rule(v)
	case "minItems":
		literal, _ := v.Literal()
		r.minItems, err = strconv.Atoi(literal)
	case "oneOf":
		r.one, err = c.several(v)
	case "anyOf":
		r.any, err = c.several(v)
	case "allOf":
		r.all, err = c.several(v)
	default:
		return errKeyword
	}
	return err
}

// relaxed leaves out what a selection cannot keep.
func (c *compiler) relaxed(r *rule) *rule {
	if c.extent == Selection {
		r.required, r.contains, r.minItems = nil, nil, 0
		if len(r.one) > 0 {
			r.any, r.one = append(r.any, r.one...), nil
		}
	}
	return r
}

func (c *compiler) regexp(text string) (*regexp.Regexp, error) {
	if p, ok := c.patterns[text]; ok {
		return p, nil
	}
	p, err := regexp.Compile(text)
	c.patterns[text] = p
	return p, err
}

func (c *compiler) members(v strictjson.Value) (map[string]*rule, error) {
	out := make(map[string]*rule, len(v.Members()))
	for _, m := range v.Members() {
		r, err := c.rule(m.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
		out[m.Name] = r
	}
	return out, nil
}

func (c *compiler) several(v strictjson.Value) ([]*rule, error) {
	out := make([]*rule, 0, len(v.Elems()))
	for _, e := range v.Elems() {
		r, err := c.rule(e)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}
