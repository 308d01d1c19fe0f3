package credential

import (
	"strings"
	"testing"
	"unicode/utf8"

	"laurel/internal/strictjson"
)

// garble reads UTF-8 as Windows-1252.
func garble(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b >= 0x80 && b < 0xA0 {
			out.WriteRune([]rune(upper1252)[b-0x80])
			continue
		}
		out.WriteRune(rune(b))
	}
	return out.String()
}

// latin1 reads UTF-8 as Latin-1.
func latin1(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		out.WriteRune(rune(b))
	}
	return out.String()
}

func TestUngarble(t *testing.T) {
	texts := []string{
		"Zürich", "Prüfung „bestanden“", "It’s done – really…", "Škoda", "naïve café", "5 °C", "€ 100", "Ünïçödé", "Привет, мир",
		"東京の証明書", "ελληνικά", "👍🏽 done", "é", "smart “quotes” and ‘more’", "à la carte", "Ñandú", "tab\tand\nline",
	}
	for _, text := range texts {
		for name, broken := range map[string]string{
			"once": garble(text), "twice": garble(garble(text)), "as Latin-1": latin1(text), "mixed": latin1(garble(text)),
		} {
			if got := Ungarble(broken); got != text {
				t.Errorf("%s: %q became %q, want %q", name, broken, got, text)
			}
		}
	}
}

// Honest texts are left alone, also those that are UTF-8 by chance.
func TestUngarbleLeavesHonestTexts(t *testing.T) {
	for _, text := range []string{
		"", "plain", "Zürich", "«CAFÉ»", "voilà…", "São Paulo", "ÀÉÎÕÜ", "Â", "Ã", "Ãé", "Año “2026”", "Привет", "東京", "Gemälde – 3 × 4 m²",
		"É™", "\x00\x01", "\ufffd", "œuvre", "Œ…", strings.Repeat("é", 100),
	} {
		if got := Ungarble(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestFindGarbled(t *testing.T) {
	doc := parse(t, `{"name":"ZÃ¼rich","a/b":[{"x":"fine"},{"x":"Itâ€™s"}],"lost":"Z\ufffdrich","image":"data:image/png;base64,Ã¼","n":1}`)
	want := []Garbled{
		{"/name", "ZÃ¼rich", "Zürich"},
		{"/a~1b/1/x", "Itâ€™s", "It’s"},
		{"/lost", "Z\ufffdrich", ""},
	}
	got := FindGarbled(doc)
	if len(got) != len(want) {
		t.Fatalf("found %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("found %+v, want %+v", got[i], want[i])
		}
	}
	if all := UngarbleAll(doc); all.Get("name").Str() != "Zürich" || all.Get("a/b").Elems()[1].Get("x").Str() != "It’s" || all.Get("n").Kind() != strictjson.Number {
		t.Errorf("repaired to %s", all.JSON())
	}
	many := make([]strictjson.Value, 2*maxProblems)
	for i := range many {
		many[i] = strictjson.String("Ã¼")
	}
	if got := FindGarbled(strictjson.Array(many...)); len(got) != maxProblems {
		t.Errorf("%d texts found", len(got))
	}
	for _, name := range badgeFiles(t) {
		if got := FindGarbled(load(t, "badges/"+name)); len(got) > 0 {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func FuzzUngarble(f *testing.F) {
	for _, text := range []string{"Zürich", "ZÃ¼rich", "Itâ€™s", "«CAFÉ»", "👍"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := Ungarble(text)
		if utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q became %q, which is not UTF-8", text, got)
		}
		if len(got) > len(text) {
			t.Errorf("%q grew to %q", text, got)
		}
	})
}
