package jsonld_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"

	"github.com/piprate/json-gold/ld"
)

const badges = "../../testdata/badges/"

// The badges that are refused here, and why. json-gold converts most of them,
// since it drops in silence what is no IRI. Every other document must come out
// byte for byte as json-gold has it.
var refusedBadges = map[string]error{
	// Types that no context of the document defines.
	"1edtech-validator/ob30/complete_v1.json":                                                       jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-context.json":                                                jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-credential-subject-achievement-result-description-type.json": jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-credential-subject-identifier-type.json":                     jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-credential-subject-profile-type.json":                        jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-credential-subject-result-type.json":                         jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-credential-subject-type.json":                                jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-evidence-type.json":                                          jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-issuer-otheridentifier-type.json":                            jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-issuer-parentorg-type.json":                                  jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-issuer-type.json":                                            jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-err-type.json":                                                   jsonld.ErrUndefinedTerm,
	"1edtech-validator/ob30/simple-multiple-proofs.json":                                            jsonld.ErrUndefinedTerm,
	"w3c-ccg-vc-examples/edu/university-degree-verifiable-credential.json":                          jsonld.ErrUndefinedTerm,
	// No context at all, or no type under which the terms are defined.
	"1edtech-spec/test-vectors/clrv2p0/13-proof.json": jsonld.ErrUndefinedTerm,
	"1edtech-spec/test-vectors/obv3p0/13-proof.json":  jsonld.ErrUndefinedTerm,
	"learncard-fixtures/invalid/empty-type.json":      jsonld.ErrUndefinedTerm,
	"learncard-fixtures/invalid/missing-context.json": jsonld.ErrUndefinedTerm,
	// Identifiers that are no IRI.
	"1edtech-validator/ob30/simple-err-proof-method-no-scheme.json": jsonld.ErrRelativeIRI,
	"learncard-fixtures/boost/with-skills.json":                     jsonld.ErrRelativeIRI, // an image ""
	// Contexts, which are no documents.
	"jff-plugfest/plugfest-1-2022/jff-vc-edu-plugfest-1-context.json": jsonld.ErrContextNotAllowed,
	"jff-plugfest/vc-edu-model/context.json":                          jsonld.ErrContextNotAllowed,
	// Contexts that are not compiled in; here json-gold gives up as well.
	"1edtech-validator/clr20/simple-noproof.json":                 jsonld.ErrContextNotAllowed,
	"1edtech-validator/clr20/simple_old_safesigned.json":          jsonld.ErrContextNotAllowed,
	"learncard-fixtures/boost/boost-id.json":                      jsonld.ErrContextNotAllowed,
	"learncard-fixtures/render-method/render-method-example.json": jsonld.ErrContextNotAllowed,
	"learncard-fixtures/clr/westbridge-full.json":                 jsonld.ErrContextNotAllowed, // an inline one
}

func TestSameAsJSONGold(t *testing.T) {
	same, notSame := 0, 0
	for _, path := range append(badgeFiles(t), "../../bench/badge.json") {
		name := strings.TrimPrefix(path, badges)
		t.Run(name, func(t *testing.T) {
			doc := readJSON(t, path)
			if inner := doc.Get("credential"); inner.Exists() {
				doc = inner // a fixture: the document and what it is about
			}
			quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
			if want, ok := refusedBadges[name]; ok {
				notSame++
				if !errors.Is(err, want) {
					t.Errorf("error = %v, want %v", err, want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			same++
			if got, want := canonical(t, quads), gold(t, doc); got != want {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
	if same != 84 || notSame != len(refusedBadges) {
		t.Errorf("%d documents are the same and %d are refused, want 84 and %d", same, notSame, len(refusedBadges))
	}
}

// 1EdTech publishes the canonical form of what its test vectors sign.
func TestPublishedCanonicalForm(t *testing.T) {
	for _, kind := range []string{"obv3p0", "clrv2p0"} {
		t.Run(kind, func(t *testing.T) {
			dir := badges + "1edtech-spec/test-vectors/" + kind + "/"
			want, err := os.ReadFile(dir + "document-canon.txt")
			if err != nil {
				t.Fatal(err)
			}
			quads, err := jsonld.ToRDF(readJSON(t, dir+"03-credential.json"), jsonld.Options{Contexts: jsonld.Embedded()})
			if err != nil {
				t.Fatal(err)
			}
			if got := canonical(t, quads); strings.TrimSpace(got) != strings.TrimSpace(string(want)) {
				t.Errorf("got\n%swant\n%s", got, want)
			}
		})
	}
}

func badgeFiles(t testing.TB) []string {
	var paths []string
	err := filepath.WalkDir(badges, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".json") {
			paths = append(paths, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// gold is the canonical form by json-gold, another implementation.
func gold(t *testing.T, doc strictjson.Value) string {
	var v any
	if err := json.Unmarshal(doc.JSON(), &v); err != nil {
		t.Fatal(err)
	}
	opt := ld.NewJsonLdOptions("")
	opt.DocumentLoader = embeddedLoader{}
	opt.Algorithm = ld.AlgorithmURDNA2015
	opt.Format = "application/n-quads"
	out, err := ld.NewJsonLdProcessor().Normalize(v, opt)
	if err != nil {
		t.Fatal(err)
	}
	return out.(string)
}

// embeddedLoader gives json-gold the same contexts.
type embeddedLoader struct{}

func (embeddedLoader) LoadDocument(url string) (*ld.RemoteDocument, error) {
	var doc any
	if err := json.Unmarshal(jsonld.Embedded().Text(url), &doc); err != nil {
		return nil, err
	}
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, nil
}
