// Package disclosure tells what a holder can show of a credential, what comes of
// a choice, and exactly what a verifier would get.
//
// # One picture for every form
//
// Some issuers sign so that a holder can show a part: with a base proof
// (ecdsa-sd-2023), or as a token with disclosures (vc+sd-jwt, dc+sd-jwt). Others
// sign the whole. For the holder it is the same question, so it is one model: a
// tree of Fields, each with a label and a value for people, shown or not, and if
// it is always shown, with the reason.
//
//	c, err := disclosure.Read(raw, suites)
//	d, err := c.Choose([]string{"/credentialSubject/result/1"})
//	fmt.Println(d.Summary()) // "9 of 16 fields, the rest stays home"
//	for _, x := range d.Beyond("a job interview") {
//		fmt.Println(x.Label, x.Why) // "Evidence": your work itself, where its result is enough
//	}
//	send(d.Bytes) // nothing else ever leaves
//
// A pointer chooses what it leads to with all that is in it; "" is everything.
// What the issuer signed along with it, so that it cannot be taken apart, comes
// too, and the tree says so before anything is sent.
//
// Nothing here verifies a credential: its holder has had that done on receipt.
package disclosure

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// maxChosen bounds how many pointers one choice has: more than a credential can
// have fields that people look at.
const maxChosen = 2_000

var (
	// ErrClaim says that something was chosen to be shown that a credential does
	// not have, or that cannot be shown without what is around it.
	ErrClaim = errors.New("cannot be chosen")
	// ErrNotPresentable says that a credential cannot be shown at all.
	ErrNotPresentable = errors.New("cannot be presented")
)

// Credential is a credential in its holder's hands, read and not believed.
type Credential struct {
	// Document is what it says, in the shape of the data model, for display.
	Document strictjson.Value
	// Type is that of a token ("vc+sd-jwt", "dc+sd-jwt", "vc+jwt", "jwt_vc"), and
	// "" for JSON with embedded proofs.
	Type string
	// Holder is the DID of the key that the issuer of a token named as the
	// holder's; "" if it named none.
	Holder string
	// From and Until are when a token begins and ends to be valid by itself; zero
	// is no such end. The document's own dates count as well.
	From, Until time.Time

	suites  proof.Suites
	compact string           // of a token
	said    strictjson.Value // all that it says: of JSON without its proofs, of a token its claims
	sd      *sdjwt.Token     // of a token with disclosures
	units   []string         // pointers to its disclosures, outer ones first
}

// Read reads JSON with embedded proofs, a signed token, or an envelope around one.
// Suites are those under which JSON can be shown in part. It wraps what
// proof.Document.Err does.
func Read(raw []byte, suites proof.Suites) (*Credential, error) {
	d := proof.Read(raw)
	if err := d.Err(); err != nil {
		return nil, err
	}
	c := &Credential{Document: d.Unverified(), Type: d.TokenType(), suites: suites, compact: d.Compact()}
	if c.compact == "" {
		c.said = c.Document.Without("proof")
		return c, nil
	}
	if err := c.readToken(); err != nil {
		return nil, err
	}
	if c.Type == "dc+sd-jwt" {
		c.Document = credential.FromClaims(c.Document)
	}
	return c, nil
}

// readToken reads the claims of a token.
func (c *Credential) readToken() error {
	if strings.HasSuffix(c.Type, "+sd-jwt") {
		sd, err := sdjwt.Parse([]byte(c.compact))
		if err != nil {
			return err
		}
		claims, err := sd.Claims()
		if err != nil {
			return err
		}
		c.sd, c.said = sd, claims.Document
		for _, unit := range claims.Disclosed {
			c.units = append(c.units, unit.Pointer)
		}
	} else {
		m, err := jose.Parse([]byte(c.compact))
		if err != nil {
			return err
		}
		if c.said, err = m.Claims(); err != nil {
			return err
		}
	}
	c.Holder = holderOf(c.said.Get("cnf"))
	var err error
	if c.From, err = jose.Date(c.said, "nbf"); err != nil {
		return err
	}
	c.Until, err = jose.Date(c.said, "exp")
	return err
}

// Compact is the token, "" for JSON with embedded proofs.
func (c *Credential) Compact() string { return c.compact }

// Partial reports whether it can be shown in part; if not, all of it or nothing.
func (c *Credential) Partial() bool {
	if c.compact != "" {
		return len(c.units) > 0
	}
	_, err := proof.Mandatory(c.Document, c.suites)
	return err == nil
}

// Has reports whether it says something at that place.
func (c *Credential) Has(pointer string) bool {
	p, err := strictjson.ParsePointer(pointer)
	return err == nil && c.said.At(p).Exists()
}

// Disclosure is what would be shown of one credential: nothing has left yet.
type Disclosure struct {
	Type    string   // as of the Credential
	Holder  string   // as of the Credential
	Partial bool     // it can be shown in part; if not, all of it or nothing
	Chosen  []string // the pointers that were chosen

	// Fields are what the credential says as a tree, and Claims its leaves, in the
	// order of the document.
	Fields []Field
	Claims []Claim

	// Bytes are exactly what a verifier gets of this credential: JSON with a
	// proof, or a token with the chosen disclosures.
	Bytes []byte
	// Document is what Bytes say to whoever reads them.
	Document strictjson.Value
	// Links are what two verifiers can tell it by if they compare what they were
	// shown, in words.
	Links []string
}

