package openid4vc

import (
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// requestRules accept request objects alone. "Wallets MUST NOT process Request Objects
// where the typ Header Parameter is not present or does not have the value
// oauth-authz-req+jwt."
var requestRules = jose.Rules{Types: []string{RequestType}}

// OpenRequestObject reads a request object, as it came from RequestURI or stood in
// Object: its type, its signature by whom its client_id names, its audience and time,
// and then the request in it. Options.ClientID must be the client_id of the link that
// led to it.
//
// The key is looked for in the DID of the client_id, under the kid of the header, for
// authentication or for assertionMethod (the specification asks for any verification
// method; a key for encryption is none to sign with), or it is that of the first
// certificate, if the Roots vouch for it.
//
// It wraps ErrRequestType, ErrRequestSignature, ErrClientID, ErrRequestExpired,
// ErrLimit, and what ParseURI does. If a DID could not be resolved, the error also
// wraps what package did says about it.
func OpenRequestObject(ctx context.Context, object []byte, opt Options) (*Request, error) {
	if len(object) > maxRequest {
		return nil, invalid(ErrLimit, "a request object of %d bytes, at most %d", len(object), maxRequest)
	}
	m, err := jose.Parse(object)
	if err != nil {
		return nil, unreadable(ErrRequest, "the request object", err)
	}
	if err := m.Check(requestRules); err != nil {
		return nil, headerError(err)
	}
	claims, err := m.ClaimsWithin(strictjson.Limits{Bytes: maxRequest})
	if err != nil {
		return nil, unreadable(ErrRequest, "the request object", err)
	}
	inner := claims.Get("client_id").Str()
	switch {
	case inner == "":
		return nil, invalid(ErrRequest, "it has no client_id")
	case inner != opt.ClientID:
		return nil, invalid(ErrClientID, "the link is by %s, and the request object by %s", shown(opt.ClientID), shown(inner))
	}
	who, err := parseClient(inner, true)
	if err != nil {
		return nil, err
	}
	if err := opt.prove(ctx, m, &who); err != nil {
		return nil, err
	}
	return opt.signed(claims, who)
}

// headerError turns what the header of a token says wrong into this package's words.
func headerError(err error) error {
	if errors.Is(err, jose.ErrType) {
		return fmt.Errorf("%w: %w", ErrRequestType, err)
	}
	return fmt.Errorf("%w: %w", ErrRequestSignature, err)
}

// signed reads the claims of a request object whose signature fits.
func (o Options) signed(claims strictjson.Value, who Requester) (*Request, error) {
	audience, err := jose.Audience(claims)
	if err != nil || len(audience) != 1 || audience[0] != SelfIssued && (o.RequestURI == "" || audience[0] != o.RequestURI) {
		return nil, invalid(ErrRequest, "aud is %q, not %s", audience, SelfIssued)
	}
	issued, expires, err := o.times(claims)
	if err != nil {
		return nil, err
	}
	r, err := o.parameters(claims, true)
	if err != nil {
		return nil, err
	}
	if o.WalletNonce != "" && r.WalletNonce != o.WalletNonce {
		return nil, invalid(ErrRequest, "it does not repeat the wallet_nonce, so it may be an old one")
	}
	r.Requester, r.Issued, r.Expires = who, issued, expires
	return r, nil
}

func (o Options) times(claims strictjson.Value) (issued, expires time.Time, err error) {
	var from time.Time
	for name, at := range map[string]*time.Time{"iat": &issued, "nbf": &from, "exp": &expires} {
		if *at, err = jose.Date(claims, name); err != nil {
			return issued, expires, invalid(ErrRequest, "%s", err)
		}
	}
	switch {
	case o.Now.IsZero():
		return issued, expires, invalid(ErrRequestExpired, "there is no time to judge it for")
	case !expires.IsZero() && !o.Now.Add(-o.Leeway).Before(expires):
		return issued, expires, invalid(ErrRequestExpired, "it was to be answered before %s", expires.Format(time.RFC3339))
	case issued.After(o.Now.Add(o.Leeway)) || from.After(o.Now.Add(o.Leeway)):
		return issued, expires, invalid(ErrRequestExpired, "it is dated in the future")
	}
	return issued, expires, nil
}

// prove checks the signature with the key that the client_id stands for.
func (o Options) prove(ctx context.Context, m *jose.Message, who *Requester) error {
	var key crypto.PublicKey
	var err error
	if who.Prefix == DID {
		key, err = o.didKey(ctx, m, who)
	} else {
		key, err = o.certifiedKey(m, who)
	}
	if err != nil {
		return err
	}
	if err := m.Verify(key, requestRules); err != nil {
		return headerError(err)
	}
	who.Proven = true
	return nil
}

// didKey finds the key of a DID: "a particular public key used to sign the request in
// question MUST be identified by the kid in the JOSE Header".
func (o Options) didKey(ctx context.Context, m *jose.Message, who *Requester) (crypto.PublicKey, error) {
	kid, err := m.KeyID()
	if err != nil || kid == "" {
		return nil, invalid(ErrRequestSignature, "its header names no key (kid)")
	}
	if strings.HasPrefix(kid, "#") {
		kid = who.ID + kid
	}
	if id, _, err := did.Split(kid); err != nil || id != who.ID {
		return nil, invalid(ErrClientID, "it is signed with the key %s, and asks as %s", shown(kid), shown(who.ID))
	}
	if o.Keys == nil {
		return nil, invalid(ErrRequestSignature, "no DID can be resolved here")
	}
	var method *did.Method
	for _, rel := range []did.Relationship{did.Authentication, did.AssertionMethod} {
		if method, _, err = did.Dereference(ctx, o.Keys, kid, rel); err == nil || !errors.Is(err, did.ErrNotAuthorized) {
			break
		}
	}
	if err == nil {
		err = method.ValidAt(o.Now)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestSignature, err)
	}
	who.Method = method.ID
	return method.Key, nil
}

