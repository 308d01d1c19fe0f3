package did

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// pages answers for the network.
type pages map[string]string

func (p pages) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	body, ok := p[r.URL]
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: %s", fetch.ErrUnreachable, r.URL)
	case body == "gone":
		return nil, &fetch.StatusError{URL: r.URL, Code: 410}
	}
	return &fetch.Resource{URL: r.URL, Body: []byte(body), Source: fetch.Network}, nil
}

const (
	jwtIssuer = "https://school.example/badges"
	jwtWhere  = "https://school.example/.well-known/jwt-vc-issuer/badges"
)

func metadata(keys string) string {
	return `{"issuer":"` + jwtIssuer + `","jwks":{"keys":[` + keys + `]}}`
}

// withMember adds a member to a JSON object.
func withMember(object, member string) string {
	return strings.Replace(object, "{", "{"+member+",", 1)
}

// TestJWTIssuerSpecExample resolves the example that the specification prints.
func TestJWTIssuerSpecExample(t *testing.T) {
	_, body, ok := strings.Cut(specExample(t, "sd-jwt-vc/007-jwt-vc-issuer-metadata-response.txt"), "\n\n")
	if !ok {
		t.Fatal("the example has no body")
	}
	web := pages{"https://example.com/.well-known/jwt-vc-issuer": body}
	for _, kid := range []string{"doc-signer-05-25-2022", "doc-signer-06-05-2025"} {
		m, doc, err := Find(context.Background(), JWTIssuer{Fetch: web}, "https://example.com", AssertionMethod, Named(kid))
		if err != nil {
			t.Fatal(err)
		}
		if m.KeyID != kid || m.ID != "https://example.com#"+kid || doc.Source == nil || m.Key == nil {
			t.Errorf("%s: %+v", kid, m)
		}
	}
}

func TestJWTIssuerAddresses(t *testing.T) {
	for id, want := range map[string]string{
		"https://example.com":             "https://example.com/.well-known/jwt-vc-issuer",
		"https://example.com/":            "https://example.com/.well-known/jwt-vc-issuer",
		"https://example.com/tenant/1234": "https://example.com/.well-known/jwt-vc-issuer/tenant/1234",
		"https://example.com:8443/a/":     "https://example.com:8443/.well-known/jwt-vc-issuer/a",
		"https://example.com/a%2Fb":       "https://example.com/.well-known/jwt-vc-issuer/a%2Fb",
	} {
		if got, err := (JWTIssuer{}).metadataURL(id); err != nil || got != want {
			t.Errorf("%s: %s, %v", id, got, err)
		}
	}
	for id, want := range map[string]error{
		"http://example.com":                    ErrResolution,
		"https://example.com?x=1":               ErrResolution,
		"https://example.com/#key":              ErrResolution,
		"https://example.com#":                  ErrResolution,
		"https://127.0.0.1/":                    ErrResolution,
		"https://user@example.com":              ErrResolution,
		"did:web:example.com":                   ErrResolution,
		"":                                      ErrResolution,
		"https://" + strings.Repeat("a", 1<<12): ErrLimit,
	} {
		if got, err := (JWTIssuer{Fetch: pages{}}).Resolve(context.Background(), id); !errors.Is(err, want) || got != nil {
			t.Errorf("%s: %v, %v, want %v", strictjson.Clip(id), got, err, want)
		}
	}
}

