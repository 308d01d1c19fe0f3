package laurel_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
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
