package answer_test

import (
	"context"
	"crypto"
	"encoding/base64"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// Where the verifier of the tests lives.
const (
	host       = "jobs.example"
	objectAt   = "https://jobs.example/requests/8f1d/object"
	answerAt   = "https://jobs.example/requests/8f1d/answer"
	nonce      = "n-0S6_WzA2Mj-Zx81kQ"
	unsignedID = "redirect_uri:" + answerAt
)

const badgeType = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"

// network is what the wallet of a test can reach: pages that are got, one address
// that takes answers, and a list of everything that was sent.
type network struct {
	mu    sync.Mutex
	pages map[string]func(form url.Values) (string, error)
	sent  []fetch.Exchange
}

func (n *network) Send(_ context.Context, e fetch.Exchange) (*fetch.Resource, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.sent = append(n.sent, e)
	page, ok := n.pages[e.URL]
	if !ok {
		return nil, fmt.Errorf("%w: %s", fetch.ErrUnreachable, e.URL)
	}
	form, err := url.ParseQuery(string(e.Form))
	if err != nil {
		return nil, err
	}
	if e.Form == nil {
		form = nil
	}
	body, err := page(form)
	if err != nil {
		return nil, err
	}
	return &fetch.Resource{URL: e.URL, Body: []byte(body)}, nil
}

// posted are the forms that arrived where answers go.
func (n *network) posted() [][]byte {
	n.mu.Lock()
	defer n.mu.Unlock()
	var out [][]byte
	for _, e := range n.sent {
		if e.URL == answerAt {
			out = append(out, e.Form)
		}
	}
	return out
}

func always(body string) func(url.Values) (string, error) {
	return func(url.Values) (string, error) { return body, nil }
}

// scene is a learner with a wallet, an employer on the web, and time.
type scene struct {
	*answer.Responder
	t        testing.TB
	net      *network
	web      *testissuer.Web
	me       wallet.Identity
	employer *testissuer.Party // did:web:jobs.example
	now      time.Time
}

func newScene(t testing.TB) *scene {
	t.Helper()
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{t: t, web: &testissuer.Web{Pages: map[string][]byte{}}, now: testissuer.Now}
	s.net = &network{pages: map[string]func(url.Values) (string, error){answerAt: always("{}")}}
	w := &wallet.Wallet{Store: store, Vault: v, Check: s.check, Suite: testissuer.Suites()[0], Suites: testissuer.Suites(), Now: func() time.Time { return s.now }}
	if s.me, err = w.NewIdentity(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	s.employer = testissuer.New("employer").OnWeb(s.web, host)
	s.Responder = &answer.Responder{Wallet: w, Keys: testissuer.WebKeys(s.web), Line: s.net, Contexts: jsonld.Embedded()}
	return s
}

// open verifies a document as a verifier does.
func (s *scene) open(document []byte, challenge, domain string) (*proof.Opened, error) {
	return proof.Open(s.t.Context(), document, proof.Options{
		Keys: testissuer.WebKeys(s.web), Suites: testissuer.TokenSuites(s.web), At: s.now,
		Challenge: challenge, Domain: domain, Receiving: challenge == "", UnsafeNoChallenge: challenge == "",
	})
}

func (s *scene) check(_ context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
	if _, err := s.open(document, expect.Challenge, expect.Domain); err != nil {
		return wallet.Checked{Verdict: wallet.Rejected, Headline: err.Error()}, nil
	}
	return wallet.Checked{Verdict: wallet.Accepted, Headline: "Valid.", Signed: true}, nil
}

// holder is an identity of the learner as a party without its secret.
func (s *scene) holder(id wallet.Identity) *testissuer.Party {
	s.t.Helper()
	doc, err := testissuer.Keys().Resolve(s.t.Context(), id.DID)
	if err != nil {
		s.t.Fatal(err)
	}
	return &testissuer.Party{ID: id.DID, Key: publicOnly{doc.Methods[0].Key}}
}

type publicOnly struct{ key crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.key }
func (publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, fmt.Errorf("there is no secret")
}

func (s *scene) keep(raw []byte) wallet.Card {
	s.t.Helper()
	found, err := s.Wallet.Examine(s.t.Context(), raw)
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.Wallet.Add(s.t.Context(), found)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// badge is a badge of that name for an identity, with results and evidence.
func (s *scene) badge(by *testissuer.Party, to wallet.Identity, name string) strictjson.Value {
	doc := by.Badge(&testissuer.Party{ID: to.DID})
	doc = testissuer.Set(doc, "id", strictjson.String("urn:example:"+strings.ReplaceAll(name, " ", "-")))
	doc = testissuer.Set(doc, "name", strictjson.String(name))
	doc = testissuer.Set(doc, "credentialSubject/achievement/name", strictjson.String(name))
	doc = testissuer.Set(doc, "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"B2"},{"type":["Result"],"value":"91"}]`))
	return testissuer.Set(doc, "evidence", testissuer.Parse(`[{"id":"https://school.example/talks/17","type":["Evidence"],"name":"A talk"}]`))
}

// whole is a badge that is shown whole or not at all.
func (s *scene) whole(name string) wallet.Card {
	school := testissuer.New("school")
	return s.keep(school.Sign(s.t, s.badge(school, s.me, name)).JSON())
}

// part is a badge of which a part can be shown.
func (s *scene) part(name string, to wallet.Identity) wallet.Card {
	college := testissuer.Selective("college", "/credentialSubject/achievement/name")
	return s.keep(college.Sign(s.t, s.badge(college, to, name)).JSON())
}

// signed is a badge as a signed token.
func (s *scene) signed(name string) wallet.Card {
	school := testissuer.New("school")
	return s.keep([]byte(school.SignJWT(s.t, s.badge(school, s.me, name), proof.SignOptions{})))
}

// plain is a badge as a signed token of VC Data Model 1.1.
func (s *scene) plain(name string) wallet.Card {
	school := testissuer.New("school")
	vc := s.badge(school, s.me, name).Without("id", "validFrom", "validUntil").
		With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"))
	return s.keep([]byte(school.Token(s.t, `{"typ":"JWT","kid":"`+school.Method+`"}`,
		`{"iss":"`+school.ID+`","sub":"`+s.me.DID+`","jti":"urn:example:`+name+`","nbf":1764547200,"exp":1906502400,"vc":`+string(vc.JSON())+`}`)))
}

// claims is an SD-JWT VC.
func (s *scene) claims(vct string) wallet.Card {
	school := testissuer.New("school")
	doc := testissuer.Parse(`{"iss":"` + school.ID + `","vct":"` + vct + `","given_name":"Ada","family_name":"Lovelace","level":"B2","address":{"street":"Elm 1","city":"Ulm"}}`)
	return s.keep([]byte(school.IssueSD(s.t, doc, s.holder(s.me), proof.SDJWTOptions{
		Claims: true, Disclosable: []string{"/given_name", "/family_name", "/level", "/address", "/address/street"},
	})))
}

// query parses DCQL.
func query(t testing.TB, text string) *dcql.Query {
	t.Helper()
	q, err := dcql.ParseQuery(testissuer.Parse(text))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// levels asks for the first result of an Open Badge.
const levels = `{"credentials":[{"id":"b2","format":"ldp_vc","meta":{"type_values":[["` + badgeType + `"]]},
	"claims":[{"path":["credentialSubject","result",0,"value"],"values":["B2"]}]}]}`

// request is a request of the employer, as it is before it is signed.
func (s *scene) request(dcql string) *openid4vc.Request {
	return &openid4vc.Request{
		ClientID: "decentralized_identifier:" + s.employer.ID, ResponseMode: openid4vc.DirectPost, ResponseURI: answerAt,
		Nonce: nonce, State: "af0ifjsldkj", Query: query(s.t, dcql), Issued: s.now, Expires: s.now.Add(10 * time.Minute),
		Info: []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: "To see that you speak the language.", RetentionDays: 30}.Info()},
	}
}

// link signs a request and puts it where the link leads to.
func (s *scene) link(req *openid4vc.Request) string {
	s.t.Helper()
	s.net.pages[objectAt] = always(s.object(req))
	return (&openid4vc.Request{ClientID: req.ClientID, RequestURI: objectAt}).URI()
}

func (s *scene) object(req *openid4vc.Request) string {
	s.t.Helper()
	object, err := openid4vc.SignRequestObject(req, openid4vc.SignOptions{Key: s.employer.Key, Method: s.employer.Method})
	if err != nil {
		s.t.Fatal(err)
	}
	return object
}

// opened opens the link of a request.
func (s *scene) opened(link string) *answer.Inquiry {
	s.t.Helper()
	asked, err := s.Open(s.t.Context(), link)
	if err != nil {
		s.t.Fatal(err)
	}
	return asked
}

// received reads the one answer that arrived, as the verifier does.
func (s *scene) received(want openid4vc.Expected) *openid4vc.Response {
	s.t.Helper()
	posted := s.net.posted()
	if len(posted) != 1 {
		s.t.Fatalf("%d answers arrived", len(posted))
	}
	got, err := openid4vc.ParseResponse(posted[0], want)
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// decoded reads the JSON in one part of a token.
func decoded(t testing.TB, part string) strictjson.Value {
	t.Helper()
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return testissuer.Parse(string(raw))
}