// TestJWTIssuerDocuments finds the key "2026" in hostile and unusual metadata.
func TestJWTIssuerDocuments(t *testing.T) {
	key := withMember(jwkP256, `"kid":"2026"`)
	good := metadata(key)
	elsewhere := `{"issuer":"` + jwtIssuer + `","jwks_uri":"https://school.example/set"}`
	tests := []struct{ name, metadata, set, code string }{
		{"good", good, "", ""},
		{"beside another", metadata(key + "," + withMember(jwkEd25519, `"kid":"2025"`)), "", ""},
		{"beside one without a name", metadata(jwkEd25519 + "," + key), "", ""},
		{"beside one of an unknown type", metadata(key + `,{"kty":"OKP","crv":"Ed448","kid":"x","x":"AA"}`), "", ""},
		{"elsewhere", elsewhere, `{"keys":[` + key + `]}`, ""},
		{"P-521", metadata(withMember(jwkP521, `"kid":"2026"`)), "", ""},
		{"RSA", metadata(withMember(jwkRSA, `"kid":"2026"`)), "", ""},

		{"of another issuer", strings.Replace(good, "/badges", "/other", 1), "", "DID_DOCUMENT_INVALID"},
		{"issuer with a slash more", strings.Replace(good, "/badges", "/badges/", 1), "", "DID_DOCUMENT_INVALID"},
		{"no issuer", `{"jwks":{"keys":[` + key + `]}}`, "", "DID_DOCUMENT_INVALID"},
		{"two issuers", withMember(good, `"issuer":"`+jwtIssuer+`"`), "", "DID_DOCUMENT_INVALID"},
		{"no keys", `{"issuer":"` + jwtIssuer + `"}`, "", "DID_DOCUMENT_INVALID"},
		{"keys here and elsewhere", withMember(good, `"jwks_uri":"https://school.example/set"`), `{"keys":[]}`, "DID_DOCUMENT_INVALID"},
		{"keys that are an object", `{"issuer":"` + jwtIssuer + `","jwks":{"keys":{}}}`, "", "DID_DOCUMENT_INVALID"},
		{"a key that is a text", metadata(`"2026"`), "", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"two keys of one name", metadata(key + "," + key), "", "DID_DOCUMENT_INVALID"},
		{"a name that is a number", metadata(withMember(jwkP256, `"kid":2026`)), "", "DID_DOCUMENT_INVALID"},
		{"an empty set", metadata(""), "", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"another name", metadata(withMember(jwkP256, `"kid":"2025"`)), "", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"a private key", metadata(withMember(key, `"d":"AA"`)), "", "KEY_INVALID"},
		{"a key to encrypt with", metadata(withMember(key, `"use":"enc"`)), "", "KEY_INVALID"},
		{"no JSON", "<html>", "", "DID_DOCUMENT_INVALID"},
		{"gone", "gone", "", "DID_DEACTIVATED"},
		{"elsewhere over http", strings.Replace(elsewhere, "https://school.example/set", "http://school.example/set", 1), "", "DID_RESOLUTION_FAILED"},
		{"elsewhere at home", strings.Replace(elsewhere, "school.example/set", "127.0.0.1/set", 1), "", "DID_RESOLUTION_FAILED"},
		{"elsewhere, at another's", strings.Replace(elsewhere, "school.example/set", "keys.example/set", 1), `{"keys":[` + key + `]}`, "DID_RESOLUTION_FAILED"},
		{"elsewhere, a host below", strings.Replace(elsewhere, "school.example/set", "keys.school.example/set", 1), `{"keys":[` + key + `]}`, "DID_RESOLUTION_FAILED"},
		{"elsewhere, at another port", strings.Replace(elsewhere, "school.example/set", "school.example:8443/set", 1), `{"keys":[` + key + `]}`, "DID_RESOLUTION_FAILED"},
		{"elsewhere, with a user", strings.Replace(elsewhere, `uri":"https://school`, `uri":"https://evil@school`, 1), `{"keys":[` + key + `]}`, "DID_RESOLUTION_FAILED"},
		{"elsewhere, unreachable", elsewhere, "", "DID_RESOLUTION_FAILED"},
		{"elsewhere, no set", elsewhere, "[]", "DID_DOCUMENT_INVALID"},
		{"elsewhere, gone", elsewhere, "gone", "DID_DEACTIVATED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			web := pages{jwtWhere: tt.metadata}
			if tt.set != "" {
				for _, where := range []string{"school.example", "keys.example", "keys.school.example", "school.example:8443", "evil@school.example"} {
					web["https://"+where+"/set"] = tt.set
				}
			}
			m, doc, err := Find(context.Background(), JWTIssuer{Fetch: web}, jwtIssuer, AssertionMethod, Named("2026"))
			if tt.code == "" {
				if err != nil || m.Key == nil || m.ID != jwtIssuer+"#2026" {
					t.Errorf("%+v, %v", m, err)
				}
				return
			}
			if code := codeOf(t, err); code != tt.code || m != nil || doc != nil {
				t.Errorf("%v gives %s, want %s", err, code, tt.code)
			}
		})
	}
	if doc, err := (JWTIssuer{}).Resolve(context.Background(), jwtIssuer); !errors.Is(err, ErrResolution) || doc != nil {
		t.Errorf("without a fetcher: %v, %v", doc, err)
	}
	if _, _, err := Find(context.Background(), JWTIssuer{Fetch: pages{jwtWhere: good}}, jwtIssuer, Authentication, Named("2026")); !errors.Is(err, ErrNotFound) {
		t.Errorf("an issuer's key for logging in: %v", err)
	}
}

