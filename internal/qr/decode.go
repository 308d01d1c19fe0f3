package qr

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/jpeg" // the formats of screenshots and photographs
	_ "image/png"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

const (
	// maxFile is what a page's form may bring.
	maxFile = 8 << 20
	// maxPixels bounds what a picture unpacks to: a phone's camera makes 12
	// million, which are 48 MB in memory. A file of some kilobytes can claim
	// thousands of millions.
	maxPixels = 16 << 20
	// maxLooked is how many pixels the search for a code looks at. Larger
	// pictures are made smaller first: a code whose squares are lost by that was
	// too small to be meant.
	maxLooked = 2 << 20
)

var (
	// ErrNoPicture says that a file is no PNG or JPEG picture.
	ErrNoPicture = errors.New("not a PNG or JPEG picture that can be read")
	// ErrTooLarge says that a picture is larger than is read.
	ErrTooLarge = errors.New("the picture is larger than is read")
	// ErrNoCode says that there is no QR code in a picture, or none that can be
	// read.
	ErrNoCode = errors.New("no QR code could be read in the picture")
)

// Decode returns the text of the QR code in a picture. Errors wrap ErrNoPicture,
// ErrTooLarge or ErrNoCode.
func Decode(picture []byte) (text string, err error) {
	if len(picture) > maxFile {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, len(picture), maxFile)
	}
	claimed, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || claimed.Width <= 0 || claimed.Height <= 0 {
		return "", ErrNoPicture
	}
	if claimed.Width > maxPixels/claimed.Height {
		return "", fmt.Errorf("%w: %d by %d pixels, at most %d million in all", ErrTooLarge, claimed.Width, claimed.Height, maxPixels/1_000_000)
	}
	img, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return "", ErrNoPicture
	}
	// The library was written for pictures from cameras; one that was made to
	// break it shall end as a picture without a code.
	defer func() {
		if recover() != nil {
			text, err = "", ErrNoCode
		}
	}()
	grey := shrunk(img)
	for _, source := range []gozxing.LuminanceSource{grey, grey.Invert()} {
		for _, binarizer := range []gozxing.Binarizer{gozxing.NewHybridBinarizer(source), gozxing.NewGlobalHistgramBinarizer(source)} {
			if text, ok := read(binarizer); ok {
				return text, nil
			}
		}
	}
	return "", ErrNoCode
}

func read(b gozxing.Binarizer) (string, bool) {
	bitmap, err := gozxing.NewBinaryBitmap(b)
	if err != nil {
		return "", false
	}
	hints := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, hints)
	if err != nil {
		return "", false
	}
	return result.GetText(), true
}

// shrunk is the grey picture of at most maxLooked pixels: each is the mean of a
// square of the original. What is transparent is white, as on a page.
func shrunk(img image.Image) gozxing.LuminanceSource {
	bounds := img.Bounds()
	step := 1
	for (bounds.Dx()/step)*(bounds.Dy()/step) > maxLooked {
		step++
	}
	width, height := max(bounds.Dx()/step, 1), max(bounds.Dy()/step, 1)
	grey := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			grey.Pix[y*grey.Stride+x] = mean(img, bounds.Min.X+x*step, bounds.Min.Y+y*step, step)
		}
	}
	return gozxing.NewLuminanceSourceFromImage(grey)
}

// mean is the lightness of a square of pixels.
func mean(img image.Image, left, top, step int) uint8 {
	sum, count := uint32(0), uint32(0)
	end := img.Bounds().Max
	for y := top; y < min(top+step, end.Y); y++ {
		for x := left; x < min(left+step, end.X); x++ {
			r, g, b, a := img.At(x, y).RGBA() // premultiplied, 16 bits
			light := (299*r+587*g+114*b)/1000 + (0xffff - a)
			sum += light >> 8
			count++
		}
	}
	return uint8(sum / max(count, 1))
}
