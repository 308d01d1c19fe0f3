package cryptosuite

import (
	"crypto"

	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// BBSBLSSignatureProof2020 is the legacy proof type BbsBlsSignatureProof2020: that
// its maker knows a BbsBlsSignature2020 under the issuer's key which covers the
// statements shown, and others that are not.
//
// The holder may hide any statement, an end and a status list too: the issuer had
// no way to insist on them. What is not shown is therefore never taken for absent
// (Loose).
type BBSBLSSignatureProof2020 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "BbsBlsSignatureProof2020".
func (BBSBLSSignatureProof2020) Name() string { return string(aries.BBSBLSSignatureProof2020) }

// ProofType returns the name: there is no cryptosuite beside it.
func (s BBSBLSSignatureProof2020) ProofType() string { return s.Name() }

// Reading gives the contexts of the suite.
func (s BBSBLSSignatureProof2020) Reading(r jsonld.Selection) jsonld.Options {
	return linked(s).options(r)
}

func (BBSBLSSignatureProof2020) member() string { return "proofValue" }

// extent counts: a proof that hides nothing shows the whole credential.
func (BBSBLSSignatureProof2020) extent(value string) Extent {
	if aries.Hidden(value) == 0 {
		return Whole
	}
	return Loose
}

// Create refuses: no new legacy proofs are made.
func (BBSBLSSignatureProof2020) Create(*Message, crypto.Signer) (strictjson.Value, error) {
	return createLegacy(aries.BBSBLSSignatureProof2020)
}

// Verify implements the verification of a BbsBlsSignatureProof2020, through aries.
func (s BBSBLSSignatureProof2020) Verify(m *Message, key crypto.PublicKey, value string) error {
	return linked(s).verifyLegacy(aries.BBSBLSSignatureProof2020, m, key, strictjson.Member{Name: s.member(), Value: strictjson.String(value)})
}
