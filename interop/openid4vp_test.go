package interop

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// conversation is what the two sides of a test say to each other, whoever is which.
type conversation struct {
	Payload       json.RawMessage            `json:"payload,omitempty"`
	Claims        map[string]any             `json:"claims,omitempty"`
	Signer        map[string]any             `json:"signer,omitempty"`
	RequestURI    string                     `json:"requestUri,omitempty"`
	WalletNonce   string                     `json:"walletNonce,omitempty"`
	SecretJWK     json.RawMessage            `json:"secretJwk,omitempty"`
	PublicJWK     json.RawMessage            `json:"publicJwk,omitempty"`
	EncryptionJWK json.RawMessage            `json:"encryptionJwk,omitempty"`
	URI           string                     `json:"uri,omitempty"`
	Object        string                     `json:"object,omitempty"`
	Presentations map[string]json.RawMessage `json:"presentations,omitempty"`
	Enc           string                     `json:"enc,omitempty"`
	Form          string                     `json:"form,omitempty"`
	Wallet        json.RawMessage            `json:"wallet,omitempty"`
}

// said is what the peer makes of it.
type said struct {
	URI           string                             `json:"uri"`
	Object        string                             `json:"object"`
	Prefix        string                             `json:"prefix"`
	Client        string                             `json:"client"`
	Method        string                             `json:"method"`
	Payload       json.RawMessage                    `json:"payload"`
	Query         json.RawMessage                    `json:"query"`
	Fetched       struct{ URL, Method, Body string } `json:"fetched"`
	Form          string                             `json:"form"`
	APU           string                             `json:"apu"`
	APV           string                             `json:"apv"`
	Presentations map[string][]json.RawMessage       `json:"presentations"`
	Nonce         string                             `json:"nonce"`
}

func (p *peer) say(t *testing.T, do string, c conversation) (said, string) {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	a := p.do(t, job{Do: do, Document: string(text)})
	var out said
	if a.Error == "" {
		if err := json.Unmarshal([]byte(a.Document), &out); err != nil {
			t.Fatalf("%v: %s", err, a.Document)
		}
	}
	return out, a.Error
}

const (
	responseURI = "https://cafe.example/answers/1"
	requestURI  = "https://cafe.example/requests/1"
)

// asker is a verifier with a did:key, known to both.
func asker(t *testing.T) (p *testissuer.Party, public, secret json.RawMessage) {
	t.Helper()
	p = testissuer.New("Café Nord")
	public = publicJWK(t, p.Key.Public())
	seed := p.Key.(ed25519.PrivateKey).Seed()
	return p, public, json.RawMessage(strings.TrimSuffix(string(public), "}") + `,"d":"` + jose.Encode(seed) + `"}`)
}

