package verifier

import (
	"errors"
	"fmt"
	"time"

	"laurel/credential"
	"laurel/proof"
)

// ReportType is the "type" member of every report.
const ReportType = "laurel/report/v1"

// Verdict is what a report comes down to.
type Verdict string

// The verdicts. Only Accepted is a yes; Undetermined means that a check could
// not be made, which is no reason to think that the document is false.
const (
	Accepted     Verdict = "accepted"
	Rejected     Verdict = "rejected"
	Undetermined Verdict = "undetermined"
)

// Outcome is how one check ended.
type Outcome string

// The outcomes. Unknown: the check could not be made. Skipped: nobody asked for
// it, or an earlier failure left nothing to look at.
const (
	Passed  Outcome = "passed"
	Failed  Outcome = "failed"
	Unknown Outcome = "unknown"
	Skipped Outcome = "skipped"
)

// Subject is what a report or a part of one is about.
type Subject string

// The subjects of a report.
const (
	Credential   Subject = "credential"
	Presentation Subject = "presentation"
	Document     Subject = "document" // neither, or unreadable
)

// Row names a check. Credential rows come in the order format, proof, issuer,
// validity, status, schema, trust, holder (only inside a presentation),
// endorsements, evidence; presentation rows in the order format, proof,
// challenge, holder, request.
type Row string

// The rows of the table of checks.
const (
	RowFormat       Row = "format"
	RowProof        Row = "proof"
	RowIssuer       Row = "issuer"
	RowValidity     Row = "validity"
	RowStatus       Row = "status"
	RowSchema       Row = "schema"
	RowTrust        Row = "trust"
	RowHolder       Row = "holder"
	RowEndorsements Row = "endorsements"
	RowEvidence     Row = "evidence"
	RowChallenge    Row = "challenge"
	RowRequest      Row = "request"
)

// Report is the answer to one verification: the same value is printed as text,
// written as JSON and shown as a page. A presentation has one part for each
// credential in it, judged by itself.
type Report struct {
	Type     string  `json:"type"` // ReportType
	Subject  Subject `json:"subject"`
	Verdict  Verdict `json:"verdict"`
	Headline string  `json:"headline"` // one sentence for people, at most 20 words

	Checks []Check   `json:"checks"`          // every row, in order
	Parts  []*Report `json:"parts,omitempty"` // the credentials of a presentation

	// Badge holds the claims for display. It is nil unless the proof held:
	// nothing that was not signed is ever shown as a claim.
	Badge *credential.Badge `json:"badge,omitempty"`
	// Selection says that the credential is a part of what the issuer signed,
	// which its holder chose: what is not in it may have been left out.
	Selection bool `json:"selection,omitempty"`
	// Holder is the DID that proved to hold the key (presentations only).
	Holder string `json:"holder,omitempty"`
	// Issuer is what is known of the issuer, proven and claimed kept apart.
	Issuer *Issuer `json:"issuer,omitempty"`
	// Answers is the id of the question that a part answers, where there was one.
	Answers string `json:"answers,omitempty"`
	// Opened is what the proofs establish, for a caller who looks at more of the
	// document than the report tells; nil unless they hold. It is not written.
	Opened *proof.Opened `json:"-"`
	// NotProven lists what this report does not say, in sentences for people.
	NotProven []string `json:"notProven,omitempty"`

	At       time.Time     `json:"at"`       // the time that dates and lists were judged for
	Made     time.Time     `json:"made"`     // when the report was made
	Duration time.Duration `json:"duration"` // nanoseconds
	SHA256   string        `json:"sha256"`   // hex digest of the bytes that were judged

	operator string // whose list of trusted issuers it is; "": the reader's
	shared   bool   // it is of what was left under a link
}

// Check is one row of the table: what was looked at and what was found.
type Check struct {
	Row     Row     `json:"row"`
	Outcome Outcome `json:"outcome"`
	Finding
}

// Finding is what a check found, told three times: Text for people, Cause for
// developers, Evidence for auditors.
type Finding struct {
	Code     Code       `json:"code,omitempty"`     // stable, upper case; "" when there is nothing to say
	Text     string     `json:"text"`               // one sentence for people
	Cause    string     `json:"cause,omitempty"`    // what exactly went wrong, for developers
	Problem  string     `json:"problem,omitempty"`  // RFC 9457 problem type, where a specification names one
	Evidence []Evidence `json:"evidence,omitempty"` // what was looked at
}

