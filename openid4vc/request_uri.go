package openid4vc

import (
	"net/url"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

// maxFetch bounds what a wallet posts to request_uri.
const maxFetch = 16 << 10

// Fetch is what a wallet posts to RequestURI to have the request object, where
// RequestMethod is post (section 5.10).
type Fetch struct {
	// Nonce must come back in the request object (Options.WalletNonce), so that an
	// old one cannot be given out again. URL safe characters; "" is none.
	Nonce string
	// Metadata says what the wallet can do: WalletMetadata, or Absent.
	Metadata strictjson.Value
}

// Form is what to post, as application/x-www-form-urlencoded.
func (f Fetch) Form() []byte {
	values := url.Values{}
	if f.Nonce != "" {
		values.Set("wallet_nonce", f.Nonce)
	}
	if f.Metadata.Exists() {
		values.Set("wallet_metadata", string(f.Metadata.JSON()))
	}
	return []byte(values.Encode())
}

// ParseFetch reads what a wallet posted. "The Verifier MUST use it as the wallet_nonce
// value in the signed authorization request object". It wraps ErrRequest or ErrLimit.
func ParseFetch(form []byte) (Fetch, error) {
	if len(form) > maxFetch {
		return Fetch{}, invalid(ErrLimit, "a form of %d bytes, at most %d", len(form), maxFetch)
	}
	v, err := parseFields(string(form), "wallet_metadata")
	if err != nil {
		return Fetch{}, err
	}
	f := Fetch{Nonce: v.Get("wallet_nonce").Str(), Metadata: v.Get("wallet_metadata")}
	switch {
	case len(f.Nonce) > maxNonce:
		return Fetch{}, invalid(ErrLimit, "a wallet_nonce of %d characters, at most %d", len(f.Nonce), maxNonce)
	case f.Metadata.Exists() && f.Metadata.Kind() != strictjson.Dict:
		return Fetch{}, invalid(ErrRequest, "wallet_metadata must be an object")
	}
	return f, nil
}

// Accepts reports whether a wallet that says so much of itself understands a client_id
// prefix. One that says nothing about prefixes knows only clients that are registered
// with it (section 10.1), which here nobody is.
func (f Fetch) Accepts(p Prefix) bool {
	for _, v := range f.Metadata.Get("client_id_prefixes_supported").List() {
		if v.Str() == string(p) {
			return true
		}
	}
	return !f.Metadata.Exists()
}

// WalletMetadata says what wallets that are built on this package can do (section 10).
// The formats are those that its owner can present.
func WalletMetadata(formats strictjson.Value) strictjson.Value {
	return strictjson.Object(
		member("vp_formats_supported", formats),
		member("client_id_prefixes_supported", strictjson.Strings(string(RedirectURI), string(DID), string(X509DNS), string(X509Hash))),
		member("request_object_signing_alg_values_supported", strictjson.Strings("EdDSA", "ES256", "ES384")),
		member("response_types_supported", strictjson.Strings("vp_token")),
		member("response_modes_supported", strictjson.Strings(DirectPost, DirectPostJWT)),
		member("authorization_encryption_alg_values_supported", strictjson.Strings("ECDH-ES")),
		member("authorization_encryption_enc_values_supported", strictjson.Strings(jose.Encodings...)),
	)
}
