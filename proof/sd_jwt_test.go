package proof_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jose"
	"laurel/internal/sdjwt"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// webIssuer is who issues the claims of these tests: an https URL whose metadata
// lists the school's key.
const webIssuer = "https://school.example/pid"

func issuerWeb(t testing.TB) *testissuer.Web {
	t.Helper()
	jwk := testissuer.Parse(jwkOf(t, school)).With("kid", str("2026"))
	return &testissuer.Web{Pages: map[string][]byte{
		"https://school.example/.well-known/jwt-vc-issuer/pid": []byte(`{"issuer":"` + webIssuer + `","jwks":{"keys":[` + string(jwk.JSON()) + `]}}`),
	}}
}

// sdOptions ask for an answer to "c", for "d".
func sdOptions(t testing.TB) proof.Options {
	t.Helper()
	web := issuerWeb(t)
	return proof.Options{
		Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), At: testissuer.Now, Challenge: "c", Domain: "d",
	}
}

// pid are claims without the data model.
func pid() strictjson.Value {
	return testissuer.Parse(`{"iss":"` + webIssuer + `","vct":"https://school.example/types/pid","sub":"user-7","given_name":"Ann","family_name":"Lee",
		"nationalities":["DE","FR"],"address":{"locality":"Ulm","country":"DE"},"nbf":1767225600}`)
}

var pidPointers = []string{"/given_name", "/family_name", "/nationalities/0", "/nationalities/1", "/address", "/address/locality", "/sub"}

// issuePID makes dc+sd-jwt with a bare kid, as issuers with metadata have it.
func issuePID(t testing.TB, claims strictjson.Value, holder crypto.PublicKey) string {
	t.Helper()
	compact, err := proof.IssueSDJWT(claims, proof.SDJWTOptions{
		SignOptions: proof.SignOptions{Key: school.Key, Method: "2026", Created: testissuer.Now.AddDate(0, -1, 0), Expires: testissuer.Now.AddDate(1, 0, 0)},
		Disclosable: pidPointers, Decoys: 2, Holder: holder, Claims: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return compact
}

func TestSDJWTVC(t *testing.T) {
	issued := issuePID(t, pid(), learner.Key.Public())
	shown := learner.ShowSD(t, issued, "c", "d", "/given_name", "/nationalities/1", "/address")
	opened, err := proof.Open(context.Background(), []byte(shown), sdOptions(t))
	if err != nil {
		t.Fatal(err)
	}
	tok := opened.Token
	if opened.Controller != webIssuer || tok.Type != "dc+sd-jwt" || !tok.Bound || tok.Confirmed.ID != learner.ID || opened.Presentation ||
		opened.Proofs[0].Source == nil || !tok.Until.Equal(testissuer.Now.AddDate(1, 0, 0)) || !opened.Selection() {
		t.Errorf("opened %+v, %+v", opened, tok)
	}
	got := opened.Document.Without("iat", "exp", "cnf")
	want := testissuer.Parse(`{"iss":"` + webIssuer + `","vct":"https://school.example/types/pid","given_name":"Ann","nationalities":["FR"],"address":{"country":"DE"},"nbf":1767225600}`)
	if !got.Equal(want) {
		t.Errorf("shown %s", got.JSON())
	}
	slices.Sort(tok.Disclosed)
	if !slices.Equal(tok.Disclosed, []string{"/address", "/given_name", "/nationalities/0"}) {
		t.Errorf("disclosed %v", tok.Disclosed)
	}
	received := sdOptions(t)
	received.Challenge, received.Domain = "", ""
	whole, err := proof.Open(context.Background(), []byte(issued), received)
	if err != nil || whole.Token.Bound || whole.Token.Confirmed == nil {
		t.Errorf("as its holder received it: %+v, %v", whole, err)
	}
}

// TestSDJWTVCExamples opens the examples of the specification, whose issuers
// publish one key without a name, and whose signatures are bound by their holders.
func TestSDJWTVCExamples(t *testing.T) {
	settings := testissuer.Parse(string(readVector(t, "sd-jwt-vc/examples/settings.json")))
	key := settings.Get("key_settings").Get("issuer_key").Without("d")
	folders, err := filepath.Glob("../testdata/sd-jwt-vc/examples/*/sd_jwt_presentation.txt")
	if err != nil || len(folders) != 3 {
		t.Fatalf("%d examples, %v", len(folders), err)
	}
	bound := 0
	for _, file := range folders {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			key := key
			raw, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(filepath.Dir(file), "verified_contents.json"))
			if err != nil {
				t.Fatal(err)
			}
			issuer := testissuer.Parse(string(want)).Get("iss").Str()
			u, err := url.Parse(issuer)
			if err != nil {
				t.Fatal(err)
			}
			where := "https://" + u.Host + "/.well-known/jwt-vc-issuer" + u.Path
			token, err := sdjwt.Parse(raw)
			if err != nil {
				t.Fatal(err)
			}
			if kid := token.JWT.Header.Get("kid"); kid.Exists() {
				key = key.With("kid", kid)
			}
			web := &testissuer.Web{Pages: map[string][]byte{where: []byte(`{"issuer":"` + issuer + `","jwks":{"keys":[` + string(key.JSON()) + `]}}`)}}
			opt := proof.Options{
				Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web),
				At: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), BindingAge: 10 * 365 * 24 * time.Hour, Leeway: 24 * time.Hour,
			}
			if token.Binding != nil {
				opt.Challenge, opt.Domain = "1234567890", settings.Get("identifiers").Get("verifier").Str()
				bound++
			}
			opened, err := proof.Open(context.Background(), raw, opt)
			if err != nil {
				t.Fatal(err)
			}
			if !opened.Document.Equal(testissuer.Parse(string(want))) || opened.Controller != issuer || opened.Token.Bound != (token.Binding != nil) {
				t.Errorf("opened %+v: %s", opened.Token, opened.Document.JSON())
			}
		})
	}
	if bound != 2 {
		t.Errorf("%d of them bound", bound)
	}
}

