package cryptosuite

import (
	"crypto"
	"crypto/ed25519"
	"fmt"

	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

// createEd25519 is proof serialisation of the Ed25519 suites.
//
// "Let proofBytes be the result of applying the Edwards-Curve Digital Signature
// Algorithm (EdDSA), using the Ed25519 variant (Pure EdDSA), with hashData as the
// data to be signed […] proofBytes will be exactly 64 bytes in size."
func createEd25519(m *Message, key crypto.Signer, hashData hasher) (strictjson.Value, error) {
	if _, ok := key.Public().(ed25519.PublicKey); !ok {
		return m.complete("", fmt.Errorf("%w: %T, not Ed25519", ErrKeyType, key.Public()))
	}
	data, err := hashData(m, crypto.SHA256)
	if err != nil {
		return strictjson.Value{}, err
	}
	signature, err := key.Sign(nil, data, crypto.Hash(0)) // Ed25519 hashes by itself
	if err != nil {
		return strictjson.Value{}, err
	}
	return m.complete(multibase.Encode(multibase.Base58BTC, signature))
}

// verifyEd25519 is proof verification of the Ed25519 suites.
//
// "The proofValue property of the proof MUST be a detached EdDSA signature
// produced according to [RFC8032], encoded using the base-58-btc header and
// alphabet" (Data Integrity EdDSA Cryptosuites 1.0, section 2.2.1).
func verifyEd25519(m *Message, key crypto.PublicKey, proofValue string, hashData hasher) error {
	public, ok := key.(ed25519.PublicKey)
	if !ok {
		return fmt.Errorf("%w: %T, not Ed25519", ErrKeyType, key)
	}
	data, err := hashData(m, crypto.SHA256)
	if err != nil {
		return err
	}
	signature, err := decodeBase58(proofValue, ed25519.SignatureSize)
	if err != nil {
		return err
	}
	m.noteBytes(signedBytes, data)
	m.noteBytes(signatureBytes, signature)
	if !ed25519.Verify(public, data, signature) {
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
