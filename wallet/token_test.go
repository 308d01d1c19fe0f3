package wallet_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/wallet"
)

// checkTokens is check, and knows tokens.
func checkTokens(ctx context.Context, document []byte, expect wallet.Expectation) (wallet.Checked, error) {
	_, err := openAnswer(ctx, document, expect.Challenge, expect.Domain)
	if err != nil {
		return wallet.Checked{Verdict: wallet.Rejected, Headline: "Not valid.", Text: err.Error()}, nil
	}
	return wallet.Checked{Verdict: wallet.Accepted, Headline: "Valid."}, nil
}

func openAnswer(ctx context.Context, document []byte, challenge, domain string) (*proof.Opened, error) {
	return proof.Open(ctx, document, proof.Options{
		Keys: testissuer.Keys(), Suites: append(testissuer.Suites(), proof.VCJOSE{}, proof.VCJWT{}, proof.SDJWT{}), At: testissuer.Now,
		Challenge: challenge, Domain: domain, Receiving: true, UnsafeNoChallenge: challenge == "",
	})
}

// tokens makes a wallet that keeps tokens, and one identity.
func tokens(t testing.TB) (*wallet.Wallet, *testissuer.Party) {
	t.Helper()
	w := fresh(t)
	w.Check = checkTokens
	return w, learner(t, w, "")
}

// token issues a badge that its holder can show in part, bound to their key.
func token(t testing.TB, to *testissuer.Party, name string) []byte {
	t.Helper()
	school := testissuer.New("school")
	doc := testissuer.Set(school.Badge(to), "name", strictjson.String(name))
	doc = testissuer.Set(doc, "id", strictjson.String("urn:example:"+strings.ReplaceAll(name, " ", "-")))
	doc = testissuer.Set(doc, "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"91"}]`))
	return []byte(school.IssueSD(t, doc, holding(t, to), proof.SDJWTOptions{Disclosable: []string{"/credentialSubject/result", "/credentialSubject/achievement"}}))
}

// holding is the party with its public key, which follows from its DID.
func holding(t testing.TB, p *testissuer.Party) *testissuer.Party {
	t.Helper()
	method := p.ID + "#" + strings.TrimPrefix(p.ID, "did:key:")
	doc, err := testissuer.Keys().Resolve(t.Context(), p.ID)
	if err != nil {
		t.Fatal(err)
	}
	return &testissuer.Party{ID: p.ID, Method: method, Key: publicOnly{doc.Methods[0].Key}}
}

func TestTokensAreKept(t *testing.T) {
	w, me := tokens(t)
	raw := token(t, me, "Token")
	c := add(t, w, append([]byte("\n"), raw...))
	if c.Title != "Token" || c.Subject != me.ID || c.Verdict != wallet.Accepted || c.Size != len(raw) || !c.Until.Equal(testissuer.Now.AddDate(4, 0, 0).Truncate(24*3600e9)) {
		t.Errorf("%+v", c)
	}
	if got, err := w.Document(t.Context(), c.ID); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("Document = %s, %v", got, err)
	}
	found, err := w.Examine(t.Context(), append(raw, '\n'))
	if found == nil || !found.Yours || err == nil {
		t.Errorf("again: %+v, %v", found, err)
	}
	whole := add(t, w, []byte(testissuer.New("school").SignJWT(t, testissuer.New("school").Badge(me), proof.SignOptions{Expires: testissuer.Now.AddDate(0, 1, 0)})))
	if whole.State(testissuer.Now) != wallet.StateEnding || whole.Title != "Data Analysis" {
		t.Errorf("a token that ends before its document: %+v", whole)
	}
	pid := testissuer.New("school").IssueSD(t, testissuer.Parse(`{"iss":"`+testissuer.New("school").ID+`","vct":"https://school.example/pid","given_name":"Ada"}`),
		holding(t, me), proof.SDJWTOptions{Claims: true, Disclosable: []string{"/given_name"}})
	claims := add(t, w, []byte(pid))
	if claims.Title != "https://school.example/pid" || claims.Subject != me.ID || claims.Issuer != testissuer.New("school").ID {
		t.Errorf("claims without the data model: %+v", claims)
	}
	list, err := w.List(t.Context(), wallet.Query{Issuer: "did:key"})
	if err != nil || len(list) != 3 {
		t.Errorf("%v, %v", titles(list), err)
	}
	if b, err := wallet.ReadBadge([]byte(pid)); err != nil || b.Earner.ID != "" && b.Earner.ID != me.ID {
		t.Errorf("%+v, %v", b, err)
	}
	var backup bytes.Buffer
	if err := w.Backup(t.Context(), &backup, passphrase, wallet.BackupOptions{UnsafeFast: true}); err != nil {
		t.Fatal(err)
	}
	again := fresh(t)
	if err := again.Restore(t.Context(), &backup, passphrase); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Document(t.Context(), c.ID); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("after a backup: %s, %v", got, err)
	}
}