// TestSDJWTIsRefused: tokens that the school signed and the learner bound, each
// refused at the step that it breaks.
func TestSDJWTIsRefused(t *testing.T) {
	header := `{"typ":"dc+sd-jwt","kid":"2026"}`
	cnf := `"cnf":{"jwk":` + jwkOf(t, learner) + `}`
	claims := func(changes ...string) string {
		return strings.NewReplacer(changes...).Replace(`{"iss":"` + webIssuer + `","vct":"v","given_name":"Ann",` + cnf + `,"exp":1893456000}`)
	}
	bind := func(token string, p *testissuer.Party, b sdjwt.Binding) string {
		read, err := sdjwt.Parse([]byte(token))
		if err != nil {
			t.Fatal(err)
		}
		bound, err := read.Bind(p.Key, b)
		if err != nil {
			t.Fatal(err)
		}
		return bound.Compact()
	}
	answer := sdjwt.Binding{Audience: "d", Nonce: "c", IssuedAt: testissuer.Now}
	at := func(d time.Duration) sdjwt.Binding {
		return sdjwt.Binding{Audience: "d", Nonce: "c", IssuedAt: testissuer.Now.Add(d)}
	}
	sd := func(payload string, disclosures ...string) string {
		return strings.Join(append(append([]string{school.Token(t, header, payload)}, disclosures...), ""), "~")
	}
	good := sd(claims())
	narrowed := func(more string) string { // a key binding that its holder made for a time
		sum := sha256.Sum256([]byte(good))
		return good + learner.Token(t, `{"typ":"kb+jwt"}`, fmt.Sprintf(`{"iat":%d,"aud":"d","nonce":"c","sd_hash":%q,%s}`, testissuer.Now.Unix(), jose.Encode(sum[:]), more))
	}
	hidden := jose.Encode([]byte(`["salt","exp",1893456000]`))
	concealed := func(name, value string) string {
		text := jose.Encode([]byte(`["salt","` + name + `",` + value + `]`))
		token, err := sdjwt.Issue(testissuer.Parse(header), testissuer.Parse(strings.Replace(claims(), "{", `{"`+name+`":`+value+`,`, 1)), sdjwt.Concealment{Pointers: []string{"/" + name}}, school.Key)
		if err != nil || text == "" {
			t.Fatal(err)
		}
		return token.Compact()
	}
	format := func(r *proof.Refusal) error { return r.Format }
	signature := func(r *proof.Refusal) error { return r.Proof }
	binding := func(r *proof.Refusal) error { return r.Binding }
	holder := func(r *proof.Refusal) error { return r.Holder }
	challenge := func(r *proof.Refusal) error { return r.Challenge }
	validity := func(r *proof.Refusal) error { return r.Validity }
	for _, tt := range []struct {
		name, token string
		want        error
		step        func(*proof.Refusal) error
	}{
		{"good", bind(good, learner, answer), nil, nil},
		{"no vct", bind(sd(claims(`"vct":"v",`, "")), learner, answer), proof.ErrMalformed, format},
		{"a vct that is a list", bind(sd(claims(`"v"`, `["v"]`)), learner, answer), proof.ErrMalformed, format},
		{"no iss", bind(sd(claims(`"iss":"`+webIssuer+`",`, "")), learner, answer), proof.ErrMalformed, format},
		{"a date for iat", bind(sd(claims(`"vct"`, `"iat":"2026-01-01T00:00:00Z","vct"`)), learner, answer), jose.ErrMalformed, format},
		{"a cnf that is a text", sd(claims(cnf, `"cnf":"me"`)), proof.ErrMalformed, format},
		{"a disclosure too many", bind(sd(claims(), hidden), learner, answer), sdjwt.ErrDisclosure, format},
		{"status as a disclosure", bind(concealed("status", `{}`), learner, answer), sdjwt.ErrDisclosure, format},
		{"vct#integrity as a disclosure", bind(concealed("vct#integrity", `"sha256-"`), learner, answer), sdjwt.ErrDisclosure, format},
		{"nbf as a disclosure", bind(concealed("nbf", `1`), learner, answer), sdjwt.ErrDisclosure, format},
		{"a weak hash", bindless(t, sd(claims(`"vct"`, `"_sd_alg":"md5","vct"`))), jose.ErrAlgorithm, format},

		{"a stranger's signature", bind(strings.Replace(good, strings.Split(strings.TrimSuffix(good, "~"), ".")[2], strings.Split(other.Token(t, header, claims()), ".")[2], 1), learner, answer), jose.ErrSignature, signature},
		{"a kid that the metadata does not list", bind(other.Token(t, `{"typ":"dc+sd-jwt","kid":"2025"}`, claims())+"~", learner, answer), did.ErrNotFound, signature},
		{"certificates", bind(school.Token(t, `{"typ":"dc+sd-jwt","x5c":["MIIB"]}`, claims())+"~", learner, answer), proof.ErrCertificate, signature},
		{"an issuer who publishes nothing", bind(school.Token(t, header, claims(webIssuer, "https://nowhere.example"))+"~", learner, answer), did.ErrResolution, signature},
		{"a stranger's DID", bind(other.Token(t, `{"typ":"dc+sd-jwt","kid":"`+other.Method+`"}`, claims())+"~", learner, answer), proof.ErrBinding, binding},

		{"no key binding", good, proof.ErrHolder, holder},
		{"no key named", bind(sd(claims(","+cnf, "")), learner, answer), proof.ErrHolder, holder},
		{"two keys named", bind(sd(claims(`"cnf":{`, `"cnf":{"kid":"`+other.Method+`",`)), learner, answer), proof.ErrHolder, holder},
		{"a thumbprint named", bind(sd(claims(cnf, `"cnf":{"jkt":"x"}`)), learner, answer), proof.ErrHolder, holder},
		{"no key in its name", bind(sd(claims(cnf, `"cnf":{"jwk":{"kty":"EC"}}`)), learner, answer), did.ErrKeyInvalid, holder},
		{"another's key binding", bind(good, other, answer), sdjwt.ErrBinding, holder},
		{"a key binding for another token", good + strings.SplitAfter(bind(sd(claims("Ann", "Bob")), learner, answer), "~")[1], sdjwt.ErrBinding, holder},
		{"a key binding of another type", good + learner.Token(t, `{"typ":"JWT"}`, `{}`), jose.ErrType, holder},

		{"another nonce", bind(good, learner, sdjwt.Binding{Audience: "d", Nonce: "x", IssuedAt: testissuer.Now}), proof.ErrChallenge, challenge},
		{"another audience", bind(good, learner, sdjwt.Binding{Audience: "x", Nonce: "c", IssuedAt: testissuer.Now}), proof.ErrDomain, challenge},
		{"made an hour ago", bind(good, learner, at(-time.Hour)), proof.ErrStale, challenge},
		{"made six minutes ago", bind(good, learner, at(-6*time.Minute)), proof.ErrStale, challenge},
		{"made four minutes ago", bind(good, learner, at(-4*time.Minute)), nil, nil},
		{"made in an hour", bind(good, learner, at(time.Hour)), proof.ErrStale, challenge},
		{"bound for a time", narrowed(`"exp":1893456000`), nil, nil},
		{"bound until just now", narrowed(fmt.Sprintf(`"exp":%d`, testissuer.Now.Unix())), proof.ErrStale, challenge},
		{"bound for later", narrowed(`"nbf":1893400000`), proof.ErrStale, challenge},
		{"expired", bind(sd(claims("1893456000", "1767225600")), learner, answer), proof.ErrCredentialExpired, validity},
		{"not yet", bind(sd(claims(`"vct"`, `"nbf":1893400000,"vct"`)), learner, answer), proof.ErrCredentialEarly, validity},
	} {
		t.Run(tt.name, func(t *testing.T) {
			opened, err := proof.Open(context.Background(), []byte(tt.token), sdOptions(t))
			if tt.want == nil {
				if err != nil || !opened.Token.Bound {
					t.Errorf("%+v, %v", opened, err)
				}
				return
			}
			var refusal *proof.Refusal
			if !errors.As(err, &refusal) || opened != nil {
				t.Fatalf("opened %v, %v", opened, err)
			}
			if !errors.Is(tt.step(refusal), tt.want) {
				t.Errorf("%v, want %v at another step", err, tt.want)
			}
		})
	}
	unasked := sdOptions(t)
	unasked.Challenge, unasked.Domain = "", ""
	if _, err := proof.Open(context.Background(), []byte(bind(good, learner, answer)), unasked); !errors.Is(err, proof.ErrChallengeUnchecked) {
		t.Errorf("nothing to compare with: %v", err)
	}
	without := sdOptions(t)
	without.Suites = proof.Suites{proof.SDJWT{}}
	if _, err := proof.Open(context.Background(), []byte(bind(good, learner, answer)), without); !errors.Is(err, did.ErrMethodUnsupported) {
		t.Errorf("nobody to fetch the metadata: %v", err)
	}
}

