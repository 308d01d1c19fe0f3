package interop

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// sdClaims is a credential as SD-JWT VC has it, with the holder's key in it.
func sdClaims(holder *tokenKey) strictjson.Value {
	return testissuer.Parse(`{
		"iss": "https://school.example", "vct": "https://school.example/badge", "iat": 1764547200, "exp": 1906502400,
		"name": "Ada Lovelace — Ünïcödé", "email": "ada@example.org", "grades": ["A", "B", "C"],
		"achievement": {"name": "Barista", "credits": 2.5, "level": {"code": "B2", "of": "CEFR"}}}`).
		With("cnf", strictjson.Object(strictjson.Member{Name: "jwk", Value: testissuer.Parse(string(holder.jwk))}))
}

// What the issuer lets the holder withhold, and what the holder shows, in the
// words of both.
var (
	concealed = sdjwt.Concealment{Pointers: []string{
		"/name", "/email", "/grades/0", "/grades/2", "/achievement/level", "/achievement/level/code"}}
	concealedFrame = []byte(`{"_sd": ["name", "email"], "_sd_decoy": 2, "grades": {"_sd": [0, 2]},
		"achievement": {"_sd": ["level"], "level": {"_sd": ["code"]}}}`)

	revealed      = []string{"/name", "/grades/2", "/achievement/level", "/achievement/level/code"}
	revealedFrame = []byte(`{"name": true, "grades": {"2": true}, "achievement": {"level": {"code": true}}}`)
)

// desk is who takes part in an exchange of SD-JWTs.
type desk struct {
	p              *peer
	issuer, holder *tokenKey
	oursShow       bool // Laurel's code selects and binds; else the peer's
}

// issue makes the whole token, on the side that the issuer's key is of.
func (d desk) issue(t *testing.T, claims strictjson.Value) string {
	t.Helper()
	if d.issuer.signer != nil {
		how := concealed
		if d.oursShow { // the peer counts decoys among the elements that a frame chooses by number
			how.Decoys = 2
		}
		token, err := sdjwt.Issue(testissuer.Parse(`{"typ":"dc+sd-jwt"}`), claims, how, d.issuer.signer)
		if err != nil {
			t.Fatal(err)
		}
		return token.Compact()
	}
	return d.peerMakes(t, job{Do: "issue", Document: string(claims.JSON()), Alg: d.issuer.alg, Type: "dc+sd-jwt",
		SecretJWK: d.issuer.secret, Frame: concealedFrame})
}

// show makes what the verifier gets.
func (d desk) show(t *testing.T, whole string, how sdjwt.Binding, by *tokenKey) string {
	t.Helper()
	if !d.oursShow {
		return d.peerMakes(t, job{Do: "present", Document: whole, Alg: by.alg, Type: "dc+sd-jwt", Frame: revealedFrame,
			SecretJWK: by.secret, Challenge: how.Nonce, Domain: how.Audience})
	}
	token, err := sdjwt.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	chosen, err := token.Select(revealed)
	if err != nil {
		t.Fatal(err)
	}
	return bind(t, chosen.Compact(), how, by)
}

// bind is done with Laurel's code.
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

// open is how Laurel reads it: the claims, if everything holds.
func (d desk) open(shown string) (strictjson.Value, error) {
	token, err := sdjwt.Parse([]byte(shown))
	if err != nil {
		return strictjson.Value{}, err
	}
	if err := token.JWT.Verify(d.issuer.public, jose.Rules{Types: []string{"dc+sd-jwt"}}); err != nil {
		return strictjson.Value{}, err
	}
	claims, err := token.Claims()
	if err != nil {
		return strictjson.Value{}, err
	}
	binding, err := token.VerifyBinding(d.holder.public)
	if err != nil {
		return strictjson.Value{}, err
	}
	if binding.Nonce != challenge || binding.Audience != domain {
		return strictjson.Value{}, errBound
	}
	return claims.Document, nil
}

var errBound = errors.New("bound to something else")

func (d desk) ask(t *testing.T, shown string) answer {
	t.Helper()
	j := d.issuer.asking("verify", shown)
	j.Type, j.Challenge, j.Now = "dc+sd-jwt", challenge, testissuer.Now
	return d.p.do(t, j)
}

// sdTwin is a shown SD-JWT that is bad in one way.
type sdTwin struct {
	name     string
	binding  func(*sdjwt.Binding)
	stranger bool // binds with another key
	// holders are forged before they are bound, where Laurel's code binds: it is
	// the holder who would.
	holders  func([]string) []string
	after    func([]string) []string // once it is bound
	want     error
	accepted string
}

// loose is why the peer takes what a holder adds before binding.
const loose = "it passes over a disclosure that no digest refers to, or that comes twice; RFC 9901, section 7.1, has the token rejected"

