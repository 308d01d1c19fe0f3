package web

import (
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"

	"laurel/internal/testissuer"
	"laurel/internal/testreport"
	"laurel/internal/ui/uitest"
)

var samples = []Sample{
	{Name: "valid", Label: "Valid", Document: []byte("valid"), Edit: true},
	{Name: "revoked", Label: "Revoked", Document: []byte("revoked")},
	{Name: "forged", Label: "Forged", Document: []byte("forged")},
	{Name: "expired", Label: "Expired", Document: []byte("expired")},
	{Name: "impostor", Label: "Impostor", Document: []byte("impostor")},
}

func TestPagesInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	server := httptest.NewServer(handler(t, Config{Verify: testreport.Judge, Samples: samples}))
	defer server.Close()
	for _, view := range uitest.Views() {
		for name, address := range map[string]string{"home": "/", "problem": "/nothing"} {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				tab := browser.Visit(t, server.URL+address, view)
				tab.Unfold(t)
				tab.Check(t, name)
			})
		}
	}
}

// A person without JavaScript chooses files, asks, and reads; the hostile
// badge among them makes the page fetch nothing.
func TestFlowInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	server := httptest.NewServer(handler(t, Config{Verify: testreport.Judge, Samples: samples}))
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
	tab.Send(t, `form.sheet button[type=submit]`)
	if got := tab.Heading(t); got != "3 documents checked" {
		t.Errorf("after sending files: %q", got)
	}
	tab.Scripts(t, true)
	tab.Check(t, "several")
	tab.Scripts(t, false)

	for _, sample := range []struct{ name, headline string }{
		{"valid", testreport.Valid().Headline}, {"revoked", testreport.Revoked().Headline}, {"forged", testreport.Forged().Headline},
		{"expired", testreport.Expired().Headline}, {"impostor", testreport.Impostor().Headline},
	} {
		tab.Do(t, chromedp.Navigate(server.URL+"/"))
		tab.Send(t, `input[value=`+sample.name+`] + button`)
		if got := tab.Heading(t); got != sample.headline {
			t.Errorf("the button %s: %q", sample.name, got)
		}
	}

	tab.Do(t, chromedp.Navigate(server.URL+"/"), chromedp.SetValue(chromedp.ID("edited"), "forged"))
	tab.Send(t, `#edited ~ button`)
	if got := tab.Heading(t); got != testreport.Forged().Headline {
		t.Errorf("the changed badge: %q", got)
	}

	tab.Do(t, chromedp.Navigate(server.URL+"/"))
	tab.Send(t, `form.sheet button[type=submit]`)
	tab.Scripts(t, true)
	tab.Check(t, "nothing-chosen")
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
				tab.Send(t, `button[formaction="/inspect"]`)
				tab.Shoot(t, "why-"+name)
				tab.Check(t, "why-"+name)
				tab.Unfold(t)
				tab.Check(t, "why-"+name+"-unfolded")
			})
		}
	}
	tab := browser.Visit(t, server.URL+"/", uitest.Views()[0])
	tab.Do(t, chromedp.SetValue(chromedp.ID("document"), genuine(t)))
	tab.Send(t, `form.sheet button[type=submit]`)
	tab.Send(t, `form[action="/inspect"] button`)
	if got := tab.Heading(t); got != "This is an Open Badge (3.0)" {
		t.Errorf("from the report to %q", got)
	}
}
