package main

import (
	"fmt"
	"path/filepath"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/verifier"
	"laurel/verifier/display"
)

type verifyCmd struct {
	judging.Flags `embed:""`
	Files         []string        `arg:"" name:"file" help:"Credentials or presentations; - is standard input."`
	JSON          bool            `name:"json" xor:"form" help:"Print the report as JSON."`
	HTML          bool            `name:"html" xor:"form" help:"Print the report as a page that stands by itself."`
	At            terminal.Moment `placeholder:"TIME" help:"Judge for this time, such as 2026-06-01T00:00:00Z."`
	Challenge     string          `aliases:"nonce" help:"The challenge that a presentation must answer."`
	Domain        string          `aliases:"audience" help:"Whom a presentation must be made for."`
}

// Help is what laurel verify --help says beyond the flags.
func (verifyCmd) Help() string {
	return "Exit codes: 0 accepted, 1 rejected, 3 undetermined, 2 unusable arguments, 4 no report possible. " +
		"Of several files the worst counts."
}

// Run judges every file and prints the reports.
func (c verifyCmd) Run(e *terminal.Env) error {
	v, err := c.Verifier(e)
	if err != nil {
		return err
	}
	reports := make([]*verifier.Report, len(c.Files))
	for i, name := range c.Files {
		data, err := e.Read(name)
		if err != nil {
			return terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
		}
		reports[i], err = v.Verify(e.Context, data, verifier.Expectation{Challenge: c.Challenge, Domain: c.Domain, At: c.At.Time})
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if err := c.print(e, reports); err != nil {
		return err
	}
	return judging.ExitFor(reports...)
}

func (c verifyCmd) print(e *terminal.Env, reports []*verifier.Report) error {
	switch {
	case c.JSON && len(reports) == 1:
		return e.PrintJSON(reports[0])
	case c.JSON:
		return e.PrintJSON(reports)
	case c.HTML && len(reports) > 1:
		return terminal.Usage("--html prints one report: name one file")
	case c.HTML:
		return display.Write(e.Stdout, reports[0])
	case len(reports) == 1:
		return reports[0].WriteText(e.Stdout)
	}
	for i, r := range reports {
		e.Printf("%-12s  %s\n", r.Verdict, filepath.Base(c.Files[i]))
		e.Printf("              %s\n", r.Headline)
	}
	return nil
}
