package cryptosuite

import (
	"crypto"

	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Ed25519Signature2018 is the legacy proof type of that name (Ed25519 Signature 2018,
// W3C CCG draft): RDF canonicalisation, SHA-256 and Ed25519, with the signature in
// a JWS whose payload is left out (RFC 7797). The first Open Badges 3.0, of 2022 and
// 2023, carry it.
//
// Aries says whether the signature holds
// (docs/decisions/0015-aries-answers-one-question.md); everything else is decided
// here.
type Ed25519Signature2018 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "Ed25519Signature2018".
func (Ed25519Signature2018) Name() string { return string(aries.Ed25519Signature2018) }

// ProofType returns the name: there is no cryptosuite beside it.
func (s Ed25519Signature2018) ProofType() string { return s.Name() }

// Reading gives the contexts of the suite.
func (s Ed25519Signature2018) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

func (Ed25519Signature2018) member() string       { return "jws" }
func (Ed25519Signature2018) extent(string) Extent { return Whole }

// Create refuses: no new legacy proofs are made.
func (Ed25519Signature2018) Create(*Message, crypto.Signer) (strictjson.Value, error) {
	return createLegacy(aries.Ed25519Signature2018)
}

// Verify implements the verification of a Ed25519Signature2018, through aries.
func (s Ed25519Signature2018) Verify(m *Message, key crypto.PublicKey, value string) error {
	return linked(s).verifyLegacy(aries.Ed25519Signature2018, m, key, strictjson.Member{Name: s.member(), Value: strictjson.String(value)})
}
