package rdfc

import (
	"bytes"
	"slices"
)

// labelAmbiguous is step 5: "For each hash to identifier list map entry in hash
// to blank nodes map, code point ordered by hash: …"
func (s *state) labelAmbiguous(ambiguous [][]int) error {
	if len(ambiguous) > 0 {
		s.temporary = newIssuer("b", len(s.nodes))
	}
	for _, list := range ambiguous {
		// Step 5.1: "Create hash path list where each item will be a result of
		// running the Hash N-Degree Quads algorithm."
		paths, err := s.hashPaths(list)
		if err != nil {
			return err
		}
		// Step 5.3: "For each result in the hash path list, code point ordered by
		// the hash in result: For each blank node identifier, existing
		// identifier, that was issued a temporary identifier by identifier issuer
		// in result, issue a canonical identifier, in the same order".
		slices.SortStableFunc(paths, func(a, b hashPath) int { return a.hash.compare(&b.hash) })
		for _, p := range paths {
			for _, n := range p.issued {
				s.canonical.issue(n)
			}
		}
	}
	return nil
}

// hashPath is one result of Hash N-Degree Quads: the hash, and the nodes that
// the issuer named on the way.
type hashPath struct {
	hash   digest
	issued []int
}

// hashPaths is step 5.2: "For each blank node identifier n in identifier list".
func (s *state) hashPaths(list []int) ([]hashPath, error) {
	paths := make([]hashPath, 0, len(list))
	for _, n := range list {
		// Step 5.2.1: "If a canonical identifier has already been issued for n,
		// continue to the next blank node identifier."
		if s.canonical.has(n) {
			continue
		}
		// Steps 5.2.2 and 5.2.3: "Create temporary issuer, an identifier issuer
		// initialized with the prefix b … issue a new temporary blank node
		// identifier bn to n."
		s.temporary.backTo(0)
		s.temporary.issue(n)
		// Step 5.2.4: "Run the Hash N-Degree Quads algorithm".
		hash, err := s.nDegreeHash(n, 0)
		if err != nil {
			return nil, err
		}
		paths = append(paths, hashPath{hash, s.temporary.since(0)})
	}
	return paths, nil
}

// frame holds the variables of one call of Hash N-Degree Quads. The calls of
// one depth take turns, so each depth has one frame, whose memory is reused.
type frame struct {
	related   []related
	data      []byte // data to hash
	list      []int  // blank node list, permuted
	path      []byte
	recursion []int  // recursion list
	chosen    []byte // chosen path
	kept      []int  // what chosen issuer has issued beyond issuer
}

// related is one entry of the map Hn: a blank node, and the hash of how it is
// related to the node at hand.
type related struct {
	hash digest
	node int
}

func (s *state) frame(depth int) *frame {
	if depth == len(s.frames) {
		s.frames = append(s.frames, new(frame))
	}
	return s.frames[depth]
}

// nDegreeHash is Hash N-Degree Quads (section 4.8.3). Its path identifier
// issuer is s.temporary, which it leaves as the issuer it returns.
func (s *state) nDegreeHash(n, depth int) (digest, error) {
	if depth == maxDepth {
		return digest{}, ErrBudget
	}
	f := s.frame(depth)
	// Steps 1 to 3: "Create a new map Hn for relating hashes to related blank
	// nodes. … For each quad in quads: …"
	written := s.relate(f, n)
	if err := s.budget.spend(1, written); err != nil {
		return digest{}, err
	}
	// Step 4: "Create an empty string, data to hash."
	f.data = f.data[:0]
	// Step 5: "For each related hash to blank node list mapping in Hn, code
	// point ordered by related hash:"
	for at := 0; at < len(f.related); {
		hash := f.related[at].hash
		f.list = f.list[:0]
		for ; at < len(f.related) && f.related[at].hash == hash; at++ {
			f.list = append(f.list, f.related[at].node)
		}
		// Step 5.1: "Append the related hash to the data to hash."
		f.data = s.appendHex(f.data, &hash)
		if err := s.choosePath(f, depth); err != nil {
			return digest{}, err
		}
		// Step 5.5: "Append chosen path to data to hash."
		f.data = append(f.data, f.chosen...)
	}
	if err := s.budget.spend(0, len(f.data)); err != nil {
		return digest{}, err
	}
	// Step 6: "Return issuer and the hash that results from passing data to hash
	// through the hash algorithm."
	return s.sum(f.data), nil
}

// relate is step 3: "For each component in quad, where component is the subject,
// object, or graph name, and it is a blank node that is not identified by
// identifier: Set hash to the result of the Hash Related Blank Node algorithm …
// Add a mapping of hash to the blank node identifier for component to Hn". It
// leaves Hn in f.related, in the order of the hashes, and tells how many bytes
// were hashed for it.
func (s *state) relate(f *frame, n int) (written int) {
	f.related = f.related[:0]
	for _, i := range s.nodes[n].mentions {
		for position, other := range s.lines[i].node {
			if other != none && other != n {
				hash := s.relatedHash(other, s.quads[i].Predicate, position)
				f.related = append(f.related, related{hash, other})
				written += len(s.scratch)
			}
		}
	}
	slices.SortFunc(f.related, func(a, b related) int {
		if c := a.hash.compare(&b.hash); c != 0 {
			return c
		}
		return a.node - b.node
	})
	return written
}

