package main

import (
	"fmt"
	"os"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

// reach says what a verb may reach of the network, and how the clock stands.
// Every verb that resolves or fetches embeds it.
type reach struct {
	Bundle         []string `placeholder:"PATH" help:"Folder or zip with saved status lists and DID documents; may be given more than once."`
	HolderBundle   []string `placeholder:"PATH" help:"The same, brought by the holder: only its signed status lists count."`
	Offline        bool     `help:"Reach nothing but the bundles."`
	EgressProxy    string   `placeholder:"URL" help:"Make all connections through this proxy."`
	UnsafeLoopback bool     `help:"Also allow http and did:web on this machine, for demonstrations."`
}

// client opens the bundles and makes the one client for outgoing connections.
func (r reach) client(now func() time.Time) (*fetch.Client, error) {
	opt := fetch.Options{Offline: r.Offline, UnsafeLoopback: r.UnsafeLoopback, Now: now}
	for _, part := range []struct {
		paths  []string
		holder bool
	}{{r.Bundle, false}, {r.HolderBundle, true}} {
		for _, path := range part.paths {
			bundle, err := fetch.OpenBundle(path, part.holder)
			if err != nil {
				return nil, exitCode{exitUsage, hint(err, "a bundle is a folder or a zip with an index.json that names its files; docs/formats.md shows one.")}
			}
			opt.Bundles = append(opt.Bundles, bundle)
		}
	}
	if r.EgressProxy != "" {
		proxy, err := fetch.ParseProxy(r.EgressProxy)
		if err != nil {
			return nil, exitCode{exitUsage, err}
		}
		opt.Proxy = proxy
	}
	return fetch.New(opt), nil
}

// resolver finds the keys of every supported kind of identifier.
func (r reach) resolver(client *fetch.Client) did.Resolver {
	return did.Methods{
		"key":   did.Key{},
		"jwk":   did.JWK{},
		"web":   did.Web{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
		"https": did.HTTPS{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
	}
}

// suites are the kinds of embedded proof that this program accepts. It signs with
// the first.
func suites() proof.Suites {
	contexts := jsonld.Embedded()
	return proof.Suites{
		proof.EdDSARDFC2022{Contexts: contexts},
		proof.ECDSARDFC2019{Contexts: contexts},
		proof.EdDSAJCS2022{Contexts: contexts},
		proof.ECDSAJCS2019{Contexts: contexts},
		proof.ECDSASD2023{Contexts: contexts},
		proof.Ed25519Signature2020{Contexts: contexts},
		proof.Ed25519Signature2018{Contexts: contexts},
		proof.JSONWebSignature2020{Contexts: contexts},
		proof.BBSBLSSignature2020{Contexts: contexts},
		proof.BBSBLSSignatureProof2020{Contexts: contexts},
	}
}

// reading are the suites, and all families of signed tokens, whose issuers are
// found through the client.
func (r reach) reading(client *fetch.Client) proof.Suites {
	return append(suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{
		Issuers: did.JWTIssuer{Fetch: client, UnsafeLoopback: r.UnsafeLoopback},
	})
}

// judging has the flags of every verb that judges.
type judging struct {
	reach        `embed:""`
	Trust        string        `placeholder:"FILE" help:"Your list of trusted issuers. Without it the issuer is not judged."`
	MaxStatusAge time.Duration `default:"24h" help:"How old a status list may be."`
	Leeway       time.Duration `default:"60s" help:"How far clocks may differ."`
}

// verifier wires the one verify function.
func (j judging) verifier(e *env) (*verifier.Verifier, error) {
	client, err := j.client(e.Now)
	if err != nil {
		return nil, err
	}
	trust, err := j.trust()
	if err != nil {
		return nil, err
	}
	keys, accepted := j.resolver(client), j.reading(client)
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

// trustHint is what to do about a trust file that cannot be used.
const trustHint = "docs/formats.md shows a trust file; without --trust the issuer is not judged."

// trust reads the trust file; "any" is the same as none.
func (j judging) trust() (*verifier.TrustList, error) {
	if j.Trust == "" || j.Trust == "any" {
		return nil, nil
	}
	data, err := os.ReadFile(j.Trust)
	if err != nil {
		return nil, exitCode{exitUsage, hint(fmt.Errorf("the trust file: %w", err), trustHint)}
	}
	list, err := verifier.ParseTrust(data)
	if err != nil {
		return nil, exitCode{exitUsage, hint(fmt.Errorf("%s: %w", j.Trust, err), trustHint)}
	}
	return list, nil
}
