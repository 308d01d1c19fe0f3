package schema

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/strictjson"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// badges are all published ones that are JSON, and the badge of the benchmarks.
func badges(t testing.TB) map[string]strictjson.Value {
	t.Helper()
	out := map[string]strictjson.Value{"bench": parse(t, string(read(t, "../../bench/badge.json")))}
	err := filepath.WalkDir("../../testdata/badges", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		if v, err := strictjson.Parse(read(t, path)); err == nil && v.Kind() == strictjson.Dict {
			out[path] = v
		}
		return nil
	})
	if err != nil || len(out) != 111 {
		t.Fatalf("%d badges, %v", len(out), err)
	}
	return out
}

// published is a schema as its authors published it, compiled by a complete
// implementation of JSON Schema.
func published(t testing.TB, at origin, extent Extent) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(read(t, "../../testdata/schemas/"+at.file))))
	if err != nil {
		t.Fatal(err)
	}
	if extent == Selection {
		loosen(doc)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("schema.json" + at.place)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// loosen takes out of a schema what a selection cannot keep.
func loosen(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, list := v["required"].([]any); list {
			delete(v, "required")
		}
		if one, ok := v["oneOf"].([]any); ok {
			v["anyOf"] = one
			delete(v, "oneOf")
		}
		if _, number := v["minItems"].(interface{ String() string }); number {
			delete(v, "minItems")
		}
		delete(v, "contains")
		for _, inner := range v {
			loosen(inner)
		}
	case []any:
		for _, inner := range v {
			loosen(inner)
		}
	}
}

// origins are the schemas that are here, each once.
func origins() []origin {
	return []origin{
		{"ob_v3p0_achievementcredential_schema.json", ""}, {"ob_v3p0_anyachievementcredential_schema.json", ""},
		{"ob_v3p0_achievementcredential_schema.json", "#/$defs/EndorsementCredential"},
		{"ob_v3p0_anyachievementcredential_schema.json", "#/$defs/EndorsementCredentialv1p1"},
	}
}

// plainly leaves out what is passed over here and known to the schemas.
func plainly(v strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.Dict:
		out := strictjson.Object()
		for _, m := range v.Members() {
			if m.Name != "proof" {
				out = out.With(m.Name, plainly(m.Value))
			}
		}
		return out
	case strictjson.List:
		elems := make([]strictjson.Value, 0, len(v.Elems()))
		for _, e := range v.Elems() {
			elems = append(elems, plainly(e))
		}
		return strictjson.Array(elems...)
	}
	return v
}

// variants are documents that differ from one in one place: a member gone, or of
// another kind, or one too many.
func variants(v strictjson.Value) []strictjson.Value {
	others := []strictjson.Value{
		strictjson.String("x"), strictjson.Int(7), strictjson.Bool(true), strictjson.Array(), strictjson.Object(),
		strictjson.Array(strictjson.String("x")), strictjson.Object(strictjson.Member{Name: "en", Value: strictjson.String("x")}),
	}
	var out []strictjson.Value
	for _, m := range v.Members() {
		out = append(out, v.Without(m.Name))
		for _, o := range others {
			out = append(out, v.With(m.Name, o))
		}
		for _, inner := range variants(m.Value) {
			out = append(out, v.With(m.Name, inner))
		}
	}
	for i, e := range v.Elems() {
		for _, inner := range variants(e) {
			all := append([]strictjson.Value(nil), v.Elems()...)
			all[i] = inner
			out = append(out, strictjson.Array(all...))
		}
	}
	if v.Kind() == strictjson.Dict {
		out = append(out, v.With("surplus", strictjson.String("x")))
	}
	return out
}

