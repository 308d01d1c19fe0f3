package proof_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
)

func readVector(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// joseMethod is a verification method of the W3C's test suite, with its secret
// key.
func joseMethod(t testing.TB, file string) (method strictjson.Value, key crypto.Signer) {
	t.Helper()
	vm := testissuer.Parse(string(readVector(t, "vc-jose-cose/"+file)))
	secret := vm.Get("secretKeyJwk")
	d, err := base64.RawURLEncoding.DecodeString(secret.Get("d").Str())
	if err != nil {
		t.Fatal(err)
	}
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[secret.Get("crv").Str()]
	if curve == nil {
		key = ed25519.NewKeyFromSeed(d)
	} else if key, err = ecdsa.ParseRawPrivateKey(curve, d); err != nil {
		t.Fatal(err)
	}
	return vm.Without("secretKeyJwk"), key
}

// joseOptions accept the keys of the methods alone: their controller's document
// lists no others.
func joseOptions(methods ...strictjson.Value) proof.Options {
	const controller = "https://example.issuer/vc-jose-cose"
	doc := strictjson.Object(
		strictjson.Member{Name: "id", Value: str(controller)},
		strictjson.Member{Name: "assertionMethod", Value: strictjson.Array(methods...)},
		strictjson.Member{Name: "authentication", Value: references(methods)},
	)
	web := &testissuer.Web{Pages: map[string][]byte{controller: doc.JSON()}}
	return proof.Options{
		Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), UnsafeNoChallenge: true,
		// The suite's presentations are valid for a day.
		At: time.Date(2024, 12, 16, 12, 0, 0, 0, time.UTC),
	}
}

func references(methods []strictjson.Value) strictjson.Value {
	ids := make([]string, len(methods))
	for i, m := range methods {
		ids[i] = m.Get("id").Str()
	}
	return strictjson.Strings(ids...)
}

// joseRefusals are the reasons for which the suite's bad inputs are refused.
var joseRefusals = map[string]error{
	"credential-jose-unknown-extensions.txt":   did.ErrNotFound, // it is signed with another key than the one given
	"credential-minimal.json":                  proof.ErrMissing,
	"presentation-single.json":                 proof.ErrMissing,
	"credential-jose-bad-signature.txt":        jose.ErrSignature,
	"credential-jose-bad-media-type.txt":       jose.ErrType,
	"presentation-jose-bad-media-type.txt":     jose.ErrType,
	"credential-jose-vc-vp-claims.txt":         proof.ErrMalformed,
	"presentation-jose-bad-credential.txt":     credential.ErrStructure,
	"credential-sdjwt-bad-signature.txt":       jose.ErrSignature,
	"credential-sdjwt-bad-media-type.txt":      jose.ErrType,
	"presentation-sdjwt-bad-media-type.txt":    jose.ErrType,
	"presentation-sdjwt-bad-credential.txt":    jose.ErrType,
	"credential-unknown-extensions.json issue": jsonld.ErrUndefinedTerm,
}

// TestJOSESuite runs the W3C's test suite of VC-JOSE-COSE without COSE: what it
// issues is opened again, what it verifies is opened, and what is to fail fails for
// the reason that the input was made for.
func TestJOSESuite(t *testing.T) {
	mapping := testissuer.Parse(string(readVector(t, "vc-jose-cose/test-mapping.json")))
	passed, failed := 0, 0
	for _, group := range []string{"JOSETestMapping", "SDJWTTestMapping"} {
		for _, m := range mapping.Get(group).Members() {
			t.Run(m.Name, func(t *testing.T) {
				input, issues := m.Value.Get("input_file").Str(), m.Value.Get("fn").Str() == "issue"
				var err error
				if issues {
					err = joseIssue(t, m.Value)
					input += " issue"
				} else {
					method, _ := joseMethod(t, m.Value.Get("key_file").Str())
					_, err = proof.Open(context.Background(), readVector(t, "vc-jose-cose/"+input), joseOptions(method))
				}
				if want := m.Value.Get("expected_result").Str(); want == "success" && err != nil {
					t.Error(err)
				} else if want == "failure" && (joseRefusals[input] == nil || !errors.Is(err, joseRefusals[input])) {
					t.Errorf("%s: %v, want %v", input, err, joseRefusals[input])
				}
			})
			if m.Value.Get("expected_result").Str() == "success" {
				passed++
			} else {
				failed++
			}
		}
	}
	if passed != 13 || failed != 13 {
		t.Errorf("%d inputs to accept and %d to refuse", passed, failed)
	}
}

