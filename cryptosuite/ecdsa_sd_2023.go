package cryptosuite

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"

	"laurel/credential"
	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// ECDSASD2023 is the cryptosuite ecdsa-sd-2023 (Data Integrity ECDSA
// Cryptosuites 1.0, section 3.6): selective disclosure with ECDSA on P-256.
//
// What the issuer wants every verifier to see is mandatory and signed as one.
// Each of the other statements is signed by itself, with a key that is made for
// this one proof and thrown away; the issuer's own key signs that key, the hash
// of what is mandatory and the proof's configuration. The holder shows a
// statement by handing on its signature.
//
// Two showings of one credential can be linked: they have the same signatures.
type ECDSASD2023 struct {
	Contexts *jsonld.Contexts // the JSON-LD contexts that documents may name

	// Mandatory are JSON pointers (RFC 6901) to what every selection shows, as
	// the issuer wants it. Always mandatory, where the document has them, are
	// issuer, validFrom, validUntil, credentialStatus, credentialSchema and the
	// id of every subject, so that no holder can hide that a credential is
	// revoked, expired or another's; and so are contexts, types, and the ids of
	// whatever is shown.
	Mandatory []string

	// UnsafeInlineContexts lets documents define terms themselves. Only
	// conformance vectors need it.
	UnsafeInlineContexts bool
	// UnsafeMandatory makes nothing mandatory but Mandatory. Published vectors
	// leave validUntil to the holder.
	UnsafeMandatory bool

	fixed *sdSecrets // only tests set it
}

// sdSecrets is what is made at random for each base proof.
type sdSecrets struct {
	key     *ecdsa.PrivateKey // the proof-scoped key
	hmacKey []byte
}

// p256 is the only curve of the suite.
var p256 = &ecdsaCurves[0]

// Name returns "ecdsa-sd-2023".
func (ECDSASD2023) Name() string { return "ecdsa-sd-2023" }

// ProofType returns "DataIntegrityProof".
func (ECDSASD2023) ProofType() string { return DataIntegrityProof }

// Reading gives the contexts of the suite.
func (s ECDSASD2023) Reading(r jsonld.Selection) jsonld.Options { return s.linked().options(r) }

func (s ECDSASD2023) linked() linked {
	return linked{Contexts: s.Contexts, UnsafeInlineContexts: s.UnsafeInlineContexts}
}

// Extent tells a base proof from a derived one by its header.
func (ECDSASD2023) Extent(value string) (Extent, error) {
	header, _, err := decodeSelective(value)
	switch {
	case err != nil:
		return Whole, err
	case bytes.Equal(header, sdBaseHeader):
		return Base, nil
	case bytes.Equal(header, sdDerivedHeader):
		return Part, nil
	}
	return Whole, fmt.Errorf("%w: its header %x is none of the suite's", ErrProofValue, header)
}

// MandatoryPointers reads them from a base proof.
func (ECDSASD2023) MandatoryPointers(value string) ([]string, error) {
	v, err := parseBase(value)
	if err != nil {
		return nil, err
	}
	return v.MandatoryPointers, nil
}

// Create implements section 3.6.1, "Create Base Proof (ecdsa-sd-2023)".
func (s ECDSASD2023) Create(m *Message, key crypto.Signer) (strictjson.Value, error) {
	if _, err := p256Key(key.Public()); err != nil {
		return strictjson.Value{}, err
	}
	secrets, err := s.secrets()
	if err != nil {
		return strictjson.Value{}, err
	}
	pointers := s.pointers(m.Document)
	all, err := s.transform(m, secrets.hmacKey, pointers)
	if err != nil {
		return strictjson.Value{}, err
	}
	public, err := multikeyBytes(&secrets.key.PublicKey)
	if err != nil {
		return strictjson.Value{}, err
	}
	// "Initialize signatures to an array where each element holds the result of
	// digitally signing the UTF-8 representation of each N-Quad string in
	// nonMandatory, in order. The digital signature algorithm is ES256".
	signatures := make([][]byte, 0, len(all.statements))
	for _, st := range all.statements {
		if st.groups.Has(mandatoryGroup) {
			continue
		}
		signature, err := p256.sign(secrets.key, st.text)
		if err != nil {
			return strictjson.Value{}, err
		}
		signatures = append(signatures, signature)
	}
	toSign, err := s.signData(m, public, all.statements)
	if err != nil {
		return strictjson.Value{}, err
	}
	base, err := p256.sign(key, toSign)
	if err != nil {
		return strictjson.Value{}, err
	}
	return m.complete(encodeSelective(sdBaseHeader, &sdBase{
		BaseSignature: base, PublicKey: public, HMACKey: secrets.hmacKey, Signatures: signatures, MandatoryPointers: pointers,
	}))
}

