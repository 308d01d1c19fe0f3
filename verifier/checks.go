package verifier

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"time"

	"laurel/credential"
	"laurel/credential/baking"
	"laurel/cryptosuite"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/proof"
	"laurel/status"

	"golang.org/x/sync/errgroup"
)

// check is one line of the table: a row, the rows that must have passed before
// it makes sense, and what it does. A row whose needs are not met is skipped
// and says so; every row is always in the report.
type check struct {
	row   Row
	needs []Row
	only  func(*examination) bool // nil: always
	run   func(*examination, context.Context) (Outcome, Finding)
}

// credentialChecks judges one credential. Whatever asks the network for
// something that the credential names comes after proof and issuer.
var credentialChecks = []check{
	{row: RowFormat, run: (*examination).format},
	{row: RowProof, needs: []Row{RowFormat}, run: (*examination).proof},
	{row: RowIssuer, needs: []Row{RowProof}, run: (*examination).issuer},
	{row: RowValidity, needs: []Row{RowProof}, run: (*examination).validity},
	{row: RowStatus, needs: []Row{RowProof, RowIssuer}, run: (*examination).status},
	{row: RowSchema, needs: []Row{RowProof}, run: (*examination).schema},
	{row: RowTrust, needs: []Row{RowProof, RowIssuer}, run: (*examination).trust},
	{row: RowHolder, needs: []Row{RowProof}, only: (*examination).asksForHolder, run: (*examination).ownership},
	{row: RowChallenge, needs: []Row{RowProof, RowHolder}, only: (*examination).answersItself, run: (*examination).challenge},
	{row: RowEndorsements, needs: []Row{RowProof}, run: (*examination).endorsements},
	{row: RowEvidence, needs: []Row{RowProof}, run: (*examination).evidence},
}

// presentationChecks judges the envelope; its credentials are parts.
var presentationChecks = []check{
	{row: RowFormat, run: (*examination).format},
	{row: RowProof, needs: []Row{RowFormat}, run: (*examination).proof},
	{row: RowChallenge, needs: []Row{RowProof}, run: (*examination).challenge},
	{row: RowHolder, needs: []Row{RowProof}, run: (*examination).presenter},
	{row: RowRequest, run: (*examination).request},
}

// examination is one document on the table.
type examination struct {
	*Verifier
	expect     Expectation
	secured    *proof.Document
	document   strictjson.Value // what it says, not believed
	parseError error
	image      baking.Format // the picture that it came in
	unbaked    bool          // and was taken out of
	within     *envelope     // the presentation that this credential came in; nil if none
	parts      *jsonld.Parts // of a presentation: what its credentials say

	opened  *proof.Opened // what the proofs establish; nil if they do not hold
	refusal *proof.Refusal
	report  *Report
}

// envelope is what a credential needs to know of its presentation.
type envelope struct {
	holder string        // who proved to present; "" if nobody did
	proofs []proof.Proof // with which keys
	parts  *jsonld.Parts // what its credentials say
}

// shownIn is where the statements of the credential were kept, if it came in a
// presentation.
func (e *examination) shownIn() *jsonld.Parts {
	if e.within == nil {
		return nil
	}
	return e.within.parts
}

// read takes what came in, or why it cannot be read.
func (e *examination) read(d *proof.Document) {
	e.secured, e.document, e.parseError = d, d.Unverified(), d.Err()
}

// asksForHolder reports whether the holder row belongs into the report: the
// credential came in a presentation, a presentation was asked for, or it brings
// its own proof of who holds it.
func (e *examination) asksForHolder() bool {
	return e.within != nil || e.asked() || e.bound()
}

// answersItself reports whether the challenge row belongs into the report of a
// credential: it is a token with disclosures, whose holder answers with a key
// binding and without a presentation.
func (e *examination) answersItself() bool {
	return e.bound() || e.within == nil && e.asked() && e.opened != nil && e.opened.Token.Disclosing()
}

func (e *examination) asked() bool { return e.expect.Challenge != "" || e.expect.Domain != "" }

// bound reports whether the credential is a token with a key binding.
func (e *examination) bound() bool { return e.secured != nil && e.secured.Bound() }