// bindless is a token as it is, since nobody can bind to its hash.
func bindless(t *testing.T, token string) string {
	t.Helper()
	if _, err := proof.PresentSDJWT(token, proof.PresentOptions{}); err == nil {
		t.Error("it was presented")
	}
	return token
}

// TestConfirmation: the ways in which an issuer names the holder's key.
func TestConfirmation(t *testing.T) {
	p521, err := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := did.FormatJWK(p521.Public())
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		cnf, id string
		key     crypto.Signer
	}{
		"a key by itself":       {`{"jwk":` + jwkOf(t, learner) + `}`, learner.ID, learner.Key},
		"a key without did:key": {`{"jwk":` + string(jwk.JSON()) + `}`, "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk.JSON()), p521},
		"a DID's key":           {`{"kid":"` + learner.Method + `"}`, learner.ID, learner.Key},
	} {
		token := school.Token(t, `{"typ":"dc+sd-jwt","kid":"2026"}`, `{"iss":"`+webIssuer+`","vct":"v","cnf":`+tt.cnf+`}`) + "~"
		shown, err := proof.PresentSDJWT(token, proof.PresentOptions{Key: tt.key, Challenge: "c", Domain: "d", At: testissuer.Now})
		if err != nil {
			t.Fatal(err)
		}
		opened, err := proof.Open(context.Background(), []byte(shown), sdOptions(t))
		if err != nil || opened.Token.Confirmed.ID != tt.id {
			t.Errorf("%s: %+v, %v", name, opened, err)
		}
	}
}