// Choose works out what would be shown if these pointers were chosen, besides what
// the issuer always shows. It wraps ErrClaim for a choice that cannot be made, and
// ErrNotPresentable for a credential that cannot be shown.
func (c *Credential) Choose(pointers []string) (*Disclosure, error) {
	d := &Disclosure{Type: c.Type, Holder: c.Holder, Partial: c.Partial(), Chosen: pointers}
	switch {
	case len(pointers) > maxChosen:
		return nil, fmt.Errorf("%w: %d choices of one credential", ErrClaim, len(pointers))
	case len(pointers) > 0 && !d.Partial:
		return nil, fmt.Errorf("%w: its issuer signed it as a whole, so that it is shown whole or not at all", ErrClaim)
	}
	for _, p := range pointers {
		if !c.Has(p) {
			return nil, fmt.Errorf("%w: it says nothing at %q", ErrClaim, p)
		}
	}
	choose := c.chooseJSON
	if d.Type != "" {
		choose = c.chooseToken
	}
	leaves, err := choose(d)
	if err != nil {
		return nil, err
	}
	if err := sealed(d.Document); err != nil {
		return nil, err
	}
	d.Links = links(d.Document, d.Partial && d.Type == "")
	d.plant(leaves, c.said)
	return d, nil
}

// chooseJSON derives a document with a proof of its own, or leaves it as it is.
func (c *Credential) chooseJSON(d *Disclosure) ([]leaf, error) {
	opt := proof.DeriveOptions{Suites: c.suites, Pointers: d.Chosen}
	d.Document = c.Document
	if d.Partial {
		shown, err := proof.Derive(c.Document, opt)
		if errors.Is(err, jsonld.ErrPointer) {
			return nil, fmt.Errorf("%w: %w", ErrClaim, err)
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNotPresentable, err)
		}
		d.Document = shown
	}
	d.Bytes = d.Document.JSON()
	claims, err := proof.Claims(c.Document, opt)
	if err != nil { // in words that nobody here knows
		return wholeLeaves(c.said), nil
	}
	leaves := make([]leaf, len(claims))
	for i, claim := range claims {
		leaves[i] = leaf{pointer: claim.Pointer, unit: claim.Pointer, shown: claim.Shown, fixed: claim.Mandatory}
	}
	return leaves, nil
}

// baseProofs are how the values of base proofs begin, ecdsa-sd-2023 and those of
// bbs-2023: the multibase of their three bytes of header.
var baseProofs = []string{"u2V0A", "u2V0C", "u2V0E", "u2V0G"}

// sealed makes sure that no base proof leaves, of the credential or of one inside:
// whoever has one can show everything.
func sealed(v strictjson.Value) error {
	value := v.Get("proofValue").Str()
	for _, start := range baseProofs {
		if strings.HasPrefix(value, start) {
			return fmt.Errorf("%w: it holds a base proof, which is for you alone, and this program cannot derive another from it", ErrNotPresentable)
		}
	}
	for _, e := range v.Elems() {
		if err := sealed(e); err != nil {
			return err
		}
	}
	for _, m := range v.Members() {
		if err := sealed(m.Value); err != nil {
			return err
		}
	}
	return nil
}

// Part is how it stands inside a presentation: the document, or an envelope around
// the token.
func (d *Disclosure) Part() (strictjson.Value, error) {
	if d.Type == "" {
		return d.Document, nil
	}
	return proof.Envelop(string(d.Bytes))
}

// SHA256 is the digest of Bytes, in hex.
func (d *Disclosure) SHA256() string {
	sum := sha256.Sum256(d.Bytes)
	return hex.EncodeToString(sum[:])
}

// Count tells how many fields are shown, of how many.
func (d *Disclosure) Count() (shown, of int) {
	for _, c := range d.Claims {
		if c.Shown {
			shown++
		}
	}
	return shown, len(d.Claims)
}

// Summary is one line for people: "6 of 31 fields, the rest stays home".
func (d *Disclosure) Summary() string {
	shown, of := d.Count()
	switch {
	case of == 0:
		return "all of it"
	case shown == of && d.Partial:
		return fmt.Sprintf("all %d fields", of)
	case shown == of:
		return fmt.Sprintf("all %d fields; its issuer signed it as a whole", of)
	default:
		return fmt.Sprintf("%d of %d fields, the rest stays home", shown, of)
	}
}

// links are what is the same in every showing of a document. Signatures always
// are: the mechanisms that are known here hand on those that the issuer made.
func links(doc strictjson.Value, several bool) []string {
	out := []string{"its signature"}
	if several {
		out[0] = "its signatures"
	}
	if doc.Get("id").Exists() || doc.Get("jti").Exists() {
		out = append(out, "the id of the badge")
	}
	named := doc.Get("sub").Exists()
	for _, s := range doc.Get("credentialSubject").List() {
		named = named || s.Get("id").Exists()
	}
	switch {
	case named:
		out = append(out, "your identity")
	case doc.Get("cnf").Exists():
		out = append(out, "your key")
	}
	if doc.Get("credentialStatus").Exists() || doc.Get("status").Exists() {
		out = append(out, "its place in the revocation list")
	}
	return out
}
