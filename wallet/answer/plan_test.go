package answer_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/wallet"
	"laurel/wallet/answer"
)

// This file walks through the modules of the wallet's plan in the conformance suite of
// the OpenID Foundation (oid4vp-1final-wallet-test-plan), by their names there, with its
// kind of credential: an SD-JWT VC about a person. The modules of the browser's own API
// and of mdoc have their counterparts in how such requests are refused.

const pid = "urn:eudi:pid:1"

// person keeps an SD-JWT VC with a member of an object and elements of an array.
func (s *scene) person() wallet.Card {
	s.t.Helper()
	school := testissuer.New("school")
	doc := testissuer.Parse(`{"iss":"` + school.ID + `","vct":"` + pid + `","given_name":"Ada","family_name":"Lovelace","birthdate":"1815-12-10",
		"address":{"locality":"Ulm","street_address":"Elm 1"},"nationalities":["GB","DE","FR"]}`)
	return s.keep([]byte(school.IssueSD(s.t, doc, s.holder(s.me), proof.SDJWTOptions{Claims: true, Disclosable: []string{
		"/given_name", "/family_name", "/birthdate", "/address/locality", "/address/street_address", "/nationalities/0", "/nationalities/1", "/nationalities/2",
	}})))
}

// pidQuery asks for claims of a person; "" asks for none.
func pidQuery(claims string) string {
	if claims != "" {
		claims = `,"claims":[` + claims + `]`
	}
	return `{"credentials":[{"id":"pid","format":"dc+sd-jwt","meta":{"vct_values":["` + pid + `"]}` + claims + `}]}`
}

const names = `{"path":["given_name"]},{"path":["family_name"]}`

// module is one of the plan's that ends with an answer.
type module struct {
	name   string
	query  string
	change func(r *openid4vc.Request)
	says   string   // what the verifier replies
	shown  []string // exactly these values of those that can be withheld
}

var answered = []module{
	{name: "happy-flow-no-state", query: pidQuery(names), change: func(r *openid4vc.Request) { r.State = "" }, shown: []string{"Ada", "Lovelace"}},
	{
		name: "happy-flow-with-state-and-redirect", query: pidQuery(names), says: `{"redirect_uri":"https://jobs.example/done#response_code=091535f699ea575c7937fa5f0f454aee"}`,
		shown: []string{"Ada", "Lovelace"},
	},
	{
		name: "alternate-happy-flow", query: pidQuery(names), change: func(r *openid4vc.Request) {
			r.Nonce, r.State = strings.Repeat("n", 32), strings.Repeat("~", 64)
		}, shown: []string{"Ada", "Lovelace"},
	},
	{name: "no-claims-in-dcql-query", query: pidQuery("")},
	{name: "fewer-claims-than-available", query: pidQuery(`{"path":["family_name"]}`), shown: []string{"Lovelace"}},
	{name: "pid-object-member", query: pidQuery(`{"path":["address","locality"]}`), shown: []string{"Ulm"}},
	{name: "pid-array-element-by-index", query: pidQuery(`{"path":["nationalities",1]}`), shown: []string{"DE"}},
	{name: "pid-all-array-elements", query: pidQuery(`{"path":["nationalities",null]}`), shown: []string{"GB", "DE", "FR"}},
	{
		name: "optional-credential-set", shown: []string{"Ada"},
		query: `{"credentials":[{"id":"pid","format":"dc+sd-jwt","meta":{"vct_values":["` + pid + `"]},"claims":[{"path":["given_name"]}]},
			{"id":"other","format":"dc+sd-jwt","meta":{"vct_values":["urn:nobody:has:this"]}}],
			"credential_sets":[{"options":[["pid"]]},{"options":[["other"]],"required":false}]}`,
	},
}

func TestWalletPlan(t *testing.T) {
	for _, m := range answered {
		for _, mode := range []string{openid4vc.DirectPost, openid4vc.DirectPostJWT} {
			t.Run(m.name+"/"+mode, func(t *testing.T) {
				s := newScene(t)
				s.person()
				s.net.pages[answerAt] = always("{}")
				if m.says != "" {
					s.net.pages[answerAt] = always(m.says)
				}
				req := s.request(m.query)
				req.ResponseMode = mode
				want := openid4vc.Expected{Mode: mode}
				if mode == openid4vc.DirectPostJWT {
					key, err := openid4vc.NewResponseKey()
					if err != nil {
						t.Fatal(err)
					}
					req.Metadata, want.Key = key.Metadata(), key
				}
				if m.change != nil {
					m.change(req)
				}
				want.State = req.State
				sent, err := s.Send(t.Context(), s.prepared(s.link(req)))
				if err != nil || m.says != "" && sent.Continue != "https://jobs.example/done#response_code=091535f699ea575c7937fa5f0f454aee" {
					t.Fatalf("%+v, %v", sent, err)
				}
				got := s.received(want)
				if len(got.Presentations) != 1 || len(got.Presentations["pid"]) != 1 {
					t.Fatalf("answered %v", got.Presentations)
				}
				s.shows(got.Presentations["pid"][0], req, m.shown)
			})
		}
	}
}

