package status_test

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
)

const listURL = "https://school.example/status/1"

var (
	school   = testissuer.New("school")
	stranger = testissuer.New("stranger")
	now      = testissuer.Now
)

// site is a network with some documents on it. Times are those of the clock.
type site struct {
	mu     sync.Mutex
	bodies map[string][]byte // by URL
	errs   map[string]error
	source string // "" is the network
	at     time.Time
	delay  time.Duration
	asked  []string
}

func (s *site) Get(_ context.Context, r fetch.Request) (*fetch.Resource, error) {
	time.Sleep(s.delay)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.URL)
	if err := s.errs[r.URL]; err != nil {
		return nil, err
	}
	body, ok := s.bodies[r.URL]
	if !ok {
		return nil, &fetch.StatusError{URL: r.URL, Code: 404}
	}
	source := s.source
	if source == "" {
		source = fetch.Network
	}
	return &fetch.Resource{URL: r.URL, Body: body, Fetched: s.at, Source: source, SHA256: "hash"}, nil
}

// published is a signed list with the given entries set.
type published struct {
	by      *testissuer.Party
	purpose status.Purpose
	set     []int
	from    time.Time
	until   time.Time
	change  func(strictjson.Value) strictjson.Value // before signing
}

func (p published) sign(t testing.TB) []byte {
	t.Helper()
	list, err := status.NewList(status.MinLength)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range p.set {
		if err := list.Set(i, true); err != nil {
			t.Fatal(err)
		}
	}
	if p.by == nil {
		p.by = school
	}
	if p.purpose == "" {
		p.purpose = status.Revocation
	}
	if p.from.IsZero() {
		p.from = now.Add(-time.Hour)
	}
	doc := status.Document(status.Draft{URL: listURL, Issuer: p.by.ID, Purpose: p.purpose, List: list, ValidFrom: p.from, ValidUntil: p.until})
	if p.change != nil {
		doc = p.change(doc)
	}
	return p.by.SignWith(t, doc, proof.SignOptions{Created: p.from}).JSON()
}

// at makes a Source that sees one list, and the site it comes from.
func at(t testing.TB, clock time.Time, body []byte) (*status.Source, *site) {
	t.Helper()
	s := &site{bodies: map[string][]byte{listURL: body}, errs: map[string]error{}, at: clock}
	return &status.Source{Fetch: s, Keys: testissuer.Keys(), Suites: testissuer.Suites(), Now: func() time.Time { return clock }}, s
}

func entry(index int) strictjson.Value {
	return status.Entry{Purpose: status.Revocation, Index: index, ListURL: listURL}.Value()
}

// ask is a query about an entry of one of the school's badges, now.
func ask(index int) status.Query { return status.Query{Entry: entry(index), Issuer: school.ID} }

