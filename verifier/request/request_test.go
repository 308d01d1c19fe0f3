package request_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/request"
	"laurel/verifier/request/requesttest"
	"laurel/verifier/session"
)

const (
	address     = "https://cafe.example"
	achievement = requesttest.DataBadge
)

var school, ada, eve = requesttest.School, requesttest.Ada, requesttest.Eve

// counter is a desk with a did:key, whose clock stands at testissuer.Now.
func counter(t testing.TB) (*request.Desk, *requesttest.Scene) {
	t.Helper()
	s := requesttest.New(t, address)
	return s.Desk, s
}

// proofOf asks for the badge that the school gives.
func proofOf() request.Ask {
	return request.Ask{ProofOf: request.Proofs{{Label: "Data analysis", Achievement: []string{achievement}}}}
}

func ask(t testing.TB, d *request.Desk, a request.Ask) *session.Session {
	t.Helper()
	asked, err := d.Ask(t.Context(), a, "")
	if err != nil {
		t.Fatal(err)
	}
	return asked.Session
}

// fetch reads a session's request as a wallet does.
func fetch(t testing.TB, d *request.Desk, s *session.Session) *openid4vc.Request {
	t.Helper()
	links, err := d.Links(s)
	if err != nil {
		t.Fatal(err)
	}
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: d.Book.Now(), WalletNonce: "wallet-nonce"}
	r, err := openid4vc.ParseURI(links.URI, opt)
	if err != nil {
		t.Fatal(err)
	}
	if !r.ByReference() {
		return r
	}
	object, err := d.Object(t.Context(), s.ID, opt.WalletNonce)
	if err != nil {
		t.Fatal(err)
	}
	opt.ClientID = r.ClientID
	if r, err = openid4vc.OpenRequestObject(t.Context(), []byte(object), opt); err != nil {
		t.Fatal(err)
	}
	return r
}

func badge(t testing.TB) strictjson.Value { return school.Sign(t, school.Badge(ada)) }

// form is an answer to the first query with presentations of the badge.
func form(t testing.TB, r *openid4vc.Request, presentations ...strictjson.Value) []byte {
	t.Helper()
	return formOf(t, r, map[string][]strictjson.Value{r.Query.Credentials[0].ID: presentations})
}

func formOf(t testing.TB, r *openid4vc.Request, answer map[string][]strictjson.Value) []byte {
	t.Helper()
	text, err := r.Answer(answer)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// report reads the report of a session.
func report(t testing.TB, d *request.Desk, id string) *verifier.Report {
	t.Helper()
	s, err := d.Book.Get(t.Context(), id)
	if err != nil || s.Answer == nil {
		t.Fatalf("%+v, %v", s, err)
	}
	var r verifier.Report
	if err := json.Unmarshal(s.Answer.Report, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

// Every way to ask leads to the same report.
func TestAnswer(t *testing.T) {
	for _, test := range []struct{ name, prefix, mode string }{
		{"signed, encrypted", "", ""},
		{"signed", "decentralized_identifier", "direct_post"},
		{"unsigned", "redirect_uri", ""},
		{"unsigned, encrypted", "redirect_uri", "direct_post.jwt"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := counter(t)
			a := proofOf()
			a.Prefix, a.ResponseMode, a.Purpose, a.Retention = test.prefix, test.mode, "To see what you can do.", 7
			s := ask(t, d, a)
			r := fetch(t, d, s)
			if p, ok := r.Purpose(); !ok || p.Text != a.Purpose || p.RetentionDays != 7 || p.Name != "Café Nord" {
				t.Errorf("purpose: %+v, %v", p, ok)
			}
			if r.Requester.Proven != (test.prefix != "redirect_uri") {
				t.Errorf("requester: %+v", r.Requester)
			}
			next, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)))
			if err != nil || next != "" {
				t.Fatalf("answer: %q, %v", next, err)
			}
			got := report(t, d, s.ID)
			if got.Verdict != verifier.Accepted || got.Check(verifier.RowRequest).Outcome != verifier.Passed {
				t.Errorf("%s: %s", got.Verdict, got.Headline)
			}
			if len(got.Parts) != 1 || got.Parts[0].Answers != "proof1" || got.Parts[0].Issuer.Listed != "The School" || got.SHA256 == "" {
				t.Errorf("parts: %+v", got.Parts)
			}
		})
	}
}

