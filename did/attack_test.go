package did

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"github.com/multiformats/go-multibase"

	"laurel/internal/fetch"
)

// codeOf is the mapping that the sentinels' comments promise: each error wraps
// exactly one of them.
func codeOf(t *testing.T, err error) string {
	t.Helper()
	codes := map[error]string{
		ErrSyntax:            "VERIFICATION_METHOD_UNRESOLVABLE",
		ErrNotFound:          "VERIFICATION_METHOD_UNRESOLVABLE",
		ErrMethodUnsupported: "DID_RESOLUTION_FAILED",
		ErrIdentifier:        "DID_RESOLUTION_FAILED",
		ErrResolution:        "DID_RESOLUTION_FAILED",
		ErrDocument:          "DID_DOCUMENT_INVALID",
		ErrDeactivated:       "DID_DEACTIVATED",
		ErrNotAuthorized:     "VERIFICATION_METHOD_NOT_AUTHORIZED",
		ErrKeyInvalid:        "KEY_INVALID",
		ErrKeyUnsupported:    "KEY_INVALID",
		ErrKeyRevoked:        "KEY_REVOKED",
		ErrKeyExpired:        "KEY_REVOKED",
		ErrLimit:             "LIMIT_EXCEEDED",
	}
	code, wrapped := "", 0
	for sentinel, c := range codes {
		if errors.Is(err, sentinel) {
			code, wrapped = c, wrapped+1
		}
	}
	if wrapped != 1 {
		t.Errorf("%v wraps %d sentinels, want 1", err, wrapped)
	}
	return code
}

// goodKey is the first test key of RFC 8032, section 7.1, and goodMultikey the same as a Multikey.
const (
	goodKey      = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
	goodMultikey = "z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"
)

// raw writes multicodec bytes and key in base58btc, unchecked.
func raw(prefix, key string) string {
	b, err := hex.DecodeString(prefix + key)
	if err != nil {
		panic(err)
	}
	s, err := multibase.Encode(multibase.Base58BTC, b)
	if err != nil {
		panic(err)
	}
	return s
}

func TestGoodMultikeyIsGood(t *testing.T) {
	if got := raw("ed01", goodKey); got != goodMultikey {
		t.Fatalf("%s, want %s", got, goodMultikey)
	}
	if _, err := ParseMultikey(goodMultikey); err != nil {
		t.Fatal(err)
	}
}