func TestNoPresentationsAreKept(t *testing.T) {
	w, _ := tokens(t)
	school := testissuer.New("school")
	vp := school.SignJWT(t, school.Present(school.Sign(t, school.Badge(school))), proof.SignOptions{Challenge: "n"})
	if found, err := w.Examine(t.Context(), []byte(vp)); found != nil || err == nil {
		t.Errorf("%+v, %v", found, err)
	}
}

// TestTokensArePresented: by themselves with a key binding, where that can be; all
// else together in one presentation.
func TestTokensArePresented(t *testing.T) {
	w, me := tokens(t)
	school := testissuer.New("school")
	sd := add(t, w, token(t, me, "Token"))
	jwt := add(t, w, []byte(school.SignJWT(t, school.Badge(me), proof.SignOptions{})))
	plain := add(t, w, badge(t, me, "Plain"))
	r := wallet.Request{
		Credentials: []string{plain.ID, sd.ID, jwt.ID}, Challenge: "n-1", Domain: "jobs.example",
		Show: []wallet.Choice{{Credential: sd.ID, Pointer: "/credentialSubject/achievement/name"}},
	}
	a := prepare(t, w, r)
	if len(a.Presentations) != 2 || len(a.Warnings) != 0 {
		t.Fatalf("%d presentations, %q", len(a.Presentations), a.Warnings)
	}
	together, alone := a.Presentations[0], a.Presentations[1]
	if together.Form != wallet.FormJSON || !slices.Equal([]string{"Plain", "Data Analysis"}, []string{together.Cards[0].Title, together.Cards[1].Title}) {
		t.Errorf("together: %s %q", together.Form, titles(together.Cards))
	}
	if alone.Form != "vc+sd-jwt" || alone.Holder != me.ID || !bytes.HasPrefix(alone.Bytes, alone.Shown[0].Bytes) {
		t.Errorf("alone: %+v", alone.Form)
	}
	opened, err := openAnswer(t.Context(), alone.Bytes, "n-1", "jobs.example")
	if err != nil || !opened.Token.Bound || opened.Document.Get("credentialSubject").Get("result").Exists() || !opened.Document.Get("credentialSubject").Get("achievement").Exists() {
		t.Fatalf("a verifier reads %+v, %v", opened, err)
	}
	for _, asked := range [][2]string{{"n-2", "jobs.example"}, {"n-1", "other.example"}} {
		for i, p := range a.Presentations {
			if _, err := openAnswer(t.Context(), p.Bytes, asked[0], asked[1]); err == nil {
				t.Errorf("answer %d is good for %q", i, asked)
			}
		}
	}
	receipts, err := w.Record(t.Context(), a)
	if err != nil || len(receipts) != 2 {
		t.Fatal(err)
	}
	for i, p := range a.Presentations {
		sum := sha256.Sum256(p.Bytes)
		if receipts[i].SHA256 != hex.EncodeToString(sum[:]) {
			t.Errorf("receipt %d is of other bytes", i)
		}
	}
	if got := receipts[1].Credentials[0]; got.Fields == 0 || got.Fields >= got.Of || len(got.Chosen) != 1 {
		t.Errorf("%+v", got)
	}
	if n := len(prepare(t, w, wallet.Request{Credentials: r.Credentials, Challenge: "n", Domain: "d", Apart: true}).Presentations); n != 3 {
		t.Errorf("apart: %d presentations", n)
	}
}

