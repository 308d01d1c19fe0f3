package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/sharelink"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

const listURL = "https://school.example/lists/1"

var (
	school  = testissuer.New("school")
	learner = testissuer.New("learner")
	thief   = testissuer.New("thief")
)

// judging is a scene with a verifier that judges, and the school on its list.
func judging(t *testing.T) (*scene, *testissuer.Web) {
	s := newScene(t)
	page := &testissuer.Web{Pages: map[string][]byte{}}
	keys, suites := testissuer.WebKeys(page), testissuer.TokenSuites(page)
	now := func() time.Time { return s.at }
	v := &verifier.Verifier{
		Keys: keys, Suites: suites, Clock: now,
		Status: &status.Source{Fetch: page, Keys: keys, Suites: suites, Now: now},
		Trust:  &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: school.ID, Name: "School of Examples"}}},
	}
	s.opens = func(documents [][]byte, expect verifier.Expectation) (out []*verifier.Report) {
		for _, d := range documents {
			r, err := v.Verify(t.Context(), d, expect)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, r)
		}
		return out
	}
	return s, page
}

// holds seals anything under the scene's link, and leaves it there.
func (s *scene) holds(documents ...[]byte) {
	s.t.Helper()
	d := s.deposit()
	var err error
	if d.Sealed, err = s.link.Seal(documents); err != nil {
		s.t.Fatal(err)
	}
	s.wantCode(s.post(d), http.StatusCreated, "")
}

// finds is what whoever looks is told: the verdict, and the code that decided it.
func (s *scene) finds() string {
	s.t.Helper()
	if a := s.ask(http.MethodGet, s.path(), ""); a.code != http.StatusOK {
		return fmt.Sprintf("%d %s", a.code, a.body)
	}
	r := s.last[0]
	if c := r.Deciding(); c != nil {
		return string(r.Verdict) + " " + string(c.Code)
	}
	return string(r.Verdict)
}

