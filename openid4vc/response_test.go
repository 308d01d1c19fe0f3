package openid4vc_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
)

// answer is what the wallet of these tests gives.
func answer(t testing.TB) map[string][]strictjson.Value {
	t.Helper()
	return map[string][]strictjson.Value{
		"token":    {strictjson.String("e30.e30.e30"), strictjson.String("e30.e30.e30~x~")},
		"document": {parse(t, `{"type":"VerifiablePresentation","name":"A&B = \"é\" +%"}`)},
	}
}

func sameAnswer(got, want map[string][]strictjson.Value) bool {
	if len(got) != len(want) {
		return false
	}
	for id, all := range want {
		if !strictjson.Array(got[id]...).Equal(strictjson.Array(all...)) {
			return false
		}
	}
	return true
}

// encryptedRequest is a request for an encrypted answer, and its key.
func encryptedRequest(t testing.TB) (*openid4vc.Request, openid4vc.Expected) {
	t.Helper()
	key, err := openid4vc.NewResponseKey()
	if err != nil {
		t.Fatal(err)
	}
	r := signedRequest(t)
	r.ResponseMode, r.Metadata = openid4vc.DirectPostJWT, key.Metadata()
	return r, openid4vc.Expected{Mode: r.ResponseMode, State: r.State, Key: key}
}

