package cryptosuite

import (
	"crypto"
	"encoding/hex"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Message is what a suite signs: a document without the proof, and the proof
// without its value.
type Message struct {
	Document strictjson.Value // of a later proof in a chain: with the earlier ones it covers
	Config   strictjson.Value // the members of the proof, but for its value
	Revision jsonld.Selection // of the contexts; zero is the newest

	// Hashes keeps the hashes of the document for the other proofs of a set, whose
	// messages have the same document and the same Hashes. Nil keeps none.
	Hashes *Hashes
	// Parts, of a presentation, is where the statements of its credentials are kept
	// for when their own proofs are checked. Nil keeps none.
	Parts *jsonld.Parts
	// Within, of such a credential, is where they were kept, and Secured the
	// credential as it stands in the presentation, whose Document is the same
	// without the proof. Nil: it is converted by itself.
	Within  *jsonld.Parts
	Secured strictjson.Value
	// Watch keeps what is computed on the way, for those who look for the reason
	// of a refusal. Nil keeps nothing.
	Watch *[]Step
}

// Hashes are the canonical hashes of one document, by hash algorithm, so that the
// proofs of a set canonicalise it once for each. The zero value is empty.
type Hashes struct{ known map[crypto.Hash]hashed }

type hashed struct {
	sum []byte
	err error
}

// documentHash computes the hash of the document, or gives the one already
// computed.
func (m *Message) documentHash(h crypto.Hash, compute func() ([]byte, error)) ([]byte, error) {
	if m.Hashes == nil {
		return compute()
	}
	known, ok := m.Hashes.known[h]
	if !ok {
		known.sum, known.err = compute()
		if m.Hashes.known == nil {
			m.Hashes.known = make(map[crypto.Hash]hashed)
		}
		m.Hashes.known[h] = known
	}
	return known.sum, known.err
}

// complete is the proof with its value, or the error of making one.
func (m *Message) complete(value string, err error) (strictjson.Value, error) {
	if err != nil {
		return strictjson.Value{}, err
	}
	return m.Config.With("proofValue", strictjson.String(value)), nil
}

// Step is one value that making or checking a proof computes on its way.
type Step struct {
	// Name says what it is: "document, canonical form".
	Name string
	// Value is the text as it was hashed, or bytes in lower-case hex.
	Value string
	// Text tells a text of several lines from bytes.
	Text bool
}

// The names of the steps are made of these parts.
const (
	proofOptions   = "proof options"
	theDocument    = "document"
	canonicalForm  = ", canonical form"
	signedBytes    = "bytes that are signed"
	signatureBytes = "signature"
	labelMap       = "label map"
	mandatoryPart  = "mandatory statements"
)

func hashOf(h crypto.Hash) string { return ", " + h.String() }

// noteText and noteBytes keep a step if somebody watches.
func (m *Message) noteText(name string, text []byte) {
	if m != nil && m.Watch != nil {
		*m.Watch = append(*m.Watch, Step{Name: name, Value: string(text), Text: true})
	}
}

func (m *Message) noteBytes(name string, data []byte) {
	if m != nil && m.Watch != nil {
		*m.Watch = append(*m.Watch, Step{Name: name, Value: hex.EncodeToString(data)})
	}
}

// hasher is how a suite makes hashData from a message.
type hasher func(m *Message, h crypto.Hash) ([]byte, error)

// Watch computes what a suite would sign, for the steps of the message, where
// there is no key to verify with: with SHA-256. Of suites whose values cannot be
// told without a key there are no steps.
func Watch(s Suite, m *Message) error {
	var hash hasher
	switch s := s.(type) {
	case EdDSARDFC2022:
		hash = linked(s).hashData
	case ECDSARDFC2019:
		hash = linked(s).hashData
	case Ed25519Signature2020:
		hash = linked(s).hashData
	case EdDSAJCS2022:
		hash = plain(s).hashData
	case ECDSAJCS2019:
		hash = plain(s).hashData
	default:
		return nil
	}
	_, err := hash(m, crypto.SHA256)
	return err
}
