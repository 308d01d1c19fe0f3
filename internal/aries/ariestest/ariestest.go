// Package ariestest makes legacy credentials for tests. The product only reads
// them: nothing outside tests may sign in these ways any more.
//
// It signs by the specifications and not through aries, so that what aries says of
// its signatures is an answer and no echo; only the BBS+ signature itself is made
// by aries, since there is no other implementation of it in Go:
//
//	school := ariestest.Ed25519(t, "school")
//	signed := school.Sign(t, badge, ariestest.Options{Kind: aries.Ed25519Signature2018})
package ariestest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"testing"

	"laurel/did"
	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	secp "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
	"github.com/hyperledger/aries-framework-go/pkg/crypto/primitive/bbs12381g2pub"
)

// Party is somebody who signs, with one key.
type Party struct {
	ID     string // a did:key; of an RSA key, which has none, did:example
	Method string // the URL of its key
	Public crypto.PublicKey

	alg  string
	sign func(message []byte) ([]byte, error) // a JWS
	bbs  func(messages [][]byte) ([]byte, error)
	raw  []byte // the public key as aries takes it, BBS+ only
}

// Options says how to sign. Kind is required.
type Options struct {
	Kind      aries.Kind
	Purpose   string // assertionMethod if empty
	Created   string // 2023-01-01T00:00:00Z if empty
	Challenge string
	Domain    string
	Header    string // of the JWS, instead of the right one
}

// Ed25519 makes a party with an Ed25519 key, the same for every call of a name.
func Ed25519(tb testing.TB, name string) Party {
	seed := sha256.Sum256([]byte("laurel legacy party " + name))
	key := ed25519.NewKeyFromSeed(seed[:])
	return party(tb, key.Public(), "EdDSA", func(m []byte) ([]byte, error) { return ed25519.Sign(key, m), nil })
}

// ECDSA makes a party with a fresh key on the curve.
func ECDSA(tb testing.TB, curve elliptic.Curve) Party {
	tb.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	alg, hash := map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[curve.Params().BitSize], crypto.SHA256
	switch alg {
	case "ES384":
		hash = crypto.SHA384
	case "ES512":
		hash = crypto.SHA512
	}
	return party(tb, key.Public(), alg, func(m []byte) ([]byte, error) {
		h := hash.New()
		h.Write(m)
		der, err := key.Sign(rand.Reader, h.Sum(nil), hash)
		if err != nil {
			return nil, err
		}
		var pair struct{ R, S *big.Int }
		if _, err := asn1.Unmarshal(der, &pair); err != nil {
			return nil, err
		}
		size := (curve.Params().BitSize + 7) / 8
		out := make([]byte, 2*size)
		pair.R.FillBytes(out[:size])
		pair.S.FillBytes(out[size:])
		return out, nil
	})
}

// Secp256k1 makes a party with a fresh key on that curve.
func Secp256k1(tb testing.TB) Party {
	tb.Helper()
	key, err := secp256k1.GeneratePrivateKey()
	if err != nil {
		tb.Fatal(err)
	}
	return party(tb, key.PubKey(), "ES256K", func(m []byte) ([]byte, error) {
		sum := sha256.Sum256(m)
		return secp.SignCompact(key, sum[:], true)[1:], nil
	})
}

// RSA makes a party with a fresh key of 2,048 bits.
func RSA(tb testing.TB) Party {
	tb.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	return party(tb, key.Public(), "PS256", func(m []byte) ([]byte, error) {
		sum := sha256.Sum256(m)
		return rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	})
}

// BBS makes a party with a BLS12-381 key, the same for every call of a name.
func BBS(tb testing.TB, name string) Party {
	tb.Helper()
	seed := sha256.Sum256([]byte("laurel legacy party " + name))
	public, private, err := bbs12381g2pub.GenerateKeyPair(sha256.New, seed[:])
	if err != nil {
		tb.Fatal(err)
	}
	raw, err := public.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	p := party(tb, did.BLSKey(raw), "", nil)
	p.raw = raw
	p.bbs = func(messages [][]byte) ([]byte, error) { return bbs12381g2pub.New().SignWithKey(messages, private) }
	return p
}

func party(tb testing.TB, public crypto.PublicKey, alg string, sign func([]byte) ([]byte, error)) Party {
	tb.Helper()
	p := Party{ID: "did:example:rsa", Method: "did:example:rsa#key", Public: public, alg: alg, sign: sign}
	if id, err := did.FormatKey(public); err == nil {
		p.ID = id
		if p.Method, err = did.KeyMethod(id); err != nil {
			tb.Fatal(err)
		}
	}
	return p
}

