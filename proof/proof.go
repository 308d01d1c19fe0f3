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
// Or it is a signed token (JWT), which has the document inside: a header that names
// the key and the algorithm, the document as payload, and a signature over both.
// Tokens with selective disclosure come with the claims that their holder chose to
// show. Inside JSON a token stands in an envelope.
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
//
//	EdDSARDFC2022         Ed25519                   signs RDF: what the document states
//	ECDSARDFC2019         ECDSA on P-256 and P-384  signs RDF
//	EdDSAJCS2022          Ed25519                   signs JSON: how the document is written
//	ECDSAJCS2019          ECDSA on P-256 and P-384  signs JSON
//	Ed25519Signature2020  Ed25519                   signs RDF; legacy, for reading
//	ECDSASD2023           ECDSA on P-256            signs RDF statement by statement
//
// The families of tokens, which SignJWT, IssueSDJWT and PresentSDJWT make:
//
//	VCJOSE  vc+jwt, vp+jwt
//	SDJWT   vc+sd-jwt, vp+sd-jwt, dc+sd-jwt: shown claim by claim
//	VCJWT   VCDM 1.1 and 1EdTech; legacy, for reading
//
// Four legacy suites of VCDM 1.1 are verified and never made. Whether their
// signatures hold, an older library answers (legacy.go):
//
//	Ed25519Signature2018      Ed25519               signs RDF, in a JWS
//	JSONWebSignature2020      by the type of key    signs RDF, in a JWS
//	BBSBLSSignature2020       BBS+ on BLS12-381     signs RDF statement by statement
//	BBSBLSSignatureProof2020  BBS+ on BLS12-381     shows a part of what the last signed
//
// # Showing a part
//
// With a suite of selective disclosure, ECDSASD2023, the issuer's proof is a
// base proof. It is for the holder alone, who derives from it what to show:
//
//	shown, err := proof.Derive(badge, proof.DeriveOptions{
//		Suites:   proof.Suites{proof.ECDSASD2023{Contexts: jsonld.Embedded()}},
//		Pointers: []string{"/credentialSubject/achievement/name"},
//	})
//
// Open refuses a base proof (ErrBaseProof), unless Options.Receiving says that a
// holder is asking, and verifies what was derived like any other document.
package proof

import (
	"crypto"
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Purposes of a proof: why it was made, and which verification relationship of
// the controller document must list the key (Controlled Identifiers 1.0,
// section 2.3).
const (
	Assertion      = string(did.AssertionMethod)
	Authentication = string(did.Authentication)
)

// Suite is one securing mechanism: what the specification calls a cryptosuite
// instance, with its two algorithms, or a family of signed tokens. The
// implementations are the exported types of this package, one file each.
type Suite interface {
	// Name is the cryptosuite identifier, such as "eddsa-rdfc-2022", of a
	// legacy suite the type of its proofs, of tokens their family.
	Name() string

	// proofType is the type of its proofs: "DataIntegrityProof", of a
	// legacy suite its name, and "" of tokens, which have no proof member.
	proofType() string
}

// embeddedSuite is a Suite whose proofs stand inside the document.
type embeddedSuite interface {
	Suite
	// create makes the proof: the configuration of the message, completed.
	create(m *message, key crypto.Signer) (proof strictjson.Value, err error)
	// verify checks the proofValue of the message. It wraps ErrSignature,
	// ErrProofValue or ErrKeyType.
	verify(m *message, key crypto.PublicKey, proofValue string) error
}

// Suites are the securing mechanisms that a caller accepts. The zero value
// accepts none.
type Suites []Suite

// find returns the suite whose proofs have that type and cryptosuite, or nil.
// Legacy proofs are told by their type alone.
func (s Suites) find(kind, cryptosuite string) embeddedSuite {
	for _, suite := range s {
		e, ok := suite.(embeddedSuite)
		if ok && e.proofType() == kind && (kind != dataIntegrityProof || e.Name() == cryptosuite) {
			return e
		}
	}
	return nil
}

// What can be wrong with a proof. Errors of this package wrap one of these, or
// an error of did, jsonld, rdfc, strictjson, credential, jose or sdjwt, where the
// rule lives.
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

	// ID names the proof, so that later ones can build on it: a URL such as
	// "urn:uuid:…". Previous names the earlier proofs of the document that this
	// one builds on and covers; one that is not there is an error (ErrChain).
	ID       string
	Previous []string
}