// shows verifies a presentation as the verifier does, and that it discloses these values
// and no others.
func (s *scene) shows(presentation strictjson.Value, req *openid4vc.Request, want []string) {
	s.t.Helper()
	opened, err := s.open(openid4vc.Bytes(presentation), req.Nonce, req.ClientID)
	if err != nil {
		s.t.Fatalf("the verifier finds: %v", err)
	}
	var got []string
	for _, at := range opened.Token.Disclosed {
		p, err := strictjson.ParsePointer(at)
		if err != nil {
			s.t.Fatal(err)
		}
		got = append(got, opened.Document.At(p).Str())
	}
	slices.Sort(got)
	if want = slices.Sorted(slices.Values(want)); !slices.Equal(got, want) {
		s.t.Errorf("disclosed %q, want %q", got, want)
	}
}

// ignores-unusable-encryption-key: keys that are not known are passed over (RFC 7517,
// section 5), wherever they stand, as is one for another use, and content encryptions
// that are not known; with none named, it is A128GCM.
func TestWalletPlanEncryption(t *testing.T) {
	key, err := openid4vc.NewResponseKey()
	if err != nil {
		t.Fatal(err)
	}
	usable := string(key.Metadata().Keys[0].JWK().Without("use").JSON())
	for name, test := range map[string]struct{ keys, enc, used string }{
		"encryption-key-without-use":      {usable, ``, "A128GCM"},
		"ignores-unusable-encryption-key": {`{"kty":"AKP","alg":"ML-KEM-1337","kid":"pq","use":"enc","pub":"AAAA"},{"kty":"made-up","kid":"new","alg":"ECDH-ES"},` + usable, ``, "A128GCM"},
		"a key for signatures first":      {`{"kty":"EC","crv":"P-256","alg":"ES256","kid":"s","use":"sig","x":"YO4epjifD-KWeq1sL2tNmm36BhXnkJ0He-WqMYrp9Fk","y":"Hekpm0zfK7C-YccH5iBjcIXgf6YdUvNUac_0At55Okk"},` + usable, `["A256GCM"]`, "A256GCM"},
		"X25519 and P-384 beside it":      {`{"kty":"OKP","kid":"jc","use":"enc","crv":"X25519","alg":"ECDH-ES","x":"WPX7wnwq10hFNK9aDSyG1QlLswE_CJY14LdhcFUIVVc"},` + usable, `["A128CBC-HS256","A256GCM","A128GCM"]`, "A256GCM"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.person()
			o := s.asking(pidQuery(names))
			metadata := `{"jwks":{"keys":[` + test.keys + `]}`
			if test.enc != "" {
				metadata += `,"encrypted_response_enc_values_supported":` + test.enc
			}
			o.claim("response_mode", `"direct_post.jwt"`)
			o.claim("client_metadata", metadata+"}")
			if err := s.bySigned(o.token(t)); err != nil {
				t.Fatal(err)
			}
			link := (&openid4vc.Request{ClientID: "decentralized_identifier:" + s.employer.ID, RequestURI: objectAt}).URI()
			if _, err := s.Send(t.Context(), s.prepared(link)); err != nil {
				t.Fatal(err)
			}
			form, err := url.ParseQuery(string(s.net.posted()[0]))
			if err != nil {
				t.Fatal(err)
			}
			header := decoded(t, strings.Split(form.Get("response"), ".")[0])
			if header.Get("enc").Str() != test.used || header.Get("kid").Str() != key.ID || header.Get("alg").Str() != "ECDH-ES" {
				t.Errorf("header %s", header.JSON())
			}
			if got := s.received(openid4vc.Expected{Mode: openid4vc.DirectPostJWT, State: "af0ifjsldkj", Key: key}); len(got.Presentations["pid"]) != 1 {
				t.Errorf("answered %v", got.Presentations)
			}
		})
	}
}

