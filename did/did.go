// Package did turns identifiers into keys: it answers "which public key is
// did:web:school.example#2026, and may it sign badges?".
//
// # Identifiers, documents, methods
//
// A DID names a subject (a school, a learner). Resolving it gives a Document,
// which lists verification methods (public keys, each with an id such as
// did:web:school.example#2026) and verification relationships (which of these
// keys may be used for what: assertionMethod to issue, authentication to
// present). A Resolver resolves; there is one per way of writing identifiers:
//
//	Key    did:key:z6Mk…            the identifier is the key, no network
//	JWK    did:jwk:eyJjcnYi…        the same, the key written as a JSON Web Key
//	Web    did:web:school.example   https://school.example/.well-known/did.json
//	HTTPS  https://school.example/1 a Controlled Identifier Document at that URL
//
// and Methods joins them by name. JWTIssuer is a Resolver too, for the issuers of
// SD-JWT credentials, who publish their keys in another way.
//
// # Is this key authorised for that purpose
//
// Dereference is the one function to ask. It follows Controlled Identifiers
// 1.0, section 3.3 "Retrieve Verification Method", step by step: it fetches the
// document of the part before "#", and insists that the document and the method
// are who they say they are, that the method's controller is the document, and
// that the relationship lists the method. A key is never taken out of a URL's
// fragment.
//
//	keys := did.Methods{"key": did.Key{}, "web": did.Web{Fetch: client}}
//	m, doc, err := did.Dereference(ctx, keys, "did:key:z6MkhaXg…#z6MkhaXg…", did.AssertionMethod)
//	if err != nil {
//		return err // one of the sentinels below
//	}
//	if err := m.ValidAt(now); err != nil {
//		return err // ErrKeyRevoked, ErrKeyExpired
//	}
//	ok := ed25519.Verify(m.Key.(ed25519.PublicKey), message, signature)
//
// Whether the signer is also the issuer is the caller's question: compare
// doc.ID with the issuer's id.
//
// # Keys
//
// Keys are ed25519.PublicKey, *ecdsa.PublicKey (P-256 and P-384) and
// *secp256k1.PublicKey. Each has been checked to be a point of its curve in the
// one canonical encoding, and, for Ed25519, not one of the small-order points
// under which a constant signature verifies for any message. Written as a JSON
// Web Key there are also *ecdsa.PublicKey on P-521 and *rsa.PublicKey of 2,048
// bits and more, which only signed tokens and a legacy suite use. A BLSKey, on
// BLS12-381, is for BBS signatures alone. Other key types are refused by
// name with ErrKeyUnsupported.
package did

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// The sentinels. Each names one thing that can be wrong, and every error of
// this package wraps exactly one of them, so that a caller maps them to codes
// one to one (the code is given behind each).
var (
	// ErrSyntax says that a verification method is no DID URL or https URL with
	// a fragment. VERIFICATION_METHOD_UNRESOLVABLE
	ErrSyntax = errors.New("this is not the identifier of a key")
	// ErrMethodUnsupported says that nobody here resolves this kind of
	// identifier. DID_RESOLUTION_FAILED, and the outcome is unknown.
	ErrMethodUnsupported = errors.New("this kind of identifier is not supported")
	// ErrIdentifier says that a did:web breaks the rules for writing one, so that
	// it has no document anywhere. DID_RESOLUTION_FAILED, and the outcome is
	// failed: nobody honest signs with it.
	ErrIdentifier = errors.New("the identifier is malformed")
	// ErrResolution says that the document could not be had: an address that is
	// not fetched from, no connection, an error status. DID_RESOLUTION_FAILED,
	// and the outcome is unknown.
	ErrResolution = errors.New("the identifier's document could not be fetched")
	// ErrDocument says that the document was had and is wrong: no JSON, not the
	// document of this identifier, a broken member. DID_DOCUMENT_INVALID
	ErrDocument = errors.New("the identifier's document is not valid")
	// ErrDeactivated says that the subject has given the identifier up.
	// DID_DEACTIVATED
	ErrDeactivated = errors.New("the identifier was deactivated by its owner")
	// ErrNotFound says that the document has no such method.
	// VERIFICATION_METHOD_UNRESOLVABLE
	ErrNotFound = errors.New("the identifier's document has no such key")
	// ErrNotAuthorized says that the key is there but not for this purpose, or
	// that it belongs to somebody else. VERIFICATION_METHOD_NOT_AUTHORIZED
	ErrNotAuthorized = errors.New("the key is not authorised for this purpose")
	// ErrKeyInvalid says that the bytes are no key that may be used: a wrong
	// length or encoding, a point off the curve, a point of small order.
	// KEY_INVALID
	ErrKeyInvalid = errors.New("the key is not valid")
	// ErrKeyUnsupported names a key type that this program does not verify
	// with. KEY_INVALID, and the outcome is unknown.
	ErrKeyUnsupported = errors.New("this type of key is not supported")
	// ErrKeyRevoked says that the key was revoked at or before the time asked
	// about. KEY_REVOKED
	ErrKeyRevoked = errors.New("the key was revoked by its owner")
	// ErrKeyExpired says that the key expired at or before the time asked
	// about. KEY_REVOKED
	ErrKeyExpired = errors.New("the key has expired")
	// ErrLimit says that an identifier is longer than is read. LIMIT_EXCEEDED
	ErrLimit = errors.New("the identifier is too long")
)

