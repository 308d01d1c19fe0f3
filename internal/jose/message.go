package jose

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"laurel/internal/strictjson"
)

const (
	// maxCompact bounds a message before any of it is decoded: what strictjson
	// reads of a file, too.
	maxCompact = 8 << 20
	// maxHeader, maxHeaderDepth and maxHeaderNodes bound a decoded header. Honest
	// ones have 200 bytes, with an RSA key inside 700, with certificates 6,000.
	maxHeader      = 16 << 10
	maxHeaderDepth = 8
	maxHeaderNodes = 256
)

var (
	// ErrMalformed says that the text is no compact JWS, or its payload no claims:
	// not three parts, not base64url in its one spelling, not a JSON object.
	ErrMalformed = errors.New("the token is malformed")
	// ErrAlgorithm says that the header names an algorithm that is not accepted
	// ("none" and every one with a shared secret among them), or another than the
	// one that belongs to the key.
	ErrAlgorithm = errors.New("the algorithm is not allowed")
	// ErrCritical says that the header demands an extension ("crit", "b64"), none
	// of which is understood here.
	ErrCritical = errors.New("the token demands an extension that is not known here")
	// ErrType says that the token was made for another use.
	ErrType = errors.New("the token is of another type")
	// ErrSignature says that the signature does not fit.
	ErrSignature = errors.New("the signature does not fit the token")
)

// Message is a JWS as it came in. Nothing in it is to be believed before Verify
// has returned nil.
type Message struct {
	Header  strictjson.Value // a JSON object
	Payload []byte           // decoded; any bytes, see Claims

	compact   []byte // as it came in
	signed    []byte // the beginning of compact: header and payload with the dot
	signature []byte
}

// Parse takes a compact JWS apart, which it keeps and which must not change: exactly three parts, each in base64url without
// padding, line ends or loose bits, the header a JSON object. It wraps
// ErrMalformed, strictjson.ErrDuplicateName or strictjson.ErrLimit. It says
// nothing about algorithm, type and signature.
func Parse(compact []byte) (*Message, error) {
	if len(compact) > maxCompact {
		return nil, fmt.Errorf("%w: a token of %d characters, at most %d are read", strictjson.ErrLimit, len(compact), maxCompact)
	}
	first, last := bytes.IndexByte(compact, '.'), bytes.LastIndexByte(compact, '.')
	if first < 0 || first == last || bytes.IndexByte(compact[first+1:last], '.') >= 0 {
		return nil, fmt.Errorf("%w: %d parts, not three", ErrMalformed, 1+bytes.Count(compact, []byte{'.'}))
	}
	m := &Message{compact: compact, signed: compact[:last]}
	header, err := Decode(compact[:first])
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	if m.Payload, err = Decode(compact[first+1 : last]); err != nil {
		return nil, fmt.Errorf("payload: %w", err)
	}
	if m.signature, err = Decode(compact[last+1:]); err != nil {
		return nil, fmt.Errorf("signature: %w", err)
	}
	limits := strictjson.Limits{Bytes: maxHeader, Depth: maxHeaderDepth, Nodes: maxHeaderNodes}
	if m.Header, err = parseObject(header, limits); err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	return m, nil
}

// strict is base64url that has one spelling for each sequence of bytes. Its
// decoder still skips line ends, which Decode refuses first.
var strict = base64.RawURLEncoding.Strict()

// Decode reads base64url without padding in its one spelling. It wraps
// ErrMalformed.
func Decode(text []byte) ([]byte, error) {
	if bytes.IndexByte(text, '\n') >= 0 || bytes.IndexByte(text, '\r') >= 0 {
		return nil, fmt.Errorf("%w: a line end inside base64url", ErrMalformed)
	}
	out := make([]byte, strict.DecodedLen(len(text)))
	n, err := strict.Decode(out, text)
	if err != nil {
		return nil, fmt.Errorf("%w: not base64url without padding: %v", ErrMalformed, err)
	}
	return out[:n], nil
}

// Encode writes base64url without padding.
func Encode(data []byte) string { return base64.RawURLEncoding.EncodeToString(data) }

// parseObject reads a JSON object from inside a token: what is no JSON makes the
// token malformed, while two members of one name and excess keep their own names.
func parseObject(text []byte, limits strictjson.Limits) (strictjson.Value, error) {
	v, err := strictjson.ParseWithin(text, limits)
	switch {
	case errors.Is(err, strictjson.ErrMalformed):
		return strictjson.Value{}, fmt.Errorf("%w: %v", ErrMalformed, err)
	case err != nil:
		return strictjson.Value{}, err
	case v.Kind() != strictjson.Dict:
		return strictjson.Value{}, fmt.Errorf("%w: it is JSON, but no object", ErrMalformed)
	}
	return v, nil
}

// Claims reads the payload as the claims of a JWT, a JSON object (RFC 7519). It
// wraps ErrMalformed, strictjson.ErrDuplicateName or strictjson.ErrLimit.
func (m *Message) Claims() (strictjson.Value, error) {
	return m.ClaimsWithin(strictjson.Limits{})
}

// ClaimsWithin is Claims under other limits than the usual ones of strictjson.
func (m *Message) ClaimsWithin(limits strictjson.Limits) (strictjson.Value, error) {
	v, err := parseObject(m.Payload, limits)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("payload: %w", err)
	}
	return v, nil
}

// Type is the "typ" of the header, as media types are compared: in lower case,
// without "application/" (RFC 7515, section 4.1.9). It is "" if there is none,
// and "?" if it is no text.
func (m *Message) Type() string {
	typ := m.Header.Get("typ")
	text, ok := typ.Text()
	if typ.Exists() && !ok {
		return "?"
	}
	return strings.TrimPrefix(strings.ToLower(text), "application/")
}

// KeyID is the "kid" of the header; "" if there is none. It wraps ErrMalformed if
// it is no text.
func (m *Message) KeyID() (string, error) {
	kid := m.Header.Get("kid")
	text, ok := kid.Text()
	if kid.Exists() && (!ok || text == "") {
		return "", fmt.Errorf("%w: kid is not a text", ErrMalformed)
	}
	return text, nil
}

// Algorithm is the "alg" of the header; "" if there is none.
func (m *Message) Algorithm() string { return m.Header.Get("alg").Str() }

// Compact is the message as it came in.
func (m *Message) Compact() []byte { return m.compact }

// Signed is what the signature is made of: header and payload as they came in, with
// the dot between them.
func (m *Message) Signed() []byte { return m.signed }

// Signature is the signature, decoded.
func (m *Message) Signature() []byte { return m.signature }