// run makes one check, or skips it.
func (e *examination) run(ctx context.Context, c check) Check {
	for _, need := range c.needs {
		if before := e.report.Check(need); before != nil && before.Outcome != Passed {
			return Check{Row: c.row, Outcome: Skipped, Finding: Finding{Code: NotReached, Cause: "needs " + string(need)}}
		}
	}
	outcome, finding := c.run(e, ctx)
	return Check{Row: c.row, Outcome: outcome, Finding: finding}
}

// open takes the document apart once; the rows then read how each step ended.
func (e *examination) open(ctx context.Context) {
	e.refusal = &proof.Refusal{Format: e.parseError}
	if e.parseError != nil {
		return
	}
	if e.secured.Presentation() {
		e.parts = &jsonld.Parts{}
	}
	opened, err := e.secured.Open(ctx, proof.Options{
		Keys:                e.Keys,
		Suites:              e.Suites,
		At:                  e.expect.At,
		Leeway:              e.Policy.Leeway,
		Challenge:           e.expect.Challenge,
		Domain:              e.expect.Domain,
		Receiving:           e.expect.Receiving,
		BindingAge:          e.expect.BindingAge,
		Parts:               e.parts,
		Within:              e.shownIn(),
		UnsafeAnyController: e.Policy.UnsafeAnyController,
		UnsafeNoChallenge:   e.Policy.UnsafeNoChallenge,
	})
	e.opened = opened
	if errors.As(err, &e.refusal) {
		e.opened = e.refusal.Proven()
	} else if err != nil { // only fetching keys takes time
		e.refusal.Proof = fmt.Errorf("%w: %w", did.ErrResolution, err)
	}
	e.describe()
}

// describe fills in the claims, from the verified value alone.
func (e *examination) describe() {
	e.report.Opened = e.opened
	if e.opened == nil {
		return
	}
	if e.opened.Presentation {
		e.report.Holder = e.opened.Controller
		return
	}
	e.report.Selection = e.opened.Selection()
	badge := e.readBadge()
	e.report.Badge = &badge
	e.report.Issuer = &Issuer{ID: e.opened.Controller, Domain: domainOf(e.opened.Controller), Claims: badge.Issuer.Name}
}

// domainOf is the place on the web that an identifier proves, since its keys
// were fetched from there over https: a host, and the path below it that the
// keys speak for, lest one user of a shared host pass for all of it. "" for
// did:key and its like.
func domainOf(id string) string {
	if rest, ok := strings.CutPrefix(id, "did:web:"); ok {
		place, err := url.PathUnescape(strings.ReplaceAll(rest, ":", "/"))
		if err != nil {
			return ""
		}
		return place
	}
	if u, err := url.Parse(id); err == nil && u.Scheme == "https" {
		return u.Host + strings.TrimSuffix(u.EscapedPath(), "/")
	}
	return ""
}

func (e *examination) format(context.Context) (Outcome, Finding) {
	seen := e.imageEvidence()
	if version := credential.VersionOf(e.document); version != "" {
		seen = append(seen, Evidence{What: "data model", Value: "Verifiable Credentials " + string(version)})
	}
	outcome, finding := judgeError(e.refusal.Format, Finding{Evidence: seen})
	if e.image != baking.None && !e.unbaked {
		finding.Text = "The file cannot be read as a digital credential: the picture holds no sound badge."
	}
	return outcome, finding
}

func (e *examination) proof(context.Context) (Outcome, Finding) {
	found := Finding{Evidence: e.proofEvidence()}
	if e.opened != nil && slices.ContainsFunc(e.opened.Proofs, func(p proof.Proof) bool { return p.Legacy }) {
		found.Code = ProofLegacy
	}
	outcome, finding := judgeError(e.refusal.Proof, found)
	if errors.Is(e.refusal.Proof, proof.ErrBaseProof) {
		finding.Text = baseProofText
	}
	if errors.Is(e.refusal.Proof, proof.ErrCertificate) || errors.Is(e.refusal.Proof, did.ErrUntrusted) {
		finding.Text = certificateText
	}
	if finding.Code == ProofMissing && e.report.Subject == Presentation {
		finding.Code = PresentationProofAbsent
	}
	return outcome, finding
}