func TestCheck(t *testing.T) {
	suspended := status.Entry{Purpose: status.Suspension, Index: 7, ListURL: listURL}.Value()
	tests := []struct {
		name  string
		list  published
		query status.Query
		want  status.Outcome
		err   error
	}{
		{"not set", published{set: []int{6, 8}}, ask(7), status.Clear, nil},
		{"revoked", published{set: []int{7}}, ask(7), status.Set, status.ErrRevoked},
		{"first", published{set: []int{0}}, ask(0), status.Set, status.ErrRevoked},
		{"last", published{set: []int{status.MinLength - 1}}, ask(status.MinLength - 1), status.Set, status.ErrRevoked},
		{"suspended", published{purpose: status.Suspension, set: []int{7}}, status.Query{Entry: suspended, Issuer: school.ID}, status.Set, status.ErrSuspended},
		{"not suspended", published{purpose: status.Suspension}, status.Query{Entry: suspended, Issuer: school.ID}, status.Clear, nil},
		{"behind the end", published{}, ask(status.MinLength), status.Invalid, status.ErrRange},
		{"index 7e0", published{}, status.Query{Entry: entry(7).With("statusListIndex", strictjson.String("7e0")), Issuer: school.ID}, status.Invalid, status.ErrRange},
		{"index 7.5", published{}, status.Query{Entry: entry(7).With("statusListIndex", strictjson.String("7.5")), Issuer: school.ID}, status.Invalid, status.ErrRange},
		{"index -1", published{}, status.Query{Entry: entry(7).With("statusListIndex", strictjson.String("-1")), Issuer: school.ID}, status.Invalid, status.ErrRange},
		{"no index", published{}, status.Query{Entry: entry(7).Without("statusListIndex"), Issuer: school.ID}, status.Invalid, status.ErrRange},
		{"unknown type", published{}, status.Query{Entry: entry(7).With("type", strictjson.String("TokenStatus")), Issuer: school.ID}, status.Unknown, status.ErrType},
		{"unknown purpose", published{}, status.Query{Entry: entry(7).With("statusPurpose", strictjson.String("message")), Issuer: school.ID}, status.Unknown, status.ErrType},
		{"no object", published{}, status.Query{Entry: strictjson.String(listURL), Issuer: school.ID}, status.Unknown, status.ErrType},
		{"list of another purpose", published{purpose: status.Suspension, set: []int{7}}, ask(7), status.Unknown, status.ErrVerification},
		{"list of both purposes", published{set: []int{7}, change: func(v strictjson.Value) strictjson.Value {
			return testissuer.Set(v, "credentialSubject/statusPurpose", strictjson.Strings("suspension", "revocation"))
		}}, ask(7), status.Set, status.ErrRevoked},
		{"list by a stranger", published{by: stranger}, ask(7), status.Unknown, status.ErrVerification},
		{"list that names the issuer, signed by a stranger", published{by: stranger, change: func(v strictjson.Value) strictjson.Value {
			return v.With("issuer", strictjson.String(school.ID))
		}}, ask(7), status.Unknown, status.ErrVerification},
		{"list of another address", published{change: func(v strictjson.Value) strictjson.Value {
			return v.With("id", strictjson.String("https://school.example/status/2"))
		}}, ask(7), status.Unknown, status.ErrVerification},
		{"list without an id", published{change: func(v strictjson.Value) strictjson.Value { return v.Without("id") }}, ask(7), status.Clear, nil},
		{"expired list", published{from: now.AddDate(0, 0, -2), until: now.AddDate(0, 0, -1)}, ask(7), status.Unknown, status.ErrVerification},
		{"list that is not valid yet", published{from: now.Add(time.Hour)}, ask(7), status.Unknown, status.ErrVerification},
		{"list of a clock that is ahead", published{from: now.Add(30 * time.Second)}, ask(7), status.Clear, nil},
		{"no list type", published{change: func(v strictjson.Value) strictjson.Value {
			return v.With("type", strictjson.Strings("VerifiableCredential"))
		}}, ask(7), status.Unknown, status.ErrVerification},
		{"short list", published{change: encoded(status.Packed(make([]byte, 1024)))}, ask(7), status.Unknown, status.ErrLength},
		{"bomb", published{change: encoded(status.Packed(make([]byte, 9<<20)))}, ask(7), status.Unknown, status.ErrLimit},
		{"broken list", published{change: encoded("uH4sIAAAA")}, ask(7), status.Unknown, status.ErrEncoding},
		{"padded list", published{change: encoded(status.Packed(make([]byte, status.MinLength/8)) + "=")}, ask(7), status.Unknown, status.ErrEncoding},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, _ := at(t, now, tt.list.sign(t))
			got := src.Check(t.Context(), tt.query)
			if got.Outcome != tt.want || !errors.Is(got.Err, tt.err) || (got.Err == nil) != (tt.want == status.Clear) {
				t.Errorf("Check = %v, %v, want %v, %v", got.Outcome, got.Err, tt.want, tt.err)
			}
		})
	}
}

func encoded(text string) func(strictjson.Value) strictjson.Value {
	return func(v strictjson.Value) strictjson.Value {
		return testissuer.Set(v, "credentialSubject/encodedList", strictjson.String(text))
	}
}

func TestCheckWithoutAList(t *testing.T) {
	good := string(published{}.sign(t))
	tests := []struct {
		name string
		body string
		err  error // of the fetch
		want error
	}{
		{"unreachable", "", fetch.ErrUnreachable, status.ErrRetrieval},
		{"refused address", "", fetch.ErrRefused, status.ErrRetrieval},
		{"gone", "", &fetch.StatusError{URL: listURL, Code: 410}, status.ErrRetrieval},
		{"too large", "", fetch.ErrTooLarge, status.ErrLimit},
		{"offline", "", fetch.ErrOffline, status.ErrRetrieval},
		{"empty", "", nil, status.ErrRetrieval},
		{"a page", "<!doctype html><title>Login</title>", nil, status.ErrRetrieval},
		{"cut off", good[:len(good)/2], nil, status.ErrRetrieval},
		{"another JSON", "[]", nil, status.ErrVerification},
		{"unsigned", string(testissuer.Parse(good).Without("proof").JSON()), nil, status.ErrVerification},
		{"a bit changed", strings.Replace(good, `"encodedList":"uH4s`, `"encodedList":"uH4t`, 1), nil, status.ErrVerification},
		{"another purpose after signing", strings.Replace(good, `"revocation"`, `"suspension"`, 1), nil, status.ErrVerification},
		{"a member twice", strings.Replace(good, `"issuer":`, `"issuer":"did:key:z6Mk","issuer":`, 1), nil, status.ErrVerification},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, site := at(t, now, []byte(tt.body))
			if tt.err != nil {
				site.errs[listURL] = tt.err
			}
			got := src.Check(t.Context(), ask(7))
			if got.Outcome != status.Unknown || !errors.Is(got.Err, tt.want) {
				t.Errorf("Check = %v, %v, want unknown, %v", got.Outcome, got.Err, tt.want)
			}
			if tt.err != nil && !errors.Is(got.Err, tt.err) {
				t.Errorf("the cause %v is lost: %v", tt.err, got.Err)
			}
			if got.List != (status.Evidence{}) {
				t.Errorf("a list that was not believed is evidence: %+v", got.List)
			}
		})
	}
}

