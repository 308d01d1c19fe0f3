package main

import (
	"fmt"

	"laurel/issuer"
	"laurel/issuer/web"
)

type issuerKeyCmd struct {
	List        issuerKeyListCmd        `cmd:"" default:"withargs" help:"List the keys and their windows."`
	Rotate      issuerKeyRotateCmd      `cmd:"" help:"Make a new key; what the old one signed stays good."`
	Retire      issuerKeyRetireCmd      `cmd:"" help:"End the window of a key; what it signed stays good."`
	Compromised issuerKeyCompromisedCmd `cmd:"" help:"Withdraw a key that somebody else may have: nothing it signed is believed any more."`
}

type issuerKeyListCmd struct {
	JSON bool `name:"json" help:"Print JSON."`
}

// Run lists the keys.
func (c issuerKeyListCmd) Run(e *env, top *issuerCmd) error {
	return top.look(e, func(d web.Desk) error {
		keys, err := d.Keys(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return printAny(e, keys)
		}
		e.printf("%-11s  %-10s  %-10s  %-7s  %s\n", "STATE", "FROM", "UNTIL", "TYPE", "KEY")
		for _, k := range keys {
			e.printf("%-11s  %-10s  %-10s  %-7s  %s\n", k.State(), day(k.From), day(k.Until), k.Type, k.ID)
		}
		return nil
	})
}

type issuerKeyRotateCmd struct{}

// Run makes the next key.
func (issuerKeyRotateCmd) Run(e *env, top *issuerCmd) error {
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
				e.printf("%s signs from now on.\n", k.ID)
			}
		}
		return publishNext(e, d)
	})
}

type issuerKeyRetireCmd struct {
	Key string `arg:"" help:"The key's id, or the part behind the #."`
}

// Run ends the window of a key.
func (c issuerKeyRetireCmd) Run(e *env, top *issuerCmd) error {
	return top.use(e, func(d web.Desk) error {
		k, err := d.RetireKey(e.Context, c.Key)
		if err != nil {
			return err
		}
		e.printf("%s signs no more. What it signed stays good.\n", k.ID)
		return nil
	})
}

type issuerKeyCompromisedCmd struct {
	Key  string `arg:"" help:"The key's id, or the part behind the #."`
	Yes  bool   `short:"y" help:"Do not ask."`
	JSON bool   `name:"json" help:"Print the badges to issue again as JSON."`
}

// Run withdraws a key and says what it signed.
func (c issuerKeyCompromisedCmd) Run(e *env, top *issuerCmd) error {
	return top.use(e, func(d web.Desk) error {
		signed, err := c.signed(e, d)
		if err != nil {
			return err
		}
		question := fmt.Sprintf("Nobody will believe the %s that it signed any more. Withdraw it?", plural(len(signed), "badge", "badges"))
		if err := e.confirm(question, c.Yes); err != nil {
			return err
		}
		out, err := d.CompromiseKey(e.Context, c.Key)
		if err != nil {
			return err
		}
		if c.JSON {
			return printAny(e, out)
		}
		e.printf("%s is withdrawn.\n", out.Key.ID)
		if out.Next != nil {
			e.printf("%s signs from now on.\n", out.Next.ID)
		}
		if len(out.Affected) > 0 {
			e.printf("To be issued again:\n")
			printRecords(e, out.Affected)
		}
		return publishNext(e, d)
	})
}

// signed is what a key signed, for the question.
func (c issuerKeyCompromisedCmd) signed(e *env, d web.Desk) ([]issuer.Record, error) {
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
func publishNext(e *env, d web.Desk) error {
	if _, served := d.(*web.Client); !served {
		e.notef("Others see it when you publish: laurel issuer publish DIR.\n")
	}
	return nil
}
