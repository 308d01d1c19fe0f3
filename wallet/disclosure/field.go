package disclosure

import (
	"slices"
	"strconv"
	"strings"

	"laurel/internal/strictjson"
)

// Claim is one thing that a credential says.
type Claim struct {
	Pointer string           // JSON pointer to it
	Label   string           // what it is, for people: "Value"
	Place   string           // the same with what it is in: "About you › Results › Result 1 › Value"
	Value   strictjson.Value // what it says
	Text    string           // the same for people; "" of a Field with others in it
	Shown   bool             // a verifier will read it; of a Field with others in it, all of them
	Chosen  bool             // since the holder chose it
	// Fixed says why it is shown whatever the holder chooses; "" if it need not be.
	Fixed string
	// Beyond says why it is more than most purposes need; "" if it is not.
	Beyond string

	unit string // what is shown and withheld with it: pointer to a disclosure, or to itself
	kind int    // of Beyond: a place in kinds, -1 if none
}

// Field is a claim, or a place with others in it.
type Field struct {
	Claim
	Inner []Field
}

// Count tells how many of the claims in it are shown, of how many.
func (f *Field) Count() (shown, of int) {
	if len(f.Inner) == 0 {
		if f.Shown {
			return 1, 1
		}
		return 0, 1
	}
	for i := range f.Inner {
		s, o := f.Inner[i].Count()
		shown, of = shown+s, of+o
	}
	return shown, of
}

// leaf is a claim before it has been put into words.
type leaf struct {
	pointer, unit        string
	shown, fixed, chosen bool

	path strictjson.Pointer
}

// plant makes the tree of a credential that says this.
func (d *Disclosure) plant(leaves []leaf, said strictjson.Value) {
	chosen := setOf(d.Chosen)
	for i := range leaves {
		l := &leaves[i]
		l.path, _ = strictjson.ParsePointer(l.pointer) // made from a document, so it is one
		l.chosen = l.chosen || within(l.pointer, chosen)
	}
	d.Fields = (&planter{d: d, said: said}).grow(leaves, 0, around{})
}

type planter struct {
	d    *Disclosure
	said strictjson.Value
}

// around is what a field is in, in words.
type around struct{ label, place string }

func (a around) inside(label string) around {
	if a.place == "" {
		return around{label, label}
	}
	return around{label, a.place + " › " + label}
}

// grow makes the fields of leaves that share their first steps.
func (p *planter) grow(leaves []leaf, depth int, in around) []Field {
	var out []Field
	for i := 0; i < len(leaves); {
		path := leaves[i].path
		if len(path) <= depth { // the whole document is one value
			out, i = append(out, Field{Claim: p.claim(leaves[i], in)}), i+1
			continue
		}
		end := i + 1
		for end < len(leaves) && len(leaves[end].path) > depth && leaves[end].path[depth] == path[depth] {
			end++
		}
		name := in.inside(labelOf(path[:depth+1], in.label))
		if end == i+1 && len(path) == depth+1 {
			out = append(out, Field{Claim: p.claim(leaves[i], name)})
		} else {
			out = append(out, p.group(path[:depth+1], name, p.grow(leaves[i:end], depth+1, name)))
		}
		i = end
	}
	return out
}

// claim puts a leaf into words.
func (p *planter) claim(l leaf, in around) Claim {
	c := Claim{
		Pointer: l.pointer, Label: in.label, Place: in.place, Value: p.said.At(l.path),
		Shown: l.shown, Chosen: l.chosen && !l.fixed, unit: l.unit, kind: kindOf(l.path, p.said),
	}
	c.Text = textOf(c.Value)
	if c.kind >= 0 {
		c.Beyond = kinds[c.kind].why
	}
	switch {
	case l.fixed && p.d.Partial:
		c.Fixed = reason(l.path)
	case l.fixed:
		c.Fixed = "the badge is shown whole or not at all"
	}
	p.d.Claims = append(p.d.Claims, c)
	return c
}