// The negative modules: the request ends there, with the name of what is wrong with it
// and without an answer.
func TestWalletPlanRefuses(t *testing.T) {
	set := func(name, text string) func(*scene, *object) string {
		return func(_ *scene, o *object) string { o.claim(name, text); return o.token(t) }
	}
	for _, test := range []struct {
		name  string
		spoil func(s *scene, o *object) string
		code  string
	}{
		{"response-uri-not-client-id", set("client_id", `"redirect_uri:https://jobs.example/elsewhere"`), "CLIENT_ID_MISMATCH"},
		{"invalid-request-object-signature", func(_ *scene, o *object) string {
			token := o.token(t)
			return token[:len(token)-4] + "AAAA"
		}, "REQUEST_SIGNATURE_INVALID"},
		{"invalid-request-object-typ", func(_ *scene, o *object) string {
			o.header = o.header.With("typ", strictjson.String("JWT"))
			return o.token(t)
		}, "TYP_MISMATCH"},
		{"missing-request-object-typ", func(_ *scene, o *object) string { o.header = o.header.Without("typ"); return o.token(t) }, "TYP_MISMATCH"},
		{"mismatched-client-id-in-request-object", set("client_id", `"decentralized_identifier:did:web:other.example"`), "CLIENT_ID_MISMATCH"},
		{"missing-nonce", set("nonce", ""), "REQUEST_INVALID"},
		{"redirect-uri-with-direct-post", set("redirect_uri", `"https://jobs.example/done"`), "REQUEST_INVALID"},
		{"unknown-transaction-data-type", set("transaction_data", `["eyJ0eXBlIjoidW5rbm93biIsImNyZWRlbnRpYWxfaWRzIjpbInBpZCJdfQ"]`), "REQUEST_INVALID"},
		{"wrong-expected-origins", func(_ *scene, o *object) string {
			o.claim("response_mode", `"dc_api"`)
			o.claim("expected_origins", `["https://elsewhere.example"]`)
			return o.token(t)
		}, "REQUEST_INVALID"},
		{"multi-signed-one-invalid-signature", func(_ *scene, o *object) string {
			parts := strings.Split(o.token(t), ".")
			return `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"},{"protected":"` + parts[0] + `","signature":"AAAA"}]}`
		}, "REQUEST_INVALID"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			s.person()
			s.refused(t, s.bySigned(test.spoil(s, s.asking(pidQuery(names)))), test.code)
		})
	}
	t.Run("invalid-client-id-prefix", func(t *testing.T) {
		s := newScene(t)
		o := s.asking(pidQuery(names))
		o.claim("client_id", `"invalid_scheme:jobs.example"`)
		s.net.pages[objectAt] = always(o.token(t))
		_, err := s.Open(t.Context(), "openid4vp://?client_id=invalid_scheme%3Ajobs.example&request_uri="+url.QueryEscape(objectAt))
		s.refused(t, err, "REQUEST_INVALID")
	})
}

// required-non-matching-credential, claim-not-in-credential: "it MUST NOT return any
// Credential(s)". What the verifier then hears, if the learner wants it to hear anything,
// is the same word as when she has it and does not want to show it: "a Verifier, in the
// response, cannot distinguish between the case where an End-User did not consent […] and
// the case where the claim value did not match" (section 15.4.1).
func TestWalletPlanNothingToShow(t *testing.T) {
	for name, query := range map[string]string{
		"required-non-matching-credential": `{"credentials":[{"id":"pid","format":"dc+sd-jwt","meta":{"vct_values":["` + pid + `"]}},{"id":"x","format":"dc+sd-jwt","meta":{"vct_values":["urn:x"]}}],
			"credential_sets":[{"options":[["pid"]]},{"options":[["x"]]}]}`,
		"claim-not-in-credential": pidQuery(names + `,{"path":["shoe_size"]}`),
		"another value":           pidQuery(`{"path":["family_name"],"values":["Byron"]}`),
		"declined":                pidQuery(names),
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.person()
			asked := s.opened(s.link(s.request(query)))
			if (asked.Missing == nil) != (name == "declined") || len(s.net.posted()) != 0 {
				t.Fatalf("%v, %d sent", asked.Missing, len(s.net.posted()))
			}
			if _, err := s.Decline(t.Context(), asked); err != nil {
				t.Fatal(err)
			}
			if got := string(s.net.posted()[0]); got != "error=access_denied&state=af0ifjsldkj" {
				t.Errorf("they hear %s", got)
			}
		})
	}
}

// asking is the request object of a query, to be changed.
func (s *scene) asking(query string) *object {
	s.t.Helper()
	o := s.good()
	o.claim("dcql_query", query)
	return o
}

