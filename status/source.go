package status

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"golang.org/x/sync/singleflight"

	"laurel/credential"
	"laurel/did"
	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/proof"
)

const (
	// defaultMaxAge is how old the knowledge of a list may be at the judged
	// time. A day is what people mean by "still valid" when they look at a
	// badge that was saved for a trip without network.
	defaultMaxAge = 24 * time.Hour
	// defaultLeeway is how far clocks may differ.
	defaultLeeway = time.Minute
	// loadTimeout bounds one fetch with everything that verifying it fetches.
	loadTimeout = 10 * time.Second
	// maxResponse bounds the credential around a list: 1 MiB packed grows by a
	// third in base64url, and the rest is proof and names.
	maxResponse = 2 << 20
)

var (
	// ErrRevoked says that the issuer has revoked the credential.
	ErrRevoked = errors.New("revoked by its issuer")
	// ErrSuspended says that the issuer has put the credential on hold.
	ErrSuspended = errors.New("suspended by its issuer")
	// ErrRetrieval says that no list could be had that speaks for the judged
	// time: unreachable, not a credential at all, or too old.
	ErrRetrieval = errors.New("the status list could not be had")
	// ErrOtherTime comes with ErrRetrieval or ErrVerification when a list was had
	// that is in order, but speaks for another time than the judged one.
	ErrOtherTime = errors.New("there is one for another time")
)

// Outcome is what a check found.
type Outcome uint8

// The outcomes. The zero Outcome is Unknown, so that a Result that nobody
// filled in never reads as good news.
const (
	Unknown Outcome = iota // could not be told; Err wraps any error but the three below
	Clear                  // neither revoked nor suspended; Err is nil
	Set                    // Err wraps ErrRevoked or ErrSuspended
	Invalid                // the entry is no place in its list; Err wraps ErrRange
)

// Source answers for status entries. Fetch, Keys and Suites are required; the
// zero value of every other field is the strictest or the usual one. It keeps
// verified lists and is safe for concurrent use; it must not be copied.
type Source struct {
	Fetch  did.Fetcher  // gets the signed lists
	Keys   did.Resolver // finds the keys that signed them
	Suites proof.Suites // accepted securing mechanisms

	// Vouched tells whether one issuer may publish the list for credentials of
	// another. If nil, a list counts only from the credential's own issuer.
	Vouched func(listIssuer, credentialIssuer string) bool
	// MaxAge is how long before the judged time a list may have been current.
	// If zero, 24 hours.
	MaxAge time.Duration
	// Leeway is how far clocks may differ. If zero, one minute.
	Leeway time.Duration
	// Now is the clock. If nil, time.Now.
	Now func() time.Time

	flights singleflight.Group
	kept    cache
}

// Query asks about one entry of a credential that has been verified.
type Query struct {
	Entry  strictjson.Value // one credentialStatus object
	Issuer string           // the credential's issuer
	At     time.Time        // the time to judge for; zero is now
}

// Result is the answer to a Query.
type Result struct {
	Outcome Outcome
	Err     error // nil if and only if Outcome is Clear

	Entry Entry    // what was asked about; zero if it could not be read
	List  Evidence // what was looked at; zero if no list was believed
}

// Evidence says what a Result rests on.
type Evidence struct {
	URL     string
	Issuer  string    // who signed the list
	Source  string    // "network", "cache", "bundle" … as fetch.Resource has it
	Fetched time.Time // when the list left its server
	SHA256  string    // of the signed list, hexadecimal

	// AsOf is the time for which the list speaks: when it was fetched, or,
	// where only its signature tells, when it was signed; of an archived list,
	// the time that was asked for.
	AsOf     time.Time
	Signed   time.Time // by its proof, or else its validFrom
	Until    time.Time // zero: no end of validity
	Archived bool      // the issuer's answer for a time in the past
}

// Check answers for one entry. It fetches the list if it has to, and never
// reports Clear unless a list that was verified, is of this entry's purpose and
// comes from the credential's issuer says so for the time asked about.
func (s *Source) Check(ctx context.Context, q Query) Result {
	read := ReadEntry
	if isTokenEntry(q.Entry) {
		read = ReadTokenEntry
	}
	entry, err := read(q.Entry)
	if err != nil {
		return refused(Result{}, err)
	}
	now := s.now()
	if q.At.IsZero() {
		q.At = now
	}
	r := Result{Entry: entry}
	var archiveErr error
	if q.At.Before(now.Add(-s.leeway())) {
		v, err := s.find(ctx, entry, q, true)
		if err == nil {
			return s.judge(r, v, q)
		}
		archiveErr = err
	}
	v, err := s.find(ctx, entry, q, false)
	if err != nil {
		return refused(r, err)
	}
	r = s.judge(r, v, q)
	if r.Outcome == Unknown && archiveErr != nil {
		r.Err = fmt.Errorf("%w (asked for the list of that time: %v)", r.Err, archiveErr)
	}
	return r
}

