package testissuer

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"net/url"
	"testing"
	"time"
)

// Authority is a certificate authority for tests, with a root and an authority
// below it that certifies.
type Authority struct {
	Root, Below *x509.Certificate
	key         crypto.Signer // of Below
}

// NewAuthority makes the authority whose keys follow from its name. Its
// certificates are valid from a year before Now to ten years after.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	key := func(of string) crypto.Signer {
		seed := sha256.Sum256([]byte("laurel test authority " + name + of))
		return ed25519.NewKeyFromSeed(seed[:])
	}
	draft := func(cn string, number int64) *x509.Certificate {
		return &x509.Certificate{
			SerialNumber: big.NewInt(number), Subject: pkix.Name{CommonName: cn},
			NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.AddDate(10, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
	}
	root := draft(name, 1)
	a := &Authority{key: key(" below")}
	a.Root = signCertificate(t, root, root, key("").Public(), key(""))
	a.Below = signCertificate(t, draft(name+" below", 2), a.Root, a.key.Public(), key(""))
	return a
}

// Draft is a certificate for signing, for a year before Now to a year after, that
// names a URI and a host; either may be empty.
func Draft(uri, host string) *x509.Certificate {
	c := &x509.Certificate{
		SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "Issuer"},
		NotBefore: Now.AddDate(-1, 0, 0), NotAfter: Now.Add(365 * 24 * time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if u, err := url.Parse(uri); err == nil && uri != "" {
		c.URIs = []*url.URL{u}
	}
	if host != "" {
		c.DNSNames = []string{host}
	}
	return c
}

// Certify makes the x5c of a key: its certificate, and that of the authority below
// the root.
func (a *Authority) Certify(t testing.TB, draft *x509.Certificate, public crypto.PublicKey) string {
	t.Helper()
	leaf := signCertificate(t, draft, a.Below, public, a.key)
	b64 := base64.StdEncoding.EncodeToString
	return `["` + b64(leaf.Raw) + `","` + b64(a.Below.Raw) + `"]`
}

// Roots has the root alone.
func (a *Authority) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.Root)
	return pool
}

// PEM is the root as a file has it.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Root.Raw})
}

func signCertificate(t testing.TB, draft, by *x509.Certificate, public crypto.PublicKey, key crypto.Signer) *x509.Certificate {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, draft, by, public, key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
