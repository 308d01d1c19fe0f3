package terminal

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// maxPassphrase bounds what is read as a passphrase.
const maxPassphrase = 1 << 10

// errNoTerminal says that a person has to be asked and there is none.
var errNoTerminal = errors.New("there is no terminal to ask at")

// Passphrase says where a passphrase comes from: from a prompt that shows
// nothing, a file descriptor or a file; never from an argument or the
// environment, where other programs can see it.
type Passphrase struct {
	PassphraseFD   int    `name:"passphrase-fd" default:"-1" placeholder:"N" help:"Read the passphrase from this file descriptor."`
	PassphraseFile string `env:"LAUREL_PASSPHRASE_FILE" placeholder:"FILE" help:"Read the passphrase from the first line of this file."`
	UnsafeFast     bool   `hidden:"" help:"Spend no time on passphrases; for tests."`
}

// Read gives an existing passphrase.
func (p Passphrase) Read(e *Env, prompt string) ([]byte, error) {
	if secret, given, err := p.given(e); given {
		return secret, err
	}
	return e.askSecret(prompt)
}

// Choose gives a new passphrase, asked for twice.
func (p Passphrase) Choose(e *Env, prompt string) ([]byte, error) {
	if secret, given, err := p.given(e); given {
		return secret, err
	}
	first, err := e.askSecret(prompt)
	if err != nil {
		return nil, err
	}
	second, err := e.askSecret("The same once more: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, Hint(errors.New("the two passphrases differ"), "nothing was made. Try again.")
	}
	return first, nil
}

// given reads the passphrase from where the flags say, if they do. The descriptor
// goes before the file, whose name may come from the environment.
func (p Passphrase) given(e *Env) (secret []byte, given bool, err error) {
	switch {
	case p.PassphraseFD >= 0:
		f := os.NewFile(uintptr(p.PassphraseFD), "passphrase")
		if f == nil {
			return nil, true, Usage("file descriptor %d is not open", p.PassphraseFD)
		}
		secret, err = firstLine(f)
		return secret, true, errors.Join(err, f.Close())
	case p.PassphraseFile != "":
		secret, err = p.fromFile(e)
		return secret, true, err
	}
	return nil, false, nil
}

func (p Passphrase) fromFile(e *Env) ([]byte, error) {
	f, err := os.Open(p.PassphraseFile)
	if err != nil {
		return nil, Unusable(err)
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		e.Notef("Others on this machine can read %s; chmod 600 hides it.\n", p.PassphraseFile)
	}
	secret, err := firstLine(f)
	return secret, errors.Join(err, f.Close())
}

// firstLine reads a passphrase up to the end of the line.
func firstLine(r io.Reader) ([]byte, error) {
	line, err := bufio.NewReader(io.LimitReader(r, maxPassphrase)).ReadBytes('\n')
	if err != nil && err != io.EOF {
		return nil, fmt.Errorf("the passphrase cannot be read: %w", err)
	}
	line = bytes.TrimRight(line, "\r\n")
	if len(line) == 0 {
		return nil, Usage("the passphrase is empty")
	}
	return line, nil
}

// terminal is where a person sits: standard input if that is a terminal, else
// the terminal that the process belongs to.
func (e *Env) terminal() (f *os.File, done func(), err error) {
	if f, ok := e.Stdin.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return f, func() {}, nil
	}
	f, err = os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return nil, nil, Hint(errNoTerminal, "give the passphrase with --passphrase-file or --passphrase-fd, and --yes where a question would be asked.")
	}
	return f, func() { _ = f.Close() }, nil // nothing was written that could be lost
}

// askSecret asks for a line and does not show it.
func (e *Env) askSecret(prompt string) ([]byte, error) {
	tty, done, err := e.terminal()
	if err != nil {
		return nil, err
	}
	defer done()
	fd := int(tty.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	if err := hideTyping(fd); err != nil { // before the prompt: whoever sees it may type
		return nil, err
	}
	e.Notef("%s", prompt)
	secret, err := interruptible(e.Context, func() ([]byte, error) { return term.ReadPassword(fd) })
	e.Notef("\n")
	if err := errors.Join(err, term.Restore(fd, before)); err != nil {
		return nil, err
	}
	if len(secret) == 0 {
		return nil, Usage("the passphrase is empty")
	}
	return secret, nil
}

// Confirm asks a question that "y" or "yes" agrees to.
func (e *Env) Confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	line, err := e.Ask(question + " [y/N]")
	if err != nil && !errors.Is(err, io.EOF) { // Ctrl-D is a no
		return err
	}
	switch strings.ToLower(line) {
	case "y", "yes":
		return nil
	}
	return ErrDeclined
}

// interruptible reads from a terminal until the context ends. The reading
// itself cannot be stopped; the program is about to end then.
func interruptible(ctx context.Context, read func() ([]byte, error)) ([]byte, error) {
	type answer struct {
		line []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := read()
		got <- answer{line, err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
