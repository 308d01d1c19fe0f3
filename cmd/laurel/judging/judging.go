// Package judging wires the one verify function to the command line: what a verb
// may reach of the network, which proofs this program accepts, whom it trusts,
// and which exit code a verdict has.
//
// Every verb that judges embeds [Flags]; one that only fetches embeds [Reach]:
//
//	type recheckCmd struct {
//		judging.Flags `embed:""`
//		File string `arg:""`
//	}
//
//	func (c recheckCmd) Run(e *terminal.Env) error {
//		v, err := c.Verifier(e)
//		…
//		report, err := v.Verify(e.Context, data, verifier.Expectation{})
//		…
//		return judging.ExitFor(report)
//	}
//
// A learner's verbs ask through [Flags.AsEmployer], so that they see what an
// employer would see. A new cryptosuite or DID method is listed here and nowhere
// else: in [Suites], [Reach.Reading] or [Reach.Resolver].
package judging

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

// Reach says what a verb may reach of the network, and how the clock stands.
// Every verb that resolves or fetches embeds it.
type Reach struct {
	Bundle         []string `placeholder:"PATH" help:"Folder or zip with saved status lists and DID documents; may be given more than once."`
	HolderBundle   []string `placeholder:"PATH" help:"The same, brought by the holder: only its signed status lists count."`
	Offline        bool     `help:"Reach nothing but the bundles."`
	EgressProxy    string   `placeholder:"URL" help:"Make all connections through this proxy."`
	UnsafeLoopback bool     `help:"Also allow http and did:web on this machine, for demonstrations."`
}

// Client opens the bundles and makes the one client for outgoing connections.
func (r Reach) Client(now func() time.Time) (*fetch.Client, error) {
	opt := fetch.Options{Offline: r.Offline, UnsafeLoopback: r.UnsafeLoopback, Now: now}
	for _, part := range []struct {
		paths  []string
		holder bool
	}{{r.Bundle, false}, {r.HolderBundle, true}} {
		for _, path := range part.paths {
			bundle, err := fetch.OpenBundle(path, part.holder)
			if err != nil {
				return nil, terminal.Unusable(terminal.Hint(err, "a bundle is a folder or a zip with an index.json that names its files; docs/formats.md shows one."))
			}
			opt.Bundles = append(opt.Bundles, bundle)
		}
	}
	proxy, err := r.Proxy()
	if err != nil {
		return nil, err
	}
	opt.Proxy = proxy
	return fetch.New(opt), nil
}

// Proxy is the way out for all connections; nil goes there directly.
func (r Reach) Proxy() (*url.URL, error) {
	if r.EgressProxy == "" {
		return nil, nil
	}
	proxy, err := fetch.ParseProxy(r.EgressProxy)
	if err != nil {
		return nil, terminal.Unusable(err)
	}
	return proxy, nil
}

