package sharelink_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"laurel/internal/sharelink"
)

const verifier = "https://verifier.example"

var presentation = [][]byte{[]byte(`{"type":"VerifiablePresentation"}`)}

func seal(t testing.TB, l sharelink.Link) []byte {
	t.Helper()
	sealed, err := l.Seal(presentation)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func ExampleLink() {
	link := sharelink.New("https://verifier.example")
	sealed, err := link.Seal([][]byte{[]byte(`{"type":"VerifiablePresentation"}`)})
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := sharelink.Parse(link.String()) // all that whoever looks has
	if err != nil {
		fmt.Println(err)
		return
	}
	presentations, err := again.Open(sealed)
	fmt.Printf("%s %v\n", presentations[0], err)
	// Output: {"type":"VerifiablePresentation"} <nil>
}

func TestLink(t *testing.T) {
	l := sharelink.New(verifier)
	if got := l.String(); got != verifier+"/s/"+l.Token() || len(l.Token()) != 43 || l.Verifier() != verifier {
		t.Errorf("link %q", got)
	}
	if !sharelink.IsID(l.ID()) || strings.Contains(l.String(), l.ID()) {
		t.Errorf("id %q", l.ID())
	}
	again, err := sharelink.Parse(l.String())
	if err != nil || again != l {
		t.Errorf("parsed %v, %v", again, err)
	}
	if sharelink.New(verifier).Token() == l.Token() {
		t.Error("two links are the same")
	}
}

// The derivation is fixed: links must open what was sealed years ago.
func TestDerivation(t *testing.T) {
	l, err := sharelink.Of(verifier, strings.Repeat("A", 43))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := l.ID(), "babb40ffb304b49ef04b9d3556a4a3d5"; got != want {
		t.Errorf("id %q, want %q", got, want)
	}
}

func TestParseRefuses(t *testing.T) {
	token := sharelink.New(verifier).Token()
	for name, text := range map[string]string{
		"nothing":            "",
		"no token":           verifier + "/s/",
		"no verifier":        "/s/" + token,
		"another path":       verifier + "/t/" + token,
		"a letter less":      verifier + "/s/" + token[:42],
		"a letter more":      verifier + "/s/" + token + "A",
		"padding":            verifier + "/s/" + token + "=",
		"bits that are over": verifier + "/s/" + strings.Repeat("A", 42) + "B",
		"a line break":       verifier + "/s/" + token[:20] + "\n" + token[20:],
		"something behind":   verifier + "/s/" + token + "/picture",
	} {
		if l, err := sharelink.Parse(text); !errors.Is(err, sharelink.ErrLink) || l != (sharelink.Link{}) {
			t.Errorf("%s: %v, %v", name, l, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	l := sharelink.New(verifier)
	for name, c := range map[string]struct {
		contents [][]byte
		want     error
	}{
		"nothing":  {nil, sharelink.ErrContents},
		"too many": {make([][]byte, 17), sharelink.ErrContents},
		"too long": {[][]byte{bytes.Repeat([]byte("x"), sharelink.MaxSealed)}, sharelink.ErrLimit},
	} {
		if sealed, err := l.Seal(c.contents); !errors.Is(err, c.want) || sealed != nil {
			t.Errorf("%s: %d bytes, %v", name, len(sealed), err)
		}
	}
}

// What is sealed for one link opens under no other, and not when it was altered.
func TestOpenRefuses(t *testing.T) {
	l := sharelink.New(verifier)
	sealed := seal(t, l)
	if bytes.Contains(sealed, []byte("Verifiable")) {
		t.Error("what was sealed can be read")
	}
	if bytes.Equal(sealed, seal(t, l)) {
		t.Error("sealing twice gives the same")
	}
	if got, err := sharelink.New(verifier).Open(sealed); !errors.Is(err, sharelink.ErrSealed) || got != nil {
		t.Errorf("another link: %s, %v", got, err)
	}
	for i := range sealed {
		altered := bytes.Clone(sealed)
		altered[i] ^= 1
		if got, err := l.Open(altered); !errors.Is(err, sharelink.ErrSealed) || got != nil {
			t.Fatalf("byte %d altered: %s, %v", i, got, err)
		}
		if got, err := l.Open(sealed[:i]); !errors.Is(err, sharelink.ErrSealed) || got != nil {
			t.Fatalf("cut at %d: %s, %v", i, got, err)
		}
	}
}

func deposit(t testing.TB) sharelink.Deposit {
	l := sharelink.New(verifier)
	return sharelink.Deposit{
		ID: l.ID(), Verifier: verifier, Sealed: seal(t, l), Withdraw: sharelink.Digest(sharelink.NewSecret()),
		Expires: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	}
}

func TestDeposit(t *testing.T) {
	d := deposit(t)
	got, err := sharelink.ParseDeposit(d.JSON())
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != d.ID || got.Verifier != d.Verifier || !bytes.Equal(got.Sealed, d.Sealed) || got.Withdraw != d.Withdraw || !got.Expires.Equal(d.Expires) {
		t.Errorf("got %+v, want %+v", got, d)
	}
}

func TestParseDepositRefuses(t *testing.T) {
	good := string(deposit(t).JSON())
	id := deposit(t).ID
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"no JSON":            {"share", sharelink.ErrDeposit},
		"a list":             {"[]", sharelink.ErrDeposit},
		"another type":       {strings.Replace(good, "share/v1", "share/v2", 1), sharelink.ErrDeposit},
		"no id":              {strings.Replace(good, `"id"`, `"i"`, 1), sharelink.ErrDeposit},
		"a path for an id":   {strings.Replace(good, `"id":"`, `"id":"../`, 1), sharelink.ErrDeposit},
		"two ids":            {strings.Replace(good, `"id":`, `"id":"`+id+`","id":`, 1), sharelink.ErrDeposit},
		"nothing sealed":     {strings.Replace(good, `"sealed":"`, `"sealed":"","s":"`, 1), sharelink.ErrDeposit},
		"sealed in base64":   {strings.Replace(good, `"sealed":"`, `"sealed":"+/`, 1), sharelink.ErrDeposit},
		"a short digest":     {strings.Replace(good, `"withdraw":"`, `"withdraw":"AAAA","w":"`, 1), sharelink.ErrDeposit},
		"a day for a time":   {strings.Replace(good, "T00:00:00Z", "", 1), sharelink.ErrDeposit},
		"longer than a MiB":  {good + strings.Repeat(" ", sharelink.MaxDeposit), sharelink.ErrLimit},
		"deeper than it is":  {`{"type":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + "}", sharelink.ErrDeposit},
		"more than it holds": {`{"type":[` + strings.Repeat("1,", 200) + "1]}", sharelink.ErrDeposit},
	} {
		if d, err := sharelink.ParseDeposit([]byte(c.text)); !errors.Is(err, c.want) || d != nil {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}

func TestSecret(t *testing.T) {
	secret := sharelink.NewSecret()
	digest := sharelink.Digest(secret)
	if !sharelink.Opens(secret, digest[:]) {
		t.Error("the secret does not open")
	}
	for _, wrong := range []string{"", secret[:42], secret + "A", sharelink.NewSecret()} {
		if sharelink.Opens(wrong, digest[:]) {
			t.Errorf("%q opens", wrong)
		}
	}
	if sharelink.Opens(secret, nil) {
		t.Error("no digest is any digest")
	}
}

func TestState(t *testing.T) {
	ends := time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC)
	for _, want := range []sharelink.State{
		{State: sharelink.Open, Expires: ends},
		{State: sharelink.Withdrawn, Views: 3, Viewed: ends.Add(-time.Hour), Expires: ends},
	} {
		if got, err := sharelink.ParseState(want.JSON()); err != nil || *got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	for _, text := range []string{"", "{}", `{"state":"open","views":-1,"expires":"2026-07-01T00:00:00Z"}`,
		`{"state":"lost","views":1,"expires":"2026-07-01T00:00:00Z"}`, `{"state":"open","views":1,"expires":"soon"}`,
		`{"state":"open","views":1.5,"expires":"2026-07-01T00:00:00Z"}`, `{"state":"open","views":1,"viewed":"today","expires":"2026-07-01T00:00:00Z"}`} {
		if got, err := sharelink.ParseState([]byte(text)); !errors.Is(err, sharelink.ErrDeposit) || got != nil {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func FuzzParseDeposit(f *testing.F) {
	f.Add(deposit(f).JSON())
	f.Add([]byte(`{"type":"laurel/share/v1"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, err := sharelink.ParseDeposit(raw)
		if (err != nil) != (d == nil) {
			t.Fatalf("%+v with %v", d, err)
		}
		if d == nil {
			return
		}
		again, err := sharelink.ParseDeposit(d.JSON())
		if err != nil || again.ID != d.ID || !bytes.Equal(again.Sealed, d.Sealed) {
			t.Fatalf("%+v, %v", again, err)
		}
	})
}

// FuzzParse: a link that is read is written as it was.
func FuzzParse(f *testing.F) {
	f.Add(sharelink.New(verifier).String())
	f.Add("/s/")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := sharelink.Parse(text)
		if err != nil && l != (sharelink.Link{}) || err == nil && (l.String() != text || !sharelink.IsID(l.ID())) {
			t.Fatalf("%v, %v", l, err)
		}
	})
}

func FuzzParseState(f *testing.F) {
	f.Add(sharelink.State{State: sharelink.Open, Views: 2, Viewed: time.Unix(0, 0), Expires: time.Unix(60, 0)}.JSON())
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := sharelink.ParseState(raw)
		if (err != nil) != (s == nil) {
			t.Fatalf("%+v with %v", s, err)
		}
		if s == nil {
			return
		}
		again, err := sharelink.ParseState(s.JSON())
		if err != nil || again.State != s.State || again.Views != s.Views || !again.Expires.Equal(s.Expires) {
			t.Fatalf("%+v, %v, want %+v", again, err, s)
		}
	})
}

// FuzzContents: whoever made a link can seal anything under it.
func FuzzContents(f *testing.F) {
	f.Add([]byte(`{"type":"laurel/share-contents/v1","presentations":["{}"]}`))
	f.Add([]byte(`{"type":"laurel/share-contents/v1","presentations":[1]}`))
	f.Fuzz(func(t *testing.T, plain []byte) {
		got, err := sharelink.Contents(plain)
		if (err != nil) != (got == nil) || len(got) > 16 {
			t.Fatalf("%d texts, %v", len(got), err)
		}
	})
}

func FuzzOpen(f *testing.F) {
	l := sharelink.New(verifier)
	f.Add(seal(f, l))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if got, err := l.Open(sealed); err != nil && got != nil {
			t.Fatalf("%s with %v", got, err)
		}
	})
}
