package openid4vc_test

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
)

var placeholder = regexp.MustCompile(`\{ ?\.\.\. ?\}`)

// TestPublishedRequests reads every request of the specification. Many of them answer
// into a link, which is not done here, and are refused by name.
func TestPublishedRequests(t *testing.T) {
	tests := []struct{ file, want, says string }{
		{"005-examples.txt", "REQUEST_INVALID", "transaction"},
		{"006-examples.txt", "REQUEST_INVALID", "cannot be signed"},
		{"008-examples.txt", "", ""},
		{"010-using-scope-parameter-to-request-presentations.txt", "REQUEST_INVALID", `prefix "https" is not supported`},
		{"012-defined-client-identifier-prefixes.txt", "REQUEST_INVALID", "redirect_uri has no place"},
		{"023-response-mode-direct-post.txt", "REQUEST_INVALID", `prefix "https" is not supported`},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			r, err := openid4vc.ParseURI(publishedLink(t, tt.file), openid4vc.Options{})
			if openid4vc.Code(err) != tt.want || (r == nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
}

// publishedLink is the link in an example, without the line breaks for print and with
// a query in the place of dots.
func publishedLink(t *testing.T, file string) string {
	t.Helper()
	text := strings.Join(strings.Fields(string(vector(t, "spec-inline/"+file))), "")
	_, parameters, _ := strings.Cut(text, "?")
	parameters = strings.TrimSuffix(parameters, "HTTP/1.1")
	parameters = strings.Replace(parameters, "transaction_data=...", "transaction_data=[]", 1)
	parameters = strings.Replace(parameters, "request=eyJrd...", "request=e30.e30.e30", 1)
	parameters = strings.Replace(parameters, "dcql_query=...", "response_mode=direct_post&dcql_query="+url.QueryEscape(anything), 1)
	return "openid4vp://?" + parameters
}

// TestPublishedObjects reads the payloads of the request objects.
func TestPublishedObjects(t *testing.T) {
	ca := testissuer.NewAuthority(t, "CA")
	x5c := parse(t, ca.Certify(t, testissuer.Draft("", "client.example.org"), cafe.Key.Public()))
	tests := []struct{ file, want, says string }{
		{"spec-inline/014-request-uri-response.txt", "", ""},
		{"spec-inline/007-examples.json", "REQUEST_INVALID", "cannot be signed"},
		{"spec-inline/022-response-mode-direct-post.txt", "REQUEST_INVALID", "cannot be signed"},
		{"examples/request/request_object_client_id_did.json", "CLIENT_ID_MISMATCH", "did:example:123"},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			text := placeholder.ReplaceAllString(string(vector(t, tt.file)), anything)
			text = strings.Replace(text, "eyJhb...6-sVA", "eyJhb.6-sVA", 1)
			claims := parse(t, text).With("aud", strictjson.String(openid4vc.SelfIssued))
			opt := openid4vc.Options{Keys: testissuer.Keys(), Roots: ca.Roots(), Now: now, ClientID: claims.Get("client_id").Str(), WalletNonce: claims.Get("wallet_nonce").Str()}
			r, err := openRequest(t, requestHeader().With("x5c", x5c), claims, opt)
			if openid4vc.Code(err) != tt.want || (r == nil) != (tt.want != "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %+v, %v", r, err)
			}
		})
	}
	// The one that cannot be signed is a good one as a link.
	values := url.Values{}
	text := placeholder.ReplaceAllString(string(vector(t, "spec-inline/022-response-mode-direct-post.txt")), anything)
	for _, m := range parse(t, text).Members() {
		if m.Value.Kind() == strictjson.Dict {
			m.Value = strictjson.String(string(m.Value.JSON()))
		}
		values.Set(m.Name, strings.ReplaceAll(m.Value.Str(), "...", ""))
	}
	if r, err := openid4vc.ParseURI("openid4vp://?"+values.Encode(), openid4vc.Options{}); err != nil || r.ResponseURI != "https://client.example.org/post" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// TestPublishedMetadata reads client_metadata and verifier_info.
func TestPublishedMetadata(t *testing.T) {
	for _, name := range []string{"w3c_ldp", "w3c_jwt", "sd_jwt_vc"} {
		metadata := parse(t, string(vector(t, "examples/client_metadata/"+name+"_verifier_metadata.json")))
		r, err := openid4vc.ParseURI(link(set("client_metadata", string(metadata.JSON()))), openid4vc.Options{})
		if err != nil || !r.Metadata.Formats.Equal(metadata.Get("vp_formats_supported")) {
			t.Errorf("%s: got %+v, %v", name, r, err)
		}
	}
	info := strings.Replace(string(vector(t, "spec-inline/004-new-parameters.json")), "id_card", "any", 1)
	r, err := openid4vc.ParseURI(link(set("verifier_info", "["+info+"]")), openid4vc.Options{})
	if err != nil || len(r.Info) != 1 || r.Info[0].Format != "jwt" || r.Info[0].Credentials[0] != "any" {
		t.Errorf("got %+v, %v", r, err)
	}
}

// elsewhere are the examples that show what another example shows too.
var elsewhere = map[string]string{
	"examples/credentials/sd_jwt_vc.json":                       "before disclosures are put in their places, which internal/sdjwt does",
	"examples/request/request_header_client_id_did.json":        "RS256, which no request is taken with",
	"spec-inline/009-examples.txt":                              "the form of 013",
	"spec-inline/030-encrypted-responses.json":                  "the header of 028",
	"spec-inline/033-response-mode-direct-post-jwt.json":        "as 031",
	"spec-inline/034-additional-wallet-metadata-parameters.txt": "no JSON by itself",
	"spec-inline/037-verifiable-presentations.json":             "a nonce with a character that nonces cannot have",
	"spec-inline/038-verifiable-presentations.txt":              "as examples/response/ldp_vc.json",
}

// TestEveryExampleIsUsed: 52 examples, each named in a test or above.
func TestEveryExampleIsUsed(t *testing.T) {
	var tests strings.Builder
	for _, file := range []string{"dcql/vectors_test.go", "vectors_test.go", "vectors_request_test.go", "request_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tests.Write(text)
	}
	count := 0
	err := fs.WalkDir(os.DirFS("../testdata/openid4vp"), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || name == "SOURCE.md" {
			return err
		}
		count++
		stem := strings.TrimSuffix(path.Base(name), "_verifier_metadata.json")
		number, _, _ := strings.Cut(path.Base(name), "-")
		if elsewhere[name] == "" && !strings.Contains(tests.String(), path.Base(name)) && !strings.Contains(tests.String(), `"`+stem+`"`) &&
			!strings.Contains(tests.String(), `"`+number+`"`) {
			t.Errorf("%s is used by no test", name)
		}
		return nil
	})
	if err != nil || count != 52 {
		t.Errorf("%d examples, %v", count, err)
	}
}