// Sign returns the document with a proof added: the first stands alone, more
// become a proof set, or a chain if the options name previous proofs. It
// implements "Add Proof" and "Add Proof Set/Chain" (Data Integrity 1.0, sections
// 4.2 and 4.3). The document must satisfy the suite's transformation: an
// undefined term or an unknown context is refused here, before anything is
// signed. A document of VCDM 1.1 gets the context that defines the words of the
// proof, if it lacks it.
func Sign(doc strictjson.Value, opt SignOptions) (strictjson.Value, error) {
	suite, ok := opt.Suite.(embeddedSuite)
	if !ok || opt.Key == nil || opt.Method == "" {
		return strictjson.Value{}, errors.New("proof: signing needs a suite for embedded proofs, a key and the URL of its verification method")
	}
	unsecured, earlier := doc.Without("proof"), doc.Get("proof").List()
	if len(earlier) == 0 { // another context would break the proofs that are there
		unsecured = withVocabulary(unsecured, opt.Suite)
	}
	covered, err := opt.covered(earlier)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
	}
	if opt.Purpose != Authentication { // what others wrote may be shown as it is
		if err := jsonld.CheckForm(unsecured, formOptions(opt.Suite, jsonld.Selection{})); err != nil {
			return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
		}
	}
	m := &message{document: unsecured.With("proof", covered), config: opt.config()}
	made, err := suite.create(m, opt.Key)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
	}
	if len(earlier) > 0 {
		made = strictjson.Array(append(append([]strictjson.Value(nil), earlier...), made)...)
	}
	return unsecured.With("proof", made), nil
}

// covered are the earlier proofs that the new one signs along; Absent if none.
func (opt SignOptions) covered(earlier []strictjson.Value) (strictjson.Value, error) {
	if len(opt.Previous) == 0 {
		return strictjson.Value{}, nil
	}
	links := append(earlierLinks(earlier), link{id: opt.ID, previous: opt.Previous})
	covered, err := precursors(links, len(earlier))
	if err != nil {
		return strictjson.Value{}, err
	}
	return strictjson.Array(covered...), nil
}

// vocabularies are the contexts that define the words of a type of proof. The
// first is added where none of them is named: "implementations SHOULD inject or
// append an @context property with a value of
// https://w3id.org/security/data-integrity/v2 or one or more contexts with at
// least the same declarations" (Data Integrity 1.0, section 2.4.2).
var vocabularies = map[string][]string{
	dataIntegrityProof: {
		"https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/data-integrity/v1", credential.BaseContext,
	},
	Ed25519Signature2020{}.Name(): {"https://w3id.org/security/suites/ed25519-2020/v1"},
}

func withVocabulary(doc strictjson.Value, suite Suite) strictjson.Value {
	known := vocabularies[suite.proofType()]
	contexts := doc.Get("@context").List()
	for _, c := range contexts {
		if slices.Contains(known, c.Str()) {
			return doc
		}
	}
	if len(known) == 0 || len(contexts) == 0 {
		return doc
	}
	return doc.With("@context", strictjson.Array(append(slices.Clone(contexts), strictjson.String(known[0]))...))
}

// config is the proof without its value.
func (opt SignOptions) config() strictjson.Value {
	purpose := opt.Purpose
	if purpose == "" {
		purpose = Assertion
	}
	kind, cryptosuite := opt.Suite.proofType(), ""
	if kind == dataIntegrityProof {
		cryptosuite = opt.Suite.Name()
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: optional(opt.ID)},
		strictjson.Member{Name: "type", Value: strictjson.String(kind)},
		strictjson.Member{Name: "cryptosuite", Value: optional(cryptosuite)},
		strictjson.Member{Name: "created", Value: stamp(opt.Created)},
		strictjson.Member{Name: "expires", Value: stamp(opt.Expires)},
		strictjson.Member{Name: "verificationMethod", Value: strictjson.String(opt.Method)},
		strictjson.Member{Name: "proofPurpose", Value: strictjson.String(purpose)},
		strictjson.Member{Name: "challenge", Value: optional(opt.Challenge)},
		strictjson.Member{Name: "domain", Value: optional(opt.Domain)},
		strictjson.Member{Name: "previousProof", Value: oneOrMany(opt.Previous)},
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

func oneOrMany(texts []string) strictjson.Value {
	switch len(texts) {
	case 0:
		return strictjson.Value{}
	case 1:
		return strictjson.String(texts[0])
	default:
		return strictjson.Strings(texts...)
	}
}
