package interop

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
	asking "laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

// A wallet that is built on @openid4vc/openid4vp, with keys and proofs of Digital
// Bazaar, answers an employer's counter of Laurel's: none of what it sends is made with
// Laurel's code, but for the badge.

// visit is one question of the counter and one learner with a wallet of others.
type visit struct {
	desk           *asking.Desk
	wallet, signer *peer
	school         *testissuer.Party
	learner        party
	session        *session.Session
	request        strictjson.Value // as the wallet has read it
	raw            json.RawMessage
}

func newVisit(t *testing.T, wallet, signer *peer, k kind, a asking.Ask) *visit {
	t.Helper()
	now := func() time.Time { return testissuer.Now }
	book, err := session.Open(t.Context(), session.Options{Store: &storetest.Memory{}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	identity, err := asking.NewIdentity("Café Nord", "https://cafe.example", false)
	if err != nil {
		t.Fatal(err)
	}
	v := &visit{wallet: wallet, signer: signer, school: testissuer.New("school"), learner: theirs(t, signer, k)}
	v.desk = &asking.Desk{Book: book, Identity: identity, URL: "https://cafe.example", Verifier: &verifier.Verifier{
		Keys: testissuer.Keys(), Suites: testissuer.Suites(), Clock: now,
		Trust: &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: v.school.ID, Name: "The School"}}},
	}}
	asked, err := v.desk.Ask(t.Context(), a, "")
	if err != nil {
		t.Fatal(err)
	}
	v.session = asked.Session
	v.read(t)
	return v
}

// read has the wallet read the link, and fetch what it leads to.
func (v *visit) read(t *testing.T) {
	t.Helper()
	links, err := v.desk.Links(v.session)
	if err != nil {
		t.Fatal(err)
	}
	object := ""
	if links.RequestURI != "" {
		if object, err = v.desk.Object(t.Context(), v.session.ID, ""); err != nil {
			t.Fatal(err)
		}
	}
	got, refused := v.wallet.say(t, "read", conversation{URI: links.URI, Object: object, PublicJWK: publicJWK(t, v.desk.Identity.Key.Public())})
	if refused != "" {
		t.Fatal("the wallet does not read the request: ", refused)
	}
	if got.Fetched.URL != links.RequestURI {
		t.Errorf("the wallet has fetched %s, not %s", got.Fetched.URL, links.RequestURI)
	}
	v.raw, v.request = got.Payload, testissuer.Parse(string(got.Payload))
}

// howAnswered is how the wallet answers; its zero value answers well.
type howAnswered struct {
	badge             func(strictjson.Value) strictjson.Value // before the school signs it
	challenge, domain string                                  // in the place of those of the request
	alone             bool                                    // the badge, and nobody who presents it
	state             string
}

// answer makes the form that the wallet posts.
func (v *visit) answer(t *testing.T, how howAnswered) []byte {
	t.Helper()
	badge := v.school.Badge(&testissuer.Party{ID: v.learner.id})
	if how.badge != nil {
		badge = how.badge(badge)
	}
	signed := v.school.Sign(t, badge)
	if !how.alone {
		presentation := (&testissuer.Party{ID: v.learner.id}).Present(signed)
		m := manner{purpose: proof.Authentication, challenge: v.request.Get("nonce").Str(), domain: v.request.Get("client_id").Str(), created: testissuer.Now}
		if how.challenge != "" {
			m.challenge = how.challenge
		}
		if how.domain != "" {
			m.domain = how.domain
		}
		signed = v.learner.sign(t, presentation, m)
	}
	c := conversation{Payload: v.raw, Presentations: map[string]json.RawMessage{"proof1": strictjson.Array(signed).JSON()}}
	if how.state != "" {
		c.Payload = v.request.With("state", text(how.state)).JSON()
	}
	if v.request.Get("response_mode").Str() == openid4vc.DirectPostJWT {
		c.Enc = "A256GCM"
	}
	made, refused := v.wallet.say(t, "answer", c)
	if refused != "" {
		t.Fatal("the wallet does not answer: ", refused)
	}
	return []byte(made.Form)
}