// TestWhatStaysInTheOpen: no issuer can let a holder hide what makes a credential
// what it is.
func TestWhatStaysInTheOpen(t *testing.T) {
	badge := testissuer.WithStatus(school.Badge(learner), "https://school.example/status/1", 7)
	opt := func(claims bool, pointers ...string) proof.SDJWTOptions {
		return proof.SDJWTOptions{SignOptions: proof.SignOptions{Key: school.Key, Method: school.Method}, Disclosable: pointers, Claims: claims}
	}
	for _, p := range []string{
		"/@context", "/@context/1", "/type", "/type/0", "/issuer", "/issuer/name", "/validFrom", "/validUntil", "/credentialStatus",
		"/credentialStatus/statusListIndex", "/credentialSubject", "/credentialSubject/id",
	} {
		if token, err := proof.IssueSDJWT(badge, opt(false, p)); !errors.Is(err, sdjwt.ErrDisclosure) || token != "" {
			t.Errorf("%s: %v", p, err)
		}
	}
	for _, p := range []string{"/iss", "/vct", "/nbf"} {
		if token, err := proof.IssueSDJWT(pid(), opt(true, p)); !errors.Is(err, sdjwt.ErrDisclosure) || token != "" {
			t.Errorf("%s: %v", p, err)
		}
	}
	for name, tt := range map[string]struct {
		doc  strictjson.Value
		opt  proof.SDJWTOptions
		want error
	}{
		"a pointer to nothing":      {badge, opt(false, "/nothing"), sdjwt.ErrDisclosure},
		"no credential":             {testissuer.Parse(`{}`), opt(false), credential.ErrStructure},
		"a claim called _sd":        {badge.With("_sd", strictjson.Array()), opt(false), sdjwt.ErrDisclosure},
		"a claim exp":               {badge.With("exp", strictjson.Int(1)), opt(false), proof.ErrMalformed},
		"claims without a type":     {pid().Without("vct"), opt(true), proof.ErrMalformed},
		"claims without an issuer":  {pid().Without("iss"), opt(true), proof.ErrMalformed},
		"claims with their own iat": {pid().With("iat", strictjson.Int(1)), opt(true), proof.ErrMalformed},
		"claims with their own cnf": {pid().With("cnf", pid()), opt(true), proof.ErrMalformed},
		"no method":                 {badge, proof.SDJWTOptions{SignOptions: proof.SignOptions{Key: school.Key}}, nil},
		"a key of no holder":        {badge, proof.SDJWTOptions{SignOptions: proof.SignOptions{Key: school.Key, Method: school.Method}, Holder: "me"}, did.ErrKeyUnsupported},
	} {
		token, err := proof.IssueSDJWT(tt.doc, tt.opt)
		if err == nil || token != "" || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %q, %v", name, token, err)
		}
	}
}