func (e *examination) proofEvidence() []Evidence {
	if e.opened == nil {
		return nil
	}
	var out []Evidence
	for _, p := range e.opened.Proofs {
		out = append(out, Evidence{What: "verification method", Value: p.Method})
		what := "cryptosuite"
		if p.Legacy {
			what = "legacy proof"
		}
		if e.opened.Token != nil {
			out = append(out, Evidence{What: "token", Value: e.opened.Token.Type})
			what = "algorithm"
		}
		out = append(out, Evidence{What: what, Value: p.Cryptosuite})
		if p.Extent != cryptosuite.Whole {
			out = append(out, Evidence{What: "extent", Value: p.Extent.String()})
		}
		if p.Source != nil {
			out = append(out, fetched("DID document", p.Source))
		}
	}
	// Contexts that were changed in place: which of their texts was signed.
	for _, revision := range e.opened.Revision.Pinned() {
		out = append(out, Evidence{What: "context revision", URL: revision.URL, SHA256: revision.SHA256})
	}
	return out
}

// fetched is the evidence of something that was fetched.
func fetched(what string, r *fetch.Resource) Evidence {
	return Evidence{What: what, URL: r.URL, Source: r.Source, Fetched: r.Fetched, SHA256: r.SHA256}
}

func (e *examination) issuer(context.Context) (Outcome, Finding) {
	outcome, finding := judgeError(e.refusal.Binding, Finding{Evidence: []Evidence{{What: "issuer", Value: e.opened.Controller}}})
	if outcome == Failed {
		finding.Code = IssuerMismatch
	}
	return outcome, finding
}

func (e *examination) validity(context.Context) (Outcome, Finding) {
	found := Finding{Evidence: []Evidence{{What: "judged for", Value: e.expect.At.UTC().Format(time.RFC3339)}}}
	if e.report.Badge.ValidUntil.IsZero() && e.report.Selection {
		found.Text = hiddenEndText
	}
	return judgeError(e.refusal.Validity, found)
}

// maxEntries bounds the status lists that one credential can make us fetch: one
// for each purpose there is, and some to spare.
const maxEntries = 8

// status asks every status list that the credential names. One bit that is set
// decides; else one list that cannot be believed leaves the row unknown.
func (e *examination) status(ctx context.Context) (Outcome, Finding) {
	entries := e.statusEntries()
	if len(entries) == 0 {
		if e.opened.Loose() {
			return Unknown, Finding{Code: StatusNotShown}
		}
		if e.report.Selection {
			return Passed, Finding{Code: StatusNone, Text: hiddenStatusText}
		}
		return Passed, Finding{Code: StatusNone}
	}
	if len(entries) > maxEntries {
		return Unknown, Finding{Code: LimitExceeded, Cause: fmt.Sprintf("%d status entries, at most %d are looked up", len(entries), maxEntries)}
	}
	if e.Status == nil {
		return Unknown, Finding{Code: StatusRetrieval, Cause: "this verifier was set up without access to status lists"}
	}
	if id, ok := sharedID(entries); ok {
		return Unknown, Finding{Code: StatusVerificationError, Cause: fmt.Sprintf("several status entries are called %s, so that the signature does not say which place belongs to which list", credential.Plain(id))}
	}
	worst, found := Passed, Finding{}
	var seen []Evidence
	for _, entry := range entries {
		r := e.Status.Check(ctx, status.Query{Entry: entry, Issuer: e.opened.Controller, At: e.expect.At})
		outcome, finding := judgeStatus(r)
		seen = append(seen, finding.Evidence...)
		if severity(outcome) > severity(worst) {
			worst, found = outcome, finding
		}
	}
	found.Evidence = seen
	return worst, found
}

// sharedID finds an id that two different entries have. RDF makes one thing of
// them, so that their holder could swap the places and the lists that they name.
func sharedID(entries []strictjson.Value) (string, bool) {
	byID := make(map[string]strictjson.Value)
	for _, entry := range entries {
		id := entry.Get("id").Str()
		if before, ok := byID[id]; ok && id != "" && !before.Equal(entry) {
			return id, true
		}
		byID[id] = entry
	}
	return "", false
}

