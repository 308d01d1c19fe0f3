package sdjwt

import (
	"crypto"
	_ "crypto/sha256" // the hashes of the table
	_ "crypto/sha512"
	"fmt"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// The members that are the mechanism's own (RFC 9901, sections 4.1.1 and 4.2.4).
const (
	digestsMember = "_sd"
	elementMember = "..."
	hashMember    = "_sd_alg"
)

// hashes are those that a token may name, by their names in the IANA registry of
// "Named Information" hash algorithms. Others there are cut short or weak.
var hashes = map[string]crypto.Hash{
	"sha-256": crypto.SHA256,
	"sha-384": crypto.SHA384,
	"sha-512": crypto.SHA512,
}

// hashOf is the hash algorithm of a payload: "If the _sd_alg claim is not present
// at the top level, a default value of sha-256 MUST be used." It wraps
// jose.ErrAlgorithm.
func hashOf(payload strictjson.Value) (crypto.Hash, error) {
	name := payload.Get(hashMember)
	if !name.Exists() {
		return crypto.SHA256, nil
	}
	hash, ok := hashes[name.Str()]
	if !ok {
		return 0, fmt.Errorf("%w: %s is not one of sha-256, sha-384 and sha-512", jose.ErrAlgorithm, hashMember)
	}
	return hash, nil
}

// digest is the base64url text of a hash.
func digest(hash crypto.Hash, text []byte) string {
	h := hash.New()
	h.Write(text)
	return jose.Encode(h.Sum(nil))
}