// find gets the list of an entry as it was at the judged time, or as it is.
func (s *Source) find(ctx context.Context, e Entry, q Query, archived bool) (*verified, error) {
	switch {
	case e.Purpose == TokenStatus:
		req, err := s.tokenRequest(q, e.ListURL, archived)
		if err != nil {
			return nil, err
		}
		return s.load(ctx, req)
	case archived:
		return s.archived(ctx, e.ListURL, q.At)
	default:
		return s.list(ctx, e.ListURL, q.At)
	}
}

// refused gives the result of an error: Invalid for a bad index, else Unknown.
func refused(r Result, err error) Result {
	r.Outcome, r.Err = Unknown, err
	if errors.Is(err, ErrRange) {
		r.Outcome = Invalid
	}
	return r
}

// judge reads the entry's bit in a verified list and says what it means at the
// judged time ("Validate Algorithm", Bitstring Status List 1.0, section 3.2).
func (s *Source) judge(r Result, v *verified, q Query) Result {
	if v.token != nil {
		return s.judgeToken(r, v, q)
	}
	if err := s.belongs(v, r.Entry, q.Issuer); err != nil {
		return refused(r, err)
	}
	r.List = v.Evidence
	// "If the credentialIndex multiplied by the size is a value outside of the
	// range of the bitstring, raise a RANGE_ERROR."
	set, err := v.list.Get(r.Entry.Index)
	if err != nil {
		return refused(r, err)
	}
	// What is not revoked now was not revoked then; anything else may have been
	// different at the time.
	if err := s.inTime(v, q, !set && r.Entry.Purpose == Revocation); err != nil {
		return refused(r, err)
	}
	switch {
	case !set:
		r.Outcome, r.Err = Clear, nil
	case r.Entry.Purpose == Suspension:
		r.Outcome, r.Err = Set, ErrSuspended
	default:
		r.Outcome, r.Err = Set, ErrRevoked
	}
	return r
}

// inTime reports whether a list speaks for the judged time. A later one does if what
// it says cannot have changed since.
func (s *Source) inTime(v *verified, q Query, lasting bool) error {
	switch {
	case !v.Archived && q.At.Before(v.AsOf.Add(-s.leeway())):
		if !lasting {
			return fmt.Errorf("%w: %w: that of %s was not kept, and today's cannot tell",
				ErrRetrieval, ErrOtherTime, q.At.UTC().Format(time.RFC3339))
		}
	case q.At.After(v.AsOf.Add(s.maxAge())):
		return fmt.Errorf("%w: %w: the one at hand speaks for %s, more than %v before",
			ErrRetrieval, ErrOtherTime, v.AsOf.UTC().Format(time.RFC3339), s.maxAge())
	case !v.Until.IsZero() && q.At.After(v.Until):
		return fmt.Errorf("%w: it was valid until %s", ErrVerification, v.Until.UTC().Format(time.RFC3339))
	}
	return nil
}

// spokenBy reports whether a verified list comes from somebody who may speak about
// credentials of the issuer.
func (s *Source) spokenBy(v *verified, issuer string) error {
	if v.Issuer != issuer && (s.Vouched == nil || !s.Vouched(v.Issuer, issuer)) {
		return fmt.Errorf("%w: it was issued by %s, the credential by %s", ErrVerification, strictjson.Clip(v.Issuer), strictjson.Clip(issuer))
	}
	return nil
}

// belongs reports whether a verified list is the one that the entry means and
// comes from somebody who may speak about the credential.
func (s *Source) belongs(v *verified, e Entry, issuer string) error {
	if err := s.spokenBy(v, issuer); err != nil {
		return err
	}
	// "If the status purpose is not equal to statusPurpose of the
	// credentialStatus entry, raise a STATUS_VERIFICATION_ERROR."
	if !contains(v.purposes, string(e.Purpose)) {
		return fmt.Errorf("%w: it is for %s, the entry for %s", ErrVerification, shown(v.purposes), e.Purpose)
	}
	return nil
}

// list returns the list at the URL as it is now, from memory while its ttl
// lasts.
func (s *Source) list(ctx context.Context, listURL string, at time.Time) (*verified, error) {
	return s.load(ctx, request{url: listURL, id: listURL, at: at})
}

