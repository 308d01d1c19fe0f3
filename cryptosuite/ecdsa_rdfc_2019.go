package cryptosuite

import (
	"crypto"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// ECDSARDFC2019 is the cryptosuite ecdsa-rdfc-2019 (Data Integrity ECDSA
// Cryptosuites 1.0, section 3.2): RDF canonicalisation and ECDSA, with SHA-256
// for keys on P-256 and SHA-384 for keys on P-384.
//
// "The cryptographic hashing function used by RDFC-1.0 is chosen based on the
// size of the associated public key. For P-256 keys, the default hashing
// function, SHA-2 with 256 bits of output, MUST be used. For P-384 keys, SHA-2
// with 384-bits of output MUST be used."
type ECDSARDFC2019 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "ecdsa-rdfc-2019".
func (ECDSARDFC2019) Name() string { return "ecdsa-rdfc-2019" }

// ProofType returns "DataIntegrityProof".
func (ECDSARDFC2019) ProofType() string { return DataIntegrityProof }

// Reading gives the contexts of the suite.
func (s ECDSARDFC2019) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

// Create implements section 3.2.1, "Create Proof (ecdsa-rdfc-2019)".
func (s ECDSARDFC2019) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	return createECDSA(m, key, linked(s).hashData)
}

// Verify implements section 3.2.2, "Verify Proof (ecdsa-rdfc-2019)".
func (s ECDSARDFC2019) Verify(m *Message, key crypto.PublicKey, proofValue string) error {
	return verifyECDSA(m, key, proofValue, linked(s).hashData)
}
