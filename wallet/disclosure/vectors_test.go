package disclosure_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"laurel/internal/testissuer"
	"laurel/wallet/disclosure"
)

// compact finds tokens with disclosures in files of vectors, whatever is around them.
var compact = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+(?:~[A-Za-z0-9_-]*)+~`)

// published are all credentials among the published vectors that this wallet reads:
// tokens with disclosures, and documents with base proofs.
func published(t *testing.T) map[string][]byte {
	t.Helper()
	found := map[string][]byte{}
	add := func(name string, raw []byte) {
		if _, err := disclosure.Read(raw, testissuer.Suites()); err == nil {
			found[name] = raw
		}
	}
	err := fs.WalkDir(os.DirFS("../../testdata"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(name) == ".png" {
			return err
		}
		text, err := fs.ReadFile(os.DirFS("../../testdata"), name)
		if err != nil {
			return err
		}
		for _, token := range compact.FindAll(text, -1) {
			add(name+" "+string(token[:min(60, len(token))]), token)
		}
		if strings.Contains(string(text), "u2V0A") { // a base proof of ecdsa-sd-2023
			add(name, text)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestPublishedVectors: of every published credential that can be shown in part, each
// field by itself, and then everything.
func TestPublishedVectors(t *testing.T) {
	parts, fields := 0, 0
	for name, raw := range published(t) {
		c, err := disclosure.Read(raw, testissuer.Suites())
		if err != nil {
			t.Fatal(err)
		}
		if !c.Partial() {
			continue
		}
		least, err := c.Choose(nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		parts++
		for _, field := range least.Claims {
			if field.Fixed != "" {
				continue
			}
			fields++
			d, err := c.Choose([]string{field.Pointer})
			if err != nil {
				t.Errorf("%s: %s: %v", name, field.Pointer, err)
				continue
			}
			if !claim(t, d, field.Pointer).Shown || len(d.Bytes) < len(least.Bytes) {
				t.Errorf("%s: %s is not shown", name, field.Pointer)
			}
			if _, err := disclosure.Read(d.Bytes, testissuer.Suites()); err != nil {
				t.Errorf("%s: what is shown cannot be read: %v", name, err)
			}
			if off := d.Toggle(field.Pointer); off != nil {
				t.Errorf("%s: %s off again: %q", name, field.Pointer, off)
			}
		}
		if all, err := c.Choose([]string{""}); err != nil || !strings.HasPrefix(all.Summary(), "all ") {
			t.Errorf("%s: everything: %v", name, err)
		}
	}
	t.Logf("%d fields of %d credentials", fields, parts)
	if parts < 18 || fields < 138 {
		t.Errorf("only %d fields of %d credentials: is this test still reading the right files?", fields, parts)
	}
}
