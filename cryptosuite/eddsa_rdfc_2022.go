package cryptosuite

import (
	"crypto"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// EdDSARDFC2022 is the cryptosuite eddsa-rdfc-2022 (Data Integrity EdDSA
// Cryptosuites 1.0, section 3.2): RDF canonicalisation, SHA-256, Ed25519. It is
// the Linked Data proof that Open Badges certification takes.
type EdDSARDFC2022 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "eddsa-rdfc-2022".
func (EdDSARDFC2022) Name() string { return "eddsa-rdfc-2022" }

// ProofType returns "DataIntegrityProof".
func (EdDSARDFC2022) ProofType() string { return DataIntegrityProof }

// Reading gives the contexts of the suite.
func (s EdDSARDFC2022) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

// Create implements section 3.2.1, "Create Proof (eddsa-rdfc-2022)".
func (s EdDSARDFC2022) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	return createEd25519(m, key, linked(s).hashData)
}

// Verify implements section 3.2.2, "Verify Proof (eddsa-rdfc-2022)".
func (s EdDSARDFC2022) Verify(m *Message, key crypto.PublicKey, proofValue string) error {
	return verifyEd25519(m, key, proofValue, linked(s).hashData)
}
