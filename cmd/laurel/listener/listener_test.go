package listener

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/terminal"
)

// certificate writes a certificate that signed itself, for a name, and its key.
func certificate(t *testing.T, name string, until time.Time) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{name}, NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, secret.Public(), secret)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		text := pem.EncodeToMemory(block)
		pool.AppendCertsFromPEM(text) // of the two, the certificate
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key, pool
}

func server(public string) Server {
	s := Server{Name: "The verifier", Opens: "have badges checked", Usual: "127.0.0.1:0", Folder: "folder"}
	if public != "" {
		s.Public = &url.URL{Scheme: "https", Host: public}
	}
	return s
}

// world is a person's screen and a clock.
func world(t *testing.T) (*terminal.Env, *bytes.Buffer) {
	var said bytes.Buffer
	return &terminal.Env{Context: t.Context(), Stdout: io.Discard, Stderr: &said, Now: time.Now}, &said
}

// TestFlagsThatContradict: nothing is opened, and the person learns what to do.
func TestFlagsThatContradict(t *testing.T) {
	cert, key, _ := certificate(t, "verify.example", time.Now().Add(time.Hour))
	local := server("")
	local.Public = &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	homeless := server("verify.example")
	homeless.Folder = ""
	for _, tt := range []struct {
		name   string
		flags  Address
		server Server
		want   string
	}{
		{"a certificate without its key", Address{TLSCert: cert}, server(""), "--tls-cert and --tls-key go together"},
		{"a key without its certificate", Address{TLSKey: key}, server(""), "--tls-cert and --tls-key go together"},
		{"a certificate twice", Address{TLSCert: cert, TLSKey: key, ACME: true}, server("verify.example"), "choose"},
		{"acme in the local network", Address{LAN: true, ACME: true}, server("verify.example"), "no authority can look"},
		{"two places", Address{LAN: true, Listen: "127.0.0.1:0"}, server(""), "both say where"},
		{"acme without a name", Address{ACME: true, ACMETerms: true}, server(""), "--public-url https://NAME"},
		{"acme for this machine", Address{ACME: true, ACMETerms: true}, local, "is for an https address"},
		{"acme for a number", Address{ACME: true, ACMETerms: true}, server("203.0.113.9"), "is an address"},
		{"acme without a word", Address{ACME: true}, server("verify.example"), "--acme-accept-terms"},
		{"acme without a folder", Address{ACME: true, ACMETerms: true, Listen: "127.0.0.1:0"}, homeless, "--acme-cache"},
		{"an authority without TLS", Address{ACME: true, ACMETerms: true, Listen: "127.0.0.1:0", ACMEDirectory: "http://ca.example/"}, server("verify.example"), "no https address"},
		{"no address", Address{Listen: "8080"}, server(""), "no address to listen at"},
		{"a certificate that is not there", Address{TLSCert: cert + "x", TLSKey: key}, server(""), "name the files that your certificate came in"},
		{"a place that is not ours", Address{Listen: "192.0.2.1:80"}, server(""), "cannot listen"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, said := world(t)
			door, err := tt.flags.Open(e, tt.server)
			if door != nil || e.Finish(err) != terminal.BadUsage || !strings.Contains(said.String(), tt.want) {
				t.Errorf("door %v, and no %q in %q", door, tt.want, said.String())
			}
		})
	}
}

