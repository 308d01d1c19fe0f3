package web

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/verifier"
)

// This file walks through the modules of the verifier's plan in the conformance
// suite of the OpenID Foundation (oid4vp-1final-verifier-test-plan), over HTTP. Its
// credential is an SD-JWT VC; the module about the session transcript is of mdoc,
// and has its counterpart here in an answer that was made for another session.

// personQuery asks for a person's name by SD-JWT VC.
const personQuery = `{"dcql_query":{"credentials":[{"id":"person","format":"dc+sd-jwt","meta":{"vct_values":["https://school.example/person"]},
	"claims":[{"path":["given_name"]},{"path":["over18"],"values":[true]}]}]}%s}`

// person is an SD-JWT VC of the school about ada, whose holder key is a bare JWK.
func person(t testing.TB, claims string) string {
	t.Helper()
	compact, err := proof.IssueSDJWT(testissuer.Parse(claims), proof.SDJWTOptions{
		Claims: true, Disclosable: []string{"/given_name", "/birthdate", "/over18"}, Holder: ada.Key.Public(),
		SignOptions: proof.SignOptions{Key: issuing.Key, Method: issuing.Method, Created: testissuer.Now.AddDate(0, -1, 0)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func adaPerson(t testing.TB) string {
	return person(t, `{"iss":"`+issuing.ID+`","vct":"https://school.example/person","given_name":"Ada","birthdate":"1815-12-10","over18":true}`)
}

// tokenShown is a presentation of an SD-JWT VC, with changes to how it is bound.
func tokenShown(t testing.TB, compact string, r *openid4vc.Request, change func(*proof.PresentOptions)) string {
	t.Helper()
	opt := proof.PresentOptions{
		Pointers: []string{"/given_name", "/over18"}, Key: ada.Key, Challenge: r.Nonce, Domain: r.ClientID, At: testissuer.Now,
	}
	if change != nil {
		change(&opt)
	}
	shown, err := proof.PresentSDJWT(compact, opt)
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// spoil changes a letter in the middle of one of the parts between dots and tildes.
func spoil(token string, part int) string {
	start := 0
	for range part {
		start += strings.IndexAny(token[start:], ".~") + 1
	}
	end := start + strings.IndexAny(token[start:]+"~", ".~")
	at := (start + end) / 2
	letter := "A"
	if token[at] == 'A' {
		letter = "B"
	}
	return token[:at] + letter + token[at+1:]
}

func TestVerifierPlan(t *testing.T) {
	c := opened(t, nil)
	compact := adaPerson(t)
	other := c.fetch(c.asksFor(strings.Replace(personQuery, "%s", "", 1)).URI)
	last := func(token string) int { return strings.Count(token, ".") + strings.Count(token, "~") }
	tests := []struct {
		name string
		show func(r *openid4vc.Request) string
		code verifier.Code // "" is accepted
	}{
		{"happy flow, with a minimal cnf jwk", func(r *openid4vc.Request) string { return tokenShown(t, compact, r, nil) }, ""},
		{"KB-JWT signature", func(r *openid4vc.Request) string {
			token := tokenShown(t, compact, r, nil)
			return spoil(token, last(token))
		}, verifier.HolderBindingFailed},
		{"KB-JWT of another token", func(r *openid4vc.Request) string {
			token := tokenShown(t, compact, r, nil)
			binding := tokenShown(t, adaPerson(t), r, nil)
			return token[:strings.LastIndex(token, "~")+1] + binding[strings.LastIndex(binding, "~")+1:]
		}, verifier.HolderBindingFailed},
		{"credential signature", func(r *openid4vc.Request) string { return spoil(tokenShown(t, compact, r, nil), 2) }, verifier.SignatureInvalid},
		{"credential payload", func(r *openid4vc.Request) string { return spoil(tokenShown(t, compact, r, nil), 1) }, verifier.SignatureInvalid},
		{"sd_hash: a disclosure less", func(r *openid4vc.Request) string {
			token := tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Pointers = append(o.Pointers, "/birthdate") })
			parts := strings.Split(token, "~")
			return strings.Join(append(parts[:1:1], parts[2:]...), "~")
		}, verifier.HolderBindingFailed},
		{"sd_hash: a disclosure more", func(r *openid4vc.Request) string {
			token := tokenShown(t, compact, r, nil)
			more := strings.Split(tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Pointers = append(o.Pointers, "/birthdate") }), "~")
			parts := strings.Split(token, "~")
			for _, d := range more[1 : len(more)-1] {
				if !strings.Contains(token, d) {
					parts = append(parts[:1:1], append([]string{d}, parts[1:]...)...)
				}
			}
			return strings.Join(parts, "~")
		}, verifier.HolderBindingFailed},
		{"nonce", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Challenge = "another-nonce" })
		}, verifier.ChallengeMismatch},
		{"aud", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Domain = "https://verifier.example" })
		}, verifier.DomainMismatch},
		{"aud without its prefix", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Domain = r.Requester.ID })
		}, verifier.DomainMismatch},
		{"iat in the past", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.At = testissuer.Now.AddDate(0, 0, -1) })
		}, verifier.KeyBindingStale},
		{"iat in the future", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.At = testissuer.Now.AddDate(0, 0, 1) })
		}, verifier.KeyBindingStale},
		{"made for another session", func(*openid4vc.Request) string { return tokenShown(t, compact, other, nil) }, verifier.ChallengeMismatch},
		{"no key binding", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Key = nil })
		}, verifier.HolderBindingFailed},
		{"a claim that is needed is withheld", func(r *openid4vc.Request) string {
			return tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Pointers = []string{"/given_name"} })
		}, verifier.RequestNotSatisfied},
		{"a claim with another value", func(r *openid4vc.Request) string {
			young := person(t, `{"iss":"`+issuing.ID+`","vct":"https://school.example/person","given_name":"Ada","birthdate":"2015-12-10","over18":false}`)
			return tokenShown(t, young, r, nil)
		}, verifier.RequestNotSatisfied},
		{"another type", func(r *openid4vc.Request) string {
			pupil := person(t, `{"iss":"`+issuing.ID+`","vct":"https://school.example/pupil","given_name":"Ada","birthdate":"2015-12-10","over18":true}`)
			return tokenShown(t, pupil, r, nil)
		}, verifier.RequestNotSatisfied},
	}
	// The plan's own variants are those of redirect_uri.
	for _, way := range [][2]string{
		{"redirect_uri", "direct_post"}, {"redirect_uri", "direct_post.jwt"},
		{"decentralized_identifier", "direct_post"}, {"decentralized_identifier", "direct_post.jwt"},
	} {
		for _, test := range tests {
			t.Run(way[0]+"/"+way[1]+"/"+test.name, func(t *testing.T) {
				a := c.asksFor(strings.Replace(personQuery, "%s", `,"client_id_prefix":"`+way[0]+`","response_mode":"`+way[1]+`"`, 1))
				r := c.fetch(a.URI)
				if got := c.answer(r, strictjson.String(test.show(r))); got.Status != 200 {
					t.Fatalf("answered: %d %s", got.Status, got.Body)
				}
				got := c.result(a.Result)
				var code verifier.Code
				if row := got.Report.Deciding(); row != nil {
					code = row.Code
				}
				want := test.code
				if way[0] == "redirect_uri" && test.name == "made for another session" {
					want = verifier.DomainMismatch // there every session is somebody of its own
				}
				if code != want || (got.Report.Verdict == verifier.Accepted) != (want == "") {
					t.Errorf("%s by %q: %s", got.Report.Verdict, code, got.Report.Headline)
				}
			})
		}
	}
}

