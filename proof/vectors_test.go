package proof

import (
	"context"
	"crypto"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/multiformats/go-multibase"
)

var vectorTime = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func allSuites() Suites {
	c := jsonld.Embedded()
	return Suites{
		cryptosuite.EdDSARDFC2022{Contexts: c}, cryptosuite.ECDSARDFC2019{Contexts: c},
		cryptosuite.EdDSAJCS2022{Contexts: c}, cryptosuite.ECDSAJCS2019{Contexts: c},
		cryptosuite.Ed25519Signature2020{Contexts: c}, cryptosuite.ECDSASD2023{Contexts: c},
	}
}

// vectorOptions: the vectors' issuers are made up, so that no key is theirs.
func vectorOptions() Options {
	return Options{
		Keys:                did.Methods{"key": did.Key{}},
		Suites:              allSuites(),
		At:                  vectorTime,
		UnsafeAnyController: true,
	}
}

func readVector(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parseVector(t testing.TB, name string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(readVector(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func stringsOf(v strictjson.Value) []string {
	out := []string{}
	for _, e := range v.Elems() {
		out = append(out, e.Str())
	}
	return out
}

func vectorKey(t testing.TB, pair strictjson.Value) crypto.Signer {
	t.Helper()
	key, err := did.ParseSecretMultikey(pair.Get("privateKeyMultibase").Str() + pair.Get("secretKeyMultibase").Str())
	if err != nil {
		t.Fatal(err)
	}
	if public, _ := did.FormatMultikey(key.Public()); public != pair.Get("publicKeyMultibase").Str() {
		t.Fatalf("the secret key belongs to %s", public)
	}
	return key
}

// vector is one published credential with every intermediate value.
type vector struct {
	dir      string // folder of the values, below testdata
	tag      string // what their names end in
	unsigned string // the credential
	pair     string // the key pair
	suite    string
	hash     crypto.Hash
}

var vectors = []vector{
	{"vc-di-eddsa/eddsa-rdfc-2022", "DataInt", "vc-di-eddsa/unsigned.json", "vc-di-eddsa/keyPair.json", "eddsa-rdfc-2022", crypto.SHA256},
	{"vc-di-eddsa/eddsa-rdfc-2022/employ", "DataInt", "vc-di-eddsa/employmentAuth.json", "vc-di-eddsa/keyPair.json", "eddsa-rdfc-2022", crypto.SHA256},
	{"vc-di-eddsa/eddsa-jcs-2022", "JCS", "vc-di-eddsa/unsigned.json", "vc-di-eddsa/keyPair.json", "eddsa-jcs-2022", crypto.SHA256},
	{"vc-di-eddsa/Ed25519Signature2020", "EdSig", "vc-di-eddsa/unsigned.json", "vc-di-eddsa/keyPair.json", "Ed25519Signature2020", crypto.SHA256},
	{"vc-di-ecdsa/ecdsa-rdfc-2019-p256", "ECDSAP256", "vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/p256KeyPair.json", "ecdsa-rdfc-2019", crypto.SHA256},
	{"vc-di-ecdsa/ecdsa-rdfc-2019-p256/employ", "ECDSAP256", "vc-di-ecdsa/employmentAuth.json", "vc-di-ecdsa/p256KeyPair.json", "ecdsa-rdfc-2019", crypto.SHA256},
	{"vc-di-ecdsa/ecdsa-rdfc-2019-p384", "ECDSAP384", "vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/p384KeyPair.json", "ecdsa-rdfc-2019", crypto.SHA384},
	{"vc-di-ecdsa/ecdsa-rdfc-2019-p384/employ", "ECDSAP384", "vc-di-ecdsa/employmentAuth.json", "vc-di-ecdsa/p384KeyPair.json", "ecdsa-rdfc-2019", crypto.SHA384},
	{"vc-di-ecdsa/ecdsa-jcs-2019-p256", "JCSECDSAP256", "vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/p256KeyPair.json", "ecdsa-jcs-2019", crypto.SHA256},
	{"vc-di-ecdsa/ecdsa-jcs-2019-p384", "JCSECDSAP384", "vc-di-ecdsa/unsigned.json", "vc-di-ecdsa/p384KeyPair.json", "ecdsa-jcs-2019", crypto.SHA384},
}

func (v vector) file(t *testing.T, what string) string {
	return strings.TrimSpace(readVector(t, v.dir+"/"+what+v.tag+".txt"))
}

// canonical is the canonical form that the vector's suite hashes.
func (v vector) canonical(t *testing.T, doc strictjson.Value) string {
	t.Helper()
	if strings.Contains(v.suite, "jcs") {
		text, err := doc.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	quads, err := jsonld.ToRDF(doc, jsonld.Options{Contexts: jsonld.Embedded()})
	if err != nil {
		t.Fatal(err)
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{Hash: v.hash})
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}

// TestVectors reproduces every intermediate value of every vector byte for byte,
// signatures too: Ed25519 and RFC 6979 are deterministic.
func TestVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.dir, func(t *testing.T) {
			key := vectorKey(t, parseVector(t, v.pair))
			doc, config := parseVector(t, v.unsigned), parseVector(t, v.dir+"/proofConfig"+v.tag+".json")
			want := parseVector(t, v.dir+"/signed"+v.tag+".json")
			suite := allSuites().find(config.Get("type").Str(), config.Get("cryptosuite").Str())
			if suite == nil || suite.Name() != v.suite {
				t.Fatalf("the suite is %v, want %s", suite, v.suite)
			}
			sum := func(s string) string { h := v.hash.New(); h.Write([]byte(s)); return hex.EncodeToString(h.Sum(nil)) }
			same := func(what, got, want string) {
				t.Helper()
				if got != want {
					t.Errorf("%s:\n got %s\nwant %s", what, got, want)
				}
			}
			bare := config.Without("@context")
			signed, err := Sign(doc, SignOptions{
				Suite: suite, Key: key, Method: bare.Get("verificationMethod").Str(), Created: vectorDate(t, bare),
			})
			if err != nil {
				t.Fatal(err)
			}
			doc = signed.Without("proof") // Ed25519Signature2020 adds its context
			same("canonical document", strings.TrimSpace(v.canonical(t, doc)), v.file(t, "canonDoc"))
			same("document hash", sum(v.canonical(t, doc)), v.file(t, "docHash"))
			same("canonical proof", strings.TrimSpace(v.canonical(t, config)), v.file(t, "proofCanon"))
			same("proof hash", sum(v.canonical(t, config)), v.file(t, "proofHash"))
			same("combined hash", sum(v.canonical(t, config))+sum(v.canonical(t, doc)), v.file(t, "combinedHash"))
			same("proof value", signed.Get("proof").Get("proofValue").Str(), v.file(t, "sigBTC58"))
			_, signature, err := multibase.Decode(v.file(t, "sigBTC58"))
			if err != nil {
				t.Fatal(err)
			}
			same("signature", hex.EncodeToString(signature), v.file(t, "sigHex"))
			if !signed.Equal(want) {
				t.Errorf("signed document:\n got %s\nwant %s", signed.JSON(), want.JSON())
			}
		})
	}
}

func vectorDate(t *testing.T, config strictjson.Value) time.Time {
	t.Helper()
	created, err := time.Parse(time.RFC3339, config.Get("created").Str())
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// TestVectorSetsAndChains signs the vectors' proof sets and chains again, proof
// by proof.
func TestVectorSetsAndChains(t *testing.T) {
	pairs := map[string]crypto.Signer{}
	for _, m := range parseVector(t, "vc-di-eddsa/proof-set-chain/multiKeyPairs.json").Members() {
		pairs[m.Value.Get("publicKeyMultibase").Str()] = vectorKey(t, m.Value)
	}
	for _, name := range []string{"signedProofSet1", "signedProofSet2", "signedProofChain1", "signedProofChain2"} {
		want := parseVector(t, "vc-di-eddsa/proof-set-chain/"+name+".json")
		doc := parseVector(t, "vc-di-eddsa/proof-set-chain/unsigned.json")
		for _, p := range want.Get("proof").List() {
			var previous []string
			for _, id := range p.Get("previousProof").List() {
				previous = append(previous, id.Str())
			}
			method := p.Get("verificationMethod").Str()
			var err error
			doc, err = Sign(doc, SignOptions{
				Suite: allSuites()[0], Key: pairs[method[strings.Index(method, "#")+1:]], Method: method,
				Created: vectorDate(t, p), ID: p.Get("id").Str(), Previous: previous,
			})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		if !doc.Equal(want) {
			t.Errorf("%s:\n got %s\nwant %s", name, doc.JSON(), want.JSON())
		}
	}
}

// signedVectors are all the signed documents among the vectors.
func signedVectors() []string {
	names := []string{
		"vc-di-eddsa/proof-set-chain/signedProofSet1.json", "vc-di-eddsa/proof-set-chain/signedProofSet2.json",
		"vc-di-eddsa/proof-set-chain/signedProofChain1.json", "vc-di-eddsa/proof-set-chain/signedProofChain2.json",
	}
	for _, v := range vectors {
		names = append(names, v.dir+"/signed"+v.tag+".json")
	}
	return names
}

// TestVectorsOpen runs every signed vector through the door, with negative twins
// of each.
func TestVectorsOpen(t *testing.T) {
	twins := 0
	for _, name := range signedVectors() {
		t.Run(name, func(t *testing.T) {
			good := parseVector(t, name)
			opened, err := OpenValue(context.Background(), good, vectorOptions())
			if err != nil {
				t.Fatal(err)
			}
			if opened.Document.Get("proof").Exists() || !opened.Document.Get("issuer").Exists() {
				t.Error("the opened document is not the document without its proofs")
			}
			if opened.Proofs[0].Legacy != strings.Contains(name, "Ed25519Signature2020") {
				t.Errorf("legacy: %v", opened.Proofs[0].Legacy)
			}
			strict := vectorOptions()
			strict.UnsafeAnyController = false
			if _, err := OpenValue(context.Background(), good, strict); !errors.Is(err, ErrBinding) {
				t.Errorf("without a proof by the issuer: %v, want %v", err, ErrBinding)
			}
			for twin, bad := range negativeTwins(good) {
				twins++
				if opened, err := OpenValue(context.Background(), bad, vectorOptions()); err == nil || opened != nil {
					t.Errorf("accepted: %s", twin)
				}
			}
		})
	}
	t.Logf("%d vectors, %d negative twins", len(signedVectors()), twins)
}

// negativeTwins spoils a signed document in ways that each break one proof.
func negativeTwins(good strictjson.Value) map[string]strictjson.Value {
	contexts := good.Get("@context").List()
	twins := map[string]strictjson.Value{
		"another name":        good.With("name", strictjson.String("Alumni credential")),
		"a new claim":         good.With("description", strictjson.String("")),
		"no proof":            good.Without("proof"),
		"an empty set":        good.With("proof", strictjson.Array()),
		"a dropped subject":   good.With("credentialSubject", strictjson.Object()),
		"an undefined prefix": good.With("credentialStatus", strictjson.Object()),
		"a context dropped":   good.With("@context", strictjson.Array(contexts[:len(contexts)-1]...)),
		"contexts reversed":   good.With("@context", strictjson.Array(reversed(contexts)...)),
	}
	proofs := good.Get("proof").List()
	for i, p := range proofs {
		n := string(rune('0' + i))
		edit := func(name string, to strictjson.Value) {
			all := append([]strictjson.Value(nil), proofs...)
			all[i] = to
			twins[name+" "+n] = good.With("proof", strictjson.Array(all...))
		}
		value := p.Get("proofValue").Str()
		changed := []byte(value)
		changed[10] ^= 1
		for what, to := range map[string]string{
			"a changed signature": string(changed), "a shorter signature": value[:len(value)-1], "a longer signature": value + "1",
			"a signature in base64url": "u" + value[1:], "a signature with a line end": value + "\n", "no signature": "z",
			"a signature of zeros": "z" + strings.Repeat("1", 64), "a longer one of zeros": "z" + strings.Repeat("1", 96),
		} {
			edit(what, p.With("proofValue", strictjson.String(to)))
		}
		for what, to := range map[string]string{
			"created": "2023-02-24T23:36:39Z", "proofPurpose": "authentication", "cryptosuite": "eddsa-2022",
			"type": "DataIntegrityproof", "expires": "2023-03-01T00:00:00Z", "domain": "example.org", "challenge": "1",
		} {
			edit("another "+what, p.With(what, strictjson.String(to)))
		}
		edit("a dropped date", p.Without("created"))
		edit("no method", p.Without("verificationMethod"))
		for _, suite := range allSuites() {
			if name := suite.Name(); name != p.Get("cryptosuite").Str() && suite.ProofType() == cryptosuite.DataIntegrityProof {
				edit("under "+name, p.With("type", strictjson.String(cryptosuite.DataIntegrityProof)).With("cryptosuite", strictjson.String(name)))
			}
		}
		if p.Get("type").Str() != "Ed25519Signature2020" {
			edit("under Ed25519Signature2020", p.With("type", strictjson.String("Ed25519Signature2020")))
		}
	}
	return twins
}

func reversed(list []strictjson.Value) []strictjson.Value {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

func TestVectorChainsNeedTheirPrecursors(t *testing.T) {
	chain := parseVector(t, "vc-di-eddsa/proof-set-chain/signedProofChain2.json")
	proofs := chain.Get("proof").Elems()
	for i := range len(proofs) - 1 {
		left := append(append([]strictjson.Value(nil), proofs[:i]...), proofs[i+1:]...)
		if _, err := OpenValue(context.Background(), chain.With("proof", strictjson.Array(left...)), vectorOptions()); !errors.Is(err, ErrChain) {
			t.Errorf("without proof %d: %v, want %v", i, err, ErrChain)
		}
	}
}
