package credential

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// pixel is a PNG of one transparent pixel.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func encoded(mediaType, content string) string {
	return "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString([]byte(content))
}

func TestImageDecode(t *testing.T) {
	tests := []struct {
		name, source string
		mediaType    string
		ok           bool
	}{
		{"PNG", "data:image/png;base64," + pixel, "image/png", true},
		{"JPEG", encoded("image/jpeg", "\xff\xd8\xff\xe0rest"), "image/jpeg", true},
		{"GIF", encoded("image/gif", "GIF89a"), "image/gif", true},
		{"WebP", encoded("image/webp", "RIFF\x10\x00\x00\x00WEBPVP8 "), "image/webp", true},
		{"SVG", encoded("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", true},
		{"SVG with a mark and blanks", encoded("image/svg+xml", "\xef\xbb\xbf\n <svg/>"), "image/svg+xml", true},
		{"SVG with a charset", strings.Replace(encoded("image/svg+xml", "<svg/>"), ";", ";charset=utf-8;", 1), "image/svg+xml", true},
		{"media type in capitals", "data:IMAGE/PNG;base64," + pixel, "image/png", true},

		{"elsewhere", "https://school.example/logo.png", "", false},
		{"nothing", "", "", false},
		{"no comma", "data:image/png;base64", "image/png", false},
		{"no base64", "data:image/svg+xml,<svg/>", "image/svg+xml", false},
		{"SVG as PNG", encoded("image/png", "<svg/>"), "image/png", false},
		{"PNG as SVG", "data:image/svg+xml;base64," + pixel, "image/svg+xml", false},
		{"RIFF of another kind", encoded("image/webp", "RIFF\x10\x00\x00\x00AVI LIST"), "image/webp", false},
		{"short RIFF", encoded("image/webp", "RIFF"), "image/webp", false},
		{"HTML", encoded("text/html", "<script>"), "text/html", false},
		{"another kind of image", encoded("image/tiff", "II*\x00"), "image/tiff", false},
		{"empty", "data:image/png;base64,", "image/png", false},
		{"line breaks", "data:image/png;base64," + pixel[:40] + "\n" + pixel[40:], "image/png", false},
		{"tail bits", "data:image/png;base64," + strings.TrimSuffix(pixel, "gg==") + "gh==", "image/png", false},
		{"no padding", "data:image/png;base64," + strings.TrimRight(pixel, "="), "image/png", false},
		{"too large", "data:image/png;base64," + strings.Repeat("A", 2<<20+8), "image/png", false},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			image := Image{Source: c.source}
			if got := image.MediaType(); got != c.mediaType {
				t.Errorf("media type %q, want %q", got, c.mediaType)
			}
			if got, want := image.SVG(), c.mediaType == "image/svg+xml"; got != want {
				t.Errorf("SVG() = %v", got)
			}
			data, err := image.Decode()
			if c.ok != (err == nil) || (err != nil) != (data == nil) {
				t.Errorf("%d bytes, %v", len(data), err)
			}
			if err != nil && !errors.Is(err, ErrImage) {
				t.Errorf("%v does not wrap ErrImage", err)
			}
		})
	}
}

func TestImageElsewhere(t *testing.T) {
	away := Image{Source: "https://school.example/logo.png"}
	if away.Embedded() || away.Link().Web() != "https://school.example/logo.png" {
		t.Errorf("Link() = %q", away.Link())
	}
	inside := Image{Source: "data:image/png;base64," + pixel}
	if !inside.Embedded() || inside.Link() != "" {
		t.Errorf("an embedded image has the link %q", inside.Link())
	}
}

func TestImageOfARealBadge(t *testing.T) {
	doc := load(t, "badges/jff-plugfest/plugfest-2-2022/unsigned-badge-example-p2-embedded-image.json")
	picture := ReadBadge(doc).Picture()
	data, err := picture.Decode()
	if err != nil || picture.MediaType() != "image/png" || !bytes.HasPrefix(data, []byte("\x89PNG")) {
		t.Errorf("%q, %d bytes, %v", picture.MediaType(), len(data), err)
	}
}

func FuzzImage(f *testing.F) {
	f.Add("data:image/png;base64," + pixel)
	f.Add("data:image/svg+xml;base64,PHN2Zy8+")
	f.Fuzz(func(t *testing.T, source string) {
		data, err := Image{Source: source}.Decode()
		if err != nil {
			if data != nil {
				t.Error("bytes beside an error")
			}
			return
		}
		content := source[strings.LastIndexByte(source, ',')+1:]
		if again := base64.StdEncoding.EncodeToString(data); again != content || bytes.Equal(data, nil) {
			t.Errorf("the content is not what it encodes: %q", source)
		}
	})
}
