package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"laurel/credential"
	"laurel/wallet"
	"laurel/wallet/disclosure"
)

// maxNodes bounds the fields of all trees on a page; the longest transcript seen
// has 1,900. What is beyond them is shown or withheld as its neighbours are.
const maxNodes = 4_000

// tree is what a badge says, to choose from.
type tree struct {
	*tile
	Partial bool
	Summary string // "6 of 31 fields, the rest stays home"
	Nodes   []node
	Beyond  []disclosure.Excess
	Links   []string
}

// node is a field of a tree, or a place with others in it.
type node struct {
	Control string // id of its checkbox
	Value   string // what the checkbox sends: the card's id, a space, the pointer
	Label   string
	Text    string
	Fixed   string // why it is always shown
	Beyond  string // why it is more than most purposes need
	On      bool   // chosen
	Shown   bool
	Inner   []node
	Count   int // fields in it that are shown
	Of      int
	Free    bool // there is something in it to choose
	Open    bool // it is at the top, or something in it was chosen
}

// Along reports whether it is shown for the sake of something else that was
// chosen.
func (n node) Along() bool { return n.Shown && !n.On && n.Fixed == "" }

// All is what pressing the button of a place with others in it does.
func (n node) All() string {
	if n.On {
		return "None of it"
	}
	return "All of it"
}

// choices are what the checkboxes of the trees sent, of the cards that are shown.
func (f *form) choices() []wallet.Choice {
	var out []wallet.Choice
	for _, value := range f.Values["show"] {
		if id, pointer, ok := strings.Cut(value, " "); ok && slices.Contains(f.Values["card"], id) {
			out = append(out, wallet.Choice{Credential: id, Pointer: pointer})
		}
	}
	return out
}

// plant makes the trees of the cards of a choice, and toggles the field that a
// button of one named.
func (s *Server) plant(ctx context.Context, view *chooseView, toggle string) error {
	card, pointer, _ := strings.Cut(toggle, " ")
	p := planter{left: maxNodes}
	for _, t := range view.Tiles {
		var pointers []string
		for _, c := range view.Asked.Show {
			if c.Credential == t.ID {
				pointers = append(pointers, c.Pointer)
			}
		}
		d, err := s.wallet.Disclose(ctx, t.ID, pointers)
		if errors.Is(err, wallet.ErrClaim) { // a page of ours offers only what there is
			view.Notice = cmpNotice(view.Notice, "Something was chosen of “"+t.Title+"” that cannot be shown by itself.")
			d, err = s.wallet.Disclose(ctx, t.ID, nil)
		}
		if err == nil && t.ID == card {
			d, err = s.wallet.Disclose(ctx, t.ID, d.Toggle(pointer))
		}
		switch {
		case errors.Is(err, wallet.ErrNotPresentable):
			view.Notice = cmpNotice(view.Notice, err.Error())
		case err != nil:
			return err
		default:
			view.Trees = append(view.Trees, p.tree(t, d))
		}
	}
	return nil
}

func cmpNotice(first, second string) string {
	if first != "" {
		return first
	}
	return second
}

// planter makes trees that have at most so many nodes left.
type planter struct {
	left   int
	number int
}

func (p *planter) tree(t *tile, d *wallet.Disclosure) *tree {
	return &tree{
		tile: t, Partial: d.Partial, Summary: d.Summary(), Links: d.Links, Beyond: d.Beyond(""),
		Nodes: p.nodes(t.ID, d.Fields, 0),
	}
}

func (p *planter) nodes(card string, fields []disclosure.Field, depth int) []node {
	var out []node
	for i := range fields {
		if p.left--; p.left < 0 {
			return out
		}
		p.number++
		f := &fields[i]
		n := node{
			Control: fmt.Sprintf("field-%d", p.number), Value: card + " " + f.Pointer,
			Label: credential.Plain(f.Label), Text: shortened(credential.Plain(f.Text)),
			Fixed: f.Fixed, Beyond: f.Beyond, On: f.Chosen, Shown: f.Shown,
		}
		n.Count, n.Of = f.Count()
		n.Inner = p.nodes(card, f.Inner, depth+1)
		n.Free = slices.ContainsFunc(n.Inner, func(inner node) bool { return inner.Fixed == "" || inner.Free })
		n.Open = n.Free && depth == 0 || slices.ContainsFunc(n.Inner, func(inner node) bool { return inner.On || inner.Along() || inner.Open })
		out = append(out, n)
	}
	return out
}
