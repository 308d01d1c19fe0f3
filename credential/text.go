package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

const (
	// maxPlain bounds a name or another one-line text on a page; the longest
	// real title seen has 180 characters.
	maxPlain = 1_000
	// maxMarkdown bounds a narrative; the longest real one has 6,000 characters.
	maxMarkdown = 32_000
	// maxCombining bounds the marks stacked on one letter; no script needs more
	// than a handful, and hundreds of them paint over the lines around.
	maxCombining = 6
)

// Plain makes a text of a stranger safe to show in one line, on a terminal as
// well as on a page: validly signed does not mean harmless. Control characters
// (escape sequences that repaint a terminal, line breaks that forge a second
// line) and the characters that reverse the reading direction become U+FFFD, so
// that people see that something was there; invisible ones vanish; white space
// of every kind becomes one space; what is longer than 1,000 characters ends in
// "…".
//
// It does not escape HTML: pages do that, for every text.
func Plain(s string) string {
	if tidy(s) {
		return s
	}
	return strings.Join(strings.Fields(clean(s, maxPlain)), " ")
}

// Markdown is Plain for texts of several lines: line breaks and tabs stay, up to
// 32,000 characters do. The markup is left as it is; whoever renders it must
// sanitise it.
func Markdown(s string) string { return strings.TrimSpace(clean(s, maxMarkdown)) }

// tidy reports whether a text is what Plain would make of it: the common case,
// in which nothing is copied.
func tidy(s string) bool {
	blank := true // a blank at the start, at the end or after another is not tidy
	for _, b := range []byte(s) {
		if b < ' ' || b >= 0x7F || b == ' ' && blank {
			return false
		}
		blank = b == ' '
	}
	return s == "" || !blank && len(s) <= maxPlain
}

// clean replaces or drops what must not reach a display, and cuts after limit
// characters.
func clean(s string, limit int) string {
	var out strings.Builder
	out.Grow(min(len(s), limit+utf8.UTFMax))
	count, marks := 0, 0
	for _, r := range s {
		if invisible(r) || r == '\r' {
			continue
		}
		if r < 0x300 || !unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Me, r) {
			marks = 0
		} else if marks++; marks > maxCombining {
			continue
		}
		if count++; count > limit {
			out.WriteRune('…')
			break
		}
		out.WriteRune(visible(r))
	}
	return out.String()
}

// visible is the rune to show for r.
func visible(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case r == 0x2028 || r == 0x2029: // line and paragraph separator
		return '\n'
	case unicode.IsControl(r), // C0, DEL, C1
		r >= 0x202A && r <= 0x202E, // embeddings and overrides of direction
		r >= 0x2066 && r <= 0x2069, // isolates, which leak when left open
		r >= 0xFFF9 && r <= 0xFFFB: // interlinear annotation hides text
		return unicode.ReplacementChar
	}
	return r
}

// invisible reports whether r shows nothing and only serves to make two texts
// look alike or to smuggle one: zero-width space, word joiner, soft hyphen, byte
// order mark, the implicit direction marks, and the tag characters. The zero-width
// joiners stay: several scripts and all family emoji need them.
func invisible(r rune) bool {
	switch r {
	case 0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x2060, 0x2061, 0x2062, 0x2063, 0x2064, 0xFEFF:
		return true
	}
	return r >= 0xE0000 && r <= 0xE007F
}

// languageText resolves a text that may be given in several languages to one:
// a plain string, a language value object, an array of these, or a language map
// ({"en": "…", "de": "…"}). The languages are asked in their order, each also by
// its main part (de for de-CH); else the first text there is.
func languageText(v strictjson.Value, languages []string) string {
	choices := languageChoices(v)
	for _, want := range languages {
		for _, c := range choices {
			if sameLanguage(c.language, want) {
				return c.text
			}
		}
	}
	if len(choices) == 0 {
		return ""
	}
	return choices[0].text
}

type choice struct{ language, text string }

func languageChoices(v strictjson.Value) []choice {
	var out []choice
	for _, e := range v.List() {
		if text, ok := e.Text(); ok {
			out = append(out, choice{"", text})
			continue
		}
		if text, ok := e.Get("@value").Text(); ok {
			out = append(out, choice{e.Get("@language").Str(), text})
			continue
		}
		for _, m := range e.Members() {
			if text, ok := m.Value.Text(); ok && isLanguageTag(m.Name) {
				out = append(out, choice{m.Name, text})
			}
		}
	}
	return out
}

// sameLanguage compares the main parts of two language tags.
func sameLanguage(a, b string) bool {
	a, _, _ = strings.Cut(a, "-")
	b, _, _ = strings.Cut(b, "-")
	return a != "" && strings.EqualFold(a, b)
}
