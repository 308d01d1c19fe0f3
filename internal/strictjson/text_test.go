package strictjson

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOptional(t *testing.T) {
	if Optional("").Exists() || Optional("x").Str() != "x" {
		t.Error("what is empty is there, or what is there is not")
	}
	at := time.Date(2026, 6, 1, 14, 0, 0, 999, time.FixedZone("CEST", 2*60*60))
	if Stamp(time.Time{}).Exists() || Stamp(at).Str() != "2026-06-01T12:00:00Z" {
		t.Errorf("got %q", Stamp(at).Str())
	}
}

func TestClip(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "short": "short", strings.Repeat("x", 120): strings.Repeat("x", 120), strings.Repeat("x", 121): strings.Repeat("x", 120) + "…",
		strings.Repeat("x", 119) + "éé": strings.Repeat("x", 119) + "…",
	} {
		if got := Clip(text); got != want || !utf8.ValidString(got) {
			t.Errorf("%.20q…: got %q", text, got)
		}
	}
}

func TestWithin(t *testing.T) {
	for _, test := range []struct {
		pointer, place string
		want           bool
	}{
		{"/a", "/a", true}, {"/a/b", "/a", true}, {"/a", "/a/b", false}, {"/ab", "/a", false}, {"/a", "", true}, {"/" + EscapeStep("a/b"), "/a", false},
	} {
		if got := Within(test.pointer, test.place); got != test.want {
			t.Errorf("%s within %s: %v", test.pointer, test.place, got)
		}
	}
}