// Relationship is a purpose for which a document lists keys: the name of the
// document's member, and the value of a proof's proofPurpose.
type Relationship string

// The verification relationships (Controlled Identifiers 1.0, section 2.3).
const (
	Authentication       Relationship = "authentication"       // present, log in
	AssertionMethod      Relationship = "assertionMethod"      // issue, endorse
	KeyAgreement         Relationship = "keyAgreement"         // encrypt to the subject
	CapabilityInvocation Relationship = "capabilityInvocation" // use a capability
	CapabilityDelegation Relationship = "capabilityDelegation" // hand a capability on
)

// relationships is every Relationship, in the order in which documents are
// written.
var relationships = [...]Relationship{
	Authentication, AssertionMethod, KeyAgreement, CapabilityInvocation, CapabilityDelegation,
}

// Document is a resolved DID document or Controlled Identifier Document. All
// identifiers in it are absolute.
type Document struct {
	ID            string
	Controller    []string // who else may change the document; informative here
	AlsoKnownAs   []string // other names that the subject claims; unproven
	Methods       []Method // in the document's order, embedded ones included
	Relationships map[Relationship][]string
	Deactivated   bool            // Dereference refuses such a document
	Source        *fetch.Resource // what was fetched, for the report; nil for did:key and did:jwk

	text strictjson.Value // as it was read; Absent for did:key
}

// Method is one verification method of a Document.
type Method struct {
	ID         string           // absolute, "did:web:school.example#2026"
	Type       string           // "Multikey", "JsonWebKey" …
	Controller string           // absolute
	Key        crypto.PublicKey // see "Keys" above; nil if Err is set
	KeyID      string           // the kid of a JSON Web Key; "" if it has none
	Err        error            // why Key is nil: ErrKeyInvalid, ErrKeyUnsupported, ErrDocument
	Expires    time.Time        // zero: never
	Revoked    time.Time        // zero: never
	// Chain are the certificates that vouch for a key which no document lists, up to a
	// root; nil for all others.
	Chain []*x509.Certificate
}

// ValidAt reports whether the method may be used at t. "Systems depending on
// the value are expected to not verify any proofs associated with the
// verification method at or after the time of" expiration or revocation
// (Controlled Identifiers 1.0, section 2.2). It wraps ErrKeyRevoked or
// ErrKeyExpired.
//
// What t is decides what a stolen key can do: whoever holds the key can put any
// date into a proof, so a revoked key is to be judged at the present time (or
// the time at which the proof was first seen), never at the proof's own date.
func (m *Method) ValidAt(t time.Time) error {
	switch {
	case !m.Revoked.IsZero() && !t.Before(m.Revoked):
		return fmt.Errorf("%w: %s on %s", ErrKeyRevoked, m.ID, m.Revoked.Format(time.RFC3339))
	case !m.Expires.IsZero() && !t.Before(m.Expires):
		return fmt.Errorf("%w: %s on %s", ErrKeyExpired, m.ID, m.Expires.Format(time.RFC3339))
	}
	return nil
}

