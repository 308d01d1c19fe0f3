package proof

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
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

// hash implements sections 3.2.3 to 3.2.5.
//
// "Let hashData be the result of concatenating proofConfigHash (the first hash
// produced above) with transformedDocumentHash (the second hash produced above)."
func (s EdDSARDFC2022) hash(m *message) ([]byte, error) {
	// "Set proofConfig.@context to unsecuredDocument.@context."
	config := strictjson.Object(append(
		[]strictjson.Member{{Name: "@context", Value: m.document.Get("@context")}}, m.config.Members()...)...)
	configHash, err := s.canonicalHash(config, m.revision)
	if err != nil {
		return nil, fmt.Errorf("in the proof: %w", err)
	}
	documentHash, err := m.once(func() ([]byte, error) { return s.canonicalHash(m.document, m.revision) })
	if err != nil {
		return nil, err
	}
	return append(configHash, documentHash...), nil
}

// canonicalHash is SHA-256 of the canonical N-Quads of a document.
//
// "Let canonicalDocument be the result of converting unsecuredDocument to
// JSON-LD … and applying the Universal RDF Dataset Canonicalization Algorithm."
func (s EdDSARDFC2022) canonicalHash(doc strictjson.Value, revision jsonld.Selection) ([]byte, error) {
	quads, err := jsonld.ToRDF(doc, jsonld.Options{
		Contexts:             s.Contexts,
		Selection:            revision,
		UnsafeInlineContexts: s.UnsafeInlineContexts,
	})
	if err != nil {
		return nil, err
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(canonical.NQuads)
	return sum[:], nil
}

func (EdDSARDFC2022) sign(key crypto.Signer, hash []byte) (string, error) {
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return "", fmt.Errorf("%w: %T", ErrKeyType, key.Public())
	}
	// The hash is the message: Ed25519 hashes it once more itself.
	signature, err := key.Sign(nil, hash, crypto.Hash(0))
	if err != nil {
		return "", err
	}
	return multibase.Encode(multibase.Base58BTC, signature)
}

func (EdDSARDFC2022) verify(key crypto.PublicKey, hash []byte, proofValue string) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: eddsa-rdfc-2022 takes Ed25519 keys", ErrKeyType)
	}
	// "The proofValue property of the proof MUST be a detached EdDSA signature
	// produced according to [RFC8032], encoded using the base-58-btc header
	// and alphabet" (section 3.2.1).
	signature, err := decodeBase58(proofValue, ed25519.SignatureSize)
	if err != nil {
		return err
	}
	if !ed25519.Verify(public, hash, signature) {
		return ErrSignature
	}
	return nil
}

// decodeBase58 reads a multibase value that must be base-58-btc, of exactly
// that many bytes, in its one spelling.
func decodeBase58(value string, size int) ([]byte, error) {
	if len(value) > 2*size+2 || value == "" || value[0] != multibase.Base58BTC {
		return nil, fmt.Errorf("%w: it is not base58btc of %d bytes", ErrProofValue, size)
	}
	_, data, err := multibase.Decode(value)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrProofValue, err)
	}
	if len(data) != size {
		return nil, fmt.Errorf("%w: %d bytes, not %d", ErrProofValue, len(data), size)
	}
	if again, err := multibase.Encode(multibase.Base58BTC, data); err != nil || again != value {
		return nil, fmt.Errorf("%w: not the canonical spelling", ErrProofValue)
	}
	return data, nil
}

// selections are the revisions of this document's contexts, newest first.
func (s EdDSARDFC2022) selections(doc strictjson.Value) []jsonld.Selection {
	return s.Contexts.Selections(doc)
}
