package learner

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

// chooser is a learner who chooses what to show of some credentials: in a tree
// with keys, or, where a terminal cannot do that or cannot be seen, by numbers.
type chooser struct {
	wallet  *wallet.Wallet
	purpose string // what the verifier says it is for
	shown   []*wallet.Disclosure

	open   map[string]bool // what has been unfolded or folded, by place
	cursor int             // the row that a key is for
	top    int             // the first row on the screen
}

// newChooser lays out the credentials; nil if there is nothing to choose.
func newChooser(ctx context.Context, w *wallet.Wallet, ids []string, purpose string) (*chooser, error) {
	c := &chooser{wallet: w, purpose: purpose, open: make(map[string]bool)}
	some := false
	for _, id := range ids {
		d, err := w.Disclose(ctx, id, nil)
		if err != nil {
			return nil, err
		}
		some = some || d.Partial
		c.shown = append(c.shown, d)
	}
	if !some {
		return nil, nil
	}
	return c, nil
}

// choices are what was chosen.
func (c *chooser) choices() []wallet.Choice {
	var out []wallet.Choice
	for _, d := range c.shown {
		for _, p := range d.Chosen {
			out = append(out, wallet.Choice{Credential: d.Card.ID, Pointer: p})
		}
	}
	return out
}

// toggle turns a field on or off.
func (c *chooser) toggle(ctx context.Context, sheet int, pointer string) error {
	d := c.shown[sheet]
	changed, err := c.wallet.Disclose(ctx, d.Card.ID, d.Toggle(pointer))
	if err == nil {
		c.shown[sheet] = changed
	}
	return err
}

// excess has a line for each thing that the purpose hardly needs.
func excess(d *wallet.Disclosure, purpose string) []string {
	var out []string
	for _, x := range d.Beyond(purpose) {
		line := fmt.Sprintf("More than most need: %s: %s.", strings.ToLower(x.Label), x.Why)
		if x.Fixed {
			line += " It cannot be left out."
		}
		out = append(out, line)
	}
	return out
}

// row is one line of the tree: a credential, a place with fields in it, or a field.
type row struct {
	sheet int
	depth int
	label string
	field *disclosure.Field // nil for a credential
}

// place is by what a row is remembered.
func (r row) place() string {
	if r.field == nil {
		return strconv.Itoa(r.sheet)
	}
	return strconv.Itoa(r.sheet) + r.field.Pointer
}

func (r row) pointer() string {
	if r.field == nil {
		return ""
	}
	return r.field.Pointer
}

// folds reports whether a row has others in it.
func (r row) folds() bool { return r.field == nil || len(r.field.Inner) > 0 }

// unfolded reports whether what is in a row is on the screen. What is always shown
// is folded at first, since nothing can be chosen there.
func (c *chooser) unfolded(r row) bool {
	if open, said := c.open[r.place()]; said {
		return open
	}
	if r.field == nil {
		return c.shown[r.sheet].Partial
	}
	return r.field.Fixed == ""
}

// rows are the lines of the tree as it is unfolded.
func (c *chooser) rows() []row {
	var out []row
	for i, d := range c.shown {
		head := row{sheet: i, label: d.Card.Title + ": " + d.Summary()}
		if out = append(out, head); c.unfolded(head) {
			out = c.fields(out, i, 1, d.Fields)
		}
	}
	return out
}

func (c *chooser) fields(out []row, sheet, depth int, fields []disclosure.Field) []row {
	for i := range fields {
		f, label := &fields[i], fields[i].Label
		for len(f.Inner) == 1 { // a chain is one line
			f = &f.Inner[0]
			label += " › " + f.Label
		}
		r := row{sheet, depth, label, f}
		if out = append(out, r); len(f.Inner) > 0 && c.unfolded(r) {
			out = c.fields(out, sheet, depth+1, f.Inner)
		}
	}
	return out
}

// mark tells at a glance how a field stands.
func mark(f *disclosure.Field) string {
	shown, of := f.Count()
	switch {
	case f.Fixed != "":
		return " = "
	case shown == of:
		return "[x]"
	case f.Chosen || anyChosen(f):
		return "[-]"
	default:
		return "[ ]"
	}
}

func anyChosen(f *disclosure.Field) bool {
	return f.Chosen || slices.ContainsFunc(f.Inner, func(g disclosure.Field) bool { return anyChosen(&g) })
}

// line is a row as it looks.
func (c *chooser) line(r row) terminal.Line {
	fold := " "
	if r.folds() {
		fold = map[bool]string{true: "▾", false: "▸"}[c.unfolded(r)]
	}
	indent := strings.Repeat("  ", r.depth)
	if r.field == nil {
		return terminal.Line{Text: "  " + fold + " " + credential.Plain(r.label), Bold: true}
	}
	return terminal.Line{Text: fmt.Sprintf("  %s%s %s %s", indent, fold, mark(r.field), told(r.label, r.field)), Dim: r.field.Fixed != ""}
}

// told says of a field what it is, what it says, and what is to be known of it.
func told(label string, f *disclosure.Field) string {
	text := credential.Plain(label)
	if len(f.Inner) == 0 {
		most := 70
		if f.Fixed != "" || f.Beyond != "" { // there is more to say
			most = 40
		}
		text += ": " + brief(f.Text, most)
	} else if shown, of := f.Count(); f.Fixed == "" {
		text += fmt.Sprintf(", %d of %d", shown, of)
	}
	switch {
	case f.Fixed != "":
		text += " (always shown: " + f.Fixed + ")"
	case f.Beyond != "" && len(f.Inner) == 0:
		text += " (" + f.Beyond + ")"
	}
	return text
}

