// Package audit looks at what an issuer publishes as a stranger does: through the
// network, with nothing but an address.
//
//	d := &audit.Doctor{Fetch: client, Keys: keys, Status: lists, Now: time.Now}
//	for _, r := range d.Examine(ctx, "https://badges.school.example") {
//		fmt.Println(r.Severity, r.About, r.Text)
//	}
//
// An issuer's own books say what it signed. Whether others can use it depends on
// what really lies on its server: keys that were not uploaded, a list that ended
// last week, a media type that no verifier reads. Each remark says what was seen
// and, if it is not fine, what to do.
package audit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/issuer"
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
	if strings.HasPrefix(index.TokenIssuer, "https://") {
		x.metadata(index.TokenIssuer)
	}
	if ok && len(index.Lists) == 0 {
		x.add(Problem, x.address+"/"+issuer.IndexPath, "It names no status list. Publish again: a list of revocations belongs to every issuer.")
	}
	for _, l := range index.Lists {
		if seen, ok := x.list(l, index.Issuer); l.TokenURL != "" {
			x.tokenList(l, cmp.Or(index.TokenIssuer, index.Issuer), seen, ok)
		}
	}
	return x.remarks
}

func (x *examination) add(s Severity, about, format string, args ...any) {
	x.remarks = append(x.remarks, Remark{s, about, fmt.Sprintf(format, args...)})
}

// index fetches the index of lists. Without one there is still a DID document to
// look at, if the address gives a did:web.
func (x *examination) index() (issuer.Index, bool) {
	at := x.address + "/" + issuer.IndexPath
	res, err := x.Fetch.Get(x.ctx, fetch.Request{URL: at, Accept: "application/json", MaxBytes: maxIndex})
	if err == nil {
		var index issuer.Index
		if index, err = readIndex(res.Body); err == nil {
			return index, true
		}
	}
	remedy := "Upload what laurel issuer publish wrote, or start laurel issuer serve."
	if errors.Is(err, fetch.ErrRefused) {
		remedy = "Nobody else can fetch from there either, unless the name leads them elsewhere; --egress-proxy looks through a proxy of yours."
	}
	x.add(Problem, at, "There is no index of status lists here: %v. %s", err, remedy)
	id, err := did.Web{UnsafeLoopback: true}.Identifier(x.address)
	if err != nil {
		id = ""
	}
	return issuer.Index{Issuer: id}, false
}

