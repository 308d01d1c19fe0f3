package bench

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

// listURL is where the badge says that its status list is.
const listURL = "https://issuer.example/status/eddsa-rdfc-2022/revocation"

var (
	school  = testissuer.New("school")
	learner = testissuer.New("learner")
)

// badge is badge.json, issued by the school to the learner, with the id of its
// number.
func badge(tb testing.TB, n int) strictjson.Value {
	tb.Helper()
	text, err := os.ReadFile("badge.json")
	if err != nil {
		tb.Fatal(err)
	}
	doc := testissuer.Parse(string(text))
	doc = testissuer.Set(doc, "id", strictjson.String(fmt.Sprintf("urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-%012d", n)))
	doc = testissuer.Set(doc, "issuer/id", strictjson.String(school.ID))
	return testissuer.Set(doc, "credentialSubject/id", strictjson.String(learner.ID))
}

// signed is the badge as its learner has it.
func signed(tb testing.TB, n int) strictjson.Value {
	tb.Helper()
	return school.Sign(tb, badge(tb, n))
}

// list is the signed status list, with 1 % of its entries set.
func list(tb testing.TB) []byte {
	tb.Helper()
	doc := status.Document(status.Draft{
		URL: listURL, Issuer: school.ID, Purpose: status.Revocation, List: sparse(tb, status.MinLength),
		ValidFrom: testissuer.Now.Add(-time.Hour), TTL: time.Hour,
	})
	return school.SignWith(tb, doc, proof.SignOptions{Created: testissuer.Now.Add(-time.Hour)}).AppendJSON(nil)
}

// sparse is a list of n entries of which one in a hundred is set: not entry 42,
// which is the badge's.
func sparse(tb testing.TB, n int) *status.List {
	tb.Helper()
	l, err := status.NewList(n)
	if err != nil {
		tb.Fatal(err)
	}
	step := uint32(2654435761) // spreads the set entries without a pattern
	at := uint32(7)
	for range n / 100 {
		at += step
		if err := l.Set(int(at)%n, true); err != nil {
			tb.Fatal(err)
		}
	}
	if err := l.Set(42, false); err != nil {
		tb.Fatal(err)
	}
	return l
}

// shelf answers for the network: it has the status list and nothing else.
type shelf []byte

func (s shelf) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	if r.URL != listURL {
		return nil, fetch.ErrUnreachable
	}
	return &fetch.Resource{
		URL: r.URL, Body: s, ContentType: "application/vc", Fetched: testissuer.Now,
		Source: fetch.Network, Expires: testissuer.Now.Add(time.Hour),
	}, nil
}

// judge is a verifier whose network is a shelf.
func judge(tb testing.TB) *verifier.Verifier {
	tb.Helper()
	now := func() time.Time { return testissuer.Now }
	return &verifier.Verifier{
		Keys: testissuer.Keys(), Suites: testissuer.Suites(), Clock: now,
		Status: &status.Source{Fetch: shelf(list(tb)), Keys: testissuer.Keys(), Suites: testissuer.Suites(), Now: now},
	}
}

// canonical is the canonical form of a document.
func canonical(doc strictjson.Value) ([]byte, error) {
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		return nil, err
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return nil, err
	}
	return c.NQuads, nil
}

// signatureFloor is one Ed25519 check.
func signatureFloor() func() {
	pub, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		panic(err)
	}
	message := make([]byte, 2*sha256.Size)
	signature := ed25519.Sign(key, message)
	return func() { ed25519.Verify(pub, message, signature) }
}

