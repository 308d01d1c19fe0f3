package proof

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
)

// maxBindingAge is how long before the judged time a key binding may have been
// made, unless the caller says otherwise: time to look at what is asked for, and
// to find the phone.
const maxBindingAge = 5 * time.Minute

// SDJWT is the family of tokens with selective disclosure (RFC 9901): dc+sd-jwt,
// whose claims are their own (SD-JWT-based Verifiable Credentials), and vc+sd-jwt
// and vp+sd-jwt on the data model (VC-JOSE-COSE 1.0, section 3.2).
type SDJWT struct {
	// Issuers finds the keys of issuers of dc+sd-jwt who are https URLs, by the
	// metadata that they publish: a did.JWTIssuer. If nil, there are none.
	Issuers did.Resolver
	// Roots vouch for issuers of dc+sd-jwt who name their key by certificates
	// ("x5c"). If nil, such a key is refused: whom a certificate is to be believed
	// from is the operator's to say, and the roots of web servers do not vouch for
	// issuers.
	Roots *x509.CertPool
}

// Name returns "sd-jwt".
func (SDJWT) Name() string { return "sd-jwt" }

// ProofType returns "": a token has no proof member.
func (SDJWT) ProofType() string { return "" }

func (SDJWT) reads(t *token) bool { return t.disclosing() }

// issuers is never nil.
func (s SDJWT) issuers() did.Resolver {
	if s.Issuers == nil {
		return did.Methods{}
	}
	return s.Issuers
}

// bare are the claims that an issuer may not make disclosures of, since whoever
// withholds one would change what the rest means. "The following registered JWT
// claims […] MUST NOT be included in the Disclosures" (SD-JWT VC, section 3.2.2.2).
var bare = []string{"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"}

// checkDisclosed refuses disclosures of what must be in the open.
func (t *token) checkDisclosed() error {
	for _, c := range t.disclosed {
		name, _, _ := strings.Cut(strings.TrimPrefix(c.Pointer, "/"), "/")
		if slices.Contains(bare, name) {
			return fmt.Errorf("%w: %s must not be a disclosure", sdjwt.ErrDisclosure, name)
		}
	}
	if t.presentation() && t.sd != nil && t.sd.Binding != nil {
		return fmt.Errorf("%w: a presentation is signed by its holder, and has no key binding", ErrMalformed)
	}
	return nil
}

// checkSDJWTVC applies the rules of SD-JWT VC, section 3.2.2.
func (t *token) checkSDJWTVC() error {
	if vct, ok := t.claims.Get("vct").Text(); !ok || vct == "" {
		return fmt.Errorf("%w: it has no vct that says of which type it is", ErrMalformed)
	}
	if t.issuer == "" {
		return fmt.Errorf("%w: it has no iss", ErrMalformed)
	}
	if cnf := t.claims.Get("cnf"); cnf.Exists() && cnf.Kind() != strictjson.Dict {
		return fmt.Errorf("%w: cnf is %s", ErrMalformed, cnf.Kind())
	}
	return nil
}

// Confirmation is the key that an issuer named as its holder's (RFC 7800).
type Confirmation struct {
	Key crypto.PublicKey
	// ID is the holder's identifier: the DID whose key it is, or the did:key or
	// did:jwk of a key that stands by itself.
	ID string
}

// confirm reads cnf. Nothing is fetched for a key that stands by itself. It wraps
// ErrHolder if there is no key in a form that is read, or an error of did.
func (t *token) confirm(ctx context.Context, keys did.Resolver) (*Confirmation, error) {
	cnf := t.claims.Get("cnf")
	jwk, kid := cnf.Get("jwk"), cnf.Get("kid")
	switch {
	case !cnf.Exists():
		return nil, fmt.Errorf("%w: the issuer named no key", ErrHolder)
	case len(cnf.Members()) != 1 || !jwk.Exists() && !kid.Exists():
		return nil, fmt.Errorf("%w: cnf holds neither a jwk nor a kid alone", ErrHolder)
	case jwk.Exists():
		key, err := did.ParseJWK(jwk)
		if err != nil {
			return nil, fmt.Errorf("cnf: %w", err)
		}
		return &Confirmation{Key: key, ID: did.Identify(key, jwk)}, nil
	}
	method, doc, err := did.Dereference(ctx, keys, kid.Str(), did.Authentication)
	if err != nil {
		return nil, fmt.Errorf("cnf: %w", err)
	}
	return &Confirmation{Key: method.Key, ID: doc.ID}, nil
}