// What is wrong with a presentation is a report and uses the session up; what
// cannot be read is an error and does not.
func TestJudged(t *testing.T) {
	other := school.Sign(t, testissuer.Set(school.Badge(ada), "credentialSubject/achievement/id", strictjson.String("https://school.example/other")))
	forged := testissuer.Set(badge(t), "name", strictjson.String("Doctor"))
	tests := []struct {
		name    string
		answer  func(*openid4vc.Request) map[string][]strictjson.Value
		verdict verifier.Verdict
		code    verifier.Code
	}{
		{"right", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
		}), verifier.Accepted, ""},
		{"another badge", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(other), r.Nonce, r.ClientID)
		}), verifier.Rejected, verifier.RequestNotSatisfied},
		{"two for one", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(badge(t), badge(t)), r.Nonce, r.ClientID)
		}), verifier.Rejected, verifier.RequestNotSatisfied},
		{"under another name", func(r *openid4vc.Request) map[string][]strictjson.Value {
			return map[string][]strictjson.Value{"other": {ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)}}
		}, verifier.Rejected, verifier.RequestNotSatisfied},
		{"and something more", func(r *openid4vc.Request) map[string][]strictjson.Value {
			vp := ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
			return map[string][]strictjson.Value{"proof1": {vp}, "extra": {vp}}
		}, verifier.Rejected, verifier.RequestNotSatisfied},
		{"the presentation twice", func(r *openid4vc.Request) map[string][]strictjson.Value {
			vp := ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
			return map[string][]strictjson.Value{"proof1": {vp, vp}}
		}, verifier.Rejected, verifier.RequestNotSatisfied},
		{"as another format", func(r *openid4vc.Request) map[string][]strictjson.Value {
			return map[string][]strictjson.Value{"proof1_b": {ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)}}
		}, verifier.Rejected, verifier.RequestNotSatisfied},
		{"by another issuer", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(eve.Sign(t, eve.Badge(ada))), r.Nonce, r.ClientID)
		}), verifier.Undetermined, verifier.IssuerUntrusted},
		{"another nonce", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(badge(t)), "another", r.ClientID)
		}), verifier.Rejected, verifier.ChallengeMismatch},
		{"another verifier", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(badge(t)), r.Nonce, "decentralized_identifier:"+eve.ID)
		}), verifier.Rejected, verifier.DomainMismatch},
		{"the client_id without its prefix", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.Requester.ID)
		}), verifier.Rejected, verifier.DomainMismatch},
		{"somebody else's badge", with(func(r *openid4vc.Request) strictjson.Value {
			return eve.Answer(t, eve.Present(badge(t)), r.Nonce, r.ClientID)
		}), verifier.Rejected, verifier.HolderBindingFailed},
		{"a forged badge", with(func(r *openid4vc.Request) strictjson.Value {
			return ada.Answer(t, ada.Present(forged), r.Nonce, r.ClientID)
		}), verifier.Rejected, verifier.SignatureInvalid},
		{"a changed presentation", with(func(r *openid4vc.Request) strictjson.Value {
			return testissuer.Set(ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID), "holder", strictjson.String(eve.ID))
		}), verifier.Rejected, verifier.SignatureInvalid},
		{"nobody signed the presentation", with(func(*openid4vc.Request) strictjson.Value {
			return ada.Present(badge(t))
		}), verifier.Rejected, verifier.PresentationProofAbsent},
		{"a bare badge", with(func(*openid4vc.Request) strictjson.Value { return badge(t) }), verifier.Rejected, verifier.RequestNotSatisfied},
		{"a bare badge as a token", func(*openid4vc.Request) map[string][]strictjson.Value {
			return map[string][]strictjson.Value{"proof1_b": {strictjson.String(school.SignJWT(t, school.Badge(ada), proof.SignOptions{}))}}
		}, verifier.Rejected, verifier.RequestNotSatisfied},
		{"no token", with(func(*openid4vc.Request) strictjson.Value { return strictjson.String("~~") }), verifier.Rejected, verifier.MalformedJSON},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, _ := counter(t)
			s := ask(t, d, proofOf())
			r := fetch(t, d, s)
			if _, err := d.Answer(t.Context(), s.ID, formOf(t, r, test.answer(r))); err != nil {
				t.Fatal(err)
			}
			got := report(t, d, s.ID)
			var code verifier.Code
			if c := got.Deciding(); c != nil {
				code = c.Code
			}
			if got.Verdict != test.verdict || code != test.code {
				t.Errorf("%s by %s: %s", got.Verdict, code, got.Headline)
			}
			if _, err := d.Answer(t.Context(), s.ID, formOf(t, r, test.answer(r))); !errors.Is(err, session.ErrConsumed) {
				t.Errorf("a second answer: %v", err)
			}
		})
	}
}

