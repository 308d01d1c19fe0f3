package learner

import (
	"bytes"
	"cmp"
	"io"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/wallet"
)

type exportCmd struct {
	ID    string `arg:"" help:"Its id, or the beginning of it."`
	Out   string `short:"o" placeholder:"FILE" help:"File to write; - is standard output. By default a name made from the title."`
	Force bool   `help:"Replace a file that is there already."`
}

// Run writes one credential to a file.
func (c exportCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		card, err := w.Find(e.Context, c.ID)
		if err != nil {
			return err
		}
		raw, err := w.Document(e.Context, card.ID)
		if err != nil {
			return err
		}
		d, err := w.Disclose(e.Context, card.ID, nil)
		if err == nil && d.Partial {
			e.Notef("This is your complete copy, for you alone: whoever has it can show all of it. To show somebody a part, use laurel wallet present.\n")
		}
		if c.Out == "-" {
			_, err := e.Stdout.Write(raw)
			return err
		}
		path := cmp.Or(c.Out, terminal.FileName(card.Title, card.ID[:8]))
		if c.Out == "" && err == nil && d.Type != "" {
			path = strings.TrimSuffix(path, ".json") + extensions[d.Type]
		}
		err = terminal.WritePrivate(path, c.Force, func(f io.Writer) error {
			_, err := io.Copy(f, bytes.NewReader(raw))
			return err
		})
		if err == nil {
			e.Printf("Wrote %s.\n", path)
		}
		return err
	})
}
