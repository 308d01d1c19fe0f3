package issuer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"laurel/issuer/keyring"
	"laurel/issuer/mechanism"
	"laurel/proof"
	"laurel/status"
)

// This file has what is particular to badges that are signed tokens: how they are
// kept, how they name their issuer, and the lists by which they are taken back.

// Naming is how an issuer is named in badges that are claims of their own
// (dc+sd-jwt), and so where their readers look for its keys. Documents, and tokens
// around documents, always name its DID.
type Naming string

// The namings. Readers of SD-JWT VC that know DIDs take the first; those that know
// only what its specification has, "JWT VC Issuer Metadata", need the second.
const (
	ByDID Naming = ""    // iss is the DID, kid the verification method's URL
	ByURL Naming = "url" // iss is the web address, and /.well-known/jwt-vc-issuer there has the keys
)

// tokenIssuer is the iss of badges that are claims of their own.
func (p Profile) tokenIssuer() string {
	if p.Naming == ByURL {
		return p.URL
	}
	return p.DID
}

// named is what claims, and lists of tokens, say of the key that signed them.
func (i *Issuer) named(k keyring.Key) string {
	if i.profile.Naming == ByURL {
		return k.Fragment()
	}
	return k.ID
}

// signingAs is a key as a badge of that choice names it.
func (i *Issuer) signingAs(c *mechanism.Choice, k keyring.Key) mechanism.Key {
	if c.Claims() {
		return mechanism.Key{Signer: k.Signer, Method: i.named(k)}
	}
	return mechanism.Key{Signer: k.Signer, Method: k.ID}
}

// Credential is a signed badge: a document as JSON, or a token in its compact form.
// In JSON a document stands as it is, and a token as a text.
type Credential []byte

// Token reports whether it is a token.
func (c Credential) Token() bool { return len(c) > 0 && c[0] != '{' }

// Extension is the ending that a file with it should have: ".json", ".jwt", or
// ".sdjwt" for a token with disclosures.
func (c Credential) Extension() string {
	switch {
	case !c.Token():
		return ".json"
	case strings.Contains(string(c), "~"):
		return ".sdjwt"
	default:
		return ".jwt"
	}
}

// MarshalJSON is json.Marshaler's.
func (c Credential) MarshalJSON() ([]byte, error) {
	if c.Token() {
		return json.Marshal(string(c))
	}
	return json.RawMessage(c).MarshalJSON()
}

// UnmarshalJSON is json.Unmarshaler's.
func (c *Credential) UnmarshalJSON(text []byte) error {
	if len(text) == 0 || text[0] != '"' {
		*c = append((*c)[:0], text...)
		return nil
	}
	var token string
	err := json.Unmarshal(text, &token)
	*c = Credential(token)
	return err
}

// tokenURL is where a list is published for tokens, given where it is published for
// documents. Both have the same places: who is revoked in one is so in the other.
func tokenURL(listURL string) string { return strings.TrimSuffix(listURL, ".json") + ".jwt" }

// listKeys are the keys that lists are signed with, as documents and as tokens.
type listKeys struct{ document, token keyring.Key }

// listKeysOf chooses among keys. A list of tokens is signed with the kind of key
// that every reader of SD-JWT VC knows, if the issuer has one.
func (i *Issuer) listKeysOf(keys keyring.Ring) (listKeys, error) {
	document, err := keys.Signing(mechanism.KindFor(i.opt.Suite))
	if err != nil {
		return listKeys{}, err
	}
	token, err := keys.Signing(keyring.NIST)
	if err != nil {
		token = document
	}
	return listKeys{document, token}, nil
}

func (i *Issuer) publishesTokens() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.claims
}

// publishTokens makes every list that is signed from now on one for tokens as well.
func (i *Issuer) publishTokens() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.claims = true
}

// ensureTokens publishes the lists for tokens that are not yet, for the first
// template whose badges name them. The caller holds the turn.
func (i *Issuer) ensureTokens(ctx context.Context) error {
	old := slices.DeleteFunc(i.unchanged(), func(u update) bool { return u.list.tokens != nil })
	if len(old) == 0 {
		return nil
	}
	signers, err := i.active()
	if err != nil {
		return err
	}
	return i.publish(ctx, signers, old, func(Tx) error { return nil })
}

// signTokens makes the next version of a list for tokens, of the same time and with
// the same entries as that for documents.
func (i *Issuer) signTokens(l *list, key keyring.Key) error {
	tokens, err := status.NewTokenListOf(l.bits, l.Purpose)
	if err != nil {
		return fmt.Errorf("list %s for tokens: %w", l.ID, err)
	}
	compact, err := status.SignToken(
		status.TokenDraft{URL: tokenURL(l.url), List: tokens, TTL: i.profile.ListTTL},
		proof.SignOptions{Key: key.Signer, Method: i.named(key), Created: l.At, Expires: l.At.Add(i.profile.ListValidity)},
	)
	if err != nil {
		return fmt.Errorf("signing list %s for tokens: %w", l.ID, err)
	}
	l.tokens = []byte(compact)
	return nil
}

// errNoMetadata says that an issuer is named by its DID, which has its own document.
var errNoMetadata = errors.New("this issuer is named by its DID")

// metadataName is what is put between host and path of an issuer's address (SD-JWT
// VC, section 5).
const metadataName = ".well-known/jwt-vc-issuer"

// MetadataFile is the file that is published for MetadataURL if that is not below
// the issuer's address: the address has a path, and such a URL is at the root.
const MetadataFile = "jwt-vc-issuer.json"

// MetadataURL is where readers of SD-JWT VC look for the issuer's keys, or "" if
// badges name it by its DID.
func (p Profile) MetadataURL() string {
	u, err := url.Parse(p.URL)
	if err != nil || p.Naming != ByURL {
		return ""
	}
	u.Path = "/" + metadataName + u.Path // which is plain
	return u.String()
}

// Metadata returns the "JWT VC Issuer Metadata" (SD-JWT VC, section 5): the issuer's
// keys but for those that somebody else may have, which nobody shall believe any
// more. It fails for an issuer that is named by its DID.
func (i *Issuer) Metadata() ([]byte, error) {
	if i.profile.Naming != ByURL {
		return nil, errNoMetadata
	}
	doc, err := i.ring().Metadata(i.profile.URL)
	if err != nil {
		return nil, err
	}
	return doc.Indented(), nil
}

// proofName is what the books call the way in which a badge was secured.
func (i *Issuer) proofName(c *mechanism.Choice) string { return cmp.Or(c.Name, i.opt.Suite.Name()) }
