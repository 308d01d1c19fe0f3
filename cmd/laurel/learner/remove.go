package learner

import (
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type removeCmd struct {
	IDs []string `arg:"" name:"id" help:"Ids, or the beginnings of them."`
	Yes bool     `short:"y" help:"Do not ask."`
}

// Run removes credentials, all or none.
func (c removeCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
		var cards []wallet.Card
		for _, id := range c.IDs {
			card, err := w.Find(e.Context, id)
			if err != nil {
				return err
			}
			e.Notef("%s  %s\n", card.ID[:8], card.Title)
			cards = append(cards, card)
		}
		if err := e.Confirm("Remove for good?", c.Yes); err != nil {
			return err
		}
		for _, card := range cards {
			if err := w.Remove(e.Context, card.ID); err != nil {
				return err
			}
		}
		e.Printf("Removed %s.\n", terminal.Plural(len(cards), "credential", "credentials"))
		return nil
	})
}