func TestFind(t *testing.T) {
	twice := method() + "," + method("#key-1", "#key-2")
	doc := document(twice, `["`+schoolKey+`"]`, `["#key-1","#key-2"]`)
	web := Web{Fetch: pages{schoolURL: doc}}
	held, err := ParseMultikey(goodMultikey)
	if err != nil {
		t.Fatal(err)
	}
	other, err := ParseJWK(parsed(t, jwkSecp256k1))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		fits func(*Method) bool
		want string
	}{
		{"by fragment", Named("key-1"), schoolKey},
		{"by fragment with its mark", Named("#key-2"), school + "#key-2"},
		{"by nothing", Named(""), ""},
		{"by another name", Named("key-3"), ""},
		{"by a key that two methods hold", Holding(held), ""},
		{"by a key that none holds", Holding(other), ""},
		{"by what is no key", Holding("key"), ""},
	} {
		m, _, err := Find(context.Background(), web, school, AssertionMethod, tt.fits)
		if tt.want == "" && !errors.Is(err, ErrNotFound) || tt.want != "" && (err != nil || m.ID != tt.want) {
			t.Errorf("%s: %+v, %v", tt.name, m, err)
		}
	}
	for _, jwk := range []string{jwkEd25519, jwkP256, jwkP384, jwkP521, jwkSecp256k1, jwkRSA} {
		key, err := ParseJWK(parsed(t, jwk))
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseJWK(parsed(t, jwk))
		if err != nil || !Holding(key)(&Method{Key: again}) || Holding(key)(&Method{}) {
			t.Errorf("%s is not the same as itself", jwk)
		}
	}
	gone := Web{Fetch: pages{schoolURL: withMember(doc, `"deactivated":true`)}}
	if _, _, err := Find(context.Background(), gone, school, AssertionMethod, Named("key-1")); !errors.Is(err, ErrDeactivated) {
		t.Errorf("deactivated: %v", err)
	}
}

func parsed(t *testing.T, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func FuzzJWTIssuer(f *testing.F) {
	f.Add(metadata(withMember(jwkP256, `"kid":"2026"`)+","+jwkRSA), "")
	f.Add(`{"issuer":"`+jwtIssuer+`","jwks_uri":"https://school.example/set"}`, `{"keys":[`+jwkEd25519+`]}`)
	f.Fuzz(func(t *testing.T, metadata, set string) {
		web := pages{jwtWhere: metadata, "https://school.example/set": set}
		doc, err := JWTIssuer{Fetch: web}.Resolve(context.Background(), jwtIssuer)
		if err != nil {
			if doc != nil {
				t.Fatal("a document beside an error")
			}
			return
		}
		for _, m := range doc.Methods {
			if doc.ID != jwtIssuer || m.Controller != jwtIssuer || (m.Key == nil) == (m.Err == nil) {
				t.Fatalf("%+v", m)
			}
		}
	})
}
