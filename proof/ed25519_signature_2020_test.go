package proof

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/strictjson"
)

// signedLegacy calls found with every document of the published badges, nested
// ones too, that has an Ed25519Signature2020.
func signedLegacy(t *testing.T, found func(name string, doc strictjson.Value)) {
	t.Helper()
	const dir = "../testdata/badges"
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(name, ".json") {
			return err
		}
		text, err := os.ReadFile(dir + "/" + name)
		if err != nil {
			return err
		}
		doc, err := strictjson.Parse(text)
		if err != nil {
			return err
		}
		walk(doc, func(v strictjson.Value) {
			if v.Get("proof").Get("type").Str() == "Ed25519Signature2020" {
				found(name, v)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func walk(v strictjson.Value, visit func(strictjson.Value)) {
	visit(v)
	for _, m := range v.Members() {
		walk(m.Value, visit)
	}
	for _, e := range v.Elems() {
		walk(e, visit)
	}
}

// TestRealLegacySignatures: the signatures of real badges of VCDM 1.1 hold, made
// by several programs. Many name their key in ways that prove nothing (no
// fragment, a urn, a key in the fragment of a URL), so the key is taken from
// there by hand, and Open is asked separately.
func TestRealLegacySignatures(t *testing.T) {
	suite := allSuites().find("Ed25519Signature2020", "")
	hold, opened, samples := 0, 0, map[string]bool{
		// examples whose signatures are made up
		"1edtech-validator/clr20/simple-noproof.json":                       true,
		"1edtech-validator/clr20/simple_old_safesigned.json":                true,
		"1edtech-validator/ob30/complete_v1.json":                           true,
		"1edtech-validator/ob30/endorsement-err-schema-status-refresh.json": true,
		"1edtech-validator/ob30/simple_v1.json":                             true,
	}
	signedLegacy(t, func(name string, doc strictjson.Value) {
		if samples[name] {
			return
		}
		p := doc.Get("proof")
		method := p.Get("verificationMethod").Str()
		key, err := did.ParseMultikey(method[strings.LastIndexAny(method, "#:")+1:])
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		m := &cryptosuite.Message{Document: doc.Without("proof"), Config: p.Without("proofValue")}
		if err := suite.Verify(m, key, p.Get("proofValue").Str()); err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		hold++
		m.Document = m.Document.With("id", strictjson.String("urn:uuid:00000000-0000-0000-0000-000000000000"))
		if err := suite.Verify(m, key, p.Get("proofValue").Str()); !errors.Is(err, ErrSignature) {
			t.Errorf("%s, with another id: %v", name, err)
		}
		opt := strictOptions()
		if o, err := OpenValue(context.Background(), doc, opt); err == nil {
			opened++
			if !o.Proofs[0].Legacy || o.Proofs[0].Cryptosuite != "Ed25519Signature2020" {
				t.Errorf("%s: the proof is %+v", name, o.Proofs[0])
			}
		}
	})
	if hold != 13 || opened != 1 {
		t.Errorf("%d signatures hold and %d documents open, want 13 and 1", hold, opened)
	}
}

// TestLegacyProofsAreNamed: a suite is found by the type and the cryptosuite
// together, so that neither stands in for the other.
func TestLegacyProofsAreNamed(t *testing.T) {
	s := signers(t)[6]
	signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
	p := signed.Get("proof")
	for name, tt := range map[string]struct {
		proof strictjson.Value
		want  error
	}{
		"its name as a cryptosuite":       {p.With("type", strictjson.String(cryptosuite.DataIntegrityProof)).With("cryptosuite", p.Get("type")), ErrSuiteUnsupported},
		"a cryptosuite as its type":       {p.With("type", strictjson.String("eddsa-rdfc-2022")), ErrTypeUnsupported},
		"a type of 2018":                  {p.With("type", strictjson.String("Ed25519Signature2018")), ErrTypeUnsupported},
		"several types":                   {p.With("type", strictjson.Strings("Ed25519Signature2020", "DataIntegrityProof")), ErrMalformed},
		"the type in full":                {p.With("type", strictjson.String("https://w3id.org/security#Ed25519Signature2020")), ErrTypeUnsupported},
		"a cryptosuite beside":            {p.With("cryptosuite", strictjson.String("eddsa-rdfc-2022")), nil},
		"a signature in another member":   {p.Without("proofValue").With("jws", p.Get("proofValue")), ErrMalformed},
		"a DataIntegrityProof without it": {p.With("type", strictjson.String(cryptosuite.DataIntegrityProof)), ErrMalformed},
	} {
		opened, err := open(signed.With("proof", tt.proof), strictOptions())
		if tt.want == nil { // no word of the legacy context
			if err == nil || opened != nil {
				t.Errorf("%s: accepted", name)
			}
		} else if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	none := strictOptions()
	none.Suites = none.Suites[:4]
	if _, err := open(signed, none); !errors.Is(err, ErrTypeUnsupported) {
		t.Errorf("where it is not accepted: %v, want %v", err, ErrTypeUnsupported)
	}
}

// TestLegacyNeedsItsContext: without the context that defines it, the proof's own
// type is undefined, and so not signed.
func TestLegacyNeedsItsContext(t *testing.T) {
	s := signers(t)[6]
	signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
	contexts := signed.Get("@context").Elems()
	bare := signed.With("@context", strictjson.Array(contexts[:2]...))
	if opened, err := open(bare, strictOptions()); err == nil || errors.Is(err, ErrSignature) || opened != nil {
		t.Errorf("%v, want an undefined term", err)
	}
}
