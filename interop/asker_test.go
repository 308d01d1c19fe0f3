package interop

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/proof"
	"laurel/verifier"
	"laurel/wallet"
	responding "laurel/wallet/answer"
)

// A verifier that is built on @openid4vc/openid4vp asks, and Laurel's wallet answers:
// the peer makes the request and reads the answer, other peers verify what is in it.

const (
	askerNonce  = "n-0S6_WzA2Mj-Zx81kQ"
	askerState  = "af0ifjsldkj"
	askerAnswer = "https://jobs.example/answer"
	askerObject = "https://jobs.example/object"
)

// request is what the peer is told to ask; it is the job of asker.js.
type request struct {
	Payload    map[string]any    `json:"payload"`
	Signer     map[string]string `json:"signer,omitempty"` // nil signs nothing
	RequestURI string            `json:"requestUri,omitempty"`
	SecretJWK  json.RawMessage   `json:"secretJwk,omitempty"`
	ExpiresIn  int               `json:"expiresIn,omitempty"` // seconds
	Audience   string            `json:"aud,omitempty"`       // "" is that of the specification
	OwnAud     bool              `json:"ownAud,omitempty"`    // what the peer puts in by itself
	Spoil      map[string]any    `json:"spoil,omitempty"`     // of header and payload, before signing
	Form       string            `json:"form,omitempty"`      // of what came back
	DecryptJWK json.RawMessage   `json:"decryptJwk,omitempty"`
}

// exchange is one employer, built on the peer, and one learner.
type exchange struct {
	p    *peer
	w    *wallet.Wallet
	me   wallet.Identity
	key  *tokenKey // of the employer
	sent []fetch.Exchange
	page map[string]string
}

// Send is the network between the two.
func (x *exchange) Send(_ context.Context, e fetch.Exchange) (*fetch.Resource, error) {
	x.sent = append(x.sent, e)
	page, ok := x.page[e.URL]
	if !ok {
		return nil, fetch.ErrUnreachable
	}
	return &fetch.Resource{Body: []byte(page)}, nil
}

