package dcql

import (
	"fmt"
	"slices"

	"laurel/internal/strictjson"
)

// Validate checks what a query filled in by hand must hold as well: unique ids in
// their alphabet, references that lead somewhere, accepted values of the right
// kind, sizes. ParseQuery has done so. It wraps ErrQuery or ErrLimit.
func (q *Query) Validate() error {
	if len(q.Credentials) == 0 {
		return invalid(ErrQuery, "credentials must have something in it")
	}
	ids, claims := map[string]bool{}, 0
	for i := range q.Credentials {
		c := &q.Credentials[i]
		if err := checkID(c.ID, ids); err != nil {
			return err
		}
		if claims += len(c.Claims); claims > maxClaims {
			return invalid(ErrLimit, "more than %d claims are asked for", maxClaims)
		}
		if err := c.validate(); err != nil {
			return fmt.Errorf("credential query %s: %w", shown(c.ID), err)
		}
	}
	if len(q.Credentials) > maxCredentials || len(q.Sets) > maxSets {
		return invalid(ErrLimit, "more than %d credentials or sets are asked for", maxCredentials)
	}
	count := 0
	for _, s := range q.Sets {
		if count += size(s.Options); count > maxReferences {
			return invalid(ErrLimit, "credential_sets has more than %d ids", maxReferences)
		}
		if err := s.validate(ids); err != nil {
			return err
		}
	}
	return nil
}

func size(all [][]string) (n int) {
	for _, list := range all {
		n += len(list)
	}
	return n
}

func (c *CredentialQuery) validate() error {
	switch {
	case c.Format == "":
		return invalid(ErrQuery, "format must be a string with something in it")
	case max(len(c.Types), len(c.ClaimSets)) > maxSets || len(c.VCT) > maxValues:
		return invalid(ErrLimit, "more than %d alternatives of types or claims", maxSets)
	case size(c.ClaimSets) > maxReferences:
		return invalid(ErrLimit, "claim_sets has more than %d ids", maxReferences)
	}
	ids := map[string]bool{}
	for _, claim := range c.Claims {
		if claim.ID != "" || len(c.ClaimSets) > 0 { // "REQUIRED if claim_sets is present"
			if err := checkID(claim.ID, ids); err != nil {
				return fmt.Errorf("claims: %w", err)
			}
		}
		if err := claim.validate(); err != nil {
			return err
		}
	}
	if len(c.ClaimSets) > 0 && len(c.Claims) == 0 {
		return invalid(ErrQuery, "claim_sets without claims")
	}
	for _, set := range c.ClaimSets {
		if err := references(set, ids, "claim_sets"); err != nil {
			return err
		}
	}
	authorities := 0
	for _, a := range c.Authorities {
		if authorities += len(a.Values); authorities > maxAuthorities {
			return invalid(ErrLimit, "trusted_authorities has more than %d values", maxAuthorities)
		}
	}
	return nil
}

// validate checks "a non-empty array of strings, integers or boolean values".
func (c ClaimQuery) validate() error {
	switch {
	case len(c.Path) == 0:
		return invalid(ErrQuery, "path must be an array with something in it")
	case len(c.Path) > maxPath || len(c.Values) > maxValues:
		return invalid(ErrLimit, "a path of %d steps with %d values", len(c.Path), len(c.Values))
	}
	for _, v := range c.Values {
		switch v.Kind() {
		case strictjson.Text, strictjson.True, strictjson.False:
		case strictjson.Number:
			if _, ok := integer(v); !ok {
				return invalid(ErrQuery, "values of %s has %s, which is no whole number", c.Path, v.JSON())
			}
		default:
			return invalid(ErrQuery, "values of %s has %s in it, not a string, a whole number, true or false", c.Path, v.Kind())
		}
	}
	return nil
}

func (s CredentialSet) validate(ids map[string]bool) error {
	switch {
	case len(s.Options) == 0:
		return invalid(ErrQuery, "options must have something in it")
	case len(s.Options) > maxOptions:
		return invalid(ErrLimit, "more than %d options", maxOptions)
	}
	for _, option := range s.Options {
		if err := references(option, ids, "credential_sets"); err != nil {
			return err
		}
	}
	return nil
}

