package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/proof"
	"laurel/verifier"
)

// Token is a signed token, taken apart and not verified.
type Token struct {
	Header  json.RawMessage `json:"header"`
	Payload json.RawMessage `json:"payload,omitempty"` // absent if it is not JSON

	Selective   bool         `json:"selective,omitzero"`    // it is an SD-JWT
	Disclosures []Disclosure `json:"disclosures,omitempty"` // in the order in which they came, at most 200
	Withheld    int          `json:"withheld,omitzero"`     // digests without a disclosure: what was not shown, and decoys
	Binding     *Binding     `json:"keyBinding,omitzero"`   // nil if there is none
}

// Disclosure is one part that the holder shows.
type Disclosure struct {
	Text    string `json:"text"`              // decoded: salt, name and value
	Digest  string `json:"digest,omitzero"`   // as the payload has it
	Pointer string `json:"pointer,omitempty"` // where it belongs; "" is nowhere
	Cause   string `json:"cause,omitempty"`   // why it does not fit
}

// Binding is what the holder signed when the token was shown.
type Binding struct {
	Header  json.RawMessage `json:"header"`
	Payload json.RawMessage `json:"payload,omitempty"`
}

// maxShownDisclosures bounds what a page lists; a token with more is read on.
const maxShownDisclosures = 200

// inspectToken looks at a signed token, alone, in an envelope or in the JSON form;
// nil if the data is none of these.
func (p Practice) inspectToken(ctx context.Context, data []byte, expect verifier.Expectation, report *verifier.Report) *Inspection {
	read := proof.Read(data)
	compact := read.Compact()
	if compact == "" {
		compact = contentOf(data)
	}
	out := newInspection("", report)
	if !out.readToken(compact) {
		return nil
	}
	presented := read.Err() == nil && read.Presentation()
	if read.Err() == nil {
		out.document = read.Unverified()
	}
	out.describe()
	switch {
	case read.Err() != nil, read.TokenType() == "dc+sd-jwt":
	case presented:
		out.addProblems(credential.CheckPresentation(out.document))
	default:
		out.addRules()
	}
	opt := options(p.Verifier, expect)
	if proofs, err := read.Explain(ctx, opt); err == nil {
		out.addProofs(ctx, proofs, opt)
		out.adviseToken(read)
	}
	out.addRows()
	if presented {
		p.inspectParts(ctx, out, expect)
	}
	return out
}

// contentOf is the text that is meant to be a token: that in an envelope, or all of
// it.
func contentOf(data []byte) string {
	if doc, err := strictjson.Parse(data); err == nil && credential.IsEnvelope(doc) {
		_, content, _ := strings.Cut(doc.Get("id").Str(), ",")
		return content
	}
	return string(bytes.TrimSpace(data))
}

// readToken decodes a JWT, or an SD-JWT with its disclosures, sound or not.
func (n *Inspection) readToken(text string) bool {
	parts := strings.Split(text, "~")
	m, err := jose.Parse([]byte(parts[0]))
	if err != nil {
		return false
	}
	n.Token = &Token{Header: m.Header.JSON(), Selective: len(parts) > 1}
	if payload, err := m.Claims(); err == nil {
		n.Token.Payload = payload.JSON()
		n.document = payload
		for _, name := range []string{"vc", "vp"} { // data model 1.1 has the document in a claim
			if inner := payload.Get(name); inner.Exists() {
				n.document = inner
			}
		}
	}
	if len(parts) > 1 {
		n.readDisclosures(text, parts[1:])
	}
	return true
}