// secrets makes the key of a proof, which "is scoped to the specific proof; it is
// not used for anything else and the private key will be destroyed when this
// algorithm terminates", and an HMAC key, which "MUST be the same length as the
// digest size".
func (s ECDSASD2023) secrets() (*sdSecrets, error) {
	if s.fixed != nil {
		return s.fixed, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	hmacKey := make([]byte, sdHMACKey)
	_, err = rand.Read(hmacKey)
	return &sdSecrets{key, hmacKey}, err
}

// pointers are all mandatory pointers of a document, each once.
func (s ECDSASD2023) pointers(doc strictjson.Value) []string {
	all := []string{}
	if !s.UnsafeMandatory {
		all = credential.AlwaysShown(doc)
	}
	for _, p := range s.Mandatory {
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	return all
}

// transformed is a document as it is signed.
type transformed struct {
	statements []statement
	quads      []rdfc.Quad
	groups     []jsonld.Groups
	labels     map[string]string // from blank nodes in quads to those in statements
}

// transform is canonicalizeAndGroup with HMACs for labels.
func (s ECDSASD2023) transform(m *Message, hmacKey []byte, groups ...[]string) (*transformed, error) {
	quads, selected, err := jsonld.ToRDFGroups(m.Document, s.linked().options(m.Revision), groups...)
	if err != nil {
		return nil, err
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return nil, err
	}
	t := &transformed{quads: quads, groups: selected, labels: hmacLabels(canonical.Labels, hmacKey)}
	m.noteLabels(canonical, t.labels)
	t.statements, err = relabelled(quads, selected, t.labels)
	return t, err
}

// signData is serializeSignData: "Return the concatenation of proofHash,
// publicKey, and mandatoryHash, in that order, as sign data."
func (s ECDSASD2023) signData(m *Message, public []byte, all []statement) ([]byte, error) {
	proofHash, err := s.linked().configHash(m, p256.hash)
	if err != nil {
		return nil, err
	}
	// hashMandatoryNQuads: "Initialize bytes to the UTF-8 representation of the
	// joined mandatory N-Quads."
	var joined []byte
	for _, st := range all {
		if st.groups.Has(mandatoryGroup) {
			joined = append(joined, st.text...)
		}
	}
	mandatoryHash := p256.sum(joined)
	m.noteText(mandatoryPart, joined)
	m.noteBytes(mandatoryPart+hashOf(p256.hash), mandatoryHash)
	return slices.Concat(proofHash, public, mandatoryHash), nil
}

// Verify implements section 3.6.7, "Verify Derived Proof (ecdsa-sd-2023)".
func (s ECDSASD2023) Verify(m *Message, key crypto.PublicKey, value string) error {
	v, err := parseDerived(value)
	if err != nil {
		return err
	}
	// createVerifyData: "Set nquads to the result of calling the algorithm of
	// section labelReplacementCanonicalizeJsonLd".
	quads, err := s.linked().quads(m.Document, m.Revision)
	if err != nil {
		return err
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return err
	}
	labels, err := v.labels(canonical.Labels)
	if err != nil {
		return err
	}
	m.noteLabels(canonical, labels)
	all, err := relabelled(quads, nil, labels)
	if err != nil {
		return err
	}
	// "For each entry (index, nq) in nquads, separate the N-Quads into mandatory
	// and non-mandatory categories".
	for _, index := range v.MandatoryIndexes {
		if index >= uint64(len(all)) {
			return fmt.Errorf("%w: statement %d of %d is said to be mandatory", ErrSignature, index, len(all))
		}
		all[index].groups = 1 << mandatoryGroup
	}
	return s.check(m, key, all, sdSignatures{v.BaseSignature, v.PublicKey, v.Signatures})
}

// labels is decompressLabelMap and createLabelMapFunction: the labels under which
// the blank nodes of a selection were signed. Each blank node has one, and there
// are no others.
func (v *sdDerived) labels(canonical map[string]string) (map[string]string, error) {
	if len(canonical) != len(v.LabelMap) {
		return nil, fmt.Errorf("%w: %d labels for %d nodes", ErrSignature, len(v.LabelMap), len(canonical))
	}
	labels := make(map[string]string, len(canonical))
	for input, label := range canonical {
		n, err := canonicalNumber(label)
		if err != nil {
			return nil, err
		}
		digest, ok := v.LabelMap[n]
		if !ok {
			return nil, fmt.Errorf("%w: there is no label for %s", ErrSignature, label)
		}
		labels[input] = digestLabel(digest)
	}
	return labels, nil
}

// VerifyBase checks a base proof as its holder receives it: everything that could
// ever be derived from it.
func (s ECDSASD2023) VerifyBase(m *Message, key crypto.PublicKey, value string) error {
	v, err := parseBase(value)
	if err != nil {
		return err
	}
	all, err := s.transform(m, v.HMACKey, v.MandatoryPointers)
	if err != nil {
		return pointerOf(err)
	}
	return s.check(m, key, all.statements, sdSignatures{v.BaseSignature, v.PublicKey, v.Signatures})
}

// pointerOf blames the proof for a pointer of its own that leads nowhere.
func pointerOf(err error) error {
	if errors.Is(err, jsonld.ErrPointer) {
		return fmt.Errorf("%w: a mandatory pointer: %w", ErrSignature, err)
	}
	return err
}

// sdSignatures are what a proof value has of signatures.
type sdSignatures struct {
	base   []byte   // over what is mandatory, with the issuer's key
	public []byte   // the key of this one credential, as Multikey bytes
	each   [][]byte // over the other statements, with that key
}

// check verifies the signature over what is mandatory and those over the other
// statements.
func (s ECDSASD2023) check(m *Message, key crypto.PublicKey, all []statement, by sdSignatures) error {
	base, public, signatures := by.base, by.public, by.each
	issuer, err := p256Key(key)
	if err != nil {
		return err
	}
	// "If the length of signatures does not match the length of nonMandatory, an
	// error MUST be raised".
	mandatory := 0
	for _, st := range all {
		if st.groups.Has(mandatoryGroup) {
			mandatory++
		}
	}
	if len(signatures) != len(all)-mandatory {
		return fmt.Errorf("%w: %d signatures for %d statements", ErrSignature, len(signatures), len(all)-mandatory)
	}
	toVerify, err := s.signData(m, public, all)
	if err != nil {
		return err
	}
	m.noteBytes(signedBytes, toVerify)
	m.noteBytes(signatureBytes, base)
	if !p256.verify(issuer, toVerify, base) {
		return fmt.Errorf("%w: nor does it fit without what the holder chose", ErrSignature)
	}
	scoped, err := parseMultikeyBytes(public)
	if err != nil {
		return err
	}
	for _, st := range all {
		if st.groups.Has(mandatoryGroup) {
			continue
		}
		if !p256.verify(scoped, st.text, signatures[0]) {
			return fmt.Errorf("%w: this statement was not signed: %.200s", ErrSignature, st.text)
		}
		signatures = signatures[1:]
	}
	return nil
}

// Derive implements section 3.6.6, "Add Derived Proof (ecdsa-sd-2023)", with
// createDisclosureData.
func (s ECDSASD2023) Derive(m *Message, value string, pointers []string, sure bool) (strictjson.Value, string, error) {
	v, err := parseBase(value)
	if err != nil {
		return strictjson.Value{}, "", err
	}
	all, err := s.transform(m, v.HMACKey, v.MandatoryPointers, pointers)
	if err != nil {
		return strictjson.Value{}, "", err
	}
	d := &sdDerived{
		BaseSignature: v.BaseSignature, PublicKey: v.PublicKey, Signatures: [][]byte{},
		LabelMap: map[uint64][]byte{}, MandatoryIndexes: []uint64{},
	}
	if err := d.choose(all.statements, v.Signatures, sure); err != nil {
		return strictjson.Value{}, "", err
	}
	// "Initialize revealDocument to the result of the calling the algorithm in
	// Section selectJsonLd, passing document, and combinedPointers as pointers."
	revealed, err := jsonld.Reveal(m.Document, slices.Concat(v.MandatoryPointers, pointers))
	if err != nil {
		return strictjson.Value{}, "", err
	}
	if err := s.relabel(d, all, revealed, m.Revision); err != nil {
		return strictjson.Value{}, "", err
	}
	value, err = encodeSelective(sdDerivedHeader, d)
	return revealed, value, err
}

// choose finds the mandatory ones among the statements that are shown, and the
// signatures of the others. All signatures are those of the base proof.
func (v *sdDerived) choose(all []statement, signatures [][]byte, sure bool) error {
	scoped, err := parseMultikeyBytes(v.PublicKey)
	if err != nil {
		return err
	}
	// "For each absoluteIndex in the keys in groups.combined.matching, convert the
	// absolute index of any mandatory N-Quad to an index relative to the combined
	// output that is to be revealed".
	next, relative := 0, uint64(0)
	for _, st := range all {
		if st.groups.Has(mandatoryGroup) {
			v.MandatoryIndexes = append(v.MandatoryIndexes, relative)
			relative++
			continue
		}
		if next == len(signatures) {
			return fmt.Errorf("%w: the base proof has %d signatures, and there are more statements", ErrSignature, next)
		}
		if st.groups.Has(selectiveGroup) {
			if sure && !p256.verify(scoped, st.text, signatures[next]) {
				return fmt.Errorf("%w: this statement was not signed: %.200s", ErrSignature, st.text)
			}
			v.Signatures = append(v.Signatures, signatures[next])
			relative++
		}
		next++
	}
	if next != len(signatures) {
		return fmt.Errorf("%w: the base proof has %d signatures, for %d statements", ErrSignature, len(signatures), next)
	}
	return nil
}

// relabel finds the labels that a verifier will see. "Run the RDF Dataset
// Canonicalization Algorithm on the joined combinedGroup.deskolemizedNQuads […]
// This map includes the canonical blank node identifiers that a verifier will
// produce when they canonicalize the reveal document." That they do is made sure
// of: nothing is derived that says something else than was selected.
func (s ECDSASD2023) relabel(d *sdDerived, all *transformed, revealed strictjson.Value, revision jsonld.Selection) error {
	var shown []rdfc.Quad
	for i, q := range all.quads {
		if all.groups[i] != 0 {
			shown = append(shown, q)
		}
	}
	canonical, err := rdfc.Canonicalize(shown, rdfc.Options{})
	if err != nil {
		return err
	}
	quads, err := s.linked().quads(revealed, revision)
	if err != nil {
		return fmt.Errorf("what was chosen cannot stand by itself: %w", err)
	}
	again, err := rdfc.Canonicalize(quads, rdfc.Options{})
	if err != nil {
		return err
	}
	if !bytes.Equal(canonical.NQuads, again.NQuads) {
		return fmt.Errorf("%w: what was chosen cannot stand by itself", jsonld.ErrPointer)
	}
	for input, label := range canonical.Labels {
		n, err := canonicalNumber(label)
		if err != nil {
			return err
		}
		d.LabelMap[n] = labelDigest(all.labels[input])
	}
	return nil
}

// p256Key is a key of the suite. It wraps ErrKeyType.
func p256Key(key crypto.PublicKey) (*ecdsa.PublicKey, error) {
	c, public, err := curveOf(key)
	if err != nil {
		return nil, err
	}
	if c != p256 {
		return nil, fmt.Errorf("%w: %s, not P-256", ErrKeyType, c.curve.Params().Name)
	}
	return public, nil
}

// multikeyBytes is "an array of bytes starting with the bytes 0x80 and 0x24
// (which is the multikey p256-pub header (0x1200) expressed as a varint) followed
// by the compressed public key bytes".
func multikeyBytes(public *ecdsa.PublicKey) ([]byte, error) {
	point, err := public.Bytes() // uncompressed, and checked to be on the curve
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrKeyType, err)
	}
	x, y := point[1:1+32], point[1+32:]
	return append([]byte{0x80, 0x24, 2 + y[31]&1}, x...), nil
}

// parseMultikeyBytes reads the proof-scoped key.
func parseMultikeyBytes(b []byte) (*ecdsa.PublicKey, error) {
	if !bytes.HasPrefix(b, []byte{0x80, 0x24}) {
		return nil, fmt.Errorf("%w: its key is not on P-256", ErrProofValue)
	}
	x, y := elliptic.UnmarshalCompressed(elliptic.P256(), b[2:])
	if x == nil {
		return nil, fmt.Errorf("%w: its key is no point on P-256", ErrProofValue)
	}
	point := make([]byte, 1+2*32)
	point[0] = 4
	x.FillBytes(point[1:33])
	y.FillBytes(point[33:])
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return nil, fmt.Errorf("%w: its key: %v", ErrProofValue, err)
	}
	return key, nil
}
