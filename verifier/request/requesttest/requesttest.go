// Package requesttest is a verifier that asks, for tests: a desk over a store in
// memory, with a clock that the test moves, and the people around it.
//
//	s := requesttest.New(t, "https://cafe.example")
//	asked, err := s.Desk.Ask(t.Context(), ask, "")
//	s.Pass(time.Hour)
//	s.Restart(t) // a new process over the same store
//
// It is for tests only: nothing else imports it.
package requesttest

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"laurel/internal/serve"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/request"
	"laurel/verifier/session"
	"laurel/verifier/session/storetest"
)

// Those who take part.
var (
	School = testissuer.New("school") // is on the verifier's list, and gives DataBadge
	Ada    = testissuer.New("ada")    // has earned it
	Eve    = testissuer.New("eve")    // would like to have
)

// DataBadge is the achievement that School.Badge is of.
const DataBadge = "https://school.example/achievements/data"

// Scene is a desk and what it stands on.
type Scene struct {
	Desk  *request.Desk
	Store session.Store

	mu sync.Mutex
	at time.Time
}

// New opens a desk with a did:key at an address. Its clock stands at testissuer.Now.
func New(t testing.TB, address string) *Scene {
	t.Helper()
	s := &Scene{Store: &storetest.Memory{}, at: testissuer.Now}
	identity, err := request.NewIdentity("Café Nord", address, false)
	if err != nil {
		t.Fatal(err)
	}
	s.Desk = &request.Desk{
		Verifier: &verifier.Verifier{
			Keys: testissuer.Keys(), Suites: append(testissuer.Suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{}), Clock: s.Now,
			Trust: &verifier.TrustList{Issuers: []verifier.TrustedIssuer{{ID: School.ID, Name: "The School"}}},
		},
		Identity: identity, URL: address,
	}
	s.Restart(t)
	return s
}

// Restart is a new process over the same store: a desk that remembers only what was
// kept.
func (s *Scene) Restart(t testing.TB) {
	t.Helper()
	book, err := session.Open(t.Context(), session.Options{Store: s.Store, Now: s.Now})
	if err != nil {
		t.Fatal(err)
	}
	s.Desk = &request.Desk{Book: book, Verifier: s.Desk.Verifier, Identity: s.Desk.Identity, URL: s.Desk.URL}
}

// Now is the time of the scene.
func (s *Scene) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

// Pass lets time pass.
func (s *Scene) Pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.at = s.at.Add(d)
}

// Reply is what a server answered.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

// Code is the code of a problem, or "".
func (r Reply) Code() string {
	var p serve.Problem
	_ = json.Unmarshal([]byte(r.Body), &p)
	return p.Code
}

// Do sends a request without following redirects. Headers are names and values in
// turn.
func Do(t testing.TB, method, address, body string, headers ...string) Reply {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return Reply{resp.StatusCode, resp.Header, string(text)}
}
