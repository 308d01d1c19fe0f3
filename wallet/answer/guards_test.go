package answer_test

import (
	"errors"
	"strings"
	"testing"

	"laurel/openid4vc/dcql"
	"laurel/wallet/answer"
)

// What would be sent is held against what was asked for once more: less than that is
// not sent, whatever went before.
func TestLessThanAsked(t *testing.T) {
	s := newScene(t)
	s.part("Spanish", s.me)
	asked := s.opened(s.link(s.request(levels)))
	asked.Needs[0].Options[0].Pointers = nil
	if reply, err := s.Prepare(t.Context(), asked, asked.Preferred()); !errors.Is(err, answer.ErrChosen) || reply != nil {
		t.Errorf("%v, %v", reply, err)
	}
}

// Credentials of two identities tell that both are one person, also where each
// answers a question of its own.
func TestTwoIdentitiesInTwoNeeds(t *testing.T) {
	s := newScene(t)
	work, err := s.Wallet.NewIdentity(t.Context(), "at work")
	if err != nil {
		t.Fatal(err)
	}
	query := `{"credentials":[`
	for _, name := range []string{"Spanish", "French"} {
		query += `{"id":"` + name + `","format":"ldp_vc","meta":{},"claims":[{"path":["name"],"values":["` + name + `"]}]},`
	}
	query = strings.TrimSuffix(query, ",") + `]}`
	s.part("Spanish", s.me)
	french := s.part("French", s.me)
	warnings := func() string { return strings.Join(s.prepared(s.link(s.request(query))).Warnings, "\n") }
	if got := warnings(); strings.Contains(got, "identities") {
		t.Errorf("of one: %s", got)
	}
	if err := s.Wallet.Remove(t.Context(), french.ID); err != nil {
		t.Fatal(err)
	}
	s.part("French", work)
	if got := warnings(); strings.Count(got, "2 of your identities") != 1 {
		t.Errorf("of two: %s", got)
	}
}

// A badge of Open Badges 2.0 has no signature, and answers nothing.
func TestOldBadgesAnswerNothing(t *testing.T) {
	s := newScene(t)
	s.keep([]byte(`{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://old.example/a/1",
		"recipient":{"type":"email","hashed":true,"identity":"sha256$abc"},
		"badge":{"type":"BadgeClass","id":"https://old.example/b/1","name":"Welding","issuer":{"id":"https://old.example","name":"Old School"}},
		"issuedOn":"2019-05-01T00:00:00Z","verification":{"type":"hosted"}}`))
	asked := s.opened(s.link(s.request(`{"credentials":[{"id":"any","format":"ldp_vc","meta":{},"require_cryptographic_holder_binding":false}]}`)))
	if !errors.Is(asked.Missing, dcql.ErrNotSatisfied) || len(asked.Needs[0].Options) != 0 {
		t.Errorf("%v, %+v", asked.Missing, asked.Needs)
	}
}

func TestWho(t *testing.T) {
	for _, test := range []struct {
		proven, answerTo string
		elsewhere        bool
	}{
		{"cafe.example", "cafe.example", false},
		{"cafe.example", "CAFE.example", false},
		{"cafe.example/jobs", "cafe.example", false},
		{"cafe.example", "jobs.cafe.example", false},
		{"cafe.example", "evilcafe.example", true},
		{"jobs.cafe.example", "cafe.example", true},
		{"cafe.example", "cafe.example.evil.example", true},
		{"", "cafe.example", false},
	} {
		if got := (answer.Who{Proven: test.proven, AnswerTo: test.answerTo}).Elsewhere(); got != test.elsewhere {
			t.Errorf("%s asks for an answer to %s: elsewhere %v", test.proven, test.answerTo, got)
		}
	}
	who := answer.Who{Purpose: "to see"}
	if who.Need() != "" {
		t.Error("the purpose of somebody unknown is taken for a need")
	}
	if who.Proven = "cafe.example"; who.Need() != "to see" {
		t.Errorf("need: %q", who.Need())
	}
}
