package learner

import (
	"errors"
	"fmt"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/internal/fetch"
	"laurel/internal/qr"
	"laurel/internal/sharelink"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
	"laurel/wallet/share"
)

type shareCmd struct {
	judging.Flags `embed:""`
	choosing      `embed:""`
	IDs           []string `arg:"" name:"id" help:"Ids of credentials, or the beginnings of them, in the order to show them."`
	With          string   `placeholder:"https://…" help:"The verifier that is to show them, one that was started with --accept-shares; without it, that of the last time."`
	Days          int      `default:"30" help:"How many days the link works, at most 90."`
	To            string   `placeholder:"NAME" help:"Your own word for whom it is for, for your records."`
	As            string   `placeholder:"DID" help:"Identity that presents credentials which name nobody."`
	Plain         bool     `help:"Choose by numbers, line by line, instead of in a tree with keys."`
	Yes           bool     `short:"y" help:"Do not ask."`
	JSON          bool     `name:"json" help:"Print the record as JSON."`
}

// Help is what laurel wallet share --help says beyond the flags.
func (shareCmd) Help() string {
	return "Whoever has the link sees a report that the verifier makes at that moment, until the link ends or laurel wallet " +
		"unshare takes it back. The verifier keeps what you share sealed: it reads it only when somebody brings the link. " +
		"The page proves what you chose to show, and not that whoever gave the link is you."
}

// Run shows what would be shared, asks, and prints the link.
func (c shareCmd) Run(e *terminal.Env, top *Command) error {
	choices, err := c.choices()
	if err != nil {
		return err
	}
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{}, check, func(w *wallet.Wallet) error {
		presenting := presentCmd{IDs: c.IDs, Plain: c.Plain, Yes: c.Yes}
		if choices == nil && !c.Yes && e.Interactive() {
			if choices, err = presenting.choose(e, w); err != nil {
				return err
			}
		}
		return online(e, c.Reach, w, func(s *share.Sharer) error {
			verifier, err := c.verifier(e, s)
			if err != nil {
				return err
			}
			o, err := s.Prepare(e.Context, share.Plan{
				Verifier: verifier, Life: time.Duration(c.Days) * 24 * time.Hour, Credentials: c.IDs, Show: choices, Audience: c.To, Holder: c.As,
			})
			if err != nil {
				return sharing(err)
			}
			presenting.tell(e, o.Answer)
			e.Notef("Whoever gets the link can look until %s, and can pass it on. %s keeps it sealed, and sees it when somebody looks.\n", terminal.Day(o.Expires), o.Verifier())
			if err := presenting.agree(e, "Share it?", o.Answer.Presentations); err != nil {
				return err
			}
			record, err := s.Publish(e.Context, o)
			if record != nil && err != nil {
				e.Notef("It may have arrived all the same, so the record is kept: laurel wallet unshare %s takes it back.\n", record.ID[:8])
			}
			if err != nil {
				return sharing(err)
			}
			return c.show(e, record)
		})
	})
}

// verifier is the one that is to show it: that of the last time if none is named.
func (c shareCmd) verifier(e *terminal.Env, s *share.Sharer) (string, error) {
	if c.With != "" {
		return c.With, nil
	}
	known, err := s.Verifiers(e.Context)
	if err != nil {
		return "", err
	}
	if len(known) == 0 {
		return "", terminal.Usage("--with names the verifier that is to show it, such as --with https://verifier.example")
	}
	return known[0], nil
}

func (c shareCmd) show(e *terminal.Env, record *wallet.Shared) error {
	if c.JSON {
		return printValues(e, []wallet.Shared{*record}, sharedValue)
	}
	return tellLink(e, record)
}

// online lets do work with a Sharer that reaches verifiers.
func online(e *terminal.Env, reach judging.Reach, w *wallet.Wallet, do func(*share.Sharer) error) error {
	client, err := reach.Client(e.Now)
	if err != nil {
		return err
	}
	defer client.Close()
	return do(&share.Sharer{Wallet: w, Line: client, UnsafeLoopback: reach.UnsafeLoopback})
}

// sharing says what to do about an error of sharing.
func sharing(err error) error {
	switch {
	case errors.Is(err, fetch.ErrRefused):
		return terminal.Hint(err, judging.PublicOnly)
	case errors.Is(err, share.ErrNotTaken):
		return terminal.Hint(err, "the verifier must be reachable, and started with --accept-shares.")
	default:
		return err
	}
}

