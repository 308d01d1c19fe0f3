package openid4vc_test

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

func TestSignRequestObject(t *testing.T) {
	for _, mode := range []string{openid4vc.DirectPost, openid4vc.DirectPostJWT} {
		r := signedRequest(t)
		r.ResponseMode, r.WalletNonce = mode, "qPmxiNFCR3QTm19POc8u"
		if mode == openid4vc.DirectPostJWT {
			key, err := openid4vc.NewResponseKey()
			if err != nil {
				t.Fatal(err)
			}
			r.Metadata = key.Metadata()
			r.Metadata.Formats = parse(t, `{"ldp_vc":{"cryptosuite_values":["eddsa-rdfc-2022"]}}`)
		}
		compact, err := openid4vc.SignRequestObject(r, openid4vc.SignOptions{Key: cafe.Key, Method: cafe.Method})
		if err != nil {
			t.Fatal(err)
		}
		opt := walletOptions()
		opt.WalletNonce = r.WalletNonce
		got, err := openid4vc.OpenRequestObject(t.Context(), []byte(compact), opt)
		if err != nil {
			t.Fatal(err)
		}
		want := openid4vc.Requester{Prefix: openid4vc.DID, ID: cafe.ID, Proven: true, Method: cafe.Method}
		if got.Requester != want || !got.Issued.Equal(r.Issued) || !got.Expires.Equal(r.Expires) || got.Encode() != r.Encode() {
			t.Errorf("got %+v", got)
		}
	}
}

func TestSignRequestObjectRefuses(t *testing.T) {
	tests := []struct {
		name string
		edit func(*openid4vc.Request, *openid4vc.SignOptions)
		want error
	}{
		{"another's key", func(_ *openid4vc.Request, o *openid4vc.SignOptions) { o.Method = learner.Method }, openid4vc.ErrClientID},
		{"no method", func(_ *openid4vc.Request, o *openid4vc.SignOptions) { o.Method = "" }, openid4vc.ErrClientID},
		{"redirect_uri", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.ClientID = "redirect_uri:" + r.ResponseURI }, openid4vc.ErrClientID},
		{"a reference", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.RequestURI = "https://cafe.example/1" }, openid4vc.ErrRequest},
		{"no nonce", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.Nonce = "" }, openid4vc.ErrRequest},
		{"no query", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.Query = nil }, openid4vc.ErrRequest},
		{"a bad query", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.Query = &dcql.Query{} }, dcql.ErrQuery},
		{"encrypted to nobody", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.ResponseMode = openid4vc.DirectPostJWT }, openid4vc.ErrRequest},
		{"an answer by post over http", func(r *openid4vc.Request, _ *openid4vc.SignOptions) { r.ResponseURI = "http://cafe.example/1" }, openid4vc.ErrRequest},
	}
	for _, tt := range tests {
		r, opt := signedRequest(t), openid4vc.SignOptions{Key: cafe.Key, Method: cafe.Method}
		tt.edit(r, &opt)
		if compact, err := openid4vc.SignRequestObject(r, opt); !errors.Is(err, tt.want) || compact != "" {
			t.Errorf("%s: got %q, %v", tt.name, compact, err)
		}
	}
}

