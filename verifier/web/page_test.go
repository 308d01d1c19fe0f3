package web

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"laurel/credential"
	"laurel/internal/serve"
	"laurel/verifier"
)

func pageOf(t *testing.T, r *verifier.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := WriteReport(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// elements calls visit for every element of a page.
func elements(t *testing.T, text string, visit func(n *html.Node, attributes map[string]string)) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
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

// allowed are the elements that our own templates and the Markdown door make.
var allowed = strings.Fields(`html head meta title style link body a header span main article div p h1 h2 h3 h4 h5
	svg path circle time section dl dt dd ul ol li img strong em blockquote pre code br hr details summary footer
	form label input textarea button`)

// Hostile text stays text: the page has no element, attribute or address that
// our templates did not put there.
func TestHostileContentIsInert(t *testing.T) {
	alone := pageOf(t, hostileReport())
	served := post(handler(t, Config{Verify: byContent}), "application/json", html5, "hostile").Body.String()
	for name, text := range map[string]string{"alone": alone, "served": served} {
		t.Run(name, func(t *testing.T) {
			elements(t, text, func(n *html.Node, attributes map[string]string) {
				if !slices.Contains(allowed, n.Data) {
					t.Errorf("an element <%s>", n.Data)
				}
				for key, value := range attributes {
					if strings.HasPrefix(key, "on") || key == "style" || key == "srcdoc" {
						t.Errorf("<%s %s=%q>", n.Data, key, value)
					}
				}
				checkAddress(t, n.Data, attributes)
			})
			if !strings.Contains(text, "&lt;script&gt;alert(1)&lt;/script&gt;") {
				t.Error("the hostile text is not shown at all")
			}
			for _, gone := range []string{"tracker.example/p.gif", "tracker.example/e.gif", "evil.example", "ZgotmplZ"} {
				if strings.Contains(text, gone) {
					t.Errorf("%s is still there", gone)
				}
			}
		})
	}
}

const html5 = "text/html"

func checkAddress(t *testing.T, element string, attributes map[string]string) {
	t.Helper()
	if src := attributes["src"]; src != "" && !(element == "img" && strings.HasPrefix(src, "data:image/")) {
		t.Errorf("<%s src=%.60q>", element, src)
	}
	href := attributes["href"]
	switch {
	case href == "" || strings.HasPrefix(href, "#") || href == "/" || strings.HasPrefix(href, "/static/"):
	case element == "a" && (strings.HasPrefix(href, "https://") || strings.HasPrefix(href, "http://")):
		if !strings.Contains(attributes["rel"], "nofollow") || !strings.Contains(attributes["rel"], "noreferrer") {
			t.Errorf("<a href=%q> has rel %q", href, attributes["rel"])
		}
	default:
		t.Errorf("<%s href=%q>", element, href)
	}
}

// Every page has one h1, headings that skip no level, ids that are unique, and
// links that lead somewhere.
func TestPagesAreWellBuilt(t *testing.T) {
	contentType, several := form(t, [3]string{"file", "a", "presentation"}, [3]string{"file", "b", "hostile"}, [3]string{"file", "c", "presentation"})
	h := handler(t, Config{Verify: byContent, Samples: samples})
	texts := map[string]string{"several": post(h, contentType, html5, several).Body.String()}
	for name, r := range cases() {
		texts[name] = pageOf(t, r)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/", nil))
	texts["home"] = rec.Body.String()
	for name, text := range texts {
		t.Run(name, func(t *testing.T) {
			var levels []int
			ids, links := map[string]bool{}, []string{}
			elements(t, text, func(n *html.Node, attributes map[string]string) {
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
		})
	}
}

// text is what a person reads of a page.
func text(t *testing.T, page string) string {
	t.Helper()
	var words []string
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" {
			words = append(words, n.Data)
		}
	}
	return strings.ReplaceAll(strings.Join(strings.Fields(strings.Join(words, " ")), " "), " ,", ",")
}

func TestWhatPagesSay(t *testing.T) {
	tests := []struct {
		name  string
		says  []string
		never []string
	}{
		{"valid", []string{
			"Confirmed Valid. Issued by Springfield Technical College, not revoked as of 09:14 UTC on 9 November 2026.",
			"Checked on 9 November 2026, 09:14 UTC 7 checks passed, 2 left out",
			"Micro credential MIG/MAG Welding, Level 2",
			"Issued by Springfield Technical College on your list of trusted issuers springfield.example its own web address did:web:springfield.example",
			"Earned by Mira Okafor did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK email address mira@mail.example",
			"Awarded 19 June 2026", "Valid from 20 June 2026 until 20 June 2029", "Credits 3",
			"What had to be done Pass both parts", "examination handbook (springfield.example)",
			"How it was earned Mira attended", "Written paper 87 of 100 (60 needed)", "Practical part Proficient · Completed",
			"Skills MIG welding Metal fabrication", "Weld metal parts ESCO · S6.7.2",
			"Inspection protocol Report Visual inspection of three joints, with photographs. https://springfield.example/evidence/4711",
			"Part of Certified Welder", "Related to MIG/MAG Welding, Level 1 version 2025.2",
			"Where others can sign up https://springfield.example/courses/welding-2",
			"Revocation Passed The issuer has not revoked it.",
			"From the network, fetched 9 November 2026, 09:14 UTC, 2 seconds earlier SHA-256 60303ae2",
			"From the cache, fetched 9 November 2026, 09:07 UTC, 7 minutes earlier",
			"What this does not prove Nobody proved to be its owner",
			"SHA-256 of what was checked: 2c26b46b", "Checked in 3 ms",
		}, []string{"calls itself"}},
		{"genuine", []string{"Confirmed, with a caution", "springfield.example its own web address calls itself “Springfield Technical College”", "Trust in the issuer Left out", "Code ISSUER_NOT_JUDGED"}, []string{"on your list"}},
		{"revoked", []string{"Rejected Revoked by its issuer.", "Revocation Failed The issuer has revoked it. Code STATUS_REVOKED Cause bit 48213 of the list is set", "1 day earlier"}, nil},
		{"expired", []string{"Not accepted Was genuine; expired on 1 September 2026."}, []string{"Rejected"}},
		{"unreachable", []string{"Not confirmed", "Revocation Could not be checked", "Rule https://www.w3.org/ns/credentials/status-list#STATUS_RETRIEVAL_ERROR"}, nil},
		{"impostor", []string{"Issued by Somebody with this key calls itself “Springfield Technical College”", "The picture was not loaded", "It lies at https://springfield.example/logo.png"}, []string{"its own web address", "trusted issuers did:"}},
		{"forged", []string{"Rejected Changed after signing, or not signed by this issuer.", "Code SIGNATURE_INVALID", "Not looked at, since what failed above left nothing to look at: Signer, Dates, Revocation,"}, []string{"Mira", "Springfield", "Issued by", "does not prove"}},
		{"unreadable", []string{"This is not a digital credential that can be read.", "Code MALFORMED_JSON"}, []string{"Mira"}},
		{"presentation", []string{"2 credentials were shown MIG/MAG Welding, Level 2 Valid.", "Forklift Driving Licence Revoked by its issuer.", "Presented by the holder of the key did:key:z6Mkha", "Answer to your question Passed", "Owner Passed"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := text(t, pageOf(t, cases()[test.name]))
			for _, want := range test.says {
				if !strings.Contains(got, want) {
					t.Errorf("the page does not say %q", want)
				}
			}
			for _, never := range test.never {
				if strings.Contains(got, never) {
					t.Errorf("the page says %q", never)
				}
			}
			if t.Failed() {
				t.Log(got)
			}
		})
	}
}

// Each tone comes with a word and a shape, and green only with trust.
func TestTones(t *testing.T) {
	want := map[string]string{
		"valid": "good", "genuine": "caution", "hostile": "caution", "unreachable": "caution", "impostor": "caution", "expired": "caution",
		"revoked": "bad", "forged": "bad", "presentation": "bad", "unreadable": "caution",
	}
	verdictOf := regexp.MustCompile(`<div class="verdict (\w+)">\s*<p class="word"><svg class="icon (\w+)"[^>]*>.*?</svg> <span>([^<]+)</span>`)
	for name, r := range cases() {
		m := verdictOf.FindStringSubmatch(pageOf(t, r))
		if m == nil || m[1] != want[name] || m[2] != want[name] || m[3] == "" {
			t.Errorf("%s: got %q want %s", name, m, want[name])
		}
	}
}

// A report of another time says so; one of now does not.
func TestAsOf(t *testing.T) {
	r := validReport()
	if strings.Contains(text(t, pageOf(t, r)), "judged as of") {
		t.Error("a report of now names another time")
	}
	r.At = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	if !strings.Contains(text(t, pageOf(t, r)), "judged as of 1 July 2026, 12:00 UTC") {
		t.Error("the time judged for is missing")
	}
	r.Duration = 412 * time.Microsecond
	if !strings.Contains(text(t, pageOf(t, r)), "Checked in 412 µs") {
		t.Error("a quick verdict is not told in microseconds")
	}
}

// Reports with next to nothing in them still make a page.
func TestSparseReports(t *testing.T) {
	sparse := validReport()
	sparse.Badge, sparse.Issuer = &credential.Badge{}, nil
	many := validReport()
	many.Badge.Achievements = append(many.Badge.Achievements, credential.Achievement{Name: "Second achievement"})
	many.Badge.Series = []credential.Association{{From: "a", Kind: "isPartOf", To: "b"}}
	many.Badge.Cut = true
	tests := []struct {
		name string
		r    *verifier.Report
		says string
	}{
		{"an empty report", &verifier.Report{}, "What you check"},
		{"an empty badge", sparse, "A credential without a name"},
		{"nobody is named", sparse, "The badge names nobody."},
		{"several achievements", many, "Second achievement also in this record"},
		{"associations", many, "a is part of b"},
		{"lists cut", many, "Some lists were too long to show whole."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := handler(t, Config{Verify: func(context.Context, []byte, verifier.Expectation) (*verifier.Report, error) { return test.r, nil }})
			rec := post(h, "application/json", html5, "x")
			if rec.Code != 200 || !strings.Contains(text(t, rec.Body.String()), test.says) {
				t.Errorf("got %d, and it does not say %q", rec.Code, test.says)
			}
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWriteReportPassesErrorsOn(t *testing.T) {
	if err := WriteReport(brokenWriter{}, validReport()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

// FuzzReceive sends anything as anything: the answer is a report or one of the
// refusals, and the verifier sees only what was sent.
func FuzzReceive(f *testing.F) {
	f.Add("application/json", "{}")
	f.Add("application/x-www-form-urlencoded", "document=a&challenge=b&sample=valid")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nvalid\r\n--b--\r\n")
	f.Add("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=document\r\n\r\n\r\n--b\r\n")
	f.Add("text/plain; charset=", "\xff")
	f.Add("", "")
	unlimited := serve.Limits{Rate: 1e9, Burst: 1e9}
	h, err := New(Config{Verify: byContent, Samples: samples, Limits: unlimited})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, contentType, body string) {
		r := httptest.NewRequest(http.MethodPost, "/verify", strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		rec := httptest.NewRecorder()
		h.ServeHTTP(rec, r)
		want := "application/json"
		switch rec.Code {
		case 200:
		case 413, 415:
			want = "application/problem+json"
		default:
			t.Errorf("status %d", rec.Code)
		}
		if got := rec.Header().Get("Content-Type"); got != want {
			t.Errorf("%d as %s", rec.Code, got)
		}
	})
}
