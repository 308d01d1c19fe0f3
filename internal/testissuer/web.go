package testissuer

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/status"
)

// Web is a network for tests: what each URL answers. A URL that is not in it is
// unreachable. It stands where fetch.Client stands.
type Web struct {
	Pages   map[string][]byte
	Fetches atomic.Int32 // how often something was asked for
}

// Get answers from Pages.
func (w *Web) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	w.Fetches.Add(1)
	body, ok := w.Pages[r.URL]
	if !ok {
		return nil, fmt.Errorf("%w: %s", fetch.ErrUnreachable, r.URL)
	}
	sum := sha256.Sum256(body)
	return &fetch.Resource{
		URL: r.URL, Body: body, ContentType: "application/json", Fetched: Now,
		SHA256: hex.EncodeToString(sum[:]), Source: fetch.Network,
	}, nil
}

// WebKeys resolves did:key and did:jwk, and did:web and https through the test
// network.
func WebKeys(w *Web) did.Resolver {
	return did.Methods{"key": did.Key{}, "jwk": did.JWK{}, "web": did.Web{Fetch: w}, "https": did.HTTPS{Fetch: w}}
}

// OnWeb is the party under a did:web of that host, with its document published
// on the test network.
func (p *Party) OnWeb(w *Web, host string) *Party {
	id := "did:web:" + host
	moved := &Party{Name: p.Name, Key: p.Key, ID: id, Method: id + "#key"}
	w.Pages["https://"+host+"/.well-known/did.json"] = moved.Document().JSON()
	return moved
}

// Document is the DID document of a party on the web: one key, for everything.
func (p *Party) Document() strictjson.Value {
	key, err := did.FormatMultikey(p.Key.Public())
	if err != nil {
		panic(err)
	}
	_, fragment, _ := strings.Cut(p.Method, "#")
	return Parse(`{"@context":["https://www.w3.org/ns/did/v1","https://w3id.org/security/multikey/v1"],"id":"` + p.ID + `",
		"verificationMethod":[{"id":"` + p.ID + `#` + fragment + `","type":"Multikey","controller":"` + p.ID + `","publicKeyMultibase":"` + key + `"}],
		"assertionMethod":["` + p.Method + `"],"authentication":["` + p.Method + `"]}`)
}

// WithStatus gives a badge a place in a revocation list.
func WithStatus(badge strictjson.Value, listURL string, index int) strictjson.Value {
	return badge.With("credentialStatus", status.Entry{Purpose: status.Revocation, Index: index, ListURL: listURL}.Value())
}

// List is the party's signed revocation list, with these places set.
func (p *Party) List(t testing.TB, listURL string, set ...int) strictjson.Value {
	t.Helper()
	return p.Sign(t, p.Draft(t, listURL, status.Revocation, set...))
}

// Draft is an unsigned status list, with these places set.
func (p *Party) Draft(t testing.TB, listURL string, purpose status.Purpose, set ...int) strictjson.Value {
	t.Helper()
	list, err := status.NewList(status.MinLength)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range set {
		if err := list.Set(i, true); err != nil {
			t.Fatal(err)
		}
	}
	return status.Document(status.Draft{URL: listURL, Issuer: p.ID, Purpose: purpose, List: list, ValidFrom: Now.AddDate(0, -6, 0)})
}
