// Package aries asks aries-framework-go one question: does this legacy signature
// hold under this key?
//
// The framework is the only implementation in Go of the signatures that were put
// on credentials of VCDM 1.1 before Data Integrity: Ed25519Signature2018,
// JsonWebSignature2020, BbsBlsSignature2020 and what wallets derive from the
// last, BbsBlsSignatureProof2020. It is archived and gets no more fixes, so it is
// kept behind this one door and is believed in nothing else:
//
//	err := aries.Signature{
//		Kind:     aries.Ed25519Signature2018,
//		Document: credential.Without("proof"),
//		Proof:    credential.Get("proof"),
//		Key:      key, // found and authorised by package did
//		Reading:  jsonld.Options{Contexts: jsonld.Embedded()},
//	}.Verify()
//
// A nil error says that the key signed these statements, with this purpose, time
// and method. Who may use the key, whether the purpose is the right one, whether
// the credential has expired: package proof decides all of that, as it does for
// every other suite.
//
// # What aries does here, and what it does not
//
// Aries puts together what was signed, and checks the signature: the curves, the
// detached JWS, BBS+ and its proofs of knowledge. It does not read the document.
// Its own JSON-LD drops every property that no context defines, which makes room
// for claims that nobody signed, and its canonicalisation has no bound; so its
// suites are given our canonical form (suite.go), and its JSON-LD never runs.
//
// It does not see a value that it would misread, either. It ignores members of a
// proof that it does not know, and the header of a JWS; it reads a BBS+ proof by
// the lengths that the proof itself names, and so takes one that anybody could
// make. proofs.go, jws.go and bbs.go hold values to the one form that they can
// have, before aries looks at them. A test of this package shows for each of
// these what aries alone would have said.
package aries

import (
	"crypto"
	"encoding/json"
	"errors"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"

	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/verifier"
)

// Kind is the type of a legacy proof, as the proof names it.
type Kind string

// The kinds of signature that can be asked about.
const (
	Ed25519Signature2018     Kind = "Ed25519Signature2018"     // detached JWS, Ed25519
	JSONWebSignature2020     Kind = "JsonWebSignature2020"     // detached JWS, by type of key
	BBSBLSSignature2020      Kind = "BbsBlsSignature2020"      // BBS+ on BLS12-381, all statements
	BBSBLSSignatureProof2020 Kind = "BbsBlsSignatureProof2020" // knowledge of such a signature, some statements
)

// What can be wrong. An error of Verify wraps one of these, or an error of jsonld
// or rdfc if the document cannot be read.
var (
	// ErrSignature says that the key did not sign this.
	ErrSignature = errors.New("the key did not sign this")
	// ErrProof says that the proof has a member that would not be covered, or
	// lacks one.
	ErrProof = errors.New("the members of the proof")
	// ErrValue says that the signature value has another form than the one it
	// must have.
	ErrValue = errors.New("the form of the value")
	// ErrKey says that the key is of another type than the signature takes.
	ErrKey = errors.New("the type of the key")
	// ErrLimit says that checking would take too long.
	ErrLimit = errors.New("the number of statements")
)

// Signature is a legacy signature and what it is said to be on.
type Signature struct {
	Kind     Kind
	Document strictjson.Value // the credential or presentation, without its proofs
	Proof    strictjson.Value // the proof, whole
	Key      crypto.PublicKey // as package did gives it
	Reading  jsonld.Options   // the contexts that the document may name
}

// Verify says whether the signature holds: it does if the error is nil.
func (s Signature) Verify() (err error) {
	value, err := s.value()
	if err != nil {
		return err
	}
	key, err := s.key()
	if err != nil {
		return err
	}
	if err := s.checkValue(value); err != nil {
		return err
	}
	skeleton, err := s.skeleton()
	if err != nil {
		return err
	}
	defer func() {
		if r := recover(); r != nil { // what it cannot read is not a signature
			err = fmt.Errorf("%w: aries gave up: %v", ErrValue, r)
		}
	}()
	asked := s.suite()
	door, err := verifier.New(oneKey{key}, asked)
	if err != nil {
		return err
	}
	if err := door.VerifyObject(skeleton); err != nil {
		return asked.explain(err)
	}
	return nil
}

// Hidden is how many of the statements that were signed are not shown, by the text
// of the value of a BBSBLSSignatureProof2020 that holds. It is 0 for any other.
func Hidden(value string) int {
	data, err := decodeBase64(value)
	if err != nil {
		return 0
	}
	total, shown, _, err := readBits(data)
	if err != nil {
		return 0
	}
	return total - shown
}

// skeleton is the document as far as aries sees it: its proof, and the contexts
// that it copies into the proof. The rest it gets in canonical form.
func (s Signature) skeleton() (map[string]any, error) {
	seen := strictjson.Object(
		strictjson.Member{Name: "@context", Value: s.Document.Get("@context")},
		strictjson.Member{Name: "proof", Value: s.Proof},
	)
	var out map[string]any
	if err := json.Unmarshal(seen.JSON(), &out); err != nil {
		return nil, fmt.Errorf("%w: %v", ErrProof, err)
	}
	return out, nil
}

// oneKey is the key, whatever aries asks for: package did has found it.
type oneKey struct{ *verifier.PublicKey }

func (k oneKey) Resolve(string) (*verifier.PublicKey, error) { return k.PublicKey, nil }
