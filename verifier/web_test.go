package verifier

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/status"
)

const listURL = "https://school.example/status/1"

// online is a trusting verifier with a network on which the school is
// did:web:school.example and publishes one list.
func online(t *testing.T) (*Verifier, *testissuer.Web, *testissuer.Party) {
	t.Helper()
	w := &testissuer.Web{Pages: map[string][]byte{}}
	s := school.OnWeb(w, "school.example")
	w.Pages[listURL] = s.List(t, listURL, 7).JSON()
	v := trusting()
	v.Keys = testissuer.WebKeys(w)
	v.Trust.Issuers[0].ID = s.ID
	v.Status = &status.Source{Fetch: w, Keys: v.Keys, Suites: v.Suites, Now: v.Clock}
	return v, w, s
}

func TestStatusOfABadge(t *testing.T) {
	v, _, s := online(t)
	at := func(index int) []byte {
		return s.Sign(t, testissuer.WithStatus(s.Badge(learner), listURL, index)).JSON()
	}
	r := verify(t, v, at(8), Expectation{})
	if r.Verdict != Accepted || r.Tone() != Good {
		t.Fatalf("%s: %s", r.Verdict, codes(r))
	}
	if want := "Valid. Issued by School of Examples, not revoked as of 2026-06-01 12:00 UTC. Nobody presented it."; r.Headline != want {
		t.Errorf("headline %q", r.Headline)
	}
	if len(r.Check(RowStatus).Evidence) != 1 || r.Check(RowStatus).Evidence[0].URL != listURL {
		t.Errorf("evidence %v", r.Check(RowStatus).Evidence)
	}
	r = verify(t, v, at(7), Expectation{})
	if r.Verdict != Rejected || r.Tone() != Bad || r.Check(RowStatus).Code != StatusRevoked || r.Headline != "Revoked by its issuer." {
		t.Errorf("%s, %s: %s", r.Verdict, r.Headline, codes(r))
	}
}

