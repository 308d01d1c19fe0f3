package proof

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

// jcsSigners are the signers of the suites that sign JSON.
func jcsSigners(t testing.TB) []signer {
	all := signers(t)
	return all[3:6]
}

// TestJCSContexts: a proof repeats the contexts that it covers. More may follow
// in the document, and are then no part of what was verified.
func TestJCSContexts(t *testing.T) {
	const extra = "https://w3id.org/security/data-integrity/v2"
	for _, s := range jcsSigners(t) {
		t.Run(s.name, func(t *testing.T) {
			signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
			contexts := signed.Get("@context").List()
			own := signed.Get("proof").Get("@context")
			if !own.Equal(signed.Get("@context")) {
				t.Fatalf("the proof has the contexts %s", own.JSON())
			}
			longer := append(append([]strictjson.Value(nil), contexts...), strictjson.String(extra))
			opened, err := open(signed.With("@context", strictjson.Array(longer...)), strictOptions())
			if err != nil {
				t.Fatal(err)
			}
			if got := opened.Document.Get("@context"); !got.Equal(own) {
				t.Errorf("what was verified has the contexts %s", got.JSON())
			}
			before := append([]strictjson.Value{contexts[0], strictjson.String(extra)}, contexts[1:]...)
			proofWith := func(context strictjson.Value) strictjson.Value {
				return signed.With("proof", signed.Get("proof").With("@context", context))
			}
			for name, tt := range map[string]struct {
				doc  strictjson.Value
				want error
			}{
				"a context in between":            {signed.With("@context", strictjson.Array(before...)), ErrSignature},
				"one context fewer":               {signed.With("@context", strictjson.Array(contexts[:2]...)), ErrSignature},
				"in another order":                {signed.With("@context", strictjson.Array(contexts[0], contexts[2], contexts[1])), ErrSignature},
				"an unknown context at the end":   {signed.With("@context", strictjson.Array(append(longer, strictjson.String("https://evil.example/v1"))...)), nil},
				"the proof with fewer":            {proofWith(strictjson.Array(contexts[:1]...)), jsonld.ErrUndefinedTerm},
				"the proof with none":             {proofWith(strictjson.Array()), ErrSignature},
				"the proof without":               {proofWith(strictjson.Value{}), ErrSignature},
				"the proof with an object":        {proofWith(strictjson.Object()), ErrSignature},
				"the proof with an unknown one":   {proofWith(strictjson.Strings("https://evil.example/v1")), ErrSignature},
				"the proof with null":             {proofWith(parse(t, "null")), ErrSignature},
				"the same contexts as a text too": {signed.With("@context", contexts[0]), ErrSignature},
			} {
				if _, err := open(tt.doc, strictOptions()); !errors.Is(err, tt.want) {
					t.Errorf("%s: %v, want %v", name, err, tt.want)
				}
			}
		})
	}
}

// TestJCSAppendedContextMeansNothing: a context that is appended afterwards
// cannot define what the signed ones leave undefined.
func TestJCSAppendedContextMeansNothing(t *testing.T) {
	for _, s := range jcsSigners(t) {
		bare := credentialBy(t, s.id()).With("@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2"))
		if _, err := Sign(bare, SignOptions{Suite: s.suite, Key: s.key, Method: s.method}); !errors.Is(err, jsonld.ErrUndefinedTerm) {
			t.Errorf("%s: signed: %v", s.name, err)
		}
		signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
		shorter := signed.With("proof", signed.Get("proof").With("@context", bare.Get("@context")))
		if _, err := open(shorter, strictOptions()); !errors.Is(err, jsonld.ErrUndefinedTerm) {
			t.Errorf("%s: %v, want %v", s.name, err, jsonld.ErrUndefinedTerm)
		}
	}
}

