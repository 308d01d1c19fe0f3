package request

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"laurel/internal/jsonld"
	"laurel/internal/strictjson"
	"laurel/openid4vc"
	"laurel/openid4vc/dcql"
	"laurel/proof"
	"laurel/verifier"
	"laurel/verifier/session"
)

// MaxUploads bounds the files that somebody can upload in place of an answer.
const MaxUploads = 16

// errFault says that the verifier itself failed: nothing was judged.
var errFault = errors.New("the verifier failed")

// given is what was answered, as a session keeps it to be judged again.
type given struct {
	Token    map[string][]json.RawMessage `json:"vp_token,omitempty"`
	Uploaded [][]byte                     `json:"uploaded,omitempty"` // files
}

// Answer takes what a wallet posted to the response_uri, and returns where the
// wallet shall send the person, or "". It fails with an error of package session,
// or with one of openid4vc for an answer that cannot be read, which leaves the
// session open.
func (d *Desk) Answer(ctx context.Context, id string, form []byte) (next string, err error) {
	taken, err := d.Book.Take(ctx, id, func(s session.Session) (*session.Answer, error) {
		inquiry, err := ReadInquiry(s.Ask)
		if err != nil {
			return nil, err
		}
		expected := openid4vc.Expected{Mode: inquiry.Mode, State: s.State}
		if s.Key != nil {
			if expected.Key, err = restoreKey(s.Key); err != nil {
				return nil, err
			}
		}
		response, err := openid4vc.ParseResponse(form, expected)
		if err != nil {
			return nil, err
		}
		answer := &session.Answer{}
		if inquiry.SameDevice {
			answer.Code = session.Token()
		}
		if response.Error != "" {
			answer.Declined = declined(response.Error)
			return answer, nil
		}
		return answer, d.fill(ctx, answer, &s, presented(response))
	})
	if err != nil || taken.Answer.Code == "" {
		return "", err
	}
	return openid4vc.WithResponseCode(d.URL+"/requests/"+id, taken.Answer.Code), nil
}

// declined is the wallet's reason, if it is a word of the protocol.
func declined(code string) string {
	if len(code) > 64 || strings.Trim(code, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return "other"
	}
	return code
}

func presented(r *openid4vc.Response) given {
	g := given{Token: map[string][]json.RawMessage{}}
	for query, all := range r.Presentations {
		for _, p := range all {
			g.Token[query] = append(g.Token[query], json.RawMessage(p.JSON()))
		}
	}
	return g
}

// Upload takes files in place of an answer, from somebody without a wallet. The
// report says that nobody proved them to be theirs.
func (d *Desk) Upload(ctx context.Context, id string, files [][]byte) error {
	_, err := d.Book.Take(ctx, id, func(s session.Session) (*session.Answer, error) {
		answer := &session.Answer{}
		return answer, d.fill(ctx, answer, &s, given{Uploaded: files[:min(len(files), MaxUploads)]})
	})
	return err
}

// fill judges what was given and writes it and the report into the answer.
func (d *Desk) fill(ctx context.Context, answer *session.Answer, s *session.Session, g given) error {
	report, err := d.report(ctx, s, g, time.Time{})
	if err != nil {
		return err
	}
	if answer.Report, err = json.Marshal(report); err != nil {
		return err
	}
	answer.Response, err = json.Marshal(g)
	return err
}

// Recheck judges an answer again as of the time when it came, with the trust list of
// today, and keeps the new report.
func (d *Desk) Recheck(ctx context.Context, s *session.Session) error {
	if s.Answer == nil || len(s.Answer.Response) == 0 {
		return session.ErrUnknown
	}
	var g given
	if err := json.Unmarshal(s.Answer.Response, &g); err != nil {
		return fmt.Errorf("%w: %w", errInquiry, err)
	}
	report, err := d.report(ctx, s, g, s.Answer.At)
	if err != nil {
		return err
	}
	text, err := json.Marshal(report)
	if err != nil {
		return err
	}
	return d.Book.Rejudge(ctx, s.ID, text)
}

// trial is one answer on the table.
type trial struct {
	inquiry *Inquiry
	verify  func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error)
	bound   verifier.Expectation // to this session
	items   []*item

	patience time.Duration
}

