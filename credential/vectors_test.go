package credential

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

// elsewhere are the -fail inputs of the W3C suite that break no rule that can be
// seen in the document alone, with whoever refuses them.
var elsewhere = map[string]string{
	"credential-proof-missing-type-fail.json": "the proof has no type: package proof",
	"credential-redef-type-fail.json":         "an inline context redefines a protected term: internal/jsonld",
	"credential-redef-type2-fail.json":        "an inline context redefines a protected term: internal/jsonld",
	"credential-type-mapped-nonurl-fail.json": "an inline context maps a type to no URL: internal/jsonld",
	"credential-type-unmapped-fail.json":      "a type that no context defines: internal/jsonld",
}

// tolerated are the -ok inputs that are sound as documents but which Laurel, by
// default, has nothing to do with.
var tolerated = map[string]error{
	"presentation-ok.json":               ErrNoCredential,
	"presentation-id-ok.json":            ErrNoCredential,
	"presentation-optional-type-ok.json": ErrNoCredential,
}

// contextFails are the -fail inputs whose base context does not come first;
// every other one is ErrStructure.
var contextFails = map[string]bool{
	"credential-missing-base-context-fail-or-inject.json": true,
	"presentation-context-order-fail.json":                true,
	"presentation-missing-base-context-fail.json":         true,
}

// complete does what the suite does before it sends an input: it fills in the
// issuer and the dates.
func complete(name string, doc strictjson.Value) strictjson.Value {
	const issuer = "did:key:z6MkpJySvETLnxhQG9DzEdmKJtysBDjuuTeDfUj1uNNCUqcj"
	isCredential := !strings.HasPrefix(name, "presentation-")
	switch at := doc.Get("issuer"); {
	case isCredential && !at.Exists() && name != "credential-no-issuer-fail.json":
		doc = doc.With("issuer", strictjson.String(issuer))
	case at.Kind() == strictjson.Dict && !at.Get("id").Exists():
		doc = set(doc, "/issuer/id", strictjson.String(issuer))
	}
	for _, member := range []string{"validFrom", "validUntil"} {
		switch doc.Get(member).Str() {
		case "PAST DATE":
			doc = doc.With(member, strictjson.String("2020-01-01T00:00:00Z"))
		case "FUTURE DATE":
			doc = doc.With(member, strictjson.String("2040-01-01T00:00:00Z"))
		}
	}
	return doc
}

func TestW3CDataModelInputs(t *testing.T) {
	counts := make(map[string]int)
	names, err := fs.Glob(os.DirFS("../testdata/vcdm2-test-suite-input"), "*.json")
	if err != nil {
		t.Fatal(err)
	}
	more, err := fs.Glob(os.DirFS("../testdata/vcdm2-test-suite-input"), "names-and-descriptions/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, more...) {
		t.Run(name, func(t *testing.T) {
			doc := complete(path.Base(name), load(t, "vcdm2-test-suite-input/"+name))
			check := Check
			if strings.HasPrefix(name, "presentation-") {
				check = CheckPresentation
			}
			counts[judge(t, path.Base(name), check(doc))]++
		})
	}
	want := map[string]int{"ok": 62, "ok, tolerated": 3, "fail, refused": 47, "fail, elsewhere": 5, "neither": 3}
	for kind, n := range want {
		if counts[kind] != n {
			t.Errorf("%s: %d inputs, want %d", kind, counts[kind], n)
		}
	}
}

// judge compares what Check said with what the name of the input wants.
func judge(t *testing.T, name string, err error) string {
	var problems Problems
	errors.As(err, &problems)
	_, isElsewhere := elsewhere[name]
	switch {
	case isElsewhere:
		if err != nil {
			t.Errorf("is refused now (%v): take it out of the table", err)
		}
		return "fail, elsewhere"
	case strings.Contains(name, "-fail"):
		want := ErrStructure
		if contextFails[name] {
			want = ErrContext
		}
		if !errors.Is(err, want) {
			t.Errorf("got %v, want %v", err, want)
		}
		return "fail, refused"
	case tolerated[name] != nil:
		if !errors.Is(err, tolerated[name]) || problems.Without(tolerated[name]) != nil {
			t.Errorf("got %v, want only %v", err, tolerated[name])
		}
		return "ok, tolerated"
	case err != nil:
		t.Errorf("refused: %v", err)
	}
	if strings.Contains(name, "-ok") {
		return "ok"
	}
	return "neither" // self-asserted credentials: sound documents, holder binding decides
}

