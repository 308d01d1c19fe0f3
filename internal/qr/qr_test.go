package qr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	drawing "rsc.io/qr"
)

const link = "openid4vp://?client_id=decentralized_identifier%3Adid%3Aweb%3Ajobs.example&request_uri=https%3A%2F%2Fjobs.example%2Frequests%2F8f1d2c3b4a596877%2Fobject"

// drawn is a code as a picture, square by square.
func drawn(t testing.TB, text string, scale int, dark, light color.Color) image.Image {
	t.Helper()
	c, err := Encode(text)
	if err != nil {
		t.Fatal(err)
	}
	side := (c.Size + 2*quiet) * scale
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			img.Set(x, y, light)
			if c.dark(x/scale-quiet, y/scale-quiet) {
				img.Set(x, y, dark)
			}
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// onto places a picture in a larger grey one, as in a photograph.
func onto(img image.Image, width, height, left, top int) image.Image {
	out := image.NewGray(image.Rect(0, 0, width, height))
	for i := range out.Pix {
		out.Pix[i] = uint8(120 + i%width*60/width) // light falls from one side
	}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			out.Set(left+x, top+y, img.At(x, y))
		}
	}
	return out
}

func TestDecodeReadsWhatEncodeDraws(t *testing.T) {
	black, white := color.Black, color.White
	pictures := map[string][]byte{
		"a screenshot":           asPNG(t, drawn(t, link, 6, black, white)),
		"small":                  asPNG(t, drawn(t, link, 2, black, white)),
		"a photograph":           asJPEG(t, onto(drawn(t, link, 5, color.Gray{40}, color.Gray{210}), 1200, 900, 333, 222)),
		"12 million pixels":      asJPEG(t, onto(drawn(t, link, 16, color.Gray{40}, color.Gray{210}), 4000, 3000, 1500, 800)),
		"light on dark":          asPNG(t, drawn(t, link, 6, white, black)),
		"in colours":             asPNG(t, drawn(t, link, 6, color.RGBA{R: 20, G: 60, B: 120, A: 255}, color.RGBA{R: 250, G: 240, B: 200, A: 255})),
		"on nothing but a stain": asPNG(t, drawn(t, link, 6, black, color.Transparent)),
	}
	for name, picture := range pictures {
		t.Run(name, func(t *testing.T) {
			if got, err := Decode(picture); err != nil || got != link {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
	for _, text := range []string{"x", "Grüße, 世界", strings.Repeat("y", 858)} {
		if got, err := Decode(asPNG(t, drawn(t, text, 4, black, white))); err != nil || got != text {
			t.Errorf("got %.40q, %v, want %.40q", got, err, text)
		}
	}
}

// The largest code that there is, with almost three kilobytes, is read as it stands:
// what to think of the text is for whoever asked.
func TestDecodeReadsTheLargest(t *testing.T) {
	text := "javascript:" + strings.Repeat("x", 2940)
	code, err := drawing.Encode(text, drawing.L)
	if err != nil {
		t.Fatal(err)
	}
	code.Scale = 4
	if got, err := Decode(code.PNG()); err != nil || got != text {
		t.Errorf("got %.40q of %d bytes, %v", got, len(got), err)
	}
}

// claims is a PNG of a few bytes that says how large it is.
func claims(width, height uint32) []byte {
	header := binary.BigEndian.AppendUint32(nil, width)
	header = binary.BigEndian.AppendUint32(header, height)
	chunk := append([]byte("IHDR"), append(header, 8, 2, 0, 0, 0)...)
	out := append([]byte("\x89PNG\r\n\x1a\n"), 0, 0, 0, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

func TestDecodeRefuses(t *testing.T) {
	good := asPNG(t, drawn(t, link, 4, color.Black, color.White))
	tests := []struct {
		name    string
		picture []byte
		want    error
	}{
		{"nothing", nil, ErrNoPicture},
		{"a text", []byte(link), ErrNoPicture},
		{"an SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), ErrNoPicture},
		{"a GIF", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), ErrNoPicture},
		{"a PNG cut off", good[:len(good)/2], ErrNoPicture},
		{"a header alone", claims(100, 100), ErrNoPicture},
		{"no pixels", claims(0, 100), ErrNoPicture},
		{"a bomb of 4 thousand million pixels", claims(65535, 65535), ErrTooLarge},
		{"a bomb in one line", claims(1<<31-1, 1), ErrTooLarge},
		{"a bomb beyond counting", claims(1<<31-1, 1<<31-1), ErrNoPicture},
		{"one pixel row too many", claims(4096, 4097), ErrTooLarge},
		{"a file too large", append(good, make([]byte, maxFile)...), ErrTooLarge},
		{"an empty picture", asPNG(t, image.NewGray(image.Rect(0, 0, 300, 300))), ErrNoCode},
		{"one pixel", asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1))), ErrNoCode},
		{"a line", asPNG(t, image.NewGray(image.Rect(0, 0, 5000, 1))), ErrNoCode},
		{"half a code", asPNG(t, drawn(t, link, 4, color.Black, color.White).(*image.RGBA).SubImage(image.Rect(0, 0, 300, 120))), ErrNoCode},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got, err := Decode(test.picture); !errors.Is(err, test.want) || got != "" {
				t.Errorf("got %q, %v, want %v", got, err, test.want)
			}
		})
	}
}

func TestEncodeKeepsToItsBudget(t *testing.T) {
	for length, version := range map[int]int{14: 1, 200: 10, 660: 20, 858: 20} {
		c, err := Encode(strings.Repeat("x", length))
		if err != nil || c.Version != version || c.Size != 17+4*version {
			t.Errorf("%d bytes: %+v, %v, want version %d", length, c, err, version)
		}
	}
	for _, length := range []int{859, 3000, 100_000} {
		if c, err := Encode(strings.Repeat("x", length)); !errors.Is(err, ErrTooLong) || c != nil {
			t.Errorf("%d bytes: %v, %v", length, c, err)
		}
	}
}

func TestDrawings(t *testing.T) {
	c, err := Encode(link)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(c.Text(), "\n"), "\n")
	if want := (c.Size + 2*quiet + 1) / 2; len(lines) != want {
		t.Errorf("%d lines, want %d", len(lines), want)
	}
	dark := 0
	for y := range c.Size {
		for x := range c.Size {
			if c.dark(x, y) {
				dark++
			}
		}
	}
	inText := strings.Count(c.Text(), "▀") + strings.Count(c.Text(), "▄") + 2*strings.Count(c.Text(), " ")
	if inText != dark {
		t.Errorf("%d dark squares in the text, want %d", inText, dark)
	}
	if got, err := Decode(c.PNG(5)); err != nil || got != link {
		t.Errorf("the PNG reads %q, %v", got, err)
	}
	svg := c.SVG()
	if !strings.HasPrefix(svg, "<svg ") || strings.Count(svg, "<path") != 2 || strings.Contains(svg, link) || strings.Contains(svg, "<script") {
		t.Errorf("got %.200s", svg)
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(asPNG(f, drawn(f, "x", 2, color.Black, color.White)))
	f.Add(asJPEG(f, drawn(f, "x", 3, color.Black, color.White)))
	f.Add(claims(65535, 65535))
	f.Fuzz(func(t *testing.T, picture []byte) {
		if text, err := Decode(picture); err != nil && text != "" {
			t.Errorf("%v and %q", err, text)
		}
	})
}
