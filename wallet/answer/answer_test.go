package answer_test

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// prepared opens a link and makes the preferred answer.
func (s *scene) prepared(link string) *answer.Reply {
	s.t.Helper()
	asked := s.opened(link)
	reply, err := s.Prepare(s.t.Context(), asked, asked.Preferred())
	if err != nil {
		s.t.Fatal(err)
	}
	return reply
}

func TestAnswer(t *testing.T) {
	s := newScene(t)
	c := s.part("Spanish", s.me)
	asked := s.opened(s.link(s.request(levels)))
	who := asked.Who
	if who.Proven != host || who.Key || who.AnswerTo != host || who.Name != "Café Nord" || who.Purpose != "To see that you speak the language." || who.Retention != 30 || who.Elsewhere() {
		t.Errorf("who asks: %+v", who)
	}
	if len(asked.Needs) != 1 || len(asked.Needs[0].Options) != 1 || asked.Needs[0].Options[0].Card.ID != c.ID || asked.Missing != nil ||
		!slices.Equal(asked.Needs[0].Options[0].Pointers, []string{"/credentialSubject/result/0/value"}) {
		t.Errorf("needs: %+v", asked.Needs)
	}
	reply, err := s.Prepare(t.Context(), asked, asked.Preferred())
	if err != nil {
		t.Fatal(err)
	}
	// Before the learner agrees, the request was fetched, and nothing was sent.
	if posted := s.net.posted(); len(posted) != 0 || len(s.net.sent) != 1 {
		t.Fatalf("sent %d, of them %d answers, before consent", len(s.net.sent), len(posted))
	}
	if all, err := s.Wallet.Receipts(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d receipts before consent, %v", len(all), err)
	}
	sent, err := s.Send(t.Context(), reply)
	if err != nil || sent.Continue != "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	got := s.received(openid4vc.Expected{State: "af0ifjsldkj"})
	raw := openid4vc.Bytes(got.Presentations["b2"][0])
	opened, err := s.open(raw, nonce, asked.Request.ClientID)
	if err != nil {
		t.Fatalf("the verifier finds: %v", err)
	}
	text := string(opened.Document.JSON())
	for _, want := range []string{`"B2"`, "Spanish", s.me.DID} {
		if !strings.Contains(text, want) {
			t.Errorf("the answer lacks %s", want)
		}
	}
	for _, ban := range []string{`"91"`, "A talk", "final project", "Can clean"} {
		if strings.Contains(text, ban) {
			t.Errorf("the answer has %s, which nobody asked for", ban)
		}
	}
	sum := sha256.Sum256(raw)
	if len(sent.Receipts) != 1 || sent.Receipts[0].SHA256 != hex.EncodeToString(sum[:]) || sent.Receipts[0].Audience != host || sent.Receipts[0].Domain != asked.Request.ClientID {
		t.Errorf("receipts: %+v", sent.Receipts)
	}
	if _, err := s.Send(t.Context(), reply); !errors.Is(err, answer.ErrSent) || len(s.net.posted()) != 1 {
		t.Errorf("a second time: %v", err)
	}
}

