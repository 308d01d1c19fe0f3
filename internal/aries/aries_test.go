package aries_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/aries"
	"laurel/internal/aries/ariestest"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// degree is a credential that names contexts for every legacy proof; the subject
// has no name, and neither has the degree.
func degree(t testing.TB, issuer string) strictjson.Value {
	return parse(t, `{
		"@context": ["https://www.w3.org/2018/credentials/v1", "https://www.w3.org/2018/credentials/examples/v1",
			"https://w3id.org/security/suites/jws-2020/v1", "https://w3id.org/security/bbs/v1"],
		"id": "urn:uuid:0b1d3c2e-7a41-4f0c-9a52-4a4d2f0d9a10",
		"type": ["VerifiableCredential", "UniversityDegreeCredential"],
		"issuer": "`+issuer+`",
		"issuanceDate": "2022-01-01T00:00:00Z",
		"credentialSubject": {"id": "did:example:learner", "degree": {"type": "BachelorDegree", "name": "Bachelor of Science and Arts"}}}`)
}

// on is the question whether the proof of a document holds under a key.
func on(doc strictjson.Value, key any) aries.Signature {
	return aries.Signature{
		Kind:     aries.Kind(doc.Get("proof").Get("type").Str()),
		Document: doc.Without("proof"),
		Proof:    doc.Get("proof"),
		Key:      key,
		Reading:  jsonld.Options{Contexts: jsonld.Embedded()},
	}
}

// signer is a party with what it signs.
type signer struct {
	name string
	ariestest.Party
	kind aries.Kind
}

func signers(t testing.TB) []signer {
	edwards := ariestest.Ed25519(t, "school")
	out := []signer{
		{"Ed25519Signature2018", edwards, aries.Ed25519Signature2018},
		{"JsonWebSignature2020 Ed25519", ariestest.Ed25519(t, "college"), aries.JSONWebSignature2020},
		{"JsonWebSignature2020 secp256k1", ariestest.Secp256k1(t), aries.JSONWebSignature2020},
		{"JsonWebSignature2020 RSA", ariestest.RSA(t), aries.JSONWebSignature2020},
		{"BbsBlsSignature2020", ariestest.BBS(t, "school"), aries.BBSBLSSignature2020},
	}
	for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		out = append(out, signer{"JsonWebSignature2020 " + curve.Params().Name, ariestest.ECDSA(t, curve), aries.JSONWebSignature2020})
	}
	return out
}

func (s signer) signed(t testing.TB) strictjson.Value {
	return s.Sign(t, degree(t, s.ID), ariestest.Options{Kind: s.kind})
}

func TestSignatures(t *testing.T) {
	all := signers(t)
	for i, s := range all {
		t.Run(s.name, func(t *testing.T) {
			signed := s.signed(t)
			if err := on(signed, s.Public).Verify(); err != nil {
				t.Fatal(err)
			}
			other := all[(i+1)%len(all)]
			proof := signed.Get("proof")
			for name, tt := range map[string]struct {
				doc  strictjson.Value
				key  any
				want error
			}{
				"another claim":       {signed.With("issuanceDate", strictjson.String("2022-01-02T00:00:00Z")), s.Public, aries.ErrSignature},
				"a claim less":        {signed.Without("id"), s.Public, aries.ErrSignature},
				"an undefined claim":  {signed.With("grade", strictjson.String("A")), s.Public, jsonld.ErrUndefinedTerm},
				"an unknown context":  {signed.With("@context", strictjson.Strings("https://evil.example/v1")), s.Public, jsonld.ErrContextNotAllowed},
				"another key's type":  {signed, other.Public, nil},
				"no key":              {signed, nil, aries.ErrKey},
				"another time":        {with(signed, "created", "2023-01-01T00:00:01Z"), s.Public, aries.ErrSignature},
				"another purpose":     {with(signed, "proofPurpose", "authentication"), s.Public, aries.ErrSignature},
				"another method":      {with(signed, "verificationMethod", "did:example:1#2"), s.Public, aries.ErrSignature},
				"a challenge more":    {with(signed, "challenge", "1"), s.Public, aries.ErrSignature},
				"a member not signed": {with(signed, "expires", "2030-01-01T00:00:00Z"), s.Public, aries.ErrProof},
				"an id":               {with(signed, "id", "urn:a"), s.Public, aries.ErrProof},
				"a nonce":             {with(signed, "nonce", "AAAA"), s.Public, aries.ErrProof},
				"no time":             {signed.With("proof", proof.Without("created")), s.Public, aries.ErrProof},
				"no value":            {signed.With("proof", proof.Without("jws").Without("proofValue")), s.Public, aries.ErrProof},
				"a list":              {signed.With("proof", proof.With("domain", strictjson.Strings("a"))), s.Public, aries.ErrProof},
				"a context":           {signed.With("proof", proof.With("@context", strictjson.String("https://w3id.org/security/v2"))), s.Public, aries.ErrProof},
				"no proof":            {signed.Without("proof"), s.Public, aries.ErrKey},
			} {
				err := on(tt.doc, tt.key).Verify()
				if err == nil || tt.want != nil && !errors.Is(err, tt.want) && name != "no proof" {
					t.Errorf("%s: %v, want %v", name, err, tt.want)
				}
			}
		})
	}
}

