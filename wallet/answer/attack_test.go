package answer_test

import (
	"crypto"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/openid4vc"
)

// object is a request object of which single things can be spoiled.
type object struct {
	header, claims strictjson.Value
	by             *testissuer.Party
}

// token signs it, whatever it says.
func (o *object) token(t testing.TB) string {
	t.Helper()
	text := base64.RawURLEncoding.EncodeToString(o.header.JSON()) + "." + base64.RawURLEncoding.EncodeToString(o.claims.JSON())
	signature, err := o.by.Key.Sign(nil, []byte(text), crypto.Hash(0))
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// good is the request object that every attack begins with, and that is accepted.
func (s *scene) good() *object {
	s.t.Helper()
	parts := strings.Split(s.object(s.request(levels)), ".")
	return &object{decoded(s.t, parts[0]), decoded(s.t, parts[1]), s.employer}
}

// claim sets a claim of the object to what a JSON text says; "" removes it.
func (o *object) claim(name, text string) {
	if text == "" {
		o.claims = o.claims.Without(name)
		return
	}
	o.claims = o.claims.With(name, testissuer.Parse(text))
}

// bySigned opens the link to an object, and tells what came of it.
func (s *scene) bySigned(token string) error {
	s.t.Helper()
	s.net.pages[objectAt] = always(token)
	_, err := s.Open(s.t.Context(), (&openid4vc.Request{ClientID: "decentralized_identifier:" + s.employer.ID, RequestURI: objectAt}).URI())
	return err
}

// census has the names of the cases of each class.
type census map[string]map[string]bool

// refused counts a request that must be refused, and makes sure that it was.
func (n census) refused(t *testing.T, s *scene, err error, code string) {
	t.Helper()
	if n[code] == nil {
		n[code] = map[string]bool{}
	}
	n[code][t.Name()] = true
	s.refused(t, err, code)
}

// refused makes sure that a request was refused under its name and that nothing was
// sent.
func (s *scene) refused(t *testing.T, err error, code string) {
	t.Helper()
	if got := openid4vc.Code(err); got != code {
		t.Errorf("got %q (%v), want %s", got, err, code)
	}
	if posted := s.net.posted(); len(posted) != 0 {
		t.Errorf("an answer was sent: %.200s", posted[0])
	}
}

// enough is how many different cases each class must have, or it counts as untried.
const enough = 5

// TestAttacks opens every bad request, and counts.
func TestAttacks(t *testing.T) {
	n := census{}
	for name, table := range map[string]func(*testing.T, census){
		"signatures": attackSignature, "keys": attackKeys, "types": attackTypes, "client ids": attackClientID,
		"form": attackForm, "times": attackTimes, "sizes": attackSizes,
	} {
		t.Run(name, func(t *testing.T) { table(t, n) })
	}
	total := 0
	for _, code := range []string{"REQUEST_SIGNATURE_INVALID", "TYP_MISMATCH", "CLIENT_ID_MISMATCH", "REQUEST_INVALID", "REQUEST_EXPIRED", "LIMIT_EXCEEDED"} {
		total += len(n[code])
		if len(n[code]) < enough {
			t.Errorf("%d cases of %s, at least %d are wanted", len(n[code]), code, enough)
		}
	}
	t.Logf("%d cases of %d classes", total, len(n))
}

func TestTheGoodOneIsAccepted(t *testing.T) {
	s := newScene(t)
	s.whole("Spanish")
	if err := s.bySigned(s.good().token(t)); err != nil {
		t.Fatal(err)
	}
	// iss "MAY be present in the Request Object. However, if it is present, the Wallet MUST
	// ignore it" (section 5), and other parameters that it does not know as well.
	for name, value := range map[string]string{
		"iss": `"did:web:evil.example"`, "client_id_scheme": `"x509_san_dns"`, "presentation_definition": `{}`,
		"expected_origins": `["https://evil.example"]`, "id_token_type": `"subject_signed_id_token"`, "jti": `7`,
	} {
		o := s.good()
		o.claim(name, value)
		if err := s.bySigned(o.token(t)); err != nil {
			t.Errorf("with %s: %v", name, err)
		}
	}
}

func attackSignature(t *testing.T, n census) {
	t.Helper()
	stranger := testissuer.New("stranger")
	tests := map[string]func(s *scene, o *object) string{
		"a stranger's key": func(_ *scene, o *object) string { o.by = stranger; return o.token(t) },
		"a key that the document does not have": func(_ *scene, o *object) string {
			o.header = o.header.With("kid", strictjson.String("did:web:jobs.example#other"))
			return o.token(t)
		},
		"no kid": func(_ *scene, o *object) string { o.header = o.header.Without("kid"); return o.token(t) },
		"another payload under the same signature": func(_ *scene, o *object) string {
			first := strings.Split(o.token(t), ".")
			o.claim("response_uri", `"https://evil.example/answer"`)
			return first[0] + "." + strings.Split(o.token(t), ".")[1] + "." + first[2]
		},
		"another signature": func(_ *scene, o *object) string {
			parts := strings.Split(o.token(t), ".")
			return parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, ed25519.SignatureSize))
		},
		"no signature": func(_ *scene, o *object) string {
			parts := strings.Split(o.token(t), ".")
			return parts[0] + "." + parts[1] + "."
		},
		"alg none": func(_ *scene, o *object) string {
			o.header = o.header.With("alg", strictjson.String("none"))
			parts := strings.Split(o.token(t), ".")
			return parts[0] + "." + parts[1] + "."
		},
		"alg HS256 with the public key": func(_ *scene, o *object) string {
			o.header = o.header.With("alg", strictjson.String("HS256"))
			return o.token(t)
		},
		"a key in the header": func(_ *scene, o *object) string {
			jwk, err := did.FormatJWK(stranger.Key.Public())
			if err != nil {
				t.Fatal(err)
			}
			o.by, o.header = stranger, o.header.With("jwk", jwk).Without("kid")
			return o.token(t)
		},
		"a key in its own client_metadata": func(_ *scene, o *object) string {
			jwk := testissuer.Parse(stranger.JWK(t)).With("kid", o.header.Get("kid"))
			o.claim("client_metadata", `{"jwks":{"keys":[`+string(jwk.JSON())+`]}}`)
			o.by = stranger
			return o.token(t)
		},
		"a DID document that is gone": func(s *scene, o *object) string {
			delete(s.web.Pages, "https://jobs.example/.well-known/did.json")
			return o.token(t)
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			n.refused(t, s, s.bySigned(spoil(s, s.good())), "REQUEST_SIGNATURE_INVALID")
		})
	}
	// A request by value is signed by nobody, so it cannot come from a DID.
	for _, id := range []string{"decentralized_identifier:did:web:jobs.example", "decentralized_identifier:did:key:z6Mk", "x509_san_dns:jobs.example", "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk"} {
		t.Run("unsigned "+id, func(t *testing.T) {
			s := newScene(t)
			req := s.request(levels)
			req.ClientID = id
			_, err := s.Open(t.Context(), req.URI())
			n.refused(t, s, err, "REQUEST_SIGNATURE_INVALID")
		})
	}
}

