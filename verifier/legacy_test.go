package verifier

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/cryptosuite"
	"laurel/internal/aries"
	"laurel/internal/aries/ariestest"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// legacyStrict is strict, and accepts what VCDM 1.1 was signed with.
func legacyStrict() *Verifier {
	v, c := strict(), jsonld.Embedded()
	v.Suites = append(v.Suites, cryptosuite.Ed25519Signature2018{Contexts: c}, cryptosuite.JSONWebSignature2020{Contexts: c},
		cryptosuite.BBSBLSSignature2020{Contexts: c}, cryptosuite.BBSBLSSignatureProof2020{Contexts: c})
	return v
}

// TestBadgesOf2018Signatures judges badges that were issued in 2022 and 2023, with
// signatures through aries.
func TestBadgesOf2018Signatures(t *testing.T) {
	for name, want := range map[string]Code{
		"plugfest-1-2022/plugfest-1-ex-1.json":         OpenBadgeInvalid, // a draft of Open Badges 3.0: its achievement has no id
		"plugfest-1-2022/plugfest-1-ex-2.json":         OpenBadgeInvalid,
		"plugfest-3-2023/signed_badge_example-p3.json": "",
	} {
		text, err := os.ReadFile(filepath.Join("..", "testdata", "badges", "jff-plugfest", name))
		if err != nil {
			t.Fatal(err)
		}
		r := verify(t, legacyStrict(), text, Expectation{})
		if row := r.Check(RowProof); row.Outcome != Passed || row.Code != ProofLegacy || r.Check(RowIssuer).Outcome != Passed {
			t.Errorf("%s: %s", name, codes(r))
		}
		if c := r.Deciding(); want == "" && r.Verdict != Accepted || want != "" && (c == nil || c.Code != want) {
			t.Errorf("%s: %s: %s", name, r.Verdict, codes(r))
		}
		var b strings.Builder
		if err := r.WriteText(&b); err != nil || !strings.Contains(b.String(), "legacy proof: Ed25519Signature2018") {
			t.Errorf("%s: %v\n%s", name, err, b.String())
		}
		changed := strings.Replace(string(text), "Plugfest", "plugfest", 1)
		changed = strings.Replace(changed, "PlugFest", "plugfest", 1)
		if r := verify(t, legacyStrict(), []byte(changed), Expectation{}); r.Verdict != Rejected || r.Check(RowProof).Code != SignatureInvalid {
			t.Errorf("%s, changed: %s: %s", name, r.Verdict, codes(r))
		}
		if r := verify(t, strict(), text, Expectation{}); r.Verdict != Undetermined || r.Deciding().Code != ProofTypeUnsupported {
			t.Errorf("%s, where it is not accepted: %s: %s", name, r.Verdict, codes(r))
		}
	}
}

// TestWhatASelectionDoesNotShow: under a BBS+ proof of 2020 a holder can leave out
// the end of a credential and its status list, so neither is taken for absent.
func TestWhatASelectionDoesNotShow(t *testing.T) {
	school := ariestest.BBS(t, "school")
	doc := testissuer.Parse(`{
		"@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/bbs/v1", "https://w3id.org/vc/status-list/2021/v1"],
		"id": "urn:uuid:0b1d3c2e-7a41-4f0c-9a52-4a4d2f0d9a10",
		"type": ["VerifiableCredential"],
		"issuer": "` + school.ID + `",
		"issuanceDate": "2025-12-01T00:00:00Z",
		"expirationDate": "2026-12-01T00:00:00Z",
		"credentialStatus": {"id": "https://school.example/status/1#5", "type": "StatusList2021Entry", "statusPurpose": "revocation",
			"statusListIndex": "5", "statusListCredential": "https://school.example/status/1"},
		"credentialSubject": {"id": "did:example:learner"}}`)
	signed := school.Sign(t, doc, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	bare := doc.Without("credentialStatus")
	signedBare := school.Sign(t, bare, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	for name, tt := range map[string]struct {
		shown            strictjson.Value
		validity, status Code
	}{
		"whole":                          {signed, "", StatusRetrieval},
		"all of it":                      {school.Derive(t, signed, doc), "", StatusRetrieval},
		"without an id":                  {school.Derive(t, signed, doc.Without("id").With("id", doc.Get("id"))), "", StatusRetrieval},
		"without its status":             {school.Derive(t, signed, bare), "", StatusNotShown},
		"without its end":                {school.Derive(t, signed, doc.Without("expirationDate")), ValidityNotShown, StatusRetrieval},
		"without both":                   {school.Derive(t, signed, bare.Without("expirationDate")), ValidityNotShown, StatusNotShown},
		"no status, nothing hidden":      {school.Derive(t, signedBare, bare), "", StatusNone},
		"no status, and something hides": {school.Derive(t, signedBare, bare.Without("expirationDate")), ValidityNotShown, StatusNotShown},
	} {
		r := verify(t, legacyStrict(), tt.shown.JSON(), Expectation{})
		if r.Check(RowProof).Code != ProofLegacy || r.Check(RowValidity).Code != tt.validity || r.Check(RowStatus).Code != tt.status {
			t.Errorf("%s: %s", name, codes(r))
		}
		if accepted := tt.status == StatusNone && tt.validity == ""; accepted != (r.Verdict == Accepted) || r.Verdict == Rejected {
			t.Errorf("%s: %s", name, r.Verdict)
		}
	}
}
