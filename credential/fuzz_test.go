package credential

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"laurel/internal/strictjson"
)

// FuzzDocuments reads anything that is JSON in every way there is. A document
// that passes must be usable: the readers that later checks rely on find what the
// rules promise.
func FuzzDocuments(f *testing.F) {
	f.Add([]byte(goodCredential))
	f.Add([]byte(goodBadge))
	f.Add([]byte(goodPresentation))
	for _, name := range badgeFiles(f) {
		data, err := os.ReadFile(filepath.Join("..", "testdata", "badges", filepath.FromSlash(name)))
		if err != nil {
			f.Fatal(err)
		}
		if len(data) < 8_000 {
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := strictjson.Parse(data)
		if err != nil {
			return
		}
		if Check(doc) == nil {
			soundCredential(t, doc)
		}
		if CheckPresentation(doc) == nil && (len(Credentials(doc)) == 0 || len(Credentials(doc)) > maxCredentials) {
			t.Errorf("a sound presentation of %d credentials", len(Credentials(doc)))
		}
		soundProblems(t, Check(doc), CheckPresentation(doc), CheckBadge(doc), Advise(doc).orNil())
		ReadBadge(doc)
		Claims(doc)
		Endorsements(doc)
		Embedded(doc)
		StatusEntries(doc)
		_ = Detect(doc).String()
	})
}

func soundCredential(t *testing.T, doc strictjson.Value) {
	if id, ok := Issuer(doc); !ok || !isURL(id) {
		t.Errorf("a sound credential of the issuer %q", id)
	}
	if from, until, err := Validity(doc); err != nil || !until.IsZero() && until.Before(from) {
		t.Errorf("a sound credential is valid from %v until %v: %v", from, until, err)
	}
	if len(Subjects(doc)) == 0 {
		t.Error("a sound credential about nobody")
	}
	for _, e := range StatusEntries(doc) {
		if len(e.Types) == 0 {
			t.Error("a sound credential with a status of no type")
		}
	}
}

// soundProblems wants every error to be Problems whose members say where, what
// and which family.
func soundProblems(t *testing.T, errs ...error) {
	for _, err := range errs {
		var problems Problems
		if err == nil {
			continue
		}
		if !errors.As(err, &problems) || len(problems) == 0 || len(problems) > maxProblems {
			t.Errorf("%T: %v", err, err)
		}
		for _, p := range problems {
			if p.Err == nil || p.Text == "" || p.Path != "" && p.Path[0] != '/' {
				t.Errorf("problem %+v", p)
			}
		}
	}
}
