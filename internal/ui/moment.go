package ui

import (
	"fmt"
	"time"
)

// Date writes a day as people do, "9 November 2026", in UTC; "" for no time.
func Date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006")
}

// Moment writes a day and time, "9 November 2026, 09:14 UTC"; "" for no time.
func Moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2 January 2006, 15:04 UTC")
}

// Ago says how long before now something was, in one rounded unit: "just now",
// "3 minutes earlier", "2 days earlier". It serves for the age of what a
// verdict rests on.
func Ago(then, now time.Time) string {
	age := now.Sub(then)
	units := []struct {
		name string
		size time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}}
	for _, u := range units {
		n := int(age / u.size)
		switch {
		case n == 1:
			return "1 " + u.name + " earlier"
		case n > 1:
			return fmt.Sprintf("%d %ss earlier", n, u.name)
		}
	}
	return "just now"
}
