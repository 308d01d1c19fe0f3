package cryptosuite

import (
	"crypto"

	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// BBSBLSSignature2020 is the legacy proof type BbsBlsSignature2020 (BBS+ Signatures
// 2020, W3C CCG draft): every statement of the document is signed by itself, with
// BBS+ on BLS12-381, so that a holder can derive from it a BbsBlsSignatureProof2020,
// which shows some of them.
//
// Unlike the base proof of a newer suite it is a proof for anybody: whoever shows
// it shows the whole credential.
//
// Aries says whether the signature holds
// (docs/decisions/0015-aries-answers-one-question.md); everything else is decided
// here.
type BBSBLSSignature2020 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
}

// Name returns "BbsBlsSignature2020".
func (BBSBLSSignature2020) Name() string { return string(aries.BBSBLSSignature2020) }

// ProofType returns the name: there is no cryptosuite beside it.
func (s BBSBLSSignature2020) ProofType() string { return s.Name() }

// Reading gives the contexts of the suite.
func (s BBSBLSSignature2020) Reading(r jsonld.Selection) jsonld.Options { return linked(s).options(r) }

func (BBSBLSSignature2020) member() string       { return "proofValue" }
func (BBSBLSSignature2020) extent(string) Extent { return Whole }

// Create refuses: no new legacy proofs are made.
func (BBSBLSSignature2020) Create(*Message, crypto.Signer) (strictjson.Value, error) {
	return createLegacy(aries.BBSBLSSignature2020)
}

// Verify implements the verification of a BbsBlsSignature2020, through aries.
func (s BBSBLSSignature2020) Verify(m *Message, key crypto.PublicKey, value string) error {
	return linked(s).verifyLegacy(aries.BBSBLSSignature2020, m, key, strictjson.Member{Name: s.member(), Value: strictjson.String(value)})
}