// Every format is answered in its own way, encrypted or not, and holds for the
// verifier who asked and for nobody else.
func TestFormats(t *testing.T) {
	tests := []struct {
		name, dcql string
		keep       func(s *scene)
		has, lacks []string
	}{
		{"ecdsa-sd", levels, func(s *scene) { s.part("Spanish", s.me) }, []string{`"B2"`}, []string{`"91"`, "A talk"}},
		{"eddsa", levels, func(s *scene) { s.whole("Spanish") }, []string{`"B2"`, `"91"`, "A talk"}, nil},
		{"vc+jwt", strings.Replace(levels, "ldp_vc", "jwt_vc_json", 1), func(s *scene) { s.signed("Spanish") }, []string{`"B2"`}, nil},
		{"jwt_vc", strings.Replace(levels, "ldp_vc", "jwt_vc_json", 1), func(s *scene) { s.plain("Spanish") }, []string{`"B2"`}, nil},
		{"dc+sd-jwt", `{"credentials":[{"id":"b2","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/level"]},"claims":[{"path":["level"]},{"path":["address","city"]}]}]}`,
			func(s *scene) { s.claims("https://school.example/level") }, []string{`"B2"`, "Ulm"}, []string{"Ada", "Lovelace", "Elm"}},
	}
	for _, test := range tests {
		for mode, kind := range map[string]wallet.KeyKind{openid4vc.DirectPost: wallet.P256, openid4vc.DirectPostJWT: wallet.Ed25519} {
			t.Run(test.name+"/"+mode, func(t *testing.T) {
				s := newScene(t)
				var err error
				if s.me, err = s.Wallet.NewIdentityOf(t.Context(), kind, "mine"); err != nil {
					t.Fatal(err)
				}
				test.keep(s)
				req, want := s.request(test.dcql), openid4vc.Expected{Mode: mode, State: "af0ifjsldkj"}
				if req.ResponseMode = mode; mode == openid4vc.DirectPostJWT {
					key, err := openid4vc.NewResponseKey()
					if err != nil {
						t.Fatal(err)
					}
					req.Metadata, want.Key = key.Metadata(), key
				}
				reply := s.prepared(s.link(req))
				if _, err := s.Send(t.Context(), reply); err != nil {
					t.Fatal(err)
				}
				if form := string(s.net.posted()[0]); mode == openid4vc.DirectPostJWT && strings.Contains(form, "vp_token") {
					t.Errorf("not encrypted: %.200s", form)
				}
				got := s.received(want)
				raw := openid4vc.Bytes(got.Presentations["b2"][0])
				opened, err := s.open(raw, nonce, req.ClientID)
				if err != nil {
					t.Fatalf("the verifier finds: %v", err)
				}
				text := string(opened.Document.JSON()) + reading(t, reply)
				for _, want := range test.has {
					if !strings.Contains(text, want) {
						t.Errorf("lacks %s", want)
					}
				}
				for _, ban := range test.lacks {
					if strings.Contains(text, ban) {
						t.Errorf("has %s", ban)
					}
				}
				if err := req.Binding().Check(reply.Inquiry.Needs[0].Query.Format, got.Presentations["b2"][0]); err != nil {
					t.Error(err)
				}
				for _, other := range [][2]string{{"another-nonce-123", req.ClientID}, {nonce, "decentralized_identifier:did:web:other.example"}, {nonce, s.employer.ID}} {
					if _, err := s.open(raw, other[0], other[1]); err == nil {
						t.Errorf("it holds for %v as well", other)
					}
				}
			})
		}
	}
}

// reading is what the verifier reads of all credentials of a reply.
func reading(t *testing.T, reply *answer.Reply) string {
	t.Helper()
	var out strings.Builder
	for _, p := range reply.Parts {
		for i := range p.Shown {
			out.Write(p.Shown[i].Document.JSON())
		}
	}
	return out.String()
}

