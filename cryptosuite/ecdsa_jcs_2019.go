package cryptosuite

import (
	"crypto"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// ECDSAJCS2019 is the cryptosuite ecdsa-jcs-2019 (Data Integrity ECDSA
// Cryptosuites 1.0, section 3.3): "The ecdsa-jcs-2019 cryptographic suite takes
// an input document, canonicalizes the document using the JSON Canonicalization
// Scheme [RFC8785], and then cryptographically hashes and signs the output", with
// SHA-256 for keys on P-256 and SHA-384 for keys on P-384.
type ECDSAJCS2019 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "ecdsa-jcs-2019".
func (ECDSAJCS2019) Name() string { return "ecdsa-jcs-2019" }

// ProofType returns "DataIntegrityProof".
func (ECDSAJCS2019) ProofType() string { return DataIntegrityProof }

// Reading gives the contexts of the suite.
func (s ECDSAJCS2019) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

// Create implements section 3.3.1, "Create Proof (ecdsa-jcs-2019)".
func (s ECDSAJCS2019) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	return createECDSA(m.withContext(), key, plain(s).hashData)
}

// Verify implements section 3.3.2, "Verify Proof (ecdsa-jcs-2019)".
func (s ECDSAJCS2019) Verify(m *Message, key crypto.PublicKey, proofValue string) error {
	return verifyECDSA(m, key, proofValue, plain(s).hashData)
}
