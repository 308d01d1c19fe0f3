package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/serve"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/status"
)

const (
	tokenList = "/status/revocation-1.jwt"
	tokenType = "application/statuslist+jwt"
)

// kinds are the templates for tokens that addTokens adds, by id.
var kinds = map[string]string{"jwt": "vc+jwt", "sdjwt": "vc+sd-jwt", "claims": "dc+sd-jwt"}

// addTokens adds a template for each kind of token.
func (d *desk) addTokens(t testing.TB) {
	t.Helper()
	for id, kind := range kinds {
		if _, err := d.PutTemplate(t.Context(), []byte(tokenTemplate(id, fmt.Sprintf(`"proof":%q`, kind), ""))); err != nil {
			t.Fatal(err)
		}
	}
}

// tokenTemplate is a template with more members of its own, and of the achievement.
func tokenTemplate(id, more, achievement string) string {
	return fmt.Sprintf(`{"type":"laurel/template/v1","id":%q,%s,
		"achievement":{"name":"Cook","description":"Cooks.","criteria":{"narrative":"Cook."}%s}}`, id, more, achievement)
}

// issueOf issues a badge of a template.
func (d *desk) issueOf(t testing.TB, template string) *issuer.Issued {
	t.Helper()
	out, err := d.Issue(t.Context(), issuer.Award{Template: template, Recipient: testissuer.New("learner").ID})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// tokensIn reads a list for tokens that everybody gets.
func tokensIn(t testing.TB, text string) *status.TokenList {
	t.Helper()
	m, err := jose.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := m.Claims()
	if err != nil {
		t.Fatal(err)
	}
	bits := 1
	if string(claims.Get("status_list").Get("bits").JSON()) == "2" {
		bits = 2
	}
	list, err := status.DecodeToken(bits, claims.Get("status_list").Get("lst").Str())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestTokenListRoutes: the list for tokens has an address, a media type and a past
// of its own.
func TestTokenListRoutes(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	if res := d.do(t, "GET", tokenList, ""); res.StatusCode != http.StatusNotFound {
		t.Errorf("before anybody needs it: %d", res.StatusCode)
	}
	d.addTokens(t)
	badge := d.issueOf(t, "claims")
	for _, accept := range []string{"", "*/*", "application/json", "application/vc", tokenType, "text/html"} {
		res := d.do(t, "GET", tokenList, "", "Accept: "+accept)
		h := res.Header
		if res.StatusCode != http.StatusOK || h.Get("Content-Type") != tokenType || h.Get("Access-Control-Allow-Origin") != "*" ||
			h.Get("Cache-Control") != "public, max-age=300" || h.Get("ETag") == "" {
			t.Errorf("with %q: %d, %v", accept, res.StatusCode, h)
		}
	}
	first := d.do(t, "GET", tokenList, "")
	was, tag, then := text(t, first), first.Header.Get("ETag"), d.now
	if res := d.do(t, "GET", tokenList, "", "If-None-Match: "+tag); res.StatusCode != http.StatusNotModified {
		t.Errorf("nothing new: %d", res.StatusCode)
	}
	d.now = d.now.Add(time.Hour)
	if _, err := d.Apply(t.Context(), issuer.Change{Action: issuer.Revoke, IDs: []string{badge.ID}}); err != nil {
		t.Fatal(err)
	}
	res := d.do(t, "GET", tokenList, "", "If-None-Match: "+tag)
	if got, err := tokensIn(t, text(t, res)).Get(badge.Index); res.StatusCode != http.StatusOK || err != nil || got != status.Revoked {
		t.Errorf("after a revocation: %d, %v, %v", res.StatusCode, got, err)
	}
	d.now = d.now.Add(time.Hour)
	d.restart(t)
	past := d.do(t, "GET", fmt.Sprintf("%s?time=%d", tokenList, then.Unix()+60), "")
	if text(t, past) != was || !strings.Contains(past.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("what it said an hour before: %d, %v", past.StatusCode, past.Header)
	}
	for query, want := range map[string]int{
		"time=" + fmt.Sprint(then.Unix()-1): 404, "time=0": 404, "time=": 400, "time=-1": 400, "time=+1": 400, "time=01": 400, "time=1.5": 400,
		"time=1e9": 400, "time=99999999999999999999": 400, "time=253402300800": 400, "time=1&time=2": 400, "time=2026-06-01T00:00:00Z": 400,
		"time=253402300799": 200, "timestamp=soon": 200, "x=y": 200,
	} {
		if res := d.do(t, "GET", tokenList+"?"+query, ""); res.StatusCode != want {
			t.Errorf("?%s: %d, want %d", query, res.StatusCode, want)
		}
	}
}

// TestTokenHistoryByName: each version has a file, also that for tokens.
func TestTokenHistoryByName(t *testing.T) {
	d := newDesk(t, "https://school.example", serve.Limits{})
	d.now = d.now.Add(time.Minute)
	d.addTokens(t)
	versions := d.Index().Lists[0].Versions
	if d.Index().Lists[0].TokenURL != "https://school.example"+tokenList {
		t.Errorf("the index names %q", d.Index().Lists[0].TokenURL)
	}
	for n, v := range versions {
		name := strings.TrimSuffix(path.Base(v.File), ".json")
		for ending, want := range map[string]bool{".json": true, ".jwt": n > 0, "": false, ".json.jwt": false, ".JWT": false} {
			res := d.do(t, "GET", "/status/history/revocation-1/"+name+ending, "")
			if (res.StatusCode == http.StatusOK) != want {
				t.Errorf("version %d, %q: %d", n, ending, res.StatusCode)
			}
			if want && ending == ".jwt" && res.Header.Get("Content-Type") != tokenType {
				t.Errorf("version %d is %q", n, res.Header.Get("Content-Type"))
			}
		}
	}
	for _, name := range []string{"/status/.jwt", "/status/revocation-2.jwt", "/status/revocation-1.jwt.jwt", "/status/../revocation-1.jwt", "/status/index.jwt"} {
		if res := d.do(t, "GET", name, ""); res.StatusCode == http.StatusOK {
			t.Errorf("there is something at %s", name)
		}
	}
}

// TestMetadataRoute: the keys for readers of SD-JWT VC are at the root of the host,
// and only if badges name the address.
func TestMetadataRoute(t *testing.T) {
	for address, where := range map[string]string{
		"https://school.example":          "/.well-known/jwt-vc-issuer",
		"https://school.example/a/badges": "/.well-known/jwt-vc-issuer/a/badges",
	} {
		for _, naming := range []issuer.Naming{issuer.ByDID, issuer.ByURL} {
			d := newDeskOf(t, issuer.Profile{Name: "School", URL: address, Naming: naming}, serve.Limits{})
			res := d.do(t, "GET", where, "")
			body := text(t, res)
			if naming == issuer.ByDID {
				if res.StatusCode != http.StatusNotFound {
					t.Errorf("%s has keys for tokens that name its DID: %d", address, res.StatusCode)
				}
				continue
			}
			var said struct{ Issuer string }
			if err := json.Unmarshal([]byte(body), &said); err != nil || said.Issuer != address || res.Header.Get("Content-Type") != "application/json" ||
				res.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d %v %.80s", where, res.StatusCode, res.Header, body)
			}
		}
	}
}

// TestFrontPageNamesBothForms, and where the keys for tokens are.
func TestFrontPageNamesBothForms(t *testing.T) {
	d := newDeskOf(t, issuer.Profile{Name: "School", URL: "https://school.example/a", Naming: issuer.ByURL}, serve.Limits{})
	if page := text(t, d.do(t, "GET", "/a/", "")); strings.Contains(page, "the same for tokens") {
		t.Error("there is no list for tokens yet")
	}
	d.addTokens(t)
	page := text(t, d.do(t, "GET", "/a/", ""))
	for _, want := range []string{
		`href="https://school.example/a/status/revocation-1.jwt">the same for tokens`, `href="https://school.example/.well-known/jwt-vc-issuer/a"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
}

// TestConcurrentTokens: 200 badges of every kind issued at the same time, before and
// after a restart, have 400 places, and of those that are revoked at the same time
// both forms of the list say so.
func TestConcurrentTokens(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	d.addTokens(t)
	learner := testissuer.New("learner").ID
	templates := []string{"barista", "jwt", "sdjwt", "claims"}
	var badges []*issuer.Issued
	for range 2 {
		badges = append(badges, together(200, func(k int) *issuer.Issued {
			out, code := order[*issuer.Issued](t, d, "issue", issuer.Award{Template: templates[k%len(templates)], Recipient: learner})
			if code != http.StatusOK {
				t.Errorf("issue: %d", code)
			}
			return out
		})...)
		d.restart(t)
	}
	if t.Failed() {
		return
	}
	places := map[int]bool{}
	for _, b := range badges {
		if places[b.Index] {
			t.Errorf("place %d was given twice", b.Index)
		}
		places[b.Index] = true
	}
	taken, kept := badges[:100], badges[100:]
	together(len(taken), func(k int) int {
		_, code := order[*issuer.Changed](t, d, "apply", issuer.Change{Action: issuer.Revoke, IDs: []string{taken[k].ID}})
		if code != http.StatusOK {
			t.Errorf("revoke: %d", code)
		}
		return code
	})
	for range 2 {
		documents, tokens := bits(t, d, "/status/revocation-1.json"), tokensIn(t, text(t, d.do(t, "GET", tokenList, "")))
		if documents.Len() != tokens.Len() || tokens.Len() < status.MinLength {
			t.Errorf("%d and %d entries: too few to hide among", documents.Len(), tokens.Len())
		}
		if documents.Count() != len(taken) || tokens.Count() != len(taken) {
			t.Errorf("%d and %d are set, want %d", documents.Count(), tokens.Count(), len(taken))
		}
		for k, b := range badges {
			value, err := tokens.Get(b.Index)
			if err != nil || (value == status.Revoked) != (k < len(taken)) {
				t.Errorf("place %d: %v, %v", b.Index, value, err)
			}
		}
		d.restart(t)
	}
	if _, code := order[*issuer.Changed](t, d, "apply", issuer.Change{Action: issuer.Reinstate, IDs: []string{taken[0].ID}}); code != http.StatusConflict {
		t.Errorf("a revocation was taken back: %d", code)
	}
	if len(kept) != 300 {
		t.Errorf("%d kept", len(kept))
	}
}

// TestHostileTokenOrders: each is refused with a code, before anything is signed:
// there is no badge, no version of a list, no key more than before.
func TestHostileTokenOrders(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	d.addTokens(t)
	learner := testissuer.New("learner").ID
	award := func(template, learner, more string) string {
		return fmt.Sprintf(`{"template":%q,"recipient":%q%s}`, template, learner, more)
	}
	put := func(more string) string { return tokenTemplate("cook", more, "") }
	const (
		badTemplate, badLearner, badAward = "urn:laurel:issuer:template", "urn:laurel:issuer:recipient", "urn:laurel:issuer:award"
		badBody                           = "urn:laurel:issuer:body"
	)
	tests := []struct{ name, order, body, code string }{
		{"no algorithm", "template-put", put(`"proof":"vc+jwt","alg":"none"`), badTemplate},
		{"a secret that is shared", "template-put", put(`"proof":"vc+jwt","alg":"HS256"`), badTemplate},
		{"an algorithm beside a suite", "template-put", put(`"proof":"eddsa-rdfc-2022","alg":"ES256"`), badTemplate},
		{"a presentation", "template-put", put(`"proof":"vp+jwt"`), badTemplate},
		{"a key binding", "template-put", put(`"proof":"kb+jwt"`), badTemplate},
		{"a status list", "template-put", put(`"proof":"statuslist+jwt"`), badTemplate},
		{"another spelling", "template-put", put(`"proof":"DC+SD-JWT"`), badTemplate},
		{"a type that is a script", "template-put", put(`"proof":"dc+sd-jwt","vct":"javascript:alert(1) "`), badTemplate},
		{"a type that is a word", "template-put", put(`"proof":"dc+sd-jwt","vct":"Barista"`), badTemplate},
		{"decoys without end", "template-put", put(`"proof":"dc+sd-jwt","decoys":1000000`), badTemplate},
		{"fewer decoys than none", "template-put", put(`"proof":"dc+sd-jwt","decoys":-1`), badTemplate},
		{"mandatory twice", "template-put", put(`"proof":"vc+sd-jwt","mandatory":[],"mandatory":["/name"]`), badTemplate},
		{"mandatory nowhere", "template-put", put(`"proof":"vc+sd-jwt","mandatory":["/credentialSubject/grade"]`), badTemplate},
		{"mandatory for a whole", "template-put", put(`"proof":"vc+jwt","mandatory":["/name"]`), badTemplate},
		{"a digest of one's own", "template-put", tokenTemplate("cook", `"proof":"vc+sd-jwt"`, `,"_sd":["x"]`), badTemplate},
		{"an element of one's own", "template-put", tokenTemplate("cook", `"proof":"dc+sd-jwt"`, `,"tag":[{"...":"x"}]`), badTemplate},
		{"another hash", "template-put", tokenTemplate("cook", `"proof":"dc+sd-jwt"`, `,"_sd_alg":"md5"`), badTemplate},
		{"more claims than are read", "template-put", tokenTemplate("cook", `"proof":"dc+sd-jwt"`, `,"tag":[`+strings.Repeat(`"x",`, 600)+`"x"]`), badTemplate},
		{"a term that nobody defined", "template-put", tokenTemplate("cook", `"proof":"vc+jwt"`, `,"hours":40`), badTemplate},
		{"a template like a token", "template-put", `"eyJhbGciOiJub25lIn0.e30."`, badTemplate},
		{"a learner who can change keys", "issue", award("claims", "did:web:learner.example", ""), badLearner},
		{"a learner by a name", "issue", award("sdjwt", "urn:uuid:8e1b2f5c-0f0e-4a52-9b2f-6d1c0c6f3a10", ""), badLearner},
		{"a learner whose key is to encrypt with", "issue", award("sdjwt", "did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc", ""), badLearner},
		{"a learner with a private key", "issue", award("claims",
			"did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8iLCJkIjoibldHeG5lXzktV200V0hIaWNVM2tsQldmVlVuQXVNUzVzTEpzQkJvNHA2MCJ9", ""), badLearner},
		{"a name without end", "issue", award("claims", learner, `,"name":"`+strings.Repeat("a", 300<<10)+`"`), badAward},
		{"evidence nowhere", "issue", award("jwt", learner, `,"evidence":[{"url":"film"}]`), badAward},
		{"more evidence than is read", "issue", award("claims", learner, `,"evidence":[`+strings.Repeat(`{"url":"https://a.example"},`, 600)+`{"url":"https://a.example"}]`), badAward},
		{"an end before the beginning", "issue", award("claims", learner, `,"validUntil":"2020-01-01T00:00:00Z"`), badAward},
		{"a place of one's own", "issue", award("claims", learner, `,"status":{"status_list":{"idx":0,"uri":"https://evil.example"}}`), badBody},
		{"a key of one's own", "issue", award("claims", learner, `,"cnf":{}`), badBody},
	}
	before, versions := text(t, d.do(t, "GET", tokenList, "")), len(d.Versions("revocation-1"))
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res := d.do(t, "POST", "/admin/"+tt.order, tt.body, "Content-Type: application/json", "Authorization: Bearer "+token)
			var problem struct{ Type string }
			body := text(t, res)
			if err := json.Unmarshal([]byte(body), &problem); err != nil || problem.Type != tt.code || res.StatusCode < 400 || res.StatusCode > 422 {
				t.Errorf("%d, code %q, want %q: %.200s", res.StatusCode, problem.Type, tt.code, body)
			}
		})
	}
	found, err := d.Find(t.Context(), issuer.Query{})
	keys, _ := d.Keys(t.Context())
	if err != nil || found != nil || len(d.Versions("revocation-1")) != versions || text(t, d.do(t, "GET", tokenList, "")) != before || len(keys) != 2 {
		t.Errorf("something was signed: %v, %v, %v, %d keys", found, err, d.Versions("revocation-1"), len(keys))
	}
}

// TestTokensTravel: a token goes to the other verbs of the command line as it was
// signed, and so does a document.
func TestTokensTravel(t *testing.T) {
	d := newDesk(t, "https://school.example", roomy)
	d.addTokens(t)
	for template, kind := range kinds {
		issued := d.issueOf(t, template)
		shown, code := order[*issuer.Issued](t, d, "show", issued.ID)
		if code != http.StatusOK || string(shown.Credential) != string(issued.Credential) || shown.Proof != kind || !shown.Credential.Token() {
			t.Errorf("%s came as %.80s, %d", kind, shown.Credential, code)
		}
	}
	document, code := order[*issuer.Issued](t, d, "show", d.issueOf(t, "barista").ID)
	if code != http.StatusOK || document.Credential.Token() || document.Proof != "eddsa-rdfc-2022" {
		t.Errorf("a document came as %.80s, %d", document.Credential, code)
	}
}
