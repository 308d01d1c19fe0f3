// Package testissuer is a virtual issuer and learner for tests: keys from fixed
// seeds, badges that are valid in every respect, and a way to spoil them one
// thing at a time.
//
//	school, learner := testissuer.New("school"), testissuer.New("learner")
//	badge := school.Sign(t, school.Badge(learner))
//	forged := testissuer.Set(badge, "credentialSubject/achievement/name", strictjson.String("Dr."))
//
// It is for tests only: nothing else imports it.
package testissuer

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
)

// Now is the time that tests judge for. Badges are issued half a year before
// and expire four years after.
var Now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// Party is somebody with a did:key.
type Party struct {
	Name   string
	Key    crypto.Signer
	ID     string // the did:key
	Method string // its one verification method

	// Suite is what the party signs with; nil is the first of Suites.
	Suite proof.Suite
}

// New makes the party whose key follows from its name.
func New(name string) *Party {
	seed := sha256.Sum256([]byte("laurel test party " + name))
	return With(name, ed25519.NewKeyFromSeed(seed[:]), nil)
}

// With makes the party that has this key and signs with this suite.
func With(name string, key crypto.Signer, suite proof.Suite) *Party {
	id, err := did.FormatKey(key.Public())
	if err != nil {
		panic(err)
	}
	return &Party{Name: name, Key: key, ID: id, Method: id + "#" + strings.TrimPrefix(id, "did:key:"), Suite: suite}
}

// Several makes a party for every suite and every kind of key that it takes, but
// for those suites whose proofs are not shown as the issuer made them.
func Several(tb testing.TB, name string) []*Party {
	tb.Helper()
	seed := sha256.Sum256([]byte("laurel test party " + name))
	edwards := ed25519.NewKeyFromSeed(seed[:])
	var out []*Party
	for _, suite := range Suites() {
		if _, selective := suite.(cryptosuite.Deriver); selective {
			continue
		}
		label := name + ", " + suite.Name()
		if !strings.HasPrefix(suite.Name(), "ecdsa-") {
			out = append(out, With(label, edwards, suite))
			continue
		}
		for _, curve := range []elliptic.Curve{elliptic.P256(), elliptic.P384()} {
			key, err := ecdsa.GenerateKey(curve, rand.Reader)
			if err != nil {
				tb.Fatal(err)
			}
			out = append(out, With(label+", "+curve.Params().Name, key, suite))
		}
	}
	return out
}

// Suites are those that the product accepts. Test parties sign with the first.
func Suites() proof.Suites {
	c := jsonld.Embedded()
	return proof.Suites{
		cryptosuite.EdDSARDFC2022{Contexts: c}, cryptosuite.ECDSARDFC2019{Contexts: c},
		cryptosuite.EdDSAJCS2022{Contexts: c}, cryptosuite.ECDSAJCS2019{Contexts: c}, cryptosuite.ECDSASD2023{Contexts: c},
		cryptosuite.Ed25519Signature2020{Contexts: c},
	}
}

// Keys resolves did:key and nothing else.
func Keys() did.Resolver { return did.Methods{"key": did.Key{}} }

// Badge is an unsigned Open Badge from the party to the learner.
func (p *Party) Badge(learner *Party) strictjson.Value {
	return Parse(`{
	"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
	"id": "urn:uuid:5c3f6a0e-6d4c-4b8a-9d52-3b8b1a6c7e01",
	"type": ["VerifiableCredential", "OpenBadgeCredential"],
	"name": "Data Analysis",
	"issuer": {"id": "` + p.ID + `", "type": ["Profile"], "name": "School ` + p.Name + `"},
	"validFrom": "2025-12-01T00:00:00Z",
	"validUntil": "2030-06-01T00:00:00Z",
	"credentialSubject": {
		"id": "` + learner.ID + `",
		"type": ["AchievementSubject"],
		"achievement": {
			"id": "https://school.example/achievements/data",
			"type": ["Achievement"],
			"name": "Data Analysis",
			"description": "Can clean, analyse and show data.",
			"criteria": {"narrative": "Pass the final project."}
		}
	}}`)
}

// BadgeV1 is the Badge as it was written before 2025, under VCDM 1.1. It names no
// context for its proof; Sign adds the one that it needs.
func (p *Party) BadgeV1(learner *Party) strictjson.Value {
	badge := p.Badge(learner)
	return badge.Without("validFrom", "validUntil").
		With("@context", strictjson.Strings("https://www.w3.org/2018/credentials/v1", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")).
		With("issuanceDate", badge.Get("validFrom")).
		With("expirationDate", badge.Get("validUntil"))
}

// Sign secures a document with the party's key, for the purpose assertionMethod.
func (p *Party) Sign(t testing.TB, doc strictjson.Value) strictjson.Value {
	t.Helper()
	return p.SignWith(t, doc, proof.SignOptions{})
}

// SignWith is Sign with some options set; Suite, Key, Method and Created are
// filled in where they are empty.
func (p *Party) SignWith(t testing.TB, doc strictjson.Value, opt proof.SignOptions) strictjson.Value {
	t.Helper()
	if opt.Suite == nil {
		opt.Suite = p.Suite
	}
	if opt.Suite == nil {
		opt.Suite = Suites()[0]
	}
	if opt.Key == nil {
		opt.Key = p.Key
	}
	if opt.Method == "" {
		opt.Method = p.Method
	}
	if opt.Created.IsZero() {
		opt.Created = Now.AddDate(0, -6, 0)
	}
	signed, err := proof.Sign(doc, opt)
	if err != nil {
		t.Fatalf("sign: %v", err)
	}
	return signed
}

// Present makes an unsigned presentation of the credentials, held by the party.
func (p *Party) Present(credentials ...strictjson.Value) strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "@context", Value: strictjson.Strings("https://www.w3.org/ns/credentials/v2")},
		strictjson.Member{Name: "type", Value: strictjson.Strings("VerifiablePresentation")},
		strictjson.Member{Name: "holder", Value: strictjson.String(p.ID)},
		strictjson.Member{Name: "verifiableCredential", Value: strictjson.Array(credentials...)},
	)
}

// Answer signs a presentation for a challenge and a domain.
func (p *Party) Answer(t testing.TB, presentation strictjson.Value, challenge, domain string) strictjson.Value {
	t.Helper()
	return p.SignWith(t, presentation, proof.SignOptions{
		Purpose: proof.Authentication, Challenge: challenge, Domain: domain, Created: Now,
	})
}

// Parse reads a test's own JSON.
func Parse(text string) strictjson.Value {
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		panic(err)
	}
	return v
}

// Set returns the document with the member at the path (names joined by "/")
// replaced, or removed if to is Absent.
func Set(doc strictjson.Value, path string, to strictjson.Value) strictjson.Value {
	name, rest, nested := strings.Cut(path, "/")
	if nested {
		to = Set(doc.Get(name), rest, to)
	}
	if !to.Exists() {
		return doc.Without(name)
	}
	return doc.With(name, to)
}
