package learner

import (
	"fmt"
	"strconv"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/wallet/disclosure"
)

// choosable is a field that can be chosen by its number.
type choosable struct {
	sheet int
	claim disclosure.Claim
}

// choosables are the claims that can be chosen, in the order of their numbers.
func (c *chooser) choosables() []choosable {
	var out []choosable
	for i, d := range c.shown {
		for _, claim := range d.Claims {
			if claim.Fixed == "" {
				out = append(out, choosable{i, claim})
			}
		}
	}
	return out
}

// inLines asks line by line, which screen readers read and every terminal can do.
func (c *chooser) inLines(e *terminal.Env) error {
	c.list(e)
	for {
		answer, err := e.Ask("Numbers to show or to keep; l lists again, a what is always shown, d the document; Enter goes on, q stops:")
		if err != nil {
			return err
		}
		switch answer {
		case "":
			return nil
		case "q":
			return terminal.ErrDeclined
		case "l":
			c.list(e)
		case "a":
			c.always(e)
		case "d":
			for _, d := range c.shown {
				e.Notef("%s", documentText(d))
			}
		default:
			if err := c.numbers(e, answer); err != nil {
				return err
			}
		}
	}
}

// list tells what can be chosen.
func (c *chooser) list(e *terminal.Env) {
	n := 0
	for i, d := range c.shown {
		e.Notef("%s: %s\n", credential.Plain(d.Card.Title), d.Summary())
		for _, one := range c.choosables() {
			if one.sheet == i {
				n++
				e.Notef("%s", one.line(n))
			}
		}
		c.remarks(e, i)
	}
}

// line is a field in one line: its number, whether it is shown, and what it says.
func (o choosable) line(n int) string {
	shown := "kept "
	if o.claim.Shown {
		shown = "shown"
	}
	text := fmt.Sprintf("%4d  %s  %s: %s", n, shown, credential.Plain(o.claim.Place), brief(o.claim.Text, 60))
	if o.claim.Beyond != "" {
		text += " (" + o.claim.Beyond + ")"
	}
	return text + "\n"
}

// remarks tells what is shown beyond the need.
func (c *chooser) remarks(e *terminal.Env, sheet int) {
	for _, line := range excess(c.shown[sheet], c.purpose) {
		e.Notef("%s\n", line)
	}
}

// always tells what is always shown, and why.
func (c *chooser) always(e *terminal.Env) {
	for _, d := range c.shown {
		e.Notef("%s\n", credential.Plain(d.Card.Title))
		for _, claim := range d.Claims {
			if claim.Fixed != "" {
				e.Notef("  %s: %s (%s)\n", credential.Plain(claim.Place), brief(claim.Text, 60), claim.Fixed)
			}
		}
		e.Notef("%s\n", compared(d))
	}
}

// numbers turns the fields with these numbers on or off, and tells what changed.
func (c *chooser) numbers(e *terminal.Env, answer string) error {
	for _, word := range strings.FieldsFunc(answer, func(r rune) bool { return r == ' ' || r == ',' }) {
		before := c.choosables()
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 || n > len(before) {
			e.Notef("%s is no number from 1 to %d.\n", credential.Plain(word), len(before))
			continue
		}
		sheet := before[n-1].sheet
		if err := c.toggle(e.Context, sheet, before[n-1].claim.Pointer); err != nil {
			return err
		}
		for i, one := range c.choosables() {
			if one.claim.Shown != before[i].claim.Shown {
				e.Notef("%s", one.line(i+1))
			}
		}
		e.Notef("%s: %s\n", credential.Plain(c.shown[sheet].Card.Title), c.shown[sheet].Summary())
		c.remarks(e, sheet)
	}
	return nil
}
