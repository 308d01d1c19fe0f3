// Package terminal is how the verbs of this program talk to people, and to the
// programs that people write around them.
//
//   - what was asked for goes to standard output, everything else to standard error;
//   - an error is one line, "laurel: cause", followed by "hint: what to do" where
//     we know it;
//   - nothing secret is printed, ever, and nothing secret is an argument;
//   - a question is asked at a terminal, or answered by --yes; without either the
//     verb fails and says so.
//
// A verb is a struct of flags with a method Run. It gets an [Env], which is all
// that it may touch of the world, and returns an error, which [Env.Finish] turns
// into a message and an exit code:
//
//	func (c showCmd) Run(e *terminal.Env) error {
//		data, err := e.Read(c.File) // a file, or - for standard input
//		if err != nil {
//			return terminal.Unusable(terminal.Hint(err, "name a file that can be read."))
//		}
//		e.Printf("%d bytes\n", len(data))
//		return nil
//	}
//
// An error that says nothing else ends with [Failed]; [Usage] and [Unusable] end
// with [BadUsage]; [Exit] chooses the code, with or without a message.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"laurel/credential"
)

// The exit codes. Those of verify tell the verdicts apart.
const (
	OK           = 0 // done; of verify: accepted
	Rejected     = 1 // of verify: rejected; of issuer doctor: something is wrong
	BadUsage     = 2 // arguments that cannot be used, a file that cannot be opened
	Undetermined = 3 // of verify: neither accepted nor rejected
	Failed       = 4 // verify could not make a report; any other verb failed
)

// Env is what a verb may touch of the world. A test makes one of buffers and a
// fixed clock.
type Env struct {
	Context context.Context // ends when the person interrupts the program
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
}

// Stdio is the world of a real process.
func Stdio(ctx context.Context) *Env {
	return &Env{Context: ctx, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now}
}

// Printf writes to standard output. A reader that has gone away, as in
// "laurel … | head", is no reason to complain.
func (e *Env) Printf(format string, args ...any) { _, _ = fmt.Fprintf(e.Stdout, format, args...) }

// Notef writes to standard error, for the person rather than the pipe.
func (e *Env) Notef(format string, args ...any) { _, _ = fmt.Fprintf(e.Stderr, format, args...) }

// Finish prints the error of a verb for people and gives its exit code.
func (e *Env) Finish(err error) int {
	var code Exit
	if errors.As(err, &code) && code.Err == nil {
		return code.Code // the verb has said all there is to say
	}
	if errors.As(err, &code) {
		return e.Fail(err, code.Code)
	}
	return e.Fail(err, Failed)
}

// Fail prints an error for people, with its hint, and gives the exit code on.
func (e *Env) Fail(err error, code int) int {
	e.Notef("laurel: %v\n", err)
	var h hinted
	if errors.As(err, &h) {
		e.Notef("hint: %s\n", h.hint)
	}
	return code
}

// hinted is an error with advice.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// Hint adds advice to an error: a whole sentence that says what to do.
func Hint(err error, advice string) error { return hinted{err, advice} }

// Exit ends the program with a code: with a message if it has an error, and
// silently if the verb has said all there is to say.
type Exit struct {
	Code int
	Err  error
}

// Error is the message, or the bare code.
func (x Exit) Error() string {
	if x.Err == nil {
		return fmt.Sprintf("exit code %d", x.Code)
	}
	return x.Err.Error()
}

// Unwrap gives the cause.
func (x Exit) Unwrap() error { return x.Err }

// Moment is a time as a flag gives it: with its time zone, since a report that
// was made in another one would say something else.
type Moment struct{ time.Time }

// UnmarshalText reads a time as credentials write it.
func (m *Moment) UnmarshalText(text []byte) error {
	at, err := credential.ParseTime(string(text))
	if err != nil {
		return fmt.Errorf("%q is no date with time and time zone, such as 2026-06-01T00:00:00Z", text)
	}
	m.Time = at
	return nil
}

// Usage is an error in what the person asked for: exit code 2.
func Usage(format string, args ...any) error {
	return Unusable(fmt.Errorf(format, args...))
}

// Unusable marks an error as one in what the person gave: exit code 2.
func Unusable(err error) error { return Exit{BadUsage, err} }

// Log lets a store or a server speak on standard error, from a level upwards.
func (e *Env) Log(from slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: from}))
}
