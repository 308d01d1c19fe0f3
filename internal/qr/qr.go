// Package qr draws QR codes (ISO/IEC 18004) and reads them from pictures.
//
// # Drawing
//
// A code that holds more has smaller squares, and a phone must come nearer to
// read it. Encode keeps to what a phone reads from a screen at arm's length, and
// says so with ErrTooLong instead of drawing something that nobody can use:
//
//	code, err := qr.Encode("openid4vp://?client_id=…&request_uri=…")
//	if err != nil {
//		return err
//	}
//	fmt.Print(code.Text()) // for a terminal; code.SVG is for a page
//
// # Reading
//
// Decode takes a file that somebody dropped on a page or named on a command
// line: a screenshot or a photograph, PNG or JPEG. The size that the picture
// claims is looked at before any of it is unpacked.
//
//	text, err := qr.Decode(file) // ErrNoPicture, ErrTooLarge, ErrNoCode
//
// What a code says is a stranger's text. Whoever reads one decides which
// addresses to follow.
package qr

import (
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr"
)

// maxVersion bounds the size of a code. Version 20 has 97 squares a side, and
// the width of a phone's screen makes each of them half a millimetre, the least
// that common cameras read. It holds 858 bytes.
const maxVersion = 20

// quiet is the white margin in squares that readers need (ISO/IEC 18004,
// section 6.3.8).
const quiet = 4

// ErrTooLong says that a text does not fit into a code that can be read from a
// screen.
var ErrTooLong = errors.New("too long for a QR code that can be read from a screen")

// Code is a QR code.
type Code struct {
	Version int // 1 to 20
	Size    int // squares a side, without the margin

	code *qr.Code
}

// Encode makes the code of a text. The error wraps ErrTooLong.
func Encode(text string) (*Code, error) {
	for _, level := range []qr.Level{qr.M, qr.L} { // 15 % of the squares may be lost, or 7 %
		c, err := qr.Encode(text, level)
		if err != nil {
			continue
		}
		if version := (c.Size - 17) / 4; version <= maxVersion {
			return &Code{version, c.Size, c}, nil
		}
	}
	return nil, fmt.Errorf("%d bytes: %w", len(text), ErrTooLong)
}

// dark reports whether a square is dark; those of the margin are light.
func (c *Code) dark(x, y int) bool {
	return x >= 0 && y >= 0 && x < c.Size && y < c.Size && c.code.Black(x, y)
}

// SVG returns the drawing as one path on a white ground, with its margin. It is
// scaled by whoever places it, and says nothing for a screen reader: the page
// must offer the text, too.
func (c *Code) SVG() string {
	var b strings.Builder
	side := c.Size + 2*quiet
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges" aria-hidden="true" focusable="false"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="`, side, side, side, side)
	for y := range c.Size {
		for x := 0; x < c.Size; x++ {
			width := 0
			for c.dark(x+width, y) {
				width++
			}
			if width > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, width, width)
				x += width
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}

// PNG returns the drawing as a picture file, each square of that many pixels a
// side, with its margin: for posters and for mail.
func (c *Code) PNG(pixels int) []byte {
	drawn := *c.code
	drawn.Scale = pixels
	return drawn.PNG()
}

// Text returns the drawing in half blocks, two squares to a character, for a
// terminal with light letters on a dark ground.
func (c *Code) Text() string {
	const blocks = "█▀▄ " // light both, light above, light below, dark both
	cells := []rune(blocks)
	var b strings.Builder
	for y := -quiet; y < c.Size+quiet; y += 2 {
		for x := -quiet; x < c.Size+quiet; x++ {
			i := 0
			if c.dark(x, y) {
				i += 2
			}
			if c.dark(x, y+1) {
				i++
			}
			b.WriteRune(cells[i])
		}
		b.WriteByte('\n')
	}
	return b.String()
}
