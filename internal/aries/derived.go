package aries

import (
	"fmt"
	"slices"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// A derived document names the nodes that had no name when it was signed by the
// labels that they had in the canonical form: _:c14n0 is urn:bnid:_:c14n0.
const placeholder = "urn:bnid:"

// derivedForm is the canonical form of a derived document, as its statements were
// signed and in the order in which they were: that of their lines.
func derivedForm(doc strictjson.Value, opt jsonld.Options) ([]byte, error) {
	quads, err := jsonld.ToRDF(doc, opt)
	if err != nil {
		return nil, err
	}
	for i := range quads {
		if err := checkDerived(&quads[i]); err != nil {
			return nil, err
		}
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return nil, err
	}
	lines := strings.SplitAfter(string(canonical.NQuads), "\n")
	for i, line := range lines {
		lines[i] = withLabels(line)
	}
	slices.Sort(lines)
	return []byte(strings.Join(lines, "")), nil
}

// checkDerived refuses a statement that could be taken for another one when the
// placeholders are replaced: one about a node without a name, whose new label may
// be that of any other node of the signed document, and one in which a placeholder
// is anything but a whole name. Aries replaces them in texts as well.
func checkDerived(q *rdfc.Quad) error {
	for _, term := range []rdfc.Term{q.Subject, q.Object} {
		whole := term.Kind == rdfc.IRI && isPlaceholder(term.Value)
		if term.Kind == rdfc.Blank || strings.Contains(term.Value, placeholder) && !whole {
			return fmt.Errorf("%w: a derived document names every node, and %s stands for nothing else", ErrProof, placeholder)
		}
	}
	if strings.Contains(q.Predicate+q.Object.Datatype, placeholder) || q.Graph.Kind != rdfc.None {
		return fmt.Errorf("%w: a derived document has %s in names of nodes alone, and no graphs", ErrProof, placeholder)
	}
	return nil
}

// isPlaceholder reports whether a name is urn:bnid:_:c14n and digits.
func isPlaceholder(iri string) bool {
	digits, ok := strings.CutPrefix(iri, placeholder+"_:c14n")
	return ok && digits != "" && strings.Trim(digits, "0123456789") == ""
}

// withLabels writes the placeholders of a line as the labels they stand for.
func withLabels(line string) string {
	for {
		before, after, ok := strings.Cut(line, "<"+placeholder)
		if !ok {
			return line
		}
		label, rest, _ := strings.Cut(after, ">")
		line = before + label + rest
	}
}
