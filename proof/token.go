package proof

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
)

// The types of tokens, by the "typ" of their header.
const (
	typeVC    = "vc+jwt"    // a credential (VC-JOSE-COSE 1.0, section 3.1.1)
	typeVP    = "vp+jwt"    // a presentation
	typeVCSD  = "vc+sd-jwt" // a credential with selective disclosure (section 3.2.1)
	typeVPSD  = "vp+sd-jwt" // a presentation with selective disclosure
	typeDCSD  = "dc+sd-jwt" // SD-JWT VC: claims without the data model
	typePlain = "jwt"       // VCDM 1.1, section 6.3.1, or 1EdTech's form; also no typ at all
)

// The families that plain tokens are told apart into by what they say.
const (
	plainVC = "jwt_vc"
	plainVP = "jwt_vp"
)

var (
	// ErrHolder says that nobody proved to hold the key that the issuer named,
	// although that was asked for, or that no key was named at all.
	ErrHolder = errors.New("nobody proved to hold the key that it was issued to")
	// ErrStale says that a key binding was made too long before the judged time,
	// or after it.
	ErrStale = errors.New("the proof of holding the key is not fresh")
	// ErrCertificate says that a token names its issuer's key by certificates
	// alone, and no roots are set up here.
	ErrCertificate = errors.New("a key that only certificates vouch for is not accepted here")
	// errEnvelope: the label on the envelope lies.
	errEnvelope = fmt.Errorf("%w: it is not what its envelope says", jose.ErrType)
)

// token is a signed token, taken apart but not believed.
type token struct {
	message *jose.Message
	sd      *sdjwt.Token // nil for a token without disclosures
	typ     string       // one of the types; of a plain token the family
	edtech  bool         // a plain token in 1EdTech's form: RS256, and no claim around the document

	claims    strictjson.Value // what is signed, disclosures put in place
	disclosed []sdjwt.Claim
	hidden    int
	document  strictjson.Value // the claims as a document of the data model; of SD-JWT VC the claims

	issuer, subject, id string // iss, sub and jti
	audience            []string
	nonce               string
	issued              time.Time // iat
	from, until         time.Time // nbf and exp
}

// presentation tells presentations from credentials.
func (t *token) presentation() bool { return t.typ == typeVP || t.typ == typeVPSD || t.typ == plainVP }

// legacy reports whether this is a token of VCDM 1.1 or 1EdTech.
func (t *token) legacy() bool { return t.typ == plainVC || t.typ == plainVP }

// disclosing reports whether tokens of this type have disclosures.
func (t *token) disclosing() bool { return strings.HasSuffix(t.typ, "+sd-jwt") }

// read takes the claims apart by the token's type.
func (t *token) read() error {
	switch t.typ = t.message.Type(); t.typ {
	case typeVC, typeVP, typeVCSD, typeVPSD, typeDCSD:
	case "", typePlain:
		t.typ = typePlain
	default:
		return fmt.Errorf("%w: typ %q is none of a credential or presentation", jose.ErrType, strictjson.Clip(t.typ))
	}
	switch {
	case t.disclosing() && t.sd == nil:
		return fmt.Errorf("%w: a token with disclosures has a tilde behind each part", jose.ErrMalformed)
	case !t.disclosing() && t.sd != nil:
		return fmt.Errorf("%w: typ %s has no disclosures", jose.ErrType, t.typ)
	}
	if err := t.readClaims(); err != nil {
		return err
	}
	if t.typ == typePlain {
		return t.readPlain()
	}
	t.document = t.claims
	if t.typ == typeDCSD {
		return nil
	}
	// "The vc and vp claims MUST NOT be present as JWT claim" (VC-JOSE-COSE 1.0,
	// section 3.1): a reader of VCDM 1.1 would take them for the credential.
	for _, name := range []string{"vc", "vp"} {
		if t.claims.Get(name).Exists() {
			return fmt.Errorf("%w: a claim called %s inside %s", ErrMalformed, name, t.typ)
		}
	}
	t.document = t.claims.Without(registered...)
	return nil
}

// registered are the claims of the envelope, which are not the document's.
var registered = []string{"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce", "status"}

// readClaims reads the payload, and puts what was disclosed in place.
func (t *token) readClaims() (err error) {
	if t.sd != nil {
		c, err := t.sd.Claims()
		if err != nil {
			return err
		}
		t.claims, t.disclosed, t.hidden = c.Document, c.Disclosed, c.Hidden
	} else if t.claims, err = t.message.Claims(); err != nil {
		return err
	}
	return t.readRegistered()
}

