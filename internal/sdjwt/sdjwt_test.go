package sdjwt

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha512"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/strictjson"
)

var (
	issuerKey = ed25519.NewKeyFromSeed(make([]byte, 32))
	holderKey = ed25519.NewKeyFromSeed([]byte(strings.Repeat("h", 32)))
	now       = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
)

// raw is a token of a payload and disclosures as they are.
func raw(t testing.TB, payload string, disclosures ...string) *Token {
	t.Helper()
	compact, err := jose.Sign(strictjson.Object(), []byte(payload), issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	token, err := Parse([]byte(compact + "~" + strings.Join(append(disclosures, ""), "~")))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// disclosure is one of that JSON text, and its digest.
func disclosure(text string) (encoded, hash string) {
	encoded = jose.Encode([]byte(text))
	return encoded, digest(crypto.SHA256, []byte(encoded))
}

// TestClaimsRefuses: each rule of RFC 9901, section 7.1, and some that follow from
// it. The digests all fit.
func TestClaimsRefuses(t *testing.T) {
	name, nameHash := disclosure(`["salt","name","Alice"]`)
	twin, twinHash := disclosure(`["pepper","name","Bob"]`)
	element, elementHash := disclosure(`["salt","DE"]`)
	outer, outerHash := disclosure(`["salt","inner",{"_sd":["` + nameHash + `"]}]`)
	with := func(text string) ([]string, string) {
		d, h := disclosure(text)
		return []string{d}, `{"_sd":["` + h + `"]}`
	}
	type attack struct {
		name        string
		payload     string
		disclosures []string
		want        error
	}
	tests := []attack{
		{"a disclosure of nobody", `{}`, []string{name}, ErrDisclosure},
		{"one digest of two disclosures", `{"_sd":["` + nameHash + `"]}`, []string{name, twin}, ErrDisclosure},
		{"a disclosure twice", `{"_sd":["` + nameHash + `"]}`, []string{name, name}, ErrDisclosure},
		{"a digest twice in one place", `{"_sd":["` + nameHash + `","` + nameHash + `"]}`, []string{name}, ErrDisclosure},
		{"a digest twice in two places", `{"_sd":["` + nameHash + `"],"a":{"_sd":["` + nameHash + `"]}}`, []string{name}, ErrDisclosure},
		{"a decoy twice", `{"_sd":["decoy"],"a":[{"...":"decoy"}]}`, nil, ErrDisclosure},
		{"a digest in the open and in a disclosure", `{"_sd":["` + outerHash + `","` + nameHash + `"]}`, []string{outer, name}, ErrDisclosure},
		{"an inner disclosure without the outer one", `{"_sd":["` + outerHash + `"]}`, []string{name}, ErrDisclosure},
		{"a name that is taken", `{"name":"Bob","_sd":["` + nameHash + `"]}`, []string{name}, ErrDisclosure},
		{"two disclosures of one name", `{"_sd":["` + nameHash + `","` + twinHash + `"]}`, []string{name, twin}, ErrDisclosure},
		{"an element among members", `{"_sd":["` + elementHash + `"]}`, []string{element}, ErrDisclosure},
		{"a member among elements", `{"a":[{"...":"` + nameHash + `"}]}`, []string{name}, ErrDisclosure},
		{"_sd that is a text", `{"_sd":"` + nameHash + `"}`, nil, ErrDisclosure},
		{"_sd that is null", `{"_sd":null}`, nil, ErrDisclosure},
		{"_sd with a number", `{"_sd":[1]}`, nil, ErrDisclosure},
		{"a digest of an element that is a number", `{"a":[{"...":1}]}`, nil, ErrDisclosure},
		{"something beside the digest of an element", `{"a":[{"...":"x","name":"Bob"}]}`, nil, ErrDisclosure},
		{"the mark of elements among members", `{"a":{"...":"` + elementHash + `"}}`, []string{element}, ErrDisclosure},
		{"_sd_alg further down", `{"a":{"_sd_alg":"sha-256"}}`, nil, ErrDisclosure},
		{"MD5", `{"_sd_alg":"md5"}`, nil, jose.ErrAlgorithm},
		{"a hash that is cut short", `{"_sd_alg":"sha-256-32"}`, nil, jose.ErrAlgorithm},
		{"a hash in capitals", `{"_sd_alg":"SHA-256"}`, nil, jose.ErrAlgorithm},
		{"a hash that is a list", `{"_sd_alg":["sha-256"]}`, nil, jose.ErrAlgorithm},
		{"a hash that is null", `{"_sd_alg":null}`, nil, jose.ErrAlgorithm},
		{"another hash than the digests'", `{"_sd_alg":"sha-512","_sd":["` + nameHash + `"]}`, []string{name}, ErrDisclosure},
		{"a payload that is a list", `[]`, nil, jose.ErrMalformed},
		{"a payload with a name twice", `{"a":1,"a":2}`, nil, strictjson.ErrDuplicateName},
		{"a million arrays", `{"a":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`, nil, strictjson.ErrLimit},
	}
	for what, text := range map[string]string{
		"is called _sd":             `["salt","_sd",["x"]]`,
		"is called ...":             `["salt","...","x"]`,
		"is called _sd_alg":         `["salt","_sd_alg","md5"]`,
		"has a number for a name":   `["salt",1,"x"]`,
		"has null for a name":       `["salt",null,"x"]`,
		"has a number for a salt":   `[1,"name","x"]`,
		"has four parts":            `["salt","name","x","y"]`,
		"has one part":              `["salt"]`,
		"is empty":                  `[]`,
		"is an object":              `{"salt":"name"}`,
		"is a text":                 `"name"`,
		"is no JSON":                `["salt","name"`,
		"has something behind it":   `["salt","name","x"] []`,
		"is not UTF-8":              "[\"salt\",\"name\",\"\xff\"]",
		"says a thing twice":        `["salt","name",{"a":1,"a":2}]`,
		"hides _sd_alg":             `["salt","name",{"_sd_alg":"md5"}]`,
		"hides a mark":              `["salt","name",{"...":"x"}]`,
		"has an _sd that is a text": `["salt","name",{"_sd":"x"}]`,
		"holds its own digest":      `["salt","name",{"_sd":["x","x"]}]`,
	} {
		d, payload := with(text)
		tests = append(tests, attack{"a disclosure that " + what, payload, d, ErrDisclosure})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			claims, err := raw(t, tt.payload, tt.disclosures...).Claims()
			if !errors.Is(err, tt.want) || claims != nil {
				t.Errorf("%v, %v; want %v", claims, err, tt.want)
			}
		})
	}
}

