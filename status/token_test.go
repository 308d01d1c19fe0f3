package status_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"laurel/internal/fetch"
	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
)

const tokenURL = "https://school.example/tokens/1"

// tokenVectors are the test vectors of the draft.
func tokenVectors(t testing.TB) strictjson.Value {
	t.Helper()
	text, err := os.ReadFile("../testdata/token-status-list/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	return testissuer.Parse(string(text))
}

// TestTokenListVectors decodes the lists that the draft prints, whole, and encodes
// them again.
func TestTokenListVectors(t *testing.T) {
	entries := 0
	for _, v := range tokenVectors(t).Get("vectors").Elems() {
		t.Run(v.Get("name").Str(), func(t *testing.T) {
			bits, _ := v.Get("bits").Literal()
			n, err := strconv.Atoi(bits)
			if err != nil {
				t.Fatal(err)
			}
			list, err := status.DecodeToken(n, v.Get("lst").Str())
			if err != nil {
				t.Fatal(err)
			}
			want := expected(t, v, list.Len())
			for i := range list.Len() {
				if got, err := list.Get(i); err != nil || got != want[i] {
					t.Fatalf("entry %d is %d, %v; want %d", i, got, err, want[i])
				}
			}
			entries += len(want)
			again, err := status.DecodeToken(n, list.Encode())
			if err != nil || again.Len() != list.Len() {
				t.Errorf("encoded and decoded again: %v", err)
			}
			for i := range want {
				if value, err := again.Get(i); err != nil || value != want[i] {
					t.Fatalf("encoded and decoded again: entry %d is %d, %v", i, value, err)
				}
			}
		})
	}
	if entries != 4*1_048_576+16+12 {
		t.Errorf("%d entries", entries)
	}
}

// expected is every entry of a vector: those that it names, or its bytes.
func expected(t *testing.T, v strictjson.Value, n int) map[int]status.Value {
	t.Helper()
	out := make(map[int]status.Value, n)
	for i := range n {
		out[i] = status.Valid
	}
	number := func(v strictjson.Value) int {
		literal, _ := v.Literal()
		n, err := strconv.Atoi(literal)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, m := range v.Get("expect").Members() {
		i, err := strconv.Atoi(m.Name)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = status.Value(number(m.Value))
	}
	bits := number(v.Get("bits"))
	for i, b := range v.Get("byte_array").Elems() {
		for at := 0; at < 8; at += bits {
			out[(8*i+at)/bits] = status.Value(number(b) >> at & (1<<bits - 1))
		}
	}
	return out
}

// TestTokenVector verifies the signed list that the draft prints, by the metadata
// of its issuer, and looks its entries up.
func TestTokenVector(t *testing.T) {
	v := tokenVectors(t)
	url := v.Get("status_list_jwt_payload").Get("sub").Str()
	key := v.Get("example_key").Without("d")
	web := &testissuer.Web{Pages: map[string][]byte{
		"https://example.com/.well-known/jwt-vc-issuer": []byte(`{"issuer":"https://example.com","jwks":{"keys":[` + string(key.JSON()) + `]}}`),
		url: []byte(v.Get("status_list_jwt").Str()),
	}}
	src := &status.Source{Fetch: web, Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), Now: func() time.Time { return now }}
	for i, bit := range []int{1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1} { // b9 a3
		r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(url, i), Issuer: "https://example.com"})
		if want := map[int]status.Outcome{0: status.Clear, 1: status.Set}[bit]; r.Outcome != want || bit == 1 && !errors.Is(r.Err, status.ErrRevoked) {
			t.Errorf("entry %d: %v, %v", i, r.Outcome, r.Err)
		}
	}
	if r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(url, 16), Issuer: "https://example.com"}); r.Outcome != status.Invalid || !errors.Is(r.Err, status.ErrRange) {
		t.Errorf("behind the end: %v, %v", r.Outcome, r.Err)
	}
	r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(url, 1), Issuer: "https://example.com"})
	if !r.List.Signed.Equal(time.Unix(1686920170, 0)) || !r.List.Until.Equal(time.Unix(2291720170, 0)) || r.List.Issuer != "https://example.com" {
		t.Errorf("evidence %+v", r.List)
	}
	bent := []byte(v.Get("status_list_jwt").Str())
	bent[len(bent)-10] ^= 1
	web.Pages[url] = bent
	fresh := &status.Source{Fetch: web, Keys: testissuer.WebKeys(web), Suites: testissuer.TokenSuites(web), Now: func() time.Time { return now }}
	if r := fresh.Check(context.Background(), status.Query{Entry: status.TokenEntry(url, 1), Issuer: "https://example.com"}); r.Outcome != status.Unknown || !errors.Is(r.Err, status.ErrVerification) {
		t.Errorf("with a signature that was changed: %v, %v", r.Outcome, r.Err)
	}
}

