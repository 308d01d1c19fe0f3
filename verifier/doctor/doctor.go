// Package doctor explains badges: what a file is and says, every value that
// checking it computes, what is wrong and where, and what its issuer should change.
//
//	look, err := doctor.Practice{Verifier: v}.Inspect(ctx, data, verifier.Expectation{})
//	if err != nil {
//		return err // no report could be made
//	}
//	return look.WriteText(os.Stdout)
//
// It never judges: the verdict in an Inspection is that of verifier.Verify, and
// everything else in it is unverified and says so.
package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
	"laurel/verifier"
)

// InspectionType is the "type" member of every inspection.
const InspectionType = "laurel/inspection/v1"

// Inspection is a look at a document by the badge doctor: what it is, what it
// says, what verifying it computes, and what its issuer should change. Nothing in
// it has been verified but what Report says.
type Inspection struct {
	Type    string `json:"type"`             // InspectionType
	Notice  string `json:"notice"`           // that nothing of it is verified
	Form    string `json:"form"`             // "an Open Badge (3.0)"
	About   string `json:"about"`            // what that is, in a few sentences
	Picture string `json:"picture,omitzero"` // "PNG" or "SVG", if it came in one

	Token *Token             `json:"token,omitzero"` // nil unless it is a JWT or SD-JWT
	Says  []credential.Claim `json:"says,omitempty"` // at most 200, none of them verified
	More  bool               `json:"more,omitzero"`  // it says more than that

	Faults  []Fault          `json:"faults,omitempty"`  // what is wrong, worst first
	Garbled []GarbledText    `json:"garbled,omitempty"` // texts in a wrong encoding
	Advice  []Fault          `json:"advice,omitempty"`  // what is allowed, and should be better
	Proofs  []ProofTrace     `json:"proofs,omitempty"`
	Parts   []*Inspection    `json:"parts,omitempty"` // the credentials of a presentation
	Report  *verifier.Report `json:"report"`          // the verdict

	document strictjson.Value
}

// Fault is one thing that is wrong, with its place.
type Fault struct {
	Code   verifier.Code `json:"code,omitempty"`  // of the report; "" for advice
	Path   string        `json:"path,omitempty"`  // JSON pointer into the document; "" is the document, or unknown
	Term   string        `json:"term,omitempty"`  // the name or address that it is about
	Text   string        `json:"text"`            // a sentence for people
	Cause  string        `json:"cause,omitempty"` // for developers
	Remedy string        `json:"remedy,omitempty"`
}

// GarbledText is a text that was read in a wrong encoding somewhere.
type GarbledText struct {
	Path    string `json:"path"`
	Written string `json:"written"`
	Meant   string `json:"meant,omitempty"` // "" if that is lost
}

// ProofTrace is every value that verifying one proof computes.
type ProofTrace struct {
	Type        string              `json:"proofType"`
	Cryptosuite string              `json:"cryptosuite"`
	Method      string              `json:"verificationMethod"`
	Purpose     string              `json:"proofPurpose"`
	Created     string              `json:"created,omitempty"`
	Value       string              `json:"proofValue"`
	Controller  string              `json:"controller,omitempty"` // whose document has the key; "" if it was not found
	KeyType     string              `json:"keyType,omitempty"`
	Key         string              `json:"key,omitempty"` // as a Multikey
	Source      *verifier.Evidence  `json:"source,omitempty"`
	Contexts    []verifier.Evidence `json:"contexts,omitempty"` // each with the hash of the revision that was used
	Steps       []Step              `json:"steps,omitempty"`
	Holds       bool                `json:"holds"`
	Cause       string              `json:"cause,omitempty"` // why it does not hold
}

// Step is one computed value: a text as it is hashed, or bytes in hex.
type Step struct {
	Name string `json:"name"`
	Text string `json:"text,omitempty"`
	Hex  string `json:"hex,omitempty"`
}

// maxLook bounds the second look, fetching included, as a verdict is bounded.
const maxLook = 10 * time.Second

// Practice is where documents are looked at.
type Practice struct {
	Verifier *verifier.Verifier // judges, and says how keys are found and which suites are read
}

