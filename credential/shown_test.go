package credential

import (
	"slices"
	"testing"

	"laurel/internal/strictjson"
)

// TestAlwaysShown: what decides cannot be hidden, and only what is there is named.
func TestAlwaysShown(t *testing.T) {
	for text, want := range map[string][]string{
		`{}`:                     nil,
		`{"name": "a"}`:          nil,
		`{"issuer": "did:a:b"}`:  {"/issuer"},
		`{"validUntil": "2030"}`: {"/validUntil"},
		`{"issuanceDate": "2020", "expirationDate": "2030"}`:                         {"/issuanceDate", "/expirationDate"},
		`{"credentialStatus": [], "credentialSchema": {}, "validFrom": "2020"}`:      {"/validFrom", "/credentialStatus", "/credentialSchema"},
		`{"credentialSubject": {"id": "did:a:b", "type": "Person"}}`:                 {"/credentialSubject/id"},
		`{"credentialSubject": [{"id": "did:a:b"}, {"type": "Person"}, {"a": "b"}]}`: {"/credentialSubject/0/id", "/credentialSubject/1/type"},
	} {
		doc, err := strictjson.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := AlwaysShown(doc); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
