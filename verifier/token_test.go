package verifier

import (
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
)

// pidIssuer issues claims without the data model; its metadata lists the school's
// key under the name 2026.
const pidIssuer = "https://school.example/pid"

func tokenWeb(t testing.TB) *testissuer.Web {
	t.Helper()
	return &testissuer.Web{Pages: map[string][]byte{
		"https://school.example/.well-known/jwt-vc-issuer/pid": []byte(`{"issuer":"` + pidIssuer + `","jwks":{"keys":[` +
			strings.Replace(school.JWK(t), "{", `{"kid":"2026",`, 1) + `]}}`),
	}}
}

// reading is trusting, and reads tokens.
func reading(t testing.TB) *Verifier {
	t.Helper()
	web := tokenWeb(t)
	v := trusting()
	v.Keys, v.Suites = testissuer.WebKeys(web), testissuer.TokenSuites(web)
	v.Status = &status.Source{Fetch: web, Keys: v.Keys, Suites: v.Suites, Now: v.Clock}
	v.Trust.Issuers = append(v.Trust.Issuers, TrustedIssuer{ID: pidIssuer, Name: "School Register", For: []string{"https://school.example/types/pid"}})
	return v
}

var asked = Expectation{Challenge: challenge, Domain: domain}

// disclosable is what the learner can withhold of the school's badge.
var disclosable = proof.SDJWTOptions{Disclosable: []string{"/name", "/credentialSubject/achievement", "/credentialSubject/achievement/description"}}

// pidClaims are claims of the register.
func pidClaims(more string) string {
	return `{"iss":"` + pidIssuer + `","vct":"https://school.example/types/pid","given_name":"Ann","exp":1893456000` + more + `}`
}

func confirmation(t testing.TB, p *testissuer.Party) string { return `,"cnf":{"jwk":` + p.JWK(t) + `}` }

// issuePID is dc+sd-jwt for the learner.
func issuePID(t testing.TB, more string) string {
	t.Helper()
	return school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, pidClaims(more)) + "~"
}

