package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/qr"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
)

const (
	employerHost = "jobs.example"
	answerAt     = "https://jobs.example/requests/8f1d/answer"
	objectAt     = "https://jobs.example/requests/8f1d/object"
	badgeType    = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"
)

// network is what the wallet of a test can reach.
type network struct {
	mu    sync.Mutex
	pages map[string]string
	fails error // of posting
	forms []url.Values
	dids  *testissuer.Web
	keeps keeper
}

func (n *network) web() *testissuer.Web {
	if n.dids == nil {
		n.dids = &testissuer.Web{Pages: map[string][]byte{}}
	}
	return n.dids
}

func (n *network) Send(_ context.Context, e fetch.Exchange) (*fetch.Resource, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	page, ok := n.pages[e.URL]
	if strings.HasPrefix(e.URL, keeperURL+"/shares") {
		return n.keeps.send(e)
	}
	if !ok {
		return nil, fmt.Errorf("%w: %s", fetch.ErrUnreachable, e.URL)
	}
	if e.Form != nil {
		form, err := url.ParseQuery(string(e.Form))
		if err = errors.Join(err, n.fails); err != nil {
			return nil, err
		}
		n.forms = append(n.forms, form)
	}
	return &fetch.Resource{Body: []byte(page)}, nil
}

// sent are the forms that arrived.
func (n *network) sent() []url.Values {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.forms
}

// oneLevel asks for the second result of an Open Badge.
const oneLevel = `{"credentials":[{"id":"level","format":"ldp_vc","meta":{"type_values":[["` + badgeType + `"]]},"claims":[{"path":["credentialSubject","result",1,"value"],"values":["B2","C1"]}]}]}`

// asks is a request of an employer; change spoils or completes it.
func (s *site) asks(question string, change func(*openid4vc.Request)) *openid4vc.Request {
	s.t.Helper()
	query, err := dcql.ParseQuery(testissuer.Parse(question))
	if err != nil {
		s.t.Fatal(err)
	}
	req := &openid4vc.Request{
		ClientID: "decentralized_identifier:did:web:" + employerHost, ResponseMode: openid4vc.DirectPost, ResponseURI: answerAt,
		Nonce: "n-0S6_WzA2Mj-Zx81kQ", State: "af0ifjsldkj", Query: query, Expires: s.clock().Add(10 * time.Minute),
		Info: []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: "To see how well you did in the exam.", RetentionDays: 30}.Info()},
	}
	if change != nil {
		change(req)
	}
	return req
}

// signedLink signs a request and gives the link that leads to it.
func (s *site) signedLink(req *openid4vc.Request) string {
	s.t.Helper()
	employer := testissuer.New("employer").OnWeb(s.net.web(), employerHost)
	object, err := openid4vc.SignRequestObject(req, openid4vc.SignOptions{Key: employer.Key, Method: employer.Method})
	if err != nil {
		s.t.Fatal(err)
	}
	s.net.pages[objectAt] = object
	if s.net.pages[answerAt] == "" {
		s.net.pages[answerAt] = "{}"
	}
	return (&openid4vc.Request{ClientID: req.ClientID, RequestURI: objectAt}).URI()
}

// unsignedLink is a request that nobody signs.
func (s *site) unsignedLink(req *openid4vc.Request) string {
	s.net.pages[answerAt] = "{}"
	req.ClientID = "redirect_uri:" + req.ResponseURI
	return req.URI()
}

// opened opens a link as far as the page of the request.
func (s *site) openedLink(link string) answered {
	s.t.Helper()
	p := s.post("/answer", "link", link)
	if !regexp.MustCompile(`^/answer/[A-Z0-9]+$`).MatchString(p.path) || p.code != http.StatusOK {
		s.t.Fatalf("the request is at %s: %d\n%s", p.path, p.code, p.body)
	}
	return p
}

