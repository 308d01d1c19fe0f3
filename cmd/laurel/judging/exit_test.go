package judging

import (
	"errors"
	"testing"

	"laurel/cmd/laurel/terminal"
	"laurel/verifier"
)

// TestExitFor: the worst verdict counts, and a verdict that nobody knows is not a
// yes.
func TestExitFor(t *testing.T) {
	accepted, rejected, undetermined := verifier.Accepted, verifier.Rejected, verifier.Undetermined
	for _, tt := range []struct {
		name     string
		verdicts []verifier.Verdict
		want     int
	}{
		{"accepted", []verifier.Verdict{accepted, accepted}, terminal.OK},
		{"rejected", []verifier.Verdict{rejected}, terminal.Rejected},
		{"undetermined", []verifier.Verdict{undetermined}, terminal.Undetermined},
		{"rejected after undetermined", []verifier.Verdict{accepted, undetermined, rejected}, terminal.Rejected},
		{"undetermined after accepted", []verifier.Verdict{accepted, undetermined}, terminal.Undetermined},
		{"none that we know", []verifier.Verdict{""}, terminal.Undetermined},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var reports []*verifier.Report
			for _, v := range tt.verdicts {
				reports = append(reports, &verifier.Report{Verdict: v})
			}
			got := terminal.OK
			var exit terminal.Exit
			if err := ExitFor(reports...); errors.As(err, &exit) {
				got = exit.Code
			}
			if got != tt.want {
				t.Errorf("exit code %d, want %d", got, tt.want)
			}
		})
	}
}