// with answers the first query with one presentation.
func with(make func(*openid4vc.Request) strictjson.Value) func(*openid4vc.Request) map[string][]strictjson.Value {
	return func(r *openid4vc.Request) map[string][]strictjson.Value {
		return map[string][]strictjson.Value{"proof1": {make(r)}}
	}
}

func TestResults(t *testing.T) {
	results := func(values ...string) strictjson.Value {
		var all []strictjson.Value
		for _, v := range values {
			all = append(all, testissuer.Parse(`{"type":["Result"],"value":"`+v+`"}`))
		}
		doc := school.Badge(ada)
		if len(all) > 0 {
			doc = testissuer.Set(doc, "credentialSubject/result", strictjson.Array(all...))
		}
		return school.Sign(t, doc)
	}
	grades := request.ProofOf{Achievement: []string{achievement}, Grades: []string{"A", "B", "C"}, Minimum: "B"}
	points := request.ProofOf{Achievement: []string{achievement}, Minimum: "60"}
	tests := []struct {
		name   string
		want   request.ProofOf
		values []string
		code   verifier.Code
	}{
		{"the least grade", grades, []string{"B"}, ""},
		{"the best of several", grades, []string{"C", "A"}, ""},
		{"a grade too low", grades, []string{"C"}, verifier.RequestNotSatisfied},
		{"no result", grades, nil, verifier.RequestNotSatisfied},
		{"enough points", points, []string{"60"}, ""},
		{"more points", points, []string{"87.5"}, ""},
		{"too few points", points, []string{"59.9"}, verifier.ResultTooLow},
		{"points that are words", points, []string{"Inf"}, verifier.ResultTooLow},
		{"points in another notation", points, []string{"0x60"}, verifier.ResultTooLow},
		{"no points", points, nil, verifier.ResultTooLow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d, _ := counter(t)
			s := ask(t, d, request.Ask{ProofOf: request.Proofs{test.want}})
			r := fetch(t, d, s)
			if _, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(results(test.values...)), r.Nonce, r.ClientID))); err != nil {
				t.Fatal(err)
			}
			got := report(t, d, s.ID)
			if c := got.Deciding(); (c == nil) != (test.code == "") || c != nil && c.Code != test.code {
				t.Errorf("%+v: %s", c, got.Headline)
			}
		})
	}
}