// brief is the beginning of a text, in one line of so many letters.
func brief(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// inKeys lets the learner move about in the tree.
func (c *chooser) inKeys(e *terminal.Env) error {
	screen, err := e.OpenScreen()
	if err != nil {
		return err
	}
	for err == nil {
		rows := c.rows()
		c.cursor = max(0, min(c.cursor, len(rows)-1))
		lines, at := c.page(screen, rows)
		if err = screen.Draw(lines, at); err != nil {
			break
		}
		var key terminal.Key
		if key, err = screen.Key(); err != nil {
			break
		}
		if key == terminal.KeyEnter {
			return screen.Close()
		}
		err = c.press(e.Context, screen, key, rows)
	}
	if closed := screen.Close(); closed != nil {
		return closed
	}
	return err
}

// help are the keys of the tree.
const help = "↑↓ move  space show, keep  ←→ fold  d document  c compare  Enter done  q stop"

// page is what is on the screen: rows around the cursor, and below what is to be
// known of the credential that the cursor is in.
func (c *chooser) page(screen *terminal.Screen, rows []row) (lines []terminal.Line, at int) {
	columns, height := screen.Size()
	d := c.shown[rows[c.cursor].sheet]
	lines = []terminal.Line{{Text: "What do you want to show?", Bold: true}}
	foot := []terminal.Line{{}}
	for _, x := range excess(d, c.purpose) {
		for _, line := range wrap("! "+x, columns-1) {
			foot = append(foot, terminal.Line{Text: line})
		}
	}
	foot = append(foot, terminal.Line{Text: help, Dim: true})
	room := max(1, height-len(lines)-len(foot))
	c.top = max(min(c.top, c.cursor), c.cursor-room+1)
	for i := c.top; i < len(rows) && i < c.top+room; i++ {
		l := c.line(rows[i])
		if i == c.cursor {
			l.Text, at = ">"+l.Text[1:], len(lines)
		}
		lines = append(lines, l)
	}
	return append(lines, foot...), at
}

// press does what a key is for.
func (c *chooser) press(ctx context.Context, screen *terminal.Screen, key terminal.Key, rows []row) error {
	now := rows[c.cursor]
	_, height := screen.Size()
	switch key {
	case terminal.KeyUp, 'k':
		c.cursor--
	case terminal.KeyDown, 'j':
		c.cursor++
	case terminal.KeyPageUp:
		c.cursor -= height / 2
	case terminal.KeyPageDown:
		c.cursor += height / 2
	case terminal.KeyHome:
		c.cursor = 0
	case terminal.KeyEnd:
		c.cursor = len(rows) - 1
	case terminal.KeyLeft, terminal.KeyRight, 'h', 'l':
		if now.folds() {
			c.open[now.place()] = key == terminal.KeyRight || key == 'l'
		}
	case ' ', 'x':
		return c.toggle(ctx, now.sheet, now.pointer())
	case 'd':
		return read(screen, strings.Split(documentText(c.shown[now.sheet]), "\n"))
	case 'c':
		return read(screen, []string{compared(c.shown[now.sheet])})
	case 'q', terminal.KeyEscape:
		return terminal.ErrDeclined
	}
	return nil
}

// documentText is what a verifier would get, laid out for reading.
func documentText(d *wallet.Disclosure) string {
	text := credential.Markdown(string(d.Document.Indented())) // visible characters only
	if d.Type != "" {
		text += "\nIt travels as a token (" + d.Type + "):\n" + string(d.Bytes) + "\n"
	}
	return text
}

// wrap breaks a line into several of at most so many letters, between words where
// there are words.
func wrap(line string, most int) []string {
	var out []string
	runes := []rune(line)
	for len(runes) > most {
		end := most
		for i := most; i > most/2; i-- {
			if runes[i] == ' ' {
				end = i + 1
				break
			}
		}
		out, runes = append(out, string(runes[:end])), runes[end:]
	}
	return append(out, string(runes))
}

// read shows a text until the learner has seen enough.
func read(screen *terminal.Screen, text []string) error {
	columns, height := screen.Size()
	var wrapped []string
	for _, line := range text {
		wrapped = append(wrapped, wrap(line, columns-1)...)
	}
	room := height - 1
	for top := 0; ; {
		var lines []terminal.Line
		for _, line := range wrapped[top:min(len(wrapped), top+room)] {
			lines = append(lines, terminal.Line{Text: line})
		}
		if err := screen.Draw(append(lines, terminal.Line{Text: "↑↓ move   q back", Dim: true}), 0); err != nil {
			return err
		}
		key, err := screen.Key()
		switch {
		case err != nil:
			return err
		case key == terminal.KeyUp || key == 'k':
			top--
		case key == terminal.KeyDown || key == 'j':
			top++
		case key == terminal.KeyPageUp:
			top -= room
		case key == terminal.KeyPageDown || key == ' ':
			top += room
		default:
			return nil
		}
		top = max(0, min(top, len(wrapped)-room))
	}
}
