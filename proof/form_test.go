package proof

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"laurel/internal/aries/ariestest"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// rewritten says the name of a badge by the IRI of the word, where readers of JSON
// do not look. RDF makes the same statement of it.
func rewritten(doc strictjson.Value) strictjson.Value {
	return doc.Without("name").With("https://schema.org/name", doc.Get("name"))
}

// TestFormUnderEverySuite: a document that was rewritten is refused for its form
// under every suite that there is, although the signature fits.
func TestFormUnderEverySuite(t *testing.T) {
	tried := map[string]bool{}
	try := func(suite Suite, good, bad strictjson.Value) {
		t.Helper()
		tried[reflect.TypeOf(suite).Name()] = true
		opt := legacyOptions()
		if _, err := open(good, opt); err != nil {
			t.Errorf("%s: as it was signed: %v", suite.Name(), err)
		}
		if opened, err := open(bad, opt); !errors.Is(err, jsonld.ErrForm) || opened != nil {
			t.Errorf("%s: rewritten: %v, want %v", suite.Name(), err, jsonld.ErrForm)
		}
	}
	for _, s := range signers(t) {
		doc := credentialBy(t, s.id())
		signed := s.sign(t, doc, SignOptions{})
		bad := rewritten(signed)
		if strings.Contains(s.name, "-jcs-") { // its signer has to have written it so
			bad = signBlindly(t, s, rewritten(doc))
			opt := SignOptions{Suite: s.suite, Key: s.key, Method: s.method}
			if made, err := Sign(rewritten(doc), opt); !errors.Is(err, jsonld.ErrForm) || made.Exists() {
				t.Errorf("%s: signed although rewritten: %v", s.name, err)
			}
		}
		try(s.suite, signed, bad)
	}
	for _, s := range legacySigners(t) {
		signed := s.sign(t, legacyBadge(t, s.ID), ariestest.Options{})
		suite := legacyOptions().Suites.find(string(s.kind), "")
		try(suite, signed, rewritten(signed))
	}
	key, id := newP256(t)
	college := signer{"ecdsa-sd-2023", allSuites().find("DataIntegrityProof", "ecdsa-sd-2023"), key, keyMethod(t, key.Public())}
	shown := derive(t, college.sign(t, credentialBy(t, id), SignOptions{}), "/name")
	try(college.suite, shown, rewritten(shown))

	for _, name := range suiteTypes(t) {
		if !tried[name] {
			t.Errorf("%s is not tried here", name)
		}
	}
	if got := slices.Sorted(maps.Keys(tried)); len(got) < 10 {
		t.Errorf("only %v were tried", got)
	}
}

// suiteTypes are the types of package cryptosuite that verify something.
func suiteTypes(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("../cryptosuite/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv != nil && fn.Name.Name == "Verify" {
				names = append(names, fn.Recv.List[0].Type.(*ast.Ident).Name)
			}
		}
	}
	return names
}
