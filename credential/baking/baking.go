// Package baking reads and writes baked badges: pictures that carry a credential
// inside, so that a learner can pass on one file that everybody can look at and
// every verifier can check.
//
// # Where the credential is
//
// Open Badges 3.0, section 5.3, has two kinds of picture. In a PNG the credential
// is the text of one iTXt chunk:
//
//	89 "PNG" … IHDR … IDAT … iTXt "openbadgecredential" 0 0 0 0 0 {"@context": […], …} IEND
//
// In an SVG it is one element, with an embedded-proof credential as its text and
// a JWT in an attribute:
//
//	<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">
//	  <openbadges:credential><![CDATA[{"@context": […], …}]]></openbadges:credential>
//	  <openbadges:credential verify="eyJhbGciOi…"/>   (the other form)
//
// # Reading and writing
//
//	badge, err := baking.Read(file)          // any file: what is no picture comes back as it is
//	report, err := v.Verify(ctx, badge.Payload, …)
//
//	picture, err := baking.Write(plainPNG, credential, baking.Options{})
//
// The picture is never decoded, drawn or run: of a PNG only chunks are walked, of
// an SVG only tags, and no pixel, script, style, link or entity has any effect.
// Whatever readers could read in different ways is refused, above all a picture
// with two credentials in it. A picture says nothing about whether its badge is
// genuine; that is for package proof.
package baking

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

const (
	maxImage   = 8 << 20 // bytes of a picture: a file upload, as everywhere in Laurel
	maxPayload = 4 << 20 // bytes of a credential once unpacked: two embedded images of the largest size
)

// The errors. Each one that this package returns wraps one of them.
var (
	// ErrNone says that the picture is one, and has no badge inside.
	ErrNone = errors.New("there is no badge in this picture")
	// ErrImage says that the picture is broken, or written so that two programs
	// could read it in two ways.
	ErrImage = errors.New("this is not a sound picture")
	// ErrSeveral says that the picture has more than one badge.
	ErrSeveral = errors.New("there is more than one badge in this picture")
	// ErrLimit says that the picture, or what is packed in it, is too large.
	ErrLimit = errors.New("this picture is too large")
	// ErrPayload says that what is to be written is neither JSON nor a JWT.
	ErrPayload = errors.New("this is no credential that can be put into a picture")
	// ErrBaked says that the picture to write into has a badge already.
	ErrBaked = errors.New("there is a badge in this picture already")
	// ErrActive says that the SVG to write into is more than a picture: it has
	// scripts or loads things. A badge is sent to others, who would run them.
	ErrActive = errors.New("this picture has active content")
)

// Format is a kind of picture that badges are baked into.
type Format uint8

// The formats. None is a file that is no such picture.
const (
	None Format = iota
	PNG
	SVG
)

// String names the format: "PNG", "SVG" or "no picture".
func (f Format) String() string { return [...]string{"no picture", "PNG", "SVG"}[f] }

// Badge is what a file holds.
type Badge struct {
	// Payload is the credential as it was put in, byte for byte: JSON, or a JWT
	// in compact form. In an SVG the blanks around it do not count. Nothing
	// about it has been checked.
	Payload []byte
	// Image is the kind of picture; None if the file is none, and then Payload is
	// the whole file.
	Image Format
	// Old tells a badge of Open Badges 2.0 or 1.0. Its payload may also be just
	// the address of an assertion.
	Old bool
}

// sniffed is how much of a file is looked at to tell an SVG from other text.
const sniffed = 4 << 10

// Detect tells by its beginning what kind of picture a file is. JSON and tokens
// never begin like one.
func Detect(file []byte) Format {
	if bytes.HasPrefix(file, []byte(pngSignature)) {
		return PNG
	}
	start := bytes.TrimLeft(bytes.TrimPrefix(file[:min(len(file), sniffed)], []byte(byteOrderMark)), " \t\r\n")
	if bytes.HasPrefix(start, []byte("<")) && bytes.Contains(start, []byte("svg")) {
		return SVG
	}
	return None
}

