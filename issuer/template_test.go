package issuer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
)

// withTemplate adds a template whose achievement has these members on top, and
// returns the achievement of a badge that is made from it.
func withTemplate(t *testing.T, s *school, members string) strictjson.Value {
	t.Helper()
	source := `{"type":"laurel/template/v1","id":"trial","achievement":{"name":"A","description":"B","criteria":{"narrative":"C"}` + members + `}}`
	if _, err := s.PutTemplate(t.Context(), []byte(source)); err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	badge := s.issue(t, issuer.Award{Template: "trial"})
	return testissuer.Parse(string(badge.Credential)).Get("credentialSubject").Get("achievement")
}

func TestAchievementsAreCompleted(t *testing.T) {
	s := newSchool(t, issuer.Web)
	tests := []struct {
		name, members, member, want string
	}{
		{"id", ``, "id", `"https://badges.school.example/achievements/trial"`},
		{"given id", `,"id":"https://elsewhere.example/a"`, "id", `"https://elsewhere.example/a"`},
		{"type", ``, "type", `["Achievement"]`},
		{"given type", `,"type":["Achievement"]`, "type", `["Achievement"]`},
		{"one alignment", `,"alignment":{"targetName":"X","targetUrl":"https://x.example"}`, "alignment",
			`{"targetName":"X","targetUrl":"https://x.example","type":["Alignment"]}`},
		{"alignments", `,"alignment":[{"type":["Alignment"],"targetName":"X","targetUrl":"https://x.example"},{"targetName":"Y","targetUrl":"https://y.example"}]`, "alignment",
			`[{"type":["Alignment"],"targetName":"X","targetUrl":"https://x.example"},{"targetName":"Y","targetUrl":"https://y.example","type":["Alignment"]}]`},
		{"result descriptions", `,"resultDescription":[{"name":"X","resultType":"Result"},{"id":"https://x.example/r","name":"Y","resultType":"Result"}]`, "resultDescription",
			`[{"id":"https://badges.school.example/achievements/trial#result-1","name":"X","resultType":"Result","type":["ResultDescription"]},` +
				`{"id":"https://x.example/r","name":"Y","resultType":"Result","type":["ResultDescription"]}]`},
		{"image by address", `,"image":"https://x.example/a.png"`, "image", `{"id":"https://x.example/a.png","type":"Image"}`},
		{"image without type", `,"image":{"id":"https://x.example/a.png","caption":"X"}`, "image", `{"id":"https://x.example/a.png","caption":"X","type":["Image"]}`},
		{"image as it should be", `,"image":{"id":"https://x.example/a.png","type":"Image"}`, "image", `{"id":"https://x.example/a.png","type":"Image"}`},
		{"tags", `,"tag":["a","b"]`, "tag", `["a","b"]`},
		{"achievement type", `,"achievementType":"MicroCredential"`, "achievementType", `"MicroCredential"`},
		{"other languages", `,"inLanguage":"de"`, "inLanguage", `"de"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := withTemplate(t, s, tt.members).Get(tt.member)
			if !got.Equal(testissuer.Parse(tt.want)) {
				t.Errorf("%s = %s, want %s", tt.member, got.JSON(), tt.want)
			}
		})
	}
}

func TestValidity(t *testing.T) {
	s := newSchool(t, issuer.Web) // on 1 June 2026, 12:00
	template := func(validFor string) {
		t.Helper()
		if validFor != "" {
			validFor = `,"validFor":"` + validFor + `"`
		}
		_, err := s.PutTemplate(t.Context(), []byte(`{"type":"laurel/template/v1","id":"trial"`+validFor+
			`,"achievement":{"name":"A","description":"B","criteria":{"narrative":"C"}}}`))
		if err != nil {
			t.Fatal(err)
		}
	}
	later := time.Date(2027, 1, 31, 8, 0, 0, 0, time.UTC)
	tests := []struct {
		validFor    string
		award       issuer.Award
		from, until string
	}{
		{"", issuer.Award{}, "2026-06-01T12:00:00Z", ""},
		{"P2Y", issuer.Award{}, "2026-06-01T12:00:00Z", "2028-06-01T12:00:00Z"},
		{"P6M", issuer.Award{}, "2026-06-01T12:00:00Z", "2026-12-01T12:00:00Z"},
		{"P2W", issuer.Award{}, "2026-06-01T12:00:00Z", "2026-06-15T12:00:00Z"},
		{"P90D", issuer.Award{}, "2026-06-01T12:00:00Z", "2026-08-30T12:00:00Z"},
		{"P1Y6M", issuer.Award{}, "2026-06-01T12:00:00Z", "2027-12-01T12:00:00Z"},
		{"P1Y", issuer.Award{ValidFrom: later}, "2027-01-31T08:00:00Z", "2028-01-31T08:00:00Z"},
		{"P1Y", issuer.Award{ValidUntil: later}, "2026-06-01T12:00:00Z", "2027-01-31T08:00:00Z"},
		{"", issuer.Award{ValidUntil: later.In(time.FixedZone("", 3600))}, "2026-06-01T12:00:00Z", "2027-01-31T08:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.validFor, tt.award.ValidFrom, tt.award.ValidUntil), func(t *testing.T) {
			template(tt.validFor)
			tt.award.Template = "trial"
			badge := s.issue(t, tt.award)
			doc := testissuer.Parse(string(badge.Credential))
			if from, until := doc.Get("validFrom").Str(), doc.Get("validUntil").Str(); from != tt.from || until != tt.until {
				t.Errorf("from %s until %s, want %s until %s", from, until, tt.from, tt.until)
			}
			if recorded := badge.ValidUntil; (tt.until == "") != recorded.IsZero() {
				t.Errorf("the record ends on %v", recorded)
			}
		})
	}
}

func TestReplacingATemplateLeavesBadgesAlone(t *testing.T) {
	s := newSchool(t, issuer.Web)
	first := s.issue(t, issuer.Award{})
	_, err := s.PutTemplate(t.Context(), []byte(strings.Replace(barista, "Makes good coffee.", "Makes great coffee.", 1)))
	if err != nil {
		t.Fatal(err)
	}
	second := s.issue(t, issuer.Award{})
	again, err := s.Show(t.Context(), first.ID)
	if err != nil || strings.Contains(string(again.Credential), "great") || !strings.Contains(string(second.Credential), "great") {
		t.Errorf("the first badge was changed, or the second not: %v", err)
	}
	if all, err := s.Templates(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%d templates, %v, want 2", len(all), err)
	}
}

func TestAchievementByTemplate(t *testing.T) {
	s := newSchool(t, issuer.Web)
	a, err := s.Achievement(t.Context(), "barista")
	if err != nil || a.Get("id").Str() != "https://badges.school.example/achievements/barista" {
		t.Errorf("Achievement = %s, %v", a.JSON(), err)
	}
	if a, err := s.Achievement(t.Context(), "cook"); !errors.Is(err, issuer.ErrNotFound) || a.Exists() {
		t.Errorf("Achievement of nothing = %s, %v", a.JSON(), err)
	}
}

// FuzzTemplate feeds templates that nobody checked: a badge that is made from
// one that was taken must open, and an error must leave nothing behind.
// TestTypeMetadata: what is found at the address of a type says which type it is,
// and only there.
func TestTypeMetadata(t *testing.T) {
	s := newSchool(t, issuer.Web)
	for more, want := range map[string]string{
		`"proof": "dc+sd-jwt"`: "https://badges.school.example/achievements/x",
		`"proof": "dc+sd-jwt", "vct": "https://badges.school.example/achievements/x"`: "https://badges.school.example/achievements/x",
		`"proof": "dc+sd-jwt", "vct": "https://skills.example/brewer"`:                "",
		`"proof": "vc+sd-jwt"`: "", `"validFor": "P1Y"`: "",
	} {
		if _, err := s.PutTemplate(t.Context(), familyTemplate("x", more)); err != nil {
			t.Fatal(err)
		}
		a, err := s.Achievement(t.Context(), "x")
		if got := a.Get("vct"); err != nil || got.Str() != want || got.Exists() != (want != "") {
			t.Errorf("%s: %s, %v, want %q", more, got.JSON(), err, want)
		}
		issued := s.issue(t, issuer.Award{Template: "x"})
		if strings.Contains(string(issued.Credential), `"vct"`) {
			t.Errorf("%s: a document has a vct", more)
		}
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add([]byte(barista))
	f.Add([]byte(onHold))
	f.Add([]byte(`{"type":"laurel/template/v1","id":"a","achievement":{"name":"A","description":"B","criteria":{"id":"https://x.example"},"image":"x"}}`))
	f.Add([]byte(`{"type":"laurel/template/v1","id":"a","validFor":"P999Y","achievement":{"name":["A"],"description":{"@value":"B"},"criteria":[]}}`))
	s := newSchool(f, issuer.Key)
	f.Fuzz(func(t *testing.T, source []byte) {
		added, err := s.PutTemplate(t.Context(), source)
		if err != nil {
			if added.ID != "" || !errors.Is(err, issuer.ErrTemplate) {
				t.Fatalf("%+v beside the error %v", added, err)
			}
			return
		}
		badge, err := s.Issue(t.Context(), issuer.Award{Template: added.ID, Recipient: learner.ID})
		if err != nil {
			t.Fatalf("a template was taken, and no badge can be made from it: %v", err)
		}
		s.check(t, badge.Credential, s.now)
	})
}
