package credential

import (
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	tests := []struct{ text, want string }{
		{"2026-01-31T09:30:00Z", "2026-01-31T09:30:00Z"},
		{"2023-02-25T19:10:39-06:00", "2023-02-26T01:10:39Z"},
		{"2023-02-26T01:02:58.447Z", "2023-02-26T01:02:58.447Z"},
		{"2023-02-26T01:02:58.1234567899999Z", "2023-02-26T01:02:58.123456789Z"},
		{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
		{"2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
		{"2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z"},
		{"2026-12-31T24:00:00.000+14:00", "2026-12-31T10:00:00Z"},
		{"2026-01-01T00:00:00-00:00", "2026-01-01T00:00:00Z"},
		{"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"},
		{"9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
		{"4023-02-26T01:02:58.447Z", "4023-02-26T01:02:58.447Z"},

		{"", ""},
		{"2026-01-31", ""},
		{"2026-01-31T09:30:00", ""},
		{"2026-01-31T09:30Z", ""},
		{"2026-01-31T9:30:00Z", ""},
		{"2026-01-31T09:30:00,5Z", ""},
		{"2026-01-31T09:30:00.Z", ""},
		{"2026-01-31T09:30:00.5", ""},
		{"2026-01-31 09:30:00Z", ""},
		{"2026-01-31t09:30:00Z", ""},
		{"2026-01-31T09:30:00z", ""},
		{" 2026-01-31T09:30:00Z", ""},
		{"2026-01-31T09:30:00Z\n", ""},
		{"2026-01-31T09:30:00Zjunk", ""},
		{"2026-01-31T09:30:00ZZ", ""},
		{"2026-1-31T09:30:00Z", ""},
		{"26-01-31T09:30:00Z", ""},
		{"12026-01-31T09:30:00Z", ""},
		{"-2026-01-31T09:30:00Z", ""},
		{"+2026-01-31T09:30:00Z", ""},
		{"2026-00-10T09:30:00Z", ""},
		{"2026-13-10T09:30:00Z", ""},
		{"2026-01-00T09:30:00Z", ""},
		{"2026-02-30T09:30:00Z", ""},
		{"2025-02-29T09:30:00Z", ""},
		{"2100-02-29T09:30:00Z", ""},
		{"2026-04-31T09:30:00Z", ""},
		{"2026-01-31T25:00:00Z", ""},
		{"2026-01-31T24:00:01Z", ""},
		{"2026-01-31T24:00:00.1Z", ""},
		{"2026-01-31T09:60:00Z", ""},
		{"2026-12-31T23:59:60Z", ""},
		{"2026-01-31T09:30:00+1:00", ""},
		{"2026-01-31T09:30:00+0100", ""},
		{"2026-01-31T09:30:00+14:01", ""},
		{"2026-01-31T09:30:00+15:00", ""},
		{"2026-01-31T09:30:00+01:60", ""},
		{"2026-01-31T09:30:00 +01:00", ""},
		{"2026-01-31T09:30:00UTC", ""},
		{"２０２６-01-31T09:30:00Z", ""},
		{"9999-12-31T23:59:59-00:01", ""},
		{"9999-12-31T24:00:00Z", ""},
		{"0000-01-01T00:00:00+00:01", ""},
		{"Sat 25 Feb 2023 07:16:31 PM CST", ""},
		{"1767225600", ""},
		{"2026-01-31T09:30:00." + strings.Repeat("0", 60) + "Z", ""},
	}
	for _, c := range tests {
		t.Run(c.text, func(t *testing.T) {
			got, err := ParseTime(c.text)
			if c.want == "" {
				if !errors.Is(err, ErrTime) || !got.IsZero() {
					t.Errorf("got %v, %v; want ErrTime and no time", got, err)
				}
				return
			}
			if err != nil || got.Format(time.RFC3339Nano) != c.want || got.Location() != time.UTC {
				t.Errorf("got %v, %v; want %s", got, err, c.want)
			}
		})
	}
}

func TestFormatTimeIsReadBack(t *testing.T) {
	at := time.Date(2026, 3, 1, 10, 30, 0, 999, time.FixedZone("", 3600))
	text := FormatTime(at)
	if text != "2026-03-01T09:30:00Z" {
		t.Errorf("FormatTime = %s", text)
	}
	if back, err := ParseTime(text); err != nil || !back.Equal(at.Truncate(time.Second)) {
		t.Errorf("read back: %v, %v", back, err)
	}
}

// dateTimeStamp is the regular expression of VCDM 2.0 (example 32), for years of
// four digits.
var dateTimeStamp = regexp.MustCompile(`^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])` +
	`T(([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]+)?|(24:00:00(\.0+)?))(Z|(\+|-)((0[0-9]|1[0-3]):[0-5][0-9]|14:00))$`)

func FuzzParseTime(f *testing.F) {
	for _, s := range []string{"2026-01-31T09:30:00Z", "2023-02-25T19:10:39.5-06:00", "2026-12-31T24:00:00Z", "2026-02-30T00:00:00Z", "9999-12-31T23:59:59-14:00", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTime(s)
		if err != nil {
			if !got.IsZero() {
				t.Errorf("%q: a time beside an error", s)
			}
			return
		}
		if !dateTimeStamp.MatchString(s) {
			t.Errorf("%q is accepted, but is no dateTimeStamp", s)
		}
		if again, err := ParseTime(got.Format(time.RFC3339Nano)); err != nil || !again.Equal(got) {
			t.Errorf("%q: its own text reads as %v, %v", s, again, err)
		}
	})
}