// TestWhatIsToldOfADoor: a person learns who can come in, and who can read along.
func TestWhatIsToldOfADoor(t *testing.T) {
	soon := time.Now().Add(time.Hour)
	cert, key, _ := certificate(t, "verify.example", soon)
	old, oldKey, _ := certificate(t, "verify.example", time.Now().Add(-time.Hour))
	for _, tt := range []struct {
		name    string
		flags   Address
		public  string
		want    []string
		without []string
	}{
		{"this machine", Address{}, "", []string{"The verifier is at http://127.0.0.1:"}, []string{"read along", "Others"}},
		{"behind a proxy here", Address{}, "verify.example", []string{"is at http://127.0.0.1:", "Others reach it at https://verify.example, through the proxy"}, []string{"read along"}},
		{"everywhere", Address{Listen: "0.0.0.0:0"}, "", []string{"can have badges checked", "Without TLS, others on the way can read along and change"}, nil},
		{"behind a proxy elsewhere", Address{Listen: "0.0.0.0:0", TrustedProxy: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}, "verify.example",
			[]string{"is at https://verify.example", "past the proxy", "read along"}, nil},
		{"with a certificate", Address{Listen: "0.0.0.0:0", TLSCert: cert, TLSKey: key}, "verify.example", []string{"is at https://verify.example"}, []string{"read along", "refuse"}},
		{"with a certificate, no name", Address{TLSCert: cert, TLSKey: key}, "", []string{"is at https://127.0.0.1:"}, []string{"read along"}},
		{"with another's certificate", Address{TLSCert: cert, TLSKey: key}, "jobs.example", []string{"is not for jobs.example"}, nil},
		{"with an old certificate", Address{TLSCert: old, TLSKey: oldKey}, "verify.example", []string{"ended on"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, said := world(t)
			door, err := tt.flags.Open(e, server(tt.public))
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if err := errors.Join(door.Close(), door.Close()); err != nil {
					t.Error(err)
				}
			}()
			for _, want := range tt.want {
				if !strings.Contains(said.String(), want) {
					t.Errorf("no %q in %q", want, said.String())
				}
			}
			for _, no := range tt.without {
				if strings.Contains(said.String(), no) {
					t.Errorf("%q in %q", no, said.String())
				}
			}
		})
	}
}

// TestLAN: the words name the network and what others there can do and read. A
// machine that is in none says so.
func TestLAN(t *testing.T) {
	e, said := world(t)
	door, err := Address{LAN: true}.Open(e, server("verify.example"))
	if err != nil {
		if code := e.Finish(err); code != terminal.Failed || !strings.Contains(said.String(), "no address in a local network") {
			t.Errorf("%d %s", code, said.String())
		}
		return
	}
	defer func() { _ = door.Close() }()
	for _, want := range []string{"is at http://", "Everybody in the local network of this machine", "have badges checked", "can read along"} {
		if !strings.Contains(said.String(), want) {
			t.Errorf("no %q in %q", want, said.String())
		}
	}
	if door.Local || door.TLS || strings.Contains(door.URL, "127.0.0.1") || strings.Contains(door.URL, "verify.example") {
		t.Errorf("%+v", door)
	}
}

func TestParsePublic(t *testing.T) {
	for text, want := range map[string]string{
		"https://verify.example":       "https://verify.example",
		"https://verify.example/":      "https://verify.example",
		"https://Verify.Example:8443":  "https://verify.example:8443",
		"http://127.0.0.1:8080":        "http://127.0.0.1:8080",
		"http://localhost:8080":        "http://localhost:8080",
		"http://192.168.1.20:8080":     "http://192.168.1.20:8080",
		"http://verify.example":        "",
		"http://203.0.113.9":           "",
		"https://verify.example/check": "",
		"https://verify.example/?x":    "",
		"https://verify.example/#x":    "",
		"https://me@verify.example":    "",
		"verify.example":               "",
		"ftp://verify.example":         "",
		"https://":                     "",
		"https://[":                    "",
		"":                             "",
	} {
		got, err := ParsePublic(text)
		if want == "" {
			if err == nil || got != nil {
				t.Errorf("%q was taken as %v", text, got)
			}
			continue
		}
		if err != nil || got.String() != want {
			t.Errorf("%q: %v, %v; want %s", text, got, err, want)
		}
	}
}

// TestServe: over TLS, with the header that keeps browsers there, and metrics for
// this machine.
func TestServe(t *testing.T) {
	cert, key, pool := certificate(t, "verify.example", time.Now().Add(time.Hour))
	e, _ := world(t)
	ctx, stop := context.WithCancel(t.Context())
	e.Context = ctx
	door, err := Address{TLSCert: cert, TLSKey: key}.Open(e, server("verify.example"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	routes := http.NewServeMux()
	routes.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "figures") })
	go func() { ended <- door.Serve(e, routes, slog.New(slog.DiscardHandler)) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "verify.example"}}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	for forwarded, want := range map[string]int{"": http.StatusOK, "203.0.113.9": http.StatusNotFound} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+door.Addr().String()+"/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want || resp.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("forwarded for %q: %d, headers %v", forwarded, resp.StatusCode, resp.Header)
		}
	}
	stop()
	if err := errors.Join(<-ended, door.Close()); err != nil {
		t.Error(err)
	}
}
