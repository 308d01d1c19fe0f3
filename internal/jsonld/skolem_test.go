package jsonld_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/piprate/json-gold/ld"
)

// This file is canonicalizeAndGroup as Data Integrity ECDSA Cryptosuites 1.0,
// sections 3.4.8 to 3.4.16, has it, on top of json-gold: an oracle for
// ToRDFGroups that goes another way.

var errNoMatch = errors.New("the JSON pointer does not match the compacted document")

// skolem is a document in which every blank node has an URN.
type skolem struct {
	expanded []any
	compact  map[string]any
	labels   map[string]string // from blank nodes to canonical ones
	whole    string
}

func goldOptions() *ld.JsonLdOptions {
	opt := ld.NewJsonLdOptions("")
	opt.DocumentLoader = embeddedLoader{}
	opt.Format = "application/n-quads"
	return opt
}

// skolemized is skolemizeCompactJsonLd, with what follows from it for the whole
// document.
func skolemized(doc strictjson.Value) (*skolem, error) {
	p := ld.NewJsonLdProcessor()
	expanded, err := p.Expand(unmarshal(doc), goldOptions())
	if err != nil {
		return nil, err
	}
	count := 0
	s := &skolem{expanded: skolemize(expanded, &count)}
	if s.compact, err = p.Compact(s.expanded, unmarshal(doc).(map[string]any)["@context"], goldOptions()); err != nil {
		return nil, err
	}
	whole, err := s.canonical(s.expanded)
	if err != nil {
		return nil, err
	}
	s.whole, s.labels = string(whole.NQuads), whole.Labels
	if again, err := s.canonical(s.compact); err != nil || string(again.NQuads) != s.whole {
		return nil, fmt.Errorf("json-gold compacts it to another document: %v", err)
	}
	return s, nil
}

// canonical is the canonical form of a document with URNs.
func (s *skolem) canonical(doc any) (*rdfc.Canonical, error) {
	quads, err := deskolemized(doc)
	if err != nil {
		return nil, err
	}
	return rdfc.Canonicalize(quads, rdfc.Options{})
}

// skolemize is skolemizeExpandedJsonLd.
func skolemize(expanded []any, count *int) []any {
	var out []any
	for _, element := range expanded {
		object, ok := element.(map[string]any)
		if _, literal := object["@value"]; !ok || literal {
			out = append(out, element)
			continue
		}
		node := map[string]any{}
		for property, value := range object {
			if list, ok := value.([]any); ok {
				node[property] = skolemize(list, count)
			} else {
				node[property] = skolemize([]any{value}, count)[0]
			}
		}
		switch id, ok := node["@id"].(string); {
		case !ok:
			node["@id"] = "urn:bnid:_random_" + strconv.Itoa(*count)
			*count++
		case strings.HasPrefix(id, "_:"):
			node["@id"] = "urn:bnid:" + id[2:]
		}
		out = append(out, node)
	}
	return out
}

var skolemURN = regexp.MustCompile(`<urn:bnid:([^>]+)>`)

// deskolemized is toDeskolemizedNQuads.
func deskolemized(doc any) ([]rdfc.Quad, error) {
	rdf, err := ld.NewJsonLdProcessor().ToRDF(doc, goldOptions())
	if err != nil {
		return nil, err
	}
	return rdfc.Parse([]byte(skolemURN.ReplaceAllString(rdf.(string), "_:$1")))
}

// selected is selectCanonicalNQuads, and the matching quads of the group.
func (s *skolem) selected(t *testing.T, pointers []string) ([]rdfc.Quad, error) {
	t.Helper()
	selection := initialSelection(s.compact)
	selection["@context"] = s.compact["@context"]
	for _, pointer := range pointers {
		p, err := strictjson.ParsePointer(pointer)
		if err != nil {
			t.Fatal(err)
		}
		if err := selectPaths(s.compact, selection, p); err != nil {
			return nil, fmt.Errorf("%w: %s", err, pointer)
		}
	}
	quads, err := deskolemized(dense(selection))
	if err != nil {
		return nil, err
	}
	for _, q := range quads {
		for _, term := range []*rdfc.Term{&q.Subject, &q.Object, &q.Graph} {
			if term.Kind == rdfc.Blank {
				term.Value = s.labels[term.Value]
			}
		}
		line, err := rdfc.AppendQuad(nil, q)
		if err != nil {
			return nil, err
		}
		if !strings.Contains(s.whole, string(line)) {
			return nil, fmt.Errorf("the selection says more than the document: %s", line)
		}
	}
	return quads, nil
}

// sparse is an array of which only some elements are selected.
type sparse map[int]any

func initialSelection(source map[string]any) map[string]any {
	selection := map[string]any{}
	if id, ok := source["id"].(string); ok && !strings.HasPrefix(id, "_:") {
		selection["id"] = id
	}
	if types, ok := source["type"]; ok {
		selection["type"] = types
	}
	return selection
}

func selectPaths(value, selected any, p strictjson.Pointer) error {
	for i, step := range p {
		next, ok := child(value, step)
		if !ok {
			return errNoMatch
		}
		inner, there := child(selected, step)
		switch v := next.(type) {
		case map[string]any:
			if m, ok := inner.(map[string]any); ok && i == len(p)-1 {
				merged := map[string]any{}
				for name, member := range m {
					merged[name] = member
				}
				for name, member := range v {
					merged[name] = member
				}
				inner = merged
			} else if !there {
				inner = initialSelection(v)
			}
			if i == len(p)-1 && !there {
				inner = v
			}
		case []any:
			if i == len(p)-1 {
				inner = v
			} else if _, whole := inner.([]any); whole {
				return nil // all of it is selected already
			} else if !there {
				inner = sparse{}
			}
		default:
			inner = v
		}
		put(selected, step, inner)
		value, selected = next, inner
	}
	return nil
}

func child(of any, step string) (any, bool) {
	n, err := strconv.Atoi(step)
	switch of := of.(type) {
	case map[string]any:
		v, ok := of[step]
		return v, ok
	case []any:
		if err != nil || n >= len(of) {
			return nil, false
		}
		return of[n], true
	case sparse:
		v, ok := of[n]
		return v, ok
	}
	return nil, false
}

func put(in any, step string, value any) {
	switch in := in.(type) {
	case map[string]any:
		in[step] = value
	case sparse:
		n, err := strconv.Atoi(step)
		if err != nil {
			panic(err)
		}
		in[n] = value
	}
}

// dense makes arrays of what is sparse.
func dense(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, member := range v {
			out[name] = member
			if name != "@context" {
				out[name] = dense(member)
			}
		}
		return out
	case sparse:
		var places []int
		for n := range v {
			places = append(places, n)
		}
		slices.Sort(places)
		var out []any
		for _, n := range places {
			out = append(out, dense(v[n]))
		}
		return out
	}
	return v
}
