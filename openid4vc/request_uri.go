package openid4vc

import "net/url"

// maxFetch bounds what a wallet posts to request_uri: wallet_metadata has some kB.
const maxFetch = 16 << 10

// Fetch is what a wallet posts to RequestURI to have the request object, where
// RequestMethod is post (section 5.10). A wallet may also say what it can do
// (wallet_metadata): here none does, since that tells one kind of wallet from another
// (section 15.6), and none is listened to, since a request object is the same for all.
type Fetch struct {
	// Nonce must come back in the request object (Options.WalletNonce), so that an
	// old one cannot be given out again. URL safe characters; "" is none.
	Nonce string
}

// Form is what to post, as application/x-www-form-urlencoded.
func (f Fetch) Form() []byte {
	values := url.Values{}
	if f.Nonce != "" {
		values.Set("wallet_nonce", f.Nonce)
	}
	return []byte(values.Encode())
}

// ParseFetch reads what a wallet posted. "The Verifier MUST use it as the wallet_nonce
// value in the signed authorization request object", and "MUST ignore any unrecognized
// parameters". It wraps ErrRequest or ErrLimit.
func ParseFetch(form []byte) (Fetch, error) {
	if len(form) > maxFetch {
		return Fetch{}, invalid(ErrLimit, "a form of %d bytes, at most %d", len(form), maxFetch)
	}
	v, err := parseFields(string(form))
	if err != nil {
		return Fetch{}, err
	}
	f := Fetch{Nonce: v.Get("wallet_nonce").Str()}
	if len(f.Nonce) > maxNonce {
		return Fetch{}, invalid(ErrLimit, "a wallet_nonce of %d characters, at most %d", len(f.Nonce), maxNonce)
	}
	return f, nil
}
