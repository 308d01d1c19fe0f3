package web

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/verifier"
)

// real is a verifier that judges, with nothing to fetch.
func real() *verifier.Verifier {
	return &verifier.Verifier{
		Keys:   testissuer.Keys(),
		Suites: testissuer.Suites(),
		Clock:  func() time.Time { return testissuer.Now },
	}
}

// What the verifier really says is what the page shows.
func TestWithTheRealVerifier(t *testing.T) {
	school, learner := testissuer.New("school"), testissuer.New("learner")
	badge := school.Sign(t, school.Badge(learner))
	forged := testissuer.Set(badge, "credentialSubject/achievement/name", strictjson.String("Data Science"))
	other := testissuer.Set(school.Badge(learner), "issuer/id", strictjson.String(learner.ID))
	tests := []struct {
		name     string
		document string
		verdict  verifier.Verdict
		code     verifier.Code
		says     string
	}{
		{"genuine", string(badge.AppendJSON(nil)), verifier.Accepted, verifier.IssuerNotJudged, "It calls itself “School school”."},
		{"one word changed", string(forged.AppendJSON(nil)), verifier.Rejected, verifier.SignatureInvalid, "Changed after signing"},
		{"signed by somebody else", string(school.Sign(t, other).AppendJSON(nil)), verifier.Rejected, verifier.IssuerMismatch, "Not from the issuer it names"},
		{"unsigned", string(school.Badge(learner).AppendJSON(nil)), verifier.Rejected, verifier.ProofMissing, "Not signed by anybody"},
		{"a picture", "\x89PNG\r\n\x1a\n", verifier.Rejected, verifier.MalformedJSON, "cannot be read"},
		{"two of one name", `{"id":"urn:a:b","id":"urn:a:c"}`, verifier.Rejected, verifier.DuplicateKey, "Built to deceive"},
		{"deep", strings.Repeat("[", 100) + strings.Repeat("]", 100), verifier.Rejected, verifier.LimitExceeded, "Refused"},
		{"nothing", "", verifier.Rejected, verifier.MalformedJSON, "cannot be read"},
	}
	h := handler(t, Config{Verify: real().Verify})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec := post(h, "application/vc", "", test.document)
			var report verifier.Report
			if err := json.Unmarshal(rec.Body.Bytes(), &report); err != nil || rec.Code != 200 {
				t.Fatalf("got %d %v", rec.Code, err)
			}
			codes := map[verifier.Code]bool{}
			for _, c := range report.Checks {
				codes[c.Code] = true
			}
			if report.Verdict != test.verdict || !codes[test.code] {
				t.Errorf("got %s %v want %s %s", report.Verdict, codes, test.verdict, test.code)
			}
			page := post(h, "application/vc", html5, test.document)
			if page.Code != 200 || !strings.Contains(uitest.Text(t, page.Body.String()), test.says) {
				t.Errorf("the page: got %d and not %q in %s", page.Code, test.says, uitest.Text(t, page.Body.String()))
			}
		})
	}
}