// Resolver finds the keys of every supported kind of identifier.
func (r Reach) Resolver(client did.Fetcher) did.Resolver {
	return did.Methods{
		"key":   did.Key{},
		"jwk":   did.JWK{},
		"web":   did.Web{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
		"https": did.HTTPS{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
	}
}

// Suites are the kinds of embedded proof that this program accepts. It signs with
// the first.
func Suites() proof.Suites {
	contexts := jsonld.Embedded()
	return proof.Suites{
		cryptosuite.EdDSARDFC2022{Contexts: contexts},
		cryptosuite.ECDSARDFC2019{Contexts: contexts},
		cryptosuite.EdDSAJCS2022{Contexts: contexts},
		cryptosuite.ECDSAJCS2019{Contexts: contexts},
		cryptosuite.ECDSASD2023{Contexts: contexts},
		cryptosuite.Ed25519Signature2020{Contexts: contexts},
		cryptosuite.Ed25519Signature2018{Contexts: contexts},
		cryptosuite.JSONWebSignature2020{Contexts: contexts},
		cryptosuite.BBSBLSSignature2020{Contexts: contexts},
		cryptosuite.BBSBLSSignatureProof2020{Contexts: contexts},
	}
}

// Reading are the suites, and all families of signed tokens, whose issuers are
// found through the client. Roots vouch for issuers who name their key by
// certificates; nil is none.
func (r Reach) Reading(client did.Fetcher, roots *x509.CertPool) proof.Suites {
	return append(Suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{
		Issuers: did.JWTIssuer{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
		Roots:   roots,
	})
}

// PublicOnly is what to do about fetch.ErrRefused.
const PublicOnly = "only https addresses that everybody can reach are fetched from; --unsafe-loopback adds 127.0.0.1 and localhost for demonstrations, and --egress-proxy goes through a proxy of yours, which may reach more."

// Flags are those of every verb that judges.
type Flags struct {
	Reach        `embed:""`
	Trust        string        `placeholder:"FILE" help:"Your list of trusted issuers. Without it the issuer is not judged."`
	X5CRoots     string        `name:"x5c-roots" placeholder:"FILE" help:"Root certificates (PEM) that vouch for issuers of SD-JWT credentials, and for verifiers who ask a wallet. Without it keys in certificates are refused."`
	MaxStatusAge time.Duration `default:"24h" help:"How old a status list may be."`
	Leeway       time.Duration `default:"60s" help:"How far clocks may differ."`
}

// Verifier wires the one verify function.
func (j Flags) Verifier(e *terminal.Env) (*verifier.Verifier, error) {
	client, err := j.Client(e.Now)
	if err != nil {
		return nil, err
	}
	return j.wire(e, client)
}

// Recording is a Verifier that keeps every document which it was given, so that
// they can be written to a bundle.
func (j Flags) Recording(e *terminal.Env) (*verifier.Verifier, *fetch.Recorder, error) {
	client, err := j.Client(e.Now)
	if err != nil {
		return nil, nil, err
	}
	recorder := &fetch.Recorder{Next: client}
	v, err := j.wire(e, recorder)
	return v, recorder, err
}

func (j Flags) wire(e *terminal.Env, client did.Fetcher) (*verifier.Verifier, error) {
	trust, err := j.trust()
	if err != nil {
		return nil, err
	}
	roots, err := j.Roots()
	if err != nil {
		return nil, err
	}
	keys, accepted := j.Resolver(client), j.Reading(client, roots)
	return &verifier.Verifier{
		Keys:   keys,
		Suites: accepted,
		Status: &status.Source{
			Fetch: client, Keys: keys, Suites: accepted, Now: e.Now,
			MaxAge: j.MaxStatusAge, Leeway: j.Leeway, Vouched: trust.MaySignStatus,
		},
		Trust:  trust,
		Policy: verifier.Policy{Leeway: j.Leeway},
		Clock:  e.Now,
	}, nil
}

// maxRoots bounds the file of root certificates: national lists of them have 100 kB.
const maxRoots = 4 << 20

// Roots reads the file of root certificates; nil if none was named. It must hold certificates and nothing
// else, since what is half read would be half trusted.
func (j Flags) Roots() (*x509.CertPool, error) {
	if j.X5CRoots == "" {
		return nil, nil
	}
	refuse := func(err error) (*x509.CertPool, error) {
		return nil, terminal.Unusable(terminal.Hint(fmt.Errorf("the root certificates: %w", err), "the file holds blocks of -----BEGIN CERTIFICATE-----, one for each authority whose issuers you trust."))
	}
	f, err := os.Open(j.X5CRoots)
	if err != nil {
		return refuse(err)
	}
	rest, err := io.ReadAll(io.LimitReader(f, maxRoots))
	if err = errors.Join(err, f.Close()); err != nil {
		return refuse(err)
	}
	pool, found := x509.NewCertPool(), 0
	for block, more := pem.Decode(rest); block != nil; block, more = pem.Decode(more) {
		rest = more
		if block.Type != "CERTIFICATE" {
			return refuse(fmt.Errorf("%s holds a %s", j.X5CRoots, block.Type))
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return refuse(fmt.Errorf("%s: %w", j.X5CRoots, err))
		}
		pool.AddCert(c)
		found++
	}
	if found == 0 || len(bytes.TrimSpace(rest)) > 0 {
		return refuse(fmt.Errorf("%s holds %d certificates, and other text behind them", j.X5CRoots, found))
	}
	return pool, nil
}

// trustHint is what to do about a trust file that cannot be used.
const trustHint = "docs/formats.md shows a trust file; without --trust the issuer is not judged."

// trust reads the trust file; "any" is the same as none.
func (j Flags) trust() (*verifier.TrustList, error) {
	if j.Trust == "" || j.Trust == "any" {
		return nil, nil
	}
	data, err := os.ReadFile(j.Trust)
	if err != nil {
		return nil, terminal.Unusable(terminal.Hint(fmt.Errorf("the trust file: %w", err), trustHint))
	}
	list, err := verifier.ParseTrust(data)
	if err != nil {
		return nil, terminal.Unusable(terminal.Hint(fmt.Errorf("%s: %w", j.Trust, err), trustHint))
	}
	return list, nil
}
