package ui

import (
	"bytes"
	"encoding/xml"
	"errors"
	"html/template"
	"image"
	_ "image/gif"  // the kinds of image that a page shows
	_ "image/jpeg" //
	_ "image/png"  //
	"io"
	"strings"

	"laurel/credential"
)

// What a picture may cost the browser of the person who reads a page.
const (
	maxSide     = 2048 // pixels; unpacked that is 16 MiB, and a badge is shown 9 rem wide
	maxElements = 5000 // of an SVG; the most elaborate real badge has some 900
	maxReuses   = 24   // of <use> and <pattern>, which multiply when nested
)

// Image returns the picture for the src of an <img>, or "" if it is not to be
// shown: a remote one (loading it would tell its host who is being checked, and
// it may change after signing), a broken one, WebP, or one that would unpack to
// more than a page can take. SVG is safe there: in an <img> browsers run no
// script and load nothing for it.
func Image(img credential.Image) template.URL {
	data, err := img.Decode()
	if err != nil {
		return ""
	}
	sound := raster
	if img.SVG() {
		sound = vector
	}
	if sound(data) != nil {
		return ""
	}
	return template.URL(img.Source)
}

var errPicture = errors.New("a picture that is not shown")

// raster looks at the size that a PNG, JPEG or GIF unpacks to.
func raster(data []byte) error {
	config, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return err
	}
	if config.Width > maxSide || config.Height > maxSide {
		return errPicture
	}
	return nil
}

// vector counts what an SVG is made of. Entities and nested reuse are how a
// small drawing becomes one that never finishes.
func vector(data []byte) error {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.CharsetReader = func(string, io.Reader) (io.Reader, error) { return nil, errPicture }
	elements, reuses := 0, 0
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.Directive:
			if strings.Contains(string(t), "ENTITY") {
				return errPicture
			}
		case xml.StartElement:
			elements++
			if t.Name.Local == "use" || t.Name.Local == "pattern" {
				reuses++
			}
		}
	}
	if elements == 0 || elements > maxElements || reuses > maxReuses {
		return errPicture
	}
	return nil
}
