package openid4vc

import (
	"crypto/ecdh"
	"crypto/rand"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

const (
	// MaxResponse bounds an answer as it is posted. A badge with a picture has some
	// 100 kB.
	MaxResponse = 1 << 20
	// maxPresentations bounds the presentations of one answer: as many as one
	// presentation may have parts.
	maxPresentations = 64
	// maxAnswer bounds what the verifier says to an answer.
	maxAnswer = 16 << 10
)

// answerLimits let one token be nearly all of an answer.
var answerLimits = strictjson.Limits{Bytes: MaxResponse, String: MaxResponse}

// Response is a wallet's answer (section 8): presentations, or an error.
type Response struct {
	// Presentations are the vp_token: by the id of the credential query that they
	// answer, each a string (JWT, SDJWT) or an object (LDP).
	Presentations map[string][]strictjson.Value
	State         string // the request's
	// Error is why there are no presentations: a word of section 8.5 such as
	// "access_denied". "" if there are.
	Error       string
	Description string // the same for developers, in the wallet's words
}

// Bytes is a presentation as package proof opens it: the token, or the JSON.
func Bytes(presentation strictjson.Value) []byte {
	if token, ok := presentation.Text(); ok {
		return []byte(token)
	}
	return presentation.JSON()
}

// ResponseKey is a key of a verifier for the answer to one request.
type ResponseKey struct {
	ID     string // its kid
	Secret *ecdh.PrivateKey
}

// NewResponseKey makes a fresh key on P-256.
func NewResponseKey() (*ResponseKey, error) {
	secret, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	return &ResponseKey{rand.Text(), secret}, nil
}

// RestoreResponseKey makes the key again from its ID and Secret.Bytes.
func RestoreResponseKey(id string, secret []byte) (*ResponseKey, error) {
	key, err := ecdh.P256().NewPrivateKey(secret)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDecryption, err)
	}
	return &ResponseKey{id, key}, nil
}

// Metadata is the client_metadata that asks for answers encrypted to this key.
func (k *ResponseKey) Metadata() Metadata {
	return Metadata{
		Keys:      []jose.Recipient{{ID: k.ID, Key: k.Secret.PublicKey()}},
		Encodings: slices.Clone(jose.Encodings),
	}
}

// Answer is the form that a wallet posts to ResponseURI, as
// application/x-www-form-urlencoded: the presentations by the ids of the credential
// queries that they answer, encrypted if the request wants that.
func (r *Request) Answer(presentations map[string][]strictjson.Value) ([]byte, error) {
	return r.encode(&Response{Presentations: presentations, State: r.State})
}

// Refusal is the form with which a wallet declines: code is a word of section 8.5, as
// ErrorCode gives it, or "access_denied". It is encrypted if the request wants that
// and can be.
func (r *Request) Refusal(code, description string) []byte {
	resp := &Response{Error: code, Description: description, State: r.State}
	if form, err := r.encode(resp); err == nil {
		return form
	}
	return resp.form() // "it MAY send an error response without encryption"
}

func (r *Request) encode(resp *Response) ([]byte, error) {
	if r.ResponseMode != DirectPostJWT {
		return resp.form(), nil
	}
	to, enc, err := r.Metadata.encryption()
	if err != nil {
		return nil, err
	}
	sealed, err := jose.Encrypt(resp.value().JSON(), to, enc)
	if err != nil {
		return nil, err
	}
	return []byte("response=" + sealed), nil
}

// value is the response as JSON, which is what is encrypted.
func (resp *Response) value() strictjson.Value {
	v := strictjson.Object()
	if resp.Error != "" {
		v = v.With("error", strictjson.String(resp.Error))
		if resp.Description != "" {
			v = v.With("error_description", strictjson.String(resp.Description))
		}
	} else {
		token := strictjson.Object()
		for _, id := range slices.Sorted(maps.Keys(resp.Presentations)) {
			token = token.With(id, strictjson.Array(resp.Presentations[id]...))
		}
		v = v.With("vp_token", token)
	}
	if resp.State != "" {
		v = v.With("state", strictjson.String(resp.State))
	}
	return v
}

func (resp *Response) form() []byte {
	var parts []string
	for _, m := range resp.value().Members() {
		text, ok := m.Value.Text()
		if !ok {
			text = string(m.Value.JSON())
		}
		parts = append(parts, m.Name+"="+url.QueryEscape(text))
	}
	return []byte(strings.Join(parts, "&"))
}

// Expected is what a verifier knows of the answer to one of its requests.
type Expected struct {
	Mode  string       // the request's ResponseMode; "" is DirectPost
	State string       // the request's
	Key   *ResponseKey // of DirectPostJWT
}

