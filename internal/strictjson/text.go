package strictjson

import (
	"strings"
	"time"
)

// Optional is a text as a value; Absent for none, so that Object leaves it out.
func Optional(s string) Value {
	if s == "" {
		return Value{}
	}
	return String(s)
}

// Stamp is a time as a value: a dateTimeStamp in UTC, of whole seconds. It is Absent
// for the zero time.
func Stamp(t time.Time) Value {
	if t.IsZero() {
		return Value{}
	}
	return String(t.UTC().Format(time.RFC3339))
}

// maxClipped is the longest text of a stranger that stands whole in a message: an
// honest identifier or web address fits.
const maxClipped = 120

// Clip shortens a stranger's text for a message that people read.
func Clip(s string) string {
	if len(s) <= maxClipped {
		return s
	}
	return strings.ToValidUTF8(s[:maxClipped], "") + "…"
}
