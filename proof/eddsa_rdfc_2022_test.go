package proof

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// The vectors' documents carry terms of examples/v2, whose @vocab defines
// everything, and issuers that are not the key's DID (vc-di-eddsa TestVectors).
var vectorSuite = EdDSARDFC2022{Contexts: jsonld.Embedded()}

var vectorTime = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

func vectorOptions() Options {
	return Options{
		Keys:                did.Methods{"key": did.Key{}},
		Suites:              Suites{vectorSuite},
		At:                  vectorTime,
		UnsafeAnyController: true,
	}
}

func readVector(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "vc-di-eddsa", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parseVector(t *testing.T, name string) strictjson.Value {
	t.Helper()
	v, err := strictjson.Parse([]byte(readVector(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func vectorKey(t *testing.T, pair strictjson.Value) crypto.Signer {
	t.Helper()
	key, err := did.ParseSecretMultikey(pair.Get("privateKeyMultibase").Str())
	if err != nil {
		t.Fatal(err)
	}
	if public, _ := did.FormatMultikey(key.Public()); public != pair.Get("publicKeyMultibase").Str() {
		t.Fatalf("the secret key belongs to %s", public)
	}
	return key
}

// TestVectors reproduces every intermediate value of both documents.
func TestVectors(t *testing.T) {
	key := vectorKey(t, parseVector(t, "keyPair.json"))
	for _, tt := range []struct{ name, dir, unsigned string }{
		{"alumni", "eddsa-rdfc-2022", "unsigned.json"},
		{"employment", "eddsa-rdfc-2022/employ", "employmentAuth.json"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := func(name string) string { return strings.TrimSpace(readVector(t, tt.dir+"/"+name)) }
			doc, config := parseVector(t, tt.unsigned), parseVector(t, tt.dir+"/proofConfigDataInt.json")
			canonical := func(v strictjson.Value) string {
				quads, err := jsonld.ToRDF(v, jsonld.Options{Contexts: jsonld.Embedded()})
				if err != nil {
					t.Fatal(err)
				}
				c, err := rdfc.Canonicalize(quads, rdfc.Options{})
				if err != nil {
					t.Fatal(err)
				}
				return string(c.NQuads)
			}
			sum := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
			same := func(what, got, want string) {
				t.Helper()
				if got != want {
					t.Errorf("%s:\n got %s\nwant %s", what, got, want)
				}
			}
			same("canonical document", strings.TrimSpace(canonical(doc)), file("canonDocDataInt.txt"))
			same("document hash", sum(canonical(doc)), file("docHashDataInt.txt"))
			same("canonical proof", strings.TrimSpace(canonical(config)), file("proofCanonDataInt.txt"))
			same("proof hash", sum(canonical(config)), file("proofHashDataInt.txt"))

			bare := config.Without("@context")
			hash, err := vectorSuite.hash(&message{document: doc, config: bare})
			if err != nil {
				t.Fatal(err)
			}
			same("combined hash", hex.EncodeToString(hash), file("combinedHashDataInt.txt"))
			signature, err := key.Sign(nil, hash, crypto.Hash(0))
			if err != nil {
				t.Fatal(err)
			}
			same("signature", hex.EncodeToString(signature), file("sigHexDataInt.txt"))

			created, err := time.Parse(time.RFC3339, bare.Get("created").Str())
			if err != nil {
				t.Fatal(err)
			}
			signed, err := Sign(doc, SignOptions{
				Suite: vectorSuite, Key: key, Method: bare.Get("verificationMethod").Str(), Created: created,
			})
			if err != nil {
				t.Fatal(err)
			}
			if want := parseVector(t, tt.dir+"/signedDataInt.json"); !signed.Equal(want) {
				t.Errorf("signed document:\n got %s\nwant %s", signed.JSON(), want.JSON())
			}
			same("proof value", signed.Get("proof").Get("proofValue").Str(), file("sigBTC58DataInt.txt"))
		})
	}
}

// TestVectorsOpen runs every signed vector, proof sets and chains among them,
// through the door, with negative twins of each.
func TestVectorsOpen(t *testing.T) {
	for _, name := range []string{
		"eddsa-rdfc-2022/signedDataInt.json",
		"eddsa-rdfc-2022/employ/signedDataInt.json",
		"proof-set-chain/signedProofSet1.json",
		"proof-set-chain/signedProofSet2.json",
		"proof-set-chain/signedProofChain1.json",
		"proof-set-chain/signedProofChain2.json",
	} {
		t.Run(name, func(t *testing.T) {
			good := parseVector(t, name)
			opened, err := OpenValue(context.Background(), good, vectorOptions())
			if err != nil {
				t.Fatal(err)
			}
			if opened.Document.Get("proof").Exists() || !opened.Document.Get("issuer").Exists() {
				t.Error("the opened document is not the document without its proofs")
			}
			strict := vectorOptions()
			strict.UnsafeAnyController = false
			if _, err := OpenValue(context.Background(), good, strict); err == nil {
				t.Error("accepted although no proof is by the issuer")
			}
			for twin, bad := range negativeTwins(good) {
				if opened, err := OpenValue(context.Background(), bad, vectorOptions()); err == nil || opened != nil {
					t.Errorf("accepted: %s", twin)
				}
			}
		})
	}
}

// negativeTwins spoils a signed document in ways that each break one proof.
func negativeTwins(good strictjson.Value) map[string]strictjson.Value {
	twins := map[string]strictjson.Value{
		"another name":  good.With("name", strictjson.String("Alumni credential")),
		"a new claim":   good.With("description", strictjson.String("")),
		"no proof":      good.Without("proof"),
		"an empty set":  good.With("proof", strictjson.Array()),
		"a dropped tag": good.Without("credentialSubject").With("credentialSubject", strictjson.Object()),
	}
	proofs := good.Get("proof").List()
	for i, p := range proofs {
		edit := func(to strictjson.Value) strictjson.Value {
			all := append([]strictjson.Value(nil), proofs...)
			all[i] = to
			return good.With("proof", strictjson.Array(all...))
		}
		value := []byte(p.Get("proofValue").Str())
		value[10] ^= 1
		twins["a changed signature "+string(rune('0'+i))] = edit(p.With("proofValue", strictjson.String(string(value))))
		twins["a later date "+string(rune('0'+i))] = edit(p.With("created", strictjson.String("2023-02-24T23:36:39Z")))
		twins["another purpose "+string(rune('0'+i))] = edit(p.With("proofPurpose", strictjson.String("authentication")))
	}
	return twins
}

func TestVectorChainsNeedTheirPrecursors(t *testing.T) {
	chain := parseVector(t, "proof-set-chain/signedProofChain2.json")
	proofs := chain.Get("proof").Elems()
	for i := range len(proofs) - 1 {
		left := append(append([]strictjson.Value(nil), proofs[:i]...), proofs[i+1:]...)
		if _, err := OpenValue(context.Background(), chain.With("proof", strictjson.Array(left...)), vectorOptions()); err == nil {
			t.Errorf("accepted without proof %d", i)
		}
	}
	pair := parseVector(t, "proof-set-chain/multiKeyPairs.json").Get("keyPair1")
	if _, ok := vectorKey(t, pair).Public().(ed25519.PublicKey); !ok {
		t.Error("the chain's first key is not Ed25519")
	}
}
