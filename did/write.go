package did

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
)

// documentContexts make the documents that this package writes JSON-LD too.
var documentContexts = []string{"https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"}

// WebKey is one key of an issuer, with its window.
type WebKey struct {
	Fragment string           // the part of the method's id after "#", "2026" or "key-1"
	Public   crypto.PublicKey // ed25519.PublicKey, *ecdsa.PublicKey or *secp256k1.PublicKey
	// Expires is when the key stops or stopped being used; zero is never. From
	// then on nothing is verified with it, whatever was signed before: a key
	// that was retired in good order stays listed, so that what it signed can be
	// checked for as long as Expires allows.
	Expires time.Time
	// Revoked is when the key was withdrawn, because it may have been stolen;
	// zero is never. A revoked key stays listed as well: the date says why.
	Revoked time.Time
	// For is what the key may be used for; nil is AssertionMethod alone.
	For []Relationship
}

// WebDocument makes the did.json of an issuer: one Multikey method for each key,
// in the order given. id is a did:web (Web.URL says where to put the document) or
// an https URL. It wraps ErrSyntax, ErrKeyInvalid or ErrKeyUnsupported, and
// ErrDocument for two keys with one fragment or no key at all.
func WebDocument(id string, keys []WebKey) (strictjson.Value, error) {
	if len(keys) == 0 {
		return strictjson.Value{}, fmt.Errorf("%w: no key", ErrDocument)
	}
	if err := checkHosted(id); err != nil {
		return strictjson.Value{}, err
	}
	doc := &Document{ID: id, Relationships: make(map[Relationship][]string)}
	for _, k := range keys {
		method := id + "#" + k.Fragment
		if _, _, err := Split(method); err != nil {
			return strictjson.Value{}, err
		}
		doc.Methods = append(doc.Methods, Method{
			ID: method, Type: "Multikey", Controller: id, Key: k.Public, Expires: k.Expires, Revoked: k.Revoked,
		})
		uses := k.For
		if uses == nil {
			uses = []Relationship{AssertionMethod}
		}
		for _, rel := range uses {
			doc.Relationships[rel] = append(doc.Relationships[rel], method)
		}
	}
	v, err := doc.render()
	if err != nil {
		return strictjson.Value{}, err
	}
	if _, err := ParseDocument(v.JSON()); err != nil { // our own reader must take it
		return strictjson.Value{}, err
	}
	return v, nil
}

// checkHosted accepts the identifiers whose documents somebody serves. Loopback
// is for the resolvers to refuse.
func checkHosted(id string) error {
	name, err := methodName(id)
	switch {
	case err != nil:
		return err
	case name == "web":
		_, err := Web{UnsafeLoopback: true}.URL(id)
		return err
	case name == "https":
		if _, err := fetch.ParseURL(id, true); err != nil {
			return fmt.Errorf("%w: %v", ErrSyntax, err)
		}
		return nil
	default:
		return fmt.Errorf("%w: nobody serves the document of %s", ErrSyntax, strictjson.Clip(id))
	}
}

// JSON returns the document as JSON: as it was read, or for a did:key the one
// that its specification describes.
func (d *Document) JSON() (strictjson.Value, error) {
	if d.text.Exists() {
		return d.text, nil
	}
	return d.render()
}

func (d *Document) render() (strictjson.Value, error) {
	methods := make([]strictjson.Value, len(d.Methods))
	for i := range d.Methods {
		var err error
		if methods[i], err = d.Methods[i].render(); err != nil {
			return strictjson.Value{}, err
		}
	}
	members := []strictjson.Member{
		{Name: "@context", Value: strictjson.Strings(documentContexts...)},
		{Name: "id", Value: strictjson.String(d.ID)},
		{Name: "verificationMethod", Value: strictjson.Array(methods...)},
	}
	for _, rel := range relationships {
		if refs := d.Relationships[rel]; len(refs) > 0 {
			members = append(members, strictjson.Member{Name: string(rel), Value: strictjson.Strings(refs...)})
		}
	}
	return strictjson.Object(members...), nil
}

func (m *Method) render() (strictjson.Value, error) {
	multikey, err := FormatMultikey(m.Key)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("%s: %w", m.ID, err)
	}
	return strictjson.Object(
		strictjson.Member{Name: "id", Value: strictjson.String(m.ID)},
		strictjson.Member{Name: "type", Value: strictjson.String(m.Type)},
		strictjson.Member{Name: "controller", Value: strictjson.String(m.Controller)},
		strictjson.Member{Name: "publicKeyMultibase", Value: strictjson.String(multikey)},
		strictjson.Member{Name: "expires", Value: strictjson.Stamp(m.Expires)},
		strictjson.Member{Name: "revoked", Value: strictjson.Stamp(m.Revoked)},
	), nil
}

// FormatJWK writes a public key as a JSON Web Key, as ParseJWK reads it, without
// the optional members: what a token says to name its holder's key. It wraps
// ErrKeyInvalid, or ErrKeyUnsupported (RSA among them: nobody here holds one).
func FormatJWK(pub crypto.PublicKey) (strictjson.Value, error) {
	if pub, ok := pub.(ed25519.PublicKey); ok {
		if err := checkEd25519(pub); err != nil {
			return strictjson.Value{}, err
		}
		return jwk("OKP", "Ed25519", pub, nil), nil
	}
	c, long, err := uncompressed(pub)
	if err != nil {
		return strictjson.Value{}, err
	}
	return jwk("EC", c.name, long[1:1+c.size], long[1+c.size:]), nil
}

// uncompressed gives the curve of a key and its point, 4 and both coordinates.
func uncompressed(pub crypto.PublicKey) (*curve, []byte, error) {
	switch pub := pub.(type) {
	case *ecdsa.PublicKey:
		c := findCurve(func(c *curve) bool { return pub != nil && c.nist != nil && pub.Curve == c.nist })
		if pub != nil && pub.Curve == p521.nist {
			c = &p521
		}
		if c == nil {
			return nil, nil, fmt.Errorf("%w: ECDSA on an unknown curve", ErrKeyUnsupported)
		}
		long, err := pub.Bytes()
		if err != nil {
			return nil, nil, c.offCurve()
		}
		return c, long, nil
	case *secp256k1.PublicKey:
		c := findCurve(func(c *curve) bool { return c.nist == nil })
		if pub == nil || !pub.IsOnCurve() {
			return nil, nil, c.offCurve()
		}
		return c, pub.SerializeUncompressed(), nil
	default:
		return nil, nil, fmt.Errorf("%w: %T", ErrKeyUnsupported, pub)
	}
}

func jwk(kty, crv string, x, y []byte) strictjson.Value {
	v := strictjson.Object(
		strictjson.Member{Name: "kty", Value: strictjson.String(kty)},
		strictjson.Member{Name: "crv", Value: strictjson.String(crv)},
		strictjson.Member{Name: "x", Value: strictjson.String(base64.RawURLEncoding.EncodeToString(x))},
	)
	if y == nil {
		return v
	}
	return v.With("y", strictjson.String(base64.RawURLEncoding.EncodeToString(y)))
}

// Identify is the identifier that a key has by itself, given as ParseJWK read it:
// its did:key, or its did:jwk if there is none.
func Identify(key crypto.PublicKey, jwk strictjson.Value) string {
	if id, err := FormatKey(key); err == nil {
		return id
	}
	return "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk.JSON())
}
