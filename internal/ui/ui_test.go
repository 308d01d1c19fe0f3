package ui

import (
	"bytes"
	"fmt"
	"html/template"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"laurel/internal/serve"
)

func pages(t *testing.T, files map[string]string) *Pages {
	t.Helper()
	folder := fstest.MapFS{}
	for name, text := range files {
		folder[name] = &fstest.MapFile{Data: []byte(text)}
	}
	p, err := NewPages(folder)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestNewPagesRefusesMistakes(t *testing.T) {
	tests := []struct{ name, file, text string }{
		{"no main", "a.html", `{{define "other"}}x{{end}}`},
		{"broken page", "a.html", `{{define "main"}}{{if}}{{end}}`},
		{"broken piece", "_a.html", `{{define "x"}}{{nothing}}{{end}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := NewPages(fstest.MapFS{test.file: {Data: []byte(test.text)}})
			if err == nil || p != nil {
				t.Errorf("got %v, %v, want an error and no pages", p, err)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	p := pages(t, map[string]string{
		"_piece.html": `{{define "piece"}}<b>{{.}}</b>{{end}}`,
		"a.html":      `{{define "main"}}{{template "piece" .}}{{end}}`,
		"b.html":      `{{define "main"}}b{{end}}`,
	})
	page := Page{Title: "A <title>", Actor: "Verifier", Home: "/", Note: "Note.", Data: "<i>",
		Nav: []Entry{{"Cards", "/", true}, {"More", "/more", false}}}
	var out bytes.Buffer
	if err := p.Write(&out, "a.html", page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"<title>A &lt;title&gt; · Laurel</title>", "<b>&lt;i&gt;</b>", `href="/static/`, `<a class="brand" href="/">`,
		`<html lang="en">`, "<p>Note.</p>", `name="viewport"`,
		`<a href="/" aria-current="page">Cards</a><a href="/more">More</a>`,
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(out.String(), "<script") || strings.Contains(out.String(), " style=") {
		t.Error("the page has a script or a style attribute, which its policy forbids")
	}
	out.Reset()
	if err := p.Write(&out, "c.html", page); err == nil || out.Len() > 0 {
		t.Errorf("a page that is not there: got %v and %d bytes", err, out.Len())
	}
}

func TestWriteAlone(t *testing.T) {
	p := pages(t, map[string]string{"a.html": `{{define "main"}}main{{end}}`})
	var out bytes.Buffer
	if err := p.WriteAlone(&out, "a.html", Page{Title: "T", Home: "/"}); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	for _, never := range []string{`href="/`, "<link", "ZgotmplZ"} {
		if strings.Contains(text, never) {
			t.Errorf("a page that stands alone has %s", never)
		}
	}
	for _, css := range []string{"pico.min.css", "laurel.css"} {
		if !strings.Contains(text, string(assets()[css].data)) {
			t.Errorf("%s is not inside as it is, so its digest in the policy would not fit", css)
		}
	}
	if n := strings.Count(text, "<style>"); n != 2 {
		t.Errorf("%d style elements, want 2", n)
	}
	if !strings.Contains(text, `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; img-src data:; style-src &#39;sha256-`) {
		t.Error("the policy is missing")
	}
}

// A page that fails halfway must not have begun.
func TestAnswerIsWholeOrNothing(t *testing.T) {
	p := pages(t, map[string]string{
		"good.html": `{{define "main"}}good{{end}}`,
		"bad.html":  `{{define "main"}}half {{.Absent.Field}}{{end}}`,
	})
	rec := httptest.NewRecorder()
	p.Answer(rec, http.StatusAccepted, "good.html", Page{Title: "T"})
	if rec.Code != http.StatusAccepted || rec.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %s", rec.Code, rec.Header().Get("Content-Type"))
	}
	rec = httptest.NewRecorder()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a page that cannot be made did not panic")
			}
		}()
		p.Answer(rec, http.StatusOK, "bad.html", Page{Title: "T", Data: struct{}{}})
	}()
	if rec.Body.Len() > 0 {
		t.Errorf("half a page was sent: %q", rec.Body)
	}
}

func TestFail(t *testing.T) {
	fail := pages(t, nil).Fail(Page{Actor: "Issuer", Home: "https://university.example/badges/"})
	problem := serve.NewProblem(http.StatusTooManyRequests, "Slowly <please>.")
	problem.RetryAfter = 3 * time.Second
	tests := []struct{ name, accept, contentType, body string }{
		{"a browser", "text/html,*/*;q=0.8", "text/html; charset=utf-8", "Slowly &lt;please&gt;."},
		{"its way back", "text/html", "text/html; charset=utf-8", `<a href="https://university.example/badges/">Back to the beginning</a>`},
		{"its headline", "text/html", "text/html; charset=utf-8", `<h1 id="headline">One moment, please</h1>`},
		{"a program", "application/json", "application/problem+json", `"status":429`},
		{"anybody", "", "application/problem+json", `"title":"Too Many Requests"`},
		{"any", "*/*", "application/problem+json", `"detail":"Slowly`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			rec, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set("Accept", test.accept)
			fail(rec, r, problem)
			if rec.Code != 429 || rec.Header().Get("Retry-After") != "3" {
				t.Errorf("got %d, Retry-After %q", rec.Code, rec.Header().Get("Retry-After"))
			}
			if got := rec.Header().Get("Content-Type"); got != test.contentType {
				t.Errorf("content type: got %q want %q", got, test.contentType)
			}
			if !strings.Contains(rec.Body.String(), test.body) {
				t.Errorf("the body lacks %s", test.body)
			}
		})
	}
}

