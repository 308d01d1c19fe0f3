package cryptosuite

import (
	"crypto/ecdsa"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"

	"github.com/google/go-cmp/cmp"
)

// sdVector is one published credential under ecdsa-sd-2023 with every
// intermediate value.
type sdVector struct {
	dir                  string // below testdata/vc-di-ecdsa/ecdsa-sd-2023
	mandatory, selective string // files with pointers
}

var sdVectors = []sdVector{
	{"prc", "prCredMandatory.json", "prCredSelective.json"},
	{"employ", "employMandatory.json", "employSelective.json"},
}

func (v sdVector) json(t testing.TB, name string) strictjson.Value {
	t.Helper()
	return parseVector(t, "vc-di-ecdsa/ecdsa-sd-2023/"+v.dir+"/"+name+".json")
}

func stringsOf(v strictjson.Value) []string {
	out := []string{}
	for _, e := range v.Elems() {
		out = append(out, e.Str())
	}
	return out
}

func pointersIn(t testing.TB, name string) []string {
	t.Helper()
	return stringsOf(parseVector(t, "vc-di-ecdsa/"+name))
}

func hexes(all [][]byte) []string {
	out := []string{}
	for _, b := range all {
		out = append(out, hex.EncodeToString(b))
	}
	return out
}

func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// sdKeys are the keys of the vectors.
func sdKeys(t testing.TB) (issuer *ecdsa.PrivateKey, fixed *sdSecrets) {
	t.Helper()
	material := parseVector(t, "vc-di-ecdsa/ecdsa-sd-2023/SDKeyMaterial.json")
	hmacKey, err := hex.DecodeString(material.Get("hmacKeyString").Str())
	if err != nil {
		t.Fatal(err)
	}
	scoped := vectorKey(t, material.Get("proofKeyPair")).(*ecdsa.PrivateKey)
	return vectorKey(t, material.Get("baseKeyPair")).(*ecdsa.PrivateKey), &sdSecrets{scoped, hmacKey}
}

