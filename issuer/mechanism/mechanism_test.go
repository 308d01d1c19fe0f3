package mechanism_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/issuer/keyring"
	"laurel/issuer/mechanism"
	"laurel/proof"
)

var (
	school, learner = testissuer.New("school"), testissuer.New("learner")
	suites          = append(testissuer.Suites(), proof.VCJOSE{}, proof.SDJWT{})
	now             = testissuer.Now
)

const listURL = "https://school.example/status/1.json"

func kit() mechanism.Kit {
	return mechanism.Kit{Suite: cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()}, Contexts: jsonld.Embedded()}
}

// choose reads a template that has these members.
func choose(t testing.TB, members string) *mechanism.Choice {
	t.Helper()
	c, err := kit().Read(testissuer.Parse("{" + members + "}"))
	if err != nil {
		t.Fatalf("%s: %v", members, err)
	}
	return c
}

// badge is one to secure as chosen.
func badge(c *mechanism.Choice, doc strictjson.Value) mechanism.Badge {
	if c.Claims() {
		return mechanism.Badge{Document: doc, Issuer: school.ID, Status: testissuer.Parse(`{"status_list":{"idx":7,"uri":"https://school.example/status/1.jwt"}}`)}
	}
	return mechanism.Badge{Document: testissuer.WithStatus(doc, listURL, 7)}
}

// key is one of the school's, of the kind that a choice takes.
func key(t testing.TB, c *mechanism.Choice) (mechanism.Key, *testissuer.Party) {
	t.Helper()
	signer, err := c.Kind().Generate()
	if err != nil {
		t.Fatal(err)
	}
	p := testissuer.With("school", signer, nil)
	return mechanism.Key{Signer: p.Key, Method: p.Method}, p
}

// all are one choice of each kind.
var all = []string{
	``, `"proof":"eddsa-rdfc-2022"`, `"proof":"eddsa-jcs-2022"`, `"proof":"ecdsa-rdfc-2019"`, `"proof":"ecdsa-jcs-2019"`,
	`"proof":"ecdsa-sd-2023"`, `"proof":"vc+jwt"`, `"proof":"vc+jwt","alg":"ES256"`, `"proof":"vc+sd-jwt"`,
	`"proof":"vc+sd-jwt","alg":"ES256","decoys":3`, `"proof":"dc+sd-jwt"`, `"proof":"dc+sd-jwt","alg":"EdDSA","mandatory":[]`,
}

// TestSign: what is chosen is what comes out, and it opens.
func TestSign(t *testing.T) {
	for _, members := range all {
		t.Run(members, func(t *testing.T) {
			c := choose(t, members)
			k, signer := key(t, c)
			b := badge(c, signer.Badge(learner))
			if c.Claims() {
				b.Issuer = signer.ID
			}
			if err := kit().CheckTemplate(t.Context(), c, b); err != nil {
				t.Fatal(err)
			}
			signed, err := kit().Sign(c, b, k, now)
			if err != nil {
				t.Fatal(err)
			}
			opened, err := proof.Open(t.Context(), signed, proof.Options{Keys: testissuer.Keys(), Suites: suites, At: now, Receiving: true})
			if err != nil {
				t.Fatal(err)
			}
			if c.Token() != (opened.Token != nil) || c.Token() == bytes.HasPrefix(signed, []byte("{")) {
				t.Errorf("token %v, and this came out: %.80s", c.Token(), signed)
			}
			if c.Token() && (opened.Token.Type != c.Name || opened.Token.Disclosing() != c.Selective()) {
				t.Errorf("%+v, want %s", opened.Token, c.Name)
			}
			want := map[keyring.Kind]string{keyring.Edwards: "EdDSA", keyring.NIST: "ES256"}[c.Kind()]
			if c.Token() && opened.Proofs[0].Cryptosuite != want {
				t.Errorf("signed with %s, want %s", opened.Proofs[0].Cryptosuite, want)
			}
			if opened.Token.Disclosing() && (opened.Token.Confirmed == nil || opened.Token.Confirmed.ID != learner.ID) {
				t.Errorf("issued to %+v", opened.Token.Confirmed)
			}
		})
	}
}