// question4VP is what is asked in these tests.
func question4VP(t *testing.T) *dcql.Query {
	t.Helper()
	q, err := dcql.Question{
		ID: "lang", Achievements: []string{"https://school.example/b2"}, Issuers: []string{"did:web:school.example"},
		VCT: []string{"https://school.example/badge"},
	}.Query()
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func laurelRequest(t *testing.T, clientID string) *openid4vc.Request {
	t.Helper()
	return &openid4vc.Request{
		ClientID: clientID, ResponseMode: openid4vc.DirectPost, ResponseURI: responseURI, Nonce: "n-0S6_WzA2Mj", State: "af0ifjsldkj",
		Query: question4VP(t), Issued: testissuer.Now, Expires: testissuer.Now.AddDate(0, 0, 1),
		Info:     []openid4vc.Info{openid4vc.Purpose{Name: "Café Nord", Text: "To see that you speak Spanish.", RetentionDays: 30}.Info()},
		Metadata: openid4vc.Metadata{Formats: testissuer.Parse(`{"ldp_vc":{"cryptosuite_values":["eddsa-rdfc-2022"]}}`)},
	}
}

// TestOpenID4VPWalletReadsLaurel: the peer, as a wallet, reads what Laurel asks, by value
// and by reference, with GET and POST.
func TestOpenID4VPWalletReadsLaurel(t *testing.T) {
	p := start(t, "openid4vp.js")
	cafe, public, _ := asker(t)
	plain := laurelRequest(t, "redirect_uri:"+responseURI)
	signed := laurelRequest(t, "decentralized_identifier:"+cafe.ID)
	object, err := openid4vc.SignRequestObject(signed, openid4vc.SignOptions{Key: cafe.Key, Method: cafe.Method})
	if err != nil {
		t.Fatal(err)
	}
	reference := func(method string) string {
		return (&openid4vc.Request{ClientID: signed.ClientID, RequestURI: requestURI, RequestMethod: method}).URI()
	}
	tests := []struct {
		name, uri, prefix string
		request           *openid4vc.Request
		method            string // with which the peer fetches; "" if it does not
	}{
		{"by value", plain.URI(), "redirect_uri", plain, ""},
		{"by reference", reference(""), "decentralized_identifier", signed, "get"},
		{"by reference, get", reference("get"), "decentralized_identifier", signed, "get"},
		{"by reference, post", reference("post"), "decentralized_identifier", signed, "post"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, refused := p.say(t, "read", conversation{URI: tt.uri, Object: object, PublicJWK: public})
			if refused != "" {
				t.Fatal(refused)
			}
			payload := testissuer.Parse(string(got.Payload))
			if got.Prefix != tt.prefix || got.Client != tt.request.ClientID || payload.Get("nonce").Str() != tt.request.Nonce ||
				payload.Get("response_uri").Str() != responseURI || got.Fetched.Method != tt.method {
				t.Errorf("got %+v", got)
			}
			if _, err := openid4vc.ParseFetch([]byte(got.Fetched.Body)); err != nil {
				t.Errorf("what the peer posts: %v", err)
			}
			if read := testissuer.Parse(string(got.Query)); !sameQuery(t, read, tt.request.Query) {
				t.Errorf("got the query %s", got.Query)
			}
			if info := payload.Get("verifier_info").Elems(); len(info) != 1 || info[0].Get("data").Get("retention_days").JSON() == nil {
				t.Errorf("got %s", payload.Get("verifier_info").JSON())
			}
		})
	}
	// What the peer refuses as well.
	broken := object[:len(object)-4] + "AAAA"
	for name, c := range map[string]conversation{
		"another signature":        {URI: reference(""), Object: broken, PublicJWK: public},
		"another client_id":        {URI: strings.Replace(reference(""), "decentralized_identifier", "redirect_uri", 1), Object: object, PublicJWK: public},
		"another response_uri":     {URI: strings.Replace(plain.URI(), "response_uri=https%3A%2F%2Fcafe", "response_uri=https%3A%2F%2Fevil", 1)},
		"both questions":           {URI: plain.URI() + "&scope=x"},
		"a method without its URI": {URI: plain.URI() + "&request_uri_method=get"},
	} {
		if _, refused := p.say(t, "read", c); refused == "" {
			t.Errorf("%s: the peer takes it", name)
		}
	}
}

// sameQuery reports whether a query says the same after the peer has filled in the
// defaults.
func sameQuery(t *testing.T, read strictjson.Value, q *dcql.Query) bool {
	t.Helper()
	again, err := dcql.ParseQuery(read)
	return err == nil && again.Value().Equal(q.Value())
}