func multikeyOf(t testing.TB, b []byte) string {
	t.Helper()
	key, err := parseMultikeyBytes(b)
	if err != nil {
		t.Fatal(err)
	}
	text, err := did.FormatMultikey(key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// indexed is a map of the vectors, from indexes to quads.
func indexed(v strictjson.Value) map[string]string {
	out := map[string]string{}
	for _, pair := range v.Get("value").Elems() {
		key, ok := pair.Elems()[0].Literal()
		if !ok {
			key = pair.Elems()[0].Str()
		}
		out[key] = pair.Elems()[1].Str()
	}
	return out
}

// divided are the statements that a test wants, by their index.
func divided(all []statement, want func(statement) bool) map[string]string {
	out := map[string]string{}
	for i, st := range all {
		if want(st) {
			out[itoa(i)] = string(st.text)
		}
	}
	return out
}

func itoa(i int) string { lit, _ := strictjson.Int(i).Literal(); return lit }

func numbers(t testing.TB, v strictjson.Value) []uint64 {
	t.Helper()
	out := []uint64{}
	for _, e := range v.Elems() {
		n, err := canonicalNumber("c14n" + string(e.JSON()))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, n)
	}
	return out
}

func texts(all []statement) []string {
	out := []string{}
	for _, st := range all {
		out = append(out, string(st.text))
	}
	return out
}

// TestSDVectorsBase makes the base proofs again and compares every value.
func TestSDVectorsBase(t *testing.T) {
	for _, v := range sdVectors {
		t.Run(v.dir, func(t *testing.T) {
			key, fixed := sdKeys(t)
			want := v.json(t, "addSignedSDBase")
			doc, config := want.Without("proof"), v.json(t, "addProofConfig")
			suite := ECDSASD2023{Contexts: jsonld.Embedded(), Mandatory: pointersIn(t, v.mandatory), UnsafeMandatory: true, fixed: fixed}
			m := &Message{Document: doc, Config: config.Without("@context")}

			quads, err := suite.linked().quads(doc, m.Revision)
			if err != nil {
				t.Fatal(err)
			}
			canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "addBaseDocCanon", slices.Collect(strings.Lines(string(canonical.NQuads))), stringsOf(v.json(t, "addBaseDocCanon")))
			all, err := suite.transform(m, fixed.hmacKey, suite.Mandatory)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "addBaseDocHMACCanon", texts(all.statements), stringsOf(v.json(t, "addBaseDocHMACCanon")))
			for _, p := range v.json(t, "addPointerValues").Elems() {
				pointer, err := strictjson.ParsePointer(p.Get("pointer").Str())
				if err != nil || !doc.At(pointer).Equal(p.Get("value")) {
					t.Errorf("%s is %s, %v", pointer, doc.At(pointer).JSON(), err)
				}
			}
			transform := v.json(t, "addBaseTransform")
			mandatory := func(st statement) bool { return st.groups.Has(mandatoryGroup) }
			same(t, "pointers", suite.pointers(doc), stringsOf(transform.Get("mandatoryPointers")))
			same(t, "mandatory", divided(all.statements, mandatory), indexed(transform.Get("mandatory")))
			same(t, "nonMandatory", divided(all.statements, func(st statement) bool { return !mandatory(st) }), indexed(transform.Get("nonMandatory")))
			same(t, "hmacKeyString", strings.ToUpper(hex.EncodeToString(fixed.hmacKey)), strings.ToUpper(transform.Get("hmacKeyString").Str()))
			same(t, "addProofConfigCanon", canonicalText(t, suite, config), readVector(t, "vc-di-ecdsa/ecdsa-sd-2023/"+v.dir+"/addProofConfigCanon.txt"))

			made, err := suite.Create(m, key)
			if err != nil {
				t.Fatal(err)
			}
			signed := doc.With("proof", made)
			base, err := parseBase(signed.Get("proof").Get("proofValue").Str())
			if err != nil {
				t.Fatal(err)
			}
			data, err := suite.signData(m, base.PublicKey, all.statements)
			if err != nil {
				t.Fatal(err)
			}
			hashes, raw := v.json(t, "addHashData"), v.json(t, "addRawBaseSignatureInfo")
			same(t, "proofHash", hex.EncodeToString(data[:32]), hashes.Get("proofHash").Str())
			same(t, "mandatoryHash", hex.EncodeToString(data[len(data)-32:]), hashes.Get("mandatoryHash").Str())
			same(t, "baseSignature", hex.EncodeToString(base.BaseSignature), raw.Get("baseSignature").Str())
			same(t, "publicKey", multikeyOf(t, base.PublicKey), raw.Get("publicKey").Str())
			same(t, "signatures", hexes(base.Signatures), stringsOf(raw.Get("signatures")))
			same(t, "mandatoryPointers", base.MandatoryPointers, stringsOf(raw.Get("mandatoryPointers")))
			if !signed.Equal(want) {
				t.Errorf("addSignedSDBase:\n got %s\nwant %s", signed.JSON(), want.JSON())
			}
		})
	}
}

