package learner

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/judging"
	"laurel/internal/sdjwt"
	"laurel/internal/store/badger"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/internal/vault"
	"laurel/proof"
	"laurel/verifier"
	"laurel/wallet"
)

var (
	school  = testissuer.New("school")
	college = testissuer.Selective("college", "/credentialSubject/achievement/name")
	learner = testissuer.New("learner")
	victim  = testissuer.New("somebody else")
)

const (
	nonce    = "n-1"
	audience = "https://jobs.example"
)

// enough is how many different cases each class must have, or it counts as untried.
const enough = 5

// employed makes an empty wallet that asks the one verify function, as the program
// does.
func employed(t testing.TB) *wallet.Wallet {
	t.Helper()
	store, err := badger.OpenWallet("", badger.Options{InMemory: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	sealing, _, err := vault.New([]byte("correct horse battery"), vault.Options{UnsafeFast: true})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return testissuer.Now }
	v := &verifier.Verifier{Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), Clock: now}
	return &wallet.Wallet{Store: store, Vault: sealing, Check: judging.CheckWith(v), Suite: judging.Suites()[0], Suites: judging.Suites(), Now: now}
}

// codes are those of all that did not pass, in a check and its parts.
func codes(c wallet.Checked) []string {
	var out []string
	for _, f := range c.Findings {
		if f.Outcome == "failed" || f.Outcome == "unknown" {
			out = append(out, f.Code)
		}
	}
	for _, part := range c.Parts {
		out = append(out, codes(part)...)
	}
	return out
}

