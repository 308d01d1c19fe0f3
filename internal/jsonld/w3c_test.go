package jsonld_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

const suite = "../../testdata/json-ld-api/"

// The W3C tests that are not passed, each with the reason. Whatever is not
// named here must give exactly the quads that the suite expects.
var (
	refused = []struct {
		why  string
		want error
		ids  string
	}{
		{"@base is not supported", jsonld.ErrUnsupported,
			"t0120 t0121 t0122 t0123 t0124 t0125 t0126 t0127 t0128 t0129 t0130 t0131 t0132 tc015 tc024 tc031 te060 te062 te089 te090 te091 te129 te130 tli11 tli12 tli13 tli14"},
		{"a @vocab relative to the document is not supported", jsonld.ErrUnsupported, "te092 te110 te111 te112"},
		{"a blank node as a property is not supported", jsonld.ErrUnsupported, "te068"},
		{"an identifier inside @nest is not supported", jsonld.ErrUnsupported, "tin06"},
		{"a context with a term in the form of a keyword is refused, not ignored", jsonld.ErrContextInvalid,
			"te005 te119 te120 tpr34 tpr35 tpr36 tpr37 tpr38 tpr39"},
		{"safe mode: undefined terms are not dropped", jsonld.ErrUndefinedTerm,
			"tc014 tc018 te003 te032 te059 te065 tpr06 tpr19"},
		{"safe mode: @index data is not dropped", jsonld.ErrDropped,
			"tc013 te036 te044 te063 te082 te083 te084 te096 te097 te098 te105 te107"},
		{"safe mode: nodes and values that nothing refers to are not dropped", jsonld.ErrDropped,
			"t0030 te001 te045 te046 te047"},
		{"safe mode: null in an array or as @value is not dropped", jsonld.ErrDropped, "te004 te015 te016 te019"},
		{"safe mode: the key of an id map that its node overrides is not dropped", jsonld.ErrDropped, "tm002"},
		{"safe mode: a language without a value is not dropped", jsonld.ErrStructure, "te008"},
		{"safe mode: identifiers that are no IRI are not dropped", jsonld.ErrRelativeIRI,
			"te122 twf01 twf02 twf03 twf04 twf07"},
		{"safe mode: language tags that are none are not dropped", jsonld.ErrStructure, "twf05"},
	}
	notRun = []struct{ why, ids string }{
		{"processing mode json-ld-1.0 and generalized RDF do not exist here",
			"t0118 tc029 te014 te026 te038 te071 te075 te115 te116 tep02 ter02 ter03 ter21 ter24 ter32 ter42 tpi01 tso01 ttn01"},
		{"the option rdfDirection is always i18n-datatype here", "tdi01 tdi02 tdi03 tdi04 tdi05 tdi06 tdi11 tdi12"},
		{"the option expandContext does not exist here", "te077"},
	}
)

// In these tests an @base that is not what they are about stands at the top of
// the context. The test gives it to the document from outside, as its address.
const baseOutside = " tc038 te088 te109 te121 te122 tm017 tm018 tm019 tm020 tpi06 tpi07 tpi08 tpi09 tpi10 tin06 "

