package openid4vc_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// link is a request by value, as anybody may write one.
func link(edit func(url.Values)) string {
	values := url.Values{
		"client_id": {"redirect_uri:https://cafe.example/answers/1"}, "response_type": {"vp_token"},
		"response_mode": {"direct_post"}, "response_uri": {"https://cafe.example/answers/1"},
		"nonce": {"n-0S6_WzA2Mj"}, "state": {"af0ifjsldkj"}, "dcql_query": {anything},
	}
	edit(values)
	return "openid4vp://?" + values.Encode()
}

// reference is a link to a request object.
func reference(edit func(url.Values)) string {
	values := url.Values{"client_id": {"decentralized_identifier:did:web:cafe.example"}, "request_uri": {"https://cafe.example/requests/1"}}
	edit(values)
	return "openid4vp://?" + values.Encode()
}

func set(name string, values ...string) func(url.Values) {
	return func(v url.Values) {
		if v[name] = values; values == nil {
			delete(v, name)
		}
	}
}

func TestParseURI(t *testing.T) {
	r, err := openid4vc.ParseURI(link(func(url.Values) {}), openid4vc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.ResponseURI != "https://cafe.example/answers/1" || r.Nonce != "n-0S6_WzA2Mj" || r.State != "af0ifjsldkj" || r.ByReference() ||
		r.Requester != (openid4vc.Requester{Prefix: openid4vc.RedirectURI, ID: "https://cafe.example/answers/1"}) {
		t.Errorf("got %+v", r)
	}
	if b := r.Binding(); b != (openid4vc.Binding{Nonce: "n-0S6_WzA2Mj", Audience: "redirect_uri:https://cafe.example/answers/1"}) {
		t.Errorf("the binding is %+v", b)
	}
	again, err := openid4vc.ParseURI(r.URI(), openid4vc.Options{})
	if err != nil || again.URI() != r.URI() {
		t.Errorf("what was written is read as %+v, %v", again, err)
	}
	if _, err := openid4vc.ParseURI("https://wallet.example/open?"+r.Encode(), openid4vc.Options{}); err != nil {
		t.Errorf("a link to one wallet: %v", err)
	}
	for _, scheme := range []string{"haip-vp", "eudi-openid4vp", "HAIP-VP"} {
		for _, host := range []string{"", "authorize"} {
			other := strings.Replace(r.URI(), "openid4vp://", scheme+"://"+host, 1)
			if got, err := openid4vc.ParseURI(other, openid4vc.Options{}); err != nil || got.URI() != r.URI() || !openid4vc.IsLink(other) {
				t.Errorf("%s://%s: %v", scheme, host, err)
			}
		}
	}
	r, err = openid4vc.ParseURI(link(set("response_uri")), openid4vc.Options{})
	if err != nil || r.ResponseURI != "https://cafe.example/answers/1" {
		t.Errorf("the address in the client_id alone: %+v, %v", r, err)
	}
	// "The Wallet MUST ignore any unrecognized parameters", among them those of drafts.
	for name, value := range map[string]string{
		"ui_locales": "de", "client_id_scheme": "redirect_uri", "client_metadata_uri": "https://x.example", "presentation_definition": "{}",
		"iss": "https://elsewhere.example", "expected_origins": `["https://elsewhere.example"]`,
	} {
		if r, err = openid4vc.ParseURI(link(set(name, value)), openid4vc.Options{}); err != nil || r.Query == nil {
			t.Errorf("beside %s: %v", name, err)
		}
	}
	r, err = openid4vc.ParseURI(reference(set("request_uri_method", "post")), openid4vc.Options{})
	if err != nil || !r.ByReference() || r.RequestMethod != "post" || r.Requester.Proven || r.Requester.Prefix != openid4vc.DID {
		t.Errorf("by reference: %+v, %v", r, err)
	}
	if again, err := openid4vc.ParseURI(r.URI(), openid4vc.Options{}); err != nil || again.RequestURI != r.RequestURI || again.RequestMethod != "post" {
		t.Errorf("what was written is read as %+v, %v", again, err)
	}
	// "The Wallet MUST only use the parameters in this Request Object"
	r, err = openid4vc.ParseURI(reference(set("nonce", "from-the-link")), openid4vc.Options{})
	if err != nil || r.Nonce != "" {
		t.Errorf("a parameter beside request_uri: %+v, %v", r, err)
	}
	r, err = openid4vc.ParseURI("openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Ax&request=e30.e30.e30", openid4vc.Options{})
	if err != nil || r.Object != "e30.e30.e30" || r.ByReference() || !strings.Contains(r.URI(), "request=e30.e30.e30") {
		t.Errorf("a request object in the link: %+v, %v", r, err)
	}
}

// attackLinks are links that a wallet must not follow.
func attackLinks(t *testing.T, n census) {
	t.Helper()
	key := `{"kty":"EC","kid":"ac","use":"enc","crv":"P-256","alg":"ECDH-ES","x":"YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk","y":"Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk"}`
	encrypted := func(metadata string) func(url.Values) {
		return func(v url.Values) {
			v.Set("response_mode", "direct_post.jwt")
			v.Set("client_metadata", metadata)
		}
	}
	tests := []struct {
		name, in, want string // the code
		says           string
	}{
		{"nothing", "", "REQUEST_INVALID", "the link begins with"},
		{"an unknown scheme", strings.Replace(link(func(url.Values) {}), "openid4vp", "javascript", 1), "REQUEST_INVALID", "javascript"},
		{"http", strings.Replace(link(func(url.Values) {}), "openid4vp://", "http://wallet.example/", 1), "REQUEST_INVALID", "http:"},
		{"a fragment", link(func(url.Values) {}) + "#x", "REQUEST_INVALID", ""},
		{"a user", strings.Replace(link(func(url.Values) {}), "openid4vp://", "https://me:pw@wallet.example/", 1), "REQUEST_INVALID", ""},
		{"a broken escape", link(func(url.Values) {}) + "&x=%zz", "REQUEST_INVALID", ""},
		{"a semicolon", link(func(url.Values) {}) + ";x=1", "REQUEST_INVALID", ""},
		{"not UTF-8", link(func(url.Values) {}) + "&x=%ff", "REQUEST_INVALID", "UTF-8"},
		{"too long", link(set("x", strings.Repeat("x", 70_000))), "LIMIT_EXCEEDED", ""},
		{"a parameter twice", link(set("nonce", "n-0S6_WzA2Mj", "m-0S6_WzA2Mj")), "REQUEST_INVALID", `"nonce" is there twice`},
		{"an unknown parameter twice", link(set("x", "1", "2")), "REQUEST_INVALID", `"x" is there twice`},

		{"no client_id", link(set("client_id")), "REQUEST_INVALID", "no client_id"},
		{"an empty client_id", link(set("client_id", "")), "REQUEST_INVALID", "no client_id"},
		{"a registered client", link(set("client_id", "cafe")), "REQUEST_INVALID", "no prefix"},
		{"an unknown prefix", link(set("client_id", "example:cafe")), "REQUEST_INVALID", `prefix "example" is not supported`},
		{"an https client", link(set("client_id", "https://cafe.example")), "REQUEST_INVALID", "not supported"},
		{"a federation", link(set("client_id", "openid_federation:https://cafe.example")), "REQUEST_INVALID", "not supported"},
		{"an attestation", link(set("client_id", "verifier_attestation:cafe")), "REQUEST_INVALID", "not supported"},
		{"an origin", link(set("client_id", "origin:https://cafe.example")), "REQUEST_INVALID", "not supported"},
		{"the prefix in capitals", link(set("client_id", "Redirect_URI:https://cafe.example/answers/1")), "REQUEST_INVALID", "not supported"},
		{"a bare DID", link(set("client_id", "did:web:cafe.example")), "REQUEST_INVALID", "draft-25 or earlier"},
		{"nothing behind the prefix", link(set("client_id", "redirect_uri:")), "CLIENT_ID_MISMATCH", ""},
		{"a DID that is none", reference(set("client_id", "decentralized_identifier:cafe")), "CLIENT_ID_MISMATCH", "is no DID"},
		{"a long client_id", link(set("client_id", "redirect_uri:https://cafe.example/"+strings.Repeat("x", 3000))), "LIMIT_EXCEEDED", ""},
		{"a DID that does not sign", link(set("client_id", "decentralized_identifier:did:web:cafe.example")), "REQUEST_SIGNATURE_INVALID", "must be signed"},
		{"a DNS name that does not sign", link(set("client_id", "x509_san_dns:cafe.example")), "REQUEST_SIGNATURE_INVALID", "must be signed"},
		{"a hash that does not sign", link(set("client_id", "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk")), "REQUEST_SIGNATURE_INVALID", "must be signed"},

		{"another address than the client_id", link(set("response_uri", "https://evil.example/answers/1")), "CLIENT_ID_MISMATCH", "evil.example"},
		{"the address with a slash more", link(set("response_uri", "https://cafe.example/answers/1/")), "CLIENT_ID_MISMATCH", ""},
		{"redirect_uri beside", link(set("redirect_uri", "https://cafe.example/answers/1")), "REQUEST_INVALID", "redirect_uri has no place"},
		{"an http address", strings.ReplaceAll(link(func(url.Values) {}), "https", "http"), "REQUEST_INVALID", "not an https address"},
		{"an address on this machine", strings.ReplaceAll(link(func(url.Values) {}), url.QueryEscape("https://cafe.example"), url.QueryEscape("http://127.0.0.1:8080")), "REQUEST_INVALID", "not an https address"},
		{"a file", strings.ReplaceAll(link(func(url.Values) {}), url.QueryEscape("https://cafe.example"), url.QueryEscape("file://")), "REQUEST_INVALID", "not an address"},
		{"a user in the address", strings.ReplaceAll(link(func(url.Values) {}), url.QueryEscape("https://cafe"), url.QueryEscape("https://me@cafe")), "REQUEST_INVALID", "user name"},
		{"a fragment in the address", link(func(v url.Values) {
			v.Set("client_id", "redirect_uri:https://cafe.example/#x")
			v.Set("response_uri", "https://cafe.example/#x")
		}), "REQUEST_INVALID", "fragment"},

		{"no response_type", link(set("response_type")), "REQUEST_INVALID", "no response_type"},
		{"a code", link(set("response_type", "code")), "REQUEST_INVALID", `"code"`},
		{"an id_token as well", link(set("response_type", "vp_token id_token")), "REQUEST_INVALID", ""},
		{"no response_mode", link(set("response_mode")), "REQUEST_INVALID", "without response_mode"},
		{"a fragment as the answer", link(set("response_mode", "fragment")), "REQUEST_INVALID", `"fragment"`},
		{"a browser's API", link(set("response_mode", "dc_api")), "REQUEST_INVALID", ""},
		{"a mode in capitals", link(set("response_mode", "DIRECT_POST")), "REQUEST_INVALID", ""},

		{"no nonce", link(set("nonce")), "REQUEST_INVALID", "no nonce"},
		{"an empty nonce", link(set("nonce", "")), "REQUEST_INVALID", "could be used twice"},
		{"a short nonce", link(set("nonce", "1234567")), "REQUEST_INVALID", "could be used twice"},
		{"a nonce with a dollar", link(set("nonce", "343s$FSFDa-")), "REQUEST_INVALID", "not allowed"},
		{"a nonce with a line end", link(set("nonce", "n-0S6_WzA2Mj\n")), "REQUEST_INVALID", "not allowed"},
		{"a nonce with an umlaut", link(set("nonce", "n-0S6_WzA2Mä")), "REQUEST_INVALID", "not allowed"},
		{"a long nonce", link(set("nonce", strings.Repeat("a", 600))), "LIMIT_EXCEEDED", ""},
		{"a state with a space", link(set("state", "a b")), "REQUEST_INVALID", "not allowed"},
		{"an empty state", link(set("state", "")), "REQUEST_INVALID", "state"},
		{"a long state", link(set("state", strings.Repeat("a", 3000))), "LIMIT_EXCEEDED", ""},

		{"no query", link(set("dcql_query")), "REQUEST_INVALID", "asks for nothing"},
		{"a query and a scope", link(set("scope", "com.example.badge")), "REQUEST_INVALID", "dcql_query and scope"},
		{"a scope", link(func(v url.Values) { v.Del("dcql_query"); v.Set("scope", "com.example.badge") }), "REQUEST_INVALID", "scope is"},
		{"a query that is no JSON", link(set("dcql_query", "{")), "REQUEST_INVALID", "dcql_query"},
		{"a query with a member twice", link(set("dcql_query", `{"credentials":[],"credentials":[]}`)), "REQUEST_INVALID", "dcql_query"},
		{"a query that asks for nothing", link(set("dcql_query", `{"credentials":[]}`)), "REQUEST_INVALID", "credentials must be"},
		{"a deep query", link(set("dcql_query", strings.Repeat("[", 100)+strings.Repeat("]", 100))), "LIMIT_EXCEEDED", ""},
		{"no holder binding and no state", link(func(v url.Values) {
			v.Del("state")
			v.Set("dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"require_cryptographic_holder_binding":false}]}`)
		}), "REQUEST_INVALID", "has no state"},
		{"a presentation definition", link(func(v url.Values) { v.Del("dcql_query"); v.Set("presentation_definition", "{}") }), "REQUEST_INVALID", "draft-25 or earlier; 1.0 has dcql_query"},
		{"a presentation definition elsewhere", link(func(v url.Values) { v.Del("dcql_query"); v.Set("presentation_definition_uri", "https://x.example") }), "REQUEST_INVALID", "draft-25"},
		{"a client_id_scheme", link(func(v url.Values) {
			v.Set("client_id", "https://cafe.example/answers/1")
			v.Set("client_id_scheme", "redirect_uri")
		}), "REQUEST_INVALID", "draft-21"},
		{"a client_id_scheme beside request_uri", reference(func(v url.Values) { v.Set("client_id", "cafe.example"); v.Set("client_id_scheme", "x509_san_dns") }), "REQUEST_INVALID", "draft-21"},
		{"a transaction", link(set("transaction_data", `["eyJ0eXBlIjoieCJ9"]`)), "REQUEST_INVALID", "transaction"},

		{"metadata that is no object", link(set("client_metadata", `[]`)), "REQUEST_INVALID", "client_metadata"},
		{"formats that are no object", link(set("client_metadata", `{"vp_formats_supported":[]}`)), "REQUEST_INVALID", "vp_formats_supported"},
		{"encrypted without a key", link(set("response_mode", "direct_post.jwt")), "REQUEST_INVALID", "no key that can be encrypted to"},
		{"encrypted to a key on P-384", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, "P-256", "P-384", 1) + `]}}`)), "REQUEST_INVALID", "no key"},
		{"encrypted to a key for signatures", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, `"enc"`, `"sig"`, 1) + `]}}`)), "REQUEST_INVALID", "no key"},
		{"encrypted to a key off the curve", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, "Hekpm0", "Hekpm1", 1) + `]}}`)), "REQUEST_INVALID", "not a point"},
		{"encrypted with CBC alone", link(encrypted(`{"jwks":{"keys":[` + key + `]},"encrypted_response_enc_values_supported":["A128CBC-HS256"]}`)), "REQUEST_INVALID", "A128CBC-HS256"},
		{"no content encryption", link(encrypted(`{"jwks":{"keys":[` + key + `]},"encrypted_response_enc_values_supported":[]}`)), "REQUEST_INVALID", ""},
		{"a shared key", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, `"kty"`, `"k":"AA","kty"`, 1) + `]}}`)), "REQUEST_INVALID", "secret"},
		{"a secret key", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, `"kty"`, `"d":"AA","kty"`, 1) + `]}}`)), "REQUEST_INVALID", "secret"},
		{"a key without kid", link(encrypted(`{"jwks":{"keys":[` + strings.Replace(key, `"kid":"ac",`, "", 1) + `]}}`)), "REQUEST_INVALID", "kid"},
		{"a kid twice", link(encrypted(`{"jwks":{"keys":[` + key + `,` + key + `]}}`)), "REQUEST_INVALID", "kid"},
		{"many keys", link(encrypted(`{"jwks":{"keys":` + repeated(17, key) + `}}`)), "LIMIT_EXCEEDED", ""},
		{"jwks without keys", link(encrypted(`{"jwks":{}}`)), "REQUEST_INVALID", "jwks"},

		{"verifier_info is empty", link(set("verifier_info", `[]`)), "REQUEST_INVALID", "verifier_info"},
		{"verifier_info without data", link(set("verifier_info", `[{"format":"x"}]`)), "REQUEST_INVALID", "verifier_info"},
		{"verifier_info about a stranger", link(set("verifier_info", `[{"format":"x","data":"y","credential_ids":["z"]}]`)), "REQUEST_INVALID", "not asked for"},
		{"verifier_info about nothing", link(set("verifier_info", `[{"format":"x","data":"y","credential_ids":[]}]`)), "REQUEST_INVALID", "credential_ids"},
		{"much verifier_info", link(set("verifier_info", repeated(17, `{"format":"x","data":"y"}`))), "LIMIT_EXCEEDED", ""},

		{"request_uri and request", reference(set("request", "e30.e30.e30")), "REQUEST_INVALID", "request and request_uri"},
		{"an empty request_uri", reference(set("request_uri", "")), "REQUEST_INVALID", "empty"},
		{"request_uri over http", reference(set("request_uri", "http://cafe.example/1")), "REQUEST_INVALID", "https"},
		{"request_uri as data", reference(set("request_uri", "data:text/plain,x")), "REQUEST_INVALID", "not an address"},
		{"request_uri without client_id", reference(set("client_id")), "REQUEST_INVALID", "no client_id"},
		{"request_uri of an unsigned client", reference(set("client_id", "redirect_uri:https://cafe.example")), "REQUEST_INVALID", "cannot be signed"},
		{"a method without request_uri", link(set("request_uri_method", "get")), "REQUEST_INVALID", "without request_uri"},
		{"a method beside request", "openid4vp://?client_id=x509_hash:a&request=e30.e30.e30&request_uri_method=post", "REQUEST_INVALID", "without request_uri"},
		{"a method in capitals", reference(set("request_uri_method", "POST")), "REQUEST_INVALID", `"POST"`},
		{"a method put", reference(set("request_uri_method", "put")), "REQUEST_INVALID", `"put"`},
	}
	for _, tt := range tests {
		n.add(t, tt.want, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			r, err := openid4vc.ParseURI(tt.in, openid4vc.Options{})
			if got := openid4vc.Code(err); got != tt.want || r != nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, %v (%s), want %s", r, err, got, tt.want)
			}
		})
	}
}

