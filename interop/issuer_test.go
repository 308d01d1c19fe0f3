package interop

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/jsonld"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer"
	"laurel/issuer/keyring"
	"laurel/issuer/storetest"
	"laurel/issuer/web"
	"laurel/status"
	"laurel/verifier"
)

// academy is an issuer of tokens, through Laurel's own issuer: what it publishes is
// on the test network, and in the pages of a peer.
type academy struct {
	*issuer.Issuer
	p       *peer
	home    string
	learner *testissuer.Party
}

const academyHome = "https://academy.example/badges"

// academyTemplates are what it issues, by id.
var academyTemplates = map[string]string{
	"jwt-eddsa":    `"proof":"vc+jwt"`,
	"jwt-es256":    `"proof":"vc+jwt","alg":"ES256"`,
	"sdjwt-eddsa":  `"proof":"vc+sd-jwt","decoys":2`,
	"sdjwt-es256":  `"proof":"vc+sd-jwt","alg":"ES256"`,
	"claims-es256": `"proof":"dc+sd-jwt","decoys":3`,
	"claims-held":  `"proof":"dc+sd-jwt","statusPurpose":"suspension"`,
}

func newAcademy(t *testing.T, p *peer, at string, naming issuer.Naming) *academy {
	t.Helper()
	a := &academy{p: p, home: at, learner: testissuer.New("learner")}
	var err error
	a.Issuer, err = issuer.Create(t.Context(), issuer.Options{
		Store: new(storetest.Memory), Suite: testissuer.Suites()[0], Contexts: jsonld.Embedded(), Now: func() time.Time { return testissuer.Now },
		UnsafeLoopback: true,
	}, issuer.Profile{Name: "Academy", URL: at, Naming: naming}, issuer.Web)
	if err != nil {
		t.Fatal(err)
	}
	for id, how := range academyTemplates {
		_, err := a.PutTemplate(t.Context(), fmt.Appendf(nil, `{"type":"laurel/template/v1","id":%q,%s,"achievement":{"name":"Façade — Ünïcödé",
			"description":"Draws.","criteria":{"narrative":"Draw <it> \"twice\" & more."},"tag":["a","b"],
			"resultDescription":[{"name":"Grade","resultType":"LetterGrade","allowedValue":["A","B"]}]}}`, id, how))
		if err != nil {
			t.Fatal(err)
		}
	}
	return a
}