// attackRequestObjects has a good request object and what makes it bad, by what the
// wallet answers.
func attackRequestObjects(t *testing.T, n census) {
	t.Helper()
	text := strictjson.String
	claim := func(name string, v strictjson.Value) func(h, c *strictjson.Value, o *openid4vc.Options) {
		return func(_, c *strictjson.Value, _ *openid4vc.Options) { *c = c.With(name, v) }
	}
	without := func(name string) func(h, c *strictjson.Value, o *openid4vc.Options) {
		return func(_, c *strictjson.Value, _ *openid4vc.Options) { *c = c.Without(name) }
	}
	header := func(name string, v strictjson.Value) func(h, c *strictjson.Value, o *openid4vc.Options) {
		return func(h, _ *strictjson.Value, _ *openid4vc.Options) {
			if *h = h.Without(name); v.Exists() {
				*h = h.With(name, v)
			}
		}
	}
	option := func(edit func(*openid4vc.Options)) func(h, c *strictjson.Value, o *openid4vc.Options) {
		return func(_, _ *strictjson.Value, o *openid4vc.Options) { edit(o) }
	}
	none := strictjson.Value{}
	tests := []struct {
		name string
		edit func(h, c *strictjson.Value, o *openid4vc.Options)
		want string // the code
	}{
		{"nothing", option(func(*openid4vc.Options) {}), ""},
		{"with a wallet_nonce unasked", claim("wallet_nonce", text("x")), ""},
		{"with an issuer, which is ignored", claim("iss", text("somebody else")), ""},
		{"without an end", without("exp"), ""},
		{"with an audience in a list", claim("aud", strictjson.Strings(openid4vc.SelfIssued)), ""},
		{"its own address as the audience", func(_, c *strictjson.Value, o *openid4vc.Options) {
			o.RequestURI = "https://cafe.example/requests/1"
			*c = c.With("aud", text(o.RequestURI))
		}, ""},
		{"a relative kid", header("kid", text(cafe.Method[strings.Index(cafe.Method, "#"):])), ""},
		{"a minute early, with leeway", option(func(o *openid4vc.Options) { o.Now, o.Leeway = now.Add(-time.Minute), time.Minute }), ""},

		{"typ JWT", header("typ", text("JWT")), "TYP_MISMATCH"},
		{"no typ", header("typ", none), "TYP_MISMATCH"},
		{"the typ of a credential", header("typ", text("vc+jwt")), "TYP_MISMATCH"},
		{"the typ of a key binding", header("typ", text("kb+jwt")), "TYP_MISMATCH"},
		{"a typ that is no text", header("typ", strictjson.Int(1)), "TYP_MISMATCH"},

		{"crit", header("crit", strictjson.Strings("x")), "REQUEST_SIGNATURE_INVALID"},
		{"no kid", header("kid", none), "REQUEST_SIGNATURE_INVALID"},
		{"a kid that is a number", header("kid", strictjson.Int(1)), "REQUEST_SIGNATURE_INVALID"},
		{"a key that the document does not have", header("kid", text(cafe.ID+"#other")), "REQUEST_SIGNATURE_INVALID"},
		{"nobody resolves DIDs", option(func(o *openid4vc.Options) { o.Keys = nil }), "REQUEST_SIGNATURE_INVALID"},
		{"nobody resolves this kind", option(func(o *openid4vc.Options) { o.Keys = did.Methods{} }), "REQUEST_SIGNATURE_INVALID"},
		{"signed by somebody else", func(h, c *strictjson.Value, o *openid4vc.Options) {
			*h = h.With("kid", text(learner.Method))
			*c = c.With("client_id", text("decentralized_identifier:"+learner.ID))
			o.ClientID = "decentralized_identifier:" + learner.ID
		}, "REQUEST_SIGNATURE_INVALID"},

		{"the key of another", header("kid", text(learner.Method)), "CLIENT_ID_MISMATCH"},
		{"another in the link", option(func(o *openid4vc.Options) { o.ClientID = "decentralized_identifier:" + learner.ID }), "CLIENT_ID_MISMATCH"},
		{"another prefix in the link", option(func(o *openid4vc.Options) { o.ClientID = cafe.ID }), "CLIENT_ID_MISMATCH"},
		{"nobody in the link", option(func(o *openid4vc.Options) { o.ClientID = "" }), "CLIENT_ID_MISMATCH"},
		{"another in the object", claim("client_id", text("decentralized_identifier:"+learner.ID)), "CLIENT_ID_MISMATCH"},

		{"no client_id", without("client_id"), "REQUEST_INVALID"},
		{"a prefix that cannot sign", func(_, c *strictjson.Value, o *openid4vc.Options) {
			o.ClientID = "redirect_uri:https://cafe.example/answers/1"
			*c = c.With("client_id", text(o.ClientID))
		}, "REQUEST_INVALID"},
		{"no audience", without("aud"), "REQUEST_INVALID"},
		{"another audience", claim("aud", text("https://cafe.example")), "REQUEST_INVALID"},
		{"another's address as the audience", func(_, c *strictjson.Value, o *openid4vc.Options) {
			o.RequestURI = "https://cafe.example/requests/1"
			*c = c.With("aud", text("https://cafe.example/requests/2"))
		}, "REQUEST_INVALID"},
		{"no audience with an address", func(_, c *strictjson.Value, o *openid4vc.Options) {
			o.RequestURI, *c = "https://cafe.example/requests/1", c.Without("aud")
		}, "REQUEST_INVALID"},
		{"two audiences", claim("aud", strictjson.Strings(openid4vc.SelfIssued, "https://x.example")), "REQUEST_INVALID"},
		{"an audience that is a number", claim("aud", strictjson.Int(1)), "REQUEST_INVALID"},
		{"no nonce", without("nonce"), "REQUEST_INVALID"},
		{"a nonce that is a number", claim("nonce", strictjson.Int(12345678)), "REQUEST_INVALID"},
		{"a query in a text", claim("dcql_query", text(anything)), "REQUEST_INVALID"},
		{"a request_uri inside", claim("request_uri", text("https://cafe.example/2")), "REQUEST_INVALID"},
		{"a request inside", claim("request", text("e30.e30.e30")), "REQUEST_INVALID"},
		{"a request_uri_method inside", claim("request_uri_method", text("get")), "REQUEST_INVALID"},
		{"no response_uri", without("response_uri"), "REQUEST_INVALID"},
		{"a redirect_uri", claim("redirect_uri", text("https://cafe.example/")), "REQUEST_INVALID"},
		{"an end that is a text", claim("exp", text("2026")), "REQUEST_INVALID"},
		{"transaction data", claim("transaction_data", strictjson.Strings("e30")), "REQUEST_INVALID"},
		{"a draft", func(_, c *strictjson.Value, _ *openid4vc.Options) {
			*c = c.Without("dcql_query").With("presentation_definition", strictjson.Object())
		}, "REQUEST_INVALID"},
		{"the nonce of another wallet", func(_, c *strictjson.Value, o *openid4vc.Options) {
			*c, o.WalletNonce = c.With("wallet_nonce", text("another")), "mine"
		}, "REQUEST_INVALID"},
		{"no wallet_nonce", option(func(o *openid4vc.Options) { o.WalletNonce = "mine" }), "REQUEST_INVALID"},

		{"past its end", option(func(o *openid4vc.Options) { o.Now = now.Add(10 * time.Minute) }), "REQUEST_EXPIRED"},
		{"a year past its end", option(func(o *openid4vc.Options) { o.Now = now.AddDate(1, 0, 0) }), "REQUEST_EXPIRED"},
		{"past its end and the leeway", option(func(o *openid4vc.Options) { o.Now, o.Leeway = now.Add(11*time.Minute), time.Minute }), "REQUEST_EXPIRED"},
		{"ended when it began", claim("exp", strictjson.Int(int(now.Unix()))), "REQUEST_EXPIRED"},
		{"before its beginning", option(func(o *openid4vc.Options) { o.Now = now.Add(-time.Second) }), "REQUEST_EXPIRED"},
		{"not yet", claim("nbf", strictjson.Int(int(now.Add(time.Minute).Unix()))), "REQUEST_EXPIRED"},
		{"at no time", option(func(o *openid4vc.Options) { o.Now = time.Time{} }), "REQUEST_EXPIRED"},

		{"large", claim("x", text(strings.Repeat("x", 70_000))), "LIMIT_EXCEEDED"},
		{"a long response_uri", claim("response_uri", text("https://cafe.example/"+strings.Repeat("x", 3000))), "LIMIT_EXCEEDED"},
	}
	for _, tt := range tests {
		n.add(t, tt.want, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			h, c, o := requestHeader(), requestClaims(t), walletOptions()
			tt.edit(&h, &c, &o)
			r, err := openRequest(t, h, c, o)
			if got := openid4vc.Code(err); got != tt.want || (r == nil) != (tt.want != "") {
				t.Errorf("got %v, %v (%s), want %s", r, err, got, tt.want)
			}
		})
	}
}

