package did

import (
	"fmt"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

const (
	// maxURL bounds a verification method's URL and an https identifier: the
	// length that browsers and servers agree on.
	maxURL = 2048
	// maxWebDID bounds did:web: a host name has at most 253 characters, and the
	// longest path seen has 120.
	maxWebDID = 1024
	// maxKeyDID bounds did:key before any of it is decoded: base58 takes
	// quadratic time, and a 120 kB identifier has cost other verifiers half a
	// minute. The keys in use have 56; RSA with 2,048 bits has 380.
	maxKeyDID = 512
)

// Split cuts the URL of a verification method, "did:web:school.example#2026",
// into the identifier whose document has it, "did:web:school.example", and the
// fragment, "2026". It wraps ErrSyntax, or ErrLimit for a URL over 2,048
// characters. A DID URL with a path or a query is refused: no method of this
// package gives them a meaning.
func Split(methodURL string) (id, fragment string, err error) {
	if len(methodURL) > maxURL {
		return "", "", fmt.Errorf("%w: %d characters, at most %d are read", ErrLimit, len(methodURL), maxURL)
	}
	id, fragment, ok := strings.Cut(methodURL, "#")
	switch {
	case !ok:
		return "", "", fmt.Errorf("%w: %s names no key after a #", ErrSyntax, strictjson.Clip(methodURL))
	case fragment == "":
		return "", "", fmt.Errorf("%w: %s has nothing after the #", ErrSyntax, strictjson.Clip(methodURL))
	case !onlyChars(fragment, isFragmentChar):
		return "", "", fmt.Errorf("%w: %s has a character that no URL has", ErrSyntax, strictjson.Clip(methodURL))
	case strings.HasPrefix(id, "did:") && strings.ContainsAny(id, "/?;"):
		return "", "", fmt.Errorf("%w: %s has a path or a query before the #", ErrSyntax, strictjson.Clip(methodURL))
	}
	if _, err := methodName(id); err != nil {
		return "", "", err
	}
	return id, fragment, nil
}

// checkDID holds id against the grammar of DID Core 1.0, section 3.1, for a
// method of that name, and returns the method-specific id:
//
//	did                = "did:" method-name ":" method-specific-id
//	method-specific-id = *( *idchar ":" ) 1*idchar
//	idchar             = ALPHA / DIGIT / "." / "-" / "_" / pct-encoded
//
// The error says what is wrong and wraps no sentinel: whose mistake it is, is
// for the method to say.
func checkDID(id, method string) (string, error) {
	msid, ok := strings.CutPrefix(id, "did:"+method+":")
	switch {
	case !ok:
		return "", fmt.Errorf("%s is no did:%s", strictjson.Clip(id), method)
	case msid == "" || strings.HasSuffix(msid, ":"):
		return "", fmt.Errorf("%s ends too early", strictjson.Clip(id))
	case !onlyChars(msid, func(c byte) bool { return isAlnum(c) || strings.IndexByte(".-_:", c) >= 0 }):
		return "", fmt.Errorf("%s has a character that no DID has", strictjson.Clip(id))
	}
	return msid, nil
}

// onlyChars reports whether every byte of s satisfies ok or belongs to a
// well-formed percent-encoding.
func onlyChars(s string, ok func(byte) bool) bool {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' {
			if i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]) {
				return false
			}
			i += 2
		} else if !ok(s[i]) {
			return false
		}
	}
	return true
}

func isMethodName(s string) bool {
	for i := range len(s) {
		if !isLower(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// isFragmentChar is RFC 3986's fragment without percent-encodings.
func isFragmentChar(c byte) bool {
	return isAlnum(c) || strings.IndexByte("-._~!$&'()*+,;=:@/?", c) >= 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isAlnum(c byte) bool { return isDigit(c) || isLower(c|0x20) }
func isHex(c byte) bool   { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// parseTime reads a dateTimeStamp (XML Schema 1.1, section 3.4.28): RFC 3339
// with two-digit fields, a full stop before fractions and a time zone.
// time.Parse alone is more generous.
func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || len(s) < len("2006-01-02T15:04:05Z") || len(s) > 40 || s[13] != ':' || strings.Contains(s, ",") {
		return time.Time{}, fmt.Errorf("%q is no date with time and time zone", strictjson.Clip(s))
	}
	return t, nil
}
