package request_test

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"net/url"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/request"
)

const diploma = "https://school.example/diploma"

// claims is an SD-JWT VC of the school for ada.
func claims(t testing.TB, header string) string {
	t.Helper()
	body := testissuer.Parse(`{"iss":"` + school.ID + `","vct":"` + diploma + `","degree":"BSc"}`)
	if header == "" {
		return school.IssueSD(t, body, ada, proof.SDJWTOptions{Claims: true})
	}
	return school.Token(t, header, string(body.With("cnf", testissuer.Parse(`{"jwk":`+ada.JWK(t)+`}`)).JSON())) + "~"
}

// bind adds ada's key binding to a token.
func bind(t testing.TB, compact string, r *openid4vc.Request) strictjson.Value {
	t.Helper()
	shown, err := proof.PresentSDJWT(compact, proof.PresentOptions{Key: ada.Key, Challenge: r.Nonce, Domain: r.ClientID, At: testissuer.Now})
	if err != nil {
		t.Fatal(err)
	}
	return strictjson.String(shown)
}

// judged asks a raw query with one credential query, and judges one answer to it.
func judged(t testing.TB, d *request.Desk, query string, answer func(*openid4vc.Request) strictjson.Value) *verifier.Report {
	t.Helper()
	s := ask(t, d, request.Ask{Query: []byte(query)})
	r := fetch(t, d, s)
	if _, err := d.Answer(t.Context(), s.ID, form(t, r, answer(r))); err != nil {
		t.Fatal(err)
	}
	return report(t, d, s.ID)
}

// "Validate that all Presentations contain a cryptographic proof of Holder Binding
// (i.e., that they are Verifiable Presentations), unless specifically requested
// otherwise" (section 8.6): in every format, what nobody presents answers only a query
// that says so.
func TestHolderBinding(t *testing.T) {
	d, _ := counter(t)
	d.Verifier.Suites = testissuer.TokenSuites(&testissuer.Web{})
	vc := school.SignJWT(t, school.Badge(ada), proof.SignOptions{})
	token := claims(t, "")
	for format, shows := range map[string]struct {
		bare, bound func(*openid4vc.Request) strictjson.Value
	}{
		"ldp_vc": {
			func(*openid4vc.Request) strictjson.Value { return badge(t) },
			func(r *openid4vc.Request) strictjson.Value {
				return ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
			},
		},
		"jwt_vc_json": {
			func(*openid4vc.Request) strictjson.Value { return strictjson.String(vc) },
			func(r *openid4vc.Request) strictjson.Value {
				inside, err := proof.Envelop(vc)
				if err != nil {
					t.Fatal(err)
				}
				return strictjson.String(ada.SignJWT(t, ada.Present(inside), proof.SignOptions{
					Purpose: proof.Authentication, Challenge: r.Nonce, Domain: r.ClientID, Created: testissuer.Now,
				}))
			},
		},
		"dc+sd-jwt": {
			func(*openid4vc.Request) strictjson.Value { return strictjson.String(token) },
			func(r *openid4vc.Request) strictjson.Value { return bind(t, token, r) },
		},
	} {
		for _, required := range []string{``, `,"require_cryptographic_holder_binding":true`, `,"require_cryptographic_holder_binding":false`} {
			query := fmt.Sprintf(`{"credentials":[{"id":"q","format":%q,"meta":{}%s}]}`, format, required)
			want, code := verifier.Accepted, verifier.Code("")
			if required != `,"require_cryptographic_holder_binding":false` {
				want, code = verifier.Rejected, verifier.RequestNotSatisfied
				if format == "dc+sd-jwt" { // it names the key that it should have been shown with
					code = verifier.HolderBindingFailed
				}
			}
			got := judged(t, d, query, shows.bare)
			if row := got.Deciding(); got.Verdict != want || row != nil && row.Code != code {
				t.Errorf("%s, bare%s: %s: %s", format, required, got.Verdict, got.Headline)
			}
			if got := judged(t, d, query, shows.bound); got.Verdict != verifier.Accepted {
				t.Errorf("%s, bound%s: %s: %s", format, required, got.Verdict, got.Headline)
			}
		}
	}
}

// trusted_authorities by the key of a certificate authority (section 6.1.1.1) is
// answered by a credential whose issuer a chain of certificates vouches for; certificates
// that only stand in a header vouch for nothing.
func TestAuthorities(t *testing.T) {
	d, _ := counter(t)
	register := testissuer.NewAuthority(t, "Register")
	d.Verifier.Suites = append(testissuer.Suites(), proof.SDJWT{Roots: register.Roots()})
	x5c := register.Certify(t, testissuer.Draft(school.ID, ""), school.Key.Public())
	certified := claims(t, `{"typ":"dc+sd-jwt","x5c":`+x5c+`}`)
	claiming := claims(t, `{"typ":"dc+sd-jwt","kid":"`+school.Method+`","x5c":`+x5c+`}`)
	aki := base64.RawURLEncoding.EncodeToString(register.Below.SubjectKeyId)
	bound := func(token string) func(*openid4vc.Request) strictjson.Value {
		return func(r *openid4vc.Request) strictjson.Value { return bind(t, token, r) }
	}
	for name, test := range map[string]struct {
		authority string
		answer    func(*openid4vc.Request) strictjson.Value
		want      verifier.Verdict
	}{
		"certified":             {aki, bound(certified), verifier.Accepted},
		"by another authority":  {"s9tIpPmhxdiuNkHMEWNpYim8S8Y", bound(certified), verifier.Rejected},
		"certificates for show": {aki, bound(claiming), verifier.Rejected},
		"within a presentation": {aki, func(r *openid4vc.Request) strictjson.Value {
			inside, err := proof.Envelop(bind(t, certified, r).Str())
			if err != nil {
				t.Fatal(err)
			}
			return ada.Answer(t, ada.Present(inside), r.Nonce, r.ClientID)
		}, verifier.Accepted},
	} {
		query := `{"credentials":[{"id":"q","format":"dc+sd-jwt","meta":{"vct_values":["` + diploma + `"]},"trusted_authorities":[{"type":"aki","values":["` + test.authority + `"]}]}]}`
		if got := judged(t, d, query, test.answer); got.Verdict != test.want {
			t.Errorf("%s: %s: %s", name, got.Verdict, got.Headline)
		}
	}
}

