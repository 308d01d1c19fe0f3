package proof

import (
	"context"
	"errors"
	"fmt"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// This file has signed tokens that are no credentials but speak about them, such
// as status lists: the same header rules, keys and dates, and claims of their own.

// ClaimsOptions says how such a token is judged.
type ClaimsOptions struct {
	Options                   // Keys, Suites (SDJWT among them), At and Leeway count
	Type    string            // the only accepted typ, such as "statuslist+jwt"
	Issuer  string            // whose it is if neither iss nor the kid says so
	Limits  strictjson.Limits // of the claims
}

// OpenedClaims are what a token says of which every step held.
type OpenedClaims struct {
	Claims strictjson.Value
	Issuer string          // whose key signed; equal to iss if that is there
	Method string          // the verification method
	Issued time.Time       // iat; zero if it does not say
	Until  time.Time       // exp; zero is no end
	Source *fetch.Resource // the fetched document with the key; nil for did:key
}

// OpenClaims verifies a token of that type: it was signed with an assertion key of
// its issuer, not later than the judged time, and has not expired. It wraps errors
// of jose, did and strictjson, ErrSuiteUnsupported, ErrCertificate, ErrBinding,
// ErrNotYetValid or ErrExpired.
func OpenClaims(ctx context.Context, raw []byte, opt ClaimsOptions) (*OpenedClaims, error) {
	m, err := jose.Parse(raw)
	if err != nil {
		return nil, err
	}
	rules := jose.Rules{Types: []string{opt.Type}}
	if err := m.Check(rules); err != nil {
		return nil, err
	}
	t := &token{message: m, typ: typeDCSD} // the issuers are those of SD-JWT VC
	if t.claims, err = m.ClaimsWithin(opt.Limits); err != nil {
		return nil, err
	}
	if err := t.readRegistered(); err != nil {
		return nil, err
	}
	suite := opt.Suites.forToken(t)
	if suite == nil {
		return nil, fmt.Errorf("%w: %s", ErrSuiteUnsupported, opt.Type)
	}
	if err := t.checkTimes(opt.Options); err != nil {
		return nil, err
	}
	if ended(t.until, opt.At) {
		return nil, fmt.Errorf("%w on %s", ErrExpired, t.until.Format(time.RFC3339))
	}
	said := t.issuer
	if said == "" {
		t.issuer = opt.Issuer
	}
	key, doc, err := t.findKey(ctx, suite, did.AssertionMethod, opt.Options)
	if err != nil {
		return nil, err
	}
	if err := key.ValidAt(opt.At); err != nil {
		return nil, err
	}
	if err := m.Verify(key.Key, rules); err != nil {
		return nil, err
	}
	if said != "" && said != doc.ID {
		return nil, fmt.Errorf("%w: iss is %s, the key is of %s", ErrBinding, strictjson.Clip(said), doc.ID)
	}
	return &OpenedClaims{Claims: t.claims, Issuer: doc.ID, Method: key.ID, Issued: t.issued, Until: t.until, Source: doc.Source}, nil
}

// SignClaims makes a token of that type. Key and Method are required; Created and
// Expires become iat and exp, which the claims must not bring along.
func SignClaims(typ string, claims strictjson.Value, opt SignOptions) (string, error) {
	if opt.Key == nil || opt.Method == "" || claims.Kind() != strictjson.Dict {
		return "", errors.New("proof: signing claims needs an object, a key and the URL of its verification method")
	}
	for _, name := range []string{"iat", "exp"} {
		if claims.Get(name).Exists() {
			return "", fmt.Errorf("cannot sign: %w: %s follows from the options", ErrMalformed, name)
		}
	}
	compact, err := jose.Sign(opt.header(typ), opt.envelope(claims).JSON(), opt.Key)
	if err != nil {
		return "", fmt.Errorf("cannot sign: %w", err)
	}
	return compact, nil
}
