package openid4vc_test

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// TestPublishedResponses reads the answers of section 8.
func TestPublishedResponses(t *testing.T) {
	secret, err := base64.RawURLEncoding.DecodeString(parse(t, string(vector(t, "spec-inline/029-encrypted-responses.json"))).Get("d").Str())
	if err != nil {
		t.Fatal(err)
	}
	key, err := openid4vc.RestoreResponseKey("ac", secret)
	if err != nil {
		t.Fatal(err)
	}
	text := bytes.Join(bytes.Fields(vector(t, "spec-inline/028-encrypted-responses.txt")), nil)
	sealed := parse(t, string(text)).Get("response").Str()
	got, err := openid4vc.ParseResponse([]byte("response="+sealed), openid4vc.Expected{Mode: openid4vc.DirectPostJWT, Key: key})
	want := parse(t, string(vector(t, "spec-inline/031-encrypted-responses.json"))).Get("vp_token")
	if err != nil || !slices.EqualFunc(got.Presentations["example_credential_id"], want.Get("example_credential_id").Elems(), strictjson.Value.Equal) {
		t.Errorf("got %v, %v", got, err)
	}
	plain := string(parse(t, string(vector(t, "spec-inline/020-examples.json"))).JSON())
	if got, err = openid4vc.ParseResponse([]byte("vp_token="+plain+"&state=s"), openid4vc.Expected{State: "s"}); err != nil || len(got.Presentations["my_credential"]) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	refusal := strings.Join(strings.Fields(strings.SplitN(string(vector(t, "spec-inline/025-response-mode-direct-post.txt")), "\n\n", 2)[1]), "")
	state := strings.TrimPrefix(refusal[strings.LastIndex(refusal, "&"):], "&state=")
	if got, err = openid4vc.ParseResponse([]byte(refusal), openid4vc.Expected{State: state}); err != nil ||
		got.Error != "invalid_request" || got.Description != "unsupported client_id_prefix" {
		t.Errorf("got %+v, %v", got, err)
	}
	reply := strings.SplitN(string(vector(t, "spec-inline/026-response-mode-direct-post.txt")), "\n\n", 2)[1]
	if to, err := openid4vc.ParseAcknowledgement([]byte(reply), openid4vc.Options{}); err != nil ||
		to != "https://client.example.org/cb#response_code=091535f699ea575c7937fa5f0f454aee" {
		t.Errorf("got %s, %v", to, err)
	}
}

// TestPublishedPresentations holds the bindings of appendix B against its examples.
func TestPublishedPresentations(t *testing.T) {
	binding := openid4vc.Binding{Nonce: "n-0S6_WzA2Mj", Audience: "x509_san_dns:client.example.org"}
	token := func(file string) strictjson.Value {
		payload := parse(t, string(vector(t, file)))
		return strictjson.String(cafe.Token(t, `{"typ":"x"}`, string(payload.JSON())))
	}
	bound := token("examples/response/kb_jwt_unsecured.json")
	tests := []struct {
		format       dcql.Format
		presentation strictjson.Value
	}{
		{dcql.LDP, parse(t, string(vector(t, "examples/response/ldp_vc.json")))},
		{dcql.JWT, token("examples/response/jwt_vc.json")},
		{dcql.SDJWT, strictjson.String("e30.e30.e30~disclosure~" + bound.Str())},
	}
	for _, tt := range tests {
		if err := binding.Check(tt.format, tt.presentation); err != nil {
			t.Errorf("%s: %v", tt.format, err)
		}
		if err := (openid4vc.Binding{Nonce: "another", Audience: binding.Audience}).Check(tt.format, tt.presentation); !errors.Is(err, openid4vc.ErrNonce) {
			t.Errorf("%s, another nonce: %v", tt.format, err)
		}
		// The bare name without its prefix is another client.
		if err := (openid4vc.Binding{Nonce: binding.Nonce, Audience: "client.example.org"}).Check(tt.format, tt.presentation); !errors.Is(err, openid4vc.ErrAudience) {
			t.Errorf("%s, another audience: %v", tt.format, err)
		}
	}
}

// TestPublishedKeys reads the client_metadata of section 8.3: of its four keys the one
// on P-256 is taken, and of its content encryptions A128GCM.
func TestPublishedKeys(t *testing.T) {
	published := parse(t, string(vector(t, "spec-inline/027-encrypted-responses.json")))
	claims := requestClaims(t).With("response_mode", strictjson.String("direct_post.jwt")).
		With("client_metadata", published.Get("client_metadata")).With("dcql_query", published.Get("dcql_query"))
	r, err := openRequest(t, requestHeader(), claims, walletOptions())
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Metadata.Keys) != 1 || r.Metadata.Keys[0].ID != "ac" {
		t.Errorf("got the keys %+v", r.Metadata.Keys)
	}
	form, err := r.Answer(map[string][]strictjson.Value{"my_credential": {strictjson.String("token")}})
	if err != nil || !bytes.HasPrefix(form, []byte("response=")) {
		t.Errorf("got %s, %v", form, err)
	}
}

// TestResponseKey makes sure that a restored key is the one that was made.
func TestResponseKey(t *testing.T) {
	made, err := openid4vc.NewResponseKey()
	if err != nil {
		t.Fatal(err)
	}
	again, err := openid4vc.RestoreResponseKey(made.ID, made.Secret.Bytes())
	if err != nil || !again.Secret.Equal(made.Secret) || made.Secret.Curve() != ecdh.P256() {
		t.Errorf("got %v, %v", again, err)
	}
	if _, err := openid4vc.RestoreResponseKey("x", nil); err == nil {
		t.Error("no key is taken for one")
	}
}
