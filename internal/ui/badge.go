package ui

import (
	"cmp"
	"html/template"

	"laurel/credential"
)

// Badge is what a credential says, for the piece "badge" that every actor's
// pages have:
//
//	{{template "badge" (dict "Badge" .Badge "Level" 1)}}
//
// The Level is that of its heading, and an Anchor would be the heading's id.
// With a Line (anything with Mark, Word and Headline) there is a verdict below
// the heading.
type Badge struct {
	*credential.Badge
	Signer  *Signer      // nil when nobody knows
	Picture template.URL // "" when there is none that may be shown
	Remote  string       // address of a picture that was not loaded
	Main    credential.Achievement
	Others  []credential.Achievement
}

// Signer is who signed a credential, with what is proven kept apart from what it
// says of itself. An empty field is not known.
type Signer struct {
	ID     string // the DID or URL whose key signed
	Domain string // the web address that is proven to be its own
	Listed string // its name on a list of trusted issuers
	List   string // that list, to the reader; "" is "your list of trusted issuers"
	Claims string // the name it gives itself: not proven
}

// NewBadge prepares a badge for a page.
func NewBadge(b *credential.Badge, signer *Signer) *Badge {
	img := b.Picture()
	view := &Badge{Badge: b, Signer: signer, Main: b.Achievement(), Picture: Image(img), Remote: img.Link().Web()}
	if len(b.Achievements) > 1 {
		view.Others = b.Achievements[1:]
	}
	return view
}

// Heading is the name of the badge; one without any name says so.
func (b *Badge) Heading() string { return cmp.Or(b.Title(), "A credential without a name") }

// Kind says what sort of achievement it is: "Micro credential".
func (b *Badge) Kind() string { return Spaced(b.Main.Type) }

// About is the description, of the achievement if there is one.
func (b *Badge) About() string { return cmp.Or(b.Main.Description, b.Description) }

// Skills are the tags; alignments have a list of their own.
func (b *Badge) Skills() []string { return b.Main.Tags }

// Alt describes the picture for those who cannot see it.
func (b *Badge) Alt() string {
	return cmp.Or(b.Badge.Picture().Caption, "The badge's picture")
}