// Who signs with a good key of their own asks as themselves, and not as another.
func attackKeys(t *testing.T, n census) {
	t.Helper()
	stranger := testissuer.New("stranger")
	for name, spoil := range map[string]func(s *scene, o *object) string{
		"a stranger's key, by its own name": func(_ *scene, o *object) string {
			o.by, o.header = stranger, o.header.With("kid", strictjson.String(stranger.Method))
			return o.token(t)
		},
		"a key of another DID on the web": func(s *scene, o *object) string {
			other := testissuer.New("other").OnWeb(s.web, "other.example")
			o.by, o.header = other, o.header.With("kid", strictjson.String(other.Method))
			return o.token(t)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			n.refused(t, s, s.bySigned(spoil(s, s.good())), "CLIENT_ID_MISMATCH")
		})
	}
}

func attackTypes(t *testing.T, n census) {
	t.Helper()
	for _, typ := range []string{"", "JWT", "jwt", "oauth-authz-req", "vp+jwt", "vc+jwt", "dc+sd-jwt", "kb+jwt", "at+jwt", "openid4vci-proof+jwt", "oauth-authz-req+jwt "} {
		t.Run(typ, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			o := s.good()
			if o.header = o.header.With("typ", strictjson.String(typ)); typ == "" {
				o.header = o.header.Without("typ")
			}
			n.refused(t, s, s.bySigned(o.token(t)), "TYP_MISMATCH")
		})
	}
}

