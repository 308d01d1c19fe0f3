package achievement_test

import (
	"errors"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer/achievement"
	"laurel/issuer/emblem"
)

const id = "https://school.example/achievements/barista"

func complete(text string) (strictjson.Value, error) {
	return achievement.Complete(testissuer.Parse(text), achievement.Options{ID: id})
}

func TestComplete(t *testing.T) {
	for _, tt := range []struct{ name, written, path, want string }{
		{"an id", `{"name":"B"}`, "/id", `"` + id + `"`},
		{"an id of one's own", `{"name":"B","id":"urn:x:y"}`, "/id", `"urn:x:y"`},
		{"a type", `{"name":"B"}`, "/type", `["Achievement"]`},
		{"types of one's own", `{"name":"B","type":["Achievement","Other"]}`, "/type", `["Achievement","Other"]`},
		{"one alignment", `{"name":"B","alignment":{"targetName":"T"}}`, "/alignment", `{"targetName":"T","type":["Alignment"]}`},
		{"several alignments", `{"name":"B","alignment":[{"targetName":"T"},{"type":"A"}]}`, "/alignment", `[{"targetName":"T","type":["Alignment"]},{"type":"A"}]`},
		{"a result", `{"name":"B","resultDescription":{"name":"R"}}`, "/resultDescription", `{"id":"` + id + `#result-1","name":"R","type":["ResultDescription"]}`},
		{"the second result", `{"name":"B","resultDescription":[{"name":"R","id":"urn:x:r"},{"name":"S"}]}`, "/resultDescription/1/id", `"` + id + `#result-2"`},
		{"a result of an id of one's own", `{"name":"B","id":"urn:x:y","resultDescription":[{"name":"R"}]}`, "/resultDescription/0/id", `"urn:x:y#result-1"`},
		{"a result that is none", `{"name":"B","resultDescription":["R"]}`, "/resultDescription", `["R"]`},
		{"what is related", `{"name":"B","related":[{"id":"urn:x:z"}]}`, "/related/0/type", `["Related"]`},
		{"an image's address", `{"name":"B","image":"https://a.example/b.png"}`, "/image", `{"id":"https://a.example/b.png","type":"Image"}`},
		{"an image", `{"name":"B","image":{"id":"https://a.example/b.png"}}`, "/image/type", `["Image"]`},
		{"the image's words", `{"name":"Barista"}`, "/image/caption", `"Barista"`},
		{"what else is written", `{"name":"B","tag":["a"]}`, "/tag", `["a"]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := complete(tt.written)
			if err != nil {
				t.Fatal(err)
			}
			p, err := strictjson.ParsePointer(tt.path)
			if err != nil {
				t.Fatal(err)
			}
			if got := a.At(p); !got.Equal(testissuer.Parse(tt.want)) {
				t.Errorf("%s is %s, want %s", tt.path, got.JSON(), tt.want)
			}
		})
	}
	a, err := complete(`{"name":"B"}`)
	if image := a.Get("image").Get("id").Str(); err != nil || !strings.HasPrefix(image, "data:image/svg+xml;base64,") {
		t.Errorf("drawn: %.40s, %v", image, err)
	}
	again, err := achievement.Complete(a, achievement.Options{ID: "https://other.example"})
	if err != nil || !again.Equal(a) {
		t.Errorf("completed twice: %s, %v", again.JSON(), err)
	}
}

func TestCompleteRefuses(t *testing.T) {
	for text, want := range map[string]error{
		`"Barista"`: achievement.ErrIncomplete, `[]`: achievement.ErrIncomplete, `null`: achievement.ErrIncomplete,
		`{}`: achievement.ErrIncomplete, `{"name":""}`: achievement.ErrIncomplete, `{"name":["B"]}`: achievement.ErrIncomplete,
	} {
		if a, err := complete(text); !errors.Is(err, want) || a.Exists() {
			t.Errorf("%s: %s, %v", text, a.JSON(), err)
		}
	}
	for _, opt := range []achievement.Options{{Colour: "red"}, {Monogram: "LAUREL"}} {
		if a, err := achievement.Complete(testissuer.Parse(`{"name":"B"}`), opt); !errors.Is(err, emblem.ErrDesign) || a.Exists() {
			t.Errorf("%+v: %s, %v", opt, a.JSON(), err)
		}
	}
}

func TestResult(t *testing.T) {
	a, err := complete(`{"name":"B","resultDescription":[{"name":"Exam"},{"name":"Essay","id":"urn:x:essay"},
		{"name":"Level","allowedValue":["A1","B2"]},{"name":"Points","valueMin":"0","valueMax":"9.5"},{"name":"Grade","valueMin":"F","valueMax":"A"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, value, want string
		err               error
	}{
		{"Exam", "anything", id + "#result-1", nil},
		{"Essay", "", "urn:x:essay", nil},
		{"urn:x:essay", "B2", "urn:x:essay", nil},
		{"exam", "A", "", achievement.ErrResult},
		{"", "A", "", achievement.ErrResult},
		{"Level", "B2", id + "#result-3", nil},
		{"Level", "b2", "", achievement.ErrValue},
		{"Level", "", "", achievement.ErrValue},
		{"Points", "0", id + "#result-4", nil},
		{"Points", "9.50", id + "#result-4", nil},
		{"Points", "9.6", "", achievement.ErrValue},
		{"Points", "-1", "", achievement.ErrValue},
		{"Points", "many", "", achievement.ErrValue},
		{"Grade", "C", id + "#result-5", nil},
	} {
		got, err := achievement.Result(a, test.name, test.value)
		if got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%q = %q: %q, %v, want %q, %v", test.name, test.value, got, err, test.want, test.err)
		}
	}
	if _, err := achievement.Result(a, "Talk", "A"); !strings.Contains(err.Error(), `"Exam", "Essay"`) {
		t.Errorf("%v does not say which there are", err)
	}
	none, err := complete(`{"name":"B"}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := achievement.Result(none, "Exam", "A"); !errors.Is(err, achievement.ErrResult) || !strings.Contains(err.Error(), "no results") {
		t.Errorf("without results: %v", err)
	}
}
