package openid4vc_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// now is the time of these tests.
var now = time.Date(2026, 6, 1, 9, 0, 0, 0, time.UTC)

// vector is a file of the specification's examples.
func vector(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "openid4vp", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t testing.TB, text string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

func query(t testing.TB, text string) *dcql.Query {
	t.Helper()
	q, err := dcql.ParseQuery(parse(t, text))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// The parties of these tests.
var (
	cafe    = testissuer.New("Café Nord")
	learner = testissuer.New("Ada Lovelace")
)

const anything = `{"credentials":[{"id":"any","format":"ldp_vc","meta":{}}]}`

// signedRequest is a request that the café may sign.
func signedRequest(t testing.TB) *openid4vc.Request {
	t.Helper()
	return &openid4vc.Request{
		ClientID: "decentralized_identifier:" + cafe.ID, ResponseMode: openid4vc.DirectPost,
		ResponseURI: "https://cafe.example/answers/1", Nonce: "n-0S6_WzA2Mj", State: "af0ifjsldkj",
		Query: query(t, anything), Issued: now, Expires: now.Add(10 * time.Minute),
	}
}

// openRequest signs what is made of the request's claims and header by edits, and
// opens it as the wallet of these tests does.
func openRequest(t testing.TB, header, claims strictjson.Value, opt openid4vc.Options) (*openid4vc.Request, error) {
	t.Helper()
	return openid4vc.OpenRequestObject(t.Context(), []byte(cafe.Token(t, string(header.JSON()), string(claims.JSON()))), opt)
}

func walletOptions() openid4vc.Options {
	return openid4vc.Options{Keys: testissuer.Keys(), Now: now, ClientID: "decentralized_identifier:" + cafe.ID}
}

func requestHeader() strictjson.Value {
	return strictjson.Object(
		strictjson.Member{Name: "typ", Value: strictjson.String(openid4vc.RequestType)},
		strictjson.Member{Name: "kid", Value: strictjson.String(cafe.Method)},
	)
}

func requestClaims(t testing.TB) strictjson.Value {
	t.Helper()
	return parse(t, strings.NewReplacer("CLIENT", "decentralized_identifier:"+cafe.ID).Replace(`{
		"client_id": "CLIENT", "aud": "https://self-issued.me/v2", "iat": 1780304400, "exp": 1780305000,
		"response_type": "vp_token", "response_mode": "direct_post", "response_uri": "https://cafe.example/answers/1",
		"nonce": "n-0S6_WzA2Mj", "state": "af0ifjsldkj", "dcql_query": `+anything+`}`))
}
