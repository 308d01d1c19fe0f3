package baking_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"laurel/credential/baking"
)

const samples = "../../testdata/badges/baked"

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(samples, name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func sampleNames(t testing.TB, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(samples, pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	for i := range paths {
		paths[i], _ = filepath.Rel(samples, paths[i])
	}
	return paths
}

// What 1EdTech baked comes out byte for byte, and goes back in.
func TestSamples(t *testing.T) {
	extracted := sampleNames(t, "*.extracted")
	if len(extracted) != 6 {
		t.Errorf("%d samples, want 6", len(extracted))
	}
	for _, name := range extracted {
		t.Run(name, func(t *testing.T) {
			image, want := read(t, strings.TrimSuffix(name, ".extracted")), read(t, name)
			badge, err := baking.Read(image)
			if err != nil || !bytes.Equal(badge.Payload, want) || badge.Old {
				t.Fatalf("Read = %+v, %v", badge, err)
			}
			if strings.Contains(name, ".png") != (badge.Image == baking.PNG) || strings.Contains(name, ".svg") != (badge.Image == baking.SVG) {
				t.Errorf("taken for %s", badge.Image)
			}
			if _, err := baking.Write(image, want, baking.Options{}); !errors.Is(err, baking.ErrBaked) {
				t.Errorf("written over a badge: %v", err)
			}
			for _, other := range extracted {
				roundTrip(t, image, read(t, other))
			}
		})
	}
}

// roundTrip replaces the badge of a picture and reads it again.
func roundTrip(t *testing.T, image, payload []byte) {
	t.Helper()
	again, err := baking.Write(image, payload, baking.Options{Replace: true})
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	badge, err := baking.Read(again)
	if err != nil || !bytes.Equal(badge.Payload, payload) {
		t.Fatalf("does not come back: %v", err)
	}
}

func TestOpenBadges2AreRecognised(t *testing.T) {
	names := sampleNames(t, "ob2/*.png")
	if len(names) != 3 {
		t.Errorf("%d samples, want 3", len(names))
	}
	for _, name := range names {
		badge, err := baking.Read(read(t, name))
		if err != nil || !badge.Old || !bytes.Contains(badge.Payload, []byte("https://w3id.org/openbadges/v2")) {
			t.Errorf("%s: %+v, %v", name, badge, err)
		}
		roundTrip(t, read(t, name), []byte(`{"new":"badge"}`))
	}
	old := svg(`<a:assertion xmlns:a="http://openbadges.org" verify="https://old.example/1"><![CDATA[{"a":1}]]></a:assertion>`)
	if badge, err := baking.Read([]byte(old)); err != nil || !badge.Old || string(badge.Payload) != `{"a":1}` {
		t.Errorf("an SVG of Open Badges 2.0: %+v, %v", badge, err)
	}
	old = svg(`<a:assertion xmlns:a="http://openbadges.org" verify="https://old.example/1"/>`)
	if badge, err := baking.Read([]byte(old)); err != nil || string(badge.Payload) != "https://old.example/1" {
		t.Errorf("an SVG with an address: %+v, %v", badge, err)
	}
	roundTrip(t, []byte(old), []byte(`{"new":"badge"}`))
	first := png(header, text("tEXt", "openbadges\x00https://old.example/1"), pixels, end)
	if badge, err := baking.Read(first); err != nil || string(badge.Payload) != "https://old.example/1" || !badge.Old {
		t.Errorf("a PNG of Open Badges 1.0: %+v, %v", badge, err)
	}
}

// chunk is a chunk of a PNG; a nil one is left out.
func chunk(kind string, data []byte) []byte {
	body := append([]byte(kind), data...)
	out := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	out = append(out, body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(body))
}

func text(kind, content string) []byte { return chunk(kind, []byte(content)) }

const signature = "\x89PNG\r\n\x1a\n"

func png(chunks ...[]byte) []byte { return append([]byte(signature), slices.Concat(chunks...)...) }

var (
	header = text("IHDR", "\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00")
	pixels = text("IDAT", "\x78\x9c\x63\x60\x00\x00\x00\x02\x00\x01")
	end    = text("IEND", "")
	plain  = "openbadgecredential\x00\x00\x00\x00\x00"
	baked  = text("iTXt", plain+`{"a":1}`)
)

func pack(data []byte) string {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(data)
	_ = w.Close()
	return out.String()
}

func packed(stream string) []byte {
	return text("iTXt", "openbadgecredential\x00\x01\x00\x00\x00"+stream)
}

func broken(at int) []byte {
	out := png(header, baked, pixels, end)
	out[at] ^= 1
	return out
}

func TestPNG(t *testing.T) {
	whole := png(header, baked, pixels, end)
	tests := []struct {
		name string
		file []byte
		want string
		err  error
	}{
		{"in front of the pixels", whole, `{"a":1}`, nil},
		{"behind the pixels", png(header, pixels, baked, end), `{"a":1}`, nil},
		{"packed", png(header, packed(pack([]byte(`{"a":1}`))), end), `{"a":1}`, nil},
		{"with a language", png(header, text("iTXt", "openbadgecredential\x00\x00\x00de\x00Abzeichen\x00{}"), end), `{}`, nil},
		{"beside other texts", png(header, text("iTXt", "Title\x00\x00\x00\x00\x00{}"), text("tEXt", "junk"), baked, end), `{"a":1}`, nil},
		{"beside a broken text of somebody else", png(header, text("iTXt", "Title\x00\x09"), baked, end), `{"a":1}`, nil},

		{"no badge", png(header, pixels, end), "", baking.ErrNone},
		{"a longer keyword", png(header, text("iTXt", "openbadgecredentials\x00\x00\x00\x00\x00{}"), end), "", baking.ErrNone},
		{"two badges", png(header, baked, pixels, baked, end), "", baking.ErrSeveral},
		{"an old badge and a new one", png(header, baked, text("iTXt", "openbadges\x00\x00\x00\x00\x00{}"), end), "", baking.ErrSeveral},
		{"an empty badge", png(header, text("iTXt", plain), end), "", baking.ErrImage},
		{"a badge in tEXt", png(header, text("tEXt", "openbadgecredential\x00{}"), end), "", baking.ErrImage},
		{"a badge in zTXt", png(header, text("zTXt", "openbadgecredential\x00\x00"+pack([]byte("{}"))), end), "", baking.ErrImage},
		{"an old badge in zTXt", png(header, text("zTXt", "openbadges\x00\x00"+pack([]byte("{}"))), end), "", baking.ErrImage},
		{"no signature's end", []byte(signature), "", baking.ErrImage},
		{"no IHDR", png(baked, pixels, end), "", baking.ErrImage},
		{"a short IHDR", png(text("IHDR", "x"), end), "", baking.ErrImage},
		{"two IHDR", png(header, header, end), "", baking.ErrImage},
		{"no IEND", png(header, baked, pixels), "", baking.ErrImage},
		{"data behind the end", append(bytes.Clone(whole), '{'), "", baking.ErrImage},
		{"a second picture behind the end", append(bytes.Clone(whole), whole...), "", baking.ErrImage},
		{"a wrong checksum of the badge", broken(len(signature) + len(header) + 40), "", baking.ErrImage},
		{"a wrong checksum elsewhere", broken(len(signature) + 9), "", baking.ErrImage},
		{"a type with digits", png(header, text("i2Xt", "x"), end), "", baking.ErrImage},
		{"a chunk of 4 GiB", append(png(header), "\xff\xff\xff\xffiTXt"+plain+"{}"...), "", baking.ErrImage},
		{"a chunk that reaches behind the end", append(png(header), "\x00\x00\x10\x00iTXt"+plain+"{}"...), "", baking.ErrImage},
		{"an unknown flag", png(header, text("iTXt", "openbadgecredential\x00\x02\x00\x00\x00{}"), end), "", baking.ErrImage},
		{"an unknown method", png(header, text("iTXt", "openbadgecredential\x00\x01\x01\x00\x00{}"), end), "", baking.ErrImage},
		{"cut off in the language", png(header, text("iTXt", "openbadgecredential\x00\x00\x00de"), end), "", baking.ErrImage},
		{"cut off in the keyword", png(header, text("iTXt", "openbadgecredential\x00\x00\x00\x00de"), end), "", baking.ErrImage},
		{"no zlib", png(header, packed("{}"), end), "", baking.ErrImage},
		{"a cut-off stream", png(header, packed(pack([]byte(`{"a":1}`))[:9]), end), "", baking.ErrImage},
		{"two streams", png(header, packed(pack([]byte("{}"))+pack([]byte("{}"))), end), "", baking.ErrImage},
		{"a bomb", png(header, packed(pack(make([]byte, 64<<20))), end), "", baking.ErrLimit},
		{"a huge badge", png(header, text("iTXt", plain+strings.Repeat(" ", 5<<20)), end), "", baking.ErrLimit},
		{"a huge picture", png(header, chunk("IDAT", make([]byte, 9<<20)), end), "", baking.ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, tt.file, tt.want, tt.err) })
	}
	for i := len(signature); i < len(whole); i++ {
		if badge, err := baking.Read(whole[:i]); !errors.Is(err, baking.ErrImage) || badge != nil {
			t.Errorf("cut off after %d bytes: %v, %v", i, badge, err)
		}
	}
}

