package wallet

import (
	"encoding/binary"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// full has every field set.
func full() Card {
	return Card{
		ID: "0123456789abcdef", Title: "Datenanalyse – Grundlagen", Issuer: "did:web:school.example", IssuerName: "Schule",
		Subject: "did:key:z6Mk", Credential: "urn:uuid:1", Types: []string{"OpenBadgeCredential", "Course"}, Skills: []string{"", "pandas"},
		Added: time.Unix(1_780_000_000, 0).UTC(), From: time.Unix(-1, 0).UTC(), Until: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
		Verdict: Accepted, Headline: "Valid.", Proven: Issuer{Listed: "Die Schule", Domain: "school.example"}, Checked: time.Unix(0, 0).UTC(), Size: 10_900,
		News: News{Was: Rejected, Since: time.Unix(7, 0).UTC()},
	}
}

func TestCardsComeBack(t *testing.T) {
	for _, c := range []Card{{}, full()} {
		got, err := decodeCard(c.encode())
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%+v\ncame back as %+v, %v", c, got, err)
		}
	}
}

func TestReceiptsComeBack(t *testing.T) {
	r := Receipt{ID: "1", When: time.Unix(1, 0).UTC(), Audience: "a", Domain: "d", Challenge: "c", Holder: "h",
		Credentials: []Shown{{ID: "1", Title: "t", Issuer: "i", Chosen: []string{"/a", ""}, Fields: 2, Of: 31}, {}}, SHA256: "s", Verdict: Rejected, Headline: "No."}
	for _, r := range []Receipt{{}, r} {
		got, err := decodeReceipt(r.encode())
		if err != nil || !reflect.DeepEqual(got, r) {
			t.Errorf("%+v\ncame back as %+v, %v", r, got, err)
		}
		if again := receiptOf(r.JSON()); !reflect.DeepEqual(*again, r) {
			t.Errorf("%+v\nas JSON came back as %+v", r, *again)
		}
	}
}

// TestOldCards: those of version 1 had no news.
func TestOldCards(t *testing.T) {
	c := full()
	c.News = News{}
	old := c.encode()
	old = append([]byte{codecVersion}, old[1:len(old)-1-len(binary.AppendVarint(nil, zeroTime))]...)
	if got, err := decodeCard(old); err != nil || !reflect.DeepEqual(got, c) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestOldReceipts: those of version 1 say nothing of what was shown.
func TestOldReceipts(t *testing.T) {
	e := encoder{codecVersion}
	for _, s := range []string{"1", "a", "d", "c", "h", "s", "accepted", "Valid."} {
		e.text(s)
	}
	e.time(time.Unix(1, 0).UTC())
	e.number(1)
	for _, s := range []string{"i", "t", "u"} {
		e.text(s)
	}
	r, err := decodeReceipt(e)
	if err != nil || !reflect.DeepEqual(r.Credentials, []Shown{{ID: "i", Title: "t", Issuer: "u"}}) || r.Credentials[0].Summary() != "" {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestDecodeRefuses(t *testing.T) {
	c := full()
	whole := c.encode()
	for n := range whole {
		if got, err := decodeCard(whole[:n]); !errors.Is(err, ErrCorrupt) || !reflect.DeepEqual(got, Card{}) {
			t.Fatalf("a card cut to %d bytes: %+v, %v", n, got, err)
		}
	}
	for name, plain := range map[string][]byte{
		"longer":          append(whole, 0),
		"a newer version": append([]byte{99}, whole[1:]...),
		"a huge text":     {codecVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
		"a long number":   {codecVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1},
	} {
		if _, err := decodeCard(plain); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v, want ErrCorrupt", name, err)
		}
		if _, err := decodeReceipt(plain); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a receipt, %s: %v, want ErrCorrupt", name, err)
		}
		if _, err := decodeKeyed(plain); !errors.Is(err, ErrCorrupt) {
			t.Errorf("an identity, %s: %v, want ErrCorrupt", name, err)
		}
		if _, err := decodeIDs(plain); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a list, %s: %v, want ErrCorrupt", name, err)
		}
	}
}

func TestShort(t *testing.T) {
	for _, s := range []string{"", "a", strings.Repeat("é", 149), strings.Repeat("é", 150), strings.Repeat("é", 151), strings.Repeat("𝄞", 400), "x" + strings.Repeat("𝄞", 400)} {
		got := short(s)
		if len(got) > maxCardText || !utf8.ValidString(got) || len(s) <= maxCardText && got != s {
			t.Errorf("short of %d bytes has %d: %q", len(s), len(got), got)
		}
	}
}

func TestStates(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }
	tests := []struct {
		card Card
		want State
	}{
		{Card{Verdict: Accepted}, StateValid},
		{Card{Verdict: Accepted, From: day(-1), Until: day(365)}, StateValid},
		{Card{Verdict: Undetermined}, StateUnclear},
		{Card{Verdict: Rejected}, StateRejected},
		{Card{Verdict: Old, Until: day(-1)}, StateOld},
		{Card{Verdict: Accepted, Until: day(-1)}, StateExpired},
		{Card{Verdict: Rejected, Until: day(-1)}, StateExpired},
		{Card{Verdict: Accepted, Until: day(0)}, StateEnding},
		{Card{Verdict: Accepted, Until: day(59)}, StateEnding},
		{Card{Verdict: Undetermined, Until: day(59)}, StateEnding},
		{Card{Verdict: Accepted, Until: day(61)}, StateValid},
		{Card{Verdict: Rejected, From: day(1)}, StateEarly},
	}
	for _, tt := range tests {
		if got := tt.card.State(day(0)); got != tt.want {
			t.Errorf("%+v is %q, want %q", tt.card, got, tt.want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	c := full()
	r := Receipt{ID: "1", Credentials: []Shown{{ID: "1", Title: "t", Issuer: "i", Chosen: []string{"/a"}, Of: 1}}}
	f.Add(c.encode())
	f.Add(r.encode())
	f.Add(encodeIDs([]string{"a", "b"}))
	f.Add([]byte{codecVersion})
	f.Fuzz(func(t *testing.T, plain []byte) {
		if c, err := decodeCard(plain); err != nil && !reflect.DeepEqual(c, Card{}) {
			t.Fatal("a card beside an error")
		} else if err == nil {
			if again, err := decodeCard(c.encode()); err != nil || !reflect.DeepEqual(again, c) {
				t.Fatalf("%+v came back as %+v, %v", c, again, err)
			}
		}
		if r, err := decodeReceipt(plain); err != nil && !reflect.DeepEqual(r, Receipt{}) {
			t.Fatal("a receipt beside an error")
		}
		if k, err := decodeKeyed(plain); err != nil && !reflect.DeepEqual(k, keyed{}) {
			t.Fatal("an identity beside an error")
		}
		if ids, err := decodeIDs(plain); err != nil && ids != nil {
			t.Fatal("a list beside an error")
		}
	})
}
