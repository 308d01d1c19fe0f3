package mechanism

import (
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDisclosable(t *testing.T) {
	for _, tt := range []struct {
		name, doc string
		fixed     []string
		want      string
	}{
		{"nothing", `{}`, nil, ""},
		{"members", `{"a":1,"b":"x"}`, nil, "/a /b"},
		{"what is fixed", `{"a":1,"b":{"c":1}}`, []string{"/b"}, "/a"},
		{"beside what is fixed", `{"b":{"c":1,"d":2}}`, []string{"/b/c"}, "/b/d"},
		{"inside of objects", `{"a":{"b":{"c":1}}}`, nil, "/a /a/b /a/b/c"},
		{"elements", `{"a":[1,[2,3],{"b":4}]}`, nil, "/a /a/0 /a/1 /a/1/0 /a/1/1 /a/2 /a/2/b"},
		{"beside an element", `{"a":[1,2,3]}`, []string{"/a/1"}, "/a/0 /a/2"},
		{"what an object is", `{"id":"x","type":["T"],"a":{"id":"x","type":"T","b":1}}`, []string{"/id"}, "/type /type/0 /a /a/b"},
		{"a name that begins alike", `{"ab":1,"a":2}`, []string{"/a"}, "/ab"},
		{"names with marks", `{"a/b":{"~":1}}`, nil, "/a~1b /a~1b/~0"},
		{"a fixed name with a mark", `{"a/b":{"c":1},"a":{"b":1}}`, []string{"/a~1b"}, "/a /a/b"},
		{"a fixed place that is not there", `{"a":1}`, []string{"/b/c"}, "/a"},
		{"a fixed place inside a text", `{"a":"b"}`, []string{"/a/b"}, ""},
		{"everything", `{"a":1}`, []string{"/a"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(disclosable(parse(t, tt.doc), tt.fixed), " "); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzDisclosable: every pointer leads somewhere, none twice, and none to what is
// fixed or around it.
func FuzzDisclosable(f *testing.F) {
	f.Add(`{"a":{"b":[1,{"c":2}]},"id":"x"}`, "/a/b/0")
	f.Add(`{"~":{"/":[[]]}}`, "/~0/~1")
	f.Add(`{"":{"":1}}`, "/")
	f.Fuzz(func(t *testing.T, text, fixed string) {
		doc, err := strictjson.Parse([]byte(text))
		if err != nil {
			return
		}
		found := disclosable(doc, []string{fixed})
		for n, text := range found {
			p, err := strictjson.ParsePointer(text)
			if err != nil || !doc.At(p).Exists() {
				t.Fatalf("%q leads nowhere: %v", text, err)
			}
			if strictjson.Within(text, fixed) || strictjson.Within(fixed, text) || slices.Contains(found[:n], text) {
				t.Fatalf("%q of %q, fixed is %q", text, found, fixed)
			}
		}
	})
}