func TestLargeLists(t *testing.T) {
	list := status.Sparse(t, 10_000_000)
	for i := 0; i < list.Len(); i += 13 {
		if err := list.Set(i, true); err != nil {
			t.Fatal(err)
		}
	}
	src, _ := at(t, now, published{change: encoded(list.Encode())}.sign(t))
	if got := src.Check(t.Context(), ask(9_999_996-9_999_996%13)); got.Outcome != status.Set {
		t.Errorf("Check in a list of ten million = %v, %v", got.Outcome, got.Err)
	}
}

func TestVouched(t *testing.T) {
	src, _ := at(t, now, published{by: stranger, set: []int{7}}.sign(t))
	src.Vouched = func(list, credential string) bool { return list == stranger.ID && credential == school.ID }
	if got := src.Check(t.Context(), ask(7)); got.Outcome != status.Set || got.List.Issuer != stranger.ID {
		t.Errorf("a list that the operator vouches for: %v, %v", got.Outcome, got.Err)
	}
}

func TestEvidence(t *testing.T) {
	src, _ := at(t, now, published{until: now.Add(time.Hour)}.sign(t))
	want := status.Evidence{
		URL: listURL, Issuer: school.ID, Source: "network", Fetched: now, SHA256: "hash",
		AsOf: now, Signed: now.Add(-time.Hour), Until: now.Add(time.Hour),
	}
	if got := src.Check(t.Context(), ask(7)); got.List != want {
		t.Errorf("evidence = %+v\nwant %+v", got.List, want)
	}
}

// withTimestamp is the address of a list as it was.
func withTimestamp(t time.Time) string {
	return listURL + "?timestamp=" + url.QueryEscape(t.UTC().Format(time.RFC3339))
}

func TestDescribe(t *testing.T) {
	src, site := at(t, now, published{set: []int{7, 9}, until: now.Add(time.Hour)}.sign(t))
	site.bodies[withTimestamp(now.Add(-time.Hour))] = published{from: now.Add(-2 * time.Hour)}.sign(t)
	l, err := src.Describe(t.Context(), listURL, time.Time{})
	if err != nil || l.Set != 2 || l.Length != status.MinLength || l.TTL != 5*time.Minute || l.Archived ||
		len(l.Purposes) != 1 || l.Purposes[0] != status.Revocation || l.Issuer != school.ID || !l.Until.Equal(now.Add(time.Hour)) {
		t.Errorf("Describe = %+v, %v", l, err)
	}
	if l, err = src.Describe(t.Context(), listURL, now.Add(-time.Hour)); err != nil || l.Set != 0 || !l.Archived {
		t.Errorf("Describe an hour ago = %+v, %v", l, err)
	}
}