// consentOn is what a page's form agrees to.
func (p answered) consentOn(t *testing.T) string {
	t.Helper()
	m := regexp.MustCompile(`name="consent" value="([0-9a-f]*)"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatal("the page has nothing to agree to")
	}
	return m[1]
}

func TestAnswerARequest(t *testing.T) {
	s := opened(t)
	c := s.hold("urn:sample:partial")
	s.net.pages[answerAt] = `{"redirect_uri":"https://jobs.example/done?response_code=x"}`
	p := s.openedLink(s.signedLink(s.asks(oneLevel, nil)))
	p.has(t, "Proven", "jobs.example", "signed by the owner of this address", "What they say of themselves", "“Café Nord”", "“To see how well you did in the exam.”", "30 days",
		"result 2, value: B2 or C1", "credentialSubject.result[1].value", "Exactly what would be sent", "the rest stays home", "Send it to jobs.example", "Do not answer", "Tell them no", "SHA-256 of the file")
	p.lacks(t, "Unverified", "ada@mail.example", `>91<`, "You can choose")
	if len(s.net.sent()) != 0 || len(s.receiptsKept()) != 0 {
		t.Fatal("something was sent or recorded before consent")
	}
	for range 2 { // a double click sends once
		done := s.post(p.path, "step", "agree", "consent", p.consentOn(t))
		done.has(t, "<h1>Sent</h1>", `href="https://jobs.example/done?response_code=x"`)
		done.lacks(t, "Tell them no")
	}
	sent, kept := s.net.sent(), s.receiptsKept()
	if len(sent) != 1 || len(kept) != 1 || sent[0].Get("state") != "af0ifjsldkj" {
		t.Fatalf("%d answers, %d receipts", len(sent), len(kept))
	}
	token, err := strictjson.Parse([]byte(sent[0].Get("vp_token")))
	if err != nil {
		t.Fatal(err)
	}
	text := string(token.Get("level").Elems()[0].JSON())
	if !strings.Contains(text, `"B2"`) || strings.Contains(text, `"91"`) || strings.Contains(text, "mail.example") {
		t.Errorf("sent %s", text)
	}
	p.has(t, kept[0].SHA256)
	s.get("/receipts").has(t, "jobs.example", kept[0].SHA256, c.Title)
	if log := s.logged.String(); strings.Contains(log, "jobs.example") || strings.Contains(log, "n-0S6") || strings.Contains(log, "Spanish") {
		t.Errorf("the log tells of requests:\n%s", log)
	}
}

// A requester that nobody can prove looks different, whatever they call themselves.
func TestUnverifiedLooksDifferent(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:partial")
	p := s.openedLink(s.unsignedLink(s.asks(oneLevel, nil)))
	p.has(t, "Unverified requester", "Nothing proves who asks", "the answer goes to <strong>jobs.example</strong>", "nobody has checked them", "“Café Nord”", "verdict caution")
	p.lacks(t, "proven-who", "signed by the owner")
	s = opened(t)
	s.hold("urn:sample:partial")
	p = s.openedLink(s.signedLink(s.asks(oneLevel, func(r *openid4vc.Request) { r.ResponseURI = "https://collector.example/x" })))
	p.has(t, "proven-who", "The answer goes to another address: collector.example", "wants the answer at collector.example", "Send it to collector.example")
	s = opened(t)
	p = s.openedLink(s.unsignedLink(s.asks(oneLevel, func(r *openid4vc.Request) { r.Info = nil })))
	p.has(t, "They do not say why they ask", "You cannot answer this", "a badge: there is none of this kind", "Tell them no")
	p.lacks(t, "Send it to", "Exactly what would be sent")
}

func TestChoosingWhatAnswers(t *testing.T) {
	s := opened(t)
	welding, ending := s.hold("urn:sample:valid"), s.hold("urn:sample:ending")
	const any = `{"credentials":[{"id":"one","format":"ldp_vc","meta":{"type_values":[["` + badgeType + `"]]}},
		{"id":"more","format":"ldp_vc","multiple":true,"meta":{"type_values":[["` + badgeType + `"]]}}],
		"credential_sets":[{"options":[["one"]]},{"options":[["more"]],"required":false}]}`
	p := s.openedLink(s.unsignedLink(s.asks(any, nil)))
	p.has(t, "You can choose", "Only if you like", "Nothing of it", `type="radio" name="set.0" value="0.`+welding.ID+`" checked`, `type="checkbox" name="pick.more" value="`+ending.ID+`"`)
	first := p.consentOn(t)
	p = s.post(p.path, "step", "choose", "set.0", "0."+ending.ID, "set.1", "0", "pick.more", welding.ID, "pick.more", ending.ID)
	p.has(t, "File 1 of 3", "File 3 of 3", `name="set.0" value="0.`+ending.ID+`" checked`)
	// Who agreed to what an earlier page showed has not agreed to this.
	p = s.post(p.path, "step", "agree", "consent", first)
	p.has(t, "changed in another window")
	if len(s.net.sent()) != 0 {
		t.Fatal("something was sent that nobody agreed to")
	}
	p = s.post(p.path, "step", "choose", "set.0", "0.0123456789abcdef", "set.1", "none")
	p.has(t, "does not answer what is asked for", "File 1 of 3")
	p = s.post(p.path, "step", "choose", "set.0", "0", "set.1", "none")
	p.lacks(t, "File 1 of", "does not answer")
	if got := s.post(p.path, "step", "dance"); got.code != http.StatusUnprocessableEntity {
		t.Errorf("an unknown step: %d", got.code)
	}
	s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Sent</h1>")
	if sent := s.net.sent(); len(sent) != 1 || strings.Contains(sent[0].Get("vp_token"), `"more"`) {
		t.Errorf("sent %v", sent)
	}
}

// One thing that is wanted in any of several forms is one thing to a learner, said in
// words, and each badge that would do is one choice.
func TestOneWishInManyForms(t *testing.T) {
	s := opened(t)
	welding, ending := s.hold("urn:sample:valid"), s.hold("urn:sample:ending")
	const want = `"meta":{"type_values":[["` + badgeType + `"]]},"claims":[{"path":["credentialSubject","achievement","name"]}]`
	const forms = `{"credentials":[{"id":"one","format":"ldp_vc",` + want + `},{"id":"one_b","format":"jwt_vc_json",` + want + `},
		{"id":"one_c","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/welding"]}}],
		"credential_sets":[{"options":[["one"],["one_b"],["one_c"]]}]}`
	p := s.openedLink(s.unsignedLink(s.asks(forms, nil)))
	p.has(t, "or a credential of the kind https://school.example/welding", `name="set.0" value="0.`+welding.ID+`" checked`, `name="set.0" value="0.`+ending.ID+`"`)
	if n := strings.Count(p.body, "<li>name of the achievement</li>"); n != 1 {
		t.Errorf("what is asked for stands there %d times", n)
	}
	p = s.post(p.path, "step", "choose", "set.0", "0."+ending.ID)
	p.has(t, `value="0.`+ending.ID+`" checked`)
	p.lacks(t, "File 1 of")
	for _, bad := range []string{"1." + ending.ID, "9." + ending.ID, "0.", "x", "-1." + ending.ID} {
		s.post(p.path, "step", "choose", "set.0", bad).lacks(t, "File 1 of")
	}
}

// Where all of it is optional, nothing is chosen until the learner does.
func TestOnlyWhatSheLikes(t *testing.T) {
	s := opened(t)
	welding := s.hold("urn:sample:valid")
	p := s.openedLink(s.unsignedLink(s.asks(`{"credentials":[{"id":"one","format":"ldp_vc","meta":{}}],"credential_sets":[{"options":[["one"]],"required":false}]}`, nil)))
	p.has(t, "They insist on nothing of it", `value="none" checked`)
	p.lacks(t, "Send it to")
	p = s.post(p.path, "step", "choose", "set.0", "0."+welding.ID)
	p.has(t, "Send it to "+employerHost)
	s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Sent</h1>")
}

// Who would take a badge bare as well is offered it once, to be presented.
func TestBareToo(t *testing.T) {
	s := opened(t)
	welding := s.hold("urn:sample:valid")
	p := s.openedLink(s.unsignedLink(s.asks(`{"credentials":[{"id":"bound","format":"ldp_vc","meta":{}},
		{"id":"bare","format":"ldp_vc","meta":{},"require_cryptographic_holder_binding":false}],"credential_sets":[{"options":[["bound"],["bare"]]}]}`, nil)))
	p.has(t, "Signed as")
	p.lacks(t, `value="1.`+welding.ID)
	p = s.openedLink(s.unsignedLink(s.asks(`{"credentials":[{"id":"bare","format":"ldp_vc","meta":{},"require_cryptographic_holder_binding":false}]}`, nil)))
	p.has(t, "Signed by its issuer alone, and not by you", "without a proof that it is yours")
	p.lacks(t, "Signed as")
	s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Sent</h1>")
	s.get("/receipts").has(t, "nobody in particular: a copy")
}