// group is a field with others in it.
func (p *planter) group(path strictjson.Pointer, in around, inner []Field) Field {
	f := Field{Inner: inner}
	f.Pointer, f.Label, f.Place, f.Value = path.String(), in.label, in.place, p.said.At(path)
	f.Shown, f.Chosen, f.Fixed, f.kind = true, true, inner[0].Fixed, -1
	for i := range inner {
		f.Shown = f.Shown && inner[i].Shown
		f.Chosen = f.Chosen && inner[i].Chosen
		if inner[i].Fixed == "" {
			f.Fixed = ""
		}
	}
	return f
}

// Toggle is the choice after a person has turned the field at that place on or
// off: on, unless all of it was on. What cannot be shown without each other goes
// together; what is fixed stays. The answer is as short as it can be.
func (d *Disclosure) Toggle(pointer string) []string {
	on, units, allOn := map[string]bool{}, map[string]bool{}, true
	var target []string
	for _, c := range d.Claims {
		if c.Chosen {
			on[c.Pointer] = true
		}
		if c.Fixed == "" && below(c.Pointer, pointer) {
			target, allOn, units[c.unit] = append(target, c.Pointer), allOn && c.Chosen, true
		}
	}
	if !allOn {
		for _, p := range target {
			on[p] = true
		}
	} else {
		for _, c := range d.Claims {
			if within(c.unit, units) {
				delete(on, c.Pointer)
			}
		}
	}
	if !d.Partial || len(on) == 0 {
		return nil
	}
	all := Field{Inner: d.Fields}
	return all.shortest(nil, on)
}

// shortest names the claims that are on by as few pointers as can be.
func (f *Field) shortest(out []string, on map[string]bool) []string {
	free, chosen := f.free(on)
	switch {
	case chosen == 0:
		return out
	case chosen == free:
		return append(out, f.Pointer)
	}
	for i := range f.Inner {
		out = f.Inner[i].shortest(out, on)
	}
	return out
}

// free counts the claims in a field that can be chosen, and those that are on.
func (f *Field) free(on map[string]bool) (free, chosen int) {
	for i := range f.Inner {
		n, m := f.Inner[i].free(on)
		free, chosen = free+n, chosen+m
	}
	if len(f.Inner) == 0 && f.Fixed == "" {
		free = 1
		if on[f.Pointer] {
			chosen = 1
		}
	}
	return free, chosen
}

// reason says why a claim is always shown, of a credential that can be shown in
// part.
func reason(p strictjson.Pointer) string {
	if len(p) == 0 {
		return "its issuer wants it shown"
	}
	switch last := p[len(p)-1]; {
	case p[0] == "issuer", p[0] == "iss":
		return "says who vouches for it"
	case slices.Contains([]string{"validFrom", "validUntil", "issuanceDate", "expirationDate", "nbf", "exp", "iat"}, p[0]):
		return "says when it is in force"
	case p[0] == "credentialStatus", p[0] == "status":
		return "shows whether it was revoked"
	case p[0] == "credentialSchema":
		return "says what form it has"
	case p[0] == "vct", p[0] == "vct#integrity":
		return "says what it is"
	case len(p) == 1 && (last == "id" || last == "jti"):
		return "names the badge"
	case p[0] == "cnf":
		return "names the key that is yours"
	case p[0] == "sub", p[0] == "credentialSubject" && last == "id" && len(names(p)) == 2:
		return "says whose it is"
	case last == "id":
		return "comes with what is beside it"
	default:
		return "its issuer wants it shown"
	}
}

// names are the steps of a pointer without the places in arrays.
func names(p strictjson.Pointer) []string {
	return slices.DeleteFunc(slices.Clone(p), isPlace)
}

// isPlace reports whether a step is a place in an array.
func isPlace(step string) bool { return step != "" && strings.Trim(step, "0123456789") == "" }

// labelOf is what people call the last step of a path; within is what they call
// the one before it.
func labelOf(path strictjson.Pointer, within string) string {
	step := path[len(path)-1]
	if isPlace(step) {
		n, _ := strconv.Atoi(step)
		return singular(within) + " " + strconv.Itoa(n+1)
	}
	if step == "id" && len(path) > 1 && names(path[:len(path)-1])[0] == "credentialSubject" && len(names(path)) == 2 {
		return "Your identity"
	}
	if label, ok := labels[step]; ok {
		return label
	}
	return spaced(step)
}