// attackStatus: whatever is wrong with a list, no badge is accepted
// because of it, and the report says what is wrong.
func attackStatus(t *testing.T, n census) {
	entry := func(path string, to strictjson.Value) func(*testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return func(_ *testissuer.Web, _ *testissuer.Party, badge strictjson.Value) strictjson.Value {
			return testissuer.Set(badge, "credentialStatus/"+path, to)
		}
	}
	list := func(make func(w *testissuer.Web, s *testissuer.Party) []byte) func(*testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return func(w *testissuer.Web, s *testissuer.Party, badge strictjson.Value) strictjson.Value {
			if page := make(w, s); page == nil {
				delete(w.Pages, listURL)
			} else {
				w.Pages[listURL] = page
			}
			return badge
		}
	}
	draft := func(edit func(strictjson.Value) strictjson.Value) func(*testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return list(func(_ *testissuer.Web, s *testissuer.Party) []byte {
			return s.Sign(t, edit(s.Draft(t, listURL, status.Revocation))).JSON()
		})
	}
	encoded := func(text string) func(*testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value {
		return draft(func(d strictjson.Value) strictjson.Value {
			return testissuer.Set(d, "credentialSubject/encodedList", str(text))
		})
	}
	noise := make([]byte, 900<<10) // which cannot be packed any smaller
	_, _ = rand.NewChaCha8([32]byte{}).Read(noise)
	for _, tt := range []struct {
		name  string
		spoil func(*testissuer.Web, *testissuer.Party, strictjson.Value) strictjson.Value
		want  Code
	}{
		{"a list of nothing", encoded(gzipped(t, nil)), StatusListLength},
		{"a list of eight", encoded(gzipped(t, make([]byte, 1))), StatusListLength},
		{"a list of a thousand", encoded(gzipped(t, make([]byte, 128))), StatusListLength},
		{"a list of a thousand that has the badge revoked", encoded(gzipped(t, bytes.Repeat([]byte{255}, 128))), StatusListLength},
		{"a list of sixteen thousand, taken for bytes", encoded(gzipped(t, make([]byte, 131072/64))), StatusListLength},
		{"a list that lacks its last eight", encoded(gzipped(t, make([]byte, 131072/8-1))), StatusListLength},

		{"a list that unpacks to 64 MiB", encoded(gzipped(t, make([]byte, 64<<20))), LimitExceeded},
		{"a list that unpacks to a byte too many", encoded(gzipped(t, make([]byte, 8<<20+1))), LimitExceeded},
		{"a list of one and a half megabytes, packed", encoded("u" + strings.Repeat("A", 3<<19)), LimitExceeded},
		{"a list of as much noise", encoded(gzipped(t, bytes.Repeat(noise, 2))), LimitExceeded},
		{"a list nested without end", list(func(*testissuer.Web, *testissuer.Party) []byte {
			return []byte(strings.Repeat(`{"credentialSubject":`, 200) + "{}" + strings.Repeat("}", 200))
		}), LimitExceeded},
		{"a list of too many values", list(func(*testissuer.Web, *testissuer.Party) []byte {
			return []byte(`{"credentialSubject":[` + strings.Repeat("0,", 60_000) + `0]}`)
		}), LimitExceeded},

		{"an index with an exponent", entry("statusListIndex", str("7e0")), StatusIndexRange},
		{"an index in hexadecimal", entry("statusListIndex", str("0x7")), StatusIndexRange},
		{"an index with a letter", entry("statusListIndex", str("7abc")), StatusIndexRange},
		{"an index with a sign", entry("statusListIndex", str("+7")), StatusIndexRange},
		{"an index with a space", entry("statusListIndex", str(" 7")), StatusIndexRange},
		{"an index with a zero in front", entry("statusListIndex", str("08")), StatusIndexRange},
		{"a negative index", entry("statusListIndex", str("-1")), StatusIndexRange},
		{"an index with a fraction", entry("statusListIndex", str("7.5")), StatusIndexRange},
		{"an index past the end", entry("statusListIndex", str("131072")), StatusIndexRange},
		{"no index", entry("statusListIndex", absent), StatusIndexRange},
		{"no purpose", entry("statusPurpose", absent), StatusVerificationError},
		{"another purpose", entry("statusPurpose", str("suspension")), StatusVerificationError},
		{"a purpose that is not known", entry("statusPurpose", str("refresh")), StatusTypeUnknown},
		{"two entries of one name", func(_ *testissuer.Web, _ *testissuer.Party, badge strictjson.Value) strictjson.Value {
			e := badge.Get("credentialStatus").With("id", str("urn:uuid:s"))
			return badge.With("credentialStatus", strictjson.Array(e, e.With("statusListIndex", str("9"))))
		}, StatusVerificationError},
		{"no list", entry("statusListCredential", absent), StatusVerificationError},
		{"a list that is not there", list(func(*testissuer.Web, *testissuer.Party) []byte { return nil }), StatusRetrieval},
		{"a list that is a page", list(func(*testissuer.Web, *testissuer.Party) []byte { return []byte("<html>") }), StatusRetrieval},
		{"a list that nobody signed", list(func(_ *testissuer.Web, s *testissuer.Party) []byte {
			return s.Draft(t, listURL, status.Revocation).JSON()
		}), StatusVerificationError},
		{"a list by a stranger", list(func(*testissuer.Web, *testissuer.Party) []byte { return stranger.List(t, listURL).JSON() }), StatusVerificationError},
		{"a list changed after signing", list(func(_ *testissuer.Web, s *testissuer.Party) []byte {
			good := s.List(t, listURL, 7)
			return testissuer.Set(good, "credentialSubject/encodedList", s.List(t, listURL).Get("credentialSubject").Get("encodedList")).JSON()
		}), StatusVerificationError},
		{"a list of another address", list(func(_ *testissuer.Web, s *testissuer.Party) []byte { return s.List(t, listURL+"0").JSON() }), StatusVerificationError},
		{"a list that has expired", draft(func(d strictjson.Value) strictjson.Value {
			return d.With("validUntil", str("2026-05-01T00:00:00Z"))
		}), StatusVerificationError},
		{"a list of tomorrow", draft(func(d strictjson.Value) strictjson.Value {
			return d.With("validFrom", str("2026-06-02T00:00:00Z"))
		}), StatusVerificationError},
		{"a list in plain base64", draft(func(d strictjson.Value) strictjson.Value {
			text := d.Get("credentialSubject").Get("encodedList").Str()
			return testissuer.Set(d, "credentialSubject/encodedList", str(strings.TrimPrefix(text, "u")))
		}), StatusVerificationError},
		{"a list for suspension", list(func(_ *testissuer.Web, s *testissuer.Party) []byte {
			return s.Sign(t, s.Draft(t, listURL, status.Suspension)).JSON()
		}), StatusVerificationError},
		{"a badge where the list should be", list(func(_ *testissuer.Web, s *testissuer.Party) []byte {
			return s.Sign(t, s.Badge(learner).With("id", str(listURL))).JSON()
		}), StatusVerificationError},
	} {
		n.count(tt.name, tt.want)
		t.Run(tt.name, func(t *testing.T) {
			v, w, s := online(t)
			badge := tt.spoil(w, s, testissuer.WithStatus(s.Badge(learner), listURL, 8))
			r := verify(t, v, s.Sign(t, badge).JSON(), Expectation{})
			if r.Verdict == Accepted {
				t.Fatalf("accepted: %s", r.Headline)
			}
			if c := r.Check(RowStatus); c.Code != tt.want {
				t.Errorf("%s, want %s: %s", c.Code, tt.want, codes(r))
			}
		})
	}
}

// gzipped is octets as an encodedList has them.
func gzipped(t testing.TB, octets []byte) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(octets)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return "u" + base64.RawURLEncoding.EncodeToString(out.Bytes())
}

