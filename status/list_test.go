package status

import (
	"bytes"
	stdgzip "compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// vector is one published encodedList, decoded by another program.
type vector struct {
	EncodedList string `json:"encodedList"`
	LengthBits  int    `json:"length_bits"`
	SetBits     []int  `json:"set_bits"`
	SetCount    int    `json:"set_count"`
	Error       string `json:"error"`
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	text, err := os.ReadFile("testdata/bitstring-status-list/vectors.json")
	if err != nil {
		tb.Fatal(err)
	}
	var file struct{ Vectors []vector }
	if err := json.Unmarshal(text, &file); err != nil {
		tb.Fatal(err)
	}
	if len(file.Vectors) != 4 {
		tb.Fatalf("%d vectors, want 4", len(file.Vectors))
	}
	return file.Vectors
}

func TestDecodeVectors(t *testing.T) {
	for _, v := range vectors(t) {
		l, err := Decode(v.EncodedList)
		if v.Error != "" {
			if !errors.Is(err, ErrEncoding) || l != nil {
				t.Errorf("Decode(%.40q) = %v, %v, want ErrEncoding", v.EncodedList, l, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("Decode(%.40q): %v", v.EncodedList, err)
			continue
		}
		if l.Len() != v.LengthBits || l.Count() != v.SetCount {
			t.Errorf("%d entries, %d set; want %d, %d", l.Len(), l.Count(), v.LengthBits, v.SetCount)
		}
		for _, i := range v.SetBits {
			if set, err := l.Get(i); !set || err != nil {
				t.Errorf("entry %d: %v, %v; want it set", i, set, err)
			}
		}
		again, err := Decode(l.Encode())
		if err != nil || !bytes.Equal(again.octets, l.octets) {
			t.Errorf("encoding and decoding changed the list: %v", err)
		}
	}
}

// packed returns an encodedList made by the standard library.
func packed(octets []byte) string {
	return "u" + base64.RawURLEncoding.EncodeToString(gzipped(octets))
}

func gzipped(octets []byte) []byte {
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	w.Write(octets)
	w.Close()
	return b.Bytes()
}

func TestDecodeRefuses(t *testing.T) {
	raw := make([]byte, MinLength/8)
	good := packed(raw)
	member := gzipped(raw)
	var zlibbed bytes.Buffer
	zw := zlib.NewWriter(&zlibbed)
	zw.Write(raw)
	zw.Close()
	b64 := base64.RawURLEncoding.EncodeToString
	crc := bytes.Clone(member)
	crc[len(crc)-8] ^= 1
	size := bytes.Clone(member)
	size[len(size)-4] ^= 1

	tests := []struct {
		name, in string
		want     error
	}{
		{"empty", "", ErrEncoding},
		{"only the letter", "u", ErrEncoding},
		{"no multibase letter", good[1:], ErrEncoding},
		{"another multibase letter", "z" + good[1:], ErrEncoding},
		{"standard alphabet", "u" + base64.RawStdEncoding.EncodeToString(gzipped([]byte{0xff, 0xfe, 0xfb, 0x3f, 1, 2, 3})), ErrEncoding},
		{"padding", "u" + base64.URLEncoding.EncodeToString(append(bytes.Clone(member), 0)), ErrEncoding},
		{"a line break inside", good[:20] + "\n" + good[20:], ErrEncoding},
		{"a line break at the end", good + "\r\n", ErrEncoding},
		{"a space", good + " ", ErrEncoding},
		{"left-over bits", tailBits(good), ErrEncoding},
		{"zlib", "u" + b64(zlibbed.Bytes()), ErrEncoding},
		{"not packed at all", "u" + b64(raw), ErrEncoding},
		{"two members", "u" + b64(append(bytes.Clone(member), member...)), ErrEncoding},
		{"bytes after the member", "u" + b64(append(bytes.Clone(member), 0)), ErrEncoding},
		{"cut off", "u" + b64(member[:len(member)-5]), ErrEncoding},
		{"checksum", "u" + b64(crc), ErrEncoding},
		{"length in the trailer", "u" + b64(size), ErrEncoding},
		{"a bomb of 9 MiB", packed(make([]byte, 9<<20)), ErrLimit},
		{"a bomb of 64 MiB", packed(make([]byte, 64<<20)), ErrLimit},
		{"more than 1 MiB packed", "u" + strings.Repeat("A", 1_400_000), ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := Decode(tt.in)
			if !errors.Is(err, tt.want) {
				t.Errorf("Decode error = %v, want %v", err, tt.want)
			}
			if l != nil {
				t.Error("Decode returned a list beside its error")
			}
		})
	}
}

// tailBits changes the bits of the last character that stand for no byte.
func tailBits(text string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	if len(text)%4 == 1 { // whole bytes: make a remainder by one more zero byte of the list
		return tailBits(packed(make([]byte, MinLength/8+1)))
	}
	last := strings.IndexByte(alphabet, text[len(text)-1])
	return text[:len(text)-1] + string(alphabet[last+1])
}

func TestDecodeAtTheLimit(t *testing.T) {
	l, err := Decode(packed(make([]byte, 8<<20)))
	if err != nil || l.Len() != maxLength {
		t.Errorf("8 MiB unpacked: %v, %v", l, err)
	}
	if empty, err := Decode(packed(nil)); err != nil || empty.Len() != 0 {
		t.Errorf("an empty list: %v, %v", empty, err)
	}
}

func TestBitsCountFromTheLeft(t *testing.T) {
	l, err := NewList(MinLength)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 9, 23, MinLength - 1} {
		if err := l.Set(i, true); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]byte{0x80, 0x40, 0x01, 0x00}, l.octets[:4]); diff != "" {
		t.Errorf("first bytes (-want +got):\n%s", diff)
	}
	if l.octets[len(l.octets)-1] != 0x01 {
		t.Errorf("last byte %#x, want 0x01", l.octets[len(l.octets)-1])
	}
	copied := l.Clone()
	if err := l.Set(9, false); err != nil {
		t.Fatal(err)
	}
	if set, _ := l.Get(9); set || l.Count() != 3 {
		t.Errorf("entry 9 is still set, %d are", l.Count())
	}
	if set, _ := copied.Get(9); !set {
		t.Error("a clone changed with its list")
	}
}

