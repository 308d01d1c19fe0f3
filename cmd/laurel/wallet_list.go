package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/rivo/uniseg"

	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/wallet"
)

type walletListCmd struct {
	judging  `embed:""`
	Text     string `arg:"" optional:"" help:"Only those with this text in title, issuer, skills or types."`
	Skill    string `help:"Only those with this skill: a tag, or what it is aligned to."`
	Issuer   string `help:"Only those of this issuer: a part of its name or id."`
	Type     string `help:"Only those of this type, such as Course."`
	State    string `enum:",valid,ending,expired,not yet,rejected,unclear,old" default:"" placeholder:"STATE" help:"Only those in this state: valid, ending, expired, 'not yet', rejected, unclear or old."`
	Check    bool   `help:"Check each again first."`
	Receipts bool   `help:"List what you showed to whom instead."`
	JSON     bool   `name:"json" help:"Print JSON."`
}

// Help is what laurel wallet list --help says beyond the flags.
func (walletListCmd) Help() string {
	return "The state is that of the last check, with today's date: run with --check to ask the issuers again. " +
		"'ending' means that it ends within 60 days, 'old' that it is an Open Badges 2.0 badge, which has no proof."
}

func (c walletListCmd) query() wallet.Query {
	return wallet.Query{Text: c.Text, Skill: c.Skill, Issuer: c.Issuer, Type: c.Type, State: wallet.State(c.State)}
}

// Run lists the cards or the receipts.
func (c walletListCmd) Run(e *env, top *walletCmd) error {
	check, err := c.check(e)
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
func (c walletListCmd) recheck(e *env, w *wallet.Wallet) error {
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
func printTable(e *env, cards []wallet.Card) {
	now := e.Now()
	if len(cards) == 0 {
		e.notef("Nothing found.\n")
		return
	}
	e.printf("%-8s  %-8s  %-28s  %-18s  %s\n", "ID", "STATE", "TITLE", "ISSUER", "ENDS")
	ending := 0
	for i := range cards {
		c := &cards[i]
		state := c.State(now)
		if state == wallet.StateEnding {
			ending++
		}
		e.printf("%-8s  %-8s  %s  %s  %s\n", c.ID[:8], state, fit(c.Title, 28), fit(cmp.Or(c.IssuerName, c.Issuer), 18), day(c.Until))
	}
	if ending > 0 {
		e.notef("%s within 60 days: ask the issuer for a new one in time.\n", plural(ending, "badge ends", "badges end"))
	}
}

// fit makes a text exactly n columns wide on a terminal, where many scripts have
// letters of two columns and marks of none.
func fit(s string, n int) string {
	width := uniseg.StringWidth(s)
	if width <= n {
		return s + strings.Repeat(" ", n-width)
	}
	var out strings.Builder
	width, state := 0, -1
	for s != "" {
		var letter string
		var columns int
		letter, s, columns, state = uniseg.FirstGraphemeClusterInString(s, state)
		if width+columns > n-1 {
			break
		}
		out.WriteString(letter)
		width += columns
	}
	return out.String() + "…" + strings.Repeat(" ", n-1-width)
}

func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

func (c walletListCmd) receipts(e *env, w *wallet.Wallet) error {
	all, err := w.Receipts(e.Context)
	if err != nil {
		return err
	}
	if c.JSON {
		return printValues(e, all, func(r wallet.Receipt) strictjson.Value { return r.JSON() })
	}
	if len(all) == 0 {
		e.notef("You have shown nothing yet.\n")
	}
	for _, r := range all {
		e.printf("%s  to %s\n", r.When.Format("2006-01-02 15:04"), cmp.Or(r.Audience, r.Domain, "somebody"))
		for _, shown := range r.Credentials {
			e.printf("  %s, from %s", shown.Title, shown.Issuer)
			if summary := shown.Summary(); summary != "" {
				e.printf(": %s", summary)
			}
			e.printf("\n")
		}
		e.printf("  as %s\n  SHA-256 %s\n", r.Holder, r.SHA256)
	}
	return nil
}

func printCards(e *env, cards []wallet.Card) error {
	now := e.Now()
	return printValues(e, cards, func(c wallet.Card) strictjson.Value { return c.JSON(now) })
}

// printValues prints things as a JSON array.
func printValues[T any](e *env, things []T, value func(T) strictjson.Value) error {
	values := make([]strictjson.Value, len(things))
	for i, thing := range things {
		values[i] = value(thing)
	}
	_, err := e.Stdout.Write(strictjson.Array(values...).Indented())
	return err
}
