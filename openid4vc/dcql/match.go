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
	if err := c.matchKind(x); err != nil {
		return Match{}, err
	}
	if !c.matchAuthorities(x) {
		return Match{}, invalid(ErrNotSatisfied, "none of the authorities asked for is known to stand behind its issuer")
	}
	if !c.Unbound && !x.Bound {
		return Match{}, invalid(ErrNotSatisfied, "nobody can prove to be the one it was issued to")
	}
	return c.matchClaims(x)
}

// matchKind looks at format and type: a credential that fails here is not what was
// asked for at all, and not worth a word to its holder.
func (c *CredentialQuery) matchKind(x Candidate) error {
	if c.Format != x.Format {
		return invalid(ErrNotSatisfied, "its format is %s, not %s", x.Format, c.Format)
	}
	switch c.Format {
	case LDP, JWT:
		// "Each inner array specifies a set of fully expanded types that MUST be
		// present […] regardless of order or the presence of additional types."
		if len(c.Types) > 0 && !slices.ContainsFunc(c.Types, func(set []string) bool { return within(set, x.Types) }) {
			return invalid(ErrNotSatisfied, "its types are %q, and asked for are %q", x.Types, c.Types)
		}
	case SDJWT:
		if len(c.VCT) > 0 && !slices.ContainsFunc(x.VCT, func(vct string) bool { return slices.Contains(c.VCT, vct) }) {
			return invalid(ErrNotSatisfied, "its type is %q, and asked for is %q", x.VCT, c.VCT)
		}
	default:
		return invalid(ErrNotSatisfied, "the format %s is not known here", shown(string(c.Format)))
	}
	return nil
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

// matchClaims selects the claims (section 6.4.1).
func (c *CredentialQuery) matchClaims(x Candidate) (Match, error) {
	found := make([][]selected, len(c.Claims))
	why := make([]error, len(c.Claims))
	place := make(map[string]int, len(c.Claims))
	for i, claim := range c.Claims {
		found[i], why[i] = claim.find(x)
		place[claim.ID] = i
	}
	if len(c.ClaimSets) == 0 {
		all := make([]int, len(c.Claims))
		for i := range all {
			all[i] = i
		}
		return pick(all, -1, found, why)
	}
	// "the Wallet SHOULD return the first option that it can satisfy"
	var first error
	for n, set := range c.ClaimSets {
		places := make([]int, len(set))
		for i, id := range set {
			places[i] = place[id]
		}
		m, err := pick(places, n, found, why)
		if err == nil {
			return m, nil
		}
		if first == nil {
			first = err
		}
	}
	if len(c.ClaimSets) > 1 {
		first = fmt.Errorf("%w (and the %d other ways to answer fail as well)", first, len(c.ClaimSets)-1)
	}
	return Match{}, first
}

func pick(places []int, set int, found [][]selected, why []error) (Match, error) {
	m := Match{ClaimSet: set}
	for _, i := range places {
		if why[i] != nil {
			return Match{}, why[i]
		}
		for _, s := range found[i] {
			if !slices.ContainsFunc(m.Claims, func(p strictjson.Pointer) bool { return slices.Equal(p, s.at) }) {
				m.Claims = append(m.Claims, s.at)
			}
		}
	}
	return m, nil
}

// find selects what the claim query asks for. "The claim should be treated the same
// as if it did not exist in the Credential" if it has another value; of several
// that the path leads to, those with an accepted value are found.
func (c ClaimQuery) find(x Candidate) ([]selected, error) {
	found := c.Path.sel(x.Claims, x.Part)
	if len(found) == 0 {
		return nil, invalid(ErrNotSatisfied, "it has no %s", c.Path)
	}
	if len(c.Values) == 0 {
		return found, nil
	}
	fits := slices.DeleteFunc(found, func(s selected) bool {
		return !slices.ContainsFunc(c.Values, func(v strictjson.Value) bool { return same(v, s.value) })
	})
	if len(fits) == 0 {
		return nil, invalid(ErrNotSatisfied, "its %s has another value than is asked for", c.Path)
	}
	return fits, nil
}

// same reports whether "the type and value of the claim both match exactly".
func same(asked, has strictjson.Value) bool {
	if asked.Kind() != has.Kind() {
		return false
	}
	switch asked.Kind() {
	case strictjson.Text:
		return asked.Str() == has.Str()
	case strictjson.Number:
		a, ok := integer(asked)
		b, fine := integer(has)
		return ok && fine && a == b
	case strictjson.True, strictjson.False:
		return true
	default:
		return false
	}
}
