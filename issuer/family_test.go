package issuer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/proof"
	"laurel/status"
)

// familyTemplate is a template with a choice of how its badges are signed.
func familyTemplate(id, more string) []byte {
	return fmt.Appendf(nil, `{"type": "laurel/template/v1", "id": %q, %s,
		"achievement": {"name": "Brewer", "description": "Brews.", "criteria": {"narrative": "Brew."},
			"resultDescription": [{"name": "Grade", "resultType": "LetterGrade", "allowedValue": ["A", "B"]}]}}`, id, more)
}

// open opens a badge as its learner or as a verifier does.
func (s *school) open(t *testing.T, badge []byte, receiving bool) (*proof.Opened, error) {
	t.Helper()
	return proof.Open(t.Context(), badge, proof.Options{
		Keys:   did.Methods{"key": did.Key{}, "web": did.Web{Fetch: s}},
		Suites: testissuer.Suites(), At: s.now.Add(time.Minute), Receiving: receiving,
	})
}

// TestFamilies issues a badge under each suite that a template can choose.
func TestFamilies(t *testing.T) {
	s := newSchool(t, issuer.Web)
	kinds := map[string]string{
		"eddsa-rdfc-2022": "#key-1", "eddsa-jcs-2022": "#key-1",
		"ecdsa-rdfc-2019": "#key-2", "ecdsa-jcs-2019": "#key-2", "ecdsa-sd-2023": "#key-2",
	}
	for name, key := range kinds {
		if _, err := s.PutTemplate(t.Context(), familyTemplate(name, fmt.Sprintf(`"proof": %q`, name))); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		s.reopen(t)
		issued := s.issue(t, issuer.Award{Template: name, Results: []issuer.Result{{Of: "Grade", Value: "A"}}})
		opened, err := s.open(t, issued.Credential, true)
		if err != nil || opened.Proofs[0].Cryptosuite != name || !strings.HasSuffix(issued.Key, key) {
			t.Errorf("%s: signed with %s: %+v, %v", name, issued.Key, opened, err)
		}
	}
	all, err := s.Templates(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, tpl := range all {
		if _, chosen := kinds[tpl.ID]; chosen && tpl.Proof != tpl.ID || !chosen && tpl.Proof != "" {
			t.Errorf("template %s says %q", tpl.ID, tpl.Proof)
		}
	}
	if keys := s.keys(t); len(keys) != 2 || keys[0].Type != "Ed25519" || keys[1].Type != "P-256" {
		t.Errorf("keys: %+v", keys)
	}
}

// TestSelectiveTemplates: what a template makes mandatory is shown whatever a
// learner chooses, as far as the badge has it.
func TestSelectiveTemplates(t *testing.T) {
	s := newSchool(t, issuer.Web)
	const name, grade = "/credentialSubject/achievement/name", "/credentialSubject/result"
	for id, tc := range map[string]struct {
		more string
		want []string
	}{
		"default": {`"proof": "ecdsa-sd-2023"`, []string{"/credentialSubject/achievement/id", name}},
		"grade":   {`"proof": "ecdsa-sd-2023", "mandatory": ["` + name + `", "` + grade + `", "/evidence"]`, []string{name, grade}},
		"nothing": {`"proof": "ecdsa-sd-2023", "mandatory": []`, nil},
	} {
		if _, err := s.PutTemplate(t.Context(), familyTemplate(id, tc.more)); err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		issued := s.issue(t, issuer.Award{Template: id, Name: "Ada", Results: []issuer.Result{{Of: "Grade", Value: "A"}}})
		base, err := strictjson.Parse(issued.Credential)
		if err != nil {
			t.Fatal(err)
		}
		got, err := proof.Mandatory(base, testissuer.Suites())
		want := append([]string{"/issuer", "/validFrom", "/credentialStatus", "/credentialSubject/id"}, tc.want...)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %q, %v, want %q", id, got, err, want)
		}
		if _, err := s.open(t, issued.Credential, false); !errors.Is(err, proof.ErrBaseProof) {
			t.Errorf("%s: shown as it is: %v", id, err)
		}
		shown := testissuer.Derive(t, base, "/credentialSubject/achievement/resultDescription/0/allowedValue")
		if got := s.check(t, shown.JSON(), s.now); got.Outcome != status.Clear {
			t.Errorf("%s: the status of a selection: %v, %v", id, got.Outcome, got.Err)
		}
		if strings.Contains(string(shown.JSON()), "identityHash") || strings.Contains(string(shown.JSON()), `"value":"A"`) != (id == "grade") {
			t.Errorf("%s shows %s", id, shown.JSON())
		}
	}
}

