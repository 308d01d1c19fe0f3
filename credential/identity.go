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
	Type   string // emailAddress, name, sourcedId …
	Value  string // the open value; "" when it is hashed
	Hashed bool
	Hash   string // "sha256$…" or "md5$…" in hexadecimal; "" when the value is open
	Salt   string
}

// readIdentity reads an IdentityObject as it is written, for comparing.
func readIdentity(v strictjson.Value) Identity {
	id := Identity{Type: v.Get("identityType").Str(), Hashed: v.Get("hashed").IsTrue()}
	if id.Hashed {
		id.Hash, id.Salt = v.Get("identityHash").Str(), v.Get("salt").Str()
	} else {
		id.Value = v.Get("identityHash").Str()
	}
	return id
}

// MatchIdentity reports whether an IdentityObject of a verified badge names the
// e-mail address that the learner reveals. Only identities of type emailAddress
// (and email, which some issuers write) can match; case does not matter.
func MatchIdentity(identityObject strictjson.Value, email string) bool {
	id := readIdentity(identityObject)
	if id.Type != "emailAddress" && id.Type != "email" {
		return false
	}
	email = strings.TrimSpace(email)
	return id.Matches(email) || id.Matches(strings.ToLower(email)) ||
		!id.Hashed && id.Value != "" && equal(strings.ToLower(id.Value), strings.ToLower(email))
}

// Matches reports whether the identity is that of the value, letter by letter,
// in constant time. A hash of another kind than the two that Open Badges knows
// matches nothing.
func (id Identity) Matches(value string) bool {
	if value == "" {
		return false
	}
	if !id.Hashed {
		return equal(id.Value, value)
	}
	kind, digest, _ := strings.Cut(id.Hash, "$")
	want, err := hex.DecodeString(digest)
	if err != nil {
		return false
	}
	switch kind {
	case "sha256":
		sum := sha256.Sum256([]byte(value + id.Salt))
		return subtle.ConstantTimeCompare(sum[:], want) == 1
	case "md5": // broken against collisions; to find a second address with a given hash is still out of reach
		sum := md5.Sum([]byte(value + id.Salt))
		return subtle.ConstantTimeCompare(sum[:], want) == 1
	}
	return false
}

func equal(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
