package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/serve"
	"laurel/internal/store/badger"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
	verifierweb "laurel/verifier/web"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// The employer's counter and the learner's wallet, with nothing between them but
// HTTP on this machine.

const counterToken = "0123456789abcdef0123456789abcdef"

// meeting is one employer and one learner.
type meeting struct {
	t      testing.TB
	server *httptest.Server
	r      *answer.Responder
	me     wallet.Identity
	desk   *request.Desk
}

func meet(t *testing.T) *meeting {
	t.Helper()
	m := &meeting{t: t, server: httptest.NewUnstartedServer(nil)}
	line := fetch.New(fetch.Options{UnsafeLoopback: true})
	t.Cleanup(line.Close)
	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: line, UnsafeLoopback: true}}
	school := testissuer.New("school")
	v := &verifier.Verifier{
		Keys: keys, Suites: append(judging.Suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{}),
		Trust: &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: school.ID, Name: "The School"}}},
	}
	address := "http://localhost:" + m.server.Listener.Addr().String()[len("127.0.0.1:"):]
	identity, err := request.NewIdentity("Café Nord", address, true)
	if err != nil {
		t.Fatal(err)
	}
	book, err := session.Open(t.Context(), session.Options{Store: &storetest.Memory{}})
	if err != nil {
		t.Fatal(err)
	}
	m.desk = &request.Desk{Book: book, Verifier: v, Identity: identity, URL: address}
	handler, err := verifierweb.New(verifierweb.Config{
		Verify: m.desk.Verify, Desk: m.desk, Token: counterToken, Limits: serve.Limits{Rate: 1e6, Burst: 1e6},
	})
	if err != nil {
		t.Fatal(err)
	}
	m.server.Config.Handler = handler
	m.server.Start()
	t.Cleanup(m.server.Close)

	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	sealing, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	w := &wallet.Wallet{Store: store, Vault: sealing, Check: judging.CheckWith(v), Suite: judging.Suites()[0], Suites: judging.Suites()}
	if m.me, err = w.NewIdentity(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	m.r = &answer.Responder{Wallet: w, Keys: keys, Line: line, Contexts: jsonld.Embedded(), UnsafeLoopback: true}
	return m
}

// asked is what the counter says to a question.
type asked struct{ URI, Page, Result string }

func (m *meeting) asks(body string) asked {
	m.t.Helper()
	var a asked
	m.get(http.MethodPost, m.desk.URL+"/requests", body, http.StatusCreated, &a)
	return a
}

func (m *meeting) get(method, address, body string, code int, into any) {
	m.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, address, strings.NewReader(body))
	if err != nil {
		m.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+counterToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	res, err := m.server.Client().Do(r)
	if err != nil {
		m.t.Fatal(err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil || res.StatusCode != code {
		m.t.Fatalf("%s: %d %s, %v", address, res.StatusCode, text, err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		m.t.Fatal(err)
	}
}

func (m *meeting) keep(raw []byte) {
	m.t.Helper()
	found, err := m.r.Wallet.Examine(m.t.Context(), bytes.TrimSpace(raw))
	if err == nil {
		_, err = m.r.Wallet.Add(m.t.Context(), found)
	}
	if err != nil {
		m.t.Fatal(err)
	}
}

// replies opens a link and answers it as the wallet would by itself.
func (m *meeting) replies(link string) *answer.Reply {
	m.t.Helper()
	inquiry, err := m.r.Open(m.t.Context(), link)
	if err != nil {
		m.t.Fatal(err)
	}
	if host := strings.TrimPrefix(m.desk.URL, "http://"); inquiry.Who.Proven != host || inquiry.Who.Elsewhere() {
		m.t.Errorf("who asks: %+v", inquiry.Who)
	}
	reply, err := m.r.Prepare(m.t.Context(), inquiry, inquiry.Preferred())
	if err != nil {
		m.t.Fatal(err)
	}
	return reply
}

// proofOfData asks for the badge that test schools issue.
const proofOfData = `{"proofOf":{"label":"Data analysis","achievement":["https://school.example/achievements/data"]},"purpose":"To see what you can do."MODE}`

func TestAskedAndAnswered(t *testing.T) {
	school := testissuer.New("school")
	modes := []string{`,"response_mode":"direct_post"`, `,"response_mode":"direct_post.jwt"`}
	forms := map[string]func(m *meeting) []byte{
		"whole": func(m *meeting) []byte {
			return school.Sign(t, school.Badge(&testissuer.Party{ID: m.me.DID})).JSON()
		},
		"token": func(m *meeting) []byte {
			return []byte(school.SignJWT(t, school.Badge(&testissuer.Party{ID: m.me.DID}), proof.SignOptions{}))
		},
	}
	for name, badge := range forms {
		for _, mode := range modes {
			t.Run(name+mode, func(t *testing.T) {
				m := meet(t)
				m.keep(badge(m))
				a := m.asks(strings.Replace(proofOfData, "MODE", mode, 1))
				for _, link := range []string{a.URI, a.Page} { // the QR code of either kind
					if reply := m.replies(link); reply.Inquiry.Who.Name != "Café Nord" || reply.Inquiry.Who.Purpose != "To see what you can do." {
						t.Errorf("what they say: %+v", reply.Inquiry.Who)
					}
				}
				reply, late := m.replies(a.URI), m.replies(a.URI)
				sent, err := m.r.Send(t.Context(), reply)
				if err != nil {
					t.Fatalf("%v: %s", err, fetch.Said(err))
				}
				var result struct {
					State  string
					Report struct{ Verdict, Headline string }
				}
				m.get(http.MethodGet, a.Result, "", http.StatusOK, &result)
				if result.State != "answered" || result.Report.Verdict != "accepted" {
					t.Errorf("the employer sees %+v", result)
				}
				if len(sent.Receipts) != 1 || sent.Receipts[0].Verdict != wallet.Accepted {
					t.Errorf("receipts %+v", sent.Receipts)
				}
				// A question is answered once.
				if _, err := m.r.Send(t.Context(), late); !errors.Is(err, answer.ErrNotTaken) || !errors.Is(err, fetch.ErrStatus) {
					t.Errorf("a second answer: %v", err)
				}
				if _, err := m.r.Open(t.Context(), a.URI); !errors.Is(err, fetch.ErrStatus) {
					t.Errorf("the request after its answer: %v", err)
				}
			})
		}
	}
}

func TestAskedForWhatIsNotThere(t *testing.T) {
	m := meet(t)
	school := testissuer.New("school")
	m.keep(school.Sign(t, school.Badge(&testissuer.Party{ID: m.me.DID})).JSON())
	a := m.asks(`{"proofOf":{"achievement":["https://school.example/achievements/other"]}}`)
	inquiry, err := m.r.Open(t.Context(), a.URI)
	if err != nil || inquiry.Missing == nil {
		t.Fatalf("%+v, %v", inquiry, err)
	}
	if _, err := m.r.Decline(t.Context(), inquiry); err != nil {
		t.Fatalf("%v: %s", err, fetch.Said(err))
	}
	var result struct{ State string }
	for range 20 {
		m.get(http.MethodGet, a.Result, "", http.StatusOK, &result)
		if result.State == "answered" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("after a no the employer sees %q", result.State)
}