// readDisclosures tells of each disclosure where it belongs, or what is wrong.
func (n *Inspection) readDisclosures(text string, parts []string) {
	token, err := sdjwt.Parse([]byte(text))
	if err != nil {
		n.readLoose(parts)
		return
	}
	if token.Binding != nil {
		n.Token.Binding = &Binding{Header: token.Binding.Header.JSON()}
		if claims, err := token.Binding.Claims(); err == nil {
			n.Token.Binding.Payload = claims.JSON()
		}
	}
	all, withheld, err := token.Trace()
	if err != nil {
		n.readLoose(parts)
		return
	}
	n.Token.Withheld = withheld
	for i, d := range all {
		shown := Disclosure{Text: credential.Plain(d.Text), Digest: d.Digest, Pointer: credential.Plain(d.Pointer)}
		if d.Err != nil {
			finding := verifier.Diagnose(d.Err)
			shown.Cause = verifier.OneLine(d.Err.Error())
			n.add(Fault{Code: finding.Code, Path: d.Pointer, Term: fmt.Sprintf("disclosure %d of %d", i+1, len(all)), Text: finding.Text, Cause: shown.Cause})
		}
		if len(n.Token.Disclosures) < maxShownDisclosures {
			n.Token.Disclosures = append(n.Token.Disclosures, shown)
		}
	}
}

// readLoose decodes what stands between tildes, of a token that cannot be read.
func (n *Inspection) readLoose(parts []string) {
	for _, part := range parts {
		if text, err := jose.Decode([]byte(part)); err == nil && len(text) > 0 && len(n.Token.Disclosures) < maxShownDisclosures {
			n.Token.Disclosures = append(n.Token.Disclosures, Disclosure{Text: credential.Plain(string(text))})
		}
	}
}

// open are the places of a document that a holder must not be able to withhold,
// since the rest would then mean something else.
var open = []string{
	"/@context", "/type", "/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSchema", "/credentialSubject/id",
}

// adviseToken adds what is allowed in a token, and should be better.
func (n *Inspection) adviseToken(read *proof.Document) {
	header, err := strictjson.Parse(n.Token.Header)
	payload, err2 := strictjson.Parse(n.Token.Payload)
	if err != nil || err2 != nil {
		return
	}
	advise := func(path, text string) { n.Advice = append(n.Advice, Fault{Path: path, Text: text}) }
	if kind := read.TokenType(); kind == "jwt_vc" || kind == "jwt_vp" {
		advise("", "Its form is that of data model 1.1 or older. Issue it as vc+jwt, with the document itself as its payload.")
	}
	if !header.Get("kid").Exists() && header.Get("jwk").Exists() {
		advise("", "The header brings a key and no kid. Name the key by a kid that the issuer publishes: a verifier looks it up there anyway.")
	}
	if _, isText := payload.Get("iat").Text(); isText {
		advise("/iat", "is a text, and should be a number of seconds since 1970.")
	}
	if end, ok := payload.Get("exp").Literal(); ok && payload.Get("validUntil").Exists() {
		until, err := credential.ParseTime(payload.Get("validUntil").Str())
		if exp, wrong := jose.Date(payload, "exp"); err == nil && wrong == nil && !exp.Equal(until) {
			advise("/exp", fmt.Sprintf("is %s (%s), and validUntil another time: the earlier counts. Say one of them.", end, exp.Format(time.RFC3339)))
		}
	}
	if n.Token.Selective && !read.Presentation() && !payload.Get("cnf").Exists() {
		advise("/cnf", "is missing: the issuer named no key of the holder, so whoever has the token can show it.")
	}
	for _, d := range n.Token.Disclosures {
		if slices.Contains(open, d.Pointer) {
			advise(d.Pointer, "is a disclosure, which its holder can withhold. Leave it in the open: without it the rest would mean something else.")
		}
	}
}

func (t *Token) appendText(line func(string, ...any)) {
	line("  header")
	appendJSON(line, t.Header)
	line("  payload")
	appendJSON(line, t.Payload)
	if t.Selective {
		line("\nDISCLOSURES  (%d shown; %d digests without one: withheld, or decoys)", len(t.Disclosures), t.Withheld)
	}
	for i, d := range t.Disclosures {
		place := d.Pointer
		if d.Cause != "" {
			place = strings.TrimSpace(place + " ✗ " + d.Cause)
		}
		line("  %3d  %s", i+1, verifier.OneLine(place))
		line("       %s", verifier.OneLine(d.Text))
		if d.Digest != "" {
			line("       digest %s", d.Digest)
		}
	}
	if t.Binding != nil {
		line("\nKEY BINDING")
		line("  header")
		appendJSON(line, t.Binding.Header)
		line("  payload")
		appendJSON(line, t.Binding.Payload)
	}
}
