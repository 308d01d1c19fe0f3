package openid4vc

import (
	"crypto/x509"
	"slices"
	"strconv"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/openid4vc/dcql"
)

const (
	// maxRequest bounds an authorization request, as a link or as a request object.
	// The largest example has 2 kB; one with a full query, keys and certificates
	// has some 20.
	maxRequest = 64 << 10
	// minNonce is the shortest nonce that is answered to. The specification asks
	// for 128 bits, 22 characters, and prints one of 12; with less than 8 somebody
	// can collect an answer for every one.
	minNonce = 8
	maxNonce = 512
	maxState = 2048
	// maxInfo bounds verifier_info, which people are to read.
	maxInfo = 16
	// maxRetention is a century in days: whoever says more means something else.
	maxRetention = 36525
)

// The response modes (section 8) that are answered here: the wallet posts its answer
// to the verifier, as a form, or encrypted within a form.
const (
	DirectPost    = "direct_post"
	DirectPostJWT = "direct_post.jwt"
)

// SelfIssued is the audience of every request object: wallets have no name that
// verifiers would know (section 5.8).
const SelfIssued = "https://self-issued.me/v2"

// RequestType is the "typ" of request objects, and with "application/" before it
// their media type (RFC 9101).
const RequestType = "oauth-authz-req+jwt"

// Request is an authorization request (section 5): a verifier asks a wallet for
// presentations. It comes by value, or as a link to the request object that has it:
// then RequestURI is set, and beside it nothing but ClientID and RequestMethod.
type Request struct {
	ClientID     string      // whole, with its prefix; the audience of every answer
	ResponseMode string      // DirectPost or DirectPostJWT
	ResponseURI  string      // where the answer is posted to
	Nonce        string      // the challenge of every presentation; URL safe characters
	State        string      // comes back with the answer; "" if there is none
	Query        *dcql.Query // what is asked for
	Metadata     Metadata
	Info         []Info // verifier_info: what speaks for the verifier
	WalletNonce  string // what the wallet gave to be repeated in the request object

	Issued  time.Time // of a request object; zero if it does not say
	Expires time.Time // of a request object; zero is never

	// RequestURI is where the request object can be had. RequestMethod is "get" or
	// "post" (with a wallet_nonce); "" is get.
	RequestURI    string
	RequestMethod string
	// Object is a request object that the link itself brings along, for
	// OpenRequestObject. Beside it there is nothing but ClientID.
	Object string

	// Requester says what is known about who asks. It is what was proven, and
	// ignored in requests that are made.
	Requester Requester
}

// Requester is who asks, as far as that was proven.
type Requester struct {
	Prefix Prefix
	// ID is the client_id without its prefix: a DID, a DNS name, the hash of a
	// certificate, or the address of the answer.
	ID string
	// Proven says that the request is signed with a key of ID. Without it, only
	// the address that the answer goes to tells who asks.
	Proven bool
	// Method is the verification method that signed; "" if it was no DID's.
	Method string
	// Certificate signed; nil if it was no certificate.
	Certificate *x509.Certificate
}

// Metadata is what a verifier says about itself (client_metadata, section 11).
type Metadata struct {
	// Keys are those that an answer can be encrypted to. Keys of other kinds than
	// this program encrypts to are left out.
	Keys []jose.Recipient
	// Encodings are the accepted content encryptions; none stands for A128GCM.
	Encodings []string
	// Formats is vp_formats_supported as it was written; Absent if it was not.
	Formats strictjson.Value
}

// Info is one attestation about the verifier (verifier_info, section 5.1).
type Info struct {
	Format      string
	Data        strictjson.Value // a string or an object
	Credentials []string         // ids of the credential queries that it is about; none is all
}

// Options say how a request is read. The zero value believes nobody.
type Options struct {
	// Keys resolves the DIDs of those who sign requests. Nil refuses them.
	Keys did.Resolver
	// Roots are the certificate authorities that vouch for those who sign with a
	// certificate. Nil refuses them: a certificate alone proves nothing.
	Roots *x509.CertPool
	// Now is the time to judge for.
	Now time.Time
	// Leeway is what clocks may differ by.
	Leeway time.Duration
	// ClientID is the client_id of the link that led to a request object.
	ClientID string
	// RequestURI is where the request object was fetched from. Some verifiers name
	// it as the audience, in the place of SelfIssued; that is taken, since it is
	// nobody else.
	RequestURI string
	// WalletNonce is what the request object must repeat, if it was asked for with
	// one.
	WalletNonce string
	// UnsafeLoopback also accepts http addresses on this machine.
	UnsafeLoopback bool
}

// ByReference reports whether the request itself is still to be had.
func (r *Request) ByReference() bool { return r.RequestURI != "" }

