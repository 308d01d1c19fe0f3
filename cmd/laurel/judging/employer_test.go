package judging

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"laurel/verifier"
	"laurel/wallet"
)

func TestCheckedOf(t *testing.T) {
	row := func(r verifier.Row, o verifier.Outcome, f verifier.Finding) verifier.Check {
		return verifier.Check{Row: r, Outcome: o, Finding: f}
	}
	signed := row(verifier.RowIssuer, verifier.Passed, verifier.Finding{Text: "t"})
	issuer := &verifier.Issuer{ID: "did:web:a.example", Domain: "a.example", Listed: "A", Claims: "Big A"}
	tests := []struct {
		name   string
		report verifier.Report
		want   wallet.Checked
	}{
		{"accepted", verifier.Report{Verdict: verifier.Accepted, Headline: "h", Issuer: issuer, Checks: []verifier.Check{signed}, NotProven: []string{"who"}},
			wallet.Checked{Verdict: wallet.Accepted, Headline: "h", Tone: wallet.Good, Signed: true, Issuer: wallet.Issuer{Listed: "A", Domain: "a.example"},
				Findings: []wallet.Finding{{Title: "Signer", Outcome: "passed", Text: "t"}}, NotProven: []string{"who"}}},
		{"not signed by its issuer", verifier.Report{Verdict: verifier.Rejected, Issuer: issuer, Checks: []verifier.Check{
			row(verifier.RowIssuer, verifier.Failed, verifier.Finding{Code: verifier.IssuerMismatch, Text: "t", Cause: "c", Evidence: []verifier.Evidence{{What: "Key", Value: "k"}}})}},
			wallet.Checked{Verdict: wallet.Rejected, Tone: wallet.Bad,
				Findings: []wallet.Finding{{Title: "Signer", Outcome: "failed", Text: "t", Code: "ISSUER_MISMATCH", Details: []string{"c", "Key: k"}}}}},
		{"rows that were not reached are left out", verifier.Report{Verdict: verifier.Undetermined, Checks: []verifier.Check{
			row(verifier.RowStatus, verifier.Skipped, verifier.Finding{Code: verifier.NotReached})}},
			wallet.Checked{Verdict: wallet.Undetermined, Tone: wallet.Caution}},
		{"a presentation", verifier.Report{Verdict: verifier.Accepted, Parts: []*verifier.Report{{Verdict: verifier.Accepted, Headline: "one", Issuer: issuer, Checks: []verifier.Check{signed}}}},
			wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Good, Parts: []wallet.Checked{{Verdict: wallet.Accepted, Headline: "one", Tone: wallet.Good, Signed: true,
				Issuer: wallet.Issuer{Listed: "A", Domain: "a.example"}, Findings: []wallet.Finding{{Title: "Signer", Outcome: "passed", Text: "t"}}}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, checkedOf(&test.report)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