func BenchmarkVerify(b *testing.B) {
	text := signed(b, 1).AppendJSON(nil)
	nquads, err := canonical(badge(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	signature := signatureFloor()
	opt := proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now}
	measure(b, operation{
		name: "eddsa-rdfc-2022 verify", bar: 350, goal: 200,
		floor: func() { signature(); sha256.Sum256(nquads) },
		work: func() error {
			_, err := proof.Open(b.Context(), text, opt)
			return err
		},
	})
}

// BenchmarkVerifySuites is BenchmarkVerify for the other suites and curves.
func BenchmarkVerifySuites(b *testing.B) {
	nquads, err := canonical(badge(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	opt := proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now}
	for _, p := range testissuer.Several(b, "issuer") {
		if p.Suite.Name() == "eddsa-rdfc-2022" {
			continue
		}
		text := p.Sign(b, testissuer.Set(badge(b, 1), "issuer/id", strictjson.String(p.ID))).AppendJSON(nil)
		op := operation{
			name: strings.TrimPrefix(p.Name, "issuer, ") + " verify",
			work: func() error {
				_, err := proof.Open(b.Context(), text, opt)
				return err
			},
		}
		hashed, signature := nquads, signatureFloor()
		if strings.Contains(op.name, "-jcs-") {
			hashed = text
		}
		if key, ok := p.Key.(*ecdsa.PrivateKey); ok {
			signature = ecdsaFloor(b, key)
		}
		op.floor = func() { signature(); sha256.Sum256(hashed) }
		if op.name == "ecdsa-rdfc-2019, P-256 verify" {
			op.bar, op.goal = 400, 230
		}
		b.Run(op.name, func(b *testing.B) { measure(b, op) })
	}
}

// ecdsaFloor is one ECDSA check.
func ecdsaFloor(tb testing.TB, key *ecdsa.PrivateKey) func() {
	tb.Helper()
	digest := make([]byte, key.Curve.Params().BitSize/8)
	signature, err := ecdsa.SignASN1(nil, key, digest)
	if err != nil {
		tb.Fatal(err)
	}
	return func() { ecdsa.VerifyASN1(&key.PublicKey, digest, signature) }
}

func BenchmarkHash(b *testing.B) {
	doc := badge(b, 1)
	text := doc.AppendJSON(nil)
	nquads, err := canonical(doc)
	if err != nil {
		b.Fatal(err)
	}
	measure(b, operation{
		name: "JSON text to RDFC-1.0 hash", bar: 250, goal: 140,
		floor: func() { json.Valid(text); sha256.Sum256(nquads) },
		work: func() error {
			doc, err := strictjson.Parse(text)
			if err != nil {
				return err
			}
			_, err = jsonld.Hash(doc, jsonld.Options{Contexts: jsonld.Embedded()}, crypto.SHA256)
			return err
		},
	})
}

// BenchmarkReport is the whole of what `laurel verify` does with a file, status
// included, once it runs.
func BenchmarkReport(b *testing.B) {
	text := signed(b, 1).AppendJSON(nil)
	v := judge(b)
	measure(b, operation{
		name: "a whole report, status list at hand", floor: signatureFloor(),
		work: func() error { return accepted(v.Verify(b.Context(), text, verifier.Expectation{})) },
	})
}

// accepted refuses a figure for a document that was not verified to the end.
func accepted(r *verifier.Report, err error) error {
	if err != nil {
		return err
	}
	return r.Err()
}

// BenchmarkStatements looks for growth: the cost of a statement must not depend
// on how many there are.
func BenchmarkStatements(b *testing.B) {
	for _, n := range []int{10, 100, 1000, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			doc := statements(n)
			before := processorTime()
			for b.Loop() {
				if _, err := jsonld.Hash(doc, jsonld.Options{Contexts: jsonld.Embedded()}, crypto.SHA256); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(micros(processorTime()-before)/float64(b.N)/float64(n)*1e3, "cpu-ns/statement")
		})
	}
}

// statements is a credential that makes about n statements.
func statements(n int) strictjson.Value {
	const each = 4 // statements of one piece of evidence
	evidence := make([]strictjson.Value, max(1, (n-6)/each))
	for i := range evidence {
		evidence[i] = strictjson.Object(
			strictjson.Member{Name: "type", Value: strictjson.Strings("Evidence")},
			strictjson.Member{Name: "name", Value: strictjson.String(fmt.Sprint("Notebook ", i))},
			strictjson.Member{Name: "genre", Value: strictjson.String("Notebook")},
		)
	}
	doc := school.Badge(learner)
	doc = testissuer.Set(doc, "credentialSubject/achievement", strictjson.Value{})
	return testissuer.Set(doc, "evidence", strictjson.Array(evidence...))
}

var errNotClear = errors.New("the list does not say that the badge is in force")