// Read takes the badge out of a file. A file that is no picture is its own
// payload. The errors are ErrNone, ErrImage, ErrSeveral and ErrLimit; with an
// error there is no Badge.
func Read(file []byte) (*Badge, error) {
	var found []*part
	var err error
	format := Detect(file)
	switch format {
	case None:
		return &Badge{Payload: file}, nil
	case PNG:
		_, found, err = readPNG(file)
	case SVG:
		var s *svgImage
		if s, err = readSVG(file); err == nil {
			found = s.badges
		}
	}
	if err != nil {
		return nil, err
	}
	switch {
	case len(found) == 0:
		return nil, ErrNone
	case len(found) > 1:
		return nil, ErrSeveral
	case len(found[0].payload) == 0:
		return nil, fmt.Errorf("%w: the place for the badge is empty", ErrImage)
	}
	return &Badge{Payload: found[0].payload, Image: format, Old: found[0].old}, nil
}

// part is a badge in a picture with the bytes of the picture that hold it.
type part struct {
	payload  []byte
	old      bool
	from, to int
}

// Options says how to write. The zero value never overwrites a badge.
type Options struct {
	Replace bool // take out a badge that is there, of Open Badges 2.0 too
}

// Write puts a credential into a PNG or an SVG and returns the new picture. The
// credential is a JSON object or a compact JWT; blanks around it are dropped, and
// in an SVG a line break of two characters becomes one. Everything else in the
// picture stays as it is, byte for byte. Errors are those of Read (but ErrNone),
// ErrPayload, ErrBaked and ErrActive.
func Write(image, credential []byte, opt Options) ([]byte, error) {
	credential = bytes.TrimSpace(credential)
	if err := checkPayload(credential); err != nil {
		return nil, err
	}
	var out []byte
	var err error
	switch Detect(image) {
	case PNG:
		out, err = writePNG(image, credential, opt)
	case SVG:
		credential = bytes.ReplaceAll(credential, []byte("\r\n"), []byte("\n"))
		out, err = writeSVG(image, credential, opt)
	default:
		return nil, fmt.Errorf("%w: it is neither PNG nor SVG", ErrImage)
	}
	if err != nil {
		return nil, err
	}
	// What cannot be read back is not handed out.
	again, err := Read(out)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(again.Payload, credential) {
		return nil, fmt.Errorf("%w: it does not come out as it went in", ErrPayload)
	}
	return out, nil
}

// checkPayload refuses what no reader would take for a credential, and what would
// not survive: a zero byte ends texts.
func checkPayload(credential []byte) error {
	switch {
	case len(credential) > maxPayload:
		return fmt.Errorf("%w: it has %d bytes, at most %d", ErrPayload, len(credential), maxPayload)
	case !utf8.Valid(credential) || bytes.IndexByte(credential, 0) >= 0:
		return fmt.Errorf("%w: it is not a text in UTF-8", ErrPayload)
	case !bytes.HasPrefix(credential, []byte("{")) && !isToken(credential):
		return fmt.Errorf("%w: it is neither a JSON object nor a JWT", ErrPayload)
	}
	return nil
}

// isToken reports whether a text has the form of a compact JWS: three parts in
// the alphabet of base64url.
func isToken(text []byte) bool {
	dots := 0
	for _, b := range text {
		switch {
		case b == '.':
			dots++
		case b >= '0' && b <= '9', b >= 'A' && b <= 'Z', b >= 'a' && b <= 'z', b == '-', b == '_':
		default:
			return false
		}
	}
	return dots == 2 && text[0] != '.'
}

// existing says what to do about badges that a picture to write into has.
func (opt Options) existing(found []*part) error {
	if len(found) > 0 && !opt.Replace {
		return ErrBaked
	}
	return nil
}