// item is one presentation or file.
type item struct {
	query  string // "" of a file: to be found out
	file   bool   // uploaded by somebody without a wallet
	data   []byte
	bare   bool // nobody presents it: it is no presentation, and no token with a key binding
	expect verifier.Expectation
	report *verifier.Report
}

func (d *Desk) report(ctx context.Context, s *session.Session, g given, at time.Time) (*verifier.Report, error) {
	inquiry, err := ReadInquiry(s.Ask)
	if err != nil {
		return nil, err
	}
	v, err := d.judge(ctx)
	if err != nil {
		return nil, err
	}
	v.Policy.RejectUntrusted = v.Policy.RejectUntrusted || inquiry.Policy.RequireTrusted
	v.Policy.UnsafeBearer = v.Policy.UnsafeBearer || inquiry.Policy.AllowUnbound
	t := &trial{inquiry: inquiry, verify: v.Verify, bound: verifier.Expectation{
		Challenge: s.Nonce, Domain: d.clientID(inquiry, d.URL+"/requests/"+s.ID+"/response"), At: at,
	}, patience: cmp.Or(d.Patience, patience)}
	if err := t.lay(g); err != nil {
		return nil, err
	}
	if err := t.verifyAll(ctx); err != nil {
		return nil, err
	}
	report := t.join()
	if report.SHA256 != "" { // one answer, which has its own
		return report, nil
	}
	text, err := json.Marshal(g)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	report.SHA256 = hex.EncodeToString(sum[:])
	return report, nil
}

// lay puts what was given on the table.
func (t *trial) lay(g given) error {
	for _, query := range slices.Sorted(maps.Keys(g.Token)) {
		for _, raw := range g.Token[query] {
			v, err := strictjson.Parse(raw)
			if err != nil {
				return err
			}
			t.items = append(t.items, &item{query: query, data: openid4vc.Bytes(v), expect: t.bound})
		}
	}
	for _, file := range g.Uploaded {
		t.items = append(t.items, &item{file: true, data: file, expect: t.bound})
	}
	return nil
}

// unbound reports whether the query takes a credential that nobody presents.
func (t *trial) unbound(query string) bool {
	return slices.ContainsFunc(t.inquiry.query.Credentials, func(c dcql.CredentialQuery) bool {
		return c.ID == query && c.Unbound
	})
}

// How an answer is judged: the sender chose which networks each presentation makes the
// verifier wait for, up to ten seconds. So more are judged at the same time than there
// are processors, but no more than fit the memory with the largest lists; and the
// whole ends while there is still somebody to be told.
const (
	sideBySide = 8
	patience   = 30 * time.Second
)

// verifyAll verifies all items side by side, each by itself. An answer for which there
// is no patience fails with context.DeadlineExceeded.
func (t *trial) verifyAll(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, t.patience)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(sideBySide)
	for _, i := range t.items {
		group.Go(func() (err error) {
			defer func() {
				if recover() != nil { // no document may end the process
					err = errFault
				}
			}()
			shown := proof.Read(i.data)
			if i.bare = !shown.Presentation() && !shown.Bound(); i.bare && t.unbound(i.query) {
				i.expect.Challenge, i.expect.Domain = "", ""
			}
			i.report, err = t.verify(ctx, i.data, i.expect)
			return err
		})
	}
	return group.Wait()
}

