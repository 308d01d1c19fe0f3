package cryptosuite

import (
	"crypto"
	"errors"
	"fmt"

	"laurel/credential"
	"laurel/internal/aries"
	"laurel/internal/strictjson"
)

// legacy is a suite of which aries-framework-go checks the signatures. They are
// verified on documents of VCDM 1.1 and never made.
type legacy interface {
	Suite

	// member is where the proof has its value: "jws" or "proofValue".
	member() string
	// extent tells how much of what was signed a document shows under a proof
	// value that holds.
	extent(value string) Extent
}

// legacyErrors are those of aries, by what they are called here.
var legacyErrors = [...]struct{ theirs, ours error }{
	{aries.ErrSignature, ErrSignature},
	{aries.ErrValue, ErrProofValue},
	{aries.ErrProof, ErrMalformed},
	{aries.ErrKey, ErrKeyType},
	{aries.ErrLimit, ErrStatements},
}

// verifyLegacy asks whether a legacy signature holds. Everything else has been
// decided before, or will be, as for any other suite.
func (l linked) verifyLegacy(kind aries.Kind, m *Message, key crypto.PublicKey, value strictjson.Member) error {
	if v := credential.VersionOf(m.Document); v != credential.V1 {
		return fmt.Errorf("%w: %q, which is for version 1.1 of the data model", ErrTypeUnsupported, kind)
	}
	if m.Watch != nil { // the same values as aries computes
		if _, err := l.hashData(m, crypto.SHA256); err != nil {
			return err
		}
	}
	err := aries.Signature{
		Kind:     kind,
		Document: m.Document,
		Proof:    m.Config.With(value.Name, value.Value),
		Key:      key,
		Reading:  l.options(m.Revision),
	}.Verify()
	for _, e := range legacyErrors {
		if errors.Is(err, e.theirs) {
			return fmt.Errorf("%w: %v", e.ours, err)
		}
	}
	return err
}

// createLegacy is the answer to whoever wants a new one.
func createLegacy(kind aries.Kind) (strictjson.Value, error) {
	return strictjson.Value{}, fmt.Errorf("%w: a %s is verified, and no longer made", ErrTypeUnsupported, kind)
}
