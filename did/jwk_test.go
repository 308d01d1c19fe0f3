package did

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"laurel/internal/strictjson"
)

// Keys in the form of JSON Web Keys: RFC 8037 appendix A.2, and the did:key
// vectors of the curve.
const (
	jwkEd25519   = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	jwkP256      = `{"kty":"EC","crv":"P-256","x":"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns","y":"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"}`
	jwkP384      = `{"kty":"EC","crv":"P-384","x":"lInTxl8fjLKp_UCrxI0WDklahi-7-_6JbtiHjiRvMvhedhKVdHBfi2HCY8t_QJyc","y":"y6N1IC-2mXxHreETBW7K3mBcw0qGr3CWHCs-yl09yCQRLcyfGv7XhqAngHOu51Zv"}`
	jwkSecp256k1 = `{"kty":"EC","crv":"secp256k1","x":"TEIJN9vnTq1EXMkqzo7yN_867-foKc2pREv45Fw_QA8","y":"9yiymlzdxKCiRbYq7p-ArRB-C1ytjHE-eb7RDTi6rVc"}`
)

func jwkDID(jwk string) string {
	return "did:jwk:" + base64.RawURLEncoding.EncodeToString([]byte(jwk))
}

// TestJWKSpecExamples resolves the two identifiers that the specification
// prints, and compares the document with the printed one.
func TestJWKSpecExamples(t *testing.T) {
	id := strings.TrimSpace(specExample(t, "did-jwk/003-did.txt"))
	doc, err := JWK{}.Resolve(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	// The printed document has a stray $ in some of its references.
	printed, err := strictjson.Parse([]byte(strings.ReplaceAll(specExample(t, "did-jwk/005-did-document.json"), "$", "")))
	if err != nil {
		t.Fatal(err)
	}
	made, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if !made.Equal(printed) {
		t.Errorf("made %s\nwant %s", made.Indented(), printed.Indented())
	}
	method := strings.TrimSpace(specExample(t, "did-jwk/004-did-url.txt"))
	if m, _, err := Dereference(context.Background(), Methods{"jwk": JWK{}}, method, AssertionMethod); err != nil || m.Key == nil {
		t.Errorf("Dereference(%s): %v", method, err)
	}

	encryption := strings.TrimSpace(specExample(t, "did-jwk/006-did.txt"))
	if doc, err := (JWK{}).Resolve(context.Background(), encryption); doc != nil || !errors.Is(err, ErrKeyUnsupported) || !strings.Contains(err.Error(), "X25519") {
		t.Errorf("%v, want %v naming X25519", err, ErrKeyUnsupported)
	}
}

func TestJWKCurves(t *testing.T) {
	for name, tt := range map[string]struct{ jwk, multikey string }{
		"Ed25519":              {jwkEd25519, goodMultikey},
		"P-256":                {jwkP256, "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv"},
		"P-384":                {jwkP384, "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9"},
		"secp256k1":            {jwkSecp256k1, "zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS"},
		"with alg":             {strings.Replace(jwkP384, `"kty"`, `"alg":"ES384","kty"`, 1), "z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9"},
		"with a kid and a use": {strings.Replace(jwkSecp256k1, `"kty"`, `"kid":"1","use":"sig","kty"`, 1), "zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS"},
	} {
		m, doc, err := Dereference(context.Background(), JWK{}, jwkDID(tt.jwk)+"#0", AssertionMethod)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := FormatMultikey(m.Key); err != nil || got != tt.multikey {
			t.Errorf("%s: the key is %s, %v, want %s", name, got, err, tt.multikey)
		}
		agreed := len(doc.Relationships[KeyAgreement]) > 0
		if agreed == strings.Contains(tt.jwk, `"use"`) {
			t.Errorf("%s: listed for key agreement: %v", name, agreed)
		}
	}
	p384, err := ParseMultikey("z82Lm1MpAkeJcix9K8TMiLd5NMAhnwkjjCBeWHXyu3U4oT2MVJJKXkcVBgjGhnLBn2Kaau9")
	if key, ok := p384.(*ecdsa.PublicKey); err != nil || !ok || key.Curve != elliptic.P384() {
		t.Errorf("a P-384 key is a %T, %v", p384, err)
	}
	koblitz, err := ParseMultikey("zQ3shjmnWpSDEbYKpaFm4kTs9kXyqG6N2QwCYHNPP4yubqgJS")
	if _, ok := koblitz.(*secp256k1.PublicKey); err != nil || !ok {
		t.Errorf("a secp256k1 key is a %T, %v", koblitz, err)
	}
}

// TestJWKAttacks: each class of attack on a key in an identifier, as a proof
// would name it.
func TestJWKAttacks(t *testing.T) {
	good := jwkDID(jwkP256)
	edit := func(old, new string) string { return jwkDID(strings.Replace(jwkP256, old, new, 1)) + "#0" }
	zero := strings.Repeat("A", 43)
	tests := []struct{ name, method, code string }{
		{"good", good + "#0", ""},

		{"a private key", edit(`"kty"`, `"d":"J5yKm7OXFsXDEutteGYeT0CAfQJwIlHLSYkQxKtgiyo","kty"`), "KEY_INVALID"},
		{"a symmetric key", jwkDID(`{"kty":"oct","k":"c2VjcmV0"}`) + "#0", "KEY_INVALID"},
		{"an encryption key", edit(`"kty"`, `"use":"enc","kty"`), "KEY_INVALID"},
		{"alg of another curve", edit(`"kty"`, `"alg":"ES384","kty"`), "KEY_INVALID"},
		{"alg none", edit(`"kty"`, `"alg":"none","kty"`), "KEY_INVALID"},
		{"alg that is no text", edit(`"kty"`, `"alg":1,"kty"`), "KEY_INVALID"},
		{"a point of another curve", edit("P-256", "secp256k1"), "KEY_INVALID"},
		{"coordinates too short for the curve", edit("P-256", "P-384"), "KEY_INVALID"},
		{"off the curve", edit("zns", "znt"), "KEY_INVALID"},
		{"the point at infinity", jwkDID(`{"kty":"EC","crv":"P-256","x":"`+zero+`","y":"`+zero+`"}`) + "#0", "KEY_INVALID"},
		{"no y", edit(`,"y":`, `,"z":`), "KEY_INVALID"},
		{"a coordinate with a newline", edit("zns", `\nns`), "KEY_INVALID"},
		{"a coordinate with loose bits", edit(`zns"`, `znt"`), "KEY_INVALID"},
		{"a coordinate with padding", edit(`zns"`, `zn="`), "KEY_INVALID"},
		{"small order", jwkDID(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, zero)) + "#0", "KEY_INVALID"},
		{"P-521", edit("P-256", "P-521"), "KEY_INVALID"},
		{"RSA", jwkDID(`{"kty":"RSA","n":"sXch","e":"AQAB"}`) + "#0", "KEY_INVALID"},
		{"no kty", edit("kty", "KTY"), "KEY_INVALID"},
		{"crv twice", edit(`"kty"`, `"crv":"P-256","kty"`), "KEY_INVALID"},
		{"an array", jwkDID("["+jwkP256+"]") + "#0", "KEY_INVALID"},
		{"no JSON", jwkDID("key") + "#0", "KEY_INVALID"},
		{"two JSON values", jwkDID(jwkP256+jwkP256) + "#0", "KEY_INVALID"},
		{"bytes that are not UTF-8", jwkDID("{\"kty\":\"\xff\"}") + "#0", "KEY_INVALID"},
		{"base64url with padding", "did:jwk:" + base64.URLEncoding.EncodeToString([]byte("{ }")) + "=#0", "KEY_INVALID"},
		{"base64 of the other alphabet", "did:jwk:" + base64.StdEncoding.EncodeToString([]byte("~~~???")) + "#0", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"a letter too many", good + "A#0", "KEY_INVALID"},
		{"percent-encoded", strings.Replace(good, "ey", "%65y", 1) + "#0", "KEY_INVALID"},
		{"nothing", "did:jwk:#0", "KEY_INVALID"},
		{"two keys", good + ":" + good[8:] + "#0", "KEY_INVALID"},

		{"another fragment", good + "#1", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"the key as fragment", good + "#" + good[8:], "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"no fragment", good, "VERIFICATION_METHOD_UNRESOLVABLE"},

		{"1,025 characters", "did:jwk:" + strings.Repeat("A", 1017) + "#0", "LIMIT_EXCEEDED"},
		{"1 MB", "did:jwk:" + strings.Repeat("A", 1<<20) + "#0", "LIMIT_EXCEEDED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, doc, err := Dereference(context.Background(), Methods{"jwk": JWK{}}, tt.method, AssertionMethod)
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if code := codeOf(t, err); code != tt.code {
				t.Errorf("%v gives %s, want %s", err, code, tt.code)
			}
			if m != nil || doc != nil {
				t.Error("a key beside an error")
			}
		})
	}
}