// archived asks for the list as it was at a time: "the name of the query
// parameter MUST be timestamp and the value MUST be a valid URL-encoded
// [XMLSCHEMA11-2] dateTimeStamp string value" (section 3.2). A server that does
// not know the parameter sends today's list; that one was signed later, so that
// opening it as of then fails.
func (s *Source) archived(ctx context.Context, listURL string, at time.Time) (*verified, error) {
	u, err := url.Parse(listURL)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrRetrieval, err)
	}
	query := u.Query()
	query.Set("timestamp", at.UTC().Format(time.RFC3339))
	u.RawQuery = query.Encode()
	return s.load(ctx, request{url: u.String(), id: listURL, at: at, archived: true})
}

// request is one list to load.
type request struct {
	url      string    // where
	id       string    // what the credential calls the list
	at       time.Time // the time to judge for
	archived bool
	token    bool   // a Token Status List
	issuer   string // of the credential that asks for it; token lists need not name theirs
}

// key is what a list is kept under: a token list that does not say whose it is has
// been verified for one issuer alone.
func (r request) key() string {
	if !r.token {
		return r.url
	}
	return "token " + r.issuer + " " + r.url
}

// fault is a panic on its way from a flight to those who wait for it. In the flight,
// where nobody could catch it, it would end the process.
type fault struct{ value any }

// load gives a verified list from memory, or fetches and verifies it, once for
// all who ask at the same time.
func (s *Source) load(ctx context.Context, req request) (*verified, error) {
	now := s.now()
	if v := s.kept.get(req.key(), now, req.at); v != nil {
		return v, nil
	}
	// The flight belongs to everybody who waits for it, so the first one to
	// give up must not end it.
	done := s.flights.DoChan(req.key(), func() (found any, err error) {
		defer func() {
			if p := recover(); p != nil {
				found, err = fault{p}, nil
			}
		}()
		if v := s.kept.get(req.key(), now, req.at); v != nil {
			return v, nil // another flight has landed since
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		v, err := s.fetchList(ctx, req)
		if err == nil {
			s.kept.put(req.key(), v, now)
		}
		return v, err
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("%w: %w", ErrRetrieval, ctx.Err())
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		if f, ok := r.Val.(fault); ok {
			panic(f.value)
		}
		if v := r.Val.(*verified); v.holdsFor(req.at) {
			return v, nil
		}
		return s.fetchList(ctx, req) // the flight was for a much earlier time
	}
}

// verified is a list whose credential has been opened and read.
type verified struct {
	Evidence
	list     *List
	purposes strictjson.Value
	token    *TokenList // in place of list and purposes, for a Token Status List
	ttl      time.Duration
	opened   time.Time // the time that its proof was judged for
	expires  time.Time // until when it may be used again
}

// holdsFor reports whether the list was opened for a time near enough to at:
// what held then may have been revoked or have expired since.
func (v *verified) holdsFor(at time.Time) bool {
	return !at.After(v.opened.Add(max(v.ttl, time.Second)))
}

// fetchList gets and verifies one list.
func (s *Source) fetchList(ctx context.Context, req request) (*verified, error) {
	accept := "application/vc, application/json;q=0.9, */*;q=0.1"
	if req.token {
		accept = "application/" + TokenType
	}
	res, err := s.Fetch.Get(ctx, fetch.Request{
		URL:      req.url,
		Accept:   accept,
		Kind:     fetch.StatusList,
		MaxBytes: maxResponse,
		// A copy in a bundle comes first if it speaks for the judged time.
		MaxAge: s.maxAge() + max(0, s.now().Sub(req.at)),
	})
	if err != nil {
		if errors.Is(err, fetch.ErrTooLarge) {
			return nil, fmt.Errorf("%w: %w", ErrLimit, err)
		}
		return nil, fmt.Errorf("%w: %w", ErrRetrieval, err)
	}
	// A list is judged for the time for which it was current or for the time
	// asked about, whichever is later: a list that has expired since, or whose
	// key was revoked since, does not count.
	at := req.at
	if !req.archived && res.Fetched.After(at) {
		at = res.Fetched
	}
	if req.token {
		return s.openToken(ctx, res, req, at)
	}
	opened, err := proof.Open(ctx, res.Body, proof.Options{Keys: s.Keys, Suites: s.Suites, At: at, Leeway: s.leeway()})
	if err != nil {
		return nil, s.ahead(unopened(err), at)
	}
	return s.read(opened, res, req, at)
}

// ahead tells a list that is over by the judged time, which is yet to come, from
// one that is over now: it is in order, and speaks for another time.
func (s *Source) ahead(err error, at time.Time) error {
	if errors.Is(err, proof.ErrCredentialExpired) && at.After(s.now().Add(s.leeway())) {
		return fmt.Errorf("%w: %w", ErrOtherTime, err)
	}
	return err
}

// unopened says why a list could not be opened.
func unopened(err error) error {
	switch {
	case errors.Is(err, strictjson.ErrMalformed):
		return fmt.Errorf("%w: the answer is no credential: %w", ErrRetrieval, err)
	case errors.Is(err, strictjson.ErrLimit):
		return fmt.Errorf("%w: %w", ErrLimit, err)
	default:
		return fmt.Errorf("%w: %w", ErrVerification, err)
	}
}

// read takes the list out of the opened credential.
func (s *Source) read(opened *proof.Opened, res *fetch.Resource, req request, at time.Time) (*verified, error) {
	doc := opened.Document
	if opened.Presentation {
		return nil, fmt.Errorf("%w: it is a presentation", ErrVerification)
	}
	direct := res.Source == fetch.Network || res.Source == fetch.Cache
	// "id … MAY": over https the address vouches for which list this is. A
	// file that somebody brought must say so itself.
	if id := doc.Get("id"); id.Exists() && id.Str() != req.id || !id.Exists() && !direct {
		return nil, fmt.Errorf("%w: it calls itself %s, and %s was asked for", ErrVerification, shown(id), strictjson.Clip(req.id))
	}
	content, err := readSubject(doc)
	if err != nil {
		return nil, err
	}
	from, until, err := credential.Validity(doc)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrVerification, err)
	}
	issuer, _ := credential.Issuer(doc)
	v := &verified{
		Evidence: Evidence{
			URL: req.url, Issuer: issuer, Source: res.Source, Fetched: res.Fetched, SHA256: res.SHA256,
			Signed: signed(opened, from), Until: until, Archived: req.archived,
		},
		list: content.list, purposes: content.purposes, ttl: content.ttl, opened: at,
	}
	s.date(v, req, res)
	return v, nil
}

