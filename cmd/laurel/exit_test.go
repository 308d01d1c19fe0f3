package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"laurel/cmd/laurel/terminal"
	"laurel/internal/testissuer"
)

// inside runs the program in this process, with nothing to read, and returns
// its exit code and what it wrote.
func inside(args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	e := &terminal.Env{Context: context.Background(), Stdin: strings.NewReader(""), Stdout: &out, Stderr: &errs, Now: func() time.Time { return testissuer.Now }}
	code = run(args, e)
	return code, out.String(), errs.String()
}

// TestExitCodes: 0 accepted, 1 rejected, 3 undetermined, 2 for what cannot be
// used, 4 for what failed otherwise; and whatever fails says why.
func TestExitCodes(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAUREL_WALLET", filepath.Join(dir, "wallet"))
	t.Setenv("LAUREL_ISSUER", filepath.Join(dir, "issuer"))
	file := func(name string, text []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("LAUREL_PASSPHRASE_FILE", file("passphrase", []byte("correct horse battery\n")))
	school, learner := testissuer.New("school"), testissuer.New("learner")
	badge := school.Sign(t, school.Badge(learner))
	good := file("good.json", badge.JSON())
	bad := file("bad.json", testissuer.Set(badge, "name", testissuer.Parse(`"Astronaut"`)).JSON())
	unknown := file("unknown.json", testissuer.Set(badge, "proof/cryptosuite", testissuer.Parse(`"none-2050"`)).JSON())
	empty, folder := file("empty", nil), dir
	loose := file("loose", []byte("correct horse battery\n"))
	if err := os.Chmod(loose, 0o644); err != nil {
		t.Fatal(err)
	}

	for _, tt := range []struct {
		name string
		want int
		args []string
	}{
		{"nothing", terminal.BadUsage, nil},
		{"help", terminal.OK, []string{"--help"}},
		{"help of a verb", terminal.OK, []string{"issuer", "issue", "--help"}},
		{"version", terminal.OK, []string{"version"}},
		{"no such verb", terminal.BadUsage, []string{"revoke"}},
		{"half a verb", terminal.BadUsage, []string{"wallet"}},
		{"no such flag", terminal.BadUsage, []string{"verify", good, "--trusted", good}},

		{"accepted", terminal.OK, []string{"verify", good}},
		{"rejected", terminal.Rejected, []string{"verify", bad}},
		{"undetermined", terminal.Undetermined, []string{"verify", unknown}},
		{"rejected counts more than accepted", terminal.Rejected, []string{"verify", good, bad, good}},
		{"rejected counts more than undetermined", terminal.Rejected, []string{"verify", unknown, bad, unknown}},
		{"undetermined counts more than accepted", terminal.Undetermined, []string{"verify", good, unknown, good}},
		{"the same as JSON", terminal.Rejected, []string{"verify", "--json", good, bad}},
		{"the same as a page", terminal.Rejected, []string{"verify", "--html", bad}},
		{"two as a page", terminal.BadUsage, []string{"verify", "--html", good, good}},
		{"an empty file", terminal.Rejected, []string{"verify", empty}},
		{"standard input, empty", terminal.Rejected, []string{"verify", "-"}},
		{"no file", terminal.BadUsage, []string{"verify"}},
		{"no such file", terminal.BadUsage, []string{"verify", good + "x"}},
		{"a folder", terminal.BadUsage, []string{"verify", folder}},
		{"a day", terminal.BadUsage, []string{"verify", good, "--at", "2026-06-01"}},
		{"a time without zone", terminal.BadUsage, []string{"verify", good, "--at", "2026-06-01T00:00:00"}},
		{"a time", terminal.OK, []string{"verify", good, "--at", "2026-06-02T00:00:00+02:00"}},
		{"before it was valid", terminal.Rejected, []string{"verify", good, "--at", "2020-06-02T00:00:00Z"}},
		{"no such trust file", terminal.BadUsage, []string{"verify", good, "--trust", good + "x"}},
		{"no trust file", terminal.BadUsage, []string{"verify", good, "--trust", good}},
		{"any trust", terminal.OK, []string{"verify", good, "--trust", "any"}},
		{"no such bundle", terminal.BadUsage, []string{"verify", good, "--bundle", good + "x"}},
		{"no bundle", terminal.BadUsage, []string{"verify", good, "--holder-bundle", good}},
		{"a proxy that is none", terminal.BadUsage, []string{"verify", good, "--egress-proxy", "here"}},

		{"no wallet", terminal.Failed, []string{"wallet", "list"}},
		{"no passphrase file", terminal.BadUsage, []string{"wallet", "init", "--passphrase-file", good + "x"}},
		{"an empty passphrase", terminal.BadUsage, []string{"wallet", "init", "--passphrase-file", empty}},
		{"no such descriptor", terminal.Failed, []string{"wallet", "init", "--passphrase-fd", "999"}},
		{"a passphrase that others can read", terminal.OK, []string{"wallet", "init", "--unsafe-fast", "--passphrase-file", loose}},
		{"a wallet", terminal.Failed, []string{"wallet", "init", "--unsafe-fast"}},
		{"another passphrase", terminal.Failed, []string{"wallet", "list", "--passphrase-file", good}},
		{"an empty list", terminal.OK, []string{"wallet", "list", "--json"}},
		{"no such state", terminal.BadUsage, []string{"wallet", "list", "--state", "lost"}},
		{"no such badge", terminal.Failed, []string{"wallet", "show", "1234"}},
		{"a badge that is not there", terminal.BadUsage, []string{"wallet", "add", good + "x"}},
		{"what is no badge", terminal.Failed, []string{"wallet", "add", empty}},
		{"a badge", terminal.OK, []string{"wallet", "add", "--yes", "--offline", good}},
		{"nothing to present", terminal.BadUsage, []string{"wallet", "present"}},
		{"a backup that is not there", terminal.BadUsage, []string{"wallet", "restore", good + "x", "--store", filepath.Join(dir, "w2")}},
		{"what is no backup", terminal.Failed, []string{"wallet", "restore", good, "--store", filepath.Join(dir, "w2")}},

		{"no issuer", terminal.Failed, []string{"issuer", "list"}},
		{"no name", terminal.BadUsage, []string{"issuer", "init", "--unsafe-fast", "--url", "https://x.example"}},
		{"no https", terminal.BadUsage, []string{"issuer", "init", "--unsafe-fast", "--name", "X", "--url", "http://x.example"}},
		{"an issuer", terminal.OK, []string{"issuer", "init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"}},
		{"an issuer twice", terminal.Failed, []string{"issuer", "init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"}},
		{"a template that is not there", terminal.BadUsage, []string{"issuer", "template", "add", good + "x"}},
		{"what is no template", terminal.Failed, []string{"issuer", "template", "add", good}},
		{"an award of nothing", terminal.Failed, []string{"issuer", "issue", "cook", learner.ID}},
		{"an award to nobody", terminal.BadUsage, []string{"issuer", "issue", "cook"}},
		{"a result of nothing", terminal.BadUsage, []string{"issuer", "issue", "cook", learner.ID, "--result", "A"}},
		{"an end in words", terminal.BadUsage, []string{"issuer", "issue", "cook", learner.ID, "--valid-until", "soon"}},
		{"a place that is taken", terminal.Failed, []string{"issuer", "issue", "cook", learner.ID, "--out", good}},
		{"revoking what is not there", terminal.Failed, []string{"issuer", "revoke", "--yes", "--recipient", "Ada"}},
		{"revoking everything", terminal.BadUsage, []string{"issuer", "revoke", "--yes"}},
		{"a doctor without https", terminal.BadUsage, []string{"issuer", "doctor", "x.example"}},
		{"a doctor who sees nothing", terminal.Rejected, []string{"issuer", "doctor", "--offline", "https://x.example"}},
		{"a key that is not there", terminal.Failed, []string{"issuer", "key", "retire", "key-7"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, stdout, stderr := inside(tt.args...)
			if got != tt.want {
				t.Errorf("exit code %d, want %d\n%s%s", got, tt.want, stdout, stderr)
			}
			said := strings.HasPrefix(stderr, "laurel: ")
			if verdict := stdout != ""; got != terminal.OK && said == verdict {
				t.Errorf("an error on standard error: %v, something on standard output: %v\n%s%s", said, verdict, stdout, stderr)
			}
			if strings.Contains(stderr, "goroutine") || strings.Contains(stderr, "%!") {
				t.Errorf("not for people: %s", stderr)
			}
		})
	}
}

// TestErrorsSayWhatToDo: what a person meets first has a hint.
func TestErrorsSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAUREL_WALLET", filepath.Join(dir, "wallet"))
	t.Setenv("LAUREL_ISSUER", filepath.Join(dir, "issuer"))
	for want, args := range map[string][]string{
		"laurel wallet init makes one":                 {"wallet", "list"},
		"laurel issuer init makes one":                 {"issuer", "list"},
		"laurel --help lists the verbs":                {"wallet", "frob"},
		"name a file that can be read":                 {"verify", filepath.Join(dir, "x")},
		"docs/formats.md shows a trust file":           {"verify", dir, "--trust", filepath.Join(dir, "x")},
		"a bundle is a folder or a zip":                {"verify", dir, "--bundle", dir},
		"laurel wallet key new --help lists its flags": {"wallet", "key", "new", "--name"},
		"did you mean":                                 {"verify", dir, "--offlien"},
		"such as 2026-06-01T00:00:00Z":                 {"verify", dir, "--at", "today"},
		"Exit codes: 0 accepted, 1 rejected":           {"verify", "--help"},
		"See it all at work on this machine":           nil,
		"laurel/issuer in your configuration folder":   {"issuer", "issue", "--help"},
	} {
		_, stdout, stderr := inside(args...)
		text := strings.Join(strings.Fields(stdout+stderr), " ")
		if !strings.Contains(text, want) {
			t.Errorf("laurel %s: no %q in\n%s", strings.Join(args, " "), want, text)
		}
	}
}