// TestClaims: a badge as claims of its own says what the document says.
func TestClaims(t *testing.T) {
	for members, vct := range map[string]string{
		``:                                      "https://school.example/achievements/data",
		`,"vct":"urn:example:data"`:             "urn:example:data",
		`,"vct":"https://school.example/c?x#y"`: "https://school.example/c?x#y",
	} {
		c := choose(t, `"proof":"dc+sd-jwt"`+members)
		k, signer := key(t, c)
		doc := testissuer.Set(signer.Badge(learner), "evidence", testissuer.Parse(`[{"id":"https://a.example","type":["Evidence"]}]`))
		doc = testissuer.Set(doc, "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"A"}]`))
		b := badge(c, doc)
		b.Issuer = signer.ID
		signed, err := kit().Sign(c, b, k, now)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := proof.Open(t.Context(), signed, proof.Options{Keys: testissuer.Keys(), Suites: suites, At: now})
		if err != nil {
			t.Fatal(err)
		}
		got := opened.Document
		for name, want := range map[string]string{
			"iss": signer.ID, "sub": learner.ID, "vct": vct, "jti": doc.Get("id").Str(), "achievement": "", "result": "", "evidence": "", "status": "",
		} {
			if v := got.Get(name); !v.Exists() || want != "" && v.Str() != want {
				t.Errorf("%s is %s, want %q", name, v.JSON(), want)
			}
		}
		if got.Get("issuer").Get("id").Str() != signer.ID || got.Get("credentialSubject").Exists() || got.Get("@context").Exists() || got.Get("type").Exists() {
			t.Errorf("claims %s", got.JSON())
		}
		from, until := opened.Token.From, opened.Token.Until
		if from.Format(time.RFC3339) != doc.Get("validFrom").Str() || until.Format(time.RFC3339) != doc.Get("validUntil").Str() {
			t.Errorf("valid from %v until %v", from, until)
		}
	}
}

// TestRead: which choices there are, and with which keys.
func TestRead(t *testing.T) {
	for members, want := range map[string]keyring.Kind{
		``: keyring.Edwards, `"proof":"ecdsa-sd-2023"`: keyring.NIST, `"proof":"vc+jwt"`: keyring.Edwards,
		`"proof":"vc+sd-jwt","decoys":0`: keyring.Edwards, `"proof":"dc+sd-jwt"`: keyring.NIST,
		`"proof":"dc+sd-jwt","alg":"EdDSA"`: keyring.Edwards, `"proof":"vc+jwt","alg":"ES256"`: keyring.NIST,
	} {
		if c := choose(t, members); c.Kind() != want {
			t.Errorf("%s takes %s, want %s", members, c.Kind(), want)
		}
	}
	only := kit()
	only.Only = keyring.Edwards
	if c, err := only.Read(testissuer.Parse(`{"proof":"dc+sd-jwt"}`)); err != nil || c.Kind() != keyring.Edwards {
		t.Errorf("an issuer with one kind of key: %v, %v", c, err)
	}
}

// TestReadRefuses: hostile and mistaken templates, in words that say what is wrong.
func TestReadRefuses(t *testing.T) {
	for members, want := range map[string]string{
		`"proof":""`:                                         "no name",
		`"proof":7`:                                          "no name",
		`"proof":["vc+jwt"]`:                                 "no name",
		`"proof":null`:                                       "no name",
		`"proof":"VC+JWT"`:                                   "none of eddsa-rdfc-2022",
		`"proof":"vc+jwt "`:                                  "none of",
		`"proof":"jwt_vc"`:                                   "none of",
		`"proof":"none"`:                                     "none of",
		`"proof":"vp+jwt"`:                                   "none of",
		`"proof":"statuslist+jwt"`:                           "none of",
		`"proof":"kb+jwt"`:                                   "none of",
		`"proof":"vc+jwt","mandatory":[]`:                    "shown whole",
		`"proof":"vc+jwt","decoys":1`:                        "no digests",
		`"proof":"vc+jwt","vct":"https://a.example"`:         "has types",
		`"proof":"ecdsa-sd-2023","decoys":1`:                 "no digests",
		`"proof":"ecdsa-sd-2023","alg":"ES256"`:              "in its name",
		`"alg":"EdDSA"`:                                      "in its name",
		`"vct":"https://a.example"`:                          "has types",
		`"proof":"vc+sd-jwt","vct":"https://a.example"`:      "has types",
		`"proof":"vc+jwt","alg":"none"`:                      "neither",
		`"proof":"vc+jwt","alg":"HS256"`:                     "neither",
		`"proof":"vc+jwt","alg":"RS256"`:                     "neither",
		`"proof":"vc+jwt","alg":"ES384"`:                     "neither",
		`"proof":"vc+jwt","alg":["EdDSA"]`:                   "neither",
		`"proof":"vc+jwt","alg":null`:                        "neither",
		`"proof":"dc+sd-jwt","decoys":-1`:                    "whole number",
		`"proof":"dc+sd-jwt","decoys":33`:                    "whole number",
		`"proof":"dc+sd-jwt","decoys":1e1`:                   "whole number",
		`"proof":"dc+sd-jwt","decoys":1.0`:                   "whole number",
		`"proof":"dc+sd-jwt","decoys":"3"`:                   "whole number",
		`"proof":"dc+sd-jwt","decoys":99999999999999999999`:  "whole number",
		`"proof":"dc+sd-jwt","vct":""`:                       "no address",
		`"proof":"dc+sd-jwt","vct":7`:                        "no address",
		`"proof":"dc+sd-jwt","vct":"barista"`:                "no address",
		`"proof":"dc+sd-jwt","vct":"https://"`:               "no address",
		`"proof":"dc+sd-jwt","vct":"https://a.example/a b"`:  "no address",
		`"proof":"dc+sd-jwt","vct":"//a.example"`:            "no address",
		`"proof":"dc+sd-jwt","mandatory":["achievement"]`:    "no JSON pointer",
		`"proof":"dc+sd-jwt","mandatory":[""]`:               "no JSON pointer",
		`"proof":"dc+sd-jwt","mandatory":["/a~2"]`:           "no JSON pointer",
		`"proof":"dc+sd-jwt","mandatory":[["/achievement"]]`: "no JSON pointer",
		`"proof":"dc+sd-jwt","mandatory":{"a":1}`:            "no JSON pointer",
		`"proof":"vc+sd-jwt","mandatory":[{"path":"/name"}]`: "no JSON pointer",
	} {
		c, err := kit().Read(testissuer.Parse("{" + members + "}"))
		if !errors.Is(err, mechanism.ErrChoice) || c != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v, want %q", members, c, err, want)
		}
	}
}

