// Package ui is the look that Laurel's pages share, and what keeps a stranger's
// words on them harmless: layout, style sheets, icons, dates, Markdown, images.
//
// # A page
//
// An actor's web package embeds its templates and hands them over once:
//
//	//go:embed templates/* (the star: names with an underscore count too)
//	var templates embed.FS
//
//	sub, _ := fs.Sub(templates, "templates")
//	pages, err := ui.NewPages(sub) // a page for each file; _*.html are shared pieces
//	…
//	routes.PathPrefix("/static/").Handler(ui.Static())
//	routes.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
//		pages.Answer(w, http.StatusOK, "home.html", ui.Page{Title: "Check a badge", Actor: "Verifier", Data: …})
//	})
//
// where home.html defines the main part and says nothing of the frame:
//
//	{{define "main"}}<h1>Check a badge</h1> {{icon "good"}} {{date .Awarded}} {{markdown .Criteria}}{{end}}
//
// # What is safe
//
// Every text is escaped by html/template. Three kinds of content come as
// markup, and each has one door here: markdown renders a narrative through a
// sanitiser, image gives an embedded picture for the src of an <img>, and link
// gives an address only if it is http or https. Pages have no script of their own, and
// need none. serve.PagePolicy says the same to the browser, in case a door
// leaks.
//
// A Live page has the one script that there is, static/live.js. Everything works
// without it.
package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"strings"
	"time"
	"unicode"

	"laurel/internal/qr"
	"laurel/internal/serve"
)

// Page is what the frame of a page needs to know.
type Page struct {
	Title string  // of the window; the page has its own headline
	Actor string  // "Verifier", "Issuer" or "Wallet": whose page this is
	Home  string  // where the actor's name leads; "" on pages that stand alone
	Nav   []Entry // the other pages of the actor, if it has more than one
	Note  string  // one quiet sentence at the foot
	Data  any     // for the template "main"
	Live  *Live   // for pages that follow what happens

	Preview *Preview // what other sites show of a link to the page; nil for nothing

	// set by Pages
	Styles []template.CSS // for a page that stands alone
	Policy string         // its Content-Security-Policy
}

// Live makes a page follow what happens on its server: it is loaded again when its
// state is no longer the one that it shows.
type Live struct {
	Events string // address of the stream of server-sent events, each a state
	State  string // the one that the page shows
	// Reload has a browser without JavaScript load the page again every few
	// seconds. A page with a form must not, or what was filled in would be lost.
	Reload bool
}

// Preview is what other sites show of a page when somebody gives them the link (Open
// Graph, ogp.me). They keep it for days.
type Preview struct {
	Title   string
	Text    string
	Address string // of the page, whole
	Picture string // address of a PNG or JPEG, whole; "" for none
}

// Entry is one page of an actor that has several.
type Entry struct {
	Title string
	URL   string
	Here  bool // this is the page, or it belongs to it
}

// Pages are the parsed templates of one actor.
type Pages struct {
	pages map[string]*template.Template
}

// NewPages parses every file of the folders that ends in .html as a page, which
// must define "main". Files whose names begin with an underscore are pieces
// that every page may use, of whichever folder. An error is a mistake in a
// template.
func NewPages(folders ...fs.FS) (*Pages, error) {
	base, err := template.New("layout").Funcs(functions).ParseFS(embedded, "templates/*.html")
	if err != nil {
		return nil, fmt.Errorf("layout: %w", err)
	}
	for _, folder := range folders {
		pieces, err := fs.Glob(folder, "_*.html")
		if err != nil {
			return nil, err
		}
		if len(pieces) == 0 {
			continue
		}
		if base, err = base.ParseFS(folder, pieces...); err != nil {
			return nil, fmt.Errorf("pieces: %w", err)
		}
	}
	p := &Pages{pages: map[string]*template.Template{}}
	for _, folder := range folders {
		files, err := fs.Glob(folder, "[^_]*.html")
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if p.pages[file], err = parsePage(base, folder, file); err != nil {
				return nil, err
			}
		}
	}
	p.pages[problemPage] = base // whose own main shows a problem
	return p, nil
}

