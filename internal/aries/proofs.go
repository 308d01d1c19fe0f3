package aries

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// covered are the members of a proof that aries puts into what it verifies. It
// rebuilds a proof from the members that it knows and ignores all others, so that
// an "expires" could be added, changed or removed by anybody; such a proof is
// refused.
var covered = []string{"type", "created", "verificationMethod", "proofPurpose", "challenge", "domain"}

// valueMember is the member that holds the signature.
func (k Kind) valueMember() string {
	if k == Ed25519Signature2018 || k == JSONWebSignature2020 {
		return "jws"
	}
	return "proofValue"
}

// value checks the members of the proof and returns the text of the signature.
// All are texts, of which aries would take another type for an absent one.
func (s Signature) value() (string, error) {
	allowed := append(slices.Clone(covered), s.Kind.valueMember())
	if s.Kind == BBSBLSSignatureProof2020 {
		allowed = append(allowed, "nonce") // is part of the value
	}
	for _, m := range s.Proof.Members() {
		text, ok := m.Value.Text()
		switch {
		case !slices.Contains(allowed, m.Name):
			return "", fmt.Errorf("%w: a %s does not cover its member %q", ErrProof, s.Kind, m.Name)
		case !ok || text == "":
			return "", fmt.Errorf("%w: %s is not a text", ErrProof, m.Name)
		}
	}
	for _, name := range append(slices.Clone(covered[:4]), s.Kind.valueMember()) {
		if !s.Proof.Get(name).Exists() {
			return "", fmt.Errorf("%w: %s is missing", ErrProof, name)
		}
	}
	if s.Proof.Get("type").Str() != string(s.Kind) {
		return "", fmt.Errorf("%w: it is a %q", ErrProof, s.Proof.Get("type").Str())
	}
	return s.Proof.Get(s.Kind.valueMember()).Str(), nil
}

// checkValue holds the text of the signature to its one spelling.
func (s Signature) checkValue(value string) error {
	if s.Kind.valueMember() == "jws" {
		return s.checkJWS(value)
	}
	for _, text := range []string{value, s.Proof.Get("nonce").Str()} {
		if _, err := decodeBase64(text); err != nil {
			return err
		}
	}
	return nil
}

// maxValue bounds a value before it is decoded: a proof that hides maxStatements.
const maxValue = (maxStatements + 32) * scalarSize * 4 / 3

// decodeBase64 reads what the signers of that time wrote, base64 with padding or
// base64url without. Aries tries one after the other, skips line ends and ignores
// loose bits, so that a value had many spellings.
func decodeBase64(text string) ([]byte, error) {
	if len(text) > maxValue {
		return nil, fmt.Errorf("%w: it has %d characters, at most %d are read", ErrValue, len(text), maxValue)
	}
	encoding := base64.RawURLEncoding
	if strings.ContainsAny(text, "+/=") || len(text)%4 == 0 && !strings.ContainsAny(text, "-_") {
		encoding = base64.StdEncoding
	}
	data, err := encoding.Strict().DecodeString(text)
	if err != nil || encoding.EncodeToString(data) != text {
		return nil, fmt.Errorf("%w: it is not base64 in its canonical spelling", ErrValue)
	}
	return data, nil
}