// joseIssue issues one input, and opens what came out.
func joseIssue(t *testing.T, test strictjson.Value) error {
	t.Helper()
	doc := testissuer.Parse(string(readVector(t, "vc-jose-cose/"+test.Get("input_file").Str())))
	method, key := joseMethod(t, test.Get("key_file").Str())
	opt := proof.SignOptions{
		Suite: proof.VCJOSE{Contexts: jsonld.Embedded()}, Key: key, Method: method.Get("id").Str(),
		Created: time.Date(2024, 12, 16, 11, 0, 0, 0, time.UTC),
	}
	var compact string
	var err error
	if paths := test.Get("disclosure_paths"); paths.Exists() {
		var pointers []string
		for _, p := range paths.Elems() {
			pointers = append(pointers, "/"+strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(p.Str()))
		}
		compact, err = proof.IssueSDJWT(doc, proof.SDJWTOptions{SignOptions: opt, Disclosable: pointers})
	} else {
		compact, err = proof.SignJWT(doc, opt)
	}
	if err != nil {
		return err
	}
	opened, err := proof.Open(context.Background(), []byte(compact), joseOptions(method))
	if err == nil && !opened.Document.Equal(doc) {
		t.Errorf("issued and opened again: %s", opened.Document.JSON())
	}
	return err
}

// TestJOSEPresentationParts opens the credentials inside the suite's presentations,
// each by itself: a token, one with disclosures, and one in an encoding that is
// not read.
func TestJOSEPresentationParts(t *testing.T) {
	var methods []strictjson.Value
	for _, file := range []string{"vm-p256.json", "vm-p384.json", "vm-p521.json", "vm-ed25519.json"} {
		method, _ := joseMethod(t, file)
		methods = append(methods, method)
	}
	opt := joseOptions(methods...)
	opened, err := proof.Open(context.Background(), readVector(t, "vc-jose-cose/presentation-jose-multiple.txt"), opt)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, part := range credential.Credentials(opened.Document) {
		p, err := proof.OpenValue(context.Background(), part, opt)
		switch {
		case errors.Is(err, credential.ErrMediaType):
			got = append(got, "not read")
		case err != nil:
			t.Error(err)
		default:
			got = append(got, p.Token.Type+" "+p.Proofs[0].Cryptosuite)
		}
	}
	if want := "vc+jwt ES256, vc+sd-jwt ES384, not read"; strings.Join(got, ", ") != want {
		t.Errorf("parts %v, want %s", got, want)
	}
}

// tokenOptions are what the tests of tokens start from.
func tokenOptions() proof.Options {
	return proof.Options{Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), At: testissuer.Now}
}

