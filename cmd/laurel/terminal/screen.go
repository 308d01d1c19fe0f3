package terminal

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/term"
)

// ErrDeclined says that the person did not want what was about to be done.
var ErrDeclined = errors.New("left alone, as you said")

// Key is what a person pressed on a Screen: a letter as it is, or one of the keys
// below.
type Key rune

// The keys that are no letters.
const (
	KeyUp Key = -1 - iota
	KeyDown
	KeyLeft
	KeyRight
	KeyPageUp
	KeyPageDown
	KeyHome
	KeyEnd
	KeyEnter
	KeyEscape
	KeyOther // one that means nothing here
)

// escapePause is how long the rest of a key's sequence may take: a person who
// presses Escape alone sends nothing more.
const escapePause = 50 * time.Millisecond

// Line is one line of a Screen. It is cut to the width there is.
type Line struct {
	Text string
	Dim  bool // greyed
	Bold bool
}

// Screen is a whole terminal on which a person moves about with keys.
type Screen struct {
	ctx    context.Context
	tty    *os.File
	done   func()
	before *term.State
	plain  bool // no bold, no grey
}

// Interactive reports whether a person sits at standard input, so that they can be
// asked more than a question.
func (e *Env) Interactive() bool {
	f, ok := e.Stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// Dumb reports whether the terminal can do no more than write line after line.
func Dumb() bool { return os.Getenv("TERM") == "" || os.Getenv("TERM") == "dumb" }

// OpenScreen takes over the terminal until Close. What was on it comes back then.
func (e *Env) OpenScreen() (*Screen, error) {
	s := &Screen{ctx: e.Context, plain: os.Getenv("NO_COLOR") != ""}
	var err error
	if s.tty, err = os.OpenFile("/dev/tty", os.O_RDWR, 0); err == nil {
		s.done = func() { _ = s.tty.Close() } // nothing was written that could be lost
	} else if s.tty, s.done, err = e.terminal(); err != nil {
		return nil, err
	}
	if s.before, err = term.MakeRaw(int(s.tty.Fd())); err != nil {
		s.done()
		return nil, err
	}
	return s, s.write("\x1b[?1049h")
}

// Close gives the terminal back as it was.
func (s *Screen) Close() error {
	defer s.done()
	return errors.Join(s.write("\x1b[?1049l"), term.Restore(int(s.tty.Fd()), s.before))
}

func (s *Screen) write(text string) error {
	_, err := io.WriteString(s.tty, text)
	return err
}

// Size is how many columns and rows there are.
func (s *Screen) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(s.tty.Fd()))
	if err != nil || columns < 20 || rows < 8 { // a terminal that does not know, or cannot be meant
		return 80, 24
	}
	return columns, rows
}

// Draw shows lines, as many as there is room for, and puts the cursor at the
// beginning of one of them, where those who cannot see the screen hear it.
func (s *Screen) Draw(lines []Line, cursor int) error {
	columns, rows := s.Size()
	var b strings.Builder
	b.WriteString("\x1b[H")
	for i, l := range lines[:min(len(lines), rows)] {
		if i > 0 {
			b.WriteString("\r\n")
		}
		text := strings.TrimRight(Fit(l.Text, columns-1), " ")
		switch {
		case l.Dim && !s.plain:
			text = "\x1b[2m" + text + "\x1b[0m"
		case l.Bold && !s.plain:
			text = "\x1b[1m" + text + "\x1b[0m"
		}
		b.WriteString(text + "\x1b[K")
	}
	b.WriteString("\x1b[J\x1b[H" + strings.Repeat("\x1b[B", max(0, min(cursor, rows-1))))
	return s.write(b.String())
}

// Key waits for the next key. Ctrl-C and the end of the input are ErrDeclined.
func (s *Screen) Key() (Key, error) {
	text, err := interruptible(s.ctx, s.read)
	if err != nil {
		return 0, err
	}
	if len(text) == 0 || text[0] == 3 || text[0] == 4 {
		return 0, ErrDeclined
	}
	return keyOf(text), nil
}

// read reads one key: a letter, or a sequence that begins with Escape. It takes no
// byte more, for what follows may be meant for the next question.
func (s *Screen) read() ([]byte, error) {
	var key []byte
	for !whole(key) {
		if len(key) == 1 && key[0] == 0x1b && !s.waiting() {
			return key, nil
		}
		one := make([]byte, 1)
		if _, err := s.tty.Read(one); err == io.EOF {
			return key, nil
		} else if err != nil {
			return nil, err
		}
		key = append(key, one[0])
	}
	return key, nil
}

// waiting reports whether more has been typed, or comes at once.
func (s *Screen) waiting() bool {
	return typed(int(s.tty.Fd()), escapePause)
}

// whole reports whether these bytes are a key.
func whole(key []byte) bool {
	const most = 8 // bytes of the longest sequence that means something
	switch {
	case len(key) == 0:
		return false
	case len(key) >= most:
		return true
	case key[0] != 0x1b:
		return utf8.FullRune(key)
	case len(key) < 3:
		return len(key) == 2 && key[1] != '[' && key[1] != 'O'
	default:
		last := key[len(key)-1]
		return last >= 0x40 && last <= 0x7e
	}
}

// sequences are the keys that terminals send as more than a letter, without the
// Escape.
var sequences = map[string]Key{
	"[A": KeyUp, "OA": KeyUp, "[B": KeyDown, "OB": KeyDown, "[C": KeyRight, "OC": KeyRight, "[D": KeyLeft, "OD": KeyLeft,
	"[5~": KeyPageUp, "[6~": KeyPageDown, "[H": KeyHome, "OH": KeyHome, "[1~": KeyHome, "[F": KeyEnd, "OF": KeyEnd, "[4~": KeyEnd,
}

// keyOf tells which key these bytes are.
func keyOf(text []byte) Key {
	switch {
	case text[0] == '\r' || text[0] == '\n':
		return KeyEnter
	case len(text) == 1 && text[0] == 0x1b:
		return KeyEscape
	case text[0] == 0x1b:
		if key, known := sequences[string(text[1:])]; known {
			return key
		}
		return KeyOther
	case text[0] < ' ':
		return KeyOther
	}
	r, _ := utf8.DecodeRune(text)
	return Key(r)
}

// Ask asks a question at the terminal and returns the line that was typed.
func (e *Env) Ask(question string) (string, error) {
	tty, done, err := e.terminal()
	if err != nil {
		return "", err
	}
	defer done()
	e.Notef("%s ", question)
	line, err := interruptible(e.Context, func() ([]byte, error) { return readLine(tty) })
	return strings.TrimSpace(string(line)), err
}

// maxLine bounds an answer: nobody types more.
const maxLine = 1 << 10

// readLine reads to the end of a line, and nothing of the next: it may be the answer
// to the next question.
func readLine(r io.Reader) ([]byte, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) < maxLine {
		if _, err := r.Read(one); err != nil {
			return nil, err
		}
		if line = append(line, one[0]); one[0] == '\n' {
			break
		}
	}
	return line, nil
}
