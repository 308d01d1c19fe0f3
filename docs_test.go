package laurel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// codeRow is a line of docs/verification.md that explains a code, with the
// outcomes that it can come with.
var codeRow = regexp.MustCompile("(?m)^\\| `([A-Z][A-Z_0-9]+)` \\| ([a-z ]+) \\|")

// TestVerificationPage holds docs/verification.md to verifier/code.go and
// verifier/mapping.go: every code is explained once, no other is, and the
// outcome that a code is given for an error is one that the page names.
func TestVerificationPage(t *testing.T) {
	codes := codeConstants(t)
	explained := map[string]string{}
	for _, m := range codeRow.FindAllStringSubmatch(read(t, "docs/verification.md"), -1) {
		if _, twice := explained[m[1]]; twice {
			t.Errorf("docs/verification.md explains %s twice", m[1])
		}
		explained[m[1]] = m[2]
	}
	for _, code := range codes {
		if explained[code] == "" {
			t.Errorf("docs/verification.md does not explain %s", code)
		}
	}
	all := slices.Collect(maps.Values(codes))
	for code, outcomes := range explained {
		if !slices.Contains(all, code) {
			t.Errorf("docs/verification.md explains %s, which is no code of verifier/code.go", code)
		}
		for _, o := range strings.Split(outcomes, " or ") {
			if !slices.Contains([]string{"passed", "failed", "unknown", "skipped"}, o) {
				t.Errorf("docs/verification.md: %s: %q is no outcome", code, o)
			}
		}
	}
	rules := errorRules(t)
	for _, r := range rules {
		code, known := codes[r.code]
		if outcome := strings.ToLower(r.outcome); known && !strings.Contains(explained[code], outcome) {
			t.Errorf("verifier/mapping.go gives %s as %s; docs/verification.md says %q", code, outcome, explained[code])
		}
	}
	if len(codes) < 40 || len(rules) < 40 {
		t.Errorf("found only %d codes and %d rules: is this test still reading the right files?", len(codes), len(rules))
	}
}

// heldBy is a folder with tests in it, as docs/openid4vp.md names them.
var heldBy = regexp.MustCompile("`([a-z0-9/]+)` (Test[A-Za-z0-9]+(?:, Test[A-Za-z0-9]+)*)")

// TestProtocolPage holds docs/openid4vp.md to the tests that it names: each is there.
func TestProtocolPage(t *testing.T) {
	named := heldBy.FindAllStringSubmatch(read(t, "docs/openid4vp.md"), -1)
	for _, m := range named {
		var all strings.Builder
		files, err := fs.Glob(os.DirFS("."), m[1]+"/*_test.go")
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			all.WriteString(read(t, file))
		}
		for name := range strings.SplitSeq(m[2], ", ") {
			if !strings.Contains(all.String(), "\nfunc "+name+"(t *testing.T)") {
				t.Errorf("docs/openid4vp.md: %s has no %s", m[1], name)
			}
		}
	}
	if len(named) < 30 {
		t.Errorf("found only %d folders with tests: is this test still reading the right lines?", len(named))
	}
}

// TestReadmeDoors holds the commands of the README to the scripts that run them:
// each is in its script, in the same order.
func TestReadmeDoors(t *testing.T) {
	readme := read(t, "README.md")
	for _, door := range []string{"learn", "hire", "issue"} {
		commands := doorCommands(readme, "## I "+door)
		if len(commands) < 5 {
			t.Errorf("README.md: the door %q has %d commands, want one for each of five steps", door, len(commands))
		}
		script := "cmd/laurel/testdata/readme-" + door + ".txtar"
		// What a person fills in is a variable there, and the web is this machine.
		rest := strings.NewReplacer(
			"$ID", "ID", "$DID", "DID", "http://127.0.0.1:$PORT", "https://badges.school.example",
		).Replace(read(t, script))
		for _, command := range commands {
			// A script has its own word for what a shell writes to a file.
			_, after, found := strings.Cut(rest, strings.Replace(command, " > ", "\ncp stdout ", 1))
			if !found {
				t.Errorf("%s does not run %q, or not in the order of README.md", script, command)
				continue
			}
			rest = after
		}
	}
}

// doorCommands are the lines in the sh blocks of one chapter.
func doorCommands(text, heading string) []string {
	_, chapter, _ := strings.Cut(text, "\n"+heading+"\n")
	chapter, _, _ = strings.Cut(chapter, "\n## ")
	var commands []string
	inside := false
	for line := range strings.Lines(chapter) {
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "```"):
			inside = line == "```sh"
		case inside:
			commands = append(commands, line)
		}
	}
	return commands
}

// TestReadmeMap holds the picture of the house in the README to the plan.
func TestReadmeMap(t *testing.T) {
	_, picture, _ := strings.Cut(read(t, "README.md"), "## Where things are")
	_, picture, _ = strings.Cut(picture, "<pre>\n")
	picture, _, _ = strings.Cut(picture, "</pre>")
	drawn := map[string]int{}
	floor := -1
	for line := range strings.Lines(picture) {
		words := strings.Fields(line)
		if n, err := strconv.Atoi(words[0]); err == nil {
			floor, words = n, words[1:]
		}
		drawn[words[0]] = floor
	}
	for dir, r := range plan {
		if f, ok := drawn[dir]; !r.testsOnly && dir != "." && (!ok || f != r.floor) {
			t.Errorf("README.md: %s is to be on floor %d of the picture", dir, r.floor)
		}
		delete(drawn, dir)
	}
	for dir := range drawn {
		t.Errorf("README.md draws %s, which is not in the plan", dir)
	}
}

// link is a link of a Markdown text to a file.
var link = regexp.MustCompile(`\]\(([^):#]+)(#[^)]*)?\)`)

// TestLinks looks whether the files that documents point to are there.
func TestLinks(t *testing.T) {
	checked := 0
	for _, name := range append(markdown(t, "docs"), "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md") {
		for _, m := range link.FindAllStringSubmatch(read(t, name), -1) {
			checked++
			if _, err := os.Stat(path.Join(path.Dir(name), m[1])); err != nil {
				t.Errorf("%s points to %s: %v", name, m[1], err)
			}
		}
	}
	if checked < 20 {
		t.Errorf("found only %d links: is this test still reading them?", checked)
	}
}

func markdown(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := fs.WalkDir(os.DirFS("."), dir, func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".md" {
			names = append(names, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// codeConstants reads the constants of type Code, value by name.
func codeConstants(t *testing.T) map[string]string {
	t.Helper()
	codes := map[string]string{}
	inspect(t, "verifier/code.go", func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return
		}
		if typ, ok := spec.Type.(*ast.Ident); !ok || typ.Name != "Code" {
			return
		}
		if lit, ok := spec.Values[0].(*ast.BasicLit); ok {
			code, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			codes[spec.Names[0].Name] = code
		}
	})
	return codes
}

// errorRule is a line of the table in verifier/mapping.go.
type errorRule struct{ code, outcome string }

func errorRules(t *testing.T) []errorRule {
	t.Helper()
	var rules []errorRule
	inspect(t, "verifier/mapping.go", func(n ast.Node) {
		line, ok := n.(*ast.CompositeLit)
		if !ok || len(line.Elts) != 3 {
			return
		}
		code, isCode := line.Elts[1].(*ast.Ident)
		outcome, isOutcome := line.Elts[2].(*ast.Ident)
		if isCode && isOutcome {
			rules = append(rules, errorRule{code.Name, outcome.Name})
		}
	})
	return rules
}

func inspect(t *testing.T, name string, visit func(ast.Node)) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool { visit(n); return true })
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
