package dcql

import (
	"fmt"

	"laurel/internal/strictjson"
)

// What one query may hold. A QR code carries 3 kB and a request object is read up
// to maxRequest, so honest queries stay far below; the bounds are there because a
// wallet tries every claim of every query on every credential that it keeps.
const (
	maxCredentials = 64  // as many as a presentation may have parts
	maxClaims      = 256 // in all credential queries together
	maxValues      = 1024
	maxSets        = 64   // claim_sets of one query, credential_sets, and type_values
	maxOptions     = 64   // of one credential set
	maxAuthorities = 64   // values of all trusted_authorities of one query
	maxReferences  = 1024 // ids in the claim_sets of one query, and in all credential_sets
	maxID          = 128
)

// Format is a credential format identifier (appendix B).
type Format string

// The formats that are answered here. Queries may name others ("mso_mdoc"), which
// nothing matches.
const (
	LDP   Format = "ldp_vc"      // W3C credential with a Data Integrity proof
	JWT   Format = "jwt_vc_json" // W3C credential in a signed token
	SDJWT Format = "dc+sd-jwt"   // SD-JWT VC
)

// known reports whether credentials of this format exist here.
func (f Format) known() bool { return f == LDP || f == JWT || f == SDJWT }

// Query is a DCQL query (section 6): what a verifier asks for. Read it with
// ParseQuery, or fill it in and call Validate.
type Query struct {
	Credentials []CredentialQuery
	// Sets say which combinations of Credentials will do. Nil asks for all of them.
	Sets []CredentialSet
}

// CredentialQuery asks for one credential, or for several of a kind (section 6.1).
type CredentialQuery struct {
	ID     string // names it in the answer: letters, digits, _ and -
	Format Format
	// Types are alternatives, each a set of expanded type IRIs that a credential of
	// the formats LDP and JWT must have ("type_values"). None takes any type.
	Types [][]string
	// VCT are the accepted types of an SDJWT credential ("vct_values"). None takes
	// any type.
	VCT []string
	// Authorities are those of which one must stand behind the issuer
	// ("trusted_authorities"), by kind and value. None takes any issuer.
	Authorities []Authorities
	// Claims are what the credential must have and shall show. None asks for no
	// claim that could be withheld.
	Claims []ClaimQuery
	// ClaimSets are alternatives among the Claims, by their ids, the verifier's
	// favourite first. None asks for all of Claims.
	ClaimSets [][]string
	// Multiple accepts more than one credential.
	Multiple bool
	// Unbound accepts a credential whose presenter does not prove to hold the key
	// that it was issued to ("require_cryptographic_holder_binding": false).
	Unbound bool
}

// Authorities are some authorities of one kind (section 6.1.1): "aki", "etsi_tl",
// "openid_federation", or another that only the Candidate's own words match.
type Authorities struct {
	Kind   string
	Values []string
}

// ClaimQuery asks for a claim (section 6.3).
type ClaimQuery struct {
	ID   string // needed where ClaimSets name it
	Path Path
	// Values are the accepted values: strings, whole numbers, true and false. None
	// takes any value.
	Values []strictjson.Value
}

// CredentialSet says which combinations of credentials serve one need (section
// 6.2): each option is a list of ids of credential queries, of which all must be
// answered.
type CredentialSet struct {
	Options  [][]string
	Optional bool // "required": false
}

