// Package mechanism secures an issuer's badges in the way that their template
// chose: with a proof inside the document, or as a signed token.
//
//	template                  badge
//	"eddsa-rdfc-2022" …       the document with a proof (Data Integrity); shown whole
//	"ecdsa-sd-2023"           the same, of which its learner can show a part
//	"vc+jwt"                  a token around the document (VC-JOSE-COSE); shown whole
//	"vc+sd-jwt"               the same with disclosures (SD-JWT); a part can be shown
//	"dc+sd-jwt"               claims of their own with disclosures (SD-JWT VC)
//
// # Choosing and securing
//
//	kit := mechanism.Kit{Suite: eddsa, Contexts: jsonld.Embedded()}
//	choice, err := kit.Read(template)               // ErrChoice
//	err = kit.Check(choice, badge)                  // ErrBadge, ErrHolder: nothing is signed yet
//	signed, err := kit.Sign(choice, badge, key, now)
//
// # What can be withheld
//
// A learner who shows a token with disclosures can withhold every claim by itself,
// also inside of objects and lists, but for what makes it the credential that it
// is: contexts, types, issuer, dates, status, schema and whose it is. "mandatory"
// adds to that, by JSON pointers; without it what the badge is for is added. An
// object that is shown says what it is: its id and type are not apart from it.
package mechanism

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/issuer/keyring"
	"laurel/proof"
)

var (
	// ErrChoice says that a template chooses what there is not.
	ErrChoice = errors.New("its badges cannot be secured so")
	// ErrBadge says that a badge cannot be secured in the chosen way, or that a
	// verifier would refuse what came of it.
	ErrBadge = errors.New("this badge cannot be secured so")
	// ErrHolder is the ErrBadge whose reason is that no key of its learner can be
	// named in it.
	ErrHolder error = refused{ErrBadge, errors.New("it names its learner's key, which only a did:key or did:jwk tells")}
)

// refused is an error of a kind in the words of its cause alone: whoever asked says
// what was refused.
type refused struct{ kind, cause error }

func (r refused) Error() string   { return r.cause.Error() }
func (r refused) Unwrap() []error { return []error{r.kind, r.cause} }

// refusef is a refused in words.
func refusef(kind error, format string, args ...any) error {
	return refused{kind, fmt.Errorf(format, args...)}
}

// KindFor is the kind of key that a suite signs with. The ECDSA suites are named
// as such.
func KindFor(s proof.Suite) keyring.Kind {
	if strings.HasPrefix(s.Name(), "ecdsa-") {
		return keyring.NIST
	}
	return keyring.Edwards
}

// Kit is what an issuer secures its badges with. Suite and Contexts are required.
type Kit struct {
	Suite    proof.Suite // of badges whose template does not say otherwise
	Contexts *jsonld.Contexts
	// Only is the one kind of key that the issuer can have; "" is any. A token
	// whose template names no algorithm takes that kind.
	Only keyring.Kind
}

// Key signs. Method is what the badge says of it: the URL of the verification
// method, or a name among the keys of the issuer.
type Key struct {
	Signer crypto.Signer
	Method string
}

// Badge is what will be secured: a credential of data model 2.0 with its id,
// issuer, dates, subject and, unless Choice.Claims, its credentialStatus.
type Badge struct {
	Document strictjson.Value

	// For Choice.Claims alone: who issues it, a DID or an https URL, and the
	// status claim.
	Issuer string
	Status strictjson.Value
}

// Sign secures a badge. What comes of it is a document as JSON, or a token in its
// compact form; at is when it was made. Errors wrap ErrBadge.
func (k Kit) Sign(c *Choice, b Badge, key Key, at time.Time) ([]byte, error) {
	if !c.Token() {
		suite := c.suite(k, b.Document)
		signed, err := proof.Sign(b.Document, proof.SignOptions{Suite: suite, Key: key.Signer, Method: key.Method, Created: at})
		if err != nil {
			return nil, refused{ErrBadge, err}
		}
		return signed.JSON(), nil
	}
	opt := proof.SignOptions{Key: key.Signer, Method: key.Method, Created: at}
	var compact string
	var err error
	switch c.Name {
	case vcJWT:
		opt.Suite = proof.VCJOSE{Contexts: k.Contexts}
		compact, err = proof.SignJWT(b.Document, opt)
	default:
		compact, err = c.issueSD(b, opt)
	}
	if err != nil {
		return nil, refused{ErrBadge, err}
	}
	return []byte(compact), nil
}