// TestHostileShares: whoever makes a link can put anything behind it, and has the
// verifier's page to show it on. The page says what is wrong with each.
func TestHostileShares(t *testing.T) {
	badge := school.Sign(t, school.Badge(learner))
	answer := func(p strictjson.Value, id, domain string) []byte { return learner.Answer(t, p, id, domain).JSON() }
	presentation := learner.Present(badge)
	college := testissuer.Selective("college", "/credentialSubject/achievement/name")
	sd := school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{Disclosable: []string{"/name"}})
	for _, c := range []struct {
		name string
		what func(id string) []byte
		want string
	}{
		{"what a learner shares", func(id string) []byte { return answer(presentation, id, address) }, "accepted"},
		{"a token with a key binding", func(id string) []byte { return []byte(learner.ShowSD(t, sd, id, address, "/name")) }, "accepted"},

		{"what was shared by another link", func(string) []byte { return answer(presentation, sharelink.New(address).ID(), address) }, "rejected CHALLENGE_MISMATCH"},
		{"an answer to an employer's question", func(string) []byte { return answer(presentation, "n-0S6_WzA2Mj", address) }, "rejected CHALLENGE_MISMATCH"},
		{"what was made for another verifier", func(id string) []byte { return answer(presentation, id, "https://other.example") }, "rejected DOMAIN_MISMATCH"},
		{"what was made for nobody", func(id string) []byte { return answer(presentation, id, "") }, "rejected DOMAIN_MISMATCH"},
		{"somebody else's badge", func(id string) []byte { return thief.Answer(t, thief.Present(badge), id, address).JSON() }, "rejected HOLDER_BINDING_FAILED"},
		{"the badge alone, a file that anybody may have", func(string) []byte { return badge.JSON() }, "undetermined HOLDER_NOT_SHOWN"},
		{"a presentation that nobody signed", func(string) []byte { return presentation.JSON() }, "rejected PRESENTATION_PROOF_MISSING"},
		{"a name changed before it was presented", func(id string) []byte {
			return answer(learner.Present(testissuer.Set(badge, "name", strictjson.String("Doctor of Everything"))), id, address)
		}, "rejected SIGNATURE_INVALID"},
		{"a name changed after it was presented", func(id string) []byte {
			return bytes.Replace(answer(presentation, id, address), []byte("Data Analysis"), []byte("Data Alchemy!"), 1)
		}, "rejected SIGNATURE_INVALID"},
		{"an impostor's badge", func(id string) []byte {
			forged := testissuer.Set(thief.Badge(learner), "issuer/name", strictjson.String("School of Examples"))
			return answer(learner.Present(thief.Sign(t, forged)), id, address)
		}, "undetermined ISSUER_UNTRUSTED"},
		{"the learner's complete copy", func(id string) []byte {
			return answer(learner.Present(college.Sign(t, college.Badge(learner))), id, address)
		}, "rejected PROOF_TYPE_UNSUPPORTED"},
		{"nothing in it", func(id string) []byte { return answer(learner.Present(), id, address) }, "rejected NO_CREDENTIAL"},
		{"a presentation in a presentation", func(id string) []byte {
			return answer(learner.Present(learner.Answer(t, presentation, id, address)), id, address)
		}, "rejected STRUCTURE_INVALID"},
		{"a page", func(string) []byte { return []byte("<script>alert(1)</script>") }, "rejected MALFORMED_JSON"},
		{"two issuers", func(id string) []byte {
			return bytes.Replace(answer(presentation, id, address), []byte(`"holder":`), []byte(`"holder":"did:key:z","holder":`), 1)
		}, "rejected DUPLICATE_KEY"},
		{"a pit", func(string) []byte { return []byte(strings.Repeat("[", 5_000) + strings.Repeat("]", 5_000)) }, "rejected LIMIT_EXCEEDED"},
		{"a token without its key binding", func(string) []byte { return []byte(learner.ShowSD(t, sd, "", "", "/name")) }, "rejected HOLDER_BINDING_FAILED"},
		{"a token bound for another link", func(string) []byte { return []byte(learner.ShowSD(t, sd, "another", address, "/name")) }, "rejected CHALLENGE_MISMATCH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, _ := judging(t)
			s.holds(c.what(s.link.ID()))
			if got := s.finds(); got != c.want {
				t.Errorf("%s, want %s: %s", got, c.want, s.last[0].Headline)
			}
		})
	}
}

// TestSharedForDays: what was good when it was shared counts until the link ends, and
// as it stands when somebody looks.
func TestSharedForDays(t *testing.T) {
	sd := school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{Disclosable: []string{"/name"}})
	s, _ := judging(t)
	s.holds([]byte(learner.ShowSD(t, sd, s.link.ID(), address, "/name")))
	s.at = s.at.Add(23 * time.Hour)
	if got := s.finds(); got != "accepted" {
		t.Errorf("a day later: %s", got)
	}
	s, _ = judging(t)
	s.at = s.at.Add(2 * time.Hour) // and only then it is left
	s.holds([]byte(learner.ShowSD(t, sd, s.link.ID(), address, "/name")))
	if got := s.finds(); got != "rejected KB_STALE" {
		t.Errorf("signed long before it was shared: %s", got)
	}
	s, _ = judging(t)
	ending := testissuer.Set(school.Badge(learner), "validUntil", strictjson.String(testissuer.Now.Add(time.Hour).Format(time.RFC3339)))
	s.holds(learner.Answer(t, learner.Present(school.Sign(t, ending)), s.link.ID(), address).JSON())
	if got := s.finds(); got != "accepted" {
		t.Errorf("before its end: %s", got)
	}
	s.at = s.at.Add(2 * time.Hour)
	if got := s.finds(); got != "rejected CREDENTIAL_EXPIRED" {
		t.Errorf("after its end: %s", got)
	}
}

