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

// TestCommandsOfDocuments: every verb and flag that docs/deploy.md and the
// Containerfile name is there, and takes what it is given.
func TestCommandsOfDocuments(t *testing.T) {
	found := 0
	for _, name := range []string{"docs/deploy.md", "Containerfile"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			found++
			args := strings.Fields(m[1] + strings.NewReplacer(`"`, "", ",", " ", "[", "", "]", "").Replace(m[2]))
			parser, err := kong.New(&cli{}, kong.Exit(func(int) {}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(args); err != nil {
				t.Errorf("%s: laurel %s: %v", name, strings.Join(args, " "), err)
			}
		}
	}
	if found < 8 {
		t.Errorf("found only %d commands: is this test still reading them?", found)
	}
}
