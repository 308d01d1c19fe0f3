package verifier

import (
	"encoding/json"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

func TestJoin(t *testing.T) {
	school, ada, eve := testissuer.New("school"), testissuer.New("ada"), testissuer.New("eve")
	badge := school.Sign(t, school.Badge(ada))
	own := func(p *testissuer.Party, badges ...strictjson.Value) *Report {
		return judgeAnswer(t, p.Answer(t, p.Present(badges...), "n", "v"))
	}
	spoiled := testissuer.Set(badge, "name", strictjson.String("Other"))
	passed, missing := Check{Outcome: Passed}, Check{Outcome: Failed, Finding: Finding{Code: RequestNotSatisfied}}
	tests := []struct {
		name     string
		answers  []Answer
		request  Check
		verdict  Verdict
		deciding Code
		parts    int
	}{
		{"one", []Answer{{"q", own(ada, badge)}}, passed, Accepted, "", 1},
		{"two presentations", []Answer{{"q", own(ada, badge)}, {"r", own(ada, badge)}}, passed, Accepted, "", 2},
		{"several in one", []Answer{{"q", own(ada, badge, badge)}}, passed, Accepted, "", 2},
		{"not what was asked", []Answer{{"q", own(ada, badge)}}, missing, Rejected, RequestNotSatisfied, 1},
		{"nothing", nil, missing, Rejected, RequestNotSatisfied, 0},
		{"nothing, and nobody minds", nil, Check{Outcome: Skipped}, Undetermined, "", 0},
		{"one bad among good", []Answer{{"q", own(ada, badge)}, {"r", own(eve, badge)}}, passed, Rejected, HolderBindingFailed, 2},
		{"the bad one first", []Answer{{"r", own(ada, spoiled)}, {"q", own(ada, badge)}}, passed, Rejected, SignatureInvalid, 2},
		{"an old answer among new", []Answer{
			{"q", own(ada, badge)}, {"r", judgeAnswer(t, ada.Answer(t, ada.Present(badge), "old", "v"))},
		}, passed, Rejected, ChallengeMismatch, 2},
		{"a bare badge", []Answer{{"q", judgeAnswer(t, badge)}}, passed, Undetermined, HolderNotShown, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Join(test.answers, test.request)
			var deciding Code
			if c := r.Deciding(); c != nil {
				deciding = c.Code
			}
			if r.Verdict != test.verdict || deciding != test.deciding || len(r.Parts) != test.parts || r.Headline == "" {
				t.Errorf("%s by %q, %d parts: %s", r.Verdict, deciding, len(r.Parts), r.Headline)
			}
			if c := r.Checks[len(r.Checks)-1]; c.Row != RowRequest || c.Text == "" {
				t.Errorf("the last row is %+v", c)
			}
			for _, part := range r.Parts {
				if part.Answers == "" {
					t.Error("a part does not say what it answers")
				}
			}
			if text, err := json.Marshal(r); err != nil || strings.Contains(string(text), "Opened") {
				t.Errorf("as JSON: %v", err)
			}
		})
	}
}

// What two people answer together is sound in every part, and says nothing of one
// person.
func TestNotOnePerson(t *testing.T) {
	school, ada, eve := testissuer.New("school"), testissuer.New("ada"), testissuer.New("eve")
	by := func(p *testissuer.Party, names ...string) Answer {
		var badges []strictjson.Value
		for _, name := range names {
			badge := school.Badge(p)
			if name != "" {
				badge = testissuer.Set(badge, "credentialSubject", badge.Get("credentialSubject").With("identifier", testissuer.Parse(
					`[{"type": "IdentityObject", "hashed": false, "identityHash": "`+name+`", "identityType": "name"}]`)))
			}
			badges = append(badges, school.Sign(t, badge))
		}
		return Answer{"q", judgeAnswer(t, p.Answer(t, p.Present(badges...), "n", "v"))}
	}
	tests := []struct {
		name    string
		answers []Answer
		says    []string
	}{
		{"one badge", []Answer{by(ada, "Ada")}, nil},
		{"two of one", []Answer{by(ada, "Ada", "ada")}, nil},
		{"one without a name", []Answer{by(ada, "Ada", "")}, nil},
		{"two in two presentations", []Answer{by(ada, "Ada"), by(ada, "Ada")}, nil},
		{"two holders", []Answer{by(ada, ""), by(eve, "")}, []string{"2 different identities"}},
		{"two names", []Answer{by(ada, "Ada", "Eve")}, []string{"“Ada” and “Eve”"}},
		{"two people", []Answer{by(ada, "Ada"), by(eve, "Eve")}, []string{"2 different identities", "“Ada” and “Eve”"}},
		{"five names", []Answer{by(ada, "A", "B", "C", "D", "E")}, []string{"“C” and “D”. Compare"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := Join(test.answers, Check{Outcome: Passed})
			if r.Verdict != Accepted || len(r.NotProven) != len(test.says) {
				t.Fatalf("%s, not proven: %q", r.Verdict, r.NotProven)
			}
			if several := strings.Contains(r.Headline, "under 2 different identities"); several != strings.HasPrefix(strings.Join(test.says, ""), "2 different") {
				t.Errorf("the headline: %s", r.Headline)
			}
			for i, says := range test.says {
				if !strings.Contains(r.NotProven[i], says) {
					t.Errorf("%q does not say %q", r.NotProven[i], says)
				}
			}
		})
	}
}

func judgeAnswer(t *testing.T, doc strictjson.Value) *Report {
	t.Helper()
	v := &Verifier{Keys: testissuer.Keys(), Suites: testissuer.Suites()}
	r, err := v.Verify(t.Context(), doc.JSON(), Expectation{Challenge: "n", Domain: "v", At: testissuer.Now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Of several holders the report names none as the one.
func TestJoinHolders(t *testing.T) {
	ada, eve := testissuer.New("ada"), testissuer.New("eve")
	by := func(p *testissuer.Party) Answer {
		return Answer{"q", judgeAnswer(t, p.Answer(t, p.Present(school.Sign(t, school.Badge(p))), "n", "v"))}
	}
	for _, test := range []struct {
		answers []Answer
		want    string
	}{
		{[]Answer{by(ada), by(ada)}, ada.ID}, {[]Answer{by(ada), by(eve)}, ""}, {[]Answer{by(eve), by(ada), by(ada)}, ""},
	} {
		if got := Join(test.answers, Check{Outcome: Passed}).Holder; got != test.want {
			t.Errorf("%d answers: %q, want %q", len(test.answers), got, test.want)
		}
	}
}
