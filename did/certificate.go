package did

import (
	"crypto"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"laurel/internal/strictjson"
)

// maxCertificates bounds a chain in a header. Honest ones have one to three; the
// header itself is bounded by internal/jose.
const maxCertificates = 8

var (
	// ErrUntrusted says that certificates lead to none of the roots that are set up
	// here.
	ErrUntrusted = errors.New("the certificates lead to no root that is trusted here")
	// ErrNotNamed says that a certificate was made for somebody else.
	ErrNotNamed = errors.New("the certificate is for somebody else")
)

// Certified finds the key of an issuer in the certificates that came with what it
// signed (SD-JWT VC, section 2.5, "Inline X.509 Certificates"): the chain must lead
// to one of the roots at that time, and the first certificate must name the issuer.
// A certificate by itself says nothing: anybody can make one. It wraps ErrUntrusted,
// ErrNotNamed, ErrNotAuthorized, ErrKeyExpired, ErrKeyInvalid or ErrLimit.
func Certified(x5c strictjson.Value, issuer string, roots *x509.CertPool, at time.Time) (*Method, *Document, error) {
	chain, err := ReadCertificates(x5c)
	if err != nil {
		return nil, nil, err
	}
	leaf := chain[0]
	key, verified, err := CertifiedKey(chain, roots, at)
	if err != nil {
		return nil, nil, err
	}
	if !vouchesFor(leaf, issuer) {
		return nil, nil, fmt.Errorf("%w: it is for %s, not %s", ErrNotNamed, strictjson.Clip(strings.Join(names(leaf), ", ")), strictjson.Clip(issuer))
	}
	sum := sha256.Sum256(leaf.Raw)
	method := &Method{
		ID: issuer + "#x5t-S256-" + base64.RawURLEncoding.EncodeToString(sum[:]), Type: "X.509", Controller: issuer, Key: key,
		Chain: verified,
	}
	return method, &Document{ID: issuer, Methods: []Method{*method}}, nil
}

// CertifiedKey is the key of the first certificate of a chain, which must lead to one
// of the roots at that time and be for signing. What it is the key of, its names say.
// It wraps ErrUntrusted, ErrNotAuthorized, ErrKeyExpired or what ParseJWK does.
func CertifiedKey(chain []*x509.Certificate, roots *x509.CertPool, at time.Time) (key crypto.PublicKey, verified []*x509.Certificate, err error) {
	leaf := chain[0]
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	// Whatever the certificate was made for besides: what counts is that the roots
	// were set up for this.
	chains, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: between, CurrentTime: at, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	if err != nil {
		return nil, nil, chainError(err)
	}
	if leaf.IsCA || leaf.KeyUsage != 0 && leaf.KeyUsage&x509.KeyUsageDigitalSignature == 0 {
		return nil, nil, fmt.Errorf("%w: the certificate is for other uses than signing", ErrNotAuthorized)
	}
	jwk, err := FormatJWK(leaf.PublicKey)
	if err != nil {
		return nil, nil, err
	}
	if key, err = ParseJWK(jwk); err != nil { // the rules for keys that every other key is held to
		return nil, nil, err
	}
	return key, chains[0], nil
}

// ReadCertificates reads x5c: "each string in the array is a base64-encoded […] DER
// PKIX certificate value", the signer's first (RFC 7515, section 4.1.6). It wraps ErrKeyInvalid or ErrLimit.
func ReadCertificates(v strictjson.Value) ([]*x509.Certificate, error) {
	if v.Kind() != strictjson.List || len(v.Elems()) == 0 {
		return nil, fmt.Errorf("%w: x5c is no list of certificates", ErrKeyInvalid)
	}
	if len(v.Elems()) > maxCertificates {
		return nil, fmt.Errorf("%w: %d certificates, at most %d are read", ErrLimit, len(v.Elems()), maxCertificates)
	}
	var chain []*x509.Certificate
	for i, e := range v.Elems() {
		text := e.Str()
		der, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil || strings.ContainsAny(text, "\r\n") {
			return nil, fmt.Errorf("%w: x5c[%d] is not base64", ErrKeyInvalid, i)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("%w: x5c[%d]: %v", ErrKeyInvalid, i, err)
		}
		chain = append(chain, c)
	}
	return chain, nil
}

// chainError tells certificates that ended from those of strangers and from those
// that break a rule.
func chainError(err error) error {
	var stranger x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, &stranger):
		return fmt.Errorf("%w: %v", ErrUntrusted, err)
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Errorf("%w: %v", ErrKeyExpired, err)
	}
	return fmt.Errorf("%w: %v", ErrNotAuthorized, err)
}

// vouchesFor reports whether a certificate was made for this issuer: a URI among
// its names is the issuer's identifier, or a DNS name the host of its https URL. A
// name with a wildcard counts for nobody, since it was made for many.
func vouchesFor(c *x509.Certificate, issuer string) bool {
	for _, u := range c.URIs {
		if u.String() == issuer {
			return true
		}
	}
	u, err := url.Parse(issuer)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		return false
	}
	for _, name := range c.DNSNames {
		if strings.EqualFold(name, u.Hostname()) {
			return true
		}
	}
	return false
}

// names are those that a certificate was made for.
func names(c *x509.Certificate) []string {
	var all []string
	for _, u := range c.URIs {
		all = append(all, u.String())
	}
	return append(all, c.DNSNames...)
}
