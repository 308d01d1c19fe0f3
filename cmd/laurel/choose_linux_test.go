package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"laurel/internal/strictjson"
	"laurel/internal/testissuer"
)

// choosing makes a wallet with a badge of which a part can be shown, and gives its
// folder and the beginning of the badge's id.
func choosing(t *testing.T) (dir, id string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "wallet")
	mustRun(t, laurel(t, dir, "wallet", "init", "--unsafe-fast"))
	me, _, _ := strings.Cut(mustRun(t, laurel(t, dir, "wallet", "key", "list")), " ")
	college := testissuer.Selective("college", "/credentialSubject/achievement/name")
	doc := testissuer.Set(college.Badge(&testissuer.Party{ID: me}), "evidence", testissuer.Parse(`[{"type":["Evidence"],"name":"Capstone"}]`))
	doc = testissuer.Set(doc, "name", strictjson.String("Data \x1b[31mred\u202e")) // hostile, and validly signed
	path := filepath.Join(filepath.Dir(dir), "badge.json")
	if err := os.WriteFile(path, college.Sign(t, doc).JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, laurel(t, dir, "wallet", "add", "--offline", "--yes", path))
	_, rest, _ := strings.Cut(mustRun(t, laurel(t, dir, "wallet", "list", "--json")), `"id": "`)
	return dir, rest[:8]
}

// TestChoosing goes through the tree with the keys of a real terminal.
func TestChoosing(t *testing.T) {
	dir, id := choosing(t)
	out := filepath.Join(filepath.Dir(dir), "out.json")
	term := openTerminal(t)
	t.Setenv("TERM", "xterm")
	cmd := term.start(dir, "wallet", "present", "--offline", "--challenge", "n", "-o", out, id)
	term.answer("Passphrase of the wallet: ", testPassphrase+"\n", true)
	const up, down, end, left = "\x1b[A", "\x1b[B", "\x1b[F", "\x1b[D"
	for _, step := range []struct{ prompt, keys string }{
		{"What do you want to show?", end + " "},      // the last field: the evidence
		{"Evidence", "d"},                             // the document as it would be now
		{`"@context"`, down + up + "q"},               // seen
		{"[x] Evidence", "c"},                         // what links two showings
		{"compare notes can tell", "q"},               // seen
		{"More than most need: evidence", left + " "}, // and keep it after all
		{"[ ] Evidence", up + "\r"},
	} {
		term.press(step.prompt, step.keys)
	}
	term.answer("d shows it to the byte] ", "y\n", false)
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %q", err, term.text())
	}
	term.await("Wrote ")
	shown, err := os.ReadFile(out)
	if err != nil || strings.Contains(string(shown), "Capstone") {
		t.Errorf("%s, %v", shown, err)
	}
	if strings.Contains(term.text(), "\x1b[31m") || strings.Contains(term.text(), "\u202e") {
		t.Error("what a credential says reached the terminal as it was")
	}
	if !strings.HasSuffix(term.text()[:strings.LastIndex(term.text(), "You show")], "\x1b[?1049l") || !term.echo() {
		t.Error("the terminal was not given back")
	}
}

// TestChoosingIsStopped: Ctrl-C, Escape and q hand nothing over, and give the
// terminal back.
func TestChoosingIsStopped(t *testing.T) {
	dir, id := choosing(t)
	t.Setenv("TERM", "xterm")
	for _, key := range []string{"\x03", "\x1b", "q"} {
		out := filepath.Join(t.TempDir(), "out.json")
		term := openTerminal(t)
		cmd := term.start(dir, "wallet", "present", "--offline", "--challenge", "n", "-o", out, id)
		term.answer("Passphrase of the wallet: ", testPassphrase+"\n", true)
		term.press("What do you want to show?", key)
		err := cmd.Wait()
		term.await("left alone, as you said")
		if err == nil || !term.echo() {
			t.Errorf("after %q: %v, echo %v: %q", key, err, term.echo(), term.text())
		}
		if _, err := os.Stat(out); err == nil {
			t.Errorf("after %q something was written", key)
		}
	}
}
