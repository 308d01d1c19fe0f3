package credential

import (
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"strings"

	"laurel/internal/strictjson"
)

// Identity is a way in which a badge names its earner besides the DID: an
// IdentityObject of Open Badges 3.0 (section B.1.13). The value is either open
// or a salted hash, with which only somebody who already knows the value can
// compare it.
type Identity struct {
	Type   string `json:"type,omitzero"`  // emailAddress, name, sourcedId …
	Value  string `json:"value,omitzero"` // the open value, for display; "" when it is hashed
	Hashed bool   `json:"hashed,omitzero"`

	written, salt string // identityHash and salt exactly as in the document, for comparing
}

// readIdentity reads an IdentityObject.
func readIdentity(v strictjson.Value) Identity {
	id := Identity{
		Type:    Plain(v.Get("identityType").Str()),
		Hashed:  v.Get("hashed").IsTrue(),
		written: v.Get("identityHash").Str(),
		salt:    v.Get("salt").Str(),
	}
	if !id.Hashed {
		id.Value = Plain(id.written)
	}
	return id
}

// MatchIdentity reports whether an IdentityObject of a verified badge names the
// e-mail address that the learner reveals; see Identity.MatchesEmail.
func MatchIdentity(identityObject strictjson.Value, email string) bool {
	return readIdentity(identityObject).MatchesEmail(email)
}

// MatchesEmail reports whether the identity is that e-mail address. Only
// identities of type emailAddress (and email, which some issuers write) can
// match. An address counts as written and in lower case, which are the two that
// issuers hash.
func (id Identity) MatchesEmail(email string) bool {
	if id.Type != "emailAddress" && id.Type != "email" {
		return false
	}
	email = strings.TrimSpace(email)
	lower := strings.ToLower(email)
	if !id.Hashed {
		return email != "" && equal(strings.ToLower(id.written), lower)
	}
	return id.Matches(email) || id.Matches(lower)
}

// Matches reports whether the identity is that of the value, letter by letter,
// in constant time. A hash of another kind than the two that Open Badges knows
// (sha256$… and md5$… in hexadecimal, over the value followed by the salt)
// matches nothing.
func (id Identity) Matches(value string) bool {
	if value == "" {
		return false
	}
	if !id.Hashed {
		return equal(id.written, value)
	}
	kind, digest, _ := strings.Cut(id.written, "$")
	want, err := hex.DecodeString(digest)
	if err != nil {
		return false
	}
	salted := []byte(value + id.salt)
	switch kind {
	case "sha256":
		sum := sha256.Sum256(salted)
		return subtle.ConstantTimeCompare(sum[:], want) == 1
	case "md5": // broken against collisions; finding a second address for a given hash is still out of reach
		sum := md5.Sum(salted)
		return subtle.ConstantTimeCompare(sum[:], want) == 1
	}
	return false
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
