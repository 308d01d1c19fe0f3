package proof

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// This file has what suites with selective disclosure have in common. Under them
// an issuer makes a base proof, which goes to the holder alone. From it the holder
// derives, as often as they like, documents that show a part of the credential,
// each with a proof of its own that the holder cannot make without the issuer.

// Errors of selective disclosure.
var (
	ErrBaseProof  = errors.New("this is a base proof, which is for its holder alone: a verifier is shown a proof that was derived from it")
	ErrNoBase     = errors.New("it has no base proof, so it is shown whole or not at all")
	ErrStatements = errors.New("it makes more statements than a proof with selective disclosure can hold")
)

// Deriver is a Suite with selective disclosure.
type Deriver interface {
	embeddedSuite

	// isBase reports whether a proof value is a base proof. It wraps
	// ErrProofValue for a value that is neither that nor a derived one.
	isBase(proofValue string) (bool, error)
	// verifyBase checks a base proof with everything in it, as verify does a
	// derived one.
	verifyBase(m *message, key crypto.PublicKey, proofValue string) error
	// mandatory are the pointers to what every derived document shows.
	mandatory(proofValue string) ([]string, error)
	// derive shows a part of the document of the message. Of a document whose
	// contexts have several revisions, it is told to make sure that this is the
	// right one, wrapping ErrSignature if it is not.
	derive(m *message, proofValue string, pointers []string, sure bool) (revealed strictjson.Value, derived string, err error)
}

// DeriveOptions says what to show of a credential.
type DeriveOptions struct {
	Suites Suites // the suite of the base proof is looked for among these

	// Pointers are JSON pointers (RFC 6901) to what is shown besides that which
	// the issuer made mandatory: "/credentialSubject/achievement/name". Whatever
	// a pointer leads to is shown with all that is in it, and with the ids and
	// types of the objects around it.
	Pointers []string
}

// Derive makes the document that shows a part of a credential: "Add Derived
// Proof" of its suite. Other proofs of the credential are left out, since they
// cover all of it. It wraps ErrNoBase, jsonld.ErrPointer for a pointer that leads
// nowhere or into something that is shown whole or not at all, or ErrProofValue
// and ErrSignature for a base proof that does not fit its document. It does not
// verify: a wallet has done that when it received the credential.
func Derive(secured strictjson.Value, opt DeriveOptions) (strictjson.Value, error) {
	p, suite, err := baseProof(secured, opt.Suites)
	if err != nil {
		return strictjson.Value{}, err
	}
	m := &message{document: secured.Without("proof"), config: p.object.Without("proofValue")}
	candidates, err := readings(suite, m.document)
	if err != nil {
		return strictjson.Value{}, err
	}
	for _, revision := range candidates {
		m.revision = revision
		revealed, value, deriveErr := suite.derive(m, p.value, opt.Pointers, len(candidates) > 1)
		if deriveErr == nil {
			// "Replace the proofValue in newProof […] Set the value of the "proof"
			// property in revealDocument to newProof."
			return revealed.With("proof", p.object.With("proofValue", strictjson.String(value))), nil
		}
		if err == nil {
			err = deriveErr
		}
	}
	return strictjson.Value{}, err
}

// Mandatory lists the JSON pointers to what every document shows that is derived
// from the credential: its issuer's choice. It wraps ErrNoBase or ErrProofValue.
func Mandatory(secured strictjson.Value, suites Suites) ([]string, error) {
	p, suite, err := baseProof(secured, suites)
	if err != nil {
		return nil, err
	}
	return suite.mandatory(p.value)
}

// baseProof finds the first base proof of a document.
func baseProof(secured strictjson.Value, suites Suites) (*embedded, Deriver, error) {
	proofs, err := readProofs(secured, suites)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range proofs {
		if d, ok := p.suite.(Deriver); ok && p.base && len(p.previous) == 0 {
			return p, d, nil
		}
	}
	return nil, nil, ErrNoBase
}

// readings are the choices of context revisions under which a document says
// different things. There is nearly always one.
func readings(suite embeddedSuite, doc strictjson.Value) ([]jsonld.Selection, error) {
	var different []jsonld.Selection
	var said [][]rdfc.Quad
	var first error
	for _, revision := range revisions([]*embedded{{suite: suite}}, doc) {
		quads, err := jsonld.ToRDF(doc, formOptions(suite, revision))
		if err != nil {
			first = cmp.Or(first, err)
			continue
		}
		// Blank nodes are named in the order of the document.
		if !slices.ContainsFunc(said, func(other []rdfc.Quad) bool { return slices.Equal(quads, other) }) {
			different, said = append(different, revision), append(said, quads)
		}
	}
	if len(different) == 0 {
		return nil, first
	}
	return different, nil
}

// alwaysMandatory are the pointers to what no holder may hide, lest a revoked or
// expired credential look like a good one or lose its issuer, as far as the
// document has it. Contexts, types and the credential's id are shown in any case.
func alwaysMandatory(doc strictjson.Value) []string {
	var pointers []string
	for _, name := range [...]string{
		"issuer", "validFrom", "validUntil", "credentialStatus", "credentialSchema",
		"issuanceDate", "expirationDate", // VCDM 1.1
	} {
		if doc.Get(name).Exists() {
			pointers = append(pointers, "/"+name)
		}
	}
	for i, subject := range doc.Get("credentialSubject").List() {
		path := "/credentialSubject"
		if doc.Get("credentialSubject").Kind() == strictjson.List {
			path += "/" + strconv.Itoa(i)
		}
		// Without an id, the type says at least that there is a subject.
		switch {
		case subject.Get("id").Exists():
			pointers = append(pointers, path+"/id")
		case subject.Get("type").Exists():
			pointers = append(pointers, path+"/type")
		}
	}
	return pointers
}

