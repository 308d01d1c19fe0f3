package did

import (
	"context"
	"encoding/base64"
	"fmt"

	"laurel/internal/strictjson"
)

// maxJWKDID bounds did:jwk before any of it is decoded. A P-384 key with the
// usual members has 230 characters, RSA with 4,096 bits 970.
const maxJWKDID = 1024

// jwkContexts are the contexts of the document that the specification prints.
var jwkContexts = []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1"}

// JWK resolves did:jwk (https://github.com/quartzjer/did-jwk): the identifier is
// a JSON Web Key in base64url, and the document is made from it. Its one
// verification method has the fragment 0. No network, no state.
//
// One key has many such identifiers, since the text of the JSON counts: compare
// identifiers, never keys.
type JWK struct{}

// Resolve makes the document of a did:jwk. It wraps ErrKeyInvalid (private
// members among them), ErrKeyUnsupported or ErrLimit.
func (JWK) Resolve(_ context.Context, id string) (*Document, error) {
	if len(id) > maxJWKDID {
		return nil, fmt.Errorf("%w: a did:jwk of %d characters, at most %d are read", ErrLimit, len(id), maxJWKDID)
	}
	encoded, err := checkDID(id, "jwk")
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKeyInvalid, err)
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64url without padding", ErrKeyInvalid)
	}
	key, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: maxJWKDID, Depth: 4, Nodes: 64})
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKeyInvalid, err)
	}
	if _, err := ParseJWK(key); err != nil { // first, to say what is wrong with the key
		return nil, err
	}
	return ParseDocument(jwkDocument(id, key).JSON())
}

// jwkDocument is the document of the specification ("To create the DID
// Document").
func jwkDocument(id string, key strictjson.Value) strictjson.Value {
	method := id + "#0"
	members := []strictjson.Member{
		{Name: "@context", Value: strictjson.Strings(jwkContexts...)},
		{Name: "id", Value: strictjson.String(id)},
		{Name: "verificationMethod", Value: strictjson.Array(strictjson.Object(
			strictjson.Member{Name: "id", Value: strictjson.String(method)},
			strictjson.Member{Name: "type", Value: strictjson.String("JsonWebKey2020")},
			strictjson.Member{Name: "controller", Value: strictjson.String(id)},
			strictjson.Member{Name: "publicKeyJwk", Value: key},
		))},
	}
	for _, rel := range relationships {
		// "If the JWK contains a use property with the value "sig" then the
		// keyAgreement property is not included in the DID Document."
		if rel == KeyAgreement && key.Get("use").Exists() {
			continue
		}
		members = append(members, strictjson.Member{Name: string(rel), Value: strictjson.Strings(method)})
	}
	return strictjson.Object(members...)
}