// TestJCSMeaning: whatever the contexts do not define is refused, although it is
// signed. These documents were signed by a program that did not look.
func TestJCSMeaning(t *testing.T) {
	for _, s := range jcsSigners(t) {
		for name, tt := range map[string]struct {
			member string
			value  strictjson.Value
			want   error
		}{
			"an undefined term":    {"passed", strictjson.Bool(true), jsonld.ErrUndefinedTerm},
			"a misspelled end":     {"validuntil", strictjson.String("2020-01-01T00:00:00Z"), jsonld.ErrUndefinedTerm},
			"an undefined type":    {"type", strictjson.Strings("VerifiableCredential", "Diploma"), jsonld.ErrUndefinedTerm},
			"an unknown context":   {"@context", strictjson.Strings("https://www.w3.org/ns/credentials/v2", "https://evil.example/v1"), jsonld.ErrContextNotAllowed},
			"a context of its own": {"@context", strictjson.Array(strictjson.String("https://www.w3.org/ns/credentials/v2"), parse(t, `{"@vocab":"https://evil.example/"}`)), jsonld.ErrContextNotAllowed},
		} {
			doc := credentialBy(t, s.id()).With(tt.member, tt.value)
			if _, err := Sign(doc, SignOptions{Suite: s.suite, Key: s.key, Method: s.method}); !errors.Is(err, tt.want) {
				t.Errorf("%s, %s: signed: %v, want %v", s.name, name, err, tt.want)
			}
			if opened, err := open(signBlindly(t, s, doc), strictOptions()); !errors.Is(err, tt.want) || opened != nil {
				t.Errorf("%s, %s: opened: %v, want %v", s.name, name, err, tt.want)
			}
		}
	}
}

// signBlindly signs under a jcs suite without looking at what terms mean.
func signBlindly(t *testing.T, s signer, doc strictjson.Value) strictjson.Value {
	t.Helper()
	config := SignOptions{Suite: s.suite, Method: s.method}.config().With("@context", doc.Get("@context"))
	hash := crypto.SHA256
	if key, ok := s.key.(*ecdsa.PrivateKey); ok && key.Curve == elliptic.P384() {
		hash = crypto.SHA384
	}
	sum := func(data []byte) []byte { h := hash.New(); h.Write(data); return h.Sum(nil) }
	var data []byte
	for _, v := range []strictjson.Value{config, doc} {
		text, err := v.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		data = append(data, sum(text)...)
	}
	var signature []byte
	switch key := s.key.(type) {
	case ed25519.PrivateKey:
		signature = ed25519.Sign(key, data)
	case *ecdsa.PrivateKey:
		r, other, err := ecdsa.Sign(rand.Reader, key, sum(data))
		if err != nil {
			t.Fatal(err)
		}
		size := (key.Curve.Params().BitSize + 7) / 8
		signature = make([]byte, 2*size)
		r.FillBytes(signature[:size])
		other.FillBytes(signature[size:])
	}
	value, err := multibase.Encode(multibase.Base58BTC, signature)
	if err != nil {
		t.Fatal(err)
	}
	return doc.With("proof", config.With("proofValue", strictjson.String(value)))
}

// TestPresentationOfJCSCredentials: an RDF proof over a presentation covers
// credentials whose proofs repeat their contexts, and nobody else's may.
func TestPresentationOfJCSCredentials(t *testing.T) {
	holder := signers(t)[0]
	present := func(credential strictjson.Value) strictjson.Value {
		return parse(t, `{"@context": ["https://www.w3.org/ns/credentials/v2"], "type": "VerifiablePresentation", "holder": "`+holder.id()+`"}`).
			With("verifiableCredential", strictjson.Array(credential))
	}
	asked := strictOptions()
	asked.Challenge = "n"
	for _, s := range jcsSigners(t) {
		signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
		answer := holder.sign(t, present(signed), SignOptions{Purpose: Authentication, Challenge: "n"})
		if _, err := open(answer, asked); err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		for name, change := range map[string]strictjson.Value{
			"a proof of another suite": signed.Get("proof").With("cryptosuite", strictjson.String("eddsa-rdfc-2022")),
			"an object as context":     signed.Get("proof").With("@context", parse(t, `{"@vocab":"https://evil.example/"}`)),
			"an unknown context":       signed.Get("proof").With("@context", strictjson.Strings("https://evil.example/v1")),
		} {
			if _, err := Sign(present(signed.With("proof", change)), SignOptions{Suite: holder.suite, Key: holder.key, Method: holder.method}); !errors.Is(err, jsonld.ErrContextNotAllowed) {
				t.Errorf("%s, %s: %v, want %v", s.name, name, err, jsonld.ErrContextNotAllowed)
			}
		}
	}
}

// TestNoContextInOtherProofs: only the jcs suites define @context in a proof.
func TestNoContextInOtherProofs(t *testing.T) {
	all := signers(t)
	for _, s := range append(all[:3:3], all[6]) {
		signed := s.sign(t, credentialBy(t, s.id()), SignOptions{})
		spoiled := signed.With("proof", signed.Get("proof").With("@context", signed.Get("@context")))
		if _, err := open(spoiled, strictOptions()); !errors.Is(err, jsonld.ErrContextNotAllowed) {
			t.Errorf("%s: %v, want %v", s.name, err, jsonld.ErrContextNotAllowed)
		}
	}
}