// checkHolder judges the key binding (RFC 9901, section 7.3): that the one who
// shows the token holds the key that its issuer named, and made the binding for
// whoever asks, now. A token that nobody was asked to show needs none.
func (t *token) checkHolder(ctx context.Context, o *Opened, opt Options) (holder, challenge error) {
	confirmed, err := o.Token.Confirmed, error(nil)
	if confirmed == nil { // no key by itself
		confirmed, err = t.confirm(ctx, opt.Keys)
		o.Token.Confirmed = confirmed
	}
	switch {
	case t.sd.Binding == nil && opt.Challenge == "" && opt.Domain == "":
		return nil, nil
	case t.sd.Binding == nil:
		return fmt.Errorf("%w: there is no key binding", ErrHolder), nil
	case err != nil:
		return err, nil
	}
	b, err := t.sd.VerifyBinding(confirmed.Key)
	if err != nil {
		return err, nil
	}
	o.Token.Bound = true
	return nil, checkBinding(b, opt)
}

// checkBinding compares what the key binding says with what was asked for.
func checkBinding(b sdjwt.Binding, opt Options) error {
	age := opt.BindingAge
	if age == 0 {
		age = maxBindingAge
	}
	switch {
	case b.IssuedAt.Before(opt.At.Add(-age - opt.Leeway)):
		return fmt.Errorf("%w: it was made at %s, more than %v before", ErrStale, b.IssuedAt.Format(time.RFC3339), age)
	case b.IssuedAt.After(opt.At.Add(opt.Leeway)):
		return fmt.Errorf("%w: it says %s, which is later than the judged time", ErrStale, b.IssuedAt.Format(time.RFC3339))
	case b.From.After(opt.At.Add(opt.Leeway)):
		return fmt.Errorf("%w: its nbf is %s", ErrStale, b.From.Format(time.RFC3339))
	case ended(b.Until, opt.At):
		return fmt.Errorf("%w: its exp was %s", ErrStale, b.Until.Format(time.RFC3339))
	case opt.Domain != "" && b.Audience != opt.Domain:
		return fmt.Errorf("%w: asked for %q, made for %q", ErrDomain, opt.Domain, strictjson.Clip(b.Audience))
	}
	return checkNonce(b.Nonce, opt)
}

// SDJWTOptions says how a token with disclosures is made. Key and Method are
// required.
type SDJWTOptions struct {
	SignOptions // Suite, Purpose, ID and Previous mean nothing here

	// Disclosable are JSON pointers to what the holder may withhold. What makes a
	// credential what it is cannot be among it: see IssueSDJWT.
	Disclosable []string
	// Decoys is how many digests of nothing stand beside the real ones, so that
	// nobody can count what is withheld.
	Decoys int
	// Holder is the key that the holder will prove to have; nil names none, and
	// anybody can show the token.
	Holder crypto.PublicKey
	// Claims makes dc+sd-jwt: the document is a set of claims with iss and vct.
	// Otherwise it is a credential or presentation of the data model.
	Claims bool
}

