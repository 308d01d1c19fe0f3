package web

import (
	"cmp"
	"context"
	"time"

	"laurel/credential"
	"laurel/internal/ui"
	"laurel/wallet"
)

// tile is a badge in a list, as a small certificate: every choice of tone and
// word made, so that the templates only place things.
type tile struct {
	wallet.Card
	Picture bool   // it has one that may be shown
	Alt     string // what is on it
	Chosen  bool
	Mark    string // icon of the state
	Tone    string // its colour; "plain" has none
	State   string // how it stands, in a sentence
}

// Presentable reports whether it can go into an answer.
func (t *tile) Presentable() bool { return t.Verdict != wallet.Old }

// From names the issuer in a line: what is proven before what it calls itself.
func (t *tile) From() string { return issuerLabel(&t.Card) }

// newTile prepares a card for a list.
func newTile(c wallet.Card, now time.Time) *tile {
	t := &tile{Card: c}
	t.Mark, t.Tone, t.State = standing(&c, now)
	return t
}

// withPicture looks into the document for a picture. A document that cannot be
// read leaves the badge without one; its own page says what is wrong.
func (s *Server) withPicture(ctx context.Context, t *tile) *tile {
	raw, err := s.wallet.Document(ctx, t.ID)
	if err != nil {
		return t
	}
	badge, err := wallet.ReadBadge(raw)
	if err != nil {
		return t
	}
	img := badge.Picture()
	t.Picture, t.Alt = ui.Image(img) != "", cmp.Or(img.Caption, "The badge's picture")
	return t
}

// standing says how a badge stands on a day. It is green only if its issuer is
// on the learner's list of trusted issuers, as on a verifier's pages.
func standing(c *wallet.Card, now time.Time) (mark, tone, sentence string) {
	switch c.State(now) {
	case wallet.StateValid:
		tone = "plain"
		if c.Proven.Listed != "" {
			tone = "good"
		}
		if c.Until.IsZero() {
			return "good", tone, "Valid, with no end date"
		}
		return "good", tone, "Valid until " + ui.Date(c.Until)
	case wallet.StateEnding:
		return "caution", "caution", "Ends soon, on " + ui.Date(c.Until)
	case wallet.StateExpired:
		return "caution", "caution", "Expired on " + ui.Date(c.Until)
	case wallet.StateEarly:
		return "caution", "caution", "Valid only from " + ui.Date(c.From)
	case wallet.StateRejected:
		return "bad", "bad", c.Headline
	case wallet.StateOld:
		return "skipped", "plain", "Old format: kept, but cannot be shown"
	default:
		return "caution", "caution", c.Headline
	}
}

// states are the choices of the filter, in the order of a learner's interest.
var states = []struct {
	State wallet.State
	Label string
}{
	{wallet.StateValid, "Valid"},
	{wallet.StateEnding, "Ends soon"},
	{wallet.StateExpired, "Expired"},
	{wallet.StateEarly, "Not valid yet"},
	{wallet.StateRejected, "Revoked or not in order"},
	{wallet.StateUnclear, "Not confirmed"},
	{wallet.StateOld, "Old format"},
}

// signer is what is known of the issuer of a badge.
func signer(b *credential.Badge, c wallet.Checked) *ui.Signer {
	if !c.Signed {
		return nil
	}
	return &ui.Signer{ID: b.Issuer.ID, Claims: b.Issuer.Name, Listed: c.Issuer.Listed, Domain: c.Issuer.Domain}
}

// seen is what an employer would see of something.
type seen struct {
	wallet.Checked
	Level int    // of its heading
	Name  string // of a part: the badge's title
	Mark  string
	Word  string // the verdict in a word or two
	Rows  []row
	Parts []*seen
}

// Sub is the level of headings inside.
func (s *seen) Sub() int { return s.Level + 1 }

// row is one finding.
type row struct {
	wallet.Finding
	Mark string
	Word string
}

// newSeen prepares a check for a page; names are those of its parts.
func newSeen(c wallet.Checked, level int, names ...string) *seen {
	s := &seen{Checked: c, Level: level, Mark: string(cmp.Or(c.Tone, wallet.Caution)), Word: word(c)}
	for _, f := range c.Findings {
		s.Rows = append(s.Rows, newRow(f))
	}
	for i, p := range c.Parts {
		part := newSeen(p, level+1)
		if i < len(names) {
			part.Name = names[i]
		}
		s.Parts = append(s.Parts, part)
	}
	return s
}

// word is the verdict in short, beside the icon; the headline says it in full.
func word(c wallet.Checked) string {
	switch {
	case c.Verdict == wallet.Accepted && c.Tone == wallet.Good:
		return "Confirmed"
	case c.Verdict == wallet.Accepted:
		return "Confirmed, with a caution"
	case c.Verdict == wallet.Undetermined:
		return "Not confirmed"
	case c.Verdict == wallet.Old:
		return "Old format"
	case c.Tone == wallet.Bad:
		return "Rejected"
	default:
		return "Not accepted"
	}
}

func newRow(f wallet.Finding) row {
	r := row{Finding: f}
	switch f.Outcome {
	case "passed":
		r.Mark, r.Word = "good", "Passed"
	case "failed":
		r.Mark, r.Word = "bad", "Failed"
	case "unknown":
		r.Mark, r.Word = "caution", "Could not be checked"
	default:
		r.Mark, r.Word = "skipped", "Left out"
	}
	return r
}
