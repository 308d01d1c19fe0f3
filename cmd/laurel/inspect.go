package main

import (
	"encoding/json"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/verifier"
	"laurel/verifier/doctor"
)

type inspectCmd struct {
	judging.Flags `embed:""`
	File          string    `arg:"" help:"Any badge, credential, presentation, token or picture; - is standard input."`
	JSON          bool      `name:"json" help:"Print the inspection as JSON."`
	At            time.Time `placeholder:"TIME" format:"2006-01-02T15:04:05Z07:00" help:"Judge for this time, such as 2026-06-01T00:00:00Z."`
	Challenge     string    `aliases:"nonce" help:"The challenge that a presentation must answer."`
	Domain        string    `aliases:"audience" help:"Whom a presentation must be made for."`
}

// Help is what laurel inspect --help says beyond the flags.
func (inspectCmd) Help() string {
	return "The badge doctor: what a file is and says, every value that checking it computes, what is wrong and where, " +
		"and what its issuer should change. It explains and does not judge: its exit code is 0 for good and bad badges; laurel verify judges."
}

// Run looks at the file and explains it.
func (c inspectCmd) Run(e *terminal.Env) error {
	v, err := c.Verifier(e)
	if err != nil {
		return err
	}
	data, err := e.Read(c.File)
	if err != nil {
		return terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
	}
	found, err := doctor.Practice{Verifier: v}.Inspect(e.Context, data, verifier.Expectation{Challenge: c.Challenge, Domain: c.Domain, At: c.At})
	if err != nil {
		return err
	}
	if !c.JSON {
		return found.WriteText(e.Stdout)
	}
	enc := json.NewEncoder(e.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(found)
}
