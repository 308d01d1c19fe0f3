package emblem_test

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"laurel/issuer/emblem"
)

func TestDraw(t *testing.T) {
	tests := []struct {
		name, colour, monogram string
		want                   string // in the image
	}{
		{"Data Analysis", "", "", ">DA</text>"},
		{"Barista", "", "", ">B</text>"},
		{"One two three four", "", "", ">OTT</text>"},
		{"élan vital", "", "", ">ÉV</text>"},
		{"!?", "", "", ">★</text>"},
		{"Barista", "#5b3a8c", "☕", `fill="#5b3a8c"`},
		{"dark letters on a light colour", "#ffe680", "X", `fill="#000000">X<`},
		{"light letters on a dark colour", "#1f4e79", "X", `fill="#ffffff">X<`},
		{`<script>alert("1")</script>`, "", "", "&lt;script&gt;"},
		{"Barista", "", `"><g`, "&gt;&lt;g"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			svg, err := emblem.Draw(tt.name, tt.colour, tt.monogram)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(svg), tt.want) {
				t.Errorf("%s\nhas no %s", svg, tt.want)
			}
			for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
				token, err := d.Token()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("not XML: %v", err)
				}
				if e, ok := token.(xml.StartElement); ok && e.Name.Local == "script" {
					t.Error("the image holds a script")
				}
			}
			again, _ := emblem.Draw(tt.name, tt.colour, tt.monogram)
			if string(again) != string(svg) {
				t.Error("the same name gives another image the second time")
			}
		})
	}
	for _, bad := range [][2]string{{"red", ""}, {"#12345", ""}, {"#1234567", ""}, {`#12345"`, ""}, {"", "LAUREL"}} {
		if svg, err := emblem.Draw("A", bad[0], bad[1]); !errors.Is(err, emblem.ErrDesign) || svg != nil {
			t.Errorf("Draw(%q) = %s, %v", bad, svg, err)
		}
	}
}