// judgeStatus words the answer of one status list.
func judgeStatus(r status.Result) (Outcome, Finding) {
	var seen []Evidence
	if l := r.List; l.URL != "" {
		seen = append(seen, Evidence{
			What: "status list", Value: fmt.Sprintf("%s, place %d", r.Entry.Purpose, r.Entry.Index),
			URL: l.URL, Source: l.Source, Fetched: l.AsOf, SHA256: l.SHA256,
		})
	}
	if r.Outcome == status.Clear {
		return Passed, Finding{Evidence: seen}
	}
	outcome, finding := judgeError(r.Err, Finding{Evidence: seen})
	if errors.Is(r.Err, status.ErrOtherTime) {
		finding.Text = otherTimeText
	}
	if outcome == Passed || r.Outcome == status.Unknown {
		outcome = Unknown // never a yes, whatever the error
	}
	return outcome, finding
}

func severity(o Outcome) int { return slices.Index([]Outcome{Passed, Skipped, Unknown, Failed}, o) }

// trust looks the issuer up in the operator's list.
func (e *examination) trust(context.Context) (Outcome, Finding) {
	if e.Trust == nil {
		return Skipped, Finding{Code: IssuerNotJudged}
	}
	entry, ok := e.Trust.find(e.opened.Controller, e.achievements(), e.expect.At)
	switch {
	case ok:
		e.report.Issuer.Listed = entry.Name
		return Passed, Finding{Evidence: []Evidence{{What: "entry on " + e.report.list(""), Value: entry.Name}}}
	case e.Policy.RejectUntrusted:
		return Failed, Finding{Code: IssuerUntrusted}
	default:
		return Unknown, Finding{Code: IssuerUntrusted}
	}
}

// ownership compares the presenter with the subject: a genuine credential says
// nothing about the one who shows it unless they are the same.
func (e *examination) ownership(context.Context) (Outcome, Finding) {
	if e.answersItself() {
		// A key binding inside a presentation must hold too, and then the presenter
		// must be the one who made it: else two people would answer as one.
		if outcome, finding := e.keyBinding(); outcome != Passed || e.within == nil {
			return outcome, finding
		}
	}
	switch {
	case e.within == nil:
		// Somebody answered a challenge with the bare badge: whoever has the
		// file could have done that.
		return Unknown, Finding{Code: HolderNotShown, Cause: "a presentation was asked for, and this is none"}
	case e.within.holder == "":
		return Unknown, Finding{Code: NotReached, Cause: "the presentation's own proof does not hold"}
	}
	if outcome, finding, decided := e.confirmed(); decided {
		return outcome, finding
	}
	other, own, unnamed := "", 0, 0
	for _, s := range credential.Subjects(e.opened.Document) {
		switch s.ID {
		case e.within.holder:
			own++
		case "":
			unnamed++
		default:
			other = s.ID
		}
	}
	switch {
	case other != "" && own == 0:
		return Failed, Finding{Code: HolderBindingFailed, Cause: fmt.Sprintf("issued to %s, presented by %s", other, e.within.holder)}
	case other != "":
		return Unknown, Finding{Code: HolderBindingFailed, Cause: fmt.Sprintf("it also speaks of %s: which claims are the presenter's is for people to read", other)}
	case unnamed == 0:
		return Passed, Finding{Evidence: []Evidence{{What: presenter, Value: e.within.holder}}}
	case e.Policy.UnsafeBearer:
		return Passed, Finding{Code: HolderUnbound}
	default:
		return Unknown, Finding{Code: HolderUnbound}
	}
}

// maxEndorsements bounds the signatures that one credential can make us check,
// and the hosts that it can make us ask for their keys; real badges have three.
const maxEndorsements = 16

// endorsements verifies the endorsements that the credential carries. They
// inform: what others say of a badge never changes whether it is genuine.
func (e *examination) endorsements(ctx context.Context) (Outcome, Finding) {
	all := credential.Endorsements(e.opened.Document)
	if len(all) == 0 {
		return Skipped, Finding{}
	}
	var seen []Evidence
	var causes []string
	if len(all) > maxEndorsements {
		causes = append(causes, fmt.Sprintf("%d endorsements, at most %d are looked at", len(all), maxEndorsements))
		all = all[:maxEndorsements]
	}
	for _, endorsement := range all {
		found, err := e.endorser(ctx, endorsement)
		if err != nil {
			causes = append(causes, fmt.Sprintf("%s: %v", endorsement.Path, err))
			continue
		}
		seen = append(seen, found)
	}
	if len(causes) > 0 {
		return Unknown, Finding{Code: EndorsementNotChecked, Cause: strings.Join(causes, "; "), Evidence: seen}
	}
	return Passed, Finding{Text: fmt.Sprintf("It carries %d endorsements, each signed by its author.", len(all)), Evidence: seen}
}