func attackClientID(t *testing.T, n census) {
	t.Helper()
	signed := map[string]func(o *object){
		"another DID":                    func(o *object) { o.claim("client_id", `"decentralized_identifier:did:web:other.example"`) },
		"a DID below it":                 func(o *object) { o.claim("client_id", `"decentralized_identifier:did:web:jobs.example:hr"`) },
		"another prefix":                 func(o *object) { o.claim("client_id", `"x509_san_dns:jobs.example"`) },
		"upper case":                     func(o *object) { o.claim("client_id", `"decentralized_identifier:did:web:JOBS.example"`) },
		"the DID without its prefix":     func(o *object) { o.claim("client_id", `"did:web:jobs.example"`) },
		"the address, although signed":   func(o *object) { o.claim("client_id", `"`+unsignedID+`"`) },
		"with something behind it":       func(o *object) { o.claim("client_id", `"decentralized_identifier:did:web:jobs.example#key"`) },
		"with a space, as a letter more": func(o *object) { o.claim("client_id", `"decentralized_identifier:did:web:jobs.example "`) },
	}
	for name, spoil := range signed {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			o := s.good()
			spoil(o)
			n.refused(t, s, s.bySigned(o.token(t)), "CLIENT_ID_MISMATCH")
		})
	}
	for _, id := range []string{
		"redirect_uri:https://jobs.example/elsewhere", "redirect_uri:https://evil.example/requests/8f1d/answer", "redirect_uri:https://jobs.example",
		"redirect_uri:http://jobs.example/requests/8f1d/answer", "redirect_uri:https://JOBS.example/requests/8f1d/answer", "redirect_uri:",
	} {
		t.Run(id, func(t *testing.T) {
			s := newScene(t)
			req := s.request(levels)
			req.ClientID = id
			_, err := s.Open(t.Context(), req.URI())
			n.refused(t, s, err, "CLIENT_ID_MISMATCH")
		})
	}
}

