package proof_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// "The expiration time on or after which the JWT MUST NOT be accepted": also on it.
func TestExpiresOnTheSecond(t *testing.T) {
	end := testissuer.Now
	token := school.SignJWT(t, school.Badge(learner), proof.SignOptions{Expires: end})
	for at, want := range map[time.Time]error{end.Add(-time.Second): nil, end: proof.ErrCredentialExpired, end.Add(time.Second): proof.ErrCredentialExpired} {
		_, err := proof.Open(t.Context(), []byte(token), proof.Options{Keys: testissuer.Keys(), Suites: proof.Suites{proof.VCJOSE{}}, At: at})
		if !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%v from its end: %v", at.Sub(end), err)
		}
	}
}

// counting is a resolver that counts.
type counting struct {
	did.Resolver
	asked int
}

func (c *counting) Resolve(ctx context.Context, id string) (*did.Document, error) {
	c.asked++
	return c.Resolver.Resolve(ctx, id)
}

// A header that is refused makes nobody look for a key: a stranger could have a
// verifier fetch what it likes.
func TestRefusedHeadersFetchNothing(t *testing.T) {
	for _, more := range []string{`"crit":["x"]`, `"b64":false,"crit":["b64"]`} {
		header := `{"typ":"vc+jwt","kid":"` + school.Method + `",` + more + `}`
		keys := &counting{Resolver: testissuer.Keys()}
		_, err := proof.Open(t.Context(), []byte(school.Token(t, header, vcClaims(t))), proof.Options{
			Keys: keys, Suites: proof.Suites{proof.VCJOSE{}}, At: testissuer.Now,
		})
		if !errors.Is(err, jose.ErrCritical) {
			t.Errorf("%s: %v", header, err)
		}
		if keys.asked != 0 {
			t.Errorf("%s: keys were looked for %d times", header, keys.asked)
		}
	}
}
