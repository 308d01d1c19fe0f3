package did

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/strictjson"
)

// specExample reads an example as text; a comma before a closing bracket, which
// one specification prints, is taken out.
func specExample(t testing.TB, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "spec-examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Replace(string(text), "},\n  ]", "}\n  ]", 1)
}

// TestSpecDocuments dereferences a method of each document that the
// specifications print.
func TestSpecDocuments(t *testing.T) {
	const c = "https://controller.example"
	tests := []struct {
		file, method string
		rel          Relationship
		want         error
	}{
		{"cid/001-example-1-controlled-identifier-document-in-json-ld-format-u.json", c + "#authn-key-123", Authentication, nil},
		{"cid/001-example-1-controlled-identifier-document-in-json-ld-format-u.json", c + "#authn-key-123", AssertionMethod, ErrNotAuthorized},
		{"cid/002-example-2-controlled-identifier-document-in-json-format-usin.json", c + "/101#key-20240828", Authentication, nil},
		{"cid/004-example-4-controlled-identifier-document-with-a-controller-p.json", "https://controllerA.example#authn-key-123", Authentication, nil},
		{"cid/005-example-5-controlled-identifier-document-using-an-alsoknowna.json", c + "#authn-key-123", Authentication, nil},
		{"cid/006-example-6-usage-of-the-service-property.json", c + "#authn-key-123", Authentication, nil},
		{"cid/007-example-7-example-verification-method-structure.json", c + "#authn-key-123", Authentication, ErrNotAuthorized},
		{"cid/020-example-20-minimum-conformant-controlled-identifier-document.json", c + "/123#key-456", Authentication, nil},
		{"cid/020-example-20-minimum-conformant-controlled-identifier-document.json", c + "/123#key-457", Authentication, ErrNotFound},
		{"cid/020-example-20-minimum-conformant-controlled-identifier-document.json", c + "/124#key-456", Authentication, ErrDocument},
		{"cid/021-example-21-referencing-an-external-verification-method-for-c.json", c + "/123#key-789", CapabilityInvocation, ErrNotFound},
		{"did-web/001-example-did-web-did-document-using-json-web-keys.txt", "did:web:example.com#key-0", AssertionMethod, nil},
		{"did-web/001-example-did-web-did-document-using-json-web-keys.txt", "did:web:example.com#key-1", KeyAgreement, ErrKeyUnsupported},
		{"did-web/001-example-did-web-did-document-using-json-web-keys.txt", "did:web:example.com#key-2", AssertionMethod, nil},
		{"did-web/002-example-did-web-did-document-using-an-ethereum-address.json", "did:web:example.com#address-0", Authentication, ErrKeyUnsupported},
		{"did-key/003-an-example-of-a-did-key-did-document.json", "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK#z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", AssertionMethod, nil},
	}
	for _, tt := range tests {
		doc, err := ParseDocument([]byte(specExample(t, tt.file)))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		m, _, err := Dereference(context.Background(), fixed{doc}, tt.method, tt.rel)
		if !errors.Is(err, tt.want) || (err == nil) != (m != nil) {
			t.Errorf("%s %s: %v, want %v", tt.file, tt.rel, err, tt.want)
		}
	}
}

// fixed resolves everything to one document.
type fixed struct{ doc *Document }

func (f fixed) Resolve(context.Context, string) (*Document, error) { return f.doc, nil }

// TestSpecMethods reads the verification methods that the specification prints
// by themselves.
func TestSpecMethods(t *testing.T) {
	tests := []struct {
		file string
		want error
	}{
		{"009-example-9-multikey-encoding-of-a-ed25519-public-key.json", nil},
		{"010-example-10-json-web-key-encoding-of-a-secp384r1-p-384-public.json", nil},
		{"011-example-11-json-web-key-encoding-of-a-secp384r1-p-384-secret.json", ErrKeyInvalid}, // a secret key
		{"025-example-25-a-p-256-public-key-encoded-as-a-multikey.json", nil},
		{"026-example-26-a-p-384-public-key-encoded-as-a-multikey.json", nil},
		{"027-example-27-an-ed25519-public-key-encoded-as-a-multikey.json", nil},
		{"028-example-28-a-bls12-381-g2-group-public-key-encoded-as-a-mult.json", nil},
		{"030-example-30-an-sm2-public-key-encoded-as-a-multikey.json", ErrKeyUnsupported},
		{"031-example-31-a-p-256-public-key-encoded-as-a-jsonwebkey.json", ErrKeyInvalid}, // the point is off the curve
		{"032-example-32-a-p-384-public-key-encoded-as-a-jsonwebkey.json", ErrKeyInvalid}, // the point is off the curve
		{"033-example-33-an-ed25519-public-key-encoded-as-a-jsonwebkey.json", nil},
		{"034-example-34-a-bls12-381-g2-group-public-key-encoded-as-a-json.json", ErrKeyUnsupported},
	}
	for _, tt := range tests {
		v, err := strictjson.Parse([]byte(specExample(t, "cid/"+tt.file)))
		if err != nil {
			t.Fatal(err)
		}
		doc, err := ParseDocument([]byte(fmt.Sprintf(`{"id":%q,"assertionMethod":[%s]}`, v.Get("controller").Str(), v.JSON())))
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		_, _, err = Dereference(context.Background(), fixed{doc}, v.Get("id").Str(), AssertionMethod)
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.file, err, tt.want)
		}
	}
}

