package proof_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

var (
	school  = testissuer.New("school")
	learner = testissuer.New("learner")
	other   = testissuer.New("other")
)

// strict are the options that the tests start from.
func strict() proof.Options {
	return proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now}
}

func str(s string) strictjson.Value { return strictjson.String(s) }

func TestOpenACredential(t *testing.T) {
	signed := school.Sign(t, school.Badge(learner))
	opened, err := proof.Open(context.Background(), signed.JSON(), strict())
	if err != nil {
		t.Fatal(err)
	}
	if opened.Presentation || opened.Controller != school.ID || !opened.Document.Equal(school.Badge(learner)) {
		t.Errorf("opened %+v", opened)
	}
	p := opened.Proofs[0]
	if p.Method != school.Method || p.Controller != school.ID || p.Cryptosuite != "eddsa-rdfc-2022" || p.Purpose != proof.Assertion ||
		!p.Created.Equal(testissuer.Now.AddDate(0, -6, 0)) || p.Source != nil {
		t.Errorf("proof %+v", p)
	}
}

// TestARefusalTellsEachStep: what failed is told, what was not reached is not,
// and what the proof does establish can be had although another step failed.
func TestARefusalTellsEachStep(t *testing.T) {
	expired := testissuer.Set(school.Badge(learner), "validUntil", str("2026-01-01T00:00:00Z"))
	answer := learner.Present(school.Sign(t, school.Badge(learner)))
	tests := []struct {
		name   string
		doc    strictjson.Value
		opt    func(*proof.Options)
		want   error
		step   func(*proof.Refusal) error
		proven bool
	}{
		{"no credential", testissuer.Parse(`{}`), nil, credential.ErrStructure, func(r *proof.Refusal) error { return r.Format }, false},
		{"unsigned", school.Badge(learner), nil, proof.ErrMissing, func(r *proof.Refusal) error { return r.Proof }, false},
		{"no suites", school.Sign(t, school.Badge(learner)), func(o *proof.Options) { o.Suites = nil }, proof.ErrSuiteUnsupported, func(r *proof.Refusal) error { return r.Proof }, false},
		{"no resolvers", school.Sign(t, school.Badge(learner)), func(o *proof.Options) { o.Keys = did.Methods{} }, did.ErrMethodUnsupported, func(r *proof.Refusal) error { return r.Proof }, false},
		{"no time", school.Sign(t, school.Badge(learner)), func(o *proof.Options) { o.At = time.Time{} }, proof.ErrNotYetValid, func(r *proof.Refusal) error { return r.Proof }, false},
		{"somebody else's key", other.Sign(t, school.Badge(learner)), nil, proof.ErrBinding, func(r *proof.Refusal) error { return r.Binding }, true},
		{"expired", school.Sign(t, expired), nil, proof.ErrCredentialExpired, func(r *proof.Refusal) error { return r.Validity }, true},
		{"no challenge", learner.Answer(t, answer, "c", "d"), nil, proof.ErrChallengeUnchecked, func(r *proof.Refusal) error { return r.Challenge }, true},
		{"another challenge", learner.Answer(t, answer, "c", "d"), func(o *proof.Options) { o.Challenge = "x" }, proof.ErrChallenge, func(r *proof.Refusal) error { return r.Challenge }, true},
		{"another domain", learner.Answer(t, answer, "c", "d"), func(o *proof.Options) { o.Challenge, o.Domain = "c", "x" }, proof.ErrDomain, func(r *proof.Refusal) error { return r.Challenge }, true},
		{"another holder", other.Answer(t, answer, "c", "d"), func(o *proof.Options) { o.Challenge = "c" }, proof.ErrBinding, func(r *proof.Refusal) error { return r.Binding }, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			opt := strict()
			if tt.opt != nil {
				tt.opt(&opt)
			}
			opened, err := proof.OpenValue(context.Background(), tt.doc, opt)
			var refusal *proof.Refusal
			if opened != nil || !errors.As(err, &refusal) || !errors.Is(err, tt.want) {
				t.Fatalf("%v, %v, want %v", opened, err, tt.want)
			}
			if !errors.Is(tt.step(refusal), tt.want) {
				t.Errorf("told at another step: %+v", refusal)
			}
			if len(refusal.Unwrap()) != 1 {
				t.Errorf("%d steps failed: %v", len(refusal.Unwrap()), err)
			}
			if (refusal.Proven() != nil) != tt.proven {
				t.Errorf("proven: %v", refusal.Proven())
			}
			if !refusal.Unverified().Equal(tt.doc) {
				t.Error("the document as it came in is lost")
			}
		})
	}
}

