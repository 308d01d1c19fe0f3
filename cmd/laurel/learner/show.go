package learner

import (
	"cmp"
	"strings"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type showCmd struct {
	judging.Flags `embed:""`
	ID            string `arg:"" help:"Its id, or the beginning of it."`
	Raw           bool   `help:"Print the document exactly as the issuer signed it, and nothing else."`
	JSON          bool   `name:"json" help:"Print its card as JSON."`
}

// Run shows one credential and checks it again.
func (c showCmd) Run(e *terminal.Env, top *Command) error {
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{ReadOnly: c.Raw || c.JSON}, check, func(w *wallet.Wallet) error {
		card, err := w.Find(e.Context, c.ID)
		if err != nil {
			return err
		}
		if c.JSON {
			_, err := e.Stdout.Write(card.JSON(e.Now()).Indented())
			return err
		}
		raw, err := w.Document(e.Context, card.ID)
		if err != nil {
			return err
		}
		if c.Raw {
			_, err := e.Stdout.Write(raw)
			return err
		}
		badge, err := wallet.ReadBadge(raw)
		if err != nil {
			return err
		}
		printBadge(e, &card, badge)
		_, checked, err := w.Recheck(e.Context, card.ID)
		if seen := cmp.Or(checked.Text, checked.Headline); seen != "" { // also when it cannot be written down
			e.Printf("\nWhat an employer would see today:\n%s", indented(seen))
		}
		return err
	})
}

// printBadge prints what a badge says.
func printBadge(e *terminal.Env, card *wallet.Card, b credential.Badge) {
	a := b.Achievement()
	e.Printf("%s\n", card.Title)
	var evidence []string
	for _, ev := range b.Evidence {
		evidence = append(evidence, cmp.Or(ev.Name, string(ev.URL)))
	}
	for _, line := range []struct{ name, text string }{
		{"Id", card.ID},
		{"Issuer", strings.TrimSpace(b.Issuer.Name + "  " + b.Issuer.ID)},
		{"Earner", b.Earner.ID},
		{"About", a.Description},
		{"Criteria", strings.TrimSpace(firstParagraph(a.Criteria.Narrative) + " " + string(a.Criteria.Page))},
		{"Skills", strings.Join(card.Skills, ", ")},
		{"Evidence", strings.Join(evidence, ", ")},
		{"Sign up", string(a.SignUp)},
		{"Valid", "from " + terminal.Day(card.From) + " to " + terminal.Day(card.Until)},
		{"Added", terminal.Day(card.Added)},
	} {
		if line.text != "" {
			e.Printf("  %-9s %s\n", line.name, line.text)
		}
	}
}

// firstParagraph is enough of a narrative for a terminal.
func firstParagraph(text string) string {
	first, rest, _ := strings.Cut(text, "\n")
	if strings.TrimSpace(rest) != "" {
		first += " …"
	}
	return first
}