// ParseQuery reads a query. Members that the specification does not name are
// ignored, as it wants; a wrong one is refused by name. It wraps ErrQuery or
// ErrLimit.
func ParseQuery(v strictjson.Value) (*Query, error) {
	if v.Kind() != strictjson.Dict {
		return nil, invalid(ErrQuery, "a query is an object, and this is %s", v.Kind())
	}
	q := &Query{}
	err := each(v, "credentials", maxCredentials, true, func(e strictjson.Value) error {
		c, err := parseCredential(e)
		q.Credentials = append(q.Credentials, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	err = each(v, "credential_sets", maxSets, false, func(e strictjson.Value) error {
		s, err := parseSet(e)
		q.Sets = append(q.Sets, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return q, nil
}

// parseCredential reads a Credential Query.
func parseCredential(v strictjson.Value) (c CredentialQuery, err error) {
	var format string
	if c.ID, err = text(v, "id"); err != nil {
		return c, err
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("credential query %s: %w", shown(c.ID), err)
		}
	}()
	if format, err = text(v, "format"); err != nil {
		return c, err
	}
	c.Format = Format(format)
	if c.Multiple, err = flag(v, "multiple", false); err != nil {
		return c, err
	}
	bound, err := flag(v, "require_cryptographic_holder_binding", true)
	if err != nil {
		return c, err
	}
	c.Unbound = !bound
	if err = c.parseMeta(v.Get("meta")); err != nil {
		return c, err
	}
	err = each(v, "trusted_authorities", maxAuthorities, false, func(e strictjson.Value) error {
		a, err := parseAuthorities(e)
		c.Authorities = append(c.Authorities, a)
		return err
	})
	if err != nil {
		return c, err
	}
	return c, c.parseClaims(v)
}

// parseMeta reads "meta", whose members are those of the format. Without one,
// "no specific constraints are placed on the metadata".
func (c *CredentialQuery) parseMeta(v strictjson.Value) error {
	if v.Kind() != strictjson.Dict {
		return invalid(ErrQuery, "meta must be an object")
	}
	var err error
	switch c.Format {
	case LDP, JWT:
		return each(v, "type_values", maxSets, false, func(e strictjson.Value) error {
			set, err := texts(e, "type_values")
			c.Types = append(c.Types, set)
			return err
		})
	case SDJWT:
		if m := v.Get("vct_values"); m.Exists() {
			c.VCT, err = texts(m, "vct_values")
		}
	}
	return err
}

func (c *CredentialQuery) parseClaims(v strictjson.Value) error {
	err := each(v, "claims", maxClaims, false, func(e strictjson.Value) error {
		claim, err := parseClaim(e)
		c.Claims = append(c.Claims, claim)
		return err
	})
	if err != nil {
		return err
	}
	return each(v, "claim_sets", maxSets, false, func(e strictjson.Value) error {
		set, err := texts(e, "claim_sets")
		c.ClaimSets = append(c.ClaimSets, set)
		return err
	})
}

func parseAuthorities(v strictjson.Value) (a Authorities, err error) {
	if a.Kind, err = text(v, "type"); err != nil {
		return a, fmt.Errorf("trusted_authorities: %w", err)
	}
	a.Values, err = texts(v.Get("values"), "values of trusted_authorities")
	return a, err
}

// parseClaim reads a Claims Query.
func parseClaim(v strictjson.Value) (c ClaimQuery, err error) {
	if v.Kind() != strictjson.Dict {
		return c, invalid(ErrQuery, "claims has %s in it, not an object", v.Kind())
	}
	if v.Get("id").Exists() {
		if c.ID, err = text(v, "id"); err != nil {
			return c, err
		}
	}
	if c.Path, err = parsePath(v.Get("path")); err != nil {
		return c, err
	}
	err = each(v, "values", maxValues, false, func(e strictjson.Value) error {
		c.Values = append(c.Values, e)
		return nil
	})
	return c, err
}

func parseSet(v strictjson.Value) (s CredentialSet, err error) {
	required, err := flag(v, "required", true)
	if err != nil {
		return s, err
	}
	s.Optional = !required
	err = each(v, "options", maxOptions, true, func(e strictjson.Value) error {
		option, err := texts(e, "options")
		s.Options = append(s.Options, option)
		return err
	})
	return s, err
}

// each calls visit for the elements of "a non-empty array".
func each(v strictjson.Value, name string, most int, needed bool, visit func(strictjson.Value) error) error {
	m := v.Get(name)
	switch {
	case !m.Exists() && !needed:
		return nil
	case m.Kind() != strictjson.List || len(m.Elems()) == 0:
		return invalid(ErrQuery, "%s must be an array with something in it", name)
	case len(m.Elems()) > most:
		return invalid(ErrLimit, "%s has %d elements, at most %d", name, len(m.Elems()), most)
	}
	for _, e := range m.Elems() {
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// texts reads "a non-empty array of strings".
func texts(v strictjson.Value, what string) ([]string, error) {
	elems := v.Elems()
	if v.Kind() != strictjson.List || len(elems) == 0 {
		return nil, invalid(ErrQuery, "%s must be an array of strings with something in it", what)
	}
	if len(elems) > maxValues {
		return nil, invalid(ErrLimit, "%s has %d elements, at most %d", what, len(elems), maxValues)
	}
	out := make([]string, len(elems))
	for i, e := range elems {
		s, ok := e.Text()
		if !ok || s == "" {
			return nil, invalid(ErrQuery, "%s has %s in it, not a string", what, e.Kind())
		}
		out[i] = s
	}
	return out, nil
}

// text reads a string that must be there.
func text(v strictjson.Value, name string) (string, error) {
	s, ok := v.Get(name).Text()
	if !ok || s == "" {
		return "", invalid(ErrQuery, "%s must be a string with something in it", name)
	}
	return s, nil
}

func flag(v strictjson.Value, name string, otherwise bool) (bool, error) {
	switch m := v.Get(name); m.Kind() {
	case strictjson.Absent:
		return otherwise, nil
	case strictjson.True, strictjson.False:
		return m.IsTrue(), nil
	default:
		return false, invalid(ErrQuery, "%s must be true or false", name)
	}
}
