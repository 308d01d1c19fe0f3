package issuer

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/status"
)

// soon is how long before something ends a doctor begins to speak of it.
const soon = 7 * 24 * time.Hour

// Severity says how much a remark of the doctor matters.
type Severity string

// The severities. With a Problem, verifiers cannot confirm badges now; with a
// Warning they soon will not, or some of them.
const (
	Fine    Severity = "ok"
	Warning Severity = "warning"
	Problem Severity = "problem"
)

// Remark is one thing that the doctor saw.
type Remark struct {
	Severity Severity `json:"severity"`
	About    string   `json:"about"` // a URL or a DID
	Text     string   `json:"text"`  // what was seen, and if it is not fine, what to do
}

// Doctor looks at what an issuer publishes, as a stranger: through the network,
// with nothing but an address. All fields are required.
type Doctor struct {
	Fetch  did.Fetcher
	Keys   did.Resolver
	Status *status.Source
	Now    func() time.Time
}

// examination is one visit of a Doctor.
type examination struct {
	*Doctor
	ctx     context.Context
	now     time.Time
	address string
	remarks []Remark
}

// Examine fetches the index, the DID document and every list of the issuer at
// an address, and says what is missing, wrong, or ends soon.
func (d *Doctor) Examine(ctx context.Context, address string) []Remark {
	x := &examination{Doctor: d, ctx: ctx, now: d.Now(), address: strings.TrimRight(address, "/")}
	index, ok := x.index()
	x.identity(index.Issuer)
	if ok && len(index.Lists) == 0 {
		x.add(Problem, x.address+"/"+IndexPath, "It names no status list. Publish again: a list of revocations belongs to every issuer.")
	}
	for _, l := range index.Lists {
		x.list(l, index.Issuer)
	}
	return x.remarks
}

func (x *examination) add(s Severity, about, format string, args ...any) {
	x.remarks = append(x.remarks, Remark{s, about, fmt.Sprintf(format, args...)})
}

// index fetches the index of lists. Without one there is still a DID document to
// look at, if the address gives a did:web.
func (x *examination) index() (Index, bool) {
	at := x.address + "/" + IndexPath
	res, err := x.Fetch.Get(x.ctx, fetch.Request{URL: at, Accept: "application/json", MaxBytes: maxIndex})
	if err == nil {
		var index Index
		if index, err = readIndex(res.Body); err == nil {
			return index, true
		}
	}
	x.add(Problem, at, "There is no index of status lists here: %v. Upload what laurel issuer publish wrote, or start laurel issuer serve.", err)
	id, err := webDID(x.address)
	if err != nil {
		id = ""
	}
	return Index{Issuer: id}, false
}

// identity resolves the issuer and looks at its keys.
func (x *examination) identity(id string) {
	if strings.HasPrefix(id, "did:web:") {
		if want, err := webDID(x.address); err == nil && id != want {
			x.add(Warning, id, "The issuer names itself so, and this address is %s.", want)
		}
	}
	doc, err := x.Keys.Resolve(x.ctx, id)
	if err != nil {
		x.add(Problem, id, "Its keys cannot be found, so nobody can check a badge: %v.", err)
		return
	}
	usable := 0
	for _, m := range doc.Methods {
		switch {
		case m.Err != nil:
			x.add(Problem, m.ID, "This key cannot be read: %v.", m.Err)
		case m.ValidAt(x.now) != nil:
			x.add(Fine, m.ID, "This key is no longer used: %v.", m.ValidAt(x.now))
		case m.ValidAt(x.now.Add(soon)) != nil:
			x.add(Warning, m.ID, "This key ends on %s. Make the next one: laurel issuer key rotate.", day(m.Expires))
			usable++
		default:
			usable++
		}
	}
	if usable == 0 {
		x.add(Problem, id, "None of its keys can be used.")
		return
	}
	x.add(Fine, id, "The keys are found: %d that can be used.", usable)
}

// list fetches and opens one list.
func (x *examination) list(l ListIndex, issuer string) {
	seen, err := x.Status.Describe(x.ctx, l.URL, time.Time{})
	if err != nil {
		x.add(Problem, l.URL, "Verifiers cannot use this list, and answer \"not confirmed\": %v.", err)
		return
	}
	if seen.Issuer != issuer {
		x.add(Problem, l.URL, "It was issued by %s, not by %s: verifiers do not believe it.", seen.Issuer, issuer)
	}
	if u, err := url.Parse(l.URL); err == nil && !strings.HasPrefix(l.URL, x.address+"/") {
		x.add(Warning, l.URL, "It lies on %s, not at the address that was asked for.", u.Host)
	}
	switch {
	case seen.Until.IsZero():
		x.add(Warning, l.URL, "It never ends, so an old copy of it passes as good for ever.")
	case seen.Until.Before(x.now.Add(soon)):
		x.add(Warning, l.URL, "It ends on %s, and then no badge in it is confirmed. Publish again before.", day(seen.Until))
	}
	x.add(Fine, l.URL, "Signed on %s, good until %s, kept for %v: %d of %d entries are set (%s).",
		day(seen.Signed), day(seen.Until), seen.TTL, seen.Set, seen.Length, l.Purpose)
	x.mediaType(l.URL)
	x.history(l)
}

// mediaType looks at what a server calls the list: many a verifier reads the
// body as JSON only then.
func (x *examination) mediaType(list string) {
	res, err := x.Fetch.Get(x.ctx, fetch.Request{URL: list, Accept: "application/json", Kind: fetch.StatusList})
	if err != nil {
		return // it was read a moment ago
	}
	kind := strings.ToLower(res.ContentType)
	if !strings.Contains(kind, "json") && !strings.HasPrefix(kind, "application/vc") {
		x.add(Warning, list, "It is served as %q, which some verifiers do not read. Let the server say application/json for .json.", res.ContentType)
	}
}

// history asks for an earlier version in the way that verifiers ask.
func (x *examination) history(l ListIndex) {
	if len(l.Versions) < 2 {
		return
	}
	then := l.Versions[0].At.Add(time.Second)
	if then.After(l.Versions[1].At) || then.After(x.now.Add(-2*time.Minute)) {
		return // too short a time to ask for in whole seconds
	}
	_, err := x.Status.Describe(x.ctx, l.URL, then)
	switch {
	case err == nil:
		x.add(Fine, l.URL, "It answers for the past: %d versions.", len(l.Versions))
	case errors.Is(err, status.ErrVerification):
		x.add(Warning, l.URL, "It does not answer ?timestamp=, so that of what is revoked today nobody can tell whether it "+
			"was good on an earlier day. laurel issuer serve answers; a file server can map it to %s.", l.Versions[0].File)
	default:
		x.add(Warning, l.URL, "Asked for an earlier day it fails: %v.", err)
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "no day"
	}
	return t.UTC().Format("2006-01-02 15:04 MST")
}
