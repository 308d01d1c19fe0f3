package jose_test

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"

	gojose "github.com/go-jose/go-jose/v4"
)

// sealed is a message of OpenID4VP 1.0, section 8.3, and the key that the
// specification prints with it.
const (
	sealedMessage = "eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTEyOEdDTSIsImtpZCI6ImFjIiwiZXBrIjp7Imt" +
		"0eSI6IkVDIiwieCI6Im5ubVZwbTNWM2piaGNhZlFhUkJrU1ZOSGx3Wkh3dC05ck9wSnVmeVlJdWsiLCJ5I" +
		"joicjRmakRxd0p5czlxVU9QLV9iM21SNVNaRy0tQ3dPMm1pYzVWU05UWU45ZyIsImNydiI6IlAtMjU2In1" +
		"9..uAYcHRUSSn2X0WPX.yVzlGSYG4qbg0bq18JcUiDRw56yVnbKR8E7S7YlEtzT00RqE3Pw5oTpUG3hdLN" +
		"4taHZ9gC1kwak8JOnJgQ.1wR024_3-qtAlx1oFIUpQQ"
	sealedSecret = "Et-3ce0omz8_TuZ96Df9lp0GAaaDoUnDe6X-CRO7Aww"
	sealedJWK    = `{"kty":"EC","kid":"ac","use":"enc","crv":"P-256","alg":"ECDH-ES",
		"x":"YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk","y":"Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk"}`
)

func secretKey(t testing.TB) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func unseal(compact string, key *ecdh.PrivateKey) ([]byte, error) {
	s, err := jose.ParseSealed([]byte(compact))
	if err != nil {
		return nil, err
	}
	return s.Open(key)
}

func TestPublishedMessage(t *testing.T) {
	d, err := jose.Decode([]byte(sealedSecret))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := unseal(sealedMessage, key)
	if err != nil || !strings.Contains(string(plain), `"example_credential_id"`) {
		t.Errorf("got %s, %v", plain, err)
	}
	to, err := jose.ParseRecipient(document(t, sealedJWK))
	if err != nil || to.ID != "ac" || !to.Key.Equal(key.PublicKey()) {
		t.Errorf("the published key is read as %+v, %v", to, err)
	}
	if again, err := jose.ParseRecipient(to.JWK()); err != nil || !again.Key.Equal(to.Key) {
		t.Errorf("a key that was written is read as %+v, %v", again, err)
	}
}

