package openid4vc_test

import (
	"net/url"
	"testing"

	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// coded makes sure that an error has a code and comes without a result.
func coded(t *testing.T, err error, nothing bool) bool {
	t.Helper()
	if err != nil && (!nothing || openid4vc.Code(err) == "") {
		t.Fatalf("the error %v has the code %q, and comes alone: %v", err, openid4vc.Code(err), nothing)
	}
	return err == nil
}

func FuzzParseURI(f *testing.F) {
	f.Add(link(func(url.Values) {}))
	f.Add(reference(set("request_uri_method", "post")))
	f.Add("https://wallet.example/?client_id=x509_hash:a&request=e30.e30.e30")
	f.Add("openid4vp://?client_id=redirect_uri:https://a/&response_type=vp_token&response_mode=direct_post.jwt&nonce=12345678&dcql_query=" +
		url.QueryEscape(anything) + `&client_metadata={"jwks":{"keys":[{"kty":"EC"}]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := openid4vc.ParseURI(text, openid4vc.Options{})
		if !coded(t, err, r == nil) {
			return
		}
		if r.Requester.Proven {
			t.Fatal("a link proves who asks")
		}
		again, err := openid4vc.ParseURI(r.URI(), openid4vc.Options{})
		if err != nil || again.URI() != r.URI() {
			t.Fatalf("%s is read as %v, %v", r.URI(), again, err)
		}
	})
}

// FuzzOpenRequestObject signs whatever it is given, so that what is behind the
// signature is reached as well, and gives it unsigned too.
func FuzzOpenRequestObject(f *testing.F) {
	f.Add(string(requestHeader().JSON()), string(requestClaims(f).JSON()))
	f.Add(`{"typ":"oauth-authz-req+jwt","x5c":["AAAA"]}`, `{"client_id":"x509_san_dns:a"}`)
	f.Add(`{"typ":"oauth-authz-req+jwt","kid":"#a"}`, `{"client_id":"decentralized_identifier:did:key:z6Mk"}`)
	f.Fuzz(func(t *testing.T, header, claims string) {
		r, err := openid4vc.OpenRequestObject(t.Context(), []byte(claims), walletOptions())
		coded(t, err, r == nil)
		h, err := strictjson.Parse([]byte(header))
		if err != nil || h.Kind() != strictjson.Dict || h.Get("alg").Exists() {
			return
		}
		r, err = openid4vc.OpenRequestObject(t.Context(), []byte(cafe.Token(t, header, claims)), walletOptions())
		if coded(t, err, r == nil) && (!r.Requester.Proven || r.ClientID != walletOptions().ClientID || r.Query == nil) {
			t.Fatalf("got %+v", r)
		}
	})
}

func FuzzParseResponse(f *testing.F) {
	r, sealed := encryptedRequest(f)
	encrypted, err := r.Answer(answer(f))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(encrypted)
	f.Add([]byte(form("vp_token", `{"a":["e30.e30.e30",{}]}`, "state", r.State)))
	f.Add([]byte(form("error", "access_denied", "error_description", "x", "state", r.State)))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, want := range []openid4vc.Expected{{State: r.State}, sealed} {
			got, err := openid4vc.ParseResponse(text, want)
			if coded(t, err, got == nil) && ((got.Error == "") != (len(got.Presentations) > 0) || got.State != want.State) {
				t.Fatalf("got %+v", got)
			}
		}
		to, err := openid4vc.ParseAcknowledgement(text, openid4vc.Options{})
		coded(t, err, to == "")
		_, err = openid4vc.ParseFetch(text)
		coded(t, err, true)
	})
}

func FuzzBinding(f *testing.F) {
	f.Add(`{"proof":{"challenge":"n","domain":"a"}}`)
	f.Add(`"e30.e30.e30~e30.e30.e30"`)
	f.Fuzz(func(t *testing.T, text string) {
		v, err := strictjson.Parse([]byte(text))
		if err != nil {
			return
		}
		for _, format := range []dcql.Format{dcql.LDP, dcql.JWT, dcql.SDJWT} {
			coded(t, (openid4vc.Binding{Nonce: "n", Audience: "a"}).Check(format, v), true)
		}
	})
}
