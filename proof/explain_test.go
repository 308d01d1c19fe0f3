package proof_test

import (
	"crypto"
	"errors"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

func explainOptions() proof.Options {
	return proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now}
}

func explain(t *testing.T, doc strictjson.Value, opt proof.Options) []proof.Explained {
	t.Helper()
	all, err := proof.Explain(t.Context(), doc, opt)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func step(x proof.Explained, name string) string {
	for _, s := range x.Steps {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

func TestExplainAGenuineBadge(t *testing.T) {
	school := testissuer.New("school")
	doc := school.Sign(t, school.Badge(testissuer.New("learner")))
	x := explain(t, doc, explainOptions())[0]
	if x.Err != nil || x.Cryptosuite != "eddsa-rdfc-2022" || x.Controller != school.ID || !strings.Contains(school.ID, x.FormatKey()) {
		t.Errorf("explained as %+v", x)
	}
	names := []string{"proof options, canonical form", "proof options, SHA-256", "document, canonical form", "document, SHA-256", "bytes that are signed", "signature"}
	if len(x.Steps) != len(names) {
		t.Fatalf("%d steps, want %d", len(x.Steps), len(names))
	}
	for i, name := range names {
		if s := x.Steps[i]; s.Name != name || s.Value == "" || s.Text != strings.HasSuffix(name, "form") {
			t.Errorf("step %d is %+v, want %s", i, s, name)
		}
	}
	if step(x, names[4]) != step(x, names[1])+step(x, names[3]) {
		t.Error("what is signed is not the two hashes")
	}
	if len(x.Contexts) != 2 || x.Contexts[0].SHA256 == "" || x.Contexts[0].URL != "https://www.w3.org/ns/credentials/v2" {
		t.Errorf("contexts %+v", x.Contexts)
	}
}

// What went wrong is said, and everything up to there is shown.
func TestExplainWhatDoesNotHold(t *testing.T) {
	school := testissuer.New("school")
	good := school.Sign(t, school.Badge(testissuer.New("learner")))
	tests := []struct {
		name  string
		doc   strictjson.Value
		want  error
		steps int
	}{
		{"a letter changed", testissuer.Set(good, "name", strictjson.String("x")), proof.ErrSignature, 6},
		{"an undefined term", testissuer.Set(good, "credentialSubject/grade", strictjson.String("A")), nil, 2},
		{"another purpose", testissuer.Set(good, "proof/proofPurpose", strictjson.String("authentication")), proof.ErrPurpose, 6},
		{"no key of that name", testissuer.Set(good, "proof/verificationMethod", strictjson.String("did:key:z6Mk#x")), did.ErrKeyUnsupported, 4},
		{"an unknown suite", testissuer.Set(good, "proof/cryptosuite", strictjson.String("x-2030")), proof.ErrSuiteUnsupported, 0},
		{"no signature", testissuer.Set(good, "proof/proofValue", strictjson.String("z")), proof.ErrProofValue, 4},
		{"a chain that leads nowhere", testissuer.Set(good, "proof/previousProof", strictjson.String("urn:x")), proof.ErrChain, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := explain(t, tt.doc, explainOptions())[0]
			if x.Err == nil || tt.want != nil && !errors.Is(x.Err, tt.want) {
				t.Errorf("error %v, want %v", x.Err, tt.want)
			}
			if len(x.Steps) != tt.steps {
				t.Errorf("%d steps, want %d: %+v", len(x.Steps), tt.steps, x.Steps)
			}
		})
	}
	if all, err := proof.Explain(t.Context(), good.Without("proof"), explainOptions()); !errors.Is(err, proof.ErrMissing) || all != nil {
		t.Errorf("no proof: %v, %v", all, err)
	}
	if x := explain(t, good, proof.Options{Suites: testissuer.Suites(), At: testissuer.Now})[0]; x.Err == nil || x.Key != nil || x.FormatKey() != "" {
		t.Errorf("without a resolver: %+v", x)
	}
}

// Explain and Open agree about each proof, whatever the suite.
func TestExplainAgreesWithOpen(t *testing.T) {
	for _, school := range testissuer.Several(t, "school") {
		t.Run(school.Name, func(t *testing.T) {
			doc := school.Sign(t, school.Badge(school))
			for _, d := range []strictjson.Value{doc, testissuer.Set(doc, "name", strictjson.String("x"))} {
				_, err := proof.OpenValue(t.Context(), d, explainOptions())
				if x := explain(t, d, explainOptions())[0]; (x.Err == nil) != (err == nil) {
					t.Errorf("Open says %v, Explain %v", err, x.Err)
				}
			}
		})
	}
}

func TestExplainedKeys(t *testing.T) {
	if got := (proof.Explained{Key: crypto.PublicKey("x")}).FormatKey(); got != "string" {
		t.Errorf("a key of no known type is %q", got)
	}
}