func document(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEncryptAndOpen(t *testing.T) {
	key, other := secretKey(t), secretKey(t)
	to := jose.Recipient{ID: "k1", Key: key.PublicKey()}
	for _, enc := range jose.Encodings {
		for _, size := range []int{0, 1, 1000, 200_000} {
			message := bytes.Repeat([]byte("x"), size)
			compact, err := jose.Encrypt(message, to, enc)
			if err != nil {
				t.Fatal(err)
			}
			if plain, err := unseal(compact, key); err != nil || !bytes.Equal(plain, message) {
				t.Errorf("%s, %d bytes: %v", enc, size, err)
			}
			if _, err := unseal(compact, other); !errors.Is(err, jose.ErrDecryption) {
				t.Errorf("%s: another key: %v", enc, err)
			}
		}
	}
	if _, err := jose.Encrypt(nil, to, "A128CBC-HS256"); !errors.Is(err, jose.ErrAlgorithm) {
		t.Errorf("a content encryption that is not accepted: %v", err)
	}
	far, err := ecdh.P384().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jose.Encrypt(nil, jose.Recipient{Key: far.PublicKey()}, "A128GCM"); !errors.Is(err, jose.ErrKey) {
		t.Errorf("a key on another curve: %v", err)
	}
}

// TestSealedByTheLibrary reads what the library behind the door makes, with the parameters
// that others put in.
func TestSealedByTheLibrary(t *testing.T) {
	key := secretKey(t)
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), key.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		alg  gojose.KeyAlgorithm
		enc  gojose.ContentEncryption
		opt  *gojose.EncrypterOptions
		want error
	}{
		{"plain", gojose.ECDH_ES, gojose.A128GCM, nil, nil},
		{"with a type", gojose.ECDH_ES, gojose.A256GCM, (&gojose.EncrypterOptions{}).WithType("JWT"), nil},
		{"apu and apv beside", gojose.ECDH_ES, gojose.A256GCM, (&gojose.EncrypterOptions{}).WithHeader("x", "y"), nil},
		{"compressed", gojose.ECDH_ES, gojose.A128GCM, &gojose.EncrypterOptions{Compression: gojose.DEFLATE}, jose.ErrCritical},
		{"a wrapped key", gojose.ECDH_ES_A128KW, gojose.A128GCM, nil, jose.ErrMalformed},
		{"CBC", gojose.ECDH_ES, gojose.A128CBC_HS256, nil, jose.ErrMalformed},
		{"A192GCM", gojose.ECDH_ES, gojose.A192GCM, nil, jose.ErrAlgorithm},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := gojose.NewEncrypter(tt.enc, gojose.Recipient{Algorithm: tt.alg, Key: public}, tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			made, err := e.Encrypt([]byte(`{}`))
			if err != nil {
				t.Fatal(err)
			}
			compact, err := made.CompactSerialize()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := unseal(compact, key); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// reheaded is a message with another header.
func reheaded(compact, header string) string {
	parts := strings.Split(compact, ".")
	parts[0] = b64(header)
	return strings.Join(parts, ".")
}

func TestSealedRefused(t *testing.T) {
	const epk = `"epk":{"kty":"EC","crv":"P-256","x":"nnmVpm3V3jbhcafQaRBkSVNHlwZHwt-9rOpJufyYIuk","y":"r4fjDqwJys9qUOP-_b3mR5SZG--CwO2mic5VSNTYN9g"}`
	// On y^2 = x^3 - 3x + b with another b: the attack of CVE-2016-9121.
	const stray = `"epk":{"kty":"EC","crv":"P-256","x":"nnmVpm3V3jbhcafQaRBkSVNHlwZHwt-9rOpJufyYIuk","y":"r4fjDqwJys9qUOP-_b3mR5SZG--CwO2mic5VSNTYN9k"}`
	const good = `{"alg":"ECDH-ES","enc":"A128GCM",` + epk + `}`
	parts := strings.Split(sealedMessage, ".")
	with := func(i int, part string) string {
		changed := slices.Clone(parts)
		changed[i] = part
		return strings.Join(changed, ".")
	}
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", jose.ErrMalformed},
		{"a signed token", "e30.e30.e30", jose.ErrMalformed},
		{"a thousand dots", strings.Repeat(".", 1000), jose.ErrMalformed},
		{"a part too many", sealedMessage + ".", jose.ErrMalformed},
		{"padding", sealedMessage + "==", jose.ErrMalformed},
		{"a line end", sealedMessage + "\n", jose.ErrMalformed},
		{"JSON serialization", `{"protected":"e30","ciphertext":"AA","iv":"AA","tag":"AA"}`, jose.ErrMalformed},
		{"an encrypted key", with(1, "AAAA"), jose.ErrMalformed},
		{"a short tag", with(4, "AAAA"), jose.ErrMalformed},
		{"no tag", with(4, ""), jose.ErrMalformed},
		{"a short vector", with(2, "AAAA"), jose.ErrMalformed},
		{"too large", with(3, strings.Repeat("A", 2<<20)), strictjson.ErrLimit},
		{"no object", reheaded(sealedMessage, `[]`), jose.ErrMalformed},
		{"two algorithms", reheaded(sealedMessage, `{"alg":"ECDH-ES","alg":"dir"}`), strictjson.ErrDuplicateName},
		{"a large header", reheaded(sealedMessage, `{"alg":"ECDH-ES","x":"`+strings.Repeat("x", 5000)+`"}`), strictjson.ErrLimit},
		{"dir", reheaded(sealedMessage, strings.Replace(good, "ECDH-ES", "dir", 1)), jose.ErrAlgorithm},
		{"none", reheaded(sealedMessage, strings.Replace(good, "ECDH-ES", "none", 1)), jose.ErrAlgorithm},
		{"RSA1_5", reheaded(sealedMessage, strings.Replace(good, "ECDH-ES", "RSA1_5", 1)), jose.ErrAlgorithm},
		{"a password", reheaded(sealedMessage, strings.Replace(good, "ECDH-ES", "PBES2-HS256+A128KW", 1)), jose.ErrAlgorithm},
		{"a password's work", reheaded(sealedMessage, `{"p2c":2147483647,`+good[1:]), jose.ErrCritical},
		{"CBC", reheaded(sealedMessage, strings.Replace(good, "A128GCM", "A128CBC-HS256", 1)), jose.ErrAlgorithm},
		{"no enc", reheaded(sealedMessage, strings.Replace(good, `"enc":"A128GCM",`, "", 1)), jose.ErrAlgorithm},
		{"zip", reheaded(sealedMessage, `{"zip":"DEF",`+good[1:]), jose.ErrCritical},
		{"crit", reheaded(sealedMessage, `{"crit":["x"],`+good[1:]), jose.ErrCritical},
		{"no epk", reheaded(sealedMessage, `{"alg":"ECDH-ES","enc":"A128GCM"}`), jose.ErrKey},
		{"epk of another curve", reheaded(sealedMessage, strings.Replace(good, "P-256", "P-384", 1)), jose.ErrKey},
		{"epk off the curve", reheaded(sealedMessage, `{"alg":"ECDH-ES","enc":"A128GCM",`+stray+`}`), jose.ErrKey},
		{"epk is zero", reheaded(sealedMessage, `{"alg":"ECDH-ES","enc":"A128GCM","epk":{"kty":"EC","crv":"P-256","x":"`+strings.Repeat("A", 43)+`","y":"`+strings.Repeat("A", 43)+`"}}`), jose.ErrKey},
		{"epk with its secret", reheaded(sealedMessage, strings.Replace(good, `"kty"`, `"d":"AA","kty"`, 1)), jose.ErrKey},
		{"epk short", reheaded(sealedMessage, strings.Replace(good, `"nnmV`, `"`, 1)), jose.ErrKey},
		{"another header than was encrypted under", reheaded(sealedMessage, good), jose.ErrDecryption},
		{"another tag", with(4, strings.Repeat("A", 22)), jose.ErrDecryption},
		{"another text", with(3, "AAAA"), jose.ErrDecryption},
	}
	d, err := jose.Decode([]byte(sealedSecret))
	if err != nil {
		t.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			plain, err := unseal(tt.in, key)
			if !errors.Is(err, tt.want) || plain != nil {
				t.Errorf("got %q, %v, want %v", plain, err, tt.want)
			}
		})
	}
}

