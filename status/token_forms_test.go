package status_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
)

// TestTwoForms: the list of tokens says of every place what the list of credentials
// says, though one counts its bits from the left and the other from the right.
func TestTwoForms(t *testing.T) {
	const n = status.MinLength
	for name, places := range map[string][]int{
		"none": nil, "the first": {0}, "the last": {n - 1}, "the ends of a byte": {8, 15}, "a whole byte": {16, 17, 18, 19, 20, 21, 22, 23},
		"many": rand.Perm(n)[:5000],
	} {
		for purpose, want := range map[status.Purpose]struct {
			bits  int
			value status.Value
		}{status.Revocation: {1, status.Revoked}, status.Suspension: {2, status.Suspended}} {
			list, err := status.NewList(n)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range places {
				if err := list.Set(i, true); err != nil {
					t.Fatal(err)
				}
			}
			tokens, err := status.NewTokenListOf(list, purpose)
			if err != nil || tokens.Bits() != want.bits || tokens.Len() != list.Len() || tokens.Count() != len(places) {
				t.Fatalf("%s, %s: %d entries of %d bits, %d are set, %v", name, purpose, tokens.Len(), tokens.Bits(), tokens.Count(), err)
			}
			for i := range n {
				set, _ := list.Get(i)
				value, err := tokens.Get(i)
				if err != nil || set != (value == want.value) || !set && value != status.Valid {
					t.Fatalf("%s, %s: place %d is %v and %d, %v", name, purpose, i, set, value, err)
				}
			}
		}
	}
	list, err := status.NewList(n)
	if err != nil {
		t.Fatal(err)
	}
	for _, purpose := range []status.Purpose{"", "message", status.TokenStatus} {
		if tokens, err := status.NewTokenListOf(list, purpose); !errors.Is(err, status.ErrType) || tokens != nil {
			t.Errorf("for %q: %v, %v", purpose, tokens, err)
		}
	}
	huge, err := status.NewList(64 << 20)
	if err != nil {
		t.Fatal(err)
	}
	if tokens, err := status.NewTokenListOf(huge, status.Suspension); !errors.Is(err, status.ErrLimit) || tokens != nil {
		t.Errorf("two bits for each of 64 million: %v", err)
	}
}

// TestCountOfTokens counts entries, not bits.
func TestCountOfTokens(t *testing.T) {
	for _, bits := range []int{1, 2, 4, 8} {
		list, err := status.NewTokenList(bits, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 1, 50, 99} {
			if err := list.Set(i, status.Value(1<<bits-1)); err != nil {
				t.Fatal(err)
			}
		}
		if err := list.Set(50, status.Valid); err != nil || list.Count() != 3 {
			t.Errorf("%d bits: %d are set, %v", bits, list.Count(), err)
		}
	}
}

// TestDescribeToken: what a list for tokens says of itself, today and in the past,
// and of which issuer it must be if it does not say.
func TestDescribeToken(t *testing.T) {
	school := testissuer.New("school")
	listOf := func(created time.Time, set ...int) []byte {
		list, err := status.NewTokenList(2, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range set {
			if err := list.Set(i, status.Suspended); err != nil {
				t.Fatal(err)
			}
		}
		compact, err := status.SignToken(status.TokenDraft{URL: tokenURL, List: list, TTL: time.Hour},
			proof.SignOptions{Key: school.Key, Method: school.Method, Created: created, Expires: created.AddDate(0, 1, 0)})
		if err != nil {
			t.Fatal(err)
		}
		return []byte(compact)
	}
	past := testissuer.Now.Add(-48 * time.Hour)
	web := &testissuer.Web{Pages: map[string][]byte{tokenURL: listOf(testissuer.Now, 1, 2, 3), tokenURL + "?time=1780142400": listOf(past, 1)}}
	src := &status.Source{Fetch: web, Keys: testissuer.Keys(), Suites: proof.Suites{proof.SDJWT{}}, Now: func() time.Time { return testissuer.Now }}
	for at, want := range map[time.Time]int{{}: 3, past: 1} {
		seen, err := src.DescribeToken(t.Context(), tokenURL, "", at)
		if err != nil || seen.Set != want || seen.Bits != 2 || seen.Length != 1000 || seen.TTL != time.Hour || seen.Issuer != school.ID || seen.Archived == at.IsZero() {
			t.Errorf("at %v: %+v, %v", at, seen, err)
		}
	}
	for name, url := range map[string]string{"nothing there": "https://school.example/tokens/2", "no address": "://"} {
		if seen, err := src.DescribeToken(t.Context(), url, "", past); !errors.Is(err, status.ErrRetrieval) || seen.Length != 0 {
			t.Errorf("%s: %+v, %v", name, seen, err)
		}
	}
	web.Pages[tokenURL+"?time=1780142400"] = web.Pages[tokenURL] // a server that does not know the parameter
	fresh := &status.Source{Fetch: web, Keys: src.Keys, Suites: src.Suites, Now: src.Now}
	if seen, err := fresh.DescribeToken(t.Context(), tokenURL, "", past); !errors.Is(err, status.ErrVerification) || seen.Length != 0 {
		t.Errorf("today's list for the past: %+v, %v", seen, err)
	}
}

// TestTokenListServerIsDown: what was fetched holds for its ttl, and then nothing is
// confirmed, until the server answers again.
func TestTokenListServerIsDown(t *testing.T) {
	school, now := testissuer.New("school"), testissuer.Now
	list, err := status.NewTokenList(1, 1000)
	if err != nil {
		t.Fatal(err)
	}
	compact, err := status.SignToken(status.TokenDraft{URL: tokenURL, List: list, TTL: 5 * time.Minute},
		proof.SignOptions{Key: school.Key, Method: school.Method, Created: now, Expires: now.AddDate(0, 1, 0)})
	if err != nil {
		t.Fatal(err)
	}
	web := &testissuer.Web{Pages: map[string][]byte{tokenURL: []byte(compact)}}
	src := &status.Source{Fetch: web, Keys: testissuer.Keys(), Suites: proof.Suites{proof.SDJWT{}}, Now: func() time.Time { return now }}
	check := func(want status.Outcome, wantErr error) {
		t.Helper()
		r := src.Check(t.Context(), status.Query{Entry: status.TokenEntry(tokenURL, 7), Issuer: school.ID})
		if r.Outcome != want || !errors.Is(r.Err, wantErr) {
			t.Errorf("after %v: %v, %v; want %v", now.Sub(testissuer.Now), r.Outcome, r.Err, want)
		}
	}
	check(status.Clear, nil)
	delete(web.Pages, tokenURL)
	now = now.Add(4 * time.Minute)
	check(status.Clear, nil)
	now = now.Add(2 * time.Minute)
	check(status.Unknown, status.ErrRetrieval)
	web.Pages[tokenURL] = []byte(compact)
	check(status.Clear, nil)
}