// TestTokensInEnvelopes: without an audience there is no key binding, and a
// presentation says whose the token is; it can be a token itself.
func TestTokensInEnvelopes(t *testing.T) {
	w, me := tokens(t)
	sd, plain := add(t, w, token(t, me, "Token")), add(t, w, badge(t, me, "Plain"))
	for _, tt := range []struct {
		request wallet.Request
		form    string
	}{
		{wallet.Request{Credentials: []string{sd.ID}, Challenge: "n"}, wallet.FormJSON},
		{wallet.Request{Credentials: []string{sd.ID}}, wallet.FormJSON},
		{wallet.Request{Credentials: []string{sd.ID, plain.ID}, Challenge: "n", Token: true}, wallet.FormToken},
		{wallet.Request{Credentials: []string{plain.ID}, Challenge: "n", Domain: "d", Token: true}, wallet.FormToken},
	} {
		a := prepare(t, w, tt.request)
		p := a.Presentations[0]
		if len(a.Presentations) != 1 || p.Form != tt.form || p.Checked.Verdict != wallet.Accepted {
			t.Fatalf("%+v: %s, %+v", tt.request, p.Form, p.Checked)
		}
		opened, err := openAnswer(t.Context(), p.Bytes, tt.request.Challenge, tt.request.Domain)
		if err != nil || opened.Controller != me.ID || (opened.Token != nil) != tt.request.Token {
			t.Fatalf("%+v, %v", opened, err)
		}
		for i, part := range opened.Document.Get("verifiableCredential").Elems() {
			if inner, err := proof.OpenValue(t.Context(), part, proof.Options{
				Keys: testissuer.Keys(), Suites: append(testissuer.Suites(), proof.SDJWT{}), At: testissuer.Now,
			}); err != nil || inner.Document.Get("credentialSubject").Get("result").Exists() {
				t.Errorf("part %d: %v", i, err)
			}
		}
	}
}

// TestTokensOfTwoIdentities: an answer of two people that are one is warned of, and
// each identity signs for its own.
func TestTokensOfTwoIdentities(t *testing.T) {
	w, me := tokens(t)
	other := learner(t, w, "work")
	ids := []string{add(t, w, token(t, me, "One")).ID, add(t, w, token(t, other, "Two")).ID, add(t, w, badge(t, other, "Three")).ID}
	a := prepare(t, w, wallet.Request{Credentials: ids, Challenge: "n", Domain: "d"})
	if len(a.Presentations) != 3 || len(a.Warnings) != 1 || !strings.Contains(a.Warnings[0], "2 of your identities") {
		t.Fatalf("%d, %q", len(a.Presentations), a.Warnings)
	}
	for i, want := range []string{me.ID, other.ID, other.ID} {
		if p := a.Presentations[i]; p.Holder != want || p.Checked.Verdict != wallet.Accepted {
			t.Errorf("%d: %s %+v", i, p.Holder, p.Checked)
		}
	}
}

// TestOtherKeys: an identity on P-256 keeps and shows all that others do.
func TestOtherKeys(t *testing.T) {
	w, _ := tokens(t)
	id, err := w.NewIdentityOf(t.Context(), wallet.P256, "work")
	if err != nil || !strings.HasPrefix(id.DID, "did:key:zDn") {
		t.Fatalf("%+v, %v", id, err)
	}
	me := &testissuer.Party{ID: id.DID}
	ids := []string{add(t, w, token(t, me, "Token")).ID, add(t, w, badge(t, me, "Plain")).ID}
	for _, r := range []wallet.Request{{Challenge: "n", Domain: "d"}, {Challenge: "n", Domain: "d", Token: true}, {Challenge: "n"}} {
		r.Credentials = ids
		for _, p := range prepare(t, w, r).Presentations {
			opened, err := openAnswer(t.Context(), p.Bytes, r.Challenge, r.Domain)
			if err != nil || p.Holder != id.DID || p.Checked.Verdict != wallet.Accepted {
				t.Errorf("%+v: %s: %+v, %v", r, p.Form, opened, err)
			}
		}
	}
	if _, err := w.NewIdentityOf(t.Context(), "RSA", ""); err == nil {
		t.Error("an identity of RSA was made")
	}
	var backup bytes.Buffer
	if err := w.Backup(t.Context(), &backup, passphrase, wallet.BackupOptions{UnsafeFast: true}); err != nil {
		t.Fatal(err)
	}
	again := fresh(t)
	if err := again.Restore(t.Context(), &backup, passphrase); err != nil {
		t.Fatal(err)
	}
	if all, err := again.Identities(t.Context()); err != nil || len(all) != 2 || !slices.Contains(all, id) {
		t.Errorf("after a backup: %+v, %v", all, err)
	}
	w.Suites = nil
	if a, err := w.Prepare(t.Context(), wallet.Request{Credentials: ids[1:], Challenge: "n"}); err == nil {
		t.Errorf("without a suite for its key: %+v", a)
	}
}

