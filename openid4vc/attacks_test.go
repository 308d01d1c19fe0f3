package openid4vc_test

import "testing"

// enough is how many different cases each class of attack must have, or the class
// counts as untried.
const enough = 5

// groups are hostile and broken messages by what they attack, with the classes that
// are met there: the codes by which they have to be named.
var groups = []struct {
	name    string
	tables  map[string]func(*testing.T, census)
	classes []string
}{
	{"requests", map[string]func(*testing.T, census){
		"links": attackLinks, "request objects": attackRequestObjects, "forged": attackForged, "certificates": attackCertificates,
	}, []string{
		"REQUEST_SIGNATURE_INVALID", "TYP_MISMATCH", "CLIENT_ID_MISMATCH", "REQUEST_INVALID", "REQUEST_EXPIRED", "LIMIT_EXCEEDED",
	}},
	{"responses", map[string]func(*testing.T, census){"answers": attackResponses, "bindings": attackBindings}, []string{
		"STATE_MISMATCH", "MALFORMED_RESPONSE", "CHALLENGE_MISMATCH", "DOMAIN_MISMATCH", "RESPONSE_MODE_MISMATCH", "DECRYPTION_FAILED", "LIMIT_EXCEEDED",
	}},
}

// TestAttacks tries every table, and counts: a class with fewer than five different
// cases fails. What breaks a query, or does not satisfy it, is tried in package dcql;
// what needs sessions, where there are sessions.
func TestAttacks(t *testing.T) {
	for _, g := range groups {
		n := make(census)
		t.Run(g.name, func(t *testing.T) {
			for name, table := range g.tables {
				t.Run(name, func(t *testing.T) { table(t, n) })
			}
		})
		for _, class := range g.classes {
			t.Logf("%s: %d cases of %s", g.name, len(n[class]), class)
			if len(n[class]) < enough {
				t.Errorf("%s: %d cases of %s, at least %d are wanted", g.name, len(n[class]), class, enough)
			}
		}
	}
}

// census has the names of the cases of each class.
type census map[string]map[string]bool

// add counts a case; one without a code is a good one beside the bad ones.
func (n census) add(t *testing.T, code, name string) {
	t.Helper()
	if code == "" {
		return
	}
	if n[code] == nil {
		n[code] = map[string]bool{}
	}
	n[code][t.Name()+"/"+name] = true
}
