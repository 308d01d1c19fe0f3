package employer

import (
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/qr"
	"laurel/verifier/request"
	"laurel/verifier/request/web"
	"laurel/verifier/session"
)

type requestCmd struct {
	Achievement    []string `arg:"" optional:"" help:"Ids of achievements; a badge for any of them will do."`
	Label          string   `help:"What is wanted, in your words; people who are asked read it."`
	Tag            string   `help:"A skill as badges write it."`
	Alignment      string   `placeholder:"URL" help:"A skill by its address in a framework such as ESCO."`
	Issuer         []string `placeholder:"DID" help:"Accept no other issuers; may be given more than once."`
	Grades         []string `placeholder:"A,B,C" help:"Grades from the best to the worst, for --minimum."`
	Minimum        string   `help:"The least result that is enough: one of the grades, or a number."`
	Template       string   `placeholder:"NAME" help:"A saved question."`
	Query          string   `placeholder:"FILE" help:"A DCQL query, from a file or - for standard input."`
	Purpose        string   `help:"Why you ask; people read it before they agree."`
	Keep           int      `placeholder:"DAYS" help:"How long the answer is kept (default: 30)."`
	Open           bool     `help:"One link for many people, as on a poster."`
	RequireTrusted bool     `help:"Reject issuers that are not on the list, instead of leaving them undetermined."`
	Wait           bool     `help:"Wait for the answer and print the report; the exit code is that of laurel verify."`
	JSON           bool     `help:"Print what a program needs, and no code."`
}

// Run asks, and shows the code.
func (c requestCmd) Run(e *terminal.Env, top *Command) error {
	a, err := c.question(e)
	if err != nil {
		return err
	}
	return top.ask(func(d *client) error {
		asked, err := d.ask(e.Context, a)
		if err != nil {
			return err
		}
		if err := c.show(e, asked); err != nil {
			return err
		}
		if !c.Wait || asked.URI == "" { // a poster has many answers
			return nil
		}
		return await(e, d, asked.Result)
	})
}

// question is what the flags ask.
func (c requestCmd) question(e *terminal.Env) (request.Ask, error) {
	a := request.Ask{Template: c.Template, Purpose: c.Purpose, Retention: c.Keep, Open: c.Open,
		Policy: request.Policy{RequireTrusted: c.RequireTrusted}}
	if c.Query != "" {
		text, err := e.Read(c.Query)
		if err != nil {
			return a, terminal.Unusable(err)
		}
		a.Query = text
	}
	p := request.ProofOf{Label: c.Label, Achievement: c.Achievement, Tag: c.Tag, Alignment: c.Alignment,
		Issuers: c.Issuer, Grades: c.Grades, Minimum: c.Minimum}
	if len(c.Achievement)+len(c.Issuer) > 0 || c.Tag+c.Alignment != "" {
		a.ProofOf = request.Proofs{p}
	}
	if c.Template == "" && c.Query == "" && a.ProofOf == nil {
		return a, terminal.Hint(terminal.Usage("say what you want to see"),
			"name an achievement by its id, or use --tag, --alignment, --issuer, --template or --query.")
	}
	return a, nil
}

// show prints the code and the links.
func (c requestCmd) show(e *terminal.Env, asked *web.Asked) error {
	if c.JSON {
		return e.PrintJSON(asked)
	}
	code, err := qr.Encode(asked.Page)
	if err != nil {
		return err
	}
	e.Notef("%s", code.Text())
	e.Printf("To show: %s\nTo type: %s\nTo read: %s\n", asked.Page, asked.Code, asked.Result)
	e.Notef("Open until %s. Whoever has the last address can read the answer.\n", asked.Expires.UTC().Format("2006-01-02 15:04 UTC"))
	return nil
}

// pause is how often a question is looked at while somebody waits.
const pause = 500 * time.Millisecond

// await waits for the answer to a question and prints its report.
func await(e *terminal.Env, d *client, result string) error {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		r, err := d.result(e.Context, path.Base(result))
		if err != nil {
			return err
		}
		if r.State != session.Waiting && r.State != session.Opened {
			return tell(e, r, false)
		}
		select {
		case <-e.Context.Done():
			return e.Context.Err()
		case <-ticker.C:
		}
	}
}

type resultCmd struct {
	Result string `arg:"" help:"The address that laurel verifier request printed to read the answer, or the end of it."`
	JSON   bool   `help:"Print state and report as JSON."`
}

// Run prints how far a question is, and the report once there is one.
func (c resultCmd) Run(e *terminal.Env, top *Command) error {
	secret := c.Result
	if u, err := url.Parse(secret); err == nil && u.Host != "" {
		secret = path.Base(u.Path)
	}
	if strings.Trim(secret, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return terminal.Usage("%q is no result address", c.Result)
	}
	return top.ask(func(d *client) error {
		r, err := d.result(e.Context, secret)
		if err != nil {
			return err
		}
		return tell(e, r, c.JSON)
	})
}

// tell prints a result, and chooses the exit code.
func tell(e *terminal.Env, r *web.Result, asJSON bool) error {
	if asJSON {
		if err := e.PrintJSON(r); err != nil {
			return err
		}
	}
	switch {
	case r.Report != nil && asJSON:
		return judging.ExitFor(r.Report)
	case r.Report != nil:
		return errors.Join(r.Report.WriteText(e.Stdout), judging.ExitFor(r.Report))
	case asJSON:
	case r.Error != "":
		e.Printf("Declined: the wallet says %s.\n", r.Error)
	case r.NeedsCode:
		e.Printf("Answered. The report is for whoever brings the response_code.\n")
	default:
		e.Printf("%s, until %s\n", describe(r.State), r.Expires.UTC().Format("2006-01-02 15:04 UTC"))
	}
	return terminal.Exit{Code: terminal.Undetermined}
}

func describe(s session.State) string {
	switch s {
	case session.Waiting:
		return "Nobody has opened it yet"
	case session.Opened:
		return "A wallet has opened it"
	case session.Expired:
		return "Nobody answered in time"
	default:
		return fmt.Sprintf("The question is %s", s)
	}
}
