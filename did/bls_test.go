package did

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/multiformats/go-multibase"
)

// TestKeyVectorsBLS reads the keys in G2 of the did:key vectors; a pair of keys
// in G1 and G2 is refused by name.
func TestKeyVectorsBLS(t *testing.T) {
	read, refused := 0, 0
	for _, v := range readVectors(t, "did-key/bls12381.json").Members() {
		doc, err := Key{}.Resolve(context.Background(), v.Name)
		if strings.HasPrefix(v.Name, "did:key:z5Tc") {
			if !errors.Is(err, ErrKeyUnsupported) || !strings.Contains(err.Error(), "BLS12-381") || doc != nil {
				t.Errorf("%s: %v, want %v", v.Name, err, ErrKeyUnsupported)
			}
			refused++
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		read++
		key := doc.Methods[0].Key.(BLSKey)
		if again, err := FormatKey(key); err != nil || again != v.Name {
			t.Errorf("%s: written as %s, %v", v.Name, again, err)
		}
		for _, method := range v.Value.Get("didDocument").Get("verificationMethod").Elems() {
			text, ok := method.Get("publicKeyBase58").Text()
			if !ok {
				continue
			}
			if _, want, err := multibase.Decode("z" + text); err != nil || !bytes.Equal(key[:], want) {
				t.Errorf("%s: another key, %v", v.Name, err)
			}
		}
	}
	if read != 5 || refused != 1 {
		t.Errorf("%d read and %d refused, want 5 and 1", read, refused)
	}
}

func TestBLSKeysRefused(t *testing.T) {
	good, err := Key{}.Resolve(context.Background(), "did:key:zUC77uxiMKceQoxciSy1xgk3nvP8c8NZXDnaY1xsXZaU5UmsZdnwStUke8Ca8zAdPX3MQTHEMhDTCgfdGU7UrY4RRdVhqZp8FaAaoaXFEVp2ZAM7oj3P45BuTCfc3t9FEGBAEQY")
	if err != nil {
		t.Fatal(err)
	}
	key := good.Methods[0].Key.(BLSKey)
	for name, change := range map[string]func(b []byte) []byte{
		"short":            func(b []byte) []byte { return b[:95] },
		"long":             func(b []byte) []byte { return append(b, 0) },
		"nothing":          func([]byte) []byte { return nil },
		"uncompressed":     func(b []byte) []byte { b[0] &= 0x7f; return b },
		"infinity":         func([]byte) []byte { return append([]byte{0xc0}, make([]byte, 95)...) },
		"infinity, else":   func(b []byte) []byte { b[0] |= 0x40; return b },
		"x1 is the prime":  func(b []byte) []byte { copy(b, fieldBLS); b[0] |= 0x80; return b },
		"x0 is the prime":  func(b []byte) []byte { copy(b[48:], fieldBLS); return b },
		"x0 has flags":     func(b []byte) []byte { b[48] |= 0x80; return b },
		"all bits are set": func(b []byte) []byte { return bytes.Repeat([]byte{0xff}, 96) },
	} {
		bad := change(bytes.Clone(key[:]))
		got, err := ParseMultikey(encodeMultikey(codeBLS, bad))
		if !errors.Is(err, ErrKeyInvalid) || got != nil {
			t.Errorf("%s: %v, want %v", name, err, ErrKeyInvalid)
		}
		if len(bad) == len(key) {
			if text, err := FormatKey(BLSKey(bad)); !errors.Is(err, ErrKeyInvalid) || text != "" {
				t.Errorf("%s: is written, %v", name, err)
			}
		}
	}
	other := key
	other[95] ^= 1
	if !key.Equal(BLSKey(bytes.Clone(key[:]))) || key.Equal(other) || key.Equal(nil) {
		t.Error("Equal")
	}
}
