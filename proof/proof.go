// Package proof takes secured documents apart and makes them.
//
// A secured document is a credential or a presentation with one or more
// embedded proofs (Verifiable Credential Data Integrity 1.0). A proof names a
// cryptosuite, a verification method (the URL of a public key), a purpose and a
// value, the signature:
//
//	"proof": {
//	  "type": "DataIntegrityProof",
//	  "cryptosuite": "eddsa-rdfc-2022",
//	  "created": "2026-06-01T00:00:00Z",
//	  "verificationMethod": "did:key:z6Mk…#z6Mk…",
//	  "proofPurpose": "assertionMethod",
//	  "proofValue": "z3FXQ…"
//	}
//
// # Opening
//
// Open is the only door in this program by which a secured document becomes a
// trusted value. It reads the bytes strictly, finds the key, verifies every
// proof, binds the key to the issuer (or, of a presentation, to the holder) and
// judges the dates. Only if all of that holds does it return an Opened, whose
// Document is the value that was verified, not the bytes that came in:
//
//	opened, err := proof.Open(ctx, raw, proof.Options{
//		Keys:   did.Methods{"key": did.Key{}},
//		Suites: proof.Suites{proof.EdDSARDFC2022{Contexts: jsonld.Embedded()}},
//		At:     time.Now(),
//	})
//	if err != nil {
//		return err
//	}
//	issuer := opened.Document.Get("issuer")
//
// A caller that wants to explain a refusal, such as the verifier, takes the
// *Refusal from the error: it says of every step how it ended.
//
// # Signing
//
// Sign adds a proof to a document and returns the secured document:
//
//	secured, err := proof.Sign(badge, proof.SignOptions{
//		Suite:  proof.EdDSARDFC2022{Contexts: jsonld.Embedded()},
//		Key:    key, // an Ed25519 crypto.Signer
//		Method: "did:key:z6Mk…#z6Mk…",
//		Created: time.Now(),
//	})
//
// A cryptosuite is a value and has a file of its own, named as in its
// specification. The caller lists the suites it accepts; none is built in.
package proof

import (
	"crypto"
	"errors"
	"fmt"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
)

// Purposes of a proof: why it was made, and which verification relationship of
// the controller document must list the key (Controlled Identifiers 1.0,
// section 2.3).
const (
	Assertion      = string(did.AssertionMethod)
	Authentication = string(did.Authentication)
)

// Suite is one securing mechanism. The implementations are the exported types
// of this package, one file each.
type Suite interface {
	// Name is the cryptosuite identifier, such as "eddsa-rdfc-2022".
	Name() string

	// hash transforms and hashes a document and a proof configuration into
	// the bytes that are signed.
	hash(m *message) ([]byte, error)
	// sign makes the proofValue over those bytes.
	sign(key crypto.Signer, hash []byte) (proofValue string, err error)
	// verify checks the proofValue over those bytes. It wraps
	// ErrSignature, ErrProofValue or ErrKeyType.
	verify(key crypto.PublicKey, hash []byte, proofValue string) error
}

// Suites are the securing mechanisms that a caller accepts. The zero value
// accepts none.
type Suites []Suite

// find returns the suite of that name.
func (s Suites) find(name string) (Suite, bool) {
	for _, suite := range s {
		if suite.Name() == name {
			return suite, true
		}
	}
	return nil, false
}