// TestDisclosuresHaveOneSpelling: a digest is that of the text as it is written, so
// a text that only decodes to the same is another disclosure, and bad base64url is
// none.
func TestDisclosuresHaveOneSpelling(t *testing.T) {
	for name, text := range map[string]string{
		"padding":    "WyJzYWx0IiwibmFtZSIsIngiXQ==",
		"loose bits": "WyJzYWx0IiwibmFtZSIsIngiXR",
		"a line end": "WyJzYWx0Iiwi\nbmFtZSIsIngiXQ",
		"a space":    "WyJzYWx0Iiwi bmFtZSIsIngiXQ",
		"base64":     "WyJzYWx0Iiw/Pz8+Pj4+",
	} {
		payload := `{"_sd":["` + digest(crypto.SHA256, []byte(text)) + `"]}`
		if claims, err := raw(t, payload, text).Claims(); !errors.Is(err, ErrDisclosure) || claims != nil {
			t.Errorf("%s: %v, %v", name, claims, err)
		}
	}
}

func TestClaimsInPlace(t *testing.T) {
	inner, innerHash := disclosure(`["s1","city","Ulm"]`)
	outer, outerHash := disclosure(`["s2","address",{"_sd":["` + innerHash + `","decoy1"],"country":"DE"}]`)
	one, oneHash := disclosure(`["s3",[1,2]]`)
	empty, emptyHash := disclosure(`["","",null]`)
	payload := `{"a":1,"_sd":["` + outerHash + `","decoy2","` + emptyHash + `"],"list":[0,{"...":"decoy3"},{"...":"` + oneHash + `"},{"x":{"...x":1}}],"_sd_alg":"sha-256"}`
	claims, err := raw(t, payload, inner, one, outer, empty).Claims()
	if err != nil {
		t.Fatal(err)
	}
	want := parse(t, `{"a":1,"list":[0,[1,2],{"x":{"...x":1}}],"address":{"country":"DE","city":"Ulm"},"":null}`)
	if !claims.Document.Equal(want) || claims.Hidden != 3 {
		t.Errorf("%s, %d hidden", claims.Document.JSON(), claims.Hidden)
	}
	var got []string
	for _, c := range claims.Disclosed {
		got = append(got, c.Pointer+"="+string(c.Value.JSON()))
	}
	if want := []string{`/address={"country":"DE","city":"Ulm"}`, `/=null`, `/list/1=[1,2]`, `/address/city="Ulm"`}; !slices.Equal(sorted(got), sorted(want)) || got[3] != want[3] && got[2] != want[3] {
		t.Errorf("disclosed %q", got)
	}
}

