package issuer_test

import (
	"context"
	"math"
	"sync"
	"testing"

	"laurel/issuer"
	"laurel/status"
)

// together runs n calls at the same time and collects what they give.
func together[T any](t testing.TB, n int, call func(int) (T, error)) []T {
	t.Helper()
	out := make([]T, n)
	var wg sync.WaitGroup
	for k := range n {
		wg.Go(func() {
			var err error
			if out[k], err = call(k); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return out
}

func TestConcurrentIssues(t *testing.T) {
	s := newSchool(t, issuer.Web)
	seen := map[int]bool{}
	for range 2 { // the second time after a restart
		badges := together(t, 200, func(int) (*issuer.Issued, error) {
			return s.Issue(context.Background(), issuer.Award{Template: "barista", Recipient: learner.ID})
		})
		for _, b := range badges {
			if seen[b.Index] {
				t.Fatalf("index %d was given to two badges", b.Index)
			}
			seen[b.Index] = true
		}
		s.reopen(t)
	}
	if got := s.ListIDs(); len(got) != 1 {
		t.Errorf("lists %q, want one", got)
	}
}

func TestConcurrentRequestsGiveOneBadge(t *testing.T) {
	s := newSchool(t, issuer.Web)
	badges := together(t, 20, func(int) (*issuer.Issued, error) {
		return s.Issue(context.Background(), issuer.Award{Template: "barista", Recipient: learner.ID, Request: "row 1"})
	})
	for _, b := range badges {
		if b.ID != badges[0].ID {
			t.Errorf("%s and %s for one idempotency key", badges[0].ID, b.ID)
		}
	}
	if all, err := s.Find(t.Context(), issuer.Query{}); err != nil || len(all) != 1 {
		t.Errorf("%d records, %v, want 1", len(all), err)
	}
}

func TestConcurrentRevocations(t *testing.T) {
	s := newSchool(t, issuer.Web)
	badges := together(t, 100, func(int) (*issuer.Issued, error) {
		return s.Issue(context.Background(), issuer.Award{Template: "barista", Recipient: learner.ID})
	})
	kept := s.issue(t, issuer.Award{})
	together(t, len(badges), func(k int) (*issuer.Changed, error) {
		return s.Apply(context.Background(), issuer.Change{Action: issuer.Revoke, IDs: []string{badges[k].ID}})
	})
	for range 2 {
		for _, b := range badges {
			if got := s.check(t, b.Credential, s.now); got.Outcome != status.Set {
				t.Fatalf("index %d: %v, %v, want it set", b.Index, got.Outcome, got.Err)
			}
		}
		if got := s.check(t, kept.Credential, s.now); got.Outcome != status.Clear {
			t.Errorf("the one that was not revoked: %v, %v", got.Outcome, got.Err)
		}
		s.reopen(t)
	}
	if n := len(s.Versions("revocation-1")); n > 101 {
		t.Errorf("%d versions of the list for 100 revocations", n)
	}
}

func TestLargeChanges(t *testing.T) {
	s := newSchool(t, issuer.Web)
	var ids []string
	for range 450 {
		ids = append(ids, s.issue(t, issuer.Award{}).ID)
	}
	changed := s.apply(t, issuer.Revoke, ids...)
	if len(changed.Records) != 450 || len(changed.Lists) != 1 {
		t.Errorf("%d records, lists %q", len(changed.Records), changed.Lists)
	}
	if n := len(s.Versions("revocation-1")); n != 4 { // the empty one, and one for each 200
		t.Errorf("%d versions for one large change", n)
	}
	if got, err := s.Find(t.Context(), issuer.Query{State: issuer.Revoked}); err != nil || len(got) != 450 {
		t.Errorf("%d are revoked, %v", len(got), err)
	}
}

// TestIndexesAreRandom is a sanity check, not a proof: 3,000 indexes over 16
// equal parts of the list, chi-square with 15 degrees of freedom, and no run
// upwards that counting would give. The bound is passed by chance once in a
// million runs.
func TestIndexesAreRandom(t *testing.T) {
	s := newSchool(t, issuer.Web)
	const n, parts = 3000, 16
	var counts [parts]float64
	rising, last := 0, -1
	for range n {
		index := s.issue(t, issuer.Award{}).Index
		counts[index*parts/status.MinLength]++
		if index > last {
			rising++
		}
		last = index
	}
	chi := 0.0
	for _, c := range counts {
		chi += math.Pow(c-n/parts, 2) / (n / parts)
	}
	if chi > 56 {
		t.Errorf("chi-square %.1f over %v", chi, counts)
	}
	if rising < n*4/10 || rising > n*6/10 {
		t.Errorf("%d of %d indexes are above the one before", rising, n)
	}
}

func BenchmarkIssue(b *testing.B) {
	s := newSchool(b, issuer.Web)
	b.ReportAllocs()
	for b.Loop() {
		s.issue(b, issuer.Award{Name: "Ada"})
	}
}

// BenchmarkIssueTokens is BenchmarkIssue for each kind of token, with the check that
// makes and opens one before.
func BenchmarkIssueTokens(b *testing.B) {
	for kind := range tokenKinds {
		b.Run(kind, func(b *testing.B) {
			s := newSchool(b, issuer.Web)
			id := s.addToken(b, kind, "")
			b.ReportAllocs()
			for b.Loop() {
				s.issue(b, issuer.Award{Template: id, Name: "Ada"})
			}
		})
	}
}

// BenchmarkRevokeOne signs a list in both its forms.
func BenchmarkRevokeOne(b *testing.B) {
	s := newSchool(b, issuer.Web)
	s.addToken(b, "dc+sd-jwt", "")
	var ids []string
	for range 2000 {
		ids = append(ids, s.issue(b, issuer.Award{}).ID)
	}
	n := 0
	for b.Loop() {
		if n == len(ids) {
			b.Skip("every badge is revoked")
		}
		s.apply(b, issuer.Revoke, ids[n])
		n++
	}
}
