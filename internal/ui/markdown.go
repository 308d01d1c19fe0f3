package ui

import (
	"bytes"
	"html/template"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/util"
)

// maxMarkdown bounds what is rendered of a narrative. Criteria of the real
// world have at most 6,000 characters; more is shown as plain text.
const maxMarkdown = 16_000

// Markdown renders a narrative of a credential (Open Badges 3.0 has criteria
// and evidence in Markdown) as markup that can do nothing but look: paragraphs,
// emphasis, lists, quotes, code and links. Raw HTML is dropped, an image
// becomes its alternative text, since loading it would tell its host who reads
// the page, a heading becomes a bold line, so that the outline of the page stays
// its own, and a link is followed by the host that it leads to. A text of more
// than 16,000 bytes is shown as it is written.
func Markdown(text string) template.HTML {
	if len(text) > maxMarkdown {
		return template.HTML(`<p class="verbatim">` + template.HTMLEscapeString(text) + `</p>`)
	}
	var buf bytes.Buffer
	if err := markdown().Convert([]byte(text), &buf); err != nil {
		return template.HTML(`<p class="verbatim">` + template.HTMLEscapeString(text) + `</p>`)
	}
	return template.HTML(sanitizer().SanitizeBytes(buf.Bytes()))
}

var (
	markdown = sync.OnceValue(func() goldmark.Markdown {
		return goldmark.New(goldmark.WithRendererOptions(renderer.WithNodeRenderers(util.Prioritized(quiet{}, 1))))
	})
	sanitizer = sync.OnceValue(newSanitizer)
)

// newSanitizer allows what the renderer makes and nothing more, so that a
// mistake in one of the two is not a hole.
func newSanitizer() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "em", "strong", "ul", "ol", "li", "blockquote", "pre", "code", "br", "hr")
	p.AllowAttrs("class").Matching(regexp.MustCompile(`^(heading|host|picture)$`)).OnElements("p", "span")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoFollowOnLinks(true)
	p.RequireNoReferrerOnLinks(true)
	return p
}

// quiet renders the nodes that would be too loud on somebody else's page.
type quiet struct{}

// RegisterFuncs implements renderer.NodeRenderer.
func (quiet) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindHeading, boldLine)
	r.Register(ast.KindImage, picture)
	r.Register(ast.KindLink, link)
	r.Register(ast.KindAutoLink, autoLink)
	r.Register(ast.KindRawHTML, nothing)
	r.Register(ast.KindHTMLBlock, nothing)
}

func boldLine(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := `</strong></p>`
	if entering {
		tag = `<p class="heading"><strong>`
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

// picture leaves the alternative text, which is the image's content.
func picture(w util.BufWriter, _ []byte, _ ast.Node, entering bool) (ast.WalkStatus, error) {
	tag := `</span>`
	if entering {
		tag = `<span class="picture">`
	}
	_, err := w.WriteString(tag)
	return ast.WalkContinue, err
}

// link writes where a link leads beside what it calls itself.
func link(w util.BufWriter, _ []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	address := string(node.(*ast.Link).Destination)
	host := webHost(address)
	switch {
	case host == "": // not a web address: its text stays
		return ast.WalkContinue, nil
	case entering:
		_, err := w.WriteString(`<a href="` + string(util.EscapeHTML([]byte(address))) + `">`)
		return ast.WalkContinue, err
	default:
		_, err := w.WriteString(`</a> <span class="host">(` + string(util.EscapeHTML([]byte(host))) + `)</span>`)
		return ast.WalkContinue, err
	}
}

// autoLink writes an address that stands for itself; a mail address or one of
// another scheme stays text.
func autoLink(w util.BufWriter, source []byte, node ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	n := node.(*ast.AutoLink)
	address, label := string(n.URL(source)), string(util.EscapeHTML(n.Label(source)))
	if webHost(address) != "" {
		label = `<a href="` + string(util.EscapeHTML([]byte(address))) + `">` + label + `</a>`
	}
	_, err := w.WriteString(label)
	return ast.WalkContinue, err
}

func nothing(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
	return ast.WalkSkipChildren, nil
}

// webHost returns the host of an http or https address that names no user, in
// the ASCII form that a browser goes to; "" for everything else.
func webHost(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" {
		return ""
	}
	return strings.ToLower(u.Host)
}