// exam is a badge of which some is private.
func exam(from, to *testissuer.Party) strictjson.Value {
	doc := testissuer.Set(from.Badge(to), "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"91"},{"type":["Result"],"value":"B2"}]`))
	return testissuer.Set(doc, "evidence", testissuer.Parse(`[{"type":["Evidence"],"name":"Paper"}]`))
}

var chosen = []string{"/credentialSubject/result/1"}

// tokenOf issues the exam as a token with disclosures.
func tokenOf(t testing.TB, to *testissuer.Party) string {
	t.Helper()
	return school.IssueSD(t, exam(school, to), to, proof.SDJWTOptions{Disclosable: []string{"/credentialSubject/result/0", "/credentialSubject/result/1", "/evidence"}})
}

// TestHostileCredentials: what somebody gives a learner to keep, and that is not what
// an issuer signed, is called by its name before it is kept, and again before it is
// shown to anybody.
func TestHostileCredentials(t *testing.T) {
	base := college.Sign(t, exam(college, learner))
	shown := testissuer.Derive(t, base, chosen...)
	other := testissuer.Derive(t, college.Sign(t, exam(college, victim)), chosen...)
	jwt := strings.Split(school.SignJWT(t, exam(school, learner), proof.SignOptions{}), ".")
	signed := func(claims string) string { // by a stranger, in the school's name
		return victim.Token(t, `{"typ":"vc+jwt","kid":"`+school.Method+`"}`, claims)
	}
	hostile := map[string]map[string]string{
		"SIGNATURE_INVALID": {
			"the end hidden":                string(shown.Without("validUntil").JSON()),
			"a name hidden":                 string(testissuer.Set(shown, "credentialSubject/achievement/name", strictjson.Value{}).JSON()),
			"the earner hidden":             string(testissuer.Set(shown, "credentialSubject/id", strictjson.Value{}).JSON()),
			"the earner changed":            string(testissuer.Set(shown, "credentialSubject/id", strictjson.String(victim.ID)).JSON()),
			"a result raised":               strings.Replace(string(shown.JSON()), `"B2"`, `"C2"`, 1),
			"a claim of the whole put back": string(shown.With("evidence", base.Get("evidence")).JSON()),
			"the proof of another badge":    string(shown.With("proof", other.Get("proof")).JSON()),
			"labels swapped":                string(testissuer.Forge(t, shown, func(d *testissuer.Derived) { d.Labels[0], d.Labels[1] = d.Labels[1], d.Labels[0] }).JSON()),
			"an index left out":             string(testissuer.Forge(t, shown, func(d *testissuer.Derived) { d.Mandatory = d.Mandatory[1:] }).JSON()),
			"a base proof with a change":    string(base.With("name", strictjson.String("With honours")).JSON()),
			"a token with other claims":     jwt[0] + "." + strings.Split(school.SignJWT(t, exam(school, victim), proof.SignOptions{}), ".")[1] + "." + jwt[2],
			"a token of a stranger":         signed(string(exam(school, learner).JSON())),
		},
		"ISSUER_MISMATCH": {
			"a selection of another issuer's": string(victim.Sign(t, exam(college, learner)).JSON()),
			"a token of another issuer's":     victim.Token(t, `{"typ":"vc+jwt","kid":"`+victim.Method+`"}`, string(exam(school, learner).JSON())),
			"a badge of another issuer's":     string(victim.Sign(t, exam(school, learner)).JSON()),
			"one's own work, in its name":     string(learner.Sign(t, exam(school, learner)).JSON()),
			"a token with disclosures": victim.Token(t, `{"typ":"vc+sd-jwt","kid":"`+victim.Method+`"}`,
				string(exam(school, learner).With("_sd_alg", strictjson.String("sha-256")).JSON())) + "~",
			"an issuer with something behind": string(school.Sign(t, testissuer.Set(exam(school, learner), "issuer/id", strictjson.String(school.ID+"/"))).JSON()),
		},
		"TYP_MISMATCH": {
			"a key binding":          learner.Token(t, `{"typ":"kb+jwt"}`, `{"nonce":"n"}`),
			"a token of another use": school.Token(t, `{"typ":"at+jwt"}`, string(exam(school, learner).JSON())),
			"a token of any use":     school.Token(t, `{"typ":"JOSE","kid":"`+school.Method+`"}`, string(exam(school, learner).JSON())),
			"a question":             school.Token(t, `{"typ":"oauth-authz-req+jwt","kid":"`+school.Method+`"}`, string(exam(school, learner).JSON())),
			"a status list":          school.Token(t, `{"typ":"statuslist+jwt","kid":"`+school.Method+`"}`, string(exam(school, learner).JSON())),
			"a word that is near":    school.Token(t, `{"typ":"vc+jwt ","kid":"`+school.Method+`"}`, string(exam(school, learner).JSON())),
		},
	}
	for code, documents := range hostile {
		if len(documents) < enough {
			t.Errorf("%d cases of %s, at least %d are wanted", len(documents), code, enough)
		}
		for name, text := range documents {
			t.Run(code+", "+name, func(t *testing.T) {
				w := employed(t)
				if _, err := w.NewIdentity(t.Context(), ""); err != nil {
					t.Fatal(err)
				}
				found, err := w.Examine(t.Context(), []byte(text))
				if err != nil { // not even kept
					seen, other := w.Check(t.Context(), []byte(text), wallet.Expectation{})
					if code != "TYP_MISMATCH" || other != nil || !slices.Contains(codes(seen), code) {
						t.Errorf("%v; an employer would see %s, %v", err, codes(seen), other)
					}
					return
				}
				if found.Checked.Verdict != wallet.Rejected || !slices.Contains(codes(found.Checked), code) {
					t.Fatalf("%s: %s", found.Checked.Headline, codes(found.Checked))
				}
				card, err := w.Add(t.Context(), found)
				if err != nil {
					t.Fatal(err)
				}
				request := wallet.Request{Credentials: []string{card.ID}, Challenge: nonce, Domain: audience}
				if d, err := w.Disclose(t.Context(), card.ID, nil); err == nil && d.Partial {
					request.Show = []wallet.Choice{{Credential: card.ID}} // everything, also what was changed
				}
				answer, err := w.Prepare(t.Context(), request)
				if errors.Is(err, wallet.ErrNotPresentable) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				seen := answer.Presentations[0].Checked
				if seen.Verdict != wallet.Rejected || !slices.Contains(codes(seen), code) || !strings.HasPrefix(answer.Warnings[len(answer.Warnings)-1], "They will see: ") {
					t.Errorf("shown: %s, %s, %q", seen.Headline, codes(seen), answer.Warnings)
				}
			})
		}
	}
}

// TestDisclosuresThatDoNotFit: such a token is no credential, and is not kept.
func TestDisclosuresThatDoNotFit(t *testing.T) {
	token := tokenOf(t, learner)
	parts := strings.Split(strings.TrimSuffix(token, "~"), "~")
	foreign := strings.Split(tokenOf(t, victim), "~")[1]
	for name, text := range map[string]string{
		"one of another token": token + foreign + "~",
		"one twice":            token + parts[1] + "~",
		"one edited":           strings.Replace(token, parts[1], parts[1][:len(parts[1])-4]+"AAAA", 1),
		"one that is no list":  token + "e30~",
		"one without a salt":   token + "WyJyZXN1bHQiLCI5OSJd~",
		"one that is empty":    parts[0] + "~~",
	} {
		w := employed(t)
		if found, err := w.Examine(t.Context(), []byte(text)); err == nil || found != nil {
			t.Errorf("%s: %+v", name, found)
		} else if name != "one that is empty" && !errors.Is(err, sdjwt.ErrDisclosure) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestHostileAnswers: what a holder could put together by hand, with a program of
// their own, is refused by name.
func TestHostileAnswers(t *testing.T) {
	base := college.Sign(t, exam(college, learner))
	mine, theirs := tokenOf(t, learner), tokenOf(t, victim)
	mineShown := learner.ShowSD(t, mine, nonce, audience, chosen...)
	present := func(parts ...strictjson.Value) string {
		return string(learner.Answer(t, learner.Present(parts...), nonce, audience).JSON())
	}
	envelop := func(token string) strictjson.Value {
		v, err := proof.Envelop(token)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	cut := func(shown string) string { return shown[:strings.LastIndex(shown, "~")+1] }
	binding := func(shown string) string { return shown[strings.LastIndex(shown, "~")+1:] }
	at := func(when time.Time) string {
		shown, err := proof.PresentSDJWT(mine, proof.PresentOptions{Key: learner.Key, Challenge: nonce, Domain: audience, At: when})
		if err != nil {
			t.Fatal(err)
		}
		return shown
	}
	more := learner.ShowSD(t, mine, nonce, audience, "/credentialSubject/result/0", "/evidence")
	hostile := map[string]map[string]string{
		"PROOF_TYPE_UNSUPPORTED": {
			"a base proof alone":               string(base.JSON()),
			"a base proof presented":           present(base),
			"a base proof beside a selection":  present(testissuer.Derive(t, base, chosen...), base),
			"a base proof in a set":            present(base.With("proof", strictjson.Array(base.Get("proof"), school.Sign(t, exam(school, learner)).Get("proof")))),
			"a base proof on a part":           present(testissuer.Derive(t, base, chosen...).With("proof", base.Get("proof"))),
			"a base proof of another's badge":  present(college.Sign(t, exam(college, victim))),
			"a base proof that was changed to": present(base.With("name", strictjson.String("x"))),
		},
		"SIGNATURE_INVALID": {
			"the end hidden by hand":        present(testissuer.Derive(t, base, chosen...).Without("validUntil")),
			"the name hidden by hand":       present(testissuer.Set(testissuer.Derive(t, base, chosen...), "credentialSubject/achievement/name", strictjson.Value{})),
			"the earner put in by hand":     present(testissuer.Set(testissuer.Derive(t, college.Sign(t, exam(college, victim))), "credentialSubject/id", strictjson.String(learner.ID))),
			"a result put in by hand":       present(testissuer.Set(testissuer.Derive(t, base), "credentialSubject/result", base.Get("credentialSubject").Get("result"))),
			"the presentation changed":      strings.Replace(present(testissuer.Derive(t, base, chosen...)), `"B2"`, `"C1"`, 1),
			"a part added after signing":    strings.Replace(present(testissuer.Derive(t, base)), `"verifiableCredential":[`, `"verifiableCredential":[`+string(school.Sign(t, school.Badge(learner)).JSON())+`,`, 1),
			"the holder of another's proof": strings.Replace(present(testissuer.Derive(t, base)), learner.ID+`","verifiable`, victim.ID+`","verifiable`, 1),
		},
		"HOLDER_BINDING_FAILED": {
			"somebody else's key binding":         cut(mineShown) + binding(victim.ShowSD(t, theirs, nonce, audience, chosen...)),
			"no key binding":                      cut(mineShown),
			"the key binding of more":             cut(mineShown) + binding(more),
			"the key binding of less":             cut(more) + binding(mineShown),
			"a disclosure taken out":              strings.Replace(more, "~"+strings.Split(more, "~")[1]+"~", "~", 1),
			"somebody else's token":               cut(victim.ShowSD(t, theirs, nonce, audience)) + binding(mineShown),
			"somebody else's token in my own":     present(envelop(cut(victim.ShowSD(t, theirs, nonce, audience)))),
			"somebody else's badge, whole":        present(school.Sign(t, exam(school, victim))),
			"somebody else's selection":           present(testissuer.Derive(t, college.Sign(t, exam(college, victim)))),
			"somebody else's badge beside my own": present(testissuer.Derive(t, base), school.Sign(t, exam(school, victim))),
		},
		"CHALLENGE_MISMATCH": {
			"the answer to another": learner.ShowSD(t, mine, "n-0", audience),
			"the same, of JSON":     string(learner.Answer(t, learner.Present(testissuer.Derive(t, base)), "n-0", audience).JSON()),
			"the same, as a token":  learner.SignJWT(t, learner.Present(testissuer.Derive(t, base)), proof.SignOptions{Challenge: "n-0", Domain: audience, Created: testissuer.Now}),
			"with another case":     learner.ShowSD(t, mine, "N-1", audience),
			"with a space":          learner.ShowSD(t, mine, "n-1 ", audience),
		},
		"DOMAIN_MISMATCH": {
			"made for another":     learner.ShowSD(t, mine, nonce, "https://other.example"),
			"the same, of JSON":    string(learner.Answer(t, learner.Present(testissuer.Derive(t, base)), nonce, "https://other.example").JSON()),
			"the same, as a token": learner.SignJWT(t, learner.Present(testissuer.Derive(t, base)), proof.SignOptions{Challenge: nonce, Domain: "https://other.example", Created: testissuer.Now}),
			"with a slash":         learner.ShowSD(t, mine, nonce, audience+"/"),
			"for a part of it":     learner.ShowSD(t, mine, nonce, "jobs.example"),
		},
		"KB_STALE": {
			"of yesterday":         at(testissuer.Now.AddDate(0, 0, -1)),
			"of ten minutes ago":   at(testissuer.Now.Add(-10 * time.Minute)),
			"of when it was made":  at(testissuer.Now.AddDate(0, -6, 0)),
			"of tomorrow":          at(testissuer.Now.AddDate(0, 0, 1)),
			"of the next century":  at(testissuer.Now.AddDate(80, 0, 0)),
			"of the last, of Unix": at(time.Unix(1, 0)),
		},
	}
	for code, answers := range hostile {
		if len(answers) < enough {
			t.Errorf("%d cases of %s, at least %d are wanted", len(answers), code, enough)
		}
		for name, text := range answers {
			t.Run(code+", "+name, func(t *testing.T) {
				seen, err := employed(t).Check(t.Context(), []byte(text), wallet.Expectation{Challenge: nonce, Domain: audience})
				if err != nil || seen.Verdict != wallet.Rejected || !slices.Contains(codes(seen), code) {
					t.Errorf("%s: %s, %v", seen.Headline, codes(seen), err)
				}
			})
		}
	}
	if seen, err := employed(t).Check(t.Context(), []byte(mineShown), wallet.Expectation{Challenge: nonce, Domain: audience}); err != nil || seen.Verdict != wallet.Accepted {
		t.Errorf("the honest one: %s, %v", codes(seen), err)
	}
}