// Answers that cannot be read are refused by name, and the right one still counts.
func TestUnreadable(t *testing.T) {
	d, _ := counter(t)
	a := proofOf()
	a.ResponseMode = "direct_post"
	s, encrypted, stranger := ask(t, d, a), ask(t, d, proofOf()), ask(t, d, proofOf())
	plain, sealed := fetch(t, d, s), fetch(t, d, encrypted)
	vp := ada.Answer(t, ada.Present(badge(t)), plain.Nonce, plain.ClientID)
	good := string(form(t, plain, vp))
	tests := []struct {
		name, id, form, code string
	}{
		{"another state", s.ID, strings.Replace(good, "state="+s.State, "state="+stranger.State, 1), "STATE_MISMATCH"},
		{"no state", s.ID, strings.Replace(good, "&state="+s.State, "", 1), "STATE_MISMATCH"},
		{"an empty state", s.ID, strings.Replace(good, "state="+s.State, "state=", 1), "STATE_MISMATCH"},
		{"two states", s.ID, good + "&state=" + s.State, "MALFORMED_RESPONSE"},
		{"the state of a session to another", stranger.ID, good, "RESPONSE_MODE_MISMATCH"},
		{"nothing", s.ID, "", "MALFORMED_RESPONSE"},
		{"no vp_token", s.ID, "state=" + s.State, "MALFORMED_RESPONSE"},
		{"an empty vp_token", s.ID, "vp_token=%7B%7D&state=" + s.State, "MALFORMED_RESPONSE"},
		{"a vp_token as drafts had it", s.ID, "vp_token=abc&state=" + s.State, "MALFORMED_RESPONSE"},
		{"a list", s.ID, "vp_token=%5B%5D&state=" + s.State, "MALFORMED_RESPONSE"},
		{"two vp_tokens", s.ID, good + "&vp_token=%7B%7D", "MALFORMED_RESPONSE"},
		{"a number", s.ID, `vp_token={"proof1":[1]}&state=` + s.State, "MALFORMED_RESPONSE"},
		{"sixty-five", s.ID, `vp_token={"proof1":[` + strings.Repeat(`"a",`, 64) + `"a"]}&state=` + s.State, "LIMIT_EXCEEDED"},
		{"too large", s.ID, good + "&x=" + strings.Repeat("x", 1<<20), "LIMIT_EXCEEDED"},
		{"encrypted where plain was asked", s.ID, string(form(t, sealed, vp)), "RESPONSE_MODE_MISMATCH"},
		{"plain where encrypted was asked", encrypted.ID, good, "RESPONSE_MODE_MISMATCH"},
		{"encrypted to another session", stranger.ID, string(form(t, sealed, vp)), "DECRYPTION_FAILED"},
		{"not encrypted to anybody", encrypted.ID, "response=abc", "DECRYPTION_FAILED"},
		{"five empty parts", encrypted.ID, "response=....", "DECRYPTION_FAILED"},
		{"a signed token", encrypted.ID, "response=e30.e30.e30", "DECRYPTION_FAILED"},
		{"changed on its way", encrypted.ID, changed(string(form(t, sealed, vp))), "DECRYPTION_FAILED"},
		{"with a key for passwords", encrypted.ID, "response=eyJhbGciOiJQQkVTMi1IUzI1NitBMTI4S1ciLCJlbmMiOiJBMTI4R0NNIiwicDJjIjo5OTk5OTk5OTl9..AAAAAAAAAAAAAAAA..AAAAAAAAAAAAAAAAAAAAAA", "DECRYPTION_FAILED"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := d.Answer(t.Context(), test.id, []byte(test.form)); openid4vc.Code(err) != test.code {
				t.Errorf("got %q (%v), want %q", openid4vc.Code(err), err, test.code)
			}
		})
	}
	if _, err := d.Answer(t.Context(), s.ID, []byte(good)); err != nil {
		t.Errorf("the right answer after all of that: %v", err)
	}
	vp = ada.Answer(t, ada.Present(badge(t)), sealed.Nonce, sealed.ClientID)
	if _, err := d.Answer(t.Context(), encrypted.ID, form(t, sealed, vp)); err != nil {
		t.Errorf("the right encrypted answer after all of that: %v", err)
	}
}

// changed turns a letter in the middle of a text into another.
func changed(text string) string {
	i := len(text) / 2
	letter := byte('A')
	if text[i] == letter {
		letter = 'B'
	}
	return text[:i] + string(letter) + text[i+1:]
}

