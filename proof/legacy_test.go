package proof

import (
	"context"
	"crypto/ed25519"
	"crypto/elliptic"
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/aries"
	"laurel/internal/aries/ariestest"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

func legacySuites() Suites {
	c := jsonld.Embedded()
	return Suites{
		cryptosuite.Ed25519Signature2018{Contexts: c}, cryptosuite.JSONWebSignature2020{Contexts: c},
		cryptosuite.BBSBLSSignature2020{Contexts: c}, cryptosuite.BBSBLSSignatureProof2020{Contexts: c},
	}
}

func legacyOptions() Options {
	opt := strictOptions()
	opt.Suites = append(legacySuites(), opt.Suites...)
	return opt
}

// legacyBadge is a credential of VCDM 1.1 under contexts in which every legacy
// proof has its words.
func legacyBadge(t testing.TB, issuer string) strictjson.Value {
	return parse(t, `{
		"@context": ["https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.2.json",
			"https://w3id.org/security/suites/jws-2020/v1", "https://w3id.org/security/bbs/v1"],
		"id": "urn:uuid:6c2b5c44-7d0e-4c55-9a35-30a9d8fd30b5",
		"type": ["VerifiableCredential", "OpenBadgeCredential"],
		"name": "Data Analysis",
		"issuer": {"id": "`+issuer+`", "type": ["Profile"], "name": "School"},
		"issuanceDate": "2023-01-01T00:00:00Z",
		"expirationDate": "2025-01-01T00:00:00Z",
		"credentialSubject": {"id": "did:example:learner", "type": ["AchievementSubject"]}}`)
}

type legacySigner struct {
	ariestest.Party
	kind aries.Kind
}

func legacySigners(t testing.TB) []legacySigner {
	edwards, bbs := ariestest.Ed25519(t, "school"), ariestest.BBS(t, "school")
	return []legacySigner{
		{edwards, aries.Ed25519Signature2018},
		{edwards, aries.JSONWebSignature2020},
		{ariestest.ECDSA(t, elliptic.P256()), aries.JSONWebSignature2020},
		{ariestest.ECDSA(t, elliptic.P384()), aries.JSONWebSignature2020},
		{ariestest.Secp256k1(t), aries.JSONWebSignature2020},
		{bbs, aries.BBSBLSSignature2020},
		{bbs, aries.BBSBLSSignatureProof2020},
	}
}

func (s legacySigner) name() string { return string(s.kind) + " " + s.Method[len("did:key:"):][:4] }

// sign makes a proof; of the derived kind, one that shows everything.
func (s legacySigner) sign(t testing.TB, doc strictjson.Value, opt ariestest.Options) strictjson.Value {
	t.Helper()
	if opt.Kind = s.kind; s.kind != aries.BBSBLSSignatureProof2020 {
		return s.Sign(t, doc, opt)
	}
	opt.Kind = aries.BBSBLSSignature2020
	return s.Derive(t, s.Sign(t, doc, opt), doc)
}

// TestLegacyDecisions: whether a signature holds is the one thing that aries is
// asked. Everything that it was seen to accept wrongly is decided here.
func TestLegacyDecisions(t *testing.T) {
	for _, s := range legacySigners(t) {
		t.Run(s.name(), func(t *testing.T) {
			doc := legacyBadge(t, s.ID)
			good := s.sign(t, doc, ariestest.Options{})
			opened, err := open(good, legacyOptions())
			if err != nil {
				t.Fatal(err)
			}
			if p := opened.Proofs[0]; !p.Legacy || p.Cryptosuite != string(s.kind) || p.Extent != cryptosuite.Whole || opened.Controller != s.ID {
				t.Errorf("%+v, by %s", p, opened.Controller)
			}
			stranger := ariestest.Ed25519(t, "stranger")
			text := strictjson.String
			for name, tt := range map[string]struct {
				doc  strictjson.Value
				want error
			}{
				"no proof":                 {doc, ErrMissing},
				"an empty set of proofs":   {doc.With("proof", strictjson.Array()), ErrMissing},
				"an undefined property":    {good.With("grade", text("A")), jsonld.ErrUndefinedTerm},
				"one deep inside":          {good.With("credentialSubject", doc.Get("credentialSubject").With("grade", text("A"))), jsonld.ErrUndefinedTerm},
				"a stranger's key":         {s.sign(t, legacyBadge(t, stranger.ID), ariestest.Options{}), ErrBinding},
				"a stranger's signature":   {stranger.Sign(t, doc, ariestest.Options{Kind: aries.Ed25519Signature2018}), ErrBinding},
				"expired":                  {s.sign(t, doc.With("expirationDate", text("2023-12-31T23:59:59Z")), ariestest.Options{}), ErrCredentialExpired},
				"not yet valid":            {s.sign(t, doc.With("issuanceDate", text("2024-06-01T00:00:00Z")), ariestest.Options{}), ErrCredentialEarly},
				"made to log in":           {s.sign(t, doc, ariestest.Options{Purpose: "authentication"}), ErrPurpose},
				"made for no purpose":      {good.With("proof", good.Get("proof").Without("proofPurpose")), ErrMalformed},
				"purpose changed":          {s.sign(t, doc, ariestest.Options{Purpose: "authentication"}).With("proof", good.Get("proof").With("proofPurpose", text("authentication"))), ErrPurpose},
				"made tomorrow":            {s.sign(t, doc, ariestest.Options{Created: "2024-01-02T00:00:00Z"}), ErrNotYetValid},
				"a proof that has expired": {good.With("proof", good.Get("proof").With("expires", text("2023-06-01T00:00:00Z"))), ErrExpired},
				"an end that nobody set":   {good.With("proof", good.Get("proof").With("expires", text("2099-01-01T00:00:00Z"))), ErrMalformed},
				"a proof with an id":       {good.With("proof", good.Get("proof").With("id", text("urn:a"))), ErrMalformed},
				"a chain":                  {good.With("proof", good.Get("proof").With("previousProof", text("urn:a"))), ErrChain},
				"another claim":            {good.With("name", text("Data Synthesis")), ErrSignature},
				"another learner":          {good.With("credentialSubject", doc.Get("credentialSubject").With("id", text("did:example:other"))), ErrSignature},
				"without its end":          {good.Without("expirationDate"), ErrSignature},
				"an unknown context":       {good.With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://evil.example/v1")), jsonld.ErrContextNotAllowed},
				"twice, once by a stranger": {doc.With("proof", strictjson.Array(good.Get("proof"),
					good.Get("proof").With("created", text("2023-01-01T00:00:01Z")))), ErrSignature},
			} {
				opened, err := open(tt.doc, legacyOptions())
				if !errors.Is(err, tt.want) || opened != nil {
					t.Errorf("%s: %v, want %v", name, err, tt.want)
				}
			}
			if _, err := open(good, strictOptions()); !errors.Is(err, ErrTypeUnsupported) {
				t.Errorf("where it is not accepted: %v", err)
			}
		})
	}
}

// recorder notes whose keys are asked for.
type recorder struct{ asked []string }

func (r *recorder) Resolve(ctx context.Context, id string) (*did.Document, error) {
	r.asked = append(r.asked, id)
	return did.Methods{"key": did.Key{}}.Resolve(ctx, id)
}

// TestLegacyFetchesNothing: aries was seen to fetch whatever schema a credential
// names, from wherever, without a bound. Here a document makes nobody fetch
// anything but the key of its proof.
func TestLegacyFetchesNothing(t *testing.T) {
	for _, s := range legacySigners(t) {
		doc := legacyBadge(t, s.ID).
			With("credentialSchema", parse(t, `{"id": "https://127.0.0.1:1/schema.json", "type": "JsonSchemaValidator2018"}`)).
			With("refreshService", parse(t, `{"id": "https://127.0.0.1:1/refresh", "type": "ManualRefreshService2018"}`))
		opt, asked := legacyOptions(), &recorder{}
		opt.Keys = asked
		if _, err := open(s.sign(t, doc, ariestest.Options{}), opt); err != nil {
			t.Errorf("%s: %v", s.name(), err)
		}
		if !slices.Equal(asked.asked, []string{s.ID}) {
			t.Errorf("%s: asked for %q", s.name(), asked.asked)
		}
	}
}

// TestLegacyDataModel: the legacy types are for VCDM 1.1, and nothing new is
// signed with them.
func TestLegacyDataModel(t *testing.T) {
	for _, s := range legacySigners(t) {
		doc := legacyBadge(t, s.ID)
		v2 := doc.Without("issuanceDate").Without("expirationDate").With("@context", strictjson.Strings(
			"https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/suites/ed25519-2018/v1"))
		if s.kind == aries.Ed25519Signature2018 {
			v2 = v2.With("issuer", strictjson.String(s.ID)).With("type", strictjson.Strings("VerifiableCredential")).
				With("credentialSubject", parse(t, `{"id": "did:example:learner"}`))
			if opened, err := open(s.sign(t, v2, ariestest.Options{}), legacyOptions()); !errors.Is(err, ErrTypeUnsupported) || opened != nil {
				t.Errorf("%s: %v", s.name(), err)
			}
		}
		suite := legacySuites().find(string(s.kind), "")
		seed := make([]byte, ed25519.SeedSize)
		if signed, err := Sign(doc, SignOptions{Suite: suite, Key: ed25519.NewKeyFromSeed(seed), Method: s.Method}); !errors.Is(err, ErrTypeUnsupported) || signed.Exists() {
			t.Errorf("%s signs: %v", s.name(), err)
		}
		if !strings.Contains(suite.Name(), "20") || suite.Name() != suite.ProofType() {
			t.Errorf("%s, of type %s", suite.Name(), suite.ProofType())
		}
	}
}

// TestLegacyKeys: a BLS key is for BBS+ and nothing else, and BBS+ takes no other.
func TestLegacyKeys(t *testing.T) {
	all := legacySigners(t)
	bls, edwards := all[5], all[0]
	for _, s := range all {
		signed := s.sign(t, legacyBadge(t, s.ID), ariestest.Options{})
		other := bls
		if strings.HasPrefix(string(s.kind), "Bbs") {
			other = edwards
		}
		bad := signed.With("proof", signed.Get("proof").With("verificationMethod", strictjson.String(other.Method)))
		if _, err := open(bad, legacyOptions()); !errors.Is(err, ErrKeyType) {
			t.Errorf("%s with %s: %v", s.name(), other.name(), err)
		}
	}
	for _, s := range signers(t) {
		signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
		bad := signed.With("proof", signed.Get("proof").With("verificationMethod", strictjson.String(bls.Method)))
		if _, err := open(bad, strictOptions()); !errors.Is(err, ErrKeyType) {
			t.Errorf("%s with a BLS key: %v", s.name, err)
		}
	}
}

// TestLooseSelections: the holder of a BBS+ credential can hide its end.
func TestLooseSelections(t *testing.T) {
	school := ariestest.BBS(t, "school")
	doc := legacyBadge(t, school.ID)
	endless := doc.Without("expirationDate")
	signed := school.Sign(t, doc, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	signedEndless := school.Sign(t, endless, ariestest.Options{Kind: aries.BBSBLSSignature2020})
	for name, tt := range map[string]struct {
		doc   strictjson.Value
		loose bool
		want  error
	}{
		"whole":                     {signed, false, nil},
		"all of it":                 {school.Derive(t, signed, doc), false, nil},
		"a part, with its end":      {school.Derive(t, signed, doc.Without("name")), true, nil},
		"a part, without":           {school.Derive(t, signed, endless), true, ErrEndNotShown},
		"all of one without an end": {school.Derive(t, signedEndless, endless), false, nil},
		"a part of the same":        {school.Derive(t, signedEndless, endless.Without("name")), true, ErrEndNotShown},
	} {
		opened, err := open(tt.doc, legacyOptions())
		var refused *Refusal
		if errors.As(err, &refused) {
			opened = refused.Proven()
		}
		if !errors.Is(err, tt.want) || opened == nil {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
			continue
		}
		if opened.Loose() != tt.loose || opened.Selection() != tt.loose {
			t.Errorf("%s: loose is %v, want %v", name, opened.Loose(), tt.loose)
		}
	}
	expired := legacyOptions()
	expired.At = vectorTime.AddDate(5, 0, 0)
	for _, shown := range []strictjson.Value{doc, doc.Without("name"), endless} {
		if opened, err := open(school.Derive(t, signed, shown), expired); err == nil || opened != nil {
			t.Errorf("an expired one passes: %s", shown.JSON())
		}
	}
}

// TestLegacyPresentations: the rules of challenges and domains are everybody's.
func TestLegacyPresentations(t *testing.T) {
	for _, s := range legacySigners(t)[:5] {
		inner := s.sign(t, legacyBadge(t, s.ID), ariestest.Options{})
		answer := parse(t, `{"@context": ["https://www.w3.org/2018/credentials/v1", "https://w3id.org/security/suites/jws-2020/v1"],
			"type": "VerifiablePresentation", "holder": "`+s.ID+`"}`).With("verifiableCredential", strictjson.Array(inner))
		asked := legacyOptions()
		asked.Challenge, asked.Domain = "n-1", "https://employer.example"
		for name, tt := range map[string]struct {
			opt  ariestest.Options
			want error
		}{
			"good":              {ariestest.Options{Purpose: "authentication", Challenge: "n-1", Domain: asked.Domain}, nil},
			"another challenge": {ariestest.Options{Purpose: "authentication", Challenge: "n-2", Domain: asked.Domain}, ErrChallenge},
			"no challenge":      {ariestest.Options{Purpose: "authentication", Domain: asked.Domain}, ErrChallenge},
			"another domain":    {ariestest.Options{Purpose: "authentication", Challenge: "n-1", Domain: "https://evil.example"}, ErrDomain},
			"to issue":          {ariestest.Options{Challenge: "n-1", Domain: asked.Domain}, ErrPurpose},
		} {
			signed := s.sign(t, answer, tt.opt)
			if _, err := open(signed, asked); !errors.Is(err, tt.want) {
				t.Errorf("%s, %s: %v, want %v", s.name(), name, err, tt.want)
			}
		}
		signed := s.sign(t, answer, ariestest.Options{Purpose: "authentication", Challenge: "n-1", Domain: asked.Domain})
		two := signed.With("proof", signed.Get("proof").With("domain", strictjson.Strings(asked.Domain)))
		if _, err := open(two, asked); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: a list of domains, of which aries covers none: %v", s.name(), err)
		}
	}
}

// TestLegacyBesideOthers: a legacy proof and a newer one on one document.
func TestLegacyBesideOthers(t *testing.T) {
	old, young := legacySigners(t)[0], signers(t)[0]
	doc := legacyBadge(t, old.ID)
	doc = doc.With("@context", strictjson.Array(append(doc.Get("@context").Elems(), strictjson.String("https://w3id.org/security/data-integrity/v2"))...))
	newer := young.sign(t, doc, SignOptions{}).Get("proof")
	older := old.sign(t, doc, ariestest.Options{}).Get("proof")
	both := doc.With("proof", strictjson.Array(newer, older))
	opened, err := open(both, legacyOptions())
	if err != nil || len(opened.Proofs) != 2 || opened.Proofs[0].Legacy || !opened.Proofs[1].Legacy {
		t.Fatalf("%+v, %v", opened, err)
	}
	if _, err := open(both.With("name", strictjson.String("x")), legacyOptions()); !errors.Is(err, ErrSignature) {
		t.Error(err)
	}
	bad := older.With("jws", strictjson.String(strings.Replace(older.Get("jws").Str(), "..", "..AA", 1)[:len(older.Get("jws").Str())]))
	if _, err := open(doc.With("proof", strictjson.Array(newer, bad)), legacyOptions()); !errors.Is(err, ErrSignature) && !errors.Is(err, ErrProofValue) {
		t.Error(err)
	}
}

// TestExplainLegacy: the doctor sees what was hashed.
func TestExplainLegacy(t *testing.T) {
	for _, s := range legacySigners(t) {
		signed := s.sign(t, legacyBadge(t, s.ID), ariestest.Options{})
		explained, err := Explain(t.Context(), signed, legacyOptions())
		if err != nil || len(explained) != 1 || explained[0].Err != nil {
			t.Fatalf("%s: %v, %+v", s.name(), err, explained)
		}
		if len(explained[0].Steps) < 2 {
			t.Errorf("%s: %d steps", s.name(), len(explained[0].Steps))
		}
		broken := signed.With("name", strictjson.String("x"))
		if explained, err := Explain(t.Context(), broken, legacyOptions()); err != nil || !errors.Is(explained[0].Err, ErrSignature) {
			t.Errorf("%s: %v", s.name(), err)
		}
	}
}

// TestLegacyKeysInDocuments: issuers of legacy proofs publish their keys in the shapes
// of that time, and old badges are to be checked under them.
func TestLegacyKeysInDocuments(t *testing.T) {
	for i, kind := range map[int]string{0: "Ed25519VerificationKey2018", 5: "Bls12381G2Key2020", 6: "Bls12381G2Key2020"} {
		s := legacySigners(t)[i]
		multikey, err := did.FormatMultikey(s.Public)
		if err != nil {
			t.Fatal(err)
		}
		_, raw, err := multibase.Decode(multikey)
		if err != nil {
			t.Fatal(err)
		}
		bare, err := multibase.Encode(multibase.Base58BTC, raw[2:]) // behind the two bytes of the multicodec
		if err != nil {
			t.Fatal(err)
		}
		const page = "https://school.example/.well-known/did.json"
		s.ID, s.Method = "did:web:school.example", "did:web:school.example#old"
		document := `{"id":"` + s.ID + `","verificationMethod":[{"id":"` + s.Method + `","type":"` + kind + `","controller":"` + s.ID + `","publicKeyBase58":"` + bare[1:] + `"}],"assertionMethod":["#old"]}`
		signed := s.sign(t, legacyBadge(t, s.ID), ariestest.Options{})
		opt := legacyOptions()
		opt.Keys = did.Methods{"web": did.Web{Fetch: pages{page: document}}}
		opened, err := open(signed, opt)
		if err != nil || opened.Controller != s.ID || !opened.Proofs[0].Legacy {
			t.Errorf("%s under a %s: %v", s.kind, kind, err)
		}
		other := strings.Replace(kind, "Ed25519VerificationKey2018", "Bls12381G2Key2020", 1)
		if other == kind {
			other = "Ed25519VerificationKey2018"
		}
		opt.Keys = did.Methods{"web": did.Web{Fetch: pages{page: strings.Replace(document, kind, other, 1)}}}
		if _, err := open(signed, opt); !errors.Is(err, did.ErrKeyInvalid) {
			t.Errorf("%s under a %s: %v", s.kind, other, err)
		}
	}
}

// pages is a web of documents.
type pages map[string]string

func (p pages) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	body, ok := p[r.URL]
	if !ok {
		return nil, fetch.ErrUnreachable
	}
	return &fetch.Resource{URL: r.URL, Body: []byte(body)}, nil
}
