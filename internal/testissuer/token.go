package testissuer

import (
	"testing"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// TokenSuites are the suite that test parties sign documents with, and all that
// read tokens; the issuers of dc+sd-jwt publish their metadata on the web.
func TokenSuites(w *Web) proof.Suites {
	return append(Suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{Issuers: did.JWTIssuer{Fetch: w}})
}

// SignJWT secures a document as vc+jwt or vp+jwt.
func (p *Party) SignJWT(t testing.TB, doc strictjson.Value, opt proof.SignOptions) string {
	t.Helper()
	opt.Suite, opt.Key, opt.Method = proof.VCJOSE{Contexts: jsonld.Embedded()}, p.Key, p.Method
	if opt.Created.IsZero() {
		opt.Created = Now.AddDate(0, -6, 0)
	}
	compact, err := proof.SignJWT(doc, opt)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return compact
}

// IssueSD makes a token with disclosures for the holder, who may be nil.
func (p *Party) IssueSD(t testing.TB, doc strictjson.Value, holder *Party, opt proof.SDJWTOptions) string {
	t.Helper()
	opt.Key, opt.Method = p.Key, p.Method
	if opt.Created.IsZero() {
		opt.Created = Now.AddDate(0, -6, 0)
	}
	if holder != nil {
		opt.Holder = holder.Key.Public()
	}
	compact, err := proof.IssueSDJWT(doc, opt)
	if err != nil {
		t.Fatalf("issue: %v", err)
	}
	return compact
}

// ShowSD chooses from a token with disclosures, and binds it to a challenge and a
// domain; an empty challenge makes no key binding.
func (p *Party) ShowSD(t testing.TB, compact, challenge, domain string, pointers ...string) string {
	t.Helper()
	opt := proof.PresentOptions{Pointers: pointers, Challenge: challenge, Domain: domain, At: Now}
	if challenge != "" {
		opt.Key = p.Key
	}
	shown, err := proof.PresentSDJWT(compact, opt)
	if err != nil {
		t.Fatalf("present: %v", err)
	}
	return shown
}

// Token signs any header and claims with the party's key, whatever they say: for
// tokens that nobody honest makes. The header has no alg.
func (p *Party) Token(t testing.TB, header, claims string) string {
	t.Helper()
	compact, err := jose.Sign(Parse(header), []byte(claims), p.Key)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return compact
}

// JWK is the party's public key as a JSON Web Key.
func (p *Party) JWK(t testing.TB) string {
	t.Helper()
	jwk, err := did.FormatJWK(p.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(jwk.JSON())
}