// ParseResponse reads what was posted to ResponseURI. It decrypts, compares the state
// and takes the vp_token apart; whether the presentations are genuine, are bound to
// the request (Binding) and are what was asked for (Query.Check) is still to be seen.
//
// It wraps ErrResponse, ErrResponseMode, ErrDecryption, ErrState or ErrLimit. An
// answer that declines is no error: see Response.Error.
func ParseResponse(form []byte, want Expected) (*Response, error) {
	if len(form) > MaxResponse {
		return nil, invalid(ErrLimit, "an answer of %d bytes, at most %d", len(form), MaxResponse)
	}
	fields, err := parseForm(form)
	if err != nil {
		return nil, err
	}
	sealed, encrypted := fields["response"]
	_, plain := fields["vp_token"]
	_, declined := fields["error"]
	switch {
	case !encrypted && !plain && !declined:
		return nil, invalid(ErrResponse, "it has none of vp_token, response and error")
	case encrypted && plain:
		return nil, invalid(ErrResponse, "it has response and vp_token")
	case encrypted && want.Mode != DirectPostJWT:
		return nil, invalid(ErrResponseMode, "it is encrypted, and that was not asked for")
	case plain && want.Mode == DirectPostJWT:
		return nil, invalid(ErrResponseMode, "it is not encrypted")
	}
	var v strictjson.Value
	if encrypted {
		v, err = unseal(sealed, want.Key)
	} else {
		v, err = formValue(fields)
	}
	if err != nil {
		return nil, err
	}
	return readResponse(v, want.State)
}

// parseForm reads a form in which every field is there once.
func parseForm(form []byte) (map[string]string, error) {
	values, err := url.ParseQuery(string(form))
	if err != nil {
		return nil, invalid(ErrResponse, "it is not a form")
	}
	out := make(map[string]string, len(values))
	for name, all := range values {
		switch {
		case len(all) != 1:
			return nil, invalid(ErrResponse, "%s is there twice", shown(name))
		case !utf8.ValidString(name) || !utf8.ValidString(all[0]):
			return nil, invalid(ErrResponse, "%s is not UTF-8", shown(name))
		}
		out[name] = all[0]
	}
	return out, nil
}

// formValue is a plain answer in the shape of an encrypted one.
func formValue(fields map[string]string) (strictjson.Value, error) {
	v := strictjson.Object()
	for _, name := range []string{"error", "error_description", "state"} {
		if text, ok := fields[name]; ok {
			v = v.With(name, strictjson.String(text))
		}
	}
	if text, ok := fields["vp_token"]; ok {
		token, err := strictjson.ParseWithin([]byte(text), answerLimits)
		if err != nil {
			return v, unreadable(ErrResponse, "vp_token", err)
		}
		v = v.With("vp_token", token)
	}
	return v, nil
}

// unseal decrypts an answer.
func unseal(compact string, key *ResponseKey) (strictjson.Value, error) {
	sealed, err := jose.ParseSealed([]byte(compact))
	if err != nil {
		return strictjson.Value{}, unreadable(ErrDecryption, "the answer", err)
	}
	// "If the selected public key contains a kid parameter, the JWE MUST include the
	// same value in the kid JWE Header Parameter" (section 8.3).
	id, err := sealed.KeyID()
	if err != nil || key == nil || id != key.ID {
		return strictjson.Value{}, invalid(ErrDecryption, "it is encrypted to the key %s, which is not that of this request", shown(id))
	}
	plain, err := sealed.Open(key.Secret)
	if err != nil {
		return strictjson.Value{}, fmt.Errorf("%w: %w", ErrDecryption, err)
	}
	v, err := strictjson.ParseWithin(plain, answerLimits)
	if err != nil {
		return strictjson.Value{}, unreadable(ErrResponse, "what was encrypted", err)
	}
	return v, nil
}

// readResponse reads the parameters of section 8.1 and 8.5.
func readResponse(v strictjson.Value, state string) (*Response, error) {
	if v.Kind() != strictjson.Dict {
		return nil, invalid(ErrResponse, "it is %s, not an object", v.Kind())
	}
	got, ok := v.Get("state").Text()
	if v.Get("state").Exists() && !ok || got != state {
		return nil, invalid(ErrState, "its state is %s", shown(got))
	}
	r := &Response{State: got}
	token := v.Get("vp_token")
	if e := v.Get("error"); e.Exists() {
		r.Error, r.Description = e.Str(), v.Get("error_description").Str()
		if r.Error == "" || token.Exists() {
			return nil, invalid(ErrResponse, "it has an error that is none, or beside presentations")
		}
		return r, nil
	}
	var err error
	if r.Presentations, err = readToken(token); err != nil {
		return nil, err
	}
	return r, nil
}

// readToken takes a vp_token apart: "a JSON-encoded object containing entries where the
// key is the id value used for a Credential Query in the DCQL query and the value is an
// array of one or more Presentations".
func readToken(token strictjson.Value) (map[string][]strictjson.Value, error) {
	switch {
	case !token.Exists():
		return nil, invalid(ErrResponse, "it has no vp_token")
	case token.Kind() != strictjson.Dict:
		return nil, invalid(ErrResponse, "vp_token is %s, as drafts had it, not an object with an array for each query", token.Kind())
	case len(token.Members()) == 0:
		return nil, invalid(ErrResponse, "vp_token is empty")
	}
	out, count := map[string][]strictjson.Value{}, 0
	for _, m := range token.Members() {
		elems := m.Value.Elems()
		if m.Value.Kind() != strictjson.List || len(elems) == 0 {
			return nil, invalid(ErrResponse, "vp_token has %s at %s, not an array of presentations", m.Value.Kind(), shown(m.Name))
		}
		if count += len(elems); count > maxPresentations {
			return nil, invalid(ErrLimit, "more than %d presentations", maxPresentations)
		}
		for _, p := range elems {
			if k := p.Kind(); k != strictjson.Dict && (k != strictjson.Text || p.Str() == "") {
				return nil, invalid(ErrResponse, "vp_token has a presentation at %s that is neither a string nor an object", shown(m.Name))
			}
		}
		out[m.Name] = elems
	}
	return out, nil
}