func TestLifetime(t *testing.T) {
	d, c := counter(t)
	a := proofOf()
	a.ExpiresIn = 60
	s := ask(t, d, a)
	r := fetch(t, d, s)
	again := fetch(t, d, s)
	if again.Nonce != r.Nonce || again.State != r.State {
		t.Error("fetched again, the request is another")
	}
	c.Pass(time.Minute)
	if _, err := d.Object(t.Context(), s.ID, ""); !errors.Is(err, session.ErrExpired) {
		t.Errorf("fetched late: %v", err)
	}
	vp := ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, vp)); !errors.Is(err, session.ErrExpired) {
		t.Errorf("answered late: %v", err)
	}
	if _, err := d.Answer(t.Context(), strings.Repeat("A", 22), form(t, r, vp)); !errors.Is(err, session.ErrUnknown) {
		t.Errorf("to nobody: %v", err)
	}
	next, err := d.Again(t.Context(), s, "")
	if err != nil || next.Nonce == s.Nonce || next.ID == s.ID {
		t.Fatalf("asked again: %+v, %v", next, err)
	}
	if _, err := d.Answer(t.Context(), next.ID, form(t, r, vp)); openid4vc.Code(err) != "DECRYPTION_FAILED" {
		t.Errorf("the old answer to the new question: %v", err)
	}
}

func TestDeclined(t *testing.T) {
	d, _ := counter(t)
	for code, want := range map[string]string{
		"access_denied": "access_denied", "<script>": "other", strings.Repeat("a", 64): strings.Repeat("a", 64), strings.Repeat("a", 65): "other",
	} {
		s := ask(t, d, proofOf())
		r := fetch(t, d, s)
		if _, err := d.Answer(t.Context(), s.ID, r.Refusal(code, "no, thank you")); err != nil {
			t.Fatal(err)
		}
		s, err := d.Book.Get(t.Context(), s.ID)
		if err != nil || s.Answer.Declined != want || s.Stage(d.Book.Now()) != session.Declined {
			t.Errorf("%s: %+v, %v", code, s.Answer, err)
		}
		if err := d.Recheck(t.Context(), s); !errors.Is(err, session.ErrUnknown) {
			t.Errorf("judged again: %v", err)
		}
	}
}

func TestSameDevice(t *testing.T) {
	d, _ := counter(t)
	a := proofOf()
	a.SameDevice = true
	s := ask(t, d, a)
	r := fetch(t, d, s)
	next, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)))
	if err != nil || !strings.HasPrefix(next, address+"/requests/"+s.ID+"?response_code=") {
		t.Errorf("next: %q, %v", next, err)
	}
}

// Asked again, a visitor of an open request stays one of it, by the same name.
func TestAgainOfPoster(t *testing.T) {
	d, _ := counter(t)
	a := proofOf()
	a.Open = true
	asked, err := d.Ask(t.Context(), a, "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Visit(t.Context(), asked.Poster, "Ada", "192.0.2.1")
	if err != nil {
		t.Fatal(err)
	}
	next, err := d.Again(t.Context(), s, "")
	if err != nil || next.Poster != asked.Poster.ID || next.Label != "Ada" || next.ID == s.ID {
		t.Errorf("%+v, %v", next, err)
	}
}

// Somebody without a wallet uploads files; nobody proved that they are theirs.
func TestUpload(t *testing.T) {
	other := school.Sign(t, testissuer.Set(school.Badge(ada), "credentialSubject/achievement/id", strictjson.String("https://school.example/other")))
	for _, test := range []struct {
		name  string
		files [][]byte
		code  verifier.Code
	}{
		{"the badge", [][]byte{badge(t).JSON()}, verifier.HolderNotShown},
		{"another badge", [][]byte{other.JSON()}, verifier.RequestNotSatisfied},
		{"no badge", [][]byte{{0x89, 'P', 'N', 'G', 0xff}}, verifier.MalformedJSON},
		{"an old presentation", [][]byte{ada.Answer(t, ada.Present(badge(t)), "old", "other").JSON()}, verifier.DomainMismatch},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, _ := counter(t)
			s := ask(t, d, proofOf())
			if err := d.Upload(t.Context(), s.ID, test.files); err != nil {
				t.Fatal(err)
			}
			got := report(t, d, s.ID)
			if c := got.Deciding(); got.Verdict == verifier.Accepted || c == nil || c.Code != test.code {
				t.Errorf("%s: %+v", got.Verdict, c)
			}
			if err := d.Upload(t.Context(), s.ID, test.files); !errors.Is(err, session.ErrConsumed) {
				t.Errorf("uploaded twice: %v", err)
			}
		})
	}
}