// A wallet with many badges that would do offers the best of them, and no endless list.
func TestManyBadgesThatWouldDo(t *testing.T) {
	s := opened(t)
	for i := range maxOffered + 3 {
		id := fmt.Sprintf("urn:sample:many-%d", i)
		samples[id] = sample{change: map[string]string{"name": fmt.Sprintf("Badge %d", i)}, checked: samples["urn:sample:genuine"].checked}
		s.hold(id)
		delete(samples, id)
	}
	samples["urn:sample:many-52"] = samples["urn:sample:genuine"]
	defer delete(samples, "urn:sample:many-52")
	p := s.openedLink(s.unsignedLink(s.asks(`{"credentials":[{"id":"one","format":"ldp_vc","meta":{"type_values":[["`+badgeType+`"]]}}]}`, nil)))
	p.has(t, "And 3 more")
	if n := strings.Count(p.body, `name="pick.one"`); n != maxOffered {
		t.Errorf("%d are offered", n)
	}
}

func TestSayingNo(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:partial")
	p := s.openedLink(s.signedLink(s.asks(oneLevel, nil)))
	s.post(p.path, "step", "decline").has(t, "<h1>Declined</h1>", "Nothing of yours was sent")
	if sent := s.net.sent(); len(sent) != 1 || sent[0].Get("error") != "access_denied" || sent[0].Has("vp_token") || len(s.receiptsKept()) != 0 {
		t.Errorf("sent %v", sent)
	}
	s.post(p.path, "step", "agree", "consent", "").has(t, "<h1>Declined</h1>")
	if len(s.net.sent()) != 1 {
		t.Error("an answer was sent after all")
	}
}