// attackForged: what is no token at all, and a token that was changed.
func attackForged(t *testing.T, n census) {
	t.Helper()
	good := cafe.Token(t, string(requestHeader().JSON()), string(requestClaims(t).JSON()))
	parts := strings.Split(good, ".")
	b64 := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	tests := map[string][2]string{
		"nothing":               {"", "REQUEST_INVALID"},
		"JSON":                  {anything, "REQUEST_INVALID"},
		"encrypted":             {"e30..AA.AA.AA", "REQUEST_INVALID"},
		"padding":               {good + "=", "REQUEST_INVALID"},
		"a claim twice":         {parts[0] + "." + b64(`{"client_id":"a","client_id":"b"}`) + "." + parts[2], "REQUEST_INVALID"},
		"claims that are none":  {parts[0] + "." + b64(`[]`) + "." + parts[2], "REQUEST_INVALID"},
		"alg none":              {b64(`{"alg":"none","typ":"oauth-authz-req+jwt"}`) + "." + parts[1] + ".", "REQUEST_SIGNATURE_INVALID"},
		"alg none, signed":      {b64(`{"alg":"none","typ":"oauth-authz-req+jwt"}`) + "." + parts[1] + "." + parts[2], "REQUEST_SIGNATURE_INVALID"},
		"a shared secret":       {b64(`{"alg":"HS256","typ":"oauth-authz-req+jwt"}`) + "." + parts[1] + "." + parts[2], "REQUEST_SIGNATURE_INVALID"},
		"the algorithm of EC":   {b64(`{"alg":"ES256","typ":"oauth-authz-req+jwt","kid":"`+cafe.Method+`"}`) + "." + parts[1] + "." + parts[2], "REQUEST_SIGNATURE_INVALID"},
		"another signature":     {parts[0] + "." + parts[1] + "." + strings.Repeat("A", 86), "REQUEST_SIGNATURE_INVALID"},
		"other claims":          {parts[0] + "." + b64(strings.Replace(string(requestClaims(t).JSON()), "answers/1", "answers/2", 1)) + "." + parts[2], "REQUEST_SIGNATURE_INVALID"},
		"a request of Megabyte": {parts[0] + "." + strings.Repeat("A", 1<<20) + "." + parts[2], "LIMIT_EXCEEDED"},
	}
	for name, tt := range tests {
		n.add(t, tt[1], name)
		r, err := openid4vc.OpenRequestObject(t.Context(), []byte(tt[0]), walletOptions())
		if got := openid4vc.Code(err); got != tt[1] || r != nil {
			t.Errorf("%s: got %v, %v (%s), want %s", name, r, err, got, tt[1])
		}
	}
}

