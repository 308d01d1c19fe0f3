package interop

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"os"
	"slices"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
	"laurel/verifier"
)

const (
	challenge = "u7c1e0a5b2d"
	domain    = "https://employer.example"
)

// manner is how something is signed. The zero manner is how a credential is.
type manner struct {
	purpose           string // "" is assertionMethod
	challenge, domain string
	created, expires  time.Time // created: half a year before now if zero
}

// party is somebody with a did:key who can sign, with Laurel's code or with a
// peer's.
type party struct {
	id, method string
	sign       func(t *testing.T, doc strictjson.Value, how manner) strictjson.Value
	key        *key // that the peer has made; nil for Laurel's own
}

// kind is a way to sign that Laurel and the peer both know.
type kind struct{ suite, curve string }

func (k kind) String() string { return k.suite + " " + k.curve }

// kinds are those without selective disclosure.
var kinds = []kind{{"eddsa-rdfc-2022", "Ed25519"}, {"ecdsa-rdfc-2019", "P-256"}, {"ecdsa-rdfc-2019", "P-384"}}

// ours is a party that signs with Laurel's code. Its key follows from its name.
func ours(t *testing.T, k kind, name string) party {
	t.Helper()
	p := testissuer.With(name, signingKey(t, k.curve, name), suiteNamed(t, k.suite))
	return party{id: p.ID, method: p.Method, sign: func(t *testing.T, doc strictjson.Value, how manner) strictjson.Value {
		t.Helper()
		return p.SignWith(t, doc, proof.SignOptions{
			Purpose: how.purpose, Challenge: how.challenge, Domain: how.domain, Created: how.created, Expires: how.expires,
		})
	}}
}

// theirs is a party that signs with the peer's code, and a key that the peer
// has made.
func theirs(t *testing.T, p *peer, k kind) party {
	t.Helper()
	a := p.do(t, job{Do: "identity", Curve: k.curve})
	if a.Error != "" {
		t.Fatal(a.Error)
	}
	checkKey(t, a.Key)
	return party{id: a.Key.ID, method: a.Key.Method, key: a.Key, sign: func(t *testing.T, doc strictjson.Value, how manner) strictjson.Value {
		t.Helper()
		if how.created.IsZero() {
			how.created = testissuer.Now.AddDate(0, -6, 0)
		}
		j := job{
			Do: "issue", Document: string(doc.JSON()), Suite: k.suite, Key: a.Key, Created: &how.created,
			Purpose: how.purpose, Challenge: how.challenge, Domain: how.domain,
		}
		if !how.expires.IsZero() {
			j.Expires = &how.expires
		}
		if k == selective {
			j.Mandatory = mandatory
		}
		if how.purpose == proof.Authentication {
			j.Do = "present"
		}
		made := p.do(t, j)
		if made.Error != "" {
			t.Fatalf("the peer does not sign: %s", made.Error)
		}
		return testissuer.Parse(made.Document)
	}}
}

// checkKey sees whether Laurel reads the peer's key as the peer does.
func checkKey(t *testing.T, k *key) {
	t.Helper()
	signer, err := did.ParseSecretMultikey(k.Secret)
	if err != nil {
		t.Fatal(err)
	}
	if id, err := did.FormatKey(signer.Public()); err != nil || id != k.ID {
		t.Errorf("Laurel calls the key %s, %v; the peer %s", id, err, k.ID)
	}
}

func signingKey(t *testing.T, curve, name string) crypto.Signer {
	t.Helper()
	seed := sha256.Sum256([]byte("laurel test party " + name))
	switch curve {
	case "Ed25519":
		return ed25519.NewKeyFromSeed(seed[:])
	case "P-256":
		return scalarKey(t, elliptic.P256(), seed[:])
	default:
		return scalarKey(t, elliptic.P384(), append(make([]byte, 16), seed[:]...))
	}
}

