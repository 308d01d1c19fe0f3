package proof

import (
	"errors"
	"fmt"

	"laurel/credential"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// VCJOSE is the family of tokens whose payload is a document of the data model
// (Securing Verifiable Credentials using JOSE and COSE 1.0, sections 3.1 and 4):
// vc+jwt for credentials, vp+jwt for presentations, signed with Ed25519, ECDSA on
// P-256, P-384 or P-521, or ES256K. The algorithm follows from the key.
type VCJOSE struct {
	// Contexts, if set, hold a document to its vocabularies before it is signed: a
	// word that none of them defines is refused. Reading does not need them, since
	// such a signature covers every byte.
	Contexts *jsonld.Contexts
}

// Name returns "vc-jose".
func (VCJOSE) Name() string { return "vc-jose" }

// ProofType returns "": a token has no proof member.
func (VCJOSE) ProofType() string { return "" }

func (VCJOSE) reads(t *token) bool { return t.typ == typeVC || t.typ == typeVP }

// VCJWT is the family of older tokens, for reading alone: the credentials and
// presentations of VCDM 1.1, section 6.3.1, inside a claim "vc" or "vp", and the
// badges that 1EdTech's own profile secures with RS256.
type VCJWT struct{}

// Name returns "vc-jwt".
func (VCJWT) Name() string { return "vc-jwt" }

// ProofType returns "": a token has no proof member.
func (VCJWT) ProofType() string { return "" }

func (VCJWT) reads(t *token) bool { return t.legacy() }

// tokenSuite is a Suite that reads some signed tokens.
type tokenSuite interface {
	Suite
	reads(t *token) bool
}

// forToken returns the suite that reads the token, or nil.
func (s Suites) forToken(t *token) Suite {
	for _, suite := range s {
		if ts, ok := suite.(tokenSuite); ok && ts.reads(t) {
			return suite
		}
	}
	return nil
}

// SignJWT secures a credential as vc+jwt or a presentation as vp+jwt. Suite must be
// a VCJOSE. Method becomes the kid, Created the iat, Expires the exp, Challenge the
// nonce and Domain the aud; the other options mean nothing here.
//
// The document must follow the data model, and may not bring claims of the
// envelope along: whoever fills in a badge must not set when its signature expires.
func SignJWT(doc strictjson.Value, opt SignOptions) (string, error) {
	suite, ok := opt.Suite.(VCJOSE)
	if !ok || opt.Key == nil || opt.Method == "" {
		return "", errors.New("proof: signing a token needs VCJOSE, a key and the URL of its verification method")
	}
	if err := checkUnsigned(doc, suite.Contexts); err != nil {
		return "", fmt.Errorf("cannot sign: %w", err)
	}
	typ := typeVC
	if credential.HasType(doc, presentationType) {
		typ = typeVP
	}
	compact, err := jose.Sign(opt.header(typ), opt.envelope(doc).JSON(), opt.Key)
	if err != nil {
		return "", fmt.Errorf("cannot sign: %w", err)
	}
	return compact, nil
}

// checkUnsigned holds a document to the data model before a token is made of it.
func checkUnsigned(doc strictjson.Value, contexts *jsonld.Contexts) error {
	check := credential.Check
	if credential.HasType(doc, presentationType) {
		check = credential.CheckPresentation
	}
	if err := check(doc); err != nil {
		return err
	}
	if credential.VersionOf(doc) != credential.V2 {
		return fmt.Errorf("%w: tokens are made of documents of data model 2.0", ErrMalformed)
	}
	for _, m := range doc.Members() {
		for _, name := range append([]string{"vc", "vp"}, registered...) {
			if m.Name == name {
				return fmt.Errorf("%w: a member called %s would be a claim of the token", ErrMalformed, name)
			}
		}
	}
	if contexts == nil || credential.HasType(doc, presentationType) { // what others wrote may be shown as it is
		return nil
	}
	_, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: contexts, TermsAtRoot: true})
	return err
}

// header is the protected header of a token. "typ" says what it is for; "cty" is
// what the payload would be without the envelope (VC-JOSE-COSE 1.0, section 3.1).
func (opt SignOptions) header(typ string) strictjson.Value {
	cty := map[string]string{typeVC: "vc", typeVCSD: "vc", typeVP: "vp", typeVPSD: "vp"}[typ]
	return strictjson.Object(
		strictjson.Member{Name: "typ", Value: strictjson.String(typ)},
		strictjson.Member{Name: "cty", Value: strictjson.Optional(cty)},
		strictjson.Member{Name: "kid", Value: strictjson.String(opt.Method)},
	)
}

// envelope is the document with the claims of the token.
func (opt SignOptions) envelope(doc strictjson.Value) strictjson.Value {
	members := append([]strictjson.Member{
		{Name: "iat", Value: jose.NumericDate(opt.Created)},
		{Name: "exp", Value: jose.NumericDate(opt.Expires)},
		{Name: "nonce", Value: strictjson.Optional(opt.Challenge)},
		{Name: "aud", Value: strictjson.Optional(opt.Domain)},
	}, doc.Members()...)
	return strictjson.Object(members...)
}

// Envelop puts a token into the JSON object by which it can stand among other
// documents: an EnvelopedVerifiableCredential or EnvelopedVerifiablePresentation
// (VCDM 2.0, section 4.13). The token is read, but not verified; it wraps what
// Document.Err does.
func Envelop(compact string) (strictjson.Value, error) {
	d := readToken([]byte(compact), "")
	if d.err != nil {
		return strictjson.Value{}, d.err
	}
	kind, mediaType := "EnvelopedVerifiableCredential", "application/"+d.token.typ
	if d.token.presentation() {
		kind = "EnvelopedVerifiablePresentation"
	}
	if d.token.legacy() {
		mediaType = "application/jwt"
	}
	return strictjson.Object(
		strictjson.Member{Name: "@context", Value: strictjson.Strings(credential.BaseContext)},
		strictjson.Member{Name: "type", Value: strictjson.String(kind)},
		strictjson.Member{Name: "id", Value: strictjson.String("data:" + mediaType + "," + compact)},
	), nil
}
