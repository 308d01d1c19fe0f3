package interop

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// TestPublished puts both to what others have published, 1EdTech and the W3C
// among them: words, shapes and contexts that nobody here thought of. Both write
// the same canonical form of each, byte for byte, or both refuse it; and what one
// signs again the other verifies.
func TestPublished(t *testing.T) {
	p := start(t, "digitalbazaar.js")
	us, them := ours(t, kinds[0], "school"), theirs(t, p, kinds[0])
	same, refused, verified := 0, 0, 0
	for name, doc := range published(t) {
		t.Run(name, func(t *testing.T) {
			form, err := canonical(doc)
			peers := p.do(t, job{Do: "canonize", Document: string(doc.JSON())})
			switch {
			case err != nil && peers.Error != "":
				refused++
				return
			case err != nil || peers.Error != "":
				t.Fatalf("Laurel: %v; the peer: %s", err, peers.Error)
			case form != peers.Document:
				t.Fatalf("Laurel writes\n%s\nthe peer\n%s", form, peers.Document)
			}
			same++
			if resign(t, p, us, them, doc) {
				verified++
			}
		})
	}
	if same != 52 || refused != 14 || verified != 52 {
		t.Errorf("the same canonical form of %d, refused by both %d, signed and verified both ways %d; want 52, 14 and 52", same, refused, verified)
	}
}

// resign has both sides sign a document as theirs, and the other verify it.
func resign(t *testing.T, p *peer, us, them party, doc strictjson.Value) bool {
	t.Helper()
	named := func(by party) strictjson.Value {
		if doc.Get("issuer").Kind() == strictjson.Dict {
			return testissuer.Set(doc, "issuer/id", text(by.id))
		}
		return doc.With("issuer", text(by.id))
	}
	a := p.do(t, job{Do: "verify", Document: string(us.sign(t, named(us), manner{}).JSON())})
	if !a.Verified {
		t.Error("the peer:", a.Error)
		return false
	}
	_, err := proof.Open(t.Context(), them.sign(t, named(them), manner{}).JSON(),
		proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now})
	if err != nil {
		t.Error("Laurel:", err)
	}
	return err == nil
}

// canonical is the canonical form as Laurel writes it.
func canonical(doc strictjson.Value) (string, error) {
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		return "", err
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return "", err
	}
	return string(c.NQuads), nil
}

// published are the credentials of testdata/badges, without their proofs, valid
// at the time of the tests.
func published(t *testing.T) map[string]strictjson.Value {
	t.Helper()
	const folder = "../testdata/badges"
	all := map[string]strictjson.Value{}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".json" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		doc, err := strictjson.Parse(data)
		if err != nil {
			return nil // it is about documents that can be read at all
		}
		if doc.Get("issuer").Exists() && doc.Get("credentialSubject").Exists() {
			doc = doc.Without("proof", "credentialStatus", "expirationDate", "validUntil")
			if doc.Get("validFrom").Exists() {
				doc = doc.With("validFrom", text("2025-12-01T00:00:00Z"))
			}
			all[strings.TrimPrefix(filepath.ToSlash(path), folder+"/")] = doc
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
