package verifier

import (
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// TestRevokedHoweverWritten: a holder cannot make a revoked badge undetermined by
// writing its status entry in another way that was signed just as well.
func TestRevokedHoweverWritten(t *testing.T) {
	v, _, s := online(t)
	badge := testissuer.WithStatus(s.Badge(learner), listURL, 7)
	entry := badge.Get("credentialStatus").With("id", str("urn:uuid:s"))
	badge = s.Sign(t, badge.With("credentialStatus", entry))
	twice := func(name string) strictjson.Value {
		return entry.With(name, strictjson.Array(entry.Get(name), entry.Get(name)))
	}
	part := func(names ...string) strictjson.Value { return entry.Without(names...) }
	for name, status := range map[string]strictjson.Value{
		"as it was":      entry,
		"in a list":      strictjson.Array(entry),
		"twice":          strictjson.Array(entry, entry),
		"its index":      twice("statusListIndex"),
		"its purpose":    twice("statusPurpose"),
		"its list":       twice("statusListCredential"),
		"in two parts":   strictjson.Array(part("statusListIndex"), part("statusPurpose", "statusListCredential")),
		"in three parts": strictjson.Array(part("statusListIndex", "statusPurpose"), part("statusPurpose", "statusListCredential"), part("statusListIndex", "statusListCredential")),
		"and a part":     strictjson.Array(part("statusListIndex"), entry),
	} {
		r := verify(t, v, badge.With("credentialStatus", status).JSON(), Expectation{})
		if r.Verdict != Rejected || r.Check(RowStatus).Code != StatusRevoked {
			t.Errorf("%s: %s, %v", name, r.Verdict, r.Check(RowStatus))
		}
	}
}
