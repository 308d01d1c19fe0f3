package verifier

import (
	"testing"
	"time"
)

// enough is how many different cases each class of attack must have, or the class
// counts as untried.
const enough = 5

// groups are the hostile and broken documents by what they attack, with the classes
// that a verifier meets there: the codes by which it has to name them.
var groups = []struct {
	name    string
	tables  map[string]func(*testing.T, census)
	classes []Code
}{
	{"proof", map[string]func(*testing.T, census){
		"badges": attackProof, "every suite": attackEverySuite, "data model 1.1": attackV1, "kinds": attackProofKinds, "inside tokens": attackInside,
	}, []Code{
		SignatureInvalid, ProofMissing, StructureInvalid, KeyInvalid, CryptosuiteUnsupported, ProofTypeUnsupported, ProofPurposeMismatch,
		ProofExpired, IssuerMismatch, VerificationMethodUnresolvable, ProofChainInvalid, LimitExceeded, UndefinedTerm, ContextNotAllowed,
	}},
	{"json and json-ld", map[string]func(*testing.T, census){
		"json": attackJSON, "json-ld": attackJSONLD, "rewritten": attackRewritten, "pictures": attackInPictures,
	}, []Code{MalformedJSON, UndefinedTerm, ContextNotAllowed, StructureInvalid}},
	{"structure", map[string]func(*testing.T, census){
		"structure": attackStructure, "schemas": attackSchemas,
	}, []Code{StructureInvalid, OpenBadgeInvalid, SchemaInvalid}},
	{"identifiers", map[string]func(*testing.T, census){"did:key": attackDIDKey, "did:web": attackDIDWeb}, []Code{KeyInvalid, VerificationMethodUnresolvable}},
	{"presentation", map[string]func(*testing.T, census){
		"embedded": attackPresentation, "tokens": attackTokenPresentations, "mixed": attackMixed,
	}, []Code{ChallengeMismatch, DomainMismatch, SignatureInvalid, HolderBindingFailed, StructureInvalid}},
	{"denial of service", map[string]func(*testing.T, census){"documents": attackDenialOfService}, []Code{LimitExceeded}},
	{"status", map[string]func(*testing.T, census){"lists": attackStatus, "entries": attackStatusEntries, "token lists": attackTokenStatus}, []Code{
		StatusRevoked, StatusSuspended, StatusIndexRange, StatusVerificationError, StatusTypeUnknown, StatusRetrieval,
		StatusListLength, LimitExceeded, SignatureInvalid,
	}},
	{"selective disclosure", map[string]func(*testing.T, census){
		"base proofs": attackBaseProofShown, "selections": attackSelection, "keys": attackSelectionKeys,
	}, []Code{ProofTypeUnsupported, SignatureInvalid, KeyInvalid}},
	{"jose", map[string]func(*testing.T, census){
		"algorithms": attackJOSEAlgorithms, "keys": attackJOSEKeys, "form": attackJOSEForm,
		"envelopes": attackEnvelopes, "curves": attackCurves, "names of keys": attackKeyNames,
	}, []Code{
		AlgorithmNotAllowed, SignatureInvalid, IssuerMismatch, VerificationMethodUnresolvable, HeaderCritUnsupported, MalformedJWT,
		TypeMismatch, CredentialExpired, CredentialNotYetValid, StructureInvalid, DuplicateKey, LimitExceeded,
	}},
	{"sd-jwt", map[string]func(*testing.T, census){
		"disclosures": attackSDJWTDisclosures, "key binding": attackSDJWTKeyBinding,
		"overwrites": attackOverwrites, "json form": attackJSONForm, "replays": attackReplays,
	}, []Code{
		HolderBindingFailed, ChallengeMismatch, DomainMismatch, TypeMismatch, AlgorithmNotAllowed, KeyBindingStale, StructureInvalid,
		DisclosureInvalid, LimitExceeded, CredentialExpired, SignatureInvalid, MalformedJWT,
	}},
}

// TestAttacks tries every table, and counts: a class with fewer than five different
// cases fails, so that what is said of it stays true.
func TestAttacks(t *testing.T) {
	for _, g := range groups {
		n, ran := make(census), 0
		t.Run(g.name, func(t *testing.T) {
			for name, table := range g.tables {
				t.Run(name, func(t *testing.T) { ran++; table(t, n) })
			}
		})
		if ran < len(g.tables) {
			continue // -run chose some of them
		}
		total := 0
		for _, cases := range n {
			total += len(cases)
		}
		t.Logf("%s: %d cases of %d classes", g.name, total, len(n))
		for _, class := range g.classes {
			if len(n[class]) < enough {
				t.Errorf("%s: %d cases of %s, at least %d are wanted", g.name, len(n[class]), class, enough)
			}
		}
	}
}

// census has the names of the cases of each class.
type census map[Code]map[string]bool

func (n census) count(name string, want Code) {
	if n[want] == nil {
		n[want] = make(map[string]bool)
	}
	n[want][name] = true
}

// run judges each document with a fresh verifier, within bounded time. None may be
// accepted, and the report must name what is wrong.
func (n census) run(t *testing.T, with func(testing.TB) *Verifier, expect Expectation, attacks []attack) {
	t.Helper()
	for _, a := range attacks {
		n.count(a.name, a.want)
		t.Run(string(a.want)+"/"+a.name, func(t *testing.T) {
			started := time.Now()
			r := verify(t, with(t), a.data, expect)
			if r.Verdict == Accepted {
				t.Fatalf("accepted: %s", r.Headline)
			}
			if !hasCode(r, a.want) {
				t.Errorf("no %s in the report: %s", a.want, codes(r))
			}
			if took := time.Since(started); took > 2*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

// employer is trusting for tables.
func employer(testing.TB) *Verifier { return trusting() }
