package did_test

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"time"

	"laurel/did"
)

// A learner's key becomes an identifier, and a verifier gets the key back.
func ExampleDereference() {
	private := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) // use ed25519.GenerateKey
	id, err := did.FormatKey(private.Public())
	if err != nil {
		fmt.Println(err)
		return
	}
	method, err := did.KeyMethod(id)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(id)

	keys := did.Methods{"key": did.Key{}}
	m, doc, err := did.Dereference(context.Background(), keys, method, did.Authentication)
	if err != nil {
		fmt.Println(err)
		return
	}
	signature := ed25519.Sign(private, []byte("hello"))
	fmt.Println(doc.ID == id, ed25519.Verify(m.Key.(ed25519.PublicKey), []byte("hello"), signature))
	// Output:
	// did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp
	// true true
}

// A school retires its key of 2025 and goes on with another.
func ExampleWebDocument() {
	old := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public()
	v, err := did.WebDocument("did:web:school.example", []did.WebKey{
		{Fragment: "2025", Public: old, Expires: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC)},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s", v.Indented())
	// Output:
	// {
	//   "@context": [
	//     "https://www.w3.org/ns/did/v1",
	//     "https://w3id.org/security/multikey/v1"
	//   ],
	//   "id": "did:web:school.example",
	//   "verificationMethod": [
	//     {
	//       "id": "did:web:school.example#2025",
	//       "type": "Multikey",
	//       "controller": "did:web:school.example",
	//       "publicKeyMultibase": "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp",
	//       "expires": "2031-01-01T00:00:00Z"
	//     }
	//   ],
	//   "assertionMethod": [
	//     "did:web:school.example#2025"
	//   ]
	// }
}
