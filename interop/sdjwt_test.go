package interop

import (
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/verifier"
)

// sdClaims is a credential as SD-JWT VC has it, with the holder's key in it.
func sdClaims(issuer, holder *tokenKey) strictjson.Value {
	return testissuer.Parse(`{
		"iss": "`+issuer.id()+`", "vct": "https://school.example/badge", "iat": 1764547200, "exp": 1906502400,
		"name": "Ada Lovelace — Ünïcödé", "email": "ada@example.org", "grades": ["A", "B", "C"],
		"achievement": {"name": "Barista", "credits": 2.5, "level": {"code": "B2", "of": "CEFR"}}}`).
		With("cnf", strictjson.Object(strictjson.Member{Name: "jwk", Value: testissuer.Parse(string(holder.jwk))}))
}

// sdBadge is a badge on the data model with the holder's key in it.
func sdBadge(issuer, holder *tokenKey) strictjson.Value {
	return smallBadge(issuer.id(), holder.id()).With("iat", strictjson.Int(1764547200)).With("email", text("ada@example.org")).
		With("cnf", strictjson.Object(strictjson.Member{Name: "jwk", Value: testissuer.Parse(string(holder.jwk))}))
}

// sdForm is a kind of SD-JWT: what is in it, what the issuer lets the holder
// withhold, and what the holder shows, in the words of both.
type sdForm struct {
	typ                        string
	claims                     func(issuer, holder *tokenKey) strictjson.Value
	concealed, revealed        []string
	concealedFrame, shownFrame []byte
	withheld                   func(strictjson.Value) strictjson.Value // takes out what is not shown
	outer                      string                                  // is in a disclosure that has another in it
}

var (
	claimsForm = &sdForm{
		typ: "dc+sd-jwt", claims: sdClaims,
		concealed: []string{"/name", "/email", "/grades/0", "/grades/2", "/achievement/level", "/achievement/level/code"},
		concealedFrame: []byte(`{"_sd": ["name", "email"], "_sd_decoy": 2, "grades": {"_sd": [0, 2]},
			"achievement": {"_sd": ["level"], "level": {"_sd": ["code"]}}}`),
		revealed:   []string{"/name", "/grades/2", "/achievement/level", "/achievement/level/code"},
		shownFrame: []byte(`{"name": true, "grades": {"2": true}, "achievement": {"level": {"code": true}}}`),
		withheld: func(v strictjson.Value) strictjson.Value {
			return v.Without("email").With("grades", strictjson.Strings("B", "C"))
		},
		outer: `"level"`,
	}
	badgeForm = &sdForm{
		typ: "vc+sd-jwt", claims: sdBadge,
		concealed: []string{"/name", "/email", "/credentialSubject/achievement", "/credentialSubject/achievement/description", "/credentialSubject/achievement/criteria"},
		concealedFrame: []byte(`{"_sd": ["name", "email"], "_sd_decoy": 2,
			"credentialSubject": {"_sd": ["achievement"], "achievement": {"_sd": ["description", "criteria"]}}}`),
		revealed:   []string{"/name", "/credentialSubject/achievement", "/credentialSubject/achievement/description"},
		shownFrame: []byte(`{"name": true, "credentialSubject": {"achievement": {"description": true}}}`),
		withheld: func(v strictjson.Value) strictjson.Value {
			return testissuer.Set(v.Without("email"), "credentialSubject/achievement/criteria", gone)
		},
		outer: `"achievement"`,
	}
)

// desk is who takes part in an exchange of SD-JWTs.
type desk struct {
	*sdForm
	p              *peer
	issuer, holder *tokenKey
	oursShow       bool // Laurel's code selects and binds; else the peer's
}

// decoys are what Laurel puts in: the peer counts them among the elements that a
// frame chooses by number.
func (d desk) decoys() int {
	if d.oursShow {
		return 2
	}
	return 0
}

