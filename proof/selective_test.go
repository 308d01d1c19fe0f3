package proof

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

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
		Suite: ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: mandatory}, Key: key,
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
		suite ECDSASD2023
		want  error
	}{
		"a key on P-384":        {doc, p384, ECDSASD2023{Contexts: c}, ErrKeyType},
		"an Ed25519 key":        {doc, ed25519.NewKeyFromSeed(make([]byte, 32)), ECDSASD2023{Contexts: c}, ErrKeyType},
		"a pointer to nowhere":  {doc, p256, ECDSASD2023{Contexts: c, Mandatory: []string{"/score"}}, jsonld.ErrPointer},
		"an undefined term":     {doc.With("score", strictjson.Int(1)), p256, ECDSASD2023{Contexts: c}, jsonld.ErrUndefinedTerm},
		"no context":            {doc, p256, ECDSASD2023{}, jsonld.ErrContextNotAllowed},
		"too many statements":   {doc.With("evidence", strictjson.Array(many...)), p256, ECDSASD2023{Contexts: c}, ErrStatements},
		"a key that signs zero": {doc, zeroSigner{p256}, ECDSASD2023{Contexts: c}, nil},
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

// TestSelectiveProofsDiffer: two base proofs of one document share nothing by
// which their selections could be compared but what they say.
func TestSelectiveProofsDiffer(t *testing.T) {
	one, err := parseBase(selective(t, nil).Get("proof").Get("proofValue").Str())
	if err != nil {
		t.Fatal(err)
	}
	two, err := parseBase(selective(t, nil).Get("proof").Get("proofValue").Str())
	if err != nil {
		t.Fatal(err)
	}
	if slices.Equal(one.HMACKey, two.HMACKey) || slices.Equal(one.PublicKey, two.PublicKey) {
		t.Error("two proofs share their keys")
	}
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
	base, err := Sign(doc, SignOptions{Suite: ECDSASD2023{Contexts: older}, Key: key, Method: id + "#" + strings.TrimPrefix(id, "did:key:")})
	if err != nil {
		t.Fatal(err)
	}
	suites := Suites{ECDSASD2023{Contexts: newer}}
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
	if _, err := Derive(base, DeriveOptions{Suites: Suites{ECDSASD2023{}}}); !errors.Is(err, jsonld.ErrContextNotAllowed) {
		t.Errorf("without contexts: %v", err)
	}
}

// encoded is a proof value of any bytes.
func encoded(data ...byte) string { return "u" + base64.RawURLEncoding.EncodeToString(data) }

// TestSelectiveValues: what is no value of the suite has no components.
func TestSelectiveValues(t *testing.T) {
	base := selective(t, nil)
	baseValue := base.Get("proof").Get("proofValue").Str()
	derivedValue := derive(t, base, "/name", "/credentialSubject/result").Get("proof").Get("proofValue").Str()
	for _, value := range []string{
		"", "u", "u2V0B", "u2V0A", "u2V0Bhg", "z2V0Bh", "m2V0Bh", baseValue[1:], derivedValue + "\n", derivedValue[:len(derivedValue)-2],
		encoded(0xd9, 0x5d, 0x01, 0xf6), encoded(0xd9, 0x5d, 0x01, 0x85, 0xf6, 0xf6, 0xf6, 0xf6, 0xf6), encoded(0xd9, 0x5d, 0x00, 0x80),
		encoded(0xd9, 0x5d, 0x01, 0xa0), encoded(0xd9, 0x5d, 0x01, 0x85, 0x40, 0x40, 0x80, 0xa0, 0x80), encoded(0xd9, 0x5d, 0x00, 0x85, 0x40, 0x40, 0x40, 0x80, 0x80),
	} {
		if v, err := parseDerived(value); !errors.Is(err, ErrProofValue) || v != nil {
			t.Errorf("derived %.40q: %v", value, err)
		}
		if v, err := parseBase(value); !errors.Is(err, ErrProofValue) || v != nil {
			t.Errorf("base %.40q: %v", value, err)
		}
	}
	if _, err := parseBase(derivedValue); !errors.Is(err, ErrProofValue) {
		t.Errorf("a derived value is read as a base value: %v", err)
	}
	if _, err := parseDerived(baseValue); !errors.Is(err, ErrProofValue) {
		t.Errorf("a base value is read as a derived value: %v", err)
	}
	for name, edit := range map[string]func(*sdBase){
		"a short HMAC key": func(v *sdBase) { v.HMACKey = v.HMACKey[:31] },
		"no pointers":      func(v *sdBase) { v.MandatoryPointers = nil },
		"no signatures":    func(v *sdBase) { v.Signatures = nil },
		"a short key":      func(v *sdBase) { v.PublicKey = v.PublicKey[:34] },
	} {
		v, err := parseBase(baseValue)
		if err != nil {
			t.Fatal(err)
		}
		edit(v)
		value, err := encodeSelective(sdBaseHeader, v)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := parseBase(value); !errors.Is(err, ErrProofValue) || got != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestLabelsInAnyOrder: the specification does not order the labels.
func TestLabelsInAnyOrder(t *testing.T) {
	v := &sdDerived{
		BaseSignature: make([]byte, sdSignature), PublicKey: make([]byte, sdPublicKey), Signatures: [][]byte{},
		LabelMap: map[uint64][]byte{0: make([]byte, sdDigest), 1: append(make([]byte, sdDigest-1), 1)}, MandatoryIndexes: []uint64{},
	}
	value, err := encodeSelective(sdDerivedHeader, v)
	if err != nil {
		t.Fatal(err)
	}
	data, err := base64.RawURLEncoding.DecodeString(value[1:])
	if err != nil {
		t.Fatal(err)
	}
	const pair = 1 + 2 + sdDigest
	at := len(data) - 1 - 2*pair
	swapped := slices.Concat(data[:at], data[at+pair:at+2*pair], data[at:at+pair], data[at+2*pair:])
	if got, err := parseDerived(encoded(swapped...)); err != nil || len(got.LabelMap) != 2 {
		t.Errorf("%v", err)
	}
	doubled := slices.Concat(data[:at], data[at:at+pair], data[at:at+pair], data[at+2*pair:])
	if _, err := parseDerived(encoded(doubled...)); !errors.Is(err, ErrProofValue) {
		t.Errorf("a key twice: %v", err)
	}
}

// FuzzSelectiveValue: an error leaves nothing, and what is read is written again
// in as many characters.
func FuzzSelectiveValue(f *testing.F) {
	for _, v := range sdVectors {
		f.Add(v.json(f, "addSignedSDBase").Get("proof").Get("proofValue").Str())
		f.Add(v.json(f, "derivedRevealDocument").Get("proof").Get("proofValue").Str())
	}
	f.Add(encoded(0xd9, 0x5d, 0x01, 0x85, 0x40, 0x40, 0x80, 0xa0, 0x80))
	f.Fuzz(func(t *testing.T, value string) {
		base, err := parseBase(value)
		if (err != nil) != (base == nil) {
			t.Fatalf("%v beside %v", base, err)
		}
		derived, derivedErr := parseDerived(value)
		if (derivedErr != nil) != (derived == nil) {
			t.Fatalf("%v beside %v", derived, derivedErr)
		}
		for _, e := range []error{err, derivedErr} {
			if e != nil && !errors.Is(e, ErrProofValue) {
				t.Fatalf("%v wraps no ErrProofValue", e)
			}
		}
		var again string
		switch {
		case base != nil && derived != nil:
			t.Fatal("both a base and a derived value")
		case base != nil:
			again, err = encodeSelective(sdBaseHeader, base)
		case derived != nil:
			again, err = encodeSelective(sdDerivedHeader, derived)
		default:
			return
		}
		if err != nil || len(again) != len(value) {
			t.Fatalf("%v: %s is written %s", err, value, again)
		}
	})
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
	suite := ECDSASD2023{Contexts: jsonld.Embedded()}
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
		suite := ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: stringsOf(parseVector(t, dir+"/mandatoryPointers.json")), UnsafeInlineContexts: true}
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