func TestPresentSDJWTRefuses(t *testing.T) {
	issued := issuePID(t, pid(), learner.Key.Public())
	answer := proof.PresentOptions{Key: learner.Key, Challenge: "c", Domain: "d", At: testissuer.Now}
	for name, tt := range map[string]struct {
		token string
		opt   func(*proof.PresentOptions)
		want  error
	}{
		"no token":             {"x", nil, jose.ErrMalformed},
		"a pointer to nothing": {issued, func(o *proof.PresentOptions) { o.Pointers = []string{"/nothing"} }, sdjwt.ErrDisclosure},
		"another's key":        {issued, func(o *proof.PresentOptions) { o.Key = other.Key }, proof.ErrHolder},
		"no challenge":         {issued, func(o *proof.PresentOptions) { o.Challenge = "" }, sdjwt.ErrBinding},
		"no domain":            {issued, func(o *proof.PresentOptions) { o.Domain = "" }, sdjwt.ErrBinding},
		"no time":              {issued, func(o *proof.PresentOptions) { o.At = time.Time{} }, sdjwt.ErrBinding},
		"a key that is none":   {school.Token(t, `{}`, `{"cnf":{"jwk":{}}}`) + "~", nil, did.ErrKeyInvalid},
	} {
		opt := answer
		if tt.opt != nil {
			tt.opt(&opt)
		}
		if shown, err := proof.PresentSDJWT(tt.token, opt); !errors.Is(err, tt.want) || shown != "" {
			t.Errorf("%s: %q, %v", name, shown, err)
		}
	}
}