// tokenList is a signed list of the school with 2 bits an entry: 7 revoked, 8
// suspended, 9 of an application's own.
func tokenList(t testing.TB, by *testissuer.Party, opt proof.SignOptions) string {
	t.Helper()
	list, err := status.NewTokenList(2, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range []status.Value{status.Revoked, status.Suspended, 3} {
		if err := list.Set(7+i, v); err != nil {
			t.Fatal(err)
		}
	}
	opt.Key, opt.Method = by.Key, by.Method
	if opt.Created.IsZero() {
		opt.Created = now.Add(-time.Hour)
	}
	signed, err := status.SignToken(status.TokenDraft{URL: tokenURL, List: list, TTL: time.Minute}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

func tokenSource(s *site) *status.Source {
	return &status.Source{
		Fetch: s, Keys: testissuer.Keys(), Suites: testissuer.TokenSuites(&testissuer.Web{}), Now: func() time.Time { return now },
	}
}

func TestTokenCheck(t *testing.T) {
	s := &site{bodies: map[string][]byte{tokenURL: []byte(tokenList(t, school, proof.SignOptions{}))}, at: now}
	src := tokenSource(s)
	for index, want := range map[int]struct {
		outcome status.Outcome
		err     error
	}{
		0: {status.Clear, nil}, 7: {status.Set, status.ErrRevoked}, 8: {status.Set, status.ErrSuspended},
		9: {status.Unknown, status.ErrType}, 999: {status.Clear, nil}, 1000: {status.Invalid, status.ErrRange},
	} {
		r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, index), Issuer: school.ID, At: now})
		if r.Outcome != want.outcome || !errors.Is(r.Err, want.err) || r.Entry.Purpose != status.TokenStatus {
			t.Errorf("entry %d: %v, %v", index, r.Outcome, r.Err)
		}
	}
	if len(s.asked) != 1 {
		t.Errorf("asked %d times", len(s.asked))
	}
	if r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, 0), Issuer: stranger.ID, At: now}); r.Outcome != status.Unknown || !errors.Is(r.Err, status.ErrVerification) {
		t.Errorf("of another issuer: %v, %v", r.Outcome, r.Err)
	}
	vouching := tokenSource(s)
	vouching.Vouched = func(list, issuer string) bool { return list == school.ID && issuer == stranger.ID }
	if r := vouching.Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, 0), Issuer: stranger.ID, At: now}); r.Outcome != status.Clear {
		t.Errorf("by one who may: %v, %v", r.Outcome, r.Err)
	}
}

// claimsOf is a list with any claims, signed by the school.
func claimsOf(t *testing.T, header, claims string) string {
	t.Helper()
	if header == "" {
		header = `{"typ":"statuslist+jwt","kid":"` + school.Method + `"}`
	}
	return school.Token(t, header, claims)
}