// TestAgainstALibrary: published badges, and those with one thing changed, keep the
// embedded schemas if and only if they keep the published ones in the eyes of a
// complete implementation.
func TestAgainstALibrary(t *testing.T) {
	for _, extent := range []Extent{Whole, Selection} {
		for _, at := range origins() {
			ours, err := compile(at, extent)
			if err != nil {
				t.Fatal(err)
			}
			theirs := published(t, at, extent)
			compared, kept := 0, 0
			for name, badge := range badges(t) {
				badge = plainly(badge)
				if strings.Contains(string(badge.JSON()), `"@value"`) || badge.Get("credentialStatus").Kind() == strictjson.List {
					continue
				}
				all := append([]strictjson.Value{badge}, sample(variants(badge))...)
				for _, v := range all {
					plain, err := jsonschema.UnmarshalJSON(strings.NewReader(string(v.JSON())))
					if err != nil {
						t.Fatal(err)
					}
					x := examination{explain: true}
					got, want := x.keeps(v, ours), theirs.Validate(plain)
					if got && len(x.narrow) > 0 { // more than the library allows, as it should be
						continue
					}
					if got != (want == nil) {
						t.Errorf("%s, %v, selection %t: %t, %+v; the library: %v\n%s", name, at, extent, got, x.fault, want, v.JSON())
						return
					}
					if compared++; got {
						kept++
					}
				}
			}
			t.Logf("%v, selection %t: %d compared, %d of them kept it", at, extent, compared, kept)
			if compared < 1000 || kept < 5 {
				t.Errorf("%v: %d compared, %d kept", at, compared, kept)
			}
		}
	}
}

// sample is at most 16 of them, spread out: the badges have the same places.
func sample(all []strictjson.Value) []strictjson.Value {
	const most = 16
	if len(all) <= most {
		return all
	}
	out := make([]strictjson.Value, 0, most)
	for i := range most {
		out = append(out, all[i*len(all)/most])
	}
	return out
}

// TestEmbeddedFiles: the embedded files are the published ones, without annotations,
// and with what occurs often written once.
func TestEmbeddedFiles(t *testing.T) {
	for _, file := range []string{"ob_v3p0_achievementcredential_schema.json", "ob_v3p0_anyachievementcredential_schema.json"} {
		embedded, err := files.ReadFile("openbadges/" + file)
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := parse(t, string(embedded)), bare(parse(t, string(read(t, "../../testdata/schemas/"+file))), false)
		defs := ours.Get("$defs")
		for _, m := range theirs.Members() {
			if m.Name == "$schema" {
				continue
			}
			if got := inline(ours.Get(m.Name), defs); m.Name != "$defs" && !got.Equal(m.Value) {
				t.Errorf("%s: %s is %s, want %s", file, m.Name, got.JSON(), m.Value.JSON())
			}
		}
		for _, m := range theirs.Get("$defs").Members() {
			if got := inline(defs.Get(m.Name), defs); !got.Equal(m.Value) {
				t.Errorf("%s: %s is %s, want %s", file, m.Name, got.JSON(), m.Value.JSON())
			}
		}
	}
}

// bare is a schema without what only explains it.
func bare(v strictjson.Value, named bool) strictjson.Value {
	switch v.Kind() {
	case strictjson.Dict:
		out := strictjson.Object()
		for _, m := range v.Members() {
			if named || m.Name != "description" && m.Name != "$comment" && m.Name != "title" {
				out = out.With(m.Name, bare(m.Value, !named && (m.Name == "properties" || m.Name == "$defs")))
			}
		}
		return out
	case strictjson.List:
		elems := make([]strictjson.Value, 0, len(v.Elems()))
		for _, e := range v.Elems() {
			elems = append(elems, bare(e, false))
		}
		return strictjson.Array(elems...)
	}
	return v
}

// inline puts what was written once back in its places: the definitions called s0,
// s1 and so on.
func inline(v, defs strictjson.Value) strictjson.Value {
	switch v.Kind() {
	case strictjson.Dict:
		name, ok := strings.CutPrefix(v.Get("$ref").Str(), "#/$defs/s")
		if ok && strings.Trim(name, "0123456789") == "" {
			return inline(defs.Get("s"+name), defs)
		}
		out := strictjson.Object()
		for _, m := range v.Members() {
			out = out.With(m.Name, inline(m.Value, defs))
		}
		return out
	case strictjson.List:
		elems := make([]strictjson.Value, 0, len(v.Elems()))
		for _, e := range v.Elems() {
			elems = append(elems, inline(e, defs))
		}
		return strictjson.Array(elems...)
	}
	return v
}

const (
	achievement = openBadges + "ob_v3p0_achievementcredential_schema.json"
	endorsement = openBadges + "ob_v3p0_endorsementcredential_schema.json"
)