// Parts of a shown token: the JWT, four disclosures, the key binding.
var sdTwins = []sdTwin{
	{name: "another signature", after: at(0, func(s string) string { i := strings.LastIndex(s, ".") + 1; return s[:i] + flipped(s[i:]) }), want: jose.ErrSignature},
	{name: "another payload", after: at(0, func(s string) string {
		p := strings.Split(s, ".")
		return p[0] + "." + encoded(`{"vct":"x"}`) + "." + p[2]
	}), want: jose.ErrSignature},
	{name: "a disclosure exchanged", holders: at(1, always(encoded(`["c2FsdA","name","Grace Hopper"]`))), want: sdjwt.ErrDisclosure, accepted: loose},
	{name: "a disclosure with another salt", holders: at(1, func(s string) string { return s[:5] + flipped(s[5:]) }), want: sdjwt.ErrDisclosure},
	{name: "a disclosure too many", holders: func(p []string) []string {
		return append(p[:1:1], append([]string{encoded(`["c2FsdA","role","Dean"]`)}, p[1:]...)...)
	}, want: sdjwt.ErrDisclosure, accepted: loose},
	{name: "a disclosure twice", holders: func(p []string) []string { return append(p[:2:2], p[1:]...) }, want: sdjwt.ErrDisclosure, accepted: loose},
	{name: "a disclosure that is no list", holders: at(1, always(encoded(`{"name":"Ada"}`))), want: sdjwt.ErrDisclosure},
	{name: "a disclosure left out after binding", after: func(p []string) []string { return append(p[:1:1], p[2:]...) }, want: sdjwt.ErrBinding},
	{name: "an outer disclosure left out", holders: func(parts []string) []string {
		return slices.DeleteFunc(parts, func(p string) bool {
			text, err := jose.Decode([]byte(p))
			return err == nil && strings.Contains(string(text), `"level"`)
		})
	}, want: sdjwt.ErrDisclosure, accepted: loose},
	{name: "an answer to another challenge", binding: func(b *sdjwt.Binding) { b.Nonce = "another" }, want: errBound},
	{name: "bound by a stranger", stranger: true, want: sdjwt.ErrBinding},
	{name: "no key binding", after: func(p []string) []string { p[len(p)-1] = ""; return p }, want: sdjwt.ErrBinding},
	{name: "another signature of the holder", after: at(-1, func(s string) string { i := strings.LastIndex(s, ".") + 1; return s[:i] + flipped(s[i:]) }), want: sdjwt.ErrBinding},
	{name: "the token as its own key binding", after: func(p []string) []string { p[len(p)-1] = p[0]; return p }, want: jose.ErrType},

	{name: "an answer for another audience", binding: func(b *sdjwt.Binding) { b.Audience = "https://other.example" }, want: errBound,
		accepted: "verify() does not compare the audience; the caller has to"},
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
			{p, ourTokenKey(t, alg), nil, true}, {p, ourTokenKey(t, alg), nil, false},
			{p, theirTokenKey(t, p, alg), nil, true}, {p, theirTokenKey(t, p, alg), nil, false},
		} {
			d.holder = d.newHolder(t, alg)
			name := alg + ", " + map[bool]string{true: "Laurel", false: "the peer"}[d.issuer.signer != nil] + " issues, " +
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
	whole := d.issue(t, sdClaims(d.holder))
	shown := d.show(t, whole, sdjwt.Binding{Nonce: challenge, Audience: domain, IssuedAt: testissuer.Now}, d.holder)
	claims, err := d.open(shown)
	if err != nil {
		t.Fatal("Laurel:", err)
	}
	a := d.ask(t, shown)
	if !a.Verified || a.Audience != domain {
		t.Fatalf("the peer: %s, audience %q", a.Error, a.Audience)
	}
	want := sdClaims(d.holder).Without("email").With("grades", strictjson.Strings("B", "C"))
	if theirs := testissuer.Parse(a.Document); !sameJSON(t, claims, want) || !sameJSON(t, theirs, want) {
		t.Errorf("Laurel reads\n%s\nthe peer\n%s\nwant\n%s", claims.JSON(), theirs.JSON(), want.JSON())
	}
	for _, tw := range sdTwins {
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
	how := sdjwt.Binding{Nonce: challenge, Audience: domain, IssuedAt: testissuer.Now}
	if tw.binding != nil {
		tw.binding(&how)
	}
	by := d.holder
	if tw.stranger {
		by = d.newHolder(t, d.holder.alg)
	}
	shown := d.show(t, d.issue(t, sdClaims(d.holder)), how, by)
	if tw.holders != nil && by.signer == nil {
		tw.accepted = "" // forged after it was bound, which the binding shows
	}
	if tw.holders != nil {
		shown = strings.Join(tw.holders(strings.Split(shown, "~")), "~")
		if by.signer != nil {
			shown = bind(t, shown[:strings.LastIndex(shown, "~")+1], how, by)
		}
	}
	if tw.after != nil {
		shown = strings.Join(tw.after(strings.Split(shown, "~")), "~")
	}
	if _, err := d.open(shown); !errors.Is(err, tw.want) {
		t.Errorf("Laurel: %v, want %v", err, tw.want)
	}
	compare(t, d.ask(t, shown), tw.accepted)
}
