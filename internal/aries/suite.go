package aries

import (
	"bytes"
	"encoding/json"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	ldprocessor "github.com/hyperledger/aries-framework-go/pkg/doc/signature/jsonld"
	suites "github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/bbsblssignature2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/bbsblssignatureproof2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/ed25519signature2018"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/jsonwebsignature2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/verifier"
)

// suite is a suite of aries for one signature, with the two places changed where
// it must not decide: what a document says, and what a BBS+ value looks like.
type suite struct {
	verifier.SignatureSuite
	of    Signature
	calls int
	err   error // ours, whatever aries makes of it
}

func (s Signature) suite() *suite {
	out := &suite{of: s}
	switch s.Kind {
	case Ed25519Signature2018:
		out.SignatureSuite = ed25519signature2018.New(suites.WithVerifier(ed25519signature2018.NewPublicKeyVerifier()))
	case JSONWebSignature2020:
		out.SignatureSuite = jsonwebsignature2020.New(suites.WithVerifier(jsonwebsignature2020.NewPublicKeyVerifier()))
	case BBSBLSSignature2020:
		out.SignatureSuite = bbsblssignature2020.New(suites.WithVerifier(bbsblssignature2020.NewG2PublicKeyVerifier()))
	default:
		nonce, _ := decodeBase64(s.Proof.Get("nonce").Str()) // checkValue has read it
		out.SignatureSuite = bbsblssignatureproof2020.New(suites.WithVerifier(bbsblssignatureproof2020.NewG2PublicKeyVerifier(nonce)))
	}
	return out
}

// explain is our own error if there is one; else aries has looked at a value of
// the right form and says no.
func (s *suite) explain(err error) error {
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%w: %v", ErrSignature, err)
}

// GetCanonicalDocument gives aries the canonical form of the proof, for which it
// asks first, and of the document: the same that every other suite signs, under
// the same contexts, with nothing dropped.
func (s *suite) GetCanonicalDocument(doc map[string]any, _ ...ldprocessor.ProcessorOpts) ([]byte, error) {
	var text []byte
	if s.calls++; s.calls == 1 {
		text, s.err = s.canonicalProof(doc)
	} else {
		text, s.err = s.canonicalDocument()
	}
	return text, s.err
}

// Verify checks the form of a BBS+ value before aries reads it: here is where the
// number of statements is known.
func (s *suite) Verify(key *verifier.PublicKey, message, value []byte) error {
	if s.of.Kind.valueMember() == "proofValue" {
		if s.err = s.of.Kind.checkBBS(value, bytes.Count(message, []byte("\n"))); s.err != nil {
			return s.err
		}
	}
	return s.SignatureSuite.Verify(key, message, value)
}

// ownContexts are the contexts under which aries reads the proof of a JWS,
// whatever the document's are. The second is the old address of the third.
const (
	contextSecurity = "https://w3id.org/security/v2"
	contextJWSOld   = "https://w3id.org/security/jws/v1"
	contextJWS      = "https://w3id.org/security/suites/jws-2020/v1"
)

// canonicalProof is the canonical form of the proof as aries rebuilt it. A
// BbsBlsSignatureProof2020 "is the BbsBlsSignature2020 that it was derived from"
// as far as its signature goes.
func (s *suite) canonicalProof(proof map[string]any) ([]byte, error) {
	if s.of.Kind == BBSBLSSignatureProof2020 {
		proof["type"] = string(BBSBLSSignature2020)
	}
	text, err := json.Marshal(proof)
	if err != nil {
		return nil, err
	}
	config, err := strictjson.Parse(text)
	if err != nil {
		return nil, err
	}
	if config.Get("@context").Equal(strictjson.Strings(contextSecurity, contextJWSOld)) {
		config = config.With("@context", strictjson.Strings(contextSecurity, contextJWS))
	}
	canonical, err := canonicalize(config, s.of.Reading)
	if err != nil {
		return nil, fmt.Errorf("in the proof: %w", err)
	}
	return canonical, nil
}

func (s *suite) canonicalDocument() ([]byte, error) {
	if s.of.Kind == BBSBLSSignatureProof2020 {
		return derivedForm(s.of.Document, s.of.Reading)
	}
	return canonicalize(s.of.Document, s.of.Reading)
}

func canonicalize(doc strictjson.Value, opt jsonld.Options) ([]byte, error) {
	quads, err := jsonld.ToRDF(doc, opt)
	if err != nil {
		return nil, err
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return nil, err
	}
	return canonical.NQuads, nil
}
