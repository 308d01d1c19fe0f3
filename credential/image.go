package credential

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// maxImageBytes bounds a decoded image; as base64 it is what strictjson lets
// pass for a data:image/… string.
const maxImageBytes = 2 << 20 * 3 / 4

// ErrImage says that an image is not inside the document, or not a sound image
// of a kind that is shown.
var ErrImage = errors.New("no embedded image that can be shown")

// Image is the picture of a badge, an achievement or an issuer. It is either
// inside the document as a data: URL, or elsewhere; nothing here fetches it.
type Image struct {
	// Source is the data: URL or the address of the image: printable ASCII for a
	// data: URL, else cleaned by Plain.
	Source string `json:"source,omitzero"`
	// Caption says what there is to see, for those who cannot see it.
	Caption string `json:"caption,omitzero"`
}

// imageSource cleans what a document gives as the source of an image. A data:
// URL with anything but printable ASCII in it is none.
func imageSource(written string) string {
	if !strings.HasPrefix(written, "data:") {
		return Plain(written)
	}
	for _, b := range []byte(written) {
		if b <= ' ' || b >= 0x7F {
			return ""
		}
	}
	return written
}

// imageKinds are the media types that are shown, with how their content starts.
// A file that starts otherwise than its name says is refused, so that nobody
// smuggles one kind in as another.
var imageKinds = [...]struct{ mediaType, magic string }{
	{"image/png", "\x89PNG\r\n\x1a\n"},
	{"image/jpeg", "\xff\xd8\xff"},
	{"image/gif", "GIF8"},
	{"image/webp", "RIFF"},
	{"image/svg+xml", "<"},
}

// Embedded reports whether the image is inside the document.
func (i Image) Embedded() bool { return strings.HasPrefix(i.Source, "data:") }

// MediaType returns the media type that an embedded image names ("image/png"),
// in lower case; "" for an image elsewhere.
func (i Image) MediaType() string {
	if !i.Embedded() {
		return ""
	}
	head, _, _ := strings.Cut(strings.TrimPrefix(i.Source, "data:"), ",")
	mediaType, _, _ := strings.Cut(head, ";")
	return strings.ToLower(mediaType)
}

// SVG reports whether the embedded image is an SVG document. SVG can carry
// scripts and links: it must never become part of a page's markup, only the
// source of an <img>, where browsers run and load nothing.
func (i Image) SVG() bool { return i.MediaType() == "image/svg+xml" }

// Link is the address of an image that lies elsewhere, "" for an embedded one.
func (i Image) Link() Link {
	if i.Embedded() {
		return ""
	}
	return Link(i.Source)
}

// Decode returns the bytes of an embedded image: PNG, JPEG, GIF, WebP or SVG in
// base64, at most 1.5 MiB. The error wraps ErrImage.
func (i Image) Decode() ([]byte, error) {
	head, content, ok := strings.Cut(strings.TrimPrefix(i.Source, "data:"), ",")
	if !i.Embedded() || !ok {
		return nil, fmt.Errorf("%w: it is not a data: URL", ErrImage)
	}
	if !slices.Contains(strings.Split(strings.ToLower(head), ";"), "base64") {
		return nil, fmt.Errorf("%w: it is not in base64", ErrImage)
	}
	if base64.StdEncoding.DecodedLen(len(content)) > maxImageBytes {
		return nil, fmt.Errorf("%w: it is larger than %d bytes", ErrImage, maxImageBytes)
	}
	if strings.ContainsAny(content, "\r\n") { // the decoder would skip them
		return nil, fmt.Errorf("%w: it is not clean base64", ErrImage)
	}
	data, err := base64.StdEncoding.Strict().DecodeString(content)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrImage, err)
	}
	if !i.looksRight(data) {
		return nil, fmt.Errorf("%w: it is not the %s that it says it is", ErrImage, Plain(i.MediaType()))
	}
	return data, nil
}

// looksRight reports whether the content starts as its media type does.
func (i Image) looksRight(data []byte) bool {
	if i.SVG() {
		data = bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
	}
	for _, k := range imageKinds {
		if k.mediaType == i.MediaType() {
			return bytes.HasPrefix(data, []byte(k.magic)) && (k.mediaType != "image/webp" || len(data) > 12 && string(data[8:12]) == "WEBP")
		}
	}
	return false
}