// issueSD makes a token with disclosures.
func (c *Choice) issueSD(b Badge, opt proof.SignOptions) (string, error) {
	holder, err := holderOf(b.Document)
	if err != nil {
		return "", err
	}
	doc, err := c.signed(b)
	if err != nil {
		return "", err
	}
	if c.Claims() {
		if _, opt.Expires, err = credential.Validity(b.Document); err != nil {
			return "", err
		}
	}
	return proof.IssueSDJWT(doc, proof.SDJWTOptions{
		SignOptions: opt, Claims: c.Claims(), Holder: holder, Decoys: c.decoys,
		Disclosable: disclosable(doc, append(c.fixed(), c.mandatory...)),
	})
}

// signed is what the pointers of a template lead into: the document, or the claims
// that are made of it.
func (c *Choice) signed(b Badge) (strictjson.Value, error) {
	if !c.Claims() {
		return b.Document, nil
	}
	return c.claims(b)
}

// holderOf is the key that a badge is issued to: the only one of a did:key or
// did:jwk. A did:web can change its keys, and a token names one for good.
func holderOf(badge strictjson.Value) (crypto.PublicKey, error) {
	id := badge.Get("credentialSubject").Get("id").Str()
	doc, err := did.Methods{"key": did.Key{}, "jwk": did.JWK{}}.Resolve(context.Background(), id) // nothing is fetched for these
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHolder, err)
	}
	at := slices.IndexFunc(doc.Methods, func(m did.Method) bool {
		return m.Err == nil && slices.Contains(doc.Relationships[did.Authentication], m.ID)
	})
	if at < 0 {
		return nil, fmt.Errorf("%w: the key of %s signs no presentations", ErrHolder, id)
	}
	if _, err := did.FormatJWK(doc.Methods[at].Key); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHolder, err)
	}
	return doc.Methods[at].Key, nil
}

// Check refuses a badge that cannot be secured as chosen. A token is made with a
// key that is thrown away, and opened as a verifier opens it: what is too large,
// holds too many claims or is malformed shows before anything is signed in the
// issuer's name. Errors wrap ErrBadge.
func (k Kit) Check(ctx context.Context, c *Choice, b Badge) error {
	if !c.Token() {
		if _, _, err := jsonld.ToRDFGroups(b.Document, jsonld.Options{Contexts: k.Contexts}, present(c.mandatory, b.Document)); err != nil {
			return refused{ErrBadge, err}
		}
		return nil
	}
	signer, err := c.Kind().Generate()
	if err != nil {
		return err
	}
	key := Key{Signer: signer}
	id, err := did.FormatKey(signer.Public())
	if err == nil {
		key.Method, err = did.KeyMethod(id)
	}
	if err != nil {
		return err
	}
	from, _, err := credential.Validity(b.Document)
	if err != nil {
		return refused{ErrBadge, err}
	}
	token, err := k.Sign(c, b, key, from)
	if err != nil {
		return err
	}
	_, err = proof.Open(ctx, token, proof.Options{
		Keys: did.Methods{"key": did.Key{}}, Suites: proof.Suites{proof.VCJOSE{}, proof.SDJWT{}}, At: from,
		UnsafeAnyController: true, // the key that is thrown away is not the issuer's
	})
	if err != nil {
		return refused{ErrBadge, err}
	}
	return nil
}

// CheckTemplate is Check for a badge that a template was tried out with: a
// mandatory pointer that leads nowhere would make nothing mandatory, and nobody
// would notice.
func (k Kit) CheckTemplate(ctx context.Context, c *Choice, b Badge) error {
	doc, err := c.signed(b)
	if err != nil {
		return refused{ErrBadge, err}
	}
	there := present(c.mandatory, doc)
	for _, text := range c.mandatory {
		later := func(begin string) bool { return strictjson.Within(text, begin) }
		if !slices.Contains(there, text) && !slices.ContainsFunc(perAward, later) {
			return refusef(ErrBadge, "the template's \"mandatory\" names %s, and its badges have none", text)
		}
	}
	return k.Check(ctx, c, b)
}
