package strictjson

import (
	"errors"
	"testing"
)

// The document and the pointers of RFC 6901, section 5.
const pointerExample = `{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8}`

func TestPointers(t *testing.T) {
	doc, err := Parse([]byte(pointerExample))
	if err != nil {
		t.Fatal(err)
	}
	for pointer, want := range map[string]string{
		"": pointerExample, "/foo": `["bar","baz"]`, "/foo/0": `"bar"`, "/": "0", "/a~1b": "1", "/c%d": "2",
		"/e^f": "3", "/g|h": "4", `/i\j`: "5", `/k"l`: "6", "/ ": "7", "/m~0n": "8",
	} {
		p, err := ParsePointer(pointer)
		if err != nil {
			t.Errorf("%q: %v", pointer, err)
			continue
		}
		if got := string(doc.At(p).JSON()); got != want && pointer != "" {
			t.Errorf("%q leads to %s, want %s", pointer, got, want)
		}
		if p.String() != pointer {
			t.Errorf("%q is written %q", pointer, p.String())
		}
	}
	if !doc.At(nil).Equal(doc) {
		t.Error("the empty pointer is not the whole document")
	}
}

func TestPointersThatLeadNowhere(t *testing.T) {
	doc, err := Parse([]byte(pointerExample))
	if err != nil {
		t.Fatal(err)
	}
	for _, pointer := range []string{"/foo/2", "/foo/-1", "/foo/+1", "/foo/00", "/foo/-", "/foo/", "/foo/bar", "/bar", "/foo/0/x", "/m~01n"} {
		p, err := ParsePointer(pointer)
		if err != nil || doc.At(p).Exists() {
			t.Errorf("%q: %v leads to %s", pointer, err, doc.At(p).JSON())
		}
	}
	for _, pointer := range []string{"foo", "foo/0", "#/foo", "/m~n", "/m~", "/m~2n", "/~0~"} {
		if p, err := ParsePointer(pointer); !errors.Is(err, ErrPointer) || p != nil {
			t.Errorf("%q is read as %q, %v", pointer, p, err)
		}
	}
}

func FuzzPointer(f *testing.F) {
	for _, seed := range []string{"", "/", "/a/0", "/m~0n", "/a~1b", "/~01", "x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePointer(text)
		if err != nil {
			if p != nil || !errors.Is(err, ErrPointer) {
				t.Fatalf("%q beside %v", p, err)
			}
			return
		}
		if p.String() != text {
			t.Fatalf("%q is written %q", text, p.String())
		}
	})
}
