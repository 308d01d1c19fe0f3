package learner

import (
	"errors"
	"fmt"
	"strings"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/credential/baking"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
)

type addCmd struct {
	judging.Flags `embed:""`
	Files         []string `arg:"" name:"file" help:"Credentials; - is standard input."`
	Yes           bool     `short:"y" help:"Keep what did not pass the check without asking."`
	JSON          bool     `name:"json" help:"Print the cards as JSON."`
}

// Help is what laurel wallet add --help says beyond the flags.
func (addCmd) Help() string {
	return "Each credential is checked as an employer would check it, and the result is shown first. " +
		"What did not pass is kept only if you say so."
}

// Run checks the files and keeps them, one by one.
func (c addCmd) Run(e *terminal.Env, top *Command) error {
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{}, check, func(w *wallet.Wallet) error {
		var cards []wallet.Card
		for _, name := range c.Files {
			card, err := c.add(e, w, name)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			cards = append(cards, card...)
		}
		if c.JSON {
			return printCards(e, cards)
		}
		return nil
	})
}

// add keeps one file; a credential that is there already is no mistake.
func (c addCmd) add(e *terminal.Env, w *wallet.Wallet, name string) ([]wallet.Card, error) {
	raw, err := e.Read(name)
	if err != nil {
		return nil, terminal.Unusable(terminal.Hint(err, "name a file that can be read, or - for standard input."))
	}
	found, err := w.Examine(e.Context, raw)
	switch {
	case errors.Is(err, wallet.ErrDuplicate):
		e.Notef("%s (%s) is in your wallet already.\n", found.Card.Title, found.Card.ID[:8])
		return nil, nil
	case errors.Is(err, baking.ErrNone), errors.Is(err, baking.ErrImage):
		return nil, terminal.Hint(err, "take the file as it was downloaded: screenshots and edited pictures have lost their badge.")
	case errors.Is(err, strictjson.ErrMalformed), errors.Is(err, strictjson.ErrDuplicateName), errors.Is(err, wallet.ErrNotACredential):
		return nil, terminal.Hint(err, "a badge is a JSON file that begins with {\"@context\", or a picture with one inside; laurel verify says more about it.")
	case err != nil:
		return nil, err
	}
	c.tell(e, found)
	if v := found.Checked.Verdict; v == wallet.Rejected {
		if err := e.Confirm("Keep it all the same?", c.Yes); err != nil {
			return nil, err
		}
	}
	card, err := w.Add(e.Context, found)
	if err != nil {
		return nil, err
	}
	if !c.JSON {
		e.Printf("Kept as %s.\n", card.ID[:8])
	}
	return []wallet.Card{card}, nil
}

// tell shows what was found, before anything is kept.
func (c addCmd) tell(e *terminal.Env, found *wallet.Candidate) {
	say := e.Printf
	if c.JSON {
		say = e.Notef
	}
	say("%s\n", found.Card.Title)
	if found.Checked.Text != "" {
		say("%s", indented(found.Checked.Text))
	} else {
		say("  %s\n", found.Checked.Headline)
	}
	switch {
	case found.Card.Subject == "" && found.Card.Verdict != wallet.Old:
		say("  It names nobody: it does not show that it is yours.\n")
	case found.Card.Subject != "" && !found.Yours:
		say("  It was issued to %s, which is not you.\n", found.Card.Subject)
	}
	if len(found.SameCredential) > 0 {
		say("  You have another version of it: %s\n", strings.Join(shortIDs(found.SameCredential), ", "))
	}
}

func shortIDs(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = id[:8]
	}
	return out
}

// indented moves every line of a text to the right.
func indented(text string) string {
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ") + "\n"
}
