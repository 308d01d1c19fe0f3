package serve

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// authority signs certificates of tests.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	next int64
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "an authority of tests"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{key: key, cert: cert, next: 2}
}

func (a *authority) roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	return pool
}

// sign gives a certificate for a name and a public key.
func (a *authority) sign(name string, public any) ([]byte, error) {
	a.next++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.next), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(12 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	return x509.CreateCertificate(rand.Reader, template, a.cert, public, a.key)
}

// pair writes a certificate for a name, and its key, and returns its number.
func (a *authority) pair(t testing.TB, name, certFile, keyFile string) *big.Int {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := a.sign(name, key.Public())
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, certFile, "CERTIFICATE", der, 0o644)
	writePEM(t, keyFile, "PRIVATE KEY", secret, 0o600)
	return big.NewInt(a.next)
}

func writePEM(t testing.TB, path, kind string, der []byte, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode); err != nil {
		t.Fatal(err)
	}
}

// startTLS runs a server with a certificate, as start does without.
func startTLS(t *testing.T, config *tls.Config, h http.Handler, opt Options) (address string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	startOn(t, tls.NewListener(ln, config), h, opt)
	return ln.Addr().String()
}

// shown is the number of the certificate that a server shows, and the protocol
// that it speaks.
func shown(t *testing.T, address string, config *tls.Config) (serial *big.Int, protocol string) {
	t.Helper()
	conn, err := tls.Dial("tcp", address, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	state := conn.ConnectionState()
	return state.PeerCertificates[0].SerialNumber, state.NegotiatedProtocol
}

// TestKeyPairIsReadAgain: a certificate that was renewed is shown to the next
// visitor, and one that was written by half is not.
func TestKeyPairIsReadAgain(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := a.pair(t, "verify.example", cert, key)
	var said bytes.Buffer
	pair, err := LoadKeyPair(cert, key, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	pair.now = func() time.Time { return now }
	address := startTLS(t, pair.TLS(), Health(), Options{})
	client := &tls.Config{RootCAs: a.roots(), ServerName: "verify.example", NextProtos: []string{"h2"}}
	if got, protocol := shown(t, address, client); got.Cmp(first) != 0 || protocol != "h2" {
		t.Errorf("certificate %v over %q, want %v over h2", got, protocol, first)
	}
	stamp := func(at time.Time) {
		t.Helper()
		for _, name := range []string{cert, key} {
			if err := os.Chtimes(name, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}

	if err := os.WriteFile(key, []byte("half a key"), 0o600); err != nil {
		t.Fatal(err)
	}
	stamp(now.Add(time.Second))
	now = now.Add(2 * lookEvery)
	if got, _ := shown(t, address, client); got.Cmp(first) != 0 || !strings.Contains(said.String(), "the old one stays") {
		t.Errorf("after half a key: certificate %v, want %v; said %q", got, first, said.String())
	}
	second := a.pair(t, "verify.example", cert, key)
	stamp(now.Add(time.Second))
	if got, _ := shown(t, address, client); got.Cmp(first) != 0 {
		t.Errorf("it looks at the files for every visitor: certificate %v", got)
	}
	now = now.Add(2 * lookEvery)
	if got, _ := shown(t, address, client); got.Cmp(second) != 0 || pair.Leaf().SerialNumber.Cmp(second) != 0 {
		t.Errorf("certificate %v, want the new one %v", got, second)
	}
}

// TestKeyPairsThatAreRefused: what browsers could not use, and a key for all to
// read, is refused when the server starts.
func TestKeyPairsThatAreRefused(t *testing.T) {
	a, dir := newAuthority(t), t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	a.pair(t, "a.example", path("a.pem"), path("a.key"))
	a.pair(t, "b.example", path("b.pem"), path("b.key"))
	a.pair(t, "c.example", path("c.pem"), path("c.key"))
	if err := os.Chmod(path("c.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path("junk"), []byte("junk"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, cert, key string }{
		{"no certificate", "x.pem", "a.key"},
		{"no key", "a.pem", "x.key"},
		{"the key of another", "a.pem", "b.key"},
		{"a key for all to read", "c.pem", "c.key"},
		{"no PEM", "junk", "a.key"},
		{"a key that is none", "a.pem", "junk"},
		{"the files exchanged", "a.key", "a.pem"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if pair, err := LoadKeyPair(path(tt.cert), path(tt.key), nil); !errors.Is(err, ErrCertificate) || pair != nil {
				t.Errorf("got %v, %v", pair, err)
			}
		})
	}
}

// TestStrictTransport: only who came by TLS is told to stay there; over plain
// http the header means nothing, and a machine that has TLS no more would be
// locked out.
func TestStrictTransport(t *testing.T) {
	for _, tt := range []struct {
		url, want string
	}{{"http://a.example/", ""}, {"https://a.example/", strictTransport}} {
		rec := httptest.NewRecorder()
		StrictTransport(Health()).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, tt.url, nil))
		if got := rec.Header().Get("Strict-Transport-Security"); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.url, got, tt.want)
		}
	}
}
