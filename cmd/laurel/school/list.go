package school

import (
	"cmp"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/issuer"
	"laurel/issuer/web"
)

// searching has the flags that choose among the badges issued.
type searching struct {
	Recipient string `placeholder:"WHO" help:"Only those of this DID, or with this in the learner's name or e-mail address."`
	Template  string `placeholder:"ID" help:"Only those made from this template."`
}

type listCmd struct {
	searching `embed:""`
	State     string `enum:",active,suspended,revoked,expired" default:"" placeholder:"STATE" help:"Only those in this state: active, suspended, revoked or expired."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Run lists what was issued.
func (c listCmd) Run(e *terminal.Env, top *Command) error {
	return top.look(e, func(d web.Desk) error {
		found, err := d.Find(e.Context, issuer.Query{Recipient: c.Recipient, Template: c.Template, State: issuer.State(c.State)})
		if err != nil {
			return err
		}
		if c.JSON {
			if found == nil {
				found = []issuer.Record{}
			}
			return e.PrintJSON(found)
		}
		printRecords(e, found)
		return nil
	})
}

// printRecords prints records in 80 columns.
func printRecords(e *terminal.Env, found []issuer.Record) {
	if len(found) == 0 {
		e.Notef("Nothing found.\n")
		return
	}
	now := e.Now()
	e.Printf("%-8s  %-10s  %-9s  %-24s  %s\n", "ID", "ISSUED", "STATE", "BADGE", "LEARNER")
	for _, r := range found {
		e.Printf("%-8s  %-10s  %-9s  %s  %s\n", shortID(r.ID), terminal.Day(r.Issued), r.StateAt(now), terminal.Fit(credential.Plain(r.Title), 24), learnerOf(r))
	}
}

// learnerOf is whose badge it is, in plain text: names come from lists and forms
// that others filled in, and a terminal obeys what it is shown.
func learnerOf(r issuer.Record) string { return credential.Plain(cmp.Or(r.Name, r.Recipient)) }
