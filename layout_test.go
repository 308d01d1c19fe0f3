// Package laurel_test keeps the house in order. Its tests read the repository
// itself: who may import whom (this file), what the documents promise
// (docs_test.go), and they fail on the day when a file says otherwise.
//
// The files are read with go/parser and not asked for through the go command:
// the go tool sees which files a test opens and runs it again when one changes,
// while a test that runs "go list" stays cached, and green, after the rule is
// broken.
package laurel_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path that imports within the repository begin with.
const module = "laurel"

// room is what the plan of the house says about one package.
type room struct {
	floor     int
	testsOnly bool // a tool of tests: only _test.go files, from any floor, and other such tools import it
	testsToo  bool // _test.go files import it from any floor, the product by the rule
}

// plan names every package and its floor. An import goes down, and packages of
// one floor do not import each other. README.md shows the same picture.
var plan = map[string]room{
	"cmd/laurel": {floor: 12},
	".":          {floor: 12}, // the tests that read the repository
	"bench":      {floor: 12},
	"interop":    {floor: 12},

	"cmd/laurel/learner":  {floor: 11},
	"cmd/laurel/school":   {floor: 11},
	"cmd/laurel/employer": {floor: 11},
	"internal/demo":       {floor: 11},

	"cmd/laurel/listener": {floor: 10},
	"cmd/laurel/home":     {floor: 10},
	"cmd/laurel/judging":  {floor: 10},
	"verifier/web":        {floor: 10},

	"verifier/request/web": {floor: 9},
	"wallet/web":           {floor: 9},
	"issuer/web":           {floor: 9},
	"cmd/laurel/terminal":  {floor: 9},

	"verifier/request/requesttest": {floor: 9, testsOnly: true},

	"wallet/answer":         {floor: 8},
	"verifier/display":      {floor: 8},
	"verifier/doctor":       {floor: 8},
	"verifier/request":      {floor: 8},
	"verifier/share/web":    {floor: 8},
	"verifier/upload":       {floor: 8},
	"wallet/share":          {floor: 8},
	"issuer/audit":          {floor: 8},
	"internal/store/badger": {floor: 8, testsToo: true}, // in memory, the store of the actors' tests
	"internal/store/remote": {floor: 8},
	"internal/site":         {floor: 8},
	"wallet/storetest":      {floor: 8, testsOnly: true},
	"issuer/storetest":      {floor: 8, testsOnly: true},
	"internal/ui/uitest":    {floor: 8, testsOnly: true},

	"verifier/session/storetest": {floor: 8, testsOnly: true},

	"wallet":      {floor: 7},
	"verifier":    {floor: 7},
	"issuer":      {floor: 7},
	"internal/ui": {floor: 7},

	"verifier/share": {floor: 7},

	"internal/testissuer":           {floor: 7, testsOnly: true},
	"internal/testissuer/published": {floor: 8, testsOnly: true},
	"internal/testreport":           {floor: 8, testsOnly: true},

	"status":            {floor: 6},
	"openid4vc":         {floor: 6},
	"wallet/disclosure": {floor: 6},

	"verifier/session": {floor: 6},

	"issuer/mechanism": {floor: 6},

	"proof": {floor: 5},

	"cryptosuite":    {floor: 4},
	"openid4vc/dcql": {floor: 4},

	"credential/schema": {floor: 4},

	"credential":     {floor: 3},
	"issuer/keyring": {floor: 3},

	"internal/aries":           {floor: 3},
	"internal/aries/ariestest": {floor: 4, testsOnly: true},

	"did":             {floor: 2},
	"internal/jsonld": {floor: 2},
	"internal/sdjwt":  {floor: 2},

	"internal/jsonld/contexts": {floor: 1},

	"internal/fetch": {floor: 1},
	"internal/jose":  {floor: 1},
	"internal/serve": {floor: 1},

	"internal/sharelink": {floor: 1},

	"issuer/achievement": {floor: 1},

	"credential/baking":        {floor: 0},
	"issuer/emblem":            {floor: 0},
	"internal/qr":              {floor: 0},
	"internal/strictjson":      {floor: 0},
	"internal/rdfc":            {floor: 0},
	"internal/vault":           {floor: 0},
	"internal/storetest":       {floor: 0, testsOnly: true},
	"internal/serve/servetest": {floor: 0, testsOnly: true},
}

