package interop

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

// algorithms are those that Laurel and the token libraries both know.
var algorithms = []string{"EdDSA", "ES256", "ES384", "ES512"}

// tokenKey is a key for tokens. Laurel's has a signer, the peer's a secret JWK
// that the peer has made.
type tokenKey struct {
	alg    string
	public crypto.PublicKey
	signer crypto.Signer
	jwk    json.RawMessage
	secret json.RawMessage
}

// id is the did:jwk of the key, and kid its one verification method.
func (k *tokenKey) id() string  { return "did:jwk:" + jose.Encode(k.jwk) }
func (k *tokenKey) kid() string { return k.id() + "#0" }

// asking is a job about tokens with the public key in it.
func (k *tokenKey) asking(do, document string) job {
	return job{Do: do, Document: document, Alg: k.alg, JWK: k.jwk}
}

func ourTokenKey(t *testing.T, alg string) *tokenKey {
	t.Helper()
	curve := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[alg]
	var signer crypto.Signer
	var err error
	if curve == nil {
		_, signer, err = ed25519.GenerateKey(rand.Reader)
	} else {
		signer, err = ecdsa.GenerateKey(curve, rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	return &tokenKey{alg: alg, public: signer.Public(), signer: signer, jwk: publicJWK(t, signer.Public())}
}

// publicJWK writes a key as RFC 7518, section 6.2.1, and RFC 8037 have it.
func publicJWK(t *testing.T, public crypto.PublicKey) json.RawMessage {
	t.Helper()
	k, ok := public.(*ecdsa.PublicKey)
	if !ok {
		return json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"` + jose.Encode(public.(ed25519.PublicKey)) + `"}`)
	}
	point, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	n := len(point) / 2
	return json.RawMessage(`{"kty":"EC","crv":"` + k.Params().Name + `","x":"` + jose.Encode(point[1:1+n]) + `","y":"` + jose.Encode(point[1+n:]) + `"}`)
}

func theirTokenKey(t *testing.T, p *peer, alg string) *tokenKey {
	t.Helper()
	a := p.do(t, job{Do: "identity", Alg: alg})
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	public, err := did.ParseJWK(testissuer.Parse(string(a.JWK)))
	if err != nil {
		t.Fatal("Laurel does not read the peer's key:", err)
	}
	return &tokenKey{alg: alg, public: public, jwk: a.JWK, secret: a.SecretJWK}
}

// jws signs a payload, on the side that the key is of. What the header lacks is
// filled in.
func (k *tokenKey) jws(t *testing.T, p *peer, header strictjson.Value, payload string) string {
	t.Helper()
	if k.signer != nil {
		token, err := jose.Sign(header, []byte(payload), k.signer)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	a := p.do(t, job{Do: "sign", Document: payload, Alg: k.alg, SecretJWK: k.secret,
		Header: header.With("alg", text(k.alg)).JSON()})
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	return a.Document
}

// tokenCast is who takes part in a test of signed tokens, all with keys of one kind.
type tokenCast struct {
	p                         *peer
	school, learner, stranger *tokenKey
}

func (c *tokenCast) badge(t *testing.T) strictjson.Value {
	t.Helper()
	return fullBadge(t, c.school.id(), c.learner.id())
}

// credential is the school's badge as a token in its envelope, signed by that key
// after the change.
func (c *tokenCast) credential(t *testing.T, by *tokenKey, edit func(strictjson.Value) strictjson.Value) strictjson.Value {
	t.Helper()
	doc := smallBadge(c.school.id(), c.learner.id())
	if edit != nil {
		doc = edit(doc)
	}
	envelope, err := proof.Envelop(by.jws(t, c.p, headerOf("vc+jwt", by), string(doc.JSON())))
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

// presentation is the learner's, around a badge of the school.
func (c *tokenCast) presentation(parts ...strictjson.Value) strictjson.Value {
	return presentation(c.learner.id(), parts...).With("iat", strictjson.Int(int(testissuer.Now.Unix()))).
		With("nonce", text(challenge)).With("aud", text(domain))
}

func headerOf(typ string, k *tokenKey) strictjson.Value {
	return testissuer.Parse(`{"typ":"` + typ + `","kid":"` + k.kid() + `"}`)
}

// tokenTwin is a token that is bad in one way.
type tokenTwin struct {
	name    string
	header  func(*tokenCast, strictjson.Value) strictjson.Value             // before it is signed
	claims  func(*testing.T, *tokenCast, strictjson.Value) strictjson.Value // before it is signed
	payload func(string) string                                             // before it is signed
	by      func(*tokenCast) *tokenKey                                      // signs, instead of the one who should
	after   func(t *testing.T, c *tokenCast, token string) string

	want     verifier.Code
	accepted string // why the peer takes it all the same
	peerOnly bool   // Laurel does not sign this
}

// part exchanges one of the parts of a token.
func part(n int, edit func(string) string) func(*testing.T, *tokenCast, string) string {
	return func(_ *testing.T, _ *tokenCast, token string) string {
		parts := strings.Split(token, ".")
		parts[n] = edit(parts[n])
		return strings.Join(parts, ".")
	}
}

// inHeader and inClaims put a member in, or take it out if the value is "".
func inHeader(name, value string) func(*tokenCast, strictjson.Value) strictjson.Value {
	return func(_ *tokenCast, v strictjson.Value) strictjson.Value { return member(v, name, value) }
}

func inClaims(name, value string) func(*testing.T, *tokenCast, strictjson.Value) strictjson.Value {
	return func(_ *testing.T, _ *tokenCast, v strictjson.Value) strictjson.Value { return member(v, name, value) }
}

func member(v strictjson.Value, name, value string) strictjson.Value {
	if value == "" {
		return v.Without(name)
	}
	return v.With(name, testissuer.Parse(value))
}

// naming puts the stranger's identifier into a claim.
func naming(name string) func(*testing.T, *tokenCast, strictjson.Value) strictjson.Value {
	return func(_ *testing.T, c *tokenCast, v strictjson.Value) strictjson.Value {
		return testissuer.Set(v, name, text(c.stranger.id()))
	}
}

func strangers(c *tokenCast) *tokenKey { return c.stranger }

func always(s string) func(string) string { return func(string) string { return s } }

func flipped(s string) string {
	c := byte('A')
	if s[3] == c {
		c = 'B'
	}
	return s[:3] + string(c) + s[4:]
}

func encoded(s string) string { return jose.Encode([]byte(s)) }

const (
	notItsModel = "what a credential is, and who its issuer, is not the business of a library for JOSE"
	notItsKey   = "the caller finds the key; the library does not read the kid"
	notItsNonce = "the library knows no nonce; the caller compares it"
)

// envelopeTwins are bad whatever the token is for.
var envelopeTwins = []tokenTwin{
	{name: "another payload", after: part(1, func(s string) string { return reclaimed(s, "id", "urn:x:another") }), want: verifier.SignatureInvalid},
	{name: "another signature", after: part(2, flipped), want: verifier.SignatureInvalid},
	{name: "half a signature", after: part(2, func(s string) string { return s[:len(s)/2&^3] }), want: verifier.SignatureInvalid},
	{name: "no signature", after: part(2, always("")), want: verifier.SignatureInvalid},
	{name: "signed by a stranger", by: strangers, want: verifier.SignatureInvalid},
	{name: "a stranger's key that the header brings along", by: strangers, header: func(c *tokenCast, h strictjson.Value) strictjson.Value {
		return h.With("jwk", testissuer.Parse(string(c.stranger.jwk)))
	}, want: verifier.SignatureInvalid},
	{name: "no algorithm", after: func(_ *testing.T, _ *tokenCast, s string) string {
		return reclaimed(strings.Split(s, ".")[0], "alg", "none") + "." + strings.Split(s, ".")[1] + "."
	}, want: verifier.AlgorithmNotAllowed},
	{name: "the public key as a shared secret", after: func(_ *testing.T, c *tokenCast, s string) string {
		signed := reclaimed(strings.Split(s, ".")[0], "alg", "HS256") + "." + strings.Split(s, ".")[1]
		mac := hmac.New(sha256.New, c.school.jwk)
		mac.Write([]byte(signed))
		return signed + "." + jose.Encode(mac.Sum(nil))
	}, want: verifier.AlgorithmNotAllowed},
	{name: "another algorithm in the header", after: func(_ *testing.T, c *tokenCast, s string) string {
		other := "ES256"
		if c.school.alg == other {
			other = "ES384"
		}
		_, rest, _ := strings.Cut(s, ".")
		return reclaimed(strings.Split(s, ".")[0], "alg", other) + "." + rest
	}, want: verifier.AlgorithmNotAllowed},
	{name: "an extension that is critical", header: func(_ *tokenCast, h strictjson.Value) strictjson.Value {
		return h.With("https://nobody.example/ext", text("x")).With("crit", strictjson.Strings("https://nobody.example/ext"))
	}, want: verifier.HeaderCritUnsupported, peerOnly: true},
	{name: "a token for another use", header: inHeader("typ", `"at+jwt"`), want: verifier.TypeMismatch},
	{name: "a token for no use", header: inHeader("typ", ""), want: verifier.TypeMismatch},
	{name: "a payload that is a list", payload: always(`["did:example:school"]`), want: verifier.MalformedJWT},
	{name: "a payload that is no JSON", payload: always(`iss=did:example:school`), want: verifier.MalformedJWT},
	{name: "two parts", after: func(_ *testing.T, _ *tokenCast, s string) string { return s[:strings.LastIndex(s, ".")] }, want: verifier.MalformedJWT},
	{name: "four parts", after: func(_ *testing.T, _ *tokenCast, s string) string { return s + ".e30" }, want: verifier.MalformedJWT},
	{name: "a header that is no JSON", after: part(0, always(encoded(`{"alg"`))), want: verifier.MalformedJWT},
	{name: "an end that is a text", claims: inClaims("exp", `"2099-01-01"`), want: verifier.MalformedJWT},

	{name: "a kid of nobody", header: inHeader("kid", `"key-9"`), want: verifier.VerificationMethodUnresolvable, accepted: notItsKey},
	{name: "no kid", header: inHeader("kid", ""), want: verifier.VerificationMethodUnresolvable, accepted: notItsKey},
	{name: "made tomorrow", claims: inClaims("iat", "1780401600"), want: verifier.ProofNotYetValid, accepted: "it looks at iat only if a greatest age is asked for"},
	{name: "a claim twice", payload: func(s string) string { return `{"@context":"https://www.w3.org/ns/credentials/v2",` + s[1:] }, want: verifier.DuplicateKey, accepted: jsonText},
	{name: "white space inside the signature", after: part(2, func(s string) string { return s[:8] + "\n" + s[8:] }), want: verifier.MalformedJWT,
		accepted: "its base64url skips white space"},
}

// reclaimed is a header or payload with another member.
func reclaimed(part, name, value string) string {
	payload, err := jose.Decode([]byte(part))
	if err != nil {
		panic(err)
	}
	return encoded(string(testissuer.Parse(string(payload)).With(name, text(value)).JSON()))
}

// tokenTwins are credentials that must not pass.
var tokenTwins = append([]tokenTwin{
	{name: "ended", claims: inClaims("exp", "1780315199"), want: verifier.CredentialExpired},
	{name: "ended this second", claims: inClaims("exp", "1780315200"), want: verifier.CredentialExpired},
	{name: "not begun", claims: inClaims("nbf", "1780401600"), want: verifier.CredentialNotYetValid},
	{name: "ended by what it says", claims: inClaims("validUntil", `"2026-05-01T00:00:00Z"`), want: verifier.CredentialExpired, accepted: notItsModel},
	{name: "not begun by what it says", claims: inClaims("validFrom", `"2026-12-01T00:00:00Z"`), want: verifier.CredentialNotYetValid, accepted: notItsModel},
	{name: "another issuer", claims: naming("issuer/id"), want: verifier.IssuerMismatch, accepted: notItsModel},
	{name: "another iss", claims: naming("iss"), want: verifier.IssuerMismatch, accepted: notItsModel},
	{name: "another sub", claims: naming("sub"), want: verifier.StructureInvalid, accepted: notItsModel},
	{name: "a claim called vc", claims: inClaims("vc", `{}`), want: verifier.StructureInvalid, accepted: notItsModel},
	{name: "no issuer", claims: inClaims("issuer", ""), want: verifier.StructureInvalid, accepted: notItsModel},
	{name: "no achievement", claims: inClaims("credentialSubject", `{"id":"did:example:1","type":["AchievementSubject"]}`), want: verifier.OpenBadgeInvalid, accepted: notItsModel},
}, envelopeTwins...)

// answerTwins are presentations that must not pass.
var answerTwins = append([]tokenTwin{
	{name: "ended", claims: inClaims("exp", "1780315199"), want: verifier.ProofExpired},
	{name: "not begun", claims: inClaims("nbf", "1780401600"), want: verifier.ProofNotYetValid},
	{name: "an answer for another", claims: inClaims("aud", `"https://other.example"`), want: verifier.DomainMismatch},
	{name: "an answer for nobody", claims: inClaims("aud", ""), want: verifier.DomainMismatch},
	{name: "an answer for several", claims: inClaims("aud", `["`+domain+`","https://other.example"]`), want: verifier.DomainMismatch,
		accepted: "of several audiences one is enough, and each could show it to the others"},
	{name: "an answer of yesterday", claims: inClaims("nonce", `"yesterday"`), want: verifier.ChallengeMismatch, accepted: notItsNonce},
	{name: "an answer to nothing", claims: inClaims("nonce", ""), want: verifier.ChallengeMismatch, accepted: notItsNonce},
	{name: "another holder", claims: naming("holder"), want: verifier.HolderBindingFailed, accepted: notItsModel},
	{name: "another iss", claims: naming("iss"), want: verifier.HolderBindingFailed, accepted: notItsModel},
	{name: "nothing in it", claims: inClaims("verifiableCredential", "[]"), want: verifier.NoCredential, accepted: notItsModel},
	{name: "another's badge in it", claims: func(t *testing.T, c *tokenCast, v strictjson.Value) strictjson.Value {
		return v.With("verifiableCredential", c.credential(t, c.school, func(d strictjson.Value) strictjson.Value {
			return testissuer.Set(d, "credentialSubject/id", text(c.stranger.id()))
		}))
	}, want: verifier.HolderBindingFailed, accepted: notItsModel},
	{name: "a badge by a stranger in it", claims: func(t *testing.T, c *tokenCast, v strictjson.Value) strictjson.Value {
		return v.With("verifiableCredential", c.credential(t, c.stranger, nil))
	}, want: verifier.IssuerMismatch, accepted: notItsModel},
	{name: "a badge that has ended in it", claims: func(t *testing.T, c *tokenCast, v strictjson.Value) strictjson.Value {
		return v.With("verifiableCredential", c.credential(t, c.school, func(d strictjson.Value) strictjson.Value {
			return d.With("validUntil", text("2026-05-01T00:00:00Z"))
		}))
	}, want: verifier.CredentialExpired, accepted: notItsModel},
	{name: "a forged badge in it", claims: func(t *testing.T, c *tokenCast, v strictjson.Value) strictjson.Value {
		e := c.credential(t, c.school, nil)
		return v.With("verifiableCredential", e.With("id", text(part(2, flipped)(t, c, e.Get("id").Str()))))
	}, want: verifier.SignatureInvalid, accepted: notItsModel},
}, envelopeTwins...)

// TestTokens has each side sign and the other verify, credentials and
// presentations, under every algorithm.
func TestTokens(t *testing.T) {
	p := start(t, "jose.js")
	for _, alg := range algorithms {
		for side, key := range map[string]func() *tokenKey{
			"ours":   func() *tokenKey { return ourTokenKey(t, alg) },
			"theirs": func() *tokenKey { return theirTokenKey(t, p, alg) },
		} {
			t.Run(side+", "+alg, func(t *testing.T) {
				c := &tokenCast{p, key(), key(), key()}
				t.Run("vc+jwt", func(t *testing.T) {
					x := tokenExchange{c, "vc+jwt", c.school, verifier.Expectation{}}
					x.run(t, c.badge(t), tokenTwins)
				})
				t.Run("vp+jwt", func(t *testing.T) {
					x := tokenExchange{c, "vp+jwt", c.learner, asked}
					x.run(t, c.presentation(c.credential(t, c.school, nil)), answerTwins)
				})
			})
		}
	}
}

// tokenExchange is one kind of token, and who signs it.
type tokenExchange struct {
	*tokenCast
	typ    string
	signer *tokenKey
	expect verifier.Expectation
}

func (x tokenExchange) run(t *testing.T, doc strictjson.Value, twins []tokenTwin) {
	token := x.sign(t, doc)
	if got, _ := judge(t, emptyWeb(), token, x.expect); got.verdict != verifier.Accepted {
		t.Errorf("Laurel: %s, %s: %s", got.verdict, got.code, got.cause)
	}
	if a := x.ask(t, token); !a.Verified || !sameJSON(t, testissuer.Parse(a.Document).Without("iat"), doc.Without("iat")) {
		t.Errorf("the peer: %s: %s", a.Error, a.Document)
	}
	for _, tw := range twins {
		if tw.peerOnly && x.signer.signer != nil {
			continue
		}
		t.Run(tw.name, func(t *testing.T) { x.refuse(t, tw, doc) })
	}
}

// sign makes the good token: Laurel as it issues and presents, the peer as it signs.
func (x tokenExchange) sign(t *testing.T, doc strictjson.Value) string {
	t.Helper()
	if x.signer.signer == nil {
		return x.signer.jws(t, x.p, headerOf(x.typ, x.signer), string(doc.JSON()))
	}
	token, err := proof.SignJWT(doc.Without("iat", "nonce", "aud"), proof.SignOptions{
		Suite: proof.VCJOSE{Contexts: jsonld.Embedded()}, Key: x.signer.signer, Method: x.signer.kid(),
		Created: testissuer.Now, Challenge: x.expect.Challenge, Domain: x.expect.Domain,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func (x tokenExchange) refuse(t *testing.T, tw tokenTwin, doc strictjson.Value) {
	t.Helper()
	by, header := x.signer, headerOf(x.typ, x.signer)
	if tw.header != nil {
		header = tw.header(x.tokenCast, header)
	}
	if tw.claims != nil {
		doc = tw.claims(t, x.tokenCast, doc)
	}
	payload := string(doc.JSON())
	if tw.payload != nil {
		payload = tw.payload(payload)
	}
	if tw.by != nil {
		by = tw.by(x.tokenCast)
	}
	token := by.jws(t, x.p, header, payload)
	if tw.after != nil {
		token = tw.after(t, x.tokenCast, token)
	}
	if got, _ := judge(t, emptyWeb(), token, x.expect); got.verdict == verifier.Accepted || got.code != tw.want {
		t.Errorf("Laurel: %s, %s: %s; want %s", got.verdict, got.code, got.cause, tw.want)
	}
	compare(t, x.ask(t, token), tw.accepted)
}

// compare holds the answer of a peer to a twin against what the table says.
func compare(t *testing.T, a answer, accepted string) {
	t.Helper()
	switch {
	case a.Verified && accepted == "":
		t.Error("the peer accepts this, and the table does not say why")
	case !a.Verified && accepted != "":
		t.Errorf("the peer refuses (%s), and the table says that it accepts, since %s", a.Error, accepted)
	case !a.Verified:
		t.Logf("the peer: %s", a.Error)
	}
}

func (x tokenExchange) ask(t *testing.T, token string) answer {
	t.Helper()
	j := x.signer.asking("verify", token)
	j.Type, j.Domain = x.typ, x.expect.Domain
	return x.p.do(t, j)
}