func attackForm(t *testing.T, n census) {
	t.Helper()
	signed := map[string][2]string{
		"no nonce": {"nonce", ""}, "a short nonce": {"nonce", `"abc"`}, "a nonce with spaces": {"nonce", `"n-0S6 WzA2Mj-Zx81kQ"`}, "a nonce that is a number": {"nonce", "123456789012"},
		"no response_type": {"response_type", ""}, "an ID token": {"response_type", `"id_token"`}, "a code": {"response_type", `"code"`}, "both": {"response_type", `"vp_token id_token"`},
		"no response_mode": {"response_mode", ""}, "a fragment": {"response_mode", `"fragment"`}, "the browser's own": {"response_mode", `"dc_api"`}, "a query": {"response_mode", `"query"`},
		"no response_uri": {"response_uri", ""}, "http": {"response_uri", `"http://jobs.example/answer"`}, "a script": {"response_uri", `"javascript:alert(1)"`},
		"a user name": {"response_uri", `"https://jobs.example@evil.example/answer"`}, "a fragment in the address": {"response_uri", `"https://jobs.example/answer#x"`}, "a file": {"response_uri", `"file:///etc/passwd"`},
		"redirect_uri beside direct_post": {"redirect_uri", `"https://jobs.example/done"`},
		"no query":                        {"dcql_query", ""}, "an empty query": {"dcql_query", `{"credentials":[]}`}, "a query of nothing": {"dcql_query", `{}`}, "a query that is a text": {"dcql_query", `"{}"`},
		"the same id twice":               {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}},{"id":"a","format":"ldp_vc","meta":{}}]}`},
		"an id with spaces":               {"dcql_query", `{"credentials":[{"id":"a b","format":"ldp_vc","meta":{}}]}`},
		"an empty path":                   {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":[]}]}]}`},
		"a negative index":                {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":["a",-1]}]}]}`},
		"claim_sets of no claims":         {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claim_sets":[["x"]]}]}`},
		"sets of nothing":                 {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{}}],"credential_sets":[{"options":[["b"]]}]}`},
		"a transaction":                   {"transaction_data", `["eyJ0eXBlIjoicGF5bWVudCJ9"]`},
		"a scope":                         {"scope", `"com.example.badge"`},
		"an audience of somebody else's":  {"aud", `"https://wallet.example"`},
		"verifier_info that is a text":    {"verifier_info", `"trust me"`},
		"client_metadata that is a text":  {"client_metadata", `"{}"`},
		"encryption without a key":        {"response_mode", `"direct_post.jwt"`},
		"a request inside of the request": {"request_uri", `"https://jobs.example/other"`},
		"an empty state":                  {"state", `""`},
	}
	for name, claim := range signed {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			o := s.good()
			o.claim(claim[0], claim[1])
			n.refused(t, s, s.bySigned(o.token(t)), "REQUEST_INVALID")
		})
	}
	plain := func(s *scene) string { req := s.request(levels); req.ClientID = unsignedID; return req.URI() }
	links := map[string]func(link string) string{
		"another scheme":    func(l string) string { return strings.Replace(l, "openid4vp:", "openid4vci:", 1) },
		"a script":          func(l string) string { return strings.Replace(l, "openid4vp:", "javascript:", 1) },
		"a data address":    func(string) string { return "data:text/html,<script>alert(1)</script>" },
		"http":              func(l string) string { return strings.Replace(l, "openid4vp://", "http://wallet.example/", 1) },
		"a parameter twice": func(l string) string { return l + "&nonce=another-nonce-1234" },
		"a fragment":        func(l string) string { return l + "#x" },
		"two ways to the request": func(string) string {
			return "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Aa.example&request=ey&request_uri=https%3A%2F%2Fa.example"
		},
		"signed by an address": func(string) string {
			return "openid4vp://?client_id=" + url.QueryEscape(unsignedID) + "&request_uri=" + url.QueryEscape(objectAt)
		},
		"no client": func(string) string { return "openid4vp://?request_uri=" + url.QueryEscape(objectAt) },
		"another method": func(string) string {
			return "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Aa.example&request_uri_method=put&request_uri=" + url.QueryEscape(objectAt)
		},
		"a request on http": func(string) string {
			return "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Aa.example&request_uri=http%3A%2F%2Fjobs.example%2Fx"
		},
		"nothing":              func(string) string { return "" },
		"garbage in the query": func(l string) string { return l + "&%zz" },
		"JSON that is none":    func(l string) string { return strings.Replace(l, "dcql_query=%7B", "dcql_query=", 1) },
	}
	for name, spoil := range links {
		t.Run("link/"+name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			_, err := s.Open(t.Context(), spoil(plain(s)))
			n.refused(t, s, err, "REQUEST_INVALID")
			if len(s.net.sent) != 0 {
				t.Errorf("%s was asked for", s.net.sent[0].URL)
			}
		})
	}
	for name, body := range map[string]string{"a page": "<!doctype html>", "JSON": `{"client_id":"x"}`, "nothing": "", "two tokens": "ey.ey.ey.ey.ey", "not UTF-8": "\xff\xfe"} {
		t.Run("object/"+name, func(t *testing.T) {
			s := newScene(t)
			n.refused(t, s, s.bySigned(body), "REQUEST_INVALID")
		})
	}
}

func attackTimes(t *testing.T, n census) {
	t.Helper()
	at := func(d time.Duration) string { return fmt.Sprint(testissuer.Now.Add(d).Unix()) }
	for name, claims := range map[string][2]string{
		"a second past the leeway": {"exp", at(-61 * time.Second)}, "an hour ago": {"exp", at(-time.Hour)}, "in 1970": {"exp", "1"},
		"made in the future": {"iat", at(time.Hour)}, "not before tomorrow": {"nbf", at(24 * time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			s.whole("Spanish")
			o := s.good()
			o.claim(claims[0], claims[1])
			n.refused(t, s, s.bySigned(o.token(t)), "REQUEST_EXPIRED")
		})
	}
	s := newScene(t)
	s.whole("Spanish")
	o := s.good()
	o.claim("exp", at(-30*time.Second))
	if err := s.bySigned(o.token(t)); err != nil {
		t.Errorf("within the leeway: %v", err)
	}
}

func attackSizes(t *testing.T, n census) {
	t.Helper()
	many := func(n int, one string) string {
		all := make([]string, n)
		for i := range all {
			all[i] = strings.ReplaceAll(one, "#", fmt.Sprint(i))
		}
		return "[" + strings.Join(all, ",") + "]"
	}
	for name, claim := range map[string][2]string{
		"a nonce":       {"nonce", `"` + strings.Repeat("x", 600) + `"`},
		"a state":       {"state", `"` + strings.Repeat("x", 3000) + `"`},
		"credentials":   {"dcql_query", `{"credentials":` + many(65, `{"id":"c#","format":"ldp_vc","meta":{}}`) + `}`},
		"claims":        {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":` + many(300, `{"path":["p#"]}`) + `}]}`},
		"a path":        {"dcql_query", `{"credentials":[{"id":"a","format":"ldp_vc","meta":{},"claims":[{"path":` + many(65, `"p"`) + `}]}]}`},
		"verifier_info": {"verifier_info", many(17, `{"format":"jwt","data":"x"}`)},
		"an address":    {"response_uri", `"https://jobs.example/` + strings.Repeat("x", 3000) + `"`},
	} {
		t.Run(name, func(t *testing.T) {
			s := newScene(t)
			o := s.good()
			o.claim(claim[0], claim[1])
			n.refused(t, s, s.bySigned(o.token(t)), "LIMIT_EXCEEDED")
		})
	}
	s := newScene(t)
	_, err := s.Open(t.Context(), "openid4vp://?client_id="+strings.Repeat("x", 70_000))
	n.refused(t, s, err, "LIMIT_EXCEEDED")
	n.refused(t, s, s.bySigned(strings.Repeat("x", 70_000)), "LIMIT_EXCEEDED")
	s.net.pages[objectAt] = func(url.Values) (string, error) { return "", fetch.ErrTooLarge }
	_, err = s.Open(t.Context(), (&openid4vc.Request{ClientID: "decentralized_identifier:" + s.employer.ID, RequestURI: objectAt}).URI())
	n.refused(t, s, err, "LIMIT_EXCEEDED")
}

