package learner

import (
	"cmp"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/cmd/laurel/terminal"
	"laurel/credential"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
)

type listCmd struct {
	judging.Flags `embed:""`
	Text          string `arg:"" optional:"" help:"Only those with this text in title, issuer, skills or types."`
	Skill         string `help:"Only those with this skill: a tag, or what it is aligned to."`
	Issuer        string `help:"Only those of this issuer: a part of its name or id."`
	Type          string `help:"Only those of this type, such as Course."`
	State         string `enum:",valid,ending,expired,not yet,rejected,unclear,old" default:"" placeholder:"STATE" help:"Only those in this state: valid, ending, expired, 'not yet', rejected, unclear or old."`
	Check         bool   `help:"Check each again first."`
	Receipts      bool   `help:"List what you showed to whom instead."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Help is what laurel wallet list --help says beyond the flags.
func (listCmd) Help() string {
	return "The state is that of the last check, with today's date: run with --check to ask the issuers again. " +
		"'ending' means that it ends within 60 days, 'old' that it is an Open Badges 2.0 badge, which has no proof."
}

func (c listCmd) query() wallet.Query {
	return wallet.Query{Text: c.Text, Skill: c.Skill, Issuer: c.Issuer, Type: c.Type, State: wallet.State(c.State)}
}

// Run lists the cards or the receipts.
func (c listCmd) Run(e *terminal.Env, top *Command) error {
	check, err := c.AsEmployer(e)
	if err != nil {
		return err
	}
	return top.use(e, badger.Options{ReadOnly: !c.Check}, check, func(w *wallet.Wallet) error {
		if c.Receipts {
			return c.receipts(e, w)
		}
		if c.Check {
			if err := c.recheck(e, w); err != nil {
				return err
			}
		}
		cards, err := w.List(e.Context, c.query())
		if c.JSON {
			return cmp.Or(printCards(e, cards), err)
		}
		printTable(e, cards)
		return err // what was found is shown, also when something is missing
	})
}

// recheck asks about every card that the query chooses, whatever its state.
func (c listCmd) recheck(e *terminal.Env, w *wallet.Wallet) error {
	q := c.query()
	q.State = ""
	cards, err := w.List(e.Context, q)
	if err != nil {
		return err
	}
	for _, card := range cards {
		if _, _, err := w.Recheck(e.Context, card.ID); err != nil {
			return err
		}
	}
	return nil
}

// printTable prints cards in 80 columns, and what is about to end below.
func printTable(e *terminal.Env, cards []wallet.Card) {
	now := e.Now()
	if len(cards) == 0 {
		e.Notef("Nothing found.\n")
		return
	}
	e.Printf("%-8s  %-8s  %-28s  %-18s  %s\n", "ID", "STATE", "TITLE", "ISSUER", "ENDS")
	ending := 0
	for i := range cards {
		c := &cards[i]
		state := c.State(now)
		if state == wallet.StateEnding {
			ending++
		}
		e.Printf("%-8s  %-8s  %s  %s  %s\n", c.ID[:8], state, terminal.Fit(c.Title, 28), terminal.Fit(cmp.Or(c.IssuerName, c.Issuer), 18), terminal.Day(c.Until))
	}
	for i := range cards {
		if cards[i].News.Exists() {
			tellNews(e, &cards[i])
		}
	}
	if ending > 0 {
		e.Notef("%s within 60 days: ask the issuer for a new one in time.\n", terminal.Plural(ending, "badge ends", "badges end"))
	}
}

func (c listCmd) receipts(e *terminal.Env, w *wallet.Wallet) error {
	all, err := w.Receipts(e.Context)
	if err != nil {
		return err
	}
	if c.JSON {
		return printValues(e, all, func(r wallet.Receipt) strictjson.Value { return r.JSON() })
	}
	if len(all) == 0 {
		e.Notef("You have shown nothing yet.\n")
	}
	for _, r := range all {
		e.Printf("%s  to %s\n", r.When.Format("2006-01-02 15:04"), cmp.Or(r.Audience, r.Domain, "somebody"))
		for _, shown := range r.Credentials {
			e.Printf("  %s, from %s", shown.Title, shown.Issuer)
			if summary := shown.Summary(); summary != "" {
				e.Printf(": %s", summary)
			}
			e.Printf("\n")
		}
		e.Printf("  as %s\n  SHA-256 %s\n", cmp.Or(r.Holder, "nobody in particular"), r.SHA256)
	}
	return nil
}

func printCards(e *terminal.Env, cards []wallet.Card) error {
	now := e.Now()
	return printValues(e, cards, func(c wallet.Card) strictjson.Value { return c.JSON(now) })
}

// printValues prints things as a JSON array.
func printValues[T any](e *terminal.Env, things []T, value func(T) strictjson.Value) error {
	values := make([]strictjson.Value, len(things))
	for i, thing := range things {
		values[i] = value(thing)
	}
	_, err := e.Stdout.Write(strictjson.Array(values...).Indented())
	return err
}

// tellNews tells that a badge stands otherwise than the learner last saw it.
func tellNews(e *terminal.Env, c *wallet.Card) {
	e.Notef("New since %s: %s (%s): %s\n", c.News.Since.Format(time.DateOnly), credential.Plain(c.Title), c.ID[:8], c.Headline)
}