// Evidence is one thing that a check looked at.
type Evidence struct {
	What    string    `json:"what"`             // "status list", "DID document", "verification method" …
	Value   string    `json:"value,omitempty"`  // a DID, an index, a context revision …
	URL     string    `json:"url,omitempty"`    // where it came from
	Source  string    `json:"source,omitempty"` // "network", "cache" or "bundle"
	Fetched time.Time `json:"fetched,omitzero"` // when
	SHA256  string    `json:"sha256,omitempty"` // hex digest of what was fetched
}

// Issuer is who signed a credential, with what is proven kept apart from what
// it says of itself.
type Issuer struct {
	ID     string `json:"id"`               // the DID or URL whose key signed: proven
	Domain string `json:"domain,omitempty"` // the host that did:web or https proves; "" if none
	Listed string `json:"listed,omitempty"` // its name on the operator's trust list; "" if not listed
	Claims string `json:"claims,omitempty"` // the name it gives itself: not proven
}

// Proven returns the best name for the issuer that is more than its own word:
// the name on the trust list, else its domain, else "".
func (i *Issuer) Proven() string {
	switch {
	case i == nil:
		return ""
	case i.Listed != "":
		return i.Listed
	default:
		return i.Domain
	}
}

// Tone is how a page may colour a report; colour never stands alone.
type Tone string

// The tones. Good only when the issuer is on a trust list; Bad only for what
// is forged, revoked or not the presenter's; Caution for all the rest.
const (
	Good    Tone = "good"
	Bad     Tone = "bad"
	Caution Tone = "caution"
)

// Check returns the named row, or nil if the report has none.
func (r *Report) Check(row Row) *Check {
	for i := range r.Checks {
		if r.Checks[i].Row == row {
			return &r.Checks[i]
		}
	}
	return nil
}

// Deciding returns the check that decided the verdict: of a rejected or
// undetermined report the first such row of its own or its parts, of an
// accepted one nil.
func (r *Report) Deciding() *Check {
	want := Failed
	switch r.Verdict {
	case Accepted:
		return nil
	case Undetermined:
		want = Unknown
	}
	for i := range r.Checks {
		if c := &r.Checks[i]; c.Outcome == want && c.Row.decides(want) {
			return c
		}
	}
	for _, p := range r.Parts {
		if p.Verdict == r.Verdict {
			return p.Deciding()
		}
	}
	return nil
}

// ErrNotAccepted is wrapped by every error of Report.Err.
var ErrNotAccepted = errors.New("not accepted")

// Err is nil if and only if the verdict is Accepted, so that a program can
// treat a report like any other error: if err := report.Err(); err != nil { … }.
func (r *Report) Err() error {
	if r != nil && r.Verdict == Accepted {
		return nil
	}
	if r == nil {
		return fmt.Errorf("%w: there is no report", ErrNotAccepted)
	}
	if c := r.Deciding(); c != nil {
		return fmt.Errorf("%w: %s: %s", ErrNotAccepted, c.Code, r.Headline)
	}
	return fmt.Errorf("%w: %s", ErrNotAccepted, r.Headline)
}

// decides reports whether an outcome of this row can decide a verdict:
// endorsements and evidence inform, and a failed trust row is a policy's
// business, which then says so with Failed.
func (r Row) decides(o Outcome) bool {
	switch r {
	case RowEndorsements, RowEvidence:
		return false
	default:
		return o == Failed || o == Unknown
	}
}

// verdict joins rows and parts in one place: rejected if anything that decides
// failed, else undetermined if anything that decides is unknown, else accepted.
// A report without any passed row is never accepted.
func verdict(checks []Check, parts []*Report) Verdict {
	failed, unknown, passed := false, false, false
	for _, c := range checks {
		if !c.Row.decides(c.Outcome) && c.Outcome != Passed {
			continue
		}
		failed = failed || c.Outcome == Failed
		unknown = unknown || c.Outcome == Unknown
		passed = passed || c.Outcome == Passed
	}
	for _, p := range parts {
		failed = failed || p.Verdict == Rejected
		unknown = unknown || p.Verdict == Undetermined
	}
	switch {
	case failed:
		return Rejected
	case unknown || !passed:
		return Undetermined
	default:
		return Accepted
	}
}

// Tone says how a page may colour the report.
func (r *Report) Tone() Tone {
	switch r.Verdict {
	case Accepted:
		for _, p := range r.Parts {
			if p.Tone() != Good {
				return Caution
			}
		}
		if trust := r.Check(RowTrust); trust != nil && trust.Outcome != Passed {
			return Caution
		}
		return Good
	case Rejected:
		if c := r.Deciding(); c != nil && c.Code.alarming() {
			return Bad
		}
	}
	return Caution
}