// TestTokenListsThatDoNotCount: nothing that is wrong with a list means that a
// token is valid.
func TestTokenListsThatDoNotCount(t *testing.T) {
	const iat = `"iat":1780311600`
	list := func(lst string) string { return `"status_list":{"bits":1,"lst":"` + lst + `"}` }
	good := list("eNrbuRgAAhcBXQ")
	sub := `"sub":"` + tokenURL + `"`
	bomb := packedZeros(t, 64<<20)
	for _, tt := range []struct {
		name, body string
		want       error
	}{
		{"no token", `{"status_list":{}}`, status.ErrRetrieval},
		{"a page", "<html>", status.ErrRetrieval},
		{"nothing", "", status.ErrRetrieval},
		{"a credential", string(school.List(t, tokenURL).JSON()), status.ErrRetrieval},
		{"a badge", school.SignJWT(t, school.Badge(school), proof.SignOptions{}), status.ErrVerification},
		{"no type", claimsOf(t, `{"kid":"`+school.Method+`"}`, "{"+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"critical", claimsOf(t, `{"typ":"statuslist+jwt","kid":"`+school.Method+`","crit":["x"]}`, "{"+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"no kid", claimsOf(t, `{"typ":"statuslist+jwt"}`, "{"+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"none", base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"statuslist+jwt"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte("{"+sub+","+iat+","+good+"}")) + ".", status.ErrVerification},
		{"a stranger's", tokenList(t, stranger, proof.SignOptions{}), status.ErrVerification},
		{"in a stranger's name", claimsOf(t, "", `{"iss":"`+stranger.ID+`",`+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"another list", claimsOf(t, "", `{"sub":"`+tokenURL+`0",`+iat+","+good+"}"), status.ErrVerification},
		{"no sub", claimsOf(t, "", "{"+iat+","+good+"}"), status.ErrVerification},
		{"no iat", claimsOf(t, "", "{"+sub+","+good+"}"), status.ErrVerification},
		{"made tomorrow", claimsOf(t, "", `{"iat":1780401600,`+sub+","+good+"}"), status.ErrVerification},
		{"expired", claimsOf(t, "", `{"exp":1780311601,`+iat+","+sub+","+good+"}"), status.ErrVerification},
		{"no list", claimsOf(t, "", "{"+sub+","+iat+"}"), status.ErrVerification},
		{"a list that is a text", claimsOf(t, "", "{"+sub+","+iat+`,"status_list":"x"}`), status.ErrVerification},
		{"no bits", claimsOf(t, "", "{"+sub+","+iat+`,"status_list":{"lst":"eNrbuRgAAhcBXQ"}}`), status.ErrVerification},
		{"three bits", claimsOf(t, "", "{"+sub+","+iat+`,"status_list":{"bits":3,"lst":"eNrbuRgAAhcBXQ"}}`), status.ErrType},
		{"bits in a text", claimsOf(t, "", "{"+sub+","+iat+`,"status_list":{"bits":"1","lst":"eNrbuRgAAhcBXQ"}}`), status.ErrVerification},
		{"no lst", claimsOf(t, "", "{"+sub+","+iat+`,"status_list":{"bits":1}}`), status.ErrVerification},
		{"padding", claimsOf(t, "", "{"+sub+","+iat+","+list("eNrbuRgAAhcBXQ==")+"}"), status.ErrEncoding},
		{"gzip", claimsOf(t, "", "{"+sub+","+iat+","+list("H4sIAAAAAAAA_9u5GAACFwFd")+"}"), status.ErrEncoding},
		{"a broken checksum", claimsOf(t, "", "{"+sub+","+iat+","+list("eNrbuRgAAhcBXg")+"}"), status.ErrEncoding},
		{"data behind the list", claimsOf(t, "", "{"+sub+","+iat+","+list("eNrbuRgAAhcBXQAA")+"}"), status.ErrEncoding},
		{"an empty list", claimsOf(t, "", "{"+sub+","+iat+","+list("eNoDAAAAAAE")+"}"), status.ErrEncoding},
		{"a bomb", claimsOf(t, "", "{"+sub+","+iat+","+list(bomb)+"}"), status.ErrLimit},
		{"three megabytes", claimsOf(t, "", "{"+sub+","+iat+","+list(strings.Repeat("A", 3<<20))+"}"), status.ErrLimit},
		{"ttl of a text", claimsOf(t, "", `{"ttl":0,`+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"ttl of two years", claimsOf(t, "", `{"ttl":63072000,`+sub+","+iat+","+good+"}"), status.ErrVerification},
		{"ttl below zero", claimsOf(t, "", `{"ttl":-1,`+sub+","+iat+","+good+"}"), status.ErrVerification},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := tokenSource(&site{bodies: map[string][]byte{tokenURL: []byte(tt.body)}, at: now})
			r := src.Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, 2), Issuer: school.ID, At: now})
			if r.Outcome != status.Unknown || !errors.Is(r.Err, tt.want) {
				t.Errorf("%v, %v; want %v", r.Outcome, r.Err, tt.want)
			}
		})
	}
	for name, s := range map[string]*site{
		"not there":   {at: now},
		"unreachable": {errs: map[string]error{tokenURL: fetch.ErrUnreachable}, at: now},
		"stale":       {bodies: map[string][]byte{tokenURL: []byte(tokenList(t, school, proof.SignOptions{Created: now.AddDate(0, 0, -3)}))}, at: now.AddDate(0, 0, -2)},
	} {
		if r := tokenSource(s).Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, 2), Issuer: school.ID, At: now}); r.Outcome != status.Unknown || !errors.Is(r.Err, status.ErrRetrieval) {
			t.Errorf("%s: %v, %v", name, r.Outcome, r.Err)
		}
	}
	blind := tokenSource(&site{bodies: map[string][]byte{tokenURL: []byte(tokenList(t, school, proof.SignOptions{}))}, at: now})
	blind.Suites = testissuer.Suites()
	if r := blind.Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, 2), Issuer: school.ID, At: now}); r.Outcome != status.Unknown || !errors.Is(r.Err, status.ErrVerification) {
		t.Errorf("where tokens are not accepted: %v, %v", r.Outcome, r.Err)
	}
}