func parsePage(base *template.Template, templates fs.FS, file string) (*template.Template, error) {
	page, err := base.Clone()
	if err != nil {
		return nil, err
	}
	if page, err = page.ParseFS(templates, file); err != nil {
		return nil, fmt.Errorf("page %s: %w", file, err)
	}
	if page.Lookup("main").Tree.Root.String() == base.Lookup("main").Tree.Root.String() {
		return nil, fmt.Errorf("page %s does not define main", file)
	}
	return page, nil
}

// Write writes the named page with links to the style sheets of Static.
func (p *Pages) Write(w io.Writer, name string, page Page) error {
	return p.execute(w, name, page)
}

// WriteAlone writes the named page as one file that needs nothing else: styles
// inside, nothing to fetch, and a Content-Security-Policy of its own that
// forbids all else.
func (p *Pages) WriteAlone(w io.Writer, name string, page Page) error {
	page.Home = ""
	page.Styles, page.Policy = aloneStyles(), alonePolicy()
	return p.execute(w, name, page)
}

// execute writes a page that was made whole before its first byte goes out.
func (p *Pages) execute(w io.Writer, name string, page Page) error {
	t, ok := p.pages[name]
	if !ok {
		return fmt.Errorf("there is no page %s", name)
	}
	var buf bytes.Buffer
	if err := t.ExecuteTemplate(&buf, "layout", page); err != nil {
		return fmt.Errorf("page %s: %w", name, err)
	}
	_, err := buf.WriteTo(w)
	return err
}