// Method returns the method of that absolute id, or nil.
func (d *Document) Method(id string) *Method {
	for i := range d.Methods {
		if d.Methods[i].ID == id {
			return &d.Methods[i]
		}
	}
	return nil
}

// Resolver gives the document of an identifier: a DID or an https URL, without
// path or fragment parts that are not its own. It must be safe for concurrent
// use. A returned Document is shared and must not be changed.
type Resolver interface {
	Resolve(ctx context.Context, id string) (*Document, error)
}

// Methods is a Resolver made of others, by DID method name ("key", "web"), and
// "https" for Controlled Identifier Documents. The zero value resolves nothing.
type Methods map[string]Resolver

// Resolve asks the resolver of the identifier's method. It wraps
// ErrMethodUnsupported if there is none, and ErrSyntax if id is neither a DID
// nor an https URL.
func (m Methods) Resolve(ctx context.Context, id string) (*Document, error) {
	name, err := methodName(id)
	if err != nil {
		return nil, err
	}
	r, ok := m[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrMethodUnsupported, strictjson.Clip(name))
	}
	return r.Resolve(ctx, id)
}

// methodName returns "key" for did:key:…, and "https" for https:// and http://
// URLs (the HTTPS resolver decides about the latter).
func methodName(id string) (string, error) {
	if strings.HasPrefix(id, "https://") || strings.HasPrefix(id, "http://") {
		return "https", nil
	}
	rest, ok := strings.CutPrefix(id, "did:")
	if !ok {
		return "", fmt.Errorf("%w: %s is neither a DID nor an https URL", ErrSyntax, strictjson.Clip(id))
	}
	name, _, ok := strings.Cut(rest, ":")
	if !ok || !isMethodName(name) {
		return "", fmt.Errorf("%w: %s has no DID method name", ErrSyntax, strictjson.Clip(id))
	}
	return name, nil
}

// Dereference finds the verification method that methodURL names and makes sure
// that it may be used for the relationship. It does not look at the method's
// dates: see ValidAt. The steps are those of Controlled Identifiers 1.0,
// section 3.3.
func Dereference(ctx context.Context, r Resolver, methodURL string, rel Relationship) (*Method, *Document, error) {
	// "If vmIdentifier is not a valid URL, an error MUST be raised." "Let
	// controllerDocumentUrl be the result of parsing vmIdentifier […] and
	// extracting the primary resource identifier (without the fragment
	// identifier). Let vmFragment be the […] secondary resource identifier."
	id, _, err := Split(methodURL)
	if err != nil {
		return nil, nil, err
	}
	doc, err := resolve(ctx, r, id)
	if err != nil {
		return nil, nil, err
	}
	m, err := doc.authorized(methodURL, rel)
	if err != nil {
		return nil, nil, err
	}
	return m, doc, nil
}

// resolve gets the document of an identifier that is still in use.
func resolve(ctx context.Context, r Resolver, id string) (*Document, error) {
	// "Let controllerDocument be the result of dereferencing
	// controllerDocumentUrl." "If controllerDocument is not a conforming
	// controlled identifier document, an error MUST be raised": the resolver.
	doc, err := r.Resolve(ctx, id)
	if err != nil {
		return nil, err
	}
	// "If controllerDocument.id does not match the controllerDocumentUrl, an
	// error MUST be raised."
	if doc.ID != id {
		return nil, fmt.Errorf("%w: it says that it is %s, not %s", ErrDocument, strictjson.Clip(doc.ID), strictjson.Clip(id))
	}
	if doc.Deactivated {
		return nil, fmt.Errorf("%w: %s", ErrDeactivated, strictjson.Clip(id))
	}
	return doc, nil
}