func TestFamiliesThatAreRefused(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for more, want := range map[string]string{
		`"proof": "bbs-2023"`: "none of eddsa-rdfc-2022, ecdsa-sd-2023",
		`"proof": ""`:         "",
		`"proof": 1`:          "",
		`"proof": "eddsa-jcs-2022", "mandatory": []`:                                                                   "shown whole",
		`"mandatory": ["/name"]`:                                                                                       "shown whole",
		`"proof": "ecdsa-sd-2023", "mandatory": ["name"]`:                                                              "no JSON pointer",
		`"proof": "ecdsa-sd-2023", "mandatory": [7]`:                                                                   "no JSON pointer",
		`"proof": "ecdsa-sd-2023", "mandatory": ["/credentialSubject/grade"]`:                                          "have none",
		`"proof": "ecdsa-sd-2023", "mandatory": ["/credentialSubject/resultat"]`:                                       "have none",
		`"proof": "ecdsa-sd-2023", "mandatory": ["/credentialSubject/achievement/resultDescription/0/allowedValue/0"]`: "whole or not at all",
	} {
		_, err := s.PutTemplate(t.Context(), familyTemplate("x", more))
		if want == "" {
			want = "no name of a cryptosuite"
		}
		if !errors.Is(err, issuer.ErrTemplate) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", more, err)
		}
	}
	if keys := s.keys(t); len(keys) != 1 {
		t.Errorf("refused templates made keys: %+v", keys)
	}
	own := newSchool(t, issuer.Key)
	if _, err := own.PutTemplate(t.Context(), familyTemplate("x", `"proof": "ecdsa-sd-2023"`)); !errors.Is(err, issuer.ErrTemplate) || !strings.Contains(err.Error(), "is its key") {
		t.Errorf("an issuer that is its key: %v", err)
	}
	if _, err := own.PutTemplate(t.Context(), familyTemplate("x", `"proof": "eddsa-jcs-2022"`)); err != nil {
		t.Errorf("the same kind of key: %v", err)
	}
}

// TestKeysOfTwoKinds: each kind has its own line of keys.
func TestKeysOfTwoKinds(t *testing.T) {
	s := newSchool(t, issuer.Web)
	if _, err := s.PutTemplate(t.Context(), familyTemplate("brewer", `"proof": "ecdsa-sd-2023"`)); err != nil {
		t.Fatal(err)
	}
	old := s.issue(t, issuer.Award{Template: "brewer"})
	for _, id := range []string{"key-1", "key-2"} {
		if _, err := s.RetireKey(t.Context(), id); !errors.Is(err, issuer.ErrKeyState) {
			t.Errorf("retiring the only key of its kind, %s: %v", id, err)
		}
	}
	s.now = s.now.Add(time.Hour)
	next, err := s.RotateKey(t.Context())
	if err != nil || next.ID != "did:web:badges.school.example#key-3" || next.Type != "Ed25519" {
		t.Fatalf("RotateKey = %+v, %v", next, err)
	}
	s.reopen(t)
	fresh := s.issue(t, issuer.Award{Template: "brewer"})
	if !strings.HasSuffix(fresh.Key, "#key-4") {
		t.Errorf("signed with %s", fresh.Key)
	}
	if _, err := s.open(t, old.Credential, true); err != nil {
		t.Errorf("after rotation: %v", err)
	}
	s.now = s.now.Add(time.Hour)
	lost, err := s.CompromiseKey(t.Context(), "key-4")
	if err != nil || lost.Next == nil || lost.Next.Type != "P-256" || len(lost.Affected) != 1 || lost.Affected[0].ID != fresh.ID {
		t.Fatalf("CompromiseKey = %+v, %v", lost, err)
	}
	s.now = s.now.Add(time.Minute)
	if _, err := s.open(t, fresh.Credential, true); !errors.Is(err, did.ErrKeyRevoked) {
		t.Errorf("a badge of the lost key: %v", err)
	}
	if plain := s.issue(t, issuer.Award{}); !strings.HasSuffix(plain.Key, "#key-3") {
		t.Errorf("the other kind signs with %s", plain.Key)
	}
}