// Answer sends the named page. A page that cannot be made is a fault of ours
// and panics, which serve.Metrics.Watch turns into a 500: no half page leaves.
func (p *Pages) Answer(w http.ResponseWriter, status int, name string, page Page) {
	var buf bytes.Buffer
	if err := p.Write(&buf, name, page); err != nil {
		panic(err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if page.Live != nil {
		w.Header().Set("Content-Security-Policy", serve.LivePolicy)
	}
	w.WriteHeader(status)
	_, _ = buf.WriteTo(w)
}

// problemPage is the name of the page that shows a serve.Problem.
const problemPage = "problem"

// Fail returns the serve.Fail of an actor: a page for those who ask for
// text/html, application/problem+json for everybody else. The page's Title and
// Data are filled in.
func (p *Pages) Fail(page Page) serve.Fail {
	return func(w http.ResponseWriter, r *http.Request, problem *serve.Problem) {
		if serve.Prefers(r, "application/problem+json", "application/json", "text/html") != "text/html" {
			problem.Write(w)
			return
		}
		page := page // each request has its own
		page.Title = plain(problem)
		page.Data = struct {
			*serve.Problem
			Headline, Home string
		}{problem, page.Title, page.Home}
		var buf bytes.Buffer
		if err := p.Write(&buf, problemPage, page); err != nil {
			problem.Write(w)
			return
		}
		problem.Head(w, "text/html; charset=utf-8")
		_, _ = buf.WriteTo(w)
	}
}

// plainly are the headlines for people, where the protocol has words of its own.
var plainly = map[int]string{
	http.StatusBadRequest:            "This could not be understood",
	http.StatusUnauthorized:          "You have to be let in first",
	http.StatusForbidden:             "This is not for you to do",
	http.StatusNotFound:              "There is nothing here",
	http.StatusMethodNotAllowed:      "This address does not take that",
	http.StatusConflict:              "This was done already",
	http.StatusGone:                  "This is over",
	http.StatusRequestEntityTooLarge: "This is too large",
	http.StatusUnsupportedMediaType:  "This kind of file is not read here",
	http.StatusMisdirectedRequest:    "This is not the address of this server",
	http.StatusTooManyRequests:       "One moment, please",
	http.StatusInternalServerError:   "Something broke here",
	http.StatusServiceUnavailable:    "Too busy just now",
}

// plain is the headline of a problem for people: its own title, or if that is only the
// name of the status, what the name means.
func plain(p *serve.Problem) string {
	if words, ok := plainly[p.Status]; ok && p.Title == http.StatusText(p.Status) {
		return words
	}
	return p.Title
}

// functions are what templates can call besides what html/template has.
var functions = template.FuncMap{
	"asset":    assetURL,
	"icon":     icon,
	"markdown": Markdown,
	"image":    Image,
	"date":     Date,
	"moment":   Moment,
	"stamp":    func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
	"ago":      Ago,
	"initial":  Initial,
	"heading":  heading,
	"spaced":   Spaced,
	"short":    Short,
	"lower":    strings.ToLower,
	"qr":       drawQR,
	"dict":     dict,
	"inc":      func(n int) int { return n + 1 },
}

// shapes are the drawings of the tones, each of another outline, so that they
// differ without colour too.
var shapes = map[string]template.HTML{
	"good":    `<circle cx="12" cy="12" r="11"/><path class="stroke" d="m7 12.5 3.4 3.4L17 9"/>`,
	"caution": `<path d="M12 2 23 21.5H1Z" stroke-linejoin="round"/><path class="stroke" d="M12 9v5.5"/><circle class="dot" cx="12" cy="18" r="1.3"/>`,
	"bad":     `<path d="M7.5 1h9L23 7.5v9L16.5 23h-9L1 16.5v-9Z"/><path class="stroke" d="m8 8 8 8m0-8-8 8"/>`,
	"skipped": `<circle class="ring" cx="12" cy="12" r="10"/><path class="line" d="M7.5 12h9"/>`,
}

// icon returns the drawing for a tone: good, caution, bad or skipped. It stands
// beside a word, so that screen readers pass over it.
func icon(tone string) template.HTML {
	return `<svg class="icon ` + template.HTML(template.HTMLEscapeString(tone)) +
		`" viewBox="0 0 24 24" aria-hidden="true" focusable="false">` + shapes[tone] + `</svg>`
}

// drawQR is the drawing of a QR code. Screen readers read out the label in its place,
// which says where the same stands as a link or in letters. A text that no phone would
// read from the page is a mistake of ours.
func drawQR(text, label string) (template.HTML, error) {
	code, err := qr.Encode(text)
	if err != nil {
		return "", err
	}
	return template.HTML(`<span class="qr" role="img" aria-label="` + template.HTMLEscapeString(label) + `">` + code.SVG() + `</span>`), nil
}

// heading makes a heading of a level that depends on where on the page it
// stands, with an id to link to ("" for none).
func heading(level int, id, text string) template.HTML {
	level = min(max(level, 1), 6)
	attribute := ""
	if id != "" {
		attribute = ` id="` + template.HTMLEscapeString(id) + `"`
	}
	return template.HTML(fmt.Sprintf("<h%d%s>%s</h%d>", level, attribute, template.HTMLEscapeString(text), level))
}

// Spaced turns the name of a type into words: "MicroCredential" becomes "Micro
// credential". An abbreviation stays: "GPA".
func Spaced(name string) string {
	var out []rune
	for i, r := range name {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(out[len(out)-1]) {
			out = append(out, ' ')
			r = unicode.ToLower(r)
		}
		out = append(out, r)
	}
	return string(out)
}

// maxShort bounds a text that stands in a line: the longest real name of a
// badge has 180 characters.
const maxShort = 200

// Short cuts a text after 200 characters and says so with "…", so that nobody
// fills a page with one word.
func Short(text string) string {
	count := 0
	for i := range text {
		if count == maxShort {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

// dict makes the one argument of a piece out of several: names and values in
// turn.
func dict(pairs ...any) map[string]any {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		m[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return m
}

// Initial returns the first letter or digit of a name, for a badge without a
// picture that can be shown; "•" if it has none.
func Initial(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return strings.ToUpper(string(r))
		}
	}
	return "•"
}

// WalletLink returns a link that opens a wallet (OpenID4VP 1.0 section 5.1) for
// the href of an <a>, or "" if uri is no such link. Other schemes than those of
// the web are struck out by html/template; a wallet's runs nothing in a page.
func WalletLink(uri string) template.URL {
	if !strings.HasPrefix(uri, "openid4vp://?") {
		return ""
	}
	return template.URL(uri)
}
