// Package published has the tokens that specifications and others published, as
// somebody would send them to a verifier: each with the pages of the web that its
// keys are on, the time and the question, and what the verdict must be. Beside each
// that is to be accepted stand its negative twins: the same token with one thing
// wrong.
//
//	for _, c := range published.Tokens(t, "../testdata") {
//		report := verify(c.Data, c.Pages, c.At, c.Challenge, c.Domain)
//		if report.Verdict != c.Verdict { … }
//	}
//
// It is for tests only: every entry point goes through the same cases.
package published

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// Case is one token, and what a verifier has to say of it.
type Case struct {
	Group string // the collection: "sd-jwt"
	Name  string
	Twin  bool // made from a published one, with one thing wrong

	Data              []byte
	Pages             map[string][]byte // the web
	At                time.Time
	Challenge, Domain string // what was asked; "" asked nothing

	Verdict string // "accepted", "rejected" or "undetermined"
	Code    string // of the deciding row; "" of what is accepted
}

// The verdicts.
const (
	accepted     = "accepted"
	rejected     = "rejected"
	undetermined = "undetermined"
)

// Tokens are all cases, from the folder with the vectors.
func Tokens(t testing.TB, root string) []Case {
	t.Helper()
	s := shelf{t, root}
	var all []Case
	for _, group := range [][]Case{s.sdjwt(), s.strings(), s.frames(), s.suite(), s.lists()} {
		all = append(all, group...)
	}
	return all
}

// shelf is where the vectors are.
type shelf struct {
	testing.TB
	root string
}

func (s shelf) read(name string) []byte {
	s.Helper()
	data, err := os.ReadFile(filepath.Join(s.root, name))
	if err != nil {
		s.Fatal(err)
	}
	return data
}

func (s shelf) json(name string) strictjson.Value {
	s.Helper()
	return testissuer.Parse(string(s.read(name)))
}

// key reads a secret JSON Web Key.
func (s shelf) key(jwk strictjson.Value) crypto.Signer {
	s.Helper()
	d, err := jose.Decode([]byte(jwk.Get("d").Str()))
	if err != nil {
		s.Fatal(err)
	}
	curve := map[string]elliptic.Curve{"P-256": elliptic.P256(), "P-384": elliptic.P384(), "P-521": elliptic.P521()}[jwk.Get("crv").Str()]
	if curve == nil {
		return ed25519.NewKeyFromSeed(d)
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, d)
	if err != nil {
		s.Fatal(err)
	}
	return key
}

func (s shelf) sign(header, payload strictjson.Value, key crypto.Signer) string {
	s.Helper()
	compact, err := jose.Sign(header, payload.JSON(), key)
	if err != nil {
		s.Fatal(err)
	}
	return compact
}

// metadata is the page on which an issuer has its one key, under that kid if there
// is one.
func metadata(issuer string, jwk strictjson.Value, kid string) map[string][]byte {
	rest, ok := strings.CutPrefix(issuer, "https://")
	if !ok {
		return nil
	}
	host, path, _ := strings.Cut(rest, "/")
	if path != "" {
		path = "/" + path
	}
	jwk = jwk.Without("d", "kid")
	if kid != "" {
		jwk = jwk.With("kid", text(kid))
	}
	page := `{"issuer":"` + issuer + `","jwks":{"keys":[` + string(jwk.JSON()) + `]}}`
	return map[string][]byte{"https://" + host + "/.well-known/jwt-vc-issuer" + path: []byte(page)}
}

var text = strictjson.String

// answered takes the question from a key binding: the case is judged for the time
// when it was made.
func (s shelf) answered(c Case, binding *jose.Message) Case {
	s.Helper()
	if binding == nil {
		return c
	}
	claims, err := binding.Claims()
	if err != nil {
		s.Fatal(err)
	}
	c.Challenge, c.Domain = claims.Get("nonce").Str(), claims.Get("aud").Str()
	if at, err := jose.Date(claims, "iat"); err == nil && !at.IsZero() {
		c.At = at
	}
	return c
}

