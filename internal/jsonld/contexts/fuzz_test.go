package contexts

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// FuzzWith: a text that is no context makes no set, and one that is can be read in
// a document, alone and after another context, without a panic or a word that has
// no meaning.
func FuzzWith(f *testing.F) {
	for _, r := range Embedded().Revisions() {
		f.Add(Embedded().Text(r.URL))
	}
	for _, pattern := range []string{"*-context*.jsonld", "c0*-in.jsonld", "pr*-in.jsonld", "so*-in.jsonld"} {
		names, err := filepath.Glob("../../../testdata/json-ld-api/toRdf/" + pattern)
		if err != nil || len(names) == 0 {
			f.Fatalf("no seeds at %s", pattern)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	known := []error{ErrRelativeIRI, ErrContextNotAllowed, ErrProtectedTerm, ErrContextInvalid, ErrStructure, ErrUnsupported, ErrLimit}
	f.Fuzz(func(t *testing.T, text []byte) {
		const url = "https://school.example/context"
		set, err := Embedded().With(url, text)
		if err != nil {
			named := false
			for _, k := range known {
				named = named || errors.Is(err, k)
			}
			if set != nil || !named {
				t.Fatalf("a set (%v) beside %v", set != nil, err)
			}
			return
		}
		v2, err := set.ByURL(set.Initial(), "https://www.w3.org/ns/credentials/v2", Selection{})
		if err != nil {
			t.Fatal(err)
		}
		for _, before := range []*Active{set.Initial(), v2} {
			ctx, err := set.ByURL(before, url, Selection{})
			if err != nil {
				continue // it redefines what the other protects
			}
			for name, term := range ctx.terms {
				if term == nil || term.IRI != "" && term.Keyword != NoKeyword {
					t.Fatalf("%q is %+v", name, term)
				}
				if term.IRI != "" && !HasScheme(term.IRI) && !IsBlank(term.IRI) {
					t.Fatalf("%q stands for %q", name, term.IRI)
				}
			}
		}
	})
}
