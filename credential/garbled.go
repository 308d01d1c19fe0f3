package credential

import (
	"slices"
	"strings"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// maxGarbling bounds how often a text is taken apart: each system that a badge
// passes can garble it once more, and three are as many as have been seen.
const maxGarbling = 3

// Garbled is a text that some program on its way read in the wrong encoding.
type Garbled struct {
	Path    string // JSON pointer to the text
	Written string // as it stands in the document: "ZÃ¼rich"
	Meant   string // as it was before: "Zürich"; "" if that is lost
}

// FindGarbled looks for texts that were written in UTF-8 and read as Latin-1 or
// Windows-1252, which turns "ü" into "Ã¼" and "’" into "â€™" (mojibake), and for
// the replacement character, which stands where something is lost. At most 50.
//
// A document that was garbled after signing no longer fits its signature; one
// that was garbled before fits, and says something else than was meant. It is a
// guess: nothing is decided by it.
func FindGarbled(doc strictjson.Value) []Garbled {
	var out []Garbled
	findGarbled(place{v: doc}, &out)
	return out
}

func findGarbled(at place, out *[]Garbled) {
	if text, ok := at.v.Text(); ok && len(*out) < maxProblems && !strings.HasPrefix(text, "data:") {
		meant := Ungarble(text)
		lost := strings.ContainsRune(text, utf8.RuneError)
		if lost {
			meant = ""
		}
		if lost || meant != text {
			*out = append(*out, Garbled{Path: at.path, Written: text, Meant: meant})
		}
	}
	for _, m := range at.v.Members() {
		findGarbled(at.get(m.Name), out)
	}
	if at.v.Kind() == strictjson.List {
		for _, e := range at.list() {
			findGarbled(e, out)
		}
	}
}

// UngarbleAll returns the document with every text as Ungarble has it.
func UngarbleAll(doc strictjson.Value) strictjson.Value {
	if text, ok := doc.Text(); ok {
		return strictjson.String(Ungarble(text))
	}
	switch doc.Kind() {
	case strictjson.List:
		elems := make([]strictjson.Value, len(doc.Elems()))
		for i, e := range doc.Elems() {
			elems[i] = UngarbleAll(e)
		}
		return strictjson.Array(elems...)
	case strictjson.Dict:
		members := make([]strictjson.Member, len(doc.Members()))
		for i, m := range doc.Members() {
			members[i] = strictjson.Member{Name: m.Name, Value: UngarbleAll(m.Value)}
		}
		return strictjson.Object(members...)
	}
	return doc
}

// Ungarble turns a garbled text back into what it was, however often it was
// garbled; any other text comes back as it is.
func Ungarble(text string) string {
	for range maxGarbling {
		once := ungarbleOnce(text)
		if once == text {
			break
		}
		text = once
	}
	return text
}

// ungarbleOnce looks at each run of characters that are not ASCII, but one byte
// each in Windows-1252: if these bytes are UTF-8, that is what was meant.
func ungarbleOnce(text string) string {
	var out strings.Builder
	var run []byte
	from := 0
	flush := func(to int) {
		if plausible(run) {
			out.Write(run)
		} else {
			out.WriteString(text[from:to])
		}
		run, from = run[:0], to
	}
	for i, r := range text {
		b, ok := windows1252(r)
		if ok && b >= utf8.RuneSelf {
			if len(run) == 0 {
				flush(i)
			}
			run = append(run, b)
			continue
		}
		if len(run) > 0 {
			flush(i)
		}
	}
	flush(len(text))
	return out.String()
}

// plausible reports whether bytes are UTF-8 that hardly anybody would write as
// characters of their own. «CAFÉ» ends in two that are UTF-8 by chance, so a
// single sequence of two bytes counts only if it begins with Â or Ã.
func plausible(run []byte) bool {
	if len(run) == 0 || !utf8.Valid(run) {
		return false
	}
	switch run[0] {
	case 0xC2, 0xC3: // Western letters
		return true
	case 0xC4, 0xC5: // Central European ones, unless it is the end of a quotation
		return len(run) > 2 || !slices.Contains([]byte("\x85\x92\x94\x96\x97\xbb"), run[1])
	default:
		return len(run) > 2
	}
}

// windows1252 is the byte of a character in Windows-1252. The five bytes that it
// leaves open stand for themselves, as browsers have it.
func windows1252(r rune) (byte, bool) {
	if i := strings.IndexRune(upper1252, r); i >= 0 && r != 0 {
		return byte(0x80 + utf8.RuneCountInString(upper1252[:i])), true
	}
	if r < 0x100 && r != utf8.RuneError {
		return byte(r), true
	}
	return 0, false
}

// upper1252 are the characters of the bytes 80 to 9F.
const upper1252 = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ"
