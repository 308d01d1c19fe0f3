package proof_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

const (
	exampleCorp = "https://example.edu/issuers/565049"
	exampleKey  = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"
)

// exampleWeb is where 1EdTech's fixtures live: their issuer is an https URL
// whose document their own validator never fetches (it takes the key from the
// URL's fragment, so that anybody could claim any host). Laurel resolves the
// document, and this is it.
func exampleWeb() *testissuer.Web {
	return &testissuer.Web{Pages: map[string][]byte{exampleCorp: []byte(`{
		"@context": "https://www.w3.org/ns/cid/v1",
		"id": "` + exampleCorp + `",
		"verificationMethod": [{"id": "` + exampleCorp + `#` + exampleKey + `", "type": "Multikey",
			"controller": "` + exampleCorp + `", "publicKeyMultibase": "` + exampleKey + `"}],
		"assertionMethod": ["` + exampleCorp + `#` + exampleKey + `"]
	}`)}}
}

func exampleOptions(w *testissuer.Web) proof.Options {
	return proof.Options{
		Keys:   testissuer.WebKeys(w),
		Suites: testissuer.Suites(),
		At:     time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
	}
}

func readBadge(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "badges", "1edtech-spec", "test-vectors", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestOpenBadgesVectors runs the official vectors of Open Badges 3.0 and CLR
// 2.0: canonical forms and their hashes byte for byte, and the signature
// through the door.
func TestOpenBadgesVectors(t *testing.T) {
	for _, tt := range []struct{ dir, docHash, proofHash string }{
		{"obv3p0", "87f65a76d40146205e3b3e06cb0fbd153f97f9ce70372390f52566bb7f9e0773", "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"},
		{"clrv2p0", "768d7015ae69e0210e1c2a45194d9c1d15d7a6022e52b946574a2a27f6fa85fe", "d34009cea0dbc1ca941e09dc01c8c9d3e3ce3c5b853f67ee44698dcea10f5d19"},
	} {
		t.Run(tt.dir, func(t *testing.T) {
			raw := readBadge(t, tt.dir+"/14-signed-credential.json")
			doc, err := strictjson.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			opened, err := proof.Open(context.Background(), raw, exampleOptions(exampleWeb()))
			if err != nil {
				t.Fatal(err)
			}
			if opened.Controller != exampleCorp || opened.Proofs[0].Source == nil {
				t.Errorf("signed by %s, document %v", opened.Controller, opened.Proofs[0].Source)
			}
			config := doc.Get("proof").List()[0].Without("proofValue").With("@context", doc.Get("@context"))
			for _, c := range []struct {
				value      strictjson.Value
				file, hash string
			}{{opened.Document, "document-canon.txt", tt.docHash}, {config, "proof-canon.txt", tt.proofHash}} {
				quads, err := jsonld.ToRDF(c.value, jsonld.Options{Contexts: jsonld.Embedded(), Selection: opened.Revision})
				if err != nil {
					t.Fatal(err)
				}
				canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
				if err != nil {
					t.Fatal(err)
				}
				sum := sha256.Sum256(canonical.NQuads)
				if got := hex.EncodeToString(sum[:]); got != c.hash {
					t.Errorf("%s: hash %s, want %s", c.file, got, c.hash)
				}
				if want := strings.TrimSpace(string(readBadge(t, tt.dir+"/"+c.file))); strings.TrimSpace(string(canonical.NQuads)) != want {
					t.Errorf("%s: canonical form\n%s\nwant\n%s", c.file, canonical.NQuads, want)
				}
			}
			for name, bad := range map[string]strictjson.Value{
				"another claim":  doc.With("name", strictjson.String("Teamwork badge")),
				"another issuer": testissuer.Set(doc, "issuer/id", strictjson.String("https://example.edu/issuers/1")),
			} {
				if o, err := proof.OpenValue(context.Background(), bad, exampleOptions(exampleWeb())); !errors.Is(err, proof.ErrSignature) || o != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// TestAKeyInTheFragmentProvesNothing: whoever writes a URL does not thereby
// speak for its host.
func TestAKeyInTheFragmentProvesNothing(t *testing.T) {
	raw := readBadge(t, "obv3p0/14-signed-credential.json")
	silent := &testissuer.Web{}
	if _, err := proof.Open(context.Background(), raw, exampleOptions(silent)); !errors.Is(err, did.ErrResolution) {
		t.Errorf("without the document: %v", err)
	}
	other := exampleWeb()
	other.Pages[exampleCorp] = []byte(strings.ReplaceAll(string(other.Pages[exampleCorp]), exampleKey, "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"))
	if _, err := proof.Open(context.Background(), raw, exampleOptions(other)); !errors.Is(err, did.ErrNotFound) {
		t.Errorf("with a document that has another key: %v", err)
	}
}
