package verifier

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// The cast: a school that issues, a learner who holds, a stranger who meddles.
var (
	school   = testissuer.New("school")
	learner  = testissuer.New("learner")
	stranger = testissuer.New("stranger")
)

const (
	challenge = "u7c1e0a5b2d"
	domain    = "https://employer.example"
)

// strict is the verifier that most tests use: did:key only, nothing loosened.
func strict() *Verifier {
	return &Verifier{
		Keys:   testissuer.Keys(),
		Suites: testissuer.Suites(),
		Clock:  func() time.Time { return testissuer.Now },
	}
}

// trusting is strict with the school on the trust list.
func trusting() *Verifier {
	v := strict()
	v.Trust = &TrustList{Issuers: []TrustedIssuer{{ID: school.ID, Name: "School of Examples"}}}
	return v
}

func verify(t *testing.T, v *Verifier, data []byte, expect Expectation) *Report {
	t.Helper()
	report, err := v.Verify(context.Background(), data, expect)
	if err != nil {
		t.Fatal(err)
	}
	checkShape(t, report)
	return report
}

// checkShape holds for every report, whatever it was made of.
func checkShape(t *testing.T, r *Report) {
	t.Helper()
	want := map[Subject]int{Credential: 9, Document: 9, Presentation: 5}[r.Subject]
	for _, row := range []Row{RowHolder, RowChallenge} {
		if r.Check(row) != nil && r.Subject != Presentation {
			want++
		}
	}
	if len(r.Checks) != want {
		t.Errorf("a report on a %s has %d rows, not %d", r.Subject, len(r.Checks), want)
	}
	if n := len(strings.Fields(r.Headline)); n == 0 || n > 20 {
		t.Errorf("headline of %d words: %s", n, r.Headline)
	}
	for _, c := range r.Checks {
		if c.Text == "" {
			t.Errorf("row %s says nothing", c.Row)
		}
	}
	if proof := r.Check(RowProof); proof.Outcome != Passed && r.Badge != nil {
		t.Error("claims are shown although the proof does not hold")
	}
	if (r.Err() == nil) != (r.Verdict == Accepted) {
		t.Errorf("Err() = %v for a verdict of %s", r.Err(), r.Verdict)
	}
	for _, p := range r.Parts {
		checkShape(t, p)
	}
}

func TestGenuineBadge(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner)).JSON()
	t.Run("by a listed issuer", func(t *testing.T) {
		r := verify(t, trusting(), badge, Expectation{})
		if r.Verdict != Accepted || r.Tone() != Good {
			t.Errorf("%s, %s: %s", r.Verdict, r.Tone(), r.Headline)
		}
		if want := "Valid. Issued by School of Examples, who gave it no way to be revoked. Nobody presented it."; r.Headline != want {
			t.Errorf("headline = %q, want %q", r.Headline, want)
		}
		if r.Badge == nil || r.Badge.Achievements[0].Name != "Data Analysis" {
			t.Error("the claims are missing")
		}
	})
	t.Run("with nobody to vouch", func(t *testing.T) {
		r := verify(t, strict(), badge, Expectation{})
		if r.Verdict != Accepted || r.Tone() != Caution {
			t.Errorf("%s, %s: %s", r.Verdict, r.Tone(), r.Headline)
		}
		if !strings.Contains(r.Headline, "“School school”") {
			t.Errorf("headline = %q", r.Headline)
		}
	})
	t.Run("by an issuer that is not listed", func(t *testing.T) {
		v := strict()
		v.Trust = &TrustList{}
		if r := verify(t, v, badge, Expectation{}); r.Verdict != Undetermined || r.Check(RowTrust).Code != IssuerUntrusted {
			t.Errorf("%s: %s", r.Verdict, r.Headline)
		}
		v.Policy.RejectUntrusted = true
		if r := verify(t, v, badge, Expectation{}); r.Verdict != Rejected {
			t.Errorf("%s: %s", r.Verdict, r.Headline)
		}
	})
}