// certifiedKey takes the key of the first certificate in x5c, if the certificate is of
// whom the client_id names and an authority vouches for it.
func (o Options) certifiedKey(m *jose.Message, who *Requester) (crypto.PublicKey, error) {
	chain, err := did.ReadCertificates(m.Header.Get("x5c"))
	if errors.Is(err, did.ErrLimit) {
		return nil, fmt.Errorf("%w: %w", ErrLimit, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestSignature, err)
	}
	leaf := chain[0]
	if who.Prefix == X509Hash {
		sum := sha256.Sum256(leaf.Raw)
		if got := base64.RawURLEncoding.EncodeToString(sum[:]); got != who.ID {
			return nil, invalid(ErrClientID, "its certificate has the hash %s, and it asks as %s", got, shown(who.ID))
		}
	} else if !slices.ContainsFunc(leaf.DNSNames, func(name string) bool { return strings.EqualFold(name, who.ID) }) {
		return nil, invalid(ErrClientID, "its certificate is of %q, and it asks as %s", leaf.DNSNames, shown(who.ID))
	}
	if o.Roots == nil {
		return nil, invalid(ErrRequestSignature, "it is signed with a certificate (%s), and no authority for certificates is trusted here", who.Prefix)
	}
	key, _, err := did.CertifiedKey(chain, o.Roots, o.Now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestSignature, err)
	}
	who.Certificate = leaf
	return key, nil
}

// SignOptions say who signs a request object.
type SignOptions struct {
	Key    crypto.Signer
	Method string // the verification method of the key, a DID URL of the DID in ClientID
}

// SignRequestObject makes the request object of a request whose client_id has the
// prefix DID, with Issued and Expires as they are set. What it makes, OpenRequestObject
// reads; a request that it would refuse is refused here, with the same errors.
func SignRequestObject(r *Request, opt SignOptions) (string, error) {
	if id, _, err := did.Split(opt.Method); err != nil || r.ClientID != string(DID)+":"+id {
		return "", invalid(ErrClientID, "%s is no key of %s", shown(opt.Method), shown(r.ClientID))
	}
	if r.ByReference() || r.Object != "" {
		return "", invalid(ErrRequest, "a request object holds the request itself, not where it is")
	}
	claims := strictjson.Object(append(r.travelling(),
		member("aud", strictjson.String(SelfIssued)),
		member("iat", jose.NumericDate(r.Issued)), member("exp", jose.NumericDate(r.Expires)))...)
	if _, err := (Options{UnsafeLoopback: true}).parameters(claims, true); err != nil {
		return "", err
	}
	header := strictjson.Object(member("typ", strictjson.String(RequestType)), member("kid", strictjson.String(opt.Method)))
	return jose.Sign(header, claims.JSON(), opt.Key)
}
