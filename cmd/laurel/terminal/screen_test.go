package terminal

import (
	"os"
	"strings"
	"testing"
)

// TestKeys: what terminals send, byte by byte, and where a key ends.
func TestKeys(t *testing.T) {
	for text, want := range map[string]Key{
		"j": 'j', " ": ' ', "\r": KeyEnter, "\n": KeyEnter, "é": 'é', "数": '数',
		"\x1b[A": KeyUp, "\x1bOA": KeyUp, "\x1b[B": KeyDown, "\x1b[C": KeyRight, "\x1b[D": KeyLeft,
		"\x1b[5~": KeyPageUp, "\x1b[6~": KeyPageDown, "\x1b[H": KeyHome, "\x1b[1~": KeyHome, "\x1b[F": KeyEnd,
		"\x1b[1;5A": KeyOther, "\x1bx": KeyOther, "\t": KeyOther, "\x00": KeyOther, "\x1b[200~": KeyOther, "\x1b[999999": KeyOther,
	} {
		for n := range len(text) {
			if whole([]byte(text[:n])) {
				t.Errorf("%q is taken for a key after %d bytes", text, n)
			}
		}
		if !whole([]byte(text)) {
			t.Errorf("%q is not taken for a key", text)
		}
		if got := keyOf([]byte(text)); got != want {
			t.Errorf("%q is key %d, want %d", text, got, want)
		}
	}
	if got := keyOf([]byte{0x1b}); got != KeyEscape {
		t.Errorf("escape alone is %d", got)
	}
}

// TestReadLine takes no more than the line.
func TestReadLine(t *testing.T) {
	r := strings.NewReader("first\nsecond")
	if line, err := readLine(r); err != nil || string(line) != "first\n" || r.Len() != len("second") {
		t.Errorf("%q, %v, %d left", line, err, r.Len())
	}
	if line, err := readLine(r); err == nil || line != nil {
		t.Errorf("a line without an end: %q", line)
	}
	if line, err := readLine(strings.NewReader(strings.Repeat("x", 1<<20))); err != nil || len(line) != maxLine {
		t.Errorf("%d bytes, %v", len(line), err)
	}
}

// TestNobodyThere: what is no terminal is never taken for a person.
func TestNobodyThere(t *testing.T) {
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for _, e := range []*Env{{Stdin: strings.NewReader("y\n")}, {Stdin: file}} {
		if e.Interactive() {
			t.Errorf("%T is taken for a person", e.Stdin)
		}
	}
	for name, dumb := range map[string]bool{"": true, "dumb": true, "xterm-256color": false} {
		t.Setenv("TERM", name)
		if Dumb() != dumb {
			t.Errorf("TERM=%q: dumb is %v", name, !dumb)
		}
	}
}