// TestOpenID4VPVerifierAsksLaurel: Laurel reads what the peer asks.
func TestOpenID4VPVerifierAsksLaurel(t *testing.T) {
	p := start(t, "openid4vp.js")
	cafe, public, secret := asker(t)
	query := question4VP(t)
	payload := func(client string) json.RawMessage {
		return json.RawMessage(`{"response_type":"vp_token","client_id":"` + client + `","response_mode":"direct_post","response_uri":"` + responseURI + `",
			"nonce":"n-0S6_WzA2Mj","state":"af0ifjsldkj","dcql_query":` + string(query.Value().JSON()) + `,
			"client_metadata":{"vp_formats_supported":{"ldp_vc":{"proof_type_values":["DataIntegrityProof"]}}}}`)
	}
	check := func(t *testing.T, r *openid4vc.Request, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if !r.Query.Value().Equal(query.Value()) || r.Nonce != "n-0S6_WzA2Mj" || r.State != "af0ifjsldkj" || r.ResponseURI != responseURI ||
			!r.Metadata.Formats.Get("ldp_vc").Exists() {
			t.Errorf("got %+v", r)
		}
	}
	t.Run("by value", func(t *testing.T) {
		made, refused := p.say(t, "ask", conversation{Payload: payload("redirect_uri:" + responseURI)})
		if refused != "" {
			t.Fatal(refused)
		}
		r, err := openid4vc.ParseURI(made.URI, openid4vc.Options{})
		check(t, r, err)
		if r.Requester.Proven {
			t.Error("an unsigned request proves who asks")
		}
	})
	for _, by := range []string{"reference", "value"} {
		t.Run("signed, by "+by, func(t *testing.T) {
			client := "decentralized_identifier:" + cafe.ID
			c := conversation{
				Payload: payload(client), SecretJWK: secret, PublicJWK: public, RequestURI: requestURI,
				Signer: map[string]any{"method": "did", "didUrl": cafe.Method, "alg": "EdDSA"},
				Claims: map[string]any{"aud": openid4vc.SelfIssued},
			}
			if by == "value" {
				c.RequestURI = ""
			}
			made, refused := p.say(t, "ask", c)
			if refused != "" {
				t.Fatal(refused)
			}
			first, err := openid4vc.ParseURI(made.URI, openid4vc.Options{})
			if err != nil || first.ByReference() != (by == "reference") || first.ClientID != client {
				t.Fatalf("got %+v, %v", first, err)
			}
			if by == "value" && first.Object != made.Object {
				t.Errorf("the link has %s", first.Object)
			}
			opt := openid4vc.Options{Keys: testissuer.Keys(), Now: testissuer.Now, ClientID: first.ClientID}
			r, err := openid4vc.OpenRequestObject(t.Context(), []byte(made.Object), opt)
			check(t, r, err)
			if !r.Requester.Proven || r.Requester.Method != cafe.Method {
				t.Errorf("got %+v", r.Requester)
			}
			// Without being told otherwise the peer names its own request_uri as the
			// audience, where section 5.8 has one word for all wallets.
			c.Claims = nil
			if c.RequestURI == "" {
				return
			}
			if made, refused = p.say(t, "ask", c); refused != "" {
				t.Fatal(refused)
			}
			if _, err := openid4vc.OpenRequestObject(t.Context(), []byte(made.Object), opt); openid4vc.Code(err) != "REQUEST_INVALID" || !strings.Contains(err.Error(), "aud is") {
				t.Errorf("got %v", err)
			}
			opt.RequestURI = first.RequestURI
			r, err = openid4vc.OpenRequestObject(t.Context(), []byte(made.Object), opt)
			check(t, r, err)
		})
	}
}

// TestOpenID4VPCertificates: the peer asks with a certificate, under a name in it or under
// its hash, and Laurel believes it where it has the root.
func TestOpenID4VPCertificates(t *testing.T) {
	p := start(t, "openid4vp.js")
	cafe, public, secret := asker(t)
	authority := testissuer.NewAuthority(t, "Authority of verifiers")
	x5c := testissuer.Parse(authority.Certify(t, testissuer.Draft("", "cafe.example"), cafe.Key.Public()))
	der, err := base64.StdEncoding.DecodeString(x5c.Elems()[0].Str())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(der)
	for _, client := range []string{"x509_san_dns:cafe.example", "x509_hash:" + jose.Encode(sum[:])} {
		made, refused := p.say(t, "ask", conversation{
			Payload: json.RawMessage(`{"response_type":"vp_token","client_id":"` + client + `","response_mode":"direct_post","response_uri":"` + responseURI + `",
				"nonce":"n-0S6_WzA2Mj","dcql_query":` + string(question4VP(t).Value().JSON()) + `}`),
			SecretJWK: secret, PublicJWK: public, RequestURI: requestURI,
			Signer: map[string]any{"method": "x5c", "x5c": x5c.Any(), "alg": "EdDSA"}, Claims: map[string]any{"aud": openid4vc.SelfIssued},
		})
		if refused != "" {
			t.Fatal(refused)
		}
		opt := openid4vc.Options{Roots: authority.Roots(), Now: testissuer.Now, ClientID: client}
		r, err := openid4vc.OpenRequestObject(t.Context(), []byte(made.Object), opt)
		if err != nil || !r.Requester.Proven || r.Requester.Certificate == nil {
			t.Errorf("%s: got %+v, %v", client, r, err)
		}
		opt.Roots = nil
		if _, err := openid4vc.OpenRequestObject(t.Context(), []byte(made.Object), opt); openid4vc.Code(err) != "REQUEST_SIGNATURE_INVALID" {
			t.Errorf("%s without roots: %v", client, err)
		}
		// The peer's wallet reads it as well, whoever vouches for the certificate.
		if _, refused := p.say(t, "read", conversation{URI: made.URI, Object: made.Object, PublicJWK: public}); refused != "" {
			t.Errorf("%s: the peer does not read its own: %s", client, refused)
		}
	}
}

