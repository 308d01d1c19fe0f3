package openid4vc

import (
	"slices"
	"strings"

	"laurel/internal/strictjson"
)

// Requests that speak a draft alone are recognised, so that their author learns what to
// update instead of what is missing. One that says the same in the words of 1.0 as well
// means these: "The Wallet MUST ignore any unrecognized parameters" (section 5).

// checkDraftClient recognises a client_id that needs client_id_scheme to be understood.
func checkDraftClient(v strictjson.Value) error {
	prefix, _, _ := strings.Cut(v.Get("client_id").Str(), ":")
	if v.Get("client_id_scheme").Exists() && !slices.Contains(prefixes, Prefix(prefix)) {
		return invalid(ErrDraft, "it has client_id_scheme, which is of draft-21 or earlier; 1.0 has a prefix in client_id")
	}
	return nil
}

// checkDraftQuery recognises a question in the language of the drafts.
func checkDraftQuery(v strictjson.Value) error {
	for _, name := range []string{"presentation_definition", "presentation_definition_uri"} {
		if v.Get(name).Exists() && !v.Get("dcql_query").Exists() {
			return invalid(ErrDraft, "it has %s, which is of draft-25 or earlier; 1.0 has dcql_query", name)
		}
	}
	return nil
}
