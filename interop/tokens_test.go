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
	"errors"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
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

// tokenTwin is a token that is bad in one way.
type tokenTwin struct {
	name     string
	header   func(strictjson.Value) strictjson.Value // before it is signed
	payload  func(string) string                     // before it is signed
	after    func(t *testing.T, k *tokenKey, token string) string
	want     error  // Laurel's
	accepted string // why the peer takes it all the same
	peerOnly bool   // Laurel does not sign this
}

// part exchanges one of the parts of a token.
func part(n int, edit func(string) string) func(*testing.T, *tokenKey, string) string {
	return func(_ *testing.T, _ *tokenKey, token string) string {
		parts := strings.Split(token, ".")
		parts[n] = edit(parts[n])
		return strings.Join(parts, ".")
	}
}

func put(name, value string) func(strictjson.Value) strictjson.Value {
	return func(v strictjson.Value) strictjson.Value { return v.With(name, testissuer.Parse(value)) }
}

func always(s string) func(string) string { return func(string) string { return s } }

func flipped(s string) string {
	c := byte('A')
	if s[3] == c {
		c = 'B'
	}
	return s[:3] + string(c) + s[4:]
}

func encoded(s string) string { return jose.Encode([]byte(s)) }

var tokenTwins = []tokenTwin{
	{name: "another payload", after: part(1, always(encoded(`{"iss":"did:example:other"}`))), want: jose.ErrSignature},
	{name: "another signature", after: part(2, flipped), want: jose.ErrSignature},
	{name: "half a signature", after: part(2, func(s string) string { return s[:len(s)/2&^3] }), want: jose.ErrSignature},
	{name: "no signature", after: part(2, always("")), want: jose.ErrSignature},
	{name: "no algorithm", after: func(_ *testing.T, _ *tokenKey, s string) string {
		return encoded(`{"alg":"none","typ":"vc+jwt"}`) + "." + strings.Split(s, ".")[1] + "."
	}, want: jose.ErrAlgorithm},
	{name: "the public key as a shared secret", after: func(_ *testing.T, k *tokenKey, s string) string {
		signed := encoded(`{"alg":"HS256","typ":"vc+jwt"}`) + "." + strings.Split(s, ".")[1]
		mac := hmac.New(sha256.New, k.jwk)
		mac.Write([]byte(signed))
		return signed + "." + jose.Encode(mac.Sum(nil))
	}, want: jose.ErrAlgorithm},
	{name: "another algorithm in the header", after: func(_ *testing.T, k *tokenKey, s string) string {
		other := "ES256"
		if k.alg == other {
			other = "ES384"
		}
		_, rest, _ := strings.Cut(s, ".")
		return encoded(`{"alg":"`+other+`","typ":"vc+jwt"}`) + "." + rest
	}, want: jose.ErrAlgorithm},
	{name: "a stranger's key that the header brings along", after: func(t *testing.T, k *tokenKey, s string) string {
		stranger := ourTokenKey(t, k.alg)
		payload, err := jose.Decode([]byte(strings.Split(s, ".")[1]))
		if err != nil {
			t.Fatal(err)
		}
		token, err := jose.Sign(testissuer.Parse(`{"typ":"vc+jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":"AAAA"}}`), payload, stranger.signer)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}, want: jose.ErrSignature},
	{name: "an extension that is critical", header: func(h strictjson.Value) strictjson.Value {
		return h.With("https://nobody.example/ext", text("x")).With("crit", strictjson.Strings("https://nobody.example/ext"))
	}, want: jose.ErrCritical, peerOnly: true},
	{name: "a token for another use", header: put("typ", `"at+jwt"`), want: jose.ErrType},
	{name: "a token for no use", header: func(h strictjson.Value) strictjson.Value { return h.Without("typ") }, want: jose.ErrType},
	{name: "a payload that is a list", payload: always(`["did:example:school"]`), want: jose.ErrMalformed},
	{name: "a payload that is no JSON", payload: always(`iss=did:example:school`), want: jose.ErrMalformed},
	{name: "two parts", after: func(_ *testing.T, _ *tokenKey, s string) string { return s[:strings.LastIndex(s, ".")] }, want: jose.ErrMalformed},
	{name: "four parts", after: func(_ *testing.T, _ *tokenKey, s string) string { return s + ".e30" }, want: jose.ErrMalformed},
	{name: "a header that is no JSON", after: part(0, always(encoded(`{"alg"`))), want: jose.ErrMalformed},

	{name: "a claim twice", payload: func(s string) string { return `{"issuer":"did:example:other",` + s[1:] }, want: strictjson.ErrDuplicateName, accepted: jsonText},
	{name: "a line end behind the signature", after: part(2, func(s string) string { return s + "\n" }), want: jose.ErrMalformed,
		accepted: "its base64url skips white space"},
}

// TestTokens has each side sign and the other verify, under every algorithm. It
// is about the envelope: what a credential inside has to say is not.
func TestTokens(t *testing.T) {
	p := start(t, "jose.js")
	for _, alg := range algorithms {
		for side, k := range map[string]*tokenKey{"ours": ourTokenKey(t, alg), "theirs": theirTokenKey(t, p, alg)} {
			t.Run(side+", "+alg, func(t *testing.T) {
				header := testissuer.Parse(`{"typ":"vc+jwt","kid":"did:example:school#1"}`)
				payload := string(fullBadge(t, "did:example:school", "did:example:learner").JSON())
				token := k.jws(t, p, header, payload)
				if err := openToken(token, k.public); err != nil {
					t.Error("Laurel:", err)
				}
				if a := askToken(t, p, k, token); !a.Verified || !testissuer.Parse(a.Document).Equal(testissuer.Parse(payload)) {
					t.Errorf("the peer: %s: %s", a.Error, a.Document)
				}
				for _, tw := range tokenTwins {
					if tw.peerOnly && k.signer != nil {
						continue
					}
					t.Run(tw.name, func(t *testing.T) { tw.refuse(t, p, k, header, payload) })
				}
			})
		}
	}
}

func (tw tokenTwin) refuse(t *testing.T, p *peer, k *tokenKey, header strictjson.Value, payload string) {
	t.Helper()
	if tw.header != nil {
		header = tw.header(header)
	}
	if tw.payload != nil {
		payload = tw.payload(payload)
	}
	token := k.jws(t, p, header, payload)
	if tw.after != nil {
		token = tw.after(t, k, token)
	}
	if err := openToken(token, k.public); !errors.Is(err, tw.want) {
		t.Errorf("Laurel: %v, want %v", err, tw.want)
	}
	compare(t, askToken(t, p, k, token), tw.accepted)
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

func askToken(t *testing.T, p *peer, k *tokenKey, token string) answer {
	t.Helper()
	j := k.asking("verify", token)
	j.Type = "vc+jwt"
	return p.do(t, j)
}

// openToken is how package proof reads a token.
func openToken(token string, key crypto.PublicKey) error {
	m, err := jose.Parse([]byte(token))
	if err != nil {
		return err
	}
	if err := m.Verify(key, jose.Rules{Types: []string{"vc+jwt"}}); err != nil {
		return err
	}
	_, err = m.Claims()
	return err
}