// "Proof of" an achievement is answered as well by a badge that is claims of its own,
// and its result is compared there, too.
func TestBadgeInClaims(t *testing.T) {
	c := opened(t, nil)
	for result, want := range map[string]verifier.Verdict{"B2": verifier.Accepted, "A1": verifier.Rejected} {
		compact, err := proof.IssueSDJWT(testissuer.Parse(`{"iss":"`+issuing.ID+`","vct":"`+dataBadge+`","issuer":{"id":"`+issuing.ID+`","name":"School"},
			"achievement":{"id":"`+dataBadge+`","name":"Data","tag":["data"]},"result":[{"type":["Result"],"value":"`+result+`"}]}`), proof.SDJWTOptions{
			Claims: true, Disclosable: []string{"/achievement/tag", "/result/0/value"}, Holder: ada.Key.Public(),
			SignOptions: proof.SignOptions{Key: issuing.Key, Method: issuing.Method, Created: testissuer.Now.AddDate(0, -1, 0)},
		})
		if err != nil {
			t.Fatal(err)
		}
		a := c.asksFor(`{"proofOf":{"achievement":["` + dataBadge + `"],"issuers":["` + issuing.ID + `"],"grades":["C1","B2"],"minimum":"B2"}}`)
		r := c.fetch(a.URI)
		id := ""
		for _, q := range r.Query.Credentials {
			if q.Format == dcql.SDJWT {
				id = q.ID
			}
		}
		form, err := r.Answer(map[string][]strictjson.Value{id: {strictjson.String(tokenShown(t, compact, r, func(o *proof.PresentOptions) { o.Pointers = []string{"/result/0/value"} }))}})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.do("POST", r.ResponseURI, string(form), "Content-Type", formType); got.Status != 200 {
			t.Fatalf("%d %s", got.Status, got.Body)
		}
		if got := c.result(a.Result); got.Report.Verdict != want {
			t.Errorf("%s: %s: %s", result, got.Report.Verdict, got.Report.Headline)
		}
	}
}

