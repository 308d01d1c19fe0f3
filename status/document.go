package status

import (
	"fmt"
	"time"

	"laurel/internal/strictjson"
)

// contextURL is the data model's context; it defines every term of a list.
const contextURL = "https://www.w3.org/ns/credentials/v2"

// defaultTTL is how long a list may be kept when it does not say so itself:
// 300,000 ms by Bitstring Status List 1.0, section 2.2.
const defaultTTL = 5 * time.Minute

// Draft is what a list credential says before it is signed.
type Draft struct {
	URL        string // where it will be published; becomes its id
	Issuer     string // DID or URL of the issuer
	Purpose    Purpose
	List       *List
	ValidFrom  time.Time     // required; written to the second, UTC
	ValidUntil time.Time     // zero: no end
	TTL        time.Duration // how long a reader may keep it; 0 leaves it out, readers then take 5 minutes
}

// Document returns the unsigned BitstringStatusListCredential of the draft
// (Bitstring Status List 1.0, section 2.2), ready for proof.Sign.
func Document(d Draft) strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "@context", Value: strictjson.Strings(contextURL)},
		strictjson.Member{Name: "id", Value: strictjson.String(d.URL)},
		strictjson.Member{Name: "type", Value: strictjson.Strings("VerifiableCredential", credentialType)},
		strictjson.Member{Name: "issuer", Value: strictjson.String(d.Issuer)},
		strictjson.Member{Name: "validFrom", Value: strictjson.Stamp(d.ValidFrom)},
		strictjson.Member{Name: "validUntil", Value: strictjson.Stamp(d.ValidUntil)},
		strictjson.Member{Name: "credentialSubject", Value: strictjson.Object(
			strictjson.Member{Name: "id", Value: strictjson.String(d.URL + "#list")},
			strictjson.Member{Name: "type", Value: strictjson.String(subjectType)},
			strictjson.Member{Name: "statusPurpose", Value: strictjson.String(string(d.Purpose))},
			strictjson.Member{Name: "ttl", Value: milliseconds(d.TTL)},
			strictjson.Member{Name: "encodedList", Value: strictjson.String(d.List.Encode())},
		)},
	)
}

func milliseconds(d time.Duration) strictjson.Value {
	if d <= 0 {
		return strictjson.Value{}
	}
	return strictjson.Int(int(d.Milliseconds()))
}

// subject is what the list credential says about its list.
type subject struct {
	purposes strictjson.Value
	list     *List
	ttl      time.Duration
}

// readSubject takes the list out of a credential whose proof has been verified.
// It fails with ErrVerification, ErrEncoding, ErrLimit or ErrLength.
func readSubject(doc strictjson.Value) (subject, error) {
	if !contains(doc.Get("type"), credentialType) {
		return subject{}, fmt.Errorf("%w: its type is %s, not %s", ErrVerification, shown(doc.Get("type")), credentialType)
	}
	subjects := doc.Get("credentialSubject").List()
	if len(subjects) != 1 {
		return subject{}, fmt.Errorf("%w: it has %d subjects instead of one", ErrVerification, len(subjects))
	}
	s := subjects[0]
	if !contains(s.Get("type"), subjectType) {
		return subject{}, fmt.Errorf("%w: its subject's type is %s, not %s", ErrVerification, shown(s.Get("type")), subjectType)
	}
	encoded, ok := s.Get("encodedList").Text()
	if !ok {
		return subject{}, fmt.Errorf("%w: it has no encodedList", ErrVerification)
	}
	list, err := Decode(encoded)
	if err != nil {
		return subject{}, err
	}
	if list.Len() < MinLength {
		return subject{}, fmt.Errorf("%w: %d entries, at least %d were expected", ErrLength, list.Len(), MinLength)
	}
	return subject{purposes: s.Get("statusPurpose"), list: list, ttl: readTTL(s.Get("ttl"))}, nil
}

// readTTL reads the ttl member, milliseconds. What is no sensible number is as
// good as absent: the ttl is advice on caching, not a claim.
func readTTL(v strictjson.Value) time.Duration {
	literal, _ := v.Literal()
	ms, err := ParseIndex(literal)
	if err != nil {
		return defaultTTL
	}
	return time.Duration(ms) * time.Millisecond
}
