package cryptosuite

import (
	"crypto"
	"encoding/base64"
	"encoding/hex"
	"testing"

	"laurel/did"
	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

// TestWycheproof holds the signature checks of the suites to the Wycheproof
// vectors: edge cases of the arithmetic, numbers out of range, wrong lengths.
func TestWycheproof(t *testing.T) {
	for _, tt := range []struct {
		file           string
		verify         func(*Message, crypto.PublicKey, string, hasher) error
		valid, invalid int
	}{
		{"ed25519_test.json", verifyEd25519, 88, 63},
		{"ecdsa_secp256r1_sha256_p1363_test.json", verifyECDSA, 173, 89},
		{"ecdsa_secp384r1_sha384_p1363_test.json", verifyECDSA, 193, 87},
	} {
		t.Run(tt.file, func(t *testing.T) {
			valid, invalid := 0, 0
			for _, group := range wycheproof(t, tt.file).Get("testGroups").Elems() {
				key := wycheproofKey(t, group)
				for _, test := range group.Get("tests").Elems() {
					data := hexBytes(t, test.Get("msg"))
					value, err := multibase.Encode(multibase.Base58BTC, hexBytes(t, test.Get("sig")))
					if err != nil {
						t.Fatal(err)
					}
					err = tt.verify(nil, key, value, func(*Message, crypto.Hash) ([]byte, error) { return data, nil })
					if (err == nil) != (test.Get("result").Str() == "valid") {
						id, _ := test.Get("tcId").Literal()
						t.Errorf("test %s (%s): %v, want %s", id, test.Get("comment").Str(), err, test.Get("result").Str())
					}
					if err == nil {
						valid++
					} else {
						invalid++
					}
				}
			}
			if valid != tt.valid || invalid != tt.invalid {
				t.Errorf("%d valid and %d invalid, want %d and %d", valid, invalid, tt.valid, tt.invalid)
			}
		})
	}
}

func wycheproof(t *testing.T, file string) strictjson.Value {
	t.Helper()
	v, err := strictjson.ParseWithin([]byte(readVector(t, "wycheproof/"+file)), strictjson.Limits{Bytes: 1 << 20, Depth: 16, Nodes: 100_000})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// wycheproofKey reads a key of the vectors as a proof's key is read. Not every
// group has it in the form of a JSON Web Key.
func wycheproofKey(t *testing.T, group strictjson.Value) crypto.PublicKey {
	t.Helper()
	jwk := group.Get("publicKeyJwk")
	if point := group.Get("publicKey").Get("uncompressed"); point.Exists() && !jwk.Exists() {
		b := hexBytes(t, point)[1:]
		name, size := "P-256", len(b)/2
		if size == 48 {
			name = "P-384"
		}
		jwk = strictjson.Object(
			strictjson.Member{Name: "kty", Value: strictjson.String("EC")},
			strictjson.Member{Name: "crv", Value: strictjson.String(name)},
			strictjson.Member{Name: "x", Value: strictjson.String(base64.RawURLEncoding.EncodeToString(b[:size]))},
			strictjson.Member{Name: "y", Value: strictjson.String(base64.RawURLEncoding.EncodeToString(b[size:]))},
		)
	}
	key, err := did.ParseJWK(jwk)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func hexBytes(t *testing.T, v strictjson.Value) []byte {
	t.Helper()
	b, err := hex.DecodeString(v.Str())
	if err != nil {
		t.Fatal(err)
	}
	return b
}
