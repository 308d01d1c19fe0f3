package web

import (
	"bytes"
	"image"
	_ "image/jpeg" // the kinds of picture that previews take
	_ "image/png"  //

	"laurel/verifier"
)

// maxSide bounds the picture of a preview, in pixels.
const maxSide = 2048

// pictureOf is the picture of the first badge that has one which can be previewed:
// a PNG or a JPEG inside the document, sent as what it is and nothing else. A
// drawing (SVG) is none, since it is a document that may hold scripts.
func pictureOf(reports []*verifier.Report) (data []byte, contentType string, ok bool) {
	for _, b := range badges(reports) {
		data, err := b.Picture().Decode()
		if err != nil {
			continue
		}
		config, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err == nil && (format == "png" || format == "jpeg") && config.Width <= maxSide && config.Height <= maxSide {
			return data, "image/" + format, true
		}
	}
	return nil, "", false
}
