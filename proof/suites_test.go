package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/asn1"
	"errors"
	"io"
	"math/big"
	"strings"
	"testing"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// signer is a key of a did:key, with a suite that takes it.
type signer struct {
	name   string
	suite  cryptosuite.Suite
	key    crypto.Signer
	method string
}

// signers has every suite with every kind of key that it takes, each with a key
// of its own.
func signers(t testing.TB) []signer {
	t.Helper()
	s := allSuites()
	var out []signer
	for _, one := range []struct {
		name  string
		suite Suite
		curve elliptic.Curve // nil: Ed25519
	}{
		{"eddsa-rdfc-2022", s[0], nil},
		{"ecdsa-rdfc-2019, P-256", s[1], elliptic.P256()},
		{"ecdsa-rdfc-2019, P-384", s[1], elliptic.P384()},
		{"eddsa-jcs-2022", s[2], nil},
		{"ecdsa-jcs-2019, P-256", s[3], elliptic.P256()},
		{"ecdsa-jcs-2019, P-384", s[3], elliptic.P384()},
		{"Ed25519Signature2020", s[4], nil},
	} {
		var key crypto.Signer
		var err error
		if one.curve != nil {
			key, err = ecdsa.GenerateKey(one.curve, rand.Reader)
		} else {
			_, key, err = ed25519.GenerateKey(rand.Reader)
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, signer{one.name, one.suite.(cryptosuite.Suite), key, keyMethod(t, key.Public())})
	}
	return out
}

func keyMethod(t testing.TB, public crypto.PublicKey) string {
	t.Helper()
	id, err := did.FormatKey(public)
	if err != nil {
		t.Fatal(err)
	}
	method, err := did.KeyMethod(id)
	if err != nil {
		t.Fatal(err)
	}
	return method
}

func (s signer) id() string { id, _, _ := strings.Cut(s.method, "#"); return id }

// sign signs for a credential, if the options do not say otherwise.
func (s signer) sign(t testing.TB, doc strictjson.Value, opt SignOptions) strictjson.Value {
	t.Helper()
	opt.Suite, opt.Key, opt.Method = s.suite, s.key, s.method
	if opt.Created.IsZero() {
		opt.Created = vectorTime.AddDate(0, -1, 0)
	}
	signed, err := Sign(doc, opt)
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return signed
}

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// credentialBy is a small credential under contexts in which every suite's proof
// has its words.
func credentialBy(t testing.TB, issuer string) strictjson.Value {
	return parse(t, `{
		"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
			"https://w3id.org/security/suites/ed25519-2020/v1"],
		"type": ["VerifiableCredential"], "name": "A badge", "issuer": "`+issuer+`",
		"credentialSubject": {"id": "did:example:learner", "type": "AchievementSubject"}}`)
}

func open(doc strictjson.Value, opt Options) (*Opened, error) {
	return Open(context.Background(), doc.JSON(), opt)
}

func strictOptions() Options {
	opt := vectorOptions()
	opt.UnsafeAnyController = false
	return opt
}

