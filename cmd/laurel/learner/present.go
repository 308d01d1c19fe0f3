package learner

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
)

type presentCmd struct {
	judging.Flags `embed:""`
	choosing      `embed:""`
	answering     `embed:""`
	IDs           []string `arg:"" name:"id" help:"Ids of credentials, or the beginnings of them, in the order to show them. Or a verifier's link (openid4vp://…), a picture with its QR code (.png, .jpg), or - for either on standard input."`
	Challenge     string   `aliases:"nonce" help:"The challenge that the verifier gave you."`
	Domain        string   `aliases:"audience" help:"Whom the answer is for, as the verifier writes it."`
	To            string   `placeholder:"NAME" help:"Your own word for whom it is for, for your receipt."`
	As            string   `placeholder:"DID" help:"Identity that presents credentials which name nobody."`
	Out           string   `short:"o" default:"presentation.json" placeholder:"FILE" help:"File to write; - is standard output."`
	Force         bool     `help:"Replace a file that is there already."`
	Yes           bool     `short:"y" help:"Do not ask."`
	JSON          bool     `name:"json" help:"Print the receipts as JSON."`
}

// Run prepares the answer, shows what the verifier will see, asks, writes the
// file and keeps the receipt; or it answers a verifier's link.
func (c presentCmd) Run(e *terminal.Env, top *Command) error {
	link, err := c.link(e)
	if err != nil {
		return err
	}
	choices, err := c.choices()
	if err != nil {
		return err
	}
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{}, check, func(w *wallet.Wallet) error {
		if link != "" {
			return c.answerLink(e, w, link)
		}
		answer, err := w.Prepare(e.Context, wallet.Request{
			Credentials: c.IDs, Show: choices, Challenge: c.Challenge, Domain: c.Domain, Audience: c.To, Holder: c.As,
		})
		if err != nil {
			return err
		}
		if err := c.place(len(answer.Presentations)); err != nil {
			return err
		}
		c.tell(e, answer)
		if err := e.Confirm("Hand it over?", c.Yes); err != nil {
			return err
		}
		return c.handOver(e, w, answer)
	})
}

// place makes sure that n presentations can be written, before anybody is asked.
func (c presentCmd) place(n int) error {
	if c.Out == "-" && n > 1 {
		return terminal.Hint(terminal.Usage("%d presentations do not fit into one output", n), "name a file with --out; the others get numbers.")
	}
	for i := range n {
		if _, err := os.Lstat(numbered(c.Out, i)); err == nil && c.Out != "-" && !c.Force {
			return terminal.Exists(numbered(c.Out, i))
		}
	}
	return nil
}

// tell shows exactly what will be handed over, to the person and not the pipe.
func (c presentCmd) tell(e *terminal.Env, answer *wallet.Answer) {
	for _, p := range answer.Presentations {
		e.Notef("You show %s as %s:\n", terminal.Plural(len(p.Cards), "credential", "credentials"), p.Holder)
		for i := range p.Shown {
			tellShown(e, &p.Shown[i])
		}
		e.Notef("This is what they will see (%d bytes, SHA-256 %x):\n%s", len(p.Bytes), sha256.Sum256(p.Bytes), indented(p.Checked.Text))
	}
	for _, warning := range answer.Warnings {
		e.Notef("Warning: %s\n", warning)
	}
}

// tellShown tells what is shown of one credential.
func tellShown(e *terminal.Env, d *wallet.Disclosure) {
	e.Notef("  %s  %s: %s\n", d.Card.ID[:8], d.Card.Title, d.Summary())
	if !d.Partial {
		return
	}
	for _, claim := range d.Claims {
		if claim.Shown {
			e.Notef("  %s", claimLine(claim))
		}
	}
	e.Notef("    %s\n    %s\n", legend, compared(d))
}

// handOver keeps the receipts and writes the files. The receipts come first: one
// of an answer that was then not written does no harm, and it says so.
func (c presentCmd) handOver(e *terminal.Env, w *wallet.Wallet, answer *wallet.Answer) error {
	receipts, err := w.Record(e.Context, answer)
	if err != nil {
		return err
	}
	for i, p := range answer.Presentations {
		if c.Out == "-" {
			if _, err := e.Stdout.Write(p.Bytes); err != nil {
				return err
			}
			continue
		}
		path := numbered(c.Out, i)
		err := terminal.WritePrivate(path, c.Force, func(f io.Writer) error {
			_, err := f.Write(p.Bytes)
			return err
		})
		if err != nil {
			return fmt.Errorf("the receipt was kept but nothing was written: %w", err)
		}
		if !c.JSON {
			e.Printf("Wrote %s. Receipt %s.\n", path, receipts[i].ID)
		}
	}
	if c.JSON && c.Out != "-" {
		return printValues(e, receipts, func(r wallet.Receipt) strictjson.Value { return r.JSON() })
	}
	return nil
}

// numbered is the name of the i-th file: name.json, name-2.json …
func numbered(path string, i int) string {
	if i == 0 {
		return path
	}
	ext := filepath.Ext(path)
	return fmt.Sprintf("%s-%d%s", strings.TrimSuffix(path, ext), i+1, ext)
}
