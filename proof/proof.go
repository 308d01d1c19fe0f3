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
//		Suites: proof.Suites{cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()}},
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
//		Suite:  cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()},
//		Key:    key, // an Ed25519 crypto.Signer
//		Method: "did:key:z6Mk…#z6Mk…",
//		Created: time.Now(),
//	})
//
// The cryptosuites are those of package cryptosuite. The caller lists the ones it
// accepts; none is built in.
//
// The families of tokens, which SignJWT, IssueSDJWT and PresentSDJWT make:
//
//	VCJOSE  vc+jwt, vp+jwt
//	SDJWT   vc+sd-jwt, vp+sd-jwt, dc+sd-jwt: shown claim by claim
//	VCJWT   VCDM 1.1 and 1EdTech; legacy, for reading
//
// # Showing a part
//
// With a suite of selective disclosure, ECDSASD2023, the issuer's proof is a
// base proof. It is for the holder alone, who derives from it what to show:
//
//	shown, err := proof.Derive(badge, proof.DeriveOptions{
//		Suites:   proof.Suites{cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded()}},
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
	"laurel/cryptosuite"
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

// Suite is one securing mechanism: a cryptosuite.Suite for embedded proofs, or one
// of the families of signed tokens in this package.
type Suite interface {
	// Name is the cryptosuite identifier, such as "eddsa-rdfc-2022", of a
	// legacy suite the type of its proofs, of tokens their family.
	Name() string
	// ProofType is the type of its proofs: "DataIntegrityProof", of a legacy
	// suite its name, and "" of tokens, which have no proof member.
	ProofType() string
}

// Suites are the securing mechanisms that a caller accepts. The zero value
// accepts none.
type Suites []Suite

// find returns the suite whose proofs have that type and cryptosuite, or nil.
// Legacy proofs are told by their type alone.
func (s Suites) find(kind, name string) cryptosuite.Suite {
	for _, suite := range s {
		e, ok := suite.(cryptosuite.Suite)
		if ok && e.ProofType() == kind && (kind != cryptosuite.DataIntegrityProof || e.Name() == name) {
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
	ErrSuiteUnsupported   = errors.New("this cryptosuite is not supported")
	ErrTooMany            = errors.New("there are too many proofs")
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

// What a cryptosuite can find wrong, by its names.
var (
	ErrMalformed       = cryptosuite.ErrMalformed
	ErrTypeUnsupported = cryptosuite.ErrTypeUnsupported
	ErrSignature       = cryptosuite.ErrSignature
	ErrProofValue      = cryptosuite.ErrProofValue
	ErrKeyType         = cryptosuite.ErrKeyType
	ErrStatements      = cryptosuite.ErrStatements
)

// Sources of work that a stranger could ask for.
const (
	maxProofs         = 8 // a proof set of that size is unheard of; each costs a signature
	maxRevisionsTried = 3 // context revisions; each costs a canonicalisation
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
	suite, ok := opt.Suite.(cryptosuite.Suite)
	if !ok || opt.Key == nil || opt.Method == "" {
		return strictjson.Value{}, errors.New("proof: signing needs a suite for embedded proofs, a key and the URL of its verification method")
	}
	unsecured, earlier := doc.Without("proof"), doc.Get("proof").List()
	if len(earlier) == 0 { // another context would break the proofs that are there
		unsecured = withVocabulary(unsecured, suite)
	}
	covered, err := opt.covered(earlier)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
	}
	if opt.Purpose != Authentication { // what others wrote may be shown as it is
		if err := jsonld.CheckForm(unsecured, suite.Reading(jsonld.Selection{})); err != nil {
			return strictjson.Value{}, fmt.Errorf("cannot sign: %w", err)
		}
	}
	m := &cryptosuite.Message{Document: unsecured.With("proof", covered), Config: opt.config()}
	made, err := suite.Create(m, opt.Key)
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
	cryptosuite.DataIntegrityProof: {
		"https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/data-integrity/v1", credential.BaseContext,
	},
	cryptosuite.Ed25519Signature2020{}.Name(): {"https://w3id.org/security/suites/ed25519-2020/v1"},
}

func withVocabulary(doc strictjson.Value, suite Suite) strictjson.Value {
	known := vocabularies[suite.ProofType()]
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
	kind, name := opt.Suite.ProofType(), ""
	if kind == cryptosuite.DataIntegrityProof {
		name = opt.Suite.Name()
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.Optional(opt.ID)},
		strictjson.Member{Name: "type", Value: strictjson.String(kind)},
		strictjson.Member{Name: "cryptosuite", Value: strictjson.Optional(name)},
		strictjson.Member{Name: "created", Value: strictjson.Stamp(opt.Created)},
		strictjson.Member{Name: "expires", Value: strictjson.Stamp(opt.Expires)},
		strictjson.Member{Name: "verificationMethod", Value: strictjson.String(opt.Method)},
		strictjson.Member{Name: "proofPurpose", Value: strictjson.String(purpose)},
		strictjson.Member{Name: "challenge", Value: strictjson.Optional(opt.Challenge)},
		strictjson.Member{Name: "domain", Value: strictjson.Optional(opt.Domain)},
		strictjson.Member{Name: "previousProof", Value: oneOrMany(opt.Previous)},
	)
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