// Of many files as many are judged as somebody would look at.
func TestUploadMany(t *testing.T) {
	d, _ := counter(t)
	s := ask(t, d, proofOf())
	files := make([][]byte, request.MaxUploads+1)
	for i := range files {
		files[i] = fmt.Appendf(nil, "file %d", i)
	}
	if err := d.Upload(t.Context(), s.ID, files); err != nil {
		t.Fatal(err)
	}
	if n := len(report(t, d, s.ID).Parts); n != request.MaxUploads {
		t.Errorf("%d files were judged", n)
	}
}

// A query by index is answered by a part in which the element stands elsewhere, since
// what is before it may have been left out.
func TestPartByIndex(t *testing.T) {
	d, _ := counter(t)
	selective := testissuer.Selective("school with parts")
	whole := selective.Sign(t, testissuer.Set(selective.Badge(ada), "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"A"},{"type":["Result"],"value":"B"}]`)))
	part := testissuer.Derive(t, whole, "/credentialSubject/result/1/value")
	for value, want := range map[string]verifier.Outcome{"B": verifier.Passed, "A": verifier.Failed} {
		s := ask(t, d, request.Ask{Query: []byte(`{"credentials":[{"id":"b","format":"ldp_vc","meta":{},"claims":[{"path":["credentialSubject","result",1,"value"],"values":["` + value + `"]}]}]}`)})
		r := fetch(t, d, s)
		if _, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(part), r.Nonce, r.ClientID))); err != nil {
			t.Fatal(err)
		}
		if got := report(t, d, s.ID).Check(verifier.RowRequest); got.Outcome != want {
			t.Errorf("asked for %s: %+v", value, got)
		}
	}
}

func TestTrust(t *testing.T) {
	d, c := counter(t)
	d.Verifier.Trust = nil
	s := ask(t, d, proofOf())
	r := fetch(t, d, s)
	stranger := eve.Sign(t, eve.Badge(ada))
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(stranger), r.Nonce, r.ClientID))); err != nil {
		t.Fatal(err)
	}
	if got := report(t, d, s.ID); got.Tone() != verifier.Caution {
		t.Errorf("before: %s", got.Headline)
	}
	for _, wrong := range []request.Trusted{
		{Name: "n", Who: "w", Why: "y"}, {ID: eve.ID, Who: "w", Why: "y"}, {ID: eve.ID, Name: "n", Why: "y"},
		{ID: eve.ID, Name: "n", Who: "w"}, {ID: eve.ID, Name: strings.Repeat("n", 1000), Who: "w", Why: "y"},
	} {
		if err := d.AddTrusted(t.Context(), wrong); !errors.Is(err, request.ErrTrusted) {
			t.Errorf("%+v: %v", wrong, err)
		}
	}
	if err := d.AddTrusted(t.Context(), request.Trusted{ID: eve.ID, Name: "Eve's School", Who: "Grace", Why: "I phoned them."}); err != nil {
		t.Fatal(err)
	}
	answered, err := d.Book.Get(t.Context(), s.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.Pass(24 * time.Hour)
	if err := d.Recheck(t.Context(), answered); err != nil {
		t.Fatal(err)
	}
	if got := report(t, d, s.ID); !got.At.Equal(answered.Answer.At) {
		t.Errorf("judged again for %v, answered at %v", got.At, answered.Answer.At)
	}
	if got := report(t, d, s.ID); got.Tone() != verifier.Good || got.Parts[0].Issuer.Listed != "Eve's School" {
		t.Errorf("after: %s", got.Headline)
	}
	if all, err := d.Trusted(t.Context()); err != nil || len(all) != 1 || all[0].Who != "Grace" || all[0].When.IsZero() {
		t.Errorf("the list: %+v, %v", all, err)
	}
	if err := d.RemoveTrusted(t.Context(), eve.ID); err != nil {
		t.Fatal(err)
	}
	if err := d.Recheck(t.Context(), answered); err != nil || report(t, d, s.ID).Tone() == verifier.Good {
		t.Errorf("taken off the list again: %v", err)
	}
}

