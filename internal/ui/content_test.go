package ui

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/png"
	"regexp"
	"strings"
	"testing"
	"time"

	"laurel/credential"
)

func TestMarkdown(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "Hello", "<p>Hello</p>\n"},
		{"emphasis", "**a** *b*", "<p><strong>a</strong> <em>b</em></p>\n"},
		{"list", "1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"heading", "# Big", `<p class="heading"><strong>Big</strong></p>`},
		{"link", "[x](https://a.example/p?q=1&r)", `<p><a href="https://a.example/p?q=1&amp;r" rel="nofollow noreferrer">x</a> <span class="host">(a.example)</span></p>` + "\n"},
		{"a link that calls itself another", "[https://bank.example](https://evil.example)", `<p><a href="https://evil.example" rel="nofollow noreferrer">https://bank.example</a> <span class="host">(evil.example)</span></p>` + "\n"},
		{"raw block", "<script>alert(1)</script>\n\nafter", "<p>after</p>\n"},
		{"raw inline", "a <b onclick=x>b</b>", "<p>a b</p>\n"},
		{"image", "![alt text](https://tracker.example/p.gif)", `<p><span class="picture">alt text</span></p>` + "\n"},
		{"script address", "[x](javascript:alert(1))", "<p>x</p>\n"},
		{"script address, encoded", "[x](java&#115;cript:alert(1))", "<p>x</p>\n"},
		{"data address", "[x](data:text/html;base64,PHNjcmlwdD4=)", "<p>x</p>\n"},
		{"relative address", "[x](/verify)", "<p>x</p>\n"},
		{"address with a user", "[x](https://bank.example@evil.example)", "<p>x</p>\n"},
		{"bare address", "<https://a.example/x>", `<p><a href="https://a.example/x" rel="nofollow noreferrer">https://a.example/x</a></p>` + "\n"},
		{"bare scheme", "<http:>", "<p>http:</p>\n"},
		{"bare address with a user", "<https://bank.example@evil.example>", "<p>https://bank.example@evil.example</p>\n"},
		{"bare script", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>\n"},
		{"mail address", "<a@b.example>", "<p>a@b.example</p>\n"},
		{"reference", "[x][1]\n\n[1]: vbscript:x", "<p>x</p>\n"},
		{"entity", "&lt;script&gt;", "<p>&lt;script&gt;</p>\n"},
		{"code", "`<script>`", "<p><code>&lt;script&gt;</code></p>\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(Markdown(test.text)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestLongMarkdownIsShownAsWritten(t *testing.T) {
	text := strings.Repeat("<b>*x*</b> ", 2000)
	got := string(Markdown(text))
	if !strings.HasPrefix(got, `<p class="verbatim">&lt;b&gt;*x*`) {
		t.Errorf("got %.80s", got)
	}
}

// Patterns that make Markdown renderers slow must not, within the limit.
func TestMarkdownIsQuick(t *testing.T) {
	for _, piece := range []string{"[", "![", "*a_", "> ", "`", "<", "[a](", "- ", "a**b", "&#", "[^1]: ", "***", "\t", "~~", "](", "[[]("} {
		text := strings.Repeat(piece, maxMarkdown/len(piece))
		begin := time.Now()
		Markdown(text)
		if took := time.Since(begin); took > 3*time.Second {
			t.Errorf("%q took %v", piece, took)
		}
	}
}

// harmless holds what Markdown may produce.
var (
	tag      = regexp.MustCompile(`<[^>]*>`)
	harmless = regexp.MustCompile(`^</?(p|em|strong|ul|ol|li|blockquote|pre|code|br|hr|span)( class="(heading|host|picture|verbatim)")?/?>$|^<a href="https?://[^"]*" rel="nofollow noreferrer">$|^</a>$`)
)

func FuzzMarkdown(f *testing.F) {
	for _, seed := range []string{"# a", "[x](javascript:1)", "<script>", "![a](b)", "<https://a.example>", "[a]: b\n[a]", "`\n```html\n<x>", "https://a.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, found := range tag.FindAllString(string(Markdown(text)), -1) {
			if !harmless.MatchString(found) {
				t.Errorf("%q gave %s", text, found)
			}
		}
	})
}

func dataURL(mediaType string, data []byte) credential.Image {
	return credential.Image{Source: "data:" + mediaType + ";base64," + base64.StdEncoding.EncodeToString(data)}
}

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestImage(t *testing.T) {
	svg := func(inside string) []byte {
		return []byte(`<svg xmlns="http://www.w3.org/2000/svg">` + inside + `</svg>`)
	}
	tests := []struct {
		name  string
		image credential.Image
		shown bool
	}{
		{"png", dataURL("image/png", pngOf(t, 10, 10)), true},
		{"png at the limit", dataURL("image/png", pngOf(t, maxSide, 1)), true},
		{"png that unpacks to too much", dataURL("image/png", pngOf(t, maxSide+1, 1)), false},
		{"png cut off", dataURL("image/png", pngOf(t, 10, 10)[:20]), false},
		{"png by name only", dataURL("image/png", []byte("<script>")), false},
		{"svg", dataURL("image/svg+xml", svg("<rect/>")), true},
		{"svg with script, inert in an img", dataURL("image/svg+xml", svg("<script>x</script>")), true},
		{"svg with a document type", dataURL("image/svg+xml", append([]byte(`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">`), svg("<rect/>")...)), true},
		{"svg with entities", dataURL("image/svg+xml", append([]byte(`<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>`), svg("&b;")...)), false},
		{"svg that multiplies", dataURL("image/svg+xml", svg(strings.Repeat(`<use href="#a"/>`, maxReuses+1))), false},
		{"svg of too many elements", dataURL("image/svg+xml", svg(strings.Repeat(`<g/>`, maxElements))), false},
		{"svg that is none", dataURL("image/svg+xml", []byte("<")), false},
		{"svg without elements", dataURL("image/svg+xml", []byte("<!-- -->")), false},
		{"webp", dataURL("image/webp", []byte("RIFF0000WEBPVP8 00000000")), false},
		{"html", dataURL("text/html", []byte("<script>")), false},
		{"remote", credential.Image{Source: "https://tracker.example/p.gif"}, false},
		{"script", credential.Image{Source: "javascript:alert(1)"}, false},
		{"nothing", credential.Image{}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := Image(test.image)
			if (got != "") != test.shown {
				t.Errorf("got %.60q, want shown %t", got, test.shown)
			}
		})
	}
}
