package verifier

import (
	"fmt"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/status"
)

// More places in lists than anybody needs are not looked up, and settle nothing.
func TestManyStatusEntries(t *testing.T) {
	v, w, s := online(t)
	badge := testissuer.WithStatus(s.Badge(learner), listURL, 8)
	var entries []strictjson.Value
	for i := range maxEntries + 1 {
		entries = append(entries, badge.Get("credentialStatus").With("id", str(fmt.Sprintf("urn:example:%d", i))).With("statusListIndex", str(fmt.Sprint(100+i))))
	}
	for n, want := range map[int]Outcome{maxEntries: Passed, maxEntries + 1: Unknown} {
		r := verify(t, v, s.Sign(t, badge.With("credentialStatus", strictjson.Array(entries[:n]...))).JSON(), Expectation{})
		if c := r.Check(RowStatus); c.Outcome != want || want == Unknown && c.Code != LimitExceeded {
			t.Errorf("%d entries: %s %s", n, c.Outcome, c.Code)
		}
	}
	w.Pages[listURL] = testissuer.Set(testissuer.Parse(string(w.Pages[listURL])), "validUntil", str("2030-01-01T00:00:00Z")).JSON()
	fresh, _, _ := online(t)
	fresh.Status.Fetch = w
	r := verify(t, fresh, s.Sign(t, badge).JSON(), Expectation{})
	if c := r.Check(RowStatus); c.Outcome != Unknown || r.Verdict != Undetermined {
		t.Errorf("a list that was changed: %s %s, %s", c.Outcome, c.Code, r.Verdict)
	}
}

// What could not be told is never a no, whatever the error says.
func TestStatusThatCouldNotBeTold(t *testing.T) {
	for _, err := range []error{status.ErrRevoked, status.ErrSuspended, status.ErrRetrieval, status.ErrVerification} {
		if outcome, _ := judgeStatus(status.Result{Outcome: status.Unknown, Err: err}); outcome != Unknown {
			t.Errorf("%v: %s", err, outcome)
		}
	}
	if outcome, _ := judgeStatus(status.Result{Outcome: status.Set, Err: status.ErrRevoked}); outcome != Failed {
		t.Errorf("revoked: %s", outcome)
	}
}

// A badge that speaks of the presenter and of somebody else is for people to read; one
// that speaks of others alone is refused.
func TestSeveralSubjects(t *testing.T) {
	badge := school.Badge(learner)
	own := badge.Get("credentialSubject")
	other := own.With("id", str(stranger.ID))
	for name, test := range map[string]struct {
		subjects []strictjson.Value
		want     Outcome
	}{
		"the presenter":        {[]strictjson.Value{own}, Passed},
		"and somebody else":    {[]strictjson.Value{own, other}, Unknown},
		"somebody else, first": {[]strictjson.Value{other, own}, Unknown},
		"others alone":         {[]strictjson.Value{other, other.With("id", str(school.ID))}, Failed},
	} {
		signed := school.Sign(t, badge.With("credentialSubject", strictjson.Array(test.subjects...)))
		r := verify(t, trusting(), learner.Answer(t, learner.Present(signed), challenge, domain).JSON(), Expectation{Challenge: challenge, Domain: domain})
		if c := r.Parts[0].Check(RowHolder); c.Outcome != test.want {
			t.Errorf("%s: %s %s", name, c.Outcome, c.Cause)
		}
	}
}

// Whoever signs a presentation in another's name has shown nothing to be theirs.
func TestPresentedInAnothersName(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	shown := learner.Answer(t, learner.Present(badge).With("holder", str(stranger.ID)), challenge, domain)
	r := verify(t, trusting(), shown.JSON(), Expectation{Challenge: challenge, Domain: domain})
	if c := r.Check(RowHolder); r.Verdict != Rejected || c.Outcome != Failed {
		t.Errorf("%s, %s", r.Verdict, c.Outcome)
	}
	if c := r.Parts[0].Check(RowHolder); c.Outcome != Unknown || c.Code != NotReached {
		t.Errorf("its badge: %s %s", c.Outcome, c.Code)
	}
}