// parameters reads the parameters of a request, whether they came as a link or as a
// request object, unless they are those of a reference.
func (o Options) parameters(v strictjson.Value, signed bool) (*Request, error) {
	for _, check := range []func(strictjson.Value) error{checkDraftClient, checkDraftQuery} {
		if err := check(v); err != nil {
			return nil, err
		}
	}
	r := &Request{ClientID: v.Get("client_id").Str(), WalletNonce: v.Get("wallet_nonce").Str()}
	steps := []func(strictjson.Value, *Request) error{
		o.readKind, o.readSession, o.readAddress, o.readQuery, o.readMetadata, o.readInfo,
	}
	if r.ClientID == "" {
		return nil, invalid(ErrRequest, "it has no client_id")
	}
	var err error
	if r.Requester, err = parseClient(r.ClientID, signed); err != nil {
		return nil, err
	}
	for _, step := range steps {
		if err := step(v, r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// readKind reads what kind of answer is asked for, and how it is to be sent.
func (o Options) readKind(v strictjson.Value, r *Request) error {
	if v.Get("transaction_data").Exists() {
		return ErrTransactionData
	}
	for _, name := range []string{"request_uri", "request", "request_uri_method"} {
		if v.Get(name).Exists() {
			return invalid(ErrRequest, "%s has no place here", name)
		}
	}
	switch kind, ok := v.Get("response_type").Text(); {
	case !ok || kind == "":
		return invalid(ErrRequest, "it has no response_type")
	case kind != "vp_token":
		return invalid(ErrResponseType, "response_type is %s", shown(kind))
	}
	switch mode := v.Get("response_mode"); mode.Str() {
	case DirectPost, DirectPostJWT:
		r.ResponseMode = mode.Str()
	case "":
		return invalid(ErrRequest, "without response_mode the answer would go into a link; only direct_post and direct_post.jwt are answered")
	default:
		return invalid(ErrRequest, "response_mode is %s; only direct_post and direct_post.jwt are answered", shown(mode.Str()))
	}
	return nil
}

// readSession reads nonce and state: "Values MUST only contain ASCII URL safe
// characters".
func (o Options) readSession(v strictjson.Value, r *Request) error {
	nonce, ok := v.Get("nonce").Text()
	switch {
	case !ok:
		return invalid(ErrRequest, "it has no nonce")
	case len(nonce) > maxNonce:
		return invalid(ErrLimit, "a nonce of %d characters, at most %d", len(nonce), maxNonce)
	case len(nonce) < minNonce:
		return invalid(ErrRequest, "the nonce has %d characters; with less than %d an answer could be used twice", len(nonce), minNonce)
	case !urlSafe(nonce):
		return invalid(ErrRequest, "the nonce %s has characters that are not allowed", shown(nonce))
	}
	r.Nonce = nonce
	state := v.Get("state")
	r.State, ok = state.Text()
	switch {
	case state.Exists() && (!ok || r.State == ""):
		return invalid(ErrRequest, "state is not a text")
	case len(r.State) > maxState:
		return invalid(ErrLimit, "a state of %d characters, at most %d", len(r.State), maxState)
	case !urlSafe(r.State):
		return invalid(ErrRequest, "the state %s has characters that are not allowed", shown(r.State))
	}
	return nil
}

// urlSafe: "uppercase and lowercase letters, decimal digits, hyphen, period,
// underscore, and tilde".
func urlSafe(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		return !letter && (c < '0' || c > '9') && !strings.ContainsRune("-._~", c)
	})
}

func (o Options) readQuery(v strictjson.Value, r *Request) error {
	query, scope := v.Get("dcql_query"), v.Get("scope")
	switch {
	case query.Exists() && scope.Exists():
		return invalid(ErrRequest, "it has dcql_query and scope; one of them says what is asked for")
	case scope.Exists():
		return invalid(ErrScope, "scope is %s", shown(scope.Str()))
	case !query.Exists():
		return invalid(ErrRequest, "it has no dcql_query, so it asks for nothing")
	}
	var err error
	if r.Query, err = dcql.ParseQuery(query); err != nil {
		return err
	}
	// "To maintain the binding between request and response, the Verifier MUST
	// include a state parameter […] if at least one Presentation without Holder
	// Binding is requested" (section 5.3).
	if r.State == "" && slices.ContainsFunc(r.Query.Credentials, func(c dcql.CredentialQuery) bool { return c.Unbound }) {
		return invalid(ErrRequest, "it asks for a credential without holder binding, and has no state")
	}
	return nil
}

// readInfo reads verifier_info.
func (o Options) readInfo(v strictjson.Value, r *Request) error {
	m := v.Get("verifier_info")
	switch {
	case !m.Exists():
		return nil
	case m.Kind() != strictjson.List || len(m.Elems()) == 0:
		return invalid(ErrRequest, "verifier_info must be an array with something in it")
	case len(m.Elems()) > maxInfo:
		return invalid(ErrLimit, "verifier_info has %d elements, at most %d", len(m.Elems()), maxInfo)
	}
	for _, e := range m.Elems() {
		info := Info{Format: e.Get("format").Str(), Data: e.Get("data")}
		if k := info.Data.Kind(); info.Format == "" || k != strictjson.Text && k != strictjson.Dict {
			return invalid(ErrRequest, "verifier_info needs a format, and data that is a string or an object")
		}
		if ids := e.Get("credential_ids"); ids.Exists() {
			var err error
			if info.Credentials, err = texts(ids, "credential_ids"); err != nil {
				return err
			}
		}
		for _, id := range info.Credentials {
			if !slices.ContainsFunc(r.Query.Credentials, func(c dcql.CredentialQuery) bool { return c.ID == id }) {
				return invalid(ErrRequest, "verifier_info is about %s, which is not asked for", shown(id))
			}
		}
		r.Info = append(r.Info, info)
	}
	return nil
}

// purposeFormat is the format of the verifier_info in which Laurel says why it asks:
//
//	{"name": "Café Nord", "purpose": "To see that you may work in our kitchen.", "retention_days": 30}
const purposeFormat = "laurel/purpose/v1"

// Purpose is why a verifier asks and how long it keeps the answer: what the
// specification has no parameter for.
type Purpose struct {
	Name          string // how the verifier calls itself
	Text          string // why it asks, for people
	RetentionDays int    // for how long the answer is kept; 0 is not said
}

// Info is the purpose as it travels.
func (p Purpose) Info() Info {
	data := strictjson.Object()
	if p.Name != "" {
		data = data.With("name", strictjson.String(p.Name))
	}
	if p.Text != "" {
		data = data.With("purpose", strictjson.String(p.Text))
	}
	if p.RetentionDays > 0 {
		data = data.With("retention_days", strictjson.Int(p.RetentionDays))
	}
	return Info{Format: purposeFormat, Data: data}
}

// Purpose is what the request says about why it asks; ok is false if it says
// nothing. It is the requester's own word, and not even that if the Requester is
// not Proven: show it as such, and through credential.Plain.
func (r *Request) Purpose() (p Purpose, ok bool) {
	for _, info := range r.Info {
		if info.Format != purposeFormat || info.Data.Kind() != strictjson.Dict {
			continue
		}
		p = Purpose{Name: info.Data.Get("name").Str(), Text: info.Data.Get("purpose").Str()}
		literal, _ := info.Data.Get("retention_days").Literal()
		if days, err := strconv.Atoi(literal); err == nil && 0 < days && days <= maxRetention {
			p.RetentionDays = days
		}
		return p, true
	}
	return Purpose{}, false
}

// travelling is the request as it travels: the claims of a request object, and the
// parameters of a link, where those that are no text are written as JSON.
func (r *Request) travelling() []strictjson.Member {
	optional := func(name, value string) strictjson.Member {
		if value == "" {
			return strictjson.Member{Name: name}
		}
		return member(name, strictjson.String(value))
	}
	if r.ByReference() {
		return []strictjson.Member{
			optional("client_id", r.ClientID), optional("request_uri", r.RequestURI), optional("request_uri_method", r.RequestMethod),
		}
	}
	if r.Object != "" {
		return []strictjson.Member{optional("client_id", r.ClientID), optional("request", r.Object)}
	}
	var query strictjson.Value
	if r.Query != nil {
		query = r.Query.Value()
	}
	return []strictjson.Member{
		member("response_type", strictjson.String("vp_token")),
		optional("client_id", r.ClientID), optional("response_mode", r.ResponseMode),
		optional("response_uri", r.ResponseURI), optional("nonce", r.Nonce), optional("state", r.State),
		member("dcql_query", query), member("client_metadata", r.Metadata.value()), member("verifier_info", infoValue(r.Info)),
		optional("wallet_nonce", r.WalletNonce),
	}
}

func infoValue(all []Info) strictjson.Value {
	if len(all) == 0 {
		return strictjson.Value{}
	}
	out := make([]strictjson.Value, len(all))
	for i, info := range all {
		out[i] = strictjson.Object(member("format", strictjson.String(info.Format)), member("data", info.Data))
		if len(info.Credentials) > 0 {
			out[i] = out[i].With("credential_ids", strictjson.Strings(info.Credentials...))
		}
	}
	return strictjson.Array(out...)
}