// TestRequesterKeys: whoever asks as decentralized_identifier may be a did:key, did:jwk
// or did:web, with a key of each kind that signs, named by the kid as a whole or by its
// fragment alone.
func TestRequesterKeys(t *testing.T) {
	web := &testissuer.Web{Pages: map[string][]byte{}}
	keys := did.Methods{"key": did.Key{}, "jwk": did.JWK{}, "web": did.Web{Fetch: web}}
	count := 0
	for _, party := range testissuer.Several(t, "asker") {
		jwk := "did:jwk:" + jose.Encode([]byte(party.JWK(t)))
		onWeb := party.OnWeb(web, "asker.example")
		for id, method := range map[string]string{party.ID: party.Method, jwk: jwk + "#0", onWeb.ID: onWeb.Method} {
			r := signedRequest(t)
			r.ClientID = "decentralized_identifier:" + id
			object, err := openid4vc.SignRequestObject(r, openid4vc.SignOptions{Key: party.Key, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			opt := openid4vc.Options{Keys: keys, Now: now, ClientID: r.ClientID}
			got, err := openid4vc.OpenRequestObject(t.Context(), []byte(object), opt)
			if err != nil || !got.Requester.Proven || got.Requester.ID != id || got.Requester.Method != method || got.Binding().Audience != r.ClientID {
				t.Errorf("%.60s: %+v, %v", id, got, err)
			}
			_, fragment, _ := strings.Cut(method, "#")
			header := parse(t, `{"typ":"oauth-authz-req+jwt","kid":"#`+fragment+`"}`)
			claims, err := jose.Decode([]byte(strings.Split(object, ".")[1]))
			if err != nil {
				t.Fatal(err)
			}
			short, err := jose.Sign(header, claims, party.Key)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := openid4vc.OpenRequestObject(t.Context(), []byte(short), opt); err != nil || got.Requester.Method != method {
				t.Errorf("%.60s by a fragment: %+v, %v", id, got, err)
			}
			count++
		}
	}
	if count < 9 {
		t.Errorf("%d kinds of askers", count)
	}
}

// TestRequesterOnTheWeb: the DID document decides which keys may ask, and one that
// cannot be had is told apart from one that says no.
func TestRequesterOnTheWeb(t *testing.T) {
	web := &testissuer.Web{Pages: map[string][]byte{}}
	asking := cafe.OnWeb(web, "cafe.example")
	document := asking.Document()
	page := "https://cafe.example/.well-known/did.json"
	header, claims := requestHeader().With("kid", strictjson.String(asking.Method)),
		requestClaims(t).With("client_id", strictjson.String("decentralized_identifier:"+asking.ID))
	tests := []struct {
		name     string
		document strictjson.Value
		want     error
	}{
		{"all relations", document, nil},
		{"authentication alone", document.Without("assertionMethod"), nil},
		{"assertionMethod alone", document.Without("authentication"), nil},
		{"no relation", document.Without("assertionMethod", "authentication"), did.ErrNotAuthorized},
		{"another key", cafe.OnWeb(web, "other.example").Document(), did.ErrDocument},
		{"no document", strictjson.Value{}, did.ErrResolution},
		{"a revoked key", document.With("verificationMethod", strictjson.Array(
			document.Get("verificationMethod").Elems()[0].With("revoked", strictjson.String("2026-01-01T00:00:00Z")))), did.ErrKeyRevoked},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			delete(web.Pages, page)
			if tt.document.Exists() {
				web.Pages[page] = tt.document.JSON()
			}
			opt := openid4vc.Options{Keys: testissuer.WebKeys(web), Now: now, ClientID: "decentralized_identifier:" + asking.ID}
			r, err := openRequest(t, header, claims, opt)
			if !errors.Is(err, tt.want) || (err == nil) != (r != nil && r.Requester.Proven) {
				t.Errorf("got %+v, %v", r, err)
			}
			if err != nil && openid4vc.Code(err) != "REQUEST_SIGNATURE_INVALID" {
				t.Errorf("the code is %s", openid4vc.Code(err))
			}
		})
	}
}

