package uitest

import (
	"bytes"
	"io"
	"mime/multipart"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Elements calls visit for every element of a page.
func Elements(t *testing.T, page string, visit func(n *html.Node, attributes map[string]string)) {
	t.Helper()
	for n := range parsed(t, page).Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		visit(n, attributes)
	}
}

// Text is what a person reads of a page.
func Text(t *testing.T, page string) string {
	t.Helper()
	var words []string
	for n := range parsed(t, page).Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			words = append(words, n.Data)
		}
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(strings.Join(words, " ")), " "), " ,", ",")
}

// CheckBuilt checks that a page has one h1, headings that skip no level, ids that
// are unique, and links that lead somewhere.
func CheckBuilt(t *testing.T, page string) {
	t.Helper()
	var levels []int
	ids, links := map[string]bool{}, []string{}
	Elements(t, page, func(n *html.Node, attributes map[string]string) {
		if id := attributes["id"]; id != "" && ids[id] {
			t.Errorf("two elements have the id %s", id)
		}
		ids[attributes["id"]] = true
		if href := attributes["href"]; strings.HasPrefix(href, "#") {
			links = append(links, href[1:])
		}
		if label := attributes["aria-labelledby"]; label != "" {
			links = append(links, label)
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			levels = append(levels, int(n.Data[1]-'0'))
		}
	})
	for i, level := range levels {
		if level == 1 && i > 0 || i > 0 && level > levels[i-1]+1 {
			t.Errorf("headings: %v", levels)
			break
		}
	}
	for _, id := range links {
		if !ids[id] {
			t.Errorf("nothing has the id %s", id)
		}
	}
}

func parsed(t *testing.T, page string) *html.Node {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// Form builds a multipart body out of name, file name and content in turn; a
// part without a file name is a field.
func Form(t testing.TB, parts ...[3]string) (contentType, body string) {
	t.Helper()
	var buf bytes.Buffer
	w := multipart.NewWriter(&buf)
	for _, p := range parts {
		var part io.Writer
		var err error
		if p[1] == "" {
			part, err = w.CreateFormField(p[0])
		} else {
			part, err = w.CreateFormFile(p[0], p[1])
		}
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(part, p[2])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), buf.String()
}
