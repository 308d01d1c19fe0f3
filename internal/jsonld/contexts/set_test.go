package contexts

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// embeddedRow is one line of the index.
type embeddedRow struct{ URL, File, SHA256 string }

// embeddedRows lists the embedded revisions.
func embeddedRows() (rows []embeddedRow) {
	for _, revisions := range Embedded().byURL {
		for _, r := range revisions {
			rows = append(rows, embeddedRow{r.url, r.file, r.sha256})
		}
	}
	return rows
}

// checkEmbedded compiles one embedded revision with all that is scoped in it:
// by itself, and then each scoped context as a property and as a type applies
// it. It returns how many terms have a context of their own, and which of them
// cannot be types because their contexts redefine protected terms.
func checkEmbedded(row embeddedRow) (scoped int, noTypes []string, err error) {
	set := Embedded()
	for _, r := range set.byURL[row.URL] {
		if r.sha256 != row.SHA256 {
			continue
		}
		p := processing{set: set, eager: true}
		top, err := p.byURL(&Active{}, r)
		if err != nil {
			return 0, nil, err
		}
		if err := checkProperties(set, top); err != nil {
			return 0, nil, err
		}
		for name, t := range top.terms {
			if !t.Scoped.Exists() {
				continue
			}
			scoped++
			inside, err := top.ScopedByType(set, t)
			if err != nil {
				noTypes = append(noTypes, name)
				continue
			}
			if err := checkProperties(set, inside); err != nil {
				return 0, nil, At(err, name)
			}
		}
		return scoped, noTypes, nil
	}
	return 0, nil, ErrContextNotAllowed
}

func checkProperties(set *Set, ctx *Active) error {
	for name, t := range ctx.terms {
		if !t.Scoped.Exists() {
			continue
		}
		inside, err := ctx.ScopedByProperty(set, t)
		if err != nil {
			return At(err, name)
		}
		if again := inside.terms[name]; again != nil && again.Scoped.Exists() && !again.same(t) {
			return badTerm(name, "changes its own context inside its values, where processors disagree")
		}
	}
	return nil
}

// The index, the files and SOURCE.md agree, and no file has changed.
func TestEmbeddedFiles(t *testing.T) {
	source, err := os.ReadFile("SOURCE.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"index": true, "SOURCE.md": true}
	urls := make(map[string]bool)
	for _, row := range embeddedRows() {
		listed[row.File], urls[row.URL] = true, true
		text, err := os.ReadFile(row.File)
		if err != nil {
			t.Error(err)
		}
		if sum := sha256.Sum256(text); hex.EncodeToString(sum[:]) != row.SHA256 {
			t.Errorf("%s has changed: SHA-256 %x, the index says %s", row.File, sum, row.SHA256)
		}
		if !strings.Contains(string(source), "`"+row.File+"` |") || !strings.Contains(string(source), row.URL) {
			t.Errorf("SOURCE.md says nothing of %s, %s", row.File, row.URL)
		}
	}
	err = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !listed[path] && filepath.Ext(path) != ".go" {
			t.Errorf("%s is not in the index", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if rows := embeddedRows(); len(rows) != 70 || len(urls) != 63 {
		t.Errorf("%d revisions of %d URLs, want 70 of 63", len(rows), len(urls))
	}
}

// Every feature that an embedded context uses is supported.
func TestEmbeddedCompile(t *testing.T) {
	scoped := 0
	var noTypes []string
	for _, row := range embeddedRows() {
		n, names, err := checkEmbedded(row)
		if err != nil {
			t.Errorf("%s (%s): %v", row.URL, row.File, err)
		}
		scoped += n
		noTypes = append(noTypes, names...)
	}
	if scoped < 200 {
		t.Errorf("%d terms with a context of their own; there were more", scoped)
	}
	// cnf is a property. The License of an extension redefines itself, which
	// its publisher will have to repair.
	slices.Sort(noTypes)
	if want := []string{"License", "cnf"}; !slices.Equal(noTypes, want) {
		t.Errorf("%q cannot be used as types, want %q", noTypes, want)
	}
}

// The digests that the W3C prints in its Recommendations.
func TestPublishedDigests(t *testing.T) {
	for _, want := range []struct{ url, sha256 string }{
		{"https://www.w3.org/ns/credentials/v2", "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"},
		{"https://www.w3.org/2018/credentials/v1", "ab4ddd9a531758807a79a5b450510d61ae8d147eab966cc9a200c07095b0cdcc"},
		{"https://w3id.org/security/data-integrity/v2", "67f21e6e33a6c14e5ccfd2fc7865f7474fb71a04af7e94136cb399dfac8ae8f4"},
	} {
		if sum := sha256.Sum256(Embedded().Text(want.url)); hex.EncodeToString(sum[:]) != want.sha256 {
			t.Errorf("%s: %x", want.url, sum)
		}
	}
}

// BenchmarkCold is what a process that verifies one badge has to compile.
func BenchmarkCold(b *testing.B) {
	for b.Loop() {
		set := readIndex()
		ctx := set.Initial()
		for _, url := range []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"} {
			var err error
			if ctx, err = set.ByURL(ctx, url, Selection{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
