package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// refused makes sure that a document is refused for the given reason.
func refused(t *testing.T, name string, doc strictjson.Value, opt Options, want error) {
	t.Helper()
	opened, err := OpenValue(context.Background(), doc, opt)
	if !errors.Is(err, want) || opened != nil {
		t.Errorf("%s: %v, want %v", name, err, want)
	}
}

// selective signs the badge of the benchmarks with a new key on P-256, so that a
// part of it can be shown.
func selective(t testing.TB, edit func(strictjson.Value) strictjson.Value, mandatory ...string) strictjson.Value {
	t.Helper()
	text, err := os.ReadFile("../bench/badge.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := strictjson.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	key, id := newP256(t)
	doc = doc.With("issuer", doc.Get("issuer").With("id", strictjson.String(id)))
	if edit != nil {
		doc = edit(doc)
	}
	signed, err := Sign(doc, SignOptions{
		Suite: cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: mandatory}, Key: key,
		Method: id + "#" + strings.TrimPrefix(id, "did:key:"), Created: selectiveTime,
	})
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

var selectiveTime = time.Date(2026, 6, 2, 0, 0, 0, 0, time.UTC)

func selectiveOptions() Options {
	return Options{Keys: did.Methods{"key": did.Key{}}, Suites: allSuites(), At: selectiveTime}
}

func newP256(t testing.TB) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := did.FormatKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return key, id
}