// errNoEndorsement: genuine words of somebody, put where they do not belong.
var errNoEndorsement = errors.New("it endorses nothing that this credential speaks of")

// endorser verifies one endorsement and returns whose it is and of what.
func (e *examination) endorser(ctx context.Context, endorsement credential.Endorsement) (Evidence, error) {
	said := endorsement.Value
	if endorsement.JWT != "" {
		said = strictjson.String(endorsement.JWT)
	}
	opened, err := proof.OpenValue(ctx, said, proof.Options{
		Keys: e.Keys, Suites: e.Suites, At: e.expect.At, Leeway: e.Policy.Leeway,
	})
	if err != nil {
		return Evidence{}, err
	}
	subjects := credential.Subjects(opened.Document)
	if !credential.IsEndorsement(opened.Document) || len(subjects) != 1 || !slices.Contains(credential.Endorsable(e.opened.Document), subjects[0].ID) {
		return Evidence{}, errNoEndorsement
	}
	return Evidence{What: "endorsement by", Value: opened.Controller, URL: subjects[0].ID}, nil
}

// evidence lists what the issuer names as evidence. None of it is fetched.
func (e *examination) evidence(context.Context) (Outcome, Finding) {
	n := len(e.report.Badge.Evidence)
	if n == 0 {
		return Skipped, Finding{}
	}
	return Skipped, Finding{Text: fmt.Sprintf("The issuer names evidence (%d). Laurel lists it, and fetches none of it.", n)}
}

// challenge judges whether the presentation is an answer to the caller.
func (e *examination) challenge(context.Context) (Outcome, Finding) {
	return judgeError(e.refusal.Challenge, Finding{})
}

// presenter judges whether the presentation was signed by the holder it names.
func (e *examination) presenter(context.Context) (Outcome, Finding) {
	outcome, finding := judgeError(e.refusal.Binding, Finding{
		Text:     "The presenter proved to hold the key they present with.",
		Evidence: []Evidence{{What: presenter, Value: e.opened.Controller}},
	})
	if outcome == Failed {
		finding.Code, finding.Text = HolderBindingFailed, ""
	}
	return outcome, finding
}

// request compares the answer with the query that was asked.
func (e *examination) request(context.Context) (Outcome, Finding) { return Skipped, Finding{} }

// errNested: a presentation holds credentials, and nothing else.
var errNested = fmt.Errorf("%w: a presentation inside a presentation", credential.ErrStructure)

// judgeParts judges the credentials of a presentation side by side, each by
// itself: one bad badge is named, and the others still stand.
func (e *examination) judgeParts(ctx context.Context) {
	if e.refusal.Format != nil {
		return
	}
	within := &envelope{parts: e.parts}
	if e.opened != nil && e.refusal.Binding == nil {
		within.holder, within.proofs = e.opened.Controller, e.opened.Proofs
	}
	parts := e.document.Get("verifiableCredential").List()
	e.report.Parts = make([]*Report, len(parts))
	faults := make([]any, len(parts))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, part := range parts {
		group.Go(func() error {
			defer func() { faults[i] = recover() }() // else no caller could, and the process would end
			p := &examination{Verifier: e.Verifier, expect: Expectation{At: e.expect.At, Operator: e.expect.Operator, Shared: e.expect.Shared}, within: within}
			p.read(proof.ReadValue(part))
			if p.parseError == nil && p.secured.Presentation() { // whose holder and challenge nobody asked about
				p.secured, p.parseError = &proof.Document{}, errNested
			}
			if p.bound() { // it was asked for with the same question
				p.expect.Challenge, p.expect.Domain, p.expect.BindingAge = e.expect.Challenge, e.expect.Domain, e.expect.BindingAge
			}
			e.report.Parts[i] = p.judge(ctx)
			return nil
		})
	}
	_ = group.Wait() // no part returns an error: each has its report
	e.parts.Release()
	for _, fault := range faults {
		if fault != nil {
			panic(fault)
		}
	}
}