// report is what the employer reads.
func (v *visit) report(t *testing.T) *verifier.Report {
	t.Helper()
	s, err := v.desk.Book.Get(t.Context(), v.session.ID)
	if err != nil || s.Answer == nil {
		t.Fatalf("%+v, %v", s, err)
	}
	var r verifier.Report
	if err := json.Unmarshal(s.Answer.Report, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// counterAsks is a question in every way that it can be put.
var counterAsks = []struct{ name, prefix, mode string }{
	{"signed, encrypted", "", ""},
	{"signed, plain", "decentralized_identifier", "direct_post"},
	{"unsigned, plain", "redirect_uri", "direct_post"},
	{"unsigned, encrypted", "redirect_uri", "direct_post.jwt"},
}

func counterAsk(prefix, mode string) asking.Ask {
	return asking.Ask{Prefix: prefix, ResponseMode: mode, Purpose: "To see what you can do.", ProofOf: asking.Proofs{{
		Label: "Data analysis", Achievement: []string{"https://school.example/achievements/data"}, Issuers: []string{testissuer.New("school").ID},
	}}}
}

// TestOthersAnswerTheCounter: whatever way the question is put, and with either kind of
// key, the answer is accepted, once.
func TestOthersAnswerTheCounter(t *testing.T) {
	wallet, signer := start(t, "openid4vp.js"), start(t, "digitalbazaar.js")
	for _, k := range kinds[:2] {
		for _, way := range counterAsks {
			t.Run(way.name+", "+k.String(), func(t *testing.T) {
				v := newVisit(t, wallet, signer, k, counterAsk(way.prefix, way.mode))
				form := v.answer(t, howAnswered{})
				if next, err := v.desk.Answer(t.Context(), v.session.ID, form); err != nil || next != "" {
					t.Fatalf("%q, %v", next, err)
				}
				r := v.report(t)
				if r.Verdict != verifier.Accepted || r.Check(verifier.RowRequest).Outcome != verifier.Passed {
					t.Errorf("%s: %s, %+v", r.Verdict, r.Headline, r.Check(verifier.RowRequest))
				}
				if _, err := v.desk.Answer(t.Context(), v.session.ID, form); !errors.Is(err, session.ErrConsumed) {
					t.Errorf("the same answer again: %v", err)
				}
			})
		}
	}
}

// TestOthersAnswerTheCounterBadly: what the wallet of others can get wrong, or its owner
// tries, is named.
func TestOthersAnswerTheCounterBadly(t *testing.T) {
	wallet, signer := start(t, "openid4vp.js"), start(t, "digitalbazaar.js")
	change := func(path string, to strictjson.Value) func(strictjson.Value) strictjson.Value {
		return func(doc strictjson.Value) strictjson.Value { return testissuer.Set(doc, path, to) }
	}
	tests := []struct {
		name string
		how  howAnswered
		want verifier.Code
	}{
		{"the nonce of another question", howAnswered{challenge: "n-0S6_WzA2Mj"}, verifier.ChallengeMismatch},
		{"another verifier's name", howAnswered{domain: "https://evil.example"}, verifier.DomainMismatch},
		{"a badge of somebody else", howAnswered{badge: change("credentialSubject/id", text(testissuer.New("eve").ID))}, verifier.HolderBindingFailed},
		{"another badge", howAnswered{badge: change("credentialSubject/achievement/id", text("https://school.example/achievements/other"))}, verifier.RequestNotSatisfied},
		{"an expired badge", howAnswered{badge: change("validUntil", text("2026-01-02T00:00:00Z"))}, verifier.CredentialExpired},
		{"nobody presents it", howAnswered{alone: true}, verifier.RequestNotSatisfied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := newVisit(t, wallet, signer, kinds[0], counterAsk("", ""))
			if _, err := v.desk.Answer(t.Context(), v.session.ID, v.answer(t, tt.how)); err != nil {
				t.Fatal(err)
			}
			r := v.report(t)
			if c := r.Deciding(); r.Verdict == verifier.Accepted || c == nil || c.Code != tt.want {
				t.Errorf("%s: %+v; want %s", r.Verdict, c, tt.want)
			}
		})
	}
	t.Run("the whole client_id without its prefix", func(t *testing.T) {
		v := newVisit(t, wallet, signer, kinds[0], counterAsk("", ""))
		form := v.answer(t, howAnswered{domain: v.desk.Identity.DID})
		if _, err := v.desk.Answer(t.Context(), v.session.ID, form); err != nil {
			t.Fatal(err)
		}
		if c := v.report(t).Deciding(); c == nil || c.Code != verifier.DomainMismatch {
			t.Errorf("got %+v", c)
		}
	})
	t.Run("the state of another question", func(t *testing.T) {
		v := newVisit(t, wallet, signer, kinds[0], counterAsk("", ""))
		_, err := v.desk.Answer(t.Context(), v.session.ID, v.answer(t, howAnswered{state: "another"}))
		if openid4vc.Code(err) != "STATE_MISMATCH" {
			t.Errorf("got %v", err)
		}
		// Nobody can use up somebody else's question: it is still open.
		if _, err := v.desk.Answer(t.Context(), v.session.ID, v.answer(t, howAnswered{})); err != nil {
			t.Errorf("the right answer after the wrong one: %v", err)
		}
	})
	t.Run("plain where encrypted was asked for", func(t *testing.T) {
		v := newVisit(t, wallet, signer, kinds[0], counterAsk("", ""))
		v.request = v.request.With("response_mode", text("direct_post"))
		v.raw = v.request.JSON()
		if _, err := v.desk.Answer(t.Context(), v.session.ID, v.answer(t, howAnswered{})); openid4vc.Code(err) != "RESPONSE_MODE_MISMATCH" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("encrypted to the key of another question", func(t *testing.T) {
		v, other := newVisit(t, wallet, signer, kinds[0], counterAsk("", "")), newVisit(t, wallet, signer, kinds[0], counterAsk("", ""))
		v.request = v.request.With("client_metadata", other.request.Get("client_metadata"))
		v.raw = v.request.JSON()
		if _, err := v.desk.Answer(t.Context(), v.session.ID, v.answer(t, howAnswered{})); openid4vc.Code(err) != "DECRYPTION_FAILED" {
			t.Errorf("got %v", err)
		}
	})
}