// Find looks in the document of an identifier for the one method that fits among
// those that are listed for the relationship: signed tokens name a key by its
// "kid" alone, or bring a copy of it. It answers what Dereference answers, with
// ErrNotFound if no method fits, or more than one.
func Find(ctx context.Context, r Resolver, id string, rel Relationship, fits func(*Method) bool) (*Method, *Document, error) {
	doc, err := resolve(ctx, r, id)
	if err != nil {
		return nil, nil, err
	}
	found := ""
	for i := range doc.Methods {
		m := &doc.Methods[i]
		if !slices.Contains(doc.Relationships[rel], m.ID) || !fits(m) {
			continue
		}
		if found != "" {
			return nil, nil, fmt.Errorf("%w: %s and %s of %s both fit", ErrNotFound, strictjson.Clip(found), strictjson.Clip(m.ID), strictjson.Clip(id))
		}
		found = m.ID
	}
	if found == "" {
		return nil, nil, fmt.Errorf("%w: none that is listed under %s by %s", ErrNotFound, rel, strictjson.Clip(id))
	}
	m, err := doc.authorized(found, rel)
	if err != nil {
		return nil, nil, err
	}
	return m, doc, nil
}

// Named fits methods that a token's "kid" names: "key-1" and "#key-1" are the
// fragment of the method's id, and "key-1" may be the kid of its JSON Web Key.
func Named(kid string) func(*Method) bool {
	return func(m *Method) bool {
		_, fragment, _ := strings.Cut(m.ID, "#")
		return kid != "" && (m.KeyID == kid || fragment == strings.TrimPrefix(kid, "#"))
	}
}

// Holding fits methods that hold exactly this key.
func Holding(key crypto.PublicKey) func(*Method) bool {
	same, ok := key.(interface{ Equal(crypto.PublicKey) bool })
	if koblitz, is := key.(*secp256k1.PublicKey); is {
		same, ok = equaler{koblitz}, true
	}
	return func(m *Method) bool { return ok && m.Key != nil && same.Equal(m.Key) }
}

// equaler compares keys of secp256k1 as those of the standard library compare.
type equaler struct{ *secp256k1.PublicKey }

func (e equaler) Equal(other crypto.PublicKey) bool {
	o, ok := other.(*secp256k1.PublicKey)
	return ok && e.IsEqual(o)
}

// authorized is the second half of Dereference, inside the document.
func (d *Document) authorized(methodURL string, rel Relationship) (*Method, error) {
	// "Let verificationMethod be the result of dereferencing the vmFragment
	// from the controllerDocument." "If the absolute URL value of
	// verificationMethod.id does not equal vmIdentifier, an error MUST be
	// raised."
	m := d.Method(methodURL)
	if m == nil {
		return nil, fmt.Errorf("%w: %s", ErrNotFound, strictjson.Clip(methodURL))
	}
	// "If verificationMethod is not a conforming verification method, an error
	// MUST be raised."
	if m.Err != nil {
		return nil, fmt.Errorf("%s: %w", strictjson.Clip(m.ID), m.Err)
	}
	// "If the absolute URL value of verificationMethod.controller does not equal
	// controllerDocumentUrl, an error MUST be raised."
	if m.Controller != d.ID {
		return nil, fmt.Errorf("%w: %s says that %s controls it", ErrNotAuthorized, strictjson.Clip(m.ID), strictjson.Clip(m.Controller))
	}
	// "If verificationMethod is not associated, either by reference (URL) or by
	// value (object), with the verification relationship array in the
	// controllerDocument identified by verificationRelationship, an error MUST
	// be raised."
	if !slices.Contains(d.Relationships[rel], m.ID) {
		return nil, fmt.Errorf("%w: %s is not listed under %s", ErrNotAuthorized, strictjson.Clip(m.ID), strictjson.Clip(string(rel)))
	}
	return m, nil
}