func packedZeros(t *testing.T, n int) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b.Bytes())
}

// TestTokenEntriesThatAreNone: a place is a plain number in a list that is named.
func TestTokenEntriesThatAreNone(t *testing.T) {
	for entry, want := range map[string]error{
		`{"status_list":{"idx":7,"uri":"` + tokenURL + `"}}`:                                   nil,
		`{"status_list":{"idx":"7","uri":"` + tokenURL + `"}}`:                                 status.ErrRange,
		`{"status_list":{"idx":7.5,"uri":"` + tokenURL + `"}}`:                                 status.ErrRange,
		`{"status_list":{"idx":7e0,"uri":"` + tokenURL + `"}}`:                                 status.ErrRange,
		`{"status_list":{"idx":-7,"uri":"` + tokenURL + `"}}`:                                  status.ErrRange,
		`{"status_list":{"idx":99999999999,"uri":"` + tokenURL + `"}}`:                         status.ErrRange,
		`{"status_list":{"uri":"` + tokenURL + `"}}`:                                           status.ErrRange,
		`{"status_list":{"idx":7}}`:                                                            status.ErrVerification,
		`{"status_list":{"idx":7,"uri":7}}`:                                                    status.ErrVerification,
		`{"status_list":"x"}`:                                                                  status.ErrVerification,
		`{"identifier_list":{"id":"x"}}`:                                                       status.ErrType,
		`{"type":"BitstringStatusListEntry","status_list":{"idx":7,"uri":"` + tokenURL + `"}}`: status.ErrVerification,
		`"revoked"`: status.ErrType,
	} {
		src := tokenSource(&site{bodies: map[string][]byte{tokenURL: []byte(tokenList(t, school, proof.SignOptions{}))}, at: now})
		r := src.Check(context.Background(), status.Query{Entry: testissuer.Parse(entry), Issuer: school.ID, At: now})
		if want == nil && r.Outcome == status.Set {
			continue
		}
		if r.Outcome == status.Clear || want == nil || !errors.Is(r.Err, want) {
			t.Errorf("%s: %v, %v; want %v", entry, r.Outcome, r.Err, want)
		}
	}
}

// TestTokensOfThePast: the list of that time answers, else today's if it has only
// what lasts.
func TestTokensOfThePast(t *testing.T) {
	then := now.AddDate(0, -1, 0)
	archive := tokenURL + "?time=" + strconv.FormatInt(then.Unix(), 10)
	s := &site{at: now, bodies: map[string][]byte{
		tokenURL: []byte(tokenList(t, school, proof.SignOptions{})),
		archive:  []byte(tokenList(t, school, proof.SignOptions{Created: then.AddDate(0, 0, -1), Expires: then.AddDate(0, 0, 1)})),
	}}
	check := func(index int) status.Result {
		return tokenSource(s).Check(context.Background(), status.Query{Entry: status.TokenEntry(tokenURL, index), Issuer: school.ID, At: then})
	}
	if r := check(0); r.Outcome != status.Clear || !r.List.Archived || !r.List.AsOf.Equal(then) {
		t.Errorf("as of then: %v, %v, %+v", r.Outcome, r.Err, r.List)
	}
	delete(s.bodies, archive)
	for index := range 9 {
		if r := check(index); r.Outcome != status.Unknown || !errors.Is(r.Err, status.ErrRetrieval) {
			t.Errorf("entry %d of today, where something may have been lifted: %v, %v", index, r.Outcome, r.Err)
		}
	}
	plain, err := status.NewTokenList(1, 100)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := status.SignToken(status.TokenDraft{URL: tokenURL, List: plain}, proof.SignOptions{Key: school.Key, Method: school.Method, Created: now})
	if err != nil {
		t.Fatal(err)
	}
	s.bodies[tokenURL] = []byte(signed)
	if r := check(0); r.Outcome != status.Clear {
		t.Errorf("of today, where nothing can be lifted: %v, %v", r.Outcome, r.Err)
	}
}

