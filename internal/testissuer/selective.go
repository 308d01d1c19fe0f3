package testissuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"testing"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"

	"github.com/fxamacker/cbor/v2"
)

// Selective makes the party that signs so that a learner can show a part, with
// these pointers mandatory besides those that always are.
func Selective(name string, mandatory ...string) *Party {
	seed := sha256.Sum256([]byte("laurel test party " + name))
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), seed[:])
	if err != nil {
		panic(err)
	}
	return With(name, key, cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: mandatory})
}

// Derive shows a part of a credential.
func Derive(tb testing.TB, secured strictjson.Value, pointers ...string) strictjson.Value {
	tb.Helper()
	shown, err := proof.Derive(secured, proof.DeriveOptions{Suites: Suites(), Pointers: pointers})
	if err != nil {
		tb.Fatalf("derive: %v", err)
	}
	return shown
}

// Derived are the components of a derived proof value of ecdsa-sd-2023, for
// forgers.
type Derived struct {
	_             struct{} `cbor:",toarray"`
	BaseSignature []byte
	PublicKey     []byte
	Signatures    [][]byte
	Labels        map[uint64][]byte
	Mandatory     []uint64
}

// Forge lets edit change the components of a derived proof.
func Forge(tb testing.TB, derived strictjson.Value, edit func(*Derived)) strictjson.Value {
	tb.Helper()
	value := derived.Get("proof").Get("proofValue").Str()
	data, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		tb.Fatal(err)
	}
	var d Derived
	if err := cbor.Unmarshal(data[3:], &d); err != nil {
		tb.Fatal(err)
	}
	edit(&d)
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		tb.Fatal(err)
	}
	components, err := mode.Marshal(&d)
	if err != nil {
		tb.Fatal(err)
	}
	value = "u" + base64.RawURLEncoding.EncodeToString(append(data[:3:3], components...))
	return Set(derived, "proof/proofValue", strictjson.String(value))
}

// Reencode lets edit change the bytes of a proof value in base64url.
func Reencode(tb testing.TB, doc strictjson.Value, edit func([]byte) []byte) strictjson.Value {
	tb.Helper()
	data, err := base64.RawURLEncoding.DecodeString(doc.Get("proof").Get("proofValue").Str()[1:])
	if err != nil {
		tb.Fatal(err)
	}
	return Set(doc, "proof/proofValue", strictjson.String("u"+base64.RawURLEncoding.EncodeToString(edit(data))))
}
