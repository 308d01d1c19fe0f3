package cryptosuite

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"laurel/internal/jsonld"
)

// baseValue makes a base proof of a vector's document, with keys of its own.
func baseValue(t testing.TB) string {
	t.Helper()
	key, _ := sdKeys(t)
	v := sdVectors[0]
	m := &Message{Document: v.json(t, "addSignedSDBase").Without("proof"), Config: v.json(t, "addProofConfig").Without("@context")}
	made, err := ECDSASD2023{Contexts: jsonld.Embedded()}.Create(m, key)
	if err != nil {
		t.Fatal(err)
	}
	return made.Get("proofValue").Str()
}

// TestSelectiveProofsDiffer: two base proofs of one document share nothing by
// which their selections could be compared but what they say.
func TestSelectiveProofsDiffer(t *testing.T) {
	one, err := parseBase(baseValue(t))
	if err != nil {
		t.Fatal(err)
	}
	two, err := parseBase(baseValue(t))
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(one.HMACKey, two.HMACKey) || slices.Equal(one.PublicKey, two.PublicKey) {
		t.Error("two proofs share their keys")
	}
}

// encoded is a proof value of any bytes.
func encoded(data ...byte) string { return "u" + base64.RawURLEncoding.EncodeToString(data) }

// TestSelectiveValues: what is no value of the suite has no components.
func TestSelectiveValues(t *testing.T) {
	baseValue := baseValue(t)
	derivedValue := sdVectors[0].json(t, "derivedRevealDocument").Get("proof").Get("proofValue").Str()
	for _, value := range []string{
		"", "u", "u2V0B", "u2V0A", "u2V0Bhg", "z2V0Bh", "m2V0Bh", baseValue[1:], derivedValue + "\n", derivedValue[:len(derivedValue)-2],
		encoded(0xd9, 0x5d, 0x01, 0xf6), encoded(0xd9, 0x5d, 0x01, 0x85, 0xf6, 0xf6, 0xf6, 0xf6, 0xf6), encoded(0xd9, 0x5d, 0x00, 0x80),
		encoded(0xd9, 0x5d, 0x01, 0xa0), encoded(0xd9, 0x5d, 0x01, 0x85, 0x40, 0x40, 0x80, 0xa0, 0x80), encoded(0xd9, 0x5d, 0x00, 0x85, 0x40, 0x40, 0x40, 0x80, 0x80),
	} {
		if v, err := parseDerived(value); !errors.Is(err, ErrProofValue) || v != nil {
			t.Errorf("derived %.40q: %v", value, err)
		}
		if v, err := parseBase(value); !errors.Is(err, ErrProofValue) || v != nil {
			t.Errorf("base %.40q: %v", value, err)
		}
	}
	if _, err := parseBase(derivedValue); !errors.Is(err, ErrProofValue) {
		t.Errorf("a derived value is read as a base value: %v", err)
	}
	if _, err := parseDerived(baseValue); !errors.Is(err, ErrProofValue) {
		t.Errorf("a base value is read as a derived value: %v", err)
	}
	for name, edit := range map[string]func(*sdBase){
		"a short HMAC key": func(v *sdBase) { v.HMACKey = v.HMACKey[:31] },
		"no pointers":      func(v *sdBase) { v.MandatoryPointers = nil },
		"no signatures":    func(v *sdBase) { v.Signatures = nil },
		"a short key":      func(v *sdBase) { v.PublicKey = v.PublicKey[:34] },
	} {
		v, err := parseBase(baseValue)
		if err != nil {
			t.Fatal(err)
		}
		edit(v)
		value, err := encodeSelective(sdBaseHeader, v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseBase(value); !errors.Is(err, ErrProofValue) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLabelsInAnyOrder: the specification does not order the labels.
func TestLabelsInAnyOrder(t *testing.T) {
	v := &sdDerived{
		BaseSignature: make([]byte, sdSignature), PublicKey: make([]byte, sdPublicKey), Signatures: [][]byte{},
		LabelMap: map[uint64][]byte{0: make([]byte, sdDigest), 1: append(make([]byte, sdDigest-1), 1)}, MandatoryIndexes: []uint64{},
	}
	value, err := encodeSelective(sdDerivedHeader, v)
	if err != nil {
		t.Fatal(err)
	}
	data, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	const pair = 1 + 2 + sdDigest
	at := len(data) - 1 - 2*pair
	swapped := slices.Concat(data[:at], data[at+pair:at+2*pair], data[at:at+pair], data[at+2*pair:])
	if got, err := parseDerived(encoded(swapped...)); err != nil || len(got.LabelMap) != 2 {
		t.Errorf("%v", err)
	}
	doubled := slices.Concat(data[:at], data[at:at+pair], data[at:at+pair], data[at+2*pair:])
	if _, err := parseDerived(encoded(doubled...)); !errors.Is(err, ErrProofValue) {
		t.Errorf("a key twice: %v", err)
	}
}

// FuzzSelectiveValue: an error leaves nothing, and what is read is written again
// in as many characters.
func FuzzSelectiveValue(f *testing.F) {
	for _, v := range sdVectors {
		f.Add(v.json(f, "addSignedSDBase").Get("proof").Get("proofValue").Str())
		f.Add(v.json(f, "derivedRevealDocument").Get("proof").Get("proofValue").Str())
	}
	f.Add(encoded(0xd9, 0x5d, 0x01, 0x85, 0x40, 0x40, 0x80, 0xa0, 0x80))
	f.Fuzz(func(t *testing.T, value string) {
		base, err := parseBase(value)
		if (err != nil) != (base == nil) {
			t.Fatalf("%v beside %v", base, err)
		}
		derived, derivedErr := parseDerived(value)
		if (derivedErr != nil) != (derived == nil) {
			t.Fatalf("%v beside %v", derived, derivedErr)
		}
		for _, e := range []error{err, derivedErr} {
			if e != nil && !errors.Is(e, ErrProofValue) {
				t.Fatalf("%v wraps no ErrProofValue", e)
			}
		}
		var again string
		switch {
		case base != nil && derived != nil:
			t.Fatal("both a base and a derived value")
		case base != nil:
			again, err = encodeSelective(sdBaseHeader, base)
		case derived != nil:
			again, err = encodeSelective(sdDerivedHeader, derived)
		default:
			return
		}
		if err != nil || len(again) != len(value) {
			t.Fatalf("%v: %s is written %s", err, value, again)
		}
	})
}
