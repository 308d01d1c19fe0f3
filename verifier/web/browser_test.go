package web

import (
	"context"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"testing"

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
	for _, view := range uitest.Views {
		for _, name := range slices.Sorted(maps.Keys(pages)) {
			t.Run(view.Name+"/"+name, func(t *testing.T) {
				browser.Visit(t, pages[name], view).Check(t, name)
			})
		}
	}
}