// TestPresentationsWithDisclosures: a holder may conceal in a presentation what
// they like.
func TestPresentationsWithDisclosures(t *testing.T) {
	inside, err := proof.Envelop(school.IssueSD(t, school.Badge(learner), nil, proof.SDJWTOptions{Disclosable: []string{"/name"}}))
	if err != nil {
		t.Fatal(err)
	}
	vp := learner.IssueSD(t, learner.Present(inside), nil, proof.SDJWTOptions{
		SignOptions: proof.SignOptions{Challenge: "c", Domain: "d", Created: testissuer.Now}, Disclosable: []string{"/holder", "/verifiableCredential/0"},
	})
	opened, err := proof.Open(context.Background(), []byte(vp), sdOptions(t))
	if err != nil || opened.Token.Type != "vp+sd-jwt" || opened.Controller != learner.ID {
		t.Fatalf("%+v, %v", opened, err)
	}
	part, err := proof.OpenValue(context.Background(), credential.Credentials(opened.Document)[0], tokenOptions())
	if err != nil || part.Token.Type != "vc+sd-jwt" {
		t.Errorf("%+v, %v", part, err)
	}
	hidden := learner.ShowSD(t, vp, "", "", "/holder")
	if _, err := proof.Open(context.Background(), []byte(hidden), sdOptions(t)); !errors.Is(err, credential.ErrNoCredential) {
		t.Errorf("with nothing shown: %v", err)
	}
}

// FuzzOpenToken: whatever comes in, as JSON or as a token, only what the school or the
// learner signed is opened.
func FuzzOpenToken(f *testing.F) {
	issued := issuePID(f, pid(), learner.Key.Public())
	f.Add([]byte(learner.ShowSD(f, issued, "c", "d", "/given_name")))
	f.Add([]byte(school.SignJWT(f, school.Badge(learner), proof.SignOptions{})))
	f.Add([]byte(school.Token(f, `{"kid":"`+school.Method+`"}`, `{"vc":`+vcClaims(f)+`}`)))
	for _, name := range []string{"vc-jose-cose/vcdm2-vp.jwt", "vc-jose-cose/credential-sdjwt-nested.txt", "vc-jose-cose/presentation-sdjwt-selective.txt", "badges/baked/simple-jwt.png.extracted"} {
		f.Add(readVector(f, name))
	}
	opt := sdOptions(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := proof.Open(context.Background(), data, opt)
		if (err == nil) != (opened != nil) {
			t.Fatalf("%v beside %v", opened, err)
		}
		if opened != nil && opened.Controller != school.ID && opened.Controller != learner.ID && opened.Controller != webIssuer {
			t.Fatalf("opened what %s signed", opened.Controller)
		}
	})
}

// TestKidsThatAreURLs: the kid of a key in an issuer's metadata may be a URL that leads
// nowhere; another's may not.
func TestKidsThatAreURLs(t *testing.T) {
	const kid = webIssuer + "#2026"
	for listed, want := range map[string]error{kid: nil, webIssuer + "#2025": did.ErrResolution, "https://other.example/pid#2026": did.ErrResolution} {
		jwk := testissuer.Parse(jwkOf(t, school)).With("kid", str(listed))
		web := &testissuer.Web{Pages: map[string][]byte{
			"https://school.example/.well-known/jwt-vc-issuer/pid": []byte(`{"issuer":"` + webIssuer + `","jwks":{"keys":[` + string(jwk.JSON()) + `]}}`),
		}}
		opt := proof.Options{Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), At: testissuer.Now}
		token := school.Token(t, `{"typ":"dc+sd-jwt","kid":"`+kid+`"}`, string(pid().JSON())) + "~"
		opened, err := proof.Open(context.Background(), []byte(token), opt)
		if !errors.Is(err, want) || want == nil && (err != nil || opened.Controller != webIssuer) {
			t.Errorf("%s: %v, want %v", listed, err, want)
		}
		forged := other.Token(t, `{"typ":"dc+sd-jwt","kid":"`+kid+`"}`, string(pid().JSON())) + "~"
		if opened, err := proof.Open(context.Background(), []byte(forged), opt); err == nil {
			t.Errorf("%s: a stranger's signature: %+v", listed, opened)
		}
	}
}