// What can be wrong with a proof. Errors of this package wrap one of these, or
// an error of did, jsonld, rdfc, strictjson or credential, where the rule lives.
var (
	ErrMissing            = errors.New("there is no proof")
	ErrMalformed          = errors.New("the proof is not well-formed")
	ErrTypeUnsupported    = errors.New("this type of proof is not supported")
	ErrSuiteUnsupported   = errors.New("this cryptosuite is not supported")
	ErrTooMany            = errors.New("there are too many proofs")
	ErrSignature          = errors.New("the signature does not fit the document")
	ErrProofValue         = errors.New("the proof value is not what the cryptosuite prescribes")
	ErrKeyType            = errors.New("the key is of another type than the cryptosuite takes")
	ErrPurpose            = errors.New("the proof was made for another purpose")
	ErrExpired            = errors.New("the proof has expired")
	ErrNotYetValid        = errors.New("the proof was made after the time that is judged")
	ErrChain              = errors.New("the chain of proofs is broken")
	ErrBinding            = errors.New("no proof was made with a key of the one who is named")
	ErrChallenge          = errors.New("the proof answers another challenge")
	ErrChallengeUnchecked = errors.New("there was no challenge to compare with")
	ErrDomain             = errors.New("the proof was made for another domain")
	ErrCredentialExpired  = errors.New("the time of validity is over")
	ErrCredentialEarly    = errors.New("the time of validity has not begun")
)

// Sources of work that a stranger could ask for.
const (
	maxProofs         = 8    // a proof set of that size is unheard of; each costs a signature
	maxProofValue     = 4096 // characters; bounds base58, whose cost grows with the square
	maxRevisionsTried = 3    // context revisions; each costs a canonicalisation
)

// SignOptions says how a document is to be signed. Suite, Key and Method are
// required.
type SignOptions struct {
	Suite  Suite
	Key    crypto.Signer // the private key that belongs to Method
	Method string        // URL of the verification method, "did:…#…"

	Purpose   string    // Assertion if empty
	Created   time.Time // left out if zero; written in UTC, to the second
	Expires   time.Time // left out if zero
	Challenge string    // presentations: the verifier's nonce
	Domain    string    // presentations: whom the answer is for
}

// Sign returns the document with a proof added: the first stands alone, more
// become a proof set. It implements "Add Proof" (Data Integrity 1.0, section
// 4.2). The document must satisfy the suite's transformation: an undefined term
// or an unknown context is refused here, before anything is signed.
func Sign(doc strictjson.Value, opt SignOptions) (strictjson.Value, error) {
	if opt.Suite == nil || opt.Key == nil || opt.Method == "" {
		return strictjson.Value{}, errors.New("proof: signing needs a suite, a key and the URL of its verification method")
	}
	config := opt.config()
	unsecured := doc.Without("proof")
	hash, err := opt.Suite.hash(&message{document: unsecured, config: config})
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
	}
	value, err := opt.Suite.sign(opt.Key, hash)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
	}
	made := config.With("proofValue", strictjson.String(value))
	if before := doc.Get("proof").List(); len(before) > 0 {
		made = strictjson.Array(append(append([]strictjson.Value(nil), before...), made)...)
	}
	return unsecured.With("proof", made), nil
}

// config is the proof without its value.
func (opt SignOptions) config() strictjson.Value {
	purpose := opt.Purpose
	if purpose == "" {
		purpose = Assertion
	}
	return strictjson.Object(
		strictjson.Member{Name: "type", Value: strictjson.String(dataIntegrityProof)},
		strictjson.Member{Name: "cryptosuite", Value: strictjson.String(opt.Suite.Name())},
		strictjson.Member{Name: "created", Value: stamp(opt.Created)},
		strictjson.Member{Name: "expires", Value: stamp(opt.Expires)},
		strictjson.Member{Name: "verificationMethod", Value: strictjson.String(opt.Method)},
		strictjson.Member{Name: "proofPurpose", Value: strictjson.String(purpose)},
		strictjson.Member{Name: "challenge", Value: optional(opt.Challenge)},
		strictjson.Member{Name: "domain", Value: optional(opt.Domain)},
	)
}

func stamp(t time.Time) strictjson.Value {
	if t.IsZero() {
		return strictjson.Value{}
	}
	return strictjson.String(t.UTC().Format(time.RFC3339))
}

func optional(s string) strictjson.Value {
	if s == "" {
		return strictjson.Value{}
	}
	return strictjson.String(s)
}