// TestRevokedAfterwards: a link to a badge that its issuer revokes turns red, as soon
// as the verifier asks for the list again.
func TestRevokedAfterwards(t *testing.T) {
	s, page := judging(t)
	list, err := status.NewList(status.MinLength)
	if err != nil {
		t.Fatal(err)
	}
	publish := func() {
		doc := status.Document(status.Draft{URL: listURL, Issuer: school.ID, Purpose: "revocation", List: list, ValidFrom: s.at, ValidUntil: s.at.AddDate(0, 0, 7), TTL: time.Minute})
		page.Pages[listURL] = school.SignWith(t, doc, proof.SignOptions{Created: s.at}).JSON()
	}
	publish()
	badge := school.Badge(learner).With("credentialStatus", testissuer.Parse(`{"id":"`+listURL+`#7","type":"BitstringStatusListEntry",
		"statusPurpose":"revocation","statusListIndex":"7","statusListCredential":"`+listURL+`"}`))
	s.holds(learner.Answer(t, learner.Present(school.Sign(t, badge)), s.link.ID(), address).JSON())
	if got := s.finds(); got != "accepted" {
		t.Fatalf("when it is shared: %s, %s", got, s.last[0].Headline)
	}
	if err := list.Set(7, true); err != nil {
		t.Fatal(err)
	}
	s.at = s.at.Add(time.Hour)
	publish()
	if got := s.finds(); got != "rejected STATUS_REVOKED" || s.last[0].Tone() != verifier.Bad {
		t.Errorf("when it was revoked: %s", got)
	}
	delete(page.Pages, listURL)
	s.at = s.at.Add(time.Hour)
	if got := s.finds(); got == "accepted" {
		t.Errorf("when nobody can tell: %s", got)
	}
}

// TestWordsForAStranger: nobody who reads it keeps a list, has put a question, or sees
// the one who made the link.
func TestWordsForAStranger(t *testing.T) {
	sd := school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{Disclosable: []string{"/name"}})
	for name, made := range map[string]func(id string) []byte{
		"a presentation": func(id string) []byte {
			return learner.Answer(t, learner.Present(school.Sign(t, school.Badge(learner))), id, address).JSON()
		},
		"a token": func(id string) []byte { return []byte(learner.ShowSD(t, sd, id, address, "/name")) },
	} {
		s, _ := judging(t)
		s.holds(made(s.link.ID()))
		s.ask(http.MethodGet, s.path(), "")
		var said strings.Builder
		if err := s.last[0].WriteText(&said); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{
			"The issuer is on the list of trusted issuers of verifier.example.", "It was made for this link, when it was shared",
			"The one who made this link is the one it was issued to.", "Not proven: That whoever gave you this link is the one it was issued to.",
		} {
			if !strings.Contains(said.String(), want) {
				t.Errorf("%s: it does not say %q", name, want)
			}
		}
		for _, ban := range []string{"your list", "It answers your question", "who presents it", "The presenter"} {
			if strings.Contains(said.String(), ban) {
				t.Errorf("%s: it says %q: %s", name, ban, said.String())
			}
		}
		if got := s.last[0].Title(verifier.RowChallenge); got != "Made for this link" {
			t.Errorf("%s: the row is called %q", name, got)
		}
	}
}

// TestFlood: one address fills neither the book nor the time of the others.
func TestFlood(t *testing.T) {
	s, _ := judging(t)
	codes := map[int]int{}
	for range 60 {
		s.link = sharelink.New(address)
		codes[s.post(s.deposit()).code]++
	}
	if codes[http.StatusCreated] != 50 || codes[http.StatusTooManyRequests] != 10 {
		t.Errorf("answers %v, want 50 taken and 10 refused", codes)
	}
	refused := s.post(s.deposit())
	if s.wantCode(refused, http.StatusTooManyRequests, "TOO_MANY_SHARES"); refused.Get("Retry-After") == "" {
		t.Errorf("no Retry-After in %v", refused.Header)
	}
	limits := serve.NewClients(serve.Limits{Rate: 1, Burst: 3, Now: func() time.Time { return s.at }})
	s.mount(limits)
	for range 3 {
		s.ask(http.MethodGet, s.path(), "")
	}
	s.wantCode(s.ask(http.MethodGet, s.path(), ""), http.StatusTooManyRequests, "")
	s.wantCode(s.ask(http.MethodGet, "/shares/"+s.link.ID(), "", "Authorization", "Bearer "+s.secret), http.StatusTooManyRequests, "")
}
