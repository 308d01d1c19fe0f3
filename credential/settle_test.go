package credential

import (
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

// TestSettled: what means the same to a signature is the same to people.
func TestSettled(t *testing.T) {
	for text, want := range map[string]string{
		`3.5`: `3.5`, `[3.5]`: `3.5`, `[3.5, 3.5]`: `3.5`, `{"@value": 3.5}`: `3.5`, `[[3.5], {"@value": 3.5}, null]`: `3.5`, `[]`: `[]`, `null`: `null`,
		`["a", "b", "a"]`: `["a","b"]`,
		`{"a": null, "b": ["x"], "c": [{"d": [1, 1]}, {"d": 1}]}`:                                  `{"b":"x","c":{"d":1}}`,
		`{"@value": "x", "@language": "en"}`:                                                       `{"@value":"x","@language":"en"}`,
		`{"@value": "x", "@direction": "rtl"}`:                                                     `{"@value":"x","@direction":"rtl"}`,
		`{"@value": "2030-01-01T00:00:00Z", "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}`: `"2030-01-01T00:00:00Z"`,
	} {
		v, err := strictjson.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(Settled(v).JSON()); got != want {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
	long := "[" + strings.Repeat("1,", 5000) + "1]"
	v, err := strictjson.Parse([]byte(long))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(Settled(v).List()); got != 5001 {
		t.Errorf("a long list was compared: %d", got)
	}
}

// TestReadBadgeSettled: a badge reads the same however its values are written.
func TestReadBadgeSettled(t *testing.T) {
	read := func(subject string) Badge {
		v, err := strictjson.Parse([]byte(`{"credentialSubject": ` + subject + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return ReadBadge(v)
	}
	for _, text := range []string{
		`{"creditsEarned": [3.5], "achievement": {"name": "A"}}`, `{"creditsEarned": [3.5, 3.5], "achievement": [{"name": ["A", "A"]}]}`,
		`[{"creditsEarned": {"@value": 3.5}, "achievement": [{"name": {"@value": "A"}}, {"name": "A"}]}]`,
	} {
		if b := read(text); b.CreditsEarned != "3.5" || b.Title() != "A" || len(b.Achievements) != 1 {
			t.Errorf("%s: %+v", text, b)
		}
	}
}