// Sign adds a legacy proof to a document, which must name the contexts that
// define its words.
func (p Party) Sign(tb testing.TB, doc strictjson.Value, opt Options) strictjson.Value {
	tb.Helper()
	doc = doc.Without("proof")
	config := p.config(opt)
	if p.bbs != nil {
		value, err := p.bbs(statements(tb, doc, config))
		if err != nil {
			tb.Fatal(err)
		}
		return doc.With("proof", config.With("proofValue", strictjson.String(base64.StdEncoding.EncodeToString(value))))
	}
	header := opt.Header
	if header == "" {
		header = fmt.Sprintf(`{"alg":%q,"b64":false,"crit":["b64"]}`, p.alg)
	}
	header = base64.RawURLEncoding.EncodeToString([]byte(header))
	signature, err := p.sign(append([]byte(header+"."), hashes(tb, doc, config)...))
	if err != nil {
		tb.Fatal(err)
	}
	jws := header + ".." + base64.RawURLEncoding.EncodeToString(signature)
	return doc.With("proof", config.With("jws", strictjson.String(jws)))
}

func (p Party) config(opt Options) strictjson.Value {
	text := func(s, otherwise string) strictjson.Value {
		if s == "" {
			s = otherwise
		}
		if s == "" {
			return strictjson.Value{}
		}
		return strictjson.String(s)
	}
	return strictjson.Object(
		strictjson.Member{Name: "type", Value: strictjson.String(string(opt.Kind))},
		strictjson.Member{Name: "created", Value: text(opt.Created, "2023-01-01T00:00:00Z")},
		strictjson.Member{Name: "verificationMethod", Value: strictjson.String(p.Method)},
		strictjson.Member{Name: "proofPurpose", Value: text(opt.Purpose, "assertionMethod")},
		strictjson.Member{Name: "challenge", Value: text(opt.Challenge, "")},
		strictjson.Member{Name: "domain", Value: text(opt.Domain, "")},
	)
}

// Derive makes the proof that shows a part of a signed document: revealed is what
// is shown of it, without a proof. Nodes without a name are named in it as
// urn:bnid:_:c14n0, by their label in the canonical form of the document.
func (p Party) Derive(tb testing.TB, signed, revealed strictjson.Value) strictjson.Value {
	tb.Helper()
	config := signed.Get("proof").Without("proofValue")
	value, err := base64.StdEncoding.DecodeString(signed.Get("proof").Get("proofValue").Str())
	if err != nil {
		tb.Fatal(err)
	}
	all := statements(tb, signed.Without("proof"), config)
	var shown []int
	for _, line := range statements(tb, revealed, config) {
		line = placeholder.ReplaceAll(line, []byte("$1"))
		i := slices.IndexFunc(all, func(one []byte) bool { return bytes.Equal(one, line) })
		if i < 0 {
			tb.Fatalf("%s was not signed", line)
		}
		shown = append(shown, i)
	}
	nonce := []byte("a nonce")
	derived, err := bbs12381g2pub.New().DeriveProof(all, value, nonce, p.raw, shown)
	if err != nil {
		tb.Fatal(err)
	}
	return revealed.With("proof", config.
		With("type", strictjson.String(string(aries.BBSBLSSignatureProof2020))).
		With("nonce", strictjson.String(base64.StdEncoding.EncodeToString(nonce))).
		With("proofValue", strictjson.String(base64.StdEncoding.EncodeToString(derived))))
}

var placeholder = regexp.MustCompile(`<urn:bnid:(_:c14n[0-9]+)>`)

// hashes is what a JWS signs: the proof is read under contexts of its own.
func hashes(tb testing.TB, doc, config strictjson.Value) []byte {
	tb.Helper()
	own := strictjson.Strings("https://w3id.org/security/v2", "https://w3id.org/security/suites/jws-2020/v1")
	first := sha256.Sum256(canonical(tb, config.With("@context", own)))
	second := sha256.Sum256(canonical(tb, doc))
	return append(first[:], second[:]...)
}

// statements are what BBS+ signs, one message each: first those of the proof.
func statements(tb testing.TB, doc, config strictjson.Value) [][]byte {
	tb.Helper()
	text := canonical(tb, config.With("@context", doc.Get("@context")))
	text = append(text, canonical(tb, doc)...)
	return bytes.Split(bytes.TrimSuffix(text, []byte("\n")), []byte("\n"))
}

func canonical(tb testing.TB, doc strictjson.Value) []byte {
	tb.Helper()
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		tb.Fatal(err)
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return c.NQuads
}