// Acknowledgement is what a verifier says to an answer that it has taken, as
// application/json: nothing, or where the wallet shall send the person to continue, on
// the device of the wallet (section 8.2). WithResponseCode makes such an address.
func Acknowledgement(redirectURI string) []byte {
	v := strictjson.Object()
	if redirectURI != "" {
		v = v.With("redirect_uri", strictjson.String(redirectURI))
	}
	return v.JSON()
}

// WithResponseCode adds a response_code to an address: "The Verifier MUST include a
// fresh, cryptographically random value in the URL", which proves that who opens it
// sits at the device that answered.
func WithResponseCode(address, code string) string {
	separator := "?"
	if strings.Contains(address, "?") {
		separator = "&"
	}
	return address + separator + "response_code=" + url.QueryEscape(code)
}

// ParseAcknowledgement reads what a verifier said to an answer: the address to send the
// person to, or "". It must be an https address (or http on this machine, if the
// options say so). It wraps ErrResponse, ErrRequest or ErrLimit.
func ParseAcknowledgement(body []byte, opt Options) (redirectURI string, err error) {
	v, err := strictjson.ParseWithin(body, strictjson.Limits{Bytes: maxAnswer})
	if err != nil {
		return "", unreadable(ErrResponse, "the verifier's reply", err)
	}
	m := v.Get("redirect_uri")
	text, ok := m.Text()
	switch {
	case v.Kind() != strictjson.Dict, m.Exists() && !ok:
		return "", invalid(ErrResponse, "the verifier's reply is no object, or its redirect_uri no text")
	case text == "":
		return "", nil
	}
	address, _, _ := strings.Cut(text, "#")
	if _, err := opt.address("redirect_uri", address); err != nil {
		return "", err
	}
	return text, nil
}

// Binding is what a presentation must be bound to, so that it counts for one request
// and for nobody else (section 14.1.2).
type Binding struct {
	Nonce    string // challenge (LDP), nonce (JWT, SDJWT)
	Audience string // domain (LDP), aud (JWT, SDJWT): the whole client_id
}

// Binding is what presentations for this request must be bound to: "the value of the
// Client Identifier", which is the whole of it with its prefix.
func (r *Request) Binding() Binding { return Binding{r.Nonce, r.ClientID} }

// Check reads what a presentation says that it is bound to and compares it (appendix
// B): every proof's challenge and domain (LDP), the claims nonce and aud (JWT), or those
// of the key binding behind the last ~ (SDJWT). It verifies no signature, so it only
// ever refuses early and by name; package proof has the last word with the same two
// texts. It wraps ErrNonce, ErrAudience or ErrResponse.
func (b Binding) Check(format dcql.Format, presentation strictjson.Value) error {
	if format == dcql.LDP {
		proofs := presentation.Get("proof").List()
		if presentation.Kind() != strictjson.Dict || len(proofs) == 0 {
			return invalid(ErrResponse, "the presentation has no proof")
		}
		for _, p := range proofs {
			if err := b.compare(p.Get("challenge"), p.Get("domain")); err != nil {
				return err
			}
		}
		return nil
	}
	token, ok := presentation.Text()
	if !ok {
		return invalid(ErrResponse, "the presentation is %s, not a token", presentation.Kind())
	}
	if format == dcql.SDJWT {
		last := strings.LastIndexByte(token, '~')
		if last < 0 || last == len(token)-1 {
			return invalid(ErrNonce, "it has no key binding")
		}
		token = token[last+1:]
	}
	m, err := jose.Parse([]byte(token))
	if err != nil {
		return unreadable(ErrResponse, "the presentation", err)
	}
	claims, err := m.ClaimsWithin(strictjson.Limits{Bytes: MaxResponse})
	if err != nil {
		return unreadable(ErrResponse, "the presentation", err)
	}
	return b.compare(claims.Get("nonce"), claims.Get("aud"))
}

// compare insists on one audience: a presentation that was made for two could be used
// by either with the other.
func (b Binding) compare(nonce, audience strictjson.Value) error {
	if got, ok := nonce.Text(); !ok || got != b.Nonce {
		return invalid(ErrNonce, "it is bound to %s", shown(got))
	}
	all := audience.List()
	if len(all) != 1 || all[0].Str() != b.Audience {
		return invalid(ErrAudience, "it is for %s", shown(string(audience.JSON())))
	}
	return nil
}