func sorted(s []string) []string { return slices.Sorted(slices.Values(s)) }

func TestParseTokenRefuses(t *testing.T) {
	d, h := disclosure(`["salt","name","Alice"]`)
	good := raw(t, `{"_sd":["`+h+`"]}`, d).Compact()
	issued, _, _ := strings.Cut(good, "~")
	parts := strings.Split(issued, ".")
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", jose.ErrMalformed},
		{"the issuer's JWT alone", issued, jose.ErrMalformed},
		{"no tilde at the end", issued + "~" + d, jose.ErrMalformed},
		{"an empty disclosure", issued + "~~" + d + "~", ErrDisclosure},
		{"two tildes at the end", good + "~", ErrDisclosure},
		{"a tilde in front", "~" + good, jose.ErrMalformed},
		{"a key binding that is no JWT", good + "e30", jose.ErrMalformed},
		{"513 disclosures", issued + strings.Repeat("~"+d, 513) + "~", strictjson.ErrLimit},
		{"a million tildes", issued + strings.Repeat("~", 1_000_000), strictjson.ErrLimit},
		{"nine megabytes", issued + "~" + strings.Repeat("A", 9<<20), strictjson.ErrLimit},
		{"a JSON form without a signature", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `"}`, jose.ErrMalformed},
		{"a JSON form with several", `{"payload":"` + parts[1] + `","signatures":[]}`, jose.ErrMalformed},
		{"a JSON form with a number for a payload", `{"payload":1,"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, jose.ErrMalformed},
		{"a JSON form with a list for a key binding", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `","header":{"kb_jwt":[]}}`, jose.ErrMalformed},
		{"a JSON form with a number for a disclosure", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `","header":{"disclosures":[1]}}`, ErrDisclosure},
		{"a JSON form with two in one", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `","header":{"disclosures":["` + d + `~` + d + `"]}}`, ErrDisclosure},
		{"a JSON form with a token in the payload", `{"payload":"` + parts[1] + `.AA~","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, jose.ErrMalformed},
		{"a JSON form with a disclosure behind the signature", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `~` + d + `"}`, jose.ErrMalformed},
		{"a JSON form with a disclosure before the key binding", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `","header":{"kb_jwt":"` + d + `~"}}`, jose.ErrMalformed},
		{"a JSON form with two payloads", `{"payload":"","payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, strictjson.ErrDuplicateName},
		{"a JSON form that is cut", `{"payload":`, jose.ErrMalformed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			token, err := Parse([]byte(tt.in))
			if !errors.Is(err, tt.want) || token != nil {
				t.Errorf("%v, %v; want %v", token, err, tt.want)
			}
		})
	}
}

// badge is a credential to be issued in tests.
const badge = `{"iss":"https://school.example","type":["VerifiableCredential"],"credentialSubject":{"id":"did:key:z6Mk","result":[{"value":"A","score":{"a/b":1,"m~n":null}},{"value":"B"}],"name":"Ann"}}`

func issue(t testing.TB, c Concealment) *Token {
	t.Helper()
	token, err := Issue(strictjson.Object(), parse(t, badge), c, issuerKey)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

var everything = []string{
	"/credentialSubject", "/credentialSubject/result", "/credentialSubject/result/0", "/credentialSubject/result/1",
	"/credentialSubject/result/0/score/a~1b", "/credentialSubject/result/0/score/m~0n", "/credentialSubject/name", "/type/0",
}

func TestIssueAndSelect(t *testing.T) {
	for _, hash := range []string{"", "sha-256", "sha-384", "sha-512"} {
		token := again(t, issue(t, Concealment{Pointers: everything, Decoys: 3, Hash: hash}))
		if err := token.JWT.Verify(issuerKey.Public(), jose.Rules{Types: []string{""}}); err != nil {
			t.Fatal(err)
		}
		all, err := token.Claims()
		if err != nil || !all.Document.Equal(parse(t, badge)) || len(all.Disclosed) != len(everything) {
			t.Errorf("%s: %v, %v", hash, all, err)
		}
		for _, secret := range []string{"Ann", "did:key", "score", "VerifiableCredential"} {
			if strings.Contains(string(token.JWT.Payload), secret) {
				t.Errorf("%s: the payload says %s", hash, secret)
			}
		}
		if again := issue(t, Concealment{Pointers: everything, Hash: hash}); slices.Equal(again.Disclosures, token.Disclosures) {
			t.Error("two tokens have the same salts")
		}
	}
	token := issue(t, Concealment{Pointers: everything, Decoys: 2})
	for _, tt := range []struct {
		name     string
		pointers []string
		want     string
	}{
		{"nothing", nil, `{"iss":"https://school.example","type":[]}`},
		{"what is always visible", []string{"", "/iss"}, `{"iss":"https://school.example","type":[]}`},
		{"a subject without what is below", []string{"/credentialSubject"}, `{"iss":"https://school.example","type":[],"credentialSubject":{"id":"did:key:z6Mk"}}`},
		{"a result with what it is in", []string{"/credentialSubject/result/1"}, `{"iss":"https://school.example","type":[],"credentialSubject":{"id":"did:key:z6Mk","result":[{"value":"B"}]}}`},
		{"what is in the open inside it", []string{"/credentialSubject/result/0/value"}, `{"iss":"https://school.example","type":[],"credentialSubject":{"id":"did:key:z6Mk","result":[{"value":"A","score":{}}]}}`},
		{"a name with a slash", []string{"/credentialSubject/result/0/score/a~1b"}, `{"iss":"https://school.example","type":[],"credentialSubject":{"id":"did:key:z6Mk","result":[{"value":"A","score":{"a/b":1}}]}}`},
		{"everything", everything, badge},
	} {
		chosen, err := token.Select(tt.pointers)
		if err != nil {
			t.Fatal(err)
		}
		claims, err := again(t, chosen).Claims()
		if err != nil || !claims.Document.Equal(parse(t, tt.want)) {
			t.Errorf("%s: %v, %v", tt.name, claims, err)
		}
	}
	for _, p := range []string{"credentialSubject", "/nothing", "/credentialSubject/result/2", "/credentialSubject/result/-1", "/credentialSubject/result/01", "/credentialSubject/result/x", "/iss/0", "/credentialSubject/"} {
		if got, err := token.Select([]string{p}); !errors.Is(err, ErrDisclosure) || got != nil {
			t.Errorf("%s: %v, %v", p, got, err)
		}
	}
	broken := &Token{JWT: token.JWT, Disclosures: append(slices.Clone(token.Disclosures), "x")}
	if _, err := broken.Select(nil); !errors.Is(err, ErrDisclosure) {
		t.Errorf("chose from a token that does not fit: %v", err)
	}
}

func TestIssueRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		claims string
		c      Concealment
		want   error
	}{
		{"a pointer to nothing", badge, Concealment{Pointers: []string{"/subject"}}, ErrDisclosure},
		{"the whole", badge, Concealment{Pointers: []string{""}}, ErrDisclosure},
		{"a claim called _sd", `{"a":{"_sd":[]}}`, Concealment{}, ErrDisclosure},
		{"a claim called ...", `{"a":[{"...":"x"}]}`, Concealment{}, ErrDisclosure},
		{"a claim called _sd_alg", `{"_sd_alg":"sha-256"}`, Concealment{}, ErrDisclosure},
		{"a weak hash", badge, Concealment{Hash: "sha-1"}, jose.ErrAlgorithm},
		{"a thousand decoys", badge, Concealment{Decoys: 1000}, strictjson.ErrLimit},
		{"a thousand disclosures", badge, Concealment{Pointers: make([]string, 1000)}, strictjson.ErrLimit},
		{"a text", `"x"`, Concealment{}, jose.ErrMalformed},
	} {
		if token, err := Issue(strictjson.Object(), parse(t, tt.claims), tt.c, issuerKey); !errors.Is(err, tt.want) || token != nil {
			t.Errorf("%s: %v, %v", tt.name, token, err)
		}
	}
	if _, err := Issue(parse(t, `{"alg":"none"}`), parse(t, badge), Concealment{}, issuerKey); !errors.Is(err, jose.ErrMalformed) {
		t.Errorf("a header with an algorithm: %v", err)
	}
	plain := issue(t, Concealment{})
	if plain.JWT == nil || len(plain.Disclosures) != 0 || strings.Contains(string(plain.JWT.Payload), "_sd") {
		t.Errorf("without pointers: %s", plain.JWT.Payload)
	}
}

func TestKeyBinding(t *testing.T) {
	token := issue(t, Concealment{Pointers: []string{"/credentialSubject/name"}, Hash: "sha-512"})
	want := Binding{Audience: "employer.example", Nonce: "n-1", IssuedAt: now}
	bound, err := token.Bind(holderKey, want)
	if err != nil {
		t.Fatal(err)
	}
	bound = again(t, bound)
	if got, err := bound.VerifyBinding(holderKey.Public()); err != nil || !got.IssuedAt.Equal(now) || got.Audience != want.Audience || got.Nonce != want.Nonce {
		t.Errorf("%+v, %v", got, err)
	}
	sum := sha512.Sum512([]byte(token.Compact()))
	if claims, err := bound.Binding.Claims(); err != nil || claims.Get("sd_hash").Str() != jose.Encode(sum[:]) {
		t.Errorf("sd_hash is not that of the whole token in the token's own hash: %v, %v", claims, err)
	}
	if chosen, err := bound.Select(nil); err != nil || chosen.Binding != nil {
		t.Errorf("a choice kept the key binding of another: %v", err)
	}
	for _, b := range []Binding{{}, {Nonce: "n", IssuedAt: now}, {Audience: "a", IssuedAt: now}, {Audience: "a", Nonce: "n"}} {
		if got, err := token.Bind(holderKey, b); !errors.Is(err, ErrBinding) || got != nil {
			t.Errorf("%+v: %v", b, err)
		}
	}
	if _, err := raw(t, `{"_sd_alg":"md5"}`).Bind(holderKey, want); !errors.Is(err, jose.ErrAlgorithm) {
		t.Errorf("bound to a weak hash: %v", err)
	}
}

// TestKeyBindingRefuses: key bindings that their holder did sign.
func TestKeyBindingRefuses(t *testing.T) {
	token := issue(t, Concealment{Pointers: []string{"/credentialSubject/name"}})
	hash := digest(crypto.SHA256, token.bound())
	claims := func(changes ...string) string {
		return strings.NewReplacer(changes...).Replace(`{"iat":1780315200,"aud":"employer.example","nonce":"n-1","sd_hash":"` + hash + `"}`)
	}
	for _, tt := range []struct {
		name, header, payload string
		key                   ed25519.PrivateKey
		want                  error
	}{
		{"good", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(), holderKey, nil},
		{"another key", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(), issuerKey, ErrBinding},
		{"its own key in the header", `{"alg":"EdDSA","typ":"kb+jwt","jwk":{"kty":"OKP"}}`, claims(), issuerKey, ErrBinding},
		{"no type", `{"alg":"EdDSA"}`, claims(), holderKey, jose.ErrType},
		{"another type", `{"alg":"EdDSA","typ":"JWT"}`, claims(), holderKey, jose.ErrType},
		{"none", `{"alg":"none","typ":"kb+jwt"}`, claims(), holderKey, jose.ErrAlgorithm},
		{"a shared secret", `{"alg":"HS256","typ":"kb+jwt"}`, claims(), holderKey, jose.ErrAlgorithm},
		{"critical", `{"alg":"EdDSA","typ":"kb+jwt","crit":["x"]}`, claims(), holderKey, jose.ErrCritical},
		{"no sd_hash", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims("sd_hash", "_sd_hash"), holderKey, ErrBinding},
		{"another sd_hash", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(hash, hash[1:]+"A"), holderKey, ErrBinding},
		{"sd_hash of another hash", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(hash, digest(crypto.SHA512, token.bound())), holderKey, ErrBinding},
		{"sd_hash without the last tilde", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(hash, digest(crypto.SHA256, token.bound()[:len(token.bound())-1])), holderKey, ErrBinding},
		{"sd_hash that is a list", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims(`"`+hash+`"`, `["`+hash+`"]`), holderKey, ErrBinding},
		{"a time that is a text", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims("1780315200", `"today"`), holderKey, jose.ErrMalformed},
		{"claims that are a list", `{"alg":"EdDSA","typ":"kb+jwt"}`, `[]`, holderKey, jose.ErrMalformed},
		{"two nonces", `{"alg":"EdDSA","typ":"kb+jwt"}`, claims("{", `{"nonce":"n-2",`), holderKey, strictjson.ErrDuplicateName},
	} {
		t.Run(tt.name, func(t *testing.T) {
			signed := jose.Encode([]byte(tt.header)) + "." + jose.Encode([]byte(tt.payload))
			bound := token.Compact() + signed + "." + jose.Encode(ed25519.Sign(tt.key, []byte(signed)))
			read, err := Parse([]byte(bound))
			if err != nil {
				t.Fatal(err)
			}
			b, err := read.VerifyBinding(holderKey.Public())
			if !errors.Is(err, tt.want) || err != nil && b != (Binding{}) {
				t.Errorf("%+v, %v; want %v", b, err, tt.want)
			}
		})
	}
	if _, err := token.VerifyBinding(holderKey.Public()); !errors.Is(err, ErrBinding) {
		t.Errorf("no key binding: %v", err)
	}
	loose := token.Compact() + bindingOf(t, `{"aud":["employer.example"],"nonce":7,"sd_hash":"`+hash+`"}`)
	read, err := Parse([]byte(loose))
	if err != nil {
		t.Fatal(err)
	}
	if b, err := read.VerifyBinding(holderKey.Public()); err != nil || b != (Binding{}) {
		t.Errorf("members of the wrong kind came out as %+v, %v", b, err)
	}
}

func bindingOf(t *testing.T, payload string) string {
	t.Helper()
	compact, err := jose.Sign(parse(t, `{"typ":"kb+jwt"}`), []byte(payload), holderKey)
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

// TestUnfoldingIsBounded: disclosures inside disclosures neither nest nor spread
// without end.
func TestUnfoldingIsBounded(t *testing.T) {
	var all []string
	hash := "decoy"
	for i := range 200 {
		var d string
		d, hash = disclosure(fmt.Sprintf(`["%d","a",{"_sd":["%s"]}]`, i, hash))
		all = append(all, d)
	}
	if claims, err := raw(t, `{"_sd":["`+hash+`"]}`, all...).Claims(); !errors.Is(err, strictjson.ErrLimit) || claims != nil {
		t.Errorf("200 deep: %v", err)
	}
	all, digests := nil, ""
	wide := "[" + strings.Repeat("0,", 999) + "0]"
	for i := range 50 {
		d, h := disclosure(fmt.Sprintf(`["%d","%d",%s]`, i, i, wide))
		all, digests = append(all, d), digests+`"`+h+`",`
	}
	if claims, err := raw(t, `{"_sd":[`+strings.TrimSuffix(digests, ",")+`]}`, all...).Claims(); !errors.Is(err, strictjson.ErrLimit) || claims != nil {
		t.Errorf("50,000 values: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	for _, e := range examples(f) {
		f.Add([]byte(e.token(f, "sd_jwt_presentation").Compact()))
	}
	bound, err := issue(f, Concealment{Pointers: everything}).Bind(holderKey, Binding{Audience: "a", Nonce: "n", IssuedAt: now})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(bound.Compact()))
	f.Add(read(f, "sd-jwt/rfc9901-examples/json_serialization_flattened/sd_jwt_presentation.json"))
	f.Fuzz(func(t *testing.T, data []byte) {
		token, err := Parse(data)
		if err != nil {
			if token != nil {
				t.Fatal("a token beside an error")
			}
			return
		}
		reread, err := Parse([]byte(token.Compact()))
		if err != nil || !slices.Equal(reread.Disclosures, token.Disclosures) {
			t.Fatalf("reads back differently: %v", err)
		}
		claims, err := token.Claims()
		if err != nil {
			if claims != nil {
				t.Fatal("claims beside an error")
			}
			return
		}
		text := string(claims.Document.JSON())
		if strings.Contains(text, `"_sd":`) || strings.Contains(text, `"...":`) || strings.Contains(text, `"_sd_alg":`) {
			t.Fatalf("the mechanism shows in %s", text)
		}
		var pointers []string
		for _, c := range claims.Disclosed {
			pointers = append(pointers, c.Pointer)
		}
		if chosen, err := token.Select(pointers); err != nil || len(chosen.Disclosures) != len(token.Disclosures) {
			t.Fatalf("cannot choose everything: %v", err)
		}
	})
}