func (a *academy) issue(t *testing.T, template string) *issuer.Issued {
	t.Helper()
	out, err := a.Issue(t.Context(), issuer.Award{
		Template: template, Recipient: a.learner.ID, Name: "Ada Löv 李", Results: []issuer.Result{{Of: "Grade", Value: "B"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// web is what the academy publishes, for Laurel.
func (a *academy) web(t *testing.T) *testissuer.Web {
	t.Helper()
	files, err := a.Site(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w := emptyWeb()
	for _, f := range files {
		w.Pages[a.home+"/"+f.Path] = f.Body
		if f.Path == issuer.MetadataFile {
			w.Pages["https://academy.example/.well-known/jwt-vc-issuer/badges"] = f.Body
		}
	}
	return w
}

// pages is the same for the peer, which reads no DID documents: it gets their keys
// as a set.
func (a *academy) pages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for url, body := range a.web(t).Pages {
		out[url] = string(body)
	}
	infos, err := a.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var keys []json.RawMessage
	for _, k := range infos {
		if k.State() == "compromised" {
			continue
		}
		public, err := did.ParseMultikey(k.Public)
		if err != nil {
			t.Fatal(err)
		}
		jwk := testissuer.Parse(string(publicJWK(t, public)))
		keys = append(keys, jwk.With("kid", strictjson.String(k.ID)).JSON())
	}
	set, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	profile, err := a.Profile(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out[profile.DID] = string(set)
	return out
}

// judge is Laurel's answer, nothing loosened.
func (a *academy) judge(t *testing.T, token string, expect verifier.Expectation) judged {
	t.Helper()
	w := a.web(t)
	v := laurel(w)
	v.Suites = testissuer.TokenSuites(w)
	v.Status = &status.Source{Fetch: w, Keys: v.Keys, Suites: v.Suites, Now: v.Clock}
	report, err := v.Verify(context.Background(), []byte(token), expect)
	if err != nil {
		t.Fatal(err)
	}
	j := judged{verdict: report.Verdict}
	if c := report.Deciding(); c != nil {
		j.code, j.cause = c.Code, c.Cause
	}
	return j
}

// both lets the peer and Laurel judge a token; code is Laurel's, "" for accepted.
func (a *academy) both(t *testing.T, typ, token string, expect verifier.Expectation, code verifier.Code) string {
	t.Helper()
	got := a.judge(t, token, expect)
	if (code == "") != (got.verdict == verifier.Accepted) || code != "" && got.code != code {
		t.Errorf("Laurel: %s, %s: %s; want %q", got.verdict, got.code, got.cause, code)
	}
	said := a.p.do(t, job{Do: "verify", Document: token, Type: typ, Pages: a.pages(t), Challenge: expect.Challenge})
	if said.Verified != (code == "") {
		t.Errorf("the peer: verified %v, %s; want %q", said.Verified, said.Error, code)
	}
	return said.Document
}

// kindOf is the typ of a template's tokens.
func kindOf(template string) string {
	return map[string]string{"jwt": "vc+jwt", "sdjwt": "vc+sd-jwt", "claims": "dc+sd-jwt"}[strings.Split(template, "-")[0]]
}

// TestIssuedTokens: what Laurel's issuer makes, others read with the keys that it
// publishes, whole and in part, and find revoked when it is.
func TestIssuedTokens(t *testing.T) {
	p := start(t, "reader.js")
	for _, naming := range []issuer.Naming{issuer.ByDID, issuer.ByURL} {
		a := newAcademy(t, p, academyHome, naming)
		for template := range academyTemplates {
			t.Run(template+" "+string(naming), func(t *testing.T) { a.exchange(t, template) })
		}
	}
}

// exchange issues a token, shows it, has it forged, and takes it back.
func (a *academy) exchange(t *testing.T, template string) {
	typ, issued := kindOf(template), a.issue(t, template)
	whole := string(issued.Credential)
	read := testissuer.Parse(a.both(t, typ, whole, verifier.Expectation{}, ""))
	subject := read
	if typ != "dc+sd-jwt" {
		subject = read.Get("credentialSubject")
	}
	if subject.Get("achievement").Get("name").Str() != "Façade — Ünïcödé" || subject.Get("identifier").List()[0].Get("identityHash").Str() != "Ada Löv 李" {
		t.Errorf("the peer reads %s", read.JSON())
	}
	a.both(t, typ, forged(t, whole), verifier.Expectation{}, verifier.SignatureInvalid)
	if typ != "vc+jwt" {
		a.show(t, typ, whole, strings.Contains(academyTemplates[template], "decoys"))
	}
	if typ != "dc+sd-jwt" { // the peer's lists are those of tokens
		return
	}
	action, code, undo := issuer.Revoke, verifier.StatusRevoked, false
	if strings.HasSuffix(template, "-held") {
		action, code, undo = issuer.Suspend, verifier.StatusSuspended, true
	}
	a.apply(t, action, issued.ID)
	a.both(t, typ, whole, verifier.Expectation{}, code)
	a.both(t, typ, string(a.issue(t, template).Credential), verifier.Expectation{}, "")
	if undo {
		a.apply(t, issuer.Reinstate, issued.ID)
		a.both(t, typ, whole, verifier.Expectation{}, "")
	}
}

// forged is a token of another academy.
func forged(t *testing.T, token string) string {
	t.Helper()
	parts := strings.SplitN(token, ".", 3)
	payload, err := jose.Decode([]byte(parts[1]))
	if err != nil {
		t.Fatal(err)
	}
	return parts[0] + "." + encoded(strings.Replace(string(payload), `"name":"Academy"`, `"name":"Akademie"`, 1)) + "." + parts[2]
}

func (a *academy) apply(t *testing.T, action issuer.Action, id string) {
	t.Helper()
	if _, err := a.Apply(t.Context(), issuer.Change{Action: action, IDs: []string{id}}); err != nil {
		t.Fatal(err)
	}
}

// show has a part of a token shown, by Laurel's code and by the peer, each read by
// both. With decoys the peer shows something else: it counts them among the elements
// that a frame chooses by number.
func (a *academy) show(t *testing.T, typ, whole string, decoys bool) {
	t.Helper()
	grade, frame := "/result/0/value", `{"result":{"0":{"value":true}}}`
	if typ == "vc+sd-jwt" {
		grade, frame = "/credentialSubject"+grade, `{"credentialSubject":`+frame+`}`
	}
	ours := a.learner.ShowSD(t, whole, challenge, domain, grade)
	showings := map[string]string{"ours": ours}
	if !decoys {
		showings["theirs"] = a.peerShows(t, typ, whole, frame)
	}
	for who, shown := range showings {
		read := a.both(t, typ, shown, asked, "")
		if !strings.Contains(read, `"value":"B"`) || strings.Contains(read, "Ada") || !strings.Contains(read, "Façade") {
			t.Errorf("%s: the peer reads %s", who, read)
		}
	}
	stale := asked
	stale.Challenge = "another"
	a.both(t, typ, ours, stale, verifier.ChallengeMismatch)
	chosen, how := ours[:strings.LastIndex(ours, "~")+1], sdjwt.Binding{Audience: domain, Nonce: challenge, IssuedAt: testissuer.Now}
	a.both(t, typ, bind(t, chosen, how, &tokenKey{signer: testissuer.New("stranger").Key}), asked, verifier.HolderBindingFailed)
	cut := strings.Split(ours, "~")
	a.both(t, typ, strings.Join(append(cut[:1:1], cut[2:]...), "~"), asked, verifier.HolderBindingFailed)
}

// peerShows has the peer choose by a frame, and bind with the learner's key.
func (a *academy) peerShows(t *testing.T, typ, whole, frame string) string {
	t.Helper()
	made := a.p.do(t, job{Do: "present", Document: whole, Alg: "EdDSA", Type: typ, Frame: json.RawMessage(frame),
		SecretJWK: secretJWK(t, a.learner), Challenge: challenge, Domain: domain})
	if made.Error != "" {
		t.Fatal(made.Error)
	}
	return made.Document
}

// secretJWK is a learner's key as the peer takes it.
func secretJWK(t *testing.T, p *testissuer.Party) json.RawMessage {
	t.Helper()
	key, ok := p.Key.(ed25519.PrivateKey)
	if !ok {
		t.Fatalf("%T", p.Key)
	}
	public := testissuer.Parse(string(publicJWK(t, key.Public())))
	return public.With("d", strictjson.String(jose.Encode(key.Seed()))).JSON()
}

// TestCompromisedTokenKeys: from the moment on when somebody else may have a key,
// neither finds it any more where the issuer publishes its keys.
func TestCompromisedTokenKeys(t *testing.T) {
	p := start(t, "reader.js")
	a := newAcademy(t, p, academyHome, issuer.ByURL)
	old := string(a.issue(t, "claims-es256").Credential)
	a.both(t, "dc+sd-jwt", old, verifier.Expectation{}, "")
	keys, err := a.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(keys, func(k keyring.Public) bool { return k.Type == "P-256" })
	if _, err := a.CompromiseKey(t.Context(), keys[at].ID); err != nil {
		t.Fatal(err)
	}
	a.both(t, "dc+sd-jwt", old, verifier.Expectation{}, verifier.VerificationMethodUnresolvable)
	a.both(t, "dc+sd-jwt", string(a.issue(t, "claims-es256").Credential), verifier.Expectation{}, "")
}

// TestOverHTTP: the peer fetches status lists and types from Laurel's server as its
// library does it. It takes a list by its media type, and a type by its vct.
func TestOverHTTP(t *testing.T) {
	p := start(t, "reader.js")
	server := httptest.NewUnstartedServer(nil)
	a := newAcademy(t, p, "http://"+server.Listener.Addr().String(), issuer.ByDID)
	handler, err := web.New(web.Config{Issuer: a.Issuer, Now: func() time.Time { return testissuer.Now }})
	if err != nil {
		t.Fatal(err)
	}
	server.Config.Handler = handler
	server.Start()
	defer server.Close()
	ask := func(token string) answer {
		return p.do(t, job{Do: "verifyOnline", Document: token, Type: "dc+sd-jwt", Pages: a.pages(t)})
	}
	for template, action := range map[string]issuer.Action{"claims-es256": issuer.Revoke, "claims-held": issuer.Suspend} {
		badge, other := a.issue(t, template), a.issue(t, template)
		said := ask(string(badge.Credential))
		if !said.Verified || !strings.Contains(said.Document, `"vct":"`+a.home+`/achievements/`+template+`"`) || !strings.Contains(said.Document, `"name":"Façade — Ünïcödé"`) {
			t.Errorf("%s: %s, type %s", template, said.Error, said.Document)
		}
		a.apply(t, action, badge.ID)
		if said := ask(string(badge.Credential)); said.Verified || !strings.Contains(said.Error, "Status is not valid") {
			t.Errorf("%s after %s: verified %v, %s", template, action, said.Verified, said.Error)
		}
		if said := ask(string(other.Credential)); !said.Verified {
			t.Errorf("%s, the other one: %s", template, said.Error)
		}
	}
}