func TestRecipientRefused(t *testing.T) {
	tests := map[string]string{
		"another type":       `{"kty":"OKP","crv":"X25519","alg":"ECDH-ES","kid":"a","x":"WPX7wnwq10hFNK9aDSyG1QlLswE_CJY14LdhcFUIVVc"}`,
		"another curve":      strings.Replace(sealedJWK, "P-256", "P-384", 1),
		"no alg":             strings.Replace(sealedJWK, `"alg":"ECDH-ES",`, "", 1),
		"a wrapping alg":     strings.Replace(sealedJWK, `ECDH-ES`, "ECDH-ES+A128KW", 1),
		"for signatures":     strings.Replace(sealedJWK, `"enc"`, `"sig"`, 1),
		"the secret":         strings.Replace(sealedJWK, `{`, `{"d":"AA",`, 1),
		"no kid":             strings.Replace(sealedJWK, `"kid":"ac",`, "", 1),
		"off the curve":      strings.Replace(sealedJWK, "Hekpm0", "Hekpm1", 1),
		"a short coordinate": strings.Replace(sealedJWK, "Hekpm0", "", 1),
		"padding":            strings.Replace(sealedJWK, "Okk", "Okk=", 1),
	}
	for name, jwk := range tests {
		if _, err := jose.ParseRecipient(document(t, jwk)); !errors.Is(err, jose.ErrKey) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzParseSealed(f *testing.F) {
	f.Add([]byte(sealedMessage))
	f.Add([]byte(reheaded(sealedMessage, `{"alg":"ECDH-ES","enc":"A256GCM","kid":1}`)))
	f.Add([]byte("...."))
	d, err := jose.Decode([]byte(sealedSecret))
	if err != nil {
		f.Fatal(err)
	}
	key, err := ecdh.P256().NewPrivateKey(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, compact []byte) {
		s, err := jose.ParseSealed(compact)
		if err != nil {
			if s != nil {
				t.Fatal("an error and a message")
			}
			return
		}
		if plain, err := s.Open(key); err == nil && string(compact) != sealedMessage {
			t.Fatalf("another message opens: %s", plain)
		}
	})
}
