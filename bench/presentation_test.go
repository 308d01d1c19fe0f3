package bench

import (
	"crypto/sha256"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

// parts is how many credentials a presentation of the figures has.
const parts = 10

// presenting measures the whole report about a presentation, with the status lists
// at hand.
func presenting(b *testing.B, text []byte, op operation) {
	b.Helper()
	v := judge(b)
	v.Suites = testissuer.TokenSuites(&testissuer.Web{})
	op.work = func() error {
		return accepted(v.Verify(b.Context(), text, verifier.Expectation{Challenge: "a challenge", Domain: "employer.example"}))
	}
	measure(b, op)
}

// answer is the learner's presentation of these credentials.
func answer(b *testing.B, credentials []strictjson.Value) []byte {
	b.Helper()
	return learner.Answer(b, learner.Present(credentials...), "a challenge", "employer.example").AppendJSON(nil)
}

func BenchmarkPresentation(b *testing.B) {
	credentials := make([]strictjson.Value, parts)
	for i := range credentials {
		credentials[i] = signed(b, i)
	}
	presenting(b, answer(b, credentials), operation{
		name: "presentation with 10 credentials", bar: 5000, goal: 3000, floor: times(parts+1, signatureFloor()),
	})
}

// BenchmarkPresentationHashed is the same beside another floor: what is signed has
// to be hashed too, each credential by itself and in the presentation.
func BenchmarkPresentationHashed(b *testing.B) {
	credentials := make([]strictjson.Value, parts)
	for i := range credentials {
		credentials[i] = signed(b, i)
	}
	one, err := canonical(badge(b, 1))
	if err != nil {
		b.Fatal(err)
	}
	all, err := canonical(learner.Present(credentials...))
	if err != nil {
		b.Fatal(err)
	}
	signature := signatureFloor()
	presenting(b, answer(b, credentials), operation{
		name: "the same, beside signatures and hashes", floor: func() {
			times(parts+1, signature)()
			times(parts, func() { sha256.Sum256(one) })()
			sha256.Sum256(all) // what is signed, and before that what tells graphs apart
			sha256.Sum256(all)
		},
	})
}

// BenchmarkPresentationSelective shows of each credential what shownPointers say.
func BenchmarkPresentationSelective(b *testing.B) {
	credentials := make([]strictjson.Value, parts)
	checks := 0
	for i := range credentials {
		doc := testissuer.Set(badge(b, i), "issuer/id", strictjson.String(college.ID))
		doc = testissuer.Set(doc, "credentialStatus", strictjson.Value{}) // the list is the school's
		credentials[i] = testissuer.Derive(b, college.Sign(b, doc), shownPointers...)
		checks += statementsOf(b, credentials[i]) + 1
	}
	_, check := signingFloor(b)
	signature := signatureFloor()
	presenting(b, answer(b, credentials), operation{
		name: "presentation with 10 selections", floor: func() { times(checks, check)(); signature() },
	})
}

// BenchmarkPresentationJWT shows ten signed tokens in a signed token.
func BenchmarkPresentationJWT(b *testing.B) {
	tokens := make([]strictjson.Value, parts)
	for i := range tokens {
		envelope, err := proof.Envelop(school.SignJWT(b, badge(b, i), proof.SignOptions{}))
		if err != nil {
			b.Fatal(err)
		}
		tokens[i] = envelope
	}
	text := learner.SignJWT(b, learner.Present(tokens...), proof.SignOptions{Challenge: "a challenge", Domain: "employer.example", Created: testissuer.Now})
	presenting(b, []byte(text), operation{
		name: "presentation with 10 signed tokens", floor: times(parts+1, signatureFloor()),
	})
}
