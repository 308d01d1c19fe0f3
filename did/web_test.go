package did

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"

	"github.com/multiformats/go-multibase"
)

const (
	school    = "did:web:school.example"
	schoolKey = school + "#key-1"
	schoolURL = "https://school.example/.well-known/did.json"
)

// method is one verification method of the school.
func method(changes ...string) string {
	m := `{"id":"` + schoolKey + `","type":"Multikey","controller":"` + school + `","publicKeyMultibase":"` + goodMultikey + `"}`
	return strings.NewReplacer(changes...).Replace(m)
}

// document is the school's document with that method for assertions.
func document(method string, changes ...string) string {
	d := `{"@context":["https://www.w3.org/ns/did/v1"],"id":"` + school + `","verificationMethod":[` + method + `],"assertionMethod":["` + schoolKey + `"]}`
	return strings.NewReplacer(changes...).Replace(d)
}

// bare58 is the key of a multikey in base58 alone, as the legacy types have it.
func bare58(t *testing.T, multikey string) string {
	t.Helper()
	_, key, err := decodeMultikey(multikey)
	if err != nil {
		t.Fatal(err)
	}
	text, err := multibase.Encode(multibase.Base58BTC, key)
	if err != nil {
		t.Fatal(err)
	}
	return text[1:]
}