// attackCertificates: a certificate proves a name only where an authority was set up.
func attackCertificates(t *testing.T, n census) {
	t.Helper()
	ca, stranger := testissuer.NewAuthority(t, "CA"), testissuer.NewAuthority(t, "stranger")
	host := func(name string) *x509.Certificate { return testissuer.Draft("", name) }
	good := ca.Certify(t, host("cafe.example"), cafe.Key.Public())
	expired := host("cafe.example")
	expired.NotAfter = now.Add(-time.Hour)
	authority := host("cafe.example")
	authority.KeyUsage = x509.KeyUsageKeyEncipherment
	hash := func(x5c string) string {
		der, err := base64.StdEncoding.DecodeString(parse(t, x5c).Elems()[0].Str())
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(der)
		return "x509_hash:" + base64.RawURLEncoding.EncodeToString(sum[:])
	}
	tests := []struct {
		name, client, x5c string
		roots             *x509.CertPool
		want              string
	}{
		{"a DNS name", "x509_san_dns:cafe.example", good, ca.Roots(), ""},
		{"a hash", hash(good), good, ca.Roots(), ""},
		{"no roots", "x509_san_dns:cafe.example", good, nil, "REQUEST_SIGNATURE_INVALID"},
		{"a hash without roots", hash(good), good, nil, "REQUEST_SIGNATURE_INVALID"},
		{"another authority's roots", "x509_san_dns:cafe.example", good, stranger.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"a certificate of a stranger", "x509_san_dns:cafe.example", stranger.Certify(t, host("cafe.example"), cafe.Key.Public()), ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"an expired certificate", "x509_san_dns:cafe.example", ca.Certify(t, expired, cafe.Key.Public()), ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"a certificate for encryption", "x509_san_dns:cafe.example", ca.Certify(t, authority, cafe.Key.Public()), ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"another's key", "x509_san_dns:cafe.example", ca.Certify(t, host("cafe.example"), learner.Key.Public()), ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"another name", "x509_san_dns:cafe.example", ca.Certify(t, host("bar.example"), cafe.Key.Public()), ca.Roots(), "CLIENT_ID_MISMATCH"},
		{"a wildcard", "x509_san_dns:cafe.example", ca.Certify(t, host("*.example"), cafe.Key.Public()), ca.Roots(), "CLIENT_ID_MISMATCH"},
		{"a name in the subject alone", "x509_san_dns:Issuer", ca.Certify(t, host(""), cafe.Key.Public()), ca.Roots(), "CLIENT_ID_MISMATCH"},
		{"an answer to somewhere else", "x509_san_dns:bar.example", ca.Certify(t, host("bar.example"), cafe.Key.Public()), ca.Roots(), "CLIENT_ID_MISMATCH"},
		{"another hash", "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk", good, ca.Roots(), "CLIENT_ID_MISMATCH"},
		{"no certificate", "x509_san_dns:cafe.example", `[]`, ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"a text", "x509_san_dns:cafe.example", `"x"`, ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"no DER", "x509_san_dns:cafe.example", `["AAAA"]`, ca.Roots(), "REQUEST_SIGNATURE_INVALID"},
		{"many", "x509_san_dns:cafe.example", repeated(9, `"AAAA"`), ca.Roots(), "LIMIT_EXCEEDED"},
	}
	for _, tt := range tests {
		n.add(t, tt.want, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			header := requestHeader().Without("kid").With("x5c", parse(t, tt.x5c))
			claims := requestClaims(t).With("client_id", strictjson.String(tt.client))
			r, err := openRequest(t, header, claims, openid4vc.Options{Roots: tt.roots, Now: now, ClientID: tt.client})
			if got := openid4vc.Code(err); got != tt.want || (err == nil) != (r != nil && r.Requester.Proven) {
				t.Errorf("got %+v, %v (%s), want %s", r, err, got, tt.want)
			}
			if err == nil && (r.Requester.Certificate == nil || r.Binding().Audience != tt.client) {
				t.Errorf("got %+v", r)
			}
		})
	}
}