func TestOpenEndsWithItsContext(t *testing.T) {
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	opened, err := proof.Open(gone, school.Sign(t, school.Badge(learner)).JSON(), strict())
	var refusal *proof.Refusal
	if opened != nil || errors.As(err, &refusal) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v: not a verdict on the document, and not a pass", opened, err)
	}
}

func TestLeewayNeverProlongs(t *testing.T) {
	doc := school.Badge(learner).With("validFrom", str("2026-06-01T12:00:30Z"))
	late := school.SignWith(t, doc, proof.SignOptions{Created: testissuer.Now.Add(30 * time.Second)})
	opt := strict()
	if _, err := proof.OpenValue(context.Background(), late, opt); !errors.Is(err, proof.ErrNotYetValid) {
		t.Errorf("half a minute ahead, without leeway: %v", err)
	}
	opt.Leeway = time.Minute
	if _, err := proof.OpenValue(context.Background(), late, opt); err != nil {
		t.Errorf("half a minute ahead, with a minute of leeway: %v", err)
	}
	over := school.Sign(t, school.Badge(learner).With("validUntil", str("2026-06-01T11:59:59Z")))
	if _, err := proof.OpenValue(context.Background(), over, opt); !errors.Is(err, proof.ErrCredentialExpired) {
		t.Errorf("a second over, with leeway: %v", err)
	}
	expired := school.SignWith(t, school.Badge(learner), proof.SignOptions{Expires: testissuer.Now.Add(-time.Second)})
	if _, err := proof.OpenValue(context.Background(), expired, opt); !errors.Is(err, proof.ErrExpired) {
		t.Errorf("a proof that ended a second ago, with leeway: %v", err)
	}
}