// TestErrorCodes: the words of section 8.5 for what is wrong with a request.
func TestErrorCodes(t *testing.T) {
	tests := map[string]string{
		link(set("transaction_data", `["eyJ0eXBlIjoieCJ9"]`)):                 "invalid_transaction_data",
		link(set("response_type", "code")):                                    "unsupported_response_type",
		link(func(v url.Values) { v.Del("dcql_query"); v.Set("scope", "x") }): "invalid_scope",
		link(set("client_id", "origin:https://cafe.example")):                 "invalid_request",
		link(set("nonce")):                                                                     "invalid_request",
		link(set("dcql_query", `{}`)):                                                          "invalid_request",
		reference(set("request_uri_method", "put")):                                            "invalid_request_uri_method",
		link(set("redirect_uri", "https://x.example")):                                         "invalid_request",
		link(set("client_id", "redirect_uri:https://other.example/")):                          "invalid_request",
		link(func(v url.Values) { v.Set("scope", "x"); v.Set("presentation_definition", "") }): "invalid_request",
	}
	for in, want := range tests {
		_, err := openid4vc.ParseURI(in, openid4vc.Options{})
		if got := openid4vc.ErrorCode(err); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
	if openid4vc.ErrorCode(dcql.ErrNotSatisfied) != "access_denied" || openid4vc.ErrorCode(openid4vc.ErrState) != "" ||
		openid4vc.Code(nil) != "" || openid4vc.Code(errors.New("x")) != "" {
		t.Error("other errors have other codes")
	}
}

func TestUnsafeLoopback(t *testing.T) {
	for _, host := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080"} {
		in := strings.ReplaceAll(link(func(url.Values) {}), url.QueryEscape("https://cafe.example"), url.QueryEscape("http://"+host))
		if _, err := openid4vc.ParseURI(in, openid4vc.Options{UnsafeLoopback: true}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	for _, host := range []string{"cafe.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1"} {
		in := strings.ReplaceAll(link(func(url.Values) {}), url.QueryEscape("https://cafe.example"), url.QueryEscape("http://"+host))
		if _, err := openid4vc.ParseURI(in, openid4vc.Options{UnsafeLoopback: true}); !errors.Is(err, openid4vc.ErrRequest) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestPurpose(t *testing.T) {
	want := openid4vc.Purpose{Name: "Café Nord", Text: "To see that you may work in our kitchen.", RetentionDays: 30}
	r := signedRequest(t)
	r.Info = []openid4vc.Info{{Format: "jwt", Data: strictjson.String("x"), Credentials: []string{"any"}}, want.Info()}
	compact, err := openid4vc.SignRequestObject(r, openid4vc.SignOptions{Key: cafe.Key, Method: cafe.Method})
	if err != nil {
		t.Fatal(err)
	}
	got, err := openid4vc.OpenRequestObject(t.Context(), []byte(compact), walletOptions())
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := got.Purpose(); !ok || p != want {
		t.Errorf("got %+v, %v", p, ok)
	}
	if len(got.Info) != 2 || got.Info[0].Credentials[0] != "any" {
		t.Errorf("got %+v", got.Info)
	}
	if p, ok := (&openid4vc.Request{Info: []openid4vc.Info{{Format: "jwt", Data: strictjson.String("x")}}}).Purpose(); ok {
		t.Errorf("somebody else's attestation is a purpose: %+v", p)
	}
	odd := openid4vc.Info{Format: want.Info().Format, Data: parse(t, `{"purpose":5,"retention_days":-1}`)}
	if p, ok := (&openid4vc.Request{Info: []openid4vc.Info{odd}}).Purpose(); !ok || p != (openid4vc.Purpose{}) {
		t.Errorf("odd data: %+v, %v", p, ok)
	}
}

func TestFetch(t *testing.T) {
	f := openid4vc.Fetch{Nonce: "qPmxiNFCR3QTm19POc8u"}
	if got, err := openid4vc.ParseFetch(f.Form()); err != nil || got != f {
		t.Errorf("got %+v, %v", got, err)
	}
	example := strings.Join(strings.Fields(strings.SplitN(string(vector(t, "spec-inline/013-request-uri-method-post.txt")), "\n\n", 2)[1]), "")
	if got, err := openid4vc.ParseFetch([]byte(example)); err != nil || got != f || !strings.Contains(example, "wallet_metadata=") {
		t.Errorf("the published form: %+v, %v", got, err)
	}
	if got, err := openid4vc.ParseFetch(nil); err != nil || got.Nonce != "" {
		t.Errorf("an empty form: %+v, %v", got, err)
	}
	for in, want := range map[string]error{
		"wallet_nonce=a&wallet_nonce=b":               openid4vc.ErrRequest,
		"wallet_nonce=%zz":                            openid4vc.ErrRequest,
		"wallet_nonce=" + strings.Repeat("a", 600):    openid4vc.ErrLimit,
		"wallet_nonce=" + strings.Repeat("a", 20_000): openid4vc.ErrLimit,
		"wallet_nonce=%ff":                            openid4vc.ErrRequest,
	} {
		if _, err := openid4vc.ParseFetch([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.40s: %v", in, err)
		}
	}
}

func repeated(n int, element string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + "]"
}

func TestTakes(t *testing.T) {
	m := openid4vc.Metadata{Formats: parse(t, `{"ldp_vc":{"cryptosuite_values":["ecdsa-rdfc-2019"]},"jwt_vc_json":{}}`)}
	fully := openid4vc.Metadata{Formats: parse(t, `{"dc+sd-jwt":{"kb-jwt_alg_values":["Ed25519"]}}`)}
	tests := []struct {
		metadata         openid4vc.Metadata
		format           dcql.Format
		parameter, value string
		want             bool
	}{
		{m, dcql.LDP, "cryptosuite_values", "ecdsa-rdfc-2019", true},
		{m, dcql.LDP, "cryptosuite_values", "eddsa-rdfc-2022", false},
		{m, dcql.LDP, "proof_type_values", "DataIntegrityProof", true},
		{m, dcql.JWT, "alg_values", "EdDSA", true},
		{m, dcql.SDJWT, "kb-jwt_alg_values", "ES256", false},
		{openid4vc.Metadata{}, dcql.SDJWT, "kb-jwt_alg_values", "ES256", true},
		{openid4vc.Metadata{Formats: strictjson.Object()}, dcql.LDP, "", "", true},
		{m, dcql.SDJWT, "", "", false},
		{fully, dcql.SDJWT, "kb-jwt_alg_values", "EdDSA", true},
		{fully, dcql.SDJWT, "kb-jwt_alg_values", "ES256", false},
	}
	for _, tt := range tests {
		if got := tt.metadata.Takes(tt.format, tt.parameter, tt.value); got != tt.want {
			t.Errorf("%s, %s, %s: got %v", tt.format, tt.parameter, tt.value, got)
		}
	}
}