func with(signed strictjson.Value, name, text string) strictjson.Value {
	return signed.With("proof", signed.Get("proof").With(name, strictjson.String(text)))
}

// TestKinds: a proof of one type is none of another, whatever it calls itself.
func TestKinds(t *testing.T) {
	s := signers(t)[0]
	signed := s.signed(t)
	for _, kind := range []aries.Kind{aries.JSONWebSignature2020, aries.BBSBLSSignature2020, aries.BBSBLSSignatureProof2020, "RsaSignature2018", ""} {
		q := on(signed, s.Public)
		q.Kind = kind
		if err := q.Verify(); err == nil {
			t.Errorf("%q: the type is not looked at", kind)
		}
		if err := on(with(signed, "type", string(kind)), s.Public).Verify(); err == nil {
			t.Errorf("%q: it holds as another type", kind)
		}
	}
}

// TestValueSpellings: a signature has one spelling.
func TestValueSpellings(t *testing.T) {
	for _, s := range signers(t) {
		signed := s.signed(t)
		member := "jws"
		if s.kind == aries.BBSBLSSignature2020 {
			member = "proofValue"
		}
		value := signed.Get("proof").Get(member).Str()
		for name, text := range map[string]string{
			"a line end inside": value[:len(value)-9] + "\n" + value[len(value)-9:],
			"a line end behind": value + "\n",
			"a space":           " " + value,
			"padding":           value + "=",
			"more":              value + "AAAA",
			"less":              value[:len(value)-4],
			"another alphabet":  value[:len(value)-3] + "_" + value[len(value)-2:] + "+",
			"too long":          value + strings.Repeat("A", 40000),
			"a word":            "none",
		} {
			if err := on(with(signed, member, text), s.Public).Verify(); !errors.Is(err, aries.ErrValue) {
				t.Errorf("%s, %s: %v, want %v", s.name, name, err, aries.ErrValue)
			}
		}
	}
}

