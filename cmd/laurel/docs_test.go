package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// command finds what documents tell people, containers and systemd to run.
var command = regexp.MustCompile(`(?m)^(?:ExecStart=/usr/local/bin/laurel|laurel|podman run .* laurel) (.+)$|^CMD (\[.+\])$`)

// words are the words of a shell's line: in quotes or not, up to a comment or a
// file that is written.
func words(line string) []string {
	line, _, _ = strings.Cut(line, " #")
	line, _, _ = strings.Cut(line, " > ")
	var all []string
	for _, m := range regexp.MustCompile(`'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		all = append(all, m[1]+m[2])
	}
	return all
}

// TestCommandsOfDocuments: every verb and flag that documents and the Containerfile
// name is there, and takes what it is given.
func TestCommandsOfDocuments(t *testing.T) {
	found := 0
	for _, name := range []string{"README.md", "docs/answering.md", "docs/asking.md", "docs/deploy.md", "docs/issuing.md", "docs/showing.md", "Containerfile"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(strings.ReplaceAll(string(text), "\\\n", ""), -1) {
			found++
			args := words(m[1] + strings.NewReplacer(`"`, "", ",", " ", "[", "", "]", "").Replace(m[2]))
			parser, err := kong.New(&cli{}, kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: laurel %s: %v", name, strings.Join(args, " "), err)
			}
		}
	}
	if found < 40 {
		t.Errorf("found only %d commands: is this test still reading them?", found)
	}
}