// attackStatusEntries: who changes in a signed badge where its status stands has a
// badge that nobody signed, and no address of it is asked.
func attackStatusEntries(t *testing.T, n census) {
	const path = "credentialStatus/"
	for name, spoil := range map[string]func(strictjson.Value) strictjson.Value{
		"another place": func(b strictjson.Value) strictjson.Value { return testissuer.Set(b, path+"statusListIndex", str("8")) },
		"another list": func(b strictjson.Value) strictjson.Value {
			return testissuer.Set(b, path+"statusListCredential", str(listURL+"0"))
		},
		"another purpose": func(b strictjson.Value) strictjson.Value {
			return testissuer.Set(b, path+"statusPurpose", str("suspension"))
		},
		"another id":       func(b strictjson.Value) strictjson.Value { return testissuer.Set(b, path+"id", str(listURL+"#8")) },
		"no place":         func(b strictjson.Value) strictjson.Value { return testissuer.Set(b, path+"statusListIndex", absent) },
		"no status at all": func(b strictjson.Value) strictjson.Value { return b.Without("credentialStatus") },
		"an empty list":    func(b strictjson.Value) strictjson.Value { return b.With("credentialStatus", strictjson.Array()) },
		"a second status": func(b strictjson.Value) strictjson.Value {
			e := b.Get("credentialStatus")
			return b.With("credentialStatus", strictjson.Array(e, e.With("statusListIndex", str("8"))))
		},
	} {
		n.count(name, SignatureInvalid)
		t.Run(name, func(t *testing.T) {
			v, w, s := online(t)
			signed := s.Sign(t, testissuer.WithStatus(s.Badge(learner), listURL, 7)) // which is revoked
			verify(t, v, s.Sign(t, s.Badge(learner)).JSON(), Expectation{})          // so that the key is at hand
			before := w.Fetches.Load()
			r := verify(t, v, spoil(signed).JSON(), Expectation{})
			if r.Verdict != Rejected || r.Check(RowProof).Code != SignatureInvalid {
				t.Errorf("%s: %s", r.Verdict, codes(r))
			}
			if asked := w.Fetches.Load() - before; asked > 1 { // the key, and no list
				t.Errorf("%d addresses were asked", asked)
			}
		})
	}
}

func TestSuspension(t *testing.T) {
	v, w, s := online(t)
	const holds = "https://school.example/status/2"
	w.Pages[holds] = s.Sign(t, s.Draft(t, holds, status.Suspension, 5)).JSON()
	badge := s.Badge(learner).With("credentialStatus", strictjson.Array(
		status.Entry{Purpose: status.Revocation, Index: 8, ListURL: listURL}.Value(),
		status.Entry{Purpose: status.Suspension, Index: 5, ListURL: holds}.Value(),
	))
	r := verify(t, v, s.Sign(t, badge).JSON(), Expectation{})
	if r.Verdict != Rejected || r.Check(RowStatus).Code != StatusSuspended || r.Tone() != Caution {
		t.Errorf("%s, %s: %s", r.Verdict, r.Tone(), codes(r))
	}
}

// TestNothingIsFetchedBeforeTheProofHolds: a forged badge must not make the
// verifier ask the addresses that it names.
func TestNothingIsFetchedBeforeTheProofHolds(t *testing.T) {
	v, w, _ := online(t)
	for name, doc := range map[string]strictjson.Value{
		"a forged badge":     testissuer.Set(school.Sign(t, testissuer.WithStatus(school.Badge(learner), listURL, 8)), "name", str("x")),
		"an unsigned badge":  testissuer.WithStatus(school.Badge(learner), listURL, 8),
		"a stranger's badge": stranger.Sign(t, testissuer.WithStatus(school.Badge(learner), listURL, 8)),
	} {
		before := w.Fetches.Load()
		verify(t, v, doc.JSON(), Expectation{})
		if n := w.Fetches.Load() - before; n != 0 {
			t.Errorf("%s: %d fetches", name, n)
		}
	}
}