// IssueSDJWT makes a token with disclosures: vc+sd-jwt of a credential, vp+sd-jwt of
// a presentation, dc+sd-jwt of claims. Of a credential the contexts, types, issuer,
// dates, status, schema and the subject's id always stay in the open, lest a revoked
// or expired one could be made to look good; of claims those that SD-JWT VC names.
// A pointer to one of them, or to something around it, is refused with
// sdjwt.ErrDisclosure.
func IssueSDJWT(doc strictjson.Value, opt SDJWTOptions) (string, error) {
	if opt.Key == nil || opt.Method == "" {
		return "", errors.New("proof: issuing needs a key and the URL of its verification method")
	}
	claims, typ, err := opt.claims(doc)
	if err != nil {
		return "", fmt.Errorf("cannot issue: %w", err)
	}
	if opt.Holder != nil {
		jwk, err := did.FormatJWK(opt.Holder)
		if err != nil {
			return "", fmt.Errorf("cannot issue: %w", err)
		}
		claims = claims.With("cnf", strictjson.Object(strictjson.Member{Name: "jwk", Value: jwk}))
	}
	token, err := sdjwt.Issue(opt.header(typ), claims, sdjwt.Concealment{Pointers: opt.Disclosable, Decoys: opt.Decoys}, opt.Key)
	if err != nil {
		return "", fmt.Errorf("cannot issue: %w", err)
	}
	return token.Compact(), nil
}

// claims are what will be signed, and of which type.
func (opt SDJWTOptions) claims(doc strictjson.Value) (claims strictjson.Value, typ string, err error) {
	open := []string{"/@context", "/type"}
	switch {
	case opt.Claims:
		open, typ = nil, typeDCSD
		for _, name := range bare {
			open = append(open, "/"+name)
		}
		err = (&token{claims: doc, issuer: doc.Get("iss").Str()}).checkSDJWTVC()
		claims = opt.envelope(doc.Without("iat"))
		if doc.Get("iat").Exists() || doc.Get("exp").Exists() && !opt.Expires.IsZero() || doc.Get("cnf").Exists() {
			err = fmt.Errorf("%w: iat, cnf and a second exp follow from the options", ErrMalformed)
		}
	case credential.HasType(doc, presentationType):
		typ, claims, err = typeVPSD, opt.envelope(doc), checkUnsigned(doc, nil)
		open = nil // its holder decides, and signs
	default:
		open = append(open, credential.AlwaysShown(doc)...)
		typ, claims, err = typeVCSD, opt.envelope(doc), checkUnsigned(doc, nil)
	}
	if err != nil {
		return strictjson.Value{}, "", err
	}
	for _, p := range opt.Disclosable {
		for _, fixed := range open {
			if strictjson.Within(p, fixed) || strictjson.Within(fixed, p) {
				return strictjson.Value{}, "", fmt.Errorf("%w: %s must stay in the open", sdjwt.ErrDisclosure, fixed)
			}
		}
	}
	return claims, typ, nil
}

// PresentOptions says how a holder shows a token with disclosures.
type PresentOptions struct {
	Pointers  []string      // what to show, beside that which is in the open; see sdjwt.Token.Select
	Key       crypto.Signer // the key that the issuer named; nil makes no key binding
	Challenge string        // the verifier's nonce
	Domain    string        // whom the answer is for
	At        time.Time     // when it is made
}

// PresentSDJWT makes what a holder shows of a token: the disclosures that were
// chosen, and the proof that the holder has the key. It wraps sdjwt.ErrDisclosure
// for a pointer to nothing, sdjwt.ErrBinding if key, challenge, domain and time
// are not all there, ErrHolder if the issuer named another key, and what reading
// the token does. It does not verify the token.
func PresentSDJWT(compact string, opt PresentOptions) (string, error) {
	token, err := sdjwt.Parse([]byte(strings.TrimSpace(compact)))
	if err != nil {
		return "", err
	}
	chosen, err := token.Select(opt.Pointers)
	if err != nil {
		return "", err
	}
	if opt.Key == nil {
		return chosen.Compact(), nil
	}
	claims, err := token.JWT.Claims()
	if err != nil {
		return "", err
	}
	if jwk := claims.Get("cnf").Get("jwk"); jwk.Exists() {
		key, err := did.ParseJWK(jwk)
		if err != nil {
			return "", err
		}
		if !did.Holding(opt.Key.Public())(&did.Method{Key: key}) {
			return "", fmt.Errorf("%w: it was issued to another key", ErrHolder)
		}
	}
	bound, err := chosen.Bind(opt.Key, sdjwt.Binding{Audience: opt.Domain, Nonce: opt.Challenge, IssuedAt: opt.At})
	if err != nil {
		return "", err
	}
	return bound.Compact(), nil
}