func TestAnswersThatDoNotArrive(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:partial")
	s.net.fails = &fetch.StatusError{URL: answerAt, Code: 410}
	p := s.openedLink(s.signedLink(s.asks(oneLevel, nil)))
	s.post(p.path, "step", "decline").has(t, "They did not take the answer", "Tell them no")
	s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Not taken</h1>", "They did not take the answer")
	if len(s.receiptsKept()) != 1 {
		t.Errorf("%d receipts", len(s.receiptsKept()))
	}
	s = opened(t)
	s.hold("urn:sample:partial")
	p = s.openedLink(s.signedLink(s.asks(oneLevel, nil)))
	s.later(20 * time.Minute)
	s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Not taken</h1>", "no longer good")
	if len(s.net.sent()) != 0 || len(s.receiptsKept()) != 0 {
		t.Error("it was sent")
	}
}

func TestLinksThatAreRefused(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:partial")
	good := s.signedLink(s.asks(oneLevel, nil))
	object := s.net.pages[objectAt]
	tests := []struct {
		name, link, object string
		want               []string
	}{
		{"nothing", "", object, []string{"Paste a link or choose a picture first."}},
		{"a script", "javascript:alert(1)", object, []string{"not the link of a request"}},
		{"another wallet's", "openid-credential-offer://?x", object, []string{"not the link of a request"}},
		{"words", "hello", object, []string{"not the link of a request"}},
		{"no request", "openid4vp://?client_id=x", object, []string{"REQUEST_INVALID", "is not in order"}},
		{"a forged one", good, object[:len(object)-8] + "AAAAAAAA", []string{"REQUEST_SIGNATURE_INVALID", "Somebody may be pretending"}},
		{"hostile", "openid4vp://?client_id=" + url.QueryEscape(attack), object, []string{"REQUEST_INVALID"}},
		{"one that is gone", strings.Replace(good, "8f1d", "9999", 1), object, []string{"could not be fetched just now"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.net.pages[objectAt] = test.object
			p := s.post("/answer", "link", test.link)
			if p.code != http.StatusOK || p.path != "/answer" {
				t.Errorf("%d at %s", p.code, p.path)
			}
			p.has(t, test.want...)
			p.lacks(t, inert...)
		})
	}
	if len(s.net.sent()) != 0 {
		t.Error("something was sent")
	}
	for _, path := range []string{"/answer/NONE", "/answer/" + strings.Repeat("A", 26)} {
		if got := s.get(path); got.code != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.code)
		}
		if got := s.post(path, "step", "agree"); got.code != http.StatusNotFound {
			t.Errorf("agreeing at %s: %d", path, got.code)
		}
	}
	s.get("/answer?link="+url.QueryEscape(good)).has(t, "openid4vp://?client_id=decentralized_identifier")
}

