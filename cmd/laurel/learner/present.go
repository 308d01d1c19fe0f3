package learner

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/credential"
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
	Purpose       string   `placeholder:"TEXT" help:"What they say they need it for; you are told what they do not need for that."`
	Plain         bool     `help:"Choose by numbers, line by line, instead of in a tree with keys."`
	Apart         bool     `help:"Write a presentation of each credential."`
	Token         bool     `help:"Sign presentations as tokens (vp+jwt), for verifiers that read no others."`
	Out           string   `short:"o" placeholder:"FILE" help:"File to write; - is standard output. By default presentation.json, or .jwt for tokens."`
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
		if choices == nil && !c.Yes && e.Interactive() {
			if choices, err = c.choose(e, w); err != nil {
				return err
			}
		}
		answer, err := w.Prepare(e.Context, wallet.Request{
			Credentials: c.IDs, Show: choices, Challenge: c.Challenge, Domain: c.Domain, Audience: c.To, Holder: c.As,
			Apart: c.Apart, Token: c.Token,
		})
		if err != nil {
			return err
		}
		places, err := c.places(answer.Presentations)
		if err != nil {
			return err
		}
		c.tell(e, answer)
		if err := c.agree(e, "Hand it over?", answer.Presentations); err != nil {
			return err
		}
		return c.handOver(e, w, answer, places)
	})
}

// choose lets the learner choose what to show, if there is a choice.
func (c presentCmd) choose(e *terminal.Env, w *wallet.Wallet) ([]wallet.Choice, error) {
	chooser, err := newChooser(e.Context, w, c.IDs, c.Purpose)
	if chooser == nil || err != nil {
		return nil, err
	}
	if c.Plain || terminal.Dumb() {
		err = chooser.inLines(e)
	} else {
		err = chooser.inKeys(e)
	}
	return chooser.choices(), err
}

// agree asks before anything is handed over, and shows the very bytes on demand.
func (c presentCmd) agree(e *terminal.Env, question string, all []wallet.Presentation) error {
	for !c.Yes {
		reply, err := e.Ask(question + " [y/N, d shows it to the byte]")
		switch {
		case err != nil:
			return err
		case strings.EqualFold(reply, "d"):
			for _, p := range all {
				e.Notef("%s\n", credential.Markdown(string(p.Bytes)))
			}
		case strings.EqualFold(reply, "y"), strings.EqualFold(reply, "yes"):
			return nil
		default:
			return terminal.ErrDeclined
		}
	}
	return nil
}

// places are the files of the presentations, of which it makes sure that they can be
// written, before anybody is asked.
func (c presentCmd) places(all []wallet.Presentation) ([]string, error) {
	if c.Out == "-" && len(all) > 1 {
		return nil, terminal.Hint(terminal.Usage("%d presentations do not fit into one output", len(all)), "name a file with --out; the others get numbers.")
	}
	var places []string
	for i, p := range all {
		path := cmp.Or(c.Out, "presentation"+extensions[p.Form])
		if path != "-" {
			path = numbered(path, i)
		}
		if _, err := os.Lstat(path); err == nil && path != "-" && !c.Force {
			return nil, terminal.Exists(path)
		}
		places = append(places, path)
	}
	return places, nil
}

// extensions are how files end, by the form of a presentation or the type of a token.
var extensions = map[string]string{
	wallet.FormJSON: ".json", wallet.FormToken: ".jwt", wallet.FormPlain: ".jwt",
	"vc+sd-jwt": ".sd-jwt", "dc+sd-jwt": ".sd-jwt", "vc+jwt": ".jwt", "jwt_vc": ".jwt",
}

// tell shows exactly what will be handed over, to the person and not the pipe. What
// they are warned of comes first, and again in a word at the end: a report is long,
// and the question stands below it.
func (c presentCmd) tell(e *terminal.Env, answer *wallet.Answer) {
	for _, warning := range answer.Warnings {
		e.Notef("Warning: %s\n", warning)
	}
	for _, p := range answer.Presentations {
		e.Notef("You show %s as %s:\n", terminal.Plural(len(p.Cards), "credential", "credentials"), p.Holder)
		for i := range p.Shown {
			tellShown(e, &p.Shown[i], c.Purpose)
		}
		e.Notef("This is what they will see (%d bytes, SHA-256 %x):\n%s", len(p.Bytes), sha256.Sum256(p.Bytes), indented(p.Checked.Text))
	}
	if n := len(answer.Warnings); n > 0 {
		e.Notef("%s above.\n", terminal.Plural(n, "warning", "warnings"))
	}
}

// tellShown tells what is shown of one credential.
func tellShown(e *terminal.Env, d *wallet.Disclosure, purpose string) {
	e.Notef("  %s  %s: %s\n", d.Card.ID[:8], d.Card.Title, d.Summary())
	for _, claim := range d.Claims {
		if claim.Shown && d.Partial {
			e.Notef("  %s", claimLine(claim, claim.Place, claim.Text))
		}
	}
	for _, line := range excess(d, purpose) {
		e.Notef("    %s\n", line)
	}
	if d.Partial {
		e.Notef("    %s\n    %s\n", legend, compared(d))
	}
}

// handOver keeps the receipts and writes the files. The receipts come first: one
// of an answer that was then not written does no harm, and it says so.
func (c presentCmd) handOver(e *terminal.Env, w *wallet.Wallet, answer *wallet.Answer, places []string) error {
	receipts, err := w.Record(e.Context, answer)
	if err != nil {
		return err
	}
	for i, p := range answer.Presentations {
		if places[i] == "-" {
			if _, err := e.Stdout.Write(p.Bytes); err != nil {
				return err
			}
			continue
		}
		path := places[i]
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