// badgeVerdicts names every real document that is not simply fine, with the
// first problem of Check ("C"), else of CheckBadge ("B"), else of Advise ("A").
var badgeVerdicts = map[string]string{
	"1edtech-spec/examples/examples-5.json":                                                         "B /credentialSubject/type",
	"1edtech-spec/examples/examples-7.json":                                                         "B /credentialSubject/type",
	"1edtech-spec/test-vectors/clrv2p0/13-proof.json":                                               "C /@context",
	"1edtech-spec/test-vectors/obv3p0/13-proof.json":                                                "C /@context",
	"1edtech-validator/ob30/complete_v1.json":                                                       "A /credentialSubject/achievement/creator/endorsement/0/id",
	"1edtech-validator/ob30/simple-err-context.json":                                                "C /@context",
	"1edtech-validator/ob30/simple-err-credential-subject-achievement-result-description-type.json": "A /credentialSubject/achievement/resultDescription/2/type",
	"1edtech-validator/ob30/simple-err-credential-subject-identifier-type.json":                     "A /credentialSubject/identifier/0/type",
	"1edtech-validator/ob30/simple-err-credential-subject-profile-type.json":                        "A /credentialSubject/source/type",
	"1edtech-validator/ob30/simple-err-credential-subject-result-type.json":                         "A /credentialSubject/result/1/type",
	"1edtech-validator/ob30/simple-err-credential-subject-type.json":                                "B /credentialSubject/type",
	"1edtech-validator/ob30/simple-err-evidence-type.json":                                          "A /evidence/1/type",
	"1edtech-validator/ob30/simple-err-issued.json":                                                 "B /credentialSubject/achievement",
	"1edtech-validator/ob30/simple-err-issuer-otheridentifier-type.json":                            "A /issuer/otherIdentifier/1/type",
	"1edtech-validator/ob30/simple-err-issuer-parentorg-type.json":                                  "A /issuer/parentOrg/type",
	"1edtech-validator/ob30/simple-err-issuer-type.json":                                            "A /issuer/type",
	"1edtech-validator/ob30/simple-err-issuer.json":                                                 "C /issuer",
	"1edtech-validator/ob30/simple-noproof.json":                                                    "B /credentialSubject/achievement",
	"jff-plugfest/plugfest-1-2022/jff-vc-edu-plugfest-1-context.json":                               "C /@context",
	"jff-plugfest/plugfest-1-2022/plugfest-1-ex-1.json":                                             "B /credentialSubject/achievement/id",
	"jff-plugfest/plugfest-1-2022/plugfest-1-ex-2.json":                                             "B /credentialSubject/achievement/id",
	"jff-plugfest/vc-edu-model/context.json":                                                        "C /@context",
	"learncard-fixtures/boost/basic.json":                                                           "A /issuer/type",
	"learncard-fixtures/boost/boost-id.json":                                                        "A /issuer/type",
	"learncard-fixtures/boost/with-skills.json":                                                     "A /issuer/type",
	"learncard-fixtures/clr/university-transcript.json":                                             "A /credentialSubject/achievement/0/criteria",
	"learncard-fixtures/clr/westbridge-full.json":                                                   "A /credentialSubject/achievement/0/description",
	"learncard-fixtures/invalid/empty-type.json":                                                    "C /type",
	"learncard-fixtures/invalid/missing-context.json":                                               "C /@context",
	"learncard-fixtures/invalid/missing-issuer.json":                                                "C /issuer",
	"learncard-fixtures/obv3/minimal-badge.json":                                                    "A /issuer/type",
	"learncard-fixtures/obv3/with-alignment.json":                                                   "A /issuer/type",
	"learncard-fixtures/obv3/with-endorsement.json":                                                 "A /endorsement/0/name",
}

// badgeFiles lists the real documents below testdata/badges.
func badgeFiles(t testing.TB) []string {
	var names []string
	err := fs.WalkDir(os.DirFS("../testdata/badges"), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && path.Ext(name) == ".json" {
			names = append(names, name)
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatalf("testdata/badges: %v, %d files", err, len(names))
	}
	return names
}

func TestRealBadges(t *testing.T) {
	names := badgeFiles(t)
	fine := 0
	for _, name := range names {
		got := verdict(load(t, "badges/"+name))
		if got != badgeVerdicts[name] {
			t.Errorf("%s: got %q, want %q", name, got, badgeVerdicts[name])
		}
		if got == "" {
			fine++
		}
	}
	if len(names) != 110 || fine != 77 {
		t.Errorf("%d of %d documents are fine, want 77 of 110", fine, len(names))
	}
}

// verdict is the first problem, as badgeVerdicts writes it.
func verdict(doc strictjson.Value) string {
	check := Check
	if f := Detect(doc); f == Presentation || f == V1Presentation {
		check = CheckPresentation
	}
	err := check(doc)
	for _, step := range []struct {
		name string
		err  error
	}{{"C ", err}, {"B ", CheckBadge(doc)}, {"A ", Advise(doc).orNil()}} {
		var problems Problems
		if errors.As(step.err, &problems) {
			return step.name + problems[0].Path
		}
	}
	return ""
}