// declaring is a small badge that declares schemas.
func declaring(t testing.TB, ids ...string) strictjson.Value {
	t.Helper()
	doc := parse(t, `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:1","type":["VerifiableCredential","OpenBadgeCredential"],"name":"Data","issuer":{"id":"did:example:school","type":["Profile"]},
		"validFrom":"2025-12-01T00:00:00Z","credentialSubject":{"id":"did:example:learner","type":["AchievementSubject"],
		"achievement":{"id":"urn:a","type":["Achievement"],"name":"Data","description":"d","criteria":{"narrative":"n"}}}}`)
	var schemas []strictjson.Value
	for _, id := range ids {
		schemas = append(schemas, parse(t, `{"id":"`+id+`","type":"1EdTechJsonSchemaValidator2019"}`))
	}
	return doc.With("credentialSchema", strictjson.Array(schemas...))
}

func TestCheck(t *testing.T) {
	good := declaring(t, achievement)
	set := func(path, to string) strictjson.Value { return put(t, good, path, to) }
	for _, tt := range []struct {
		name   string
		doc    strictjson.Value
		extent Extent
		fault  string // "" if it holds
	}{
		{"a badge", good, Whole, ""},
		{"a selection", put(t, good, "credentialSubject/achievement/description", ""), Selection, ""},
		{"almost nothing of it", good.Without("validFrom", "name", "credentialSubject"), Selection, ""},
		{"a description is missing", put(t, good, "credentialSubject/achievement/description", ""), Whole, "/credentialSubject/achievement lacks description"},
		{"no type of the achievement", put(t, good, "credentialSubject/achievement/type", ""), Whole, "/credentialSubject/achievement lacks type"},
		{"a name that is a number", set("name", "7"), Whole, "/name is a number, not a string"},
		{"a name that is a number, in a selection", set("name", "7"), Selection, "/name is a number, not a string"},
		{"an address that is a text", set("issuer", `{"id":"did:example:school","type":["Profile"],"address":"Ulm"}`), Whole, "/issuer/address is a string, not an object"},
		{"a status without a type", set("credentialStatus", `{"id":"urn:s"}`), Whole, "/credentialStatus lacks type"},
		{"the schema of another kind", declaring(t, endorsement), Whole, "/type lacks a value that the schema asks for"},
		{"two of which one does not hold", declaring(t, achievement, endorsement), Whole, "/type lacks a value that the schema asks for"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := Check(tt.doc, tt.extent)
			if tt.fault == "" && r.Err != nil || tt.fault != "" && (!errors.Is(r.Err, ErrInvalid) || !strings.Contains(r.Err.Error(), tt.fault)) {
				t.Errorf("%v, want %s", r.Err, tt.fault)
			}
			if len(r.Checked) == 0 || len(r.Unknown) > 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

// put replaces a member, or takes it out if the value is "".
func put(t testing.TB, v strictjson.Value, path, to string) strictjson.Value {
	t.Helper()
	name, rest, nested := strings.Cut(path, "/")
	switch {
	case nested:
		return v.With(name, put(t, v.Get(name), rest, to))
	case to == "":
		return v.Without(name)
	}
	return v.With(name, parse(t, to))
}

// TestNarrowerThanTheDataModel: what the data model allows is no fault, and is named.
func TestNarrowerThanTheDataModel(t *testing.T) {
	good := declaring(t, achievement)
	for path, to := range map[string]string{
		"credentialStatus":  `[{"id":"urn:a","type":"BitstringStatusListEntry"},{"id":"urn:b","type":"BitstringStatusListEntry"}]`,
		"credentialSubject": "[" + string(good.Get("credentialSubject").JSON()) + "]",
		"name":              `{"@value":"Daten","@language":"de"}`,
		"description":       `[{"@value":"Daten","@language":"de"},{"@value":"بيانات","@language":"ar","@direction":"rtl"}]`,
	} {
		r := Check(put(t, good, path, to), Whole)
		if r.Err != nil || len(r.Narrow) != 1 || r.Narrow[0] != "/"+path {
			t.Errorf("%s: %+v", path, r)
		}
	}
	if r := Check(put(t, good, "credentialStatus", `[{"id":"urn:a"},{"id":"urn:b"}]`), Whole); !errors.Is(r.Err, ErrInvalid) {
		t.Errorf("two that are both broken: %+v", r)
	}
	if r := Check(good, Whole); len(r.Narrow) > 0 {
		t.Errorf("nothing of the kind: %+v", r)
	}
}

// TestOneAndListsOfOne: the data model knows no difference between them, and a list of
// two is no one.
func TestOneAndListsOfOne(t *testing.T) {
	r, err := compileText([]byte(`{"properties":{"many":{"type":"array","items":{"type":"string"}},"one":{"oneOf":[{"type":"string"},{"$ref":"#/$defs/o"}]}},"$defs":{"o":{"type":"object"}}}`), "", Whole)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string][2]bool{ // keeps it, and is noted
		`{"many":["a"],"one":"a"}`: {true, false}, `{"many":"a"}`: {true, true}, `{"one":["a"]}`: {true, true}, `{"one":[{}]}`: {true, true},
		`{"many":7}`: {false, true}, `{"one":[7]}`: {false, false}, `{"one":["a","b"]}`: {false, false}, `{"one":[["a"]]}`: {false, false}, `{"one":[]}`: {false, false},
	} {
		x := examination{}
		if got := x.keeps(parse(t, text), r); got != want[0] || len(x.narrow) > 0 != want[1] {
			t.Errorf("%s: %t, %v", text, got, x.narrow)
		}
	}
}

// TestUnknownSchemas are named, and nothing else comes of them.
func TestUnknownSchemas(t *testing.T) {
	const stranger = "https://stranger.example/schema.json"
	r := Check(put(t, declaring(t, stranger, achievement), "name", "7"), Whole)
	if len(r.Unknown) != 1 || r.Unknown[0] != stranger || len(r.Checked) != 1 || !errors.Is(r.Err, ErrInvalid) {
		t.Errorf("%+v", r)
	}
	if r := Check(declaring(t), Whole); len(r.Unknown)+len(r.Checked) > 0 || r.Err != nil {
		t.Errorf("none declared: %+v", r)
	}
	if r := Check(declaring(t, achievement, achievement, achievement, achievement, achievement), Whole); len(r.Checked) != maxSchemas || len(r.Unknown) != 1 {
		t.Errorf("five: %+v", r)
	}
}

// TestOlderModel: badges of VC Data Model 1.1 declare the same schema, and are held
// to what it was.
func TestOlderModel(t *testing.T) {
	old := declaring(t, achievement)
	old = old.Without("validFrom").With("issuanceDate", strictjson.String("2022-12-01T00:00:00Z")).
		With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"))
	if r := Check(old, Whole); r.Err != nil {
		t.Error(r.Err)
	}
	if r := Check(old.Without("issuanceDate"), Whole); !errors.Is(r.Err, ErrInvalid) {
		t.Error("without a date")
	}
}

// TestKeywords: a schema that is not understood whole is refused whole.
func TestKeywords(t *testing.T) {
	for _, text := range []string{
		`{"not":{}}`, `{"if":{}}`, `{"properties":{"a":{"const":1}}}`, `{"oneOf":[{"unevaluatedProperties":false}]}`,
		`{"$ref":"https://elsewhere.example/schema"}`, `{"$ref":"#/$defs/nobody"}`, `{"pattern":"("}`, `{"minItems":"1"}`,
	} {
		if r, err := compileText([]byte(text), "", Whole); err == nil || r != nil {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
}

// TestWork: a document made to try every alternative at every level is left alone in
// bounded time.
func TestWork(t *testing.T) {
	inner := `{"id":"urn:x","type":["Profile"]}`
	for range 14 {
		inner = `{"id":"urn:x","type":["Profile"],"parentOrg":` + inner + `,"endorsement":[` + strings.Repeat(`{"type":"x"},`, 40) + `{}]}`
	}
	doc := put(t, declaring(t, achievement), "issuer", inner)
	r := Check(doc, Whole)
	if r.Err == nil && len(r.Unknown) == 0 {
		t.Errorf("%+v", r)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(string(declaring(f, achievement).JSON()), false)
	f.Add(string(declaring(f, endorsement).JSON()), true)
	f.Fuzz(func(t *testing.T, text string, part bool) {
		doc, err := strictjson.Parse([]byte(text))
		if err != nil {
			return
		}
		r := Check(doc, Extent(part))
		if r.Err != nil && !errors.Is(r.Err, ErrInvalid) {
			t.Error(r.Err)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	badge := parse(b, string(read(b, "../../bench/badge.json")))
	for b.Loop() {
		if r := Check(badge, Whole); r.Err != nil || len(r.Checked) != 1 {
			b.Fatal(fmt.Sprint(r))
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		shelf.rules = make(map[string]*rule)
		if _, err := compile(origins()[0], Whole); err != nil {
			b.Fatal(err)
		}
	}
}
