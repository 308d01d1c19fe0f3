package proof

import (
	"cmp"
	"errors"
	"slices"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// Errors of selective disclosure.
var (
	ErrBaseProof = errors.New("this is a base proof, which is for its holder alone: a verifier is shown a proof that was derived from it")
	ErrNoBase    = errors.New("it has no base proof, so it is shown whole or not at all")
)

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
	m := &cryptosuite.Message{Document: secured.Without("proof"), Config: p.config()}
	candidates, err := readings(suite, m.Document)
	if err != nil {
		return strictjson.Value{}, err
	}
	for _, revision := range candidates {
		m.Revision = revision
		revealed, value, deriveErr := suite.Derive(m, p.value, opt.Pointers, len(candidates) > 1)
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
	return suite.MandatoryPointers(p.value)
}

// baseProof finds the first base proof of a document.
func baseProof(secured strictjson.Value, suites Suites) (*embedded, cryptosuite.Deriver, error) {
	proofs, err := readProofs(secured, suites)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range proofs {
		if d, ok := p.suite.(cryptosuite.Deriver); ok && p.base() && len(p.previous) == 0 {
			return p, d, nil
		}
	}
	return nil, nil, ErrNoBase
}

// readings are the choices of context revisions under which a document says
// different things. There is nearly always one.
func readings(suite cryptosuite.Suite, doc strictjson.Value) ([]jsonld.Selection, error) {
	var different []jsonld.Selection
	var said [][]rdfc.Quad
	var first error
	for _, revision := range revisions([]*embedded{{suite: suite}}, doc) {
		quads, err := jsonld.ToRDF(doc, suite.Reading(revision))
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
	var how cryptosuite.Suite
	switch {
	case err == nil:
		if mandatory, err = suite.MandatoryPointers(p.value); err != nil {
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
	all, err := jsonld.Claims(doc, how.Reading(candidates[0]), mandatory, opt.Pointers)
	if err != nil {
		return nil, err
	}
	claims := make([]Claim, len(all))
	for i, c := range all {
		claims[i] = Claim{Pointer: c.Pointer, Shown: c.Groups != 0, Mandatory: c.Groups.Has(0)}
	}
	return claims, nil
}

// reading is a suite that knows the words of credentials.
func reading(suites Suites) cryptosuite.Suite {
	for _, s := range suites {
		if e, ok := s.(cryptosuite.Suite); ok && e.Reading(jsonld.Selection{}).Contexts != nil {
			return e
		}
	}
	return nil
}
