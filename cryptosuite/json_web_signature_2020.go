package cryptosuite

import (
	"crypto"

	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// JSONWebSignature2020 is the legacy proof type JsonWebSignature2020 (JSON Web
// Signature 2020, W3C CCG draft): RDF canonicalisation and SHA-256, and a JWS whose
// payload is left out, by the algorithm of the key: EdDSA, ES256, ES384, ES512,
// ES256K or PS256.
//
// Aries says whether the signature holds
// (docs/decisions/0015-aries-answers-one-question.md); everything else is decided
// here.
type JSONWebSignature2020 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "JsonWebSignature2020".
func (JSONWebSignature2020) Name() string { return string(aries.JSONWebSignature2020) }

// ProofType returns the name: there is no cryptosuite beside it.
func (s JSONWebSignature2020) ProofType() string { return s.Name() }

// Reading gives the contexts of the suite.
func (s JSONWebSignature2020) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

func (JSONWebSignature2020) member() string       { return "jws" }
func (JSONWebSignature2020) extent(string) Extent { return Whole }

// Create refuses: no new legacy proofs are made.
func (JSONWebSignature2020) Create(*Message, crypto.Signer) (strictjson.Value, error) {
	return createLegacy(aries.JSONWebSignature2020)
}

// Verify implements the verification of a JsonWebSignature2020, through aries.
func (s JSONWebSignature2020) Verify(m *Message, key crypto.PublicKey, value string) error {
	return linked(s).verifyLegacy(aries.JSONWebSignature2020, m, key, strictjson.Member{Name: s.member(), Value: strictjson.String(value)})
}
