package doctor

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"laurel/verifier"
)

// WriteText writes the inspection for a terminal. Every line of a canonical form
// is there in full, so that it can be compared.
func (n *Inspection) WriteText(w io.Writer) error {
	var b bytes.Buffer
	n.appendText(&b, "")
	_, err := w.Write(b.Bytes())
	return err
}

func (n *Inspection) appendText(b *bytes.Buffer, indent string) {
	line := func(format string, args ...any) { fmt.Fprintf(b, indent+format+"\n", args...) }
	line("This is %s.", n.Form)
	if n.Picture != "" {
		line("It came inside a picture (%s).", n.Picture)
	}
	line("%s", n.About)
	if n.Report != nil {
		line("\nVERDICT  %s: %s", strings.ToUpper(string(n.Report.Verdict)), n.Report.Headline)
	}
	n.appendFaults(line)
	if n.Token != nil {
		line("\nTOKEN  (unverified)")
		n.Token.appendText(line)
	}
	line("\nWHAT IT SAYS  (unverified)")
	for _, c := range n.Says {
		line("  %s: %s", c.Name, verifier.OneLine(c.Text))
	}
	if n.More {
		line("  … and more")
	}
	for i, p := range n.Proofs {
		line("\nPROOF %d OF %d", i+1, len(n.Proofs))
		p.appendText(line)
	}
	for i, part := range n.Parts {
		line("\nCREDENTIAL %d OF %d", i+1, len(n.Parts))
		part.appendText(b, indent+"  ")
	}
}

func appendJSON(line func(string, ...any), text json.RawMessage) {
	var out bytes.Buffer
	if json.Indent(&out, text, "", "  ") != nil {
		line("    (not JSON)")
		return
	}
	for row := range strings.Lines(out.String()) {
		line("    %s", printable(row))
	}
}

func (n *Inspection) appendFaults(line func(string, ...any)) {
	if len(n.Faults) > 0 {
		line("\nWHAT IS WRONG")
	}
	for _, f := range n.Faults {
		f.appendText(line, "✗")
	}
	if len(n.Garbled) > 0 {
		line("\nGARBLED TEXTS  (UTF-8 that was read as Latin-1 or Windows-1252)")
	}
	for _, g := range n.Garbled {
		meant := "what stood there is lost"
		if g.Meant != "" {
			meant = "meant “" + verifier.OneLine(g.Meant) + "”"
		}
		line("  %s: “%s”, %s", verifier.OneLine(g.Path), verifier.OneLine(g.Written), meant)
	}
	if len(n.Advice) > 0 {
		line("\nWHAT THE ISSUER SHOULD CHANGE")
	}
	for _, f := range n.Advice {
		f.appendText(line, "·")
	}
}

func (f Fault) appendText(line func(string, ...any), mark string) {
	text := f.Text
	if f.Path != "" {
		text = verifier.OneLine(f.Path) + ": " + text
	}
	if f.Code != "" {
		text += " [" + string(f.Code) + "]"
	}
	line("  %s %s", mark, text)
	if f.Term != "" {
		line("    about   %s", f.Term)
	}
	if f.Cause != "" {
		line("    cause   %s", f.Cause)
	}
	if f.Remedy != "" {
		line("    remedy  %s", f.Remedy)
	}
}

func (p ProofTrace) appendText(line func(string, ...any)) {
	for _, pair := range [][2]string{
		{"type", p.Type}, {"cryptosuite", p.Cryptosuite}, {"verification method", p.Method}, {"purpose", p.Purpose}, {"created", p.Created},
		{"proof value", p.Value}, {"key of", p.Controller}, {"key type", p.KeyType}, {"key", p.Key},
	} {
		if pair[1] != "" {
			line("  %-20s %s", pair[0], verifier.OneLine(pair[1]))
		}
	}
	if p.Source != nil {
		line("  %s", verifier.OneLine(p.Source.String()))
	}
	for _, c := range p.Contexts {
		line("  %-20s %s sha256 %s", "context", verifier.OneLine(c.URL), c.SHA256)
	}
	for _, s := range p.Steps {
		if s.Text == "" {
			line("  %s\n    %s", s.Name, s.Hex)
			continue
		}
		line("  %s", s.Name)
		for row := range strings.Lines(s.Text) {
			line("    %s", printable(row))
		}
	}
	if p.Holds {
		line("  It holds.")
	} else {
		line("  It does not hold: %s", p.Cause)
	}
}

// printable is a line of a canonical form, whole, without what would repaint a
// terminal.
func printable(row string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7F && r < 0xA0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return '\uFFFD'
		}
		return r
	}, strings.TrimRight(row, "\n"))
}