// hostile are badges that no verifier would accept in that form, made from a good
// one by a change.
var hostile = []struct {
	name  string
	forms string // that refuse it
	set   string // path
	to    string // JSON; "" removes it
}{
	{"a learner who can change keys", "sd", "credentialSubject/id", `"did:web:learner.example"`},
	{"a learner without a method", "sd", "credentialSubject/id", `"urn:uuid:8e1b2f5c-0f0e-4a52-9b2f-6d1c0c6f3a10"`},
	{"nobody", "sd", "credentialSubject/id", ``},
	{"a learner whose key signs nothing", "sd", "credentialSubject/id", `"did:key:z6LSbysY2xFMRpGMhb7tFTLMpeuPRaqaWM1yECx2AtzE3KCc"`},
	{"a learner whose key is no point", "sd", "credentialSubject/id", `"did:key:z6MkqRYqQiSgvZQdnBytw86Qbs2ZWUkGv22od935YF4s8M70"`},
	{"a learner's private key", "sd", "credentialSubject/id",
		`"did:jwk:eyJrdHkiOiJPS1AiLCJjcnYiOiJFZDI1NTE5IiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8iLCJkIjoibldHeG5lXzktV200V0hIaWNVM2tsQldmVlVuQXVNUzVzTEpzQkJvNHA2MCJ9"`},
	{"a claim called _sd", "sd", "credentialSubject/achievement/_sd", `["x"]`},
	{"a claim called ...", "sd", "credentialSubject/achievement/...", `"x"`},
	{"a claim called _sd_alg", "sd", "credentialSubject/achievement/_sd_alg", `"md5"`},
	{"more claims than are read", "sd", "credentialSubject/achievement/tag", `[` + strings.Repeat(`"x",`, 600) + `"x"]`},
	{"an expiry of the envelope", "vc", "exp", `1`},
	{"another key of the holder", "vc", "cnf", `{"jwk":{}}`},
	{"a status of the envelope", "vc", "status", `{"status_list":{"idx":1,"uri":"https://evil.example"}}`},
	{"a document inside the document", "vc", "vc", `{}`},
	{"an issuer of the envelope", "vc", "iss", `"did:web:evil.example"`},
	{"a holder's claim", "vc", "sub", `"did:web:evil.example"`},
	{"no type", "vc", "type", ``},
	{"no issuer", "vc", "issuer", ``},
	{"a date that is none", "all", "validFrom", `"yesterday"`},
	{"an issuer that would overwrite iss", "dc", "credentialSubject/iss", `"did:web:evil.example"`},
	{"a type that would overwrite vct", "dc", "credentialSubject/vct", `"https://evil.example"`},
	{"a status that would overwrite the status", "dc", "credentialSubject/status", `{}`},
	{"a key that would overwrite cnf", "dc", "credentialSubject/cnf", `{}`},
	{"an expiry that would overwrite exp", "dc", "credentialSubject/exp", `1`},
	{"an issue date that would overwrite iat", "dc", "credentialSubject/iat", `1`},
}

