package disclosure

import (
	"crypto"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// chooseToken keeps the disclosures that were chosen, with those around them.
func (c *Credential) chooseToken(d *Disclosure) ([]leaf, error) {
	if c.sd == nil {
		d.Bytes, d.Document = []byte(c.compact), c.said
		return wholeLeaves(c.said), nil
	}
	selected := c.spread(d.Chosen)
	chosen, err := c.sd.Select(selected)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClaim, err)
	}
	shown, err := chosen.Claims()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotPresentable, err)
	}
	d.Bytes, d.Document = []byte(chosen.Compact()), shown.Document
	if !d.Partial {
		return wholeLeaves(c.said), nil
	}
	units, revealed := setOf(c.units), make(map[string]bool, len(selected))
	for _, p := range selected {
		for place := range outward(p) { // what a disclosure lies in is shown with it
			revealed[place] = true
		}
	}
	var leaves []leaf
	for _, pointer := range leafPointers(nil, c.said, "", func(pointer string) bool { return units[pointer] }) {
		l := leaf{pointer: pointer, unit: innermost(pointer, units)}
		l.fixed = l.unit == ""
		l.chosen = !l.fixed && revealed[l.unit]
		l.shown = l.fixed || l.chosen
		leaves = append(leaves, l)
	}
	return leaves, nil
}

// spread turns pointers that choose all that is in a place into pointers to every
// disclosure there: what is a disclosure of its own stays hidden otherwise.
func (c *Credential) spread(pointers []string) []string {
	var out []string
	for _, p := range pointers {
		out = append(out, p)
		for _, unit := range c.units {
			if below(unit, p) {
				out = append(out, unit)
			}
		}
	}
	return out
}

// wholeLeaves are the leaves of what is shown whole.
func wholeLeaves(said strictjson.Value) []leaf {
	var leaves []leaf
	for _, pointer := range leafPointers(nil, said, "", func(string) bool { return false }) {
		leaves = append(leaves, leaf{pointer: pointer, unit: pointer, shown: true, fixed: true})
	}
	return leaves
}

// leafPointers lists the texts, numbers and the like of a document, and what is
// empty. Types and contexts are left out, as they come with what is beside them,
// unless they can be chosen by themselves.
func leafPointers(out []string, v strictjson.Value, at string, always func(pointer string) bool) []string {
	switch {
	case len(v.Members()) > 0:
		for _, m := range v.Members() {
			inner := at + strictjson.Pointer{m.Name}.String()
			if (m.Name == "type" || m.Name == "@context") && !always(inner) {
				continue
			}
			out = leafPointers(out, m.Value, inner, always)
		}
	case len(v.Elems()) > 0:
		for i, e := range v.Elems() {
			out = leafPointers(out, e, at+"/"+strconv.Itoa(i), always)
		}
	default:
		out = append(out, at)
	}
	return out
}

// below reports whether a place is at another or inside it.
func below(place, of string) bool { return place == of || strings.HasPrefix(place, of+"/") }

// outward goes from a place to what it is in, and so on, to the whole document.
// Tokens of strangers can have thousands of places: they are looked up this way, and
// not compared with one another.
func outward(place string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for yield(place) && place != "" {
			place = place[:max(0, strings.LastIndexByte(place, '/'))]
		}
	}
}

// innermost is the smallest of some places that a place is in, "" if there is none.
func innermost(place string, places map[string]bool) string {
	for p := range outward(place) {
		if places[p] {
			return p
		}
	}
	return ""
}

// within reports whether a place is in one of some places.
func within(place string, places map[string]bool) bool {
	return places[""] || innermost(place, places) != ""
}

func setOf(places []string) map[string]bool {
	set := make(map[string]bool, len(places))
	for _, p := range places {
		set[p] = true
	}
	return set
}

// Bind makes the answer of a holder to a challenge, of a token with disclosures:
// Bytes with a key binding behind them (RFC 9901, section 4.3), signed with the key
// that the issuer named. It wraps what proof.PresentSDJWT does.
func (d *Disclosure) Bind(key crypto.Signer, challenge, domain string, at time.Time) ([]byte, error) {
	token, err := sdjwt.Parse(d.Bytes)
	if err != nil {
		return nil, err
	}
	claims, err := token.Claims()
	if err != nil {
		return nil, err
	}
	opt := proof.PresentOptions{Key: key, Challenge: challenge, Domain: domain, At: at}
	for _, c := range claims.Disclosed {
		opt.Pointers = append(opt.Pointers, c.Pointer)
	}
	bound, err := proof.PresentSDJWT(string(d.Bytes), opt)
	return []byte(bound), err
}

// Bindable reports whether that identity can answer a challenge with the token by
// itself, without a presentation around it.
func (d *Disclosure) Bindable(holder string) bool {
	return strings.HasSuffix(d.Type, "+sd-jwt") && d.Holder == holder
}

// holderOf is the DID of the key in a confirmation claim (RFC 7800), "" if there is
// none that is read.
func holderOf(cnf strictjson.Value) string {
	if kid, ok := cnf.Get("kid").Text(); ok {
		id, _, _ := strings.Cut(kid, "#")
		return id
	}
	key, err := did.ParseJWK(cnf.Get("jwk"))
	if err != nil {
		return ""
	}
	id, err := did.FormatKey(key)
	if err != nil {
		return "" // of a kind that identities of a wallet never have
	}
	return id
}