// A request that cannot be had is nobody's fault, and named as what it is.
func TestRequestsThatAreNotThere(t *testing.T) {
	s := newScene(t)
	link := (&openid4vc.Request{ClientID: "decentralized_identifier:" + s.employer.ID, RequestURI: objectAt}).URI()
	if _, err := s.Open(t.Context(), link); !errors.Is(err, fetch.ErrUnreachable) {
		t.Error(err)
	}
	s.net.pages[objectAt] = func(url.Values) (string, error) { return "", &fetch.StatusError{URL: objectAt, Code: 410} }
	var status *fetch.StatusError
	if _, err := s.Open(t.Context(), link); !errors.As(err, &status) || status.Code != 410 {
		t.Error(err)
	}
}

func FuzzOpen(f *testing.F) {
	s := newScene(f)
	s.whole("Spanish")
	req := s.request(levels)
	req.ClientID = unsignedID
	f.Add(req.URI())
	f.Add(s.link(s.request(levels)))
	f.Add("openid4vp://?client_id=x&request=ey.ey.ey")
	f.Fuzz(func(t *testing.T, link string) {
		s.net.sent = nil
		asked, err := s.Open(t.Context(), link)
		if err != nil && (asked != nil && asked.Request == nil) {
			t.Errorf("%v and %+v", err, asked)
		}
		if len(s.net.posted()) != 0 {
			t.Error("an answer was sent")
		}
	})
}
