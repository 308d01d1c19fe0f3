package web

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/credential"
	"laurel/internal/jsonld"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/answer"
	"laurel/wallet/disclosure"
)

const attack = `<script>alert(1)</script><img src=x onerror=alert(2)>"'&`

const emblem = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 120"><path d="M60 4 108 30v60l-48 26L12 90V30Z" fill="#2c6e8f"/><path d="M60 14 99 35v50L60 106 21 85V35Z" fill="none" stroke="#fff" stroke-width="2"/><path d="M38 74 54 54l12 12 18-26" fill="none" stroke="#fff" stroke-width="5" stroke-linecap="round" stroke-linejoin="round"/></svg>`

// sample is a badge of the tests and what the check says of it.
type sample struct {
	change  map[string]string // paths of the document; JSON, or text
	checked wallet.Checked
	foreign bool // issued to somebody else
	partial bool // it can be shown in part
}

func passed(title, text string) wallet.Finding {
	return wallet.Finding{Title: title, Outcome: "passed", Text: text}
}

// findings are the rows of a report in which everything passed, but for the
// given ones.
func findings(others ...wallet.Finding) []wallet.Finding {
	rows := []wallet.Finding{
		passed("Form", "It is well-formed."),
		{Title: "Signature", Outcome: "passed", Text: "The signature fits the contents: nothing was changed since it was signed.", Details: []string{"Cryptosuite: eddsa-rdfc-2022"}},
		passed("Signer", "It was signed with the issuer's own key."),
		passed("Dates", "It was valid at that time."),
		passed("Revocation", "The issuer has not revoked it."),
		passed("Completeness", "It has every part that its kind of credential must have."),
		passed("Trust in the issuer", "The issuer is on your list of trusted issuers."),
	}
	for _, other := range others {
		for i := range rows {
			if rows[i].Title == other.Title {
				rows[i] = other
			}
		}
	}
	return rows
}

var college = wallet.Issuer{Listed: "Springfield Technical College", Domain: "springfield.example"}

