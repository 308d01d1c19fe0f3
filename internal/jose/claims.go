package jose

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"laurel/internal/strictjson"
)

// maxDate is the last second of the year 9999; what is written as a number of
// milliseconds lies far beyond.
const maxDate = 253402300799

// Date reads a NumericDate, "the number of seconds from 1970-01-01T00:00:00Z UTC"
// (RFC 7519, section 2), which may have a fraction. The time is zero if the claim
// is absent. A claim that is no number, or lies before 1970 or after the year
// 9999, wraps ErrMalformed: a date that is not understood must not count as none.
func Date(claims strictjson.Value, name string) (time.Time, error) {
	v := claims.Get(name)
	if !v.Exists() {
		return time.Time{}, nil
	}
	literal, ok := v.Literal()
	seconds, err := strconv.ParseFloat(literal, 64)
	if !ok || err != nil || seconds < 0 || seconds > maxDate {
		return time.Time{}, fmt.Errorf("%w: %s is %s, not a number of seconds", ErrMalformed, name, shown(v))
	}
	whole, part := math.Modf(seconds)
	return time.Unix(int64(whole), int64(part*1e9)).UTC(), nil
}

// NumericDate writes a time as a NumericDate, in whole seconds; Absent if it is
// zero.
func NumericDate(t time.Time) strictjson.Value {
	if t.IsZero() {
		return strictjson.Value{}
	}
	return strictjson.Int(int(t.Unix()))
}

// Text reads a claim that must be a text with something in it; "" if it is
// absent. It wraps ErrMalformed.
func Text(claims strictjson.Value, name string) (string, error) {
	v := claims.Get(name)
	text, ok := v.Text()
	if v.Exists() && (!ok || text == "") {
		return "", fmt.Errorf("%w: %s is not a text", ErrMalformed, name)
	}
	return text, nil
}

// Audience reads "aud", a text or an array of texts. It wraps ErrMalformed.
func Audience(claims strictjson.Value) ([]string, error) {
	var out []string
	for _, v := range claims.Get("aud").List() {
		text, ok := v.Text()
		if !ok || text == "" {
			return nil, fmt.Errorf("%w: aud is neither a text nor texts", ErrMalformed)
		}
		out = append(out, text)
	}
	return out, nil
}
