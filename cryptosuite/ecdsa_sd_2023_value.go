package cryptosuite

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"
)

// maxSelectiveValue bounds the proof value of a suite with selective disclosure,
// in characters: room for some 2,900 signatures, and what strictjson reads of a
// text at most.
const maxSelectiveValue = 256 << 10

// The lengths of the parts of a value, in bytes.
const (
	sdSignature = 64
	sdPublicKey = 35 // the specification says 36 in one place and describes 35, as its vectors have it
	sdHMACKey   = 32
	sdDigest    = 32
)

// "ECDSA-SD base proof header bytes" and "ECDSA-SD disclosure proof header bytes".
var (
	sdBaseHeader    = []byte{0xd9, 0x5d, 0x00}
	sdDerivedHeader = []byte{0xd9, 0x5d, 0x01}
)

// sdBase are the components of a base proof value, in their order.
type sdBase struct {
	_                 struct{} `cbor:",toarray"`
	BaseSignature     []byte
	PublicKey         []byte // multikey of the proof-scoped key
	HMACKey           []byte
	Signatures        [][]byte // of the statements that are not mandatory, in their order
	MandatoryPointers []string
}

// sdDerived are the components of a derived proof value, in their order.
type sdDerived struct {
	_                struct{} `cbor:",toarray"`
	BaseSignature    []byte
	PublicKey        []byte
	Signatures       [][]byte          // of the statements that are shown and not mandatory
	LabelMap         map[uint64][]byte // from the numbers of canonical labels to the digests in labels
	MandatoryIndexes []uint64          // which of the statements are mandatory
}

// sdEncoding writes what cbor.EncOptions calls core deterministic: shortest
// forms, map keys in order, no tags ("CBOR tagging MUST NOT be used on any of the
// components").
var sdEncoding = mode(cbor.CoreDetEncOptions().EncMode())

// sdDecoding reads nothing that a careful writer would not write.
var sdDecoding = mode(cbor.DecOptions{
	DupMapKey:        cbor.DupMapKeyEnforcedAPF,
	IndefLength:      cbor.IndefLengthForbidden,
	TagsMd:           cbor.TagsForbidden,
	MaxNestedLevels:  4,
	MaxArrayElements: 4096, // more signatures than fit into a value
	MaxMapPairs:      4096,
}.DecMode())

func mode[M any](m M, err error) M {
	if err != nil {
		panic("cryptosuite: " + err.Error())
	}
	return m
}

// encode is serializeBaseProofValue and serializeDerivedProofValue: "Return
// baseProof […] as a string starting with "u" and ending with the
// base64url-no-pad-encoded value of proofValue."
func encodeSelective(header []byte, components any) (string, error) {
	data, err := sdEncoding.Marshal(components)
	if err != nil {
		return "", err
	}
	value := "u" + base64.RawURLEncoding.EncodeToString(append(bytes.Clone(header), data...))
	if len(value) > maxSelectiveValue {
		return "", ErrStatements
	}
	return value, nil
}

// decodeSelective splits a value into its header and its components, still in
// CBOR. "If the proofValue string does not start with u, indicating that it is a
// multibase-base64url-no-pad-encoded value, an error MUST be raised".
func decodeSelective(value string) (header, components []byte, err error) {
	if len(value) > maxSelectiveValue || !strings.HasPrefix(value, "u") || strings.ContainsAny(value, "\r\n") {
		return nil, nil, fmt.Errorf("%w: it is not base64url of a bearable length", ErrProofValue)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(value[1:])
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %v", ErrProofValue, err)
	}
	if len(data) < len(sdBaseHeader) {
		return nil, nil, fmt.Errorf("%w: it has no header", ErrProofValue)
	}
	return data[:len(sdBaseHeader)], data[len(sdBaseHeader):], nil
}

// parseBase is parseBaseProofValue. On error the result is nil.
func parseBase(value string) (*sdBase, error) {
	v := &sdBase{}
	if err := parseSelective(value, sdBaseHeader, v); err != nil {
		return nil, err
	}
	switch {
	case len(v.HMACKey) != sdHMACKey:
		return nil, fmt.Errorf("%w: an HMAC key of %d bytes", ErrProofValue, len(v.HMACKey))
	case v.MandatoryPointers == nil:
		return nil, fmt.Errorf("%w: it has no mandatory pointers", ErrProofValue)
	}
	if err := checkParts(v.BaseSignature, v.PublicKey, v.Signatures); err != nil {
		return nil, err
	}
	return v, nil
}

// parseDerived is parseDerivedProofValue: "If the result is not an array of the
// following five elements — a byte array of length 64; a byte array of length 36;
// an array of byte arrays, each of length 64; a map of integers to byte arrays,
// each of length 32; and an array of integers — an error MUST be raised". Beyond
// that, indexes must ascend, and no two labels be the same: either would make two
// readings of one proof. On error the result is nil.
func parseDerived(value string) (*sdDerived, error) {
	v := &sdDerived{}
	if err := parseSelective(value, sdDerivedHeader, v); err != nil {
		return nil, err
	}
	if err := checkParts(v.BaseSignature, v.PublicKey, v.Signatures); err != nil {
		return nil, err
	}
	if v.LabelMap == nil || v.MandatoryIndexes == nil {
		return nil, fmt.Errorf("%w: it has no labels or no indexes", ErrProofValue)
	}
	seen := make(map[string]bool, len(v.LabelMap))
	for _, digest := range v.LabelMap {
		if len(digest) != sdDigest || seen[string(digest)] {
			return nil, fmt.Errorf("%w: labels are repeated or no digests", ErrProofValue)
		}
		seen[string(digest)] = true
	}
	for i, index := range v.MandatoryIndexes {
		if i > 0 && index <= v.MandatoryIndexes[i-1] {
			return nil, fmt.Errorf("%w: its mandatory indexes do not ascend", ErrProofValue)
		}
	}
	return v, nil
}

// parseSelective decodes the components of a value into v, and refuses what
// could be written more briefly: then it was not written by the rules.
func parseSelective(value string, header []byte, v any) error {
	got, components, err := decodeSelective(value)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, header) {
		return fmt.Errorf("%w: its header is %x, not %x", ErrProofValue, got, header)
	}
	if err := sdDecoding.Unmarshal(components, v); err != nil {
		return fmt.Errorf("%w: %v", ErrProofValue, err)
	}
	// The order of map keys is left open; sorting keeps the length.
	if again, err := sdEncoding.Marshal(v); err != nil || len(again) != len(components) {
		return fmt.Errorf("%w: its CBOR is not in the shortest form", ErrProofValue)
	}
	return nil
}

func checkParts(baseSignature, publicKey []byte, signatures [][]byte) error {
	if len(baseSignature) != sdSignature || len(publicKey) != sdPublicKey || signatures == nil {
		return fmt.Errorf("%w: a part of it is missing or has another length", ErrProofValue)
	}
	for _, s := range signatures {
		if len(s) != sdSignature {
			return fmt.Errorf("%w: a signature of %d bytes", ErrProofValue, len(s))
		}
	}
	return nil
}
