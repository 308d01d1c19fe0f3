package proof

import (
	"context"
	"crypto"
	"errors"
	"fmt"

	"laurel/credential"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Explained is one proof of a document with all that its verification computed.
type Explained struct {
	// Read from the proof, and not to be believed.
	Type        string // "DataIntegrityProof", or the name of a legacy proof
	Cryptosuite string // of a legacy proof its type
	Method      string // URL of the verification method
	Purpose     string
	Created     string // as it is written
	Value       string // proofValue

	// What is known of the key, as far as it was found.
	Controller string           // whose document lists it
	KeyType    string           // type of the verification method, "Multikey"
	Key        crypto.PublicKey // nil if it could not be had
	Source     *fetch.Resource  // the fetched controller document; nil for did:key

	// Steps are the values on the way, in order, up to the first error. Without
	// a key they are those for SHA-256.
	Steps []cryptosuite.Step
	// Revision tells which revisions of the contexts the steps were made with:
	// those that fit, else the newest. Contexts lists them all.
	Revision jsonld.Selection
	Contexts []jsonld.Revision

	// Err is nil if this proof holds, with all that Open asks of a single proof.
	// It does not say that the key is the issuer's.
	Err error
}

// Explain verifies each proof of a document by itself and tells what was computed
// on the way, for those who look for the reason of a refusal: an issuer can
// compare every value with its own. It is no verdict, since it looks at nothing
// else, and no claim may be read from a document because of it: that is for
// Open. Its error wraps ErrMissing, ErrTooMany, ErrMalformed or
// ErrTypeUnsupported if the proofs cannot even be told apart.
func Explain(ctx context.Context, doc strictjson.Value, opt Options) ([]Explained, error) {
	proofs, err := readProofs(doc, opt.Suites)
	if err != nil {
		return nil, err
	}
	out := make([]Explained, len(proofs))
	for i, p := range proofs {
		out[i] = p.explain(ctx, doc, proofs, opt)
	}
	return out, nil
}

func (p *embedded) explain(ctx context.Context, doc strictjson.Value, all []*embedded, opt Options) Explained {
	x := Explained{
		Type: p.object.Get("type").Str(), Cryptosuite: p.name, Method: p.method,
		Purpose: p.purpose, Created: p.object.Get("created").Str(), Value: p.value,
	}
	if p.suite == nil {
		x.Err = fmt.Errorf("%w: %q", ErrSuiteUnsupported, p.name)
		return x
	}
	opened := &Opened{Document: doc.Without("proof"), Presentation: credential.HasType(doc, presentationType)}
	err := x.lookUp(ctx, opened.purpose(), opt)
	if err == nil {
		_, _, err = p.authorise(ctx, opened.purpose(), opt)
	}
	for _, revision := range revisions([]*embedded{p}, opened.Document) {
		steps, failed := p.watched(opened.Document, all, x.Key, revision)
		if x.Steps == nil || failed == nil {
			x.Steps, x.Revision, x.Err = steps, revision, failed
		}
		if failed == nil || !errors.Is(failed, ErrSignature) {
			break
		}
	}
	if x.Err == nil {
		opened.Revision = x.Revision
		x.Err = opened.checkForm([]*embedded{p})
	}
	if err != nil {
		x.Err = err
	}
	if c := p.suite.Reading(x.Revision).Contexts; c != nil {
		x.Contexts = c.InUse(opened.Document, x.Revision)
	}
	return x
}

// lookUp finds the key and fills in what is known of it, whether or not this
// proof may use it.
func (x *Explained) lookUp(ctx context.Context, purpose string, opt Options) error {
	if opt.Keys == nil {
		return did.ErrMethodUnsupported
	}
	key, doc, err := did.Dereference(ctx, opt.Keys, x.Method, did.Relationship(purpose))
	if err != nil {
		return err
	}
	x.Controller, x.Source, x.KeyType, x.Key = doc.ID, doc.Source, key.Type, key.Key
	return nil
}

// watched verifies the signature as verifyAll does, and keeps the steps. Without
// a key it makes what would be signed.
func (p *embedded) watched(doc strictjson.Value, all []*embedded, key crypto.PublicKey, revision jsonld.Selection) ([]cryptosuite.Step, error) {
	steps := []cryptosuite.Step{}
	m, err := p.message(cryptosuite.Message{Document: doc, Revision: revision, Watch: &steps}, all)
	if err != nil {
		return steps, err
	}
	if key != nil {
		return steps, p.verify(m, key)
	}
	return steps, cryptosuite.Watch(p.suite, m)
}

// FormatKey writes a key for people who compare it: as a Multikey where the form
// knows the key, else its type.
func (x Explained) FormatKey() string {
	if x.Key == nil {
		return ""
	}
	if text, err := did.FormatMultikey(x.Key); err == nil {
		return text
	}
	return fmt.Sprintf("%T", x.Key)
}