// parties sign with each algorithm, under the kind of DID that has such keys.
func parties(t testing.TB) map[string]*testissuer.Party {
	t.Helper()
	koblitz := secp256k1.PrivKeyFromBytes([]byte(strings.Repeat("k", 32)))
	keys := map[string]crypto.Signer{"EdDSA": school.Key, "ES256K": jose.Koblitz{Secret: koblitz}}
	for alg, curve := range map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()} {
		key, err := ecdsa.GenerateKey(curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys[alg] = key
	}
	out := map[string]*testissuer.Party{}
	for alg, key := range keys {
		jwk, err := did.FormatJWK(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		id := "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk.JSON())
		out[alg] = &testissuer.Party{Name: alg, Key: key, ID: id, Method: id + "#0"}
	}
	return out
}

// TestEveryAlgorithm issues a badge, presents it and opens both, with every
// algorithm and each form.
func TestEveryAlgorithm(t *testing.T) {
	opt := tokenOptions()
	opt.Keys, opt.Challenge, opt.Domain = did.Methods{"key": did.Key{}, "jwk": did.JWK{}}, "c", "employer.example"
	for alg, p := range parties(t) {
		t.Run(alg, func(t *testing.T) {
			badge := p.Badge(p)
			jwt := p.SignJWT(t, badge, proof.SignOptions{})
			opened, err := proof.Open(context.Background(), []byte("\n "+jwt+"\r\n"), opt)
			if err != nil {
				t.Fatal(err)
			}
			verified := opened.Proofs[0]
			if !opened.Document.Equal(badge) || opened.Token.Type != "vc+jwt" || opened.Controller != p.ID || verified.Cryptosuite != alg ||
				verified.Legacy || !verified.Created.Equal(testissuer.Now.AddDate(0, -6, 0)) || verified.Method != p.Method {
				t.Errorf("opened %+v", opened)
			}
			sd := p.IssueSD(t, badge, p, proof.SDJWTOptions{Disclosable: []string{"/name", "/credentialSubject/achievement"}, Decoys: 1})
			shown := p.ShowSD(t, sd, "c", "employer.example", "/name")
			opened, err = proof.Open(context.Background(), []byte(shown), opt)
			if err != nil {
				t.Fatal(err)
			}
			if want := testissuer.Set(badge, "credentialSubject/achievement", strictjson.Value{}); !opened.Document.Equal(want) ||
				!opened.Token.Bound || !opened.Selection() || len(opened.Token.Disclosed) != 1 || opened.Token.Hidden != 3 {
				t.Errorf("opened %+v with %s", opened.Token, opened.Document.JSON())
			}
			inside, err := proof.Envelop(jwt)
			if err != nil {
				t.Fatal(err)
			}
			vp := p.SignJWT(t, p.Present(inside), proof.SignOptions{Challenge: "c", Domain: "employer.example", Created: testissuer.Now, Expires: testissuer.Now.Add(time.Hour)})
			answer, err := proof.Envelop(vp)
			if err != nil {
				t.Fatal(err)
			}
			opened, err = proof.Open(context.Background(), answer.JSON(), opt)
			if err != nil || !opened.Presentation || opened.Proofs[0].Purpose != proof.Authentication {
				t.Fatalf("%+v, %v", opened, err)
			}
			part, err := proof.OpenValue(context.Background(), credential.Credentials(opened.Document)[0], opt)
			if err != nil || !part.Document.Equal(badge) {
				t.Errorf("%+v, %v", part, err)
			}
		})
	}
}

// vcClaims are the claims of a sound credential by the school, with changes.
func vcClaims(t testing.TB, changes ...strictjson.Member) string {
	t.Helper()
	doc := school.Badge(learner)
	for _, c := range changes {
		doc = testissuer.Set(doc, c.Name, c.Value)
	}
	return string(doc.JSON())
}

func with(name string, v strictjson.Value) strictjson.Member {
	return strictjson.Member{Name: name, Value: v}
}

// TestTokensAreRefused: each of these is signed by the school, and each is refused
// at the step that it breaks.
func TestTokensAreRefused(t *testing.T) {
	header := `{"typ":"vc+jwt","kid":"` + school.Method + `"}`
	vc := func(changes ...strictjson.Member) string { return school.Token(t, header, vcClaims(t, changes...)) }
	at := func(seconds int) strictjson.Value { return strictjson.Int(seconds) }
	now := int(testissuer.Now.Unix())
	format := func(r *proof.Refusal) error { return r.Format }
	signature := func(r *proof.Refusal) error { return r.Proof }
	binding := func(r *proof.Refusal) error { return r.Binding }
	validity := func(r *proof.Refusal) error { return r.Validity }
	for _, tt := range []struct {
		name, token string
		want        error
		step        func(*proof.Refusal) error
	}{
		{"a number for iss", vc(with("iss", at(1))), jose.ErrMalformed, format},
		{"a text for exp", vc(with("exp", str("tomorrow"))), jose.ErrMalformed, format},
		{"a date for nbf", vc(with("nbf", str("2020-01-01T00:00:00Z"))), jose.ErrMalformed, format},
		{"a word for iat", vc(with("iat", str("yesterday"))), jose.ErrMalformed, format},
		{"an audience that is a number", vc(with("aud", at(1))), jose.ErrMalformed, format},
		{"a claim vc", vc(with("vc", school.Badge(learner))), proof.ErrMalformed, format},
		{"a claim vp", vc(with("vp", strictjson.Bool(true))), proof.ErrMalformed, format},
		{"another subject", vc(with("sub", str(other.ID))), proof.ErrMalformed, format},
		{"another id", vc(with("jti", str("urn:uuid:1"))), proof.ErrMalformed, format},
		{"no issuer", vc(with("issuer", strictjson.Value{})), credential.ErrStructure, format},
		{"no context", vc(with("@context", strictjson.Value{})), credential.ErrStructure, format},
		{"version 1.1 without a date", vc(with("@context", strictjson.Strings(credential.BaseContextV1))), credential.ErrStructure, format},
		{"a payload that is a list", school.Token(t, header, `[]`), jose.ErrMalformed, format},
		{"two issuers", school.Token(t, header, strings.Replace(vcClaims(t), "{", `{"issuer":"`+other.ID+`",`, 1)), strictjson.ErrDuplicateName, format},

		{"the type of presentations", school.Token(t, `{"typ":"vp+jwt","kid":"`+school.Method+`"}`, vcClaims(t)), credential.ErrStructure, format},
		{"the type of disclosures", school.Token(t, `{"typ":"vc+sd-jwt","kid":"`+school.Method+`"}`, vcClaims(t)), jose.ErrMalformed, format},
		{"disclosures of the wrong type", school.Token(t, header, vcClaims(t)) + "~", jose.ErrType, format},
		{"an access token", school.Token(t, `{"typ":"at+jwt","kid":"`+school.Method+`"}`, vcClaims(t)), jose.ErrType, format},
		{"JWT around a document", school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, vcClaims(t)), jose.ErrType, format},
		{"no type around a document", school.Token(t, `{"kid":"`+school.Method+`"}`, vcClaims(t)), jose.ErrType, format},
		{"a claim vc and a claim vp", school.Token(t, `{"kid":"`+school.Method+`"}`, `{"vc":`+vcClaims(t)+`,"vp":{}}`), proof.ErrMalformed, format},
		{"a claim vc that is a text", school.Token(t, `{"kid":"`+school.Method+`"}`, `{"vc":"x"}`), proof.ErrMalformed, format},

		{"critical", school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","crit":["exp"]}`, vcClaims(t)), jose.ErrCritical, signature},
		{"unencoded", school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","b64":false}`, vcClaims(t)), jose.ErrCritical, signature},
		{"no kid", school.Token(t, `{"typ":"vc+jwt"}`, vcClaims(t)), did.ErrNotFound, signature},
		{"a kid of nobody", school.Token(t, `{"typ":"vc+jwt","kid":"key-7"}`, vcClaims(t)), did.ErrNotFound, signature},
		{"a kid that is a number", school.Token(t, `{"typ":"vc+jwt","kid":7}`, vcClaims(t)), jose.ErrMalformed, signature},
		{"a kid of another method", school.Token(t, `{"typ":"vc+jwt","kid":"did:example:1#key"}`, vcClaims(t)), did.ErrMethodUnsupported, signature},
		{"certificates", school.Token(t, `{"typ":"vc+jwt","x5c":["MIIB"]}`, vcClaims(t)), proof.ErrCertificate, signature},
		{"its own key", other.Token(t, `{"typ":"vc+jwt","jwk":`+jwkOf(t, other)+`}`, vcClaims(t)), did.ErrNotFound, signature},
		{"its own key under the school's name", other.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","jwk":`+jwkOf(t, other)+`}`, vcClaims(t)), jose.ErrSignature, signature},
		{"made later", vc(with("iat", at(now+3600))), proof.ErrNotYetValid, signature},

		{"a stranger's key", other.Token(t, `{"typ":"vc+jwt","kid":"`+other.Method+`"}`, vcClaims(t)), proof.ErrBinding, binding},
		{"iss is a stranger", vc(with("iss", str(other.ID))), proof.ErrBinding, binding},
		{"not before tomorrow", vc(with("nbf", at(now+86400))), proof.ErrCredentialEarly, validity},
		{"expired yesterday", vc(with("exp", at(now-86400))), proof.ErrCredentialExpired, validity},
		{"expired though the document is valid", vc(with("exp", at(now-1)), with("validUntil", str("2099-01-01T00:00:00Z"))), proof.ErrCredentialExpired, validity},
		{"valid though the document has expired", vc(with("exp", at(now+86400)), with("validUntil", str("2026-01-01T00:00:00Z"))), proof.ErrCredentialExpired, validity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opened, err := proof.Open(context.Background(), []byte(tt.token), tokenOptions())
			var refusal *proof.Refusal
			if !errors.As(err, &refusal) || opened != nil {
				t.Fatalf("opened %v, %v", opened, err)
			}
			if !errors.Is(tt.step(refusal), tt.want) {
				t.Errorf("%v, want %v at another step", err, tt.want)
			}
		})
	}
}

func jwkOf(t testing.TB, p *testissuer.Party) string {
	t.Helper()
	jwk, err := did.FormatJWK(p.Key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(jwk.JSON())
}

// TestTokensAreAccepted: what may be written in more than one way.
func TestTokensAreAccepted(t *testing.T) {
	fragment := strings.TrimPrefix(school.Method, school.ID)
	for name, token := range map[string]string{
		"a kid that is a fragment":           school.Token(t, `{"typ":"vc+jwt","kid":"`+fragment+`"}`, vcClaims(t)),
		"a kid without its mark":             school.Token(t, `{"typ":"vc+jwt","kid":"`+fragment[1:]+`"}`, vcClaims(t)),
		"the issuer's key in the header":     school.Token(t, `{"typ":"vc+jwt","jwk":`+jwkOf(t, school)+`}`, vcClaims(t)),
		"a stranger's key beside the kid":    school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`","jwk":`+jwkOf(t, other)+`}`, vcClaims(t)),
		"the whole media type":               school.Token(t, `{"typ":"application/vc+jwt","kid":"`+school.Method+`"}`, vcClaims(t)),
		"the same said twice":                school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, vcClaims(t, with("iss", str(school.ID)), with("sub", str(learner.ID)), with("jti", school.Badge(learner).Get("id")))),
		"iat as a date":                      school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, vcClaims(t, with("iat", str("2026-01-01T00:00:00Z")))),
		"an audience, which is the holder's": school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, vcClaims(t, with("aud", str(learner.ID)))),
	} {
		opened, err := proof.Open(context.Background(), []byte(token), tokenOptions())
		if err != nil || !opened.Document.Equal(school.Badge(learner)) {
			t.Errorf("%s: %+v, %v", name, opened, err)
		}
	}
}

