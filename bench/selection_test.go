package bench

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"testing"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// The pointers of the figures: what the issuer makes mandatory besides that which
// always is, and what the learner shows.
var (
	mandatoryPointers = []string{"/credentialSubject/achievement/id", "/credentialSubject/achievement/name"}
	shownPointers     = []string{
		"/credentialSubject/achievement/description", "/credentialSubject/achievement/resultDescription/0",
		"/credentialSubject/result/0", "/evidence/0/name",
	}
)

// college signs so that learners can show a part.
var college = testissuer.Selective("college", mandatoryPointers...)

// selectable is the badge as its learner has it.
func selectable(tb testing.TB) strictjson.Value {
	tb.Helper()
	return college.Sign(tb, testissuer.Set(badge(tb, 1), "issuer/id", strictjson.String(college.ID)))
}

// statementsOf counts the statements that a derived proof signs one by one.
func statementsOf(tb testing.TB, shown strictjson.Value) (n int) {
	tb.Helper()
	testissuer.Forge(tb, shown, func(d *testissuer.Derived) { n = len(d.Signatures) })
	return n
}

// signingFloor is one signature on P-256, made and checked.
func signingFloor(tb testing.TB) (sign, check func()) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	digest := make([]byte, 32)
	signature, err := ecdsa.SignASN1(rand.Reader, key, digest)
	if err != nil {
		tb.Fatal(err)
	}
	return func() {
			if _, err := ecdsa.SignASN1(rand.Reader, key, digest); err != nil {
				panic(err)
			}
		}, func() {
			if !ecdsa.VerifyASN1(&key.PublicKey, digest, signature) {
				panic("a signature of our own does not hold")
			}
		}
}

// times runs something that often.
func times(n int, what func()) func() {
	return func() {
		for range n {
			what()
		}
	}
}

func BenchmarkSelectiveSign(b *testing.B) {
	doc := testissuer.Set(badge(b, 1), "issuer/id", strictjson.String(college.ID))
	made := statementsOf(b, testissuer.Derive(b, college.Sign(b, doc), "")) + 1
	sign, _ := signingFloor(b)
	floor := floorOf(times(made, sign))
	measure(b, operation{
		name: "ecdsa-sd-2023 sign", bar: 2 * floor / pace(), goal: 1.3 * floor / pace(),
		floor: times(made, sign),
		work: func() error {
			_, err := proof.Sign(doc, proof.SignOptions{Suite: college.Suite, Key: college.Key, Method: college.Method, Created: testissuer.Now})
			return err
		},
	})
}

func BenchmarkSelectiveDerive(b *testing.B) {
	base := selectable(b)
	opt := proof.DeriveOptions{Suites: proof.Suites{cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded()}}, Pointers: shownPointers}
	measure(b, operation{
		name: "ecdsa-sd-2023 derive", bar: 4000, goal: 1000,
		work: func() error {
			_, err := proof.Derive(base, opt)
			return err
		},
	})
}

func BenchmarkSelectiveVerify(b *testing.B) {
	shown := testissuer.Derive(b, selectable(b), shownPointers...)
	text := shown.AppendJSON(nil)
	_, check := signingFloor(b)
	checked := statementsOf(b, shown) + 1
	floor := floorOf(times(checked, check))
	opt := proof.Options{Keys: testissuer.Keys(), Suites: testissuer.Suites(), At: testissuer.Now}
	measure(b, operation{
		name: "ecdsa-sd-2023 verify", bar: 2.5 * floor / pace(), goal: 1.5 * floor / pace(),
		floor: times(checked, check),
		work: func() error {
			_, err := proof.Open(b.Context(), text, opt)
			return err
		},
	})
}
