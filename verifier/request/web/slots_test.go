package web

import (
	"testing"

	"laurel/verifier"
	"laurel/verifier/display"
	"laurel/verifier/request"
)

// A line that several badges fill looks like the worst of them, whatever their order.
func TestSlotMark(t *testing.T) {
	inquiry := &request.Inquiry{Wants: []request.Want{{ID: "aid"}}}
	for want, orders := range map[string][][]string{
		"good":    {{"good"}, {"good", "good"}},
		"caution": {{"caution"}, {"good", "caution"}, {"caution", "good"}},
		"bad":     {{}, {"bad"}, {"good", "bad"}, {"bad", "good"}, {"caution", "bad", "good"}},
	} {
		for _, marks := range orders {
			sh := &display.Sheet{}
			for _, mark := range marks {
				sh.Sheets = append(sh.Sheets, &display.Sheet{Report: &verifier.Report{Answers: "aid"}, Mark: mark})
			}
			if got := slots(inquiry, sh)[0].Mark; got != want {
				t.Errorf("%q: %s, not %s", marks, got, want)
			}
		}
	}
}
