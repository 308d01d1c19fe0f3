package openid4vc

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

// Prefix is a Client Identifier Prefix (section 5.9.3): what a client_id means, and
// what has to prove it.
type Prefix string

// The prefixes that are understood here.
const (
	RedirectURI Prefix = "redirect_uri"             // the address of the answer; nothing is signed
	DID         Prefix = "decentralized_identifier" // a DID, whose key signs
	X509DNS     Prefix = "x509_san_dns"             // a DNS name, whose certificate's key signs
	X509Hash    Prefix = "x509_hash"                // the SHA-256 of a certificate, whose key signs
)

var prefixes = []Prefix{RedirectURI, DID, X509DNS, X509Hash}

// maxURL bounds the addresses in a request.
const maxURL = 2048

// parseClient takes a client_id apart. "The Client Identifier Prefix is defined as
// the string before the (first) : character."
func parseClient(id string, signed bool) (Requester, error) {
	name, rest, found := strings.Cut(id, ":")
	r := Requester{Prefix: Prefix(name), ID: rest}
	switch {
	case len(id) > maxURL:
		return r, invalid(ErrLimit, "a client_id of %d characters, at most %d", len(id), maxURL)
	case !found:
		return r, invalid(ErrRequest, "the client_id %s has no prefix, and nobody is registered here in advance", shown(id))
	case name == "did":
		return r, invalid(ErrDraft, "the client_id is a bare DID, which is of draft-25 or earlier; 1.0 has decentralized_identifier: before it")
	case !slices.Contains(prefixes, r.Prefix):
		return r, invalid(ErrRequest, "the client_id prefix %s is not supported", shown(name))
	case rest == "":
		return r, invalid(ErrClientID, "the client_id has nothing behind its prefix")
	case r.Prefix == RedirectURI && signed:
		return r, invalid(ErrRequest, "a request with the prefix redirect_uri cannot be signed, since nobody knows whose key it would be")
	case r.Prefix != RedirectURI && !signed:
		return r, invalid(ErrRequestSignature, "a request with the prefix %s must be signed", name)
	case r.Prefix == DID && !strings.HasPrefix(rest, "did:"):
		return r, invalid(ErrClientID, "%s is no DID", shown(rest))
	}
	return r, nil
}

// readAddress reads where the answer goes to, and makes sure that the requester may
// have it there.
func (o Options) readAddress(v strictjson.Value, r *Request) error {
	// "If the redirect_uri Authorization Request parameter is present when the
	// Response Mode is direct_post, the Wallet MUST return an invalid_request".
	if v.Get("redirect_uri").Exists() {
		return invalid(ErrRequest, "redirect_uri has no place beside the response mode %s", r.ResponseMode)
	}
	m := v.Get("response_uri")
	uri, ok := m.Text()
	switch {
	case m.Exists() && !ok:
		return invalid(ErrRequest, "response_uri is not a text")
	case r.Requester.Prefix == RedirectURI && !m.Exists():
		uri = r.Requester.ID // "The Verifier MAY omit the […] response_uri"
	case !m.Exists():
		return invalid(ErrRequest, "it has no response_uri")
	case r.Requester.Prefix == RedirectURI && uri != r.Requester.ID:
		return invalid(ErrClientID, "it asks as %s, and for the answer to be sent to %s", shown(r.Requester.ID), shown(uri))
	}
	target, err := o.address("response_uri", uri)
	if err != nil {
		return err
	}
	// "the FQDN of the redirect_uri value MUST match the Client Identifier"
	if r.Requester.Prefix == X509DNS && !strings.EqualFold(target.Hostname(), r.Requester.ID) {
		return invalid(ErrClientID, "it asks as %s, and for the answer to be sent to %s", shown(r.Requester.ID), shown(target.Hostname()))
	}
	r.ResponseURI = uri
	return nil
}

