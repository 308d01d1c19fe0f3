package aries_test

import (
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/aries"
	"laurel/internal/aries/ariestest"
	"laurel/internal/strictjson"

	"github.com/hyperledger/aries-framework-go/pkg/crypto/primitive/bbs12381g2pub"
	"github.com/hyperledger/aries-framework-go/pkg/doc/jose/jwk"
	ldprocessor "github.com/hyperledger/aries-framework-go/pkg/doc/signature/jsonld"
	suites "github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/bbsblssignature2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/bbsblssignatureproof2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/ed25519signature2018"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/suite/jsonwebsignature2020"
	"github.com/hyperledger/aries-framework-go/pkg/doc/signature/verifier"
	"github.com/piprate/json-gold/ld"
)

// This file shows why aries is behind a door: what it says of documents when it is
// asked as its own documentation has it, with its own JSON-LD, and what this
// package says of them.

// contexts are the embedded contexts, for the JSON-LD of aries.
type contexts map[string]string

func (c contexts) LoadDocument(url string) (*ld.RemoteDocument, error) {
	if url == "https://w3id.org/security/jws/v1" {
		url = "https://w3id.org/security/suites/jws-2020/v1"
	}
	file, ok := c[url]
	if !ok {
		return nil, fmt.Errorf("%s is not embedded", url)
	}
	text, err := os.ReadFile("../jsonld/contexts/" + file)
	if err != nil {
		return nil, err
	}
	doc, err := ld.DocumentFromReader(strings.NewReader(string(text)))
	return &ld.RemoteDocument{DocumentURL: url, Document: doc}, err
}

func embedded(t testing.TB) contexts {
	t.Helper()
	index, err := os.ReadFile("../jsonld/contexts/index")
	if err != nil {
		t.Fatal(err)
	}
	out := contexts{}
	for line := range strings.Lines(string(index)) {
		if row := strings.Fields(line); out[row[1]] == "" {
			out[row[1]] = row[2]
		}
	}
	return out
}

type anyKey struct{ *verifier.PublicKey }

func (k anyKey) Resolve(string) (*verifier.PublicKey, error) { return k.PublicKey, nil }

// alone is what aries says without this package. A panic is an error that says so.
func alone(t testing.TB, doc strictjson.Value, key *verifier.PublicKey) (err error) {
	t.Helper()
	nonce, decodeErr := aries.ValueOf(doc.Get("proof").Get("nonce").Str())
	if decodeErr != nil {
		t.Fatal(decodeErr)
	}
	v, err := verifier.New(anyKey{key},
		ed25519signature2018.New(suites.WithVerifier(ed25519signature2018.NewPublicKeyVerifier())),
		jsonwebsignature2020.New(suites.WithVerifier(jsonwebsignature2020.NewPublicKeyVerifier())),
		bbsblssignature2020.New(suites.WithVerifier(bbsblssignature2020.NewG2PublicKeyVerifier())),
		bbsblssignatureproof2020.New(suites.WithVerifier(bbsblssignatureproof2020.NewG2PublicKeyVerifier(nonce))),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return v.Verify(doc.JSON(), ldprocessor.WithDocumentLoader(embedded(t)))
}

func keyOf(p ariestest.Party) *verifier.PublicKey {
	if key, ok := p.Public.(did.BLSKey); ok {
		return &verifier.PublicKey{Type: "Bls12381G2Key2020", Value: key[:]}
	}
	j := &jwk.JWK{Kty: "OKP", Crv: "Ed25519"}
	if p.Method[len("did:key:")] == 'z' && strings.HasPrefix(p.ID, "did:key:zDn") {
		j = &jwk.JWK{Kty: "EC", Crv: "P-256"}
	}
	j.Key = p.Public
	return &verifier.PublicKey{Type: "JsonWebKey2020", JWK: j}
}

// TestAriesAlone: each of these aries accepts, and this package refuses.
func TestAriesAlone(t *testing.T) {
	edwards, nist, bbs := ariestest.Ed25519(t, "school"), ariestest.ECDSA(t, elliptic.P256()), ariestest.BBS(t, "school")
	plain := edwards.Sign(t, degree(t, edwards.ID), ariestest.Options{Kind: aries.Ed25519Signature2018})
	ecdsa := nist.Sign(t, degree(t, nist.ID), ariestest.Options{Kind: aries.JSONWebSignature2020})
	base := bbs.Sign(t, degree(t, bbs.ID), ariestest.Options{Kind: aries.BBSBLSSignature2020})
	derived := bbs.Derive(t, base, degree(t, bbs.ID).Without("credentialSubject"))
	none := edwards.Sign(t, degree(t, edwards.ID), ariestest.Options{Kind: aries.Ed25519Signature2018, Header: `{"alg":"none"}`})
	for _, good := range []struct {
		doc strictjson.Value
		by  ariestest.Party
	}{{plain, edwards}, {ecdsa, nist}, {base, bbs}, {derived, bbs}} {
		if err := alone(t, good.doc, keyOf(good.by)); err != nil {
			t.Fatalf("aries refuses a good one: %v", err)
		}
		if err := on(good.doc, good.by.Public).Verify(); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		doc strictjson.Value
		by  ariestest.Party
	}{
		"a claim that no context defines, added later": {plain.With("grade", strictjson.String("with honours")), edwards},
		"the same under BBS+":                          {base.With("grade", strictjson.String("with honours")), bbs},
		"an end of the proof, added later":             {with(plain, "expires", "2099-01-01T00:00:00Z"), edwards},
		"a JWS with alg none":                          {none, edwards},
		"a signature with a line end in it":            {with(base, "proofValue", breakLine(base.Get("proof").Get("proofValue").Str())), bbs},
		"an ECDSA signature in DER":                    {with(ecdsa, "jws", inDER(t, ecdsa.Get("proof").Get("jws").Str())), nist},
		"a statement of a selection, added later":      {derived.With("validUntil", strictjson.String("2099-01-01T00:00:00Z")), bbs},
		"a selection made by nobody":                   {forge(t, derived, 8, 0), bbs},
		"the same, hiding half of what never was":      {forge(t, derived, 16, 8), bbs},
	} {
		t.Run(name, func(t *testing.T) {
			if err := alone(t, tt.doc, keyOf(tt.by)); err != nil {
				t.Errorf("aries alone refuses it: %v; is it still needed to say so?", err)
			}
			if err := on(tt.doc, tt.by.Public).Verify(); err == nil {
				t.Error("it holds")
			}
		})
	}
}

// TestAriesPanics: values that aries gives up on are refused before it sees them.
func TestAriesPanics(t *testing.T) {
	bbs := ariestest.BBS(t, "school")
	base := bbs.Sign(t, degree(t, bbs.ID), ariestest.Options{Kind: aries.BBSBLSSignature2020})
	derived := bbs.Derive(t, base, degree(t, bbs.ID).Without("credentialSubject"))
	value, err := aries.ValueOf(derived.Get("proof").Get("proofValue").Str())
	if err != nil {
		t.Fatal(err)
	}
	bits := 2 + int(value[1])/8 + 1
	short := value[:bits+3*48] // ends where a length should be
	long := append([]byte(nil), value...)
	binary.BigEndian.PutUint32(long[bits+3*48:], 1<<30)
	for name, bad := range map[string][]byte{"short": short, "a huge length": long} {
		doc := with(derived, "proofValue", base64.StdEncoding.EncodeToString(bad))
		if err := alone(t, doc, keyOf(bbs)); err == nil || !strings.HasPrefix(err.Error(), "panic") {
			t.Errorf("%s: aries does not panic: %v", name, err)
		}
		if err := on(doc, bbs.Public).Verify(); !errors.Is(err, aries.ErrValue) || strings.Contains(err.Error(), "gave up") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func breakLine(text string) string { return text[:40] + "\n" + text[40:] }

func inDER(t *testing.T, jws string) string {
	t.Helper()
	header, signature, _ := strings.Cut(jws, "..")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	der, err := asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])})
	if err != nil {
		t.Fatal(err)
	}
	return header + ".." + base64.RawURLEncoding.EncodeToString(der)
}