func canonicalText(t testing.TB, s ECDSASD2023, doc strictjson.Value) string {
	t.Helper()
	quads, err := s.linked().quads(doc, jsonld.Selection{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return string(c.NQuads)
}

// TestSDVectorsDerived derives and verifies again what the vectors derive, and
// compares every value.
func TestSDVectorsDerived(t *testing.T) {
	for _, v := range sdVectors {
		t.Run(v.dir, func(t *testing.T) {
			signed := v.json(t, "addSignedSDBase")
			suite := ECDSASD2023{Contexts: jsonld.Embedded()}
			selective := pointersIn(t, v.selective)
			base, err := parseBase(signed.Get("proof").Get("proofValue").Str())
			if err != nil {
				t.Fatal(err)
			}
			recovered := v.json(t, "derivedRecoveredBaseData")
			same(t, "recovered baseSignature", hex.EncodeToString(base.BaseSignature), recovered.Get("baseSignature").Str())
			same(t, "recovered proofPublicKey", multikeyOf(t, base.PublicKey), recovered.Get("proofPublicKey").Str())
			same(t, "recovered hmacKey", hex.EncodeToString(base.HMACKey), recovered.Get("hmacKey").Str())
			same(t, "recovered signatures", hexes(base.Signatures), stringsOf(recovered.Get("signatures")))
			same(t, "recovered mandatoryPointers", base.MandatoryPointers, stringsOf(recovered.Get("mandatoryPointers")))

			m := &Message{Document: signed.Without("proof"), Config: signed.Get("proof").Without("proofValue")}
			all, err := suite.transform(m, base.HMACKey, base.MandatoryPointers, selective)
			if err != nil {
				t.Fatal(err)
			}
			checkGroups(t, v, all)

			revealed, proofValue, err := suite.Derive(m, signed.Get("proof").Get("proofValue").Str(), selective, false)
			if err != nil {
				t.Fatal(err)
			}
			derived := revealed.With("proof", signed.Get("proof").With("proofValue", strictjson.String(proofValue)))
			if unsigned := v.json(t, "derivedUnsignedReveal"); !derived.Without("proof").Equal(unsigned) {
				t.Errorf("derivedUnsignedReveal:\n got %s\nwant %s", derived.Without("proof").JSON(), unsigned.JSON())
			}
			if want := v.json(t, "derivedRevealDocument"); !derived.Equal(want) {
				t.Errorf("derivedRevealDocument:\n got %s\nwant %s", derived.JSON(), want.JSON())
			}
			value, err := parseDerived(derived.Get("proof").Get("proofValue").Str())
			if err != nil {
				t.Fatal(err)
			}
			labels := map[string]string{}
			for n, digest := range value.LabelMap {
				labels["c14n"+itoa(int(n))] = digestLabel(digest)
			}
			for _, name := range []string{"derivedDisclosureData", "verifyDerivedProofValue"} {
				want := v.json(t, name)
				same(t, name+" baseSignature", hex.EncodeToString(value.BaseSignature), want.Get("baseSignature").Str())
				same(t, name+" publicKey", multikeyOf(t, value.PublicKey), want.Get("publicKey").Str())
				same(t, name+" signatures", hexes(value.Signatures), stringsOf(want.Get("signatures")))
				same(t, name+" mandatoryIndexes", value.MandatoryIndexes, numbers(t, want.Get("mandatoryIndexes")))
				wantLabels := want.Get("labelMap")
				if wantLabels.Kind() == strictjson.List {
					wantLabels = strictjson.Object(strictjson.Member{Name: "value", Value: wantLabels})
				}
				same(t, name+" labelMap", labels, indexed(wantLabels))
			}
			same(t, "adjMandatoryIndexes", value.MandatoryIndexes, numbers(t, v.json(t, "derivedAdjMandatoryIndexes").Get("adjMandatoryIndexes")))
			same(t, "filteredSignatures", hexes(value.Signatures), stringsOf(v.json(t, "derivedAdjSignatures").Get("filteredSignatures")))
			checkVerifyData(t, v, suite, derived, value)
		})
	}
}

func checkGroups(t *testing.T, v sdVector, all *transformed) {
	t.Helper()
	data := v.json(t, "derivedAllGroupData")
	same(t, "nquads", texts(all.statements), stringsOf(data.Get("nquads")))
	combined, mandatory, selective, others := []uint64{}, []uint64{}, []uint64{}, []uint64{}
	places := []uint64{} // of the signatures that are handed on, among all of them
	for i, st := range all.statements {
		n := uint64(i)
		if st.groups != 0 {
			combined = append(combined, n)
		}
		if st.groups.Has(selectiveGroup) {
			selective = append(selective, n)
			if !st.groups.Has(mandatoryGroup) {
				places = append(places, uint64(len(others)))
			}
		}
		if st.groups.Has(mandatoryGroup) {
			mandatory = append(mandatory, n)
		} else {
			others = append(others, n)
		}
	}
	want := v.json(t, "derivedGroupIndexes")
	same(t, "combinedIndexes", combined, numbers(t, want.Get("combinedIndexes")))
	same(t, "mandatoryIndexes", mandatory, numbers(t, want.Get("mandatoryIndexes")))
	same(t, "nonMandatoryIndexes", others, numbers(t, want.Get("nonMandatoryIndexes")))
	same(t, "selectiveIndexes", selective, numbers(t, want.Get("selectiveIndexes")))
	same(t, "adjSignatureIndexes", places, numbers(t, v.json(t, "derivedAdjSignatures").Get("adjSignatureIndexes")))
	for name, in := range map[string]func(statement) bool{
		"mandatory": func(st statement) bool { return st.groups.Has(mandatoryGroup) },
		"selective": func(st statement) bool { return st.groups.Has(selectiveGroup) },
		"combined":  func(st statement) bool { return st.groups != 0 },
	} {
		group := data.Get("groups").Get(name)
		same(t, name+" matching", divided(all.statements, in), indexed(group.Get("matching")))
		same(t, name+" nonMatching", divided(all.statements, func(st statement) bool { return !in(st) }), indexed(group.Get("nonMatching")))
	}
	var labels, wantLabels []string
	for _, label := range all.labels {
		labels = append(labels, label)
	}
	for _, label := range indexed(data.Get("labelMap")) {
		wantLabels = append(wantLabels, label)
	}
	slices.Sort(labels)
	slices.Sort(wantLabels)
	same(t, "labelMap", labels, wantLabels)
}

func checkVerifyData(t *testing.T, v sdVector, suite ECDSASD2023, derived strictjson.Value, value *sdDerived) {
	t.Helper()
	m := &Message{Document: derived.Without("proof"), Config: derived.Get("proof").Without("proofValue")}
	quads, err := suite.linked().quads(m.Document, m.Revision)
	if err != nil {
		t.Fatal(err)
	}
	c, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	labels, err := value.labels(c.Labels)
	if err != nil {
		t.Fatal(err)
	}
	all, err := relabelled(quads, nil, labels)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "verifyNQuads", texts(all), stringsOf(v.json(t, "verifyNQuads")))
	for _, i := range value.MandatoryIndexes {
		all[i].groups = 1 << mandatoryGroup
	}
	data, err := suite.signData(m, value.PublicKey, all)
	if err != nil {
		t.Fatal(err)
	}
	want := v.json(t, "verifyCreateVerifyData")
	same(t, "verify proofHash", hex.EncodeToString(data[:32]), want.Get("proofHash").Str())
	same(t, "verify mandatoryHash", hex.EncodeToString(data[len(data)-32:]), want.Get("mandatoryHash").Str())
	same(t, "verify baseSignature", hex.EncodeToString(value.BaseSignature), want.Get("baseSignature").Str())
	same(t, "verify publicKey", multikeyOf(t, value.PublicKey), want.Get("publicKey").Str())
	same(t, "verify signatures", hexes(value.Signatures), stringsOf(want.Get("signatures")))
	all = slices.DeleteFunc(all, func(st statement) bool { return st.groups.Has(mandatoryGroup) })
	same(t, "verify nonMandatory", texts(all), stringsOf(want.Get("nonMandatory")))
}

// TestOpenBadgesDerived verifies what another implementation derived, under a key
// that stands in the name of its method.
func TestOpenBadgesDerived(t *testing.T) {
	doc := parseVector(t, "badges/1edtech-validator/ob30/sd/derivedcredential.json")
	p := doc.Get("proof").Elems()[0]
	_, fragment, _ := strings.Cut(p.Get("verificationMethod").Str(), "#")
	key, err := did.ParseMultikey(fragment)
	if err != nil {
		t.Fatal(err)
	}
	suite := ECDSASD2023{Contexts: jsonld.Embedded()}
	m := &Message{Document: doc.Without("proof"), Config: p.Without("proofValue")}
	if err := suite.Verify(m, key, p.Get("proofValue").Str()); err != nil {
		t.Error(err)
	}
	m.Document = m.Document.With("validFrom", strictjson.String("2011-01-01T00:00:00Z"))
	if err := suite.Verify(m, key, p.Get("proofValue").Str()); !errors.Is(err, ErrSignature) {
		t.Errorf("with another date: %v", err)
	}
}
