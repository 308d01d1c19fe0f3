package credential

import (
	"strconv"
	"testing"

	"laurel/internal/strictjson"
)

// TestSettled: what means the same to a signature is the same to people.
func TestSettled(t *testing.T) {
	for text, want := range map[string]string{
		`3.5`: `3.5`, `[3.5]`: `3.5`, `[3.5, 3.5]`: `3.5`, `{"@value": 3.5}`: `3.5`, `[[3.5], {"@value": 3.5}, null]`: `3.5`, `[]`: `[]`, `null`: `null`,
		`["a", "b", "a"]`: `["a","b"]`, `["a", [], ["b", ["a"]]]`: `["a","b"]`,
		`[{"id": "x", "a": 1}, {"id": "y"}, {"id": "x", "b": [2], "a": 1}, {"id": "x", "a": 3}]`: `[{"id":"x","a":[1,3],"b":2},{"id":"y"}]`,
		`[{"a": 1}, {"a": 1}]`: `[{"a":1},{"a":1}]`,
		`{"a": null, "b": ["x"], "c": [{"d": [1, 1]}, {"d": 1}]}`:                                  `{"b":"x","c":[{"d":1},{"d":1}]}`,
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
	long := "["
	for i := range 5000 {
		long += strconv.Itoa(i) + ","
	}
	long += "4999]"
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
		`[{"creditsEarned": {"@value": 3.5}, "achievement": [{"id": "urn:a", "name": {"@value": "A"}}, {"id": "urn:a"}]}]`,
	} {
		if b := read(text); b.CreditsEarned != "3.5" || b.Title() != "A" || len(b.Achievements) != 1 {
			t.Errorf("%s: %+v", text, b)
		}
	}
}
