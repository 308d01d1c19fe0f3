package verifier

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"testing"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/status"

	"github.com/mr-tron/base58"
)

// signAs is another maker of proofs: with members and spellings that package
// proof does not write, step by step as the cryptosuite says.
func signAs(t *testing.T, p *testissuer.Party, doc, config strictjson.Value) strictjson.Value {
	t.Helper()
	sum := func(v strictjson.Value) []byte {
		quads, err := jsonld.ToRDF(v, jsonld.Options{Contexts: jsonld.Embedded()})
		if err != nil {
			t.Fatal(err)
		}
		canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		h := sha256.Sum256(canonical.NQuads)
		return h[:]
	}
	message := append(sum(config.With("@context", doc.Get("@context"))), sum(doc)...)
	value := "z" + base58.Encode(ed25519.Sign(p.Key.(ed25519.PrivateKey), message))
	return doc.With("proof", config.With("proofValue", str(value)))
}

func config(p *testissuer.Party, more string) strictjson.Value {
	return testissuer.Parse(`{"type":"DataIntegrityProof","cryptosuite":"eddsa-rdfc-2022","verificationMethod":"` + p.Method + `"` + more + `}`)
}

const asserting = `,"proofPurpose":"assertionMethod"`

// TestConformantBadges: what the specifications allow and issuers do, however
// they write it, is accepted.
func TestConformantBadges(t *testing.T) {
	const (
		base   = "https://www.w3.org/ns/credentials/v2"
		badges = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	)
	badge := school.Badge(learner)
	set := func(path, to string) strictjson.Value {
		return school.Sign(t, testissuer.Set(badge, path, testissuer.Parse(to)))
	}
	contexts := func(urls ...string) strictjson.Value {
		return school.Sign(t, badge.With("@context", strictjson.Strings(urls...)))
	}
	proven := func(more string) strictjson.Value { return signAs(t, school, badge, config(school, more)) }
	plain := badge.With("type", str("VerifiableCredential")).With("@context", str(base)).
		With("credentialSubject", testissuer.Parse(`{"id":"`+learner.ID+`"}`)).With("issuer", str(school.ID))
	one := school.Sign(t, badge)
	image := "data:image/png;base64," + base64.StdEncoding.EncodeToString(make([]byte, 1_500_000))
	const endorsement = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:e","type":["VerifiableCredential","EndorsementCredential"],"issuer":{"id":"ISSUER","type":"Profile"},"validFrom":"2025-12-01T00:00:00Z",
		"credentialSubject":{"id":"https://school.example/achievements/data","type":["EndorsementSubject"],"endorsementComment":"well done"}}`
	endorsed := stranger.Sign(t, testissuer.Parse(strings.Replace(endorsement, "ISSUER", stranger.ID, 1)))
	for name, doc := range map[string]strictjson.Value{
		"Open Badges 3.0.2":             contexts(base, strings.Replace(badges, "3.0.3", "3.0.2", 1)),
		"the examples' vocabulary":      contexts(base, badges, "https://www.w3.org/ns/credentials/examples/v2"),
		"the extensions":                contexts(base, badges, "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"),
		"the data integrity vocabulary": contexts(base, badges, "https://w3id.org/security/data-integrity/v2"),
		"data integrity before badges":  contexts(base, "https://w3id.org/security/data-integrity/v2", badges),
		"a context twice":               contexts(base, badges, badges),
		"one context, not in a list":    school.Sign(t, plain),
		"an older name of the type":     set("type", `["VerifiableCredential","AchievementCredential"]`),
		"the types the other way round": set("type", `["OpenBadgeCredential","VerifiableCredential"]`),
		"single types as texts":         school.Sign(t, testissuer.Set(testissuer.Set(badge, "credentialSubject/type", str("AchievementSubject")), "credentialSubject/achievement/type", str("Achievement"))),
		"no id":                         school.Sign(t, badge.Without("id")),
		"an id that is a page":          set("id", `"https://school.example/credentials/1?x=1#y"`),
		"a name in languages":           set("name", `[{"@value":"Daten","@language":"de-CH"},{"@value":"بيانات","@language":"ar","@direction":"rtl"}]`),
		"one subject in a list":         school.Sign(t, badge.With("credentialSubject", strictjson.Array(badge.Get("credentialSubject")))),
		"one achievement in a list":     school.Sign(t, testissuer.Set(badge, "credentialSubject/achievement", strictjson.Array(badge.Get("credentialSubject").Get("achievement")))),
		"a start with an offset":        set("validFrom", `"2025-12-01T02:00:00.123456+02:00"`),
		"no start":                      school.Sign(t, badge.Without("validFrom")),
		"no end":                        school.Sign(t, badge.Without("validUntil")),
		"a member that is null":         school.Sign(t, badge.With("image", testissuer.Parse("null"))),
		"a large image":                 school.Sign(t, badge.With("image", testissuer.Parse(`{"type":"Image"}`).With("id", str(image)))),
		"evidence":                      set("evidence", `[{"id":"https://school.example/e/1","type":["Evidence"],"name":"x","narrative":"y"}]`),
		"terms of use":                  set("termsOfUse", `{"type":"https://school.example/Terms","id":"https://school.example/terms"}`),
		"a schema":                      set("credentialSchema", `{"id":"https://school.example/schema.json","type":"JsonSchema"}`),
		"an endorsement":                school.Sign(t, badge.With("endorsement", strictjson.Array(endorsed))),
		"an endorsement of the issuer":  school.Sign(t, testissuer.Set(badge, "issuer/endorsement", strictjson.Array(endorsed))),
		"results":                       set("credentialSubject/result", `[{"type":["Result"],"value":"A","status":"Completed"},{"type":["Result"],"value":"A"}]`),
		"an identified earner":          set("credentialSubject/identifier", `[{"type":"IdentityObject","hashed":false,"identityHash":"a@b.example","identityType":"emailAddress"}]`),
		"credits as a number":           set("credentialSubject/creditsEarned", `2.50`),
		"a name by somebody's IRI":      school.Sign(t, badge.With("https://example.org/terms#room", str("B12"))),
		"a proof in a list":             one.With("proof", strictjson.Array(one.Get("proof"))),
		"a proof without a date":        proven(asserting),
		"a proof with a fraction":       proven(asserting + `,"created":"2026-01-01T00:00:00.5Z"`),
		"a proof of another time zone":  proven(asserting + `,"created":"2026-01-01T09:00:00+05:30"`),
		"a proof that will expire":      proven(asserting + `,"created":"2026-01-01T00:00:00Z","expires":"2027-01-01T00:00:00Z"`),
		"a proof with an id":            proven(asserting + `,"id":"urn:uuid:8f2b5a5e-0000-4000-8000-000000000001"`),
		"a proof with a nonce":          proven(asserting + `,"nonce":"x"`),
		"a proof made for several":      proven(asserting + `,"domain":["a.example","b.example"],"challenge":"y"`),
	} {
		t.Run(name, func(t *testing.T) {
			if r := verify(t, trusting(), doc.JSON(), Expectation{}); r.Verdict != Accepted {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
		})
	}
}

// TestEndorsements: they inform, whatever they are, and never about more than
// what their author said.
func TestEndorsements(t *testing.T) {
	const text = `{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"type":["VerifiableCredential","EndorsementCredential"],"issuer":"ISSUER","validFrom":"2025-12-01T00:00:00Z",
		"credentialSubject":{"id":"https://school.example/achievements/data","type":["EndorsementSubject"],"endorsementComment":"well done"}}`
	words := testissuer.Parse(strings.Replace(text, "ISSUER", stranger.ID, 1))
	good := stranger.Sign(t, words)
	many := make([]strictjson.Value, maxEndorsements+1)
	for i := range many {
		many[i] = good
	}
	for _, tt := range []struct {
		name         string
		endorsements []strictjson.Value
		want         Outcome
	}{
		{"none", nil, Skipped},
		{"of the achievement", []strictjson.Value{good}, Passed},
		{"of the issuer", []strictjson.Value{stranger.Sign(t, testissuer.Set(words, "credentialSubject/id", str(school.ID)))}, Passed},
		{"of something else", []strictjson.Value{good, stranger.Sign(t, testissuer.Set(words, "credentialSubject/id", str("https://other.example/achievements/1")))}, Unknown},
		{"a badge in place of one", []strictjson.Value{stranger.Sign(t, stranger.Badge(learner).With("id", str("urn:uuid:5")))}, Unknown},
		{"changed after signing", []strictjson.Value{testissuer.Set(good, "credentialSubject/endorsementComment", str("excellent"))}, Unknown},
		{"of two things", []strictjson.Value{stranger.Sign(t, words.With("credentialSubject", strictjson.Array(words.Get("credentialSubject"), testissuer.Set(words, "credentialSubject/id", str("https://other.example/achievements/1")).Get("credentialSubject"))))}, Unknown},
		{"in another's name", []strictjson.Value{stranger.Sign(t, words.With("issuer", str(learner.ID)))}, Unknown},
		{"out of date", []strictjson.Value{stranger.Sign(t, words.With("validUntil", str("2026-01-01T00:00:00Z")))}, Unknown},
		{"not signed", []strictjson.Value{words}, Unknown},
		{"seventeen", many, Unknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			badge := school.Badge(learner)
			if tt.endorsements != nil {
				badge = badge.With("endorsement", strictjson.Array(tt.endorsements...))
			}
			r := verify(t, trusting(), school.Sign(t, badge).JSON(), Expectation{})
			row := r.Check(RowEndorsements)
			if r.Verdict != Accepted || row.Outcome != tt.want {
				t.Errorf("%s, %s: %s", r.Verdict, row.Outcome, codes(r))
			}
			if tt.want == Passed && (len(row.Evidence) != 1 || row.Evidence[0].Value != stranger.ID || row.Evidence[0].URL == "") {
				t.Errorf("evidence %v", row.Evidence)
			}
			if len(row.Evidence) > maxEndorsements {
				t.Errorf("%d looked at", len(row.Evidence))
			}
		})
	}
}

// TestConformantPresentations: the same for those who present.
func TestConformantPresentations(t *testing.T) {
	one, two := school.Sign(t, school.Badge(learner)), school.Sign(t, school.Badge(learner).With("id", str("urn:uuid:2")))
	const answering = `,"proofPurpose":"authentication","created":"2026-06-01T12:00:00Z","challenge":"` + challenge + `","domain":`
	usual := learner.Present(one)
	answer := func(p strictjson.Value) strictjson.Value { return learner.Answer(t, p, challenge, domain) }
	for name, doc := range map[string]strictjson.Value{
		"without a holder":       answer(usual.Without("holder")),
		"with an id":             answer(usual.With("id", str("urn:uuid:3"))),
		"a holder with a name":   answer(usual.With("holder", strictjson.Object(strictjson.Member{Name: "id", Value: str(learner.ID)}))),
		"one, not in a list":     answer(usual.With("verifiableCredential", one)),
		"two":                    answer(learner.Present(one, two)),
		"the same twice":         answer(learner.Present(one, one)),
		"a type as text":         answer(usual.With("type", str("VerifiablePresentation"))),
		"a context as text":      answer(usual.With("@context", str("https://www.w3.org/ns/credentials/v2"))),
		"the badges' vocabulary": answer(usual.With("@context", one.Get("@context"))),
		"a domain in a list":     signAs(t, learner, usual, config(learner, answering+`["`+domain+`"]`)),
		"a proof with a fraction": signAs(t, learner, usual, config(learner,
			strings.Replace(answering, "12:00:00Z", "11:59:59.999Z", 1)+`"`+domain+`"`)),
	} {
		t.Run(name, func(t *testing.T) {
			if r := verify(t, trusting(), doc.JSON(), Expectation{Challenge: challenge, Domain: domain}); r.Verdict != Accepted {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
		})
	}
}

// TestConformantStatus: lists and entries as others write them.
func TestConformantStatus(t *testing.T) {
	draft := func(edit func(strictjson.Value) strictjson.Value) func(*testing.T, *testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return func(t *testing.T, w *testissuer.Web, s *testissuer.Party, badge strictjson.Value) strictjson.Value {
			w.Pages[listURL] = s.Sign(t, edit(s.Draft(t, listURL, status.Revocation, 7))).JSON()
			return badge
		}
	}
	entry := func(path string, to strictjson.Value) func(*testing.T, *testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return func(_ *testing.T, _ *testissuer.Web, _ *testissuer.Party, badge strictjson.Value) strictjson.Value {
			return testissuer.Set(badge, "credentialStatus/"+path, to)
		}
	}
	for name, make := range map[string]func(*testing.T, *testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value{
		"an index that is a number": entry("statusListIndex", strictjson.Int(8)),
		"an entry without an id":    entry("id", absent),
		"an id that is a urn":       entry("id", str("urn:uuid:4")),
		"a type in a list":          entry("type", strictjson.Strings("BitstringStatusListEntry")),
		"a size of one":             entry("statusSize", strictjson.Int(1)),
		"a list without an id":      draft(func(d strictjson.Value) strictjson.Value { return d.Without("id") }),
		"a list with an end":        draft(func(d strictjson.Value) strictjson.Value { return d.With("validUntil", str("2026-07-01T00:00:00Z")) }),
		"a list without a start":    draft(func(d strictjson.Value) strictjson.Value { return d.Without("validFrom") }),
		"a list whose subject has no id": draft(func(d strictjson.Value) strictjson.Value {
			return testissuer.Set(d, "credentialSubject/id", absent)
		}),
		"a list with a ttl of nought": draft(func(d strictjson.Value) strictjson.Value {
			return testissuer.Set(d, "credentialSubject/ttl", strictjson.Int(0))
		}),
		"a list for two purposes": draft(func(d strictjson.Value) strictjson.Value {
			return testissuer.Set(d, "credentialSubject/statusPurpose", strictjson.Strings("revocation", "suspension"))
		}),
		"an issuer with a name": draft(func(d strictjson.Value) strictjson.Value {
			return d.With("issuer", strictjson.Object(strictjson.Member{Name: "id", Value: d.Get("issuer")}, strictjson.Member{Name: "name", Value: str("School")}))
		}),
		"entries for two purposes, without ids": func(t *testing.T, w *testissuer.Web, s *testissuer.Party, badge strictjson.Value) strictjson.Value {
			w.Pages[listURL+"s"] = s.Sign(t, s.Draft(t, listURL+"s", status.Suspension)).JSON()
			e := badge.Get("credentialStatus").Without("id")
			return badge.With("credentialStatus", strictjson.Array(e, e.With("statusPurpose", str("suspension")).With("statusListCredential", str(listURL+"s"))))
		},
		"entries for two purposes": func(t *testing.T, w *testissuer.Web, s *testissuer.Party, badge strictjson.Value) strictjson.Value {
			w.Pages[listURL+"s"] = s.Sign(t, s.Draft(t, listURL+"s", status.Suspension)).JSON()
			e := badge.Get("credentialStatus")
			hold := e.With("id", str(listURL+"s#8")).With("statusPurpose", str("suspension")).With("statusListCredential", str(listURL+"s"))
			return badge.With("credentialStatus", strictjson.Array(e, hold))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, w, s := online(t)
			badge := make(t, w, s, testissuer.WithStatus(s.Badge(learner), listURL, 8))
			if r := verify(t, v, s.Sign(t, badge).JSON(), Expectation{}); r.Verdict != Accepted {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
		})
	}
}

// TestConformantIssuers: identifiers on the web, and the forms that documents
// with keys have.
func TestConformantIssuers(t *testing.T) {
	multikey := strings.TrimPrefix(school.ID, "did:key:")
	jwk := `{"kty":"OKP","crv":"Ed25519","x":"` + base64.RawURLEncoding.EncodeToString(school.Key.Public().(ed25519.PublicKey)) + `","kid":"1","alg":"EdDSA","use":"sig"}`
	const didContext = `"@context":["https://www.w3.org/ns/did/v1",{"other":"https://example.org/other"}],`
	for _, tt := range []struct{ name, id, url, document string }{
		{"a port", "did:web:school.example%3A8443", "https://school.example:8443/.well-known/did.json",
			`{"id":"ID","verificationMethod":[{"id":"ID#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["ID#1"]}`},
		{"a folder", "did:web:school.example:staff:arts", "https://school.example/staff/arts/did.json",
			`{` + didContext + `"id":"ID","verificationMethod":[{"id":"#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["#1"]}`},
		{"an upper-case name", "did:web:School.Example", "https://School.Example/.well-known/did.json",
			`{"id":"ID","verificationMethod":[{"id":"ID#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["ID#1"]}`},
		{"a name in punycode", "did:web:xn--schler-3ya.example", "https://xn--schler-3ya.example/.well-known/did.json",
			`{"id":"ID","verificationMethod":[{"id":"ID#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["ID#1"]}`},
		{"an embedded key", "did:web:school.example", "https://school.example/.well-known/did.json",
			`{"id":"ID","alsoKnownAs":["https://school.example"],"controller":"did:web:ministry.example","assertionMethod":[{"id":"ID#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}]}`},
		{"a JsonWebKey", "https://school.example/issuers/1", "https://school.example/issuers/1",
			`{"@context":"https://www.w3.org/ns/cid/v1","id":"ID","verificationMethod":[{"id":"ID#1","type":"JsonWebKey","controller":"ID","publicKeyJwk":JWK}],"assertionMethod":["ID#1"]}`},
		{"a JsonWebKey2020 on a page with a query", "https://school.example/issuers?id=1", "https://school.example/issuers?id=1",
			`{"id":"ID","verificationMethod":[{"id":"ID#1","type":"JsonWebKey2020","controller":"ID","publicKeyJwk":JWK}],"assertionMethod":["ID#1"]}`},
		{"an Ed25519VerificationKey2020", "did:web:school.example", "https://school.example/.well-known/did.json",
			`{"id":"ID","verificationMethod":[{"id":"ID#1","type":"Ed25519VerificationKey2020","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["ID#1"],"service":[{"id":"ID#s","type":"LinkedDomains","serviceEndpoint":"https://school.example"}]}`},
		{"a neighbour of an unknown kind", "did:web:school.example", "https://school.example/.well-known/did.json",
			`{"id":"ID","verificationMethod":[{"id":"ID#0","type":"FutureKey","controller":"ID","publicKeyFuture":"?"},{"id":"ID#1","type":"Multikey","controller":"ID","publicKeyMultibase":"KEY"}],"assertionMethod":["ID#0","ID#1"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := &testissuer.Web{Pages: map[string][]byte{
				tt.url: []byte(strings.NewReplacer("ID", tt.id, "KEY", multikey, "JWK", jwk).Replace(tt.document)),
			}}
			s := &testissuer.Party{Name: "school", Key: school.Key, ID: tt.id, Method: tt.id + "#1"}
			v := strict()
			v.Keys = testissuer.WebKeys(w)
			if r := verify(t, v, s.Sign(t, s.Badge(learner)).JSON(), Expectation{}); r.Verdict != Accepted {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
		})
	}
}