// samples are the badges that every page is tried with, by their ids.
var samples = map[string]sample{
	"urn:sample:valid": {
		change: map[string]string{
			"name": "MIG/MAG Welding, Level 2", "issuer/name": "Springfield Tech",
			"credentialSubject/achievement/achievementType": "MicroCredential",
			"credentialSubject/achievement/description":     "Welds fillet joints in steel of 3 to 12 mm in flat and horizontal position.",
			"credentialSubject/achievement/tag":             `["MIG welding","Workplace safety"]`,
			"credentialSubject/achievement/image":           `{"id":"data:image/svg+xml;base64,` + base64.StdEncoding.EncodeToString([]byte(emblem)) + `","type":"Image","caption":"A hexagon"}`,
		},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Good, Signed: true, Issuer: college, Findings: findings(),
			Headline:  "Valid. Issued by Springfield Technical College, not revoked as of 09:14 UTC on 9 November 2026.",
			NotProven: []string{"Nobody proved to be its owner: this is a look at a file. Ask for a presentation."}},
	},
	"urn:sample:partial": {
		change: map[string]string{
			"name": "Spanish, Level B2", "credentialSubject/achievement/name": "Spanish, Level B2",
			"credentialSubject/achievement/tag":               `["Spanish","CEFR B2"]`,
			"credentialSubject/achievement/resultDescription": `[{"id":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1001","type":["ResultDescription"],"name":"Oral exam","resultType":"Percent"},{"id":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1002","type":["ResultDescription"],"name":"Level","resultType":"ScaleScore"}]`,
			"credentialSubject/result":                        `[{"type":["Result"],"resultDescription":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1001","value":"91"},{"type":["Result"],"resultDescription":"urn:uuid:9a3a2c7c-4f0e-4d0e-8d43-3f1b2f0f1002","value":"B2"}]`,
			"credentialSubject/identifier":                    `[{"type":"IdentityObject","hashed":false,"identityHash":"ada@mail.example","identityType":"emailAddress"}]`,
			"evidence":                                        `[{"id":"https://school.example/talks/17","type":["Evidence"],"name":"A talk of ten minutes","narrative":"Recorded in May."}]`,
		},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Good, Signed: true, Issuer: college, Headline: "Valid. Issued by Springfield Technical College.", Findings: findings()},
		partial: true,
	},
	"urn:sample:genuine": {
		change: map[string]string{"name": "Data Analysis", "validUntil": "", "credentialSubject/achievement/tag": `["pandas","Statistics"]`},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true,
			Headline: "Genuine, but nobody has vouched for the issuer. It calls itself “School school”.",
			Findings: findings(wallet.Finding{Title: "Trust in the issuer", Outcome: "skipped", Text: "No list of trusted issuers was given, so the issuer was not judged.", Code: "ISSUER_NOT_JUDGED"})},
	},
	"urn:sample:ending": {
		change:  map[string]string{"name": "First Aid", "validUntil": "2026-07-01T00:00:00Z", "issuer/name": "Red Helpers"},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true, Issuer: wallet.Issuer{Domain: "helpers.example"}, Headline: "Genuine.", Findings: findings()},
	},
	"urn:sample:expired": {
		change:  map[string]string{"name": "Forklift Driving Licence", "validUntil": "2026-03-01T00:00:00Z"},
		checked: wallet.Checked{Verdict: wallet.Rejected, Tone: wallet.Caution, Signed: true, Issuer: college, Headline: "Was genuine; expired on 1 March 2026.", Findings: findings()},
	},
	"urn:sample:revoked": {
		change: map[string]string{"name": "Project Management"},
		checked: wallet.Checked{Verdict: wallet.Rejected, Tone: wallet.Bad, Signed: true, Issuer: college, Headline: "Revoked by its issuer.",
			Findings: findings(wallet.Finding{Title: "Revocation", Outcome: "failed", Text: "The issuer has revoked it.", Code: "STATUS_REVOKED", Details: []string{"Status list: revocation, entry 48213"}})},
	},
	"urn:sample:unclear": {
		change: map[string]string{"name": "Introduction to Beekeeping for Schools and Allotment Associations"},
		checked: wallet.Checked{Verdict: wallet.Undetermined, Tone: wallet.Caution, Signed: true, Issuer: wallet.Issuer{Domain: "bees.example"},
			Headline: "Not confirmed yet: the issuer's revocation list could not be reached. Nothing suggests the badge is false.",
			Findings: findings(wallet.Finding{Title: "Revocation", Outcome: "unknown", Text: "The issuer's revocation list could not be reached.", Code: "STATUS_RETRIEVAL_ERROR"})},
	},
	"urn:sample:forged": {
		change: map[string]string{"name": "Doctor of Everything"},
		checked: wallet.Checked{Verdict: wallet.Rejected, Tone: wallet.Bad, Headline: "Changed after signing, or not signed by this issuer.",
			Findings: []wallet.Finding{passed("Form", "It is well-formed."), {Title: "Signature", Outcome: "failed", Text: "The signature does not fit the contents: something was changed after signing.", Code: "SIGNATURE_INVALID"}}},
	},
	"urn:sample:foreign": {
		change: map[string]string{"name": "Somebody Else's"}, foreign: true,
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true, Headline: "Genuine.", Findings: findings()},
	},
	"urn:sample:bearer": {
		change:  map[string]string{"name": "Library Card", "credentialSubject/id": ""},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true, Headline: "Genuine.", Findings: findings()},
	},
	"urn:sample:hostile": {
		change: map[string]string{
			"name": attack, "issuer/name": attack,
			"credentialSubject/achievement/name":               attack,
			"credentialSubject/achievement/tag":                `["javascript:alert(1)"]`,
			"credentialSubject/achievement/criteria/narrative": "<script>alert(4)</script>\n\n[click](javascript:alert(5)) ![pixel](https://tracker.example/p.gif)\n\n# Heading",
			"credentialSubject/achievement/image": `{"type":"Image","caption":"` + strings.ReplaceAll(attack, `"`, `\"`) + `","id":"data:image/svg+xml;base64,` +
				base64.StdEncoding.EncodeToString([]byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" onload="alert(6)"><script>alert(7)</script><image href="https://tracker.example/s.png"/><rect width="9" height="9" fill="#844"/></svg>`)) + `"}`,
		},
		checked: wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true, Issuer: wallet.Issuer{Listed: attack, Domain: attack}, Headline: attack,
			Findings: []wallet.Finding{{Title: attack, Outcome: "passed", Text: attack, Code: attack, Details: []string{attack}}}, NotProven: []string{attack}},
	},
}

const oldBadge = `{"@context":"https://w3id.org/openbadges/v2","type":"Assertion","id":"https://old.example/a/1","recipient":{"type":"email","hashed":false,"identity":"me@mail.example"},"issuedOn":"2020-01-01T00:00:00Z","verification":{"type":"hosted"},"badge":{"type":"BadgeClass","id":"https://old.example/b/1","name":"Typewriting","issuer":{"type":"Issuer","id":"https://old.example/i","name":"Old School"}}}`

var errNoReport = errors.New("no report can be made")

// check says of each sample what the sample says, and of a presentation that
// its parts are so.
func check(_ context.Context, document []byte, _ wallet.Expectation) (wallet.Checked, error) {
	read := proof.Read(document)
	if err := read.Err(); err != nil {
		return wallet.Checked{}, err
	}
	doc := read.Unverified()
	if form := credential.Detect(doc); form == credential.Credential || form == credential.V1Credential {
		s, ok := samples[doc.Get("id").Str()]
		if !ok {
			return wallet.Checked{}, errNoReport
		}
		return s.checked, nil
	}
	out := wallet.Checked{Verdict: wallet.Accepted, Tone: wallet.Caution, Signed: true, Headline: "All stand, and the one who shows them is the one they were issued to.",
		Findings: []wallet.Finding{passed("Answer to your question", "It answers your question, and was made for you."), passed("Owner", "It was signed by the one who presents it.")}}
	for _, part := range credential.Credentials(doc) {
		raw := part.JSON()
		if token, ok := part.Text(); ok {
			raw = []byte(token)
		}
		if held, err := disclosure.Read(raw, nil); err == nil {
			part = held.Document
		}
		out.Parts = append(out.Parts, samples[part.Get("id").Str()].checked)
	}
	return out, nil
}

