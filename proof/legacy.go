package proof

import (
	"crypto"
	"errors"
	"fmt"

	"laurel/credential"
	"laurel/internal/aries"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// legacySuite is a suite of which aries-framework-go checks the signatures. They
// are verified on documents of VCDM 1.1 and never made.
type legacySuite interface {
	Suite

	// member is where the proof has its value: "jws" or "proofValue".
	member() string
	// extent tells how much of what was signed a document shows under a proof
	// value that holds.
	extent(value string) Extent
}

// memberOf is the member of a proof of the suite that holds its value.
func memberOf(s Suite) string {
	if l, ok := s.(legacySuite); ok {
		return l.member()
	}
	return "proofValue"
}

// ErrEndNotShown says that the holder may have left out when a credential ends:
// its proof allows them to hide any statement, and it shows no end.
var ErrEndNotShown = errors.New("its end may have been left out")

// checkEnd insists on an end where it could have been hidden: else whoever holds
// an expired credential could make a valid one of it.
func (o *Opened) checkEnd() error {
	_, until, err := credential.Validity(o.Document)
	if err == nil && until.IsZero() && o.Loose() {
		return ErrEndNotShown
	}
	return err
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
func (l linked) verifyLegacy(kind aries.Kind, m *message, key crypto.PublicKey, value strictjson.Member) error {
	if v := credential.VersionOf(m.document); v != credential.V1 {
		return fmt.Errorf("%w: %q, which is for version 1.1 of the data model", ErrTypeUnsupported, kind)
	}
	if m.watch != nil { // the same values as aries computes
		if _, err := l.hashData(m, crypto.SHA256); err != nil {
			return err
		}
	}
	err := aries.Signature{
		Kind:     kind,
		Document: m.document,
		Proof:    m.config.With(value.Name, value.Value),
		Key:      key,
		Reading:  jsonld.Options{Contexts: l.Contexts, Selection: m.revision, UnsafeInlineContexts: l.UnsafeInlineContexts},
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
