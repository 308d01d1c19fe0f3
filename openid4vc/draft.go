package openid4vc

import "laurel/internal/strictjson"

// draft is a parameter that only drafts of the specification have.
type draft struct{ name, last, instead string }

var drafts = []draft{
	{"presentation_definition", "draft-25", "dcql_query"},
	{"presentation_definition_uri", "draft-25", "dcql_query"},
	{"client_id_scheme", "draft-21", "a prefix in client_id"},
	{"client_metadata_uri", "draft-20", "client_metadata"},
}

// checkDraft recognises requests that speak a draft, so that their author learns
// what to update instead of what is missing. A request that speaks both is refused as
// well: two questions in one could be read either way.
func checkDraft(v strictjson.Value) error {
	for _, d := range drafts {
		if v.Get(d.name).Exists() {
			return invalid(ErrDraft, "it has %s, which is of %s or earlier; 1.0 has %s", d.name, d.last, d.instead)
		}
	}
	return nil
}
