package verifier

import (
	"maps"
	"testing"

	"laurel/internal/testissuer"
	"laurel/internal/testissuer/published"
	"laurel/status"
)

// TestPublishedTokens: the tokens of the specifications, through Verify, each with
// its negative twins.
func TestPublishedTokens(t *testing.T) {
	counts := make(map[string][2]int)
	for _, c := range published.Tokens(t, "../testdata") {
		n := counts[c.Group]
		if c.Twin {
			n[1]++
		} else {
			n[0]++
		}
		counts[c.Group] = n
		t.Run(c.Group+"/"+c.Name, func(t *testing.T) {
			web := &testissuer.Web{Pages: c.Pages}
			v := &Verifier{Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web)}
			v.Status = &status.Source{Fetch: web, Keys: v.Keys, Suites: v.Suites, Now: strict().Clock}
			r := verify(t, v, c.Data, Expectation{At: c.At, Challenge: c.Challenge, Domain: c.Domain})
			code := Code("")
			if d := r.Deciding(); d != nil {
				code = d.Code
			}
			if string(r.Verdict) != c.Verdict || string(code) != c.Code {
				t.Errorf("%s %s, want %s %s: %s", r.Verdict, code, c.Verdict, c.Code, codes(r))
			}
		})
	}
	if want := (map[string][2]int{
		"sd-jwt/rfc9901-examples": {27, 190}, "sd-jwt/reference-testcases": {32, 202}, "sd-jwt-vc/examples": {3, 48}, "published": {29, 75},
		"sd-jwt-js": {17, 196}, "vc-jose-cose": {25, 128}, "token-status-list": {97, 63},
	}); !maps.Equal(counts, want) {
		t.Errorf("cases and twins: %v", counts)
	}
}