// TestRules holds the rules about dates, purposes, domains and challenges to
// every suite: they are said once, and no suite may go around them.
func TestRules(t *testing.T) {
	for _, s := range signers(t) {
		t.Run(s.name, func(t *testing.T) {
			doc := credentialBy(t, s.id())
			for _, tt := range []struct {
				name string
				opt  SignOptions
				want error
			}{
				{"good", SignOptions{}, nil},
				{"good, with an end", SignOptions{Expires: vectorTime.AddDate(1, 0, 0)}, nil},
				{"expired", SignOptions{Expires: vectorTime.AddDate(0, 0, -1)}, ErrExpired},
				{"made tomorrow", SignOptions{Created: vectorTime.AddDate(0, 0, 1)}, ErrNotYetValid},
				{"made to log in", SignOptions{Purpose: Authentication}, ErrPurpose},
				{"made for a purpose that does not exist", SignOptions{Purpose: "https://w3id.org/security#assertionMethod"}, ErrPurpose},
			} {
				opened, err := open(s.sign(t, doc, tt.opt), strictOptions())
				if !errors.Is(err, tt.want) || (opened == nil) != (tt.want != nil) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
			answer := parse(t, `{"@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/suites/ed25519-2020/v1"],
				"type": "VerifiablePresentation", "holder": "`+s.id()+`"}`).
				With("verifiableCredential", strictjson.Array(s.sign(t, doc, SignOptions{})))
			asked := strictOptions()
			asked.Challenge, asked.Domain = "n-1", "https://employer.example"
			for _, tt := range []struct {
				name              string
				challenge, domain string
				want              error
			}{
				{"good answer", "n-1", "https://employer.example", nil},
				{"another challenge", "n-2", "https://employer.example", ErrChallenge},
				{"no challenge", "", "https://employer.example", ErrChallenge},
				{"another domain", "n-1", "https://employer.example.evil.example", ErrDomain},
				{"no domain", "n-1", "", ErrDomain},
			} {
				signed := s.sign(t, answer, SignOptions{Purpose: Authentication, Challenge: tt.challenge, Domain: tt.domain})
				if _, err := open(signed, asked); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
				}
			}
		})
	}
}

