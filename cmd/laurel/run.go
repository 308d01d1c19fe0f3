package main

import (
	"reflect"
	"strings"

	"errors"

	"github.com/alecthomas/kong"

	"laurel/cmd/laurel/terminal"
)

// helpFor names the page of help that is about what was typed.
func helpFor(err error) string {
	var parse *kong.ParseError
	if errors.As(err, &parse) {
		if verb := parse.Context.Selected(); verb != nil && verb.Leaf() {
			return verb.FullPath() + " --help lists its flags."
		}
	}
	return "laurel --help lists the verbs, laurel VERB --help explains one."
}

// grammar is the command line as far as it is needed: the verb that the arguments begin
// with, or all of it. To read the flags of every verb takes longer than to check a badge.
func grammar(args []string) any {
	all := reflect.TypeFor[cli]()
	for i := range all.NumField() {
		if verb := all.Field(i); len(args) > 0 && args[0] == strings.ToLower(verb.Name) {
			return reflect.New(reflect.StructOf([]reflect.StructField{verb})).Interface()
		}
	}
	return &cli{}
}

// run parses the arguments, runs the verb and returns the exit code.
func run(args []string, e *terminal.Env) int {
	exited := -1
	parser, err := kong.New(grammar(args),
		kong.Name("laurel"),
		kong.Description("Issue, keep, present and check micro-credentials (Open Badges 3.0)."),
		kong.Writers(e.Stdout, e.Stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		return e.Fail(err, terminal.Failed)
	}
	nothing := len(args) == 0
	if nothing {
		args = []string{"--help"} // what a newcomer needs first
	}
	parsed, err := parser.Parse(args)
	switch {
	case nothing:
		return terminal.BadUsage
	case exited == 0: // --help printed itself
		return terminal.OK
	case err != nil:
		return e.Fail(terminal.Hint(err, helpFor(err)), terminal.BadUsage)
	}
	if err := parsed.Run(e); err != nil {
		return e.Finish(err)
	}
	return terminal.OK
}
