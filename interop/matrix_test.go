package interop

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// tally counts a table of twins: how many there are, and how many of them the
// peer accepts all the same.
func tally[T any](twins []T, accepted func(T) string) string {
	n := 0
	for _, tw := range twins {
		if accepted(tw) != "" {
			n++
		}
	}
	return fmt.Sprintf("| %d | %d |", len(twins), n)
}

// TestMatrix holds the matrix in docs/formats.md to the tables of twins.
func TestMatrix(t *testing.T) {
	text, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	bad := 0
	for _, tw := range listTwins {
		if !tw.good && tw.refused == "" {
			bad++
		}
	}
	lists := listTwins[:bad] // those that are good come last
	for _, tw := range lists {
		if tw.good || tw.refused != "" {
			t.Errorf("%s: a good list stands among the bad ones", tw.name)
		}
	}
	usual := func(tw twin) string { return tw.accepted }
	for row, counts := range map[string]string{
		"badges":            tally(credentialTwins, usual),
		"presentations":     tally(presentationTwins, usual),
		"status lists":      tally(lists, func(tw listTwin) string { return tw.accepted }),
		"selections":        tally(selectionTwins, usual),
		"tokens":            tally(tokenTwins, func(tw tokenTwin) string { return tw.accepted }),
		"answers as tokens": tally(answerTwins, func(tw tokenTwin) string { return tw.accepted }),
		"SD-JWTs":           tally(sdTwins, func(tw sdTwin) string { return tw.accepted }),
		"queries":           tally(queryTwins, func(tw queryTwin) string { return tw.accepted }),
		"requests": tally(requestTwins, func(tw requestTwin) string {
			if tw.refused {
				return ""
			}
			return "it makes what it is told to"
		}),
		"answers to requests": tally(answerChanges, func(c answerChange) string { return c.accepted }),
	} {
		found := false
		for line := range strings.Lines(string(text)) {
			found = found || strings.HasPrefix(line, "| "+row+" |") && strings.Contains(line, counts)
		}
		if !found {
			t.Errorf("docs/formats.md: the matrix has no row for %s with %s", row, counts)
		}
	}
}