// door is a dependency, or a part of the standard library, that only some
// rooms may use. A package path stands for itself and for all below it.
type door struct {
	name      string
	rooms     []string // path.Match patterns
	testsToo  bool     // the rule binds _test.go files as well
	otherwise string   // what to do instead
}

// doors keep what is heavy, old or sharp in one place each.
var doors = []door{
	{"net/http", []string{"cmd/*", "cmd/laurel/*", "*/web", "verifier/*/web", "verifier/request/requesttest", "verifier/upload", "internal/demo", "internal/site", "internal/ui", "internal/ui/uitest", "internal/serve", "internal/fetch", "internal/store/remote"}, false, "outgoing requests are internal/fetch, routes are in a web package"},
	{"github.com/hyperledger/aries-framework-go", []string{"internal/aries", "internal/aries/ariestest"}, true, "it answers only whether a legacy signature holds"},
	{"github.com/dgraph-io/badger", []string{"internal/store/badger"}, true, "an actor sees its own Store interface"},
	{"github.com/jackc/pgx", []string{"internal/store/postgres"}, true, "an actor sees its own Store interface"},
	{"github.com/gorilla/mux", []string{"*/web", "verifier/*/web", "internal/site", "internal/ui/uitest"}, true, "routes are in a web package"},
	{"github.com/consensys/gnark-crypto", []string{"internal/bbs"}, true, "curve arithmetic stays behind internal/bbs"},
	{"golang.org/x/crypto/acme", []string{"internal/serve"}, true, "certificates are internal/serve"},
	{"github.com/go-jose", []string{"internal/jose"}, true, "JWS and JWE are internal/jose"},
	{"github.com/multiformats/go-multibase", []string{"did", "cryptosuite"}, false, "keys are did, proof values are cryptosuite"},
	{"rsc.io/qr", []string{"internal/qr"}, true, "codes are drawn by internal/qr, which keeps them readable"},
	{"github.com/makiuchi-d/gozxing", []string{"internal/qr"}, true, "codes are read by internal/qr, which bounds the pictures"},
	{"github.com/santhosh-tekuri/jsonschema", nil, false, "schemas are held by credential/schema, which is tested against it"},
	{"github.com/piprate/json-gold", []string{"internal/aries"}, false, "documents are expanded by internal/jsonld alone: two expanders would be two meanings"},
}

// house is a repository and the rules that it is held to.
type house struct {
	fsys fs.FS
	plan map[string]room
}

func TestLayout(t *testing.T) {
	broken, err := house{os.DirFS("."), plan}.check()
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range broken {
		t.Error(b)
	}
}

// check returns a line for each place that breaks a rule.
func (h house) check() ([]string, error) {
	var broken []string
	packages := map[string][]goFile{}
	err := h.walk(func(name string) error {
		broken = append(broken, h.checkText(name)...)
		if path.Ext(name) != ".go" {
			return nil
		}
		f, err := h.parse(name)
		packages[path.Dir(name)] = append(packages[path.Dir(name)], f)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, dir := range slices.Sorted(maps.Keys(packages)) {
		broken = append(broken, h.checkPackage(dir, packages[dir])...)
	}
	for _, dir := range slices.Sorted(maps.Keys(h.plan)) {
		if packages[dir] == nil {
			broken = append(broken, fmt.Sprintf("%s: the plan names this package, but it is not there", dir))
		}
	}
	return broken, nil
}

// walk calls visit for every file of the project's own: no version control, no
// built files, no vectors, but the scripts that lie among them.
func (h house) walk(visit func(name string) error) error {
	return fs.WalkDir(h.fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "dist", "node_modules"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || strings.Contains(name, "testdata/") && path.Ext(name) != ".txtar":
			return nil
		}
		return visit(name)
	})
}

// goFile is one parsed source file.
type goFile struct {
	name string
	test bool
	*ast.File
}

