package cryptosuite

import (
	"crypto"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Ed25519Signature2020 is the legacy proof type of that name (Data Integrity
// EdDSA Cryptosuites 1.0, appendix B): "an earlier version of a cryptographic
// suite for use of the EdDSA algorithm and Curve25519. While it has been used in
// production systems, new implementations should instead use eddsa-rdfc-2022."
// Most education badges issued before 2025 carry it.
//
// A proof has no cryptosuite, and its words are defined by a context of their
// own, https://w3id.org/security/suites/ed25519-2020/v1, which the document must
// name: "Set proofConfig.@context to unsecuredDocument.@context." The rest is as
// in eddsa-rdfc-2022. The key is an Ed25519VerificationKey2020, or the same key
// in a newer form.
type Ed25519Signature2020 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "Ed25519Signature2020".
func (Ed25519Signature2020) Name() string { return "Ed25519Signature2020" }

// ProofType returns the name: there is no cryptosuite beside it.
func (s Ed25519Signature2020) ProofType() string { return s.Name() }

// Reading gives the contexts of the suite.
func (s Ed25519Signature2020) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

// Create implements "Add Proof (Ed25519Signature2020)".
func (s Ed25519Signature2020) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	return createEd25519(m, key, linked(s).hashData)
}

// Verify implements "Verify Proof (Ed25519Signature2020)".
func (s Ed25519Signature2020) Verify(m *Message, key crypto.PublicKey, proofValue string) error {
	return verifyEd25519(m, key, proofValue, linked(s).hashData)
}
