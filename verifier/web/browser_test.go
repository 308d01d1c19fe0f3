package web

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/verifier"
)

// byContent answers with the report named by the document's text.
func byContent(_ context.Context, data []byte, _ verifier.Expectation) (*verifier.Report, error) {
	if r, ok := cases()[string(data)]; ok {
		return r, nil
	}
	return unreadableReport(), nil
}

var samples = []Sample{
	{Name: "valid", Label: "Valid", Document: []byte("valid"), Edit: true},
	{Name: "revoked", Label: "Revoked", Document: []byte("revoked")},
	{Name: "forged", Label: "Forged", Document: []byte("forged")},
	{Name: "expired", Label: "Expired", Document: []byte("expired")},
	{Name: "impostor", Label: "Impostor", Document: []byte("impostor")},
}

func TestPagesInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	handler, err := New(Config{Verify: byContent, Samples: samples})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	dir := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		file, err := os.Create(filepath.Join(dir, name+".html"))
		if err != nil {
			t.Fatal(err)
		}
		if err := WriteReport(file, cases()[name]); err != nil {
			t.Fatal(err)
		}
		file.Close()
	}
	pages := map[string]string{"home": server.URL + "/", "problem": server.URL + "/nothing"}
	for name := range cases() {
		pages[name] = "file://" + filepath.Join(dir, name+".html")
	}
	for _, view := range uitest.Views() {
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				tab := browser.Visit(t, pages[name], view)
				tab.Shoot(t, name)
				tab.Unfold(t)
				tab.Check(t, name+"-unfolded")
			})
		}
	}
}

// A person without JavaScript chooses files, asks, and reads; the hostile
// badge among them makes the page fetch nothing.
func TestFlowInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	server := httptest.NewServer(handler(t, Config{Verify: byContent, Samples: samples}))
	defer server.Close()
	dir := t.TempDir()
	var files []string
	for _, name := range []string{"valid", "hostile", "presentation"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	view := uitest.Views()[0]
	tab := browser.Visit(t, server.URL+"/", view)
	tab.Scripts(t, false)
	tab.Do(t, chromedp.Navigate(server.URL+"/"), chromedp.SetUploadFiles(chromedp.ID("file"), files))
	send(t, tab, `form.sheet button[type=submit]`)
	if got := heading(t, tab); got != "3 documents checked" {
		t.Errorf("after sending files: %q", got)
	}
	tab.Scripts(t, true)
	tab.Check(t, "several")
	tab.Scripts(t, false)

	for _, sample := range []struct{ name, headline string }{
		{"valid", validReport().Headline}, {"revoked", revokedReport().Headline}, {"forged", forgedReport().Headline},
		{"expired", expiredReport().Headline}, {"impostor", impostorReport().Headline},
	} {
		tab.Do(t, chromedp.Navigate(server.URL+"/"))
		send(t, tab, `input[value=`+sample.name+`] + button`)
		if got := heading(t, tab); got != sample.headline {
			t.Errorf("the button %s: %q", sample.name, got)
		}
	}

	tab.Do(t, chromedp.Navigate(server.URL+"/"), chromedp.SetValue(chromedp.ID("edited"), "forged"))
	send(t, tab, `#edited ~ button`)
	if got := heading(t, tab); got != forgedReport().Headline {
		t.Errorf("the changed badge: %q", got)
	}

	tab.Do(t, chromedp.Navigate(server.URL+"/"))
	send(t, tab, `form.sheet button[type=submit]`)
	tab.Scripts(t, true)
	tab.Check(t, "nothing-chosen")
}

// send presses a button and waits for the page that it leads to.
func send(t *testing.T, tab *uitest.Tab, button string) {
	t.Helper()
	uitest.Get(t, tab, chromedp.WaitEvent(page.LoadEventFired, nil, chromedp.Click(chromedp.CSS(button))))
}

func heading(t *testing.T, tab *uitest.Tab) string {
	t.Helper()
	return uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1")))
}

// From the front page to every value behind a verdict, and from a report too.
func TestWhyInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	server := httptest.NewServer(explaining(t))
	defer server.Close()
	presentation := testissuer.New("learner").Present(testissuer.Parse(broken(t)), testissuer.Parse(genuine(t)))
	documents := map[string]string{
		"broken": broken(t), "genuine": genuine(t), "presentation": string(presentation.JSON()),
		"token": "eyJhbGciOiJFZERTQSJ9.e30.c2ln~WyJhIiwiYiIsImMiXQ~", "unreadable": "Dear Sir",
	}
	for _, view := range uitest.Views() {
		for _, name := range slices.Sorted(maps.Keys(documents)) {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				tab := browser.Visit(t, server.URL+"/", view)
				tab.Do(t, chromedp.SetValue(chromedp.ID("document"), documents[name]))
				send(t, tab, `button[formaction="/inspect"]`)
				tab.Shoot(t, "why-"+name)
				tab.Check(t, "why-"+name)
				tab.Unfold(t)
				tab.Check(t, "why-"+name+"-unfolded")
			})
		}
	}
	tab := browser.Visit(t, server.URL+"/", uitest.Views()[0])
	tab.Do(t, chromedp.SetValue(chromedp.ID("document"), genuine(t)))
	send(t, tab, `form.sheet button[type=submit]`)
	send(t, tab, `form[action="/inspect"] button`)
	if got := heading(t, tab); got != "This is an Open Badge (3.0)" {
		t.Errorf("from the report to %q", got)
	}
}
