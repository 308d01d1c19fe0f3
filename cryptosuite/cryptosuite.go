// Package cryptosuite has the signatures of embedded proofs: how a document and
// the configuration of its proof become bytes, and how those are signed and
// checked.
//
// A cryptosuite is a value and has a file of its own, named as in its
// specification (Data Integrity EdDSA Cryptosuites 1.0, Data Integrity ECDSA
// Cryptosuites 1.0). Whoever judges documents lists the suites that it accepts;
// none is built in.
//
//	EdDSARDFC2022         Ed25519                   signs RDF: what the document states
//	ECDSARDFC2019         ECDSA on P-256 and P-384  signs RDF
//	EdDSAJCS2022          Ed25519                   signs JSON: how the document is written
//	ECDSAJCS2019          ECDSA on P-256 and P-384  signs JSON
//	Ed25519Signature2020  Ed25519                   signs RDF; legacy, for reading
//	ECDSASD2023           ECDSA on P-256            signs RDF statement by statement
//
// Four legacy suites of VCDM 1.1 are verified and never made. Whether their
// signatures hold, an older library answers (legacy.go):
//
//	Ed25519Signature2018      Ed25519               signs RDF, in a JWS
//	JSONWebSignature2020      by the type of key    signs RDF, in a JWS
//	BBSBLSSignature2020       BBS+ on BLS12-381     signs RDF statement by statement
//	BBSBLSSignatureProof2020  BBS+ on BLS12-381     shows a part of what the last signed
//
// # How one works
//
// A suite is given a Message, which is a document without its proof and the proof
// without its value. It writes both in one spelling, hashes them, and makes or
// checks the value:
//
//	suite := cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()}
//	m := &cryptosuite.Message{Document: unsecured, Config: config}
//	made, err := suite.Create(m, key) // config with a proofValue
//	if err != nil {
//		return err
//	}
//	err = suite.Verify(m, key.Public(), made.Get("proofValue").Str())
//
// # What it does not decide
//
// That a signature fits says nothing of whose key it was, what the proof was made
// for, whether it stands alone, and whether the document is written so that its
// readers see what was signed. All that is for package proof, whose Open is the
// only door for documents: it holds each one to its compacted form under the
// contexts that the suite names (Reading), which is why no suite can do without.
package cryptosuite

import (
	"crypto"
	"errors"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Suite is one cryptosuite: what the specification calls a cryptosuite instance,
// with its two algorithms.
type Suite interface {
	// Name is the cryptosuite identifier, such as "eddsa-rdfc-2022", of a legacy
	// suite the type of its proofs.
	Name() string
	// ProofType is the type of its proofs: DataIntegrityProof, of a legacy suite
	// its name.
	ProofType() string
	// Reading says under which contexts documents are read, with that choice
	// among their revisions. Suites that sign JSON have contexts too: a document
	// must mean something, and be written as it is read.
	Reading(revision jsonld.Selection) jsonld.Options
	// Create makes the proof: the configuration of the message, completed.
	Create(m *Message, key crypto.Signer) (proof strictjson.Value, err error)
	// Verify checks the value of a proof, which stands in ValueMember. It wraps
	// ErrSignature, ErrProofValue or ErrKeyType, or what reading the document
	// does.
	Verify(m *Message, key crypto.PublicKey, value string) error
}

// Deriver is a Suite with selective disclosure. Under it an issuer makes a base
// proof, which goes to the holder alone. From it the holder derives, as often as
// they like, documents that show a part of the credential, each with a proof of
// its own that the holder cannot make without the issuer.
type Deriver interface {
	Suite

	// Extent tells a base proof, Base, from a derived one, Part. It wraps
	// ErrProofValue for a value that is neither.
	Extent(value string) (Extent, error)
	// VerifyBase checks a base proof with everything in it, as Verify does a
	// derived one.
	VerifyBase(m *Message, key crypto.PublicKey, value string) error
	// MandatoryPointers are those to what every derived document shows.
	MandatoryPointers(value string) ([]string, error)
	// Derive shows the part of the document of the message that the pointers
	// choose, with the value of its proof. Of a document whose contexts have
	// several revisions, it is told to make sure that this is the right one,
	// wrapping ErrSignature if it is not.
	Derive(m *Message, value string, pointers []string, sure bool) (revealed strictjson.Value, derived string, err error)
}

// DataIntegrityProof is the type of all proofs but the legacy ones.
const DataIntegrityProof = "DataIntegrityProof"

// What can be wrong with the value of a proof. Errors of this package wrap one of
// these, or an error of jsonld, rdfc or strictjson, where the rule lives.
var (
	ErrSignature       = errors.New("the signature does not fit the document")
	ErrProofValue      = errors.New("the proof value is not what the cryptosuite prescribes")
	ErrKeyType         = errors.New("the key is of another type than the cryptosuite takes")
	ErrStatements      = errors.New("it makes more statements than a proof with selective disclosure can hold")
	ErrTypeUnsupported = errors.New("this type of proof is not supported")
	ErrMalformed       = errors.New("the proof is not well-formed")
)

// maxProofValue bounds the value of a proof, in characters, and so base58, whose
// cost grows with the square. Suites with selective disclosure and legacy ones
// have bounds of their own.
const maxProofValue = 4096

// Extent is how much of what an issuer signed is in a document.
type Extent uint8

// The extents. Whole, the zero value, is all there is and all there can be.
const (
	Whole Extent = iota
	Base         // all of it, in the holder's hands: what is shown is yet to be derived
	Part         // what the holder chose to show, of what the issuer let them choose
	Loose        // what the holder chose to show, of everything: the issuer had no say
)

// String names the extent for a report.
func (e Extent) String() string {
	return [...]string{"everything", "everything, for the holder to choose from", "a selection that the holder made", "a selection that the holder made of everything"}[e]
}

// CheckValue bounds the value of a proof before any work is done for it, and tells
// how much a document shows under it. It wraps ErrProofValue.
func CheckValue(s Suite, value string) (Extent, error) {
	switch s := s.(type) {
	case Deriver:
		return s.Extent(value)
	case legacy:
		return s.extent(value), nil
	}
	if len(value) > maxProofValue {
		return Whole, fmt.Errorf("%w: it has %d characters", ErrProofValue, len(value))
	}
	return Whole, nil
}

// ValueMember is the member of a proof of the suite that holds its value:
// "proofValue", of some legacy ones "jws".
func ValueMember(s Suite) string {
	if l, ok := s.(legacy); ok {
		return l.member()
	}
	return "proofValue"
}
