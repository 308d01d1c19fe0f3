package demo

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"laurel/internal/testissuer"
	"laurel/internal/ui/uitest"
	"laurel/issuer"
)

// upAndRunning is the stage with its servers up and without the story: the employer's
// address, and the link that opens the wallet.
func upAndRunning(t *testing.T) (s *stage, wallet string) {
	t.Helper()
	d := &Demo{Out: io.Discard, Now: time.Now, Suites: testissuer.Suites(), Check: look}
	s, err := newStage(t.Context(), d, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		// a browser that ends on a busy machine may hold a connection past the drain
		if err := s.close(); err != nil && !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
	})
	st := &story{stage: s, badges: map[string]*issuer.Issued{}}
	if err := st.issueAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if wallet, err = s.serveWallet(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.stopVerify(); err != nil {
		t.Fatal(err)
	}
	if err := s.serveVerifier(t.Context(), strings.TrimPrefix(s.employerURL, "http://")); err != nil {
		t.Fatal(err)
	}
	return s, wallet
}

// The whole way between two people who have nothing but pages: the employer asks and
// shows the code, the learner follows it into her wallet and agrees there, and the
// employer's page turns into the report; with JavaScript, and without.
func TestFromPageToPageInABrowser(t *testing.T) {
	s, wallet := upAndRunning(t)
	browser := uitest.Open(t) // which is closed first: a page that waits holds on to its server
	browser.Visit(t, wallet, uitest.Views()[0])
	for _, view := range uitest.Views() {
		for _, scripts := range []bool{true, false} {
			name := view.Name + map[bool]string{true: "", false: " without scripts"}[scripts]
			t.Run(name, func(t *testing.T) { s.fromPageToPage(t, browser, view, scripts) })
		}
	}
}

func (s *stage) fromPageToPage(t *testing.T, browser *uitest.Browser, view uitest.View, scripts bool) {
	employer := browser.Visit(t, s.employerURL+"/ask", view)
	employer.Scripts(t, scripts)
	employer.Do(t, chromedp.Navigate(s.employerURL+"/ask"), chromedp.SetValue(chromedp.ID("label"), "Data analysis"),
		chromedp.SetValue(chromedp.ID("achievement"), s.schoolURL+"/achievements/data-analysis"),
		chromedp.SetValue(chromedp.ID("purpose"), "To see whether you can take over our monthly figures."))
	employer.Send(t, `form.sheet .actions button`)
	question := uitest.Get(t, employer, chromedp.AttributeValue(chromedp.CSS(".scan a.code"), "href")).Value

	learner := browser.Visit(t, question, view)
	learner.Scripts(t, scripts)
	learner.Do(t, chromedp.Navigate(question))
	learner.Send(t, `a[href^="`+s.walletURL+`/answer?link="]`)
	learner.Send(t, `form.sheet > button`)
	consent := uitest.Get(t, learner, chromedp.Location())
	browser.Visit(t, consent, view).Check(t, "page-to-page-consent")
	learner.Send(t, `button[value="agree"]`)
	if got := uitest.Get(t, learner, chromedp.Text(chromedp.CSS("h1"))); got != "Sent" {
		t.Fatalf("after agreeing, the wallet says %q", got)
	}

	// no key and no button: the page turns by itself
	employer.AwaitHeading(t, "Valid. Issued by "+schoolName)
	employer.Scripts(t, true)
	employer.Check(t, "page-to-page-report")
}