func derive(t testing.TB, secured strictjson.Value, pointers ...string) strictjson.Value {
	t.Helper()
	shown, err := Derive(secured, DeriveOptions{Suites: allSuites(), Pointers: pointers})
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

// TestDeriveEveryClaim shows each claim of the badge by itself, lists, images and
// the members of nameless nodes among them, and opens what comes of it.
func TestDeriveEveryClaim(t *testing.T) {
	base := selective(t, nil)
	doc := base.Without("proof")
	mandatory, err := Mandatory(base, allSuites())
	if err != nil {
		t.Fatal(err)
	}
	claims, err := jsonld.Claims(doc, jsonld.Options{Contexts: jsonld.Embedded()}, mandatory)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range claims {
		shown := derive(t, base, c.Pointer)
		opened, err := OpenValue(context.Background(), shown, selectiveOptions())
		if err != nil {
			t.Errorf("%s: %v", c.Pointer, err)
			continue
		}
		after, err := jsonld.Claims(opened.Document, jsonld.Options{Contexts: jsonld.Embedded()})
		if err != nil {
			t.Fatal(err)
		}
		visible := 0
		for _, other := range claims {
			if other.Groups != 0 || other.Pointer == c.Pointer {
				visible++
			}
		}
		if len(after) < visible || len(after) > visible+3 { // ids on the way
			t.Errorf("%s: %d claims are shown, not %d", c.Pointer, len(after), visible)
		}
	}
}

func TestAlwaysMandatory(t *testing.T) {
	for name, tc := range map[string]struct {
		edit func(strictjson.Value) strictjson.Value
		want []string
	}{
		"a badge": {func(v strictjson.Value) strictjson.Value { return v }, []string{
			"/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSchema", "/credentialSubject/id", "/name"}},
		"no status, no end": {func(v strictjson.Value) strictjson.Value { return v.Without("credentialStatus", "validUntil") }, []string{
			"/issuer", "/validFrom", "/credentialSchema", "/credentialSubject/id", "/name"}},
		"two subjects, one of them nameless": {func(v strictjson.Value) strictjson.Value {
			s := v.Get("credentialSubject")
			return v.With("credentialSubject", strictjson.Array(s, s.Without("id")))
		}, []string{"/issuer", "/validFrom", "/validUntil", "/credentialStatus", "/credentialSchema",
			"/credentialSubject/0/id", "/credentialSubject/1/type", "/name"}},
	} {
		base := selective(t, tc.edit, "/name", "/issuer")
		got, err := Mandatory(base, allSuites())
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		opened, err := OpenValue(context.Background(), derive(t, base), selectiveOptions())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, text := range tc.want {
			p, err := strictjson.ParsePointer(text)
			if err != nil || !opened.Document.At(p).Exists() {
				t.Errorf("%s: %s is hidden, %v", name, text, err)
			}
		}
	}
}

func TestDeriveIsRefused(t *testing.T) {
	base := selective(t, nil)
	shown := derive(t, base, "/name")
	edwards := parseVector(t, "vc-di-eddsa/eddsa-rdfc-2022/signedDataInt.json")
	inner := base.Get("proof")
	foreign := selective(t, func(v strictjson.Value) strictjson.Value { return v.Without("evidence") })
	const list = "/credentialSubject/achievement/resultDescription/0/allowedValue"
	for name, tc := range map[string]struct {
		doc      strictjson.Value
		pointers []string
		want     error
	}{
		"no proof":                  {base.Without("proof"), nil, ErrMissing},
		"no base proof":             {edwards, nil, ErrNoBase},
		"a derived proof":           {shown, []string{"/name"}, ErrNoBase},
		"a suite that is not known": {base.With("proof", inner.With("cryptosuite", strictjson.String("bbs-2023"))), nil, ErrNoBase},
		"a proof in a chain":        {base.With("proof", inner.With("previousProof", strictjson.String("urn:x"))), nil, ErrNoBase},
		"a pointer to nowhere":      {base, []string{"/credentialSubject/score"}, jsonld.ErrPointer},
		"a pointer into a list":     {base, []string{list + "/0"}, jsonld.ErrPointer},
		"a pointer to the proof":    {base, []string{"/proof"}, jsonld.ErrPointer},
		"no pointer":                {base, []string{"name"}, jsonld.ErrPointer},
		"another document's proof":  {base.With("proof", foreign.Get("proof")), []string{"/name"}, ErrSignature},
		"more than was signed":      {base.With("inLanguage", strictjson.String("en")), []string{"/name"}, ErrSignature},
		"an undefined term":         {base.With("score", strictjson.Int(1)), []string{"/name"}, jsonld.ErrUndefinedTerm},
		"a statement that was not":  {base.With("name", strictjson.String("x")).With("description", strictjson.Value{}), []string{"/name"}, ErrSignature},
	} {
		got, err := Derive(tc.doc, DeriveOptions{Suites: allSuites(), Pointers: tc.pointers})
		if !errors.Is(err, tc.want) || got.Exists() {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
	if _, err := Mandatory(shown, allSuites()); !errors.Is(err, ErrNoBase) {
		t.Errorf("the mandatory pointers of a derived document: %v", err)
	}
}

// TestDeriveLeavesOtherProofsOut: they cover the whole document.
func TestDeriveLeavesOtherProofsOut(t *testing.T) {
	base := selective(t, nil)
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	id, err := did.FormatKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	both, err := Sign(base, SignOptions{Suite: allSuites()[0], Key: private, Method: id + "#" + strings.TrimPrefix(id, "did:key:")})
	if err != nil {
		t.Fatal(err)
	}
	opt := selectiveOptions()
	refused(t, "a set with a base proof", both, opt, ErrBaseProof)
	opt.Receiving = true
	if _, err := OpenValue(context.Background(), both, opt); err != nil {
		t.Errorf("received: %v", err)
	}
	shown := derive(t, both, "/name")
	if n := len(shown.Get("proof").List()); n != 1 {
		t.Errorf("%d proofs", n)
	}
	if _, err := OpenValue(context.Background(), shown, selectiveOptions()); err != nil {
		t.Error(err)
	}
}

func TestSelectiveSigningIsRefused(t *testing.T) {
	doc := selective(t, nil).Without("proof")
	p256, id := newP256(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	many := make([]strictjson.Value, 1500)
	for i := range many {
		many[i] = strictjson.Object(
			strictjson.Member{Name: "type", Value: strictjson.Strings("Evidence")},
			strictjson.Member{Name: "name", Value: strictjson.String(fmt.Sprint(i))})
	}
	c := jsonld.Embedded()
	for name, tc := range map[string]struct {
		doc   strictjson.Value
		key   crypto.Signer
		suite cryptosuite.ECDSASD2023
		want  error
	}{
		"a key on P-384":        {doc, p384, cryptosuite.ECDSASD2023{Contexts: c}, ErrKeyType},
		"an Ed25519 key":        {doc, ed25519.NewKeyFromSeed(make([]byte, 32)), cryptosuite.ECDSASD2023{Contexts: c}, ErrKeyType},
		"a pointer to nowhere":  {doc, p256, cryptosuite.ECDSASD2023{Contexts: c, Mandatory: []string{"/score"}}, jsonld.ErrPointer},
		"an undefined term":     {doc.With("score", strictjson.Int(1)), p256, cryptosuite.ECDSASD2023{Contexts: c}, jsonld.ErrUndefinedTerm},
		"no context":            {doc, p256, cryptosuite.ECDSASD2023{}, jsonld.ErrContextNotAllowed},
		"too many statements":   {doc.With("evidence", strictjson.Array(many...)), p256, cryptosuite.ECDSASD2023{Contexts: c}, ErrStatements},
		"a key that signs zero": {doc, zeroSigner{p256}, cryptosuite.ECDSASD2023{Contexts: c}, nil},
	} {
		got, err := Sign(tc.doc, SignOptions{Suite: tc.suite, Key: tc.key, Method: id + "#x"})
		if err == nil || tc.want != nil && !errors.Is(err, tc.want) || got.Exists() {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// zeroSigner is a broken key that lives elsewhere.
type zeroSigner struct{ *ecdsa.PrivateKey }

func (zeroSigner) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	return []byte{0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00}, nil
}

// TestDeriveUnderOlderContexts: a badge signed when a context read otherwise is
// derived as it was signed.
func TestDeriveUnderOlderContexts(t *testing.T) {
	const url = "https://school.example/context"
	text := func(iri string) []byte {
		return []byte(`{"@context":{"@version":1.1,"nickname":"https://school.example/` + iri + `","motto":"https://school.example/motto"}}`)
	}
	older, err := jsonld.Embedded().With(url, text("old#nickname"))
	if err != nil {
		t.Fatal(err)
	}
	newer, err := older.With(url, text("new#nickname"))
	if err != nil {
		t.Fatal(err)
	}
	key, id := newP256(t)
	doc, err := strictjson.Parse([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2","` + url + `"],"type":["VerifiableCredential"],
		"issuer":"` + id + `","credentialSubject":{"id":"did:example:ada","nickname":"Ada","motto":"Onward"}}`))
	if err != nil {
		t.Fatal(err)
	}
	base, err := Sign(doc, SignOptions{Suite: cryptosuite.ECDSASD2023{Contexts: older}, Key: key, Method: id + "#" + strings.TrimPrefix(id, "did:key:")})
	if err != nil {
		t.Fatal(err)
	}
	suites := Suites{cryptosuite.ECDSASD2023{Contexts: newer}}
	shown, err := Derive(base, DeriveOptions{Suites: suites, Pointers: []string{"/credentialSubject/nickname"}})
	if err != nil {
		t.Fatal(err)
	}
	opt := selectiveOptions()
	opt.Suites = suites
	opened, err := OpenValue(context.Background(), shown, opt)
	if err != nil {
		t.Fatal(err)
	}
	if pinned := opened.Revision.Pinned(); len(pinned) != 1 || pinned[0].URL != url {
		t.Errorf("read under %v", pinned)
	}
	if _, err := Derive(base, DeriveOptions{Suites: Suites{cryptosuite.ECDSASD2023{}}}); !errors.Is(err, jsonld.ErrContextNotAllowed) {
		t.Errorf("without contexts: %v", err)
	}
}

// TestSDVectorsOpen runs the signed documents of the vectors through the door.
func TestSDVectorsOpen(t *testing.T) {
	opt := vectorOptions()
	opt.At = vectorTime.AddDate(1, 0, 0)
	opt.Suites = Suites{cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded()}}
	for _, v := range []string{"prc", "employ"} {
		dir := "vc-di-ecdsa/ecdsa-sd-2023/" + v + "/"
		derived, base := parseVector(t, dir+"derivedRevealDocument.json"), parseVector(t, dir+"addSignedSDBase.json")
		opened, err := OpenValue(context.Background(), derived, opt)
		if err != nil {
			t.Fatalf("%s: %v", v, err)
		}
		if !opened.Selection() || opened.Proofs[0].Extent != cryptosuite.Part {
			t.Errorf("%s: extent %d", v, opened.Proofs[0].Extent)
		}
		refused(t, v+": the base proof", base, opt, ErrBaseProof)
		receiving := opt
		receiving.Receiving = true
		if opened, err = OpenValue(context.Background(), base, receiving); err != nil {
			t.Fatalf("%s: the base proof received: %v", v, err)
		}
		if opened.Selection() || opened.Proofs[0].Extent != cryptosuite.Base {
			t.Errorf("%s: extent %d", v, opened.Proofs[0].Extent)
		}
		if _, err := OpenValue(context.Background(), derived, receiving); err != nil {
			t.Errorf("%s: a derived proof received: %v", v, err)
		}
	}
}

func ExampleDerive() {
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), []byte(strings.Repeat("k", 32)))
	if err != nil {
		panic(err)
	}
	id, err := did.FormatKey(key.Public())
	if err != nil {
		panic(err)
	}
	doc, err := strictjson.Parse([]byte(`{
		"@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
		"type": ["VerifiableCredential", "OpenBadgeCredential"],
		"issuer": "` + id + `",
		"credentialSubject": {
			"id": "did:example:ada", "type": ["AchievementSubject"], "creditsEarned": 3,
			"achievement": {"id": "https://school.example/data", "type": ["Achievement"], "name": "Data", "tag": ["statistics"]}
		}
	}`))
	if err != nil {
		panic(err)
	}
	suite := cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded()}
	base, err := Sign(doc, SignOptions{Suite: suite, Key: key, Method: id + "#" + strings.TrimPrefix(id, "did:key:")})
	if err != nil {
		panic(err)
	}
	shown, err := Derive(base, DeriveOptions{Suites: Suites{suite}, Pointers: []string{"/credentialSubject/achievement/name"}})
	if err != nil {
		panic(err)
	}
	fmt.Println(string(shown.Get("credentialSubject").JSON()))
	// Output:
	// {"id":"did:example:ada","type":["AchievementSubject"],"achievement":{"id":"https://school.example/data","type":["Achievement"],"name":"Data"}}
}

// TestInputsOfTheW3CSuite signs and derives what the test suite of the W3C gives
// to implementations, with its pointers.
func TestInputsOfTheW3CSuite(t *testing.T) {
	for name, claims := range map[string]int{"valid/vc1.1": 1, "valid/vc2.0": 1, "achievement/vc1.1": 14, "achievement/vc2.0": 14} {
		dir := "vc-di-ecdsa/test-suite-mocks/" + name
		key, id := newP256(t)
		doc := parseVector(t, dir+"/document.json").With("issuer", strictjson.String(id))
		if strings.HasSuffix(name, "vc1.1") {
			doc = doc.With("issuanceDate", strictjson.String("2020-03-10T04:24:12.164Z"))
		}
		suite := cryptosuite.ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: stringsOf(parseVector(t, dir+"/mandatoryPointers.json")), UnsafeInlineContexts: true}
		base, err := Sign(doc, SignOptions{Suite: suite, Key: key, Method: id + "#" + strings.TrimPrefix(id, "did:key:"), Created: selectiveTime})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		pointers := stringsOf(parseVector(t, dir+"/selectivePointers.json"))
		shown, err := Derive(base, DeriveOptions{Suites: Suites{suite}, Pointers: pointers})
		if err != nil || len(pointers) != claims {
			t.Errorf("%s: %d pointers, %v", name, len(pointers), err)
			continue
		}
		opt := selectiveOptions()
		opt.Suites = Suites{suite}
		if _, err := OpenValue(context.Background(), shown, opt); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
