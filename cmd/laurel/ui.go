package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"

	"laurel/credential"
)

// How this program talks to people:
//   - what was asked for goes to standard output, everything else to standard error;
//   - an error is one line, "laurel: cause", followed by "hint: what to do" where
//     we know it;
//   - nothing secret is printed, ever, and nothing secret is an argument;
//   - long work shows progress on a terminal and plain lines elsewhere.

// The exit codes. Those of verify tell the verdicts apart.
const (
	exitOK           = 0
	exitRejected     = 1
	exitUsage        = 2 // arguments that cannot be used, a file that cannot be opened
	exitUndetermined = 3
	exitNoReport     = 4 // verify could not make a report; any other verb failed
)

// env is what a verb may touch of the world.
type env struct {
	Context context.Context
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
}

func stdio() *env {
	return &env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now}
}

// printf writes to standard output. A reader that has gone away, as in
// "laurel … | head", is no reason to complain.
func (e *env) printf(format string, args ...any) { _, _ = fmt.Fprintf(e.Stdout, format, args...) }

// notef writes to standard error, for the person rather than the pipe.
func (e *env) notef(format string, args ...any) { _, _ = fmt.Fprintf(e.Stderr, format, args...) }

// run parses the arguments, runs the verb and returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	e.Context = ctx
	exited := -1
	parser, err := kong.New(&cli{},
		kong.Name("laurel"),
		kong.Description("Issue, keep, present and check micro-credentials (Open Badges 3.0)."),
		kong.Writers(e.Stdout, e.Stderr),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true}),
		kong.Exit(func(code int) { exited = code }),
	)
	if err != nil {
		return e.fail(err, exitNoReport)
	}
	nothing := len(args) == 0
	if nothing {
		args = []string{"--help"} // what a newcomer needs first
	}
	parsed, err := parser.Parse(args)
	switch {
	case nothing:
		return exitUsage
	case exited == 0: // --help printed itself
		return exitOK
	case err != nil:
		return e.fail(hint(err, "laurel --help lists the verbs, laurel VERB --help explains one."), exitUsage)
	}
	if err := parsed.Run(e); err != nil {
		return e.finish(err)
	}
	return exitOK
}

// finish turns the error of a verb into its message and exit code.
func (e *env) finish(err error) int {
	var code exitCode
	if errors.As(err, &code) && code.err == nil {
		return code.code // the verb has said all there is to say
	}
	if errors.As(err, &code) {
		return e.fail(err, code.code)
	}
	return e.fail(err, exitNoReport)
}

// fail prints an error for people and gives the exit code on.
func (e *env) fail(err error, code int) int {
	e.notef("laurel: %v\n", err)
	var h hinted
	if errors.As(err, &h) {
		e.notef("hint: %s\n", h.hint)
	}
	return code
}

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// hint adds advice to an error: a whole sentence that says what to do.
func hint(err error, advice string) error { return hinted{err, advice} }

// exitCode ends the program with a code: with a message if it has an error.
type exitCode struct {
	code int
	err  error
}

func (x exitCode) Error() string {
	if x.err == nil {
		return fmt.Sprintf("exit code %d", x.code)
	}
	return x.err.Error()
}

func (x exitCode) Unwrap() error { return x.err }

// moment is a time as a flag gives it: with its time zone, since a report that
// was made in another one would say something else.
type moment struct{ time.Time }

// UnmarshalText reads a time as credentials write it.
func (m *moment) UnmarshalText(text []byte) error {
	at, err := credential.ParseTime(string(text))
	if err != nil {
		return fmt.Errorf("%q is no date with time and time zone, such as 2026-06-01T00:00:00Z", text)
	}
	m.Time = at
	return nil
}

// usage is an error in what the person asked for: exit code 2.
func usage(format string, args ...any) error {
	return exitCode{exitUsage, fmt.Errorf(format, args...)}
}