// twins spoils an accepted token in each way that has a name of its own.
func (s shelf) twins(c Case, holder crypto.Signer) []Case {
	s.Helper()
	parts := strings.Split(string(c.Data), "~")
	selective := len(parts) > 1
	jwt := strings.Split(parts[0], ".")
	var all []Case
	add := func(name, verdict, code string, edit func(*Case)) {
		twin := c
		twin.Twin, twin.Name, twin.Verdict, twin.Code = true, c.Name+", "+name, verdict, code
		edit(&twin)
		all = append(all, twin)
	}
	with := func(parts ...string) func(*Case) {
		return func(c *Case) { c.Data = []byte(strings.Join(parts, "~")) }
	}
	rest := parts[1:]
	renewed := func(jwt string) func(*Case) { return with(append([]string{jwt}, rest...)...) }
	signature := []byte(jwt[2])
	signature[5] = "AB"[strings.Count(string(signature[5]), "A")]
	add("another signature", rejected, "SIGNATURE_INVALID", renewed(jwt[0]+"."+jwt[1]+"."+string(signature)))
	add("no signature", rejected, "SIGNATURE_INVALID", renewed(jwt[0]+"."+jwt[1]+"."))
	for _, h := range [][3]string{{"alg", "none", "ALG_NOT_ALLOWED"}, {"alg", "HS256", "ALG_NOT_ALLOWED"}, {"typ", "at+jwt", "TYP_MISMATCH"}, {"crit", "x", "HEADER_CRIT_UNSUPPORTED"}} {
		add(h[0]+" "+h[1], rejected, h[2], renewed(s.reheaded(jwt[0], h[0], h[1])+"."+jwt[1]+"."+jwt[2]))
	}
	add("padding", rejected, "MALFORMED_JWT", renewed(parts[0]+"="))
	add("four parts", rejected, "MALFORMED_JWT", renewed(parts[0]+".AA"))
	if !selective {
		return all
	}
	extra := jose.Encode([]byte(`["salt","role","Dean"]`))
	add("a disclosure too many", rejected, "DISCLOSURE_INVALID", with(append([]string{parts[0], extra}, rest...)...))
	add("no tilde", rejected, "MALFORMED_JWT", with(append(parts[:1:1], append(rest[:len(rest)-1:len(rest)-1], "x")...)...))
	if len(rest) > 1 {
		add("a disclosure exchanged", rejected, "DISCLOSURE_INVALID", with(append([]string{parts[0], extra}, rest[1:]...)...))
		add("a disclosure twice", rejected, "DISCLOSURE_INVALID", with(append([]string{parts[0], rest[0]}, rest...)...))
	}
	if c.Challenge != "" {
		all = append(all, s.answerTwins(c, parts, holder)...)
	}
	return all
}

// answerTwins are those of a key binding.
func (s shelf) answerTwins(c Case, parts []string, holder crypto.Signer) []Case {
	s.Helper()
	var all []Case
	add := func(name, code string, edit func(*Case)) {
		twin := c
		twin.Twin, twin.Name, twin.Verdict, twin.Code = true, c.Name+", "+name, rejected, code
		edit(&twin)
		all = append(all, twin)
	}
	last := len(parts) - 1
	add("another question", "CHALLENGE_MISMATCH", func(c *Case) { c.Challenge = "another" })
	add("another who asks", "DOMAIN_MISMATCH", func(c *Case) { c.Domain = "https://other.example" })
	add("an hour later", "KB_STALE", func(c *Case) { c.At = c.At.Add(time.Hour) })
	add("no key binding", "HOLDER_BINDING_FAILED", func(c *Case) { c.Data = []byte(strings.Join(parts[:last], "~") + "~") })
	if last > 1 {
		add("a disclosure left out", "HOLDER_BINDING_FAILED", func(c *Case) {
			c.Data = []byte(strings.Join(append(parts[:last-1:last-1], parts[last]), "~"))
		})
	}
	if holder != nil {
		add("bound by a stranger", "HOLDER_BINDING_FAILED", func(c *Case) {
			stranger := testissuer.Selective("stranger") // with a key on P-256, as the holders have
			c.Data = []byte(s.bind(strings.Join(parts[:last], "~")+"~", stranger.Key, *c))
		})
	}
	return all
}

// bind answers the question of a case.
func (s shelf) bind(token string, key crypto.Signer, c Case) string {
	s.Helper()
	read, err := sdjwt.Parse([]byte(token))
	if err != nil {
		s.Fatal(err)
	}
	bound, err := read.Bind(key, sdjwt.Binding{Audience: c.Domain, Nonce: c.Challenge, IssuedAt: c.At})
	if err != nil {
		s.Fatal(err)
	}
	return bound.Compact()
}

// reheaded is a header with another member.
func (s shelf) reheaded(header, name, value string) string {
	s.Helper()
	decoded, err := jose.Decode([]byte(header))
	if err != nil {
		s.Fatal(err)
	}
	v := text(value)
	if name == "crit" {
		v = strictjson.Strings(value)
	}
	return jose.Encode(testissuer.Parse(string(decoded)).With(name, v).JSON())
}
