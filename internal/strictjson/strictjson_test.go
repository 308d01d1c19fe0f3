package strictjson

import (
	"errors"
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	deep := strings.Repeat("[", 65) + strings.Repeat("]", 65)
	wide := "[" + strings.Repeat("0,", 20_000) + "0]"
	tests := []struct {
		name, in string
		want     error
	}{
		{"empty", "", ErrMalformed},
		{"white space only", " \n", ErrMalformed},
		{"duplicate name", `{"a":1,"a":2}`, ErrDuplicateName},
		{"duplicate name by escape", `{"a":1,"\u0061":2}`, ErrDuplicateName},
		{"duplicate name, nested", `{"x":[{"issuer":"A","issuer":"B"}]}`, ErrDuplicateName},
		{"lone surrogate", `"\ud800"`, ErrMalformed},
		{"invalid UTF-8", "\"\xff\"", ErrMalformed},
		{"byte order mark", "\ufeff{}", ErrMalformed},
		{"trailing value", `{} {}`, ErrMalformed},
		{"trailing bracket", `{}]`, ErrMalformed},
		{"trailing comma", `[1,]`, ErrMalformed},
		{"comment", `{/**/}`, ErrMalformed},
		{"unquoted name", `{a:1}`, ErrMalformed},
		{"single quotes", `{'a':1}`, ErrMalformed},
		{"leading zero", `01`, ErrMalformed},
		{"NaN", `NaN`, ErrMalformed},
		{"control character", "\"\x01\"", ErrMalformed},
		{"cut off", `{"a":[1,2`, ErrMalformed},
		{"too deep", deep, ErrLimit},
		{"too many values", wide, ErrLimit},
		{"a long string", `"` + strings.Repeat("x", maxString+1) + `"`, ErrLimit},
		{"a long image", `"data:image/png;base64,` + strings.Repeat("A", maxImage) + `"`, ErrLimit},
		{"a long packed list", `"uH4sI` + strings.Repeat("A", maxPacked) + `"`, ErrLimit},
		{"a long token", `"data:application/vc+jwt,` + strings.Repeat("A", maxToken) + `"`, ErrLimit},
		{"a long name", `{"` + strings.Repeat("x", maxString+1) + `":1}`, ErrLimit},
		{"too many bytes", strings.Repeat(" ", maxBytes) + "1", ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Parse([]byte(tt.in))
			if !errors.Is(err, tt.want) {
				t.Errorf("Parse error = %v, want %v", err, tt.want)
			}
			if v.Exists() {
				t.Errorf("Parse returned %v beside its error", v.Kind())
			}
		})
	}
}

func TestParseKeepsOrderAndNumbers(t *testing.T) {
	const in = `{"z":1.50e3,"a":[true,false,null,"\u00e9\n"],"A":{},"data":"` + "data:image/png" + `"}`
	v, err := Parse([]byte(in))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"z":1.50e3,"a":[true,false,null,"é\n"],"A":{},"data":"data:image/png"}`
	if got := string(v.JSON()); got != want {
		t.Errorf("JSON() = %s, want %s", got, want)
	}
	if lit, _ := v.Get("z").Literal(); lit != "1.50e3" {
		t.Errorf("number literal = %q", lit)
	}
	if v.Get("Z").Exists() || v.Get("DATA").Exists() {
		t.Error("names must match exactly, also in case")
	}
	canonical, err := v.Canonical()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(canonical), `{"A":{},"a":[true,false,null,"é\n"],"data":"data:image/png","z":1500}`; got != want {
		t.Errorf("Canonical() = %s, want %s", got, want)
	}
}

func TestLongImagesAndListsAreRead(t *testing.T) {
	for _, start := range []string{"data:image/png;base64,", "uH4sI", "data:application/vc+sd-jwt,"} {
		if _, err := Parse([]byte(`"` + start + strings.Repeat("A", maxString) + `"`)); err != nil {
			t.Errorf("%s: %v", start, err)
		}
	}
	for most, want := range map[int]error{maxString / 2: ErrLimit, 2 * maxString: nil} {
		if _, err := ParseWithin([]byte(`"`+strings.Repeat("A", maxString+1)+`"`), Limits{String: most}); !errors.Is(err, want) {
			t.Errorf("at most %d: %v", most, err)
		}
	}
}

func TestEdit(t *testing.T) {
	v := Object(Member{"a", Int(1)}, Member{"b", String("x")}, Member{"gone", Value{}})
	for _, tt := range []struct {
		name string
		got  Value
		want string
	}{
		{"absent members are left out", v, `{"a":1,"b":"x"}`},
		{"without", v.Without("a", "nope"), `{"b":"x"}`},
		{"replace in place", v.With("a", Strings("p", "q")), `{"a":["p","q"],"b":"x"}`},
		{"add at the end", v.With("c", Bool(true)), `{"a":1,"b":"x","c":true}`},
		{"the first is unchanged", v, `{"a":1,"b":"x"}`},
	} {
		if got := string(tt.got.JSON()); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
	if !v.Equal(Object(Member{"b", String("x")}, Member{"a", Int(1)})) {
		t.Error("the order of members must not matter to Equal")
	}
	if v.Equal(v.With("a", String("1"))) {
		t.Error(`1 and "1" must differ`)
	}
}

func TestCanonicalRefusesNumbers(t *testing.T) {
	for _, in := range []string{`1e309`, `-1e309`, `[1e999]`, `{"a":{"b":[0,-1e400]}}`} {
		v, err := Parse([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := v.Canonical(); !errors.Is(err, ErrMalformed) || text != nil {
			t.Errorf("%s: %s, error = %v; want %v", in, text, err, ErrMalformed)
		}
	}
	v, err := Parse([]byte(`[1.7976931348623157e308,1e-999]`))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := v.Canonical(); string(text) != `[1.7976931348623157e+308,0]` {
		t.Errorf("%s, %v", text, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.5,"x",null,true]}`, `"\ud83d\ude00"`, `{"a":1,"a":2}`, `[[[]]]`, ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := Parse(data)
		if err != nil {
			if v.Exists() {
				t.Fatal("a value beside an error")
			}
			return
		}
		again, err := Parse(v.JSON())
		if err != nil || !again.Equal(v) {
			t.Fatalf("written text reads back differently: %v", err)
		}
	})
}

// TestIs: one and the same, not merely equal.
func TestIs(t *testing.T) {
	doc, err := Parse([]byte(`{"a": {"b": []}, "c": {"b": []}, "d": "x", "e": "x"}`))
	if err != nil {
		t.Fatal(err)
	}
	a, c := doc.Get("a"), doc.Get("c")
	if !a.Is(a) || !a.Is(doc.Without("c").Get("a")) || !a.Get("b").Is(a.Get("b")) {
		t.Error("a value is not itself")
	}
	for name, same := range map[string]bool{
		"an equal object": a.Is(c), "an equal array": a.Get("b").Is(c.Get("b")), "a changed object": a.Is(a.With("b", Nil())),
		"an equal text": doc.Get("d").Is(doc.Get("e")), "nothing": doc.Get("x").Is(Value{}), "the same text": doc.Get("d").Is(doc.Get("d")),
	} {
		if same {
			t.Errorf("%s is taken for the same", name)
		}
	}
}