// references checks a list of ids against those that exist.
func references(list []string, ids map[string]bool, what string) error {
	if len(list) == 0 {
		return invalid(ErrQuery, "%s has an empty list", what)
	}
	for i, id := range list {
		switch {
		case !ids[id]:
			return invalid(ErrQuery, "%s names %s, which is not there", what, shown(id))
		case slices.Contains(list[:i], id):
			return invalid(ErrQuery, "%s names %s twice in one list", what, shown(id))
		}
	}
	return nil
}

// checkID checks "a non-empty string consisting of alphanumeric, underscore (_), or
// hyphen (-) characters" that is not there yet.
func checkID(id string, ids map[string]bool) error {
	switch {
	case id == "":
		return invalid(ErrQuery, "id must be a string with something in it")
	case len(id) > maxID:
		return invalid(ErrLimit, "an id of %d characters, at most %d", len(id), maxID)
	case ids[id]:
		return invalid(ErrQuery, "the id %s is there twice", shown(id))
	}
	for i := range len(id) {
		if c := id[i]; !alphanumeric(c) && c != '_' && c != '-' {
			return invalid(ErrQuery, "the id %s has other characters than letters, digits, _ and -", shown(id))
		}
	}
	ids[id] = true
	return nil
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// Value is the query as it travels. What is left at its default is left out.
func (q *Query) Value() strictjson.Value {
	credentials := make([]strictjson.Value, len(q.Credentials))
	for i := range q.Credentials {
		credentials[i] = q.Credentials[i].value()
	}
	v := strictjson.Object(member("credentials", strictjson.Array(credentials...)))
	if len(q.Sets) == 0 {
		return v
	}
	sets := make([]strictjson.Value, len(q.Sets))
	for i, s := range q.Sets {
		sets[i] = strictjson.Object(member("options", lists(s.Options)))
		if s.Optional {
			sets[i] = sets[i].With("required", strictjson.Bool(false))
		}
	}
	return v.With("credential_sets", strictjson.Array(sets...))
}

func (c *CredentialQuery) value() strictjson.Value {
	meta := strictjson.Object()
	if len(c.Types) > 0 {
		meta = meta.With("type_values", lists(c.Types))
	}
	if len(c.VCT) > 0 {
		meta = meta.With("vct_values", strictjson.Strings(c.VCT...))
	}
	v := strictjson.Object(
		member("id", strictjson.String(c.ID)), member("format", strictjson.String(string(c.Format))), member("meta", meta))
	if c.Multiple {
		v = v.With("multiple", strictjson.Bool(true))
	}
	if c.Unbound {
		v = v.With("require_cryptographic_holder_binding", strictjson.Bool(false))
	}
	if len(c.Authorities) > 0 {
		all := make([]strictjson.Value, len(c.Authorities))
		for i, a := range c.Authorities {
			all[i] = strictjson.Object(member("type", strictjson.String(a.Kind)), member("values", strictjson.Strings(a.Values...)))
		}
		v = v.With("trusted_authorities", strictjson.Array(all...))
	}
	if len(c.Claims) > 0 {
		all := make([]strictjson.Value, len(c.Claims))
		for i, claim := range c.Claims {
			all[i] = claim.value()
		}
		v = v.With("claims", strictjson.Array(all...))
	}
	if len(c.ClaimSets) > 0 {
		v = v.With("claim_sets", lists(c.ClaimSets))
	}
	return v
}

func (c ClaimQuery) value() strictjson.Value {
	v := strictjson.Object(member("path", c.Path.Value()))
	if c.ID != "" {
		v = v.With("id", strictjson.String(c.ID))
	}
	if len(c.Values) > 0 {
		v = v.With("values", strictjson.Array(c.Values...))
	}
	return v
}

func member(name string, v strictjson.Value) strictjson.Member {
	return strictjson.Member{Name: name, Value: v}
}

func lists(all [][]string) strictjson.Value {
	out := make([]strictjson.Value, len(all))
	for i, list := range all {
		out[i] = strictjson.Strings(list...)
	}
	return strictjson.Array(out...)
}
