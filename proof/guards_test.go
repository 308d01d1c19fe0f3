package proof_test

import (
	"context"
	"errors"
	"slices"
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

// revoking is a resolver whose every key was revoked at a time.
type revoking struct {
	did.Resolver
	at time.Time
}

func (r revoking) Resolve(ctx context.Context, id string) (*did.Document, error) {
	doc, err := r.Resolver.Resolve(ctx, id)
	if err != nil {
		return nil, err
	}
	out := *doc
	out.Methods = slices.Clone(doc.Methods)
	for i := range out.Methods {
		out.Methods[i].Revoked = r.at
	}
	return &out, nil
}

// Claims are their issuer's, in its own name, and with a key that was good then.
func TestClaimsOfOthers(t *testing.T) {
	open := func(iss string, keys did.Resolver) error {
		token, err := proof.SignClaims("statuslist+jwt", testissuer.Parse(`{"iss":"`+iss+`"}`), proof.SignOptions{Key: school.Key, Method: school.Method, Created: testissuer.Now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = proof.OpenClaims(t.Context(), []byte(token), proof.ClaimsOptions{
			Options: proof.Options{Keys: keys, Suites: proof.Suites{proof.SDJWT{}}, At: testissuer.Now}, Type: "statuslist+jwt",
		})
		return err
	}
	if err := open(school.ID, testissuer.Keys()); err != nil {
		t.Errorf("its own: %v", err)
	}
	if err := open(learner.ID, testissuer.Keys()); !errors.Is(err, proof.ErrBinding) {
		t.Errorf("in another's name: %v", err)
	}
	if err := open(school.ID, revoking{testissuer.Keys(), testissuer.Now.Add(-time.Hour)}); !errors.Is(err, did.ErrKeyRevoked) {
		t.Errorf("with a key that was revoked before: %v", err)
	}
}
