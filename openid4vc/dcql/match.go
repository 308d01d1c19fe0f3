package dcql

import (
	"fmt"
	"slices"

	"laurel/internal/strictjson"
)

// Match says that a credential answers a credential query, and what of it was
// asked for.
type Match struct {
	Candidate int // its place in what Choose was given
	ClaimSet  int // which of ClaimSets is met; -1 if there are none
	// Claims lead to what was asked for, in the candidate's Claims, each once. A
	// format with selective disclosure shows these, and what it always shows,
	// and nothing else; the other formats show everything.
	Claims []strictjson.Pointer
}

// Match judges one credential by one credential query: format, type, authorities,
// holder binding and claims. The Match has no place in a list. The error wraps
// ErrNotSatisfied and says in words what is missing.
func (c *CredentialQuery) Match(x Candidate) (Match, error) {
	return c.match(x, c.plan())
}

// match is Match, with what is the same for all candidates.
func (c *CredentialQuery) match(x Candidate, p plan) (Match, error) {
	if !c.ofKind(x) {
		return Match{}, c.otherKind(x)
	}
	if x.Unfit != "" {
		return Match{}, invalid(ErrNotSatisfied, "%s", x.Unfit)
	}
	if !c.matchAuthorities(x) {
		return Match{}, invalid(ErrNotSatisfied, "none of the authorities asked for is known to stand behind its issuer")
	}
	if !c.Unbound && !x.Bound {
		return Match{}, invalid(ErrNotSatisfied, "nobody can prove to be the one it was issued to")
	}
	return c.matchClaims(x, p)
}

// plan is what matching needs of a credential query, made once for all candidates.
type plan struct {
	sets     [][]int        // the ClaimSets, by the places of their claims
	accepted []map[any]bool // for each of the Claims its Values, by what they are compared by; nil is any
}

func (c *CredentialQuery) plan() plan {
	p := plan{make([][]int, len(c.ClaimSets)), make([]map[any]bool, len(c.Claims))}
	at := make(map[string]int, len(c.Claims))
	for i, claim := range c.Claims {
		at[claim.ID] = i
		if len(claim.Values) == 0 {
			continue
		}
		p.accepted[i] = make(map[any]bool, len(claim.Values))
		for _, v := range claim.Values {
			p.accepted[i][identity(v)] = true
		}
		delete(p.accepted[i], nil)
	}
	for n, set := range c.ClaimSets {
		for _, id := range set {
			p.sets[n] = append(p.sets[n], at[id])
		}
	}
	return p
}

// identity is what "the type and value of the claim both match exactly" is judged
// by: a text, a whole number, true or false; nil for everything else, which matches
// nothing.
func identity(v strictjson.Value) any {
	switch v.Kind() {
	case strictjson.Text:
		return v.Str()
	case strictjson.Number:
		if n, ok := integer(v); ok {
			return n
		}
	case strictjson.True, strictjson.False:
		return v.IsTrue()
	}
	return nil
}

// ofKind looks at format and type: a credential that fails here is not what was asked
// for at all, and not worth a word to its holder.
func (c *CredentialQuery) ofKind(x Candidate) bool {
	switch {
	case c.Format != x.Format || !c.Format.known():
		return false
	case c.Format == SDJWT:
		return len(c.VCT) == 0 || slices.ContainsFunc(x.VCT, func(vct string) bool { return slices.Contains(c.VCT, vct) })
	default:
		// "Each inner array specifies a set of fully expanded types that MUST be
		// present […] regardless of order or the presence of additional types."
		return len(c.Types) == 0 || slices.ContainsFunc(c.Types, func(set []string) bool { return within(set, x.Types) })
	}
}

// otherKind says why ofKind does not hold.
func (c *CredentialQuery) otherKind(x Candidate) error {
	switch {
	case c.Format != x.Format:
		return invalid(ErrNotSatisfied, "its format is %s, not %s", x.Format, c.Format)
	case !c.Format.known():
		return invalid(ErrNotSatisfied, "the format %s is not known here", shown(string(c.Format)))
	case c.Format == SDJWT:
		return invalid(ErrNotSatisfied, "its type is %q, and asked for is %q", x.VCT, c.VCT)
	default:
		return invalid(ErrNotSatisfied, "its types are %q, and asked for are %q", x.Types, c.Types)
	}
}