// "If any Verifiable Presentation in the response does not contain the correct nonce value,
// the response MUST be rejected" (section 14.1.2): the good one beside it does not help.
func TestOneOldPresentation(t *testing.T) {
	d, _ := counter(t)
	for _, wrong := range []struct {
		nonce, audience string
		code            verifier.Code
	}{{"an-older-nonce", "", verifier.ChallengeMismatch}, {"", "redirect_uri:https://elsewhere.example", verifier.DomainMismatch}} {
		s := ask(t, d, request.Ask{Query: []byte(`{"credentials":[{"id":"q","format":"ldp_vc","meta":{},"multiple":true}]}`)})
		r := fetch(t, d, s)
		good := ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID)
		bad := ada.Answer(t, ada.Present(badge(t)), cmp.Or(wrong.nonce, r.Nonce), cmp.Or(wrong.audience, r.ClientID))
		if _, err := d.Answer(t.Context(), s.ID, form(t, r, good, bad)); err != nil {
			t.Fatal(err)
		}
		if got := report(t, d, s.ID); got.Verdict != verifier.Rejected || got.Deciding().Code != wrong.code {
			t.Errorf("%s: %s", got.Verdict, got.Headline)
		}
	}
}

// "The Client MUST ignore any unrecognized parameters" (section 8.1), in a form and in
// what was encrypted.
func TestUnknownParameters(t *testing.T) {
	for _, mode := range []string{openid4vc.DirectPost, openid4vc.DirectPostJWT} {
		d, _ := counter(t)
		a := proofOf()
		a.ResponseMode = mode
		s := ask(t, d, a)
		r := fetch(t, d, s)
		presented := strictjson.Object(strictjson.Member{Name: "proof1", Value: strictjson.Array(ada.Answer(t, ada.Present(badge(t)), r.Nonce, r.ClientID))})
		said := testissuer.Parse(`{"iss":"https://wallet.example","id_token":"ey","presentation_submission":{},"x":1}`).
			With("vp_token", presented).With("state", strictjson.String(r.State))
		text := url.Values{"vp_token": {string(presented.JSON())}, "state": {r.State}, "iss": {"https://wallet.example"}, "presentation_submission": {"{}"}, "x": {"1"}}.Encode()
		if mode == openid4vc.DirectPostJWT {
			sealed, err := jose.Encrypt(said.JSON(), r.Metadata.Keys[0], "A128GCM")
			if err != nil {
				t.Fatal(err)
			}
			text = "response=" + sealed + "&x=1"
		}
		if _, err := d.Answer(t.Context(), s.ID, []byte(text)); err != nil {
			t.Fatal(err)
		}
		if got := report(t, d, s.ID); got.Verdict != verifier.Accepted {
			t.Errorf("%s: %s: %s", mode, got.Verdict, got.Headline)
		}
	}
}

// Several credentials come for one query only where it says so ("multiple"), each in a
// presentation of its own; one that is not sound spoils the answer.
func TestMultiple(t *testing.T) {
	other := school.Sign(t, testissuer.Set(school.Badge(ada), "id", strictjson.String("urn:example:second")))
	forged := testissuer.Set(other, "name", strictjson.String("Doctor"))
	for _, test := range []struct {
		multiple string
		badges   []strictjson.Value
		want     verifier.Verdict
	}{
		{"true", []strictjson.Value{badge(t), other}, verifier.Accepted},
		{"true", []strictjson.Value{badge(t)}, verifier.Accepted},
		{"true", []strictjson.Value{badge(t), forged}, verifier.Rejected},
		{"false", []strictjson.Value{badge(t), other}, verifier.Rejected},
		{"false", []strictjson.Value{badge(t)}, verifier.Accepted},
	} {
		d, _ := counter(t)
		s := ask(t, d, request.Ask{Query: []byte(`{"credentials":[{"id":"q","format":"ldp_vc","meta":{},"multiple":` + test.multiple + `}]}`)})
		r := fetch(t, d, s)
		var all []strictjson.Value
		for _, b := range test.badges {
			all = append(all, ada.Answer(t, ada.Present(b), r.Nonce, r.ClientID))
		}
		if _, err := d.Answer(t.Context(), s.ID, form(t, r, all...)); err != nil {
			t.Fatal(err)
		}
		if got := report(t, d, s.ID); got.Verdict != test.want || len(got.Parts) != len(test.badges) {
			t.Errorf("multiple %s, %d badges: %s: %s", test.multiple, len(test.badges), got.Verdict, got.Headline)
		}
	}
}