// identity resolves the issuer and looks at its keys.
func (x *examination) identity(id string) {
	if strings.HasPrefix(id, "did:web:") {
		want, err := did.Web{UnsafeLoopback: true}.Identifier(x.address)
		if err == nil && id != want {
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

// metadata looks at the keys of an issuer whose badges name its address: a key that
// is in its DID document and not here signs tokens that nobody can check.
func (x *examination) metadata(issuer string) {
	doc, err := did.JWTIssuer{Fetch: x.Fetch}.Resolve(x.ctx, issuer)
	if err != nil {
		x.add(Problem, issuer, "Its keys for tokens cannot be found: %v.", err)
		return
	}
	x.add(Fine, issuer, "The keys for tokens are found: %d.", len(doc.Methods))
}

// list fetches and opens one list.
func (x *examination) list(l issuer.ListIndex, issuer string) (status.Listing, bool) {
	seen, err := x.Status.Describe(x.ctx, l.URL, time.Time{})
	if err != nil {
		x.add(Problem, l.URL, "Verifiers cannot use this list, and answer \"not confirmed\": %v.", err)
		return seen, false
	}
	x.listing(l.URL, issuer, seen)
	x.add(Fine, l.URL, "Signed on %s, good until %s, kept for %v: %d of %d entries are set (%s).",
		day(seen.Signed), day(seen.Until), seen.TTL, seen.Set, seen.Length, l.Purpose)
	x.mediaType(l.URL)
	if then, file, ok := x.past(l); ok {
		_, err := x.Status.Describe(x.ctx, l.URL, then)
		x.history(l.URL, "timestamp", file, err)
	}
	return seen, true
}

// tokenList fetches and opens the same list in its form for tokens, and compares it
// with what was seen of the other.
func (x *examination) tokenList(l issuer.ListIndex, issuer string, other status.Listing, compare bool) {
	seen, err := x.Status.DescribeToken(x.ctx, l.TokenURL, issuer, time.Time{})
	if err != nil {
		x.add(Problem, l.TokenURL, "Verifiers of tokens cannot use this list, and answer \"not confirmed\": %v.", err)
		return
	}
	x.listing(l.TokenURL, issuer, seen)
	if compare && seen.Set != other.Set {
		x.add(Problem, l.TokenURL, "It has %d entries set, and %s has %d: upload both again.", seen.Set, l.URL, other.Set)
	}
	x.add(Fine, l.TokenURL, "Signed on %s, good until %s, kept for %v: %d of %d entries of %d bits are set.",
		day(seen.Signed), day(seen.Until), seen.TTL, seen.Set, seen.Length, seen.Bits)
	if res, err := x.Fetch.Get(x.ctx, fetch.Request{URL: l.TokenURL, Accept: tokenListType, Kind: fetch.StatusList}); err == nil &&
		!strings.HasPrefix(strings.ToLower(res.ContentType), tokenListType) {
		x.add(Warning, l.TokenURL, "It is served as %q, which some verifiers do not read. Let the server say %s for .jwt below status/.", res.ContentType, tokenListType)
	}
	if then, file, ok := x.past(l); ok {
		_, err := x.Status.DescribeToken(x.ctx, l.TokenURL, issuer, then)
		x.history(l.TokenURL, "time", strings.TrimSuffix(file, ".json")+".jwt", err)
	}
}

// tokenListType is the media type of a list for tokens (Token Status List, section
// 14.7: "application/statuslist+jwt").
const tokenListType = "application/" + status.TokenType

// listing says what is wrong with a list of either form.
func (x *examination) listing(at, issuer string, seen status.Listing) {
	if seen.Issuer != issuer {
		x.add(Problem, at, "It was issued by %s, not by %s: verifiers do not believe it.", seen.Issuer, issuer)
	}
	if u, err := url.Parse(at); err == nil && !strings.HasPrefix(at, x.address+"/") {
		x.add(Warning, at, "It lies on %s, not at the address that was asked for.", u.Host)
	}
	switch {
	case seen.Until.IsZero():
		x.add(Warning, at, "It never ends, so an old copy of it passes as good for ever.")
	case seen.Until.Before(x.now.Add(soon)):
		x.add(Warning, at, "It ends on %s, and then no badge in it is confirmed. Publish again before.", day(seen.Until))
	}
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

// apart is how long an earlier version of a list must have been the current one, so
// that a verifier, whose clock may differ by a minute, does not take the next for it.
const apart = 2 * time.Minute

// past is a time at which an earlier version of a list was the current one, and the
// file with that version.
func (x *examination) past(l issuer.ListIndex) (then time.Time, file string, ok bool) {
	for n := len(l.Versions) - 2; n >= 0; n-- {
		then := l.Versions[n].At.Add(time.Second)
		if l.Versions[n+1].At.Sub(then) >= apart && !then.After(x.now.Add(-apart)) {
			return then, l.Versions[n].File, true
		}
	}
	return time.Time{}, "", false
}

// history says how a list answered when it was asked for an earlier version in the
// way that verifiers ask.
func (x *examination) history(at, parameter, file string, err error) {
	switch {
	case err == nil:
		x.add(Fine, at, "It answers for the past.")
	case errors.Is(err, status.ErrVerification):
		x.add(Warning, at, "It does not answer ?%s=, so that of what is revoked today nobody can tell whether it "+
			"was good on an earlier day. laurel issuer serve answers; a file server can map it to %s.", parameter, file)
	default:
		x.add(Warning, at, "Asked for an earlier day it fails: %v.", err)
	}
}

func day(t time.Time) string {
	if t.IsZero() {
		return "no day"
	}
	return t.UTC().Format("2006-01-02 15:04 MST")
}

// maxIndex bounds an index: ten thousand versions take one megabyte.
const maxIndex = 4 << 20

// readIndex reads an index that a stranger may have written.
func readIndex(text []byte) (issuer.Index, error) {
	doc, err := strictjson.ParseWithin(text, strictjson.Limits{Bytes: maxIndex, Depth: 8, Nodes: 200_000})
	if err != nil {
		return issuer.Index{}, err
	}
	if got := doc.Get("type").Str(); got != issuer.IndexType {
		return issuer.Index{}, fmt.Errorf("its type is %q, not %q", got, issuer.IndexType)
	}
	index := issuer.Index{Type: issuer.IndexType, Issuer: doc.Get("issuer").Str(), TokenIssuer: doc.Get("tokenIssuer").Str()}
	for _, l := range doc.Get("lists").Elems() {
		entry := issuer.ListIndex{ID: l.Get("id").Str(), URL: l.Get("url").Str(), TokenURL: l.Get("tokenUrl").Str(), Purpose: status.Purpose(l.Get("statusPurpose").Str())}
		for _, v := range l.Get("versions").Elems() {
			at, err := time.Parse(time.RFC3339Nano, v.Get("at").Str())
			if err != nil {
				return issuer.Index{}, err
			}
			entry.Versions = append(entry.Versions, issuer.VersionIndex{At: at, File: v.Get("file").Str()})
		}
		slices.SortFunc(entry.Versions, func(a, b issuer.VersionIndex) int { return a.At.Compare(b.At) })
		index.Lists = append(index.Lists, entry)
	}
	return index, nil
}
