package proof_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// TestCertificates: a key in x5c counts under a root that was set up, for the issuer
// that the certificate names, at the judged time, and for no other token.
func TestCertificates(t *testing.T) {
	authority, elsewhere := testissuer.NewAuthority(t, "Register"), testissuer.NewAuthority(t, "Elsewhere")
	uri := func() *x509.Certificate { return testissuer.Draft(webIssuer, "") }
	edited := func(edit func(*x509.Certificate)) string {
		draft := uri()
		edit(draft)
		return authority.Certify(t, draft, school.Key.Public())
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := authority.Certify(t, uri(), school.Key.Public())
	leaf, below, _ := strings.Cut(strings.Trim(good, "[]"), ",")
	for _, tt := range []struct {
		name, x5c string
		want      error
	}{
		{"a URI", good, nil},
		{"a host", authority.Certify(t, testissuer.Draft("", "school.example"), school.Key.Public()), nil},
		{"a host in capitals", authority.Certify(t, testissuer.Draft("", "SCHOOL.example"), school.Key.Public()), nil},
		{"with the root", strings.TrimSuffix(good, "]") + `,` + below + `]`, nil},

		{"another root", elsewhere.Certify(t, uri(), school.Key.Public()), did.ErrUntrusted},
		{"signed by itself", strings.Replace(good, leaf, selfSigned(t), 1), did.ErrUntrusted},
		{"the middle is missing", "[" + leaf + "]", did.ErrUntrusted},
		{"another's host", authority.Certify(t, testissuer.Draft("", "evil.example"), school.Key.Public()), proof.ErrBinding},
		{"another's URI on the host", authority.Certify(t, testissuer.Draft("https://school.example/other", ""), school.Key.Public()), proof.ErrBinding},
		{"a host below", authority.Certify(t, testissuer.Draft("", "pid.school.example"), school.Key.Public()), proof.ErrBinding},
		{"a wildcard", authority.Certify(t, testissuer.Draft("", "*.example"), school.Key.Public()), proof.ErrBinding},
		{"no name but the common one", authority.Certify(t, testissuer.Draft("", ""), school.Key.Public()), proof.ErrBinding},
		{"ended", edited(func(c *x509.Certificate) { c.NotAfter = testissuer.Now.Add(-time.Hour) }), did.ErrKeyExpired},
		{"not begun", edited(func(c *x509.Certificate) { c.NotBefore = testissuer.Now.Add(time.Hour) }), did.ErrKeyExpired},
		{"for encryption", edited(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment }), did.ErrNotAuthorized},
		{"an authority", edited(func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }), did.ErrNotAuthorized},
		{"the middle first", "[" + below + "," + leaf + "]", did.ErrNotAuthorized},
		{"another's key", authority.Certify(t, uri(), learner.Key.Public()), nil}, // and then the signature does not fit
		{"a key of RSA", authority.Certify(t, uri(), rsaKey.Public()), did.ErrKeyUnsupported},
		{"no certificate", `["AAAA"]`, did.ErrKeyInvalid},
		{"base64url", `["-_-_"]`, did.ErrKeyInvalid},
		{"a line end", strings.Replace(good, `["`, `["\n`, 1), did.ErrKeyInvalid},
		{"a text", leaf, did.ErrKeyInvalid},
		{"none", "[]", did.ErrKeyInvalid},
		{"a number", "[7]", did.ErrKeyInvalid},
		{"nine", "[" + strings.Repeat(leaf+",", 8) + leaf + "]", did.ErrLimit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := school.Token(t, `{"typ":"dc+sd-jwt","x5c":`+tt.x5c+`}`, string(pid().JSON())) + "~"
			opt := sdOptions(t)
			opt.Challenge, opt.Domain = "", ""
			opt.Suites = proof.Suites{proof.SDJWT{Roots: authority.Roots()}}
			opened, err := proof.Open(context.Background(), []byte(token), opt)
			if tt.name == "another's key" {
				if err == nil || opened != nil {
					t.Fatalf("opened with a key that did not sign: %v", err)
				}
				return
			}
			if !errors.Is(err, tt.want) || (tt.want == nil) != (opened != nil) {
				t.Fatalf("%v, want %v", err, tt.want)
			}
			if tt.want == nil && (opened.Controller != webIssuer || !strings.HasPrefix(opened.Proofs[0].Method, webIssuer+"#x5t-S256-")) {
				t.Errorf("%s, %s", opened.Controller, opened.Proofs[0].Method)
			}
			opt.Suites = proof.Suites{proof.SDJWT{}}
			if _, err := proof.Open(context.Background(), []byte(token), opt); !errors.Is(err, proof.ErrCertificate) {
				t.Errorf("without roots: %v", err)
			}
		})
	}
}

// TestCertificatesAreForClaims: the roots that vouch for issuers of claims vouch for
// nothing else.
func TestCertificatesAreForClaims(t *testing.T) {
	authority := testissuer.NewAuthority(t, "Register")
	x5c := authority.Certify(t, testissuer.Draft(school.ID, ""), school.Key.Public())
	for _, typ := range []string{"vc+jwt", "vc+sd-jwt", "JWT"} {
		payload, tail := string(school.Badge(learner).JSON()), ""
		if typ == "JWT" {
			payload = `{"vc":` + payload + `}`
		}
		if typ == "vc+sd-jwt" {
			tail = "~"
		}
		token := school.Token(t, `{"typ":"`+typ+`","x5c":`+x5c+`}`, payload) + tail
		opt := sdOptions(t)
		opt.Challenge, opt.Domain = "", ""
		opt.Suites = proof.Suites{proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{Roots: authority.Roots()}}
		if _, err := proof.Open(context.Background(), []byte(token), opt); !errors.Is(err, proof.ErrCertificate) {
			t.Errorf("%s: %v", typ, err)
		}
	}
	// A full kid says whose key it is, whatever certificates stand beside it.
	token := school.Token(t, `{"typ":"dc+sd-jwt","kid":"`+other.Method+`","x5c":`+x5c+`}`, string(pid().With("iss", str(school.ID)).JSON())) + "~"
	opt := sdOptions(t)
	opt.Suites = proof.Suites{proof.SDJWT{Roots: authority.Roots()}}
	if _, err := proof.Open(context.Background(), []byte(token), opt); err == nil {
		t.Error("a stranger's kid beside certificates")
	}
}

// selfSigned is a certificate for the issuer that nobody but its key vouches for.
func selfSigned(t *testing.T) string {
	t.Helper()
	draft := testissuer.Draft(webIssuer, "")
	der, err := x509.CreateCertificate(rand.Reader, draft, draft, school.Key.Public(), school.Key)
	if err != nil {
		t.Fatal(err)
	}
	return `"` + base64.StdEncoding.EncodeToString(der) + `"`
}
