package status

import (
	"errors"
	"os"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

func parse(tb testing.TB, text string) strictjson.Value {
	tb.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func TestParseIndex(t *testing.T) {
	for text, want := range map[string]int{"0": 0, "7": 7, "94567": 94567, "67108863": 67108863, "99999999": 99999999} {
		if got, err := ParseIndex(text); err != nil || got != want {
			t.Errorf("ParseIndex(%q) = %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", "-1", "+7", " 7", "7 ", "7\n", "07", "00", "7.0", "7.5", "7e0", "1e3", "0x7", "0b1", "7abc", "abc", "NaN", "1_000",
		"1,000", "٧", "７", "\u200b7", "100000000", "18446744073709551616", strings.Repeat("9", 100_000),
	} {
		if got, err := ParseIndex(text); !errors.Is(err, ErrRange) || got != 0 {
			t.Errorf("ParseIndex(%.20q) = %d, %v, want ErrRange", text, got, err)
		} else if len(err.Error()) > 300 {
			t.Errorf("ParseIndex(%.20q): the error is %d bytes long", text, len(err.Error()))
		}
	}
}

func TestReadEntry(t *testing.T) {
	const good = `{"id":"https://x.example/s#1","type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"94567","statusListCredential":"https://x.example/s"}`
	want := Entry{ID: "https://x.example/s#1", Purpose: Revocation, Index: 94567, ListURL: "https://x.example/s"}
	base := parse(t, good)
	got, err := ReadEntry(base)
	if err != nil || got != want {
		t.Fatalf("ReadEntry = %+v, %v, want %+v", got, err, want)
	}
	if !got.Value().Equal(base) {
		t.Errorf("Value() = %s, want %s", got.Value().JSON(), good)
	}
	tests := []struct {
		name, member, value string // value "" takes the member away
		want                error
	}{
		{"type in an array", "type", `["BitstringStatusListEntry"]`, nil},
		{"one bit, said", "statusSize", `1`, nil},
		{"index as a number", "statusListIndex", `23`, nil},
		{"suspension", "statusPurpose", `"suspension"`, nil},
		{"no id", "id", ``, nil},
		{"older type", "type", `"StatusList2021Entry"`, ErrType},
		{"no type", "type", ``, ErrType},
		{"type in another case", "type", `"bitstringstatuslistentry"`, ErrType},
		{"message", "statusPurpose", `"message"`, ErrType},
		{"refresh", "statusPurpose", `"refresh"`, ErrType},
		{"two bits", "statusSize", `2`, ErrType},
		{"size in a string", "statusSize", `"1"`, ErrType},
		{"size zero", "statusSize", `0`, ErrType},
		{"no purpose", "statusPurpose", ``, ErrVerification},
		{"purposes in an array", "statusPurpose", `["revocation"]`, ErrVerification},
		{"no list", "statusListCredential", ``, ErrVerification},
		{"list is an object", "statusListCredential", `{"id":"https://x.example/s"}`, ErrVerification},
		{"no index", "statusListIndex", ``, ErrRange},
		{"null index", "statusListIndex", `null`, ErrRange},
		{"index with a fraction", "statusListIndex", `7.0`, ErrRange},
		{"index with an exponent", "statusListIndex", `7e0`, ErrRange},
		{"negative index", "statusListIndex", `-1`, ErrRange},
		{"index in an array", "statusListIndex", `["7"]`, ErrRange},
		{"a boolean", "statusListIndex", `true`, ErrRange},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := base.Without(tt.member)
			if tt.value != "" {
				v = base.With(tt.member, parse(t, tt.value))
			}
			got, err := ReadEntry(v)
			if !errors.Is(err, tt.want) {
				t.Fatalf("ReadEntry error = %v, want %v", err, tt.want)
			}
			if err != nil && got != (Entry{}) {
				t.Errorf("ReadEntry returned %+v beside its error", got)
			}
		})
	}
}

func TestReadOfficialEntry(t *testing.T) {
	text, err := os.ReadFile("testdata/bitstring-status-list/credential-status-revoked.json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := ReadEntry(parse(t, string(text)).Get("credentialStatus"))
	if err != nil || e.Index != 23 {
		t.Errorf("ReadEntry = %+v, %v, want index 23", e, err)
	}
}

func FuzzReadEntry(f *testing.F) {
	f.Add(`{"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"94567","statusListCredential":"https://x.example/s"}`)
	f.Add(`{"type":["BitstringStatusListEntry"],"statusPurpose":"suspension","statusListIndex":7e0,"statusListCredential":["https://x.example/s"],"statusSize":1}`)
	f.Add(`"https://x.example/s"`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := strictjson.Parse([]byte(text))
		if err != nil {
			return
		}
		e, err := ReadEntry(v)
		if err != nil {
			if e != (Entry{}) {
				t.Fatalf("%+v beside the error %v", e, err)
			}
			return
		}
		if again, err := ReadEntry(e.Value()); err != nil || e.ID != "" && again != e || again.Index != e.Index {
			t.Fatalf("%+v written and read again is %+v, %v", e, again, err)
		}
	})
}