// readRegistered reads the registered claims. One of the wrong kind is an error: it
// must not count as none.
func (t *token) readRegistered() (err error) {
	for i, to := range []*string{&t.issuer, &t.subject, &t.id, &t.nonce} {
		if *to, err = jose.Text(t.claims, [...]string{"iss", "sub", "jti", "nonce"}[i]); err != nil {
			return err
		}
	}
	for i, to := range []*time.Time{&t.issued, &t.from, &t.until} {
		if *to, err = t.date([...]string{"iat", "nbf", "exp"}[i]); err != nil {
			return err
		}
	}
	t.audience, err = jose.Audience(t.claims)
	return err
}

// date reads a NumericDate. The W3C's own examples of VC-JOSE-COSE write iat as
// the text of a date; it decides nothing there, so it is read.
func (t *token) date(name string) (time.Time, error) {
	if text, ok := t.claims.Get(name).Text(); ok && name == "iat" && t.typ != typeDCSD {
		at, err := credential.ParseTime(text)
		if err != nil {
			return time.Time{}, fmt.Errorf("%w: iat: %v", jose.ErrMalformed, err)
		}
		return at, nil
	}
	return jose.Date(t.claims, name)
}

// open verifies the token, step by step as a document with embedded proofs.
func (t *token) open(ctx context.Context, opt Options) (*Opened, error) {
	refusal := &Refusal{document: t.document}
	if refusal.Format = t.check(); refusal.Format != nil {
		return nil, refusal
	}
	opened := &Opened{Document: t.document.Without("proof"), Presentation: t.presentation(), Token: t.describe()}
	verified, err := t.verify(ctx, opt)
	if err == nil {
		err = t.verifyInside(ctx, opt)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if refusal.Proof = err; err != nil {
		return nil, refusal
	}
	opened.Proofs = []Proof{*verified}
	refusal.Binding = t.bind(opened, opt)
	switch {
	case t.presentation():
		refusal.Challenge = t.checkAnswer(opt)
	case t.sd != nil:
		refusal.Holder, refusal.Challenge = t.checkHolder(ctx, opened, opt)
	}
	refusal.Validity = t.checkValidity(opt)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(refusal.Unwrap()) > 0 {
		refusal.opened = opened
		return nil, refusal
	}
	return opened, nil
}

// check applies the rules of the data model, and compares what the token says
// twice.
func (t *token) check() error {
	if err := t.checkDisclosed(); err != nil {
		return err
	}
	switch {
	case t.typ == typeDCSD:
		return t.checkSDJWTVC()
	case credential.IsEnvelope(t.document):
		return fmt.Errorf("%w: an envelope inside a token", ErrMalformed)
	case t.presentation():
		if err := credential.CheckPresentation(t.document); err != nil {
			return err
		}
	default:
		if err := credential.Check(t.document); err != nil {
			return err
		}
	}
	if id := t.document.Get("id"); t.id != "" && id.Exists() && id.Str() != t.id {
		return fmt.Errorf("%w: jti is %s, id is %s", ErrMalformed, strictjson.Clip(t.id), strictjson.Clip(id.Str()))
	}
	if t.subject == "" || t.presentation() {
		return nil
	}
	named := false
	for _, s := range credential.Subjects(t.document) {
		if s.ID == t.subject {
			return nil
		}
		named = named || s.ID != ""
	}
	if named {
		return fmt.Errorf("%w: sub is %s, and credentialSubject is somebody else", ErrMalformed, strictjson.Clip(t.subject))
	}
	return nil
}

// rules are what the header may say.
func (t *token) rules() jose.Rules {
	if t.legacy() {
		return jose.Rules{Types: []string{"", typePlain}, RSA: t.typ == plainVC}
	}
	return jose.Rules{Types: []string{t.typ}}
}

// verify checks header, key, times and signature.
func (t *token) verify(ctx context.Context, opt Options) (*Proof, error) {
	suite := opt.Suites.forToken(t)
	if suite == nil {
		return nil, fmt.Errorf("%w: %s", ErrSuiteUnsupported, t.typ)
	}
	// Before the key is looked for: a header that is refused shall fetch nothing.
	if err := t.message.Check(t.rules()); err != nil {
		return nil, err
	}
	if err := t.checkTimes(opt); err != nil {
		return nil, err
	}
	purpose := Assertion
	if t.presentation() {
		purpose = Authentication
	}
	key, doc, err := t.findKey(ctx, suite, did.Relationship(purpose), opt)
	if err != nil {
		return nil, err
	}
	if err := key.ValidAt(opt.At); err != nil {
		return nil, err
	}
	if err := t.message.Verify(key.Key, t.rules()); err != nil {
		return nil, err
	}
	return &Proof{
		Method: key.ID, Controller: doc.ID, Cryptosuite: t.message.Algorithm(), Legacy: t.legacy(),
		Extent: t.extent(), Purpose: purpose, Created: t.issued, Source: doc.Source, Key: key.Key, Chain: key.Chain,
	}, nil
}

// verifyInside verifies the proofs that the document inside has of its own. The
// signature of the token stands for all of it, and yet a proof that does not hold
// shows that somebody tried something: "all proofs of a set must verify".
func (t *token) verifyInside(ctx context.Context, opt Options) error {
	if t.typ == typeDCSD || !t.document.Get("proof").Exists() {
		return nil
	}
	proofs, err := readProofs(t.document, opt.Suites)
	if err != nil {
		return err
	}
	inside := &Opened{Document: t.document.Without("proof"), Presentation: t.presentation()}
	if err := inside.verify(ctx, t.document, proofs, opt); err != nil {
		return fmt.Errorf("inside the token: %w", err)
	}
	return inside.checkForm(proofs)
}

// extent tells how much of the credential is shown, as far as that can be told:
// what looks withheld may be decoys.
func (t *token) extent() cryptosuite.Extent {
	if t.hidden > 0 {
		return cryptosuite.Part
	}
	return cryptosuite.Whole
}

// checkTimes judges when the token was made and, of a presentation, how long it
// may be used. How long a credential is valid is another question.
func (t *token) checkTimes(opt Options) error {
	late := opt.At.Add(opt.Leeway)
	switch {
	case opt.At.IsZero():
		return fmt.Errorf("%w: no time was given to judge for", ErrNotYetValid)
	case t.issued.After(late):
		return fmt.Errorf("%w: iat is %s", ErrNotYetValid, t.issued.Format(time.RFC3339))
	case t.presentation() && t.from.After(late):
		return fmt.Errorf("%w: nbf is %s", ErrNotYetValid, t.from.Format(time.RFC3339))
	case t.presentation() && ended(t.until, opt.At):
		return fmt.Errorf("%w on %s", ErrExpired, t.until.Format(time.RFC3339))
	}
	return nil
}

// findKey finds the key that the token says it was signed with.
//
// A kid that is a URL names it completely; another one names a key of the issuer
// or holder. A "jwk" in the header is never a key to verify with: it tells which of
// the issuer's keys is meant. "x5c" needs roots that are trusted.
func (t *token) findKey(ctx context.Context, suite Suite, rel did.Relationship, opt Options) (*did.Method, *did.Document, error) {
	keys := opt.Keys
	kid, err := t.message.KeyID()
	if err != nil {
		return nil, nil, err
	}
	if strings.Contains(kid, "#") && !strings.HasPrefix(kid, "#") {
		return t.findNamed(ctx, suite, rel, opt)
	}
	named, _ := t.named()
	jwk, certified := t.message.Header.Get("jwk"), t.message.Header.Get("x5c").Exists()
	fits := did.Named(kid)
	switch s, ok := suite.(SDJWT); {
	case ok && t.typ == typeDCSD && certified && s.Roots != nil && named != "":
		key, doc, err := did.Certified(t.message.Header.Get("x5c"), t.issuer, s.Roots, opt.At)
		if errors.Is(err, did.ErrNotNamed) {
			err = fmt.Errorf("%w: %w", ErrBinding, err)
		}
		return key, doc, err
	case kid == "" && certified:
		return nil, nil, ErrCertificate
	case named == "":
		return nil, nil, fmt.Errorf("%w: neither kid nor iss says whose key it is", did.ErrNotFound)
	case ok && t.typ == typeDCSD && strings.HasPrefix(named, "https://"):
		keys = s.issuers()
		if kid == "" {
			fits = func(*did.Method) bool { return true } // then there must be only one
		}
	case kid == "" && jwk.Exists():
		key, err := did.ParseJWK(jwk)
		if err != nil {
			return nil, nil, fmt.Errorf("jwk in the header: %w", err)
		}
		fits = did.Holding(key)
	case kid == "":
		return nil, nil, fmt.Errorf("%w: the header has no kid", did.ErrNotFound)
	}
	return did.Find(ctx, keys, named, rel, fits)
}

// findNamed finds the key whose URL is the kid. In the metadata of an issuer of claims
// a kid may be such a URL too, with no document of its own.
func (t *token) findNamed(ctx context.Context, suite Suite, rel did.Relationship, opt Options) (*did.Method, *did.Document, error) {
	kid := t.message.Header.Get("kid").Str()
	key, doc, err := did.Dereference(ctx, opt.Keys, kid, rel)
	s, ok := suite.(SDJWT)
	if err == nil || !ok || t.typ != typeDCSD || strings.HasPrefix(kid, "did:") || !strings.HasPrefix(t.issuer, "https://") {
		return key, doc, err
	}
	if listed, by, again := did.Find(ctx, s.issuers(), t.issuer, rel, did.Named(kid)); again == nil {
		return listed, by, nil
	}
	return nil, nil, err
}

// named is the issuer or holder that the token names in its document, or else by
// iss.
func (t *token) named() (id string, ok bool) {
	switch {
	case t.typ == typeDCSD:
		return t.issuer, t.issuer != ""
	case t.presentation():
		id, ok = credential.Holder(t.document)
	default:
		id, ok = credential.Issuer(t.document)
	}
	if !ok {
		return t.issuer, t.issuer != ""
	}
	return id, true
}

// bind compares whose key it was with whom the token names, in each place.
func (t *token) bind(o *Opened, opt Options) error {
	named, ok := t.named()
	o.Controller = o.Proofs[0].Controller
	switch {
	case !ok: // a presentation of nobody in particular: whoever signed presents
		return nil
	case t.issuer != "" && t.issuer != named:
		return fmt.Errorf("%w: iss is %s, the document names %s", ErrBinding, strictjson.Clip(t.issuer), strictjson.Clip(named))
	case o.Controller == named || opt.UnsafeAnyController:
		return nil
	}
	return fmt.Errorf("%w: it names %s, the key is of %s", ErrBinding, named, o.Controller)
}

// checkAnswer compares nonce and audience of a presentation with what was asked
// for. An audience of several could be shown by one of them to another.
func (t *token) checkAnswer(opt Options) error {
	if opt.Domain != "" && !slices.Equal(t.audience, []string{opt.Domain}) {
		return fmt.Errorf("%w: asked for %q, made for %q", ErrDomain, opt.Domain, t.audience)
	}
	return checkNonce(t.nonce, opt)
}

func checkNonce(nonce string, opt Options) error {
	switch {
	case opt.Challenge != "" && nonce != opt.Challenge:
		return fmt.Errorf("%w: asked %q, answered %q", ErrChallenge, opt.Challenge, strictjson.Clip(nonce))
	case opt.Challenge == "" && !opt.UnsafeNoChallenge:
		return ErrChallengeUnchecked
	}
	return nil
}

// ended judges an exp: "the expiration time on or after which the JWT MUST NOT be
// accepted for processing" (RFC 7519, section 4.1.4).
func ended(until, at time.Time) bool { return !until.IsZero() && !at.Before(until) }

// checkValidity judges nbf and exp, and then validFrom and validUntil: both count.
func (t *token) checkValidity(opt Options) error {
	switch {
	case t.presentation():
		return nil
	case opt.At.Add(opt.Leeway).Before(t.from):
		return fmt.Errorf("%w: nbf is %s", ErrCredentialEarly, t.from.Format(time.RFC3339))
	case ended(t.until, opt.At):
		return fmt.Errorf("%w: exp was %s", ErrCredentialExpired, t.until.Format(time.RFC3339))
	case t.typ == typeDCSD:
		return nil
	}
	return checkValidity(t.document, opt)
}

// Token is what a signed token says beside its document.
type Token struct {
	// Type is "vc+jwt", "vp+jwt", "vc+sd-jwt", "vp+sd-jwt", "dc+sd-jwt", and of the
	// plain tokens of VCDM 1.1 and 1EdTech "jwt_vc" or "jwt_vp".
	Type string
	// Status is the claim of that name (Token Status List): an object with a
	// status_list. Absent if there is none.
	Status strictjson.Value
	// From and Until are when the token itself begins and ends to be valid; zero
	// is no such end. What the document says of its validity counts as well.
	From, Until time.Time

	// Disclosed are JSON pointers to what came out of disclosures, Hidden how many
	// more there may be. Of tokens without disclosures there is neither.
	Disclosed []string
	Hidden    int

	// Named says that the issuer named the holder's key, Confirmed is that key. It is
	// nil if it was named in a way that is not read.
	Named     bool
	Confirmed *Confirmation
	// Bound says that the holder proved to hold it, for this very document.
	Bound bool
}

// Claims reports whether the token is dc+sd-jwt, whose document is a set of claims
// without the data model. A nil Token is none.
func (t *Token) Claims() bool { return t != nil && t.Type == typeDCSD }

// Disclosing reports whether the token has disclosures. A nil Token has none.
func (t *Token) Disclosing() bool { return t != nil && strings.HasSuffix(t.Type, "+sd-jwt") }

// describe is the Token of an Opened.
func (t *token) describe() *Token {
	out := &Token{Type: t.typ, Status: t.claims.Get("status"), From: t.from, Until: t.until, Hidden: t.hidden}
	for _, c := range t.disclosed {
		out.Disclosed = append(out.Disclosed, c.Pointer)
	}
	out.Named = t.claims.Get("cnf").Exists()
	if t.claims.Get("cnf").Get("jwk").Exists() { // a key by itself: nothing is fetched for it
		out.Confirmed, _ = t.confirm(context.Background(), did.Methods{})
	}
	return out
}
