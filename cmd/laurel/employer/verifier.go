// Package employer has the verbs of laurel verifier: what an employer, or anybody
// else who relies on badges, types to check them for others and to ask for them.
//
// laurel verify, which checks a file, needs none of this and is in cmd/laurel.
// Each verb here has a file with a struct of flags and a method Run:
//
//	func (c serveCmd) Run(e *terminal.Env) error {
//		v, err := c.Verifier(e) // of the embedded judging.Flags
//		…
//	}
//
// The report of a verb and its exit code are those of laurel verify: see
// judging.ExitFor. Another verb is another file here, a field of [Command], and a
// script in cmd/laurel/testdata.
package employer

// Command is the verifier's part of the command line.
type Command struct {
	Bundle bundleCmd `cmd:"" help:"Save what checking files needs, to check them later without a network."`
	Serve  serveCmd  `cmd:"" help:"Put a verifier on the net: a page for people, POST /verify for programs."`
}