func newExchange(t *testing.T) *exchange {
	t.Helper()
	x := &exchange{p: start(t, "asker.js"), w: newWallet(t), key: askerKey(t), page: map[string]string{askerAnswer: "{}"}}
	me, err := x.w.NewIdentity(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	x.me = me
	return x
}

// askerKey is a key of Laurel's making that the peer signs with.
func askerKey(t *testing.T) *tokenKey {
	t.Helper()
	k := ourTokenKey(t, "ES256")
	secret, ok := k.signer.(*ecdsa.PrivateKey)
	if !ok {
		t.Fatalf("%T", k.signer)
	}
	d, err := secret.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	k.secret = testissuer.Parse(string(k.jwk)).With("d", strictjson.String(jose.Encode(d))).JSON()
	return k
}

func (x *exchange) responder() *responding.Responder {
	return &responding.Responder{
		Wallet: x.w, Line: x, Contexts: jsonld.Embedded(),
		Keys: did.Methods{"key": did.Key{}, "jwk": did.JWK{}},
	}
}

// asks is a good request of the employer for one badge.
func (x *exchange) asks(format string, meta, claims any) *request {
	return &request{
		Payload: map[string]any{
			"response_type": "vp_token", "client_id": "decentralized_identifier:" + x.key.id(), "response_mode": "direct_post",
			"response_uri": askerAnswer, "nonce": askerNonce, "state": askerState,
			"dcql_query":      map[string]any{"credentials": []any{map[string]any{"id": "one", "format": format, "meta": meta, "claims": claims}}},
			"client_metadata": map[string]any{"vp_formats_supported": map[string]any{}},
		},
		Signer:     map[string]string{"method": "did", "didUrl": x.key.kid(), "alg": "ES256"},
		RequestURI: askerObject, SecretJWK: x.key.secret,
	}
}

// link has the peer make the request.
func (x *exchange) link(t *testing.T, r *request) (string, error) {
	t.Helper()
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	a := x.p.do(t, job{Do: "ask", Document: string(text)})
	if a.Error != "" {
		return "", errors.New(a.Error)
	}
	var made struct{ Link, Object string }
	if err := json.Unmarshal([]byte(a.Document), &made); err != nil {
		t.Fatal(err)
	}
	x.page[askerObject] = made.Object
	return made.Link, nil
}

// read has the peer read what came back.
func (x *exchange) read(t *testing.T, r *request, form string) (map[string][]json.RawMessage, error) {
	t.Helper()
	r.Form = form
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	a := x.p.do(t, job{Do: "read", Document: string(text)})
	if a.Error != "" {
		return nil, errors.New(a.Error)
	}
	var out map[string][]json.RawMessage
	if err := json.Unmarshal([]byte(a.Document), &out); err != nil {
		t.Fatal(err)
	}
	return out, nil
}

var (
	badgeMeta = map[string]any{"type_values": [][]string{{"https://purl.imsglobal.org/spec/vc/ob/vocab.html#OpenBadgeCredential"}}}
	nameClaim = []any{map[string]any{"path": []any{"credentialSubject", "achievement", "name"}}}
)

// keep puts a credential into the wallet.
func (x *exchange) keep(t *testing.T, raw []byte) {
	t.Helper()
	found, err := x.w.Examine(t.Context(), raw)
	if err == nil {
		_, err = x.w.Add(t.Context(), found)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func (x *exchange) holder(t *testing.T) *testissuer.Party {
	t.Helper()
	doc, err := testissuer.Keys().Resolve(t.Context(), x.me.DID)
	if err != nil {
		t.Fatal(err)
	}
	return &testissuer.Party{ID: x.me.DID, Key: withoutSecret{doc.Methods[0].Key}}
}

// withoutSecret is a key of which only the public part is there.
type withoutSecret struct{ key crypto.PublicKey }

func (k withoutSecret) Public() crypto.PublicKey { return k.key }
func (withoutSecret) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("there is no secret")
}

// encrypted makes a request want an encrypted answer.
func encrypted(t *testing.T, r *request) {
	t.Helper()
	key, err := openid4vc.NewResponseKey()
	if err != nil {
		t.Fatal(err)
	}
	public := key.Metadata().Keys[0].JWK()
	r.DecryptJWK = public.With("d", strictjson.String(jose.Encode(key.Secret.Bytes()))).JSON()
	r.Payload["response_mode"] = "direct_post.jwt"
	r.Payload["client_metadata"] = map[string]any{
		"jwks":                 map[string]any{"keys": []json.RawMessage{public.JSON()}},
		"vp_formats_supported": map[string]any{}, "encrypted_response_enc_values_supported": []string{"A128GCM"},
	}
}

// The formats that both know, by value and by reference, signed and unsigned, plain
// and encrypted: Laurel answers, the peer reads the answer, and a third program
// finds it genuine.
func TestAskedByOthers(t *testing.T) {
	school := testissuer.New("school")
	formats := []struct {
		format       string
		meta, claims any
		keep         func(t *testing.T, x *exchange)
		program      string // that verifies what is in the answer
	}{
		{"ldp_vc", badgeMeta, nameClaim, func(t *testing.T, x *exchange) {
			t.Helper()
			x.keep(t, school.Sign(t, school.Badge(x.holder(t))).JSON())
		}, "digitalbazaar.js"},
		{"ldp_vc", badgeMeta, nameClaim, func(t *testing.T, x *exchange) {
			t.Helper()
			college := testissuer.Selective("college")
			x.keep(t, college.Sign(t, college.Badge(x.holder(t))).JSON())
		}, "digitalbazaar.js"},
		{"dc+sd-jwt", map[string]any{"vct_values": []string{"https://school.example/badge"}}, []any{map[string]any{"path": []any{"level"}}}, func(t *testing.T, x *exchange) {
			t.Helper()
			x.keep(t, []byte(school.IssueSD(t, testissuer.Parse(`{"iss":"`+school.ID+`","vct":"https://school.example/badge","level":"B2","name":"Ada"}`),
				x.holder(t), proof.SDJWTOptions{Claims: true, Disclosable: []string{"/level", "/name"}})))
		}, "sdjwt.js"},
		{"jwt_vc_json", badgeMeta, nameClaim, func(t *testing.T, x *exchange) {
			t.Helper()
			x.keep(t, []byte(school.SignJWT(t, school.Badge(x.holder(t)), proof.SignOptions{})))
		}, ""},
	}
	ways := map[string]func(t *testing.T, r *request){
		"signed, by reference": func(*testing.T, *request) {},
		"signed, by value":     func(_ *testing.T, r *request) { r.RequestURI = "" },
		// Section 5.8 wants https://self-issued.me/v2; the peer's own choice of an
		// audience is the address of the request, and that is taken as well.
		"signed, for its own address": func(_ *testing.T, r *request) { r.OwnAud = true },
		"signed, encrypted":           func(t *testing.T, r *request) { t.Helper(); encrypted(t, r) },
		"unsigned": func(_ *testing.T, r *request) {
			r.Signer, r.RequestURI, r.Payload["client_id"] = nil, "", "redirect_uri:"+askerAnswer
		},
		"unsigned, encrypted": func(t *testing.T, r *request) {
			t.Helper()
			encrypted(t, r)
			r.Signer, r.RequestURI, r.Payload["client_id"] = nil, "", "redirect_uri:"+askerAnswer
		},
	}
	for i, f := range formats {
		for name, way := range ways {
			t.Run(fmt.Sprintf("%d/%s/%s", i, f.format, name), func(t *testing.T) {
				x := newExchange(t)
				f.keep(t, x)
				r := x.asks(f.format, f.meta, f.claims)
				way(t, r)
				presented := x.answered(t, r)
				clientID, _ := r.Payload["client_id"].(string)
				expect := verifier.Expectation{Challenge: askerNonce, Domain: clientID}
				if got, _ := judge(t, emptyWeb(), presented, expect); got.verdict != verifier.Accepted {
					t.Errorf("Laurel: %+v", got)
				}
				if f.program != "" {
					verifies(t, x, f.program, presented, clientID)
				}
			})
		}
	}
}

// answered has Laurel answer a request of the peer, and the peer read the answer: it
// is the one presentation in it.
func (x *exchange) answered(t *testing.T, r *request) string {
	t.Helper()
	link, err := x.link(t, r)
	if err != nil {
		t.Fatal(err)
	}
	responder := x.responder()
	asked, err := responder.Open(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	reply, err := responder.Prepare(t.Context(), asked, asked.Preferred())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := responder.Send(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	got, err := x.read(t, r, string(x.sent[len(x.sent)-1].Form))
	if err != nil {
		t.Fatalf("the peer does not read the answer: %v", err)
	}
	if len(got) != 1 || len(got["one"]) != 1 {
		t.Fatalf("the peer reads %d answers", len(got))
	}
	var token string
	if json.Unmarshal(got["one"][0], &token) == nil {
		return token
	}
	return string(got["one"][0])
}

// verifies lets a third program verify a presentation.
func verifies(t *testing.T, x *exchange, program, presented, clientID string) {
	t.Helper()
	j := job{Do: "verify", Document: presented, Challenge: askerNonce, Domain: clientID}
	if program == "sdjwt.js" {
		jwk, err := did.FormatJWK(testissuer.New("school").Key.Public())
		if err != nil {
			t.Fatal(err)
		}
		j.Type, j.Alg, j.JWK = "dc+sd-jwt", "EdDSA", jwk.JSON()
	}
	a := start(t, program).do(t, j)
	if !a.Verified {
		t.Errorf("%s: %s", program, a.Error)
	}
	if program == "sdjwt.js" && (a.Audience != clientID || !strings.Contains(a.Document, "B2") || strings.Contains(a.Document, "Ada")) {
		t.Errorf("%s: for %s, %s", program, a.Audience, a.Document)
	}
}

// requestTwin is a request with one thing wrong.
type requestTwin struct {
	name    string
	spoil   func(t *testing.T, x *exchange, r *request)
	want    string
	refused bool // the peer does not make it
}

// requestTwins are requests that must not be answered. The peer makes them as it
// is told, unless it refuses to.
var requestTwins = []requestTwin{
	{"of another type", func(_ *testing.T, _ *exchange, r *request) {
		r.Spoil = map[string]any{"header": map[string]any{"typ": "JWT"}}
	}, "TYP_MISMATCH", false},
	{"signed by a stranger", func(t *testing.T, _ *exchange, r *request) { t.Helper(); r.SecretJWK = askerKey(t).secret }, "REQUEST_SIGNATURE_INVALID", false},
	{"with the key of a stranger", func(t *testing.T, _ *exchange, r *request) {
		t.Helper()
		other := askerKey(t)
		r.SecretJWK, r.Signer["didUrl"] = other.secret, other.kid()
	}, "CLIENT_ID_MISMATCH", false},
	{"by somebody else than the link says", func(_ *testing.T, _ *exchange, r *request) {
		r.Spoil = map[string]any{"payload": map[string]any{"client_id": "decentralized_identifier:did:web:other.example"}}
	}, "CLIENT_ID_MISMATCH", false},
	{"expired", func(_ *testing.T, _ *exchange, r *request) { r.ExpiresIn = -3600 }, "REQUEST_EXPIRED", false},
	{"for another wallet", func(_ *testing.T, _ *exchange, r *request) { r.Audience = "https://wallet.example" }, "REQUEST_INVALID", false},
	{"without a nonce", func(_ *testing.T, _ *exchange, r *request) { delete(r.Payload, "nonce") }, "REQUEST_INVALID", true},
	{"without a query", func(_ *testing.T, _ *exchange, r *request) { delete(r.Payload, "dcql_query") }, "REQUEST_INVALID", false},
	{"with the query of a draft", func(_ *testing.T, _ *exchange, r *request) {
		delete(r.Payload, "dcql_query")
		r.Payload["presentation_definition"] = map[string]any{"id": "x", "input_descriptors": []any{}}
	}, "REQUEST_INVALID", false},
	{"with a bare DID, as drafts had it", func(_ *testing.T, x *exchange, r *request) { r.Payload["client_id"] = x.key.id() }, "REQUEST_INVALID", false},
	{"with an answer over http", func(_ *testing.T, _ *exchange, r *request) { r.Payload["response_uri"] = "http://jobs.example/answer" }, "REQUEST_INVALID", true},
	{"with redirect_uri beside response_uri", func(_ *testing.T, _ *exchange, r *request) { r.Payload["redirect_uri"] = "https://jobs.example/done" }, "REQUEST_INVALID", false},
	{"with a transaction", func(_ *testing.T, _ *exchange, r *request) {
		r.Payload["transaction_data"] = []string{"eyJ0eXBlIjoicGF5bWVudCJ9"}
	}, "REQUEST_INVALID", false},
	{"encrypted to no key", func(_ *testing.T, _ *exchange, r *request) { r.Payload["response_mode"] = "direct_post.jwt" }, "REQUEST_INVALID", false},
	{"unsigned, for an address elsewhere", func(_ *testing.T, _ *exchange, r *request) {
		r.Signer, r.RequestURI, r.Payload["client_id"] = nil, "", "redirect_uri:https://jobs.example/elsewhere"
	}, "CLIENT_ID_MISMATCH", false},
	{"signed, by an address", func(_ *testing.T, _ *exchange, r *request) { r.Payload["client_id"] = "redirect_uri:" + askerAnswer }, "REQUEST_INVALID", false},
}

func TestAskedByOthersInWaysThatAreWrong(t *testing.T) {
	for _, tw := range requestTwins {
		t.Run(tw.name, func(t *testing.T) {
			x := newExchange(t)
			school := testissuer.New("school")
			x.keep(t, school.Sign(t, school.Badge(x.holder(t))).JSON())
			r := x.asks("ldp_vc", badgeMeta, nameClaim)
			tw.spoil(t, x, r)
			link, err := x.link(t, r)
			if refused := err != nil; refused != tw.refused {
				t.Fatalf("the peer makes it: %v", err)
			}
			if err != nil {
				return
			}
			if _, err := x.responder().Open(t.Context(), link); openid4vc.Code(err) != tw.want {
				t.Errorf("Laurel: %v, want %s", err, tw.want)
			}
			for _, e := range x.sent {
				if e.URL == askerAnswer {
					t.Error("an answer was sent")
				}
			}
		})
	}
}

// answerChange is an answer with one thing wrong.
type answerChange struct {
	name     string
	change   func(form string) string
	accepted string // why the peer takes it; "" if it does not
}

// answerChanges are answers that a verifier must not take. What the peer takes all
// the same is left to its callers, says its documentation, or it is wrong.
var answerChanges = []answerChange{
	{"another state", func(f string) string { return strings.Replace(f, askerState, "another", 1) }, ""},
	{"no state", func(f string) string { return strings.Replace(f, "&state="+askerState, "", 1) }, ""},
	{"no presentations", func(f string) string { return "state=" + askerState }, ""},
	{"presentations that are no JSON", func(f string) string { return "vp_token=x&state=" + askerState }, ""},
	{"encrypted, unasked", func(f string) string { return "response=e30.e30.e30.e30.e30" }, ""},
	{"an answer to nothing that was asked", func(f string) string { return strings.Replace(f, "%22one%22", "%22two%22", 1) }, "the query is for its caller to evaluate, with the package dcql"},
	{"a presentation that is not in an array", func(string) string { return "vp_token=%7B%22one%22%3A%22ey.ey.ey%22%7D&state=" + askerState }, "it reads the form that drafts had as well"},
}

func TestAnswersThatOthersShouldRefuse(t *testing.T) {
	x := newExchange(t)
	school := testissuer.New("school")
	x.keep(t, school.Sign(t, school.Badge(x.holder(t))).JSON())
	r := x.asks("ldp_vc", badgeMeta, nameClaim)
	x.answered(t, r)
	form := string(x.sent[len(x.sent)-1].Form)
	for _, c := range answerChanges {
		spoiled := c.change(form)
		if _, err := x.read(t, r, spoiled); (err == nil) != (c.accepted != "") {
			t.Errorf("%s: the peer: %v", c.name, err)
		}
		got, err := openid4vc.ParseResponse([]byte(spoiled), openid4vc.Expected{State: askerState})
		if err == nil && got.Presentations["one"] != nil {
			t.Errorf("%s: Laurel takes it", c.name)
		}
	}
}
