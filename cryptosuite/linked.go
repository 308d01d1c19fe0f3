package cryptosuite

import (
	"crypto"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/rdfc"
	"laurel/internal/strictjson"
)

// linked is what the suites have in common that sign RDF: a document becomes
// statements, the statements become canonical N-Quads, and those are hashed. Its
// fields are those of the suites.
type linked struct {
	Contexts             *jsonld.Contexts
	UnsafeInlineContexts bool
}

// hashData hashes proof and document with h, inside RDFC-1.0 as well.
//
// "Let hashData be the result of concatenating proofConfigHash (the first hash
// produced above) with transformedDocumentHash (the second hash produced above)."
func (l linked) hashData(m *Message, h crypto.Hash) ([]byte, error) {
	configHash, err := l.configHash(m, h)
	if err != nil {
		return nil, err
	}
	documentHash, err := m.documentHash(h, func() ([]byte, error) { return l.documentHash(m, h) })
	if err != nil {
		return nil, err
	}
	return append(configHash, documentHash...), nil
}

// configHash hashes the configuration of the proof.
func (l linked) configHash(m *Message, h crypto.Hash) ([]byte, error) {
	if m.Config.Get("@context").Exists() {
		// Only the jcs suites define this; here it would let a proof be read
		// under other definitions than its document.
		return nil, fmt.Errorf("in the proof: %w", jsonld.ErrContextNotAllowed)
	}
	// "Set proofConfig.@context to unsecuredDocument.@context."
	config := strictjson.Object(append(
		[]strictjson.Member{{Name: "@context", Value: m.Document.Get("@context")}}, m.Config.Members()...)...)
	hash, err := l.canonicalHash(m, proofOptions, config, h)
	if err != nil {
		return nil, fmt.Errorf("in the proof: %w", err)
	}
	return hash, nil
}

// documentHash hashes the document of the message.
func (l linked) documentHash(m *Message, h crypto.Hash) ([]byte, error) {
	if m.Watch != nil {
		return l.canonicalHash(m, theDocument, m.Document, h)
	}
	opt := l.options(m.Revision)
	if sum, known, err := m.Within.Hash(m.Secured, opt, h); known {
		return sum, err
	}
	opt.Parts = m.Parts
	return jsonld.Hash(m.Document, opt, h)
}

// canonicalHash is the hash of the canonical N-Quads of a document, which is the
// one of the message or the configuration of its proof.
//
// "Let canonicalDocument be the result of converting unsecuredDocument to
// JSON-LD expanded form and then to RDF statements, applying the RDF Dataset
// Canonicalization Algorithm to the result, and then serializing the result to a
// serialized canonical form."
func (l linked) canonicalHash(m *Message, what string, doc strictjson.Value, h crypto.Hash) ([]byte, error) {
	if m.Watch == nil {
		return jsonld.Hash(doc, l.options(m.Revision), h)
	}
	quads, err := l.quads(doc, m.Revision)
	if err != nil {
		return nil, err
	}
	canonical, err := rdfc.Canonicalize(quads, rdfc.Options{Hash: h})
	if err != nil {
		return nil, err
	}
	m.noteText(what+canonicalForm, canonical.NQuads)
	sum := canonical.Sum()
	m.noteBytes(what+hashOf(h), sum)
	return sum, nil
}

// quads are the statements of a document. Whatever would be lost on the way is
// an error.
func (l linked) quads(doc strictjson.Value, revision jsonld.Selection) ([]rdfc.Quad, error) {
	return jsonld.ToRDF(doc, l.options(revision))
}

func (l linked) options(revision jsonld.Selection) jsonld.Options {
	return jsonld.Options{
		Contexts:             l.Contexts,
		Selection:            revision,
		UnsafeInlineContexts: l.UnsafeInlineContexts,
	}
}
