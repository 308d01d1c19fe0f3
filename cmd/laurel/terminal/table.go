package terminal

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/rivo/uniseg"
)

// PrintJSON prints a value as JSON for programs, indented.
func (e *Env) PrintJSON(value any) error {
	enc := json.NewEncoder(e.Stdout)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}

// Fit makes a text exactly n columns wide on a terminal, where many scripts have
// letters of two columns and marks of none.
func Fit(s string, n int) string {
	width := uniseg.StringWidth(s)
	if width <= n {
		return s + strings.Repeat(" ", n-width)
	}
	var out strings.Builder
	width, state := 0, -1
	for s != "" {
		var letter string
		var columns int
		letter, s, columns, state = uniseg.FirstGraphemeClusterInString(s, state)
		if width+columns > n-1 {
			break
		}
		out.WriteString(letter)
		width += columns
	}
	return out.String() + "…" + strings.Repeat(" ", n-1-width)
}

// Day is the date of a time, or a dash if there is none.
func Day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

// Plural counts things: 1 badge, 2 badges.
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
