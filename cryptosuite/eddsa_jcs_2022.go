package cryptosuite

import (
	"crypto"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// EdDSAJCS2022 is the cryptosuite eddsa-jcs-2022 (Data Integrity EdDSA
// Cryptosuites 1.0, section 3.3): "The eddsa-jcs-2022 cryptographic suite takes
// an input document, canonicalizes the document using the JSON Canonicalization
// Scheme [RFC8785], and then cryptographically hashes and signs the output."
type EdDSAJCS2022 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "eddsa-jcs-2022".
func (EdDSAJCS2022) Name() string { return "eddsa-jcs-2022" }

// ProofType returns "DataIntegrityProof".
func (EdDSAJCS2022) ProofType() string { return DataIntegrityProof }

// Reading gives the contexts of the suite.
func (s EdDSAJCS2022) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

// Create implements section 3.3.1, "Create Proof (eddsa-jcs-2022)".
func (s EdDSAJCS2022) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	return createEd25519(m.withContext(), key, plain(s).hashData)
}

// Verify implements section 3.3.2, "Verify Proof (eddsa-jcs-2022)".
func (s EdDSAJCS2022) Verify(m *Message, key crypto.PublicKey, proofValue string) error {
	return verifyEd25519(m, key, proofValue, plain(s).hashData)
}