// join compares the answer with the question, and makes the one report.
func (t *trial) join() *verifier.Report {
	answer := map[string][]dcql.Candidate{}
	var answers []verifier.Answer
	sound := true
	for _, i := range t.items {
		found := candidates(i.report)
		for n := range found {
			// "Validate that all Presentations contain a cryptographic proof of Holder
			// Binding […] unless specifically requested otherwise" (section 8.6). Whether
			// the proof holds, and is by the one whom the credential is about, other rows
			// tell; of a file its own row says that nobody showed it to be theirs.
			found[n].Bound = i.file || !i.bare
		}
		if i.query == "" {
			i.query = t.belongs(found)
		}
		answer[i.query] = append(answer[i.query], found...)
		answers = append(answers, verifier.Answer{Query: i.query, Report: i.report})
		sound = sound && i.report.Verdict != verifier.Rejected
	}
	row := verifier.Check{Outcome: verifier.Passed}
	if err := t.inquiry.query.Check(answer); err != nil {
		row = verifier.Check{Outcome: verifier.Failed, Finding: verifier.Finding{Code: verifier.RequestNotSatisfied, Cause: err.Error()}}
		if !sound { // what was wrong with it says more than that it is missing
			row = verifier.Check{Outcome: verifier.Skipped, Finding: verifier.Finding{Code: verifier.NotReached, Cause: err.Error()}}
		}
	} else if low := t.tooLow(answers); low != "" {
		row = verifier.Check{Outcome: verifier.Failed, Finding: verifier.Finding{Code: verifier.ResultTooLow, Cause: low}}
	}
	for _, w := range t.inquiry.Wants {
		row.Evidence = append(row.Evidence, verifier.Evidence{What: "asked for", Value: w.Label})
	}
	return verifier.Join(answers, row)
}

// candidates are the credentials of a report, as far as they are proven.
func candidates(r *verifier.Report) []dcql.Candidate {
	if r.Subject == verifier.Presentation {
		var all []dcql.Candidate
		for _, part := range r.Parts {
			all = append(all, candidates(part)...)
		}
		return all
	}
	if r.Opened == nil {
		return nil
	}
	var c dcql.Candidate
	switch token := r.Opened.Token; {
	case token.Claims():
		c = dcql.FromClaims(r.Opened.Document)
	case token != nil:
		c = dcql.FromDocument(dcql.JWT, r.Opened.Document, jsonld.Embedded())
	default:
		c = dcql.FromDocument(dcql.LDP, r.Opened.Document, jsonld.Embedded())
	}
	c.Part = r.Opened.Selection()
	for _, p := range r.Opened.Proofs {
		c.Authorities = append(c.Authorities, dcql.ChainAuthorities(p.Chain)...)
	}
	return []dcql.Candidate{c}
}

// belongs finds the query that a file answers: the first that it matches, or the
// first of all, which then says why not.
func (t *trial) belongs(found []dcql.Candidate) string {
	for _, c := range t.inquiry.query.Credentials {
		for _, x := range found {
			if _, err := c.Match(x); err == nil {
				return c.ID
			}
		}
	}
	return t.inquiry.query.Credentials[0].ID
}

// tooLow names what falls short of a least result; "" if nothing does.
func (t *trial) tooLow(answers []verifier.Answer) string {
	for _, w := range t.inquiry.Wants {
		if len(w.Grades) == 0 && w.Minimum == "" {
			continue
		}
		for _, a := range answers {
			if !w.Answers(a.Query) {
				continue
			}
			if seen, ok := w.reached(a.Report); !ok {
				return fmt.Sprintf("%s: wanted %s, and it shows %s", w.Label, w.enough(), seen)
			}
		}
	}
	return ""
}

// enough is the least result in words; "" if any will do.
func (w Want) enough() string {
	switch {
	case w.Minimum != "":
		return w.Minimum + " or more"
	case len(w.Grades) > 0:
		return strings.Join(w.Grades, " or ")
	default:
		return ""
	}
}

// reached reports whether every credential of a report shows a result that is
// enough, and lists those that it shows.
func (w Want) reached(r *verifier.Report) (seen string, ok bool) {
	parts := []*verifier.Report{r}
	if r.Subject == verifier.Presentation {
		parts = r.Parts
	}
	for _, part := range parts {
		if part.Badge == nil {
			continue // not proven, so that other rows decide
		}
		var values []string
		enough := false
		for _, result := range part.Badge.Results {
			for _, value := range []string{result.Value, result.Level} {
				if value != "" {
					values = append(values, value)
					enough = enough || w.suffices(value)
				}
			}
		}
		if !enough {
			if len(values) == 0 {
				return "none", false
			}
			return strings.Join(values, ", "), false
		}
	}
	return "", true
}

func (w Want) suffices(value string) bool {
	if w.Minimum == "" {
		return slices.Contains(w.Grades, value)
	}
	least, err := number(w.Minimum)
	if err != nil {
		return false
	}
	got, err := number(value)
	return err == nil && got >= least
}