// site is a server of a wallet with somebody sitting before it.
type site struct {
	*Server
	t       testing.TB
	url     string
	client  *http.Client
	me      wallet.Identity
	mu      sync.Mutex
	at      time.Time
	entries int
	logged  strings.Builder
	net     *network
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *site) later(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

func logTo(s *site) *slog.Logger { return slog.New(slog.NewTextHandler(&s.logged, nil)) }

// newSite serves an empty wallet with one identity. Nobody has come in yet.
func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, at: testissuer.Now}
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	v, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &wallet.Wallet{Store: store, Vault: v, Check: check, Suite: testissuer.Suites()[0], Suites: testissuer.Suites(), Now: s.clock}
	if s.me, err = w.NewIdentity(t.Context(), "first"); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	s.net = &network{pages: map[string]string{}}
	responder := &answer.Responder{Wallet: w, Keys: testissuer.WebKeys(s.net.web()), Line: s.net, Contexts: jsonld.Embedded()}
	s.Server, err = New(Config{Wallet: w, Answers: responder, Address: server.Listener.Addr().String(), Opened: func() { s.entries++ }, Log: logTo(s)})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = s.Server
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := store.Close(); err != nil {
			t.Error(err)
		}
	})
	s.url = server.URL
	s.client = newClient(t)
	return s
}

func newClient(t testing.TB) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &http.Client{Jar: jar}
}

// opened is a site that its learner has come into.
func opened(t testing.TB, ids ...string) *site {
	t.Helper()
	s := newSite(t)
	for _, id := range ids {
		s.hold(id)
	}
	if got := s.get(strings.TrimPrefix(s.Link(), s.url)); got.code != http.StatusOK {
		t.Fatalf("the link gave %d", got.code)
	}
	return s
}

// document is a sample, signed, and issued to the learner.
func (s *site) document(id string) []byte {
	s.t.Helper()
	if id == "old" {
		return []byte(oldBadge)
	}
	school := testissuer.New("school")
	if samples[id].partial {
		school = testissuer.Selective("college", "/id", "/credentialSubject/achievement/name")
	}
	to := &testissuer.Party{ID: s.me.DID}
	if samples[id].foreign {
		to = testissuer.New("stranger")
	}
	doc := testissuer.Set(school.Badge(to), "id", strictjson.String(id))
	for path, text := range samples[id].change {
		value := strictjson.String(text)
		if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
			value = testissuer.Parse(text)
		}
		if text == "" {
			value = strictjson.Value{}
		}
		doc = testissuer.Set(doc, path, value)
	}
	return school.Sign(s.t, doc).JSON()
}

// hold puts a sample into the wallet.
func (s *site) hold(id string) wallet.Card {
	s.t.Helper()
	found, err := s.wallet.Examine(s.t.Context(), s.document(id))
	if err != nil {
		s.t.Fatal(err)
	}
	c, err := s.wallet.Add(s.t.Context(), found)
	if err != nil {
		s.t.Fatal(err)
	}
	s.later(time.Second)
	return c
}

// answered is an answer.
type answered struct {
	code   int
	header http.Header
	body   string
	path   string // where the client ended up
}

func (s *site) do(r *http.Request) answered {
	s.t.Helper()
	response, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answered{response.StatusCode, response.Header, string(body), response.Request.URL.RequestURI()}
}

func (s *site) request(method, path string, body io.Reader) *http.Request {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html")
	return r
}

func (s *site) get(path string) answered {
	s.t.Helper()
	return s.do(s.request(http.MethodGet, path, nil))
}

// token is that of the learner's forms.
func (s *site) token() string {
	s.t.Helper()
	m := regexp.MustCompile(`name="token" value="([A-Z0-9]+)"`).FindStringSubmatch(s.get("/add").body)
	if m == nil {
		s.t.Fatal("no token on /add")
	}
	return m[1]
}

// post sends a form as a page of the wallet does: names and values in turn.
func (s *site) post(path string, pairs ...string) answered {
	s.t.Helper()
	values := url.Values{"token": {s.token()}}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	r := s.request(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", s.url)
	return s.do(r)
}

// lacks and has test a page's text.
func (p answered) has(t testing.TB, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(p.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func (p answered) lacks(t testing.TB, bans ...string) {
	t.Helper()
	for _, ban := range bans {
		if strings.Contains(p.body, ban) {
			t.Errorf("the page has %q", ban)
		}
	}
}
