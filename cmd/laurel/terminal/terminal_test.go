package terminal

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

func TestFit(t *testing.T) {
	for _, s := range []string{"", "short", "exactly ten", "a title that is much too long", "数据分析基础课程与实践", "e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", "👩‍🎓👩‍🎓👩‍🎓👩‍🎓👩‍🎓👩‍🎓👩‍🎓", "mixed 数据 and 分析"} {
		for _, n := range []int{1, 2, 9, 10, 11, 28} {
			if got := Fit(s, n); uniseg.StringWidth(got) != n {
				t.Errorf("fit(%q, %d) = %q, which is %d columns", s, n, got, uniseg.StringWidth(got))
			}
		}
	}
	if got := Fit("a title", 7); got != "a title" {
		t.Errorf("a text that fits became %q", got)
	}
}

func TestFileName(t *testing.T) {
	for title, want := range map[string]string{
		"Data Analysis":          "data-analysis-1a2b.json",
		"../../etc/passwd":       "etc-passwd-1a2b.json",
		".hidden":                "hidden-1a2b.json",
		"-rf *":                  "rf-1a2b.json",
		"a\x00b\nc\\d":           "a-b-c-d-1a2b.json",
		"":                       "1a2b.json",
		"数据":                     "1a2b.json",
		"CON":                    "con-1a2b.json",
		"Grüße & Co.":            "gr-e-co-1a2b.json",
		strings.Repeat("x", 500): strings.Repeat("x", 60) + "-1a2b.json",
	} {
		if got := FileName(title, "1a2b"); got != want {
			t.Errorf("fileName(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestWritePrivate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.json")
	write := func(text string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, text)
			return err
		}
	}
	fail := errors.New("power cut")
	tests := []struct {
		name    string
		replace bool
		write   func(io.Writer) error
		ok      bool
		want    string
	}{
		{"a writer that fails leaves nothing", false, func(w io.Writer) error { _, _ = io.WriteString(w, "half"); return fail }, false, ""},
		{"a new file", false, write("one"), true, "one"},
		{"never over another", false, write("two"), false, "one"},
		{"unless it is to be replaced", true, write("three"), true, "three"},
		{"a writer that fails leaves the old one", true, func(io.Writer) error { return fail }, false, "three"},
	}
	for _, tt := range tests {
		err := WritePrivate(path, tt.replace, tt.write)
		got, _ := os.ReadFile(path) // nil when there is none
		if (err == nil) != tt.ok || string(got) != tt.want {
			t.Errorf("%s: %v, and the file is %q, want %q", tt.name, err, got, tt.want)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
	if err := WritePrivate(filepath.Join(dir, "nowhere", "out"), false, write("x")); err == nil {
		t.Error("a file in a folder that is not there was written")
	}
}

func TestFirstLine(t *testing.T) {
	for in, want := range map[string]string{
		"secret":             "secret",
		"secret\n":           "secret",
		"secret\r\nmore\n":   "secret",
		" two  words \nmore": " two  words ",
		"":                   "",
		"\n":                 "",
	} {
		got, err := firstLine(strings.NewReader(in))
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("firstLine(%q) = %q, %v", in, got, err)
		}
	}
	if got, err := firstLine(bytes.NewReader(bytes.Repeat([]byte("x"), 1<<20))); err != nil || len(got) != maxPassphrase {
		t.Errorf("of a megabyte %d bytes were read, %v", len(got), err)
	}
}