// TestCheckRefuses: nothing is signed that a verifier would refuse, or that would
// say otherwise than it was meant.
func TestCheckRefuses(t *testing.T) {
	for _, name := range []string{"vc+jwt", "vc+sd-jwt", "dc+sd-jwt"} {
		c := choose(t, fmt.Sprintf(`"proof":%q`, name))
		if err := kit().Check(t.Context(), c, badge(c, school.Badge(learner))); err != nil {
			t.Fatalf("%s: a good badge: %v", name, err)
		}
		for _, tt := range hostile {
			if tt.forms != "all" && !strings.HasPrefix(name, tt.forms) && (tt.forms != "sd" || !strings.HasSuffix(name, "sd-jwt")) {
				continue
			}
			to := strictjson.Value{}
			if tt.to != "" {
				to = testissuer.Parse(tt.to)
			}
			b := badge(c, testissuer.Set(school.Badge(learner), tt.set, to))
			err := kit().Check(t.Context(), c, b)
			if !errors.Is(err, mechanism.ErrBadge) {
				t.Errorf("%s, %s: %v, want ErrBadge", name, tt.name, err)
			}
			if named := strings.Contains(tt.name, "learner") || tt.name == "nobody"; named != errors.Is(err, mechanism.ErrHolder) {
				t.Errorf("%s, %s: %v, want ErrHolder %v", name, tt.name, err, named)
			}
		}
	}
}

// TestMandatoryPointersLeadSomewhere, or a template would make nothing mandatory and
// nobody would notice.
func TestMandatoryPointersLeadSomewhere(t *testing.T) {
	for name, pointers := range map[string]map[string]bool{
		"vc+sd-jwt": {"/credentialSubject/achievement/criteria": true, "/name": true, "/credentialSubject/result/0/value": true, "/validUntil": true,
			"/credentialSubject/grade": false, "/achievement/name": false, "/credentialSubject/results": false, "/credentialSubject/achievement/criteria/1": false},
		"dc+sd-jwt": {"/achievement/criteria/narrative": true, "/result": true, "/evidence/0/id": true, "/issuer": true,
			"/credentialSubject/achievement/name": false, "/name": false, "/achievement/criteria/narrative/0": false},
	} {
		for pointer, good := range pointers {
			c := choose(t, fmt.Sprintf(`"proof":%q,"mandatory":[%q]`, name, pointer))
			if err := kit().CheckTemplate(t.Context(), c, badge(c, school.Badge(learner))); (err == nil) != good {
				t.Errorf("%s with %s: %v", name, pointer, err)
			}
		}
	}
}

// TestDecoys: as many digests as were asked for stand beside the real ones, so that
// a reader cannot tell how much is withheld.
func TestDecoys(t *testing.T) {
	count := func(members string) int {
		c := choose(t, `"proof":"vc+sd-jwt"`+members)
		k, signer := key(t, c)
		signed, err := kit().Sign(c, badge(c, signer.Badge(learner)), k, now)
		if err != nil {
			t.Fatal(err)
		}
		opened, err := proof.Open(t.Context(), []byte(learner.ShowSD(t, string(signed), "", "")), proof.Options{Keys: testissuer.Keys(), Suites: suites, At: now})
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(opened.Token.Disclosed, "/credentialSubject/achievement/criteria") {
			t.Error("nothing was to be shown")
		}
		return opened.Token.Hidden
	}
	// Something can be withheld at the root and in the achievement.
	if without, with := count(``), count(`,"decoys":5`); with != without+2*5 {
		t.Errorf("%d digests stand for nothing that is shown, without decoys %d", with, without)
	}
}

func FuzzRead(f *testing.F) {
	for _, members := range all {
		f.Add([]byte("{" + members + "}"))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		doc, err := strictjson.Parse(text)
		if err != nil {
			return
		}
		c, err := kit().Read(doc)
		if (err == nil) != (c != nil) || err != nil && !errors.Is(err, mechanism.ErrChoice) {
			t.Fatalf("%+v beside %v", c, err)
		}
		if c != nil && c.Kind() != keyring.Edwards && c.Kind() != keyring.NIST {
			t.Fatalf("a key of the kind %q", c.Kind())
		}
	})
}