func TestWalletNonce(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	req := s.request(levels)
	link := (&openid4vc.Request{ClientID: req.ClientID, RequestURI: objectAt, RequestMethod: "post"}).URI()
	seen := map[string]bool{}
	for name, object := range map[string]func(form url.Values) (string, error){
		"repeated": func(form url.Values) (string, error) {
			seen[form.Get("wallet_nonce")] = true
			req.WalletNonce = form.Get("wallet_nonce")
			return s.object(req), nil
		},
		"forgotten": func(url.Values) (string, error) { req.WalletNonce = ""; return s.object(req), nil },
		"old": func(form url.Values) (string, error) {
			seen[form.Get("wallet_nonce")] = true
			req.WalletNonce = "an-older-nonce"
			return s.object(req), nil
		},
	} {
		s.net.pages[objectAt] = object
		_, err := s.Open(t.Context(), link)
		if name == "repeated" && err != nil || name != "repeated" && openid4vc.Code(err) != "REQUEST_INVALID" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(seen) != 2 || seen[""] {
		t.Errorf("nonces %v", seen)
	}
}

func TestWhoAsks(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	unsigned := s.request(levels)
	unsigned.ClientID = unsignedID
	who := s.opened(unsigned.URI()).Who
	if who.Proven != "" || who.Key || who.AnswerTo != host || who.Name != "Café Nord" || !strings.HasPrefix(who.Headline(), "Unverified") || who.Label() != "jobs.example (unverified)" {
		t.Errorf("unsigned: %+v, %s", who, who.Headline())
	}
	stranger := testissuer.New("stranger")
	s.employer = stranger
	who = s.opened(s.link(s.request(levels))).Who
	if who.Proven != "" || !who.Key || !strings.Contains(who.Headline(), "nobody vouches for") {
		t.Errorf("a key: %+v, %s", who, who.Headline())
	}
	s.employer = testissuer.New("employer").OnWeb(s.web, "other.example")
	reply := s.prepared(s.link(s.request(levels)))
	if who := reply.Inquiry.Who; who.Proven != "other.example" || !who.Elsewhere() || !slices.ContainsFunc(reply.Warnings, func(w string) bool { return strings.Contains(w, "wants the answer at jobs.example") }) {
		t.Errorf("elsewhere: %+v, %q", who, reply.Warnings)
	}
}

// With roots that the learner trusts, a certificate proves who asks; without, nothing.
func TestCertificatesOfThoseWhoAsk(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	ca := testissuer.NewAuthority(t, "CA")
	x5c := testissuer.Parse(ca.Certify(t, testissuer.Draft("", host), s.employer.Key.Public()))
	leaf, err := base64.StdEncoding.DecodeString(x5c.Elems()[0].Str())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(leaf)
	for _, id := range []string{"x509_san_dns:" + host, "x509_hash:" + base64.RawURLEncoding.EncodeToString(sum[:])} {
		o := s.good()
		o.header = o.header.Without("kid").With("x5c", x5c)
		o.claim("client_id", `"`+id+`"`)
		s.net.pages[objectAt] = always(o.token(t))
		link := (&openid4vc.Request{ClientID: id, RequestURI: objectAt}).URI()
		s.Roots = nil
		_, err := s.Open(t.Context(), link)
		s.refused(t, err, "REQUEST_SIGNATURE_INVALID")
		s.Roots = testissuer.NewAuthority(t, "another").Roots()
		_, err = s.Open(t.Context(), link)
		s.refused(t, err, "REQUEST_SIGNATURE_INVALID")
		s.Roots = ca.Roots()
		if who := s.opened(link).Who; who.Proven != host || !who.Certified || !strings.Contains(who.Headline(), "An authority whose certificates you trust") {
			t.Errorf("%s: %+v", id, who)
		}
	}
}

func TestSeveralAndSets(t *testing.T) {
	s := newScene(t)
	one, two := s.part("Spanish", s.me), s.part("French", s.me)
	token := s.claims("https://school.example/level")
	const sets = `{"credentials":[
		{"id":"badges","format":"ldp_vc","multiple":true,"meta":{"type_values":[["` + badgeType + `"]]},"claims":[{"path":["credentialSubject","result",null,"value"]}]},
		{"id":"passport","format":"dc+sd-jwt","meta":{"vct_values":["https://state.example/passport"]}},
		{"id":"level","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/level"]},"claims":[{"path":["level"]}]}],
		"credential_sets":[{"options":[["passport"],["level"]]},{"options":[["badges"]],"required":false}]}`
	asked := s.opened(s.link(s.request(sets)))
	if len(asked.Sets) != 2 || asked.Sets[0].Options[0].Possible || !asked.Sets[0].Options[1].Possible || !asked.Sets[1].Optional {
		t.Errorf("sets: %+v", asked.Sets)
	}
	if got := asked.Preferred(); len(got) != 1 || !slices.Equal(got["level"], []string{token.ID}) {
		t.Errorf("preferred: %v", got)
	}
	reply, err := s.Prepare(t.Context(), asked, answer.Chosen{"level": {token.ID}, "badges": {one.ID, two.ID}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	got := s.received(openid4vc.Expected{State: "af0ifjsldkj"}).Presentations
	if len(got["badges"]) != 2 || len(got["level"]) != 1 || len(got) != 2 {
		t.Errorf("answered %d and %d of %d", len(got["badges"]), len(got["level"]), len(got))
	}
	for _, all := range got {
		for _, p := range all {
			if _, err := s.open(openid4vc.Bytes(p), nonce, asked.Request.ClientID); err != nil {
				t.Error(err)
			}
		}
	}
	if all, err := s.Wallet.Receipts(t.Context()); err != nil || len(all) != 3 {
		t.Errorf("%d receipts of three presentations, %v", len(all), err)
	}
}

func TestWarnings(t *testing.T) {
	s := newScene(t)
	work, err := s.Wallet.NewIdentity(t.Context(), "work")
	if err != nil {
		t.Fatal(err)
	}
	one, two, whole := s.part("Spanish", s.me), s.part("French", work), s.whole("Greek")
	asked := s.opened(s.link(s.request(strings.Replace(levels, `"meta"`, `"multiple":true,"meta"`, 1))))
	reply, err := s.Prepare(t.Context(), asked, answer.Chosen{"b2": {one.ID, two.ID, whole.ID}})
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(reply.Warnings, "\n")
	for _, want := range []string{"2 of your identities", `Of "Greek" only a part is asked for`} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is said %d times in\n%s", want, strings.Count(text, want), text)
		}
	}
	s.now = s.now.AddDate(10, 0, 0)
	expired := s.prepared(s.link(s.request(levels)))
	if !strings.Contains(strings.Join(expired.Warnings, "\n"), "expired on") {
		t.Errorf("of an expired one: %q", expired.Warnings)
	}
}

func TestPrepareRefuses(t *testing.T) {
	s := newScene(t)
	c, other := s.part("Spanish", s.me), s.claims("https://school.example/level")
	second := s.part("French", s.me)
	asked := s.opened(s.link(s.request(levels)))
	several := s.opened(s.link(s.request(strings.Replace(levels, `"meta"`, `"multiple":true,"meta"`, 1))))
	if reply, err := s.Prepare(t.Context(), several, answer.Chosen{"b2": {c.ID, c.ID}}); !errors.Is(err, answer.ErrChosen) || reply != nil {
		t.Errorf("one twice, where several may be: %v, %v", reply, err)
	}
	if _, err := s.Prepare(t.Context(), asked, answer.Chosen{"b2": {c.ID, second.ID}}); err == nil || !strings.Contains(err.Error(), "of b2 one is asked for") {
		t.Errorf("two where one is asked: %v", err)
	}
	for name, chosen := range map[string]answer.Chosen{
		"nothing":                nil,
		"nothing of it":          {"b2": {}},
		"nobody asks for it":     {"b2": {c.ID}, "x": {c.ID}},
		"another credential":     {"b2": {other.ID}},
		"one that is not there":  {"b2": {"0123456789abcdef"}},
		"the beginning of an id": {"b2": {c.ID[:8]}},
		"two where one is asked": {"b2": {c.ID, second.ID}},
	} {
		if reply, err := s.Prepare(t.Context(), asked, chosen); !errors.Is(err, answer.ErrChosen) || reply != nil {
			t.Errorf("%s: %v, %v", name, reply, err)
		}
	}
	if len(s.net.posted()) != 0 {
		t.Error("something was sent")
	}
}

func TestMissing(t *testing.T) {
	s := newScene(t)
	s.part("Spanish", s.me)
	asked := s.opened(s.link(s.request(strings.Replace(levels, `["B2"]`, `["C1"]`, 1))))
	if !errors.Is(asked.Missing, dcql.ErrNotSatisfied) || len(asked.Unmet()) != 1 || !strings.Contains(asked.Unmet()[0], "another value") || asked.Needs[0].Asks()[0].Values[0] != "C1" {
		t.Errorf("%v: %q", asked.Missing, asked.Unmet())
	}
	if reply, err := s.Prepare(t.Context(), asked, asked.Preferred()); !errors.Is(err, dcql.ErrNotSatisfied) || reply != nil {
		t.Errorf("%v, %v", reply, err)
	}
	// A badge of somebody else's cannot be shown as one's own.
	school := testissuer.New("school")
	s.keep(school.Sign(t, s.badge(school, wallet.Identity{DID: testissuer.New("stranger").ID}, "Latin").With("id", testissuer.Parse(`"urn:example:latin"`))).JSON())
	asked = s.opened(s.link(s.request(strings.Replace(levels, `"claims"`, `"x":1,"claims"`, 1))))
	if n := len(asked.Needs[0].Options); n != 1 || len(asked.Needs[0].Misses) != 1 || !strings.Contains(asked.Needs[0].Misses[0].Why, "prove") {
		t.Errorf("%d options, misses %+v", n, asked.Needs[0].Misses)
	}
}

// The address in a QR code may be that of a page, which tells wallets how to go on.
func TestPagesWithRequests(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	const page = "https://jobs.example/requests/8f1d"
	link := s.link(s.request(levels))
	for said, want := range map[string]string{
		`{"protocols":{"OID4VP":` + string(testissuer.Parse(`""`).JSON()) + `}}`: "REQUEST_INVALID",
		`{"protocols":{"OID4VP":"` + link + `"}}`:                                "",
		`{"protocols":{"vcapi":"https://jobs.example/exchanges/1"}}`:             "REQUEST_INVALID",
		`{"protocols":{"OID4VP":"https://jobs.example/requests/8f1d"}}`:          "REQUEST_INVALID",
		`{"protocols":{"OID4VP":"javascript:alert(1)"}}`:                         "REQUEST_INVALID",
		`<!doctype html>`: "REQUEST_INVALID",
		``:                "REQUEST_INVALID",
	} {
		s.net.pages[page] = always(said)
		asked, err := s.Open(t.Context(), page)
		if got := openid4vc.Code(err); got != want || want == "" && (err != nil || asked.Who.Proven != host) {
			t.Errorf("%s: %v", said, err)
		}
	}
	const typed = "jobs.example/c/K7MPW-Q2RTA"
	s.net.pages["https://"+typed] = always(`{"protocols":{"OID4VP":"` + link + `"}}`)
	if asked, err := s.Open(t.Context(), typed); err != nil || asked.Who.Proven != host {
		t.Errorf("a short code: %v", err)
	}
	s.net.pages["https://"+typed] = func(url.Values) (string, error) { return "", &fetch.StatusError{Code: 303} }
	s.net.sent = nil
	if _, err := s.Open(t.Context(), typed); !errors.Is(err, fetch.ErrStatus) || len(s.net.sent) != 1 {
		t.Errorf("a short code that leads on: %v after %d requests", err, len(s.net.sent))
	}
	if _, err := s.Open(t.Context(), "https://jobs.example/gone"); !errors.Is(err, fetch.ErrUnreachable) {
		t.Error(err)
	}
	if len(s.net.posted()) != 0 {
		t.Error("an answer was sent")
	}
}

func TestDecline(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	asked := s.opened(s.link(s.request(levels)))
	if _, err := s.Decline(t.Context(), asked); err != nil {
		t.Fatal(err)
	}
	got := s.received(openid4vc.Expected{State: "af0ifjsldkj"})
	if got.Error != "access_denied" || got.Description != "" || got.Presentations != nil {
		t.Errorf("got %+v", got)
	}
	s.net.pages[answerAt] = func(url.Values) (string, error) { return "", fetch.ErrUnreachable }
	if _, err := s.Decline(t.Context(), asked); !errors.Is(err, answer.ErrNotTaken) {
		t.Error(err)
	}
}

// Where a verifier would like the person to go on is never opened, and offered only
// where the answer went.
func TestGoingOn(t *testing.T) {
	for said, want := range map[string][2]string{
		`{}`: {}, ``: {}, `[]`: {}, `not JSON`: {},
		`{"redirect_uri":"https://jobs.example/done?response_code=x"}`: {"https://jobs.example/done?response_code=x", ""},
		`{"redirect_uri":"https://jobs.example/done#x"}`:               {"https://jobs.example/done#x", ""},
		`{"redirect_uri":"https://evil.example/done"}`:                 {"", "evil.example"},
		`{"redirect_uri":"https://jobs.example@evil.example/"}`:        {},
		`{"redirect_uri":"https://jobs.example.evil.example/"}`:        {"", "jobs.example.evil.example"},
		`{"redirect_uri":"http://jobs.example/done"}`:                  {},
		`{"redirect_uri":"javascript:alert(1)"}`:                       {},
		`{"redirect_uri":"openid4vp://?client_id=x"}`:                  {},
		`{"redirect_uri":["https://jobs.example/"]}`:                   {},
	} {
		s := newScene(t)
		s.whole("Spanish")
		s.net.pages[answerAt] = always(said)
		sent, err := s.Send(t.Context(), s.prepared(s.link(s.request(levels))))
		if err != nil || sent.Continue != want[0] || sent.Elsewhere != want[1] {
			t.Errorf("%s: %+v, %v", said, sent, err)
		}
		if len(s.net.sent) != 2 {
			t.Errorf("%s: %d requests were made", said, len(s.net.sent))
		}
		no, err := s.Decline(t.Context(), s.opened(s.link(s.request(levels))))
		if err != nil || no.Continue != want[0] || no.Elsewhere != want[1] || no.Receipts != nil {
			t.Errorf("after a no, %s: %+v, %v", said, no, err)
		}
	}
}

func TestNotTaken(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	s.net.pages[answerAt] = func(url.Values) (string, error) {
		return "", &fetch.StatusError{URL: answerAt, Code: 400, Body: []byte(`{"error":"invalid_request"}`)}
	}
	reply := s.prepared(s.link(s.request(levels)))
	sent, err := s.Send(t.Context(), reply)
	if !errors.Is(err, answer.ErrNotTaken) || !errors.Is(err, fetch.ErrStatus) || sent == nil || len(sent.Receipts) != 1 {
		t.Errorf("%+v, %v", sent, err)
	}
	late := s.prepared(s.link(s.request(levels)))
	s.now = s.now.Add(time.Hour)
	if _, err := s.Send(t.Context(), late); openid4vc.Code(err) != "REQUEST_EXPIRED" || len(s.net.posted()) != 1 {
		t.Errorf("an hour later: %v", err)
	}
}

func TestIsLink(t *testing.T) {
	for text, want := range map[string]bool{
		"openid4vp://?x": true, "haip-vp://authorize?x": true, "OPENID4VP://?x": true, "haip-vci://?x": false, "openid4vp:?x": true, "https://jobs.example/?request_uri=x": true,
		"3fa9c2d1": false, "javascript:alert(1)": false, "http://localhost:8080/requests/1": true, "ftp://jobs.example": false, "cafe.example/c/K7MPW-Q2RTA": true, "localhost:8080/c/K7MPW": true, "c/K7": false, "/c/K7": false, "a b/c/K7": false, "openid-credential-offer://?x": false, "": false, " openid4vp://": false,
	} {
		if got := answer.IsLink(text); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

func TestWordsForWhatIsAsked(t *testing.T) {
	for path, want := range map[string]string{
		`["credentialSubject","result",1,"value"]`:                         "result 2, value",
		`["credentialSubject","result",null,"value"]`:                      "result",
		`["credentialSubject","achievement","id"]`:                         "achievement",
		`["credentialSubject","achievement","tag"]`:                        "skill",
		`["achievement","tag",null]`:                                       "skill",
		`["credentialSubject","achievement","tag",2]`:                      "tag 3",
		`["credentialSubject","achievement","alignment",null,"targetUrl"]`: "skill, by its address",
		`["issuer","id"]`: "issuer", `["issuer","name"]`: "issuer, name", `["credentialSubject"]`: "everything in it", `["a\u202eb"]`: "a\ufffdb", `["achievement"]`: "achievement",
	} {
		q := query(t, `{"credentials":[{"id":"x","format":"ldp_vc","meta":{},"claims":[{"path":`+path+`,"values":["v"]}]}]}`)
		n := answer.Need{Query: &q.Credentials[0]}
		if got := n.Asks()[0]; got.Label != want || got.String() != want+": v" {
			t.Errorf("%s: %q, %s", path, got.Label, got)
		}
	}
	for meta, want := range map[string]string{
		`"format":"ldp_vc","meta":{"type_values":[["` + badgeType + `"]]}`:                                        "a badge",
		`"format":"ldp_vc","multiple":true,"meta":{"type_values":[["` + badgeType + `"]]}`:                        "one or more badges",
		`"format":"ldp_vc","meta":{"type_values":[["https://a.example/v#Degree"],["https://b.example/Licence"]]}`: "a credential of the kind Degree or Licence",
		`"format":"dc+sd-jwt","multiple":true,"meta":{"vct_values":["https://a.example/pid"]}`:                    "one or more credentials of the kind https://a.example/pid",
		`"format":"jwt_vc_json","meta":{}`:                                                                        "a credential",
	} {
		q := query(t, `{"credentials":[{"id":"x",`+meta+`}]}`)
		n := answer.Need{Query: &q.Credentials[0]}
		if got := n.Title(); got != want {
			t.Errorf("%s: %q", meta, got)
		}
	}
}

// What somebody picks takes the place of what the verifier prefers, and does not come on
// top of it; where nothing is needed, nothing is sent.
func TestComplete(t *testing.T) {
	s := newScene(t)
	one, level := s.part("Spanish", s.me), s.claims("https://school.example/level")
	two := s.claims("https://school.example/other")
	ask := func(sets string) *answer.Inquiry {
		return s.opened(s.link(s.request(`{"credentials":[
			{"id":"a","format":"ldp_vc","meta":{}},{"id":"b","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/level"]}},
			{"id":"c","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/other"]}},{"id":"d","format":"dc+sd-jwt","meta":{"vct_values":["urn:nobody"]}}]` + sets + `}`)))
	}
	sets := ask(`,"credential_sets":[{"options":[["d"],["a"],["b","c"]]},{"options":[["c"]],"required":false}]`)
	for _, test := range []struct{ picked, want answer.Chosen }{
		{nil, answer.Chosen{"a": {one.ID}}},
		{answer.Chosen{"a": {one.ID}}, answer.Chosen{"a": {one.ID}}},
		{answer.Chosen{"b": {level.ID}}, answer.Chosen{"b": {level.ID}, "c": {two.ID}}},
		{answer.Chosen{"b": {level.ID}, "c": {two.ID}}, answer.Chosen{"b": {level.ID}, "c": {two.ID}}},
		{answer.Chosen{"a": {one.ID}, "c": {two.ID}}, answer.Chosen{"a": {one.ID}, "c": {two.ID}}},
	} {
		got := sets.Complete(test.picked)
		if !maps.EqualFunc(got, test.want, slices.Equal) {
			t.Errorf("of %v: %v, want %v", test.picked, got, test.want)
		}
		if _, err := s.Prepare(t.Context(), sets, got); err != nil {
			t.Errorf("%v: %v", got, err)
		}
	}
	optional := ask(`,"credential_sets":[{"options":[["a"]],"required":false},{"options":[["b"]],"required":false}]`)
	if got := optional.Complete(nil); len(got) != 0 || len(optional.Preferred()) != 0 {
		t.Errorf("chosen without being asked: %v", got)
	}
	if reply, err := s.Prepare(t.Context(), optional, nil); !errors.Is(err, answer.ErrChosen) || reply != nil {
		t.Errorf("an answer of nothing: %v", err)
	}
	if _, err := s.Prepare(t.Context(), optional, optional.Complete(answer.Chosen{"b": {level.ID}})); err != nil {
		t.Errorf("what is optional: %v", err)
	}
}