// attackDIDWeb: what a web site can do wrong, or have done to it.
func attackDIDWeb(t *testing.T, n census) {
	const page = "https://school.example/.well-known/did.json"
	edit := func(change func(doc strictjson.Value) strictjson.Value) func(*testissuer.Web, *testissuer.Party) {
		return func(w *testissuer.Web, s *testissuer.Party) { w.Pages[page] = change(s.Document()).JSON() }
	}
	inMethod := func(name string, to strictjson.Value) func(*testissuer.Web, *testissuer.Party) {
		return edit(func(doc strictjson.Value) strictjson.Value {
			m := doc.Get("verificationMethod").Elems()[0]
			return doc.With("verificationMethod", strictjson.Array(testissuer.Set(m, name, to)))
		})
	}
	strangerKey := stranger.Document().Get("verificationMethod").Elems()[0].Get("publicKeyMultibase")
	for _, tt := range []struct {
		name  string
		spoil func(*testissuer.Web, *testissuer.Party)
		want  Code
	}{
		{"no document", func(w *testissuer.Web, _ *testissuer.Party) { delete(w.Pages, page) }, DIDResolutionFailed},
		{"a page instead", func(w *testissuer.Web, _ *testissuer.Party) { w.Pages[page] = []byte("<html>") }, DIDDocumentInvalid},
		{"the document of another", edit(func(d strictjson.Value) strictjson.Value { return d.With("id", str("did:web:other.example")) }), DIDDocumentInvalid},
		{"no id", edit(func(d strictjson.Value) strictjson.Value { return d.Without("id") }), DIDDocumentInvalid},
		{"two issuers in one", func(w *testissuer.Web, s *testissuer.Party) {
			w.Pages[page] = []byte(strings.Replace(string(s.Document().JSON()), `{`, `{"id":"did:web:other.example",`, 1))
		}, DIDDocumentInvalid},
		{"a key that is not there", edit(func(d strictjson.Value) strictjson.Value {
			return d.With("verificationMethod", strictjson.Array()).With("assertionMethod", strictjson.Array()).With("authentication", strictjson.Array())
		}), VerificationMethodUnresolvable},
		{"a key for logging in only", edit(func(d strictjson.Value) strictjson.Value { return d.Without("assertionMethod") }), VerificationMethodNotAllowed},
		{"a key for nothing", edit(func(d strictjson.Value) strictjson.Value { return d.Without("assertionMethod", "authentication") }), VerificationMethodNotAllowed},
		{"a key of somebody else's", inMethod("controller", str("did:web:other.example")), VerificationMethodNotAllowed},
		{"a key that was revoked", inMethod("revoked", str("2026-05-01T00:00:00Z")), KeyRevoked},
		{"a key that had expired", inMethod("expires", str("2025-11-01T00:00:00Z")), KeyRevoked},
		{"another key", inMethod("publicKeyMultibase", strangerKey), SignatureInvalid},
		{"a key that is no key", inMethod("publicKeyMultibase", str("z6Mk")), KeyInvalid},
		{"a secret beside the key", inMethod("secretKeyMultibase", str("z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")), KeyInvalid},
		{"a document that was given up", edit(func(d strictjson.Value) strictjson.Value { return d.With("deactivated", strictjson.Bool(true)) }), DIDDeactivated},
	} {
		n.count(tt.name, tt.want)
		t.Run(tt.name, func(t *testing.T) {
			v, w, s := online(t)
			tt.spoil(w, s)
			r := verify(t, v, s.Sign(t, s.Badge(learner)).JSON(), Expectation{})
			if r.Verdict == Accepted {
				t.Fatalf("accepted: %s", r.Headline)
			}
			if c := r.Check(RowProof); c.Code != tt.want {
				t.Errorf("%s, want %s: %s", c.Code, tt.want, c.Cause)
			}
		})
	}
	for _, id := range []string{
		"did:web:127.0.0.1", "did:web:localhost", "did:web:10.0.0.1", "did:web:school.example%2Fevil", "did:web:school.example:..:x",
		"did:web:user@school.example", "did:web:", "did:web:school.example%00",
	} {
		v, _, s := online(t)
		badge := s.Badge(learner)
		doc := s.Sign(t, testissuer.Set(badge, "issuer/id", str(id)))
		r := verify(t, v, testissuer.Set(doc, "proof/verificationMethod", str(id+"#key")).JSON(), Expectation{})
		if r.Verdict == Accepted || r.Check(RowProof).Outcome == Passed {
			t.Errorf("%s: %s", id, codes(r))
		}
		if r.Verdict == Rejected && strings.Contains(r.Headline+r.Check(RowProof).Text, "reached") {
			t.Errorf("%s: rejected, and yet %q", id, r.Headline)
		}
	}
}

