package proof

import (
	"context"
	"crypto"
	"fmt"
	"time"

	"laurel/credential"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/strictjson"
)

// embedded is one member of a document's proof, read but not believed.
type embedded struct {
	position  int
	object    strictjson.Value
	id        string
	method    string
	purpose   string
	name      string // cryptosuite; of a legacy proof its type
	value     string // proofValue, or what a legacy suite has instead
	challenge string
	domain    []string
	created   time.Time
	expires   time.Time
	previous  []string
	suite     cryptosuite.Suite  // nil: not one of those accepted
	extent    cryptosuite.Extent // how much of the credential the proof shows
}

// readProofs takes the proof member of a document apart. It knows as many types
// of proof as the suites have.
func readProofs(doc strictjson.Value, suites Suites) ([]*embedded, error) {
	list := doc.Get("proof").List()
	if len(list) == 0 {
		return nil, ErrMissing
	}
	if len(list) > maxProofs {
		return nil, fmt.Errorf("%w: %d, at most %d are read", ErrTooMany, len(list), maxProofs)
	}
	proofs := make([]*embedded, len(list))
	for i, object := range list {
		p, err := readProof(object, suites)
		if err != nil {
			return nil, (&embedded{position: i}).located(err, len(list))
		}
		p.position = i
		proofs[i] = p
	}
	return proofs, nil
}

func readProof(object strictjson.Value, suites Suites) (p *embedded, err error) {
	if object.Kind() != strictjson.Dict {
		return nil, fmt.Errorf("%w: it is a %s", ErrMalformed, object.Kind())
	}
	// Unknown before malformed: another type of proof has other members.
	kind, ok := object.Get("type").Text()
	switch {
	case !ok:
		return nil, fmt.Errorf("%w: it has no type", ErrMalformed)
	case kind != cryptosuite.DataIntegrityProof && suites.find(kind, "") == nil:
		return nil, fmt.Errorf("%w: %q", ErrTypeUnsupported, kind)
	}
	r := reader{object: object}
	name := kind
	if kind == cryptosuite.DataIntegrityProof {
		name = r.required("cryptosuite")
	}
	suite := suites.find(kind, name)
	p = &embedded{
		object:    object,
		id:        r.text("id"),
		name:      name,
		suite:     suite,
		method:    r.required("verificationMethod"),
		purpose:   r.required("proofPurpose"),
		value:     r.required(cryptosuite.ValueMember(suite)),
		challenge: r.text("challenge"),
		created:   r.time("created"),
		expires:   r.time("expires"),
		domain:    r.texts("domain"),
		previous:  r.texts("previousProof"),
	}
	if r.err != nil {
		return nil, r.err
	}
	if suite != nil {
		p.extent, err = cryptosuite.CheckValue(suite, p.value)
	}
	return p, err
}

// base reports whether the proof is for the holder alone.
func (p *embedded) base() bool { return p.extent == cryptosuite.Base }

// reader reads members of a proof and remembers the first that is not as it
// should be.
type reader struct {
	object strictjson.Value
	err    error
}

func (r *reader) fail(name, why string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s %s", ErrMalformed, name, why)
	}
}

func (r *reader) text(name string) string {
	v := r.object.Get(name)
	s, ok := v.Text()
	if v.Exists() && (!ok || s == "") {
		r.fail(name, "is not a text")
	}
	return s
}

func (r *reader) required(name string) string {
	if !r.object.Get(name).Exists() {
		r.fail(name, "is missing")
	}
	return r.text(name)
}

func (r *reader) texts(name string) []string {
	var out []string
	for _, v := range r.object.Get(name).List() {
		s, ok := v.Text()
		if !ok || s == "" {
			r.fail(name, "is not a text or a list of texts")
			return nil
		}
		out = append(out, s)
	}
	return out
}

func (r *reader) time(name string) time.Time {
	s := r.text(name)
	if s == "" {
		return time.Time{}
	}
	t, err := credential.ParseTime(s)
	if err != nil {
		r.fail(name, "is not a date-time with a time zone")
	}
	return t
}

// verify checks the value of the proof. That a base proof is wanted was decided
// before.
func (p *embedded) verify(m *cryptosuite.Message, key crypto.PublicKey) error {
	if d, ok := p.suite.(cryptosuite.Deriver); ok && p.base() {
		return d.VerifyBase(m, key, p.value)
	}
	return p.suite.Verify(m, key, p.value)
}

// config is the proof without its value.
func (p *embedded) config() strictjson.Value {
	return p.object.Without(cryptosuite.ValueMember(p.suite))
}

// located says which proof of a set an error is about.
func (p *embedded) located(err error, of int) error {
	if of == 1 {
		return err
	}
	return fmt.Errorf("proof %d of %d: %w", p.position+1, of, err)
}

// authorise decides all but the signature: the suite is accepted, the purpose
// is the one expected, the times fit, and the key may be used for that purpose
// ("Retrieve Verification Method", Controlled Identifiers 1.0, section 3.3).
func (p *embedded) authorise(ctx context.Context, purpose string, opt Options) (*Proof, *did.Method, error) {
	if p.suite == nil {
		return nil, nil, fmt.Errorf("%w: %q", ErrSuiteUnsupported, p.name)
	}
	if p.base() && !opt.Receiving {
		return nil, nil, ErrBaseProof
	}
	if p.purpose != purpose {
		return nil, nil, fmt.Errorf("%w: %q, not %q", ErrPurpose, p.purpose, purpose)
	}
	if err := p.checkTimes(opt); err != nil {
		return nil, nil, err
	}
	key, doc, err := did.Dereference(ctx, opt.Keys, p.method, did.Relationship(purpose))
	if err != nil {
		return nil, nil, err
	}
	// Expired and revoked alike are judged for the time asked about, never for
	// the time that the proof gives itself: a thief of the key writes any date.
	if err := key.ValidAt(opt.At); err != nil {
		return nil, nil, err
	}
	return &Proof{
		Method:      p.method,
		Controller:  doc.ID,
		Cryptosuite: p.name,
		Legacy:      p.suite.ProofType() != cryptosuite.DataIntegrityProof,
		Extent:      p.extent,
		Purpose:     p.purpose,
		Created:     p.created,
		Source:      doc.Source,
		Key:         key.Key,
	}, key, nil
}

func (p *embedded) checkTimes(opt Options) error {
	switch {
	case !p.expires.IsZero() && opt.At.After(p.expires):
		return fmt.Errorf("%w on %s", ErrExpired, p.expires.Format(time.RFC3339))
	case !p.created.IsZero() && p.created.After(opt.At.Add(opt.Leeway)):
		return fmt.Errorf("%w: it says %s", ErrNotYetValid, p.created.Format(time.RFC3339))
	}
	return nil
}

// checkDomain holds the proof against the one domain that was asked for. "If
// domain was given, and it does not contain the same strings as proof.domain
// (treating a single string as a set containing just that string), an error MUST
// be raised" (Data Integrity 1.0, section 4.4): a proof for two domains could be
// shown by one of them to the other.
func (p *embedded) checkDomain(want string) error {
	if want == "" {
		return nil
	}
	for _, d := range p.domain {
		if d != want {
			return fmt.Errorf("%w: asked for %q, made for %q", ErrDomain, want, p.domain)
		}
	}
	if len(p.domain) == 0 {
		return fmt.Errorf("%w: asked for %q, made for none", ErrDomain, want)
	}
	return nil
}