// TestHeaders: the header of the JWS is signed as well; the one form it may have
// is held to although somebody signed another.
func TestHeaders(t *testing.T) {
	for _, s := range signers(t) {
		if s.kind == aries.BBSBLSSignature2020 {
			continue
		}
		good := strings.Split(s.signed(t).Get("proof").Get("jws").Str(), ".")[0]
		text, err := base64.RawURLEncoding.DecodeString(good)
		if err != nil {
			t.Fatal(err)
		}
		alg := parse(t, string(text)).Get("alg").Str()
		for header, fits := range map[string]bool{
			fmt.Sprintf(`{"b64":false,"crit":["b64"],"alg":%q}`, alg):                               true,
			fmt.Sprintf(`{"alg":%q,"b64":false,"crit":["b64"],"kid":%q}`, alg, s.Method):            true,
			fmt.Sprintf(`{"alg":%q,"b64":false,"crit":["b64"],"kid":"did:example:1#1"}`, alg):       false,
			fmt.Sprintf(`{"alg":%q,"b64":false,"crit":["b64"],"jwk":{}}`, alg):                      false,
			fmt.Sprintf(`{"alg":%q,"b64":true,"crit":["b64"]}`, alg):                                false,
			fmt.Sprintf(`{"alg":%q,"b64":false,"crit":["b64","exp"]}`, alg):                         false,
			fmt.Sprintf(`{"alg":%q,"b64":false,"crit":[]}`, alg):                                    false,
			fmt.Sprintf(`{"alg":%q,"b64":false}`, alg):                                              false,
			fmt.Sprintf(`{"alg":%q}`, alg):                                                          false,
			fmt.Sprintf(`{"alg":%q,"alg":"none","b64":false,"crit":["b64"]}`, alg):                  false,
			`{"alg":"none","b64":false,"crit":["b64"]}`:                                             false,
			`{"alg":"HS256","b64":false,"crit":["b64"]}`:                                            false,
			`{"alg":"","b64":false,"crit":["b64"]}`:                                                 false,
			`{"b64":false,"crit":["b64"]}`:                                                          false,
			`[]`:                                                                                    false,
			`null`:                                                                                  false,
			`not JSON`:                                                                              false,
			strings.ToLower(fmt.Sprintf(`{"ALG":"none","alg":%q,"b64":false,"crit":["b64"]}`, alg)): false,
		} {
			signed := s.Sign(t, degree(t, s.ID), ariestest.Options{Kind: s.kind, Header: header})
			if err := on(signed, s.Public).Verify(); (err == nil) != fits || !fits && !errors.Is(err, aries.ErrValue) {
				t.Errorf("%s: %s: %v", s.name, header, err)
			}
		}
	}
}

