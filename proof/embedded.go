package proof

import (
	"context"
	"fmt"
	"slices"
	"time"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
)

const dataIntegrityProof = "DataIntegrityProof"

// embedded is one member of a document's proof, read but not believed.
type embedded struct {
	position  int
	object    strictjson.Value
	id        string
	method    string
	purpose   string
	name      string // cryptosuite
	value     string // proofValue
	challenge string
	domain    []string
	created   time.Time
	expires   time.Time
	previous  []string
	suite     Suite
}

// readProofs takes the proof member of a document apart.
func readProofs(doc strictjson.Value) ([]*embedded, error) {
	list := doc.Get("proof").List()
	if len(list) == 0 {
		return nil, ErrMissing
	}
	if len(list) > maxProofs {
		return nil, fmt.Errorf("%w: %d, at most %d are read", ErrTooMany, len(list), maxProofs)
	}
	proofs := make([]*embedded, len(list))
	for i, object := range list {
		p, err := readProof(object)
		if err != nil {
			return nil, (&embedded{position: i}).located(err, len(list))
		}
		p.position = i
		proofs[i] = p
	}
	return proofs, nil
}

func readProof(object strictjson.Value) (*embedded, error) {
	if object.Kind() != strictjson.Dict {
		return nil, fmt.Errorf("%w: it is a %s", ErrMalformed, object.Kind())
	}
	// Unknown before malformed: another type of proof has other members.
	if kind, ok := object.Get("type").Text(); !ok {
		return nil, fmt.Errorf("%w: it has no type", ErrMalformed)
	} else if kind != dataIntegrityProof {
		return nil, fmt.Errorf("%w: %q", ErrTypeUnsupported, kind)
	}
	r := reader{object: object}
	p := &embedded{
		object:    object,
		id:        r.text("id"),
		name:      r.required("cryptosuite"),
		method:    r.required("verificationMethod"),
		purpose:   r.required("proofPurpose"),
		value:     r.required("proofValue"),
		challenge: r.text("challenge"),
		created:   r.time("created"),
		expires:   r.time("expires"),
		domain:    r.texts("domain"),
		previous:  r.texts("previousProof"),
	}
	if r.err == nil && len(p.value) > maxProofValue {
		return nil, fmt.Errorf("%w: it has %d characters", ErrProofValue, len(p.value))
	}
	if object.Get("@context").Exists() {
		// Only the jcs suites define this; here it would let a proof be read
		// under other definitions than its document.
		return nil, fmt.Errorf("in the proof: %w", jsonld.ErrContextNotAllowed)
	}
	return p, r.err
}

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
	suite, ok := opt.Suites.find(p.name)
	if !ok {
		return nil, nil, fmt.Errorf("%w: %q", ErrSuiteUnsupported, p.name)
	}
	p.suite = suite
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
	if err := p.checkWindow(key, opt.At); err != nil {
		return nil, nil, err
	}
	return &Proof{
		Method:      p.method,
		Controller:  doc.ID,
		Cryptosuite: p.name,
		Purpose:     p.purpose,
		Created:     p.created,
		Source:      doc.Source,
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

// checkWindow judges the validity window of a key. A revoked key is void from
// its revocation on, whatever a proof says of its own age, since its thief can
// write any date. A key that merely expired keeps what was signed before.
func (p *embedded) checkWindow(key *did.Method, at time.Time) error {
	if !key.Revoked.IsZero() {
		if err := key.ValidAt(at); err != nil {
			return err
		}
	}
	signed := p.created
	if signed.IsZero() || signed.After(at) {
		signed = at
	}
	return key.ValidAt(signed)
}

func (p *embedded) checkDomain(want string) error {
	if want == "" || slices.Contains(p.domain, want) {
		return nil
	}
	return fmt.Errorf("%w: asked for %q, made for %q", ErrDomain, want, p.domain)
}

// message is what a suite hashes: a document without proof, and the proof
// without its value. The document's part is shared by the proofs of a set.
type message struct {
	document strictjson.Value
	config   strictjson.Value
	revision jsonld.Selection
	shared   *message // where the document's hash is kept; nil for itself

	done    bool
	docHash []byte
	docErr  error
}

// once computes the hash of the document, or gives the one already computed.
func (m *message) once(hash func() ([]byte, error)) ([]byte, error) {
	if m.shared != nil {
		return m.shared.once(hash)
	}
	if !m.done {
		m.docHash, m.docErr = hash()
		m.done = true
	}
	return m.docHash, m.docErr
}

// forProof is the message that one proof of a set or chain signs.
//
// "If proof contains previousProof … let matchingProofs … Set inputDocument.proof
// to matchingProofs" (Data Integrity 1.0, section 4.5): a later proof covers the
// earlier ones that it names.
func (m *message) forProof(p *embedded, all []*embedded) (*message, error) {
	out := &message{config: p.object.Without("proofValue"), revision: m.revision}
	if len(p.previous) == 0 {
		out.document, out.shared = m.document, m
		return out, nil
	}
	covered, err := p.precursors(all)
	if err != nil {
		return nil, err
	}
	out.document = m.document.With("proof", strictjson.Array(covered...))
	return out, nil
}

// precursors are the proofs that this one names. Each must be there, once, and
// none may lead back here.
func (p *embedded) precursors(all []*embedded) ([]strictjson.Value, error) {
	if len(p.previous) > maxProofs {
		return nil, fmt.Errorf("%w: it names %d proofs", ErrChain, len(p.previous))
	}
	var covered []strictjson.Value
	for _, id := range p.previous {
		named := slices.DeleteFunc(slices.Clone(all), func(q *embedded) bool { return q.id != id })
		if len(named) != 1 {
			return nil, fmt.Errorf("%w: %d proofs have the id %q", ErrChain, len(named), id)
		}
		if named[0].leadsTo(p, all, make(map[*embedded]bool)) {
			return nil, fmt.Errorf("%w: %q leads back to itself", ErrChain, id)
		}
		covered = append(covered, named[0].object)
	}
	return covered, nil
}

// leadsTo reports whether p is target or builds, directly or not, on it.
func (p *embedded) leadsTo(target *embedded, all []*embedded, seen map[*embedded]bool) bool {
	if p == target {
		return true
	}
	seen[p] = true
	for _, q := range all {
		if !seen[q] && slices.Contains(p.previous, q.id) && q.leadsTo(target, all, seen) {
			return true
		}
	}
	return false
}

// revisions are the choices of context revisions that are worth trying, newest
// first.
func revisions(suites Suites, doc strictjson.Value) []jsonld.Selection {
	for _, s := range suites {
		if linked, ok := s.(interface {
			selections(strictjson.Value) []jsonld.Selection
		}); ok {
			all := linked.selections(doc)
			return all[:min(len(all), maxRevisionsTried)]
		}
	}
	var newest jsonld.Selection
	return []jsonld.Selection{newest}
}