// The other modules: request_uri by POST, with the wallet's nonce; fetched twice.
func TestRequestURI(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(simple)
	link, err := openid4vc.ParseURI(a.URI, openid4vc.Options{UnsafeLoopback: true})
	if err != nil || link.RequestMethod != "post" {
		t.Fatalf("%+v, %v", link, err)
	}
	opt := openid4vc.Options{Keys: testissuer.Keys(), Now: c.Now(), UnsafeLoopback: true, ClientID: link.ClientID}
	for _, nonce := range []string{"", "first-nonce", "second-nonce"} {
		got := c.do("GET", link.RequestURI, "")
		if nonce != "" {
			got = c.do("POST", link.RequestURI, "wallet_nonce="+nonce+"&wallet_metadata=%7B%7D", "Content-Type", formType, "Accept", "application/oauth-authz-req+jwt")
		}
		opt.WalletNonce = nonce
		r, err := openid4vc.OpenRequestObject(t.Context(), []byte(got.Body), opt)
		if err != nil || r.WalletNonce != nonce || !r.Requester.Proven || r.Requester.ID != c.Desk.Identity.DID {
			t.Errorf("with %q: %+v, %v", nonce, r, err)
		}
	}
	for body, want := range map[string]int{
		"wallet_nonce=" + strings.Repeat("n", 513): 413, "wallet_nonce=a&wallet_nonce=b": 400, "%zz": 400, strings.Repeat("x", 600<<10): 413,
	} {
		if got := c.do("POST", link.RequestURI, body, "Content-Type", formType); got.Status != want {
			t.Errorf("%.30s: %d, want %d", body, got.Status, want)
		}
	}
	unsigned := c.asksFor(strings.TrimSuffix(simple, "}") + `,"client_id_prefix":"redirect_uri"}`)
	if got := c.do("GET", unsigned.Page+"/object", ""); got.Status != 404 || got.Code() != "REQUEST_UNSIGNED" {
		t.Errorf("the object of an unsigned request: %d %s", got.Status, got.Body)
	}
}

// fixed resolves everything to one document.
type fixed struct{ doc *did.Document }

func (f fixed) Resolve(context.Context, string) (*did.Document, error) { return f.doc, nil }

// A did:web's key is published where wallets look for it, and only there.
func TestDIDDocument(t *testing.T) {
	c := opened(t, nil)
	if got := c.do("GET", "/.well-known/did.json", ""); got.Status != 404 {
		t.Errorf("of a did:key: %d", got.Status)
	}
	c.Desk.Identity.DID = "did:web:" + strings.Replace(strings.TrimPrefix(c.server.URL, "http://"), ":", "%3A", 1)
	c.Desk.Identity.Method = c.Desk.Identity.DID + "#key-1"
	c.restart()
	got := c.do("GET", "/.well-known/did.json", "")
	doc, err := did.ParseDocument([]byte(got.Body))
	if err != nil || doc.ID != c.Desk.Identity.DID || len(doc.Relationships[did.Authentication]) != 1 || strings.Contains(got.Body, "secret") {
		t.Errorf("%d %s, %v", got.Status, got.Body, err)
	}
	a := c.asksFor(simple)
	web := did.Methods{"web": fixed{doc}}
	object := c.do("GET", a.RequestURI, "")
	r, err := openid4vc.OpenRequestObject(t.Context(), []byte(object.Body), openid4vc.Options{
		Keys: web, Now: c.Now(), UnsafeLoopback: true, ClientID: "decentralized_identifier:" + doc.ID,
	})
	if err != nil || !r.Requester.Proven {
		t.Errorf("%+v, %v", r, err)
	}
}

// A session's result is read once it is there, by whoever has the secret, at any
// time until it is due, and it is what was judged then.
func TestResultsStay(t *testing.T) {
	c := opened(t, nil)
	a := c.asksFor(strings.TrimSuffix(simple, "}") + `,"retention":1}`)
	r := c.fetch(a.URI)
	c.answer(r, c.present(r))
	first := c.do("GET", a.Result, "")
	c.Pass(23 * time.Hour)
	if got := c.do("GET", a.Result, ""); got.Body != first.Body {
		t.Error("the report changed by itself")
	}
	c.Pass(time.Hour)
	if got := c.do("GET", a.Result, ""); got.Status != 404 {
		t.Errorf("after its retention: %d", got.Status)
	}
	var p struct{ Detail string }
	if err := json.Unmarshal([]byte(c.do("GET", a.Page, "").Body), &p); err != nil || p.Detail == "" {
		t.Errorf("%+v, %v", p, err)
	}
}
