package openid4vc

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// Scheme is the scheme of links that open a wallet, whichever it is (section 13.1.2).
const Scheme = "openid4vp"

// schemes are those of links that lead into a wallet: that of the specification, that of
// its High Assurance Interoperability Profile 1.0, and that of the European reference
// verifier. Which it is says nothing of what is behind it.
var schemes = []string{Scheme, "haip-vp", "eudi-openid4vp"}

// IsLink reports whether a text is meant for ParseURI by its scheme. The https addresses
// that it takes as well may be anything.
func IsLink(text string) bool {
	scheme, _, _ := strings.Cut(text, ":")
	return slices.Contains(schemes, strings.ToLower(scheme))
}

// inJSON are the parameters of a link that are JSON.
var inJSON = []string{"dcql_query", "client_metadata", "verifier_info", "transaction_data"}

// ParseURI reads an authorization request from a link or a QR code: openid4vp://?…, the
// same with another scheme of wallets, or the https address of a wallet with the same
// parameters. What it gives is whole, or
// leads further: to a request object at RequestURI, or in Object.
//
// Parameters that are not known are ignored, as the specification wants it; one that
// is there twice is refused. It wraps ErrRequest or another sentinel of requests,
// ErrQuery or ErrLimit.
func ParseURI(link string, opt Options) (*Request, error) {
	if len(link) > maxRequest {
		return nil, invalid(ErrLimit, "a link of %d characters, at most %d", len(link), maxRequest)
	}
	u, err := url.Parse(link)
	switch {
	case err != nil:
		return nil, invalid(ErrRequest, "this is not a link")
	case !slices.Contains(schemes, u.Scheme) && u.Scheme != "https":
		return nil, invalid(ErrRequest, "the link begins with %s, not with %s: or https:", shown(u.Scheme+":"), Scheme)
	case strings.Contains(link, "#") || u.User != nil:
		return nil, invalid(ErrRequest, "the link has parts that a request does not have")
	}
	v, err := parseFields(u.RawQuery, inJSON...)
	if err != nil {
		return nil, err
	}
	if v.Get("request_uri").Exists() || v.Get("request").Exists() {
		return opt.reference(v)
	}
	if v.Get("request_uri_method").Exists() {
		return nil, invalid(ErrRequest, "request_uri_method without request_uri")
	}
	return opt.parameters(v, false)
}

// parseFields reads the parameters of a link or a form, each at most once, and those
// that are JSON as what they say.
func parseFields(raw string, inJSON ...string) (strictjson.Value, error) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return strictjson.Value{}, invalid(ErrRequest, "its parameters are not written as those of a link")
	}
	fields := make([]strictjson.Member, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		text := values.Get(name)
		switch {
		case len(values[name]) != 1:
			return strictjson.Value{}, invalid(ErrRequest, "%s is there twice", shown(name))
		case !utf8.ValidString(name) || !utf8.ValidString(text):
			return strictjson.Value{}, invalid(ErrRequest, "%s is not UTF-8", shown(name))
		}
		v := strictjson.String(text)
		if slices.Contains(inJSON, name) {
			if v, err = strictjson.ParseWithin([]byte(text), strictjson.Limits{Bytes: maxRequest}); err != nil {
				return strictjson.Value{}, unreadable(ErrRequest, name, err)
			}
		}
		fields = append(fields, member(name, v))
	}
	return strictjson.Object(fields...), nil
}

// reference reads a link that leads to a request object. "The Wallet MUST only use the
// parameters in this Request Object, even if the same parameter was provided in an
// Authorization Request query parameter": so nothing else is read.
func (o Options) reference(v strictjson.Value) (*Request, error) {
	r := &Request{ClientID: v.Get("client_id").Str(), RequestURI: v.Get("request_uri").Str(), Object: v.Get("request").Str()}
	method := v.Get("request_uri_method")
	switch {
	case r.ClientID == "":
		return nil, invalid(ErrRequest, "it has no client_id")
	case v.Get("request_uri").Exists() && v.Get("request").Exists():
		return nil, invalid(ErrRequest, "it has request and request_uri")
	case r.RequestURI == "" && r.Object == "":
		return nil, invalid(ErrRequest, "request_uri is empty")
	case method.Exists() && r.RequestURI == "":
		return nil, invalid(ErrRequest, "request_uri_method without request_uri")
	case method.Exists() && method.Str() != "get" && method.Str() != "post":
		return nil, invalid(ErrRequestMethod, "it is %s", shown(method.Str()))
	}
	r.RequestMethod = method.Str()
	if err := checkDraftClient(v); err != nil {
		return nil, err
	}
	var err error
	if r.Requester, err = parseClient(r.ClientID, true); err != nil {
		return nil, err
	}
	if r.RequestURI != "" {
		_, err = o.address("request_uri", r.RequestURI)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// URI is the request as a link that opens a wallet: openid4vp://?client_id=…, by
// reference if RequestURI is set, and else by value, which only requests without a
// signature can be. For a link to one particular wallet put Encode behind its address
// and a question mark.
func (r *Request) URI() string { return Scheme + "://?" + r.Encode() }

// Encode is the parameters of the request as they stand in a link.
func (r *Request) Encode() string {
	var out strings.Builder
	for _, m := range r.travelling() {
		if !m.Value.Exists() {
			continue
		}
		text, ok := m.Value.Text()
		if !ok {
			text = string(m.Value.JSON())
		}
		if out.Len() > 0 {
			out.WriteByte('&')
		}
		out.WriteString(m.Name + "=" + url.QueryEscape(text))
	}
	return out.String()
}