// envelop puts a token into a JSON object.
func envelop(t testing.TB, compact string) strictjson.Value {
	t.Helper()
	v, err := proof.Envelop(compact)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTokensAreAccepted: each form of a genuine badge, alone and presented, and
// what the report says of it.
func TestTokensAreAccepted(t *testing.T) {
	badge := school.Badge(learner)
	jwt := school.SignJWT(t, badge, proof.SignOptions{})
	sd := school.IssueSD(t, badge, learner, disclosable)
	answer := proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now}
	vp := learner.SignJWT(t, learner.Present(envelop(t, jwt), envelop(t, learner.ShowSD(t, sd, "", "", "/name"))), answer)
	plain := school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`, `{"vc":`+string(badge.JSON())+`}`)
	for _, tt := range []struct {
		name, token string
		expect      Expectation
		evidence    string
		rows        int
	}{
		{"vc+jwt", jwt, Expectation{}, "token vc+jwt, algorithm EdDSA", 9},
		{"vc+jwt in an envelope", string(envelop(t, jwt).JSON()), Expectation{}, "token vc+jwt, algorithm EdDSA", 9},
		{"vc+sd-jwt", sd, Expectation{}, "token vc+sd-jwt, algorithm EdDSA", 9},
		{"vc+sd-jwt, shown in part", learner.ShowSD(t, sd, challenge, domain, "/credentialSubject/achievement"), asked, "token vc+sd-jwt, algorithm EdDSA, extent a selection that the holder made", 11},
		{"dc+sd-jwt", learner.ShowSD(t, issuePID(t, confirmation(t, learner)), challenge, domain), asked, "token dc+sd-jwt, algorithm EdDSA", 11},
		{"vp+jwt", vp, asked, "token vp+jwt, algorithm EdDSA", 5},
		{"vp+jwt in an envelope", string(envelop(t, vp).JSON()), asked, "token vp+jwt, algorithm EdDSA", 5},
		{"embedded proof around tokens", string(learner.Answer(t, learner.Present(envelop(t, jwt)), challenge, domain).JSON()), asked, "cryptosuite eddsa-rdfc-2022", 5},
		{"jwt_vc", plain, Expectation{}, "token jwt_vc, algorithm EdDSA", 9},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := verify(t, reading(t), []byte(tt.token), tt.expect)
			if r.Verdict != Accepted || r.Tone() != Good || len(r.Checks) != tt.rows {
				t.Fatalf("%s: %s %s", r.Verdict, r.Headline, codes(r))
			}
			var seen []string
			for _, e := range r.Check(RowProof).Evidence {
				if e.What == "token" || e.What == "algorithm" || e.What == "cryptosuite" || e.What == "extent" {
					seen = append(seen, e.What+" "+e.Value)
				}
			}
			if got := strings.Join(seen, ", "); got != tt.evidence {
				t.Errorf("evidence %s, want %s", got, tt.evidence)
			}
		})
	}
	if r := verify(t, reading(t), []byte(plain), Expectation{}); r.Check(RowProof).Code != ProofLegacy {
		t.Errorf("a token of data model 1.1 is not marked: %s", codes(r))
	}
	r := verify(t, reading(t), []byte(vp), asked)
	if len(r.Parts) != 2 || r.Holder != learner.ID || r.Parts[0].Badge.Title() != "Data Analysis" || r.Parts[1].Check(RowSchema).Code != SchemaOfSelection {
		t.Errorf("parts: %s", codes(r))
	}
}

// TestTokensWithoutTheDataModel: what a report shows of claims.
func TestTokensWithoutTheDataModel(t *testing.T) {
	r := verify(t, reading(t), []byte(learner.ShowSD(t, issuePID(t, confirmation(t, learner)), challenge, domain)), asked)
	if r.Badge.Title() != "https://school.example/types/pid" || r.Issuer.ID != pidIssuer || r.Issuer.Domain != "school.example/pid" ||
		r.Issuer.Listed != "School Register" || !r.Badge.ValidUntil.Equal(time.Unix(1893456000, 0)) {
		t.Errorf("%+v of %+v", r.Badge, r.Issuer)
	}
	holder := r.Check(RowHolder)
	if holder.Outcome != Passed || len(holder.Evidence) != 1 || holder.Evidence[0].Value != learner.ID || r.Check(RowStatus).Code != StatusNone {
		t.Errorf("%s: %+v", codes(r), holder)
	}
	other := strings.Replace(pidClaims(confirmation(t, learner)), "types/pid", "types/other", 1)
	token := school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, other) + "~"
	if r := verify(t, reading(t), []byte(learner.ShowSD(t, token, challenge, domain)), asked); r.Check(RowTrust).Code != IssuerUntrusted {
		t.Errorf("a type that the list does not name: %s", codes(r))
	}
	for list, want := range map[*TrustList]string{
		nil:            "Genuine, but nobody has vouched for the issuer. It gives itself no name.",
		{Issuers: nil}: "Genuine, but its issuer is not on your list. It gives itself no name.",
	} {
		v := reading(t)
		v.Trust = list
		if r := verify(t, v, []byte(issuePID(t, "")), Expectation{}); r.Headline != want {
			t.Errorf("of an issuer without a name: %s", r.Headline)
		}
	}
}

// TestBindingAge: an answer that was left for later counts if the one who judges it
// expects that, and no older one, by itself and inside a presentation.
func TestBindingAge(t *testing.T) {
	shown := learner.ShowSD(t, issuePID(t, confirmation(t, learner)), challenge, domain)
	for name, answer := range map[string]string{
		"alone":             shown,
		"in a presentation": string(learner.Answer(t, learner.Present(envelop(t, shown)), challenge, domain).JSON()),
	} {
		later := asked
		later.At = testissuer.Now.Add(48 * time.Hour)
		if r := verify(t, reading(t), []byte(answer), later); r.Verdict != Rejected || r.Deciding().Code != KeyBindingStale {
			t.Errorf("%s, after two days: %s", name, codes(r))
		}
		later.BindingAge = 49 * time.Hour
		if r := verify(t, reading(t), []byte(answer), later); r.Verdict != Accepted {
			t.Errorf("%s, left two days ago: %s", name, codes(r))
		}
		later.BindingAge = 47 * time.Hour
		if r := verify(t, reading(t), []byte(answer), later); r.Verdict != Rejected {
			t.Errorf("%s, made before it was left: %s", name, codes(r))
		}
	}
}

// TestTokenTimes: the narrower end counts, and the report names it.
func TestTokenTimes(t *testing.T) {
	ended := school.SignJWT(t, school.Badge(learner), proof.SignOptions{Expires: testissuer.Now.AddDate(0, -1, 0)})
	if r := verify(t, reading(t), []byte(ended), Expectation{}); r.Check(RowValidity).Code != CredentialExpired || !strings.Contains(r.Headline, "1 May 2026") {
		t.Errorf("%s: %s", r.Headline, codes(r))
	}
	early := school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, string(school.Badge(learner).With("nbf", strictjson.Int(1798761600)).JSON()))
	if r := verify(t, reading(t), []byte(early), Expectation{}); r.Check(RowValidity).Code != CredentialNotYetValid || !strings.Contains(r.Headline, "1 January 2027") {
		t.Errorf("%s: %s", r.Headline, codes(r))
	}
}

// TestConfirmedHolders: a token inside a presentation belongs to the presenter by
// its subject or by the key that its issuer named.
func TestConfirmedHolders(t *testing.T) {
	bearer := testissuer.Set(school.Badge(learner), "credentialSubject/id", strictjson.Value{})
	answer := proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now}
	present := func(by *testissuer.Party, token string) []byte {
		return []byte(by.SignJWT(t, by.Present(envelop(t, token)), answer))
	}
	confirmed := school.IssueSD(t, bearer, learner, proof.SDJWTOptions{})
	withKey := school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, strings.Replace(string(bearer.JSON()), "{", `{"cnf":{"jwk":`+learner.JWK(t)+`},`, 1))
	for _, tt := range []struct {
		name string
		data []byte
		want Outcome
		code Code
	}{
		{"the key that was named", present(learner, confirmed), Passed, ""},
		{"the key that was named in a plain token", present(learner, withKey), Passed, ""},
		{"the key that was named in claims", present(learner, issuePID(t, confirmation(t, learner))), Passed, ""},
		{"a key binding inside as well", present(learner, learner.ShowSD(t, confirmed, challenge, domain)), Passed, ""},
		{"another's key, and no subject", present(stranger, confirmed), Failed, HolderBindingFailed},
		{"another's key binding inside", present(stranger, learner.ShowSD(t, confirmed, challenge, domain)), Failed, HolderBindingFailed},
		{"another's key binding inside, of claims", present(stranger, learner.ShowSD(t, issuePID(t, confirmation(t, learner)), challenge, domain)), Failed, HolderBindingFailed},
		{"a key named in a way that is not read", present(learner, issuePID(t, `,"cnf":{"jkt":"x"}`)), Unknown, HolderUnbound},
		{"another's key, of claims", present(stranger, issuePID(t, confirmation(t, learner))), Failed, HolderBindingFailed},
		{"claims of nobody", present(learner, issuePID(t, "")), Unknown, HolderUnbound},
		{"another's subject", present(stranger, school.SignJWT(t, school.Badge(learner), proof.SignOptions{})), Failed, HolderBindingFailed},
	} {
		r := verify(t, reading(t), tt.data, asked)
		if c := r.Parts[0].Check(RowHolder); c.Outcome != tt.want || c.Code != tt.code {
			t.Errorf("%s: %s %s, %s", tt.name, c.Outcome, c.Code, codes(r))
		}
	}
	lax := reading(t)
	lax.Policy.UnsafeBearer = true
	if r := verify(t, lax, present(learner, issuePID(t, "")), asked); r.Parts[0].Check(RowHolder).Outcome != Passed {
		t.Errorf("bearers by policy: %s", codes(r))
	}
	for _, token := range []string{confirmed, issuePID(t, confirmation(t, learner))} {
		if r := verify(t, lax, present(stranger, token), asked); r.Parts[0].Check(RowHolder).Code != HolderBindingFailed {
			t.Errorf("bearers by policy, and a key that was named: %s", codes(r))
		}
	}
	if r := verify(t, lax, present(learner, issuePID(t, `,"cnf":{"jkt":"x"}`)), asked); r.Verdict == Accepted {
		t.Errorf("bearers by policy, and a key that is not read: %s", codes(r))
	}
	old := present(learner, learner.ShowSD(t, confirmed, "an older question", domain))
	if r := verify(t, reading(t), old, asked); !hasCode(r, ChallengeMismatch) {
		t.Errorf("a key binding for another question inside: %s", codes(r))
	}
}

// TestEndorsementTokens: an endorsement may be a token.
func TestEndorsementTokens(t *testing.T) {
	endorsement := testissuer.Parse(`{"@context":["https://www.w3.org/ns/credentials/v2","https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"id":"urn:uuid:1","type":["VerifiableCredential","EndorsementCredential"],"name":"Praise","issuer":"` + stranger.ID + `","validFrom":"2025-12-01T00:00:00Z",
		"credentialSubject":{"id":"https://school.example/achievements/data","type":["EndorsementSubject"],"endorsementComment":"Good."}}`)
	token := stranger.SignJWT(t, endorsement, proof.SignOptions{})
	badge := school.Badge(learner).With("endorsementJwt", strictjson.Strings(token))
	r := verify(t, reading(t), []byte(school.SignJWT(t, badge, proof.SignOptions{})), Expectation{})
	if c := r.Check(RowEndorsements); c.Outcome != Passed || len(c.Evidence) != 1 || c.Evidence[0].Value != stranger.ID {
		t.Errorf("%+v", c)
	}
	forged := school.Badge(learner).With("endorsementJwt", strictjson.Strings(token[:len(token)-4]+"AAAA"))
	r = verify(t, reading(t), []byte(school.SignJWT(t, forged, proof.SignOptions{})), Expectation{})
	if c := r.Check(RowEndorsements); c.Outcome != Unknown || r.Verdict != Accepted {
		t.Errorf("%+v", c)
	}
}

// bindWith is the token with a key binding that says what it likes.
func bindWith(t *testing.T, token string, by *testissuer.Party, b sdjwt.Binding) []byte {
	t.Helper()
	read, err := sdjwt.Parse([]byte(token))
	if err != nil {
		t.Fatal(err)
	}
	bound, err := read.Bind(by.Key, b)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(bound.Compact())
}

// b64 is the base64url of a text.
func b64(text string) string { return jose.Encode([]byte(text)) }

// TestTokenStatus: the status claim of a token is looked up like a credential's own
// entries, and one that is not understood is no reason to accept.
func TestTokenStatus(t *testing.T) {
	const url = "https://school.example/tokens/1"
	list, err := status.NewTokenList(2, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []status.Value{status.Revoked, status.Suspended, 3} {
		if err := list.Set(7+i, v); err != nil {
			t.Fatal(err)
		}
	}
	// One list by the register's key, which its metadata names, and for the school's
	// own credentials one by its DID.
	sign := func(method string) []byte {
		signed, err := status.SignToken(status.TokenDraft{URL: url, List: list}, proof.SignOptions{Key: school.Key, Method: method, Created: testissuer.Now.Add(-time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return []byte(signed)
	}
	for _, tt := range []struct {
		name  string
		list  []byte
		claim string
		want  Verdict
		code  Code
	}{
		{"valid", sign("2026"), string(status.TokenEntry(url, 0).JSON()), Accepted, ""},
		{"revoked", sign("2026"), string(status.TokenEntry(url, 7).JSON()), Rejected, StatusRevoked},
		{"suspended", sign("2026"), string(status.TokenEntry(url, 8).JSON()), Rejected, StatusSuspended},
		{"a number of its own", sign("2026"), string(status.TokenEntry(url, 9).JSON()), Undetermined, StatusTypeUnknown},
		{"behind the end", sign("2026"), string(status.TokenEntry(url, 1000).JSON()), Rejected, StatusIndexRange},
		{"no list there", nil, string(status.TokenEntry(url, 0).JSON()), Undetermined, StatusRetrieval},
		{"another's list", []byte(stranger.Token(t, `{"typ":"statuslist+jwt","kid":"`+stranger.Method+`"}`, `{"sub":"`+url+`","iat":1780311600,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}`)), string(status.TokenEntry(url, 1).JSON()), Undetermined, StatusVerificationError},
		{"another mechanism", nil, `{"identifier_list":{}}`, Undetermined, StatusTypeUnknown},
		{"a text", nil, `"valid"`, Undetermined, StatusTypeUnknown},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := reading(t)
			if tt.list != nil {
				v.Status.Fetch.(*testissuer.Web).Pages[url] = tt.list
			}
			token := issuePID(t, `,"status":`+tt.claim)
			r := verify(t, v, []byte(token), Expectation{})
			if r.Verdict != tt.want || r.Check(RowStatus).Code != tt.code {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
		})
	}
	v := reading(t)
	v.Status.Fetch.(*testissuer.Web).Pages[url] = sign(school.Method)
	inside := school.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, string(school.Badge(learner).With("status", status.TokenEntry(url, 7)).JSON()))
	if r := verify(t, v, []byte(inside), Expectation{}); !hasCode(r, StatusRevoked) {
		t.Errorf("the status claim of a vc+jwt: %s", codes(r))
	}
}