// TestDidWebDocuments dereferences did:web:school.example#key-1 in hostile and
// unusual documents.
func TestDidWebDocuments(t *testing.T) {
	good := document(method())
	jwk := func(members string) string {
		return document(method("Multikey", "JsonWebKey", `"publicKeyMultibase":"`+goodMultikey+`"`, `"publicKeyJwk":{`+members+`}`))
	}
	base58 := func(kind, key string) string {
		return document(method("Multikey", kind, `"publicKeyMultibase":"`+goodMultikey+`"`, `"publicKeyBase58":"`+key+`"`))
	}
	goodEd58, goodBLS58 := bare58(t, goodMultikey), bare58(t, "zUC77uxiMKceQoxciSy1xgk3nvP8c8NZXDnaY1xsXZaU5UmsZdnwStUke8Ca8zAdPX3MQTHEMhDTCgfdGU7UrY4RRdVhqZp8FaAaoaXFEVp2ZAM7oj3P45BuTCfc3t9FEGBAEQY")
	const okp = `"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`
	const ec = `"kty":"EC","crv":"P-256","x":"igrFmi0whuihKnj9R3Om1SoMph72wUGeFaBbzG2vzns","y":"efsX5b10x8yjyrj4ny3pGfLcY7Xby1KzgqOdqnsrJIM"`
	tests := []struct{ name, doc, code string }{
		{"good", good, ""},
		{"relative reference", document(method(), `["`+schoolKey+`"]`, `["#key-1"]`), ""},
		{"relative id", document(method(`"id":"`+schoolKey, `"id":"#key-1`)), ""},
		{"embedded", strings.Replace(strings.Replace(good, `["`+schoolKey+`"]`, `[`+method()+`]`, 1), `"verificationMethod":[`+method()+`],`, "", 1), ""},
		{"no context", strings.Replace(good, `"@context":["https://www.w3.org/ns/did/v1"],`, "", 1), ""},
		{"context as a string", document(method(), `["https://www.w3.org/ns/did/v1"]`, `"https://www.w3.org/ns/cid/v1"`), ""},
		{"other members", document(method(), `"id":"did:web:school.example","v`, `"service":[{"type":"x"}],"id":"did:web:school.example","v`), ""},
		{"JWK Ed25519", jwk(okp), ""},
		{"JWK P-256", jwk(ec), ""},
		{"JWK with alg and use", jwk(ec + `,"alg":"ES256","use":"sig","kid":"key-1"`), ""},
		{"JsonWebKey2020", strings.Replace(jwk(okp), "JsonWebKey", "JsonWebKey2020", 1), ""},
		{"Ed25519VerificationKey2020", document(method("Multikey", "Ed25519VerificationKey2020")), ""},
		{"Ed25519VerificationKey2018", base58("Ed25519VerificationKey2018", goodEd58), ""},
		{"Bls12381G2Key2020", base58("Bls12381G2Key2020", goodBLS58), ""},
		{"a neighbour of unknown type", document(method() + `,{"id":"#old","type":"RsaVerificationKey2018","controller":"did:web:school.example","publicKeyPem":"x"}`), ""},
		{"a broken neighbour", document(method() + `,{"id":"#old","type":"Multikey","controller":"did:web:school.example","publicKeyMultibase":"z1"}`), ""},
		{"a stranger's method beside", document(method() + `,` + method("school.example", "other.example")), ""},

		{"id of another", document(method(), `"id":"did:web:school.example","v`, `"id":"did:web:other.example","v`), "DID_DOCUMENT_INVALID"},
		{"id in upper case", document(method(), `"id":"did:web:school.example","v`, `"id":"did:web:SCHOOL.example","v`), "DID_DOCUMENT_INVALID"},
		{"id with a fragment", document(method(), `"id":"did:web:school.example","v`, `"id":"did:web:school.example#key-1","v`), "DID_DOCUMENT_INVALID"},
		{"no id", document(method(), `"id":"did:web:school.example","v`, `"v`), "DID_DOCUMENT_INVALID"},
		{"id in another case", document(method(), `"id":"did:web:school.example","v`, `"ID":"did:web:school.example","v`), "DID_DOCUMENT_INVALID"},
		{"id an array", document(method(), `"id":"did:web:school.example","v`, `"id":["did:web:school.example"],"v`), "DID_DOCUMENT_INVALID"},
		{"two ids", strings.Replace(good, "{", `{"id":"did:web:school.example",`, 1), "DID_DOCUMENT_INVALID"},
		{"two assertionMethods", strings.Replace(good, "{", `{"assertionMethod":["#key-1"],`, 1), "DID_DOCUMENT_INVALID"},
		{"a page", `<!DOCTYPE html><html></html>`, "DID_DOCUMENT_INVALID"},
		{"empty", ``, "DID_DOCUMENT_INVALID"},
		{"null", `null`, "DID_DOCUMENT_INVALID"},
		{"an array", `[` + good + `]`, "DID_DOCUMENT_INVALID"},
		{"data behind", good + "{}", "DID_DOCUMENT_INVALID"},
		{"not UTF-8", strings.Replace(good, "Multikey", "Multi\xffkey", 1), "DID_DOCUMENT_INVALID"},
		{"nested deeply", document(method(), `"id":"did:web:school.example","v`, `"x":`+strings.Repeat("[", 20)+strings.Repeat("]", 20)+`,"id":"did:web:school.example","v`), "DID_DOCUMENT_INVALID"},
		{"too many methods", document(strings.Repeat(method("key-1", "key-2")+",", maxMethods) + method()), "DID_DOCUMENT_INVALID"},
		{"two methods of one id", document(method() + "," + method()), "DID_DOCUMENT_INVALID"},
		{"one absolute, one relative", document(method() + "," + method(`"id":"`+schoolKey, `"id":"#key-1`)), "DID_DOCUMENT_INVALID"},
		{"embedded under a listed id", document(method(), `["`+schoolKey+`"]`, `["`+schoolKey+`",`+method(goodMultikey, "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp")+`]`), "DID_DOCUMENT_INVALID"},
		{"method a string", document(`"#key-1"`), "DID_DOCUMENT_INVALID"},
		{"methods an object", strings.Replace(strings.Replace(good, `[{`, `{`, 1), `}]`, `}`, 1), "DID_DOCUMENT_INVALID"},
		{"method without id", document(method(`"id":"`+schoolKey+`",`, "")), "DID_DOCUMENT_INVALID"},
		{"method id without fragment", document(method("#key-1", "")), "DID_DOCUMENT_INVALID"},
		{"method without type", document(method(`"type":"Multikey",`, "")), "DID_DOCUMENT_INVALID"},
		{"method with two types", document(method(`"Multikey"`, `["Multikey","JsonWebKey"]`)), "DID_DOCUMENT_INVALID"},
		{"method without controller", document(method(`"controller":"did:web:school.example",`, "")), "DID_DOCUMENT_INVALID"},
		{"controller an object", document(method(`"controller":"did:web:school.example"`, `"controller":{"id":"did:web:school.example"}`)), "DID_DOCUMENT_INVALID"},
		{"relationship a string", document(method(), `["`+schoolKey+`"]`, `"`+schoolKey+`"`), "DID_DOCUMENT_INVALID"},
		{"relationship holds a number", document(method(), `["`+schoolKey+`"]`, `["`+schoolKey+`",1]`), "DID_DOCUMENT_INVALID"},
		{"relationship holds a relative path", document(method(), `["`+schoolKey+`"]`, `["`+schoolKey+`","key-1"]`), "DID_DOCUMENT_INVALID"},
		{"context that redefines", document(method(), `["https://www.w3.org/ns/did/v1"]`, `["https://www.w3.org/ns/did/v1",{"assertionMethod":"https://x.example/"}]`), "DID_DOCUMENT_INVALID"},
		{"context null", document(method(), `["https://www.w3.org/ns/did/v1"]`, `null`), "DID_DOCUMENT_INVALID"},
		{"context nested", document(method(), `["https://www.w3.org/ns/did/v1"]`, `[["https://www.w3.org/ns/did/v1"]]`), "DID_DOCUMENT_INVALID"},
		{"context http", document(method(), `https://www.w3.org/ns/did/v1`, `http://www.w3.org/ns/did/v1`), "DID_DOCUMENT_INVALID"},
		{"many contexts", document(method(), `["https://www.w3.org/ns/did/v1"]`, `[`+strings.Repeat(`"https://a.example",`, 16)+`"https://a.example"]`), "DID_DOCUMENT_INVALID"},
		{"revoked misspelled", document(method(`"type"`, `"revoked":"yesterday","type"`)), "DID_DOCUMENT_INVALID"},
		{"revoked a number", document(method(`"type"`, `"revoked":1700000000,"type"`)), "DID_DOCUMENT_INVALID"},
		{"expires without zone", document(method(`"type"`, `"expires":"2030-01-01T00:00:00","type"`)), "DID_DOCUMENT_INVALID"},
		{"deactivated a string", document(method(), `"id":"did:web:school.example","v`, `"deactivated":"false","id":"did:web:school.example","v`), "DID_DOCUMENT_INVALID"},

		{"not listed", document(method(), `["`+schoolKey+`"]`, `[]`), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"no relationship", document(method(), `,"assertionMethod":["`+schoolKey+`"]`, ``), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"for authentication", document(method(), "assertionMethod", "authentication"), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"for key agreement", document(method(), "assertionMethod", "keyAgreement"), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"embedded for authentication", document("", "assertionMethod", "authentication", `["`+schoolKey+`"]`, "["+method()+"]"), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"in another case", document(method(), "assertionMethod", "assertionmethod"), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"another's reference", document(method(), `["`+schoolKey+`"]`, `["did:web:other.example#key-1"]`), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"a stranger controls it", document(method(`"controller":"did:web:school.example"`, `"controller":"did:web:other.example"`)), "VERIFICATION_METHOD_NOT_AUTHORIZED"},
		{"a longer name controls it", document(method(`"controller":"did:web:school.example"`, `"controller":"did:web:school.example:x"`)), "VERIFICATION_METHOD_NOT_AUTHORIZED"},

		{"no methods", document(""), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"another fragment", document(method("#key-1", "#key-2")), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"another case", document(method("#key-1", "#KEY-1")), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"another's method", document(method(`"id":"did:web:school.example`, `"id":"did:web:other.example`)), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"percent-encoded", document(method("#key-1", "#key%2D1")), "VERIFICATION_METHOD_UNRESOLVABLE"},

		{"deactivated", document(method(), `"id":"did:web:school.example","v`, `"deactivated":true,"id":"did:web:school.example","v`), "DID_DEACTIVATED"},
		{"deactivated, the key not listed", document(method(), `["`+schoolKey+`"]`, `[]`, `"id":"did:web:school.example","v`, `"deactivated":true,"id":"did:web:school.example","v`), "DID_DEACTIVATED"},
		{"deactivated, the key broken", document(method(goodMultikey, "z1"), `"id":"did:web:school.example","v`, `"deactivated":true,"id":"did:web:school.example","v`), "DID_DEACTIVATED"},
		{"deactivated, the key revoked", document(method(`"type"`, `"revoked":"2020-01-01T00:00:00Z","type"`), `"id":"did:web:school.example","v`, `"deactivated":true,"id":"did:web:school.example","v`), "DID_DEACTIVATED"},
		{"deactivated and empty", `{"id":"did:web:school.example","deactivated":true}`, "DID_DEACTIVATED"},

		{"small order", document(method(goodMultikey, raw("ed01", strings.Repeat("00", 32)))), "KEY_INVALID"},
		{"no material", document(method(`,"publicKeyMultibase":"`+goodMultikey+`"`, "")), "KEY_INVALID"},
		{"two materials", document(method(`"publicKeyM`, `"publicKeyJwk":{`+okp+`},"publicKeyM`)), "KEY_INVALID"},
		{"material of another type", document(method("Multikey", "JsonWebKey")), "KEY_INVALID"},
		{"material a number", document(method(`"`+goodMultikey+`"`, "1")), "KEY_INVALID"},
		{"an unknown type", document(method("Multikey", "BestKey2030")), "KEY_INVALID"},
		{"the secret key beside", document(method(`"type"`, `"secretKeyMultibase":"z3u2","type"`)), "KEY_INVALID"},
		{"the secret key as the key", document(method(goodMultikey, raw("8026", goodKey))), "KEY_INVALID"},
		{"P-256 as Ed25519VerificationKey2020", document(method("Multikey", "Ed25519VerificationKey2020", goodMultikey, "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv")), "KEY_INVALID"},
		{"base58 with a prefix", base58("Ed25519VerificationKey2018", goodMultikey), "KEY_INVALID"},
		{"base58 with a multicodec", base58("Ed25519VerificationKey2018", goodMultikey[1:]), "KEY_INVALID"},
		{"base58 that is cut", base58("Ed25519VerificationKey2018", goodEd58[:20]), "KEY_INVALID"},
		{"base58 with a letter that it lacks", base58("Ed25519VerificationKey2018", "0"+goodEd58[1:]), "KEY_INVALID"},
		{"base58 of small order", base58("Ed25519VerificationKey2018", strings.Repeat("1", 32)), "KEY_INVALID"},
		{"base58 of another type", base58("Bls12381G2Key2020", goodEd58), "KEY_INVALID"},
		{"base58 of a BLS key as Ed25519", base58("Ed25519VerificationKey2018", goodBLS58), "KEY_INVALID"},
		{"base58 that is a number", document(method("Multikey", "Ed25519VerificationKey2018", `"publicKeyMultibase":"`+goodMultikey+`"`, `"publicKeyBase58":7`)), "KEY_INVALID"},
		{"base58 and a multikey", document(method("Multikey", "Ed25519VerificationKey2018", `"publicKeyM`, `"publicKeyBase58":"`+goodEd58+`","publicKeyM`)), "KEY_INVALID"},
		{"base58 as a Multikey", base58("Multikey", goodEd58), "KEY_INVALID"},
		{"base58 without an end", base58("Ed25519VerificationKey2018", strings.Repeat("2", 100_000)), "LIMIT_EXCEEDED"},
		{"JWK with d", jwk(okp + `,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"`), "KEY_INVALID"},
		{"JWK symmetric", jwk(`"kty":"oct","k":"AAAA"`), "KEY_INVALID"},
		{"JWK of a string", document(method("Multikey", "JsonWebKey", `"publicKeyMultibase":`, `"publicKeyJwk":`)), "KEY_INVALID"},
		{"JWK padded", jwk(strings.Replace(okp, `Ro"`, `Ro="`, 1)), "KEY_INVALID"},
		{"JWK with loose bits", jwk(strings.Replace(okp, `Ro"`, `Rp"`, 1)), "KEY_INVALID"},
		{"JWK with a line end", jwk(strings.Replace(okp, `"11qY`, `"\n11q`, 1)), "KEY_INVALID"},
		{"JWK too short", jwk(`"kty":"OKP","crv":"Ed25519","x":"AAAA"`), "KEY_INVALID"},
		{"JWK off the curve", jwk(strings.Replace(ec, "efsX", "efsY", 1)), "KEY_INVALID"},
		{"JWK without y", jwk(strings.Split(ec, `,"y"`)[0]), "KEY_INVALID"},
		{"JWK without kty", jwk(`"crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"`), "KEY_INVALID"},
		{"JWK with swapped curve", jwk(strings.Replace(okp, "OKP", "EC", 1)), "KEY_INVALID"},
		{"JWK for encryption", jwk(okp + `,"use":"enc"`), "KEY_INVALID"},
		{"JWK for another algorithm", jwk(ec + `,"alg":"ES384"`), "KEY_INVALID"},
		{"JWK P-384", jwk(strings.Replace(ec, "P-256", "P-384", 1)), "KEY_INVALID"},
		{"JWK RSA", jwk(`"kty":"RSA","n":"AQAB","e":"AQAB"`), "KEY_INVALID"},
		{"JWK X25519", jwk(strings.Replace(okp, "Ed25519", "X25519", 1)), "KEY_INVALID"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys := Methods{"web": Web{Fetch: site{schoolURL: tt.doc}}}
			m, doc, err := Dereference(context.Background(), keys, schoolKey, AssertionMethod)
			if tt.code == "" {
				if err != nil {
					t.Fatal(err)
				}
				if m.ID != schoolKey || m.Key == nil || doc.Source == nil || doc.Source.URL != schoolURL {
					t.Errorf("%+v", m)
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

// TestDidWebIdentifiers: what cannot be resolved, whatever a site would answer.
func TestDidWebIdentifiers(t *testing.T) {
	// These are well-formed; all others have no document anywhere.
	couldBe := map[string]bool{
		"no site": true, "localhost": true, "localhost with port": true, "below localhost": true, "internal name": true,
		"mDNS name": true, "one label": true, "port of ssh": true, "underscore": true, "trailing full stop": true,
		"label too long": true,
	}
	for name, id := range map[string]string{
		"no site":             "did:web:nobody.example",
		"empty":               "did:web:",
		"IPv4":                "did:web:93.184.216.34",
		"loopback":            "did:web:127.0.0.1",
		"loopback with port":  "did:web:127.0.0.1%3A8080",
		"metadata service":    "did:web:169.254.169.254:latest:meta-data",
		"private":             "did:web:10.0.0.1",
		"decimal IPv4":        "did:web:2130706433",
		"hexadecimal IPv4":    "did:web:0x7f000001",
		"octal IPv4":          "did:web:0177.0.0.1",
		"short IPv4":          "did:web:127.1",
		"IPv6":                "did:web:%5B%3A%3A1%5D",
		"IPv6, mapped":        "did:web:%5B%3A%3Affff%3A127.0.0.1%5D",
		"localhost":           "did:web:localhost",
		"localhost with port": "did:web:localhost%3A8443",
		"below localhost":     "did:web:x.localhost",
		"internal name":       "did:web:metadata.google.internal",
		"mDNS name":           "did:web:printer.local",
		"one label":           "did:web:intranet",
		"user name":           "did:web:user%40school.example",
		"user name, bare":     "did:web:user@school.example",
		"slash in host":       "did:web:school.example%2F.evil.example",
		"path by slash":       "did:web:school.example/badges",
		"port by colon only":  "did:web:school.example:",
		"double colon":        "did:web:school.example::badges",
		"port zero":           "did:web:school.example%3A0",
		"port too large":      "did:web:school.example%3A70000",
		"port with letters":   "did:web:school.example%3A80a",
		"port of ssh":         "did:web:school.example%3A22",
		"port with a user":    "did:web:school.example%3A443%40evil.example",
		"two ports":           "did:web:school.example%3A8443%3A22",
		"up":                  "did:web:school.example:..:admin",
		"up, encoded":         "did:web:school.example:%2e%2e:admin",
		"up, half encoded":    "did:web:school.example:.%2E:admin",
		"here":                "did:web:school.example:.",
		"slash, encoded":      "did:web:school.example:a%2Fb",
		"backslash, encoded":  "did:web:school.example:a%5Cb",
		"query, encoded":      "did:web:school.example:a%3Fb",
		"fragment, encoded":   "did:web:school.example:a%23b",
		"NUL":                 "did:web:school.example:a%00",
		"line end":            "did:web:school.example:a%0D%0AHost%3A%20evil",
		"twice encoded":       "did:web:school.example:%252e%252e",
		"broken encoding":     "did:web:school.example:%zz",
		"cut encoding":        "did:web:school.example:a%2",
		"not UTF-8":           "did:web:school.example:%ff",
		"not ASCII":           "did:web:schöol.example",
		"underscore":          "did:web:my_school.example",
		"trailing full stop":  "did:web:school.example.",
		"space":               "did:web:school.example:a b",
		"tilde":               "did:web:school.example:~a",
		"label too long":      "did:web:" + strings.Repeat("a", 64) + ".example",
	} {
		t.Run(name, func(t *testing.T) {
			keys := Methods{"web": Web{Fetch: site{}}}
			_, _, err := Dereference(context.Background(), keys, id+"#key-1", AssertionMethod)
			code := codeOf(t, err)
			if strings.ContainsAny(id, "/?") { // no DID at all
				if code != "VERIFICATION_METHOD_UNRESOLVABLE" {
					t.Errorf("%v gives %s", err, code)
				}
			} else if code != "DID_RESOLUTION_FAILED" {
				t.Errorf("%v gives %s, want DID_RESOLUTION_FAILED", err, code)
			} else if errors.Is(err, ErrResolution) != couldBe[name] {
				t.Errorf("%v: is it malformed, or not fetched?", err)
			}
			if where, err := (Web{}).URL(id); name != "no site" && (!errors.Is(err, ErrSyntax) || where != "") {
				t.Errorf("URL: %q, %v, want %v", where, err, ErrSyntax)
			}
		})
	}
	for _, id := range []string{"did:web:" + strings.Repeat("a.", 600) + "example", "did:web:school.example:" + strings.Repeat("a", maxWebDID)} {
		if _, err := (Web{Fetch: site{}}).Resolve(context.Background(), id); codeOf(t, err) != "LIMIT_EXCEEDED" {
			t.Errorf("%v, want LIMIT_EXCEEDED", err)
		}
		if _, err := (Web{}).URL(id); !errors.Is(err, ErrLimit) {
			t.Errorf("URL: %v, want %v", err, ErrLimit)
		}
	}
}

func TestWebAddresses(t *testing.T) {
	for id, want := range map[string]string{
		"did:web:school.example":                   "https://school.example/.well-known/did.json",
		"did:web:school.example%3A8443":            "https://school.example:8443/.well-known/did.json",
		"did:web:school.example%3a8443":            "https://school.example:8443/.well-known/did.json",
		"did:web:school.example:badges":            "https://school.example/badges/did.json",
		"did:web:school.example%3A8443:a:b":        "https://school.example:8443/a/b/did.json",
		"did:web:School.example:A":                 "https://School.example/A/did.json",
		"did:web:xn--mnchen-3ya.example:%C3%A4":    "https://xn--mnchen-3ya.example/%C3%A4/did.json",
		"did:web:school.example:user:alice-1_2.x%": "",
	} {
		if got, err := (Web{}).URL(id); got != want || (err == nil) != (want != "") {
			t.Errorf("URL(%q) = %q, %v, want %q", id, got, err, want)
		}
	}
}

func TestWebIdentifier(t *testing.T) {
	tests := []struct {
		site, want string // "" is ErrSyntax
		loopback   bool
	}{
		{"https://school.example", "did:web:school.example", false},
		{"https://school.example/", "did:web:school.example", false},
		{"https://school.example:8443/badges/", "did:web:school.example%3A8443:badges", false},
		{"https://school.example/a/b", "did:web:school.example:a:b", false},
		{"http://127.0.0.1:8080", "did:web:127.0.0.1%3A8080", true},
		{"http://127.0.0.1:8080", "", false},
		{"http://school.example", "", false},
		{"https://[::1]:8080", "", true},
		{"https://school.example/a//b", "", false},
		{"https://school.example/../b", "", false},
		{"https://school.example/~alice", "", false},
		{"https://school.example/?x=y", "", false},
		{"https://school.example/" + strings.Repeat("a", maxWebDID), "", false},
		{"school.example", "", false},
	}
	for _, tt := range tests {
		got, err := Web{UnsafeLoopback: tt.loopback}.Identifier(tt.site)
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("Identifier(%q) = %q, %v, want %q", tt.site, got, err, tt.want)
		}
	}
}

// TestKeyRevoked: five dates around the two windows of a method.
func TestKeyRevoked(t *testing.T) {
	at := func(s string) time.Time {
		d, err := parseTime(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	tests := []struct {
		name, dates, at string
		want            error
	}{
		{"no dates", ``, "2026-06-01T00:00:00Z", nil},
		{"revoked before", `"revoked":"2026-05-31T23:59:59Z",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"revoked now", `"revoked":"2026-06-01T00:00:00Z",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"revoked later", `"revoked":"2026-06-01T00:00:01Z",`, "2026-06-01T00:00:00Z", nil},
		{"revoked in another zone", `"revoked":"2026-06-01T01:00:00+02:00",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"revoked, with a fraction", `"revoked":"2026-05-31T23:59:59.999Z",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"revoked long ago", `"revoked":"1999-01-01T00:00:00Z",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"expired before", `"expires":"2026-05-31T23:59:59Z",`, "2026-06-01T00:00:00Z", ErrKeyExpired},
		{"expires now", `"expires":"2026-06-01T00:00:00Z",`, "2026-06-01T00:00:00Z", ErrKeyExpired},
		{"expires later", `"expires":"2026-06-01T00:00:01Z",`, "2026-06-01T00:00:00Z", nil},
		{"both", `"expires":"2020-01-01T00:00:00Z","revoked":"2021-01-01T00:00:00Z",`, "2026-06-01T00:00:00Z", ErrKeyRevoked},
		{"expired, revoked later", `"expires":"2020-01-01T00:00:00Z","revoked":"2030-01-01T00:00:00Z",`, "2026-06-01T00:00:00Z", ErrKeyExpired},
	}
	for _, tt := range tests {
		keys := Web{Fetch: site{schoolURL: document(method(`"type"`, tt.dates+`"type"`))}}
		m, _, err := Dereference(context.Background(), keys, schoolKey, AssertionMethod)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if err := m.ValidAt(at(tt.at)); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		} else if err != nil && codeOf(t, err) != "KEY_REVOKED" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestParseTime(t *testing.T) {
	for s, ok := range map[string]bool{
		"2026-06-01T00:00:00Z": true, "2026-06-01T00:00:00.123456Z": true, "2026-06-01T00:00:00-05:00": true,
		"2026-06-01T0:00:00Z": false, "2026-06-01T00:00:00,5Z": false, "2026-02-30T00:00:00Z": false,
		"2026-06-01T00:00:00": false, "2026-06-01": false, "2026-06-01 00:00:00Z": false, "": false,
		"2026-06-01t00:00:00z": false, "2026-06-01T24:00:00Z": false, "2026-06-01T00:00:00." + strings.Repeat("0", 40) + "Z": false,
	} {
		if _, err := parseTime(s); (err == nil) != ok {
			t.Errorf("parseTime(%q): %v", s, err)
		}
	}
}

// TestHostsCannotSpeakForOthers: a document may describe another's method; who
// asks for that method asks the other host.
func TestHostsCannotSpeakForOthers(t *testing.T) {
	evil := `{"id":"did:web:evil.example","verificationMethod":[` + method() + `],"assertionMethod":["` + schoolKey + `"]}`
	keys := Methods{"web": Web{Fetch: site{"https://evil.example/.well-known/did.json": evil}}}
	if _, _, err := Dereference(context.Background(), keys, schoolKey, AssertionMethod); codeOf(t, err) != "DID_RESOLUTION_FAILED" {
		t.Errorf("%v", err)
	}
	if _, _, err := Dereference(context.Background(), keys, "did:web:evil.example#key-1", AssertionMethod); codeOf(t, err) != "VERIFICATION_METHOD_UNRESOLVABLE" {
		t.Errorf("%v", err)
	}
}

// TestHTTPS resolves an issuer that is named by an https URL, as badges do. The
// fragment that is a key is never taken for the key.
func TestHTTPS(t *testing.T) {
	const id = "https://example.edu/issuers/565049"
	const other = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	doc := func(fragment string) string {
		return strings.NewReplacer(school, id, "#key-1", "#"+fragment).Replace(document(method()))
	}
	tests := []struct{ name, method, doc, code string }{
		{"listed", id + "#key-1", doc("key-1"), ""},
		{"a key for a name", id + "#" + goodMultikey, doc(goodMultikey), ""},
		{"a key in the fragment only", id + "#" + other, doc(goodMultikey), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"the document of another", id + "#key-1", strings.ReplaceAll(doc("key-1"), "565049", "565050"), "DID_DOCUMENT_INVALID"},
		{"a slash more", id + "/#key-1", doc("key-1"), "DID_RESOLUTION_FAILED"},
		{"a host in upper case", "https://EXAMPLE.edu/issuers/565049#key-1", doc("key-1"), "DID_RESOLUTION_FAILED"},
		{"nobody there", "https://nobody.example/#key-1", "", "DID_RESOLUTION_FAILED"},
		{"http", "http://example.edu/issuers/565049#key-1", doc("key-1"), "DID_RESOLUTION_FAILED"},
		{"loopback", "https://127.0.0.1/#key-1", "", "DID_RESOLUTION_FAILED"},
		{"a user name", "https://example.edu@evil.example/#key-1", "", "DID_RESOLUTION_FAILED"},
		{"no fragment", id, doc("key-1"), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"too long", id + strings.Repeat("x", maxURL) + "#key-1", "", "LIMIT_EXCEEDED"},
	}
	for _, tt := range tests {
		keys := Methods{"https": HTTPS{Fetch: site{id: tt.doc}}}
		_, _, err := Dereference(context.Background(), keys, tt.method, AssertionMethod)
		if tt.code == "" && err != nil || tt.code != "" && codeOf(t, err) != tt.code {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.code)
		}
	}
	if _, err := (HTTPS{Fetch: site{}}).Resolve(context.Background(), strings.Repeat("x", maxURL+1)); !errors.Is(err, ErrLimit) {
		t.Errorf("%v, want %v", err, ErrLimit)
	}
	if _, err := (HTTPS{}).Resolve(context.Background(), id); !errors.Is(err, ErrResolution) {
		t.Errorf("without a Fetcher: %v, want %v", err, ErrResolution)
	}
}

// TestOverTheNetwork resolves against a server on loopback, through the real
// client.
func TestOverTheNetwork(t *testing.T) {
	answer := func(w http.ResponseWriter, r *http.Request) {
		host := strings.ReplaceAll(r.Host, ":", "%3A")
		switch name := r.URL.Path; name {
		case "/gone/did.json", "/gone":
			w.WriteHeader(http.StatusGone)
		case "/huge/did.json":
			fmt.Fprint(w, strings.Repeat(" ", maxDocument+1))
		case "/away/did.json":
			http.Redirect(w, r, "http://localhost:1/did.json", http.StatusFound)
		case "/cid":
			fmt.Fprint(w, strings.ReplaceAll(document(method()), school, "http://"+r.Host+"/cid"))
		default:
			id := "did:web:" + host
			if dir := strings.TrimSuffix(strings.TrimPrefix(name, "/"), "/did.json"); dir != ".well-known" {
				id += ":" + dir
			}
			fmt.Fprint(w, strings.ReplaceAll(document(method()), school, id))
		}
	}
	srv := httptest.NewServer(http.HandlerFunc(answer))
	defer srv.Close()
	client := fetch.New(fetch.Options{UnsafeLoopback: true})
	defer client.Close()
	keys := Methods{"web": Web{Fetch: client, UnsafeLoopback: true}, "https": HTTPS{Fetch: client, UnsafeLoopback: true}}
	host := strings.TrimPrefix(srv.URL, "http://")
	did := "did:web:" + strings.ReplaceAll(host, ":", "%3A")
	for _, tt := range []struct{ method, code string }{
		{did + "#key-1", ""},
		{did + ":badges#key-1", ""},
		{strings.Replace(did, "127.0.0.1", "localhost", 1) + "#key-1", ""},
		{srv.URL + "/cid#key-1", ""},
		{did + ":gone#key-1", "DID_DEACTIVATED"},
		{srv.URL + "/gone#key-1", "DID_DEACTIVATED"},
		{did + ":huge#key-1", "DID_RESOLUTION_FAILED"},
		{did + ":away#key-1", "DID_RESOLUTION_FAILED"},
	} {
		_, doc, err := Dereference(context.Background(), keys, tt.method, AssertionMethod)
		if tt.code != "" && codeOf(t, err) != tt.code || tt.code == "" && (err != nil || doc.Source.Source != fetch.Network) {
			t.Errorf("%s: %v, want %s", tt.method, err, tt.code)
		}
	}
	strict := Methods{"web": Web{Fetch: client}, "https": HTTPS{Fetch: client}}
	for _, m := range []string{did + "#key-1", srv.URL + "/cid#key-1"} {
		if _, _, err := Dereference(context.Background(), strict, m, AssertionMethod); codeOf(t, err) != "DID_RESOLUTION_FAILED" {
			t.Errorf("%s without the switch: %v", m, err)
		}
	}
}

// TestFromBundles: a DID document counts only from a bundle of the operator.
func TestFromBundles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "bundle")
	res := &fetch.Resource{URL: schoolURL, Body: []byte(document(method())), Fetched: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	if err := fetch.WriteBundle(path, res.Fetched, []*fetch.Resource{res}); err != nil {
		t.Fatal(err)
	}
	for holder, want := range map[bool]error{false: nil, true: ErrResolution} {
		b, err := fetch.OpenBundle(path, holder)
		if err != nil {
			t.Fatal(err)
		}
		keys := Web{Fetch: fetch.New(fetch.Options{Offline: true, Bundles: []*fetch.Bundle{b}})}
		_, doc, err := Dereference(context.Background(), keys, schoolKey, AssertionMethod)
		if !errors.Is(err, want) {
			t.Errorf("holder's: %v: %v, want %v", holder, err, want)
		}
		if err == nil && (doc.Source.Source != fetch.Bundled || !doc.Source.Fetched.Equal(res.Fetched)) {
			t.Errorf("source %+v", doc.Source)
		}
	}
}

func TestWebDocument(t *testing.T) {
	retired := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	first := ed25519.NewKeyFromSeed(make([]byte, 32)).Public()
	second, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	v, err := WebDocument(school, []WebKey{
		{Fragment: "2025", Public: first, Expires: retired},
		{Fragment: "2026", Public: second.Public(), For: []Relationship{AssertionMethod, Authentication}},
		{Fragment: "stolen", Public: first, Revoked: retired},
	})
	if err != nil {
		t.Fatal(err)
	}
	keys := Web{Fetch: site{schoolURL: string(v.JSON())}}
	for _, tt := range []struct {
		fragment string
		rel      Relationship
		at       time.Time
		want     error
	}{
		{"2025", AssertionMethod, retired.Add(-time.Second), nil},
		{"2025", AssertionMethod, retired, ErrKeyExpired},
		{"2025", Authentication, retired, ErrNotAuthorized},
		{"2026", AssertionMethod, retired, nil},
		{"2026", Authentication, retired, nil},
		{"stolen", AssertionMethod, retired, ErrKeyRevoked},
	} {
		m, doc, err := Dereference(context.Background(), keys, school+"#"+tt.fragment, tt.rel)
		if err == nil {
			if same, jsonErr := doc.JSON(); jsonErr != nil || !same.Equal(v) {
				t.Errorf("JSON gives another document than was read")
			}
			err = m.ValidAt(tt.at)
		}
		if !errors.Is(err, tt.want) {
			t.Errorf("%s for %s: %v, want %v", tt.fragment, tt.rel, err, tt.want)
		}
	}
}

func TestWebDocumentRefuses(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, 32)).Public()
	for name, tt := range map[string]struct {
		id   string
		keys []WebKey
		want error
	}{
		"no key":          {school, nil, ErrDocument},
		"one fragment":    {school, []WebKey{{Fragment: "1", Public: key}, {Fragment: "1", Public: key}}, ErrDocument},
		"no fragment":     {school, []WebKey{{Public: key}}, ErrSyntax},
		"a space":         {school, []WebKey{{Fragment: "key 1", Public: key}}, ErrSyntax},
		"no DID":          {"school", []WebKey{{Fragment: "1", Public: key}}, ErrSyntax},
		"a small key":     {school, []WebKey{{Fragment: "1", Public: ed25519.PublicKey(make([]byte, 32))}}, ErrKeyInvalid},
		"no public key":   {school, []WebKey{{Fragment: "1"}}, ErrKeyUnsupported},
		"a signing key":   {school, []WebKey{{Fragment: "1", Public: ed25519.NewKeyFromSeed(make([]byte, 32))}}, ErrKeyUnsupported},
		"too long a name": {school, []WebKey{{Fragment: strings.Repeat("1", maxURL), Public: key}}, ErrLimit},
	} {
		if v, err := WebDocument(tt.id, tt.keys); !errors.Is(err, tt.want) || v.Exists() {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

func TestVectorsAreNamed(t *testing.T) {
	for _, dir := range []string{"did-key", "keypairs", "multibase", "spec-examples"} {
		if _, err := os.Stat(filepath.Join("testdata", dir, "SOURCE.md")); err != nil {
			t.Error(err)
		}
	}
}
