package did

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// seedKeys are the did:keys of the published vectors.
func seedKeys(f *testing.F) {
	f.Helper()
	for _, file := range []string{"ed25519-x25519.json", "nist-curves.json", "secp256k1.json", "bls12381.json"} {
		for _, v := range readVectors(f, "did-key/"+file).Members() {
			f.Add(strings.TrimPrefix(v.Name, "did:key:"))
		}
	}
	f.Add(goodMultikey)
	f.Add(raw("ed01", strings.Repeat("00", 32)))
}

// FuzzMultikey: a text that is read is the one text of its key.
func FuzzMultikey(f *testing.F) {
	seedKeys(f)
	f.Fuzz(func(t *testing.T, s string) {
		key, err := ParseMultikey(s)
		if err != nil {
			if key != nil {
				t.Fatal("a key beside an error")
			}
		} else if again, err := FormatMultikey(key); err != nil || again != s {
			t.Fatalf("%q reads as the key of %q, %v", s, again, err)
		}
		if signer, err := ParseSecretMultikey(s); err != nil && signer != nil {
			t.Fatal("a signing key beside an error")
		}
	})
}

// FuzzKey: a did:key that resolves has one method, of its own.
func FuzzKey(f *testing.F) {
	seedKeys(f)
	f.Fuzz(func(t *testing.T, multikey string) {
		id := "did:key:" + multikey
		doc, err := Key{}.Resolve(context.Background(), id)
		if err != nil {
			if doc != nil {
				t.Fatal("a document beside an error")
			}
			return
		}
		m, _, err := Dereference(context.Background(), Key{}, id+"#"+multikey, AssertionMethod)
		if err != nil || m.Controller != id {
			t.Fatalf("%q resolves and cannot be dereferenced: %v", id, err)
		}
		if k, ok := m.Key.(ed25519.PublicKey); ok && checkEd25519(k) != nil {
			t.Fatalf("%x passes", k)
		}
	})
}

// FuzzJWK: a did:jwk that resolves has one method, #0, of its own, with a key
// that can be written again.
func FuzzJWK(f *testing.F) {
	for _, file := range []string{"003-did.txt", "006-did.txt"} {
		encoded := strings.TrimPrefix(specExample(f, "did-jwk/"+file), "did:jwk:")
		text, err := base64.RawURLEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Add(jwkP384)
	f.Add(jwkSecp256k1)
	f.Fuzz(func(t *testing.T, jwk string) {
		id := jwkDID(jwk)
		doc, err := JWK{}.Resolve(context.Background(), id)
		if err != nil {
			if doc != nil {
				t.Fatal("a document beside an error")
			}
			return
		}
		m, _, err := Dereference(context.Background(), JWK{}, id+"#0", AssertionMethod)
		if err != nil || m.Controller != id || len(doc.Methods) != 1 {
			t.Fatalf("%q resolves and cannot be dereferenced: %v", id, err)
		}
		if _, err := FormatMultikey(m.Key); err != nil {
			t.Fatalf("%q: a key that cannot be written: %v", id, err)
		}
	})
}

// FuzzSplit: identifier and fragment are the parts of what was split.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{schoolKey, "https://school.example/1?a=b#key", "did:key:z#", "did:web:a?b#c", "#x"} {
		f.Add(s)
	}
	keys := Methods{"key": Key{}, "web": Web{Fetch: site{}}, "https": HTTPS{Fetch: site{}}}
	f.Fuzz(func(t *testing.T, s string) {
		id, fragment, err := Split(s)
		if err != nil && id+fragment != "" || err == nil && id+"#"+fragment != s {
			t.Fatalf("Split(%q) = %q, %q, %v", s, id, fragment, err)
		}
		if m, doc, err := Dereference(context.Background(), keys, s, AssertionMethod); err != nil && (m != nil || doc != nil) {
			t.Fatal("a key beside an error")
		}
	})
}

// FuzzWeb: an address stays on the host that the identifier names.
func FuzzWeb(f *testing.F) {
	for _, s := range []string{"school.example", "school.example%3A8443:a:b", "127.0.0.1", "a.example:%2e%2e", "[::1]"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, msid string) {
		where, err := Web{}.URL("did:web:" + msid)
		if err != nil {
			if where != "" {
				t.Fatal("an address beside an error")
			}
			return
		}
		host, _, _ := strings.Cut(msid, ":")
		host = strings.Replace(strings.Replace(host, "%3A", ":", 1), "%3a", ":", 1)
		if !strings.HasPrefix(where, "https://"+host+"/") || !strings.HasSuffix(where, "/did.json") || strings.Contains(where, "..") && strings.Contains(where, "/../") {
			t.Fatalf("%q gives %q", msid, where)
		}
	})
}

// FuzzParseDocument: a document that is read is unambiguous, and reads the same
// when it is written.
func FuzzParseDocument(f *testing.F) {
	for _, pattern := range []string{"spec-examples/*/*.json", "spec-examples/did-web/001*"} {
		files, err := filepath.Glob(filepath.Join("testdata", pattern))
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(text)
		}
	}
	f.Add([]byte(document(method())))
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := ParseDocument(text)
		if err != nil {
			if doc != nil {
				t.Fatal("a document beside an error")
			}
			return
		}
		seen := map[string]bool{}
		for _, m := range doc.Methods {
			if seen[m.ID] || (m.Err == nil) != (m.Key != nil) {
				t.Fatalf("method %+v", m)
			}
			seen[m.ID] = true
		}
		v, err := doc.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseDocument(v.JSON()); err != nil {
			t.Fatalf("reads once only: %v", err)
		}
	})
}
