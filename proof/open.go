package proof

import (
	"context"
	"crypto"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"time"

	"laurel/credential"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

// Options says how a secured document is judged. The zero value accepts
// nothing: it knows no key and no suite.
type Options struct {
	Keys   did.Resolver // finds the verification methods that proofs name
	Suites Suites       // the accepted securing mechanisms

	// At is the time that dates are judged for. If zero, every document is
	// refused: a caller that forgets the time must not get "valid".
	At time.Time
	// Leeway is how far clocks may differ: it applies to validFrom and to the
	// time a proof was made, never to validUntil and expires.
	Leeway time.Duration

	// Challenge and Domain are what the verifier asked a presentation to be
	// made for. An empty Challenge leaves the presentation unproven as an
	// answer to anything (ErrChallengeUnchecked).
	Challenge string
	Domain    string

	// Receiving accepts a base proof of a suite with selective disclosure, and
	// verifies everything that could be derived from it. Holders set it for the
	// credentials that an issuer gives them; verifiers never do, since who shows
	// a base proof shows more than they know.
	Receiving bool

	// BindingAge is how long before At a holder may have made the key binding of a
	// token with disclosures. If zero, five minutes.
	BindingAge time.Duration

	// Parts and Within save work: what the credentials of a presentation say is
	// part of what its proof covers. Give the presentation an empty Parts, and each
	// of its credentials, as they stand in it, that as Within. Nil works everything
	// out; no outcome depends on it.
	Parts  *jsonld.Parts
	Within *jsonld.Parts

	// UnsafeAnyController accepts a proof by a key that is not the issuer's
	// or holder's. Published vectors need it, since their issuers are made up.
	UnsafeAnyController bool
	// UnsafeNoChallenge accepts a presentation without comparing a challenge.
	UnsafeNoChallenge bool
}

// presentationType tells presentations from credentials (VCDM 2.0, section 4.13).
const presentationType = "VerifiablePresentation"

// Opened is a secured document of which every step held.
type Opened struct {
	// Document is the verified value, without its proofs. Claims are read
	// from here and from nowhere else.
	Document strictjson.Value
	// Presentation tells presentations from credentials.
	Presentation bool
	// Controller is the DID or URL whose key made a proof and that the
	// document names as its issuer or holder. Of a presentation that names no
	// holder it is whoever signed.
	Controller string
	// Proofs are the verified proofs in the document's order.
	Proofs []Proof
	// Revision tells which revisions of the JSON-LD contexts fitted.
	Revision jsonld.Selection
	// Token says more of a signed token; nil for embedded proofs.
	Token *Token
}

// Proof is one proof that was verified.
type Proof struct {
	Method      string             // URL of the verification method
	Controller  string             // whose key it is
	Cryptosuite string             // "eddsa-rdfc-2022"; of a legacy proof its type, of a token its algorithm
	Legacy      bool               // not a Data Integrity proof, but an older kind
	Extent      cryptosuite.Extent // how much of what was signed the document shows
	Purpose     string             // Assertion or Authentication
	Created     time.Time          // zero if the proof does not say
	Source      *fetch.Resource    // the fetched controller document; nil for did:key
	Key         crypto.PublicKey
	Chain       []*x509.Certificate // that vouched for the key, up to a root; nil if none did
}

// Selection reports whether the document is a part of a credential, which its
// holder chose.
func (o *Opened) Selection() bool {
	return slices.ContainsFunc(o.Proofs, func(p Proof) bool { return p.Extent >= cryptosuite.Part })
}

// Loose reports whether the holder could leave out of the document whatever they
// liked: that it shows no end and no status list then says nothing.
func (o *Opened) Loose() bool {
	return slices.ContainsFunc(o.Proofs, func(p Proof) bool { return p.Extent == cryptosuite.Loose })
}

// Refusal is the error of Open when a document did not pass. Each step that
// was reached and did not hold has its error; a step that was not reached has
// none and comes after one that did not hold.
type Refusal struct {
	Format    error // strict JSON and the data model
	Proof     error // keys and signatures
	Binding   error // the key is the issuer's, or the holder's
	Holder    error // who shows a token with disclosures holds the key it was issued to
	Challenge error // challenge and domain, of presentations and of such tokens
	Validity  error // validFrom and validUntil

	document strictjson.Value
	opened   *Opened
}

// Error joins what went wrong, in the order of the steps.
func (r *Refusal) Error() string { return errors.Join(r.Unwrap()...).Error() }

// Unwrap gives the errors of the steps that did not hold.
func (r *Refusal) Unwrap() []error {
	var all []error
	for _, err := range []error{r.Format, r.Proof, r.Binding, r.Holder, r.Challenge, r.Validity} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// Proven returns what the proofs do establish, although another step did not
// hold: an expired badge was still issued by whoever signed it. It is nil if
// the proofs themselves did not hold.
func (r *Refusal) Proven() *Opened { return r.opened }

// Unverified returns the document as it came in, for telling what it seems to
// be. Absent if it was not JSON. Nothing in it can be trusted.
func (r *Refusal) Unverified() strictjson.Value { return r.document }

// Open takes a secured credential or presentation apart: JSON with embedded proofs,
// an envelope, or a signed token. The error is nil only if format, proofs, binding,
// holder, challenge and validity all hold; else it is a *Refusal, or the context's
// error.
func Open(ctx context.Context, raw []byte, opt Options) (*Opened, error) {
	return Read(raw).Open(ctx, opt)
}

// OpenValue is Open for a value that strictjson has already read, such as one
// of the credentials inside a presentation.
func OpenValue(ctx context.Context, doc strictjson.Value, opt Options) (*Opened, error) {
	return ReadValue(doc).Open(ctx, opt)
}

// openEmbedded is Open for JSON.
func openEmbedded(ctx context.Context, doc strictjson.Value, opt Options) (*Opened, error) {
	refusal := &Refusal{document: doc}
	opened := &Opened{Document: doc.Without("proof"), Presentation: credential.HasType(doc, presentationType)}
	check := credential.Check
	if opened.Presentation {
		check = credential.CheckPresentation
	}
	if refusal.Format = check(doc); refusal.Format != nil {
		return nil, refusal
	}
	proofs, err := readProofs(doc, opt.Suites)
	if err == nil {
		err = opened.verify(ctx, doc, proofs, opt)
	}
	if err == nil {
		err = opened.checkForm(proofs)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if refusal.Proof = err; err != nil {
		return nil, refusal
	}
	refusal.Binding = opened.bind(opt)
	if opened.Presentation {
		refusal.Challenge = checkAnswer(proofs, opt)
	}
	if refusal.Validity = checkValidity(doc, opt); refusal.Validity == nil {
		refusal.Validity = opened.checkEnd()
	}
	if len(refusal.Unwrap()) > 0 {
		refusal.opened = opened
		return nil, refusal
	}
	return opened, nil
}

// verify checks every proof. A revision of a context that was current when the
// document was signed may differ from the newest, so a signature that does not
// fit is tried against the older revisions before it counts as wrong.
func (o *Opened) verify(ctx context.Context, secured strictjson.Value, proofs []*embedded, opt Options) error {
	keys := make([]did.Method, len(proofs))
	for i, p := range proofs {
		verified, key, err := p.authorise(ctx, o.purpose(), opt)
		if err != nil {
			return p.located(err, len(proofs))
		}
		keys[i] = *key
		o.Proofs = append(o.Proofs, *verified)
	}
	var first error
	for _, revision := range revisions(proofs, o.Document) {
		err := verifyAll(cryptosuite.Message{
			Document: o.Document, Revision: revision, Parts: opt.Parts, Within: opt.Within, Secured: secured,
		}, proofs, keys)
		if err == nil {
			o.Revision = revision
			o.Document = signedByAll(o.Document, proofs)
			return nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, ErrSignature) {
			break
		}
	}
	return first
}

// verifyAll checks the signature of every proof under one choice of context
// revisions. "All proofs of a set must verify": one bad proof beside a good one
// is what an attacker adds to confuse (Data Integrity 1.0, section 4.5).
func verifyAll(shared cryptosuite.Message, proofs []*embedded, keys []did.Method) error {
	shared.Hashes = &cryptosuite.Hashes{}
	for i, p := range proofs {
		m, err := p.message(shared, proofs)
		if err != nil {
			return p.located(err, len(proofs))
		}
		if err := p.verify(m, keys[i].Key); err != nil {
			return p.located(err, len(proofs))
		}
	}
	return nil
}

// signedByAll is the document with the contexts that every proof covers: those of
// the jcs suites cover the contexts that they repeat, and the document may have
// got more of them since. All are beginnings of the document's, so the shortest
// is in all of them.
func signedByAll(doc strictjson.Value, proofs []*embedded) strictjson.Value {
	for _, p := range proofs {
		own := p.object.Get("@context")
		if own.Exists() && len(own.List()) < len(doc.Get("@context").List()) {
			doc = doc.With("@context", own)
		}
	}
	return doc
}

// checkForm refuses a document that was rewritten since it was signed so that
// the signature still fits and readers of JSON no longer find what it says.
func (o *Opened) checkForm(proofs []*embedded) error {
	for _, p := range proofs {
		reading := p.suite.Reading(o.Revision)
		if err := jsonld.CheckForm(o.Document, reading); err != nil {
			return err
		}
		config := p.config().With("@context", o.Document.Get("@context"))
		if err := jsonld.CheckForm(config, reading); err != nil {
			return p.located(fmt.Errorf("in the proof: %w", err), len(proofs))
		}
	}
	return nil
}

// purpose is what the proofs of this document must have been made for.
func (o *Opened) purpose() string {
	if o.Presentation {
		return Authentication
	}
	return Assertion
}

// bind finds the proof that was made by the issuer (or holder) the document
// names: "verification methods … MUST be controlled by the issuer" is not said
// by any signature, so it is checked here.
func (o *Opened) bind(opt Options) error {
	named, ok := credential.Issuer(o.Document)
	if o.Presentation {
		named, ok = credential.Holder(o.Document)
	}
	o.Controller = o.Proofs[0].Controller
	if !ok && o.Presentation {
		return nil // nobody is named: whoever signed presents
	}
	for _, p := range o.Proofs {
		if p.Controller == named {
			o.Controller = named
			return nil
		}
	}
	if opt.UnsafeAnyController {
		return nil
	}
	return fmt.Errorf("%w: it names %s, the key is of %s", ErrBinding, named, o.Proofs[0].Controller)
}

// checkAnswer compares challenge and domain of a presentation's proofs with
// what was asked for.
func checkAnswer(proofs []*embedded, opt Options) error {
	for _, p := range proofs {
		if err := p.checkDomain(opt.Domain); err != nil {
			return err
		}
		if opt.Challenge != "" && p.challenge != opt.Challenge {
			return fmt.Errorf("%w: asked %q, answered %q", ErrChallenge, opt.Challenge, p.challenge)
		}
	}
	if opt.Challenge == "" && !opt.UnsafeNoChallenge {
		return ErrChallengeUnchecked
	}
	return nil
}

// checkValidity judges validFrom and validUntil at opt.At.
func checkValidity(doc strictjson.Value, opt Options) error {
	from, until, err := credential.Validity(doc)
	if err != nil {
		return err
	}
	switch {
	case opt.At.IsZero():
		return fmt.Errorf("%w: no time was given to judge for", ErrCredentialEarly)
	case !from.IsZero() && opt.At.Add(opt.Leeway).Before(from):
		return fmt.Errorf("%w: validFrom is %s", ErrCredentialEarly, from.Format(time.RFC3339))
	case !until.IsZero() && opt.At.After(until):
		return fmt.Errorf("%w: validUntil was %s", ErrCredentialExpired, until.Format(time.RFC3339))
	}
	return nil
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
