package credential

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode"

	"laurel/internal/strictjson"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestReadRealBadges compares what people see of real badges with what they saw
// when somebody last looked at it: go test ./credential -run RealBadges -update.
func TestReadRealBadges(t *testing.T) {
	for golden, source := range map[string]string{
		"complete":     "badges/1edtech-validator/ob30/complete.json",
		"skill-ctdl":   "badges/1edtech-spec/examples/skillAssertionCtdl.json",
		"skill-case":   "badges/1edtech-spec/examples/skillAssertionCase.json",
		"micro":        "badges/learncard-fixtures/obv3/micro-credential.json",
		"course":       "badges/learncard-fixtures/obv3/standalone-full-course.json",
		"endorsement":  "badges/learncard-fixtures/obv3/endorsement.json",
		"learner-clr":  "badges/learncard-fixtures/clr/multi-achievement.json",
		"transcript":   "badges/learncard-fixtures/clr/westbridge-full.json",
		"no-badge":     "badges/learncard-fixtures/vc-v2/education-degree.json",
		"signed-small": "badges/1edtech-spec/test-vectors/obv3p0/14-signed-credential.json",
	} {
		t.Run(golden, func(t *testing.T) {
			got := display(ReadBadge(load(t, source)))
			file := filepath.Join("testdata", "golden", golden+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("%s: got\n%s\nwant\n%s", source, got, want)
			}
		})
	}
}

// display writes every member of a Badge that is not empty, one a line.
func display(badge Badge) string {
	var out strings.Builder
	walk(reflect.ValueOf(badge), "", func(name, text string) {
		if len(text) > 200 {
			text = text[:200] + "…"
		}
		fmt.Fprintf(&out, "%s: %s\n", name, strings.ReplaceAll(text, "\n", "\\n"))
	})
	return out.String()
}

// walk calls visit for every exported leaf below v that is not zero.
func walk(v reflect.Value, name string, visit func(name, text string)) {
	switch {
	case v.IsZero():
	case v.Type() == reflect.TypeFor[time.Time]():
		visit(name, FormatTime(v.Interface().(time.Time)))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				walk(v.Field(i), strings.TrimPrefix(name+"."+f.Name, "."), visit)
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), fmt.Sprintf("%s[%d]", name, i), visit)
		}
	default:
		visit(name, fmt.Sprint(v.Interface()))
	}
}

// TestHostileBadgeIsInert reads a badge whose every text tries something, as a
// validly signed one may.
func TestHostileBadgeIsInert(t *testing.T) {
	const evil = "<img src=x onerror=alert(1)>\x1b]0;owned\x07\u202egpj.exe\u2069\x00\r\nVerdict: accepted"
	doc := everyText(load(t, "badges/1edtech-validator/ob30/complete.json"), evil)
	badge := ReadBadge(doc)
	lines := 0
	walk(reflect.ValueOf(badge), "", func(name, text string) {
		lines++
		several := strings.HasSuffix(name, "arrative")
		bad := strings.IndexFunc(text, func(r rune) bool {
			return unicode.IsControl(r) && !(several && (r == '\n' || r == '\t')) || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069
		})
		if bad >= 0 {
			t.Errorf("%s keeps %q", name, text[bad:])
		}
	})
	if lines < 60 {
		t.Errorf("only %d texts were read: the test looks at nothing", lines)
	}
	if got := badge.Achievement().SignUp; got != "" {
		t.Errorf("sign-up link %q", got)
	}
	if got := badge.Picture().Link().Web(); got != "" {
		t.Errorf("image link %q", got)
	}
}

// everyText replaces every text of a value, but for the types and the texts that
// join a result with its description.
func everyText(v strictjson.Value, with string) strictjson.Value {
	switch v.Kind() {
	case strictjson.Text:
		return strictjson.String(with)
	case strictjson.List:
		var elems []strictjson.Value
		for _, e := range v.Elems() {
			elems = append(elems, everyText(e, with))
		}
		return strictjson.Array(elems...)
	case strictjson.Dict:
		var members []strictjson.Member
		for _, m := range v.Members() {
			if m.Name != "type" {
				m.Value = everyText(m.Value, with)
			}
			members = append(members, m)
		}
		return strictjson.Object(members...)
	}
	return v
}