func TestAsOfATime(t *testing.T) {
	day := 24 * time.Hour
	past := now.Add(-10 * day)
	today := published{set: []int{7}, from: now.Add(-day)}
	todayClear := published{from: now.Add(-day)}
	then := published{set: []int{8}, from: past.Add(-day), until: past.Add(day)}
	unchanged := published{set: []int{7}, from: past.Add(-5 * day)} // not published again since
	onHold := status.Entry{Purpose: status.Suspension, Index: 7, ListURL: listURL}.Value()
	tests := []struct {
		name     string
		current  published
		archived *published // nil: the server knows no timestamp and sends the current one
		entry    strictjson.Value
		at       time.Time
		want     status.Outcome
		archive  bool
	}{
		{"archived list: revoked later", today, &then, entry(7), past, status.Clear, true},
		{"archived list: revoked then", todayClear, &then, entry(8), past, status.Set, true},
		{"no archive, clear today", todayClear, nil, entry(7), past, status.Clear, false},
		{"no archive, revoked today", today, nil, entry(7), past, status.Unknown, false},
		{"no archive, suspension clear today", published{purpose: status.Suspension, from: now.Add(-day)}, nil, onHold, past, status.Unknown, false},
		{"no archive, suspended today", published{purpose: status.Suspension, set: []int{7}, from: now.Add(-day)}, nil, onHold, past, status.Unknown, false},
		{"the list of then is still the current one", unchanged, &unchanged, entry(7), past, status.Set, true},
		{"archived list had expired then", today, &published{from: past.Add(-5 * day), until: past.Add(-day)}, entry(7), past, status.Unknown, false},
		{"archived list of a stranger", todayClear, &published{by: stranger, from: past.Add(-day)}, entry(7), past, status.Unknown, true},
		{"seconds ago is now", today, nil, entry(7), now.Add(-20 * time.Second), status.Set, false},
		{"in the near future", today, nil, entry(7), now.Add(time.Hour), status.Set, false},
		{"in the far future", todayClear, nil, entry(7), now.Add(48 * time.Hour), status.Unknown, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, site := at(t, now, tt.current.sign(t))
			site.bodies[withTimestamp(tt.at)] = site.bodies[listURL]
			if tt.archived != nil {
				site.bodies[withTimestamp(tt.at)] = tt.archived.sign(t)
			}
			got := src.Check(t.Context(), status.Query{Entry: tt.entry, Issuer: school.ID, At: tt.at})
			if got.Outcome != tt.want || got.Outcome != status.Unknown && got.List.Archived != tt.archive {
				t.Errorf("Check = %v, %v (archived: %v), want %v", got.Outcome, got.Err, got.List.Archived, tt.want)
			}
		})
	}
}

func TestArchiveKeepsTheQuery(t *testing.T) {
	src, site := at(t, now, nil)
	if _, err := src.Describe(t.Context(), "https://school.example/s?list=1", now); !errors.Is(err, status.ErrRetrieval) {
		t.Errorf("a list that is not there: %v", err)
	}
	if want := "https://school.example/s?list=1&timestamp=2026-06-01T12%3A00%3A00Z"; site.asked[0] != want {
		t.Errorf("asked for %s, want %s", site.asked[0], want)
	}
}

func TestBundledLists(t *testing.T) {
	day := 24 * time.Hour
	tests := []struct {
		name    string
		source  string
		fetched time.Time
		list    published
		at      time.Time
		want    status.Outcome
	}{
		{"fetched an hour ago", fetch.Bundled, now.Add(-time.Hour), published{from: now.Add(-5 * day)}, now, status.Clear},
		{"fetched two days ago", fetch.Bundled, now.Add(-2 * day), published{from: now.Add(-5 * day)}, now, status.Unknown},
		{"fetched two days ago, judged for then", fetch.Bundled, now.Add(-2 * day), published{from: now.Add(-5 * day)}, now.Add(-2 * day), status.Clear},
		{"judged for before it was fetched, clear", fetch.Bundled, now.Add(-2 * day), published{from: now.Add(-5 * day)}, now.Add(-20 * day), status.Clear},
		{"judged for before it was fetched, revoked", fetch.Bundled, now.Add(-2 * day), published{set: []int{7}, from: now.Add(-5 * day)}, now.Add(-20 * day), status.Unknown},
		{"its validity is over", fetch.Bundled, now.Add(-time.Hour), published{from: now.Add(-5 * day), until: now.Add(-time.Minute)}, now, status.Unknown},
		{"its validity is over, but was not then", fetch.Bundled, now.Add(-2 * day), published{from: now.Add(-5 * day), until: now.Add(-day)}, now.Add(-2 * day), status.Clear},
		{"brought by the holder, signed today", fetch.HolderBundled, now.Add(-time.Minute), published{from: now.Add(-2 * time.Hour)}, now, status.Clear},
		{"brought by the holder, signed long ago", fetch.HolderBundled, now.Add(-time.Minute), published{from: now.Add(-5 * day)}, now, status.Unknown},
		{"brought by the holder, revoked long ago", fetch.HolderBundled, now.Add(-time.Minute), published{set: []int{7}, from: now.Add(-5 * day)}, now, status.Unknown},
		{"without an id", fetch.Bundled, now, published{change: func(v strictjson.Value) strictjson.Value { return v.Without("id") }}, now, status.Unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src, site := at(t, now, tt.list.sign(t))
			site.source, site.at = tt.source, tt.fetched
			got := src.Check(t.Context(), status.Query{Entry: entry(7), Issuer: school.ID, At: tt.at})
			if got.Outcome != tt.want {
				t.Errorf("Check = %v, %v, want %v", got.Outcome, got.Err, tt.want)
			}
		})
	}
}

