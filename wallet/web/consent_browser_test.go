package web

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"laurel/internal/qr"
	"laurel/internal/ui/uitest"
	"laurel/openid4vc"
)

// Every shape of a request, looked at; and the whole way from a QR code to the
// receipt, by keyboard and without JavaScript.
func TestRequestsInABrowser(t *testing.T) {
	browser := uitest.Open(t)
	s := newSite(t)
	for _, id := range []string{"urn:sample:partial", "urn:sample:valid", "urn:sample:ending"} {
		s.hold(id)
	}
	tab := come(t, browser, s)
	tab.Scripts(t, false)
	at := func() string {
		t.Helper()
		return uitest.Get(t, tab, chromedp.Location())
	}
	both := func(name string) {
		t.Helper()
		for _, view := range uitest.Views() {
			look(t, browser, at(), view, name)
		}
	}
	open := func(link string) {
		t.Helper()
		tab.Do(t, chromedp.Navigate(s.url+"/answer"), chromedp.SetValue(chromedp.ID("link"), link))
		tab.Send(t, `form.sheet > button`)
	}
	tab.Do(t, chromedp.Navigate(s.url+"/answer"))
	both("link")
	open("openid4vp://?client_id=x")
	for _, view := range uitest.Views()[:1] {
		tab.Scripts(t, true)
		tab.Check(t, "link-refused-"+view.Name)
		tab.Scripts(t, false)
	}
	open(s.unsignedLink(s.asks(strings.Replace(oneLevel, "B2", "A1", 1), func(r *openid4vc.Request) { r.Info = nil })))
	both("request-unverified")
	open(s.signedLink(s.asks(strings.NewReplacer("B2", "A1", "C1", "A2").Replace(oneLevel), nil)))
	both("request-missing")
	tab.Send(t, `button[value="decline"]`)
	both("declined")
	open(s.signedLink(s.asks(`{"credentials":[{"id":"badge","format":"ldp_vc","meta":{"type_values":[["`+badgeType+`"]]}},
		{"id":"more","format":"ldp_vc","multiple":true,"meta":{"type_values":[["`+badgeType+`"]]}}],
		"credential_sets":[{"options":[["badge"]]},{"options":[["more"]],"required":false}]}`, nil)))
	both("request-choosing")

	// A picture of the QR code, and then nothing but keys.
	code, err := qr.Encode(s.signedLink(s.asks(oneLevel, nil)))
	if err != nil {
		t.Fatal(err)
	}
	poster := filepath.Join(t.TempDir(), "poster.png")
	if err := os.WriteFile(poster, code.PNG(6), 0o600); err != nil {
		t.Fatal(err)
	}
	s.net.pages[answerAt] = `{"redirect_uri":"https://jobs.example/done?response_code=x"}`
	tab.Do(t, chromedp.Navigate(s.url+"/answer"), chromedp.SetUploadFiles(chromedp.ID("file"), []string{poster}))
	tab.TabTo(t, `form.sheet > button`)
	tab.PressOn(t, kb.Enter)
	both("request")
	tab.TabTo(t, `button[value="agree"]`)
	tab.PressOn(t, kb.Enter)
	both("sent")
	if got := uitest.Get(t, tab, chromedp.Text(chromedp.CSS("h1"))); got != "Sent" || len(s.receiptsKept()) != 1 {
		t.Errorf("%q, %d receipts", got, len(s.receiptsKept()))
	}
}