// issue makes the whole token, on the side that the issuer's key is of: Laurel as its
// issuers do.
func (d desk) issue(t *testing.T) string {
	t.Helper()
	claims := d.claims(d.issuer, d.holder)
	if d.issuer.signer == nil {
		return d.issueAs(t, headerOf(d.typ, d.issuer), claims, d.issuer)
	}
	iat, err := jose.Date(claims, "iat")
	if err != nil {
		t.Fatal(err)
	}
	token, err := proof.IssueSDJWT(claims.Without("iat", "cnf"), proof.SDJWTOptions{
		SignOptions: proof.SignOptions{Key: d.issuer.signer, Method: d.issuer.kid(), Created: iat},
		Claims:      d.sdForm == claimsForm, Disclosable: d.concealed, Decoys: d.decoys(), Holder: d.holder.public,
	})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// issueAs makes a token of any header and claims.
func (d desk) issueAs(t *testing.T, header, claims strictjson.Value, by *tokenKey) string {
	t.Helper()
	if by.signer == nil {
		return d.peerMakes(t, job{Do: "issue", Document: string(claims.JSON()), Alg: by.alg, Type: d.typ,
			Header: header.JSON(), SecretJWK: by.secret, Frame: d.concealedFrame})
	}
	token, err := sdjwt.Issue(header, claims, sdjwt.Concealment{Pointers: d.concealed, Decoys: d.decoys()}, by.signer)
	if err != nil {
		t.Fatal(err)
	}
	return token.Compact()
}

// show makes what the verifier gets.
func (d desk) show(t *testing.T, whole string, how sdjwt.Binding, by *tokenKey) string {
	t.Helper()
	if !d.oursShow {
		return d.peerMakes(t, job{Do: "present", Document: whole, Alg: by.alg, Type: d.typ, Frame: d.shownFrame,
			Now: how.IssuedAt, SecretJWK: by.secret, Challenge: how.Nonce, Domain: how.Audience})
	}
	chosen, err := proof.PresentSDJWT(whole, proof.PresentOptions{Pointers: d.revealed})
	if err != nil {
		t.Fatal(err)
	}
	return bind(t, chosen, how, by)
}

// bind is done with Laurel's code, which signs for anybody.
func bind(t *testing.T, chosen string, how sdjwt.Binding, by *tokenKey) string {
	t.Helper()
	token, err := sdjwt.Parse([]byte(chosen))
	if err != nil {
		t.Fatal(err)
	}
	bound, err := token.Bind(by.signer, how)
	if err != nil {
		t.Fatal(err)
	}
	return bound.Compact()
}

func (d desk) peerMakes(t *testing.T, j job) string {
	t.Helper()
	a := d.p.do(t, j)
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	return a.Document
}

func (d desk) ask(t *testing.T, shown string) answer {
	t.Helper()
	j := d.issuer.asking("verify", shown)
	j.Type, j.Challenge, j.Now = d.typ, challenge, testissuer.Now
	return d.p.do(t, j)
}

// sdTwin is a shown SD-JWT that is bad in one way.
type sdTwin struct {
	name    string
	header  func(desk, strictjson.Value) strictjson.Value // before it is issued
	claims  func(desk, strictjson.Value) strictjson.Value // before it is issued
	forged  bool                                          // a stranger issues it
	binding func(*sdjwt.Binding)
	// stranger has another than the holder bind it.
	stranger bool
	// holders are forged before they are bound, where Laurel's code binds: it is
	// the holder who would.
	holders  func(desk, []string) []string
	after    func([]string) []string // once it is bound
	only     *sdForm                 // nil: of both kinds
	want     verifier.Code
	accepted string
}

const (
	// loose is why the peer takes what a holder adds before binding.
	loose = "it passes over a disclosure that no digest refers to, or that comes twice; RFC 9901, section 7.1, has the token rejected"
	// keyless is why it takes whatever names another key or issuer.
	keyless = "the caller finds the key, and compares it with iss"
)

// discloses adds a disclosure.
func discloses(name, value string) func(desk, []string) []string {
	return func(_ desk, p []string) []string {
		return append(p[:1:1], append([]string{encoded(`["c2FsdA","` + name + `",` + value + `]`)}, p[1:]...)...)
	}
}

func claimed(name, value string) func(desk, strictjson.Value) strictjson.Value {
	return func(_ desk, v strictjson.Value) strictjson.Value { return member(v, name, value) }
}

// Parts of a shown token: the JWT, four disclosures, the key binding.
var sdTwins = []sdTwin{
	{name: "another signature", after: at(0, func(s string) string { i := strings.LastIndex(s, ".") + 1; return s[:i] + flipped(s[i:]) }), want: verifier.SignatureInvalid},
	{name: "signed by a stranger", forged: true, want: verifier.SignatureInvalid},
	{name: "another issuer", claims: func(d desk, v strictjson.Value) strictjson.Value { return v.With("iss", text(d.holder.id())) }, want: verifier.IssuerMismatch, accepted: keyless},
	{name: "no issuer", claims: claimed("iss", ""), want: verifier.StructureInvalid, only: claimsForm, accepted: keyless},
	{name: "no type of credential", claims: claimed("vct", ""), want: verifier.StructureInvalid, only: claimsForm, accepted: "it reads a vct only if there is one; SD-JWT VC, section 3.2.2, requires it"},
	{name: "another issuer of the badge", claims: func(d desk, v strictjson.Value) strictjson.Value {
		return testissuer.Set(v, "issuer/id", text(d.holder.id()))
	}, want: verifier.IssuerMismatch, only: badgeForm, accepted: notItsModel},
	{name: "no issuer of the badge", claims: claimed("issuer", ""), want: verifier.StructureInvalid, only: badgeForm, accepted: notItsModel},
	{name: "a badge that has ended", claims: claimed("validUntil", `"2026-05-01T00:00:00Z"`), want: verifier.CredentialExpired, only: badgeForm, accepted: notItsModel},
	{name: "ended", claims: claimed("exp", "1780315199"), want: verifier.CredentialExpired},
	{name: "ended this second", claims: claimed("exp", "1780315200"), want: verifier.CredentialExpired, accepted: "it lets a token pass in the second of its exp; RFC 7519, section 4.1.4, ends it there"},
	{name: "not begun", claims: claimed("nbf", "1780401600"), want: verifier.CredentialNotYetValid},
	{name: "made tomorrow", claims: claimed("iat", "1780401600"), want: verifier.ProofNotYetValid},
	{name: "a kid of nobody", header: func(_ desk, h strictjson.Value) strictjson.Value { return h.With("kid", text("key-9")) }, want: verifier.VerificationMethodUnresolvable, accepted: keyless},
	{name: "a token for another use", header: func(_ desk, h strictjson.Value) strictjson.Value { return h.With("typ", text("at+jwt")) }, want: verifier.TypeMismatch, accepted: "it looks at no typ; RFC 9901, section 9.11, recommends it"},
	{name: "no algorithm", after: at(0, func(s string) string {
		p := strings.Split(s, ".")
		return reclaimed(p[0], "alg", "none") + "." + p[1] + "."
	}), want: verifier.AlgorithmNotAllowed},
	{name: "no holder named", claims: claimed("cnf", ""), want: verifier.HolderBindingFailed},
	{name: "a disclosure exchanged", holders: first(always(encoded(`["c2FsdA","name","Grace Hopper"]`))), want: verifier.DisclosureInvalid, accepted: loose},
	{name: "a disclosure with another salt", holders: first(func(s string) string { return s[:5] + flipped(s[5:]) }), want: verifier.DisclosureInvalid},
	{name: "a disclosure too many", holders: discloses("role", `"Dean"`), want: verifier.DisclosureInvalid, accepted: loose},
	{name: "a disclosure of a longer validity", holders: discloses("exp", `4102444800`), want: verifier.DisclosureInvalid, accepted: loose},
	{name: "a disclosure twice", holders: func(_ desk, p []string) []string { return append(p[:2:2], p[1:]...) }, want: verifier.DisclosureInvalid, accepted: loose},
	{name: "a disclosure that is no list", holders: first(always(encoded(`{"name":"Ada"}`))), want: verifier.DisclosureInvalid},
	{name: "a disclosure left out after binding", after: func(p []string) []string { return append(p[:1:1], p[2:]...) }, want: verifier.HolderBindingFailed},
	{name: "an outer disclosure left out", holders: func(d desk, parts []string) []string {
		return slices.DeleteFunc(parts, func(p string) bool {
			text, err := jose.Decode([]byte(p))
			return err == nil && strings.HasPrefix(string(text), "[") && strings.Contains(string(text), d.outer)
		})
	}, want: verifier.DisclosureInvalid, accepted: loose},
	{name: "an answer to another challenge", binding: func(b *sdjwt.Binding) { b.Nonce = "another" }, want: verifier.ChallengeMismatch},
	{name: "an answer of an hour ago", binding: func(b *sdjwt.Binding) { b.IssuedAt = b.IssuedAt.Add(-time.Hour) }, want: verifier.KeyBindingStale, accepted: "how fresh a key binding has to be is left to the caller"},
	{name: "an answer of tomorrow", binding: func(b *sdjwt.Binding) { b.IssuedAt = b.IssuedAt.Add(24 * time.Hour) }, want: verifier.KeyBindingStale, accepted: "how fresh a key binding has to be is left to the caller"},
	{name: "bound by a stranger", stranger: true, want: verifier.HolderBindingFailed},
	{name: "no key binding", after: func(p []string) []string { p[len(p)-1] = ""; return p }, want: verifier.HolderBindingFailed},
	{name: "another signature of the holder", after: at(-1, func(s string) string { i := strings.LastIndex(s, ".") + 1; return s[:i] + flipped(s[i:]) }), want: verifier.HolderBindingFailed},
	{name: "the token as its own key binding", after: func(p []string) []string { p[len(p)-1] = p[0]; return p }, want: verifier.TypeMismatch},

	{name: "an answer for another audience", binding: func(b *sdjwt.Binding) { b.Audience = "https://other.example" }, want: verifier.DomainMismatch,
		accepted: "verify() does not compare the audience; the caller has to"},
}

// first exchanges the first disclosure.
func first(edit func(string) string) func(desk, []string) []string {
	return func(_ desk, p []string) []string { return at(1, edit)(p) }
}

func at(n int, edit func(string) string) func([]string) []string {
	return func(parts []string) []string {
		i := (n + len(parts)) % len(parts)
		parts[i] = edit(parts[i])
		return parts
	}
}

// TestSDJWT goes all four roads: who issues, who shows.
func TestSDJWT(t *testing.T) {
	p := start(t, "sdjwt.js")
	for _, alg := range algorithms {
		for _, d := range []desk{
			{claimsForm, p, ourTokenKey(t, alg), nil, true}, {claimsForm, p, ourTokenKey(t, alg), nil, false},
			{claimsForm, p, theirTokenKey(t, p, alg), nil, true}, {claimsForm, p, theirTokenKey(t, p, alg), nil, false},
			{badgeForm, p, ourTokenKey(t, alg), nil, true}, {badgeForm, p, ourTokenKey(t, alg), nil, false},
			{badgeForm, p, theirTokenKey(t, p, alg), nil, true}, {badgeForm, p, theirTokenKey(t, p, alg), nil, false},
		} {
			d.holder = d.newHolder(t, alg)
			name := d.typ + ", " + alg + ", " + map[bool]string{true: "Laurel", false: "the peer"}[d.issuer.signer != nil] + " issues, " +
				map[bool]string{true: "Laurel", false: "the peer"}[d.oursShow] + " shows"
			t.Run(name, func(t *testing.T) { d.test(t) })
		}
	}
}

func (d desk) newHolder(t *testing.T, alg string) *tokenKey {
	t.Helper()
	if d.oursShow {
		return ourTokenKey(t, alg)
	}
	return theirTokenKey(t, d.p, alg)
}

func (d desk) test(t *testing.T) {
	shown := d.show(t, d.issue(t), sdjwt.Binding{Nonce: challenge, Audience: domain, IssuedAt: testissuer.Now}, d.holder)
	got, report := judge(t, emptyWeb(), shown, asked)
	if got.verdict != verifier.Accepted {
		t.Fatalf("Laurel: %s, %s: %s", got.verdict, got.code, got.cause)
	}
	a := d.ask(t, shown)
	if !a.Verified || a.Audience != domain {
		t.Fatalf("the peer: %s, audience %q", a.Error, a.Audience)
	}
	token, err := sdjwt.Parse([]byte(shown))
	if err != nil {
		t.Fatal(err)
	}
	claims, err := token.Claims()
	if err != nil {
		t.Fatal(err)
	}
	want := d.withheld(d.claims(d.issuer, d.holder))
	if theirs := testissuer.Parse(a.Document); !sameJSON(t, claims.Document, want) || !sameJSON(t, theirs, want) {
		t.Errorf("Laurel reads\n%s\nthe peer\n%s\nwant\n%s", claims.Document.JSON(), theirs.JSON(), want.JSON())
	}
	if report.Issuer.ID != d.issuer.id() || !report.Selection {
		t.Errorf("the report names %s, selection %v", report.Issuer.ID, report.Selection)
	}
	for _, tw := range sdTwins {
		if tw.only != nil && tw.only != d.sdForm {
			continue
		}
		t.Run(tw.name, func(t *testing.T) { d.refuse(t, tw) })
	}
}

func sameJSON(t *testing.T, a, b strictjson.Value) bool {
	t.Helper()
	x, err := a.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	return string(x) == string(y)
}

func (d desk) refuse(t *testing.T, tw sdTwin) {
	t.Helper()
	shown := d.spoil(t, tw)
	if tw.holders != nil && d.holder.signer == nil {
		tw.accepted = "" // forged after it was bound, which the binding shows
	}
	if got, _ := judge(t, emptyWeb(), shown, asked); got.verdict == verifier.Accepted || got.code != tw.want {
		t.Errorf("Laurel: %s, %s: %s; want %s", got.verdict, got.code, got.cause, tw.want)
	}
	compare(t, d.ask(t, shown), tw.accepted)
}

// spoil makes the twin, each part of it on the side where it belongs.
func (d desk) spoil(t *testing.T, tw sdTwin) string {
	t.Helper()
	header, claims, issuer, holder := headerOf(d.typ, d.issuer), d.claims(d.issuer, d.holder), d.issuer, d.holder
	if tw.header != nil {
		header = tw.header(d, header)
	}
	if tw.claims != nil {
		claims = tw.claims(d, claims)
	}
	if tw.forged {
		issuer = ourTokenKey(t, d.issuer.alg)
	}
	how := sdjwt.Binding{Nonce: challenge, Audience: domain, IssuedAt: testissuer.Now}
	if tw.binding != nil {
		tw.binding(&how)
	}
	if tw.stranger {
		holder = d.newHolder(t, d.holder.alg)
	}
	shown := d.show(t, d.issueAs(t, header, claims, issuer), how, holder)
	if tw.holders != nil {
		shown = strings.Join(tw.holders(d, strings.Split(shown, "~")), "~")
		if holder.signer != nil {
			shown = bind(t, shown[:strings.LastIndex(shown, "~")+1], how, holder)
		}
	}
	if tw.after != nil {
		shown = strings.Join(tw.after(strings.Split(shown, "~")), "~")
	}
	return shown
}
