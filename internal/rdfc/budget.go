package rdfc

import "errors"

// ErrBudget is reported when blank nodes look so much alike that telling them
// apart would take more work than was granted: "Implementations MUST defend
// against potential denial-of-service attacks by raising suitable exceptions
// and terminating early" (section 4.4.3).
//
// The unit of work is one call of Hash N-Degree Quads, or one permutation after
// the first of a list, or 4 KiB of text that they write. Counting work rather
// than time makes the outcome the same on every machine.
var ErrBudget = errors.New("rdfc: blank nodes too much alike, work budget exhausted")

// The default budget is freeWork units, and workPerNode units for each blank
// node that step 4 could not label. "For most typical datasets, more than a
// couple of iterations on Hash N-Degree Quads per blank node would be unusual":
//
//	dataset                                     alike      units  granted
//	one badge: all its blank nodes differ           0          0      900
//	presentation of 64 badges of one kind         704        752    7,089
//	two equal lists of 1,000 different values   2,002      2,150   17,157
//	one list of 30 equal values                    28        839    1,127
//	W3C test044 to test046, "evil"                 12        766    1,001
//	cycle of 40                                    40      1,714    1,222
//	complete bipartite graph of 6 and 6            12  3,496,070      998
//	W3C test074, clique of 10                      10      > 4e6      991
//
// So a document that is not about the shape of its blank nodes passes with room
// to spare, the hardest positive tests of the W3C pass, and what must be refused
// is refused within 5 milliseconds.
const (
	freeWork    = 900
	workPerNode = 8
	unitBytes   = 4 << 10

	// maxDepth bounds the recursion, and so the stack: two equal lists may have
	// 5,000 entries each.
	maxDepth = 5_000
)

// budget is the work that is left, in bytes, of which a unit has unitBytes.
type budget int

// newBudget grants opt units, or the default if opt is zero. A node of many
// mentions brings as many units more as its mention set fills.
func (s *state) newBudget(opt int, ambiguous [][]int) budget {
	if opt != 0 {
		return budget(opt) * unitBytes
	}
	granted := freeWork * unitBytes
	for _, list := range ambiguous {
		for _, n := range list {
			granted += workPerNode * unitBytes
			for _, i := range s.nodes[n].mentions {
				granted += workPerNode * (s.lines[i].end - s.lines[i].start)
			}
		}
	}
	return budget(granted)
}

// spend takes units and the bytes written from the budget.
func (b *budget) spend(units, bytes int) error {
	if *b -= budget(units*unitBytes + bytes); *b < 0 {
		return ErrBudget
	}
	return nil
}