// sharedValue is a record for programs, with the link and without the secret that
// withdraws it.
func sharedValue(s wallet.Shared) strictjson.Value { return s.JSON().Without("secret") }

// tellLink prints a link, and what is pasted elsewhere to lead to it.
func tellLink(e *terminal.Env, s *wallet.Shared) error {
	code, err := qr.Encode(s.Link)
	if err != nil {
		return err
	}
	e.Notef("%s", code.Text())
	e.Printf("Link: %s\nUntil: %s\nTo take it back: laurel wallet unshare %s\n", s.Link, terminal.Day(s.Expires), s.ID[:8])
	for _, a := range s.Awards {
		html, text := share.Signature(s.Link, a)
		e.Printf("\n%s\n  Add to LinkedIn: %s\n  E-mail signature: %s\n  The same as HTML: %s\n", a.Name, share.LinkedIn(s.Link, a), text, html)
	}
	return nil
}

type sharesCmd struct {
	judging.Reach `embed:""`
	ID            string `arg:"" optional:"" help:"Show this one with its link and what to paste; the beginning of its id will do."`
	JSON          bool   `name:"json" help:"Print the records as JSON."`
}

// Run lists what is shared, and how often somebody looked.
func (c sharesCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{ReadOnly: true}, nil, func(w *wallet.Wallet) error {
		if c.ID != "" {
			s, err := w.FindShared(e.Context, c.ID)
			if err != nil {
				return err
			}
			return shareCmd{JSON: c.JSON}.show(e, s)
		}
		all, err := w.AllShared(e.Context)
		if err != nil {
			return err
		}
		if c.JSON {
			return printValues(e, all, sharedValue)
		}
		if len(all) == 0 {
			e.Notef("You have shared nothing yet.\n")
		}
		return online(e, c.Reach, w, func(s *share.Sharer) error {
			for i, standing := range s.Standings(e.Context, all) {
				tellShared(e, &all[i], standing)
			}
			return nil
		})
	})
}

// tellShared prints a share and how it stands.
func tellShared(e *terminal.Env, r *wallet.Shared, now share.Standing) {
	e.Printf("%s  %s  with %s\n", r.ID[:8], r.Created.Format(time.DateOnly), r.Verifier)
	for _, shown := range r.Credentials {
		e.Printf("  %s, from %s: %s\n", shown.Title, shown.Issuer, shown.Summary())
	}
	e.Printf("  %s\n", standing(r, now))
}

// standing is how a share stands, in a line.
func standing(r *wallet.Shared, now share.Standing) string {
	switch {
	case now.Err != nil:
		return fmt.Sprintf("until %s; %v", terminal.Day(r.Expires), now.Err)
	case now.State.State == sharelink.Expired:
		return "ended on " + r.Expires.Format(time.DateOnly)
	case !r.Withdrawn.IsZero():
		return "withdrawn on " + r.Withdrawn.Format(time.DateOnly)
	case now.Viewed.IsZero():
		return fmt.Sprintf("%s until %s, %s", now.State.State, terminal.Day(r.Expires), terminal.Plural(now.Views, "view", "views"))
	default:
		return fmt.Sprintf("%s until %s, %s, the last %s", now.State.State, terminal.Day(r.Expires), terminal.Plural(now.Views, "view", "views"), now.Viewed.Format("2006-01-02 15:04 UTC"))
	}
}

type unshareCmd struct {
	judging.Reach `embed:""`
	ID            string `arg:"" help:"The id of the share, or the beginning of it."`
}

// Run takes a share back.
func (c unshareCmd) Run(e *terminal.Env, top *Command) error {
	return top.use(e, badger.Options{}, nil, func(w *wallet.Wallet) error {
		r, err := w.FindShared(e.Context, c.ID)
		if err != nil {
			return err
		}
		return online(e, c.Reach, w, func(s *share.Sharer) error {
			state, err := s.Withdraw(e.Context, r)
			if err != nil {
				return terminal.Hint(err, "the link may still work; try again when the verifier can be reached.")
			}
			e.Printf("Withdrawn after %s. The link opens nothing any more.\n", terminal.Plural(state.Views, "view", "views"))
			return nil
		})
	})
}