// statement is one quad of a document in the text that is signed, with the
// groups of pointers that select it.
type statement struct {
	text   []byte // canonical N-Quads, with its line feed
	groups jsonld.Groups
}

// The groups of pointers.
const (
	mandatoryGroup = iota
	selectiveGroup
)

// relabelled are the statements of a document with its blank nodes renamed, in
// code point order: "labelReplacementCanonicalizeNQuads". The label of a blank
// node follows from its label in the quads.
func relabelled(quads []rdfc.Quad, groups []jsonld.Groups, labels map[string]string) ([]statement, error) {
	text := make([]byte, 0, 256*len(quads))
	ends := make([]int, len(quads))
	for i, q := range quads {
		for _, t := range [...]*rdfc.Term{&q.Subject, &q.Object, &q.Graph} {
			if t.Kind == rdfc.Blank {
				t.Value = labels[t.Value]
			}
		}
		var err error
		if text, err = rdfc.AppendQuad(text, q); err != nil {
			return nil, err
		}
		ends[i] = len(text)
	}
	all := make([]statement, len(quads))
	start := 0
	for i, end := range ends {
		all[i].text = text[start:end:end]
		if groups != nil {
			all[i].groups = groups[i]
		}
		start = end
	}
	slices.SortFunc(all, func(a, b statement) int { return bytes.Compare(a.text, b.text) })
	return all, nil
}

// noteLabels keeps the canonical form of the document and what its blank nodes
// are called in the statements, if somebody watches.
func (m *message) noteLabels(c *rdfc.Canonical, labels map[string]string) {
	if m.watch == nil {
		return
	}
	m.noteText(theDocument+canonicalForm, c.NQuads)
	var lines []string
	for input, label := range c.Labels {
		lines = append(lines, "_:"+label+" _:"+labels[input]+"\n")
	}
	slices.Sort(lines)
	m.noteText(labelMap, []byte(strings.Join(lines, "")))
}

// hmacLabels is createHmacIdLabelMapFunction, for the canonical labels of a
// document: a blank node is called after the HMAC of its canonical label, so that
// what is not shown cannot be guessed from the numbers of the labels. "HMAC the
// canonical identifier from the value in entry to get an HMAC digest […] Generate
// a new string value, b64urlDigest, and initialize it to "u" followed by appending
// a base64url-no-pad encoded version of the digest value."
func hmacLabels(canonical map[string]string, key []byte) map[string]string {
	mac := hmac.New(sha256.New, key)
	labels := make(map[string]string, len(canonical))
	for input, label := range canonical {
		mac.Reset()
		mac.Write([]byte(label))
		labels[input] = digestLabel(mac.Sum(nil))
	}
	return labels
}

func digestLabel(digest []byte) string {
	return "u" + base64.RawURLEncoding.EncodeToString(digest)
}

// labelDigest is the digest in a label that hmacLabels made.
func labelDigest(label string) []byte {
	digest, err := base64.RawURLEncoding.DecodeString(label[1:])
	if err != nil {
		panic("proof: a label of our own cannot be read: " + err.Error())
	}
	return digest
}

// canonicalNumber is the number in a canonical label: 12 of "c14n12".
func canonicalNumber(label string) (uint64, error) {
	n, err := strconv.ParseUint(label[len("c14n"):], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("the canonical label %q has no number: %w", label, err)
	}
	return n, nil
}

// Claim is something that a credential says and that can be shown by itself.
type Claim struct {
	Pointer   string // JSON pointer to it
	Shown     bool   // it is part of what DeriveOptions choose
	Mandatory bool   // it always is
}

// Claims lists what a credential says, in its order, with what would be derived
// under the options: texts and numbers one by one, lists and the like as a whole.
// Types are left out, as they are shown with whatever is beside them. Of a
// credential without a base proof everything is mandatory: it is shown whole or
// not at all, and the options' pointers do not matter. It wraps the errors of
// Derive and of jsonld.ToRDF.
func Claims(secured strictjson.Value, opt DeriveOptions) ([]Claim, error) {
	p, suite, err := baseProof(secured, opt.Suites)
	mandatory := []string{""}
	var how embeddedSuite
	switch {
	case err == nil:
		if mandatory, err = suite.mandatory(p.value); err != nil {
			return nil, err
		}
		how = suite
	case errors.Is(err, ErrNoBase):
		if how = reading(opt.Suites); how == nil {
			return nil, ErrSuiteUnsupported
		}
		opt.Pointers = nil
	default:
		return nil, err
	}
	doc := secured.Without("proof")
	candidates, err := readings(how, doc)
	if err != nil {
		return nil, err
	}
	all, err := jsonld.Claims(doc, formOptions(how, candidates[0]), mandatory, opt.Pointers)
	if err != nil {
		return nil, err
	}
	claims := make([]Claim, len(all))
	for i, c := range all {
		claims[i] = Claim{Pointer: c.Pointer, Shown: c.Groups != 0, Mandatory: c.Groups.Has(mandatoryGroup)}
	}
	return claims, nil
}

// reading is a suite that knows the words of credentials.
func reading(suites Suites) embeddedSuite {
	for _, s := range suites {
		if _, ok := s.(interface{ contexts() *jsonld.Contexts }); !ok {
			continue
		}
		if e, ok := s.(embeddedSuite); ok {
			return e
		}
	}
	return nil
}
