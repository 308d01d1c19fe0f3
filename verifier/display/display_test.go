package display

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"laurel/credential"
	"laurel/internal/testreport"
	"laurel/internal/ui/uitest"
	"laurel/verifier"
)

func pageOf(t *testing.T, r *verifier.Report) string {
	t.Helper()
	var out bytes.Buffer
	if err := Write(&out, r); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// served is the page of a server that shows these reports.
func served(t *testing.T, judged ...Judged) string {
	t.Helper()
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := pages.Write(&out, ReportPage, Frame(Title(judged), Lay(judged))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// allowed are the elements that our own templates and the Markdown door make.
var allowed = strings.Fields(`html head meta title style link body a header span main article div p h1 h2 h3 h4 h5
	svg path circle time section dl dt dd ul ol li img strong em blockquote pre code br hr details summary footer
	form label input textarea button`)

// Hostile text stays text: the page has no element, attribute or address that
// our templates did not put there.
func TestHostileContentIsInert(t *testing.T) {
	pages := map[string]string{"alone": pageOf(t, testreport.Hostile()), "served": served(t, Judged{Name: "<script>", Report: testreport.Hostile()})}
	for name, text := range pages {
		t.Run(name, func(t *testing.T) {
			uitest.Elements(t, text, func(n *html.Node, attributes map[string]string) {
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

func TestPagesAreWellBuilt(t *testing.T) {
	for name, r := range testreport.All() {
		t.Run(name, func(t *testing.T) { uitest.CheckBuilt(t, pageOf(t, r)) })
	}
	var several []Judged
	for _, name := range []string{"presentation", "hostile", "presentation"} {
		several = append(several, Judged{Name: name, Report: testreport.All()[name]})
	}
	uitest.CheckBuilt(t, served(t, several...))
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
		{"impostor", []string{"Trust in the issuer Not vouched for The issuer is not on your list", "Issued by Somebody with this key calls itself “Springfield Technical College”", "The picture was not loaded", "It lies at https://springfield.example/logo.png"}, []string{"its own web address", "trusted issuers did:"}},
		{"forged", []string{"Rejected Changed after signing, or not signed by this issuer.", "Code SIGNATURE_INVALID", "Not looked at, since what failed above left nothing to look at: Signer, Dates, Revocation,"}, []string{"Mira", "Springfield", "Issued by", "does not prove"}},
		{"unreadable", []string{"This is not a digital credential that can be read.", "Code MALFORMED_JSON"}, []string{"Mira"}},
		{"presentation", []string{"2 credentials were shown MIG/MAG Welding, Level 2 Valid.", "Forklift Driving Licence Revoked by its issuer.", "Presented by the holder of the key did:key:z6Mkha", "Answer to your question Passed", "Owner Passed"}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := uitest.Text(t, pageOf(t, testreport.All()[test.name]))
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
	for name, r := range testreport.All() {
		m := verdictOf.FindStringSubmatch(pageOf(t, r))
		if m == nil || m[1] != want[name] || m[2] != want[name] || m[3] == "" {
			t.Errorf("%s: got %q want %s", name, m, want[name])
		}
	}
}

// A report of another time says so; one of now does not.
func TestAsOf(t *testing.T) {
	r := testreport.Valid()
	if strings.Contains(uitest.Text(t, pageOf(t, r)), "judged as of") {
		t.Error("a report of now names another time")
	}
	r.At = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	if !strings.Contains(uitest.Text(t, pageOf(t, r)), "judged as of 1 July 2026, 12:00 UTC") {
		t.Error("the time judged for is missing")
	}
	r.Duration = 412 * time.Microsecond
	if !strings.Contains(uitest.Text(t, pageOf(t, r)), "Checked in 412 µs") {
		t.Error("a quick verdict is not told in microseconds")
	}
}

// Reports with next to nothing in them still make a page.
func TestSparseReports(t *testing.T) {
	sparse := testreport.Valid()
	sparse.Badge, sparse.Issuer = &credential.Badge{}, nil
	many := testreport.Valid()
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
			if page := uitest.Text(t, served(t, Judged{Report: test.r})); !strings.Contains(page, test.says) {
				t.Errorf("it does not say %q: %s", test.says, page)
			}
		})
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestWritePassesErrorsOn(t *testing.T) {
	if err := Write(brokenWriter{}, testreport.Valid()); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}

func TestReportsInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	dir := t.TempDir()
	for name, r := range testreport.All() {
		if err := os.WriteFile(filepath.Join(dir, name+".html"), []byte(pageOf(t, r)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, view := range uitest.Views() {
		for _, name := range slices.Sorted(maps.Keys(testreport.All())) {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				tab := browser.Visit(t, "file://"+filepath.Join(dir, name+".html"), view)
				tab.Shoot(t, name)
				tab.Unfold(t)
				tab.Check(t, name+"-unfolded")
			})
		}
	}
}
