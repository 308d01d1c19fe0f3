package school

import (
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/issuer"
	"laurel/issuer/web"
)

type showCmd struct {
	ID         string `arg:"" help:"The badge's id, or the beginning of it."`
	Credential bool   `help:"Print only the signed badge."`
	JSON       bool   `name:"json" help:"Print record and badge as JSON."`
}

// Run shows one badge.
func (c showCmd) Run(e *terminal.Env, top *Command) error {
	return top.look(e, func(d web.Desk) error {
		issued, err := d.Show(e.Context, c.ID)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return e.PrintJSON(issued)
		case c.Credential:
			_, err := e.Stdout.Write(append(issued.Credential, '\n'))
			return err
		}
		printRecord(e, issued.Record)
		return nil
	})
}

func printRecord(e *terminal.Env, r issuer.Record) {
	line := func(label, value string) {
		if value != "" {
			e.Printf("%-12s  %s\n", label, credential.Plain(value))
		}
	}
	line("id", r.ID)
	line("badge", r.Title+" ("+r.Template+")")
	line("learner", r.Name)
	line("e-mail", r.Email)
	line("identity", r.Recipient)
	line("issued", r.Issued.UTC().Format(time.RFC3339))
	if !r.ValidUntil.IsZero() {
		line("valid until", r.ValidUntil.UTC().Format(time.RFC3339))
	}
	line("state", string(r.StateAt(e.Now())))
	line("signed by", r.Key)
	line("form", r.Proof)
	e.Printf("%-12s  %d of %s\n", "status", r.Index, r.List)
	for _, h := range r.History {
		text := string(h.Action)
		if h.Actor != "" {
			text += " by " + h.Actor
		}
		if h.Reason != "" {
			text += ": " + h.Reason
		}
		line(h.At.UTC().Format(time.DateOnly), text)
	}
}