// TestOperator: whoever reads a report that somebody else makes is told whose list it
// is, in every place.
func TestOperator(t *testing.T) {
	badge := learner.Answer(t, learner.Present(school.Sign(t, school.Badge(learner))), challenge, domain).JSON()
	for name, list := range map[string]*TrustList{"listed": trusting().Trust, "not listed": {}} {
		v := strict()
		v.Trust = list
		for operator, want := range map[string]string{"": "your list", "cafe.example": "cafe.example"} {
			r := verify(t, v, badge, Expectation{Challenge: challenge, Domain: domain, Operator: operator})
			var text strings.Builder
			if err := r.WriteText(&text); err != nil {
				t.Fatal(err)
			}
			if said := text.String(); !strings.Contains(said, want) || (operator != "") == strings.Contains(said, "your list") {
				t.Errorf("%s, for %q: %s", name, operator, said)
			}
			if row := r.Parts[0].Check(RowTrust).Text; operator != "" && !strings.HasSuffix(row, " on the list of trusted issuers of cafe.example.") {
				t.Errorf("%s: the row says %q", name, row)
			}
		}
	}
}

func TestVerifyRefusesToCheckNothing(t *testing.T) {
	for name, v := range map[string]*Verifier{
		"no suites": {Keys: testissuer.Keys()},
		"no keys":   {Suites: testissuer.Suites()},
		"nothing":   {},
	} {
		if r, err := v.Verify(context.Background(), []byte("{}"), Expectation{}); !errors.Is(err, ErrNotConfigured) || r != nil {
			t.Errorf("%s: %v, %v", name, r, err)
		}
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if r, err := strict().Verify(gone, []byte("{}"), Expectation{}); !errors.Is(err, context.Canceled) || r != nil {
		t.Errorf("after the caller left: %v, %v", r, err)
	}
	var none *Report
	if none.Err() == nil {
		t.Error("no report reads as accepted")
	}
}

func TestPresentation(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	expect := Expectation{Challenge: challenge, Domain: domain}
	good := learner.Answer(t, learner.Present(badge), challenge, domain)
	r := verify(t, trusting(), good.JSON(), expect)
	if r.Verdict != Accepted || r.Tone() != Good || r.Holder != learner.ID || len(r.Parts) != 1 {
		t.Fatalf("%s, %s: %s", r.Verdict, r.Tone(), r.Headline)
	}
	if c := r.Parts[0].Check(RowHolder); c.Outcome != Passed {
		t.Errorf("holder row of the part: %s", c.Outcome)
	}
}

// TestOneBadBadgeIsNamed: the others of the same presentation still stand.
func TestOneBadBadgeIsNamed(t *testing.T) {
	good := school.Sign(t, school.Badge(learner))
	forged := testissuer.Set(good, "credentialSubject/achievement/name", strictjson.String("Professor"))
	expired := school.Sign(t, testissuer.Set(school.Badge(learner), "validUntil", strictjson.String("2026-01-01T00:00:00Z")))
	answer := learner.Answer(t, learner.Present(good, forged, expired, good), challenge, domain)
	r := verify(t, trusting(), answer.JSON(), Expectation{Challenge: challenge, Domain: domain})
	if r.Verdict != Rejected {
		t.Errorf("verdict %s", r.Verdict)
	}
	if want := "2 of 4 credentials stand. The others are named below, each with its reason."; r.Headline != want {
		t.Errorf("headline %q", r.Headline)
	}
	for i, want := range []Verdict{Accepted, Rejected, Rejected, Accepted} {
		if r.Parts[i].Verdict != want {
			t.Errorf("part %d is %s: %s", i+1, r.Parts[i].Verdict, r.Parts[i].Headline)
		}
	}
	if got, want := r.Parts[2].Headline, "Was genuine; expired on 1 January 2026."; got != want {
		t.Errorf("headline %q, want %q", got, want)
	}
}

func TestAsOfATime(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner)).JSON()
	for _, tt := range []struct {
		name string
		at   time.Time
		want Code
	}{
		{"before it was valid", time.Date(2025, 11, 30, 0, 0, 0, 0, time.UTC), ProofNotYetValid},
		{"while it was valid", time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"at its last second", time.Date(2030, 6, 1, 0, 0, 0, 0, time.UTC), ""},
		{"a second later", time.Date(2030, 6, 1, 0, 0, 1, 0, time.UTC), CredentialExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := verify(t, trusting(), badge, Expectation{At: tt.at})
			var got Code
			if c := r.Deciding(); c != nil {
				got = c.Code
			}
			if got != tt.want {
				t.Errorf("code %q, want %q: %s", got, tt.want, r.Headline)
			}
		})
	}
}