// forge makes a proof of knowledge of a signature that nobody ever made, without
// any key: all points are at infinity, and each list of responses has one more
// than it should, which aries multiplies with the commitment in place of the
// challenge. The document is one that the issuer never saw.
func forge(t *testing.T, derived strictjson.Value, total, hidden int) strictjson.Value {
	t.Helper()
	doc := derived.With("issuanceDate", strictjson.String("2020-02-02T00:00:00Z"))
	infinity := append([]byte{0xc0}, make([]byte, 47)...)
	list := func(n int) []byte {
		out := binary.BigEndian.AppendUint32(append([]byte(nil), infinity...), uint32(n))
		return append(out, make([]byte, 32*n)...)
	}
	value := binary.BigEndian.AppendUint16(nil, uint16(total))
	bits := make([]byte, total/8+1)
	for i := range total - hidden {
		bits[len(bits)-1-i/8] |= 1 << (i % 8)
	}
	value = append(value, bits...)
	for range 3 {
		value = append(value, infinity...)
	}
	first := list(3)
	value = binary.BigEndian.AppendUint32(value, uint32(len(first)))
	value = append(append(value, first...), list(2+hidden+1)...)
	return with(doc, "proofValue", base64.StdEncoding.EncodeToString(value))
}

// TestForgeryNeedsNoKey: the forgery above holds, for aries, under a key that was
// made a moment ago and never used.
func TestForgeryNeedsNoKey(t *testing.T) {
	bbs := ariestest.BBS(t, "school")
	base := bbs.Sign(t, degree(t, bbs.ID), ariestest.Options{Kind: aries.BBSBLSSignature2020})
	forged := forge(t, bbs.Derive(t, base, degree(t, bbs.ID).Without("credentialSubject")), 8, 0)
	public, _, err := bbs12381g2pub.GenerateKeyPair(sha256.New, nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := public.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if err := alone(t, forged, &verifier.PublicKey{Type: "Bls12381G2Key2020", Value: raw}); err != nil {
		t.Errorf("aries alone refuses it: %v", err)
	}
	if err := on(forged, did.BLSKey(raw)).Verify(); err == nil {
		t.Error("it holds")
	}
}
