package school

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/issuer"
	"laurel/issuer/web"
)

type issueCmd struct {
	Template   string          `arg:"" help:"The id of the template."`
	Recipient  string          `arg:"" name:"did" help:"The learner's DID: laurel wallet key list shows it."`
	Name       string          `help:"The learner's name; the badge shows it."`
	Email      string          `help:"The learner's e-mail address; the badge holds only a salted hash of it."`
	Narrative  string          `help:"How this learner earned it; Markdown."`
	Result     []string        `sep:"none" placeholder:"NAME=VALUE" help:"A result that the template describes; may be given more than once."`
	Evidence   []string        `sep:"none" placeholder:"URL[ NAME]" help:"Something that shows how it was earned; may be given more than once."`
	ValidFrom  terminal.Moment `placeholder:"TIME" help:"When the badge begins to be valid (default: now)."`
	ValidUntil terminal.Moment `placeholder:"TIME" help:"When it ends (default: as the template says)."`
	Request    string          `placeholder:"KEY" help:"A word of yours for this award: given again, it issues nothing and prints the same badge."`
	Out        string          `short:"o" default:"-" placeholder:"FILE" help:"File to write, or a folder, in which the file is called after the badge; - is standard output."`
	Force      bool            `help:"Replace a file that is there already."`
}

// award is what the flags say.
func (c issueCmd) award() (issuer.Award, error) {
	a := issuer.Award{
		Template: c.Template, Recipient: c.Recipient, Name: c.Name, Email: c.Email, Narrative: c.Narrative,
		ValidFrom: c.ValidFrom.Time, ValidUntil: c.ValidUntil.Time, Request: c.Request,
	}
	for _, r := range c.Result {
		of, value, ok := strings.Cut(r, "=")
		if !ok {
			return a, terminal.Usage("--result %q is not NAME=VALUE", r)
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
func (c issueCmd) Run(e *terminal.Env, top *Command) error {
	award, err := c.award()
	if err != nil {
		return err
	}
	if err := c.free(); err != nil {
		return err
	}
	h, err := top.home()
	if err != nil {
		return err
	}
	return top.use(e, func(d web.Desk) error {
		have, err := d.Find(e.Context, issuer.Query{Recipient: award.Recipient, Template: award.Template, State: issuer.Active})
		if err != nil {
			return err
		}
		issued, err := d.Issue(e.Context, award)
		if err != nil {
			return err
		}
		if err := c.write(e, issued); err != nil {
			return terminal.Hint(err, "the badge is issued all the same: laurel issuer show --credential "+shortID(issued.ID)+".")
		}
		e.Notef("Issued %s to %s: %s\n", credential.Plain(issued.Title), learnerOf(issued.Record), issued.ID)
		warnTwice(e, have, issued.Record)
		return warnUnpublished(e, h, d, issued.Key)
	})
}

// warnTwice tells of badges of the same kind that the same learner has already. One
// that was asked for again by its --request is not issued twice.
func warnTwice(e *terminal.Env, have []issuer.Record, issued issuer.Record) {
	var before []string
	for _, r := range have {
		if r.ID == issued.ID {
			return
		}
		if r.Recipient == issued.Recipient {
			before = append(before, shortID(r.ID)+" of "+terminal.Day(r.Issued))
		}
	}
	if len(before) > 0 {
		e.Notef("Warning: this learner has it already: %s. If one is enough: laurel issuer revoke %s.\n", strings.Join(before, ", "), shortID(issued.ID))
	}
}

// free refuses a file that is there already before anything is issued.
func (c issueCmd) free() error {
	if c.Out == "-" || c.Force {
		return nil
	}
	if info, err := os.Lstat(c.Out); err == nil && !info.IsDir() {
		return terminal.Exists(c.Out)
	}
	return nil
}

func (c issueCmd) write(e *terminal.Env, issued *issuer.Issued) error {
	badge := append(issued.Credential, '\n')
	if c.Out == "-" {
		_, err := e.Stdout.Write(badge)
		return err
	}
	path := c.Out
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, shortID(issued.ID)+issued.Credential.Extension())
		e.Notef("%s\n", path)
	}
	return terminal.WritePrivate(path, c.Force, func(w io.Writer) error {
		_, err := w.Write(badge)
		return err
	})
}

// shortID is what people type of an id.
func shortID(id string) string {
	id = strings.TrimPrefix(id, "urn:uuid:")
	return id[:min(8, len(id))]
}