// TestDidKeyAttacks dereferences the verification method of a did:key as a proof
// would name it.
func TestDidKeyAttacks(t *testing.T) {
	same := func(multikey string) string { return "did:key:" + multikey + "#" + multikey }
	good := "did:key:" + goodMultikey
	other := "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	tests := []struct{ name, method, code string }{
		{"good", same(goodMultikey), ""},

		{"31 bytes", same(raw("ed01", goodKey[2:])), "KEY_INVALID"},
		{"33 bytes", same(raw("ed01", goodKey+"00")), "KEY_INVALID"},
		{"no key", same(raw("ed01", "")), "KEY_INVALID"},
		{"no multicodec", same(raw("", goodKey)), "KEY_INVALID"},
		{"identity point", same(raw("ed01", "01"+strings.Repeat("00", 31))), "KEY_INVALID"},
		{"order 2", same(raw("ed01", "ec"+strings.Repeat("ff", 30)+"7f")), "KEY_INVALID"},
		{"order 4", same(raw("ed01", strings.Repeat("00", 32))), "KEY_INVALID"},
		{"order 4, signed", same(raw("ed01", strings.Repeat("00", 31)+"80")), "KEY_INVALID"},
		{"order 8", same(raw("ed01", "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")), "KEY_INVALID"},
		{"order 8, the other", same(raw("ed01", "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")), "KEY_INVALID"},
		{"identity, negative zero", same(raw("ed01", "01"+strings.Repeat("00", 30)+"80")), "KEY_INVALID"},
		{"y = p", same(raw("ed01", "ed"+strings.Repeat("ff", 30)+"7f")), "KEY_INVALID"},
		{"y = p+1", same(raw("ed01", "ee"+strings.Repeat("ff", 30)+"7f")), "KEY_INVALID"},
		{"y = 2^255-1", same(raw("ed01", strings.Repeat("ff", 32))), "KEY_INVALID"},
		{"off the curve", same(raw("ed01", "02"+strings.Repeat("00", 31))), "KEY_INVALID"},
		{"X25519", same(raw("ec01", goodKey)), "KEY_INVALID"},
		{"P-521", same(raw("8224", "02"+strings.Repeat("01", 66))), "KEY_INVALID"},
		{"unknown multicodec", same(raw("8f4e", goodKey)), "KEY_INVALID"},
		{"secret key", same(raw("8026", goodKey)), "KEY_INVALID"},
		{"prefix padded", same(raw("ed8100", goodKey)), "KEY_INVALID"},
		{"prefix cut off", same(raw("ed", "")), "KEY_INVALID"},
		{"prefix of 10 bytes", same(raw("ffffffffffffffffffff", goodKey)), "KEY_INVALID"},
		{"P-256, off the curve", same(raw("8024", "02"+strings.Repeat("00", 31)+"01")), "KEY_INVALID"},
		{"P-256, x >= p", same(raw("8024", "02"+strings.Repeat("ff", 32))), "KEY_INVALID"},
		{"P-256, uncompressed", same(raw("8024", "04"+goodKey+goodKey)), "KEY_INVALID"},
		{"P-256, hybrid", same(raw("8024", "06"+goodKey)), "KEY_INVALID"},
		{"P-256, infinity", same(raw("8024", "00")), "KEY_INVALID"},
		{"P-256, 32 bytes", same(raw("8024", goodKey)), "KEY_INVALID"},
		{"P-384, off the curve", same(raw("8124", "02"+strings.Repeat("00", 47)+"01")), "KEY_INVALID"},
		{"P-384, x >= p", same(raw("8124", "02"+strings.Repeat("ff", 48))), "KEY_INVALID"},
		{"P-384, a P-256 point", same(raw("8124", "02"+goodKey)), "KEY_INVALID"},
		{"P-384, uncompressed", same(raw("8124", "04"+strings.Repeat(goodKey, 3))), "KEY_INVALID"},
		{"P-384, infinity", same(raw("8124", "00")), "KEY_INVALID"},
		{"secp256k1, off the curve", same(raw("e701", "02"+strings.Repeat("00", 31)+"05")), "KEY_INVALID"},
		{"secp256k1, x >= p", same(raw("e701", "02"+strings.Repeat("ff", 32))), "KEY_INVALID"},
		{"secp256k1, hybrid", same(raw("e701", "0679be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")), "KEY_INVALID"},
		{"secp256k1, uncompressed", same(raw("e701", "0479be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8")), "KEY_INVALID"},
		{"secp256k1, 32 bytes", same(raw("e701", goodKey)), "KEY_INVALID"},
		{"base58 with 0", same("z6Mkt0updmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw"), "KEY_INVALID"},
		{"base58 with l", same("z6Mktlupdm"), "KEY_INVALID"},
		{"leading ones", same("z1" + goodMultikey[1:]), "KEY_INVALID"},
		{"base64url", same("u7QHXWpgBgrEKt9VL_tPJZAc6DuFy89qmIyWvAhpo9wdRGg"), "KEY_INVALID"},
		{"base16", same("fed01" + goodKey), "KEY_INVALID"},
		{"upper-case prefix", same("Z" + goodMultikey[1:]), "KEY_INVALID"},
		{"no multikey", "did:key:#" + goodMultikey, "KEY_INVALID"},
		{"two multikeys", "did:key:" + goodMultikey + ":" + goodMultikey + "#" + goodMultikey, "KEY_INVALID"},
		{"version", "did:key:1.1:" + goodMultikey + "#" + goodMultikey, "KEY_INVALID"},
		{"percent-encoded", same("%7A" + goodMultikey[1:]), "KEY_INVALID"},
		{"space", "did:key: " + goodMultikey + "#" + goodMultikey, "KEY_INVALID"},
		{"line end", "did:key:" + goodMultikey + "\n#" + goodMultikey, "KEY_INVALID"},

		{"fragment of another key", good + "#" + other, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"no fragment", good, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"empty fragment", good + "#", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment of a counter", good + "#key-1", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment cut off", good + "#" + goodMultikey[:20], "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment with more", good + "#" + goodMultikey + "#x", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment in another case", good + "#" + strings.ToLower(goodMultikey), "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment percent-encoded", good + "#%7A" + goodMultikey[1:], "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"fragment with a control character", good + "#\x00" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"query", good + "?versionId=1#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"path", good + "/x#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"parameters", good + ";x=1#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"upper-case scheme", "DID:key:" + goodMultikey + "#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"upper-case method", "did:KEY:" + goodMultikey + "#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"bare multikey", goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"only a fragment", "#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"empty", "", "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"urn", "urn:uuid:00000000-0000-0000-0000-000000000000#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"javascript", "javascript:alert(1)#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},
		{"no method", "did:#" + goodMultikey, "VERIFICATION_METHOD_UNRESOLVABLE"},

		{"513 characters", "did:key:z" + strings.Repeat("2", maxKeyDID-8) + "#z2", "LIMIT_EXCEEDED"},
		{"120 kB", same("z" + strings.Repeat("2", 120<<10)), "LIMIT_EXCEEDED"},
		{"1 MB", "did:key:z" + strings.Repeat("z", 1<<20), "LIMIT_EXCEEDED"},
		{"a long fragment", good + "#" + strings.Repeat("z", maxURL), "LIMIT_EXCEEDED"},
		{"many ones", "did:key:z" + strings.Repeat("1", 1000) + "#z1", "LIMIT_EXCEEDED"},

		{"another method", "did:example:123#key-1", "DID_RESOLUTION_FAILED"},
		{"did:jwk", "did:jwk:eyJrdHkiOiJPS1AifQ#0", "DID_RESOLUTION_FAILED"},
	}
	keys := Methods{"key": Key{}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, doc, err := Dereference(context.Background(), keys, tt.method, AssertionMethod)
			if tt.code == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if code := codeOf(t, err); code != tt.code {
				t.Errorf("%v gives %s, want %s", err, code, tt.code)
			}
			if m != nil || doc != nil {
				t.Error("a key beside an error")
			}
		})
	}
}

