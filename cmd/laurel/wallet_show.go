package main

import (
	"bytes"
	"cmp"
	"io"
	"strings"

	"laurel/credential"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type walletShowCmd struct {
	judging `embed:""`
	ID      string `arg:"" help:"Its id, or the beginning of it."`
	Raw     bool   `help:"Print the document exactly as the issuer signed it, and nothing else."`
	JSON    bool   `name:"json" help:"Print its card as JSON."`
}

// Run shows one credential and checks it again.
func (c walletShowCmd) Run(e *env, top *walletCmd) error {
	check, err := c.check(e)
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
			e.printf("\nWhat an employer would see today:\n%s", indented(seen))
		}
		return err
	})
}

// printBadge prints what a badge says.
func printBadge(e *env, card *wallet.Card, b credential.Badge) {
	a := b.Achievement()
	e.printf("%s\n", card.Title)
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
		{"Valid", "from " + day(card.From) + " to " + day(card.Until)},
		{"Added", day(card.Added)},
	} {
		if line.text != "" {
			e.printf("  %-9s %s\n", line.name, line.text)
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

type walletRemoveCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids, or the beginnings of them."`
	Yes bool     `short:"y" help:"Do not ask."`
}

// Run removes credentials, all or none.
func (c walletRemoveCmd) Run(e *env, top *walletCmd) error {
	return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
		var cards []wallet.Card
		for _, id := range c.IDs {
			card, err := w.Find(e.Context, id)
			if err != nil {
				return err
			}
			e.notef("%s  %s\n", card.ID[:8], card.Title)
			cards = append(cards, card)
		}
		if err := e.confirm("Remove for good?", c.Yes); err != nil {
			return err
		}
		for _, card := range cards {
			if err := w.Remove(e.Context, card.ID); err != nil {
				return err
			}
		}
		e.printf("Removed %s.\n", plural(len(cards), "credential", "credentials"))
		return nil
	})
}

type walletExportCmd struct {
	ID    string `arg:"" help:"Its id, or the beginning of it."`
	Out   string `short:"o" placeholder:"FILE" help:"File to write; - is standard output. By default a name made from the title."`
	Force bool   `help:"Replace a file that is there already."`
}

// Run writes one credential to a file.
func (c walletExportCmd) Run(e *env, top *walletCmd) error {
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		card, err := w.Find(e.Context, c.ID)
		if err != nil {
			return err
		}
		raw, err := w.Document(e.Context, card.ID)
		if err != nil {
			return err
		}
		if c.Out == "-" {
			_, err := e.Stdout.Write(raw)
			return err
		}
		path := cmp.Or(c.Out, fileName(card.Title, card.ID[:8]))
		err = writePrivate(path, c.Force, func(f io.Writer) error {
			_, err := io.Copy(f, bytes.NewReader(raw))
			return err
		})
		if err == nil {
			e.printf("Wrote %s.\n", path)
		}
		return err
	})
}