func TestListsAreKeptForTheirTTL(t *testing.T) {
	clock := now
	src, site := at(t, now, published{}.sign(t))
	src.Now = func() time.Time { return clock }
	check := func(want status.Outcome, fetches int) {
		t.Helper()
		if got := src.Check(t.Context(), ask(7)); got.Outcome != want || len(site.asked) != fetches {
			t.Errorf("after %v: %v, %v, %d fetches; want %v, %d", clock.Sub(now), got.Outcome, got.Err, len(site.asked), want, fetches)
		}
	}
	check(status.Clear, 1)
	site.bodies[listURL] = published{set: []int{7}}.sign(t)
	clock = now.Add(4 * time.Minute)
	check(status.Clear, 1) // the default ttl is five minutes
	clock = now.Add(5 * time.Minute)
	site.at = clock
	check(status.Set, 2)
	clock = now.Add(11 * time.Minute)
	site.errs[listURL] = fetch.ErrUnreachable
	check(status.Unknown, 3) // what is past its ttl does not stand in
	check(status.Unknown, 4)
	delete(site.errs, listURL)
	site.at = clock
	check(status.Set, 5)
	if set := src.Check(t.Context(), status.Query{Entry: entry(7), Issuer: stranger.ID}); set.Outcome != status.Unknown || len(site.asked) != 5 {
		t.Errorf("a kept list spoke for a stranger's badge: %v", set.Outcome)
	}
}

// A list that ends while it is kept says nothing after its end.
func TestKeptListsEnd(t *testing.T) {
	clock := now
	src, site := at(t, now, published{until: now.Add(time.Minute)}.sign(t))
	src.Now = func() time.Time { return clock }
	if got := src.Check(t.Context(), ask(7)); got.Outcome != status.Clear {
		t.Fatalf("before its end: %v, %v", got.Outcome, got.Err)
	}
	clock = now.Add(2 * time.Minute)
	got := src.Check(t.Context(), ask(7))
	if got.Outcome != status.Unknown || !errors.Is(got.Err, status.ErrVerification) || len(site.asked) != 1 {
		t.Errorf("after its end: %v, %v, %d fetches", got.Outcome, got.Err, len(site.asked))
	}
}

func TestOneFetchForAll(t *testing.T) {
	src, site := at(t, now, published{set: []int{7}}.sign(t))
	site.delay = 20 * time.Millisecond
	var revoked atomic.Int32
	var wg sync.WaitGroup
	for range 1000 {
		wg.Go(func() {
			if src.Check(t.Context(), ask(7)).Outcome == status.Set {
				revoked.Add(1)
			}
		})
	}
	wg.Wait()
	if len(site.asked) != 1 || revoked.Load() != 1000 {
		t.Errorf("%d fetches, %d answers of 1000", len(site.asked), revoked.Load())
	}
}

func TestGivingUpDoesNotDisturbOthers(t *testing.T) {
	src, site := at(t, now, published{}.sign(t))
	site.delay = 30 * time.Millisecond
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	first := make(chan status.Result)
	go func() { first <- src.Check(ctx, ask(7)) }()
	time.Sleep(time.Millisecond)
	if got := src.Check(t.Context(), ask(7)); got.Outcome != status.Clear {
		t.Errorf("the second caller: %v, %v", got.Outcome, got.Err)
	}
	if got := <-first; got.Outcome != status.Unknown || !errors.Is(got.Err, context.Canceled) {
		t.Errorf("the first caller: %v, %v", got.Outcome, got.Err)
	}
}

// What breaks down while a list is loaded breaks down for those who wait for it, who
// can catch it. In a goroutine of its own it would end the process.
func TestPanicsReachWhoWaits(t *testing.T) {
	src, _ := at(t, now, nil)
	src.Fetch = broken{}
	defer func() {
		if got := recover(); got != "broken" {
			t.Errorf("caught %v", got)
		}
	}()
	src.Check(t.Context(), ask(7))
	t.Error("nothing was to be caught")
}

type broken struct{}

func (broken) Get(context.Context, fetch.Request) (*fetch.Resource, error) { panic("broken") }

func BenchmarkCheckWarm(b *testing.B) {
	src, _ := at(b, now, published{set: []int{8}}.sign(b))
	q := ask(7)
	b.ReportAllocs()
	for b.Loop() {
		if src.Check(b.Context(), q).Outcome != status.Clear {
			b.Fatal("not clear")
		}
	}
}