func TestListBounds(t *testing.T) {
	for _, n := range []int{-1, 0, MinLength - 1} {
		if l, err := NewList(n); !errors.Is(err, ErrLength) || l != nil {
			t.Errorf("NewList(%d) = %v, %v, want ErrLength", n, l, err)
		}
	}
	if l, err := NewList(maxLength + 1); !errors.Is(err, ErrLimit) || l != nil {
		t.Errorf("NewList(maxLength+1) = %v, %v, want ErrLimit", l, err)
	}
	l, err := NewList(MinLength + 1)
	if err != nil || l.Len() != MinLength+8 {
		t.Fatalf("NewList(MinLength+1).Len() = %d, %v, want %d", l.Len(), err, MinLength+8)
	}
	for _, i := range []int{-1, l.Len(), 1 << 40} {
		if set, err := l.Get(i); set || !errors.Is(err, ErrRange) {
			t.Errorf("Get(%d) = %v, %v, want ErrRange", i, set, err)
		}
		if err := l.Set(i, true); !errors.Is(err, ErrRange) {
			t.Errorf("Set(%d): %v, want ErrRange", i, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.EncodedList)
	}
	f.Add(packed([]byte("short")))
	f.Add("u")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := Decode(text)
		if err != nil {
			if l != nil {
				t.Fatalf("a list beside the error %v", err)
			}
			return
		}
		again, err := Decode(l.Encode())
		if err != nil || !bytes.Equal(again.octets, l.octets) {
			t.Fatalf("round trip of %q: %v", text, err)
		}
	})
}