// TestNamesAreText: a name with the orders of a terminal in it is shown, and not
// obeyed, wherever an issuer prints it.
func TestNamesAreText(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("LAUREL_ISSUER", filepath.Join(dir, "issuer"))
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("LAUREL_PASSPHRASE_FILE", write("passphrase", testPassphrase+"\n"))
	template := write("template.json", `{"type":"laurel/template/v1","id":"a","achievement":
		{"name":"T\u001b[31mitle","description":"B","criteria":{"narrative":"C"}}}`)
	badge := filepath.Join(dir, "badge.json")
	for _, args := range [][]string{
		{"init", "--unsafe-fast", "--name", "X", "--url", "https://x.example"},
		{"template", "add", template},
		{"template", "list"},
		{"issue", "a", testissuer.New("learner").ID, "--name", "A\x1b[31mda\x1b]0;x\a\u202e", "--out", badge},
		{"list"},
		{"show"}, // the first of the list
		{"revoke", "--recipient", "A", "--yes", "--reason", "\x1b[2J"},
	} {
		if args[0] == "show" {
			_, list, _ := inside("issuer", "list")
			args = []string{"show", strings.Fields(list)[5]}
		}
		code, stdout, stderr := inside(append([]string{"issuer"}, args...)...)
		if code != terminal.OK || strings.ContainsAny(stdout+stderr, "\x1b\a\u202e") {
			t.Errorf("issuer %q: %d\n%q\n%q", args, code, stdout, stderr)
		}
	}
}