// TestKeyWindowsAreJudgedForTheTimeAskedAbout: a proof's own date cannot bring
// a key back, and a key that ends later has not ended yet.
func TestKeyWindowsAreJudgedForTheTimeAskedAbout(t *testing.T) {
	for _, member := range []string{"expires", "revoked"} {
		v, w, s := online(t)
		m := testissuer.Set(s.Document().Get("verificationMethod").Elems()[0], member, str("2026-05-01T00:00:00Z"))
		w.Pages["https://school.example/.well-known/did.json"] = s.Document().With("verificationMethod", strictjson.Array(m)).JSON()
		badge := s.Sign(t, s.Badge(learner)).JSON() // it says that it was signed half a year before
		if r := verify(t, v, badge, Expectation{}); r.Verdict != Rejected || r.Check(RowProof).Code != KeyRevoked {
			t.Errorf("%s: %s: %s", member, r.Verdict, codes(r))
		}
		before := Expectation{At: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}
		if r := verify(t, v, badge, before); r.Verdict != Accepted {
			t.Errorf("%s, before that day: %s: %s", member, r.Verdict, codes(r))
		}
	}
}

// TestAListOfAnotherTime: a list that was read and is in order, but says nothing
// about the judged time, is told apart from one that could not be reached and one
// that is broken.
func TestAListOfAnotherTime(t *testing.T) {
	v, w, s := online(t)
	w.Pages[listURL] = s.Sign(t, s.List(t, listURL, 7).Without("proof").With("validUntil", strictjson.String("2026-07-01T00:00:00Z"))).JSON()
	badge := func(place int) []byte {
		return s.Sign(t, testissuer.WithStatus(s.Badge(learner), listURL, place)).JSON()
	}
	for _, tt := range []struct {
		name  string
		place int
		at    time.Time
		code  Code
		other bool
	}{
		{"weeks before, revoked since", 7, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), StatusRetrieval, true},
		{"days ahead", 8, time.Date(2026, 6, 20, 0, 0, 0, 0, time.UTC), StatusRetrieval, true},
		{"ahead, when the list is over", 8, time.Date(2028, 1, 1, 0, 0, 0, 0, time.UTC), StatusVerificationError, true},
		{"now", 8, time.Time{}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := verify(t, v, badge(tt.place), Expectation{At: tt.at})
			c := r.Check(RowStatus)
			if c.Code != tt.code || (c.Text == otherTimeText) != tt.other || (r.Headline == otherTimeLine) != tt.other {
				t.Errorf("%s\n%s %s (%s)", r.Headline, c.Code, c.Text, c.Cause)
			}
		})
	}
	delete(w.Pages, listURL)
	v.Status = &status.Source{Fetch: w, Keys: v.Keys, Suites: v.Suites, Now: v.Clock}
	if r := verify(t, v, badge(8), Expectation{At: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)}); r.Headline == otherTimeLine {
		t.Error("a list that is not there speaks for another time")
	}
}

func TestStatusAsOfATime(t *testing.T) {
	v, w, s := online(t)
	badge := s.Sign(t, testissuer.WithStatus(s.Badge(learner), listURL, 7)).JSON()
	past := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	if r := verify(t, v, badge, Expectation{At: past}); r.Verdict != Undetermined {
		t.Errorf("revoked today, and no list of that time: %s: %s", r.Verdict, codes(r))
	}
	clear := s.Sign(t, testissuer.WithStatus(s.Badge(learner), listURL, 8)).JSON()
	if r := verify(t, v, clear, Expectation{At: past}); r.Verdict != Accepted {
		t.Errorf("not revoked today: %s: %s", r.Verdict, codes(r))
	}
	w.Pages[listURL+"?timestamp=2026-03-01T00%3A00%3A00Z"] = s.List(t, listURL).JSON()
	v.Status = &status.Source{Fetch: w, Keys: v.Keys, Suites: v.Suites, Now: v.Clock}
	if r := verify(t, v, badge, Expectation{At: past}); r.Verdict != Accepted {
		t.Errorf("with the list of that time: %s: %s", r.Verdict, codes(r))
	}
}
