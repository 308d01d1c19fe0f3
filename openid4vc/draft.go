package openid4vc

import "laurel/internal/strictjson"

// draft is a parameter that only drafts of the specification have.
type draft struct{ name, version, instead string }

var drafts = []draft{
	{"presentation_definition", "draft-24 or earlier", "dcql_query"},
	{"presentation_definition_uri", "draft-24 or earlier", "dcql_query"},
	{"client_id_scheme", "draft-21 or earlier", "a prefix of client_id"},
}

// checkDraft recognises requests that speak a draft, so that their author learns
// what to update instead of what is missing.
func checkDraft(v strictjson.Value) error {
	for _, d := range drafts {
		if v.Get(d.name).Exists() {
			return invalid(ErrDraft, "it has %s, which is of %s; 1.0 has %s", d.name, d.version, d.instead)
		}
	}
	return nil
}