// TestTokensOfOthers: a token that was issued to another key is not made to look
// like one's own.
func TestTokensOfOthers(t *testing.T) {
	w, _ := tokens(t)
	other := testissuer.New("somebody else")
	theirs := token(t, other, "Theirs")
	c := add(t, w, theirs)
	shown := add(t, w, []byte(other.ShowSD(t, string(theirs), "n", "d", "/credentialSubject/result")))
	for _, c := range []wallet.Card{c, shown} {
		a := prepare(t, w, wallet.Request{Credentials: []string{c.ID}, Challenge: "n", Domain: "d"})
		p := a.Presentations[0]
		if p.Form != wallet.FormJSON || c.Subject != other.ID || !slices.ContainsFunc(a.Warnings, func(s string) bool { return strings.Contains(s, "was issued to somebody else") }) {
			t.Errorf("%s: %q", p.Form, a.Warnings)
		}
		if bytes.Count(p.Bytes, []byte("~")) > 0 && strings.Contains(string(p.Bytes), "~eyJhbGciOiJFZERTQSIsInR5cCI6ImtiK2p3dCJ9") {
			t.Error("somebody else's key binding is passed on")
		}
	}
}

// publicOnly is a key of which the secret is elsewhere.
type publicOnly struct{ key crypto.PublicKey }

func (p publicOnly) Public() crypto.PublicKey { return p.key }

func (publicOnly) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return nil, errors.New("the secret is elsewhere")
}

// Tokens of VC Data Model 1.1 are presented as verifiers of that time read them.
func TestPlainTokensArePresentedPlainly(t *testing.T) {
	w, me := tokens(t)
	school := testissuer.New("school")
	plain := func(name string) wallet.Card {
		t.Helper()
		vc := testissuer.Set(school.BadgeV1(me), "name", strictjson.String(name)).Without("issuanceDate", "expirationDate")
		return add(t, w, []byte(school.Token(t, `{"typ":"JWT","kid":"`+school.Method+`"}`,
			`{"iss":"`+school.ID+`","sub":"`+me.ID+`","jti":"urn:example:`+name+`","nbf":1764547200,"exp":1906502400,"vc":`+string(vc.Without("id").JSON())+`}`)))
	}
	one, two := plain("one"), plain("two")
	modern := add(t, w, []byte(school.SignJWT(t, school.Badge(me), proof.SignOptions{})))
	for name, test := range map[string]struct {
		ids  []string
		form string
	}{
		"one": {[]string{one.ID}, wallet.FormPlain}, "two": {[]string{one.ID, two.ID}, wallet.FormPlain}, "with a later one": {[]string{one.ID, modern.ID}, wallet.FormToken},
	} {
		a, err := w.Prepare(t.Context(), wallet.Request{Credentials: test.ids, Challenge: "n-0S6", Domain: "jobs.example", Token: true})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		p := a.Presentations[0]
		if p.Form != test.form || p.Checked.Verdict != wallet.Accepted {
			t.Errorf("%s: %s, %+v", name, p.Form, p.Checked)
		}
		opened, err := openAnswer(t.Context(), p.Bytes, "n-0S6", "jobs.example")
		if err != nil || opened.Document.Get("holder").Str() != me.ID || len(opened.Document.Get("verifiableCredential").List()) != len(test.ids) {
			t.Errorf("%s: %v", name, err)
		}
		for _, other := range [][2]string{{"another", "jobs.example"}, {"n-0S6", "other.example"}} {
			if _, err := openAnswer(t.Context(), p.Bytes, other[0], other[1]); err == nil {
				t.Errorf("%s: it holds for %v", name, other)
			}
		}
	}
}