func TestW3C(t *testing.T) {
	verdict := make(map[string]error) // by test id; nil is "not run"
	for _, r := range refused {
		for _, id := range strings.Fields(r.ids) {
			verdict[id] = r.want
		}
	}
	for _, r := range notRun {
		for _, id := range strings.Fields(r.ids) {
			verdict[id] = nil
		}
	}
	manifest := readJSON(t, suite+"toRdf-manifest.jsonld")
	opt := jsonld.Options{Contexts: suiteContexts(t), UnsafeInlineContexts: true}
	count := make(map[string]int)
	for _, entry := range manifest.Get("sequence").Elems() {
		id := strings.TrimPrefix(entry.Get("@id").Str(), "#")
		want, listed := verdict[id]
		if listed && want == nil {
			count["not run"]++
			continue
		}
		t.Run(id, func(t *testing.T) {
			quads, err := convertEntry(t, entry, manifest.Get("baseIri").Str(), opt)
			if err != nil && quads != nil {
				t.Error("quads beside an error")
			}
			switch kind := entry.Get("@type").Elems()[0].Str(); {
			case kind == "jld:NegativeEvaluationTest":
				count["negative, refused"]++
				if err == nil {
					t.Errorf("accepted, want the error %s", entry.Get("expectErrorCode").Str())
				}
			case listed:
				count["positive, refused by name"]++
				if !errors.Is(err, want) {
					t.Errorf("error = %v, want %v", err, want)
				}
			case err != nil:
				t.Errorf("refused: %v", err)
			case kind == "jld:PositiveSyntaxTest":
				count["positive, without output"]++
			default:
				count["positive, same output"]++
				compareQuads(t, quads, suite+entry.Get("expect").Str())
			}
		})
	}
	for what, want := range map[string]int{
		"positive, same output": 250, "positive, without output": 16, "positive, refused by name": 80,
		"negative, refused": 93, "not run": 28,
	} {
		if count[what] != want {
			t.Errorf("%s: %d tests, want %d", what, count[what], want)
		}
	}
}

func convertEntry(t *testing.T, entry strictjson.Value, suiteBase string, opt jsonld.Options) ([]rdfc.Quad, error) {
	text, err := os.ReadFile(suite + entry.Get("input").Str())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse(text)
	if err != nil {
		return nil, err
	}
	base, err := url.Parse(suiteBase + entry.Get("input").Str())
	if given, ok := entry.Get("option").Get("base").Text(); ok {
		base, err = url.Parse(given)
	}
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(baseOutside, " "+strings.TrimPrefix(entry.Get("@id").Str(), "#")+" ") {
		doc, base = moveBase(t, doc, base)
	}
	return jsonld.ToRDF(doc, jsonld.WithResolver(opt, func(ref string) string {
		u, err := base.Parse(ref)
		if err != nil {
			return ref
		}
		return u.String()
	}))
}

// moveBase takes the @base out of the document's context.
func moveBase(t *testing.T, doc strictjson.Value, base *url.URL) (strictjson.Value, *url.URL) {
	var contexts []strictjson.Value
	for _, c := range doc.Get("@context").List() {
		if text, ok := c.Get("@base").Text(); ok {
			var err error
			if base, err = base.Parse(text); err != nil {
				t.Fatal(err)
			}
			c = c.Without("@base")
		}
		contexts = append(contexts, c)
	}
	return doc.With("@context", strictjson.Array(contexts...)), base
}

// suiteContexts pins the contexts that tests name by relative URLs.
func suiteContexts(t *testing.T) *jsonld.Contexts {
	paths, err := filepath.Glob(suite + "toRdf/*.jsonld")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files: ", err)
	}
	set := &jsonld.Contexts{}
	for _, path := range paths {
		name := filepath.Base(path)
		if !strings.Contains(name, "-context") && !strings.HasPrefix(name, "er0") && !strings.HasPrefix(name, "so") {
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set = set.UnsafePin(name, text)
	}
	return set
}

func compareQuads(t *testing.T, quads []rdfc.Quad, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	expected, err := rdfc.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := canonical(t, quads), canonical(t, expected); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func canonical(t testing.TB, quads []rdfc.Quad) string {
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}

func readJSON(t testing.TB, path string) strictjson.Value {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(path, ": ", err)
	}
	return doc
}

// The table names no test that the manifest does not have.
func TestW3CTable(t *testing.T) {
	var known []string
	for _, entry := range readJSON(t, suite+"toRdf-manifest.jsonld").Get("sequence").Elems() {
		known = append(known, strings.TrimPrefix(entry.Get("@id").Str(), "#"))
	}
	for _, r := range refused {
		for _, id := range strings.Fields(r.ids) {
			if !slices.Contains(known, id) {
				t.Errorf("%s: %s is no test", r.why, id)
			}
		}
	}
}
