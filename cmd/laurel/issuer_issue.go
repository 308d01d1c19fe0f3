package main

import (
	"cmp"
	"io"
	"os"
	"strings"
	"time"

	"laurel/credential"
	"laurel/issuer"
	"laurel/issuer/web"
)

type issuerIssueCmd struct {
	Template   string   `arg:"" help:"The id of the template."`
	Recipient  string   `arg:"" name:"did" help:"The learner's DID: laurel wallet key list shows it."`
	Name       string   `help:"The learner's name; the badge shows it."`
	Email      string   `help:"The learner's e-mail address; the badge holds only a salted hash of it."`
	Narrative  string   `help:"How this learner earned it; Markdown."`
	Result     []string `sep:"none" placeholder:"NAME=VALUE" help:"A result that the template describes; may be given more than once."`
	Evidence   []string `sep:"none" placeholder:"URL[ NAME]" help:"Something that shows how it was earned; may be given more than once."`
	ValidFrom  moment   `placeholder:"TIME" help:"When the badge begins to be valid (default: now)."`
	ValidUntil moment   `placeholder:"TIME" help:"When it ends (default: as the template says)."`
	Request    string   `placeholder:"KEY" help:"A word of yours for this award: given again, it issues nothing and prints the same badge."`
	Out        string   `short:"o" default:"-" placeholder:"FILE" help:"File to write; - is standard output."`
	Force      bool     `help:"Replace a file that is there already."`
}

// award is what the flags say.
func (c issuerIssueCmd) award() (issuer.Award, error) {
	a := issuer.Award{
		Template: c.Template, Recipient: c.Recipient, Name: c.Name, Email: c.Email, Narrative: c.Narrative,
		ValidFrom: c.ValidFrom.Time, ValidUntil: c.ValidUntil.Time, Request: c.Request,
	}
	for _, r := range c.Result {
		of, value, ok := strings.Cut(r, "=")
		if !ok {
			return a, usage("--result %q is not NAME=VALUE", r)
		}
		a.Results = append(a.Results, issuer.Result{Of: of, Value: value})
	}
	for _, text := range c.Evidence {
		url, name, _ := strings.Cut(text, " ")
		a.Evidence = append(a.Evidence, issuer.Evidence{URL: url, Name: strings.TrimSpace(name)})
	}
	return a, nil
}

// Run issues one badge.
func (c issuerIssueCmd) Run(e *env, top *issuerCmd) error {
	award, err := c.award()
	if err != nil {
		return err
	}
	if err := c.free(); err != nil {
		return err
	}
	return top.use(e, func(d web.Desk) error {
		issued, err := d.Issue(e.Context, award)
		if err != nil {
			return err
		}
		if err := c.write(e, append(issued.Credential, '\n')); err != nil {
			return hint(err, "the badge is issued all the same: laurel issuer show --credential "+shortID(issued.ID)+".")
		}
		e.notef("Issued %s to %s: %s\n", credential.Plain(issued.Title), learnerOf(issued.Record), issued.ID)
		return nil
	})
}

// free refuses a file that is there already before anything is issued.
func (c issuerIssueCmd) free() error {
	if c.Out == "-" || c.Force {
		return nil
	}
	if _, err := os.Lstat(c.Out); err == nil {
		return exists(c.Out)
	}
	return nil
}

func (c issuerIssueCmd) write(e *env, badge []byte) error {
	if c.Out == "-" {
		_, err := e.Stdout.Write(badge)
		return err
	}
	return writePrivate(c.Out, c.Force, func(w io.Writer) error {
		_, err := w.Write(badge)
		return err
	})
}

// shortID is what people type of an id.
func shortID(id string) string {
	id = strings.TrimPrefix(id, "urn:uuid:")
	return id[:min(8, len(id))]
}

// searching has the flags that choose among the badges issued.
type searching struct {
	Recipient string `placeholder:"WHO" help:"Only those of this DID, or with this in the learner's name or e-mail address."`
	Template  string `placeholder:"ID" help:"Only those made from this template."`
}

type issuerListCmd struct {
	searching `embed:""`
	State     string `enum:",active,suspended,revoked,expired" default:"" placeholder:"STATE" help:"Only those in this state: active, suspended, revoked or expired."`
	JSON      bool   `name:"json" help:"Print JSON."`
}

// Run lists what was issued.
func (c issuerListCmd) Run(e *env, top *issuerCmd) error {
	return top.look(e, func(d web.Desk) error {
		found, err := d.Find(e.Context, issuer.Query{Recipient: c.Recipient, Template: c.Template, State: issuer.State(c.State)})
		if err != nil {
			return err
		}
		if c.JSON {
			if found == nil {
				found = []issuer.Record{}
			}
			return printAny(e, found)
		}
		printRecords(e, found)
		return nil
	})
}

// printRecords prints records in 80 columns.
func printRecords(e *env, found []issuer.Record) {
	if len(found) == 0 {
		e.notef("Nothing found.\n")
		return
	}
	now := e.Now()
	e.printf("%-8s  %-10s  %-9s  %-24s  %s\n", "ID", "ISSUED", "STATE", "BADGE", "LEARNER")
	for _, r := range found {
		e.printf("%-8s  %-10s  %-9s  %s  %s\n", shortID(r.ID), day(r.Issued), r.StateAt(now), fit(credential.Plain(r.Title), 24), learnerOf(r))
	}
}

// learnerOf is whose badge it is, in plain text: names come from lists and forms
// that others filled in, and a terminal obeys what it is shown.
func learnerOf(r issuer.Record) string { return credential.Plain(cmp.Or(r.Name, r.Recipient)) }

type issuerShowCmd struct {
	ID         string `arg:"" help:"The badge's id, or the beginning of it."`
	Credential bool   `help:"Print only the signed badge."`
	JSON       bool   `name:"json" help:"Print record and badge as JSON."`
}

// Run shows one badge.
func (c issuerShowCmd) Run(e *env, top *issuerCmd) error {
	return top.look(e, func(d web.Desk) error {
		issued, err := d.Show(e.Context, c.ID)
		switch {
		case err != nil:
			return err
		case c.JSON:
			return printAny(e, issued)
		case c.Credential:
			_, err := e.Stdout.Write(append(issued.Credential, '\n'))
			return err
		}
		printRecord(e, issued.Record)
		return nil
	})
}

func printRecord(e *env, r issuer.Record) {
	line := func(label, value string) {
		if value != "" {
			e.printf("%-12s  %s\n", label, credential.Plain(value))
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
	e.printf("%-12s  %d of %s\n", "status", r.Index, r.List)
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