// date says for which time a list speaks, and how long it may be kept.
func (s *Source) date(v *verified, req request, res *fetch.Resource) {
	v.AsOf = s.speaksFor(v, req)
	v.expires = res.Fetched.Add(min(v.ttl, s.maxAge()))
	if res.Source != fetch.Network && res.Source != fetch.Cache {
		v.expires = s.now().Add(v.ttl)
	}
}

// speaksFor is the time for which a list is believed to be the current one.
func (s *Source) speaksFor(v *verified, req request) time.Time {
	switch {
	case req.archived:
		return req.at
	case v.Source == fetch.HolderBundled:
		// When its holder fetched it is only the holder's word.
		return v.Signed
	default:
		return v.Fetched
	}
}

// signed is when the list was signed: the latest that a proof says, or else
// the beginning of its validity.
func signed(opened *proof.Opened, from time.Time) time.Time {
	at := time.Time{}
	for _, p := range opened.Proofs {
		if p.Created.After(at) {
			at = p.Created
		}
	}
	if at.IsZero() {
		return from
	}
	return at
}

func (s *Source) now() time.Time {
	if s.Now == nil {
		return time.Now()
	}
	return s.Now()
}

func (s *Source) maxAge() time.Duration {
	if s.MaxAge == 0 {
		return defaultMaxAge
	}
	return s.MaxAge
}

func (s *Source) leeway() time.Duration {
	if s.Leeway == 0 {
		return defaultLeeway
	}
	return s.Leeway
}

// Listing is what a verified list says of itself.
type Listing struct {
	Evidence
	Purposes []Purpose     // of a Token Status List none: its values tell
	Bits     int           // of an entry
	Length   int           // entries
	Set      int           // how many of them are set
	TTL      time.Duration // how long it may be kept
}

// Describe fetches and verifies a list by itself, without a credential that
// names it: for whoever publishes one and wants to see it with a stranger's
// eyes. A zero time asks for the list as it is, another one for the list as it
// was then. Errors are those of a Result.
func (s *Source) Describe(ctx context.Context, listURL string, at time.Time) (Listing, error) {
	load := s.archived
	if at.IsZero() {
		load, at = s.list, s.now()
	}
	v, err := load(ctx, listURL, at)
	if err != nil {
		return Listing{}, err
	}
	l := Listing{Evidence: v.Evidence, Bits: 1, Length: v.list.Len(), Set: v.list.Count(), TTL: v.ttl}
	for _, p := range v.purposes.List() {
		l.Purposes = append(l.Purposes, Purpose(p.Str()))
	}
	return l, nil
}