func TestProofSets(t *testing.T) {
	both := other.Sign(t, school.Sign(t, school.Badge(learner)))
	if n := len(both.Get("proof").Elems()); n != 2 {
		t.Fatalf("%d proofs", n)
	}
	opened, err := proof.OpenValue(context.Background(), both, strict())
	if err != nil {
		t.Fatal(err)
	}
	if opened.Controller != school.ID || len(opened.Proofs) != 2 {
		t.Errorf("controller %s of %d proofs", opened.Controller, len(opened.Proofs))
	}
	// "All proofs must verify": a bad one is not outvoted by a good one.
	proofs := both.Get("proof").Elems()
	bad := proofs[1].With("created", str("2025-12-03T00:00:00Z"))
	for name, set := range map[string]strictjson.Value{
		"good, bad":      strictjson.Array(proofs[0], bad),
		"bad, good":      strictjson.Array(bad, proofs[0]),
		"only the other": strictjson.Array(proofs[1]),
	} {
		if opened, err := proof.OpenValue(context.Background(), both.With("proof", set), strict()); err == nil || opened != nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestSignRefuses(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	suite := testissuer.Suites()[0]
	for _, tt := range []struct {
		name string
		doc  strictjson.Value
		opt  proof.SignOptions
		want error
	}{
		{"nothing to sign with", school.Badge(learner), proof.SignOptions{}, nil},
		{"no method", school.Badge(learner), proof.SignOptions{Suite: suite, Key: school.Key}, nil},
		{"a key of another type", school.Badge(learner), proof.SignOptions{Suite: suite, Key: p256, Method: school.Method}, proof.ErrKeyType},
		{"an undefined term", school.Badge(learner).With("bonus", str("x")), proof.SignOptions{Suite: suite, Key: school.Key, Method: school.Method}, jsonld.ErrUndefinedTerm},
		{"an unknown context", school.Badge(learner).With("@context", strictjson.Strings("https://evil.example/c")), proof.SignOptions{Suite: suite, Key: school.Key, Method: school.Method}, jsonld.ErrContextNotAllowed},
		{"a claim that readers of JSON would miss", school.Badge(learner).With("@included", testissuer.Parse(`{"id":"urn:a","type":"Profile"}`)), proof.SignOptions{Suite: suite, Key: school.Key, Method: school.Method}, jsonld.ErrForm},
		{"a method that is no IRI", school.Badge(learner), proof.SignOptions{Suite: suite, Key: school.Key, Method: "key one"}, jsonld.ErrRelativeIRI},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signed, err := proof.Sign(tt.doc, tt.opt)
			if err == nil || signed.Exists() {
				t.Fatalf("signed %s", signed.JSON())
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
}

// TestSignatureIsBoundToEveryByteOfMeaning changes each string of a signed badge
// in turn: no change of a claim or of the proof's options may go unnoticed.
func TestSignatureIsBoundToEveryByteOfMeaning(t *testing.T) {
	signed := school.Sign(t, school.Badge(learner))
	tried := 0
	var visit func(v strictjson.Value, rebuild func(strictjson.Value) strictjson.Value)
	visit = func(v strictjson.Value, rebuild func(strictjson.Value) strictjson.Value) {
		if s, ok := v.Text(); ok && s != "" {
			tried++
			changed := rebuild(str(s[:len(s)-1] + string(s[len(s)-1]^1)))
			if opened, err := proof.OpenValue(context.Background(), changed, strict()); err == nil || opened != nil {
				t.Errorf("accepted with %q changed", s)
			}
		}
		for i, e := range v.Elems() {
			visit(e, func(to strictjson.Value) strictjson.Value {
				all := append([]strictjson.Value(nil), v.Elems()...)
				all[i] = to
				return rebuild(strictjson.Array(all...))
			})
		}
		for _, m := range v.Members() {
			visit(m.Value, func(to strictjson.Value) strictjson.Value { return rebuild(v.With(m.Name, to)) })
		}
	}
	visit(signed, func(v strictjson.Value) strictjson.Value { return v })
	if tried < 20 {
		t.Errorf("only %d strings", tried)
	}
}

// TestOrderOfMembersDoesNotMatter: JSON objects are unordered, and so is what
// was signed.
func TestOrderOfMembersDoesNotMatter(t *testing.T) {
	signed := school.Sign(t, school.Badge(learner))
	members := append([]strictjson.Member(nil), signed.Members()...)
	for i, j := 0, len(members)-1; i < j; i, j = i+1, j-1 {
		members[i], members[j] = members[j], members[i]
	}
	if _, err := proof.OpenValue(context.Background(), strictjson.Object(members...), strict()); err != nil {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	for _, pattern := range []string{"vc-di-eddsa/*/*.json", "vc-di-ecdsa/*/*.json", "badges/1edtech-spec/test-vectors/*/*.json"} {
		names, err := filepath.Glob(filepath.Join("..", "testdata", pattern))
		if err != nil || len(names) == 0 {
			f.Fatalf("no seeds at %s", pattern)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := proof.Open(context.Background(), data, strict())
		if err == nil {
			t.Fatalf("opened a document that nobody we know signed: %s", data)
		}
		if opened != nil {
			t.Fatal("a document beside an error")
		}
		if strings.TrimSpace(err.Error()) == "" {
			t.Fatal("an error that says nothing")
		}
	})
}