// TestSuitesOfTokens: a family that the caller does not accept is unknown, not
// forged.
func TestSuitesOfTokens(t *testing.T) {
	token := school.SignJWT(t, school.Badge(learner), proof.SignOptions{})
	for name, suites := range map[string]proof.Suites{"none": nil, "documents": testissuer.Suites(), "others": {proof.SDJWT{}, proof.VCJWT{}}} {
		opt := tokenOptions()
		opt.Suites = suites
		if _, err := proof.Open(context.Background(), []byte(token), opt); !errors.Is(err, proof.ErrSuiteUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	names := ""
	for _, s := range testissuer.TokenSuites(&testissuer.Web{})[len(testissuer.Suites()):] {
		names += s.Name() + " "
		if _, err := proof.Sign(school.Badge(learner), proof.SignOptions{Suite: s, Key: school.Key, Method: school.Method}); err == nil {
			t.Errorf("%s made an embedded proof", s.Name())
		}
	}
	if names != "vc-jose vc-jwt sd-jwt " {
		t.Errorf("names %s", names)
	}
	typeless := testissuer.Set(school.Sign(t, school.Badge(learner)), "proof/type", str(""))
	if _, err := proof.OpenValue(context.Background(), typeless, tokenOptions()); !errors.Is(err, proof.ErrTypeUnsupported) {
		t.Errorf("a proof of no type: %v", err)
	}
}

// TestPresentationTokens: the answer is to this question, from this holder, now.
func TestPresentationTokens(t *testing.T) {
	inside, err := proof.Envelop(school.SignJWT(t, school.Badge(learner), proof.SignOptions{}))
	if err != nil {
		t.Fatal(err)
	}
	header := `{"typ":"vp+jwt","kid":"` + learner.Method + `"}`
	now := int(testissuer.Now.Unix())
	vp := func(changes ...strictjson.Member) string {
		doc := learner.Present(inside).With("aud", str("d")).With("nonce", str("c"))
		for _, c := range changes {
			doc = testissuer.Set(doc, c.Name, c.Value)
		}
		return learner.Token(t, header, string(doc.JSON()))
	}
	for name, tt := range map[string]struct {
		token string
		want  error
	}{
		"good":                  {vp(), nil},
		"an audience in a list": {vp(with("aud", strictjson.Strings("d"))), nil},
		"nobody named":          {vp(with("holder", strictjson.Value{})), nil},
		"named by iss alone":    {vp(with("holder", strictjson.Value{}), with("iss", str(learner.ID))), nil},
		"another nonce":         {vp(with("nonce", str("x"))), proof.ErrChallenge},
		"no nonce":              {vp(with("nonce", strictjson.Value{})), proof.ErrChallenge},
		"another audience":      {vp(with("aud", str("x"))), proof.ErrDomain},
		"two audiences":         {vp(with("aud", strictjson.Strings("d", "x"))), proof.ErrDomain},
		"no audience":           {vp(with("aud", strictjson.Value{})), proof.ErrDomain},
		"no audience in a list": {vp(with("aud", strictjson.Array())), proof.ErrDomain},
		"another holder":        {vp(with("holder", str(other.ID))), proof.ErrBinding},
		"iss is another":        {vp(with("iss", str(other.ID))), proof.ErrBinding},
		"expired":               {vp(with("exp", strictjson.Int(now-1))), proof.ErrExpired},
		"not yet":               {vp(with("nbf", strictjson.Int(now+3600))), proof.ErrNotYetValid},
		"made later":            {vp(with("iat", strictjson.Int(now+3600))), proof.ErrNotYetValid},
		"no credential":         {vp(with("verifiableCredential", strictjson.Array())), credential.ErrNoCredential},
		"a bare token":          {vp(with("verifiableCredential", strictjson.Strings("e30.e30.AA"))), credential.ErrStructure},
		"a key binding beside":  {learner.Token(t, `{"typ":"vp+sd-jwt","kid":"`+learner.Method+`"}`, string(learner.Present(inside).JSON())) + "~" + learner.Token(t, `{"typ":"kb+jwt"}`, `{}`), proof.ErrMalformed},
	} {
		opt := tokenOptions()
		opt.Challenge, opt.Domain = "c", "d"
		if _, err := proof.Open(context.Background(), []byte(tt.token), opt); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if _, err := proof.Open(context.Background(), []byte(vp()), tokenOptions()); !errors.Is(err, proof.ErrChallengeUnchecked) {
		t.Errorf("nothing to compare with: %v", err)
	}
	hollow := tokenOptions()
	hollow.At = time.Time{}
	if _, err := proof.Open(context.Background(), []byte(vp()), hollow); !errors.Is(err, proof.ErrNotYetValid) {
		t.Errorf("no time: %v", err)
	}
	hollow = tokenOptions()
	hollow.UnsafeNoChallenge, hollow.UnsafeAnyController = true, true
	if opened, err := proof.Open(context.Background(), []byte(vp(with("holder", str(other.ID)))), hollow); err != nil || opened.Controller != learner.ID {
		t.Errorf("by an unsafe switch: %v, %v", opened, err)
	}
}

func TestSignJWTRefuses(t *testing.T) {
	good := proof.SignOptions{Suite: proof.VCJOSE{Contexts: jsonld.Embedded()}, Key: school.Key, Method: school.Method}
	badge := school.Badge(learner)
	for name, tt := range map[string]struct {
		doc  strictjson.Value
		opt  func(*proof.SignOptions)
		want error
	}{
		"another suite":          {badge, func(o *proof.SignOptions) { o.Suite = proof.VCJWT{} }, nil},
		"no suite":               {badge, func(o *proof.SignOptions) { o.Suite = nil }, nil},
		"no key":                 {badge, func(o *proof.SignOptions) { o.Key = nil }, nil},
		"no method":              {badge, func(o *proof.SignOptions) { o.Method = "" }, nil},
		"no credential":          {testissuer.Parse(`{}`), nil, credential.ErrStructure},
		"version 1.1":            {testissuer.Parse(`{"@context":"https://www.w3.org/2018/credentials/v1","type":"VerifiableCredential","issuer":"did:example:1","issuanceDate":"2026-01-01T00:00:00Z","credentialSubject":{"id":"did:example:2"}}`), nil, proof.ErrMalformed},
		"a claim exp":            {badge.With("exp", strictjson.Int(1)), nil, proof.ErrMalformed},
		"a claim vc":             {badge.With("vc", badge), nil, proof.ErrMalformed},
		"a claim cnf":            {badge.With("cnf", badge), nil, proof.ErrMalformed},
		"an undefined word":      {badge.With("surprise", str("x")), nil, jsonld.ErrUndefinedTerm},
		"a word of a vocabulary": {badge.With("@context", strictjson.Strings(credential.BaseContext, "https://www.w3.org/ns/credentials/examples/v2")).With("surprise", str("x")), nil, jsonld.ErrUndefinedTerm},
	} {
		opt := good
		if tt.opt != nil {
			tt.opt(&opt)
		}
		compact, err := proof.SignJWT(tt.doc, opt)
		if err == nil || compact != "" || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %q, %v", name, compact, err)
		}
	}
	if _, err := proof.Envelop("no token"); !errors.Is(err, jose.ErrMalformed) {
		t.Errorf("an envelope around nothing: %v", err)
	}
}
