package jose_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/strictjson"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	gojose "github.com/go-jose/go-jose/v4"
)

// signer is a key of every algorithm that is signed with.
type signer struct {
	alg string
	key crypto.Signer
}

func signers(t testing.TB) []signer {
	t.Helper()
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	koblitz, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		t.Fatal(err)
	}
	return []signer{
		{"EdDSA", ed},
		{"ES256", elliptical(t, elliptic.P256())},
		{"ES384", elliptical(t, elliptic.P384())},
		{"ES512", elliptical(t, elliptic.P521())},
		{"ES256K", jose.Koblitz{Secret: koblitz}},
	}
}

func elliptical(t testing.TB, c elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func object(members ...string) strictjson.Value {
	v := strictjson.Object()
	for i := 0; i < len(members); i += 2 {
		v = v.With(members[i], strictjson.String(members[i+1]))
	}
	return v
}

func sign(t testing.TB, header strictjson.Value, payload string, key crypto.Signer) string {
	t.Helper()
	compact, err := jose.Sign(header, []byte(payload), key)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

var vc = jose.Rules{Types: []string{"vc+jwt"}}

// verify parses and verifies.
func verify(compact string, key crypto.PublicKey, rules jose.Rules) error {
	m, err := jose.Parse([]byte(compact))
	if err != nil {
		return err
	}
	return m.Verify(key, rules)
}

func TestSignAndVerify(t *testing.T) {
	const payload = `{"iss":"did:key:z6Mk"}`
	all := signers(t)
	for _, s := range all {
		t.Run(s.alg, func(t *testing.T) {
			compact := sign(t, object("typ", "vc+jwt", "kid", "#0"), payload, s.key)
			m, err := jose.Parse([]byte(compact))
			if err != nil {
				t.Fatal(err)
			}
			if err := m.Verify(s.key.Public(), vc); err != nil {
				t.Fatal(err)
			}
			kid, err := m.KeyID()
			if err != nil || kid != "#0" || m.Type() != "vc+jwt" || m.Algorithm() != s.alg || string(m.Payload) != payload || string(m.Compact()) != compact {
				t.Errorf("read back kid %q (%v), typ %q, alg %q, payload %s", kid, err, m.Type(), m.Algorithm(), m.Payload)
			}
			claims, err := m.Claims()
			if err != nil || claims.Get("iss").Str() != "did:key:z6Mk" {
				t.Errorf("claims %v, %v", claims, err)
			}
			for i := range compact {
				if compact[i] == '.' {
					continue
				}
				bent := []byte(compact)
				bent[i] = map[bool]byte{true: 'B', false: 'A'}[bent[i] == 'A']
				if err := verify(string(bent), s.key.Public(), vc); err == nil {
					t.Fatalf("character %d was changed and nobody noticed", i)
				}
			}
			for _, other := range all {
				if other.alg == s.alg {
					continue
				}
				if err := m.Verify(other.key.Public(), vc); !errors.Is(err, jose.ErrAlgorithm) {
					t.Errorf("under a key for %s: %v", other.alg, err)
				}
			}
		})
	}
}

// TestGoJoseAgrees holds both directions against the library behind the door.
func TestGoJoseAgrees(t *testing.T) {
	for _, s := range signers(t) {
		if s.alg == "ES256K" { // go-jose does not have it
			continue
		}
		t.Run(s.alg, func(t *testing.T) {
			alg := gojose.SignatureAlgorithm(s.alg)
			ours := sign(t, object("typ", "vc+jwt"), `{"a":1}`, s.key)
			theirs, err := gojose.ParseSignedCompact(ours, []gojose.SignatureAlgorithm{alg})
			if err != nil {
				t.Fatal(err)
			}
			if payload, err := theirs.Verify(s.key.Public()); err != nil || string(payload) != `{"a":1}` {
				t.Errorf("go-jose reads ours as %q, %v", payload, err)
			}
			maker, err := gojose.NewSigner(gojose.SigningKey{Algorithm: alg, Key: s.key}, (&gojose.SignerOptions{}).WithType("vc+jwt"))
			if err != nil {
				t.Fatal(err)
			}
			made, err := maker.Sign([]byte(`{"a":1}`))
			if err != nil {
				t.Fatal(err)
			}
			compact, err := made.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			if err := verify(compact, s.key.Public(), vc); err != nil {
				t.Errorf("ours reads go-jose's: %v", err)
			}
		})
	}
}

func TestKoblitzSignsDeterministically(t *testing.T) {
	secret := secp256k1.PrivKeyFromBytes(sha256.New().Sum(nil))
	k := jose.Koblitz{Secret: secret}
	a, b := sign(t, object(), "{}", k), sign(t, object(), "{}", k)
	if a != b {
		t.Error("two signatures over one message differ")
	}
	if _, err := k.Sign(nil, []byte("short"), crypto.SHA256); !errors.Is(err, jose.ErrKey) {
		t.Errorf("a digest of five bytes: %v", err)
	}
}

func TestRS256(t *testing.T) {
	long, short := rsaKey(t, 2048), rsaKey(t, 1024)
	rules := jose.Rules{Types: []string{""}, RSA: true}
	if err := verify(signRSA(t, long), &long.PublicKey, rules); err != nil {
		t.Error(err)
	}
	for _, tt := range []struct {
		name    string
		compact string
		key     crypto.PublicKey
		rules   jose.Rules
		want    error
	}{
		{"not asked for", signRSA(t, long), &long.PublicKey, jose.Rules{Types: []string{""}}, jose.ErrAlgorithm},
		{"a key of 1024 bits", signRSA(t, short), &short.PublicKey, rules, jose.ErrKey},
		{"somebody else's key", signRSA(t, long), &rsaKey(t, 2048).PublicKey, rules, jose.ErrSignature},
	} {
		if err := verify(tt.compact, tt.key, tt.rules); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
	if _, err := jose.Sign(object(), []byte("{}"), long); !errors.Is(err, jose.ErrKey) {
		t.Errorf("signing with RSA: %v", err)
	}
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	t.Setenv("GODEBUG", "rsa1024min=0")
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func signRSA(t *testing.T, k *rsa.PrivateKey) string {
	t.Helper()
	signed := b64(`{"alg":"RS256"}`) + "." + b64(`{}`)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, k, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(string(signature))
}

// TestParseRefuses: one spelling for one message.
func TestParseRefuses(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	good := sign(t, object("typ", "vc+jwt"), `{}`, key)
	header, payload, signature := b64(`{"alg":"EdDSA","typ":"vc+jwt"}`), b64(`{}`), good[strings.LastIndex(good, ".")+1:]
	loose := []byte(signature)
	loose[len(loose)-1]++ // 86 characters hold 64 bytes and four bits more
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", jose.ErrMalformed},
		{"one part", header, jose.ErrMalformed},
		{"two parts", header + "." + payload, jose.ErrMalformed},
		{"four parts", good + ".", jose.ErrMalformed},
		{"five parts, as encryption has", good + "..", jose.ErrMalformed},
		{"a thousand dots", strings.Repeat(".", 1000), jose.ErrMalformed},
		{"no header", "." + payload + "." + signature, jose.ErrMalformed},
		{"padding", header + "." + payload + "." + signature + "==", jose.ErrMalformed},
		{"a line end in the middle", header[:8] + "\n" + header[8:] + "." + payload + "." + signature, jose.ErrMalformed},
		{"a line end at the end", good + "\n", jose.ErrMalformed},
		{"a carriage return", header + ".\r" + payload + "." + signature, jose.ErrMalformed},
		{"a space", header + ". " + payload + "." + signature, jose.ErrMalformed},
		{"loose bits", header + "." + payload + "." + string(loose), jose.ErrMalformed},
		{"plain base64", header + "." + payload + "." + strings.Repeat("+/", 43), jose.ErrMalformed},
		{"a header that is a list", b64(`["alg"]`) + "." + payload + "." + signature, jose.ErrMalformed},
		{"a header that is null", b64(`null`) + "." + payload + "." + signature, jose.ErrMalformed},
		{"a header with trailing data", b64(`{"alg":"EdDSA"}{}`) + "." + payload + "." + signature, jose.ErrMalformed},
		{"a header that is not UTF-8", b64("{\"alg\":\"\xff\"}") + "." + payload + "." + signature, jose.ErrMalformed},
		{"two algorithms", b64(`{"alg":"EdDSA","alg":"none"}`) + "." + payload + "." + signature, strictjson.ErrDuplicateName},
		{"two algorithms, one escaped", b64(`{"alg":"EdDSA","\u0061lg":"none"}`) + "." + payload + "." + signature, strictjson.ErrDuplicateName},
		{"a deep header", b64(strings.Repeat(`{"a":`, 20)+"1"+strings.Repeat("}", 20)) + "." + payload + "." + signature, strictjson.ErrLimit},
		{"a long header", b64(`{"x5c":"`+strings.Repeat("A", 1<<15)+`"}`) + "." + payload + "." + signature, strictjson.ErrLimit},
		{"a long message", strings.Repeat("A", 9<<20), strictjson.ErrLimit},
		{"the JSON form", `{"payload":"e30","protected":"` + header + `","signature":"` + signature + `"}`, jose.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, err := jose.Parse([]byte(tt.in))
			if !errors.Is(err, tt.want) || m != nil {
				t.Errorf("Parse gave %v, %v; want %v", m, err, tt.want)
			}
		})
	}
}

// TestHeaderDecidesNothing: each of these has a signature that holds, and is
// refused all the same.
func TestHeaderDecidesNothing(t *testing.T) {
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, header string
		want         error
	}{
		{"no algorithm", `{"typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"none", `{"alg":"none","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"None", `{"alg":"None","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"an algorithm that is null", `{"alg":null,"typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"an algorithm that is a list", `{"alg":["EdDSA"],"typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"a shared secret", `{"alg":"HS256","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"another curve", `{"alg":"ES256","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"lower case", `{"alg":"eddsa","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"RSA", `{"alg":"RS256","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"PSS", `{"alg":"PS256","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"Ed448", `{"alg":"Ed448","typ":"vc+jwt"}`, jose.ErrAlgorithm},
		{"a critical extension", `{"alg":"EdDSA","typ":"vc+jwt","crit":["exp"],"exp":1}`, jose.ErrCritical},
		{"an empty list of them", `{"alg":"EdDSA","typ":"vc+jwt","crit":[]}`, jose.ErrCritical},
		{"an unencoded payload", `{"alg":"EdDSA","typ":"vc+jwt","crit":["b64"],"b64":false}`, jose.ErrCritical},
		{"b64 without crit", `{"alg":"EdDSA","typ":"vc+jwt","b64":false}`, jose.ErrCritical},
		{"no type", `{"alg":"EdDSA"}`, jose.ErrType},
		{"another type", `{"alg":"EdDSA","typ":"at+jwt"}`, jose.ErrType},
		{"JWT", `{"alg":"EdDSA","typ":"JWT"}`, jose.ErrType},
		{"a type that is a number", `{"alg":"EdDSA","typ":1}`, jose.ErrType},
		{"a type with something after it", `{"alg":"EdDSA","typ":"vc+jwt;v=1"}`, jose.ErrType},
		{"the type of presentations", `{"alg":"EdDSA","typ":"vp+jwt"}`, jose.ErrType},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			signed := b64(tt.header) + "." + b64(`{}`)
			compact := signed + "." + b64(string(ed25519.Sign(key, []byte(signed))))
			if err := verify(compact, public, vc); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	for _, header := range []string{
		`{"alg":"EdDSA","typ":"vc+jwt"}`, `{"alg":"Ed25519","typ":"application/vc+jwt"}`, `{"typ":"VC+JWT","alg":"EdDSA"}`,
		`{"alg":"EdDSA","typ":"vc+jwt","jwk":{"kty":"OKP"},"jku":"https://evil.example/","x5c":["MIIB"],"extra":1}`,
	} {
		signed := b64(header) + "." + b64(`{}`)
		if err := verify(signed+"."+b64(string(ed25519.Sign(key, []byte(signed)))), public, vc); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

// TestKeysInHeadersAreNotUsed: a message that brings its own key verifies under
// that key alone.
func TestKeysInHeadersAreNotUsed(t *testing.T) {
	issuer, _, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, forger, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	header := `{"alg":"EdDSA","typ":"vc+jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":"` + b64(string(public)) + `"}}`
	signed := b64(header) + "." + b64(`{}`)
	if err := verify(signed+"."+b64(string(ed25519.Sign(forger, []byte(signed)))), issuer, vc); !errors.Is(err, jose.ErrSignature) {
		t.Errorf("%v, want %v", err, jose.ErrSignature)
	}
}

// TestSignaturesOfNobody: zeroes and orders pass some libraries for any message.
func TestSignaturesOfNobody(t *testing.T) {
	for _, s := range signers(t) {
		compact := sign(t, object("typ", "vc+jwt"), `{}`, s.key)
		signed, size := compact[:strings.LastIndex(compact, ".")], map[string]int{"ES384": 96, "ES512": 132}[s.alg]
		if size == 0 {
			size = 64
		}
		for name, signature := range map[string]string{
			"zeroes":         strings.Repeat("\x00", size),
			"ones":           strings.Repeat("\xff", size),
			"r is zero":      strings.Repeat("\x00", size/2) + strings.Repeat("\x01", size/2),
			"s is zero":      strings.Repeat("\x01", size/2) + strings.Repeat("\x00", size/2),
			"nothing":        "",
			"a byte short":   strings.Repeat("\x01", size-1),
			"a byte longer":  strings.Repeat("\x01", size+1),
			"ASN.1 of zeros": "\x30\x06\x02\x01\x00\x02\x01\x00",
		} {
			if err := verify(signed+"."+b64(signature), s.key.Public(), vc); !errors.Is(err, jose.ErrSignature) {
				t.Errorf("%s, %s: %v", s.alg, name, err)
			}
		}
	}
}

type strangeKey struct{ public crypto.PublicKey }

func (k strangeKey) Public() crypto.PublicKey { return k.public }
func (k strangeKey) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return []byte("not ASN.1"), nil
}

func TestSignRefuses(t *testing.T) {
	good := signers(t)[1].key
	for _, tt := range []struct {
		name    string
		header  strictjson.Value
		payload []byte
		key     crypto.Signer
		want    error
	}{
		{"an algorithm of one's own", object("alg", "none"), []byte("{}"), good, jose.ErrMalformed},
		{"no payload", object(), nil, good, jose.ErrMalformed},
		{"a curve that is not accepted", object(), []byte("{}"), elliptical(t, elliptic.P224()), jose.ErrKey},
		{"an unknown kind of key", object(), []byte("{}"), strangeKey{"?"}, jose.ErrKey},
		{"a signer that gives nonsense", object(), []byte("{}"), strangeKey{good.Public()}, jose.ErrKey},
	} {
		if compact, err := jose.Sign(tt.header, tt.payload, tt.key); !errors.Is(err, tt.want) || compact != "" {
			t.Errorf("%s: %q, %v", tt.name, compact, err)
		}
	}
	m, err := jose.Parse([]byte(sign(t, object("typ", "vc+jwt"), "{}", good)))
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []crypto.PublicKey{nil, "key", &elliptical(t, elliptic.P224()).PublicKey, []byte("secret")} {
		if err := m.Verify(key, vc); !errors.Is(err, jose.ErrKey) {
			t.Errorf("verify with %T: %v", key, err)
		}
	}
}

func TestClaims(t *testing.T) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]error{
		`{"a":1}`:       nil,
		``:              jose.ErrMalformed,
		`[]`:            jose.ErrMalformed,
		`"text"`:        jose.ErrMalformed,
		`{"a":1} {}`:    jose.ErrMalformed,
		`{"a":1,"a":1}`: strictjson.ErrDuplicateName,
		`{"a":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`: strictjson.ErrLimit,
	} {
		m, err := jose.Parse([]byte(sign(t, object(), payload, key)))
		if err != nil {
			t.Fatal(err)
		}
		if v, err := m.Claims(); !errors.Is(err, want) || err != nil && v.Exists() {
			t.Errorf("%s: %v, %v", payload, v, err)
		}
	}
}

func parse(t *testing.T, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDate(t *testing.T) {
	for in, want := range map[string]time.Time{
		`{}`:                      {},
		`{"exp":0}`:               time.Unix(0, 0),
		`{"exp":1262304000}`:      time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
		`{"exp":1262304000.5}`:    time.Date(2010, 1, 1, 0, 0, 0, 500_000_000, time.UTC),
		`{"exp":1.262304e9}`:      time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC),
		`{"exp":253402300799}`:    time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		`{"exp":253402300799000}`: {},
	} {
		got, err := jose.Date(parse(t, in), "exp")
		if !got.Equal(want) || want.IsZero() && in != `{}` && err == nil {
			t.Errorf("%s: %v, %v", in, got, err)
		}
		if again, err := jose.Date(strictjson.Object(strictjson.Member{Name: "exp", Value: jose.NumericDate(got)}), "exp"); err != nil || !again.Equal(got.Truncate(time.Second)) {
			t.Errorf("%s: written and read again %v, %v", in, again, err)
		}
	}
	for _, in := range []string{`{"exp":-1}`, `{"exp":"1262304000"}`, `{"exp":null}`, `{"exp":1e400}`, `{"exp":[1]}`, `{"exp":true}`, `{"exp":"2026-01-01T00:00:00Z"}`} {
		if got, err := jose.Date(parse(t, in), "exp"); !errors.Is(err, jose.ErrMalformed) || !got.IsZero() {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func TestTextAndAudience(t *testing.T) {
	for in, want := range map[string]bool{`{}`: true, `{"nonce":"a"}`: true, `{"nonce":""}`: false, `{"nonce":1}`: false, `{"nonce":null}`: false, `{"nonce":["a"]}`: false} {
		if _, err := jose.Text(parse(t, in), "nonce"); (err == nil) != want {
			t.Errorf("%s: %v", in, err)
		}
	}
	for in, want := range map[string]int{`{}`: 0, `{"aud":"a"}`: 1, `{"aud":["a","b"]}`: 2, `{"aud":[]}`: 0, `{"aud":[1]}`: -1, `{"aud":""}`: -1, `{"aud":{}}`: -1, `{"aud":null}`: -1} {
		if got, err := jose.Audience(parse(t, in)); err == nil && len(got) != want || err != nil && want >= 0 {
			t.Errorf("%s: %v, %v", in, got, err)
		}
	}
}

func TestKeyIDMustBeText(t *testing.T) {
	for header, want := range map[string]bool{`{}`: true, `{"kid":"a"}`: true, `{"kid":42}`: false, `{"kid":""}`: false, `{"kid":null}`: false} {
		m, err := jose.Parse([]byte(b64(header) + "." + b64("{}") + "."))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.KeyID(); (err == nil) != want {
			t.Errorf("%s: %v", header, err)
		}
	}
}