// TestDerived shows parts of a BBS+ signed credential, with and without nodes
// that have no name of their own.
func TestDerived(t *testing.T) {
	school := ariestest.BBS(t, "school")
	doc := degree(t, school.ID)
	signed := school.Sign(t, doc, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	node := strictjson.Object(strictjson.Member{Name: "id", Value: strictjson.String("urn:bnid:_:c14n0")})
	subject := doc.Get("credentialSubject")
	for name, tt := range map[string]struct {
		shown  strictjson.Value
		hidden int
	}{
		"all of it":         {doc.With("credentialSubject", subject.With("degree", withID(subject.Get("degree")))), 0},
		"no id":             {doc.With("credentialSubject", subject.With("degree", node.With("name", subject.Get("degree").Get("name")))), 1},
		"the bare degree":   {doc.With("credentialSubject", subject.With("degree", node)), 2},
		"no degree":         {doc.With("credentialSubject", subject.Without("degree")), 3},
		"nothing but types": {doc.Without("credentialSubject").Without("issuanceDate"), 5},
	} {
		derived := school.Derive(t, signed, tt.shown)
		if err := on(derived, school.Public).Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		value := derived.Get("proof").Get("proofValue").Str()
		if got := aries.Hidden(value); got != tt.hidden {
			t.Errorf("%s: it hides %d, want %d", name, got, tt.hidden)
		}
		for twin, bad := range map[string]strictjson.Value{
			"another date":       derived.With("issuanceDate", strictjson.String("2023-01-01T00:00:00Z")),
			"a statement more":   derived.With("type", strictjson.Strings("VerifiableCredential", "UniversityDegreeCredential", "AlumniCredential")),
			"a statement less":   derived.Without("id").With("type", strictjson.Strings("VerifiableCredential")),
			"as the base type":   with(derived, "type", string(aries.BBSBLSSignature2020)),
			"another nonce":      with(derived, "nonce", "AAAA"),
			"no nonce":           derived.With("proof", derived.Get("proof").Without("nonce")),
			"a nonce in pieces":  with(derived, "nonce", "AA\nAA"),
			"the base value":     with(derived, "proofValue", signed.Get("proof").Get("proofValue").Str()),
			"another key's node": derived.With("credentialSubject", node),
		} {
			if err := on(bad, school.Public).Verify(); err == nil {
				t.Errorf("%s: %s passes", name, twin)
			}
		}
		if err := on(derived, ariestest.BBS(t, "stranger").Public).Verify(); !errors.Is(err, aries.ErrSignature) {
			t.Errorf("%s: under a stranger's key: %v", name, err)
		}
	}
	for _, value := range []string{"", "AA", "AAAA", "*", signed.Get("proof").Get("jws").Str()} {
		if n := aries.Hidden(value); n != 0 {
			t.Errorf("%q hides %d", value, n)
		}
	}
}

func withID(node strictjson.Value) strictjson.Value {
	return node.With("id", strictjson.String("urn:bnid:_:c14n0"))
}

// TestPlaceholders: what stands for a node without a name may not stand for
// anything else, nor anything else for it.
func TestPlaceholders(t *testing.T) {
	school := ariestest.BBS(t, "school")
	doc := degree(t, school.ID)
	doc = doc.With("credentialSubject", doc.Get("credentialSubject").With("degree",
		doc.Get("credentialSubject").Get("degree").With("name", strictjson.String("see _:c14n0 there"))))
	signed := school.Sign(t, doc, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	subject := doc.Get("credentialSubject")
	shown := doc.With("credentialSubject", subject.With("degree", withID(subject.Get("degree"))))
	derived := school.Derive(t, signed, shown)
	if err := on(derived, school.Public).Verify(); err != nil {
		t.Fatal(err)
	}
	change := func(degree strictjson.Value) strictjson.Value {
		return derived.With("credentialSubject", subject.With("degree", degree))
	}
	degree := shown.Get("credentialSubject").Get("degree")
	for name, bad := range map[string]strictjson.Value{
		"in a text":          change(degree.With("name", strictjson.String("see <urn:bnid:_:c14n0> there"))),
		"a node of its own":  change(degree.Without("id")),
		"a blank node":       change(degree.With("id", strictjson.String("_:c14n0"))),
		"another label":      change(degree.With("id", strictjson.String("urn:bnid:_:c14n1"))),
		"no label":           change(degree.With("id", strictjson.String("urn:bnid:_:c14n"))),
		"a longer label":     change(degree.With("id", strictjson.String("urn:bnid:_:c14n0x"))),
		"part of a name":     change(degree.With("id", strictjson.String("urn:x:urn:bnid:_:c14n0"))),
		"two, one of it own": derived.With("credentialSubject", strictjson.Array(subject.Without("id").Without("degree"), shown.Get("credentialSubject"))),
	} {
		if err := on(bad, school.Public).Verify(); !errors.Is(err, aries.ErrProof) && !errors.Is(err, aries.ErrSignature) && !errors.Is(err, rdfc.ErrTerm) && !errors.Is(err, jsonld.ErrRelativeIRI) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStatementLimit: a BBS+ signature costs by the statement.
func TestStatementLimit(t *testing.T) {
	school := ariestest.BBS(t, "school")
	doc := degree(t, school.ID)
	var many []strictjson.Value
	for i := range aries.MaxStatements {
		many = append(many, strictjson.Object(strictjson.Member{Name: "id", Value: strictjson.String(fmt.Sprintf("did:example:%d", i))}))
	}
	proof := school.Sign(t, doc, ariestest.Options{Kind: aries.BBSBLSSignature2020}).Get("proof")
	if err := on(doc.With("credentialSubject", strictjson.Array(many...)).With("proof", proof), school.Public).Verify(); !errors.Is(err, aries.ErrLimit) {
		t.Errorf("%v, want %v", err, aries.ErrLimit)
	}
	derived := school.Derive(t, doc.With("proof", proof), doc.Without("credentialSubject"))
	value, err := aries.ValueOf(derived.Get("proof").Get("proofValue").Str())
	if err != nil {
		t.Fatal(err)
	}
	huge := append([]byte{0xff, 0xff}, make([]byte, 65535/8+1)...)
	huge[len(huge)-1] = 0xff
	for name, bad := range map[string][]byte{
		"65,535 statements":            append(huge, value[4:]...),
		"65,535 statements, no proof":  huge,
		"65,535 statements, two bytes": {0xff, 0xff},
		"one byte":                     {0},
	} {
		err := on(with(derived, "proofValue", base64.StdEncoding.EncodeToString(bad)), school.Public).Verify()
		if !errors.Is(err, aries.ErrLimit) && !errors.Is(err, aries.ErrValue) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestPublished: every published legacy signature whose key is at hand holds.
func TestPublished(t *testing.T) {
	held := 0
	for _, name := range []string{
		"badges/jff-plugfest/plugfest-1-2022/plugfest-1-ex-1.json",
		"badges/jff-plugfest/plugfest-1-2022/plugfest-1-ex-2.json",
		"badges/jff-plugfest/plugfest-3-2023/signed_badge_example-p3.json",
		"badges/w3c-ccg-vc-examples/chapi-http-edu/vp.json",
		"legacy-proofs/ed25519-university-degree.json",
		"legacy-proofs/bbs-permanent-resident-card.json",
		"legacy-proofs/bbs-university-degree.json",
	} {
		text, err := os.ReadFile("../../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		doc := parse(t, string(text))
		_, key, _ := strings.Cut(doc.Get("proof").Get("verificationMethod").Str(), "#")
		public, err := did.ParseMultikey(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := on(doc, public).Verify(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		held++
	}
	if held != 7 {
		t.Errorf("%d hold, want 7", held)
	}
}

// FuzzVerify: whatever the value, aries sees none that it gives up on; and of a
// signature that is made without chance no other value holds.
func FuzzVerify(f *testing.F) {
	all := signers(f)
	all = []signer{all[0], all[1], all[4]}
	var docs []strictjson.Value
	for _, s := range all {
		docs = append(docs, s.signed(f))
	}
	docs = append(docs, all[2].Derive(f, docs[2], degree(f, all[2].ID).Without("credentialSubject")))
	all = append(all, all[2])
	for i, doc := range docs {
		f.Add(byte(i), doc.Get("proof").Get("jws").Str()+doc.Get("proof").Get("proofValue").Str())
	}
	f.Fuzz(func(t *testing.T, which byte, value string) {
		i := int(which) % len(docs)
		member := "proofValue"
		if i < 2 {
			member = "jws"
		}
		if docs[i].Get("proof").Get(member).Str() == value {
			return
		}
		bad := docs[i].With("proof", docs[i].Get("proof").With(member, strictjson.String(value)))
		err := on(bad, all[i].Public).Verify()
		if err == nil && member == "jws" {
			t.Errorf("%s holds with %q", all[i].name, value)
		}
		if err != nil && strings.Contains(err.Error(), "gave up") {
			t.Errorf("%s: %q: %v", all[i].name, value, err)
		}
	})
}

// TestKeysRefused: a point that is not of the right group is no key.
func TestKeysRefused(t *testing.T) {
	school := ariestest.BBS(t, "school")
	signed := school.Sign(t, degree(t, school.ID), ariestest.Options{Kind: aries.BBSBLSSignature2020})
	key := school.Public.(did.BLSKey)
	refused := 0
	for i := range 16 { // half of all x are of the curve, hardly any of the group
		bad := did.BLSKey(slices.Clone(key[:]))
		bad[95] ^= byte(i + 1)
		if err := on(signed, bad).Verify(); !errors.Is(err, aries.ErrSignature) {
			t.Errorf("%x: %v", bad, err)
		}
		refused++
	}
	infinity := did.BLSKey{0: 0xc0}
	if err := on(signed, infinity).Verify(); err == nil || refused != 16 {
		t.Error("infinity is a key")
	}
}