// A title that says more than the status is not replaced.
func TestOwnTitle(t *testing.T) {
	if got := plain(&serve.Problem{Status: http.StatusGone, Title: "No longer shared"}); got != "No longer shared" {
		t.Errorf("got %q", got)
	}
	if got := plain(serve.NewProblem(http.StatusTeapot, "")); got != "I'm a teapot" {
		t.Errorf("a status without words of ours: %q", got)
	}
}

func TestStatic(t *testing.T) {
	for name, a := range assets() {
		rec := httptest.NewRecorder()
		Static().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, a.url, nil))
		if rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), a.data) {
			t.Errorf("%s: got %d with %d bytes", name, rec.Code, rec.Body.Len())
		}
		if got := rec.Header().Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
	}
	css := assetURL("laurel.css")
	if got := mimeOf(css); !strings.HasPrefix(got, "text/css") {
		t.Errorf("laurel.css is %q", got)
	}
	for _, path := range []string{
		"/static/", "/static/laurel.css", "/static/000000000000/laurel.css", css + "/", "/static/../ui.go",
		strings.Replace(css, "laurel.css", "mark.svg", 1), "/static//" + strings.TrimPrefix(css, "/static/"),
	} {
		rec := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.URL.Path = path
		Static().ServeHTTP(rec, r)
		if rec.Code != http.StatusNotFound {
			t.Errorf("%s: got %d want 404", path, rec.Code)
		}
	}
}

func mimeOf(url string) string {
	rec := httptest.NewRecorder()
	Static().ServeHTTP(rec, httptest.NewRequest(http.MethodHead, url, nil))
	return rec.Header().Get("Content-Type")
}

// Every icon has a drawing of its own: tones are told apart without colour.
func TestIcons(t *testing.T) {
	seen := map[template.HTML]string{}
	for _, tone := range []string{"good", "caution", "bad", "skipped"} {
		shape := shapes[tone]
		if shape == "" || seen[shape] != "" {
			t.Errorf("%s has no drawing of its own", tone)
		}
		seen[shape] = tone
		if !strings.Contains(string(icon(tone)), `aria-hidden="true"`) {
			t.Errorf("%s is read out by screen readers", tone)
		}
	}
	if got := string(icon(`"><script>`)); strings.Contains(got, "<script>") {
		t.Errorf("an icon's name came through: %s", got)
	}
}

func TestQR(t *testing.T) {
	drawing, err := drawQR(`openid4vp://?x="><script>`, `"><script>`)
	if err != nil || !strings.HasPrefix(string(drawing), `<span class="qr" role="img" aria-label="&#34;&gt;&lt;script&gt;"><svg `) || strings.Contains(string(drawing), "<script") {
		t.Errorf("got %.80s, %v", drawing, err)
	}
	if drawing, err := drawQR(strings.Repeat("x", 2000), ""); err == nil || drawing != "" {
		t.Errorf("a text that no phone reads: %.80s, %v", drawing, err)
	}
}

func TestSmallFunctions(t *testing.T) {
	zero, at := time.Time{}, time.Date(2026, 11, 9, 9, 14, 5, 0, time.FixedZone("", 3600))
	tests := []struct{ name, got, want string }{
		{"date", Date(at), "9 November 2026"},
		{"no date", Date(zero), ""},
		{"moment", Moment(at), "9 November 2026, 08:14 UTC"},
		{"no moment", Moment(zero), ""},
		{"ago days", Ago(at.Add(-49*time.Hour), at), "2 days earlier"},
		{"ago day", Ago(at.Add(-25*time.Hour), at), "1 day earlier"},
		{"ago minutes", Ago(at.Add(-90*time.Second), at), "1 minute earlier"},
		{"ago seconds", Ago(at.Add(-2*time.Second), at), "2 seconds earlier"},
		{"now", Ago(at, at), "just now"},
		{"in the future", Ago(at.Add(time.Hour), at), "just now"},
		{"initial", Initial("welding"), "W"},
		{"initial behind signs", Initial("«élan»"), "É"},
		{"no initial", Initial("!!"), "•"},
		{"spaced", Spaced("MicroCredential"), "Micro credential"},
		{"abbreviation", Spaced("GPA"), "GPA"},
		{"field", Spaced("emailAddress"), "email address"},
		{"heading", string(heading(2, "r1", "<b>")), `<h2 id="r1">&lt;b&gt;</h2>`},
		{"heading without id", string(heading(9, "", "x")), `<h6>x</h6>`},
		{"short", Short("é" + strings.Repeat("x", maxShort-1)), "é" + strings.Repeat("x", maxShort-1)},
		{"cut", Short("é" + strings.Repeat("x", maxShort)), "é" + strings.Repeat("x", maxShort-1) + "…"},
		{"dict", fmt.Sprint(dict("a", 1, "b", "c", "odd")), "map[a:1 b:c]"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: got %q want %q", test.name, test.got, test.want)
		}
	}
}

func TestWalletLink(t *testing.T) {
	for uri, want := range map[string]bool{
		"openid4vp://?client_id=did%3Aweb%3Ajobs.example": true,
		"openid4vp:javascript":                            false,
		"javascript:alert(1)":                             false,
		"JavaScript:alert(1)//openid4vp://?":              false,
		"https://jobs.example/":                           false,
		"":                                                false,
	} {
		if got := WalletLink(uri); (got != "") != want {
			t.Errorf("WalletLink(%q) = %q", uri, got)
		}
	}
}