// address checks an address that a wallet connects to.
func (o Options) address(name, text string) (*url.URL, error) {
	if len(text) > maxURL {
		return nil, invalid(ErrLimit, "%s has %d characters, at most %d", name, len(text), maxURL)
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Hostname() == "" || u.Opaque != "" {
		return nil, invalid(ErrRequest, "%s is not an address", name)
	}
	switch {
	case u.User != nil:
		return nil, invalid(ErrRequest, "%s has a user name in it", name)
	case strings.Contains(text, "#"):
		return nil, invalid(ErrRequest, "%s has a fragment", name)
	case u.Scheme == "http" && o.UnsafeLoopback && loopback(u.Hostname()):
	case u.Scheme != "https":
		return nil, invalid(ErrRequest, "%s is not an https address", name)
	}
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// maxKeys bounds the keys of client_metadata. Rotating verifiers have two.
const maxKeys = 16

// readMetadata reads client_metadata. "Other metadata parameters MUST be ignored".
func (o Options) readMetadata(v strictjson.Value, r *Request) error {
	m := v.Get("client_metadata")
	if m.Exists() && m.Kind() != strictjson.Dict {
		return invalid(ErrRequest, "client_metadata must be an object")
	}
	if r.Metadata.Formats = m.Get("vp_formats_supported"); r.Metadata.Formats.Exists() && r.Metadata.Formats.Kind() != strictjson.Dict {
		return invalid(ErrRequest, "vp_formats_supported must be an object")
	}
	if err := r.Metadata.readKeys(m.Get("jwks")); err != nil {
		return err
	}
	if enc := m.Get("encrypted_response_enc_values_supported"); enc.Exists() {
		var err error
		if r.Metadata.Encodings, err = texts(enc, "encrypted_response_enc_values_supported"); err != nil {
			return err
		}
	}
	if r.ResponseMode != DirectPostJWT {
		return nil
	}
	_, _, err := r.Metadata.encryption()
	return err
}

func (m *Metadata) readKeys(jwks strictjson.Value) error {
	if !jwks.Exists() {
		return nil
	}
	keys := jwks.Get("keys")
	switch {
	case keys.Kind() != strictjson.List:
		return invalid(ErrRequest, "jwks must be an object with an array of keys")
	case len(keys.Elems()) > maxKeys:
		return invalid(ErrLimit, "jwks has %d keys, at most %d", len(keys.Elems()), maxKeys)
	}
	seen := map[string]bool{}
	for _, e := range keys.Elems() {
		// "Each JWK in the set MUST have a kid (Key ID) parameter that uniquely
		// identifies the key within the context of the request."
		id := e.Get("kid").Str()
		switch {
		case id == "" || seen[id]:
			return invalid(ErrRequest, "every key of jwks needs a kid of its own")
		case e.Get("d").Exists() || e.Get("k").Exists():
			return invalid(ErrRequest, "jwks publishes a secret key")
		}
		seen[id] = true
		if use := e.Get("use"); e.Get("crv").Str() != "P-256" || e.Get("alg").Str() != "ECDH-ES" || use.Exists() && use.Str() != "enc" {
			continue // a key for something else, or of a kind that is not encrypted to here
		}
		key, err := jose.ParseRecipient(e)
		if err != nil {
			return invalid(ErrRequest, "the key %s of jwks: %s", shown(id), err)
		}
		m.Keys = append(m.Keys, key)
	}
	return nil
}

// encryption is the key and the content encryption to encrypt an answer with.
func (m *Metadata) encryption() (jose.Recipient, string, error) {
	if len(m.Keys) == 0 {
		return jose.Recipient{}, "", invalid(ErrRequest, "it asks for an encrypted answer, and has no key that can be encrypted to (P-256 with alg ECDH-ES)")
	}
	offered := m.Encodings
	if len(offered) == 0 {
		offered = []string{"A128GCM"}
	}
	for _, enc := range offered {
		if slices.Contains(jose.Encodings, enc) {
			return m.Keys[0], enc, nil
		}
	}
	return jose.Recipient{}, "", invalid(ErrRequest, "it asks for an encrypted answer with %q; %q are known", offered, jose.Encodings)
}

// Takes reports whether a verifier that says so much of itself takes a credential of a
// format that is secured in this way: "If present, the […] of the presented Verifiable
// Credential or Verifiable Presentation MUST match one of the array values" (appendix B).
//
//	m.Takes(dcql.LDP, "cryptosuite_values", "eddsa-rdfc-2022")
//	m.Takes(dcql.SDJWT, "kb-jwt_alg_values", "EdDSA")
//
// Without a parameter the question is whether it takes the format at all. One that does
// not say which formats it takes, or names none, may take any. EdDSA and Ed25519 are two
// names of what is signed with such a key (RFC 9864).
func (m *Metadata) Takes(format dcql.Format, parameter, value string) bool {
	if len(m.Formats.Members()) == 0 {
		return true
	}
	of := m.Formats.Get(string(format))
	accepted := of.Get(parameter)
	return of.Exists() && (!accepted.Exists() || slices.ContainsFunc(accepted.List(), func(v strictjson.Value) bool {
		return v.Str() == value || v.Str() == "Ed25519" && value == "EdDSA"
	}))
}

func (m *Metadata) value() strictjson.Value {
	var v strictjson.Value
	if len(m.Keys) > 0 {
		keys := make([]strictjson.Value, len(m.Keys))
		for i, k := range m.Keys {
			keys[i] = k.JWK()
		}
		v = v.With("jwks", strictjson.Object(member("keys", strictjson.Array(keys...))))
	}
	if len(m.Encodings) > 0 {
		v = v.With("encrypted_response_enc_values_supported", strictjson.Strings(m.Encodings...))
	}
	if m.Formats.Exists() {
		v = v.With("vp_formats_supported", m.Formats)
	}
	return v
}
