package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/testissuer"
)

// TestOrdersComeByTheBackDoor: an issuer that strangers reach, here by TLS, takes
// no orders at that door, whatever token they come with; the other verbs work
// through one of their own.
func TestOrdersComeByTheBackDoor(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	folder := filepath.Join(dir, "issuer")
	t.Setenv("LAUREL_ISSUER", folder)
	t.Setenv("LAUREL_PASSPHRASE_FILE", file("passphrase", []byte(testPassphrase+"\n")))
	template := file("template.json", []byte(`{"type":"laurel/template/v1","id":"a","achievement":{"name":"A","description":"B","criteria":{"narrative":"C"}}}`))
	for _, args := range [][]string{
		{"issuer", "init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"},
		{"issuer", "template", "add", template},
	} {
		if code, _, stderr := inside(args...); code != terminal.OK {
			t.Fatal(stderr)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	self := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"x.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, self, self, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert := file("cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	keyFile := file("key.pem", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	address := "127.0.0.1:" + freePort(t)
	var said bytes.Buffer
	go func() {
		e := &terminal.Env{Context: ctx, Stdin: strings.NewReader(""), Stdout: io.Discard, Stderr: &said, Now: time.Now}
		ended <- run([]string{"issuer", "serve", "--listen", address, "--tls-cert", cert, "--tls-key", keyFile}, e)
	}()
	var desk struct{ URL, Token string }
	for range 400 {
		if text, err := os.ReadFile(filepath.Join(folder, "serve.json")); err == nil && json.Unmarshal(text, &desk) == nil {
			break
		}
		time.Sleep(25 * time.Millisecond)
	}
	if strings.Contains(desk.URL, address) || !strings.HasPrefix(desk.URL, "http://127.0.0.1:") {
		t.Errorf("the desk is at %q, the door at %s", desk.URL, address)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 10 * time.Second}
	defer client.CloseIdleConnections()
	ask := func(url, token string) int {
		t.Helper()
		method := http.MethodGet
		if token != "" {
			method = http.MethodPost
		}
		r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(""))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp.StatusCode
	}
	if got := ask("https://"+address+"/.well-known/did.json", ""); got != http.StatusOK {
		t.Errorf("the keys: %d", got)
	}
	if got := ask("https://"+address+"/admin/keys", desk.Token); got != http.StatusUnauthorized && got != http.StatusNotFound {
		t.Errorf("an order at the public door: %d", got)
	}
	if got := ask(desk.URL+"/admin/keys", strings.Repeat("0", 64)); got != http.StatusUnauthorized {
		t.Errorf("an order with another token: %d", got)
	}
	code, badge, stderr := inside("issuer", "issue", "a", testissuer.New("learner").ID)
	if code != terminal.OK || !strings.Contains(badge, "did:web:x.example") {
		t.Errorf("issuing through the desk: %d\n%s", code, stderr)
	}
	stop()
	if code := <-ended; code != terminal.OK {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
	if _, err := os.Stat(filepath.Join(folder, "serve.json")); err == nil {
		t.Error("the address of the desk was left behind")
	}
}