func expect(t *testing.T, file []byte, want string, wantErr error) {
	t.Helper()
	badge, err := baking.Read(file)
	switch {
	case wantErr != nil:
		if !errors.Is(err, wantErr) || badge != nil {
			t.Errorf("Read = %v, %v, want %v", badge, err, wantErr)
		}
	case err != nil || string(badge.Payload) != want:
		t.Errorf("Read = %v, %v, want %q", badge, err, want)
	}
}

func svg(inside string) string {
	return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:ob="https://purl.imsglobal.org/ob/v3p0">` + inside + `<g/></svg>`
}

func TestSVG(t *testing.T) {
	const jwt = "eyJh.eyJi.c2ln"
	const doctype = `<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">`
	const badge = `<ob:credential><![CDATA[{"a":1}]]></ob:credential>`
	tests := []struct {
		name, file, want string
		err              error
	}{
		{"text", svg(badge), `{"a":1}`, nil},
		{"a token", svg(`<ob:credential verify="` + jwt + `"/>`), jwt, nil},
		{"text with blanks around", svg("<ob:credential>\n <![CDATA[ {} ]]>\n</ob:credential>"), `{}`, nil},
		{"text that is escaped", svg(`<ob:credential>{&quot;a&quot;:&#34;&lt;&#34;}</ob:credential>`), `{"a":"<"}`, nil},
		{"a CDATA section in two", svg(`<ob:credential><![CDATA[{"a":"]]]]><![CDATA[>"}]]></ob:credential>`), `{"a":"]]>"}`, nil},
		{"deep inside", svg(`<metadata><x>` + badge + `</x></metadata>`), `{"a":1}`, nil},
		{"with a byte order mark", "\ufeff" + svg(badge), `{"a":1}`, nil},
		{"with the usual declarations", `<?xml version="1.0" encoding="UTF-8"?>` + doctype + "<!-- x -->" + svg(badge) + "<!-- y -->\n", `{"a":1}`, nil},
		{"beside a script, which nobody runs", svg(`<script>steal()</script>` + badge), `{"a":1}`, nil},
		{"a default namespace", svg(`<credential xmlns="https://purl.imsglobal.org/ob/v3p0" verify="` + jwt + `"/>`), jwt, nil},

		{"no badge", svg(""), "", baking.ErrNone},
		{"the prefix of something else", svg(`<ob:credential xmlns:ob="https://evil.example">{}</ob:credential>`), "", baking.ErrNone},
		{"a prefix that nobody declared", svg(`<openbadges:credential>{}</openbadges:credential>`), "", baking.ErrNone},
		{"a badge in a comment", svg("<!-- " + badge + " -->"), "", baking.ErrNone},
		{"two badges", svg(badge + badge), "", baking.ErrSeveral},
		{"an old badge and a new one", svg(badge + `<a:assertion xmlns:a="http://openbadges.org">{}</a:assertion>`), "", baking.ErrSeveral},
		{"text and token", svg(`<ob:credential verify="` + jwt + `">{}</ob:credential>`), "", baking.ErrImage},
		{"one badge in another", svg(`<ob:credential>` + badge + `</ob:credential>`), "", baking.ErrImage},
		{"a comment in the badge", svg(`<ob:credential>{"a":<!-- 2 -->1}</ob:credential>`), "", baking.ErrImage},
		{"an instruction in the badge", svg(`<ob:credential>{<?x y?>}</ob:credential>`), "", baking.ErrImage},
		{"an empty badge", svg(`<ob:credential/>`), "", baking.ErrImage},
		{"the attribute twice", svg(`<ob:credential verify="a.b.c" verify="` + jwt + `"/>`), "", baking.ErrImage},
		{"an entity", `<!DOCTYPE svg [<!ENTITY x "{}">]>` + svg(`<ob:credential>&x;</ob:credential>`), "", baking.ErrImage},
		{"an entity that nobody uses", `<!DOCTYPE svg [<!ENTITY x "{}">]>` + svg(badge), "", baking.ErrImage},
		{"an entity from a file", `<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + svg(`<ob:credential>&x;</ob:credential>`), "", baking.ErrImage},
		{"an entity that nobody declared", svg(`<ob:credential>&nbsp;{}</ob:credential>`), "", baking.ErrImage},
		{"a billion laughs", `<!DOCTYPE svg [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>` + svg(`<ob:credential>&b;</ob:credential>`), "", baking.ErrImage},
		{"a declaration inside", svg(doctype + badge), "", baking.ErrImage},
		{"two roots", svg(badge) + svg(badge), "", baking.ErrImage},
		{"text behind the root", svg(badge) + "{}", "", baking.ErrImage},
		{"another root", `<html><svg>` + badge + `</svg></html>`, "", baking.ErrImage},
		{"another root's namespace", `<svg xmlns="https://evil.example"/>`, "", baking.ErrImage},
		{"cut off", svg(badge)[:140], "", baking.ErrImage},
		{"nothing but a declaration", doctype, "", baking.ErrImage},
		{"tags that do not match", svg("<g></h>"), "", baking.ErrImage},
		{"another encoding", `<?xml version="1.0" encoding="UTF-16"?>` + svg(badge), "", baking.ErrImage},
		{"no UTF-8", svg("<ob:credential>\xff</ob:credential>"), "", baking.ErrImage},
		{"too deep", svg(strings.Repeat("<g>", 300) + strings.Repeat("</g>", 300)), "", baking.ErrLimit},
		{"a huge badge", svg("<ob:credential>{" + strings.Repeat(" ", 5<<20) + "}</ob:credential>"), "", baking.ErrLimit},
		{"a huge picture", svg(strings.Repeat(" ", 9<<20)), "", baking.ErrLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { expect(t, []byte(tt.file), tt.want, tt.err) })
	}
}

func TestFilesThatAreNoPicture(t *testing.T) {
	for _, file := range []string{"", `{"svg":1}`, "eyJh.eyJi.c2ln", " \n{}", "\x89PNG", "GIF89a", "svg", "<html>"} {
		badge, err := baking.Read([]byte(file))
		if err != nil || badge.Image != baking.None || string(badge.Payload) != file {
			t.Errorf("%q: %+v, %v", file, badge, err)
		}
	}
	for f, want := range map[baking.Format]string{baking.None: "no picture", baking.PNG: "PNG", baking.SVG: "SVG"} {
		if f.String() != want {
			t.Errorf("Format %d is %q", f, f)
		}
	}
}

func TestWrite(t *testing.T) {
	const jwt = "eyJh.eyJi.c2ln"
	bare := string(png(header, pixels, end))
	tests := []struct {
		name, image, payload string
		err                  error
	}{
		{"JSON into PNG", bare, `{"a":"ü ]]> <script>"}`, nil},
		{"a token into PNG", bare, jwt, nil},
		{"JSON into SVG", svg(""), `{"a":"ü & < \" <script>alert(1)</script>"}`, nil},
		{"what ends a CDATA section", svg(""), `{"a":"]]></ob:credential><script>alert(1)</script>","b":"]]]]>]]>"}`, nil},
		{"a token into SVG", svg(""), jwt, nil},
		{"blanks around", svg(""), "\n {\r\n} \n", nil},
		{"a prefix that is taken", `<svg xmlns:openbadges="http://openbadges.org"><g/></svg>`, `{}`, nil},
		{"a prefix that is there", `<svg xmlns:openbadges='https://purl.imsglobal.org/ob/v3p0' ><g/></svg>`, `{}`, nil},
		{"a byte order mark", "\ufeff" + svg(""), `{}`, nil},
		{"a picture in the picture", svg(`<image href="data:image/png;base64,AAAA"/><use href="#a" style="fill:url(#b)"/>`), `{}`, nil},

		{"nothing", bare, "", baking.ErrPayload},
		{"a text", bare, "Dear Sir", baking.ErrPayload},
		{"a list", bare, "[]", baking.ErrPayload},
		{"two parts", bare, "a.b", baking.ErrPayload},
		{"four parts", bare, "a.b.c.d", baking.ErrPayload},
		{"dots", bare, "..", baking.ErrPayload},
		{"no UTF-8", bare, "{\xff}", baking.ErrPayload},
		{"a zero byte", bare, "{\x00}", baking.ErrPayload},
		{"too much", bare, "{" + strings.Repeat(" ", 5<<20) + "}", baking.ErrPayload},
		{"what XML cannot hold", svg(""), "{\"a\":\"\uffff\"}", baking.ErrImage},
		{"no picture", "GIF89a", "{}", baking.ErrImage},
		{"a broken PNG", bare[:50], "{}", baking.ErrImage},
		{"a broken SVG", "<svg", "{}", baking.ErrImage},
		{"an empty SVG", `<svg/>`, "{}", baking.ErrImage},
		{"a script", svg(`<script>x()</script>`), "{}", baking.ErrActive},
		{"an event", svg(`<g onclick="x()"/>`), "{}", baking.ErrActive},
		{"an event of the root", `<svg onload="x()"><g/></svg>`, "{}", baking.ErrActive},
		{"a page inside", svg(`<foreignObject/>`), "{}", baking.ErrActive},
		{"a link that runs", svg(`<a href="JavaScript:x()"/>`), "{}", baking.ErrActive},
		{"a remote image", svg(`<image xmlns:xlink="http://www.w3.org/1999/xlink" xlink:href="https://spy.example/x.png"/>`), "{}", baking.ErrActive},
		{"a style sheet", `<?xml-stylesheet href="https://spy.example/x.css"?>` + svg(""), "{}", baking.ErrActive},
		{"a style that imports", svg(`<style>@import "https://spy.example"</style>`), "{}", baking.ErrActive},
		{"a style that loads", svg(`<g style="fill: url('https://spy.example')"/>`), "{}", baking.ErrActive},
		{"a style that loads later", svg(`<style>a{fill:url(#b)} c{fill:url(https://spy.example)}</style>`), "{}", baking.ErrActive},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := baking.Write([]byte(tt.image), []byte(tt.payload), baking.Options{})
			if tt.err != nil {
				if !errors.Is(err, tt.err) || out != nil {
					t.Fatalf("Write = %q, %v, want %v", out, err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			want := strings.ReplaceAll(strings.TrimSpace(tt.payload), "\r\n", "\n")
			expect(t, out, want, nil)
			roundTrip(t, out, []byte(`{"another":1}`))
		})
	}
}

func seeds(f *testing.F) {
	for _, pattern := range []string{"*.svg", "*.extracted", "ob2/*.png"} {
		for _, name := range sampleNames(f, pattern) {
			f.Add(read(f, name))
		}
	}
	f.Add(png(header, baked, pixels, end))
	f.Add(png(header, packed(pack([]byte(`{"a":1}`))), end))
	f.Add([]byte(svg(`<ob:credential verify="a.b.c"/>`)))
	f.Add([]byte(svg(`<style>a{fill:url(#b)}</style><ob:credential><![CDATA[{}]]></ob:credential>`)))
}

// sound wants no badge beside an error, and of a badge that it can be put back.
func sound(t *testing.T, file []byte) {
	badge, err := baking.Read(file)
	if err != nil {
		if badge != nil {
			t.Fatal("a badge beside an error")
		}
		return
	}
	if badge.Image == baking.None {
		return
	}
	if len(badge.Payload) == 0 {
		t.Fatal("an empty badge")
	}
	again, err := baking.Write(file, badge.Payload, baking.Options{Replace: true})
	if err != nil {
		if again != nil {
			t.Fatal("a picture beside an error")
		}
		return
	}
	if back, err := baking.Read(again); err != nil || !bytes.Equal(back.Payload, bytes.ReplaceAll(bytes.TrimSpace(badge.Payload), []byte("\r\n"), []byte("\n"))) && badge.Image == baking.SVG {
		t.Fatalf("%q came back as %+v, %v", badge.Payload, back, err)
	}
}

func FuzzPNG(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, data)
		// A fuzzer does not find checksums: its data as chunks of a sound frame.
		sound(t, png(header, chunk("iTXt", data), end))
		sound(t, png(header, chunk("iTXt", append([]byte("openbadgecredential\x00\x01\x00\x00\x00"), data...)), end))
	})
}

func FuzzSVG(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		sound(t, data)
		sound(t, []byte(svg(string(data))))
	})
}
