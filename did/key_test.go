package did

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/multiformats/go-multibase"

	"laurel/internal/strictjson"
)

// readVectors parses one JSON file of testdata.
func readVectors(t testing.TB, path string) strictjson.Value {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", path))
	if err != nil {
		t.Fatal(err)
	}
	v, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// resolveKey resolves a did:key and checks what holds of every such document.
func resolveKey(t *testing.T, id string) crypto.PublicKey {
	t.Helper()
	doc, err := Key{}.Resolve(context.Background(), id)
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	method := id + "#" + strings.TrimPrefix(id, "did:key:")
	for _, rel := range []Relationship{AssertionMethod, Authentication, CapabilityInvocation, CapabilityDelegation} {
		if m, _, err := Dereference(context.Background(), Key{}, method, rel); err != nil || m.Key == nil {
			t.Errorf("Dereference(%s, %s): %v", method, rel, err)
		}
	}
	if _, _, err := Dereference(context.Background(), Key{}, method, KeyAgreement); !errors.Is(err, ErrNotAuthorized) {
		t.Errorf("Dereference(%s, keyAgreement): %v, want %v", method, err, ErrNotAuthorized)
	}
	if again, err := FormatKey(doc.Methods[0].Key); err != nil || again != id {
		t.Errorf("FormatKey = %s, %v, want %s", again, err, id)
	}
	return doc.Methods[0].Key
}

func TestKeyVectorsEd25519(t *testing.T) {
	vectors := readVectors(t, "did-key/ed25519-x25519.json").Members()
	for _, v := range vectors {
		seed, err := hex.DecodeString(v.Value.Get("seed").Str())
		if err != nil {
			t.Fatal(err)
		}
		want := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
		if got := resolveKey(t, v.Name); !want.Equal(got) {
			t.Errorf("%s: key %x, want %x", v.Name, got, want)
		}
	}
	if len(vectors) != 5 {
		t.Errorf("%d vectors, want 5", len(vectors))
	}
}

func TestKeyVectorsNIST(t *testing.T) {
	read := map[string]int{}
	for _, v := range readVectors(t, "did-key/nist-curves.json").Members() {
		method := v.Value.Get("verificationMethod")
		crv := method.Get("publicKeyJwk").Get("crv").Str()
		if crv == "P-521" {
			_, err := Key{}.Resolve(context.Background(), v.Name)
			if !errors.Is(err, ErrKeyUnsupported) || !strings.Contains(err.Error(), crv) {
				t.Errorf("%s: %v, want %v by name", v.Name, err, ErrKeyUnsupported)
			}
			continue
		}
		got := resolveKey(t, v.Name).(*ecdsa.PublicKey)
		read[got.Curve.Params().Name]++
		if !got.Equal(vectorPoint(t, method, "P-256")) {
			t.Errorf("%s: another key", v.Name)
		}
	}
	if read["P-256"] != 3 || read["P-384"] != 2 {
		t.Errorf("%v vectors read, want 3 on P-256 and 2 on P-384", read)
	}
}

func TestKeyVectorsSecp256k1(t *testing.T) {
	vectors := readVectors(t, "did-key/secp256k1.json").Members()
	for _, v := range vectors {
		got := resolveKey(t, v.Name).(*secp256k1.PublicKey)
		if !got.IsEqual(vectorPoint(t, v.Value.Get("verificationKeyPair"), "secp256k1").(*secp256k1.PublicKey)) {
			t.Errorf("%s: another key", v.Name)
		}
		if seed, ok := v.Value.Get("seed").Text(); ok {
			secret, err := hex.DecodeString(seed)
			if err != nil {
				t.Fatal(err)
			}
			if !got.IsEqual(secp256k1.PrivKeyFromBytes(secret).PubKey()) {
				t.Errorf("%s: not the key of its seed", v.Name)
			}
		}
	}
	if len(vectors) != 6 {
		t.Errorf("%d vectors, want 6", len(vectors))
	}
}

// vectorPoint reads a vector's publicKeyJwk, or its compressed publicKeyBase58
// on the curve of that name.
func vectorPoint(t *testing.T, method strictjson.Value, curveName string) crypto.PublicKey {
	t.Helper()
	jwk := method.Get("publicKeyJwk")
	if !jwk.Exists() {
		_, short, err := multibase.Decode("z" + method.Get("publicKeyBase58").Str())
		if err != nil {
			t.Fatal(err)
		}
		pub, err := findCurve(func(c *curve) bool { return c.name == curveName }).decompress(short)
		if err != nil {
			t.Fatal(err)
		}
		return pub
	}
	var point []byte
	for _, name := range []string{"x", "y"} {
		b, err := base64.RawURLEncoding.DecodeString(jwk.Get(name).Str())
		if err != nil {
			t.Fatal(err)
		}
		point = append(point, b...)
	}
	c := findCurve(func(c *curve) bool { return c.name == jwk.Get("crv").Str() })
	pub, err := c.point(point[:c.size], point[c.size:])
	if err != nil {
		t.Fatal(err)
	}
	return pub
}

func TestKeyVectorsRefusedByName(t *testing.T) {
	tests := []struct {
		file, name string
		within     string
		count      int
	}{
		{"x25519.json", "X25519", "didDocument", 4},
		{"rsa.json", "RSA", "", 2},
	}
	for _, tt := range tests {
		v := readVectors(t, "did-key/"+tt.file)
		if tt.within != "" {
			v = v.Get(tt.within)
		}
		for _, m := range v.Members() {
			doc, err := Key{}.Resolve(context.Background(), m.Name)
			if doc != nil {
				t.Errorf("%s: a document", m.Name)
			}
			if len(m.Name) > maxKeyDID { // RSA with 4,096 bits
				if !errors.Is(err, ErrLimit) {
					t.Errorf("%s: %v, want %v", m.Name, err, ErrLimit)
				}
			} else if !errors.Is(err, ErrKeyUnsupported) || !strings.Contains(err.Error(), tt.name) {
				t.Errorf("%s: %v, want %v naming %s", m.Name, err, ErrKeyUnsupported, tt.name)
			}
		}
		if len(v.Members()) != tt.count {
			t.Errorf("%s: %d vectors, want %d", tt.file, len(v.Members()), tt.count)
		}
	}
}

func TestSecretMultikeyVectors(t *testing.T) {
	for _, file := range []string{"keypairs/ed25519.json", "keypairs/p256.json", "keypairs/p384.json"} {
		pair := readVectors(t, file)
		secret := pair.Get("secretKeyMultibase").Str() + pair.Get("privateKeyMultibase").Str()
		k, err := ParseSecretMultikey(secret)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got, err := FormatSecretMultikey(k); err != nil || got != secret {
			t.Errorf("%s: FormatSecretMultikey gives another text, %v", file, err)
		}
		if got, err := FormatMultikey(k.Public()); err != nil || got != pair.Get("publicKeyMultibase").Str() {
			t.Errorf("%s: public half %s, %v", file, got, err)
		}
		if _, err := ParseMultikey(secret); !errors.Is(err, ErrKeyInvalid) {
			t.Errorf("%s: a secret key read as a public one: %v", file, err)
		}
	}
}

func TestFormatRefuses(t *testing.T) {
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		pub  crypto.PublicKey
		want error
	}{
		"nothing":       {nil, ErrKeyUnsupported},
		"a string":      {"z6Mk", ErrKeyUnsupported},
		"P-521":         {p521.Public(), ErrKeyUnsupported},
		"no P-256":      {(*ecdsa.PublicKey)(nil), ErrKeyUnsupported},
		"no secp256k1":  {(*secp256k1.PublicKey)(nil), ErrKeyInvalid},
		"off secp256k1": {secp256k1.NewPublicKey(new(secp256k1.FieldVal).SetInt(1), new(secp256k1.FieldVal).SetInt(1)), ErrKeyInvalid},
		"short":         {ed25519.PublicKey("short"), ErrKeyInvalid},
		"small order":   {ed25519.PublicKey(make([]byte, 32)), ErrKeyInvalid},
	} {
		if s, err := FormatMultikey(tt.pub); !errors.Is(err, tt.want) || s != "" {
			t.Errorf("FormatMultikey, %s: %q, %v, want %v", name, s, err, tt.want)
		}
		if s, err := FormatKey(tt.pub); !errors.Is(err, tt.want) || s != "" {
			t.Errorf("FormatKey, %s: %q, %v, want %v", name, s, err, tt.want)
		}
	}
	for name, tt := range map[string]struct {
		key  crypto.Signer
		want error
	}{
		"nothing":  {nil, ErrKeyUnsupported},
		"P-521":    {p521, ErrKeyUnsupported},
		"no P-256": {(*ecdsa.PrivateKey)(nil), ErrKeyUnsupported},
		"short":    {ed25519.PrivateKey("short"), ErrKeyInvalid},
	} {
		if s, err := FormatSecretMultikey(tt.key); !errors.Is(err, tt.want) || s != "" {
			t.Errorf("FormatSecretMultikey, %s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestParseSecretMultikeyRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want error
	}{
		"empty":             {"", ErrKeyInvalid},
		"a public key":      {goodMultikey, ErrKeyInvalid},
		"31 bytes":          {raw("8026", goodKey[2:]), ErrKeyInvalid},
		"64 bytes":          {raw("8026", goodKey+goodKey), ErrKeyInvalid},
		"P-256, zero":       {raw("8626", strings.Repeat("00", 32)), ErrKeyInvalid},
		"P-256, >= order":   {raw("8626", strings.Repeat("ff", 32)), ErrKeyInvalid},
		"P-256, short":      {raw("8626", goodKey[2:]), ErrKeyInvalid},
		"P-384, short":      {raw("8726", goodKey), ErrKeyInvalid},
		"P-384, zero":       {raw("8726", strings.Repeat("00", 48)), ErrKeyInvalid},
		"P-384, >= order":   {raw("8726", strings.Repeat("ff", 48)), ErrKeyInvalid},
		"P-521":             {raw("8826", strings.Repeat("01", 66)), ErrKeyUnsupported},
		"secp256k1":         {raw("8126", goodKey), ErrKeyUnsupported},
		"base64url":         {"ugCbXWpgBgrEKt9VL_tPJZAc6DuFy89qmIyWvAhpo9wdRGg", ErrKeyInvalid},
		"longer than read":  {"z" + strings.Repeat("2", maxMultikey), ErrLimit},
		"P-256 as a public": {"zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", ErrKeyInvalid},
	} {
		k, err := ParseSecretMultikey(tt.text)
		if !errors.Is(err, tt.want) || k != nil {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
		if err != nil && len(tt.text) > 10 && strings.Contains(err.Error(), tt.text[1:10]) {
			t.Errorf("%s: the error repeats the secret: %v", name, err)
		}
	}
}

func TestKeyMethod(t *testing.T) {
	if got, err := KeyMethod("did:key:" + goodMultikey); err != nil || got != "did:key:"+goodMultikey+"#"+goodMultikey {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := KeyMethod("did:web:school.example"); !errors.Is(err, ErrKeyInvalid) || got != "" {
		t.Errorf("%q, %v, want %v", got, err, ErrKeyInvalid)
	}
}

func BenchmarkDereferenceKey(b *testing.B) {
	for name, multikey := range map[string]string{"Ed25519": goodMultikey, "P-256": "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", "P-384": "z82LkvCwHNreneWpsgPEbV3gu1C6NFJEBg4srfJ5gdxEsMGRJUz2sG9FE42shbn2xkZJh54"} {
		method := "did:key:" + multikey + "#" + multikey
		keys := Methods{"key": Key{}}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := Dereference(context.Background(), keys, method, AssertionMethod); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
