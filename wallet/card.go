package wallet

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"laurel/credential"
)

// maxCardText bounds a text on a card, in bytes: cards are for lists and
// searches, the document has the rest.
const maxCardText = 300

// RenewalWindow is how long before its end a badge counts as ending soon.
const RenewalWindow = 60 * 24 * time.Hour

// Card is what a wallet shows of a credential in a list, written when it was
// added and brought up to date when it is checked again.
type Card struct {
	ID         string // 16 hex digits, made from the content
	Title      string
	Issuer     string // the issuer's id
	IssuerName string // what it calls itself
	Subject    string // the DID of the earner; "" if the credential names none
	Credential string // the id of the credential; often ""
	Types      []string
	Skills     []string // tags, and names of alignments
	Added      time.Time
	From       time.Time // zero if not set
	Until      time.Time // zero if not set
	Verdict    Verdict   // of the last check
	Headline   string    // of the last check
	Proven     Issuer    // what the last check proved of the issuer
	Checked    time.Time // when that was
	Size       int       // bytes of the document
	News       News      // what the learner has not seen yet; zero if nothing
}

// News is that a badge stands otherwise than the learner last saw it, as a check in
// the background found.
type News struct {
	Was   Verdict   // what the learner last saw
	Since time.Time // when a check first found otherwise; zero if there is no news
}

// Exists reports whether there is anything that the learner has not seen.
func (n News) Exists() bool { return !n.Since.IsZero() }

// State is how a credential stands on a day.
type State string

// The states, worst first.
const (
	StateRejected State = "rejected" // the last check said so: revoked, forged …
	StateExpired  State = "expired"
	StateEarly    State = "not yet"
	StateEnding   State = "ending" // valid, and its end is near: time to renew
	StateUnclear  State = "unclear"
	StateOld      State = "old" // Open Badges 2.0
	StateValid    State = "valid"
)

// State says how the credential stands at a time, as far as its dates and the
// last check tell; nothing is checked anew.
func (c *Card) State(now time.Time) State {
	switch {
	case c.Verdict == Old:
		return StateOld
	case !c.Until.IsZero() && now.After(c.Until):
		return StateExpired
	case !c.From.IsZero() && now.Before(c.From):
		return StateEarly
	case c.Verdict == Rejected:
		return StateRejected
	case !c.Until.IsZero() && now.Add(RenewalWindow).After(c.Until):
		return StateEnding
	case c.Verdict == Undetermined:
		return StateUnclear
	default:
		return StateValid
	}
}

// Query chooses cards. A field that is empty chooses all; texts match anywhere
// and in either case.
type Query struct {
	Text   string // in the title, the issuer, the skills, the types or the id
	Skill  string // in a tag or an alignment
	Issuer string // in a name of the issuer or its id
	Type   string // in a type
	State  State
}

// Matches reports whether a card is chosen, with states as of now.
func (q Query) Matches(c *Card, now time.Time) bool {
	return (q.State == "" || q.State == c.State(now)) &&
		among(q.Skill, c.Skills...) &&
		among(q.Issuer, c.Issuer, c.IssuerName, c.Proven.Listed) &&
		among(q.Type, c.Types...) &&
		(among(q.Text, c.ID, c.Title, c.Issuer, c.IssuerName, c.Credential) || among(q.Text, c.Skills...) || among(q.Text, c.Types...))
}

// among reports whether what is somewhere in one of the texts.
func among(what string, texts ...string) bool {
	if what == "" {
		return true
	}
	what = strings.ToLower(what)
	return slices.ContainsFunc(texts, func(s string) bool { return strings.Contains(strings.ToLower(s), what) })
}

// cardOf reads a card from a badge.
func cardOf(b credential.Badge) Card {
	c := Card{
		Title:      short(cmp.Or(b.Title(), b.Achievement().ID, "(without a name)")),
		Issuer:     short(b.Issuer.ID),
		IssuerName: short(b.Issuer.Name),
		Subject:    b.Earner.ID,
		Credential: short(b.ID),
		From:       b.ValidFrom,
		Until:      b.ValidUntil,
	}
	for _, t := range b.Types {
		if t != "VerifiableCredential" {
			c.Types = append(c.Types, short(t))
		}
	}
	for _, a := range b.Achievements {
		if a.Type != "" {
			c.Types = append(c.Types, short(a.Type))
		}
		for _, tag := range a.Tags {
			c.Skills = append(c.Skills, short(tag))
		}
		for _, al := range a.Alignments {
			c.Skills = append(c.Skills, short(al.Name))
		}
	}
	return c
}

// short cuts a text for a card, between two characters.
func short(s string) string {
	if len(s) <= maxCardText {
		return s
	}
	cut := maxCardText - len("…")
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// cardVersion is how cards are written now. Version 1 had no news.
const cardVersion = 2

func (c *Card) encode() []byte {
	e := encoder{cardVersion}
	for _, s := range []string{c.ID, c.Title, c.Issuer, c.IssuerName, c.Subject, c.Credential, string(c.Verdict), c.Headline, c.Proven.Listed, c.Proven.Domain} {
		e.text(s)
	}
	e.list(c.Types)
	e.list(c.Skills)
	for _, t := range []time.Time{c.Added, c.From, c.Until, c.Checked} {
		e.time(t)
	}
	e.number(uint64(c.Size))
	e.text(string(c.News.Was))
	e.time(c.News.Since)
	return e
}

func decodeCard(plain []byte) (Card, error) {
	d := decoder{rest: string(plain)}
	version := d.versionUpTo(cardVersion)
	c := Card{
		ID: d.text(), Title: d.text(), Issuer: d.text(), IssuerName: d.text(), Subject: d.text(), Credential: d.text(),
		Verdict: Verdict(d.text()), Headline: d.text(), Proven: Issuer{Listed: d.text(), Domain: d.text()},
		Types: d.list(), Skills: d.list(),
		Added: d.time(), From: d.time(), Until: d.time(), Checked: d.time(),
		Size: int(d.number()),
	}
	if version > 1 {
		c.News = News{Was: Verdict(d.text()), Since: d.time()}
	}
	if err := d.end(); err != nil {
		return Card{}, err
	}
	return c, nil
}
