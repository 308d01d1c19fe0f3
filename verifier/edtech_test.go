package verifier

import (
	"os"
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// TestOpenBadgesTokens: the tokens of 1EdTech's own profile, signed with RS256 and with
// the key in their header, which counts because the issuer's document lists it.
func TestOpenBadgesTokens(t *testing.T) {
	for _, tt := range []struct{ file, issuer string }{
		{"badges/baked/simple-jwt.png", "https://1edtech.edu/issuers/565049"},
		{"badges/baked/simple-jwt.svg", "https://1edtech.edu/issuers/565049"},
		{"badges/baked/simple-jwt_v1.png", "https://example.edu/issuers/565049"},
		{"badges/baked/simple-jwt_v1.svg", "https://example.edu/issuers/565049"},
		{"badges/1edtech-validator/clr20/simple.jwt", "https://example.edu/issuers/565049"},
	} {
		data, err := os.ReadFile("../testdata/" + tt.file)
		if err != nil {
			t.Fatal(err)
		}
		compact := data
		if !strings.HasSuffix(tt.file, ".jwt") {
			if compact, err = os.ReadFile("../testdata/" + tt.file + ".extracted"); err != nil {
				t.Fatal(err)
			}
		}
		text := strings.TrimSpace(string(compact))
		m, err := jose.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		with := func(jwk strictjson.Value) *Verifier {
			web := &testissuer.Web{Pages: map[string][]byte{}}
			if jwk.Exists() {
				web.Pages[tt.issuer] = []byte(`{"id":"` + tt.issuer + `","assertionMethod":[{"id":"#key","type":"JsonWebKey","controller":"` + tt.issuer + `","publicKeyJwk":` + string(jwk.JSON()) + `}]}`)
			}
			return &Verifier{Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), Clock: strict().Clock}
		}
		jwk := m.Header.Get("jwk")
		r := verify(t, with(jwk), data, Expectation{})
		if c := r.Check(RowProof); c.Outcome != Passed || c.Code != ProofLegacy || r.Check(RowIssuer).Outcome != Passed || r.Issuer.ID != tt.issuer {
			t.Errorf("%s: %s", tt.file, codes(r))
		}
		parts := strings.Split(text, ".")
		other := testissuer.Parse(`{"kty":"RSA","n":"n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqVwGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuCLqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5gHdrNP5zw","e":"AQAB"}`)
		reheaded := func(name string, to strictjson.Value) []byte {
			return []byte(jose.Encode(m.Header.With(name, to).JSON()) + "." + parts[1] + "." + parts[2])
		}
		for name, c := range map[string]struct {
			v    *Verifier
			data []byte
			want Code
		}{
			"an issuer who lists another key":   {with(other), []byte(text), VerificationMethodUnresolvable},
			"an issuer who cannot be reached":   {with(absent), []byte(text), DIDResolutionFailed},
			"another signature":                 {with(jwk), []byte(parts[0] + "." + parts[1] + "." + "AAAA" + parts[2][4:]), SignatureInvalid},
			"another payload":                   {with(jwk), []byte(parts[0] + "." + jose.Encode([]byte(strings.Replace(string(m.Payload), `"name"`, `"alias"`, 1))) + "." + parts[2]), SignatureInvalid},
			"another key in the header":         {with(jwk), reheaded("jwk", other), VerificationMethodUnresolvable},
			"the header changed":                {with(jwk), reheaded("x", str("y")), SignatureInvalid},
			"none":                              {with(jwk), reheaded("alg", str("none")), AlgorithmNotAllowed},
			"PS256":                             {with(jwk), reheaded("alg", str("PS256")), AlgorithmNotAllowed},
			"the public key as a secret":        {with(jwk), reheaded("alg", str("HS256")), AlgorithmNotAllowed},
			"an address where the key would be": {with(jwk), []byte(jose.Encode(m.Header.Without("jwk").With("jku", str("https://evil.example/jwks")).JSON()) + "." + parts[1] + "." + parts[2]), VerificationMethodUnresolvable},
		} {
			if r := verify(t, c.v, c.data, Expectation{}); r.Verdict == Accepted || !hasCode(r, c.want) {
				t.Errorf("%s, %s: %s", tt.file, name, codes(r))
			}
		}
	}
}