func TestKeyWindows(t *testing.T) {
	at := testissuer.Now
	for _, tt := range []struct {
		name string
		opt  proof.SignOptions
		want Code
	}{
		{"a proof that has expired", proof.SignOptions{Expires: at.Add(-time.Second)}, ProofExpired},
		{"a proof that expires later", proof.SignOptions{Expires: at.Add(time.Hour)}, ""},
		{"a proof from the future", proof.SignOptions{Created: at.Add(time.Hour)}, ProofNotYetValid},
		{"made to log in", proof.SignOptions{Purpose: proof.Authentication}, ProofPurposeMismatch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := verify(t, trusting(), school.SignWith(t, school.Badge(learner), tt.opt).JSON(), Expectation{})
			var got Code
			if c := r.Deciding(); c != nil {
				got = c.Code
			}
			if got != tt.want {
				t.Errorf("code %q, want %q: %s", got, tt.want, r.Headline)
			}
		})
	}
}

// TestABareBadgeIsNoAnswer: a question that asks for a presentation is not
// answered by whoever merely has the file.
func TestABareBadgeIsNoAnswer(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner)).JSON()
	for _, expect := range []Expectation{{Challenge: challenge}, {Domain: domain}} {
		r := verify(t, trusting(), badge, expect)
		if r.Verdict != Undetermined || r.Check(RowHolder).Code != HolderNotShown {
			t.Errorf("%s: %s", r.Verdict, r.Headline)
		}
	}
}

// TestAPresentationInsideAPresentation: a stranger wraps what the learner once
// presented to somebody else.
func TestAPresentationInsideAPresentation(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	old := learner.Answer(t, learner.Present(badge), "yesterday", domain)
	wrapped := stranger.Answer(t, stranger.Present(old), challenge, domain)
	v := trusting()
	v.Policy.UnsafeNoChallenge = true
	if r := verify(t, v, wrapped.JSON(), Expectation{Challenge: challenge, Domain: domain}); r.Verdict == Accepted {
		t.Errorf("accepted: %s", codes(r))
	}
}

// TestSlowKeysAreUnknown: a server that never answers leaves the verdict open,
// and the report is made all the same.
func TestSlowKeysAreUnknown(t *testing.T) {
	v := trusting()
	v.Keys = slow{}
	e := &examination{Verifier: v, expect: Expectation{At: testissuer.Now}}
	e.read(proof.ReadValue(school.Sign(t, school.Badge(learner))))
	ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	r := e.judge(ctx)
	if r.Verdict != Undetermined || r.Check(RowProof).Code != DIDResolutionFailed {
		t.Errorf("%s: %s", r.Verdict, codes(r))
	}
}

// slow resolves nothing until the caller gives up.
type slow struct{}

func (slow) Resolve(ctx context.Context, _ string) (*did.Document, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// What breaks down while one part of a presentation is judged breaks down for the
// caller, who can catch it. In a goroutine of its own it would end the process.
func TestPanicsReachTheCaller(t *testing.T) {
	v := trusting()
	v.Keys = broken{}
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("caught %v", got)
		}
	}()
	vp := learner.Answer(t, learner.Present(school.Sign(t, school.Badge(learner)), school.Sign(t, school.Badge(learner))), "n", "d")
	r, err := v.Verify(t.Context(), vp.JSON(), Expectation{Challenge: "n", Domain: "d"})
	t.Errorf("nothing was to be caught: %v, %v", r, err)
}

// broken knows the learner, and breaks down over anybody else.
type broken struct{}

func (broken) Resolve(ctx context.Context, id string) (*did.Document, error) {
	if id != learner.ID {
		panic("broken")
	}
	return did.Key{}.Resolve(ctx, id)
}

func TestEveryRowHasATitle(t *testing.T) {
	for _, c := range append(slices.Clone(credentialChecks), presentationChecks...) {
		if c.row.Title() == "" {
			t.Errorf("row %s has no title", c.row)
		}
	}
}
