package rdfc

import (
	"slices"
	"strconv"
)

// issuer is an identifier issuer (section 4.3): it gives blank nodes the names
// prefix0, prefix1, … in the order in which they ask.
//
// Hash N-Degree Quads copies its issuer before every path it tries. Here an
// issuer is rather taken back to an earlier length, which costs only what was
// issued since.
type issuer struct {
	prefix string
	number []int // by node: 1 + the counter when it asked, or 0
	order  []int // the nodes in the order of issue
}

func newIssuer(prefix string, nodes int) issuer {
	return issuer{prefix: prefix, number: make([]int, nodes)}
}

func (s *issuer) has(n int) bool { return s.number[n] != 0 }

// issue is the Issue Identifier algorithm (section 4.5.2).
func (s *issuer) issue(n int) {
	// "If there is a map entry for existing identifier in issued identifiers
	// map of I, return it."
	if s.has(n) {
		return
	}
	// "Add an entry mapping existing identifier to issued identifier … Increment
	// identifier counter."
	s.order = append(s.order, n)
	s.number[n] = len(s.order)
}

// append writes the issued identifier of n: "concatenating identifier prefix
// with the string value of identifier counter".
func (s *issuer) append(dst []byte, n int) []byte {
	return strconv.AppendInt(append(dst, s.prefix...), int64(s.number[n]-1), 10)
}

// since gives a copy of what was issued after the issuer had length mark.
func (s *issuer) since(mark int) []int { return slices.Clone(s.order[mark:]) }

// backTo forgets what was issued after the issuer had length mark.
func (s *issuer) backTo(mark int) {
	for _, n := range s.order[mark:] {
		s.number[n] = 0
	}
	s.order = s.order[:mark]
}
