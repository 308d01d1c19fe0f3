package verifier

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"laurel/credential"
)

// marks are how an outcome looks in text.
var marks = map[Outcome]string{Passed: "✓", Failed: "✗", Unknown: "?", Skipped: "·"}

// WriteText writes the report for a terminal: the headline, the claims, a line
// for every check with its code, and for those that did not pass the cause.
func (r *Report) WriteText(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n", strings.ToUpper(string(r.Verdict)), r.Headline)
	r.appendText(&b, "  ")
	for i, p := range r.Parts {
		fmt.Fprintf(&b, "\n  %d of %d: %s\n", i+1, len(r.Parts), p.Headline)
		p.appendText(&b, "    ")
		p.appendLimits(&b, "    ")
	}
	r.appendLimits(&b, "  ")
	if r.SHA256 != "" {
		fmt.Fprintf(&b, "  SHA-256 of what was judged: %s\n", r.SHA256)
	}
	_, err := w.Write(b.Bytes())
	return err
}

func (r *Report) appendLimits(b *bytes.Buffer, indent string) {
	for _, s := range r.NotProven {
		fmt.Fprintf(b, "%sNot proven: %s\n", indent, s)
	}
}

func (r *Report) appendText(b *bytes.Buffer, indent string) {
	r.appendClaims(b, indent)
	var unreached []string
	for _, c := range r.Checks {
		if c.Code == NotReached {
			unreached = append(unreached, string(c.Row))
			continue
		}
		c.appendText(b, indent)
	}
	if len(unreached) > 0 {
		fmt.Fprintf(b, "%s%s not reached  %s\n", indent, marks[Skipped], strings.Join(unreached, ", "))
	}
}

func (c *Check) appendText(b *bytes.Buffer, indent string) {
	fmt.Fprintf(b, "%s%s %-12s %s", indent, marks[c.Outcome], c.Row, c.Text)
	if c.Code != "" {
		fmt.Fprintf(b, " [%s]", c.Code)
	}
	b.WriteByte('\n')
	if c.Cause != "" && c.Outcome != Passed {
		fmt.Fprintf(b, "%s  %-12s %s\n", indent, "", OneLine(c.Cause))
	}
	for _, e := range c.Evidence {
		fmt.Fprintf(b, "%s  %-12s %s\n", indent, "", OneLine(e.String()))
	}
}

// maxResults bounds the results in the head of a report; its JSON has all.
const maxResults = 12

func (r *Report) appendClaims(b *bytes.Buffer, indent string) {
	if r.Badge == nil {
		return
	}
	line := func(label, text string) {
		if text = OneLine(text); text != "" {
			fmt.Fprintf(b, "%s  %-12s %s\n", indent, label, text)
		}
	}
	line("badge", r.Badge.Title())
	line("issuer", r.Issuer.String())
	line("earner", strings.TrimSpace(r.Badge.Earner.Name+" "+r.Badge.Earner.ID))
	for i, result := range r.Badge.Results {
		if i == maxResults {
			line("", fmt.Sprintf("and %d more", len(r.Badge.Results)-i))
			break
		}
		text := cmp.Or(result.Value, result.Level, result.Status)
		if result.Label != "" && text != "" {
			text = result.Label + ": " + text
		}
		line("result", text)
	}
	if !r.Badge.ValidUntil.IsZero() {
		line("valid until", r.Badge.ValidUntil.UTC().Format(time.DateOnly))
	}
}

// String tells who the issuer is: proven first, then what it claims.
func (i *Issuer) String() string {
	if i == nil {
		return ""
	}
	out := i.ID
	if name := i.Proven(); name != "" && name != i.ID {
		out = name + ", " + i.ID
	}
	if i.Listed == "" && i.Claims != "" {
		out += ", calls itself “" + i.Claims + "”"
	}
	return out
}

// String is one line: what, its value, where from, when and its hash.
func (e Evidence) String() string {
	parts := []string{e.What + ":"}
	for _, s := range []string{e.Value, e.URL, e.Source} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	if !e.Fetched.IsZero() {
		parts = append(parts, "of "+e.Fetched.UTC().Format(time.RFC3339))
	}
	if e.SHA256 != "" {
		parts = append(parts, "sha256 "+e.SHA256[:min(16, len(e.SHA256))]+"…")
	}
	return strings.Join(parts, " ")
}

// OneLine makes a stranger's text safe for a terminal: no control characters, no
// line breaks, at most 300 characters.
func OneLine(s string) string {
	const most = 300
	runes := []rune(strings.Join(strings.Fields(credential.Plain(s)), " "))
	if len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return string(runes)
}

// Tally counts the checks by outcome, in words: "8 checks passed, 1 could not be made".
// Those of the parts are not among them.
func (r *Report) Tally() string {
	counts := map[Outcome]int{}
	for _, c := range r.Checks {
		counts[c.Outcome]++
	}
	text := ""
	for _, part := range []struct {
		outcome Outcome
		words   string
	}{
		{Passed, "passed"},
		{Failed, "failed"},
		{Unknown, "could not be made"},
		{Skipped, "left out"},
	} {
		n := counts[part.outcome]
		switch {
		case n == 0:
			continue
		case text == "" && n == 1:
			text = "1 check " + part.words
		case text == "":
			text = fmt.Sprintf("%d checks %s", n, part.words)
		default:
			text += fmt.Sprintf(", %d %s", n, part.words)
		}
	}
	return text
}
