package serve

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// LetsEncrypt is the directory of the authority that gives certificates to
// everybody.
const LetsEncrypt = autocert.DefaultACMEDirectory

const (
	// authorityTimeout is for one request to the authority. A busy one takes
	// seconds; the whole order has five minutes.
	authorityTimeout = 30 * time.Second
	// warmWithin is for the first certificate. autocert itself gives up then.
	warmWithin = 5 * time.Minute
)

// ErrAuthority says that no certificate could be got.
var ErrAuthority = errors.New("the authority gave no certificate")

// ACME gets a certificate for one name from an authority, by RFC 8555, and
// renews it 30 days before it ends. The authority looks at the server itself:
// port 443 of the name, by TLS-ALPN-01 (RFC 8737). No other port is needed.
//
// Whoever uses it agrees to the terms of the authority, so it is for the caller
// to ask.
type ACME struct {
	Host      string // the name; connections for any other get no certificate
	Cache     string // folder for the account's key and the certificates; made with mode 0700
	Email     string // where the authority writes when something is wrong; may be empty
	Directory string // the authority's address; "" means LetsEncrypt

	// Proxy is the way out to the authority; nil goes there directly. This is the
	// one connection that a server makes by itself besides those of internal/fetch:
	// to an address that its operator chose, never to one that a stranger named.
	Proxy *url.URL
}

// Issuance is a certificate under way or there. Make it with ACME.Start.
type Issuance struct {
	manager *autocert.Manager
	host    string
}

// Start prepares to get certificates; the first is got when somebody comes, or
// by Warm.
func (a ACME) Start() *Issuance {
	client := &acme.Client{
		DirectoryURL: a.Directory,
		UserAgent:    "laurel",
		HTTPClient: &http.Client{
			Timeout:   authorityTimeout,
			Transport: &http.Transport{Proxy: http.ProxyURL(a.Proxy), ForceAttemptHTTP2: true, TLSHandshakeTimeout: authorityTimeout},
		},
	}
	if a.Directory == "" {
		client.DirectoryURL = LetsEncrypt
	}
	return &Issuance{host: a.Host, manager: &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(a.Cache),
		HostPolicy: autocert.HostWhitelist(a.Host),
		Client:     client,
		Email:      a.Email,
	}}
}

// TLS is a configuration that shows the certificate to those who ask for its
// name, and answers the authority's question.
func (i *Issuance) TLS() *tls.Config {
	c := i.manager.TLSConfig()
	c.MinVersion = tls.VersionTLS12
	return c
}

// Warm gets the certificate now, so that an operator sees at once what is wrong,
// and no visitor waits. The server must be answering. It returns when the
// certificate ends; the error is ErrAuthority, or that of ctx.
func (i *Issuance) Warm(ctx context.Context) (until time.Time, err error) {
	ctx, cancel := context.WithTimeout(ctx, warmWithin)
	defer cancel()
	type result struct {
		cert *tls.Certificate
		err  error
	}
	got := make(chan result, 1)
	go func() { // autocert has a timeout of its own, and no context
		cert, err := i.manager.GetCertificate(&tls.ClientHelloInfo{
			ServerName:       i.host,
			SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			SupportedCurves:  []tls.CurveID{tls.CurveP256},
			CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		})
		got <- result{cert, err}
	}()
	select {
	case <-ctx.Done():
		return time.Time{}, ctx.Err()
	case r := <-got:
		if r.err != nil {
			return time.Time{}, fmt.Errorf("%w for %s: %w", ErrAuthority, i.host, r.err)
		}
		return r.cert.Leaf.NotAfter, nil
	}
}