// TestSeveralDomains: a proof that is made for two could be passed on by one to
// the other.
func TestSeveralDomains(t *testing.T) {
	for name, tt := range map[string]struct {
		domain string
		want   error
	}{
		"one":       {`"https://a.example"`, nil},
		"a set":     {`["https://a.example"]`, nil},
		"twice":     {`["https://a.example", "https://a.example"]`, nil},
		"two":       {`["https://a.example", "https://b.example"]`, ErrDomain},
		"two again": {`["https://b.example", "https://a.example"]`, ErrDomain},
		"another":   {`["https://b.example"]`, ErrDomain},
		"none":      {`[]`, ErrDomain},
	} {
		r := reader{object: parse(t, `{"domain":`+tt.domain+`}`)}
		p := embedded{domain: r.texts("domain")}
		if err := p.checkDomain("https://a.example"); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// TestMixedSets signs one credential under every suite and every kind of key:
// all proofs verify side by side, and one bad one among them fails them all.
func TestMixedSets(t *testing.T) {
	all := signers(t)
	signed := credentialBy(t, all[0].id())
	for _, s := range all {
		signed = s.sign(t, signed, SignOptions{})
	}
	opened, err := open(signed, strictOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(opened.Proofs) != len(all) || opened.Controller != all[0].id() {
		t.Errorf("%d proofs, by %s", len(opened.Proofs), opened.Controller)
	}
	proofs := signed.Get("proof").Elems()
	for i, s := range all {
		left := append(append([]strictjson.Value(nil), proofs[:i]...), proofs[i+1:]...)
		if _, err := open(signed.With("proof", strictjson.Array(left...)), vectorOptions()); err != nil {
			t.Errorf("without %s: %v", s.name, err)
		}
		broken := append([]strictjson.Value(nil), proofs...)
		broken[i] = proofs[i].With("proofValue", proofs[(i+1)%len(all)].Get("proofValue"))
		if _, err := open(signed.With("proof", strictjson.Array(broken...)), vectorOptions()); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrProofValue) {
			t.Errorf("with the value of another at %s: %v", s.name, err)
		}
		fewer := strictOptions()
		fewer.Suites = nil
		for _, suite := range allSuites() {
			if suite.Name() != s.suite.Name() {
				fewer.Suites = append(fewer.Suites, suite)
			}
		}
		if _, err := open(signed, fewer); !errors.Is(err, ErrSuiteUnsupported) && !errors.Is(err, ErrTypeUnsupported) {
			t.Errorf("where %s is not accepted: %v", s.name, err)
		}
	}
}

// TestMixedChains: every suite builds on every other, and the legacy one on none:
// its context has no word for it.
func TestMixedChains(t *testing.T) {
	all := signers(t)
	for _, first := range all {
		for _, second := range all {
			doc := first.sign(t, credentialBy(t, first.id()), SignOptions{ID: "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"})
			if second.suite.Name() == "Ed25519Signature2020" {
				opt := SignOptions{Suite: second.suite, Key: second.key, Method: second.method, Previous: []string{"urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"}}
				if _, err := Sign(doc, opt); !errors.Is(err, jsonld.ErrUndefinedTerm) {
					t.Errorf("%s, then %s: %v", first.name, second.name, err)
				}
				continue
			}
			doc = second.sign(t, doc, SignOptions{Previous: []string{"urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544"}})
			if _, err := open(doc, strictOptions()); err != nil {
				t.Errorf("%s, then %s: %v", first.name, second.name, err)
				continue
			}
			// The second signature covers the first.
			fresh := first.sign(t, credentialBy(t, first.id()), SignOptions{ID: "urn:uuid:26329423-bec9-4b2e-88cb-a7c7d9dc4544", Created: vectorTime.AddDate(0, -2, 0)})
			swapped := doc.With("proof", strictjson.Array(fresh.Get("proof"), doc.Get("proof").Elems()[1]))
			if opened, err := open(swapped, strictOptions()); !errors.Is(err, ErrSignature) || opened != nil {
				t.Errorf("%s exchanged under %s: %v", first.name, second.name, err)
			}
		}
	}
}

func TestSignChainRefuses(t *testing.T) {
	s := signers(t)[0]
	doc := s.sign(t, credentialBy(t, s.id()), SignOptions{ID: "urn:a"})
	twice := doc.With("proof", strictjson.Array(doc.Get("proof"), doc.Get("proof")))
	for name, tt := range map[string]struct {
		doc strictjson.Value
		opt SignOptions
	}{
		"a proof that is not there":    {doc, SignOptions{Previous: []string{"urn:b"}}},
		"a proof that is there twice":  {twice, SignOptions{Previous: []string{"urn:a"}}},
		"itself":                       {doc, SignOptions{ID: "urn:b", Previous: []string{"urn:b"}}},
		"one that is there and itself": {doc, SignOptions{ID: "urn:b", Previous: []string{"urn:a", "urn:b"}}},
		"a name of nothing":            {doc, SignOptions{Previous: []string{""}}},
		"nine proofs":                  {doc, SignOptions{Previous: make([]string, 9)}},
	} {
		tt.opt.Suite, tt.opt.Key, tt.opt.Method = s.suite, s.key, s.method
		if signed, err := Sign(tt.doc, tt.opt); !errors.Is(err, ErrChain) || signed.Exists() {
			t.Errorf("%s: %v, want %v", name, err, ErrChain)
		}
	}
}

// TestKeysOfAnotherKind: a suite refuses the keys of another, to sign and to
// verify.
func TestKeysOfAnotherKind(t *testing.T) {
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	all := append(signers(t), signer{name: "P-521", key: p521})
	takes := func(s, other signer) bool {
		_, edwards := s.key.(ed25519.PrivateKey)
		_, alike := other.key.(ed25519.PrivateKey)
		return edwards == alike && other.name != "P-521"
	}
	m := &cryptosuite.Message{Document: credentialBy(t, "did:example:issuer"), Config: parse(t, `{"type":"DataIntegrityProof"}`)}
	for _, s := range all[:len(all)-1] {
		for _, other := range all {
			if takes(s, other) {
				continue
			}
			if made, err := s.suite.Create(m, other.key); !errors.Is(err, ErrKeyType) || made.Exists() {
				t.Errorf("%s signs with the key of %s: %v", s.name, other.name, err)
			}
			if err := s.suite.Verify(m, other.key.Public(), "z1"); !errors.Is(err, ErrKeyType) {
				t.Errorf("%s verifies with the key of %s: %v", s.name, other.name, err)
			}
		}
		for _, key := range []crypto.PublicKey{nil, "key", (*ecdsa.PublicKey)(nil)} {
			if err := s.suite.Verify(m, key, "z1"); !errors.Is(err, ErrKeyType) {
				t.Errorf("%s verifies with %v: %v", s.name, key, err)
			}
		}
	}
}

// opaque is a key that lives elsewhere, such as in a security module.
type opaque struct {
	*ecdsa.PrivateKey
	spoil func(der []byte) []byte
}

func (o opaque) Sign(random io.Reader, digest []byte, opts crypto.SignerOpts) ([]byte, error) {
	if random == nil {
		return nil, errors.New("no randomness")
	}
	der, err := o.PrivateKey.Sign(random, digest, opts)
	if o.spoil != nil {
		der = o.spoil(der)
	}
	return der, err
}

func TestKeysThatLiveElsewhere(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	pair := func(r, s *big.Int) []byte {
		der, err := asn1.Marshal(struct{ R, S *big.Int }{r, s})
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	n, one := elliptic.P384().Params().N, big.NewInt(1)
	suite := allSuites()[1]
	doc := credentialBy(t, "did:example:issuer")
	for name, tt := range map[string]struct {
		spoil func([]byte) []byte
		good  bool
	}{
		"good":          {nil, true},
		"nothing":       {func([]byte) []byte { return nil }, false},
		"more":          {func(der []byte) []byte { return append(der, 0) }, false},
		"zeros":         {func([]byte) []byte { return pair(new(big.Int), new(big.Int)) }, false},
		"r = n":         {func([]byte) []byte { return pair(n, one) }, false},
		"s = n":         {func([]byte) []byte { return pair(one, n) }, false},
		"a negative r":  {func([]byte) []byte { return pair(big.NewInt(-1), one) }, false},
		"no pair":       {func([]byte) []byte { return []byte{0x30, 0} }, false},
		"a huge number": {func([]byte) []byte { return pair(new(big.Int).Lsh(one, 4000), one) }, false},
	} {
		signed, err := Sign(doc, SignOptions{Suite: suite, Key: opaque{key, tt.spoil}, Method: keyMethod(t, key.Public())})
		if (err == nil) != tt.good || signed.Exists() != tt.good {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			if _, err := open(signed, vectorOptions()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// TestVocabularies: a document of VCDM 1.1 gets the context of the proof that it
// is signed with, once, and none is added beside proofs that are there.
func TestVocabularies(t *testing.T) {
	const di, ed = "https://w3id.org/security/data-integrity/v2", "https://w3id.org/security/suites/ed25519-2020/v1"
	v1 := parse(t, `{"@context": ["https://www.w3.org/2018/credentials/v1"], "type": "VerifiableCredential",
		"issuer": "did:example:issuer", "issuanceDate": "2023-01-01T00:00:00Z", "credentialSubject": {"id": "did:example:learner"}}`)
	for _, s := range signers(t) {
		want := di
		if s.suite.Name() == "Ed25519Signature2020" {
			want = ed
		}
		signed := s.sign(t, v1, SignOptions{})
		contexts := signed.Get("@context").List()
		if len(contexts) != 2 || contexts[1].Str() != want {
			t.Errorf("%s: the contexts are %s", s.name, signed.Get("@context").JSON())
		}
		again := s.sign(t, signed.Without("proof"), SignOptions{})
		if len(again.Get("@context").List()) != 2 {
			t.Errorf("%s: added twice: %s", s.name, again.Get("@context").JSON())
		}
	}
	all := signers(t)
	legacy := all[len(all)-1].sign(t, v1, SignOptions{})
	if signed, err := Sign(legacy, SignOptions{Suite: all[0].suite, Key: all[0].key, Method: all[0].method}); !errors.Is(err, jsonld.ErrUndefinedTerm) && !errors.Is(err, jsonld.ErrRelativeIRI) || signed.Exists() {
		t.Errorf("a second proof without its context: %v", err)
	}
}