// Inspect looks at one document as Verify judges it, and explains. The error is
// that of Verify: it never means that the document is bad.
func (p Practice) Inspect(ctx context.Context, data []byte, expect verifier.Expectation) (*Inspection, error) {
	report, err := p.Verifier.Verify(ctx, data, expect)
	if err != nil {
		return nil, err
	}
	expect.At = report.At
	bounded, cancel := context.WithTimeout(ctx, maxLook)
	defer cancel()
	badge, err := baking.Read(data)
	if err != nil {
		out := newInspection("", report)
		out.Form, out.About = "a picture ("+baking.Detect(data).String()+")", aboutPicture
		out.addRows()
		return out, nil
	}
	out := p.inspect(bounded, badge.Payload, expect, report)
	if badge.Image != baking.None {
		out.Picture = badge.Image.String()
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return out, nil
}

func newInspection(form string, report *verifier.Report) *Inspection {
	return &Inspection{Type: InspectionType, Notice: notVerified, Form: form, Report: report}
}

// inspect looks at a file that is no picture, or was taken out of one.
func (p Practice) inspect(ctx context.Context, data []byte, expect verifier.Expectation, report *verifier.Report) *Inspection {
	if out := p.inspectToken(ctx, data, expect, report); out != nil {
		return out
	}
	out := newInspection("", report)
	doc, err := strictjson.Parse(data)
	if err != nil {
		out.Form, out.About = aboutUnreadable(data)
		out.Faults = append(out.Faults, unreadable(data, err))
		out.addRows()
		return out
	}
	return p.inspectValue(ctx, doc, expect, report)
}

// inspectValue looks at a JSON document, and at the credentials in it.
func (p Practice) inspectValue(ctx context.Context, doc strictjson.Value, expect verifier.Expectation, report *verifier.Report) *Inspection {
	out := newInspection("", report)
	out.document = doc
	out.describe()
	if form := credential.Detect(doc); form == credential.OpenBadges2 || form == credential.OpenBadges2Definition {
		return out // the rules that it breaks are not those of its time
	}
	presented := credential.HasType(doc, "VerifiablePresentation")
	if presented {
		out.addProblems(credential.CheckPresentation(doc))
	} else {
		out.addRules()
	}
	out.trace(ctx, p.Verifier, expect)
	out.addRows()
	if presented {
		p.inspectParts(ctx, out, expect)
	}
	return out
}

// inspectParts looks at the credentials of a presentation, as far as they have been
// judged.
func (p Practice) inspectParts(ctx context.Context, out *Inspection, expect verifier.Expectation) {
	for i, part := range out.document.Get("verifiableCredential").List() {
		if out.Report == nil || i >= len(out.Report.Parts) {
			return
		}
		text := part.JSON()
		if token, ok := part.Text(); ok {
			text = []byte(token)
		}
		look := p.inspectToken(ctx, text, verifier.Expectation{At: expect.At}, out.Report.Parts[i])
		if look == nil {
			look = p.inspectValue(ctx, part, verifier.Expectation{At: expect.At}, out.Report.Parts[i])
		}
		out.Parts = append(out.Parts, look)
	}
}

// describe tells what the document is and says.
func (n *Inspection) describe() {
	n.Form, n.About = aboutDocument(n.document)
	if n.Token != nil {
		n.Form, n.About = aboutToken(n.Token, n.document, n.Form)
	}
	all := strictjson.Object(strictjson.Member{Name: "credentialSubject", Value: n.document.Without("@context", "proof", "verifiableCredential")})
	n.Says, n.More = credential.Claims(all)
	for _, g := range credential.FindGarbled(n.document) {
		n.Garbled = append(n.Garbled, GarbledText{Path: g.Path, Written: credential.Plain(g.Written), Meant: credential.Plain(g.Meant)})
	}
	for _, p := range credential.Advise(n.document) {
		if n.Report != nil && n.Report.Selection {
			break // what is missing may only not be shown
		}
		n.Advice = append(n.Advice, Fault{Path: p.Path, Text: p.Text})
	}
}

// addRules adds what breaks the rules for credentials and badges. A selection may
// lack whatever its holder did not show.
func (n *Inspection) addRules() {
	n.addProblems(credential.Check(n.document))
	if n.Report != nil && n.Report.Selection {
		n.addProblems(credential.CheckBadgePart(n.document))
		return
	}
	n.addProblems(credential.CheckBadge(n.document))
}

// addProblems adds what the rules of the data model found.
func (n *Inspection) addProblems(err error) {
	var problems credential.Problems
	errors.As(err, &problems)
	for _, p := range problems {
		finding := verifier.Diagnose(p)
		n.add(Fault{Code: finding.Code, Path: p.Path, Text: finding.Text, Cause: p.Text})
	}
}

// add adds a fault once, with what to do about it.
func (n *Inspection) add(f Fault) {
	f.Cause, f.Path, f.Term = verifier.OneLine(f.Cause), verifier.OneLine(f.Path), verifier.OneLine(f.Term)
	if f.Remedy == "" && n.Token != nil {
		f.Remedy = tokenRemedies[f.Code]
	}
	if f.Remedy == "" {
		f.Remedy = remedies[f.Code]
	}
	if !slices.Contains(n.Faults, f) {
		n.Faults = append(n.Faults, f)
	}
}

// addRows adds the rows of the report that did not pass, unless their code has
// been explained already with its place.
func (n *Inspection) addRows() {
	if n.Report == nil {
		return
	}
	for _, c := range n.Report.Checks {
		known := slices.ContainsFunc(n.Faults, func(f Fault) bool { return f.Code == c.Code })
		if (c.Outcome == verifier.Failed || c.Outcome == verifier.Unknown) && c.Code != verifier.NotReached && !known {
			n.add(Fault{Code: c.Code, Text: c.Text, Cause: c.Cause})
		}
	}
}

// trace verifies the proofs once more and keeps every value.
func (n *Inspection) trace(ctx context.Context, v *verifier.Verifier, expect verifier.Expectation) {
	opt := options(v, expect)
	if proofs, err := proof.Explain(ctx, n.document, opt); err == nil { // else the rows of the report say so
		n.addProofs(ctx, proofs, opt)
	}
}

// options are those of the verdict, but for what a presentation is compared with.
func options(v *verifier.Verifier, expect verifier.Expectation) proof.Options {
	return proof.Options{Keys: v.Keys, Suites: v.Suites, At: expect.At, Leeway: v.Policy.Leeway, Receiving: expect.Receiving}
}

// addProofs adds what verifying each proof computed, and what is wrong with it.
func (n *Inspection) addProofs(ctx context.Context, proofs []proof.Explained, opt proof.Options) {
	for i, x := range proofs {
		n.Proofs = append(n.Proofs, newTrace(x))
		if x.Err == nil {
			continue
		}
		finding := verifier.Diagnose(x.Err)
		f := Fault{Code: finding.Code, Text: finding.Text, Cause: finding.Cause}
		if len(proofs) > 1 {
			f.Cause = fmt.Sprintf("proof %d of %d: %s", i+1, len(proofs), f.Cause)
		}
		var where *jsonld.Error
		if errors.As(x.Err, &where) {
			f.Path, f.Term = where.Path, where.Term
		}
		switch {
		case n.Token != nil:
		case errors.Is(x.Err, proof.ErrSignature):
			f.Remedy = n.suspect(ctx, opt)
		case errors.Is(x.Err, proof.ErrBaseProof):
			f.Remedy = "Nothing is wrong with the badge: it is the holder's own copy. Its holder puts it into a wallet and shows a selection, or all, of it."
		}
		n.add(f)
	}
}

// suspect looks for what may have been done to a document whose signature does
// not fit: if it fits once garbled texts are repaired, that was it.
func (n *Inspection) suspect(ctx context.Context, opt proof.Options) string {
	if len(n.Garbled) == 0 {
		return ""
	}
	repaired := credential.UngarbleAll(n.document.Without("proof")).With("proof", n.document.Get("proof"))
	proofs, err := proof.Explain(ctx, repaired, opt)
	if err != nil || slices.ContainsFunc(proofs, func(x proof.Explained) bool { return x.Err != nil }) {
		return remedies[verifier.SignatureInvalid] + " Some of its texts are garbled, which may be the reason."
	}
	return "The signature fits once the garbled texts below are repaired: a program read the file in a wrong encoding after it was signed. Pass the original file on byte for byte, as UTF-8."
}

func newTrace(x proof.Explained) ProofTrace {
	t := ProofTrace{
		Type: credential.Plain(x.Type), Cryptosuite: credential.Plain(x.Cryptosuite), Method: credential.Plain(x.Method),
		Purpose: credential.Plain(x.Purpose), Created: credential.Plain(x.Created), Value: credential.Plain(x.Value),
		Controller: x.Controller, KeyType: x.KeyType, Key: x.FormatKey(), Holds: x.Err == nil,
	}
	if x.Err != nil {
		t.Cause = verifier.OneLine(x.Err.Error())
	}
	if x.Source != nil {
		source := verifier.Evidence{What: "DID document", URL: x.Source.URL, Source: x.Source.Source, Fetched: x.Source.Fetched, SHA256: x.Source.SHA256}
		t.Source = &source
	}
	for _, c := range x.Contexts {
		t.Contexts = append(t.Contexts, verifier.Evidence{What: "context", URL: credential.Plain(c.URL), SHA256: c.SHA256})
	}
	for _, s := range x.Steps {
		step := Step{Name: s.Name, Hex: s.Value}
		if s.Text {
			step.Text, step.Hex = s.Value, ""
		}
		t.Steps = append(t.Steps, step)
	}
	return t
}

// unreadable explains a text that is not strict JSON: the byte, and the encoding
// if that is the reason.
func unreadable(data []byte, err error) Fault {
	finding := verifier.Diagnose(err)
	f := Fault{Code: finding.Code, Text: finding.Text, Cause: verifier.OneLine(err.Error()), Remedy: remedies[finding.Code]}
	switch {
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		f.Remedy = "It begins with a byte order mark, three bytes that JSON does not allow. Save it as UTF-8 without one."
	case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
		f.Remedy = "It is written in UTF-16. Save it as UTF-8."
	case !utf8.Valid(data):
		f.Remedy = notUTF8(data)
	}
	return f
}

// notUTF8 names the first byte that is not UTF-8, with the line around it as
// Windows-1252 would show it.
func notUTF8(data []byte) string {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	var around strings.Builder
	for _, b := range data[max(0, at-15):min(len(data), at+15)] {
		around.WriteRune(rune(b))
	}
	return fmt.Sprintf("Byte %d (0x%02X) is not UTF-8. In Latin-1 the text there is “%s”: the file was saved in another encoding. Save it as UTF-8.",
		at, data[at], credential.Plain(around.String()))
}