func TestPolicy(t *testing.T) {
	d, _ := counter(t)
	a := proofOf()
	a.Policy.RequireTrusted = true
	s := ask(t, d, a)
	r := fetch(t, d, s)
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(eve.Sign(t, eve.Badge(ada))), r.Nonce, r.ClientID))); err != nil {
		t.Fatal(err)
	}
	if got := report(t, d, s.ID); got.Verdict != verifier.Rejected {
		t.Errorf("an issuer that is not on the list: %s", got.Verdict)
	}
	bearer := school.Sign(t, testissuer.Set(school.Badge(ada), "credentialSubject/id", strictjson.Value{}))
	for allow, want := range map[bool]verifier.Verdict{false: verifier.Undetermined, true: verifier.Accepted} {
		a := proofOf()
		a.Policy.AllowUnbound = allow
		s := ask(t, d, a)
		r := fetch(t, d, s)
		if _, err := d.Answer(t.Context(), s.ID, form(t, r, ada.Answer(t, ada.Present(bearer), r.Nonce, r.ClientID))); err != nil {
			t.Fatal(err)
		}
		if got := report(t, d, s.ID); got.Verdict != want {
			t.Errorf("a badge without an owner, allowed %v: %s, %s", allow, got.Verdict, got.Headline)
		}
	}
}

// TestSlowIssuers: an answer that names many issuers, each of whom answers slowly, takes
// not as long as all of them together; and if it takes too long, it is not taken.
func TestSlowIssuers(t *testing.T) {
	d, _ := counter(t)
	s := ask(t, d, proofOf())
	r := fetch(t, d, s)
	var shown []strictjson.Value
	for i := range 20 {
		issuer := *eve
		issuer.ID = fmt.Sprintf("did:web:s%d.example", i)
		issuer.Method = issuer.ID + "#key"
		shown = append(shown, ada.Answer(t, ada.Present(issuer.Sign(t, issuer.Badge(ada))), r.Nonce, r.ClientID))
	}
	good := d.Verifier.Keys
	d.Verifier.Keys, d.Patience = &slowKeys{all: make(chan struct{}), want: 1000}, 100*time.Millisecond
	begin := time.Now()
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, shown...)); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 2*time.Second {
		t.Errorf("beyond all patience: %v after %v", err, time.Since(begin))
	}
	d.Verifier.Keys, d.Patience = &slowKeys{all: make(chan struct{}), want: 8}, 0
	begin = time.Now()
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, shown...)); err != nil || time.Since(begin) > 5*time.Second {
		t.Errorf("eight at a time: %v after %v", err, time.Since(begin))
	}
	if got := report(t, d, s.ID); got.Verdict == verifier.Accepted {
		t.Errorf("%s: %s", got.Verdict, got.Headline)
	}
	d.Verifier.Keys = good
}

// slowKeys knows ada, and lets whoever asks for anybody else wait until so many do.
type slowKeys struct {
	waiting atomic.Int32
	want    int32
	all     chan struct{}
}

func (k *slowKeys) Resolve(ctx context.Context, id string) (*did.Document, error) {
	if !strings.HasPrefix(id, "did:web:") {
		return did.Key{}.Resolve(ctx, id)
	}
	if k.waiting.Add(1) == k.want {
		close(k.all)
	}
	select {
	case <-k.all:
	case <-ctx.Done():
	case <-time.After(2 * time.Second):
		k.waiting.Add(-1)
	}
	return nil, did.ErrResolution
}
