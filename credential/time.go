package credential

import (
	"errors"
	"fmt"
	"time"
)

// maxTime bounds the text of a time. XML Schema allows any number of digits in
// the fraction; nobody honest writes more than nine.
const maxTime = 64

// ErrTime says that a text is no dateTimeStamp.
var ErrTime = errors.New("not a date and time with time zone")

// ParseTime reads a dateTimeStamp of XML Schema 1.1 (VCDM 2.0 section 4.9):
// "2026-03-01T09:30:00Z", "2026-03-01T10:30:00.25+01:00". The result is in UTC;
// digits beyond the nanosecond are cut.
//
// time.Parse is not used because it takes what the standard does not: a one-digit
// hour and a comma before the fraction. Here every field has its fixed width, the
// day exists in the calendar, the zone is given and at most 14 hours away, and
// second 60 does not exist. 24:00:00 is the next midnight, as the standard has
// it. Years are 0000 to 9999. The error wraps ErrTime.
func ParseTime(s string) (time.Time, error) {
	t, problem := parseStamp(s)
	if problem != "" {
		return time.Time{}, fmt.Errorf("%w: %s", ErrTime, problem)
	}
	return t, nil
}

// FormatTime writes a time as ParseTime reads it: UTC, whole seconds.
func FormatTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// parseStamp is ParseTime with the problem in words, "" for none.
func parseStamp(s string) (t time.Time, problem string) {
	const layout = "dddd-dd-ddTdd:dd:dd"
	if len(s) > maxTime {
		return t, fmt.Sprintf("it is longer than %d characters", maxTime)
	}
	if len(s) <= len(layout) || !fits(s[:len(layout)], layout) {
		return t, fmt.Sprintf("%q is not of the form 2026-01-31T09:30:00Z", s)
	}
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	hour, minute, second := number(s[11:13]), number(s[14:16]), number(s[17:19])
	nanos, zone, ok := fraction(s[len(layout):])
	if !ok {
		return t, fmt.Sprintf("%q has a malformed fraction of a second", s)
	}
	offset, ok := zoneOffset(zone)
	if !ok {
		return t, fmt.Sprintf("%q has no valid time zone (Z or +01:00)", s)
	}
	midnight := hour == 24 && minute == 0 && second == 0 && nanos == 0
	if (hour > 23 && !midnight) || minute > 59 || second > 59 {
		return t, fmt.Sprintf("%q is no time of day", s)
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Month() != time.Month(month) || date.Day() != day {
		return t, fmt.Sprintf("%q is no day of the calendar", s)
	}
	t = time.Date(year, time.Month(month), day, hour, minute, second, nanos, time.UTC).Add(-offset)
	if t.Year() < 0 || t.Year() > 9999 {
		return time.Time{}, fmt.Sprintf("%q lies outside the years 0000 to 9999", s)
	}
	return t, ""
}

// fits reports whether s has a digit where the layout has a d, and the layout's
// character everywhere else.
func fits(s, layout string) bool {
	for i := range len(layout) {
		if digit := s[i] >= '0' && s[i] <= '9'; layout[i] == 'd' && !digit || layout[i] != 'd' && s[i] != layout[i] {
			return false
		}
	}
	return true
}

// number reads a run of digits that fits has already seen.
func number(digits string) int {
	n := 0
	for _, d := range []byte(digits) {
		n = n*10 + int(d-'0')
	}
	return n
}

// fraction reads an optional ".25" and returns it in nanoseconds with what
// follows.
func fraction(s string) (nanos int, rest string, ok bool) {
	if s[0] != '.' {
		return 0, s, true
	}
	end := 1
	for scale := 100_000_000; end < len(s) && s[end] >= '0' && s[end] <= '9'; end++ {
		nanos += int(s[end]-'0') * scale
		scale /= 10
	}
	return nanos, s[end:], end > 1
}

// zoneOffset reads "Z" or "+hh:mm", at most 14 hours.
func zoneOffset(s string) (time.Duration, bool) {
	if s == "Z" {
		return 0, true
	}
	if len(s) != 6 || (s[0] != '+' && s[0] != '-') || !fits(s[1:], "dd:dd") {
		return 0, false
	}
	hours, minutes := number(s[1:3]), number(s[4:6])
	if minutes > 59 || hours*60+minutes > 14*60 {
		return 0, false
	}
	offset := time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute
	if s[0] == '-' {
		offset = -offset
	}
	return offset, true
}