func TestAnswer(t *testing.T) {
	plain := signedRequest(t)
	sealed, expected := encryptedRequest(t)
	sealed256, expected256 := encryptedRequest(t)
	sealed256.Metadata.Encodings = []string{"A192GCM", "A256GCM"}
	stateless := signedRequest(t)
	stateless.State = ""
	for _, tt := range []struct {
		name     string
		request  *openid4vc.Request
		expected openid4vc.Expected
	}{
		{"plain", plain, openid4vc.Expected{State: plain.State}},
		{"plain, by its name", plain, openid4vc.Expected{Mode: openid4vc.DirectPost, State: plain.State}},
		{"without a state", stateless, openid4vc.Expected{}},
		{"encrypted", sealed, expected},
		{"encrypted, A256GCM", sealed256, expected256},
	} {
		t.Run(tt.name, func(t *testing.T) {
			form, err := tt.request.Answer(answer(t))
			if err != nil {
				t.Fatal(err)
			}
			got, err := openid4vc.ParseResponse(form, tt.expected)
			if err != nil || got.State != tt.request.State || got.Error != "" || !sameAnswer(got.Presentations, answer(t)) {
				t.Errorf("got %+v, %v", got, err)
			}
			if tt.request.ResponseMode == openid4vc.DirectPostJWT && bytes.Contains(form, []byte("vp_token")) {
				t.Error("the answer can be read")
			}
			got, err = openid4vc.ParseResponse(tt.request.Refusal("access_denied", "the person said no"), tt.expected)
			if err != nil || got.Error != "access_denied" || got.Description != "the person said no" || got.Presentations != nil {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if string(openid4vc.Bytes(answer(t)["token"][0])) != "e30.e30.e30" || openid4vc.Bytes(answer(t)["document"][0])[0] != '{' {
		t.Error("presentations have other bytes")
	}
}

// TestRefusalUnencrypted: "If a Wallet is unable to generate an encrypted response, it
// MAY send an error response without encryption".
func TestRefusalUnencrypted(t *testing.T) {
	r, expected := encryptedRequest(t)
	r.Metadata.Keys = nil
	if _, err := r.Answer(answer(t)); !errors.Is(err, openid4vc.ErrRequest) {
		t.Errorf("an answer to nobody: %v", err)
	}
	got, err := openid4vc.ParseResponse(r.Refusal("invalid_request", ""), expected)
	if err != nil || got.Error != "invalid_request" {
		t.Errorf("got %+v, %v", got, err)
	}
}

func form(pairs ...string) string {
	var out []string
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, pairs[i]+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(out, "&")
}

// attackResponses are answers that a verifier must not take.
func attackResponses(t *testing.T, n census) {
	t.Helper()
	const token = `{"any":["e30.e30.e30"]}`
	sealedRequest, sealed := encryptedRequest(t)
	_, other := encryptedRequest(t)
	renamed := sealed
	renamed.Key = &openid4vc.ResponseKey{ID: "another", Secret: sealed.Key.Secret}
	other.Key.ID = sealed.Key.ID
	plain := openid4vc.Expected{State: "s"}
	seal := func(payload string) string {
		compact, err := jose.Encrypt([]byte(payload), sealedRequest.Metadata.Keys[0], "A128GCM")
		if err != nil {
			t.Fatal(err)
		}
		return "response=" + compact
	}
	good := seal(`{"vp_token":` + token + `,"state":"af0ifjsldkj"}`)
	reheaded := func(header string) string {
		_, rest, _ := strings.Cut(good, ".")
		return "response=" + base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + rest
	}
	encrypted := strings.TrimPrefix(good, "response=")
	tests := []struct {
		name, in string
		expected openid4vc.Expected
		want     string
	}{
		{"good", form("vp_token", token, "state", "s"), plain, ""},
		{"good, encrypted", good, sealed, ""},
		{"a token of 400 kB", form("vp_token", `{"any":["`+strings.Repeat("x", 400_000)+`"]}`, "state", "s"), plain, ""},
		{"a parameter that is not known", form("vp_token", token, "state", "s", "iss", "x", "presentation_submission", "{}"), plain, ""},

		{"no state", form("vp_token", token), plain, "STATE_MISMATCH"},
		{"another state", form("vp_token", token, "state", "t"), plain, "STATE_MISMATCH"},
		{"a state with a space more", form("vp_token", token, "state", "s "), plain, "STATE_MISMATCH"},
		{"a state that nobody gave", form("vp_token", token, "state", "s"), openid4vc.Expected{}, "STATE_MISMATCH"},
		{"no state, encrypted", seal(`{"vp_token":` + token + `}`), sealed, "STATE_MISMATCH"},
		{"a state outside of what is encrypted", seal(`{"vp_token":`+token+`}`) + "&state=af0ifjsldkj", sealed, "STATE_MISMATCH"},
		{"a state that is a number", seal(`{"vp_token":` + token + `,"state":5}`), sealed, "STATE_MISMATCH"},
		{"an error for another request", form("error", "access_denied", "state", "t"), plain, "STATE_MISMATCH"},

		{"nothing", "", plain, "MALFORMED_RESPONSE"},
		{"nothing but the state", "state=s", plain, "MALFORMED_RESPONSE"},
		{"JSON", `{"vp_token":` + token + `,"state":"s"}`, plain, "MALFORMED_RESPONSE"},
		{"a broken escape", "vp_token=%7", plain, "MALFORMED_RESPONSE"},
		{"not UTF-8", "state=s&x=%ff", plain, "MALFORMED_RESPONSE"},
		{"a state twice", form("vp_token", token, "state", "s", "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a vp_token twice", form("vp_token", token, "state", "s", "vp_token", token), plain, "MALFORMED_RESPONSE"},
		{"no JSON", form("vp_token", "e30.e30.e30", "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a text, as drafts had it", form("vp_token", `"e30.e30.e30"`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"an array, as drafts had it", form("vp_token", `["e30.e30.e30"]`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a presentation without its array", form("vp_token", `{"any":"e30.e30.e30"}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a query twice", form("vp_token", `{"any":["a"],"any":["b"]}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"no presentations", form("vp_token", `{"any":[]}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"an empty vp_token", form("vp_token", `{}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a presentation that is a number", form("vp_token", `{"any":[1]}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a presentation that is empty", form("vp_token", `{"any":[""]}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"a presentation that is null", form("vp_token", `{"any":[null]}`, "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"an error beside", form("vp_token", token, "error", "x", "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"an empty error", form("error", "", "state", "s"), plain, "MALFORMED_RESPONSE"},
		{"encrypted and plain", good + "&vp_token=x", sealed, "MALFORMED_RESPONSE"},
		{"what was encrypted is no JSON", seal(`x`), sealed, "MALFORMED_RESPONSE"},
		{"what was encrypted is an array", seal(`[]`), sealed, "MALFORMED_RESPONSE"},
		{"what was encrypted is a signed token", seal("e30.e30.e30"), sealed, "MALFORMED_RESPONSE"},
		{"what was encrypted has a vp_token in a text", seal(`{"vp_token":"{}","state":"af0ifjsldkj"}`), sealed, "MALFORMED_RESPONSE"},
		{"what was encrypted has a member twice", seal(`{"vp_token":` + token + `,"vp_token":` + token + `}`), sealed, "MALFORMED_RESPONSE"},

		{"plain where encrypted was asked for", form("vp_token", token, "state", "af0ifjsldkj"), sealed, "RESPONSE_MODE_MISMATCH"},
		{"plain with an error beside, where encrypted was asked for", form("vp_token", token, "error", "x"), sealed, "RESPONSE_MODE_MISMATCH"},
		{"an empty vp_token where encrypted was asked for", form("vp_token", "", "state", "af0ifjsldkj"), sealed, "RESPONSE_MODE_MISMATCH"},
		{"encrypted where plain was asked for", good, plain, "RESPONSE_MODE_MISMATCH"},
		{"encrypted where plain was asked for by its name", good, openid4vc.Expected{Mode: openid4vc.DirectPost, State: "s"}, "RESPONSE_MODE_MISMATCH"},
		{"encrypted with a key at hand, where plain was asked for", good, openid4vc.Expected{State: "af0ifjsldkj", Key: sealed.Key}, "RESPONSE_MODE_MISMATCH"},
		{"a signed token where plain was asked for", "response=e30.e30.e30&state=s", plain, "RESPONSE_MODE_MISMATCH"},

		{"to another key", good, other, "DECRYPTION_FAILED"},
		{"to this key by another name", good, renamed, "DECRYPTION_FAILED"},
		{"to a key of another request", good, openid4vc.Expected{Mode: openid4vc.DirectPostJWT, State: "af0ifjsldkj"}, "DECRYPTION_FAILED"},
		{"no token", "response=x", sealed, "DECRYPTION_FAILED"},
		{"an empty one", "response=", sealed, "DECRYPTION_FAILED"},
		{"a signed token", "response=e30.e30.e30", sealed, "DECRYPTION_FAILED"},
		{"without a kid", reheaded(`{"alg":"ECDH-ES","enc":"A128GCM","epk":{}}`), sealed, "DECRYPTION_FAILED"},
		{"alg dir", reheaded(`{"alg":"dir","enc":"A128GCM","kid":"` + sealed.Key.ID + `"}`), sealed, "DECRYPTION_FAILED"},
		{"alg none", reheaded(`{"alg":"none","enc":"A128GCM","kid":"` + sealed.Key.ID + `"}`), sealed, "DECRYPTION_FAILED"},
		{"compressed", reheaded(`{"alg":"ECDH-ES","enc":"A128GCM","zip":"DEF","kid":"` + sealed.Key.ID + `"}`), sealed, "DECRYPTION_FAILED"},
		{"a changed tag", good[:len(good)-2] + "AA", sealed, "DECRYPTION_FAILED"},
		{"cut off", good[:len(good)-10], sealed, "DECRYPTION_FAILED"},
		{"another's text", strings.Replace(good, encrypted[:40], encrypted[:39]+"A", 1), sealed, "DECRYPTION_FAILED"},

		{"large", "x=" + strings.Repeat("x", 1<<20), plain, "LIMIT_EXCEEDED"},
		{"deep", form("vp_token", `{"any":[{"a":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`}]}`, "state", "s"), plain, "LIMIT_EXCEEDED"},
		{"many presentations", form("vp_token", `{"any":`+repeated(65, `"e30"`)+`}`, "state", "s"), plain, "LIMIT_EXCEEDED"},
		{"many presentations, encrypted", seal(`{"vp_token":{"any":` + repeated(65, `"e30"`) + `},"state":"af0ifjsldkj"}`), sealed, "LIMIT_EXCEEDED"},
		{"many values", form("vp_token", `{"any":[{"a":`+repeated(21_000, `0`)+`}]}`, "state", "s"), plain, "LIMIT_EXCEEDED"},
		{"an encrypted header of 5 kB", reheaded(`{"alg":"ECDH-ES","enc":"A128GCM","kid":"` + strings.Repeat("k", 5000) + `"}`), sealed, "LIMIT_EXCEEDED"},
		{"many queries", form("vp_token", `{`+strings.TrimSuffix(manyQueries(70), ",")+`}`, "state", "s"), plain, "LIMIT_EXCEEDED"},
	}
	for _, tt := range tests {
		n.add(t, tt.want, tt.name)
		t.Run(tt.name, func(t *testing.T) {
			r, err := openid4vc.ParseResponse([]byte(tt.in), tt.expected)
			if got := openid4vc.Code(err); got != tt.want || (r == nil) != (tt.want != "") {
				t.Errorf("got %v, %v (%s), want %s", r, err, got, tt.want)
			}
		})
	}
}

func manyQueries(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(`"q` + strings.Repeat("x", i) + `":["x"],`)
	}
	return out.String()
}

// attackBindings has, for each format, presentations that are bound to something
// else, or to nothing.
func attackBindings(t *testing.T, n census) {
	t.Helper()
	binding := openid4vc.Binding{Nonce: "n", Audience: "redirect_uri:https://cafe.example/1"}
	text := strictjson.String
	jwt := func(claims string) string { return cafe.Token(t, `{"typ":"x"}`, claims) }
	const good = `"nonce":"n","aud":"redirect_uri:https://cafe.example/1"`
	const proof = `"challenge":"n","domain":"redirect_uri:https://cafe.example/1"`
	tests := []struct {
		name   string
		format dcql.Format
		in     strictjson.Value
		want   error
	}{
		{"a document", dcql.LDP, parse(t, `{"proof":{`+proof+`}}`), nil},
		{"two proofs", dcql.LDP, parse(t, `{"proof":[{`+proof+`},{`+proof+`}]}`), nil},
		{"a domain in a list", dcql.LDP, parse(t, `{"proof":{"challenge":"n","domain":["redirect_uri:https://cafe.example/1"]}}`), nil},
		{"no proof", dcql.LDP, parse(t, `{"type":"VerifiablePresentation"}`), openid4vc.ErrResponse},
		{"an empty proof set", dcql.LDP, parse(t, `{"proof":[]}`), openid4vc.ErrResponse},
		{"no challenge", dcql.LDP, parse(t, `{"proof":{"domain":"redirect_uri:https://cafe.example/1"}}`), openid4vc.ErrNonce},
		{"no domain", dcql.LDP, parse(t, `{"proof":{"challenge":"n"}}`), openid4vc.ErrAudience},
		{"the address without its prefix", dcql.LDP, parse(t, `{"proof":{"challenge":"n","domain":"https://cafe.example/1"}}`), openid4vc.ErrAudience},
		{"a second proof for another", dcql.LDP, parse(t, `{"proof":[{`+proof+`},{"challenge":"n","domain":"x"}]}`), openid4vc.ErrAudience},
		{"two domains", dcql.LDP, parse(t, `{"proof":{"challenge":"n","domain":["redirect_uri:https://cafe.example/1","x"]}}`), openid4vc.ErrAudience},
		{"a token where a document was asked for", dcql.LDP, text(jwt(`{` + good + `}`)), openid4vc.ErrResponse},

		{"a token", dcql.JWT, text(jwt(`{` + good + `}`)), nil},
		{"a document where a token was asked for", dcql.JWT, parse(t, `{"proof":{`+proof+`}}`), openid4vc.ErrResponse},
		{"no nonce", dcql.JWT, text(jwt(`{"aud":"redirect_uri:https://cafe.example/1"}`)), openid4vc.ErrNonce},
		{"a nonce in a list", dcql.JWT, text(jwt(`{"nonce":["n"],"aud":"redirect_uri:https://cafe.example/1"}`)), openid4vc.ErrNonce},
		{"no audience", dcql.JWT, text(jwt(`{"nonce":"n"}`)), openid4vc.ErrAudience},
		{"an audience among others", dcql.JWT, text(jwt(`{"nonce":"n","aud":["redirect_uri:https://cafe.example/1","x"]}`)), openid4vc.ErrAudience},
		{"no token", dcql.JWT, text("x"), openid4vc.ErrResponse},
		{"a token that says nothing", dcql.JWT, text(jwt(`[]`)), openid4vc.ErrResponse},

		{"a key binding", dcql.SDJWT, text("e30.e30.e30~a~b~" + jwt(`{`+good+`}`)), nil},
		{"no disclosures", dcql.SDJWT, text("e30.e30.e30~" + jwt(`{`+good+`}`)), nil},
		{"no key binding", dcql.SDJWT, text("e30.e30.e30~a~"), openid4vc.ErrNonce},
		{"no SD-JWT", dcql.SDJWT, text(jwt(`{` + good + `}`)), openid4vc.ErrNonce},
		{"another nonce", dcql.SDJWT, text("e30.e30.e30~" + jwt(`{"nonce":"m","aud":"redirect_uri:https://cafe.example/1"}`)), openid4vc.ErrNonce},
		{"another audience", dcql.SDJWT, text("e30.e30.e30~" + jwt(`{"nonce":"n","aud":"x"}`)), openid4vc.ErrAudience},
	}
	for _, tt := range tests {
		n.add(t, openid4vc.Code(tt.want), tt.name)
		t.Run(tt.name, func(t *testing.T) {
			if err := binding.Check(tt.format, tt.in); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestAcknowledgement(t *testing.T) {
	address := openid4vc.WithResponseCode("https://cafe.example/results", "a b")
	if address != "https://cafe.example/results?response_code=a+b" {
		t.Errorf("got %s", address)
	}
	if got := openid4vc.WithResponseCode("https://cafe.example/results?x=1", "c"); got != "https://cafe.example/results?x=1&response_code=c" {
		t.Errorf("got %s", got)
	}
	for in, want := range map[string]string{
		string(openid4vc.Acknowledgement(address)):                             address,
		string(openid4vc.Acknowledgement("")):                                  "",
		`{"redirect_uri":"https://cafe.example/cb#response_code=1","other":1}`: "https://cafe.example/cb#response_code=1",
	} {
		if got, err := openid4vc.ParseAcknowledgement([]byte(in), openid4vc.Options{}); err != nil || got != want {
			t.Errorf("%s: got %s, %v", in, got, err)
		}
	}
	for in, want := range map[string]error{
		``:                                       openid4vc.ErrResponse,
		`[]`:                                     openid4vc.ErrResponse,
		`<html>`:                                 openid4vc.ErrResponse,
		`{"redirect_uri":5}`:                     openid4vc.ErrResponse,
		`{"redirect_uri":"/results"}`:            openid4vc.ErrRequest,
		`{"redirect_uri":"javascript:alert(1)"}`: openid4vc.ErrRequest,
		`{"redirect_uri":"http://cafe.example/"}`:                                   openid4vc.ErrRequest,
		`{"redirect_uri":"http://localhost/"}`:                                      openid4vc.ErrRequest,
		`{"redirect_uri":"https://me@cafe.example/"}`:                               openid4vc.ErrRequest,
		`{"redirect_uri":"https://cafe.example/` + strings.Repeat("x", 3000) + `"}`: openid4vc.ErrLimit,
		`{"x":"` + strings.Repeat("x", 20_000) + `"}`:                               openid4vc.ErrLimit,
	} {
		if got, err := openid4vc.ParseAcknowledgement([]byte(in), openid4vc.Options{}); !errors.Is(err, want) || got != "" {
			t.Errorf("%.60s: got %s, %v", in, got, err)
		}
	}
}