func TestReadBadgeSmallThings(t *testing.T) {
	const frame = `{"credentialSubject":{"achievement":%s,"result":%s}}`
	read := func(achievement, result string, languages ...string) Badge {
		return ReadBadge(parse(t, fmt.Sprintf(frame, achievement, result)), languages...)
	}
	tests := []struct{ name, got, want string }{
		{"title of the credential", ReadBadge(parse(t, `{"name":"A","id":"urn:x:y"}`)).Title(), "A"},
		{"title of the achievement", read(`{"name":"B"}`, `[]`).Title(), "B"},
		{"title of neither", ReadBadge(parse(t, `{"id":"urn:x:y"}`)).Title(), "urn:x:y"},
		{"language asked for", read(`{"name":[{"@value":"Dog","@language":"en"},{"@value":"Hund","@language":"de"}]}`, `[]`, "de").Title(), "Hund"},
		{"English by default", read(`{"name":{"de":"Hund","en":"Dog"}}`, `[]`).Title(), "Dog"},
		{"page to sign up", string(read(`{"id":"https://a.example/1"}`, `[]`).Achievement().SignUp), "https://a.example/1"},
		{"link to sign up", string(read(`{"id":"https://a.example/1","type":["Achievement","ApplyLinkAchievement"],"url":"https://a.example/apply"}`, `[]`).Achievement().SignUp), "https://a.example/apply"},
		{"no page to sign up", string(read(`{"id":"urn:uuid:1","url":"javascript:alert(1)"}`, `[]`).Achievement().SignUp), ""},
		{"part of", string(read(`{"isPartOf":"https://a.example/stack"}`, `[]`).Achievement().PartOf[0].ID), "https://a.example/stack"},
		{"related", read(`{"related":{"id":"https://a.example/0","version":"0.9"}}`, `[]`).Achievement().Related[0].Version, "0.9"},
		{"credits as written", read(`{"creditsAvailable":3.0}`, `[]`).Achievement().CreditsAvailable, "3.0"},
		{"level without a rubric", read(`{}`, `{"achievedLevel":"urn:level:1"}`).Results[0].Level, "urn:level:1"},
		{"level by name", read(`{"resultDescription":{"id":"urn:d:1","requiredLevel":"urn:l:1","rubricCriterionLevel":[{"id":"urn:l:1","name":"Basic"},{"id":"urn:l:2","name":"Mastery"}]}}`,
			`{"resultDescription":"urn:d:1","achievedLevel":"urn:l:2"}`).Results[0].Level, "Mastery"},
		{"required level by name", read(`{"resultDescription":{"id":"urn:d:1","requiredLevel":"urn:l:1","rubricCriterionLevel":[{"id":"urn:l:1","name":"Basic"}]}}`,
			`{"resultDescription":"urn:d:1"}`).Results[0].Required, "Basic"},
		{"a score and its scale", fmt.Sprint(read(`{"resultDescription":{"id":"urn:d:1","name":"Score","valueMin":"0","valueMax":100}}`, `{"resultDescription":"urn:d:1","value":87.50}`).Results[0]),
			"{Score  87.50   0 100  [] []}"},
		{"result of no description", read(`{}`, `{"resultDescription":"urn:d:9","value":"A"}`).Results[0].Label, ""},
		{"image as a text", ReadBadge(parse(t, `{"image":"https://a.example/i.png"}`)).Picture().Source, "https://a.example/i.png"},
		{"image of the achievement", read(`{"image":{"id":"https://a.example/a.png"}}`, `[]`).Picture().Source, "https://a.example/a.png"},
		{"image with a space in its data", ReadBadge(parse(t, `{"image":"data:image/png;base64,AA AA"}`)).Picture().Source, ""},
		{"image that ends the line", ReadBadge(parse(t, `{"image":"data:image/png,\n\u001b[31m"}`)).Picture().Source, ""},
		{"issuer as a text", ReadBadge(parse(t, `{"issuer":"did:web:a.example"}`)).Issuer.ID, "did:web:a.example"},
		{"earner by name", ReadBadge(parse(t, `{"credentialSubject":{"name":"Jane"}}`)).Earner.Name, "Jane"},
		{"earner by identity", ReadBadge(parse(t, `{"credentialSubject":{"identifier":{"identityType":"name","hashed":false,"identityHash":"Jane"}}}`)).Earner.Name, "Jane"},
		{"earner by a hash", ReadBadge(parse(t, `{"credentialSubject":{"identifier":{"identityType":"name","hashed":true,"identityHash":"sha256$00"}}}`)).Earner.Name, ""},
		{"awarded on a day", FormatTime(ReadBadge(parse(t, `{"awardedDate":"2025-05-18"}`)).Awarded), "2025-05-18T00:00:00Z"},
		{"awarded, in the subject", FormatTime(ReadBadge(parse(t, `{"credentialSubject":{"awardedDate":"2024-01-01T00:00:00Z"}}`)).Awarded), "2024-01-01T00:00:00Z"},
		{"awarded one day", FormatTime(ReadBadge(parse(t, `{"awardedDate":"yesterday!"}`)).Awarded), "0001-01-01T00:00:00Z"},
	}
	for _, c := range tests {
		if c.got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, c.got, c.want)
		}
	}
}

func TestReadBadgeIsBounded(t *testing.T) {
	many := "[" + strings.Repeat(`{"type":"Evidence"},`, 5_000) + `{}]`
	badge := ReadBadge(parse(t, `{"evidence":`+many+`}`))
	if len(badge.Evidence) != maxShown || !badge.Cut {
		t.Errorf("%d pieces of evidence, cut %v", len(badge.Evidence), badge.Cut)
	}
	if badge := ReadBadge(parse(t, goodBadge)); badge.Cut {
		t.Error("a small badge is cut")
	}
}

func TestReadBadgeOfAnything(t *testing.T) {
	for _, text := range []string{`null`, `[]`, `7`, `"x"`, `{}`, `{"credentialSubject":7,"issuer":[],"image":[[]],"evidence":{"a":1}}`,
		`{"credentialSubject":{"achievement":[null,7,"x",[]],"result":[null,{}],"identifier":"x"}}`} {
		doc := parse(t, text)
		if badge := ReadBadge(doc); badge.Title() != "" {
			t.Errorf("%s: title %q", text, badge.Title())
		}
	}
}

func ExampleReadBadge() {
	doc, _ := strictjson.Parse([]byte(goodBadge))
	badge := ReadBadge(doc)
	fmt.Println(badge.Title(), "by", badge.Issuer.Name)
	fmt.Println(badge.Achievement().Criteria.Narrative)
	// Output:
	// Barista by School
	// Pull *ten* of them.
}
