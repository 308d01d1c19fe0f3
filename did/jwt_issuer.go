package did

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// JWTIssuer resolves the https URLs of those who issue SD-JWT credentials
// (SD-JWT-based Verifiable Credentials, "JWT VC Issuer Metadata"): their keys are a
// JSON Web Key Set that is named, or held, by a file at a well-known address:
//
//	https://school.example/badges
//	https://school.example/.well-known/jwt-vc-issuer/badges
//	{"issuer":"https://school.example/badges","jwks":{"keys":[{"kid":"2026","kty":"OKP",…}]}}
//
// The Document that it gives is made from that set: each key is a method whose id
// is the issuer's URL with the kid as its fragment, for AssertionMethod alone. A key
// set of its own must be at the same origin as the metadata.
type JWTIssuer struct {
	Fetch          Fetcher // nil fetches nothing
	UnsafeLoopback bool    // also http and https on 127.0.0.1, [::1] and localhost
}

// wellKnownIssuer is "inserted … between the host component and the path
// component, if any".
const wellKnownIssuer = "/.well-known/jwt-vc-issuer"

// acceptJSON is what is asked for: both documents are plain JSON.
const acceptJSON = "application/json, application/jwk-set+json;q=0.9"

// Resolve fetches the metadata, and the key set if that is elsewhere. It wraps
// ErrResolution, ErrDeactivated (410), ErrDocument or ErrLimit, as Web.Resolve
// does.
func (j JWTIssuer) Resolve(ctx context.Context, id string) (*Document, error) {
	where, err := j.metadataURL(id)
	if err != nil {
		return nil, err
	}
	metadata, res, err := j.get(ctx, where)
	if err != nil {
		return nil, err
	}
	// "The issuer value returned MUST be identical to the iss value of the JWT."
	if issuer := metadata.Get("issuer"); issuer.Str() != id {
		return nil, fmt.Errorf("%w: %s says that it is %s, not %s", ErrDocument, strictjson.Clip(where), strictjson.Clip(issuer.Str()), strictjson.Clip(id))
	}
	keys, elsewhere := metadata.Get("jwks"), metadata.Get("jwks_uri")
	// "JWT VC Issuer Metadata MUST include either jwks_uri or jwks … but not both."
	if keys.Exists() == elsewhere.Exists() {
		return nil, fmt.Errorf("%w: %s has not one of jwks and jwks_uri", ErrDocument, strictjson.Clip(where))
	}
	if elsewhere.Exists() {
		if !sameOrigin(where, elsewhere.Str()) {
			return nil, fmt.Errorf("%w: %s names keys at another origin, %s", ErrResolution, strictjson.Clip(where), strictjson.Clip(elsewhere.Str()))
		}
		if keys, res, err = j.get(ctx, elsewhere.Str()); err != nil {
			return nil, err
		}
	}
	doc := &Document{ID: id, Relationships: make(map[Relationship][]string), Source: res, text: metadata}
	if err := doc.readKeySet(keys.Get("keys")); err != nil {
		return nil, fmt.Errorf("%w: keys of %s: %w", ErrDocument, strictjson.Clip(id), err)
	}
	return doc, nil
}

// sameOrigin reports whether two URLs have scheme, host and port in common. Keys
// that somebody else's server gives out would make that server the issuer.
func sameOrigin(a, b string) bool {
	u, err := url.Parse(a)
	if err != nil {
		return false
	}
	w, err := url.Parse(b)
	return err == nil && u.Scheme == w.Scheme && u.Host == w.Host && w.User == nil
}

// metadataURL is where the metadata of an issuer is.
func (j JWTIssuer) metadataURL(id string) (string, error) {
	if len(id) > maxURL {
		return "", fmt.Errorf("%w: a URL of %d characters, at most %d are read", ErrLimit, len(id), maxURL)
	}
	u, err := fetch.ParseURL(id, j.UnsafeLoopback)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrResolution, err)
	}
	if u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.HasSuffix(id, "#") {
		return "", fmt.Errorf("%w: an issuer's URL has nothing behind its path", ErrResolution)
	}
	// "If the iss value contains a path component, any terminating / MUST be
	// removed before inserting".
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	return (&url.URL{Scheme: u.Scheme, Host: u.Host}).String() + wellKnownIssuer + path, nil
}

// get fetches one of the two documents: a JSON object.
func (j JWTIssuer) get(ctx context.Context, where string) (strictjson.Value, *fetch.Resource, error) {
	if _, err := fetch.ParseURL(where, j.UnsafeLoopback); err != nil {
		return strictjson.Value{}, nil, fmt.Errorf("%w: %w", ErrResolution, err)
	}
	if j.Fetch == nil {
		return strictjson.Value{}, nil, fmt.Errorf("%w: %s: nothing is fetched here", ErrResolution, strictjson.Clip(where))
	}
	res, err := j.Fetch.Get(ctx, fetch.Request{URL: where, Accept: acceptJSON, Kind: fetch.DIDDocument, MaxBytes: maxDocument})
	var status *fetch.StatusError
	switch {
	case errors.As(err, &status) && status.Code == statusGone:
		return strictjson.Value{}, nil, fmt.Errorf("%w: %w", ErrDeactivated, err)
	case err != nil:
		return strictjson.Value{}, nil, fmt.Errorf("%w: %w", ErrResolution, err)
	}
	v, err := strictjson.ParseWithin(res.Body, strictjson.Limits{Bytes: maxDocument, Depth: maxDocumentDepth, Nodes: maxDocumentNodes})
	if err != nil {
		return strictjson.Value{}, nil, fmt.Errorf("%w: %w (from %s)", ErrDocument, err, strictjson.Clip(where))
	}
	return v, res, nil
}

// readKeySet turns the keys of a JSON Web Key Set into methods. One that cannot
// be used stays, with Err set, like a neighbour's in a DID document; two with one
// kid make the set ambiguous.
func (d *Document) readKeySet(v strictjson.Value) error {
	if err := checkList(v); err != nil {
		return err
	}
	for i, e := range v.Elems() {
		kid, ok := e.Get("kid").Text()
		if e.Get("kid").Exists() && (!ok || kid == "") {
			return fmt.Errorf("[%d]: its kid is not a text", i)
		}
		id, err := d.absolute("#" + kid)
		if err != nil { // no kid, or one with characters that no URL has
			id = d.ID + "#" + strconv.Itoa(i)
		}
		if d.Method(id) != nil {
			return fmt.Errorf("two keys are called %s", strictjson.Clip(id))
		}
		m := Method{ID: id, Type: "JsonWebKey", Controller: d.ID, KeyID: kid}
		m.Key, m.Err = ParseJWK(e)
		d.Methods = append(d.Methods, m)
		d.Relationships[AssertionMethod] = append(d.Relationships[AssertionMethod], id)
	}
	return nil
}
