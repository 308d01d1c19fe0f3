package cryptosuite

import (
	"crypto/ecdsa"
	"crypto/rand"
	"math/big"
	"testing"
)

// TestBothValuesOfS: with (r, s) also (r, n-s) is a signature. The specification
// prefers neither.
func TestBothValuesOfS(t *testing.T) {
	for i := range ecdsaCurves {
		c := &ecdsaCurves[i]
		key, err := ecdsa.GenerateKey(c.curve, rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		data := []byte("hashData")
		signature, err := c.sign(key, data)
		if err != nil {
			t.Fatal(err)
		}
		again, err := c.sign(key, data)
		if err != nil || string(again) != string(signature) {
			t.Errorf("%s: signing is not deterministic, %v", c.curve.Params().Name, err)
		}
		other := append([]byte(nil), signature...)
		s := new(big.Int).SetBytes(signature[c.size:])
		new(big.Int).Sub(c.curve.Params().N, s).FillBytes(other[c.size:])
		if !c.verify(&key.PublicKey, data, signature) || !c.verify(&key.PublicKey, data, other) {
			t.Errorf("%s: one of the two is refused", c.curve.Params().Name)
		}
		for name, bad := range map[string][]byte{
			"r = 0":       append(make([]byte, c.size), signature[c.size:]...),
			"s = 0":       append(append([]byte(nil), signature[:c.size]...), make([]byte, c.size)...),
			"all zeros":   make([]byte, 2*c.size),
			"r = n":       append(c.curve.Params().N.Bytes(), signature[c.size:]...),
			"s = n":       append(append([]byte(nil), signature[:c.size]...), c.curve.Params().N.Bytes()...),
			"a byte more": append(append([]byte(nil), signature...), 0),
			"short":       signature[:2*c.size-1],
			"nothing":     nil,
		} {
			if c.verify(&key.PublicKey, data, bad) {
				t.Errorf("%s: %s passes", c.curve.Params().Name, name)
			}
		}
	}
}
