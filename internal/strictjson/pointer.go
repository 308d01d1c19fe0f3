package strictjson

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrPointer says that a text is no JSON pointer, or that it leads nowhere in
// the document at hand.
var ErrPointer = errors.New("not a JSON pointer that fits")

// Pointer is a JSON pointer (RFC 6901) taken apart: the names of members and the
// places of elements that lead from a document to one of its values.
// "/credentialSubject/result/0" is {"credentialSubject", "result", "0"}; the zero
// Pointer is the whole document.
type Pointer []string

var (
	pointerEscape   = strings.NewReplacer("~", "~0", "/", "~1")
	pointerUnescape = strings.NewReplacer("~1", "/", "~0", "~")
)

// ParsePointer reads the textual form. It wraps ErrPointer.
func ParsePointer(s string) (Pointer, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("%w: %q does not begin with a slash", ErrPointer, s)
	}
	p := Pointer(strings.Split(s[1:], "/"))
	for i, step := range p {
		plain := strings.ReplaceAll(strings.ReplaceAll(step, "~0", ""), "~1", "")
		if strings.Contains(plain, "~") {
			return nil, fmt.Errorf("%w: %q has a ~ that is neither ~0 nor ~1", ErrPointer, s)
		}
		p[i] = pointerUnescape.Replace(step)
	}
	return p, nil
}

// String is the textual form.
func (p Pointer) String() string {
	var b strings.Builder
	for _, step := range p {
		b.WriteByte('/')
		b.WriteString(EscapeStep(step))
	}
	return b.String()
}

// EscapeStep is the name of a member as one step of the textual form.
func EscapeStep(name string) string { return pointerEscape.Replace(name) }

// Within reports whether a pointer, in its textual form, leads to the place of
// another or into it.
func Within(pointer, place string) bool {
	return pointer == place || strings.HasPrefix(pointer, place+"/")
}

// At returns the value that the pointer leads to; Absent if there is none. An
// element of an array is named by its place in decimal digits without leading
// zeros.
func (v Value) At(p Pointer) Value {
	for _, step := range p {
		if v.kind != List {
			v = v.Get(step)
			continue
		}
		i, err := strconv.Atoi(step)
		if err != nil || i < 0 || i >= len(v.node.elems) || strconv.Itoa(i) != step {
			return Value{}
		}
		v = v.node.elems[i]
	}
	return v
}
