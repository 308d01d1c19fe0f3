package bench

import (
	"crypto/sha512"
	"strings"
	"testing"

	"laurel/internal/testissuer"
	"laurel/proof"
)

func BenchmarkJWT(b *testing.B) {
	token := []byte(school.SignJWT(b, badge(b, 1), proof.SignOptions{}))
	signature := signatureFloor()
	opt := proof.Options{Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), At: testissuer.Now}
	measure(b, operation{
		name: "vc+jwt EdDSA verify", bar: 150, goal: 90,
		floor: func() { signature(); sha512.Sum512(token) },
		work: func() error {
			_, err := proof.Open(b.Context(), token, opt)
			return err
		},
	})
}

// BenchmarkSDJWT shows six claims of the badge, with its achievement, which holds
// most of it, and the key binding.
func BenchmarkSDJWT(b *testing.B) {
	issued := school.IssueSD(b, badge(b, 1), learner, proof.SDJWTOptions{Disclosable: []string{
		"/name", "/evidence", "/credentialSubject/achievement", "/credentialSubject/result", "/credentialSubject/achievement/tag",
		"/credentialSubject/achievement/alignment",
	}})
	shown := []byte(learner.ShowSD(b, issued, "a challenge", "employer.example",
		"/name", "/evidence", "/credentialSubject/achievement", "/credentialSubject/result", "/credentialSubject/achievement/tag",
		"/credentialSubject/achievement/alignment"))
	if n := strings.Count(string(shown), "~"); n != 7 {
		b.Fatalf("%d tildes", n)
	}
	signature := signatureFloor()
	opt := proof.Options{
		Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), At: testissuer.Now,
		Challenge: "a challenge", Domain: "employer.example",
	}
	measure(b, operation{
		name: "SD-JWT + KB verify", bar: 350, goal: 200,
		floor: func() { signature(); signature() },
		work: func() error {
			_, err := proof.Open(b.Context(), shown, opt)
			return err
		},
	})
}
