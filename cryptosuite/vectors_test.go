package cryptosuite

import (
	"crypto"
	"os"
	"path/filepath"
	"testing"

	"laurel/did"
	"laurel/internal/strictjson"
)

func readVector(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parseVector(t testing.TB, name string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(readVector(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func vectorKey(t testing.TB, pair strictjson.Value) crypto.Signer {
	t.Helper()
	key, err := did.ParseSecretMultikey(pair.Get("privateKeyMultibase").Str() + pair.Get("secretKeyMultibase").Str())
	if err != nil {
		t.Fatal(err)
	}
	if public, _ := did.FormatMultikey(key.Public()); public != pair.Get("publicKeyMultibase").Str() {
		t.Fatalf("the secret key belongs to %s", public)
	}
	return key
}
