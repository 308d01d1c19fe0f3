package status

import (
	"errors"
	"fmt"
	"strconv"

	"laurel/internal/strictjson"
)

// The names of the data model that this package reads and writes.
const (
	entryType      = "BitstringStatusListEntry"
	subjectType    = "BitstringStatusList"
	credentialType = "BitstringStatusListCredential"
)

// maxIndexDigits is as long as the largest index of the largest list:
// 67,108,863. Longer texts are refused before they are converted.
const maxIndexDigits = 8

var (
	// ErrType says that an entry is of a type, a purpose or a size that this
	// package does not know how to answer for.
	ErrType = errors.New("this kind of status entry is not known")
	// ErrVerification says that a list cannot be believed, or an entry not be
	// understood: a member missing, a signature that does not hold, a stranger
	// as its issuer, another purpose, another id, dates that do not fit.
	ErrVerification = errors.New("the status list cannot be relied on")
)

// Purpose is what a set bit means.
type Purpose string

// The purposes that are answered. Revocation is for good: an issuer never
// clears such a bit. Suspension can be lifted.
const (
	Revocation Purpose = "revocation"
	Suspension Purpose = "suspension"
)

// Known reports whether the purpose is one that this package answers for.
func (p Purpose) Known() bool { return p == Revocation || p == Suspension }

// Entry is one credentialStatus of a credential: which bit of which list.
type Entry struct {
	ID      string // optional; any URL but that of the list
	Purpose Purpose
	Index   int    // from 0, counted from the left
	ListURL string // where the signed list is
}

// ReadEntry reads a credentialStatus object. It fails with ErrType for what is
// not a BitstringStatusListEntry of one bit for revocation or suspension, with
// ErrRange for an index that is not written as a plain decimal number, and
// with ErrVerification for a list or purpose that is not named.
func ReadEntry(v strictjson.Value) (Entry, error) {
	if !contains(v.Get("type"), entryType) {
		return Entry{}, fmt.Errorf("%w: type %s", ErrType, shown(v.Get("type")))
	}
	purpose, ok := v.Get("statusPurpose").Text()
	if !ok {
		return Entry{}, fmt.Errorf("%w: the entry names no statusPurpose", ErrVerification)
	}
	e := Entry{ID: v.Get("id").Str(), Purpose: Purpose(purpose), ListURL: v.Get("statusListCredential").Str()}
	if !e.Purpose.Known() {
		return Entry{}, fmt.Errorf("%w: statusPurpose %q", ErrType, strictjson.Clip(purpose))
	}
	if size := v.Get("statusSize"); size.Exists() {
		if n, ok := size.Literal(); !ok || n != "1" {
			return Entry{}, fmt.Errorf("%w: statusSize %s, only 1 is", ErrType, shown(size))
		}
	}
	if e.ListURL == "" {
		return Entry{}, fmt.Errorf("%w: the entry names no statusListCredential", ErrVerification)
	}
	index, err := readIndex(v.Get("statusListIndex"))
	if err != nil {
		return Entry{}, err
	}
	e.Index = index
	return e, nil
}

// readIndex takes the index as the string that the specification asks for, or
// as the number that real badges, the official test data among them, have.
func readIndex(v strictjson.Value) (int, error) {
	if text, ok := v.Text(); ok {
		return ParseIndex(text)
	}
	if literal, ok := v.Literal(); ok {
		return ParseIndex(literal)
	}
	return 0, fmt.Errorf("%w: statusListIndex is %v, not a number in a string", ErrRange, v.Kind())
}

// ParseIndex reads an index in the one way of writing it that is accepted:
// ASCII digits, no sign, no space, no exponent, no zero in front. Readers that
// are more generous ("7abc", "0x7", "7e0") look at a bit that the issuer did
// not mean. It fails with ErrRange.
func ParseIndex(text string) (int, error) {
	if text == "" || len(text) > maxIndexDigits || text[0] == '0' && text != "0" {
		return 0, fmt.Errorf("%w: statusListIndex %q is not a plain decimal number below %d", ErrRange, strictjson.Clip(text), maxLength)
	}
	n := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%w: statusListIndex %q is not a plain decimal number", ErrRange, strictjson.Clip(text))
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// Value writes the entry as a credentialStatus object. Without an ID it gets
// the list's URL with the index as fragment.
func (e Entry) Value() strictjson.Value {
	index := strconv.Itoa(e.Index)
	id := e.ID
	if id == "" {
		id = e.ListURL + "#" + index
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(id)},
		strictjson.Member{Name: "type", Value: strictjson.String(entryType)},
		strictjson.Member{Name: "statusPurpose", Value: strictjson.String(string(e.Purpose))},
		strictjson.Member{Name: "statusListIndex", Value: strictjson.String(index)},
		strictjson.Member{Name: "statusListCredential", Value: strictjson.String(e.ListURL)},
	)
}

// contains reports whether a "one or many" value has the text among its parts.
func contains(v strictjson.Value, text string) bool {
	for _, e := range v.List() {
		if s, ok := e.Text(); ok && s == text {
			return true
		}
	}
	return false
}

// shown is a value as it may stand in an error: a stranger wrote it, so it is
// cut short, and quoted where it is text.
func shown(v strictjson.Value) string {
	if !v.Exists() {
		return "missing"
	}
	return strictjson.Clip(string(v.JSON()))
}
