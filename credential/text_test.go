package credential

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlain(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"prose", "Data Science Fundamentals", "Data Science Fundamentals"},
		{"markup stays text", `<script>alert(1)</script>`, `<script>alert(1)</script>`},
		{"terminal escape", "\x1b[2J\x1b[31mVALID", "\uFFFD[2J\uFFFD[31mVALID"},
		{"C1 escape", "\u009b31mVALID", "\uFFFD31mVALID"},
		{"backspaces", "revoked\b\b\b\b\b\b\bvalid", "revoked" + strings.Repeat("\uFFFD", 7) + "valid"},
		{"forged line", "Badge\nVerdict: accepted", "Badge Verdict: accepted"},
		{"carriage return", "Badge\r\nVerdict", "Badge Verdict"},
		{"line separator", "Badge\u2028Verdict", "Badge Verdict"},
		{"reversed", "Bachelor \u202eretsaM\u202c", "Bachelor \uFFFDretsaM\uFFFD"},
		{"open isolate", "School\u2067", "School\uFFFD"},
		{"invisible", "Har\u200bvard\u2060\ufeff\u00ad", "Harvard"},
		{"tag characters", "Hello\U000E0041\U000E007F", "Hello"},
		{"annotation", "a\ufff9b\ufffac\ufffb", "a\uFFFDb\uFFFDc\uFFFD"},
		{"joiners stay", "क्\u200dष 👩\u200d🎓", "क्\u200dष 👩\u200d🎓"},
		{"Arabic stays", "شهادة مصغرة", "شهادة مصغرة"},
		{"blanks", "  a \t b\u00a0c  ", "a b c"},
		{"stacked marks", "a" + strings.Repeat("\u0301", 500), "a" + strings.Repeat("\u0301", maxCombining)},
		{"NUL", "a\x00b", "a\uFFFDb"},
		{"long", strings.Repeat("é", maxPlain+1), strings.Repeat("é", maxPlain) + "…"},
		{"just not too long", strings.Repeat("é", maxPlain), strings.Repeat("é", maxPlain)},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := Plain(c.text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestMarkdownKeepsLines(t *testing.T) {
	got := Markdown("# How\r\n\r\n* one\n\t* two\x1b[31m\n")
	if want := "# How\n\n* one\n\t* two\uFFFD[31m"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := Markdown(strings.Repeat("x", maxMarkdown+5)); utf8.RuneCountInString(got) != maxMarkdown+1 {
		t.Errorf("%d characters", utf8.RuneCountInString(got))
	}
}

func FuzzPlain(f *testing.F) {
	f.Add("Badge\nVerdict: \x1b[31maccepted\u202e")
	f.Fuzz(func(t *testing.T, s string) {
		got := Plain(s)
		if i := strings.IndexFunc(got, unicode.IsControl); i >= 0 {
			t.Errorf("%q: a control character is left in %q", s, got)
		}
		if strings.ContainsAny(got, "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u2028\u2029") {
			t.Errorf("%q: a direction or line character is left in %q", s, got)
		}
		if utf8.RuneCountInString(got) > maxPlain+1 || !utf8.ValidString(got) {
			t.Errorf("%q: %d characters", s, utf8.RuneCountInString(got))
		}
		if again := Plain(got); again != got {
			t.Errorf("%q: cleaning twice gives %q, then %q", s, got, again)
		}
	})
}

func TestLanguageText(t *testing.T) {
	tests := []struct {
		name, json string
		languages  []string
		want       string
	}{
		{"plain", `"A"`, []string{"de"}, "A"},
		{"value object", `{"@value":"A","@language":"fr"}`, []string{"de"}, "A"},
		{"array, wanted", `[{"@value":"Dog","@language":"en"},{"@value":"Chien","@language":"fr"}]`, []string{"fr"}, "Chien"},
		{"array, region ignored", `[{"@value":"Dog","@language":"en-US"},{"@value":"Hund","@language":"de-AT"}]`, []string{"de-CH"}, "Hund"},
		{"array, second choice", `[{"@value":"Cane","@language":"it"},{"@value":"Dog","@language":"en"}]`, []string{"de", "en"}, "Dog"},
		{"array, none wanted", `[{"@value":"Cane","@language":"it"},{"@value":"Dog","@language":"en"}]`, []string{"de"}, "Cane"},
		{"map", `{"en":"Dog","de":"Hund"}`, []string{"de"}, "Hund"},
		{"map in other case", `{"EN":"Dog"}`, []string{"en"}, "Dog"},
		{"not a text", `{"@value":7}`, []string{"en"}, ""},
		{"number", `7`, []string{"en"}, ""},
		{"null", `null`, []string{"en"}, ""},
		{"empty list", `[]`, []string{"en"}, ""},
		{"nested list", `[["A"]]`, []string{"en"}, ""},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			if got := languageText(parse(t, c.json), c.languages); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFromClaims(t *testing.T) {
	claims := parse(t, `{"iss":"https://school.example","vct":"https://school.example/pid","sub":"did:example:7","exp":1,"cnf":{"jwk":{}},"given_name":"Ann","address":{"country":"DE"}}`)
	doc := FromClaims(claims)
	badge := ReadBadge(doc)
	if badge.Title() != "https://school.example/pid" || badge.Issuer.ID != "https://school.example" || badge.Earner.ID != "did:example:7" {
		t.Errorf("%+v", badge)
	}
	said, cut := Claims(doc)
	if want := []Claim{{"given_name", "Ann"}, {"address.country", "DE"}, {"id", "did:example:7"}}; cut || !slices.Equal(said, want) {
		t.Errorf("%v", said)
	}
	badge = ReadBadge(FromClaims(parse(t, `{"iss":"did:web:a.example","vct":"https://a.example/c","issuer":{"id":"did:web:a.example","name":"School"},
		"achievement":{"name":"Barista"},"evidence":[{"id":"https://a.example/film"}]}`)))
	if badge.Title() != "Barista" || badge.Issuer.Name != "School" || len(badge.Evidence) != 1 {
		t.Errorf("a badge: %+v", badge)
	}
	badge = ReadBadge(FromClaims(parse(t, `{"iss":"did:web:a.example","issuer":{"id":"did:web:b.example","name":"School"}}`)))
	if badge.Issuer.ID != "did:web:a.example" || badge.Issuer.Name != "" {
		t.Errorf("an issuer who is somebody else: %+v", badge.Issuer)
	}
	if empty := ReadBadge(FromClaims(parse(t, `{}`))); empty.Title() != "" {
		t.Errorf("%+v", empty)
	}
}
