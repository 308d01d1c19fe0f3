package verifier

import (
	"bytes"
	"compress/zlib"
	"strings"
	"testing"
	"time"

	"laurel/internal/jose"
	"laurel/internal/testissuer"
	"laurel/proof"
	"laurel/status"
)

const tokenListURL = "https://school.example/tokens/1"

// packed is the lst of these bytes.
func packed(t *testing.T, octets []byte) string {
	t.Helper()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	if _, err := w.Write(octets); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return jose.Encode(b.Bytes())
}

// attackTokenStatus: whatever is wrong with a signed list, or with the claim that
// names a place in one, no token is accepted because of it.
func attackTokenStatus(t *testing.T, n census) {
	list := func(bits int, value status.Value) *status.TokenList {
		l, err := status.NewTokenList(bits, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Set(7, value); err != nil {
			t.Fatal(err)
		}
		return l
	}
	sign := func(l *status.TokenList, edit func(*status.TokenDraft, *proof.SignOptions)) string {
		d := status.TokenDraft{URL: tokenListURL, List: l}
		opt := proof.SignOptions{Key: school.Key, Method: "2026", Created: testissuer.Now.Add(-time.Hour)}
		if edit != nil {
			edit(&d, &opt)
		}
		signed, err := status.SignToken(d, opt)
		if err != nil {
			t.Fatal(err)
		}
		return signed
	}
	clear := sign(list(1, 0), nil)
	place := func(idx string) string { return `{"status_list":{"idx":` + idx + `,"uri":"` + tokenListURL + `"}}` }
	says := func(header, claims string) string { return school.Token(t, header, claims) }
	const kind = `{"typ":"statuslist+jwt","kid":"2026"}`
	body := func(changes ...string) string {
		return strings.NewReplacer(changes...).Replace(`{"sub":"` + tokenListURL + `","iat":1780311600,"status_list":{"bits":1,"lst":"` + packed(t, make([]byte, 100)) + `"}}`)
	}
	parts := strings.Split(clear, ".")
	none := jose.Encode([]byte(`{"alg":"none","typ":"statuslist+jwt","kid":"2026"}`)) + "." + parts[1] + "."
	for _, tt := range []struct {
		name, list, claim string
		want              Code
	}{
		{"revoked in one bit", sign(list(1, 1), nil), place("7"), StatusRevoked},
		{"revoked in two bits", sign(list(2, 1), nil), place("7"), StatusRevoked},
		{"revoked in four bits", sign(list(4, 1), nil), place("7"), StatusRevoked},
		{"revoked in eight bits", sign(list(8, 1), nil), place("7"), StatusRevoked},
		{"revoked, and a second mechanism", sign(list(1, 1), nil), strings.Replace(place("7"), "{", `{"identifier_list":{},`, 1), StatusRevoked},
		{"suspended in two bits", sign(list(2, 2), nil), place("7"), StatusSuspended},
		{"suspended in four bits", sign(list(4, 2), nil), place("7"), StatusSuspended},
		{"suspended in eight bits", sign(list(8, 2), nil), place("7"), StatusSuspended},
		{"suspended at the last place", says(kind, body(`"bits":1`, `"bits":2`, packed(t, make([]byte, 100)), packed(t, []byte{0, 0x80}))), place("7"), StatusSuspended},
		{"suspended by the list of another issuer's own", sign(list(2, 2), func(_ *status.TokenDraft, o *proof.SignOptions) { o.Expires = testissuer.Now.Add(time.Hour) }), place("7"), StatusSuspended},

		{"behind the end", clear, place("1000"), StatusIndexRange},
		{"far behind the end", clear, place("99999999999999999999"), StatusIndexRange},
		{"before the beginning", clear, place("-1"), StatusIndexRange},
		{"a fraction", clear, place("7.5"), StatusIndexRange},
		{"an exponent", clear, place("7e0"), StatusIndexRange},
		{"a text", clear, place(`"7"`), StatusIndexRange},
		{"a list of places", clear, place("[7]"), StatusIndexRange},
		{"no place", clear, `{"status_list":{"uri":"` + tokenListURL + `"}}`, StatusIndexRange},
		{"null", clear, place("null"), StatusIndexRange},

		{"no address", clear, `{"status_list":{"idx":7}}`, StatusVerificationError},
		{"an address that is a number", clear, `{"status_list":{"idx":7,"uri":7}}`, StatusVerificationError},
		{"a list of another address", sign(list(1, 0), func(d *status.TokenDraft, _ *proof.SignOptions) { d.URL += "0" }), place("7"), StatusVerificationError},
		{"a list of no address", says(kind, body(`"sub":"`+tokenListURL+`",`, "")), place("7"), StatusVerificationError},
		{"a list by a stranger", stranger.Token(t, `{"typ":"statuslist+jwt","kid":"`+stranger.Method+`"}`, body()), place("7"), StatusVerificationError},
		{"a list by a stranger under the register's kid", stranger.Token(t, kind, body()), place("7"), StatusVerificationError},
		{"a list by a stranger who brings a key", stranger.Token(t, `{"typ":"statuslist+jwt","jwk":`+stranger.JWK(t)+`}`, body()), place("7"), StatusVerificationError},
		{"a list of another issuer", says(kind, body(`"sub"`, `"iss":"https://other.example","sub"`)), place("7"), StatusVerificationError},
		{"a list that nobody signed", none, place("7"), StatusVerificationError},
		{"a list changed after signing", parts[0] + "." + jose.Encode([]byte(body("1780311600", "1780311601"))) + "." + parts[2], place("7"), StatusVerificationError},
		{"a list of another type", says(`{"typ":"JWT","kid":"2026"}`, body()), place("7"), StatusVerificationError},
		{"a list of no type", says(`{"kid":"2026"}`, body()), place("7"), StatusVerificationError},
		{"a list that demands something", says(`{"typ":"statuslist+jwt","kid":"2026","crit":["x"]}`, body()), place("7"), StatusVerificationError},
		{"a list without a date", says(kind, body(`"iat":1780311600,`, "")), place("7"), StatusVerificationError},
		{"a list of tomorrow", says(kind, body("1780311600", "1780401600")), place("7"), StatusVerificationError},
		{"a list that has ended", says(kind, body(`"iat"`, `"exp":1780315200,"iat"`)), place("7"), StatusVerificationError},
		{"three bits", says(kind, body(`"bits":1`, `"bits":3`)), place("7"), StatusTypeUnknown},
		{"bits that are a text", says(kind, body(`"bits":1`, `"bits":"1"`)), place("7"), StatusVerificationError},
		{"no bits", says(kind, body(`"bits":1,`, "")), place("7"), StatusVerificationError},
		{"no list inside", says(kind, body(`"lst"`, `"list"`)), place("7"), StatusVerificationError},
		{"a list with padding", says(kind, body(`"}}`, `=="}}`)), place("7"), StatusVerificationError},
		{"a list that is not packed", says(kind, body(packed(t, make([]byte, 100)), "AAAAAAAA")), place("7"), StatusVerificationError},
		{"a list with something behind", says(kind, body(packed(t, make([]byte, 100)), packed(t, make([]byte, 100))+"AAAA")), place("7"), StatusVerificationError},
		{"a ttl of less than nothing", says(kind, body(`"iat"`, `"ttl":-1,"iat"`)), place("7"), StatusVerificationError},

		{"another mechanism", clear, `{"identifier_list":{"id":"7"}}`, StatusTypeUnknown},
		{"no mechanism", clear, `{}`, StatusTypeUnknown},
		{"a word", clear, `"valid"`, StatusTypeUnknown},
		{"a number", clear, `0`, StatusTypeUnknown},
		{"several in a list", clear, "[" + place("7") + "]", StatusTypeUnknown},
		{"a meaning of its own", sign(list(2, 3), nil), place("7"), StatusTypeUnknown},
		{"a larger meaning of its own", sign(list(8, 200), nil), place("7"), StatusTypeUnknown},

		{"no list there", "", place("7"), StatusRetrieval},
		{"a page", "<html>", place("7"), StatusRetrieval},
		{"JSON", `{"status_list":{"bits":1,"lst":"AAAA"}}`, place("7"), StatusRetrieval},
		{"half a list", clear[:len(clear)/3], place("7"), StatusRetrieval},
		{"a list with a line break", clear[:20] + "\n" + clear[20:], place("7"), StatusRetrieval},
		{"a list elsewhere", clear, `{"status_list":{"idx":7,"uri":"https://nowhere.example/1"}}`, StatusRetrieval},

		{"a bomb", says(kind, body(packed(t, make([]byte, 100)), packed(t, make([]byte, 64<<20)))), place("7"), LimitExceeded},
	} {
		n.count(tt.name, tt.want)
		t.Run(string(tt.want)+"/"+tt.name, func(t *testing.T) {
			v := reading(t)
			if tt.list != "" {
				v.Status.Fetch.(*testissuer.Web).Pages[tokenListURL] = []byte(tt.list)
			}
			r := verify(t, v, []byte(issuePID(t, `,"status":`+tt.claim)), Expectation{})
			if r.Verdict == Accepted {
				t.Fatalf("accepted: %s", r.Headline)
			}
			if c := r.Check(RowStatus); c.Code != tt.want {
				t.Errorf("%s, want %s: %s", c.Code, tt.want, codes(r))
			}
		})
	}
}
