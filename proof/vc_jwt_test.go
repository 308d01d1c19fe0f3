package proof_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// TestDataModelSuiteTokens opens the tokens that the W3C's data model test suite
// sends in envelopes: the presentation has a claim vp around a document of version
// 2.0, and in it a credential with a claim vc.
func TestDataModelSuiteTokens(t *testing.T) {
	opt := proof.Options{
		Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), At: testissuer.Now,
		Challenge: "123456789", Domain: "example.com",
	}
	vp := strings.TrimSpace(string(readVector(t, "vc-jose-cose/vcdm2-vp.jwt")))
	envelope := `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"EnvelopedVerifiablePresentation","id":"data:application/jwt,` + vp + `"}`
	opened, err := proof.Open(context.Background(), []byte(envelope), opt)
	if err != nil {
		t.Fatal(err)
	}
	if !opened.Presentation || opened.Token.Type != "jwt_vp" || !opened.Proofs[0].Legacy || opened.Controller != "did:key:z6Mkj8h3kzWZrPiucoyY9LGCTpXhCqBoX3doDmHz5MaPxnvi" {
		t.Errorf("opened %+v", opened)
	}
	part, err := proof.OpenValue(context.Background(), credential.Credentials(opened.Document)[0], opt)
	if err != nil || part.Token.Type != "jwt_vc" || part.Document.Get("credentialSubject").Get("name").Str() != "Alice" {
		t.Errorf("the credential in it: %+v, %v", part, err)
	}
	for change, want := range map[[2]string]error{
		{`"EnvelopedVerifiablePresentation"`, `"EnvelopedVerifiableCredential"`}: jose.ErrType,
		{"application/jwt", "application/vp+jwt"}:                                jose.ErrType,
		{"application/jwt", "application/vp+cose"}:                               credential.ErrMediaType,
		{`["https://www.w3.org/ns/credentials/v2"]`, `[]`}:                       credential.ErrContext,
		{"data:application/jwt,", ""}:                                            credential.ErrStructure,
		{`"EnvelopedVerifiablePresentation"`, `["VerifiablePresentation"]`}:      credential.ErrNoCredential,
	} {
		_, err := proof.Open(context.Background(), []byte(strings.Replace(envelope, change[0], change[1], 1)), opt)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", change[1], err, want)
		}
	}
	// The suite's credential names an issuer whose key nobody has.
	if _, err := proof.Open(context.Background(), readVector(t, "vc-jose-cose/vcdm2-vc.jwt"), opt); !errors.Is(err, did.ErrNotFound) {
		t.Errorf("a credential without a kid: %v", err)
	}
}

// edtech are the tokens of 1EdTech's validator. Their issuers are https URLs, their
// keys stand in the header: they count because the issuer's document lists them.
var edtech = []struct{ file, issuer, version string }{
	{"badges/baked/simple-jwt.png.extracted", "https://1edtech.edu/issuers/565049", "2.0"},
	{"badges/baked/simple-jwt.svg.extracted", "https://1edtech.edu/issuers/565049", "2.0"},
	{"badges/baked/simple-jwt_v1.png.extracted", "https://example.edu/issuers/565049", "1.1"},
	{"badges/baked/simple-jwt_v1.svg.extracted", "https://example.edu/issuers/565049", "1.1"},
	{"badges/1edtech-validator/clr20/simple.jwt", "https://example.edu/issuers/565049", "1.1"},
}

// listing is the document of an issuer with that one JSON Web Key.
func listing(issuer string, jwk strictjson.Value) []byte {
	return []byte(`{"id":"` + issuer + `","assertionMethod":[{"id":"#key","type":"JsonWebKey","controller":"` + issuer + `","publicKeyJwk":` + string(jwk.JSON()) + `}]}`)
}

func Test1EdTechTokens(t *testing.T) {
	stranger := testissuer.Parse(`{"kty":"RSA","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}`)
	for _, tt := range edtech {
		t.Run(tt.file, func(t *testing.T) {
			raw := readVector(t, tt.file)
			m, err := jose.Parse([]byte(strings.TrimSpace(string(raw))))
			if err != nil {
				t.Fatal(err)
			}
			web := &testissuer.Web{Pages: map[string][]byte{tt.issuer: listing(tt.issuer, m.Header.Get("jwk"))}}
			opt := proof.Options{Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), At: testissuer.Now}
			opened, err := proof.Open(context.Background(), raw, opt)
			if err != nil {
				t.Fatal(err)
			}
			p := opened.Proofs[0]
			if opened.Controller != tt.issuer || p.Cryptosuite != "RS256" || !p.Legacy || p.Source == nil || string(credential.VersionOf(opened.Document)) != tt.version {
				t.Errorf("opened %+v", opened)
			}
			if id, _ := credential.Issuer(opened.Document); id != tt.issuer || credential.Subjects(opened.Document)[0].ID == "" || opened.Document.Get("iss").Exists() {
				t.Errorf("the document is %s", opened.Document.JSON())
			}
			// The same token, and an issuer who lists another key, or none at all.
			web.Pages[tt.issuer] = listing(tt.issuer, stranger)
			if _, err := proof.Open(context.Background(), raw, opt); !errors.Is(err, did.ErrNotFound) {
				t.Errorf("a key that the issuer does not list: %v", err)
			}
			delete(web.Pages, tt.issuer)
			if _, err := proof.Open(context.Background(), raw, opt); !errors.Is(err, did.ErrResolution) {
				t.Errorf("an issuer who cannot be reached: %v", err)
			}
		})
	}
	// One has neither kid nor jwk, one is of a DID method that nobody resolves.
	for file, want := range map[string]error{"simple.jwt": did.ErrNotFound, "velocity.jwt": did.ErrMethodUnsupported} {
		opt := proof.Options{Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), At: testissuer.Now}
		if _, err := proof.Open(context.Background(), readVector(t, "badges/1edtech-validator/ob30/"+file), opt); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", file, err, want)
		}
	}
}

