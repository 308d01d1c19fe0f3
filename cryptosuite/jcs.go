package cryptosuite

import (
	"crypto"
	"fmt"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// plain is what the jcs suites have in common: they sign the JSON itself, in the
// one spelling of the JSON Canonicalization Scheme (RFC 8785). Its fields are
// those of the suites.
//
// Nothing that is signed this way can be lost, yet a document is converted to
// RDF all the same, for what it means and not for what is signed: VCDM 2.0 asks
// that the contexts of a document define every term it uses (section 5.2.1), and
// Laurel reads credentials under contexts that it knows. So an undefined term or
// an unknown context is refused under every suite, at issuing and at verifying
// (docs/decisions/0011-jcs-suites-read-under-known-words.md).
type plain struct {
	Contexts             *jsonld.Contexts
	UnsafeInlineContexts bool
}

// hashData hashes proof and document with h.
//
// "Let hashData be the result of joining proofConfigHash (the first hash) with
// transformedDocumentHash (the second hash)."
func (s plain) hashData(m *Message, h crypto.Hash) ([]byte, error) {
	document, err := underOwnContext(m.Document, m.Config)
	if err != nil {
		return nil, err
	}
	for _, v := range []strictjson.Value{document, m.Config.With("@context", document.Get("@context"))} {
		if _, err := linked(s).quads(v, m.Revision); err != nil {
			return nil, err
		}
	}
	configHash, err := m.canonicalJSONHash(proofOptions, m.Config, h)
	if err != nil {
		return nil, fmt.Errorf("in the proof: %w", err)
	}
	documentHash, err := m.canonicalJSONHash(theDocument, document, h)
	if err != nil {
		return nil, err
	}
	return append(configHash, documentHash...), nil
}

// canonicalJSONHash: "Let canonicalDocument be the result of applying the JSON
// Canonicalization Scheme to a JSON serialization of the unsecuredDocument."
func (m *Message) canonicalJSONHash(what string, v strictjson.Value, h crypto.Hash) ([]byte, error) {
	text, err := v.Canonical()
	if err != nil {
		return nil, err
	}
	m.noteText(what+canonicalForm, text)
	hash := h.New()
	hash.Write(text)
	sum := hash.Sum(nil)
	m.noteBytes(what+hashOf(h), sum)
	return sum, nil
}

// underOwnContext is the document as the proof signed it. A proof of a jcs suite
// repeats the contexts of its document, so that others may append theirs:
//
// "If proofOptions.@context exists: Check that the securedDocument.@context
// starts with all values contained in the proofOptions.@context in the same
// order. Otherwise, set verified to false and skip to the last step. Set
// unsecuredDocument.@context equal to proofOptions.@context."
//
// What was appended is not signed, and so is not part of what was verified. An
// empty list would leave nothing of the base context; it is refused.
func underOwnContext(document, config strictjson.Value) (strictjson.Value, error) {
	own := config.Get("@context")
	if !own.Exists() {
		return document, nil
	}
	signed, now := own.List(), document.Get("@context").List()
	fits := len(signed) > 0 && len(signed) <= len(now)
	for i := 0; fits && i < len(signed); i++ {
		fits = signed[i].Equal(now[i])
	}
	if !fits {
		return strictjson.Value{}, fmt.Errorf("%w: its @context does not start with that of the proof", ErrSignature)
	}
	return document.With("@context", own), nil
}

// withContext is the configuration of a new proof. "If unsecuredDocument.@context
// is present, set proof.@context to unsecuredDocument.@context."
func (m *Message) withContext() *Message {
	out := *m
	if ctx := m.Document.Get("@context"); ctx.Exists() {
		out.Config = m.Config.With("@context", ctx)
	}
	return &out
}