// "If require_cryptographic_holder_binding is set to true in the Credential Query, the
// Wallet MUST return a Verifiable Presentation […]. Otherwise, a Verifiable Credential
// without Holder Binding MUST be returned" (appendix B.1; B.3 is alike).
func TestWithoutHolderBinding(t *testing.T) {
	badges := `{"credentials":[{"id":"q","format":"FORMAT","meta":{},"require_cryptographic_holder_binding":false,"claims":[{"path":["credentialSubject","result",0,"value"]}]}]}`
	for name, test := range map[string]struct {
		query string
		keep  func(s *scene) wallet.Card
		lacks []string
	}{
		"ldp_vc":               {strings.Replace(badges, "FORMAT", "ldp_vc", 1), func(s *scene) wallet.Card { return s.whole("Spanish") }, nil},
		"ldp_vc, a part of it": {strings.Replace(badges, "FORMAT", "ldp_vc", 1), func(s *scene) wallet.Card { return s.part("Spanish", s.me) }, []string{`"91"`, "A talk"}},
		"ldp_vc of nobody in particular": {strings.Replace(badges, "FORMAT", "ldp_vc", 1), func(s *scene) wallet.Card {
			school := testissuer.New("school")
			return s.keep(school.Sign(s.t, testissuer.Set(s.badge(school, s.me, "Greek"), "credentialSubject/id", strictjson.Value{})).JSON())
		}, nil},
		"vc+jwt":    {strings.Replace(badges, "FORMAT", "jwt_vc_json", 1), func(s *scene) wallet.Card { return s.signed("Spanish") }, nil},
		"jwt_vc":    {strings.Replace(badges, "FORMAT", "jwt_vc_json", 1), func(s *scene) wallet.Card { return s.plain("Spanish") }, nil},
		"dc+sd-jwt": {strings.Replace(pidQuery(`{"path":["given_name"]}`), `"meta"`, `"require_cryptographic_holder_binding":false,"meta"`, 1), (*scene).person, []string{"Lovelace"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			test.keep(s)
			reply := s.prepared(s.link(s.request(test.query)))
			if !slices.ContainsFunc(reply.Warnings, func(w string) bool { return strings.Contains(w, "without a proof that it is yours") }) {
				t.Errorf("warnings %q", reply.Warnings)
			}
			if _, err := s.Send(t.Context(), reply); err != nil {
				t.Fatal(err)
			}
			for _, all := range s.received(openid4vc.Expected{State: "af0ifjsldkj"}).Presentations {
				raw := openid4vc.Bytes(all[0])
				opened, err := s.open(raw, "", "")
				if d := proof.Read(raw); err != nil || d.Presentation() || d.Bound() {
					t.Fatalf("%v: %s", err, raw)
				}
				for _, ban := range test.lacks {
					if strings.Contains(string(opened.Document.JSON()), ban) {
						t.Errorf("has %s", ban)
					}
				}
			}
			if got, err := s.Wallet.Receipts(t.Context()); err != nil || len(got) != 1 || got[0].Holder != "" || got[0].Challenge != nonce {
				t.Errorf("receipts %+v, %v", got, err)
			}
		})
	}
}