func scalarKey(t *testing.T, curve elliptic.Curve, scalar []byte) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(curve, new(big.Int).SetBytes(scalar).FillBytes(scalar))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func suiteNamed(t *testing.T, name string) proof.Suite {
	t.Helper()
	for _, s := range testissuer.Suites() {
		if s.Name() == name {
			return s
		}
	}
	t.Fatalf("Laurel has no suite %s", name)
	return nil
}

// fullBadge is an unsigned Open Badge that uses most of the vocabulary: images in
// data: and https: addresses, results with lists of allowed values, alignments,
// an address, evidence, and texts with a language and a direction.
func fullBadge(t *testing.T, issuer, learner string) strictjson.Value {
	t.Helper()
	text, err := os.ReadFile("../bench/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	doc := testissuer.Parse(string(text)).Without("credentialStatus")
	doc = testissuer.Set(doc, "issuer/id", strictjson.String(issuer))
	doc = testissuer.Set(doc, "credentialSubject/id", strictjson.String(learner))
	doc = doc.With("description", testissuer.Parse(`[
		{"@value": "Angewandte Datenanalyse", "@language": "de"},
		{"@value": "تحليل البيانات", "@language": "ar", "@direction": "rtl"}]`))
	return doc.With("validFrom", strictjson.String("2025-12-01T00:00:00Z"))
}

// smallBadge is an unsigned Open Badge with no more than it needs, where what is
// tried lies elsewhere.
func smallBadge(issuer, learner string) strictjson.Value {
	badge := (&testissuer.Party{ID: issuer}).Badge(&testissuer.Party{ID: learner})
	return badge.With("@context", strictjson.Array(append(badge.Get("@context").List(),
		text("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"))...))
}

// laurel is Laurel's verifier over the test network, nothing loosened.
func laurel(web *testissuer.Web) *verifier.Verifier {
	keys := testissuer.WebKeys(web)
	now := func() time.Time { return testissuer.Now }
	return &verifier.Verifier{
		Keys: keys, Suites: testissuer.TokenSuites(web), Clock: now,
		Status: &status.Source{Fetch: web, Keys: keys, Suites: testissuer.Suites(), Now: now},
	}
}

// judged is Laurel's answer: the verdict, and the code that decided.
type judged struct {
	verdict verifier.Verdict
	code    verifier.Code
	cause   string
}

func (c *cast) judge(t *testing.T, doc string) judged {
	t.Helper()
	j, _ := judge(t, c.web, doc, c.expect)
	return j
}

// judge lets Laurel's verifier judge a document of any kind.
func judge(t *testing.T, web *testissuer.Web, doc string, expect verifier.Expectation) (judged, *verifier.Report) {
	t.Helper()
	report, err := laurel(web).Verify(context.Background(), []byte(doc), expect)
	if err != nil {
		t.Fatal(err)
	}
	j := judged{verdict: report.Verdict}
	if c := report.Deciding(); c != nil {
		j.code, j.cause = c.Code, c.Cause
	}
	return j, report
}

// change makes another document of one.
type change func(t *testing.T, c *cast, doc strictjson.Value) strictjson.Value

// set is the change of one member; a value that is absent removes it.
func set(path string, to strictjson.Value) change {
	return func(_ *testing.T, _ *cast, doc strictjson.Value) strictjson.Value {
		return testissuer.Set(doc, path, to)
	}
}

// twin is a document that is bad in one way.
type twin struct {
	name   string
	before change            // of what is signed
	manner func(*manner)     // changes how
	by     func(*cast) party // signs, instead of the one who should
	after  change            // of what was signed
	text   func(string) string

	want verifier.Code // Laurel's
	// accepted says why the peer takes it all the same; "" if it refuses it.
	accepted string
	bits     []bool // what the peer finds in status lists, if it accepts
	// peerOnly marks what Laurel does not sign to begin with.
	peerOnly bool
}

// cast is who takes part in a test, all with the same kind of key.
type cast struct {
	kind                      kind
	ours                      bool // Laurel's code signs
	school, learner, stranger party
	base                      party // signs base proofs, where school derives from them
	web                       *testissuer.Web
	expect                    verifier.Expectation // what was asked for
}

// bothWays runs a test with each side signing, under every suite.
func bothWays(t *testing.T, p *peer, expect verifier.Expectation, test func(t *testing.T, c *cast)) {
	t.Helper()
	for _, k := range kinds {
		us := &cast{kind: k, ours: true, web: emptyWeb(), expect: expect,
			school: ours(t, k, "school"), learner: ours(t, k, "learner"), stranger: ours(t, k, "stranger")}
		them := &cast{kind: k, web: emptyWeb(), expect: expect,
			school: theirs(t, p, k), learner: theirs(t, p, k), stranger: theirs(t, p, k)}
		t.Run("ours, "+k.String(), func(t *testing.T) { test(t, us) })
		t.Run("theirs, "+k.String(), func(t *testing.T) { test(t, them) })
	}
}

func emptyWeb() *testissuer.Web { return &testissuer.Web{Pages: map[string][]byte{}} }

// pages is the test network as the peer gets it.
func (c *cast) pages() map[string]string {
	pages := map[string]string{}
	for url, body := range c.web.Pages {
		pages[url] = string(body)
	}
	return pages
}

// accept lets Laurel and the peer judge a good document. The peer may refuse it
// only for a reason that is known.
func (c *cast) accept(t *testing.T, p *peer, refused, doc string) {
	t.Helper()
	if got := c.judge(t, doc); got.verdict != verifier.Accepted {
		t.Errorf("Laurel: %s, %s: %s", got.verdict, got.code, got.cause)
	}
	switch a := p.do(t, c.asking(doc)); {
	case !a.Verified && refused == "":
		t.Errorf("the peer refuses: %s", a.Error)
	case a.Verified && refused != "":
		t.Errorf("the peer accepts, and the table says that it refuses, since %s", refused)
	case a.Verified && slices.Contains(a.Status, true):
		t.Error("the peer finds its bit set in a list")
	}
}

// refuse lets Laurel and the peer judge a twin.
func (c *cast) refuse(t *testing.T, p *peer, tw twin, doc string) {
	t.Helper()
	if got := c.judge(t, doc); got.verdict == verifier.Accepted || got.code != tw.want {
		t.Errorf("Laurel: %s, %s: %s; want %s", got.verdict, got.code, got.cause, tw.want)
	}
	a := p.do(t, c.asking(doc))
	switch {
	case a.Verified && tw.accepted == "":
		t.Error("the peer accepts this, and the table does not say why")
	case !a.Verified && tw.accepted != "":
		t.Errorf("the peer refuses (%s), and the table says that it accepts, since %s", a.Error, tw.accepted)
	case a.Verified && tw.accepted != "" && !slices.Equal(a.Status, tw.bits):
		t.Errorf("the peer finds the bits %v in the lists, want %v", a.Status, tw.bits)
	case !a.Verified:
		t.Logf("the peer: %s", a.Error)
	}
}

// refuseAll makes every twin of a document and has it refused.
func (c *cast) refuseAll(t *testing.T, p *peer, twins []twin, doc strictjson.Value, how manner, by party) {
	t.Helper()
	for _, tw := range twins {
		if tw.peerOnly && c.ours {
			continue
		}
		t.Run(tw.name, func(t *testing.T) { c.refuse(t, p, tw, c.make(t, tw, doc, how, by)) })
	}
}

func (c *cast) asking(doc string) job {
	return job{Do: "verify", Document: doc, Challenge: c.expect.Challenge, Domain: c.expect.Domain, Pages: c.pages()}
}

// make writes a twin of a document.
func (c *cast) make(t *testing.T, tw twin, doc strictjson.Value, how manner, by party) string {
	t.Helper()
	if tw.before != nil {
		doc = tw.before(t, c, doc)
	}
	if tw.manner != nil {
		tw.manner(&how)
	}
	if tw.by != nil {
		by = tw.by(c)
	}
	signed := by.sign(t, doc, how)
	if tw.after != nil {
		signed = tw.after(t, c, signed)
	}
	text := string(signed.JSON())
	if tw.text != nil {
		text = tw.text(text)
	}
	return text
}
