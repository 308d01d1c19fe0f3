// Package emblem draws the image of an achievement that has none: a seal with a
// few letters, the same for the same name whenever it is drawn.
//
//	svg, err := emblem.Draw("Data Analysis", "#1f4e79", "DA")
//	url := emblem.DataURL(svg) // to put into the badge itself
//
// An image inside the badge needs no server that must go on answering, and tells
// nobody who looks at it.
package emblem

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMonogram is how many characters fit into the middle of a drawn image.
const maxMonogram = 4

// palette is what an image is coloured with when nobody chose: dark enough for
// white letters to be read (contrast above 4.5 to 1).
var palette = [...]string{
	"#1f4e79", "#2e5d34", "#7a2048", "#5b3a8c", "#7a4a00", "#005f60", "#8c2d19", "#3d4a57",
}

// ErrDesign says that no image can be drawn in that way.
var ErrDesign = errors.New("this cannot be drawn")

var hexColour = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

// Draw makes the image of an achievement that has none: a seal in the colour
// with the monogram in it, an SVG of about one kilobyte without anything that
// is fetched or run. An empty colour is chosen by the name, an empty monogram
// is its initials. It fails with ErrDesign for a colour that is not like
// #1f4e79, or a monogram of more than four characters.
func Draw(name, colour, monogram string) ([]byte, error) {
	if colour == "" {
		h := fnv.New32a()
		_, _ = h.Write([]byte(name)) // a hash takes everything
		colour = palette[h.Sum32()%uint32(len(palette))]
	}
	if !hexColour.MatchString(colour) {
		return nil, fmt.Errorf("%w: the colour %q is not like #1f4e79", ErrDesign, colour)
	}
	if monogram == "" {
		monogram = initials(name)
	}
	letters := utf8.RuneCountInString(monogram)
	if letters > maxMonogram {
		return nil, fmt.Errorf("%w: the monogram %q has more than %d characters", ErrDesign, monogram, maxMonogram)
	}
	size := [...]int{0, 150, 130, 100, 80}[letters]
	ink := inkOn(colour)
	svg := fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" viewBox="0 0 400 400" role="img">`+
		`<title>%s</title>`+
		`<path d="%s" fill="%s"/>`+
		`<circle cx="200" cy="200" r="140" fill="none" stroke="%s" stroke-width="6"/>`+
		`<text x="200" y="200" dy=".35em" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="%d" fill="%s">%s</text>`+
		`</svg>`, escape(name), sealPath, colour, ink, size, ink, escape(monogram))
	return []byte(svg), nil
}

// sealPath is a star with sixteen short points around (200, 200).
const sealPath = "M200 8 234 29 273 23 297 55 336 64 345 103 377 127 371 166 392 200 371 234 377 273 345 297 336 336 297 345 273 377 234 " +
	"371 200 392 166 371 127 377 103 345 64 336 55 297 23 273 29 234 8 200 29 166 23 127 55 103 64 64 103 55 127 23 166 29Z"

// initials are the first letters of the first words of a name, at most three.
func initials(name string) string {
	var b strings.Builder
	n := 0
	for _, word := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r, _ := utf8.DecodeRuneInString(word)
		b.WriteRune(unicode.ToUpper(r))
		if n++; n == 3 {
			break
		}
	}
	if n == 0 {
		return "★"
	}
	return b.String()
}

// inkOn is white, or black on a light colour (relative luminance of WCAG 2.2,
// with the square as an approximation of the curve).
func inkOn(colour string) string {
	luminance := 0.0
	for n, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c, _ := strconv.ParseUint(colour[1+2*n:3+2*n], 16, 8) // hexColour has matched
		luminance += weight * float64(c) * float64(c) / (255 * 255)
	}
	if luminance > 0.18 {
		return "#000000"
	}
	return "#ffffff"
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// DataURL is an SVG as a data: URL, which can stand where a web address does.
func DataURL(svg []byte) string {
	return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(svg)
}
