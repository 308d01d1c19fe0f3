package judging

import (
	"laurel/cmd/laurel/terminal"
	"laurel/verifier"
)

// ExitFor is the exit code of the worst report.
func ExitFor(reports ...*verifier.Report) error {
	code := terminal.OK
	for _, r := range reports {
		switch r.Verdict {
		case verifier.Accepted:
		case verifier.Rejected:
			return terminal.Exit{Code: terminal.Rejected}
		default:
			code = terminal.Undetermined
		}
	}
	if code == terminal.OK {
		return nil
	}
	return terminal.Exit{Code: code}
}