// relatedHash is Hash Related Blank Node (section 4.7.3).
func (s *state) relatedHash(n int, predicate string, position int) digest {
	// "Initialize a string input to the value of position. If position is not g,
	// append <, the value of the predicate in quad, and > to input."
	input := append(s.scratch[:0], "sog"[position])
	if position != graph {
		input = appendIRI(input, predicate)
	}
	// "If there is a canonical identifier for related, or an identifier issued by
	// issuer, append the string _:, followed by that identifier … Otherwise,
	// append the result of the Hash First Degree Quads algorithm".
	if s.canonical.has(n) || s.temporary.has(n) {
		input = s.appendIdentifier(input, n)
	} else {
		input = s.appendHex(input, &s.nodes[n].first)
	}
	s.scratch = input
	// "Return the hash that results from passing input through the hash
	// algorithm."
	return s.sum(input)
}

// appendIdentifier writes _: and the identifier of n, "using the canonical
// identifier if present, otherwise the one issued by issuer".
func (s *state) appendIdentifier(dst []byte, n int) []byte {
	dst = append(dst, "_:"...)
	if s.canonical.has(n) {
		return s.canonical.append(dst, n)
	}
	return s.temporary.append(dst, n)
}

// choosePath is steps 5.2 to 5.4 and 5.6 for the blank node list f.list: the
// shortest path goes to f.chosen, and the names it issued stay issued.
//
// The list holds a node as often as it is related in this way (a graph name,
// once for each quad). Permutations that only swap equal entries give the same
// path, so each distinct order is tried once: the lists of honest documents
// then have one.
func (s *state) choosePath(f *frame, depth int) error {
	f.chosen = f.chosen[:0]
	mark := len(s.temporary.order)
	// Step 5.4: "For each permutation p of blank node list:"
	for {
		better, err := s.walk(f, depth)
		if err != nil {
			return err
		}
		// Step 5.4.6: "If chosen path is empty or path is less than chosen path
		// when considering code point order, set chosen path to path and chosen
		// issuer to issuer copy."
		if better {
			f.path, f.chosen = f.chosen, f.path
		}
		last := !nextPermutation(f.list)
		if last && better {
			return nil // issuer is the chosen issuer
		}
		if better {
			f.kept = append(f.kept[:0], s.temporary.order[mark:]...)
		}
		// Step 5.4.1: "Create a copy of issuer, issuer copy."
		s.temporary.backTo(mark)
		if last {
			break
		}
		if err := s.budget.spend(1, len(f.chosen)+8*len(f.kept)); err != nil {
			return err
		}
	}
	// Step 5.6: "Replace issuer, by reference, with chosen issuer."
	for _, n := range f.kept {
		s.temporary.issue(n)
	}
	return nil
}

// walk is steps 5.4.2 to 5.4.5 for one permutation: it writes f.path, and tells
// whether it is to be chosen.
func (s *state) walk(f *frame, depth int) (better bool, err error) {
	f.path, f.recursion = f.path[:0], f.recursion[:0]
	// Step 5.4.4: "For each related in p:"
	for _, n := range f.list {
		if !s.canonical.has(n) && !s.temporary.has(n) {
			// "If issuer copy has not issued an identifier for related, append
			// related to recursion list." and "Use the Issue Identifier
			// algorithm, passing issuer copy and the related".
			f.recursion = append(f.recursion, n)
			s.temporary.issue(n)
		}
		f.path = s.appendIdentifier(f.path, n)
		if f.hopeless() {
			return false, nil
		}
	}
	// Step 5.4.5: "For each related in recursion list:"
	for _, n := range f.recursion {
		// "Set result to the result of recursively executing the Hash N-Degree
		// Quads algorithm … append the string _:, followed by the result, to
		// path. Append <, the hash in result, and > to path."
		hash, err := s.nDegreeHash(n, depth+1)
		if err != nil {
			return false, err
		}
		f.path = append(s.appendIdentifier(f.path, n), '<')
		f.path = append(s.appendHex(f.path, &hash), '>')
		if f.hopeless() {
			return false, nil
		}
	}
	return len(f.chosen) == 0 || bytes.Compare(f.path, f.chosen) < 0, nil
}

// hopeless is the test of steps 5.4.4.3 and 5.4.5.6: "If chosen path is not
// empty and the length of path is greater than or equal to the length of chosen
// path and path is greater than chosen path when considering code point order,
// then skip to the next permutation p."
func (f *frame) hopeless() bool {
	return len(f.chosen) > 0 && len(f.path) >= len(f.chosen) && bytes.Compare(f.path, f.chosen) > 0
}

// nextPermutation turns list into the next order of its entries, ascending and
// each distinct one once; false after the last.
func nextPermutation(list []int) bool {
	i := len(list) - 2
	for i >= 0 && list[i] >= list[i+1] {
		i--
	}
	if i < 0 {
		return false
	}
	j := len(list) - 1
	for list[j] <= list[i] {
		j--
	}
	list[i], list[j] = list[j], list[i]
	slices.Reverse(list[i+1:])
	return true
}
