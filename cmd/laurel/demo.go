package main

import (
	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/demo"
)

type demoCmd struct {
	Once bool `help:"Tell the story and exit: 0 only if every verdict was the expected one."`
}

// Help is what laurel demo --help says beyond the flags.
func (demoCmd) Help() string {
	return "A school issues badges, a learner shows some, an employer checks them; then everything goes wrong that can. " +
		"All of it runs on this machine, with real keys, stores and servers, in a folder that is deleted afterwards."
}

// Run plays it.
func (c demoCmd) Run(e *terminal.Env) error {
	d := demo.Demo{Out: e.Stdout, Now: e.Now, Suites: judging.Suites(), Check: judging.CheckWith, Once: c.Once}
	return d.Run(e.Context)
}