// TestSmallOrderTable checks the table of small orders by multiplying: eight
// times each of its points is the identity, and these are all of them.
func TestSmallOrderTable(t *testing.T) {
	eight, err := edwards25519.NewScalar().SetCanonicalBytes(append([]byte{8}, make([]byte, 31)...))
	if err != nil {
		t.Fatal(err)
	}
	points := 0
	for _, y := range smallOrder {
		for _, sign := range []byte{0, 0x80} {
			enc := bytes.Clone(y[:])
			enc[31] |= sign
			p, err := new(edwards25519.Point).SetBytes(enc)
			if err != nil || !bytes.Equal(p.Bytes(), enc) {
				continue // x = 0 with a sign
			}
			points++
			if new(edwards25519.Point).ScalarMult(eight, p).Equal(edwards25519.NewIdentityPoint()) != 1 {
				t.Errorf("%x is not of small order", enc)
			}
			if checkEd25519(enc) == nil {
				t.Errorf("%x passes", enc)
			}
		}
	}
	if points != 8 {
		t.Errorf("%d points of small order, want 8", points)
	}
}

// TestConstantSignature shows what the check is for: crypto/ed25519 accepts one
// signature for every message under the identity.
func TestConstantSignature(t *testing.T) {
	identity := append([]byte{1}, make([]byte, 31)...)
	signature := append(bytes.Clone(identity), make([]byte, 32)...)
	if !ed25519.Verify(identity, []byte("any message"), signature) {
		t.Log("crypto/ed25519 has learnt to refuse it too")
	}
	if _, err := ParseMultikey(raw("ed01", hex.EncodeToString(identity))); !errors.Is(err, ErrKeyInvalid) {
		t.Errorf("%v, want %v", err, ErrKeyInvalid)
	}
}

// TestNonMinimalPrefixes: every longer spelling of a known multicodec.
func TestNonMinimalPrefixes(t *testing.T) {
	for _, code := range []uint64{codeEd25519, 0x1200, 0x1201, 0xe7} {
		short := binary.AppendUvarint(nil, code)
		for extra := 1; extra < 8; extra++ {
			long := bytes.Clone(short)
			long[len(long)-1] |= 0x80
			for range extra - 1 {
				long = append(long, 0x80)
			}
			long = append(long, 0)
			if _, err := ParseMultikey(raw(hex.EncodeToString(long), goodKey)); !errors.Is(err, ErrKeyInvalid) {
				t.Errorf("%x: %v, want %v", long, err, ErrKeyInvalid)
			}
		}
	}
}

// site is a Fetcher with a fixed set of answers.
type site map[string]string

func (s site) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	body, ok := s[r.URL]
	if !ok {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	if r.Kind != fetch.DIDDocument {
		return nil, fmt.Errorf("asked for kind %d", r.Kind)
	}
	return &fetch.Resource{URL: r.URL, Body: []byte(body), Source: fetch.Network}, nil
}