// TestVersion11Tokens: the claims fill in what the document leaves out, and
// contradict nothing that it says.
func TestVersion11Tokens(t *testing.T) {
	header := `{"typ":"JWT","kid":"` + school.Method + `"}`
	const vc = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"credentialSubject":{"degree":"BSc"}}`
	claims := func(vc, more string) string { return `{"vc":` + vc + more + `}` }
	all := `,"iss":"` + school.ID + `","sub":"` + learner.ID + `","jti":"urn:uuid:7","nbf":1767225600,"exp":1893456000`
	opened, err := proof.Open(context.Background(), []byte(school.Token(t, header, claims(vc, all))), tokenOptions())
	if err != nil {
		t.Fatal(err)
	}
	want := testissuer.Parse(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"credentialSubject":{"degree":"BSc","id":"` + learner.ID + `"},
		"id":"urn:uuid:7","issuer":"` + school.ID + `","issuanceDate":"2026-01-01T00:00:00Z","expirationDate":"2030-01-01T00:00:00Z"}`)
	if !opened.Document.Equal(want) {
		t.Errorf("completed %s", opened.Document.JSON())
	}
	named := strings.Replace(vc, `"credentialSubject"`, `"issuer":{"name":"School"},"credentialSubject"`, 1)
	if opened, err := proof.Open(context.Background(), []byte(school.Token(t, header, claims(named, all))), tokenOptions()); err != nil || opened.Document.Get("issuer").Get("id").Str() != school.ID {
		t.Errorf("an issuer with a name alone: %v, %v", opened, err)
	}
	for name, tt := range map[string]struct {
		claims string
		want   error
	}{
		"no issuer anywhere":     {claims(vc, `,"nbf":1767225600`), credential.ErrStructure},
		"no date anywhere":       {claims(vc, `,"iss":"`+school.ID+`"`), credential.ErrStructure},
		"another issuer inside":  {claims(strings.Replace(vc, `"credentialSubject"`, `"issuer":"`+other.ID+`","credentialSubject"`, 1), all), proof.ErrBinding},
		"another subject inside": {claims(strings.Replace(vc, `"degree"`, `"id":"`+other.ID+`","degree"`, 1), all), proof.ErrMalformed},
		"another id inside":      {claims(strings.Replace(vc, `"credentialSubject"`, `"id":"urn:uuid:8","credentialSubject"`, 1), all), proof.ErrMalformed},
		"expired inside":         {claims(strings.Replace(vc, `"credentialSubject"`, `"expirationDate":"2026-02-01T00:00:00Z","credentialSubject"`, 1), all), proof.ErrCredentialExpired},
		"a presentation":         {claims(strings.Replace(vc, `"VerifiableCredential"`, `"VerifiablePresentation"`, 1), all), credential.ErrStructure},
	} {
		if _, err := proof.Open(context.Background(), []byte(school.Token(t, header, tt.claims)), tokenOptions()); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	inner := school.Token(t, header, claims(vc, all))
	vp := `{"iss":"` + learner.ID + `","aud":"d","nonce":"c","jti":"urn:uuid:9","vp":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiablePresentation"],"verifiableCredential":["` + inner + `"]}}`
	opt := tokenOptions()
	opt.Challenge, opt.Domain = "c", "d"
	shown, err := proof.Open(context.Background(), []byte(learner.Token(t, `{"typ":"JWT","kid":"`+learner.Method+`"}`, vp)), opt)
	if err != nil || shown.Document.Get("holder").Str() != learner.ID || shown.Document.Get("id").Str() != "urn:uuid:9" {
		t.Fatalf("%+v, %v", shown, err)
	}
	if part, err := proof.OpenValue(context.Background(), credential.Credentials(shown.Document)[0], opt); err != nil || part.Controller != school.ID {
		t.Errorf("%+v, %v", part, err)
	}
}
