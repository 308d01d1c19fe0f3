package request

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/verifier/session"
)

// identitySetting is where the verifier's identity is kept among the settings.
const identitySetting = "identity"

// webFragment names the one key of a verifier that is a did:web.
const webFragment = "key-1"

// Identity is who asks: a DID with one key, which signs requests. It is P-256,
// since every OpenID4VP wallet reads ES256.
type Identity struct {
	Name   string // for people
	URL    string // where strangers reach the verifier
	DID    string // did:web of the URL, or did:key
	Method string // the verification method of Key
	Key    crypto.Signer
}

// record is an Identity as it is kept.
type record struct {
	Name   string `json:"name"`
	URL    string `json:"url"`
	DID    string `json:"did"`
	Method string `json:"method"`
	Secret string `json:"secret"`
}

// NewIdentity makes an identity with a fresh key: the did:web of the address, or
// with web false a did:key. The address is https, or http on this machine.
func NewIdentity(name, address string, web bool) (*Identity, error) {
	address = strings.TrimSuffix(address, "/")
	if err := checkAddress(address); err != nil {
		return nil, err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	i := &Identity{Name: name, URL: address, Key: key}
	if web {
		u, err := url.Parse(address)
		if err != nil {
			return nil, err
		}
		i.DID = "did:web:" + strings.ReplaceAll(u.Host, ":", "%3A")
		i.Method = i.DID + "#" + webFragment
		return i, nil
	}
	if i.DID, err = did.FormatKey(key.Public()); err != nil {
		return nil, err
	}
	i.Method = i.DID + "#" + strings.TrimPrefix(i.DID, "did:key:")
	return i, nil
}

// ErrAddress says that an address cannot be a verifier's.
var ErrAddress = errors.New("a verifier's address is https and a host, with nothing behind it")

func checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("%w: %q", ErrAddress, address)
	}
	local := u.Hostname() == "localhost" || u.Hostname() == "127.0.0.1" || u.Hostname() == "::1"
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return fmt.Errorf("%w: %q", ErrAddress, address)
	}
	return nil
}

func (i *Identity) clientID() string { return string(openid4vc.DID) + ":" + i.DID }

// Document is the did.json of a did:web, for all to fetch; Absent for a did:key.
func (i *Identity) Document() (strictjson.Value, error) {
	if !strings.HasPrefix(i.DID, "did:web:") {
		return strictjson.Value{}, nil
	}
	return did.WebDocument(i.DID, []did.WebKey{{
		Fragment: webFragment, Public: i.Key.Public(), For: []did.Relationship{did.Authentication, did.AssertionMethod},
	}})
}

// Save keeps the identity in the book.
func (i *Identity) Save(ctx context.Context, b *session.Book) error {
	secret, err := did.FormatSecretMultikey(i.Key)
	if err != nil {
		return err
	}
	text, err := json.Marshal(record{i.Name, i.URL, i.DID, i.Method, secret})
	if err != nil {
		return err
	}
	return b.Set(ctx, identitySetting, text)
}

// LoadIdentity returns the identity that Save kept, or session.ErrUnknown.
func LoadIdentity(ctx context.Context, b *session.Book) (*Identity, error) {
	text, err := b.Setting(ctx, identitySetting)
	if err != nil {
		return nil, err
	}
	var r record
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, err
	}
	key, err := did.ParseSecretMultikey(r.Secret)
	if err != nil {
		return nil, err
	}
	return &Identity{Name: r.Name, URL: r.URL, DID: r.DID, Method: r.Method, Key: key}, nil
}