func (h house) parse(name string) (goFile, error) {
	text, err := fs.ReadFile(h.fsys, name)
	if err != nil {
		return goFile{}, err
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
	return goFile{name, strings.HasSuffix(name, "_test.go"), parsed}, err
}

func (h house) checkPackage(dir string, files []goFile) []string {
	at, known := h.plan[dir]
	if !known {
		return []string{fmt.Sprintf("%s: this package is not in the plan: give it a floor in layout_test.go, and a line in README.md", dir)}
	}
	var broken []string
	if slices.Contains([]string{"utils", "util", "helpers", "common", "types", "manager"}, path.Base(dir)) {
		broken = append(broken, fmt.Sprintf("%s: name the package after what it gives", dir))
	}
	if !slices.ContainsFunc(files, func(f goFile) bool { return f.Doc.Text() != "" }) {
		broken = append(broken, fmt.Sprintf("%s: the package has no comment", dir))
	}
	for _, f := range files {
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				continue // the parser has taken it, so it is quoted
			}
			if problem := h.checkImport(dir, at, f, imported); problem != "" {
				broken = append(broken, f.name+": "+problem)
			}
		}
		broken = append(broken, checkDeclarations(f)...)
	}
	return broken
}

// checkImport says what is wrong with one import, or "".
func (h house) checkImport(dir string, at room, f goFile, imported string) string {
	if within, ok := strings.CutPrefix(imported, module+"/"); ok {
		return h.checkFloor(dir, at, f, within)
	}
	for _, d := range doors {
		if imported != d.name && !strings.HasPrefix(imported, d.name+"/") || f.test && !d.testsToo {
			continue
		}
		if !slices.ContainsFunc(d.rooms, func(pattern string) bool { ok, _ := path.Match(pattern, dir); return ok }) {
			return fmt.Sprintf("imports %s, which only %s may: %s", imported, strings.Join(d.rooms, ", "), d.otherwise)
		}
	}
	return ""
}

func (h house) checkFloor(dir string, at room, f goFile, imported string) string {
	below, known := h.plan[imported]
	switch {
	case !known:
		return fmt.Sprintf("imports %s/%s, which is not in the plan", module, imported)
	case imported == dir: // an external test of the package
		return ""
	case below.testsOnly && !f.test && !at.testsOnly:
		return fmt.Sprintf("imports %s, which is for _test.go files", imported)
	case f.test && (below.testsOnly || below.testsToo):
		return ""
	case below.floor == at.floor:
		return fmt.Sprintf("imports %s of its own floor %d: neighbours meet one floor up", imported, at.floor)
	case below.floor > at.floor:
		return fmt.Sprintf("imports %s on floor %d from floor %d: imports go down", imported, below.floor, at.floor)
	}
	return ""
}

// checkDeclarations refuses what works behind the reader's back: registries
// filled by init, and linters told to look away.
func checkDeclarations(f goFile) []string {
	var broken []string
	for _, d := range f.Decls {
		if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			broken = append(broken, f.name+": has an init function: let the caller say what it wants")
		}
	}
	for _, group := range f.Comments {
		for _, c := range group.List {
			if strings.HasPrefix(c.Text, "//"+"nolint") {
				broken = append(broken, f.name+": silences a linter: change the code, or the list in .golangci.yml")
			}
		}
	}
	return broken
}

// foreign is what says where a file was written, which is nobody's business and
// breaks on the next machine. The words are cut in two for the sake of this file.
var foreign = []string{
	"/home" + "/", "/Users" + "/", "/root" + "/", "/work" + "/", "C:" + `\Users`,
	"proxy.golang" + ".org", "sum.golang" + ".org", "registry.npmjs" + ".org", "deb.debian" + ".org",
}

func (h house) checkText(name string) []string {
	text, err := fs.ReadFile(h.fsys, name)
	if err != nil {
		return []string{err.Error()}
	}
	if path.Base(name) == "go.sum" || strings.Contains(string(text[:min(len(text), 512)]), "\x00") {
		return nil
	}
	var broken []string
	for i, line := range strings.Split(string(text), "\n") {
		for _, f := range foreign {
			if strings.Contains(line, f) {
				broken = append(broken, fmt.Sprintf("%s:%d: names %s, which is a place of one machine or a registry", name, i+1, f))
			}
		}
	}
	return broken
}
