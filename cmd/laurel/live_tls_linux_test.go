package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// serveTLS is a verifier with a certificate for localhost, which client trusts.
func serveTLS(t *testing.T) (p *product, client *tls.Config) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	draft := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, draft, draft, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir, roots := t.TempDir(), x509.NewCertPool()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	roots.AppendCertsFromPEM(text)
	err = errors.Join(os.WriteFile(certFile, text, 0o600), os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}), 0o600))
	if err != nil {
		t.Fatal(err)
	}
	p = &product{TB: t, folder: filepath.Join(t.TempDir(), "verifier")}
	client = &tls.Config{RootCAs: roots, ServerName: "localhost", MinVersion: tls.VersionTLS12}
	port := freePort(t)
	p.url = "https://localhost:" + port
	p.client = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{TLSClientConfig: client.Clone(), ForceAttemptHTTP2: true}}
	mustRun(t, p.command("verifier", "init", "--unsafe-fast", "--name", "Café Nord", "--url", p.url, "--did", "key"))
	p.start("verifier", "serve", "--unsafe-loopback", "--listen", "127.0.0.1:"+port, "--tls-cert", certFile, "--tls-key", keyFile)
	return p, client
}

// speak opens a connection of HTTP/2 by hand.
func speak(t *testing.T, p *product, client *tls.Config) (*tls.Conn, *http2.Framer) {
	t.Helper()
	own := client.Clone()
	own.NextProtos = []string{"h2"}
	conn, err := (&tls.Dialer{Config: own}).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "https://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	framer := http2.NewFramer(conn, conn)
	_, err = io.WriteString(conn, http2.ClientPreface)
	if err := errors.Join(err, conn.SetDeadline(time.Now().Add(10*time.Second)), framer.WriteSettings()); err != nil {
		t.Fatal(err)
	}
	return conn.(*tls.Conn), framer
}

// head is a request as HPACK has it.
func head(t *testing.T, more ...hpack.HeaderField) []byte {
	t.Helper()
	var out bytes.Buffer
	encoder := hpack.NewEncoder(&out)
	for _, f := range append([]hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":authority", Value: "localhost"}, {Name: ":path", Value: "/"}}, more...) {
		if err := encoder.WriteField(f); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// TestL33RapidReset: streams that are opened and reset as fast as the line allows, heads
// that never end, and heads that unpack to megabytes cost an honest client nothing.
func TestL33RapidReset(t *testing.T) {
	p, client := serveTLS(t)
	before := p.memory("VmHWM")
	honest := func(when string) {
		t.Helper()
		begin := time.Now()
		got := p.do("GET", "/", "", "Accept", browsing)
		if took := time.Since(begin); got.status != http.StatusOK || took > 2*time.Second {
			t.Errorf("%s: an honest client got %d after %v", when, got.status, took)
		}
	}
	honest("before")

	conn, framer := speak(t, p, client)
	go func() { _, _ = io.Copy(io.Discard, conn) }() // until the connection ends
	block, opened := head(t), 0
	for id := uint32(1); opened < 20_000; opened, id = opened+1, id+2 {
		if framer.WriteHeaders(http2.HeadersFrameParam{StreamID: id, BlockFragment: block, EndStream: true, EndHeaders: true}) != nil || framer.WriteRSTStream(id, http2.ErrCodeCancel) != nil {
			break
		}
	}
	t.Logf("%d streams were reset", opened)
	if opened < 100 {
		t.Errorf("only %d streams were opened: is this still an attack?", opened)
	}
	honest("after resets")

	conn, framer = speak(t, p, client)
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: head(t)})
	sent := 0
	for piece := head(t, hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 8<<10)}); err == nil && sent < 64*megabyte; sent += len(piece) {
		err = framer.WriteContinuation(1, false, piece)
	}
	if err == nil {
		t.Errorf("a head without an end was listened to for %d MB", sent/megabyte)
	}
	honest("after a head without an end")

	// One field of 4 kB, and then a byte for each time that it is repeated.
	conn, framer = speak(t, p, client)
	bomb := append(head(t, hpack.HeaderField{Name: "x", Value: strings.Repeat("y", 3900)}), bytes.Repeat([]byte{0x80 | 62}, 8000)...)
	if err := framer.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: bomb, EndStream: true, EndHeaders: true}); err != nil {
		t.Fatal(err)
	}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			break // it hung up, which is as good
		}
		if h, ok := frame.(*http2.HeadersFrame); ok {
			fields, err := hpack.NewDecoder(4096, nil).DecodeFull(h.HeaderBlockFragment())
			if err != nil || fields[0].Value != "431" {
				t.Errorf("a head that unpacks to 31 MB: %v, %v", fields, err)
			}
			break
		}
	}
	_ = conn.Close()
	honest("after a head that unpacks to much")

	grown := p.memory("VmHWM") - before
	t.Logf("at its peak the process grew by %d kB", grown>>10)
	if grown > 48*megabyte {
		t.Errorf("the process grew by %d MB", grown/megabyte)
	}
}

// TestTLSAlone: with a certificate there is nothing to be had without it, or below what
// TLS 1.2 protects, and browsers are told to remember that.
func TestTLSAlone(t *testing.T) {
	p, client := serveTLS(t)
	if got := p.do("GET", "/", "", "Accept", browsing).header.Get("Strict-Transport-Security"); got == "" {
		t.Error("browsers are not told to come by TLS")
	}
	old := client.Clone()
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	address := strings.TrimPrefix(p.url, "https://")
	if conn, err := (&tls.Dialer{Config: old}).DialContext(t.Context(), "tcp", address); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is spoken")
	}
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
	answer, readErr := io.ReadAll(io.LimitReader(conn, 4096))
	if err := errors.Join(err, readErr); err != nil || bytes.Contains(answer, []byte("200 OK")) {
		t.Errorf("without TLS: %q, %v", answer, err)
	}
}