func TestSpecKeyIdentifiers(t *testing.T) {
	tests := []struct {
		file string
		want error
	}{
		{"002-a-simple-ed25519-did-key-value.txt", nil},
		{"004-ed25519.txt", nil},
		{"007-secp256k1.txt", nil},
		{"008-bls-12-381.txt", nil},
		{"010-p-256.txt", nil},
		{"012-p-384.txt", nil},
	}
	for _, tt := range tests {
		for _, id := range strings.Fields(specExample(t, "did-key/"+tt.file)) {
			if _, err := (Key{}).Resolve(context.Background(), id); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", id, err, tt.want)
			}
		}
	}
}

// TestSpecKeyDocument compares the document that is made from a did:key with the
// printed one, except for @context.
func TestSpecKeyDocument(t *testing.T) {
	printed, err := strictjson.Parse([]byte(specExample(t, "did-key/003-an-example-of-a-did-key-did-document.json")))
	if err != nil {
		t.Fatal(err)
	}
	doc, err := Key{}.Resolve(context.Background(), printed.Get("id").Str())
	if err != nil {
		t.Fatal(err)
	}
	made, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !made.Without("@context").Equal(printed.Without("@context", "keyAgreement")) {
		t.Errorf("made %s\nwant %s", made.Indented(), printed.Indented())
	}
}

// TestSpecWebAddresses runs the "did -> URL" lines of the did:web specification.
func TestSpecWebAddresses(t *testing.T) {
	lines := 0
	for _, file := range []string{"005-creating-the-did.txt", "006-creating-the-did-with-optional-path.txt", "007-creating-the-did-with-optional-path-and-port.txt"} {
		id, want, ok := strings.Cut(specExample(t, "did-web/"+file), "->")
		if got, err := (Web{}).URL(strings.TrimSpace(id)); !ok || err != nil || got != strings.TrimSpace(want) {
			t.Errorf("URL(%q) = %q, %v, want %q", id, got, err, want)
		}
		lines++
	}
	for _, id := range strings.Fields(specExample(t, "did-web/004-example-web-method-dids.txt")) {
		if _, err := (Web{}).URL(id); err != nil {
			t.Errorf("URL(%q): %v", id, err)
		}
		lines++
	}
	if lines != 6 {
		t.Errorf("%d examples, want 6", lines)
	}
}

// TestMultibaseVectors: the base58btc rows decode, every other encoding is
// refused, although go-multibase knows it.
func TestMultibaseVectors(t *testing.T) {
	read, refused := 0, 0
	for _, name := range []string{"basic.csv", "leading_zero.csv", "two_leading_zeros.csv", "case_insensitivity.csv"} {
		f, err := os.Open(filepath.Join("testdata", "multibase", name))
		if err != nil {
			t.Fatal(err)
		}
		r := csv.NewReader(f)
		r.TrimLeadingSpace = true
		rows, err := r.ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(rows[0][1], `\x00`, "\x00")
		for _, row := range rows[1:] {
			got, err := decodeBase58(row[1])
			switch {
			case row[0] == "base58btc":
				read++
				if err != nil || string(got) != plain {
					t.Errorf("%s %s: %q, %v, want %q", name, row[0], got, err, plain)
				}
			case !errors.Is(err, ErrKeyInvalid) || got != nil:
				t.Errorf("%s %s: %q, %v, want %v", name, row[0], got, err, ErrKeyInvalid)
			default:
				refused++
			}
		}
	}
	if read != 3 || refused != 78 {
		t.Errorf("%d rows read, %d refused", read, refused)
	}
}
