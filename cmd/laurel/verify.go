package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"laurel/verifier"
	"laurel/verifier/web"
)

// maxFile bounds what is read of one file: the front door's own limit, and one
// byte more so that it can see that there was more.
const maxFile = 8<<20 + 1

type verifyCmd struct {
	judging   `embed:""`
	Files     []string `arg:"" name:"file" help:"Credentials or presentations; - is standard input."`
	JSON      bool     `name:"json" xor:"form" help:"Print the report as JSON."`
	HTML      bool     `name:"html" xor:"form" help:"Print the report as a page that stands by itself."`
	At        moment   `placeholder:"TIME" help:"Judge for this time, such as 2026-06-01T00:00:00Z."`
	Challenge string   `aliases:"nonce" help:"The challenge that a presentation must answer."`
	Domain    string   `aliases:"audience" help:"Whom a presentation must be made for."`
}

// Help is what laurel verify --help says beyond the flags.
func (verifyCmd) Help() string {
	return "Exit codes: 0 accepted, 1 rejected, 3 undetermined, 2 unusable arguments, 4 no report possible. " +
		"Of several files the worst counts."
}

// Run judges every file and prints the reports.
func (c verifyCmd) Run(e *env) error {
	v, err := c.verifier(e)
	if err != nil {
		return err
	}
	reports := make([]*verifier.Report, len(c.Files))
	for i, name := range c.Files {
		data, err := e.read(name)
		if err != nil {
			return exitCode{exitUsage, hint(err, "name a file that can be read, or - for standard input.")}
		}
		reports[i], err = v.Verify(e.Context, data, verifier.Expectation{Challenge: c.Challenge, Domain: c.Domain, At: c.At.Time})
		if err != nil {
			return exitCode{exitNoReport, fmt.Errorf("%s: %w", name, err)}
		}
	}
	if err := c.print(e, reports); err != nil {
		return err
	}
	return exitFor(reports)
}

func (c verifyCmd) print(e *env, reports []*verifier.Report) error {
	switch {
	case c.JSON:
		return e.printJSON(reports)
	case c.HTML && len(reports) > 1:
		return usage("--html prints one report: name one file")
	case c.HTML:
		return web.WriteReport(e.Stdout, reports[0])
	case len(reports) == 1:
		return reports[0].WriteText(e.Stdout)
	}
	for i, r := range reports {
		e.printf("%-12s  %s\n", r.Verdict, filepath.Base(c.Files[i]))
		e.printf("              %s\n", r.Headline)
	}
	return nil
}

// printJSON prints one report as an object, several as an array.
func (e *env) printJSON(reports []*verifier.Report) error {
	enc := json.NewEncoder(e.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if len(reports) == 1 {
		return enc.Encode(reports[0])
	}
	return enc.Encode(reports)
}

// exitFor is the exit code of the worst report.
func exitFor(reports []*verifier.Report) error {
	code := exitOK
	for _, r := range reports {
		switch r.Verdict {
		case verifier.Accepted:
		case verifier.Rejected:
			return exitCode{code: exitRejected}
		default:
			code = exitUndetermined
		}
	}
	if code == exitOK {
		return nil
	}
	return exitCode{code: code}
}

// read reads a file, or standard input for "-", up to maxFile.
func (e *env) read(name string) ([]byte, error) {
	if name == "-" {
		return io.ReadAll(io.LimitReader(e.Stdin, maxFile))
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxFile))
	return data, errors.Join(err, f.Close())
}
