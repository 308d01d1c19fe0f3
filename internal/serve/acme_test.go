package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// acmeServer is an authority as of RFC 8555, as little of one as gives a
// certificate: it takes every account, looks at the server by TLS-ALPN-01, and
// signs. It does not check signatures: that is its own safety, not ours.
type acmeServer struct {
	*httptest.Server
	authority *authority
	at        string // the server that it looks at for every name

	mu         sync.Mutex
	orders     int
	name       string // of the order under way
	thumbprint string // of the account's key
	checked    error  // what the look gave
	done       bool
	chain      []byte
}

func newACME(t *testing.T) *acmeServer {
	t.Helper()
	s := &acmeServer{authority: newAuthority(t)}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

// payload is the content of a signed request, and its header.
func (s *acmeServer) payload(r *http.Request, into any) error {
	var jws struct{ Protected, Payload string }
	if err := json.NewDecoder(r.Body).Decode(&jws); err != nil {
		return err
	}
	head, err := base64.RawURLEncoding.DecodeString(jws.Protected)
	if err != nil {
		return err
	}
	var protected struct {
		JWK *struct{ Crv, Kty, X, Y string }
	}
	if err := json.Unmarshal(head, &protected); err != nil {
		return err
	}
	if k := protected.JWK; k != nil { // RFC 7638
		sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":%q,"kty":%q,"x":%q,"y":%q}`, k.Crv, k.Kty, k.X, k.Y))
		s.thumbprint = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	text, err := base64.RawURLEncoding.DecodeString(jws.Payload)
	if err != nil || len(text) == 0 || into == nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func (s *acmeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w.Header().Set("Replay-Nonce", fmt.Sprint(time.Now().UnixNano()))
	var answer any
	var err error
	code := http.StatusOK
	switch r.URL.Path {
	case "/":
		answer = map[string]any{"newNonce": s.URL + "/nonce", "newAccount": s.URL + "/account", "newOrder": s.URL + "/order",
			"meta": map[string]any{"termsOfService": s.URL + "/terms"}}
	case "/nonce":
		return
	case "/account":
		err = s.payload(r, nil)
		w.Header().Set("Location", s.URL+"/account/1")
		code, answer = http.StatusCreated, map[string]any{"status": "valid"}
	case "/order":
		var order struct {
			Identifiers []struct{ Type, Value string }
		}
		if err = s.payload(r, &order); err == nil {
			s.name, s.orders, s.done, s.chain = order.Identifiers[0].Value, s.orders+1, false, nil
		}
		code, answer = http.StatusCreated, s.order()
	case "/order/1":
		answer = s.order()
	case "/authorization":
		answer = s.authorization()
	case "/challenge":
		s.look(r.Context())
		answer = s.challenge()
	case "/finalize":
		var final struct{ CSR string }
		if err = s.payload(r, &final); err == nil {
			err = s.issue(final.CSR)
		}
		answer = s.order()
	case "/certificate":
		w.Header().Set("Content-Type", "application/pem-certificate-chain")
		_, _ = w.Write(s.chain)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Location", s.URL+"/order/1")
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *acmeServer) order() map[string]any {
	state := map[bool]string{true: "ready", false: "pending"}[s.done && s.checked == nil]
	out := map[string]any{"authorizations": []string{s.URL + "/authorization"}, "finalize": s.URL + "/finalize",
		"identifiers": []any{map[string]any{"type": "dns", "value": s.name}}}
	if s.chain != nil {
		state, out["certificate"] = "valid", s.URL+"/certificate"
	}
	if s.done && s.checked != nil {
		state = "invalid"
	}
	out["status"] = state
	return out
}

func (s *acmeServer) state() string {
	switch {
	case !s.done:
		return "pending"
	case s.checked != nil:
		return "invalid"
	}
	return "valid"
}

func (s *acmeServer) authorization() map[string]any {
	return map[string]any{"status": s.state(), "identifier": map[string]any{"type": "dns", "value": s.name}, "challenges": []any{s.challenge()}}
}

func (s *acmeServer) challenge() map[string]any {
	out := map[string]any{"type": "tls-alpn-01", "url": s.URL + "/challenge", "token": "a-token", "status": s.state()}
	if s.checked != nil {
		out["error"] = map[string]any{"type": "urn:ietf:params:acme:error:connection", "detail": s.checked.Error()}
	}
	return out
}

// look asks the server what RFC 8737, section 3, asks it.
func (s *acmeServer) look(ctx context.Context) {
	s.done, s.checked = true, nil
	dialer := tls.Dialer{Config: &tls.Config{ServerName: s.name, NextProtos: []string{"acme-tls/1"}, InsecureSkipVerify: true}}
	conn, err := dialer.DialContext(ctx, "tcp", s.at)
	if err != nil {
		s.checked = err
		return
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	sum := sha256.Sum256([]byte("a-token." + s.thumbprint))
	want, err := asn1.Marshal(sum[:])
	if err != nil {
		s.checked = err
		return
	}
	for _, extension := range state.PeerCertificates[0].Extensions {
		if extension.Id.String() == "1.3.6.1.5.5.7.1.31" && bytes.Equal(extension.Value, want) && state.NegotiatedProtocol == "acme-tls/1" {
			return
		}
	}
	s.checked = errors.New("the server does not answer for this account")
}

func (s *acmeServer) issue(request string) error {
	der, err := base64.RawURLEncoding.DecodeString(request)
	if err != nil {
		return err
	}
	csr, err := x509.ParseCertificateRequest(der)
	if err != nil || csr.CheckSignature() != nil || len(csr.DNSNames) != 1 || csr.DNSNames[0] != s.name {
		return fmt.Errorf("a request for %v: %w", csr, err)
	}
	leaf, err := s.authority.sign(s.name, csr.PublicKey)
	if err != nil {
		return err
	}
	for _, der := range [][]byte{leaf, s.authority.cert.Raw} {
		s.chain = append(s.chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	return nil
}

// TestACME gets a certificate as a server does, serves with it, and starts again
// with what lies in the folder; nothing there is for others to read.
func TestACME(t *testing.T) {
	ca := newACME(t)
	cache := filepath.Join(t.TempDir(), "acme")
	begin := func() (*Issuance, *http.Client) {
		issuance := ACME{Host: "verify.example", Cache: cache, Directory: ca.URL + "/", Email: "it@verify.example"}.Start()
		at := startTLS(t, issuance.TLS(), Health(), Options{})
		ca.mu.Lock()
		ca.at = at
		ca.mu.Unlock()
		dial := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: ca.authority.roots(), ServerName: "verify.example"}, ForceAttemptHTTP2: true}
		t.Cleanup(dial.CloseIdleConnections)
		return issuance, &http.Client{Transport: dial, Timeout: 10 * time.Second}
	}
	visit := func(client *http.Client) string {
		t.Helper()
		resp, err := client.Get("https://" + ca.at + "/healthz")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, _ := io.ReadAll(resp.Body)
		return resp.Proto + " " + string(body)
	}
	issuance, client := begin()
	until, err := issuance.Warm(t.Context())
	if err != nil || until.Before(time.Now()) {
		t.Fatalf("the first certificate: until %v, %v", until, err)
	}
	if got := visit(client); !strings.HasPrefix(got, `HTTP/2.0 {"status":"ok"}`) {
		t.Errorf("got %q", got)
	}
	if _, err := tls.Dial("tcp", ca.at, &tls.Config{ServerName: "other.example", InsecureSkipVerify: true}); err == nil {
		t.Error("another name got a certificate")
	}
	again, client := begin()
	if _, err := again.Warm(t.Context()); err != nil {
		t.Fatal(err)
	}
	visit(client)
	if ca.orders != 1 {
		t.Errorf("%d certificates were ordered, want 1", ca.orders)
	}
	files, err := os.ReadDir(cache)
	if err != nil || len(files) < 2 {
		t.Fatalf("%d files in the folder, %v", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(cache); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder has mode %v, %v", info.Mode(), err)
	}
}

// TestACMEWithoutAnAnswer: an authority that cannot reach the server, and one
// that cannot be reached, give an error that an operator sees.
func TestACMEWithoutAnAnswer(t *testing.T) {
	ca := newACME(t)
	ca.at = "127.0.0.1:1"
	for name, directory := range map[string]string{"it reaches nobody": ca.URL + "/", "nobody reaches it": "http://127.0.0.1:1/"} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			issuance := ACME{Host: "verify.example", Cache: outliving(t), Directory: directory}.Start()
			if _, err := issuance.Warm(ctx); !errors.Is(err, ErrAuthority) && !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (ACME{Host: "verify.example", Cache: outliving(t), Directory: ca.URL + "/"}).Start().Warm(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a server that stops: %v", err)
	}
}

// outliving is a folder for a request that nobody waits for any more: it may still
// write there while the test ends, which t.TempDir takes for a failure.
func outliving(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "acme-*")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}