// TestOpenID4VPAnswers: what one side answers the other takes, plain and encrypted, with
// either content encryption.
func TestOpenID4VPAnswers(t *testing.T) {
	p := start(t, "openid4vp.js")
	document := testissuer.Parse(`{"type":["VerifiablePresentation"],"name":"A&B=\"é\"+%"}`)
	given := map[string][]strictjson.Value{"lang": {document}, "lang_c": {strictjson.String("e30.e30.e30~e30.e30.e30")}}
	encoded := map[string]json.RawMessage{}
	for id, all := range given {
		encoded[id] = json.RawMessage(strictjson.Array(all...).JSON())
	}
	for _, enc := range append([]string{""}, jose.Encodings...) {
		t.Run("encryption "+enc, func(t *testing.T) {
			key, err := openid4vc.NewResponseKey()
			if err != nil {
				t.Fatal(err)
			}
			r := laurelRequest(t, "redirect_uri:"+responseURI)
			expected := openid4vc.Expected{State: r.State}
			if enc != "" {
				r.ResponseMode, r.Metadata = openid4vc.DirectPostJWT, key.Metadata()
				r.Metadata.Encodings = []string{enc}
				expected.Mode, expected.Key = r.ResponseMode, key
			}
			payload := parameters(t, r)

			// The peer answers.
			made, refused := p.say(t, "answer", conversation{Payload: payload, Presentations: encoded, Enc: enc})
			if refused != "" {
				t.Fatal(refused)
			}
			got, err := openid4vc.ParseResponse([]byte(made.Form), expected)
			if err != nil {
				t.Fatal(err)
			}
			for id, all := range given {
				if !strictjson.Array(got.Presentations[id]...).Equal(strictjson.Array(all...)) {
					t.Errorf("%s: got %v", id, got.Presentations[id])
				}
			}
			if enc != "" && (made.APU == "" || made.APV == "") {
				t.Error("the peer no longer sends apu and apv, which were part of the test")
			}

			// Laurel answers.
			form, err := r.Answer(given)
			if err != nil {
				t.Fatal(err)
			}
			secret := key.Secret.Bytes()
			jwk := key.Metadata().Keys[0].JWK().With("d", strictjson.String(jose.Encode(secret)))
			taken, refused := p.say(t, "take", conversation{Payload: payload, Form: string(form), EncryptionJWK: jwk.JSON()})
			if refused != "" {
				t.Fatal(refused)
			}
			for id, all := range given {
				if len(taken.Presentations[id]) != 1 || !testissuer.Parse(string(taken.Presentations[id][0])).Equal(all[0]) {
					t.Errorf("%s: the peer got %s", id, taken.Presentations[id])
				}
			}
			if taken.Nonce != r.Nonce {
				t.Errorf("the peer expects the nonce %s", taken.Nonce)
			}
			// Neither takes the answer to another request.
			other := *r
			other.State = "another"
			if form, err = other.Answer(given); err != nil {
				t.Fatal(err)
			}
			if _, refused := p.say(t, "take", conversation{Payload: payload, Form: string(form), EncryptionJWK: jwk.JSON()}); !strings.Contains(refused, "state") {
				t.Errorf("the peer takes another state: %q", refused)
			}
			if _, err := openid4vc.ParseResponse(form, expected); openid4vc.Code(err) != "STATE_MISMATCH" {
				t.Errorf("Laurel takes another state: %v", err)
			}
		})
	}
}

// parameters is a request as the peer has it: an object.
func parameters(t *testing.T, r *openid4vc.Request) json.RawMessage {
	t.Helper()
	values, err := url.ParseQuery(r.Encode())
	if err != nil {
		t.Fatal(err)
	}
	v := strictjson.Object()
	for name := range values {
		text := values.Get(name)
		if strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[") {
			v = v.With(name, testissuer.Parse(text))
			continue
		}
		v = v.With(name, strictjson.String(text))
	}
	return v.JSON()
}
