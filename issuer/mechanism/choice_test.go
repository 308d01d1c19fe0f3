package mechanism

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"laurel/cryptosuite"
	"laurel/internal/jsonld"
)

// TestDocumented holds the table of docs/formats.md to what a template can choose:
// every name is in one row, with whether a part can be shown and which key signs.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(page), "### How a template's badges are secured")
	if !found {
		t.Fatal("docs/formats.md has no such table")
	}
	k := Kit{Suite: cryptosuite.EdDSARDFC2022{Contexts: jsonld.Embedded()}, Contexts: jsonld.Embedded()}
	for _, name := range k.names() {
		c, err := k.Read(parse(t, fmt.Sprintf(`{"proof":%q}`, name)))
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(table) {
			cells := strings.Split(line, " | ")
			if len(cells) != 5 || !strings.Contains(cells[0], "`"+name+"`") {
				continue
			}
			rows++
			list := "Bitstring Status List"
			if c.Claims() {
				list = "Token Status List"
			}
			if (cells[2] == "yes") != c.Selective() || !strings.HasPrefix(cells[3], string(c.Kind())) || !strings.HasPrefix(cells[4], list) ||
				strings.Contains(cells[3], `"alg"`) != c.Token() {
				t.Errorf("%s is %+v, and its row says %s", name, c, line)
			}
		}
		if rows != 1 {
			t.Errorf("%s has %d rows", name, rows)
		}
	}
	for _, member := range Members {
		if !strings.Contains(table, "`\""+member+"\"`") {
			t.Errorf("docs/formats.md does not explain %q", member)
		}
	}
}
