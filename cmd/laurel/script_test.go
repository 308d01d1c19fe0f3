package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
	"laurel/proof"
)

// The scripts in testdata run the real program and read like a manual. Beside
// the commands of testscript they know those below.

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"laurel": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("LAUREL_WALLET", filepath.Join(env.WorkDir, "wallet"))
			env.Setenv("LAUREL_ISSUER", filepath.Join(env.WorkDir, "issuer"))
			env.Setenv("USER", "registrar")
			file := filepath.Join(env.WorkDir, ".passphrase")
			env.Setenv("LAUREL_PASSPHRASE_FILE", file)
			return os.WriteFile(file, []byte("correct horse battery\n"), 0o600)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"asks":      scriptAsks,
			"badge":     scriptBadge,
			"code":      scriptCode,
			"did":       scriptDID,
			"look":      scriptLook,
			"mode":      scriptMode,
			"port":      scriptPort,
			"private":   scriptPrivate,
			"reach":     scriptReach,
			"snapshot":  scriptSnapshot,
			"token":     scriptToken,
			"unchanged": scriptUnchanged,
			"word":      scriptWord,
			"webserver": scriptWebserver,
		},
	})
}

// scriptBadge issues a badge of a school: badge FILE DID [PATH=VALUE …]. A
// value that begins with [ or { is JSON; an empty one removes the member.
func scriptBadge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: badge FILE DID [selective] [PATH=VALUE …]")
	}
	school := testissuer.New("school")
	if first := args[2:]; len(first) > 0 && first[0] == "selective" { // a part of it can be shown
		school, args = testissuer.Selective("school", "/credentialSubject/achievement/name"), append(args[:2:2], first[1:]...)
	}
	doc := school.Badge(&testissuer.Party{ID: args[1]})
	for _, arg := range args[2:] {
		path, text, _ := strings.Cut(arg, "=")
		value := strictjson.String(text)
		if strings.HasPrefix(text, "[") || strings.HasPrefix(text, "{") {
			value = testissuer.Parse(text)
		}
		if text == "" {
			value = strictjson.Value{}
		}
		doc = testissuer.Set(doc, path, value)
	}
	data := school.Sign(scriptT{ts: ts}, doc).JSON()
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), data, 0o600))
}

// scriptToken issues a badge of a school as a token: token FILE DID TYPE [POINTER …],
// with TYPE vc+jwt or vc+sd-jwt, whose holder can withhold what is at the pointers,
// or dc+sd-jwt, of a person.
func scriptToken(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: token FILE DID TYPE [POINTER …]")
	}
	school, to := testissuer.New("school"), &testissuer.Party{ID: args[1]}
	doc := testissuer.Set(school.Badge(to), "credentialSubject/result", testissuer.Parse(`[{"type":["Result"],"value":"91"},{"type":["Result"],"value":"B2"}]`))
	opt := proof.SDJWTOptions{Disclosable: args[3:], SignOptions: proof.SignOptions{Key: school.Key, Method: school.Method}}
	keys, err := testissuer.Keys().Resolve(context.Background(), to.ID)
	ts.Check(err)
	opt.Holder = keys.Methods[0].Key
	var compact string
	switch args[2] {
	case "vc+jwt":
		compact = school.SignJWT(scriptT{ts: ts}, doc, proof.SignOptions{})
	case "dc+sd-jwt":
		opt.Claims = true
		doc = testissuer.Parse(`{"iss":"` + school.ID + `","vct":"https://school.example/person","given_name":"Ada","birthdate":"1815-12-10","over18":true}`)
		compact, err = proof.IssueSDJWT(doc, opt)
	default:
		compact, err = proof.IssueSDJWT(doc, opt)
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(compact), 0o600))
}

// scriptT lets a script fail what wants a testing.TB.
type scriptT struct {
	testing.TB
	ts *testscript.TestScript
}

func (t scriptT) Helper()                           {}
func (t scriptT) Fatalf(format string, args ...any) { t.ts.Fatalf(format, args...) }

// scriptDID puts the last did:key that was printed into a variable: did NAME.
func scriptDID(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: did NAME")
	}
	all := regexp.MustCompile(`did:key:z[1-9A-HJ-NP-Za-km-z]+`).FindAllString(ts.ReadFile("stdout"), -1)
	if len(all) == 0 {
		ts.Fatalf("no did:key was printed")
	}
	ts.Setenv(args[0], all[len(all)-1])
}

// scriptWord puts a part of what was printed last into a variable: word NAME
// REGEXP, where the first group of the expression is the part.
func scriptWord(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: word NAME REGEXP")
	}
	found := regexp.MustCompile(args[1]).FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("nothing fits %q", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// scriptPrivate makes sure that nobody else can read files, or a folder and all
// that is in it: private PATH ….
func scriptPrivate(ts *testscript.TestScript, neg bool, args []string) {
	for _, root := range args {
		err := filepath.WalkDir(ts.MkAbs(root), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err != nil {
				return err
			}
			want := fs.FileMode(0o600)
			if entry.IsDir() {
				want = 0o700
			}
			if info.Mode().Perm() != want {
				return fmt.Errorf("%s has mode %04o, not %04o", path, info.Mode().Perm(), want)
			}
			return nil
		})
		if neg == (err == nil) {
			ts.Fatalf("%s: %v", root, err)
		}
	}
}

// tree is every file of a folder with its content, mode and date.
func tree(ts *testscript.TestScript, root string) map[string]string {
	out := map[string]string{}
	ts.Check(filepath.WalkDir(ts.MkAbs(root), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		text := fmt.Sprint(info.Mode(), info.ModTime().UnixNano())
		if info.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += fmt.Sprintf(" %x", sha256.Sum256(data))
		}
		out[path] = text
		return nil
	}))
	return out
}

// scriptSnapshot remembers a folder: snapshot DIR.
func scriptSnapshot(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: snapshot DIR")
	}
	ts.Check(os.WriteFile(ts.MkAbs("../snapshot"), sorted(tree(ts, args[0])), 0o600))
}

// scriptUnchanged makes sure that a folder is as it was: unchanged DIR.
func scriptUnchanged(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: unchanged DIR")
	}
	was, is := []byte(ts.ReadFile("../snapshot")), sorted(tree(ts, args[0]))
	if !bytes.Equal(was, is) {
		ts.Fatalf("%s was changed:\n%s\nand was:\n%s", args[0], is, was)
	}
}

func sorted(files map[string]string) []byte {
	var out []byte
	for _, path := range slices.Sorted(maps.Keys(files)) {
		out = fmt.Appendln(out, path, files[path])
	}
	return out
}
