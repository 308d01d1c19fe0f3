package school

import (
	"fmt"

	"laurel/cmd/laurel/terminal"
	"laurel/issuer"
	"laurel/issuer/web"
)

type keyCmd struct {
	List        keyListCmd        `cmd:"" default:"withargs" help:"List the keys and their windows."`
	Rotate      keyRotateCmd      `cmd:"" help:"Make a new key; what the old one signed stays good."`
	Retire      keyRetireCmd      `cmd:"" help:"End the window of a key; what it signed stays good."`
	Compromised keyCompromisedCmd `cmd:"" help:"Withdraw a key that somebody else may have: nothing it signed is believed any more."`
}

type keyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the keys.
func (c keyListCmd) Run(e *terminal.Env, top *Command) error {
	return top.look(e, func(d web.Desk) error {
		keys, err := d.Keys(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return e.PrintJSON(keys)
		}
		e.Printf("%-11s  %-10s  %-10s  %-7s  %s\n", "STATE", "FROM", "UNTIL", "TYPE", "KEY")
		for _, k := range keys {
			e.Printf("%-11s  %-10s  %-10s  %-7s  %s\n", k.State(), terminal.Day(k.From), terminal.Day(k.Until), k.Type, k.ID)
		}
		return nil
	})
}

type keyRotateCmd struct{}

// Run makes the next key.
func (keyRotateCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, func(d web.Desk) error {
		if _, err := d.RotateKey(e.Context); err != nil {
			return err
		}
		keys, err := d.Keys(e.Context)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if k.State() == "active" {
				e.Printf("%s signs from now on.\n", k.ID)
			}
		}
		return publishNext(e, d)
	})
}

type keyRetireCmd struct {
	Key string `arg:"" help:"The key's id, or the part behind the #."`
}

// Run ends the window of a key.
func (c keyRetireCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, func(d web.Desk) error {
		k, err := d.RetireKey(e.Context, c.Key)
		if err != nil {
			return err
		}
		e.Printf("%s signs no more. What it signed stays good.\n", k.ID)
		return nil
	})
}

type keyCompromisedCmd struct {
	Key  string `arg:"" help:"The key's id, or the part behind the #."`
	Yes  bool   `short:"y" help:"Do not ask."`
	JSON bool   `name:"json" help:"Print the badges to issue again as JSON."`
}

// Run withdraws a key and says what it signed.
func (c keyCompromisedCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, func(d web.Desk) error {
		signed, err := c.signed(e, d)
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Nobody will believe the %s that it signed any more. Withdraw it?", terminal.Plural(len(signed), "badge", "badges"))
		if err := e.Confirm(question, c.Yes); err != nil {
			return err
		}
		out, err := d.CompromiseKey(e.Context, c.Key)
		if err != nil {
			return err
		}
		if c.JSON {
			return e.PrintJSON(out)
		}
		e.Printf("%s is withdrawn.\n", out.Key.ID)
		if out.Next != nil {
			e.Printf("%s signs from now on.\n", out.Next.ID)
		}
		if len(out.Affected) > 0 {
			e.Printf("To be issued again:\n")
			printRecords(e, out.Affected)
		}
		return publishNext(e, d)
	})
}

// signed is what a key signed, for the question.
func (c keyCompromisedCmd) signed(e *terminal.Env, d web.Desk) ([]issuer.Record, error) {
	keys, err := d.Keys(e.Context)
	if err != nil {
		return nil, err
	}
	for _, k := range keys {
		if k.Is(c.Key) {
			return d.Find(e.Context, issuer.Query{Key: k.ID})
		}
	}
	return nil, fmt.Errorf("%w: no key is called %q", issuer.ErrNotFound, c.Key)
}

// publishNext reminds of what others do not see yet, unless a server shows it.
func publishNext(e *terminal.Env, d web.Desk) error {
	if _, served := d.(*web.Client); !served {
		e.Notef("Others see it when you publish: laurel issuer publish DIR.\n")
	}
	return nil
}
