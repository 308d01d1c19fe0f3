package baking

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// pngSignature begins every PNG file (PNG, third edition, section 5.2).
const pngSignature = "\x89PNG\r\n\x1a\n"

// The keywords of text chunks with a badge.
const (
	pngKeyword    = "openbadgecredential"
	pngKeywordOld = "openbadges" // Open Badges 2.0 and before
)

const (
	pngFrame    = 12 // bytes of a chunk besides its data: length, type, CRC
	headerBytes = 13 // data of IHDR
)

// pngChunk is one chunk of a PNG file.
type pngChunk struct {
	kind     string
	data     []byte
	from, to int // where in the file
}

// readPNG walks over the chunks, each with its length and CRC checked, from IHDR
// to IEND and to the end of the file. It returns where IEND begins and the badges
// that it came by.
func readPNG(file []byte) (end int, found []*part, err error) {
	if len(file) > maxImage {
		return 0, nil, fmt.Errorf("%w: %d bytes, at most %d", ErrLimit, len(file), maxImage)
	}
	at, first, kind := len(pngSignature), true, ""
	for kind != "IEND" {
		c, err := nextChunk(file, at)
		if err != nil {
			return 0, nil, err
		}
		if kind = c.kind; first != (kind == "IHDR") || first && len(c.data) != headerBytes {
			return 0, nil, fmt.Errorf("%w: a PNG begins with one IHDR chunk of 13 bytes", ErrImage)
		}
		badge, err := c.badge()
		if err != nil {
			return 0, nil, err
		}
		if badge != nil {
			found = append(found, badge)
		}
		first, end, at = false, c.from, c.to
	}
	if at != len(file) {
		return 0, nil, fmt.Errorf("%w: %d bytes follow its end", ErrImage, len(file)-at)
	}
	return end, found, nil
}

// nextChunk reads the chunk that begins at a place in the file.
func nextChunk(file []byte, at int) (*pngChunk, error) {
	rest := file[at:]
	if len(rest) < pngFrame {
		return nil, fmt.Errorf("%w: it is cut off after %d bytes", ErrImage, len(file))
	}
	size := binary.BigEndian.Uint32(rest)
	if uint64(size) > uint64(len(rest)-pngFrame) { // "The length MUST NOT exceed 2^31-1 bytes", nor can it here
		return nil, fmt.Errorf("%w: a chunk says that it has %d bytes, and %d are left", ErrImage, size, len(rest)-pngFrame)
	}
	body := rest[4 : 8+size] // "calculated on the preceding bytes in the chunk, including the chunk type field and chunk data fields"
	c := &pngChunk{kind: string(body[:4]), data: body[4:], from: at, to: at + pngFrame + int(size)}
	for _, b := range []byte(c.kind) {
		if b|0x20 < 'a' || b|0x20 > 'z' {
			return nil, fmt.Errorf("%w: the type of a chunk is %q", ErrImage, c.kind)
		}
	}
	if crc32.ChecksumIEEE(body) != binary.BigEndian.Uint32(rest[8+size:]) {
		return nil, fmt.Errorf("%w: the checksum of the chunk %s is wrong", ErrImage, c.kind)
	}
	return c, nil
}

// badge is the badge in a text chunk; nil if the chunk is anything else.
func (c *pngChunk) badge() (*part, error) {
	if c.kind != "iTXt" && c.kind != "tEXt" && c.kind != "zTXt" {
		return nil, nil
	}
	keyword, rest, _ := bytes.Cut(c.data, []byte{0})
	name := string(keyword[:min(len(keyword), len(pngKeyword)+1)])
	if name != pngKeyword && name != pngKeywordOld {
		return nil, nil
	}
	p := &part{old: name == pngKeywordOld, from: c.from, to: c.to}
	var err error
	switch {
	case c.kind == "iTXt":
		p.payload, err = internationalText(rest)
	case c.kind == "tEXt" && p.old: // the first baker wrote such chunks
		p.payload = rest
	default:
		err = fmt.Errorf("%w: a badge is in an iTXt chunk, not in %s", ErrImage, c.kind)
	}
	if err == nil && len(p.payload) > maxPayload {
		err = fmt.Errorf("%w: its badge has more than %d bytes", ErrLimit, maxPayload)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}

// internationalText reads what follows the keyword of an iTXt chunk: compression
// flag and method, language tag, translated keyword, text (PNG, section 11.3.3.4).
func internationalText(data []byte) ([]byte, error) {
	if len(data) < 2 || data[0] > 1 || data[1] != 0 {
		return nil, fmt.Errorf("%w: an iTXt chunk that is packed in an unknown way", ErrImage)
	}
	packed := data[0] == 1
	_, data, hasLanguage := bytes.Cut(data[2:], []byte{0})
	_, text, hasKeyword := bytes.Cut(data, []byte{0})
	if !hasLanguage || !hasKeyword {
		return nil, fmt.Errorf("%w: an iTXt chunk that is cut off", ErrImage)
	}
	if !packed {
		return text, nil
	}
	return inflate(text)
}

// inflate unpacks a zlib stream, up to one byte more than a credential may have.
func inflate(packed []byte) ([]byte, error) {
	source := bytes.NewReader(packed)
	stream, err := zlib.NewReader(source)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrImage, err)
	}
	text, err := io.ReadAll(io.LimitReader(stream, maxPayload+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %v", ErrImage, err)
	case len(text) <= maxPayload && source.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes follow the packed text", ErrImage, source.Len())
	}
	return text, nil
}

// writePNG puts the credential into an iTXt chunk before the end, uncompressed:
// "The compression flag […] SHOULD be 0".
func writePNG(file, credential []byte, opt Options) ([]byte, error) {
	end, found, err := readPNG(file)
	if err != nil {
		return nil, err
	}
	if err := opt.existing(found); err != nil {
		return nil, err
	}
	body := append([]byte("iTXt"+pngKeyword+"\x00\x00\x00\x00\x00"), credential...)
	out := make([]byte, 0, len(file)+pngFrame+len(body))
	out = append(out, without(file[:end], found)...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(body)-4))
	out = append(out, body...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
	return append(out, file[end:]...), nil
}

// without is a file without some of its parts, which are in its order.
func without(file []byte, parts []*part) []byte {
	var out []byte
	at := 0
	for _, p := range parts {
		out = append(out, file[at:p.from]...)
		at = p.to
	}
	return append(out, file[at:]...)
}
