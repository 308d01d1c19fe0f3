package learner

import (
	"fmt"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

// choosing has the flags of every verb that chooses what to show of a badge.
type choosing struct {
	Show []string `sep:"none" placeholder:"[ID:]POINTER" help:"Show this besides what its issuer always shows, of a credential that can be shown in part: a JSON pointer such as /credentialSubject/result/0. May be given more than once."`
	All  bool     `help:"Show everything."`
}

// choices are what the flags choose.
func (c choosing) choices() ([]wallet.Choice, error) {
	var out []wallet.Choice
	if c.All {
		out = append(out, wallet.Choice{})
	}
	for _, text := range c.Show {
		id, pointer := "", text
		if before, after, found := strings.Cut(text, ":"); found && !strings.HasPrefix(text, "/") {
			id, pointer = before, after
		}
		if pointer != "" && pointer[0] != '/' {
			return nil, terminal.Hint(terminal.Usage("%q is no choice of what to show", text), "a pointer begins with a slash; laurel wallet claims ID lists them.")
		}
		out = append(out, wallet.Choice{Credential: id, Pointer: pointer})
	}
	return out, nil
}

type claimsCmd struct {
	choosing `embed:""`
	ID       string `arg:"" help:"Its id, or the beginning of it."`
	Document bool   `help:"Print the document that a verifier would get, and nothing else."`
	JSON     bool   `name:"json" help:"Print the claims as JSON."`
}

// Run lists what a credential says, with what would be shown of it.
func (c claimsCmd) Run(e *terminal.Env, top *Command) error {
	choices, err := c.choices()
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		var pointers []string
		for _, choice := range choices {
			pointers = append(pointers, choice.Pointer)
		}
		d, err := w.Disclose(e.Context, c.ID, pointers)
		switch {
		case err != nil:
			return err
		case c.Document:
			_, err := e.Stdout.Write(append(d.Bytes, '\n'))
			return err
		case c.JSON:
			return printValues(e, d.Claims, claimValue)
		}
		e.Printf("%s: %s\n", d.Card.Title, d.Summary())
		for _, claim := range d.Claims {
			e.Printf("%s", claimLine(claim, claim.Pointer, string(claim.Value.JSON())))
		}
		if d.Partial {
			e.Notef("%s\n%s\n", legend, compared(d))
		}
		return nil
	})
}

// legend explains the marks of claimLine.
const legend = "= always shown   + shown as you chose   - stays home"

// claimLine is one claim for a terminal: a mark, where it is, what it says, and why
// it is always shown.
func claimLine(c disclosure.Claim, place, text string) string {
	mark := "-"
	switch {
	case c.Fixed != "":
		mark = "="
	case c.Shown:
		mark = "+"
	}
	line := fmt.Sprintf("  %s %s  %s", mark, credential.Plain(place), brief(credential.Plain(text), 60))
	if c.Fixed != "" {
		line += "  (" + c.Fixed + ")"
	}
	return line + "\n"
}

// compared says what links two showings of a badge.
func compared(d *wallet.Disclosure) string {
	last := len(d.Links) - 1
	by := d.Links[last]
	if last > 0 {
		by = strings.Join(d.Links[:last], ", ") + " and " + by
	}
	return "Verifiers who compare notes can tell it is the same badge, by " + by + "."
}

func claimValue(c disclosure.Claim) strictjson.Value {
	v := strictjson.Object(
		strictjson.Member{Name: "pointer", Value: strictjson.String(c.Pointer)},
		strictjson.Member{Name: "label", Value: strictjson.String(c.Place)},
		strictjson.Member{Name: "value", Value: c.Value},
		strictjson.Member{Name: "shown", Value: strictjson.Bool(c.Shown)},
		strictjson.Member{Name: "mandatory", Value: strictjson.Bool(c.Fixed != "")},
	)
	if c.Fixed != "" {
		v = v.With("reason", strictjson.String(c.Fixed))
	}
	if c.Beyond != "" {
		v = v.With("beyond", strictjson.String(c.Beyond))
	}
	return v
}