// upload sends a picture as the form does.
func (s *site) uploadCode(picture []byte) answered {
	s.t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	part, err := m.CreateFormFile("file", "poster.png")
	if err == nil {
		_, err = part.Write(picture)
	}
	if err = errors.Join(err, m.WriteField("token", s.token()), m.WriteField("link", ""), m.Close()); err != nil {
		s.t.Fatal(err)
	}
	r := s.request(http.MethodPost, "/answer", &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	r.Header.Set("Origin", s.url)
	return s.do(r)
}

func TestQRCodes(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:partial")
	draw := func(text string) []byte {
		code, err := qr.Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		return code.PNG(4)
	}
	s.uploadCode(draw(s.signedLink(s.asks(oneLevel, nil)))).has(t, "Proven", "Send it to jobs.example")
	s.uploadCode(draw("https://evil.example/")).has(t, "could not be fetched just now")
	s.uploadCode(draw("javascript:alert(1)")).has(t, "not the link of a request")
	s.uploadCode([]byte("no picture")).has(t, "The picture does not help: not a PNG or JPEG picture")
	s.uploadCode(draw("x")[:300]).has(t, "The picture does not help")
}

// What a hostile requester says is as inert as what a hostile badge says.
func TestRequestersWordsAreInert(t *testing.T) {
	s := opened(t)
	s.hold("urn:sample:hostile")
	p := s.openedLink(s.signedLink(s.asks(strings.Replace(oneLevel, `"claims"`, `"claims_":0,"claims"`, 1), func(r *openid4vc.Request) {
		r.Info = []openid4vc.Info{openid4vc.Purpose{Name: attack, Text: attack + "\u202e", RetentionDays: 1}.Info()}
	})))
	p.has(t, "1 day<")
	p.lacks(t, append([]string{"\u202e"}, inert...)...)
}

// What is asked for beyond the need is named; and a purpose counts only of somebody
// who is proven, since a stranger could name everything there is.
func TestMoreThanThePurposeNeeds(t *testing.T) {
	exam := strings.NewReplacer(`"result",1`, `"result",0`, `,"values":["B2","C1"]`, "").Replace(oneLevel)
	tests := []struct {
		purpose string
		proven  bool
		warned  bool
	}{
		{"To see who may guide our visitors.", true, true},
		{"To see your score in the oral exam.", true, false},
		{"To see your score in the oral exam.", false, true},
		{"", true, true},
	}
	for _, test := range tests {
		s := opened(t)
		s.hold("urn:sample:partial")
		req := s.asks(exam, func(r *openid4vc.Request) {
			r.Info = []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: test.purpose}.Info()}
		})
		link := ""
		if test.proven {
			link = s.signedLink(req)
		} else {
			link = s.unsignedLink(req)
		}
		p := s.openedLink(link)
		p.has(t, "Exactly what would be sent")
		if warned := strings.Contains(p.body, "More than most purposes need"); warned != test.warned {
			t.Errorf("%+v: warned %v", test, warned)
		}
	}
}

// Badges that are tokens are shown and sent like any other.
func TestTokensAreAnsweredWith(t *testing.T) {
	school := testissuer.New("school")
	for _, form := range []string{"vc+jwt", "jwt_vc"} {
		t.Run(form, func(t *testing.T) {
			s := opened(t)
			badge := testissuer.Set(school.Badge(&testissuer.Party{ID: s.me.DID}), "id", strictjson.String("urn:sample:genuine"))
			raw := school.SignJWT(t, badge, proof.SignOptions{})
			if form == "jwt_vc" {
				v1 := testissuer.Set(school.BadgeV1(&testissuer.Party{ID: s.me.DID}), "id", strictjson.String("urn:sample:genuine"))
				raw = school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"iss":"`+school.ID+`","sub":"`+s.me.DID+`","jti":"urn:sample:genuine","vc":`+string(v1.JSON())+`}`)
			}
			found, err := s.wallet.Examine(t.Context(), []byte(raw))
			if err != nil {
				t.Fatal(err)
			}
			c, err := s.wallet.Add(t.Context(), found)
			if err != nil {
				t.Fatal(err)
			}
			p := s.openedLink(s.signedLink(s.asks(`{"credentials":[{"id":"badge","format":"jwt_vc_json","meta":{"type_values":[["`+badgeType+`"]]}}]}`, nil)))
			p.has(t, "Data Analysis", "its issuer signed it as a whole", "Send it to jobs.example")
			s.post(p.path, "step", "agree", "consent", p.consentOn(t)).has(t, "<h1>Sent</h1>")
			sent := s.net.sent()
			if len(sent) != 1 || !strings.Contains(sent[0].Get("vp_token"), `"badge":["ey`) {
				t.Errorf("sent %v", sent)
			}
			plain := s.present("card", c.ID, "challenge", "n-0S6")
			plain.has(t, "Data Analysis")
		})
	}
}
