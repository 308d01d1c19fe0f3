package doctor

import (
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

// issued is the school's badge with two parts that can be withheld, and decoys.
func issued(t testing.TB) string {
	t.Helper()
	return school.IssueSD(t, school.Badge(learner), learner, proof.SDJWTOptions{
		Disclosable: []string{"/name", "/credentialSubject/achievement/description"}, Decoys: 3,
	})
}

func TestInspectATokenThatHolds(t *testing.T) {
	jwt := school.SignJWT(t, school.Badge(learner), proof.SignOptions{})
	n := inspect(t, []byte(jwt))
	if n.Report.Verdict != verifier.Accepted || len(n.Faults) > 0 || len(n.Proofs) != 1 || !n.Proofs[0].Holds || n.Token == nil || n.Token.Selective {
		t.Fatalf("inspected as %+v", n)
	}
	p := n.Proofs[0]
	if p.Type != "vc+jwt" || p.Cryptosuite != "EdDSA" || p.Method != school.Method || p.Controller != school.ID || len(p.Steps) != 3 || p.Created == "" {
		t.Errorf("traced as %+v", p)
	}
	wants(t, told(t, n), "This is a JWT, with an Open Badge (3.0).", `"alg": "EdDSA"`, "what is signed, SHA-256", "It holds.")

	shown := learner.ShowSD(t, issued(t), challenge, domain, "/name")
	n = inspectAsked(t, []byte(shown))
	if n.Report.Verdict != verifier.Accepted || len(n.Faults) > 0 || len(n.Proofs) != 2 || !n.Proofs[0].Holds || !n.Proofs[1].Holds {
		t.Fatalf("inspected as %+v: %+v", n, n.Faults)
	}
	if d := n.Token.Disclosures; len(d) != 1 || d[0].Pointer != "/name" || len(d[0].Digest) != 43 || d[0].Cause != "" || n.Token.Withheld < 2 {
		t.Errorf("disclosures %+v, %d withheld", d, n.Token.Withheld)
	}
	if b := n.Proofs[1]; b.Type != "kb+jwt" || b.Controller != learner.ID || b.Method != "cnf" {
		t.Errorf("traced as %+v", b)
	}
	wants(t, told(t, n), "an SD-JWT", "DISCLOSURES  (1 shown", "KEY BINDING", "sd_hash of what is shown here", `"nonce": "`+challenge+`"`)
}

func inspectAsked(t *testing.T, data []byte) *Inspection {
	t.Helper()
	n, err := practice().Inspect(t.Context(), data, verifier.Expectation{Challenge: challenge, Domain: domain})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestInspectNamesWhatIsWrongWithATokens finds the place in a token, and says what
// its issuer or holder should do.
func TestInspectNamesWhatIsWrongWithTokens(t *testing.T) {
	badge := school.Badge(learner)
	jwt := school.SignJWT(t, badge, proof.SignOptions{})
	parts := strings.Split(jwt, ".")
	sd := strings.Split(strings.TrimSuffix(issued(t), "~"), "~")
	shown := learner.ShowSD(t, issued(t), challenge, domain, "/name")
	token := func(header, payload string) string { return school.Token(t, header, payload) }
	kid := `{"typ":"vc+jwt","kid":"` + school.Method + `"}`
	for _, tt := range []struct {
		name, data string
		code       verifier.Code
		path, more string
	}{
		{"a claim changed", parts[0] + "." + jose.Encode(badge.With("name", strictjson.String("Dr.")).JSON()) + "." + parts[2], verifier.SignatureInvalid, "", "hash below"},
		{"nobody's key", token(`{"typ":"vc+jwt","kid":"key-9"}`, string(badge.JSON())), verifier.VerificationMethodUnresolvable, "", "Put a kid into the header"},
		{"another's key", stranger.Token(t, `{"typ":"vc+jwt","kid":"`+stranger.Method+`"}`, string(badge.JSON())), verifier.IssuerMismatch, "", "one and the same"},
		{"no type", token(`{"kid":"`+school.Method+`"}`, string(badge.JSON())), verifier.TypeMismatch, "", "Set typ in the header"},
		{"a claim vc", token(kid, `{"vc":`+string(badge.JSON())+`}`), verifier.StructureInvalid, "", "Correct the claim"},
		{"no issuer", token(kid, string(badge.Without("issuer").JSON())), verifier.StructureInvalid, "/issuer", "Correct the claim"},
		{"no algorithm", jose.Encode([]byte(`{"alg":"none","typ":"vc+jwt"}`)) + "." + parts[1] + ".", verifier.AlgorithmNotAllowed, "", "Sign with EdDSA"},
		{"an extension", token(`{"typ":"vc+jwt","kid":"`+school.Method+`","crit":["x"]}`, string(badge.JSON())), verifier.HeaderCritUnsupported, "", "Leave crit"},
		{"a disclosure exchanged", sd[0] + "~" + jose.Encode([]byte(`["salt","name","Dr."]`)) + "~", verifier.DisclosureInvalid, "", "Show only disclosures"},
		{"a disclosure twice", sd[0] + "~" + sd[1] + "~" + sd[1] + "~", verifier.DisclosureInvalid, "", "each once"},
		{"another's key binding", strings.Replace(shown, "~", "~"+sd[1]+"~", 1), verifier.DisclosureInvalid, "", "Show only disclosures"},
		{"a key binding of more", sd[0] + "~" + sd[1] + "~" + shown[strings.LastIndex(shown, "~")+1:], verifier.HolderBindingFailed, "", "Name the holder's key"},
		{"a presentation that lacks something", learner.Token(t, `{"typ":"vp+jwt","kid":"`+learner.Method+`"}`, string(learner.Present(badge).Without("type").With("type", strictjson.Strings("VerifiablePresentation")).With("verifiableCredential", strictjson.Array()).JSON())), verifier.NoCredential, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := inspectAsked(t, []byte(tt.data))
			var found *Fault
			for i := range n.Faults {
				if f := &n.Faults[i]; found == nil && f.Code == tt.code {
					found = f
				}
			}
			if found == nil {
				t.Fatalf("no %s in %+v", tt.code, n.Faults)
			}
			if !strings.HasPrefix(found.Path, tt.path) || !strings.Contains(found.Remedy, tt.more) {
				t.Errorf("found %+v", found)
			}
			wants(t, told(t, n), "WHAT IS WRONG", string(tt.code), "TOKEN  (unverified)")
		})
	}
}

// TestInspectPlacesDisclosures: each disclosure with where it belongs, those inside
// of others too.
func TestInspectPlacesDisclosures(t *testing.T) {
	whole := school.IssueSD(t, school.Badge(learner), nil, proof.SDJWTOptions{
		Disclosable: []string{"/credentialSubject/achievement", "/credentialSubject/achievement/description", "/type/1"}[:2],
	})
	n := inspect(t, []byte(whole))
	var places []string
	for _, d := range n.Token.Disclosures {
		places = append(places, d.Pointer)
	}
	if got := strings.Join(places, " "); len(places) != 2 || !strings.Contains(got, "/credentialSubject/achievement/description") {
		t.Errorf("places %s", got)
	}
	wants(t, told(t, n), "/cnf: is missing: the issuer named no key of the holder")
}

// TestInspectAdvisesOnTokens: what holds and should be better.
func TestInspectAdvisesOnTokens(t *testing.T) {
	badge := string(school.Badge(learner).JSON())
	kid := `"kid":"` + school.Method + `"`
	hidden := jose.Encode([]byte(`["salt","validUntil","2030-06-01T00:00:00Z"]`))
	digest := inspect(t, []byte(school.Token(t, `{"typ":"vc+sd-jwt",`+kid+`}`, badge)+"~"+hidden+"~")).Token.Disclosures[0].Digest
	lacking := strings.Replace(string(school.Badge(learner).Without("validUntil").JSON()), "{", `{"_sd":["`+digest+`"],`, 1)
	for want, token := range map[string]string{
		"Issue it as vc+jwt":             school.Token(t, `{"typ":"JWT",`+kid+`}`, `{"vc":`+badge+`}`),
		"brings a key and no kid":        school.Token(t, `{"typ":"vc+jwt","jwk":`+school.JWK(t)+`}`, badge),
		"/iat: is a text":                school.Token(t, `{"typ":"vc+jwt",`+kid+`}`, strings.Replace(badge, "{", `{"iat":"2025-12-01T00:00:00Z",`, 1)),
		"the earlier counts":             school.Token(t, `{"typ":"vc+jwt",`+kid+`}`, strings.Replace(badge, "{", `{"exp":1893456000,`, 1)),
		"/validUntil: is a disclosure, ": school.Token(t, `{"typ":"vc+sd-jwt",`+kid+`}`, lacking) + "~" + hidden + "~",
	} {
		n := inspect(t, []byte(token))
		if n.Report.Verdict != verifier.Accepted {
			t.Errorf("%s: %s", want, n.Report.Headline)
		}
		wants(t, told(t, n), "WHAT THE ISSUER SHOULD CHANGE", want)
	}
}

// TestInspectTokensInOthers: in envelopes, in the JSON form, in presentations.
func TestInspectTokensInOthers(t *testing.T) {
	jwt := school.SignJWT(t, school.Badge(learner), proof.SignOptions{})
	envelope, err := proof.Envelop(jwt)
	if err != nil {
		t.Fatal(err)
	}
	if n := inspect(t, envelope.JSON()); n.Token == nil || len(n.Proofs) != 1 || !n.Proofs[0].Holds {
		t.Errorf("in an envelope: %+v", n)
	}
	broken := testissuer.Set(envelope, "id", strictjson.String(strings.Replace(envelope.Get("id").Str(), "vc+jwt", "vp+jwt", 1)))
	if n := inspect(t, broken.JSON()); n.Token == nil || len(n.Faults) == 0 || n.Faults[0].Code != verifier.TypeMismatch {
		t.Errorf("in an envelope that lies: %+v", n)
	}
	parts := strings.Split(strings.TrimSuffix(issued(t), "~"), "~")
	jws := strings.Split(parts[0], ".")
	form := `{"payload":"` + jws[1] + `","protected":"` + jws[0] + `","signature":"` + jws[2] + `","header":{"disclosures":["` + parts[1] + `"]}}`
	if n := inspect(t, []byte(form)); n.Token == nil || !n.Token.Selective || len(n.Token.Disclosures) != 1 || !n.Proofs[0].Holds {
		t.Errorf("in the JSON form: %+v", n)
	}
	answer := learner.SignJWT(t, learner.Present(envelope, school.Sign(t, school.Badge(learner))), proof.SignOptions{Challenge: challenge, Domain: domain, Created: testissuer.Now})
	n := inspectAsked(t, []byte(answer))
	if n.Report.Verdict != verifier.Accepted || len(n.Parts) != 2 || n.Parts[0].Token == nil || n.Parts[1].Token != nil || !n.Parts[1].Proofs[0].Holds {
		t.Errorf("in a presentation: %+v", n)
	}
	wants(t, told(t, n), "a JWT, with a presentation", "CREDENTIAL 2 OF 2")
	claims := school.Token(t, `{"typ":"dc+sd-jwt","kid":"`+school.Method+`"}`, `{"iss":"`+school.ID+`","vct":"https://school.example/types/pid","given_name":"Ann"}`) + "~"
	if n := inspect(t, []byte(claims)); len(n.Faults) > 0 || !strings.Contains(n.Form, "claims of the type https://school.example/types/pid") {
		t.Errorf("claims: %+v, %+v", n.Form, n.Faults)
	}
}