func within(some, all []string) bool {
	return !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// matchAuthorities: "A Credential is identified as a match to a Trusted Authorities
// Query if it matches with one of the provided values in one of the provided types."
func (c *CredentialQuery) matchAuthorities(x Candidate) bool {
	return len(c.Authorities) == 0 || slices.ContainsFunc(c.Authorities, func(asked Authorities) bool {
		return slices.ContainsFunc(x.Authorities, func(known Authorities) bool {
			return asked.Kind == known.Kind && slices.ContainsFunc(asked.Values, func(value string) bool {
				return slices.Contains(known.Values, value)
			})
		})
	})
}

// maxSelected bounds the elements that all paths of a query lead to in one credential,
// on the way and at the end. A badge has some hundred values. Who may both ask and
// answer could else keep a processor busy for minutes with one of each.
const maxSelected = 50_000

// matchClaims selects the claims (section 6.4.1).
func (c *CredentialQuery) matchClaims(x Candidate, p plan) (Match, error) {
	found := make([]finding, len(c.Claims))
	all := make([]int, len(c.Claims))
	left := maxSelected
	for i, claim := range c.Claims {
		if found[i], all[i] = claim.find(x, p.accepted[i], &left), i; left < 0 {
			return Match{}, invalid(ErrNotSatisfied, "it is too large to look for its %s and all else that is asked for", claim.Path)
		}
	}
	sets := p.sets
	if len(sets) == 0 {
		m, lacking := pick(all, -1, found)
		if lacking >= 0 {
			return Match{}, c.lack(lacking, found)
		}
		return m, nil
	}
	// "the Wallet SHOULD return the first option that it can satisfy"
	first := -1
	for n, set := range sets {
		m, lacking := pick(set, n, found)
		if lacking < 0 {
			return m, nil
		}
		if first < 0 {
			first = lacking
		}
	}
	err := c.lack(first, found)
	if len(sets) > 1 {
		err = fmt.Errorf("%w, and none of the %d combinations of claims is there", err, len(sets))
	}
	return Match{}, err
}

// pick joins what some of the claim queries found; lacking is the first of them that
// found nothing, or -1.
func pick(places []int, set int, found []finding) (m Match, lacking int) {
	m.ClaimSet = set
	count := 0
	for _, i := range places {
		if len(found[i].claims) == 0 {
			return Match{}, i
		}
		count += len(found[i].claims)
	}
	seen := make(map[string]bool, count)
	for _, i := range places {
		for _, s := range found[i].claims {
			at := s.at()
			if name := at.String(); !seen[name] {
				seen[name] = true
				m.Claims = append(m.Claims, at)
			}
		}
	}
	return m, -1
}

// lack says why a claim query found nothing.
func (c *CredentialQuery) lack(i int, found []finding) error {
	if found[i].otherValue {
		return invalid(ErrNotSatisfied, "its %s has another value than is asked for", c.Claims[i].Path)
	}
	return invalid(ErrNotSatisfied, "it has no %s", c.Claims[i].Path)
}

// finding is what a claim query finds in a credential.
type finding struct {
	claims     []selected
	otherValue bool // there is something, with a value that is not accepted
}

// find selects what the claim query asks for. "The claim should be treated the same
// as if it did not exist in the Credential" if it has another value; of several
// that the path leads to, those with an accepted value are found.
func (c ClaimQuery) find(x Candidate, accepted map[any]bool, left *int) finding {
	found := c.Path.sel(x.Claims, x.Part, left)
	if accepted == nil || len(found) == 0 {
		return finding{claims: found}
	}
	fits := slices.DeleteFunc(found, func(s selected) bool { return !accepted[identity(s.value)] })
	return finding{fits, len(fits) == 0}
}