func TestTokenList(t *testing.T) {
	for bits, most := range map[int]status.Value{1: 1, 2: 3, 4: 15, 8: 255} {
		list, err := status.NewTokenList(bits, 100)
		if err != nil {
			t.Fatal(err)
		}
		if list.Bits() != bits || list.Len() < 100 || list.Len() > 107 {
			t.Errorf("%d bits: %d entries of %d", bits, list.Len(), list.Bits())
		}
		for i := range list.Len() {
			if err := list.Set(i, status.Value(i)&most); err != nil {
				t.Fatal(err)
			}
		}
		before := list.Clone()
		for i := range list.Len() {
			if got, err := list.Get(i); err != nil || got != status.Value(i)&most {
				t.Errorf("%d bits, entry %d: %d, %v", bits, i, got, err)
			}
			if err := list.Set(i, 0); err != nil {
				t.Fatal(err)
			}
		}
		if v, err := before.Get(min(int(most), 99)); err != nil || v != min(most, 99) {
			t.Errorf("a copy changed with its original: %d, %v", v, err)
		}
		for _, i := range []int{-1, list.Len()} {
			if _, err := list.Get(i); !errors.Is(err, status.ErrRange) {
				t.Errorf("entry %d: %v", i, err)
			}
			if err := list.Set(i, 0); !errors.Is(err, status.ErrRange) {
				t.Errorf("set entry %d: %v", i, err)
			}
		}
		if most < 255 {
			if err := list.Set(0, most+1); !errors.Is(err, status.ErrRange) {
				t.Errorf("%d bits hold %d: %v", bits, most+1, err)
			}
		}
	}
	for _, tt := range []struct {
		bits, n int
		want    error
	}{{0, 8, status.ErrType}, {3, 8, status.ErrType}, {16, 8, status.ErrType}, {1, 0, status.ErrLimit}, {8, 9 << 20, status.ErrLimit}} {
		if l, err := status.NewTokenList(tt.bits, tt.n); !errors.Is(err, tt.want) || l != nil {
			t.Errorf("%d bits, %d entries: %v", tt.bits, tt.n, err)
		}
	}
	if _, err := status.DecodeToken(5, "eNrbuRgAAhcBXQ"); !errors.Is(err, status.ErrType) {
		t.Errorf("five bits: %v", err)
	}
	good := proof.SignOptions{Key: school.Key, Method: school.Method, Created: now}
	list, err := status.NewTokenList(1, 8)
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		d   status.TokenDraft
		opt proof.SignOptions
	}{
		"no URL":  {status.TokenDraft{List: list}, good},
		"no list": {status.TokenDraft{URL: tokenURL}, good},
		"no time": {status.TokenDraft{URL: tokenURL, List: list}, proof.SignOptions{Key: school.Key, Method: school.Method}},
		"no key":  {status.TokenDraft{URL: tokenURL, List: list}, proof.SignOptions{Method: school.Method, Created: now}},
	} {
		if signed, err := status.SignToken(tt.d, tt.opt); err == nil || signed != "" {
			t.Errorf("%s: %q", name, signed)
		}
	}
}

func FuzzDecodeToken(f *testing.F) {
	for _, v := range tokenVectors(f).Get("vectors").Elems() {
		f.Add(1, v.Get("lst").Str())
	}
	f.Add(8, "eNo76fITAAPfAgc")
	f.Fuzz(func(t *testing.T, bits int, lst string) {
		list, err := status.DecodeToken(bits, lst)
		if err != nil {
			if list != nil {
				t.Fatal("a list beside an error")
			}
			return
		}
		again, err := status.DecodeToken(bits, list.Encode())
		if err != nil || again.Len() != list.Len() {
			t.Fatalf("encoded and decoded again: %v", err)
		}
	})
}
