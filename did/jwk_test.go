package did

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"laurel/internal/strictjson"
)

// Keys in the form of JSON Web Keys: RFC 8037 appendix A.2, the did:key vectors
// of the curve, the W3C's VC-JOSE-COSE test suite (P-521), RFC 7520 (RSA).
const (
	jwkEd25519   = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	jwkP256      = `{"kty":"EC","crv":"P-256","x":"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns","y":"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"}`
	jwkP384      = `{"kty":"EC","crv":"P-384","x":"lInTxl8fjLKp_UCrxI0WDklahi-7-_6JbtiHjiRvMvhedhKVdHBfi2HCY8t_QJyc","y":"y6N1IC-2mXxHreETBW7K3mBcw0qGr3CWHCs-yl09yCQRLcyfGv7XhqAngHOu51Zv"}`
	jwkP521      = `{"kty":"EC","crv":"P-521","x":"Ac8mt4TvYd3TOrYtTk_YTQ5QQMpl58OnrU7uRxQEUoOO_6QnRBM0Xan8KQI_0dPKzcKBak0ZSEXcc5SNFUBHYfbP","y":"ADP_cowssurHA7uMHy4IODl247oQjCxZWFX7Gtr3cFmfVIwEyKGegrJh9ooZy5FsvFVbYwAmLKVfGZs7O15RBsO-"}`
	jwkRSA       = `{"kty":"RSA","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}`
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
		{"RSA with a private member", jwkDID(strings.Replace(jwkRSA, `"kty"`, `"p":"AA","kty"`, 1)) + "#0", "KEY_INVALID"},
		{"RSA with an even exponent", jwkDID(strings.Replace(jwkRSA, "AQAB", "AQAA", 1)) + "#0", "KEY_INVALID"},
		{"RSA with the exponent 1", jwkDID(strings.Replace(jwkRSA, "AQAB", "AQ", 1)) + "#0", "KEY_INVALID"},
		{"RSA with an exponent of many bytes", jwkDID(strings.Replace(jwkRSA, "AQAB", "AQABAQAB", 1)) + "#0", "KEY_INVALID"},
		{"RSA with a zero in front", jwkDID(strings.Replace(jwkRSA, "AQAB", "AAEAAQ", 1)) + "#0", "KEY_INVALID"},
		{"RSA with an even modulus", jwkDID(strings.Replace(jwkRSA, "P5zw", "P5zg", 1)) + "#0", "KEY_INVALID"},
		{"RSA for PSS", jwkDID(strings.Replace(jwkRSA, `"kty"`, `"alg":"PS256","kty"`, 1)) + "#0", "KEY_INVALID"},
		{"RSA without a modulus", jwkDID(`{"kty":"RSA","e":"AQAB"}`) + "#0", "KEY_INVALID"},
		{"key_ops without verify", edit(`"kty"`, `"key_ops":["sign"],"kty"`), "KEY_INVALID"},
		{"key_ops that are a text", edit(`"kty"`, `"key_ops":"verify","kty"`), "KEY_INVALID"},
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

// TestWycheproofKeys reads the public keys of Wycheproof's messages: which of them
// may check a signature at all.
func TestWycheproofKeys(t *testing.T) {
	text, err := os.ReadFile("../testdata/wycheproof/json_web_signature_test.json")
	if err != nil {
		t.Fatal(err)
	}
	file, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	refused := []string{
		"ps256", "ps384", "ps512", "rs384", "rs512", // algorithms that are not accepted
		"rsa_encryption", "ec_key_for_encryption", // by use or key_ops
	}
	read, not := 0, 0
	for _, group := range file.Get("testGroups").Elems() {
		jwk, comment := group.Get("public"), group.Get("comment").Str()
		if !jwk.Exists() {
			continue
		}
		// RFC 7520 has two keys whose alg is none of a signature that is accepted:
		// PS256, and a misspelled ES521.
		bad := slices.Contains(refused, comment) || slices.Contains([]string{"PS256", "ES521"}, jwk.Get("alg").Str())
		key, err := ParseJWK(jwk)
		switch {
		case bad != (err != nil) || err != nil && key != nil:
			t.Errorf("%s, %s: %v, %v", comment, jwk.JSON(), key, err)
		case err != nil:
			not++
		default:
			read++
		}
	}
	if read != 6 || not != 13 {
		t.Errorf("read %d keys, refused %d", read, not)
	}
}

func TestFormatJWK(t *testing.T) {
	for _, text := range []string{jwkEd25519, jwkP256, jwkP384, jwkP521, jwkSecp256k1} {
		key, err := ParseJWK(parsed(t, text))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := FormatJWK(key); err != nil || !got.Equal(parsed(t, text)) {
			t.Errorf("%s became %s, %v", text, got.JSON(), err)
		}
	}
	rsa, err := ParseJWK(parsed(t, jwkRSA))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		key  crypto.PublicKey
		want error
	}{
		"RSA":          {rsa, ErrKeyUnsupported},
		"P-224":        {&ecdsa.PublicKey{Curve: elliptic.P224()}, ErrKeyUnsupported},
		"no curve":     {(*ecdsa.PublicKey)(nil), ErrKeyUnsupported},
		"no key":       {nil, ErrKeyUnsupported},
		"small order":  {ed25519.PublicKey(make([]byte, 32)), ErrKeyInvalid},
		"no secp256k1": {(*secp256k1.PublicKey)(nil), ErrKeyInvalid},
	} {
		if v, err := FormatJWK(tt.key); !errors.Is(err, tt.want) || v.Exists() {
			t.Errorf("%s: %v, %v", name, v, err)
		}
	}
}
