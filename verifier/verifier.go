// Package verifier judges credentials and presentations and says why.
//
// Verify reads what it is given, looks at everything that decides, and writes a
// Report: a table of checks, each with an outcome, a sentence for people, a
// cause for developers and evidence for auditors, and one verdict drawn from
// the table in one place.
//
//	v := &verifier.Verifier{
//		Keys:   did.Methods{"key": did.Key{}},
//		Suites: proof.Suites{cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()}},
//	}
//	report, err := v.Verify(ctx, badge, verifier.Expectation{})
//	if err != nil {
//		return err // no report could be made
//	}
//	fmt.Println(report.Headline)
//	if err := report.Err(); err != nil {
//		return err // rejected or undetermined
//	}
//
// An outcome has three values. Failed means that something is wrong with the
// document; Unknown that a check could not be made, for example since a status
// list was unreachable; neither is ever taken for a yes. The error of Verify
// never says that a credential is bad, only that no report could be made.
//
// # Order
//
// A credential is parsed strictly, its key resolved, its proof verified and
// bound to the issuer, and only then is anything fetched that it names. A baked
// badge, a PNG or SVG with a credential inside, is taken for that credential. Of a
// presentation its own proof and challenge come first, then its parts, each
// judged by itself.
//
// # Where things are
//
// checks.go has the table of checks, report.go the report and the step from
// rows to verdict, code.go the stable codes, mapping.go which error of a lower
// package has which code, wording.go every sentence that people read.
package verifier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"laurel/did"
	"laurel/proof"
	"laurel/status"
)

// Verifier judges documents. It is safe for concurrent use once set up.
type Verifier struct {
	Keys   did.Resolver   // how issuers' and holders' keys are found
	Suites proof.Suites   // accepted securing mechanisms; the zero value accepts none
	Status *status.Source // where status lists come from; nil leaves every status unknown
	Trust  *TrustList     // nil: the row is skipped and the headline says that the issuer was not judged
	Policy Policy
	Clock  func() time.Time // real time; nil is time.Now
}

// Policy says how strict to be. The zero value is the strictest that a real
// credential can pass; fields called Unsafe loosen it.
type Policy struct {
	// Leeway is how far the issuer's clock may be ahead of ours, for validFrom
	// and the time a proof was made. It never prolongs validUntil.
	Leeway time.Duration
	// RejectUntrusted fails an issuer that is not on the trust list, instead
	// of leaving it unknown.
	RejectUntrusted bool
	// UnsafeBearer accepts a presented credential that names no subject, so
	// that anybody could present it.
	UnsafeBearer bool
	// UnsafeAnyController accepts proofs by keys that are not the issuer's.
	UnsafeAnyController bool
	// UnsafeNoChallenge accepts a presentation that answers no challenge.
	UnsafeNoChallenge bool
}

// Expectation is what the caller asked for, of this one document.
type Expectation struct {
	Challenge string    // the nonce that a presentation must answer
	Domain    string    // whom a presentation must be made for (audience); "" compares none
	At        time.Time // the time to judge for; zero is now

	// Receiving says that a holder asks, of a credential that an issuer gives
	// them: a base proof of selective disclosure is verified with everything in
	// it. A verifier refuses one, since it is for the holder alone.
	Receiving bool

	// BindingAge is how long ago the holder may have made the key binding of a token
	// with disclosures, for one who judges an answer that was left for later. Zero is
	// five minutes.
	BindingAge time.Duration
	// Shared says that it was left under a link, for whoever opens that: nobody who
	// reads the report has put a question, and nobody is there to answer one.
	Shared bool
	// Operator names whose list of trusted issuers it is, if the report is for
	// somebody else: a host name. To the operator, "", it is your list.
	Operator string
}

// maxVerdict bounds a whole verdict, fetching included: people wait for it.
const maxVerdict = 10 * time.Second

// ErrNotConfigured says that the verifier would check nothing, which must not
// look like an answer.
var ErrNotConfigured = errors.New("the verifier has no keys or no cryptosuites to verify with")

// Verify judges one document: JSON or not, every input gets a report. The
// error, wrapping ErrNotConfigured or the context's error, means that no report
// could be made; it never means that the document is bad.
func (v *Verifier) Verify(ctx context.Context, data []byte, expect Expectation) (*Report, error) {
	if v.Keys == nil || len(v.Suites) == 0 {
		return nil, ErrNotConfigured
	}
	started := v.now()
	if expect.At.IsZero() {
		expect.At = started
	}
	bounded, cancel := context.WithTimeout(ctx, maxVerdict)
	defer cancel()
	e := &examination{Verifier: v, expect: expect}
	payload := e.unbake(data)
	if e.parseError == nil {
		e.read(proof.Read(payload))
	}
	report := e.judge(bounded)
	if err := ctx.Err(); err != nil {
		return nil, err // the caller left; its own patience, not maxVerdict, ran out
	}
	sum := sha256.Sum256(data)
	report.SHA256 = hex.EncodeToString(sum[:])
	report.Made = started.UTC()
	report.Duration = v.now().Sub(started)
	if expect.Shared {
		report.NotProven = append([]string{notPresentText}, report.NotProven...)
	}
	return report, nil
}

func (v *Verifier) now() time.Time {
	if v.Clock != nil {
		return v.Clock()
	}
	return time.Now()
}

// judge chooses the table of checks by what the document is, and runs it. When
// ctx ends, whatever was still to be fetched is unknown, and the report says so.
func (e *examination) judge(ctx context.Context) *Report {
	e.report = &Report{Type: ReportType, At: e.expect.At.UTC(), Subject: Credential, operator: e.expect.Operator, shared: e.expect.Shared}
	table := credentialChecks
	switch {
	case e.parseError != nil:
		e.report.Subject = Document
	case e.secured.Presentation():
		e.report.Subject = Presentation
		table = presentationChecks
	}
	e.open(ctx)
	for _, c := range table {
		if c.only == nil || c.only(e) {
			e.report.Checks = append(e.report.Checks, e.run(ctx, c))
		}
	}
	if e.report.Subject == Presentation {
		e.judgeParts(ctx)
	}
	e.report.conclude()
	return e.report
}