// What the verifier says that it reads is what it is shown: "If present, the alg JOSE
// header […] of the presented Verifiable Credential or Verifiable Presentation MUST match
// one of the array values" (appendix B).
func TestFormatsOfTheVerifier(t *testing.T) {
	levelJWT := strings.Replace(levels, "ldp_vc", "jwt_vc_json", 1)
	for name, test := range map[string]struct {
		formats, query string
		keep           func(s *scene) wallet.Card
		why            string // "" if it is shown
	}{
		"another format":                    {`{"jwt_vc_json":{}}`, levels, func(s *scene) wallet.Card { return s.whole("Spanish") }, "in its form (ldp_vc)"},
		"its format":                        {`{"ldp_vc":{}}`, levels, func(s *scene) wallet.Card { return s.whole("Spanish") }, ""},
		"its suite":                         {`{"ldp_vc":{"proof_type_values":["DataIntegrityProof"],"cryptosuite_values":["ecdsa-rdfc-2019","eddsa-rdfc-2022"]}}`, levels, func(s *scene) wallet.Card { return s.whole("Spanish") }, ""},
		"another suite":                     {`{"ldp_vc":{"proof_type_values":["DataIntegrityProof"],"cryptosuite_values":["ecdsa-rdfc-2019"]}}`, levels, func(s *scene) wallet.Card { return s.whole("Spanish") }, "eddsa-rdfc-2022"},
		"another type of proof":             {`{"ldp_vc":{"proof_type_values":["Ed25519Signature2020"]}}`, levels, func(s *scene) wallet.Card { return s.whole("Spanish") }, "DataIntegrityProof"},
		"the badge's, and not the wallet's": {`{"ldp_vc":{"cryptosuite_values":["ecdsa-sd-2023"]}}`, levels, func(s *scene) wallet.Card { return s.part("Spanish", s.me) }, "you would sign with eddsa-rdfc-2022"},
		"both":                              {`{"ldp_vc":{"cryptosuite_values":["ecdsa-sd-2023","eddsa-rdfc-2022"]}}`, levels, func(s *scene) wallet.Card { return s.part("Spanish", s.me) }, ""},
		"a token":                           {`{"jwt_vc_json":{"alg_values":["EdDSA"]}}`, levelJWT, func(s *scene) wallet.Card { return s.signed("Spanish") }, ""},
		"a token of another algorithm":      {`{"jwt_vc_json":{"alg_values":["ES256"]}}`, levelJWT, func(s *scene) wallet.Card { return s.signed("Spanish") }, "EdDSA"},
		"claims":                            {`{"dc+sd-jwt":{"sd-jwt_alg_values":["Ed25519"],"kb-jwt_alg_values":["Ed25519"]}}`, pidQuery(names), (*scene).person, ""},
		"claims, and another key binding":   {`{"dc+sd-jwt":{"sd-jwt_alg_values":["EdDSA"],"kb-jwt_alg_values":["ES256"]}}`, pidQuery(names), (*scene).person, "you would sign with EdDSA"},
		"claims of another issuer's key":    {`{"dc+sd-jwt":{"sd-jwt_alg_values":["ES256"]}}`, pidQuery(names), (*scene).person, "EdDSA"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			test.keep(s)
			req := s.request(test.query)
			req.Metadata.Formats = testissuer.Parse(test.formats)
			asked := s.opened(s.link(req))
			if test.why == "" {
				if _, err := s.Prepare(t.Context(), asked, asked.Preferred()); err != nil {
					t.Error(err)
				}
				return
			}
			if asked.Missing == nil || !strings.Contains(asked.Missing.Error(), test.why) {
				t.Errorf("%v", asked.Missing)
			}
		})
	}
	s := newScene(t)
	work, err := s.Wallet.NewIdentityOf(t.Context(), wallet.P256, "work")
	if err != nil || work.Kind() != wallet.P256 || s.me.Kind() != wallet.Ed25519 || (wallet.Identity{DID: "did:key:x"}).Kind() != "" {
		t.Fatalf("%v, %v", work.Kind(), err)
	}
	mine, other := s.part("Spanish", s.me), s.part("French", work)
	req := s.request(levels)
	req.Metadata.Formats = testissuer.Parse(`{"ldp_vc":{"cryptosuite_values":["ecdsa-sd-2023","ecdsa-rdfc-2019"]}}`)
	asked := s.opened(s.link(req))
	if got := asked.Preferred(); !slices.Equal(got["b2"], []string{other.ID}) || asked.Needs[0].Misses[0].Card.ID != mine.ID {
		t.Errorf("of two identities: %v", got)
	}
	if _, err := s.Prepare(t.Context(), asked, answer.Chosen{"b2": {mine.ID}}); err == nil {
		t.Error("the other one is sent all the same")
	}
}

// "SD-JWTs that do not support Holder Binding (i.e., do not have a cnf Claim) cannot be
// returned in this case" (appendix B.3), even if they name their subject.
func TestClaimsOfNobodysKey(t *testing.T) {
	s := newScene(t)
	school := testissuer.New("school")
	s.keep([]byte(school.IssueSD(t, testissuer.Parse(`{"iss":"`+school.ID+`","sub":"`+s.me.DID+`","vct":"`+pid+`","given_name":"Ada"}`), nil,
		proof.SDJWTOptions{Claims: true, Disclosable: []string{"/given_name"}})))
	if asked := s.opened(s.link(s.request(pidQuery(`{"path":["given_name"]}`)))); asked.Missing == nil || !strings.Contains(asked.Missing.Error(), "nobody can prove") {
		t.Errorf("bound to no key: %v", asked.Missing)
	}
	bare := strings.Replace(pidQuery(`{"path":["given_name"]}`), `"meta"`, `"require_cryptographic_holder_binding":false,"meta"`, 1)
	if _, err := s.Send(t.Context(), s.prepared(s.link(s.request(bare)))); err != nil {
		t.Fatal(err)
	}
	if got := s.received(openid4vc.Expected{State: "af0ifjsldkj"}).Presentations["pid"]; len(got) != 1 || !strings.HasSuffix(got[0].Str(), "~") {
		t.Errorf("sent %v", got)
	}
}
